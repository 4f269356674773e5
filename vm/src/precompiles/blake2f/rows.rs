//! Rounds of BLAKE2b on rows of four words, with the instructions of AVX2.

use std::arch::x86_64::{
    __m256i, _mm256_add_epi64, _mm256_extract_epi64, _mm256_or_si256, _mm256_permute4x64_epi64,
    _mm256_set_epi64x, _mm256_setr_epi8, _mm256_shuffle_epi8, _mm256_shuffle_epi32,
    _mm256_slli_epi64, _mm256_srli_epi64, _mm256_xor_si256,
};
use std::hint::black_box;

use super::SIGMA;

/// The words of a message that one round adds: two rows for the columns, and two for the diagonals.
type Schedule = [__m256i; 4];

/// The same as [`super::run_rounds_by_words`].
#[target_feature(enable = "avx2,bmi2")]
pub(super) fn run_rounds(rounds: u32, v: &mut [u64; 16], m: &[u64; 16]) {
    let schedules: [Schedule; 10] = std::array::from_fn(|i| schedule(m, &SIGMA[i]));
    // The compiler would take two instructions for the second one if it knew what it does.
    let turns = [bytes_turned::<3>(), black_box(bytes_turned::<2>())];
    let mut state: [__m256i; 4] =
        std::array::from_fn(|i| row([v[4 * i], v[4 * i + 1], v[4 * i + 2], v[4 * i + 3]]));
    for _ in 0..rounds / 10 {
        for schedule in &schedules {
            round(&mut state, schedule, turns);
        }
    }
    for schedule in schedules.iter().take((rounds % 10) as usize) {
        round(&mut state, schedule, turns);
    }
    for (words, row) in v.as_chunks_mut().0.iter_mut().zip(state) {
        *words = self::words(row);
    }
}

/// Columns, and then diagonals. So that the diagonals stand in columns, the rows turn against each other; the second one,
/// for which the next step waits, stays as it is.
#[target_feature(enable = "avx2,bmi2")]
#[inline]
fn round(state: &mut [__m256i; 4], schedule: &Schedule, turns: Turns) {
    mix(state, [schedule[0], schedule[1]], turns);
    let [a, _, c, d] = state;
    *a = _mm256_permute4x64_epi64::<TURN_3>(*a);
    *c = _mm256_permute4x64_epi64::<TURN_1>(*c);
    *d = _mm256_permute4x64_epi64::<TURN_2>(*d);
    mix(state, [schedule[2], schedule[3]], turns);
    let [a, _, c, d] = state;
    *a = _mm256_permute4x64_epi64::<TURN_1>(*a);
    *c = _mm256_permute4x64_epi64::<TURN_3>(*c);
    *d = _mm256_permute4x64_epi64::<TURN_2>(*d);
}

/// Each word gets the value of the next one, of the next but one, of the one before.
const TURN_1: i32 = 0b00_11_10_01;
const TURN_2: i32 = 0b01_00_11_10;
const TURN_3: i32 = 0b10_01_00_11;

/// The mixing function G (RFC 7693, section 3.1) of four columns.
#[target_feature(enable = "avx2,bmi2")]
#[inline]
fn mix([a, b, c, d]: &mut [__m256i; 4], [first, second]: [__m256i; 2], [by_3, by_2]: Turns) {
    *a = _mm256_add_epi64(_mm256_add_epi64(*a, first), *b);
    *d = _mm256_shuffle_epi32::<0b10_11_00_01>(_mm256_xor_si256(*d, *a));
    *c = _mm256_add_epi64(*c, *d);
    *b = _mm256_shuffle_epi8(_mm256_xor_si256(*b, *c), by_3);
    *a = _mm256_add_epi64(_mm256_add_epi64(*a, second), *b);
    *d = _mm256_shuffle_epi8(_mm256_xor_si256(*d, *a), by_2);
    *c = _mm256_add_epi64(*c, *d);
    let sum = _mm256_xor_si256(*b, *c);
    *b = _mm256_or_si256(_mm256_srli_epi64::<63>(sum), _mm256_slli_epi64::<1>(sum));
}

/// Where the bytes of each word come from when it turns right by three bytes, and by two.
type Turns = [__m256i; 2];

#[target_feature(enable = "avx2,bmi2")]
fn bytes_turned<const BYTES: i8>() -> __m256i {
    let at = |byte: i8| (byte & 8) | ((byte + BYTES) & 7);
    let (a, b, c, d, e, f, g, h) = (at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7));
    let (i, j, k, l, m, n, o, p) = (at(8), at(9), at(10), at(11), at(12), at(13), at(14), at(15));
    _mm256_setr_epi8(
        a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, a, b, c, d, e, f, g, h, i, j, k, l, m, n,
        o, p,
    )
}

#[target_feature(enable = "avx2,bmi2")]
fn schedule(m: &[u64; 16], order: &[usize; 16]) -> Schedule {
    let pick = |places: [usize; 4]| row(places.map(|place| m[order[place]]));
    [
        pick([0, 2, 4, 6]),
        pick([1, 3, 5, 7]),
        // The diagonals begin in the first row, which has turned by three.
        pick([14, 8, 10, 12]),
        pick([15, 9, 11, 13]),
    ]
}

#[target_feature(enable = "avx2,bmi2")]
fn row([a, b, c, d]: [u64; 4]) -> __m256i {
    _mm256_set_epi64x(
        d.cast_signed(),
        c.cast_signed(),
        b.cast_signed(),
        a.cast_signed(),
    )
}

#[target_feature(enable = "avx2,bmi2")]
fn words(row: __m256i) -> [u64; 4] {
    [
        _mm256_extract_epi64::<0>(row).cast_unsigned(),
        _mm256_extract_epi64::<1>(row).cast_unsigned(),
        _mm256_extract_epi64::<2>(row).cast_unsigned(),
        _mm256_extract_epi64::<3>(row).cast_unsigned(),
    ]
}
