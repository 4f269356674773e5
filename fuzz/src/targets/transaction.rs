//! The bytes of transactions.

use arbitrary::{Arbitrary, Unstructured};
use gasworks::{BlockEnv, Evm, MemoryDatabase, SignedTransaction, U256};

use crate::generate::FORKS;
use crate::structured::SignedBy;

/// Any bytes decode or do not, and what decodes encodes to the same bytes; a transaction that was signed comes back from
/// its bytes, with its sender.
pub fn transaction(bytes: &[u8]) {
    let Some((choice, rest)) = bytes.split_first() else {
        return;
    };
    if choice % 2 == 0 {
        if let Ok(decoded) = SignedTransaction::decode(rest) {
            assert_eq!(decoded.encode(), rest, "it encodes to other bytes");
            validate(&decoded, *choice);
        }
        return;
    }
    let Ok(SignedBy { signed, sender }) = SignedBy::arbitrary(&mut Unstructured::new(rest)) else {
        return;
    };
    let encoded = signed.encode();
    match SignedTransaction::decode(&encoded) {
        Ok(decoded) => {
            assert_eq!(decoded, signed, "it decodes to another transaction");
            let recovered = decoded.recover(false).map(|transaction| transaction.sender);
            assert_eq!(recovered, Ok(sender), "somebody else signed it");
            validate(&decoded, *choice);
        }
        // The generator makes transactions that have no byte form.
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// Refuses or executes, and never panics.
fn validate(signed: &SignedTransaction, choice: u8) {
    let fork = FORKS[usize::from(choice / 2) % FORKS.len()];
    for high_s in [false, true] {
        let Ok(mut transaction) = signed.recover(high_s) else {
            continue;
        };
        // What it does is bounded by its gas.
        transaction.gas_limit = transaction.gas_limit.min(1_000_000);
        let mut database = MemoryDatabase::default();
        database.insert_account(
            transaction.sender,
            transaction.nonce,
            U256::MAX >> 1,
            Default::default(),
        );
        let mut evm = Evm::new(fork, BlockEnv::default(), database);
        match evm.transact(&transaction) {
            Ok(executed) => assert!(executed.discard().gas_used <= transaction.gas_limit),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}
