//! Which words of storage belong to mappings: `startMappingRecording` and its kin.

use std::collections::BTreeMap;

use gasworks::inspect::World;
use gasworks::{Address, Hash, PairHash, U256};

use super::Cheats;
use super::table::Action;
use crate::contracts::abi::{self, Value};

/// What is known of the mappings of an account.
#[derive(Clone, Debug, Default)]
struct Mappings {
    /// Key and mapping by the hash of both.
    hashes: BTreeMap<U256, (U256, U256)>,
    /// Key and mapping of words that were written.
    written: BTreeMap<U256, (U256, U256)>,
    /// Words of a mapping that were written, in order.
    children: BTreeMap<U256, Vec<U256>>,
}

/// What is known of all mappings, while it is recorded.
#[derive(Clone, Debug, Default)]
pub(super) struct Recorded(Option<BTreeMap<Address, Mappings>>);

pub(super) fn action(name: &str) -> Option<Action> {
    Some(match name {
        "startMappingRecording" => |cheats, call, _| {
            cheats.mappings.start();
            cheats.ask_for_records(call.world);
            Ok(Vec::new())
        },
        "stopMappingRecording" => |cheats, call, _| {
            cheats.mappings.0 = None;
            cheats.ask_for_records(call.world);
            Ok(Vec::new())
        },
        "getMappingLength" => |cheats, _, given| {
            let of = cheats.mappings.of(given.address(0)?);
            let children = of.and_then(|of| Some(of.children.get(&given.word(1).ok()?)?.len()));
            Ok(vec![abi::uint_value(children.unwrap_or(0).into())])
        },
        "getMappingSlotAt" => |cheats, _, given| {
            let (slot, at) = (given.word(1)?, usize::try_from(given.word(2)?).ok());
            let of = cheats.mappings.of(given.address(0)?);
            let children = of.and_then(|of| of.children.get(&slot));
            let child = children.and_then(|children| children.get(at?).copied());
            Ok(vec![word(child.unwrap_or_default())])
        },
        "getMappingKeyAndParentOf" => |cheats, _, given| {
            let slot = given.word(1)?;
            let of = cheats.mappings.of(given.address(0)?);
            let known = of.and_then(|of| of.written.get(&slot).or_else(|| of.hashes.get(&slot)));
            let (key, parent) = known.copied().unwrap_or_default();
            Ok(vec![Value::Bool(known.is_some()), word(key), word(parent)])
        },
        _ => return None,
    })
}

fn word(of: U256) -> Value {
    abi::word_value(Hash(of.to_big_endian()))
}

impl Mappings {
    /// A word was written; the mappings that it is in, too.
    fn write(&mut self, mut slot: U256) {
        // A mapping within a mapping is a step; a hash cannot lead back to itself, and steps end.
        while let Some((key, parent)) = self.hashes.get(&slot).copied() {
            if self.written.insert(slot, (key, parent)).is_some() {
                return;
            }
            self.children.entry(parent).or_default().push(slot);
            slot = parent;
        }
    }
}

impl Recorded {
    pub(super) fn is_wanted(&self) -> bool {
        self.0.is_some()
    }

    pub(super) fn start(&mut self) {
        self.0.get_or_insert_default();
    }

    /// Key and mapping of a word that was written.
    pub(super) fn parent_of(&self, address: Address, slot: U256) -> Option<(U256, U256)> {
        self.of(address)?.written.get(&slot).copied()
    }

    fn of(&self, address: Address) -> Option<&Mappings> {
        self.0.as_ref()?.get(&address)
    }

    pub(super) fn hash(&mut self, hash: &PairHash) {
        if let Some(all) = &mut self.0 {
            let of = all.entry(hash.address).or_default();
            of.hashes.insert(hash.hash, hash.words);
        }
    }

    pub(super) fn write(&mut self, address: Address, slot: U256) {
        if let Some(of) = self.0.as_mut().and_then(|all| all.get_mut(&address)) {
            of.write(slot);
        }
    }
}

impl Cheats {
    /// Tells the machine what is to be written down.
    pub(super) fn ask_for_records(&self, world: &mut World<'_>) {
        let mappings = self.mappings.is_wanted();
        world.record_pair_hashes(mappings);
        world.record_accesses(mappings || self.recorded.wants_accesses());
    }
}
