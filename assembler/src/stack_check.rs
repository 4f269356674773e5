//! Stack comments: what they say is checked against the stack as it is, symbolically, along all ways.
//!
//! Macro bodies and included files are gone through once, and what they do to the stack stands for each of their uses.

mod blocks;
mod comment;
mod flow;
mod stack;

use crate::tables::{HashMap, HashSet};

use crate::definitions::{Definitions, Loaded};
use crate::diagnostic::Diagnostic;
use crate::expand::Expanded;
use crate::listing::StackState;
use crate::session::Session;
use crate::source::Span;
use crate::source_map::Mapping;
use crate::syntax::{DocumentId, Kind, Node, Origin, Statement, Stretch, Symbol, Syntax};
use crate::target::Target;
use crate::value::Value;
use blocks::{Block, instruction, split};
use comment::{Comment, ItemNames};
use flow::{Entry, analyse};
use stack::{Effect, Known, Stack, effect_between, effect_of};

/// Values of stacks that are written down in all: where blocks meet, at jumps out of macros, and for listings.
const MOST_KNOWN: usize = 1 << 22;

/// A jump out of a macro or file to a label that it does not define.
#[derive(Clone, Debug)]
struct Edge {
    target: Symbol,
    /// The stack at the jump, above what the macro does not touch.
    known: Vec<Known>,
    open: bool,
    source: Span,
}

/// What a macro or a file does.
#[derive(Clone, Debug)]
struct Summary {
    effect: Effect,
    edges: Vec<Edge>,
    /// Whether execution never goes on behind it.
    ends: bool,
}

impl Summary {
    fn of(inputs: &[Known], outputs: &[Known], edges: Vec<Edge>, ends: bool) -> Self {
        Self {
            effect: effect_between(inputs, outputs),
            edges,
            ends,
        }
    }
}

/// Checks the stack comments of a program. If asked to, it keeps what it learns of the stack.
pub(crate) fn check(session: &mut Session<'_>, loaded: &Loaded, keep: bool) -> Moments {
    let mut checker = Checker {
        session,
        syntax: &loaded.syntax,
        definitions: &loaded.definitions,
        target: loaded.target,
        names: ItemNames::default(),
        summaries: HashMap::default(),
        moments: keep.then(HashMap::default),
        macros: HashMap::default(),
        left: MOST_KNOWN,
        gave_up: false,
    };
    for (index, definition) in loaded.syntax.instruction_macros.iter().enumerate() {
        checker.macros.insert(definition.body, index);
    }
    for document in checker.innermost_first(loaded.main) {
        if !checker.gave_up {
            checker.document(document);
        }
    }
    Moments {
        list: checker.moments.unwrap_or_default(),
        names: checker.names,
    }
}

/// The stack around a statement.
#[derive(Debug)]
struct Moment {
    before: Vec<Known>,
    after: Vec<Known>,
    /// How many of the document's inputs are known of before and after: all of them, or those that have been taken so far.
    reach: [Option<usize>; 2],
    /// How many values the statement takes.
    inputs: usize,
    open: bool,
}

/// What is known of the stack around each statement, within its document: what lies below the inputs of a macro or a file
/// is known where it is used.
#[derive(Debug, Default)]
pub(crate) struct Moments {
    list: HashMap<(DocumentId, u32), Moment>,
    names: ItemNames,
}

impl Moments {
    /// The stack behind the statement of a mapping, with all that lies below.
    pub(crate) fn stack(&self, expanded: &Expanded, mapping: &Mapping) -> Option<StackState> {
        let section = mapping.user.map_or(0, |user| user + 1);
        let mut section = expanded.sections.get(section as usize)?;
        let moment = self.list.get(&(section.document, mapping.span.start))?;
        let (mut known, mut open) = (moment.after.clone(), moment.open);
        let mut reach = moment.reach[1];
        while let Some((user, span)) = section.user {
            section = expanded.section(user);
            let moment = self.list.get(&(section.document, span.start))?;
            let taken = reach.unwrap_or(moment.inputs);
            known.extend(moment.before.get(taken..).unwrap_or(&[]));
            let beyond = taken.saturating_sub(moment.before.len());
            reach = moment.reach[0].map(|reach| reach + beyond);
            open |= moment.open;
        }
        let names = known.iter().map(|known| {
            let name = known.filter(|name| !name.is_of_input());
            name.map(|name| self.names.get(name).to_owned())
        });
        Some(StackState {
            names: names.collect(),
            open,
        })
    }
}

struct Checker<'s, 'o> {
    session: &'s mut Session<'o>,
    syntax: &'s Syntax,
    definitions: &'s Definitions,
    target: Target,
    names: ItemNames,
    summaries: HashMap<DocumentId, Summary>,
    /// What is known of the stack around each statement, if that is to be kept.
    moments: Option<HashMap<(DocumentId, u32), Moment>>,
    /// The macro of each body.
    macros: HashMap<DocumentId, usize>,
    /// Values that may still be written down.
    left: usize,
    /// Whether more would have had to be.
    gave_up: bool,
}

impl Checker<'_, '_> {
    /// All documents of the program, those that are used before those that use them.
    fn innermost_first(&self, main: DocumentId) -> Vec<DocumentId> {
        let mut order = Vec::new();
        let mut seen = HashSet::default();
        let mut open = vec![(main, 0)];
        seen.insert(main);
        while let Some((document, next)) = open.last_mut() {
            let statements = &self.syntax.document(*document).statements;
            let Some(statement) = statements.get(*next) else {
                order.push(*document);
                open.pop();
                continue;
            };
            *next += 1;
            let inner = match statement.kind {
                Kind::DefineInstructions(id) => Some(self.syntax.instruction_macro(id).body),
                _ => self.used(*document, statement),
            };
            if let Some(inner) = inner.filter(|inner| seen.insert(*inner)) {
                open.push((inner, 0));
            }
        }
        order
    }

    /// The document that a statement puts in its place.
    fn used(&self, document: DocumentId, statement: &Statement) -> Option<DocumentId> {
        match statement.kind {
            Kind::Use { name, .. } => {
                let id = self
                    .definitions
                    .instruction_macro(self.syntax, document, name)?;
                Some(self.syntax.instruction_macro(id).body)
            }
            Kind::Include(_) => self.definitions.include(document, statement),
            _ => None,
        }
    }

    fn document(&mut self, id: DocumentId) {
        let document = self.syntax.document(id);
        let blocks = split(self.syntax, self.target, document, |statement| {
            let used = self.used(id, statement);
            used.and_then(|used| self.summaries.get(&used))
                .is_some_and(|summary| summary.ends)
        });
        let given = match document.origin {
            Origin::Main => Some(Comment::default()),
            Origin::Include(_) => None,
            Origin::Macro => self.macro_comment(id),
        };
        let summary = match given {
            Some(comment) => {
                let known: Vec<Known> = comment.items.iter().map(|item| Some(item.name)).collect();
                analyse(self, id, &blocks, Entry::Known(&known, comment.open))
            }
            None => analyse(self, id, &blocks, Entry::Inferred),
        };
        self.summaries.insert(id, summary);
    }

    /// What the comment behind a macro's opening brace says.
    fn macro_comment(&mut self, body: DocumentId) -> Option<Comment> {
        let definition = self
            .syntax
            .instruction_macros
            .get(*self.macros.get(&body)?)?;
        let comment = self.comment(body, definition.comment)?;
        match comment {
            Ok(comment) => Some(comment),
            Err(reason) => {
                self.warn(Diagnostic::warning(
                    "stack-comment",
                    definition.span,
                    reason,
                ));
                None
            }
        }
    }

    /// Allows so many values of stacks to be written down. Programs that make more of them are not meant to be run, and
    /// their comments are not checked.
    fn remember(&mut self, document: DocumentId, values: usize) -> bool {
        if let Some(left) = self.left.checked_sub(values) {
            self.left = left;
            return true;
        }
        if !self.gave_up && !self.syntax.document(document).statements.is_empty() {
            let place = self.statement_span(document, 0);
            let message = "the stack is too deep in too many places: comments are not checked";
            self.warn(Diagnostic::warning("stack-overflow", place, message));
        }
        self.gave_up = true;
        false
    }

    fn warn(&mut self, diagnostic: Diagnostic) {
        self.session.report(diagnostic);
    }

    fn name(&self, symbol: Symbol) -> &str {
        self.syntax.names.get(symbol)
    }

    fn statement_span(&self, document: DocumentId, index: usize) -> Span {
        let statement = &self.syntax.document(document).statements[index];
        self.syntax.span(document, statement)
    }

    /// A comment of a document, if it is about the stack.
    fn comment(
        &mut self,
        document: DocumentId,
        stretch: Option<Stretch>,
    ) -> Option<Result<Comment, String>> {
        let stretch = stretch?;
        let text = self.session.sources.slice(Span {
            file: self.syntax.document(document).file,
            start: stretch.start,
            end: stretch.end,
        });
        comment::is_stack_comment(text).then(|| comment::parse(text, &mut self.names))
    }

    fn label_comment(
        &mut self,
        document: DocumentId,
        block: &Block,
    ) -> Option<Result<Comment, String>> {
        self.comment(document, block.label_comment)
    }

    /// Applies the statements of a block to a stack, and gives the jumps out of macros and files that it uses.
    fn walk(
        &mut self,
        document: DocumentId,
        block: &Block,
        stack: &mut Stack,
        report: bool,
    ) -> Vec<Edge> {
        let mut edges = Vec::new();
        for index in block.start..block.end {
            let statement = self.syntax.document(document).statements[index];
            let effect = match self.used(document, &statement) {
                Some(used) => {
                    let Some(summary) = self.summaries.get(&used) else {
                        continue;
                    };
                    let effect = summary.effect.clone();
                    // Each jump out of it brings the whole stack along.
                    let values = summary
                        .edges
                        .iter()
                        .map(|edge| edge.known.len() + stack.depth());
                    if !report && !summary.edges.is_empty() {
                        if !self.remember(document, values.sum()) {
                            return edges;
                        }
                        let summary = self.summaries.get(&used);
                        edges.extend(summary.into_iter().flat_map(|one| edges_out_of(one, stack)));
                    }
                    effect
                }
                None => match self.effect(&statement) {
                    Some(effect) => effect,
                    None => continue,
                },
            };
            let span = self.syntax.span(document, &statement);
            let comment = match self.comment(document, statement.comment) {
                Some(Ok(comment)) => Some(comment),
                None => None,
                Some(Err(reason)) => {
                    if report {
                        self.warn(Diagnostic::warning("stack-comment", span, reason));
                    }
                    continue;
                }
            };
            let reach = |stack: &Stack| (block.start == 0).then(|| stack.reach());
            let keeps =
                report && self.moments.is_some() && self.remember(document, 2 * stack.depth());
            let before = keeps.then(|| (stack.known(), reach(stack)));
            let result = stack.apply(&effect, comment.as_ref(), &self.names);
            if !report {
                continue;
            }
            if let (Some((before, reach_before)), Some(moments)) = (before, &mut self.moments) {
                let moment = Moment {
                    before,
                    after: stack.known(),
                    reach: [reach_before, reach(stack)],
                    inputs: effect.inputs,
                    open: stack.open,
                };
                moments.insert((document, statement.start), moment);
            }
            if let Err(problem) = result {
                self.warn(Diagnostic::warning(problem.code, span, problem.message));
            }
            if let Some(comment) = comment {
                self.check_pushed(&statement, &comment, span);
            }
        }
        edges
    }

    /// What an instruction does to the stack; a jump to a label pushes that label itself.
    fn effect(&self, statement: &Statement) -> Option<Effect> {
        let Kind::Instruction {
            name,
            argument,
            positions,
        } = statement.kind
        else {
            return None;
        };
        if self.name(name).eq_ignore_ascii_case("push") {
            return Some(effect_of(0x60, 0, 1, &[]));
        }
        let (instruction, _) = instruction(self.syntax, self.target, statement)?;
        let (mut inputs, outputs) = instruction.stack;
        if matches!(instruction.byte, 0x56 | 0x57) && argument.is_some() {
            inputs -= 1;
        }
        let positions = positions.as_slice();
        Some(effect_of(
            instruction.byte,
            inputs.into(),
            outputs.into(),
            positions,
        ))
    }

    /// A number that a comment gives for a pushed number must be that number.
    fn check_pushed(&mut self, statement: &Statement, comment: &Comment, span: Span) {
        let Kind::Instruction { name, argument, .. } = statement.kind else {
            return;
        };
        let name = self.name(name).to_ascii_lowercase();
        let pushed = match argument.map(|argument| self.syntax.nodes_of(argument)) {
            Some([Node::Literal(index)]) if name.starts_with("push") => {
                self.syntax.literals[*index as usize].clone()
            }
            None if name == "push0" => Value::from(0),
            _ => return,
        };
        let Some(first) = comment.items.first() else {
            return;
        };
        let text = self.names.get(first.name);
        if let Ok(named) = Value::parse(text)
            && named.to_integer() != pushed.to_integer()
        {
            let message = format!("the comment says {text}, and {pushed} is pushed");
            self.warn(Diagnostic::warning("stack-comment", span, message));
        }
    }
}

/// Jumps out of a macro or file that is used on a stack, with what lies below its inputs.
fn edges_out_of<'a>(summary: &'a Summary, stack: &Stack) -> impl Iterator<Item = Edge> + use<'a> {
    let known = stack.known();
    let rest = known.get(summary.effect.inputs..).unwrap_or(&[]).to_vec();
    let open = stack.open;
    summary.edges.iter().map(move |edge| Edge {
        known: edge.known.iter().chain(&rest).copied().collect(),
        open: edge.open || open,
        ..edge.clone()
    })
}
