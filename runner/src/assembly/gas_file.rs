//! Gas that was recorded: a text file beside the source, with a line for each `gas = snapshot`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What to do with figures that differ from those that were recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Snapshots {
    /// They are failures; what has not been recorded yet is.
    #[default]
    Record,
    /// The new ones take their place.
    Update,
    /// They are failures, and so is what has not been recorded yet.
    Check,
}

/// The figures of one source.
#[derive(Debug)]
pub(super) struct GasFile {
    path: PathBuf,
    mode: Snapshots,
    recorded: Result<BTreeMap<String, u64>, String>,
    /// Figures of the test that runs.
    new: Vec<(String, u64)>,
    changed: bool,
}

const HEADER: &str =
    "; Gas of the calls that `gas = snapshot` asks for. Written by `gasworks test`.\n";

impl GasFile {
    /// Reads the file beside a source, if there is one.
    pub(super) fn read(source: &Path, mode: Snapshots) -> Self {
        let path = source.with_extension("gas");
        let recorded = match std::fs::read_to_string(&path) {
            Ok(text) => parse(&text)
                .map_err(|line| format!("line {line} of {} is no record of gas", path.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
            Err(error) => Err(format!("{}: {error}", path.display())),
        };
        Self {
            path,
            mode,
            recorded,
            new: Vec::new(),
            changed: false,
        }
    }

    /// Compares a figure with what was recorded, or records it.
    pub(super) fn check(&mut self, test: &str, number: usize, gas: u64) -> Result<(), String> {
        let recorded = self.recorded.as_ref().map_err(String::clone)?;
        let key = format!("{test:?} {number}");
        match (recorded.get(&key).copied(), self.mode) {
            (Some(before), _) if before == gas => Ok(()),
            (Some(before), Snapshots::Record | Snapshots::Check) => {
                let (sign, change) = match gas > before {
                    true => ('+', gas - before),
                    false => ('-', before - gas),
                };
                Err(format!(
                    "gas is {gas}, and {before} was recorded ({sign}{change})"
                ))
            }
            (None, Snapshots::Check) => Err(format!("gas is {gas}, and nothing was recorded")),
            _ => {
                self.new.push((key, gas));
                Ok(())
            }
        }
    }

    /// Records the new figures of a test that passed; those of one that failed are forgotten.
    pub(super) fn end_test(&mut self, passed: bool) {
        let new = std::mem::take(&mut self.new);
        if let Ok(recorded) = &mut self.recorded
            && passed
        {
            self.changed |= !new.is_empty();
            recorded.extend(new);
        }
    }

    /// Writes what was recorded anew. A file that could not be read is left as it is.
    pub(super) fn write(&self) -> Result<(), String> {
        let Ok(recorded) = &self.recorded else {
            return Ok(());
        };
        if !self.changed {
            return Ok(());
        }
        let mut text = HEADER.to_owned();
        for (key, gas) in recorded {
            text.push_str(&format!("{key}: {gas}\n"));
        }
        // A reader finds the old file or the new one.
        let temporary = self.path.with_extension("gas.new");
        let written = std::fs::write(&temporary, text);
        let written = written.and_then(|()| std::fs::rename(&temporary, &self.path));
        written.map_err(|error| format!("{}: {error}", self.path.display()))
    }
}

/// The figures of a text, or the number of its first line that is none.
fn parse(text: &str) -> Result<BTreeMap<String, u64>, usize> {
    let mut recorded = BTreeMap::new();
    for (index, line) in text.lines().enumerate() {
        if line.is_empty() || line.starts_with(';') {
            continue;
        }
        let entry = line
            .rsplit_once(": ")
            .filter(|(key, _)| key.starts_with('"'));
        let entry = entry.and_then(|(key, gas)| Some((key, gas.parse().ok()?)));
        let (key, gas) = entry.ok_or(index + 1)?;
        recorded.insert(key.to_owned(), gas);
    }
    Ok(recorded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str, mode: Snapshots) -> GasFile {
        GasFile {
            path: PathBuf::new(),
            mode,
            recorded: parse(text).map_err(|line| line.to_string()),
            new: Vec::new(),
            changed: false,
        }
    }

    #[test]
    fn figures_are_compared_recorded_and_updated() {
        let text = format!("{HEADER}\"a: b\" 1: 100\n");
        let mut record = file(&text, Snapshots::Record);
        assert_eq!(record.check("a: b", 1, 100), Ok(()));
        assert_eq!(
            record.check("a: b", 1, 90),
            Err("gas is 90, and 100 was recorded (-10)".into())
        );
        record.end_test(true);
        assert!(!record.changed);
        assert_eq!(record.check("a: b", 2, 90), Ok(()));
        record.end_test(false);
        assert!(!record.changed);
        assert_eq!(record.check("a: b", 2, 90), Ok(()));
        record.end_test(true);
        assert!(record.changed);
        let mut check = file(&text, Snapshots::Check);
        assert!(check.check("new", 1, 5).is_err() && !check.changed);
        let mut update = file(&text, Snapshots::Update);
        assert_eq!(update.check("a: b", 1, 90), Ok(()));
        update.end_test(true);
        assert_eq!(update.check("a: b", 1, 90), Ok(()));
        assert!(update.changed);
    }

    #[test]
    fn what_is_no_record_is_refused() {
        for wrong in [
            "x",
            "\"a\" 1: x",
            "a 1: 5",
            "\"a\" 1: 99999999999999999999",
            "\"a\" 1: -1",
        ] {
            assert_eq!(parse(&format!("{HEADER}{wrong}\n")), Err(2), "{wrong}");
        }
    }
}
