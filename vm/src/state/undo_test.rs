//! The journal against the plainest way to undo: a model that is cloned at every checkpoint and put back on revert.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use primitive_types::{H160 as Address, H256 as Hash, U256};
use proptest::prelude::*;

use super::{Adapter, Checkpoint, Flags, MemoryDatabase, State};
use crate::keccak::{EMPTY_CODE_HASH, keccak256};

/// Accounts and slots are few, so that operations meet.
const ACCOUNTS: u8 = 4;
const SLOTS: u64 = 3;

#[derive(Clone, Debug)]
enum Operation {
    AddBalance(u8, u64),
    SubBalance(u8, u64),
    SetNonce(u8, u64),
    SetCode(u8, Vec<u8>),
    Touch(u8),
    Create(u8),
    Destruct(u8),
    WarmAccount(u8),
    WarmSlot(u8, u64),
    SetSlot(u8, u64, u64),
    SetTransient(u8, u64, u64),
    Refund(i64),
    Log(u8),
    Checkpoint,
    Revert,
    Succeed,
}

fn operation() -> impl Strategy<Value = Operation> {
    use Operation::*;
    let account = || 1..=ACCOUNTS;
    let slot = || 0..SLOTS;
    prop_oneof![
        (account(), 0..1000u64).prop_map(|(a, v)| AddBalance(a, v)),
        (account(), 0..1000u64).prop_map(|(a, v)| SubBalance(a, v)),
        (account(), any::<u64>()).prop_map(|(a, v)| SetNonce(a, v)),
        (account(), prop::collection::vec(any::<u8>(), 0..3)).prop_map(|(a, v)| SetCode(a, v)),
        account().prop_map(Touch),
        account().prop_map(Create),
        account().prop_map(Destruct),
        account().prop_map(WarmAccount),
        (account(), slot()).prop_map(|(a, s)| WarmSlot(a, s)),
        (account(), slot(), 0..3u64).prop_map(|(a, s, v)| SetSlot(a, s, v)),
        (account(), slot(), 0..3u64).prop_map(|(a, s, v)| SetTransient(a, s, v)),
        (-100..100i64).prop_map(Refund),
        any::<u8>().prop_map(Log),
        Just(Checkpoint),
        Just(Checkpoint),
        Just(Revert),
        Just(Succeed),
    ]
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Account {
    nonce: u64,
    balance: U256,
    code: Vec<u8>,
    flags: Flags,
}

/// What can be seen of a state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Model {
    accounts: BTreeMap<u8, Account>,
    storage: BTreeMap<(u8, u64), U256>,
    warm_slots: BTreeSet<(u8, u64)>,
    transient: BTreeMap<(u8, u64), U256>,
    logs: Vec<u8>,
    refund: i64,
}

fn address(account: u8) -> Address {
    Address::repeat_byte(account)
}

fn database() -> MemoryDatabase {
    let mut database = MemoryDatabase::default();
    // Half of the accounts exist before, one with storage.
    for account in [1, 2] {
        let code = Bytes::from(vec![account]);
        database.insert_account(address(account), 7, U256::from(500), code);
    }
    database.insert_storage(address(1), U256::one(), U256::from(2));
    database
}

fn initial() -> Model {
    let mut model = Model::default();
    for account in 1..=ACCOUNTS {
        let mut state = Account::default();
        if account <= 2 {
            state = Account {
                nonce: 7,
                balance: U256::from(500),
                code: vec![account],
                flags: Flags {
                    exists: true,
                    ..Flags::default()
                },
            };
        }
        model.accounts.insert(account, state);
        for slot in 0..SLOTS {
            model.storage.insert((account, slot), U256::zero());
            model.transient.insert((account, slot), U256::zero());
        }
    }
    model.storage.insert((1, 1), U256::from(2));
    model
}

impl Model {
    fn change(&mut self, account: u8, change: impl FnOnce(&mut Account)) {
        let account = self.accounts.entry(account).or_default();
        change(account);
        account.flags.touched = true;
        account.flags.exists = true;
    }

    fn apply(&mut self, operation: &Operation) {
        match *operation {
            Operation::AddBalance(account, value) => {
                self.change(account, |account| account.balance += value.into());
            }
            Operation::SubBalance(account, value) => {
                let balance = self.accounts[&account].balance;
                if let Some(left) = balance.checked_sub(value.into()) {
                    self.change(account, |account| account.balance = left);
                }
            }
            Operation::SetNonce(account, nonce) => {
                self.change(account, |account| account.nonce = nonce);
            }
            Operation::SetCode(account, ref code) => {
                self.change(account, |account| account.code = code.clone());
            }
            Operation::Touch(account) => self.flags(account).touched = true,
            Operation::Create(account) => self.flags(account).created = true,
            Operation::Destruct(account) => self.flags(account).destructed = true,
            Operation::WarmAccount(account) => self.flags(account).warm = true,
            Operation::WarmSlot(account, slot) => {
                self.warm_slots.insert((account, slot));
            }
            Operation::SetSlot(account, slot, value) => {
                self.warm_slots.insert((account, slot));
                let value = U256::from(value);
                if self.storage.insert((account, slot), value) != Some(value) {
                    self.flags(account).touched = true;
                }
            }
            Operation::SetTransient(account, slot, value) => {
                self.transient.insert((account, slot), value.into());
            }
            Operation::Refund(change) => self.refund += change,
            Operation::Log(data) => self.logs.push(data),
            Operation::Checkpoint | Operation::Revert | Operation::Succeed => {}
        }
    }

    fn flags(&mut self, account: u8) -> &mut Flags {
        &mut self.accounts.entry(account).or_default().flags
    }
}

fn apply(state: &mut State, source: &Adapter<'_, MemoryDatabase>, operation: &Operation) {
    let mut id = |account| state.load(source, &address(account)).expect("in memory");
    match *operation {
        Operation::AddBalance(account, value) => {
            let id = id(account);
            state.add_balance(id, value.into());
        }
        Operation::SubBalance(account, value) => {
            let id = id(account);
            state.sub_balance(id, value.into());
        }
        Operation::SetNonce(account, nonce) => {
            let id = id(account);
            state.set_nonce(id, nonce);
        }
        Operation::SetCode(account, ref code) => {
            let id = id(account);
            state.set_code(id, code, hash_of(code));
        }
        Operation::Touch(account) => {
            let id = id(account);
            state.touch(id);
        }
        Operation::Create(account) => {
            let id = id(account);
            state.set_flags(id, |flags| flags.created = true);
        }
        Operation::Destruct(account) => {
            let id = id(account);
            state.set_flags(id, |flags| flags.destructed = true);
        }
        Operation::WarmAccount(account) => {
            let _ = state.access(source, &address(account)).expect("in memory");
        }
        Operation::WarmSlot(account, slot) => {
            let id = id(account);
            let _ = state
                .access_slot(source, id, slot.into())
                .expect("in memory");
        }
        Operation::SetSlot(account, slot, value) => {
            let id = id(account);
            let (slot, _) = state
                .access_slot(source, id, slot.into())
                .expect("in memory");
            state.set_slot(slot, value.into());
        }
        Operation::SetTransient(account, slot, value) => {
            let id = id(account);
            state.set_transient(id, slot.into(), value.into());
        }
        Operation::Refund(change) => state.refund += change,
        Operation::Log(data) => state.logs.push(&Address::zero(), &[], &[data]),
        Operation::Checkpoint | Operation::Revert | Operation::Succeed => {}
    }
}

fn hash_of(code: &[u8]) -> Hash {
    if code.is_empty() {
        EMPTY_CODE_HASH
    } else {
        keccak256(code)
    }
}

/// Everything that can be seen, read without leaving a trace: what reading warms is undone.
fn observe(state: &mut State, source: &Adapter<'_, MemoryDatabase>) -> Model {
    let before = state.checkpoint();
    let mut model = Model {
        logs: state.logs.iter().map(|log| log.data[0]).collect(),
        refund: state.refund,
        ..Model::default()
    };
    for account in 1..=ACCOUNTS {
        let id = state.load(source, &address(account)).expect("in memory");
        let code = state.code(source, id).expect("in memory").bytes().to_vec();
        let seen = state.account(id);
        assert_eq!(
            seen.code_hash,
            hash_of(&code),
            "code and its hash go together"
        );
        let entry = Account {
            nonce: seen.nonce,
            balance: seen.balance,
            code,
            flags: seen.flags,
        };
        model.accounts.insert(account, entry);
        for slot in 0..SLOTS {
            let transient = state.transient(id, slot.into());
            model.transient.insert((account, slot), transient);
            let (position, cold) = state
                .access_slot(source, id, slot.into())
                .expect("in memory");
            model
                .storage
                .insert((account, slot), state.slot(position).value);
            if !cold {
                model.warm_slots.insert((account, slot));
            }
        }
    }
    state.revert(&before);
    model
}

proptest! {
    #[test]
    fn undoing_by_journal_is_undoing_by_cloning(operations in prop::collection::vec(operation(), 1..60)) {
        let database = database();
        let source = Adapter::new(&database);
        let mut state = State::default();
        let start = state.begin();
        let mut model = initial();
        prop_assert_eq!(&observe(&mut state, &source), &model);
        let mut checkpoints: Vec<(Checkpoint, Model)> = Vec::new();
        for operation in &operations {
            match operation {
                Operation::Checkpoint => checkpoints.push((state.checkpoint(), model.clone())),
                Operation::Succeed => drop(checkpoints.pop()),
                Operation::Revert => {
                    if let Some((checkpoint, before)) = checkpoints.pop() {
                        state.revert(&checkpoint);
                        model = before;
                    }
                }
                _ => {
                    apply(&mut state, &source, operation);
                    model.apply(operation);
                }
            }
            prop_assert_eq!(&observe(&mut state, &source), &model, "after {:?}", operation);
        }
        state.finish(&start, true);
        state.revert(&start);
        prop_assert_eq!(&observe(&mut state, &source), &initial(), "after all is undone");
    }

    /// Over transactions: what each one committed can be undone back to any of them.
    #[test]
    fn history_can_be_undone(transactions in prop::collection::vec(prop::collection::vec(operation(), 1..15), 1..5)) {
        let database = database();
        let source = Adapter::new(&database);
        let mut state = State::default();
        let mut snapshots = vec![(state.keep_history(), lasting(initial()))];
        for operations in &transactions {
            let start = state.begin();
            for operation in operations {
                apply(&mut state, &source, operation);
            }
            state.finish(&start, true);
            let now = state.keep_history();
            let seen = lasting(observe(&mut state, &source));
            snapshots.push((now, seen));
        }
        while let Some((snapshot, expected)) = snapshots.pop() {
            state.revert(&snapshot);
            state.begin();
            prop_assert_eq!(lasting(observe(&mut state, &source)), expected);
        }
    }
}

/// What outlives a transaction.
fn lasting(mut model: Model) -> Model {
    for account in model.accounts.values_mut() {
        account.flags = Flags {
            exists: account.flags.exists,
            ..Flags::default()
        };
    }
    Model {
        accounts: model.accounts,
        storage: model.storage,
        ..Model::default()
    }
}
