//! Arithmetic on words (Yellow Paper, appendix H.2): numbers modulo 2^256, signed ones in two's complement.

use gasworks::U256;
use primitive_types::U512;

fn is_negative(word: U256) -> bool {
    word.bit(255)
}

fn negate(word: U256) -> U256 {
    (!word).overflowing_add(U256::one()).0
}

fn absolute(word: U256) -> U256 {
    if is_negative(word) {
        negate(word)
    } else {
        word
    }
}

pub(super) fn flag(condition: bool) -> U256 {
    U256::from(u64::from(condition))
}

pub(super) fn div(a: U256, b: U256) -> U256 {
    a.checked_div(b).unwrap_or_default()
}

pub(super) fn modulo(a: U256, b: U256) -> U256 {
    a.checked_rem(b).unwrap_or_default()
}

/// Towards zero. -2^255 / -1 is 2^255, which is -2^255.
pub(super) fn sdiv(a: U256, b: U256) -> U256 {
    let quotient = div(absolute(a), absolute(b));
    if is_negative(a) == is_negative(b) {
        quotient
    } else {
        negate(quotient)
    }
}

/// With the sign of the dividend.
pub(super) fn smod(a: U256, b: U256) -> U256 {
    let rest = modulo(absolute(a), absolute(b));
    if is_negative(a) { negate(rest) } else { rest }
}

fn reduce(number: U512, modulus: U256) -> U256 {
    let rest = number
        .checked_rem(U512::from(modulus))
        .unwrap_or_default()
        .0;
    U256([rest[0], rest[1], rest[2], rest[3]])
}

pub(super) fn addmod(a: U256, b: U256, modulus: U256) -> U256 {
    reduce(U512::from(a) + U512::from(b), modulus)
}

pub(super) fn mulmod(a: U256, b: U256, modulus: U256) -> U256 {
    reduce(a.full_mul(b), modulus)
}

pub(super) fn exp(base: U256, exponent: U256) -> U256 {
    let mut power = U256::one();
    for bit in (0..exponent.bits()).rev() {
        power = power.overflowing_mul(power).0;
        if exponent.bit(bit) {
            power = power.overflowing_mul(base).0;
        }
    }
    power
}

/// Extends the sign of a number that has `size` + 1 bytes.
pub(super) fn signextend(size: U256, word: U256) -> U256 {
    if size >= U256::from(31) {
        return word;
    }
    let sign = 8 * size.as_usize() + 7;
    let above = U256::MAX << sign;
    if word.bit(sign) {
        word | above
    } else {
        word & !above
    }
}

pub(super) fn signed_less(a: U256, b: U256) -> bool {
    match (is_negative(a), is_negative(b)) {
        (true, false) => true,
        (false, true) => false,
        _ => a < b,
    }
}

/// Byte 0 is the most significant one.
pub(super) fn byte(index: U256, word: U256) -> U256 {
    if index >= U256::from(32) {
        return U256::zero();
    }
    U256::from(word.to_big_endian()[index.as_usize()])
}

pub(super) fn shl(shift: U256, word: U256) -> U256 {
    if shift >= U256::from(256) {
        return U256::zero();
    }
    word << shift.as_usize()
}

pub(super) fn shr(shift: U256, word: U256) -> U256 {
    if shift >= U256::from(256) {
        return U256::zero();
    }
    word >> shift.as_usize()
}

/// Towards minus infinity: ones come in from the left where the number is negative.
pub(super) fn sar(shift: U256, word: U256) -> U256 {
    if is_negative(word) {
        !shr(shift, !word)
    } else {
        shr(shift, word)
    }
}

/// EIP-7939.
pub(super) fn clz(word: U256) -> U256 {
    U256::from(256 - word.bits())
}
