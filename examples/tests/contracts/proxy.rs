//! The minimal proxy is the one of EIP-1167, and its factory knows its address.

use gasworks::{Address, CallStatus, U256, create2_address, keccak256};
use gasworks_assembler::{Options, assemble};
use gasworks_examples::bytes;

use crate::erc20::{APPROVE, TRANSFER};
use crate::world::{
    ALICE, BOB, CAROL, Function, World, address_of, answer, assert_fails, assert_log,
    assert_refused, assert_refuses_malformed, assert_true, code, contracts, mapping, of, source,
};

const DEPLOY: &str = "deploy(address,bytes32)";
const PREDICT: &str = "predict(address,bytes32)";

/// As the EIP has it.
fn proxy_of(implementation: Address) -> Vec<u8> {
    let address: String = implementation
        .0
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    bytes(&format!(
        "363d3d373d3d3d363d73 {address} 5af43d82803e903d91602b57fd5bf3"
    ))
    .to_vec()
}

#[test]
fn its_code_is_that_of_the_standard() {
    assert_eq!(code("proxy.eas"), proxy_of(Address::zero()));
    let init = [
        bytes("3d602d80600a3d3981f3").to_vec(),
        proxy_of(Address::zero()),
    ]
    .concat();
    assert_eq!(code("proxy_deploy.eas"), init);

    // The implementation can also be given from outside.
    let implementation = Address::repeat_byte(0xbe);
    let number = of(implementation).to_string().parse().expect("a number");
    let options = Options {
        globals: &[("IMPLEMENTATION".into(), number)],
        files: &contracts(),
        ..Options::default()
    };
    let program = assemble(&source("proxy.eas"), &options).expect("a program");
    assert_eq!(program.code, proxy_of(implementation));
}

fn factory() -> (World, Address, Address) {
    let mut world = World::new();
    let token = world.deploy("erc20_deploy.eas", &[of(ALICE), 100.into()]);
    let factory = world.deploy("proxy_factory_deploy.eas", &[]);
    (world, factory, token)
}

#[test]
fn the_factory_deploys_where_it_says() {
    let (mut world, factory, token) = factory();
    let init = [bytes("3d602d80600a3d3981f3").to_vec(), proxy_of(token)].concat();
    for salt in [U256::zero(), 1.into(), U256::MAX] {
        let expected = create2_address(factory, salt, keccak256(&init));
        assert_eq!(
            world.read(factory, PREDICT, &[of(token), salt]),
            of(expected)
        );

        let outcome = world.call(BOB, factory, DEPLOY, &[of(token), salt]);
        assert_eq!(answer(&outcome), [of(expected)]);
        let topics = [of(token), of(expected)];
        assert_log(
            &outcome,
            0,
            factory,
            "Deployed(address,address)",
            &topics,
            &[],
        );
        assert_eq!(world.code(expected), proxy_of(token));

        // There is one already, whoever asks; the address is still the same.
        let outcome = world.call(CAROL, factory, DEPLOY, &[of(token), salt]);
        assert_fails(&outcome, "DeploymentFailed()");
        assert_eq!(
            world.read(factory, PREDICT, &[of(token), salt]),
            of(expected)
        );
    }
    let addresses = [(token, 0), (token, 1), (BOB, 0)].map(|(implementation, salt)| {
        world.read(factory, PREDICT, &[of(implementation), salt.into()])
    });
    assert!(addresses[0] != addresses[1] && addresses[0] != addresses[2]);
}

#[test]
fn a_proxy_does_what_its_implementation_does_on_its_own_account() {
    let (mut world, factory, token) = factory();
    let outcome = world.call(BOB, factory, DEPLOY, &[of(token), 5.into()]);
    let proxy = address_of(answer(&outcome)[0]);

    // Its balances are its own, as is what it logs. Failures come through with their reasons.
    assert_eq!(
        world.read(proxy, "balanceOf(address)", &[of(ALICE)]),
        0.into()
    );
    assert_fails(
        &world.call(ALICE, proxy, TRANSFER, &[of(BOB), 1.into()]),
        "InsufficientBalance()",
    );
    let outcome = world.call(ALICE, proxy, APPROVE, &[of(BOB), 3.into()]);
    assert_true(&outcome);
    let event = "Approval(address,address,uint256)";
    assert_log(
        &outcome,
        0,
        proxy,
        event,
        &[of(ALICE), of(BOB)],
        &[3.into()],
    );
    let slot = mapping(mapping(1.into(), of(ALICE)), of(BOB));
    assert_eq!(world.storage(proxy, slot), 3.into());
    assert_eq!(world.storage(token, slot), 0.into());

    // Answers of any length, and refusals.
    let direct = world.call(BOB, token, "name()", &[]);
    assert_eq!(world.call(BOB, proxy, "name()", &[]).output, direct.output);
    assert_refused(&world.send(BOB, proxy, 0, vec![]));
    assert_refused(&world.send(BOB, proxy, 1, vec![]));

    // Nothing can be done for nobody, which succeeds like every call of an account without code.
    let outcome = world.call(BOB, factory, DEPLOY, &[of(CAROL), 5.into()]);
    let empty = address_of(answer(&outcome)[0]);
    let outcome = world.send(BOB, empty, 2, vec![1, 2, 3]);
    assert_eq!(
        (outcome.status, outcome.output.len()),
        (CallStatus::Success, 0)
    );
    assert_eq!(world.balance(empty), 2.into());
}

#[test]
fn what_is_malformed_is_refused() {
    let (mut world, factory, token) = factory();
    let functions = [DEPLOY, PREDICT].map(|signature| Function {
        signature,
        arguments: vec![of(token), U256::MAX],
        addresses: &[0],
    });
    assert_refuses_malformed(&mut world, factory, &functions);
    assert_refused(&world.send(ALICE, factory, 0, vec![]));
    assert_refused(&world.create(code("proxy_factory_deploy.eas"), &[0.into()], 0));
    assert_refused(&world.create(code("proxy_factory_deploy.eas"), &[], 1));
}
