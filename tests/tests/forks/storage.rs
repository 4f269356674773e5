//! SSTORE: all transitions with gas and refund (EIP-1283, EIP-1716, EIP-2200, EIP-2929, EIP-3529).

use gasworks::{CallStatus, Fork, Halt};
use gasworks_tests::code::{call, op, return_top, sload, sstore};
use gasworks_tests::world::{CONTRACT, OTHER, World};

/// Original, current and new value, with gas and refund before net metering, in Constantinople, in Istanbul, in Berlin
/// and in London.
type Row = ([u64; 3], [(u64, i64); 5]);

#[rustfmt::skip]
const TRANSITIONS: &[Row] = &[
    ([0, 0, 0], [(5_000, 0), (200, 0), (800, 0), (100, 0), (100, 0)]),
    ([1, 1, 1], [(5_000, 0), (200, 0), (800, 0), (100, 0), (100, 0)]),
    ([1, 2, 2], [(5_000, 0), (200, 0), (800, 0), (100, 0), (100, 0)]),
    ([1, 0, 0], [(5_000, 0), (200, 0), (800, 0), (100, 0), (100, 0)]),
    ([0, 0, 1], [(20_000, 0), (20_000, 0), (20_000, 0), (20_000, 0), (20_000, 0)]),
    ([1, 1, 0], [(5_000, 15_000), (5_000, 15_000), (5_000, 15_000), (2_900, 15_000), (2_900, 4_800)]),
    ([1, 1, 2], [(5_000, 0), (5_000, 0), (5_000, 0), (2_900, 0), (2_900, 0)]),
    ([1, 0, 2], [(20_000, 0), (200, -15_000), (800, -15_000), (100, -15_000), (100, -4_800)]),
    ([1, 2, 0], [(5_000, 15_000), (200, 15_000), (800, 15_000), (100, 15_000), (100, 4_800)]),
    ([1, 0, 1], [(20_000, 0), (200, -10_200), (800, -10_800), (100, -12_200), (100, -2_000)]),
    ([0, 1, 0], [(5_000, 15_000), (200, 19_800), (800, 19_200), (100, 19_900), (100, 19_900)]),
    ([1, 2, 1], [(5_000, 0), (200, 4_800), (800, 4_200), (100, 2_800), (100, 2_800)]),
    ([0, 1, 2], [(5_000, 0), (200, 0), (800, 0), (100, 0), (100, 0)]),
    ([1, 2, 3], [(5_000, 0), (200, 0), (800, 0), (100, 0), (100, 0)]),
];

#[test]
fn transitions() {
    for fork in Fork::all() {
        let column = match fork {
            Fork::Constantinople => 1,
            Fork::Istanbul | Fork::MuirGlacier => 2,
            Fork::Berlin => 3,
            _ if fork > Fork::Berlin => 4,
            _ => 0,
        };
        for (values, prices) in TRANSITIONS {
            let [original, current, new] = *values;
            // The slot is warm throughout.
            let mut before = sload(1) + op("POP");
            if current != original {
                before = before + sstore(1, current);
            }
            let run = |program| {
                World::new(fork, program + op("STOP"))
                    .slot(1, original)
                    .transact_call(100_000)
            };
            let (base, ran) = (run(before.clone()), run(before + sstore(1, new)));
            let gas = |ran: &gasworks_tests::world::Ran| ran.gas + ran.refunded;
            let found = (gas(&ran) - gas(&base) - 6, ran.counter - base.counter);
            assert_eq!(found, prices[column], "{values:?} in {fork}");
            let changed = (new != original).then_some(new.into());
            assert_eq!(ran.slot(CONTRACT, 1), changed, "{values:?} in {fork}");
        }
    }
}

/// EIP-2929: 2,100 for a cold slot on top, whatever the transition.
#[test]
fn a_cold_slot_costs_more_from_berlin_on() {
    for (original, new, berlin) in [
        (0, 0, 2_200),
        (0, 1, 22_100),
        (1, 0, 5_000),
        (1, 2, 5_000),
        (1, 1, 2_200),
    ] {
        for fork in [Fork::Berlin, Fork::London, Fork::Osaka] {
            let ran = World::new(fork, sstore(1, new))
                .slot(1, original)
                .call(100_000);
            assert_eq!(ran.gas, 6 + berlin, "{original} to {new} in {fork}");
        }
    }
}

/// A slot is original again in the next transaction.
#[test]
fn the_original_value_is_that_of_the_transaction() {
    let increment =
        sload(1) + gasworks_tests::code::push(1) + op("ADD") + gasworks_tests::code::sstore_top(1);
    let world = World::new(Fork::Istanbul, increment).slot(1, 1);
    let mut evm = world.evm();
    for _ in 0..3 {
        let executed = evm
            .call(&gasworks_tests::world::message(100_000))
            .expect("a call");
        // SLOAD 800, SSTORE of a clean slot 5,000, four pushes and ADD.
        assert_eq!(executed.commit().gas_used, 800 + 5_000 + 3 * 3 + 3);
    }
}

/// EIP-2200: SSTORE fails with no more gas left than the stipend.
#[test]
fn the_stipend_writes_in_constantinople_only() {
    let write = call("CALL", OTHER).value(1).code() + return_top();
    for (fork, writes) in [
        (Fork::Byzantium, false),
        (Fork::Constantinople, true),
        (Fork::Petersburg, false),
        (Fork::Istanbul, false),
        (Fork::Osaka, false),
    ] {
        // A write that changes nothing costs 200, 800 or 100 under net metering.
        let world = World::new(fork, write.clone()).account(OTHER, 0, sstore(0, 0));
        assert_eq!(
            world.call(100_000).word(),
            u64::from(writes).into(),
            "{fork}"
        );
    }
    for (fork, gas, halt) in [
        (Fork::Istanbul, 2_300, Some(Halt::OutOfGas)),
        (Fork::Istanbul, 2_301, None),
        (Fork::Osaka, 2_300, Some(Halt::OutOfGas)),
        (Fork::Osaka, 2_301, None),
        (Fork::Constantinople, 200, None),
        (Fork::Constantinople, 199, Some(Halt::OutOfGas)),
    ] {
        assert_eq!(
            World::new(fork, sstore(0, 0)).call(6 + gas).halt(),
            halt,
            "{gas} in {fork}"
        );
    }
}

/// Half of the gas used, a fifth from London on (EIP-3529).
#[test]
fn refunds_are_capped() {
    // Two slots cleared: 21,000 + 2 * (5,000 + 6).
    let used = 31_012;
    for (fork, refunded) in [
        (Fork::Frontier, 15_506),
        (Fork::Byzantium, 15_506),
        (Fork::Istanbul, 15_506),
        (Fork::Berlin, 15_506),
        (Fork::London, 6_202),
        (Fork::Osaka, 6_202),
    ] {
        let world = World::new(fork, sstore(1, 0) + sstore(2, 0))
            .slot(1, 1)
            .slot(2, 1);
        let ran = world.transact_call(100_000);
        assert_eq!(
            (ran.gas, ran.refunded),
            (used - refunded, refunded),
            "{fork}"
        );
    }
    // One slot: 26,006, of which a fifth is more than 4,800 and a half less than 15,000.
    for (fork, refunded) in [(Fork::Berlin, 13_003), (Fork::London, 4_800)] {
        let ran = World::new(fork, sstore(1, 0))
            .slot(1, 1)
            .transact_call(100_000);
        assert_eq!(
            (ran.gas, ran.refunded),
            (26_006 - refunded, refunded),
            "{fork}"
        );
    }
}

#[test]
fn what_reverts_refunds_nothing() {
    for end in [gasworks_tests::code::revert_memory(0, 0), op("INVALID")] {
        let ran = World::new(Fork::Osaka, sstore(1, 0) + end)
            .slot(1, 1)
            .transact_call(100_000);
        assert_ne!(ran.status, CallStatus::Success);
        assert_eq!(ran.refunded, 0);
    }
}
