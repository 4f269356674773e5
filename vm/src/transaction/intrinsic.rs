//! Gas that a transaction costs before anything runs (Yellow Paper, 6.2).

use gasworks_spec::Schedule;

use super::Transaction;

/// Intrinsic gas, and the least that is charged in all (EIP-7623).
pub(super) struct Intrinsic {
    pub(super) gas: u64,
    pub(super) floor: u64,
}

/// No sum overflows: every item that is priced takes at least a byte of memory.
pub(super) fn intrinsic(transaction: &Transaction, schedule: &Schedule) -> Intrinsic {
    let input = &transaction.input;
    let zeros = input.iter().filter(|&&byte| byte == 0).count() as u64;
    let others = input.len() as u64 - zeros;
    let mut gas =
        schedule.transaction + zeros * schedule.input_zero + others * schedule.input_nonzero;
    if transaction.to.is_none() {
        // EIP-2, EIP-3860.
        gas += schedule.transaction_create;
        gas += (input.len() as u64).div_ceil(32) * schedule.init_code_word;
    }
    // EIP-2930.
    for item in transaction.access_list() {
        gas += schedule.access_list_address + item.slots.len() as u64 * schedule.access_list_slot;
    }
    // EIP-7702.
    gas += transaction.authorizations().len() as u64 * schedule.authorization;
    let floor = schedule.transaction + (zeros + 4 * others) * schedule.floor_token;
    Intrinsic { gas, floor }
}
