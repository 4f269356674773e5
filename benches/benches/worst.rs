//! Runs programs that ask for as much work as their gas can buy, at four sizes each, on Gasworks and on revm, interleaved
//! in one process.
//!
//! `cargo bench -p gasworks-benches --bench worst -- [--filter REGEX] [--samples N] [--limit RATIO] [--markdown]`
//!
//! Before a size is measured, status, gas and output of both machines must be equal. The bench fails if they are not, if
//! time grows faster than the work (and faster than revm's), or if Gasworks takes more than `--limit` times what revm takes.

#![allow(clippy::disallowed_methods, reason = "this measures time")]

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use gasworks_benches::{
    Machine, Measured, Mode, Ours, Pattern, Peer, Program, Size, Table, calibrate, in_turn, mean,
    median, patterns, sample, thread_time,
};
use regex::Regex;

/// Gas of the smallest size.
const GAS: u64 = 250_000;
/// A sample takes at least as long.
const SAMPLE: Duration = Duration::from_millis(1);
/// Machines run for as long before they are timed, which is enough to find out what to translate.
const WARM: Duration = Duration::from_millis(10);
/// Sizes, in multiples of the smallest.
const SIZES: [u64; 4] = [1, 2, 4, 8];
/// How much longer a unit of work may take in the larger half of the largest size than in the rest. Caches of the processor
/// end somewhere, so that it may also be as much longer than with revm.
const GROWTH: f64 = 1.6;
/// What has grown too much is measured again at sizes so many times as large, twice at most: a memo or a branch predictor
/// ends once, what is worse than linear grows at every size.
const LARGER: u64 = 4;

#[derive(Parser)]
#[command(about = "Gasworks beside revm on programs that are meant to be slow")]
struct Arguments {
    /// Only patterns whose name matches.
    #[arg(long)]
    filter: Option<Regex>,
    /// Samples of each machine, pattern and size.
    #[arg(long, default_value_t = 7)]
    samples: usize,
    /// The most time that Gasworks may take, as a multiple of revm's.
    #[arg(long)]
    limit: Option<f64>,
    /// Print tables in Markdown.
    #[arg(long)]
    markdown: bool,
    /// Given by `cargo bench`; means nothing.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let table = Table {
        markdown: arguments.markdown,
    };
    table.head(
        "pattern",
        [
            "gas",
            "gasworks Mgas/s",
            "revm Mgas/s",
            "ratio",
            "growth",
            "of revm",
        ],
    );
    let mut groups = BTreeMap::<String, Group>::new();
    let mut failures = Vec::new();
    for pattern in patterns() {
        if arguments
            .filter
            .as_ref()
            .is_some_and(|filter| !filter.is_match(&pattern.name))
        {
            continue;
        }
        match run(&pattern, arguments.samples) {
            Ok(row) => {
                row.print(&pattern.name, &table);
                if row.grows() {
                    let ours = row.growth.ours;
                    failures.push(format!("{}: time grows by {ours:.2}", pattern.name));
                }
                let ratio = row.ratio();
                if arguments.limit.is_some_and(|limit| ratio > limit) {
                    failures.push(format!("{}: {ratio:.2} times revm", pattern.name));
                }
                let group = pattern.name.split('/').next().unwrap_or_default();
                groups
                    .entry(group.to_owned())
                    .or_default()
                    .0
                    .push((pattern.name, row));
            }
            Err(difference) => failures.push(format!("{}: {difference}", pattern.name)),
        }
    }
    println!();
    table.head(
        "group",
        ["mean ratio", "greatest", "of", "least Mgas/s", "of"],
    );
    let mut all = Group::default();
    for (name, group) in groups {
        group.print(&name, &table);
        all.0.extend(group.0);
    }
    all.print("all", &table);
    for failure in &failures {
        eprintln!("{failure}");
    }
    if failures.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// What was measured of a pattern.
struct Row {
    gas: u64,
    time: Measured,
    growth: Measured,
}

/// The rows of a group, with the names of their patterns.
#[derive(Default)]
struct Group(Vec<(String, Row)>);

impl Group {
    fn print(&self, name: &str, table: &Table) {
        let ratios: Vec<f64> = self.0.iter().map(|(_, row)| row.ratio()).collect();
        let greatest = self
            .0
            .iter()
            .max_by(|(_, a), (_, b)| a.ratio().total_cmp(&b.ratio()));
        let slowest = self
            .0
            .iter()
            .min_by(|(_, a), (_, b)| a.rate().total_cmp(&b.rate()));
        let (Some((of_greatest, greatest)), Some((of_slowest, slowest))) = (greatest, slowest)
        else {
            return;
        };
        table.row(
            &format!("{name} ({})", ratios.len()),
            [
                format!("{:.2}", mean(&ratios)),
                format!("{:.2}", greatest.ratio()),
                of_greatest.clone(),
                format!("{:.0}", slowest.rate()),
                of_slowest.clone(),
            ],
        );
    }
}

impl Row {
    fn ratio(&self) -> f64 {
        self.time.ours / self.time.peer
    }

    /// Whether time grows faster than the work, and than revm's.
    fn grows(&self) -> bool {
        self.growth.ours > GROWTH * self.growth.peer.max(1.0)
    }

    /// Millions of gas a second.
    fn rate(&self) -> f64 {
        self.gas as f64 / self.time.ours / 1e6
    }

    fn print(&self, name: &str, table: &Table) {
        let rate = |seconds: f64| format!("{:.0}", self.gas as f64 / seconds / 1e6);
        table.row(
            name,
            [
                self.gas.to_string(),
                rate(self.time.ours),
                rate(self.time.peer),
                format!("{:.2}", self.time.ours / self.time.peer),
                format!("{:.2}", self.growth.ours),
                format!("{:.2}", self.growth.peer),
            ],
        );
    }
}

fn run(pattern: &Pattern, samples: usize) -> Result<Row, String> {
    let smallest = match pattern.size {
        Size::Fresh(smallest) => smallest,
        Size::Rounds | Size::FreshRounds => rounds(pattern),
    };
    let mut row = run_from(pattern, smallest, samples)?;
    for larger in [LARGER, LARGER * LARGER] {
        if row.grows() {
            row.growth = run_from(pattern, smallest * larger, samples)?.growth;
        }
    }
    Ok(row)
}

/// Runs a pattern at each size, of which the smallest is given.
fn run_from(pattern: &Pattern, smallest: u64, samples: usize) -> Result<Row, String> {
    let mut measured = Vec::new();
    for size in SIZES {
        let program = pattern.program(smallest * size);
        let gas = equal_gas(&program)?;
        let time = match pattern.size {
            Size::Rounds => warm(&program, samples),
            Size::Fresh(_) | Size::FreshRounds => fresh(&program, samples),
        };
        let work = match pattern.size {
            Size::Fresh(_) => size,
            Size::Rounds | Size::FreshRounds => gas,
        };
        measured.push((gas, time, work as f64));
    }
    // What there is once, whatever the size, is in none of the differences.
    let [.., (_, _, half), (gas, time, all)] = measured[..] else {
        unreachable!("there are four sizes")
    };
    let growth = |of: fn(&Measured) -> f64| {
        let times: Vec<f64> = measured.iter().map(|(_, time, _)| of(time)).collect();
        let slope = |from: usize, to: usize| times[to] - times[from];
        let (last, before) = (SIZES.len() - 1, SIZES.len() - 2);
        slope(before, last) / (all - half) / (slope(0, before) / (half - measured[0].2))
    };
    Ok(Row {
        gas,
        time,
        growth: Measured {
            ours: growth(|time| time.ours),
            peer: growth(|time| time.peer),
        },
    })
}

/// As many rounds as the gas of the smallest size buys, one at least.
fn rounds(pattern: &Pattern) -> u64 {
    let gas = |rounds| Ours::new(&pattern.program(rounds)).observe(Mode::Call).gas;
    let mut rounds = 1;
    while gas(rounds) < GAS / 4 {
        rounds *= 2;
    }
    (rounds * GAS / gas(rounds).max(1)).max(1)
}

/// Runs a program once on each machine, and once more for what they may have kept.
fn equal_gas(program: &Program) -> Result<u64, String> {
    let (mut ours, mut peer) = (Ours::new(program), Peer::new(program));
    let observed = ours.observe(Mode::Call);
    for of_other in [
        peer.observe(Mode::Call),
        ours.observe(Mode::Call),
        peer.observe(Mode::Call),
    ] {
        if of_other != observed {
            let (status, gas) = (of_other.status, of_other.gas);
            return Err(format!(
                "{:?} with gas {} at first, then {status:?} with {gas}",
                observed.status, observed.gas
            ));
        }
    }
    Ok(observed.gas)
}

/// Times machines that have run the program before.
fn warm(program: &Program, samples: usize) -> Measured {
    let (mut ours, mut peer) = (Ours::new(program), Peer::new(program));
    calibrate(&mut ours, Mode::Call, WARM);
    calibrate(&mut peer, Mode::Call, WARM);
    let our_times = calibrate(&mut ours, Mode::Call, SAMPLE);
    let peer_times = calibrate(&mut peer, Mode::Call, SAMPLE);
    in_turn(
        || sample(&mut ours, Mode::Call, our_times),
        || sample(&mut peer, Mode::Call, peer_times),
        |taken| taken < samples.max(1),
    )
}

/// Times machines that see the program for the first time. What it takes to make them is not counted.
fn fresh(program: &Program, samples: usize) -> Measured {
    let once = |machine: &mut dyn Machine| {
        let begin = thread_time();
        machine.repeat(Mode::Call, 1);
        (thread_time() - begin).as_secs_f64()
    };
    in_turn(
        || median((0..3).map(|_| once(&mut Ours::new(program))).collect()),
        || median((0..3).map(|_| once(&mut Peer::cold(program))).collect()),
        |taken| taken < samples.max(1),
    )
}
