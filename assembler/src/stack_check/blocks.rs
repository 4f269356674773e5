//! A document's statements in basic blocks, and the ways between them.

use crate::tables::HashMap;

use crate::analysis::ends_execution;
use crate::syntax::{Document, Kind, Node, Statement, Stretch, Symbol, Syntax};
use crate::target::{Instruction, Target};

/// Statements that are executed one after the other.
#[derive(Debug, Default)]
pub(super) struct Block {
    /// A range of the document's statements.
    pub(super) start: usize,
    pub(super) end: usize,
    /// The label that it begins with, and that label's comment.
    pub(super) label: Option<Symbol>,
    pub(super) label_comment: Option<Stretch>,
    /// The label that it jumps to at its end.
    pub(super) target: Option<Symbol>,
    /// Whether execution does not go on behind it.
    pub(super) ends: bool,
    /// The blocks that follow it.
    pub(super) successors: Vec<usize>,
}

/// The blocks of a document.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    pub(super) list: Vec<Block>,
    pub(super) by_label: HashMap<Symbol, usize>,
}

impl Blocks {
    /// Whether a block jumps to a label that the document does not define.
    pub(super) fn leaves(&self, block: &Block) -> bool {
        block
            .target
            .is_some_and(|target| !self.by_label.contains_key(&target))
    }
}

/// The instruction of a statement, if it is one, with the label that it jumps to.
pub(super) fn instruction(
    syntax: &Syntax,
    target: Target,
    statement: &Statement,
) -> Option<(Instruction, Option<Symbol>)> {
    let Kind::Instruction { name, argument, .. } = statement.kind else {
        return None;
    };
    let instruction = target.instruction(syntax.names.get(name))?;
    let label = argument.and_then(|argument| match syntax.nodes_of(argument) {
        [
            Node::Label {
                name,
                dotted: false,
            },
        ] => Some(*name),
        _ => None,
    });
    Some((instruction, label))
}

/// Splits a document: before labels, behind jumps, and behind what ends execution. Whether a use of a macro or a file
/// does, the caller says.
pub(super) fn split(
    syntax: &Syntax,
    target: Target,
    document: &Document,
    ends: impl Fn(&Statement) -> bool,
) -> Blocks {
    let mut blocks = Blocks::default();
    let mut block = Block::default();
    let mut finish = |block: &mut Block, end: usize| {
        block.end = end;
        if block.end > block.start {
            blocks.list.push(std::mem::take(block));
        }
        *block = Block {
            start: end,
            ..Block::default()
        };
    };
    for (index, statement) in document.statements.iter().enumerate() {
        match statement.kind {
            Kind::Label(label) if !syntax.label(label).dotted => {
                finish(&mut block, index);
                block.label = Some(syntax.label(label).name);
                block.label_comment = statement.comment;
            }
            Kind::Instruction { .. } => {
                let Some((instruction, label)) = instruction(syntax, target, statement) else {
                    continue;
                };
                let jumps = matches!(instruction.byte, 0x56 | 0x57);
                if jumps || ends_execution(instruction.byte) {
                    block.target = label.filter(|_| jumps);
                    block.ends = instruction.byte != 0x57;
                    finish(&mut block, index + 1);
                }
            }
            _ if ends(statement) => {
                block.ends = true;
                finish(&mut block, index + 1);
            }
            _ => {}
        }
    }
    finish(&mut block, document.statements.len());
    connect(&mut blocks);
    blocks
}

fn connect(blocks: &mut Blocks) {
    for (index, block) in blocks.list.iter().enumerate() {
        if let Some(label) = block.label {
            blocks.by_label.insert(label, index);
        }
    }
    let count = blocks.list.len();
    for (index, block) in blocks.list.iter_mut().enumerate() {
        if !block.ends && index + 1 < count {
            block.successors.push(index + 1);
        }
        let target = block.target.and_then(|target| blocks.by_label.get(&target));
        block.successors.extend(target);
    }
}
