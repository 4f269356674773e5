//! Multiplication modulo an odd number, after Montgomery ("Modular multiplication without trial division", 1985), and modulo
//! a power of two.
//!
//! Elements have as many limbs as the modulus. Modulo an odd number they are kept times `2^(64 * limbs)`:
//! [`Arithmetic::enter`] and [`Arithmetic::leave`] convert.

pub(super) use crate::curve::inverse_of_limb;

use super::limbs::{add_multiple, add_two_multiples, less, multiply_add, subtract};
use super::product;
use super::reduction::{Reduction, inverse};

/// The most limbs that are multiplied by loops of constant length, modulo a power of two; `short` has those of odd numbers.
const SHORT: usize = 4;
/// The fewest limbs that are reduced in one step.
const LONG: usize = 44;
/// Long moduli get zeros up to a multiple of so many limbs, so that they can be halved twice.
const PARTS: usize = 4;

/// Where powers are computed.
pub(super) trait Arithmetic {
    /// A number as it is kept.
    type Element: Clone;
    /// What spares allocations.
    type Scratch: Default;

    /// A number of any length as it is kept.
    fn enter(&self, number: &[u64]) -> Self::Element;

    /// The number that is kept.
    fn leave(&self, number: Self::Element) -> Vec<u64>;

    /// Multiplies in place.
    fn multiply(&self, a: &mut Self::Element, b: &Self::Element, scratch: &mut Self::Scratch);

    /// Squares in place.
    fn square(&self, a: &mut Self::Element, scratch: &mut Self::Scratch);

    fn product(&self, a: &Self::Element, b: &Self::Element) -> Self::Element {
        let mut product = a.clone();
        self.multiply(&mut product, b, &mut Self::Scratch::default());
        product
    }
}

/// What is computed modulo.
pub(super) enum Ring {
    /// An odd number above 1.
    Odd(Montgomery),
    /// A power of two above 1, of which these are the exponents.
    PowerOfTwo(usize),
}

/// An odd modulus with what multiplication needs to know of it.
pub(super) struct Montgomery {
    modulus: Vec<u64>,
    /// The negated inverse of the modulus, modulo 2^64.
    inverse: u64,
    /// How a modulus of many limbs is reduced by.
    reduction: Option<Reduction>,
}

impl Ring {
    /// Modulo a number without zero limbs at its end.
    pub(super) fn modulo_odd(modulus: Vec<u64>) -> Self {
        Self::Odd(Montgomery::new(modulus))
    }

    pub(super) fn modulo_power_of_two(bits: usize) -> Self {
        Self::PowerOfTwo(bits)
    }

    /// Bits of the modulus, without the one that a power of two has above its zeros.
    pub(super) fn bits(&self) -> usize {
        match self {
            Self::Odd(odd) => odd.modulus.len() * 64,
            Self::PowerOfTwo(bits) => *bits,
        }
    }

    pub(super) fn limbs(&self) -> usize {
        self.bits().div_ceil(64)
    }

    /// The low limbs of a number of any length, for powers of two.
    pub(super) fn reduced(&self, number: &[u64]) -> Vec<u64> {
        let mut reduced = vec![0; self.limbs()];
        for (to, from) in reduced.iter_mut().zip(number) {
            *to = *from;
        }
        self.cut(&mut reduced);
        reduced
    }

    /// Clears what is above a power of two.
    fn cut(&self, number: &mut [u64]) {
        if let (Self::PowerOfTwo(bits), Some(last)) = (self, number.last_mut())
            && bits % 64 != 0
        {
            *last &= (1 << (bits % 64)) - 1;
        }
    }

    /// The inverse of an odd number modulo a power of two.
    pub(super) fn inverse(&self, number: &<Self as Arithmetic>::Element) -> Vec<u64> {
        let first = number.first().map_or(0, |limb| inverse_of_limb(*limb));
        let mut inverse = inverse(number, first);
        self.cut(&mut inverse);
        inverse
    }
}

impl Arithmetic for Ring {
    type Element = Vec<u64>;
    type Scratch = Vec<u64>;

    fn enter(&self, number: &[u64]) -> Vec<u64> {
        match self {
            Self::Odd(odd) => {
                let mut kept = vec![0; odd.modulus.len()];
                kept.extend_from_slice(number);
                let limbs = odd.modulus.iter().rposition(|limb| *limb != 0);
                let mut kept = remainder(kept, &odd.modulus[..limbs.map_or(0, |last| last + 1)]);
                kept.resize(odd.modulus.len(), 0);
                kept
            }
            Self::PowerOfTwo(_) => self.reduced(number),
        }
    }

    fn leave(&self, mut number: Vec<u64>) -> Vec<u64> {
        if let Self::Odd(odd) = self {
            let mut scratch = number.clone();
            scratch.resize(odd.scratch(), 0);
            odd.reduce(&mut scratch, &mut number);
        }
        number
    }

    fn multiply(&self, a: &mut Vec<u64>, b: &Vec<u64>, scratch: &mut Vec<u64>) {
        match self {
            Self::Odd(odd) => {
                scratch.resize(odd.scratch(), 0);
                let (product, rest) = scratch.split_at_mut(2 * a.len());
                product::multiply(a, b, product, rest);
                odd.reduce(scratch, a);
            }
            Self::PowerOfTwo(_) if a.len() <= SHORT => {
                multiply_low_short(a, b);
                self.cut(a);
            }
            Self::PowerOfTwo(_) => {
                scratch.resize(a.len() + product::scratch(a.len()), 0);
                let (product, rest) = scratch.split_at_mut(a.len());
                product::multiply_low(a, b, product, rest);
                a.copy_from_slice(product);
                self.cut(a);
            }
        }
    }

    fn square(&self, a: &mut Vec<u64>, scratch: &mut Vec<u64>) {
        match self {
            Self::Odd(odd) => {
                scratch.resize(odd.scratch(), 0);
                let (product, rest) = scratch.split_at_mut(2 * a.len());
                product::square(a, product, rest);
                odd.reduce(scratch, a);
            }
            Self::PowerOfTwo(_) if a.len() <= SHORT => {
                let mut b = [0; SHORT];
                b[..a.len()].copy_from_slice(a);
                multiply_low_short(a, &b);
                self.cut(a);
            }
            Self::PowerOfTwo(_) => {
                scratch.resize(a.len() + product::scratch(a.len()), 0);
                let (product, rest) = scratch.split_at_mut(a.len());
                product::square_low(a, product, rest);
                a.copy_from_slice(product);
                self.cut(a);
            }
        }
    }
}

impl Montgomery {
    fn new(mut modulus: Vec<u64>) -> Self {
        let inverse = modulus.first().map_or(0, |limb| inverse_of_limb(*limb));
        let reduction = (modulus.len() >= LONG).then(|| {
            modulus.resize(modulus.len().next_multiple_of(PARTS), 0);
            Reduction::new(&modulus, inverse)
        });
        Self {
            modulus,
            inverse: inverse.wrapping_neg(),
            reduction,
        }
    }

    /// Limbs of a product and of what it takes to compute and to reduce it.
    fn scratch(&self) -> usize {
        2 * self.modulus.len() + Reduction::scratch(self.modulus.len())
    }

    /// Divides a product by 2^(64 * limbs), modulo the modulus: it is less than the modulus times that, takes the first
    /// limbs of scratch, twice as many as the modulus has, and is lost.
    fn reduce(&self, scratch: &mut [u64], result: &mut [u64]) {
        let limbs = self.modulus.len();
        let (product, rest) = scratch.split_at_mut(2 * limbs);
        if let Some(reduction) = &self.reduction {
            return reduction.reduce(&self.modulus, product, result, rest);
        }
        let mut position = 0;
        while let [m0, m1, above @ ..] = &self.modulus[..]
            && position + 1 < limbs
        {
            // Both factors first: the second depends on what the first adds to its limb.
            let [p0, p1, rest @ ..] = &mut product[position..] else {
                break;
            };
            let first = p0.wrapping_mul(self.inverse);
            let (_, carry) = multiply_add(first, *m0, *p0, 0);
            let (low, carry) = multiply_add(first, *m1, *p1, carry);
            let second = low.wrapping_mul(self.inverse);
            let (_, carry_of_second) = multiply_add(second, *m0, low, 0);
            [*p0, *p1] =
                add_two_multiples(rest, above, *m1, [first, second], [carry, carry_of_second]);
            position += 2;
        }
        if position < limbs {
            let factor = product[position].wrapping_mul(self.inverse);
            let carry = add_multiple(
                &mut product[position..position + limbs],
                &self.modulus,
                factor,
            );
            product[position] = carry;
        }
        let (carries, high) = product.split_at(limbs);
        let mut carry = false;
        for ((to, high), low) in result.iter_mut().zip(high).zip(carries) {
            (*to, carry) = high.carrying_add(*low, carry);
        }
        if carry || !less(result, &self.modulus) {
            subtract(result, &self.modulus);
        }
    }
}

/// The low limbs of a product of numbers of one to four limbs, by loops of constant length.
fn multiply_low_short(a: &mut [u64], b: &[u64]) {
    match a.len() {
        1 => multiply_low_array::<1>(a, b),
        2 => multiply_low_array::<2>(a, b),
        3 => multiply_low_array::<3>(a, b),
        _ => multiply_low_array::<SHORT>(a, b),
    }
}

#[inline(always)]
fn multiply_low_array<const LIMBS: usize>(a: &mut [u64], b: &[u64]) {
    let array = |limbs: &[u64]| limbs.first_chunk::<LIMBS>().copied().unwrap_or([0; LIMBS]);
    let (x, y) = (array(a), array(b));
    let mut sum = [0; LIMBS];
    for position in 0..LIMBS {
        let mut carry = 0;
        for limb in 0..LIMBS - position {
            (sum[position + limb], carry) =
                multiply_add(y[position], x[limb], sum[position + limb], carry);
        }
    }
    a.copy_from_slice(&sum);
}

/// The remainder by a modulus without zero limbs at its end: Knuth's algorithm D (The Art of Computer Programming, volume
/// 2, 4.3.1).
pub(super) fn remainder(mut number: Vec<u64>, modulus: &[u64]) -> Vec<u64> {
    let limbs = modulus.len();
    let shift = modulus.last().map_or(0, |limb| limb.leading_zeros());
    let mut divisor = modulus.to_vec();
    shift_left(&mut divisor, shift);
    number.push(0);
    shift_left(&mut number, shift);
    let (d1, d0) = (
        divisor[limbs - 1],
        if limbs > 1 { divisor[limbs - 2] } else { 0 },
    );
    for position in (0..number.len().saturating_sub(limbs)).rev() {
        let part = &mut number[position..=position + limbs];
        let (u2, u1) = (part[limbs], part[limbs - 1]);
        let u0 = if limbs > 1 { part[limbs - 2] } else { 0 };
        // What is left is less than the divisor, so that `u2` is at most `d1`. The estimate is at most two too large, and one
        // once it has been compared with the next limb.
        let pair = u128::from(u2) << 64 | u128::from(u1);
        let mut factor = if u2 < d1 {
            (pair / u128::from(d1)) as u64
        } else {
            u64::MAX
        };
        let mut left = pair.wrapping_sub(u128::from(factor) * u128::from(d1));
        while left >> 64 == 0 && u128::from(factor) * u128::from(d0) > left << 64 | u128::from(u0) {
            factor -= 1;
            left += u128::from(d1);
        }
        let borrow = subtract_multiple(&mut part[..limbs], &divisor, factor);
        if borrow > u2 {
            let mut carry = false;
            for (to, limb) in part.iter_mut().zip(&divisor) {
                (*to, carry) = to.carrying_add(*limb, carry);
            }
        }
        part[limbs] = 0;
    }
    number.resize(limbs, 0);
    let mut above = 0;
    for limb in number.iter_mut().rev() {
        let pair = u128::from(above) << 64 | u128::from(*limb);
        above = *limb;
        *limb = (pair >> shift) as u64;
    }
    number
}

/// Shifts in place by fewer than 64 bits; there is room for what the highest limb loses.
pub(super) fn shift_left(limbs: &mut [u64], shift: u32) {
    let mut below = 0;
    for limb in limbs {
        let pair = u128::from(*limb) << 64 | u128::from(below);
        below = *limb;
        *limb = (pair << shift >> 64) as u64;
    }
}

/// Takes `factor` times `limbs` away from as many; returns what has to be taken from the limb above.
fn subtract_multiple(from: &mut [u64], limbs: &[u64], factor: u64) -> u64 {
    let mut carry = 0;
    for (to, limb) in from.iter_mut().zip(limbs) {
        let product = u128::from(factor) * u128::from(*limb) + u128::from(carry);
        let (difference, borrow) = to.overflowing_sub(product as u64);
        *to = difference;
        carry = (product >> 64) as u64 + u64::from(borrow);
    }
    carry
}
