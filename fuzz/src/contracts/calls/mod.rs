//! Calls: of a test contract, and of tests of assembly.

use super::input::Call;
use super::target::Broken;
use super::world::Subject;
pub(super) use assembly::Tests;
pub(super) use contract::Contract;

mod assembly;
mod contract;

/// What came of a call.
pub(super) struct Done {
    pub(super) gas: u64,
    /// Whether it succeeded.
    pub(super) has_passed: bool,
    /// Whether it did something that none did before.
    pub(super) is_new: bool,
    pub(super) broken: Option<(Broken, String)>,
}

/// What is asked after a call.
pub(super) struct Asked<'a> {
    pub(super) subject: &'a Subject,
    /// Whether a property holds as far as is known.
    pub(super) holds: &'a [bool],
    /// What alone is looked at, if it is.
    pub(super) only: Option<&'a Broken>,
    /// Tells functions of all test contracts apart.
    pub(super) contract: u64,
}

impl Asked<'_> {
    /// Whether a property is looked at.
    fn asks(&self, property: usize) -> bool {
        match self.only {
            None => self.holds.get(property) == Some(&true),
            Some(Broken::Property(wanted)) => *wanted == property,
            Some(Broken::Assertion(_)) => false,
        }
    }

    /// A number of the function that is called.
    fn function(&self, call: &Call) -> u64 {
        self.contract << 16 | u64::from(call.function)
    }
}
