//! Authorizations (EIP-7702): which hold, which are skipped, what is refunded.

use gasworks::{
    Address, Authorization, Bytes, CallStatus, Fork, Transaction, U256, address_of_secret,
};
use gasworks_tests::code::{Code, Word, op, push, push_n, raw, return_top, sstore};
use gasworks_tests::world::{CONTRACT, OTHER, RICH, Ran, World};

use crate::make::set_code;

const SECRET: [u8; 32] = [0x42; 32];
const CODE: Address = Address::repeat_byte(0xdd);

fn authority() -> Address {
    address_of_secret(&SECRET).expect("a key")
}

fn sign(chain: u64, code: Address, nonce: u64) -> Authorization {
    Authorization::sign(chain.into(), code, nonce, &SECRET).expect("a key")
}

fn delegation(to: Address) -> Bytes {
    [&[0xef, 0x01, 0x00][..], &to.0].concat().into()
}

/// A world in which the authority has a nonce and code; with nonce 0 and no code it does not exist.
fn world(nonce: u64, code: Bytes) -> World {
    let mut world = World::new(Fork::Prague, op("STOP"));
    if nonce > 0 || !code.is_empty() {
        world
            .database
            .insert_account(authority(), nonce, 0.into(), code);
    }
    world
}

fn run(world: &World, authorizations: Vec<Authorization>) -> Ran {
    world.transact(&set_code(authorizations)).expect("valid")
}

/// The authority's nonce and code afterwards, where it changed.
fn after(ran: &Ran) -> Option<(u64, Option<Bytes>)> {
    let account = ran.changes.accounts.get(&authority())?;
    Some((account.nonce, account.code.clone()))
}

#[test]
fn one_that_holds_sets_code_and_nonce() {
    for chain in [1, 0] {
        for nonce in [0, 5] {
            let ran = run(&world(nonce, Bytes::new()), vec![sign(chain, CODE, nonce)]);
            assert_eq!(
                after(&ran),
                Some((nonce + 1, Some(delegation(CODE)))),
                "{chain}, {nonce}"
            );
        }
    }
    // The last possible nonce.
    let ran = run(
        &world(u64::MAX - 1, Bytes::new()),
        vec![sign(1, CODE, u64::MAX - 1)],
    );
    assert_eq!(after(&ran), Some((u64::MAX, Some(delegation(CODE)))));
    // An account that delegates may delegate to another.
    let ran = run(&world(3, delegation(OTHER)), vec![sign(1, CODE, 3)]);
    assert_eq!(after(&ran), Some((4, Some(delegation(CODE)))));
    // The zero address takes the delegation away.
    let ran = run(
        &world(3, delegation(OTHER)),
        vec![sign(1, Address::zero(), 3)],
    );
    assert_eq!(after(&ran), Some((4, Some(Bytes::new()))));
}

#[test]
fn those_that_do_not_hold_are_skipped() {
    let order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141".word();
    let good = sign(1, CODE, 5);
    let with = |change: fn(&mut Authorization, U256)| {
        let mut authorization = good;
        change(&mut authorization, order);
        authorization
    };
    let skipped = [
        ("another chain", sign(2, CODE, 5)),
        (
            "a chain of more than 64 bits",
            with(|it, _| it.chain_id = (U256::one() << 64) + 1),
        ),
        ("a nonce too low", sign(1, CODE, 4)),
        ("a nonce too high", sign(1, CODE, 6)),
        ("the largest nonce", sign(1, CODE, u64::MAX)),
        ("another parity", with(|it, _| it.signature.y_parity ^= 1)),
        ("no parity", with(|it, _| it.signature.y_parity = 27)),
        ("r is zero", with(|it, _| it.signature.r = U256::zero())),
        ("s is zero", with(|it, _| it.signature.s = U256::zero())),
        ("r is the order", with(|it, order| it.signature.r = order)),
        // The same signature with a high s (EIP-2).
        (
            "a high s",
            with(|it, order| {
                it.signature.s = order - it.signature.s;
                it.signature.y_parity ^= 1;
            }),
        ),
    ];
    for (what, authorization) in skipped {
        let ran = run(&world(5, Bytes::new()), vec![authorization]);
        assert_eq!(ran.status, CallStatus::Success, "{what}");
        assert_eq!(after(&ran), None, "{what}");
        // It is charged, and nothing is refunded.
        assert_eq!((ran.gas, ran.refunded), (46_000, 0), "{what}");
    }
    // An account with other code.
    let ran = run(&world(5, raw([0x00]).bytes()), vec![good]);
    assert_eq!((after(&ran), ran.gas), (None, 46_000));
    // An account at its largest nonce.
    assert_eq!(
        after(&run(
            &world(u64::MAX, Bytes::new()),
            vec![sign(1, CODE, u64::MAX)]
        )),
        None
    );
}

/// Those after one that is skipped hold, and they follow one another.
#[test]
fn several_in_a_row() {
    let list = vec![
        sign(1, OTHER, 0),
        sign(1, OTHER, 0),
        sign(1, CODE, 1),
        sign(2, OTHER, 2),
    ];
    let ran = run(&world(0, Bytes::new()), list);
    assert_eq!(after(&ran), Some((2, Some(delegation(CODE)))));
    // 21,000 + 4 * 25,000; the second one that held found the account there.
    assert_eq!(ran.counter, 12_500);
    assert_eq!(ran.gas, 121_000 - 12_500);
}

#[test]
fn an_account_that_exists_is_refunded_12500() {
    for (nonce, balance, counter) in [
        (0, None, 0),
        (5, None, 12_500),
        (0, Some(1), 12_500),
        // One that is empty is there all the same.
        (0, Some(0), 12_500),
    ] {
        let mut world = world(nonce, Bytes::new());
        if let Some(balance) = balance {
            world
                .database
                .insert_account(authority(), nonce, U256::from(balance), Bytes::new());
        }
        let ran = run(&world, vec![sign(1, CODE, nonce)]);
        assert_eq!(ran.counter, counter, "{nonce}, {balance:?}");
        // A fifth of 46,000 at most (EIP-3529).
        assert_eq!(
            ran.refunded,
            9_200.min(counter as u64),
            "{nonce}, {balance:?}"
        );
    }
}

/// The nonce of a sender who authorises is already one higher.
#[test]
fn the_sender_may_authorise() {
    for (nonce, holds) in [(7, false), (8, true)] {
        let mut world = world(0, Bytes::new());
        world
            .database
            .insert_account(authority(), 7, RICH.into(), Bytes::new());
        let transaction = Transaction {
            sender: authority(),
            nonce: 7,
            ..set_code(vec![sign(1, CODE, nonce)])
        };
        let ran = world.transact(&transaction).expect("valid");
        let (after, code) = after(&ran).expect("its nonce");
        assert_eq!((after, code.is_some()), (if holds { 9 } else { 8 }, holds));
    }
}

/// The transaction that delegates already runs the code.
#[test]
fn the_delegation_holds_at_once_and_outlives_a_failure() {
    for (end, slot) in [(op("STOP"), Some(1.into())), (op("INVALID"), None)] {
        let world = world(0, Bytes::new()).account(CODE, 0, sstore(0, 1) + end);
        let to = Transaction {
            to: Some(authority()),
            ..set_code(vec![sign(1, CODE, 0)])
        };
        let ran = world.transact(&to).expect("valid");
        assert_eq!(ran.slot(authority(), 0), slot);
        assert_eq!(after(&ran), Some((1, Some(delegation(CODE)))));
    }
}

/// Who signed is warm, whether the authorization holds or its nonce is wrong; not with the chain or the signature wrong.
#[test]
fn the_authority_is_warm() {
    let look = |authorization| {
        let mut world = world(5, Bytes::new());
        let program = op("GAS") + push_n(20, authority()) + op("BALANCE") + op("POP") + op("GAS");
        let program = program
            + push(0)
            + op("MSTORE")
            + push(0)
            + op("MLOAD")
            + op("SWAP1")
            + op("SUB")
            + return_top();
        world
            .database
            .insert_account(CONTRACT, 1, 0.into(), program.bytes());
        // PUSH20, POP and the second GAS are 7.
        run(&world, vec![authorization]).word() - 7
    };
    assert_eq!(look(sign(1, CODE, 5)), 100.into());
    assert_eq!(look(sign(1, CODE, 4)), 100.into());
    assert_eq!(look(sign(2, CODE, 5)), 2_600.into());
    assert_eq!(look(sign(1, CODE, u64::MAX)), 2_600.into());
    let mut bad = sign(1, CODE, 5);
    bad.signature.s = U256::zero();
    assert_eq!(look(bad), 2_600.into());
}

#[test]
fn transactions_before_prague_do_not_run_what_later_ones_would() {
    let world = World {
        fork: Fork::Cancun,
        ..world(0, delegation(CODE))
    };
    let world = world.account(CODE, 0, Code::default());
    let to = Transaction {
        to: Some(authority()),
        ..gasworks_tests::world::transaction()
    };
    assert!(matches!(
        world.transact(&to).expect("valid").status,
        CallStatus::Halt(_)
    ));
}
