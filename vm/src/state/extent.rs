//! Forgetting: what was read since a point that is returned to, so that memory does not grow with what is undone.

use super::journal::{Checkpoint, RIPEMD};
use super::{Position, State};

/// How much was known at a point.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    accounts: usize,
    slots: usize,
    codes: usize,
}

impl State {
    pub(crate) fn extent(&self) -> Extent {
        Extent {
            accounts: self.accounts.len(),
            slots: self.slots.len(),
            codes: self.codes.extent(),
        }
    }

    /// Undoes everything since the checkpoint, and forgets what has become known since then: after that, it is what the
    /// database says, which is asked again. Nothing older names any of it.
    pub(crate) fn rewind(&mut self, to: &Checkpoint, known: Extent) {
        self.revert(to);
        while self.slots.len() > known.slots
            && let Some(slot) = self.slots.pop()
        {
            let hash = self.keys.word(slot.storage_id, &slot.key);
            self.slot_index.remove(hash, self.slots.len() as Position);
        }
        while self.accounts.len() > known.accounts
            && let Some(account) = self.accounts.pop()
        {
            let hash = self.keys.account(account.key);
            let position = self.accounts.len() as Position;
            self.account_index.remove(hash, position);
            if account.address == RIPEMD {
                self.ripemd = None;
            }
        }
        self.codes.forget_after(known.codes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{Adapter, MemoryDatabase};
    use primitive_types::{H160 as Address, U256};

    #[test]
    fn what_was_read_and_written_since_is_forgotten_and_what_was_before_is_not() {
        let database = MemoryDatabase::default();
        let source = Adapter::new(&database);
        let mut state = State::default();
        let address = |number| Address::from_low_u64_be(number);
        let write = |state: &mut State, number: u64, slots: u64| {
            let id = state.load(&source, &address(number)).expect("is read");
            state.set_balance(id, number.into());
            let code = number.to_be_bytes();
            state.set_code(id, &code, crate::keccak::keccak256(&code));
            for slot in 0..slots {
                let (slot, _) = state
                    .access_slot(&source, id, slot.into())
                    .expect("is read");
                state.set_slot(slot, U256::one());
            }
        };
        state.keep_history();
        state.begin();
        write(&mut state, 1, 10);
        let (checkpoint, extent) = (state.keep_history(), state.extent());
        for round in 0..50 {
            state.begin();
            // Another account each time, 0x03 among them, and one that was there before.
            write(&mut state, 2 + round, 100);
            write(&mut state, 1, 20);
            state.rewind(&checkpoint, extent);
            let now = state.extent();
            assert_eq!(
                (now.accounts, now.slots, now.codes),
                (extent.accounts, extent.slots, extent.codes)
            );
            assert_eq!(state.known_accounts(), [address(1)]);
            let id = state.load(&source, &address(1)).expect("is known");
            assert_eq!(state.all_storage(id).len(), 10);
            assert_eq!(state.account(id).balance, U256::one());
            assert_eq!(
                state.codes.written(&state.account(id).code_hash)[..],
                1u64.to_be_bytes()
            );
        }
        let id = state.load(&source, &address(2)).expect("is read");
        let read = state.access_slot(&source, id, U256::zero());
        assert!(state.slot(read.expect("is read").0).value.is_zero());
        assert!(state.account(id).balance.is_zero());
        assert_eq!(state.ripemd, None);
    }
}
