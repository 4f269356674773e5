//! Memory: 0x20, 0x50 to 0x53, 0x59, 0x5e and the logs.

use gasworks::{CallStatus, Fork, Halt, U256};
use gasworks_tests::code::{Code, Word, mstore, op, power_of_two, push, return_memory, return_top};
use gasworks_tests::world::{CONTRACT, World};

use crate::case::{Case, case, three_words_of_memory};
use crate::words;

/// `3w + w²/512` for `w` words (Yellow Paper, appendix H.1, `C_mem`), written down.
const MEMORY: &[(u64, u64)] = &[
    (1, 3),
    (2, 6),
    (22, 66),
    (23, 70),
    (32, 98),
    (512, 2_048),
    (1_024, 5_120),
    (2_048, 14_336),
    (8_192, 155_648),
];

pub fn cases() -> Vec<Case> {
    let mut cases = expansion();
    cases.extend(loads_and_stores());
    cases.extend(hashes());
    cases.extend(mcopy());
    cases.extend(logs());
    cases
}

/// Every way to grow memory has the same price.
fn expansion() -> Vec<Case> {
    let mut cases = Vec::new();
    for (words, price) in MEMORY {
        let end = words * 32;
        cases.extend([
            case("MLOAD", &words![end - 32])
                .leaves(&words![0])
                .costs(3 + price),
            case("MSTORE", &words![end - 32, 1]).costs(3 + price),
            case("MSTORE8", &words![end - 1, 1]).costs(3 + price),
            case("MSTORE8", &words![end - 32, 1]).costs(3 + price),
            case("RETURN", &words![end - 1, 1])
                .ends(CallStatus::Success, &[0])
                .costs(*price),
            case("LOG0", &words![end - 1, 1]).costs(375 + 8 + price),
            case("KECCAK256", &words![end - 1, 1])
                .leaves(&words![
                    "bc36789e7a1e281436464229828f817d6612f7b477d66591ff96a9e064bcc98a"
                ])
                .costs(30 + 6 + price),
        ]);
    }
    // A word that is not aligned reaches into the next.
    cases.push(case("MLOAD", &words![672]).leaves(&words![0]).costs(3 + 66));
    cases.push(case("MLOAD", &words![673]).leaves(&words![0]).costs(3 + 70));
    for offset in [
        power_of_two(35),
        power_of_two(63),
        power_of_two(64) - 1,
        power_of_two(64),
        U256::MAX,
    ] {
        let one_byte = |name| {
            case(name, &words![offset, 1])
                .costs(0)
                .halts(Halt::OutOfGas)
        };
        cases.extend(["MSTORE", "MSTORE8", "RETURN", "LOG0", "KECCAK256"].map(one_byte));
        cases.push(case("MLOAD", &[offset]).costs(0).halts(Halt::OutOfGas));
        // No bytes are nowhere.
        let none = |name| case(name, &words![offset, 0]);
        cases.push(none("LOG0").costs(375));
        cases.push(none("RETURN").ends(CallStatus::Success, &[]).costs(0));
        cases.push(
            none("REVERT")
                .ends(CallStatus::Revert, &[])
                .costs_since(Fork::Byzantium, 0),
        );
        for name in ["RETURN", "LOG0", "KECCAK256"] {
            cases.push(
                case(name, &words![0, offset])
                    .costs(0)
                    .halts(Halt::OutOfGas),
            );
        }
    }
    cases
}

fn loads_and_stores() -> Vec<Case> {
    let word = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    let read = |code: Code| code + push(0) + op("MLOAD");
    vec![
        case("POP", &words![7]).costs(2),
        case("MLOAD", &words![0])
            .after(mstore(0, word))
            .leaves(&words![word])
            .costs(3),
        // The second word costs 3.
        case("MLOAD", &words![1])
            .after(mstore(0, word))
            .leaves(&words![
                "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f00"
            ])
            .costs(3 + 3),
        case("MSTORE", &words![0, word])
            .instead(read(op("MSTORE")))
            .leaves(&words![word])
            .costs(3 + 3 + 6),
        case("MSTORE", &words![1, word])
            .instead(read(op("MSTORE")))
            .leaves(&words![
                "00000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e"
            ])
            .costs(3 + 6 + 6),
        // Only the low byte.
        case("MSTORE8", &words![31, 0x1234])
            .instead(read(op("MSTORE8")))
            .leaves(&words![0x34])
            .costs(3 + 3 + 6),
        case("MSTORE8", &words![30, U256::MAX])
            .instead(read(op("MSTORE8")))
            .leaves(&words![0xff00])
            .costs(3 + 3 + 6),
        case("MSIZE", &[]).leaves(&words![0]).costs(2),
        case("MSIZE", &[])
            .after(mstore(0, 0))
            .leaves(&words![32])
            .costs(2),
        case("MSIZE", &[])
            .after(mstore(1, 0))
            .leaves(&words![64])
            .costs(2),
        case("MSIZE", &[])
            .after(push(64) + op("MLOAD") + op("POP"))
            .leaves(&words![96])
            .costs(2),
    ]
}

fn hashes() -> Vec<Case> {
    let of = |offset: u64, size: u64, hash: &str, gas| {
        let before = three_words_of_memory(0xaa);
        case("KECCAK256", &words![offset, size])
            .after(before)
            .leaves(&words![hash])
            .costs(gas)
    };
    vec![
        of(
            0,
            0,
            "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
            30,
        ),
        of(
            0,
            32,
            "550d3de95be0bd28a79c3eb4ea7f05692c60b0602e48b49461e703379b08a71a",
            30 + 6,
        ),
        of(
            0,
            96,
            "43f3a103d1d46e49f98965095eecc20569f8fb20eb3f64ea07659ee15154babd",
            30 + 3 * 6,
        ),
        of(
            32,
            1,
            "bc36789e7a1e281436464229828f817d6612f7b477d66591ff96a9e064bcc98a",
            30 + 6,
        ),
    ]
}

/// EIP-5656.
fn mcopy() -> Vec<Case> {
    let since = Fork::Cancun;
    let word = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    let moved = |to: u64, from: u64, size: u64, after: &str| {
        case("MCOPY", &words![to, from, size])
            .after(mstore(0, word))
            .instead(op("MCOPY") + push(0) + op("MLOAD"))
            .leaves(&words![after])
            .costs_since(since, 3 + 3 + 6)
    };
    vec![
        // Ranges that overlap, both ways.
        moved(
            0,
            1,
            8,
            "010203040506070808090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        ),
        moved(
            1,
            0,
            8,
            "00000102030405060709 0a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
                .replace(' ', "")
                .as_str(),
        ),
        moved(5, 5, 8, word),
        // Memory grows to the farther end of the two: two words more.
        case("MCOPY", &words![0, 64, 32])
            .after(mstore(0, word))
            .costs_since(since, 3 + 3 + 6),
        case("MCOPY", &words![64, 0, 32])
            .after(mstore(0, word))
            .costs_since(since, 3 + 3 + 6),
        case("MCOPY", &words![64, 0, 33])
            .after(mstore(0, word))
            .costs_since(since, 3 + 6 + 9),
        case("MCOPY", &words![U256::MAX, U256::MAX, 0]).costs_since(since, 3),
        case("MCOPY", &words![0, U256::MAX, 1])
            .costs_since(since, 0)
            .halts(Halt::OutOfGas),
        case("MCOPY", &words![U256::MAX, 0, 1])
            .costs_since(since, 0)
            .halts(Halt::OutOfGas),
        case("MCOPY", &words![0, 0, U256::MAX])
            .costs_since(since, 0)
            .halts(Halt::OutOfGas),
    ]
}

const LOGS: [&str; 5] = ["LOG0", "LOG1", "LOG2", "LOG3", "LOG4"];

fn logs() -> Vec<Case> {
    let mut cases = Vec::new();
    for (topics, name) in LOGS.into_iter().enumerate() {
        let operands = |offset, size| [&words![offset, size][..], &vec![9.word(); topics]].concat();
        let base = 375 + 375 * topics as u64;
        cases.extend([
            case(name, &operands(U256::MAX, 0.word())).costs(base),
            case(name, &operands(3.word(), 33.word())).costs(base + 8 * 33 + 2 * 3),
            case(name, &operands(0.word(), U256::MAX))
                .costs(0)
                .halts(Halt::OutOfGas),
            case(name, &operands(0.word(), power_of_two(61)))
                .costs(0)
                .halts(Halt::OutOfGas),
        ]);
    }
    cases
}

#[test]
fn logs_hold_address_topics_and_data() {
    for (topics, name) in LOGS.into_iter().enumerate() {
        let pushes = (1..=topics as u64)
            .rev()
            .fold(Code::default(), |code, topic| code + push(topic));
        let log = mstore(0, 0xabcd) + pushes + push(3) + push(30) + op(name);
        let ran = World::new(Fork::Frontier, log).transact_call(100_000);
        assert_eq!(ran.logs.len(), 1, "{name}: {:?}", ran.logs);
        let log = ran.logs.last().expect("there is one");
        assert_eq!(
            (log.address, log.data),
            (CONTRACT, &[0xab, 0xcd, 0][..]),
            "{name}"
        );
        let expected: Vec<U256> = (1..=topics as u64).map(U256::from).collect();
        let seen: Vec<U256> = log.topics.iter().map(|topic| topic.word()).collect();
        assert_eq!(seen, expected, "{name}: the first topic is the uppermost");
    }
}

#[test]
fn what_reverts_has_not_logged() {
    let log = push(0) + push(0) + op("LOG0");
    let kept =
        World::new(Fork::Osaka, 2 * log.clone() + return_memory(0, 0)).transact_call(100_000);
    assert_eq!(kept.logs.len(), 2);
    for end in [push(0) + push(0) + op("REVERT"), op("INVALID")] {
        assert!(
            World::new(Fork::Osaka, log.clone() + end)
                .transact_call(100_000)
                .logs
                .is_empty()
        );
    }
}

#[test]
fn a_callee_that_fails_has_not_logged() {
    use gasworks_tests::code::call;
    use gasworks_tests::world::OTHER;
    let log = |topic: u64| push(topic) + push(0) + push(0) + op("LOG1");
    for (end, expected) in [
        (op("STOP"), vec![1, 2, 3]),
        (push(0) + push(0) + op("REVERT"), vec![1, 3]),
        (op("INVALID"), vec![1, 3]),
    ] {
        let program = log(1) + call("CALL", OTHER).gas(10_000).code() + log(3);
        let world = World::new(Fork::Osaka, program).account(OTHER, 0, log(2) + end);
        let logs = world.transact_call(100_000).logs;
        let topics: Vec<u64> = logs
            .iter()
            .map(|log| log.topics[0].word().as_u64())
            .collect();
        assert_eq!(topics, expected);
    }
}

#[test]
fn memory_of_a_call_is_its_own_and_starts_at_zero() {
    use gasworks_tests::code::{call, mstore};
    use gasworks_tests::world::OTHER;
    let dirty = mstore(0, U256::MAX) + mstore(32, U256::MAX);
    let callee = op("MSIZE") + push(0) + op("MLOAD") + op("ADD") + return_top();
    let calls = call("CALL", OTHER).gas(50_000).output(0, 32).code();
    let program = dirty.clone() + calls.clone() + op("POP") + calls + return_memory(0, 32);
    let world = World::new(Fork::Osaka, program).account(OTHER, 0, callee + dirty);
    assert_eq!(world.transact_call(200_000).word(), U256::zero());
}
