//! How the property tests of a project run.

use std::fs;
use std::sync::Arc;

use super::Project;
use crate::contracts::properties::PropertyOptions;
use crate::contracts::property::inline_config::TestOptions;
use crate::contracts::property::literals::Literals;
use crate::contracts::property::options::{DictionaryOptions, FuzzOptions, InvariantOptions};

impl Project {
    /// What `[fuzz]` and `[invariant]` say, with the constants of all sources.
    pub fn properties(&self) -> PropertyOptions {
        let mut literals = Literals::default();
        for source in self.sources(&|_| true) {
            // What cannot be read suggests nothing.
            if let Ok(source) = fs::read_to_string(source) {
                literals.read(&source);
            }
        }
        let profile = self.environment.get("FOUNDRY_PROFILE");
        PropertyOptions {
            tests: TestOptions {
                fuzz: self.fuzz_options(),
                invariant: self.invariant_options(),
                ..TestOptions::default()
            },
            profile: profile.unwrap_or("default").to_owned(),
            profiles: self.profiles(),
            root: self.root.clone(),
            literals: Arc::new(literals),
        }
    }

    fn fuzz_options(&self) -> FuzzOptions {
        let config = &self.config.fuzz;
        FuzzOptions {
            runs: config.runs,
            fail_on_revert: config.fail_on_revert,
            max_test_rejects: config.max_test_rejects,
            dictionary: DictionaryOptions {
                weight: config.dictionary_weight,
                include_storage: config.include_storage,
                include_push_bytes: config.include_push_bytes,
                ..DictionaryOptions::default()
            },
            failure_persist_dir: config.failure_persist_dir.clone(),
            show_logs: config.show_logs,
            timeout: config.timeout,
            ..FuzzOptions::default()
        }
    }

    fn invariant_options(&self) -> InvariantOptions {
        let config = &self.config.invariant;
        InvariantOptions {
            runs: config.runs,
            depth: config.depth,
            fail_on_revert: config.fail_on_revert,
            dictionary: DictionaryOptions {
                weight: config.dictionary_weight,
                include_storage: config.include_storage,
                include_push_bytes: config.include_push_bytes,
                ..DictionaryOptions::default()
            },
            shrink_run_limit: config.shrink_run_limit,
            max_assume_rejects: config.max_assume_rejects,
            failure_persist_dir: config.failure_persist_dir.clone(),
            show_solidity: config.show_solidity,
            max_time_delay: config.max_time_delay.map(u64::from),
            max_block_delay: config.max_block_delay.map(u64::from),
            check_interval: config.check_interval,
            timeout: config.timeout,
        }
    }

    /// The profiles that the configuration names.
    fn profiles(&self) -> Vec<String> {
        let text = fs::read_to_string(self.root.join("foundry.toml")).unwrap_or_default();
        let mut profiles = vec!["default".to_owned()];
        let named = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix("[profile."));
        for line in named {
            let end = line.find(['.', ']']).unwrap_or(line.len());
            let name = line[..end].trim().trim_matches('"').to_owned();
            if !profiles.contains(&name) {
                profiles.push(name);
            }
        }
        profiles
    }
}
