//! Texts: printing values, reading them, and cutting and searching.

use crate::contracts::abi::{self, Type, Unsigned, Value};

use super::types::parse_value;
use super::{Handler, arguments};

pub(super) fn handler(name: &str, _parameters: &str) -> Option<Handler> {
    let handler: Handler = match name {
        "toString" => |_, of| Ok(vec![Value::String(printed(arguments::any(of, 0)?))]),
        "parseBytes" => |_, of| parsed(of, &Type::Bytes),
        "parseAddress" => |_, of| parsed(of, &Type::Address),
        "parseUint" => |_, of| parsed(of, &Type::Uint(256)),
        "parseInt" => |_, of| parsed(of, &Type::Int(256)),
        "parseBytes32" => |_, of| parsed(of, &Type::FixedBytes(32)),
        "parseBool" => |_, of| parsed(of, &Type::Bool),
        "toLowercase" => |_, of| one(arguments::text(of, 0)?.to_lowercase()),
        "toUppercase" => |_, of| one(arguments::text(of, 0)?.to_uppercase()),
        "trim" => |_, of| one(arguments::text(of, 0)?.trim().to_owned()),
        "replace" => |_, of| replace(of),
        "split" => |_, of| {
            let parts = arguments::text(of, 0)?.split(arguments::text(of, 1)?);
            Ok(vec![arguments::texts(parts)])
        },
        "indexOf" => |_, of| {
            let position = arguments::text(of, 0)?.find(arguments::text(of, 1)?);
            let position = position.map_or(Unsigned::MAX, Unsigned::from);
            Ok(vec![Value::Uint(position, 256)])
        },
        "contains" => |_, of| {
            let found = arguments::text(of, 0)?.contains(arguments::text(of, 1)?);
            Ok(vec![Value::Bool(found)])
        },
        _ => return None,
    };
    Some(handler)
}

fn one(text: String) -> Result<Vec<Value>, String> {
    Ok(vec![Value::String(text)])
}

fn parsed(of: &[Value], as_type: &Type) -> Result<Vec<Value>, String> {
    Ok(vec![parse_value(arguments::text(of, 0)?, as_type)?])
}

fn replace(of: &[Value]) -> Result<Vec<Value>, String> {
    let (text, from, to) = (
        arguments::text(of, 0)?,
        arguments::text(of, 1)?,
        arguments::text(of, 2)?,
    );
    // Between any two characters there is an empty text: a long replacement of it grows without what was paid for.
    let pieces = if from.is_empty() {
        text.len() + 1
    } else {
        text.matches(from).count()
    };
    if pieces.saturating_mul(to.len()) > super::LONGEST_RESULT {
        return Err(super::TOO_LONG.to_owned());
    }
    one(text.replace(from, to))
}

/// A value as `vm.toString` and the assertions print it: texts as they are, lists in brackets.
pub(super) fn printed(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) | Value::FixedArray(values) => {
            let values: Vec<String> = values.iter().map(printed).collect();
            format!("[{}]", values.join(", "))
        }
        other => abi::plain(other),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{call, fails};
    use super::*;

    fn text(of: &str) -> Value {
        Value::String(of.to_owned())
    }

    #[test]
    fn values_are_printed_and_read_again() {
        for (value, shown, reader) in [
            (Value::Bool(true), "true", "parseBool(string)"),
            (Value::Bytes(vec![0xab, 1]), "0xab01", "parseBytes(string)"),
            (
                Value::Uint(Unsigned::from(420), 256),
                "420",
                "parseUint(string)",
            ),
            (abi::zero(&Type::Int(256)), "0", "parseInt(string)"),
            (
                abi::zero(&Type::Address),
                "0x0000000000000000000000000000000000000000",
                "parseAddress(string)",
            ),
        ] {
            let printer = table_name(&value);
            assert_eq!(call(printer, std::slice::from_ref(&value)), [text(shown)]);
            assert_eq!(call(reader, &[text(shown)]), [value]);
        }
    }

    fn table_name(value: &Value) -> &'static str {
        match value {
            Value::Bool(_) => "toString(bool)",
            Value::Bytes(_) => "toString(bytes)",
            Value::Uint(..) => "toString(uint256)",
            Value::Int(..) => "toString(int256)",
            _ => "toString(address)",
        }
    }

    #[test]
    fn numbers_in_other_notations() {
        let number = |of: u64| [Value::Uint(Unsigned::from(of), 256)];
        assert_eq!(call("parseUint(string)", &[text("0x1A4")]), number(420));
        assert_eq!(call("parseBool(string)", &[text("1")]), [Value::Bool(true)]);
        assert_eq!(
            call("parseBool(string)", &[text("FALSE")]),
            [Value::Bool(false)]
        );
        assert_eq!(
            fails("parseUint(string)", &[text("ab")]),
            "failed parsing \"ab\" as type `uint256`: missing hex prefix (\"0x\") for hex string"
        );
    }

    #[test]
    fn searching_and_cutting() {
        assert_eq!(call("trim(string)", &[text("\n a b ")]), [text("a b")]);
        assert_eq!(call("toUppercase(string)", &[text("aß")]), [text("ASS")]);
        assert_eq!(
            call("split(string,string)", &[text("a,b,"), text(",")]),
            [arguments::texts(["a", "b", ""])]
        );
        assert_eq!(
            call("indexOf(string,string)", &[text("abc"), text("c")]),
            [Value::Uint(Unsigned::from(2), 256)]
        );
        assert_eq!(
            call("indexOf(string,string)", &[text("abc"), text("d")]),
            [Value::Uint(Unsigned::MAX, 256)]
        );
        assert_eq!(
            call(
                "replace(string,string,string)",
                &[text("aXbX"), text("X"), text("-")]
            ),
            [text("a-b-")]
        );
    }

    #[test]
    fn a_replacement_does_not_grow_without_bound() {
        let long = text(&"a".repeat(1 << 20));
        fails(
            "replace(string,string,string)",
            &[long.clone(), text(""), long],
        );
    }
}
