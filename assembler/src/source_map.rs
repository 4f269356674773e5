//! Where each byte of a program came from.

use crate::expand::{Expanded, ItemKind};
use crate::layout::Layout;
use crate::source::Span;
use crate::syntax::Syntax;

/// A stretch of code and the statement that it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The position of its first byte.
    pub position: u32,
    /// How many bytes it has.
    pub length: u32,
    /// The statement.
    pub span: Span,
    /// The use of a macro or file that put the statement there: an index into [`SourceMap::uses`].
    pub user: Option<u32>,
    /// Whether it is data, and not an instruction.
    pub data: bool,
}

/// A use of a macro or a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Use {
    /// Where it is used.
    pub span: Span,
    /// The use around it.
    pub user: Option<u32>,
}

/// Where each byte of a program came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceMap {
    /// In the order of the code.
    pub mappings: Vec<Mapping>,
    /// Uses of macros and files.
    pub uses: Vec<Use>,
}

impl SourceMap {
    /// The mapping of a position in the code.
    pub fn at(&self, position: u32) -> Option<&Mapping> {
        let index = self
            .mappings
            .partition_point(|mapping| mapping.position <= position);
        let mapping = self.mappings.get(index.checked_sub(1)?)?;
        (position - mapping.position < mapping.length).then_some(mapping)
    }

    /// The statement of a position and the uses that led there, innermost first.
    pub fn stack(&self, position: u32) -> Vec<Span> {
        let mut stack = Vec::new();
        if let Some(mapping) = self.at(position) {
            stack.push(mapping.span);
            let mut user = mapping.user;
            while let Some(use_) = user.and_then(|index| self.uses.get(index as usize)) {
                stack.push(use_.span);
                user = use_.user;
            }
        }
        stack
    }
}

pub(crate) fn of(syntax: &Syntax, expanded: &Expanded, layout: &Layout) -> SourceMap {
    // The main file's section is not a use.
    let uses = expanded.sections.iter().skip(1).map(|section| {
        let (user, span) = section.user.unwrap_or((
            crate::expand::SectionId(0),
            Span {
                file: syntax.document(section.document).file,
                start: 0,
                end: 0,
            },
        ));
        Use {
            span,
            user: user.0.checked_sub(1),
        }
    });
    let mut mappings = Vec::with_capacity(expanded.items.len());
    for (index, item) in expanded.items.iter().enumerate() {
        let (Some(position), Some(end)) =
            (layout.positions.get(index), layout.positions.get(index + 1))
        else {
            break;
        };
        if end > position {
            mappings.push(Mapping {
                position: *position,
                length: end - position,
                span: expanded.span(syntax, item),
                user: item.section.0.checked_sub(1),
                data: matches!(item.kind, ItemKind::Bytes(_) | ItemKind::Table { .. }),
            });
        }
    }
    SourceMap {
        mappings,
        uses: uses.collect(),
    }
}
