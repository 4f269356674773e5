//! The token: what the standard asks for, and what it must refuse.

use gasworks::{Address, CallStatus, U256};

use crate::world::{
    ALICE, BOB, CAROL, Function, World, assert_fails, assert_log, assert_refused,
    assert_refuses_malformed, assert_true, code, dirty, mapping, of,
};

pub const TRANSFER: &str = "transfer(address,uint256)";
pub const TRANSFER_FROM: &str = "transferFrom(address,address,uint256)";
pub const APPROVE: &str = "approve(address,uint256)";
pub const BALANCE_OF: &str = "balanceOf(address)";
const ALLOWANCE: &str = "allowance(address,address)";
const TRANSFER_EVENT: &str = "Transfer(address,address,uint256)";

fn token(supply: impl Into<U256>) -> (World, Address) {
    let mut world = World::new();
    let token = world.deploy("erc20_deploy.eas", &[of(ALICE), supply.into()]);
    (world, token)
}

fn balances(world: &mut World, token: Address) -> [u64; 3] {
    [ALICE, BOB, CAROL].map(|account| world.read(token, BALANCE_OF, &[of(account)]).as_u64())
}

#[test]
fn the_holder_has_the_whole_supply_at_first() {
    let mut world = World::new();
    let outcome = world.create(code("erc20_deploy.eas"), &[of(BOB), 1_000.into()], 0);
    let token = outcome.created.expect("it is deployed");
    assert_eq!(outcome.output[..], code("erc20.eas"));
    let topics = [U256::zero(), of(BOB)];
    assert_log(&outcome, 0, token, TRANSFER_EVENT, &topics, &[1_000.into()]);
    assert_eq!(world.read(token, "totalSupply()", &[]), 1_000.into());
    assert_eq!(balances(&mut world, token), [0, 1_000, 0]);

    // As Solidity's compiler lays out two mappings and a number.
    assert_eq!(
        world.storage(token, mapping(0.into(), of(BOB))),
        1_000.into()
    );
    assert_eq!(world.storage(token, 2.into()), 1_000.into());
}

#[test]
fn the_constructor_takes_an_address_and_a_number_and_no_ether() {
    let mut world = World::new();
    let init = || code("erc20_deploy.eas");
    let right = [of(BOB), 1.into()];
    assert_refused(&world.create(init(), &right, 1));
    assert_refused(&world.create(init(), &right[..1], 0));
    assert_refused(&world.create(init(), &[of(BOB), 1.into(), 0.into()], 0));
    assert_refused(&world.create(init(), &[dirty(BOB), 1.into()], 0));
    assert_eq!(world.create(init(), &right, 0).status, CallStatus::Success);
}

#[test]
fn it_says_what_it_is() {
    let (mut world, token) = token(1);
    assert_eq!(world.read(token, "decimals()", &[]), 18.into());
    let mut text = |function| {
        let outcome = world.call(BOB, token, function, &[]);
        let output = outcome.output.to_vec();
        assert_eq!(U256::from_big_endian(&output[..32]), 32.into());
        let length = U256::from_big_endian(&output[32..64]).as_usize();
        assert_eq!(output.len(), 64 + length.next_multiple_of(32));
        assert!(output[64 + length..].iter().all(|byte| *byte == 0));
        String::from_utf8(output[64..64 + length].to_vec()).expect("a text")
    };
    assert_eq!(text("name()"), "Example Token");
    assert_eq!(text("symbol()"), "XMPL");
}

#[test]
fn transfer_moves_what_there_is_and_not_more() {
    let (mut world, token) = token(100);
    let outcome = world.call(ALICE, token, TRANSFER, &[of(BOB), 30.into()]);
    assert_true(&outcome);
    assert_eq!(outcome.logs.len(), 1);
    assert_log(
        &outcome,
        0,
        token,
        TRANSFER_EVENT,
        &[of(ALICE), of(BOB)],
        &[30.into()],
    );
    assert_eq!(balances(&mut world, token), [70, 30, 0]);

    // Nothing at all, everything, and to oneself.
    assert_true(&world.call(CAROL, token, TRANSFER, &[of(BOB), 0.into()]));
    assert_true(&world.call(BOB, token, TRANSFER, &[of(CAROL), 30.into()]));
    assert_true(&world.call(ALICE, token, TRANSFER, &[of(ALICE), 70.into()]));
    assert_eq!(balances(&mut world, token), [70, 0, 30]);

    for amount in [71.into(), U256::one() << 255, U256::MAX] {
        for to in [ALICE, BOB, CAROL] {
            let outcome = world.call(ALICE, token, TRANSFER, &[of(to), amount]);
            assert_fails(&outcome, "InsufficientBalance()");
        }
    }
    assert_eq!(balances(&mut world, token), [70, 0, 30]);
    assert_eq!(world.read(token, "totalSupply()", &[]), 100.into());
}

#[test]
fn the_greatest_supply_does_not_overflow() {
    let (mut world, token) = token(U256::MAX);
    assert_true(&world.call(ALICE, token, TRANSFER, &[of(BOB), U256::MAX]));
    assert_true(&world.call(BOB, token, TRANSFER, &[of(BOB), U256::MAX]));
    assert_eq!(world.read(token, BALANCE_OF, &[of(BOB)]), U256::MAX);
    assert_eq!(world.read(token, BALANCE_OF, &[of(ALICE)]), U256::zero());
}

#[test]
fn allowances_are_set_and_used_up() {
    let (mut world, token) = token(100);
    let outcome = world.call(ALICE, token, APPROVE, &[of(BOB), 50.into()]);
    assert_true(&outcome);
    let event = "Approval(address,address,uint256)";
    assert_log(
        &outcome,
        0,
        token,
        event,
        &[of(ALICE), of(BOB)],
        &[50.into()],
    );
    let inner = mapping(1.into(), of(ALICE));
    assert_eq!(world.storage(token, mapping(inner, of(BOB))), 50.into());

    let outcome = world.call(
        BOB,
        token,
        TRANSFER_FROM,
        &[of(ALICE), of(CAROL), 20.into()],
    );
    assert_true(&outcome);
    assert_log(
        &outcome,
        0,
        token,
        TRANSFER_EVENT,
        &[of(ALICE), of(CAROL)],
        &[20.into()],
    );
    assert_eq!(balances(&mut world, token), [80, 0, 20]);
    assert_eq!(
        world.read(token, ALLOWANCE, &[of(ALICE), of(BOB)]),
        30.into()
    );
    assert_eq!(
        world.read(token, ALLOWANCE, &[of(BOB), of(ALICE)]),
        0.into()
    );

    let outcome = world.call(
        BOB,
        token,
        TRANSFER_FROM,
        &[of(ALICE), of(CAROL), 31.into()],
    );
    assert_fails(&outcome, "InsufficientAllowance()");
    // Nobody is allowed by default, owners themselves included; nothing may always be moved.
    let outcome = world.call(
        ALICE,
        token,
        TRANSFER_FROM,
        &[of(ALICE), of(CAROL), 1.into()],
    );
    assert_fails(&outcome, "InsufficientAllowance()");
    assert_true(&world.call(
        CAROL,
        token,
        TRANSFER_FROM,
        &[of(ALICE), of(CAROL), 0.into()],
    ));

    assert_true(&world.call(BOB, token, TRANSFER_FROM, &[of(ALICE), of(BOB), 30.into()]));
    assert_eq!(
        world.read(token, ALLOWANCE, &[of(ALICE), of(BOB)]),
        0.into()
    );
    assert_true(&world.call(ALICE, token, APPROVE, &[of(BOB), 7.into()]));
    assert_true(&world.call(ALICE, token, APPROVE, &[of(BOB), 3.into()]));
    assert_eq!(
        world.read(token, ALLOWANCE, &[of(ALICE), of(BOB)]),
        3.into()
    );
    assert_eq!(balances(&mut world, token), [50, 30, 20]);
}

#[test]
fn an_allowance_is_no_balance() {
    let (mut world, token) = token(100);
    for allowed in [200.into(), U256::MAX] {
        assert_true(&world.call(ALICE, token, APPROVE, &[of(BOB), allowed]));
        let outcome = world.call(BOB, token, TRANSFER_FROM, &[of(ALICE), of(BOB), 101.into()]);
        assert_fails(&outcome, "InsufficientBalance()");
        assert_eq!(world.read(token, ALLOWANCE, &[of(ALICE), of(BOB)]), allowed);
    }
    // The greatest is never used up, and the next lower one is.
    assert_true(&world.call(BOB, token, TRANSFER_FROM, &[of(ALICE), of(BOB), 1.into()]));
    assert_eq!(
        world.read(token, ALLOWANCE, &[of(ALICE), of(BOB)]),
        U256::MAX
    );
    assert_true(&world.call(ALICE, token, APPROVE, &[of(BOB), U256::MAX - 1]));
    assert_true(&world.call(BOB, token, TRANSFER_FROM, &[of(ALICE), of(BOB), 1.into()]));
    assert_eq!(
        world.read(token, ALLOWANCE, &[of(ALICE), of(BOB)]),
        U256::MAX - 2
    );
}

#[test]
fn what_is_malformed_is_refused() {
    let (mut world, token) = token(100);
    let functions = [
        (TRANSFER, vec![of(BOB), 1.into()], &[0][..]),
        (TRANSFER_FROM, vec![of(ALICE), of(BOB), 0.into()], &[0, 1]),
        (APPROVE, vec![of(BOB), 1.into()], &[0]),
        (BALANCE_OF, vec![of(BOB)], &[0]),
        (ALLOWANCE, vec![of(ALICE), of(BOB)], &[0, 1]),
        ("totalSupply()", vec![], &[]),
        ("decimals()", vec![], &[]),
        ("symbol()", vec![], &[]),
        ("name()", vec![], &[]),
    ];
    let functions = functions.map(|(signature, arguments, addresses)| Function {
        signature,
        arguments,
        addresses,
    });
    assert_refuses_malformed(&mut world, token, &functions);
    assert_refused(&world.send(ALICE, token, 0, vec![]));
    assert_refused(&world.send(ALICE, token, 1, vec![]));

    // What follows the arguments does not matter.
    let mut data = crate::world::call_data(TRANSFER, &[of(BOB), 1.into()]);
    data.push(0xff);
    assert_true(&world.send(ALICE, token, 0, data));
}
