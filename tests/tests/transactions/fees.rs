//! Who pays and who is paid: the effective gas price, the coinbase's part, and what is burnt.

use gasworks::{Fork, Transaction, U256};
use gasworks_tests::code::{Code, op, push, return_top, revert_memory};
use gasworks_tests::world::{COINBASE, CONTRACT, RICH, Ran, SENDER, World, since, transaction};

use crate::make::{blobs, dynamic, legacy};

/// Wei that the sender has lost and that the coinbase has gained.
fn moved(ran: &Ran) -> (u64, u64) {
    let lost = U256::from(RICH) - ran.balance(SENDER);
    let gained = ran
        .changes
        .accounts
        .get(&COINBASE)
        .map_or(U256::zero(), |account| account.balance);
    (lost.as_u64(), gained.as_u64())
}

fn run(fork: Fork, program: Code, transaction: &Transaction) -> Ran {
    let ran = World::new(fork, program).transact(transaction);
    ran.unwrap_or_else(|reason| panic!("{fork}: {reason}"))
}

#[test]
fn a_single_price_is_all_the_coinbase_s_until_a_part_of_it_is_burnt() {
    for fork in Fork::all() {
        // The base fee is 7 (EIP-1559).
        let tip = if fork >= Fork::London { 3 } else { 10 };
        let ran = run(fork, Code::default(), &legacy(10));
        assert_eq!(moved(&ran), (21_000 * 10, 21_000 * tip), "{fork}");
    }
}

#[test]
fn two_caps_give_one_price() {
    for fork in since(Fork::London) {
        for (cap, priority, price) in [
            (20, 4, 11),
            (11, 4, 11),
            (10, 4, 10),
            (7, 4, 7),
            (7, 0, 7),
            (20, 0, 7),
            (20, 20, 20),
        ] {
            let ran = run(fork, op("GASPRICE") + return_top(), &dynamic(cap, priority));
            assert_eq!(ran.word(), price.into(), "{cap}, {priority} in {fork}");
            assert_eq!(
                moved(&ran),
                (ran.gas * price, ran.gas * (price - 7)),
                "{cap}, {priority} in {fork}"
            );
        }
    }
}

#[test]
fn failures_are_paid_for() {
    for fork in since(Fork::Byzantium) {
        let tip = if fork >= Fork::London { 3 } else { 10 };
        let sends = Transaction {
            value: 77.into(),
            gas_limit: 50_000,
            ..transaction()
        };
        for (end, used) in [(revert_memory(0, 0), 21_006), (op("INVALID"), 50_000)] {
            let ran = run(fork, end, &sends);
            // The value comes back.
            assert_eq!(
                (ran.gas, moved(&ran)),
                (used, (used * 10, used * tip)),
                "{fork}"
            );
            assert!(!ran.changes.accounts.contains_key(&CONTRACT), "{fork}");
            assert_eq!(ran.changes.accounts[&SENDER].nonce, 1, "{fork}");
        }
    }
}

#[test]
fn blob_gas_is_burnt_at_its_base_fee() {
    for (fork, excess, price) in [
        (Fork::Cancun, 0, 1),
        (Fork::Cancun, 2_314_057, 1),
        (Fork::Cancun, 2_314_058, 2),
        // EIP-7691: another update fraction; 10 MiB cost 23 before.
        (Fork::Cancun, 10 << 20, 23),
        (Fork::Prague, 10 << 20, 8),
        (Fork::Osaka, 10 << 20, 8),
    ] {
        for program in [op("BLOBBASEFEE") + return_top(), op("INVALID")] {
            let mut world = World::new(fork, program);
            world.block.excess_blob_gas = Some(excess);
            let ran = world.transact(&blobs(3, 30)).expect("valid");
            // At most 10 for gas and 1 for the coinbase: the price is 8.
            let blob_fee = 3 * 131_072 * price;
            assert_eq!(
                moved(&ran),
                (ran.gas * 8 + blob_fee, ran.gas),
                "{excess} in {fork}"
            );
            if ran.halt().is_none() {
                assert_eq!(ran.word(), price.into(), "{excess} in {fork}");
            }
        }
    }
}

/// While it runs, all gas is paid for; what is left comes back at the end.
#[test]
fn gas_is_paid_in_advance() {
    let balance = push(SENDER) + op("BALANCE") + return_top();
    for fork in Fork::all() {
        let ran = run(
            fork,
            balance.clone(),
            &Transaction {
                value: 5.into(),
                ..legacy(10)
            },
        );
        assert_eq!(ran.word(), (RICH - 10_000_000 - 5).into(), "{fork}");
    }
    let ran = run(Fork::Cancun, balance, &blobs(1, 1_000));
    // The price of blob gas is 1, not the cap.
    assert_eq!(ran.word(), (RICH - 8_000_000 - 131_072).into());
}

/// The sender who is the coinbase is paid by itself.
#[test]
fn the_sender_may_be_the_coinbase() {
    let mut world = World::new(Fork::London, Code::default());
    world.block.coinbase = SENDER;
    let ran = world.transact(&legacy(10)).expect("valid");
    assert_eq!(ran.balance(SENDER), (RICH - 21_000 * 7).into());
}

#[test]
fn a_transfer_to_oneself_costs_its_gas() {
    for fork in Fork::all() {
        let own = Transaction {
            to: Some(SENDER),
            value: 1_000.into(),
            ..transaction()
        };
        let ran = run(fork, Code::default(), &own);
        assert_eq!(ran.balance(SENDER), (RICH - 210_000).into(), "{fork}");
    }
}
