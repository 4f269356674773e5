//! SELFDESTRUCT: who is deleted and where the wei goes, before and after EIP-6780.

use gasworks::{Address, Bytes, CallStatus, Fork, Message, U256};
use gasworks_tests::code::{
    Code, Word, call, create, create2, op, push, return_top, sload, sstore, sstore_top,
};
use gasworks_tests::world::{CONTRACT, OTHER, SENDER, World, message};

/// Where the init code of the last test is created.
const CREATED_ANEW: &str = "cc120045cb993ee19aca50e4c5b600ecaa42401e";
const HEIR: Address = Address::repeat_byte(0x99);

fn destroy(heir: Address) -> Code {
    push(heir) + op("SELFDESTRUCT")
}

#[test]
fn an_old_contract_is_deleted_before_cancun_only() {
    for fork in Fork::all() {
        let world = World::new(fork, call("CALL", OTHER).gas(100_000).code());
        let ran = world
            .account(OTHER, 50, destroy(HEIR))
            .transact_call(300_000);
        assert_eq!(ran.deleted(OTHER), fork < Fork::Cancun, "{fork}");
        assert_eq!(ran.balance(HEIR), 50.into(), "{fork}");
        if fork >= Fork::Cancun {
            assert_eq!(
                (ran.balance(OTHER), ran.changes.accounts[&OTHER].nonce),
                (0.into(), 1),
                "{fork}"
            );
        }
    }
}

/// To itself: the wei is burnt when the contract is deleted, and stays when it is not.
#[test]
fn an_old_contract_that_leaves_all_to_itself() {
    for fork in Fork::all() {
        let world = World::new(
            fork,
            call("CALL", OTHER).gas(100_000).code() + push(OTHER) + op("BALANCE") + return_top(),
        );
        let ran = world
            .account(OTHER, 50, destroy(OTHER))
            .transact_call(300_000);
        let kept = fork >= Fork::Cancun;
        assert_eq!(ran.deleted(OTHER), !kept, "{fork}");
        assert_eq!(
            ran.word(),
            if kept { 50.into() } else { U256::zero() },
            "{fork}"
        );
    }
}

/// Created and destroyed in one transaction: deleted in every fork.
#[test]
fn a_new_contract_is_deleted_in_every_fork() {
    let created = Address::from_slice(&[
        0x55, 0x3e, 0x6c, 0x30, 0xaf, 0x61, 0xe7, 0xa3, 0x57, 0x6f, 0x31, 0x31, 0x1e, 0xa8, 0xa6,
        0x20, 0xf8, 0x0d, 0x04, 0x7e,
    ]);
    for fork in Fork::all() {
        for (heir, inherited) in [(HEIR, Some(7)), (created, None)] {
            // In its init code.
            let ran =
                World::new(fork, create(&destroy(heir), 7) + op("STOP")).transact_call(300_000);
            assert_eq!(ran.balance(CONTRACT), 993.into(), "{fork}");
            assert!(
                !ran.changes.accounts.contains_key(&created),
                "{fork}: it never was"
            );
            assert_eq!(
                inherited.map(U256::from),
                inherited.map(|_| ran.balance(HEIR)),
                "{fork}"
            );
            // In a call after it was deployed.
            let deployed = gasworks_tests::code::deploy(&(sstore(0, 1) + destroy(heir)));
            let program =
                create(&deployed, 7) + op("POP") + call("CALL", created).gas(90_000).code();
            let ran = World::new(fork, program + op("STOP")).transact_call(500_000);
            assert_eq!(
                ran.calls.last().map(|call| call.1.status),
                Some(CallStatus::Success),
                "{fork}"
            );
            assert!(
                !ran.changes.accounts.contains_key(&created),
                "{fork}: it never was"
            );
            assert_eq!(
                inherited.map(U256::from),
                inherited.map(|_| ran.balance(HEIR)),
                "{fork}"
            );
        }
    }
}

/// Wei that reaches a contract between its destruction and the end of the transaction is burnt with it.
#[test]
fn wei_sent_to_a_destroyed_contract_is_burnt() {
    for fork in Fork::all() {
        let program = call("CALL", OTHER).gas(60_000).code()
            + call("CALL", OTHER).value(30).gas(60_000).code();
        let ran = World::new(fork, program)
            .account(OTHER, 50, destroy(HEIR))
            .transact_call(300_000);
        // The second call runs the code again, which passes the 30 on.
        assert_eq!(
            ran.balance(HEIR),
            80.into(),
            "{fork}: code runs until the end of the transaction"
        );
        let program = call("CALL", OTHER).gas(60_000).code() + destroy(OTHER);
        let ran = World::new(fork, program)
            .account(OTHER, 50, destroy(HEIR))
            .transact_call(300_000);
        assert_eq!(ran.balance(HEIR), 50.into(), "{fork}");
        if fork < Fork::Cancun {
            assert!(ran.deleted(OTHER) && ran.deleted(CONTRACT), "{fork}");
        } else {
            assert_eq!(ran.balance(OTHER), 1_000.into(), "{fork}");
        }
    }
}

/// A destruction that is reverted has not happened.
#[test]
fn a_reverted_destruction_deletes_nothing() {
    for fork in Fork::all() {
        let middle = call("CALL", OTHER).gas(40_000).code() + op("INVALID");
        let world = World::new(
            fork,
            call("CALL", HEIR).gas(90_000).code() + push(OTHER) + op("BALANCE") + return_top(),
        );
        let ran = world
            .account(HEIR, 0, middle)
            .account(OTHER, 50, destroy(SENDER))
            .transact_call(300_000);
        assert_eq!(ran.word(), 50.into(), "{fork}");
        assert!(!ran.deleted(OTHER), "{fork}");
    }
}

/// In the next transaction a deleted contract is gone, with its storage, and can be created anew (CREATE2).
#[test]
fn storage_of_a_deleted_contract_is_gone_in_the_next_transaction() {
    // Called with input, OTHER is destroyed; without, it counts.
    let count = sload(0) + push(1) + op("ADD") + sstore_top(0) + sload(0) + return_top();
    let tail = op("JUMPDEST") + destroy(HEIR);
    let head = op("CALLDATASIZE") + push(count.size() + 4) + op("JUMPI");
    let program = head + count + tail;
    for fork in [Fork::Shanghai, Fork::Cancun] {
        let world = World::new(fork, program.clone()).slot(0, 41);
        let mut evm = world.evm();
        let message = gasworks_tests::world::message(100_000);
        assert_eq!(evm.call(&message).expect("counts").commit().output[31], 42);
        let destroyed = gasworks::Message {
            input: vec![1].into(),
            ..message.clone()
        };
        evm.call(&destroyed).expect("destroys").commit();
        let output = evm
            .call(&message)
            .expect("counts or is gone")
            .commit()
            .output;
        let expected: &[u8] = if fork < Fork::Cancun { &[] } else { &[43] };
        assert_eq!(
            output.last().into_iter().copied().collect::<Vec<u8>>(),
            expected,
            "{fork}"
        );
    }
}

/// What is destroyed keeps working until the transaction ends.
#[test]
fn a_destroyed_contract_keeps_code_and_storage_until_the_end() {
    let counts = sload(0) + push(1) + op("ADD") + sstore_top(0) + sload(0) + push(0) + op("MSTORE");
    let program =
        3 * call("CALL", OTHER).gas(90_000).code() + push(OTHER) + op("EXTCODESIZE") + return_top();
    let code = counts + destroy(HEIR);
    for fork in [Fork::Byzantium, Fork::Shanghai, Fork::Cancun] {
        let ran = World::new(fork, program.clone())
            .account(OTHER, 0, code.clone())
            .transact_call(500_000);
        assert_eq!(ran.word(), code.size().into(), "{fork}");
        let count = if fork < Fork::Cancun {
            None
        } else {
            Some(3.into())
        };
        assert_eq!(ran.slot(OTHER, 0), count, "{fork}");
    }
}

/// Also from Cancun on, where only a contract of the same transaction is destroyed.
#[test]
fn wei_sent_to_a_new_destroyed_contract_is_burnt() {
    let created = "553e6c30af61e7a3576f31311ea8a620f80d047e".word();
    for fork in Fork::all() {
        // Destroyed in its init code, with 7 wei for the heir; then it is sent 5 more.
        let program = create(&destroy(HEIR), 7) + push(created) + op("BALANCE") + op("POP");
        let program = program + call("CALL", created).value(5).gas(10_000).code();
        let ran = World::new(fork, program + op("STOP")).transact_call(300_000);
        assert_eq!(ran.balance(HEIR), 7.into(), "{fork}");
        assert_eq!(ran.balance(CONTRACT), (1_000 - 7 - 5).into(), "{fork}");
        let address = Address::from_slice(&created.to_big_endian()[12..]);
        assert!(
            !ran.changes.accounts.contains_key(&address),
            "{fork}: the 5 are burnt"
        );
    }
}

/// A contract that was deleted and is created anew at its address (CREATE2) begins with empty storage, whether its slots
/// were read before or only the database knows them (before Cancun; from then on its address stays taken).
#[test]
fn storage_of_a_contract_created_anew_is_empty() {
    // Init code that deploys the value of slot 0 as one word.
    let init = sload(0) + return_top();
    // keccak256(0xff ‖ 0xcc.. ‖ 9 ‖ keccak256(init))[12..]
    let address = Address::from_slice(&CREATED_ANEW.word().to_big_endian()[12..]);
    let create = create2(&init, 0, 9) + return_top();
    for fork in [
        Fork::Constantinople,
        Fork::Istanbul,
        Fork::Shanghai,
        Fork::Cancun,
    ] {
        for (what, before) in [
            ("read", sload(0)),
            ("unread", Code::default()),
            ("written", sstore(0, 6)),
        ] {
            let mut world =
                World::new(fork, create.clone()).account(address, 0, before + destroy(HEIR));
            world.database.insert_storage(address, 0.into(), 5.into());
            let mut evm = world.evm();
            let destroys = Message::call(SENDER, address, Bytes::new(), 100_000);
            assert_eq!(
                evm.call(&destroys).expect("a call").commit().status,
                CallStatus::Success
            );
            let executed = evm.call(&message(200_000)).expect("a call");
            let created = U256::from_big_endian(&executed.outcome().output);
            if fork >= Fork::Cancun {
                assert_eq!(created, U256::zero(), "{what} in {fork}");
                continue;
            }
            assert_eq!(created, address.word(), "{what} in {fork}");
            let code = executed.changes().accounts[&address].code.clone();
            assert_eq!(code, Some(vec![0; 32].into()), "{what} in {fork}");
        }
    }
}
