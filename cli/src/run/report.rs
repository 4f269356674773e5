//! What a run came to, for people and for programs.

use std::collections::BTreeMap;
use std::io::{self, Write};

use anstyle::Style;
use gasworks::{Address, Bytes, CallStatus, Changes, Fork, Outcome, U256};
use serde::Serialize;

use super::benchmark::Benchmark;
use super::prestate::{Account, Accounts};
use super::revert_reason;
use crate::terminal::{BAD, GOOD, LABEL, grouped, visible};

/// A value before and after.
type Change = (U256, U256);

/// What a run came to.
pub struct Report {
    fork: Fork,
    gas: u64,
    outcome: Outcome,
    created_code: Option<Bytes>,
    balances: BTreeMap<Address, Change>,
    storage: BTreeMap<Address, BTreeMap<U256, Change>>,
    deleted: Vec<Address>,
    /// All accounts afterwards, if they are to be printed.
    pub accounts: Option<Accounts>,
    /// How fast it ran, if that was measured.
    pub bench: Option<Benchmark>,
}

impl Report {
    /// Compares what a run changed with what there was before.
    pub fn new(
        fork: Fork,
        gas: u64,
        outcome: Outcome,
        before: &Accounts,
        changes: &Changes,
    ) -> Self {
        let mut report = Self {
            fork,
            gas,
            created_code: None,
            balances: BTreeMap::new(),
            storage: BTreeMap::new(),
            deleted: Vec::new(),
            accounts: None,
            bench: None,
            outcome,
        };
        let none = Account::default();
        for (address, change) in &changes.accounts {
            let account = before.get(address).unwrap_or(&none);
            let balance = if change.deleted {
                // An account that had wei alone is as good as there; its balance says all.
                if account.nonce != 0 || !account.code.is_empty() || !account.storage.is_empty() {
                    report.deleted.push(*address);
                }
                U256::zero()
            } else {
                change.balance
            };
            if account.balance != balance {
                report.balances.insert(*address, (account.balance, balance));
            }
            let slots = change.storage.iter().filter_map(|(slot, after)| {
                let before = account.storage.get(slot).copied().unwrap_or_default();
                (before != *after).then_some((*slot, (before, *after)))
            });
            let slots: BTreeMap<_, _> = slots.collect();
            if !slots.is_empty() {
                report.storage.insert(*address, slots);
            }
            if report.outcome.created == Some(*address) {
                report.created_code = change.code.clone();
            }
        }
        report
    }

    /// How the run ended.
    pub fn status(&self) -> CallStatus {
        self.outcome.status
    }

    /// Why the run did not succeed, in words.
    fn reason(&self) -> Option<String> {
        match self.outcome.status {
            CallStatus::Success => None,
            CallStatus::Revert => revert_reason::decode(&self.outcome.output),
            CallStatus::Halt(halt) => Some(halt.to_string()),
        }
    }

    /// Writes one JSON object.
    pub fn write_json(&self, to: &mut impl Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *to, &JsonReport::of(self))?;
        writeln!(to)?;
        to.flush()
    }

    /// Writes lines for people.
    pub fn write_text(&self, to: &mut impl Write) -> io::Result<()> {
        self.write_result(to)?;
        self.write_logs(to)?;
        self.write_changes(to)?;
        if let Some(bench) = &self.bench {
            label(to, "median time")?;
            let (time, runs) = (grouped(bench.median_nanoseconds), grouped(bench.runs));
            writeln!(to, "{time} ns of {runs} runs")?;
            label(to, "speed")?;
            writeln!(to, "{} gas per second", grouped(bench.gas_per_second))?;
        }
        if let Some(accounts) = &self.accounts {
            label(to, "accounts")?;
            writeln!(to)?;
            let accounts = JsonPrestate::of(accounts);
            writeln!(to, "{}", serde_json::to_string_pretty(&accounts)?)?;
        }
        to.flush()
    }

    fn write_result(&self, to: &mut impl Write) -> io::Result<()> {
        let (style, status): (Style, &str) = match self.outcome.status {
            CallStatus::Success => (GOOD, "success"),
            CallStatus::Revert => (BAD, "reverted"),
            CallStatus::Halt(_) => (BAD, "halted"),
        };
        label(to, "status")?;
        write!(to, "{style}{status}{style:#}")?;
        match self.reason() {
            // A contract's text may hold anything, and a terminal obeys some of it.
            Some(reason) => writeln!(to, ": {}", visible(&reason))?,
            None => writeln!(to)?,
        }
        if let Some(created) = self.outcome.created {
            label(to, "created")?;
            writeln!(to, "{created:?}")?;
            label(to, "code")?;
            let code = self.created_code.clone().unwrap_or_default();
            writeln!(to, "0x{code:x}")?;
        } else {
            label(to, "return data")?;
            let output = &self.outcome.output;
            write!(to, "0x{output:x}")?;
            // A word that is small is likely a number, and a large one a hash.
            match <&[u8; 32]>::try_from(&output[..]).map(|word| U256::from_big_endian(word)) {
                Ok(number) if number.bits() <= 128 => writeln!(to, " ({number})")?,
                _ => writeln!(to)?,
            }
        }
        label(to, "gas used")?;
        let (used, gas) = (grouped(self.outcome.gas_used), grouped(self.gas));
        writeln!(to, "{used} of {gas}")?;
        if self.outcome.gas_refunded > 0 {
            label(to, "refund")?;
            writeln!(to, "{} gas", grouped(self.outcome.gas_refunded))?;
        }
        Ok(())
    }

    fn write_logs(&self, to: &mut impl Write) -> io::Result<()> {
        for log in &self.outcome.logs {
            label(to, "log")?;
            writeln!(to, "{:?}", log.address)?;
            for topic in log.topics {
                writeln!(to, "    topic {topic:?}")?;
            }
            writeln!(to, "    data  0x{:x}", Bytes::copy_from_slice(log.data))?;
        }
        Ok(())
    }

    fn write_changes(&self, to: &mut impl Write) -> io::Result<()> {
        for (address, slots) in &self.storage {
            label(to, "storage")?;
            writeln!(to, "{address:?}")?;
            for (slot, (before, after)) in slots {
                writeln!(to, "    {slot:#x}: {before:#x} -> {after:#x}")?;
            }
        }
        for (address, (before, after)) in &self.balances {
            label(to, "balance")?;
            writeln!(to, "{address:?}: {before} -> {after} wei")?;
        }
        for address in &self.deleted {
            label(to, "deleted")?;
            writeln!(to, "{address:?}")?;
        }
        Ok(())
    }
}

fn label(to: &mut impl Write, name: &str) -> io::Result<()> {
    write!(to, "{LABEL}{name:<12}{LABEL:#} ")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonReport<'a> {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    fork: &'static str,
    gas_used: u64,
    gas_refunded: u64,
    output: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<String>,
    logs: Vec<JsonLog>,
    storage: BTreeMap<String, BTreeMap<String, JsonChange>>,
    balances: BTreeMap<String, JsonChange>,
    deleted: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bench: Option<&'a Benchmark>,
    #[serde(flatten)]
    accounts: Option<JsonPrestate>,
}

#[derive(Serialize)]
struct JsonLog {
    address: String,
    topics: Vec<String>,
    data: String,
}

#[derive(Serialize)]
struct JsonChange {
    before: String,
    after: String,
}

impl JsonChange {
    fn of((before, after): &Change) -> Self {
        Self {
            before: quantity(before),
            after: quantity(after),
        }
    }
}

/// Accounts in the form that a pre-state is read from.
#[derive(Serialize)]
struct JsonPrestate {
    alloc: BTreeMap<String, JsonAccount>,
}

#[derive(Serialize)]
struct JsonAccount {
    balance: String,
    nonce: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    storage: BTreeMap<String, String>,
}

fn quantity(value: &U256) -> String {
    format!("{value:#x}")
}

/// A word in full, so that text is in the order of numbers.
fn full(value: &U256) -> String {
    format!("{value:#066x}")
}

impl<'a> JsonReport<'a> {
    fn of(report: &'a Report) -> Self {
        let outcome = &report.outcome;
        let log = |log: gasworks::Log<'_>| JsonLog {
            address: format!("{:?}", log.address),
            topics: log
                .topics
                .iter()
                .map(|topic| format!("{topic:?}"))
                .collect(),
            data: format!("0x{:x}", Bytes::copy_from_slice(log.data)),
        };
        let slots = |slots: &BTreeMap<U256, Change>| {
            let changes = slots.iter();
            changes
                .map(|(slot, change)| (full(slot), JsonChange::of(change)))
                .collect()
        };
        let storage = report.storage.iter();
        let balances = report.balances.iter();
        Self {
            status: match outcome.status {
                CallStatus::Success => "success",
                CallStatus::Revert => "revert",
                CallStatus::Halt(_) => "halt",
            },
            reason: report.reason(),
            fork: report.fork.name(),
            gas_used: outcome.gas_used,
            gas_refunded: outcome.gas_refunded,
            output: format!("0x{:x}", outcome.output),
            created: outcome.created.map(|address| format!("{address:?}")),
            logs: outcome.logs.iter().map(log).collect(),
            storage: storage
                .map(|(address, changes)| (format!("{address:?}"), slots(changes)))
                .collect(),
            balances: balances
                .map(|(address, change)| (format!("{address:?}"), JsonChange::of(change)))
                .collect(),
            deleted: report
                .deleted
                .iter()
                .map(|address| format!("{address:?}"))
                .collect(),
            bench: report.bench.as_ref(),
            accounts: report.accounts.as_ref().map(JsonPrestate::of),
        }
    }
}

impl JsonPrestate {
    fn of(accounts: &Accounts) -> Self {
        let account = |account: &Account| JsonAccount {
            balance: quantity(&account.balance),
            nonce: format!("{:#x}", account.nonce),
            code: (!account.code.is_empty()).then(|| format!("0x{:x}", account.code)),
            storage: account
                .storage
                .iter()
                .map(|(slot, value)| (full(slot), full(value)))
                .collect(),
        };
        let alloc = accounts
            .iter()
            .map(|(address, state)| (format!("{address:?}"), account(state)))
            .collect();
        Self { alloc }
    }
}
