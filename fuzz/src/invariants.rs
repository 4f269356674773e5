//! What holds of every execution, whatever it does: each rule is a function that says what broke it.

use gasworks::{Address, TransactionKind, U256, blob_base_fee};

use crate::case::{Account, Case, State};
use crate::verdict::{Executed, Status};

/// Gas of a blob (EIP-4844).
const GAS_PER_BLOB: u64 = 1 << 17;

/// What is broken, one line each; empty if nothing is. `destructs` says whether SELFDESTRUCT was executed, which may burn.
pub fn broken(case: &Case, executed: &Executed, destructs: bool) -> String {
    let found = [
        gas_is_bounded(case, executed),
        refund_is_capped(case, executed),
        wei_is_conserved(case, executed, destructs),
        failure_leaves_nothing(case, executed),
        nonce_grows(case, executed),
    ];
    let found: Vec<String> = found.into_iter().flatten().collect();
    found.join("\n")
}

fn gas_is_bounded(case: &Case, executed: &Executed) -> Option<String> {
    let (used, limit) = (executed.gas_used, case.transaction.gas_limit);
    if used > limit {
        return Some(format!("{used} gas was used, of {limit}"));
    }
    // Only an authorization refunds what a halt does not take back (EIP-7702).
    let exhausted = used == limit || !case.transaction.authorizations().is_empty();
    (executed.status == Status::Halt && !exhausted)
        .then(|| format!("a halt left {} gas", limit - used))
}

/// Half of what was used, or a fifth of it (EIP-3529).
fn refund_is_capped(case: &Case, executed: &Executed) -> Option<String> {
    let (used, refunded) = (executed.gas_used, executed.gas_refunded);
    let share = if case.fork.rules().base_fee { 5 } else { 2 };
    let capped = refunded <= used.saturating_add(refunded) / share;
    (!capped).then(|| format!("{refunded} gas was refunded, and {used} used"))
}

fn wei_is_conserved(case: &Case, executed: &Executed, destructs: bool) -> Option<String> {
    let before = total(&case.state);
    let after = total(&executed.state).saturating_add(burnt_by_fees(case, executed));
    let fine = before == after || (destructs && after < before);
    (!fine).then(|| format!("there were {before} wei, and are {after} with what was burnt"))
}

fn total(state: &State) -> U256 {
    let balances = state.values().map(|account| account.balance);
    balances.fold(U256::zero(), U256::saturating_add)
}

/// The base fee of gas (EIP-1559), and that of blobs, which nobody gets (EIP-4844).
fn burnt_by_fees(case: &Case, executed: &Executed) -> U256 {
    let gas = U256::from(executed.gas_used) * U256::from(case.block.base_fee);
    let (TransactionKind::Blob { blob_hashes, .. }, Some(rules)) =
        (&case.transaction.kind, &case.fork.rules().blobs)
    else {
        return gas;
    };
    let price = blob_base_fee(case.block.excess_blob_gas.unwrap_or(0), rules);
    let blobs = U256::from(GAS_PER_BLOB) * U256::from(blob_hashes.len());
    gas.saturating_add(blobs.saturating_mul(price))
}

/// A transaction that fails changes who paid, who was paid, and who signed a delegation; and logs nothing.
fn failure_leaves_nothing(case: &Case, executed: &Executed) -> Option<String> {
    if executed.status == Status::Success {
        return None;
    }
    if !executed.logs.is_empty() || executed.created.is_some() {
        return Some("a failed transaction left logs, or a contract".to_owned());
    }
    let transaction = &case.transaction;
    let signers = transaction.authorizations().iter();
    let mut may: Vec<Address> = signers.filter_map(|signed| signed.authority()).collect();
    if !may.contains(&transaction.sender) {
        let (before, after) = (
            case.state.get(&transaction.sender),
            executed.state.get(&transaction.sender),
        );
        let kept = |account: Option<&Account>| {
            account.map(|account| (account.code.clone(), account.storage.clone()))
        };
        if kept(before).unwrap_or_default() != kept(after).unwrap_or_default() {
            return Some("a failed transaction changed its sender's code or storage".to_owned());
        }
    }
    may.extend([transaction.sender, case.block.coinbase]);
    let addresses = case.state.keys().chain(executed.state.keys());
    let mut others = addresses.filter(|address| !may.contains(address));
    let changed = others.find(|address| case.state.get(address) != executed.state.get(address));
    changed.map(|address| {
        let (before, after) = (case.state.get(address), executed.state.get(address));
        format!("a failed transaction changed {address:?}: {before:?} to {after:?}")
    })
}

fn nonce_grows(case: &Case, executed: &Executed) -> Option<String> {
    let sender = case.transaction.sender;
    let nonce = |state: &State| state.get(&sender).map_or(0, |account| account.nonce);
    let (before, after) = (nonce(&case.state), nonce(&executed.state));
    (after <= before).then(|| format!("the sender's nonce was {before}, and is {after}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::generate;
    use crate::ours::run;

    /// A case that ends as wanted and destructs nothing.
    fn example(status: Status) -> (Case, Executed) {
        let mut cases = (0..500).filter_map(|number| {
            let case = generate(2, number);
            let ours = run(&case, 0).ok()?;
            let executed = ours.verdict.ok()?;
            let fits = executed.status == status
                && ours.coverage.0[0xff] == 0
                && case.transaction.authorizations().is_empty();
            fits.then_some((case, executed))
        });
        cases.next().expect("some case ends so")
    }

    #[test]
    fn each_rule_finds_who_breaks_it() {
        let (case, good) = example(Status::Success);
        assert_eq!(broken(&case, &good, false), "");
        let sender = case.transaction.sender;
        type Change<'a> = (&'static str, &'a dyn Fn(&mut Executed));
        let changes: [Change<'_>; 4] = [
            ("gas was used", &|bad| bad.gas_used = u64::MAX),
            ("refunded", &|bad| bad.gas_refunded = bad.gas_used),
            ("wei", &|bad| {
                bad.state.entry(sender).or_default().balance += U256::one();
            }),
            ("nonce", &|bad| {
                bad.state.entry(sender).or_default().nonce = 0
            }),
        ];
        for (word, change) in changes {
            let mut bad = good.clone();
            change(&mut bad);
            let found = broken(&case, &bad, false);
            assert!(found.contains(word), "{word}: {found}");
        }
        let (case, mut bad) = example(Status::Halt);
        assert_eq!(broken(&case, &bad, false), "");
        let other = bad.state.keys().find(|address| {
            **address != case.transaction.sender && **address != case.block.coinbase
        });
        let other = *other.expect("there are others");
        bad.state
            .entry(other)
            .or_default()
            .storage
            .insert(U256::from(99), U256::one());
        assert!(broken(&case, &bad, false).contains("changed"));
    }
}
