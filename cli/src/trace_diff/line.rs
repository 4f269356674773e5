//! A line of a trace, in any of the forms that machines write: numbers in decimal or hex, fields that may be missing.

use std::fmt;

use gasworks::U256;
use gasworks_runner::fixtures::json::Text;
use gasworks_spec::opcode;
use serde::Deserialize;

/// What of a trace is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// Before an instruction.
    Step(Box<Step>),
    /// The state root after a case.
    Root(String),
}

/// A step. What a machine leaves out is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    pub pc: Text<u64>,
    pub op: Text<u64>,
    pub gas: Option<Text<u64>>,
    pub gas_cost: Option<Text<u64>>,
    pub depth: Option<Text<u64>>,
    pub stack: Option<Vec<Text<U256>>>,
    pub mem_size: Option<Text<u64>>,
    pub memory: Option<Hex>,
    pub refund: Option<Text<u64>>,
    pub return_data: Option<Hex>,
}

/// Bytes as hex, which may have a prefix, be empty or be null.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hex(String);

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digits = text.strip_prefix("0x").unwrap_or(&text);
        Ok(Self(digits.to_ascii_lowercase()))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outline {
    pc: Option<serde::de::IgnoredAny>,
    op: Option<serde::de::IgnoredAny>,
    state_root: Option<String>,
}

/// Reads a line; nothing if it is neither a step nor a state root.
///
/// # Errors
/// When it is a step, but one that cannot be read.
pub fn parse(line: &[u8]) -> Result<Option<Item>, String> {
    let line = line.trim_ascii();
    if line.first() != Some(&b'{') {
        return Ok(None);
    }
    let Ok(outline) = serde_json::from_slice::<Outline>(line) else {
        return Ok(None);
    };
    if outline.pc.is_some() && outline.op.is_some() {
        let step = serde_json::from_slice(line).map_err(|error| error.to_string())?;
        return Ok(Some(Item::Step(Box::new(step))));
    }
    // A tracer that does not know the root writes zeros.
    let root = outline.state_root.map(|root| root.to_ascii_lowercase());
    let known = root.filter(|root| root.bytes().any(|digit| !matches!(digit, b'0' | b'x')));
    Ok(known.map(Item::Root))
}

impl Step {
    /// Whether it stops, which some machines show where there is no code.
    pub fn is_stop(&self) -> bool {
        self.op.0 == 0
    }

    /// In which fields two steps differ.
    pub fn differing(&self, other: &Self, strict: bool) -> Vec<&'static str> {
        let mut fields = vec![
            ("pc", self.pc != other.pc),
            ("op", self.op != other.op),
            ("gas", differ(&self.gas, &other.gas)),
            ("depth", differ(&self.depth, &other.depth)),
            ("stack", differ(&self.stack, &other.stack)),
        ];
        if strict {
            fields.extend([
                ("gasCost", differ(&self.gas_cost, &other.gas_cost)),
                ("memSize", differ(&self.mem_size, &other.mem_size)),
                ("memory", differ(&self.memory, &other.memory)),
                ("refund", differ(&self.refund, &other.refund)),
                ("returnData", differ(&self.return_data, &other.return_data)),
            ]);
        }
        let differing = fields.into_iter().filter(|(_, differs)| *differs);
        differing.map(|(name, _)| name).collect()
    }
}

fn differ<T: PartialEq>(one: &Option<T>, other: &Option<T>) -> bool {
    matches!((one, other), (Some(one), Some(other)) if one != other)
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let op = self.op.0;
        let name = u8::try_from(op).ok().and_then(opcode).map(|row| row.name);
        write!(f, "pc {} {}", self.pc.0, name.unwrap_or("undefined"))?;
        if name.is_none() {
            write!(f, " {op:#x}")?;
        }
        let numbers = [
            ("gas", &self.gas),
            ("cost", &self.gas_cost),
            ("depth", &self.depth),
            ("memory", &self.mem_size),
            ("refund", &self.refund),
        ];
        for (name, number) in numbers {
            if let Some(Text(number)) = number {
                write!(f, " {name} {number}")?;
            }
        }
        if let Some(stack) = &self.stack {
            let words: Vec<String> = stack.iter().map(|word| format!("{:#x}", word.0)).collect();
            write!(f, " stack [{}]", words.join(" "))?;
        }
        Ok(())
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Step(step) => step.fmt(f),
            Self::Root(root) => write!(f, "state root {root}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(line: &str) -> Step {
        match parse(line.as_bytes()) {
            Ok(Some(Item::Step(step))) => *step,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn one_step_in_the_forms_of_several_machines() {
        let geth = r#"{"pc":2,"op":80,"gas":"0x61","gasCost":"0x2","memSize":0,"stack":["0x2a"],"depth":1,"refund":0,"opName":"POP"}"#;
        let others = [
            r#"{"pc":2,"op":"0x50","gas":97,"stack":["0x002a"],"depth":1}"#,
            r#"{"depth":1,"gas":"97","memory":"0x","op":80,"opName":"POP","pc":"0x2","stack":["0x2A"],"storage":{}}"#,
            r#"{"pc":2,"op":80,"gas":"0x61","stack":null,"depth":1,"error":null}"#,
        ];
        for other in others {
            let fields = step(geth).differing(&step(other), true);
            assert_eq!(fields, Vec::<&str>::new(), "{other}");
        }
        let less = r#"{"pc":2,"op":80,"gas":"0x60","stack":["0x2b"],"depth":1}"#;
        assert_eq!(step(geth).differing(&step(less), false), ["gas", "stack"]);
    }

    #[test]
    fn other_lines_are_no_steps() {
        for line in [
            "",
            "INFO starting",
            "{",
            "[]",
            r#"{"output":"","gasUsed":"0x5"}"#,
            r#"{"stateRoot":"0x0000","output":"","pass":true}"#,
        ] {
            assert_eq!(parse(line.as_bytes()), Ok(None), "{line}");
        }
        assert_eq!(
            parse(br#"{"stateRoot": "0xAB"}"#),
            Ok(Some(Item::Root("0xab".to_owned())))
        );
        assert!(parse(br#"{"pc":-1,"op":1}"#).is_err());
    }
}
