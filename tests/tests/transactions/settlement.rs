//! What becomes of a transaction: its nonce, what it created, and that it is kept or not.

use gasworks::{Address, CallStatus, Fork, Halt, Transaction};
use gasworks_tests::code::{Code, deploy, op, push, return_top, revert_memory, sload, sstore_top};
use gasworks_tests::world::{CONTRACT, SENDER, World, transaction};

/// `keccak256(rlp([0xaa.., 0]))[12..]`.
const CREATED: [u8; 20] = [
    0x3c, 0x95, 0x2d, 0x36, 0x20, 0x7c, 0x0d, 0x52, 0x74, 0x3a, 0x64, 0x6e, 0x7a, 0xc2, 0x64, 0x90,
    0x09, 0xbd, 0x35, 0x8e,
];

#[test]
fn a_creation_deploys_at_the_address_of_sender_and_nonce() {
    let program = push(7) + return_top();
    for fork in Fork::all() {
        let creation = Transaction {
            to: None,
            value: 9.into(),
            input: deploy(&program).bytes(),
            ..transaction()
        };
        let ran = World::new(fork, Code::default())
            .transact(&creation)
            .expect("valid");
        let address = Address(CREATED);
        assert_eq!(
            (ran.status, ran.created),
            (CallStatus::Success, Some(address)),
            "{fork}"
        );
        assert_eq!(ran.code(address), Some(program.bytes()), "{fork}");
        assert_eq!(ran.balance(address), 9.into(), "{fork}");
        assert_eq!(ran.changes.accounts[&SENDER].nonce, 1, "{fork}");
    }
}

#[test]
fn a_creation_that_fails_leaves_nothing() {
    for (init, status) in [
        (revert_memory(0, 4), CallStatus::Revert),
        (op("INVALID"), CallStatus::Halt(Halt::InvalidOpcode)),
    ] {
        let creation = Transaction {
            to: None,
            value: 9.into(),
            input: init.bytes(),
            ..transaction()
        };
        let ran = World::new(Fork::Osaka, Code::default())
            .transact(&creation)
            .expect("valid");
        assert_eq!((ran.status, ran.created), (status, None));
        assert!(!ran.changes.accounts.contains_key(&Address(CREATED)));
        let output = if status == CallStatus::Revert { 4 } else { 0 };
        assert_eq!(ran.output.len(), output, "the reason of a revert is there");
    }
}

/// A counter, run three times: what is dropped or discarded has not happened, what is committed has.
#[test]
fn commit_discard_and_drop() {
    let program = sload(0) + push(1) + op("ADD") + sstore_top(0) + sload(0) + return_top();
    for fork in Fork::all() {
        let world = World::new(fork, program.clone());
        let mut evm = world.evm();
        let first = transaction();
        drop(evm.transact(&first).expect("valid"));
        assert_eq!(
            evm.transact(&first).expect("valid").discard().output[31],
            1,
            "{fork}"
        );
        let executed = evm.transact(&first).expect("the nonce is still 0");
        let changes = executed.changes();
        assert_eq!(executed.commit().output[31], 1, "{fork}");
        assert!(evm.transact(&first).is_err(), "{fork}: the nonce is 1");
        let second = Transaction {
            nonce: 1,
            ..transaction()
        };
        assert_eq!(
            evm.transact(&second).expect("valid").commit().output[31],
            2,
            "{fork}"
        );
        // The same from a database that has the first one's changes.
        let mut database = world.database.clone();
        database.apply(&changes);
        let applied = World { database, ..world };
        assert_eq!(
            applied.transact(&second).expect("valid").output[31],
            2,
            "{fork}"
        );
    }
}

/// A transaction that fails is kept all the same: its nonce and its fee.
#[test]
fn a_failed_transaction_counts() {
    let world = World::new(Fork::Osaka, op("INVALID"));
    let mut evm = world.evm();
    for nonce in 0..3 {
        let next = Transaction {
            nonce,
            gas_limit: 30_000,
            ..transaction()
        };
        let outcome = evm.transact(&next).expect("valid").commit();
        assert_eq!(outcome.gas_used, 30_000);
    }
    assert!(evm.transact(&transaction()).is_err());
}

#[test]
fn gas_left_is_what_the_limit_has_over_what_is_used() {
    // With exactly the gas that is needed it succeeds, and with one less it does not.
    let program = push(7) + return_top();
    // 6 pushes and stores: 3 + 3 + 6 + 3 + 3.
    for fork in Fork::all() {
        let run = |gas| World::new(fork, program.clone()).transact_call(gas);
        let (exact, less) = (run(18), run(17));
        assert_eq!(
            (exact.status, exact.gas),
            (CallStatus::Success, 21_018),
            "{fork}"
        );
        assert_eq!(
            (less.halt(), less.gas),
            (Some(Halt::OutOfGas), 21_017),
            "{fork}"
        );
        assert!(!less.changes.accounts.contains_key(&CONTRACT), "{fork}");
    }
}
