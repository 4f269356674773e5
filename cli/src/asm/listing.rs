//! A program beside its bytecode, for people: position, bytes, gas, the stack, and the line that it came from.

use std::fmt::Write as _;

use gasworks_assembler::{Lines, Program, Row, Sources, StackState};

use super::output::hex;

/// Bytes of data that a line shows.
const SHOWN_BYTES: usize = 8;
/// Letters of the names of values that a line shows.
const SHOWN_NAMES: usize = 36;

/// The whole listing.
pub fn text(program: &Program) -> String {
    let sources = &program.warnings.sources;
    let mut text = format!(
        ";; target {}, {} bytes; gas is what an instruction and its block up to it cost at least\n",
        program.target,
        program.code.len()
    );
    let _ = writeln!(
        text,
        "{:>5}  {:<20} {:>6} {:>7}  {:<42} source",
        "pc", "bytes", "gas", "block", "stack"
    );
    let lines: Vec<Lines> = sources
        .iter()
        .map(|(_, source)| Lines::of(&source.text))
        .collect();
    for (row, mapping) in program.rows.iter().zip(&program.map.mappings) {
        let depth = uses(program, mapping.user);
        let _ = writeln!(
            text,
            "{:>5x}  {:<20} {:>6} {:>7}  {:<42} {}",
            row.position,
            bytes(row),
            optional(row.price),
            optional(row.running),
            row.stack.as_ref().map(stack).unwrap_or_default(),
            source(sources, &lines, row, depth),
        );
    }
    text
}

fn bytes(row: &Row) -> String {
    if row.bytes.len() > SHOWN_BYTES + 1 {
        return format!("{}..", hex(&row.bytes[..SHOWN_BYTES]));
    }
    hex(&row.bytes)
}

fn optional(value: Option<impl std::fmt::Display>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// The height of the stack and the names of its values, top first.
fn stack(state: &StackState) -> String {
    let names = state
        .names
        .iter()
        .map(|name| name.as_deref().unwrap_or("_"));
    let mut list = names.collect::<Vec<_>>().join(", ");
    if list.chars().count() > SHOWN_NAMES {
        list = list.chars().take(SHOWN_NAMES - 2).collect::<String>() + "..";
    } else if state.open {
        list += if list.is_empty() { ".." } else { ", .." };
    }
    let more = if state.open { "+" } else { "" };
    format!("{}{more} [{list}]", state.names.len())
}

/// How many macros and files are around a statement.
fn uses(program: &Program, user: Option<u32>) -> usize {
    let mut depth = 0;
    let mut user = user;
    while let Some(index) = user {
        depth += 1;
        user = program
            .map
            .uses
            .get(index as usize)
            .and_then(|one| one.user);
    }
    depth
}

fn source(sources: &Sources, lines: &[Lines], row: &Row, depth: usize) -> String {
    let file = sources.index(row.span.file);
    let Some(lines) = lines.get(file) else {
        return String::new();
    };
    let position = lines.position(row.span.start);
    let text = sources.text(row.span.file);
    let start = lines.start(position.line) as usize;
    let line = text
        .get(start..)
        .and_then(|rest| rest.lines().next())
        .unwrap_or("");
    let name = sources.name(row.span.file);
    let name = name.rsplit('/').next().unwrap_or("");
    let inner = "> ".repeat(depth);
    format!("{inner}{name}:{}: {}", position.line, line.trim())
}
