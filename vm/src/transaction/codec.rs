//! The byte form of signed transactions: RLP for the legacy form, and EIP-2718 envelopes for types 1 to 4.
//!
//! Encoding, hashing, signing and recovery are here; decoding is `decode`'s. Whether the transaction is valid in a fork (its
//! type, its chain, its numbers) is `validate`'s, and whether the signature has a signer is `signature`'s.

use gasworks_spec::Rules;

use crate::error::InvalidTransaction;
use crate::keccak::keccak256;
use crate::rlp::Writer;
use crate::{Address, Hash, U256};

use super::decode::decode;
use super::decode_error::DecodeError;
use super::signature::{SignatureError, SigningError, sign};
use super::types::{AccessListItem, Authorization, Signature, Transaction, TransactionKind};

/// A transaction as it is sent around: its content and a signature, from which the sender follows.
///
/// It comes from [`Transaction::sign`] or from [`decode`](Self::decode), so that it always has a byte form, and it gives its
/// content only together with the sender that [`recover`](Self::recover) finds.
///
/// ```
/// use gasworks::{SignedTransaction, Transaction};
///
/// let transaction = Transaction { chain_id: Some(1), gas_limit: 21_000, ..Transaction::default() };
/// let signed = transaction.sign(&[0x11; 32])?;
/// let decoded = SignedTransaction::decode(&signed.encode())?;
/// assert_eq!(decoded.hash(), signed.hash());
/// assert_eq!(Some(decoded.recover(false)?.sender), gasworks::address_of_secret(&[0x11; 32]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedTransaction {
    /// The sender in it is unset: it is not part of what is signed.
    content: Transaction,
    signature: Signature,
}

impl Transaction {
    /// Signs with a secret key. The sender of the result is the account of that key, whatever `self.sender` is.
    ///
    /// # Errors
    /// [`SigningError::NoChainId`] for a typed transaction without a chain identifier, and [`SigningError::InvalidSecret`] if
    /// the secret is no key.
    pub fn sign(self, secret: &[u8; 32]) -> Result<SignedTransaction, SigningError> {
        let signature = sign(self.signing_hash()?, secret)?;
        let content = Self {
            sender: Address::zero(),
            ..self
        };
        Ok(SignedTransaction { content, signature })
    }

    /// The hash that is signed: of the fields without the signature (EIP-155, EIP-2718). The sender is not part of it.
    ///
    /// # Errors
    /// [`SigningError::NoChainId`] for a typed transaction without a chain identifier.
    pub fn signing_hash(&self) -> Result<Hash, SigningError> {
        if self.type_byte() != 0 && self.chain_id.is_none() {
            return Err(SigningError::NoChainId);
        }
        Ok(keccak256(&self.envelope(|list| {
            // EIP-155: the chain, and two zeros in place of the signature.
            if let (TransactionKind::Legacy { .. }, Some(chain_id)) = (&self.kind, self.chain_id) {
                list.number(U256::from(chain_id));
                list.number(U256::zero());
                list.number(U256::zero());
            }
        })))
    }

    /// The type byte, if the transaction has one, and the list of the fields with what `write_rest` adds (EIP-2718).
    fn envelope(&self, write_rest: impl FnOnce(&mut Writer)) -> Vec<u8> {
        let mut out = match self.type_byte() {
            0 => Vec::new(),
            type_byte => vec![type_byte],
        };
        Writer::append_list(&mut out, |list| {
            self.write_fields(list);
            write_rest(list);
        });
        out
    }

    /// All fields but the signature, in the order of the type's EIP.
    fn write_fields(&self, list: &mut Writer) {
        if let (1.., Some(chain_id)) = (self.type_byte(), self.chain_id) {
            list.number(U256::from(chain_id));
        }
        list.number(U256::from(self.nonce));
        match &self.kind {
            TransactionKind::Legacy { gas_price }
            | TransactionKind::AccessList { gas_price, .. } => {
                list.number(*gas_price);
            }
            TransactionKind::DynamicFee { fees, .. }
            | TransactionKind::Blob { fees, .. }
            | TransactionKind::SetCode { fees, .. } => {
                list.number(fees.max_priority_fee_per_gas);
                list.number(fees.max_fee_per_gas);
            }
        }
        list.number(U256::from(self.gas_limit));
        list.bytes(self.to.as_ref().map_or(&[], |to| &to.0));
        list.number(self.value);
        list.bytes(&self.input);
        if self.type_byte() != 0 {
            write_access_list(list, self.access_list());
        }
        match &self.kind {
            TransactionKind::Blob {
                max_fee_per_blob_gas,
                blob_hashes,
                ..
            } => {
                list.number(*max_fee_per_blob_gas);
                list.list(|list| blob_hashes.iter().for_each(|hash| list.bytes(&hash.0)));
            }
            TransactionKind::SetCode { authorizations, .. } => {
                list.list(|list| {
                    authorizations
                        .iter()
                        .for_each(|each| write_authorization(list, each))
                });
            }
            _ => {}
        }
    }
}

fn write_access_list(list: &mut Writer, access_list: &[AccessListItem]) {
    list.list(|list| {
        for item in access_list {
            list.list(|list| {
                list.bytes(&item.address.0);
                list.list(|list| {
                    item.slots
                        .iter()
                        .for_each(|slot| list.bytes(&slot.to_big_endian()))
                });
            });
        }
    });
}

fn write_authorization(list: &mut Writer, authorization: &Authorization) {
    list.list(|list| {
        list.number(authorization.chain_id);
        list.bytes(&authorization.address.0);
        list.number(U256::from(authorization.nonce));
        list.number(U256::from(authorization.signature.y_parity));
        list.number(authorization.signature.r);
        list.number(authorization.signature.s);
    });
}

impl SignedTransaction {
    /// The chain that the signature is bound to, so that a transaction for another chain can be told before its sender is
    /// recovered. `None` for a legacy transaction without replay protection (EIP-155).
    pub fn chain_id(&self) -> Option<u64> {
        self.content.chain_id
    }

    /// [`Transaction::check_type`], which needs no sender.
    ///
    /// # Errors
    /// [`InvalidTransaction`] with the reason.
    pub fn check_type(&self, rules: &Rules, chain_id: u64) -> Result<(), InvalidTransaction> {
        self.content.check_type(rules, chain_id)
    }

    /// The signature.
    pub fn signature(&self) -> Signature {
        self.signature
    }

    /// The bytes that [`decode`](Self::decode) reads.
    pub fn encode(&self) -> Vec<u8> {
        self.content.envelope(|list| {
            list.number(self.v());
            list.number(self.signature.r);
            list.number(self.signature.s);
        })
    }

    /// The first number of the signature as it is written: the parity, in the legacy form together with the chain.
    fn v(&self) -> U256 {
        let parity = U256::from(self.signature.y_parity);
        match (&self.content.kind, self.content.chain_id) {
            (TransactionKind::Legacy { .. }, None) => parity + 27,
            (TransactionKind::Legacy { .. }, Some(chain_id)) => {
                parity + 35 + U256::from(chain_id) * 2
            }
            _ => parity,
        }
    }

    /// The hash by which the transaction is known.
    pub fn hash(&self) -> Hash {
        keccak256(&self.encode())
    }

    /// The transaction with its sender, ready to be executed.
    ///
    /// A high `s` is valid before Homestead only (EIP-2); `allow_high_s` says whether it is here.
    ///
    /// # Errors
    /// [`SignatureError`], if nobody can have made this signature.
    pub fn recover(&self, allow_high_s: bool) -> Result<Transaction, SignatureError> {
        // Decoding and signing both see to it that a typed transaction has a chain.
        let hash = self
            .content
            .signing_hash()
            .map_err(|_| SignatureError::NoSigner)?;
        let sender = self.signature.recover(hash, allow_high_s)?;
        Ok(Transaction {
            sender,
            ..self.content.clone()
        })
    }

    /// Reads a transaction from its bytes, all of which it must take.
    ///
    /// A blob transaction is read in the form that blocks contain. The form with blobs and proofs, in which nodes pass it on,
    /// is refused.
    ///
    /// # Errors
    /// [`DecodeError`], with the field at fault.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (content, signature) = decode(bytes)?;
        Ok(Self { content, signature })
    }
}

#[cfg(test)]
mod tests {
    use super::super::decode_error::{Field, Problem};
    use super::super::types::{AccessList, DynamicFees};
    use super::*;
    use crate::address_of_secret;
    use bytes::Bytes;
    use proptest::prelude::*;

    fn word() -> impl Strategy<Value = U256> {
        prop_oneof![
            any::<u8>().prop_map(U256::from),
            any::<u64>().prop_map(U256::from),
            any::<[u64; 4]>().prop_map(U256),
        ]
    }

    fn address() -> impl Strategy<Value = Address> {
        any::<[u8; 20]>().prop_map(Address::from)
    }

    fn access_list() -> impl Strategy<Value = AccessList> {
        let item = (address(), prop::collection::vec(word(), 0..3));
        prop::collection::vec(
            item.prop_map(|(address, slots)| AccessListItem { address, slots }),
            0..3,
        )
    }

    /// Signatures of authorizations need not be valid, nor even a signature.
    fn authorization() -> impl Strategy<Value = Authorization> {
        (word(), address(), any::<u64>(), any::<u8>(), word(), word()).prop_map(
            |(chain_id, address, nonce, y_parity, r, s)| Authorization {
                chain_id,
                address,
                nonce,
                signature: Signature { y_parity, r, s },
            },
        )
    }

    fn kind() -> impl Strategy<Value = TransactionKind> {
        let fees = || {
            (word(), word()).prop_map(|(max_fee_per_gas, max_priority_fee_per_gas)| DynamicFees {
                max_fee_per_gas,
                max_priority_fee_per_gas,
            })
        };
        let hashes = prop::collection::vec(any::<[u8; 32]>().prop_map(Hash::from), 0..4);
        prop_oneof![
            word().prop_map(|gas_price| TransactionKind::Legacy { gas_price }),
            (word(), access_list()).prop_map(|(gas_price, access_list)| {
                TransactionKind::AccessList {
                    gas_price,
                    access_list,
                }
            }),
            (fees(), access_list())
                .prop_map(|(fees, access_list)| TransactionKind::DynamicFee { fees, access_list }),
            (fees(), access_list(), word(), hashes).prop_map(
                |(fees, access_list, max_fee_per_blob_gas, blob_hashes)| TransactionKind::Blob {
                    fees,
                    access_list,
                    max_fee_per_blob_gas,
                    blob_hashes,
                }
            ),
            (
                fees(),
                access_list(),
                prop::collection::vec(authorization(), 0..3)
            )
                .prop_map(|(fees, access_list, authorizations)| {
                    TransactionKind::SetCode {
                        fees,
                        access_list,
                        authorizations,
                    }
                }),
        ]
    }

    fn transaction() -> impl Strategy<Value = Transaction> {
        let input = prop::collection::vec(any::<u8>(), 0..80).prop_map(Bytes::from);
        let numbers = (any::<Option<u64>>(), any::<u64>(), any::<u64>(), word());
        (numbers, prop::option::of(address()), input, kind()).prop_map(
            |((chain_id, nonce, gas_limit, value), to, input, kind)| {
                let is_legacy = matches!(kind, TransactionKind::Legacy { .. });
                let chain_id = if is_legacy {
                    chain_id
                } else {
                    Some(chain_id.unwrap_or(1))
                };
                Transaction {
                    sender: Address::zero(),
                    chain_id,
                    nonce,
                    gas_limit,
                    to,
                    value,
                    input,
                    kind,
                }
            },
        )
    }

    fn signed(kind: TransactionKind) -> SignedTransaction {
        let transaction = Transaction {
            chain_id: Some(1),
            kind,
            ..Transaction::default()
        };
        transaction
            .sign(&[0x46; 32])
            .expect("a valid key and a chain")
    }

    #[test]
    fn the_example_of_eip_155() {
        let transaction = Transaction {
            chain_id: Some(1),
            nonce: 9,
            gas_limit: 21_000,
            to: Some(Address::repeat_byte(0x35)),
            value: U256::exp10(18),
            kind: TransactionKind::Legacy {
                gas_price: U256::from(20) * U256::exp10(9),
            },
            ..Transaction::default()
        };
        let hash = "daf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53"
            .parse()
            .expect("a constant");
        assert_eq!(transaction.signing_hash(), Ok(hash));
        let signed = transaction.sign(&[0x46; 32]).expect("a valid key");
        let expected = "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025\
            a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276\
            a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83";
        let encoded: String = signed
            .encode()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(encoded, expected);
        let sender = "9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f"
            .parse()
            .expect("a constant");
        assert_eq!(
            signed.recover(false).map(|transaction| transaction.sender),
            Ok(sender)
        );
    }

    #[test]
    fn a_typed_transaction_needs_a_chain() {
        let kind = TransactionKind::AccessList {
            gas_price: U256::one(),
            access_list: vec![],
        };
        let transaction = Transaction {
            kind,
            ..Transaction::default()
        };
        assert_eq!(transaction.sign(&[1; 32]), Err(SigningError::NoChainId));
    }

    #[test]
    fn what_is_not_a_transaction() {
        let mut trailing = signed(TransactionKind::default()).encode();
        trailing.push(0);
        for (bytes, error) in [
            (&[][..], DecodeError::UnexpectedEnd),
            (&[0x00], DecodeError::UnknownType(0)),
            (&[0x05, 0xc0], DecodeError::UnknownType(5)),
            (&[0x7f], DecodeError::UnknownType(0x7f)),
            (&[0x80], DecodeError::NotAList),
            (&[0x02, 0x80], DecodeError::NotAList),
            (&[0x02], DecodeError::UnexpectedEnd),
            (&[0xc0], DecodeError::TooFewFields),
            (&[0xc1, 0xc0], Problem::IsList.of(Field::Nonce)),
            (&[0xc2, 0x81, 0x05], Problem::NotCanonical.of(Field::Nonce)),
            (&[0x03, 0xc1, 0xc0], DecodeError::BlobSidecar),
            (&[0xf8, 0x00], DecodeError::LengthNotCanonical),
            (&trailing, DecodeError::TrailingBytes),
        ] {
            assert_eq!(SignedTransaction::decode(bytes), Err(error), "{bytes:02x?}");
        }
    }

    #[test]
    fn a_parity_is_zero_or_one() {
        let typed = signed(TransactionKind::AccessList {
            gas_price: U256::one(),
            access_list: vec![],
        });
        let signature = Signature {
            y_parity: 2,
            ..typed.signature
        };
        let bytes = SignedTransaction { signature, ..typed }.encode();
        assert_eq!(
            SignedTransaction::decode(&bytes),
            Err(DecodeError::InvalidV)
        );
    }

    proptest! {
        #[test]
        fn encoding_and_decoding_are_inverse(transaction in transaction(), secret in prop::array::uniform32(1u8..)) {
            prop_assume!(address_of_secret(&secret).is_some());
            let signed = transaction.clone().sign(&secret).expect("a valid key and a chain");
            let bytes = signed.encode();
            prop_assert_eq!(&SignedTransaction::decode(&bytes).expect("encoded above"), &signed);
            prop_assert_eq!(signed.hash(), keccak256(&bytes));
            let sender = address_of_secret(&secret).expect("checked above");
            prop_assert_eq!(signed.recover(false), Ok(Transaction { sender, ..transaction }));
        }

        #[test]
        fn a_prefix_is_not_a_transaction(transaction in transaction(), at in any::<prop::sample::Index>()) {
            let bytes = transaction.sign(&[7; 32]).expect("a valid key and a chain").encode();
            prop_assert!(SignedTransaction::decode(&bytes[..at.index(bytes.len())]).is_err());
        }

        #[test]
        fn what_decodes_has_no_other_byte_form(
            transaction in transaction(), at in any::<prop::sample::Index>(), byte: u8,
        ) {
            let mut bytes = transaction.sign(&[7; 32]).expect("a valid key and a chain").encode();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if let Ok(decoded) = SignedTransaction::decode(&bytes) {
                prop_assert_eq!(decoded.encode(), bytes);
            }
        }

        #[test]
        fn any_bytes_are_decoded_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(decoded) = SignedTransaction::decode(&bytes) {
                prop_assert_eq!(decoded.encode(), bytes);
            }
        }
    }
}
