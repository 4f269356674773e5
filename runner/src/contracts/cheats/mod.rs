//! Answers to calls of `vm`, the contract through which tests reach the machine and their project.
//!
//! [`Cheats`] directs the machine: it sees each message before it is sent and each outcome before it is received. `table`
//! finds who answers a call of `vm`; one file a family answers it. `director` does what must happen at every message.

mod accounts;
mod allocs;
mod arbitrary;
mod arguments;
mod artifacts;
mod block;
mod calls;
mod code;
pub mod console;
mod creates;
mod delegations;
mod director;
mod emits;
pub(crate) mod factory;
mod gas;
mod isolation;
mod mappings;
mod memory;
mod mocks;
mod prank;
mod record;
mod reverts;
mod snapshots;
mod table;
mod test;
pub(crate) mod tracer;
mod transactions;
pub mod values;
pub mod watched;

use std::collections::BTreeMap;
use std::sync::Arc;

use gasworks::inspect::{World, WorldFailed};
use gasworks::{Address, BlockEnv, Fork, Hash, Message, MessageKind, U256};

use super::abi::{self, Value};
use super::artifact::{Artifacts, Linked};
use super::decode::Decoder;
use super::events::Events;
use super::machine::Environment;
use super::property::inline_config::EngineOptions;
use super::result::{EventLog, Trace};
use values::Values;

pub use table::signature;

/// The contract through which tests reach the machine: the last bytes of the hash of "hevm cheat code".
pub const VM: Address = Address([
    0x71, 0x09, 0x70, 0x9e, 0xcf, 0xa9, 0x1a, 0x80, 0x62, 0x6f, 0xf3, 0x98, 0x9d, 0x68, 0xf6, 0x7f,
    0x5b, 0x1d, 0xd1, 0x2d,
]);

/// The storage word of [`VM`] that says that an assertion of an older test library failed.
pub const FAILED: &[u8; 6] = b"failed";

/// The reason of a run that `vm.assume` rejects.
pub const ASSUME: &[u8] = b"FOUNDRY::ASSUME";
/// How the reason of a test begins that `vm.skip` leaves out.
pub const SKIP: &[u8] = b"FOUNDRY::SKIP";

/// What all tests of a project share.
#[derive(Clone, Debug, Default)]
pub struct Project {
    /// The contracts.
    pub artifacts: Arc<Artifacts>,
    /// Where their libraries are.
    pub linked: Arc<Linked>,
    /// Words for what contracts revert with.
    pub decoder: Arc<Decoder>,
    /// Names for what contracts log.
    pub events: Arc<Events>,
    /// The name of the fork: `cancun`.
    pub fork: String,
    /// What the fork has.
    pub rules: ForkRules,
    /// Whether a revert of the test itself meets `vm.expectRevert`.
    pub internal_expect_revert: bool,
}

/// What of a fork's rules cheatcodes ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ForkRules {
    /// PREVRANDAO instead of DIFFICULTY.
    pub has_randao: bool,
    /// Blobs.
    pub has_blobs: bool,
}

impl ForkRules {
    /// What cheatcodes ask for of a fork.
    pub fn of(fork: Fork) -> Self {
        let rules = fork.rules();
        Self {
            has_randao: rules.prev_randao,
            has_blobs: rules.blobs.is_some(),
        }
    }
}

/// The name of a fork as tests write it: `cancun`.
pub fn name_of(fork: Fork) -> String {
    fork.name().to_lowercase()
}

/// Why a cheatcode reverts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// With a text.
    Text(String),
    /// With these bytes.
    Data(Vec<u8>),
}

impl From<String> for Fault {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Fault {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<WorldFailed> for Fault {
    fn from(failed: WorldFailed) -> Self {
        Self::Text(failed.to_string())
    }
}

impl Fault {
    /// What the call of `vm` reverts with.
    pub(crate) fn encode(&self) -> Vec<u8> {
        match self {
            Self::Text(text) => encode_error(text),
            Self::Data(data) => data.clone(),
        }
    }
}

/// `CheatcodeError(string)`.
pub(crate) const CHEATCODE_ERROR: [u8; 4] = [0xee, 0xaa, 0x9e, 0x6f];

pub(crate) fn encode_error(text: &str) -> Vec<u8> {
    abi::encode_call(CHEATCODE_ERROR, &[Value::String(text.to_owned())])
}

/// Whether a revert is that of an assertion: of Solidity's, or of `vm.assert*`.
pub(crate) fn is_assertion(output: &[u8]) -> bool {
    let panics = abi::encode_call([0x4e, 0x48, 0x7b, 0x71], &[abi::uint_value(1.into())]);
    output == panics
        || output.starts_with(&CHEATCODE_ERROR)
            && output.windows(16).any(|part| part == b"assertion failed")
}

/// Results of a cheatcode.
pub(crate) type Answer = Result<Vec<Value>, Fault>;

/// A call of `vm`.
pub(crate) struct Call<'a, 'w> {
    pub(crate) world: &'a mut World<'w>,
    pub(crate) message: &'a Message,
}

impl Call<'_, '_> {
    /// Frames below the one that calls: what a prank or an expectation is bound to.
    pub(crate) fn depth(&self) -> usize {
        self.message.depth
    }
}

/// A message that has been entered.
#[derive(Clone, Debug)]
struct Open {
    kind: MessageKind,
    caller: Address,
    address: Address,
    depth: usize,
    gas: u64,
    is_static: bool,
    /// A call of `vm` or of the console.
    is_cheat: bool,
    /// Nobody has answered it.
    entered: bool,
    /// The entry of the recorded accesses to accounts, if there is one.
    access: Option<usize>,
    /// The entry of the trace.
    trace: Option<usize>,
    /// Wei of its account when it last went on, where destructions are recorded.
    balance: U256,
    /// Something within it has failed an expectation.
    failure: Option<Vec<u8>>,
    /// It is a transaction of its own.
    isolated: Option<isolation::Isolated>,
    /// It carries a signed transaction.
    sent: Option<transactions::Sent>,
    /// It is a creation that the factory makes.
    through: Option<factory::Through>,
}

impl Open {
    fn is_create(&self) -> bool {
        !matches!(self.kind, MessageKind::Call(_))
    }
}

/// How forge was told to execute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conduct {
    /// The rules.
    pub fork: Fork,
    /// Each call of a test is a transaction of its own.
    pub isolates: bool,
    /// CREATE2 of a test goes through the factory that all chains have.
    pub create2_factory: bool,
}

/// What of the surroundings a cheatcode may set, and the next execution begins with.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The block.
    pub block: BlockEnv,
    /// The time; that of the block unless it is beyond what a block can have.
    pub timestamp: Option<U256>,
    /// The number, likewise.
    pub number: Option<U256>,
    /// The chain's id. What an execution sets is gone after it, unless it is `setUp`.
    pub chain_id: u64,
    /// The chain's id when the last execution ended.
    pub last_chain_id: u64,
    /// Wei.
    pub gas_price: U256,
    /// Wei; that of the block until an execution has begun.
    pub blob_base_fee: Option<U256>,
    /// Hashes of blocks that were set.
    pub block_hashes: BTreeMap<u64, Hash>,
}

impl Surroundings {
    /// Those that an environment begins with.
    pub fn of(environment: &Environment) -> Self {
        Self {
            block: environment.block.clone(),
            timestamp: None,
            number: None,
            chain_id: environment.chain_id,
            last_chain_id: environment.chain_id,
            gas_price: environment.gas_price,
            blob_base_fee: None,
            block_hashes: BTreeMap::new(),
        }
    }
}

/// What cheatcodes remember. A copy is a snapshot: each test starts with that of `setUp`.
#[derive(Clone)]
pub struct Cheats {
    project: Arc<Project>,
    pub(super) conduct: Conduct,
    /// The contract under test, which names groups of gas snapshots.
    contract: Arc<str>,
    pub(crate) values: Values,
    pub(crate) surroundings: Surroundings,
    frames: Vec<Open>,
    pranks: BTreeMap<usize, prank::Prank>,
    broadcast: Option<prank::Broadcast>,
    expected_revert: Option<reverts::Expected>,
    no_revert: Option<reverts::NoRevert>,
    calls: calls::Expected,
    emits: emits::Expected,
    creates: Vec<creates::Expected>,
    mocks: mocks::Mocks,
    arbitrary: arbitrary::Arbitrary,
    recorded: record::Recorded,
    mappings: mappings::Recorded,
    gas: gas::Metering,
    snapshots: snapshots::Snapshots,
    access_list: Option<Vec<(Address, Vec<U256>)>>,
    /// What the access list costs that the execution had last.
    pub(crate) access_list_gas: u64,
    intercepts: bool,
    /// Accounts whose delegations no transaction has used yet, with their nonces.
    delegations: Vec<(Address, u64)>,
    deploying: Option<code::Deploying>,
    through: Option<factory::Through>,
    /// A signed transaction that the next message carries.
    sending: Option<transactions::Sending>,
    /// What came of the last one, until its cheatcode returns.
    sent: Option<Result<Vec<u8>, String>>,
    /// A blob that the next transaction of a broadcast carries.
    has_blob: bool,
    /// What was seen of single instructions, where a suite is watched.
    pub(super) watched: watched::Watched,
    tracer: Option<tracer::Tracer>,
    /// Logs and lines of the console, in order.
    pub(crate) logs: Vec<EventLog>,
    /// Whether an assertion of an older test library has failed.
    pub(crate) failed: bool,
    /// Contracts that the last execution created.
    pub(crate) created: Vec<Address>,
    /// The account that reverted first in the last execution.
    pub(crate) reverter: Option<Address>,
    /// The refund counter when the last execution ended. `vm.store` can make it negative: a word that it sets to zero
    /// has given nothing back, and to set it again takes that.
    pub(crate) refund: i64,
}

impl Cheats {
    /// Nothing is remembered yet.
    pub(crate) fn new(
        project: Arc<Project>,
        contract: impl Into<Arc<str>>,
        values: Values,
        surroundings: Surroundings,
    ) -> Self {
        Self {
            project,
            conduct: Conduct {
                fork: Fork::LATEST,
                isolates: false,
                create2_factory: false,
            },
            contract: contract.into(),
            values,
            surroundings,
            frames: Vec::new(),
            pranks: BTreeMap::new(),
            broadcast: None,
            expected_revert: None,
            no_revert: None,
            calls: calls::Expected::default(),
            emits: emits::Expected::default(),
            creates: Vec::new(),
            mocks: mocks::Mocks::default(),
            arbitrary: arbitrary::Arbitrary::default(),
            recorded: record::Recorded::default(),
            mappings: mappings::Recorded::default(),
            gas: gas::Metering::default(),
            snapshots: snapshots::Snapshots::default(),
            access_list: None,
            access_list_gas: 0,
            intercepts: false,
            delegations: Vec::new(),
            deploying: None,
            through: None,
            sending: None,
            sent: None,
            has_blob: false,
            watched: watched::Watched::default(),
            tracer: None,
            logs: Vec::new(),
            failed: false,
            created: Vec::new(),
            reverter: None,
            refund: 0,
        }
    }

    /// Takes up what of it a test wants otherwise; whether that changes anything.
    pub(crate) fn follow(&mut self, engine: &EngineOptions) -> bool {
        let is_internal = engine.internal_expect_revert;
        let is_internal = is_internal.unwrap_or(self.project.internal_expect_revert);
        let fork = engine.fork.map(|fork| (fork, name_of(fork)));
        let fork = fork.filter(|(_, name)| *name != self.project.fork);
        if fork.is_none() && is_internal == self.project.internal_expect_revert {
            return false;
        }
        let project = Arc::make_mut(&mut self.project);
        project.internal_expect_revert = is_internal;
        if let Some((fork, name)) = fork {
            (project.fork, project.rules) = (name, ForkRules::of(fork));
        }
        true
    }

    /// An execution begins.
    pub(crate) fn begin(&mut self) {
        self.created.clear();
        self.access_list_gas = 0;
        self.reverter = None;
        self.refund = 0;
        self.watched.clear();
    }

    /// Names that tests gave to addresses.
    pub(crate) fn labels(&self) -> &BTreeMap<Address, String> {
        self.values.labels()
    }

    /// From now on, calls are written down.
    pub(crate) fn start_trace(&mut self) {
        self.tracer.get_or_insert_with(tracer::Tracer::default);
    }

    /// Calls are not written down until the state is returned to in which they were.
    pub(crate) fn stop_trace(&mut self) {
        self.tracer = None;
    }

    /// The next execution is of this kind.
    pub(crate) fn begin_phase(&mut self, phase: super::result::Phase) {
        if let Some(tracer) = &mut self.tracer {
            tracer.begin(phase);
        }
    }

    /// The calls so far.
    pub(crate) fn trace(&mut self) -> Option<Trace> {
        self.tracer.take().map(tracer::Tracer::finish)
    }

    /// Values that `vm.snapshotGas*` and `vm.snapshotValue` have kept.
    pub(crate) fn gas_snapshots(&self) -> &BTreeMap<String, BTreeMap<String, String>> {
        &self.gas.snapshots
    }
}
