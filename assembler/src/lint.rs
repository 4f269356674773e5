//! What is found only for those who ask: definitions that nothing uses, pushes that are larger than need be, code that
//! runs into data, and jumps that lead nowhere.

use crate::analysis::ends_execution;
use crate::definitions::Loaded;
use crate::diagnostic::Diagnostic;
use crate::disassemble::{Destination, Exit, disassemble};
use crate::expand::{Expanded, Item, ItemKind};
use crate::layout::Layout;
use crate::session::Session;
use crate::source_map::SourceMap;
use crate::syntax::{Expression, Node, Origin, Syntax};
use crate::target::Target;

/// Warns of definitions with names of their file's own that nothing uses.
pub(crate) fn unused_macros(
    session: &mut Session<'_>,
    loaded: &Loaded,
    expanded: &Expanded,
    used_expressions: &[bool],
) {
    let syntax = &loaded.syntax;
    let mut used = vec![false; syntax.instruction_macros.len()];
    for section in &expanded.sections {
        if let Some((id, ..)) = section.arguments
            && syntax.document(section.document).origin == Origin::Macro
        {
            used[id.0 as usize] = true;
        }
    }
    let instructions = syntax.instruction_macros.iter().zip(used);
    let unused = instructions.filter(|(_, used)| !used);
    let unused = unused.map(|(definition, _)| ("%", definition.name, definition.span));
    let expressions = syntax.expression_macros.iter().zip(used_expressions);
    let others = expressions.filter(|(_, used)| !**used);
    let others = others.map(|(definition, _)| ("", definition.name, definition.span));
    let local = unused
        .chain(others)
        .filter(|(_, name, _)| !syntax.names.is_global(*name));
    for (sign, name, span) in local {
        let message = format!("the macro {sign}{} is not used", syntax.names.get(name));
        session.report(Diagnostic::warning("unused-macro", span, message));
    }
}

/// Warns of pushes and data that are odd.
pub(crate) fn items(
    session: &mut Session<'_>,
    syntax: &Syntax,
    expanded: &Expanded,
    layout: &Layout,
) {
    // The last instruction, and whether execution goes on behind it.
    let mut before: Option<(&Item, bool)> = None;
    for (index, item) in expanded.items.iter().enumerate() {
        match item.kind {
            ItemKind::Instruction { byte, .. } => {
                let goes_on = !ends_execution(byte) && byte != 0x56;
                before = Some((item, goes_on));
            }
            ItemKind::Push { given, value } => {
                if let Some(warning) = given.and_then(|given| {
                    let written = written_bytes(syntax, value)?;
                    wide_push(layout.operand(index), u64::from(given), written)
                }) {
                    let span = expanded.span(syntax, item);
                    let help = "write `push` to have the size chosen, or write the zeros out";
                    session.report(Diagnostic::warning("wide-push", span, warning).help(help));
                }
                before = Some((item, true));
            }
            ItemKind::Bytes(_) | ItemKind::Table { .. } => {
                if let Some((last, true)) = before {
                    let span = expanded.span(syntax, last);
                    let message = "execution runs on from here into data";
                    let warning = Diagnostic::warning("into-data", span, message);
                    session.report(warning.label(expanded.span(syntax, item), "the data"));
                }
                before = None;
            }
            ItemKind::PcLabel(_) | ItemKind::Assert(_) | ItemKind::End => {}
        }
    }
}

/// The bytes in which a literal is written, if the expression is one.
fn written_bytes(syntax: &Syntax, expression: Expression) -> Option<u64> {
    match syntax.nodes_of(expression) {
        [Node::Literal(index)] => Some(syntax.literals[*index as usize].byte_length()),
        _ => None,
    }
}

/// What is said of a push with a size that is given where a smaller one would do. Zeros that are written out are meant.
fn wide_push(operand: &[u8], given: u64, written: u64) -> Option<String> {
    let zeros = operand.iter().take_while(|byte| **byte == 0).count();
    let needed = (operand.len() - zeros) as u64;
    (needed < given && written < given)
        .then(|| format!("the value needs {needed} bytes, and {given} are pushed"))
}

/// Warns of jumps to constants that are no labels.
pub(crate) fn jumps(session: &mut Session<'_>, map: &SourceMap, code: &[u8], target: Target) {
    let listing = disassemble(code, target);
    for block in listing.blocks() {
        let (Exit::Jump(Destination::Invalid) | Exit::Branch(Destination::Invalid)) = block.exit
        else {
            continue;
        };
        let last = listing.lines_of(block).last();
        let mapping = last.and_then(|line| map.at(line.pc as u32));
        // Data may look like jumps: another program does, and its labels are its own.
        if let Some(mapping) = mapping.filter(|mapping| !mapping.data) {
            let message = "the jump leads to a position that is no label";
            session.report(Diagnostic::warning("jump-target", mapping.span, message));
        }
    }
}
