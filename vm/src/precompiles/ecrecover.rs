//! The signature recovery contract at 0x01 (Yellow Paper, appendix E.1).
//!
//! A signature from which no key can be recovered is no failure: the output is empty. High `s` values are accepted,
//! since EIP-2 binds transactions only.

use primitive_types::{H256 as Hash, U256};

use super::{PrecompileError, charge, padded};
use crate::secp256k1;

const PRICE: u64 = 3_000;

pub(super) fn run(input: &[u8], gas: u64, output: &mut Vec<u8>) -> Result<u64, PrecompileError> {
    let used = charge(gas, PRICE)?;
    let hash = Hash(padded(input, 0));
    let v = U256::from_big_endian(&padded::<32>(input, 32));
    let r = U256::from_big_endian(&padded::<32>(input, 64));
    let s = U256::from_big_endian(&padded::<32>(input, 96));

    let y_parity = if v == U256::from(27) {
        false
    } else if v == U256::from(28) {
        true
    } else {
        return Ok(used);
    };
    if let Some(address) = secp256k1::recover(hash, y_parity, r, s) {
        output.extend_from_slice(&[0; 12]);
        output.extend_from_slice(&address.0);
    }
    Ok(used)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keccak::keccak256;

    fn signed() -> ([u8; 128], [u8; 20]) {
        let secret = [3; 32];
        let hash = keccak256(b"message");
        let (y_parity, r, s) = secp256k1::sign(hash, &secret).expect("a valid key");
        let mut input = [0; 128];
        input[..32].copy_from_slice(&hash.0);
        input[63] = 27 + u8::from(y_parity);
        input[64..96].copy_from_slice(&r.to_big_endian());
        input[96..].copy_from_slice(&s.to_big_endian());
        let address = secp256k1::address_of(&secret).expect("a valid key");
        (input, address.0)
    }

    #[test]
    fn recovers_the_signer_and_ignores_what_follows() {
        let (input, address) = signed();
        let mut longer = input.to_vec();
        longer.push(0xff);
        for input in [&input[..], &longer] {
            let mut output = Vec::new();
            assert_eq!(run(input, PRICE, &mut output), Ok(PRICE));
            assert_eq!(output[..12], [0; 12]);
            assert_eq!(output[12..], address);
        }
    }

    #[test]
    fn bad_signatures_return_nothing_and_succeed() {
        let (valid, _) = signed();
        let mut bad_v = valid;
        bad_v[63] += 2;
        let mut high_v = valid;
        high_v[32] = 1;
        let mut no_r = valid;
        no_r[64..96].fill(0);
        let mut large_s = valid;
        large_s[96..].fill(0xff);
        for input in [&bad_v[..], &high_v, &no_r, &large_s, &valid[..96], &[]] {
            let mut output = Vec::new();
            assert_eq!(run(input, PRICE, &mut output), Ok(PRICE));
            assert!(output.is_empty());
        }
    }
}
