//! 256-bit arithmetic as the EVM defines it (Yellow Paper, appendix H.2): modulo 2^256, division by zero is zero.
//!
//! Operands are in the order of the stack, top first. Everything works on the limbs, and looks at small operands first:
//! most values of real programs have at most 64 bits.

mod carry;
mod division;
mod modulus;
mod power;
mod quotient;
mod shift;

use std::hint::select_unpredictable as select;

use primitive_types::{H160, U256};

use carry::{add_carry, sub_borrow};
use division::split;
pub(crate) use modulus::Modulus;
pub use power::exp;
pub use quotient::{addmod, div, rem, sdiv, smod};
pub use shift::{byte, sar, shl, shr, signextend};

const ONE: U256 = U256([1, 0, 0, 0]);

/// One for true, zero for false.
#[inline(always)]
pub fn from_bool(value: bool) -> U256 {
    U256([u64::from(value), 0, 0, 0])
}

/// A small value as a word.
#[inline(always)]
fn from_u64(value: u64) -> U256 {
    U256([value, 0, 0, 0])
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
    let (limbs, _) = bytes.as_chunks::<8>();
    U256([
        u64::from_be_bytes(limbs[3]),
        u64::from_be_bytes(limbs[2]),
        u64::from_be_bytes(limbs[1]),
        u64::from_be_bytes(limbs[0]),
    ])
}

/// The big-endian bytes of a word.
#[inline(always)]
pub fn to_be_bytes(x: U256) -> [u8; 32] {
    let mut bytes = [0; 32];
    write_be_bytes(x, &mut bytes);
    bytes
}

/// Writes the big-endian bytes of a word.
#[inline(always)]
pub fn write_be_bytes(x: U256, bytes: &mut [u8; 32]) {
    let (limbs, _) = bytes.as_chunks_mut::<8>();
    for (bytes, limb) in limbs.iter_mut().zip(x.0.iter().rev()) {
        *bytes = limb.to_be_bytes();
    }
}

/// An address as a word: 12 zero bytes before it.
#[inline(always)]
pub fn from_address(address: &H160) -> U256 {
    let (high, limbs) = address.0.as_rchunks::<8>();
    let high = high
        .first_chunk()
        .map_or(0, |high| u32::from_be_bytes(*high));
    U256([
        u64::from_be_bytes(limbs[1]),
        u64::from_be_bytes(limbs[0]),
        high.into(),
        0,
    ])
}

/// The low 20 bytes of a word. They are written in the parts in which accounts are looked up: a processor waits for a
/// narrow store before a wide load that spans it.
#[inline(always)]
pub fn to_address(x: U256) -> H160 {
    let mut bytes = [0; 20];
    bytes[..4].copy_from_slice(&(x.0[2] as u32).to_be_bytes());
    bytes[4..12].copy_from_slice(&x.0[1].to_be_bytes());
    bytes[12..].copy_from_slice(&x.0[0].to_be_bytes());
    H160(bytes)
}

/// The number of bytes of a word without its leading zeros.
pub fn byte_length(x: U256) -> u64 {
    x.bits().div_ceil(8) as u64
}

/// ADD.
#[inline(always)]
pub fn add(a: U256, b: U256) -> U256 {
    add_carry(a, b).0
}

/// SUB.
#[inline(always)]
pub fn sub(a: U256, b: U256) -> U256 {
    sub_borrow(a, b).0
}

/// MUL.
#[inline(always)]
pub fn mul(a: U256, b: U256) -> U256 {
    if let Some((a, b)) = small(a, b) {
        let (low, high) = multiply_add(a, b, 0, 0);
        return U256([low, high, 0, 0]);
    }
    wide_mul(a, b)
}

/// MUL of operands that need not be small.
#[inline(always)]
fn wide_mul(a: U256, b: U256) -> U256 {
    let [a0, a1, a2, a3] = a.0;
    let [b0, b1, b2, b3] = b.0;
    let (l0, c) = multiply_add(a0, b0, 0, 0);
    let (l1, c) = multiply_add(a0, b1, 0, c);
    let (l2, c) = multiply_add(a0, b2, 0, c);
    let l3 = a0.wrapping_mul(b3).wrapping_add(c);
    let (l1, c) = multiply_add(a1, b0, l1, 0);
    let (l2, c) = multiply_add(a1, b1, l2, c);
    let l3 = l3.wrapping_add(a1.wrapping_mul(b2)).wrapping_add(c);
    let (l2, c) = multiply_add(a2, b0, l2, 0);
    let l3 = l3.wrapping_add(a2.wrapping_mul(b1)).wrapping_add(c);
    let l3 = l3.wrapping_add(a3.wrapping_mul(b0));
    U256([l0, l1, l2, l3])
}

/// The product, if a word holds it.
pub fn checked_product(a: U256, b: u64) -> Option<U256> {
    let [a0, a1, a2, a3] = a.0;
    let (l0, c) = multiply_add(a0, b, 0, 0);
    let (l1, c) = multiply_add(a1, b, c, 0);
    let (l2, c) = multiply_add(a2, b, c, 0);
    let (l3, c) = multiply_add(a3, b, c, 0);
    (c == 0).then_some(U256([l0, l1, l2, l3]))
}

/// `a * b + c + d` as its low and its high limb.
#[inline(always)]
fn multiply_add(a: u64, b: u64, c: u64, d: u64) -> (u64, u64) {
    let (high, low) = split(u128::from(a) * u128::from(b) + u128::from(c) + u128::from(d));
    (low, high)
}

/// Both values if they have at most 64 bits each.
#[inline(always)]
fn small(a: U256, b: U256) -> Option<(u64, u64)> {
    let high = a.0[1] | a.0[2] | a.0[3] | b.0[1] | b.0[2] | b.0[3];
    (high == 0).then_some((a.0[0], b.0[0]))
}

#[inline(always)]
fn is_negative(x: U256) -> bool {
    x.0[3] >> 63 == 1
}

#[inline(always)]
fn negate_if(negative: bool, x: U256) -> U256 {
    if negative { sub(U256::zero(), x) } else { x }
}

/// One of two words, without a branch.
#[inline(always)]
fn select_word(condition: bool, a: U256, b: U256) -> U256 {
    U256([
        select(condition, a.0[0], b.0[0]),
        select(condition, a.0[1], b.0[1]),
        select(condition, a.0[2], b.0[2]),
        select(condition, a.0[3], b.0[3]),
    ])
}

/// Whether `a < b`, unsigned.
#[inline(always)]
fn less(a: U256, b: U256) -> bool {
    sub_borrow(a, b).1
}

#[inline(always)]
fn signed_less(a: U256, b: U256) -> bool {
    less(a, b) ^ is_negative(a) ^ is_negative(b)
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

/// Whether two words are equal: limb by limb, because they are in registers, or have just been written limb by limb.
#[inline(always)]
pub fn same(a: U256, b: U256) -> bool {
    (a.0[0] ^ b.0[0]) | (a.0[1] ^ b.0[1]) | (a.0[2] ^ b.0[2]) | (a.0[3] ^ b.0[3]) == 0
}

/// EQ.
#[inline(always)]
pub fn eq(a: U256, b: U256) -> U256 {
    from_bool(same(a, b))
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

/// CLZ (EIP-7939): the number of leading zero bits, 256 for zero.
#[inline(always)]
pub fn clz(x: U256) -> U256 {
    let [x0, x1, x2, x3] = x.0;
    let (limb, above) = (select(x3 != 0, x3, x2), select(x3 != 0, 0, 64));
    let (low, below) = (select(x1 != 0, x1, x0), select(x1 != 0, 128, 192));
    let high = x3 | x2 != 0;
    let zeros = select(high, limb, low).leading_zeros();
    from_u64(u64::from(zeros) + select(high, above, below))
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

    /// Words of limbs at which an estimated quotient is off, and of every length.
    fn hard_words() -> impl Strategy<Value = U256> {
        let edges = vec![
            0,
            0,
            1,
            2,
            u64::MAX,
            u64::MAX - 1,
            1 << 63,
            (1 << 63) - 1,
            (1 << 63) + 1,
            1 << 32,
        ];
        let limb = prop_oneof![4 => prop::sample::select(edges), 1 => any::<u64>()];
        (prop::array::uniform4(limb), 1..=4usize).prop_map(|(mut limbs, length)| {
            limbs[length..].fill(0);
            U256(limbs)
        })
    }

    /// MULMOD with a modulus that comes for the first, the second and the third time.
    fn mulmod(a: U256, b: U256, m: U256) -> U256 {
        let mut memory = Modulus::default();
        let first = memory.mulmod(a, b, m);
        assert_eq!(memory.mulmod(a, b, m), first);
        assert_eq!(memory.mulmod(b, a, m), first);
        first
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn division_where_estimates_are_off(a in hard_words(), b in hard_words(), m in hard_words()) {
            let over = |x: &BigUint, y: U256| if y.is_zero() { BigUint::ZERO } else { x / big(y) };
            let modulus = |x: &BigUint, y: U256| if y.is_zero() { BigUint::ZERO } else { x % big(y) };
            prop_assert_eq!(mul(a, b), small(&(big(a) * big(b))));
            prop_assert_eq!(checked_product(a, b.0[0]), a.checked_mul(U256::from(b.0[0])));
            prop_assert_eq!(div(a, m), small(&over(&big(a), m)));
            prop_assert_eq!(rem(a, m), small(&modulus(&big(a), m)));
            prop_assert_eq!(addmod(a, b, m), small(&modulus(&(big(a) + big(b)), m)));
            prop_assert_eq!(mulmod(a, b, m), small(&modulus(&(big(a) * big(b)), m)));
        }

        /// Quotients at which an estimate is off are made of a divisor, a quotient and what is left.
        #[test]
        fn division_undoes_multiplication(q in hard_words(), m in hard_words(), left in hard_words()) {
            let m = if m.is_zero() { ONE } else { m };
            let left = big(left) % big(m);
            let quotients = ((BigUint::from(1u8) << 256u32) - 1u8 - &left) / big(m) + 1u8;
            let q = small(&(big(q) % quotients));
            let all = big(q) * big(m) + &left;
            prop_assert_eq!(div(small(&all), m), q);
            prop_assert_eq!(rem(small(&all), m), small(&left));
        }

        /// Operands of which neither is above the modulus, or one a little.
        #[test]
        fn sums_near_a_modulus(a in hard_words(), b in hard_words(), m in hard_words(), above in 0u64..3) {
            let m = if m.is_zero() { ONE } else { m };
            let (a, b) = (small(&(big(a) % big(m))), small(&(big(b) % big(m) + above)));
            prop_assert_eq!(addmod(a, b, m), small(&((big(a) + big(b)) % big(m))));
            prop_assert_eq!(mulmod(a, b, m), small(&((big(a) * big(b)) % big(m))));
        }

        /// Moduli a little below 2^256.
        #[test]
        fn products_by_a_modulus_of_ones(a in hard_words(), b in hard_words(), low in hard_words()) {
            let m = U256([low.0[0], u64::MAX, u64::MAX, u64::MAX]);
            for (a, b) in [(a, b), (not(a), b), (not(a), not(b))] {
                prop_assert_eq!(mulmod(a, b, m), small(&((big(a) * big(b)) % big(m))));
            }
        }
    }

    proptest! {
        #[test]
        fn powers(base in hard_words(), exponent in hard_words(), few in 0u64..300, zeros in 0u64..256) {
            let modulo = BigUint::from(1u8) << 256u32;
            let even = shl(from_u64(zeros), base);
            for (base, exponent) in [
                (base, exponent),
                (base, from_u64(few)),
                (even, from_u64(few)),
                (shl(from_u64(zeros), ONE), from_u64(few)),
                (shl(from_u64(zeros), ONE), exponent),
            ] {
                prop_assert_eq!(exp(base, exponent), small(&big(base).modpow(&big(exponent), &modulo)));
            }
        }
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
        fn sign_extension(size in 0u64..40, x in words(), high in hard_words()) {
            let mut bytes = to_be_bytes(x);
            if size < 31 {
                let first = 31 - size as usize;
                let fill = if bytes[first] & 0x80 == 0 { 0 } else { 0xff };
                bytes[..first].fill(fill);
            }
            prop_assert_eq!(signextend(from_u64(size), x), from_be_bytes(&bytes));
            let far = U256([size, high.0[1] | 1, high.0[2], high.0[3]]);
            prop_assert_eq!(signextend(far, x), x);
            prop_assert_eq!(byte(far, x), U256::zero());
            prop_assert_eq!(shl(far, x), U256::zero());
            prop_assert_eq!(shr(far, x), U256::zero());
        }

        #[test]
        fn bytes_limbs_and_shifts_by_each_number(x in hard_words()) {
            for bits in 0..260u64 {
                let shift = from_u64(bits);
                prop_assert_eq!(shl(shift, x), small(&(big(x) << bits)));
                prop_assert_eq!(shr(shift, x), small(&(big(x) >> bits)));
                let sign = if is_negative(x) { not(U256::zero()) } else { U256::zero() };
                let filled = or(shr(shift, x), if bits < 256 { not(shr(shift, not(U256::zero()))) } else { sign });
                prop_assert_eq!(sar(shift, x), if is_negative(x) { filled } else { shr(shift, x) });
            }
            for (index, &expected) in to_be_bytes(x).iter().enumerate() {
                prop_assert_eq!(byte(from_u64(index as u64), x), from_u64(u64::from(expected)));
            }
        }
    }
}
