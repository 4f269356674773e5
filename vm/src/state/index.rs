//! Where accounts and slots are in their arenas. The only file that names `hashbrown`.
//!
//! An index holds positions and no keys, which are in the arena anyway. Keys are hashed limb by limb, by products of
//! pairs (the NH of UMAC, RFC 4418) under numbers that are drawn once a process: who chooses keys cannot choose them to
//! collide. Nothing sees the order.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

use hashbrown::HashTable;
use primitive_types::{H160 as Address, U256};

use crate::word;

/// A position in an arena: each entry costs gas and memory, long before there are 2^32 of them.
pub(super) type Position = u32;

/// An index that has more room is not kept for the next transaction.
const KEPT: usize = 1 << 12;

static SEEDS: LazyLock<[u64; 6]> = LazyLock::new(|| {
    let random = RandomState::new();
    std::array::from_fn(|number| random.hash_one(number))
});

/// How keys are hashed.
pub(super) struct Keys([u64; 6]);

impl Default for Keys {
    fn default() -> Self {
        Self(*SEEDS)
    }
}

#[inline(always)]
fn product(a: u64, b: u64) -> u128 {
    u128::from(a) * u128::from(b)
}

#[inline(always)]
fn fold(sum: u128) -> u64 {
    sum as u64 ^ (sum >> 64) as u64
}

/// An odd number whose multiples lie far apart: 2^64 by the golden ratio (Knuth, 6.4).
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// Spreads what a sum of products knows over all bits.
#[inline(always)]
fn finish(sum: u128) -> u64 {
    fold(product(fold(sum), GOLDEN))
}

impl Keys {
    /// Of a word in what `owner` names.
    #[inline(always)]
    pub(super) fn word(&self, owner: u64, key: &U256) -> u64 {
        let [s0, s1, s2, s3, s4, s5] = self.0;
        let [k0, k1, k2, k3] = key.0;
        let low = product(k0 ^ s0, k1 ^ s1);
        let high = product(k2 ^ s2, k3 ^ s3);
        let owner = product(owner ^ s4, s5);
        finish(low.wrapping_add(high).wrapping_add(owner))
    }

    #[inline(always)]
    pub(super) fn account(&self, key: AccountKey) -> u64 {
        let [s0, s1, s2, s3, ..] = self.0;
        let AccountKey([k0, k1, k2]) = key;
        finish(product(k0 ^ s0, k1 ^ s1).wrapping_add(product(k2 ^ s2, s3)))
    }
}

/// An address in limbs: the low ones of a word, as programs have it.
#[derive(Clone, Copy)]
pub(crate) struct AccountKey(pub(super) [u64; 3]);

impl PartialEq for AccountKey {
    /// Limb by limb: they are in registers, and would have to be joined for a comparison as a whole.
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        let ([a0, a1, a2], [b0, b1, b2]) = (self.0, other.0);
        (a0 ^ b0) | (a1 ^ b1) | (a2 ^ b2) == 0
    }
}

impl From<U256> for AccountKey {
    #[inline(always)]
    fn from(word: U256) -> Self {
        let [l0, l1, l2, _] = word.0;
        Self([l0, l1, u64::from(l2 as u32)])
    }
}

impl From<&Address> for AccountKey {
    #[inline(always)]
    fn from(address: &Address) -> Self {
        Self::from(word::from_address(address))
    }
}

impl From<AccountKey> for Address {
    fn from(AccountKey([l0, l1, l2]): AccountKey) -> Self {
        word::to_address(U256([l0, l1, l2, 0]))
    }
}

/// Entries of [`Recent`].
const RECENT: usize = 256;

/// The position that was last asked for by a key, for keys that fall together: a glance before the index is asked. Whoever
/// makes keys fall together gains that the index is asked.
pub(super) struct Recent([Position; RECENT]);

impl Default for Recent {
    fn default() -> Self {
        Self([0; RECENT])
    }
}

impl Recent {
    /// Where the position for a key is that has these bits.
    #[inline(always)]
    pub(super) fn place(&mut self, bits: u64) -> &mut Position {
        let mixed = bits.wrapping_mul(GOLDEN) >> (64 - RECENT.ilog2());
        &mut self.0[mixed as usize]
    }
}

/// Positions by the hashes of their keys.
#[derive(Clone, Debug, Default)]
pub(super) struct Index(HashTable<Position>);

impl Index {
    /// The position whose key is the one that `is_key` looks for.
    #[inline(always)]
    pub(super) fn find(&self, hash: u64, is_key: impl Fn(Position) -> bool) -> Option<Position> {
        self.0.find(hash, |&position| is_key(position)).copied()
    }

    /// Adds a position whose key is not there. `hash_of` hashes the keys of others.
    pub(super) fn insert(
        &mut self,
        hash: u64,
        position: Position,
        hash_of: impl Fn(Position) -> u64,
    ) {
        self.0
            .insert_unique(hash, position, |&other| hash_of(other));
    }

    /// Takes a position out.
    pub(super) fn remove(&mut self, hash: u64, position: Position) {
        if let Ok(entry) = self.0.find_entry(hash, |&other| other == position) {
            entry.remove();
        }
    }

    pub(super) fn clear(&mut self) {
        if self.0.capacity() > KEPT {
            self.0 = HashTable::new();
        } else if !self.0.is_empty() {
            self.0.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keccak::keccak256;
    use std::collections::BTreeSet;

    /// Keys as programs use them: small numbers, one byte, multiples of a power of two. The low bits choose the place
    /// and the high ones tell entries apart: both must differ about as often as random ones would.
    #[test]
    fn keys_of_every_shape_are_spread() {
        let draws = (0..100u64).map(|draw| {
            Keys(std::array::from_fn(|number| {
                keccak256(&(draw << 8 | number as u64).to_be_bytes()).to_low_u64_be()
            }))
        });
        let shapes: [fn(u64) -> (u64, U256); 5] = [
            |i| (1, U256::from(i)),
            |i| (i, U256::zero()),
            |i| (1, U256::from(i) << 200),
            |i| (1, U256::MAX - U256::from(i)),
            |i| (i % 64, U256::from(i / 64)),
        ];
        let cases = draws.flat_map(|keys| shapes.map(|shape| (Keys(keys.0), shape)));
        for (number, (keys, shape)) in cases.enumerate() {
            let hashes = (0..4096).map(|i| {
                let (owner, key) = shape(i);
                keys.word(owner, &key)
            });
            let places: BTreeSet<u64> = hashes.clone().map(|hash| hash & 0xfff).collect();
            let tags: BTreeSet<u64> = hashes.map(|hash| hash >> 57).collect();
            // Random hashes fill 63 % of the places.
            assert!(places.len() > 2400, "{number}: {} places", places.len());
            assert!(tags.len() > 120, "{number}: {} tags", tags.len());
        }
    }

    #[test]
    fn addresses_differ_in_each_of_their_bytes() {
        let keys = Keys::default();
        let zero = keys.account(AccountKey::from(&Address::zero()));
        for byte in 0..20 {
            let mut address = Address::zero();
            address.0[byte] = 1;
            let key = AccountKey::from(&address);
            assert_ne!(keys.account(key), zero, "{byte}");
            assert_eq!(Address::from(key), address);
        }
        // What is above an address in a word does not belong to it.
        assert!(AccountKey::from(U256::MAX << 160) == AccountKey::from(U256::zero()));
    }

    #[test]
    fn what_is_inserted_is_found_until_all_is_cleared() {
        let keys = Keys::default();
        let mut index = Index::default();
        for size in [10, 10_000] {
            let key = |position: Position| U256::from(position) << 64;
            for position in 0..size {
                let hash = keys.word(7, &key(position));
                assert_eq!(index.find(hash, |at| key(at) == key(position)), None);
                index.insert(hash, position, |at| keys.word(7, &key(at)));
            }
            for position in 0..size {
                let hash = keys.word(7, &key(position));
                let found = index.find(hash, |at| key(at) == key(position));
                assert_eq!(found, Some(position));
            }
            index.clear();
            assert_eq!(index.find(keys.word(7, &key(0)), |_| true), None);
        }
    }
}
