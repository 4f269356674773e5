//! Reverts that must happen, and reverts that make a run not count: `expectRevert`, `expectPartialRevert`,
//! `assumeNoRevert`.

use gasworks::inspect::World;
use gasworks::{Address, Bytes, CallOutcome, CallStatus, Halt};

use super::arguments::Arguments;
use super::table::Action;
use super::{ASSUME, Answer, Call, Cheats, Fault, Open};
use crate::contracts::abi::{self, Value};
use crate::contracts::decode::Decoder;

/// A revert that is expected.
#[derive(Clone, Debug)]
pub(super) struct Expected {
    reason: Option<Bytes>,
    partial: bool,
    reverter: Option<Address>,
    reverted_by: Option<Address>,
    depth: usize,
    /// The deepest frame since.
    max_depth: usize,
    count: u64,
    seen: u64,
    /// Of a call of `vm`; the first outcome is that of `expectCheatcodeRevert` itself.
    of_cheat: Option<bool>,
}

/// A revert after which a run does not count.
#[derive(Clone, Debug)]
pub(super) struct NoRevert {
    depth: usize,
    reasons: Vec<Acceptable>,
    reverted_by: Option<Address>,
}

#[derive(Clone, Debug)]
struct Acceptable {
    reason: Bytes,
    partial: bool,
    reverter: Option<Address>,
}

/// What a revert must be.
struct Wanted<'a> {
    reason: Option<&'a [u8]>,
    partial: bool,
    reverter: Option<Address>,
}

pub(super) fn action(name: &str) -> Option<Action> {
    Some(match name {
        "expectRevert" => |cheats, call, given| expect(cheats, call, given, false, false),
        "expectPartialRevert" => |cheats, call, given| expect(cheats, call, given, true, false),
        "_expectCheatcodeRevert" => |cheats, call, given| expect(cheats, call, given, false, true),
        "assumeNoRevert" => assume_no_revert,
        _ => return None,
    })
}

/// `([reason], [reverter], [count])`.
fn expect(
    cheats: &mut Cheats,
    call: &mut Call<'_, '_>,
    given: Arguments<'_>,
    partial: bool,
    of_cheat: bool,
) -> Answer {
    if cheats.expected_revert.is_some() {
        return Err("you must call another function prior to expecting a second revert".into());
    }
    let mut at = 0;
    let mut reason = None;
    if given.is_bytes(at) {
        reason = Some(Bytes::copy_from_slice(given.bytes(at)?));
        at += 1;
    }
    let mut reverter = None;
    if given.is_address(at) {
        reverter = Some(given.address(at)?);
        at += 1;
    }
    let count = if given.is_number(at) {
        given.number(at, "count")?
    } else {
        1
    };
    cheats.expected_revert = Some(Expected {
        reason,
        partial,
        reverter,
        reverted_by: None,
        depth: call.depth(),
        max_depth: call.depth(),
        count,
        seen: 0,
        of_cheat: of_cheat.then_some(true),
    });
    Ok(Vec::new())
}

fn assume_no_revert(cheats: &mut Cheats, call: &mut Call<'_, '_>, given: Arguments<'_>) -> Answer {
    if cheats.no_revert.is_some() {
        return Err(
            "you must make another external call prior to calling assumeNoRevert again".into(),
        );
    }
    if cheats.expected_revert.is_some() {
        return Err("cannot expect a revert when using assumeNoRevert".into());
    }
    let mut reasons = Vec::new();
    let one = given.fields(0).is_ok();
    let list = if given.len() == 0 || one {
        given.0
    } else {
        given.list(0)?
    };
    for item in list {
        let fields = Arguments(std::slice::from_ref(item)).fields(0)?;
        reasons.push(Acceptable {
            reverter: Some(fields.address(0)?).filter(|reverter| !reverter.is_zero()),
            partial: fields.flag(1)?,
            reason: Bytes::copy_from_slice(fields.bytes(2)?),
        });
    }
    cheats.no_revert = Some(NoRevert {
        depth: call.depth(),
        reasons,
        reverted_by: None,
    });
    Ok(Vec::new())
}

/// As revm sees it: reverts, and calls that were refused.
pub(super) fn is_revert(status: CallStatus) -> bool {
    matches!(
        status,
        CallStatus::Revert | CallStatus::Halt(Halt::CallDepthExceeded | Halt::InsufficientBalance)
    )
}

/// What a call returns whose revert was expected: zeros, so that Solidity can decode them.
static ZEROS: [u8; 8_192] = [0; 8_192];

/// What a creation returns whose revert was expected.
const CREATED: Address = Address([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);

/// The text in `Error(string)` or in an error of a cheatcode; anything else as it is.
fn inner(data: &[u8]) -> Vec<u8> {
    let Some((selector, rest)) = data.split_first_chunk::<4>() else {
        return data.to_vec();
    };
    if *selector == super::CHEATCODE_ERROR || *selector == ERROR {
        let text = abi::decode(&[abi::Type::Bytes], rest);
        if let Some([Value::Bytes(text)]) = text.as_deref() {
            return text.clone();
        }
    }
    data.to_vec()
}

/// `Error(string)`.
const ERROR: [u8; 4] = [0x08, 0xc3, 0x79, 0xa0];

impl Wanted<'_> {
    fn check(
        &self,
        outcome: &CallOutcome,
        by: Option<Address>,
        of_cheat: bool,
        decoder: &Decoder,
    ) -> Result<(), Fault> {
        if let (Some(expected), Some(actual)) = (self.reverter, by)
            && expected != actual
        {
            return Err(Fault::Text(format!(
                "Reverter != expected reverter: {} != {}",
                abi::checksummed(actual),
                abi::checksummed(expected)
            )));
        }
        let Some(expected) = self.reason else {
            return Ok(());
        };
        let mut actual = outcome.output.to_vec();
        if actual.is_empty() && !expected.is_empty() {
            if outcome.status == CallStatus::Revert {
                return Err("call reverted as expected, but without data".into());
            }
            actual = decoder.reason(&[], outcome.status).into_bytes();
        }
        if self.partial && actual.get(..4) == expected.get(..4) {
            return Ok(());
        }
        let actual = inner(&actual);
        let contains =
            || expected.is_empty() || actual.windows(expected.len()).any(|part| part == expected);
        let within_error = expected.starts_with(&ERROR) && inner(expected) == actual;
        if actual == expected || (of_cheat && contains()) || within_error {
            return Ok(());
        }
        let (actual, expected) = (
            decoder.reason(&actual, outcome.status),
            decoder.reason(expected, outcome.status),
        );
        if actual == expected {
            return Ok(());
        }
        Err(Fault::Text(format!(
            "Error != expected error: {actual} != {expected}"
        )))
    }
}

impl Expected {
    fn wanted(&self) -> Wanted<'_> {
        Wanted {
            reason: self.reason.as_deref(),
            partial: self.partial,
            reverter: self.reverter,
        }
    }

    /// Whether an outcome is as expected.
    fn check(
        &self,
        outcome: &CallOutcome,
        is_cheat: bool,
        internal: bool,
        decoder: &Decoder,
    ) -> Result<(), Fault> {
        if !is_cheat && !internal && self.max_depth <= self.depth {
            return Err("call didn't revert at a lower depth than cheatcode call depth".into());
        }
        let success = outcome.status == CallStatus::Success;
        if self.count > 0 {
            if success {
                return Err("next call did not revert as expected".into());
            }
            return self
                .wanted()
                .check(outcome, self.reverted_by, is_cheat, decoder);
        }
        if success {
            return Ok(());
        }
        Err(Fault::Text(self.unwanted(outcome)))
    }

    /// What is said where no revert was wanted.
    fn unwanted(&self, outcome: &CallOutcome) -> String {
        if self.reason.is_none() && self.reverter.is_none() {
            return "call reverted when it was expected not to revert".to_owned();
        }
        let actual = inner(&outcome.output);
        let reason = self.reason.as_deref();
        let same_reason = reason.map(|reason| actual == reason);
        let same_reverter = self
            .reverter
            .map(|reverter| self.reverted_by == Some(reverter));
        let text = |bytes: &[u8]| printable(bytes);
        let wanted = text(reason.unwrap_or_default());
        let reverter = abi::checksummed(self.reverter.unwrap_or_default());
        let by = abi::checksummed(self.reverted_by.unwrap_or_default());
        match (same_reason, same_reverter) {
            (Some(true), Some(true)) => format!(
                "expected 0 reverts with reason: {wanted}, from address: {reverter}, but got one"
            ),
            (Some(true), None) => {
                format!("expected 0 reverts with reason: {wanted}, but got one")
            }
            (None, Some(true)) => {
                format!("expected 0 reverts from address: {reverter}, but got one")
            }
            (Some(_), Some(_)) => format!(
                "call reverted with '{}' from {by}, but expected 0 reverts with reason '{wanted}' from {reverter}",
                text(&actual)
            ),
            (None, Some(_)) => format!(
                "call reverted with '{}' from {by}, but expected 0 reverts from {reverter}",
                text(&actual)
            ),
            _ => format!(
                "call reverted with '{}' when it was expected not to revert",
                text(&actual)
            ),
        }
    }
}

/// Bytes as text, if they are that.
fn printable(bytes: &[u8]) -> String {
    if let Some([Value::String(text)]) = abi::decode(&[abi::Type::String], bytes).as_deref() {
        return text.clone();
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if text.is_ascii() => text.to_owned(),
        _ => abi::hex(bytes),
    }
}

fn fail(outcome: &mut CallOutcome, fault: &Fault) {
    outcome.status = CallStatus::Revert;
    outcome.output = fault.encode().into();
    outcome.created = None;
}

impl Cheats {
    /// A frame is about to be entered.
    pub(super) fn note_depth(&mut self, depth: usize) {
        if let Some(expected) = &mut self.expected_revert {
            expected.max_depth = expected.max_depth.max(depth);
        }
    }

    /// Makes a revert that must not count one that says so. Whether nothing else is to be looked at.
    pub(super) fn meet_no_revert(&mut self, open: &Open, outcome: &mut CallOutcome) -> bool {
        let Some(no_revert) = &mut self.no_revert else {
            return false;
        };
        let reverted = is_revert(outcome.status);
        if reverted && no_revert.reverted_by.is_none() {
            no_revert.reverted_by = Some(open.address);
        }
        if open.depth > no_revert.depth || open.is_cheat {
            return false;
        }
        let Some(no_revert) = self.no_revert.take().filter(|_| reverted) else {
            return false;
        };
        let fits = |acceptable: &Acceptable| {
            let wanted = Wanted {
                reason: Some(&acceptable.reason),
                partial: acceptable.partial,
                reverter: acceptable.reverter,
            };
            wanted
                .check(outcome, no_revert.reverted_by, false, &self.project.decoder)
                .is_ok()
        };
        let accepted = no_revert.reasons.is_empty() || no_revert.reasons.iter().any(fits);
        outcome.status = CallStatus::Revert;
        if accepted {
            outcome.output = Bytes::from_static(ASSUME);
        }
        true
    }

    /// Meets an expectation with the outcome of a call. Whether nothing else is to be looked at.
    pub(super) fn meet_revert(
        &mut self,
        open: &Open,
        outcome: &mut CallOutcome,
        world: &mut World<'_>,
    ) -> bool {
        let internal = self.project.internal_expect_revert;
        let Some(expected) = &mut self.expected_revert else {
            return false;
        };
        let failed = outcome.status != CallStatus::Success;
        let again = expected.reverted_by.is_none() || expected.count > 1;
        if failed && expected.reverter.is_some() && again {
            expected.reverted_by = Some(open.address);
        }
        if open.depth > expected.depth {
            return false;
        }
        let is_due = match expected.of_cheat {
            None if open.is_cheat => false,
            None => failed || open.depth == 0 || !internal,
            Some(pending) => open.is_cheat && !pending,
        };
        if !is_due {
            if let Some(pending) = &mut expected.of_cheat {
                *pending = false;
            }
            return false;
        }
        let Some(mut expected) = self.expected_revert.take() else {
            return false;
        };
        match expected.check(outcome, open.is_cheat, internal, &self.project.decoder) {
            Err(fault) => fail(outcome, &fault),
            Ok(()) => {
                expected.seen += 1;
                if expected.of_cheat.is_none() {
                    self.gas.last_frame = None;
                }
                if expected.seen < expected.count {
                    self.expected_revert = Some(expected);
                }
                // The refunds of a frame that is said to have succeeded count.
                if !open.is_cheat && outcome.status != CallStatus::Success {
                    world.set_refund(world.refund() + world.lost_refund());
                    // And what it had left when it halted is given back.
                    if matches!(outcome.status, CallStatus::Halt(_)) && open.entered {
                        outcome.gas_left = world.lost_gas();
                    }
                }
                outcome.status = CallStatus::Success;
                outcome.output = Bytes::from_static(&ZEROS);
            }
        }
        true
    }

    /// As [`Cheats::meet_revert`] with the outcome of a creation.
    pub(super) fn meet_revert_of_create(&mut self, open: &Open, outcome: &mut CallOutcome) -> bool {
        let internal = self.project.internal_expect_revert;
        let Some(expected) = &mut self.expected_revert else {
            return false;
        };
        if open.depth > expected.depth || expected.of_cheat.is_some() {
            return false;
        }
        // A creation within it that reverted does not count.
        let again = expected.reverted_by.is_none() || expected.count > 1;
        let counts = again && expected.reverter.is_some() && open.entered;
        if is_revert(outcome.status) && counts {
            expected.reverted_by = Some(open.address);
        }
        let Some(mut expected) = self.expected_revert.take() else {
            return false;
        };
        match expected.check(outcome, false, internal, &self.project.decoder) {
            Err(fault) => fail(outcome, &fault),
            Ok(()) => {
                expected.seen += 1;
                self.gas.last_frame = None;
                if expected.seen < expected.count {
                    expected.reverted_by = None;
                    self.expected_revert = Some(expected);
                }
                outcome.status = CallStatus::Success;
                outcome.output = Bytes::new();
                outcome.created = Some(CREATED);
            }
        }
        true
    }
}
