//! The program that only the end of its gas stops.

use gasworks::{CallStatus, Halt, Message, U256};

use crate::world::{ALICE, World, source};

#[test]
fn it_halts_with_any_gas_and_has_counted_nothing() {
    let mut world = World::new();
    let endless = world.install(&source("endless.eas"));
    for gas in [0, 1, 100, 2_299, 50_000, 123_457, 10_000_000] {
        let outcome = world.run(&Message::call(ALICE, endless, Default::default(), gas));
        assert_eq!(outcome.status, CallStatus::Halt(Halt::OutOfGas), "{gas}");
        assert_eq!(outcome.gas_used, gas);
        assert_eq!(world.storage(endless, 0.into()), U256::zero());
    }
}
