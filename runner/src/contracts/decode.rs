//! Words for what contracts revert with.

use std::collections::BTreeMap;

use gasworks::{CallStatus, Halt};

use super::abi::{self, Selector, Type, Value};
use super::artifact::Artifacts;
use super::cheats::{CHEATCODE_ERROR, SKIP};

/// The errors that the contracts of a project have, by their selectors.
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    errors: BTreeMap<Selector, Vec<(String, Vec<Type>)>>,
}

/// `Error(string)` and `Panic(uint256)`.
const ERROR: Selector = [0x08, 0xc3, 0x79, 0xa0];
const PANIC: Selector = [0x4e, 0x48, 0x7b, 0x71];

impl Decoder {
    /// Knows the errors of all contracts.
    pub fn new(artifacts: &Artifacts) -> Self {
        let mut decoder = Self::default();
        for contract in &artifacts.contracts {
            for error in contract.errors() {
                let Some(types) = abi::types_of(&error.inputs) else {
                    continue;
                };
                let known = decoder.errors.entry(error.selector().0).or_default();
                if !known
                    .iter()
                    .any(|(name, of)| *name == error.name && *of == types)
                {
                    known.push((error.name.clone(), types));
                }
            }
        }
        decoder
    }

    /// The reason of a revert or halt, as forge words it.
    pub fn reason(&self, data: &[u8], status: CallStatus) -> String {
        self.known(data)
            .or_else(|| as_text(data))
            .or_else(|| custom(data))
            .or_else(|| {
                let failed = status != CallStatus::Success;
                failed.then(|| format!("EvmError: {}", status_name(status)))
            })
            .unwrap_or_else(|| "<empty revert data>".to_owned())
    }

    /// As [`Decoder::reason`], if the error is one of Solidity's, of cheatcodes, or of the project.
    pub fn known(&self, data: &[u8]) -> Option<String> {
        if let Some(reason) = data.strip_prefix(SKIP) {
            return Some(skip_reason(reason));
        }
        let (selector, rest) = data.split_first_chunk::<4>()?;
        let has_text = *selector == ERROR || *selector == CHEATCODE_ERROR;
        if has_text
            && let Some([Value::String(text)]) = abi::decode(&[Type::String], rest).as_deref()
        {
            return Some(text.clone());
        }
        if *selector == PANIC
            && let Some([code]) = abi::decode(&[Type::Uint(256)], rest).as_deref()
        {
            return Some(panic_text(code));
        }
        let errors = self.errors.get(selector)?;
        errors.iter().find_map(|(name, types)| {
            let values = abi::decode(types, rest)?;
            Some(format!("{name}({})", abi::pretty_list(&values)))
        })
    }
}

/// What a test says that was left out.
pub fn skip_reason(reason: &[u8]) -> String {
    match String::from_utf8_lossy(reason) {
        text if text.is_empty() => "skipped".to_owned(),
        text => format!("skipped: {text}"),
    }
}

fn as_text(data: &[u8]) -> Option<String> {
    if let Some([Value::String(text)]) = abi::decode(&[Type::String], data).as_deref()
        && !text.is_empty()
        && !data.is_empty()
    {
        return Some(text.clone());
    }
    let text = std::str::from_utf8(data).ok()?;
    (text.is_ascii() && !text.is_empty()).then(|| text.to_owned())
}

fn custom(data: &[u8]) -> Option<String> {
    let Some((selector, rest)) = data.split_first_chunk::<4>() else {
        return (!data.is_empty()).then(|| format!("custom error bytes {}", abi::hex(data)));
    };
    let mut text = format!("custom error {}", abi::hex(selector));
    if !rest.is_empty() {
        text.push_str(": ");
        match std::str::from_utf8(rest) {
            Ok(rest) => text.push_str(rest),
            Err(_) => text.push_str(&abi::hex(rest)[2..]),
        }
    }
    Some(text)
}

fn panic_text(code: &Value) -> String {
    let number = code
        .as_uint()
        .and_then(|(number, _)| u64::try_from(number).ok());
    let text = match number {
        Some(0x00) => "generic/unspecified error",
        Some(0x01) => "assertion failed",
        Some(0x11) => "arithmetic underflow or overflow",
        Some(0x12) => "division or modulo by zero",
        Some(0x21) => "failed to convert value into enum type",
        Some(0x22) => "storage byte array incorrectly encoded",
        Some(0x31) => "called `.pop()` on an empty array",
        Some(0x32) => "array out-of-bounds access",
        Some(0x41) => "memory allocation error",
        Some(0x51) => "called an invalid internal function",
        _ => return format!("panic: unknown code ({})", abi::plain(code)),
    };
    format!("panic: {text} (0x{:02x})", number.unwrap_or(0))
}

/// The name of how an execution ended, as forge has it.
pub fn status_name(status: CallStatus) -> &'static str {
    let halt = match status {
        CallStatus::Success => return "Return",
        CallStatus::Revert => return "Revert",
        CallStatus::Halt(halt) => halt,
    };
    match halt {
        Halt::OutOfGas => "OutOfGas",
        Halt::InvalidOpcode => "InvalidFEOpcode",
        Halt::StackUnderflow => "StackUnderflow",
        Halt::StackOverflow => "StackOverflow",
        Halt::InvalidJump => "InvalidJump",
        Halt::StaticViolation => "StateChangeDuringStaticCall",
        Halt::ReturnDataOutOfBounds => "OutOfOffset",
        Halt::CreateCollision => "CreateCollision",
        Halt::CodeSizeExceeded => "CreateContractSizeLimit",
        Halt::InvalidCodePrefix => "CreateContractStartingWithEF",
        Halt::InitCodeSizeExceeded => "CreateInitCodeSizeLimit",
        Halt::PrecompileFailed => "PrecompileError",
        Halt::InsufficientBalance => "OutOfFunds",
        Halt::CallDepthExceeded => "CallTooDeep",
        Halt::NonceOverflow => "NonceOverflow",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reverts_have_words() {
        let decoder = Decoder::default();
        let reason = |data: &[u8]| decoder.reason(data, CallStatus::Revert);
        let text = |text: &str| Value::String(text.to_owned());
        assert_eq!(reason(&abi::encode_call(ERROR, &[text("no")])), "no");
        let panic = abi::encode_call(PANIC, &[abi::uint_value(0x11.into())]);
        assert_eq!(
            reason(&panic),
            "panic: arithmetic underflow or overflow (0x11)"
        );
        assert_eq!(reason(&[0xff, 0xfe, 0xfd, 0xfc]), "custom error 0xfffefdfc");
        assert_eq!(reason(&[]), "EvmError: Revert");
        let halted = decoder.reason(&[], CallStatus::Halt(Halt::OutOfGas));
        assert_eq!(halted, "EvmError: OutOfGas");
        assert_eq!(reason(b"FOUNDRY::SKIPlater"), "skipped: later");
    }
}
