//! Calls that are answered without running code: `mockCall`, `mockCallRevert`, `mockCalls`, `mockFunction`.

use std::collections::{BTreeMap, VecDeque};

use gasworks::inspect::World;
use gasworks::{
    Address, Bytes, CallKind, CallOutcome, CallStatus, Halt, Message, MessageKind, U256,
};

use super::arguments::Arguments;
use super::table::Action;
use super::{Answer, Call, Cheats, Fault};
use crate::contracts::abi::Value;

#[derive(Clone, Debug)]
struct Mock {
    data: Bytes,
    value: Option<U256>,
    /// The last one stays.
    answers: VecDeque<Bytes>,
    reverts: bool,
}

/// All mocks.
#[derive(Clone, Debug, Default)]
pub(super) struct Mocks {
    /// By the account whose code is called; longer and larger data comes first.
    calls: BTreeMap<Address, Vec<Mock>>,
    /// Other code for a call, by its data.
    functions: BTreeMap<Address, BTreeMap<Vec<u8>, Address>>,
}

pub(super) fn action(name: &str) -> Option<Action> {
    Some(match name {
        "mockCall" | "mockCalls" => |cheats, call, given| mock(cheats, call, given, false),
        "mockCallRevert" => |cheats, call, given| mock(cheats, call, given, true),
        "mockFunction" => |cheats, _, given| {
            let functions = &mut cheats.mocks.functions;
            let of = functions.entry(given.address(0)?).or_default();
            of.insert(given.bytes(2)?.to_vec(), given.address(1)?);
            Ok(Vec::new())
        },
        "clearMockedCalls" => |cheats, _, _| {
            cheats.mocks.calls.clear();
            Ok(Vec::new())
        },
        _ => return None,
    })
}

fn mock(
    cheats: &mut Cheats,
    call: &mut Call<'_, '_>,
    given: Arguments<'_>,
    reverts: bool,
) -> Answer {
    let callee = given.address(0)?;
    let value = given.is_number(1).then(|| given.word(1)).transpose()?;
    let at = if value.is_some() { 2 } else { 1 };
    let data = Bytes::copy_from_slice(given.bytes(at)?);
    let answers = match given.bytes(at + 1) {
        Ok(answer) => VecDeque::from([Bytes::copy_from_slice(answer)]),
        Err(_) => {
            let bytes = |value: &Value| value.as_bytes().map(Bytes::copy_from_slice);
            given.list(at + 1)?.iter().filter_map(bytes).collect()
        }
    };
    let injects = given.flag(at + 2).unwrap_or(true);
    call.world.warm(callee)?;
    // Solidity looks whether there is code before it calls.
    if injects && call.world.code(callee)?.is_empty() {
        call.world.set_code(callee, &[0])?;
    }
    let mocks = cheats.mocks.calls.entry(callee).or_default();
    mocks.retain(|mock| mock.data != data || mock.value != value);
    let before = |mock: &Mock| (&mock.data, mock.value) > (&data, value);
    let position = mocks.iter().take_while(|mock| before(mock)).count();
    mocks.insert(
        position,
        Mock {
            data,
            value,
            answers,
            reverts,
        },
    );
    Ok(Vec::new())
}

/// What a message transfers, or seems to: nothing for a delegated call.
pub(super) fn transferred(message: &Message) -> Option<U256> {
    let is_delegate = message.kind == MessageKind::Call(CallKind::DelegateCall);
    (!is_delegate).then_some(message.value)
}

impl Cheats {
    /// Lets other code run, if a test wants so.
    pub(super) fn apply_mocked_function(&self, message: &mut Message) {
        let Some(functions) = self.mocks.functions.get(&message.code_address) else {
            return;
        };
        let input: &[u8] = &message.input;
        let found = functions
            .get(input)
            .or_else(|| functions.get(input.get(..4)?));
        if let Some(target) = found {
            message.code_address = *target;
        }
    }

    /// The answer of a mock.
    pub(super) fn mocked(
        &mut self,
        message: &Message,
        world: &mut World<'_>,
    ) -> Result<Option<CallOutcome>, Fault> {
        let Some(mocks) = self.mocks.calls.get_mut(&message.code_address) else {
            return Ok(None);
        };
        let value = transferred(message);
        let exact = mocks
            .iter()
            .position(|mock| mock.data == message.input && mock.value == value);
        let fits = |mock: &Mock| {
            message.input.starts_with(&mock.data) && (mock.value.is_none() || mock.value == value)
        };
        let Some(mock) = exact
            .or_else(|| mocks.iter().position(fits))
            .and_then(|position| mocks.get_mut(position))
        else {
            return Ok(None);
        };
        let Some(answer) = mock.answers.front().cloned() else {
            return Ok(None);
        };
        let reverts = mock.reverts;
        let pays = value.filter(|value| !value.is_zero());
        if let Some(value) = pays {
            let enough = if reverts {
                world.account(message.caller)?.balance >= value
            } else {
                world.transfer(message.caller, message.address, value)?
            };
            if !enough {
                return Ok(Some(CallOutcome {
                    status: CallStatus::Halt(Halt::InsufficientBalance),
                    ..CallOutcome::revert(message.gas, Bytes::new())
                }));
            }
        }
        if mock.answers.len() > 1 {
            mock.answers.pop_front();
        }
        Ok(Some(if reverts {
            CallOutcome::revert(message.gas, answer)
        } else {
            CallOutcome::success(message.gas, answer)
        }))
    }
}
