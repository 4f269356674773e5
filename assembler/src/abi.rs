//! The encoding of values that the contract ABI has: types, signatures, and bytes.

mod types;

pub(crate) use types::{Signature, Type};

use crate::value::Value;

/// Bytes that an encoding may have.
const MOST_BYTES: usize = 1 << 24;

/// Whether a text is a signature of a name: `transfer(..)` of `transfer`.
pub(crate) fn is_text_of(text: &str, name: &str) -> bool {
    let rest = text.strip_prefix(name);
    rest.is_some_and(|rest| rest.starts_with('('))
}

/// Whether a literal is a signature of a name.
pub(crate) fn is_signature_of(literal: &Value, name: &str) -> bool {
    let bytes = literal.bytes().unwrap_or_default();
    std::str::from_utf8(&bytes).is_ok_and(|text| is_text_of(text, name))
}

/// Values as a list of parameters.
pub(crate) fn encode<'a>(
    types: impl ExactSizeIterator<Item = &'a Type> + Clone,
    values: &[Value],
) -> Result<Vec<u8>, String> {
    if types.len() != values.len() {
        let (needed, plural) = (types.len(), if types.len() == 1 { "" } else { "s" });
        return Err(format!(
            "{needed} value{plural} are needed, not {}",
            values.len()
        ));
    }
    let head_length = types
        .clone()
        .map(Type::head_bytes)
        .fold(0, usize::saturating_add);
    let (mut head, mut tail) = (Vec::new(), Vec::new());
    for (kind, value) in types.zip(values) {
        if kind.is_dynamic() {
            word_of(head_length + tail.len(), &mut head);
            write(kind, value, &mut tail)?;
        } else {
            write(kind, value, &mut head)?;
        }
        if head.len() + tail.len() > MOST_BYTES {
            return Err(format!("the encoding has more than {MOST_BYTES} bytes"));
        }
    }
    head.extend_from_slice(&tail);
    Ok(head)
}

/// A value as its type has it, without the offset that leads to it.
fn write(kind: &Type, value: &Value, to: &mut Vec<u8>) -> Result<(), String> {
    match kind {
        Type::Bytes | Type::String => {
            let bytes = value
                .bytes()
                .map_err(|reason| format!("{kind}: {reason}"))?;
            word_of(bytes.len(), to);
            to.extend_from_slice(&bytes);
            to.resize(to.len().next_multiple_of(32), 0);
            Ok(())
        }
        Type::Array(element) => {
            let values = list(kind, value)?;
            word_of(values.len(), to);
            let types = vec![element.as_ref(); values.len()];
            to.extend(encode(types.into_iter(), values)?);
            Ok(())
        }
        Type::FixedArray(element, length) => {
            let values = list(kind, value)?;
            if values.len() as u64 != *length {
                return Err(format!(
                    "{kind} takes {length} values, not {}",
                    values.len()
                ));
            }
            let types = vec![element.as_ref(); values.len()];
            to.extend(encode(types.into_iter(), values)?);
            Ok(())
        }
        Type::Tuple(types) => {
            to.extend(encode(types.iter(), list(kind, value)?)?);
            Ok(())
        }
        _ => word(kind, value).map(|word| to.extend_from_slice(&word)),
    }
}

fn list<'a>(kind: &Type, value: &'a Value) -> Result<&'a [Value], String> {
    value
        .as_list()
        .ok_or_else(|| format!("{kind} takes a list such as [1, 2]"))
}

fn word_of(number: usize, to: &mut Vec<u8>) {
    to.extend_from_slice(&[0; 24]);
    to.extend_from_slice(&(number as u64).to_be_bytes());
}

/// A value of a type that takes one word.
pub(crate) fn word(kind: &Type, value: &Value) -> Result<[u8; 32], String> {
    if value.as_list().is_some() {
        return Err(format!("{kind} takes no list"));
    }
    let does_not_fit = || Err(format!("{value} does not fit into {kind}"));
    let bits = match kind {
        Type::Unsigned(bits) => u64::from(*bits),
        Type::Address => 160,
        Type::Bool => 1,
        Type::FixedBytes(bytes) => 8 * u64::from(*bytes),
        Type::Function => 192,
        Type::Signed(bits) => {
            let magnitude = value.abs();
            // The least number has one more than the greatest.
            let edge = u64::from(*bits) - 1;
            let inner = match value.is_negative() {
                true => value.abs().to_integer() - 1,
                false => magnitude.to_integer(),
            };
            if inner.bits() > edge {
                return does_not_fit();
            }
            return Ok(twos_complement(value));
        }
        Type::Bytes | Type::String | Type::Array(_) | Type::FixedArray(..) | Type::Tuple(_) => {
            return does_not_fit();
        }
    };
    if value.is_negative() || value.bits() > bits {
        return does_not_fit();
    }
    let mut word = twos_complement(value);
    if let Type::FixedBytes(_) | Type::Function = kind {
        // The bytes stand at the beginning of the word.
        word.rotate_left(32 - (bits / 8) as usize);
    }
    Ok(word)
}

/// The last 256 bits of a number, negative ones in two's complement.
pub(crate) fn twos_complement(value: &Value) -> [u8; 32] {
    let mut bytes = Vec::new();
    value.write_integer(&mut bytes);
    let bytes = &bytes[bytes.len().saturating_sub(32)..];
    let mut word = [0; 32];
    word[32 - bytes.len()..].copy_from_slice(bytes);
    if value.is_negative() {
        let mut carry = true;
        for byte in word.iter_mut().rev() {
            let (negated, overflow) = (!*byte).overflowing_add(u8::from(carry));
            (*byte, carry) = (negated, overflow);
        }
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Value {
        match text.strip_prefix('-') {
            Some(rest) => Value::parse(rest).expect("a number").negated(),
            None => Value::parse(text).expect("a number"),
        }
    }

    fn encoded(signature: &str, values: &[Value]) -> Result<String, String> {
        let signature = Signature::parse(signature)?;
        let types: Vec<&Type> = signature.parameters.iter().map(|one| &one.kind).collect();
        let bytes = encode(types.into_iter(), values)?;
        let words = bytes.chunks(32);
        Ok(words
            .map(|word| {
                let text: String = word.iter().map(|byte| format!("{byte:02x}")).collect();
                let left = text.trim_start_matches('0');
                let right = text.trim_end_matches('0');
                if left.len() <= right.len() {
                    format!("{left:0>1}")
                } else {
                    format!("{right}.")
                }
            })
            .collect::<Vec<_>>()
            .join(" "))
    }

    #[test]
    fn words() {
        let all = [number("5"), number("-1"), number("0xff"), number("1")];
        assert_eq!(
            encoded("f(uint8,int16,address,bool)", &all).as_deref(),
            Ok("5 ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff ff 1")
        );
        assert_eq!(
            encoded("f(bytes4)", &[number("0x01020304")]).as_deref(),
            Ok("01020304.")
        );
        assert_eq!(
            encoded("f(int8)", &[number("-128")]).map(|text| text.len()),
            Ok(64)
        );
        for (kind, value) in [
            ("uint8", "256"),
            ("uint8", "-1"),
            ("int8", "128"),
            ("int8", "-129"),
            ("bool", "2"),
            ("address", "0x10000000000000000000000000000000000000000"),
            ("bytes2", "0x010203"),
            (
                "uint256",
                "0x10000000000000000000000000000000000000000000000000000000000000000",
            ),
        ] {
            let result = encoded(&format!("f({kind})"), &[number(value)]);
            assert!(result.is_err(), "{kind} {value}: {result:?}");
        }
    }

    /// The examples of the ABI's specification.
    #[test]
    fn what_is_dynamic_comes_behind() {
        let text = Value::from_bytes(b"dave");
        let numbers = Value::list(vec![number("1"), number("2"), number("3")]);
        assert_eq!(
            encoded("sam(bytes,bool,uint256[])", &[text, number("1"), numbers]).as_deref(),
            Ok("60 1 a0 4 64617665. 3 1 2 3")
        );
        let inner = Value::list(vec![number("7"), Value::from_bytes(b"ab")]);
        let outer = Value::list(vec![inner.clone(), inner]);
        assert_eq!(
            encoded("f((uint8,string)[2])", &[outer]).as_deref(),
            Ok("20 40 c0 7 40 2 6162. 7 40 2 6162.")
        );
        assert!(encoded("f(uint256[2])", &[Value::list(vec![number("1")])]).is_err());
        assert!(encoded("f(uint256)", &[Value::list(Vec::new())]).is_err());
        assert!(encoded("f(uint256)", &[]).is_err());
        assert!(encoded("f(bytes)", &[number("0x123")]).is_err());
    }
}
