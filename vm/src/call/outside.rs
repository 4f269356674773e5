//! Messages from outside: a transaction's own, or a bare one.

use std::sync::Arc;

use bytes::Bytes;

use super::create::{prepare, refusal};
use super::message::{CallKind, CallOutcome, CallStatus, Kind, Message};
use super::{Abort, Callee, Ended, Frames, Host, Start};
use crate::error::Halt;
use crate::evm::Outcome;
use crate::interpreter::{Code, Input, Purpose, Range};
use crate::keccak::keccak256;
use crate::rlp::{create_address, create2_address};
use crate::state::{AccountId, HostFailed};
use crate::transaction::Refusal;

/// Runs a bare message, as [`crate::Evm::call`] does.
pub(crate) fn run_message(
    message: &Message,
    host: &mut Host<'_>,
    frames: &mut Frames,
) -> Result<Outcome, Refusal> {
    // What a transaction finds warm, a bare message does, too (EIP-2929, EIP-3651).
    host.state.access(host.source, message.caller)?;
    if host.rules.warm_coinbase {
        host.state.access(host.source, host.block.coinbase)?;
    }
    let result = match message.kind {
        Kind::Call(_) => frames.execute(host, message)?,
        Kind::Create | Kind::Create2(_) => match creation(message, host)? {
            Ok(message) => frames.execute(host, &message)?,
            Err(outcome) => outcome,
        },
    };
    Ok(Outcome {
        status: result.status,
        gas_used: message.gas.saturating_sub(result.gas_left),
        gas_refunded: u64::try_from(host.state.refund).unwrap_or(0),
        output: result.output,
        logs: Vec::new(),
        created: result.created,
    })
}

/// The message of a creation with the address that follows from its caller, whose nonce is incremented; or the outcome,
/// where CREATE would refuse.
fn creation(
    message: &Message,
    host: &mut Host<'_>,
) -> Result<Result<Message, CallOutcome>, Refusal> {
    let caller = host.state.load(host.source, message.caller)?;
    if let Some(halt) = refusal(host, caller, message.value) {
        return Ok(Err(CallOutcome {
            status: CallStatus::Halt(halt),
            gas_left: message.gas,
            output: Bytes::new(),
            created: None,
        }));
    }
    let nonce = host.state.account(caller).nonce;
    let address = match message.kind {
        Kind::Create2(salt) => create2_address(message.caller, salt, keccak256(&message.input)),
        _ => create_address(message.caller, nonce),
    };
    host.state.set_nonce(caller, nonce + 1);
    Ok(Ok(Message {
        address,
        code_address: address,
        ..message.clone()
    }))
}

/// Whose code runs for an account: its own, or that of the account it delegates to, which is then warm (EIP-7702).
fn callee(host: &mut Host<'_>, holder: AccountId) -> Result<Callee, HostFailed> {
    let code = host.state.code(host.source, holder)?;
    let delegate = code.delegate().filter(|_| host.rules.delegation);
    let code = match delegate {
        Some(delegate) => host.state.access(host.source, delegate)?.0,
        None => holder,
    };
    Ok(Callee {
        holder,
        code,
        delegated: delegate.is_some(),
    })
}

fn answer(host: &mut Host<'_>, ended: &Ended, output: Vec<u8>) -> Option<CallOutcome> {
    let outcome = CallOutcome {
        status: ended.status,
        gas_left: ended.gas,
        output: output.into(),
        created: None,
    };
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
            return Ok(answer(host, &ended, Vec::new()));
        }
        let (account, _) = host.state.access(host.source, message.address)?;
        let start = Start {
            account,
            address: message.address,
            caller: message.caller,
            value: message.value,
            is_static: message.is_static,
            gas: message.gas,
            input: Input::Owned(Bytes::new()),
            purpose: Purpose::Create { account },
        };
        match message.kind {
            Kind::Call(kind) => self.start_call(host, message, caller, kind, start),
            Kind::Create | Kind::Create2(_) => {
                match prepare(host, caller, account, message.value) {
                    Err(halt) => Ok(answer(host, &Ended::halt(halt, 0), Vec::new())),
                    Ok(checkpoint) => {
                        let code = Arc::new(Code::new(&message.input));
                        self.push(&code, start, checkpoint, host.schedule.memory_word);
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
        let (input, mut output) = (&message.input, Vec::new());
        let ended = host.without_frame(callee, input, message.gas, &checkpoint, &mut output)?;
        if let Some(ended) = ended {
            return Ok(answer(host, &ended, output));
        }
        let start = Start {
            input: Input::Owned(message.input.clone()),
            purpose: Purpose::Call {
                output: Range::default(),
            },
            ..start
        };
        let memory_word = host.schedule.memory_word;
        let code = host.state.code(host.source, callee.code)?;
        self.push(code, start, checkpoint, memory_word);
        Ok(None)
    }
}
