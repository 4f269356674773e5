//! Tests with parameters as a fuzzer gets them: it makes their values up, and looks on while they run.

use std::fmt;

use gasworks::inspect::Inspector;
use gasworks::{Address, Fork, U256};
use gasworks_assembler::{Folder, Lexer, TestBlock, TestedProgram, TokenKind};

use super::execute::{Stop, shorter};
use super::file::{Loaded, Plan, Runner, Scenes, plan};
use super::finding::{Finding, reason};
use super::gas_file::GasFile;
use super::property::{attempt, types};
use super::scene::{PROGRAM, SENDER};
use super::{Context, Options, TestFile};
use crate::contracts::abi::{self, Type, Value};
use crate::contracts::property::dictionary::Dictionary;
use crate::contracts::property::options::DictionaryOptions;
use crate::contracts::run::Stop as TestStop;

/// A test whose values are made up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FuzzedTest {
    /// Its name.
    pub name: String,
    /// Its name and the types of its values: `name(uint256,bytes)`.
    pub signature: String,
    /// The types of its values.
    pub types: Vec<Type>,
    /// Its place among all tests of its file.
    place: usize,
}

/// How a run of a test ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All is as it says.
    Passed,
    /// It is not about these values.
    Rejected,
    /// Something is not as it says: what, in words.
    Failed(String),
}

/// The tests of a file whose values are made up.
pub struct FuzzedTests {
    /// `contracts/pool_test.eas:pool_test`.
    pub name: String,
    /// The folder that its name is relative to.
    pub root: std::path::PathBuf,
    tests: Vec<FuzzedTest>,
    tested: TestedProgram,
    context: Context,
    options: Options,
    fork: Fork,
    gas_file: GasFile,
    scenes: Scenes,
}

impl fmt::Debug for FuzzedTests {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("FuzzedTests")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl TestFile {
    /// Its tests whose values are made up, after the setup; nothing if there are none.
    ///
    /// # Errors
    /// Why the file cannot be assembled or set up.
    pub fn fuzzed(
        &self,
        options: &Options,
        wanted: &dyn Fn(&str) -> bool,
    ) -> Result<Option<FuzzedTests>, String> {
        let name = format!("{}:{}", self.name(&options.root), self.contract());
        let failed = |reason: String| format!("{name}: {reason}");
        let Loaded {
            tested,
            context,
            fork,
            ..
        } = self.load(options).map_err(failed)?;
        let mut tests = Vec::new();
        for (place, test) in tested.tests.iter().enumerate() {
            if !matches!(plan(test), Plan::Generated) || !wanted(&test.name) {
                continue;
            }
            let types = types(test).map_err(|finding| failed(finding.message))?;
            let list: Vec<String> = types.iter().map(ToString::to_string).collect();
            tests.push(FuzzedTest {
                name: test.name.clone(),
                signature: format!("{}({})", test.name, list.join(",")),
                types,
                place,
            });
        }
        if tests.is_empty() {
            return Ok(None);
        }
        let mut fuzzed = FuzzedTests {
            root: options.root.clone(),
            tests,
            tested,
            context,
            options: options.clone(),
            fork,
            gas_file: GasFile::read(&self.path, options.snapshots),
            scenes: Scenes::new(),
            name,
        };
        match fuzzed.set_up() {
            Ok(()) => Ok(Some(fuzzed)),
            Err(reason) => Err(format!("{}: setup: {reason}", fuzzed.name)),
        }
    }
}

impl FuzzedTests {
    /// The tests.
    pub fn tests(&self) -> &[FuzzedTest] {
        &self.tests
    }

    /// The program that is tested.
    pub fn program(&self) -> Address {
        PROGRAM
    }

    /// Who calls it.
    pub fn sender(&self) -> Address {
        SENDER
    }

    /// Words that the program and what the setup deployed know.
    pub fn words(&mut self) -> Vec<[u8; 32]> {
        let mut dictionary = Dictionary::new(DictionaryOptions::default(), Default::default());
        dictionary.insert_account(PROGRAM, &self.context.code);
        dictionary.insert_address(SENDER);
        for scene in self.scenes.values_mut().flatten() {
            let deployed: Vec<Address> = scene.progress.contracts.keys().copied().collect();
            for address in deployed {
                let seen = scene.look(address, U256::zero());
                dictionary.insert_account(address, &seen.code);
            }
        }
        dictionary.values().to_vec()
    }

    fn set_up(&mut self) -> Result<(), String> {
        let sources = self.context.sources.clone();
        let first = self.tests.first().map_or(0, |test| test.place);
        let done = self.with_runner(first, |runner, test, fork| {
            let fork = runner.fork(test, fork);
            let scene = runner.scene(fork)?;
            runner.scenes.insert(fork, Ok(scene));
            Ok(())
        });
        done.map_err(|findings: Vec<Finding>| reason(&findings, &sources))
    }

    fn with_runner<T>(
        &mut self,
        place: usize,
        run: impl FnOnce(&mut Runner<'_, '_, '_>, &TestBlock, Fork) -> Result<T, Vec<Finding>>,
    ) -> Result<T, Vec<Finding>> {
        let Some(test) = self.tested.tests.get(place) else {
            return Err(Vec::new());
        };
        let files = Folder(self.options.root.clone());
        let scenes = std::mem::take(&mut self.scenes);
        let stop = TestStop::default();
        let (done, scenes) = self.tested.with_expressions(&files, |expressions| {
            let mut runner = Runner {
                tested: &self.tested,
                context: &self.context,
                options: &self.options,
                expressions,
                gas_file: &mut self.gas_file,
                scenes,
                calls: Vec::new(),
                stop: &stop,
                collected: None,
            };
            let done = run(&mut runner, test, self.fork);
            (done, runner.scenes)
        });
        self.scenes = scenes;
        done
    }

    /// Runs a test with some values; says how it ended, and how much gas its calls used.
    pub fn run(
        &mut self,
        test: usize,
        values: &[Value],
        mut inspector: Option<&mut dyn Inspector>,
    ) -> (Ending, u64) {
        let Some(place) = self.tests.get(test).map(|test| test.place) else {
            return (Ending::Rejected, 0);
        };
        let done = self.with_runner(place, |runner, test, fork| {
            let fork = runner.fork(test, fork);
            let scene = runner.scene(fork)?;
            let mut bench = runner.bench(scene, &test.name);
            bench.inspector = shorter(&mut inspector);
            let done = attempt(&mut bench, test, values);
            let (gas, scene) = (bench.gas, bench.scene);
            runner.scenes.insert(fork, Ok(scene));
            // What it would record is not worth recording.
            runner.gas_file.end_test(false);
            match done {
                Ok(()) => Ok((Ending::Passed, gas)),
                Err(Stop::Rejected) => Ok((Ending::Rejected, gas)),
                Err(Stop::Failed(findings)) => {
                    let text = reason(&findings, &runner.context.sources);
                    Ok((Ending::Failed(text), gas))
                }
            }
        });
        done.unwrap_or_else(|findings| {
            let text = reason(&findings, &self.context.sources);
            (Ending::Failed(text), 0)
        })
    }

    /// A test as it is written, with a `#case` of some values; nothing where they cannot be written.
    pub fn with_case(&self, test: usize, values: &[Value]) -> Option<String> {
        let place = self.tests.get(test)?.place;
        let span = self.tested.tests.get(place)?.span;
        let text = self.context.sources.text(span.file);
        let start = text.get(..span.start as usize)?.rfind("#test")?;
        let text = text.get(start..)?;
        let (mut depth, mut body, mut end) = (0_usize, None, None);
        for token in Lexer::new(text) {
            match token.kind {
                TokenKind::OpenBrace => {
                    depth += 1;
                    body.get_or_insert(token.end as usize);
                }
                TokenKind::CloseBrace => {
                    depth = depth.saturating_sub(1);
                    end = (depth == 0).then_some(token.end as usize);
                }
                _ => {}
            }
            if end.is_some() {
                break;
            }
        }
        let (body, end) = (body?, end?);
        let values: Option<Vec<String>> = values.iter().map(expression).collect();
        let (head, rest) = (text.get(..body)?, text.get(body..end)?);
        Some(format!("{head}\n    #case {}{rest}\n", values?.join(", ")))
    }
}

/// A value as an expression of a test.
fn expression(value: &Value) -> Option<String> {
    let bytes = |bytes: &[u8]| match bytes.is_empty() {
        true => "\"\"".to_owned(),
        false => abi::hex(bytes),
    };
    Some(match value {
        Value::Bool(is) => u8::from(*is).to_string(),
        Value::Uint(number, _) => number.to_string(),
        Value::Int(number, _) if number.is_negative() => {
            format!("0 - {}", number.unsigned_abs())
        }
        Value::Int(number, _) => number.to_string(),
        Value::FixedBytes(word, size) => abi::hex(word.get(..*size)?),
        Value::Address(address) => abi::hex(address.as_slice()),
        Value::Function(function) => abi::hex(function.as_slice()),
        Value::Bytes(of) => bytes(of),
        Value::String(of) => bytes(of.as_bytes()),
        _ => return None,
    })
}
