//! Multiplication modulo an odd number where the processor multiplies four pairs of 32 bits at once (AVX2).
//!
//! Numbers are kept in digits of 27 bits and after Montgomery times `2^27` for each of them. A vector has four digits that are
//! a quarter of the number apart, so that a product by one digit adds vectors to vectors as they are: the multiple of `a` by
//! its digit `i` begins at vector `i`, and no digit moves to another lane before a quarter of them is done.

use multiversion::{multiversion, target::match_target};

use super::radix;
use super::ring::{Arithmetic, remainder};

mod rows;

/// Bits of a digit: what a longest number adds to one digit, two products of digits for each that it has, is below 2^64, and
/// may be so with digits that are a thousandth greater.
const BITS: usize = 27;
/// Digits of a vector.
const LANES: usize = 4;
/// Digits that are multiplied by at once; numbers have a multiple of so many vectors.
const ROWS: usize = 4;
/// The most vectors of a number.
const LONGEST: usize = 124;
/// The fewest limbs for which this is faster than limb by limb.
const FEWEST_LIMBS: usize = 23;
/// Vectors of zeros before a number and after it, which multiples that begin one vector later or end one earlier read.
const BEFORE: usize = ROWS - 1;
const AFTER: usize = ROWS + 1;

/// Digits that are loaded at once.
#[derive(Clone, Copy)]
#[repr(align(32))]
pub(super) struct Vector([u64; LANES]);

const ZEROS: Vector = Vector([0; LANES]);

/// Multiplies the first number by the second one, or by itself, and divides by `2^27` for each digit, modulo `N`, whose
/// successor is the third one. Both factors are below `2 * N`, and so is the product. Sums are lost.
type Multiply = fn(&mut [Vector], Option<&[Vector]>, &[Vector], &mut Vec<Vector>);

/// An odd modulus.
pub(super) struct Lanes {
    modulus: Vec<u64>,
    /// `N + 1`.
    multiple: Vec<Vector>,
    /// Vectors of a number without the zeros.
    vectors: usize,
    multiply: Multiply,
}

impl Lanes {
    /// A modulus whose last limb is not zero. `None` if the processor does not have the instructions, or if they do not pay
    /// for a modulus of this length.
    pub(super) fn new(modulus: &[u64]) -> Option<Self> {
        let vectors = vectors_for(modulus);
        if modulus.len() < FEWEST_LIMBS || vectors > LONGEST {
            return None;
        }
        Self::of(modulus, vectors)
    }

    fn of(modulus: &[u64], vectors: usize) -> Option<Self> {
        Some(Self {
            modulus: modulus.to_vec(),
            multiple: digits_of(&radix::multiple::<BITS>(modulus), vectors),
            vectors,
            multiply: multiply()?,
        })
    }
}

impl Arithmetic for Lanes {
    type Element = Vec<Vector>;
    type Scratch = Vec<Vector>;

    fn enter(&self, number: &[u64]) -> Vec<Vector> {
        let digits = self.vectors * LANES;
        let kept = radix::times_digits::<BITS>(number, digits, &self.modulus);
        digits_of(&kept, self.vectors)
    }

    fn leave(&self, mut number: Vec<Vector>) -> Vec<u64> {
        let one = digits_of(&[1], self.vectors);
        self.multiply(&mut number, &one, &mut Vec::new());
        remainder(limbs_of(&number, self.vectors), &self.modulus)
    }

    fn multiply(&self, a: &mut Vec<Vector>, b: &Vec<Vector>, scratch: &mut Vec<Vector>) {
        (self.multiply)(a, Some(b), &self.multiple, scratch);
    }

    fn square(&self, a: &mut Vec<Vector>, scratch: &mut Vec<Vector>) {
        (self.multiply)(a, None, &self.multiple, scratch);
    }
}

/// The function, if the processor has what it takes.
#[multiversion(targets("x86_64+avx2"))]
fn multiply() -> Option<Multiply> {
    match_target! {
        "x86_64+avx2" => Some(rows::multiply()),
        _ => None,
    }
}

/// Vectors of a number that is kept modulo this one.
fn vectors_for(modulus: &[u64]) -> usize {
    radix::digits_for::<BITS>(modulus)
        .div_ceil(LANES)
        .next_multiple_of(ROWS)
}

/// A number that has so many vectors of digits.
fn digits_of(limbs: &[u64], vectors: usize) -> Vec<Vector> {
    let mut digits = vec![ZEROS; BEFORE + vectors + AFTER];
    for (place, vector) in digits[BEFORE..][..vectors].iter_mut().enumerate() {
        for (lane, digit) in vector.0.iter_mut().enumerate() {
            *digit = radix::digit::<BITS>(limbs, lane * vectors + place);
        }
    }
    digits
}

/// The limbs of a number that has so many vectors of digits.
fn limbs_of(number: &[Vector], vectors: usize) -> Vec<u64> {
    let vectors = &number[BEFORE..][..vectors];
    let digits = (0..LANES).flat_map(|lane| vectors.iter().map(move |vector| vector.0[lane]));
    radix::limbs::<BITS>(digits)
}

#[cfg(test)]
mod tests {
    use super::super::power::power_in;
    use super::super::power::tests::{check_extremes, compare, integer, limbs, odd};
    use super::*;
    use proptest::prelude::*;

    /// A power by digits, if this processor has the instructions, and limb by limb.
    fn check(modulus: Vec<u64>, base: &[u64], exponent: &[u8]) -> Result<(), TestCaseError> {
        let modulus = odd(modulus);
        let Some(lanes) = Lanes::of(&modulus, vectors_for(&modulus).max(2 * ROWS)) else {
            prop_assert!(!is_x86_feature_detected!("avx2"));
            println!("no AVX2: not compared");
            return Ok(());
        };
        compare(power_in(&lanes, base, exponent), base, exponent, &modulus)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn powers_are_those_limb_by_limb(
            (modulus, base) in (1..60usize).prop_flat_map(|count| (limbs(count), limbs(count))),
            exponent in prop::collection::vec(any::<u8>(), 0..6),
        ) {
            check(modulus, &base, &exponent)?;
        }
    }

    #[test]
    fn every_length() {
        for count in 1..=LONGEST * LANES * BITS / 64 - 1 {
            check_extremes(count, check);
        }
    }

    /// The longest numbers, with the greatest digits that products can have.
    #[test]
    fn sums_of_the_greatest_digits() {
        let Some(multiply) = multiply() else {
            println!("no AVX2: not compared");
            return;
        };
        let digit = (1 << BITS) + (1 << 10);
        let inside = |number: &mut [Vector], lanes| {
            number[BEFORE..][..LONGEST].fill(Vector(lanes));
            // So that a product has as many digits.
            number[BEFORE + LONGEST - 1].0[LANES - 1] = 1 << (BITS - 3);
        };
        let mut multiple = vec![ZEROS; BEFORE + LONGEST + AFTER];
        let mut number = multiple.clone();
        inside(&mut multiple, [(1 << BITS) - 1; LANES]);
        multiple[BEFORE].0[0] = 0;
        inside(&mut number, [digit; LANES]);
        let value = |number: &[Vector]| integer(&limbs_of(number, LONGEST));
        let (modulus, square) = (value(&multiple) - 1u8, value(&number).pow(2));
        multiply(&mut number, None, &multiple, &mut Vec::new());
        let back = (value(&number) << (BITS * LANES * LONGEST)) % &modulus;
        assert_eq!(back, square % &modulus);
    }
}
