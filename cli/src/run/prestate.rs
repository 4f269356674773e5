//! The state and the block before the run, as geth's `genesis.json` has them, or as a bare map of accounts.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::path::Path;

use gasworks::{Address, BlockEnv, Bytes, Changes, Hash, MemoryDatabase, U256};
use gasworks_runner::fixtures::json::{FromText, SortedMap, Text};
use gasworks_runner::fixtures::parse_document;
use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::bytecode::read_all;

/// MiB of a pre-state at most.
const LIMIT: u64 = 1024;

/// An account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    pub nonce: u64,
    pub balance: U256,
    pub code: Bytes,
    pub storage: BTreeMap<U256, U256>,
}

/// Accounts in the order of their addresses.
pub type Accounts = BTreeMap<Address, Account>;

/// What a run starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prestate {
    pub accounts: Accounts,
    pub block: BlockEnv,
    pub chain_id: u64,
}

impl Default for Prestate {
    fn default() -> Self {
        Self {
            accounts: Accounts::new(),
            block: BlockEnv::default(),
            chain_id: 1,
        }
    }
}

impl Prestate {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self, String> {
        let within = |error: String| format!("{}: {error}", path.display());
        let bytes = File::open(path)
            .and_then(|file| read_all(file, LIMIT))
            .map_err(|error| within(error.to_string()))?;
        Self::parse(&bytes).map_err(within)
    }

    fn parse(bytes: &[u8]) -> Result<Self, String> {
        parse_document(bytes).map_err(|error| error.to_string())
    }

    /// The accounts as a database.
    pub fn database(&self) -> MemoryDatabase {
        let mut database = MemoryDatabase::default();
        for (address, account) in &self.accounts {
            let code = account.code.clone();
            database.insert_account(*address, account.nonce, account.balance, code);
            for (slot, value) in &account.storage {
                database.insert_storage(*address, *slot, *value);
            }
        }
        database
    }
}

/// Lays what a run changed over the accounts before it.
pub fn apply(accounts: &mut Accounts, changes: &Changes) {
    for (address, change) in &changes.accounts {
        if change.deleted {
            accounts.remove(address);
            continue;
        }
        let account = accounts.entry(*address).or_default();
        account.nonce = change.nonce;
        account.balance = change.balance;
        if let Some(code) = &change.code {
            account.code = code.clone();
        }
        if change.storage_cleared {
            account.storage.clear();
        }
        account.storage.extend(&change.storage);
        account.storage.retain(|_, value| !value.is_zero());
    }
}

/// A word of storage, which geth reads as hex even without 0x before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct StorageWord(U256);

impl FromText for StorageWord {
    const EXPECTED: &'static str = "a word of at most 64 hex digits";

    fn from_text(text: &str) -> Result<Self, String> {
        let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
        U256::from_text(&format!("0x{}", digits.unwrap_or(text))).map(Self)
    }

    fn from_integer(value: u64) -> Option<Self> {
        Some(Self(value.into()))
    }
}

/// An account of the file. Fields that dumps have beside these are known, so that a field misspelt is an error.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AccountFields {
    #[serde(default)]
    nonce: Text<u64>,
    #[serde(default)]
    balance: Text<U256>,
    #[serde(default)]
    code: Text<Bytes>,
    #[serde(default)]
    storage: SortedMap<StorageWord, Text<StorageWord>>,
    #[serde(rename = "root")]
    _root: Option<IgnoredAny>,
    #[serde(rename = "codeHash")]
    _code_hash: Option<IgnoredAny>,
    #[serde(rename = "secretKey")]
    _secret_key: Option<IgnoredAny>,
    #[serde(rename = "address")]
    _address: Option<IgnoredAny>,
    #[serde(rename = "key")]
    _key: Option<IgnoredAny>,
}

impl From<AccountFields> for Account {
    fn from(fields: AccountFields) -> Self {
        let storage = fields.storage.0.into_iter();
        Self {
            nonce: fields.nonce.0,
            balance: fields.balance.0,
            code: fields.code.0,
            storage: storage
                .map(|(StorageWord(slot), Text(StorageWord(value)))| (slot, value))
                .filter(|(_, value)| !value.is_zero())
                .collect(),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ChainFields {
    chain_id: Option<Text<u64>>,
}

impl<'de> Deserialize<'de> for Prestate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PrestateVisitor)
    }
}

/// Reads both forms at once: a key that is an address is an account.
struct PrestateVisitor;

impl<'de> Visitor<'de> for PrestateVisitor {
    type Value = Prestate;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a genesis object with `alloc`, or a map of accounts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Prestate, A::Error> {
        let mut prestate = Prestate::default();
        let block = &mut prestate.block;
        let mut has_accounts = false;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "alloc" | "accounts" => {
                    has_accounts = true;
                    let SortedMap(accounts) =
                        map.next_value::<SortedMap<Address, AccountFields>>()?;
                    for (address, account) in accounts {
                        insert(&mut prestate.accounts, address, account)?;
                    }
                }
                "config" => {
                    let fields: ChainFields = map.next_value()?;
                    if let Some(Text(chain_id)) = fields.chain_id {
                        prestate.chain_id = chain_id;
                    }
                }
                "number" => block.number = value(&mut map)?,
                "timestamp" => block.timestamp = value(&mut map)?,
                "gasLimit" => block.gas_limit = value(&mut map)?,
                "coinbase" => block.coinbase = value(&mut map)?,
                "difficulty" => block.difficulty = value(&mut map)?,
                "mixHash" | "mixhash" => block.prev_randao = value::<_, Hash>(&mut map)?,
                "baseFeePerGas" => {
                    let fee: Option<Text<u64>> = map.next_value()?;
                    block.base_fee = fee.map_or(0, |Text(fee)| fee);
                }
                "excessBlobGas" => {
                    let excess: Option<Text<u64>> = map.next_value()?;
                    block.excess_blob_gas = excess.map(|Text(excess)| excess);
                }
                _ => match Address::from_text(&key) {
                    Ok(address) => {
                        has_accounts = true;
                        insert(&mut prestate.accounts, address, map.next_value()?)?;
                    }
                    // What a genesis has beside these, execution cannot see.
                    Err(_) => drop(map.next_value::<IgnoredAny>()?),
                },
            }
        }
        if has_accounts {
            Ok(prestate)
        } else {
            Err(A::Error::custom("neither `alloc` nor an account is there"))
        }
    }
}

fn value<'de, A: MapAccess<'de>, T: FromText>(map: &mut A) -> Result<T, A::Error> {
    map.next_value().map(|Text(value)| value)
}

fn insert<E: serde::de::Error>(
    accounts: &mut Accounts,
    address: Address,
    account: AccountFields,
) -> Result<(), E> {
    match accounts.insert(address, account.into()) {
        None => Ok(()),
        Some(_) => Err(E::custom(format!("the account {address:?} is there twice"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "0x00000000000000000000000000000000000000aa";

    fn error(text: &str) -> String {
        Prestate::parse(text.as_bytes()).expect_err("it cannot be read")
    }

    #[test]
    fn a_genesis_and_a_bare_map_have_the_same_accounts() {
        let account = r#"{"balance": "1000", "nonce": "0x5", "code": "0x6001", "storage": {"0x01": "0x02", "03": "10", "0x4": "0x0"}}"#;
        let bare = format!(r#"{{"{A}": {account}}}"#);
        let genesis = format!(
            r#"{{"config": {{"chainId": 5, "londonBlock": 0}}, "extraData": "0x", "number": "0x10", "timestamp": 17,
                "gasLimit": "0x47b760", "difficulty": "1", "baseFeePerGas": null, "excessBlobGas": "0x1",
                "mixHash": "0x{}", "alloc": {{"{}": {account}}}}}"#,
            "11".repeat(32),
            &A[2..],
        );
        let bare = Prestate::parse(bare.as_bytes()).expect("a bare map");
        let genesis = Prestate::parse(genesis.as_bytes()).expect("a genesis");
        assert_eq!(bare.accounts, genesis.accounts);
        assert_eq!(bare.block, BlockEnv::default());
        let account = &bare.accounts[&Address::from_low_u64_be(0xaa)];
        assert_eq!((account.nonce, account.balance), (5, 1000.into()));
        // Storage without 0x is hex, as geth has it; zeros are no storage.
        let storage = [(1.into(), 2.into()), (3.into(), 16.into())];
        assert_eq!(account.storage, BTreeMap::from(storage));
        assert_eq!(genesis.chain_id, 5);
        assert_eq!((genesis.block.number, genesis.block.timestamp), (16, 17));
        assert_eq!(genesis.block.prev_randao, Hash::repeat_byte(0x11));
        assert_eq!(genesis.block.excess_blob_gas, Some(1));
    }

    #[test]
    fn errors_say_where() {
        let message = error(&format!(r#"{{"alloc": {{"{A}": {{"balance": "0xg"}}}}}}"#));
        assert!(
            message.starts_with(&format!("alloc.{A}.balance: ")),
            "{message}"
        );
        assert!(message.contains("line 1 column"), "{message}");
        let message = error(&format!(r#"{{"{A}": {{"balence": "1"}}}}"#));
        assert!(message.contains("unknown field `balence`"), "{message}");
        assert!(error("{}").contains("neither `alloc` nor an account"));
        assert!(error("[]").contains("a genesis object"));
        assert!(error("").contains("EOF"));
        let message = error(&format!(r#"{{"{A}": {{}}, "{}": {{}}}}"#, &A[2..]));
        assert!(message.contains("twice"), "{message}");
        assert!(error(&"[".repeat(100_000)).len() < 200);
        assert!(error(&format!(r#"{{"a": {}"#, "[".repeat(100_000))).len() < 200);
    }
}
