//! What a project's configuration may say, with the values that hold where it says nothing.

use std::collections::BTreeMap;
use std::path::PathBuf;

use gasworks::{Address, Hash, U256};
use serde::Deserialize;

use super::values;

/// The account that deploys test contracts and calls their tests.
pub const DEFAULT_SENDER: Address = Address([
    0x18, 0x04, 0xc8, 0xab, 0x1f, 0x12, 0xe6, 0xbb, 0xf3, 0x89, 0x4d, 0x40, 0x83, 0xf3, 0x3e, 0x07,
    0x30, 0x9d, 0x1f, 0x38,
]);

/// The settings of one profile of `foundry.toml`, under the names that they have there.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct Config {
    /// Folder of the sources.
    pub src: PathBuf,
    /// Folder of the tests.
    pub test: PathBuf,
    /// Folder of the scripts.
    pub script: PathBuf,
    /// Folder of the artifacts.
    pub out: PathBuf,
    /// Folder of what is remembered between runs.
    pub cache_path: PathBuf,
    /// Folders of libraries.
    pub libs: Vec<PathBuf>,
    /// `context:prefix=path`, as `solc` has them.
    pub remappings: Vec<String>,
    /// Whether libraries are looked for remappings.
    pub auto_detect_remappings: bool,
    /// Addresses of deployed libraries: `file:name:address`.
    #[serde(deserialize_with = "values::one_or_many")]
    pub libraries: Vec<String>,
    /// Whether unchanged sources are not compiled again.
    pub cache: bool,
    /// More paths that the compiler may read.
    pub allow_paths: Vec<PathBuf>,
    /// More paths to look for imports.
    pub include_paths: Vec<PathBuf>,
    /// Globs of files that are neither compiled nor run.
    #[serde(deserialize_with = "values::one_or_many")]
    pub skip: Vec<String>,

    /// A version of `solc`, or the path of one.
    pub solc: Option<String>,
    /// Whether each source may have the version that its pragma asks for.
    pub auto_detect_solc: bool,
    /// Whether nothing may be fetched; nothing ever is.
    pub offline: bool,
    /// The fork that is compiled for and that tests run on.
    pub evm_version: Option<String>,
    /// The fork that tests run on, where it is another one than the compiler's.
    pub hardfork: Option<String>,
    /// Whether the optimizer is on.
    pub optimizer: Option<bool>,
    /// How often the optimizer expects code to run.
    pub optimizer_runs: Option<u32>,
    /// The optimizer's parts, as standard JSON has them.
    pub optimizer_details: Option<toml::Table>,
    /// Whether code is made by way of Yul.
    pub via_ir: bool,
    /// `ipfs`, `bzzr1` or `none`.
    pub bytecode_hash: String,
    /// Whether metadata is appended to bytecode.
    pub cbor_metadata: bool,
    /// Whether metadata holds the sources.
    pub use_literal_content: bool,
    /// `default`, `strip`, `debug` or `verboseDebug`.
    pub revert_strings: Option<String>,
    /// More parts of the compiler's output for artifacts.
    pub extra_output: Vec<String>,
    /// More arguments for `solc`.
    pub extra_args: Vec<String>,
    /// Whether artifacts hold the syntax tree.
    pub ast: bool,
    /// Whether the compiler's input and output are kept beside the artifacts.
    pub build_info: bool,
    /// Warnings that are not told, by number or name.
    pub ignored_error_codes: Vec<toml::Value>,
    /// Folders and files whose warnings are not told.
    pub ignored_warnings_from: Vec<PathBuf>,
    /// `never`, `warnings` or `notes`: what makes a build fail beside errors.
    #[serde(deserialize_with = "values::deny")]
    pub deny: bool,
    /// Settings of the Vyper compiler.
    pub vyper: Vyper,

    /// Tests to run: an expression that their names match.
    pub match_test: Option<String>,
    /// Tests not to run.
    pub no_match_test: Option<String>,
    /// Contracts whose tests are run.
    pub match_contract: Option<String>,
    /// Contracts whose tests are not run.
    pub no_match_contract: Option<String>,
    /// A glob of files whose tests are run.
    pub match_path: Option<String>,
    /// A glob of files whose tests are not run.
    pub no_match_path: Option<String>,
    /// Where failed tests are noted.
    pub test_failures_file: PathBuf,
    /// The number of threads.
    pub threads: Option<usize>,
    /// How much is told, as `-v` counts it.
    pub verbosity: u8,
    /// Contracts of the gas report; `*` is all.
    #[serde(deserialize_with = "values::one_or_many")]
    pub gas_reports: Vec<String>,
    /// Contracts that are not in the gas report.
    #[serde(deserialize_with = "values::one_or_many")]
    pub gas_reports_ignore: Vec<String>,
    /// Whether test contracts are in the gas report.
    pub gas_reports_include_tests: bool,
    /// Folder of gas snapshots that tests make.
    pub snapshots: PathBuf,
    /// Whether gas snapshots of tests have to agree with those that are kept.
    pub gas_snapshot_check: bool,
    /// Whether gas snapshots of tests are written.
    pub gas_snapshot_emit: bool,

    /// Settings of tests with parameters.
    pub fuzz: Fuzz,
    /// Settings of invariant tests.
    pub invariant: Invariant,

    /// Whether tests may run programs; here they never may.
    pub ffi: bool,
    /// Whether `expectRevert` holds for the test's own frame.
    pub allow_internal_expect_revert: bool,
    /// Whether a failed assertion of `vm` reverts.
    pub assertions_revert: bool,
    /// Whether the test contract's `failed()` is asked.
    pub legacy_assertions: bool,
    /// Whether each call of a test is a transaction of its own.
    pub isolate: bool,
    /// Whether CREATE2 of a test goes through the factory that all chains have.
    pub always_use_create_2_factory: bool,
    /// Whether `vm.getCode` may read artifacts that were not just compiled.
    pub unchecked_cheatcode_artifacts: bool,
    /// Paths that tests may read or write.
    pub fs_permissions: Vec<PathPermission>,
    /// Names of nodes' addresses.
    pub rpc_endpoints: BTreeMap<String, toml::Value>,
    /// Names of addresses in traces.
    pub labels: BTreeMap<String, String>,

    /// Who calls tests.
    #[serde(deserialize_with = "values::address")]
    pub sender: Address,
    /// `tx.origin`.
    #[serde(deserialize_with = "values::address")]
    pub tx_origin: Address,
    /// Balance of the sender and of test contracts.
    #[serde(deserialize_with = "values::word")]
    pub initial_balance: U256,
    /// `block.number`.
    #[serde(deserialize_with = "values::number")]
    pub block_number: u64,
    /// `block.timestamp`.
    #[serde(deserialize_with = "values::number")]
    pub block_timestamp: u64,
    /// `block.chainid`.
    #[serde(deserialize_with = "values::optional_chain")]
    pub chain_id: Option<u64>,
    /// Gas of a test, and `block.gaslimit` where that is not set.
    #[serde(deserialize_with = "values::number")]
    pub gas_limit: u64,
    /// `block.gaslimit`.
    #[serde(deserialize_with = "values::optional_number")]
    pub block_gas_limit: Option<u64>,
    /// The limit of a contract's size.
    #[serde(deserialize_with = "values::optional_number")]
    pub code_size_limit: Option<u64>,
    /// `tx.gasprice`.
    #[serde(deserialize_with = "values::optional_number")]
    pub gas_price: Option<u64>,
    /// `block.basefee`.
    #[serde(deserialize_with = "values::number")]
    pub block_base_fee_per_gas: u64,
    /// `block.coinbase`.
    #[serde(deserialize_with = "values::address")]
    pub block_coinbase: Address,
    /// `block.difficulty` before the merge.
    #[serde(deserialize_with = "values::number")]
    pub block_difficulty: u64,
    /// `block.prevrandao`.
    #[serde(deserialize_with = "values::hash")]
    pub block_prevrandao: Hash,
    /// How many bytes of memory a test may have.
    #[serde(deserialize_with = "values::number")]
    pub memory_limit: u64,
}

impl Config {
    /// Has contracts built as always, with syntax trees, all at once, and where usual artifacts stay as they are.
    pub(in crate::contracts) fn build_for_coverage(&mut self) {
        self.ast = true;
        self.cache_path = self.cache_path.join("coverage");
        self.out = self.cache_path.join("out");
    }
}

impl Default for Config {
    fn default() -> Config {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Config {
            src: "src".into(),
            test: "test".into(),
            script: "script".into(),
            out: "out".into(),
            cache_path: "cache".into(),
            libs: vec!["lib".into()],
            remappings: Vec::new(),
            auto_detect_remappings: true,
            libraries: Vec::new(),
            cache: true,
            allow_paths: Vec::new(),
            include_paths: Vec::new(),
            skip: Vec::new(),
            solc: None,
            auto_detect_solc: true,
            offline: false,
            evm_version: None,
            hardfork: None,
            optimizer: None,
            optimizer_runs: None,
            optimizer_details: None,
            via_ir: false,
            bytecode_hash: "ipfs".into(),
            cbor_metadata: true,
            use_literal_content: false,
            revert_strings: None,
            extra_output: Vec::new(),
            extra_args: Vec::new(),
            ast: false,
            build_info: false,
            ignored_error_codes: super::keys::IGNORED_WARNINGS
                .iter()
                .map(|name| (*name).into())
                .collect(),
            ignored_warnings_from: Vec::new(),
            deny: false,
            vyper: Vyper::default(),
            match_test: None,
            no_match_test: None,
            match_contract: None,
            no_match_contract: None,
            match_path: None,
            no_match_path: None,
            test_failures_file: "cache/test-failures".into(),
            threads: None,
            verbosity: 0,
            gas_reports: names(&["*"]),
            gas_reports_ignore: Vec::new(),
            gas_reports_include_tests: false,
            snapshots: "snapshots".into(),
            gas_snapshot_check: false,
            gas_snapshot_emit: true,
            fuzz: Fuzz::default(),
            invariant: Invariant::default(),
            ffi: false,
            allow_internal_expect_revert: false,
            assertions_revert: true,
            legacy_assertions: false,
            isolate: false,
            always_use_create_2_factory: false,
            unchecked_cheatcode_artifacts: false,
            fs_permissions: vec![PathPermission {
                path: "out".into(),
                read: true,
                write: false,
            }],
            rpc_endpoints: BTreeMap::new(),
            labels: BTreeMap::new(),
            sender: DEFAULT_SENDER,
            tx_origin: DEFAULT_SENDER,
            initial_balance: (U256::one() << 96) - 1,
            block_number: 1,
            block_timestamp: 1,
            chain_id: None,
            gas_limit: 1 << 30,
            block_gas_limit: None,
            code_size_limit: None,
            gas_price: None,
            block_base_fee_per_gas: 0,
            block_coinbase: Address::zero(),
            block_difficulty: 0,
            block_prevrandao: Hash::zero(),
            memory_limit: 1 << 27,
        }
    }
}

/// `[fuzz]`: tests with parameters.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct Fuzz {
    /// How many inputs are tried.
    pub runs: u32,
    /// Whether a revert is a failure.
    pub fail_on_revert: bool,
    /// How many inputs `vm.assume` may reject.
    pub max_test_rejects: u32,
    /// What random choices come from.
    #[serde(deserialize_with = "values::optional_word")]
    pub seed: Option<U256>,
    /// How often of a hundred times a value is taken from the dictionary.
    #[serde(deserialize_with = "values::percent")]
    pub dictionary_weight: u32,
    /// Whether words of storage go into the dictionary.
    pub include_storage: bool,
    /// Whether constants of bytecode go into the dictionary.
    pub include_push_bytes: bool,
    /// Where failures are kept.
    pub failure_persist_dir: Option<PathBuf>,
    /// Where inputs that reached something new are kept.
    pub corpus_dir: Option<PathBuf>,
    /// Whether logs of runs are told.
    pub show_logs: bool,
    /// Seconds after which a test ends with what it has tried.
    pub timeout: Option<u64>,
    /// How many runs go into the gas report.
    pub gas_report_samples: u32,
}

impl Default for Fuzz {
    fn default() -> Fuzz {
        Fuzz {
            runs: 256,
            fail_on_revert: true,
            max_test_rejects: 65_536,
            seed: None,
            dictionary_weight: 40,
            include_storage: true,
            include_push_bytes: true,
            failure_persist_dir: Some("cache/fuzz".into()),
            corpus_dir: None,
            show_logs: false,
            timeout: None,
            gas_report_samples: 256,
        }
    }
}

/// `[invariant]`: invariant tests.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct Invariant {
    /// How many sequences are tried.
    pub runs: u32,
    /// How many calls a sequence has.
    pub depth: u32,
    /// Whether a call that reverts is a failure.
    pub fail_on_revert: bool,
    /// Whether calls of the handlers may be replaced by calls back into them.
    pub call_override: bool,
    /// How often of a hundred times a value is taken from the dictionary.
    #[serde(deserialize_with = "values::percent")]
    pub dictionary_weight: u32,
    /// Whether words of storage go into the dictionary.
    pub include_storage: bool,
    /// Whether constants of bytecode go into the dictionary.
    pub include_push_bytes: bool,
    /// How many shorter sequences are tried after a failure.
    pub shrink_run_limit: u32,
    /// How many calls of one sequence `vm.assume` may reject.
    pub max_assume_rejects: u32,
    /// Where failures are kept.
    pub failure_persist_dir: Option<PathBuf>,
    /// Where sequences that reached something new are kept.
    pub corpus_dir: Option<PathBuf>,
    /// Seconds after which a test ends with what it has tried.
    pub timeout: Option<u64>,
    /// After how many calls the invariant is asked; 0 is only at the end of a sequence.
    pub check_interval: u32,
    /// How many sequences go into the gas report.
    pub gas_report_samples: u32,
    /// Whether calls, reverts and rejections are told for each function.
    pub show_metrics: bool,
    /// Whether a counterexample is shown as Solidity.
    pub show_solidity: bool,
    /// The most seconds between two calls.
    pub max_time_delay: Option<u32>,
    /// The most blocks between two calls.
    pub max_block_delay: Option<u32>,
}

impl Default for Invariant {
    fn default() -> Invariant {
        Invariant {
            runs: 256,
            depth: 500,
            fail_on_revert: false,
            call_override: false,
            dictionary_weight: 80,
            include_storage: true,
            include_push_bytes: true,
            shrink_run_limit: 5_000,
            max_assume_rejects: 65_536,
            failure_persist_dir: Some("cache/invariant".into()),
            corpus_dir: None,
            timeout: None,
            check_interval: 1,
            gas_report_samples: 256,
            show_metrics: true,
            show_solidity: false,
            max_time_delay: None,
            max_block_delay: None,
        }
    }
}

/// `[vyper]`: the compiler of `.vy` files.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Vyper {
    /// Where the compiler is; without it, `vyper` is looked for on `PATH`.
    pub path: Option<PathBuf>,
    /// `none`, `gas` or `codesize`.
    pub optimize: Option<String>,
    /// Whether the experimental code generator is used.
    pub experimental_codegen: Option<bool>,
}

/// What tests may do with a path and everything below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPermission {
    /// The path, absolute once a project has been loaded.
    pub path: PathBuf,
    /// Whether it may be read.
    pub read: bool,
    /// Whether it may be written.
    pub write: bool,
}
