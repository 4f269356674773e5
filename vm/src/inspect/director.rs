//! Directing an execution: what test tools do that the protocol does not allow.

use bytes::Bytes;
use primitive_types::{H160 as Address, H256 as Hash, U256};

use crate::call::{CallOutcome, Message};
use crate::env::{BlockEnv, blob_base_fee};
use crate::keccak::keccak256;
use crate::state::{Access, Checkpoint, HostFailed, Log, Outer, PairHash, Source, State};
use gasworks_spec::Rules;

/// Directs an execution: sees each message before it is sent and each outcome before it is received, may change both, and
/// may change the world in between. Every method is optional.
///
/// Unlike an [`Inspector`](crate::Inspector) it does not see single instructions, and code runs as fast as without it.
///
/// ```
/// use gasworks::inspect::{Director, World};
/// use gasworks::{Address, BlockEnv, Bytes, CallOutcome, Evm, Fork, MemoryDatabase, Message};
///
/// /// A call to 0x..01ff sets the time.
/// struct Warp;
/// impl Director for Warp {
///     fn enter(&mut self, message: &mut Message, world: &mut World<'_>) -> Option<CallOutcome> {
///         (message.address == Address::from_low_u64_be(0x1ff)).then(|| {
///             world.change_block(|block| block.timestamp = 1_000);
///             CallOutcome::success(message.gas, Bytes::new())
///         })
///     }
/// }
/// // PUSH0 (four times), PUSH0, PUSH2 0x01ff, GAS, CALL, TIMESTAMP, PUSH0, MSTORE, PUSH1 32, PUSH0, RETURN
/// let code = [0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x61, 0x01, 0xff, 0x5a, 0xf1, 0x42, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3];
/// let contract = Address::repeat_byte(0xcc);
/// let mut database = MemoryDatabase::default();
/// database.insert_account(contract, 1, 0.into(), Bytes::copy_from_slice(&code));
/// let mut evm = Evm::new(Fork::Osaka, BlockEnv::default(), database);
/// let message = Message::call(Address::zero(), contract, Bytes::new(), 100_000);
/// let outcome = evm.direct(&mut Warp, &message)?.commit();
/// assert_eq!(outcome.output[30..], [0x03, 0xe8]);
/// assert_eq!(evm.block().timestamp, 1_000);
/// # Ok::<(), gasworks::Error<std::convert::Infallible>>(())
/// ```
pub trait Director {
    /// Before a message. It may be given another caller, who then sends the value, other code to run, an account to run it
    /// on and other input; an outcome answers it in the machine's stead.
    fn enter(&mut self, _message: &mut Message, _world: &mut World<'_>) -> Option<CallOutcome> {
        None
    }
    /// After a message that was entered and not answered. A success that is made a failure is undone.
    fn exit(&mut self, _outcome: &mut CallOutcome, _world: &mut World<'_>) {}
    /// At a log.
    fn log(&mut self, _log: &Log<'_>) {}
}

/// Reading the database failed, and the execution with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the database failed")]
pub struct WorldFailed;

impl From<HostFailed> for WorldFailed {
    fn from(_: HostFailed) -> Self {
        Self
    }
}

/// An account as it is during an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorldAccount {
    /// Wei.
    pub balance: U256,
    /// Transactions or creations that it sent.
    pub nonce: u64,
    /// The hash of its code.
    pub code_hash: Hash,
    /// Whether there is such an account.
    pub exists: bool,
}

/// A state within an execution, to return to.
#[derive(Clone, Debug)]
pub struct WorldSnapshot {
    state: Checkpoint,
    block: BlockEnv,
    timestamp: U256,
    number: U256,
}

/// The transaction around one that runs within it, to go on with.
#[derive(Clone, Debug)]
pub struct WorldTransaction(Outer);

/// The world in the middle of an execution. What is changed here is undone with the frames around it if they fail, except
/// for the surroundings: block, chain, origin and price of gas stay as they were set.
pub struct World<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) source: &'a dyn Source,
    pub(crate) rules: &'a Rules,
    pub(crate) block: &'a mut BlockEnv,
    pub(crate) chain_id: &'a mut u64,
    pub(crate) origin: &'a mut Address,
    pub(crate) gas_price: &'a mut U256,
    pub(crate) timestamp: &'a mut U256,
    pub(crate) number: &'a mut U256,
    pub(crate) blob_base_fee: &'a mut U256,
    pub(crate) blob_hashes: &'a mut Vec<Hash>,
    pub(crate) caller_gas: &'a mut u64,
    pub(crate) lost_refund: i64,
    pub(crate) lost_gas: u64,
}

impl World<'_> {
    /// The block.
    pub fn block(&self) -> &BlockEnv {
        self.block
    }

    /// Changes the block. What NUMBER is changes with its number, TIMESTAMP with its time, and BLOBBASEFEE with its excess of
    /// blob gas.
    pub fn change_block(&mut self, change: impl FnOnce(&mut BlockEnv)) {
        let (excess, time) = (self.block.excess_blob_gas, self.block.timestamp);
        let number = self.block.number;
        change(self.block);
        if self.block.number != number {
            *self.number = self.block.number.into();
        }
        if self.block.timestamp != time {
            *self.timestamp = self.block.timestamp.into();
        }
        if self.block.excess_blob_gas != excess
            && let Some(blobs) = &self.rules.blobs
        {
            *self.blob_base_fee = blob_base_fee(self.block.excess_blob_gas.unwrap_or(0), blobs);
        }
    }

    /// What TIMESTAMP is, seconds.
    pub fn timestamp(&self) -> U256 {
        *self.timestamp
    }

    /// Sets what TIMESTAMP is, seconds, for the rest of this execution; the block has the largest time that it can have
    /// where it is larger.
    pub fn set_timestamp(&mut self, timestamp: U256) {
        self.block.timestamp = u64::try_from(timestamp).unwrap_or(u64::MAX);
        *self.timestamp = timestamp;
    }

    /// What NUMBER is.
    pub fn number(&self) -> U256 {
        *self.number
    }

    /// Sets what NUMBER is for the rest of this execution; the block has the largest number that it can have where it is
    /// larger.
    pub fn set_number(&mut self, number: U256) {
        self.block.number = u64::try_from(number).unwrap_or(u64::MAX);
        *self.number = number;
    }

    /// What CHAINID is.
    pub fn chain_id(&self) -> u64 {
        *self.chain_id
    }

    /// Sets what CHAINID is.
    pub fn set_chain_id(&mut self, chain_id: u64) {
        *self.chain_id = chain_id;
    }

    /// What ORIGIN is.
    pub fn origin(&self) -> Address {
        *self.origin
    }

    /// Sets what ORIGIN is.
    pub fn set_origin(&mut self, origin: Address) {
        *self.origin = origin;
    }

    /// What GASPRICE is, wei.
    pub fn gas_price(&self) -> U256 {
        *self.gas_price
    }

    /// Sets what GASPRICE is, wei.
    pub fn set_gas_price(&mut self, gas_price: U256) {
        *self.gas_price = gas_price;
    }

    /// What BLOBBASEFEE is, wei.
    pub fn blob_base_fee(&self) -> U256 {
        *self.blob_base_fee
    }

    /// Sets what BLOBBASEFEE is, wei, until the excess of blob gas changes.
    pub fn set_blob_base_fee(&mut self, fee: U256) {
        *self.blob_base_fee = fee;
    }

    /// The hashes that BLOBHASH gives.
    pub fn blob_hashes(&self) -> &[Hash] {
        self.blob_hashes
    }

    /// Sets the hashes that BLOBHASH gives for the rest of this execution.
    pub fn set_blob_hashes(&mut self, hashes: Vec<Hash>) {
        *self.blob_hashes = hashes;
    }

    /// Gas that is left to the frame that sends a message, without what the message is given or gives back. Of no meaning where
    /// a message comes from outside.
    pub fn caller_gas(&self) -> u64 {
        *self.caller_gas
    }

    /// Sets the gas that is left to the frame that sends a message.
    pub fn set_caller_gas(&mut self, gas: u64) {
        *self.caller_gas = gas;
    }

    /// Makes an account warm, as an instruction that accesses it does (EIP-2929).
    pub fn warm(&mut self, address: Address) -> Result<(), WorldFailed> {
        self.state.access(self.source, &address)?;
        Ok(())
    }

    /// Makes a word of an account's storage warm, and the account.
    pub fn warm_slot(&mut self, address: Address, slot: U256) -> Result<(), WorldFailed> {
        let (id, _) = self.state.access(self.source, &address)?;
        self.state.access_slot(self.source, id, slot)?;
        Ok(())
    }

    /// Makes an account's storage cold.
    pub fn cool(&mut self, address: Address) -> Result<(), WorldFailed> {
        let id = self.state.load(self.source, &address)?;
        self.state.cool_storage(id);
        Ok(())
    }

    /// Makes a word of an account's storage cold.
    pub fn cool_slot(&mut self, address: Address, slot: U256) -> Result<(), WorldFailed> {
        let id = self.state.load(self.source, &address)?;
        let (slot, _) = self.state.access_slot(self.source, id, slot)?;
        self.state.cool(slot);
        Ok(())
    }

    /// Makes everything cold but precompiled contracts.
    pub fn cool_all(&mut self) {
        self.state.cool_all();
    }

    /// Starts a transaction within this one: everything is cold, original values of storage are those that it has now, the
    /// refund counter is zero, and there is no transient storage. Meant for a message that is about to be entered.
    pub fn begin_transaction(&mut self) -> WorldTransaction {
        WorldTransaction(self.state.begin_nested())
    }

    /// Ends the transaction that was started within another: accounts that destroyed themselves are gone if it succeeded,
    /// and the other goes on, with what both made warm. The refund counter of the one that ends.
    pub fn end_transaction(&mut self, outer: WorldTransaction, succeeded: bool) -> i64 {
        let clear_empty = self.rules.clears_empty_accounts;
        self.state.end_nested(outer.0, succeeded, clear_empty)
    }

    /// All words of an account's storage that were read or written in this execution and are not zero, in order.
    pub fn known_storage(&mut self, address: Address) -> Result<Vec<(U256, U256)>, WorldFailed> {
        let id = self.state.load(self.source, &address)?;
        Ok(self.state.known_storage(id))
    }

    /// All words of an account's storage that this machine knows and that are not zero, in order.
    pub fn all_storage(&mut self, address: Address) -> Result<Vec<(U256, U256)>, WorldFailed> {
        let id = self.state.load(self.source, &address)?;
        Ok(self.state.all_storage(id))
    }

    /// All accounts that this machine knows and that exist, in order.
    pub fn known_accounts(&self) -> Vec<Address> {
        self.state.known_accounts()
    }

    /// Sets the hash of a block.
    pub fn set_block_hash(&mut self, number: u64, hash: Hash) {
        self.state.set_block_hash(number, hash);
    }

    /// Hashes of blocks are read again from the database.
    pub fn forget_block_hashes(&mut self) {
        self.state.forget_block_hashes();
    }

    /// The refund counter.
    pub fn refund(&self) -> i64 {
        self.state.refund
    }

    /// Sets the refund counter.
    pub fn set_refund(&mut self, refund: i64) {
        self.state.refund = refund;
    }

    /// What a frame that has just failed had added to the refund counter.
    pub fn lost_refund(&self) -> i64 {
        self.lost_refund
    }

    /// The gas that a frame had left that has just halted.
    pub fn lost_gas(&self) -> u64 {
        self.lost_gas
    }

    /// From now on, hashes of two words are written down, or no more.
    pub fn record_pair_hashes(&mut self, wanted: bool) {
        self.state.pair_hashes = wanted.then(Vec::new);
    }

    /// The hashes of two words since this was last asked.
    pub fn take_pair_hashes(&mut self) -> Vec<PairHash> {
        self.state
            .pair_hashes
            .as_mut()
            .map(std::mem::take)
            .unwrap_or_default()
    }

    /// From now on, accesses to storage and accounts are written down, or no more.
    pub fn record_accesses(&mut self, wanted: bool) {
        self.state.accesses = wanted.then(Vec::new);
    }

    /// The accesses since this was last asked.
    pub fn take_accesses(&mut self) -> Vec<Access> {
        self.state
            .accesses
            .as_mut()
            .map(std::mem::take)
            .unwrap_or_default()
    }

    /// Moves wei; `false`, and nothing is changed, where there is not enough.
    pub fn transfer(
        &mut self,
        from: Address,
        to: Address,
        value: U256,
    ) -> Result<bool, WorldFailed> {
        let from = self.state.load(self.source, &from)?;
        let to = self.state.load(self.source, &to)?;
        let paid = self.state.sub_balance(from, value);
        if paid {
            self.state.add_balance(to, value);
        }
        Ok(paid)
    }

    /// The state in between.
    pub(crate) fn checkpoint(&self) -> Checkpoint {
        self.state.checkpoint()
    }

    /// An account.
    pub fn account(&mut self, address: Address) -> Result<WorldAccount, WorldFailed> {
        let id = self.state.load(self.source, &address)?;
        let account = self.state.account(id);
        Ok(WorldAccount {
            balance: account.balance,
            nonce: account.nonce,
            code_hash: account.code_hash,
            exists: account.flags.exists,
        })
    }

    /// An account's code.
    pub fn code(&mut self, address: Address) -> Result<Bytes, WorldFailed> {
        let id = self.state.load(self.source, &address)?;
        let code = self.state.code(self.source, id)?;
        Ok(Bytes::copy_from_slice(code.bytes()))
    }

    /// A word of an account's storage.
    pub fn storage(&mut self, address: Address, slot: U256) -> Result<U256, WorldFailed> {
        let id = self.state.load(self.source, &address)?;
        let (slot, was_cold) = self.state.access_slot(self.source, id, slot)?;
        let value = self.state.slot(slot).value;
        if was_cold {
            self.state.cool(slot);
        }
        Ok(value)
    }

    /// Sets an account's balance, wei.
    pub fn set_balance(&mut self, address: Address, balance: U256) -> Result<(), WorldFailed> {
        let id = self.state.load(self.source, &address)?;
        self.state.set_balance(id, balance);
        Ok(())
    }

    /// Sets an account's nonce.
    pub fn set_nonce(&mut self, address: Address, nonce: u64) -> Result<(), WorldFailed> {
        let id = self.state.load(self.source, &address)?;
        self.state.set_nonce(id, nonce);
        Ok(())
    }

    /// Sets an account's code. Frames that run the old code go on with it.
    pub fn set_code(&mut self, address: Address, code: &[u8]) -> Result<(), WorldFailed> {
        let id = self.state.load(self.source, &address)?;
        self.state.set_code(id, code, keccak256(code));
        Ok(())
    }

    /// Sets a word of an account's storage, which becomes neither warm nor cold by that.
    pub fn set_storage(
        &mut self,
        address: Address,
        slot: U256,
        value: U256,
    ) -> Result<(), WorldFailed> {
        let id = self.state.load(self.source, &address)?;
        let (slot, was_cold) = self.state.access_slot(self.source, id, slot)?;
        if was_cold {
            self.state.cool(slot);
        }
        self.state.exist(id);
        self.state.set_slot(slot, value);
        Ok(())
    }

    /// The state and the block as they are now.
    pub fn snapshot(&self) -> WorldSnapshot {
        WorldSnapshot {
            state: self.checkpoint(),
            block: self.block.clone(),
            timestamp: *self.timestamp,
            number: *self.number,
        }
    }

    /// Brings accounts, storage and block to what they were; of an earlier execution, too, if a snapshot of the machine is
    /// older than that. It is a change like any other, undone with the frames around it. Logs stay.
    pub fn revert_to(&mut self, snapshot: &WorldSnapshot) {
        self.state.restore(&snapshot.state);
        let block = snapshot.block.clone();
        self.change_block(|current| *current = block);
        *self.timestamp = snapshot.timestamp;
        *self.number = snapshot.number;
    }
}
