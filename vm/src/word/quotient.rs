//! DIV, MOD, their signed kin, and ADDMOD: by the lengths of the operands.

use primitive_types::U256;

use super::carry::{add_carry, sub_borrow};
use super::division::{divide, divide_by_limb};
use super::{from_u64, is_negative, less, negate_if, select_word, small};

/// Quotient and remainder of words; both are zero for a divisor of zero.
#[inline(always)]
pub(super) fn divide_words(a: U256, b: U256) -> (U256, U256) {
    let [a0, a1, a2, a3] = a.0;
    match b.0 {
        [0, 0, 0, 0] => (U256::zero(), U256::zero()),
        [b0, 0, 0, 0] => {
            let (quotient, remainder) = divide_by_limb(&a.0, b0);
            (U256(quotient), from_u64(remainder))
        }
        _ if less(a, b) => (U256::zero(), a),
        [b0, b1, 0, 0] if a2 | a3 == 0 => {
            let ([q0, _], [r0, r1]) = divide(&[a0, a1], &[b0, b1]);
            (from_u64(q0), U256([r0, r1, 0, 0]))
        }
        [b0, b1, 0, 0] => {
            let (quotient, [r0, r1]) = divide(&a.0, &[b0, b1]);
            (U256(quotient), U256([r0, r1, 0, 0]))
        }
        [b0, b1, b2, 0] => {
            let (quotient, [r0, r1, r2]) = divide(&a.0, &[b0, b1, b2]);
            (U256(quotient), U256([r0, r1, r2, 0]))
        }
        limbs => {
            let (quotient, remainder) = divide(&a.0, &limbs);
            (U256(quotient), U256(remainder))
        }
    }
}

/// The remainder of a number of more than one word; zero for a modulus of zero.
#[inline(never)]
pub(super) fn wide_rem<const M: usize>(limbs: &[u64; M], modulus: &[u64; 4]) -> U256 {
    match *modulus {
        [0, 0, 0, 0] => U256::zero(),
        [m0, 0, 0, 0] => U256([divide_by_limb(limbs, m0).1, 0, 0, 0]),
        [m0, m1, 0, 0] => {
            let [r0, r1] = divide(limbs, &[m0, m1]).1;
            U256([r0, r1, 0, 0])
        }
        [m0, m1, m2, 0] => {
            let [r0, r1, r2] = divide(limbs, &[m0, m1, m2]).1;
            U256([r0, r1, r2, 0])
        }
        modulus => U256(divide(limbs, &modulus).1),
    }
}

/// DIV.
#[inline(always)]
pub fn div(a: U256, b: U256) -> U256 {
    match small(a, b) {
        Some((a, b)) => from_u64(a.checked_div(b).unwrap_or(0)),
        None => divide_words(a, b).0,
    }
}

/// MOD.
#[inline(always)]
pub fn rem(a: U256, b: U256) -> U256 {
    match small(a, b) {
        Some((a, b)) => from_u64(a.checked_rem(b).unwrap_or(0)),
        None => divide_words(a, b).1,
    }
}

/// SDIV: rounds towards zero.
#[inline]
pub fn sdiv(a: U256, b: U256) -> U256 {
    let quotient = div(negate_if(is_negative(a), a), negate_if(is_negative(b), b));
    negate_if(is_negative(a) != is_negative(b), quotient)
}

/// SMOD: the sign is that of `a`.
#[inline]
pub fn smod(a: U256, b: U256) -> U256 {
    let remainder = rem(negate_if(is_negative(a), a), negate_if(is_negative(b), b));
    negate_if(is_negative(a), remainder)
}

/// ADDMOD: the sum is not taken modulo 2^256.
#[inline(always)]
pub fn addmod(a: U256, b: U256, modulus: U256) -> U256 {
    // Operands are mostly below the modulus, so that it goes into their sum once or not at all.
    if less(a, modulus) & less(b, modulus) {
        let (sum, carry) = add_carry(a, b);
        let (once, borrow) = sub_borrow(sum, modulus);
        return select_word(carry | !borrow, once, sum);
    }
    let copy = |x: U256| U256([x.0[0], x.0[1], x.0[2], x.0[3]]);
    wide_addmod(copy(a), copy(b), copy(modulus))
}

/// ADDMOD of operands of which one at least is not below the modulus.
#[inline(never)]
fn wide_addmod(a: U256, b: U256, modulus: U256) -> U256 {
    let (sum, carry) = add_carry(a, b);
    // Where the modulus fills the word, operands are mostly not far above it: subtract once and look.
    if modulus.0[3] != 0 {
        let (once, borrow) = sub_borrow(sum, modulus);
        match (carry, borrow) {
            (false, true) => return sum,
            (true, false) => {}
            _ if less(once, modulus) => return once,
            _ => {}
        }
    }
    let [l0, l1, l2, l3] = sum.0;
    wide_rem(&[l0, l1, l2, l3, u64::from(carry)], &modulus.0)
}
