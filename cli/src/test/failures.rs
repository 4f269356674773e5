//! Remembers which tests failed, so that they can be run again.
//!
//! The file is `cache/gasworks-failures` in the tested folder: a line a test, its suite and its signature with a tab in
//! between. It is there only while something fails.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use gasworks_runner::contracts::result::{SuiteResult, Verdict};

/// The first line, so that a file of something else is not taken for one.
const HEADER: &str = "# tests that failed, for gasworks test --rerun";

/// Such a file.
pub struct File(PathBuf);

impl File {
    /// The file of what is tested.
    pub fn of(path: &Path) -> File {
        let folder = match path.is_dir() {
            true => path,
            false => path.parent().unwrap_or(path),
        };
        File(folder.join("cache").join("gasworks-failures"))
    }

    /// The tests that failed last time.
    pub fn read(&self) -> Result<BTreeSet<(String, String)>, String> {
        let text = match fs::read_to_string(&self.0) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err("nothing failed last time".to_owned());
            }
            Err(error) => return Err(self.about(&error)),
        };
        parse(&text).ok_or_else(|| self.about(&"not a list of failed tests"))
    }

    /// Notes what failed now. After a part of the tests, what is known of the others stays.
    pub fn write(&self, suites: &[SuiteResult], all_ran: bool) -> Result<(), String> {
        let mut failed = BTreeSet::new();
        let known = match fs::read_to_string(&self.0) {
            Ok(text) => parse(&text).ok_or_else(|| self.about(&"not a list of failed tests"))?,
            Err(_) => BTreeSet::new(),
        };
        if !all_ran {
            failed.extend(known.iter().cloned());
        }
        for suite in suites {
            for test in &suite.tests {
                let entry = (suite.name(), test.name.clone());
                match test.verdict {
                    Verdict::Failed => failed.insert(entry),
                    _ => failed.remove(&entry),
                };
            }
        }
        if failed == known {
            return Ok(());
        }
        if failed.is_empty() {
            return fs::remove_file(&self.0).map_err(|error| self.about(&error));
        }
        let lines = failed
            .iter()
            .map(|(suite, test)| format!("{suite}\t{test}\n"));
        let text = format!("{HEADER}\n{}", lines.collect::<String>());
        let folder = self.0.parent().unwrap_or(&self.0);
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&self.0, text))
            .map_err(|error| self.about(&error))
    }

    fn about(&self, reason: &dyn std::fmt::Display) -> String {
        format!("{}: {reason}", self.0.display())
    }
}

fn parse(text: &str) -> Option<BTreeSet<(String, String)>> {
    let mut lines = text.lines();
    if lines.next() != Some(HEADER) {
        return None;
    }
    let pair = |line: &str| {
        let (suite, test) = line.split_once('\t')?;
        Some((suite.to_owned(), test.to_owned()))
    };
    lines.map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_list_of_failed_tests_is_read() {
        let pair = ("a:A".to_owned(), "test()".to_owned());
        assert_eq!(
            parse(&format!("{HEADER}\na:A\ttest()\n")),
            Some([pair].into())
        );
        for text in ["", "a:A\ttest()", "# other", &format!("{HEADER}\nnonsense")] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
