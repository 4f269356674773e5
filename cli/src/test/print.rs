//! Prints results as they come: suites with their tests, then what failed, then a line that sums it up.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};
use gasworks_runner::contracts::Session;
use gasworks_runner::contracts::report::trace::Extent;
use gasworks_runner::contracts::report::{Counts, text};
use gasworks_runner::contracts::result::{SuiteResult, TestResult, Verdict};
use indicatif::{ProgressBar, ProgressStyle};

use crate::terminal::{BAD, GOOD, LABEL, visible};

/// What was left out.
const SKIPPED: Style = AnsiColor::Yellow.on_default().bold();

/// Prints for people.
pub struct Printer<'a> {
    session: &'a Session,
    verbosity: u8,
    progress: ProgressBar,
    started: Instant,
}

impl<'a> Printer<'a> {
    #[allow(
        clippy::disallowed_methods,
        reason = "a person may want to know how long it took"
    )]
    pub fn new(session: &'a Session, verbosity: u8) -> Printer<'a> {
        Printer {
            session,
            verbosity,
            progress: ProgressBar::hidden(),
            started: Instant::now(),
        }
    }

    /// Shows how many tests are done; it draws nothing where standard error is no terminal.
    pub fn begin(&mut self, tests: usize) {
        self.progress = ProgressBar::new(tests as u64);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {pos}/{len} {elapsed} {msg}") {
            self.progress.set_style(style);
        }
        self.progress.enable_steady_tick(Duration::from_millis(100));
    }

    /// How long it has been running.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Prints a suite.
    pub fn suite(&self, suite: &SuiteResult) -> io::Result<()> {
        self.progress.inc(suite.tests.len() as u64);
        self.progress.set_message(suite.contract.clone());
        self.progress.suspend(|| self.print_suite(suite))
    }

    fn print_suite(&self, suite: &SuiteResult) -> io::Result<()> {
        let mut out = anstream::stdout().lock();
        let counts = Counts::of([suite]);
        let tests = counted(counts.total(), "test");
        writeln!(out, "\nRan {tests} for {}", visible(&suite.name()))?;
        for warning in &suite.warnings {
            writeln!(out, "{SKIPPED}warning:{SKIPPED:#} {}", lines(warning))?;
        }
        for test in &suite.tests {
            write_test(&mut out, test)?;
            if self.verbosity >= 2 && !test.logs.is_empty() {
                writeln!(out, "Logs:")?;
                for log in &test.logs {
                    for line in log.lines() {
                        writeln!(out, "  {}", visible(line))?;
                    }
                }
                writeln!(out)?;
            }
            if let Some(extent) = self.extent(test.verdict)
                && let Some(trace) = self.session.draw(suite, test, extent)
            {
                writeln!(out, "Traces:")?;
                for line in trace.lines() {
                    writeln!(out, "{}", visible(line))?;
                }
                writeln!(out)?;
            }
        }
        let (style, word) = match counts.failed {
            0 => (GOOD, "ok"),
            _ => (BAD, "FAILED"),
        };
        writeln!(
            out,
            "Suite result: {style}{word}{style:#}. {} passed; {} failed; {} skipped",
            counts.passed, counts.failed, counts.skipped
        )
    }

    /// How much of a test's calls is shown.
    fn extent(&self, verdict: Verdict) -> Option<Extent> {
        let failed = verdict == Verdict::Failed;
        match self.verbosity {
            0..=2 => None,
            3 => failed.then_some(Extent::Execution),
            4 if failed => Some(Extent::Setup),
            4 => Some(Extent::Execution),
            _ => Some(Extent::Setup),
        }
    }

    /// Prints what failed once more, and the sum.
    pub fn finish(&self, suites: &[SuiteResult], seed: Option<&str>) -> io::Result<()> {
        self.progress.finish_and_clear();
        let mut out = anstream::stdout().lock();
        let counts = Counts::of(suites);
        let milliseconds = self.elapsed().as_millis();
        writeln!(
            out,
            "\nRan {} in {}.{:03}s: {GOOD}{}{GOOD:#} tests passed, {BAD}{}{BAD:#} failed, \
             {SKIPPED}{}{SKIPPED:#} skipped ({} total tests)",
            counted(suites.len(), "test suite"),
            milliseconds / 1000,
            milliseconds % 1000,
            counts.passed,
            counts.failed,
            counts.skipped,
            counts.total()
        )?;
        if counts.failed > 0 {
            failures(&mut out, suites, &counts)?;
        }
        match seed {
            Some(seed) => writeln!(out, "Seed: {seed}"),
            None => Ok(()),
        }
    }
}

fn failures(out: &mut impl Write, suites: &[SuiteResult], counts: &Counts) -> io::Result<()> {
    writeln!(out, "\nFailing tests:")?;
    for suite in suites {
        let failed: Vec<&TestResult> = suite
            .tests
            .iter()
            .filter(|test| test.verdict == Verdict::Failed)
            .collect();
        if failed.is_empty() {
            continue;
        }
        let tests = counted(failed.len(), "failing test");
        writeln!(out, "Encountered {tests} in {}", visible(&suite.name()))?;
        for test in failed {
            write_test(out, test)?;
        }
        writeln!(out)?;
    }
    writeln!(
        out,
        "Encountered a total of {BAD}{}{BAD:#} failing tests, {GOOD}{}{GOOD:#} tests succeeded; `--rerun` runs those that \
         failed",
        counts.failed, counts.passed
    )
}

/// Prints a table of suites.
pub fn summary(suites: &[SuiteResult]) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    let names = suites.iter().map(|suite| suite.contract.chars().count());
    let width = names.max().unwrap_or_default().max("Test suite".len());
    writeln!(
        out,
        "\n{LABEL}{:width$}  {:>7}  {:>7}  {:>7}{LABEL:#}",
        "Test suite", "Passed", "Failed", "Skipped"
    )?;
    for suite in suites {
        let counts = Counts::of([suite]);
        writeln!(
            out,
            "{:width$}  {:>7}  {:>7}  {:>7}",
            visible(&suite.contract),
            counts.passed,
            counts.failed,
            counts.skipped
        )?;
    }
    Ok(())
}

/// Prints failures as annotations of GitHub: `::error file=..,title=..::why`.
pub fn annotations(suites: &[SuiteResult]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for suite in suites {
        for test in &suite.tests {
            if test.verdict == Verdict::Failed {
                let title = format!("{}.{}", suite.contract, test.name);
                writeln!(
                    out,
                    "::error file={},title={}::{}",
                    property(&suite.source),
                    property(&title),
                    data(&text::verdict(test))
                )?;
            }
        }
    }
    Ok(())
}

/// Text of an annotation: its marks are written as escapes.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

fn write_test(out: &mut impl Write, test: &TestResult) -> io::Result<()> {
    let style = match test.verdict {
        Verdict::Passed => GOOD,
        Verdict::Failed => BAD,
        Verdict::Skipped => SKIPPED,
    };
    let verdict = text::verdict(test);
    writeln!(
        out,
        "{style}{}{style:#} {} {}",
        lines(&verdict),
        visible(&test.name),
        test.kind
    )
}

/// Text of several lines as a terminal may see it.
fn lines(text: &str) -> String {
    let shown = text.split('\n').map(|line| {
        let rest = line.trim_start_matches('\t');
        let tabs = "\t".repeat(line.len() - rest.len());
        format!("{tabs}{}", visible(rest))
    });
    shown.collect::<Vec<_>>().join("\n")
}

fn counted(number: usize, thing: &str) -> String {
    match number {
        1 => format!("1 {thing}"),
        _ => format!("{number} {thing}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn annotations_stay_on_one_line() {
        assert_eq!(data("50% of\nit"), "50%25 of%0Ait");
        assert_eq!(property("a:b,c"), "a%3Ab%2Cc");
    }

    #[test]
    fn lines_and_tabs_of_ours_are_kept_and_nothing_else_that_a_terminal_obeys() {
        assert_eq!(
            lines("[FAIL]\n\t\tcall\u{1b}[2J"),
            "[FAIL]\n\t\tcall\\u{1b}[2J"
        );
        assert_eq!(
            (counted(1, "test"), counted(2, "test")),
            ("1 test".into(), "2 tests".into())
        );
    }
}
