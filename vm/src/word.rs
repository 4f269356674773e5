//! 256-bit arithmetic as the EVM defines it (Yellow Paper, appendix H.2): modulo 2^256, division by zero is zero.
//!
//! Operands are in the order of the stack, top first. Everything works on the limbs, and looks at small operands first:
//! most values of real programs have at most 64 bits.

mod division;
mod modulus;

use std::cmp::Ordering;

use primitive_types::{H160, U256};

use division::{divide, divide_by_limb};
pub(crate) use modulus::Modulus;

const ONE: U256 = U256([1, 0, 0, 0]);

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

/// The sum, and whether it is 2^256 more.
#[inline(always)]
fn add_carry(a: U256, b: U256) -> (U256, bool) {
    let (l0, c) = a.0[0].overflowing_add(b.0[0]);
    let (l1, c) = a.0[1].carrying_add(b.0[1], c);
    let (l2, c) = a.0[2].carrying_add(b.0[2], c);
    let (l3, c) = a.0[3].carrying_add(b.0[3], c);
    (U256([l0, l1, l2, l3]), c)
}

/// The difference, and whether it is 2^256 less.
#[inline(always)]
fn sub_borrow(a: U256, b: U256) -> (U256, bool) {
    let (l0, c) = a.0[0].overflowing_sub(b.0[0]);
    let (l1, c) = a.0[1].borrowing_sub(b.0[1], c);
    let (l2, c) = a.0[2].borrowing_sub(b.0[2], c);
    let (l3, c) = a.0[3].borrowing_sub(b.0[3], c);
    (U256([l0, l1, l2, l3]), c)
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
#[inline]
pub fn mul(a: U256, b: U256) -> U256 {
    if a.0[1] | a.0[2] | a.0[3] | b.0[1] | b.0[2] | b.0[3] == 0 {
        let product = u128::from(a.0[0]) * u128::from(b.0[0]);
        return U256([product as u64, (product >> 64) as u64, 0, 0]);
    }
    let mut limbs = [0; 4];
    for (position, &factor) in a.0.iter().enumerate() {
        multiply_add(&mut limbs[position..], factor, &b.0);
    }
    U256(limbs)
}

/// Adds `factor` times `limbs` to `sum`, of which higher limbs than it has are lost; returns the carry out of the last.
#[inline(always)]
fn multiply_add(sum: &mut [u64], factor: u64, limbs: &[u64]) -> u64 {
    let mut carry = 0;
    for (to, &limb) in sum.iter_mut().zip(limbs) {
        let product = u128::from(factor) * u128::from(limb) + u128::from(*to) + u128::from(carry);
        (*to, carry) = (product as u64, (product >> 64) as u64);
    }
    carry
}

/// Quotient and remainder; both are zero for a divisor of zero.
#[inline]
fn div_rem(a: U256, b: U256) -> (U256, U256) {
    let small = |(quotient, [r0, r1]): ([u64; 4], [u64; 2])| (U256(quotient), U256([r0, r1, 0, 0]));
    match b.0 {
        [0, 0, 0, 0] => (U256::zero(), U256::zero()),
        [b0, 0, 0, 0] if a.0[1] | a.0[2] | a.0[3] == 0 => {
            let (quotient, remainder) = (a.0[0] / b0, a.0[0] % b0);
            (U256([quotient, 0, 0, 0]), U256([remainder, 0, 0, 0]))
        }
        [b0, 0, 0, 0] => {
            let (quotient, remainder) = divide_by_limb(&a.0, b0);
            (U256(quotient), U256([remainder, 0, 0, 0]))
        }
        [b0, b1, 0, 0] => small(divide(&a.0, &[b0, b1])),
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
#[inline(always)]
fn wide_rem<const M: usize>(limbs: &[u64; M], modulus: U256) -> U256 {
    match modulus.0 {
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
#[inline]
pub fn div(a: U256, b: U256) -> U256 {
    div_rem(a, b).0
}

/// MOD.
#[inline]
pub fn rem(a: U256, b: U256) -> U256 {
    div_rem(a, b).1
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
    let (low, carry) = add_carry(a, b);
    // Operands of a modulus that fills the word are mostly below it, or not much above: subtract once and look.
    if modulus.0[3] != 0 {
        let (once, borrow) = sub_borrow(low, modulus);
        match (carry, borrow) {
            (false, true) => return low,
            (true, false) => {}
            _ if less(once, modulus) => return once,
            _ => {}
        }
    }
    let [l0, l1, l2, l3] = low.0;
    wide_rem(&[l0, l1, l2, l3, u64::from(carry)], modulus)
}

/// The product of two words in full.
#[inline(always)]
fn product(a: U256, b: U256) -> [u64; 8] {
    let mut product = [0; 8];
    for (position, &factor) in a.0.iter().enumerate() {
        let (low, high) = product[position..].split_at_mut(4);
        high[0] = multiply_add(low, factor, &b.0);
    }
    product
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
    sub_borrow(a, b).1
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

/// Four limbs of eight from a bit on, which is below 256.
#[inline(always)]
fn window(limbs: [u64; 8], bit: u32) -> U256 {
    let (first, bits) = ((bit / 64) as usize, bit % 64);
    let limb = |position: usize| {
        let pair = u128::from(limbs[position]) | u128::from(limbs[position + 1]) << 64;
        (pair >> bits) as u64
    };
    U256([
        limb(first),
        limb(first + 1),
        limb(first + 2),
        limb(first + 3),
    ])
}

/// SHL (EIP-145).
#[inline]
pub fn shl(shift: U256, x: U256) -> U256 {
    match shift_amount(shift) {
        None => U256::zero(),
        Some(0) => x,
        Some(bits) => window([0, 0, 0, 0, x.0[0], x.0[1], x.0[2], x.0[3]], 256 - bits),
    }
}

/// SHR (EIP-145).
#[inline]
pub fn shr(shift: U256, x: U256) -> U256 {
    let Some(bits) = shift_amount(shift) else {
        return U256::zero();
    };
    window([x.0[0], x.0[1], x.0[2], x.0[3], 0, 0, 0, 0], bits)
}

/// SAR (EIP-145): fills with the sign.
#[inline]
pub fn sar(shift: U256, x: U256) -> U256 {
    let fill = (x.0[3] as i64 >> 63) as u64;
    let Some(bits) = shift_amount(shift) else {
        return U256([fill; 4]);
    };
    window(
        [x.0[0], x.0[1], x.0[2], x.0[3], fill, fill, fill, fill],
        bits,
    )
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
            prop_assert_eq!(div(a, m), small(&over(&big(a), m)));
            prop_assert_eq!(rem(a, m), small(&modulus(&big(a), m)));
            prop_assert_eq!(addmod(a, b, m), small(&modulus(&(big(a) + big(b)), m)));
            prop_assert_eq!(mulmod(a, b, m), small(&modulus(&(big(a) * big(b)), m)));
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
