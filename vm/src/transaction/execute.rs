//! A transaction from top to bottom: validate, pay, warm, delegate, run, refund, reward (Yellow Paper, 6.2).

use primitive_types::{H160 as Address, U256};

use super::validate::{GAS_PER_BLOB, Refusal, Valid, validate};
use super::{Authorization, Transaction};
use crate::call::{Abort, CallStatus, Frames, Host, Kind, Message};
use crate::evm::Outcome;
use crate::keccak::{EMPTY_CODE_HASH, keccak256};
use crate::rlp::create_address;
use crate::word;

/// What came of the transaction is written into the outcome.
pub(crate) fn execute(
    transaction: &Transaction,
    host: &mut Host<'_>,
    frames: &mut Frames,
    outcome: &mut Outcome,
) -> Result<(), Refusal> {
    let valid = validate(transaction, host)?;
    host.gas_price = valid.gas_price;
    // All gas is paid for in advance; EIP-4844: blob gas at its base fee, and it is burnt.
    let blob_gas = transaction.blob_hashes().len() as u64 * GAS_PER_BLOB;
    let mut cost = word::mul(U256::from(transaction.gas_limit), valid.gas_price);
    if blob_gas > 0 {
        cost += U256::from(blob_gas).saturating_mul(host.blob_base_fee);
    }
    host.state.sub_balance(valid.sender, cost);
    host.state.set_nonce(valid.sender, transaction.nonce + 1);
    warm(transaction, host)?;
    let mut authorization_refund = 0;
    for authorization in transaction.authorizations() {
        if delegate(authorization, host)? {
            authorization_refund += host.schedule.authorization_refund;
        }
    }
    host.state.refund = authorization_refund as i64;
    let (kind, address) = match transaction.to {
        Some(to) => (Kind::Call(crate::call::CallKind::Call), to),
        None => (
            Kind::Create,
            create_address(transaction.sender, transaction.nonce),
        ),
    };
    let message = Message {
        kind,
        caller: transaction.sender,
        address,
        code_address: address,
        value: transaction.value,
        input: transaction.input.clone(),
        gas: transaction.gas_limit - valid.intrinsic_gas,
        is_static: false,
        depth: 0,
    };
    let left = frames.execute(host, &message, valid.sender, outcome)?;
    Ok(settle(transaction, host, &valid, left, outcome)?)
}

/// EIP-2929, EIP-2930, EIP-3651: what is warm from the start. Precompiles are, whatever happens.
fn warm(transaction: &Transaction, host: &mut Host<'_>) -> Result<(), Abort> {
    host.state.warm(host.source, &transaction.sender)?;
    if !host.rules.access_lists {
        return Ok(());
    }
    if host.rules.warm_coinbase {
        host.state.warm(host.source, &host.block.coinbase)?;
    }
    for item in transaction.access_list() {
        let account = host.state.warm(host.source, &item.address)?;
        for slot in &item.slots {
            host.state.access_slot(host.source, account, *slot)?;
        }
    }
    Ok(())
}

/// Sets the code of an account that has authorised it (EIP-7702); whether the account existed before.
fn delegate(authorization: &Authorization, host: &mut Host<'_>) -> Result<bool, Abort> {
    let for_chain =
        authorization.chain_id.is_zero() || authorization.chain_id == host.chain_id.into();
    if !for_chain || authorization.nonce == u64::MAX {
        return Ok(false);
    }
    let Some(authority) = authorization.authority() else {
        return Ok(false);
    };
    let (id, _) = host.state.access(host.source, &authority)?;
    let code = host.state.code(host.source, id)?;
    let may_be_set = code.bytes().is_empty() || code.delegate().is_some();
    let account = host.state.account(id);
    if !may_be_set || account.nonce != authorization.nonce {
        return Ok(false);
    }
    let existed = account.flags.exists;
    if authorization.address == Address::zero() {
        host.state.set_code(id, &[], EMPTY_CODE_HASH);
    } else {
        let mut code = vec![0xef, 0x01, 0x00];
        code.extend_from_slice(&authorization.address.0);
        host.state.set_code(id, &code, keccak256(&code));
    }
    host.state.set_nonce(id, authorization.nonce + 1);
    Ok(existed)
}

/// Gives back what was not used, pays the coinbase, and says so in the outcome.
fn settle(
    transaction: &Transaction,
    host: &mut Host<'_>,
    valid: &Valid,
    left: u64,
    outcome: &mut Outcome,
) -> Result<(), Abort> {
    let spent = transaction.gas_limit - left;
    // EIP-3529: at most a part of what was used comes back.
    let counted = u64::try_from(host.state.refund).unwrap_or(0);
    let refunded = counted.min(spent / host.schedule.refund_quotient);
    let mut gas_used = spent - refunded;
    // EIP-7623.
    gas_used = gas_used.max(transaction.floor_gas(host.schedule));
    let left = U256::from(transaction.gas_limit - gas_used);
    let returned = word::mul(left, valid.gas_price);
    host.state.add_balance(valid.sender, returned);
    let coinbase = host.state.load(host.source, &host.block.coinbase)?;
    let reward = word::mul(U256::from(gas_used), valid.tip);
    if reward.is_zero() {
        host.touch(coinbase);
    } else {
        host.state.add_balance(coinbase, reward);
    }
    if outcome.status != CallStatus::Success {
        host.state.logs.clear();
    }
    outcome.gas_used = gas_used;
    outcome.gas_refunded = refunded;
    Ok(())
}
