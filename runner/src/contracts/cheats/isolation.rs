//! `isolate`: each call that a test makes is a transaction of its own, with what that costs.

use gasworks::inspect::{World, WorldTransaction};
use gasworks::{
    AccessListItem, CallKind, CallOutcome, CallStatus, Message, MessageKind, Transaction,
    TransactionKind, U256,
};

use super::Cheats;

/// A call that runs as a transaction.
#[derive(Clone, Debug)]
pub(super) struct Isolated {
    outer: WorldTransaction,
    /// Gas that it was given.
    limit: u64,
    /// What a transaction costs before it begins, and what it costs at least.
    intrinsic: u64,
    floor: u64,
    refund_quotient: u64,
}

impl Isolated {
    /// Ends the transaction; the gas that it used.
    pub(super) fn end(&self, outcome: &CallOutcome, world: &mut World<'_>) -> u64 {
        let succeeded = outcome.status == CallStatus::Success;
        let refund = world.end_transaction(self.outer.clone(), succeeded);
        self.used(outcome, refund).0
    }

    /// Gas that it used, and the refunds that count.
    fn used(&self, outcome: &CallOutcome, refund: i64) -> (u64, u64) {
        let executed = self.limit.saturating_sub(outcome.gas_left);
        let used = self.intrinsic.saturating_add(executed);
        let refund = match outcome.status {
            CallStatus::Success => u64::try_from(refund).unwrap_or(0),
            _ => 0,
        };
        // EIP-3529, EIP-7623.
        let refund = refund.min(used / self.refund_quotient.max(1));
        ((used - refund).max(self.floor), refund)
    }

    /// Gas that the caller has left of what it gave, and the refunds that count.
    fn settle(&self, outcome: &CallOutcome, refund: i64) -> (u64, u64) {
        let (used, refund) = self.used(outcome, refund);
        // forge gives everything back where less was given than a transaction costs.
        (self.limit.checked_sub(used).unwrap_or(self.limit), refund)
    }
}

impl Cheats {
    /// A message of a test is about to be entered: it becomes a transaction, if it is one that would be.
    pub(super) fn isolate(&mut self, message: &Message, world: &mut World<'_>) -> Option<Isolated> {
        if !self.conduct.isolates || message.depth != 1 {
            return None;
        }
        match message.kind {
            MessageKind::Call(CallKind::Call) | MessageKind::Create => {}
            MessageKind::Call(CallKind::StaticCall) => {
                world.cool_all();
                let coinbase = world.block().coinbase;
                // The state below cannot fail.
                let _ = world.warm(coinbase);
                return None;
            }
            _ => return None,
        }
        let transaction = self.transaction_of(message);
        let sender = world.account(message.caller).ok()?;
        // CREATE counts by itself.
        if message.kind != MessageKind::Create {
            let _ = world.set_nonce(message.caller, sender.nonce.saturating_add(1));
        }
        Some(self.begin_isolated(message, &transaction, world))
    }

    /// A message that carries a transaction is about to be entered.
    pub(super) fn begin_isolated(
        &self,
        message: &Message,
        transaction: &Transaction,
        world: &mut World<'_>,
    ) -> Isolated {
        let schedule = self.conduct.fork.schedule();
        let outer = world.begin_transaction();
        let coinbase = world.block().coinbase;
        // The state below cannot fail.
        for address in [message.caller, message.address, coinbase] {
            let _ = world.warm(address);
        }
        for item in transaction.access_list() {
            let _ = world.warm(item.address);
            for slot in &item.slots {
                let _ = world.warm_slot(item.address, *slot);
            }
        }
        Isolated {
            outer,
            limit: message.gas,
            intrinsic: transaction.intrinsic_gas(schedule),
            floor: transaction.floor_gas(schedule),
            refund_quotient: schedule.refund_quotient,
        }
    }

    /// The transaction that a message would be.
    fn transaction_of(&self, message: &Message) -> Transaction {
        let is_create = message.kind == MessageKind::Create;
        let list = self.access_list.iter().flatten();
        let list = list.map(|(address, slots)| AccessListItem {
            address: *address,
            slots: slots.clone(),
        });
        Transaction {
            input: message.input.clone(),
            to: (!is_create).then_some(message.address),
            kind: TransactionKind::AccessList {
                gas_price: U256::zero(),
                access_list: list.collect(),
            },
            ..Transaction::default()
        }
    }

    /// A message that ran as a transaction has ended.
    pub(super) fn end_isolated(
        &self,
        isolated: Isolated,
        outcome: &mut CallOutcome,
        world: &mut World<'_>,
    ) {
        let succeeded = outcome.status == CallStatus::Success;
        let refund = world.end_transaction(isolated.outer.clone(), succeeded);
        let (left, refunded) = isolated.settle(outcome, refund);
        if !matches!(outcome.status, CallStatus::Halt(_)) {
            outcome.gas_left = left;
        }
        let refunded = i64::try_from(refunded).unwrap_or(i64::MAX);
        world.set_refund(world.refund().saturating_add(refunded));
    }
}
