//! Intrinsic gas: input, creation, lists (Yellow Paper, 6.2; EIP-2, 2028, 2930, 3860, 7623, 7702).

use gasworks::{AccessListItem, Address, Authorization, Fork, Transaction};
use gasworks_tests::code::Code;
use gasworks_tests::world::{World, since, transaction};

use crate::make::{access_list, set_code};

/// What a transaction that runs nothing uses.
fn used(fork: Fork, transaction: &Transaction) -> u64 {
    let ran = World::new(fork, Code::default()).transact(transaction);
    ran.unwrap_or_else(|reason| panic!("{fork}: {reason}")).gas
}

fn input(zeros: usize, others: usize) -> Transaction {
    let input = [vec![0; zeros], vec![1; others]].concat();
    Transaction {
        input: input.into(),
        ..transaction()
    }
}

#[test]
fn input_costs_4_for_a_zero_and_68_or_16_for_another_byte() {
    for fork in Fork::all() {
        let byte = if fork >= Fork::Istanbul { 16 } else { 68 };
        assert_eq!(used(fork, &input(0, 0)), 21_000, "{fork}");
        // EIP-7623: a zero byte is a token, another byte four; a token costs 10 at least.
        let floor = |zeros: u64, others: u64| {
            if fork >= Fork::Prague {
                21_000 + 10 * (zeros + 4 * others)
            } else {
                0
            }
        };
        for (zeros, others) in [(3, 0), (0, 1), (100, 7)] {
            let price = 21_000 + 4 * zeros + byte * others;
            let expected = price.max(floor(zeros, others));
            assert_eq!(
                used(fork, &input(zeros as usize, others as usize)),
                expected,
                "{zeros}, {others} in {fork}"
            );
        }
    }
}

/// The floor is for transactions that do little; one that runs enough pays what it used, and refunds do not go below.
#[test]
fn the_floor_is_a_least_price() {
    use gasworks_tests::code::{op, push, sstore};
    // 100 bytes: 22,600 and a floor of 25,000.
    let run = |fork, program: Code| {
        World::new(fork, program)
            .slot(1, 1)
            .transact(&input(0, 100))
            .expect("valid")
    };
    let burn = |words: u64| push(32 * words - 32) + op("MLOAD");
    // 22 words cost 66, with PUSH2 and MLOAD 72: below the floor. 512 words cost 2,048, 1,024 words 5,120.
    for (words, cancun, prague) in [
        (22, 22_672, 25_000),
        (512, 24_654, 25_000),
        (1_024, 27_726, 27_726),
    ] {
        assert_eq!(run(Fork::Cancun, burn(words)).gas, cancun, "{words}");
        assert_eq!(run(Fork::Prague, burn(words)).gas, prague, "{words}");
    }
    // 22,600 + 5,006 - 4,800 = 22,806.
    let clears = run(Fork::Prague, sstore(1, 0));
    assert_eq!(clears.gas, 25_000);
    assert_eq!(run(Fork::Cancun, sstore(1, 0)).gas, 22_806);
}

#[test]
fn a_creation_costs_32000_more_from_homestead_on() {
    for fork in Fork::all() {
        let base = if fork >= Fork::Homestead {
            53_000
        } else {
            21_000
        };
        let creation = |size: usize| Transaction {
            to: None,
            input: vec![0; size].into(),
            ..transaction()
        };
        assert_eq!(used(fork, &creation(0)), base, "{fork}");
        // EIP-3860.
        let words = if fork >= Fork::Shanghai { 4 } else { 0 };
        assert_eq!(used(fork, &creation(33)), base + 4 * 33 + words, "{fork}");
    }
}

#[test]
fn lists_cost_2400_an_account_1900_a_slot_and_25000_an_authorization() {
    let item = |slots: u64| AccessListItem {
        address: Address::repeat_byte(1),
        slots: (0..slots).map(Into::into).collect(),
    };
    for fork in since(Fork::Berlin) {
        for (list, expected) in [
            (vec![], 0),
            (vec![item(0)], 2_400),
            (vec![item(2)], 2_400 + 2 * 1_900),
            // What is repeated is charged again.
            (vec![item(1), item(1)], 2 * (2_400 + 1_900)),
        ] {
            assert_eq!(used(fork, &access_list(list)), 21_000 + expected, "{fork}");
        }
    }
    for fork in since(Fork::Prague) {
        // Authorizations that do not hold are charged as well.
        for count in [1, 3] {
            let transaction = set_code(vec![Authorization::default(); count]);
            assert_eq!(
                used(fork, &transaction),
                21_000 + 25_000 * count as u64,
                "{fork}"
            );
        }
    }
}
