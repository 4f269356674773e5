//! Transactions of each type, from [`SENDER`] to [`CONTRACT`], with 1,000,000 gas.
//!
//! [`SENDER`]: gasworks_tests::world::SENDER
//! [`CONTRACT`]: gasworks_tests::world::CONTRACT

use gasworks::{AccessList, Authorization, DynamicFees, Hash, Transaction, TransactionKind, U256};
use gasworks_tests::world::transaction;

/// The two caps of EIP-1559, in wei.
pub fn fees(cap: u64, priority: u64) -> DynamicFees {
    DynamicFees {
        max_fee_per_gas: cap.into(),
        max_priority_fee_per_gas: priority.into(),
    }
}

fn of(kind: TransactionKind) -> Transaction {
    Transaction {
        chain_id: Some(1),
        kind,
        ..transaction()
    }
}

pub fn legacy(gas_price: u64) -> Transaction {
    Transaction {
        kind: TransactionKind::Legacy {
            gas_price: gas_price.into(),
        },
        ..transaction()
    }
}

pub fn access_list(access_list: AccessList) -> Transaction {
    of(TransactionKind::AccessList {
        gas_price: 10.into(),
        access_list,
    })
}

pub fn dynamic(cap: u64, priority: u64) -> Transaction {
    of(TransactionKind::DynamicFee {
        fees: fees(cap, priority),
        access_list: Vec::new(),
    })
}

/// So many blobs, at most so many wei for a unit of blob gas.
pub fn blobs(count: usize, max_fee_per_blob_gas: impl Into<U256>) -> Transaction {
    let mut hash = Hash::repeat_byte(9);
    hash.0[0] = 1;
    of(TransactionKind::Blob {
        fees: fees(10, 1),
        access_list: Vec::new(),
        max_fee_per_blob_gas: max_fee_per_blob_gas.into(),
        blob_hashes: vec![hash; count],
    })
}

pub fn set_code(authorizations: Vec<Authorization>) -> Transaction {
    of(TransactionKind::SetCode {
        fees: fees(10, 1),
        access_list: Vec::new(),
        authorizations,
    })
}
