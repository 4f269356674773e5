//! Makes a case smaller, as long as it still shows what it showed.
//!
//! What to try is listed in order of how much it takes away; a list is gone through again until nothing of it helps. The
//! result depends on the case and on what is asked of it only.

mod code;
mod transaction;

use gasworks::{Address, BlockEnv, Bytes, U256};

use crate::case::{Account, Case};

/// A case that is being made smaller.
struct Search<'a> {
    case: Case,
    still: &'a mut dyn FnMut(&Case) -> bool,
    /// Trials that are left.
    budget: u32,
}

impl Search<'_> {
    /// Changes the case, and keeps the change if the case still shows what it showed.
    fn attempt(&mut self, change: impl FnOnce(&mut Case)) -> bool {
        if self.budget == 0 {
            return false;
        }
        let mut smaller = self.case.clone();
        change(&mut smaller);
        if same(&smaller, &self.case) || !is_possible(&smaller) {
            return false;
        }
        self.budget -= 1;
        let kept = (self.still)(&smaller);
        if kept {
            self.case = smaller;
        }
        kept
    }
}

fn same(one: &Case, other: &Case) -> bool {
    one.block == other.block && one.transaction == other.transaction && one.state == other.state
}

/// Accounts with storage but neither nonce nor code cannot be since EIP-161, and machines need not agree on them.
fn is_possible(case: &Case) -> bool {
    let impossible = |account: &Account| {
        account.nonce == 0 && account.code.is_empty() && !account.storage.is_empty()
    };
    !case.state.values().any(impossible)
}

/// The smallest case that `still` holds for and that was found with so many trials, which begins with `case` itself: that
/// is taken to show it.
pub fn minimise(case: &Case, trials: u32, still: &mut dyn FnMut(&Case) -> bool) -> Case {
    let mut search = Search {
        case: case.clone(),
        still,
        budget: trials,
    };
    loop {
        let before = search.budget;
        let mut smaller = false;
        smaller |= accounts(&mut search);
        smaller |= transaction::shrink(&mut search);
        smaller |= programs(&mut search);
        smaller |= values(&mut search);
        smaller |= block(&mut search);
        if !smaller || search.budget == 0 || search.budget == before {
            return search.case;
        }
    }
}

fn addresses(case: &Case) -> Vec<Address> {
    case.state.keys().copied().collect()
}

/// Takes accounts away.
fn accounts(search: &mut Search<'_>) -> bool {
    let mut smaller = false;
    for address in addresses(&search.case) {
        smaller |= search.attempt(|case| drop(case.state.remove(&address)));
    }
    smaller
}

/// Cuts programs down: those of accounts, and the one of a transaction that creates.
fn programs(search: &mut Search<'_>) -> bool {
    let mut smaller = false;
    for address in addresses(&search.case) {
        smaller |= code::shrink(search, Place::Account(address));
    }
    if search.case.transaction.is_create() {
        smaller |= code::shrink(search, Place::Input);
    }
    smaller
}

/// Where a program is.
#[derive(Clone, Copy)]
enum Place {
    Account(Address),
    Input,
}

impl Place {
    fn get(self, case: &Case) -> Bytes {
        match self {
            Self::Account(address) => {
                let account = case.state.get(&address);
                account
                    .map(|account| account.code.clone())
                    .unwrap_or_default()
            }
            Self::Input => case.transaction.input.clone(),
        }
    }

    fn set(self, case: &mut Case, code: Vec<u8>) {
        match self {
            Self::Account(address) => {
                if let Some(account) = case.state.get_mut(&address) {
                    account.code = code.into();
                }
            }
            Self::Input => case.transaction.input = code.into(),
        }
    }
}

/// Makes what accounts hold simple.
fn values(search: &mut Search<'_>) -> bool {
    let mut smaller = false;
    for address in addresses(&search.case) {
        let mut change = |search: &mut Search<'_>, change: &dyn Fn(&mut Account)| {
            smaller |= search.attempt(|case| {
                if let Some(account) = case.state.get_mut(&address) {
                    change(account);
                }
            });
        };
        change(search, &|account| account.storage.clear());
        let account = search.case.state.get(&address);
        let slots: Vec<U256> = account
            .map(|account| account.storage.keys().copied().collect())
            .unwrap_or_default();
        for slot in slots {
            change(search, &|account| {
                account.storage.remove(&slot);
            });
            change(search, &|account| {
                if let Some(value) = account.storage.get_mut(&slot) {
                    *value = (*value).min(U256::one());
                }
            });
        }
        change(search, &|account| account.nonce = 0);
        change(search, &|account| account.nonce = account.nonce.min(1));
        change(search, &|account| account.balance = U256::zero());
        change(search, &|account| {
            account.balance = account.balance.min(U256::one());
        });
    }
    smaller
}

/// Makes the block that of nothing in particular.
fn block(search: &mut Search<'_>) -> bool {
    let plain = BlockEnv::default();
    let changes: [&dyn Fn(&mut BlockEnv); 8] = [
        &|block| {
            *block = BlockEnv {
                coinbase: block.coinbase,
                ..plain.clone()
            }
        },
        &|block| block.number = plain.number,
        &|block| block.timestamp = plain.timestamp,
        &|block| block.base_fee = plain.base_fee,
        &|block| block.difficulty = plain.difficulty,
        &|block| block.prev_randao = plain.prev_randao,
        &|block| block.excess_blob_gas = block.excess_blob_gas.map(|_| 0),
        &|block| block.coinbase = Address::repeat_byte(0xcb),
    ];
    let mut smaller = false;
    for change in changes {
        smaller |= search.attempt(|case| change(&mut case.block));
    }
    smaller
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::generate;

    /// What an execution of `opcode` needs, and no more, is left.
    fn left_of(number: u64, opcode: u8) -> Option<Case> {
        let mut executes = |case: &Case| {
            let ours = crate::ours::run(case, 0);
            ours.is_ok_and(|ours| ours.coverage.0[usize::from(opcode)] > 0)
        };
        let case = generate(3, number);
        executes(&case).then(|| minimise(&case, 3_000, &mut executes))
    }

    fn bytes(case: &Case) -> usize {
        let codes = case.state.values().map(|account| account.code.len());
        codes.sum::<usize>() + case.transaction.input.len()
    }

    #[test]
    fn little_is_left_of_a_case() {
        // SELFDESTRUCT, KECCAK256.
        for opcode in [0xff, 0x20] {
            // What executes it in a callee only keeps the call.
            let cases = (0..200).filter_map(|number| left_of(number, opcode));
            let smallest = cases.take(4).min_by_key(bytes);
            let smallest = smallest.expect("some case executes it");
            assert!(bytes(&smallest) <= 12, "{smallest}");
            assert!(smallest.state.len() <= 2, "{smallest}");
            assert!(smallest.transaction.access_list().is_empty(), "{smallest}");
        }
    }

    #[test]
    fn the_number_of_trials_is_kept() {
        let case = generate(1, 1);
        let mut trials = 0;
        minimise(&case, 10, &mut |_| {
            trials += 1;
            true
        });
        assert!(trials <= 10);
    }
}
