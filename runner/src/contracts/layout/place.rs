//! What a word of storage is, and what its values mean.

use std::collections::BTreeMap;

use gasworks::U256;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::{data_of, hash, long_length};
use crate::contracts::abi::{self, Type, Value};

/// A variable, or a part of one, in a word of storage.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// `balances[0x..]`.
    pub label: String,
    /// The type as the layout writes it.
    pub kind: String,
    /// The type of the values.
    pub of: Type,
    /// The byte at which it begins, from the right.
    pub offset: u32,
    /// The word.
    pub slot: U256,
    /// The fields of a struct that is one word, or the words of long bytes.
    pub members: Vec<Self>,
    /// The keys, in a mapping.
    pub keys: Vec<String>,
    /// What was there, and what is there now.
    pub decoded: Option<(Value, Value)>,
}

impl Place {
    pub(super) fn new(label: String, kind: &str, of: Type, offset: u32, slot: U256) -> Self {
        Self {
            label,
            kind: kind.to_owned(),
            of,
            offset,
            slot,
            members: Vec::new(),
            keys: Vec::new(),
            decoded: None,
        }
    }

    /// Whether it is bytes or a text.
    pub fn is_bytes(&self) -> bool {
        matches!(self.of, Type::Bytes | Type::String)
    }

    /// Decodes the word as it was and as it is now.
    pub fn decode(&mut self, previous: U256, new: U256) {
        if self.members.is_empty() || self.is_bytes() {
            if let (Some(previous), Some(new)) = (self.value(previous), self.value(new)) {
                self.decoded = Some((previous, new));
            }
            return;
        }
        for member in &mut self.members {
            let size = size_of(&member.of);
            let part = |word: U256| {
                let shifted = word >> (8 * member.offset as usize);
                let kept = if size < 32 {
                    shifted & ((U256::one() << (8 * size)) - 1)
                } else {
                    shifted
                };
                // Bytes are on the left of a word.
                if matches!(member.of, Type::FixedBytes(_)) {
                    kept << (8 * (32 - size))
                } else {
                    kept
                }
            };
            let value = |word| word_value(&member.of, part(word));
            if let (Some(previous), Some(new)) = (value(previous), value(new)) {
                member.decoded = Some((previous, new));
            }
        }
    }

    /// The value of a word; that of bytes which are elsewhere is not in it.
    fn value(&self, word: U256) -> Option<Value> {
        let mut of = &self.of;
        while let Type::FixedArray(inner, _) = of {
            of = inner;
        }
        if !matches!(of, Type::Bytes | Type::String) {
            return word_value(of, word);
        }
        let bytes = word.to_big_endian();
        let length = usize::from(bytes[31]);
        if length % 2 == 1 {
            return None;
        }
        Some(bytes_value(of, bytes.get(..length / 2)?.to_vec()))
    }

    /// Decodes bytes whose words are elsewhere, by what all words were and are now.
    pub fn decode_bytes(&mut self, words: &BTreeMap<U256, (U256, U256)>) {
        if !self.is_bytes() {
            return;
        }
        let Some((previous, new)) = words.get(&self.slot).copied() else {
            return;
        };
        let previous = self.long_value(previous, |slot| Some(words.get(&slot)?.0));
        let new = self.long_value(new, |slot| Some(words.get(&slot)?.1));
        if let (Some(previous), Some(new)) = (previous, new) {
            self.decoded = Some((previous, new));
        }
    }

    fn long_value(&mut self, word: U256, load: impl Fn(U256) -> Option<U256>) -> Option<Value> {
        let Some(length) = long_length(word) else {
            return self.value(word);
        };
        let start = data_of(self.slot);
        let length = usize::try_from(length)
            .ok()
            .filter(|length| *length <= MOST)?;
        let mut bytes = Vec::with_capacity(length);
        let mut members = Vec::new();
        for at in 0..length.div_ceil(32) {
            let slot = start.overflowing_add(at.into()).0;
            if let Some(word) = load(slot) {
                let rest = (length - bytes.len()).min(32);
                bytes.extend_from_slice(&word.to_big_endian()[..rest]);
            }
            let label = format!("{}[{at}]", self.label);
            members.push(Self::new(label, &self.kind, Type::FixedBytes(32), 0, slot));
        }
        self.members = members;
        Some(bytes_value(&self.of, bytes))
    }
}

/// The most bytes that are decoded.
const MOST: usize = 256 * 32;

fn bytes_value(of: &Type, bytes: Vec<u8>) -> Value {
    match of {
        Type::String => Value::String(String::from_utf8(bytes).unwrap_or_default()),
        _ => Value::Bytes(bytes),
    }
}

fn word_value(of: &Type, word: U256) -> Option<Value> {
    let mut values = abi::decode(std::slice::from_ref(of), &hash(word).0)?;
    values.pop()
}

fn size_of(of: &Type) -> usize {
    match of {
        Type::Uint(bits) | Type::Int(bits) => bits / 8,
        Type::Address => 20,
        Type::Bool => 1,
        Type::FixedBytes(size) => *size,
        _ => 32,
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Decoded {
            previous_value: String,
            new_value: String,
        }
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("label", &self.label)?;
        map.serialize_entry("type", &self.kind)?;
        map.serialize_entry("offset", &self.offset)?;
        map.serialize_entry("slot", &self.slot.to_string())?;
        if !self.members.is_empty() {
            map.serialize_entry("members", &self.members)?;
        }
        if let Some((previous, new)) = &self.decoded {
            let decoded = Decoded {
                previous_value: abi::plain(previous),
                new_value: abi::plain(new),
            };
            map.serialize_entry("decoded", &decoded)?;
        }
        match self.keys.as_slice() {
            [] => {}
            [key] => map.serialize_entry("key", key)?,
            keys => map.serialize_entry("keys", keys)?,
        }
        map.end()
    }
}
