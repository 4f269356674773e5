//! Traces by EIP-3155: a line of JSON for each instruction, in the very form of geth's `evm --trace`, which the tools that
//! compare machines read.
//!
//! Two things go beyond the EIP, as they do there: an instruction that ends in an exceptional halt carries `error`, and
//! where a frame ends there is a line with its `output`, its `gasUsed` and, if it failed, its `error`.

use std::fmt::{self, Write as _};
use std::io::Write;

use primitive_types::U256;

use super::{Inspector, Step};
use crate::call::{CallOutcome, CallStatus, Message};
use crate::error::Halt;

/// Which of the larger fields a trace shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceFields {
    /// The whole stack, bottom first; without it, `stack` is null.
    pub stack: bool,
    /// The whole memory as `memory`, where there is any.
    pub memory: bool,
    /// What the last call returned as `returnData`, where there is any.
    pub return_data: bool,
}

impl Default for TraceFields {
    /// The stack alone: the others repeat much and are seldom compared.
    fn default() -> Self {
        Self {
            stack: true,
            memory: false,
            return_data: false,
        }
    }
}

/// Writes a line for each instruction once its cost is known. Writing that fails ends the trace, not the execution.
///
/// The cost of a call or a creation contains the gas that is passed on. Where an instruction halts, the cost is what it
/// asked for as far as that is known.
///
/// ```
/// use gasworks::{Address, BlockEnv, Bytes, Evm, Fork, MemoryDatabase, Message, inspect::Eip3155};
/// let contract = Address::repeat_byte(0xcc);
/// let mut database = MemoryDatabase::default();
/// // PUSH1 42, POP, STOP
/// database.insert_account(contract, 1, 0.into(), Bytes::from_static(&[0x60, 42, 0x50, 0x00]));
/// let mut evm = Evm::new(Fork::Osaka, BlockEnv::default(), database);
/// let mut lines = Vec::new();
/// let message = Message::call(Address::zero(), contract, Bytes::new(), 100);
/// evm.inspect(&mut Eip3155::new(&mut lines)).call(&message)?.discard();
/// let text = String::from_utf8(lines).unwrap();
/// let second = text.lines().nth(1).unwrap();
/// let expected = r#"{"pc":2,"op":80,"gas":"0x61","gasCost":"0x2","memSize":0,"stack":["0x2a"],"depth":1,"refund":0,"opName":"POP"}"#;
/// assert_eq!(second, expected);
/// assert_eq!(text.lines().last().unwrap(), r#"{"output":"","gasUsed":"0x5"}"#);
/// # Ok::<(), gasworks::Error<std::convert::Infallible>>(())
/// ```
pub struct Eip3155<'a> {
    writer: &'a mut dyn Write,
    fields: TraceFields,
    /// The instruction that is being executed.
    pending: Pending,
    /// Gas of the messages that were entered and have not ended, outermost first.
    gas: Vec<u64>,
    failed: bool,
}

/// What is known of an instruction before it runs. The buffers are used again.
#[derive(Default)]
struct Pending {
    before_cost: String,
    after_cost: String,
    gas: u64,
    base_price: u64,
}

impl<'a> Eip3155<'a> {
    /// Traces to a writer, which should be buffered.
    pub fn new(writer: &'a mut dyn Write) -> Self {
        Self::with_fields(writer, TraceFields::default())
    }

    /// Traces to a writer, and says which of the larger fields are to be shown.
    pub fn with_fields(writer: &'a mut dyn Write, fields: TraceFields) -> Self {
        Self {
            writer,
            fields,
            pending: Pending::default(),
            gas: Vec::new(),
            failed: false,
        }
    }

    fn line(&mut self, text: fmt::Arguments<'_>) {
        if !self.failed {
            self.failed = self.writer.write_fmt(text).is_err();
        }
    }
}

impl Pending {
    /// Writing to a string does not fail.
    fn set(&mut self, step: &Step<'_>, fields: TraceFields) -> fmt::Result {
        self.gas = step.gas;
        self.base_price = step.base_price.unwrap_or(0);
        self.before_cost.clear();
        let (pc, opcode, gas) = (step.pc, step.opcode, step.gas);
        write!(
            self.before_cost,
            "{{\"pc\":{pc},\"op\":{opcode},\"gas\":\"{gas:#x}\",\"gasCost\":"
        )?;
        let after = &mut self.after_cost;
        after.clear();
        if fields.memory && !step.memory.is_empty() {
            write!(after, ",\"memory\":\"0x{}\"", Hex(step.memory))?;
        }
        write!(after, ",\"memSize\":{},\"stack\":", step.memory.len())?;
        if fields.stack {
            stack(after, step.stack)?;
        } else {
            after.write_str("null")?;
        }
        if fields.return_data && !step.return_data.is_empty() {
            write!(after, ",\"returnData\":\"0x{}\"", Hex(step.return_data))?;
        }
        // The counter may be below zero within a transaction (EIP-2200); the form has no sign.
        let (depth, refund) = (step.depth, step.refund.max(0));
        write!(after, ",\"depth\":{depth},\"refund\":{refund},\"opName\":")?;
        match gasworks_spec::opcode(opcode) {
            Some(known) => write!(after, "\"{}\"", known.name),
            None => write!(after, "\"opcode {opcode:#x} not defined\""),
        }
    }
}

fn stack(text: &mut String, words: &[U256]) -> fmt::Result {
    text.push('[');
    for (position, word) in words.iter().enumerate() {
        let comma = if position == 0 { "" } else { "," };
        write!(text, "{comma}\"{word:#x}\"")?;
    }
    text.push(']');
    Ok(())
}

/// Bytes as hex digits.
struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

/// How a frame or an instruction failed: a further field, or nothing. No message of a halt needs escaping in JSON.
enum Failure {
    None,
    Revert,
    Halt(Halt),
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Revert => formatter.write_str(",\"error\":\"execution reverted\""),
            Self::Halt(halt) => write!(formatter, ",\"error\":\"{halt}\""),
        }
    }
}

impl Inspector for Eip3155<'_> {
    fn step(&mut self, step: &Step<'_>) {
        if !self.failed {
            self.failed = self.pending.set(step, self.fields).is_err();
        }
    }

    fn step_end(&mut self, gas_left: u64, halt: Option<Halt>) {
        let pending = std::mem::take(&mut self.pending);
        let spent = pending.gas.saturating_sub(gas_left);
        let cost = if halt.is_some() {
            spent.max(pending.base_price)
        } else {
            spent
        };
        let error = halt.map_or(Failure::None, Failure::Halt);
        let (before, after) = (&pending.before_cost, &pending.after_cost);
        self.line(format_args!("{before}\"{cost:#x}\"{after}{error}}}\n"));
        self.pending = pending;
    }

    fn enter(&mut self, message: &Message) -> Option<CallOutcome> {
        self.gas.push(message.gas);
        None
    }

    fn exit(&mut self, outcome: &CallOutcome) {
        let gas = self.gas.pop().unwrap_or(0);
        let used = gas.saturating_sub(outcome.gas_left);
        let error = match outcome.status {
            CallStatus::Success => Failure::None,
            CallStatus::Revert => Failure::Revert,
            CallStatus::Halt(halt) => Failure::Halt(halt),
        };
        let output = Hex(&outcome.output);
        self.line(format_args!(
            "{{\"output\":\"{output}\",\"gasUsed\":\"{used:#x}\"{error}}}\n"
        ));
    }
}
