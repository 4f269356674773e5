//! Transient storage (EIP-1153): whose it is, what undoes it, and when it ends.

use gasworks::{CallStatus, Fork, Halt, Transaction};
use gasworks_tests::code::{Code, call, op, push, return_top, revert_memory};
use gasworks_tests::world::{OTHER, World, transaction};

fn tstore(slot: u64, value: u64) -> Code {
    push(value) + push(slot) + op("TSTORE")
}

fn tload(slot: u64) -> Code {
    push(slot) + op("TLOAD")
}

fn run(program: Code, callee: Code) -> gasworks_tests::world::Ran {
    World::new(Fork::Cancun, program)
        .account(OTHER, 0, callee)
        .transact_call(500_000)
}

#[test]
fn it_belongs_to_the_account_that_code_runs_on() {
    let after =
        |name| tstore(1, 5) + call(name, OTHER).gas(50_000).code() + tload(1) + return_top();
    for (name, expected) in [("CALL", 5), ("DELEGATECALL", 9), ("CALLCODE", 9)] {
        assert_eq!(
            run(after(name), tstore(1, 9)).word(),
            expected.into(),
            "{name}"
        );
    }
    // It may be read, not written, in a static call.
    let refused = run(after("STATICCALL"), tstore(1, 9));
    assert_eq!(
        refused.calls[0].1.status,
        CallStatus::Halt(Halt::StaticViolation)
    );
    assert_eq!(
        run(after("STATICCALL"), tload(1)).calls[0].1.status,
        CallStatus::Success
    );
}

#[test]
fn it_stays_from_call_to_call_and_is_undone_by_a_revert() {
    // The callee counts its calls in transient storage and returns the count.
    let count = tload(0) + push(1) + op("ADD") + push(0) + op("TSTORE") + tload(0) + return_top();
    let twice = 2 * call("CALL", OTHER).gas(50_000).output(0, 32).code();
    let read = push(0) + op("MLOAD") + return_top();
    assert_eq!(run(twice.clone() + read, count).word(), 2.into());
    for end in [revert_memory(0, 0), op("INVALID")] {
        let program =
            tstore(1, 5) + call("DELEGATECALL", OTHER).gas(50_000).code() + tload(1) + return_top();
        assert_eq!(run(program, tstore(1, 9) + end).word(), 5.into());
    }
}

#[test]
fn it_ends_with_the_transaction() {
    let program = tload(1) + tstore(1, 9) + return_top();
    let world = World::new(Fork::Cancun, program);
    let mut evm = world.evm();
    for nonce in 0..2 {
        let next = Transaction {
            nonce,
            ..transaction()
        };
        assert_eq!(
            evm.transact(&next).expect("valid").commit().output[..],
            [0; 32]
        );
    }
}

#[test]
fn it_refunds_nothing_and_changes_no_storage() {
    let ran = run(tstore(1, 9) + tstore(1, 0) + op("STOP"), Code::default());
    assert_eq!(
        (ran.counter, ran.slot(gasworks_tests::world::CONTRACT, 1)),
        (0, None)
    );
}
