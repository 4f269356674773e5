//! Logs that must be made: `expectEmit` and `expectEmitAnonymous`.
//!
//! A log that follows an expectation without one fills it; when all are filled, logs meet them in their order.

use std::collections::{BTreeMap, VecDeque};

use gasworks::{Address, CallOutcome, CallStatus};

use super::arguments::Arguments;
use super::table::Action;
use super::{Answer, Call, Cheats, Open, encode_error};
use crate::contracts::abi::{self, Value};
use crate::contracts::events::{Emitted, Events};
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
    mismatch: Option<Mismatch>,
    /// How many logs have met it, by who made them.
    seen: BTreeMap<Address, u64>,
}

/// What the last log that was compared with an expectation had otherwise.
#[derive(Clone, Debug)]
enum Mismatch {
    Log(EventLog),
    Emitter { expected: Address, actual: Address },
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
            self.mismatch = Some(Mismatch::Log(log.clone()));
            return;
        }
        *self.seen.entry(log.address).or_default() += 1;
        if let Some(emitter) = self.emitter
            && emitter != log.address
        {
            self.mismatch = Some(Mismatch::Emitter {
                expected: emitter,
                actual: log.address,
            });
            return;
        }
        let seen = match self.emitter {
            Some(emitter) => self.seen_of(Some(emitter)),
            None => self.seen.values().copied().next().unwrap_or(0),
        };
        self.found = seen >= self.count;
    }

    /// Why it was not met, as forge words it.
    fn reason(&self, events: &Events) -> String {
        match (&self.mismatch, &self.log) {
            (Some(Mismatch::Log(actual)), Some(expected)) => {
                self.describe(expected, actual, events)
            }
            (Some(Mismatch::Emitter { expected, actual }), _) => format!(
                "log emitter mismatch: expected={}, got={}",
                abi::hex(&expected.0),
                abi::hex(&actual.0)
            ),
            _ => "log != expected log".to_owned(),
        }
    }

    /// What differs between two logs.
    fn describe(&self, expected: &EventLog, actual: &EventLog, events: &Events) -> String {
        let known = |log| match self.anonymous {
            true => None,
            false => events.emitted(log),
        };
        let (wanted, got) = (known(expected), known(actual));
        let name = |log: &Option<Emitted<'_>>| match log {
            Some(log) => log.name.to_owned(),
            None => "log".to_owned(),
        };
        let (wanted_name, got_name) = (name(&wanted), name(&got));
        let first = usize::from(!self.anonymous);
        let (topics, actual_topics) = (&expected.topics, &actual.topics);
        if topics.len() != actual_topics.len() && wanted_name == got_name {
            return format!(
                "{got_name} indexed topic count mismatch: expected {}, got {}",
                topics.len().saturating_sub(first),
                actual_topics.len().saturating_sub(first)
            );
        }
        let words = match self.is_same_event(expected, actual) {
            true => self.differing_words(expected, actual),
            false => Vec::new(),
        };
        if words.is_empty() {
            return format!("{got_name} != expected {wanted_name}");
        }
        let both = wanted
            .zip(got)
            .filter(|(left, right)| left.name == right.name);
        let prefix = match (&both, self.anonymous) {
            (Some((event, _)), _) => format!("{} param mismatch", event.name),
            (None, true) => "anonymous log mismatch".to_owned(),
            (None, false) => "log mismatch".to_owned(),
        };
        let part = |(position, wanted, got): &(usize, &[u8], &[u8])| {
            let named = both
                .as_ref()
                .and_then(|(left, right)| named_word(left, right, *position));
            named.unwrap_or_else(|| {
                let (wanted, got) = (abi::hex(wanted), abi::hex(got));
                format!("param {position}: expected={wanted}, got={got}")
            })
        };
        let parts: Vec<String> = words.iter().map(part).collect();
        format!("{prefix} at {}", parts.join(", "))
    }

    /// Whether two logs have what makes them comparable word by word.
    fn is_same_event(&self, expected: &EventLog, actual: &EventLog) -> bool {
        let (topics, actual_topics) = (&expected.topics, &actual.topics);
        let other_signature =
            !self.anonymous && self.checks[0] && topics.first() != actual_topics.first();
        let (data, actual_data) = (&expected.data, &actual.data);
        let as_words = data.len() == actual_data.len() && data.len().is_multiple_of(32);
        let other_data = self.checks[4] && data != actual_data && (!as_words || data.is_empty());
        topics.len() == actual_topics.len() && !other_signature && !other_data
    }

    /// The words of comparable logs that are checked and differ, with their positions: topics, and then the data.
    fn differing_words<'a>(
        &self,
        expected: &'a EventLog,
        actual: &'a EventLog,
    ) -> Vec<(usize, &'a [u8], &'a [u8])> {
        let first = usize::from(!self.anonymous);
        let topics = expected.topics.iter().zip(&actual.topics).zip(self.checks);
        let topics = topics
            .skip(first)
            .map(|((wanted, got), check)| (check, &wanted.0[..], &got.0[..]));
        let data = expected.data.chunks(32).zip(actual.data.chunks(32));
        let data = data.map(|(wanted, got)| (self.checks[4], wanted, got));
        topics
            .chain(data)
            .enumerate()
            .filter(|(_, (check, wanted, got))| *check && wanted != got)
            .map(|(position, (_, wanted, got))| (position, wanted, got))
            .collect()
    }
}

/// A word that differs in two logs of an event, by the name of its parameter.
fn named_word(wanted: &Emitted<'_>, got: &Emitted<'_>, position: usize) -> Option<String> {
    let (number, parameter) = wanted.of_word(position)?;
    let (_, other) = got.of_word(position)?;
    let name = match parameter.name {
        "" => format!("param{number}"),
        name => name.to_owned(),
    };
    Some(format!(
        "{name}: expected={}, got={}",
        parameter.value, other.value
    ))
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
            outcome.output = bare(&emit.reason(&self.project.events)).into();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contracts::artifact::Artifacts;
    use gasworks::{Hash, U256};

    const MOVED: &str = "Moved(uint256,address,uint256)";

    /// `event Moved(uint256 amount, address indexed by, uint256)`: the indexed parameter is not the first.
    fn events() -> Events {
        let input = |kind: &str, name: &str, indexed: bool| {
            format!(r#"{{"type": "{kind}", "name": "{name}", "indexed": {indexed}}}"#)
        };
        let inputs = [
            input("uint256", "amount", false),
            input("address", "by", true),
            input("uint256", "", false),
        ];
        let text = format!(
            r#"{{"abi": [{{"type": "event", "name": "Moved", "anonymous": false, "inputs": [{}]}}],
                "bytecode": {{"object": "0x00"}}}}"#,
            inputs.join(", ")
        );
        Events::new(&Artifacts::from_json("Mover.json", &text).expect("an artifact"))
    }

    fn log(topics: &[Hash], words: &[u64]) -> EventLog {
        let words = words.iter().map(|word| U256::from(*word).to_big_endian());
        EventLog {
            address: Address::zero(),
            topics: topics.to_vec(),
            data: words.collect::<Vec<_>>().concat().into(),
        }
    }

    fn moved(amount: u64, by: u64, last: u64) -> EventLog {
        let signature = gasworks::keccak256(MOVED.as_bytes());
        log(&[signature, Hash::from_low_u64_be(by)], &[amount, last])
    }

    fn reason(anonymous: bool, expected: EventLog, actual: EventLog) -> String {
        let mut emit = Emit {
            depth: 0,
            log: Some(expected),
            checks: [true; 5],
            emitter: None,
            anonymous,
            count: 1,
            found: false,
            mismatch: None,
            seen: BTreeMap::new(),
        };
        emit.meet(&actual);
        emit.reason(&events())
    }

    #[test]
    fn what_differs_is_named_where_the_event_is_known() {
        let by = |low: &str| format!("0x00000000000000000000000000000000000000{low}");
        assert_eq!(
            reason(false, moved(7, 1, 5), moved(8, 2, 6)),
            format!(
                "Moved param mismatch at by: expected={}, got={}, amount: expected=7, got=8, param2: expected=5, got=6",
                by("01"),
                by("02")
            )
        );
        let other = log(&[Hash::zero(), Hash::zero()], &[7, 5]);
        assert_eq!(
            reason(false, moved(7, 1, 5), other.clone()),
            "log != expected Moved"
        );
        assert_eq!(
            reason(false, other, moved(7, 1, 5)),
            "Moved != expected log"
        );
        let short = log(&[gasworks::keccak256(MOVED.as_bytes())], &[7]);
        assert_eq!(
            reason(false, short.clone(), moved(7, 1, 5)),
            "Moved != expected log"
        );
    }

    #[test]
    fn what_differs_is_numbered_where_the_event_is_not_known() {
        let word = |low: u8| format!("0x{}{low:02x}", "00".repeat(31));
        let unknown = |words: &[u64]| log(&[Hash::zero()], words);
        assert_eq!(
            reason(false, unknown(&[7, 1]), unknown(&[7, 2])),
            format!(
                "log mismatch at param 1: expected={}, got={}",
                word(1),
                word(2)
            )
        );
        assert_eq!(
            reason(true, unknown(&[7]), unknown(&[8])),
            format!(
                "anonymous log mismatch at param 1: expected={}, got={}",
                word(7),
                word(8)
            )
        );
        let topics = [Hash::zero(), Hash::zero()];
        assert_eq!(
            reason(false, log(&topics, &[]), unknown(&[])),
            "log indexed topic count mismatch: expected 1, got 0"
        );
        assert_eq!(
            reason(false, unknown(&[7]), unknown(&[7, 8])),
            "log != expected log"
        );
    }
}
