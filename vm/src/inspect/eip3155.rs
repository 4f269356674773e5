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

/// The instructions that create contracts.
const CREATE: u8 = 0xf0;
const CREATE2: u8 = 0xf5;

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
/// The cost of a call contains the gas that is passed on, and that of a creation does not: so it is with nearly everybody.
/// Where an instruction halts, the cost is what it asked for as far as that is known.
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
    opcode: u8,
    gas: u64,
    base_price: u64,
    /// What a creation spent, which has ended but is not written yet: how much of it was passed on shows next.
    created_for: Option<u64>,
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

    fn instruction(&mut self, cost: u64, error: &Failure) {
        let pending = std::mem::take(&mut self.pending);
        let (before, after) = (&pending.before_cost, &pending.after_cost);
        self.line(format_args!("{before}\"{cost:#x}\"{after}{error}}}\n"));
        self.pending = pending;
    }
}

impl Pending {
    /// Writing to a string does not fail.
    fn set(&mut self, step: &Step<'_>, fields: TraceFields) -> fmt::Result {
        self.opcode = step.opcode;
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
        if self.pending.created_for.take().is_some() {
            // Nothing was entered, so that all that was to be passed on is back.
            let cost = self.pending.gas.saturating_sub(step.gas);
            self.instruction(cost, &Failure::None);
        }
        if !self.failed {
            self.failed = self.pending.set(step, self.fields).is_err();
        }
    }

    fn step_end(&mut self, gas_left: u64, halt: Option<Halt>) {
        let spent = self.pending.gas.saturating_sub(gas_left);
        match halt {
            Some(halt) => {
                let cost = spent.max(self.pending.base_price);
                self.instruction(cost, &Failure::Halt(halt));
            }
            None if matches!(self.pending.opcode, CREATE | CREATE2) => {
                self.pending.created_for = Some(spent);
            }
            None => self.instruction(spent, &Failure::None),
        }
    }

    fn enter(&mut self, message: &Message) -> Option<CallOutcome> {
        if let Some(spent) = self.pending.created_for.take() {
            self.instruction(spent.saturating_sub(message.gas), &Failure::None);
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Address, BlockEnv, Bytes, Evm, MemoryDatabase};
    use gasworks_spec::Fork;

    fn trace(code: &[u8], gas: u64, fields: TraceFields) -> Vec<String> {
        let contract = Address::repeat_byte(0xcc);
        let mut database = MemoryDatabase::default();
        database.insert_account(contract, 1, U256::zero(), Bytes::copy_from_slice(code));
        let mut evm = Evm::new(Fork::Osaka, BlockEnv::default(), database);
        let message = Message::call(Address::zero(), contract, Bytes::new(), gas);
        let mut lines = Vec::new();
        let mut tracer = Eip3155::with_fields(&mut lines, fields);
        evm.inspect(&mut tracer)
            .call(&message)
            .expect("memory does not fail")
            .discard();
        let text = String::from_utf8(lines).expect("a trace is text");
        text.lines().map(str::to_owned).collect()
    }

    /// The cost in the line of an instruction, by its name.
    fn cost<'a>(lines: &'a [String], name: &str) -> &'a str {
        let line = lines
            .iter()
            .find(|line| line.contains(&format!("\"opName\":\"{name}\"")));
        let cost = line.and_then(|line| line.split("\"gasCost\":\"").nth(1));
        cost.and_then(|rest| rest.split('"').next())
            .expect("the instruction is in the trace")
    }

    #[test]
    fn a_call_costs_what_it_passes_on_and_a_creation_does_not() {
        // A call of an empty account with 0x1234 gas, and a creation of nothing with all but one 64th.
        let call = [
            0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x60, 0xaa, 0x61, 0x12, 0x34, 0xf1,
        ];
        let lines = trace(&call, 100_000, TraceFields::default());
        assert_eq!(cost(&lines, "CALL"), format!("{:#x}", 2_600 + 0x1234));
        assert_eq!(lines[8], r#"{"output":"","gasUsed":"0x0"}"#);
        let create = [0x5f, 0x5f, 0x5f, 0xf0];
        let lines = trace(&create, 100_000, TraceFields::default());
        assert_eq!(cost(&lines, "CREATE"), format!("{:#x}", 32_000));
        // With a value that the contract does not have nothing is entered.
        let refused = [0x5f, 0x5f, 0x60, 1, 0xf0];
        let lines = trace(&refused, 100_000, TraceFields::default());
        assert_eq!(cost(&lines, "CREATE"), format!("{:#x}", 32_000));
    }

    #[test]
    fn a_halt_is_an_error_of_the_instruction_and_of_the_frame() {
        let lines = trace(&[0x60, 1, 0x01], 1_000, TraceFields::default());
        assert!(
            lines[1].ends_with(r#""opName":"ADD","error":"stack underflow"}"#),
            "{lines:?}"
        );
        assert_eq!(
            lines[2],
            r#"{"output":"","gasUsed":"0x3e8","error":"stack underflow"}"#
        );
        let lines = trace(&[0x5f, 0x5f, 0xfd], 1_000, TraceFields::default());
        assert_eq!(
            lines[3],
            r#"{"output":"","gasUsed":"0x4","error":"execution reverted"}"#
        );
        let lines = trace(&[0x0c], 1_000, TraceFields::default());
        assert!(
            lines[0].contains(r#""opName":"opcode 0xc not defined""#),
            "{lines:?}"
        );
    }

    #[test]
    fn larger_fields_are_there_on_request() {
        let fields = TraceFields {
            stack: false,
            memory: true,
            return_data: true,
        };
        let lines = trace(&[0x60, 7, 0x5f, 0x53, 0x00], 1_000, fields);
        assert!(
            lines[2].contains(r#""memSize":0,"stack":null,"#),
            "{lines:?}"
        );
        let memory = format!(r#""memory":"0x07{}","memSize":32"#, "00".repeat(31));
        assert!(lines[3].contains(&memory), "{lines:?}");
    }

    #[test]
    fn a_writer_that_fails_ends_the_trace_only() {
        struct Full(usize);
        impl Write for Full {
            fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
                self.0 = self
                    .0
                    .checked_sub(bytes.len())
                    .ok_or(std::io::ErrorKind::StorageFull)?;
                Ok(bytes.len())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let contract = Address::repeat_byte(0xcc);
        let mut database = MemoryDatabase::default();
        database.insert_account(contract, 1, U256::zero(), Bytes::from_static(&[0x5f; 100]));
        let mut evm = Evm::new(Fork::Osaka, BlockEnv::default(), database);
        let message = Message::call(Address::zero(), contract, Bytes::new(), 1_000);
        let mut writer = Full(500);
        let outcome = evm
            .inspect(&mut Eip3155::new(&mut writer))
            .call(&message)
            .expect("memory does not fail")
            .discard();
        assert_eq!(
            (outcome.status, outcome.gas_used),
            (CallStatus::Success, 200)
        );
    }
}
