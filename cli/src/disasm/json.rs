//! A listing for programs. Lists are written as they are gone through: a listing is many times as large as its code.

use std::io::{self, Write};

use gasworks_assembler::Listing;
use gasworks_assembler::disassemble::{
    Block, Content, Destination, Exit, Line, Metadata, Price, Program, RunningGas,
};
use serde::{Serialize, Serializer};

/// Writes a listing as one JSON object.
pub fn write(listing: &Listing, to: &mut impl Write) -> io::Result<()> {
    let json = JsonListing {
        target: listing.target().to_string(),
        size: listing.code().len(),
        programs: listing.programs().iter().map(JsonProgram::of).collect(),
        lines: JsonLines(listing),
        blocks: JsonBlocks(listing),
    };
    serde_json::to_writer_pretty(&mut *to, &json)?;
    writeln!(to)
}

#[derive(Serialize)]
struct JsonListing<'a> {
    target: String,
    size: usize,
    programs: Vec<JsonProgram>,
    lines: JsonLines<'a>,
    blocks: JsonBlocks<'a>,
}

/// All of the code, or a contract within it.
#[derive(Serialize)]
struct JsonProgram {
    start: usize,
    end: usize,
}

impl JsonProgram {
    fn of(program: &Program) -> Self {
        Self {
            start: program.start,
            end: program.end,
        }
    }
}

struct JsonLines<'a>(&'a Listing);

impl Serialize for JsonLines<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let lines = self.0.lines().zip(self.0.gas());
        serializer.collect_seq(lines.map(|(line, gas)| JsonLine::of(line, gas)))
    }
}

struct JsonBlocks<'a>(&'a Listing);

impl Serialize for JsonBlocks<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let size = self.0.code().len();
        let blocks = self.0.blocks().iter();
        serializer.collect_seq(blocks.map(|block| JsonBlock::of(block, size)))
    }
}

#[derive(Serialize)]
struct JsonLine<'a> {
    pc: usize,
    /// Where its program starts.
    program: usize,
    kind: &'static str,
    bytes: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    immediate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<JsonMetadata<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gas: Option<JsonGas>,
}

/// Numbers are null where all gas is taken.
#[derive(Serialize)]
struct JsonGas {
    least: Option<u64>,
    more: bool,
    running: Option<u64>,
}

#[derive(Serialize)]
struct JsonMetadata<'a> {
    compiler: &'static str,
    version: Option<&'a str>,
    source: Option<&'a str>,
}

#[derive(Serialize)]
struct JsonBlock {
    start: usize,
    end: usize,
    /// The first line, and the one after the last.
    lines: (usize, usize),
    exit: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination: Option<JsonDestination>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<usize>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum JsonDestination {
    Position(usize),
    Word(&'static str),
}

impl<'a> JsonLine<'a> {
    fn of(line: Line<'a>, gas: Option<RunningGas>) -> Self {
        let metadata = match line.content {
            Content::Metadata(metadata) => Some(JsonMetadata::of(metadata)),
            _ => None,
        };
        let immediate = line.immediate();
        Self {
            pc: line.pc,
            program: line.program,
            kind: match line.content {
                Content::Instruction(_) => "instruction",
                Content::CutOff(_) => "cutOff",
                Content::Undefined => "undefined",
                Content::Data => "data",
                Content::Metadata(_) => "metadata",
            },
            bytes: hex(line.bytes),
            name: line.name(),
            immediate: (!immediate.is_empty()).then(|| hex(immediate)),
            label: line.label.map(|label| label.to_string()),
            metadata,
            gas: gas.map(JsonGas::of),
        }
    }
}

impl JsonGas {
    fn of(gas: RunningGas) -> Self {
        let least = |price: Price| price.least;
        Self {
            least: gas.price.map(least),
            more: gas.price.is_some_and(|price| price.more),
            running: gas.running.map(least),
        }
    }
}

impl<'a> JsonMetadata<'a> {
    fn of(metadata: &'a Metadata) -> Self {
        Self {
            compiler: metadata.compiler,
            version: metadata.version.as_deref(),
            source: metadata.source.as_deref(),
        }
    }
}

impl JsonBlock {
    fn of(block: &Block, size: usize) -> Self {
        let next = (block.end < size).then_some(block.end);
        let (exit, destination, next) = match block.exit {
            Exit::Halt => ("halt", None, None),
            Exit::EndOfCode => ("endOfCode", None, None),
            Exit::FallThrough => ("fallThrough", None, next),
            Exit::Jump(destination) => ("jump", Some(destination), None),
            Exit::Branch(destination) => ("branch", Some(destination), next),
        };
        Self {
            start: block.start,
            end: block.end,
            lines: (block.lines.start, block.lines.end),
            exit,
            destination: destination.map(|destination| match destination {
                Destination::Block(position) => JsonDestination::Position(position),
                Destination::Invalid => JsonDestination::Word("invalid"),
                Destination::Unknown => JsonDestination::Word("unknown"),
            }),
            next,
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    format!("0x{:x}", gasworks::Bytes::copy_from_slice(bytes))
}
