//! The only place that hashes with Keccak-256, and the only file that names the `sha3` crate.
//!
//! A processor with the instructions of BMI1 and BMI2 (an and-not, and a rotation that leaves its operand alone) runs our
//! own sponge, which needs a quarter less time with them than `sha3` without; that crate finds the instructions of
//! aarch64 by itself. Which processor it is, is found out at run time.

mod memo;
// Other processors run the library.
#[cfg(any(test, target_arch = "x86_64"))]
mod sponge;

use multiversion::multiversion;
use primitive_types::H256;
use sha3::{Digest, Keccak256};

pub(crate) use memo::Memo;

/// Keccak-256 of the empty string: the code hash of an account without code.
pub const EMPTY_CODE_HASH: H256 = H256([
    0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c, 0x92, 0x7e, 0x7d, 0xb2, 0xdc, 0xc7, 0x03, 0xc0,
    0xe5, 0x00, 0xb6, 0x53, 0xca, 0x82, 0x27, 0x3b, 0x7b, 0xfa, 0xd8, 0x04, 0x5d, 0x85, 0xa4, 0x70,
]);

/// The Keccak-256 hash of `data`.
///
/// ```
/// assert_eq!(gasworks::keccak256(b""), gasworks::EMPTY_CODE_HASH);
/// ```
pub fn keccak256(data: &[u8]) -> H256 {
    if data.is_empty() {
        return EMPTY_CODE_HASH;
    }
    H256(digest(data))
}

#[multiversion(targets("x86_64+bmi1+bmi2"))]
fn digest(data: &[u8]) -> [u8; 32] {
    multiversion::target::match_target! {
        "x86_64+bmi1+bmi2" => sponge::keccak256(data),
        _ => Keccak256::digest(data).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lengths on both sides of one, two and three blocks, whatever the processor.
    #[test]
    fn both_ways_to_hash_agree() {
        let data: Vec<u8> = (0..420u32).map(|i| ((i * i) >> 3) as u8).collect();
        for length in 0..data.len() {
            let expected: [u8; 32] = Keccak256::digest(&data[..length]).into();
            assert_eq!(sponge::keccak256(&data[..length]), expected, "{length}");
            assert_eq!(digest(&data[..length]), expected, "{length}");
            assert_eq!(keccak256(&data[..length]).0, expected, "{length}");
        }
    }
}
