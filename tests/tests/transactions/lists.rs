//! Access lists (EIP-2930): what is named is warm.

use gasworks::{AccessListItem, Address, Fork, Transaction};
use gasworks_tests::code::{Code, call, op, push_n, sload, sstore};
use gasworks_tests::world::{CONTRACT, OTHER, World, since};

use crate::make::access_list;

fn item(address: Address, slots: &[u64]) -> AccessListItem {
    AccessListItem {
        address,
        slots: slots.iter().map(|slot| (*slot).into()).collect(),
    }
}

/// Gas that the program uses with a list, without what the list costs.
fn runs(fork: Fork, program: Code, list: Vec<AccessListItem>) -> u64 {
    let price: u64 = list
        .iter()
        .map(|item| 2_400 + 1_900 * item.slots.len() as u64)
        .sum();
    let world = World::new(fork, program)
        .slot(1, 5)
        .account(OTHER, 0, sload(1));
    world.transact(&access_list(list)).expect("valid").gas - 21_000 - price
}

#[test]
fn what_is_named_is_warm() {
    for fork in since(Fork::Berlin) {
        let look = push_n(20, OTHER) + op("BALANCE");
        assert_eq!(runs(fork, look.clone(), vec![]), 2_603, "{fork}");
        assert_eq!(
            runs(fork, look.clone(), vec![item(OTHER, &[])]),
            103,
            "{fork}"
        );
        // A slot of an account warms the account.
        assert_eq!(
            runs(fork, look.clone(), vec![item(OTHER, &[1])]),
            103,
            "{fork}"
        );
        assert_eq!(runs(fork, look, vec![item(CONTRACT, &[])]), 2_603, "{fork}");
        assert_eq!(
            runs(fork, sload(1), vec![item(CONTRACT, &[1])]),
            103,
            "{fork}"
        );
        assert_eq!(
            runs(fork, sload(2), vec![item(CONTRACT, &[2, 2])]),
            103,
            "{fork}"
        );
        // Not another slot, not another account's.
        assert_eq!(
            runs(fork, sload(1), vec![item(CONTRACT, &[2])]),
            2_103,
            "{fork}"
        );
        assert_eq!(
            runs(fork, sload(1), vec![item(OTHER, &[1])]),
            2_103,
            "{fork}"
        );
        // SSTORE of another value that is not zero: 2,900 without the surcharge.
        assert_eq!(
            runs(fork, sstore(1, 6), vec![item(CONTRACT, &[1])]),
            2_906,
            "{fork}"
        );
        assert_eq!(runs(fork, sstore(1, 6), vec![]), 5_006, "{fork}");
    }
}

#[test]
fn what_is_named_stays_warm_when_a_call_reverts() {
    let failing = call("DELEGATECALL", OTHER).gas(2_000).code();
    for fork in since(Fork::Berlin) {
        // 2,000 gas are not enough for a cold slot, and a warm one costs 103.
        let cold = runs(fork, failing.clone() + sload(1), vec![item(OTHER, &[])]);
        let warm = runs(
            fork,
            failing.clone() + sload(1),
            vec![item(OTHER, &[]), item(CONTRACT, &[1])],
        );
        assert_eq!(cold, 18 + 100 + 2_000 + 2_103, "{fork}");
        assert_eq!(warm, 18 + 100 + 103 + 103, "{fork}");
    }
}

/// Every type from 1 on carries one.
#[test]
fn every_type_carries_one() {
    use gasworks::TransactionKind as Kind;
    let list = vec![item(OTHER, &[])];
    let program = push_n(20, OTHER) + op("BALANCE");
    let mut dynamic = crate::make::dynamic(10, 1);
    let mut blobs = crate::make::blobs(1, 1);
    let mut set_code = crate::make::set_code(vec![gasworks::Authorization::default()]);
    for transaction in [&mut dynamic, &mut blobs, &mut set_code] {
        match &mut transaction.kind {
            Kind::DynamicFee { access_list, .. }
            | Kind::Blob { access_list, .. }
            | Kind::SetCode { access_list, .. } => {
                access_list.clone_from(&list);
            }
            kind => panic!("{kind:?}"),
        }
    }
    for (transaction, extra) in [(dynamic, 0), (blobs, 0), (set_code, 25_000)] {
        let run = |transaction: &Transaction| {
            World::new(Fork::Prague, program.clone())
                .transact(transaction)
                .expect("valid")
                .gas
        };
        assert_eq!(
            run(&transaction),
            21_000 + 2_400 + extra + 103,
            "{:?}",
            transaction.kind
        );
    }
}
