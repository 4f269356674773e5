//! Tries cases until one is found on which an oracle contradicts Gasworks:
//! `first-difference SEED MOST`, and the oracle and the number of cases come out, or `none`.
//!
//! `tests/planted/run` builds it with bugs in the machine, and counts how soon they are found.

use std::process::ExitCode;

use gasworks_fuzz::differential::judge;
use gasworks_fuzz::{Statistics, generate};

fn main() -> ExitCode {
    let numbers: Vec<u64> = std::env::args()
        .skip(1)
        .filter_map(|argument| argument.parse().ok())
        .collect();
    let [seed, most] = numbers[..] else {
        eprintln!("first-difference SEED MOST");
        return ExitCode::from(2);
    };
    // A panic is a difference like any other, and told as one.
    std::panic::set_hook(Box::new(|_| {}));
    let mut statistics = Statistics::default();
    for number in 0..most {
        if let Err(difference) = judge(&generate(seed, number), &mut statistics) {
            println!("{}\t{}", difference.oracle, number + 1);
            return ExitCode::SUCCESS;
        }
    }
    println!("none\t{most}");
    ExitCode::SUCCESS
}
