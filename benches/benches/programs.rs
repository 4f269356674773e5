//! Runs every program on Gasworks and on revm, interleaved in one process, and prints the ratio of medians.
//!
//! `cargo bench -p gasworks-benches --bench programs -- [--filter REGEX] [--mode call|tx|both] [--samples N] [--seconds S]
//! [--programs FILE] [--core CORE] [--markdown]`
//!
//! Before and after it is measured, each program must give the status, gas and output that the set expects, on both
//! machines; otherwise the bench says what differs and ends with status 1.

#![allow(clippy::disallowed_methods, reason = "this measures time")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{Parser, ValueEnum};
use gasworks::Core;
use gasworks_benches::{
    Machine, Measured, Mode, Ours, Peer, Program, Source, Table, calibrate, in_turn, load, mean,
    sample, warm_up,
};
use regex::Regex;

/// A sample repeats a program for at least as long.
const SAMPLE: Duration = Duration::from_micros(1_500);
/// Before the first sample a machine runs a program for so long at most.
const WARM_UP: Duration = Duration::from_millis(200);
/// Samples of each machine at least, however slow the program.
const SAMPLES_AT_LEAST: usize = 5;

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Modes {
    Call,
    Tx,
    Both,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Cores {
    Adaptive,
    Plain,
    Translated,
    Trampoline,
}

impl From<Cores> for Core {
    fn from(core: Cores) -> Self {
        match core {
            Cores::Adaptive => Self::Adaptive,
            Cores::Plain => Self::Plain,
            Cores::Translated => Self::Translated,
            Cores::Trampoline => Self::Trampoline,
        }
    }
}

#[derive(Parser)]
#[command(about = "Gasworks beside revm, program by program")]
struct Arguments {
    /// Only programs whose name or group matches.
    #[arg(long)]
    filter: Option<Regex>,
    /// A file of programs to run instead of the shared set.
    #[arg(long)]
    programs: Option<PathBuf>,
    /// How programs are run.
    #[arg(long, value_enum, default_value = "both")]
    mode: Modes,
    /// Samples of each machine, program and mode at most.
    #[arg(long, default_value_t = 51)]
    samples: usize,
    /// Seconds for the whole run, shared out evenly.
    #[arg(long, default_value_t = 60.0)]
    seconds: f64,
    /// The core that executes code.
    #[arg(long, value_enum, default_value = "adaptive")]
    core: Cores,
    /// Print tables in Markdown.
    #[arg(long)]
    markdown: bool,
    /// Given by `cargo bench`; means nothing.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let (source, mut programs) = match load(arguments.programs) {
        Ok(loaded) => loaded,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(2);
        }
    };
    if source == Source::Own {
        eprintln!("not run: the shared programs (no ../shared/bench); our own instead");
    }
    if let Some(filter) = &arguments.filter {
        programs
            .retain(|program| filter.is_match(&program.name) || filter.is_match(&program.group));
    }
    let modes: &[Mode] = match arguments.mode {
        Modes::Call => &[Mode::Call],
        Modes::Tx => &[Mode::Transaction],
        Modes::Both => &[Mode::Call, Mode::Transaction],
    };
    let runs = (programs.len() * modes.len()).max(1);
    let budget = Duration::from_secs_f64(arguments.seconds.clamp(0.0, 86_400.0) / runs as f64);
    let mut differences = 0;
    for &mode in modes {
        let table = Table {
            markdown: arguments.markdown,
        };
        let core = arguments.core.into();
        differences += run(&programs, core, mode, arguments.samples, budget, &table);
    }
    if differences > 0 {
        eprintln!("{differences} results differ");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Measures all programs in one mode and prints the table; returns how many results differed.
fn run(
    programs: &[Program],
    core: Core,
    mode: Mode,
    samples: usize,
    budget: Duration,
    table: &Table,
) -> usize {
    let title = match mode {
        Mode::Call => "call",
        Mode::Transaction => "transaction",
    };
    table.head(title, ["gasworks us", "revm us", "ratio"]);
    let mut groups = BTreeMap::<&str, Vec<f64>>::new();
    let mut differences = 0;
    for program in programs {
        let (mut ours, mut peer) = (Ours::with_core(program, core), Peer::new(program));
        let before = differ(program, mode, &mut ours, &mut peer);
        let measured = measure(&mut ours, &mut peer, mode, samples, budget);
        // Whatever was kept between runs must not show either.
        if before || differ(program, mode, &mut ours, &mut peer) {
            differences += 1;
        }
        let ratio = measured.ours / measured.peer;
        let times = [measured.ours, measured.peer].map(|seconds| format!("{:.3}", seconds * 1e6));
        let [ours, peer] = times;
        table.row(&program.name, [ours, peer, format!("{ratio:.3}")]);
        groups.entry(&program.group).or_default().push(ratio);
    }
    let print_mean = |of: &str, ratios: &[f64]| {
        let name = format!("geometric mean of {of} ({})", ratios.len());
        table.row(
            &name,
            [String::new(), String::new(), format!("{:.3}", mean(ratios))],
        );
    };
    for (group, ratios) in &groups {
        print_mean(group, ratios);
    }
    let all: Vec<f64> = groups.values().flatten().copied().collect();
    print_mean("all", &all);
    println!();
    differences
}

/// Whether a machine gives anything but what the program expects; says what.
fn differ(program: &Program, mode: Mode, ours: &mut Ours, peer: &mut Peer) -> bool {
    let expected = program.expected(mode);
    let machines: [(&str, &mut dyn Machine); 2] = [("gasworks", ours), ("revm", peer)];
    let mut differ = false;
    for (name, machine) in machines {
        let observed = machine.observe(mode);
        if observed.status != expected.status || observed.gas != expected.gas {
            differ = true;
            eprintln!(
                "{}: {name} ends with {:?} and gas {}, expected {:?} and {}",
                program.name, observed.status, observed.gas, expected.status, expected.gas
            );
        } else if observed.output != expected.output {
            differ = true;
            eprintln!("{}: {name} returns other data than expected", program.name);
        }
    }
    differ
}

fn measure(
    ours: &mut Ours,
    peer: &mut Peer,
    mode: Mode,
    samples: usize,
    budget: Duration,
) -> Measured {
    warm_up(ours, mode, WARM_UP);
    warm_up(peer, mode, WARM_UP);
    let our_times = calibrate(ours, mode, SAMPLE);
    let peer_times = calibrate(peer, mode, SAMPLE);
    let begin = Instant::now();
    in_turn(
        || sample(ours, mode, our_times),
        || sample(peer, mode, peer_times),
        |taken| {
            taken < SAMPLES_AT_LEAST.min(samples.max(1))
                || (taken < samples && begin.elapsed() < budget)
        },
    )
}
