//! Types that tests write as text, and texts that are read as a type.

use crate::contracts::abi::{Type, Value};

/// How deep a type may be nested: reading and dropping one is recursive.
const DEEPEST_TYPE: usize = 32;

/// Reads a type such as `(uint256,bytes)[]`. `None` where it is none, or is nested deeper than anybody means it.
pub(super) fn parse_type(text: &str) -> Option<Type> {
    if depth(text) > DEEPEST_TYPE {
        return None;
    }
    Type::parse(text).ok()
}

/// Parentheses that are open at the same time, or brackets of one element, whichever are more.
pub(super) fn depth(text: &str) -> usize {
    let (mut open, mut brackets, mut deepest) = (0_usize, 0_usize, 0_usize);
    for byte in text.bytes() {
        match byte {
            b'(' => open += 1,
            b')' => open = open.saturating_sub(1),
            b'[' => brackets += 1,
            b',' => brackets = 0,
            _ => {}
        }
        deepest = deepest.max(open).max(brackets);
    }
    deepest
}

/// The type of lists of a type.
pub(super) fn array_of(inner: Type) -> Type {
    Type::Array(Box::new(inner))
}

/// Reads a text as a value of a type, with the words of forge where it cannot be.
pub(super) fn parse_value(text: &str, as_type: &Type) -> Result<Value, String> {
    let reason = match as_type.coerce_str(text) {
        Ok(value) => return Ok(value),
        Err(reason) => reason.to_string(),
    };
    let reason = match as_type {
        Type::Bool => match text {
            "1" => return Ok(Value::Bool(true)),
            "0" => return Ok(Value::Bool(false)),
            _ if text.eq_ignore_ascii_case("true") => return Ok(Value::Bool(true)),
            _ if text.eq_ignore_ascii_case("false") => return Ok(Value::Bool(false)),
            _ => reason,
        },
        Type::Int(_) | Type::Uint(_) | Type::FixedBytes(_) | Type::Bytes if is_bare_hex(text) => {
            "missing hex prefix (\"0x\") for hex string".to_owned()
        }
        _ => reason,
    };
    Err(format!(
        "failed parsing {text:?} as type `{as_type}`: {reason}"
    ))
}

/// Whether a text is hexadecimal digits without `0x`.
fn is_bare_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deep_types_are_none() {
        assert!(parse_type("(uint256,(bool,string)[])[3]").is_some());
        let many = format!("({})", vec!["uint256[]"; 40].join(","));
        assert!(parse_type(&many).is_some());
        assert!(parse_type(&format!("bool{}", "[]".repeat(100_000))).is_none());
        assert!(
            parse_type(&format!(
                "{}bool{}",
                "(".repeat(100_000),
                ")".repeat(100_000)
            ))
            .is_none()
        );
    }
}
