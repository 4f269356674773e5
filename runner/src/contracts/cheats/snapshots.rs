//! States to return to: `snapshotState`, `revertToState`, and their older names.

use std::collections::BTreeMap;

use gasworks::U256;
use gasworks::inspect::WorldSnapshot;

use super::arguments::Arguments;
use super::table::Action;
use super::{Answer, Call, Cheats};
use crate::contracts::abi::{self, Value};

/// The states that are kept, by their numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Snapshots {
    next: u64,
    kept: BTreeMap<U256, WorldSnapshot>,
}

pub(super) fn action(name: &str) -> Option<Action> {
    Some(match name {
        "snapshot" | "snapshotState" => |cheats, call, _| {
            let id = U256::from(cheats.snapshots.next);
            cheats.snapshots.next += 1;
            let kept = call.world.snapshot();
            cheats.snapshots.kept.insert(id, kept);
            Ok(vec![abi::uint_value(id)])
        },
        "revertTo" | "revertToState" => |cheats, call, given| revert(cheats, call, given, false),
        "revertToAndDelete" | "revertToStateAndDelete" => {
            |cheats, call, given| revert(cheats, call, given, true)
        }
        "deleteSnapshot" | "deleteStateSnapshot" => |cheats, _, given| {
            let known = cheats.snapshots.kept.remove(&given.word(0)?);
            Ok(vec![Value::Bool(known.is_some())])
        },
        "deleteSnapshots" | "deleteStateSnapshots" => |cheats, _, _| {
            cheats.snapshots.kept.clear();
            Ok(Vec::new())
        },
        _ => return None,
    })
}

fn revert(
    cheats: &mut Cheats,
    call: &mut Call<'_, '_>,
    given: Arguments<'_>,
    delete: bool,
) -> Answer {
    let id = given.word(0)?;
    let Some(snapshot) = cheats.snapshots.kept.get(&id) else {
        return Ok(vec![Value::Bool(false)]);
    };
    // An assertion that has failed stays failed: `failed` is not what it was.
    call.world.revert_to(snapshot);
    // What came later cannot be returned to any more.
    if delete {
        cheats.snapshots.kept.split_off(&id);
    } else {
        cheats.snapshots.kept.split_off(&(id + U256::one()));
    }
    Ok(vec![Value::Bool(true)])
}
