//! What moves bits to other limbs: shifts, BYTE and SIGNEXTEND. Nothing branches on how far, which no processor could
//! foresee.

use std::hint::select_unpredictable as select;

use primitive_types::U256;

use super::division::{join, split};
use super::from_u64;

/// The value if it has at most `BITS` bits, which are fewer than 64.
#[inline(always)]
fn to_bits<const BITS: u32>(x: U256) -> Option<u64> {
    (x.0[0] >> BITS | x.0[1] | x.0[2] | x.0[3] == 0).then_some(x.0[0])
}

/// SIGNEXTEND: `size` is one less than the number of bytes that `x` has.
#[inline(always)]
pub fn signextend(size: U256, x: U256) -> U256 {
    let Some(size) = to_bits::<5>(size) else {
        return x;
    };
    // Compilers write the size as a constant, so that this branch is foreseen: small integers need no choice of limbs.
    if size < 8 {
        let above_sign = 56 - 8 * size;
        let extended = (x.0[0] << above_sign) as i64 >> above_sign;
        let fill = (extended >> 63) as u64;
        return U256([extended as u64, fill, fill, fill]);
    }
    // Only the limb with the sign needs shifting: those below stay, and those above are all sign.
    let (sign_limb, above_sign) = (size / 8, 56 - 8 * (size % 8));
    let extended = (limb_of(x, sign_limb) << above_sign) as i64 >> above_sign;
    let (extended, fill) = (extended as u64, (extended >> 63) as u64);
    let [x0, x1, x2, _] = x.0;
    U256([
        select(sign_limb == 0, extended, x0),
        select(sign_limb == 1, extended, select(sign_limb < 1, fill, x1)),
        select(sign_limb == 2, extended, select(sign_limb < 2, fill, x2)),
        select(sign_limb == 3, extended, fill),
    ])
}

/// A limb by its position, which is below four.
#[inline(always)]
fn limb_of(x: U256, position: u64) -> u64 {
    let odd = position & 1 != 0;
    let low = select(odd, x.0[1], x.0[0]);
    let high = select(odd, x.0[3], x.0[2]);
    select(position & 2 != 0, high, low)
}

/// BYTE: byte `index` of `x`, the most significant being number 0; zero beyond 31.
#[inline(always)]
pub fn byte(index: U256, x: U256) -> U256 {
    let Some(index) = to_bits::<5>(index) else {
        return U256::zero();
    };
    let from_low = 31 - index;
    from_u64((limb_of(x, from_low / 8) >> (8 * (from_low % 8))) & 0xff)
}

/// Shifts by bits, then by limbs; nothing branches on the number.
#[inline(always)]
fn shift_right(x: U256, bits: u64, fill: u64) -> U256 {
    let [x0, x1, x2, x3] = x.0;
    let low = |high, low| (join(high, low) >> (bits % 64)) as u64;
    let (x0, x1, x2, x3) = (low(x1, x0), low(x2, x1), low(x3, x2), low(fill, x3));
    let one = bits & 64 != 0;
    let (x0, x1, x2, x3) = (
        select(one, x1, x0),
        select(one, x2, x1),
        select(one, x3, x2),
        select(one, fill, x3),
    );
    let less = bits < 128;
    U256([
        select(less, x0, x2),
        select(less, x1, x3),
        select(less, x2, fill),
        select(less, x3, fill),
    ])
}

/// SHL (EIP-145).
#[inline(always)]
pub fn shl(shift: U256, x: U256) -> U256 {
    let Some(bits) = to_bits::<8>(shift) else {
        return U256::zero();
    };
    let [x0, x1, x2, x3] = x.0;
    let high = |high, low| split(join(high, low) << (bits % 64)).0;
    let (x0, x1, x2, x3) = (high(x0, 0), high(x1, x0), high(x2, x1), high(x3, x2));
    let one = bits & 64 != 0;
    let (x0, x1, x2, x3) = (
        select(one, 0, x0),
        select(one, x0, x1),
        select(one, x1, x2),
        select(one, x2, x3),
    );
    let less = bits < 128;
    U256([
        select(less, x0, 0),
        select(less, x1, 0),
        select(less, x2, x0),
        select(less, x3, x1),
    ])
}

/// SHR (EIP-145).
#[inline(always)]
pub fn shr(shift: U256, x: U256) -> U256 {
    match to_bits::<8>(shift) {
        Some(bits) => shift_right(x, bits, 0),
        None => U256::zero(),
    }
}

/// SAR (EIP-145): fills with the sign.
#[inline(always)]
pub fn sar(shift: U256, x: U256) -> U256 {
    let fill = (x.0[3] as i64 >> 63) as u64;
    match to_bits::<8>(shift) {
        Some(bits) => shift_right(x, bits, fill),
        None => U256([fill; 4]),
    }
}
