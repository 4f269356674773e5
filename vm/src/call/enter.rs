//! Calls from a frame: a new frame for the callee's code, or an answer at once.

use super::message::{CallKind, Kind, Message};
use super::{
    Abort, CallRequest, DEPTH_LIMIT, Ended, Frames, Host, Request, Start, answer, proceed, resume,
};
use crate::error::Halt;
use crate::interpreter::{Frame, Input, Purpose};

/// Who runs on whose account, with whose value (EIP-7, EIP-214).
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
    pub(super) fn enter_call(
        &mut self,
        host: &mut Host<'_>,
        request: &Request,
        call: &CallRequest,
    ) -> Result<(), Abort> {
        let depth = self.depth;
        let caller = &mut self.frames[depth - 1];
        let start = start(host, caller, request, call);
        let (purpose, address) = (start.purpose, start.address);
        let target = call.callee.holder;
        let code_address = host.state.account(target).address;
        let mocked = host.enter(|| Message {
            kind: Kind::Call(call.kind),
            caller: start.caller,
            address,
            code_address,
            value: start.value,
            input: bytes::Bytes::copy_from_slice(caller.memory.slice(request.input)),
            gas: request.gas,
            is_static: start.is_static,
            depth,
        });
        if let Some(outcome) = mocked {
            let ended = Ended::mocked(&outcome, request.gas);
            resume(caller, purpose, address, &ended, &outcome.output);
            return Ok(());
        }
        let refused = if depth > DEPTH_LIMIT {
            Some(Halt::CallDepthExceeded)
        } else if request.value > host.state.account(caller.account).balance {
            Some(Halt::InsufficientBalance)
        } else {
            None
        };
        if let Some(halt) = refused {
            // The gas comes back: nothing was executed.
            let ended = Ended::halt(halt, request.gas);
            answer(host, caller, purpose, address, &ended, &[]);
            return Ok(());
        }
        let checkpoint = host.state.checkpoint();
        match call.kind {
            CallKind::Call => host.transfer(caller.account, target, request.value),
            CallKind::StaticCall => host.state.touch(target),
            CallKind::CallCode | CallKind::DelegateCall => {}
        }
        caller.return_data.clear();
        let (input, output) = (caller.memory.slice(request.input), &mut caller.return_data);
        let ended = host.without_frame(call.callee, input, request.gas, &checkpoint, output)?;
        if let Some(ended) = ended {
            host.exit(|| ended.outcome(&caller.return_data, None));
            proceed(caller, purpose, address, &ended);
            return Ok(());
        }
        let memory_word = host.schedule.memory_word;
        let code = host.state.code(host.source, call.callee.code)?;
        self.push(code, start, checkpoint, memory_word);
        Ok(())
    }
}
