//! Arithmetic on four limbs, least significant first.
//!
//! What is added to one limb after the other stands in one chain of carries each, which is half of the additions that it takes
//! if each product of limbs is added on its own.

/// The limbs of a product.
pub(crate) type Wide = [u64; 8];

#[inline(always)]
pub(crate) fn product(a: [u64; 4], [b0, b1, b2, b3]: [u64; 4]) -> Wide {
    let [p0, high @ ..] = multiple(a, b0);
    let [p1, high @ ..] = sum(high, multiple(a, b1));
    let [p2, high @ ..] = sum(high, multiple(a, b2));
    let [p3, p4, p5, p6, p7] = sum(high, multiple(a, b3));
    [p0, p1, p2, p3, p4, p5, p6, p7]
}

#[inline(always)]
pub(crate) fn square([a, b, c, d]: [u64; 4]) -> Wide {
    // Products of different limbs first, for they come twice.
    let (ab, ac, ad) = (wide(a, b), wide(a, c), wide(a, d));
    let (bc, bd, cd) = (wide(b, c), wide(b, d), wide(c, d));
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
    let p7 = u64::from(carry);

    let [aa, bb, cc, dd] = [a, b, c, d].map(|limb| wide(limb, limb));
    let (p1, carry) = p1.overflowing_add(aa.1);
    let (p2, carry) = p2.carrying_add(bb.0, carry);
    let (p3, carry) = p3.carrying_add(bb.1, carry);
    let (p4, carry) = p4.carrying_add(cc.0, carry);
    let (p5, carry) = p5.carrying_add(cc.1, carry);
    let (p6, carry) = p6.carrying_add(dd.0, carry);
    let (p7, _) = p7.carrying_add(dd.1, carry);
    [aa.0, p1, p2, p3, p4, p5, p6, p7]
}

/// A number times a limb.
#[inline(always)]
pub(crate) fn multiple(number: [u64; 4], factor: u64) -> [u64; 5] {
    let [a, b, c, d] = number.map(|limb| wide(limb, factor));
    let (p1, carry) = b.0.overflowing_add(a.1);
    let (p2, carry) = c.0.carrying_add(b.1, carry);
    let (p3, carry) = d.0.carrying_add(c.1, carry);
    [a.0, p1, p2, p3, d.1.wrapping_add(u64::from(carry))]
}

/// A sum that fits.
#[inline(always)]
pub(crate) fn sum([a, b, c, d]: [u64; 4], [e, f, g, h, top]: [u64; 5]) -> [u64; 5] {
    let (a, carry) = a.overflowing_add(e);
    let (b, carry) = b.carrying_add(f, carry);
    let (c, carry) = c.carrying_add(g, carry);
    let (d, carry) = d.carrying_add(h, carry);
    [a, b, c, d, top.wrapping_add(u64::from(carry))]
}

/// A difference, less one if there is a borrow, modulo 2^256; whether it is below zero.
#[inline(always)]
pub(crate) fn difference(
    [a, b, c, d]: [u64; 4],
    [e, f, g, h]: [u64; 4],
    borrow: bool,
) -> ([u64; 4], bool) {
    let (a, borrow) = a.borrowing_sub(e, borrow);
    let (b, borrow) = b.borrowing_sub(f, borrow);
    let (c, borrow) = c.borrowing_sub(g, borrow);
    let (d, borrow) = d.borrowing_sub(h, borrow);
    ([a, b, c, d], borrow)
}

/// A product of limbs as its low and its high limb.
#[inline(always)]
fn wide(a: u64, b: u64) -> (u64, u64) {
    let product = u128::from(a) * u128::from(b);
    (product as u64, (product >> 64) as u64)
}

/// The inverse of an odd limb modulo 2^64.
pub(crate) const fn inverse_of_limb(limb: u64) -> u64 {
    // Right to five bits, and to twice as many in each round.
    let mut inverse = limb.wrapping_mul(3) ^ 2;
    let mut round = 0;
    while round < 4 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(limb.wrapping_mul(inverse)));
        round += 1;
    }
    inverse
}
