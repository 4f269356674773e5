//! What stands between two tokens of a line: a space or nothing.

use crate::lexer::{Operator, TokenKind};

/// What a token is to its neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The name that begins a statement: what follows in parentheses is an operand, not a list of arguments.
    Instruction,
    /// A name that a list of arguments may follow.
    Callable,
    /// Any other operand.
    Operand,
    Directive,
    Label,
    Open,
    Close,
    Brace,
    Comma,
    /// The colon of a table: the lexer knows those of labels only.
    Colon,
    /// A sign between two operands.
    Between,
    /// The sign of one operand.
    Sign,
}

impl Role {
    fn is_word(self) -> bool {
        use Role::{Callable, Directive, Instruction, Operand};
        matches!(self, Instruction | Callable | Operand | Directive)
    }

    /// Whether an operand ends with the token, so that an operator may follow.
    fn ends_operand(self) -> bool {
        matches!(self, Self::Callable | Self::Operand | Self::Close)
    }
}

/// Follows a statement from token to token.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spacing {
    /// The token before, if the statement has one.
    previous: Option<Role>,
    /// Whether an instruction has begun, or a directive: until then there are only labels.
    begun: bool,
    /// Parentheses and brackets that are open.
    depth: usize,
    /// Whether this is surely an expression, and not where another statement may follow.
    expression: bool,
}

impl Spacing {
    /// Where nothing is an instruction.
    pub(crate) fn without_instructions() -> Self {
        Self {
            begun: true,
            ..Self::default()
        }
    }

    /// Whether nothing but labels have been seen.
    pub(crate) fn is_at_start(self) -> bool {
        !self.begun
    }

    /// Whether `%name` is surely a modulo sign and a name here, which the lexer cannot know.
    pub(crate) fn is_modulo(self, kind: TokenKind) -> bool {
        kind == TokenKind::Macro && self.is_after_operand() && (self.expression || self.depth > 0)
    }

    /// Whether an operand ends with the token before.
    pub(crate) fn is_after_operand(self) -> bool {
        self.previous.is_some_and(Role::ends_operand)
    }

    /// Goes on to the next token; whether a space is to be before it.
    pub(crate) fn next(&mut self, kind: TokenKind, adjacent: bool) -> bool {
        let role = self.role(kind);
        let space = match self.previous {
            // `#block.number` is one word if it was written so.
            Some(previous) if previous.is_word() && kind == TokenKind::DottedName => !adjacent,
            Some(previous) => is_spaced(previous, role, kind),
            None => false,
        };
        match role {
            Role::Open => self.depth += 1,
            Role::Close => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        if self.depth == 0 {
            self.expression = self.is_expression_with(kind, role);
        }
        self.begun = match role {
            Role::Label => self.begun,
            // Within braces, statements begin anew.
            Role::Brace => false,
            _ => true,
        };
        self.previous = Some(role);
        space
    }

    fn is_expression_with(self, kind: TokenKind, role: Role) -> bool {
        match role {
            Role::Instruction | Role::Between => true,
            Role::Directive | Role::Brace | Role::Comma | Role::Colon => false,
            // An operand beside another one begins something new.
            Role::Callable | Role::Operand => {
                self.is_modulo(kind)
                    || self.expression && kind != TokenKind::Macro && !self.is_after_operand()
            }
            // `dupn[17]` is complete.
            Role::Close if kind == TokenKind::CloseBracket => false,
            _ => self.expression,
        }
    }

    fn role(self, kind: TokenKind) -> Role {
        use TokenKind as T;
        match kind {
            T::Name if !self.begun => Role::Instruction,
            T::Name | T::DottedName | T::Macro => Role::Callable,
            T::Directive => Role::Directive,
            T::Label | T::DottedLabel | T::PcLabel => Role::Label,
            T::OpenParenthesis | T::OpenBracket => Role::Open,
            T::CloseParenthesis | T::CloseBracket => Role::Close,
            T::OpenBrace | T::CloseBrace => Role::Brace,
            T::Comma => Role::Comma,
            T::Invalid => Role::Colon,
            T::Operator(Operator::Add | Operator::Subtract) if !self.is_after_operand() => {
                Role::Sign
            }
            T::Operator(_) | T::Comparison | T::Equals => Role::Between,
            _ => Role::Operand,
        }
    }
}

fn is_spaced(previous: Role, role: Role, kind: TokenKind) -> bool {
    match (previous, role) {
        (Role::Open, _) | (_, Role::Comma | Role::Close | Role::Colon) => false,
        (Role::Sign, Role::Between) => true,
        (Role::Sign, _) => false,
        (Role::Callable | Role::Close, Role::Open) => false,
        (Role::Instruction | Role::Directive, Role::Open) => kind == TokenKind::OpenParenthesis,
        _ => true,
    }
}
