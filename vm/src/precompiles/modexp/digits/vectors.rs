//! The products of [`super::Digits`].

use std::arch::x86_64::{
    __m512i, _mm256_extract_epi64, _mm512_add_epi64, _mm512_alignr_epi64, _mm512_and_si512,
    _mm512_broadcastq_epi64, _mm512_castsi512_si128, _mm512_castsi512_si256,
    _mm512_cmpgt_epi64_mask, _mm512_extracti64x4_epi64, _mm512_madd52hi_epu64,
    _mm512_madd52lo_epu64, _mm512_maskz_srli_epi64, _mm512_or_si512, _mm512_set1_epi64,
    _mm512_setr_epi64, _mm512_setzero_si512, _mm512_srli_epi64,
};

use super::super::radix::mask;
use super::{BITS, LANES, Multiple, Multiply, Vector};

/// A digit with all bits set.
const MASK: u64 = mask::<BITS>();

/// From so many vectors on it is loads that count, and not how long one step waits for another.
const LONG: usize = 7;

/// The function for so many vectors.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn multiply(vectors: usize) -> Option<Multiply> {
    Some(match vectors {
        1 => product::<1>,
        2 => product::<2>,
        3 => product::<3>,
        4 => product::<4>,
        5 => product::<5>,
        6 => product::<6>,
        7 => product::<7>,
        8 => product::<8>,
        9 => product::<9>,
        10 => product::<10>,
        11 => product::<11>,
        12 => product::<12>,
        13 => product::<13>,
        14 => product::<14>,
        15 => product::<15>,
        16 => product::<16>,
        17 => product::<17>,
        18 => product::<18>,
        19 => product::<19>,
        20 => product::<20>,
        _ => return None,
    })
}

/// See [`Multiply`].
#[target_feature(enable = "avx512f,avx512ifma")]
fn product<const VECTORS: usize>(
    number: &mut [Vector],
    factor: Option<&[Vector]>,
    multiple: &Multiple,
    count: usize,
) {
    let (Some(a), Some(n), Some(n_above_lowest)) = (
        number.first_chunk::<VECTORS>(),
        multiple.digits.first_chunk::<VECTORS>(),
        multiple.above_lowest.first_chunk::<VECTORS>(),
    ) else {
        return;
    };
    let factor = factor.unwrap_or(number);
    let sums = if VECTORS < LONG {
        short_sums(a, factor, [n, n_above_lowest], count)
    } else {
        long_sums(a, factor, n, count)
    };
    write(sums, number);
}

/// Each step drops the lowest digit of the sum, which is the factor of `N` that clears it, and adds the multiple of `a` by a
/// digit: the low halves of this one's products, and the high halves of those of the digit before, which are a digit higher.
/// What is added does not wait for the sum. No sum overflows: it gets four halves, of 52 bits, in each step.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn short_sums<const VECTORS: usize>(
    a: &[Vector; VECTORS],
    factor: &[Vector],
    [n, n_above_lowest]: [&[Vector; VECTORS]; 2],
    count: usize,
) -> [__m512i; VECTORS] {
    let zero = _mm512_setzero_si512();
    let mut sums = [zero; VECTORS];
    let mut before = zero;
    for position in 0..=count {
        let digit = everywhere(factor, position);
        let lowest = _mm512_broadcastq_epi64(_mm512_castsi512_si128(sums[0]));
        let carry = _mm512_maskz_srli_epi64::<{ BITS as u32 }>(1, sums[0]);
        for place in 0..VECTORS {
            let a = vector(&a[place]);
            let added = _mm512_madd52hi_epu64(zero, a, before);
            let added = _mm512_madd52lo_epu64(added, a, digit);
            let added = _mm512_madd52lo_epu64(added, vector(&n_above_lowest[place]), lowest);
            let added = _mm512_madd52hi_epu64(added, vector(&n[place]), lowest);
            let above = sums.get(place + 1).copied().unwrap_or(zero);
            let rest = _mm512_alignr_epi64::<1>(above, sums[place]);
            let rest = _mm512_add_epi64(rest, if place == 0 { carry } else { zero });
            sums[place] = _mm512_add_epi64(rest, added);
        }
        before = digit;
    }
    sums
}

/// The same with fewer instructions and loads, which are what long numbers wait for: both halves belong to one digit, and the
/// sum moves between them.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn long_sums<const VECTORS: usize>(
    a: &[Vector; VECTORS],
    factor: &[Vector],
    n: &[Vector; VECTORS],
    count: usize,
) -> [__m512i; VECTORS] {
    let zero = _mm512_setzero_si512();
    let mut sums = [zero; VECTORS];
    for position in 0..count {
        let digit = everywhere(factor, position);
        for (sum, a) in sums.iter_mut().zip(a) {
            *sum = _mm512_madd52lo_epu64(*sum, vector(a), digit);
        }
        let lowest = _mm512_broadcastq_epi64(_mm512_castsi512_si128(sums[0]));
        let carry = _mm512_maskz_srli_epi64::<{ BITS as u32 }>(1, sums[0]);
        for (sum, n) in sums.iter_mut().zip(n) {
            *sum = _mm512_madd52lo_epu64(*sum, vector(n), lowest);
        }
        for place in 0..VECTORS {
            let above = sums.get(place + 1).copied().unwrap_or(zero);
            sums[place] = _mm512_alignr_epi64::<1>(above, sums[place]);
        }
        sums[0] = _mm512_add_epi64(sums[0], carry);
        for ((sum, a), n) in sums.iter_mut().zip(a).zip(n) {
            *sum = _mm512_madd52hi_epu64(*sum, vector(a), digit);
            *sum = _mm512_madd52hi_epu64(*sum, vector(n), lowest);
        }
    }
    sums
}

/// A digit in all lanes, or zero beyond the number.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn everywhere(number: &[Vector], position: usize) -> __m512i {
    let digits = number.get(position / LANES);
    let digit = digits.map_or(0, |digits| digits.0[position % LANES]);
    _mm512_set1_epi64(digit.cast_signed())
}

/// Writes sums as digits, and carries what they have above 52 bits.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn write<const VECTORS: usize>(sums: [__m512i; VECTORS], number: &mut [Vector]) {
    let mask = _mm512_set1_epi64(MASK.cast_signed());
    let zero = _mm512_setzero_si512();
    let (mut below, mut all) = (zero, zero);
    for (sum, digits) in sums.into_iter().zip(number.iter_mut()) {
        let high = _mm512_srli_epi64::<{ BITS as u32 }>(sum);
        let carried = _mm512_alignr_epi64::<7>(high, below);
        let sum = _mm512_add_epi64(_mm512_and_si512(sum, mask), carried);
        *digits = words(sum);
        below = high;
        all = _mm512_or_si512(all, sum);
    }
    // Hardly ever has a digit one bit more now.
    if _mm512_cmpgt_epi64_mask(all, mask) != 0 {
        carry_on(number);
    }
}

/// Carries what digits have above 52 bits.
#[cold]
fn carry_on(number: &mut [Vector]) {
    let mut carry = 0;
    for digit in number.iter_mut().flat_map(|digits| &mut digits.0) {
        let sum = *digit + carry;
        *digit = sum & MASK;
        carry = sum >> BITS;
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn vector(digits: &Vector) -> __m512i {
    let [a, b, c, d, e, f, g, h] = digits.0.map(u64::cast_signed);
    _mm512_setr_epi64(a, b, c, d, e, f, g, h)
}

#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn words(vector: __m512i) -> Vector {
    let low = _mm512_castsi512_si256(vector);
    let high = _mm512_extracti64x4_epi64::<1>(vector);
    Vector(
        [
            _mm256_extract_epi64::<0>(low),
            _mm256_extract_epi64::<1>(low),
            _mm256_extract_epi64::<2>(low),
            _mm256_extract_epi64::<3>(low),
            _mm256_extract_epi64::<0>(high),
            _mm256_extract_epi64::<1>(high),
            _mm256_extract_epi64::<2>(high),
            _mm256_extract_epi64::<3>(high),
        ]
        .map(i64::cast_unsigned),
    )
}

#[cfg(test)]
mod tests {
    use super::super::LANES;
    use super::*;

    #[test]
    fn what_is_above_the_mask_is_carried() {
        let mut number = [Vector([MASK; LANES]), Vector([MASK, 0, 5, 0, 0, 0, 0, 0])];
        number[0].0[0] = MASK + 8;
        carry_on(&mut number);
        assert_eq!(number[0].0, [7, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(number[1].0, [0, 1, 5, 0, 0, 0, 0, 0]);
    }
}
