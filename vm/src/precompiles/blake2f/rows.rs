//! Rounds of BLAKE2b on rows of four words, with the instructions of AVX2, and with one of AVX-512 where there is that.

use std::arch::x86_64::{
    __m256i, _mm256_add_epi64, _mm256_extract_epi64, _mm256_or_si256, _mm256_permute4x64_epi64,
    _mm256_ror_epi64, _mm256_set_epi64x, _mm256_setr_epi8, _mm256_shuffle_epi8,
    _mm256_shuffle_epi32, _mm256_slli_epi64, _mm256_srli_epi64, _mm256_sub_epi64, _mm256_xor_si256,
};
use std::hint::black_box;

use super::SIGMA;

/// The words of a message that one round adds: in the middle of the columns, before the diagonals and in their middle, and
/// before the columns of the next round. What is added before turns with the first row, so that it is done when the second
/// row is.
type Schedule = [__m256i; 4];

// Each word of a row gets the value of the next one, of the next but one, of the one before. This instruction's places are
// constants: the one that takes them from a register takes longer on some processors.
const BY_1: i32 = 0b00_11_10_01;
const BY_2: i32 = 0b01_00_11_10;
const BY_3: i32 = 0b10_01_00_11;

/// Rounds with some instructions, which turn words by 63 bits in their own way.
macro_rules! rounds {
    ($module:ident, $features:literal, |$sum:ident| $turned:expr) => {
        pub(super) mod $module {
            use super::*;

            /// The same as [`super::run_rounds_by_words`].
            #[target_feature(enable = $features)]
            pub(in super::super) fn run_rounds(rounds: u32, v: &mut [u64; 16], m: &[u64; 16]) {
                let turns = Turns::new();
                let before = |round: usize| pick(m, &SIGMA[round], [0, 2, 4, 6]);
                let mut state: [__m256i; 4] = std::array::from_fn(|i| {
                    row([v[4 * i], v[4 * i + 1], v[4 * i + 2], v[4 * i + 3]])
                });
                state[0] = _mm256_add_epi64(state[0], before(0));
                // What a round adds is put together while the one before is under way.
                all_rounds!(rounds, |SCHEDULE| {
                    let (order, next) = (&SIGMA[SCHEDULE], &SIGMA[(SCHEDULE + 1) % 10]);
                    round(&mut state, &schedule(m, order, next), &turns);
                });
                state[0] = _mm256_sub_epi64(state[0], before((rounds % 10) as usize));
                for (words, row) in v.as_chunks_mut().0.iter_mut().zip(state) {
                    *words = super::words(row);
                }
            }

            /// Columns, and then diagonals. So that the diagonals stand in columns, the rows turn against each other; the
            /// second one, for which the next step waits, stays as it is.
            #[target_feature(enable = $features)]
            #[inline]
            fn round(state: &mut [__m256i; 4], schedule: &Schedule, turns: &Turns) {
                mix::<BY_3>(state, schedule[0], schedule[1], turns);
                let [_, _, c, d] = state;
                *c = _mm256_permute4x64_epi64::<BY_1>(*c);
                *d = _mm256_permute4x64_epi64::<BY_2>(*d);
                mix::<BY_1>(state, schedule[2], schedule[3], turns);
                let [_, _, c, d] = state;
                *c = _mm256_permute4x64_epi64::<BY_3>(*c);
                *d = _mm256_permute4x64_epi64::<BY_2>(*d);
            }

            /// The mixing function G (RFC 7693, section 3.1) of four columns, the first word of the message added before. The
            /// first row then has what comes next added, and turns.
            #[target_feature(enable = $features)]
            #[inline]
            fn mix<const TURN: i32>(
                [a, b, c, d]: &mut [__m256i; 4],
                second: __m256i,
                next: __m256i,
                turns: &Turns,
            ) {
                let Turns([by_3, by_2]) = *turns;
                *a = _mm256_add_epi64(*a, *b);
                *d = _mm256_shuffle_epi32::<0b10_11_00_01>(_mm256_xor_si256(*d, *a));
                *c = _mm256_add_epi64(*c, *d);
                *b = _mm256_shuffle_epi8(_mm256_xor_si256(*b, *c), by_3);
                let first = _mm256_add_epi64(*a, second);
                *a = _mm256_add_epi64(first, *b);
                *d = _mm256_shuffle_epi8(_mm256_xor_si256(*d, *a), by_2);
                *c = _mm256_add_epi64(*c, *d);
                *a = _mm256_permute4x64_epi64::<TURN>(_mm256_add_epi64(
                    _mm256_add_epi64(first, next),
                    *b,
                ));
                let $sum = _mm256_xor_si256(*b, *c);
                *b = $turned;
            }
        }
    };
}

rounds!(avx2, "avx2,bmi2", |sum| _mm256_or_si256(
    _mm256_srli_epi64::<63>(sum),
    _mm256_slli_epi64::<1>(sum)
));
// Other turns are no faster as one instruction of AVX-512 than as the shuffles that they are.
rounds!(avx512, "avx2,bmi2,avx512f,avx512vl", |sum| {
    _mm256_ror_epi64::<63>(sum)
});

/// Where the bytes of each word come from when it turns right by three bytes, and by two. The compiler must not see through
/// these turns: it would take two instructions for some, where the next step waits for them.
struct Turns([__m256i; 2]);

impl Turns {
    #[target_feature(enable = "avx2,bmi2")]
    #[inline]
    fn new() -> Self {
        Self(black_box([bytes_turned::<3>(), bytes_turned::<2>()]))
    }
}

#[target_feature(enable = "avx2,bmi2")]
#[inline]
fn bytes_turned<const BYTES: i8>() -> __m256i {
    let at = |byte: i8| (byte & 8) | ((byte + BYTES) & 7);
    let (a, b, c, d, e, f, g, h) = (at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7));
    let (i, j, k, l, m, n, o, p) = (at(8), at(9), at(10), at(11), at(12), at(13), at(14), at(15));
    _mm256_setr_epi8(
        a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, a, b, c, d, e, f, g, h, i, j, k, l, m, n,
        o, p,
    )
}

// What a round adds must become part of it, so that the words of the message come from constant places: as a function of its
// own it would take as long as the round.

#[target_feature(enable = "avx2,bmi2")]
#[inline]
fn schedule(m: &[u64; 16], order: &[usize; 16], next: &[usize; 16]) -> Schedule {
    [
        pick(m, order, [1, 3, 5, 7]),
        // The diagonals begin in the first row, which then turns by three.
        pick(m, order, [8, 10, 12, 14]),
        pick(m, order, [15, 9, 11, 13]),
        // The first row then turns by one.
        pick(m, next, [6, 0, 2, 4]),
    ]
}

#[target_feature(enable = "avx2,bmi2")]
#[inline]
fn pick(m: &[u64; 16], order: &[usize; 16], places: [usize; 4]) -> __m256i {
    row(places.map(|place| m[order[place]]))
}

#[target_feature(enable = "avx2,bmi2")]
#[inline]
fn row([a, b, c, d]: [u64; 4]) -> __m256i {
    _mm256_set_epi64x(
        d.cast_signed(),
        c.cast_signed(),
        b.cast_signed(),
        a.cast_signed(),
    )
}

#[target_feature(enable = "avx2,bmi2")]
#[inline]
fn words(row: __m256i) -> [u64; 4] {
    [
        _mm256_extract_epi64::<0>(row).cast_unsigned(),
        _mm256_extract_epi64::<1>(row).cast_unsigned(),
        _mm256_extract_epi64::<2>(row).cast_unsigned(),
        _mm256_extract_epi64::<3>(row).cast_unsigned(),
    ]
}
