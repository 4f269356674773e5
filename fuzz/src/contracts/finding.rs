//! What was found: which property does not hold or which assertion fails, why, and the calls that lead there.

use std::path::{Path, PathBuf};

use gasworks_runner::contracts::abi;
use serde::{Deserialize, Serialize};

use super::input::Sequence;
use super::reproduce;
use super::store::{self, SavedSequence, StoreError};
use super::target::Broken;
use super::world::{Subject, World};

/// Something that is broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The property's signature, or `assertion in` and a function's.
    pub name: String,
    /// Why, in words.
    pub reason: String,
    /// What tells it from others: the same for every sequence that breaks the same.
    pub key: String,
    /// How many calls there were before the sequence was made short.
    pub original: usize,
    /// The calls.
    pub sequence: SavedSequence,
}

/// What tells what broke from everything else: its property, or the place of its assertion.
pub fn key(world: &World, sequence: &Sequence, broken: &Broken, name: &str) -> String {
    let contract = world.subject(sequence).map_or("", |subject| &subject.name);
    let place = match broken {
        Broken::Property(_) => String::new(),
        Broken::Assertion(site) => format!(" {:016x} {}", site.code, site.pc),
    };
    let text = match broken {
        Broken::Property(_) => format!("{contract} {name}"),
        // Whatever function it was called by.
        Broken::Assertion(_) => format!("{contract}{place}"),
    };
    let hash = gasworks::keccak256(text.as_bytes());
    let short = contract.rsplit(':').next().unwrap_or(contract);
    let plain = |character: char| {
        if character.is_alphanumeric() {
            character
        } else {
            '_'
        }
    };
    let name: String = name
        .split('(')
        .next()
        .unwrap_or(name)
        .chars()
        .map(plain)
        .collect();
    format!("{short}-{name}-{}", &abi::hex(&hash.0[..4])[2..])
}

impl Finding {
    /// Where its file is in a folder.
    pub fn path(&self, folder: &Path) -> PathBuf {
        path_of(folder, &self.key)
    }

    /// Writes its files, the one that [`all`] reads last; says whether that was not there before. A test of assembly is
    /// given as it fails.
    ///
    /// # Errors
    /// [`StoreError::Io`]
    pub fn write(
        &self,
        folder: &Path,
        subject: &Subject,
        failing: Option<&str>,
    ) -> Result<bool, StoreError> {
        if let Some(text) = reproduce::solidity(self, subject) {
            store::write(&folder.join(format!("{}.t.sol", self.key)), &text)?;
        }
        if let Some(text) = reproduce::assembly(self, subject, failing) {
            store::write(&folder.join(format!("{}.eas", self.key)), &text)?;
        }
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        store::write(&self.path(folder), &(text + "\n"))
    }

    /// For people: what is broken, why, and by which calls.
    pub fn text(&self) -> String {
        let mut text = format!(
            "{}: {}\n  {}\n",
            self.sequence.contract, self.name, self.reason
        );
        text.push_str(&calls(&self.sequence));
        text
    }
}

/// The calls of a sequence for people, a line for each.
pub fn calls(sequence: &SavedSequence) -> String {
    let mut text = String::new();
    for (position, call) in sequence.calls.iter().enumerate() {
        let name = call.function.split('(').next().unwrap_or_default();
        let arguments = match name {
            "" => call.calldata.clone(),
            _ if call.function.starts_with("0x") => format!("{}({})", name, call.calldata),
            _ => format!("{name}({})", call.arguments.join(", ")),
        };
        let (source, contract) = call
            .contract
            .rsplit_once(':')
            .unwrap_or(("", &call.contract));
        if source.ends_with(".eas") {
            // A test, with its values.
            text.push_str(&format!("  {}\n", call.arguments.join(", ")));
            continue;
        }
        text.push_str(&format!("  {}. {contract}.{arguments}", position + 1));
        text.push_str(&format!(" from {}", call.sender));
        if call.value != "0" {
            text.push_str(&format!(", {} wei", call.value));
        }
        if call.seconds != 0 || call.blocks != 0 {
            text.push_str(&format!(
                ", {} s and {} blocks later",
                call.seconds, call.blocks
            ));
        }
        text.push('\n');
    }
    text
}

/// Where the file of a finding is.
pub fn path_of(folder: &Path, key: &str) -> PathBuf {
    folder.join(format!("{key}.json"))
}

/// The findings in a folder, and what cannot be read there.
///
/// # Errors
/// [`StoreError::Io`] where the folder cannot be read.
pub fn all(folder: &Path) -> Result<(Vec<Finding>, Vec<StoreError>), StoreError> {
    let (mut findings, mut problems) = (Vec::new(), Vec::new());
    for path in store::files(folder)? {
        let finding = store::text(&path).and_then(|text| {
            serde_json::from_str(&text)
                .map_err(|error| StoreError::NoSequence(path, error.to_string()))
        });
        match finding {
            Ok(finding) => findings.push(finding),
            Err(problem) => problems.push(problem),
        }
    }
    Ok((findings, problems))
}
