//! Messages from outside: a transaction's own, or a bare one.

use std::sync::Arc;

use super::create::prepare;
use super::message::{CallKind, CallOutcome, Kind, Message};
use super::{Abort, Callee, Ended, Frames, Host, Start};
use crate::error::Halt;
use crate::interpreter::{Code, Input, Purpose, Range};
use crate::state::{AccountId, HostFailed};

/// The code of an account, or that of the account it delegates to, which is then warm (EIP-7702).
fn callee(host: &mut Host<'_>, holder: AccountId) -> Result<Callee, HostFailed> {
    let code = host.state.code(host.source, holder)?;
    let delegate = code.delegate().filter(|_| host.rules.delegation);
    let Some(delegate) = delegate else {
        return Ok(Callee {
            holder,
            code,
            delegated: false,
        });
    };
    let (id, _) = host.state.access(host.source, delegate)?;
    Ok(Callee {
        holder,
        code: host.state.code(host.source, id)?,
        delegated: true,
    })
}

fn answer(host: &mut Host<'_>, ended: &Ended, output: &[u8]) -> Option<CallOutcome> {
    let outcome = ended.outcome(output, None);
    host.exit(|| outcome.clone());
    Some(outcome)
}

impl Frames {
    /// Starts a message from outside. The answer, where no code has to run.
    pub(super) fn enter_message(
        &mut self,
        host: &mut Host<'_>,
        message: &Message,
    ) -> Result<Option<CallOutcome>, Abort> {
        if let Some(outcome) = host.enter(|| message.clone()) {
            return Ok(Some(outcome));
        }
        let caller = host.state.load(host.source, message.caller)?;
        let transfers = !matches!(
            message.kind,
            Kind::Call(CallKind::CallCode | CallKind::DelegateCall | CallKind::StaticCall)
        );
        if transfers && message.value > host.state.account(caller).balance {
            let ended = Ended::halt(Halt::InsufficientBalance, message.gas);
            return Ok(answer(host, &ended, &[]));
        }
        let (account, _) = host.state.access(host.source, message.address)?;
        let start = Start {
            account,
            address: message.address,
            caller: message.caller,
            value: message.value,
            is_static: message.is_static,
            gas: message.gas,
            input: Input::Owned(bytes::Bytes::new()),
            purpose: Purpose::Create { account },
        };
        match message.kind {
            Kind::Call(kind) => self.start_call(host, message, caller, kind, start),
            Kind::Create | Kind::Create2(_) => {
                match prepare(host, caller, account, message.value) {
                    Err(halt) => Ok(answer(host, &Ended::halt(halt, 0), &[])),
                    Ok(checkpoint) => {
                        let code = Arc::new(Code::new(&message.input));
                        self.push(host, code, start, checkpoint);
                        Ok(None)
                    }
                }
            }
        }
    }

    fn start_call(
        &mut self,
        host: &mut Host<'_>,
        message: &Message,
        caller: AccountId,
        kind: CallKind,
        start: Start,
    ) -> Result<Option<CallOutcome>, Abort> {
        let holder = host.state.load(host.source, message.code_address)?;
        let callee = callee(host, holder)?;
        let checkpoint = host.state.checkpoint();
        if kind == CallKind::Call {
            host.transfer(caller, start.account, message.value);
        }
        if let Some(ended) = host.without_frame(&callee, &message.input, message.gas, &checkpoint) {
            let output = std::mem::take(&mut host.precompile_output);
            return Ok(answer(host, &ended, &output));
        }
        let start = Start {
            input: Input::Owned(message.input.clone()),
            purpose: Purpose::Call {
                output: Range::default(),
            },
            ..start
        };
        self.push(host, callee.code, start, checkpoint);
        Ok(None)
    }
}
