//! The SHA-256 contract at 0x02 (Yellow Paper, appendix E.1).
//!
//! The only file that names the `sha2` crate, which picks the processor's SHA instructions at run time.

use sha2::{Digest, Sha256};

use super::{PrecompileError, charge, price_by_words};

pub(super) fn run(input: &[u8], gas: u64, output: &mut Vec<u8>) -> Result<u64, PrecompileError> {
    let used = charge(gas, price_by_words(input, 60, 12))?;
    output.extend_from_slice(&sha256(input));
    Ok(used)
}

/// SHA-256 of `input`.
pub(super) fn sha256(input: &[u8]) -> [u8; 32] {
    Sha256::digest(input).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_digest() {
        // FIPS 180-2, appendix B.1.
        let expected = [
            0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae,
            0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61,
            0xf2, 0x00, 0x15, 0xad,
        ];
        let mut output = Vec::new();
        assert_eq!(run(b"abc", 72, &mut output), Ok(72));
        assert_eq!(output, expected);
    }
}
