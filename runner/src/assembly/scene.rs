//! The world of a test: accounts, the block, who calls whom, and what came of the last call.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use gasworks::inspect::{Director, Inspector, World, WorldFailed};
use gasworks::{
    Address, BlockEnv, Bytes, CallOutcome, Config, Evm, Fork, Halt, Log as LogRef, MemoryDatabase,
    Message, Outcome, Snapshot, U256,
};
use gasworks_assembler::TestValue;

use crate::contracts::cheats::tracer::Tracer;
use crate::contracts::coverage::Recorder;
use crate::contracts::result::EventLog;

/// Who calls unless a test says otherwise, as in other tools for tests.
pub(super) const SENDER: Address = Address([
    0x18, 0x04, 0xc8, 0xab, 0x1f, 0x12, 0xe6, 0xbb, 0xf3, 0x89, 0x4d, 0x40, 0x83, 0xf3, 0x3e, 0x07,
    0x30, 0x9d, 0x1f, 0x38,
]);

/// Where the program stands if it is not deployed.
pub(super) const PROGRAM: Address = Address([
    0x7e, 0x57, 0xc0, 0xde, 0x7e, 0x57, 0xc0, 0xde, 0x7e, 0x57, 0xc0, 0xde, 0x7e, 0x57, 0xc0, 0xde,
    0x7e, 0x57, 0xc0, 0xde,
]);

/// Gas of a call unless a test says otherwise: what a transaction may have (EIP-7825).
const GAS: u64 = 1 << 24;

/// What holds for the calls that follow.
#[derive(Clone, Debug)]
pub(super) struct Surroundings {
    pub sender: Address,
    pub origin: Option<Address>,
    pub to: Address,
    pub value: U256,
    pub gas: u64,
    pub gas_price: U256,
    pub chain_id: u64,
    pub blob_base_fee: Option<U256>,
    pub block: BlockEnv,
}

impl Default for Surroundings {
    fn default() -> Self {
        Self {
            sender: SENDER,
            origin: None,
            to: PROGRAM,
            value: U256::zero(),
            gas: GAS,
            gas_price: U256::zero(),
            chain_id: 31_337,
            blob_base_fee: None,
            block: BlockEnv::default(),
        }
    }
}

/// What a test has come to so far, apart from the accounts.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress {
    pub surroundings: Surroundings,
    pub names: BTreeMap<String, TestValue>,
    /// Names of contracts, for reports.
    pub contracts: BTreeMap<Address, String>,
    pub last: Option<Outcome>,
}

/// A machine, what a test has come to, and the state to go back to.
pub(super) struct Scene {
    evm: Evm<MemoryDatabase>,
    pub progress: Progress,
    saved: Option<(Snapshot, Progress)>,
    /// Writes calls down, if that is asked for.
    pub tracer: Option<Tracer>,
    /// Counts instructions, if that is asked for.
    pub recorder: Option<Recorder>,
    /// Set by whoever finds that a test takes too long.
    interrupt: Option<Arc<AtomicBool>>,
}

/// Something in an account that a test sets.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Balance(U256),
    Nonce(u64),
    Code(Vec<u8>),
    Storage(U256, U256),
}

/// What an account is.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub balance: U256,
    pub nonce: u64,
    pub code: Bytes,
    pub word: U256,
}

impl Scene {
    /// A world in which there is nothing but the program, and somebody with ether.
    pub(super) fn new(fork: Fork, program: &[u8], interrupt: Option<Arc<AtomicBool>>) -> Self {
        let mut database = MemoryDatabase::default();
        database.insert_account(SENDER, 0, (U256::one() << 96) - 1, Bytes::new());
        let code = Bytes::copy_from_slice(program);
        database.insert_account(PROGRAM, 1, U256::zero(), code);
        let surroundings = Surroundings::default();
        let config = Config {
            chain_id: surroundings.chain_id,
            interrupt: interrupt.clone(),
            ..Config::default()
        };
        let evm = Evm::new(fork, surroundings.block.clone(), database).with_config(config);
        let progress = Progress {
            surroundings,
            ..Progress::default()
        };
        Self {
            evm,
            progress,
            saved: None,
            tracer: None,
            recorder: None,
            interrupt,
        }
    }

    /// Remembers what there is.
    pub(super) fn save(&mut self) {
        self.saved = Some((self.evm.snapshot(), self.progress.clone()));
    }

    /// Goes back to what was remembered.
    pub(super) fn reset(&mut self) {
        if let Some((snapshot, progress)) = &self.saved {
            // It is the only one, and stays.
            let _ = self.evm.revert_to(*snapshot);
            self.progress = progress.clone();
        }
    }

    /// Carries out a call or a creation as the surroundings are, and keeps what it changes.
    pub(super) fn run(
        &mut self,
        surroundings: &Surroundings,
        message: &Message,
        inspector: Option<&mut dyn Inspector>,
    ) -> &Outcome {
        if *self.evm.block() != surroundings.block {
            self.evm.set_block(surroundings.block.clone());
        }
        let mut setter = Setter {
            surroundings: Some(surroundings),
            tracer: self.tracer.as_mut(),
        };
        let outcome = match (inspector, &mut self.recorder) {
            (None, None) => self.evm.direct(&mut setter, message),
            (Some(inspector), _) => self.evm.direct_and_inspect(&mut setter, inspector, message),
            (None, Some(recorder)) => self.evm.direct_and_inspect(&mut setter, recorder, message),
        };
        // A database in memory does not fail; who is stopped asks whether it is late.
        let outcome = outcome.map(gasworks::Executed::commit);
        let outcome = outcome.unwrap_or_else(|_| Outcome {
            status: gasworks::CallStatus::Halt(Halt::OutOfGas),
            ..Outcome::default()
        });
        self.progress.last.insert(outcome)
    }

    /// Whether the test has taken too long.
    pub(super) fn is_late(&self) -> bool {
        let interrupt = self.interrupt.as_ref();
        interrupt.is_some_and(|interrupt| interrupt.load(Ordering::Relaxed))
    }

    /// Changes an account.
    pub(super) fn change(&mut self, account: Address, change: &Change) {
        let mut writer = Editor(|world: &mut World<'_>| match change {
            Change::Balance(balance) => world.set_balance(account, *balance),
            Change::Nonce(nonce) => world.set_nonce(account, *nonce),
            Change::Code(code) => world.set_code(account, code),
            Change::Storage(slot, value) => world.set_storage(account, *slot, *value),
        });
        if let Ok(executed) = self.evm.direct(&mut writer, &Message::default()) {
            let _ = executed.commit();
        }
    }

    /// Looks at an account and a slot of its storage.
    pub(super) fn look(&mut self, account: Address, slot: U256) -> Seen {
        let mut seen = Seen::default();
        let mut reader = Editor(|world: &mut World<'_>| {
            let found = world.account(account)?;
            seen = Seen {
                balance: found.balance,
                nonce: found.nonce,
                code: world.code(account)?,
                word: world.storage(account, slot)?,
            };
            Ok(())
        });
        if let Ok(executed) = self.evm.direct(&mut reader, &Message::default()) {
            let _ = executed.discard();
        }
        seen
    }
}

/// Sets what only a director can, before the call itself.
struct Setter<'a> {
    surroundings: Option<&'a Surroundings>,
    tracer: Option<&'a mut Tracer>,
}

impl Director for Setter<'_> {
    fn enter(&mut self, message: &mut Message, world: &mut World<'_>) -> Option<CallOutcome> {
        if let Some(surroundings) = self.surroundings.take() {
            world.set_chain_id(surroundings.chain_id);
            world.set_gas_price(surroundings.gas_price);
            world.set_origin(surroundings.origin.unwrap_or(surroundings.sender));
            if let Some(fee) = surroundings.blob_base_fee {
                world.set_blob_base_fee(fee);
            }
        }
        if let Some(tracer) = &mut self.tracer {
            tracer.enter(message, world);
        }
        None
    }

    fn exit(&mut self, outcome: &mut CallOutcome, world: &mut World<'_>) {
        if let Some(tracer) = &mut self.tracer {
            tracer.leave(outcome, world);
        }
    }

    fn log(&mut self, log: &LogRef<'_>) {
        if let Some(tracer) = &mut self.tracer {
            tracer.log(&EventLog {
                address: log.address,
                topics: log.topics.to_vec(),
                data: Bytes::copy_from_slice(log.data),
            });
        }
    }
}

/// Answers the one message that it is asked for, and looks at the world or changes it meanwhile.
struct Editor<F>(F);

impl<F: FnMut(&mut World<'_>) -> Result<(), WorldFailed>> Director for Editor<F> {
    fn enter(&mut self, message: &mut Message, world: &mut World<'_>) -> Option<CallOutcome> {
        // The machine keeps an error of the database, of which there is none in memory.
        let _ = (self.0)(world);
        Some(CallOutcome::success(message.gas, Bytes::new()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gasworks::CallStatus;

    #[test]
    fn what_is_changed_is_seen_and_undone() {
        let mut scene = Scene::new(Fork::Osaka, &[0x00], None);
        let account = Address::repeat_byte(7);
        scene.save();
        for change in [
            Change::Balance(5.into()),
            Change::Nonce(6),
            Change::Code(vec![1, 2]),
            Change::Storage(1.into(), 2.into()),
        ] {
            scene.change(account, &change);
        }
        let seen = scene.look(account, 1.into());
        assert_eq!((seen.balance, seen.nonce), (5.into(), 6));
        assert_eq!((&seen.code[..], seen.word), (&[1, 2][..], 2.into()));
        scene.reset();
        let seen = scene.look(account, 1.into());
        assert!(seen.balance.is_zero() && seen.word.is_zero() && seen.code.is_empty());
    }

    #[test]
    fn calls_see_their_surroundings() {
        // ORIGIN, CHAINID, BLOBBASEFEE, NUMBER and GASPRICE, added up.
        let code = [
            0x32, 0x46, 0x01, 0x4a, 0x01, 0x43, 0x01, 0x3a, 0x01, 0x5f, 0x52, 0x60, 0x20, 0x5f,
            0xf3,
        ];
        let mut scene = Scene::new(Fork::Osaka, &code, None);
        let mut surroundings = Surroundings {
            origin: Some(Address::from_low_u64_be(1_000_000)),
            chain_id: 5,
            blob_base_fee: Some(100.into()),
            gas_price: 2_000.into(),
            ..Surroundings::default()
        };
        surroundings.block.number = 30_000;
        let message = Message::call(SENDER, PROGRAM, Bytes::new(), 100_000);
        let outcome = scene.run(&surroundings, &message, None);
        assert_eq!(outcome.status, CallStatus::Success);
        assert_eq!(U256::from_big_endian(&outcome.output), 1_032_105.into());
    }
}
