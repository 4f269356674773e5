//! Signed transactions that a test has executed within it.

use crate::units::{
    cheat, expect_storage, join, must, pass_on, push, run, store, this, unit, verdict,
};
use gasworks::{
    Address, Bytes, DynamicFees, Transaction, TransactionKind, U256, address_of_secret,
};
use gasworks_runner::contracts::abi::{self, Value, selector};
use gasworks_runner::contracts::result::Verdict;
use gasworks_runner::contracts::run::Options;

const SECRET: [u8; 32] = [0x11; 32];
const ETHER: u64 = 1_000_000_000_000_000_000;

fn signer() -> Address {
    address_of_secret(&SECRET).expect("a key")
}

/// A call of the test contract with seven wei.
fn transaction(function: &str) -> Transaction {
    Transaction {
        chain_id: Some(31_337),
        to: Some(this()),
        gas_limit: 100_000,
        value: 7.into(),
        input: Bytes::copy_from_slice(&selector(function)),
        kind: TransactionKind::Legacy {
            gas_price: 100.into(),
        },
        ..Transaction::default()
    }
}

fn send(cheatcode: &str, transaction: Transaction) -> Vec<u8> {
    let signed = transaction.sign(&SECRET).expect("can be signed");
    cheat(cheatcode, &[Value::Bytes(signed.encode())])
}

const EXECUTE: &str = "executeTransaction(bytes)";
const BROADCAST: &str = "broadcastRawTransaction(bytes)";

fn fund() -> Vec<u8> {
    let values = [abi::address_value(signer()), abi::uint_value(ETHER.into())];
    join(&[cheat("deal(address,uint256)", &values), must()])
}

/// `if balance(account) == value` goes on.
fn expect_balance(account: Address, value: u64) -> Vec<u8> {
    let value = push(&value.to_be_bytes());
    join(&[push(&account.0), vec![0x31], value, vec![0x14], must()])
}

/// Stores 5 if signer, origin and value are right; the price of gas in slot 1.
fn receive() -> Vec<u8> {
    let is_signer = |instruction: u8| {
        let parts = [vec![instruction], push(&signer().0), vec![0x14], must()];
        join(&parts)
    };
    let value = join(&[vec![0x34], push(&[7]), vec![0x14], must()]);
    let price = vec![0x3a, 0x60, 0x01, 0x55];
    join(&[is_signer(0x33), is_signer(0x32), value, price, store(5)])
}

/// `if storage[1] == price` goes on.
fn expect_price(price: u8) -> Vec<u8> {
    join(&[vec![0x60, 0x01, 0x54], push(&[price]), vec![0x14], must()])
}

/// Stores 6 and reverts.
fn refuse() -> Vec<u8> {
    join(&[store(6), vec![0x5f, 0x5f, 0xfd]])
}

fn verdicts(tests: Vec<(&str, Vec<u8>)>) -> Vec<(Verdict, Option<String>)> {
    let names: Vec<&str> = tests.iter().map(|(name, _)| *name).collect();
    let mut functions = vec![("receive7()", receive()), ("refuse()", refuse())];
    functions.extend(tests);
    let summary = run(&[unit("Sends", &functions)], &Options::default());
    let verdicts = names.iter().map(|name| verdict(&summary, name));
    verdicts.collect()
}

#[test]
fn a_transaction_is_its_signers_and_free_unless_it_is_broadcast() {
    let expected = || join(&[must(), expect_storage(5)]);
    let dynamic = Transaction {
        kind: TransactionKind::DynamicFee {
            fees: DynamicFees {
                max_fee_per_gas: 50.into(),
                max_priority_fee_per_gas: 3.into(),
            },
            access_list: Vec::new(),
        },
        ..transaction("receive7()")
    };
    // 21,000, 64 of calldata and what `receive7` does, of which each SSTORE is of a slot that was cold and zero.
    let free = join(&[
        fund(),
        send(EXECUTE, transaction("receive7()")),
        expected(),
        expect_price(0),
        expect_balance(signer(), ETHER - 7),
        cheat("getNonce(address)", &[abi::address_value(signer())]),
        must(),
        vec![0x60, 0x20, 0x5f, 0x5f, 0x3e, 0x5f, 0x51, 0x60, 0x01, 0x14],
        must(),
    ]);
    let paid = join(&[
        fund(),
        send(BROADCAST, dynamic),
        expected(),
        expect_price(3),
    ]);
    let plain = Transaction {
        to: Some(Address::repeat_byte(0xee)),
        input: Bytes::new(),
        ..transaction("")
    };
    let transfer = join(&[
        fund(),
        send(BROADCAST, plain),
        must(),
        expect_balance(signer(), ETHER - 7 - 21_000 * 100),
        expect_balance(Address::repeat_byte(0xee), 7),
        // Nothing is burned, as there is no base fee.
        expect_balance(Address::zero(), 21_000 * 100),
    ]);
    let passed = (Verdict::Passed, None);
    assert_eq!(
        verdicts(vec![
            ("testFree()", free),
            ("testPaid()", paid),
            ("testTransfer()", transfer),
        ]),
        [passed.clone(), passed.clone(), passed]
    );
}

#[test]
fn a_transaction_that_creates_is_answered_with_the_code() {
    // The init code returns the byte 0xfe.
    let init = [0x60, 0xfe, 0x5f, 0x53, 0x60, 0x01, 0x5f, 0xf3];
    let creates = Transaction {
        to: None,
        input: Bytes::copy_from_slice(&init),
        ..transaction("")
    };
    let created = gasworks::create_address(signer(), 0);
    let test = join(&[
        fund(),
        send(EXECUTE, creates),
        must(),
        // An offset, a length and a word.
        vec![0x3d, 0x60, 0x60, 0x14],
        must(),
        vec![
            0x60, 0x20, 0x60, 0x40, 0x5f, 0x3e, 0x5f, 0x51, 0x60, 0xf8, 0x1c,
        ],
        vec![0x60, 0xfe, 0x14],
        must(),
        push(&created.0),
        vec![0x3b, 0x60, 0x01, 0x14],
        must(),
        expect_balance(created, 7),
    ]);
    assert_eq!(
        verdicts(vec![("testCreates()", test)]),
        [(Verdict::Passed, None)]
    );
}

#[test]
fn a_transaction_that_fails_or_makes_no_sense_says_why() {
    let refuses = |cheatcode: &str| {
        let sent = send(cheatcode, transaction("refuse()"));
        join(&[fund(), sent, pass_on()])
    };
    let broadcast = join(&[
        fund(),
        send(BROADCAST, transaction("refuse()")),
        must(),
        expect_storage(0),
    ]);
    let with = |change: fn(&mut Transaction)| {
        let mut changed = transaction("receive7()");
        change(&mut changed);
        join(&[fund(), send(EXECUTE, changed), pass_on()])
    };
    let data = cheat(EXECUTE, &[Value::Bytes(vec![1, 2])]);
    let tests = vec![
        ("testReverts()", refuses(EXECUTE)),
        ("testReverted()", broadcast),
        ("testNonce()", with(|tx| tx.nonce = 2)),
        ("testChain()", with(|tx| tx.chain_id = Some(1))),
        ("testGas()", with(|tx| tx.gas_limit = 21_000)),
        ("testFunds()", with(|tx| tx.value = U256::from(ETHER) + 1)),
        ("testData()", join(&[data, pass_on()])),
    ];
    let failed = |text: &str| {
        let reason = format!("vm.executeTransaction: {text}");
        (Verdict::Failed, Some(reason))
    };
    let invalid = |text: &str| {
        failed(&format!(
            "transaction execution failed: transaction validation error: {text}"
        ))
    };
    let lacks = format!("lack of funds ({ETHER}) for max fee ({})", ETHER + 1);
    assert_eq!(
        verdicts(tests),
        [
            failed("transaction reverted: 0x"),
            (Verdict::Passed, None),
            invalid("nonce 2 too high, expected 0"),
            invalid("invalid chain ID"),
            invalid("intrinsic gas is 21064"),
            invalid(&lacks),
            failed("failed to decode RLP-encoded transaction: unexpected string"),
        ]
    );
}
