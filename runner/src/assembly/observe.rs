//! What there is after a call, and how it compares with what a test says.

use std::cmp::Ordering;

use gasworks::{Address, CallStatus, Outcome, U256};
use gasworks_assembler::{
    Comparison, Condition, Expectation, ExpectedLog, LogPattern, Observable, Operand, Span,
    TestExpression, TestValue,
};

use super::execute::Bench;
use super::finding::{Finding, hex};
use super::reason::{error_data, halt_name};

/// A side of a condition with its value.
struct Side {
    value: TestValue,
    /// What was looked at; none for an expression.
    observed: Option<Observable>,
}

impl Bench<'_, '_, '_> {
    /// Says what is not as expected.
    pub(super) fn expectation(&mut self, expected: &Expectation) -> Result<(), Finding> {
        match expected {
            Expectation::Condition(condition) => match self.holds(condition)? {
                None => Ok(()),
                Some(message) => Err(Finding::new(condition.span, message)),
            },
            Expectation::Log(pattern) => self.log(pattern),
            Expectation::GasSnapshot(span) => {
                let gas = self.last(*span)?.gas_used;
                self.gas_snapshot(*span, gas)
            }
            Expectation::Success(span) => {
                let ending = self.context.errors.ending(self.last(*span)?);
                match self.last(*span)?.status {
                    CallStatus::Success => Ok(()),
                    _ => Err(Finding::new(
                        *span,
                        format!("expected success, but {ending}"),
                    )),
                }
            }
            Expectation::Halt(span, kind) => {
                let outcome = self.last(*span)?;
                let name = match outcome.status {
                    CallStatus::Halt(halt) => Some(halt_name(halt)),
                    _ => None,
                };
                let wanted = kind.map(gasworks_assembler::HaltKind::name);
                if name.is_some() && (wanted.is_none() || wanted == name) {
                    return Ok(());
                }
                let ending = self.context.errors.ending(outcome);
                let wanted = wanted.map_or(String::new(), |name| format!(" by {name}"));
                Err(Finding::new(
                    *span,
                    format!("expected a halt{wanted}, but {ending}"),
                ))
            }
            Expectation::Revert(span, data) => self.revert(*span, data.as_ref()),
        }
    }

    fn last(&self, span: Span) -> Result<&Outcome, Finding> {
        let last = self.scene.progress.last.as_ref();
        last.ok_or_else(|| Finding::new(span, "there is no call before this line"))
    }

    fn revert(&mut self, span: Span, data: Option<&TestExpression>) -> Result<(), Finding> {
        let wanted = match data {
            None => None,
            Some(expression) => {
                let bytes = self.bytes(expression)?;
                let is_reason = expression.is_text() && !bytes.is_empty();
                Some(if is_reason { error_data(&bytes) } else { bytes })
            }
        };
        let outcome = self.last(span)?;
        let fits = wanted
            .as_ref()
            .is_none_or(|data| *data == outcome.output[..]);
        if outcome.status == CallStatus::Revert && fits {
            return Ok(());
        }
        let errors = &self.context.errors;
        let wanted = wanted.map_or(String::new(), |data| format!(" {}", errors.decode(&data)));
        let ending = errors.ending(outcome);
        Err(Finding::new(
            span,
            format!("expected a revert{wanted}, but {ending}"),
        ))
    }

    /// Why a condition does not hold; nothing if it does.
    pub(super) fn holds(&mut self, condition: &Condition) -> Result<Option<String>, Finding> {
        let left = self.side(&condition.left)?;
        let right = self.side(&condition.right)?;
        let holds = compare(&left, condition.comparison, &right);
        if holds.map_err(|reason| Finding::new(condition.span, reason))? {
            return Ok(None);
        }
        let text = |span| one_line(self.context.sources.slice(span));
        let mut message = format!(
            "expected {}, but {} is {}",
            text(condition.span),
            text(condition.left.span()),
            show(&left, &right)
        );
        let shown = show(&right, &left);
        if shown != text(condition.right.span()) {
            message.push_str(&format!(" and {} is {shown}", text(condition.right.span())));
        }
        Ok(Some(message))
    }

    fn side(&mut self, operand: &Operand) -> Result<Side, Finding> {
        let observed = match operand {
            Operand::Observed { what, .. } => Some(*what),
            Operand::Value(_) => None,
        };
        Ok(Side {
            value: self.operand(operand)?,
            observed,
        })
    }

    /// The value of an expression, or of what there is after a call.
    pub(super) fn operand(&mut self, operand: &Operand) -> Result<TestValue, Finding> {
        let (what, at, span) = match operand {
            Operand::Value(expression) => return self.value(expression),
            Operand::Observed { what, at, span } => (*what, at.as_slice(), *span),
        };
        let number = |number: u64| TestValue::from_unsigned(&number.to_be_bytes());
        match what {
            Observable::Storage | Observable::Balance | Observable::Nonce | Observable::Code => {
                return self.account_value(what, at);
            }
            Observable::Output | Observable::Topic | Observable::Data | Observable::Emitter => {}
            Observable::Gas => return Ok(number(self.last(span)?.gas_used)),
            Observable::Refund => return Ok(number(self.last(span)?.gas_refunded)),
            Observable::Logs => return Ok(number(self.last(span)?.logs.iter().count() as u64)),
            Observable::Created => {
                let created = self.last(span)?.created.unwrap_or_default();
                return Ok(TestValue::from_unsigned(created.as_bytes()));
            }
        }
        let mut numbers = Vec::new();
        for expression in at {
            let index = self.value(expression)?.to_u64().unwrap_or(u64::MAX);
            numbers.push(usize::try_from(index).unwrap_or(usize::MAX));
        }
        if what == Observable::Output {
            return self.output(span, numbers.first().copied());
        }
        let (log, topic) = match numbers.as_slice() {
            [log, topic] => (*log, *topic),
            [one] if what == Observable::Topic => (0, *one),
            [one] => (*one, 0),
            _ => (0, 0),
        };
        let logs = &self.last(span)?.logs;
        let missing = || Finding::new(span, format!("there is no such log among {}", logs.len()));
        let log = logs.get(log).ok_or_else(missing)?;
        match what {
            Observable::Topic => match log.topics.get(topic) {
                Some(topic) => Ok(TestValue::from_unsigned(topic.as_bytes())),
                None => {
                    let count = log.topics.len();
                    Err(Finding::new(span, format!("the log has {count} topics")))
                }
            },
            Observable::Data => Ok(TestValue::from_bytes(log.data)),
            _ => Ok(TestValue::from_unsigned(log.address.as_bytes())),
        }
    }

    /// The output of the last call, or a word of it.
    fn output(&self, span: Span, word: Option<usize>) -> Result<TestValue, Finding> {
        let output = &self.last(span)?.output;
        let Some(index) = word else {
            return Ok(TestValue::from_bytes(output));
        };
        let start = index.saturating_mul(32);
        match output.get(start..start.saturating_add(32)) {
            Some(word) => Ok(TestValue::from_unsigned(word)),
            None => {
                let message = format!("the output has {} bytes and no such word", output.len());
                Err(Finding::new(span, message))
            }
        }
    }

    fn account_value(
        &mut self,
        what: Observable,
        at: &[TestExpression],
    ) -> Result<TestValue, Finding> {
        let (account, slot) = self.place(what, at)?;
        let seen = self.scene.look(account, slot);
        Ok(match what {
            Observable::Balance => TestValue::from_unsigned(&seen.balance.to_big_endian()),
            Observable::Nonce => TestValue::from_unsigned(&seen.nonce.to_be_bytes()),
            Observable::Code => TestValue::from_bytes(&seen.code),
            _ => TestValue::from_unsigned(&seen.word.to_big_endian()),
        })
    }

    /// The account and the slot that stand in brackets; the account that calls go to where none is named.
    pub(super) fn place(
        &mut self,
        what: Observable,
        at: &[TestExpression],
    ) -> Result<(Address, U256), Finding> {
        let program = self.scene.progress.surroundings.to;
        match (what, at) {
            (Observable::Storage, [slot]) => Ok((program, self.word(slot)?)),
            (Observable::Storage, [account, slot]) => {
                Ok((self.address(account)?, self.word(slot)?))
            }
            (_, [account]) => Ok((self.address(account)?, U256::zero())),
            _ => Ok((program, U256::zero())),
        }
    }

    fn log(&mut self, pattern: &LogPattern) -> Result<(), Finding> {
        let expected = self.expressions.log(pattern)?;
        let outcome = self.last(pattern.span)?;
        let wrong = |reason| Finding::new(pattern.span, reason);
        let mut seen = Vec::new();
        for log in outcome.logs.iter() {
            if fits(&expected, log.address, log.topics, log.data).map_err(wrong)? {
                return Ok(());
            }
            let topics: Vec<String> = log
                .topics
                .iter()
                .map(|topic| self.context.errors.event(topic.as_bytes()))
                .collect();
            seen.push(format!(
                "log of {} with topics [{}] and data {}",
                hex(log.address.as_bytes()),
                topics.join(", "),
                hex(log.data)
            ));
        }
        let mut finding = match outcome.status {
            CallStatus::Success => {
                let count = seen.len();
                Finding::new(pattern.span, format!("there is no such log among {count}"))
            }
            _ => {
                let ending = self.context.errors.ending(outcome);
                Finding::new(pattern.span, format!("there are no logs, because {ending}"))
            }
        };
        for text in seen.into_iter().take(8) {
            finding = finding.help(text);
        }
        Err(finding)
    }
}

fn fits(
    expected: &ExpectedLog,
    address: Address,
    topics: &[gasworks::Hash],
    data: &[u8],
) -> Result<bool, String> {
    let enough = match expected.all_topics {
        true => topics.len() == expected.topics.len(),
        false => topics.len() >= expected.topics.len(),
    };
    let mut pairs = expected.topics.iter().zip(topics);
    if !enough || !pairs.all(|(wanted, topic)| wanted.is_none_or(|wanted| wanted == topic.0)) {
        return Ok(false);
    }
    if let Some(emitter) = &expected.emitter
        && U256::from_big_endian(&emitter.word()?) != U256::from_big_endian(address.as_bytes())
    {
        return Ok(false);
    }
    match &expected.data {
        Some(wanted) => equals_bytes(wanted, data),
        None => Ok(true),
    }
}

/// Whether a value is these bytes, or the number that they are as a word.
fn equals_bytes(value: &TestValue, bytes: &[u8]) -> Result<bool, String> {
    if !value.is_bytes() && bytes.len() == 32 {
        return Ok(value.word()? == *bytes);
    }
    Ok(value.bytes()? == bytes)
}

fn compare(left: &Side, comparison: Comparison, right: &Side) -> Result<bool, String> {
    let is_bytes = |side: &Side| side.value.is_bytes();
    let order = if is_bytes(left) || is_bytes(right) {
        let equal = match (is_bytes(left), is_bytes(right)) {
            (true, true) => left.value.bytes()? == right.value.bytes()?,
            (true, false) => equals_bytes(&right.value, &left.value.bytes()?)?,
            _ => equals_bytes(&left.value, &right.value.bytes()?)?,
        };
        match comparison {
            Comparison::Equal | Comparison::Unequal if equal => Ordering::Equal,
            Comparison::Equal | Comparison::Unequal => Ordering::Less,
            _ => order_of_words(left, right)?,
        }
    } else if left.observed.is_none() && right.observed.is_none() {
        left.value.compare(&right.value)?
    } else {
        // What a machine has are words: -1 is the greatest of them.
        left.value.word()?.cmp(&right.value.word()?)
    };
    Ok(comparison.holds(order))
}

/// Bytes have an order if they are words.
fn order_of_words(left: &Side, right: &Side) -> Result<Ordering, String> {
    let word = |side: &Side| match side.value.is_bytes() {
        true if side.value.bytes()?.len() > 32 => {
            Err("more than 32 bytes are neither less nor greater".to_owned())
        }
        _ => side.value.word(),
    };
    Ok(word(left)?.cmp(&word(right)?))
}

/// A value for people, as it is compared with the other side.
fn show(side: &Side, other: &Side) -> String {
    let value = &side.value;
    let bytes = value.bytes().unwrap_or_default();
    if value.is_bytes() && (bytes.len() != 32 || other.value.is_bytes()) {
        return hex(&bytes);
    }
    match value.to_u64() {
        Some(small) => small.to_string(),
        None if value.is_negative() => value.to_string(),
        None => hex(&bytes),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
