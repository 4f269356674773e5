//! Numbers in digits that have fewer bits than a limb, as instructions for many products at once want them, and reduced
//! digit by digit.
//!
//! The modulus is replaced by a multiple `N` of it whose lowest digit is all ones: the factor by which `N` clears the lowest
//! digit of a number is that digit itself, so that nobody has to wait for it. What is known of it is `N + 1`, whose lowest
//! digit is zero.

use super::limbs::{add_limb, add_multiple};
use super::ring::{inverse_of_limb, remainder, shift_left};

/// `N + 1` in limbs, for an odd modulus.
pub(super) fn multiple<const BITS: usize>(modulus: &[u64]) -> Vec<u64> {
    let lowest = modulus.first().map_or(0, |limb| inverse_of_limb(*limb));
    let mut multiple = vec![0; modulus.len()];
    let top = add_multiple(
        &mut multiple,
        modulus,
        lowest.wrapping_neg() & mask::<BITS>(),
    );
    multiple.push(top);
    add_limb(&mut multiple, 1);
    multiple
}

/// How many digits a number below `4 * N` has.
pub(super) fn digits_for<const BITS: usize>(modulus: &[u64]) -> usize {
    (64 * modulus.len() + BITS + 2).div_ceil(BITS)
}

/// A number times as many digits as are given, modulo the modulus: how it is kept after Montgomery.
pub(super) fn times_digits<const BITS: usize>(
    number: &[u64],
    digits: usize,
    modulus: &[u64],
) -> Vec<u64> {
    let zeros = digits * BITS;
    let mut kept = vec![0; zeros / 64];
    kept.extend_from_slice(number);
    kept.push(0);
    shift_left(&mut kept, (zeros % 64) as u32);
    remainder(kept, modulus)
}

/// A digit with all bits set.
pub(super) const fn mask<const BITS: usize>() -> u64 {
    (1 << BITS) - 1
}

/// A digit of a number in limbs, both least significant first.
pub(super) fn digit<const BITS: usize>(limbs: &[u64], position: usize) -> u64 {
    let limb = |position: usize| u128::from(limbs.get(position).copied().unwrap_or(0));
    let (place, shift) = (position * BITS / 64, position * BITS % 64);
    let pair = limb(place + 1) << 64 | limb(place);
    (pair >> shift) as u64 & mask::<BITS>()
}

/// The limbs of a number, whose digits may have some bits more.
pub(super) fn limbs<const BITS: usize>(digits: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut limbs = Vec::new();
    let (mut sum, mut filled) = (0u128, 0);
    for digit in digits {
        sum += u128::from(digit) << filled;
        filled += BITS;
        if filled >= 64 {
            limbs.push(sum as u64);
            sum >>= 64;
            filled -= 64;
        }
    }
    limbs.extend([sum as u64, (sum >> 64) as u64]);
    limbs
}

#[cfg(test)]
mod tests {
    use super::super::power::tests::{integer, limbs as any_limbs};
    use super::*;
    use num_bigint::BigUint;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn digits_are_those_of_the_number(number in any_limbs(20)) {
            let digits = (0..60).map(|position| digit::<27>(&number, position));
            prop_assert_eq!(integer(&limbs::<27>(digits)), integer(&number));
            let digits = (0..30).map(|position| digit::<52>(&number, position));
            prop_assert_eq!(integer(&limbs::<52>(digits)), integer(&number));
        }

        #[test]
        fn the_multiple_ends_with_ones(mut modulus in any_limbs(5)) {
            modulus[0] |= 1;
            let multiple = multiple::<27>(&modulus);
            prop_assert_eq!(digit::<27>(&multiple, 0), 0);
            prop_assert_eq!((integer(&multiple) - 1u8) % integer(&modulus), BigUint::ZERO);
        }
    }

    #[test]
    fn digits_with_more_bits_are_carried() {
        let digits = [(1 << 27) + 5, (1 << 40) - 1, 3];
        let expected = (BigUint::from(3u8) << 54) + (BigUint::from(digits[1]) << 27) + digits[0];
        assert_eq!(integer(&limbs::<27>(digits.into_iter())), expected);
    }
}
