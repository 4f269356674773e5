//! Gas that a transaction costs before anything runs (Yellow Paper, 6.2).

use gasworks_spec::Schedule;

use super::Transaction;

impl Transaction {
    /// Gas that the transaction costs before anything runs (Yellow Paper, 6.2): a lower gas limit makes it invalid.
    ///
    /// ```
    /// use gasworks::{Fork, Transaction};
    /// let transaction = Transaction { input: vec![0, 1].into(), to: Some(Default::default()), ..Transaction::default() };
    /// assert_eq!(transaction.intrinsic_gas(Fork::Frontier.schedule()), 21_000 + 4 + 68);
    /// assert_eq!(transaction.intrinsic_gas(Fork::Istanbul.schedule()), 21_000 + 4 + 16);
    /// ```
    pub fn intrinsic_gas(&self, schedule: &Schedule) -> u64 {
        // No sum overflows: every item that is priced takes at least a byte of memory.
        let length = self.input.len() as u64;
        let zeros = self.zeros();
        let mut gas = schedule.transaction
            + zeros * schedule.input_zero
            + (length - zeros) * schedule.input_nonzero;
        if self.is_create() {
            // EIP-2, EIP-3860.
            gas += schedule.transaction_create;
            gas += length.div_ceil(32) * schedule.init_code_word;
        }
        // EIP-2930.
        for item in self.access_list() {
            gas +=
                schedule.access_list_address + item.slots.len() as u64 * schedule.access_list_slot;
        }
        // EIP-7702.
        gas + self.authorizations().len() as u64 * schedule.authorization
    }

    /// The least gas that is charged in all, and that the gas limit must cover (EIP-7623); zero before Prague.
    pub fn floor_gas(&self, schedule: &Schedule) -> u64 {
        if schedule.floor_token == 0 {
            return 0;
        }
        let zeros = self.zeros();
        let tokens = zeros + 4 * (self.input.len() as u64 - zeros);
        schedule.transaction + tokens * schedule.floor_token
    }

    /// The zero bytes of the input, which are cheaper than others.
    fn zeros(&self) -> u64 {
        self.input.iter().filter(|&&byte| byte == 0).count() as u64
    }
}
