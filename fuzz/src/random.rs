//! Deterministic random choices: the same seed and case give the same case on every machine and in every release.

use gasworks::U256;

/// SplitMix64 (Steele, Lea and Flood, 2014): small, fast, and good enough to choose test cases.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The choices of one case of a run.
    pub fn new(seed: u64, case: u64) -> Self {
        let mut random = Self(seed);
        // The case is added after the seed is mixed, so that neighbouring seeds do not share cases.
        let mixed = random.bits();
        Self(mixed ^ case.wrapping_mul(0xd134_2543_de82_ef95))
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// A number below `bound`; zero if the bound is.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.bits() % bound }
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
