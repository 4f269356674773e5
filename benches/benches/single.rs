//! One machine on one program, for tools that count what a process does.
//!
//! `cargo bench -p gasworks-benches --bench single -- MACHINE PROGRAM TIMES` runs a program as a bare message, after a
//! thousand instructions' worth of warming up. `steps` as the machine prints how many instructions the program executes.
//! `benches/instructions.sh` makes a table of it.

use std::process::ExitCode;

use gasworks_benches::{Machine, Mode, Ours, Peer, load};

/// Runs before those that count: enough that everything hot is translated.
const WARM_UP: u32 = 40;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    let [machine, name, times] = &arguments[..] else {
        eprintln!("usage: single gasworks|revm|steps PROGRAM TIMES");
        return ExitCode::from(2);
    };
    let Ok(times) = times.parse::<u32>() else {
        eprintln!("not a number: {times}");
        return ExitCode::from(2);
    };
    let programs = match load(None) {
        Ok((_, programs)) => programs,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(2);
        }
    };
    let Some(program) = programs.iter().find(|program| program.name == *name) else {
        eprintln!("no program {name}");
        return ExitCode::from(2);
    };
    match machine.as_str() {
        "gasworks" => Ours::new(program).repeat(Mode::Call, WARM_UP + times),
        "revm" => Peer::new(program).repeat(Mode::Call, WARM_UP + times),
        "steps" => println!("{}", Ours::new(program).steps()),
        _ => {
            eprintln!("no machine {machine}");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
