//! Calls of each precompiled contract, with each of its inputs.

use super::code::{CALLDATACOPY, CALLDATASIZE, Code, GAS, POP, PUSH0, STATICCALL};
use super::{Pattern, Size, World};
use crate::inputs::{Input, inputs};
use gasworks::run_precompile;

/// What costs more is left to the bench of precompiles.
const MOST_GAS: u64 = 10_000_000;

pub(super) fn patterns() -> Vec<Pattern> {
    let pattern = |input: Input| {
        Pattern::new(
            format!("precompile/{}", input.name),
            Size::Rounds,
            move |rounds| {
                let copy = [CALLDATASIZE, PUSH0, PUSH0, CALLDATACOPY];
                let call = Code::of(&[PUSH0, PUSH0, CALLDATASIZE, PUSH0])
                    .push(u64::from(input.address))
                    .then(&[GAS, STATICCALL, POP]);
                let mut world = World::of(Code::of(&copy).repeat(rounds, &call));
                world.calldata.clone_from(&input.bytes);
                world
            },
        )
    };
    let affordable =
        |input: &Input| run_precompile(input.kind, &input.bytes, MOST_GAS, &mut Vec::new()).is_ok();
    inputs()
        .into_iter()
        .filter(affordable)
        .map(pattern)
        .collect()
}
