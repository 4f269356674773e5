//! A finding as a test: in Solidity for projects, in assembly for code without a source. Either fails for as long as what
//! was found is broken.

use std::fmt::Write as _;

use gasworks_runner::contracts::abi::{self, Value};
use gasworks_runner::contracts::harness::{Fails, Origin};

use super::finding::Finding;
use super::store::SavedCall;
use super::world::Subject;

/// What makes a call from somebody, some time later, in Solidity.
const HELPER: &str = r#"
    ReproducerVm private constant REPRODUCER_VM =
        ReproducerVm(address(uint160(uint256(keccak256("hevm cheat code")))));

    function reproducerWait(uint256 time, uint256 blocks) private {
        REPRODUCER_VM.warp(REPRODUCER_VM.getBlockTimestamp() + time);
        REPRODUCER_VM.roll(REPRODUCER_VM.getBlockNumber() + blocks);
    }

    function reproducerCall(address to, address sender, uint256 value, bytes memory data) private {
        if (sender.balance < value) REPRODUCER_VM.deal(sender, value);
        REPRODUCER_VM.prank(sender);
        (bool done, bytes memory output) = to.call{value: value}(data);
        bytes32 panic = keccak256(abi.encodeWithSignature("Panic(uint256)", 1));
        require(done || (output.length > 0 && keccak256(output) != panic), "an assertion failed");
    }
"#;

const INTERFACE: &str = "
interface ReproducerVm {
    function deal(address account, uint256 balance) external;
    function getBlockNumber() external view returns (uint256);
    function getBlockTimestamp() external view returns (uint256);
    function etch(address account, bytes calldata code) external;
    function prank(address sender) external;
    function roll(uint256 number) external;
    function warp(uint256 time) external;
}
";

/// A test contract in Solidity, for forge or `gasworks test`. It belongs into the folder of tests of its project. Assembly
/// has none.
pub fn solidity(finding: &Finding, subject: &Subject) -> Option<String> {
    let above = match subject.origin {
        Origin::Suite => true,
        Origin::Contract | Origin::Code(_) => false,
        Origin::Assembly => return None,
    };
    let (source, contract) = subject.name.rsplit_once(':').unwrap_or(("", &subject.name));
    let own = format!("Reproducer_{}", finding.key.replace('-', "_"));
    let mut text =
        String::from("// SPDX-License-Identifier: UNLICENSED\npragma solidity ^0.8.0;\n\n");
    let _ = writeln!(
        text,
        "// Found by `gasworks fuzz`. It fails for as long as this is broken:"
    );
    let _ = writeln!(text, "// {}: {}", finding.name, one_line(&finding.reason));
    if !matches!(subject.origin, Origin::Code(_)) {
        let _ = writeln!(text, "import {{{contract}}} from \"{source}\";");
    }
    text.push_str(INTERFACE);
    let above = match above {
        true => format!(" is {contract}"),
        false => String::new(),
    };
    let _ = write!(text, "\ncontract {own}{above} {{{HELPER}");
    text.push_str("\n    function test_reproduces() public {\n");
    let target = match &subject.origin {
        Origin::Suite | Origin::Assembly => "this",
        Origin::Contract => {
            let _ = writeln!(text, "        {contract} target = new {contract}();");
            "target"
        }
        Origin::Code(code) => {
            let at = abi::checksummed(subject.address);
            let _ = writeln!(text, "        address target = {at};");
            let digits = &abi::hex(code)[2..];
            let _ = writeln!(text, "        REPRODUCER_VM.etch(target, hex\"{digits}\");");
            "target"
        }
    };
    let address = abi::checksummed(subject.address);
    for call in &finding.sequence.calls {
        if call.seconds != 0 || call.blocks != 0 {
            let _ = writeln!(
                text,
                "        reproducerWait({}, {});",
                call.seconds, call.blocks
            );
        }
        let to = match call.to == address {
            true => format!("address({target})"),
            false => call.to.clone(),
        };
        let _ = writeln!(
            text,
            "        reproducerCall({to}, {}, {}, {});",
            call.sender,
            call.value,
            data(call)
        );
    }
    if let Some(property) = subject
        .properties
        .iter()
        .find(|of| of.signature == finding.name)
    {
        let call = match subject.origin {
            Origin::Code(_) => {
                let data = abi::hex(&property.input);
                format!(
                    "reproducerCall({target}, {target}, 0, hex\"{}\")",
                    &data[2..]
                )
            }
            _ => format!("{target}.{}", property.signature),
        };
        let _ = match property.fails {
            Fails::IsFalse if !matches!(subject.origin, Origin::Code(_)) => {
                writeln!(text, "        require({call}, \"it returned false\");")
            }
            _ => writeln!(text, "        {call};"),
        };
    }
    text.push_str("    }\n}\n");
    Some(text)
}

/// Selector and arguments of a call: as somebody would write them, where that can be done in a line.
fn data(call: &SavedCall) -> String {
    let digits = call.calldata.strip_prefix("0x").unwrap_or(&call.calldata);
    let raw = format!("hex\"{digits}\"");
    let arguments = || {
        let types = abi::parameters_of(&call.function)?;
        let bytes = abi::unhex(&call.calldata)?;
        let values = abi::decode(&types, bytes.get(4..)?)?;
        values.iter().map(literal).collect::<Option<Vec<String>>>()
    };
    match arguments() {
        None => raw,
        Some(arguments) => {
            let mut parts = vec![format!("\"{}\"", call.function)];
            parts.extend(arguments);
            format!("abi.encodeWithSignature({})", parts.join(", "))
        }
    }
}

fn literal(value: &Value) -> Option<String> {
    Some(match value {
        Value::Bool(is) => is.to_string(),
        Value::Uint(number, bits) => format!("uint{bits}({number})"),
        Value::Int(number, bits) => format!("int{bits}({number})"),
        Value::Address(address) => format!("address({address})"),
        Value::FixedBytes(word, size) => format!("bytes{size}({})", abi::hex(&word[..*size])),
        Value::Bytes(bytes) => format!("hex\"{}\"", &abi::hex(bytes)[2..]),
        Value::String(text) => {
            let is_plain = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\';
            if !text.bytes().all(is_plain) {
                return None;
            }
            format!("\"{text}\"")
        }
        _ => return None,
    })
}

/// A `#test` in assembly: for code without a source, and for a test that does not hold, which is given as it fails.
pub fn assembly(finding: &Finding, subject: &Subject, failing: Option<&str>) -> Option<String> {
    let mut text =
        String::from(";;; Found by `gasworks fuzz`. It fails for as long as this is broken:\n");
    let reason = one_line(&finding.reason);
    let _ = writeln!(text, ";;; {}: {reason}", finding.name);
    if let Some(failing) = failing {
        let (source, _) = subject.name.rsplit_once(':').unwrap_or((&subject.name, ""));
        let _ = write!(text, ";;; It belongs into {source}\n\n{failing}");
        return Some(text);
    }
    let Origin::Code(code) = &subject.origin else {
        return None;
    };
    text.push('\n');
    let _ = writeln!(text, "#test \"{}\" {{", one_line(&finding.name));
    let _ = writeln!(
        text,
        "    #account target = {}",
        small(&abi::checksummed(subject.address))
    );
    let _ = writeln!(text, "    #code[target] = {}", abi::hex(code));
    let _ = writeln!(text, "    #to target");
    let _ = writeln!(text, "    #gas 30000000");
    let mut senders: Vec<&str> = finding
        .sequence
        .calls
        .iter()
        .map(|call| &*call.sender)
        .collect();
    senders.sort_unstable();
    senders.dedup();
    for sender in senders {
        let _ = writeln!(text, "    #balance[{}] = (1 << 96) - 1", small(sender));
    }
    let (mut time, mut number) = subject.start;
    let _ = writeln!(
        text,
        "    #block.timestamp {time}\n    #block.number {number}"
    );
    for call in &finding.sequence.calls {
        if call.seconds != 0 || call.blocks != 0 {
            time = time.saturating_add(u64::from(call.seconds));
            number = number.saturating_add(u64::from(call.blocks));
            let _ = writeln!(
                text,
                "    #block.timestamp {time}\n    #block.number {number}"
            );
        }
        let data = match call.calldata.as_str() {
            "0x" => "",
            data => data,
        };
        let _ = write!(text, "    #call {data} from {}", small(&call.sender));
        let value = match call.value.as_str() {
            "0" => String::new(),
            value => format!(" value {value}"),
        };
        let _ = writeln!(text, "{value}");
    }
    if let Some(property) = subject
        .properties
        .iter()
        .find(|of| of.signature == finding.name)
    {
        let _ = writeln!(text, "    #call {}", abi::hex(&property.input));
        if property.fails == Fails::IsFalse {
            text.push_str("    #expect output = 1\n");
        }
    }
    text.push_str("}\n");
    Some(text)
}

/// Digits of an address without the letters' case, which assembly does not check.
fn small(address: &str) -> String {
    address.to_lowercase()
}

fn one_line(text: &str) -> String {
    let plain = |character: char| match character {
        '"' => '\'',
        character if character.is_control() => ' ',
        character => character,
    };
    text.chars().map(plain).collect()
}
