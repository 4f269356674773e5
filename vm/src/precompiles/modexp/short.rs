//! Multiplication modulo an odd number of one limb to eight, by loops of constant length.

use std::array;
use std::hint::select_unpredictable;

use super::limbs::multiply_add;
use super::ring::{Arithmetic, inverse_of_limb, remainder};

/// An odd modulus of one limb, above 1.
pub(super) struct OddLimb {
    modulus: u64,
    /// The inverse of the modulus, modulo 2^64.
    inverse: u64,
}

impl OddLimb {
    pub(super) fn new(modulus: u64) -> Self {
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
pub(super) struct OddLimbs<const LIMBS: usize> {
    modulus: [u64; LIMBS],
    /// The negated inverse of the modulus, modulo 2^64.
    inverse: u64,
}

impl<const LIMBS: usize> OddLimbs<LIMBS> {
    pub(super) fn new(modulus: [u64; LIMBS]) -> Self {
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
        // Which of both it is cannot be foreseen, so that it must not be a branch.
        let mut less = [0; LIMBS];
        let mut borrow = false;
        for limb in 0..LIMBS {
            (less[limb], borrow) = sum[limb].borrowing_sub(self.modulus[limb], borrow);
        }
        let is_less = over == 0 && borrow;
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
