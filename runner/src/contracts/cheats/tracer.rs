//! Writes calls down, for reports.

use gasworks::inspect::World;
use gasworks::{CallOutcome, Hash, Message, MessageKind};

use crate::contracts::result::{EventLog, Phase, Trace, TraceCall, TraceStep};

/// The calls so far, and those that are not at their end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tracer {
    trace: Trace,
    open: Vec<usize>,
}

impl Tracer {
    pub(crate) fn begin(&mut self, phase: Phase) {
        self.trace.phases.push((phase, self.trace.calls.len()));
    }

    pub(crate) fn enter(&mut self, message: &Message, world: &mut World<'_>) -> usize {
        let position = self.trace.calls.len();
        let parent = self.open.last().copied();
        if let Some(parent) = parent.and_then(|parent| self.trace.calls.get_mut(parent)) {
            parent.steps.push(TraceStep::Call(position));
        }
        let is_call = matches!(message.kind, MessageKind::Call(_));
        let code = is_call.then(|| world.account(message.code_address));
        self.trace.calls.push(TraceCall {
            parent,
            depth: message.depth,
            kind: message.kind,
            caller: message.caller,
            address: message.address,
            code_address: message.code_address,
            code_hash: code
                .and_then(Result::ok)
                .map_or(Hash::zero(), |account| account.code_hash),
            value: message.value,
            input: message.input.clone(),
            output: gasworks::Bytes::new(),
            status: gasworks::CallStatus::Success,
            gas_limit: message.gas,
            gas_used: 0,
            steps: Vec::new(),
        });
        self.open.push(position);
        position
    }

    pub(crate) fn log(&mut self, log: &EventLog) {
        let call = self
            .open
            .last()
            .and_then(|open| self.trace.calls.get_mut(*open));
        if let Some(call) = call {
            call.steps.push(TraceStep::Log(log.clone()));
        }
    }

    pub(crate) fn leave(&mut self, outcome: &CallOutcome, world: &mut World<'_>) {
        let Some(call) = self
            .open
            .pop()
            .and_then(|open| self.trace.calls.get_mut(open))
        else {
            return;
        };
        call.output = outcome.output.clone();
        call.status = outcome.status;
        call.gas_used = call.gas_limit.saturating_sub(outcome.gas_left);
        if let Some(created) = outcome.created {
            (call.address, call.code_address) = (created, created);
            if let Ok(account) = world.account(created) {
                call.code_hash = account.code_hash;
            }
        }
    }

    pub(crate) fn finish(self) -> Trace {
        self.trace
    }
}
