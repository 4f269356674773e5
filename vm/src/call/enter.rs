//! Calls from a frame: a new frame for the callee's code, or an answer at once.

use super::host::Entered;
use super::message::{CallKind, CallStatus, Kind, Message};
use super::outside::callee as callee_of;
use super::{
    Abort, CallRequest, DEPTH_LIMIT, Ended, Frames, Host, Request, RequestKind, Start, answer,
    proceed, resume,
};
use crate::error::Halt;
use crate::interpreter::{Frame, Input, Purpose};

/// Who runs on whose account, with whose value (EIP-7, EIP-214).
#[inline(always)]
fn start(host: &Host<'_>, caller: &Frame, request: &Request, call: &CallRequest) -> Start {
    let target = call.callee.holder;
    let (account, address) = match call.kind {
        CallKind::Call | CallKind::StaticCall => (target, host.state.account(target).address),
        CallKind::CallCode | CallKind::DelegateCall => (caller.account, caller.address),
    };
    let (from, value) = match call.kind {
        CallKind::DelegateCall => (caller.caller, caller.value),
        _ => (caller.address, request.value),
    };
    Start {
        account,
        address,
        caller: from,
        value,
        is_static: caller.is_static || call.kind == CallKind::StaticCall,
        gas: request.gas,
        input: Input::Caller(request.input),
        purpose: Purpose::Call {
            output: call.output,
        },
    }
}

impl Frames {
    /// Does what the top frame asks for, which is a call. What it asks for is read where it is: to copy it as a whole, so
    /// soon after it was written piece by piece, would have to wait for the writes.
    pub(super) fn enter_call(&mut self, host: &mut Host<'_>) -> Result<(), Abort> {
        let depth = self.depth;
        let caller = &mut self.frames[depth - 1];
        let Some(request) = &caller.request else {
            return Ok(());
        };
        let RequestKind::Call(call) = &request.kind else {
            return Ok(());
        };
        let mut start = start(host, caller, request, call);
        let (purpose, address) = (start.purpose, start.address);
        let (gas, input) = (request.gas, request.input);
        let (mut payer, mut callee) = (caller.account, call.callee);
        host.caller_gas = caller.gas;
        let entered = host.enter(|host| Message {
            kind: Kind::Call(call.kind),
            caller: start.caller,
            address,
            code_address: host.state.account(callee.holder).address,
            value: start.value,
            input: bytes::Bytes::copy_from_slice(caller.memory.slice(input)),
            gas,
            is_static: start.is_static,
            depth,
        });
        caller.gas = host.caller_gas;
        let mut other_input = None;
        match entered {
            Entered::AsItIs => {}
            Entered::Answered(outcome) => {
                let ended = Ended::mocked(&outcome, gas);
                resume(caller, purpose, address, &ended, &outcome.output);
                return Ok(());
            }
            Entered::Changed(message) => {
                if call.kind != CallKind::DelegateCall {
                    payer = host.state.load(host.source, &message.caller)?;
                }
                start.caller = message.caller;
                if message.address != address {
                    start.account = host.state.load(host.source, &message.address)?;
                    start.address = message.address;
                }
                if message.code_address != host.state.account(callee.holder).address {
                    let holder = host.state.load(host.source, &message.code_address)?;
                    callee = callee_of(host, holder)?;
                }
                other_input = Some(message.input);
            }
        }
        let transfers = !request.value.is_zero();
        let refused = if depth > DEPTH_LIMIT {
            Some(Halt::CallDepthExceeded)
        } else if transfers && request.value > host.state.account(payer).balance {
            Some(Halt::InsufficientBalance)
        } else {
            None
        };
        if let Some(halt) = refused {
            // The gas comes back: nothing was executed.
            let ended = Ended::halt(halt, gas);
            answer(host, caller, purpose, address, &ended, &[]);
            return Ok(());
        }
        let checkpoint = host.state.checkpoint();
        match call.kind {
            CallKind::Call => host.transfer(payer, start.account, &request.value),
            CallKind::StaticCall => host.state.touch(start.account),
            CallKind::CallCode | CallKind::DelegateCall => {}
        }
        caller.return_data.clear();
        let output = &mut caller.return_data;
        let input = match &other_input {
            Some(input) => {
                start.input = Input::Owned(input.clone());
                input
            }
            None => caller.memory.slice(input),
        };
        if let Some(ended) = host.without_frame(callee, input, gas, &checkpoint, output)? {
            match host.exit(|| ended.outcome(&caller.return_data, None)) {
                None => proceed(caller, purpose, address, &ended),
                Some(outcome) => {
                    if outcome.status != CallStatus::Success {
                        host.state.revert(&checkpoint);
                    }
                    let ended = Ended::mocked(&outcome, gas);
                    resume(caller, purpose, address, &ended, &outcome.output);
                }
            }
            return Ok(());
        }
        let memory_word = host.schedule.memory_word;
        let code = host.state.code(host.source, callee.code)?;
        self.push(code, start, checkpoint, memory_word);
        Ok(())
    }
}
