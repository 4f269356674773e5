//! Which tests are wanted, by name, contract and file.

use std::path::Path;

use globset::{Glob, GlobMatcher};
use regex::Regex;

/// What a person wrote: expressions for names, globs for files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Patterns {
    /// Tests whose name matches.
    pub test: Option<String>,
    /// Not tests whose name matches.
    pub no_test: Option<String>,
    /// Contracts whose name matches.
    pub contract: Option<String>,
    /// Not contracts whose name matches.
    pub no_contract: Option<String>,
    /// Files that match.
    pub path: Option<String>,
    /// Not files that match.
    pub no_path: Option<String>,
}

/// A pattern that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{pattern} is no {kind}: {reason}")]
pub struct BadPattern {
    pattern: String,
    kind: &'static str,
    reason: String,
}

/// Patterns, ready to be asked.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    test: Option<Regex>,
    no_test: Option<Regex>,
    contract: Option<Regex>,
    no_contract: Option<Regex>,
    path: Option<GlobMatcher>,
    no_path: Option<GlobMatcher>,
}

impl Patterns {
    /// These patterns, with those of others where there are none.
    pub fn or(self, other: Patterns) -> Patterns {
        Patterns {
            test: self.test.or(other.test),
            no_test: self.no_test.or(other.no_test),
            contract: self.contract.or(other.contract),
            no_contract: self.no_contract.or(other.no_contract),
            path: self.path.or(other.path),
            no_path: self.no_path.or(other.no_path),
        }
    }

    /// Makes a filter of them.
    pub fn filter(&self) -> Result<Filter, BadPattern> {
        Ok(Filter {
            test: regex(&self.test)?,
            no_test: regex(&self.no_test)?,
            contract: regex(&self.contract)?,
            no_contract: regex(&self.no_contract)?,
            path: glob(&self.path)?,
            no_path: glob(&self.no_path)?,
        })
    }
}

impl Filter {
    /// Whether a file, seen from the project's folder, may have wanted tests.
    pub fn wants_file(&self, source: &Path) -> bool {
        let matches = |glob: &GlobMatcher| {
            let plain = source.strip_prefix("./").unwrap_or(source);
            glob.is_match(plain) || glob.is_match(Path::new(".").join(plain))
        };
        self.path.as_ref().is_none_or(matches) && !self.no_path.as_ref().is_some_and(matches)
    }

    /// Whether a contract may have wanted tests.
    pub fn wants_contract(&self, name: &str) -> bool {
        let matches = |regex: &Regex| regex.is_match(name);
        self.contract.as_ref().is_none_or(matches)
            && !self.no_contract.as_ref().is_some_and(matches)
    }

    /// Whether a test is wanted, by its signature.
    pub fn wants_test(&self, signature: &str) -> bool {
        let matches = |regex: &Regex| regex.is_match(signature);
        self.test.as_ref().is_none_or(matches) && !self.no_test.as_ref().is_some_and(matches)
    }

    /// Whether every test is wanted.
    pub fn is_empty(&self) -> bool {
        self.test.is_none()
            && self.no_test.is_none()
            && self.contract.is_none()
            && self.no_contract.is_none()
            && self.path.is_none()
            && self.no_path.is_none()
    }
}

fn regex(pattern: &Option<String>) -> Result<Option<Regex>, BadPattern> {
    let Some(pattern) = pattern else {
        return Ok(None);
    };
    let bad = |error: regex::Error| BadPattern {
        pattern: pattern.clone(),
        kind: "expression",
        reason: error.to_string(),
    };
    Regex::new(pattern).map(Some).map_err(bad)
}

fn glob(pattern: &Option<String>) -> Result<Option<GlobMatcher>, BadPattern> {
    let Some(pattern) = pattern else {
        return Ok(None);
    };
    let bad = |error: globset::Error| BadPattern {
        pattern: pattern.clone(),
        kind: "glob",
        reason: error.to_string(),
    };
    Glob::new(pattern)
        .map(|glob| Some(glob.compile_matcher()))
        .map_err(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_wants_what_matches_and_not_what_is_excluded() {
        let patterns = Patterns {
            test: Some("^test(A|B)".into()),
            no_test: Some("Slow".into()),
            contract: Some("Token".into()),
            path: Some("test/**/*.t.sol".into()),
            no_path: Some("./test/fork/*".into()),
            ..Patterns::default()
        };
        let filter = patterns.filter().expect("good patterns");
        assert!(filter.wants_test("testA()") && !filter.wants_test("testC()"));
        assert!(!filter.wants_test("testASlow(uint256)"));
        assert!(filter.wants_contract("TokenTest") && !filter.wants_contract("VaultTest"));
        assert!(filter.wants_file(Path::new("test/deep/A.t.sol")));
        assert!(!filter.wants_file(Path::new("test/fork/A.t.sol")));
        assert!(!filter.is_empty() && Filter::default().is_empty());
        assert!(Filter::default().wants_test("anything"));
    }

    #[test]
    fn what_is_asked_for_is_stronger_than_what_is_configured() {
        let asked = Patterns {
            test: Some("a".into()),
            ..Patterns::default()
        };
        let configured = Patterns {
            test: Some("b".into()),
            path: Some("c".into()),
            ..Patterns::default()
        };
        let both = asked.or(configured);
        assert_eq!(
            (both.test.as_deref(), both.path.as_deref()),
            (Some("a"), Some("c"))
        );
    }

    #[test]
    fn bad_patterns_are_named() {
        for (test, path, pattern) in [(Some("("), None, "("), (None, Some("a{"), "a{")] {
            let patterns = Patterns {
                test: test.map(str::to_owned),
                path: path.map(str::to_owned),
                ..Patterns::default()
            };
            let error = patterns.filter().expect_err(pattern).to_string();
            assert!(error.starts_with(pattern), "{error}");
        }
    }
}
