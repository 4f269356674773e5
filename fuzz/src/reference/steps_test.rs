//! Gasworks takes the steps of the specification, one by one: position, instruction, gas, depth and stack.

use gasworks::{Config, Core, Evm, Inspector, inspect};

use super::{Step, trace};
use crate::generate::generate;
use crate::ours::database;

/// Steps of a case that are compared.
const MOST: usize = 20_000;

#[derive(Default)]
struct Steps(Vec<Step>);

impl Inspector for Steps {
    fn step(&mut self, step: &inspect::Step<'_>) {
        if self.0.len() < MOST {
            self.0.push(Step {
                pc: step.pc,
                opcode: step.opcode,
                gas: step.gas,
                depth: step.depth,
                stack: step.stack.to_vec(),
            });
        }
    }
}

#[test]
fn gasworks_takes_the_steps_of_the_specification() {
    let (mut compared, mut not_covered) = (0, 0);
    for number in 0..400 {
        let case = generate(11, number);
        let Ok((_, specified)) = trace(&case, MOST) else {
            not_covered += 1;
            continue;
        };
        let config = Config {
            core: Core::Plain,
            ..Config::default()
        };
        let mut evm =
            Evm::new(case.fork, case.block.clone(), database(&case.state)).with_config(config);
        let mut steps = Steps::default();
        // Whether it is valid, and what came of it, is compared elsewhere.
        let _ = evm.inspect(&mut steps).transact(&case.transaction);
        for (position, (ours, theirs)) in steps.0.iter().zip(&specified).enumerate() {
            assert_eq!(ours, theirs, "case {number}, step {position}\n{case}");
        }
        assert_eq!(steps.0.len(), specified.len(), "case {number}\n{case}");
        compared += specified.len();
    }
    assert!(compared > 50_000, "only {compared} steps");
    assert!(not_covered < 60, "{not_covered} cases were not covered");
}
