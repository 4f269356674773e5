//! Types and signatures as the contract ABI writes them.

use std::fmt;

/// How deep types may be within each other.
const DEEPEST: usize = 32;
/// The most values that arrays of fixed lengths within each other, or beside each other in a tuple, have together.
const LONGEST: u64 = 1 << 16;

/// A type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Unsigned(u16),
    Signed(u16),
    Address,
    Bool,
    FixedBytes(u8),
    Function,
    Bytes,
    String,
    Array(Box<Type>),
    FixedArray(Box<Type>, u64),
    Tuple(Vec<Type>),
}

/// A parameter of a function, an error or an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parameter {
    pub(crate) kind: Type,
    pub(crate) indexed: bool,
}

/// A name with parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signature {
    pub(crate) name: String,
    pub(crate) parameters: Vec<Parameter>,
}

impl Type {
    /// Reads a type.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader { rest: text };
        let kind = reader.kind(0)?;
        reader.skip_spaces();
        if reader.rest.is_empty() {
            Ok(kind)
        } else {
            Err(format!("{text:?} is not a type"))
        }
    }

    /// Whether its values have no length of their own.
    pub(crate) fn is_dynamic(&self) -> bool {
        match self {
            Self::Bytes | Self::String | Self::Array(_) => true,
            Self::FixedArray(element, _) => element.is_dynamic(),
            Self::Tuple(types) => types.iter().any(Self::is_dynamic),
            _ => false,
        }
    }

    /// Values that it has at least: those of arrays of fixed lengths and of tuples.
    fn values(&self) -> u64 {
        match self {
            Self::FixedArray(element, length) => length.saturating_mul(element.values()),
            Self::Tuple(types) => types
                .iter()
                .fold(0, |sum, kind| sum.saturating_add(kind.values())),
            _ => 1,
        }
    }

    /// Bytes that it takes in the list of parameters.
    pub(crate) fn head_bytes(&self) -> usize {
        match self {
            _ if self.is_dynamic() => 32,
            Self::FixedArray(element, length) => {
                (*length as usize).saturating_mul(element.head_bytes())
            }
            Self::Tuple(types) => types
                .iter()
                .fold(0, |sum, kind| sum.saturating_add(kind.head_bytes())),
            _ => 32,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsigned(bits) => write!(f, "uint{bits}"),
            Self::Signed(bits) => write!(f, "int{bits}"),
            Self::Address => f.write_str("address"),
            Self::Bool => f.write_str("bool"),
            Self::FixedBytes(bytes) => write!(f, "bytes{bytes}"),
            Self::Function => f.write_str("function"),
            Self::Bytes => f.write_str("bytes"),
            Self::String => f.write_str("string"),
            Self::Array(element) => write!(f, "{element}[]"),
            Self::FixedArray(element, length) => write!(f, "{element}[{length}]"),
            Self::Tuple(types) => {
                f.write_str("(")?;
                for (index, kind) in types.iter().enumerate() {
                    let comma = if index == 0 { "" } else { "," };
                    write!(f, "{comma}{kind}")?;
                }
                f.write_str(")")
            }
        }
    }
}

impl Signature {
    /// Reads `transfer(address to, uint256 amount)`, and without a name `(address, uint256)`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader { rest: text };
        let wrong = || format!("{text:?} is not a signature such as \"transfer(address,uint256)\"");
        let name = reader.word().to_owned();
        let parameters = reader.parameters(0)?;
        reader.skip_spaces();
        if !reader.rest.is_empty() {
            return Err(wrong());
        }
        Ok(Self { name, parameters })
    }

    /// As it is hashed: without names, spaces and short forms.
    pub(crate) fn canonical(&self) -> String {
        let types: Vec<String> = self
            .parameters
            .iter()
            .map(|one| one.kind.to_string())
            .collect();
        format!("{}({})", self.name, types.join(","))
    }

    /// Its types.
    pub(crate) fn types(&self) -> impl ExactSizeIterator<Item = &Type> + Clone {
        self.parameters.iter().map(|one| &one.kind)
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn skip_spaces(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// Letters, digits and underscores.
    fn word(&mut self) -> &'a str {
        self.skip_spaces();
        let belongs = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
        let end = self.rest.find(|c| !belongs(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn take(&mut self, sign: char) -> bool {
        self.skip_spaces();
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Types with what else parameters have, between parentheses.
    fn parameters(&mut self, depth: usize) -> Result<Vec<Parameter>, String> {
        if !self.take('(') {
            return Err("a signature has types in parentheses: \"f(uint256)\"".into());
        }
        let mut parameters = Vec::new();
        if self.take(')') {
            return Ok(parameters);
        }
        let mut values = 0;
        loop {
            let kind = self.kind(depth)?;
            values += kind.values();
            if values > LONGEST {
                return Err(too_many());
            }
            let mut word = self.word();
            let indexed = word == "indexed";
            if indexed || matches!(word, "memory" | "calldata" | "storage" | "payable") {
                word = self.word();
            }
            let _name = word;
            parameters.push(Parameter { kind, indexed });
            if self.take(')') {
                return Ok(parameters);
            }
            if !self.take(',') {
                return Err(format!(
                    "a `,` or a `)` is missing before {:?}",
                    self.shown()
                ));
            }
        }
    }

    fn kind(&mut self, depth: usize) -> Result<Type, String> {
        if depth >= DEEPEST {
            return Err(format!(
                "types are more than {DEEPEST} deep within each other"
            ));
        }
        self.skip_spaces();
        let mut kind = if self.rest.starts_with('(') {
            let parameters = self.parameters(depth + 1)?;
            Type::Tuple(parameters.into_iter().map(|one| one.kind).collect())
        } else {
            let word = self.word();
            elementary(word).ok_or_else(|| match word {
                "" => format!("a type is missing before {:?}", self.shown()),
                word => format!("{word} is not a type"),
            })?
        };
        for _ in 0..DEEPEST {
            if !self.take('[') {
                return Ok(kind);
            }
            let digits = self.word();
            if !self.take(']') {
                return Err("a `]` is missing".into());
            }
            kind = match (digits, digits.parse::<u64>()) {
                ("", _) => Type::Array(kind.into()),
                (_, Ok(length @ 1..=LONGEST)) => Type::FixedArray(kind.into(), length),
                _ => {
                    return Err(format!(
                        "an array has 1 to {LONGEST} elements, not {digits}"
                    ));
                }
            };
            if kind.values() > LONGEST {
                return Err(too_many());
            }
        }
        Err(format!(
            "arrays are more than {DEEPEST} deep within each other"
        ))
    }

    fn shown(&self) -> String {
        self.rest.chars().take(20).collect()
    }
}

fn too_many() -> String {
    format!("types with over {LONGEST} values are not supported")
}

fn elementary(word: &str) -> Option<Type> {
    let number = |digits: &str| {
        let canonical = !digits.starts_with('0') && !digits.starts_with('+');
        digits.parse::<u16>().ok().filter(|_| canonical)
    };
    let bits =
        |digits: &str| number(digits).filter(|bits| bits % 8 == 0 && (8..=256).contains(bits));
    match word {
        "uint" => Some(Type::Unsigned(256)),
        "int" => Some(Type::Signed(256)),
        "address" => Some(Type::Address),
        "bool" => Some(Type::Bool),
        "bytes" => Some(Type::Bytes),
        "string" => Some(Type::String),
        "function" => Some(Type::Function),
        _ => {
            if let Some(digits) = word.strip_prefix("uint") {
                return bits(digits).map(Type::Unsigned);
            }
            if let Some(digits) = word.strip_prefix("int") {
                return bits(digits).map(Type::Signed);
            }
            let bytes = number(word.strip_prefix("bytes")?)?;
            let bytes = u8::try_from(bytes).ok()?;
            (1..=32).contains(&bytes).then_some(Type::FixedBytes(bytes))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_read_and_written() {
        for (text, canonical) in [
            ("transfer(address,uint256)", "transfer(address,uint256)"),
            ("f( uint a , int[] memory b )", "f(uint256,int256[])"),
            (
                "g((uint8,(bytes3,string)[2])[] xs)",
                "g((uint8,(bytes3,string)[2])[])",
            ),
            ("(bool)", "(bool)"),
            ("h()", "h()"),
        ] {
            let signature = Signature::parse(text).map(|one| one.canonical());
            assert_eq!(signature.as_deref(), Ok(canonical));
        }
        let event = Signature::parse("T(address indexed from, uint256)").expect("a signature");
        assert!(event.parameters[0].indexed && !event.parameters[1].indexed);
        for wrong in [
            "f",
            "f(",
            "f(uint7)",
            "f(uint264)",
            "f(bytes33)",
            "f(bytes0)",
            "f(a)",
            "f(uint256",
            "f(,)",
            "f(uint08)",
            "f(uint8[0])",
            "f(uint8[99999999999999999999])",
            "f(uint8[300][300])",
            "f(uint8[60000],(uint8,uint8[60000]))",
            "f()x",
            "",
        ] {
            assert!(Signature::parse(wrong).is_err(), "{wrong}");
        }
        let deep = format!("f{}{}", "(".repeat(100_000), ")".repeat(100_000));
        assert!(Signature::parse(&deep).is_err());
        let deep = format!("f(uint8{})", "[]".repeat(100_000));
        assert!(Signature::parse(&deep).is_err());
    }
}
