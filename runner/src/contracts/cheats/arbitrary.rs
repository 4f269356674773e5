//! Accounts whose storage is made up: `setArbitraryStorage`, and `copyStorage` of them.
//!
//! A word that is zero is made up when it is first read, unless this execution has read or written it before. Nobody can change a word at the moment when an
//! instruction reads it; so a run in which words were missing is taken back, and runs again with those words in their place
//! from the start (`machine/replay.rs`). What a word is depends on the account and the slot alone, not on when it is read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use gasworks::inspect::{Step, World};
use gasworks::{Address, U256, keccak256};

use super::arguments::Arguments;
use super::table::Action;
use super::{Answer, Call, Cheats, Fault};

/// The accounts with such storage, and the words that are what they are.
#[derive(Clone, Debug, Default)]
pub(super) struct Arbitrary {
    marks: BTreeMap<Address, Mark>,
    settled: BTreeSet<(Address, U256)>,
}

/// How the words of an account are made up.
#[derive(Clone, Copy, Debug)]
struct Mark {
    key: U256,
    /// The account itself, or the one that its storage was copied from.
    source: Address,
    /// Words that were not zero are made up, too.
    overwrites: bool,
}

impl Mark {
    fn word(&self, slot: U256) -> U256 {
        let mut preimage = self.key.to_big_endian().to_vec();
        preimage.extend(self.source.0);
        preimage.extend(slot.to_big_endian());
        U256::from_big_endian(&keccak256(&preimage).0)
    }
}

/// What was seen of reads and writes of such storage.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen(Arc<Mutex<Accesses>>);

#[derive(Debug, Default)]
struct Accesses {
    marked: BTreeSet<Address>,
    /// Words that were read or written in this run.
    settled: BTreeSet<(Address, U256)>,
    /// Words that were read before they were there, in this run and in those that were taken back.
    wanted: BTreeSet<(Address, U256)>,
    has_missed: bool,
}

pub(super) fn action(name: &str) -> Option<Action> {
    Some(match name {
        "setArbitraryStorage" => |cheats, call, given| {
            if cheats.watched.storage.is_none() {
                return Err("it has to be called by the test contract itself".into());
            }
            let address = given.address(0)?;
            let mark = Mark {
                key: cheats.values.random_word(),
                source: address,
                overwrites: given.flag(1).unwrap_or(false),
            };
            call.world.warm(address)?;
            cheats.mark(address, mark, call.world)?;
            Ok(Vec::new())
        },
        "copyStorage" => copy,
        _ => return None,
    })
}

fn copy(cheats: &mut Cheats, call: &mut Call<'_, '_>, given: Arguments<'_>) -> Answer {
    let (from, to) = (given.address(0)?, given.address(1)?);
    call.world.warm(from)?;
    call.world.warm(to)?;
    for (slot, value) in call.world.known_storage(from)? {
        call.world.set_storage(to, slot, value)?;
    }
    if let Some(mark) = cheats.arbitrary.marks.get(&from).copied() {
        let mark = Mark {
            overwrites: false,
            ..mark
        };
        cheats.mark(to, mark, call.world)?;
    }
    Ok(Vec::new())
}

impl Seen {
    fn with<T>(&self, act: impl FnOnce(&mut Accesses) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Nothing was wanted yet.
    pub(super) fn forget(&self) {
        self.with(|seen| *seen = Accesses::default());
    }

    /// Whether words were missing in the run that has ended.
    pub(super) fn has_missed(&self) -> bool {
        self.with(|seen| std::mem::take(&mut seen.has_missed))
    }

    /// Before an instruction.
    pub(super) fn step(&self, step: &Step<'_>) {
        if !matches!(step.opcode, SLOAD | SSTORE) {
            return;
        }
        let Some(slot) = step.stack.last() else {
            return;
        };
        self.with(|seen| {
            let word = (step.address, *slot);
            let is_new = seen.settled.insert(word);
            if is_new && step.opcode == SLOAD && seen.marked.contains(&step.address) {
                seen.has_missed |= seen.wanted.insert(word);
            }
        });
    }
}

impl Cheats {
    fn mark(&mut self, address: Address, mark: Mark, world: &mut World<'_>) -> Result<(), Fault> {
        let of = |(account, _): &(Address, U256)| *account != address;
        self.arbitrary.settled.retain(of);
        self.arbitrary.marks.insert(address, mark);
        let Some(seen) = self.watched.storage.clone() else {
            return Ok(());
        };
        let wanted = seen.with(|seen| {
            seen.marked.insert(address);
            if mark.overwrites {
                seen.settled.retain(of);
            }
            let wanted = seen.wanted.difference(&seen.settled).copied();
            wanted.filter(|word| word.0 == address).collect::<Vec<_>>()
        });
        for (account, slot) in wanted {
            self.make_up(account, slot, world)?;
        }
        Ok(())
    }

    /// Makes a word up, unless it is what it is.
    fn make_up(
        &mut self,
        address: Address,
        slot: U256,
        world: &mut World<'_>,
    ) -> Result<(), Fault> {
        let Some(mark) = self.arbitrary.marks.get(&address) else {
            return Ok(());
        };
        let is_free = mark.overwrites || world.storage(address, slot)?.is_zero();
        if is_free && !self.arbitrary.settled.contains(&(address, slot)) {
            world.set_storage(address, slot, mark.word(slot))?;
        }
        Ok(())
    }

    /// An execution begins: words are there that were missing before.
    pub(super) fn begin_arbitrary(&mut self, world: &mut World<'_>) {
        let Some(seen) = &self.watched.storage else {
            return;
        };
        let (marks, settled) = (&self.arbitrary.marks, &self.arbitrary.settled);
        let wanted = seen.with(|seen| {
            seen.marked = marks.keys().copied().collect();
            seen.settled.clone_from(settled);
            seen.has_missed = false;
            seen.wanted.clone()
        });
        for (address, slot) in wanted {
            // The state below cannot fail.
            let _ = self.make_up(address, slot, world);
        }
    }

    /// An execution ends: what was read or written stays as it is.
    pub(super) fn end_arbitrary(&mut self) {
        let Some(seen) = &self.watched.storage else {
            return;
        };
        let Arbitrary { marks, settled } = &mut self.arbitrary;
        *settled = seen.with(|seen| {
            let words = seen.settled.iter().copied();
            words.filter(|word| marks.contains_key(&word.0)).collect()
        });
    }

    /// A cheatcode reads a word.
    pub(super) fn load_arbitrary(
        &mut self,
        address: Address,
        slot: U256,
        world: &mut World<'_>,
    ) -> Result<(), Fault> {
        if self.settle(address, slot) {
            self.make_up(address, slot, world)?;
        }
        Ok(())
    }

    /// A cheatcode reads or writes a word, which is what it is from then on; whether it was not before.
    pub(super) fn settle(&mut self, address: Address, slot: U256) -> bool {
        let is_marked = self.arbitrary.marks.contains_key(&address);
        match &self.watched.storage {
            Some(seen) => seen.with(|seen| seen.settled.insert((address, slot))) && is_marked,
            None => false,
        }
    }
}

const SLOAD: u8 = 0x54;
const SSTORE: u8 = 0x55;
