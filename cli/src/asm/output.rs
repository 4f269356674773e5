//! Bytecode in the forms that other tools take.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;

use gasworks_assembler::{Lines, Program, Sources};
use serde_json::{Value, json};

/// How bytecode is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Hex digits after 0x
    Hex,
    /// The bytes
    Binary,
    /// An array for a C program
    C,
    /// An artifact as Foundry and Hardhat read them
    Json,
}

pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

pub fn to_file(path: &Path, bytes: &[u8]) -> Result<(), String> {
    std::fs::write(path, bytes).map_err(|error| format!("{}: {error}", path.display()))
}

/// That the reader of standard output has gone is no error.
pub fn to_standard_output(bytes: &[u8]) -> Result<(), String> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.to_string()),
        _ => Ok(()),
    }
}

/// An array of unsigned bytes and its length.
pub fn c_array(name: &str, code: &[u8]) -> String {
    let mut name: String = name
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '_'
            }
        })
        .collect();
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        name.insert(0, '_');
    }
    let mut text = format!("const unsigned char {name}[] = {{");
    for (index, byte) in code.iter().enumerate() {
        text.push_str(if index % 12 == 0 { "\n    " } else { " " });
        let _ = write!(text, "0x{byte:02x},");
    }
    // An array without elements is no C.
    if code.is_empty() {
        text.push_str("\n    0x00,");
    }
    let _ = write!(
        text,
        "\n}};\nconst unsigned long {name}_length = {};\n",
        code.len()
    );
    text
}

/// Reads an ABI: a JSON array, alone or as the field `abi` of an artifact.
pub fn read_abi(path: &Path) -> Result<Value, String> {
    let within = |error: String| format!("{}: {error}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| within(error.to_string()))?;
    let value: Value = serde_json::from_str(&text).map_err(|error| within(error.to_string()))?;
    let abi = if value.is_array() {
        value
    } else {
        value["abi"].clone()
    };
    if abi.is_array() {
        Ok(abi)
    } else {
        Err(within("there is no ABI in it".into()))
    }
}

/// An artifact with the fields that Foundry and Hardhat both look for: code as objects, as Foundry has it.
pub fn artifact(name: &str, program: &Program, init: &[u8], abi: Option<Value>) -> String {
    let object = |code: &[u8], map: &str| {
        json!({
            "object": format!("0x{}", hex(code)),
            "sourceMap": map,
            "linkReferences": {},
        })
    };
    let source = program
        .warnings
        .sources
        .iter()
        .next()
        .map_or("", |(_, source)| &source.name);
    let artifact = json!({
        "_format": "gasworks-artifact-1",
        "contractName": name,
        "sourceName": source,
        "abi": abi.unwrap_or_else(|| json!([])),
        "bytecode": object(init, ""),
        "deployedBytecode": object(&program.code, &solidity_map(program)),
        "linkReferences": {},
        "deployedLinkReferences": {},
        "methodIdentifiers": {},
    });
    format!("{artifact:#}\n")
}

/// The source map as solc writes it: `start:length:file:jump` for each instruction, what did not change left out.
fn solidity_map(program: &Program) -> String {
    let mut text = String::new();
    let mut last = (u32::MAX, u32::MAX, u32::MAX);
    for (index, mapping) in program
        .map
        .mappings
        .iter()
        .filter(|mapping| !mapping.data)
        .enumerate()
    {
        if index > 0 {
            text.push(';');
        }
        let span = mapping.span;
        let (start, length) = (span.start, span.end - span.start);
        let file = program.warnings.sources.index(span.file) as u32;
        let fields = [(start, last.0), (length, last.1), (file, last.2)];
        let mut written: Vec<String> = fields
            .iter()
            .map(|(new, old)| {
                if new == old {
                    String::new()
                } else {
                    new.to_string()
                }
            })
            .collect();
        if index == 0 {
            written.push("-".into());
        }
        text.push_str(written.join(":").trim_end_matches(':'));
        last = (start, length, file);
    }
    text
}

/// Each stretch of code with its file, line, column, and the uses of macros and files that led there, innermost first.
pub fn source_map(program: &Program) -> String {
    let sources = &program.warnings.sources;
    let lines = all_lines(sources);
    let place = |span: gasworks_assembler::Span| {
        let index = sources.index(span.file);
        let position = lines.get(index).map(|lines| lines.position(span.start));
        json!({
            "file": index,
            "line": position.map_or(0, |position| position.line),
            "column": position.map_or(0, |position| position.column + 1),
            "offset": span.start,
            "length": span.end - span.start,
        })
    };
    let mappings = program.map.mappings.iter().map(|mapping| {
        let mut entry = place(mapping.span);
        entry["pc"] = json!(mapping.position);
        entry["bytes"] = json!(mapping.length);
        entry["data"] = json!(mapping.data);
        entry["use"] = json!(mapping.user);
        entry
    });
    let uses = program.map.uses.iter().map(|one| {
        let mut entry = place(one.span);
        entry["use"] = json!(one.user);
        entry
    });
    let labels = program.labels.iter().map(|label| {
        let mut entry = place(label.span);
        entry["name"] = json!(label.name);
        entry["pc"] = json!(label.position);
        entry["destination"] = json!(label.destination);
        entry
    });
    let map = json!({
        "version": 1,
        "target": program.target.to_string(),
        "files": names(sources),
        "uses": uses.collect::<Vec<_>>(),
        "labels": labels.collect::<Vec<_>>(),
        "mappings": mappings.collect::<Vec<_>>(),
    });
    format!("{map}\n")
}

/// The program schema of ethdebug/format: instructions with the source ranges that they come from.
pub fn ethdebug(program: &Program) -> String {
    let sources = &program.warnings.sources;
    let code = |span: gasworks_assembler::Span| {
        json!({
            "code": {
                "source": { "id": sources.index(span.file) },
                "range": { "offset": span.start, "length": span.end - span.start },
            }
        })
    };
    let instructions = program
        .map
        .mappings
        .iter()
        .filter(|mapping| !mapping.data)
        .map(|mapping| {
            let start = mapping.position as usize;
            let bytes = program
                .code
                .get(start..start + mapping.length as usize)
                .unwrap_or(&[]);
            let name = bytes
                .first()
                .and_then(|byte| program.target.instruction_of(*byte));
            let mut operation = json!({ "mnemonic": name.map_or("INVALID", |name| name.name) });
            if bytes.len() > 1 {
                operation["arguments"] = json!([format!("0x{}", hex(&bytes[1..]))]);
            }
            let mut contexts: Vec<Value> = program
                .map
                .stack(mapping.position)
                .into_iter()
                .map(code)
                .collect();
            let context = if contexts.len() == 1 {
                contexts.remove(0)
            } else {
                json!({ "gather": contexts })
            };
            json!({ "offset": mapping.position, "operation": operation, "context": context })
        });
    let list = names(sources)
        .into_iter()
        .enumerate()
        .map(|(id, path)| json!({ "id": id, "path": path, "language": "evm assembly" }));
    let program = json!({
        "compilation": { "id": "gasworks", "compiler": { "name": "gasworks", "version": env!("CARGO_PKG_VERSION") },
            "sources": list.collect::<Vec<_>>() },
        "contract": { "definition": { "source": { "id": 0 } } },
        "environment": "call",
        "instructions": instructions.collect::<Vec<_>>(),
    });
    format!("{program}\n")
}

fn names(sources: &Sources) -> Vec<String> {
    sources
        .iter()
        .map(|(_, source)| source.name.clone())
        .collect()
}

fn all_lines(sources: &Sources) -> Vec<Lines> {
    sources
        .iter()
        .map(|(_, source)| Lines::of(&source.text))
        .collect()
}
