//! Points of secp256r1 where the processor multiplies four pairs of 52 bits at once, and may count signed numbers (AVX-512
//! with IFMA and VL).
//!
//! Four numbers modulo `p = 2^256 - 2^224 + 2^192 + 2^96 - 1` stand side by side, in five digits of 52 bits. They are kept
//! after Montgomery, times `2^260`. A product is below 1.1 times `p`, if its factors are: nothing here is ever reduced to less
//! than `p`, and there is no branch that depends on a number. Each step of a formula multiplies up to three pairs; a
//! coordinate of a point stands in all lanes.

use std::arch::x86_64::{
    __m256i, _mm256_add_epi64, _mm256_and_si256, _mm256_blend_epi32, _mm256_extract_epi64,
    _mm256_madd52hi_epu64, _mm256_madd52lo_epu64, _mm256_permute4x64_epi64, _mm256_set1_epi64x,
    _mm256_setzero_si256, _mm256_slli_epi64, _mm256_srai_epi64, _mm256_srli_epi64,
    _mm256_sub_epi64,
};

use super::{DIGITS, Digits, Multiple};
use crate::precompiles::radix52::{BITS, MASK};

/// A digit of each of four numbers, for each digit.
type Lanes = [__m256i; DIGITS];

/// Digits of `p`.
const MODULUS: [i64; DIGITS] = [
    0xf_ffff_ffff_ffff,
    0xfff_ffff_ffff,
    0,
    0x10_0000_0000,
    0xffff_ffff_0000,
];
/// Digits of `p + 1` that are not zero.
const ABOVE_MODULUS: [(usize, i64); 3] = [(1, 1 << 44), (3, 1 << 36), (4, (1 << 48) - (1 << 16))];
/// Bits of the highest digit that `2^256` does not have.
const TOP_BITS: u32 = 48;

/// The sum of both multiples of points, by the digits of scalars; `one` is that number.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
pub(super) fn sum(products: [(&[i64], &[Multiple]); 2], one: &Digits) -> Option<[Digits; 3]> {
    let mut sum: Option<Point> = None;
    let longest = products.iter().map(|(digits, _)| digits.len()).max();
    for position in (0..longest.unwrap_or(0)).rev() {
        if let Some(sum) = &mut sum {
            sum.double();
        }
        for (digits, multiples) in products {
            let digit = digits.get(position).copied().unwrap_or(0);
            if digit == 0 {
                continue;
            }
            let multiple = multiples.get(digit.unsigned_abs() as usize / 2)?;
            let y = &multiple.y[usize::from(digit < 0)];
            match &mut sum {
                None => sum = Some(Point::new(&multiple.x, y, one)),
                Some(sum) => sum.add(&multiple.x, y)?,
            }
        }
    }
    sum.map(|sum| sum.coordinates())
}

/// A point in Jacobian coordinates, which is not infinity.
struct Point {
    x: Lanes,
    y: Lanes,
    z: Lanes,
}

impl Point {
    #[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
    fn new(x: &Digits, y: &Digits, one: &Digits) -> Self {
        Self {
            x: everywhere(x),
            y: everywhere(y),
            z: everywhere(one),
        }
    }

    #[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
    fn coordinates(&self) -> [Digits; 3] {
        [&self.x, &self.y, &self.z].map(|lanes| lanes.map(|digit| lowest(digit)))
    }

    /// "dbl-2001-b" of the Explicit-Formulas Database, for curves whose a is -3, but for z.
    #[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
    #[inline]
    fn double(&mut self) {
        let Self { x, y, z } = self;
        let products = multiply(&three(z, y, y), &three(z, y, z));
        let [delta, gamma, yz] = apart(&products);
        *z = reduce(twice(&yz));

        let left = three(x, &minus(x, &delta, 2), &gamma);
        let right = three(&gamma, &plus(x, &delta), &gamma);
        let products = multiply(&reduce(left), &reduce(right));
        let [beta, alpha, gamma_2] = apart(&products);
        let alpha = reduce(plus(&twice(&alpha), &alpha));

        let alpha_2 = multiply(&alpha, &alpha);
        let beta_4 = twice(&twice(&beta));
        *x = reduce(minus(&alpha_2, &twice(&beta_4), 16));
        let beta_12 = plus(&twice(&beta_4), &beta_4);
        let distance = reduce(minus(&beta_12, &alpha_2, 2));

        let gamma_8 = twice(&twice(&twice(&gamma_2)));
        *y = reduce(minus(&multiply(&alpha, &distance), &gamma_8, 16));
    }

    /// Adds a point in affine coordinates ("add-2004-hmv" of the Explicit-Formulas Database). `None` if both have the same x,
    /// which the formula is not made for, and once in 2^51 times if they do not.
    #[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
    #[inline]
    fn add(&mut self, x_of_other: &Digits, y_of_other: &Digits) -> Option<()> {
        let Self { x, y, z } = self;
        let (x_of_other, y_of_other) = (everywhere(x_of_other), everywhere(y_of_other));
        let z_2 = multiply(z, z);
        let products = multiply(&three(&x_of_other, z, z), &z_2);
        let [x_scaled, z_3, _] = apart(&products);
        let h = reduce(minus(&x_scaled, x, 2));
        // Zero is kept as zero or as p.
        if matches!(lowest(h[0]), 0 | MASK) {
            return None;
        }

        let products = multiply(&three(&y_of_other, &h, &h), &three(&z_3, &h, z));
        let [y_scaled, h_2, new_z] = apart(&products);
        let r = reduce(minus(&y_scaled, y, 2));

        let products = multiply(&three(&h_2, &h_2, &r), &three(&h, x, &r));
        let [h_3, v, r_2] = apart(&products);
        let subtracted = plus(&h_3, &twice(&v));
        *x = reduce(minus(&r_2, &subtracted, 4));
        let distance = reduce(minus(&plus(&subtracted, &v), &r_2, 2));

        let products = multiply(&three(&r, y, y), &three(&distance, &h_3, &h_3));
        let [first, second, _] = apart(&products);
        *y = reduce(minus(&first, &second, 2));
        *z = new_z;
        Some(())
    }
}

/// Products of the numbers in each lane, divided by `2^260`, modulo `p`.
///
/// The factor of `p + 1` that clears a digit is the digit itself, as `p` ends in 96 bits that are set.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
#[inline]
fn multiply(a: &Lanes, b: &Lanes) -> Lanes {
    let zero = _mm256_setzero_si256();
    // Low and high halves apart, so that they need not wait for each other.
    let (mut low, mut high) = ([zero; 2 * DIGITS], [zero; 2 * DIGITS]);
    for (i, a) in a.iter().enumerate() {
        for (j, b) in b.iter().enumerate() {
            low[i + j] = _mm256_madd52lo_epu64(low[i + j], *a, *b);
            high[i + j + 1] = _mm256_madd52hi_epu64(high[i + j + 1], *a, *b);
        }
    }
    let mut carry = zero;
    for place in 0..DIGITS {
        let digit = _mm256_add_epi64(_mm256_add_epi64(low[place], high[place]), carry);
        for (above, factor) in ABOVE_MODULUS {
            let factor = _mm256_set1_epi64x(factor);
            let (at, above) = (place + above, place + above + 1);
            low[at] = _mm256_madd52lo_epu64(low[at], digit, factor);
            high[above] = _mm256_madd52hi_epu64(high[above], digit, factor);
        }
        carry = _mm256_srli_epi64::<{ BITS as i32 }>(digit);
    }
    let mut digits = [zero; DIGITS];
    for (place, digit) in digits.iter_mut().enumerate() {
        *digit = _mm256_add_epi64(low[DIGITS + place], high[DIGITS + place]);
    }
    digits[0] = _mm256_add_epi64(digits[0], carry);
    carried(digits)
}

/// A number that is not negative, modulo `p`: below 1.1 times `p`. Digits may be negative, or longer than 52 bits.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
#[inline]
fn reduce([d0, d1, d2, d3, d4]: Lanes) -> Lanes {
    // 2^256 is 2^224 - 2^192 - 2^96 + 1.
    let above = _mm256_srai_epi64::<TOP_BITS>(d4);
    let d4 = _mm256_and_si256(d4, _mm256_set1_epi64x((1 << TOP_BITS) - 1));
    carried([
        _mm256_add_epi64(d0, above),
        _mm256_sub_epi64(d1, _mm256_slli_epi64::<44>(above)),
        d2,
        _mm256_sub_epi64(d3, _mm256_slli_epi64::<36>(above)),
        _mm256_add_epi64(d4, _mm256_slli_epi64::<16>(above)),
    ])
}

/// Carries what digits have above 52 bits, up to the highest one, and what they lack below zero.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
#[inline]
fn carried(mut digits: Lanes) -> Lanes {
    let mask = _mm256_set1_epi64x(MASK.cast_signed());
    for place in 1..DIGITS {
        let carry = _mm256_srai_epi64::<{ BITS as u32 }>(digits[place - 1]);
        digits[place - 1] = _mm256_and_si256(digits[place - 1], mask);
        digits[place] = _mm256_add_epi64(digits[place], carry);
    }
    digits
}

#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
#[inline]
fn plus(a: &Lanes, b: &Lanes) -> Lanes {
    let mut sum = *a;
    for (sum, b) in sum.iter_mut().zip(b) {
        *sum = _mm256_add_epi64(*sum, *b);
    }
    sum
}

#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
#[inline]
fn twice(a: &Lanes) -> Lanes {
    plus(a, a)
}

/// The difference plus so many times `p`, so that it is not negative.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
#[inline]
fn minus(a: &Lanes, b: &Lanes, times: i64) -> Lanes {
    let mut difference = *a;
    for ((difference, b), modulus) in difference.iter_mut().zip(b).zip(MODULUS) {
        let added = _mm256_add_epi64(*difference, _mm256_set1_epi64x(times * modulus));
        *difference = _mm256_sub_epi64(added, *b);
    }
    difference
}

/// The first number in the first lane, the second one in the second, the third one in both others.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
#[inline]
fn three(a: &Lanes, b: &Lanes, c: &Lanes) -> Lanes {
    let mut lanes = *c;
    for ((lanes, a), b) in lanes.iter_mut().zip(a).zip(b) {
        let first = _mm256_blend_epi32::<0b1100>(*a, *b);
        *lanes = _mm256_blend_epi32::<0b1111>(*lanes, first);
    }
    lanes
}

/// What stands in the first three lanes, each in all lanes.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
#[inline]
fn apart(lanes: &Lanes) -> [Lanes; 3] {
    let mut apart = [*lanes; 3];
    let [first, second, third] = &mut apart;
    for (((digit, first), second), third) in lanes.iter().zip(first).zip(second).zip(third) {
        *first = _mm256_permute4x64_epi64::<0b00_00_00_00>(*digit);
        *second = _mm256_permute4x64_epi64::<0b01_01_01_01>(*digit);
        *third = _mm256_permute4x64_epi64::<0b10_10_10_10>(*digit);
    }
    apart
}

#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
#[inline]
fn everywhere(number: &Digits) -> Lanes {
    let mut lanes = [_mm256_setzero_si256(); DIGITS];
    for (lanes, digit) in lanes.iter_mut().zip(number) {
        *lanes = _mm256_set1_epi64x(digit.cast_signed());
    }
    lanes
}

#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
#[inline]
fn lowest(digit: __m256i) -> u64 {
    _mm256_extract_epi64::<0>(digit).cast_unsigned()
}
