//! 0x30 to 0x3f: what a frame was called with, and other accounts.

use gasworks::{Address, Fork, Halt, Hash, Transaction, TransactionKind, U256};
use gasworks_tests::code::{Code, Word, call, op, push, raw, return_memory, return_top};
use gasworks_tests::world::{CONTRACT, OTHER, SENDER, World, low, transaction};

use crate::case::{Case, case, three_words_of_memory};
use crate::words;

/// Calls the identity contract with three words of memory, so that there are 96 bytes of return data.
fn returned() -> Code {
    three_words_of_memory(0xaa) + call("STATICCALL", 4).gas(100).input(0, 96).code()
}

/// [`OTHER`] with 77 wei and the code `PUSH1 1 POP` and 31 JUMPDESTs.
fn with_other(world: World) -> World {
    world.account(OTHER, 77, push(1) + op("POP") + 31 * op("JUMPDEST"))
}

/// Prices of the first look at another account: a table of forks for each instruction (EIP-150, EIP-1884, EIP-2929).
fn looks(case: Case, frontier: u64, tangerine: u64, istanbul: u64, extra: u64) -> Case {
    case.costs(frontier + extra)
        .costs_since(Fork::Tangerine, tangerine + extra)
        .costs_since(Fork::Istanbul, istanbul + extra)
        .costs_since(Fork::Berlin, 2_600 + extra)
}

pub fn cases() -> Vec<Case> {
    let constants = [
        case("ADDRESS", &[]).leaves(&words![CONTRACT]),
        case("ORIGIN", &[]).leaves(&words![SENDER]),
        case("CALLER", &[]).leaves(&words![SENDER]),
        case("CALLVALUE", &[]).leaves(&words![5]),
        case("CALLDATASIZE", &[]).leaves(&words![40]),
        case("GASPRICE", &[]).leaves(&words![0]),
    ];
    let mut cases: Vec<Case> = constants.into_iter().map(|case| case.costs(2)).collect();
    cases.extend(input());
    cases.extend(copies());
    cases.extend(accounts());
    // The size of the code is that of this case's code and of what returns the result: PUSH2 MSTORE, twice PUSH and RETURN.
    cases.push(
        case("CODESIZE", &[])
            .leaves(&words![1 + 4 + 2 + 3 + 1])
            .costs(2),
    );
    cases
}

fn input() -> Vec<Case> {
    let loads = [
        (
            0.word(),
            "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20",
        ),
        (
            8.word(),
            "090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728",
        ),
        // Beyond the end are zeros.
        (
            39.word(),
            "2800000000000000000000000000000000000000000000000000000000000000",
        ),
        (40.word(), "0"),
        (U256::MAX, "0"),
        ((1u64 << 32).word(), "0"),
    ];
    let load = |(offset, word): (U256, &str)| {
        case("CALLDATALOAD", &[offset])
            .leaves(&words![word])
            .costs(3)
    };
    loads.into_iter().map(load).collect()
}

/// Copies into memory: 3 gas and 3 for each word, and memory (3 for each word here).
fn copies() -> Vec<Case> {
    let read = |name| op(name) + push(0) + op("MLOAD");
    let mut cases = vec![
        case("CALLDATACOPY", &words![0, 32, 64]).costs(3 + 2 * 3 + 2 * 3),
        case("CALLDATACOPY", &words![0, 0, 0]).costs(3),
        case("CALLDATACOPY", &words![U256::MAX, U256::MAX, 0]).costs(3),
        case("CALLDATACOPY", &words![0, U256::MAX, 33]).costs(3 + 2 * 3 + 2 * 3),
        case("CALLDATACOPY", &words![1, 0, 31]).costs(3 + 3 + 3),
        // 3 and an MLOAD of 3 more with its push; one word of memory.
        case("CALLDATACOPY", &words![0, 38, 32])
            .instead(read("CALLDATACOPY"))
            .leaves(&words![
                "2728000000000000000000000000000000000000000000000000000000000000"
            ])
            .costs(3 + 3 + 3 + 6),
        case("CALLDATACOPY", &words![0, 0, U256::MAX])
            .costs(0)
            .halts(Halt::OutOfGas),
        case("CALLDATACOPY", &words![U256::MAX, 0, 1])
            .costs(0)
            .halts(Halt::OutOfGas),
        case("CODECOPY", &words![0, 0, 32]).costs(3 + 3 + 3),
        case("CODECOPY", &words![0, U256::MAX, 0]).costs(3),
        // The code is PUSH1 3, PUSH1 0, PUSH1 0, CODECOPY: what is copied are its first three bytes.
        case("CODECOPY", &words![0, 0, 3])
            .instead(read("CODECOPY"))
            .leaves(&words![
                "6003600000000000000000000000000000000000000000000000000000000000"
            ])
            .costs(3 + 3 + 3 + 6),
        case("CODECOPY", &words![0, 0, U256::MAX])
            .costs(0)
            .halts(Halt::OutOfGas),
        case("RETURNDATASIZE", &[])
            .leaves(&words![0])
            .costs_since(Fork::Byzantium, 2),
        case("RETURNDATASIZE", &[])
            .after(returned())
            .leaves(&words![96])
            .costs_since(Fork::Byzantium, 2),
        case("RETURNDATACOPY", &words![0, 0, 0]).costs_since(Fork::Byzantium, 3),
        // Memory has three words already.
        case("RETURNDATACOPY", &words![64, 0, 32])
            .after(returned())
            .instead(op("RETURNDATACOPY") + push(64) + op("MLOAD"))
            .leaves(&words![0xaa])
            .costs_since(Fork::Byzantium, 3 + 3 + 6),
        case("RETURNDATACOPY", &words![0, 96, 0])
            .after(returned())
            .costs_since(Fork::Byzantium, 3),
    ];
    // EIP-211: beyond the end is exceptional, even for no bytes.
    for (from, size) in [
        (65.word(), 32),
        (97.word(), 0),
        (U256::MAX, 0),
        (U256::MAX, 2),
    ] {
        cases.push(
            case("RETURNDATACOPY", &words![0, from, size])
                .after(returned())
                .costs_since(Fork::Byzantium, 0)
                .halts(Halt::ReturnDataOutOfBounds),
        );
    }
    cases
}

fn accounts() -> Vec<Case> {
    // High bytes of the operand are ignored.
    let dirty = OTHER.word() | (U256::from(0xdead) << 160);
    let hash = "784ad0748279853bd287b5762f8ebbd7a4b0b214c5d34166b6be758b6638e1ac";
    let empty = "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470";
    let code_hash = |case: Case| {
        case.costs_since(Fork::Constantinople, 400)
            .costs_since(Fork::Istanbul, 700)
            .costs_since(Fork::Berlin, 2_600)
    };
    let balance = |operand| looks(case("BALANCE", &[operand]), 20, 400, 700, 0).world(with_other);
    let size = |operand| looks(case("EXTCODESIZE", &[operand]), 20, 700, 700, 0).world(with_other);
    let copy = |operands: [U256; 4], extra| {
        looks(case("EXTCODECOPY", &operands), 20, 700, 700, extra).world(with_other)
    };
    let extcodehash = |operand| code_hash(case("EXTCODEHASH", &[operand])).world(with_other);
    vec![
        balance(OTHER.word()).leaves(&words![77]),
        balance(dirty).leaves(&words![77]),
        balance(0x1234.word()).leaves(&words![0]),
        size(OTHER.word()).leaves(&words![34]),
        size(dirty).leaves(&words![34]),
        size(0x5678.word())
            .leaves(&words![0])
            .world(|world| world.account(low(0x5678), 1, Code::default())),
        size(0x1234.word()).leaves(&words![0]),
        copy(words![OTHER, 0, 0, 0], 0),
        copy(words![OTHER, U256::MAX, U256::MAX, 0], 0),
        // Two words copied, two words of memory.
        copy(words![OTHER, 0, 2, 33], 12),
        // With PUSH1 and MLOAD.
        copy(words![dirty, 0, 1, 3], 6 + 6)
            .instead(op("EXTCODECOPY") + push(0) + op("MLOAD"))
            .leaves(&words![
                "01505b0000000000000000000000000000000000000000000000000000000000"
            ]),
        copy(words![OTHER, 0, 0, U256::MAX], 0).halts(Halt::OutOfGas),
        // EIP-1052: nothing for what does not exist, the hash of nothing for an account without code.
        extcodehash(0x1234.word()).leaves(&words![0]),
        extcodehash(OTHER.word()).leaves(&words![hash]),
        extcodehash(dirty).leaves(&words![hash]),
        extcodehash(0x5678.word())
            .world(|world| world.account(low(0x5678), 1, Code::default()))
            .leaves(&words![empty]),
        extcodehash(0x5678.word())
            .world(|world| world.account(low(0x5678), 0, Code::default()))
            .leaves(&words![0]),
    ]
}

/// What a transaction's frame and the frame that it calls see.
#[test]
fn a_callee_sees_its_caller_and_the_origin() {
    let looks = |name: &str, position: u64| op(name) + push(32 * position) + op("MSTORE");
    let callee = looks("ADDRESS", 0)
        + looks("ORIGIN", 1)
        + looks("CALLER", 2)
        + looks("CALLVALUE", 3)
        + looks("GASPRICE", 4)
        + looks("CALLDATASIZE", 5)
        + return_memory(0, 192);
    let seen = |name: &'static str, value: u64| {
        let calls = call(name, OTHER)
            .gas(50_000)
            .value(value)
            .input(0, 3)
            .output(0, 192);
        let world = World::new(Fork::Osaka, calls.code() + return_memory(0, 192));
        let dynamic = TransactionKind::DynamicFee {
            fees: gasworks::DynamicFees {
                max_fee_per_gas: 20.into(),
                max_priority_fee_per_gas: 4.into(),
            },
            access_list: Vec::new(),
        };
        let transaction = Transaction {
            kind: dynamic,
            value: 9.into(),
            ..transaction()
        };
        world
            .account(OTHER, 0, callee.clone())
            .transact(&transaction)
            .expect("valid")
            .words()
    };
    // EIP-1559: the base fee is 7.
    let same = |address: Address, caller: Address, value: u64| {
        words![address, SENDER, caller, value, 11, 3].to_vec()
    };
    assert_eq!(seen("CALL", 6), same(OTHER, CONTRACT, 6));
    assert_eq!(seen("CALLCODE", 6), same(CONTRACT, CONTRACT, 6));
    assert_eq!(seen("DELEGATECALL", 0), same(CONTRACT, SENDER, 9));
    assert_eq!(seen("STATICCALL", 0), same(OTHER, CONTRACT, 0));
}

#[test]
fn gasprice_of_a_legacy_transaction_is_what_it_says() {
    for fork in Fork::all() {
        let ran = World::new(fork, op("GASPRICE") + return_top()).transact(&transaction());
        assert_eq!(ran.expect("valid").word(), 10.into(), "{fork}");
    }
}

/// EIP-4844.
#[test]
fn blobhash_gives_the_hashes_of_the_transaction() {
    let hash = |last| {
        let mut hash = Hash::repeat_byte(last);
        hash.0[0] = 1;
        hash
    };
    let look = |index: U256| {
        let kind = TransactionKind::Blob {
            fees: gasworks::DynamicFees {
                max_fee_per_gas: 7.into(),
                max_priority_fee_per_gas: 0.into(),
            },
            access_list: Vec::new(),
            max_fee_per_blob_gas: 1.into(),
            blob_hashes: vec![hash(4), hash(5)],
        };
        let program = push(index) + op("BLOBHASH") + return_top();
        World::new(Fork::Cancun, program)
            .transact(&Transaction {
                kind,
                ..transaction()
            })
            .expect("valid")
            .word()
    };
    assert_eq!(look(0.into()), hash(4).word());
    assert_eq!(look(1.into()), hash(5).word());
    assert_eq!(look(2.into()), 0.into());
    assert_eq!(look(U256::one() << 64), 0.into());
    assert_eq!(look(U256::MAX), 0.into());
}

/// CODESIZE and CODECOPY are of the code that runs, not of the account that it runs on.
#[test]
fn codesize_of_a_delegate_call_is_that_of_the_callee() {
    let calls = call("DELEGATECALL", OTHER).gas(50_000).output(0, 32).code() + return_memory(0, 32);
    let callee = op("CODESIZE") + return_top() + raw(vec![0; 100]);
    let size = callee.size();
    let world = World::new(Fork::Osaka, calls).account(OTHER, 0, callee);
    assert_eq!(world.transact_call(100_000).word(), size.into());
}
