//! Tokens to statements.
//!
//! A statement that cannot be read is reported and left out; reading goes on with the next line. Nothing here recurses.

mod definition;
mod expression;
mod test;

use crate::diagnostic::{Diagnostic, closest};
use crate::lexer::{Lexer, Operator, Token, TokenKind};
use crate::source::{FileId, Span};
use crate::syntax::{
    Arguments, Document, DocumentId, Expression, Kind, LabelDefinition, LabelId, Node, Origin,
    Positions, Statement, Stretch, Syntax,
};
use crate::value::Value;

/// All directives.
pub(crate) const DIRECTIVES: [&str; 9] = [
    "#assemble",
    "#assert",
    "#bytes",
    "#define",
    "#include",
    "#pragma",
    "#setup",
    "#table",
    "#test",
];

#[cfg(test)]
pub(crate) use test::TEST_DIRECTIVES;

/// Why a statement was given up: it has been reported.
#[derive(Debug)]
pub(crate) struct Reported;

pub(crate) type Parsed<T> = Result<T, Reported>;

/// Reads one file into the tables.
pub(crate) struct Parser<'a> {
    text: &'a str,
    file: FileId,
    lexer: Lexer<'a>,
    /// Tokens that were read ahead, the next one last.
    ahead: Vec<Token>,
    syntax: &'a mut Syntax,
    /// The document that statements go to.
    document: DocumentId,
    /// How deep in instruction macros that is: a body is one level down.
    in_macro: bool,
    found: Vec<Diagnostic>,
}

/// Reads a file and gives its document, with what is wrong in it.
pub(crate) fn parse(
    syntax: &mut Syntax,
    file: FileId,
    text: &str,
    origin: Origin,
) -> (DocumentId, Vec<Diagnostic>) {
    let document = add_document(syntax, file, None, origin);
    let mut parser = Parser {
        text,
        file,
        lexer: Lexer::new(text),
        ahead: Vec::new(),
        syntax,
        document,
        in_macro: false,
        found: Vec::new(),
    };
    while let Some(token) = parser.next() {
        if parser.statement(token).is_err() {
            parser.in_macro = false;
            parser.document = document;
        }
    }
    (document, parser.found)
}

fn add_document(
    syntax: &mut Syntax,
    file: FileId,
    parent: Option<DocumentId>,
    origin: Origin,
) -> DocumentId {
    let id = DocumentId(syntax.documents.len() as u32);
    syntax.documents.push(Document {
        file,
        parent,
        origin,
        statements: Vec::new(),
    });
    id
}

impl<'a> Parser<'a> {
    fn next(&mut self) -> Option<Token> {
        self.ahead.pop().or_else(|| self.lexer.next())
    }

    fn unread(&mut self, token: Token) {
        self.ahead.push(token);
    }

    /// Takes the next token if it is of a kind.
    fn take(&mut self, kind: TokenKind) -> Option<Token> {
        let token = self.next()?;
        if token.kind == kind {
            return Some(token);
        }
        self.unread(token);
        None
    }

    fn text_of(&self, token: Token) -> &'a str {
        token.text(self.text)
    }

    fn span(&self, token: Token) -> Span {
        Span {
            file: self.file,
            start: token.start,
            end: token.end,
        }
    }

    /// Where the text ends, for what is missing there.
    fn end(&self) -> Token {
        let end = self.text.len() as u32;
        Token {
            kind: TokenKind::LineEnd,
            start: end,
            end,
        }
    }

    /// Reports what is wrong with a token and goes on behind the line's end.
    fn fail<T>(&mut self, token: Token, diagnostic: Diagnostic) -> Parsed<T> {
        self.found.push(diagnostic);
        let mut token = Some(token);
        while let Some(skipped) = token {
            if skipped.kind == TokenKind::LineEnd {
                break;
            }
            token = self.next();
        }
        Err(Reported)
    }

    fn error<T>(
        &mut self,
        token: Token,
        code: &'static str,
        message: impl Into<String>,
    ) -> Parsed<T> {
        let diagnostic = Diagnostic::error(code, self.span(token), message);
        self.fail(token, diagnostic)
    }

    /// Reports a token that does not belong where it stands.
    fn unexpected<T>(&mut self, token: Token, expected: &str) -> Parsed<T> {
        if token.kind == TokenKind::UnterminatedText {
            return self.error(
                token,
                "unterminated-string",
                "the string has no closing quote",
            );
        }
        let found = self.describe(token);
        let message = format!("unexpected {found}: expected {expected}");
        self.error(token, "syntax", message)
    }

    fn describe(&self, token: Token) -> String {
        match token.kind {
            TokenKind::LineEnd if token.start as usize >= self.text.len() => "end of file".into(),
            TokenKind::LineEnd => "end of line".into(),
            TokenKind::Comment => "comment".into(),
            _ => {
                let (start, end) = token.whole();
                let text = self.text.get(start as usize..end as usize).unwrap_or("");
                format!("`{}`", text.chars().take(40).collect::<String>())
            }
        }
    }

    /// Reads a statement that begins with a token, and the comment behind it.
    fn statement(&mut self, token: Token) -> Parsed<()> {
        let (place, kind) = match token.kind {
            TokenKind::LineEnd | TokenKind::Comment => return Ok(()),
            TokenKind::CloseBrace if self.in_macro => return Ok(()),
            TokenKind::CloseBrace => {
                return self.error(token, "syntax", "unexpected closing brace `}`");
            }
            TokenKind::Label | TokenKind::DottedLabel => {
                let label = self.add_label(token, token.kind == TokenKind::DottedLabel, token);
                (token, Kind::Label(label))
            }
            TokenKind::PcLabel => (token, self.pc_label(token)?),
            TokenKind::Directive => match self.directive(token)? {
                // Its comment, if any, is the body's.
                (_, Kind::DefineInstructions(_)) => return Ok(()),
                statement => statement,
            },
            TokenKind::Name => (token, self.instruction(token)?),
            TokenKind::Macro => (token, self.macro_use(token)?),
            _ => return self.unexpected(token, "a statement"),
        };
        let comment = match self.next() {
            None
            | Some(Token {
                kind: TokenKind::LineEnd,
                ..
            }) => None,
            Some(comment) if comment.kind == TokenKind::Comment => Some(stretch(comment)),
            // Another statement on the same line.
            Some(other) => {
                self.unread(other);
                None
            }
        };
        self.add_statement(place, kind, comment);
        Ok(())
    }

    /// Whether a token ends the statement before it: the last one of a macro may stand on the line of the brace.
    fn ends_statement(&self, token: Token) -> bool {
        match token.kind {
            TokenKind::LineEnd | TokenKind::Comment => true,
            TokenKind::CloseBrace => self.in_macro,
            _ => false,
        }
    }

    fn add_statement(&mut self, place: Token, kind: Kind, comment: Option<Stretch>) {
        let document = &mut self.syntax.documents[self.document.0 as usize];
        document.statements.push(Statement {
            start: place.start,
            end: place.end,
            kind,
            comment,
        });
    }

    fn add_label(&mut self, name: Token, dotted: bool, place: Token) -> LabelId {
        let id = LabelId(self.syntax.labels.len() as u32);
        let symbol = self.syntax.names.intern(self.text_of(name));
        let span = self.span(place);
        self.syntax.labels.push(LabelDefinition {
            name: symbol,
            dotted,
            span,
        });
        id
    }

    fn pc_label(&mut self, token: Token) -> Parsed<Kind> {
        let text = self.text_of(token);
        let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) else {
            let message = format!("the pc label {text}: has no 0x before it");
            return self.error(token, "pc-label", message);
        };
        match u32::from_str_radix(digits, 16) {
            Ok(position) => Ok(Kind::PcLabel(position)),
            Err(_) => self.error(token, "pc-label", format!("{text}: is no position in code")),
        }
    }

    fn directive(&mut self, token: Token) -> Parsed<(Token, Kind)> {
        match self.text_of(token) {
            "#define" => self.definition(token),
            "#test" => self.test(token),
            "#setup" => self.setup(token),
            "#include" => {
                let path = self.path(token)?;
                Ok((token, Kind::Include(stretch(path))))
            }
            "#assemble" => {
                let path = self.path(token)?;
                let value = self.call_of("assemble", path);
                Ok((token, Kind::Assemble(value)))
            }
            "#pragma" => self.pragma(token),
            "#bytes" => self.bytes(token),
            "#table" => self.table(token),
            "#assert" => self.assertion(token),
            other => {
                let message = format!("unknown directive {other}");
                let mut diagnostic =
                    Diagnostic::error("unknown-directive", self.span(token), message);
                if let Some(name) = closest(other, DIRECTIVES) {
                    diagnostic = diagnostic.help(format!("did you mean {name}?"));
                }
                self.fail(token, diagnostic)
            }
        }
    }

    fn path(&mut self, directive: Token) -> Parsed<Token> {
        let token = self.next().unwrap_or_else(|| self.end());
        if token.kind == TokenKind::Text {
            return Ok(token);
        }
        let name = self.text_of(directive);
        self.unexpected(
            token,
            &format!("the name of a file, in quotes, after {name}"),
        )
    }

    /// The expression that calls a built-in macro with a literal.
    fn call_of(&mut self, name: &str, literal: Token) -> Expression {
        let start = self.syntax.nodes.len() as u32;
        let name = self.syntax.names.intern(name);
        let value = Value::from_bytes(self.text_of(literal).as_bytes());
        let enter = Node::Enter {
            name,
            built_in: true,
            arguments: 1,
        };
        self.add_node(enter, literal);
        self.add_literal(value, literal);
        self.add_node(Node::Call, literal);
        Expression {
            start,
            end: self.syntax.nodes.len() as u32,
        }
    }

    fn pragma(&mut self, directive: Token) -> Parsed<(Token, Kind)> {
        let option = self.next().unwrap_or_else(|| self.end());
        if option.kind != TokenKind::Name {
            return self.unexpected(option, "the name of an option after #pragma");
        }
        let value = self.next().unwrap_or_else(|| self.end());
        match value.kind {
            TokenKind::Text | TokenKind::Number => Ok((
                directive,
                Kind::Pragma {
                    option: stretch(option),
                    value: stretch(value),
                },
            )),
            _ => {
                let found = self.describe(value);
                let message = format!("unexpected {found} after #pragma {}", self.text_of(option));
                let diagnostic = Diagnostic::error("syntax", self.span(option), message)
                    .help("write the value as a string: #pragma target \"cancun\"");
                self.fail(value, diagnostic)
            }
        }
    }

    fn bytes(&mut self, directive: Token) -> Parsed<(Token, Kind)> {
        let mut label = None;
        loop {
            let Some(token) = self.next().filter(|token| token.kind != TokenKind::LineEnd) else {
                let diagnostic =
                    Diagnostic::error("syntax", self.span(directive), "#bytes without a value");
                self.found.push(diagnostic);
                return Err(Reported);
            };
            if token.kind != TokenKind::Label {
                let value = self.expression(token)?;
                return Ok((directive, Kind::Bytes { label, value }));
            }
            if label.is_some() {
                return self.error(directive, "syntax", "#bytes with two names");
            }
            label = Some(self.add_label(token, true, directive));
        }
    }

    fn instruction(&mut self, name: Token) -> Parsed<Kind> {
        let symbol = self.syntax.names.intern(self.text_of(name));
        let positions = match self.take(TokenKind::OpenBracket) {
            Some(_) => self.positions()?,
            None => Positions {
                values: [0; 2],
                count: 0,
            },
        };
        let argument = match self.next() {
            None => None,
            Some(end) if self.ends_statement(end) => {
                self.unread(end);
                None
            }
            Some(token) => Some(self.expression(token)?),
        };
        Ok(Kind::Instruction {
            name: symbol,
            argument,
            positions,
        })
    }

    /// The numbers between brackets after an instruction.
    fn positions(&mut self) -> Parsed<Positions> {
        let mut positions = Positions {
            values: [0; 2],
            count: 0,
        };
        loop {
            let token = self.next().unwrap_or_else(|| self.end());
            if token.kind != TokenKind::Number {
                return self.unexpected(token, "a number in the brackets");
            }
            let value = Value::parse(self.text_of(token)).ok();
            let Some(byte) = value
                .and_then(|v| v.to_u64())
                .and_then(|v| u8::try_from(v).ok())
            else {
                return self.error(
                    token,
                    "immediate",
                    "the number in brackets is not one of 0 to 255",
                );
            };
            positions.values[usize::from(positions.count)] = byte;
            positions.count += 1;
            let token = self.next().unwrap_or_else(|| self.end());
            match token.kind {
                TokenKind::CloseBracket => return Ok(positions),
                TokenKind::Comma if positions.count < 2 => {}
                TokenKind::Comma => {
                    return self.error(
                        token,
                        "immediate",
                        "no instruction takes three numbers in brackets",
                    );
                }
                _ => return self.unexpected(token, "`,` or `]`"),
            }
        }
    }

    fn macro_use(&mut self, name: Token) -> Parsed<Kind> {
        let symbol = self.syntax.names.intern(self.text_of(name));
        let none = Arguments { start: 0, end: 0 };
        let Some(token) = self.next() else {
            return Ok(Kind::Use {
                name: symbol,
                arguments: none,
            });
        };
        let arguments = match token.kind {
            _ if self.ends_statement(token) => {
                self.unread(token);
                none
            }
            TokenKind::OpenParenthesis => self.arguments()?,
            _ => return self.unexpected(token, "`(` or the end of the line after a macro's name"),
        };
        Ok(Kind::Use {
            name: symbol,
            arguments,
        })
    }

    fn add_node(&mut self, node: Node, place: Token) {
        self.syntax.nodes.push(node);
        self.syntax.places.push(stretch(place));
    }

    fn add_literal(&mut self, value: Value, place: Token) {
        let index = self.syntax.literals.len() as u32;
        self.syntax.literals.push(value);
        self.add_node(Node::Literal(index), place);
    }
}

fn stretch(token: Token) -> Stretch {
    Stretch {
        start: token.start,
        end: token.end,
    }
}

/// Whether an operator may stand before an operand.
fn is_sign(kind: TokenKind) -> bool {
    kind == TokenKind::Operator(Operator::Subtract)
}
