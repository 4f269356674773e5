//! Every instruction: its result on ordinary and edge operands, its exact gas in every fork that has it, its effect on
//! the stack, and that it does not exist before its fork.
//!
//! Numbers are written down from the Yellow Paper (appendices G and H) and the EIPs, and nothing is computed by the
//! machine under test. [`coverage`] fails when the opcode table has an instruction without a case.

mod arithmetic;
mod block;
mod call;
mod case;
mod comparison;
mod control;
mod coverage;
mod environment;
mod memory;
mod stack;
mod storage;

use case::Case;

/// Every case of every family.
fn all() -> Vec<Case> {
    let families = [
        arithmetic::cases(),
        comparison::cases(),
        environment::cases(),
        block::cases(),
        memory::cases(),
        storage::cases(),
        control::cases(),
        stack::cases(),
        call::cases(),
    ];
    families.into_iter().flatten().collect()
}

#[test]
fn results_and_exact_gas() {
    for case in all() {
        case.check();
    }
}
