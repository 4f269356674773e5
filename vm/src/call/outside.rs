//! Messages from outside: a transaction's own, or a bare one.

use std::sync::Arc;

use bytes::Bytes;

use super::create::{prepare, refusal};
use super::host::Entered;
use super::message::{CallKind, CallOutcome, CallStatus, Kind, Message};
use super::{Abort, Callee, Ended, Frames, Host, Start};
use crate::error::Halt;
use crate::evm::Outcome;
use crate::interpreter::{Code, Input, Purpose, Range};
use crate::keccak::keccak256;
use crate::rlp::{create_address, create2_address};
use crate::state::{AccountId, HostFailed};
use crate::transaction::Refusal;

/// Runs a bare message, as [`crate::Evm::call`] does. What came of it is written into the outcome.
pub(crate) fn run_message(
    message: &Message,
    host: &mut Host<'_>,
    frames: &mut Frames,
    outcome: &mut Outcome,
) -> Result<(), Refusal> {
    // What a transaction finds warm, a bare message does, too (EIP-2929, EIP-3651).
    let caller = host.state.warm(host.source, &message.caller)?;
    if host.rules.warm_coinbase {
        host.state.warm(host.source, &host.block.coinbase)?;
    }
    let left = match message.kind {
        Kind::Call(_) => frames.execute(host, message, caller, outcome)?,
        Kind::Create | Kind::Create2(_) => match creation(message, host, caller) {
            Ok(message) => frames.execute(host, &message, caller, outcome)?,
            Err(halt) => {
                outcome.status = CallStatus::Halt(halt);
                message.gas
            }
        },
    };
    outcome.gas_used = message.gas.saturating_sub(left);
    outcome.gas_refunded = u64::try_from(host.state.refund).unwrap_or(0);
    Ok(())
}

/// The message of a creation with the address that follows from its caller, whose nonce is incremented; or why CREATE
/// would refuse.
fn creation(message: &Message, host: &mut Host<'_>, caller: AccountId) -> Result<Message, Halt> {
    if let Some(halt) = refusal(host, caller, message.value) {
        return Err(halt);
    }
    let nonce = host.state.account(caller).nonce;
    let address = match message.kind {
        Kind::Create2(salt) => create2_address(message.caller, salt, keccak256(&message.input)),
        _ => create_address(message.caller, nonce),
    };
    host.state.set_nonce(caller, nonce + 1);
    Ok(Message {
        address,
        code_address: address,
        ..message.clone()
    })
}

/// Whose code runs for an account: its own, or that of the account it delegates to, which is then warm (EIP-7702).
#[inline(always)]
pub(super) fn callee(host: &mut Host<'_>, holder: AccountId) -> Result<Callee, HostFailed> {
    let code = host.state.code(host.source, holder)?;
    let delegate = code.delegate().filter(|_| host.rules.delegation);
    let code = match delegate {
        Some(delegate) => host.state.access(host.source, &delegate)?.0,
        None => holder,
    };
    Ok(Callee {
        holder,
        code,
        delegated: delegate.is_some(),
    })
}

/// Ends a message that needed no frame; returns the gas that is left.
fn answer(host: &mut Host<'_>, outcome: &mut Outcome, ended: &Ended, output: Vec<u8>) -> u64 {
    if let Some(changed) = host.exit(|| ended.outcome(&output, None)) {
        return take(outcome, changed);
    }
    outcome.status = ended.status;
    outcome.output = output.into();
    ended.gas
}

/// Makes what was answered the outcome; returns the gas that is left.
fn take(outcome: &mut Outcome, answer: CallOutcome) -> u64 {
    outcome.status = answer.status;
    outcome.output = answer.output;
    outcome.created = answer.created;
    answer.gas_left
}

#[inline(always)]
fn start(message: &Message, account: AccountId, input: Input, purpose: Purpose) -> Start {
    Start {
        account,
        address: message.address,
        caller: message.caller,
        value: message.value,
        is_static: message.is_static,
        gas: message.gas,
        input,
        purpose,
    }
}

impl Frames {
    /// Starts a message from outside, whose caller has been read. Where no code has to run, that is all: then the gas
    /// that is left is returned.
    pub(super) fn enter_message(
        &mut self,
        host: &mut Host<'_>,
        message: &Message,
        caller: AccountId,
        outcome: &mut Outcome,
    ) -> Result<Option<u64>, Abort> {
        // From outside, whoever directs sends what is to be sent: only an answer counts.
        if let Entered::Answered(answer) = host.enter(|_| message.clone()) {
            return Ok(Some(take(outcome, answer)));
        }
        let transfers = !matches!(
            message.kind,
            Kind::Call(CallKind::CallCode | CallKind::DelegateCall | CallKind::StaticCall)
        );
        if transfers && message.value > host.state.account(caller).balance {
            let ended = Ended::halt(Halt::InsufficientBalance, message.gas);
            return Ok(Some(answer(host, outcome, &ended, Vec::new())));
        }
        let account = host.state.warm(host.source, &message.address)?;
        match message.kind {
            Kind::Call(_) => self.start_call(host, message, caller, account, outcome),
            Kind::Create | Kind::Create2(_) => {
                match prepare(host, caller, account, message.value) {
                    Err(halt) => {
                        let ended = Ended::halt(halt, 0);
                        Ok(Some(answer(host, outcome, &ended, Vec::new())))
                    }
                    Ok(checkpoint) => {
                        let code = Arc::new(Code::new(&message.input));
                        let input = Input::Owned(Bytes::new());
                        let start = start(message, account, input, Purpose::Create { account });
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
        account: AccountId,
        outcome: &mut Outcome,
    ) -> Result<Option<u64>, Abort> {
        let holder = if message.code_address == message.address {
            account
        } else {
            host.state.load(host.source, &message.code_address)?
        };
        let callee = callee(host, holder)?;
        let checkpoint = host.state.checkpoint();
        if message.kind == Kind::Call(CallKind::Call) {
            host.transfer(caller, account, &message.value);
        }
        let (input, mut output) = (&message.input, Vec::new());
        let ended = host.without_frame(callee, input, message.gas, &checkpoint, &mut output)?;
        if let Some(ended) = ended {
            return Ok(Some(answer(host, outcome, &ended, output)));
        }
        let output = Range::default();
        let start = start(message, account, Input::Message, Purpose::Call { output });
        let memory_word = host.schedule.memory_word;
        let code = host.state.code(host.source, callee.code)?;
        self.push(code, start, checkpoint, memory_word);
        Ok(None)
    }
}
