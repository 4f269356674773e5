//! Which of the tests that were found are wanted.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::super::abi::Function;
use super::super::artifact::Contract;
use super::super::{project, run};

/// What a contract and a test must be to be run.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) filter: project::Filter,
    /// Only in this folder, or in this file.
    pub(super) below: Option<PathBuf>,
    /// Only these: `source:contract` and the test's signature.
    pub(super) only: Option<BTreeSet<(String, String)>>,
}

impl run::Filter for Wanted {
    fn wants_contract(&self, contract: &Contract) -> bool {
        let source = Path::new(&contract.source);
        let named = self
            .below
            .as_ref()
            .is_none_or(|below| source.starts_with(below));
        let suite = contract.full_name();
        let again = |only: &BTreeSet<(String, String)>| only.iter().any(|(name, _)| *name == suite);
        named
            && self.filter.wants_file(source)
            && self.filter.wants_contract(&contract.name)
            && self.only.as_ref().is_none_or(again)
    }

    fn wants_test(&self, contract: &Contract, function: &Function) -> bool {
        let signature = function.signature();
        self.filter.wants_test(&signature)
            && self.only.as_ref().is_none_or(|only| {
                // A failed `setUp` has the whole suite run again.
                let suite = contract.full_name();
                only.contains(&(suite.clone(), "setUp()".to_owned()))
                    || only.contains(&(suite, signature))
            })
    }
}
