//! Encodings of the field: base64, RLP, names of ENS, addresses of contracts to come.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use gasworks::{Address, Hash, create_address, create2_address, keccak256};

use crate::contracts::abi::{self, Value};
use crate::rlp;

use super::{Handler, arguments};

/// The contract that CREATE2 goes through where no deployer is named (the deterministic deployment proxy).
const CREATE2_DEPLOYER: Address = Address([
    0x4e, 0x59, 0xb4, 0x48, 0x47, 0xb3, 0x79, 0x57, 0x85, 0x88, 0x92, 0x0c, 0xa7, 0x8f, 0xbf, 0x26,
    0xc0, 0xb4, 0x95, 0x6c,
]);

type Answer = Result<Vec<Value>, String>;

pub(super) fn handler(name: &str, _parameters: &str) -> Option<Handler> {
    let handler: Handler = match name {
        "toBase64" => |_, of| Ok(vec![Value::String(STANDARD.encode(data(of)?))]),
        "toBase64URL" => |_, of| Ok(vec![Value::String(URL_SAFE.encode(data(of)?))]),
        "ensNamehash" => |_, of| Ok(vec![abi::word_value(name_hash(arguments::text(of, 0)?))]),
        "computeCreateAddress" => |_, of| {
            let nonce = u64::try_from(arguments::number(of, 1)?)
                .map_err(|_| "nonce must be less than 2^64".to_owned())?;
            let creator = abi::address(arguments::address(of, 0)?);
            Ok(vec![abi::address_value(create_address(creator, nonce))])
        },
        "computeCreate2Address" => |_, of| {
            let creator = match of.get(2) {
                Some(_) => abi::address(arguments::address(of, 2)?),
                None => CREATE2_DEPLOYER,
            };
            let salt = gasworks::U256::from_big_endian(arguments::word(of, 0)?.as_slice());
            let code_hash = Hash(arguments::word(of, 1)?.0);
            let address = create2_address(creator, salt, code_hash);
            Ok(vec![abi::address_value(address)])
        },
        "toRlp" => to_rlp,
        "fromRlp" => |_, of| {
            let items = from_rlp(arguments::bytes(of, 0)?);
            let items = items.map_err(|error| format!("Failed to decode RLP: {error}"))?;
            Ok(vec![Value::Array(items)])
        },
        _ => return None,
    };
    Some(handler)
}

fn data(of: &[Value]) -> Result<&[u8], String> {
    match of.first() {
        Some(Value::String(text)) => Ok(text.as_bytes()),
        _ => arguments::bytes(of, 0),
    }
}

/// The node of a name (EIP-137). A variation selector, which emoji may carry, is no part of it.
fn name_hash(name: &str) -> Hash {
    let name = name.replace('\u{fe0f}', "");
    let mut node = Hash::zero();
    if name.is_empty() {
        return node;
    }
    for label in name.rsplit('.') {
        let mut preimage = node.0.to_vec();
        preimage.extend_from_slice(&keccak256(label.as_bytes()).0);
        node = keccak256(&preimage);
    }
    node
}

fn to_rlp(_: &mut super::Values, of: &[Value]) -> Answer {
    let mut payload = Vec::new();
    for at in arguments::list(of, 0)? {
        rlp::append_bytes(&mut payload, arguments::bytes(std::slice::from_ref(at), 0)?);
    }
    let mut encoded = Vec::with_capacity(payload.len() + 9);
    rlp::append_list_header(&mut encoded, payload.len());
    encoded.extend_from_slice(&payload);
    Ok(vec![Value::Bytes(encoded)])
}

/// The byte strings of a list. What follows the list is not looked at, as in forge.
fn from_rlp(encoded: &[u8]) -> Result<Vec<Value>, &'static str> {
    let (
        Item {
            is_list: true,
            payload,
        },
        _,
    ) = next_item(encoded)?
    else {
        return Err("unexpected string");
    };
    let mut items = Vec::new();
    let mut rest = payload;
    while !rest.is_empty() {
        let (item, after) = next_item(rest)?;
        if item.is_list {
            return Err("unexpected list");
        }
        items.push(Value::Bytes(item.payload.to_vec()));
        rest = after;
    }
    Ok(items)
}

struct Item<'a> {
    is_list: bool,
    payload: &'a [u8],
}

/// The first item, and what comes after it.
fn next_item(encoded: &[u8]) -> Result<(Item<'_>, &[u8]), &'static str> {
    const TOO_SHORT: &str = "input too short";
    let (&first, rest) = encoded.split_first().ok_or(TOO_SHORT)?;
    let is_list = first >= 0xc0;
    let (length, rest) = match first {
        0..0x80 => (1, encoded),
        0x80..0xb8 => (usize::from(first - 0x80), rest),
        0xc0..0xf8 => (usize::from(first - 0xc0), rest),
        0xb8..0xc0 | 0xf8.. => {
            let size = usize::from(first - if is_list { 0xf7 } else { 0xb7 });
            let (digits, rest) = rest.split_at_checked(size).ok_or(TOO_SHORT)?;
            let length = digits
                .iter()
                .fold(0_u64, |sum, digit| sum << 8 | u64::from(*digit));
            if digits.first() == Some(&0) {
                return Err("leading zero");
            }
            if length < 56 {
                return Err("non-canonical size");
            }
            (usize::try_from(length).unwrap_or(usize::MAX), rest)
        }
    };
    let (payload, after) = rest.split_at_checked(length).ok_or(TOO_SHORT)?;
    if first == 0x81 && payload.first().is_some_and(|byte| *byte < 0x80) {
        return Err("non-canonical single byte");
    }
    Ok((Item { is_list, payload }, after))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{call, fails};
    use super::*;
    use crate::contracts::abi::{AbiAddress, AbiWord, Unsigned};

    fn text(of: &str) -> Value {
        Value::String(of.to_owned())
    }

    #[test]
    fn base64_of_texts_and_bytes() {
        assert_eq!(call("toBase64(string)", &[text("hi?")]), [text("aGk/")]);
        assert_eq!(
            call("toBase64URL(bytes)", &[Value::Bytes(b"hi?".to_vec())]),
            [text("aGk_")]
        );
        assert_eq!(
            call("toBase64(bytes)", &[Value::Bytes(vec![0xff])]),
            [text("/w==")]
        );
    }

    #[test]
    fn names() {
        let hash = |name: &str| match &call("ensNamehash(string)", &[text(name)])[..] {
            [Value::FixedBytes(word, 32)] => abi::hex(word.as_slice()),
            other => panic!("{other:?}"),
        };
        assert_eq!(hash(""), format!("0x{}", "0".repeat(64)));
        // The example of EIP-137.
        assert_eq!(
            hash("foo.eth"),
            "0xde9b09fd7c5f901e23a3f19fecc54828e9c848539801e86591bd9801b019f84f"
        );
    }

    #[test]
    fn addresses_of_contracts_to_come() {
        let creator = Value::Address(AbiAddress::from_slice(
            &abi::unhex("6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0").expect("hex"),
        ));
        let nonce = |of: Unsigned| Value::Uint(of, 256);
        let signature = "computeCreateAddress(address,uint256)";
        let address = call(signature, &[creator.clone(), nonce(Unsigned::ZERO)]);
        assert_eq!(
            abi::plain(&address[0]),
            "0xcd234A471b72ba2F1Ccf0A70FCABA648a5eeCD8d"
        );
        let too_much = nonce(Unsigned::from(u64::MAX) + Unsigned::from(1));
        assert_eq!(
            fails(signature, &[creator, too_much]),
            "nonce must be less than 2^64"
        );
        let word = Value::FixedBytes(AbiWord::ZERO, 32);
        let deployer = abi::address_value(CREATE2_DEPLOYER);
        assert_eq!(
            call(
                "computeCreate2Address(bytes32,bytes32)",
                &[word.clone(), word.clone()]
            ),
            call(
                "computeCreate2Address(bytes32,bytes32,address)",
                &[word.clone(), word, deployer]
            )
        );
    }

    #[test]
    fn lists_of_bytes_as_rlp() {
        let bytes = |of: &[u8]| Value::Bytes(of.to_vec());
        let items = [&[1][..], &[0x80], &[], &[7; 60]];
        let list = Value::Array(items.iter().map(|item| bytes(item)).collect());
        let encoded = call("toRlp(bytes[])", std::slice::from_ref(&list));
        assert_eq!(call("fromRlp(bytes)", &encoded), [list]);
        for (encoded, error) in [
            (&[0x01][..], "unexpected string"),
            (&[], "input too short"),
            (&[0xc1], "input too short"),
            (&[0xc1, 0xc0], "unexpected list"),
            (&[0xc2, 0x81, 0x05], "non-canonical single byte"),
            (&[0xf8, 0x01, 0x05], "non-canonical size"),
            (
                &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
                "input too short",
            ),
        ] {
            assert_eq!(
                fails("fromRlp(bytes)", &[bytes(encoded)]),
                format!("Failed to decode RLP: {error}")
            );
        }
    }
}
