//! Calls and creations: the driver that owns the stack of frames. Nothing here recurses by call depth.

mod create;
mod enter;
mod host;
mod message;
mod outside;

use std::sync::Arc;

use bytes::Bytes;
use primitive_types::{H160 as Address, U256};

pub(crate) use host::{Host, Scratch};
pub use message::{CallKind, CallOutcome, CallStatus, Kind, Message};
pub(crate) use outside::run_message;

use crate::copy;
use crate::error::{Halt, Stopped};
use crate::evm::Outcome;
use crate::interpreter::{self, Code, Exit, Frame, Input, Purpose, Range};
use crate::state::{AccountId, Checkpoint};
use crate::word;

/// Frames below the first (Yellow Paper, 9.4.2: depth 1,024).
const DEPTH_LIMIT: usize = 1024;

/// What a frame asks the driver for.
#[derive(Clone, Copy)]
pub(crate) struct Request {
    pub(crate) gas: u64,
    pub(crate) value: U256,
    pub(crate) input: Range,
    pub(crate) kind: RequestKind,
}

#[derive(Clone, Copy)]
pub(crate) enum RequestKind {
    Call(CallRequest),
    Create { salt: Option<U256> },
}

#[derive(Clone, Copy)]
pub(crate) struct CallRequest {
    pub(crate) kind: CallKind,
    pub(crate) callee: Callee,
    pub(crate) output: Range,
}

/// The account that is called for its code, and the account whose code runs.
#[derive(Clone, Copy)]
pub(crate) struct Callee {
    pub(crate) holder: AccountId,
    pub(crate) code: AccountId,
    /// The holder delegates to it (EIP-7702).
    pub(crate) delegated: bool,
}

/// Why there is no outcome.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Abort {
    Host,
    Stopped(Stopped),
}

impl From<crate::state::HostFailed> for Abort {
    fn from(_: crate::state::HostFailed) -> Self {
        Self::Host
    }
}

/// What a frame is started with, besides its code and the state to return to when it fails.
struct Start {
    account: AccountId,
    address: Address,
    caller: Address,
    value: U256,
    is_static: bool,
    gas: u64,
    input: Input,
    purpose: Purpose,
}

/// The pooled frames; those below `depth` are in use.
#[derive(Default)]
pub(crate) struct Frames {
    frames: Vec<Frame>,
    depth: usize,
    /// The most bytes of memory that all frames may have together.
    pub(crate) memory_limit: Option<u64>,
}

/// How a frame ended.
struct Ended {
    status: CallStatus,
    gas: u64,
}

impl Ended {
    fn success(gas: u64) -> Self {
        Self {
            status: CallStatus::Success,
            gas,
        }
    }

    fn halt(halt: Halt, gas: u64) -> Self {
        Self {
            status: CallStatus::Halt(halt),
            gas,
        }
    }

    /// What an inspector answered in the machine's stead. It cannot make gas.
    fn mocked(outcome: &CallOutcome, given: u64) -> Self {
        Self {
            status: outcome.status,
            gas: outcome.gas_left.min(given),
        }
    }

    fn outcome(&self, output: &[u8], created: Option<Address>) -> CallOutcome {
        CallOutcome {
            status: self.status,
            gas_left: self.gas,
            output: copied(output),
            created,
        }
    }
}

/// To copy nothing is not for nothing: processors stumble over a store that is masked out where no memory is.
fn copied(output: &[u8]) -> Bytes {
    match output {
        [] => Bytes::new(),
        _ => copy::to_vec(output).into(),
    }
}

impl Frames {
    /// Puts a frame on top: the one that was there before, if there was. It mostly runs the same code as then, and
    /// counting who holds the code costs more than looking.
    #[inline(always)]
    fn push(&mut self, code: &Arc<Code>, start: Start, checkpoint: Checkpoint, memory_word: u64) {
        if self.frames.len() == self.depth {
            let frame = Frame::new(Arc::clone(code), self.depth, memory_word);
            self.frames.push(frame);
        }
        let limit = match self.depth.checked_sub(1) {
            Some(below) => self.frames[below].memory.left(),
            None => self.memory_limit,
        };
        let frame = &mut self.frames[self.depth];
        frame.reset(code, start.gas);
        frame.memory.set_limit(limit);
        frame.memory_word = memory_word;
        frame.account = start.account;
        frame.address = start.address;
        frame.caller = start.caller;
        frame.value = start.value;
        frame.is_static = start.is_static;
        frame.input = start.input;
        frame.purpose = start.purpose;
        frame.checkpoint = checkpoint;
        self.depth += 1;
    }

    /// Lets go of the code that pooled frames ran. None runs now.
    #[cold]
    pub(crate) fn let_go_of_code(&mut self) {
        if self.frames.is_empty() {
            return;
        }
        let empty = Arc::new(Code::new(&[]));
        for frame in &mut self.frames {
            frame.code = Arc::clone(&empty);
        }
    }

    /// Runs a message from outside, whose caller has been read, to its end. What came of it is written into the outcome;
    /// the gas that is left is returned.
    pub(crate) fn execute(
        &mut self,
        host: &mut Host<'_>,
        message: &Message,
        caller: AccountId,
        outcome: &mut Outcome,
    ) -> Result<u64, Abort> {
        self.depth = 0;
        if let Some(left) = self.enter_message(host, message, caller, outcome)? {
            return Ok(left);
        }
        loop {
            let exit = self.run(host, &message.input);
            let ended = match exit {
                Exit::Enter => {
                    self.enter(host)?;
                    continue;
                }
                // The interpreter keeps the last three to itself.
                Exit::Host | Exit::Hot | Exit::Untranslated | Exit::Doomed => {
                    return Err(Abort::Host);
                }
                Exit::Stopped(stopped) => return Err(Abort::Stopped(stopped)),
                Exit::Stop | Exit::Return => self.succeed(host),
                Exit::Revert => self.fail(host, CallStatus::Revert),
                Exit::Halt(halt) => self.fail(host, CallStatus::Halt(halt)),
            };
            if let Some(left) = self.leave(host, ended, outcome) {
                return Ok(left);
            }
        }
    }

    /// Runs the top frame until it ends or wants to enter another. `message` is the input from outside.
    fn run(&mut self, host: &mut Host<'_>, message: &[u8]) -> Exit {
        host.depth = self.depth;
        let (below, rest) = self.frames.split_at_mut(self.depth - 1);
        let frame = &mut rest[0];
        match &mut frame.input {
            Input::Message => interpreter::run(frame, message, host),
            Input::Owned(bytes) => {
                let bytes = std::mem::take(bytes);
                let exit = interpreter::run(frame, &bytes, host);
                frame.input = Input::Owned(bytes);
                exit
            }
            Input::Caller(range) => {
                let range = *range;
                let caller = below.last();
                let input = caller.map_or(&[][..], |caller| caller.memory.slice(range));
                interpreter::run(frame, input, host)
            }
        }
    }

    fn succeed(&mut self, host: &mut Host<'_>) -> Ended {
        let frame = &mut self.frames[self.depth - 1];
        if let Purpose::Create { account } = frame.purpose
            && let Err(halt) = create::deposit(frame, host, account)
        {
            return self.fail(host, CallStatus::Halt(halt));
        }
        Ended {
            status: CallStatus::Success,
            gas: self.frames[self.depth - 1].gas,
        }
    }

    fn fail(&mut self, host: &mut Host<'_>, status: CallStatus) -> Ended {
        let frame = &self.frames[self.depth - 1];
        let refund = host.state.refund;
        host.state.revert(&frame.checkpoint);
        host.lost_refund = refund - host.state.refund;
        let gas = match status {
            CallStatus::Halt(_) => {
                host.lost_gas = frame.gas;
                0
            }
            _ => frame.gas,
        };
        Ended { status, gas }
    }

    /// Takes the top frame away and gives its result to the frame below, or to the caller outside: then this is the end, and
    /// the gas that is left is returned.
    fn leave(
        &mut self,
        host: &mut Host<'_>,
        mut ended: Ended,
        outcome: &mut Outcome,
    ) -> Option<u64> {
        self.depth -= 1;
        let (below, rest) = self.frames.split_at_mut(self.depth);
        let frame = &rest[0];
        let halted = matches!(ended.status, CallStatus::Halt(_));
        let mut output: &[u8] = if halted {
            &[]
        } else {
            frame.memory.slice(frame.output)
        };
        let success = ended.status == CallStatus::Success;
        let mut created = match frame.purpose {
            Purpose::Create { .. } if success => Some(frame.address),
            _ => None,
        };
        host.caller_gas = below.last().map_or(0, |caller| caller.gas);
        let changed = host.exit(|| ended.outcome(output, created));
        if let Some(caller) = below.last_mut() {
            caller.gas = host.caller_gas;
        }
        if let Some(changed) = &changed {
            if success && changed.status != CallStatus::Success {
                host.state.revert(&frame.checkpoint);
            }
            (ended.status, ended.gas) = (changed.status, changed.gas_left);
            (output, created) = (&changed.output, changed.created);
        }
        let Some(caller) = below.last_mut() else {
            outcome.status = ended.status;
            if !output.is_empty() {
                outcome.output = copy::to_vec(output).into();
            }
            outcome.created = created;
            return Some(ended.gas);
        };
        let address = created.unwrap_or(frame.address);
        resume(caller, frame.purpose, address, &ended, output);
        None
    }

    /// Does what the top frame asks for: starts a frame, or answers at once.
    fn enter(&mut self, host: &mut Host<'_>) -> Result<(), Abort> {
        match &self.frames[self.depth - 1].request {
            Some(Request {
                kind: RequestKind::Call(_),
                ..
            }) => self.enter_call(host),
            Some(request) => {
                let request = *request;
                self.enter_create(host, &request)
            }
            None => Ok(()),
        }
    }
}

/// Ends a call or creation that needed no frame, and gives its result to the frame that asked for it.
fn answer(
    host: &mut Host<'_>,
    caller: &mut Frame,
    purpose: Purpose,
    address: Address,
    ended: &Ended,
    output: &[u8],
) {
    match host.exit(|| ended.outcome(output, None)) {
        None => resume(caller, purpose, address, ended, output),
        Some(outcome) => {
            let ended = Ended::mocked(&outcome, u64::MAX);
            let address = outcome.created.unwrap_or(address);
            resume(caller, purpose, address, &ended, &outcome.output);
        }
    }
}

/// Gives a result to the frame that asked for it.
#[inline(always)]
fn resume(caller: &mut Frame, purpose: Purpose, address: Address, ended: &Ended, output: &[u8]) {
    caller.return_data.clear();
    // EIP-211: only a creation that reverts leaves return data.
    let is_kept = matches!(purpose, Purpose::Call { .. }) || ended.status == CallStatus::Revert;
    if is_kept && !output.is_empty() {
        copy::extend(&mut caller.return_data, output);
    }
    proceed(caller, purpose, address, ended);
}

/// Lets a frame go on that has its return data: gives it the gas, the output and the word that says what became of it.
#[inline(always)]
fn proceed(caller: &mut Frame, purpose: Purpose, address: Address, ended: &Ended) {
    caller.gas += ended.gas;
    let success = ended.status == CallStatus::Success;
    let word = match purpose {
        Purpose::Call { output } => {
            let length = output.length.min(caller.return_data.len());
            // As in `copied`.
            if length > 0 {
                let memory = caller.memory.slice_mut(Range { length, ..output });
                copy::copy(memory, &caller.return_data[..length]);
            }
            word::from_bool(success)
        }
        Purpose::Create { .. } if success => word::from_address(&address),
        Purpose::Create { .. } => U256::zero(),
    };
    caller.push(word);
}
