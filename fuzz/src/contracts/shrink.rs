//! Makes a sequence that breaks something as short and as simple as it can be while it still breaks the same.

use gasworks_runner::contracts::property::shrink::{Attempts, shrink_sequence};

use super::input::{Call, Sequence};
use super::target::{Broken, Target};
use super::values::simpler;
use super::world::World;

/// Gas that making a sequence small may take: calls that never end take all they have.
const MOST_GAS: u64 = 1 << 33;

/// The least sequence that was found, after at most so many executions; `None` where the first one breaks nothing when it
/// is run again.
pub fn shrink(
    world: &World,
    target: &mut Target,
    sequence: &Sequence,
    broken: &Broken,
    limit: u32,
) -> Option<Sequence> {
    let mut gas = 0_u64;
    let mut breaks = |calls: &[Call]| {
        if gas > MOST_GAS {
            return false;
        }
        let tried = Sequence {
            calls: calls.to_vec(),
            ..*sequence
        };
        let ran = target.run(&tried, Some(broken), None, &mut || false);
        gas = gas.saturating_add(ran.gas);
        let is_same = match (&ran.broken, broken) {
            (Some((Broken::Property(a), _)), Broken::Property(b)) => a == b,
            (Some((Broken::Assertion(_), _)), Broken::Assertion(_)) => true,
            _ => false,
        };
        // What comes after the break is not needed, and never run.
        is_same && ran.calls == calls.len()
    };
    if !breaks(&sequence.calls) {
        return None;
    }
    let mut attempts = Attempts::new(limit / 2);
    let mut calls = shrink_sequence(sequence.calls.clone(), &mut attempts, &mut breaks);
    let subject = world.subject(sequence)?;
    let mut place = 0;
    while place < calls.len() {
        let types = subject
            .callables
            .get(usize::from(calls[place].function))
            .map(|callable| callable.function.types.clone())
            .unwrap_or_default();
        for (argument, of) in types.iter().enumerate() {
            while attempts.are_left() {
                let candidates = simpler(&calls[place].arguments[argument], of);
                let found = candidates.into_iter().find_map(|candidate| {
                    let mut tried = calls.clone();
                    tried[place].arguments[argument] = candidate;
                    (attempts.take() && breaks(&tried)).then_some(tried)
                });
                match found {
                    Some(better) => calls = better,
                    None => break,
                }
            }
        }
        for change in [plain_value, no_delay, half_delay, first_sender] {
            let mut tried = calls.clone();
            if change(&mut tried[place]) && attempts.take() && breaks(&tried) {
                calls = tried;
            }
        }
        place += 1;
    }
    let calls = hand_delays_on(calls, &mut attempts, &mut breaks);
    let calls = shrink_sequence(calls, &mut attempts, &mut breaks);
    Some(Sequence { calls, ..*sequence })
}

/// Leaves out calls that are there only because time passes before them: it may pass before the next one.
fn hand_delays_on(
    mut calls: Vec<Call>,
    attempts: &mut Attempts,
    breaks: &mut impl FnMut(&[Call]) -> bool,
) -> Vec<Call> {
    let mut place = 0;
    while place + 1 < calls.len() {
        let mut tried = calls.clone();
        let left = tried.remove(place);
        let next = &mut tried[place];
        next.seconds = next.seconds.saturating_add(left.seconds);
        next.blocks = next.blocks.saturating_add(left.blocks);
        let waits = left.seconds != 0 || left.blocks != 0;
        if waits && attempts.take() && breaks(&tried) {
            calls = tried;
        } else {
            place += 1;
        }
    }
    calls
}

fn plain_value(call: &mut Call) -> bool {
    std::mem::take(&mut call.value) != 0
}

fn no_delay(call: &mut Call) -> bool {
    let delay = (call.seconds, call.blocks);
    (call.seconds, call.blocks) = (0, 0);
    delay != (0, 0)
}

fn half_delay(call: &mut Call) -> bool {
    let delay = (call.seconds, call.blocks);
    (call.seconds, call.blocks) = (delay.0 / 2, delay.1 / 2);
    delay != (0, 0)
}

fn first_sender(call: &mut Call) -> bool {
    std::mem::take(&mut call.sender) != 0
}
