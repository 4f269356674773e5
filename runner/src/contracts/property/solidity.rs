//! Sources of Solidity as tokens: as much as comments and constants need, and without errors.

/// What a source consists of, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A comment of documentation, with where it begins.
    Doc(&'a str, usize),
    /// A name or a keyword.
    Word(&'a str),
    /// A number, or what looks like one.
    Number(&'a str),
    /// What is between quotes.
    Text(&'a str),
    /// A sign of its own.
    Sign(u8),
}

/// Takes a source apart.
pub(super) struct Lexer<'a> {
    source: &'a str,
    position: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        Self {
            source,
            position: 0,
        }
    }

    fn rest(&self) -> &'a str {
        // Positions are those of ASCII characters, or of the ends of whole ones.
        self.source.get(self.position..).unwrap_or_default()
    }

    /// Goes on behind the next occurrence of something, or to the end.
    fn skip_past(&mut self, pattern: &str) -> &'a str {
        let rest = self.rest();
        let length = rest
            .find(pattern)
            .map_or(rest.len(), |at| at + pattern.len());
        self.position += length;
        &rest[..length]
    }

    /// Goes on behind a text, which ends with its line at the latest.
    fn text(&mut self, quote: char) -> Token<'a> {
        self.position += 1;
        let start = self.position;
        let mut escaped = false;
        for character in self.rest().chars() {
            let end = self.position;
            self.position += character.len_utf8();
            match character {
                _ if character == '\n' || (character == quote && !escaped) => {
                    return Token::Text(self.source.get(start..end).unwrap_or_default());
                }
                _ => escaped = character == '\\' && !escaped,
            }
        }
        Token::Text(self.source.get(start..).unwrap_or_default())
    }

    /// A name, or a number with its point and exponent.
    fn word(&mut self, is_number: bool) -> Token<'a> {
        let rest = self.rest();
        let mut before = ' ';
        let mut end = rest.len();
        for (position, character) in rest.char_indices() {
            let continues = is_part(character)
                || (is_number && character == '.')
                || (is_number && character == '-' && matches!(before, 'e' | 'E'));
            if !continues {
                end = position;
                break;
            }
            before = character;
        }
        self.position += end;
        if is_number {
            Token::Number(&rest[..end])
        } else {
            Token::Word(&rest[..end])
        }
    }
}

fn is_part(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_' || character == '$'
}

impl<'a> Iterator for Lexer<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let rest = self.rest();
            let start = self.position;
            let first = rest.chars().next()?;
            if rest.starts_with("//") {
                let text = self.skip_past("\n");
                if text.starts_with("///") && !text.starts_with("////") {
                    return Some(Token::Doc(text, start));
                }
            } else if rest.starts_with("/*") {
                self.position += 2;
                self.skip_past("*/");
                let text = self.source.get(start..self.position).unwrap_or_default();
                if text.starts_with("/**") && text.len() > "/**/".len() {
                    return Some(Token::Doc(text, start));
                }
            } else if first == '"' || first == '\'' {
                return Some(self.text(first));
            } else if is_part(first) {
                return Some(self.word(first.is_ascii_digit()));
            } else {
                self.position += first.len_utf8();
                if first.is_ascii_punctuation() {
                    return Some(Token::Sign(first as u8));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_taken_apart() {
        let source = "/// doc\nx1 = -1_000.5e-3 + 0xAb; // no\n /* no */ s = hex'ff' \"a\\\"b\"; /** d */ 'open\né";
        let tokens: Vec<Token<'_>> = Lexer::new(source).collect();
        assert_eq!(
            tokens,
            [
                Token::Doc("/// doc\n", 0),
                Token::Word("x1"),
                Token::Sign(b'='),
                Token::Sign(b'-'),
                Token::Number("1_000.5e-3"),
                Token::Sign(b'+'),
                Token::Number("0xAb"),
                Token::Sign(b';'),
                Token::Word("s"),
                Token::Sign(b'='),
                Token::Word("hex"),
                Token::Text("ff"),
                Token::Text("a\\\"b"),
                Token::Sign(b';'),
                Token::Doc("/** d */", source.find("/** d").unwrap()),
                Token::Text("open"),
            ]
        );
    }
}
