//! Contracts that are called once: what an execution costs before anything of its code is known.
//!
//! `cargo bench -p gasworks-benches --bench cold -- [NAME]...`
//!
//! Each program whose contract is large is copied to many addresses, the copies made distinct by bytes behind the code.
//! A sample calls each copy once on new machines; code comes as bytes and is analysed within the time. Ratios are medians
//! of Gasworks divided by those of revm, for the adaptive core and for the plain loop alone.

use std::process::ExitCode;

use gasworks::{Address, Bytes, Core};
use gasworks_benches::{Account, Ours, Peer, Program, Source, load, thread_time};

/// Bytes of a large contract at least.
const LARGE: usize = 1_000;
/// Copies of a contract, and samples of all of them for each order of the machines.
const COPIES: u64 = 64;
const SAMPLES: usize = 5;
/// The orders of the machines. Who comes first finds less in the processor's caches, and who comes after another that
/// works in its own way less memory that the process already has.
const ORDERS: [[usize; 3]; 6] = [
    [0, 1, 2],
    [1, 2, 0],
    [2, 0, 1],
    [0, 2, 1],
    [2, 1, 0],
    [1, 0, 2],
];
/// Programs that run longer than this in gas say nothing of cold code.
const GAS: u64 = 200_000;

fn main() -> ExitCode {
    let (source, mut programs) = match load(None) {
        Ok(loaded) => loaded,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(2);
        }
    };
    if source == Source::Own {
        eprintln!("not run: the shared programs (no ../shared/bench); our own instead");
    }
    let names: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    programs.retain(|program| program.code.len() >= LARGE && program.expected.gas_call <= GAS);
    programs.retain(|program| names.is_empty() || names.contains(&program.name));
    if programs.is_empty() {
        eprintln!("error: no large contract of such a name");
        return ExitCode::from(2);
    }
    println!("| contract | bytes | gasworks us | plain loop us | revm us | ratio | plain ratio |");
    println!("|---|--:|--:|--:|--:|--:|--:|");
    let mut logarithms = [0.0; 2];
    for program in &programs {
        let [adaptive, plain, peer] = measure(program);
        let ratios = [adaptive / peer, plain / peer];
        for (sum, ratio) in logarithms.iter_mut().zip(ratios) {
            *sum += ratio.ln();
        }
        let [adaptive, plain, peer] = [adaptive, plain, peer].map(|seconds| seconds * 1e6);
        println!(
            "| {} | {} | {adaptive:.2} | {plain:.2} | {peer:.2} | {:.2} | {:.2} |",
            program.name,
            program.code.len(),
            ratios[0],
            ratios[1]
        );
    }
    let [adaptive, plain] = logarithms.map(|sum| (sum / programs.len().max(1) as f64).exp());
    println!("| geometric mean | | | | | {adaptive:.2} | {plain:.2} |");
    ExitCode::SUCCESS
}

/// Seconds of one call: on the adaptive core, in the plain loop, and on revm.
fn measure(program: &Program) -> [f64; 3] {
    let copies: Vec<(Address, Bytes)> = (0..COPIES).map(|number| copy(program, number)).collect();
    let mut world = program.clone();
    for (address, code) in &copies {
        let account = Account {
            nonce: 1,
            code: code.clone(),
            storage: program.storage.clone(),
            ..Account::default()
        };
        world.accounts.insert(*address, account);
    }
    let mut samples = [const { Vec::new() }; 3];
    for order in ORDERS.repeat(SAMPLES) {
        for machine in order {
            let seconds = match machine {
                2 => {
                    let mut peer = Peer::cold(&world);
                    timed(&copies, |address| peer.call_at(address))
                }
                _ => {
                    let core = [Core::Adaptive, Core::Plain][machine];
                    let mut ours = Ours::with_core(&world, core);
                    timed(&copies, |address| ours.call_at(address))
                }
            };
            samples[machine].push(seconds);
        }
    }
    samples.map(median)
}

/// A copy of the program's contract that no other has.
fn copy(program: &Program, number: u64) -> (Address, Bytes) {
    let mut code = program.code.to_vec();
    // Behind a STOP nothing of it is executed.
    code.push(0x00);
    code.extend_from_slice(&number.to_be_bytes());
    (Address::from_low_u64_be(0xc0_1d00 + number), code.into())
}

fn timed(copies: &[(Address, Bytes)], mut call: impl FnMut(Address) -> u64) -> f64 {
    let begin = thread_time();
    for (address, _) in copies {
        call(*address);
    }
    (thread_time() - begin).as_secs_f64() / copies.len() as f64
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
