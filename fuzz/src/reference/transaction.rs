//! A transaction (Yellow Paper, 6): whether it is valid, what it costs before it runs, and how it is settled.

use gasworks::{Authorization, Bytes, Transaction, TransactionKind, U256};
use primitive_types::U512;

use super::curve;
use super::frame::words;
use super::hashes::{authorization_hash, create_address};
use super::machine::{CHAIN_ID, Machine};
use super::message::{Ended, Message};
use super::world::delegate;
use crate::case::Account;
use crate::verdict::{Executed, Status, Verdict};

const GAS_PER_BLOB: u64 = 1 << 17;
/// EIP-7702: `PER_EMPTY_ACCOUNT_COST` and `PER_AUTH_BASE_COST`.
const NEW_AUTHORITY: u64 = 25_000;
const AUTHORITY: u64 = 12_500;

/// What is wrong with an invalid transaction.
type Invalid = &'static str;

fn require(condition: bool, otherwise: Invalid) -> Result<(), Invalid> {
    condition.then_some(()).ok_or(otherwise)
}

fn product(price: U256, amount: u64) -> U512 {
    price.full_mul(U256::from(amount))
}

/// The two caps of EIP-1559; a single price is both.
fn caps(transaction: &Transaction) -> (U256, U256) {
    match &transaction.kind {
        TransactionKind::Legacy { gas_price } | TransactionKind::AccessList { gas_price, .. } => {
            (*gas_price, *gas_price)
        }
        TransactionKind::DynamicFee { fees, .. }
        | TransactionKind::Blob { fees, .. }
        | TransactionKind::SetCode { fees, .. } => {
            (fees.max_fee_per_gas, fees.max_priority_fee_per_gas)
        }
    }
}

impl Machine<'_> {
    pub(super) fn transact(&mut self) -> Verdict {
        let transaction = &self.case.transaction;
        self.validate(transaction).map_err(str::to_owned)?;
        let (max_fee, max_priority_fee) = caps(transaction);
        let base_fee = self.base_fee();
        let tip = max_priority_fee.min(max_fee - base_fee);
        self.gas_price = base_fee + tip;
        let blob_gas = GAS_PER_BLOB * transaction.blob_hashes().len() as u64;
        let sender = transaction.sender;
        let paid = self.gas_price * transaction.gas_limit + self.blob_base_fee * blob_gas;
        self.world.touch(sender).balance -= paid;
        self.world.increment_nonce(sender);
        self.warm(transaction);
        let mut refund = 0;
        for authorization in transaction.authorizations() {
            refund += self.authorize(authorization);
        }
        let ended = self.run_transaction(transaction);
        if ended.status == Status::Success {
            refund += u64::try_from(self.world.refund).unwrap_or(0);
        }
        Ok(self.settle(transaction, ended, refund, tip))
    }

    fn base_fee(&self) -> U256 {
        if self.rules.london {
            U256::from(self.case.block.base_fee)
        } else {
            U256::zero()
        }
    }

    fn validate(&self, transaction: &Transaction) -> Result<(), Invalid> {
        let (rules, block) = (&self.rules, &self.case.block);
        self.validate_kind(transaction)?;
        match (transaction.chain_id, &transaction.kind) {
            (None, TransactionKind::Legacy { .. }) => {}
            (chain_id, _) => {
                require(rules.chain_in_signature, "no chain may be named yet")?;
                require(chain_id == Some(CHAIN_ID), "for another chain")?;
            }
        }
        let (max_fee, max_priority_fee) = caps(transaction);
        require(max_priority_fee <= max_fee, "the tip is above the cap")?;
        require(max_fee >= self.base_fee(), "the cap is below the base fee")?;
        let gas = transaction.gas_limit;
        require(gas <= block.gas_limit, "more gas than the block has")?;
        require(
            rules.most_gas.is_none_or(|most| gas <= most),
            "more gas than EIP-7825 allows",
        )?;
        let needed = self
            .intrinsic_gas(transaction)
            .max(self.floor_gas(transaction));
        require(gas >= needed, "less than the intrinsic gas")?;
        if transaction.to.is_none() {
            let size = transaction.input.len();
            let fits = rules.largest_init_code.is_none_or(|most| size <= most);
            require(fits, "init code too large")?;
        }
        let sender = self.world.account(transaction.sender);
        // EIP-3607, EIP-7702.
        let delegates = rules.delegations && delegate(&sender.code).is_some();
        require(
            sender.code.is_empty() || delegates,
            "the sender is a contract",
        )?;
        require(sender.nonce == transaction.nonce, "another nonce")?;
        // EIP-2681.
        require(transaction.nonce != u64::MAX, "the last nonce")?;
        let mut most = product(max_fee, gas) + U512::from(transaction.value);
        if let TransactionKind::Blob {
            max_fee_per_blob_gas,
            blob_hashes,
            ..
        } = &transaction.kind
        {
            most += product(
                *max_fee_per_blob_gas,
                GAS_PER_BLOB * blob_hashes.len() as u64,
            );
        }
        require(most <= U512::from(sender.balance), "too little wei")
    }

    /// What the types of transactions ask for.
    fn validate_kind(&self, transaction: &Transaction) -> Result<(), Invalid> {
        let rules = &self.rules;
        match &transaction.kind {
            TransactionKind::Legacy { .. } => Ok(()),
            TransactionKind::AccessList { .. } => require(rules.access_lists, "no type 1 yet"),
            TransactionKind::DynamicFee { .. } => require(rules.london, "no type 2 yet"),
            TransactionKind::Blob {
                max_fee_per_blob_gas,
                blob_hashes,
                ..
            } => {
                let blobs = rules.blobs.ok_or("no type 3 yet")?;
                require(transaction.to.is_some(), "blobs create nothing")?;
                require(!blob_hashes.is_empty(), "no blobs")?;
                require(blob_hashes.len() <= blobs.most, "too many blobs")?;
                let known = blob_hashes.iter().all(|hash| hash.0[0] == 1);
                require(known, "an unknown version of a blob")?;
                require(
                    *max_fee_per_blob_gas >= self.blob_base_fee,
                    "the blob fee is too low",
                )
            }
            TransactionKind::SetCode { authorizations, .. } => {
                require(rules.delegations, "no type 4 yet")?;
                require(transaction.to.is_some(), "type 4 creates nothing")?;
                require(!authorizations.is_empty(), "no authorizations")
            }
        }
    }

    fn intrinsic_gas(&self, transaction: &Transaction) -> u64 {
        let rules = &self.rules;
        let mut gas = 21_000;
        for byte in &transaction.input {
            gas += if *byte == 0 { 4 } else { rules.data_byte };
        }
        if transaction.to.is_none() {
            if rules.homestead_create {
                gas += 32_000;
            }
            if rules.largest_init_code.is_some() {
                gas += 2 * words(transaction.input.len());
            }
        }
        for item in transaction.access_list() {
            gas += 2_400 + 1_900 * item.slots.len() as u64;
        }
        gas + NEW_AUTHORITY * transaction.authorizations().len() as u64
    }

    /// EIP-7623.
    fn floor_gas(&self, transaction: &Transaction) -> u64 {
        if !self.rules.floor {
            return 0;
        }
        let tokens: u64 = transaction
            .input
            .iter()
            .map(|byte| if *byte == 0 { 1 } else { 4 })
            .sum();
        21_000 + 10 * tokens
    }

    /// EIP-2929, EIP-2930, EIP-3651.
    fn warm(&mut self, transaction: &Transaction) {
        let warm = &mut self.world.warm_accounts;
        for number in self.rules.precompiles.keys() {
            warm.insert(gasworks::Address::from_low_u64_be(*number));
        }
        warm.insert(transaction.sender);
        warm.extend(transaction.to);
        if self.rules.warm_coinbase {
            warm.insert(self.case.block.coinbase);
        }
        for item in transaction.access_list() {
            warm.insert(item.address);
            for slot in &item.slots {
                self.world.warm_slots.insert((item.address, *slot));
            }
        }
    }

    /// Follows an authorization (EIP-7702), if it holds; what comes back.
    fn authorize(&mut self, authorization: &Authorization) -> u64 {
        let Authorization {
            chain_id,
            address,
            nonce,
            signature,
        } = authorization;
        let for_chain = chain_id.is_zero() || *chain_id == U256::from(CHAIN_ID);
        if !for_chain || *nonce == u64::MAX {
            return 0;
        }
        let hash = authorization_hash(*chain_id, *address, *nonce);
        let signer = curve::recover_low(hash, signature.y_parity, signature.r, signature.s);
        let Some(authority) = signer else { return 0 };
        self.world.warm_accounts.insert(authority);
        let account = self.world.account(authority);
        let may_be_set = account.code.is_empty() || delegate(&account.code).is_some();
        if !may_be_set || account.nonce != *nonce {
            return 0;
        }
        let refund = if self.world.exists(authority) {
            NEW_AUTHORITY - AUTHORITY
        } else {
            0
        };
        self.world.touch(authority).code = if address.is_zero() {
            Bytes::new()
        } else {
            Bytes::from([&[0xef, 0x01, 0x00], address.as_bytes()].concat())
        };
        self.world.increment_nonce(authority);
        refund
    }

    fn run_transaction(&mut self, transaction: &Transaction) -> Ended {
        let message = Message {
            caller: transaction.sender,
            address: transaction
                .to
                .unwrap_or_else(|| create_address(transaction.sender, transaction.nonce)),
            code_address: None,
            code: Bytes::new(),
            input: Bytes::new(),
            value: transaction.value,
            transfers: true,
            gas: transaction.gas_limit - self.intrinsic_gas(transaction),
            is_static: false,
            depth: 0,
        };
        let Some(to) = transaction.to else {
            self.world.warm_accounts.insert(message.address);
            if self.is_taken(message.address) {
                return Ended {
                    status: Status::Halt,
                    gas: 0,
                    output: Bytes::new(),
                };
            }
            let code = transaction.input.clone();
            return self.create(Message { code, ..message });
        };
        let mut code = self.world.code(to);
        let delegate = delegate(&code).filter(|_| self.rules.delegations);
        if let Some(delegate) = delegate {
            self.world.warm_accounts.insert(delegate);
            code = self.world.code(delegate);
        }
        self.call(Message {
            code_address: delegate.is_none().then_some(to),
            code,
            input: transaction.input.clone(),
            ..message
        })
    }

    /// Refunds, pays the coinbase, and deletes what is to be deleted.
    fn settle(
        &mut self,
        transaction: &Transaction,
        ended: Ended,
        refund: u64,
        tip: U256,
    ) -> Executed {
        let spent = transaction.gas_limit - ended.gas;
        // EIP-3529.
        let gas_refunded = refund.min(spent / if self.rules.london { 5 } else { 2 });
        let gas_used = (spent - gas_refunded).max(self.floor_gas(transaction));
        let left = transaction.gas_limit - gas_used;
        self.world.touch(transaction.sender).balance += self.gas_price * left;
        let coinbase = self.world.touch(self.case.block.coinbase);
        coinbase.balance = coinbase.balance.overflowing_add(tip * gas_used).0;
        let world = &mut self.world;
        for address in &world.destroyed {
            world.accounts.remove(address);
        }
        if self.rules.clears_touched {
            for address in &world.touched {
                if world.accounts.get(address).is_some_and(Account::is_empty) {
                    world.accounts.remove(address);
                }
            }
        }
        let success = ended.status == Status::Success;
        let created = transaction.to.is_none() && success;
        Executed {
            status: ended.status,
            gas_used,
            gas_refunded,
            output: ended.output,
            created: created.then(|| create_address(transaction.sender, transaction.nonce)),
            logs: std::mem::take(&mut world.logs),
            state: std::mem::take(&mut world.accounts),
        }
    }
}
