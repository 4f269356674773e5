//! Delegated code (EIP-7702): what runs, what it costs, and what looks at it see. Authorizations are in `transactions`.

use gasworks::{Address, CallStatus, Fork, Halt, Transaction, U256};
use gasworks_tests::code::{Code, Word, call, op, push, push_n, raw, return_top, sstore};
use gasworks_tests::world::{CONTRACT, OTHER, Ran, SENDER, World, low, since, transaction};

/// Has code that delegates.
const ALICE: Address = Address::repeat_byte(0xa1);
/// What [`ALICE`] delegates to.
const DELEGATE: Address = Address::repeat_byte(0xdd);

/// `0xef0100 ‖ address`.
fn delegation(to: Address) -> Code {
    raw([&[0xef, 0x01, 0x00][..], &to.0].concat())
}

fn world(fork: Fork, program: Code) -> World {
    World::new(fork, program).account(ALICE, 10, delegation(DELEGATE))
}

/// What the delegate does: returns ADDRESS and writes 1 to slot 0.
fn delegate() -> Code {
    sstore(0, 1) + op("ADDRESS") + return_top()
}

#[test]
fn the_delegate_s_code_runs_on_the_account_from_prague_on() {
    for fork in Fork::all() {
        let program = call("CALL", ALICE).gas(60_000).output(0, 32).code() + return_top();
        let ran = world(fork, program)
            .account(DELEGATE, 0, delegate())
            .transact_call(200_000);
        let inner = ran.calls[0].1.status;
        if fork >= Fork::Prague {
            assert_eq!(inner, CallStatus::Success, "{fork}");
            assert_eq!(ran.slot(ALICE, 0), Some(1.into()), "{fork}");
            assert_eq!(ran.calls[0].1.output[12..], ALICE.0, "{fork}");
        } else {
            // Before, 0xef is an invalid instruction.
            assert_eq!(inner, CallStatus::Halt(Halt::InvalidOpcode), "{fork}");
        }
    }
}

#[test]
fn whose_storage_it_is() {
    let run = |name| {
        let program = call(name, ALICE).gas(60_000).code();
        world(Fork::Prague, program)
            .account(DELEGATE, 0, delegate())
            .transact_call(200_000)
    };
    let written = |ran: &Ran| [CONTRACT, ALICE, DELEGATE].map(|at| ran.slot(at, 0).is_some());
    assert_eq!(written(&run("CALL")), [false, true, false]);
    assert_eq!(written(&run("CALLCODE")), [true, false, false]);
    assert_eq!(written(&run("DELEGATECALL")), [true, false, false]);
    let refused = run("STATICCALL");
    assert_eq!(
        refused.calls[0].1.status,
        CallStatus::Halt(Halt::StaticViolation)
    );
}

/// 2,600 for the account and 2,600 for its delegate; each 100 where it is warm.
#[test]
fn prices_of_cold_and_warm_delegates() {
    let warm = |address: Address| push_n(20, address) + op("BALANCE") + op("POP");
    let cost = |before: Code, name| {
        let run = |program: Code| {
            let world = world(Fork::Prague, program).account(DELEGATE, 1, op("STOP"));
            world.transact_call(100_000).gas
        };
        let look = call(name, ALICE).code();
        let pushes = (look.0.len() as u64 - 22) / 2 * 3 + 3;
        run(before.clone() + look) - run(before) - pushes
    };
    for name in ["CALL", "CALLCODE", "DELEGATECALL", "STATICCALL"] {
        assert_eq!(cost(Code::default(), name), 5_200, "{name}");
        assert_eq!(cost(warm(ALICE), name), 2_700, "{name}");
        assert_eq!(cost(warm(DELEGATE), name), 2_700, "{name}");
        assert_eq!(cost(warm(ALICE) + warm(DELEGATE), name), 200, "{name}");
        // The call warms both.
        assert_eq!(
            cost(call(name, ALICE).code() + op("POP"), name),
            200,
            "{name}"
        );
    }
    // To look at the account is not to look at the delegate.
    assert_eq!(
        cost(
            warm(ALICE) + push_n(20, ALICE) + op("EXTCODESIZE") + op("POP"),
            "CALL"
        ),
        2_700
    );
}

/// The target of a transaction and its delegate are warm; nothing is charged for the delegate.
#[test]
fn a_transaction_to_a_delegated_account() {
    for fork in since(Fork::Prague) {
        let looks = push_n(20, DELEGATE) + op("BALANCE") + push_n(20, ALICE) + op("BALANCE");
        let world = world(fork, Code::default()).account(DELEGATE, 0, looks);
        let ran = world
            .transact(&Transaction {
                to: Some(ALICE),
                ..transaction()
            })
            .expect("valid");
        assert_eq!(ran.gas, 21_000 + 2 * (3 + 100), "{fork}");
    }
}

/// What looks at code sees the 23 bytes.
#[test]
fn looks_see_the_delegation_itself() {
    let run = |look: Code| {
        let world = world(Fork::Prague, look + return_top());
        world
            .account(DELEGATE, 0, delegate())
            .transact_call(100_000)
            .word()
    };
    assert_eq!(run(push(ALICE) + op("EXTCODESIZE")), 23.into());
    // keccak256(0xef0100 ‖ 0xdd..).
    let hash = "db2e5acab288358b119fac735839d37cdf7f8364c1c29c1d9fe625a542614c3b";
    assert_eq!(run(push(ALICE) + op("EXTCODEHASH")), hash.word());
    let copy =
        push(32) + push(0) + push(0) + push(ALICE) + op("EXTCODECOPY") + push(0) + op("MLOAD");
    let bytes = "ef0100".to_owned() + &"dd".repeat(20) + &"00".repeat(9);
    assert_eq!(run(copy), bytes.as_str().word());
    // From within, CODESIZE and CODECOPY see the code that runs.
    let program =
        call("CALL", ALICE).gas(60_000).output(0, 32).code() + push(0) + op("MLOAD") + return_top();
    let inside = op("CODESIZE") + return_top();
    let size = inside.size();
    let ran = world(Fork::Prague, program)
        .account(DELEGATE, 0, inside)
        .transact_call(100_000);
    assert_eq!(ran.word(), size.into());
}

#[test]
fn delegates_that_are_no_ordinary_code() {
    let run = |to: Address, change: fn(World) -> World| {
        let program = call("CALL", ALICE)
            .gas(50_000)
            .value(1)
            .output(0, 32)
            .code()
            + return_top();
        let world = World::new(Fork::Prague, program).account(ALICE, 10, delegation(to));
        change(world).transact_call(200_000).calls[0].1.clone()
    };
    let unchanged: fn(World) -> World = |world| world;
    // An account without code, and a precompile: nothing runs.
    for nothing in [DELEGATE, SENDER, low(2), low(0x0b)] {
        let outcome = run(nothing, unchanged);
        assert_eq!(
            (outcome.status, outcome.gas_left),
            (CallStatus::Success, 52_300),
            "{nothing:?}"
        );
        assert!(outcome.output.is_empty(), "{nothing:?}");
    }
    // To itself, and to another account that delegates: only one step is followed, and 0xef is no instruction.
    let invalid = CallStatus::Halt(Halt::InvalidOpcode);
    assert_eq!(run(ALICE, unchanged).status, invalid);
    let chain: fn(World) -> World = |world| {
        world
            .account(DELEGATE, 0, delegation(OTHER))
            .account(OTHER, 0, op("STOP"))
    };
    assert_eq!(run(DELEGATE, chain).status, invalid);
}

/// Only 23 bytes with this prefix are a delegation.
#[test]
fn other_code_with_the_prefix_is_not_one() {
    for code in [
        raw([0xef, 0x01, 0x00]),
        raw([&[0xef, 0x01, 0x00][..], &[0xdd; 19]].concat()),
        raw([&[0xef, 0x01, 0x00][..], &[0xdd; 21]].concat()),
        raw([&[0xef, 0x01, 0x01][..], &[0xdd; 20]].concat()),
    ] {
        let world = World::new(Fork::Prague, call("CALL", ALICE).gas(50_000).code());
        let ran = world
            .account(ALICE, 0, code)
            .account(DELEGATE, 0, op("STOP"))
            .transact_call(200_000);
        assert_eq!(ran.calls[0].1.status, CallStatus::Halt(Halt::InvalidOpcode));
        // It would cost 2,600 more.
        assert_eq!(ran.gas, 21_000 + 21 + 2_600 + 50_000);
    }
}

/// A delegated account is an account with code to whoever creates contracts, and may send transactions.
#[test]
fn a_delegated_account_may_send() {
    for (fork, may) in [(Fork::Cancun, false), (Fork::Prague, true)] {
        let mut world = World::new(fork, op("STOP"));
        world.database.insert_account(
            SENDER,
            0,
            U256::from(10u64.pow(18)),
            delegation(DELEGATE).bytes(),
        );
        assert_eq!(world.transact(&transaction()).is_ok(), may, "{fork}");
    }
}
