//! Contracts that must be created: `expectCreate` and `expectCreate2`.

use gasworks::inspect::World;
use gasworks::{Address, Bytes, MessageKind};

use super::arguments::Arguments;
use super::table::Action;
use super::{Answer, Cheats, Fault, Open};
use crate::contracts::abi;

#[derive(Clone, Debug)]
pub(super) struct Expected {
    by: Address,
    code: Bytes,
    with_salt: bool,
}

pub(super) fn action(name: &str) -> Option<Action> {
    Some(match name {
        "expectCreate" => |cheats, _, given| expect(cheats, given, false),
        "expectCreate2" => |cheats, _, given| expect(cheats, given, true),
        _ => return None,
    })
}

fn expect(cheats: &mut Cheats, given: Arguments<'_>, with_salt: bool) -> Answer {
    cheats.creates.push(Expected {
        code: Bytes::copy_from_slice(given.bytes(0)?),
        by: given.address(1)?,
        with_salt,
    });
    Ok(Vec::new())
}

impl Cheats {
    /// A contract was created.
    pub(super) fn count_create(
        &mut self,
        open: &Open,
        created: Address,
        world: &mut World<'_>,
    ) -> Result<(), Fault> {
        if self.creates.is_empty() {
            return Ok(());
        }
        let code = world.code(created)?;
        let with_salt = matches!(open.kind, MessageKind::Create2(_));
        let found = self.creates.iter().position(|expected| {
            expected.by == open.caller && expected.with_salt == with_salt && expected.code == code
        });
        if let Some(position) = found {
            self.creates.swap_remove(position);
        }
        Ok(())
    }

    /// What is said of a contract that was not created.
    pub(super) fn missing_create(&self) -> Option<String> {
        let expected = self.creates.first()?;
        Some(format!(
            "expected {} call by address {} for bytecode {} but not found",
            if expected.with_salt {
                "CREATE2"
            } else {
                "CREATE"
            },
            abi::hex(&expected.by.0),
            abi::hex(&expected.code)
        ))
    }
}
