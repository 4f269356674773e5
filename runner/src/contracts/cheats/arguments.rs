//! The parameters of a cheatcode, which its types say are there.

use gasworks::{Address, Hash, U256};

use super::Fault;
use crate::contracts::abi::{self, Value};

/// Parameters by their position.
#[derive(Clone, Copy)]
pub(super) struct Arguments<'a>(pub(super) &'a [Value]);

impl<'a> Arguments<'a> {
    fn get<T>(self, at: usize, of: impl FnOnce(&'a Value) -> Option<T>) -> Result<T, Fault> {
        let value = self.0.get(at).and_then(of);
        value.ok_or_else(|| Fault::from("parameters of another type"))
    }

    pub(super) fn len(self) -> usize {
        self.0.len()
    }

    pub(super) fn address(self, at: usize) -> Result<Address, Fault> {
        self.get(at, Value::as_address).map(abi::address)
    }

    pub(super) fn word(self, at: usize) -> Result<U256, Fault> {
        let number = |value: &Value| value.as_uint().map(|(number, _)| abi::word(number));
        self.get(at, |value| number(value).or_else(|| word_of(value)))
    }

    /// A number; `what` is in the error where it is too large.
    pub(super) fn number(self, at: usize, what: &str) -> Result<u64, Fault> {
        u64::try_from(self.word(at)?)
            .map_err(|_| Fault::Text(format!("{what} must be less than 2^64")))
    }

    pub(super) fn hash(self, at: usize) -> Result<Hash, Fault> {
        self.word(at).map(|word| Hash(word.to_big_endian()))
    }

    pub(super) fn flag(self, at: usize) -> Result<bool, Fault> {
        self.get(at, Value::as_bool)
    }

    pub(super) fn text(self, at: usize) -> Result<&'a str, Fault> {
        self.get(at, Value::as_str)
    }

    /// Bytes, of a fixed number or not.
    pub(super) fn bytes(self, at: usize) -> Result<&'a [u8], Fault> {
        self.get(at, |value| match value {
            Value::Bytes(bytes) => Some(bytes.as_slice()),
            Value::FixedBytes(word, size) => word.get(..*size),
            _ => None,
        })
    }

    pub(super) fn list(self, at: usize) -> Result<&'a [Value], Fault> {
        self.get(at, |value| {
            value.as_array().or_else(|| value.as_fixed_array())
        })
    }

    /// The fields of a struct.
    pub(super) fn fields(self, at: usize) -> Result<Arguments<'a>, Fault> {
        self.get(at, Value::as_tuple).map(Arguments)
    }

    /// Whether it is an address.
    pub(super) fn is_address(self, at: usize) -> bool {
        matches!(self.0.get(at), Some(Value::Address(_)))
    }

    /// Whether it is a number.
    pub(super) fn is_number(self, at: usize) -> bool {
        matches!(self.0.get(at), Some(Value::Uint(..)))
    }

    /// Whether it is bytes, of a fixed number or not.
    pub(super) fn is_bytes(self, at: usize) -> bool {
        matches!(
            self.0.get(at),
            Some(Value::Bytes(_) | Value::FixedBytes(..))
        )
    }
}

fn word_of(value: &Value) -> Option<U256> {
    match value {
        Value::FixedBytes(word, 32) => Some(U256::from_big_endian(word.as_slice())),
        _ => None,
    }
}
