//! Why a call failed, in words.

use std::collections::BTreeMap;

use gasworks::{CallStatus, Halt, Outcome, keccak256};
use gasworks_assembler::{Lexer, Sources, TokenKind};

use super::finding::hex;
use crate::contracts::abi;

/// Errors that sources name, by their selectors.
#[derive(Clone, Debug, Default)]
pub(super) struct Errors(BTreeMap<[u8; 4], String>);

impl Errors {
    /// Adds the signatures that stand in quotes in sources.
    pub(super) fn read(&mut self, sources: &Sources) {
        for (_, source) in sources.iter() {
            let texts = Lexer::new(&source.text).filter(|token| token.kind == TokenKind::Text);
            for token in texts {
                let text = token.text(&source.text);
                if text.len() < 200 && text.ends_with(')') && text.contains('(') {
                    self.0.insert(abi::selector(text), text.to_owned());
                }
            }
        }
    }

    /// The data of a revert.
    pub(super) fn decode(&self, data: &[u8]) -> String {
        let Some((selector, rest)) = data.split_first_chunk::<4>() else {
            return match data {
                [] => "without data".into(),
                data => hex(data),
            };
        };
        match *selector {
            ERROR => {
                let values = abi::types("(string)").and_then(|types| abi::decode(&types, rest));
                if let Some([abi::Value::String(text)]) = values.as_deref() {
                    return format!("{text:?}");
                }
            }
            PANIC if rest.len() == 32 => return format!("Panic({})", hex(&rest[31..])),
            _ => {}
        }
        let Some(signature) = self.0.get(selector) else {
            return hex(data);
        };
        let types = abi::parameters_of(signature);
        match types.and_then(|types| abi::decode(&types, rest)) {
            Some(values) => {
                let name = signature.split('(').next().unwrap_or("");
                format!("{name}({})", abi::pretty_list(&values))
            }
            None => format!("{signature} {}", hex(data)),
        }
    }

    /// A topic, as the event that it names if it is known.
    pub(super) fn event(&self, topic: &[u8]) -> String {
        let known = topic.first_chunk::<4>().and_then(|first| self.0.get(first));
        let named = known.filter(|text| keccak256(text.as_bytes()).as_bytes() == topic);
        named.cloned().unwrap_or_else(|| hex(topic))
    }

    /// How a call ended.
    pub(super) fn ending(&self, outcome: &Outcome) -> String {
        match outcome.status {
            CallStatus::Success => "the call succeeded".into(),
            CallStatus::Revert => format!("the call reverted: {}", self.decode(&outcome.output)),
            CallStatus::Halt(halt) => format!("the call halted: {halt}"),
        }
    }
}

/// `Error(string)`
const ERROR: [u8; 4] = [0x08, 0xc3, 0x79, 0xa0];
/// `Panic(uint256)`
const PANIC: [u8; 4] = [0x4e, 0x48, 0x7b, 0x71];

/// The data of `Error(string)`, as Solidity's `revert("..")` has it.
pub(super) fn error_data(text: &[u8]) -> Vec<u8> {
    let mut data = ERROR.to_vec();
    let word = |number: usize| {
        let mut word = [0; 32];
        word[24..].copy_from_slice(&(number as u64).to_be_bytes());
        word
    };
    data.extend(word(32));
    data.extend(word(text.len()));
    data.extend(text);
    data.resize(4 + 64 + text.len().next_multiple_of(32), 0);
    data
}

/// The name that tests have for a way to halt.
pub(super) fn halt_name(halt: Halt) -> &'static str {
    match halt {
        Halt::OutOfGas => "out_of_gas",
        Halt::InvalidOpcode => "invalid_opcode",
        Halt::StackUnderflow => "stack_underflow",
        Halt::StackOverflow => "stack_overflow",
        Halt::InvalidJump => "invalid_jump",
        Halt::StaticViolation => "static_violation",
        Halt::ReturnDataOutOfBounds => "return_data_out_of_bounds",
        Halt::CreateCollision => "create_collision",
        Halt::CodeSizeExceeded => "code_size_exceeded",
        Halt::InvalidCodePrefix => "invalid_code_prefix",
        Halt::InitCodeSizeExceeded => "init_code_size_exceeded",
        Halt::PrecompileFailed => "precompile_failed",
        Halt::InsufficientBalance => "insufficient_balance",
        Halt::CallDepthExceeded => "call_depth_exceeded",
        Halt::NonceOverflow => "nonce_overflow",
    }
}

/// The address that an account gets for its name.
pub(super) fn address_of_name(name: &str) -> gasworks::Address {
    gasworks::Address::from_slice(&keccak256(name.as_bytes())[12..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reverts_are_decoded() {
        let errors = Errors::default();
        assert_eq!(errors.decode(&[]), "without data");
        assert_eq!(errors.decode(&[1, 2]), "0x0102");
        assert_eq!(errors.decode(&error_data(b"no \"way\"")), r#""no \"way\"""#);
        let mut panic = PANIC.to_vec();
        panic.resize(36, 0);
        panic[35] = 0x11;
        assert_eq!(errors.decode(&panic), "Panic(0x11)");
        assert_eq!(errors.decode(&[1, 2, 3, 4, 5]), "0x0102030405");
    }
}
