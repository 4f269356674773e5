//! What changed since a recording began: `getStateDiff` for people, `getStateDiffJson` for programs, and the slots of a
//! variable. Words of storage have their names where the compiler wrote the layout of storage.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use gasworks::inspect::World;
use gasworks::{Address, U256};
use serde::{Serialize, Serializer};

use super::{AccountAccess, Cheats};
use crate::contracts::abi::{self, Value};
use crate::contracts::artifact::Contract;
use crate::contracts::cheats::arguments::Arguments;
use crate::contracts::cheats::{Answer, Call};
use crate::contracts::layout::Place;
use crate::contracts::subject::by_code;

/// What changed of an account.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct AccountDiff {
    label: Option<String>,
    contract: Option<String>,
    balance_diff: Option<Change<Wei>>,
    nonce_diff: Option<Change<u64>>,
    state_diff: BTreeMap<String, SlotDiff>,
}

/// A balance, which JSON has in hex.
#[derive(Clone, Copy, PartialEq)]
struct Wei(U256);

impl Serialize for Wei {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:#x}", self.0))
    }
}

/// What was, and what is.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Change<T> {
    previous_value: T,
    new_value: T,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SlotDiff {
    previous_value: String,
    new_value: String,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    place: Option<Place>,
    #[serde(skip)]
    previous: U256,
}

impl AccountDiff {
    fn write(&self, address: Address, text: &mut String) -> std::fmt::Result {
        writeln!(text, "{}", abi::checksummed(address))?;
        if let Some(label) = &self.label {
            writeln!(text, "label: {label}")?;
        }
        if let Some(contract) = &self.contract {
            writeln!(text, "contract: {contract}")?;
        }
        if let Some(balance) = self.balance_diff.as_ref().filter(|diff| diff.is_one()) {
            let (previous, new) = (balance.previous_value.0, balance.new_value.0);
            writeln!(text, "- balance diff: {previous} → {new}")?;
        }
        if let Some(nonce) = self.nonce_diff.as_ref().filter(|diff| diff.is_one()) {
            let (previous, new) = (nonce.previous_value, nonce.new_value);
            writeln!(text, "- nonce diff: {previous} → {new}")?;
        }
        if !self.state_diff.is_empty() {
            writeln!(text, "- state diff:")?;
        }
        for (slot, diff) in &self.state_diff {
            let (mut previous, mut new) = (diff.previous_value.clone(), diff.new_value.clone());
            write!(text, "@ {slot}")?;
            if let Some(place) = &diff.place {
                write!(text, " ({}, {})", place.label, place.of)?;
                if let Some((was, is)) = &place.decoded {
                    (previous, new) = (abi::plain(was), abi::plain(is));
                }
            }
            writeln!(text, ": {previous} → {new}")?;
        }
        writeln!(text)
    }
}

impl<T: PartialEq> Change<T> {
    fn is_one(&self) -> bool {
        self.previous_value != self.new_value
    }
}

/// `getStateDiff()`.
pub(super) fn text(cheats: &mut Cheats, call: &mut Call<'_, '_>, _: Arguments<'_>) -> Answer {
    let mut text = String::new();
    for (address, diff) in diffs(cheats, call.world) {
        // Writing to a text does not fail.
        let _ = diff.write(address, &mut text);
    }
    Ok(vec![Value::String(text)])
}

/// `getStateDiffJson()`.
pub(super) fn json(cheats: &mut Cheats, call: &mut Call<'_, '_>, _: Arguments<'_>) -> Answer {
    let diffs = diffs(cheats, call.world).into_iter();
    let diffs: BTreeMap<String, AccountDiff> = diffs
        .map(|(address, diff)| (abi::hex(&address.0), diff))
        .collect();
    let text = serde_json::to_string(&diffs).map_err(|error| error.to_string())?;
    Ok(vec![Value::String(text)])
}

/// `getStorageSlots(address,string)`.
pub(super) fn slots(cheats: &mut Cheats, call: &mut Call<'_, '_>, given: Arguments<'_>) -> Answer {
    let (target, name) = (given.address(0)?, given.text(1)?);
    let contract = contract_at(cheats, target, call.world);
    let layout = contract.and_then(|contract| contract.layout.as_ref());
    let Some(layout) = layout else {
        return Err(crate::contracts::cheats::Fault::Text(format!(
            "Storage layout not available for contract at {}. Try compiling contracts with \
             `--extra-output storageLayout`",
            abi::checksummed(target)
        )));
    };
    let load = |slot| call.world.storage(target, slot).unwrap_or_default();
    let slots = layout.slots_of(name, load)?;
    Ok(vec![Value::Array(
        slots.into_iter().map(abi::uint_value).collect(),
    )])
}

/// Words in the code of proxies, which keep an implementation there (EIP-1967, EIP-1822), how they begin; and the contract
/// whose layout forge takes for theirs.
const PROXIES: [([u8; 8], &str); 2] = [
    (
        [0x36, 0x08, 0x94, 0xa1, 0x3b, 0xa1, 0xa3, 0x21],
        "TransparentUpgradeableProxy",
    ),
    (
        [0xc5, 0xf1, 0x6f, 0x0f, 0xcc, 0x63, 0x9f, 0xa4],
        "UUPSUpgradeable",
    ),
];

/// The contract whose code an account has.
fn contract_at<'a>(
    cheats: &'a Cheats,
    address: Address,
    world: &mut World<'_>,
) -> Option<&'a Contract> {
    let code = world.code(address).ok()?;
    let artifacts = &cheats.project.artifacts;
    for (start, name) in PROXIES {
        let is_proxy = code.windows(start.len()).any(|word| word == start);
        let mut contracts = artifacts.contracts.iter();
        let known = contracts.find(|contract| is_proxy && contract.name == name);
        if let Some(contract) = known {
            return Some(contract);
        }
    }
    by_code(artifacts, &code)
}

fn word(of: U256) -> String {
    abi::hex(&of.to_big_endian())
}

fn diffs(cheats: &Cheats, world: &mut World<'_>) -> BTreeMap<Address, AccountDiff> {
    let mut diffs: BTreeMap<Address, AccountDiff> = BTreeMap::new();
    let accesses: Vec<AccountAccess> = cheats.recorded.accesses.iter().flatten().cloned().collect();
    let mut contracts: BTreeMap<Address, Option<&Contract>> = BTreeMap::new();
    for access in &accesses {
        let mut touched: Vec<Address> = Vec::new();
        if access.balances.0 != access.balances.1 || access.nonces.0 != access.nonces.1 {
            touched.push(access.account);
        }
        let written = access.storage.iter();
        let written = written.filter(|(storage, reverted)| storage.is_write && !reverted);
        let written: Vec<_> = written.map(|(storage, _)| storage).collect();
        touched.extend(written.iter().map(|storage| storage.address));
        for address in touched {
            contracts
                .entry(address)
                .or_insert_with(|| contract_at(cheats, address, world));
            let contract = contracts.get(&address).copied().flatten();
            diffs.entry(address).or_insert_with(|| AccountDiff {
                label: cheats.labels().get(&address).cloned(),
                contract: contract.map(Contract::full_name),
                ..AccountDiff::default()
            });
        }
        note_account(access, &mut diffs);
        let words: BTreeMap<U256, (U256, U256)> = written
            .iter()
            .map(|storage| (storage.slot, (storage.previous, storage.value)))
            .collect();
        for storage in written {
            let Some(diff) = diffs.get_mut(&storage.address) else {
                continue;
            };
            let contract = contracts.get(&storage.address).copied().flatten();
            let layout = contract.and_then(|contract| contract.layout.as_ref());
            let slot = diff.state_diff.entry(word(storage.slot));
            let slot = slot.or_insert_with(|| SlotDiff {
                previous_value: word(storage.previous),
                new_value: String::new(),
                place: layout.and_then(|layout| {
                    let mapping = |slot| cheats.mappings.parent_of(storage.address, slot);
                    let values = |slot| Some(words.get(&slot)?.1);
                    let known = layout.identify(storage.slot, mapping);
                    known.or_else(|| layout.identify_bytes(storage.slot, values))
                }),
                previous: storage.previous,
            });
            slot.new_value = word(storage.value);
            if let Some(place) = &mut slot.place {
                place.decode(slot.previous, storage.value);
                place.decode_bytes(&words);
            }
        }
    }
    diffs
}

/// Balance and nonce: what they were first, and what they are last.
fn note_account(access: &AccountAccess, diffs: &mut BTreeMap<Address, AccountDiff>) {
    let Some(diff) = diffs.get_mut(&access.account) else {
        return;
    };
    let (previous, new) = access.balances;
    if previous != new {
        let (previous_value, new_value) = (Wei(previous), Wei(new));
        match &mut diff.balance_diff {
            Some(known) => known.new_value = new_value,
            unknown => {
                *unknown = Some(Change {
                    previous_value,
                    new_value,
                });
            }
        }
    }
    let (previous, new) = access.nonces;
    if previous != new {
        match &mut diff.nonce_diff {
            Some(known) => known.new_value = new,
            unknown => {
                *unknown = Some(Change {
                    previous_value: previous,
                    new_value: new,
                });
            }
        }
    }
}
