//! Montgomery's reduction of numbers of many limbs in one step ("Modular multiplication without trial division", 1985),
//! where Karatsuba's products make it cheaper than limb by limb.
//!
//! Below, B is 2^(64 * half) for half of the modulus' limbs, and B^2 the number by which a reduction divides.

use super::limbs::{add, add_limb, distance, subtract, subtract_limb};
use super::product::{multiply, multiply_low, scratch};

/// An odd modulus of an even number of limbs.
pub(super) struct Reduction {
    /// The inverse modulo B^2.
    inverse: Vec<u64>,
    /// The modulus modulo B - 1.
    sum: Vec<u64>,
    /// Its low half less its high half, which is the modulus modulo B + 1, without the sign.
    difference: Vec<u64>,
    negative: bool,
}

impl Reduction {
    /// Of a modulus and its inverse modulo 2^64.
    pub(super) fn new(modulus: &[u64], inverse_of_limb: u64) -> Self {
        let (low, high) = modulus.split_at(modulus.len() / 2);
        let mut sum = low.to_vec();
        add_around(&mut sum, high);
        let mut difference = vec![0; low.len()];
        let negative = distance(low, high, &mut difference);
        Self {
            inverse: inverse(modulus, inverse_of_limb),
            sum,
            difference,
            negative,
        }
    }

    /// Limbs of scratch, of any content, that [`Self::reduce`] takes.
    pub(super) const fn scratch(limbs: usize) -> usize {
        2 * limbs + scratch(limbs)
    }

    /// Divides a product by B^2, modulo the modulus, which it is less than B^2 times.
    ///
    /// The product less a multiple of the modulus ends in zeros only. Of that multiple the low half is known, so that it is
    /// enough to compute it modulo B^2 - 1.
    pub(super) fn reduce(
        &self,
        modulus: &[u64],
        product: &[u64],
        result: &mut [u64],
        scratch: &mut [u64],
    ) {
        let (low, high) = product.split_at(modulus.len());
        let (factor, scratch) = scratch.split_at_mut(modulus.len());
        let (multiple, scratch) = scratch.split_at_mut(modulus.len());
        multiply_low(low, &self.inverse, factor, scratch);
        self.multiply_around(factor, multiple, scratch);
        subtract_around(multiple, low);
        // Less than the modulus, so that this is zero.
        if multiple.iter().all(|limb| *limb == u64::MAX) {
            multiple.fill(0);
        }
        result.copy_from_slice(high);
        if subtract(result, multiple) {
            add(result, modulus);
        }
    }

    /// A factor, which is lost, times the modulus, modulo B^2 - 1: from the remainders by B - 1 and by B + 1.
    fn multiply_around(&self, factor: &mut [u64], result: &mut [u64], scratch: &mut [u64]) {
        let half = self.sum.len();
        let (low, high) = factor.split_at_mut(half);
        let (by_less, by_more) = result.split_at_mut(half);

        // Modulo B + 1, where B is -1.
        let negative = distance(low, high, by_less) != self.negative;
        let (whole, scratch) = scratch.split_at_mut(2 * half);
        multiply(by_less, &self.difference, whole, scratch);
        let (plus, minus) = whole.split_at(half);
        let (plus, minus) = if negative {
            (minus, plus)
        } else {
            (plus, minus)
        };
        by_more.copy_from_slice(plus);
        // One below zero is B, which has a limb more.
        let is_top = subtract(by_more, minus) && add_limb(by_more, 1);

        // Modulo B - 1, where B is 1.
        add_around(low, high);
        multiply(low, &self.sum, whole, scratch);
        let (to, rest) = whole.split_at(half);
        by_less.copy_from_slice(to);
        add_around(by_less, rest);

        // The result is by_more + (B + 1) * k, where 2 * k is by_less - by_more modulo B - 1.
        subtract_around(by_less, by_more);
        if is_top {
            subtract_limb_around(by_less, 1);
        }
        halve_around(by_less);
        high.copy_from_slice(by_more);
        by_more.copy_from_slice(by_less);
        if add(by_less, high) {
            add_limb_around(by_more, by_less, 1);
        }
        if is_top {
            add_limb_around(by_more, by_less, 1);
        }
    }
}

/// The inverse of an odd number modulo 2^(64 * limbs), from that of its lowest limb: each round of Newton's method doubles
/// the limbs that are right.
pub(super) fn inverse(number: &[u64], of_limb: u64) -> Vec<u64> {
    let limbs = number.len();
    let mut inverse = vec![0; limbs];
    inverse[0] = of_limb;
    let mut product = vec![0; limbs];
    let mut scratch = vec![0; scratch(limbs)];
    let mut right = 1;
    while right < limbs {
        let next = limbs.min(2 * right);
        // number * inverse is 1 + error * 2^(64 * right).
        let product = &mut product[..next];
        multiply_low(&number[..next], &inverse[..next], product, &mut scratch);
        let (known, new) = inverse.split_at_mut(right);
        let new = &mut new[..next - right];
        multiply_low(&product[right..], &known[..next - right], new, &mut scratch);
        for limb in new.iter_mut() {
            *limb = !*limb;
        }
        add_limb(new, 1);
        right = next;
    }
    inverse
}

/// Adds modulo 2^(64 * limbs) - 1.
fn add_around(to: &mut [u64], number: &[u64]) {
    if add(to, number) {
        add_limb(to, 1);
    }
}

/// Subtracts modulo 2^(64 * limbs) - 1.
fn subtract_around(from: &mut [u64], number: &[u64]) {
    if subtract(from, number) {
        subtract_limb_around(from, 1);
    }
}

fn subtract_limb_around(from: &mut [u64], limb: u64) {
    if subtract_limb(from, limb) {
        subtract_limb(from, 1);
    }
}

/// Halves modulo 2^(64 * limbs) - 1: a rotation by one bit.
fn halve_around(number: &mut [u64]) {
    let mut above = number.first().map_or(0, |limb| limb << 63);
    for limb in number.iter_mut().rev() {
        (*limb, above) = (*limb >> 1 | above, *limb << 63);
    }
}

/// Adds one limb, modulo 2^(64 * limbs) - 1 of both halves together, to where the high half begins.
fn add_limb_around(high: &mut [u64], low: &mut [u64], limb: u64) {
    if add_limb(high, limb) && add_limb(low, 1) {
        add_limb(high, 1);
    }
}

#[cfg(test)]
mod tests {
    use super::super::power::tests::{integer, limbs};
    use super::super::ring::inverse_of_limb;
    use super::*;
    use num_bigint::BigUint;
    use proptest::prelude::*;

    /// The modulus' last limb is made odd, the product less than the modulus times 2^(64 * limbs).
    fn check(mut modulus: Vec<u64>, mut product: Vec<u64>) -> Result<(), TestCaseError> {
        let count = modulus.len();
        modulus[0] |= 1;
        let high = integer(&product[count..]) % integer(&modulus);
        product[count..].fill(0);
        for (to, from) in product[count..].iter_mut().zip(high.iter_u64_digits()) {
            *to = from;
        }
        let reduction = Reduction::new(&modulus, inverse_of_limb(modulus[0]));
        let mut result = vec![7; count];
        let mut scratch = vec![0xdead_beef; Reduction::scratch(count)];
        reduction.reduce(&modulus, &product, &mut result, &mut scratch);
        let back = (integer(&result) << (64 * count)) % integer(&modulus);
        prop_assert_eq!(back, integer(&product) % integer(&modulus));
        prop_assert!(
            integer(&result) < integer(&modulus) || integer(&modulus) == BigUint::from(1u8)
        );
        Ok(())
    }

    #[test]
    fn the_least_and_the_greatest() {
        for count in [2, 4, 6, 44, 48, 100, 128] {
            let all = vec![u64::MAX; count];
            let mut halves = all.clone();
            halves[count / 2..].fill(0);
            let mut top = vec![0; count];
            top[count - 1] = 1 << 63;
            let mut three = vec![0; count];
            three[0] = 3;
            for modulus in [&all, &halves, &top, &three] {
                for low in [&all, &halves, &top, &three, &vec![0; count]] {
                    for high in [&all, &halves, &top, &three, &vec![0; count]] {
                        check(modulus.clone(), [&low[..], high].concat()).expect("equal");
                    }
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn remainders_are_those_of_a_wide_integer(
            (modulus, product) in (1..70usize).prop_flat_map(|half| (limbs(2 * half), limbs(4 * half)))
        ) {
            check(modulus, product)?;
        }
    }
}
