//! Hashes of 32 and 64 bytes, remembered: the slots of mappings and dynamic arrays, which come again and again.

use primitive_types::U256;

use super::keccak256;
use crate::word;

/// Entries of a table at first, and after it has been enlarged as often as it may be: both tables together then hold
/// two and a half megabytes, whatever a program hashes.
const SMALLEST: usize = 64;
const LARGEST: usize = 1 << 14;
const GROWTH: usize = 4;

/// The hash of nothing.
const EMPTY: U256 = U256([
    0x7bfa_d804_5d85_a470,
    0xe500_b653_ca82_273b,
    0x927e_7db2_dcc7_03c0,
    0xc5d2_4601_86f7_233c,
]);

/// Odd numbers without a pattern: the digits of pi.
const MIX: [u64; 8] = [
    0x243f_6a88_85a3_08d3,
    0x1319_8a2e_0370_7345,
    0xa409_3822_299f_31d1,
    0x082e_fa98_ec4e_6c89,
    0x4528_21e6_38d0_1377,
    0xbe54_66cf_34e9_0c6d,
    0xc0ac_29b7_c97c_50dd,
    0x3f84_d5b5_b547_0917,
];

/// A hash and its whole input. No input hashes to zero as far as anyone knows, and if one did it would only never be
/// found: that is how an entry that was never written is told.
#[derive(Clone, Copy)]
struct Entry<const LIMBS: usize> {
    input: [u64; LIMBS],
    hash: U256,
}

/// A table in which every input has one place.
struct Table<const LIMBS: usize> {
    entries: Vec<Entry<LIMBS>>,
    /// Inputs that were not found since the table has its size.
    misses: usize,
}

impl<const LIMBS: usize> Table<LIMBS> {
    const fn new() -> Self {
        Self {
            entries: Vec::new(),
            misses: 0,
        }
    }

    /// The place of an input; the table is not empty.
    #[inline(always)]
    fn place(&self, input: &[u64; LIMBS]) -> usize {
        let mut mixed = 0;
        for at in (0..LIMBS).step_by(2) {
            let product = u128::from(input[at] ^ MIX[at]) * u128::from(input[at + 1] ^ MIX[at + 1]);
            mixed ^= product as u64 ^ (product >> 64) as u64;
        }
        (mixed ^ (mixed >> 32)) as usize & (self.entries.len() - 1)
    }

    #[inline(always)]
    fn hash(&mut self, bytes: &[u8], input: &[u64; LIMBS]) -> U256 {
        if !self.entries.is_empty() {
            let entry = &self.entries[self.place(input)];
            let different = (0..LIMBS).fold(0, |sum, at| sum | (entry.input[at] ^ input[at]));
            if different == 0 && !entry.hash.is_zero() {
                return entry.hash;
            }
        }
        self.miss(bytes, input)
    }

    #[cold]
    #[inline(never)]
    fn miss(&mut self, bytes: &[u8], input: &[u64; LIMBS]) -> U256 {
        self.misses += 1;
        if self.misses > self.entries.len() && self.entries.len() < LARGEST {
            self.grow();
        }
        let hash = word::from_be_bytes(&keccak256(bytes).0);
        self.insert(Entry {
            input: *input,
            hash,
        });
        hash
    }

    fn insert(&mut self, entry: Entry<LIMBS>) {
        let place = self.place(&entry.input);
        self.entries[place] = entry;
    }

    fn grow(&mut self) {
        let size = (self.entries.len() * GROWTH).clamp(SMALLEST, LARGEST);
        let empty = Entry {
            input: [0; LIMBS],
            hash: U256::zero(),
        };
        self.misses = 0;
        for entry in std::mem::replace(&mut self.entries, vec![empty; size]) {
            if !entry.hash.is_zero() {
                self.insert(entry);
            }
        }
    }
}

/// The hashes that a machine remembers. It allocates nothing before the first.
pub(crate) struct Memo {
    words: Table<4>,
    pairs: Table<8>,
}

impl Default for Memo {
    fn default() -> Self {
        Self {
            words: Table::new(),
            pairs: Table::new(),
        }
    }
}

/// The bytes as limbs, each read by itself: a program has just stored them limb by limb.
#[inline(always)]
fn limbs<const LIMBS: usize>(bytes: &[u8]) -> Option<[u64; LIMBS]> {
    let chunks: &[[u8; 8]; LIMBS] = bytes.as_chunks().0.try_into().ok()?;
    (bytes.len() == LIMBS * 8).then(|| chunks.map(u64::from_ne_bytes))
}

impl Memo {
    /// Keccak-256 as a word.
    #[inline]
    pub(crate) fn keccak256(&mut self, data: &[u8]) -> U256 {
        if let Some(input) = limbs(data) {
            self.words.hash(data, &input)
        } else if let Some(input) = limbs(data) {
            self.pairs.hash(data, &input)
        } else if data.is_empty() {
            EMPTY
        } else {
            word::from_be_bytes(&keccak256(data).0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(memo: &mut Memo, data: &[u8]) {
        assert_eq!(
            memo.keccak256(data),
            word::from_be_bytes(&keccak256(data).0)
        );
    }

    #[test]
    fn what_is_remembered_is_what_is_hashed() {
        let mut memo = Memo::default();
        // The second time everything is remembered; zeros look like an entry that was never written, and 64 bytes whose
        // second half is zero like 32 bytes.
        for _ in 0..2 {
            for length in 0..100 {
                check(&mut memo, &vec![0; length]);
                check(&mut memo, &vec![length as u8; length]);
                let mut half = vec![0; length];
                half[..length / 2].fill(7);
                check(&mut memo, &half);
            }
        }
    }

    #[test]
    fn inputs_without_number_take_bounded_room() {
        let mut memo = Memo::default();
        let input = |number: u64| {
            let mut input = [0; 64];
            input[24..32].copy_from_slice(&number.to_be_bytes());
            input
        };
        for number in 0..3 * LARGEST as u64 {
            memo.keccak256(&input(number));
            check(&mut memo, &input(number % 1000));
            memo.keccak256(&input(number)[..32]);
        }
        assert_eq!(memo.pairs.entries.len(), LARGEST);
        assert_eq!(memo.words.entries.len(), LARGEST);
        for number in 0..1000 {
            check(&mut memo, &input(number)[..32]);
        }
    }

    #[test]
    fn nothing_is_allocated_before_it_is_needed() {
        let mut memo = Memo::default();
        memo.keccak256(&[1; 33]);
        assert_eq!(
            memo.words.entries.capacity() + memo.pairs.entries.capacity(),
            0
        );
        memo.keccak256(&[1; 32]);
        assert_eq!(memo.words.entries.len(), SMALLEST);
        assert_eq!(memo.pairs.entries.capacity(), 0);
    }
}
