//! Instructions: names and operands, and what is wrong with them.

use super::Expander;
use super::items::{ItemKind, SectionId};
use crate::diagnostic::{Diagnostic, closest};
use crate::source::Span;
use crate::syntax::{DocumentId, Expression, Node, Symbol};
use crate::target::{Elsewhere, Instruction, Target, encode_immediate};

/// What a name is among the instructions of the target.
#[derive(Clone, Copy)]
pub(super) enum Mnemonic {
    /// `push`, which chooses its size.
    Push,
    Sized(u8),
    Other(Instruction),
    Unknown,
}

impl Expander<'_, '_> {
    pub(super) fn instruction(
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
