//! Deploys a contract by a transaction and calls it by others. What one commits, the next one finds.

use gasworks::{
    Address, BlockEnv, Bytes, Evm, Fork, MemoryDatabase, Message, Transaction, TransactionKind,
};
use gasworks_examples::{COUNTER, bytes, number};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let owner = Address::repeat_byte(0xaa);
    let mut database = MemoryDatabase::default();
    let wei = 10_000_000.into();
    database.insert_account(owner, 0, wei, Bytes::new());
    let mut evm = Evm::new(Fork::Osaka, BlockEnv::default(), database);

    // Without a receiver, a transaction deploys what its init code returns.
    let deploy = Transaction {
        sender: owner,
        nonce: 0,
        gas_limit: 1_000_000,
        kind: TransactionKind::Legacy {
            gas_price: 1.into(),
        },
        to: None,
        input: bytes(COUNTER),
        ..Transaction::default()
    };
    let outcome = evm.transact(&deploy)?.commit();
    let counter = outcome.created.ok_or("nothing was deployed")?;
    println!("deployed at {counter:?} for {} gas", outcome.gas_used);

    for nonce in 1..=2 {
        let increment = Transaction {
            nonce,
            to: Some(counter),
            input: bytes("d09de08a"), // increment()
            ..deploy.clone()
        };
        let outcome = evm.transact(&increment)?.commit();
        let log = outcome.logs.last().ok_or("nothing was logged")?;
        println!(
            "incremented to {} for {} gas",
            number(log.data),
            outcome.gas_used
        );
    }

    // Reading needs no transaction. A message costs nothing, and what is not committed is discarded.
    let count = Message::call(owner, counter, bytes("06661abd"), 100_000); // count()
    println!("count() = {}", number(&evm.call(&count)?.outcome().output));

    // A transaction that breaks a rule of the protocol is an error, and changes nothing.
    match evm.transact(&deploy) {
        Ok(_) => println!("the first transaction is valid again?"),
        Err(error) => println!("the first transaction once more: {error}"),
    }
    Ok(())
}
