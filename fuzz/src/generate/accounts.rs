//! The accounts of a case.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use gasworks::{Address, Bytes, U256, address_of_secret};

use super::program::{Surroundings, program};
use crate::case::{Account, State};
use crate::random::Random;

/// The first signs transactions; all sign authorizations (EIP-7702).
pub(super) const SECRETS: [[u8; 32]; 4] = [[1; 32], [2; 32], [3; 32], [4; 32]];
pub(super) const CONTRACTS: [Address; 4] = [
    Address::repeat_byte(0xc1),
    Address::repeat_byte(0xc2),
    Address::repeat_byte(0xc3),
    Address::repeat_byte(0xc4),
];
/// An account without code.
pub(super) const PLAIN: Address = Address::repeat_byte(0xe1);
/// An account that exists although it is empty, in one of a few cases.
pub(super) const EMPTY: Address = Address::repeat_byte(0xe2);
/// An account that does not exist.
pub(super) const ABSENT: Address = Address::repeat_byte(0xe3);
/// The coinbase unless it is one of the others.
pub(super) const COINBASE: Address = Address::repeat_byte(0xcb);

/// The address of one of the keys.
pub(super) fn authority(number: usize) -> Address {
    static AUTHORITIES: LazyLock<[Address; SECRETS.len()]> =
        LazyLock::new(|| SECRETS.map(|secret| address_of_secret(&secret).expect("a valid key")));
    AUTHORITIES[number]
}

fn storage(random: &mut Random) -> BTreeMap<U256, U256> {
    let slots = (0..7).map(|slot| (U256::from(slot), random.word()));
    slots.filter(|(_, value)| !value.is_zero()).collect()
}

fn delegation(random: &mut Random, world: &Surroundings) -> Bytes {
    // A delegation to a delegation is followed once only.
    let target = if random.percent(25) {
        authority(random.index(SECRETS.len()))
    } else {
        random.pick(&world.addresses)
    };
    Bytes::from([&[0xef, 0x01, 0x00], target.as_bytes()].concat())
}

/// The accounts before.
pub(super) fn state(random: &mut Random, world: &Surroundings) -> State {
    let mut state = State::new();
    contracts(random, world, &mut state);
    authorities(random, world, &mut state);
    let nonce = random.weighted(&[(60, 0), (36, 5), (2, u64::MAX - 1), (2, u64::MAX)]);
    let mut sender = Account {
        nonce,
        balance: U256::exp10(20),
        ..Account::default()
    };
    if world.fork.rules().delegation && random.percent(15) {
        sender.code = delegation(random, world);
    }
    state.insert(authority(0), sender);
    state.insert(
        PLAIN,
        Account {
            balance: U256::from(5),
            ..Account::default()
        },
    );
    if random.percent(35) {
        state.insert(EMPTY, Account::default());
    }
    if random.percent(10) {
        let precompile = Address::from_low_u64_be(1 + random.below(4));
        state.insert(
            precompile,
            Account {
                balance: U256::one(),
                ..Account::default()
            },
        );
    }
    state
}

/// Contracts that call each other, mostly those that come later.
fn contracts(random: &mut Random, world: &Surroundings, state: &mut State) {
    for (position, address) in CONTRACTS.into_iter().enumerate() {
        let callees = CONTRACTS[position + 1..].to_vec();
        let statements = random.below(20);
        let world = Surroundings {
            callees,
            ..world.clone()
        };
        let code = Bytes::from(program(random, &world, statements, 0));
        // EIP-2681: a nonce that cannot grow any more.
        let nonce = random.weighted(&[(90, 1), (8, 7), (1, u64::MAX - 1), (1, u64::MAX)]);
        let balance = U256::from(random.below(2_000));
        let storage = if code.is_empty() {
            Default::default()
        } else {
            storage(random)
        };
        state.insert(
            address,
            Account {
                nonce,
                balance,
                code,
                storage,
            },
        );
    }
}

/// Accounts that can sign authorizations, some of which have done so.
fn authorities(random: &mut Random, world: &Surroundings, state: &mut State) {
    for number in 1..SECRETS.len() {
        let mut account = Account {
            nonce: random.below(3),
            ..Account::default()
        };
        account.balance = U256::from(random.below(3) * 100);
        if world.fork.rules().delegation && random.percent(45) {
            account.code = delegation(random, world);
            account.storage = storage(random);
        }
        if !account.is_empty() {
            state.insert(authority(number), account);
        }
    }
}
