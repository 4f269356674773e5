//! Comments that configure a test: `/// forge-config: default.fuzz.runs = 10`, above a contract or a function.
//!
//! They are read from the source (`inline_config/source.rs`), from its syntax tree or from what the compiler kept of them
//! in the metadata (`inline_config/documents.rs`), whichever there is.

mod documents;
mod source;

use std::collections::BTreeMap;

use gasworks::{Address, Fork};

use crate::contracts::project;

use super::options::{self, FuzzOptions, InvariantOptions, Setting, SettingError};

/// What begins a line that configures.
const PREFIX: &str = "forge-config:";

/// The profile that is always there, and that others add to.
const DEFAULT_PROFILE: &str = "default";

/// Keys outside the sections of property tests that may be in a comment. Those that [`EngineOptions`] does not have are
/// without effect on a test that is set up, as with forge.
const ENGINE_KEYS: &[&str] = &[
    "allow_internal_expect_revert",
    "always_use_create_2_factory",
    "assertions_revert",
    "block_base_fee_per_gas",
    "block_coinbase",
    "block_difficulty",
    "block_gas_limit",
    "block_number",
    "block_prevrandao",
    "block_timestamp",
    "chain_id",
    "code_size_limit",
    "disable_block_gas_limit",
    "enable_tx_gas_limit",
    "evm_version",
    "gas_limit",
    "gas_price",
    "hardfork",
    "initial_balance",
    "isolate",
    "legacy_assertions",
    "memory_limit",
    "sender",
    "tx_origin",
];

/// Everything that a test can set for itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TestOptions {
    /// Of tests with parameters.
    pub fuzz: FuzzOptions,
    /// Of invariants.
    pub invariant: InvariantOptions,
    /// Of the machine.
    pub engine: EngineOptions,
}

/// How the machine of a test differs from that of others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EngineOptions {
    /// The fork.
    pub fork: Option<Fork>,
    /// Whether a revert of the test itself meets `vm.expectRevert`.
    pub internal_expect_revert: Option<bool>,
    /// Whether a test contract's `failed()` is asked, too.
    pub legacy_assertions: Option<bool>,
    /// Whether each call of a test is a transaction of its own.
    pub isolates: Option<bool>,
    /// Whether CREATE2 of a test goes through the factory that all chains have.
    pub create2_factory: Option<bool>,
    /// Who deploys the test contract and calls it.
    pub sender: Option<Address>,
}

impl EngineOptions {
    fn set(&mut self, key: &str, value: &Setting) -> Result<(), SettingError> {
        match key {
            "evm_version" | "hardfork" => {
                let fork = options::text(key, value)?.parse();
                let wanted = "the name of a fork";
                self.fork = Some(fork.map_err(|_| options::wrong(key, wanted))?);
            }
            "allow_internal_expect_revert" => {
                self.internal_expect_revert = Some(options::flag(key, value)?);
            }
            "legacy_assertions" => self.legacy_assertions = Some(options::flag(key, value)?),
            "isolate" => self.isolates = Some(options::flag(key, value)?),
            "always_use_create_2_factory" => {
                self.create2_factory = Some(options::flag(key, value)?);
            }
            "sender" => {
                let sender = project::values::parse_address(&options::text(key, value)?);
                self.sender = Some(sender.ok_or_else(|| options::wrong(key, "an address"))?);
            }
            _ if ENGINE_KEYS.contains(&key) => {}
            _ => return Err(SettingError::UnknownKey(key.to_owned())),
        }
        Ok(())
    }
}

/// A comment that cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Inline config error at {location}: {problem}")]
pub struct InlineConfigError {
    /// `src/A.t.sol:8:5`.
    pub location: String,
    /// What is wrong.
    pub problem: InlineConfigProblem,
}

/// What can be wrong with a comment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InlineConfigProblem {
    /// It is not `profile.section.key = value`.
    #[error(
        "`{0}` is not `profile.key = value`, where the value is a number, `true`, `false` or a quoted text"
    )]
    Syntax(String),
    /// There is no such profile.
    #[error("invalid profile `{0}`; valid profiles: {1}")]
    Profile(String, String),
    /// There is no such key, or its value makes no sense.
    #[error("{0}")]
    Setting(SettingError),
}

/// A line that configures.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    /// Line and column, or bytes of a syntax tree.
    place: String,
    /// What follows `forge-config:`.
    text: String,
}

/// What the comments of one contract configure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InlineConfig {
    /// The file, for messages.
    file: String,
    contract: Vec<Entry>,
    functions: BTreeMap<String, Vec<Entry>>,
}

impl InlineConfig {
    /// Reads the comments of a contract in a source.
    pub fn from_source(file: &str, source: &str, contract: &str) -> Self {
        let mut config = Self::of(file);
        if source.contains(PREFIX) {
            source::read(source, contract, &mut config);
        }
        config
    }

    /// Reads the comments of a contract in the syntax tree that a compiler wrote.
    pub fn from_ast(file: &str, ast: &serde_json::Value, contract: &str) -> Self {
        let mut config = Self::of(file);
        documents::read_ast(ast, contract, &mut config);
        config
    }

    /// Reads the comments that a contract's metadata have kept.
    pub fn from_metadata(file: &str, metadata: &serde_json::Value) -> Self {
        let mut config = Self::of(file);
        documents::read_metadata(metadata, &mut config);
        config
    }

    fn of(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            ..Self::default()
        }
    }

    /// Whether there are no such comments.
    pub fn is_empty(&self) -> bool {
        self.contract.is_empty() && self.functions.is_empty()
    }

    /// Whether a function has comments of its own.
    pub fn configures(&self, function: &str) -> bool {
        self.functions.contains_key(function)
    }

    /// Applies what is said for the contract, and then for one of its functions: of the default profile first, then of
    /// the one that is in use.
    ///
    /// # Errors
    /// The first comment that cannot be followed.
    pub fn apply(
        &self,
        function: Option<&str>,
        profile: &str,
        profiles: &[String],
        options: &mut TestOptions,
    ) -> Result<(), InlineConfigError> {
        let own = function.and_then(|function| self.functions.get(function));
        let entries = || self.contract.iter().chain(own.into_iter().flatten());
        for entry in entries() {
            self.apply_entry(entry, Some(DEFAULT_PROFILE), profiles, options)?;
        }
        if profile != DEFAULT_PROFILE {
            for entry in entries() {
                self.apply_entry(entry, Some(profile), profiles, options)?;
            }
        }
        Ok(())
    }

    /// Applies a line if it is for this profile; checks it in any case.
    fn apply_entry(
        &self,
        entry: &Entry,
        profile: Option<&str>,
        profiles: &[String],
        options: &mut TestOptions,
    ) -> Result<(), InlineConfigError> {
        let error = |problem| InlineConfigError {
            location: format!("{}:{}", self.file, entry.place),
            problem,
        };
        let syntax = || error(InlineConfigProblem::Syntax(entry.text.clone()));
        let (key, value) = entry.text.split_once('=').ok_or_else(syntax)?;
        let key = key.trim().replace('-', "_");
        let value = setting(value.trim()).ok_or_else(syntax)?;
        let (of, key) = key.split_once('.').ok_or_else(syntax)?;
        let of = of.trim();
        if of != DEFAULT_PROFILE && !profiles.iter().any(|known| known == of) {
            let mut known: Vec<&str> = profiles.iter().map(String::as_str).collect();
            if !known.contains(&DEFAULT_PROFILE) {
                known.insert(0, DEFAULT_PROFILE);
            }
            let problem = InlineConfigProblem::Profile(entry.text.clone(), known.join(", "));
            return Err(error(problem));
        }
        let mut nowhere = TestOptions::default();
        let applies = profile.is_some_and(|profile| profile == of);
        let options = if applies { options } else { &mut nowhere };
        let set = options.set(key.trim(), value);
        set.map_err(|problem| error(InlineConfigProblem::Setting(problem)))
    }

    fn add(&mut self, function: Option<&str>, entries: Vec<Entry>) {
        if entries.is_empty() {
            return;
        }
        match function {
            None => self.contract.extend(entries),
            Some(name) => {
                let known = self.functions.entry(name.to_owned()).or_default();
                known.extend(entries);
            }
        }
    }
}

impl TestOptions {
    /// Sets a key such as `fuzz.runs` or `isolate`.
    ///
    /// # Errors
    /// [`SettingError`] where there is no such key, or the value is none for it.
    pub fn set(&mut self, key: &str, value: Setting) -> Result<(), SettingError> {
        match key.split_once('.') {
            Some(("fuzz", key)) => self.fuzz.set(key.trim(), &value),
            Some(("invariant", key)) => self.invariant.set(key.trim(), &value),
            None => self.engine.set(key, &value),
            Some(_) => Err(SettingError::UnknownKey(key.to_owned())),
        }
    }
}

/// The entries of a comment's text, which may have many lines or have lost its line breaks.
fn entries(text: &str, place: &str) -> Vec<Entry> {
    let lines = text.lines().flat_map(|line| line.split(PREFIX).skip(1));
    let entry = |text: &str| Entry {
        place: place.to_owned(),
        text: text.trim().trim_end_matches("*/").trim_end().to_owned(),
    };
    lines.map(entry).collect()
}

/// A value as TOML writes it, as far as there are keys for it.
fn setting(text: &str) -> Option<Setting> {
    match text {
        "true" => return Some(Setting::Flag(true)),
        "false" => return Some(Setting::Flag(false)),
        _ => {}
    }
    for quote in ['"', '\''] {
        if let Some(text) = text.strip_prefix(quote) {
            let text = text.strip_suffix(quote)?;
            return (!text.contains([quote, '\\'])).then(|| Setting::Text(text.to_owned()));
        }
    }
    let digits = text.replace('_', "");
    let number = match digits.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => digits.parse(),
    };
    number.ok().map(Setting::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "
        /// forge-config: default.fuzz.runs = 20
        contract A {
            /** forge-config: default.fuzz.runs = 30
              * forge-config: ci.fuzz.max-test-rejects = 5 */
            function testOne(uint256) public {}

            function testTwo(uint256) public {}

            /// forge-config: default.invariant.fail-on-revert = true
            /// forge-config: default.evm_version = \"cancun\"
            function invariantThree() public {}
        }";

    fn options_of(function: &str, profile: &str) -> TestOptions {
        let config = InlineConfig::from_source("src/A.t.sol", SOURCE, "A");
        let mut options = TestOptions::default();
        config
            .apply(Some(function), profile, &["ci".to_owned()], &mut options)
            .unwrap();
        options
    }

    #[test]
    fn a_function_adds_to_what_its_contract_says() {
        assert_eq!(options_of("testOne", "default").fuzz.runs, 30);
        assert_eq!(options_of("testTwo", "default").fuzz.runs, 20);
        assert_eq!(
            options_of("testOne", "default").fuzz.max_test_rejects,
            65_536
        );
        assert_eq!(options_of("testOne", "ci").fuzz.max_test_rejects, 5);
        assert_eq!(options_of("testOne", "ci").fuzz.runs, 30);
        let three = options_of("invariantThree", "default");
        assert!(three.invariant.fail_on_revert);
        assert_eq!(three.engine.fork, Some(Fork::Cancun));
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        let told = |line: &str| {
            let source =
                format!("contract A {{\n  /// forge-config: {line}\n  function f() public {{}} }}");
            let config = InlineConfig::from_source("A.sol", &source, "A");
            let mut options = TestOptions::default();
            let applied = config.apply(Some("f"), "default", &[], &mut options);
            applied.unwrap_err().to_string()
        };
        assert_eq!(
            told("default.fuzz.rums = 1"),
            "Inline config error at A.sol:2:3: unknown key `rums`"
        );
        assert_eq!(
            told("ci.fuzz.runs = 1"),
            "Inline config error at A.sol:2:3: invalid profile `ci.fuzz.runs = 1`; valid profiles: default"
        );
        assert!(told("default.fuzz.runs").contains("is not `profile.key = value`"));
        assert!(told("default.fuzz.runs = ten").contains("is not `profile.key = value`"));
        assert!(told("fuzz = 10").contains("is not `profile.key = value`"));
        assert!(told("default.fuzz.runs = true").contains("`runs` must be"));
        assert!(told("default.evm_version = 'moon'").contains("must be the name of a fork"));
        assert!(told("default.legacy_assertions = 1").contains("must be `true` or `false`"));
        assert!(told("default.evm_versoin = 'osaka'").contains("unknown key `evm_versoin`"));
        assert!(told("default.fuss.runs = 1").contains("unknown key `fuss.runs`"));
    }

    #[test]
    fn values_are_those_of_toml() {
        assert_eq!(setting("1_000"), Some(Setting::Number(1_000)));
        assert_eq!(setting("0xff"), Some(Setting::Number(255)));
        assert_eq!(setting("'a'"), Some(Setting::Text("a".to_owned())));
        assert_eq!(setting("\"a"), None);
        assert_eq!(setting("-1"), None);
        assert_eq!(setting(""), None);
    }
}
