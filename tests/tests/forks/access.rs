//! What is warm (EIP-2929, EIP-2930, EIP-3651), and that a revert makes it cold again.

use gasworks::{Address, Fork, Transaction};
use gasworks_tests::code::{
    Code, Word, call, create, op, push, push_n, return_top, revert_memory, sload,
};
use gasworks_tests::world::{COINBASE, CONTRACT, OTHER, SENDER, World, low, since, transaction};

/// Runs a look after other code in a transaction; what the look costs, without refunds.
fn cost(world: World, before: Code, look: Code) -> u64 {
    let run = |program: Code| {
        let world = world.clone().account(CONTRACT, 1_000, program + op("STOP"));
        let ran = world.transact_call(500_000);
        ran.gas + ran.refunded
    };
    run(before.clone() + look) - run(before)
}

fn plain(fork: Fork) -> World {
    World::new(fork, Code::default())
}

/// PUSH20 and BALANCE: 3 more than what the look costs.
fn look(address: Address) -> Code {
    push_n(20, address) + op("BALANCE")
}

#[test]
fn sender_target_and_precompiles_are_warm_from_the_start() {
    for fork in since(Fork::Berlin) {
        let cost = |address| cost(plain(fork), Code::default(), look(address)) - 3;
        for warm in [SENDER, CONTRACT, low(1), low(9)] {
            assert_eq!(cost(warm), 100, "{warm:?} in {fork}");
        }
        for cold in [OTHER, low(0x12)] {
            assert_eq!(cost(cold), 2_600, "{cold:?} in {fork}");
        }
        // EIP-3651.
        let coinbase = if fork >= Fork::Shanghai { 100 } else { 2_600 };
        assert_eq!(cost(COINBASE), coinbase, "the coinbase in {fork}");
    }
    // What a transaction creates is warm for its init code.
    let init = look(Address::from_slice(&create_address_of_sender())) + op("STOP");
    let create = Transaction {
        to: None,
        input: init.bytes(),
        ..transaction()
    };
    let ran = plain(Fork::Berlin).transact(&create).expect("valid");
    let input: u64 = init
        .0
        .iter()
        .map(|byte| if *byte == 0 { 4 } else { 16 })
        .sum();
    assert_eq!(ran.gas, 53_000 + input + 3 + 100);
}

/// `keccak256(rlp([0xaa.., 0]))[12..]`.
fn create_address_of_sender() -> [u8; 20] {
    let word = "3c952d36207c0d52743a646e7ac2649009bd358e"
        .word()
        .to_big_endian();
    word[12..].try_into().expect("20 bytes")
}

#[test]
fn every_kind_of_look_warms() {
    let looks: [Code; 8] = [
        look(OTHER),
        push(OTHER) + op("EXTCODESIZE"),
        push(OTHER) + op("EXTCODEHASH"),
        push(0) + push(0) + push(0) + push(OTHER) + op("EXTCODECOPY"),
        call("CALL", OTHER).code(),
        call("CALLCODE", OTHER).code(),
        call("DELEGATECALL", OTHER).code(),
        call("STATICCALL", OTHER).code(),
    ];
    for fork in [Fork::Istanbul, Fork::Berlin, Fork::Osaka] {
        let world = plain(fork).account(OTHER, 1, Code::default());
        for first in &looks {
            let second = cost(world.clone(), first.clone(), look(OTHER)) - 3;
            let expected = if fork >= Fork::Berlin { 100 } else { 700 };
            assert_eq!(second, expected, "{first:x?} in {fork}");
            // And the look itself, after another, costs 2,500 less.
            if fork >= Fork::Berlin {
                let cold = cost(world.clone(), Code::default(), first.clone());
                let warm = cost(world.clone(), look(OTHER), first.clone());
                assert_eq!(cold - warm, 2_500, "{first:x?} in {fork}");
            }
        }
        // SELFDESTRUCT pays 2,600 for a cold heir and nothing for a warm one.
        let destroy = push(OTHER) + op("SELFDESTRUCT");
        let cold = cost(world.clone(), Code::default(), destroy.clone());
        let warm = cost(world.clone(), look(OTHER), destroy);
        assert_eq!(
            cold - warm,
            if fork >= Fork::Berlin { 2_600 } else { 0 },
            "{fork}"
        );
    }
}

#[test]
fn a_revert_makes_cold_again() {
    for fork in since(Fork::Berlin) {
        // The callee looks at an account and at a slot of the caller's storage.
        let callee = look(low(0x5678)) + sload(1);
        for (end, account, slot) in [
            (op("STOP"), 100, 100),
            (revert_memory(0, 0), 2_600, 2_100),
            (op("INVALID"), 2_600, 2_100),
        ] {
            let world = plain(fork).account(OTHER, 0, callee.clone() + end);
            let before = call("DELEGATECALL", OTHER).gas(50_000).code();
            let costs = |look| cost(world.clone(), before.clone(), look) - 3;
            assert_eq!(costs(look(low(0x5678))), account, "{fork}");
            assert_eq!(costs(sload(1)), slot, "{fork}");
            // The callee itself was warmed by its caller.
            assert_eq!(costs(look(OTHER)), 100, "{fork}");
        }
    }
}

#[test]
fn a_created_address_stays_warm_even_if_its_creation_fails() {
    let created = "553e6c30af61e7a3576f31311ea8a620f80d047e".word();
    let see = push_n(20, created) + op("BALANCE");
    for fork in since(Fork::Berlin) {
        for init in [Code::default(), op("INVALID"), revert_memory(0, 0)] {
            assert_eq!(
                cost(plain(fork), create(&init, 0), see.clone()) - 3,
                100,
                "{fork}"
            );
        }
        // One that does not begin, for want of wei, warms nothing.
        assert_eq!(
            cost(plain(fork), create(&Code::default(), 5_000), see.clone()) - 3,
            2_600,
            "{fork}"
        );
    }
}

#[test]
fn everything_is_cold_again_in_the_next_transaction() {
    let program = look(OTHER) + sload(1);
    let world = World::new(Fork::Osaka, program);
    let mut evm = world.evm();
    for nonce in 0..2 {
        let next = Transaction {
            nonce,
            ..transaction()
        };
        let executed = evm.transact(&next).expect("valid");
        assert_eq!(executed.commit().gas_used, 21_000 + 3 + 2_600 + 3 + 2_100);
    }
}

/// Storage slots are warm for one account only.
#[test]
fn slots_belong_to_accounts() {
    let world = plain(Fork::Osaka).account(OTHER, 0, sload(1) + return_top());
    let reads = call("CALL", OTHER).gas(50_000).code();
    let after_own = cost(world.clone(), sload(1), reads.clone());
    let alone = cost(world.clone(), Code::default(), reads.clone());
    assert_eq!(after_own, alone);
    assert_eq!(alone - cost(world, reads.clone(), reads), 2_500 + 2_000);
}

/// A look at an account that has too little gas is no look: the frame fails and everything is undone.
#[test]
fn running_out_of_gas_at_a_cold_account_leaves_it_cold() {
    let world = plain(Fork::Osaka).account(OTHER, 0, look(low(0x5678)));
    let short = call("CALL", OTHER).gas(2_602).code();
    assert_eq!(cost(world.clone(), short, look(low(0x5678))) - 3, 2_600);
    let enough = call("CALL", OTHER).gas(2_603).code();
    assert_eq!(cost(world, enough, look(low(0x5678))) - 3, 100);
}
