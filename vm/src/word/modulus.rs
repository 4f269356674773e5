//! MULMOD, and what it remembers.
//!
//! Programs that need MULMOD mostly need it many times with one modulus: the order of a field, or 2^256 - 1 for the high
//! half of a product. The reciprocal of a modulus is worked out when it comes for the second time in a row, and then takes
//! the place of a long division by Barrett reduction (Handbook of Applied Cryptography, algorithm 14.42).

use primitive_types::U256;

use super::carry::{add_carry, sub_borrow};
use super::division::{divide, divide_by_limb};
use super::quotient::{divide_words, wide_rem};
use super::{from_u64, less, multiply_add, same, to_u64};

/// The last modulus, and its reciprocal if it has come twice.
#[derive(Default)]
pub(crate) struct Modulus {
    modulus: U256,
    /// `floor((2^512 - 1) / modulus)`.
    reciprocal: Option<[u64; 5]>,
}

impl Modulus {
    /// MULMOD: the product is not taken modulo 2^256.
    #[inline(always)]
    pub(crate) fn mulmod(&mut self, a: U256, b: U256, modulus: U256) -> U256 {
        if let (Some(a), Some(b), Some(modulus)) = (to_u64(a), to_u64(b), to_u64(modulus)) {
            let (low, high) = multiply_add(a, b, 0, 0);
            return match modulus {
                0 => U256::zero(),
                _ => from_u64(divide_by_limb(&[low, high], modulus).1),
            };
        }
        let [a0, a1, a2, a3] = a.0;
        let [b0, b1, b2, b3] = b.0;
        if a2 | a3 | b2 | b3 == 0 {
            return divide_words(half_product([a0, a1], [b0, b1]), modulus).1;
        }
        let product = product(a.0, b.0);
        let [p0, p1, p2, p3, p4, p5, p6, p7] = product;
        if p4 | p5 | p6 | p7 == 0 {
            return divide_words(U256([p0, p1, p2, p3]), modulus).1;
        }
        match modulus.0 {
            [m0, u64::MAX, u64::MAX, u64::MAX] if m0 != 0 => fold(product, m0.wrapping_neg()),
            [_, _, _, m3] if m3 != 0 && same(self.modulus, modulus) => {
                let reciprocal = match self.reciprocal {
                    Some(reciprocal) => reciprocal,
                    None => self.learn(),
                };
                barrett(product, modulus, reciprocal)
            }
            [m0, m1, m2, m3] => {
                if m3 != 0 {
                    (self.modulus, self.reciprocal) = (modulus, None);
                }
                wide_rem(&[p0, p1, p2, p3, p4, p5, p6, p7], &[m0, m1, m2, m3])
            }
        }
    }

    /// Works the reciprocal out.
    #[cold]
    fn learn(&mut self) -> [u64; 5] {
        let [q0, q1, q2, q3, q4, ..] = divide(&[u64::MAX; 8], &self.modulus.0).0;
        let reciprocal = [q0, q1, q2, q3, q4];
        self.reciprocal = Some(reciprocal);
        reciprocal
    }
}

/// Adds `factor` times `limbs` to `sum`; returns the carry.
#[inline(always)]
fn add_row<const N: usize>(sum: &mut [u64; N], factor: u64, limbs: [u64; N]) -> u64 {
    let mut carry = 0;
    for limb in 0..N {
        (sum[limb], carry) = multiply_add(factor, limbs[limb], sum[limb], carry);
    }
    carry
}

/// The product of two words in full.
#[inline(always)]
fn product(a: [u64; 4], b: [u64; 4]) -> [u64; 8] {
    let mut row = [0; 4];
    let c = add_row(&mut row, a[0], b);
    let [p0, r1, r2, r3] = row;
    let mut row = [r1, r2, r3, c];
    let c = add_row(&mut row, a[1], b);
    let [p1, r1, r2, r3] = row;
    let mut row = [r1, r2, r3, c];
    let c = add_row(&mut row, a[2], b);
    let [p2, r1, r2, r3] = row;
    let mut row = [r1, r2, r3, c];
    let p7 = add_row(&mut row, a[3], b);
    let [p3, p4, p5, p6] = row;
    [p0, p1, p2, p3, p4, p5, p6, p7]
}

/// The product of two half words.
#[inline(always)]
fn half_product(a: [u64; 2], b: [u64; 2]) -> U256 {
    let mut row = [0; 2];
    let c = add_row(&mut row, a[0], b);
    let [p0, r1] = row;
    let mut row = [r1, c];
    let p3 = add_row(&mut row, a[1], b);
    U256([p0, row[0], row[1], p3])
}

/// The remainder by `2^256 - c`, where c is not zero: 2^256 is c there.
#[inline(always)]
fn fold(product: [u64; 8], c: u64) -> U256 {
    let [p0, p1, p2, p3, p4, p5, p6, p7] = product;
    let mut row = [p0, p1, p2, p3];
    let over = add_row(&mut row, c, [p4, p5, p6, p7]);
    let (low, high) = multiply_add(c, over, 0, 0);
    let (sum, carry) = add_carry(U256(row), U256([low, high, 0, 0]));
    // What a sum with a carry leaves is small. So is c: if the sum is not below the modulus, adding c has a carry, too.
    let (once, above) = add_carry(sum, from_u64(c));
    if carry | above { once } else { sum }
}

/// The remainder of a product by a modulus of four limbs.
#[inline(always)]
fn barrett(p: [u64; 8], modulus: U256, r: [u64; 5]) -> U256 {
    // The quotient's estimate is the high half of the product of the high limbs and the reciprocal. The low columns are
    // left out: with what they would carry, it is at most four too small.
    let [_, _, _, p3, p4, p5, p6, p7] = p;
    let (e0, e1) = multiply_add(p3, r[4], 0, 0);
    let mut row = [e0, e1];
    let e2 = add_row(&mut row, p4, [r[3], r[4]]);
    let mut row = [row[0], row[1], e2];
    let e3 = add_row(&mut row, p5, [r[2], r[3], r[4]]);
    let mut row = [row[0], row[1], row[2], e3];
    let e4 = add_row(&mut row, p6, [r[1], r[2], r[3], r[4]]);
    let mut row = [row[0], row[1], row[2], row[3], e4];
    let q4 = add_row(&mut row, p7, r);
    let [_, q0, q1, q2, q3] = row;
    // So less than five moduli are left, and five limbs of what is left are all there is.
    let [m0, m1, m2, _] = modulus.0;
    let mut row = [0; 4];
    let t4 = add_row(&mut row, q0, modulus.0);
    let [t0, t1, t2, t3] = row;
    let mut row = [t1, t2, t3, t4];
    add_row(&mut row, q1, modulus.0);
    let [t1, t2, t3, t4] = row;
    let mut row = [t2, t3, t4];
    add_row(&mut row, q2, [m0, m1, m2]);
    let [t2, t3, t4] = row;
    let mut row = [t3, t4];
    add_row(&mut row, q3, [m0, m1]);
    let [t3, t4] = row;
    let t4 = t4.wrapping_add(q4.wrapping_mul(m0));
    let (mut left, borrow) = sub_borrow(U256([p[0], p[1], p[2], p[3]]), U256([t0, t1, t2, t3]));
    let mut over = p4.wrapping_sub(t4).wrapping_sub(u64::from(borrow));
    while over != 0 || !less(left, modulus) {
        let (once, borrow) = sub_borrow(left, modulus);
        left = once;
        over = over.wrapping_sub(u64::from(borrow));
    }
    left
}
