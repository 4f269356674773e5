//! Deterministic random choices: the same seed and case give the same case on every machine and in every release.

use gasworks::U256;

/// SplitMix64 (Steele, Lea and Flood, 2014): small, fast, and good enough to choose test cases. Or bytes that somebody else
/// chose, as a fuzzing engine does, and SplitMix64 when they are used up.
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
    bytes: Vec<u8>,
    /// How many of the bytes are used up.
    used: usize,
}

impl Random {
    /// The choices of one case of a run.
    pub fn new(seed: u64, case: u64) -> Self {
        let mut random = Self::of_bytes(Vec::new());
        random.state = seed;
        // The case is added after the seed is mixed, so that neighbouring seeds do not share cases.
        let mixed = random.bits();
        random.state = mixed ^ case.wrapping_mul(0xd134_2543_de82_ef95);
        random
    }

    /// Choices that bytes make. A choice takes as few of them as it can, so that a change of one changes little else.
    pub fn of_bytes(bytes: Vec<u8>) -> Self {
        Self {
            state: 0,
            bytes,
            used: 0,
        }
    }

    /// So many bytes as a number, as long as there are any.
    fn taken(&mut self, count: usize) -> Option<u64> {
        let left = self.bytes.get(self.used..).unwrap_or_default();
        if left.is_empty() {
            return None;
        }
        let taken = &left[..count.min(left.len())];
        self.used += taken.len();
        let number = taken
            .iter()
            .fold(0, |number, byte| number << 8 | u64::from(*byte));
        Some(number)
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        if let Some(word) = self.taken(8) {
            return word;
        }
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.state;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// A number below `bound`; zero if the bound is.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        let needed = match bound {
            0..=0x100 => 1,
            0x101..=0x1_0000 => 2,
            _ => 8,
        };
        let word = self.taken(needed).unwrap_or_else(|| self.bits());
        word % bound
    }

    /// A position in something of so many parts, of which there is at least one.
    pub fn index(&mut self, length: usize) -> usize {
        self.below(length as u64) as usize
    }

    /// True in so many of 100 cases.
    pub fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    /// One of several, of which there is at least one.
    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.index(of.len())]
    }

    /// One of several by weight, of which at least one is not zero.
    pub fn weighted<T: Copy>(&mut self, of: &[(u64, T)]) -> T {
        let total: u64 = of.iter().map(|(weight, _)| weight).sum();
        let mut left = self.below(total);
        for (weight, choice) in of {
            if left < *weight {
                return *choice;
            }
            left -= weight;
        }
        of[0].1
    }

    /// So many random bytes.
    pub fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.bits() as u8).collect()
    }

    /// A word that arithmetic is likely to treat in its own way: small, near a power of two, with few set limbs, or any.
    pub fn word(&mut self) -> U256 {
        let one = U256::one();
        match self.below(10) {
            0 => U256::zero(),
            1 | 2 => U256::from(self.below(300)),
            3 => U256::from(self.bits()),
            4 => {
                let power = one << self.index(256);
                let nudge = U256::from(self.below(3));
                power.overflowing_add(nudge).0.overflowing_sub(one).0
            }
            5 => !U256::from(self.below(300)),
            6 => U256([self.bits(), self.bits(), 0, 0]),
            7 => {
                let mut limbs = [0; 4];
                limbs.fill_with(|| if self.percent(50) { self.bits() } else { 0 });
                U256(limbs)
            }
            _ => U256([self.bits(), self.bits(), self.bits(), self.bits()]),
        }
    }
}
