//! What makes a case special: an address that is taken, a transaction that is invalid or nearly so, hardly enough gas.

use gasworks::{Bytes, Hash, TransactionKind, U256, create_address};

use super::accounts::{CONTRACTS, authority};
use crate::case::{Account, Case};
use crate::ours::gas_spent;
use crate::random::Random;

/// Puts something where a contract will be created (EIP-684), or only wei, which is no obstacle.
pub(super) fn collide(random: &mut Random, case: &mut Case) {
    let creator = if case.transaction.is_create() {
        authority(0)
    } else {
        random.pick(&CONTRACTS)
    };
    let nonce = case.state.get(&creator).map_or(0, |account| account.nonce);
    let account = match random.below(3) {
        0 => Account {
            nonce: 1,
            ..Account::default()
        },
        1 => Account {
            code: Bytes::from_static(&[0]),
            ..Account::default()
        },
        _ => Account {
            balance: U256::from(7),
            ..Account::default()
        },
    };
    case.state.insert(create_address(creator, nonce), account);
}

/// Makes the transaction invalid in one of many ways, or nearly so.
pub(super) fn spoil(random: &mut Random, case: &mut Case) {
    let sender = case
        .state
        .get_mut(&authority(0))
        .expect("the state has a sender");
    let transaction = &mut case.transaction;
    match random.below(13) {
        0 => transaction.nonce = transaction.nonce.wrapping_add(1),
        1 => transaction.nonce = transaction.nonce.wrapping_sub(1),
        2 => sender.code = Bytes::from_static(&[0x5b]),
        3 => sender.balance = U256::from(random.below(10_000_000)),
        4 => {
            let price = transaction.gas_price_cap();
            let cost = U256::from(transaction.gas_limit) * price + transaction.value;
            // Exactly enough, or a wei too little.
            sender.balance = cost.saturating_sub(U256::from(random.below(2)));
        }
        5 => transaction.value = random.word(),
        6 => transaction.gas_limit = 20_000 + random.below(3_000),
        7 => transaction.gas_limit = 30_000_000 + random.below(2),
        8 => transaction.gas_limit = (1 << 24) + random.below(2),
        9 => transaction.chain_id = Some(2),
        10 if transaction.is_create() => {
            // EIP-3860: as large as may be, or one byte more.
            transaction.input = Bytes::from(vec![0; 49_152 + random.index(2)]);
            transaction.gas_limit = 2_000_000;
        }
        _ => spoil_kind(random, case),
    }
}

fn spoil_kind(random: &mut Random, case: &mut Case) {
    let choice = random.below(3);
    let one = U256::one();
    match &mut case.transaction.kind {
        TransactionKind::Legacy { gas_price } => {
            if choice == 0 {
                let access_list = Vec::new();
                case.transaction.chain_id = Some(1);
                let gas_price = *gas_price;
                case.transaction.kind = TransactionKind::AccessList {
                    gas_price,
                    access_list,
                };
            } else {
                *gas_price = U256::from(case.block.base_fee).saturating_sub(one);
            }
        }
        TransactionKind::AccessList { gas_price, .. } => {
            *gas_price = U256::from(case.block.base_fee).saturating_sub(one);
        }
        TransactionKind::DynamicFee { fees, .. } => {
            fees.max_priority_fee_per_gas = fees.max_fee_per_gas + one;
        }
        TransactionKind::Blob {
            max_fee_per_blob_gas,
            blob_hashes,
            ..
        } => match choice {
            0 => *max_fee_per_blob_gas = U256::from(random.below(3)),
            1 => blob_hashes.resize_with(random.index(11), Hash::default),
            _ => blob_hashes.resize_with(random.index(11), || Hash::repeat_byte(1)),
        },
        TransactionKind::SetCode {
            fees,
            authorizations,
            ..
        } => match choice {
            0 => authorizations.clear(),
            _ => fees.max_fee_per_gas = U256::from(case.block.base_fee).saturating_sub(one),
        },
    }
}

/// Sets the gas limit to what the case uses, or a little less or more, which is where prices are decided.
pub(super) fn tighten(random: &mut Random, case: &mut Case) {
    if let Some(gas) = gas_spent(case) {
        let nudge = random.pick(&[0, 0, 1, 1, 2, 3, 20, 2_300, 5_000]);
        case.transaction.gas_limit = if random.percent(70) {
            gas.saturating_sub(nudge)
        } else {
            gas + nudge
        };
    }
}
