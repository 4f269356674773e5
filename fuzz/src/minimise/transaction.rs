//! Making a transaction smaller.

use gasworks::{Bytes, Transaction, TransactionKind, U256};

use super::Search;

/// Shortens what the transaction carries, and makes it of a simpler type.
pub(super) fn shrink(search: &mut Search<'_>) -> bool {
    let mut smaller = false;
    smaller |= simplify(search);
    smaller |= lists(search);
    // The input of a creation is a program, which is cut down as such.
    if !search.case.transaction.is_create() {
        smaller |= input(search);
    }
    smaller |= gas(search);
    smaller
}

fn attempt(search: &mut Search<'_>, change: impl FnOnce(&mut Transaction)) -> bool {
    search.attempt(|case| change(&mut case.transaction))
}

fn simplify(search: &mut Search<'_>) -> bool {
    let mut smaller = attempt(search, |transaction| {
        let gas_price = transaction.gas_price_cap();
        transaction.kind = TransactionKind::Legacy { gas_price };
        transaction.chain_id = None;
    });
    smaller |= attempt(search, |transaction| transaction.value = U256::zero());
    smaller |= attempt(search, |transaction| {
        transaction.value = transaction.value.min(U256::one());
    });
    // The nonce of a transaction belongs to that of its sender.
    smaller |= search.attempt(|case| {
        case.transaction.nonce = 0;
        if let Some(sender) = case.state.get_mut(&case.transaction.sender) {
            sender.nonce = 0;
        }
    });
    smaller
}

fn lists(search: &mut Search<'_>) -> bool {
    let mut smaller = attempt(search, |transaction| {
        if let Some(list) = access_list(&mut transaction.kind) {
            list.clear();
        }
    });
    for position in (0..search.case.transaction.access_list().len()).rev() {
        smaller |= attempt(search, |transaction| {
            if let Some(list) = access_list(&mut transaction.kind) {
                drop(list.remove(position));
            }
        });
        let item = search.case.transaction.access_list().get(position);
        for slot in (0..item.map_or(0, |item| item.slots.len())).rev() {
            smaller |= attempt(search, |transaction| {
                let list = access_list(&mut transaction.kind);
                if let Some(item) = list.and_then(|list| list.get_mut(position)) {
                    item.slots.remove(slot);
                }
            });
        }
    }
    for position in (0..search.case.transaction.authorizations().len()).rev() {
        smaller |= attempt(search, |transaction| {
            if let TransactionKind::SetCode { authorizations, .. } = &mut transaction.kind {
                authorizations.remove(position);
            }
        });
    }
    for position in (0..search.case.transaction.blob_hashes().len()).rev() {
        smaller |= attempt(search, |transaction| {
            if let TransactionKind::Blob { blob_hashes, .. } = &mut transaction.kind {
                blob_hashes.remove(position);
            }
        });
    }
    smaller
}

fn access_list(kind: &mut TransactionKind) -> Option<&mut gasworks::AccessList> {
    match kind {
        TransactionKind::Legacy { .. } => None,
        TransactionKind::AccessList { access_list, .. }
        | TransactionKind::DynamicFee { access_list, .. }
        | TransactionKind::Blob { access_list, .. }
        | TransactionKind::SetCode { access_list, .. } => Some(access_list),
    }
}

fn input(search: &mut Search<'_>) -> bool {
    let mut smaller = attempt(search, |transaction| transaction.input = Bytes::new());
    let mut cut = search.case.transaction.input.len() / 2;
    while cut > 0 {
        let shorter = attempt(search, |transaction| {
            let length = transaction.input.len().saturating_sub(cut);
            transaction.input.truncate(length);
        });
        smaller |= shorter;
        if !shorter {
            cut /= 2;
        }
    }
    for position in 0..search.case.transaction.input.len() {
        smaller |= attempt(search, |transaction| {
            let mut bytes = transaction.input.to_vec();
            bytes[position] = 0;
            transaction.input = bytes.into();
        });
    }
    smaller
}

/// A round gas limit says that nothing depends on it; a small one, that little is executed.
fn gas(search: &mut Search<'_>) -> bool {
    let limits = [100_000, 200_000, 1_000_000, 10_000_000];
    let limit = search.case.transaction.gas_limit;
    let mut wanted = limits.iter().filter(|round| **round != limit);
    if limits.contains(&limit) {
        return false;
    }
    wanted.any(|round| attempt(search, |transaction| transaction.gas_limit = *round))
}
