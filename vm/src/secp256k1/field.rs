//! Numbers modulo p = 2^256 - 2^32 - 977, over which secp256k1 is defined (SEC 2, section 2.4.1).

use std::ops::{Add, Mul, Neg, Sub};

use crate::curve::{Field, Wide, difference, inverse, multiple, sum};

/// 2^256 modulo p.
const EXCESS: u64 = (1 << 32) + 977;

/// Limbs of p, least significant first.
const PRIME: [u64; 4] = [EXCESS.wrapping_neg(), u64::MAX, u64::MAX, u64::MAX];

/// A number modulo p in four limbs, least significant first. Those from p to 2^256 are not reduced before they have to be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element([u64; 4]);

impl Element {
    const ZERO: Self = Self([0; 4]);

    pub(super) const fn new(limbs: [u64; 4]) -> Self {
        Self(limbs)
    }

    /// The number that is below p.
    pub(super) fn canonical(self) -> [u64; 4] {
        // A number of p or more is so by less than 2^33.
        let [lowest, high @ ..] = self.0;
        match high {
            [u64::MAX, u64::MAX, u64::MAX] if lowest >= PRIME[0] => [lowest - PRIME[0], 0, 0, 0],
            _ => self.0,
        }
    }

    /// Squares so many times.
    fn squares(mut self, times: u32) -> Self {
        for _ in 0..times {
            self = self.square();
        }
        self
    }

    /// One of both square roots, if there are any. As p is 3 modulo 4, it is the power to (p + 1) / 4, an exponent of 223 bits
    /// that are set, one that is not, 22 that are, four that are not, two that are, and two that are not.
    pub(super) fn square_root(self) -> Option<Self> {
        // Powers to as many bits as their names say, all set.
        let power_2 = self.square() * self;
        let power_3 = power_2.square() * self;
        let power_6 = power_3.squares(3) * power_3;
        let power_9 = power_6.squares(3) * power_3;
        let power_11 = power_9.squares(2) * power_2;
        let power_22 = power_11.squares(11) * power_11;
        let power_44 = power_22.squares(22) * power_22;
        let power_88 = power_44.squares(44) * power_44;
        let power_176 = power_88.squares(88) * power_88;
        let power_220 = power_176.squares(44) * power_44;
        let power_223 = power_220.squares(3) * power_3;
        let root = (power_223.squares(23) * power_22).squares(6) * power_2;
        let root = root.squares(2);
        (root.square() - self).is_zero().then_some(root)
    }
}

impl Field for Element {
    const ONE: Self = Self([1, 0, 0, 0]);

    #[inline(always)]
    fn limbs(self) -> [u64; 4] {
        self.0
    }

    #[inline(always)]
    fn reduced([a, b, c, d, high @ ..]: Wide) -> Self {
        let [a, b, c, d, carry] = sum([a, b, c, d], multiple(high, EXCESS));
        let excess = u128::from(carry) * u128::from(EXCESS);
        let (a, carry) = a.overflowing_add(excess as u64);
        let (b, carry) = b.carrying_add((excess >> 64) as u64, carry);
        let (c, carry) = c.overflowing_add(u64::from(carry));
        let (d, carry) = d.overflowing_add(u64::from(carry));
        // If there still is a carry, what is left is less than 2^67.
        let (a, carry) = a.overflowing_add(u64::from(carry) * EXCESS);
        Self([a, b.wrapping_add(u64::from(carry)), c, d])
    }

    #[inline(always)]
    fn difference(product: Wide, other: Wide) -> Self {
        let ([a, b, c, d, high @ ..], [e, f, g, h, other @ ..]) = (product, other);
        let ([a, b, c, d], borrow) = difference([a, b, c, d], [e, f, g, h], false);
        // High limbs are a number times 2^256, and so may be corrected on their own.
        let (high, borrow) = difference(high, other, borrow);
        let [e, f, g, h] = corrected(high, u64::from(borrow)).0;
        Self::reduced([a, b, c, d, e, f, g, h])
    }

    fn is_zero(self) -> bool {
        self.0 == [0; 4] || self.0 == PRIME
    }

    #[inline(always)]
    fn half(self) -> Self {
        // An odd number becomes even by p, which has its lowest limb but for that all bits set.
        let [a, b, c, d] = self.0;
        let mask = (a & 1).wrapping_neg();
        let (a, carry) = a.overflowing_add(PRIME[0] & mask);
        let (b, carry) = b.carrying_add(mask, carry);
        let (c, carry) = c.carrying_add(mask, carry);
        let (d, carry) = d.carrying_add(mask, carry);
        Self([
            a >> 1 | b << 63,
            b >> 1 | c << 63,
            c >> 1 | d << 63,
            d >> 1 | u64::from(carry) << 63,
        ])
    }

    fn inverse(self) -> Self {
        Self(inverse::<4, 5>(&self.canonical(), &PRIME))
    }

    /// Corrects the difference once.
    #[inline(always)]
    fn minus<const COUNT: usize>(self, others: [Self; COUNT]) -> Self {
        let (mut left, mut borrows) = (self.0, 0);
        for Self(other) in others {
            let borrow;
            (left, borrow) = difference(left, other, false);
            borrows += u64::from(borrow);
        }
        corrected(left, borrows)
    }
}

/// What is left after so many borrows from 2^256, of which there are few.
#[inline(always)]
fn corrected([a, b, c, d]: [u64; 4], borrows: u64) -> Element {
    let (a, borrow) = a.overflowing_sub(borrows * EXCESS);
    let (b, borrow) = b.overflowing_sub(u64::from(borrow));
    let (c, borrow) = c.overflowing_sub(u64::from(borrow));
    let (d, borrow) = d.overflowing_sub(u64::from(borrow));
    // If there was one more, the lowest limb now is near to 2^64.
    Element([a.wrapping_sub(u64::from(borrow) * EXCESS), b, c, d])
}

impl Add for Element {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        let (a, carry) = a.overflowing_add(e);
        let (b, carry) = b.carrying_add(f, carry);
        let (c, carry) = c.carrying_add(g, carry);
        let (d, carry) = d.carrying_add(h, carry);
        // What is beyond 2^256 may have to be added twice: then there is nothing but that in the lowest limb.
        let (a, carry) = a.overflowing_add(u64::from(carry) * EXCESS);
        let (b, carry) = b.overflowing_add(u64::from(carry));
        let (c, carry) = c.overflowing_add(u64::from(carry));
        let (d, carry) = d.overflowing_add(u64::from(carry));
        Self([a.wrapping_add(u64::from(carry) * EXCESS), b, c, d])
    }
}

impl Sub for Element {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.minus([other])
    }
}

impl Neg for Element {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        Self::ZERO - self
    }
}

impl Mul for Element {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self::reduced(self.wide_product(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_bigint::BigUint;
    use proptest::prelude::*;

    fn big(limbs: &[u64]) -> BigUint {
        let bytes: Vec<u8> = limbs.iter().flat_map(|limb| limb.to_le_bytes()).collect();
        BigUint::from_bytes_le(&bytes)
    }

    fn prime() -> BigUint {
        big(&PRIME)
    }

    /// Numbers around which carries happen or do not, p and 2^256 among them.
    fn edges() -> Vec<Element> {
        let limbs = [
            0,
            1,
            2,
            EXCESS - 1,
            EXCESS,
            u64::MAX - EXCESS,
            u64::MAX - 1,
            u64::MAX,
        ];
        let mut edges = Vec::new();
        for low in [limbs.as_slice(), &[PRIME[0] - 1, PRIME[0], PRIME[0] + 1]].concat() {
            for high in [
                [0; 3],
                [1, 0, 0],
                [0, 0, 1 << 63],
                [u64::MAX; 3],
                [u64::MAX, u64::MAX, u64::MAX - 1],
            ] {
                edges.push(Element([low, high[0], high[1], high[2]]));
            }
        }
        edges
    }

    fn check(a: Element, b: Element, c: Element, d: Element) {
        let p = prime();
        let [x, y, z, w] = [a, b, c, d].map(|element| big(&element.0));
        let all = &p * 8u8;
        let is = |element: Element, number: BigUint| {
            assert_eq!(
                big(&element.canonical()),
                number % &p,
                "{a:?} {b:?} {c:?} {d:?}"
            );
        };
        is(a, x.clone());
        is(a + b, &x + &y);
        is(a - b, &x + &all - &y);
        is(-a, &all - &x);
        is(a * b, &x * &y);
        is(a.square(), &x * &x);
        is(a.half() + a.half(), x.clone());
        is(a.minus([b, c, c]), &x + &all - &y - &z - &z);
        let difference = Element::difference(a.wide_product(b), c.wide_product(d));
        is(difference, (&x * &y + &all * &all) - &z * &w);
        let difference = Element::difference(a.wide_square(), b.wide_square());
        is(difference, (&x * &x + &all * &all) - &y * &y);
        assert_eq!(a.is_zero(), x % &p == BigUint::ZERO);
    }

    fn check_powers(a: Element) {
        let p = prime();
        let is_zero = a.is_zero();
        let one = big(&(a * a.inverse()).canonical());
        assert_eq!(one, BigUint::from(u8::from(!is_zero)), "{a:?}");
        let euler = big(&a.0).modpow(&((&p - 1u8) / 2u8), &p);
        let root = a.square_root();
        assert_eq!(
            root.is_some(),
            is_zero || euler == BigUint::from(1u8),
            "{a:?}"
        );
        if let Some(root) = root {
            assert!((root.square() - a).is_zero());
        }
        assert_eq!(
            a.square()
                .square_root()
                .map(|root| (root.square() - a.square()).is_zero()),
            Some(true)
        );
    }

    #[test]
    fn around_carries() {
        let edges = edges();
        for (position, a) in edges.iter().enumerate() {
            check_powers(*a);
            for b in &edges {
                let [c, d] = [3, 7].map(|step| edges[(position * step + 1) % edges.len()]);
                check(*a, *b, c, d);
                check(c, d, *a, *b);
            }
        }
    }

    fn element() -> impl Strategy<Value = Element> {
        let limb = prop_oneof![2 => Just(0), 3 => Just(u64::MAX), 1 => Just(1), 1 => Just(PRIME[0]), 3 => any::<u64>()];
        prop::array::uniform4(limb).prop_map(Element)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5_000))]

        #[test]
        fn arithmetic_is_that_of_wide_integers(a in element(), b in element(), c in element(), d in element()) {
            check(a, b, c, d);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn inverses_and_roots(a in element()) {
            check_powers(a);
        }
    }
}
