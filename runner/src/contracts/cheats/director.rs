//! What happens at every message, in the order in which forge does it.

use gasworks::inspect::{Director, World};
use gasworks::{
    CallOutcome, CallStatus, Log, Message, MessageKind, U256, create_address, create2_address,
    keccak256,
};

use super::reverts::is_revert;
use super::{Call, Cheats, FAILED, Fault, Open, VM, console, encode_error, table};
use crate::contracts::result::EventLog;

/// A revert with the text of a fault, which takes no gas.
fn revert(message: &Message, fault: &Fault) -> CallOutcome {
    CallOutcome::revert(message.gas, fault.encode().into())
}

impl Cheats {
    fn enter_call(
        &mut self,
        message: &mut Message,
        world: &mut World<'_>,
    ) -> Result<Option<CallOutcome>, Fault> {
        self.apply_mocked_function(message);
        self.note_depth(message.depth + 1);
        self.count_call(message);
        self.apply_prank(message, world);
        if let Some(outcome) = self.mocked(message, world)? {
            return Ok(Some(outcome));
        }
        self.apply_access_list();
        self.apply_broadcast(message, true, world)
    }

    fn enter_create(
        &mut self,
        message: &mut Message,
        world: &mut World<'_>,
    ) -> Result<Option<CallOutcome>, Fault> {
        if std::mem::take(&mut self.intercepts) {
            return Ok(Some(CallOutcome::revert(
                message.gas,
                message.input.clone(),
            )));
        }
        let by_factory = self.is_through_factory(message);
        self.note_depth(message.depth + 1 + usize::from(by_factory));
        self.apply_deploying(message);
        self.apply_prank(message, world);
        self.apply_access_list();
        let answered = self.apply_broadcast(message, by_factory, world)?;
        if by_factory && answered.is_none() {
            self.through = self.send_through_factory(message, world)?;
        }
        let address = match message.kind {
            MessageKind::Create2(salt) => {
                create2_address(message.caller, salt, keccak256(&message.input))
            }
            _ => create_address(message.caller, world.account(message.caller)?.nonce),
        };
        (message.address, message.code_address) = (address, address);
        Ok(answered)
    }

    /// Answers a call of `vm`.
    fn call_vm(&mut self, message: &mut Message, world: &mut World<'_>) -> Option<CallOutcome> {
        let prepared = self
            .deploy(message, world)
            .and_then(|()| self.prepare_transaction(message, world));
        if let Err(fault) = prepared {
            return Some(revert(message, &fault));
        }
        if message.code_address != VM {
            return None;
        }
        let mut call = Call { world, message };
        let answer = table::answer(self, &mut call);
        let gas = self.gas.given_back.take().unwrap_or(message.gas);
        Some(match answer {
            Ok(output) => CallOutcome::success(gas, output.into()),
            Err(fault) => CallOutcome::revert(gas, fault.encode().into()),
        })
    }

    fn open(&mut self, message: &Message, world: &mut World<'_>, is_cheat: bool) {
        let access = if is_cheat || message.depth == 0 {
            Ok(None)
        } else {
            self.record_account(message, world)
        };
        let trace = self
            .tracer
            .as_mut()
            .map(|tracer| tracer.enter(message, world));
        self.frames.push(Open {
            kind: message.kind,
            caller: message.caller,
            address: message.address,
            depth: message.depth,
            gas: message.gas,
            is_static: message.is_static,
            is_cheat,
            entered: false,
            access: access.unwrap_or(None),
            balance: U256::zero(),
            trace,
            failure: None,
            isolated: None,
            sent: None,
            through: self.through.take(),
        });
    }

    fn close(&mut self, outcome: &mut CallOutcome, world: &mut World<'_>) {
        self.drain(world);
        let Some(mut open) = self.frames.pop() else {
            return;
        };
        self.record_destruction(&open, outcome, world);
        if let Some(isolated) = open.isolated.take() {
            self.end_isolated(isolated, outcome, world);
        }
        if let Some(sent) = open.sent.take() {
            // The state below cannot fail.
            let _ = self.end_sent(sent, outcome, world);
        }
        self.end_pause(&open, outcome, world);
        // Frames are counted from one where instructions are watched.
        let memory = self.watched.memory.as_ref();
        let written = memory.filter(|_| open.entered);
        let written = written.and_then(|memory| memory.failure(open.depth + 1));
        open.failure = open.failure.or(written.map(String::into_bytes));
        if outcome.status != CallStatus::Success && self.reverter.is_none() {
            self.reverter = Some(open.address);
        }
        if let Some(failure) = open.failure.take() {
            outcome.status = CallStatus::Revert;
            outcome.output = failure.into();
            outcome.created = None;
        }
        let result = if open.is_create() {
            self.close_create(&open, outcome, world)
        } else {
            self.close_call(&open, outcome, world)
        };
        if let Err(fault) = result {
            *outcome = CallOutcome::revert(outcome.gas_left, fault.encode().into());
        }
        if open.trace.is_some()
            && let Some(tracer) = &mut self.tracer
        {
            tracer.leave(outcome, world);
        }
        self.note_balance(world);
        if open.depth == 0 {
            let failed = world.storage(VM, failed_slot());
            self.failed |= failed.is_ok_and(|word| !word.is_zero());
            self.keep_surroundings(world);
            self.refund = world.refund();
            self.end_arbitrary();
        }
    }

    fn close_create(
        &mut self,
        open: &Open,
        outcome: &mut CallOutcome,
        world: &mut World<'_>,
    ) -> Result<(), Fault> {
        if let Some(through) = &open.through {
            self.leave_factory(through, open, outcome, world)?;
        }
        self.end_prank(open.depth, open.through.is_none(), world);
        if self.meet_revert_of_create(open, outcome) {
            return Ok(());
        }
        self.note_gas(open, outcome.gas_left, world.refund());
        self.finish_account(open, outcome, world)?;
        match outcome.created {
            Some(created) => {
                self.created.push(created);
                self.count_create(open, created, world)
            }
            None => Ok(()),
        }
    }

    fn close_call(
        &mut self,
        open: &Open,
        outcome: &mut CallOutcome,
        world: &mut World<'_>,
    ) -> Result<(), Fault> {
        if !open.is_cheat {
            self.end_prank(open.depth, false, world);
        }
        if self.meet_no_revert(open, outcome)
            || self.meet_revert(open, outcome, world)
            || open.is_cheat
        {
            return Ok(());
        }
        self.note_gas(open, outcome.gas_left, world.refund());
        self.finish_account(open, outcome, world)?;
        if is_revert(outcome.status) || self.meet_emits(open, outcome) || open.depth > 0 {
            return Ok(());
        }
        let success = outcome.status == CallStatus::Success;
        let missing = self
            .missing_call(success)
            .or_else(|| self.missing_emit(success).map(str::to_owned))
            .or_else(|| self.missing_create());
        if let Some(text) = missing {
            outcome.status = CallStatus::Revert;
            outcome.output = encode_error(&text).into();
        }
        Ok(())
    }
}

/// Where older test libraries write that an assertion failed.
pub(crate) fn failed_slot() -> U256 {
    let mut word = [0; 32];
    word[..FAILED.len()].copy_from_slice(FAILED);
    U256::from_big_endian(&word)
}

impl Director for Cheats {
    fn enter(&mut self, message: &mut Message, world: &mut World<'_>) -> Option<CallOutcome> {
        if message.depth == 0 {
            self.frames.clear();
            self.set_surroundings(world);
            self.begin_arbitrary(world);
            self.ask_for_records(world);
        }
        self.drain(world);
        let sending = self.apply_signer(message);
        let is_call = matches!(message.kind, MessageKind::Call(_));
        let is_vm = is_call && message.address == VM;
        let is_console = is_call && message.address == console::ADDRESS;
        let entered = if is_vm {
            // Frames are known before it is answered, so that a trace has it in its place.
            self.open(message, world, true);
            let answered = self.call_vm(message, world);
            return self.answered(answered, world);
        } else if is_console {
            self.open(message, world, true);
            let failed = self.log_console(message);
            return self.answered(failed, world);
        } else if is_call {
            self.enter_call(message, world)
        } else {
            self.enter_create(message, world)
        };
        self.open(message, world, false);
        let answered = entered.unwrap_or_else(|fault| Some(revert(message, &fault)));
        if answered.is_none() {
            let isolated = self.isolate(message, world);
            let sent = sending.and_then(|sending| self.begin_sent(sending, message, world).ok());
            if let Some(open) = self.frames.last_mut() {
                open.isolated = isolated;
                open.sent = sent;
            }
        }
        if answered.is_none() {
            self.note_balance_of_new(message, world);
        }
        self.answered(answered, world)
    }

    fn exit(&mut self, outcome: &mut CallOutcome, world: &mut World<'_>) {
        if let Some(open) = self.frames.last_mut() {
            open.entered = true;
            // Code that creates in the caller's name costs the caller nothing.
            if open.is_cheat {
                outcome.gas_left = open.gas;
                self.answer_sent(outcome);
            }
        }
        self.close(outcome, world);
    }

    fn log(&mut self, log: &Log<'_>) {
        let log = EventLog {
            address: log.address,
            topics: log.topics.to_vec(),
            data: gasworks::Bytes::copy_from_slice(log.data),
        };
        self.meet_emit(&log);
        self.record_log(&log);
        if let Some(tracer) = &mut self.tracer {
            tracer.log(&log);
        }
        if console::is_shown(&log) {
            self.logs.push(log);
        }
    }
}

impl Cheats {
    /// A message that was answered ends at once.
    fn answered(
        &mut self,
        answer: Option<CallOutcome>,
        world: &mut World<'_>,
    ) -> Option<CallOutcome> {
        let mut outcome = answer?;
        self.close(&mut outcome, world);
        Some(outcome)
    }

    /// A call of the console: nothing but a line that is shown, unless it cannot be read.
    fn log_console(&mut self, message: &Message) -> Option<CallOutcome> {
        match console::line(&message.input) {
            Ok(line) => {
                self.logs.push(console::as_log(&line));
                None
            }
            Err(text) => Some(revert(message, &Fault::Text(text))),
        }
    }
}
