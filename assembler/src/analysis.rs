//! What is allowed in a program but hardly meant.

use crate::tables::HashSet;

use crate::diagnostic::Diagnostic;
use crate::expand::{Expanded, ItemKind};
use crate::session::Session;
use crate::syntax::Syntax;
use crate::target::Target;

/// Warns of labels that nothing refers to.
pub(crate) fn unused_labels(
    session: &mut Session<'_>,
    syntax: &Syntax,
    expanded: &Expanded,
    used: &[bool],
) {
    let mut seen = HashSet::default();
    for instance in &expanded.instances {
        let label = instance.definition;
        if used[label.0 as usize] || !seen.insert(label) {
            continue;
        }
        let definition = syntax.label(label);
        let name = syntax.reference(definition);
        let message = format!("the label {name} is not used");
        session.report(Diagnostic::warning(
            "unused-label",
            definition.span,
            message,
        ));
    }
}

/// Whether execution never goes on behind an instruction.
pub(crate) fn ends_execution(byte: u8) -> bool {
    // STOP, RETURN, REVERT, INVALID, SELFDESTRUCT
    matches!(byte, 0x00 | 0xf3 | 0xfd | 0xfe | 0xff)
}

/// Warns of instructions that execution cannot come to: they follow one that ends it or jumps away. What a label without
/// a JUMPDEST marks may be code that is copied and executed elsewhere.
pub(crate) fn unreachable(
    session: &mut Session<'_>,
    syntax: &Syntax,
    expanded: &Expanded,
    target: Target,
) {
    let dotted = |label| syntax.label(label).dotted;
    let marks = expanded.instances.iter();
    let mut marks = marks.filter(|mark| dotted(mark.definition)).peekable();
    let mut before = None;
    for (index, item) in expanded.items.iter().enumerate() {
        while marks.next_if(|mark| mark.item as usize <= index).is_some() {
            before = None;
        }
        let byte = match item.kind {
            ItemKind::Instruction { byte, .. } => byte,
            ItemKind::Push { .. } => 0x60,
            _ => continue,
        };
        if let Some((ended, place)) = before
            && byte != 0x5b
        {
            let name = target
                .instruction_of(ended)
                .map_or("", |instruction| instruction.name);
            let span = expanded.span(syntax, item);
            let message = format!("execution does not come here: {name} stands before it");
            let mut warning =
                Diagnostic::warning("unreachable", span, message).label(place, "ends it");
            warning.expansions = expanded.uses(item.section);
            session.report(warning);
        }
        let ends = ends_execution(byte) || byte == 0x56;
        before = ends.then(|| (byte, expanded.span(syntax, item)));
    }
}
