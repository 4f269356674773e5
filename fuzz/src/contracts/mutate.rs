//! Changes of sequences: calls are added, left out, repeated, moved, taken over from another sequence, and changed.

use gasworks::U256;
use gasworks_runner::contracts::property::random::Random;

use super::input::{Argument, Call, Sequence, Word};
use super::values::{self, Sources};
use super::world::Subject;

/// Seconds and blocks that pass at most before a call: a week.
const MOST_SECONDS: usize = 7 * 24 * 3_600;
const MOST_BLOCKS: usize = MOST_SECONDS / 12;
/// Bits of the wei that are sent at most: less than anybody has.
const MOST_VALUE: usize = 88;

/// What a call can be made of, besides chance.
pub struct Knowledge<'a> {
    /// The test contract.
    pub subject: &'a Subject,
    /// Operands that were compared lately and not equal.
    pub compared: &'a [(Word, Word)],
    /// Words that were seen lately.
    pub recent: &'a [Word],
    /// What each call of the sequence compared that was not equal, as far as is known.
    pub traced: &'a [Vec<(U256, U256)>],
    /// Calls that a sequence has at most.
    pub depth: usize,
}

impl Knowledge<'_> {
    fn sources(&self) -> Sources<'_> {
        Sources {
            words: &self.subject.words,
            recent: self.recent,
            compared: self.compared,
            addresses: &self.subject.addresses,
            texts: &self.subject.texts,
        }
    }

    /// Changes a sequence; `other` is another one of the same test contract.
    pub fn mutate(&self, sequence: &mut Sequence, other: Option<&Sequence>, random: &mut Random) {
        if self.subject.callables.is_empty() {
            return;
        }
        // What was compared is known of the calls as they are: one is changed, and the others are left as they are.
        let is_solved = random.below(3) == 0 && self.solve(&mut sequence.calls, random);
        let changes = if is_solved { 0 } else { 1 + random.below(4) };
        for _ in 0..changes {
            self.change(&mut sequence.calls, other, random);
        }
        // What the sequence led to is gone on from: half of the time a little, else far.
        if random.below(4) > 0 {
            let room = self.depth.saturating_sub(sequence.calls.len());
            let limit = if random.coin() { 4 } else { room };
            for _ in 0..=random.below(limit.min(room).max(1)) {
                let call = self.call(&sequence.calls, random);
                sequence.calls.push(call);
            }
        }
        if sequence.calls.is_empty() {
            sequence.calls.push(self.call(&[], random));
        }
        sequence.calls.truncate(self.depth);
    }

    /// Gives an argument of a call the value that a comparison asks for; says whether there was one.
    fn solve(&self, calls: &mut [Call], random: &mut Random) -> bool {
        let known = calls.len().min(self.traced.len());
        let at = random.below(known);
        let pair = self.traced.get(at).and_then(|pairs| random.choose(pairs));
        let (Some(call), Some((a, b))) = (calls.get_mut(at), pair) else {
            return false;
        };
        let callable = self.subject.callables.get(usize::from(call.function));
        let types = callable.map_or(&[][..], |callable| &callable.function.types);
        if self.is_payable(call) && random.below(types.len() + 1) == 0 {
            let wanted = values::solution(U256::from(call.value), *a, *b, random);
            let is_there = wanted.bits() < MOST_VALUE;
            call.value = if is_there {
                wanted.low_u128()
            } else {
                call.value
            };
            return is_there;
        }
        let place = random.below(types.len());
        match (call.arguments.get_mut(place), types.get(place)) {
            (Some(Argument::Word(word)), Some(of)) => {
                let number = U256::from_big_endian(word);
                let wanted = values::solution(number, *a, *b, random);
                *word = values::cut(of, wanted.to_big_endian());
                true
            }
            _ => false,
        }
    }

    fn change(&self, calls: &mut Vec<Call>, other: Option<&Sequence>, random: &mut Random) {
        let at = random.below(calls.len());
        match random.below(16) {
            0 | 1 => {
                let call = self.call(calls, random);
                calls.insert(at, call);
            }
            2 if calls.len() > 1 => {
                calls.remove(at);
            }
            3 if calls.len() > 1 => {
                let end = at + 1 + random.below(calls.len() - at);
                calls.drain(at..end);
            }
            4 => {
                if let Some(call) = calls.get(at).cloned() {
                    let times = 1 << random.below(4);
                    calls.splice(at..at, std::iter::repeat_n(call, times));
                }
            }
            5 => {
                // Again what was done before, in the end.
                let end = (at + 1 + random.below(4)).min(calls.len());
                let again = calls[at..end].to_vec();
                calls.extend(again);
            }
            6 if calls.len() > 1 => {
                let with = random.below(calls.len());
                calls.swap(at, with);
            }
            7 => {
                if let Some(other) = other.filter(|other| !other.calls.is_empty()) {
                    let from = random.below(other.calls.len());
                    calls.truncate(at);
                    calls.extend_from_slice(&other.calls[from..]);
                }
            }
            8 => {
                if let Some(other) = other {
                    calls.splice(at..at, other.calls.iter().cloned());
                }
            }
            9 => {
                if let Some(call) = calls.get_mut(at) {
                    call.sender = random.below(self.subject.senders.len()) as u16;
                }
            }
            10 => {
                if let Some(call) = calls.get_mut(at) {
                    self.change_surroundings(call, random);
                }
            }
            _ => {
                if let Some(call) = calls.get_mut(at) {
                    self.change_arguments(call, random);
                }
            }
        }
    }

    fn change_surroundings(&self, call: &mut Call, random: &mut Random) {
        if random.coin() {
            (call.seconds, call.blocks) = delay(random);
        } else if self.is_payable(call) {
            call.value = self.value(random);
        }
    }

    fn change_arguments(&self, call: &mut Call, random: &mut Random) {
        let Some(callable) = self.subject.callables.get(usize::from(call.function)) else {
            return;
        };
        let types = &callable.function.types;
        for _ in 0..=random.below(2) {
            let at = random.below(types.len());
            if let (Some(argument), Some(of)) = (call.arguments.get_mut(at), types.get(at)) {
                values::mutate(argument, of, random, &self.sources());
            }
        }
        if types.is_empty() {
            self.change_surroundings(call, random);
        }
    }

    fn is_payable(&self, call: &Call) -> bool {
        let callable = self.subject.callables.get(usize::from(call.function));
        callable.is_some_and(|callable| callable.is_payable)
    }

    /// A new call, which may come back to what those before it used.
    fn call(&self, before: &[Call], random: &mut Random) -> Call {
        let function = random.below(self.subject.callables.len());
        // One in two callers is the one before.
        let sender = match before.last() {
            Some(last) if random.coin() => last.sender,
            _ => random.below(self.subject.senders.len()) as u16,
        };
        let callable = &self.subject.callables[function];
        let used = before.iter().rev().take(4);
        let used: Vec<Word> = used
            .flat_map(|call| &call.arguments)
            .filter_map(|argument| match argument {
                Argument::Word(word) => Some(*word),
                _ => None,
            })
            .chain(self.recent.iter().copied())
            .collect();
        let sources = Sources {
            recent: &used,
            ..self.sources()
        };
        let types = callable.function.types.iter();
        let arguments = types
            .map(|of| values::random(of, random, &sources))
            .collect();
        let (seconds, blocks) = match random.below(8) {
            0 => delay(random),
            _ => (0, 0),
        };
        let value = match callable.is_payable && random.below(4) > 0 {
            true => self.value(random),
            false => 0,
        };
        Call {
            function: function as u16,
            sender,
            value,
            seconds,
            blocks,
            arguments,
        }
    }

    /// Wei that is sent: less than anybody has.
    fn value(&self, random: &mut Random) -> u128 {
        const MOST: u128 = 1 << MOST_VALUE;
        let ten = 10u128.pow(random.below(22) as u32);
        let known = |word: &Word| {
            let low = word.last_chunk().map_or(0, |low| u128::from_be_bytes(*low));
            low % MOST
        };
        match random.below(5) {
            0 => random.below(10) as u128,
            1 => random.choose(&self.subject.words).map_or(1, known),
            2 => random.choose(self.recent).map_or(1, known),
            _ => ten * (1 + random.below(20) as u128),
        }
    }
}

fn delay(random: &mut Random) -> (u32, u32) {
    let below = |limit: usize, random: &mut Random| {
        let bits = random.below(limit.ilog2() as usize + 2);
        random.below(limit.min(1 << bits) + 1) as u32
    };
    (below(MOST_SECONDS, random), below(MOST_BLOCKS, random))
}
