//! From bytes to the fields of a transaction, strictly: a transaction has one byte form, and anything else is refused with
//! the field at fault. The depth of the lists is that of the format, so the input cannot make this recurse.
//!
//! Nothing is checked here that depends on a fork, nor whether the numbers of the signature are a signature.

use bytes::Bytes;

use crate::rlp::{Item, Reader, RlpError};
use crate::{Address, Hash, U256};

use super::decode_error::{DecodeError, Field, Problem};
use super::types::{
    AccessList, AccessListItem, Authorization, DynamicFees, Signature, Transaction, TransactionKind,
};

/// The content of a signed transaction, with the sender unset, and its signature.
pub(super) fn decode(bytes: &[u8]) -> Result<(Transaction, Signature), DecodeError> {
    // EIP-2718: a type is below 0x80; the legacy form is a list, which begins with 0xc0 or more.
    let (type_byte, list) = match bytes.split_first() {
        Some((&type_byte @ 1..=4, list)) => (type_byte, list),
        Some((&type_byte @ (0 | 5..=0x7f), _)) => {
            return Err(DecodeError::UnknownType(type_byte));
        }
        _ => (0, bytes),
    };
    let mut envelope = Reader::new(list);
    let item = envelope.next_item()?;
    let Item::List(items) = item else {
        return Err(DecodeError::NotAList);
    };
    if !envelope.is_empty() {
        return Err(DecodeError::TrailingBytes);
    }
    let mut fields = Fields { items };
    let mut content = fields.content(type_byte)?;
    let (v, r, s) = (
        fields.word(Field::V)?,
        fields.word(Field::R)?,
        fields.word(Field::S)?,
    );
    fields.end()?;
    let y_parity = if type_byte == 0 {
        let (chain_id, y_parity) = legacy_v(v)?;
        content.chain_id = chain_id;
        y_parity
    } else {
        // EIP-2930 and later: the parity alone.
        u8::try_from(v)
            .ok()
            .filter(|parity| *parity <= 1)
            .ok_or(DecodeError::InvalidV)?
    };
    let signature = Signature { y_parity, r, s };
    Ok((content, signature))
}

/// The chain and the parity that the `v` of a legacy transaction stands for: 27 or 28, or from 35 on with a chain (EIP-155).
fn legacy_v(v: U256) -> Result<(Option<u64>, u8), DecodeError> {
    if v == U256::from(27) || v == U256::from(28) {
        return Ok((None, u8::from(v == U256::from(28))));
    }
    let from_35 = v.checked_sub(U256::from(35)).ok_or(DecodeError::InvalidV)?;
    let chain_id = u64::try_from(from_35 >> 1).map_err(|_| DecodeError::InvalidV)?;
    Ok((Some(chain_id), u8::from(from_35.bit(0))))
}

/// The items of a list, read as the fields of a transaction.
struct Fields<'a> {
    items: Reader<'a>,
}

impl<'a> Fields<'a> {
    fn item(&mut self, field: Field) -> Result<Item<'a>, DecodeError> {
        if self.items.is_empty() {
            return Err(DecodeError::TooFewFields);
        }
        self.items.next_item().map_err(|error| match error {
            RlpError::UnexpectedEnd => DecodeError::UnexpectedEnd,
            RlpError::NotCanonical => Problem::NotCanonical.of(field),
        })
    }

    fn bytes(&mut self, field: Field) -> Result<&'a [u8], DecodeError> {
        match self.item(field)? {
            Item::Bytes(bytes) => Ok(bytes),
            Item::List(_) => Err(Problem::IsList.of(field)),
        }
    }

    fn list(&mut self, field: Field) -> Result<Self, DecodeError> {
        match self.item(field)? {
            Item::List(items) => Ok(Self { items }),
            Item::Bytes(_) => Err(Problem::IsNoList.of(field)),
        }
    }

    /// All items of a list, each read by `read`.
    fn list_of<T>(
        &mut self,
        field: Field,
        mut read: impl FnMut(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<Vec<T>, DecodeError> {
        let mut list = self.list(field)?;
        let mut values = Vec::new();
        while !list.items.is_empty() {
            values.push(read(&mut list)?);
        }
        Ok(values)
    }

    /// A number of at most 256 bits, without leading zeros (Yellow Paper, appendix B).
    fn word(&mut self, field: Field) -> Result<U256, DecodeError> {
        let bytes = self.bytes(field)?;
        if bytes.first() == Some(&0) {
            return Err(Problem::LeadingZeros.of(field));
        }
        if bytes.len() > 32 {
            return Err(Problem::TooLarge.of(field));
        }
        Ok(U256::from_big_endian(bytes))
    }

    /// A number of at most 64 bits. Unlike with a word, more bytes than it can have are what is reported first.
    fn u64(&mut self, field: Field) -> Result<u64, DecodeError> {
        let mut ahead = Self { items: self.items };
        if ahead.bytes(field)?.len() > 8 {
            return Err(Problem::TooLarge.of(field));
        }
        u64::try_from(self.word(field)?).map_err(|_| Problem::TooLarge.of(field))
    }

    fn array<const N: usize>(&mut self, field: Field) -> Result<[u8; N], DecodeError> {
        let bytes = self.bytes(field)?;
        bytes.try_into().map_err(|_| {
            let problem = if bytes.len() < N {
                Problem::TooShort
            } else {
                Problem::TooLong
            };
            problem.of(field)
        })
    }

    fn end(&self) -> Result<(), DecodeError> {
        if self.items.is_empty() {
            Ok(())
        } else {
            Err(DecodeError::TooManyFields)
        }
    }

    /// All fields but the signature. A legacy transaction's chain is part of its signature.
    fn content(&mut self, type_byte: u8) -> Result<Transaction, DecodeError> {
        if type_byte == 3 && self.begins_with_list() {
            return Err(DecodeError::BlobSidecar);
        }
        let chain_id = match type_byte {
            0 => None,
            _ => Some(self.u64(Field::ChainId)?),
        };
        let nonce = self.u64(Field::Nonce)?;
        let price = match type_byte {
            0 | 1 => Price::Single(self.word(Field::GasPrice)?),
            _ => {
                let max_priority_fee_per_gas = self.word(Field::MaxPriorityFeePerGas)?;
                let max_fee_per_gas = self.word(Field::MaxFeePerGas)?;
                Price::Dynamic(DynamicFees {
                    max_fee_per_gas,
                    max_priority_fee_per_gas,
                })
            }
        };
        let gas_limit = self.u64(Field::GasLimit)?;
        let to = self.to()?;
        let value = self.word(Field::Value)?;
        let input = Bytes::copy_from_slice(self.bytes(Field::Data)?);
        let kind = self.kind(type_byte, price)?;
        Ok(Transaction {
            sender: Address::zero(),
            chain_id,
            nonce,
            gas_limit,
            to,
            value,
            input,
            kind,
        })
    }

    /// The network form of a blob transaction is a list whose first item is the transaction (EIP-4844).
    fn begins_with_list(&self) -> bool {
        let mut items = self.items;
        matches!(items.next_item(), Ok(Item::List(_)))
    }

    fn to(&mut self) -> Result<Option<Address>, DecodeError> {
        let mut items = self.items;
        if let Ok(Item::Bytes([])) = items.next_item() {
            self.items = items;
            return Ok(None);
        }
        self.array(Field::To).map(|to| Some(Address::from(to)))
    }

    fn kind(&mut self, type_byte: u8, price: Price) -> Result<TransactionKind, DecodeError> {
        let fees = match price {
            Price::Single(gas_price) if type_byte == 0 => {
                return Ok(TransactionKind::Legacy { gas_price });
            }
            Price::Single(gas_price) => {
                let access_list = self.access_list()?;
                return Ok(TransactionKind::AccessList {
                    gas_price,
                    access_list,
                });
            }
            Price::Dynamic(fees) => fees,
        };
        let access_list = self.access_list()?;
        Ok(match type_byte {
            3 => {
                let max_fee_per_blob_gas = self.word(Field::MaxFeePerBlobGas)?;
                let hash = |list: &mut Self| list.array(Field::BlobHashes).map(Hash::from);
                let blob_hashes = self.list_of(Field::BlobHashes, hash)?;
                TransactionKind::Blob {
                    fees,
                    access_list,
                    max_fee_per_blob_gas,
                    blob_hashes,
                }
            }
            4 => {
                let authorizations = self.list_of(Field::Authorizations, Self::authorization)?;
                TransactionKind::SetCode {
                    fees,
                    access_list,
                    authorizations,
                }
            }
            _ => TransactionKind::DynamicFee { fees, access_list },
        })
    }

    /// EIP-2930: pairs of an address and a list of slots.
    fn access_list(&mut self) -> Result<AccessList, DecodeError> {
        self.list_of(Field::AccessList, |list| {
            let mut pair = list.list(Field::AccessList)?;
            let address = Address::from(pair.array(Field::AccessListAddress)?);
            let slot = |list: &mut Self| {
                list.array::<32>(Field::AccessListSlot)
                    .map(|slot| U256::from_big_endian(&slot))
            };
            let slots = pair.list_of(Field::AccessListSlot, slot)?;
            pair.end()?;
            Ok(AccessListItem { address, slots })
        })
    }

    /// EIP-7702: the chain below 2^256, the nonce below 2^64, the parity below 2^8; nothing more is asked of the signature.
    fn authorization(&mut self) -> Result<Authorization, DecodeError> {
        let field = Field::Authorizations;
        let mut tuple = self.list(field)?;
        let authorization = Authorization {
            chain_id: tuple.word(field)?,
            address: Address::from(tuple.array(field)?),
            nonce: tuple.u64(field)?,
            signature: Signature {
                y_parity: u8::try_from(tuple.word(field)?)
                    .map_err(|_| Problem::TooLarge.of(field))?,
                r: tuple.word(field)?,
                s: tuple.word(field)?,
            },
        };
        tuple.end()?;
        Ok(authorization)
    }
}

/// What is offered for gas, read before it is known what follows.
enum Price {
    Single(U256),
    Dynamic(DynamicFees),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_that_v_may_be() {
        assert_eq!(legacy_v(U256::from(27)), Ok((None, 0)));
        assert_eq!(legacy_v(U256::from(28)), Ok((None, 1)));
        assert_eq!(legacy_v(U256::from(35)), Ok((Some(0), 0)));
        assert_eq!(legacy_v(U256::from(38)), Ok((Some(1), 1)));
        let greatest = U256::from(u64::MAX) * 2 + 36;
        assert_eq!(legacy_v(greatest), Ok((Some(u64::MAX), 1)));
        for v in [
            U256::zero(),
            U256::one(),
            U256::from(29),
            U256::from(34),
            greatest + 1,
            U256::MAX,
        ] {
            assert_eq!(legacy_v(v), Err(DecodeError::InvalidV), "{v}");
        }
    }
}
