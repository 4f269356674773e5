//! Creations: the new account, its collision rules, and the deposit of its code.

use std::sync::Arc;

use primitive_types::U256;

use super::host::Entered;
use super::message::{Kind, Message};
use super::{Abort, DEPTH_LIMIT, Ended, Frames, Host, Request, RequestKind, Start, answer, resume};
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

/// Why a creation does not even begin: its creator keeps its gas and its nonce (EIP-2681).
pub(super) fn refusal(host: &Host<'_>, creator: AccountId, value: U256) -> Option<Halt> {
    let creator = host.state.account(creator);
    if value > creator.balance {
        Some(Halt::InsufficientBalance)
    } else if creator.nonce == u64::MAX {
        Some(Halt::NonceOverflow)
    } else {
        None
    }
}

/// Prepares the new account: fails on collision, sets its nonce, moves the value.
pub(super) fn prepare(
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
    host.transfer(creator, account, &value);
    Ok(checkpoint)
}

impl Frames {
    pub(super) fn enter_create(
        &mut self,
        host: &mut Host<'_>,
        request: &Request,
    ) -> Result<(), Abort> {
        let RequestKind::Create { salt } = request.kind else {
            return Ok(());
        };
        let depth = self.depth;
        let caller = &mut self.frames[depth - 1];
        let (mut creator, mut creator_address) = (caller.account, caller.address);
        let mut nonce = host.state.account(creator).nonce;
        let init_code = caller.memory.slice(request.input);
        let address_of = |creator, nonce| match salt {
            None => create_address(creator, nonce),
            Some(salt) => create2_address(creator, salt, keccak256(init_code)),
        };
        let mut address = address_of(creator_address, nonce);
        // Nobody looks at the account of a creation that is answered here.
        let unused = Purpose::Create { account: creator };
        host.caller_gas = caller.gas;
        let entered = host.enter(|_| Message {
            kind: salt.map_or(Kind::Create, Kind::Create2),
            caller: caller.address,
            address,
            code_address: address,
            value: request.value,
            input: bytes::Bytes::copy_from_slice(init_code),
            gas: request.gas,
            is_static: false,
            depth,
        });
        caller.gas = host.caller_gas;
        match entered {
            Entered::AsItIs => {}
            Entered::Answered(outcome) => {
                let ended = Ended::mocked(&outcome, request.gas);
                let address = outcome.created.unwrap_or(address);
                resume(caller, unused, address, &ended, &outcome.output);
                return Ok(());
            }
            Entered::Changed(message) => {
                creator = host.state.load(host.source, &message.caller)?;
                creator_address = message.caller;
                nonce = host.state.account(creator).nonce;
                address = address_of(creator_address, nonce);
            }
        }
        let refused = if depth > DEPTH_LIMIT {
            Some(Halt::CallDepthExceeded)
        } else {
            refusal(host, creator, request.value)
        };
        if let Some(halt) = refused {
            // The gas comes back: nothing was executed.
            let ended = Ended::halt(halt, request.gas);
            answer(host, caller, unused, address, &ended, &[]);
            return Ok(());
        }
        host.state.set_nonce(creator, nonce + 1);
        // EIP-2929: the address stays warm, whatever becomes of the creation.
        let (account, _) = host.state.access(host.source, &address)?;
        let checkpoint = match prepare(host, creator, account, request.value) {
            Ok(checkpoint) => checkpoint,
            Err(halt) => {
                answer(host, caller, unused, address, &Ended::halt(halt, 0), &[]);
                return Ok(());
            }
        };
        let code = Arc::new(Code::new(caller.memory.slice(request.input)));
        caller.return_data.clear();
        let start = Start {
            account,
            address,
            caller: creator_address,
            value: request.value,
            is_static: false,
            gas: request.gas,
            input: Input::Owned(bytes::Bytes::new()),
            purpose: Purpose::Create { account },
        };
        self.push(&code, start, checkpoint, host.schedule.memory_word);
        Ok(())
    }
}
