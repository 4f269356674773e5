//! Multiplication modulo an odd number where the processor multiplies eight pairs of 52 bits at once (AVX-512 IFMA).
//!
//! Numbers are kept in digits of 52 bits, least significant first, eight to a vector, and after Montgomery times `2^52` for
//! each digit.

use std::array;

use multiversion::{multiversion, target::match_target};

use super::radix;
use super::ring::{Arithmetic, remainder};

mod vectors;

/// Bits of a digit.
const BITS: usize = 52;

/// Digits of a vector.
const LANES: usize = 8;
/// The most vectors: so many sums, and what is added to them, stay in registers.
const LONGEST: usize = 20;
/// The fewest bits of an exponent for which this is faster than limb by limb: it takes a while to get there and back.
fn fewest_bits(limbs: usize) -> usize {
    match limbs {
        0..=5 => usize::MAX,
        6 => 100,
        7 | 8 => 24,
        _ => 0,
    }
}

/// Digits that are loaded at once.
#[derive(Clone, Copy)]
pub(super) struct Vector([u64; LANES]);

/// Multiplies the first number by the second one, or by itself, and divides by `2^52` for each of so many digits, modulo `N`.
/// Both factors are below `2 * N`, and so is the product.
type Multiply = fn(&mut [Vector], Option<&[Vector]>, &Multiple, usize);

/// `N + 1`, whose lowest digit is zero.
struct Multiple {
    digits: Vec<Vector>,
    /// The same without the lowest digit.
    above_lowest: Vec<Vector>,
}

/// An odd modulus.
pub(super) struct Digits {
    modulus: Vec<u64>,
    multiple: Multiple,
    /// Digits of a number below `4 * N`.
    count: usize,
    multiply: Multiply,
}

impl Digits {
    /// A modulus whose last limb is not zero. `None` if the processor does not have the instructions, or if they do not pay
    /// for a modulus of this length and for so many bits of an exponent.
    pub(super) fn new(modulus: &[u64], exponent_bits: usize) -> Option<Self> {
        let limbs = modulus.len();
        let count = radix::digits_for::<BITS>(modulus);
        let vectors = count.div_ceil(LANES);
        if exponent_bits < fewest_bits(limbs) || vectors > LONGEST {
            return None;
        }
        let multiply = multiply(vectors)?;
        let multiple = radix::multiple::<BITS>(modulus);
        Some(Self {
            modulus: modulus.to_vec(),
            multiple: Multiple {
                digits: digits_of(&multiple, 0, vectors),
                above_lowest: digits_of(&multiple, 1, vectors),
            },
            count,
            multiply,
        })
    }

    fn vectors(&self) -> usize {
        self.multiple.digits.len()
    }
}

impl Arithmetic for Digits {
    type Element = Vec<Vector>;
    type Scratch = ();

    fn enter(&self, number: &[u64]) -> Vec<Vector> {
        let kept = radix::times_digits::<BITS>(number, self.count, &self.modulus);
        digits_of(&kept, 0, self.vectors())
    }

    fn leave(&self, mut number: Vec<Vector>) -> Vec<u64> {
        let one = digits_of(&[1], 0, self.vectors());
        self.multiply(&mut number, &one, &mut ());
        let digits = number.iter().flat_map(|vector| vector.0);
        remainder(radix::limbs::<BITS>(digits), &self.modulus)
    }

    fn multiply(&self, a: &mut Vec<Vector>, b: &Vec<Vector>, (): &mut ()) {
        (self.multiply)(a, Some(b), &self.multiple, self.count);
    }

    fn square(&self, a: &mut Vec<Vector>, (): &mut ()) {
        (self.multiply)(a, None, &self.multiple, self.count);
    }
}

/// The function for so many vectors.
#[multiversion(targets("x86_64+avx512f+avx512ifma"))]
fn multiply(vectors: usize) -> Option<Multiply> {
    match_target! {
        "x86_64+avx512f+avx512ifma" => vectors::multiply(vectors),
        _ => {
            let _ = vectors;
            None
        }
    }
}

/// The digits of a number from the `first` on, of which so many vectors are enough.
fn digits_of(limbs: &[u64], first: usize, vectors: usize) -> Vec<Vector> {
    let digit = |vector, lane| radix::digit::<BITS>(limbs, first + vector * LANES + lane);
    (0..vectors)
        .map(|vector| Vector(array::from_fn(|lane| digit(vector, lane))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::power::power_in;
    use super::super::power::tests::{check_extremes, compare, limbs, odd};
    use super::*;
    use proptest::prelude::*;

    /// A power by digits, if this processor has the instructions, and limb by limb.
    fn check(modulus: Vec<u64>, base: &[u64], exponent: &[u8]) -> Result<(), TestCaseError> {
        let modulus = odd(modulus);
        let Some(digits) = Digits::new(&modulus, 1_000) else {
            prop_assert!(!is_x86_feature_detected!("avx512ifma"));
            println!("no AVX-512 IFMA: not compared");
            return Ok(());
        };
        compare(power_in(&digits, base, exponent), base, exponent, &modulus)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn powers_are_those_limb_by_limb(
            (modulus, base) in (6..40usize).prop_flat_map(|count| (limbs(count), limbs(count))),
            exponent in prop::collection::vec(any::<u8>(), 0..6),
        ) {
            check(modulus, &base, &exponent)?;
        }
    }

    #[test]
    fn every_length() {
        for count in 6..=128 {
            check_extremes(count, check);
        }
    }
}
