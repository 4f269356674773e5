//! The host: a database that fails, an inspector that looks on, a block with any blob fee.

use std::cell::Cell;
use std::sync::Arc;

use gasworks::{
    Account, Address, Bytes, Config, Database, Error, Evm, Fork, Hash, InvalidTransaction,
    MemoryDatabase, Message, Transaction, TransactionKind, U256, blob_base_fee,
};
use gasworks_tests::code::{
    Code, Word, call, create, deploy, forever, mstore_bytes, op, push, return_top, revert_memory,
    sload, sstore, sstore_top,
};
use gasworks_tests::world::{CONTRACT, OTHER, World, transaction};

/// A database that fails at one of its reads.
struct Failing<'a> {
    inner: MemoryDatabase,
    /// Reads until it fails; `None` for never.
    left: &'a Cell<Option<u32>>,
}

#[derive(Debug, PartialEq)]
struct Broken;

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("broken")
    }
}

impl std::error::Error for Broken {}

impl Failing<'_> {
    fn read<T>(&self, value: Result<T, std::convert::Infallible>) -> Result<T, Broken> {
        match self.left.get() {
            Some(0) => return Err(Broken),
            Some(left) => self.left.set(Some(left - 1)),
            None => {}
        }
        value.map_err(|never| match never {})
    }
}

impl Database for Failing<'_> {
    type Error = Broken;
    fn account(&self, address: Address) -> Result<Option<Account>, Broken> {
        self.read(self.inner.account(address))
    }
    fn code(&self, hash: Hash) -> Result<Bytes, Broken> {
        self.read(self.inner.code(hash))
    }
    fn storage(&self, address: Address, slot: U256) -> Result<U256, Broken> {
        self.read(self.inner.storage(address, slot))
    }
    fn block_hash(&self, number: u64) -> Result<Hash, Broken> {
        self.read(self.inner.block_hash(number))
    }
}

/// Reads of every kind, in frames below, with changes before and after.
fn reads_a_lot() -> World {
    let callee = sload(7)
        + sstore(7, 1)
        + push(0x1234)
        + op("EXTCODESIZE")
        + push(999)
        + op("BLOCKHASH")
        + return_top();
    let program = sload(0)
        + push(1)
        + op("ADD")
        + sstore_top(0)
        + call("CALL", OTHER).value(1).gas(200_000).code()
        + push(0x5678)
        + op("BALANCE")
        + create(&deploy(&op("STOP")), 1)
        + push(0)
        + push(0)
        + op("LOG0")
        + sload(0)
        + return_top();
    World::new(Fork::Osaka, program)
        .slot(0, 1)
        .account(OTHER, 5, callee)
}

#[test]
fn a_failing_database_is_an_error_and_never_a_halt() {
    let world = reads_a_lot();
    let expected = world.transact(&transaction()).expect("valid");
    let mut failures = 0;
    for reads in 0.. {
        let left = Cell::new(Some(reads));
        let database = Failing {
            inner: world.database.clone(),
            left: &left,
        };
        // Code that other machines have read would not be asked for.
        let config = Config {
            code_cache: Arc::default(),
            ..Config::default()
        };
        let evm = Evm::new(world.fork, world.block.clone(), database);
        let mut evm = evm.with_config(config);
        match evm
            .transact(&transaction())
            .map(|executed| executed.discard())
        {
            Err(Error::Database(Broken)) => failures += 1,
            Ok(outcome) => {
                assert_eq!(
                    (outcome.output, outcome.gas_used),
                    (expected.output, expected.gas)
                );
                break;
            }
            Err(error) => panic!("after {reads} reads: {error}"),
        }
        // It works again, and nothing is left of the first attempt.
        left.set(None);
        let executed = evm
            .transact(&transaction())
            .unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(
            executed.outcome().gas_used,
            expected.gas,
            "after {reads} reads"
        );
        assert_eq!(executed.changes(), expected.changes, "after {reads} reads");
    }
    // Sender, coinbase, target and callee with code and slots, the block hash, the created account, ..
    assert!(failures > 10, "{failures}");
}

#[test]
fn an_inspector_changes_nothing() {
    let programs = [
        reads_a_lot().database,
        World::new(Fork::Osaka, revert_memory(0, 3)).database,
        World::new(Fork::Osaka, op("INVALID")).database,
        World::new(
            Fork::Osaka,
            call("CALL", 2).gas(100).code() + forever(op("POP")),
        )
        .database,
        World::new(
            Fork::Osaka,
            create(&(sstore(1, 1) + op("INVALID")), 2) + push(OTHER) + op("SELFDESTRUCT"),
        )
        .database,
        World::new(
            Fork::Osaka,
            mstore_bytes(&[9; 77]) + call("CALL", CONTRACT).gas(3_000).code() + op("POP"),
        )
        .database,
    ];
    for (index, database) in programs.into_iter().enumerate() {
        for fork in Fork::all() {
            let world = World {
                fork,
                database: database.clone(),
                ..World::new(fork, Code::default())
            };
            let watched = world.transact(&transaction()).expect("valid");
            let mut evm = world.evm();
            let executed = evm.transact(&transaction()).expect("valid");
            let outcome = executed.outcome().clone();
            let what = format!("program {index} in {fork}");
            assert_eq!(
                (outcome.status, outcome.gas_used),
                (watched.status, watched.gas),
                "{what}"
            );
            assert_eq!(
                (outcome.output, outcome.logs),
                (watched.output, watched.logs),
                "{what}"
            );
            assert_eq!(executed.changes(), watched.changes, "{what}");
        }
    }
}

/// EIP-4844's `fake_exponential` in integers of any size: values worked out elsewhere, up to the last below 2^256.
#[test]
fn the_blob_base_fee_is_exact_at_any_excess() {
    let fee = |fork: Fork, excess| blob_base_fee(excess, &fork.rules().blobs.expect("blobs"));
    for (fork, excess, expected) in [
        (Fork::Cancun, 0, "1"),
        (Fork::Cancun, 2_314_057, "1"),
        (Fork::Cancun, 2_314_058, "2"),
        (Fork::Cancun, 100_000_000, "947c00e152b"),
        (Fork::Prague, 100_000_000, "1c0a60a5"),
        (
            Fork::Cancun,
            500_000_000,
            "10ce22ab45809aee5874013c7c5cc21a469b331be0702f60719a490",
        ),
        (
            Fork::Osaka,
            888_000_000,
            "e33446d3c10b914adfd1c9b86e519ab18a04e6c0f6e0a9a9d1ecea1638ffdd7b",
        ),
        (
            Fork::Cancun,
            592_398_315,
            "fffffd7f37d871923e777c8e1698f4a355b593742cb7f676ce08cf31f51e8874",
        ),
        (
            Fork::Prague,
            888_597_561,
            "fffffcc01cea17a7237cdea6c0e070e808cfb1c2998b719689eb66dc07ca0943",
        ),
    ] {
        assert_eq!(fee(fork, excess), expected.word(), "{excess} in {fork}");
    }
    for excess in [888_597_562, 1 << 32, 1 << 63, u64::MAX] {
        assert_eq!(fee(Fork::Prague, excess), U256::MAX, "{excess}");
    }
    // No one can pay that much, and nothing overflows on the way.
    let mut world = World::new(Fork::Prague, op("STOP"));
    world.block.excess_blob_gas = Some(u64::MAX);
    let kind = TransactionKind::Blob {
        fees: gasworks::DynamicFees {
            max_fee_per_gas: 10.into(),
            max_priority_fee_per_gas: 1.into(),
        },
        access_list: Vec::new(),
        max_fee_per_blob_gas: U256::MAX,
        blob_hashes: vec![Hash::repeat_byte(1)],
    };
    let refused = world
        .transact(&Transaction {
            kind,
            ..transaction()
        })
        .err();
    assert!(
        matches!(refused, Some(InvalidTransaction::InsufficientFunds { .. })),
        "{refused:?}"
    );
}

/// Prices and rules of one's own hold for instructions, transactions and calls, looked at or not.
#[test]
fn prices_and_rules_of_one_s_own() {
    let program = push(1) + push(2) + op("ADD") + op("POP") + sstore(0, 5);
    let world = World::new(Fork::Osaka, program);
    let mut schedule = Fork::Osaka.schedule().clone();
    schedule.base[0x01] = 1_003;
    schedule.transaction = 1;
    schedule.sstore_set = 7;
    schedule.floor_token = 0;
    let rules = gasworks::Rules {
        max_transaction_gas: 100_000,
        ..Fork::Osaka.rules().clone()
    };
    // Four pushes, POP, a cold slot.
    let expected = 1 + 4 * 3 + 1_003 + 2 + 2_100 + 7;
    for watched in [false, true] {
        let mut evm = world
            .evm()
            .with_schedule(schedule.clone())
            .with_rules(rules.clone());
        let mut nothing = Nothing;
        let transaction = Transaction {
            gas_limit: 100_000,
            ..transaction()
        };
        let executed = if watched {
            evm.inspect(&mut nothing).transact(&transaction)
        } else {
            evm.transact(&transaction)
        };
        assert_eq!(
            executed.expect("valid").discard().gas_used,
            expected,
            "watched: {watched}"
        );
        let above = Transaction {
            gas_limit: 100_001,
            ..transaction
        };
        let refused = evm.transact(&above).map(|_| ());
        assert!(matches!(
            refused,
            Err(Error::Transaction(InvalidTransaction::GasLimitAboveCap))
        ));
    }
}

struct Nothing;

impl gasworks::Inspector for Nothing {}

/// A creation from outside takes its address from its creator, and the creator's nonce goes up.
#[test]
fn creations_from_outside() {
    let world = World::new(Fork::Osaka, Code::default());
    let mut evm = world.evm();
    let init = deploy(&op("STOP")).bytes();
    // keccak256(rlp([0xcc.., 1]))[12..], then with nonce 2; keccak256(0xff ‖ 0xcc.. ‖ 7 ‖ keccak256(""))[12..].
    let addresses = [
        "553e6c30af61e7a3576f31311ea8a620f80d047e",
        "7b3f0efba3b00cfc453ada48504a633fea2c8c7a",
    ];
    for expected in addresses {
        let outcome = evm
            .call(&Message::create(CONTRACT, init.clone(), 100_000))
            .expect("created")
            .commit();
        assert_eq!(outcome.created.map(Word::word), Some(expected.word()));
        assert_eq!(outcome.gas_used, init_gas());
    }
    let two = evm
        .call(&Message::create2(CONTRACT, 7.into(), Bytes::new(), 100_000))
        .expect("created")
        .commit();
    assert_eq!(
        two.created.map(Word::word),
        Some("da44b73f1cf1078417bce8dc3eebdc5e1a0a2c86".word())
    );
}

/// Four pushes, CODECOPY of a word of memory, RETURN, and 200 for a byte of code.
fn init_gas() -> u64 {
    5 * 3 + 3 + 3 + 3 + 200
}
