//! JSON: looking things up, reading them as values, and building objects.

mod convert;
mod path;

use serde_json::{Map, Value as Json};

use crate::contracts::abi::{Type, Unsigned, Value};

use super::settings::Purpose;
use super::typed_data::resolve_type;
use super::types::array_of;
use super::{Handler, Values, arguments, files};

pub(super) use self::convert::{from_json, to_json};

type Answer = Result<Vec<Value>, String>;
/// An object under construction, in the order in which it was filled.
pub(super) type Object = Map<String, Json>;

/// A reader of texts: JSON, or another language as JSON.
type Reader = fn(&str) -> Result<Json, String>;

pub(super) fn handler(name: &str, _parameters: &str) -> Option<Handler> {
    let handler: Handler = match name {
        "keyExists" | "keyExistsJson" => |_, of| key_exists(parse, of),
        "parseJsonKeys" => |_, of| keys(parse, of),
        "parseJsonArrayLength" => |_, of| length(parse, of),
        "parseJson" => |values, of| guess(values, parse, of),
        "parseJsonType" => |values, of| as_described(values, parse, of),
        "parseJsonTypeArray" => |values, of| as_described_list(values, parse, of),
        "parseJsonUint" => |_, of| as_type(parse, of, &Type::Uint(256)),
        "parseJsonInt" => |_, of| as_type(parse, of, &Type::Int(256)),
        "parseJsonBool" => |_, of| as_type(parse, of, &Type::Bool),
        "parseJsonAddress" => |_, of| as_type(parse, of, &Type::Address),
        "parseJsonString" => |_, of| as_type(parse, of, &Type::String),
        "parseJsonBytes" => |_, of| as_type(parse, of, &Type::Bytes),
        "parseJsonBytes32" => |_, of| as_type(parse, of, &Type::FixedBytes(32)),
        "parseJsonUintArray" => |_, of| as_type(parse, of, &array_of(Type::Uint(256))),
        "parseJsonIntArray" => |_, of| as_type(parse, of, &array_of(Type::Int(256))),
        "parseJsonBoolArray" => |_, of| as_type(parse, of, &array_of(Type::Bool)),
        "parseJsonAddressArray" => |_, of| as_type(parse, of, &array_of(Type::Address)),
        "parseJsonStringArray" => |_, of| as_type(parse, of, &array_of(Type::String)),
        "parseJsonBytesArray" => |_, of| as_type(parse, of, &array_of(Type::Bytes)),
        "parseJsonBytes32Array" => |_, of| as_type(parse, of, &array_of(Type::FixedBytes(32))),
        _ => return building_handler(name),
    };
    Some(handler)
}

fn building_handler(name: &str) -> Option<Handler> {
    let handler: Handler = match name {
        "serializeJson" => |values, of| {
            let object = serde_json::from_str(arguments::text(of, 1)?);
            let object: Object = object.map_err(|error| error.to_string())?;
            values
                .objects
                .insert(arguments::text(of, 0)?.to_owned(), object);
            Ok(vec![arguments::any(of, 1)?.clone()])
        },
        "serializeBool" | "serializeUint" | "serializeInt" | "serializeAddress"
        | "serializeBytes32" | "serializeString" | "serializeBytes" => |values, of| {
            let json = to_json(arguments::any(of, 2)?, &values.settings.structs)?;
            insert(values, of, json)
        },
        "serializeUintToHex" => |values, of| {
            let number = arguments::number(of, 2)?;
            insert(values, of, Json::String(format!("{number:#x}")))
        },
        "serializeJsonType" => serialize_type,
        "writeJson" => write,
        _ => return None,
    };
    Some(handler)
}

fn parse(text: &str) -> Result<Json, String> {
    serde_json::from_str(text).map_err(|error| format!("failed parsing JSON: {error}"))
}

/// What a path selects; `None` where that is not exactly one value.
fn select_one<'a>(json: &'a Json, path: &str) -> Result<Option<&'a Json>, String> {
    match path::select(json, path)?[..] {
        [one] => Ok(Some(one)),
        _ => Ok(None),
    }
}

pub(super) fn key_exists(read: Reader, of: &[Value]) -> Answer {
    let json = read(arguments::text(of, 0)?)?;
    let selected = path::select(&json, arguments::text(of, 1)?)?;
    Ok(vec![Value::Bool(!selected.is_empty())])
}

pub(super) fn keys(read: Reader, of: &[Value]) -> Answer {
    let json = read(arguments::text(of, 0)?)?;
    let path = arguments::text(of, 1)?;
    match select_one(&json, path)? {
        Some(Json::Object(object)) => Ok(vec![arguments::texts(object.keys().cloned())]),
        Some(_) => Err(format!("JSON value at {path:?} is not an object")),
        None => Err(format!("key {path:?} must return exactly one JSON object")),
    }
}

fn length(read: Reader, of: &[Value]) -> Answer {
    let json = read(arguments::text(of, 0)?)?;
    let path = arguments::text(of, 1)?;
    match select_one(&json, path)? {
        Some(Json::Array(array)) => Ok(vec![Value::Uint(Unsigned::from(array.len()), 256)]),
        Some(_) => Err(format!("JSON value at {path:?} is not an array")),
        None => Err(format!("key {path:?} must return exactly one JSON array")),
    }
}

/// What a path selects, as values whose types are guessed; encoded once more, as `bytes`.
pub(super) fn guess(values: &Values, read: Reader, of: &[Value]) -> Answer {
    let json = read(arguments::text(of, 0)?)?;
    let path = match of.get(1) {
        Some(_) => arguments::text(of, 1)?,
        None => "$",
    };
    let selected = path::select(&json, path)?;
    let structs = &values.settings.structs;
    let guessed = selected
        .into_iter()
        .map(|json| convert::guess(json, structs));
    let mut guessed: Vec<Value> = guessed.collect::<Result<_, _>>()?;
    let encoded = match guessed.len() {
        0 => Vec::new(),
        1 => guessed.remove(0).abi_encode(),
        _ => Value::Array(guessed).abi_encode(),
    };
    Ok(vec![Value::Bytes(encoded)])
}

/// What a path selects, as a value of a type, or else the default, if the call has one.
pub(super) fn as_type(read: Reader, of: &[Value], as_type: &Type) -> Answer {
    let json = read(arguments::text(of, 0)?)?;
    let path = arguments::text(of, 1)?;
    match (&path::select(&json, path)?[..], of.get(2)) {
        ([one], _) => Ok(vec![from_json(one, as_type)?]),
        ([], Some(default)) => Ok(vec![default.clone()]),
        _ => Err(not_one(path)),
    }
}

fn not_one(path: &str) -> String {
    format!("path {path:?} must return exactly one JSON value")
}

/// The type is described in the last argument; without a path it is the whole document.
pub(super) fn as_described(values: &Values, read: Reader, of: &[Value]) -> Answer {
    let (path, description) = match of.len() {
        2 => ("$", arguments::text(of, 1)?),
        _ => (arguments::text(of, 1)?, arguments::text(of, 2)?),
    };
    let described = resolve_type(description, &values.settings.structs)?;
    encoded_as(read, arguments::text(of, 0)?, path, &described)
}

pub(super) fn as_described_list(values: &Values, read: Reader, of: &[Value]) -> Answer {
    let described = resolve_type(arguments::text(of, 2)?, &values.settings.structs)?;
    let (text, path) = (arguments::text(of, 0)?, arguments::text(of, 1)?);
    encoded_as(read, text, path, &array_of(described))
}

fn encoded_as(read: Reader, text: &str, path: &str, as_type: &Type) -> Answer {
    let json = read(text)?;
    let one = select_one(&json, path)?.ok_or_else(|| not_one(path))?;
    Ok(vec![Value::Bytes(from_json(one, as_type)?.abi_encode())])
}

/// Puts a value into the object that the first two arguments name, and answers with the whole object.
fn insert(values: &mut Values, of: &[Value], json: Json) -> Answer {
    let (object, key) = (arguments::text(of, 0)?, arguments::text(of, 1)?);
    let object = values.objects.entry(object.to_owned()).or_default();
    object.insert(key.to_owned(), json);
    let text = serde_json::to_string(object).map_err(|error| error.to_string())?;
    Ok(vec![Value::String(text)])
}

fn serialize_type(values: &mut Values, of: &[Value]) -> Answer {
    let (description_at, data_at) = (of.len().saturating_sub(2), of.len().saturating_sub(1));
    let described = resolve_type(
        arguments::text(of, description_at)?,
        &values.settings.structs,
    )?;
    let value = described.abi_decode(arguments::bytes(of, data_at)?);
    let value = value.map_err(|error| error.to_string())?;
    let json = to_json(&value, &values.settings.structs)?;
    if of.len() == 2 {
        return Ok(vec![Value::String(json.to_string())]);
    }
    insert(values, of, json)
}

fn write(values: &mut Values, of: &[Value]) -> Answer {
    let (text, path) = (arguments::text(of, 0)?, arguments::text(of, 1)?);
    let json = match of.get(2) {
        None => text_or_json(text),
        Some(_) => {
            let at = values.settings.allowed(path, Purpose::Read)?;
            let mut whole = if at.exists() {
                text_or_json(&files::read_text(&at)?)
            } else {
                Json::Object(Object::new())
            };
            upsert(&mut whole, text, arguments::text(of, 2)?)?;
            whole
        }
    };
    let text = serde_json::to_string_pretty(&json).map_err(|error| error.to_string())?;
    files::write(values, path, text.as_bytes())
}

/// JSON, or what is none as a text.
pub(super) fn text_or_json(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.to_owned()))
}

/// Puts a value under keys that are separated by dots; objects on the way are made where they are missing.
pub(super) fn upsert(whole: &mut Json, text: &str, keys: &str) -> Result<(), String> {
    let keys = keys.strip_prefix('$').unwrap_or(keys);
    let mut keys = keys.split('.').filter(|key| !key.is_empty()).peekable();
    let mut level = whole;
    while let Some(key) = keys.next() {
        let is_last = keys.peek().is_none();
        let Json::Object(object) = level else {
            return Err(match is_last {
                true => "final destination is not an object, cannot insert key.".to_owned(),
                false => format!("path segment '{key}' does not resolve to an object."),
            });
        };
        if is_last {
            object.insert(key.to_owned(), text_or_json(text));
            return Ok(());
        }
        let next = object.entry(key.to_owned());
        level = next.or_insert_with(|| Json::Object(Object::new()));
    }
    Err("'valueKey' cannot be empty or just '$'".to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{call, call_with, fails};
    use super::*;
    use crate::contracts::abi::{self, AbiAddress};

    const DOCUMENT: &str = r#"{
        "number": 340282366920938463463374607431768211456, "power": 1e18, "hex": "0x1234",
        "owner": "0x1111111111111111111111111111111111111111", "list": [1, 2, 3],
        "nested": {"b": "text", "a": -5}, "large": "115792089237316195423570985008687907853269984665640564039457584007913129639935"
    }"#;

    fn text(of: &str) -> Value {
        Value::String(of.to_owned())
    }

    fn uint(of: u128) -> Value {
        Value::Uint(Unsigned::from(of), 256)
    }

    fn read(signature: &str, path: &str) -> Value {
        call(signature, &[text(DOCUMENT), text(path)]).remove(0)
    }

    #[test]
    fn numbers_are_exact() {
        let number = Value::Uint(Unsigned::from(1) << 128, 256);
        assert_eq!(read("parseJsonUint(string,string)", ".number"), number);
        assert_eq!(
            read("parseJson(string,string)", ".number"),
            Value::Bytes(number.abi_encode())
        );
        assert_eq!(
            read("parseJsonUint(string,string)", ".power"),
            uint(10_u128.pow(18))
        );
        let power = Value::Bytes(uint(10_u128.pow(18)).abi_encode());
        assert_eq!(read("parseJson(string,string)", ".power"), power);
        let large = Value::Uint(Unsigned::MAX, 256);
        assert_eq!(read("parseJsonUint(string,string)", ".large"), large);
    }

    #[test]
    fn values_of_each_type() {
        let address = Value::Address(AbiAddress::repeat_byte(0x11));
        assert_eq!(read("parseJsonAddress(string,string)", ".owner"), address);
        assert_eq!(
            read("parseJsonBytes(string,string)", "$.hex"),
            Value::Bytes(vec![0x12, 0x34])
        );
        assert_eq!(
            read("parseJsonUintArray(string,string)", ".list"),
            Value::Array(vec![uint(1), uint(2), uint(3)])
        );
        assert_eq!(
            read("parseJsonString(string,string)", ".nested.b"),
            text("text")
        );
        assert_eq!(
            read("keyExistsJson(string,string)", ".nested.c"),
            Value::Bool(false)
        );
        assert_eq!(
            read("parseJsonKeys(string,string)", ".nested"),
            arguments::texts(["b", "a"])
        );
        assert_eq!(
            call(
                "parseJsonUint(string,string,uint256)",
                &[text(DOCUMENT), text(".none"), uint(7)]
            ),
            [uint(7)]
        );
    }

    #[test]
    fn objects_are_tuples_in_the_order_of_their_keys() {
        let Value::Bytes(bytes) = read("parseJson(string,string)", ".nested") else {
            panic!("bytes")
        };
        let types = abi::types("((int256,string))").expect("a type");
        let decoded = abi::decode(&types, &bytes).expect("encoded");
        assert_eq!(abi::plain(&decoded[0]), "(-5, text)");
    }

    #[test]
    fn types_are_described() {
        let signature = "parseJsonType(string,string,string)";
        let arguments = [
            text(DOCUMENT),
            text(".nested"),
            text("Nested(string b,int256 a)"),
        ];
        let Value::Bytes(bytes) = call(signature, &arguments).remove(0) else {
            panic!("bytes")
        };
        let types = abi::types("((string,int256))").expect("a type");
        assert_eq!(
            abi::plain(&abi::decode(&types, &bytes).expect("encoded")[0]),
            "(text, -5)"
        );
        let arguments = [text(DOCUMENT), text(".list"), text("uint8")];
        let Value::Bytes(bytes) =
            call("parseJsonTypeArray(string,string,string)", &arguments).remove(0)
        else {
            panic!("bytes")
        };
        let types = abi::types("(uint8[])").expect("a type");
        assert_eq!(
            abi::plain(&abi::decode(&types, &bytes).expect("encoded")[0]),
            "[1, 2, 3]"
        );
        assert_eq!(
            fails(signature, &[text(DOCUMENT), text("."), text("no type")]),
            "type description should be a valid Solidity type or a EIP712 `encodeType` string"
        );
    }

    #[test]
    fn errors_say_what_is_wrong() {
        let one = "parseJsonUint(string,string)";
        assert_eq!(
            fails(one, &[text(DOCUMENT), text(".none")]),
            "path \".none\" must return exactly one JSON value"
        );
        assert_eq!(
            fails(one, &[text(DOCUMENT), text(".list")]),
            "expected uint256, found array"
        );
        assert!(fails(one, &[text("{"), text(".a")]).starts_with("failed parsing JSON: "));
        fails(one, &[text(&"[".repeat(100_000)), text(".a")]);
    }

    #[test]
    fn objects_are_built() {
        let mut values = Values::default();
        let mut put = |signature: &str, key: &str, value: Value| {
            call_with(&mut values, signature, &[text("object"), text(key), value]).remove(0)
        };
        put("serializeUint(string,string,uint256)", "small", uint(5));
        put(
            "serializeUint(string,string,uint256)",
            "large",
            uint(1 << 70),
        );
        put(
            "serializeUintToHex(string,string,uint256)",
            "hex",
            uint(255),
        );
        put(
            "serializeString(string,string,string)",
            "inner",
            text("{\"z\":1,\"a\":[]}"),
        );
        assert_eq!(
            put(
                "serializeBool(string,string,bool[])",
                "flags",
                Value::Array(vec![Value::Bool(true)])
            ),
            text(
                "{\"small\":5,\"large\":\"1180591620717411303424\",\"hex\":\"0xff\",\"inner\":{\"z\":1,\"a\":[]},\"flags\":[true]}"
            )
        );
        let data = Value::Tuple(vec![uint(7), text("x")]).abi_encode();
        let described = [text("T(uint256 n,string s)"), Value::Bytes(data)];
        assert_eq!(
            call("serializeJsonType(string,bytes)", &described),
            [text("{\"n\":7,\"s\":\"x\"}")]
        );
    }

    #[test]
    fn values_are_put_below_keys() {
        let mut whole = text_or_json("{\"a\":{\"b\":1}}");
        upsert(&mut whole, "true", ".a.c.d").expect("objects");
        upsert(&mut whole, "plain", "$.e").expect("objects");
        assert_eq!(
            whole.to_string(),
            "{\"a\":{\"b\":1,\"c\":{\"d\":true}},\"e\":\"plain\"}"
        );
        assert!(upsert(&mut whole, "1", "a.b.c").is_err());
        assert!(upsert(&mut whole, "1", "$").is_err());
    }
}
