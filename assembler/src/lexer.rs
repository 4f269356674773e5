//! Text to tokens. Nothing is lost: what stands between two tokens is white space.

use std::iter::FusedIterator;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// `name`.
    Name,
    /// `.name`: a built-in macro.
    DottedName,
    /// `$name`: a parameter.
    Parameter,
    /// `@name`.
    LabelReference,
    /// `@.name`.
    DottedLabelReference,
    /// `name:`.
    Label,
    /// `.name:`.
    DottedLabel,
    /// `0x2a:`, and what was meant to be one.
    PcLabel,
    /// `12`, `0x0c`.
    Number,
    /// `"text"`, which may go on over lines.
    Text,
    /// `#name`.
    Directive,
    /// `%name`: an instruction macro, or a modulo sign and a name.
    Macro,
    /// `; to the end of the line`.
    Comment,
    /// `+ - * / % & | ^ << >>`.
    Operator(Operator),
    /// `<`, `>`, `<=`, `>=`, `==` and `!=`, which only `#assert` knows.
    Comparison,
    /// `(`.
    OpenParenthesis,
    /// `)`.
    CloseParenthesis,
    /// `{`.
    OpenBrace,
    /// `}`.
    CloseBrace,
    /// `[`.
    OpenBracket,
    /// `]`.
    CloseBracket,
    /// `,`.
    Comma,
    /// `=`.
    Equals,
    /// The end of a line.
    LineEnd,
    /// A string without an end.
    UnterminatedText,
    /// A character that begins nothing.
    Invalid,
}

/// An arithmetic operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Modulo,
    /// `<<`
    ShiftLeft,
    /// `>>`
    ShiftRight,
    /// `&`
    And,
    /// `|`
    Or,
    /// `^`
    Xor,
}

impl Operator {
    /// Whether it binds as products do, and not as sums.
    pub fn binds_tighter(self) -> bool {
        use Operator::{And, Divide, Modulo, Multiply, ShiftLeft, ShiftRight};
        matches!(
            self,
            Multiply | Divide | Modulo | ShiftLeft | ShiftRight | And
        )
    }

    /// As it is written.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Modulo => "%",
            Self::ShiftLeft => "<<",
            Self::ShiftRight => ">>",
            Self::And => "&",
            Self::Or => "|",
            Self::Xor => "^",
        }
    }
}

/// A token: its kind and where its text stands. The text of names, labels, parameters and strings is without the signs
/// around it; [`Token::whole`] is with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// The first byte of its text.
    pub start: u32,
    /// The byte after its text.
    pub end: u32,
}

impl Token {
    /// The text.
    pub fn text(self, source: &str) -> &str {
        source
            .get(self.start as usize..self.end as usize)
            .unwrap_or("")
    }

    /// All bytes of the token, with the signs around a name.
    pub fn whole(self) -> (u32, u32) {
        use TokenKind as T;
        let (before, after) = match self.kind {
            T::DottedName | T::Parameter | T::LabelReference | T::Macro => (1, 0),
            T::DottedLabelReference => (2, 0),
            T::Label | T::PcLabel => (0, 1),
            T::DottedLabel | T::Text => (1, 1),
            _ => (0, 0),
        };
        (self.start - before, self.end + after)
    }
}

/// Splits a text into tokens. Texts of 4 GiB and more are cut off; sources are far smaller.
#[derive(Clone, Debug)]
pub struct Lexer<'a> {
    text: &'a str,
    position: usize,
}

impl<'a> Lexer<'a> {
    /// Begins at the start of a text.
    pub fn new(text: &'a str) -> Self {
        Self { text, position: 0 }
    }

    fn peek_byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    /// Goes on while characters belong to a name.
    fn skip_name(&mut self) {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.position) {
            if byte.is_ascii_alphanumeric() || *byte == b'_' {
                self.position += 1;
            } else if byte.is_ascii() {
                return;
            } else {
                let rest = self.text[self.position..].chars().next();
                let Some(letter) = rest.filter(|c| c.is_alphanumeric()) else {
                    return;
                };
                self.position += letter.len_utf8();
            }
        }
    }

    fn skip_while(&mut self, belongs: impl Fn(&u8) -> bool) {
        let rest = &self.text.as_bytes()[self.position..];
        let length = rest.iter().position(|byte| !belongs(byte));
        self.position += length.unwrap_or(rest.len());
    }

    /// A token from a byte on up to where the lexer stands.
    fn token(&self, kind: TokenKind, start: usize) -> Token {
        Token {
            kind,
            start: start as u32,
            end: self.position as u32,
        }
    }

    fn name_after(&mut self, kind: TokenKind) -> Token {
        let start = self.position;
        self.skip_name();
        self.token(kind, start)
    }

    fn label_reference(&mut self) -> Token {
        if self.peek_byte() == Some(b'.') {
            self.position += 1;
            return self.name_after(TokenKind::DottedLabelReference);
        }
        self.name_after(TokenKind::LabelReference)
    }

    fn name_or_label(&mut self, start: usize, dotted: bool) -> Token {
        self.skip_name();
        let label = self.peek_byte() == Some(b':');
        let kind = match (dotted, label) {
            (false, false) => TokenKind::Name,
            (true, false) => TokenKind::DottedName,
            (false, true) => TokenKind::Label,
            (true, true) => TokenKind::DottedLabel,
        };
        let token = self.token(kind, start);
        self.position += usize::from(label);
        token
    }

    fn number(&mut self, start: usize) -> Token {
        if matches!(self.peek_byte(), Some(b'x' | b'X')) {
            self.position += 1;
            self.skip_while(u8::is_ascii_hexdigit);
        } else {
            self.skip_while(u8::is_ascii_digit);
        }
        let end = self.position;
        // Digits of a label may be hexadecimal without saying so; the parser asks for the prefix.
        self.skip_while(u8::is_ascii_hexdigit);
        if self.peek_byte() == Some(b':') {
            let token = self.token(TokenKind::PcLabel, start);
            self.position += 1;
            return token;
        }
        self.position = end;
        self.token(TokenKind::Number, start)
    }

    fn string(&mut self, quote: usize) -> Token {
        let bytes = self.text.as_bytes();
        while let Some(byte) = self.peek_byte() {
            match byte {
                b'"' => {
                    let token = self.token(TokenKind::Text, quote + 1);
                    self.position += 1;
                    return token;
                }
                // What is escaped may be a quote, and may be any character: its further bytes are none of these.
                b'\\' if self.position + 1 < bytes.len() => self.position += 2,
                _ => self.position += 1,
            }
        }
        self.token(TokenKind::UnterminatedText, quote)
    }

    fn sign(&mut self, first: u8, start: usize) -> Token {
        use Operator::{
            Add, And, Divide, Modulo, Multiply, Or, ShiftLeft, ShiftRight, Subtract, Xor,
        };
        let second = self.peek_byte();
        let (kind, more) = match (first, second) {
            (b'<', Some(b'<')) => (TokenKind::Operator(ShiftLeft), 1),
            (b'>', Some(b'>')) => (TokenKind::Operator(ShiftRight), 1),
            (b'<' | b'>' | b'!' | b'=', Some(b'=')) => (TokenKind::Comparison, 1),
            (b'<' | b'>', _) => (TokenKind::Comparison, 0),
            (b'+', _) => (TokenKind::Operator(Add), 0),
            (b'-', _) => (TokenKind::Operator(Subtract), 0),
            (b'*', _) => (TokenKind::Operator(Multiply), 0),
            (b'/', _) => (TokenKind::Operator(Divide), 0),
            (b'%', _) => (TokenKind::Operator(Modulo), 0),
            (b'&', _) => (TokenKind::Operator(And), 0),
            (b'|', _) => (TokenKind::Operator(Or), 0),
            (b'^', _) => (TokenKind::Operator(Xor), 0),
            (b'(', _) => (TokenKind::OpenParenthesis, 0),
            (b')', _) => (TokenKind::CloseParenthesis, 0),
            (b'{', _) => (TokenKind::OpenBrace, 0),
            (b'}', _) => (TokenKind::CloseBrace, 0),
            (b'[', _) => (TokenKind::OpenBracket, 0),
            (b']', _) => (TokenKind::CloseBracket, 0),
            (b',', _) => (TokenKind::Comma, 0),
            (b'=', _) => (TokenKind::Equals, 0),
            (b'\n', _) => (TokenKind::LineEnd, 0),
            _ => (TokenKind::Invalid, 0),
        };
        self.position += more;
        self.token(kind, start)
    }

    fn after(&mut self, first: u8, start: usize) -> Token {
        let next_begins_name = self.text[self.position..]
            .chars()
            .next()
            .is_some_and(|c| c == '_' || c.is_alphabetic());
        match first {
            b';' => {
                self.skip_while(|byte| *byte != b'\n');
                self.token(TokenKind::Comment, start)
            }
            b'@' => self.label_reference(),
            b'$' => self.name_after(TokenKind::Parameter),
            b'"' => self.string(start),
            b'#' => {
                self.skip_name();
                self.token(TokenKind::Directive, start)
            }
            b'%' if next_begins_name => self.name_after(TokenKind::Macro),
            b'0'..=b'9' => self.number(start),
            b'.' => self.name_or_label(start + 1, true),
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => self.name_or_label(start, false),
            _ => self.sign(first, start),
        }
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        loop {
            let start = self.position;
            let first = self.peek_byte()?;
            if first.is_ascii() {
                self.position += 1;
                if first != b'\n' && (first.is_ascii_whitespace() || first == 0x0b) {
                    continue;
                }
                return Some(self.after(first, start));
            }
            let letter = self.text[start..].chars().next()?;
            self.position += letter.len_utf8();
            if letter.is_alphabetic() {
                return Some(self.name_or_label(start, false));
            }
            if !letter.is_whitespace() {
                return Some(self.token(TokenKind::Invalid, start));
            }
        }
    }
}

impl FusedIterator for Lexer<'_> {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kinds(text: &str) -> Vec<(TokenKind, &str)> {
        Lexer::new(text)
            .map(|token| (token.kind, token.text(text)))
            .collect()
    }

    #[test]
    fn labels_and_numbers_that_look_alike() {
        use TokenKind as T;
        assert_eq!(
            kinds("00af: 0x2A: 12 0x"),
            [
                (T::PcLabel, "00af"),
                (T::PcLabel, "0x2A"),
                (T::Number, "12"),
                (T::Number, "0x"),
            ]
        );
        assert_eq!(
            kinds("läbel: .end: @.end .len(%m 7%2 %"),
            [
                (T::Label, "läbel"),
                (T::DottedLabel, "end"),
                (T::DottedLabelReference, "end"),
                (T::DottedName, "len"),
                (T::OpenParenthesis, "("),
                (T::Macro, "m"),
                (T::Number, "7"),
                (T::Operator(Operator::Modulo), "%"),
                (T::Number, "2"),
                (T::Operator(Operator::Modulo), "%"),
            ]
        );
        assert_eq!(
            kinds("\"a\\\"\nb\" ; \"c\n\"\\"),
            [
                (T::Text, "a\\\"\nb"),
                (T::Comment, "; \"c"),
                (T::LineEnd, "\n"),
                (T::UnterminatedText, "\"\\"),
            ]
        );
    }

    proptest! {
        #[test]
        fn only_white_space_stands_between_tokens(text in "\\PC*|[a-z0-9x@.%$#:\"\\\\;\n <>=!&(){}\\[\\],+*/-]*") {
            let mut last = 0;
            for token in Lexer::new(&text) {
                let (start, end) = token.whole();
                let gap = text.get(last as usize..start as usize);
                prop_assert!(gap.is_some_and(|gap| gap.trim().is_empty()), "{gap:?} before {token:?}");
                prop_assert!(start <= end && text.get(start as usize..end as usize).is_some());
                last = end;
            }
            prop_assert!(text[last as usize..].trim().is_empty());
        }
    }
}
