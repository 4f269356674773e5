//! JSON values as values of the ABI, and back.

use std::collections::BTreeSet;

use serde_json::{Map, Number, Value as Json};

use crate::contracts::abi::{self, AbiAddress, AbiWord, Signed, Type, Unsigned, Value};

use super::super::structs::{Field, Structs};
use super::super::types::{parse_type, parse_value};

/// Reads JSON as a value of a type.
pub(in super::super) fn from_json(json: &Json, as_type: &Type) -> Result<Value, String> {
    match (json, as_type) {
        (Json::Array(list), _) => from_list(list, as_type),
        (Json::Object(object), _) => from_object(object, as_type),
        (Json::String(text), Type::String) => Ok(Value::String(text.clone())),
        (Json::String(text), Type::Uint(_) | Type::Int(_)) => parse_value(text, as_type),
        // Whatever it is, without the quotes of a text.
        _ => parse_value(&json.to_string().replace('"', ""), as_type),
    }
}

fn from_list(list: &[Json], as_type: &Type) -> Result<Value, String> {
    let of_one_type = |inner: &Type| {
        let items = list.iter().map(|item| from_json(item, inner));
        items.collect::<Result<Vec<_>, _>>()
    };
    let same_length = |length: usize| match list.len() == length {
        true => Ok(()),
        false => Err("array length mismatch".to_owned()),
    };
    match as_type {
        Type::Tuple(types) => {
            same_length(types.len())?;
            let items = list
                .iter()
                .zip(types)
                .map(|(item, inner)| from_json(item, inner));
            Ok(Value::Tuple(items.collect::<Result<_, _>>()?))
        }
        Type::Array(inner) => Ok(Value::Array(of_one_type(inner)?)),
        Type::FixedArray(inner, length) => {
            same_length(*length)?;
            Ok(Value::FixedArray(of_one_type(inner)?))
        }
        _ => Err(format!("expected {as_type}, found array")),
    }
}

fn from_object(object: &Map<String, Json>, as_type: &Type) -> Result<Value, String> {
    let Some((name, fields, types)) = as_type.as_custom_struct() else {
        return Err(format!("expected {as_type}, found JSON object"));
    };
    let mut tuple = Vec::with_capacity(fields.len());
    for (field, inner) in fields.iter().zip(types) {
        let json = object.get(field);
        let json = json.ok_or_else(|| format!("field {field:?} not found in JSON object"))?;
        tuple.push(from_json(json, inner)?);
    }
    Ok(Value::CustomStruct {
        name: name.to_owned(),
        prop_names: fields.to_vec(),
        tuple,
    })
}

/// Reads JSON as a value of the type that it looks like. Objects become tuples: in the order of a struct that has the same
/// fields, or else of their keys.
pub(super) fn guess(json: &Json, structs: &Structs) -> Result<Value, String> {
    match json {
        Json::Null => Ok(Value::FixedBytes(AbiWord::ZERO, 32)),
        Json::Bool(flag) => Ok(Value::Bool(*flag)),
        Json::Number(number) => guess_number(number),
        Json::String(text) => guess_text(text),
        Json::Array(list) => {
            let items = list.iter().map(|item| guess(item, structs));
            Ok(Value::Array(items.collect::<Result<_, _>>()?))
        }
        Json::Object(object) => {
            let keys: BTreeSet<&str> = object.keys().map(String::as_str).collect();
            let matching = structs.with_fields(&keys);
            let Some(first) = matching.first() else {
                let items = keys.iter().filter_map(|key| object.get(*key));
                let items = items.map(|item| guess(item, structs));
                return Ok(Value::Tuple(items.collect::<Result<_, _>>()?));
            };
            let items = first.iter().filter_map(|field| {
                let item = object.get(&field.name)?;
                Some(guess_field(item, field, &matching, structs))
            });
            Ok(Value::Tuple(items.collect::<Result<_, _>>()?))
        }
    }
}

/// A list in a field of a fixed length is of a fixed length, if all structs that fit say so.
fn guess_field(
    json: &Json,
    field: &Field,
    matching: &[&[Field]],
    structs: &Structs,
) -> Result<Value, String> {
    let agree = matching.iter().all(|fields| fields.contains(field));
    let fixed = parse_type(&field.kind).filter(has_fixed_length);
    match fixed {
        Some(kind) if agree => from_json(json, &kind),
        _ => guess(json, structs),
    }
}

fn has_fixed_length(kind: &Type) -> bool {
    match kind {
        Type::FixedArray(..) => true,
        Type::Array(inner) => has_fixed_length(inner),
        _ => false,
    }
}

/// Numbers are read from their digits, so that those of any size are exact.
fn guess_number(number: &Number) -> Result<Value, String> {
    let text = number.to_string();
    let unsupported = || format!("unsupported JSON number: {number}");
    let digits = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => {
            without_exponent(mantissa, exponent).ok_or_else(unsupported)?
        }
        None => text.clone(),
    };
    if let Ok(number) = digits.parse::<Unsigned>() {
        return Ok(Value::Uint(number, 256));
    }
    let number = Signed::from_dec_str(&digits).map_err(|_| unsupported())?;
    Ok(Value::Int(number, 256))
}

/// The most digits that a word can have.
const MOST_DIGITS: usize = 78;

/// `1.5e3` is `1500`; `None` where it is no whole number, or too large for any word.
fn without_exponent(mantissa: &str, exponent: &str) -> Option<String> {
    let exponent: i32 = exponent.parse().ok()?;
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(mantissa) => ("-", mantissa),
        None => ("", mantissa),
    };
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let part = part.trim_end_matches('0');
    let zeros = i64::from(exponent) - i64::try_from(part.len()).ok()?;
    let digits = format!("{whole}{part}");
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Some("0".to_owned());
    }
    let Ok(zeros) = usize::try_from(zeros) else {
        // Zeros at the end of the whole digits may make up for a negative exponent.
        let cut = usize::try_from(-zeros).ok()?;
        let kept = digits.len().checked_sub(cut)?;
        let all_zero = digits[kept..].bytes().all(|digit| digit == b'0');
        return (all_zero && kept > 0).then(|| format!("{sign}{}", &digits[..kept]));
    };
    if zeros > MOST_DIGITS {
        return None;
    }
    Some(format!("{sign}{digits}{}", "0".repeat(zeros)))
}

fn guess_text(text: &str) -> Result<Value, String> {
    if let Some(digits) = text.strip_prefix("0x") {
        if digits.len() == 39 {
            return Err(format!(
                "Cannot parse \"{digits}\" as an address. If you want to specify address, prepend zero to the value."
            ));
        }
        let odd = if digits.len().is_multiple_of(2) {
            ""
        } else {
            "0"
        };
        if let Some(bytes) = abi::unhex(&format!("0x{odd}{digits}")) {
            return Ok(match bytes.len() {
                20 => Value::Address(AbiAddress::from_slice(&bytes)),
                32 => Value::FixedBytes(AbiWord::from_slice(&bytes), 32),
                _ => Value::Bytes(bytes),
            });
        }
    }
    // Numbers that other tools write as texts, because they do not fit 64 bits. Smaller ones stay texts.
    if let Ok(number) = text.parse::<Signed>() {
        if i64::try_from(number).is_err() {
            return Ok(Value::Int(number, 256));
        }
    } else if let Ok(number) = text.parse::<Unsigned>()
        && u64::try_from(number).is_err()
    {
        return Ok(Value::Uint(number, 256));
    }
    Ok(Value::String(text.to_owned()))
}

/// Writes a value as JSON. Numbers beyond 64 bits become texts; a text that is an object becomes one.
pub(in super::super) fn to_json(value: &Value, structs: &Structs) -> Result<Json, String> {
    let list = |values: &[Value]| {
        let items = values.iter().map(|value| to_json(value, structs));
        items.collect::<Result<Vec<_>, _>>()
    };
    Ok(match value {
        Value::Bool(flag) => Json::Bool(*flag),
        Value::String(text) => match serde_json::from_str::<Map<String, Json>>(text) {
            Ok(object) => Json::Object(object),
            Err(_) => Json::String(text.clone()),
        },
        Value::Int(number, _) => match i64::try_from(*number) {
            Ok(small) => Json::Number(small.into()),
            Err(_) => Json::String(number.to_string()),
        },
        Value::Uint(number, _) => match u64::try_from(*number) {
            Ok(small) => Json::Number(small.into()),
            Err(_) => Json::String(number.to_string()),
        },
        Value::Bytes(_) | Value::FixedBytes(..) | Value::Address(_) => {
            Json::String(abi::plain(value))
        }
        Value::Array(values) | Value::FixedArray(values) | Value::Tuple(values) => {
            Json::Array(list(values)?)
        }
        Value::CustomStruct {
            name,
            prop_names,
            tuple,
        } => {
            let mut fields: Vec<(String, Json)> =
                prop_names.iter().cloned().zip(list(tuple)?).collect();
            match structs.get(name)? {
                Some(order) => {
                    let place = |name: &String| order.iter().position(|field| field.name == *name);
                    fields.retain(|(name, _)| place(name).is_some());
                    fields.sort_by_key(|(name, _)| place(name));
                }
                None => fields.sort_by(|a, b| a.0.cmp(&b.0)),
            }
            Json::Object(fields.into_iter().collect())
        }
        Value::Function(_) => return Err("cannot serialize function pointer".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guessed(text: &str) -> Result<Value, String> {
        let json: Json = serde_json::from_str(text).expect("JSON");
        guess(&json, &Structs::default())
    }

    #[test]
    fn whole_numbers_in_any_notation() {
        for (text, shown) in [
            ("0", "0"),
            ("-7", "-7"),
            ("1e3", "1000"),
            ("1.5e3", "1500"),
            ("-2.50e1", "-25"),
            ("1500e-2", "15"),
            ("0e999999999", "0"),
            (
                "115792089237316195423570985008687907853269984665640564039457584007913129639935",
                "115792089237316195423570985008687907853269984665640564039457584007913129639935",
            ),
        ] {
            assert_eq!(
                guessed(text).map(|value| abi::plain(&value)),
                Ok(shown.to_owned()),
                "{text}"
            );
        }
        for text in [
            "0.5",
            "1.5e0",
            "15e-2",
            "1e78",
            "1e999999999",
            "1e99999999999",
            "-1e77",
        ] {
            assert!(guessed(text).is_err(), "{text}");
        }
    }

    #[test]
    fn texts_that_look_like_something_else() {
        for (text, kind) in [
            ("\"0x1\"", "bytes"),
            ("\"0x1111111111111111111111111111111111111111\"", "address"),
            (
                "\"0x2222222222222222222222222222222222222222222222222222222222222222\"",
                "bytes32",
            ),
            ("\"0xno\"", "string"),
            ("\"123\"", "string"),
            ("\"18446744073709551616\"", "int256"),
            (
                "\"115792089237316195423570985008687907853269984665640564039457584007913129639935\"",
                "uint256",
            ),
            ("null", "bytes32"),
        ] {
            let value = guessed(text).expect("a value");
            assert_eq!(value.sol_type_name().as_deref(), Some(kind), "{text}");
        }
        assert!(guessed("\"0x111111111111111111111111111111111111111\"").is_err());
    }

    #[test]
    fn structs_give_their_order_and_lengths() {
        let structs = Structs::of(["struct S { uint8[2] z; string a; }"]);
        let json: Json = serde_json::from_str("{\"a\":\"x\",\"z\":[1,2]}").expect("JSON");
        let value = guess(&json, &structs).expect("a value");
        assert_eq!(abi::plain(&value), "([1, 2], x)");
        assert!(matches!(value.as_tuple(), Some([Value::FixedArray(_), _])));
    }
}
