//! What a program is once macros and files have been put where they are used.

use crate::source::Span;
use crate::syntax::{
    Arguments, AssertionId, DocumentId, Expression, InstructionMacroId, LabelId, Symbol, Syntax,
};
use crate::tables::HashMap;

/// Uses around a place that a diagnostic shows.
const MOST_USES: usize = 8;

/// A use of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SectionId(pub(crate) u32);

/// One use of a document: the main file, an included file or the body of a macro.
#[derive(Debug)]
pub(crate) struct Section {
    pub(crate) document: DocumentId,
    /// The section of the document around its own, whose labels it sees.
    pub(crate) around: Option<SectionId>,
    /// Where it is used.
    pub(crate) user: Option<(SectionId, Span)>,
    /// The macro whose parameters it sees, their values, and the section in which those were written.
    pub(crate) arguments: Option<(InstructionMacroId, Arguments, SectionId)>,
}

/// A label that stands in the program.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instance {
    pub(crate) definition: LabelId,
    /// The item that it stands before.
    pub(crate) item: u32,
}

/// What a place in the program is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ItemKind {
    /// An instruction without an operand that is computed.
    Instruction { byte: u8, immediate: Option<u8> },
    /// A push of an expression. Its size is settled by the layout if it is not given.
    Push {
        given: Option<u8>,
        value: Expression,
    },
    /// Bytes of an expression.
    Bytes(Expression),
    /// Entries of equal width.
    Table { width: u8, entries: Arguments },
    /// Nothing, at a position that is to be checked.
    PcLabel(u32),
    /// Nothing, where something must hold.
    Assert(AssertionId),
    /// Nothing: labels at the end of a program stand before it.
    End,
}

/// A place in the program, and the statement that it came from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item {
    pub(crate) kind: ItemKind,
    pub(crate) section: SectionId,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// A program without macros and includes.
#[derive(Debug, Default)]
pub(crate) struct Expanded {
    pub(crate) sections: Vec<Section>,
    pub(crate) items: Vec<Item>,
    /// In the order of their items.
    pub(crate) instances: Vec<Instance>,
    /// Labels of the whole program.
    pub(crate) global: HashMap<Symbol, u32>,
    /// Labels of each section.
    pub(crate) local: HashMap<(SectionId, Symbol), u32>,
    /// The newest section of each document.
    pub(crate) newest: HashMap<DocumentId, SectionId>,
}

impl Expanded {
    pub(crate) fn section(&self, id: SectionId) -> &Section {
        &self.sections[id.0 as usize]
    }

    /// Where an item's statement stands.
    pub(crate) fn span(&self, syntax: &Syntax, item: &Item) -> Span {
        let document = self.section(item.section).document;
        Span {
            file: syntax.document(document).file,
            start: item.start,
            end: item.end,
        }
    }

    /// The uses that led to a section, innermost first, as far as people want to follow them.
    pub(crate) fn uses(&self, section: SectionId) -> Vec<Span> {
        let mut uses = Vec::new();
        let mut user = self.section(section).user;
        while let Some((section, span)) = user
            && uses.len() < MOST_USES
        {
            uses.push(span);
            user = self.section(section).user;
        }
        uses
    }
}
