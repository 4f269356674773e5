//! The tests of one file.

use std::collections::BTreeMap;
use std::path::Path;

use gasworks::Fork;
use gasworks_assembler::{
    Diagnostics, Expressions, Folder, Options as AssemblerOptions, TestAction, TestBlock,
    TestExpression, TestedProgram, assemble_with_tests,
};

use super::execute::{Bench, Stop};
use super::finding::{Finding, drawn, reason};
use super::gas_file::GasFile;
use super::reason::Errors;
use super::scene::{PROGRAM, Scene};
use super::{Context, Options, TestFile, Wanted};
use crate::contracts::cheats::tracer::Tracer;
use crate::contracts::coverage::Collected;
use crate::contracts::result::{Kind, MeasuredCall, SuiteResult, TestResult, Verdict};
use crate::contracts::run::Stop as TestStop;

/// What stands for the tests of a file that is not a program.
const NOT_ASSEMBLED: &str = "assembles";

impl TestFile {
    /// Runs the tests for which a filter is true, however long they take.
    pub fn run(&self, options: &Options, wanted: Wanted<'_>) -> SuiteResult {
        self.run_until(options, wanted, &TestStop::default())
    }

    /// Runs the tests for which a filter is true, each until its time is up.
    pub(super) fn run_until(
        &self,
        options: &Options,
        wanted: Wanted<'_>,
        stop: &TestStop,
    ) -> SuiteResult {
        let mut suite = SuiteResult {
            source: self.name(&options.root),
            contract: self.contract().to_owned(),
            ..SuiteResult::default()
        };
        let files = Folder(options.root.clone());
        let Loaded {
            tested,
            program,
            context,
            fork,
        } = match self.load(options) {
            Ok(loaded) => loaded,
            Err(reason) => {
                suite.tests.push(TestResult::failed(NOT_ASSEMBLED, reason));
                return suite;
            }
        };
        let mut gas_file = GasFile::read(&self.path, options.snapshots);
        let (calls, collected) = tested.with_expressions(&files, |expressions| {
            let mut runner = Runner {
                tested: &tested,
                context: &context,
                options,
                expressions,
                gas_file: &mut gas_file,
                scenes: BTreeMap::new(),
                stop,
                collected: options.coverage.as_ref().map(|_| Collected::default()),
                calls: Vec::new(),
            };
            let tests = tested.tests.iter().filter(|test| wanted(self, &test.name));
            for test in tests {
                stop.begin_test();
                let result = runner.test(test, fork);
                let failed = result.verdict == Verdict::Failed;
                suite.tests.push(result);
                if failed && options.fail_fast {
                    break;
                }
            }
            let collected = runner.collected.take();
            (std::mem::take(&mut runner.calls), collected)
        });
        suite.calls = calls;
        if let (Some(covered), Some(collected)) = (&options.coverage, collected) {
            covered.add(program.as_ref().unwrap_or(&tested), &collected);
        }
        suite.warnings.extend(gas_file.write().err());
        suite
    }

    /// Assembles it, and the program beside it if it has tests only.
    pub(super) fn load(&self, options: &Options) -> Result<Loaded, String> {
        let files = Folder(options.root.clone());
        let read = |path: &Path| -> Result<TestedProgram, String> {
            let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
            let assembler = AssemblerOptions {
                files: &files,
                name: &relative(path, &options.root),
                stack_check: false,
                ..AssemblerOptions::default()
            };
            let tested = assemble_with_tests(&bytes, &assembler);
            tested.map_err(|errors: Diagnostics| errors.to_string())
        };
        let tested = read(&self.path)?;
        let beside = self.beside();
        let program = match beside.as_deref().filter(|path| path.is_file()) {
            Some(path) => Some(read(path)?),
            None => None,
        };
        let mut errors = Errors::default();
        errors.read(tested.sources());
        if let Some(program) = &program {
            errors.read(program.sources());
        }
        let assembled = &program.as_ref().unwrap_or(&tested).program;
        let context = Context {
            sources: tested.sources().clone(),
            errors,
            code: assembled.code.clone(),
            name: stem(beside.as_deref().unwrap_or(&self.path)).to_owned(),
        };
        let fork = options.fork.unwrap_or_else(|| assembled.target.fork());
        Ok(Loaded {
            tested,
            program,
            context,
            fork,
        })
    }

    /// Its path as results have it: relative to the root.
    pub fn name(&self, root: &Path) -> String {
        relative(&self.path, root)
    }

    /// The name of its suite: that of the file.
    pub fn contract(&self) -> &str {
        stem(&self.path)
    }

    fn beside(&self) -> Option<std::path::PathBuf> {
        let program = stem(&self.path).strip_suffix("_test")?;
        Some(self.path.with_file_name(format!("{program}.eas")))
    }
}

fn stem(path: &Path) -> &str {
    path.file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or("")
}

/// A path as sources know it: relative to the root, with `/`.
fn relative(path: &Path, root: &Path) -> String {
    let inner = path.strip_prefix(root).unwrap_or(path);
    let parts = inner.components().filter_map(|part| match part {
        std::path::Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
        _ => None,
    });
    parts.collect::<Vec<_>>().join("/")
}

/// A file that has been assembled.
#[derive(Debug)]
pub(super) struct Loaded {
    pub tested: TestedProgram,
    /// The program beside it, if it has tests only.
    pub program: Option<TestedProgram>,
    pub context: Context,
    /// The fork of tests that name none.
    pub fork: Fork,
}

/// Worlds after the setup, or why there is none.
pub(super) type Scenes = BTreeMap<Fork, Result<Scene, Vec<Finding>>>;

/// Runs tests of one file, one after the other.
pub(super) struct Runner<'a, 's, 'o> {
    pub tested: &'a TestedProgram,
    pub context: &'a Context,
    pub options: &'a Options,
    pub expressions: &'a mut Expressions<'s, 'o>,
    pub gas_file: &'a mut GasFile,
    pub scenes: Scenes,
    pub calls: Vec<MeasuredCall>,
    pub stop: &'a TestStop,
    /// Counts of executed instructions, where they are wanted.
    pub collected: Option<Collected>,
}

/// How a test runs.
pub(super) enum Plan<'t> {
    Once,
    Cases(Vec<&'t [TestExpression]>),
    Generated,
}

impl<'s, 'o> Runner<'_, 's, 'o> {
    fn test(&mut self, test: &TestBlock, fork: Fork) -> TestResult {
        let sources = &self.context.sources;
        let fork = self.fork(test, fork);
        let mut result = TestResult::new(test.name.clone());
        let scene = match self.scene(fork) {
            Ok(scene) => scene,
            Err(findings) => {
                result.reason = Some(format!("setup: {}", reason(&findings, sources)));
                result.logs = drawn(&findings, sources);
                return result;
            }
        };
        let mut bench = self.bench(scene, &test.name);
        let failed = match plan(test) {
            Plan::Once => {
                let ending = run_once(&mut bench, test);
                result.kind = Kind::Unit { gas: bench.gas };
                ending
            }
            Plan::Cases(cases) => run_cases(&mut bench, test, &cases, &mut result),
            Plan::Generated => super::property::run(&mut bench, test, &mut result),
        };
        let measured = std::mem::take(&mut bench.measured);
        let mut scene = bench.scene;
        result.trace = scene.tracer.take().map(Tracer::finish);
        result.labels.clone_from(&scene.progress.contracts);
        if !matches!(result.kind, Kind::Fuzz { .. }) {
            self.calls.extend(measured);
        }
        self.scenes.insert(fork, Ok(scene));
        self.gas_file.end_test(failed.is_ok());
        match failed {
            Ok(()) => result.verdict = Verdict::Passed,
            Err(findings) => {
                result.reason = Some(reason(&findings, sources));
                result.logs.extend(drawn(&findings, sources));
            }
        }
        result
    }

    /// The fork of a test.
    pub(super) fn fork(&self, test: &TestBlock, default: Fork) -> Fork {
        let setup = self.tested.setup.as_ref().and_then(fork_of);
        fork_of(test).or(setup).unwrap_or(default)
    }

    pub(super) fn bench<'b>(&'b mut self, scene: Scene, test: &str) -> Bench<'b, 's, 'o> {
        Bench {
            context: self.context,
            options: self.options,
            expressions: self.expressions,
            scene,
            gas_file: self.gas_file,
            test: test.to_owned(),
            recorded: 0,
            gas: 0,
            measured: Vec::new(),
            inspector: None,
        }
    }

    /// The world of a fork after the setup, which runs once.
    pub(super) fn scene(&mut self, fork: Fork) -> Result<Scene, Vec<Finding>> {
        if let Some(scene) = self.scenes.remove(&fork) {
            if let Err(findings) = &scene {
                self.scenes.insert(fork, Err(findings.clone()));
            }
            return scene;
        }
        let interrupt = self.options.timeout.map(|_| self.stop.interrupt());
        let mut scene = Scene::new(fork, &self.context.code, interrupt);
        scene.recorder = self.collected.as_ref().map(Collected::recorder);
        let contracts = &mut scene.progress.contracts;
        contracts.insert(PROGRAM, self.context.name.clone());
        let Some(setup) = &self.tested.setup else {
            scene.save();
            return Ok(scene);
        };
        let mut bench = self.bench(scene, "setup");
        bench.begin();
        let done = bench.block(setup);
        let mut scene = bench.scene;
        match done {
            Ok(()) | Err(Stop::Rejected) => {
                scene.progress.last = None;
                scene.save();
                Ok(scene)
            }
            Err(Stop::Failed(findings)) => {
                self.scenes.insert(fork, Err(findings.clone()));
                Err(findings)
            }
        }
    }
}

fn fork_of(test: &TestBlock) -> Option<Fork> {
    let mut actions = test.statements.iter().map(|one| &one.action);
    actions.find_map(|action| match action {
        TestAction::Fork(fork) => Some(*fork),
        _ => None,
    })
}

pub(super) fn plan(test: &TestBlock) -> Plan<'_> {
    let cases: Vec<&[TestExpression]> = test
        .statements
        .iter()
        .filter_map(|one| match &one.action {
            TestAction::Case(values) => Some(values.as_slice()),
            _ => None,
        })
        .collect();
    match (test.parameters.is_empty(), cases.is_empty()) {
        (true, _) => Plan::Once,
        (false, false) => Plan::Cases(cases),
        (false, true) => Plan::Generated,
    }
}

fn run_once(bench: &mut Bench<'_, '_, '_>, test: &TestBlock) -> Result<(), Vec<Finding>> {
    bench.begin();
    match bench.block(test) {
        Ok(()) | Err(Stop::Rejected) => Ok(()),
        Err(Stop::Failed(findings)) => Err(findings),
    }
}

/// Runs a test with the values of each case.
fn run_cases(
    bench: &mut Bench<'_, '_, '_>,
    test: &TestBlock,
    cases: &[&[TestExpression]],
    result: &mut TestResult,
) -> Result<(), Vec<Finding>> {
    let mut gas = Vec::new();
    let mut ending = Ok(());
    for case in cases {
        bench.begin();
        let mut values = Vec::new();
        for expression in *case {
            values.push(bench.value(expression).map_err(|finding| vec![finding])?);
        }
        for (parameter, value) in test.parameters.iter().zip(&values) {
            bench.expressions.bind_parameter(&parameter.name, value);
        }
        match bench.block(test) {
            Ok(()) => gas.push(bench.gas),
            Err(Stop::Rejected) => {}
            Err(Stop::Failed(mut findings)) => {
                let text = case.iter().map(|one| bench.context.sources.slice(one.span));
                let text = text.collect::<Vec<_>>().join(", ");
                for finding in &mut findings {
                    finding.help.push(format!("in the case {text}"));
                }
                result.logs.push(format!("case {text}"));
                ending = Err(findings);
                break;
            }
        }
    }
    let rows = gas.len() as u32;
    let (mean, median) = mean_and_median(gas);
    result.kind = Kind::Table { rows, mean, median };
    ending
}

/// The mean and the median of gas, both rounded down.
pub(super) fn mean_and_median(mut gas: Vec<u64>) -> (u64, u64) {
    gas.sort_unstable();
    let sum: u128 = gas.iter().map(|gas| u128::from(*gas)).sum();
    let mean = sum.checked_div(gas.len() as u128).unwrap_or(0);
    let at = |index: usize| gas.get(index).copied().unwrap_or(0);
    let middle = gas.len() / 2;
    let median = match gas.len() % 2 {
        0 if middle > 0 => at(middle - 1).midpoint(at(middle)),
        _ => at(middle),
    };
    (u64::try_from(mean).unwrap_or(u64::MAX), median)
}
