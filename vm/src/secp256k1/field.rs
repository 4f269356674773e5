//! Numbers modulo p = 2^256 - 2^32 - 977, over which secp256k1 is defined (SEC 2, section 2.4.1).

use std::ops::{Add, Mul, Neg, Sub};

use crate::precompiles::inverse_of_words;

/// 2^256 modulo p.
const EXCESS: u64 = (1 << 32) + 977;

/// Limbs of p, least significant first.
const PRIME: [u64; 4] = [EXCESS.wrapping_neg(), u64::MAX, u64::MAX, u64::MAX];

/// A number modulo p in four limbs, least significant first. Those from p to 2^256 are not reduced before they have to be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element([u64; 4]);

impl Element {
    pub(super) const ZERO: Self = Self([0; 4]);
    pub(super) const ONE: Self = Self([1, 0, 0, 0]);

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

    pub(super) fn is_zero(self) -> bool {
        self.0 == [0; 4] || self.0 == PRIME
    }

    #[inline(always)]
    pub(super) fn square(self) -> Self {
        self.wide_square().reduced()
    }

    #[inline(always)]
    pub(super) fn wide_square(self) -> Wide {
        let [a, b, c, d] = self.0;
        // Products of different limbs first, for they come twice.
        let product = |a: u64, b: u64| multiply_add(a, b, 0, 0);
        let (ab, ac, ad) = (product(a, b), product(a, c), product(a, d));
        let (bc, bd, cd) = (product(b, c), product(b, d), product(c, d));
        let (p2, carry) = ac.0.overflowing_add(ab.1);
        let (p3, carry) = ad.0.carrying_add(ac.1, carry);
        let p4 = ad.1.wrapping_add(u64::from(carry));
        let (above_4, carry) = bd.0.overflowing_add(bc.1);
        let (p5, carry) = cd.0.carrying_add(bd.1, carry);
        let p6 = cd.1.wrapping_add(u64::from(carry));
        let (p3, carry) = p3.overflowing_add(bc.0);
        let (p4, carry) = p4.carrying_add(above_4, carry);
        let (p5, carry) = p5.overflowing_add(u64::from(carry));
        let p6 = p6.wrapping_add(u64::from(carry));
        let (p1, carry) = ab.0.overflowing_add(ab.0);
        let (p2, carry) = p2.carrying_add(p2, carry);
        let (p3, carry) = p3.carrying_add(p3, carry);
        let (p4, carry) = p4.carrying_add(p4, carry);
        let (p5, carry) = p5.carrying_add(p5, carry);
        let (p6, carry) = p6.carrying_add(p6, carry);
        let twice = [p1, p2, p3, p4, p5, p6, u64::from(carry)];
        let [aa, bb, cc, dd] = [a, b, c, d].map(|limb| multiply_add(limb, limb, 0, 0));
        let (p1, carry) = twice[0].overflowing_add(aa.1);
        let (p2, carry) = twice[1].carrying_add(bb.0, carry);
        let (p3, carry) = twice[2].carrying_add(bb.1, carry);
        let (p4, carry) = twice[3].carrying_add(cc.0, carry);
        let (p5, carry) = twice[4].carrying_add(cc.1, carry);
        let (p6, carry) = twice[5].carrying_add(dd.0, carry);
        let (p7, _) = twice[6].carrying_add(dd.1, carry);
        Wide([aa.0, p1, p2, p3, p4, p5, p6, p7])
    }

    #[inline(always)]
    pub(super) fn wide_product(self, other: Self) -> Wide {
        let [b0, b1, b2, b3] = other.0;
        let [p0, high @ ..] = multiple(self.0, b0);
        let [p1, high @ ..] = sum(high, multiple(self.0, b1));
        let [p2, high @ ..] = sum(high, multiple(self.0, b2));
        let [p3, p4, p5, p6, p7] = sum(high, multiple(self.0, b3));
        Wide([p0, p1, p2, p3, p4, p5, p6, p7])
    }

    /// Squares so many times.
    fn squares(mut self, times: u32) -> Self {
        for _ in 0..times {
            self = self.square();
        }
        self
    }

    /// Takes several numbers away, and corrects the difference once.
    #[inline(always)]
    pub(super) fn minus<const COUNT: usize>(self, others: [Self; COUNT]) -> Self {
        let ([mut a, mut b, mut c, mut d], mut borrows) = (self.0, 0);
        for Self([e, f, g, h]) in others {
            let mut borrow;
            (a, borrow) = a.overflowing_sub(e);
            (b, borrow) = b.borrowing_sub(f, borrow);
            (c, borrow) = c.borrowing_sub(g, borrow);
            (d, borrow) = d.borrowing_sub(h, borrow);
            borrows += u64::from(borrow);
        }
        corrected([a, b, c, d], borrows)
    }

    #[inline(always)]
    pub(super) fn half(self) -> Self {
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

    /// The inverse; zero of zero.
    pub(super) fn inverse(self) -> Self {
        Self(inverse_of_words::<4, 5>(&self.canonical(), &PRIME))
    }

    /// One of both square roots, if there are any: the power to (p + 1) / 4, which is 3 modulo 4. That exponent is 223 bits
    /// that are set, one that is not, 22 that are, 0000 11 00.
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
        difference(self.0, other.0, false)
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
        self.wide_product(other).reduced()
    }
}

/// The difference, and one less if there is a borrow.
#[inline(always)]
fn difference([a, b, c, d]: [u64; 4], [e, f, g, h]: [u64; 4], borrow: bool) -> Element {
    let (a, borrow) = a.borrowing_sub(e, borrow);
    let (b, borrow) = b.borrowing_sub(f, borrow);
    let (c, borrow) = c.borrowing_sub(g, borrow);
    let (d, borrow) = d.borrowing_sub(h, borrow);
    corrected([a, b, c, d], u64::from(borrow))
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

/// A product that is not reduced.
#[derive(Clone, Copy)]
pub(super) struct Wide([u64; 8]);

impl Wide {
    #[inline(always)]
    pub(super) fn reduced(self) -> Element {
        let [a, b, c, d, high @ ..] = self.0;
        let [a, b, c, d, carry] = sum([a, b, c, d], multiple(high, EXCESS));
        let (a, carry) = multiply_add(carry, EXCESS, a, 0);
        let (b, carry) = b.overflowing_add(carry);
        let (c, carry) = c.overflowing_add(u64::from(carry));
        let (d, carry) = d.overflowing_add(u64::from(carry));
        // If there still is a carry, what is left is less than 2^67.
        let (a, carry) = a.overflowing_add(u64::from(carry) * EXCESS);
        Element([a, b.wrapping_add(u64::from(carry)), c, d])
    }
}

impl Sub for Wide {
    type Output = Self;

    /// The difference of products, of which one is spared its reduction.
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        let ([a, b, c, d, high @ ..], [e, f, g, h, other @ ..]) = (self.0, other.0);
        let (a, borrow) = a.overflowing_sub(e);
        let (b, borrow) = b.borrowing_sub(f, borrow);
        let (c, borrow) = c.borrowing_sub(g, borrow);
        let (d, borrow) = d.borrowing_sub(h, borrow);
        // High limbs are a number times 2^256, and so may be reduced on their own.
        let [e, f, g, h] = difference(high, other, borrow).0;
        Self([a, b, c, d, e, f, g, h])
    }
}

/// A number times a limb. What is added to one limb after the other is one chain of carries.
#[inline(always)]
fn multiple(number: [u64; 4], factor: u64) -> [u64; 5] {
    let [a, b, c, d] = number.map(|limb| multiply_add(limb, factor, 0, 0));
    let (p1, carry) = b.0.overflowing_add(a.1);
    let (p2, carry) = c.0.carrying_add(b.1, carry);
    let (p3, carry) = d.0.carrying_add(c.1, carry);
    [a.0, p1, p2, p3, d.1.wrapping_add(u64::from(carry))]
}

/// A sum that fits.
#[inline(always)]
fn sum([a, b, c, d]: [u64; 4], [e, f, g, h, top]: [u64; 5]) -> [u64; 5] {
    let (a, carry) = a.overflowing_add(e);
    let (b, carry) = b.carrying_add(f, carry);
    let (c, carry) = c.carrying_add(g, carry);
    let (d, carry) = d.carrying_add(h, carry);
    [a, b, c, d, top.wrapping_add(u64::from(carry))]
}

/// `a * b + c + d` as its low and its high limb.
#[inline(always)]
fn multiply_add(a: u64, b: u64, c: u64, d: u64) -> (u64, u64) {
    let sum = u128::from(a) * u128::from(b) + u128::from(c) + u128::from(d);
    (sum as u64, (sum >> 64) as u64)
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
        let difference = a.wide_product(b) - c.wide_product(d);
        is(difference.reduced(), (&x * &y + &all * &all) - &z * &w);
        let difference = a.wide_square() - b.wide_square();
        is(difference.reduced(), (&x * &x + &all * &all) - &y * &y);
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
