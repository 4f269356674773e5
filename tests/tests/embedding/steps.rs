//! Inspectors that look at some instructions only.

use gasworks::inspect::{Inspector, Step};
use gasworks::{CallStatus, Fork};
use gasworks_tests::code::{op, push, return_memory};
use gasworks_tests::world::{World, message};

const ADD: u8 = 0x01;

/// Sees additions only, or all.
struct Additions {
    seen: &'static [bool; 256],
    steps: Vec<(usize, u8, usize, u64)>,
}

impl Inspector for Additions {
    fn instructions(&self) -> &'static [bool; 256] {
        self.seen
    }
    fn step(&mut self, step: &Step<'_>) {
        let height = step.stack.len();
        self.steps.push((step.pc, step.opcode, height, step.gas));
    }
}

#[test]
fn an_inspector_sees_the_instructions_that_it_names_as_they_are() {
    static ONE: [bool; 256] = {
        let mut seen = [false; 256];
        seen[ADD as usize] = true;
        seen
    };
    static ALL: [bool; 256] = [true; 256];
    let sum = push(2) + push(3) + op("ADD") + push(4) + op("ADD");
    let program = sum + push(0) + op("MSTORE") + return_memory(0, 32);
    let world = World::new(Fork::Osaka, program);
    let run = |seen: &'static [bool; 256]| {
        let mut additions = Additions {
            seen,
            steps: Vec::new(),
        };
        let mut evm = world.evm();
        let done = evm.inspect(&mut additions).call(&message(100_000));
        let outcome = done.expect("a call").discard();
        assert_eq!(outcome.status, CallStatus::Success);
        (outcome.output, additions.steps)
    };
    let (output, some) = run(&ONE);
    let (same, all) = run(&ALL);
    assert_eq!(output[31], 9);
    assert_eq!(output, same);
    let wanted: Vec<_> = all.iter().filter(|step| step.1 == ADD).copied().collect();
    assert_eq!(some, wanted);
    assert_eq!(some.len(), 2);
    assert!(all.len() > some.len());
}
