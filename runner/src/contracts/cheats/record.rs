//! What happened, for tests to look at: accesses to storage and accounts, and logs.

mod diff;

use std::collections::BTreeMap;

use gasworks::inspect::World;
use gasworks::{
    Access, AccountAccessKind, Address, CallKind, CallOutcome, CallStatus, EMPTY_CODE_HASH, Hash,
    Message, MessageKind, StorageAccess, U256,
};

use super::mocks::transferred;
use super::reverts::is_revert;
use super::table::Action;
use super::{Cheats, Fault, Open};
use crate::contracts::abi::{self, Value};
use crate::contracts::result::EventLog;

/// What is recorded, of what was asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Recorded {
    /// `record`: slots that were read and written, by account.
    slots: BTreeMap<Address, (Vec<U256>, Vec<U256>)>,
    records_slots: bool,
    /// `recordLogs`.
    logs: Option<Vec<EventLog>>,
    /// `startStateDiffRecording`.
    accesses: Option<Vec<AccountAccess>>,
    /// The accesses of frames that are open.
    open: Vec<usize>,
}

/// A call, a creation or something else that accessed an account.
#[derive(Clone, Debug)]
struct AccountAccess {
    chain_id: u64,
    kind: u8,
    account: Address,
    accessor: Address,
    initialized: bool,
    balances: (U256, U256),
    nonces: (u64, u64),
    code: Vec<u8>,
    value: U256,
    data: gasworks::Bytes,
    reverted: bool,
    storage: Vec<(StorageAccess, bool)>,
    depth: usize,
}

pub(super) fn action(name: &str) -> Option<Action> {
    Some(match name {
        "record" => |cheats, call, _| {
            cheats.recorded.slots.clear();
            cheats.recorded.records_slots = true;
            cheats.ask_for_records(call.world);
            Ok(Vec::new())
        },
        "stopRecord" => |cheats, call, _| {
            cheats.recorded.records_slots = false;
            cheats.ask_for_records(call.world);
            Ok(Vec::new())
        },
        "accesses" => |cheats, _, given| {
            let known = cheats.recorded.slots.get(&given.address(0)?);
            let (reads, writes) = known.cloned().unwrap_or_default();
            Ok(vec![words(&reads), words(&writes)])
        },
        "recordLogs" => |cheats, _, _| {
            cheats.recorded.logs = Some(Vec::new());
            Ok(Vec::new())
        },
        "getRecordedLogs" => |cheats, _, _| {
            let logs = cheats.recorded.logs.replace(Vec::new()).unwrap_or_default();
            Ok(vec![Value::Array(logs.iter().map(log_value).collect())])
        },
        "getRecordedLogsJson" => |cheats, _, _| {
            let logs = cheats.recorded.logs.replace(Vec::new()).unwrap_or_default();
            let logs: Vec<String> = logs.iter().map(log_json).collect();
            Ok(vec![Value::String(format!("[{}]", logs.join(",")))])
        },
        "startStateDiffRecording" => |cheats, call, _| {
            cheats.recorded.accesses = Some(Vec::new());
            cheats.recorded.open.clear();
            cheats.mappings.start();
            cheats.ask_for_records(call.world);
            Ok(Vec::new())
        },
        "stopAndReturnStateDiff" => |cheats, call, _| {
            let accesses = cheats.recorded.accesses.take().unwrap_or_default();
            cheats.recorded.open.clear();
            cheats.ask_for_records(call.world);
            let values = accesses.iter().map(AccountAccess::value);
            Ok(vec![Value::Array(values.collect())])
        },
        "getStorageAccesses" => |cheats, _, _| {
            let accesses = cheats.recorded.accesses.iter().flatten();
            let storage = accesses.flat_map(|access| access.storage.iter());
            Ok(vec![Value::Array(storage.map(storage_value).collect())])
        },
        "getStateDiff" => diff::text,
        "getStateDiffJson" => diff::json,
        "getStorageSlots" => diff::slots,
        _ => return None,
    })
}

fn words(of: &[U256]) -> Value {
    let word = |word: &U256| abi::word_value(Hash(word.to_big_endian()));
    Value::Array(of.iter().map(word).collect())
}

fn log_value(log: &EventLog) -> Value {
    Value::Tuple(vec![
        Value::Array(log.topics.iter().copied().map(abi::word_value).collect()),
        Value::Bytes(log.data.to_vec()),
        abi::address_value(log.address),
    ])
}

fn log_json(log: &EventLog) -> String {
    let topics: Vec<String> = log
        .topics
        .iter()
        .map(|topic| format!("\"{}\"", abi::hex(&topic.0)))
        .collect();
    format!(
        "{{\"topics\":[{}],\"data\":\"{}\",\"emitter\":\"{}\"}}",
        topics.join(","),
        abi::hex(&log.data),
        abi::hex(&log.address.0)
    )
}

fn storage_value((access, reverted): &(StorageAccess, bool)) -> Value {
    let word = |word: U256| abi::word_value(Hash(word.to_big_endian()));
    Value::Tuple(vec![
        abi::address_value(access.address),
        word(access.slot),
        Value::Bool(access.is_write),
        word(access.previous),
        word(access.value),
        Value::Bool(*reverted),
    ])
}

impl AccountAccess {
    fn value(&self) -> Value {
        let number = |number: u64| abi::uint_value(number.into());
        Value::Tuple(vec![
            Value::Tuple(vec![number(0), number(self.chain_id)]),
            abi::uint_value(self.kind.into()),
            abi::address_value(self.account),
            abi::address_value(self.accessor),
            Value::Bool(self.initialized),
            abi::uint_value(self.balances.0),
            abi::uint_value(self.balances.1),
            Value::Bytes(self.code.clone()),
            abi::uint_value(self.value),
            Value::Bytes(self.data.to_vec()),
            Value::Bool(self.reverted),
            Value::Array(self.storage.iter().map(storage_value).collect()),
            Value::Uint(abi::Unsigned::from(self.depth), 64),
            Value::Uint(abi::Unsigned::from(self.nonces.0), 64),
            Value::Uint(abi::Unsigned::from(self.nonces.1), 64),
        ])
    }
}

/// As `AccountAccessKind` numbers them.
fn kind_number(kind: MessageKind) -> u8 {
    match kind {
        MessageKind::Call(CallKind::Call) => 0,
        MessageKind::Call(CallKind::DelegateCall) => 1,
        MessageKind::Call(CallKind::CallCode) => 2,
        MessageKind::Call(CallKind::StaticCall) => 3,
        MessageKind::Create | MessageKind::Create2(_) => 4,
    }
}

impl Recorded {
    /// Whether accesses to storage are to be written down.
    pub(super) fn wants_accesses(&self) -> bool {
        self.records_slots || self.accesses.is_some()
    }

    fn take(&mut self, access: StorageAccess) {
        if self.records_slots {
            let (reads, writes) = self.slots.entry(access.address).or_default();
            // A write reads before.
            reads.push(access.slot);
            if access.is_write {
                writes.push(access.slot);
            }
        }
        let open = self.open.last().copied();
        let (Some(accesses), Some(open)) = (&mut self.accesses, open) else {
            return;
        };
        // What a frame accesses after something else is an entry of its own.
        let is_first = accesses.len() == open + 1;
        let resumed = |last: &&mut AccountAccess| is_first || last.kind == RESUME;
        if let Some(last) = accesses.last_mut().filter(resumed) {
            last.storage.push((access, false));
        } else if let Some(frame) = accesses.get(open) {
            let resume = AccountAccess {
                kind: RESUME,
                balances: Default::default(),
                nonces: (0, 0),
                code: Vec::new(),
                value: U256::zero(),
                data: gasworks::Bytes::new(),
                storage: vec![(access, false)],
                ..frame.clone()
            };
            accesses.push(resume);
        }
    }

    /// Something looked at an account.
    fn look(&mut self, access: gasworks::AccountAccess, depth: usize, world: &mut World<'_>) {
        let (Some(accesses), Ok(account)) = (&mut self.accesses, world.account(access.address))
        else {
            return;
        };
        accesses.push(AccountAccess {
            chain_id: world.chain_id(),
            kind: match access.kind {
                AccountAccessKind::Balance => 7,
                AccountAccessKind::CodeSize => 8,
                AccountAccessKind::CodeHash => 9,
                AccountAccessKind::CodeCopy => 10,
            },
            account: access.address,
            accessor: access.by,
            initialized: account.exists,
            balances: (account.balance, account.balance),
            nonces: (account.nonce, account.nonce),
            code: Vec::new(),
            value: U256::zero(),
            data: gasworks::Bytes::new(),
            reverted: false,
            storage: Vec::new(),
            depth,
        });
    }
}

/// As `AccountAccessKind` numbers SELFDESTRUCT.
const DESTRUCTION: u8 = 5;
/// As `AccountAccessKind` numbers a frame that goes on.
const RESUME: u8 = 6;

impl Cheats {
    /// Takes over what the frame that runs has accessed so far.
    pub(super) fn drain(&mut self, world: &mut World<'_>) {
        if self.mappings.is_wanted() {
            for hash in world.take_pair_hashes() {
                self.mappings.hash(&hash);
            }
        } else if !self.recorded.wants_accesses() {
            return;
        }
        let depth = self.frames.last().map_or(0, |open| open.depth + 1);
        for access in world.take_accesses() {
            match access {
                Access::Storage(access) => {
                    if access.is_write {
                        self.mappings.write(access.address, access.slot);
                    }
                    self.recorded.take(access);
                }
                Access::Account(access) => self.recorded.look(access, depth, world),
            }
        }
    }

    fn records_destructions(&self) -> bool {
        self.recorded.accesses.is_some() && self.watched.sees_destructions()
    }

    /// A frame goes on: the balance of its account is known until it calls again.
    pub(super) fn note_balance(&mut self, world: &mut World<'_>) {
        if self.records_destructions()
            && let Some(open) = self.frames.last_mut()
            && let Ok(account) = world.account(open.address)
        {
            open.balance = account.balance;
        }
    }

    /// A frame is about to be entered, and with it its value.
    pub(super) fn note_balance_of_new(&mut self, message: &Message, world: &mut World<'_>) {
        self.note_balance(world);
        let moves = transferred(message).filter(|_| message.caller != message.address);
        if let (Some(open), Some(value)) = (self.frames.last_mut(), moves) {
            open.balance = open.balance.saturating_add(value);
        }
    }

    /// A frame has ended: if that was by SELFDESTRUCT, its heir was accessed.
    pub(super) fn record_destruction(
        &mut self,
        open: &Open,
        outcome: &CallOutcome,
        world: &mut World<'_>,
    ) {
        let Some(destruction) = self.watched.take_destruction(open.depth) else {
            return;
        };
        let Ok(heir) = world.account(destruction.heir) else {
            return;
        };
        let is_own = destruction.heir == destruction.address;
        let value = open.balance;
        let succeeded = outcome.status == CallStatus::Success;
        let before = match heir.balance {
            _ if is_own => value,
            balance if succeeded => balance.saturating_sub(value),
            balance => balance,
        };
        let chain_id = world.chain_id();
        let Some(accesses) = &mut self.recorded.accesses else {
            return;
        };
        // An heir that has nothing else was made by that.
        let code = heir.code_hash != EMPTY_CODE_HASH;
        accesses.push(AccountAccess {
            chain_id,
            kind: DESTRUCTION,
            account: destruction.heir,
            accessor: destruction.address,
            initialized: heir.nonce > 0 || code || !before.is_zero(),
            balances: (before, before.saturating_add(value)),
            nonces: (heir.nonce, heir.nonce),
            code: Vec::new(),
            value,
            data: gasworks::Bytes::new(),
            reverted: false,
            storage: Vec::new(),
            depth: open.depth + 1,
        });
    }

    pub(super) fn record_log(&mut self, log: &EventLog) {
        if let Some(logs) = &mut self.recorded.logs {
            logs.push(log.clone());
        }
    }

    /// Writes down that a message accesses an account; where.
    pub(super) fn record_account(
        &mut self,
        message: &Message,
        world: &mut World<'_>,
    ) -> Result<Option<usize>, Fault> {
        let Some(accesses) = &mut self.recorded.accesses else {
            return Ok(None);
        };
        let is_create = !matches!(message.kind, MessageKind::Call(_));
        let account = world.account(message.address)?;
        let position = accesses.len();
        accesses.push(AccountAccess {
            chain_id: world.chain_id(),
            kind: kind_number(message.kind),
            account: message.code_address,
            accessor: message.caller,
            initialized: is_create || account.exists,
            balances: if is_create {
                Default::default()
            } else {
                (account.balance, U256::zero())
            },
            nonces: if is_create {
                (0, 1)
            } else {
                (account.nonce, 0)
            },
            code: Vec::new(),
            value: message.value,
            data: message.input.clone(),
            reverted: false,
            storage: Vec::new(),
            depth: message.depth,
        });
        self.recorded.open.push(position);
        Ok(Some(position))
    }

    /// A message that accessed an account came to its end.
    pub(super) fn finish_account(
        &mut self,
        open: &Open,
        outcome: &CallOutcome,
        world: &mut World<'_>,
    ) -> Result<(), Fault> {
        let Some(position) = open.access else {
            return Ok(());
        };
        if self.recorded.open.last() == Some(&position) {
            self.recorded.open.pop();
        }
        let Some(accesses) = &mut self.recorded.accesses else {
            return Ok(());
        };
        if is_revert(outcome.status) {
            for access in accesses.iter_mut().skip(position) {
                access.reverted = true;
                for (_, reverted) in &mut access.storage {
                    *reverted = true;
                }
            }
        }
        let address = outcome.created.unwrap_or(open.address);
        let account = world.account(address)?;
        let code = world.code(address)?;
        if let Some(access) = accesses.get_mut(position) {
            access.balances.1 = account.balance;
            access.nonces.1 = account.nonce;
            if open.is_create() && outcome.created.is_some() {
                access.code = code.to_vec();
            }
        }
        Ok(())
    }
}
