//! Numbers modulo any prime of up to 256 bits, after Montgomery ("Modular multiplication without trial division", 1985).

use std::fmt::Debug;
use std::marker::PhantomData;
use std::ops::{Add, Mul, Neg, Sub};

use super::limbs::{Wide, difference, inverse_of_limb, multiple};
use super::{Field, inverse};

/// A prime of more than 192 bits.
pub(crate) trait Prime: Copy + Debug + Eq {
    const LIMBS: [u64; 4];

    /// A number plus the multiple of the prime that makes its lowest limb zero, without that limb.
    #[inline(always)]
    fn without_lowest([a, b, c, d]: [u64; 4]) -> [u64; 4] {
        let factor = const { inverse_of_limb(Self::LIMBS[0]).wrapping_neg() };
        let [m0, m1, m2, m3, m4] = multiple(Self::LIMBS, a.wrapping_mul(factor));
        let (_, carry) = a.overflowing_add(m0);
        let (b, carry) = b.carrying_add(m1, carry);
        let (c, carry) = c.carrying_add(m2, carry);
        let (d, carry) = d.carrying_add(m3, carry);
        // The highest limb of a multiple is less than the factor, so that it can take a carry.
        [b, c, d, m4.wrapping_add(u64::from(carry))]
    }
}

/// A power of two modulo a prime of more than 192 bits.
const fn power_of_two(exponent: usize, prime: [u64; 4]) -> [u64; 4] {
    let mut power = [1u64, 0, 0, 0];
    let mut bit = 0;
    while bit < exponent {
        let is_over = power[3] >> 63 == 1;
        let mut less = [0; 4];
        let (mut above, mut borrow) = (0, false);
        let mut limb = 0;
        while limb < 4 {
            (power[limb], above) = (power[limb] << 1 | above, power[limb] >> 63);
            let (difference, is_less) = power[limb].overflowing_sub(prime[limb]);
            let is_borrowed = borrow && difference == 0;
            less[limb] = difference.wrapping_sub(borrow as u64);
            borrow = is_less || is_borrowed;
            limb += 1;
        }
        if is_over || !borrow {
            power = less;
        }
        bit += 1;
    }
    power
}

/// A number times 2^256, modulo the prime and below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Montgomery<P>([u64; 4], PhantomData<P>);

impl<P: Prime> Montgomery<P> {
    pub(crate) const ZERO: Self = Self([0; 4], PhantomData);

    /// 2^512.
    const SQUARE: Self = Self::raw(power_of_two(512, P::LIMBS));

    const fn raw(limbs: [u64; 4]) -> Self {
        Self(limbs, PhantomData)
    }

    /// `None` of a number that is not below the prime.
    pub(crate) fn new(number: [u64; 4]) -> Option<Self> {
        let (_, is_below) = difference(number, P::LIMBS, false);
        is_below.then(|| Self::of(number))
    }

    /// Of any number, modulo the prime.
    pub(crate) fn of(number: [u64; 4]) -> Self {
        Self::raw(number) * Self::SQUARE
    }

    /// The number itself.
    pub(crate) fn number(self) -> [u64; 4] {
        let [a, b, c, d] = self.0;
        Self::reduced([a, b, c, d, 0, 0, 0, 0]).0
    }
}

impl<P: Prime> Field for Montgomery<P> {
    const ONE: Self = Self::raw(power_of_two(256, P::LIMBS));

    #[inline(always)]
    fn limbs(self) -> [u64; 4] {
        self.0
    }

    /// Divides by 2^256 what is less than that times the prime: limb by limb, a multiple of the prime makes the lowest one
    /// zero.
    #[inline(always)]
    fn reduced([a, b, c, d, high @ ..]: Wide) -> Self {
        let (mut low, mut top) = ([a, b, c, d], false);
        for limb in high {
            low = P::without_lowest(low);
            (low[3], top) = low[3].carrying_add(limb, top);
        }
        let (less, is_below) = difference(low, P::LIMBS, false);
        Self::raw(if top || !is_below { less } else { low })
    }

    #[inline(always)]
    fn difference(product: Wide, other: Wide) -> Self {
        let ([a, b, c, d, high @ ..], [e, f, g, h, other @ ..]) = (product, other);
        let ([a, b, c, d], borrow) = difference([a, b, c, d], [e, f, g, h], false);
        // High limbs are a number below the prime times 2^256.
        let [e, f, g, h] = corrected::<P>(difference(high, other, borrow));
        Self::reduced([a, b, c, d, e, f, g, h])
    }

    fn is_zero(self) -> bool {
        self.0 == [0; 4]
    }

    #[inline(always)]
    fn half(self) -> Self {
        let [a, b, c, d] = self.0;
        let mask = (a & 1).wrapping_neg();
        let [e, f, g, h] = P::LIMBS.map(|limb| limb & mask);
        let (a, carry) = a.overflowing_add(e);
        let (b, carry) = b.carrying_add(f, carry);
        let (c, carry) = c.carrying_add(g, carry);
        let (d, carry) = d.carrying_add(h, carry);
        Self::raw([
            a >> 1 | b << 63,
            b >> 1 | c << 63,
            c >> 1 | d << 63,
            d >> 1 | u64::from(carry) << 63,
        ])
    }

    fn inverse(self) -> Self {
        // Divided by 2^256, which is what is multiplied by twice.
        let inverse = Self::raw(inverse::<4, 5>(&self.0, &P::LIMBS));
        inverse * Self::SQUARE * Self::SQUARE
    }
}

impl<P: Prime> Add for Montgomery<P> {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        let (a, carry) = a.overflowing_add(e);
        let (b, carry) = b.carrying_add(f, carry);
        let (c, carry) = c.carrying_add(g, carry);
        let (d, carry) = d.carrying_add(h, carry);
        let (less, is_below) = difference([a, b, c, d], P::LIMBS, false);
        Self::raw(if carry || !is_below {
            less
        } else {
            [a, b, c, d]
        })
    }
}

impl<P: Prime> Sub for Montgomery<P> {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self::raw(corrected::<P>(difference(self.0, other.0, false)))
    }
}

/// Adds the prime to what is below zero.
#[inline(always)]
fn corrected<P: Prime>(([a, b, c, d], is_negative): ([u64; 4], bool)) -> [u64; 4] {
    let mask = u64::from(is_negative).wrapping_neg();
    let [e, f, g, h] = P::LIMBS.map(|limb| limb & mask);
    let (a, carry) = a.overflowing_add(e);
    let (b, carry) = b.carrying_add(f, carry);
    let (c, carry) = c.carrying_add(g, carry);
    let (d, _) = d.carrying_add(h, carry);
    [a, b, c, d]
}

impl<P: Prime> Neg for Montgomery<P> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        Self::ZERO - self
    }
}

impl<P: Prime> Mul for Montgomery<P> {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self::reduced(self.wide_product(other))
    }
}
