//! Every price that is not an opcode's base price. Units are gas unless said otherwise.

use crate::Fork;
use crate::opcode::{UNDEFINED, base_prices, constant_price};

/// How an SSTORE changes a slot: the relation of its original value (at the start of the transaction), its current
/// value and the new one (EIP-1283, EIP-2200). Letters: `0` zero, `X`, `Y`, `Z` distinct values that are not zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorageChange {
    /// The new value is the current one.
    Unchanged,
    /// `0 -> 0 -> X`.
    Added,
    /// `X -> X -> 0`.
    Deleted,
    /// `X -> X -> Y`.
    Modified,
    /// `X -> 0 -> Y`.
    DeletedAdded,
    /// `X -> Y -> 0`.
    ModifiedDeleted,
    /// `X -> 0 -> X`.
    DeletedRestored,
    /// `0 -> X -> 0`.
    AddedDeleted,
    /// `X -> Y -> X`.
    ModifiedRestored,
    /// `0 -> X -> Y` or `X -> Y -> Z`.
    Assigned,
}

/// The price of an SSTORE and what it adds to the refund counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoragePrice {
    /// Gas charged, without the surcharge for a cold slot.
    pub gas: u64,
    /// Change of the refund counter.
    pub refund: i64,
}

/// The prices of a fork. A schedule of one's own is a struct update of a fork's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Base price of each opcode; [`crate::UNDEFINED`] where there is none.
    pub base: [u64; 256],
    /// EIP-2929: price of an access to something warm, where no opcode's base price is it.
    pub warm_access: u64,
    /// EIP-2929: surcharge of the first access to a storage slot, over the warm price (SLOAD, SSTORE).
    pub cold_slot: u64,
    /// EIP-2929: surcharge of the first access to an account, over the warm price.
    pub cold_account: u64,
    /// EIP-1283, EIP-2200, EIP-2929: SSTORE that does not change the value or changes a dirty slot.
    pub sstore_warm: u64,
    /// SSTORE from zero to another value.
    pub sstore_set: u64,
    /// SSTORE of a clean slot that is not zero.
    pub sstore_reset: u64,
    /// Refund for setting a slot to zero.
    pub sstore_clear_refund: u64,
    /// Whether SSTORE compares with the original value (EIP-1283, EIP-2200).
    pub net_metering: bool,
    /// Price of each byte of EXP's exponent (10, EIP-160: 50).
    pub exp_byte: u64,
    /// Surcharge of a call that transfers value.
    pub call_value: u64,
    /// Gas that a call with value gives to its callee for free.
    pub call_stipend: u64,
    /// Surcharge of a call (EIP-161: with value) or SELFDESTRUCT to an account that does not exist.
    pub new_account: u64,
    /// EIP-150: surcharge of a SELFDESTRUCT whose beneficiary is created.
    pub selfdestruct_new_account: u64,
    /// Refund of the first SELFDESTRUCT of an account; none from London on (EIP-3529).
    pub selfdestruct_refund: u64,
    /// Divisor of the gas used that limits the refund (2, EIP-3529: 5).
    pub refund_quotient: u64,
    /// Price of each byte of deployed code.
    pub code_deposit: u64,
    /// EIP-3860: price of each word of init code.
    pub init_code_word: u64,
    /// Price of each word hashed (KECCAK256, CREATE2).
    pub keccak_word: u64,
    /// Price of each word copied.
    pub copy_word: u64,
    /// Price of each topic of a log.
    pub log_topic: u64,
    /// Price of each byte of a log's data.
    pub log_data: u64,
    /// Linear part of the price of memory, per word.
    pub memory_word: u64,
    /// Intrinsic gas of every transaction.
    pub transaction: u64,
    /// Intrinsic gas of a transaction that creates a contract (EIP-2).
    pub transaction_create: u64,
    /// Price of a zero byte of a transaction's input.
    pub input_zero: u64,
    /// Price of another byte of a transaction's input (68, EIP-2028: 16).
    pub input_nonzero: u64,
    /// EIP-2930: price of an address of an access list.
    pub access_list_address: u64,
    /// EIP-2930: price of a slot of an access list.
    pub access_list_slot: u64,
    /// EIP-7623: floor price of a token of input (a zero byte is one, another byte four).
    pub floor_token: u64,
    /// EIP-7702: intrinsic price of an authorization.
    pub authorization: u64,
    /// EIP-7702: refund for an authorization whose account exists.
    pub authorization_refund: u64,
}

const FRONTIER: Schedule = Schedule {
    base: base_prices(Fork::Frontier),
    warm_access: 0,
    cold_slot: 0,
    cold_account: 0,
    sstore_warm: 0,
    sstore_set: 20_000,
    sstore_reset: 5_000,
    sstore_clear_refund: 15_000,
    net_metering: false,
    exp_byte: 10,
    call_value: 9_000,
    call_stipend: 2_300,
    new_account: 25_000,
    selfdestruct_new_account: 0,
    selfdestruct_refund: 24_000,
    refund_quotient: 2,
    code_deposit: 200,
    init_code_word: 0,
    keccak_word: 6,
    copy_word: 3,
    log_topic: 375,
    log_data: 8,
    memory_word: 3,
    transaction: 21_000,
    transaction_create: 0,
    input_zero: 4,
    input_nonzero: 68,
    access_list_address: 0,
    access_list_slot: 0,
    floor_token: 0,
    authorization: 0,
    authorization_refund: 0,
};
// EIP-2.
const HOMESTEAD: Schedule = Schedule {
    base: base_prices(Fork::Homestead),
    transaction_create: 32_000,
    ..FRONTIER
};
// EIP-150.
const TANGERINE: Schedule = Schedule {
    base: base_prices(Fork::Tangerine),
    selfdestruct_new_account: 25_000,
    ..HOMESTEAD
};
// EIP-160.
const SPURIOUS_DRAGON: Schedule = Schedule {
    base: base_prices(Fork::SpuriousDragon),
    exp_byte: 50,
    ..TANGERINE
};
const BYZANTIUM: Schedule = Schedule {
    base: base_prices(Fork::Byzantium),
    ..SPURIOUS_DRAGON
};
// EIP-1283.
const CONSTANTINOPLE: Schedule = Schedule {
    base: base_prices(Fork::Constantinople),
    sstore_warm: 200,
    net_metering: true,
    ..BYZANTIUM
};
// EIP-1716 takes EIP-1283 back.
const PETERSBURG: Schedule = Schedule {
    base: base_prices(Fork::Petersburg),
    ..BYZANTIUM
};
// EIP-2200, EIP-2028.
const ISTANBUL: Schedule = Schedule {
    base: base_prices(Fork::Istanbul),
    sstore_warm: 800,
    net_metering: true,
    input_nonzero: 16,
    ..PETERSBURG
};
// EIP-2929, EIP-2930.
const BERLIN: Schedule = Schedule {
    base: base_prices(Fork::Berlin),
    warm_access: 100,
    cold_slot: 2_000,
    cold_account: 2_500,
    sstore_warm: 100,
    sstore_reset: 2_900,
    access_list_address: 2_400,
    access_list_slot: 1_900,
    ..ISTANBUL
};
// EIP-3529.
const LONDON: Schedule = Schedule {
    base: base_prices(Fork::London),
    refund_quotient: 5,
    sstore_clear_refund: 4_800,
    selfdestruct_refund: 0,
    ..BERLIN
};
// EIP-3860.
const SHANGHAI: Schedule = Schedule {
    base: base_prices(Fork::Shanghai),
    init_code_word: 2,
    ..LONDON
};
const CANCUN: Schedule = Schedule {
    base: base_prices(Fork::Cancun),
    ..SHANGHAI
};
// EIP-7623, EIP-7702.
const PRAGUE: Schedule = Schedule {
    base: base_prices(Fork::Prague),
    floor_token: 10,
    authorization: 25_000,
    authorization_refund: 12_500,
    ..CANCUN
};
const OSAKA: Schedule = Schedule {
    base: base_prices(Fork::Osaka),
    ..PRAGUE
};

impl Schedule {
    /// The prices of a fork.
    pub const fn of(fork: Fork) -> &'static Self {
        match fork {
            Fork::Frontier => &const { FRONTIER },
            Fork::Homestead | Fork::Dao => &const { HOMESTEAD },
            Fork::Tangerine => &const { TANGERINE },
            Fork::SpuriousDragon => &const { SPURIOUS_DRAGON },
            Fork::Byzantium => &const { BYZANTIUM },
            Fork::Constantinople => &const { CONSTANTINOPLE },
            Fork::Petersburg => &const { PETERSBURG },
            Fork::Istanbul | Fork::MuirGlacier => &const { ISTANBUL },
            Fork::Berlin => &const { BERLIN },
            Fork::London | Fork::ArrowGlacier | Fork::GrayGlacier | Fork::Paris => {
                &const { LONDON }
            }
            Fork::Shanghai => &const { SHANGHAI },
            Fork::Cancun => &const { CANCUN },
            Fork::Prague => &const { PRAGUE },
            Fork::Osaka => &const { OSAKA },
        }
    }

    /// The highest price that a schedule of one's own may ask for: far above every real one, and low enough that no sum
    /// or product of prices leaves 64 bits.
    pub const HIGHEST_PRICE: u64 = 1 << 32;

    /// The schedule with every price at most [`HIGHEST_PRICE`](Self::HIGHEST_PRICE) and a quotient that can divide.
    /// Bytes that are no instruction stay so.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        let base = self.base.iter_mut().filter(|price| **price != UNDEFINED);
        let prices = [
            &mut self.warm_access,
            &mut self.cold_slot,
            &mut self.cold_account,
            &mut self.sstore_warm,
            &mut self.sstore_set,
            &mut self.sstore_reset,
            &mut self.sstore_clear_refund,
            &mut self.exp_byte,
            &mut self.call_value,
            &mut self.call_stipend,
            &mut self.new_account,
            &mut self.selfdestruct_new_account,
            &mut self.selfdestruct_refund,
            &mut self.code_deposit,
            &mut self.init_code_word,
            &mut self.keccak_word,
            &mut self.copy_word,
            &mut self.log_topic,
            &mut self.log_data,
            &mut self.memory_word,
            &mut self.transaction,
            &mut self.transaction_create,
            &mut self.input_zero,
            &mut self.input_nonzero,
            &mut self.access_list_address,
            &mut self.access_list_slot,
            &mut self.floor_token,
            &mut self.authorization,
            &mut self.authorization_refund,
        ];
        for price in prices.into_iter().chain(base) {
            *price = (*price).min(Self::HIGHEST_PRICE);
        }
        self.refund_quotient = self.refund_quotient.max(1);
        self
    }

    /// Whether every instruction whose base price no fork has changed has that price here, too.
    pub fn has_constant_prices(&self) -> bool {
        (0..=u8::MAX).all(|byte| {
            constant_price(byte).is_none_or(|price| price == self.base[usize::from(byte)])
        })
    }

    /// The price of an SSTORE (without the surcharge for a cold slot) and its refund: one table for all forks,
    /// derived from a few named prices (EIP-1283, EIP-2200, EIP-2929, EIP-3529).
    pub const fn storage_price(&self, change: StorageChange) -> StoragePrice {
        let clear = self.sstore_clear_refund as i64;
        let (gas, refund) = if self.net_metering {
            // A schedule of one's own may ask less for a change than for none.
            let restore_added = (self.sstore_set as i64).saturating_sub(self.sstore_warm as i64);
            let restore_modified =
                (self.sstore_reset as i64).saturating_sub(self.sstore_warm as i64);
            match change {
                StorageChange::Unchanged | StorageChange::Assigned => (self.sstore_warm, 0),
                StorageChange::Added => (self.sstore_set, 0),
                StorageChange::Deleted => (self.sstore_reset, clear),
                StorageChange::Modified => (self.sstore_reset, 0),
                StorageChange::DeletedAdded => (self.sstore_warm, -clear),
                StorageChange::ModifiedDeleted => (self.sstore_warm, clear),
                StorageChange::DeletedRestored => (self.sstore_warm, restore_modified - clear),
                StorageChange::AddedDeleted => (self.sstore_warm, restore_added),
                StorageChange::ModifiedRestored => (self.sstore_warm, restore_modified),
            }
        } else {
            // Yellow Paper, appendix H.2, SSTORE: only the current and the new value count.
            match change {
                StorageChange::Added
                | StorageChange::DeletedAdded
                | StorageChange::DeletedRestored => (self.sstore_set, 0),
                StorageChange::Deleted
                | StorageChange::ModifiedDeleted
                | StorageChange::AddedDeleted => (self.sstore_reset, clear),
                StorageChange::Unchanged
                | StorageChange::Modified
                | StorageChange::ModifiedRestored
                | StorageChange::Assigned => (self.sstore_reset, 0),
            }
        };
        StoragePrice { gas, refund }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_leave_every_fork_as_it_is_and_bring_the_rest_within() {
        for fork in Fork::all() {
            assert_eq!(
                fork.schedule().clone().bounded(),
                *fork.schedule(),
                "{fork}"
            );
        }
        let mut wild = Schedule {
            memory_word: u64::MAX,
            refund_quotient: 0,
            ..OSAKA
        };
        wild.base[1] = u64::MAX - 1;
        let tame = wild.bounded();
        assert_eq!(tame.memory_word, Schedule::HIGHEST_PRICE);
        assert_eq!(tame.base[1], Schedule::HIGHEST_PRICE);
        assert_eq!(tame.base[0x0c], UNDEFINED);
        assert_eq!(tame.refund_quotient, 1);
    }
}
