//! Storage and transient storage. The state classifies a change, the schedule prices it.

use crate::error::Halt;
use crate::interpreter::{Context, Exit};
use crate::word;
use gasworks_spec::StorageChange;
use primitive_types::U256;

pub(crate) fn sload(context: &mut Context<'_, '_>, key: U256) -> Result<U256, Exit> {
    let host = &mut *context.host;
    let (slot, cold) = host
        .state
        .access_slot(host.source, context.frame.account, key)?;
    if cold {
        context.frame.charge(host.schedule.cold_slot)?;
    }
    host.state.record_access(slot, None);
    Ok(host.state.slot(slot).value)
}

/// The nine transitions of EIP-1283 and EIP-2200.
fn classify(original: U256, current: U256, new: U256) -> StorageChange {
    if word::same(current, new) {
        return StorageChange::Unchanged;
    }
    if word::same(original, current) {
        return match (original.is_zero(), new.is_zero()) {
            (true, _) => StorageChange::Added,
            (false, true) => StorageChange::Deleted,
            (false, false) => StorageChange::Modified,
        };
    }
    if original.is_zero() {
        return if new.is_zero() {
            StorageChange::AddedDeleted
        } else {
            StorageChange::Assigned
        };
    }
    match (current.is_zero(), new.is_zero(), original == new) {
        (true, _, true) => StorageChange::DeletedRestored,
        (true, _, false) => StorageChange::DeletedAdded,
        (false, true, _) => StorageChange::ModifiedDeleted,
        (false, false, true) => StorageChange::ModifiedRestored,
        (false, false, false) => StorageChange::Assigned,
    }
}

/// For forks before net metering: only the current and the new value count (Yellow Paper, appendix H.2).
fn classify_plain(current: U256, new: U256) -> StorageChange {
    match (current.is_zero(), new.is_zero()) {
        (true, false) => StorageChange::Added,
        (false, true) => StorageChange::Deleted,
        _ => StorageChange::Modified,
    }
}

pub(crate) fn sstore(context: &mut Context<'_, '_>, key: U256, value: U256) -> Result<(), Exit> {
    if context.frame.is_static {
        return Err(Halt::StaticViolation.into());
    }
    let host = &mut *context.host;
    let schedule = host.schedule;
    // EIP-2200: the stipend is not enough to write.
    if host.rules.sstore_sentry && context.frame.gas <= schedule.call_stipend {
        return Err(Halt::OutOfGas.into());
    }
    let (slot, cold) = host
        .state
        .access_slot(host.source, context.frame.account, key)?;
    if cold && host.rules.access_lists {
        let surcharge = schedule.cold_slot + schedule.warm_access;
        context.frame.charge(surcharge)?;
    }
    let before = host.state.slot(slot);
    let change = if schedule.net_metering {
        classify(before.original, before.value, value)
    } else {
        classify_plain(before.value, value)
    };
    let price = schedule.storage_price(change);
    context.frame.charge(price.gas)?;
    host.state.refund += price.refund;
    host.state.record_access(slot, Some(value));
    host.state.set_slot(slot, value);
    Ok(())
}

/// TLOAD (EIP-1153).
pub(crate) fn tload(context: &mut Context<'_, '_>, key: U256) -> Result<U256, Exit> {
    Ok(context.host.state.transient(context.frame.account, key))
}

/// TSTORE (EIP-1153).
pub(crate) fn tstore(context: &mut Context<'_, '_>, key: U256, value: U256) -> Result<(), Exit> {
    if context.frame.is_static {
        return Err(Halt::StaticViolation.into());
    }
    context
        .host
        .state
        .set_transient(context.frame.account, key, value);
    Ok(())
}
