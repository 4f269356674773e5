//! What frames share during one execution: the state, the surroundings, the rules, and whoever watches.

use std::sync::atomic::{AtomicBool, Ordering};

use gasworks_spec::{Rules, Schedule, UNDEFINED};
use primitive_types::{H160 as Address, H256 as Hash, U256};

use super::message::{CallOutcome, Message};
use super::{Callee, Ended};
use crate::env::BlockEnv;
use crate::error::{Halt, Stopped};
use crate::inspect::{Director, Inspector, Step, World};
use crate::interpreter::{Frame, Policy};
use crate::keccak::Memo;
use crate::precompiles::PrecompileError;
use crate::state::{AccountId, Checkpoint, HostFailed, Source, State};
use crate::word::Modulus;

pub(crate) struct Host<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) source: &'a dyn Source,
    pub(crate) block: &'a mut BlockEnv,
    pub(crate) schedule: &'a Schedule,
    pub(crate) rules: &'a Rules,
    /// Whether instructions whose price no fork has changed cost that.
    pub(crate) constant_prices: bool,
    pub(crate) policy: Policy,
    pub(crate) chain_id: u64,
    pub(crate) origin: Address,
    pub(crate) gas_price: U256,
    /// What TIMESTAMP is: the block's, unless a director has set one that no block has.
    pub(crate) timestamp: U256,
    /// What NUMBER is, likewise.
    pub(crate) number: U256,
    pub(crate) blob_base_fee: U256,
    pub(crate) blob_hashes: Vec<Hash>,
    /// Gas of the frame that sends a message, while a director looks at it.
    pub(crate) caller_gas: u64,
    /// What the frame that failed last had added to the refund counter.
    pub(crate) lost_refund: i64,
    /// The gas that the frame that halted last had left.
    pub(crate) lost_gas: u64,
    pub(crate) modulus: &'a mut Modulus,
    pub(crate) hashes: &'a mut Memo,
    pub(crate) depth: usize,
    pub(crate) inspector: Option<&'a mut dyn Inspector>,
    /// The instructions before which a watched execution stops for a look, by opcode.
    pub(crate) seen: &'static [bool; 256],
    pub(crate) director: Option<&'a mut dyn Director>,
    pub(crate) steps_left: Option<u64>,
    pub(crate) interrupt: Option<&'a AtomicBool>,
}

/// What a machine keeps from one execution to the next so as not to work it out or to allocate it again. None of it can
/// be seen.
#[derive(Default)]
pub(crate) struct Scratch {
    pub(crate) modulus: Modulus,
    pub(crate) hashes: Memo,
}

/// What became of a message before it was sent.
pub(super) enum Entered {
    /// Nothing.
    AsItIs,
    /// It has another caller, account, code or input.
    Changed(Box<Message>),
    /// It has been answered.
    Answered(CallOutcome),
}

/// Whether a director left a message as it was; input that was replaced is elsewhere.
fn is_same(before: &Message, after: &Message) -> bool {
    let place = |message: &Message| (message.input.as_ptr(), message.input.len());
    before.caller == after.caller
        && before.address == after.address
        && before.code_address == after.code_address
        && place(before) == place(after)
}

impl Host<'_> {
    pub(crate) fn is_watched(&self) -> bool {
        self.inspector.is_some() || self.steps_left.is_some() || self.interrupt.is_some()
    }

    /// Whether somebody looks at an instruction of a watched execution.
    #[inline(always)]
    pub(crate) fn sees(&self, opcode: u8) -> bool {
        self.seen[usize::from(opcode)]
    }

    /// Before an instruction of a watched execution that somebody looks at.
    pub(crate) fn step(&mut self, frame: &Frame) -> Result<(), Stopped> {
        if self
            .interrupt
            .is_some_and(|flag| flag.load(Ordering::Relaxed))
        {
            return Err(Stopped::Interrupt);
        }
        if let Some(left) = &mut self.steps_left {
            *left = left.checked_sub(1).ok_or(Stopped::StepLimit)?;
        }
        if let Some(inspector) = &mut self.inspector {
            // Beyond the end of code is STOP.
            let opcode = frame.code.bytes().get(frame.pc()).copied().unwrap_or(0);
            let price = self.schedule.base[usize::from(opcode)];
            inspector.step(&Step {
                pc: frame.pc(),
                opcode,
                base_price: (price != UNDEFINED).then_some(price),
                gas: frame.gas,
                depth: self.depth,
                stack: frame.stack(),
                memory: frame.memory.as_slice(),
                return_data: &frame.return_data,
                refund: self.state.refund,
                address: frame.address,
                code: frame.code.bytes(),
            });
        }
        Ok(())
    }

    /// After every instruction of a watched execution, before the frame that it enters starts.
    pub(crate) fn step_end(&mut self, gas_left: u64, halt: Option<Halt>) {
        if let Some(inspector) = &mut self.inspector {
            inspector.step_end(gas_left, halt);
        }
    }

    /// Before a message: what whoever watches or directs makes of it. Unwatched, the message is not even made.
    #[inline]
    pub(super) fn enter(&mut self, message: impl FnOnce(&Self) -> Message) -> Entered {
        if self.inspector.is_none() && self.director.is_none() {
            return Entered::AsItIs;
        }
        let message = message(self);
        self.enter_watched(message)
    }

    #[inline(never)]
    fn enter_watched(&mut self, mut message: Message) -> Entered {
        let before = message.clone();
        let answer = self.directed(|director, world| director.enter(&mut message, world));
        if let Some(inspector) = &mut self.inspector
            && let Some(outcome) = inspector.enter(&message)
        {
            return Entered::Answered(outcome);
        }
        match answer.flatten() {
            Some(outcome) => Entered::Answered(outcome),
            None if is_same(&before, &message) => Entered::AsItIs,
            None => Entered::Changed(Box::new(message)),
        }
    }

    /// Lets the director do something, if there is one.
    fn directed<T>(
        &mut self,
        act: impl FnOnce(&mut dyn Director, &mut World<'_>) -> T,
    ) -> Option<T> {
        let director = self.director.take()?;
        let mut world = World {
            state: self.state,
            source: self.source,
            rules: self.rules,
            block: self.block,
            chain_id: &mut self.chain_id,
            origin: &mut self.origin,
            gas_price: &mut self.gas_price,
            timestamp: &mut self.timestamp,
            number: &mut self.number,
            blob_base_fee: &mut self.blob_base_fee,
            blob_hashes: &mut self.blob_hashes,
            caller_gas: &mut self.caller_gas,
            lost_refund: self.lost_refund,
            lost_gas: self.lost_gas,
        };
        let result = act(director, &mut world);
        self.director = Some(director);
        Some(result)
    }

    /// After a message that was not answered: what it came to as its caller sees it, if a director made something else of
    /// it. Unwatched, the outcome is not even made.
    #[inline]
    pub(super) fn exit(&mut self, outcome: impl FnOnce() -> CallOutcome) -> Option<CallOutcome> {
        if self.inspector.is_none() && self.director.is_none() {
            return None;
        }
        self.exit_watched(outcome())
    }

    #[inline(never)]
    fn exit_watched(&mut self, mut outcome: CallOutcome) -> Option<CallOutcome> {
        let before = outcome.clone();
        self.directed(|director, world| director.exit(&mut outcome, world));
        if let Some(inspector) = &mut self.inspector {
            inspector.exit(&outcome);
        }
        (outcome != before).then_some(outcome)
    }

    #[inline(always)]
    pub(crate) fn log(&mut self, address: &Address, topics: &[U256], data: &[u8]) {
        self.state.logs.push(address, topics, data);
        if let Some(inspector) = &mut self.inspector
            && let Some(log) = self.state.logs.last()
        {
            inspector.log(&log);
        }
        if let Some(director) = &mut self.director
            && let Some(log) = self.state.logs.last()
        {
            director.log(&log);
        }
    }

    /// Touches who receives nothing (EIP-161); before, nothing created an account.
    #[inline]
    pub(crate) fn touch(&mut self, account: AccountId) {
        if self.rules.clears_empty_accounts {
            self.state.touch(account);
        } else {
            self.state.exist(account);
        }
    }

    /// Moves wei, which the caller has checked to be there.
    #[inline]
    pub(crate) fn transfer(&mut self, from: AccountId, to: AccountId, value: &U256) {
        if value.is_zero() {
            self.touch(to);
        } else if self.state.sub_balance(from, *value) {
            self.state.add_balance(to, *value);
        }
    }

    /// What a call comes to that needs no frame: of a precompile, or of an account without code. Output is appended to
    /// `output`; a failure undoes what happened since the checkpoint.
    pub(super) fn without_frame(
        &mut self,
        callee: Callee,
        input: &[u8],
        gas: u64,
        checkpoint: &Checkpoint,
        output: &mut Vec<u8>,
    ) -> Result<Option<Ended>, HostFailed> {
        // EIP-7702: a precompile does not run for an account that delegates to it.
        let run = self.state.account(callee.holder).precompile;
        let Some(run) = run.filter(|_| !callee.delegated) else {
            let code = self.state.code(self.source, callee.code)?;
            return Ok(code.bytes().is_empty().then(|| Ended::success(gas)));
        };
        Ok(Some(match run(input, gas, output) {
            Ok(used) => Ended::success(gas.saturating_sub(used)),
            Err(error) => {
                output.clear();
                self.state.revert(checkpoint);
                let halt = match error {
                    PrecompileError::OutOfGas => Halt::OutOfGas,
                    PrecompileError::InvalidInput => Halt::PrecompileFailed,
                };
                Ended::halt(halt, 0)
            }
        }))
    }
}
