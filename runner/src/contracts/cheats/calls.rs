//! Calls that must happen: `expectCall`, `expectCallMinGas`, `expectDelegateCall`.

use std::collections::BTreeMap;

use gasworks::{Address, Bytes, CallKind, Message, MessageKind, U256};

use super::arguments::Arguments;
use super::mocks::transferred;
use super::table::Action;
use super::{Answer, Cheats};
use crate::contracts::abi;

#[derive(Clone, Debug)]
struct ExpectedCall {
    data: Bytes,
    kind: Option<CallKind>,
    value: Option<U256>,
    gas: Option<u64>,
    min_gas: Option<u64>,
    /// How often: exactly, if it was said how often; otherwise at least.
    count: u64,
    is_counted: bool,
    seen: u64,
}

/// All calls that are expected, by the account whose code is called.
#[derive(Clone, Debug, Default)]
pub(super) struct Expected(BTreeMap<Address, Vec<ExpectedCall>>);

pub(super) fn action(name: &str) -> Option<Action> {
    Some(match name {
        "expectCall" => |cheats, _, given| expect(cheats, given, false, None),
        "expectCallMinGas" => |cheats, _, given| expect(cheats, given, true, None),
        "expectDelegateCall" => {
            |cheats, _, given| expect(cheats, given, false, Some(CallKind::DelegateCall))
        }
        _ => return None,
    })
}

/// `(callee, [value, [gas]], data, [count])`.
fn expect(
    cheats: &mut Cheats,
    given: Arguments<'_>,
    at_least: bool,
    kind: Option<CallKind>,
) -> Answer {
    let callee = given.address(0)?;
    let mut at = 1;
    let mut value = None;
    let mut gas = None;
    if given.is_number(at) {
        value = Some(given.word(at)?);
        at += 1;
    }
    if given.is_number(at) {
        gas = Some(given.number(at, "gas")?);
        at += 1;
    }
    let data = Bytes::copy_from_slice(given.bytes(at)?);
    let is_counted = given.is_number(at + 1);
    let count = if is_counted {
        given.number(at + 1, "count")?
    } else {
        1
    };
    // A call with value is given a stipend on top.
    if value.is_some_and(|value| !value.is_zero()) {
        gas = gas.map(|gas| gas.saturating_add(2_300));
    }
    let calls = cheats.calls.0.entry(callee).or_default();
    let known = calls
        .iter_mut()
        .find(|known| known.data == data && known.kind == kind);
    match known {
        Some(_) if is_counted => {
            return Err("counted expected calls can only bet set once".into());
        }
        Some(known) if known.is_counted => {
            return Err(
                "cannot overwrite a counted expectCall with a non-counted expectCall".into(),
            );
        }
        Some(known) => known.count += 1,
        None => calls.push(ExpectedCall {
            data,
            kind,
            value,
            gas: gas.filter(|_| !at_least),
            min_gas: gas.filter(|_| at_least),
            count,
            is_counted,
            seen: 0,
        }),
    }
    Ok(Vec::new())
}

impl Cheats {
    /// Counts a call that is expected.
    pub(super) fn count_call(&mut self, message: &Message) {
        let Some(calls) = self.calls.0.get_mut(&message.code_address) else {
            return;
        };
        let value = transferred(message);
        for call in calls {
            let fits = message.input.starts_with(&call.data)
                && call.value.is_none_or(|expected| Some(expected) == value)
                && call.gas.is_none_or(|gas| gas == message.gas)
                && call.min_gas.is_none_or(|gas| gas <= message.gas)
                && call
                    .kind
                    .is_none_or(|kind| MessageKind::Call(kind) == message.kind);
            if fits {
                call.seen += 1;
            }
        }
    }

    /// What is said of a call that did not happen as often as expected; `success` is whether the test came to its end.
    pub(super) fn missing_call(&self, success: bool) -> Option<String> {
        for (address, calls) in &self.calls.0 {
            for call in calls {
                let missing = if call.is_counted {
                    call.count != call.seen
                } else {
                    call.count > call.seen
                };
                if missing {
                    return Some(describe(*address, call, success));
                }
            }
        }
        None
    }
}

fn describe(address: Address, call: &ExpectedCall, success: bool) -> String {
    let plural = |count: u64| if count == 1 { "" } else { "s" };
    let parts = [
        Some(format!("data {}", abi::hex(&call.data))),
        call.value.map(|value| format!("value {value}")),
        call.gas.map(|gas| format!("gas {gas}")),
        call.min_gas.map(|gas| format!("minimum gas {gas}")),
        call.kind.map(|kind| format!("call type {kind:?}")),
    ];
    let values: Vec<String> = parts.into_iter().flatten().collect();
    let but = if success {
        format!("was called {} time{}", call.seen, plural(call.seen))
    } else {
        "the call reverted instead; \
         ensure you're testing the happy path when using `expectCall`"
            .to_owned()
    };
    format!(
        "expected call to {} with {} to be called {} time{}, but {but}",
        abi::checksummed(address),
        values.join(", "),
        call.count,
        plural(call.count)
    )
}
