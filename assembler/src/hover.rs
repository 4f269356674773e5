//! What there is to say of what stands at a place in a source: texts for editors, in Markdown.
//!
//! `instructions` knows instructions, `vocabulary` what else the language has by itself.

mod instructions;
mod vocabulary;

pub(crate) use vocabulary::BUILT_INS;
pub(crate) use vocabulary::{DIRECTIVES, TEST_DIRECTIVES};

use std::fmt::Write as _;

use crate::assemble::Program;
use crate::disassemble::disassemble;
use crate::evaluate::keccak256;
use crate::index::{IndexedFile, Mention, MentionKind, Place, ProgramIndex, SymbolKind};
use crate::source::Span;
use crate::target::Target;
use crate::value::Value;

/// Lines of a definition, or of what a macro became, that are shown.
const MOST_LINES: usize = 16;
/// Positions that are listed.
const MOST_POSITIONS: usize = 4;

/// What there is to say of a mention. The assembled program, if there is one, tells positions and bytes.
pub fn hover(program: &ProgramIndex, place: Place, assembled: Option<&Program>) -> Option<String> {
    let file = program.files.get(place.file)?;
    let mention = &place.mention;
    let name = file.text_of(mention);
    let target = target_of(program, assembled);
    match mention.kind {
        MentionKind::Instruction => {
            let mut text = instructions::describe(name, target)?;
            became(&mut text, file, mention, assembled);
            Some(text)
        }
        MentionKind::Directive => vocabulary::directive(name).map(str::to_owned),
        MentionKind::BuiltIn => vocabulary::built_in(name).map(str::to_owned),
        MentionKind::Number => number(name, program),
        MentionKind::Selector => {
            let hash = keccak256(name.as_bytes());
            let [a, b, c, d, ..] = hash;
            Some(format!(
                "`{name}`\n\nselector `0x{a:02x}{b:02x}{c:02x}{d:02x}`"
            ))
        }
        MentionKind::Include | MentionKind::Assemble => None,
        _ => match program.definitions_of(place).first() {
            Some(definition) => symbol(program, place, *definition, assembled),
            None => vocabulary::built_in(name)
                .filter(|_| mention.kind == MentionKind::Expression)
                .map(str::to_owned),
        },
    }
}

/// The instruction set of a program.
pub(crate) fn target_of(program: &ProgramIndex, assembled: Option<&Program>) -> Target {
    let named = program.files.first().and_then(|file| file.index.target);
    named
        .or(assembled.map(|program| program.target))
        .unwrap_or_default()
}

fn symbol(
    program: &ProgramIndex,
    place: Place,
    definition: Place,
    assembled: Option<&Program>,
) -> Option<String> {
    let MentionKind::Definition(kind) = definition.mention.kind else {
        return None;
    };
    let file = program.files.get(definition.file)?;
    let name = file.text_of(&definition.mention);
    let mut text = String::new();
    match kind {
        SymbolKind::Label => text = format!("label `{name}:`, a destination of jumps"),
        SymbolKind::Mark => text = format!("label `.{name}:`, a position without JUMPDEST"),
        SymbolKind::Parameter => return Some(format!("parameter `${name}`")),
        _ => code_block(&mut text, definition_text(file, &definition.mention)),
    }
    let remarks = remarks_above(&file.text, definition.mention.start);
    if !remarks.is_empty() {
        let _ = write!(text, "\n\n{remarks}");
    }
    if let Some(assembled) = assembled {
        match kind {
            SymbolKind::InstructionMacro => {
                let used_in = program.files.get(place.file)?;
                expansion(&mut text, used_in, &place.mention, assembled);
            }
            SymbolKind::ExpressionMacro => {}
            _ => positions(&mut text, file, name, assembled),
        }
    }
    Some(text)
}

fn code_block(text: &mut String, code: &str) {
    // What the code holds must not end the block.
    let _ = write!(text, "````eas\n{code}\n````");
}

/// The lines of a definition.
fn definition_text<'a>(file: &'a IndexedFile, mention: &Mention) -> &'a str {
    let text = &*file.text;
    let start = line_start(text, mention.start as usize);
    let scopes = file.index.scopes.iter();
    let own = scopes
        .filter(|scope| scope.start <= mention.start && scope.parent.is_some())
        .filter(|scope| line_start(text, scope.start as usize) == start)
        .map(|scope| scope.end as usize)
        .max();
    let end = own.unwrap_or(mention.end as usize);
    let end = text
        .get(end..)
        .and_then(|rest| rest.find('\n'))
        .map_or(text.len(), |more| end + more);
    let lines = text.get(start..end).unwrap_or("").trim_end();
    match lines.match_indices('\n').nth(MOST_LINES) {
        Some((cut, _)) => lines.get(..cut).unwrap_or(lines),
        None => lines,
    }
}

fn line_start(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or("");
    before.rfind('\n').map_or(0, |end| end + 1)
}

/// The comments in the lines right above a definition.
fn remarks_above(text: &str, offset: u32) -> String {
    let before = text.get(..line_start(text, offset as usize)).unwrap_or("");
    let lines = before.lines().rev().map(str::trim);
    let remarks = lines.take_while(|line| line.starts_with(';'));
    let mut remarks: Vec<&str> = remarks
        .take(MOST_LINES)
        .map(|line| line.trim_start_matches(';').trim())
        .collect();
    remarks.reverse();
    remarks.join("\n")
}

/// Whether a span of an assembled program is in an indexed file.
fn is_in(assembled: &Program, span: Span, file: &IndexedFile) -> bool {
    assembled.warnings.sources.name(span.file) == file.name
}

/// Where a label is.
fn positions(text: &mut String, file: &IndexedFile, name: &str, assembled: &Program) {
    let labels = assembled.labels.iter();
    let found: Vec<String> = labels
        .filter(|label| label.name == name && is_in(assembled, label.span, file))
        .map(|label| format!("`{:#x}`", label.position))
        .collect();
    list(text, "at", &found);
}

fn list(text: &mut String, what: &str, found: &[String]) {
    let Some(shown) = found
        .get(..found.len().min(MOST_POSITIONS))
        .filter(|shown| !shown.is_empty())
    else {
        return;
    };
    let _ = write!(text, "\n\n{what} {}", shown.join(", "));
    let more = found.len() - shown.len();
    if more > 0 {
        let _ = write!(text, " and {more} more");
    }
}

/// The bytes that a statement became.
fn became(text: &mut String, file: &IndexedFile, mention: &Mention, assembled: Option<&Program>) {
    let Some(assembled) = assembled else {
        return;
    };
    let mappings = assembled.map.mappings.iter().filter(|mapping| {
        mapping.span.start == mention.start && is_in(assembled, mapping.span, file)
    });
    let found: Vec<String> = mappings
        .map(|mapping| {
            let (start, length) = (mapping.position as usize, mapping.length as usize);
            let bytes = assembled.code.get(start..start + length);
            format!("`{}` at `{start:#x}`", hexadecimal(bytes.unwrap_or(&[])))
        })
        .collect();
    list(text, "assembled:", &found);
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What the use of an instruction macro became.
fn expansion(text: &mut String, file: &IndexedFile, mention: &Mention, assembled: &Program) {
    let uses = &assembled.map.uses;
    let is_used = |span: Span| {
        span.start <= mention.start && mention.start <= span.end && is_in(assembled, span, file)
    };
    let Some(first) = uses.iter().position(|use_| is_used(use_.span)) else {
        return;
    };
    // A use comes after the one around it.
    let mut within = vec![false; uses.len()];
    for (index, use_) in uses.iter().enumerate().skip(first) {
        let around = use_.user.and_then(|user| within.get(user as usize));
        let inside = index == first || around.copied().unwrap_or(false);
        if let Some(place) = within.get_mut(index) {
            *place = inside;
        }
    }
    let mappings = assembled.map.mappings.iter().filter(|mapping| {
        let user = mapping.user.and_then(|user| within.get(user as usize));
        user.copied().unwrap_or(false)
    });
    let ends = mappings.map(|mapping| (mapping.position, mapping.position + mapping.length));
    let Some((start, end)) = ends.reduce(|(start, _), (_, end)| (start, end)) else {
        return;
    };
    let code = assembled.code.get(start as usize..end as usize);
    let code = code.unwrap_or(&[]);
    let _ = write!(text, "\n\n{} bytes at `{start:#x}`:\n\n", code.len());
    let listing = disassemble(code, assembled.target);
    let mut lines = listing.lines();
    let shown = lines.by_ref().take(MOST_LINES).map(|line| {
        let immediate = hexadecimal(line.immediate());
        match line.name() {
            Some(name) if immediate.is_empty() => name.to_ascii_lowercase(),
            Some(name) => format!("{} 0x{immediate}", name.to_ascii_lowercase()),
            None => format!("#bytes 0x{}", hexadecimal(line.bytes)),
        }
    });
    let mut shown: Vec<String> = shown.collect();
    if lines.len() > 0 {
        shown.push(format!("; and {} more", lines.len()));
    }
    code_block(text, &shown.join("\n"));
}

fn number(text: &str, program: &ProgramIndex) -> Option<String> {
    let value = Value::parse(text).ok()?;
    let integer = value.to_integer();
    let mut said = format!("`{integer}`\n\n`{integer:#x}`, {} bits", value.bits());
    let selector = value.to_u64().and_then(|value| u32::try_from(value).ok());
    if let Some(selector) = selector {
        let named = signatures(program).find(|signature| {
            let [a, b, c, d, ..] = keccak256(signature.as_bytes());
            u32::from_be_bytes([a, b, c, d]) == selector
        });
        if let Some(signature) = named {
            let _ = write!(said, "\n\nselector of `{signature}`");
        }
    }
    Some(said)
}

/// The signatures of which a program takes selectors.
fn signatures(program: &ProgramIndex) -> impl Iterator<Item = &str> {
    program.files.iter().flat_map(|file| {
        let mentions = file.index.mentions.iter();
        let selectors = mentions.filter(|mention| mention.kind == MentionKind::Selector);
        selectors.map(|mention| file.text_of(mention))
    })
}

#[cfg(test)]
#[path = "hover/hover_test.rs"]
mod tests;
