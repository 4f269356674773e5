//! Who answers which call of `vm`: a table by selector, made once.

use std::sync::LazyLock;

use super::arguments::Arguments;
use super::values::{self, Handler};
use super::{Answer, Call, Cheats, Fault};
use super::{
    accounts, allocs, arbitrary, artifacts, block, calls, code, creates, delegations, emits, gas,
    mappings, memory, mocks, prank, record, reverts, snapshots, test, watched,
};
use crate::contracts::abi::{self, Type};

/// Answers a call that concerns the machine.
pub(super) type Action = fn(&mut Cheats, &mut Call<'_, '_>, Arguments<'_>) -> Answer;

/// What a family says: the action of a function with this name, if it has one.
type Family = fn(&str) -> Option<Action>;

const FAMILIES: [Family; 20] = [
    accounts::action,
    allocs::action,
    arbitrary::action,
    artifacts::action,
    block::action,
    calls::action,
    code::action,
    creates::action,
    delegations::action,
    emits::action,
    gas::action,
    mappings::action,
    memory::action,
    mocks::action,
    prank::action,
    record::action,
    reverts::action,
    snapshots::action,
    test::action,
    watched::action,
];

enum By {
    Machine(Action),
    Values(Handler),
    Nobody,
}

struct Entry {
    selector: u32,
    name: &'static str,
    types: Vec<Type>,
    by: By,
}

static TABLE: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let handlers: std::collections::BTreeMap<&str, Handler> = values::table().collect();
    let mut table: Vec<Entry> = values::interface()
        .map(|signature| {
            let name = signature.name();
            let machine = FAMILIES.iter().find_map(|family| family(name));
            let by = match (machine, handlers.get(signature.text)) {
                (Some(action), _) => By::Machine(action),
                (None, Some(handler)) => By::Values(*handler),
                (None, None) => By::Nobody,
            };
            Entry {
                selector: u32::from_be_bytes(abi::selector(signature.text)),
                name,
                types: abi::parameters_of(signature.text).unwrap_or_default(),
                by,
            }
        })
        .collect();
    table.sort_by_key(|entry| entry.selector);
    table
});

/// The name and the parameters of a function of `vm`.
pub fn signature(selector: abi::Selector) -> Option<(&'static str, &'static [Type])> {
    let wanted = u32::from_be_bytes(selector);
    let found = TABLE.binary_search_by_key(&wanted, |entry| entry.selector);
    let entry = TABLE.get(found.ok()?)?;
    Some((entry.name, &entry.types))
}

/// Answers a call of `vm`.
pub(super) fn answer(cheats: &mut Cheats, call: &mut Call<'_, '_>) -> Result<Vec<u8>, Fault> {
    let input = &call.message.input;
    let Some((selector, parameters)) = input.split_first_chunk::<4>() else {
        return Err("a call of `vm` without a selector".into());
    };
    let found = TABLE.binary_search_by_key(&u32::from_be_bytes(*selector), |entry| entry.selector);
    let Some(entry) = found.ok().and_then(|position| TABLE.get(position)) else {
        return Err(Fault::Text(format!(
            "unknown cheatcode with selector {}; you may have a mismatch between the `Vm` interface (likely in \
             `forge-std`) and the `forge` version",
            abi::hex(selector)
        )));
    };
    let Some(values) = abi::decode(&entry.types, parameters) else {
        return Err(Fault::Text(format!(
            "vm.{}: ABI decoding failed",
            entry.name
        )));
    };
    let answer = match entry.by {
        By::Machine(action) => action(cheats, call, Arguments(&values)),
        By::Values(handler) => handler(&mut cheats.values, &values).map_err(Fault::Text),
        By::Nobody => Err("this cheatcode is not available".into()),
    };
    match answer {
        Ok(results) if results.is_empty() => Ok(Vec::new()),
        Ok(results) => Ok(abi::encode(results)),
        Err(Fault::Text(text)) => Err(Fault::Text(values::error(entry.name, &text))),
        Err(data) => Err(data),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_selector_is_there_once_and_nearly_all_are_answered() {
        let unique = TABLE
            .windows(2)
            .all(|pair| pair[0].selector < pair[1].selector);
        assert!(unique);
        let nobody: Vec<&str> = TABLE
            .iter()
            .filter(|entry| matches!(entry.by, By::Nobody))
            .map(|entry| entry.name)
            .collect();
        assert!(nobody.len() * 20 < TABLE.len(), "{nobody:?}");
    }
}
