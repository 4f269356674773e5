//! A case: a fork, a block, a state and a transaction, with a form that people can read.

use std::collections::BTreeMap;
use std::fmt;

use gasworks::{Address, BlockEnv, Bytes, Fork, Transaction, U256};

/// An account, complete.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Nonce.
    pub nonce: u64,
    /// Wei.
    pub balance: U256,
    /// Code.
    pub code: Bytes,
    /// The slots that are not zero.
    pub storage: BTreeMap<U256, U256>,
}

impl Account {
    /// EIP-161: no code, no nonce, no balance.
    pub fn is_empty(&self) -> bool {
        self.nonce == 0 && self.balance.is_zero() && self.code.is_empty()
    }
}

/// All accounts.
pub type State = BTreeMap<Address, Account>;

/// Something to execute.
#[derive(Clone, Debug)]
pub struct Case {
    /// The rules.
    pub fork: Fork,
    /// The block. Before London its base fee is zero.
    pub block: BlockEnv,
    /// The accounts before.
    pub state: State,
    /// The transaction; not necessarily valid.
    pub transaction: Transaction,
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    digits.collect()
}

/// Code as its bytes and as its instructions, in lines of a readable length.
fn write_code(f: &mut fmt::Formatter<'_>, code: &[u8]) -> fmt::Result {
    writeln!(f, "    code 0x{}", hex(code))?;
    let mut line = String::from("      ");
    let mut at = 0;
    while at < code.len() {
        let known = gasworks_spec::opcode(code[at]);
        let name = known.map_or_else(|| format!("{:02x}?", code[at]), |row| row.name.to_owned());
        let immediate = known.map_or(0, |row| row.immediate);
        let end = (at + 1 + immediate).min(code.len());
        line += &format!(" {at}:{name}");
        if immediate > 0 {
            line += &format!(" 0x{}", hex(&code[at + 1..end]));
        }
        at = end;
        if line.len() > 110 {
            writeln!(f, "{line}")?;
            line = String::from("      ");
        }
    }
    if line.trim().is_empty() {
        Ok(())
    } else {
        writeln!(f, "{line}")
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "fork {}", self.fork)?;
        writeln!(f, "block {:?}", self.block)?;
        for (address, account) in &self.state {
            writeln!(
                f,
                "account {address:?}: nonce {}, balance {}",
                account.nonce, account.balance
            )?;
            if !account.code.is_empty() {
                write_code(f, &account.code)?;
            }
            for (slot, value) in &account.storage {
                writeln!(f, "    slot {slot:#x} = {value:#x}")?;
            }
        }
        let shown = Transaction {
            input: Bytes::new(),
            ..self.transaction.clone()
        };
        writeln!(f, "transaction {shown:?}")?;
        if self.transaction.is_create() {
            write_code(f, &self.transaction.input)
        } else {
            writeln!(f, "    input 0x{}", hex(&self.transaction.input))
        }
    }
}
