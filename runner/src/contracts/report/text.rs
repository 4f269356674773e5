//! Lines as forge prints them: verdict, reason, counterexample, figures.

use std::fmt::{self, Display};

use super::super::abi;
use super::super::result::{Counterexample, FailingCall, Kind, TestResult, Verdict};

impl Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Unit { gas } => write!(formatter, "(gas: {gas})"),
            Kind::Fuzz { runs, mean, median } => {
                write!(formatter, "(runs: {runs}, μ: {mean}, ~: {median})")
            }
            Kind::Invariant {
                runs,
                calls,
                reverts,
            } => write!(
                formatter,
                "(runs: {runs}, calls: {calls}, reverts: {reverts})"
            ),
            Kind::Table { rows, mean, median } => {
                write!(formatter, "(runs: {rows}, μ: {mean}, ~: {median})")
            }
        }
    }
}

impl Display for FailingCall {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(sender) = self.sender {
            let target = abi::checksummed(self.target);
            write!(formatter, "sender={} addr=", abi::checksummed(sender))?;
            if let Some(contract) = &self.contract {
                write!(formatter, "[{contract}]")?;
            }
            write!(formatter, "{target} ")?;
        }
        if let Some((seconds, blocks)) = self.delay {
            write!(formatter, "warp={seconds} roll={blocks} ")?;
        }
        if !self.value.is_zero() {
            write!(formatter, "value={} ", self.value)?;
        }
        match &self.signature {
            Some(signature) if self.sender.is_some() => write!(formatter, "calldata={signature}")?,
            _ => write!(formatter, "calldata={}", abi::hex(&self.calldata))?,
        }
        write!(formatter, " args=[{}]", abi::pretty_list(&self.arguments))
    }
}

/// `[PASS]`, `[SKIP: why]` or `[FAIL: why; counterexample: ..]`; calls of a sequence follow on lines of their own.
pub fn verdict(test: &TestResult) -> String {
    let reason = test.reason.as_deref();
    let with_reason = |word: &str| match reason {
        Some(reason) => format!("[{word}: {reason}"),
        None => format!("[{word}"),
    };
    match (test.verdict, &test.counterexample) {
        (Verdict::Passed, _) => "[PASS]".to_owned(),
        (Verdict::Skipped, _) => with_reason("SKIP") + "]",
        (Verdict::Failed, None) => with_reason("FAIL") + "]",
        (Verdict::Failed, Some(Counterexample::Single(call))) => {
            format!("{}; counterexample: {call}]", with_reason("FAIL"))
        }
        (Verdict::Failed, Some(Counterexample::Sequence { original, calls })) => {
            let mut text = with_reason("FAIL");
            text.push_str(&format!(
                "]\n\t[Sequence] (original: {original}, shrunk: {})\n",
                calls.len()
            ));
            for call in calls {
                text.push_str(&format!("\t\t{call}\n"));
            }
            text
        }
    }
}

/// The whole line of a test.
pub fn line(test: &TestResult) -> String {
    format!("{} {} {}", verdict(test), test.name, test.kind)
}
