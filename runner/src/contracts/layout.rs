//! Where Solidity keeps variables: names and values of words of storage, by the layout that the compiler wrote
//! (`extra_output = ["storageLayout"]`).

mod place;

use std::collections::BTreeMap;

use gasworks::{Hash, U256, keccak256};
use serde::Deserialize;

use super::abi::{self, Type};

pub use place::Place;

/// The layout of a contract's storage.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Layout {
    storage: Vec<Variable>,
    types: Option<BTreeMap<String, Kind>>,
}

/// A variable, or a field of a struct.
#[derive(Clone, Debug, Deserialize)]
struct Variable {
    label: String,
    offset: u32,
    slot: String,
    #[serde(rename = "type")]
    of: String,
}

/// A type as the layout has it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kind {
    encoding: String,
    label: String,
    number_of_bytes: String,
    key: Option<String>,
    value: Option<String>,
    members: Option<Vec<Variable>>,
}

/// How deep structs within structs are followed.
const DEPTH: usize = 10;

impl Variable {
    fn slot(&self) -> Option<U256> {
        U256::from_dec_str(&self.slot).ok()
    }
}

impl Kind {
    fn is_struct(&self) -> bool {
        self.label.starts_with("struct ")
    }

    fn slots(&self) -> U256 {
        let bytes = U256::from_dec_str(&self.number_of_bytes).unwrap_or_default();
        // The compiler writes no number that large.
        bytes.saturating_add(31.into()) / 32
    }
}

/// A type whose values are decoded; mappings and structs are none.
fn parse(label: &str) -> Option<Type> {
    Type::parse(label).ok()
}

/// The word at which the bytes begin that are too long for a slot.
fn data_of(slot: U256) -> U256 {
    U256::from_big_endian(&keccak256(&slot.to_big_endian()).0)
}

/// The number of bytes that a slot speaks of whose bytes are elsewhere.
fn long_length(word: U256) -> Option<U256> {
    word.bit(0).then(|| word >> 1)
}

/// A word's place within an array that begins at a slot.
fn within(slot: U256, start: U256, count: U256) -> Option<u64> {
    let index = slot.checked_sub(start)?;
    (index < count).then(|| index.low_u64())
}

impl Layout {
    fn kind(&self, name: &str) -> Option<&Kind> {
        self.types.as_ref()?.get(name)
    }

    /// The slots of a variable, whose name may be in any case: one, or those of an array or a struct, or those of bytes.
    ///
    /// # Errors
    /// What forge says where there are none.
    pub fn slots_of(
        &self,
        name: &str,
        load: impl FnOnce(U256) -> U256,
    ) -> Result<Vec<U256>, String> {
        let lower = name.to_lowercase();
        let mut storage = self.storage.iter();
        let variable = storage
            .find(|variable| variable.label.to_lowercase() == lower)
            .ok_or_else(|| format!("variable '{name}' not found in storage layout"))?;
        let kind = self
            .kind(&variable.of)
            .ok_or_else(|| format!("storage type not found for variable {name}"))?;
        let slot = variable
            .slot()
            .ok_or_else(|| format!("invalid slot {} format for variable {name}", variable.slot))?;
        let many = |start: U256, from: u64, count: U256| {
            (from..count.min(U256::from(MOST)).low_u64())
                .map(move |at| start.overflowing_add(at.into()).0)
        };
        let mut slots = vec![slot];
        match kind.encoding.as_str() {
            "inplace" => slots.extend(many(slot, 1, kind.slots())),
            "bytes" => {
                if let Some(length) = long_length(load(slot)) {
                    let words = length.saturating_add(31.into()) / 32;
                    slots.extend(many(data_of(slot), 0, words));
                }
            }
            _ => {
                return Err(
                    "cannot get storage slots for variables with mapping or dynamic array types"
                        .into(),
                );
            }
        }
        Ok(slots)
    }

    /// What a word of storage is. `mapping` knows key and mapping of words that belong to one.
    pub fn identify(
        &self,
        slot: U256,
        mapping: impl Fn(U256) -> Option<(U256, U256)> + Copy,
    ) -> Option<Place> {
        self.storage
            .iter()
            .find_map(|variable| self.within_variable(variable, slot, mapping))
    }

    fn within_variable(
        &self,
        variable: &Variable,
        slot: U256,
        mapping: impl Fn(U256) -> Option<(U256, U256)>,
    ) -> Option<Place> {
        let kind = self.kind(&variable.of)?;
        let start = variable.slot()?;
        let of = parse(&kind.label);
        if let Some(of) = of.clone().filter(|_| start == slot) {
            let label = format!("{}{}", variable.label, first_element(&of));
            return Some(Place::new(label, &kind.label, of, variable.offset, slot));
        }
        match (kind.encoding.as_str(), of) {
            ("inplace", Some(of @ Type::FixedArray(..))) => {
                let index = within(slot, start, kind.slots())?;
                let label = format!("{}{}", variable.label, element(&of, index));
                Some(Place::new(label, &kind.label, of, 0, slot))
            }
            ("inplace", _) if kind.is_struct() => {
                self.within_struct(&variable.label, kind, slot, start, variable.offset, 0)
            }
            ("mapping", _) => self.within_mapping(variable, kind, slot, start, mapping),
            _ => None,
        }
    }

    fn within_struct(
        &self,
        label: &str,
        kind: &Kind,
        slot: U256,
        start: U256,
        offset: u32,
        depth: usize,
    ) -> Option<Place> {
        let members = kind.members.as_deref().filter(|_| depth <= DEPTH)?;
        if start == slot && members.iter().all(|member| member.slot == "0") {
            return Some(self.packed(label, kind, members, slot, offset));
        }
        for member in members {
            let own = start.overflowing_add(member.slot()?).0;
            let of = self.kind(&member.of)?;
            let label = format!("{label}.{}", member.label);
            if of.is_struct() {
                let found = self.within_struct(&label, of, slot, own, member.offset, depth + 1);
                if found.is_some() || own == slot {
                    return found;
                }
            } else if own == slot {
                return Some(Place::new(
                    label,
                    &of.label,
                    parse(&of.label)?,
                    member.offset,
                    slot,
                ));
            }
        }
        None
    }

    /// A struct that is one word.
    fn packed(
        &self,
        label: &str,
        kind: &Kind,
        members: &[Variable],
        slot: U256,
        offset: u32,
    ) -> Place {
        let known = members.iter().filter_map(|member| {
            let of = self.kind(&member.of)?;
            let parsed = parse(&of.label)?;
            Some(Place::new(
                member.label.clone(),
                &of.label,
                parsed,
                member.offset,
                slot,
            ))
        });
        let known: Vec<Place> = known.collect();
        let of = Type::CustomStruct {
            name: kind.label.trim_start_matches("struct ").to_owned(),
            prop_names: members.iter().map(|member| member.label.clone()).collect(),
            tuple: known.iter().map(|member| member.of.clone()).collect(),
        };
        Place {
            members: known,
            ..Place::new(label.to_owned(), &kind.label, of, offset, slot)
        }
    }

    fn within_mapping(
        &self,
        variable: &Variable,
        kind: &Kind,
        slot: U256,
        start: U256,
        mapping: impl Fn(U256) -> Option<(U256, U256)>,
    ) -> Option<Place> {
        let mut found = Vec::new();
        let mut at = slot;
        while let Some((key, parent)) = mapping(at).filter(|_| found.len() <= DEPTH) {
            found.push(key);
            at = parent;
            if at == start {
                break;
            }
        }
        if found.is_empty() || at != start {
            return None;
        }
        let (types, value) = self.keys_of(kind)?;
        let mut label = variable.label.clone();
        let mut keys = Vec::new();
        for (position, key) in found.iter().rev().enumerate() {
            let word = key.to_big_endian();
            let of = types.get(position).and_then(|label| parse(label));
            let value = of.and_then(|of| Some(abi::decode(&[of], &word)?.remove(0)));
            let key = value.map_or_else(|| abi::hex(&word), |value| abi::plain(&value));
            label.push_str(&format!("[{key}]"));
            keys.push(key);
        }
        let of = parse(value).unwrap_or(Type::Bytes);
        Some(Place {
            keys,
            ..Place::new(label, &kind.label, of, variable.offset, slot)
        })
    }

    /// The types of a mapping's keys, and that of what it holds in the end.
    fn keys_of<'a>(&'a self, mut kind: &'a Kind) -> Option<(Vec<&'a str>, &'a str)> {
        let mut keys = Vec::new();
        while kind.encoding == "mapping" && keys.len() <= DEPTH {
            keys.push(self.kind(kind.key.as_deref()?)?.label.as_str());
            kind = self.kind(kind.value.as_deref()?)?;
        }
        Some((keys, &kind.label))
    }

    /// What a word is of bytes or a text that are too long for a slot, by the values of slots.
    pub fn identify_bytes(
        &self,
        slot: U256,
        values: impl Fn(U256) -> Option<U256>,
    ) -> Option<Place> {
        self.storage.iter().find_map(|variable| {
            let kind = self.kind(&variable.of)?;
            if kind.encoding != "bytes" {
                return None;
            }
            let base = variable.slot()?;
            let length = long_length(values(base)?)?;
            let words = length.saturating_add(31.into()) / 32;
            let index = within(slot, data_of(base), words)?;
            let label = format!("{}[{index}]", variable.label);
            Some(Place::new(
                label,
                &kind.label,
                Type::FixedBytes(32),
                0,
                slot,
            ))
        })
    }
}

/// The most slots that a variable is said to have.
const MOST: u64 = 1 << 16;

/// `[0]` for each dimension of an array.
fn first_element(of: &Type) -> String {
    match of {
        Type::FixedArray(inner, _) => format!("[0]{}", first_element(inner)),
        _ => String::new(),
    }
}

/// The indexes of a word of an array.
fn element(of: &Type, index: u64) -> String {
    let Type::FixedArray(inner, _) = of else {
        return String::new();
    };
    match inner.as_ref() {
        Type::FixedArray(_, size) if *size > 0 => {
            let size = *size as u64;
            format!("[{}][{}]", index / size, index % size)
        }
        _ => format!("[{index}]"),
    }
}

/// A word as the ABI has it.
fn hash(word: U256) -> Hash {
    Hash(word.to_big_endian())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout() -> Layout {
        serde_json::from_str(
            r#"{"storage":[
                {"label":"total","offset":0,"slot":"0","type":"u"},
                {"label":"of","offset":0,"slot":"1","type":"m"},
                {"label":"grid","offset":0,"slot":"2","type":"g"},
                {"label":"pair","offset":0,"slot":"8","type":"p"},
                {"label":"name","offset":0,"slot":"9","type":"s"}],
            "types":{
                "u":{"encoding":"inplace","label":"uint256","numberOfBytes":"32"},
                "h":{"encoding":"inplace","label":"uint128","numberOfBytes":"16"},
                "a":{"encoding":"inplace","label":"address","numberOfBytes":"20"},
                "s":{"encoding":"bytes","label":"string","numberOfBytes":"32"},
                "m":{"encoding":"mapping","label":"mapping(address => uint256)","numberOfBytes":"32","key":"a","value":"u"},
                "g":{"encoding":"inplace","label":"uint256[3][2]","numberOfBytes":"192"},
                "p":{"encoding":"inplace","label":"struct A.Pair","numberOfBytes":"32","members":[
                    {"label":"x","offset":0,"slot":"0","type":"h"},{"label":"y","offset":16,"slot":"0","type":"h"}]}}}"#,
        )
        .expect("is a layout")
    }

    fn label(slot: u64) -> Option<String> {
        let nothing = |_| None;
        layout()
            .identify(slot.into(), nothing)
            .map(|place| place.label)
    }

    #[test]
    fn words_have_names() {
        assert_eq!(label(0).as_deref(), Some("total"));
        assert_eq!(label(2).as_deref(), Some("grid[0][0]"));
        assert_eq!(label(6).as_deref(), Some("grid[1][1]"));
        assert_eq!(label(8).as_deref(), Some("pair"));
        assert_eq!(label(10), None);
        let mapping = |slot| (slot == U256::from(77)).then(|| (5.into(), 1.into()));
        let place = layout()
            .identify(77.into(), mapping)
            .expect("is in a mapping");
        assert_eq!(
            place.label,
            "of[0x0000000000000000000000000000000000000005]"
        );
        assert_eq!(layout().identify(78.into(), mapping), None);
        let data = data_of(9.into());
        let length = |_| Some(U256::from(2 * 40 + 1));
        let place = layout().identify_bytes(data + 1, length);
        assert_eq!(place.expect("is in the text").label, "name[1]");
        assert_eq!(layout().identify_bytes(data + 2, length), None);
    }

    #[test]
    fn variables_have_slots() {
        let slots = |name| layout().slots_of(name, |_| U256::from(2 * 40 + 1));
        assert_eq!(slots("TOTAL"), Ok(vec![U256::zero()]));
        assert_eq!(slots("grid").map(|slots| slots.len()), Ok(6));
        assert_eq!(slots("name").map(|slots| slots.len()), Ok(3));
        assert!(slots("of").is_err_and(|error| error.contains("mapping")));
        assert!(slots("nothing").is_err_and(|error| error.contains("not found")));
    }

    #[test]
    fn values_are_decoded() {
        let mut place = layout().identify(8.into(), |_| None).expect("is there");
        place.decode(U256::zero(), (U256::from(7) << 128) + 3);
        let values: Vec<String> = place
            .members
            .iter()
            .filter_map(|member| Some(abi::plain(&member.decoded.as_ref()?.1)))
            .collect();
        assert_eq!(values, ["3", "7"]);
        let mut name = Place::new("name".into(), "string", Type::String, 0, 9.into());
        let short = U256::from_big_endian(b"abc") << 232 | U256::from(6);
        name.decode(U256::zero(), short);
        let decoded = name.decoded.map(|(_, new)| abi::plain(&new));
        assert_eq!(decoded.as_deref(), Some("abc"));
    }
}
