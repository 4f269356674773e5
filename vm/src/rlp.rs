//! RLP, the serialisation of Ethereum (Yellow Paper, appendix B), and the addresses of contracts that derive from it.
//!
//! The only file that names the `rlp` crate, of which it uses the header parser and the writer. The reader on top is strict:
//! every value has exactly one byte form here, and any other is an error. It goes one level down when asked, so the depth of
//! the input costs nothing, and it copies nothing.

use ::rlp::{DecoderError, PayloadInfo, RlpStream};

use crate::keccak::keccak256;
use crate::{Address, Hash, U256};

/// Why bytes are not RLP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RlpError {
    /// An item is said to be longer than what is there.
    UnexpectedEnd,
    /// The header is longer than it needs to be: another byte form is the right one.
    NotCanonical,
}

/// A byte string, or a list with its items unread.
pub(crate) enum Item<'a> {
    Bytes(&'a [u8]),
    List(Reader<'a>),
}

/// Reads items one after the other.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next item. At the end this is [`RlpError::UnexpectedEnd`], as everything after it would be missing.
    pub(crate) fn next_item(&mut self) -> Result<Item<'a>, RlpError> {
        let first = *self.rest.first().ok_or(RlpError::UnexpectedEnd)?;
        let header = PayloadInfo::from(self.rest).map_err(|error| match error {
            DecoderError::RlpIsTooShort => RlpError::UnexpectedEnd,
            _ => RlpError::NotCanonical,
        })?;
        let after_header = self
            .rest
            .get(header.header_len..)
            .ok_or(RlpError::UnexpectedEnd)?;
        let (payload, rest) = after_header
            .split_at_checked(header.value_len)
            .ok_or(RlpError::UnexpectedEnd)?;
        self.rest = rest;
        if first >= 0xc0 {
            return Ok(Item::List(Reader::new(payload)));
        }
        // A byte below 0x80 is its own encoding.
        match payload {
            [byte] if first >= 0x80 && *byte < 0x80 => Err(RlpError::NotCanonical),
            _ => Ok(Item::Bytes(payload)),
        }
    }
}

/// Writes the items of a list.
pub(crate) struct Writer {
    stream: RlpStream,
}

impl Writer {
    /// Appends to `out` the list whose items `write_items` writes.
    pub(crate) fn append_list(out: &mut Vec<u8>, write_items: impl FnOnce(&mut Self)) {
        let mut writer = Self {
            stream: RlpStream::new(),
        };
        writer.list(write_items);
        out.extend_from_slice(writer.stream.as_raw());
    }

    /// Writes an item that is itself a list.
    pub(crate) fn list(&mut self, write_items: impl FnOnce(&mut Self)) {
        self.stream.begin_unbounded_list();
        write_items(self);
        self.stream.finalize_unbounded_list();
    }

    /// Writes a byte string.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.stream.append(&bytes);
    }

    /// Writes a number: its big-endian bytes without leading zeros.
    pub(crate) fn number(&mut self, number: U256) {
        let bytes = number.to_big_endian();
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        self.bytes(&bytes[zeros..]);
    }
}

/// The address of a contract that `creator` makes with CREATE or with a transaction, having had `nonce` before
/// (Yellow Paper, equation 88).
///
/// ```
/// use gasworks::{Address, create_address};
///
/// let creator = Address::repeat_byte(0x11);
/// assert_ne!(create_address(creator, 0), create_address(creator, 1));
/// ```
pub fn create_address(creator: Address, nonce: u64) -> Address {
    let mut encoded = Vec::with_capacity(32);
    Writer::append_list(&mut encoded, |list| {
        list.bytes(&creator.0);
        list.number(U256::from(nonce));
    });
    low_20_bytes(keccak256(&encoded))
}

/// The address of a contract that `creator` makes with CREATE2 from init code of this hash (EIP-1014).
pub fn create2_address(creator: Address, salt: U256, init_code_hash: Hash) -> Address {
    let mut preimage = [0xff; 85];
    preimage[1..21].copy_from_slice(&creator.0);
    preimage[21..53].copy_from_slice(&salt.to_big_endian());
    preimage[53..].copy_from_slice(&init_code_hash.0);
    low_20_bytes(keccak256(&preimage))
}

fn low_20_bytes(hash: Hash) -> Address {
    Address::from_slice(&hash.0[12..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The number of bytes that the items of the input hold, if it is one item, valid all the way down.
    fn content_length(bytes: &[u8]) -> Result<usize, RlpError> {
        let mut pending = vec![Reader::new(bytes)];
        let mut length = 0;
        while let Some(reader) = pending.last_mut() {
            if reader.is_empty() {
                pending.pop();
                continue;
            }
            match reader.next_item()? {
                Item::Bytes(bytes) => length += bytes.len(),
                Item::List(items) => pending.push(items),
            }
        }
        Ok(length)
    }

    fn list(write_items: impl FnOnce(&mut Writer)) -> Vec<u8> {
        let mut out = Vec::new();
        Writer::append_list(&mut out, write_items);
        out
    }

    #[test]
    fn a_value_has_one_byte_form() {
        for (bytes, error) in [
            (&[0x81, 0x05][..], RlpError::NotCanonical),
            (&[0xb8, 0x01, 0xff], RlpError::NotCanonical),
            (&[0xb9, 0x00, 0x40], RlpError::NotCanonical),
            (&[0xf8, 0x00], RlpError::NotCanonical),
            (&[0x82, 0xff], RlpError::UnexpectedEnd),
            (&[0xb8], RlpError::UnexpectedEnd),
            (&[0xc2, 0x82, 0xff], RlpError::UnexpectedEnd),
            (
                &[0xbf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
                RlpError::UnexpectedEnd,
            ),
            (
                &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
                RlpError::UnexpectedEnd,
            ),
        ] {
            assert_eq!(content_length(bytes), Err(error), "{bytes:02x?}");
        }
    }

    #[test]
    fn known_encodings() {
        assert_eq!(list(|_| ()), [0xc0]);
        assert_eq!(list(|list| list.number(U256::zero())), [0xc1, 0x80]);
        assert_eq!(
            list(|list| list.number(U256::from(1024))),
            [0xc3, 0x82, 0x04, 0x00]
        );
        assert_eq!(
            list(|outer| outer.list(|inner| inner.bytes(b"dog"))),
            [0xc5, 0xc4, 0x83, b'd', b'o', b'g']
        );
        assert_eq!(list(|list| list.bytes(&[7; 60]))[..4], [0xf8, 62, 0xb8, 60]);
    }

    #[test]
    fn deep_nesting_is_read_without_recursion() {
        let mut encoded = vec![0xc0];
        for _ in 0..2_000 {
            let mut outer = Vec::new();
            let mut writer = Writer {
                stream: RlpStream::new(),
            };
            writer
                .stream
                .begin_unbounded_list()
                .append_raw(&encoded, 1)
                .finalize_unbounded_list();
            outer.extend_from_slice(writer.stream.as_raw());
            encoded = outer;
        }
        assert_eq!(content_length(&encoded), Ok(0));
    }

    #[test]
    fn addresses_of_contracts() {
        // The first contracts of the account that every introduction uses, and examples 0 and 1 of EIP-1014.
        let creator: Address = "6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0"
            .parse()
            .expect("a constant");
        let expected = [
            "cd234a471b72ba2f1ccf0a70fcaba648a5eecd8d",
            "343c43a37d37dff08ae8c4a11544c718abb4fcf8",
        ];
        for (nonce, address) in (0..).zip(expected) {
            assert_eq!(
                create_address(creator, nonce),
                address.parse().expect("a constant")
            );
        }
        let init_code_hash = keccak256(&[0]);
        let mut with_deadbeef = Address::zero();
        assert_eq!(
            create2_address(with_deadbeef, U256::zero(), init_code_hash),
            "4d1a2e2bb4f88f0250f26ffff098b0b30b26bf38"
                .parse()
                .expect("a constant")
        );
        with_deadbeef.0[..4].copy_from_slice(&[0xde, 0xad, 0xbe, 0xef]);
        assert_eq!(
            create2_address(with_deadbeef, U256::zero(), init_code_hash),
            "b928f69bb1d91cd65274e3c79d8986362984fda3"
                .parse()
                .expect("a constant")
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(length) = content_length(&bytes) {
                prop_assert!(length <= bytes.len());
            }
        }

        #[test]
        fn what_is_written_is_read(strings in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..70), 0..8)) {
            let encoded = list(|list| strings.iter().for_each(|string| list.bytes(string)));
            let mut reader = Reader::new(&encoded);
            let Ok(Item::List(mut items)) = reader.next_item() else { panic!("a list was written") };
            prop_assert!(reader.is_empty());
            for string in &strings {
                match items.next_item() {
                    Ok(Item::Bytes(bytes)) => prop_assert_eq!(bytes, &string[..]),
                    _ => panic!("a string was written"),
                }
            }
            prop_assert!(items.is_empty());
        }
    }
}
