//! Values of tests.

use crate::abi::twos_complement;
use crate::value::Value;

/// A value of a test: a number, bytes, or a list of values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestValue {
    pub(crate) value: Value,
    pub(super) bytes: bool,
}

impl TestValue {
    /// Bytes, of which every one counts.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self {
            value: Value::from_bytes(bytes),
            bytes: true,
        }
    }

    /// A number without a sign, whose bytes are those that are given.
    pub fn from_unsigned(bytes: &[u8]) -> Self {
        Self {
            value: Value::from_bytes(bytes),
            bytes: false,
        }
    }

    /// A number in two's complement.
    pub fn from_signed(word: &[u8; 32]) -> Self {
        Self {
            value: Value::from_twos_complement(word),
            bytes: false,
        }
    }

    /// A list.
    pub fn from_list(values: Vec<Self>) -> Self {
        Self {
            value: Value::list(values.into_iter().map(|one| one.value).collect()),
            bytes: false,
        }
    }

    /// Whether it stands for bytes, and not for a number.
    pub fn is_bytes(&self) -> bool {
        self.bytes
    }

    /// Whether it is less than zero.
    pub fn is_negative(&self) -> bool {
        self.value.is_negative()
    }

    /// The number as a word, two's complement where it is negative.
    ///
    /// # Errors
    /// If it has more than 256 bits, or is a list.
    pub fn word(&self) -> Result<[u8; 32], String> {
        if self.value.as_list().is_some() {
            return Err("a list is not a number".into());
        }
        let bits = match self.value.is_negative() {
            // The least number of 256 bits is -2^255.
            true => (self.value.abs().to_integer() - 1u8).bits() + 1,
            false => self.value.bits(),
        };
        if bits > 256 {
            return Err(format!("{} has more than 256 bits", self.value));
        }
        Ok(twos_complement(&self.value))
    }

    /// How it compares with another as a number, or why it does not.
    ///
    /// # Errors
    /// If one of them is a list.
    pub fn compare(&self, other: &Self) -> Result<std::cmp::Ordering, String> {
        if self.value.as_list().or(other.value.as_list()).is_some() {
            return Err("a list is not a number".into());
        }
        Ok(self.value.to_integer().cmp(&other.value.to_integer()))
    }

    /// The number, if it is one that is so small.
    pub fn to_u64(&self) -> Option<u64> {
        self.value.to_u64()
    }

    /// The bytes, zeros before the others included.
    ///
    /// # Errors
    /// If it is negative, a list, or has half a byte.
    pub fn bytes(&self) -> Result<Vec<u8>, String> {
        self.value.bytes().map_err(Into::into)
    }
}

impl std::fmt::Display for TestValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.value.bytes() {
            Ok(bytes) if self.bytes => {
                f.write_str("0x")?;
                bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
            _ => write!(f, "{}", self.value),
        }
    }
}
