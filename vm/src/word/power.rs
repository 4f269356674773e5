//! EXP.

use primitive_types::U256;

use super::{ONE, add, from_u64, mul, multiply_add, saturating_u64, shl, to_u64, wide_mul};

/// The square modulo 2^256: products of different limbs come twice.
#[inline(always)]
fn square(x: U256) -> U256 {
    if let Some(x) = to_u64(x) {
        let (low, high) = multiply_add(x, x, 0, 0);
        return U256([low, high, 0, 0]);
    }
    let [x0, x1, x2, x3] = x.0;
    let (c1, c2) = multiply_add(x0, x1, 0, 0);
    let (c2, c3) = multiply_add(x0, x2, c2, 0);
    let c3 = c3
        .wrapping_add(x0.wrapping_mul(x3))
        .wrapping_add(x1.wrapping_mul(x2));
    let crossed = U256([0, c1, c2, c3]);
    let (s0, s1) = multiply_add(x0, x0, 0, 0);
    let (s2, s3) = multiply_add(x1, x1, 0, 0);
    add(add(crossed, crossed), U256([s0, s1, s2, s3]))
}

/// EXP.
pub fn exp(base: U256, exponent: U256) -> U256 {
    if base.0[0] & 1 == 0 {
        // A power of an even number ends with as many zeros as the exponent says, and nothing is left of 256.
        let zeros = u64::from(base.trailing_zeros());
        let shift = saturating_u64(exponent).saturating_mul(zeros);
        if shift >= 256 {
            return U256::zero();
        }
        if to_u64(base).is_some_and(u64::is_power_of_two) {
            return shl(from_u64(shift), ONE);
        }
    }
    match to_u64(exponent) {
        Some(0) => ONE,
        Some(exponent) => short_power(base, exponent),
        None => long_power(base, exponent),
    }
}

/// Bit by bit from the highest on; the exponent is not zero.
fn short_power(base: U256, exponent: u64) -> U256 {
    let mut power = base;
    for bit in (0..exponent.ilog2()).rev() {
        power = square(power);
        if exponent >> bit & 1 == 1 {
            power = mul(power, base);
        }
    }
    power
}

/// Four bits at a time, with all that four bits may ask for at hand: the number of steps does not depend on the bits.
fn long_power(base: U256, exponent: U256) -> U256 {
    let mut powers = [ONE; 16];
    for index in 1..powers.len() {
        powers[index] = wide_mul(powers[index - 1], base);
    }
    let mut power = ONE;
    for &limb in exponent.0.iter().rev() {
        if power == ONE && limb == 0 {
            continue;
        }
        for digit in (0..16).rev() {
            power = square(square(square(square(power))));
            power = wide_mul(power, powers[(limb >> (4 * digit) & 15) as usize]);
        }
    }
    power
}
