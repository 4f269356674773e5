//! Logs that must be made: `expectEmit` and `expectEmitAnonymous`.
//!
//! A log that follows an expectation without one fills it; when all are filled, logs meet them in their order.

use std::collections::{BTreeMap, VecDeque};

use gasworks::{Address, CallOutcome, CallStatus};

use super::arguments::Arguments;
use super::table::Action;
use super::{Answer, Call, Cheats, Open, encode_error};
use crate::contracts::abi::{self, Value};
use crate::contracts::result::EventLog;

#[derive(Clone, Debug)]
struct Emit {
    depth: usize,
    log: Option<EventLog>,
    /// The four topics, and the data.
    checks: [bool; 5],
    emitter: Option<Address>,
    anonymous: bool,
    count: u64,
    found: bool,
    mismatch: Option<String>,
    /// How many logs have met it, by who made them.
    seen: BTreeMap<Address, u64>,
}

/// All expectations; those that were met come last.
#[derive(Clone, Debug, Default)]
pub(super) struct Expected(VecDeque<Emit>);

pub(super) fn action(name: &str) -> Option<Action> {
    Some(match name {
        "expectEmit" => |cheats, call, given| expect(cheats, call, given, false),
        "expectEmitAnonymous" => |cheats, call, given| expect(cheats, call, given, true),
        _ => return None,
    })
}

/// `([checks], [emitter], [count])`.
fn expect(
    cheats: &mut Cheats,
    call: &mut Call<'_, '_>,
    given: Arguments<'_>,
    anonymous: bool,
) -> Answer {
    let flags: Vec<bool> = (0..given.len())
        .map_while(|at| given.flag(at).ok())
        .collect();
    let checks = match flags[..] {
        [one, two, three, data] => [true, one, two, three, data],
        [zero, one, two, three, data] => [zero, one, two, three, data],
        _ => [true; 5],
    };
    let mut at = flags.len();
    let mut emitter = None;
    if given.is_address(at) {
        emitter = Some(given.address(at)?);
        at += 1;
    }
    let count = if given.is_number(at) {
        given.number(at, "count")?
    } else {
        1
    };
    let emits = &mut cheats.emits.0;
    let position = emits.iter().position(|emit| emit.found);
    emits.insert(
        position.unwrap_or(emits.len()),
        Emit {
            depth: call.depth(),
            log: None,
            checks,
            emitter,
            anonymous,
            count,
            found: false,
            mismatch: None,
            seen: BTreeMap::new(),
        },
    );
    Ok(Vec::new())
}

impl Emit {
    fn fits(&self, log: &EventLog) -> bool {
        let Some(expected) = &self.log else {
            return false;
        };
        let mut topics = expected.topics.iter().zip(&log.topics).zip(self.checks);
        expected.topics.len() == log.topics.len()
            && topics.all(|((expected, actual), check)| !check || expected == actual)
            && (!self.checks[4] || expected.data == log.data)
    }

    fn seen_of(&self, emitter: Option<Address>) -> u64 {
        match emitter {
            Some(emitter) => self.seen.get(&emitter).copied().unwrap_or(0),
            None => self.seen.values().sum(),
        }
    }

    /// A log is compared with this expectation.
    fn meet(&mut self, log: &EventLog) {
        if !self.fits(log) {
            self.mismatch = Some(self.describe(log));
            return;
        }
        *self.seen.entry(log.address).or_default() += 1;
        if let Some(emitter) = self.emitter
            && emitter != log.address
        {
            self.mismatch = Some(format!(
                "log emitter mismatch: expected={}, got={}",
                abi::hex(&emitter.0),
                abi::hex(&log.address.0)
            ));
            return;
        }
        let seen = match self.emitter {
            Some(emitter) => self.seen_of(Some(emitter)),
            None => self.seen.values().copied().next().unwrap_or(0),
        };
        self.found = seen >= self.count;
    }

    /// What differs.
    fn describe(&self, actual: &EventLog) -> String {
        const OTHER: &str = "log != expected log";
        let Some(expected) = &self.log else {
            return OTHER.to_owned();
        };
        let first = usize::from(!self.anonymous);
        let (wanted, got) = (&expected.topics, &actual.topics);
        if wanted.len() != got.len() {
            return format!(
                "log indexed topic count mismatch: expected {}, got {}",
                wanted.len().saturating_sub(first),
                got.len().saturating_sub(first)
            );
        }
        let other_event = !self.anonymous && self.checks[0] && wanted.first() != got.first();
        let (expected, actual) = (&expected.data, &actual.data);
        let data_differs = self.checks[4] && expected != actual;
        let as_words = expected.len() == actual.len() && expected.len().is_multiple_of(32);
        if other_event || (data_differs && (!as_words || expected.is_empty())) {
            return OTHER.to_owned();
        }
        let mut parts = Vec::new();
        let mut part = |position: usize, wanted: &[u8], got: &[u8]| {
            let (wanted, got) = (abi::hex(wanted), abi::hex(got));
            parts.push(format!("param {position}: expected={wanted}, got={got}"));
        };
        let topics = wanted
            .iter()
            .zip(got)
            .zip(self.checks)
            .enumerate()
            .skip(first);
        for (position, ((wanted, got), check)) in topics {
            if check && wanted != got {
                part(position - first, &wanted.0, &got.0);
            }
        }
        let indexed = wanted.len().saturating_sub(first);
        if data_differs {
            let words = expected.chunks(32).zip(actual.chunks(32)).enumerate();
            for (position, (wanted, got)) in words.filter(|(_, (wanted, got))| wanted != got) {
                part(indexed + position, wanted, got);
            }
        }
        match (parts.is_empty(), self.anonymous) {
            (true, _) => OTHER.to_owned(),
            (false, true) => format!("anonymous log mismatch at {}", parts.join(", ")),
            (false, false) => format!("log mismatch at {}", parts.join(", ")),
        }
    }
}

impl Expected {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A log was made. A text says why it is wrong.
    fn log(&mut self, log: &EventLog) -> Option<&'static str> {
        if self.0.iter().all(|emit| emit.found) {
            return None;
        }
        let refused = self.0.iter().any(|emit| {
            emit.count == 0
                && !emit.found
                && emit.fits(log)
                && emit.emitter.is_none_or(|emitter| emitter == log.address)
        });
        if refused {
            return Some("log emitted but expected 0 times");
        }
        let fills = self.0.iter().any(|emit| emit.log.is_none());
        let position = if fills {
            let first_found = self.0.iter().position(|emit| emit.found);
            first_found.unwrap_or(self.0.len()).saturating_sub(1)
        } else {
            let due = |emit: &Emit| !emit.found && emit.count > 0;
            self.0.iter().position(due)?
        };
        let emit = self.0.get_mut(position)?;
        if emit.log.is_none() {
            if !emit.anonymous && log.topics.is_empty() {
                return Some("use vm.expectEmitAnonymous to match anonymous events");
            }
            emit.log = Some(log.clone());
            return None;
        }
        let mut emit = self.0.remove(position)?;
        emit.meet(log);
        if emit.found {
            self.0.push_back(emit);
        } else {
            self.0.push_front(emit);
        }
        None
    }
}

/// A revert with a bare text, as forge encodes this one.
fn bare(text: &str) -> Vec<u8> {
    abi::encode(&[Value::String(text.to_owned())])
}

impl Cheats {
    /// A log was made.
    pub(super) fn meet_emit(&mut self, log: &EventLog) {
        if self.emits.is_empty() {
            return;
        }
        let failure = self.emits.log(log);
        if let (Some(failure), Some(frame)) = (failure, self.frames.last_mut()) {
            frame.failure.get_or_insert_with(|| encode_error(failure));
        }
    }

    /// At the end of a call that did not revert: whether all logs were made that were expected of it. Whether nothing else is
    /// to be looked at.
    pub(super) fn meet_emits(&mut self, open: &Open, outcome: &mut CallOutcome) -> bool {
        let is_due = self.emits.0.iter().any(|emit| emit.depth == open.depth);
        if !is_due || open.is_static {
            return false;
        }
        let missing = self
            .emits
            .0
            .iter()
            .find(|emit| !emit.found && emit.count > 0);
        if let Some(emit) = missing {
            let text = emit.mismatch.as_deref().unwrap_or("log != expected log");
            outcome.output = bare(text).into();
            outcome.status = CallStatus::Revert;
            return true;
        }
        let wrong = self
            .emits
            .0
            .iter()
            .map(|emit| (emit.seen_of(emit.emitter), emit.count))
            .find(|(seen, count)| seen != count);
        if let Some((seen, count)) = wrong {
            let text = if outcome.status == CallStatus::Success {
                format!("log emitted {seen} times, expected {count}")
            } else {
                "expected an emit, but the call reverted instead. \
                 ensure you're testing the happy path when using `expectEmit`"
                    .to_owned()
            };
            outcome.output = encode_error(&text).into();
            outcome.status = CallStatus::Revert;
            return true;
        }
        self.emits.0.clear();
        false
    }

    /// At the end of a test: what is said of logs that were not made.
    pub(super) fn missing_emit(&mut self, success: bool) -> Option<&'static str> {
        self.emits.0.retain(|emit| !emit.found && emit.count > 0);
        if self.emits.is_empty() {
            return None;
        }
        Some(if success {
            "expected an emit, but no logs were emitted afterwards. \
             you might have mismatched events or not enough events were emitted"
        } else {
            "expected an emit, but the call reverted instead. \
             ensure you're testing the happy path when using `expectEmit`"
        })
    }
}
