//! Stopping an execution: by a flag from another thread, by a number of instructions.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use gasworks::{Config, Error, Fork, Inspector, Stopped, Transaction};
use gasworks_tests::code::{Code, op, push, return_top, sload, sstore_top};
use gasworks_tests::world::{World, message, transaction};

/// Sets slot 0 and, called with input, goes on for ever.
fn counts_and_may_loop() -> Code {
    let head = sload(0) + push(1) + op("ADD") + sstore_top(0) + op("CALLDATASIZE");
    let end = sload(0) + return_top();
    let target = head.size() + 3 + end.size();
    head + push(target) + op("JUMPI") + end + op("JUMPDEST") + push(target) + op("JUMP")
}

fn endless() -> gasworks::Message {
    gasworks::Message {
        input: vec![1].into(),
        ..message(u64::MAX / 2)
    }
}

/// Sets a flag at the first instruction.
struct Started(Arc<AtomicBool>);

impl Inspector for Started {
    fn step(&mut self, _: &gasworks::inspect::Step<'_>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn another_thread_interrupts_an_endless_loop() {
    let (flag, started) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicBool::new(false)),
    );
    let mut world = World::new(Fork::Osaka, counts_and_may_loop());
    world.config = Config {
        interrupt: Some(Arc::clone(&flag)),
        ..Config::default()
    };
    let mut evm = world.evm();
    let stopper = std::thread::spawn({
        let (flag, started) = (Arc::clone(&flag), Arc::clone(&started));
        move || {
            while !started.load(Ordering::Relaxed) {
                std::thread::yield_now();
            }
            flag.store(true, Ordering::Relaxed);
        }
    });
    let mut watch = Started(started);
    let result = evm
        .inspect(&mut watch)
        .call(&endless())
        .map(|executed| executed.outcome().clone());
    assert!(
        matches!(result, Err(Error::Stopped(Stopped::Interrupt))),
        "{result:?}"
    );
    stopper.join().expect("no panic");
    // The flag stops whatever comes, until it is taken down; the state is as it was.
    assert!(matches!(
        evm.call(&message(100_000)).map(|_| ()),
        Err(Error::Stopped(Stopped::Interrupt))
    ));
    flag.store(false, Ordering::Relaxed);
    assert_eq!(
        evm.call(&message(100_000)).expect("a call").commit().output[31],
        1
    );
}

#[test]
fn a_step_limit_stops_and_leaves_the_state_as_it_was() {
    let mut world = World::new(Fork::Osaka, counts_and_may_loop());
    // SLOAD and its push, PUSH ADD, PUSH SSTORE, CALLDATASIZE, PUSH JUMPI, then PUSH SLOAD, PUSH MSTORE, PUSH PUSH RETURN.
    for (limit, enough) in [(16, true), (15, false), (1, false), (0, false)] {
        world.config = Config {
            step_limit: Some(limit),
            ..Config::default()
        };
        let mut evm = world.evm();
        // The limit is for each execution anew.
        for _ in 0..2 {
            let result = evm
                .call(&message(100_000))
                .map(|executed| executed.discard().output[31]);
            match result {
                Ok(count) => assert!(enough && count == 1, "{limit}"),
                Err(Error::Stopped(Stopped::StepLimit)) => assert!(!enough, "{limit}"),
                Err(error) => panic!("{error}"),
            }
        }
        let stopped = evm.call(&endless()).map(|_| ());
        assert!(matches!(stopped, Err(Error::Stopped(Stopped::StepLimit))));
        // The nonce and the fee of a transaction are untouched, too.
        let endless = Transaction {
            input: vec![1].into(),
            ..transaction()
        };
        assert!(matches!(
            evm.transact(&endless).map(|_| ()),
            Err(Error::Stopped(Stopped::StepLimit))
        ));
        if enough {
            assert_eq!(
                evm.transact(&transaction())
                    .expect("nonce 0")
                    .discard()
                    .output[31],
                1
            );
        }
    }
}
