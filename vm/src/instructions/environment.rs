//! What a frame was called with, and the accounts it can look at.

use crate::error::Halt;
use crate::interpreter::{Context, Exit};
use crate::state::{AccountAccessKind, AccountId};
use crate::word;
use primitive_types::U256;

#[inline(always)]
pub(crate) fn address(context: &Context<'_, '_>) -> U256 {
    word::from_address(&context.frame.address)
}
#[inline(always)]
pub(crate) fn origin(context: &Context<'_, '_>) -> U256 {
    word::from_address(&context.host.origin)
}
#[inline(always)]
pub(crate) fn caller(context: &Context<'_, '_>) -> U256 {
    word::from_address(&context.frame.caller)
}
#[inline(always)]
pub(crate) fn callvalue(context: &Context<'_, '_>) -> U256 {
    context.frame.value
}
#[inline(always)]
pub(crate) fn calldatasize(context: &Context<'_, '_>) -> U256 {
    U256::from(context.input.len())
}
#[inline(always)]
pub(crate) fn codesize(context: &Context<'_, '_>) -> U256 {
    U256::from(context.frame.code.bytes().len())
}
#[inline(always)]
pub(crate) fn gasprice(context: &Context<'_, '_>) -> U256 {
    context.host.gas_price
}
#[inline(always)]
pub(crate) fn returndatasize(context: &Context<'_, '_>) -> U256 {
    U256::from(context.frame.return_data.len())
}
/// SELFBALANCE (EIP-1884).
#[inline(always)]
pub(crate) fn selfbalance(context: &Context<'_, '_>) -> U256 {
    context.host.state.account(context.frame.account).balance
}

#[inline(always)]
pub(crate) fn calldataload(context: &Context<'_, '_>, offset: U256) -> U256 {
    let offset = word::saturating_u64(offset);
    let start = offset.min(context.input.len() as u64) as usize;
    let tail = &context.input[start..];
    match tail.first_chunk::<32>() {
        Some(bytes) => word::from_be_bytes(bytes),
        None => {
            let mut bytes = [0; 32];
            bytes[..tail.len()].copy_from_slice(tail);
            word::from_be_bytes(&bytes)
        }
    }
}

#[inline]
pub(crate) fn calldatacopy(
    context: &mut Context<'_, '_>,
    to: U256,
    from: U256,
    size: U256,
) -> Result<(), Exit> {
    context
        .frame
        .charge_words(size, context.host.schedule.copy_word)?;
    let range = context.frame.expand(to, size)?;
    context.frame.memory.copy_padded(range, context.input, from);
    Ok(())
}

#[inline]
pub(crate) fn codecopy(
    context: &mut Context<'_, '_>,
    to: U256,
    from: U256,
    size: U256,
) -> Result<(), Exit> {
    context
        .frame
        .charge_words(size, context.host.schedule.copy_word)?;
    let range = context.frame.expand(to, size)?;
    let frame = &mut *context.frame;
    frame.memory.copy_padded(range, frame.code.bytes(), from);
    Ok(())
}

/// RETURNDATACOPY (EIP-211): reading beyond the end is exceptional.
#[inline]
pub(crate) fn returndatacopy(
    context: &mut Context<'_, '_>,
    to: U256,
    from: U256,
    size: U256,
) -> Result<(), Exit> {
    context
        .frame
        .charge_words(size, context.host.schedule.copy_word)?;
    let end = word::saturating_u64(from).saturating_add(word::saturating_u64(size));
    if end > context.frame.return_data.len() as u64 {
        return Err(Halt::ReturnDataOutOfBounds.into());
    }
    let range = context.frame.expand(to, size)?;
    let frame = &mut *context.frame;
    frame.memory.copy_padded(range, &frame.return_data, from);
    Ok(())
}

/// Warms the account and charges for it (EIP-2929).
fn account(
    context: &mut Context<'_, '_>,
    address: U256,
    kind: AccountAccessKind,
) -> Result<AccountId, Exit> {
    let (id, cold) = context.host.state.access(context.host.source, address)?;
    if cold {
        context.frame.charge(context.host.schedule.cold_account)?;
    }
    let by = context.frame.address;
    context.host.state.record_account(id, by, kind);
    Ok(id)
}

pub(crate) fn balance(context: &mut Context<'_, '_>, address: U256) -> Result<U256, Exit> {
    let id = account(context, address, AccountAccessKind::Balance)?;
    Ok(context.host.state.account(id).balance)
}

pub(crate) fn extcodesize(context: &mut Context<'_, '_>, address: U256) -> Result<U256, Exit> {
    let id = account(context, address, AccountAccessKind::CodeSize)?;
    let code = context.host.state.code(context.host.source, id)?;
    Ok(U256::from(code.bytes().len()))
}

pub(crate) fn extcodecopy(
    context: &mut Context<'_, '_>,
    address: U256,
    to: U256,
    from: U256,
    size: U256,
) -> Result<(), Exit> {
    let id = account(context, address, AccountAccessKind::CodeCopy)?;
    context
        .frame
        .charge_words(size, context.host.schedule.copy_word)?;
    let range = context.frame.expand(to, size)?;
    let code = context.host.state.code(context.host.source, id)?;
    context.frame.memory.copy_padded(range, code.bytes(), from);
    Ok(())
}

/// EXTCODEHASH (EIP-1052): zero for an account that does not exist or is empty (EIP-161).
pub(crate) fn extcodehash(context: &mut Context<'_, '_>, address: U256) -> Result<U256, Exit> {
    let id = account(context, address, AccountAccessKind::CodeHash)?;
    let account = context.host.state.account(id);
    let empty = account.is_empty() || !account.flags.exists;
    Ok(if empty {
        U256::zero()
    } else {
        word::from_be_bytes(&account.code_hash.0)
    })
}
