//! Brings state from a source of one's own. The machine asks for what it needs, once, and never writes.

use std::cell::RefCell;

use gasworks::{
    Account, Address, BlockEnv, Bytes, Database, Error, Evm, Fork, Hash, Message, U256, keccak256,
};
use gasworks_examples::{bytes, number};

/// Something far away: it writes down what it is asked, and may be out of reach.
struct Remote {
    contract: Address,
    code: Bytes,
    asked: RefCell<Vec<String>>,
    reachable: bool,
}

/// How asking fails.
#[derive(Debug, thiserror::Error)]
#[error("the remote state is out of reach")]
struct OutOfReach;

impl Remote {
    fn ask(&self, what: String) -> Result<(), OutOfReach> {
        self.asked.borrow_mut().push(what);
        if self.reachable {
            Ok(())
        } else {
            Err(OutOfReach)
        }
    }
}

impl Database for Remote {
    type Error = OutOfReach;

    fn account(&self, address: Address) -> Result<Option<Account>, OutOfReach> {
        self.ask(format!("account {address}"))?;
        Ok((address == self.contract).then(|| Account {
            nonce: 1,
            balance: U256::zero(),
            code_hash: keccak256(&self.code),
            has_storage: true,
        }))
    }

    fn code(&self, hash: Hash) -> Result<Bytes, OutOfReach> {
        self.ask(format!("code {hash}"))?;
        Ok(self.code.clone())
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, OutOfReach> {
        self.ask(format!("slot {slot} of {address}"))?;
        Ok(slot * 100)
    }

    fn block_hash(&self, number: u64) -> Result<Hash, OutOfReach> {
        self.ask(format!("hash of block {number}"))?;
        Ok(Hash::zero())
    }
}

fn main() -> Result<(), Error<OutOfReach>> {
    let contract = Address::repeat_byte(0xcc);
    let remote = |reachable| Remote {
        contract,
        // Returns the sum of slots 3 and 4.
        code: bytes("6003546004540160005260206000f3"),
        asked: RefCell::default(),
        reachable,
    };
    let message = Message::call(Address::repeat_byte(0xaa), contract, Bytes::new(), 100_000);

    let mut evm = Evm::new(Fork::Osaka, BlockEnv::default(), remote(true));
    for _ in 0..2 {
        println!("result: {}", number(&evm.call(&message)?.outcome().output));
    }
    for what in evm.database().asked.borrow().iter() {
        println!("asked once: {what}");
    }

    // A failing host is neither an invalid transaction nor an exceptional halt: there is no outcome at all.
    let mut evm = Evm::new(Fork::Osaka, BlockEnv::default(), remote(false));
    match evm.call(&message) {
        Err(Error::Database(error)) => println!("no result: {error}"),
        other => println!("unexpected: {:?}", other.map(|executed| executed.discard())),
    }
    Ok(())
}
