//! Arguments of a call, by their positions.
//!
//! They were decoded by the types of the signature, so that an error here means that a table and a handler disagree.

use crate::contracts::abi::{AbiAddress, AbiWord, Signed, Unsigned, Value};

fn misfit(at: usize) -> String {
    format!("argument {at} has another type than the cheatcode expects")
}

pub(super) fn text(arguments: &[Value], at: usize) -> Result<&str, String> {
    match arguments.get(at) {
        Some(Value::String(text)) => Ok(text),
        _ => Err(misfit(at)),
    }
}

pub(super) fn bytes(arguments: &[Value], at: usize) -> Result<&[u8], String> {
    match arguments.get(at) {
        Some(Value::Bytes(bytes)) => Ok(bytes),
        _ => Err(misfit(at)),
    }
}

pub(super) fn number(arguments: &[Value], at: usize) -> Result<Unsigned, String> {
    match arguments.get(at) {
        Some(Value::Uint(number, _)) => Ok(*number),
        _ => Err(misfit(at)),
    }
}

pub(super) fn signed(arguments: &[Value], at: usize) -> Result<Signed, String> {
    match arguments.get(at) {
        Some(Value::Int(number, _)) => Ok(*number),
        _ => Err(misfit(at)),
    }
}

pub(super) fn flag(arguments: &[Value], at: usize) -> Result<bool, String> {
    match arguments.get(at) {
        Some(Value::Bool(flag)) => Ok(*flag),
        _ => Err(misfit(at)),
    }
}

pub(super) fn word(arguments: &[Value], at: usize) -> Result<AbiWord, String> {
    match arguments.get(at) {
        Some(Value::FixedBytes(word, _)) => Ok(*word),
        _ => Err(misfit(at)),
    }
}

pub(super) fn address(arguments: &[Value], at: usize) -> Result<AbiAddress, String> {
    match arguments.get(at) {
        Some(Value::Address(address)) => Ok(*address),
        _ => Err(misfit(at)),
    }
}

pub(super) fn list(arguments: &[Value], at: usize) -> Result<&[Value], String> {
    match arguments.get(at) {
        Some(Value::Array(list)) => Ok(list),
        _ => Err(misfit(at)),
    }
}

pub(super) fn any(arguments: &[Value], at: usize) -> Result<&Value, String> {
    arguments.get(at).ok_or_else(|| misfit(at))
}

/// A list of texts as a value.
pub(super) fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Value {
    let texts = texts.into_iter().map(|text| Value::String(text.into()));
    Value::Array(texts.collect())
}
