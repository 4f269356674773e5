//! The macros that the language has by itself. The only file that names `sha2` and `sha3`.

use sha2::Digest as _;

use super::{Evaluator, Failure, Scope};
use crate::abi::{self, Signature};
use crate::assemble::assemble_file_in;
use crate::source::resolve;
use crate::syntax::Node;
use crate::value::Value;

/// How many programs may be assembled within each other.
const DEEPEST_PROGRAM: usize = 16;

/// A built-in macro, of one argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BuiltIn {
    Length,
    Absolute,
    IntegerBits,
    Keccak256,
    Sha256,
    Address,
    Selector,
    Topic,
    Assemble,
    /// Values as the contract ABI has them.
    Encode,
    /// Bytes one after the other.
    Packed,
    /// Older names.
    ByteLength,
    BitLength,
}

const ALL: [(&str, BuiltIn); 13] = [
    ("len", BuiltIn::Length),
    ("abs", BuiltIn::Absolute),
    ("intbits", BuiltIn::IntegerBits),
    ("keccak256", BuiltIn::Keccak256),
    ("sha256", BuiltIn::Sha256),
    ("address", BuiltIn::Address),
    ("selector", BuiltIn::Selector),
    ("topic", BuiltIn::Topic),
    ("assemble", BuiltIn::Assemble),
    ("encode", BuiltIn::Encode),
    ("packed", BuiltIn::Packed),
    ("bytelen", BuiltIn::ByteLength),
    ("bitlen", BuiltIn::BitLength),
];

impl BuiltIn {
    pub(super) fn of(name: &str) -> Option<Self> {
        let found = ALL.iter().find(|(known, _)| *known == name);
        found.map(|(_, built_in)| *built_in)
    }

    /// Whether it takes several arguments.
    pub(super) fn takes_any_number(self) -> bool {
        matches!(self, Self::Encode | Self::Packed)
    }

    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        ALL.iter().map(|(name, _)| *name)
    }
}

impl Evaluator<'_, '_> {
    /// The value of a built-in macro, of which the call's first node is given.
    pub(super) fn built_in(
        &mut self,
        built_in: BuiltIn,
        argument: &Value,
        node: usize,
        scope: Scope<'_>,
    ) -> Result<Value, Failure> {
        self.spend(argument.words(), node, scope)?;
        if argument.as_list().is_some() {
            return Err(self.wrong("list", node, scope, "a list is not a number"));
        }
        match built_in {
            BuiltIn::Length => Ok(argument.byte_length().into()),
            BuiltIn::Absolute => Ok(argument.abs()),
            BuiltIn::IntegerBits => Ok(argument.bits().into()),
            BuiltIn::ByteLength => {
                self.old_name("bytelen", "len", node, scope);
                Ok(argument.bits().div_ceil(8).into())
            }
            BuiltIn::BitLength => {
                self.old_name("bitlen", "intbits", node, scope);
                Ok(argument.bits().into())
            }
            BuiltIn::Keccak256 => {
                let bytes = self.bytes(argument, node, scope)?;
                Ok(Value::from_bytes(&keccak256(&bytes)))
            }
            BuiltIn::Sha256 => {
                let bytes = self.bytes(argument, node, scope)?;
                Ok(Value::from_bytes(&sha2::Sha256::digest(bytes)))
            }
            BuiltIn::Address => {
                let text = self.literal("address", node, scope)?;
                let address = parse_address(text);
                let bytes = address.map_err(|reason| self.wrong("address", node, scope, reason))?;
                Ok(Value::from_bytes(&bytes))
            }
            BuiltIn::Selector | BuiltIn::Topic => {
                let name = if built_in == BuiltIn::Selector {
                    "selector"
                } else {
                    "topic"
                };
                let text = self.literal(name, node, scope)?;
                if !is_signature(text) {
                    let message = format!(
                        "{text:?} is not a signature such as \"transfer(address,uint256)\""
                    );
                    return Err(self.wrong("signature", node, scope, message));
                }
                let hash = keccak256(text.as_bytes());
                let length = if built_in == BuiltIn::Selector { 4 } else { 32 };
                Ok(Value::from_bytes(&hash[..length]))
            }
            // These take more than one argument.
            BuiltIn::Encode => self.encoded(std::slice::from_ref(argument), false, node, scope),
            BuiltIn::Packed => self.packed(std::slice::from_ref(argument), node, scope),
            BuiltIn::Assemble => {
                let path = self.bytes(argument, node, scope)?;
                self.other_program(&String::from_utf8_lossy(&path), node, scope)
            }
        }
    }

    /// The contract ABI's bytes for values behind a signature, with the function's selector or without.
    pub(super) fn encoded(
        &mut self,
        arguments: &[Value],
        with_selector: bool,
        node: usize,
        scope: Scope<'_>,
    ) -> Result<Value, Failure> {
        let words = arguments.iter().map(Value::words).sum();
        self.spend(words, node, scope)?;
        let (first, values) = arguments.split_first().unzip();
        let text = match first {
            Some(text) => self.bytes(text, node, scope)?,
            None => Vec::new(),
        };
        let text = String::from_utf8_lossy(&text);
        let wrong = |reason: String| self.wrong("signature", node, scope, reason);
        let signature = Signature::parse(&text).map_err(wrong)?;
        let values = values.unwrap_or_default();
        let encoded = abi::encode(signature.types(), values);
        let encoded = encoded.map_err(|reason| self.wrong("abi", node, scope, reason))?;
        let mut bytes = Vec::new();
        if with_selector {
            bytes.extend_from_slice(&keccak256(signature.canonical().as_bytes())[..4]);
        }
        bytes.extend_from_slice(&encoded);
        Ok(Value::from_bytes(&bytes))
    }

    /// The bytes of values, one after the other.
    pub(super) fn packed(
        &mut self,
        arguments: &[Value],
        node: usize,
        scope: Scope<'_>,
    ) -> Result<Value, Failure> {
        let mut bytes = Vec::new();
        for argument in arguments {
            self.spend(argument.words(), node, scope)?;
            bytes.extend(self.bytes(argument, node, scope)?);
        }
        Ok(Value::from_bytes(&bytes))
    }

    fn bytes(&self, value: &Value, node: usize, scope: Scope<'_>) -> Result<Vec<u8>, Failure> {
        let bytes = value.bytes();
        bytes.map_err(|reason| self.wrong("bytes", node, scope, reason))
    }

    /// The text of a call's argument, which must be a literal.
    fn literal(&self, name: &str, node: usize, scope: Scope<'_>) -> Result<&str, Failure> {
        let nodes = &self.syntax.nodes;
        match (nodes.get(node + 1), nodes.get(node + 2)) {
            (Some(Node::Literal(_)), Some(Node::Call)) => {
                Ok(self.session.sources.slice(self.span_of(node + 1, scope)))
            }
            _ => Err(self.wrong(
                "literal",
                node,
                scope,
                format!("{name} takes a literal only"),
            )),
        }
    }

    fn old_name(&mut self, name: &str, new: &str, node: usize, scope: Scope<'_>) {
        let span = self.span_of(node, scope);
        let message = format!("{name} has become {new}");
        let warning = crate::diagnostic::Diagnostic::warning("old-spelling", span, message);
        self.session.report(warning);
    }

    /// The bytecode of another program.
    fn other_program(
        &mut self,
        path: &str,
        node: usize,
        scope: Scope<'_>,
    ) -> Result<Value, Failure> {
        let file = self.syntax.document(scope.document).file;
        let from = self.session.sources.name(file);
        let Some(path) = resolve(from, path) else {
            let message = format!("the path {path:?} leads out of the project's folder");
            return Err(self.wrong("include", node, scope, message));
        };
        if let Some(value) = self.assembled.get(&path) {
            return Ok(value.clone());
        }
        if self.session.depth >= DEEPEST_PROGRAM {
            let message = format!(
                "programs are assembled more than {DEEPEST_PROGRAM} deep within each other"
            );
            return Err(self.wrong("include", node, scope, message));
        }
        self.spend(10_000, node, scope)?;
        let bytes = self.session.read(&path);
        let bytes = bytes
            .map_err(|error| self.wrong("include", node, scope, format!("{path:?}: {error}")))?;
        self.session.depth += 1;
        let code = assemble_file_in(self.session, &path, &bytes, self.target, self.globals);
        self.session.depth -= 1;
        // Without code there is an error already.
        let value = Value::from_bytes(&code.unwrap_or_default());
        self.assembled.insert(path, value.clone());
        Ok(value)
    }
}

/// The hash that Ethereum calls keccak256.
pub(crate) fn keccak256(bytes: &[u8]) -> [u8; 32] {
    sha3::Keccak256::digest(bytes).into()
}

/// The bytes of an address. One that is written in both cases carries a checksum (EIP-55).
fn parse_address(text: &str) -> Result<[u8; 20], &'static str> {
    let digits = text
        .strip_prefix("0x")
        .or_else(|| text.strip_prefix("0X"))
        .unwrap_or(text);
    let mut address = [0; 20];
    if digits.len() != 40 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err("an address has 40 hexadecimal digits");
    }
    for (byte, pair) in address.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).unwrap_or("");
        *byte = u8::from_str_radix(pair, 16).unwrap_or(0);
    }
    if !digits.bytes().any(|digit| digit.is_ascii_uppercase()) {
        return Ok(address);
    }
    let hash = keccak256(digits.to_ascii_lowercase().as_bytes());
    let nibble = |index: usize| hash[index / 2] >> (4 * (1 - index % 2)) & 15;
    let right = digits.bytes().enumerate().all(|(index, digit)| {
        digit.is_ascii_digit() || digit.is_ascii_uppercase() == (nibble(index) >= 8)
    });
    if right {
        Ok(address)
    } else {
        Err("the checksum of the address, which its upper and lower case make (EIP-55), is wrong")
    }
}

/// Whether a text is a name and types in parentheses, which may be nested.
fn is_signature(text: &str) -> bool {
    let Some(open) = text.find('(') else {
        return false;
    };
    let (name, types) = text.split_at(open);
    let word = |text: &str| {
        let letter = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_' || byte == b'$';
        let mut bytes = text.bytes();
        bytes.next().is_some_and(letter) && bytes.all(|byte| letter(byte) || byte.is_ascii_digit())
    };
    if !word(name) {
        return false;
    }
    let mut depth = 0u32;
    let mut rest = types;
    // What may come next: a type, or what stands after one.
    let mut after_type = false;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '(' if !after_type => {
                depth += 1;
                // `()` is a list of no types.
                if rest[1..].starts_with(')') {
                    after_type = true;
                }
                1
            }
            ')' if after_type && depth > 0 => {
                depth -= 1;
                1
            }
            ',' if after_type && depth > 0 => {
                after_type = false;
                1
            }
            '[' if after_type && depth > 0 => match rest.find(']') {
                Some(end) if rest[1..end].bytes().all(|byte| byte.is_ascii_digit()) => end + 1,
                _ => return false,
            },
            _ if !after_type && depth > 0 => {
                let end = rest.find([',', ')', '[', '(']).unwrap_or(rest.len());
                after_type = true;
                if !word(&rest[..end]) {
                    return false;
                }
                end
            }
            _ => return false,
        };
        rest = &rest[length..];
        if depth == 0 {
            break;
        }
    }
    depth == 0 && rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures() {
        for right in [
            "f()",
            "transfer(address,uint256)",
            "a_1((uint256,bytes)[],string[3][])",
            "f((),uint8)",
        ] {
            assert!(is_signature(right), "{right}");
        }
        for wrong in [
            "f",
            "f(",
            "f)",
            "(uint256)",
            "f(a,)",
            "f(,a)",
            "f(a b)",
            "f()x",
            "f(a)(b)",
            "1f()",
            "f(a[x])",
            "",
        ] {
            assert!(!is_signature(wrong), "{wrong}");
        }
    }

    #[test]
    fn addresses_carry_checksums() {
        assert!(parse_address("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed").is_ok());
        assert!(parse_address("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed").is_ok());
        assert!(parse_address("0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed").is_err());
        assert!(parse_address("0x5aaeb6053f3e94c9b9a09f33669435e7ef1bea").is_err());
        assert!(parse_address("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaeä").is_err());
    }
}
