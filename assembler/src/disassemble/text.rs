//! A listing as source of the assembly language, in the layout of all sources.

use std::fmt::{self, Write};

use super::gas::RunningGas;
use super::sweep::INVALID;
use super::{Content, Label, Line, Listing, Program};
use crate::format::format as lay_out;
use crate::target::{Target, decode_immediate};

/// Bytes of data in a line.
const BYTES: usize = 32;
/// Characters from which on text that is pushed is worth a comment.
const WORTHY: usize = 6;

/// What a listing's text has beside the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TextOptions {
    /// Positions are labels, which the assembler checks, and not comments.
    pub pc_labels: bool,
    /// Each instruction's gas and the running gas of its block are in the comments.
    pub gas: bool,
}

impl Listing {
    /// The listing as source. Whatever the options, it assembles to the same bytes.
    pub fn text(&self, options: TextOptions) -> Text<'_> {
        Text {
            listing: self,
            options,
        }
    }
}

impl fmt::Display for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text(TextOptions::default()).fmt(f)
    }
}

/// A listing with its options: see [`Listing::text`].
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    listing: &'a Listing,
    options: TextOptions,
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut source = String::new();
        self.write(&mut source)?;
        // Only what is longer than a source may be cannot be laid out.
        f.write_str(lay_out(&source).as_ref().unwrap_or(&source))
    }
}

impl Text<'_> {
    fn write(&self, f: &mut String) -> fmt::Result {
        let listing = self.listing;
        let target = listing.target();
        if target != Target::default() {
            writeln!(f, "#pragma target \"{target}\"\n")?;
        }
        let gas = match self.options.gas {
            true => listing.gas(),
            false => Vec::new(),
        };
        let mut writer = Writer {
            to: f,
            options: self.options,
            target,
        };
        let mut blocks = listing.blocks().iter().peekable();
        let mut programs = listing.programs().iter().skip(1).peekable();
        let mut was_data = false;
        for (index, line) in listing.lines().enumerate() {
            let block = blocks.next_if(|block| block.lines.start == index);
            let begins = block.is_some() || line.is_code() == was_data;
            if index > 0 && (begins || matches!(line.content, Content::Metadata(_))) {
                writeln!(writer.to)?;
            }
            was_data = !line.is_code();
            if let Some(program) = programs.next_if(|program| program.start == line.pc) {
                writer.program(program)?;
            }
            writer.line(line, gas.get(index).copied().flatten())?;
        }
        Ok(())
    }
}

/// An instruction as a statement, or the beginning of data.
pub(super) struct Statement<'a>(pub Line<'a>);

impl fmt::Display for Statement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(line) = self;
        let instruction = match line.content {
            Content::Instruction(instruction) => instruction,
            _ => return bytes(f, line.bytes),
        };
        match line.label {
            Some(label) if instruction.immediate == 0 => {
                return write!(f, "{label}:");
            }
            _ => lower(f, instruction.name)?,
        }
        match (line.label, line.immediate()) {
            (_, []) => Ok(()),
            (Some(label), _) if line.program > 0 => {
                write!(f, " @{label} - @{}", Label::Program(line.program))
            }
            (Some(label), _) => write!(f, " @{label}"),
            (None, immediate) => match decode(instruction.byte, immediate) {
                Some(positions) => write!(f, "{positions:?}"),
                None => {
                    f.write_str(" ")?;
                    hex(f, immediate)
                }
            },
        }
    }
}

/// The positions on the stack that an immediate means (EIP-8024).
fn decode(byte: u8, immediate: &[u8]) -> Option<Vec<u8>> {
    match immediate {
        [immediate] => decode_immediate(byte, *immediate),
        _ => None,
    }
}

fn lower(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    name.chars()
        .try_for_each(|letter| f.write_char(letter.to_ascii_lowercase()))
}

fn hex(f: &mut impl Write, bytes: &[u8]) -> fmt::Result {
    f.write_str("0x")?;
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

fn bytes(f: &mut impl Write, data: &[u8]) -> fmt::Result {
    f.write_str("#bytes ")?;
    hex(f, data)
}

struct Writer<'a> {
    to: &'a mut String,
    options: TextOptions,
    target: Target,
}

impl Writer<'_> {
    fn line(&mut self, line: Line<'_>, gas: Option<RunningGas>) -> fmt::Result {
        match line.content {
            Content::Data if line.bytes.len() > 1 => return self.data(line),
            Content::Metadata(metadata) => {
                writeln!(self.to, "; metadata: {metadata}")?;
                return self.data(line);
            }
            _ => {}
        }
        self.begin(line.pc)?;
        write!(self.to, "{}", Statement(line))?;
        let remark = match line.content {
            Content::Undefined => Some(format!("no instruction of {}", self.target)),
            Content::CutOff(instruction) => Some(format!(
                "{}, cut off",
                instruction.name.to_ascii_lowercase()
            )),
            Content::Instruction(_) => readable(line.immediate()).map(|text| format!("{text:?}")),
            // As an instruction it would be one that is never come to, of which the assembler warns.
            Content::Data if line.bytes == [INVALID] => Some("invalid".into()),
            _ => None,
        };
        self.end(line.pc, line.program, gas, remark)
    }

    /// The start of a program within the code.
    fn program(&mut self, program: &Program) -> fmt::Result {
        self.begin(program.start)?;
        write!(self.to, "{}:", Label::Program(program.start))?;
        let length = program.end - program.start;
        let remark = format!("a program of {length} bytes, whose positions count from here");
        self.end(program.start, program.start, None, Some(remark))
    }

    /// Data in lines.
    fn data(&mut self, line: Line<'_>) -> fmt::Result {
        let mut pc = line.pc;
        for chunk in line.bytes.chunks(BYTES) {
            self.begin(pc)?;
            bytes(self.to, chunk)?;
            self.end(pc, line.program, None, None)?;
            pc += chunk.len();
        }
        Ok(())
    }

    fn begin(&mut self, pc: usize) -> fmt::Result {
        match self.options.pc_labels {
            true => write!(self.to, "0x{pc:04x}: "),
            false => Ok(()),
        }
    }

    /// Ends the line with what there is to say about it.
    fn end(
        &mut self,
        pc: usize,
        program: usize,
        gas: Option<RunningGas>,
        remark: Option<String>,
    ) -> fmt::Result {
        let mut comment = String::new();
        if !self.options.pc_labels {
            write!(comment, " 0x{pc:04x}")?;
        }
        if program > 0 {
            write!(comment, " +0x{:04x}", pc.saturating_sub(program))?;
        }
        if let Some(gas) = gas {
            let all = || "all".to_owned();
            let price = gas.price.map_or_else(all, |price| price.to_string());
            let running = gas.running.map_or_else(all, |price| price.to_string());
            write!(comment, " {price:>7} {running:>7}")?;
        }
        if let Some(remark) = remark {
            write!(comment, " {remark}")?;
        }
        match comment.is_empty() {
            true => writeln!(self.to),
            false => writeln!(self.to, " ;{comment}"),
        }
    }
}

/// The text that a pushed word holds, if it looks like text.
fn readable(word: &[u8]) -> Option<&str> {
    let zeros = word.iter().rev().take_while(|byte| **byte == 0).count();
    let text = word.get(..word.len() - zeros)?;
    let printable = text
        .iter()
        .all(|byte| byte.is_ascii_graphic() || *byte == b' ');
    if text.len() < WORTHY || !printable {
        return None;
    }
    str::from_utf8(text).ok()
}
