//! Where the names of a source stand and what each of them is: what editors ask for.
//!
//! An index is made of tokens and not of statements, so that there is one for a source that is just being written.
//! `program` finds out which mentions are of the same thing.

mod program;

pub use program::{IndexedFile, Place, ProgramIndex};

use crate::format::spacing::Spacing;
use crate::lexer::{Lexer, Token, TokenKind};
use crate::target::Target;

/// What a definition defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SymbolKind {
    /// `name:`, a destination of jumps.
    Label,
    /// `.name:`, a position.
    Mark,
    /// `#bytes name: ..` and `#table name[2]: ..`.
    Data,
    /// `#define name = ..`.
    ExpressionMacro,
    /// `#define %name { .. }`.
    InstructionMacro,
    /// What stands between the parentheses of a macro's definition.
    Parameter,
}

/// What a mention is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MentionKind {
    /// A name where it is defined.
    Definition(SymbolKind),
    /// `@name`.
    Label,
    /// A name in an expression.
    Expression,
    /// `%name`.
    InstructionMacro,
    /// `%name` after an operand: a modulo sign and a name, or an instruction macro.
    ExpressionOrInstructionMacro,
    /// `$name`.
    Parameter,
    /// An instruction's name.
    Instruction,
    /// `.name` in an expression.
    BuiltIn,
    /// `#name`.
    Directive,
    /// A number.
    Number,
    /// The name of a file that is included.
    Include,
    /// The name of a file that is assembled by itself.
    Assemble,
    /// The signature in `selector("..")`.
    Selector,
}

/// A name, number or path that stands in a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mention {
    /// What it is.
    pub kind: MentionKind,
    /// The first byte of its text, without the sign before it.
    pub start: u32,
    /// The byte after its text.
    pub end: u32,
    /// The scope that it stands in: an index into [`Index::scopes`].
    pub scope: u32,
}

/// A stretch of a source with names of its own: a file, or a macro's definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameScope {
    /// The scope around it.
    pub parent: Option<u32>,
    /// Where its definition begins.
    pub start: u32,
    /// Where it ends.
    pub end: u32,
}

/// The mentions of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// In the order of the source.
    pub mentions: Vec<Mention>,
    /// The file's own scope comes first.
    pub scopes: Vec<NameScope>,
    /// The instruction set that the source names.
    pub target: Option<Target>,
}

impl Index {
    /// Looks through a source.
    pub fn of(text: &str) -> Self {
        let mut builder = Builder::new(text);
        for token in Lexer::new(text) {
            builder.token(token);
        }
        builder.index
    }

    /// The mention at a byte, or just before it.
    pub fn at(&self, offset: u32) -> Option<&Mention> {
        let after = self.mentions.partition_point(|one| one.start <= offset);
        let mention = self.mentions.get(after.checked_sub(1)?)?;
        (offset <= mention.end).then_some(mention)
    }

    /// The innermost scope of a byte.
    pub fn scope_at(&self, offset: u32) -> u32 {
        let scopes = self.scopes.iter().enumerate();
        let around = scopes.filter(|(_, scope)| scope.start <= offset && offset <= scope.end);
        around.map(|(index, _)| index as u32).max().unwrap_or(0)
    }
}

/// What a directive makes of the tokens behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Statement {
    Other,
    Define,
    /// `#define name(`, up to the closing parenthesis.
    Parameters,
    Data,
    Include,
    Assemble,
    Pragma,
    Test,
}

struct Builder<'a> {
    text: &'a str,
    index: Index,
    spacing: Spacing,
    statement: Statement,
    scope: u32,
    /// The scope of a macro whose definition has begun, and whether it is one of instructions.
    defined: Option<(u32, bool)>,
    /// The scopes around open braces.
    braces: Vec<u32>,
    /// The number of braces around the body of a test.
    test: Option<usize>,
    parentheses: usize,
    /// The last token but ends of lines and comments, and the one before it.
    last: Option<Token>,
    before_last: Option<Token>,
}

impl<'a> Builder<'a> {
    fn new(text: &'a str) -> Self {
        let whole = NameScope {
            parent: None,
            start: 0,
            end: text.len() as u32,
        };
        Self {
            text,
            index: Index {
                mentions: Vec::new(),
                scopes: vec![whole],
                target: None,
            },
            spacing: Spacing::default(),
            statement: Statement::Other,
            scope: 0,
            defined: None,
            braces: Vec::new(),
            test: None,
            parentheses: 0,
            last: None,
            before_last: None,
        }
    }

    fn token(&mut self, token: Token) {
        use TokenKind as T;
        match token.kind {
            T::LineEnd => return self.end_line(token.start),
            T::Comment => return,
            T::OpenParenthesis | T::OpenBracket => self.parentheses += 1,
            T::CloseParenthesis | T::CloseBracket => {
                self.parentheses = self.parentheses.saturating_sub(1);
                if self.statement == Statement::Parameters {
                    self.statement = Statement::Other;
                }
            }
            T::OpenBrace => self.open_brace(),
            T::CloseBrace => self.close_brace(token.end),
            _ => self.word(token),
        }
        self.spacing.next(token.kind, false);
        self.before_last = self.last.replace(token);
    }

    fn end_line(&mut self, end: u32) {
        let comma = self.last.is_some_and(|last| last.kind == TokenKind::Comma);
        if self.parentheses > 0 || comma {
            return;
        }
        if self.statement != Statement::Test {
            self.statement = Statement::Other;
        }
        self.spacing = match self.is_in_test() {
            true => Spacing::without_instructions(),
            false => Spacing::default(),
        };
        if let Some((scope, _)) = self.defined.take() {
            self.leave(scope, end);
        }
        self.last = None;
        self.before_last = None;
    }

    fn is_in_test(&self) -> bool {
        self.test.is_some_and(|test| self.braces.len() >= test)
    }

    fn open_brace(&mut self) {
        self.braces.push(self.scope);
        if let Some((scope, true)) = self.defined.take() {
            self.scope = scope;
        }
        self.statement = Statement::Other;
    }

    fn close_brace(&mut self, end: u32) {
        if let Some(around) = self.braces.pop() {
            if around != self.scope {
                self.leave(self.scope, end);
            }
            self.scope = around;
        }
        self.test = self.test.filter(|test| self.braces.len() >= *test);
    }

    /// Ends the scope of a macro.
    fn leave(&mut self, scope: u32, end: u32) {
        if let Some(scope) = self.index.scopes.get_mut(scope as usize) {
            scope.end = end;
            self.scope = scope.parent.unwrap_or(0);
        }
    }

    fn mention(&mut self, token: Token, kind: MentionKind) {
        self.mention_in(self.scope, token, kind);
    }

    fn mention_in(&mut self, scope: u32, token: Token, kind: MentionKind) {
        if token.start < token.end {
            self.index.mentions.push(Mention {
                kind,
                start: token.start,
                end: token.end,
                scope,
            });
        }
    }

    fn word(&mut self, token: Token) {
        use TokenKind as T;
        match token.kind {
            T::Directive => self.directive(token),
            T::Label | T::DottedLabel => self.label(token),
            T::LabelReference | T::DottedLabelReference => self.mention(token, MentionKind::Label),
            T::Parameter => self.mention(token, MentionKind::Parameter),
            T::Number => self.mention(token, MentionKind::Number),
            T::Text => self.string(token),
            T::Macro if self.statement == Statement::Define => self.define(token, true),
            T::Macro => {
                let after_operand = self.spacing.is_after_operand();
                let in_data = self.statement == Statement::Data;
                let kind = if self.spacing.is_modulo(token.kind) || in_data && after_operand {
                    MentionKind::Expression
                } else if after_operand {
                    MentionKind::ExpressionOrInstructionMacro
                } else {
                    MentionKind::InstructionMacro
                };
                self.mention(token, kind);
            }
            T::Name | T::DottedName if self.statement == Statement::Define => {
                self.define(token, false);
            }
            T::Name => self.name(token),
            T::DottedName => self.mention(token, MentionKind::BuiltIn),
            _ => {}
        }
    }

    fn directive(&mut self, token: Token) {
        self.mention(token, MentionKind::Directive);
        self.statement = match token.text(self.text) {
            "#define" => Statement::Define,
            "#bytes" | "#table" => Statement::Data,
            "#include" => Statement::Include,
            "#assemble" => Statement::Assemble,
            "#pragma" => Statement::Pragma,
            "#test" | "#setup" => {
                self.test = self.test.or(Some(self.braces.len() + 1));
                Statement::Test
            }
            _ => Statement::Other,
        };
    }

    fn label(&mut self, token: Token) {
        let kind = match (self.statement, token.kind) {
            (Statement::Data, TokenKind::Label) => SymbolKind::Data,
            _ if self.is_in_test() || !self.spacing.is_at_start() => return,
            (_, TokenKind::Label) => SymbolKind::Label,
            _ => SymbolKind::Mark,
        };
        self.mention(token, MentionKind::Definition(kind));
    }

    fn define(&mut self, token: Token, instructions: bool) {
        let kind = match instructions {
            true => SymbolKind::InstructionMacro,
            false => SymbolKind::ExpressionMacro,
        };
        self.mention(token, MentionKind::Definition(kind));
        let scope = self.index.scopes.len() as u32;
        let directive = self.last.map_or(token.start, |last| last.start);
        self.index.scopes.push(NameScope {
            parent: Some(self.scope),
            start: directive,
            end: self.text.len() as u32,
        });
        self.defined = Some((scope, instructions));
        if !instructions {
            self.scope = scope;
        }
        self.statement = Statement::Parameters;
    }

    fn name(&mut self, token: Token) {
        let in_parentheses = self.parentheses > 0;
        match self.statement {
            Statement::Parameters if in_parentheses => {
                let scope = self.defined.map_or(self.scope, |(scope, _)| scope);
                let kind = MentionKind::Definition(SymbolKind::Parameter);
                self.mention_in(scope, token, kind);
            }
            // The option of `#pragma`, and the types of a test's parameters.
            Statement::Pragma => {}
            Statement::Test if in_parentheses => {}
            Statement::Data if self.is_named_table() => {
                self.mention(token, MentionKind::Definition(SymbolKind::Data));
            }
            _ if self.is_in_test() => self.mention(token, MentionKind::Expression),
            // An operand beside another one begins a statement.
            _ if self.spacing.is_at_start()
                || !in_parentheses && self.spacing.is_after_operand() =>
            {
                self.mention(token, MentionKind::Instruction);
            }
            _ => self.mention(token, MentionKind::Expression),
        }
    }

    /// Whether what comes is the name of `#table name[2]: ..`.
    fn is_named_table(&self) -> bool {
        self.last
            .is_some_and(|last| last.text(self.text) == "#table")
    }

    fn string(&mut self, token: Token) {
        let is_argument = self
            .last
            .is_some_and(|last| last.kind == TokenKind::OpenParenthesis);
        let callee = self.before_last.filter(|_| is_argument);
        let callee = callee.map(|callee| callee.text(self.text));
        match (self.statement, callee) {
            (Statement::Include, _) => self.mention(token, MentionKind::Include),
            (Statement::Assemble, _) | (_, Some("assemble")) => {
                self.mention(token, MentionKind::Assemble);
            }
            (_, Some("selector")) => self.mention(token, MentionKind::Selector),
            (Statement::Pragma, _) => {
                let named = token.text(self.text).parse().ok();
                self.index.target = self.index.target.or(named);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
#[path = "index/index_test.rs"]
mod tests;
