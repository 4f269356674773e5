//! Files of gas: writing, checking and comparing.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use gasworks_runner::contracts::report::snapshot::{Difference, Snapshot};
use gasworks_runner::contracts::result::SuiteResult;

use crate::terminal::{BAD, GOOD};

/// Writes the gas of tests to a file. Tests that did not run keep their lines; a file that is none of gas is not touched.
pub fn write(file: &Path, suites: &[SuiteResult], all_ran: bool) -> Result<(), String> {
    let now = Snapshot::of(suites);
    let mut snapshot = match fs::read_to_string(file) {
        Ok(text) => parse(file, &text)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Snapshot::default(),
        Err(error) => return Err(format!("{}: {error}", file.display())),
    };
    if all_ran {
        snapshot = now;
    } else {
        snapshot.update(now);
    }
    fs::write(file, snapshot.to_string()).map_err(|error| format!("{}: {error}", file.display()))
}

/// What differs from a file.
pub fn compare(
    file: &Path,
    suites: &[SuiteResult],
    tolerance: u32,
    all_ran: bool,
) -> Result<Vec<Difference>, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let snapshot = parse(file, &text)?;
    Ok(snapshot.differences(&Snapshot::of(suites), tolerance, all_ran))
}

fn parse(file: &Path, text: &str) -> Result<Snapshot, String> {
    Snapshot::parse(text).map_err(|error| format!("{}: {error}", file.display()))
}

/// Prints differences, and their sum.
pub fn print(differences: &[Difference]) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    let mut sum = 0;
    for difference in differences {
        match (difference.change(), &difference.before, &difference.after) {
            (Some((change, before)), _, _) => {
                sum += change;
                let style = if change > 0 { BAD } else { GOOD };
                let share = share(change, before);
                writeln!(
                    out,
                    "{} {style}(gas: {change:+} ({share})){style:#}",
                    difference.test
                )?;
            }
            (None, _, Some(after)) => writeln!(out, "{} is new {after}", difference.test)?,
            (None, Some(before), None) => writeln!(out, "{} is gone {before}", difference.test)?,
            (None, None, None) => {}
        }
    }
    if !differences.is_empty() {
        writeln!(out, "Overall gas change: {sum:+}")?;
    }
    Ok(())
}

/// A change in hundredths, with three digits after the point.
fn share(change: i128, before: u64) -> String {
    if before == 0 {
        return "from 0".to_owned();
    }
    let thousandths = change.abs() * 100_000 / i128::from(before);
    let sign = if change < 0 { '-' } else { '+' };
    format!("{sign}{}.{:03}%", thousandths / 1000, thousandths % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_exact() {
        assert_eq!(share(303, 31_000), "+0.977%");
        assert_eq!(share(-5, 10), "-50.000%");
        assert_eq!(share(1, 0), "from 0");
    }
}
