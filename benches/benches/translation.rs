//! What translating costs, for code that is made to be expensive: nanoseconds for each byte, from 1 KiB to 1,600 KiB.
//!
//! `cargo bench -p gasworks-benches --bench translation`
//!
//! A contract runs once on a new machine that translates before it executes, and once on one that does not; the difference
//! is the translation, together with what translated code saves. The bench fails if a byte of the largest code costs more
//! than three times what a byte of the one before does, and more than six nanoseconds. If work grew with the square of the
//! length, it would be four times, as the length is; less may be a cache that the smaller translation still fits in.

use std::process::ExitCode;

use gasworks::{Address, BlockEnv, Bytes, Config, Core, Evm, Fork, MemoryDatabase, Message, U256};
use gasworks_benches::{median, thread_time};

const KIB: usize = 1 << 10;
const SIZES: [usize; 6] = [KIB, 4 * KIB, 24 * KIB, 96 * KIB, 400 * KIB, 1_600 * KIB];
const SAMPLES: usize = 9;

/// Code as a pattern repeated.
const PATTERNS: [(&str, &[u8]); 12] = [
    ("JUMPDEST", &[0x5b]),
    ("PUSH0 POP", &[0x5f, 0x50]),
    ("PUSH1 POP", &[0x60, 1, 0x50]),
    ("CALLDATASIZE POP", &[0x36, 0x50]),
    ("MSIZE POP", &[0x59, 0x50]),
    ("GAS POP", &[0x5a, 0x50]),
    ("DUP1 ADD", &[0x80, 0x01]),
    ("CALLER DUP1 SWAP1 SUB POP", &[0x33, 0x80, 0x90, 0x03, 0x50]),
    ("SWAP1 SWAP2 SWAP3", &[0x90, 0x91, 0x92]),
    ("JUMPDEST CALLER POP", &[0x5b, 0x33, 0x50]),
    // PUSH0, DUP1, ..., LOG4
    ("LOG4", &[0x5f, 0x80, 0x80, 0x80, 0x80, 0x80, 0xa4]),
    // CALLVALUE, PUSH0, JUMPI: never taken.
    ("JUMPI", &[0x34, 0x5f, 0x57]),
];

fn main() -> ExitCode {
    println!(
        "| pattern | {} |",
        SIZES.map(|size| format!("{} KiB", size / KIB)).join(" | ")
    );
    println!("|---|{}", "--:|".repeat(SIZES.len()));
    let mut failed = false;
    for (name, pattern) in PATTERNS {
        let costs = SIZES.map(|size| cost(pattern, size));
        println!(
            "| {name} | {} |",
            costs.map(|cost| format!("{cost:.1}")).join(" | ")
        );
        let [.., before, last] = costs;
        if last > 3.0 * before.max(2.0) {
            eprintln!("{name}: a byte costs {last:.1} ns in the largest code, {before:.1} before");
            failed = true;
        }
    }
    if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

/// Nanoseconds by which a byte is more expensive translated, at its first execution.
fn cost(pattern: &[u8], size: usize) -> f64 {
    // Four words that SWAP and DUP can use.
    let mut code = vec![0x36; 4];
    code.extend(
        pattern
            .iter()
            .copied()
            .cycle()
            .take(size / pattern.len() * pattern.len()),
    );
    let code = Bytes::from(code);
    let mut samples = Vec::new();
    for _ in 0..SAMPLES {
        let [translated, plain] = [Core::Translated, Core::Plain].map(|core| once(core, &code));
        samples.push((translated - plain) * 1e9 / size as f64);
    }
    median(samples)
}

/// Seconds of a first execution.
fn once(core: Core, code: &Bytes) -> f64 {
    let contract = Address::repeat_byte(0xcc);
    let mut database = MemoryDatabase::default();
    database.insert_account(contract, 1, U256::zero(), code.clone());
    let config = Config {
        core,
        ..Config::default()
    };
    let mut evm = Evm::new(Fork::Osaka, BlockEnv::default(), database).with_config(config);
    let message = Message::call(Address::zero(), contract, Bytes::new(), 10_000_000_000);
    let begin = thread_time();
    let executed = evm
        .call(&message)
        .expect("a database in memory does not fail");
    let time = thread_time() - begin;
    drop(executed);
    time.as_secs_f64()
}
