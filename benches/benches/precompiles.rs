//! Runs each precompiled contract with typical inputs and with those that buy the most work, on Gasworks and on revm's, and
//! prints time and gas a second.
//!
//! `cargo bench -p gasworks-benches --bench precompiles -- [--filter REGEX] [--samples N] [--limit RATIO] [--markdown]`
//!
//! The bench fails if gas or output differ, or if Gasworks takes more than `--limit` times what the peer takes. The peer is
//! revm with its own choice of libraries; the README says how to give it others.

#![allow(clippy::disallowed_methods, reason = "this measures time")]

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use gasworks::run_precompile;
use gasworks_benches::{Input, Measured, Table, in_turn, inputs, mean, thread_time};
use regex::Regex;
use revm::precompile::{Precompile, Precompiles};
use revm::primitives::Address;

/// A sample takes at least as long.
const SAMPLE: Duration = Duration::from_millis(2);
/// More than any input here costs.
const GAS: u64 = 1 << 40;

#[derive(Parser)]
#[command(about = "Precompiled contracts beside revm's")]
struct Arguments {
    /// Only inputs whose name matches.
    #[arg(long)]
    filter: Option<Regex>,
    /// Samples of each.
    #[arg(long, default_value_t = 21)]
    samples: usize,
    /// The most time that Gasworks may take, as a multiple of the peer's.
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
    let columns = [
        "gas",
        "gasworks ns",
        "revm ns",
        "ratio",
        "Mgas/s",
        "revm Mgas/s",
    ];
    table.head("input", columns);
    let mut ratios = Vec::new();
    let mut failures = Vec::new();
    for input in inputs() {
        if arguments
            .filter
            .as_ref()
            .is_some_and(|filter| !filter.is_match(&input.name))
        {
            continue;
        }
        let Some(peer) = peer(&input) else {
            failures.push(format!("{}: revm has no such contract", input.name));
            continue;
        };
        let gas = match equal_gas(&input, peer) {
            Ok(gas) => gas,
            Err(difference) => {
                failures.push(format!("{}: {difference}", input.name));
                continue;
            }
        };
        let time = measure(&input, peer, arguments.samples);
        let ratio = time.ours / time.peer;
        let rate = |seconds: f64| format!("{:.0}", gas as f64 / seconds / 1e6);
        let row = [
            gas.to_string(),
            format!("{:.0}", time.ours * 1e9),
            format!("{:.0}", time.peer * 1e9),
            format!("{ratio:.2}"),
            rate(time.ours),
            rate(time.peer),
        ];
        table.row(&input.name, row);
        if arguments.limit.is_some_and(|limit| ratio > limit) {
            failures.push(format!("{}: {ratio:.2} times revm", input.name));
        }
        ratios.push(ratio);
    }
    let none = String::new;
    let name = format!("geometric mean ({})", ratios.len());
    let mean = format!("{:.2}", mean(&ratios));
    table.row(&name, [none(), none(), none(), mean, none(), none()]);
    for failure in &failures {
        eprintln!("{failure}");
    }
    if failures.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn peer(input: &Input) -> Option<&'static Precompile> {
    let mut address = [0; 20];
    address[18..].copy_from_slice(&input.address.to_be_bytes());
    Precompiles::osaka().get(&Address::from(address))
}

/// The gas of an input, if output and gas are equal.
fn equal_gas(input: &Input, peer: &Precompile) -> Result<u64, String> {
    let mut output = Vec::new();
    let gas = run_precompile(input.kind, &input.bytes, GAS, &mut output);
    let gas = gas.map_err(|error| error.to_string())?;
    let of_peer = peer
        .execute(&input.bytes, GAS, 0)
        .map_err(|error| error.to_string())?;
    if of_peer.gas_used != gas || of_peer.bytes != output {
        return Err(format!("gas is {gas}, revm's {}", of_peer.gas_used));
    }
    Ok(gas)
}

fn measure(input: &Input, peer: &Precompile, samples: usize) -> Measured {
    let mut output = Vec::new();
    let mut ours = || {
        let gas = run_precompile(input.kind, black_box(&input.bytes), GAS, &mut output);
        black_box((&output, gas.is_ok()));
    };
    let mut theirs = || drop(black_box(peer.execute(black_box(&input.bytes), GAS, 0)));
    let our_times = calibrate(&mut ours);
    let peer_times = calibrate(&mut theirs);
    in_turn(
        || seconds(&mut ours, our_times),
        || seconds(&mut theirs, peer_times),
        |taken| taken < samples.max(1),
    )
}

/// How often something is done for a sample.
fn calibrate(run: &mut impl FnMut()) -> u32 {
    let mut times = 1;
    while seconds(run, times) * f64::from(times) < SAMPLE.as_secs_f64() && times < 1 << 20 {
        times *= 2;
    }
    times
}

/// Seconds of once, as the mean of as many.
fn seconds(run: &mut impl FnMut(), times: u32) -> f64 {
    let begin = thread_time();
    for _ in 0..times {
        run();
    }
    (thread_time() - begin).as_secs_f64() / f64::from(times)
}
