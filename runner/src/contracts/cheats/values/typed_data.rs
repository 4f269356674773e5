//! Typed structured data (EIP-712): hashes of types, structs and documents, and types that are described in its notation.
//!
//! What is read here comes from tests. Its size is looked at before the library, which follows types recursively and writes
//! each out in full wherever it is used.

use std::collections::BTreeMap;

use alloy_dyn_abi::eip712::parser::EncodeType;
use alloy_dyn_abi::eip712::{Resolver, TypedData};
use gasworks::keccak256;
use serde_json::Value as Json;

use crate::contracts::abi::{self, Type, Value};

use super::settings::Purpose;
use super::structs::Structs;
use super::types::{depth, parse_type};
use super::{Handler, Values, arguments, files};

/// What precedes a definition in the file that `forge bind-json` writes.
const BINDING: &str = "string constant schema_";
/// Where that file is, unless the project says something else.
const BINDINGS: &str = "utils/JsonBindings.sol";
/// How many structs a description may have, and how many fields when each is written out.
const MOST_STRUCTS: usize = 64;
const MOST_FIELDS: usize = 4096;
/// How deep the type of a field may be nested by itself.
const DEEPEST_FIELD: usize = 8;

type Answer = Result<Vec<Value>, String>;

pub(super) fn handler(name: &str, _parameters: &str) -> Option<Handler> {
    let handler: Handler = match name {
        "eip712HashType" => |values, of| {
            let definition = match of.len() {
                1 => definition(values, arguments::text(of, 0)?)?,
                _ => from_bindings(values, arguments::text(of, 0)?, arguments::text(of, 1)?)?,
            };
            Ok(vec![hash_of(definition.as_bytes())])
        },
        "eip712HashStruct" => |values, of| match of.len() {
            2 => {
                let definition = definition(values, arguments::text(of, 0)?)?;
                let primary = definition.split('(').next().unwrap_or(&definition);
                hash_struct(primary, &definition, arguments::bytes(of, 1)?)
            }
            _ => {
                let primary = arguments::text(of, 1)?;
                let definition = from_bindings(values, arguments::text(of, 0)?, primary)?;
                hash_struct(primary, &definition, arguments::bytes(of, 2)?)
            }
        },
        "eip712HashTypedData" => |_, of| hash_document(arguments::text(of, 0)?),
        _ => return None,
    };
    Some(handler)
}

fn hash_of(bytes: &[u8]) -> Value {
    abi::word_value(keccak256(bytes))
}

/// The canonical definition: the one that is written, or that of a name from the project's bindings.
fn definition(values: &Values, name_or_definition: &str) -> Result<String, String> {
    if !name_or_definition.contains('(') {
        let bindings = match values.settings.bindings.to_str() {
            None | Some("") => BINDINGS,
            Some(bindings) => bindings,
        };
        return from_bindings(values, bindings, name_or_definition);
    }
    let described = described(name_or_definition)?;
    described.canonicalize().map_err(|error| error.to_string())
}

fn from_bindings(values: &Values, path: &str, name: &str) -> Result<String, String> {
    let path = values.settings.allowed(path, Purpose::Read)?;
    let content = files::read_text(&path)?;
    let definitions: BTreeMap<&str, &str> = content.lines().filter_map(binding).collect();
    if let Some(definition) = definitions.get(name) {
        return Ok((*definition).to_owned());
    }
    let shown = path.strip_prefix(&values.settings.root).unwrap_or(&path);
    let mut text = format!("'{name}' not found in '{}'.", shown.display());
    if !definitions.is_empty() {
        let known: Vec<String> = definitions
            .keys()
            .map(|name| format!(" - {name}"))
            .collect();
        text.push_str(&format!("\nAvailable bindings:\n{}\n", known.join("\n")));
    }
    Err(text)
}

fn binding(line: &str) -> Option<(&str, &str)> {
    let (name, definition) = line.trim().strip_prefix(BINDING)?.split_once('=')?;
    let definition = definition.trim().strip_prefix('"')?.strip_suffix("\";")?;
    Some((name.trim(), definition))
}

fn hash_struct(primary: &str, definition: &str, data: &[u8]) -> Answer {
    let resolver = resolver(&described(definition)?);
    let kind = resolver
        .resolve(primary)
        .map_err(|error| format!("Failed to resolve EIP-712 primary type '{primary}': {error}"))?;
    let value = kind.abi_decode(data).map_err(|error| {
        format!("Failed to ABI decode using resolved_sol_type directly for '{primary}': {error}.")
    })?;
    let encoded = resolver.encode_data(&value).map_err(|error| {
        format!("Failed to EIP-712 encode data for struct '{primary}': {error}")
    })?;
    let encoded = encoded
        .ok_or_else(|| format!("EIP-712 data encoding returned 'None' for struct '{primary}'"))?;
    let type_hash = resolver.type_hash(primary).map_err(|error| {
        format!("Failed to compute typeHash for EIP712 type '{primary}': {error}")
    })?;
    Ok(vec![hash_of(&[type_hash.as_slice(), &encoded].concat())])
}

fn hash_document(text: &str) -> Answer {
    let json: Json = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut fields = Fields::default();
    if let Some(types) = json.get("types").and_then(Json::as_object) {
        for (name, properties) in types {
            let properties = properties.as_array().map(Vec::as_slice).unwrap_or_default();
            let kinds = properties
                .iter()
                .filter_map(|property| property.get("type")?.as_str());
            fields.0.insert(name, kinds.collect());
        }
    }
    fields.check()?;
    let document: TypedData = serde_json::from_value(json).map_err(|error| error.to_string())?;
    let hash = document
        .eip712_signing_hash()
        .map_err(|error| error.to_string())?;
    Ok(vec![Value::FixedBytes(hash, 32)])
}

/// Reads a description such as `Mail(Person to,string text)Person(address wallet)`.
fn described(text: &str) -> Result<EncodeType<'_>, String> {
    // The library takes for granted that names are names, and that there are no tuples.
    let mut open = false;
    for byte in text.bytes() {
        match byte {
            b'(' if open => return Err("a struct within a struct needs a name".to_owned()),
            b'(' => open = true,
            b')' => open = false,
            _ => {}
        }
    }
    let described = EncodeType::parse(text).map_err(|error| error.to_string())?;
    let mut fields = Fields::default();
    for component in &described.types {
        let kinds = component.props.iter().map(|property| property.ty.span);
        fields.0.insert(component.type_name, kinds.collect());
    }
    fields.check()?;
    Ok(described)
}

fn resolver(described: &EncodeType<'_>) -> Resolver {
    let mut resolver = Resolver::default();
    for component in &described.types {
        resolver.ingest(component.to_owned());
    }
    resolver
}

/// The types of the fields of structs.
#[derive(Default)]
struct Fields<'a>(BTreeMap<&'a str, Vec<&'a str>>);

impl<'a> Fields<'a> {
    /// Refuses what would grow without bound when each struct is written out where it is used.
    fn check(&self) -> Result<(), String> {
        let is_name = |name: &str| {
            let mut chars = name.chars();
            let starts = |char: char| char.is_ascii_alphabetic() || char == '_' || char == '$';
            chars.next().is_some_and(starts)
                && chars.all(|char| starts(char) || char.is_ascii_digit() || char == ':')
        };
        let is_simple = |kind: &&str| depth(kind) <= DEEPEST_FIELD && !kind.contains('(');
        if !self.0.keys().all(|name| is_name(name)) {
            return Err("a struct has a name that is none".to_owned());
        }
        if !self.0.values().flatten().all(is_simple) {
            return Err("a field has a type that no struct can have".to_owned());
        }
        if self.0.len() > MOST_STRUCTS {
            return Err(format!("more than {MOST_STRUCTS} structs are described"));
        }
        let mut sizes = BTreeMap::new();
        for name in self.0.keys() {
            if self.size(name, &mut sizes) > MOST_FIELDS {
                return Err(format!("struct {name} has more than {MOST_FIELDS} fields"));
            }
        }
        Ok(())
    }

    /// How many fields a type is written out to. One that contains itself has no size; the library finds that.
    fn size(&self, kind: &'a str, sizes: &mut BTreeMap<&'a str, usize>) -> usize {
        let root = kind.split('[').next().unwrap_or(kind);
        if let Some(size) = sizes.get(root) {
            return *size;
        }
        let Some(fields) = self.0.get(root) else {
            return 1;
        };
        sizes.insert(root, 1);
        let size = fields.iter().fold(1_usize, |sum, field| {
            sum.saturating_add(self.size(field, sizes))
        });
        sizes.insert(root, size);
        size
    }
}

/// The type that a test describes: as in the ABI, or as structs with names.
pub(super) fn resolve_type(text: &str, structs: &Structs) -> Result<Type, String> {
    if let Some(kind) = parse_type(text) {
        return Ok(kind);
    }
    let unknown = || {
        "type description should be a valid Solidity type or a EIP712 `encodeType` string"
            .to_owned()
    };
    let described = described(text)?;
    let main = described.types.first().ok_or_else(unknown)?.type_name;
    let kind = resolver(&described)
        .resolve(main)
        .map_err(|error| error.to_string())?;
    in_source_order(kind, structs)
}

/// Puts the fields of each struct in the order in which the sources declare it.
fn in_source_order(kind: Type, structs: &Structs) -> Result<Type, String> {
    Ok(match kind {
        Type::CustomStruct {
            name,
            prop_names,
            tuple,
        } => {
            let inner = tuple.into_iter().map(|kind| in_source_order(kind, structs));
            let inner: Vec<Type> = inner.collect::<Result<_, _>>()?;
            let Some(order) = structs.get(&name)? else {
                return Ok(Type::CustomStruct {
                    name,
                    prop_names,
                    tuple: inner,
                });
            };
            let mut ordered = (Vec::new(), Vec::new());
            for field in order {
                let place = prop_names.iter().position(|known| *known == field.name);
                let place = place.ok_or_else(|| {
                    let field = &field.name;
                    format!("mismatch between struct definition and type description: field '{field}' not found in provided type for struct '{name}'")
                })?;
                ordered.0.push(field.name.clone());
                ordered.1.push(inner[place].clone());
            }
            Type::CustomStruct {
                name,
                prop_names: ordered.0,
                tuple: ordered.1,
            }
        }
        Type::Array(inner) => Type::Array(Box::new(in_source_order(*inner, structs)?)),
        Type::FixedArray(inner, length) => {
            Type::FixedArray(Box::new(in_source_order(*inner, structs)?), length)
        }
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{call, fails};
    use super::*;

    fn text(of: &str) -> Value {
        Value::String(of.to_owned())
    }

    fn shown(answer: &[Value]) -> String {
        abi::plain(&answer[0])
    }

    /// The example of EIP-712.
    const MAIL: &str = r#"{"types":{
        "EIP712Domain":[{"name":"name","type":"string"},{"name":"version","type":"string"},{"name":"chainId","type":"uint256"},{"name":"verifyingContract","type":"address"}],
        "Person":[{"name":"name","type":"string"},{"name":"wallet","type":"address"}],
        "Mail":[{"name":"from","type":"Person"},{"name":"to","type":"Person"},{"name":"contents","type":"string"}]},
        "primaryType":"Mail",
        "domain":{"name":"Ether Mail","version":"1","chainId":1,"verifyingContract":"0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC"},
        "message":{"from":{"name":"Cow","wallet":"0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"},
        "to":{"name":"Bob","wallet":"0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB"},"contents":"Hello, Bob!"}}"#;

    #[test]
    fn the_example_of_the_standard() {
        assert_eq!(
            shown(&call("eip712HashTypedData(string)", &[text(MAIL)])),
            "0xbe609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2"
        );
        // Blanks and the order of the parts do not matter.
        let definition =
            "Person(string name, address wallet)Mail(Person from,Person to,string contents)";
        assert_eq!(
            shown(&call("eip712HashType(string)", &[text(definition)])),
            "0xa0cedeb2dc280ba39b857546d74f5549c3a1d7bdc2dd96bf881f76108e23dac2"
        );
    }

    #[test]
    fn structs_are_hashed_from_their_encoding() {
        let data = Value::Tuple(vec![Value::Bool(true), text("x")]).abi_encode();
        let definition = text("T(bool flag,string name)");
        let hash = call(
            "eip712HashStruct(string,bytes)",
            &[definition.clone(), Value::Bytes(data)],
        );
        let type_hash = keccak256(b"T(bool flag,string name)").0;
        let mut flag = [0; 32];
        flag[31] = 1;
        let expected = keccak256(&[type_hash, flag, keccak256(b"x").0].concat());
        assert_eq!(hash, [abi::word_value(expected)]);
        fails(
            "eip712HashStruct(string,bytes)",
            &[definition, Value::Bytes(vec![1])],
        );
    }

    #[test]
    fn hostile_descriptions_are_refused() {
        let mut chain = String::from("A0(A1 a,A1 b)");
        for level in 1..60 {
            chain.push_str(&format!("A{level}(A{0} a,A{0} b)", level + 1));
        }
        let many: String = (0..100_000)
            .map(|level| format!("A{level}(A{} a)", level + 1))
            .collect();
        for description in [
            chain.as_str(),
            many.as_str(),
            "1(uint256 a)",
            "(uint256 a)",
            "A((bool,bool) a)",
            "A(A a)",
            "A(None a)",
            "A(uint256)",
        ] {
            fails(
                "eip712HashStruct(string,bytes)",
                &[text(description), Value::Bytes(vec![])],
            );
        }
        let document = MAIL.replace("\"address\"", "\"(bool,bool)\"");
        fails("eip712HashTypedData(string)", &[text(&document)]);
    }

    #[test]
    fn fields_are_in_the_order_of_the_source() {
        let structs = Structs::of(["contract C { struct T { string b; uint256 a; } }"]);
        let kind = resolve_type("T(uint256 a,string b)", &structs).expect("a type");
        assert!(matches!(kind, Type::CustomStruct { prop_names, .. } if prop_names == ["b", "a"]));
    }
}
