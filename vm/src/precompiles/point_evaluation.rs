//! The point evaluation contract at 0x0a (EIP-4844): verifies that a blob's polynomial takes a value at a point.

use std::sync::LazyLock;

use super::bls12::curve::{G1, G2, pairing_check};
use super::sha256::sha256;
use super::{PrecompileError, charge, padded};

const PRICE: u64 = 50_000;
/// Versioned hash, z and y of 32 bytes each, commitment and proof of 48.
const INPUT_LENGTH: usize = 192;
/// The first byte of the hash of a commitment (VERSIONED_HASH_VERSION_KZG).
const KZG_VERSION: u8 = 1;
/// FIELD_ELEMENTS_PER_BLOB as a word.
const FIELD_ELEMENTS_PER_BLOB: u64 = 4_096;

/// BLS_MODULUS, the order of the scalar field, big endian.
const MODULUS: [u8; 32] = [
    0x73, 0xed, 0xa7, 0x53, 0x29, 0x9d, 0x7d, 0x48, 0x33, 0x39, 0xd8, 0x08, 0x09, 0xa1, 0xd8, 0x05,
    0x53, 0xbd, 0xa4, 0x02, 0xff, 0xfe, 0x5b, 0xfe, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01,
];

/// The generator of G1 negated, compressed.
const MINUS_G1: [u8; 48] = [
    0xb7, 0xf1, 0xd3, 0xa7, 0x31, 0x97, 0xd7, 0x94, 0x26, 0x95, 0x63, 0x8c, 0x4f, 0xa9, 0xac, 0x0f,
    0xc3, 0x68, 0x8c, 0x4f, 0x97, 0x74, 0xb9, 0x05, 0xa1, 0x4e, 0x3a, 0x3f, 0x17, 0x1b, 0xac, 0x58,
    0x6c, 0x55, 0xe8, 0x3f, 0xf9, 0x7a, 0x1a, 0xef, 0xfb, 0x3a, 0xf0, 0x0a, 0xdb, 0x22, 0xc6, 0xbb,
];

/// The generator of G2 negated, compressed.
const MINUS_G2: [u8; 96] = [
    0xb3, 0xe0, 0x2b, 0x60, 0x52, 0x71, 0x9f, 0x60, 0x7d, 0xac, 0xd3, 0xa0, 0x88, 0x27, 0x4f, 0x65,
    0x59, 0x6b, 0xd0, 0xd0, 0x99, 0x20, 0xb6, 0x1a, 0xb5, 0xda, 0x61, 0xbb, 0xdc, 0x7f, 0x50, 0x49,
    0x33, 0x4c, 0xf1, 0x12, 0x13, 0x94, 0x5d, 0x57, 0xe5, 0xac, 0x7d, 0x05, 0x5d, 0x04, 0x2b, 0x7e,
    0x02, 0x4a, 0xa2, 0xb2, 0xf0, 0x8f, 0x0a, 0x91, 0x26, 0x08, 0x05, 0x27, 0x2d, 0xc5, 0x10, 0x51,
    0xc6, 0xe4, 0x7a, 0xd4, 0xfa, 0x40, 0x3b, 0x02, 0xb4, 0x51, 0x0b, 0x64, 0x7a, 0xe3, 0xd1, 0x77,
    0x0b, 0xac, 0x03, 0x26, 0xa8, 0x05, 0xbb, 0xef, 0xd4, 0x80, 0x56, 0xc8, 0xc1, 0x21, 0xbd, 0xb8,
];

/// The generator of G2 times the secret tau of the ceremony, compressed: `g2_monomial[1]` of the trusted setup. No
/// other point of the setup is needed to verify.
const TAU_G2: [u8; 96] = [
    0xb5, 0xbf, 0xd7, 0xdd, 0x8c, 0xde, 0xb1, 0x28, 0x84, 0x3b, 0xc2, 0x87, 0x23, 0x0a, 0xf3, 0x89,
    0x26, 0x18, 0x70, 0x75, 0xcb, 0xfb, 0xef, 0xa8, 0x10, 0x09, 0xa2, 0xce, 0x61, 0x5a, 0xc5, 0x3d,
    0x29, 0x14, 0xe5, 0x87, 0x0c, 0xb4, 0x52, 0xd2, 0xaf, 0xaa, 0xab, 0x24, 0xf3, 0x49, 0x9f, 0x72,
    0x18, 0x5c, 0xbf, 0xee, 0x53, 0x49, 0x27, 0x14, 0x73, 0x44, 0x29, 0xb7, 0xb3, 0x86, 0x08, 0xe2,
    0x39, 0x26, 0xc9, 0x11, 0xcc, 0xec, 0xea, 0xc9, 0xa3, 0x68, 0x51, 0x47, 0x7b, 0xa4, 0xc6, 0x0b,
    0x08, 0x70, 0x41, 0xde, 0x62, 0x10, 0x00, 0xed, 0xc9, 0x8e, 0xda, 0xda, 0x20, 0xc1, 0xde, 0xf2,
];

struct Setup {
    minus_g1: G1,
    minus_g2: G2,
    tau_g2: G2,
}

static SETUP: LazyLock<Setup> = LazyLock::new(|| Setup {
    minus_g1: G1::from_compressed(&MINUS_G1).expect("a constant of the subgroup"),
    minus_g2: G2::from_compressed(&MINUS_G2).expect("a constant of the subgroup"),
    tau_g2: G2::from_compressed(&TAU_G2).expect("a constant of the subgroup"),
});

pub(super) fn run(input: &[u8], gas: u64, output: &mut Vec<u8>) -> Result<u64, PrecompileError> {
    let used = charge(gas, PRICE)?;
    let input: &[u8; INPUT_LENGTH] = input
        .try_into()
        .map_err(|_| PrecompileError::InvalidInput)?;
    let commitment = padded(input, 96);
    let mut versioned_hash = sha256(&commitment);
    versioned_hash[0] = KZG_VERSION;
    if input[..32] != versioned_hash {
        return Err(PrecompileError::InvalidInput);
    }
    if !proof_holds(
        &commitment,
        &padded(input, 32),
        &padded(input, 64),
        &padded(input, 144),
    ) {
        return Err(PrecompileError::InvalidInput);
    }
    output.extend_from_slice(&[0; 24]);
    output.extend_from_slice(&FIELD_ELEMENTS_PER_BLOB.to_be_bytes());
    output.extend_from_slice(&MODULUS);
    Ok(used)
}

/// `verify_kzg_proof` of the consensus specifications: the polynomial behind `commitment` has the value `y` at `z`.
fn proof_holds(commitment: &[u8; 48], z: &[u8; 32], y: &[u8; 32], proof: &[u8; 48]) -> bool {
    // Big-endian numbers of one length compare like their bytes.
    if *z >= MODULUS || *y >= MODULUS {
        return false;
    }
    let (Some(commitment), Some(proof)) =
        (G1::from_compressed(commitment), G1::from_compressed(proof))
    else {
        return false;
    };
    // The specification checks e(C - y * G1, G2) = e(proof, (tau - z) * G2). Moving z to the left side gives
    // e(C - y * G1 + z * proof, G2) = e(proof, tau * G2), without a multiplication in G2.
    let multiples = G1::sum_of_multiples(&[SETUP.minus_g1, proof], &[*y, *z]);
    let left = commitment.add(&multiples);
    pairing_check(&[(left, SETUP.minus_g2), (proof, SETUP.tau_g2)]) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The polynomial that is 2 everywhere: its commitment is 2 * G1 and its proof is infinity.
    fn constant_two() -> [u8; INPUT_LENGTH] {
        let two_g1 = [
            0xa5, 0x72, 0xcb, 0xea, 0x90, 0x4d, 0x67, 0x46, 0x88, 0x08, 0xc8, 0xeb, 0x50, 0xa9,
            0x45, 0x0c, 0x97, 0x21, 0xdb, 0x30, 0x91, 0x28, 0x01, 0x25, 0x43, 0x90, 0x2d, 0x0a,
            0xc3, 0x58, 0xa6, 0x2a, 0xe2, 0x8f, 0x75, 0xbb, 0x8f, 0x1c, 0x7c, 0x42, 0xc3, 0x9a,
            0x8c, 0x55, 0x29, 0xbf, 0x0f, 0x4e,
        ];
        let mut input = [0; INPUT_LENGTH];
        input[..32].copy_from_slice(&sha256(&two_g1));
        input[0] = KZG_VERSION;
        input[63] = 9;
        input[95] = 2;
        input[96..144].copy_from_slice(&two_g1);
        input[144] = 0xc0;
        input
    }

    #[test]
    fn a_constant_polynomial_has_its_value_everywhere() {
        let mut input = constant_two();
        for z in 0..4 {
            input[63] = z;
            let mut output = Vec::new();
            assert_eq!(run(&input, PRICE, &mut output), Ok(PRICE));
            assert_eq!(output[..30], [0; 30]);
            assert_eq!(output[30..32], [0x10, 0x00]);
            assert_eq!(output[32..], MODULUS);
        }
    }

    #[test]
    fn everything_else_is_refused() {
        let valid = constant_two();
        let mut refused = vec![
            valid[..191].to_vec(),
            [&valid[..], &[0]].concat(),
            Vec::new(),
        ];
        // Version, hash, y, commitment, proof.
        for position in [0, 1, 95, 143, 144] {
            let mut input = valid;
            input[position] ^= 1;
            refused.push(input.to_vec());
        }
        // z and y that are not canonical; y + BLS_MODULUS is congruent to y.
        let mut large_z = valid;
        large_z[32..64].copy_from_slice(&MODULUS);
        refused.push(large_z.to_vec());
        let mut large_y = valid;
        large_y[64..96].copy_from_slice(&MODULUS);
        large_y[95] += 2;
        refused.push(large_y.to_vec());
        for input in refused {
            let mut output = Vec::new();
            assert_eq!(
                run(&input, PRICE, &mut output),
                Err(PrecompileError::InvalidInput)
            );
        }
    }

    #[test]
    fn constants_are_the_negated_generators() {
        let pairs = [
            (SETUP.minus_g1, SETUP.tau_g2),
            (SETUP.minus_g1, SETUP.minus_g2),
        ];
        assert_eq!(pairing_check(&pairs), Some(false));
    }
}
