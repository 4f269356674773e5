//! The structs of the sources, for the order of their fields.
//!
//! No compiler says it for structs that no interface has, and a look at the text is enough: names, and types as they are
//! written. Comments and texts are skipped.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::OnceLock;

/// A field of a struct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type, as it is written.
    pub kind: String,
}

/// Structs by their names, with that of the contract in front where one is around it: `Vault.Position`.
type Known = BTreeMap<String, Vec<Field>>;

/// The structs of a project.
#[derive(Clone, Debug, Default)]
pub struct Structs {
    files: Vec<PathBuf>,
    /// Made when somebody asks, which few tests do.
    known: OnceLock<Known>,
}

impl Structs {
    /// The structs of some Solidity sources. Of two with the same name the first counts.
    pub fn of<'a>(sources: impl IntoIterator<Item = &'a str>) -> Self {
        let mut known = Known::new();
        for source in sources {
            add(&mut known, &tokens(source));
        }
        Self {
            files: Vec::new(),
            known: known.into(),
        }
    }

    /// The structs of Solidity files, which are read when the first struct is asked for. Those that cannot be are left out.
    pub fn in_files(files: Vec<PathBuf>) -> Self {
        Self {
            files,
            known: OnceLock::new(),
        }
    }

    fn known(&self) -> &Known {
        self.known.get_or_init(|| {
            let mut known = Known::new();
            for file in &self.files {
                if let Ok(source) = super::files::read_text(file) {
                    add(&mut known, &tokens(&source));
                }
            }
            known
        })
    }

    /// The fields of the structs that have exactly these fields, in any order.
    pub(super) fn with_fields(&self, names: &BTreeSet<&str>) -> Vec<&[Field]> {
        let fits = |fields: &&Vec<Field>| {
            fields.len() == names.len()
                && fields
                    .iter()
                    .all(|field| names.contains(field.name.as_str()))
        };
        self.known()
            .values()
            .filter(fits)
            .map(Vec::as_slice)
            .collect()
    }

    /// The fields of a struct, which may be named without its contract if that is clear.
    pub(super) fn get(&self, name: &str) -> Result<Option<&[Field]>, String> {
        if let Some(fields) = self.known().get(name) {
            return Ok(Some(fields));
        }
        let in_contract = |key: &str| key.split_once('.').is_some_and(|(_, inner)| inner == name);
        let mut found = self.known().iter().filter(|(key, _)| in_contract(key));
        let first = found.next().map(|(_, fields)| fields.as_slice());
        match found.next() {
            None => Ok(first),
            Some(_) => Err(format!(
                "there are several structs with the same name. Use `<contract_name>.{name}` instead."
            )),
        }
    }
}

/// Adds the structs of a source.
fn add(known: &mut Known, tokens: &[&str]) {
    let mut contract: Option<&str> = None;
    let mut depth = 0_usize;
    let mut position = 0;
    while let Some(token) = tokens.get(position) {
        let name = tokens.get(position + 1).copied();
        match (*token, name) {
            ("contract" | "library" | "interface", Some(name)) if depth == 0 => {
                contract = Some(name);
            }
            ("struct", Some(name)) if tokens.get(position + 2) == Some(&"{") => {
                let body = &tokens[position + 3..];
                let end = body.iter().position(|token| *token == "}");
                let body = &body[..end.unwrap_or(body.len())];
                let key = match contract {
                    Some(contract) => format!("{contract}.{name}"),
                    None => name.to_owned(),
                };
                let fields: Vec<Field> = body
                    .split(|token| *token == ";")
                    .filter_map(field)
                    .collect();
                if !fields.is_empty() {
                    known.entry(key).or_insert(fields);
                }
                position += 3 + body.len();
            }
            ("{", _) => depth += 1,
            ("}", _) => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    contract = None;
                }
            }
            _ => {}
        }
        position += 1;
    }
}

/// A field from its tokens: the last is the name. Mappings and functions have no place in JSON.
fn field(tokens: &[&str]) -> Option<Field> {
    let (name, kind) = tokens.split_last()?;
    let first = kind.first()?;
    if *first == "mapping" || *first == "function" {
        return None;
    }
    Some(Field {
        name: (*name).to_owned(),
        kind: kind.concat(),
    })
}

/// Words and punctuation.
fn tokens(source: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = source;
    loop {
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else {
            return tokens;
        };
        if rest.starts_with("//") {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
        } else if rest.starts_with("/*") {
            rest = rest[2..].find("*/").map_or("", |end| &rest[end + 4..]);
        } else if first == '"' || first == '\'' {
            rest = after_text(rest, first);
        } else {
            let in_word = |char: char| char.is_alphanumeric() || ['_', '$', '.'].contains(&char);
            let word = rest.find(|char| !in_word(char)).unwrap_or(rest.len());
            let length = if word == 0 { first.len_utf8() } else { word };
            tokens.push(&rest[..length]);
            rest = &rest[length..];
        }
    }
}

/// What follows a text in quotes.
fn after_text(rest: &str, quote: char) -> &str {
    let mut escaped = false;
    for (position, char) in rest.char_indices().skip(1) {
        match char {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if char == quote => return &rest[position + 1..],
            _ => {}
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = r#"
        // struct No { uint256 a; }
        /* struct No { uint256 b; } */
        struct Free { uint a; bytes32 [2] b; }
        contract Vault is Base("struct No {") {
            struct Position { address owner; mapping(uint => bool) seen; Free free; }
            function f(uint x) external { if (x > 0) { emit E('}'); } }
            struct Last { string s; }
        }
        library Other { struct Last { int z; } }
        struct After { bool done; }
    "#;

    fn names(fields: &[Field]) -> Vec<&str> {
        fields.iter().map(|field| field.name.as_str()).collect()
    }

    #[test]
    fn structs_are_found_with_their_contracts() {
        let structs = Structs::of([SOURCE]);
        let keys: Vec<&str> = structs.known().keys().map(String::as_str).collect();
        assert_eq!(
            keys,
            [
                "After",
                "Free",
                "Other.Last",
                "Vault.Last",
                "Vault.Position"
            ]
        );
        let position = structs.get("Position").expect("one").expect("it is there");
        assert_eq!(names(position), ["owner", "free"]);
        assert_eq!(structs.known()["Free"][1].kind, "bytes32[2]");
        assert!(structs.get("Last").is_err());
        assert_eq!(structs.get("None"), Ok(None));
        let found = structs.with_fields(&BTreeSet::from(["free", "owner"]));
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn broken_sources_end_somewhere() {
        for source in [
            "struct",
            "struct A {",
            "/*",
            "\"",
            "struct A { uint",
            "}}}",
            "'\\",
        ] {
            Structs::of([source]);
        }
    }
}
