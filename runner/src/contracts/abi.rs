//! Values of the contract ABI: types, encoding, decoding, selectors, and how forge prints them.
//!
//! This is the one file that names the ABI library; its words and ours are turned into one another here.

use std::fmt::{self, Write as _};

use alloy_dyn_abi::DynToken;
pub use alloy_dyn_abi::{DynSolType as Type, DynSolValue as Value, Specifier};
pub use alloy_json_abi::{
    AbiItem, Error as AbiError, Event, EventParam, Function, InternalType, JsonAbi, Param,
    StateMutability,
};
pub use alloy_primitives::{
    Address as AbiAddress, B256 as AbiWord, I256 as Signed, U256 as Unsigned,
};

use gasworks::{Address, Hash, U256, keccak256};

/// The first four bytes of the hash of a signature.
pub type Selector = [u8; 4];

/// The selector of a signature such as `transfer(address,uint256)`.
pub fn selector(signature: &str) -> Selector {
    let hash = keccak256(signature.as_bytes());
    [hash.0[0], hash.0[1], hash.0[2], hash.0[3]]
}

/// The types of the parameters of a signature; `None` where it is none.
pub fn parameters_of(signature: &str) -> Option<Vec<Type>> {
    let open = signature.find('(')?;
    types(&signature[open..])
}

/// A list of types such as `(address,uint256)`.
pub fn types(list: &str) -> Option<Vec<Type>> {
    if list == "()" {
        return Some(Vec::new());
    }
    match Type::parse(list).ok()? {
        Type::Tuple(types) => Some(types),
        one => Some(vec![one]),
    }
}

/// The types of parameters of a function, with the names of their structs.
pub fn types_of(parameters: &[Param]) -> Option<Vec<Type>> {
    let resolve = |parameter: &Param| parameter.resolve().ok();
    parameters.iter().map(resolve).collect()
}

/// Encodes values as the parameters of a call, without a selector.
pub fn encode(values: impl Into<Vec<Value>>) -> Vec<u8> {
    Value::Tuple(values.into()).abi_encode_params()
}

/// Encodes a call: selector and parameters.
pub fn encode_call(selector: Selector, values: impl Into<Vec<Value>>) -> Vec<u8> {
    let parameters = encode(values);
    let mut call = Vec::with_capacity(selector.len() + parameters.len());
    call.extend(selector);
    call.extend(parameters);
    call
}

/// Decodes the parameters of a call, or what it returned; `None` where the bytes are not of these types.
pub fn decode(types: &[Type], bytes: &[u8]) -> Option<Vec<Value>> {
    if types.iter().all(is_word) {
        return decode_words(types, bytes);
    }
    match Type::Tuple(types.to_vec()).abi_decode_params(bytes).ok()? {
        Value::Tuple(values) => Some(values),
        _ => None,
    }
}

/// Whether values of a type are one word.
pub fn is_word(of: &Type) -> bool {
    matches!(
        of,
        Type::Bool
            | Type::Int(_)
            | Type::Uint(_)
            | Type::FixedBytes(_)
            | Type::Address
            | Type::Function
    )
}

/// What most calls have as parameters, and is read without a detour.
fn decode_words(types: &[Type], bytes: &[u8]) -> Option<Vec<Value>> {
    let (words, _) = bytes.as_chunks::<32>();
    let mut values = Vec::with_capacity(types.len());
    for (position, of) in types.iter().enumerate() {
        values.push(of_word(of, *words.get(position)?)?);
    }
    Some(values)
}

/// The value of a type that a word is encoded as.
pub fn of_word(of: &Type, word: [u8; 32]) -> Option<Value> {
    of.detokenize(DynToken::Word(AbiWord::new(word))).ok()
}

/// A value of a type whose words are all zero and whose lists are empty.
pub fn zero(of: &Type) -> Value {
    match of {
        Type::Bool => Value::Bool(false),
        Type::Int(bits) => Value::Int(Signed::ZERO, *bits),
        Type::Uint(bits) => Value::Uint(Unsigned::ZERO, *bits),
        Type::FixedBytes(size) => Value::FixedBytes(AbiWord::ZERO, *size),
        Type::Address => Value::Address(AbiAddress::ZERO),
        Type::Function => Value::Function(alloy_primitives::Function::ZERO),
        Type::Bytes => Value::Bytes(Vec::new()),
        Type::String => Value::String(String::new()),
        Type::Array(_) => Value::Array(Vec::new()),
        Type::FixedArray(inner, count) => Value::FixedArray(vec![zero(inner); *count]),
        Type::Tuple(types) => Value::Tuple(types.iter().map(zero).collect()),
        Type::CustomStruct {
            name,
            prop_names,
            tuple,
        } => Value::CustomStruct {
            name: name.clone(),
            prop_names: prop_names.clone(),
            tuple: tuple.iter().map(zero).collect(),
        },
    }
}

/// An address of the machine.
pub fn address(of: AbiAddress) -> Address {
    Address(of.into_array())
}

/// A value of the type `address`.
pub fn address_value(of: Address) -> Value {
    Value::Address(AbiAddress::new(of.0))
}

/// A number of the machine.
pub fn word(of: Unsigned) -> U256 {
    U256(of.into_limbs())
}

/// A number of the ABI library.
pub fn unsigned(of: U256) -> Unsigned {
    Unsigned::from_limbs(of.0)
}

/// A value of the type `uint256`.
pub fn uint_value(of: U256) -> Value {
    Value::Uint(unsigned(of), 256)
}

/// A value of the type `bytes32`.
pub fn word_value(of: Hash) -> Value {
    Value::FixedBytes(AbiWord::new(of.0), 32)
}

/// An address with the checksum of EIP-55.
pub fn checksummed(address: Address) -> String {
    AbiAddress::new(address.0).to_string()
}

/// Bytes as `0x` and hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 + 2 * bytes.len());
    text.push_str("0x");
    for byte in bytes {
        text.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
        text.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
    }
    text
}

/// The bytes of hexadecimal digits, with or without `0x`; `None` where they are none.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("0x").unwrap_or(text).as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let pair = |pair: &[u8]| Some(digit(pair[0])? << 4 | digit(pair[1])?);
    digits.chunks(2).map(pair).collect()
}

/// A value as forge prints it: large numbers with their power of ten, structs with the names of their fields.
pub fn pretty(value: &Value) -> String {
    let mut text = String::new();
    let _ = print(value, true, &mut text);
    text
}

/// A value that can be read again: plain numbers, structs as tuples.
pub fn plain(value: &Value) -> String {
    let mut text = String::new();
    let _ = print(value, false, &mut text);
    text
}

/// Values as the parameters of a call, separated by commas.
pub fn pretty_list(values: &[Value]) -> String {
    let texts: Vec<String> = values.iter().map(pretty).collect();
    texts.join(", ")
}

fn print(value: &Value, pretty: bool, out: &mut String) -> fmt::Result {
    match value {
        Value::Address(of) => write!(out, "{of}"),
        Value::Function(of) => write!(out, "{of}"),
        Value::Bytes(of) => out.write_str(&hex(of)),
        Value::FixedBytes(of, size) => out.write_str(&hex(&of[..*size])),
        Value::Uint(of, _) if pretty => out.write_str(&with_exponent(&of.to_string())),
        Value::Int(of, _) if pretty => out.write_str(&with_exponent(&of.to_string())),
        Value::Uint(of, _) => write!(out, "{of}"),
        Value::Int(of, _) => write!(out, "{of}"),
        Value::Bool(of) => write!(out, "{of}"),
        Value::String(of) if pretty => write!(out, "{of:?}"),
        Value::String(of) => write!(out, "{}", of.escape_debug()),
        Value::Array(of) | Value::FixedArray(of) => print_list("[", of, "]", pretty, out),
        Value::Tuple(of) => print_list("(", of, ")", pretty, out),
        Value::CustomStruct {
            name,
            prop_names,
            tuple,
        } if pretty && prop_names.len() == tuple.len() => {
            write!(out, "{name}({{ ")?;
            for (position, (field, value)) in prop_names.iter().zip(tuple).enumerate() {
                let comma = if position > 0 { ", " } else { "" };
                write!(out, "{comma}{field}: ")?;
                print(value, pretty, out)?;
            }
            out.write_str(" })")
        }
        Value::CustomStruct { name, tuple, .. } => {
            if pretty {
                out.write_str(name)?;
            }
            print_list("(", tuple, ")", pretty, out)
        }
    }
}

fn print_list(
    open: &str,
    values: &[Value],
    close: &str,
    pretty: bool,
    out: &mut String,
) -> fmt::Result {
    out.write_str(open)?;
    for (position, value) in values.iter().enumerate() {
        if position > 0 {
            out.write_str(", ")?;
        }
        print(value, pretty, out)?;
    }
    out.write_str(close)
}

/// `1000000 [1e6]`, as forge prints numbers from 10,000 on; the rest after four digits is cut off.
pub fn with_exponent(number: &str) -> String {
    let (sign, digits) = match number.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", number),
    };
    if digits.len() < 5 {
        return number.to_owned();
    }
    let exponent = digits.len() - 1;
    let text = digits[..4].trim_end_matches('0');
    let (first, rest) = text.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    format!("{sign}{digits} [{sign}{first}{point}{rest}e{exponent}]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_printed_with_their_power_of_ten() {
        assert_eq!(with_exponent("9999"), "9999");
        assert_eq!(with_exponent("10000"), "10000 [1e4]");
        assert_eq!(with_exponent("-1000000"), "-1000000 [-1e6]");
        assert_eq!(with_exponent("123456"), "123456 [1.234e5]");
        assert_eq!(with_exponent("99999"), "99999 [9.999e4]");
    }

    #[test]
    fn selectors_and_parameters_of_signatures() {
        assert_eq!(
            hex(&selector("transfer(address,uint256)")),
            "0xa9059cbb".to_owned()
        );
        assert_eq!(parameters_of("f()"), Some(vec![]));
        assert_eq!(parameters_of("f(uint256)"), Some(vec![Type::Uint(256)]));
        assert_eq!(
            parameters_of("f((bool,string)[])"),
            Some(vec![Type::Array(Box::new(Type::Tuple(vec![
                Type::Bool,
                Type::String
            ])))])
        );
        assert_eq!(parameters_of("f(nothing)"), None);
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        let types = parameters_of("f(uint256,string,(bool,bytes)[])").expect("types");
        let values: Vec<Value> = types.iter().map(zero).collect();
        assert_eq!(decode(&types, &encode(&values[..])), Some(values));
        assert_eq!(decode(&types, &[1, 2, 3]), None);
        assert_eq!(unhex("0x0aff"), Some(vec![0x0a, 0xff]));
        assert_eq!(unhex("0x0"), None);
    }
}
