//! Digits of scalars, and halves of them.

use primitive_types::U256;

/// Signed digits to the base 2, least significant first: zero, or odd and followed by zeros. One more than there are bits.
pub(crate) type Digits<const COUNT: usize> = [i16; COUNT];

/// The digits of a number ("windowed non-adjacent form": Guide to Elliptic Curve Cryptography, algorithm 3.35), of at most 10
/// bits and a sign.
pub(crate) fn digits<const COUNT: usize>(limbs: &[u64], width: usize) -> Digits<COUNT> {
    let mut digits = [0; COUNT];
    let limb = |position: usize| limbs.get(position).copied().unwrap_or(0);
    let (mut position, mut carry) = (0, 0);
    while position < 64 * limbs.len() {
        let (index, shift) = (position / 64, position % 64);
        // Zeros, or ones that a carry makes zeros, are skipped.
        let rest = limb(index) >> shift;
        let skipped = if carry == 0 {
            rest.trailing_zeros() as usize
        } else {
            rest.trailing_ones() as usize
        };
        if skipped > 0 {
            position = (position + skipped).min(64 * index + 64);
            continue;
        }
        let pair = u128::from(limb(index + 1)) << 64 | u128::from(limb(index));
        let digit = ((pair >> shift) as u64 & ((1 << width) - 1)) as i16 + carry;
        carry = digit >> (width - 1);
        if let Some(to) = digits.get_mut(position) {
            *to = digit - (carry << width);
        }
        position += width;
    }
    if let Some(to) = digits.get_mut(64 * limbs.len()) {
        *to += carry;
    }
    digits
}

/// What halves scalars: a group's order has short a and b with `a + b * root = 0`, where root is a cube root of one modulo the
/// order that multiplies points by a multiplication of x. Both pairs are by the extended Euclidean algorithm, `b1` is below
/// zero, and `a1 * b2 - a2 * b1` is the order. Guide to Elliptic Curve Cryptography (Hankerson, Menezes, Vanstone), algorithm
/// 3.74.
pub(crate) struct Lattice {
    pub(crate) a1: U256,
    pub(crate) minus_b1: U256,
    pub(crate) a2: U256,
    pub(crate) b2: U256,
    /// `b2` and `-b1` times 2^320 divided by the order, rounded.
    pub(crate) b2_by_order: U256,
    pub(crate) minus_b1_by_order: U256,
}

/// A signed number of 128 bits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Half {
    pub(crate) is_negative: bool,
    pub(crate) magnitude: [u64; 2],
}

impl Lattice {
    /// Both halves of a scalar below the order: it is `first + second * root`.
    pub(crate) fn halves(&self, scalar: U256) -> [Half; 2] {
        let rounded = |factor: U256| {
            let [.., below, low, high, _] = scalar.full_mul(factor).0;
            U256::from((u128::from(high) << 64 | u128::from(low)) + u128::from(below >> 63))
        };
        let (c1, c2) = (rounded(self.b2_by_order), rounded(self.minus_b1_by_order));
        // Halves have no more than 128 bits, so that it does not matter what is lost above 256.
        let product = |a: U256, b: U256| a.overflowing_mul(b).0;
        let difference = |a: U256, b: U256| a.overflowing_sub(b).0;
        let first = difference(
            difference(scalar, product(c1, self.a1)),
            product(c2, self.a2),
        );
        let second = difference(product(c1, self.minus_b1), product(c2, self.b2));
        [first, second].map(Half::new)
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
        let [low, high, ..] = magnitude.0;
        Self {
            is_negative,
            magnitude: [low, high],
        }
    }

    pub(crate) fn digits(&self, width: usize) -> Digits<129> {
        let mut digits = digits(&self.magnitude, width);
        if self.is_negative {
            for digit in &mut digits {
                *digit = -*digit;
            }
        }
        digits
    }
}
