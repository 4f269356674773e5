//! Creations: the new account, its collision rules, and the deposit of its code. And messages from outside.

use std::sync::Arc;

use primitive_types::U256;

use super::message::{CallKind, CallOutcome, CallStatus, Kind, Message};
use super::{Abort, DEPTH_LIMIT, Ended, Frames, Host, Request, Start, resume};
use crate::error::Halt;
use crate::interpreter::{Code, Frame, Input, Purpose, Range};
use crate::keccak::keccak256;
use crate::rlp::{create_address, create2_address};
use crate::state::{AccountId, Checkpoint};

/// Pays for the code that init code returned and sets it (EIP-2, EIP-170, EIP-3541).
pub(super) fn deposit(
    frame: &mut Frame,
    host: &mut Host<'_>,
    account: AccountId,
) -> Result<(), Halt> {
    let code = frame.memory.slice(frame.output);
    // EIP-170 and EIP-3541 come before the price: a failure takes all gas either way.
    if code.len() > host.rules.max_code_size {
        return Err(Halt::CodeSizeExceeded);
    }
    if host.rules.rejects_ef_code && code.first() == Some(&0xef) {
        return Err(Halt::InvalidCodePrefix);
    }
    let price = host.schedule.code_deposit.saturating_mul(code.len() as u64);
    match frame.gas.checked_sub(price) {
        Some(left) => frame.gas = left,
        None if host.rules.code_deposit_must_be_paid => return Err(Halt::OutOfGas),
        // Frontier: an account without code stays, and the gas is kept.
        None => {
            frame.output = Range::default();
            return Ok(());
        }
    }
    if !code.is_empty() {
        host.state.set_code(account, code, keccak256(code));
    }
    Ok(())
}

impl Frames {
    /// Prepares the new account: fails on collision, sets its nonce, moves the value.
    fn prepare(
        host: &mut Host<'_>,
        creator: AccountId,
        account: AccountId,
        value: U256,
    ) -> Result<Checkpoint, Halt> {
        // EIP-684, EIP-7610.
        if host.state.is_taken(account) {
            return Err(Halt::CreateCollision);
        }
        let checkpoint = host.state.checkpoint();
        host.state.set_flags(account, |flags| {
            flags.exists = true;
            flags.touched = true;
            flags.created = true;
        });
        // EIP-161: a contract's nonce starts at 1.
        if host.rules.clears_empty_accounts {
            host.state.set_nonce(account, 1);
        }
        host.transfer(creator, account, value);
        Ok(checkpoint)
    }

    pub(super) fn enter_create(
        &mut self,
        host: &mut Host<'_>,
        request: &Request,
        salt: Option<U256>,
    ) -> Result<(), Abort> {
        let depth = self.depth;
        let caller = &mut self.frames[depth - 1];
        let creator = caller.account;
        let state = host.state.account(creator);
        let (balance, nonce) = (state.balance, state.nonce);
        let init_code = caller.memory.slice(request.input);
        let address = match salt {
            None => create_address(caller.address, nonce),
            Some(salt) => create2_address(caller.address, salt, keccak256(init_code)),
        };
        let from = caller.address;
        let message = || Message {
            kind: salt.map_or(Kind::Create, Kind::Create2),
            caller: from,
            address,
            code_address: address,
            value: request.value,
            input: bytes::Bytes::copy_from_slice(init_code),
            gas: request.gas,
            is_static: false,
            depth,
        };
        let purpose = |account| Purpose::Create { account };
        if let Some(outcome) = host.enter(message) {
            let ended = Ended {
                status: outcome.status,
                gas: outcome.gas_left.min(request.gas),
            };
            let address = outcome.created.unwrap_or(address);
            resume(caller, purpose(0), address, &ended, &outcome.output);
            return Ok(());
        }
        let refuse = |host: &mut Host<'_>, caller: &mut Frame, gas: u64, halt: Halt| {
            let ended = Ended {
                status: CallStatus::Halt(halt),
                gas,
            };
            host.exit(|| ended.outcome(&[], None));
            resume(caller, purpose(0), address, &ended, &[]);
        };
        let refused = if depth > DEPTH_LIMIT {
            Some(Halt::CallDepthExceeded)
        } else if request.value > balance {
            Some(Halt::InsufficientBalance)
        } else if nonce == u64::MAX {
            // EIP-2681.
            Some(Halt::NonceOverflow)
        } else {
            None
        };
        if let Some(halt) = refused {
            // The gas comes back: nothing was executed.
            refuse(host, caller, request.gas, halt);
            return Ok(());
        }
        host.state.set_nonce(creator, nonce + 1);
        // EIP-2929: the address stays warm, whatever becomes of the creation.
        let (account, _) = host.state.access(host.source, address)?;
        let checkpoint = match Self::prepare(host, creator, account, request.value) {
            Ok(checkpoint) => checkpoint,
            Err(halt) => {
                refuse(host, caller, 0, halt);
                return Ok(());
            }
        };
        let code = Arc::new(Code::new(caller.memory.slice(request.input)));
        caller.return_data.clear();
        let start = Start {
            account,
            address,
            caller: from,
            value: request.value,
            is_static: false,
            gas: request.gas,
            input: Input::Owned(bytes::Bytes::new()),
            purpose: purpose(account),
        };
        self.push(host, code, start, checkpoint);
        Ok(())
    }

    /// Starts a message from outside. The answer, where no code has to run.
    pub(super) fn enter_message(
        &mut self,
        host: &mut Host<'_>,
        message: &Message,
    ) -> Result<Option<CallOutcome>, Abort> {
        if let Some(outcome) = host.enter(|| message.clone()) {
            return Ok(Some(outcome));
        }
        let answer = |host: &mut Host<'_>, status, gas_left, output: &[u8]| {
            let outcome = CallOutcome {
                status,
                gas_left,
                output: bytes::Bytes::copy_from_slice(output),
                created: None,
            };
            host.exit(|| outcome.clone());
            Ok(Some(outcome))
        };
        let caller = host.state.load(host.source, message.caller)?;
        let transfers = matches!(
            message.kind,
            Kind::Create | Kind::Create2(_) | Kind::Call(CallKind::Call)
        );
        if transfers && message.value > host.state.account(caller).balance {
            return answer(
                host,
                CallStatus::Halt(Halt::InsufficientBalance),
                message.gas,
                &[],
            );
        }
        let (account, _) = host.state.access(host.source, message.address)?;
        let mut start = Start {
            account,
            address: message.address,
            caller: message.caller,
            value: message.value,
            is_static: message.is_static,
            gas: message.gas,
            input: Input::Owned(message.input.clone()),
            purpose: Purpose::Call {
                output: Range::default(),
            },
        };
        let Kind::Call(kind) = message.kind else {
            return match Self::prepare(host, caller, account, message.value) {
                Err(halt) => answer(host, CallStatus::Halt(halt), 0, &[]),
                Ok(checkpoint) => {
                    let code = Arc::new(Code::new(&message.input));
                    start.input = Input::Owned(bytes::Bytes::new());
                    start.purpose = Purpose::Create { account };
                    self.push(host, code, start, checkpoint);
                    Ok(None)
                }
            };
        };
        let holder = host.state.load(host.source, message.code_address)?;
        let mut code = host.state.code(host.source, holder)?;
        let mut delegated = false;
        if host.rules.delegation
            && let Some(delegate) = code.delegate()
        {
            let (id, _) = host.state.access(host.source, delegate)?;
            code = host.state.code(host.source, id)?;
            delegated = true;
        }
        let checkpoint = host.state.checkpoint();
        if kind == CallKind::Call {
            host.transfer(caller, account, message.value);
        }
        if !delegated && let Some(result) = host.precompile(holder, &message.input, message.gas) {
            let (status, gas) = host.settle_precompile(result, &checkpoint);
            let output = std::mem::take(&mut host.precompile_output);
            let visible: &[u8] = if status == CallStatus::Success {
                &output
            } else {
                &[]
            };
            return answer(host, status, gas, visible);
        }
        if code.bytes().is_empty() {
            return answer(host, CallStatus::Success, message.gas, &[]);
        }
        self.push(host, code, start, checkpoint);
        Ok(None)
    }
}
