//! Scalars of secp256k1: halves of them, and their digits.

use primitive_types::U256;

/// The order of the group (SEC 2, section 2.4.1).
pub(super) const ORDER: U256 = U256([
    0xbfd2_5e8c_d036_4141,
    0xbaae_dce6_af48_a03b,
    0xffff_ffff_ffff_fffe,
    u64::MAX,
]);

/// Digits of half a scalar: one more than it has bits.
pub(super) const DIGITS: usize = 129;

/// Signed digits to the base 2, least significant first: zero, or odd and followed by zeros.
pub(super) type Digits = [i16; DIGITS];

/// A scalar as `first + second * lambda` modulo the order, where lambda is a cube root of one that multiplies x by
/// [beta](super::point).
pub(super) struct Halves([Half; 2]);

/// A signed number of 128 bits.
struct Half {
    is_negative: bool,
    magnitude: u128,
}

// Both (A1, B1) and (A2, B2) are `a + b * lambda = 0` modulo the order, with short a and b. They are by the extended
// Euclidean algorithm: Guide to Elliptic Curve Cryptography (Hankerson, Menezes, Vanstone), algorithm 3.74.
const A1: U256 = U256([0xe86c_90e4_9284_eb15, 0x3086_d221_a7d4_6bcd, 0, 0]);
const MINUS_B1: U256 = U256([0x6f54_7fa9_0abf_e4c3, 0xe443_7ed6_010e_8828, 0, 0]);
const A2: U256 = U256([0x57c1_108d_9d44_cfd8, 0x14ca_50f7_a8e2_f3f6, 1, 0]);
const B2: U256 = A1;

/// B2 and -B1 times 2^384 divided by the order, rounded.
const B2_BY_ORDER: U256 = U256([
    0xe893_209a_45db_b031,
    0x3daa_8a14_71e8_ca7f,
    0xe86c_90e4_9284_eb15,
    0x3086_d221_a7d4_6bcd,
]);
const MINUS_B1_BY_ORDER: U256 = U256([
    0x1571_b4ae_8ac4_7f71,
    0x2212_08ac_9df5_06c6,
    0x6f54_7fa9_0abf_e4c4,
    0xe443_7ed6_010e_8828,
]);

impl Halves {
    /// Of a scalar below the order.
    pub(super) fn new(scalar: U256) -> Self {
        let rounded = |factor: U256| {
            let product = scalar.full_mul(factor).0;
            let up = u128::from(product[5] >> 63);
            U256::from((u128::from(product[7]) << 64 | u128::from(product[6])) + up)
        };
        let (c1, c2) = (rounded(B2_BY_ORDER), rounded(MINUS_B1_BY_ORDER));
        // Halves have no more than 128 bits, so that it does not matter what is lost above 256.
        let product = |a: U256, b: U256| a.overflowing_mul(b).0;
        let difference = |a: U256, b: U256| a.overflowing_sub(b).0;
        let first = difference(difference(scalar, product(c1, A1)), product(c2, A2));
        let second = difference(product(c1, MINUS_B1), product(c2, B2));
        Self([first, second].map(Half::new))
    }

    /// Digits of each half, of so many bits.
    pub(super) fn digits(&self, width: usize) -> [Digits; 2] {
        let [first, second] = &self.0;
        [first.digits(width), second.digits(width)]
    }
}

impl Half {
    /// Of a number modulo 2^256.
    fn new(number: U256) -> Self {
        let is_negative = number.bit(255);
        let magnitude = if is_negative {
            number.overflowing_neg().0
        } else {
            number
        };
        Self {
            is_negative,
            magnitude: magnitude.low_u128(),
        }
    }

    /// Windowed non-adjacent form: Guide to Elliptic Curve Cryptography, algorithm 3.35.
    fn digits(&self, width: usize) -> Digits {
        let mut digits = [0; DIGITS];
        let (mut rest, mut position, mut carry) = (self.magnitude, 0, 0);
        while rest != 0 || carry != 0 {
            // Zeros, or ones that a carry makes zeros.
            let skipped = if carry == 0 {
                rest.trailing_zeros()
            } else {
                rest.trailing_ones()
            };
            if skipped > 0 {
                rest = rest.unbounded_shr(skipped);
                position += skipped as usize;
                continue;
            }
            let digit = (rest & ((1 << width) - 1)) as i16 + carry;
            carry = digit >> (width - 1);
            let digit = digit - (carry << width);
            digits[position] = if self.is_negative { -digit } else { digit };
            rest >>= width;
            position += width;
        }
        digits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The cube root of one that the second half is of.
    const LAMBDA: U256 = U256([
        0xdf02_967c_1b23_bd72,
        0x122e_22ea_2081_6678,
        0xa526_1c02_8812_645a,
        0x5363_ad4c_c05c_30e0,
    ]);

    fn product(a: U256, b: U256) -> U256 {
        crate::word::Modulus::default().mulmod(a, b, ORDER)
    }

    fn sum(a: U256, b: U256) -> U256 {
        crate::word::addmod(a, b, ORDER)
    }

    fn check(scalar: U256) {
        let halves = Halves::new(scalar);
        let [first, second] = halves.0.each_ref().map(|half| {
            let magnitude = U256::from(half.magnitude);
            if half.is_negative {
                sum(ORDER - magnitude, U256::zero())
            } else {
                magnitude
            }
        });
        assert_eq!(sum(first, product(second, LAMBDA)), scalar, "{scalar:x}");
        for width in [2, 5, 10] {
            for (half, digits) in halves.0.iter().zip(halves.digits(width)) {
                check_digits(half, &digits, width);
            }
        }
    }

    fn check_digits(half: &Half, digits: &Digits, width: usize) {
        // Positive and negative digits, summed up separately.
        let mut sums = [U256::zero(); 2];
        let mut last = None;
        for (position, digit) in digits.iter().enumerate().filter(|(_, digit)| **digit != 0) {
            assert_eq!(digit & 1, 1);
            assert!(
                digit.unsigned_abs() < 1 << (width - 1),
                "{digit} of {width} bits"
            );
            assert!(last.is_none_or(|last| position >= last + width));
            last = Some(position);
            sums[usize::from(*digit < 0)] += U256::from(digit.unsigned_abs()) << position;
        }
        let [more, less] = if half.is_negative {
            [sums[1], sums[0]]
        } else {
            sums
        };
        assert_eq!(more - less, U256::from(half.magnitude));
    }

    #[test]
    fn digits_of_the_longest_halves() {
        for magnitude in [
            0,
            1,
            u128::MAX,
            u128::MAX - 1,
            1 << 127,
            (1 << 127) - 1,
            u128::MAX / 3,
        ] {
            for is_negative in [false, true] {
                let half = Half {
                    is_negative,
                    magnitude,
                };
                for width in 2..=12 {
                    check_digits(&half, &half.digits(width), width);
                }
            }
        }
    }

    #[test]
    fn halves_of_special_scalars() {
        assert_eq!(product(LAMBDA, product(LAMBDA, LAMBDA)), U256::one());
        for position in 0..256 {
            let power = (U256::one() << position) % ORDER;
            for scalar in [power, ORDER - power, power - 1, product(power, LAMBDA)] {
                check(scalar % ORDER);
            }
        }
        // Where rounding turns over: a multiple of the lattice's vectors, and half way between them.
        for vector in [A1, MINUS_B1, A2] {
            for factor in [U256::one(), U256::from(u128::MAX), U256::MAX / 3] {
                let multiple = product(factor % ORDER, vector);
                for scalar in [
                    multiple,
                    multiple / 2,
                    ORDER - multiple,
                    (ORDER - multiple) / 2 + 1,
                ] {
                    check(scalar % ORDER);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn halves_make_the_scalar(limbs in prop::array::uniform4(any::<u64>())) {
            check(U256(limbs) % ORDER);
        }
    }
}
