//! Tokens to lines, each with its indentation.

use std::collections::BTreeSet;
use std::ops::Range;

use super::spacing::Spacing;
use crate::lexer::{Token, TokenKind};
use crate::target::Target;

/// How far instructions stand from the margin, and bodies and operands from what they belong to.
const STEP: usize = 4;
/// The farthest that anything is indented, so that deep nesting does not make long lines of short ones.
const FARTHEST: usize = 64;

/// A line of the formatted source.
#[derive(Clone, Debug)]
pub(super) struct Line<'a> {
    /// What it is, which decides where its comment goes.
    pub(super) kind: LineKind,
    /// How far it is indented.
    pub(super) indentation: usize,
    /// Its code without the indentation, in [`Lines::code`].
    pub(super) code: Range<usize>,
    /// Its comment.
    pub(super) comment: Option<&'a str>,
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineKind {
    /// Nothing.
    Blank,
    /// Only a comment.
    Comment,
    /// Only a comment that states the stack: it goes where such comments go.
    StackComment,
    /// An instruction, a label, the beginning or the end of a body.
    Code,
    /// A directive without a body.
    Directive,
}

/// The lines of a source.
#[derive(Debug, Default)]
pub(super) struct Lines<'a> {
    pub(super) list: Vec<Line<'a>>,
    /// The code of all lines, one after the other.
    pub(super) code: String,
}

impl<'a> Lines<'a> {
    /// Puts tokens into lines; their brackets are balanced.
    pub(super) fn of(source: &'a str, tokens: &[Token]) -> Self {
        let mut builder = Builder::new(source);
        for token in tokens {
            builder.token(*token);
        }
        builder.end_line();
        let mut lines = builder.lines;
        if lines
            .list
            .last()
            .is_some_and(|line| line.kind == LineKind::Blank)
        {
            lines.list.pop();
        }
        lines.indent_remarks();
        lines
    }

    /// Indents comments as what they are about, where that is in the line below: a comment of one semicolon as whatever
    /// is there, one of two as a directive.
    fn indent_remarks(&mut self) {
        let mut below: Option<Below> = None;
        for line in self.list.iter_mut().rev() {
            let code = self.code.get(line.code.clone()).unwrap_or("");
            match line.kind {
                LineKind::Blank => below = None,
                LineKind::StackComment => {}
                LineKind::Comment => {
                    let comment = line.comment.unwrap_or("");
                    let about = below.filter(|below| match comment.starts_with(";;") {
                        true => below.is_directive && !comment.starts_with(";;;"),
                        false => true,
                    });
                    line.indentation = about.map_or(line.indentation, |below| below.indentation);
                }
                // What stands before the end of a body belongs to the body.
                _ if code.starts_with('}') => below = None,
                LineKind::Code | LineKind::Directive => {
                    below = Some(Below {
                        indentation: line.indentation,
                        is_directive: code.starts_with('#'),
                    });
                }
            }
        }
    }
}

/// The line that a comment is above.
#[derive(Clone, Copy)]
struct Below {
    indentation: usize,
    is_directive: bool,
}

/// Whether a comment states the stack.
fn states_stack(comment: &str) -> bool {
    comment
        .strip_prefix(';')
        .is_some_and(|text| text.trim_start().starts_with('['))
}

struct Builder<'a> {
    source: &'a str,
    lines: Lines<'a>,
    /// The names of instructions in whatever fork, in upper case.
    instructions: BTreeSet<&'static str>,
    spacing: Spacing,
    /// Braces that are open.
    braces: usize,
    /// Parentheses and brackets that are open.
    parentheses: usize,
    /// The braces around the body of a test, once it has begun.
    test: Option<usize>,
    /// Whether the last token but comments and the ends of lines was a comma: then the statement goes on.
    comma: bool,
    /// How far the statement is indented that goes on over lines.
    statement: usize,
    /// The line that is being filled.
    line: Line<'a>,
    /// The last token of the line, and whether all of them were labels.
    last: Option<TokenKind>,
    only_labels: bool,
    /// How far a comment below the line above is indented, if that is not blank.
    above: Option<usize>,
    /// Where the last token ended.
    end: u32,
}

impl<'a> Builder<'a> {
    fn new(source: &'a str) -> Self {
        let names = Target::all().flat_map(Target::names);
        Self {
            source,
            lines: Lines::default(),
            instructions: names.chain(["PUSH"]).collect(),
            spacing: Spacing::default(),
            braces: 0,
            parentheses: 0,
            test: None,
            comma: false,
            statement: 0,
            line: Line {
                kind: LineKind::Blank,
                indentation: 0,
                code: 0..0,
                comment: None,
            },
            last: None,
            only_labels: true,
            above: None,
            end: 0,
        }
    }

    fn token(&mut self, token: Token) {
        match token.kind {
            TokenKind::LineEnd => self.end_line(),
            TokenKind::Comment => self.comment(token),
            _ => self.code(token),
        }
        (_, self.end) = token.whole();
    }

    fn comment(&mut self, token: Token) {
        let text = token.text(self.source).trim_end();
        self.line.comment = Some(text);
        if self.line.kind != LineKind::Blank {
            return;
        }
        self.line.indentation = if self.goes_on() {
            self.statement + STEP * self.parentheses.max(1)
        } else if text.starts_with(";;;") {
            0
        } else if text.starts_with(";;") {
            STEP * self.braces.max(1)
        } else {
            self.above.unwrap_or(STEP * self.braces)
        };
        self.line.kind = if states_stack(text) {
            LineKind::StackComment
        } else {
            LineKind::Comment
        };
    }

    fn code(&mut self, token: Token) {
        use TokenKind as T;
        // A position that is asserted stays with its instruction.
        let after_label = matches!(self.last, Some(T::Label | T::DottedLabel));
        if after_label && self.only_labels && !self.goes_on() {
            self.end_line();
        }
        if self.line.kind == LineKind::Blank {
            self.comma &= token.kind != T::Directive;
            if !self.goes_on() {
                self.spacing = self.new_statement();
            }
        }
        match token.kind {
            T::CloseBrace => {
                self.braces = self.braces.saturating_sub(1);
                self.test = self.test.filter(|test| self.braces >= *test);
            }
            T::CloseParenthesis | T::CloseBracket => {
                self.parentheses = self.parentheses.saturating_sub(1);
            }
            _ => {}
        }
        let first = self.line.kind == LineKind::Blank;
        if first {
            self.begin_line(token.kind);
        }
        self.write(token, first);
        match token.kind {
            T::OpenBrace => self.braces += 1,
            T::OpenParenthesis | T::OpenBracket => self.parentheses += 1,
            T::Directive if matches!(token.text(self.source), "#test" | "#setup") => {
                self.test = self.test.or(Some(self.braces + 1));
            }
            _ => {}
        }
        self.comma = token.kind == T::Comma;
        self.last = Some(token.kind);
        self.only_labels &= matches!(token.kind, T::Label | T::DottedLabel | T::PcLabel);
    }

    /// Whether the statement goes on over the end of a line.
    fn goes_on(&self) -> bool {
        self.parentheses > 0 || self.comma
    }

    fn is_in_test(&self) -> bool {
        self.test.is_some_and(|test| self.braces >= test)
    }

    fn new_statement(&self) -> Spacing {
        if self.is_in_test() {
            Spacing::without_instructions()
        } else {
            Spacing::default()
        }
    }

    fn begin_line(&mut self, kind: TokenKind) {
        use TokenKind as T;
        let closes = matches!(kind, T::CloseParenthesis | T::CloseBracket);
        let going_on = self.goes_on() || closes;
        self.line.kind = match kind {
            T::Directive => LineKind::Directive,
            _ => LineKind::Code,
        };
        self.line.indentation = match kind {
            _ if closes => self.statement + STEP * self.parentheses,
            _ if going_on => self.statement + STEP * self.parentheses.max(1),
            T::Directive | T::CloseBrace => STEP * self.braces,
            T::Label | T::DottedLabel | T::PcLabel => STEP * self.braces.saturating_sub(1),
            _ => STEP * self.braces.max(1),
        };
        if !going_on {
            self.statement = self.line.indentation;
        }
    }

    /// Appends a token to the code of the line.
    fn write(&mut self, token: Token, first: bool) {
        let (start, end) = token.whole();
        let text = self.source.get(start as usize..end as usize);
        let text = text.unwrap_or("");
        let is_instruction =
            token.kind == TokenKind::Name && self.spacing.is_at_start() && !self.is_in_test();
        let modulo = self.spacing.is_modulo(token.kind);
        let space = self.spacing.next(token.kind, start == self.end);
        let code = &mut self.lines.code;
        if space && !first {
            code.push(' ');
        }
        if modulo {
            code.push_str("% ");
            code.push_str(token.text(self.source));
        } else if is_instruction && is_shouted(text, &self.instructions) {
            code.push_str(&text.to_ascii_lowercase());
        } else {
            code.push_str(text);
        }
    }

    fn end_line(&mut self) {
        let end = self.lines.code.len();
        let code = self.line.code.start..end;
        let mut line = Line {
            code,
            ..self.line.clone()
        };
        if self.last == Some(TokenKind::OpenBrace) {
            line.kind = match line.kind {
                LineKind::Directive => LineKind::Code,
                kind => kind,
            };
        }
        line.indentation = line.indentation.min(FARTHEST);
        self.above = match line.kind {
            LineKind::Blank => None,
            LineKind::Code if self.only_labels => Some(STEP * self.braces.max(1)),
            LineKind::Code if self.last == Some(TokenKind::OpenBrace) => Some(STEP * self.braces),
            _ => Some(line.indentation),
        };
        let before = self.lines.list.last().map(|line| line.kind);
        if line.kind != LineKind::Blank || before.is_some_and(|kind| kind != LineKind::Blank) {
            self.lines.list.push(line);
        }
        self.line = Line {
            kind: LineKind::Blank,
            indentation: 0,
            code: end..end,
            comment: None,
        };
        self.last = None;
        self.only_labels = true;
    }
}

/// Whether a name is that of an instruction, and not in lower case.
fn is_shouted(name: &str, instructions: &BTreeSet<&'static str>) -> bool {
    name.bytes().any(|byte| byte.is_ascii_uppercase())
        && instructions.contains(name.to_ascii_uppercase().as_str())
}
