//! Keccak-256 by the book (The Keccak reference 3.0; the padding before FIPS 202 appended bits of its own), written so
//! that everything but the 24 rounds is unrolled. It is inlined into a function for the processor's instructions.

/// Bytes that a permutation absorbs.
const RATE: usize = 136;

/// What the step ι adds to the first lane.
const CONSTANTS: [u64; 24] = [
    0x0000_0000_0000_0001,
    0x0000_0000_0000_8082,
    0x8000_0000_0000_808a,
    0x8000_0000_8000_8000,
    0x0000_0000_0000_808b,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8009,
    0x0000_0000_0000_008a,
    0x0000_0000_0000_0088,
    0x0000_0000_8000_8009,
    0x0000_0000_8000_000a,
    0x0000_0000_8000_808b,
    0x8000_0000_0000_008b,
    0x8000_0000_0000_8089,
    0x8000_0000_0000_8003,
    0x8000_0000_0000_8002,
    0x8000_0000_0000_0080,
    0x0000_0000_0000_800a,
    0x8000_0000_8000_000a,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8080,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8008,
];

/// The lanes that the step π brings into each row.
const SOURCES: [[usize; 5]; 5] = [
    [0, 6, 12, 18, 24],
    [3, 9, 10, 16, 22],
    [1, 7, 13, 19, 20],
    [4, 5, 11, 17, 23],
    [2, 8, 14, 15, 21],
];

/// How far the step ρ rotates each lane.
const ROTATIONS: [u32; 25] = [
    0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14,
];

/// Row by row.
type Lanes = [u64; 25];

/// One row of the steps θ (whose second half is adding `mix`), ρ, π and χ.
#[inline(always)]
fn row<const Y: usize>(lanes: &Lanes, mix: &[u64; 5]) -> [u64; 5] {
    let moved: [u64; 5] = std::array::from_fn(|x| {
        let source = SOURCES[Y][x];
        (lanes[source] ^ mix[source % 5]).rotate_left(ROTATIONS[source])
    });
    std::array::from_fn(|x| moved[x] ^ (!moved[(x + 1) % 5] & moved[(x + 2) % 5]))
}

#[inline(always)]
fn round(lanes: &Lanes, constant: u64) -> Lanes {
    let parity: [u64; 5] = std::array::from_fn(|x| {
        lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20]
    });
    let mix = std::array::from_fn(|x| parity[(x + 4) % 5] ^ parity[(x + 1) % 5].rotate_left(1));
    let mut rows = [
        row::<0>(lanes, &mix),
        row::<1>(lanes, &mix),
        row::<2>(lanes, &mix),
        row::<3>(lanes, &mix),
        row::<4>(lanes, &mix),
    ];
    rows[0][0] ^= constant;
    let mut after = [0; 25];
    after.copy_from_slice(rows.as_flattened());
    after
}

/// Two rounds at a time: each reads where the one before wrote, and nothing is copied.
#[inline(always)]
fn permute(lanes: &mut Lanes) {
    for [first, second] in CONSTANTS.as_chunks().0 {
        *lanes = round(&round(lanes, *first), *second);
    }
}

#[inline(always)]
fn absorb(lanes: &mut Lanes, block: &[u8; RATE]) {
    for (lane, bytes) in lanes.iter_mut().zip(block.as_chunks().0) {
        *lane ^= u64::from_le_bytes(*bytes);
    }
    permute(lanes);
}

#[inline(always)]
pub(super) fn keccak256(data: &[u8]) -> [u8; 32] {
    let mut lanes = [0; 25];
    let (blocks, rest) = data.as_chunks();
    let mut last = [0; RATE];
    last[..rest.len()].copy_from_slice(rest);
    last[rest.len()] = 0x01;
    last[RATE - 1] |= 0x80;
    for block in blocks.iter().chain([&last]) {
        absorb(&mut lanes, block);
    }
    let mut digest = [0; 32];
    for (bytes, lane) in digest.as_chunks_mut().0.iter_mut().zip(lanes) {
        *bytes = lane.to_le_bytes();
    }
    digest
}
