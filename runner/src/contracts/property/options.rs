//! How property tests run: what `foundry.toml` and comments in the sources can set, with forge's names and defaults.

use std::path::PathBuf;

/// A value of a configuration, wherever it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// `true` or `false`.
    Flag(bool),
    /// A number.
    Number(u64),
    /// A text.
    Text(String),
}

/// A key or a value that does not make sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// There is no such key.
    #[error("unknown key `{0}`")]
    UnknownKey(String),
    /// The key wants another kind of value, or one within a range.
    #[error("`{key}` must be {wanted}")]
    WrongValue {
        /// Which key.
        key: String,
        /// What it wants.
        wanted: &'static str,
    },
}

/// What dictionaries take up, and how often they are used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DictionaryOptions {
    /// How many times out of a hundred values come from the dictionary.
    pub weight: u32,
    /// Whether values of storage are taken up.
    pub include_storage: bool,
    /// Whether operands of PUSH are taken up.
    pub include_push_bytes: bool,
    /// At most so many accounts are looked at.
    pub max_addresses: usize,
    /// At most so many values are taken up.
    pub max_values: usize,
}

impl Default for DictionaryOptions {
    fn default() -> Self {
        const MEGABYTE: usize = 1 << 20;
        Self {
            weight: 40,
            include_storage: true,
            include_push_bytes: true,
            max_addresses: 300 * MEGABYTE / 20,
            max_values: 300 * MEGABYTE / 32,
        }
    }
}

/// How tests with parameters run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FuzzOptions {
    /// Runs of a test that are not rejected.
    pub runs: u32,
    /// Whether a revert of any contract fails a test, or only one of the test contract and of cheatcodes.
    pub fail_on_revert: bool,
    /// At most so many runs may be rejected by `vm.assume`; 0 is no limit.
    pub max_test_rejects: u32,
    /// What the dictionary does.
    pub dictionary: DictionaryOptions,
    /// At most so many runs are spent on making a counterexample smaller.
    pub shrink_run_limit: u32,
    /// The folder of counterexamples that are tried first.
    pub failure_persist_dir: Option<PathBuf>,
    /// Whether logs of all runs are shown, not only of the last.
    pub show_logs: bool,
    /// Seconds for which a test runs, whatever the number of runs is.
    pub timeout: Option<u64>,
}

impl Default for FuzzOptions {
    fn default() -> Self {
        Self {
            runs: 256,
            fail_on_revert: true,
            max_test_rejects: 65_536,
            dictionary: DictionaryOptions::default(),
            shrink_run_limit: 5_000,
            failure_persist_dir: None,
            show_logs: false,
            timeout: None,
        }
    }
}

/// How invariants are tested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvariantOptions {
    /// Sequences of calls.
    pub runs: u32,
    /// Calls of a sequence.
    pub depth: u32,
    /// Whether a call that reverts fails the test.
    pub fail_on_revert: bool,
    /// What the dictionary does.
    pub dictionary: DictionaryOptions,
    /// At most so many sequences are tried to make a counterexample smaller.
    pub shrink_run_limit: u32,
    /// At most so many calls of a sequence may be rejected by `vm.assume`.
    pub max_assume_rejects: u32,
    /// The folder of counterexamples that are tried first.
    pub failure_persist_dir: Option<PathBuf>,
    /// Whether counterexamples are written as Solidity.
    pub show_solidity: bool,
    /// At most so many seconds pass before a call.
    pub max_time_delay: Option<u64>,
    /// At most so many blocks pass before a call.
    pub max_block_delay: Option<u64>,
    /// Invariants are asserted after so many calls, and after the last one; 0 is after the last one only.
    pub check_interval: u32,
    /// Seconds for which a test runs, whatever the number of runs is.
    pub timeout: Option<u64>,
}

impl Default for InvariantOptions {
    fn default() -> Self {
        Self {
            runs: 256,
            depth: 500,
            fail_on_revert: false,
            dictionary: DictionaryOptions {
                weight: 80,
                ..DictionaryOptions::default()
            },
            shrink_run_limit: 5_000,
            max_assume_rejects: 65_536,
            failure_persist_dir: None,
            show_solidity: false,
            max_time_delay: None,
            max_block_delay: None,
            check_interval: 1,
            timeout: None,
        }
    }
}

/// Keys that concern how forge mutates its own corpus, draws tables or calls back, and change no verdict here.
const WITHOUT_EFFECT: &[&str] = &[
    "call_override",
    "corpus_dir",
    "corpus_gzip",
    "corpus_min_mutations",
    "corpus_min_size",
    "gas_report_samples",
    "max_fuzz_dictionary_literals",
    "sancov_edges",
    "sancov_trace_cmp",
    "seed",
    "show_edge_coverage",
    "show_metrics",
];

impl FuzzOptions {
    /// Sets what a key of the section `fuzz` stands for.
    ///
    /// # Errors
    /// [`SettingError`] where there is no such key, or the value is none for it.
    pub fn set(&mut self, key: &str, value: &Setting) -> Result<(), SettingError> {
        match key {
            "runs" => self.runs = number(key, value)?,
            "fail_on_revert" => self.fail_on_revert = flag(key, value)?,
            "max_test_rejects" => self.max_test_rejects = number(key, value)?,
            "failure_persist_dir" => self.failure_persist_dir = Some(text(key, value)?.into()),
            "show_logs" => self.show_logs = flag(key, value)?,
            "timeout" => self.timeout = Some(number(key, value)?.into()),
            _ => return self.dictionary.set(key, value),
        }
        Ok(())
    }
}

impl InvariantOptions {
    /// Sets what a key of the section `invariant` stands for.
    ///
    /// # Errors
    /// [`SettingError`] where there is no such key, or the value is none for it.
    pub fn set(&mut self, key: &str, value: &Setting) -> Result<(), SettingError> {
        match key {
            "runs" => self.runs = number(key, value)?,
            "depth" => self.depth = number(key, value)?,
            "fail_on_revert" => self.fail_on_revert = flag(key, value)?,
            "shrink_run_limit" => self.shrink_run_limit = number(key, value)?,
            "max_assume_rejects" => self.max_assume_rejects = number(key, value)?,
            "failure_persist_dir" => self.failure_persist_dir = Some(text(key, value)?.into()),
            "show_solidity" => self.show_solidity = flag(key, value)?,
            "max_time_delay" => self.max_time_delay = Some(u64::from(number(key, value)?)),
            "max_block_delay" => self.max_block_delay = Some(u64::from(number(key, value)?)),
            "check_interval" => self.check_interval = number(key, value)?,
            "timeout" => self.timeout = Some(number(key, value)?.into()),
            _ => return self.dictionary.set(key, value),
        }
        Ok(())
    }
}

impl DictionaryOptions {
    fn set(&mut self, key: &str, value: &Setting) -> Result<(), SettingError> {
        match key {
            "dictionary_weight" => {
                let weight = number(key, value)?;
                if weight > 100 {
                    let wanted = "a number from 0 to 100";
                    return Err(wrong(key, wanted));
                }
                self.weight = weight;
            }
            "include_storage" => self.include_storage = flag(key, value)?,
            "include_push_bytes" => self.include_push_bytes = flag(key, value)?,
            "max_fuzz_dictionary_addresses" => self.max_addresses = size(key, value)?,
            "max_fuzz_dictionary_values" => self.max_values = size(key, value)?,
            _ if WITHOUT_EFFECT.contains(&key) || key.starts_with("mutation_weight_") => {}
            _ => return Err(SettingError::UnknownKey(key.to_owned())),
        }
        Ok(())
    }
}

pub(super) fn wrong(key: &str, wanted: &'static str) -> SettingError {
    SettingError::WrongValue {
        key: key.to_owned(),
        wanted,
    }
}

fn number(key: &str, value: &Setting) -> Result<u32, SettingError> {
    let number = match value {
        Setting::Number(number) => u32::try_from(*number).ok(),
        Setting::Text(text) => text.parse().ok(),
        Setting::Flag(_) => None,
    };
    number.ok_or_else(|| wrong(key, "a number below 2^32"))
}

/// A number without a limit of 32 bits, or `max`.
fn size(key: &str, value: &Setting) -> Result<usize, SettingError> {
    let size = match value {
        Setting::Number(number) => usize::try_from(*number).ok(),
        Setting::Text(text) if text == "max" => Some(usize::MAX),
        Setting::Text(text) => text.parse().ok(),
        Setting::Flag(_) => None,
    };
    size.ok_or_else(|| wrong(key, "a number or `max`"))
}

pub(super) fn flag(key: &str, value: &Setting) -> Result<bool, SettingError> {
    match value {
        Setting::Flag(flag) => Ok(*flag),
        Setting::Text(text) if text == "true" => Ok(true),
        Setting::Text(text) if text == "false" => Ok(false),
        _ => Err(wrong(key, "`true` or `false`")),
    }
}

pub(super) fn text(key: &str, value: &Setting) -> Result<String, SettingError> {
    match value {
        Setting::Text(text) => Ok(text.clone()),
        _ => Err(wrong(key, "a text")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_set_what_they_stand_for() {
        let mut fuzz = FuzzOptions::default();
        fuzz.set("runs", &Setting::Number(10)).unwrap();
        fuzz.set("dictionary_weight", &Setting::Text("55".into()))
            .unwrap();
        fuzz.set("max_fuzz_dictionary_values", &Setting::Text("max".into()))
            .unwrap();
        assert_eq!((fuzz.runs, fuzz.dictionary.weight), (10, 55));
        assert_eq!(fuzz.dictionary.max_values, usize::MAX);

        let mut invariant = InvariantOptions::default();
        invariant.set("depth", &Setting::Number(3)).unwrap();
        invariant
            .set("fail_on_revert", &Setting::Flag(true))
            .unwrap();
        invariant
            .set("call_override", &Setting::Flag(false))
            .unwrap();
        assert_eq!((invariant.depth, invariant.fail_on_revert), (3, true));
    }

    #[test]
    fn what_makes_no_sense_is_told() {
        let told = |key: &str, value| {
            FuzzOptions::default()
                .set(key, &value)
                .unwrap_err()
                .to_string()
        };
        assert_eq!(told("rums", Setting::Number(1)), "unknown key `rums`");
        assert_eq!(
            told("runs", Setting::Flag(true)),
            "`runs` must be a number below 2^32"
        );
        assert_eq!(
            told("show_logs", Setting::Number(1)),
            "`show_logs` must be `true` or `false`"
        );
        assert_eq!(
            told("dictionary_weight", Setting::Number(101)),
            "`dictionary_weight` must be a number from 0 to 100"
        );
        // What belongs to invariants only.
        assert_eq!(told("depth", Setting::Number(1)), "unknown key `depth`");
    }
}
