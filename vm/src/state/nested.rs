//! A transaction within a transaction: tools for tests let a call cost what it would cost by itself.

use primitive_types::U256;

use super::journal::Checkpoint;
use super::{AccountId, Flags, Index, SlotId, State, TransientSlot};

/// What was true in the transaction around, which goes on with it afterwards.
#[derive(Clone, Debug)]
pub(crate) struct Outer {
    accounts: Vec<(AccountId, Flags, bool)>,
    slots: Vec<(SlotId, bool, U256)>,
    transient: Vec<TransientSlot>,
    transient_index: Index,
    refund: i64,
    start: Checkpoint,
}

impl State {
    /// Starts a transaction within this one: everything is cold, storage is original as it is, and there is no transient
    /// storage. Who was created in the transaction around counts as created in this one.
    pub(crate) fn begin_nested(&mut self) -> Outer {
        let current = self.transaction;
        self.transaction += 1;
        let mut accounts = Vec::new();
        for (id, account) in self.accounts.iter_mut().enumerate() {
            if account.transaction != current {
                continue;
            }
            accounts.push((id as AccountId, account.flags, account.existed));
            account.transaction = self.transaction;
            account.flags = Flags {
                exists: account.flags.exists,
                created: account.flags.created,
                ..Flags::default()
            };
        }
        let slots = self.slots.iter().enumerate();
        let slots = slots.filter(|(_, slot)| slot.transaction == current);
        let slots = slots.map(|(id, slot)| (id as SlotId, slot.warm, slot.original));
        Outer {
            accounts,
            slots: slots.collect(),
            transient: std::mem::take(&mut self.transient),
            transient_index: std::mem::take(&mut self.transient_index),
            refund: std::mem::take(&mut self.refund),
            start: self.checkpoint(),
        }
    }

    /// Ends it, and goes on with the transaction around: what is warm in either is warm. The refunds of the one that ends.
    pub(crate) fn end_nested(&mut self, outer: Outer, succeeded: bool, clear_empty: bool) -> i64 {
        if succeeded {
            self.finish(&outer.start, clear_empty);
        }
        for (id, flags, existed) in outer.accounts {
            let account = self.account_mut(id);
            account.existed = existed;
            account.flags.warm |= flags.warm;
            account.flags.touched |= flags.touched;
            account.flags.created |= flags.created;
            account.flags.destructed |= flags.destructed;
        }
        let transaction = self.transaction;
        for (id, warm, original) in outer.slots {
            let slot = self.slot_mut(id);
            slot.warm = warm || (slot.warm && slot.transaction == transaction);
            slot.transaction = transaction;
            slot.original = original;
        }
        self.transient = outer.transient;
        self.transient_index = outer.transient_index;
        std::mem::replace(&mut self.refund, outer.refund)
    }

    /// Makes everything cold but precompiled contracts, which are warm by their nature.
    pub(crate) fn cool_all(&mut self) {
        for account in &mut self.accounts {
            account.flags.warm = false;
        }
        for slot in &mut self.slots {
            slot.warm = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{Adapter, MemoryDatabase};
    use primitive_types::H160 as Address;

    #[test]
    fn a_transaction_within_begins_cold_and_leaves_what_it_did() {
        let database = MemoryDatabase::default();
        let source = Adapter::new(&database);
        let mut state = State::default();
        let address = Address::repeat_byte(1);
        state.keep_history();
        let start = state.begin();
        let (id, _) = state.access(&source, &address).expect("is read");
        let slot_of = |state: &mut State, key: u64| {
            let read = state.access_slot(&source, id, key.into());
            read.expect("is read")
        };
        let (slot, cold) = slot_of(&mut state, 1);
        assert!(cold);
        state.set_slot(slot, 5.into());
        state.set_transient(id, 1.into(), 9.into());
        state.refund = 7;

        let outer = state.begin_nested();
        assert!(state.access(&source, &address).expect("is read").1);
        let (slot, cold) = slot_of(&mut state, 1);
        assert!(cold);
        assert_eq!(state.slot(slot).original, 5.into());
        assert_eq!(state.transient(id, 1.into()), U256::zero());
        state.set_slot(slot, 6.into());
        assert!(slot_of(&mut state, 2).1);
        state.refund = 3;
        assert_eq!(state.end_nested(outer, true, true), 3);

        assert_eq!(state.refund, 7);
        assert_eq!(state.transient(id, 1.into()), 9.into());
        assert!(!state.access(&source, &address).expect("is read").1);
        let (slot, cold) = slot_of(&mut state, 1);
        assert!(!cold);
        assert_eq!(state.slot(slot).original, U256::zero());
        assert_eq!(state.slot(slot).value, 6.into());
        assert!(!slot_of(&mut state, 2).1, "it was made warm within");
        state.revert(&start);
        assert!(state.all_storage(id).is_empty());
    }

    #[test]
    fn accounts_that_destroyed_themselves_are_gone_if_it_succeeded() {
        let database = MemoryDatabase::default();
        let source = Adapter::new(&database);
        for succeeded in [true, false] {
            let mut state = State::default();
            state.keep_history();
            state.begin();
            let address = Address::repeat_byte(1);
            let (id, _) = state.access(&source, &address).expect("is read");
            state.set_balance(id, 1.into());
            let outer = state.begin_nested();
            state.set_flags(id, |flags| flags.destructed = true);
            state.end_nested(outer, succeeded, true);
            assert_eq!(state.known_accounts().is_empty(), succeeded);
        }
    }
}
