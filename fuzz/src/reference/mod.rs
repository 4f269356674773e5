//! A second machine, written from the Yellow Paper, the EIPs and the execution specifications to be obviously right.
//!
//! It shares nothing with the machine under test but plain data: the case, words, addresses. It has its own table of forks
//! (`rules`), instructions, prices and hashes; it undoes a frame by putting back a copy of the whole state, and enters a
//! frame by calling itself. Nothing in it is fast.
//!
//! Why it calls itself, where the machine under test must not: so do the specifications, and a call that reads as in the
//! text is what makes this one easy to check. The depth is bounded by the protocol (1,024), and [`run`] gives the whole a
//! thread whose stack is large enough for that many.
//!
//! The curves of the precompiles that pair points are beyond a page of code. With the feature `peers` another library
//! answers for them; without it a case that calls one is [`NotCovered`].

use std::thread;

use gasworks::{Address, U256};

use self::machine::Machine;
use crate::case::Case;
use crate::verdict::Verdict;

mod blake2f;
mod calls;
mod curve;
mod environment;
mod frame;
mod hashes;
mod instructions;
#[cfg(feature = "peers")]
mod library;
mod machine;
mod message;
mod modexp;
mod opcodes;
mod precompiles;
mod rules;
#[cfg(test)]
mod steps_test;
mod storage;
mod transaction;
mod words;
mod world;

/// The stack of the thread that interprets. A frame of the interpreter takes some kilobytes of it, in builds without
/// optimization some ten; only what is used is ever backed by memory.
const STACK: usize = 256 << 20;

/// The state of a frame before an instruction: what EIP-3155 shows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Position in the code.
    pub pc: usize,
    /// The instruction.
    pub opcode: u8,
    /// Gas left.
    pub gas: u64,
    /// 1 for a transaction's own frame.
    pub depth: usize,
    /// The stack, bottom first.
    pub stack: Vec<U256>,
}

/// Why there is no verdict.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCovered {
    /// The case calls a precompiled contract that is not written down here.
    #[error(
        "the precompile at {0:?} is not covered by the reference; build with the feature `peers`"
    )]
    Precompile(Address),
    /// The system has no thread to run it on, or the thread failed.
    #[error("the reference could not be run: {0}")]
    Thread(String),
}

/// What the specification makes of a case.
///
/// # Errors
/// [`NotCovered`] if that is not known here.
pub fn run(case: &Case) -> Result<Verdict, NotCovered> {
    on_large_stack(|| Machine::new(case, None).run()).map(|(verdict, _)| verdict)
}

/// The same with every step, `most` of them at most.
///
/// # Errors
/// [`NotCovered`] if that is not known here.
pub fn trace(case: &Case, most: usize) -> Result<(Verdict, Vec<Step>), NotCovered> {
    on_large_stack(|| Machine::new(case, Some(most)).run())
}

fn on_large_stack<T: Send>(
    run: impl FnOnce() -> Result<T, NotCovered> + Send,
) -> Result<T, NotCovered> {
    thread::scope(|scope| {
        let spawned = thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, run);
        let handle = spawned.map_err(|error| NotCovered::Thread(error.to_string()))?;
        let joined = handle.join();
        joined.unwrap_or_else(|_| Err(NotCovered::Thread("it panicked".to_owned())))
    })
}
