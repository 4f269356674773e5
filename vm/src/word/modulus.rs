//! Products by a modulus that comes again: Barrett reduction (Handbook of Applied Cryptography, algorithm 14.42).
//!
//! Programs that need MULMOD mostly need it many times with one modulus, the order of a field. Its reciprocal is worked
//! out when it comes for the second time in a row, and then takes the place of a long division.

use primitive_types::U256;

use super::division::divide;
use super::{less, multiply_add, product, rem, sub, wide_rem};

/// The last modulus, and its reciprocal if it has come twice.
#[derive(Default)]
pub(crate) struct Modulus {
    modulus: U256,
    /// `floor((2^512 - 1) / modulus)`.
    reciprocal: Option<[u64; 5]>,
}

impl Modulus {
    /// MULMOD: the product is not taken modulo 2^256.
    pub(crate) fn mulmod(&mut self, a: U256, b: U256, modulus: U256) -> U256 {
        let product = product(a, b);
        let [p0, p1, p2, p3, high @ ..] = product;
        if high == [0; 4] {
            return rem(U256([p0, p1, p2, p3]), modulus);
        }
        if modulus.0[3] == 0 {
            return wide_rem(&product, modulus);
        }
        if self.modulus != modulus {
            (self.modulus, self.reciprocal) = (modulus, None);
            return wide_rem(&product, modulus);
        }
        let reciprocal = self.reciprocal.get_or_insert_with(|| {
            let [q0, q1, q2, q3, q4, ..] = divide(&[u64::MAX; 8], &modulus.0).0;
            [q0, q1, q2, q3, q4]
        });
        reduce(&product, modulus, reciprocal)
    }
}

/// The remainder of a product by a modulus of four limbs.
#[inline(always)]
fn reduce(product: &[u64; 8], modulus: U256, reciprocal: &[u64; 5]) -> U256 {
    // The quotient's estimate is the high half of the product of the high limbs and the reciprocal. The low columns are
    // left out: with what they would carry, it is at most four too small.
    let mut estimate = [0; 6];
    for (row, &limb) in product[3..].iter().enumerate() {
        estimate[row + 1] = multiply_add(&mut estimate[..=row], limb, &reciprocal[4 - row..]);
    }
    // So less than five moduli are left, and five limbs of what is left are all there is.
    let mut taken = [0; 5];
    taken[4] = multiply_add(&mut taken[..4], estimate[1], &modulus.0);
    for (row, &limb) in estimate[2..].iter().enumerate() {
        multiply_add(&mut taken[row + 1..], limb, &modulus.0);
    }
    let mut left = [0; 5];
    let mut borrow = false;
    for (limb, (of, take)) in left.iter_mut().zip(product.iter().zip(taken)) {
        (*limb, borrow) = of.borrowing_sub(take, borrow);
    }
    let [l0, l1, l2, l3, mut over] = left;
    let mut low = U256([l0, l1, l2, l3]);
    while over > 0 || !less(low, modulus) {
        over = over.wrapping_sub(u64::from(less(low, modulus)));
        low = sub(low, modulus);
    }
    low
}
