//! One layout for all sources.
//!
//! It is built on tokens and not on statements, so that it works on sources that do not assemble. Nothing but the white
//! space between tokens changes, and the case of instructions: a formatted source means what it meant. Lines stay lines,
//! since statements end with them; only a label gets one of its own.
//!
//! `lines` puts tokens into lines and says how far each is indented, `spacing` what stands between two tokens, `columns`
//! where comments begin.

mod columns;
mod lines;
pub(crate) mod spacing;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::lexer::{Lexer, Token, TokenKind};
use crate::source::{FileId, Sources, Span, text_of};

/// Brings a source into the one layout: labels and directives at the margin, instructions indented, comments in a column.
/// Fails where brackets or strings have no end, or where characters belong to nothing: such a source has no lines that
/// could be relied on.
///
/// ```
/// let source = "start: PUSH 1+2;[three]\n jump @start\n";
/// assert_eq!(
///     gasworks_assembler::format(source).unwrap(),
///     "start:\n    push 1 + 2         ;[three]\n    jump @start\n",
/// );
/// ```
pub fn format(source: &str) -> Result<String, Diagnostics> {
    format_file("", source.as_bytes())
}

/// [`format()`] for the contents of a file; its name is for findings.
pub fn format_file(name: &str, contents: &[u8]) -> Result<String, Diagnostics> {
    let mut sources = Sources::default();
    let found = match sources.add_bytes(name, contents) {
        Ok(file) => match formatted(sources.text(file)) {
            Ok(formatted) => return Ok(formatted),
            Err(found) => found.in_file(file),
        },
        Err(found) => *found,
    };
    Err(Diagnostics {
        list: vec![found],
        sources,
    })
}

fn formatted(text: &str) -> Result<String, Found> {
    let tokens = checked_tokens(text)?;
    let formatted = columns::write(&lines::Lines::of(text, &tokens));
    // Spaces may make a line, or all of it, longer than what is read.
    match text_of(formatted.as_bytes()) {
        Ok(_) => Ok(formatted),
        Err(wrong) => Err(Found(
            0,
            0,
            "too-long",
            format!("formatted, {}", wrong.message),
        )),
    }
}

/// Why a source is left as it is: the first and the last byte, the kind of finding, and what to say.
struct Found(u32, u32, &'static str, String);

impl Found {
    fn at(token: Token, code: &'static str, message: impl Into<String>) -> Self {
        Self(token.start, token.end, code, message.into())
    }

    fn in_file(self, file: FileId) -> Diagnostic {
        let Self(start, end, code, message) = self;
        let help = "a source is formatted once its brackets and strings are closed";
        Diagnostic::error(code, Span { file, start, end }, message).help(help)
    }
}

/// The tokens of a source whose lines can be relied on.
fn checked_tokens(text: &str) -> Result<Vec<Token>, Found> {
    let tokens: Vec<Token> = Lexer::new(text).collect();
    let mut open: Vec<Token> = Vec::new();
    let mut before = TokenKind::LineEnd;
    for token in &tokens {
        use TokenKind as T;
        match token.kind {
            T::OpenParenthesis | T::OpenBrace | T::OpenBracket => open.push(*token),
            T::CloseParenthesis | T::CloseBrace | T::CloseBracket => {
                let opened = open.pop().map(|opened| opened.kind);
                if opened != Some(opening(token.kind)) {
                    let sign = token.text(text);
                    let message = format!("{sign} closes nothing that is open here");
                    return Err(Found::at(*token, "unbalanced", message));
                }
            }
            T::UnterminatedText => {
                return Err(Found::at(
                    *token,
                    "unterminated-string",
                    "this string has no end",
                ));
            }
            // The colon of `#table name[2]: ..`.
            T::Invalid if before == T::CloseBracket && token.text(text) == ":" => {}
            T::Invalid => {
                let message = format!("{:?} is no part of the language", token.text(text));
                return Err(Found::at(*token, "invalid-character", message));
            }
            _ => {}
        }
        before = token.kind;
    }
    match open.pop() {
        Some(token) => {
            let message = format!("{} is never closed", token.text(text));
            Err(Found::at(token, "unbalanced", message))
        }
        None => Ok(tokens),
    }
}

fn opening(closing: TokenKind) -> TokenKind {
    match closing {
        TokenKind::CloseParenthesis => TokenKind::OpenParenthesis,
        TokenKind::CloseBracket => TokenKind::OpenBracket,
        _ => TokenKind::OpenBrace,
    }
}

#[cfg(test)]
#[path = "format/format_test.rs"]
mod tests;
