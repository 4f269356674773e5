//! What all programs of one run share: the files, what was found, and how much work is left.

use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::source::{FileError, Files, Sources};

/// After so many errors the run ends.
const MOST_ERRORS: usize = 20;
/// After so many warnings further ones are not kept.
const MOST_WARNINGS: usize = 1_000;
/// Bytes that may be read in all.
const MOST_BYTES: u64 = 1 << 29;
/// Steps of work for expressions, besides what the length of the sources allows.
const STEPS: u64 = 10_000_000;

/// The state of one run.
pub(crate) struct Session<'a> {
    files: &'a dyn Files,
    pub(crate) sources: Sources,
    found: Vec<Diagnostic>,
    errors: usize,
    steps: u64,
    bytes: u64,
    /// How many programs are being assembled within each other.
    pub(crate) depth: usize,
}

impl<'a> Session<'a> {
    pub(crate) fn new(files: &'a dyn Files) -> Self {
        Self {
            files,
            sources: Sources::default(),
            found: Vec::new(),
            errors: 0,
            steps: STEPS,
            bytes: MOST_BYTES,
            depth: 0,
        }
    }

    pub(crate) fn read(&mut self, path: &str) -> Result<Vec<u8>, FileError> {
        let bytes = self.files.read(path)?;
        self.allow_for(&bytes);
        self.bytes = self
            .bytes
            .checked_sub(bytes.len() as u64)
            .ok_or_else(|| FileError::Unreadable("the program's files are too large".into()))?;
        Ok(bytes)
    }

    /// Allows the work that a source of this length may need.
    pub(crate) fn allow_for(&mut self, source: &[u8]) {
        self.steps += source.len() as u64;
    }

    /// Allows as much work again as at first.
    pub(crate) fn refill(&mut self) {
        self.steps = STEPS;
    }

    /// Keeps a finding. What was found at a place once is not said again.
    pub(crate) fn report(&mut self, diagnostic: Diagnostic) {
        let same = |found: &Diagnostic| {
            found.span == diagnostic.span
                && found.code == diagnostic.code
                && found.message == diagnostic.message
        };
        match diagnostic.severity {
            Severity::Error => {
                if self.errors < MOST_ERRORS && !self.found.iter().rev().take(MOST_ERRORS).any(same)
                {
                    self.found.push(diagnostic);
                }
                self.errors += 1;
            }
            Severity::Warning => {
                if self.found.len() < MOST_WARNINGS && !self.found.iter().any(same) {
                    self.found.push(diagnostic);
                }
            }
        }
    }

    /// Keeps findings and says whether an error is among them.
    pub(crate) fn report_all(&mut self, found: Vec<Diagnostic>) -> bool {
        let failed = found.iter().any(|one| one.severity == Severity::Error);
        for diagnostic in found {
            self.report(diagnostic);
        }
        failed
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// Whether so much was wrong that nothing more is looked for.
    pub(crate) fn has_given_up(&self) -> bool {
        self.errors >= MOST_ERRORS
    }

    /// Ends the run: what would be found from now on follows from what is already known.
    pub(crate) fn give_up(&mut self) {
        self.errors = self.errors.max(MOST_ERRORS);
    }

    /// Takes steps of work; false when none are left.
    pub(crate) fn spend(&mut self, steps: u64) -> bool {
        match self.steps.checked_sub(steps) {
            Some(left) => {
                self.steps = left;
                true
            }
            None => false,
        }
    }

    /// What was found, in the order of the places, with the files.
    pub(crate) fn finish(mut self) -> Diagnostics {
        self.found
            .sort_by_key(|found| (found.span.file, found.span.start));
        Diagnostics {
            list: self.found,
            sources: self.sources,
        }
    }
}
