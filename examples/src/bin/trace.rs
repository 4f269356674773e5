//! Watches an execution: the standard trace (EIP-3155), and an inspector of one's own that counts instructions.

use std::collections::BTreeMap;
use std::io;

use gasworks::inspect::{Eip3155, Step};
use gasworks::{Address, BlockEnv, Bytes, Evm, Fork, Inspector, MemoryDatabase, Message};
use gasworks_examples::{FIBONACCI, bytes};
use gasworks_spec::opcode;

/// Counts how often each instruction runs.
#[derive(Default)]
struct Counter(BTreeMap<&'static str, u64>);

impl Inspector for Counter {
    fn step(&mut self, step: &Step<'_>) {
        let name = opcode(step.opcode).map_or("INVALID", |opcode| opcode.name);
        *self.0.entry(name).or_default() += 1;
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (caller, contract) = (Address::repeat_byte(0xaa), Address::repeat_byte(0xcc));
    let mut database = MemoryDatabase::default();
    // PUSH1 6, PUSH1 7, MUL
    database.insert_account(contract, 1, 0.into(), bytes("6006600702"));
    let loops = Address::repeat_byte(0xdd);
    database.insert_account(loops, 1, 0.into(), bytes(FIBONACCI));
    let mut evm = Evm::new(Fork::Osaka, BlockEnv::default(), database);

    println!("a line of JSON for each instruction:");
    let mut stdout = io::stdout();
    let mut trace = Eip3155::new(&mut stdout);
    let message = Message::call(caller, contract, Bytes::new(), 100_000);
    evm.inspect(&mut trace).call(&message)?.discard();

    println!("instructions of fibonacci(90):");
    let mut counter = Counter::default();
    let message = Message::call(caller, loops, Bytes::from_static(&[90]), 100_000);
    evm.inspect(&mut counter).call(&message)?.discard();
    for (name, count) in &counter.0 {
        println!("{name:>14} {count}");
    }
    Ok(())
}
