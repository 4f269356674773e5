//! The products of [`super::Lanes`].

use std::arch::x86_64::{
    __m256i, _mm256_add_epi64, _mm256_and_si256, _mm256_blend_epi32, _mm256_extract_epi64,
    _mm256_mul_epu32, _mm256_permute4x64_epi64, _mm256_set1_epi32, _mm256_set1_epi64x,
    _mm256_setr_epi64x, _mm256_setzero_si256, _mm256_srli_epi64,
};
use std::array;

use super::super::radix::mask;
use super::{AFTER, BEFORE, BITS, LANES, Multiply, ROWS, Vector, ZEROS};

const MASK: u64 = mask::<BITS>();

/// What is known of the rows that are added next.
struct Rows {
    /// The lowest digits of `a` and of `N + 1`.
    lowest: [[u64; ROWS]; 2],
    /// The digits by which `a` is multiplied.
    digits: [u64; ROWS],
    /// The factors by which `N` clears as many digits of the sum.
    factors: [u64; ROWS],
    /// What those digits carry to the next one.
    carry: u64,
}

impl Rows {
    /// Goes on to the next digits of the factor and of the sum. No number overflows; see [`super::BITS`].
    #[inline(always)]
    fn next(&mut self, digits: [u64; ROWS], sums: [u64; ROWS]) {
        let [a, n] = self.lowest;
        self.digits = digits;
        for place in 0..ROWS {
            let mut sum = sums[place] + self.carry;
            for row in 0..=place {
                sum += a[place - row] * digits[row];
            }
            for row in 0..place {
                sum += n[place - row] * self.factors[row];
            }
            // `N` is one less than what is known of it, so that this digit becomes zero.
            self.factors[place] = sum & MASK;
            self.carry = sum >> BITS;
        }
    }
}

#[target_feature(enable = "avx2")]
pub(super) fn multiply() -> Multiply {
    product
}

/// See [`Multiply`]. A lane at a time, whose digits are the factor's lower ones; after each, what the sum has in a lane belongs
/// to the lane below.
#[target_feature(enable = "avx2")]
fn product(number: &mut [Vector], factor: Option<&[Vector]>, n: &[Vector], sums: &mut Vec<Vector>) {
    let a = &*number;
    let vectors = a.len() - BEFORE - AFTER;
    let factor = &factor.unwrap_or(a)[BEFORE..][..vectors];
    let digits = |first: usize, lane: usize| array::from_fn(|row| factor[first + row].0[lane]);
    sums.clear();
    sums.resize(2 * vectors, ZEROS);
    let mut rows = Rows {
        lowest: [lowest(&a[BEFORE..]), lowest(&n[BEFORE..])],
        digits: [0; ROWS],
        factors: [0; ROWS],
        carry: 0,
    };
    for lane in 0..LANES {
        rows.next(digits(0, lane), lowest(sums));
        for first in (0..vectors).step_by(ROWS) {
            let factors = [everywhere(rows.digits), everywhere(rows.factors)];
            let (soon, later) = sums[first..first + vectors + ROWS].split_at_mut(2 * ROWS);
            add(soon, a, n, &factors);
            if first + ROWS < vectors {
                // The next factors are found while the rest is added.
                rows.next(digits(first + ROWS, lane), lowest(&soon[ROWS..]));
            }
            add(later, &a[2 * ROWS..], &n[2 * ROWS..], &factors);
        }
        let (low, high) = sums.split_at_mut(vectors);
        for (low, high) in low.iter_mut().zip(high) {
            *low = words(_mm256_add_epi64(lane_below(vector(low)), vector(high)));
            *high = ZEROS;
        }
    }
    write(
        &sums[..vectors],
        rows.carry,
        &mut number[BEFORE..][..vectors],
    );
}

/// The digits of the first lane.
fn lowest(vectors: &[Vector]) -> [u64; ROWS] {
    array::from_fn(|place| vectors[place].0[0])
}

/// Adds four multiples of `a` and `N`, each of which begins a vector after the one before it.
#[target_feature(enable = "avx2")]
#[inline]
fn add(sums: &mut [Vector], a: &[Vector], n: &[Vector], factors: &[[__m256i; ROWS]; 2]) {
    let (pairs, _) = sums.as_chunks_mut::<2>();
    for (first, pair) in (0..).step_by(2).zip(pairs) {
        let (Some(a), Some(n)) = (a[first..].first_chunk(), n[first..].first_chunk()) else {
            return;
        };
        add_to_pair(pair, a, n, factors);
    }
}

/// Adds to two vectors of the sum, for which two thirds of the loads are enough that it takes one by one.
#[target_feature(enable = "avx2")]
#[inline]
fn add_to_pair(
    [first, second]: &mut [Vector; 2],
    a: &[Vector; ROWS + 1],
    n: &[Vector; ROWS + 1],
    [digits, factors]: &[[__m256i; ROWS]; 2],
) {
    let (mut sum, mut next) = (vector(first), vector(second));
    for row in 0..ROWS {
        let place = BEFORE - row;
        sum = _mm256_add_epi64(sum, _mm256_mul_epu32(vector(&a[place]), digits[row]));
        sum = _mm256_add_epi64(sum, _mm256_mul_epu32(vector(&n[place]), factors[row]));
        next = _mm256_add_epi64(next, _mm256_mul_epu32(vector(&a[place + 1]), digits[row]));
        next = _mm256_add_epi64(next, _mm256_mul_epu32(vector(&n[place + 1]), factors[row]));
    }
    (*first, *second) = (words(sum), words(next));
}

/// Writes sums as digits, some of the first vectors' with a few bits more.
#[target_feature(enable = "avx2")]
fn write(sums: &[Vector], carry: u64, number: &mut [Vector]) {
    let mask = _mm256_set1_epi64x(MASK.cast_signed());
    let mut carry = _mm256_setr_epi64x(carry.cast_signed(), 0, 0, 0);
    for (sum, digits) in sums.iter().zip(number.iter_mut()) {
        let sum = _mm256_add_epi64(vector(sum), carry);
        *digits = words(_mm256_and_si256(sum, mask));
        carry = _mm256_srli_epi64::<{ BITS as i32 }>(sum);
    }
    // What a lane carries belongs to the lane above; two digits take it in.
    let moved = _mm256_permute4x64_epi64::<0b10_01_00_00>(carry);
    let mut carry = _mm256_blend_epi32::<0b11>(moved, _mm256_setzero_si256());
    for digits in number.iter_mut().take(2) {
        let sum = _mm256_add_epi64(vector(digits), carry);
        *digits = words(_mm256_and_si256(sum, mask));
        carry = _mm256_srli_epi64::<{ BITS as i32 }>(sum);
    }
    if let Some(digits) = number.get_mut(2) {
        *digits = words(_mm256_add_epi64(vector(digits), carry));
    }
}

/// Each digit one lane lower, and none of the lowest.
#[target_feature(enable = "avx2")]
#[inline]
fn lane_below(vector: __m256i) -> __m256i {
    let moved = _mm256_permute4x64_epi64::<0b11_11_10_01>(vector);
    _mm256_blend_epi32::<0b1100_0000>(moved, _mm256_setzero_si256())
}

/// Digits in all lanes, and in both halves of each: the compiler then sees that a multiplication reads one half only.
#[target_feature(enable = "avx2")]
#[inline]
fn everywhere(digits: [u64; ROWS]) -> [__m256i; ROWS] {
    digits.map(|digit| _mm256_set1_epi32((digit as u32).cast_signed()))
}

#[target_feature(enable = "avx2")]
#[inline]
fn vector(digits: &Vector) -> __m256i {
    let [a, b, c, d] = digits.0.map(u64::cast_signed);
    _mm256_setr_epi64x(a, b, c, d)
}

#[target_feature(enable = "avx2")]
#[inline]
fn words(vector: __m256i) -> Vector {
    Vector(
        [
            _mm256_extract_epi64::<0>(vector),
            _mm256_extract_epi64::<1>(vector),
            _mm256_extract_epi64::<2>(vector),
            _mm256_extract_epi64::<3>(vector),
        ]
        .map(i64::cast_unsigned),
    )
}
