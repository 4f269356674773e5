//! Creations: the deposit of code (EIP-2, EIP-170, EIP-3541), and addresses that are taken (EIP-684, EIP-7610).

use gasworks::{Address, CallStatus, Fork, Halt, Transaction, U256};
use gasworks_tests::code::{Code, create, create2, deploy, op, raw, return_memory, return_top};
use gasworks_tests::world::{CONTRACT, Ran, SENDER, World, since, transaction};

/// `keccak256(rlp([0xcc.., 1]))[12..]`: what [`CONTRACT`] creates first.
const CREATED: &str = "553e6c30af61e7a3576f31311ea8a620f80d047e";

fn transact(fork: Fork, init: &Code, gas_limit: u64) -> Ran {
    let create = Transaction {
        to: None,
        input: init.bytes(),
        gas_limit,
        ..transaction()
    };
    World::new(fork, Code::default())
        .transact(&create)
        .unwrap_or_else(|reason| panic!("{fork}: {reason}"))
}

#[test]
fn code_that_cannot_be_paid_is_left_away_in_frontier_and_fails_later() {
    let init = deploy(&raw(vec![0; 32]));
    for fork in Fork::all() {
        // Refunds there are none, so what it used is the least that it needs.
        let enough = transact(fork, &init, 200_000).gas;
        let exact = transact(fork, &init, enough);
        let address = exact.created.expect("created");
        assert_eq!(
            (exact.gas, exact.code(address).map(|code| code.len())),
            (enough, Some(32)),
            "{fork}"
        );
        let less = transact(fork, &init, enough - 1);
        if fork == Fork::Frontier {
            // 200 for each byte.
            assert_eq!(
                (less.status, less.gas),
                (CallStatus::Success, enough - 6_400)
            );
            assert_eq!((less.created, less.code(address)), (Some(address), None));
        } else {
            assert_eq!(
                (less.halt(), less.gas),
                (Some(Halt::OutOfGas), enough - 1),
                "{fork}"
            );
            assert_eq!(less.created, None, "{fork}");
            assert!(!less.changes.accounts.contains_key(&address), "{fork}");
        }
    }
}

#[test]
fn code_is_at_most_24576_bytes_from_spurious_dragon_on() {
    for fork in Fork::all() {
        let deploys = |size: u64| transact(fork, &return_memory(0, size), 12_000_000);
        assert_eq!(deploys(24_576).status, CallStatus::Success, "{fork}");
        let expected = (fork >= Fork::SpuriousDragon).then_some(Halt::CodeSizeExceeded);
        assert_eq!(deploys(24_577).halt(), expected, "{fork}");
    }
}

#[test]
fn code_does_not_begin_with_ef_from_london_on() {
    for fork in Fork::all() {
        let deploys = |code: &[u8]| transact(fork, &deploy(&raw(code)), 200_000);
        let expected = (fork >= Fork::London).then_some(Halt::InvalidCodePrefix);
        for code in [&[0xef][..], &[0xef, 0x00], &[0xef, 0x01, 0x00]] {
            assert_eq!(deploys(code).halt(), expected, "{code:x?} in {fork}");
        }
        for code in [&[][..], &[0xfe], &[0x00, 0xef]] {
            assert_eq!(
                deploys(code).status,
                CallStatus::Success,
                "{code:x?} in {fork}"
            );
        }
    }
}

/// What makes an address taken: a nonce, code, or storage; wei alone does not.
#[test]
fn a_creation_at_a_taken_address_fails_and_takes_its_gas() {
    let created = Address::from_slice(&hex(CREATED));
    type Taken = (&'static str, fn(&mut World, Address), bool);
    let kinds: [Taken; 4] = [
        (
            "a nonce",
            |world, at| {
                world
                    .database
                    .insert_account(at, 1, 0.into(), Default::default())
            },
            true,
        ),
        (
            "code",
            |world, at| {
                world
                    .database
                    .insert_account(at, 0, 0.into(), vec![0].into())
            },
            true,
        ),
        (
            "storage",
            |world, at| world.database.insert_storage(at, 0.into(), 1.into()),
            true,
        ),
        (
            "wei",
            |world, at| {
                world
                    .database
                    .insert_account(at, 0, 9.into(), Default::default())
            },
            false,
        ),
    ];
    for fork in Fork::all() {
        for (what, take, taken) in kinds {
            let mut world = World::new(fork, create(&Code::default(), 0) + return_top());
            take(&mut world, created);
            let ran = world.call(200_000);
            let halt = Halt::CreateCollision;
            let expected = if taken {
                CallStatus::Halt(halt)
            } else {
                CallStatus::Success
            };
            assert_eq!(ran.calls[0].1.status, expected, "{what} in {fork}");
            if taken {
                assert_eq!(ran.calls[0].1.gas_left, 0, "{what} in {fork}");
                // The creator's nonce is used up. Before EIP-150 no gas is left for anything.
                if fork >= Fork::Tangerine {
                    assert_eq!(ran.word(), U256::zero(), "{what} in {fork}");
                    assert_eq!(ran.changes.accounts[&CONTRACT].nonce, 2, "{what} in {fork}");
                }
            } else {
                assert_eq!(ran.balance(created), 9.into(), "{what} in {fork}");
            }
        }
    }
}

#[test]
fn a_transaction_that_creates_at_a_taken_address_pays_all_its_gas() {
    for fork in Fork::all() {
        let mut world = World::new(fork, Code::default());
        // keccak256(rlp([0xaa.., 0]))[12..]
        let taken = Address::from_slice(&hex("3c952d36207c0d52743a646e7ac2649009bd358e"));
        world.database.insert_storage(taken, 0.into(), 1.into());
        let create = Transaction {
            to: None,
            value: 5.into(),
            gas_limit: 60_000,
            ..transaction()
        };
        let ran = world.transact(&create).expect("valid");
        assert_eq!(
            (ran.halt(), ran.gas),
            (Some(Halt::CreateCollision), 60_000),
            "{fork}"
        );
        assert_eq!(ran.changes.accounts[&SENDER].nonce, 1, "{fork}");
        assert!(!ran.changes.accounts.contains_key(&taken), "{fork}");
    }
}

/// EIP-3860: init code of a transaction costs 2 for each word.
#[test]
fn init_code_is_priced_from_shanghai_on() {
    for fork in since(Fork::Homestead) {
        let words =
            |size| transact(fork, &raw(vec![0; size]), 500_000).gas - 53_000 - 4 * size as u64;
        let per_word = if fork >= Fork::Shanghai { 2 } else { 0 };
        // The floor of EIP-7623 is 21,000 + 10 for a zero byte.
        assert_eq!((words(32), words(33)), (per_word, 2 * per_word), "{fork}");
    }
}

#[test]
fn the_creator_s_nonce_at_its_maximum_creates_nothing() {
    // EIP-2681. The gas that was to be passed on is kept.
    for fork in Fork::all() {
        let mut world = World::new(fork, Code::default());
        let program = create(&op("STOP"), 0) + return_top();
        world
            .database
            .insert_account(CONTRACT, u64::MAX, 0.into(), program.bytes());
        let ran = world.call(100_000);
        assert_eq!(ran.word(), U256::zero(), "{fork}");
        assert!(ran.gas < 33_000, "{fork}");
    }
}

#[test]
fn a_deposit_is_paid_by_the_creation_alone() {
    // 32,023 up to the creation; the init code needs 18 and 20,000 for the 100 bytes that it returns. Of 20,335 gas it
    // is given 20,018, and of 20,334 a unit less, although its creator keeps 317.
    let program = create(&return_memory(0, 100), 0) + return_top();
    let run = |gas| World::new(Fork::Osaka, program.clone()).call(gas);
    assert_ne!(run(32_023 + 20_335).word(), U256::zero());
    let short = run(32_023 + 20_334);
    assert_eq!(short.word(), U256::zero());
    assert_eq!(short.calls[0].1.status, CallStatus::Halt(Halt::OutOfGas));
}

/// CREATE2 at the same address again (EIP-1014): the second fails, and the creator's nonce counts both.
#[test]
fn the_same_salt_twice() {
    let init = deploy(&op("STOP"));
    let both = create2(&init, 0, 9) + op("POP") + create2(&init, 0, 9) + return_top();
    for fork in since(Fork::Constantinople) {
        let ran = World::new(fork, both.clone()).call(300_000);
        assert_eq!(ran.word(), U256::zero(), "{fork}");
        assert_eq!(
            ran.calls[1].1.status,
            CallStatus::Halt(Halt::CreateCollision),
            "{fork}"
        );
        assert_eq!(ran.changes.accounts[&CONTRACT].nonce, 3, "{fork}");
        // Another salt, or other init code, is another address.
        for other in [create2(&init, 0, 8), create2(&deploy(&op("INVALID")), 0, 9)] {
            let program = create2(&init, 0, 9) + op("POP") + other + return_top();
            assert_ne!(
                World::new(fork, program).call(300_000).word(),
                U256::zero(),
                "{fork}"
            );
        }
    }
}

fn hex(digits: &str) -> Vec<u8> {
    let digit = |index| u8::from_str_radix(&digits[index..index + 2], 16).expect("hex");
    (0..digits.len()).step_by(2).map(digit).collect()
}
