//! Expressions: operands are written before their operator, so that computing one is a walk from left to right.
//!
//! Parentheses and calls that are open wait on a stack of their own: no depth of nesting is a depth of recursion.

use super::{Parsed, Parser, is_sign};
use crate::lexer::{Operator, Token, TokenKind};
use crate::syntax::{Arguments, Expression, Node};
use crate::value::Value;

/// What waits for its right side or for its end.
enum Waiting {
    Operator(Operator, Token),
    Negate(Token),
    Group(Token),
    /// A call, with the index of its [`Node::Enter`].
    Call(usize, Token),
    List(Token),
}

impl Waiting {
    /// The sign that ends what is open here, and what may stand in its place; none for operators.
    fn closing(&self) -> Option<(TokenKind, &'static str)> {
        match self {
            Self::Group(_) => Some((TokenKind::CloseParenthesis, "`)`")),
            Self::Call(..) => Some((TokenKind::CloseParenthesis, "`,` or `)`")),
            Self::List(_) => Some((TokenKind::CloseBracket, "`,` or `]`")),
            Self::Operator(..) | Self::Negate(_) => None,
        }
    }

    /// Whether it has several values, with commas between them.
    fn has_commas(&self) -> bool {
        matches!(self, Self::Call(..) | Self::List(_))
    }
}

/// What an expression's next token means for it.
enum Step {
    /// An operand has been read, or a group or a call has ended.
    Operand,
    /// An operand must follow.
    Open,
    /// The expression has ended before the token.
    End,
}

impl Parser<'_> {
    /// Reads an expression that begins with a token.
    pub(super) fn expression(&mut self, first: Token) -> Parsed<Expression> {
        let start = self.syntax.nodes.len() as u32;
        let mut waiting = Vec::new();
        let mut step = self.operand(first, &mut waiting)?;
        loop {
            let next = self.next();
            step = match step {
                Step::Operand => self.after_operand(next, &mut waiting)?,
                Step::Open => {
                    let token = next.unwrap_or_else(|| self.end());
                    self.operand(token, &mut waiting)?
                }
                Step::End => {
                    if let Some(token) = next {
                        self.unread(token);
                    }
                    let end = self.syntax.nodes.len() as u32;
                    return Ok(Expression { start, end });
                }
            };
        }
    }

    /// Arguments between parentheses, of which the opening one has been read.
    pub(super) fn arguments(&mut self) -> Parsed<Arguments> {
        let mut list = Vec::new();
        loop {
            let token = self.next().unwrap_or_else(|| self.end());
            match token.kind {
                TokenKind::CloseParenthesis => break,
                TokenKind::LineEnd if (token.start as usize) < self.text.len() => continue,
                _ => list.push(self.expression(token)?),
            }
            let token = self.next_in_list();
            match token.kind {
                TokenKind::Comma => {}
                TokenKind::CloseParenthesis => break,
                _ => return self.unexpected(token, "`,` or `)`"),
            }
        }
        Ok(self.keep_arguments(&list))
    }

    pub(super) fn keep_arguments(&mut self, list: &[Expression]) -> Arguments {
        let start = self.syntax.arguments.len() as u32;
        self.syntax.arguments.extend_from_slice(list);
        Arguments {
            start,
            end: self.syntax.arguments.len() as u32,
        }
    }

    /// The next token that is not the end of a line.
    pub(super) fn next_in_list(&mut self) -> Token {
        loop {
            match self.next() {
                Some(token) if token.kind == TokenKind::LineEnd => {}
                Some(token) => return token,
                None => return self.end(),
            }
        }
    }

    /// Reads a token where an operand must stand.
    fn operand(&mut self, token: Token, waiting: &mut Vec<Waiting>) -> Parsed<Step> {
        match token.kind {
            TokenKind::Number => match Value::parse(self.text_of(token)) {
                Ok(value) => self.add_literal(value, token),
                Err(reason) => return self.error(token, "number", reason),
            },
            TokenKind::Text => match unescape(self.text_of(token)) {
                Ok(bytes) => self.add_literal(Value::from_bytes(&bytes), token),
                Err(reason) => return self.error(token, "string", reason),
            },
            TokenKind::Parameter => {
                let name = self.syntax.names.intern(self.text_of(token));
                self.add_node(Node::Parameter(name), token);
            }
            TokenKind::LabelReference | TokenKind::DottedLabelReference => {
                let name = self.syntax.names.intern(self.text_of(token));
                let dotted = token.kind == TokenKind::DottedLabelReference;
                self.add_node(Node::Label { name, dotted }, token);
            }
            TokenKind::Name | TokenKind::DottedName => return Ok(self.name(token, waiting)),
            TokenKind::OpenParenthesis => {
                waiting.push(Waiting::Group(token));
                return Ok(Step::Open);
            }
            TokenKind::OpenBracket => {
                waiting.push(Waiting::List(token));
                self.add_node(Node::OpenList, token);
                return Ok(Step::Open);
            }
            kind if is_sign(kind) => {
                waiting.push(Waiting::Negate(token));
                return Ok(Step::Open);
            }
            _ => return self.no_operand(token, waiting),
        }
        self.operand_ends(waiting);
        Ok(Step::Operand)
    }

    /// Reads a macro's name, and the parenthesis that opens its arguments.
    fn name(&mut self, token: Token, waiting: &mut Vec<Waiting>) -> Step {
        let enter = Node::Enter {
            name: self.syntax.names.intern(self.text_of(token)),
            built_in: token.kind == TokenKind::DottedName,
            arguments: 0,
        };
        let index = self.syntax.nodes.len();
        self.add_node(enter, token);
        if self.take(TokenKind::OpenParenthesis).is_none() {
            self.add_node(Node::Call, token);
            self.operand_ends(waiting);
            return Step::Operand;
        }
        waiting.push(Waiting::Call(index, token));
        Step::Open
    }

    /// A token that is no operand where one must stand: a call without further arguments may end there.
    fn no_operand(&mut self, token: Token, waiting: &mut Vec<Waiting>) -> Parsed<Step> {
        match (token.kind, waiting.last()) {
            (TokenKind::CloseParenthesis, Some(Waiting::Call(..)))
            | (TokenKind::CloseBracket, Some(Waiting::List(_))) => {
                self.close(waiting);
                return Ok(Step::Operand);
            }
            (TokenKind::LineEnd, Some(Waiting::Call(..) | Waiting::List(_)))
                if (token.start as usize) < self.text.len() =>
            {
                return Ok(Step::Open);
            }
            (TokenKind::CloseParenthesis, Some(Waiting::Group(_))) => {
                return self.error(token, "syntax", "there is nothing between the parentheses");
            }
            _ => {}
        }
        if let TokenKind::Operator(operator) = token.kind {
            let message = format!(
                "unexpected operator `{}`: expected an operand",
                operator.sign()
            );
            return self.error(token, "syntax", message);
        }
        let expected = match waiting.last() {
            Some(Waiting::Operator(operator, _)) => {
                format!("an operand on the right side of `{}`", operator.sign())
            }
            _ => "an expression".into(),
        };
        self.unexpected(token, &expected)
    }

    /// Reads a token where an operand has ended.
    fn after_operand(&mut self, token: Option<Token>, waiting: &mut Vec<Waiting>) -> Parsed<Step> {
        let open = waiting.iter().rev().find(|one| one.closing().is_some());
        let has_commas = open.is_some_and(Waiting::has_commas);
        let closing = open.and_then(Waiting::closing);
        let kind = token.map(|token| token.kind);
        match (token, kind) {
            (Some(token), Some(TokenKind::Operator(operator))) => {
                self.operator(operator, token, waiting);
                return Ok(Step::Open);
            }
            // `%name` behind an operand is a modulo sign and a name.
            (Some(token), Some(TokenKind::Macro)) => {
                self.operator(Operator::Modulo, token, waiting);
                return Ok(self.name(
                    Token {
                        kind: TokenKind::Name,
                        ..token
                    },
                    waiting,
                ));
            }
            (_, Some(kind)) if closing.is_some_and(|(close, _)| close == kind) => {
                self.finish_operators(waiting);
                self.count_argument(waiting);
                self.close(waiting);
                return Ok(Step::Operand);
            }
            (_, Some(TokenKind::Comma)) if has_commas => {
                self.finish_operators(waiting);
                self.count_argument(waiting);
                return Ok(Step::Open);
            }
            (_, Some(TokenKind::LineEnd)) if closing.is_some() => return Ok(Step::Operand),
            _ => {}
        }
        if let Some((_, expected)) = closing {
            let token = token.unwrap_or_else(|| self.end());
            return self.unexpected(token, expected);
        }
        if let Some(token) = token {
            self.unread(token);
        }
        self.finish_operators(waiting);
        Ok(Step::End)
    }

    /// An operand has ended: signs before it belong to it alone.
    fn operand_ends(&mut self, waiting: &mut Vec<Waiting>) {
        while let Some(Waiting::Negate(_)) = waiting.last() {
            if let Some(Waiting::Negate(sign)) = waiting.pop() {
                self.add_node(Node::Negate, sign);
            }
        }
    }

    /// Operators that bind at least as tightly as the next one have their right side.
    fn operator(&mut self, operator: Operator, token: Token, waiting: &mut Vec<Waiting>) {
        while let Some(Waiting::Operator(before, place)) = waiting.last() {
            if operator.binds_tighter() && !before.binds_tighter() {
                break;
            }
            let (before, place) = (*before, *place);
            waiting.pop();
            self.add_node(Node::Operator(before), place);
        }
        waiting.push(Waiting::Operator(operator, token));
    }

    fn finish_operators(&mut self, waiting: &mut Vec<Waiting>) {
        while let Some(Waiting::Operator(operator, place)) = waiting.last() {
            let (operator, place) = (*operator, *place);
            waiting.pop();
            self.add_node(Node::Operator(operator), place);
        }
    }

    fn count_argument(&mut self, waiting: &[Waiting]) {
        if let Some(Waiting::Call(index, _)) = waiting.last()
            && let Some(Node::Enter { arguments, .. }) = self.syntax.nodes.get_mut(*index)
        {
            *arguments = arguments.saturating_add(1);
        }
    }

    /// Ends the innermost group, call or list.
    fn close(&mut self, waiting: &mut Vec<Waiting>) {
        match waiting.pop() {
            Some(Waiting::Group(place)) => self.add_node(Node::Group, place),
            Some(Waiting::Call(_, place)) => self.add_node(Node::Call, place),
            Some(Waiting::List(place)) => self.add_node(Node::List, place),
            Some(other) => waiting.push(other),
            None => {}
        }
        self.operand_ends(waiting);
    }
}

/// The bytes of a string's text.
pub(super) fn unescape(text: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        let mut escaped = rest[at + 1..].chars();
        match escaped.next() {
            Some('n') => bytes.push(b'\n'),
            Some('r') => bytes.push(b'\r'),
            Some('t') => bytes.push(b'\t'),
            Some(same @ ('\\' | '"')) => bytes.push(same as u8),
            Some('x') => {
                let digits: String = escaped.by_ref().take(2).collect();
                let whole =
                    digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
                let byte = u8::from_str_radix(&digits, 16).ok().filter(|_| whole);
                bytes.push(
                    byte.ok_or_else(|| format!("\\x{digits} is not two hexadecimal digits"))?,
                );
            }
            Some(other) => return Err(format!("\\{other} stands for nothing in a string")),
            None => return Err("the string ends within an escape".into()),
        }
        rest = escaped.as_str();
    }
    bytes.extend_from_slice(rest.as_bytes());
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::unescape;

    #[test]
    fn escapes() {
        assert_eq!(
            unescape(r#"a\"\\\n\x00\xfFz"#),
            Ok(b"a\"\\\n\0\xffz".to_vec())
        );
        for wrong in [r"\", r"\x1", r"\xä1", r"\q", r"\x+1"] {
            assert!(unescape(wrong).is_err(), "{wrong}");
        }
    }
}
