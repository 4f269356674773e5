//! Accounts that are empty: made before EIP-161, deleted from it on.

use gasworks::{Address, Fork, Transaction, TransactionKind};
use gasworks_tests::code::{Code, call, op, push, revert_memory};
use gasworks_tests::world::{COINBASE, OTHER, Ran, World, low, transaction};

const NOBODY: Address = Address::repeat_byte(0x99);

/// Whether an account that is not deleted is among the changes.
fn exists(ran: &Ran, address: Address) -> bool {
    ran.changes
        .accounts
        .get(&address)
        .is_some_and(|account| !account.deleted)
}

#[test]
fn a_call_without_value_makes_an_account_before_spurious_dragon_only() {
    for fork in Fork::all() {
        let world = World::new(fork, call("CALL", NOBODY).code());
        let made = exists(&world.transact_call(100_000), NOBODY);
        assert_eq!(made, fork < Fork::SpuriousDragon, "{fork}");
        let direct = Transaction {
            to: Some(NOBODY),
            ..transaction()
        };
        let made = exists(&world.transact(&direct).expect("valid"), NOBODY);
        assert_eq!(
            made,
            fork < Fork::SpuriousDragon,
            "{fork}, from a transaction"
        );
    }
}

#[test]
fn a_touched_empty_account_is_deleted_from_spurious_dragon_on() {
    for fork in Fork::all() {
        let after = fork >= Fork::SpuriousDragon;
        let world =
            World::new(fork, call("CALL", NOBODY).code()).account(NOBODY, 0, Code::default());
        assert_eq!(
            world.transact_call(100_000).deleted(NOBODY),
            after,
            "{fork}"
        );
        // A look does not touch.
        let look =
            World::new(fork, push(NOBODY) + op("BALANCE")).account(NOBODY, 0, Code::default());
        assert!(!look.transact_call(100_000).deleted(NOBODY), "{fork}");
        // A touch that is undone is none.
        let undone = World::new(fork, call("CALL", OTHER).gas(30_000).code())
            .account(OTHER, 0, call("CALL", NOBODY).code() + op("INVALID"))
            .account(NOBODY, 0, Code::default());
        assert!(!undone.transact_call(100_000).deleted(NOBODY), "{fork}");
    }
}

/// A touch of 0x03 outlives what undoes it (main network block 2,675,119), and no other account's does.
#[test]
fn the_touch_of_ripemd_outlives_a_revert() {
    for fork in Fork::all() {
        for address in [2, 3, 4] {
            let world = World::new(fork, call("CALL", OTHER).gas(30_000).code())
                .account(
                    OTHER,
                    0,
                    call("CALL", address).gas(1_000).code() + op("INVALID"),
                )
                .account(low(address as u64), 0, Code::default());
            let deleted = world.transact_call(100_000).deleted(low(address as u64));
            assert_eq!(
                deleted,
                address == 3 && fork >= Fork::SpuriousDragon,
                "{address} in {fork}"
            );
        }
    }
}

#[test]
fn a_coinbase_that_earns_nothing_is_touched() {
    for fork in Fork::all() {
        let free = |mut world: World| {
            world.block.base_fee = 0;
            let kind = TransactionKind::Legacy {
                gas_price: 0.into(),
            };
            world
                .transact(&Transaction {
                    kind,
                    ..transaction()
                })
                .expect("valid")
        };
        let before = fork < Fork::SpuriousDragon;
        assert_eq!(
            exists(&free(World::new(fork, Code::default())), COINBASE),
            before,
            "{fork}"
        );
        let empty = World::new(fork, Code::default()).account(COINBASE, 0, Code::default());
        assert_eq!(free(empty).deleted(COINBASE), !before, "{fork}");
    }
}

/// SELFDESTRUCT to nobody costs 25,000 more (EIP-150), from EIP-161 on only with wei to leave.
#[test]
fn a_destruction_that_makes_an_account_costs_more() {
    for (fork, without, with) in [
        (Fork::Homestead, 0, 0),
        (Fork::Tangerine, 30_000, 30_000),
        (Fork::SpuriousDragon, 5_000, 30_000),
        (Fork::Istanbul, 5_000, 30_000),
        (Fork::Berlin, 7_600, 32_600),
        (Fork::Osaka, 7_600, 32_600),
    ] {
        let used = |balance| {
            let calls = call("CALL", OTHER).gas(60_000).code();
            let world =
                World::new(fork, calls).account(OTHER, balance, push(NOBODY) + op("SELFDESTRUCT"));
            let (given, outcome) = world.call(100_000).calls[0].clone();
            given - outcome.gas_left - 3
        };
        assert_eq!((used(0), used(1)), (without, with), "{fork}");
    }
}

#[test]
fn contracts_start_with_nonce_one_from_spurious_dragon_on() {
    for fork in Fork::all() {
        let create = Transaction {
            to: None,
            ..transaction()
        };
        let ran = World::new(fork, Code::default())
            .transact(&create)
            .expect("valid");
        let address = ran.created.expect("created");
        let nonce = u64::from(fork >= Fork::SpuriousDragon);
        assert_eq!(ran.changes.accounts[&address].nonce, nonce, "{fork}");
    }
}

/// REVERT keeps the gas that INVALID takes (EIP-140); before Byzantium there is none.
#[test]
fn reverts_keep_gas_from_byzantium_on() {
    for fork in Fork::all() {
        let ran = World::new(fork, revert_memory(0, 0)).transact_call(10_000);
        let used = if fork >= Fork::Byzantium {
            21_006
        } else {
            31_000
        };
        assert_eq!(ran.gas, used, "{fork}");
    }
}

/// From EIP-161 on an account that is empty counts as one that does not exist, precompiles included.
#[test]
fn wei_for_an_empty_account_costs_25000_more_from_spurious_dragon_on() {
    for fork in Fork::all() {
        let cost = |to: Address, world: fn(World) -> World| {
            let program = call("CALL", to).value(1).gas(3_000).code();
            let run = |program| world(World::new(fork, program)).transact_call(200_000).gas;
            // Against a call of an account that has wei.
            run(program) - run(call("CALL", OTHER).value(1).gas(3_000).code())
        };
        let rich = |world: World| world.account(OTHER, 1, Code::default());
        assert_eq!(cost(NOBODY, rich), 25_000, "{fork}");
        let empty = |world: World| {
            world
                .account(OTHER, 1, Code::default())
                .account(NOBODY, 0, Code::default())
        };
        let surcharge = if fork >= Fork::SpuriousDragon {
            25_000
        } else {
            0
        };
        assert_eq!(cost(NOBODY, empty), surcharge, "{fork}");
        // 0x04 costs 15, and is warm from Berlin on.
        let warm = if fork >= Fork::Berlin { 2_500 } else { 0 };
        assert_eq!(cost(low(4), rich), 25_000 + 15 - warm, "{fork}");
    }
}
