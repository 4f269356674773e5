//! Random numbers that are the same for a seed on every machine: xoshiro256++, seeded by hashing a path of names once and
//! mixing in numbers by SplitMix64, as its authors advise.

use gasworks::keccak256;

/// The seed of a whole test run, which is printed so that the run can be repeated.
pub type Seed = [u8; 32];

/// A sequence of random numbers.
#[derive(Clone, Debug)]
pub struct Random {
    state: [u64; 4],
}

impl Random {
    /// The sequence that belongs to a place in a test run, such as a suite, a test and a run of it. Sequences of different
    /// places have nothing to do with each other, so that the order in which tests run does not matter.
    pub fn new(seed: &Seed, path: &[&str]) -> Self {
        let mut bytes = seed.to_vec();
        for name in path {
            bytes.extend((name.len() as u64).to_be_bytes());
            bytes.extend(name.as_bytes());
        }
        Self::from_bytes(keccak256(&bytes).0)
    }

    /// The sequence of a run of the test whose sequence this is; asking for it leaves this one as it is.
    pub fn of_run(&self, number: u64) -> Self {
        let mut mixed = number;
        let state = self.state.map(|limb| {
            mixed = mixed.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut limb = limb ^ mixed;
            limb = (limb ^ limb >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            limb = (limb ^ limb >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            limb ^ limb >> 31
        });
        Self::from_state(state)
    }

    /// The sequence that starts from these bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        let mut state = [0; 4];
        for (limb, chunk) in state.iter_mut().zip(bytes.chunks_exact(8)) {
            *limb = chunk
                .iter()
                .fold(0, |limb, byte| limb << 8 | u64::from(*byte));
        }
        Self::from_state(state)
    }

    fn from_state(mut state: [u64; 4]) -> Self {
        if state == [0; 4] {
            // The one state that the generator never leaves.
            state[0] = 1;
        }
        Self { state }
    }

    /// A random word of the processor.
    pub fn draw(&mut self) -> u64 {
        let [a, b, c, d] = &mut self.state;
        let result = a.wrapping_add(*d).rotate_left(23).wrapping_add(*a);
        let shifted = *b << 17;
        *c ^= *a;
        *d ^= *b;
        *b ^= *c;
        *a ^= *d;
        *c ^= shifted;
        *d = d.rotate_left(45);
        result
    }

    /// A number below a bound; zero where the bound is zero.
    pub fn below(&mut self, bound: usize) -> usize {
        // The high half of the product: the bias is below one in 2^32 for anything that fits into memory.
        ((u128::from(self.draw()) * bound as u128) >> 64) as usize
    }

    /// Whether something happens that happens so many times out of a hundred.
    pub fn percent(&mut self, chance: u32) -> bool {
        self.below(100) < chance as usize
    }

    /// Whether a coin falls on its head.
    pub fn coin(&mut self) -> bool {
        self.draw() >> 63 == 1
    }

    /// Thirty-two random bytes.
    pub fn word(&mut self) -> [u8; 32] {
        let mut word = [0; 32];
        for chunk in word.chunks_exact_mut(8) {
            chunk.copy_from_slice(&self.draw().to_be_bytes());
        }
        word
    }

    /// One of several; `None` where there are none.
    pub fn choose<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_place_has_the_same_sequence_and_another_one_has_not() {
        let first = |path: &[&str], number| Random::new(&[7; 32], path).of_run(number).word();
        assert_eq!(first(&["suite", "test"], 0), first(&["suite", "test"], 0));
        assert_ne!(first(&["suite", "test"], 0), first(&["suite", "test"], 1));
        assert_ne!(first(&["suite", "test"], 0), first(&["suitet", "est"], 0));
        let other_seed = Random::new(&[8; 32], &["suite", "test"]).of_run(0).word();
        assert_ne!(first(&["suite", "test"], 0), other_seed);
    }

    #[test]
    fn sequences_of_runs_have_nothing_to_do_with_each_other() {
        let test = Random::new(&[7; 32], &["suite", "test"]);
        let firsts: Vec<u64> = (0..2_000).map(|run| test.of_run(run).draw()).collect();
        // Half of the bits differ from run to run, and each bit is set in half of the runs.
        let changed: u32 = firsts
            .windows(2)
            .map(|pair| (pair[0] ^ pair[1]).count_ones())
            .sum();
        assert!((31 * 2_000..33 * 2_000).contains(&changed), "{changed}");
        for bit in 0..64 {
            let set = firsts.iter().filter(|first| *first >> bit & 1 == 1).count();
            assert!((880..1_120).contains(&set), "bit {bit}: {set}");
        }
    }

    #[test]
    fn it_is_xoshiro256_plus_plus() {
        // From the reference implementation, for the state 1, 2, 3, 4.
        let mut random = Random {
            state: [1, 2, 3, 4],
        };
        assert_eq!(random.draw(), 41_943_041);
        assert_eq!(random.draw(), 58_720_359);
        assert_eq!(random.draw(), 3_588_806_011_781_223);
        assert_ne!(Random::from_bytes([0; 32]).word(), [0; 32]);
    }

    #[test]
    fn bounds_are_kept_and_everything_below_them_comes_up() {
        let mut random = Random::from_bytes([3; 32]);
        let mut seen = [false; 7];
        for _ in 0..500 {
            seen[random.below(7)] = true;
        }
        assert_eq!(seen, [true; 7]);
        assert_eq!(random.below(0), 0);
        assert_eq!(random.choose::<u8>(&[]), None);
        assert!(!random.percent(0));
        assert!(random.percent(100));
    }
}
