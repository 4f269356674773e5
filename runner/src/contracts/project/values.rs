//! Values of a configuration that TOML has no type for: words, addresses, lists that may be one item.

use std::fmt::Display;

use gasworks::{Address, Hash, U256};
use serde::Deserialize;
use serde::de::{Deserializer, Error};
use toml::Value;

use super::config::PathPermission;

/// A list, where one item may stand for a list of one.
pub fn one_or_many<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    match Value::deserialize(from)? {
        Value::String(one) => Ok(vec![one]),
        many => many.try_into().map_err(Error::custom),
    }
}

/// Whether warnings make a build fail: a truth value, or the least severity that does.
pub fn deny<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    match Value::deserialize(from)? {
        Value::Boolean(deny) => Ok(deny),
        Value::String(level) => match level.to_lowercase().as_str() {
            "never" | "false" => Ok(false),
            "warnings" | "warning" | "notes" | "note" => Ok(true),
            _ => Err(unexpected("`never`, `warnings` or `notes`", level)),
        },
        other => Err(unexpected("`never`, `warnings` or `notes`", other)),
    }
}

/// A word: a number, or text of one in decimal or hex.
pub fn word<'de, D: Deserializer<'de>>(from: D) -> Result<U256, D::Error> {
    read_word(&Value::deserialize(from)?)
}

/// A word that need not be there.
pub fn optional_word<'de, D: Deserializer<'de>>(from: D) -> Result<Option<U256>, D::Error> {
    word(from).map(Some)
}

/// A number of 64 bits; `max` is the largest.
pub fn number<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    read_number(&Value::deserialize(from)?)
}

/// A number of 64 bits that need not be there.
pub fn optional_number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    number(from).map(Some)
}

/// A chain, by number or by the name of one that is well known.
pub fn optional_chain<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    let value = Value::deserialize(from)?;
    let known = value.as_str().and_then(|name| {
        let chain = CHAINS.iter().find(|(known, _)| *known == name);
        chain.map(|(_, id)| *id)
    });
    known.map_or_else(|| read_number(&value), Ok).map(Some)
}

/// Chains that configurations name.
const CHAINS: &[(&str, u64)] = &[
    ("mainnet", 1),
    ("ethereum", 1),
    ("sepolia", 11_155_111),
    ("holesky", 17_000),
    ("hoodi", 560_048),
    ("optimism", 10),
    ("gnosis", 100),
    ("bsc", 56),
    ("polygon", 137),
    ("base", 8_453),
    ("arbitrum", 42_161),
    ("avalanche", 43_114),
    ("anvil-hardhat", 31_337),
    ("dev", 1_337),
];

/// A share of a hundred: a number, or text of one.
pub fn percent<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    let value = Value::deserialize(from)?;
    let number = read_number::<D::Error>(&value)?;
    u32::try_from(number)
        .ok()
        .filter(|number| *number <= 100)
        .ok_or_else(|| unexpected("a number of at most 100", value))
}

/// An address in hex.
pub fn address<'de, D: Deserializer<'de>>(from: D) -> Result<Address, D::Error> {
    let text = String::deserialize(from)?;
    parse_address(&text).ok_or_else(|| unexpected("an address", text))
}

/// An address in hex.
pub fn parse_address(text: &str) -> Option<Address> {
    bytes::<20>(text).map(Address::from)
}

/// Thirty-two bytes in hex, or a number.
pub fn hash<'de, D: Deserializer<'de>>(from: D) -> Result<Hash, D::Error> {
    let value = Value::deserialize(from)?;
    if let Some(bytes) = value.as_str().and_then(bytes::<32>) {
        return Ok(Hash(bytes));
    }
    read_word(&value).map(|word| Hash(word.to_big_endian()))
}

impl<'de> Deserialize<'de> for PathPermission {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<PathPermission, D::Error> {
        #[derive(Deserialize)]
        struct Written {
            access: Value,
            path: std::path::PathBuf,
        }
        let Written { access, path } = Written::deserialize(from)?;
        let (read, write) = match &access {
            Value::Boolean(all) => (*all, *all),
            Value::String(text) => match text.as_str() {
                "true" | "read-write" => (true, true),
                "false" | "none" => (false, false),
                "read" => (true, false),
                "write" => (false, true),
                _ => return Err(unexpected("`read`, `write`, `read-write` or `none`", text)),
            },
            _ => {
                return Err(unexpected(
                    "`read`, `write`, `read-write` or `none`",
                    access,
                ));
            }
        };
        Ok(PathPermission { path, read, write })
    }
}

fn read_word<E: Error>(value: &Value) -> Result<U256, E> {
    let word = match value {
        Value::Integer(number) => u64::try_from(*number).ok().map(U256::from),
        Value::String(text) => match text.strip_prefix("0x") {
            Some(digits) => U256::from_str_radix(digits, 16).ok(),
            None => U256::from_dec_str(text).ok(),
        },
        _ => None,
    };
    word.ok_or_else(|| unexpected("a number of at most 256 bits", value))
}

fn read_number<E: Error>(value: &Value) -> Result<u64, E> {
    if value.as_str() == Some("max") {
        return Ok(u64::MAX);
    }
    let word = read_word::<E>(value)?;
    u64::try_from(word).map_err(|_| unexpected("a number of at most 64 bits", value))
}

fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    if digits.len() != 2 * N || !digits.is_ascii() {
        return None;
    }
    let mut bytes = [0; N];
    for (position, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * position..2 * position + 2)?, 16).ok()?;
    }
    Some(bytes)
}

fn unexpected<E: Error>(expected: &str, found: impl Display) -> E {
    E::custom(format!("{expected} is needed, not {found}"))
}
