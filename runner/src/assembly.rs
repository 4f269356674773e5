//! Tests of assembly: `#test` blocks in sources and in the `_test.eas` files beside them.
//!
//! [`discover`] finds sources with tests, [`TestFile::run`] runs those of one file, [`run`] those of many on many threads.
//! Results have the types that the suites of other languages have.

mod coverage;
mod execute;
mod file;
mod finding;
mod fuzzed;
mod gas_file;
mod observe;
mod property;
mod reason;
mod scene;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use gasworks::Fork;
use gasworks_assembler::{Lexer, Sources, TokenKind};

use crate::contracts::result::{SuiteResult, Verdict};
use crate::contracts::run::{Stop, watch};
pub use coverage::Covered;
pub use fuzzed::{Ending, FuzzedTest, FuzzedTests};
pub use gas_file::Snapshots;
use reason::Errors;

/// Which tests run, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// The fork, for tests that name none; the target of the program unless set.
    pub fork: Option<Fork>,
    /// Runs of a test with parameters, unless it says how many.
    pub runs: u32,
    /// What generated values follow from.
    pub seed: [u8; 32],
    /// The folder that files may include others from.
    pub root: PathBuf,
    /// What becomes of recorded gas.
    pub snapshots: Snapshots,
    /// Threads.
    pub jobs: NonZeroUsize,
    /// Whether nothing more runs after a failure.
    pub fail_fast: bool,
    /// Whether calls are written down.
    pub traces: bool,
    /// Seconds after which a test fails.
    pub timeout: Option<u64>,
    /// Where executed instructions are counted, if they are.
    pub coverage: Option<Covered>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            fork: None,
            runs: 256,
            seed: [0; 32],
            root: PathBuf::from("."),
            snapshots: Snapshots::default(),
            jobs: NonZeroUsize::MIN,
            fail_fast: false,
            traces: false,
            timeout: None,
            coverage: None,
        }
    }
}

/// A source with tests.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TestFile {
    /// Its path.
    pub path: PathBuf,
    /// The names of its tests, in their order.
    pub tests: Vec<String>,
}

/// Why files cannot be looked for.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct DiscoverError {
    path: String,
    reason: String,
}

/// Whether a test of a file is to run.
pub type Wanted<'a> = &'a (dyn Fn(&TestFile, &str) -> bool + Sync);

/// What the tests of a file know.
#[derive(Debug)]
struct Context {
    sources: Sources,
    errors: Errors,
    /// The program that is tested.
    code: Vec<u8>,
    /// Its name.
    name: String,
}

/// Finds the sources with tests below a folder, or in a file, in the order of their paths.
///
/// # Errors
/// If a folder or a file cannot be read.
pub fn discover(path: &Path) -> Result<Vec<TestFile>, DiscoverError> {
    let mut files = Vec::new();
    let entries = walkdir::WalkDir::new(path)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| entry.depth() == 0 || !is_left_out(entry.file_name()));
    for entry in entries {
        let entry = entry.map_err(|error| DiscoverError {
            path: path.display().to_string(),
            reason: error.to_string(),
        })?;
        let is_source = entry
            .path()
            .extension()
            .is_some_and(|ending| ending == "eas");
        if entry.file_type().is_file() && is_source {
            files.extend(TestFile::read(entry.into_path())?);
        }
    }
    Ok(files)
}

impl TestFile {
    /// Looks for tests in a source; nothing if it has none.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn read(path: PathBuf) -> Result<Option<Self>, DiscoverError> {
        let bytes = std::fs::read(&path).map_err(|error| DiscoverError {
            path: path.display().to_string(),
            reason: error.to_string(),
        })?;
        let tests = test_names(&String::from_utf8_lossy(&bytes));
        Ok((!tests.is_empty()).then_some(Self { path, tests }))
    }
}

/// Folders of tools, in which nothing is anybody's own test.
fn is_left_out(name: &std::ffi::OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with('.') || matches!(&*name, "node_modules" | "target")
}

/// The names of the tests in a source, as far as its tokens tell.
fn test_names(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut after_directive = false;
    for token in Lexer::new(text) {
        if after_directive && token.kind == TokenKind::Text {
            names.push(token.text(text).to_owned());
        }
        after_directive = token.kind == TokenKind::Directive && token.text(text) == "#test";
    }
    names
}

/// Runs the tests of files for which a filter is true, and says what came of them, in the order of the files.
pub fn run(files: &[TestFile], options: &Options, wanted: Wanted<'_>) -> Vec<SuiteResult> {
    let next = AtomicUsize::new(0);
    let stopped = AtomicBool::new(false);
    let results = Mutex::new(Vec::new());
    let threads = options.jobs.get().min(files.len()).max(1);
    let stops: Vec<Stop> = (0..threads).map(|_| Stop::default()).collect();
    let working = AtomicUsize::new(threads);
    let finished = AtomicBool::new(false);
    let work = |stop: &Stop| {
        while !stopped.load(Ordering::Relaxed) {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(file) = files.get(index) else {
                break;
            };
            let result = file.run_until(options, wanted, stop);
            let mut tests = result.tests.iter();
            if options.fail_fast && tests.any(|test| test.verdict == Verdict::Failed) {
                stopped.store(true, Ordering::Relaxed);
            }
            let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
            results.push((index, result));
        }
        if working.fetch_sub(1, Ordering::Relaxed) == 1 {
            finished.store(true, Ordering::Relaxed);
        }
    };
    std::thread::scope(|scope| {
        if let Some(seconds) = options.timeout {
            let (stops, finished) = (&stops, &finished);
            scope.spawn(move || watch(stops, seconds, finished));
        }
        let (own, others) = match stops.split_first() {
            Some((own, others)) => (own, others),
            None => return,
        };
        for stop in others {
            scope.spawn(|| work(stop));
        }
        work(own);
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_tokens() {
        let text = "#test \"a\" { }\n; #test \"no\" { }\n#bytes \"#test \\\"b\\\"\"\n#test \"c d\" (x: bool) {\n";
        assert_eq!(test_names(text), ["a", "c d"]);
    }
}
