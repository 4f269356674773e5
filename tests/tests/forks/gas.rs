//! Gas between frames: all but one 64th (EIP-150), the stipend, and what a failed call gives back.

use gasworks::{CallStatus, Fork, Halt, U256};
use gasworks_tests::code::{Code, call, create, forever, op, push, return_top};
use gasworks_tests::world::{OTHER, World};

fn calls(fork: Fork, gas: impl gasworks_tests::code::Word) -> gasworks_tests::world::Ran {
    let world = World::new(fork, call("CALL", OTHER).gas(gas).code());
    world.account(OTHER, 1, op("STOP")).call(100_000)
}

#[test]
fn a_call_passes_on_what_it_is_asked_or_all_but_one_64th() {
    // Seven pushes and 40: 99,939 are left. Before EIP-150 asking for more fails.
    for (asked, given) in [
        (1_000u64, Some(1_000)),
        (99_939, Some(99_939)),
        (99_940, None),
        (u64::MAX, None),
    ] {
        let ran = calls(Fork::Homestead, asked);
        match given {
            Some(given) => assert_eq!(ran.calls[0].0, given),
            None => assert_eq!(ran.halt(), Some(Halt::OutOfGas), "{asked}"),
        }
    }
    assert_eq!(
        calls(Fork::Homestead, U256::MAX).halt(),
        Some(Halt::OutOfGas)
    );
    // 700: 99,279 are left, of which 1,551 stay.
    for (asked, given) in [
        (1_000u64, 1_000),
        (97_728, 97_728),
        (97_729, 97_728),
        (u64::MAX, 97_728),
    ] {
        assert_eq!(calls(Fork::Tangerine, asked).calls[0].0, given, "{asked}");
    }
    assert_eq!(calls(Fork::Tangerine, U256::MAX).calls[0].0, 97_728);
}

#[test]
fn a_creation_passes_on_all_gas_or_all_but_one_64th() {
    // Three pushes and 32,000: 67,991 are left, of which 1,062 stay from EIP-150 on.
    for (fork, given) in [
        (Fork::Frontier, 67_991),
        (Fork::Homestead, 67_991),
        (Fork::Tangerine, 66_929),
        (Fork::Osaka, 66_929),
    ] {
        let ran = World::new(fork, create(&Code::default(), 0)).call(100_000);
        assert_eq!(ran.calls[0].0, given, "{fork}");
    }
}

#[test]
fn a_call_with_value_gives_2300_to_its_callee() {
    for fork in Fork::all() {
        for name in ["CALL", "CALLCODE"] {
            let given = |value: u64, gas: u64| {
                let world = World::new(fork, call(name, OTHER).value(value).gas(gas).code());
                world.account(OTHER, 1, op("STOP")).call(100_000).calls[0].0
            };
            assert_eq!(
                (given(0, 0), given(1, 0), given(1, 500)),
                (0, 2_300, 2_800),
                "{fork}"
            );
        }
    }
}

/// A callee that runs out of gas takes what it was given; 63/64 let its caller go on.
#[test]
fn running_out_below() {
    let program = call("CALL", OTHER).gas(U256::MAX).code() + return_top();
    for fork in [Fork::Tangerine, Fork::Osaka] {
        let world = World::new(fork, program.clone()).account(OTHER, 1, forever(Code::default()));
        let ran = world.call(100_000);
        assert_eq!(ran.word(), U256::zero(), "{fork}");
        assert_eq!(ran.calls[0].1.status, CallStatus::Halt(Halt::OutOfGas));
        assert_eq!(ran.calls[0].1.gas_left, 0);
    }
}

/// SELFDESTRUCT of an account refunds 24,000 once, and nothing from London on (EIP-3529).
#[test]
fn refund_of_a_destruction() {
    let destroy = call("CALL", OTHER).gas(50_000).code();
    for fork in Fork::all() {
        let program = destroy.clone() + destroy.clone() + op("STOP");
        let world = World::new(fork, program).account(
            OTHER,
            1,
            push(gasworks_tests::world::SENDER) + op("SELFDESTRUCT"),
        );
        let expected = if fork < Fork::London { 24_000 } else { 0 };
        assert_eq!(world.transact_call(200_000).counter, expected, "{fork}");
    }
}

/// Memory is priced alike in every fork, and the base prices of `opcodes` hold in transactions, too.
#[test]
fn a_transaction_pays_intrinsic_gas_and_what_runs() {
    for fork in Fork::all() {
        // PUSH1, MLOAD and three words of memory.
        let ran = World::new(fork, push(64) + op("MLOAD")).transact_call(1_000);
        assert_eq!(ran.gas, 21_000 + 3 + 3 + 9, "{fork}");
    }
}
