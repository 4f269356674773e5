//! Programs and where they come from.
//!
//! The format is a JSON array of objects with the fields of [`Program`]: byte strings and words in hexadecimal, counts as
//! numbers. Where the large set beside the checkout is absent, our own small one in `benches/programs/` is taken.

use std::collections::BTreeMap;
use std::path::PathBuf;

use gasworks::{Address, BlockEnv, Bytes, Hash, U256};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::{Mode, Observed, Status};

/// A program, its surroundings and its results.
#[derive(Clone, Debug, Deserialize)]
pub struct Program {
    /// Its name, unique.
    pub name: String,
    /// The group whose mean it counts in.
    pub group: String,
    /// The code of the contract called.
    #[serde(deserialize_with = "bytes")]
    pub code: Bytes,
    /// The call data.
    #[serde(deserialize_with = "bytes")]
    pub calldata: Bytes,
    /// Gas given, of the message and of the transaction.
    pub gas: u64,
    /// Wei sent along.
    #[serde(deserialize_with = "word")]
    pub value: U256,
    /// Where the contract is.
    #[serde(deserialize_with = "address")]
    pub to: Address,
    /// Who calls.
    #[serde(deserialize_with = "address")]
    pub caller: Address,
    /// The contract's storage.
    #[serde(default, deserialize_with = "storage")]
    pub storage: BTreeMap<U256, U256>,
    /// Other accounts.
    #[serde(default, deserialize_with = "accounts")]
    pub accounts: BTreeMap<Address, Account>,
    /// The block.
    pub env: Environment,
    /// What must come of it.
    pub expected: Expected,
}

/// An account of a program's state.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Account {
    /// Wei.
    #[serde(deserialize_with = "word")]
    pub balance: U256,
    /// Nonce.
    pub nonce: u64,
    /// Code.
    #[serde(deserialize_with = "bytes")]
    pub code: Bytes,
    /// Storage.
    #[serde(default, deserialize_with = "storage")]
    pub storage: BTreeMap<U256, U256>,
}

/// The block of a program.
#[derive(Clone, Debug, Deserialize)]
pub struct Environment {
    /// Block number.
    pub number: u64,
    /// Seconds since 1970.
    pub timestamp: u64,
    /// Who receives the fees.
    #[serde(deserialize_with = "address")]
    pub coinbase: Address,
    /// Wei per gas that is burnt.
    pub basefee: u64,
    /// Gas limit of the block.
    pub gaslimit: u64,
    /// Randomness of the beacon chain.
    #[serde(deserialize_with = "word")]
    pub prevrandao: U256,
}

/// What must come of a program.
#[derive(Clone, Debug, Deserialize)]
pub struct Expected {
    /// `success`, `revert` or `halt`.
    pub status: String,
    /// Gas used by the transaction.
    pub gas_tx: u64,
    /// Gas used by the bare message.
    pub gas_call: u64,
    /// Return data.
    #[serde(deserialize_with = "bytes")]
    pub output: Bytes,
}

impl Environment {
    /// As a block of the machine.
    pub fn block(&self) -> BlockEnv {
        BlockEnv {
            number: self.number,
            timestamp: self.timestamp,
            coinbase: self.coinbase,
            gas_limit: self.gaslimit,
            base_fee: self.basefee,
            prev_randao: Hash(self.prevrandao.to_big_endian()),
            ..BlockEnv::default()
        }
    }
}

impl Program {
    /// All accounts: the contract, the caller with plenty of wei, and the others.
    pub fn state(&self) -> BTreeMap<Address, Account> {
        let mut state = self.accounts.clone();
        let contract = Account {
            balance: U256::zero(),
            nonce: 1,
            code: self.code.clone(),
            storage: self.storage.clone(),
        };
        state.insert(self.to, contract);
        let caller = state.entry(self.caller).or_default();
        caller.balance = caller.balance.max(U256::exp10(24));
        state
    }

    /// What must be observed.
    pub fn expected(&self, mode: Mode) -> Observed {
        Observed {
            status: match self.expected.status.as_str() {
                "success" => Status::Success,
                "revert" => Status::Revert,
                _ => Status::Halt,
            },
            gas: match mode {
                Mode::Call => self.expected.gas_call,
                Mode::Transaction => self.expected.gas_tx,
            },
            output: self.expected.output.clone(),
        }
    }
}

/// Which set of programs was loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The file that was named.
    File,
    /// The large set beside the checkout.
    Shared,
    /// Our own small set.
    Own,
}

/// Why no programs could be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file could not be read.
    #[error("{}: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// The file is not in the format.
    #[error("{}: {error}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Where and why.
        error: serde_json::Error,
    },
}

/// Loads the programs: those of a file, or else the shared set, or else our own.
///
/// # Errors
/// When the file cannot be read or is not in the format.
pub fn load(file: Option<PathBuf>) -> Result<(Source, Vec<Program>), LoadError> {
    let package = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let shared = package.join("../../shared/bench/programs.json");
    let (source, path) = match file {
        Some(file) => (Source::File, file),
        None if shared.exists() => (Source::Shared, shared),
        None => (Source::Own, package.join("programs/programs.json")),
    };
    let text = match std::fs::read(&path) {
        Ok(text) => text,
        Err(error) => return Err(LoadError::Read { path, error }),
    };
    match serde_json::from_slice(&text) {
        Ok(programs) => Ok((source, programs)),
        Err(error) => Err(LoadError::Format { path, error }),
    }
}

fn digits(text: &str) -> Result<&str, String> {
    text.strip_prefix("0x")
        .ok_or_else(|| format!("{text:?} does not begin with 0x"))
}

fn parse_bytes(text: &str) -> Result<Bytes, String> {
    let digits = digits(text)?;
    if digits.len() % 2 != 0 || !digits.is_ascii() {
        return Err("an odd number of hexadecimal digits".to_owned());
    }
    let pairs = (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16));
    let decoded: Result<Vec<u8>, _> = pairs.collect();
    decoded.map(Bytes::from).map_err(|error| error.to_string())
}

fn parse_word(text: &str) -> Result<U256, String> {
    U256::from_str_radix(digits(text)?, 16).map_err(|error| format!("{text:?}: {error}"))
}

fn parse_address(text: &str) -> Result<Address, String> {
    let bytes = parse_bytes(text)?;
    let array = <[u8; 20]>::try_from(bytes.as_ref());
    array
        .map(Address)
        .map_err(|_| format!("{text:?} is not an address"))
}

fn bytes<'de, D: Deserializer<'de>>(from: D) -> Result<Bytes, D::Error> {
    parse_bytes(&String::deserialize(from)?).map_err(D::Error::custom)
}

fn word<'de, D: Deserializer<'de>>(from: D) -> Result<U256, D::Error> {
    parse_word(&String::deserialize(from)?).map_err(D::Error::custom)
}

fn address<'de, D: Deserializer<'de>>(from: D) -> Result<Address, D::Error> {
    parse_address(&String::deserialize(from)?).map_err(D::Error::custom)
}

fn storage<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<U256, U256>, D::Error> {
    let slots = BTreeMap::<String, String>::deserialize(from)?;
    let words = slots
        .iter()
        .map(|(slot, value)| Ok((parse_word(slot)?, parse_word(value)?)));
    words
        .collect::<Result<_, String>>()
        .map_err(D::Error::custom)
}

fn accounts<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<Address, Account>, D::Error> {
    let accounts = BTreeMap::<String, Account>::deserialize(from)?;
    let parsed = accounts
        .into_iter()
        .map(|(at, account)| Ok((parse_address(&at)?, account)));
    parsed
        .collect::<Result<_, String>>()
        .map_err(D::Error::custom)
}
