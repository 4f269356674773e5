//! What can be seen of an execution: everything that a node would put into a block, a receipt or the state.

use std::fmt::{Debug, Write};

use gasworks::{Address, Bytes, Hash};

use crate::case::State;

/// How a valid transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// By STOP, RETURN or SELFDESTRUCT.
    Success,
    /// By REVERT.
    Revert,
    /// Exceptionally. Why is not compared: where several reasons hold at once, each machine names the one it checks first.
    Halt,
}

/// A log entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// The contract that logged.
    pub address: Address,
    /// Up to four topics.
    pub topics: Vec<Hash>,
    /// The data.
    pub data: Bytes,
}

/// What came of a valid transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Executed {
    /// How it ended.
    pub status: Status,
    /// Gas used, after refunds and with the floor of EIP-7623.
    pub gas_used: u64,
    /// Gas refunded.
    pub gas_refunded: u64,
    /// Return data, the reason of a revert, or the deployed code.
    pub output: Bytes,
    /// The contract that the transaction itself created.
    pub created: Option<Address>,
    /// Logs in order.
    pub logs: Vec<Log>,
    /// All accounts afterwards.
    pub state: State,
}

/// What a machine says about a case: the result, or why it refuses the transaction.
pub type Verdict = Result<Executed, String>;

fn compare<T: PartialEq + Debug>(into: &mut String, what: &str, ours: &T, peer: &T) {
    if ours != peer {
        // Writing to a string does not fail.
        let _ = writeln!(into, "  {what}: gasworks {ours:?}, the other {peer:?}");
    }
}

/// What differs, one line each; empty if nothing does.
pub fn differences(ours: &Verdict, peer: &Verdict) -> String {
    let mut text = String::new();
    let (ours, peer) = match (ours, peer) {
        (Ok(ours), Ok(peer)) => (ours, peer),
        (Err(_), Err(_)) => return text,
        _ => {
            let ours = ours.as_ref().map(|executed| executed.status);
            let peer = peer.as_ref().map(|executed| executed.status);
            compare(&mut text, "validity", &ours, &peer);
            return text;
        }
    };
    compare(&mut text, "status", &ours.status, &peer.status);
    compare(&mut text, "gas used", &ours.gas_used, &peer.gas_used);
    compare(
        &mut text,
        "gas refunded",
        &ours.gas_refunded,
        &peer.gas_refunded,
    );
    compare(&mut text, "output", &ours.output, &peer.output);
    compare(&mut text, "created", &ours.created, &peer.created);
    compare(&mut text, "logs", &ours.logs, &peer.logs);
    let mut addresses: Vec<&Address> = ours.state.keys().chain(peer.state.keys()).collect();
    addresses.sort_unstable();
    addresses.dedup();
    for address in addresses {
        let (ours, peer) = (ours.state.get(address), peer.state.get(address));
        compare(&mut text, &format!("account {address:?}"), &ours, &peer);
    }
    text
}
