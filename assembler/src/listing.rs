//! A program beside its bytecode: what each statement became, what it costs, and what it leaves on the stack.

use crate::analysis::ends_execution;
use crate::disassemble::{Price, price};
use crate::source::Span;
use crate::source_map::Mapping;
use crate::target::Target;

/// The stack at a point of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackState {
    /// The names of the values, top first, where comments give them.
    pub names: Vec<Option<String>>,
    /// Whether more may lie below.
    pub open: bool,
}

/// A stretch of code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The position of its first byte.
    pub position: u32,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What it costs at least; nothing is known of data, and of what takes all gas.
    pub price: Option<Price>,
    /// What its basic block costs with it.
    pub running: Option<Price>,
    /// The stack behind it, where that is known.
    pub stack: Option<StackState>,
    /// The statement.
    pub span: Span,
    /// Whether a statement of several rows goes on in the next one.
    pub continues: bool,
}

/// The rows of a program; `stack_of` gives the stack behind the statement of a mapping.
pub(crate) fn rows(
    code: &[u8],
    target: Target,
    mappings: &[Mapping],
    mut stack_of: impl FnMut(usize) -> Option<StackState>,
) -> Vec<Row> {
    let zero = Price {
        least: 0,
        more: false,
    };
    let mut running = Some(zero);
    let mut rows = Vec::with_capacity(mappings.len());
    for (index, mapping) in mappings.iter().enumerate() {
        let start = mapping.position as usize;
        let bytes = code
            .get(start..start + mapping.length as usize)
            .unwrap_or(&[]);
        let first = bytes.first().copied().unwrap_or(0);
        if !mapping.data && first == 0x5b {
            running = Some(zero);
        }
        let cost = if mapping.data {
            None
        } else {
            price(target, first)
        };
        running = running.zip(cost).map(|(running, cost)| Price {
            least: running.least.saturating_add(cost.least),
            more: running.more || cost.more,
        });
        let next = mappings.get(index + 1);
        let continues =
            next.is_some_and(|next| next.span == mapping.span && next.user == mapping.user);
        rows.push(Row {
            position: mapping.position,
            bytes: bytes.to_vec(),
            price: cost,
            running: running.filter(|_| cost.is_some()),
            stack: if continues { None } else { stack_of(index) },
            span: mapping.span,
            continues,
        });
        if mapping.data || matches!(first, 0x56 | 0x57) || ends_execution(first) {
            running = Some(zero);
        }
    }
    rows
}
