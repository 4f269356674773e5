//! Tests: their lines, each of which begins with a directive.

mod expect;

use super::{Parsed, Parser};
use crate::abi;
use crate::diagnostic::{Diagnostic, closest};
use crate::lexer::{Lexer, Token, TokenKind};
use crate::source::Span;
use crate::syntax::{Kind, Node};
use crate::testing::{
    Observable, Setting, TestAction, TestBlock, TestExpression, TestParameter, TestStatement,
};

/// The directives of tests, in the order of the alphabet.
pub(crate) const TEST_DIRECTIVES: [&str; 30] = [
    "#account",
    "#assume",
    "#balance",
    "#block.basefee",
    "#block.blobbasefee",
    "#block.coinbase",
    "#block.difficulty",
    "#block.gaslimit",
    "#block.number",
    "#block.prevrandao",
    "#block.timestamp",
    "#call",
    "#calldata",
    "#case",
    "#chainid",
    "#code",
    "#deploy",
    "#expect",
    "#fork",
    "#gas",
    "#gasprice",
    "#let",
    "#nonce",
    "#origin",
    "#runs",
    "#sender",
    "#staticcall",
    "#storage",
    "#to",
    "#value",
];

/// Directives that set something for the calls that follow.
const SETTINGS: [(&str, Setting); 15] = [
    ("#sender", Setting::Sender),
    ("#origin", Setting::Origin),
    ("#to", Setting::To),
    ("#value", Setting::Value),
    ("#gas", Setting::Gas),
    ("#gasprice", Setting::GasPrice),
    ("#chainid", Setting::ChainId),
    ("#block.number", Setting::Number),
    ("#block.timestamp", Setting::Timestamp),
    ("#block.basefee", Setting::BaseFee),
    ("#block.prevrandao", Setting::PrevRandao),
    ("#block.difficulty", Setting::Difficulty),
    ("#block.gaslimit", Setting::GasLimit),
    ("#block.coinbase", Setting::Coinbase),
    ("#block.blobbasefee", Setting::BlobBaseFee),
];

/// What may be set behind a call, for that call.
const OVERRIDES: [(&str, Setting); 5] = [
    ("from", Setting::Sender),
    ("to", Setting::To),
    ("value", Setting::Value),
    ("gas", Setting::Gas),
    ("origin", Setting::Origin),
];

impl Parser<'_> {
    /// `#test "name" (parameters) { .. }`
    pub(super) fn test(&mut self, directive: Token) -> Parsed<(Token, Kind)> {
        self.not_in_macro(directive)?;
        let name = self.next().unwrap_or_else(|| self.end());
        if name.kind != TokenKind::Text {
            return self.unexpected(name, "the name of the test, in quotes");
        }
        let mut token = self.next_in_list();
        let mut parameters = Vec::new();
        if token.kind == TokenKind::OpenParenthesis {
            parameters = self.test_parameters()?;
            token = self.next_in_list();
        }
        if token.kind != TokenKind::OpenBrace {
            return self.unexpected(token, "`{` and what the test does");
        }
        let statements = self.test_body(name)?;
        self.syntax.tests.push(TestBlock {
            name: self.text_of(name).into(),
            span: self.span(name),
            parameters,
            statements,
        });
        Ok((directive, Kind::Test))
    }

    /// `#setup { .. }`
    pub(super) fn setup(&mut self, directive: Token) -> Parsed<(Token, Kind)> {
        self.not_in_macro(directive)?;
        let token = self.next_in_list();
        if token.kind != TokenKind::OpenBrace {
            return self.unexpected(token, "`{` and what comes before each test");
        }
        let statements = self.test_body(directive)?;
        let file = self.file;
        if self.syntax.setups.iter().any(|one| one.span.file == file) {
            return self.fail_after(directive, "redefinition", "a second #setup".into());
        }
        self.syntax.setups.push(TestBlock {
            name: String::new(),
            span: self.span(directive),
            parameters: Vec::new(),
            statements,
        });
        Ok((directive, Kind::Test))
    }

    fn not_in_macro(&mut self, directive: Token) -> Parsed<()> {
        if self.in_macro {
            let message = "a test cannot stand within a macro";
            return self.error(directive, "nested-definition", message);
        }
        Ok(())
    }

    /// `a: uint256, b: bytes`, of which the parenthesis before has been read.
    fn test_parameters(&mut self) -> Parsed<Vec<TestParameter>> {
        let mut parameters: Vec<TestParameter> = Vec::new();
        loop {
            let token = self.next_in_list();
            match token.kind {
                TokenKind::CloseParenthesis => return Ok(parameters),
                TokenKind::Label => {}
                _ => return self.unexpected(token, "a parameter such as `amount: uint256`"),
            }
            let name = self.text_of(token);
            if parameters.iter().any(|parameter| parameter.name == name) {
                return self.error(token, "redefinition", format!("a second parameter {name}"));
            }
            self.syntax.names.intern(name);
            let (type_name, end) = self.parameter_type(token)?;
            parameters.push(TestParameter {
                name: name.into(),
                type_name,
                span: self.span(token),
            });
            if end.kind == TokenKind::CloseParenthesis {
                return Ok(parameters);
            }
        }
    }

    /// The type of a parameter, and the sign behind it.
    fn parameter_type(&mut self, parameter: Token) -> Parsed<(String, Token)> {
        let mut text = String::new();
        let mut depth = 0u32;
        loop {
            let token = self.next_in_list();
            match token.kind {
                TokenKind::Comma if depth == 0 => return self.checked_type(parameter, text, token),
                TokenKind::CloseParenthesis if depth == 0 => {
                    return self.checked_type(parameter, text, token);
                }
                TokenKind::OpenParenthesis => depth += 1,
                TokenKind::CloseParenthesis => depth -= 1,
                TokenKind::Name
                | TokenKind::Number
                | TokenKind::Comma
                | TokenKind::OpenBracket
                | TokenKind::CloseBracket => {}
                _ => return self.unexpected(token, "the type of the parameter"),
            }
            text.push_str(self.text_of(token));
        }
    }

    fn checked_type(
        &mut self,
        parameter: Token,
        text: String,
        end: Token,
    ) -> Parsed<(String, Token)> {
        if let Err(reason) = abi::Type::parse(&text) {
            // The rest of the test is read as if the type were right, so that nothing follows from this.
            let found = Diagnostic::error("type", self.span(parameter), reason);
            self.found.push(found);
            return Ok(("uint256".into(), end));
        }
        Ok((text, end))
    }

    /// Lines up to the closing brace. What is wrong in one line does not end the test.
    fn test_body(&mut self, name: Token) -> Parsed<Vec<TestStatement>> {
        let Some(last) = self.closing_brace() else {
            let message = "the test has no `}` at its end";
            let found = Diagnostic::error("syntax", self.span(name), message);
            self.found.push(found);
            // Whatever follows would be taken for a part of the test.
            self.ahead.clear();
            self.lexer = Lexer::new("");
            return Err(super::Reported);
        };
        let mut statements = Vec::new();
        while let Some(token) = self.next() {
            if token.start >= last {
                // The line of what was wrong may have been left out with the brace on it.
                if token.start > last {
                    self.unread(token);
                }
                break;
            }
            if matches!(token.kind, TokenKind::LineEnd | TokenKind::Comment) {
                continue;
            }
            statements.extend(self.test_statement(token));
        }
        Ok(statements)
    }

    /// Where the brace is closed that has just been opened.
    fn closing_brace(&self) -> Option<u32> {
        let mut depth = 1u32;
        let ahead = self.ahead.iter().rev().copied();
        for token in ahead.chain(self.lexer.clone()) {
            match token.kind {
                TokenKind::OpenBrace => depth += 1,
                TokenKind::CloseBrace if depth == 1 => return Some(token.start),
                TokenKind::CloseBrace => depth -= 1,
                _ => {}
            }
        }
        None
    }

    fn test_statement(&mut self, token: Token) -> Parsed<TestStatement> {
        if token.kind != TokenKind::Directive {
            return self.unexpected(token, "a directive of a test");
        }
        let (name, directive) = self.test_directive(token);
        let action = self.test_action(&name, directive)?;
        let end = self.next().unwrap_or_else(|| self.end());
        match end.kind {
            TokenKind::LineEnd | TokenKind::Comment => {}
            TokenKind::CloseBrace => self.unread(end),
            _ => return self.unexpected(end, "the end of the line"),
        }
        Ok(TestStatement {
            span: self.span(directive),
            action,
        })
    }

    /// The name of a directive, of which `#block.number` has two tokens.
    fn test_directive(&mut self, token: Token) -> (String, Token) {
        let mut name = self.text_of(token).to_owned();
        let mut whole = token;
        if let Some(field) = self.take(TokenKind::DottedName) {
            name.push('.');
            name.push_str(self.text_of(field));
            whole.end = field.end;
        }
        (name, whole)
    }

    fn test_action(&mut self, name: &str, directive: Token) -> Parsed<TestAction> {
        if let Some((_, setting)) = SETTINGS.iter().find(|(known, _)| *known == name) {
            return Ok(TestAction::Set(*setting, self.test_expression()?));
        }
        match name {
            "#fork" => self.fork(),
            "#account" => self.account(),
            "#balance" => self.write(Observable::Balance),
            "#nonce" => self.write(Observable::Nonce),
            "#code" => self.write(Observable::Code),
            "#storage" => self.write(Observable::Storage),
            "#let" => {
                let (name, _) = self.new_name()?;
                self.expect_equals()?;
                let value = self.test_operand()?;
                Ok(TestAction::Let { name, value })
            }
            "#deploy" => self.deploy(),
            "#call" | "#calldata" | "#staticcall" => {
                let parts = self.parts()?;
                let overrides = self.overrides()?;
                Ok(TestAction::Call {
                    parts,
                    overrides,
                    is_static: name == "#staticcall",
                })
            }
            "#expect" => self.expectations(),
            "#assume" => Ok(TestAction::Assume(self.conditions()?)),
            "#case" => {
                let parts = self.parts()?;
                Ok(TestAction::Case(parts))
            }
            "#runs" => Ok(TestAction::Runs(self.test_expression()?)),
            other => {
                let message = format!("unknown directive {other} in a test");
                let mut found =
                    Diagnostic::error("unknown-directive", self.span(directive), message);
                if let Some(close) = closest(other, TEST_DIRECTIVES) {
                    found = found.help(format!("did you mean {close}?"));
                }
                let next = self.next().unwrap_or_else(|| self.end());
                self.fail(next, found)
            }
        }
    }

    /// Reports what is wrong with a token that has been read, with others behind it.
    fn fail_after<T>(&mut self, token: Token, code: &'static str, message: String) -> Parsed<T> {
        let found = Diagnostic::error(code, self.span(token), message);
        let next = self.next().unwrap_or_else(|| self.end());
        self.fail(next, found)
    }

    fn fork(&mut self) -> Parsed<TestAction> {
        let token = self.next().unwrap_or_else(|| self.end());
        if !matches!(token.kind, TokenKind::Text | TokenKind::Name) {
            return self.unexpected(token, "the name of a fork, in quotes");
        }
        let name = self.text_of(token);
        match name.parse::<gasworks_spec::Fork>() {
            Ok(fork) => Ok(TestAction::Fork(fork)),
            Err(reason) => {
                let names: Vec<String> = gasworks_spec::Fork::all()
                    .map(|fork| fork.name().to_ascii_lowercase())
                    .collect();
                let message = format!("{name:?}: {reason}");
                let mut found = Diagnostic::error("fork", self.span(token), message);
                if let Some(close) = closest(name, names.iter().map(String::as_str)) {
                    found = found.help(format!("did you mean {close:?}?"));
                }
                self.fail(token, found)
            }
        }
    }

    fn account(&mut self) -> Parsed<TestAction> {
        let (name, _) = self.new_name()?;
        let address = match self.take(TokenKind::Equals) {
            Some(_) => Some(self.test_expression()?),
            None => None,
        };
        Ok(TestAction::Account { name, address })
    }

    fn write(&mut self, what: Observable) -> Parsed<TestAction> {
        let at = self.places()?;
        self.expect_equals()?;
        let value = self.test_expression()?;
        Ok(TestAction::Write { what, at, value })
    }

    /// `#deploy`, `#deploy code, arguments`, `#deploy name = code, arguments`
    fn deploy(&mut self) -> Parsed<TestAction> {
        let mut name = None;
        if let Some(first) = self.take(TokenKind::Name) {
            match self.take(TokenKind::Equals) {
                Some(_) => {
                    name = Some(self.text_of(first).to_owned());
                    self.syntax.names.intern(self.text_of(first));
                }
                None => self.unread(first),
            }
        }
        let parts = self.parts()?;
        let overrides = self.overrides()?;
        Ok(TestAction::Deploy {
            name,
            parts,
            overrides,
        })
    }

    fn new_name(&mut self) -> Parsed<(String, Token)> {
        let token = self.next().unwrap_or_else(|| self.end());
        if token.kind != TokenKind::Name {
            return self.unexpected(token, "a name");
        }
        let name = self.text_of(token);
        self.syntax.names.intern(name);
        Ok((name.into(), token))
    }

    fn expect_equals(&mut self) -> Parsed<()> {
        let token = self.next().unwrap_or_else(|| self.end());
        match token.kind {
            TokenKind::Equals => Ok(()),
            _ => self.unexpected(token, "`=`"),
        }
    }

    /// Expressions with commas between them, up to the end of the line or to a word that belongs to the line.
    fn parts(&mut self) -> Parsed<Vec<TestExpression>> {
        let mut parts = Vec::new();
        let first = self.next().unwrap_or_else(|| self.end());
        if self.ends_parts(first) {
            self.unread(first);
            return Ok(parts);
        }
        self.unread(first);
        loop {
            parts.push(self.test_expression()?);
            if self.take(TokenKind::Comma).is_none() {
                return Ok(parts);
            }
            self.skip_line_ends();
        }
    }

    fn ends_parts(&self, token: Token) -> bool {
        match token.kind {
            TokenKind::LineEnd | TokenKind::Comment | TokenKind::CloseBrace => true,
            TokenKind::Name => {
                let text = self.text_of(token);
                OVERRIDES.iter().any(|(name, _)| *name == text)
            }
            _ => false,
        }
    }

    /// After a comma a line may go on in the next one.
    fn skip_line_ends(&mut self) {
        while let Some(token) = self.next() {
            if !matches!(token.kind, TokenKind::LineEnd | TokenKind::Comment) {
                self.unread(token);
                return;
            }
        }
    }

    fn overrides(&mut self) -> Parsed<Vec<(Setting, TestExpression)>> {
        let mut overrides = Vec::new();
        while let Some(token) = self.take(TokenKind::Name) {
            let text = self.text_of(token);
            let Some((_, setting)) = OVERRIDES.iter().find(|(name, _)| *name == text) else {
                return self
                    .unexpected(token, "`from`, `to`, `value`, `gas` or the end of the line");
            };
            overrides.push((*setting, self.test_expression()?));
        }
        Ok(overrides)
    }

    fn test_expression(&mut self) -> Parsed<TestExpression> {
        let first = self.next().unwrap_or_else(|| self.end());
        let expression = self.expression(first)?;
        let (start, _) = first.whole();
        let end = self.end_of(start);
        let nodes = self.syntax.nodes_of(expression);
        let is_text = nodes.len() == 1 && first.kind == TokenKind::Text;
        let bytes = match nodes {
            [Node::Literal(_)] => is_text,
            [Node::Enter { name, .. }, rest @ .., Node::Call] => {
                let name = self.syntax.names.get(*name);
                let signature = match rest.first() {
                    Some(Node::Literal(index)) => self.syntax.literals.get(*index as usize),
                    _ => None,
                };
                matches!(name, "encode" | "packed" | "assemble")
                    || signature.is_some_and(|text| abi::is_signature_of(text, name))
            }
            _ => false,
        };
        Ok(TestExpression {
            span: Span {
                file: self.file,
                start,
                end,
            },
            expression,
            document: self.document,
            bytes,
            is_text,
        })
    }

    /// Where that ends which begins at a byte and goes up to the next token.
    fn end_of(&mut self, start: u32) -> u32 {
        let next = self.next().unwrap_or_else(|| self.end());
        self.unread(next);
        let text = self.text.get(start as usize..next.whole().0 as usize);
        start + text.unwrap_or("").trim_end().len() as u32
    }
}
