//! Prints reports as they come, for people or as the JSON that geth's `evm statetest` prints, and counts.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use gasworks_runner::fixtures::{
    AccountDump, CaseReport, FileOutcome, FileReport, Indexes, Kind, Mismatch,
};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::Args;
use crate::terminal::{complain, error, visible};

/// Prints reports as they come, and counts.
pub(super) struct Printer {
    json: bool,
    /// Whether state roots are to be written here; a traced run has written them already.
    state_roots: bool,
    /// Whether the JSON array of results has been opened.
    open: bool,
    counts: Counts,
    progress: ProgressBar,
    started: Instant,
}

#[derive(Default)]
struct Counts {
    passed: u64,
    failed: u64,
    not_filled: u64,
    unreadable: u64,
    not_runnable: BTreeMap<Kind, u64>,
}

impl fmt::Display for Counts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} passed, {} failed", self.passed, self.failed)?;
        if self.not_filled > 0 {
            write!(formatter, ", {} not filled", self.not_filled)?;
        }
        Ok(())
    }
}

impl Printer {
    #[allow(
        clippy::disallowed_methods,
        reason = "a person may want to know how long it took"
    )]
    pub(super) fn new(args: &Args) -> Printer {
        // The bar draws nothing where standard error is no terminal; beside a trace or in batch mode it would disturb.
        let progress = if args.trace || args.is_batch() {
            ProgressBar::hidden()
        } else {
            ProgressBar::new_spinner()
        };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed} {msg}") {
            progress.set_style(style);
        }
        progress.enable_steady_tick(Duration::from_millis(100));
        let json = args.json || (args.is_batch() && !args.human);
        Printer {
            json,
            state_roots: json && !args.trace,
            open: false,
            counts: Counts::default(),
            progress,
            started: Instant::now(),
        }
    }

    pub(super) fn file(&mut self, file: FileReport) -> io::Result<()> {
        let name = visible(&file.name);
        match file.outcome {
            FileOutcome::Ran(cases) => {
                for case in &cases {
                    self.case(&name, case)?;
                }
            }
            FileOutcome::NotRunnable(kind) => {
                *self.counts.not_runnable.entry(kind).or_default() += 1;
            }
            FileOutcome::Unreadable(reason) => {
                self.counts.unreadable += 1;
                let reason = reason.to_string();
                self.progress
                    .suspend(|| error(format_args!("{name}: {}", visible(&reason))));
            }
        }
        self.progress.set_message(self.counts.to_string());
        Ok(())
    }

    fn case(&mut self, file: &str, case: &CaseReport) -> io::Result<()> {
        match case.mismatch {
            None => self.counts.passed += 1,
            Some(Mismatch::NotFilled) => self.counts.not_filled += 1,
            Some(_) => self.counts.failed += 1,
        }
        if self.state_roots
            && let Some(root) = case.state_root
        {
            complain(format_args!("{{\"stateRoot\": \"{root:?}\"}}"));
        }
        if self.json {
            self.json_case(case)
        } else if case.mismatch.is_some() || case.state.is_some() {
            self.progress.suspend(|| print_case(file, case))
        } else {
            Ok(())
        }
    }

    fn json_case(&mut self, case: &CaseReport) -> io::Result<()> {
        let text = serde_json::to_string_pretty(&JsonCase::of(case))?.replace('\n', "\n  ");
        let start = if self.open { ",\n" } else { "[\n" };
        self.open = true;
        write!(io::stdout(), "{start}  {text}")
    }

    /// Closes the JSON array of results.
    pub(super) fn end_results(&mut self) -> io::Result<()> {
        if self.json {
            let end = if self.open { "\n]" } else { "[]" };
            self.open = false;
            writeln!(io::stdout(), "{end}")?;
        }
        io::stdout().flush()
    }

    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.progress.finish_and_clear();
        let counts = &self.counts;
        for (kind, files) in &counts.not_runnable {
            complain(format_args!("not run: {}, {files} files", kind.name()));
        }
        if counts.unreadable > 0 {
            complain(format_args!("not readable: {} files", counts.unreadable));
        }
        if counts.passed + counts.failed + counts.not_filled + counts.unreadable == 0 {
            error("no case was found to run");
        }
        if self.json {
            complain(format_args!("{counts}"));
        } else {
            writeln!(io::stdout(), "{counts}")?;
        }
        if io::stderr().is_terminal() {
            let seconds = self.started.elapsed().as_secs_f64();
            complain(format_args!("in {seconds:.1} s"));
        }
        Ok(())
    }

    pub(super) fn exit_code(&self) -> ExitCode {
        let counts = &self.counts;
        if counts.failed > 0 {
            ExitCode::from(1)
        } else if counts.unreadable > 0 || counts.passed + counts.not_filled == 0 {
            ExitCode::from(2)
        } else {
            ExitCode::SUCCESS
        }
    }
}

fn print_case(file: &str, case: &CaseReport) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    let status = match case.mismatch {
        None => "PASS",
        Some(Mismatch::NotFilled) => "NOT FILLED",
        Some(_) => "FAIL",
    };
    writeln!(stdout, "{status} {file}: {}", visible(&case.test))?;
    write!(stdout, "     fork {}", visible(&case.fork))?;
    if let Some(Indexes { data, gas, value }) = case.indexes {
        write!(stdout, ", data {data}, gas {gas}, value {value}")?;
    }
    writeln!(stdout)?;
    match (&case.mismatch, case.state_root) {
        (None, _) => {}
        // What an unfilled test lacks is what came out.
        (Some(Mismatch::NotFilled), Some(root)) => {
            writeln!(stdout, "     {{\"stateRoot\": \"{root:?}\"}}")?;
        }
        (Some(mismatch), _) => writeln!(stdout, "     {}", visible(&mismatch.to_string()))?,
    }
    if let Some(state) = &case.state {
        let state = serde_json::to_string_pretty(&JsonState::of(case, state))?;
        writeln!(stdout, "{state}")?;
    }
    Ok(())
}

/// One result as geth's `evm statetest` writes it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonCase<'a> {
    name: &'a str,
    pass: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_root: Option<String>,
    fork: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<JsonState>,
}

impl<'a> JsonCase<'a> {
    fn of(case: &'a CaseReport) -> JsonCase<'a> {
        JsonCase {
            name: &case.test,
            pass: case.mismatch.is_none(),
            state_root: case.state_root.map(|root| format!("{root:?}")),
            fork: &case.fork,
            error: case.mismatch.as_ref().map(ToString::to_string),
            state: case.state.as_ref().map(|state| JsonState::of(case, state)),
        }
    }
}

/// A whole state, in ascending order of addresses and slots so that two can be compared line by line.
#[derive(Serialize)]
struct JsonState {
    root: String,
    accounts: BTreeMap<String, JsonAccount>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonAccount {
    balance: String,
    nonce: u64,
    root: String,
    code_hash: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    code: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    storage: BTreeMap<String, String>,
}

impl JsonState {
    fn of(case: &CaseReport, state: &BTreeMap<gasworks::Address, AccountDump>) -> JsonState {
        let account = |account: &AccountDump| JsonAccount {
            balance: account.balance.to_string(),
            nonce: account.nonce,
            root: format!("{:?}", account.storage_root),
            code_hash: format!("{:?}", account.code_hash),
            code: if account.code.is_empty() {
                String::new()
            } else {
                format!("0x{:x}", account.code)
            },
            storage: account
                .storage
                .iter()
                .map(|(slot, value)| (format!("{slot:#066x}"), format!("{value:#x}")))
                .collect(),
        };
        JsonState {
            root: case
                .state_root
                .map_or_else(String::new, |root| format!("{root:x}")),
            accounts: state
                .iter()
                .map(|(address, state)| (format!("{address:?}"), account(state)))
                .collect(),
        }
    }
}
