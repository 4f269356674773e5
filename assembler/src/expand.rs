//! Documents to one list of items: macros and includes are put where they are used.
//!
//! Each use of a macro or a file is a section. Sections remember where they were used, so that arguments are computed
//! where they were written, and so that diagnostics and source maps can tell the way.

mod instruction;
mod items;

pub(crate) use items::{Expanded, Instance, Item, ItemKind, Section, SectionId};

use crate::definitions::Definitions;
use crate::diagnostic::{Diagnostic, closest};
use crate::session::Session;
use crate::source::Span;
use crate::syntax::{
    Arguments, DocumentId, InstructionMacroId, Kind, LabelId, Statement, Symbol, Syntax,
};
use crate::target::Target;
use instruction::Mnemonic;

/// Items that macros may add beyond what the sources themselves hold.
const MOST_EXPANDED: usize = 1_000_000;

/// Puts a loaded program into one list.
pub(crate) fn expand(
    session: &mut Session<'_>,
    syntax: &Syntax,
    definitions: &Definitions,
    main: DocumentId,
    target: Target,
) -> Expanded {
    let mut expander = Expander {
        session,
        syntax,
        definitions,
        target,
        instructions: vec![None; syntax.names.len()],
        expanded: Expanded::default(),
        active: vec![false; syntax.instruction_macros.len()],
        in_macros: 0,
        added: 0,
    };
    expander.run(main);
    expander.expanded
}

/// A document that is being gone through.
struct Frame {
    document: DocumentId,
    section: SectionId,
    next: usize,
    /// The macro to leave at the end.
    leaves: Option<InstructionMacroId>,
}

struct Expander<'s, 'o> {
    session: &'s mut Session<'o>,
    syntax: &'s Syntax,
    definitions: &'s Definitions,
    target: Target,
    instructions: Vec<Option<Mnemonic>>,
    expanded: Expanded,
    /// Macros that are being expanded.
    active: Vec<bool>,
    in_macros: usize,
    added: usize,
}

impl Expander<'_, '_> {
    fn run(&mut self, main: DocumentId) {
        let section = self.open(Section {
            document: main,
            around: None,
            user: None,
            arguments: None,
        });
        let mut frames = vec![Frame {
            document: main,
            section,
            next: 0,
            leaves: None,
        }];
        let syntax = self.syntax;
        while let Some(frame) = frames.last_mut() {
            let statements = &syntax.document(frame.document).statements;
            let Some(statement) = statements.get(frame.next) else {
                if let Some(left) = frames.pop().and_then(|frame| frame.leaves) {
                    self.active[left.0 as usize] = false;
                    self.in_macros -= 1;
                }
                continue;
            };
            frame.next += 1;
            let (document, section) = (frame.document, frame.section);
            match self.statement(document, section, statement) {
                Ok(inner) => frames.extend(inner),
                Err(diagnostic) => {
                    let diagnostic = self.with_uses(*diagnostic, section);
                    self.session.report(diagnostic);
                    if self.session.has_given_up() {
                        return;
                    }
                }
            }
            if self.added > MOST_EXPANDED {
                let span = syntax.span(document, statement);
                let message = format!("macros expand to more than {MOST_EXPANDED} instructions");
                self.session
                    .report(Diagnostic::error("too-large", span, message));
                // Everything else would be about what is missing now.
                self.session.give_up();
                return;
            }
        }
        // Labels at the end stand before something, too.
        self.add(section, (0, 0), ItemKind::End);
    }

    fn with_uses(&self, mut diagnostic: Diagnostic, section: SectionId) -> Diagnostic {
        diagnostic.expansions = self.expanded.uses(section);
        diagnostic
    }

    fn open(&mut self, section: Section) -> SectionId {
        let id = SectionId(self.expanded.sections.len() as u32);
        self.expanded.newest.insert(section.document, id);
        self.expanded.sections.push(section);
        id
    }

    fn add(&mut self, section: SectionId, (start, end): (u32, u32), kind: ItemKind) {
        self.added += usize::from(self.in_macros > 0);
        self.expanded.items.push(Item {
            kind,
            section,
            start,
            end,
        });
    }

    /// Adds what a statement stands for, or gives the document to go through next.
    fn statement(
        &mut self,
        document: DocumentId,
        section: SectionId,
        statement: &Statement,
    ) -> Result<Option<Frame>, Box<Diagnostic>> {
        let place = (statement.start, statement.end);
        let span = self.syntax.span(document, statement);
        match statement.kind {
            Kind::Instruction {
                name,
                argument,
                positions,
            } => {
                let positions = positions.as_slice();
                self.instruction(document, section, span, name, argument, positions)?;
            }
            Kind::Label(label) => {
                self.label(section, label, span)?;
                if !self.syntax.label(label).dotted {
                    self.add(section, place, plain(0x5b));
                }
            }
            Kind::PcLabel(position) => self.add(section, place, ItemKind::PcLabel(position)),
            Kind::Bytes { label, value } => {
                if let Some(label) = label {
                    self.label(section, label, span)?;
                }
                self.add(section, place, ItemKind::Bytes(value));
            }
            Kind::Table {
                label,
                width,
                entries,
            } => {
                if let Some(label) = label {
                    self.label(section, label, span)?;
                }
                self.add(section, place, ItemKind::Table { width, entries });
            }
            Kind::Assemble(value) => {
                let message = "#assemble has become #bytes assemble(\"..\")";
                let warning = Diagnostic::warning("old-spelling", span, message);
                let warning = self.with_uses(warning, section);
                self.session.report(warning);
                self.add(section, place, ItemKind::Bytes(value));
            }
            Kind::Assert(assertion) => self.add(section, place, ItemKind::Assert(assertion)),
            Kind::Use { name, arguments } => {
                return self
                    .macro_use(document, section, span, name, arguments)
                    .map(Some);
            }
            Kind::Include(_) => {
                let included = self.definitions.include(document, statement);
                return Ok(included.map(|included| self.include(included, section, span)));
            }
            Kind::Pragma { .. }
            | Kind::DefineExpression(_)
            | Kind::DefineInstructions(_)
            | Kind::Test => {}
        }
        Ok(None)
    }

    fn label(
        &mut self,
        section: SectionId,
        label: LabelId,
        span: Span,
    ) -> Result<(), Box<Diagnostic>> {
        let definition = self.syntax.label(label);
        let index = self.expanded.instances.len() as u32;
        if self.syntax.names.is_global(definition.name) {
            if let Some(first) = self.expanded.global.get(&definition.name) {
                let first = self.expanded.instances[*first as usize];
                let first = self.syntax.label(first.definition);
                let name = self.syntax.reference(first);
                let message = format!("{name} is already defined");
                let help = "labels that begin in upper case may come once in a program: a macro or a file with one can be used once";
                let diagnostic = Diagnostic::error("redefinition", span, message).help(help);
                return Err(Box::new(if first.span == span {
                    diagnostic
                } else {
                    diagnostic.label(first.span, "first defined here")
                }));
            }
            self.expanded.global.insert(definition.name, index);
        } else {
            self.expanded
                .local
                .insert((section, definition.name), index);
        }
        self.expanded.instances.push(Instance {
            definition: label,
            item: self.expanded.items.len() as u32,
        });
        Ok(())
    }

    fn macro_use(
        &mut self,
        document: DocumentId,
        section: SectionId,
        span: Span,
        name: Symbol,
        arguments: Arguments,
    ) -> Result<Frame, Box<Diagnostic>> {
        let text = self.syntax.names.get(name);
        let Some(id) = self
            .definitions
            .instruction_macro(self.syntax, document, name)
        else {
            let message = format!("the macro %{text} is not defined");
            let diagnostic = Diagnostic::error("undefined", span, message);
            let names = self.definitions.instruction_names();
            let names = names.map(|symbol| self.syntax.names.get(symbol));
            return Err(Box::new(match closest(text, names) {
                Some(close) => diagnostic.help(format!("did you mean %{close}?")),
                None => diagnostic,
            }));
        };
        let definition = self.syntax.instruction_macro(id);
        if self.active[id.0 as usize] {
            let message = format!("the macro %{text} uses itself");
            return Err(Box::new(
                Diagnostic::error("recursion", span, message)
                    .label(definition.span, "defined here"),
            ));
        }
        if arguments.len() != definition.parameters.len() {
            let needed = definition.parameters.len();
            let message = format!("%{text} takes {needed} arguments, not {}", arguments.len());
            return Err(Box::new(
                Diagnostic::error("arguments", span, message)
                    .label(definition.span, "defined here"),
            ));
        }
        self.active[id.0 as usize] = true;
        self.in_macros += 1;
        // A use counts even if it adds nothing, so that no number of empty uses goes on for long.
        self.added += 1;
        let inner = self.open(Section {
            document: definition.body,
            around: self.expanded.newest.get(&definition.document).copied(),
            user: Some((section, span)),
            arguments: Some((id, arguments, section)),
        });
        Ok(Frame {
            document: definition.body,
            section: inner,
            next: 0,
            leaves: Some(id),
        })
    }

    fn include(&mut self, document: DocumentId, section: SectionId, span: Span) -> Frame {
        let arguments = self.expanded.section(section).arguments;
        let inner = self.open(Section {
            document,
            around: None,
            user: Some((section, span)),
            arguments,
        });
        Frame {
            document,
            section: inner,
            next: 0,
            leaves: None,
        }
    }
}

fn plain(byte: u8) -> ItemKind {
    ItemKind::Instruction {
        byte,
        immediate: None,
    }
}
