//! 256-bit arithmetic as the EVM defines it (Yellow Paper, appendix H.2): modulo 2^256, division by zero is zero.
//!
//! Operands are in the order of the stack, top first. Division and modular arithmetic run on the kernels of `ruint`,
//! which this file alone names; everything else works on the limbs.

use std::cmp::Ordering;

use primitive_types::{H160, U256};
use ruint::aliases::U256 as Wide;

const ONE: U256 = U256([1, 0, 0, 0]);

#[inline(always)]
fn wide(x: U256) -> Wide {
    Wide::from_limbs(x.0)
}

#[inline(always)]
fn word(x: Wide) -> U256 {
    U256(*x.as_limbs())
}

/// One for true, zero for false.
#[inline(always)]
pub fn from_bool(value: bool) -> U256 {
    U256([u64::from(value), 0, 0, 0])
}

/// The value if it has at most 64 bits.
#[inline(always)]
pub fn to_u64(x: U256) -> Option<u64> {
    (x.0[1] | x.0[2] | x.0[3] == 0).then_some(x.0[0])
}

/// The value, or the largest 64-bit value if it has more bits.
#[inline(always)]
pub fn saturating_u64(x: U256) -> u64 {
    to_u64(x).unwrap_or(u64::MAX)
}

/// The word whose big-endian bytes these are.
#[inline(always)]
pub fn from_be_bytes(bytes: &[u8; 32]) -> U256 {
    let limb = |start: usize| {
        let mut limb = [0; 8];
        limb.copy_from_slice(&bytes[start..start + 8]);
        u64::from_be_bytes(limb)
    };
    U256([limb(24), limb(16), limb(8), limb(0)])
}

/// The big-endian bytes of a word.
#[inline(always)]
pub fn to_be_bytes(x: U256) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (chunk, limb) in bytes.chunks_exact_mut(8).zip(x.0.iter().rev()) {
        chunk.copy_from_slice(&limb.to_be_bytes());
    }
    bytes
}

/// An address as a word: 12 zero bytes before it.
#[inline(always)]
pub fn from_address(address: H160) -> U256 {
    let mut bytes = [0; 32];
    bytes[12..].copy_from_slice(&address.0);
    from_be_bytes(&bytes)
}

/// The low 20 bytes of a word.
#[inline(always)]
pub fn to_address(x: U256) -> H160 {
    H160::from_slice(&to_be_bytes(x)[12..])
}

/// The number of bytes of a word without its leading zeros.
pub fn byte_length(x: U256) -> u64 {
    x.bits().div_ceil(8) as u64
}

/// ADD.
#[inline(always)]
pub fn add(a: U256, b: U256) -> U256 {
    let (l0, c) = a.0[0].overflowing_add(b.0[0]);
    let (l1, c) = a.0[1].carrying_add(b.0[1], c);
    let (l2, c) = a.0[2].carrying_add(b.0[2], c);
    let (l3, _) = a.0[3].carrying_add(b.0[3], c);
    U256([l0, l1, l2, l3])
}

/// SUB.
#[inline(always)]
pub fn sub(a: U256, b: U256) -> U256 {
    let (l0, c) = a.0[0].overflowing_sub(b.0[0]);
    let (l1, c) = a.0[1].borrowing_sub(b.0[1], c);
    let (l2, c) = a.0[2].borrowing_sub(b.0[2], c);
    let (l3, _) = a.0[3].borrowing_sub(b.0[3], c);
    U256([l0, l1, l2, l3])
}

/// MUL.
#[inline]
pub fn mul(a: U256, b: U256) -> U256 {
    if a.0[1] | a.0[2] | a.0[3] | b.0[1] | b.0[2] | b.0[3] == 0 {
        let product = u128::from(a.0[0]) * u128::from(b.0[0]);
        return U256([product as u64, (product >> 64) as u64, 0, 0]);
    }
    word(wide(a).wrapping_mul(wide(b)))
}

/// DIV.
#[inline]
pub fn div(a: U256, b: U256) -> U256 {
    if let (Some(a), Some(b)) = (to_u64(a), to_u64(b)) {
        return U256([a.checked_div(b).unwrap_or(0), 0, 0, 0]);
    }
    word(wide(a).checked_div(wide(b)).unwrap_or_default())
}

/// MOD.
#[inline]
pub fn rem(a: U256, b: U256) -> U256 {
    if let (Some(a), Some(b)) = (to_u64(a), to_u64(b)) {
        return U256([a.checked_rem(b).unwrap_or(0), 0, 0, 0]);
    }
    word(wide(a).checked_rem(wide(b)).unwrap_or_default())
}

#[inline(always)]
fn is_negative(x: U256) -> bool {
    x.0[3] >> 63 == 1
}

#[inline(always)]
fn negate_if(negative: bool, x: U256) -> U256 {
    if negative { sub(U256::zero(), x) } else { x }
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
#[inline]
pub fn addmod(a: U256, b: U256, modulus: U256) -> U256 {
    word(wide(a).add_mod(wide(b), wide(modulus)))
}

/// MULMOD: the product is not taken modulo 2^256.
#[inline]
pub fn mulmod(a: U256, b: U256, modulus: U256) -> U256 {
    word(wide(a).mul_mod(wide(b), wide(modulus)))
}

/// EXP.
pub fn exp(base: U256, exponent: U256) -> U256 {
    let mut power = ONE;
    for bit in (0..exponent.bits()).rev() {
        power = mul(power, power);
        if exponent.bit(bit) {
            power = mul(power, base);
        }
    }
    power
}

/// SIGNEXTEND: `size` is one less than the number of bytes that `x` has.
#[inline]
pub fn signextend(size: U256, x: U256) -> U256 {
    let Some(size @ 0..=30) = to_u64(size) else {
        return x;
    };
    // Only the limb with the sign needs shifting: those below stay, and those above are all sign.
    let (sign_limb, above_sign) = ((size / 8) as usize, 56 - 8 * (size % 8));
    let extended = ((x.0[sign_limb] << above_sign) as i64) >> above_sign;
    let fill = (extended >> 63) as u64;
    let limb = |position: usize| match position.cmp(&sign_limb) {
        Ordering::Less => x.0[position],
        Ordering::Equal => extended as u64,
        Ordering::Greater => fill,
    };
    U256([limb(0), limb(1), limb(2), limb(3)])
}

/// Whether `a < b`, unsigned.
#[inline(always)]
fn less(a: U256, b: U256) -> bool {
    let (_, c) = a.0[0].overflowing_sub(b.0[0]);
    let (_, c) = a.0[1].borrowing_sub(b.0[1], c);
    let (_, c) = a.0[2].borrowing_sub(b.0[2], c);
    a.0[3].borrowing_sub(b.0[3], c).1
}

#[inline(always)]
fn signed_less(a: U256, b: U256) -> bool {
    let flip = |x: U256| U256([x.0[0], x.0[1], x.0[2], x.0[3] ^ (1 << 63)]);
    less(flip(a), flip(b))
}

/// LT.
#[inline(always)]
pub fn lt(a: U256, b: U256) -> U256 {
    from_bool(less(a, b))
}

/// GT.
#[inline(always)]
pub fn gt(a: U256, b: U256) -> U256 {
    from_bool(less(b, a))
}

/// SLT.
#[inline(always)]
pub fn slt(a: U256, b: U256) -> U256 {
    from_bool(signed_less(a, b))
}

/// SGT.
#[inline(always)]
pub fn sgt(a: U256, b: U256) -> U256 {
    from_bool(signed_less(b, a))
}

/// EQ.
#[inline(always)]
pub fn eq(a: U256, b: U256) -> U256 {
    let difference = (0..4).fold(0, |all, limb| all | (a.0[limb] ^ b.0[limb]));
    from_bool(difference == 0)
}

/// ISZERO.
#[inline(always)]
pub fn is_zero(a: U256) -> U256 {
    from_bool(a.0[0] | a.0[1] | a.0[2] | a.0[3] == 0)
}

/// AND.
#[inline(always)]
pub fn and(a: U256, b: U256) -> U256 {
    U256([
        a.0[0] & b.0[0],
        a.0[1] & b.0[1],
        a.0[2] & b.0[2],
        a.0[3] & b.0[3],
    ])
}

/// OR.
#[inline(always)]
pub fn or(a: U256, b: U256) -> U256 {
    U256([
        a.0[0] | b.0[0],
        a.0[1] | b.0[1],
        a.0[2] | b.0[2],
        a.0[3] | b.0[3],
    ])
}

/// XOR.
#[inline(always)]
pub fn xor(a: U256, b: U256) -> U256 {
    U256([
        a.0[0] ^ b.0[0],
        a.0[1] ^ b.0[1],
        a.0[2] ^ b.0[2],
        a.0[3] ^ b.0[3],
    ])
}

/// NOT.
#[inline(always)]
pub fn not(a: U256) -> U256 {
    U256([!a.0[0], !a.0[1], !a.0[2], !a.0[3]])
}

/// BYTE: byte `index` of `x`, the most significant being number 0; zero beyond 31.
#[inline]
pub fn byte(index: U256, x: U256) -> U256 {
    match to_u64(index) {
        Some(index @ 0..=31) => {
            let from_low = 31 - index;
            let limb = x.0[(from_low / 8) as usize];
            U256([(limb >> (8 * (from_low % 8))) & 0xff, 0, 0, 0])
        }
        _ => U256::zero(),
    }
}

/// The number of bits to shift by, if less than 256.
#[inline(always)]
fn shift_amount(shift: U256) -> Option<u32> {
    to_u64(shift)
        .filter(|&bits| bits < 256)
        .map(|bits| bits as u32)
}

/// SHL (EIP-145).
#[inline]
pub fn shl(shift: U256, x: U256) -> U256 {
    shift_amount(shift).map_or(U256::zero(), |bits| word(wide(x) << bits as usize))
}

/// SHR (EIP-145).
#[inline]
pub fn shr(shift: U256, x: U256) -> U256 {
    shift_amount(shift).map_or(U256::zero(), |bits| word(wide(x) >> bits as usize))
}

/// SAR (EIP-145): fills with the sign.
#[inline]
pub fn sar(shift: U256, x: U256) -> U256 {
    let fill = (x.0[3] as i64 >> 63) as u64;
    let Some(bits) = shift_amount(shift) else {
        return U256([fill; 4]);
    };
    let extended = [x.0[0], x.0[1], x.0[2], x.0[3], fill, fill, fill, fill];
    let (limbs, bits) = ((bits / 64) as usize, bits % 64);
    let limb = |position: usize| {
        let pair = u128::from(extended[position]) | u128::from(extended[position + 1]) << 64;
        (pair >> bits) as u64
    };
    U256([
        limb(limbs),
        limb(limbs + 1),
        limb(limbs + 2),
        limb(limbs + 3),
    ])
}

/// CLZ (EIP-7939): the number of leading zero bits, 256 for zero.
#[inline]
pub fn clz(x: U256) -> U256 {
    U256([u64::from(x.leading_zeros()), 0, 0, 0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_bigint::BigUint;
    use proptest::prelude::*;

    fn big(x: U256) -> BigUint {
        BigUint::from_bytes_be(&to_be_bytes(x))
    }

    fn small(x: &BigUint) -> U256 {
        let bytes = (x % (BigUint::from(1u8) << 256u32)).to_bytes_be();
        U256::from_big_endian(&bytes)
    }

    fn words() -> impl Strategy<Value = U256> {
        let edge = prop::sample::select(vec![0, 1, 2, 31, 32, u64::MAX, u64::MAX - 1, 1 << 63]);
        let limb = prop_oneof![edge, any::<u64>()];
        let small = any::<u16>().prop_map(|x| U256::from(x % 300));
        prop_oneof![prop::array::uniform4(limb).prop_map(U256), small]
    }

    fn signed(x: U256) -> (bool, BigUint) {
        (is_negative(x), big(negate_if(is_negative(x), x)))
    }

    proptest! {
        #[test]
        fn unsigned_arithmetic_is_that_of_a_wide_integer(a in words(), b in words(), m in words()) {
            let modulo = BigUint::from(1u8) << 256u32;
            prop_assert_eq!(add(a, b), small(&(big(a) + big(b))));
            prop_assert_eq!(sub(a, b), small(&(&modulo + big(a) - big(b))));
            prop_assert_eq!(mul(a, b), small(&(big(a) * big(b))));
            let none = BigUint::ZERO;
            let over = |x: BigUint, y: U256| if y.is_zero() { none.clone() } else { x / big(y) };
            let modulus = |x: BigUint, y: U256| if y.is_zero() { none.clone() } else { x % big(y) };
            prop_assert_eq!(div(a, b), small(&over(big(a), b)));
            prop_assert_eq!(rem(a, b), small(&modulus(big(a), b)));
            prop_assert_eq!(addmod(a, b, m), small(&modulus(big(a) + big(b), m)));
            prop_assert_eq!(mulmod(a, b, m), small(&modulus(big(a) * big(b), m)));
            prop_assert_eq!(exp(a, b), small(&big(a).modpow(&big(b), &modulo)));
        }

        #[test]
        fn signed_arithmetic_is_that_of_sign_and_size(a in words(), b in words()) {
            let ((na, sa), (nb, sb)) = (signed(a), signed(b));
            if !b.is_zero() {
                prop_assert_eq!(sdiv(a, b), negate_if(na != nb, small(&(&sa / &sb))));
                prop_assert_eq!(smod(a, b), negate_if(na, small(&(&sa % &sb))));
            }
            let less = match (na, nb) { (true, false) => true, (false, true) => false, (false, false) => sa < sb, (true, true) => sa > sb };
            prop_assert_eq!(slt(a, b), from_bool(less));
            prop_assert_eq!(sgt(b, a), from_bool(less));
        }

        #[test]
        fn comparisons_bits_and_shifts(a in words(), b in words()) {
            prop_assert_eq!(lt(a, b), from_bool(big(a) < big(b)));
            prop_assert_eq!(gt(a, b), from_bool(big(a) > big(b)));
            prop_assert_eq!(eq(a, b), from_bool(a == b));
            prop_assert_eq!(is_zero(a), from_bool(big(a) == BigUint::ZERO));
            prop_assert_eq!(and(a, b), small(&(big(a) & big(b))));
            prop_assert_eq!(or(a, b), small(&(big(a) | big(b))));
            prop_assert_eq!(xor(a, b), small(&(big(a) ^ big(b))));
            prop_assert_eq!(add(not(a), a), not(U256::zero()));
            prop_assert_eq!(clz(a), U256::from(256 - big(a).bits()));
            let shift = to_u64(a).filter(|&shift| shift < 256);
            prop_assert_eq!(shl(a, b), shift.map_or(U256::zero(), |s| small(&(big(b) << s))));
            prop_assert_eq!(shr(a, b), shift.map_or(U256::zero(), |s| small(&(big(b) >> s))));
            let filled = shift.map_or(U256::zero(), |s| not(small(&(big(not(b)) >> s))));
            let sar_expected = match (is_negative(b), shift) { (true, None) => not(U256::zero()), (true, _) => filled, (false, _) => shr(a, b) };
            prop_assert_eq!(sar(a, b), sar_expected);
            let bytes = to_be_bytes(b);
            let wanted = to_u64(a).and_then(|i| bytes.get(usize::try_from(i).ok()?).copied()).unwrap_or(0);
            prop_assert_eq!(byte(a, b), U256::from(wanted));
            prop_assert_eq!(from_be_bytes(&bytes), b);
        }

        #[test]
        fn sign_extension(size in 0u64..40, x in words()) {
            let mut bytes = to_be_bytes(x);
            if size < 31 {
                let first = 31 - size as usize;
                let fill = if bytes[first] & 0x80 == 0 { 0 } else { 0xff };
                bytes[..first].fill(fill);
            }
            prop_assert_eq!(signextend(U256::from(size), x), from_be_bytes(&bytes));
        }
    }
}
