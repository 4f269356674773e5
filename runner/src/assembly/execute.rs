//! Carries out the lines of a test.

use gasworks::inspect::Inspector;
use gasworks::{Address, Bytes, CallKind, CallStatus, Message, MessageKind, Outcome, U256};
use gasworks_assembler::{
    Expectation, Expressions, Observable, Setting, Span, TestAction, TestBlock, TestExpression,
    TestStatement, TestValue,
};

use super::finding::Finding;
use super::gas_file::GasFile;
use super::reason::address_of_name;
use super::scene::{Change, PROGRAM, Scene, Surroundings};
use super::{Context, Options};
use crate::contracts::cheats::tracer::Tracer;
use crate::contracts::result::{MeasuredCall, Phase};

/// The most gas of a call: what never ends takes seconds until it has used it up.
const MOST_GAS: u64 = 1 << 30;

/// What is said of a test that was stopped.
pub(super) const LATE: &str = "the test took too long";

/// Why a test ends before its last line.
#[derive(Debug)]
pub(super) enum Stop {
    /// Something is wrong.
    Failed(Vec<Finding>),
    /// Its parameters are not those that it is about.
    Rejected,
}

impl From<Finding> for Stop {
    fn from(finding: Finding) -> Self {
        Self::Failed(vec![finding])
    }
}

type Done = Result<(), Stop>;

/// Runs tests of one file.
pub(super) struct Bench<'a, 's, 'o> {
    pub context: &'a Context,
    pub options: &'a Options,
    pub expressions: &'a mut Expressions<'s, 'o>,
    pub scene: Scene,
    pub gas_file: &'a mut GasFile,
    /// The test that runs, and how many of its figures of gas have been recorded.
    pub test: String,
    pub recorded: usize,
    /// Gas of the calls of a run.
    pub gas: u64,
    pub measured: Vec<MeasuredCall>,
    /// Looks on while calls run.
    pub inspector: Option<&'a mut dyn Inspector>,
}

impl Bench<'_, '_, '_> {
    /// Begins a run: names are those of the setup.
    pub(super) fn begin(&mut self) {
        self.scene.reset();
        self.scene.tracer = self.options.traces.then(|| {
            let mut tracer = Tracer::default();
            tracer.begin(Phase::Execution);
            tracer
        });
        self.gas = 0;
        self.expressions.clear();
        let program = TestValue::from_bytes(&self.context.code);
        self.expressions.bind("program", &program);
        let this = TestValue::from_unsigned(PROGRAM.as_bytes());
        self.expressions.bind("this", &this);
        for (name, value) in &self.scene.progress.names {
            self.expressions.bind(name, value);
        }
    }

    /// Carries out the lines of a block.
    pub(super) fn block(&mut self, block: &TestBlock) -> Done {
        let mut failed = Vec::new();
        for (index, statement) in block.statements.iter().enumerate() {
            if let TestAction::Expect(expected) = &statement.action {
                for one in expected {
                    let Err(finding) = self.expectation(one) else {
                        continue;
                    };
                    failed.push(finding);
                    // What else is missing then is missing for this reason.
                    if says_ending(one) {
                        return Err(Stop::Failed(failed));
                    }
                }
                continue;
            }
            // What follows a call that is not as it should be says nothing new.
            if !failed.is_empty() {
                return Err(Stop::Failed(failed));
            }
            let outcome_is_expected = expects_ending(&block.statements[index + 1..]);
            self.statement(statement, outcome_is_expected)?;
        }
        match failed.is_empty() {
            true => Ok(()),
            false => Err(Stop::Failed(failed)),
        }
    }

    fn statement(&mut self, statement: &TestStatement, outcome_is_expected: bool) -> Done {
        match &statement.action {
            TestAction::Set(setting, value) => {
                let mut surroundings = self.scene.progress.surroundings.clone();
                self.set(&mut surroundings, *setting, value)?;
                self.scene.progress.surroundings = surroundings;
            }
            TestAction::Account { name, address } => {
                let address = match address {
                    Some(expression) => self.address(expression)?,
                    None => address_of_name(name),
                };
                self.name_address(name, address);
            }
            TestAction::Write { what, at, value } => self.write(*what, at, value)?,
            TestAction::Let { name, value } => {
                let value = self.operand(value)?;
                self.name(name, value);
            }
            TestAction::Deploy {
                name,
                parts,
                overrides,
            } => {
                let surroundings = self.overridden(overrides)?;
                self.deploy(name.as_deref(), parts, &surroundings)?;
                self.check_ending(statement.span, outcome_is_expected)?;
            }
            TestAction::Call {
                parts,
                overrides,
                is_static,
            } => {
                let surroundings = self.overridden(overrides)?;
                self.call(parts, &surroundings, *is_static)?;
                self.check_ending(statement.span, outcome_is_expected)?;
            }
            TestAction::Assume(conditions) => {
                for condition in conditions {
                    if self.holds(condition)?.is_some() {
                        return Err(Stop::Rejected);
                    }
                }
            }
            // These concern the test as a whole.
            TestAction::Fork(_)
            | TestAction::Case(_)
            | TestAction::Runs(_)
            | TestAction::Expect(_) => {}
        }
        Ok(())
    }

    /// A call of which nothing is said must succeed, and any must end in time.
    fn check_ending(&self, span: Span, outcome_is_expected: bool) -> Result<(), Finding> {
        if self.scene.is_late() {
            return Err(Finding::new(span, LATE));
        }
        match &self.scene.progress.last {
            Some(outcome) if !outcome_is_expected && outcome.status != CallStatus::Success => {
                let ending = self.context.errors.ending(outcome);
                Err(Finding::new(span, ending).help("`#expect revert` if it is meant to"))
            }
            _ => Ok(()),
        }
    }

    fn name(&mut self, name: &str, value: TestValue) {
        self.expressions.bind(name, &value);
        self.scene.progress.names.insert(name.to_owned(), value);
    }

    fn name_address(&mut self, name: &str, address: Address) {
        self.name(name, TestValue::from_unsigned(address.as_bytes()));
        let contracts = &mut self.scene.progress.contracts;
        contracts.insert(address, name.to_owned());
    }

    fn write(
        &mut self,
        what: Observable,
        at: &[TestExpression],
        value: &TestExpression,
    ) -> Result<(), Finding> {
        let (account, slot) = self.place(what, at)?;
        let change = match what {
            Observable::Balance => Change::Balance(self.word(value)?),
            Observable::Nonce => Change::Nonce(self.small(value, u64::MAX - 1)?),
            Observable::Code => Change::Code(self.bytes(value)?),
            _ => Change::Storage(slot, self.word(value)?),
        };
        self.scene.change(account, &change);
        Ok(())
    }

    fn overridden(
        &mut self,
        overrides: &[(Setting, TestExpression)],
    ) -> Result<Surroundings, Finding> {
        let mut surroundings = self.scene.progress.surroundings.clone();
        for (setting, value) in overrides {
            self.set(&mut surroundings, *setting, value)?;
        }
        Ok(surroundings)
    }

    fn set(
        &mut self,
        to: &mut Surroundings,
        setting: Setting,
        value: &TestExpression,
    ) -> Result<(), Finding> {
        match setting {
            Setting::Sender => to.sender = self.address(value)?,
            Setting::Origin => to.origin = Some(self.address(value)?),
            Setting::To => to.to = self.address(value)?,
            Setting::Value => to.value = self.word(value)?,
            Setting::Gas => to.gas = self.small(value, MOST_GAS)?,
            Setting::GasPrice => to.gas_price = self.word(value)?,
            Setting::ChainId => to.chain_id = self.small(value, u64::MAX)?,
            Setting::Number => to.block.number = self.small(value, u64::MAX)?,
            Setting::Timestamp => to.block.timestamp = self.small(value, u64::MAX)?,
            Setting::BaseFee => to.block.base_fee = self.small(value, u64::MAX)?,
            Setting::PrevRandao => {
                to.block.prev_randao = gasworks::Hash(self.word(value)?.to_big_endian());
            }
            Setting::Difficulty => to.block.difficulty = self.word(value)?,
            Setting::GasLimit => to.block.gas_limit = self.small(value, u64::MAX)?,
            Setting::Coinbase => to.block.coinbase = self.address(value)?,
            Setting::BlobBaseFee => to.blob_base_fee = Some(self.word(value)?),
        }
        Ok(())
    }

    fn deploy(
        &mut self,
        name: Option<&str>,
        parts: &[TestExpression],
        surroundings: &Surroundings,
    ) -> Result<(), Finding> {
        let code = match parts {
            [] => self.context.code.clone(),
            parts => self.joined(parts)?,
        };
        let message = Message {
            value: surroundings.value,
            ..Message::create(surroundings.sender, code.into(), surroundings.gas)
        };
        let inspector = shorter(&mut self.inspector);
        let outcome = self.scene.run(surroundings, &message, inspector);
        let created = outcome
            .created
            .filter(|_| outcome.status == CallStatus::Success);
        let gas = outcome.gas_used;
        self.gas += gas;
        let created = created.unwrap_or_default();
        let label = name.unwrap_or(&self.context.name).to_owned();
        self.measured.push(MeasuredCall {
            contract: label.clone(),
            function: "(deployment)".into(),
            gas,
        });
        if let Some(name) = name {
            self.name_address(name, created);
        } else {
            let contracts = &mut self.scene.progress.contracts;
            contracts.insert(created, label);
        }
        self.scene.progress.surroundings.to = created;
        Ok(())
    }

    fn call(
        &mut self,
        parts: &[TestExpression],
        surroundings: &Surroundings,
        is_static: bool,
    ) -> Result<(), Finding> {
        let data = Bytes::from(self.joined(parts)?);
        let mut message = Message {
            value: surroundings.value,
            is_static,
            ..Message::call(surroundings.sender, surroundings.to, data, surroundings.gas)
        };
        if is_static {
            message.kind = MessageKind::Call(CallKind::StaticCall);
        }
        let function = self.function(parts);
        let contracts = &self.scene.progress.contracts;
        let contract = match contracts.get(&surroundings.to) {
            Some(name) => name.clone(),
            None => self.context.name.clone(),
        };
        let inspector = shorter(&mut self.inspector);
        let Outcome { gas_used, .. } = *self.scene.run(surroundings, &message, inspector);
        self.gas += gas_used;
        self.measured.push(MeasuredCall {
            contract,
            function,
            gas: gas_used,
        });
        Ok(())
    }

    /// The function that call data names, as it is written.
    fn function(&self, parts: &[TestExpression]) -> String {
        let text = parts
            .first()
            .map(|part| self.context.sources.slice(part.span));
        let text = text.unwrap_or("");
        let name = text.split('(').next().unwrap_or("");
        let is_call = text[name.len()..].starts_with("(\"");
        match is_call && !matches!(name, "encode" | "packed" | "assemble" | "selector") {
            true => name.to_owned(),
            false => "(data)".into(),
        }
    }

    /// Compares gas with what was recorded, or records it.
    pub(super) fn gas_snapshot(&mut self, span: Span, gas: u64) -> Result<(), Finding> {
        self.recorded += 1;
        let checked = self.gas_file.check(&self.test, self.recorded, gas);
        checked.map_err(|reason| Finding::new(span, reason))
    }

    pub(super) fn value(&mut self, expression: &TestExpression) -> Result<TestValue, Finding> {
        self.expressions.value(expression).map_err(Finding::from)
    }

    pub(super) fn word(&mut self, expression: &TestExpression) -> Result<U256, Finding> {
        let word = self.value(expression)?.word();
        let word = word.map_err(|reason| Finding::new(expression.span, reason))?;
        Ok(U256::from_big_endian(&word))
    }

    pub(super) fn small(&mut self, expression: &TestExpression, most: u64) -> Result<u64, Finding> {
        let value = self.value(expression)?;
        let small = value.to_u64().filter(|small| *small <= most);
        small.ok_or_else(|| {
            Finding::new(
                expression.span,
                format!("{value} is not one of 0 to {most}"),
            )
        })
    }

    pub(super) fn address(&mut self, expression: &TestExpression) -> Result<Address, Finding> {
        let word = self.word(expression)?;
        if word.bits() > 160 {
            let message = "an address has 20 bytes, and this is more";
            return Err(Finding::new(expression.span, message));
        }
        Ok(Address::from_slice(&word.to_big_endian()[12..]))
    }

    pub(super) fn bytes(&mut self, expression: &TestExpression) -> Result<Vec<u8>, Finding> {
        let bytes = self.value(expression)?.bytes();
        bytes.map_err(|reason| Finding::new(expression.span, reason))
    }

    fn joined(&mut self, parts: &[TestExpression]) -> Result<Vec<u8>, Finding> {
        let mut bytes = Vec::new();
        for part in parts {
            bytes.extend(self.bytes(part)?);
        }
        Ok(bytes)
    }
}

/// An inspector for the time of a call.
pub(super) fn shorter<'i>(
    inspector: &'i mut Option<&mut dyn Inspector>,
) -> Option<&'i mut (dyn Inspector + 'i)> {
    match inspector {
        Some(inspector) => Some(&mut **inspector),
        None => None,
    }
}

/// Whether the lines behind a call say how it must end.
fn expects_ending(rest: &[TestStatement]) -> bool {
    for statement in rest {
        match &statement.action {
            TestAction::Call { .. } | TestAction::Deploy { .. } => return false,
            TestAction::Expect(expected) if expected.iter().any(says_ending) => return true,
            _ => {}
        }
    }
    false
}

fn says_ending(expected: &Expectation) -> bool {
    matches!(
        expected,
        Expectation::Success(_) | Expectation::Revert(..) | Expectation::Halt(..)
    )
}
