//! Lines that tests show: calls of `console`, and the log events of older test libraries.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use gasworks::{Address, Bytes, Hash, keccak256};

use crate::contracts::abi::{self, Selector, Signed, Type, Unsigned, Value};
use crate::contracts::result::EventLog;

/// The contract that shows lines: `console.log` as text.
pub const ADDRESS: Address = Address([
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x63, 0x6f, 0x6e, 0x73, 0x6f, 0x6c, 0x65, 0x2e, 0x6c, 0x6f, 0x67,
]);

/// The functions of the console by their selectors; those that were published with `uint` and `int`, too.
static FUNCTIONS: LazyLock<BTreeMap<Selector, Vec<Type>>> = LazyLock::new(|| {
    let mut functions = BTreeMap::new();
    let mut add = |signature: &str| {
        if let Some(types) = abi::parameters_of(signature) {
            functions.insert(abi::selector(signature), types);
        }
    };
    add("log()");
    const ONE: [(&str, &str); 6] = [
        ("logInt", "int256"),
        ("logUint", "uint256"),
        ("logString", "string"),
        ("logBool", "bool"),
        ("logAddress", "address"),
        ("logBytes", "bytes"),
    ];
    for (name, of) in ONE {
        add(&format!("{name}({of})"));
        add(&format!("log({of})"));
    }
    for of in ["uint", "int", "string,int256", "string,int"] {
        add(&format!("log({of})"));
        add(&format!("logInt({of})"));
        add(&format!("logUint({of})"));
    }
    for size in 1..=32 {
        add(&format!("logBytes{size}(bytes{size})"));
        add(&format!("log(bytes{size})"));
    }
    const TYPES: [&str; 5] = ["uint256", "uint", "string", "bool", "address"];
    let mut lists: Vec<String> = vec![String::new()];
    for _ in 0..4 {
        let longer = lists.iter().flat_map(|list| {
            let comma = if list.is_empty() { "" } else { "," };
            TYPES.iter().map(move |of| format!("{list}{comma}{of}"))
        });
        lists = longer.collect();
        for list in &lists {
            add(&format!("log({list})"));
        }
    }
    functions
});

/// Log events of the older test library, with the types of their parameters, none of which is indexed.
static EVENTS: LazyLock<BTreeMap<Hash, (Vec<Type>, bool)>> = LazyLock::new(|| {
    const SIGNATURES: [&str; 22] = [
        "log(string)",
        "logs(bytes)",
        "log_address(address)",
        "log_bytes32(bytes32)",
        "log_int(int256)",
        "log_uint(uint256)",
        "log_bytes(bytes)",
        "log_string(string)",
        "log_array(uint256[])",
        "log_array(int256[])",
        "log_array(address[])",
        "log_named_address(string,address)",
        "log_named_bytes32(string,bytes32)",
        "log_named_decimal_int(string,int256,uint256)",
        "log_named_decimal_uint(string,uint256,uint256)",
        "log_named_int(string,int256)",
        "log_named_uint(string,uint256)",
        "log_named_bytes(string,bytes)",
        "log_named_string(string,string)",
        "log_named_array(string,uint256[])",
        "log_named_array(string,int256[])",
        "log_named_array(string,address[])",
    ];
    let event = |signature: &&str| {
        let types = abi::parameters_of(signature)?;
        let named = signature.starts_with("log_named");
        Some((keccak256(signature.as_bytes()), (types, named)))
    };
    SIGNATURES.iter().filter_map(event).collect()
});

/// The line of a call of the console.
///
/// # Errors
/// A text, where it is no such call.
pub fn line(input: &[u8]) -> Result<String, String> {
    let function = input
        .split_first_chunk::<4>()
        .and_then(|(selector, rest)| Some((FUNCTIONS.get(selector)?, rest)));
    let Some((types, parameters)) = function else {
        return Err("unknown selector of the console".to_owned());
    };
    let values = abi::decode(types, parameters).ok_or("ABI decoding failed")?;
    Ok(match values.split_first() {
        Some((Value::String(first), rest)) => formatted(first, rest),
        _ => values.iter().map(text).collect::<Vec<_>>().join(" "),
    })
}

/// A line as the log that stands for it.
pub(super) fn as_log(line: &str) -> EventLog {
    EventLog {
        address: ADDRESS,
        topics: vec![keccak256(b"log(string)")],
        data: Bytes::from(abi::encode(&[Value::String(line.to_owned())])),
    }
}

/// Whether a log is shown as a line.
pub(super) fn is_shown(log: &EventLog) -> bool {
    matches!(log.topics.as_slice(), [topic] if EVENTS.contains_key(topic))
}

/// The lines of a log that is shown.
pub fn lines(log: &EventLog) -> Vec<String> {
    let Some((types, named)) = log.topics.first().and_then(|topic| EVENTS.get(topic)) else {
        return Vec::new();
    };
    let Some(values) = abi::decode(types, &log.data) else {
        return Vec::new();
    };
    let line = match values.as_slice() {
        [Value::String(key), value, decimals] => {
            let decimals = decimals
                .as_uint()
                .and_then(|(number, _)| usize::try_from(number).ok());
            format!("{key}: {}", with_point(&text(value), decimals.unwrap_or(0)))
        }
        [Value::String(key), value] if *named => format!("{key}: {}", text(value)),
        [value] => text(value),
        _ => return Vec::new(),
    };
    line.lines().map(str::to_owned).collect()
}

/// A number with a point before the last digits.
fn with_point(number: &str, decimals: usize) -> String {
    // More digits than any number has are not shown.
    if decimals == 0 || decimals > 100 {
        return number.to_owned();
    }
    let (sign, digits) = match number.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", number),
    };
    let digits = format!("{digits:0>width$}", width = decimals + 1);
    let (whole, part) = digits.split_at(digits.len() - decimals);
    format!("{sign}{whole}.{part}")
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => abi::plain(value),
    }
}

/// Text with places for values: `%s`, `%d`, `%i`, `%o`, `%x`, `%e`, `%18e`; `%%` is a percent sign. Values that have no
/// place follow.
fn formatted(text_with_places: &str, values: &[Value]) -> String {
    let mut out = String::new();
    let mut values = values.iter();
    let mut rest = text_with_places;
    while let Some(position) = rest.find('%') {
        let (before, at) = rest.split_at(position);
        out.push_str(before);
        let after = &at[1..];
        let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let kind = after[digits..].chars().next();
        let fits = match kind {
            Some('s' | 'd' | 'i' | 'o' | 'x') => digits == 0,
            Some('e') => true,
            _ => false,
        };
        if kind == Some('%') && digits == 0 {
            out.push('%');
            rest = &after[1..];
        } else if let Some(kind) = kind.filter(|_| fits) {
            match values.next() {
                Some(value) => out.push_str(&placed(value, kind, after[..digits].parse().ok())),
                None => out.push_str(&at[..digits + 2]),
            }
            rest = &after[digits + 1..];
        } else {
            out.push('%');
            rest = after;
        }
    }
    out.push_str(rest);
    let mut needs_space = !text_with_places.is_empty();
    for value in values {
        if needs_space {
            out.push(' ');
        }
        out.push_str(&text(value));
        needs_space = true;
    }
    out
}

fn placed(value: &Value, kind: char, precision: Option<usize>) -> String {
    let nothing = || "NaN".to_owned();
    match (value, kind) {
        (Value::String(_) | Value::Bool(_) | Value::Address(_), 'o') => {
            format!("'{}'", text(value))
        }
        (Value::Bool(flag), 'd') => u8::from(*flag).to_string(),
        (Value::String(_) | Value::Bool(_), 'd' | 'i' | 'e' | 'x') => nothing(),
        (Value::Address(_), 'd' | 'i' | 'e') => nothing(),
        (Value::Uint(number, _), 'x') => hexadecimal(*number),
        (Value::Int(number, _), 'x') => hexadecimal(number.into_raw()),
        (Value::Uint(number, _), 'e') => with_power(*number, "", precision),
        (Value::Int(number, _), 'e') => {
            let sign = if *number < Signed::ZERO { "-" } else { "" };
            with_power(number.unsigned_abs(), sign, precision)
        }
        (Value::FixedBytes(..) | Value::Bytes(_), 'd' | 'i' | 'e') => nothing(),
        (value, _) => text(value),
    }
}

fn hexadecimal(number: Unsigned) -> String {
    format!("0x{:x}", number)
}

/// `1.5e18`, or 1.5 where the power is given.
fn with_power(number: Unsigned, sign: &str, precision: Option<usize>) -> String {
    let digits = abi::word(number).to_string();
    let power = precision.unwrap_or(digits.len() - 1);
    if power > 100 {
        return format!("{sign}{digits}");
    }
    let pointed = with_point(&digits, power);
    let trimmed = if power == 0 {
        pointed.as_str()
    } else {
        pointed.trim_end_matches('0').trim_end_matches('.')
    };
    match precision {
        Some(_) => format!("{sign}{trimmed}"),
        None => format!("{sign}{trimmed}e{power}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(signature: &str, values: &[Value]) -> Result<String, String> {
        line(&abi::encode_call(abi::selector(signature), values))
    }

    fn text(of: &str) -> Value {
        Value::String(of.to_owned())
    }

    fn number(of: u64) -> Value {
        abi::uint_value(of.into())
    }

    #[test]
    fn all_overloads_are_known() {
        assert_eq!(log("log()", &[]), Ok(String::new()));
        assert_eq!(log("log(uint)", &[number(7)]), Ok("7".to_owned()));
        assert_eq!(
            log("log(string,uint256)", &[text("a"), number(7)]),
            Ok("a 7".to_owned())
        );
        let four = [
            Value::Bool(true),
            number(1),
            text("x"),
            abi::address_value(ADDRESS),
        ];
        assert_eq!(
            log("log(bool,uint256,string,address)", &four),
            Ok("true 1 x 0x000000000000000000636F6e736F6c652e6c6f67".to_owned())
        );
        assert!(line(&[]).is_err());
        assert!(line(&[1, 2, 3, 4]).is_err());
    }

    #[test]
    fn places_are_filled() {
        let format = |of: &str, values: &[Value]| formatted(of, values);
        assert_eq!(format("%s is %d%%", &[text("x"), number(5)]), "x is 5%");
        assert_eq!(format("%x %e", &[number(255), number(1_500)]), "0xff 1.5e3");
        assert_eq!(format("%3e", &[number(1_500)]), "1.5");
        assert_eq!(format("%s", &[]), "%s");
        assert_eq!(format("%d", &[text("x")]), "NaN");
        assert_eq!(format("100% a", &[number(1)]), "100% a 1");
    }

    #[test]
    fn log_events_are_lines() {
        let log = |signature: &str, values: &[Value]| {
            lines(&EventLog {
                address: Address::zero(),
                topics: vec![keccak256(signature.as_bytes())],
                data: abi::encode(values).into(),
            })
        };
        assert_eq!(
            log("log_named_uint(string,uint256)", &[text("a"), number(1)]),
            ["a: 1"]
        );
        let decimal = [text("a"), number(1_500), number(3)];
        assert_eq!(
            log("log_named_decimal_uint(string,uint256,uint256)", &decimal),
            ["a: 1.500"]
        );
        assert_eq!(log("log(string)", &[text("a\nb")]), ["a", "b"]);
    }
}
