//! The BLAKE2b compression function F at 0x09 (EIP-152), after RFC 7693.

use multiversion::{multiversion, target::match_target};

use super::{PrecompileError, charge};

/// Does so many rounds, with the number of the schedule as a constant. Ten are written out, so that the compiler knows which
/// words they add, and the state stays in registers.
macro_rules! all_rounds {
    ($rounds:expr, |$schedule:ident| $round:expr) => {{
        let mut left = $rounds;
        all_rounds!(left, |$schedule| $round, 0 1 2 3 4 5 6 7 8 9);
    }};
    ($left:ident, |$schedule:ident| $round:expr, $($number:literal)*) => {
        loop {
            $(
                if $left == 0 {
                    break;
                }
                $left -= 1;
                {
                    const $schedule: usize = $number;
                    $round;
                }
            )*
        }
    };
}

#[cfg(target_arch = "x86_64")]
mod rows;

/// Rounds (4 bytes, big endian), h (64), m (128), t (16), all little endian, and the final block flag (1).
const INPUT_LENGTH: usize = 213;

/// The message schedule (RFC 7693, section 2.7), repeated every ten rounds.
const SIGMA: [[usize; 16]; 10] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
    [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
    [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
    [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
    [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
    [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
    [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
    [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
    [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
];

/// The initialization vector (RFC 7693, section 2.6).
const IV: [u64; 8] = [
    0x6a09_e667_f3bc_c908,
    0xbb67_ae85_84ca_a73b,
    0x3c6e_f372_fe94_f82b,
    0xa54f_f53a_5f1d_36f1,
    0x510e_527f_ade6_82d1,
    0x9b05_688c_2b3e_6c1f,
    0x1f83_d9ab_fb41_bd6b,
    0x5be0_cd19_137e_2179,
];

pub(super) fn run(input: &[u8], gas: u64, output: &mut Vec<u8>) -> Result<u64, PrecompileError> {
    let input: &[u8; INPUT_LENGTH] = input
        .try_into()
        .map_err(|_| PrecompileError::InvalidInput)?;
    let rounds = u32::from_be_bytes([input[0], input[1], input[2], input[3]]);
    // One gas a round.
    let used = charge(gas, u64::from(rounds))?;
    let last = match input[INPUT_LENGTH - 1] {
        0 => false,
        1 => true,
        _ => return Err(PrecompileError::InvalidInput),
    };
    let mut state = words::<8>(&input[4..68]);
    let message = words::<16>(&input[68..196]);
    let offset = words::<2>(&input[196..212]);
    compress(rounds, &mut state, &message, offset, last);
    for word in state {
        output.extend_from_slice(&word.to_le_bytes());
    }
    Ok(used)
}

/// Reads `N` little-endian words.
fn words<const N: usize>(bytes: &[u8]) -> [u64; N] {
    let mut words = [0; N];
    for (word, bytes) in words.iter_mut().zip(bytes.as_chunks().0) {
        *word = u64::from_le_bytes(*bytes);
    }
    words
}

/// The function F (RFC 7693, section 3.2) with a free number of rounds.
fn compress(rounds: u32, state: &mut [u64; 8], message: &[u64; 16], offset: [u64; 2], last: bool) {
    let mut v = [0; 16];
    v[..8].copy_from_slice(state);
    v[8..].copy_from_slice(&IV);
    v[12] ^= offset[0];
    v[13] ^= offset[1];
    if last {
        v[14] = !v[14];
    }
    run_rounds(rounds, &mut v, message);
    for (i, word) in state.iter_mut().enumerate() {
        *word ^= v[i] ^ v[i + 8];
    }
}

#[multiversion(targets("x86_64+avx2+bmi2+avx512f+avx512vl", "x86_64+avx2+bmi2", "x86_64+bmi2"))]
fn run_rounds(rounds: u32, v: &mut [u64; 16], m: &[u64; 16]) {
    match_target! {
        "x86_64+avx2+bmi2+avx512f+avx512vl" => rows::avx512::run_rounds(rounds, v, m),
        "x86_64+avx2+bmi2" => rows::avx2::run_rounds(rounds, v, m),
        _ => run_rounds_by_words(rounds, v, m),
    }
}

/// BMI2 rotates without touching the flags.
#[inline(always)]
fn run_rounds_by_words(rounds: u32, v: &mut [u64; 16], m: &[u64; 16]) {
    all_rounds!(rounds, |SCHEDULE| round::<SCHEDULE>(v, m));
}

#[inline(always)]
fn round<const SCHEDULE: usize>(v: &mut [u64; 16], m: &[u64; 16]) {
    let s = const { &SIGMA[SCHEDULE] };
    mix(
        v,
        [0, 4, 8, 12],
        [m[s[0]], m[s[1]]],
        [1, 5, 9, 13],
        [m[s[2]], m[s[3]]],
    );
    mix(
        v,
        [2, 6, 10, 14],
        [m[s[4]], m[s[5]]],
        [3, 7, 11, 15],
        [m[s[6]], m[s[7]]],
    );
    mix(
        v,
        [0, 5, 10, 15],
        [m[s[8]], m[s[9]]],
        [1, 6, 11, 12],
        [m[s[10]], m[s[11]]],
    );
    mix(
        v,
        [2, 7, 8, 13],
        [m[s[12]], m[s[13]]],
        [3, 4, 9, 14],
        [m[s[14]], m[s[15]]],
    );
}

/// The mixing function G (RFC 7693, section 3.1) of two columns or diagonals, step by step in turn.
#[inline(always)]
fn mix(
    v: &mut [u64; 16],
    [a, b, c, d]: [usize; 4],
    words: [u64; 2],
    [e, f, g, h]: [usize; 4],
    other_words: [u64; 2],
) {
    v[a] = v[a].wrapping_add(words[0]).wrapping_add(v[b]);
    v[e] = v[e].wrapping_add(other_words[0]).wrapping_add(v[f]);
    v[d] = (v[d] ^ v[a]).rotate_right(32);
    v[h] = (v[h] ^ v[e]).rotate_right(32);
    v[c] = v[c].wrapping_add(v[d]);
    v[g] = v[g].wrapping_add(v[h]);
    v[b] = (v[b] ^ v[c]).rotate_right(24);
    v[f] = (v[f] ^ v[g]).rotate_right(24);
    v[a] = v[a].wrapping_add(words[1]).wrapping_add(v[b]);
    v[e] = v[e].wrapping_add(other_words[1]).wrapping_add(v[f]);
    v[d] = (v[d] ^ v[a]).rotate_right(16);
    v[h] = (v[h] ^ v[e]).rotate_right(16);
    v[c] = v[c].wrapping_add(v[d]);
    v[g] = v[g].wrapping_add(v[h]);
    v[b] = (v[b] ^ v[c]).rotate_right(63);
    v[f] = (v[f] ^ v[g]).rotate_right(63);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The compression of the only block of "abc" (RFC 7693, appendix A).
    fn abc(rounds: u32) -> [u8; INPUT_LENGTH] {
        let mut state = IV;
        // Parameter block: digest of 64 bytes, no key, fanout and depth 1.
        state[0] ^= 0x0101_0040;
        let mut input = [0; INPUT_LENGTH];
        input[..4].copy_from_slice(&rounds.to_be_bytes());
        for (bytes, word) in input[4..68].chunks_exact_mut(8).zip(state) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        input[68..71].copy_from_slice(b"abc");
        input[196] = 3;
        input[212] = 1;
        input
    }

    #[test]
    fn digest_of_abc() {
        let expected = [
            0xba, 0x80, 0xa5, 0x3f, 0x98, 0x1c, 0x4d, 0x0d, 0x6a, 0x27, 0x97, 0xb6, 0x9f, 0x12,
            0xf6, 0xe9, 0x4c, 0x21, 0x2f, 0x14, 0x68, 0x5a, 0xc4, 0xb7, 0x4b, 0x12, 0xbb, 0x6f,
            0xdb, 0xff, 0xa2, 0xd1, 0x7d, 0x87, 0xc5, 0x39, 0x2a, 0xab, 0x79, 0x2d, 0xc2, 0x52,
            0xd5, 0xde, 0x45, 0x33, 0xcc, 0x95, 0x18, 0xd3, 0x8a, 0xa8, 0xdb, 0xf1, 0x92, 0x5a,
            0xb9, 0x23, 0x86, 0xed, 0xd4, 0x00, 0x99, 0x23,
        ];
        let mut output = Vec::new();
        assert_eq!(run(&abc(12), 12, &mut output), Ok(12));
        assert_eq!(output, expected);
    }

    #[test]
    fn rounds_are_paid_before_they_run() {
        let mut output = Vec::new();
        let result = run(&abc(u32::MAX), u64::from(u32::MAX) - 1, &mut output);
        assert_eq!(result, Err(PrecompileError::OutOfGas));
    }

    /// The form for processors without AVX-512, on those that have it, too.
    #[multiversion(targets("x86_64+avx2+bmi2"))]
    fn run_rounds_by_avx2(rounds: u32, v: &mut [u64; 16], m: &[u64; 16]) {
        match_target! {
            "x86_64+avx2+bmi2" => rows::avx2::run_rounds(rounds, v, m),
            _ => run_rounds_by_words(rounds, v, m),
        }
    }

    #[test]
    fn many_rounds_do_what_as_many_single_ones_do() {
        let message = std::array::from_fn(|i| (i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        for rounds in (0..25).chain([50, 57, 123]) {
            let mut state = std::array::from_fn(|i| (i as u64 + 1).wrapping_mul(IV[i % 8]));
            let (mut expected, mut by_avx2) = (state, state);
            run_rounds_by_words(rounds, &mut expected, &message);
            run_rounds(rounds, &mut state, &message);
            assert_eq!(state, expected, "{rounds} rounds");
            run_rounds_by_avx2(rounds, &mut by_avx2, &message);
            assert_eq!(by_avx2, expected, "{rounds} rounds");
        }
    }

    #[test]
    fn no_rounds_cost_nothing() {
        let mut output = Vec::new();
        assert_eq!(run(&abc(0), 0, &mut output), Ok(0));
        assert_eq!(output.len(), 64);
    }

    #[test]
    fn malformed_input_is_refused() {
        let mut flag = abc(12);
        flag[212] = 2;
        for input in [&flag[..], &abc(12)[..212], &[0; 214], &[]] {
            let mut output = Vec::new();
            assert_eq!(
                run(input, u64::MAX, &mut output),
                Err(PrecompileError::InvalidInput)
            );
        }
    }
}
