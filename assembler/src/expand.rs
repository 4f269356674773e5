//! Documents to one list of items: macros and includes are put where they are used.
//!
//! Each use of a macro or a file is a section. Sections remember where they were used, so that arguments are computed
//! where they were written, and so that diagnostics and source maps can tell the way.

use crate::tables::HashMap;

use crate::definitions::Definitions;
use crate::diagnostic::{Diagnostic, closest};
use crate::session::Session;
use crate::source::Span;
use crate::syntax::{
    Arguments, AssertionId, DocumentId, Expression, InstructionMacroId, Kind, LabelId, Node,
    Statement, Symbol, Syntax,
};
use crate::target::{Elsewhere, Instruction, Target, encode_immediate};

/// Items that macros may add beyond what the sources themselves hold.
const MOST_EXPANDED: usize = 1_000_000;

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

/// What a name is among the instructions of the target.
#[derive(Clone, Copy)]
enum Mnemonic {
    /// `push`, which chooses its size.
    Push,
    Sized(u8),
    Other(Instruction),
    Unknown,
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

    fn instruction(
        &mut self,
        document: DocumentId,
        section: SectionId,
        span: Span,
        name: Symbol,
        argument: Option<Expression>,
        positions: &[u8],
    ) -> Result<(), Box<Diagnostic>> {
        let place = (span.start, span.end);
        let fail = |code, message: &str| Err(Box::new(Diagnostic::error(code, span, message)));
        let mnemonic = self.mnemonic(name);
        let given = match mnemonic {
            Mnemonic::Push => None,
            Mnemonic::Sized(size) => Some(size),
            Mnemonic::Other(instruction) => {
                if matches!(instruction.byte, 0x56 | 0x57) {
                    if let Some(target) = argument {
                        self.check_jump(document, span, target)?;
                        let push = ItemKind::Push {
                            given: None,
                            value: target,
                        };
                        self.add(section, place, push);
                    }
                } else if argument.is_some() {
                    let help = if instruction.byte == 0x5f {
                        "write `push` to have the size chosen"
                    } else {
                        "operands are taken from the stack: push them before"
                    };
                    let message = format!("{} takes no argument", instruction.name);
                    return Err(Diagnostic::error("argument", span, message)
                        .help(help)
                        .into());
                }
                let immediate = immediate(&instruction, positions, span)?;
                let byte = instruction.byte;
                self.add(section, place, ItemKind::Instruction { byte, immediate });
                return Ok(());
            }
            Mnemonic::Unknown => return Err(self.unknown_instruction(span, name).into()),
        };
        let Some(value) = argument else {
            return fail("argument", "a push needs a value");
        };
        if !positions.is_empty() {
            return fail("immediate", "a push takes its value without brackets");
        }
        self.add(section, place, ItemKind::Push { given, value });
        Ok(())
    }

    fn mnemonic(&mut self, name: Symbol) -> Mnemonic {
        if let Some(known) = self.instructions[name.0 as usize] {
            return known;
        }
        let text = self.syntax.names.get(name);
        let mnemonic = if text.eq_ignore_ascii_case("push") {
            Mnemonic::Push
        } else {
            match self.target.instruction(text) {
                Some(
                    push @ Instruction {
                        byte: 0x60..=0x7f, ..
                    },
                ) => Mnemonic::Sized(push.byte - 0x5f),
                Some(other) => Mnemonic::Other(other),
                None => Mnemonic::Unknown,
            }
        };
        self.instructions[name.0 as usize] = Some(mnemonic);
        mnemonic
    }

    fn unknown_instruction(&self, span: Span, name: Symbol) -> Diagnostic {
        let name = self.syntax.names.get(name);
        let upper = name.to_uppercase();
        let message = format!("unknown instruction {upper} (target {})", self.target);
        let diagnostic = Diagnostic::error("unknown-instruction", span, message);
        match self.target.elsewhere(name) {
            Some(Elsewhere::AddedIn(target)) => diagnostic.help(format!(
                "{upper} was added in {target}: write #pragma target \"{target}\""
            )),
            Some(Elsewhere::RemovedIn(fork)) => {
                let fork = Target::from(fork);
                let now = self.target.instruction_of(0x44).map_or("", |now| now.name);
                diagnostic.help(format!("{upper} ended with {fork}, where it became {now}"))
            }
            None => {
                let close = closest(name, self.target.names().chain(["PUSH"]));
                let macros = self.definitions.instruction_names();
                let names = macros.map(|symbol| self.syntax.names.get(symbol));
                let mut same = names.filter(|other| *other == name);
                match (same.next(), close) {
                    (Some(_), _) => diagnostic.help(format!("did you mean the macro %{name}?")),
                    (None, Some(close)) => {
                        diagnostic.help(format!("did you mean {}?", close.to_lowercase()))
                    }
                    (None, None) => diagnostic,
                }
            }
        }
    }

    /// The operand of a jump is a label where execution may go on.
    fn check_jump(
        &self,
        document: DocumentId,
        span: Span,
        target: Expression,
    ) -> Result<(), Box<Diagnostic>> {
        let [Node::Label { name, dotted }] = self.syntax.nodes_of(target) else {
            let message = "the argument of a jump must be a label";
            let help = "push the destination before a jump without argument";
            return Err(Diagnostic::error("jump", span, message).help(help).into());
        };
        let text = self.syntax.names.get(*name);
        let to_dotted = || {
            let message = format!("a jump to .{text}, which emits no JUMPDEST");
            Diagnostic::error("jump", span, message).help(format!("write {text}: without the dot"))
        };
        if *dotted {
            return Err(to_dotted().into());
        }
        let instance = self.expanded.global.get(name);
        let definition = match instance {
            Some(instance) => Some(self.expanded.instances[*instance as usize].definition),
            None => self.definitions.label(self.syntax, document, *name),
        };
        match definition {
            Some(label) if self.syntax.label(label).dotted => Err(to_dotted().into()),
            Some(_) => Ok(()),
            None => {
                let diagnostic = Diagnostic::error(
                    "jump",
                    span,
                    format!("a jump to @{text}, which is not defined"),
                );
                let names = self.definitions.label_names();
                let names = names.map(|symbol| self.syntax.names.get(symbol));
                Err(Box::new(match closest(text, names) {
                    Some(close) => diagnostic.help(format!("did you mean @{close}?")),
                    None => diagnostic,
                }))
            }
        }
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

/// The immediate that the numbers in brackets stand for.
fn immediate(
    instruction: &Instruction,
    positions: &[u8],
    span: Span,
) -> Result<Option<u8>, Box<Diagnostic>> {
    let error = |message| Diagnostic::error("immediate", span, message);
    match (instruction.immediate, positions) {
        (0, []) => Ok(None),
        (0, _) => Err(Box::new(error(format!(
            "{} takes no number in brackets",
            instruction.name
        )))),
        (_, []) => {
            let name = instruction.name.to_lowercase();
            let example = if instruction.byte == 0xe8 {
                "1, 2"
            } else {
                "17"
            };
            let message = format!("{} needs a number in brackets", instruction.name);
            Err(Box::new(
                error(message).help(format!("write {name}[{example}]")),
            ))
        }
        (_, positions) => encode_immediate(instruction.name, positions)
            .map(Some)
            .map_err(|message| Box::new(error(message))),
    }
}
