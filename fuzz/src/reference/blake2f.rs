//! The compression function F of BLAKE2b (EIP-152, RFC 7693).

/// The first 64 bits of the fractional parts of the square roots of the first eight primes.
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

/// Which words a round mixes: four columns, then four diagonals.
const LANES: [[usize; 4]; 8] = [
    [0, 4, 8, 12],
    [1, 5, 9, 13],
    [2, 6, 10, 14],
    [3, 7, 11, 15],
    [0, 5, 10, 15],
    [1, 6, 11, 12],
    [2, 7, 8, 13],
    [3, 4, 9, 14],
];

/// The rounds that an input of the right size and form asks for, each of which costs one gas.
pub(super) fn rounds(input: &[u8]) -> Option<u64> {
    let is_sound = input.len() == 213 && input[212] <= 1;
    is_sound.then(|| {
        let [a, b, c, d] = [input[0], input[1], input[2], input[3]];
        u64::from(u32::from_be_bytes([a, b, c, d]))
    })
}

/// The words of a part of the input, in little-endian order of bytes.
fn words<const N: usize>(input: &[u8], offset: usize) -> [u64; N] {
    std::array::from_fn(|word| {
        let bytes = input[offset + 8 * word..].iter().take(8).rev();
        bytes.fold(0, |number, byte| (number << 8) | u64::from(*byte))
    })
}

/// The new state for an input that [`rounds`] has found sound.
pub(super) fn run(input: &[u8]) -> Option<Vec<u8>> {
    let rounds = rounds(input)?;
    let h: [u64; 8] = words(input, 4);
    let m: [u64; 16] = words(input, 68);
    let t: [u64; 2] = words(input, 196);
    let mut v = [0; 16];
    v[..8].copy_from_slice(&h);
    v[8..].copy_from_slice(&IV);
    v[12] ^= t[0];
    v[13] ^= t[1];
    if input[212] == 1 {
        v[14] = !v[14];
    }
    for round in 0..rounds {
        let sigma = &SIGMA[(round % 10) as usize];
        for (lane, [a, b, c, d]) in LANES.into_iter().enumerate() {
            let (x, y) = (m[sigma[2 * lane]], m[sigma[2 * lane + 1]]);
            v[a] = v[a].wrapping_add(v[b]).wrapping_add(x);
            v[d] = (v[d] ^ v[a]).rotate_right(32);
            v[c] = v[c].wrapping_add(v[d]);
            v[b] = (v[b] ^ v[c]).rotate_right(24);
            v[a] = v[a].wrapping_add(v[b]).wrapping_add(y);
            v[d] = (v[d] ^ v[a]).rotate_right(16);
            v[c] = v[c].wrapping_add(v[d]);
            v[b] = (v[b] ^ v[c]).rotate_right(63);
        }
    }
    let output = (0..8).flat_map(|word| (h[word] ^ v[word] ^ v[word + 8]).to_le_bytes());
    Some(output.collect())
}
