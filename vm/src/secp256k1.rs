//! ECDSA over secp256k1: recovery of the signer's address, and signing for tests and tools.
//!
//! Recovery, in which nothing is secret, is our own ([`recovery`]). Who signs needs constant time: this is the only file that
//! names the `secp256k1` crate (bindings to libsecp256k1, CC0-1.0), chosen because it is the field's most tested one.
//!
//! It does not judge signatures by the rules of a fork: high `s` values (EIP-2) and chain ids (EIP-155) are the
//! caller's affair, as the ECRECOVER precompile accepts what a transaction may not carry.

mod field;
mod recovery;

use primitive_types::{H160 as Address, H256 as Hash, U256};
use secp256k1::ecdsa::{RecoverableSignature, RecoveryId};
use secp256k1::{Message, PublicKey, SecretKey};

use crate::keccak::keccak256;

/// Recovers the address that signed `hash`, by equation (F.3) of the Yellow Paper (ECDSARECOVER).
///
/// `y_parity` is the parity of the y coordinate of the signature's ephemeral point. Any `s` below the group order
/// is accepted. `None` when `r` or `s` is zero or not below the group order, when `r` is not the x coordinate of
/// a point, or when the key would be the point at infinity.
pub(crate) fn recover(hash: Hash, y_parity: bool, r: U256, s: U256) -> Option<Address> {
    Some(address_of_key(&recovery::key(hash, y_parity, r, s)?))
}

/// Signs `hash`; returns the parity of y, `r` and `s`, with `s` in the lower half of the group (EIP-2).
///
/// Deterministic (RFC 6979). `None` when `secret` is zero or not below the group order.
pub(crate) fn sign(hash: Hash, secret: &[u8; 32]) -> Option<(bool, U256, U256)> {
    let secret = SecretKey::from_secret_bytes(*secret).ok()?;
    let signature =
        RecoverableSignature::sign_ecdsa_recoverable(Message::from_digest(hash.0), &secret);
    let (recovery_id, compact) = signature.serialize_compact();
    let y_parity = match recovery_id {
        RecoveryId::Zero => false,
        RecoveryId::One => true,
        // An ephemeral x coordinate of the group order or more: Ethereum cannot express such a signature
        // (Yellow Paper, appendix F), and meeting one is as likely as guessing a key.
        RecoveryId::Two | RecoveryId::Three => return None,
    };
    let (r, s) = compact.split_at(32);
    Some((y_parity, U256::from_big_endian(r), U256::from_big_endian(s)))
}

/// The address that belongs to a secret key. `None` when `secret` is zero or not below the group order.
pub(crate) fn address_of(secret: &[u8; 32]) -> Option<Address> {
    Some(address_of_key(&public_key_of(secret)?))
}

/// The coordinates of the point that belongs to a secret key, of 32 bytes each. `None` as for [`address_of`].
pub(crate) fn public_key_of(secret: &[u8; 32]) -> Option<[u8; 64]> {
    let secret = SecretKey::from_secret_bytes(*secret).ok()?;
    let encoded = PublicKey::from_secret_key(&secret).serialize_uncompressed();
    encoded[1..].try_into().ok()
}

/// An address is the last 20 bytes of the hash of the key's coordinates (Yellow Paper, equation F.5).
fn address_of_key(coordinates: &[u8; 64]) -> Address {
    Address::from_slice(&keccak256(coordinates).0[12..])
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: [u8; 32] = {
        let mut secret = [0; 32];
        secret[31] = 1;
        secret
    };

    fn group_order() -> U256 {
        U256::from_str_radix(
            "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
            16,
        )
        .expect("a constant")
    }

    #[test]
    fn address_of_the_generator() {
        // The address of secret key 1 is known to every tool of the field.
        let expected: Address = "7e5f4552091a69125d5dfcb7b8c2659029395bdf"
            .parse()
            .expect("a constant");
        assert_eq!(address_of(&SECRET), Some(expected));
        let point = public_key_of(&SECRET).expect("a valid key");
        assert_eq!(point[..4], [0x79, 0xbe, 0x66, 0x7e]);
        assert_eq!(Address::from_slice(&keccak256(&point).0[12..]), expected);
    }

    #[test]
    fn secrets_outside_the_group_are_refused() {
        assert_eq!(address_of(&[0; 32]), None);
        assert_eq!(sign(Hash::zero(), &[0; 32]), None);
        assert_eq!(address_of(&group_order().to_big_endian()), None);
        assert_eq!(sign(Hash::zero(), &[0xff; 32]), None);
    }

    #[test]
    fn a_signature_recovers_to_its_signer() {
        for seed in 0..32u8 {
            let hash = keccak256(&[seed]);
            let secret = keccak256(&[seed, 1]).0;
            let (y_parity, r, s) = sign(hash, &secret).expect("a valid key");
            assert!(s <= group_order() >> 1, "low s");
            assert_eq!(recover(hash, y_parity, r, s), address_of(&secret));
            assert_ne!(recover(hash, !y_parity, r, s), address_of(&secret));
            // The mirrored signature has a high s and the other parity, and is just as valid.
            assert_eq!(
                recover(hash, !y_parity, r, group_order() - s),
                address_of(&secret)
            );
        }
    }

    #[test]
    fn signing_is_deterministic() {
        let hash = keccak256(b"once and again");
        assert_eq!(sign(hash, &SECRET), sign(hash, &SECRET));
    }

    #[test]
    fn values_outside_the_group_recover_nothing() {
        let hash = keccak256(b"message");
        let (y_parity, r, s) = sign(hash, &SECRET).expect("a valid key");
        assert_eq!(recover(hash, y_parity, U256::zero(), s), None);
        assert_eq!(recover(hash, y_parity, r, U256::zero()), None);
        assert_eq!(recover(hash, y_parity, group_order(), s), None);
        assert_eq!(recover(hash, y_parity, r, group_order()), None);
        assert_eq!(recover(hash, y_parity, U256::MAX, U256::MAX), None);
        // 5 is not the x coordinate of a point of the curve.
        assert_eq!(recover(hash, y_parity, U256::from(5), s), None);
    }
}
