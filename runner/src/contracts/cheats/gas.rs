//! Gas: metering that is paused, gas of the last call, and snapshots of gas.

use std::collections::BTreeMap;

use gasworks::inspect::World;
use gasworks::{CallOutcome, U256};

use super::arguments::Arguments;
use super::table::Action;
use super::{Answer, Call, Cheats, Fault, Open};
use crate::contracts::abi::{self, Value};

/// Gas of a call that came to its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Used {
    limit: u64,
    used: u64,
    refunded: i64,
    left: u64,
}

/// What is known of gas.
#[derive(Clone, Debug, Default)]
pub(super) struct Metering {
    /// The frames, by their depth, in which metering was paused, with the gas and the refunds that they had.
    paused: Vec<(usize, u64, i64)>,
    is_paused: bool,
    /// What the call of `vm` that ends a pause gives back.
    pub(super) given_back: Option<u64>,
    last_call: Option<Used>,
    pub(super) last_frame: Option<Used>,
    /// Group, name, depth, and the gas that was left when it began.
    active: Option<(String, String, usize, u64)>,
    pub(super) snapshots: BTreeMap<String, BTreeMap<String, String>>,
}

/// Gas of a frame in which metering is paused: it does not run out, but an endless loop does.
const PLENTY: u64 = 1 << 36;

/// What the call of `vm` costs that ends a pause: an access of a warm account (EIP-2929).
const CALL: u64 = 100;

pub(super) fn action(name: &str) -> Option<Action> {
    Some(match name {
        "pauseGasMetering" => |cheats, call, _| {
            pause(cheats, call);
            Ok(Vec::new())
        },
        "resumeGasMetering" => |cheats, call, _| {
            resume(cheats, call);
            Ok(Vec::new())
        },
        "resetGasMetering" => |cheats, call, _| {
            let limit = cheats.frames.iter().rev().find(|open| !open.is_cheat);
            if let Some(limit) = limit.map(|open| open.gas) {
                call.world
                    .set_caller_gas(limit.saturating_sub(call.message.gas));
            }
            Ok(Vec::new())
        },
        "lastCallGas" => |cheats, _, _| last(cheats.gas.last_call),
        "lastFrameGas" => |cheats, _, _| last(cheats.gas.last_frame),
        "snapshotValue" => |cheats, _, given| {
            let (group, name) = names(cheats, given, given.len() - 1)?;
            let value = given.word(given.len() - 1)?.to_string();
            keep(cheats, group, name, value);
            Ok(Vec::new())
        },
        "snapshotGasLastCall" => |cheats, _, given| snapshot(cheats, given, cheats.gas.last_call),
        "snapshotGasLastFrame" => |cheats, _, given| snapshot(cheats, given, cheats.gas.last_frame),
        "startSnapshotGas" => start,
        "stopSnapshotGas" => stop,
        _ => return None,
    })
}

fn pause(cheats: &mut Cheats, call: &mut Call<'_, '_>) {
    let depth = call.depth();
    if cheats
        .gas
        .paused
        .last()
        .is_some_and(|(paused, ..)| *paused >= depth)
    {
        return;
    }
    cheats.gas.is_paused = true;
    let gas = call.world.caller_gas() + call.message.gas;
    let refund = call.world.refund();
    cheats.gas.paused.push((depth, gas, refund));
    call.world.set_caller_gas(gas.saturating_add(PLENTY));
}

fn resume(cheats: &mut Cheats, call: &mut Call<'_, '_>) {
    let depth = call.depth();
    let frame = cheats
        .gas
        .paused
        .iter()
        .find(|(paused, ..)| *paused == depth);
    if let Some((_, gas, refund)) = frame {
        call.world.set_refund(*refund);
        // The call gives back what it was given.
        let gas = gas.saturating_sub(CALL);
        let given = call.message.gas.min(gas);
        call.world.set_caller_gas(gas - given);
        cheats.gas.given_back = Some(given);
    }
    cheats.gas.paused.clear();
    cheats.gas.is_paused = false;
}

fn last(used: Option<Used>) -> Answer {
    let used = used.ok_or("no external call was made yet")?;
    let number = |number: u64| Value::Uint(abi::Unsigned::from(number), 64);
    Ok(vec![Value::Tuple(vec![
        number(used.limit),
        number(used.used),
        number(0),
        Value::Int(abi::Signed::try_from(used.refunded).unwrap_or_default(), 64),
        number(used.left),
    ])])
}

/// `([group], name)` of the first parameters.
fn names(cheats: &Cheats, given: Arguments<'_>, count: usize) -> Result<(String, String), Fault> {
    let group = if count > 1 {
        given.text(0)?.to_owned()
    } else {
        cheats.contract.to_string()
    };
    let name = if count > 0 {
        given.text(count - 1)?.to_owned()
    } else {
        "default".to_owned()
    };
    Ok((group, name))
}

fn keep(cheats: &mut Cheats, group: String, name: String, value: String) {
    cheats
        .gas
        .snapshots
        .entry(group)
        .or_default()
        .insert(name, value);
}

fn snapshot(cheats: &mut Cheats, given: Arguments<'_>, used: Option<Used>) -> Answer {
    let used = used.ok_or("no external call was made yet")?;
    let (group, name) = names(cheats, given, given.len())?;
    keep(cheats, group, name, used.used.to_string());
    Ok(vec![abi::uint_value(used.used.into())])
}

fn start(cheats: &mut Cheats, call: &mut Call<'_, '_>, given: Arguments<'_>) -> Answer {
    if let Some((group, name, ..)) = &cheats.gas.active {
        return Err(Fault::Text(format!(
            "gas snapshot was already started with group: {group} and name: {name}"
        )));
    }
    let (group, name) = names(cheats, given, given.len())?;
    let gas = call.world.caller_gas() + call.message.gas;
    cheats.gas.active = Some((group, name, call.depth(), gas));
    Ok(Vec::new())
}

fn stop(cheats: &mut Cheats, call: &mut Call<'_, '_>, given: Arguments<'_>) -> Answer {
    let Some((group, name, _, before)) = cheats.gas.active.clone() else {
        return Err("no active gas snapshot; call `startGasSnapshot` first".into());
    };
    if given.len() > 0 {
        let wanted = names(cheats, given, given.len())?;
        if wanted != (group.clone(), name.clone()) {
            return Err(Fault::Text(format!(
                "no gas snapshot was started with the name: {} in group: {}",
                wanted.1, wanted.0
            )));
        }
    }
    cheats.gas.active = None;
    let now = call.world.caller_gas() + call.message.gas;
    let used = before.saturating_sub(now).saturating_sub(OWN_COST);
    keep(cheats, group, name, used.to_string());
    Ok(vec![abi::uint_value(U256::from(used))])
}

/// What the call that ends a snapshot costs by itself, as forge counts it.
const OWN_COST: u64 = 271;

impl Cheats {
    /// A call came to its end.
    pub(super) fn note_gas(&mut self, open: &Open, left: u64, refunded: i64) {
        let used = Used {
            limit: open.gas,
            used: open.gas.saturating_sub(left),
            refunded,
            left,
        };
        if open.is_create() && open.depth == 0 {
            return;
        }
        if !open.is_create() {
            self.gas.last_call = Some(used);
        }
        self.gas.last_frame = Some(used);
    }

    /// A frame ends in which metering was paused: what it had then is what is left, and metering is paused around it.
    pub(super) fn end_pause(
        &mut self,
        open: &Open,
        outcome: &mut CallOutcome,
        world: &mut World<'_>,
    ) {
        if !self.gas.is_paused || open.is_cheat {
            return;
        }
        if open.depth == 0 && self.gas.paused.is_empty() {
            outcome.gas_left = open.gas;
            return;
        }
        let Some((paused, gas, refund)) = self.gas.paused.last().copied() else {
            return;
        };
        if paused != open.depth + 1 {
            return;
        }
        self.gas.paused.pop();
        outcome.gas_left = gas;
        world.set_refund(refund);
        let is_known = self
            .gas
            .paused
            .last()
            .is_some_and(|(known, ..)| *known == open.depth);
        if open.depth > 0 && !is_known {
            let around = world.caller_gas().saturating_add(gas);
            self.gas.paused.push((open.depth, around, refund));
            world.set_caller_gas(world.caller_gas().saturating_add(PLENTY));
        }
    }
}
