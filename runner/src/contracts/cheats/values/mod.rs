//! The cheatcodes that need no machine: they turn values into values, and look at files and the environment.
//!
//! One file a family. A family finds the handler of a name; overloads share a handler where the values say which is meant.

mod arguments;
mod assertions;
mod chains;
mod encoding;
mod environment;
mod files;
mod json;
mod keys;
mod labels;
mod random;
mod settings;
mod strings;
mod structs;
mod toml;
mod typed_data;
mod types;
mod unavailable;
mod version;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use gasworks::Address;

use crate::contracts::abi::Value;

pub use self::chains::endpoints_of;
pub use self::environment::variables_of;
pub(crate) use self::files::{read_file, write as write_file};
pub use self::settings::{Access, Permission, Settings};
pub use self::structs::Structs;

use self::files::Lines;
use self::json::Object;
use self::keys::Wallet;
use self::random::Random;

/// Answers a call of a cheatcode: its results, or the text of the error that it reverts with.
pub type Handler = fn(&mut Values, &[Value]) -> Result<Vec<Value>, String>;

/// The most bytes that a result may have, or a file that is read; more than this no test can pay for.
const LONGEST_RESULT: usize = 1 << 26;
const TOO_LONG: &str = "the result is too long";

/// What a family says: the handler of a function with this name and these parameters, if it has one.
type Family = fn(&str, &str) -> Option<Handler>;

const FAMILIES: [Family; 13] = [
    assertions::handler,
    strings::handler,
    json::handler,
    toml::handler,
    files::handler,
    environment::handler,
    keys::handler,
    encoding::handler,
    typed_data::handler,
    random::handler,
    labels::handler,
    chains::handler,
    version::handler,
];

/// The signatures of all functions of forge's `vm`, each with the types of its results: `indexOf(string,string)(uint256)`.
const INTERFACE: &str = include_str!("../interface.txt");

/// A function of forge's `vm`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The canonical signature, which has the selector: `indexOf(string,string)`.
    pub text: &'static str,
    /// The types of the results: `(uint256)`.
    pub results: &'static str,
}

impl Signature {
    /// The name without the parameters.
    pub fn name(&self) -> &'static str {
        self.text.split('(').next().unwrap_or(self.text)
    }
}

/// All functions that forge knows, in the order of their names.
pub fn interface() -> impl Iterator<Item = Signature> {
    INTERFACE.lines().map(|line| {
        let (text, results) = line.split_at(end_of_list(line));
        Signature { text, results }
    })
}

/// Where the first parenthesis of a line is closed.
fn end_of_list(line: &str) -> usize {
    let mut depth = 0_usize;
    for (position, byte) in line.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' if depth == 1 => return position + 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    line.len()
}

/// The functions that are answered here, with their handlers.
pub fn table() -> impl Iterator<Item = (&'static str, Handler)> {
    interface().filter_map(|signature| {
        let name = signature.name();
        let parameters = &signature.text[name.len()..];
        let known = FAMILIES.iter().find_map(|family| family(name, parameters));
        let handler = known.or_else(|| unavailable::handler(name))?;
        Some((signature.text, handler))
    })
}

/// The text of an error as forge words it: with the name of the cheatcode in front, except where tests rely on the bare text.
pub fn error(name: &str, text: &str) -> String {
    if name.contains("assert") || name == "rpcUrl" {
        text.to_owned()
    } else {
        format!("vm.{name}: {text}")
    }
}

/// What the cheatcodes of this part remember. A copy is a snapshot; each run of a property test takes one, so that what is
/// seldom changed is shared by copies.
#[derive(Clone, Debug, Default)]
pub struct Values {
    settings: Arc<Settings>,
    /// JSON under construction, by the keys that tests gave it.
    objects: BTreeMap<String, Object>,
    /// Files that are read line by line.
    open: BTreeMap<PathBuf, Lines>,
    /// Variables that tests have set, over those of the process.
    variables: BTreeMap<String, String>,
    wallets: Vec<Wallet>,
    labels: Arc<BTreeMap<Address, String>>,
    /// The source file of the suite.
    source: Arc<str>,
    random: Random,
    /// What `sleep` has added to the time, in milliseconds.
    slept: u64,
}

impl Values {
    /// Nothing is remembered yet. `source` is the file of the suite, relative to the root.
    pub fn new(settings: Arc<Settings>, source: impl Into<Arc<str>>) -> Self {
        let random = Random::new(settings.seed);
        Self {
            settings,
            random,
            source: source.into(),
            ..Self::default()
        }
    }

    /// What these values may look at.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The text of a file that tests may read; `None` where there is none, or where it is not allowed.
    pub(in crate::contracts::cheats) fn read_if_there(
        &self,
        path: &str,
    ) -> Result<Option<String>, String> {
        match self.settings.allowed(path, settings::Purpose::Read) {
            Ok(path) if path.is_file() => files::read_text(&path).map(Some),
            _ => Ok(None),
        }
    }

    /// Names that tests gave to addresses.
    pub fn labels(&self) -> &BTreeMap<Address, String> {
        &self.labels
    }

    /// Names an address.
    pub fn label(&mut self, address: Address, name: String) {
        Arc::make_mut(&mut self.labels).insert(address, name);
    }

    /// Starts the random numbers anew, as `vm.setSeed` does.
    pub fn reseed(&mut self, seed: gasworks::U256) {
        self.random = Random::new(seed);
    }

    /// The next random word.
    pub fn random_word(&mut self) -> gasworks::U256 {
        self.random.next_word()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::contracts::abi;

    pub(in crate::contracts::cheats::values) fn call_with(
        values: &mut Values,
        signature: &str,
        of: &[Value],
    ) -> Vec<Value> {
        answer(values, signature, of).unwrap_or_else(|error| panic!("{signature}: {error}"))
    }

    pub(in crate::contracts::cheats::values) fn call(signature: &str, of: &[Value]) -> Vec<Value> {
        call_with(&mut Values::default(), signature, of)
    }

    pub(in crate::contracts::cheats::values) fn fails_with(
        values: &mut Values,
        signature: &str,
        of: &[Value],
    ) -> String {
        answer(values, signature, of).expect_err(signature)
    }

    pub(in crate::contracts::cheats::values) fn fails(signature: &str, of: &[Value]) -> String {
        fails_with(&mut Values::default(), signature, of)
    }

    fn answer(values: &mut Values, signature: &str, of: &[Value]) -> Result<Vec<Value>, String> {
        let found = table().find(|(known, _)| *known == signature);
        let (_, handler) = found.unwrap_or_else(|| panic!("{signature} has no handler"));
        handler(values, of)
    }

    #[test]
    fn the_interface_is_sorted_and_has_no_signature_twice() {
        let texts: Vec<&str> = interface().map(|signature| signature.text).collect();
        let sorted: BTreeSet<&str> = texts.iter().copied().collect();
        assert_eq!(texts.len(), sorted.len());
        assert_eq!(texts, sorted.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn every_signature_has_types() {
        for signature in interface() {
            assert!(
                abi::parameters_of(signature.text).is_some(),
                "{signature:?}"
            );
            assert!(abi::types(signature.results).is_some(), "{signature:?}");
        }
    }

    #[test]
    fn errors_name_their_cheatcode() {
        assert_eq!(error("parseUint", "no"), "vm.parseUint: no");
        assert_eq!(error("assertEq", "no"), "no");
    }

    #[test]
    fn no_handler_takes_its_arguments_for_granted() {
        let mut values = Values::default();
        for (_, handler) in table() {
            for arguments in [&[][..], &[Value::Bool(true)], &vec![Value::Bool(true); 4]] {
                let _ = handler(&mut values, arguments);
            }
        }
    }
}
