//! Powers modulo a number of any length: by Montgomery multiplication modulo its odd part, by products that are cut off
//! modulo its power of two, and by the Chinese remainder theorem.
//!
//! Our own, because the crates of the field multiply at half the speed of what the processor can do. Limbs are least
//! significant first. Everything here is public, so nothing needs to run in constant time.

use super::limbs::subtract;
use super::ring::{Arithmetic, Ring, inverse_of_limb};
use super::{series, short};

/// `base ^ exponent % modulus`, all big endian, into as many bytes as the modulus has; the modulus is not zero.
pub(super) fn power(base: &[u8], exponent: &[u8], modulus: &[u8], output: &mut [u8]) {
    let base = limbs_of(base);
    let modulus = limbs_of(modulus);
    let zeros = trailing_zeros(&modulus);
    let odd = shift_right(&modulus, zeros);
    let mut result = odd_power(&base, exponent, &odd);
    // The result is odd * k more than the one by the odd part, where k makes it right by the power of two.
    match zeros {
        0 => {}
        1..=64 => {
            let [base, odd_limb, known] =
                [&base, &odd, &result].map(|limbs| limbs.first().copied().unwrap_or(0));
            let difference = power_of_limb(base, exponent).wrapping_sub(known);
            let factor =
                difference.wrapping_mul(inverse_of_limb(odd_limb)) & u64::MAX >> (64 - zeros);
            result = sum_with_product(&result, &odd, &[factor]);
        }
        _ => {
            let ring = Ring::modulo_power_of_two(zeros);
            let mut difference = ring.reduced(&power_of_two_part(&ring, &base, exponent));
            if odd == [1] {
                return write(&difference, output);
            }
            subtract(&mut difference, &ring.reduced(&result));
            let inverse = ring.inverse(&ring.reduced(&odd));
            let factor = ring.product(&ring.reduced(&difference), &inverse);
            result = sum_with_product(&result, &odd, &factor);
        }
    }
    write(&result, output);
}

/// A power modulo an odd number.
fn odd_power(base: &[u64], exponent: &[u8], modulus: &[u64]) -> Vec<u64> {
    #[cfg(target_arch = "x86_64")]
    if let Some(digits) = super::digits::Digits::new(modulus, bits_of(exponent)) {
        return power_in(&digits, base, exponent);
    }
    #[cfg(target_arch = "x86_64")]
    if let Some(lanes) = super::lanes::Lanes::new(modulus) {
        return power_in(&lanes, base, exponent);
    }
    short::power(base, exponent, modulus)
        .unwrap_or_else(|| power_in(&Ring::modulo_odd(modulus.to_vec()), base, exponent))
}

/// A power modulo 2^64. The order of an odd number divides that, so that only the last limb of the exponent counts; a power
/// of an even number soon is zero.
fn power_of_limb(base: u64, exponent: &[u8]) -> u64 {
    let exponent = significant(exponent);
    if base.is_multiple_of(2) && (exponent.len() > 1 || exponent.first() >= Some(&64)) {
        return 0;
    }
    let last = &exponent[exponent.len().saturating_sub(8)..];
    let mut left = last
        .iter()
        .fold(0, |left: u64, byte| left << 8 | u64::from(*byte));
    let (mut power, mut square) = (1u64, base);
    while left > 0 {
        if left & 1 == 1 {
            power = power.wrapping_mul(square);
        }
        square = square.wrapping_mul(square);
        left >>= 1;
    }
    power
}

/// A power modulo a power of two. The order of an odd number divides the modulus, so that high bits of the exponent do not
/// count; a power of an even number soon has zeros only.
fn power_of_two_part(ring: &Ring, base: &[u64], exponent: &[u8]) -> Vec<u64> {
    let bits = ring.bits();
    let zeros = if base.is_empty() {
        bits
    } else {
        trailing_zeros(base)
    };
    let exponent = significant(exponent);
    if zeros > 0 {
        let factor = match exponent {
            [] => 0,
            [.., _, _, _, _, _, _, _, _, _] => usize::MAX,
            short => short
                .iter()
                .fold(0, |value: usize, byte| value << 8 | usize::from(*byte)),
        };
        if zeros.saturating_mul(factor) >= bits {
            return vec![0; bits.div_ceil(64)];
        }
    }
    let count = bits.div_ceil(8).min(exponent.len());
    let exponent = &exponent[exponent.len() - count..];
    let limbs = limbs_of(exponent);
    if zeros == 0 && series::is_worth_it(ring, bit_length(&limbs)) {
        return series::power(ring, base, &limbs);
    }
    power_in(ring, base, exponent)
}

/// A power in a ring, by a window that slides over the exponent's bits from the highest on. Each ring has a function of its
/// own: within one for all, what short numbers need does not stay in registers.
#[inline(never)]
pub(super) fn power_in<R: Arithmetic>(ring: &R, base: &[u64], exponent: &[u8]) -> Vec<u64> {
    let exponent = significant(exponent);
    let bits = bits_of(exponent);
    if bits == 0 {
        return vec![1];
    }
    let bit = |position: usize| exponent[exponent.len() - 1 - position / 8] >> (position % 8) & 1;
    // One bit more costs as many products again for the table; below that, exponents like 65,537 have few bits set.
    let width = match bits {
        0..=24 => 1,
        25..=81 => 3,
        82..=241 => 4,
        242..=673 => 5,
        674..=1_793 => 6,
        1_794..=4_609 => 7,
        _ => 8,
    };
    let base = ring.enter(base);
    // The odd powers that a window can ask for.
    let mut powers = vec![base.clone()];
    if width > 1 {
        let square = ring.product(&base, &base);
        for index in 1..1 << (width - 1) {
            powers.push(ring.product(&powers[index - 1], &square));
        }
    }
    let mut result: Option<R::Element> = None;
    let mut scratch = R::Scratch::default();
    let mut left = bits;
    while left > 0 {
        if bit(left - 1) == 0 {
            left -= 1;
            if let Some(result) = &mut result {
                ring.square(result, &mut scratch);
            }
            continue;
        }
        // A window ends with a bit that is set.
        let mut end = left.saturating_sub(width);
        while bit(end) == 0 {
            end += 1;
        }
        let digit = (end..left)
            .rev()
            .fold(0, |digit, position| digit << 1 | usize::from(bit(position)));
        match &mut result {
            None => result = Some(powers[digit / 2].clone()),
            Some(result) => {
                for _ in end..left {
                    ring.square(result, &mut scratch);
                }
                ring.multiply(result, &powers[digit / 2], &mut scratch);
            }
        }
        left = end;
    }
    result.map_or_else(|| vec![1], |result| ring.leave(result))
}

/// Without leading zeros.
fn significant(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().position(|byte| *byte != 0);
    &bytes[start.unwrap_or(bytes.len())..]
}

/// The length of a big-endian number in bits.
fn bits_of(bytes: &[u8]) -> usize {
    let bytes = significant(bytes);
    let zeros = bytes.first().map_or(0, |first| first.leading_zeros());
    8 * bytes.len() - zeros as usize
}

/// The limbs of a big-endian number, the last of which is not zero.
fn limbs_of(bytes: &[u8]) -> Vec<u64> {
    let (head, chunks) = significant(bytes).as_rchunks::<8>();
    let mut limbs: Vec<u64> = chunks
        .iter()
        .rev()
        .map(|chunk| u64::from_be_bytes(*chunk))
        .collect();
    if !head.is_empty() {
        limbs.push(
            head.iter()
                .fold(0, |limb, byte| limb << 8 | u64::from(*byte)),
        );
    }
    limbs
}

/// Writes a number that fits; what is before it is zero.
fn write(limbs: &[u64], output: &mut [u8]) {
    let bytes = limbs.iter().flat_map(|limb| limb.to_le_bytes());
    for (to, from) in output.iter_mut().rev().zip(bytes) {
        *to = from;
    }
}

/// Bits up to the highest one that is set; the last limb is not zero.
fn bit_length(number: &[u64]) -> usize {
    let zeros = number.last().map_or(0, |last| last.leading_zeros());
    number.len() * 64 - zeros as usize
}

/// Zero bits below the lowest one that is set; the number is not zero.
fn trailing_zeros(limbs: &[u64]) -> usize {
    let zeros = limbs.iter().take_while(|limb| **limb == 0).count();
    zeros * 64
        + limbs
            .get(zeros)
            .map_or(0, |limb| limb.trailing_zeros() as usize)
}

/// The number shifted right, without zero limbs at its end.
pub(super) fn shift_right(limbs: &[u64], bits: usize) -> Vec<u64> {
    let kept = &limbs[bits / 64..];
    let shift = bits % 64;
    let mut shifted: Vec<u64> = (0..kept.len())
        .map(|position| {
            let high = kept.get(position + 1).copied().unwrap_or(0);
            ((u128::from(high) << 64 | u128::from(kept[position])) >> shift) as u64
        })
        .collect();
    if shifted.last() == Some(&0) {
        shifted.pop();
    }
    shifted
}

/// `sum + a * b`.
fn sum_with_product(sum: &[u64], a: &[u64], b: &[u64]) -> Vec<u64> {
    let mut result = vec![0; sum.len().max(a.len() + b.len()) + 1];
    result[..sum.len()].copy_from_slice(sum);
    for (position, factor) in b.iter().enumerate() {
        let mut carry =
            super::limbs::add_multiple(&mut result[position..position + a.len()], a, *factor);
        for limb in &mut result[position + a.len()..] {
            let overflow;
            (*limb, overflow) = limb.overflowing_add(carry);
            carry = u64::from(overflow);
        }
    }
    result
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use num_bigint::BigUint;
    use proptest::prelude::*;

    pub(in super::super) fn integer(limbs: &[u64]) -> BigUint {
        let bytes: Vec<u8> = limbs.iter().flat_map(|limb| limb.to_le_bytes()).collect();
        BigUint::from_bytes_le(&bytes)
    }

    /// Limbs of which many are the least or the greatest.
    pub(in super::super) fn limbs(count: usize) -> impl Strategy<Value = Vec<u64>> {
        let limb = prop_oneof![2 => Just(0), 2 => Just(u64::MAX), 1 => Just(1), 1 => Just(1 << 63), 3 => any::<u64>()];
        prop::collection::vec(limb, count)
    }

    /// The modulus made odd and above one, with a last limb that is not zero.
    pub(in super::super) fn odd(mut modulus: Vec<u64>) -> Vec<u64> {
        modulus[0] |= 3;
        let last = modulus.len() - 1;
        modulus[last] = modulus[last].max(1);
        modulus
    }

    /// Compares a power with that of loops of any length.
    pub(in super::super) fn compare(
        mut power: Vec<u64>,
        base: &[u64],
        exponent: &[u8],
        modulus: &[u64],
    ) -> Result<(), TestCaseError> {
        let mut expected = power_in(&Ring::modulo_odd(modulus.to_vec()), base, exponent);
        for limbs in [&mut power, &mut expected] {
            limbs.resize(2 * modulus.len() + 200, 0);
        }
        prop_assert_eq!(power, expected);
        Ok(())
    }

    /// Checks the least and the greatest of so many limbs as moduli and bases, in this order.
    pub(in super::super) fn check_extremes(
        count: usize,
        check: impl Fn(Vec<u64>, &[u64], &[u8]) -> Result<(), TestCaseError>,
    ) {
        let all = vec![u64::MAX; count];
        let mut alone = vec![0; count];
        alone[count - 1] = 1;
        let mut top = vec![0; count];
        top[count - 1] = 1 << 63;
        let rising: Vec<u64> = (1..=count as u64).map(|limb| limb << 60 | limb).collect();
        for modulus in [&all, &alone, &top, &rising] {
            for base in [&all, &alone, &top, &rising] {
                check(modulus.clone(), base, &[0xb5, 3]).expect("equal");
            }
        }
    }

    fn check(base: &[u8], exponent: &[u8], modulus: &[u8]) -> Result<(), TestCaseError> {
        let [b, e, m] = [base, exponent, modulus].map(BigUint::from_bytes_be);
        if m == BigUint::ZERO {
            return Ok(());
        }
        let mut output = vec![0; modulus.len()];
        power(base, exponent, modulus, &mut output);
        prop_assert_eq!(BigUint::from_bytes_be(&output), b.modpow(&e, &m));
        Ok(())
    }

    /// Bytes of which many are the least or the greatest.
    fn bytes(longest: usize) -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![2 => Just(0), 2 => Just(0xff), 1 => Just(1), 1 => Just(0x80), 3 => any::<u8>()];
        prop::collection::vec(byte, 0..longest)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3_000))]

        #[test]
        fn powers_are_those_of_a_wide_integer(base in bytes(100), exponent in bytes(12), modulus in bytes(90)) {
            check(&base, &exponent, &modulus)?;
        }

        #[test]
        fn long_exponents(base in bytes(20), exponent in bytes(140), modulus in bytes(40)) {
            check(&base, &exponent, &modulus)?;
        }

        #[test]
        fn long_moduli(base in bytes(1_024), exponent in bytes(3), modulus in prop::collection::vec(any::<u8>(), 300..1_300)) {
            check(&base, &exponent, &modulus)?;
        }

        #[test]
        fn powers_of_odd_numbers_modulo_powers_of_two(
            base in bytes(60),
            exponent in bytes(60),
            odd in prop_oneof![Just(vec![1]), bytes(9)],
            zeros in 8..50usize,
            shift in 0..8u32,
        ) {
            let base = [base, vec![0xa5]].concat();
            let modulus = (BigUint::from_bytes_be(&[odd, vec![0; zeros]].concat()) << shift).to_bytes_be();
            check(&base, &exponent, &modulus)?;
        }

        #[test]
        fn odd_numbers_near_one(
            shift in 1..400usize,
            negative: bool,
            exponent in bytes(60),
            limbs in 2..12usize,
        ) {
            let modulus = BigUint::from(1u8) << (64 * limbs);
            let near = (BigUint::from(1u8) << shift) % &modulus;
            let base = if negative { &modulus - 1u8 + near } else { near + 1u8 };
            check(&base.to_bytes_be(), &exponent, &modulus.to_bytes_be())?;
        }

        #[test]
        fn odd_parts_times_powers_of_two(base in bytes(60), exponent in bytes(20), modulus in bytes(40), zeros in 0..40usize) {
            let modulus = [modulus, vec![0; zeros]].concat();
            check(&base, &exponent, &modulus)?;
        }
    }

    /// So long that what is one and little more has one limb, and two limbs, of zeros.
    #[test]
    fn powers_of_odd_numbers_modulo_great_powers_of_two() {
        for bytes in [1_040, 8_200] {
            let modulus = [vec![1], vec![0; bytes]].concat();
            let number = |length: usize| -> Vec<u8> {
                (0..length)
                    .map(|place| (place * place % 251) as u8 | 1)
                    .collect()
            };
            for exponent in [20, 32, 100] {
                check(&number(bytes), &number(exponent), &modulus).expect("equal");
            }
        }
    }

    #[test]
    fn powers_of_two_and_their_neighbours() {
        for bits in 1..200u32 {
            for (add, subtract) in [(0u8, 0u8), (1, 0), (0, 1)] {
                let modulus = (BigUint::from(1u8) << bits) + add - subtract;
                for base in [0u32, 1, 2, 3, 12, u32::MAX] {
                    for exponent in [0u32, 1, 2, 5, 65_537, u32::MAX] {
                        let bytes = modulus.to_bytes_be();
                        check(&base.to_be_bytes(), &exponent.to_be_bytes(), &bytes).expect("equal");
                    }
                }
            }
        }
    }
}
