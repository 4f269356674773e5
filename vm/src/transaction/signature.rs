//! Who signed: recovery of senders (Yellow Paper, appendix F) and of the authorities of EIP-7702, and signing.
//!
//! The curve itself is `secp256k1`'s, and what is hashed is `codec`'s.

use crate::keccak::keccak256;
use crate::rlp::Writer;
use crate::{Address, Hash, U256, secp256k1};

use super::types::{Authorization, Signature};

/// The order of the group of secp256k1.
const GROUP_ORDER: U256 = U256([
    0xbfd2_5e8c_d036_4141,
    0xbaae_dce6_af48_a03b,
    0xffff_ffff_ffff_fffe,
    0xffff_ffff_ffff_ffff,
]);

/// The greatest `s` of a signature that is not malleable (EIP-2): half of the order, rounded down.
const GREATEST_LOW_S: U256 = U256([
    0xdfe9_2f46_681b_20a0,
    0x5d57_6e73_57a4_501d,
    0xffff_ffff_ffff_ffff,
    0x7fff_ffff_ffff_ffff,
]);

/// The byte before the signed content of an authorization, which keeps it apart from a transaction's (EIP-7702).
const AUTHORIZATION_MAGIC: u8 = 0x05;

/// Why a signature has no signer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// `r` or `s` is zero, or not below the order of the group (Yellow Paper, appendix F).
    #[error("r or s of the signature is out of range")]
    OutOfRange,
    /// `s` is in the upper half, where it is not allowed from Homestead on (EIP-2).
    #[error("s of the signature is in the upper half (EIP-2)")]
    HighS,
    /// The numbers are in range, but no key gives this signature.
    #[error("no key gives this signature")]
    NoSigner,
}

impl SignatureError {
    /// The names of the reason in execution-spec-tests, without `TransactionException.`.
    pub fn exception_names(&self) -> &'static [&'static str] {
        match self {
            Self::OutOfRange | Self::HighS => &["INVALID_SIGNATURE_VRS"],
            Self::NoSigner => &["EC_RECOVERY_FAIL", "INVALID_SIGNATURE_VRS"],
        }
    }
}

/// Why a transaction cannot be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SigningError {
    /// A typed transaction without a chain identifier: it has no byte form (EIP-2930 and later).
    #[error("a typed transaction needs a chain identifier")]
    NoChainId,
    /// The secret key is zero, or not below the order of the group.
    #[error("the secret key is out of range")]
    InvalidSecret,
}

/// The account that a secret key belongs to, or `None` if the number is no key (zero, or not below the group order).
pub fn address_of_secret(secret: &[u8; 32]) -> Option<Address> {
    secp256k1::address_of(secret)
}

/// The point that belongs to a secret key: its coordinates, of 32 bytes each. `None` if the number is no key.
pub fn public_key_of_secret(secret: &[u8; 32]) -> Option<[u8; 64]> {
    secp256k1::public_key_of(secret)
}

/// Signs a hash. The signature has a low `s`, and is always the same (RFC 6979).
///
/// ```
/// use gasworks::{address_of_secret, keccak256, sign};
///
/// let (hash, secret) = (keccak256(b"message"), [1; 32]);
/// let signature = sign(hash, &secret).expect("a valid key");
/// assert_eq!(signature.recover(hash, false).ok(), address_of_secret(&secret));
/// ```
///
/// # Errors
/// [`SigningError::InvalidSecret`] if the secret is no key.
pub fn sign(hash: Hash, secret: &[u8; 32]) -> Result<Signature, SigningError> {
    let (y_parity, r, s) = secp256k1::sign(hash, secret).ok_or(SigningError::InvalidSecret)?;
    Ok(Signature {
        y_parity: u8::from(y_parity),
        r,
        s,
    })
}

impl Signature {
    /// The account that signed `hash`.
    ///
    /// A high `s` is valid before Homestead only (EIP-2); `allow_high_s` says whether it is here.
    pub fn recover(&self, hash: Hash, allow_high_s: bool) -> Result<Address, SignatureError> {
        let in_range = |number: U256| !number.is_zero() && number < GROUP_ORDER;
        if self.y_parity > 1 || !in_range(self.r) || !in_range(self.s) {
            return Err(SignatureError::OutOfRange);
        }
        if self.s > GREATEST_LOW_S && !allow_high_s {
            return Err(SignatureError::HighS);
        }
        secp256k1::recover(hash, self.y_parity == 1, self.r, self.s).ok_or(SignatureError::NoSigner)
    }
}

impl Authorization {
    /// An authorization signed with `secret`: the signing account, having this nonce, is to run the code of `address` on this
    /// chain, or on every chain if `chain_id` is zero.
    ///
    /// # Errors
    /// [`SigningError::InvalidSecret`] if the secret is no key.
    pub fn sign(
        chain_id: U256,
        address: Address,
        nonce: u64,
        secret: &[u8; 32],
    ) -> Result<Self, SigningError> {
        let unsigned = Self {
            chain_id,
            address,
            nonce,
            signature: Signature::default(),
        };
        Ok(Self {
            signature: sign(unsigned.signing_hash(), secret)?,
            ..unsigned
        })
    }

    /// The account that signed, or `None` if the signature is not valid, in which case the authorization is skipped. A high
    /// `s` is never valid here (EIP-7702).
    pub fn authority(&self) -> Option<Address> {
        self.signature.recover(self.signing_hash(), false).ok()
    }

    /// EIP-7702: `keccak(MAGIC || rlp([chain_id, address, nonce]))`.
    fn signing_hash(&self) -> Hash {
        let mut message = vec![AUTHORIZATION_MAGIC];
        Writer::append_list(&mut message, |list| {
            list.number(self.chain_id);
            list.bytes(&self.address.0);
            list.number(U256::from(self.nonce));
        });
        keccak256(&message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn signed(secret: &[u8; 32]) -> Authorization {
        Authorization::sign(U256::one(), Address::repeat_byte(0x22), 7, secret)
            .expect("a valid key")
    }

    #[test]
    fn the_half_of_the_order() {
        assert_eq!(GREATEST_LOW_S, GROUP_ORDER >> 1);
    }

    #[test]
    fn an_authorization_with_bad_numbers_has_no_authority() {
        let good = signed(&[1; 32]);
        assert_eq!(good.authority(), address_of_secret(&[1; 32]));
        let numbers = good.signature;
        for signature in [
            Signature {
                y_parity: 2,
                ..numbers
            },
            Signature {
                y_parity: 27,
                ..numbers
            },
            Signature {
                r: U256::zero(),
                ..numbers
            },
            Signature {
                r: GROUP_ORDER,
                ..numbers
            },
            Signature {
                s: U256::zero(),
                ..numbers
            },
            Signature {
                s: U256::MAX,
                ..numbers
            },
            Signature {
                y_parity: 1 - numbers.y_parity,
                s: GROUP_ORDER - numbers.s,
                ..numbers
            },
        ] {
            assert_eq!(
                Authorization { signature, ..good }.authority(),
                None,
                "{signature:?}"
            );
        }
    }

    #[test]
    fn a_high_s_is_a_matter_of_the_fork() {
        let hash = keccak256(b"message");
        let low = sign(hash, &[3; 32]).expect("a valid key");
        let high = Signature {
            y_parity: 1 - low.y_parity,
            s: GROUP_ORDER - low.s,
            ..low
        };
        assert_eq!(high.recover(hash, false), Err(SignatureError::HighS));
        assert_eq!(high.recover(hash, true).ok(), address_of_secret(&[3; 32]));
    }

    #[test]
    fn numbers_that_are_no_secret() {
        assert_eq!(
            sign(Hash::zero(), &[0; 32]),
            Err(SigningError::InvalidSecret)
        );
        assert_eq!(address_of_secret(&[0xff; 32]), None);
    }

    proptest! {
        #[test]
        fn the_authority_is_the_signer(secret in prop::array::uniform32(1u8..), nonce: u64, chain: u64) {
            prop_assume!(address_of_secret(&secret).is_some());
            let address = Address::repeat_byte(9);
            let authorization = Authorization::sign(U256::from(chain), address, nonce, &secret).expect("a valid key");
            prop_assert_eq!(authorization.authority(), address_of_secret(&secret));
            let changed = Authorization { nonce: nonce ^ 1, ..authorization };
            prop_assert_ne!(changed.authority(), address_of_secret(&secret));
        }
    }
}
