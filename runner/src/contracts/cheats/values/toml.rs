//! TOML, read as the JSON that says the same, and written from it.

use serde_json::Value as Json;
use toml::Value as Toml;

use crate::contracts::abi::{Type, Value};

use super::json::{self, as_type};
use super::settings::Purpose;
use super::types::array_of;
use super::{Handler, Values, arguments, files};

/// How TOML, which has no null, says it.
const NULL: &str = "null";

type Answer = Result<Vec<Value>, String>;

pub(super) fn handler(name: &str, _parameters: &str) -> Option<Handler> {
    let handler: Handler = match name {
        "keyExistsToml" => |_, of| json::key_exists(parse, of),
        "parseTomlKeys" => |_, of| json::keys(parse, of),
        "parseToml" => |values, of| json::guess(values, parse, of),
        "parseTomlType" => |values, of| json::as_described(values, parse, of),
        "parseTomlTypeArray" => |values, of| json::as_described_list(values, parse, of),
        "parseTomlUint" => |_, of| as_type(parse, of, &Type::Uint(256)),
        "parseTomlInt" => |_, of| as_type(parse, of, &Type::Int(256)),
        "parseTomlBool" => |_, of| as_type(parse, of, &Type::Bool),
        "parseTomlAddress" => |_, of| as_type(parse, of, &Type::Address),
        "parseTomlString" => |_, of| as_type(parse, of, &Type::String),
        "parseTomlBytes" => |_, of| as_type(parse, of, &Type::Bytes),
        "parseTomlBytes32" => |_, of| as_type(parse, of, &Type::FixedBytes(32)),
        "parseTomlUintArray" => |_, of| as_type(parse, of, &array_of(Type::Uint(256))),
        "parseTomlIntArray" => |_, of| as_type(parse, of, &array_of(Type::Int(256))),
        "parseTomlBoolArray" => |_, of| as_type(parse, of, &array_of(Type::Bool)),
        "parseTomlAddressArray" => |_, of| as_type(parse, of, &array_of(Type::Address)),
        "parseTomlStringArray" => |_, of| as_type(parse, of, &array_of(Type::String)),
        "parseTomlBytesArray" => |_, of| as_type(parse, of, &array_of(Type::Bytes)),
        "parseTomlBytes32Array" => |_, of| as_type(parse, of, &array_of(Type::FixedBytes(32))),
        "writeToml" => write,
        _ => return None,
    };
    Some(handler)
}

fn parse(text: &str) -> Result<Json, String> {
    let toml: Toml =
        toml::from_str(text).map_err(|error| format!("failed parsing TOML: {error}"))?;
    Ok(to_json(toml))
}

fn to_json(toml: Toml) -> Json {
    match toml {
        Toml::String(text) if text == NULL => Json::Null,
        Toml::String(text) => Json::String(text),
        Toml::Integer(number) => Json::Number(number.into()),
        Toml::Float(number) => match serde_json::Number::from_f64(number) {
            Some(number) => Json::Number(number),
            None => Json::String(number.to_string()),
        },
        Toml::Boolean(flag) => Json::Bool(flag),
        Toml::Datetime(time) => Json::String(time.to_string()),
        Toml::Array(list) => Json::Array(list.into_iter().map(to_json).collect()),
        Toml::Table(table) => {
            let fields = table.into_iter().map(|(key, toml)| (key, to_json(toml)));
            Json::Object(fields.collect())
        }
    }
}

fn from_json(json: Json) -> Toml {
    match json {
        Json::Null => Toml::String(NULL.to_owned()),
        Json::Bool(flag) => Toml::Boolean(flag),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(number), _) => Toml::Integer(number),
            (None, Some(number)) => Toml::Float(number),
            (None, None) => Toml::String(number.to_string()),
        },
        Json::String(text) => Toml::String(text),
        Json::Array(list) => Toml::Array(list.into_iter().map(from_json).collect()),
        Json::Object(object) => {
            let fields = object.into_iter().map(|(key, json)| (key, from_json(json)));
            Toml::Table(fields.collect())
        }
    }
}

fn write(values: &mut Values, of: &[Value]) -> Answer {
    let (text, path) = (arguments::text(of, 0)?, arguments::text(of, 1)?);
    let json = match of.get(2) {
        None => json::text_or_json(text),
        Some(_) => {
            let at = values.settings.allowed(path, Purpose::Read)?;
            let mut whole = if at.exists() {
                parse(&files::read_text(&at)?)?
            } else {
                Json::Object(json::Object::new())
            };
            json::upsert(&mut whole, text, arguments::text(of, 2)?)?;
            whole
        }
    };
    let text = toml::to_string_pretty(&from_json(json));
    let text = text.map_err(|error| format!("failed to serialize TOML: {error}"))?;
    files::write(values, path, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{call, fails};
    use super::*;
    use crate::contracts::abi::{Signed, Unsigned};

    const DOCUMENT: &str =
        "number = 7\nnone = \"null\"\nday = 2024-01-02\n[nested]\nlist = [-1, 2]\n";

    fn text(of: &str) -> Value {
        Value::String(of.to_owned())
    }

    #[test]
    fn what_json_can_do() {
        let read =
            |signature: &str, path: &str| call(signature, &[text(DOCUMENT), text(path)]).remove(0);
        assert_eq!(
            read("parseTomlUint(string,string)", ".number"),
            Value::Uint(Unsigned::from(7), 256)
        );
        assert_eq!(
            read("parseTomlIntArray(string,string)", ".nested.list"),
            Value::Array(vec![
                Value::Int(Signed::MINUS_ONE, 256),
                Value::Int(Signed::try_from(2).expect("a number"), 256)
            ])
        );
        assert_eq!(
            read("parseTomlString(string,string)", ".day"),
            text("2024-01-02")
        );
        assert_eq!(
            read("keyExistsToml(string,string)", ".none"),
            Value::Bool(true)
        );
        assert!(fails("parseToml(string)", &[text("a = ")]).starts_with("failed parsing TOML: "));
        fails(
            "parseToml(string)",
            &[text(&format!("a = {}", "[".repeat(100_000)))],
        );
    }

    #[test]
    fn json_is_written_as_toml() {
        let json = json::text_or_json("{\"b\":1,\"a\":{\"c\":null,\"d\":[true]}}");
        let written = toml::to_string_pretty(&from_json(json.clone())).expect("a table");
        assert_eq!(parse(&written), Ok(json));
    }
}
