//! Multiplication modulo an odd number of one limb to nineteen, by loops of constant length.

use std::array;
use std::hint::select_unpredictable;

use super::limbs::multiply_add;
use super::power::power_in;
use super::ring::{Arithmetic, inverse_of_limb, remainder};

/// A power modulo an odd number without zero limbs at its end. `None` if that has too many limbs.
pub(super) fn power(base: &[u64], exponent: &[u8], modulus: &[u64]) -> Option<Vec<u64>> {
    let power = match modulus.len() {
        1 => power_in_limb,
        2 => power_in_limbs::<2>,
        3 => power_in_limbs::<3>,
        4 => power_in_limbs::<4>,
        5 => power_in_limbs::<5>,
        6 => power_in_limbs::<6>,
        7 => power_in_limbs::<7>,
        8 => power_in_limbs::<8>,
        9 => power_in_limbs::<9>,
        10 => power_in_limbs::<10>,
        11 => power_in_limbs::<11>,
        12 => power_in_limbs::<12>,
        13 => power_in_limbs::<13>,
        14 => power_in_limbs::<14>,
        15 => power_in_limbs::<15>,
        16 => power_in_limbs::<16>,
        17 => power_in_limbs::<17>,
        18 => power_in_limbs::<18>,
        19 => power_in_limbs::<19>,
        _ => return None,
    };
    power(base, exponent, modulus)
}

fn power_in_limb(base: &[u64], exponent: &[u8], modulus: &[u64]) -> Option<Vec<u64>> {
    match *modulus {
        [1] => Some(Vec::new()),
        [limb] => Some(power_in(&OddLimb::new(limb), base, exponent)),
        _ => None,
    }
}

fn power_in_limbs<const LIMBS: usize>(
    base: &[u64],
    exponent: &[u8],
    modulus: &[u64],
) -> Option<Vec<u64>> {
    let modulus = OddLimbs::<LIMBS>::new(*modulus.first_chunk()?);
    Some(power_in(&modulus, base, exponent))
}

/// An odd modulus of one limb, above 1.
struct OddLimb {
    modulus: u64,
    /// The inverse of the modulus, modulo 2^64.
    inverse: u64,
}

impl OddLimb {
    fn new(modulus: u64) -> Self {
        Self {
            modulus,
            inverse: inverse_of_limb(modulus),
        }
    }

    /// Divides a number below the modulus times 2^64 by 2^64.
    #[inline(always)]
    fn reduce(&self, number: u128) -> u64 {
        let (low, high) = (number as u64, (number >> 64) as u64);
        let factor = low.wrapping_mul(self.inverse);
        // The multiple has the same low limb. Its high limb comes late, so that both differences are made of what is there.
        let multiple = ((u128::from(factor) * u128::from(self.modulus)) >> 64) as u64;
        let (difference, borrow) = high.overflowing_sub(multiple);
        let with_modulus = high.wrapping_add(self.modulus).wrapping_sub(multiple);
        if borrow { with_modulus } else { difference }
    }
}

impl Arithmetic for OddLimb {
    type Element = u64;
    type Scratch = ();

    fn enter(&self, number: &[u64]) -> u64 {
        let modulus = u128::from(self.modulus);
        let shift =
            |left: u64, limb: u64| ((u128::from(left) << 64 | u128::from(limb)) % modulus) as u64;
        shift(
            number.iter().rev().fold(0, |left, limb| shift(left, *limb)),
            0,
        )
    }

    fn leave(&self, number: u64) -> Vec<u64> {
        vec![self.reduce(number.into())]
    }

    fn multiply(&self, a: &mut u64, b: &u64, (): &mut ()) {
        *a = self.reduce(u128::from(*a) * u128::from(*b));
    }

    fn square(&self, a: &mut u64, (): &mut ()) {
        *a = self.reduce(u128::from(*a) * u128::from(*a));
    }
}

/// An odd modulus of so many limbs, the last of which is not zero.
struct OddLimbs<const LIMBS: usize> {
    modulus: [u64; LIMBS],
    /// The negated inverse of the modulus, modulo 2^64.
    inverse: u64,
}

impl<const LIMBS: usize> OddLimbs<LIMBS> {
    fn new(modulus: [u64; LIMBS]) -> Self {
        let lowest = modulus.first().copied().unwrap_or(1);
        Self {
            modulus,
            inverse: inverse_of_limb(lowest).wrapping_neg(),
        }
    }

    /// Multiplies and reduces limb by limb.
    #[inline(always)]
    fn times(&self, x: &[u64; LIMBS], y: &[u64; LIMBS]) -> [u64; LIMBS] {
        let mut sum = [0; LIMBS];
        let mut over = 0;
        for factor in y {
            let mut carry = 0;
            for limb in 0..LIMBS {
                (sum[limb], carry) = multiply_add(*factor, x[limb], sum[limb], carry);
            }
            let (top, overflow) = carry.overflowing_add(over);
            let factor = sum[0].wrapping_mul(self.inverse);
            let (_, mut carry) = multiply_add(factor, self.modulus[0], sum[0], 0);
            for limb in 1..LIMBS {
                (sum[limb - 1], carry) = multiply_add(factor, self.modulus[limb], sum[limb], carry);
            }
            let (top, more) = top.overflowing_add(carry);
            sum[LIMBS - 1] = top;
            over = u64::from(overflow) + u64::from(more);
        }
        self.below_modulus(sum, over != 0)
    }

    /// Subtracts the modulus from what is less than twice as much, if it is not less already.
    #[inline(always)]
    fn below_modulus(&self, sum: [u64; LIMBS], is_over: bool) -> [u64; LIMBS] {
        let mut less = [0; LIMBS];
        let mut borrow = false;
        for limb in 0..LIMBS {
            (less[limb], borrow) = sum[limb].borrowing_sub(self.modulus[limb], borrow);
        }
        // Which of both it is cannot be foreseen, so that it must not be a branch.
        let is_less = !is_over && borrow;
        array::from_fn(|limb| select_unpredictable(is_less, sum[limb], less[limb]))
    }
}

impl<const LIMBS: usize> Arithmetic for OddLimbs<LIMBS> {
    type Element = [u64; LIMBS];
    type Scratch = ();

    fn enter(&self, number: &[u64]) -> [u64; LIMBS] {
        let kept = [&[0; LIMBS], number].concat();
        let kept = remainder(kept, &self.modulus);
        kept.first_chunk().copied().unwrap_or([0; LIMBS])
    }

    fn leave(&self, number: [u64; LIMBS]) -> Vec<u64> {
        let mut one = [0; LIMBS];
        one[0] = 1;
        self.times(&number, &one).to_vec()
    }

    fn multiply(&self, a: &mut [u64; LIMBS], b: &[u64; LIMBS], (): &mut ()) {
        *a = self.times(a, b);
    }

    fn square(&self, a: &mut [u64; LIMBS], (): &mut ()) {
        *a = self.times(a, a);
    }
}

#[cfg(test)]
mod tests {
    use super::super::power::tests::{check_extremes, compare, limbs, odd};
    use super::*;
    use proptest::prelude::*;

    fn check(modulus: Vec<u64>, base: &[u64], exponent: &[u8]) -> Result<(), TestCaseError> {
        let modulus = odd(modulus);
        let power = power(base, exponent, &modulus).expect("few limbs");
        compare(power, base, exponent, &modulus)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn powers_are_those_of_loops_of_any_length(
            (modulus, base) in (1..=19usize).prop_flat_map(|count| (limbs(count), limbs(count))),
            exponent in prop::collection::vec(any::<u8>(), 0..6),
        ) {
            check(modulus, &base, &exponent)?;
        }
    }

    #[test]
    fn every_length() {
        for count in 1..=19 {
            check_extremes(count, check);
        }
        assert_eq!(power(&[2], &[2], &[1]), Some(Vec::new()));
        assert_eq!(power(&[2], &[2], &[1; 20]), None);
    }
}
