//! Directives that define: macros, tables and assertions.

use super::expression::unescape;
use super::{Parsed, Parser, add_document, stretch};
use crate::diagnostic::Diagnostic;
use crate::lexer::{Token, TokenKind};
use crate::syntax::{
    Assertion, AssertionId, Comparison, ExpressionMacro, ExpressionMacroId, InstructionMacro,
    InstructionMacroId, Kind, Origin, Symbol,
};
use crate::value::Value;

impl Parser<'_> {
    pub(super) fn definition(&mut self, directive: Token) -> Parsed<(Token, Kind)> {
        if self.in_macro {
            return self.error(
                directive,
                "nested-definition",
                "a macro cannot be defined within a macro",
            );
        }
        let name = self.next().unwrap_or_else(|| self.end());
        match name.kind {
            TokenKind::DottedName => {
                let message = format!(
                    "the built-in macro .{} cannot be defined anew",
                    self.text_of(name)
                );
                self.error(name, "redefinition", message)
            }
            TokenKind::Macro => self.instruction_macro(name),
            TokenKind::Name => self.expression_macro(name),
            _ => self.unexpected(name, "the name of a macro after #define"),
        }
    }

    fn expression_macro(&mut self, name: Token) -> Parsed<(Token, Kind)> {
        let mut parameters = None;
        let (first, old_spelling) = loop {
            let token = self.next().unwrap_or_else(|| self.end());
            match token.kind {
                TokenKind::LineEnd | TokenKind::Comment => {
                    return self.unexpected(token, "`=` and the value of the macro");
                }
                TokenKind::OpenBrace => {
                    let message = "unexpected `{` in the definition of an expression macro";
                    let diagnostic = Diagnostic::error("syntax", self.span(token), message).help(
                        format!("instruction macros are written %{}", self.text_of(name)),
                    );
                    return self.fail(token, diagnostic);
                }
                TokenKind::OpenParenthesis if parameters.is_none() => {
                    parameters = Some(self.parameters()?);
                }
                TokenKind::Equals => break (self.next().unwrap_or_else(|| self.end()), false),
                _ => break (token, true),
            }
        };
        if old_spelling {
            let message = "`=` is missing before the value of the macro";
            self.found.push(Diagnostic::warning(
                "old-spelling",
                self.span(first),
                message,
            ));
        }
        let body = self.expression(first)?;
        let id = ExpressionMacroId(self.syntax.expression_macros.len() as u32);
        let definition = ExpressionMacro {
            name: self.syntax.names.intern(self.text_of(name)),
            parameters: parameters.unwrap_or_default(),
            body,
            document: self.document,
            span: self.span(name),
        };
        self.syntax.expression_macros.push(definition);
        Ok((name, Kind::DefineExpression(id)))
    }

    /// Names between parentheses, of which the opening one has been read.
    fn parameters(&mut self) -> Parsed<Vec<Symbol>> {
        let mut parameters = Vec::new();
        loop {
            let token = self.next_in_list();
            match token.kind {
                TokenKind::CloseParenthesis => return Ok(parameters),
                TokenKind::Name => parameters.push(self.syntax.names.intern(self.text_of(token))),
                _ => return self.unexpected(token, "the name of a parameter"),
            }
            let token = self.next_in_list();
            match token.kind {
                TokenKind::Comma => {}
                TokenKind::CloseParenthesis => return Ok(parameters),
                _ => return self.unexpected(token, "`,` or `)`"),
            }
        }
    }

    fn instruction_macro(&mut self, name: Token) -> Parsed<(Token, Kind)> {
        let mut parameters = None;
        loop {
            let token = self.next().unwrap_or_else(|| self.end());
            match token.kind {
                TokenKind::OpenBrace => break,
                TokenKind::OpenParenthesis if parameters.is_none() => {
                    parameters = Some(self.parameters()?);
                }
                _ => return self.unexpected(token, "`{` and the body of the macro"),
            }
        }
        // The first comment of the body, if nothing else comes before it, says what the macro finds on the stack.
        let first = self.next_in_list();
        let comment = (first.kind == TokenKind::Comment).then(|| stretch(first));
        if comment.is_none() && first != self.end() {
            self.unread(first);
        }
        let around = self.document;
        let body = add_document(self.syntax, self.file, Some(around), Origin::Macro);
        self.document = body;
        self.in_macro = true;
        loop {
            let Some(token) = self.next() else {
                let end = self.end();
                return self.unexpected(end, "`}` at the end of the macro");
            };
            let last = token.kind == TokenKind::CloseBrace;
            self.statement(token)?;
            if last {
                break;
            }
        }
        self.document = around;
        self.in_macro = false;
        let id = InstructionMacroId(self.syntax.instruction_macros.len() as u32);
        let definition = InstructionMacro {
            name: self.syntax.names.intern(self.text_of(name)),
            parameters: parameters.unwrap_or_default(),
            body,
            document: around,
            span: self.span(name),
            comment,
        };
        self.syntax.instruction_macros.push(definition);
        let kind = Kind::DefineInstructions(id);
        self.add_statement(name, kind, None);
        Ok((name, kind))
    }

    /// `#table name[width]: entry, entry`, each entry in as many bytes as the width says.
    pub(super) fn table(&mut self, directive: Token) -> Parsed<(Token, Kind)> {
        let name = self.take(TokenKind::Name);
        if self.take(TokenKind::OpenBracket).is_none() {
            let token = self.next().unwrap_or_else(|| self.end());
            return self.unexpected(
                token,
                "the bytes of an entry in brackets: #table name[2]: @first, @second",
            );
        }
        let number = self.next().unwrap_or_else(|| self.end());
        let width = match number.kind {
            TokenKind::Number => Value::parse(self.text_of(number))
                .ok()
                .and_then(|v| v.to_u64()),
            _ => return self.unexpected(number, "how many bytes an entry has"),
        };
        let width = match width.and_then(|width| u8::try_from(width).ok()) {
            Some(width @ 1..=32) => width,
            _ => return self.error(number, "table", "an entry has 1 to 32 bytes"),
        };
        let bracket = self.next().unwrap_or_else(|| self.end());
        if bracket.kind != TokenKind::CloseBracket {
            return self.unexpected(bracket, "`]`");
        }
        // The colon has to be told from a label's, which the lexer has not seen.
        let colon = self.next().unwrap_or_else(|| self.end());
        if colon.kind != TokenKind::Invalid || self.text_of(colon) != ":" {
            return self.unexpected(colon, "`:` and the entries of the table");
        }
        let mut entries = Vec::new();
        loop {
            // After a comma the list may go on in the next line.
            let token = if entries.is_empty() {
                self.next().unwrap_or_else(|| self.end())
            } else {
                self.next_in_list()
            };
            entries.push(self.expression(token)?);
            if self.take(TokenKind::Comma).is_none() {
                break;
            }
        }
        let label = name.map(|name| self.add_label(name, true, directive));
        let entries = self.keep_arguments(&entries);
        Ok((
            directive,
            Kind::Table {
                label,
                width,
                entries,
            },
        ))
    }

    /// `#assert expression` or `#assert expression < expression`, and a message.
    pub(super) fn assertion(&mut self, directive: Token) -> Parsed<(Token, Kind)> {
        let first = self.next().unwrap_or_else(|| self.end());
        let left = self.expression(first)?;
        let right = match self.comparison()? {
            Some(comparison) => {
                let first = self.next().unwrap_or_else(|| self.end());
                Some((comparison, self.expression(first)?))
            }
            None => None,
        };
        let mut message = None;
        if self.take(TokenKind::Comma).is_some() {
            let token = self.next().unwrap_or_else(|| self.end());
            if token.kind != TokenKind::Text {
                return self.unexpected(token, "a message in quotes");
            }
            match unescape(self.text_of(token)) {
                Ok(bytes) => message = Some(String::from_utf8_lossy(&bytes).into_owned()),
                Err(reason) => return self.error(token, "string", reason),
            }
        }
        let id = AssertionId(self.syntax.assertions.len() as u32);
        self.syntax.assertions.push(Assertion {
            left,
            right,
            message,
        });
        Ok((directive, Kind::Assert(id)))
    }

    fn comparison(&mut self) -> Parsed<Option<Comparison>> {
        let Some(token) = self.next() else {
            return Ok(None);
        };
        let comparison = match (token.kind, self.text_of(token)) {
            (TokenKind::Comparison, "<") => Comparison::Less,
            (TokenKind::Comparison, "<=") => Comparison::LessOrEqual,
            (TokenKind::Comparison, ">") => Comparison::Greater,
            (TokenKind::Comparison, ">=") => Comparison::GreaterOrEqual,
            (TokenKind::Comparison, "==") => Comparison::Equal,
            (TokenKind::Comparison, _) => Comparison::Unequal,
            (TokenKind::Equals, _) => return self.unexpected(token, "`==`"),
            _ => {
                self.unread(token);
                return Ok(None);
            }
        };
        Ok(Some(comparison))
    }
}
