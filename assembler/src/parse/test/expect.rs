//! What tests expect.

use super::super::{Parsed, Parser};
use crate::abi;
use crate::diagnostic::{Diagnostic, closest};
use crate::lexer::{Token, TokenKind};
use crate::source::Span;
use crate::syntax::Comparison;
use crate::testing::{
    Condition, Expectation, HALTS, HaltKind, LogPattern, LogTopics, Observable, Operand,
    TestAction, TestExpression,
};

/// What can be looked at, by its name, and how many values may stand in its brackets.
const OBSERVABLES: [(&str, Observable, usize, usize); 12] = [
    ("output", Observable::Output, 0, 1),
    ("gas", Observable::Gas, 0, 0),
    ("refund", Observable::Refund, 0, 0),
    ("storage", Observable::Storage, 1, 2),
    ("balance", Observable::Balance, 0, 1),
    ("nonce", Observable::Nonce, 0, 1),
    ("code", Observable::Code, 0, 1),
    ("created", Observable::Created, 0, 0),
    ("logs", Observable::Logs, 0, 0),
    ("topic", Observable::Topic, 1, 2),
    ("data", Observable::Data, 0, 1),
    ("emitter", Observable::Emitter, 0, 1),
];

impl Parser<'_> {
    /// `success, output = 1`
    pub(super) fn expectations(&mut self) -> Parsed<TestAction> {
        let mut expectations = Vec::new();
        loop {
            expectations.push(self.expectation()?);
            if self.take(TokenKind::Comma).is_none() {
                return Ok(TestAction::Expect(expectations));
            }
            self.skip_line_ends();
        }
    }

    /// Conditions with commas between them.
    pub(super) fn conditions(&mut self) -> Parsed<Vec<Condition>> {
        let mut conditions = Vec::new();
        loop {
            let left = self.test_operand()?;
            let comparison = self.test_comparison()?;
            conditions.push(self.condition_of(left, comparison)?);
            if self.take(TokenKind::Comma).is_none() {
                return Ok(conditions);
            }
            self.skip_line_ends();
        }
    }

    fn expectation(&mut self) -> Parsed<Expectation> {
        let token = self.next().unwrap_or_else(|| self.end());
        let span = self.span(token);
        match (token.kind, self.text_of(token)) {
            (TokenKind::Name, "success") => Ok(Expectation::Success(span)),
            (TokenKind::Name, "revert") => {
                let data = match self.ends_clause() {
                    true => None,
                    false => Some(self.test_expression()?),
                };
                Ok(Expectation::Revert(span, data))
            }
            (TokenKind::Name, "halt") => Ok(Expectation::Halt(span, self.halt_kind()?)),
            (TokenKind::Name, "log") => self.log_pattern(token),
            _ => {
                self.unread(token);
                self.condition_or_snapshot()
            }
        }
    }

    /// Whether a clause ends before the next token.
    fn ends_clause(&mut self) -> bool {
        let token = self.next().unwrap_or_else(|| self.end());
        self.unread(token);
        matches!(
            token.kind,
            TokenKind::LineEnd | TokenKind::Comment | TokenKind::Comma | TokenKind::CloseBrace
        )
    }

    fn halt_kind(&mut self) -> Parsed<Option<HaltKind>> {
        let Some(token) = self.take(TokenKind::Name) else {
            return Ok(None);
        };
        let name = self.text_of(token);
        if let Some(index) = HALTS.iter().position(|known| *known == name) {
            return Ok(Some(HaltKind(index)));
        }
        let message = format!("{name} is no way to halt");
        let mut found = Diagnostic::error("halt", self.span(token), message);
        found = match closest(name, HALTS) {
            Some(close) => found.help(format!("did you mean {close}?")),
            None => found.help(format!("they are {}", HALTS.join(", "))),
        };
        self.fail(token, found)
    }

    /// `log topic("E()")`, `log[first, second] data 5 from account`, `log E("E(uint256)", 5)`
    fn log_pattern(&mut self, word: Token) -> Parsed<Expectation> {
        let topics = if self.take(TokenKind::OpenBracket).is_some() {
            LogTopics::Words(self.list_after_bracket()?)
        } else if let Some(event) = self.event()? {
            event
        } else {
            LogTopics::Words(vec![self.test_expression()?])
        };
        let (mut data, mut emitter) = (None, None);
        while let Some(token) = self.take(TokenKind::Name) {
            let to = match self.text_of(token) {
                "data" => &mut data,
                "from" => &mut emitter,
                _ => return self.unexpected(token, "`data`, `from`, `,` or the end of the line"),
            };
            *to = Some(self.test_expression()?);
        }
        Ok(Expectation::Log(LogPattern {
            span: self.span(word),
            topics,
            data,
            emitter,
        }))
    }

    /// `Transfer("Transfer(address indexed, uint256)", a, 5)`, if it is one.
    fn event(&mut self) -> Parsed<Option<LogTopics>> {
        let Some(name) = self.take(TokenKind::Name) else {
            return Ok(None);
        };
        let Some(open) = self.take(TokenKind::OpenParenthesis) else {
            self.unread(name);
            return Ok(None);
        };
        let text = self.next().unwrap_or_else(|| self.end());
        let is_event =
            text.kind == TokenKind::Text && abi::is_text_of(self.text_of(text), self.text_of(name));
        if !is_event {
            self.unread(text);
            self.unread(open);
            self.unread(name);
            return Ok(None);
        }
        let signature = self.text_of(text).to_owned();
        let count = match abi::Signature::parse(&signature) {
            Ok(parsed) => parsed.parameters.len(),
            Err(reason) => return self.error(text, "signature", reason),
        };
        let mut values = Vec::new();
        loop {
            let token = self.next_in_list();
            match token.kind {
                TokenKind::CloseParenthesis => break,
                TokenKind::Comma => {
                    self.skip_line_ends();
                    values.push(self.test_expression()?);
                }
                _ => return self.unexpected(token, "`,` or `)`"),
            }
        }
        if values.len() != count {
            let message = format!("{signature} has {count} values, not {}", values.len());
            return self.fail_after(text, "arguments", message);
        }
        Ok(Some(LogTopics::Event { signature, values }))
    }

    /// `[account, slot]`, or nothing.
    pub(super) fn places(&mut self) -> Parsed<Vec<TestExpression>> {
        match self.take(TokenKind::OpenBracket) {
            Some(_) => self.list_after_bracket(),
            None => Ok(Vec::new()),
        }
    }

    fn list_after_bracket(&mut self) -> Parsed<Vec<TestExpression>> {
        let mut list = Vec::new();
        loop {
            self.skip_line_ends();
            list.push(self.test_expression()?);
            let token = self.next_in_list();
            match token.kind {
                TokenKind::Comma => {}
                TokenKind::CloseBracket => return Ok(list),
                _ => return self.unexpected(token, "`,` or `]`"),
            }
        }
    }

    /// An expression, or what there is after a call.
    pub(super) fn test_operand(&mut self) -> Parsed<Operand> {
        let token = self.next().unwrap_or_else(|| self.end());
        let text = self.text_of(token);
        let known = OBSERVABLES.iter().find(|(name, ..)| *name == text);
        let known = known.filter(|_| token.kind == TokenKind::Name);
        let Some((_, what, least, most)) = known else {
            self.unread(token);
            return self.test_expression().map(Operand::Value);
        };
        // `topic("E()")` is the built-in macro, and `code("code()")` a call of the contract's.
        if let Some(open) = self.take(TokenKind::OpenParenthesis) {
            self.unread(open);
            self.unread(token);
            return self.test_expression().map(Operand::Value);
        }
        let at = self.places()?;
        if at.len() < *least || at.len() > *most {
            let message = format!(
                "{text} takes {least} to {most} values in brackets, not {}",
                at.len()
            );
            return self.fail_after(token, "arguments", message);
        }
        let span = Span {
            end: self.end_of(token.start),
            ..self.span(token)
        };
        Ok(Operand::Observed {
            what: *what,
            at,
            span,
        })
    }

    fn condition_or_snapshot(&mut self) -> Parsed<Expectation> {
        let left = self.test_operand()?;
        let comparison = self.test_comparison()?;
        let is_gas = matches!(
            left,
            Operand::Observed {
                what: Observable::Gas,
                ..
            }
        );
        if is_gas && comparison == Comparison::Equal {
            let token = self.next().unwrap_or_else(|| self.end());
            if token.kind == TokenKind::Name && self.text_of(token) == "snapshot" {
                return Ok(Expectation::GasSnapshot(left.span()));
            }
            self.unread(token);
        }
        let condition = self.condition_of(left, comparison)?;
        Ok(Expectation::Condition(condition))
    }

    fn condition_of(&mut self, left: Operand, comparison: Comparison) -> Parsed<Condition> {
        let right = self.test_operand()?;
        let span = Span {
            file: self.file,
            start: left.span().start,
            end: right.span().end,
        };
        Ok(Condition {
            left,
            comparison,
            right,
            span,
        })
    }

    fn test_comparison(&mut self) -> Parsed<Comparison> {
        let token = self.next().unwrap_or_else(|| self.end());
        match (token.kind, self.text_of(token)) {
            (TokenKind::Equals, _) | (TokenKind::Comparison, "==") => Ok(Comparison::Equal),
            (TokenKind::Comparison, "!=") => Ok(Comparison::Unequal),
            (TokenKind::Comparison, "<") => Ok(Comparison::Less),
            (TokenKind::Comparison, "<=") => Ok(Comparison::LessOrEqual),
            (TokenKind::Comparison, ">") => Ok(Comparison::Greater),
            (TokenKind::Comparison, ">=") => Ok(Comparison::GreaterOrEqual),
            _ => self.unexpected(token, "`=`, `!=`, `<`, `<=`, `>` or `>=`"),
        }
    }
}
