//! Stops code that never ends: by gas, by a number of steps, and from another thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use gasworks::{
    Address, BlockEnv, Bytes, Config, Error, Evm, Fork, MemoryDatabase, Message, Stopped,
};
use gasworks_assembler::{Options, assemble};
use gasworks_examples::ENDLESS;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let contract = Address::repeat_byte(0xcc);
    let code = Bytes::from(assemble(ENDLESS, &Options::default())?.code);
    let machine = |config| {
        let mut database = MemoryDatabase::default();
        database.insert_account(contract, 1, 0.into(), code.clone());
        Evm::new(Fork::Osaka, BlockEnv::default(), database).with_config(config)
    };
    let endless = |gas| Message::call(Address::repeat_byte(0xaa), contract, Bytes::new(), gas);

    // Gas is part of the protocol: running out of it is an outcome, which every machine agrees on. What the program has
    // counted so far is undone.
    let outcome = machine(Config::default())
        .call(&endless(1_000_000))?
        .discard();
    println!(
        "by gas:       {:?} after {} gas",
        outcome.status, outcome.gas_used
    );

    // Steps and the interrupt are the embedder's: there is no outcome, and the state is as it was.
    let config = Config {
        step_limit: Some(1_000),
        ..Config::default()
    };
    match machine(config).call(&endless(u64::MAX)) {
        Err(Error::Stopped(Stopped::StepLimit)) => println!("by steps:     the limit is reached"),
        _ => return Err("the steps did not stop it".into()),
    }

    let flag = Arc::new(AtomicBool::new(false));
    let config = Config {
        interrupt: Some(Arc::clone(&flag)),
        ..Config::default()
    };
    let watch = thread::spawn(move || {
        thread::sleep(Duration::from_millis(50));
        flag.store(true, Ordering::Relaxed);
    });
    let stopped = matches!(
        machine(config).call(&endless(u64::MAX)),
        Err(Error::Stopped(Stopped::Interrupt))
    );
    watch.join().map_err(|_| "the other thread failed")?;
    if !stopped {
        return Err("the interrupt did not stop it".into());
    }
    println!("by interrupt: another thread has set the flag");
    Ok(())
}
