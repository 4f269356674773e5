//! Every reason why a transaction is invalid, with the transaction beside it that is valid.

use std::collections::BTreeSet;

use gasworks::{
    Authorization, Bytes, Fork, Hash, InvalidTransaction as Invalid, Transaction, TransactionKind,
    U256,
};
use gasworks_tests::code::{Code, op, power_of_two};
use gasworks_tests::world::{GAS, RICH, SENDER, World, transaction};

use crate::make::{access_list, blobs, dynamic, legacy, set_code};

/// A transaction that is refused, and one that is not.
struct Case {
    fork: Fork,
    refused: Transaction,
    valid: Option<Transaction>,
    reason: Invalid,
    /// Its name in execution-spec-tests.
    name: &'static str,
    world: fn(&mut World),
}

fn case(
    fork: Fork,
    refused: Transaction,
    valid: Transaction,
    reason: Invalid,
    name: &'static str,
) -> Case {
    Case {
        fork,
        refused,
        valid: Some(valid),
        reason,
        name,
        world: |_| {},
    }
}

impl Case {
    fn world(mut self, world: fn(&mut World)) -> Self {
        self.world = world;
        self
    }
    /// Nothing beside it is valid.
    fn always(mut self) -> Self {
        self.valid = None;
        self
    }
}

fn nonce(nonce: u64) -> Transaction {
    Transaction {
        nonce,
        ..transaction()
    }
}

fn sender_with_nonce<const NONCE: u64>(world: &mut World) {
    world
        .database
        .insert_account(SENDER, NONCE, RICH.into(), Bytes::new());
}

fn gas(gas_limit: u64, transaction: Transaction) -> Transaction {
    Transaction {
        gas_limit,
        ..transaction
    }
}

fn creation(of: Transaction) -> Transaction {
    Transaction { to: None, ..of }
}

fn init_code(size: usize) -> Transaction {
    creation(gas(
        5_000_000,
        Transaction {
            input: vec![0; size].into(),
            ..transaction()
        },
    ))
}

fn with_input(gas_limit: u64) -> Transaction {
    Transaction {
        input: vec![1; 100].into(),
        ..gas(gas_limit, transaction())
    }
}

fn one() -> Vec<Authorization> {
    vec![Authorization::default()]
}

fn version(version: u8) -> Transaction {
    let mut transaction = blobs(2, 1);
    if let TransactionKind::Blob { blob_hashes, .. } = &mut transaction.kind {
        let mut hash = Hash::repeat_byte(3);
        hash.0[0] = version;
        blob_hashes[1] = hash;
    }
    transaction
}

#[rustfmt::skip]
fn cases() -> Vec<Case> {
    let poor = |balance: u64| Invalid::InsufficientFunds { balance: balance.into() };
    vec![
        case(Fork::Prague, with_chain(2), with_chain(1), Invalid::WrongChain { signed: 2, chain: 1 }, "INVALID_CHAINID"),
        case(Fork::Osaka, nonce(4), nonce(5), Invalid::NonceTooLow { nonce: 4, account: 5 }, "NONCE_MISMATCH_TOO_LOW").world(sender_with_nonce::<5>),
        case(Fork::Osaka, nonce(6), nonce(5), Invalid::NonceTooHigh { nonce: 6, account: 5 }, "NONCE_MISMATCH_TOO_HIGH").world(sender_with_nonce::<5>),
        case(Fork::Frontier, nonce(u64::MAX), nonce(0), Invalid::NonceIsMax, "NONCE_IS_MAX").always().world(sender_with_nonce::<{ u64::MAX }>),
        case(Fork::Osaka, nonce(u64::MAX - 2), nonce(u64::MAX - 1), Invalid::NonceTooLow { nonce: u64::MAX - 2, account: u64::MAX - 1 }, "NONCE_MISMATCH_TOO_LOW")
            .world(sender_with_nonce::<{ u64::MAX - 1 }>),
        case(Fork::Osaka, transaction(), transaction(), Invalid::SenderHasCode, "SENDER_NOT_EOA").always()
            .world(|world| world.database.insert_account(SENDER, 0, RICH.into(), op("STOP").bytes())),
        case(Fork::London, dynamic(10, 11), dynamic(10, 10), Invalid::PriorityAboveMaxFee, "PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS"),
        case(Fork::London, dynamic(6, 0), dynamic(7, 0), Invalid::MaxFeeBelowBaseFee, "INSUFFICIENT_MAX_FEE_PER_GAS"),
        case(Fork::London, legacy(6), legacy(7), Invalid::MaxFeeBelowBaseFee, "INSUFFICIENT_MAX_FEE_PER_GAS"),
        case(Fork::Frontier, gas(20_999, transaction()), gas(21_000, transaction()), Invalid::IntrinsicGas { needed: 21_000 }, "INTRINSIC_GAS_TOO_LOW"),
        case(Fork::Frontier, creation(gas(20_999, transaction())), creation(gas(21_000, transaction())), Invalid::IntrinsicGas { needed: 21_000 }, "INTRINSIC_GAS_TOO_LOW"),
        case(Fork::Homestead, creation(gas(52_999, transaction())), creation(gas(53_000, transaction())), Invalid::IntrinsicGas { needed: 53_000 }, "INTRINSIC_GAS_TOO_LOW"),
        // 100 bytes at 16, and from Prague on at least at 40.
        case(Fork::Cancun, with_input(22_599), with_input(22_600), Invalid::IntrinsicGas { needed: 22_600 }, "INTRINSIC_GAS_TOO_LOW"),
        case(Fork::Prague, with_input(24_999), with_input(25_000), Invalid::FloorGas { needed: 25_000 }, "INTRINSIC_GAS_BELOW_FLOOR_GAS_COST"),
        case(Fork::Prague, with_input(22_599), with_input(25_000), Invalid::IntrinsicGas { needed: 22_600 }, "INTRINSIC_GAS_TOO_LOW"),
        case(Fork::Frontier, gas(GAS + 1, transaction()), gas(GAS, transaction()), Invalid::GasAllowanceExceeded, "GAS_ALLOWANCE_EXCEEDED").world(|world| world.block.gas_limit = GAS),
        case(Fork::Osaka, gas((1 << 24) + 1, transaction()), gas(1 << 24, transaction()), Invalid::GasLimitAboveCap, "GAS_LIMIT_EXCEEDS_MAXIMUM"),
        // 1,000,000 gas at 10 wei, and 5 wei.
        case(Fork::Frontier, value(6), value(5), poor(10_000_005), "INSUFFICIENT_ACCOUNT_FUNDS").world(|world| balance(world, 10_000_005)),
        // The cap counts, not the price of 8.
        case(Fork::London, dynamic(11, 1), dynamic(10, 1), poor(10_000_000), "INSUFFICIENT_ACCOUNT_FUNDS").world(|world| balance(world, 10_000_000)),
        // 1,000,000 gas at 10 wei, two blobs of 131,072 at 3 wei.
        case(Fork::Cancun, blobs(2, 4), blobs(2, 3), poor(10_786_432), "INSUFFICIENT_ACCOUNT_FUNDS").world(|world| balance(world, 10_786_432)),
        case(Fork::Tangerine, with_chain(1), transaction(), Invalid::ChainNotActive, "INVALID_SIGNATURE_VRS"),
        // 2^20 gas at 2^236 wei are one more than a word holds; at one wei less nobody has it.
        case(Fork::Frontier, dear(power_of_two(236)), transaction(), Invalid::GasPriceOverflow, "GASLIMIT_PRICE_PRODUCT_OVERFLOW"),
        case(Fork::Frontier, dear(power_of_two(236) - 1), transaction(), poor(RICH), "INSUFFICIENT_ACCOUNT_FUNDS"),
        case(Fork::Shanghai, init_code(49_153), init_code(49_152), Invalid::InitCodeTooLarge, "INITCODE_SIZE_EXCEEDED"),
        case(Fork::Cancun, creation(blobs(1, 1)), blobs(1, 1), Invalid::BlobCreate, "TYPE_3_TX_CONTRACT_CREATION"),
        case(Fork::Cancun, blobs(0, 1), blobs(1, 1), Invalid::NoBlobs, "TYPE_3_TX_ZERO_BLOBS"),
        // EIP-4844, EIP-7691, EIP-7594.
        case(Fork::Cancun, blobs(7, 1), blobs(6, 1), Invalid::TooManyBlobs, "TYPE_3_TX_BLOB_COUNT_EXCEEDED"),
        case(Fork::Prague, blobs(10, 1), blobs(9, 1), Invalid::TooManyBlobs, "TYPE_3_TX_BLOB_COUNT_EXCEEDED"),
        case(Fork::Osaka, blobs(7, 1), blobs(6, 1), Invalid::TooManyBlobs, "TYPE_3_TX_BLOB_COUNT_EXCEEDED"),
        case(Fork::Cancun, version(0), version(1), Invalid::BlobVersion, "TYPE_3_TX_INVALID_BLOB_VERSIONED_HASH"),
        case(Fork::Cancun, version(2), version(1), Invalid::BlobVersion, "TYPE_3_TX_INVALID_BLOB_VERSIONED_HASH"),
        // The smallest excess at which a unit of blob gas costs 2 wei.
        case(Fork::Cancun, blobs(1, 1), blobs(1, 2), Invalid::BlobFeeTooLow, "INSUFFICIENT_MAX_FEE_PER_BLOB_GAS").world(|world| world.block.excess_blob_gas = Some(2_314_058)),
        case(Fork::Cancun, blobs(1, 0), blobs(1, 1), Invalid::BlobFeeTooLow, "INSUFFICIENT_MAX_FEE_PER_BLOB_GAS"),
        case(Fork::Prague, creation(set_code(one())), set_code(one()), Invalid::SetCodeCreate, "TYPE_4_TX_CONTRACT_CREATION"),
        case(Fork::Prague, set_code(vec![]), set_code(one()), Invalid::NoAuthorizations, "TYPE_4_EMPTY_AUTHORIZATION_LIST"),
    ]
}

fn with_chain(chain: u64) -> Transaction {
    Transaction {
        chain_id: Some(chain),
        ..transaction()
    }
}

fn value(value: u64) -> Transaction {
    Transaction {
        value: value.into(),
        ..transaction()
    }
}

fn dear(gas_price: U256) -> Transaction {
    let kind = TransactionKind::Legacy { gas_price };
    gas(
        1 << 20,
        Transaction {
            kind,
            ..transaction()
        },
    )
}

fn balance(world: &mut World, balance: u64) {
    world
        .database
        .insert_account(SENDER, 0, balance.into(), Bytes::new());
}

#[test]
fn each_reason_at_both_sides_of_its_boundary() {
    for case in cases() {
        let mut world = World::new(case.fork, Code::default());
        (case.world)(&mut world);
        let refused = world.transact(&case.refused).err();
        assert_eq!(refused, Some(case.reason), "{:?}", case.refused);
        let names = case.reason.exception_names();
        assert!(
            names.contains(&case.name),
            "{} is not among {names:?}",
            case.name
        );
        if let Some(Err(reason)) = case.valid.as_ref().map(|valid| world.transact(valid)) {
            panic!("{:?} in {}: {reason}", case.valid, case.fork);
        }
    }
}

/// A type is refused before its fork, and only then.
#[test]
fn types_and_their_forks() {
    let types = [
        (access_list(vec![]), Fork::Berlin),
        (dynamic(10, 1), Fork::London),
        (blobs(1, 1), Fork::Cancun),
        (set_code(one()), Fork::Prague),
    ];
    for (position, (transaction, introduced)) in types.iter().enumerate() {
        let byte = position as u8 + 1;
        for fork in Fork::all() {
            let result = World::new(fork, Code::default()).transact(transaction);
            let expected = (fork < *introduced).then_some(Invalid::TypeNotActive(byte));
            assert_eq!(result.err(), expected, "type {byte} in {fork}");
        }
        let name = format!("TYPE_{byte}_TX_PRE_FORK");
        assert!(
            Invalid::TypeNotActive(byte)
                .exception_names()
                .contains(&name.as_str())
        );
    }
}

/// Rules that only some forks have do not exist in the fork before.
#[test]
fn rules_that_come_with_a_fork() {
    let valid = |fork, transaction: Transaction| {
        World::new(fork, Code::default())
            .transact(&transaction)
            .is_ok()
    };
    assert!(valid(Fork::Berlin, legacy(6)), "no base fee before London");
    assert!(valid(Fork::Berlin, legacy(0)));
    assert!(
        valid(Fork::Prague, gas((1 << 24) + 1, transaction())),
        "EIP-7825"
    );
    assert!(valid(Fork::Paris, init_code(49_153)), "EIP-3860");
    assert!(valid(Fork::Prague, blobs(7, 1)), "EIP-7691");
    assert!(valid(Fork::SpuriousDragon, with_chain(1)), "EIP-155");
    // A signature without a chain holds for every chain.
    assert!(valid(
        Fork::Osaka,
        Transaction {
            chain_id: None,
            ..transaction()
        }
    ));
}

/// The position of a reason among all. A reason that is new does not compile here
/// until it has a case above.
fn position(reason: &Invalid) -> usize {
    match reason {
        Invalid::TypeNotActive(_) => 0,
        Invalid::WrongChain { .. } => 1,
        Invalid::NonceTooLow { .. } => 2,
        Invalid::NonceTooHigh { .. } => 3,
        Invalid::NonceIsMax => 4,
        Invalid::SenderHasCode => 5,
        Invalid::PriorityAboveMaxFee => 6,
        Invalid::MaxFeeBelowBaseFee => 7,
        Invalid::IntrinsicGas { .. } => 8,
        Invalid::FloorGas { .. } => 9,
        Invalid::GasAllowanceExceeded => 10,
        Invalid::GasLimitAboveCap => 11,
        Invalid::InsufficientFunds { .. } => 12,
        Invalid::InitCodeTooLarge => 13,
        Invalid::BlobCreate => 14,
        Invalid::NoBlobs => 15,
        Invalid::TooManyBlobs => 16,
        Invalid::BlobVersion => 17,
        Invalid::BlobFeeTooLow => 18,
        Invalid::SetCodeCreate => 19,
        Invalid::NoAuthorizations => 20,
        Invalid::GasPriceOverflow => 21,
        Invalid::ChainNotActive => 22,
    }
}

#[test]
fn every_reason_has_a_case() {
    let mut covered: BTreeSet<usize> = cases().iter().map(|case| position(&case.reason)).collect();
    // `types_and_their_forks`
    covered.insert(0);
    assert_eq!(
        covered.into_iter().collect::<Vec<_>>(),
        (0..=22).collect::<Vec<_>>()
    );
}

/// An invalid transaction leaves no trace: the next one runs as if it had not been.
#[test]
fn an_invalid_transaction_changes_nothing() {
    let program = gasworks_tests::code::sload(0)
        + gasworks_tests::code::push(1)
        + op("ADD")
        + gasworks_tests::code::sstore_top(0);
    for case in cases().into_iter().filter(|case| case.valid.is_some()) {
        let mut world = World::new(case.fork, program.clone());
        (case.world)(&mut world);
        let valid = case.valid.unwrap_or_default();
        let run = |with_refused: bool| {
            let mut evm = world.evm();
            if with_refused {
                assert!(evm.transact(&case.refused).is_err());
            }
            let executed = evm
                .transact(&valid)
                .unwrap_or_else(|error| panic!("{error}"));
            (executed.outcome().clone(), executed.changes())
        };
        assert_eq!(run(true), run(false), "{}", case.name);
    }
}
