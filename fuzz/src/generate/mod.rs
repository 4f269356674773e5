//! Cases: a fork, a block, a small world of contracts that call each other, and a transaction.
//!
//! What is left out, because the peer leaves it to others: blob and set-code transactions without a receiver (revm's
//! decoder refuses them), accounts with storage but neither nonce nor code, which cannot be since EIP-161 and where
//! revm does not follow EIP-7610 (`accounts` makes none), and code that looks like a delegation (EIP-7702) before Prague: there it is code without
//! a valid instruction, but revm follows it under every fork.

use gasworks::{
    AccessListItem, Address, Authorization, BlockEnv, Bytes, DynamicFees, Fork, Hash, Transaction,
    TransactionKind, U256,
};

use self::accounts::{ABSENT, COINBASE, CONTRACTS, EMPTY, PLAIN, SECRETS, authority, state};
use self::messages::init_code;
use self::program::Surroundings;
use self::spoil::{collide, spoil, tighten};
use crate::case::{Case, State};
use crate::random::Random;

mod accounts;
mod attempts;
mod edges;
mod messages;
mod operands;
mod precompiles;
mod program;
mod spoil;

/// The forks that cases are made for: those whose rules differ, and which other machines have as well (revm has no
/// Constantinople).
pub const FORKS: &[Fork] = &[
    Fork::Frontier,
    Fork::Homestead,
    Fork::Tangerine,
    Fork::SpuriousDragon,
    Fork::Byzantium,
    Fork::Petersburg,
    Fork::Istanbul,
    Fork::Berlin,
    Fork::London,
    Fork::Paris,
    Fork::Shanghai,
    Fork::Cancun,
    Fork::Prague,
    Fork::Osaka,
];

/// The key of the sender of every case.
pub const SENDER_SECRET: [u8; 32] = SECRETS[0];

/// The case of a seed and a number, always the same.
pub fn generate(seed: u64, number: u64) -> Case {
    let mut random = Random::new(seed, number);
    let fork = fork(&mut random);
    generate_for(fork, &mut random)
}

/// The case of a seed and a number under a fork of [`FORKS`], always the same.
pub fn generate_under(fork: Fork, seed: u64, number: u64) -> Case {
    generate_for(fork, &mut Random::new(seed, number))
}

/// What programs of a case can know.
fn surroundings(fork: Fork, random: &mut Random) -> Surroundings {
    let mut addresses: Vec<Address> = (1..SECRETS.len()).map(authority).collect();
    addresses.extend([authority(0), PLAIN, EMPTY, ABSENT, COINBASE]);
    // Contracts thrice, so that most calls run something.
    addresses.extend(CONTRACTS.iter().cycle().take(3 * CONTRACTS.len()));
    let number = if random.percent(20) {
        random.below(300)
    } else {
        1_000_000
    };
    Surroundings {
        fork,
        number,
        addresses,
        callees: CONTRACTS.to_vec(),
    }
}

/// A program that follows from choices.
pub fn program_for(fork: Fork, random: &mut Random) -> Vec<u8> {
    let world = surroundings(fork, random);
    let statements = random.below(20);
    program::program(random, &world, statements, 0)
}

/// The input of a precompiled contract that follows from choices: mostly one that it accepts.
pub fn precompile_input(kind: gasworks::PrecompileKind, random: &mut Random) -> Vec<u8> {
    precompiles::input(random, kind)
}

/// A case that follows from choices.
pub fn generate_for(fork: Fork, random: &mut Random) -> Case {
    let sender = authority(0);
    let world = surroundings(fork, random);
    let block = block(random, &world);
    let state = state(random, &world);
    let nonce = state.get(&sender).map_or(0, |account| account.nonce);
    let mut transaction = transaction(random, &world, &block, nonce);
    transaction.kind = kind(random, &world, &state, &block, &transaction);
    // Code that a transaction itself has delegated to is worth running.
    if !transaction.authorizations().is_empty() && random.percent(40) {
        transaction.to = Some(authority(random.index(SECRETS.len())));
    }
    if !matches!(transaction.kind, TransactionKind::Legacy { .. }) {
        transaction.chain_id = Some(1);
    }
    let mut case = Case {
        fork,
        block,
        state,
        transaction,
    };
    if random.percent(4) {
        collide(random, &mut case);
    }
    if random.percent(7) {
        spoil(random, &mut case);
    }
    if random.percent(12) {
        tighten(random, &mut case);
    }
    case
}

/// Any fork, the newest more often.
fn fork(random: &mut Random) -> Fork {
    let weighted: Vec<(u64, Fork)> = FORKS
        .iter()
        .map(|fork| {
            let weight = match fork {
                Fork::Osaka => 7,
                Fork::Prague | Fork::Cancun => 5,
                _ => 2,
            };
            (weight, *fork)
        })
        .collect();
    random.weighted(&weighted)
}

fn block(random: &mut Random, world: &Surroundings) -> BlockEnv {
    let rules = world.fork.rules();
    let excess = if random.percent(50) {
        0
    } else {
        random.below(60_000_000)
    };
    let coinbase = if random.percent(75) {
        COINBASE
    } else {
        random.pick(&world.addresses)
    };
    BlockEnv {
        number: world.number,
        timestamp: random.below(1 << 40),
        coinbase,
        gas_limit: 30_000_000,
        // EIP-1559; revm wants zero before.
        base_fee: if rules.base_fee { random.below(12) } else { 0 },
        difficulty: random.word(),
        prev_randao: Hash(random.word().to_big_endian()),
        excess_blob_gas: rules.blobs.map(|_| excess),
    }
}

fn transaction(
    random: &mut Random,
    world: &Surroundings,
    block: &BlockEnv,
    nonce: u64,
) -> Transaction {
    let to = match random.below(100) {
        0..45 => Some(CONTRACTS[0]),
        45..72 => Some(random.pick(&CONTRACTS)),
        72..80 => Some(random.pick(&world.addresses)),
        80..83 => {
            let (number, _) = random.pick(world.fork.rules().precompiles);
            Some(Address::from_low_u64_be(u64::from(number)))
        }
        _ => None,
    };
    let input = if to.is_none() {
        let statements = random.below(9);
        init_code(random, world, statements, 0)
    } else {
        let length = random.index(150);
        let mut input = random.bytes(length);
        // EIP-7623 and the price of zeros.
        if random.percent(30) {
            input.iter_mut().for_each(|byte| *byte &= 1);
        }
        input
    };
    let gas_limit = match random.below(20) {
        0 => 21_000 + random.below(10_000),
        // Enough to deploy the largest code.
        1 => 6_000_000 + random.below(6_000_000),
        2 => block.gas_limit.min(1 << 24) / 8,
        _ => 100_000 + random.below(2_400_000),
    };
    Transaction {
        sender: authority(0),
        // EIP-155; before, revm leaves it to the decoder to refuse a signature for a chain.
        chain_id: (world.fork.rules().replay_protection && random.percent(50)).then_some(1),
        nonce,
        gas_limit,
        to,
        value: U256::from(if random.percent(60) {
            0
        } else {
            random.below(1_000)
        }),
        input: Bytes::from(input),
        kind: TransactionKind::default(),
    }
}

fn kind(
    random: &mut Random,
    world: &Surroundings,
    state: &State,
    block: &BlockEnv,
    transaction: &Transaction,
) -> TransactionKind {
    let rules = world.fork.rules();
    let priority = random.below(9);
    let fees = DynamicFees {
        max_fee_per_gas: U256::from(block.base_fee + priority + random.below(9)),
        max_priority_fee_per_gas: U256::from(priority),
    };
    let gas_price = U256::from(block.base_fee + random.below(9));
    let calls = transaction.to.is_some();
    let types = [
        (3, 0),
        (if rules.access_list_transactions { 2 } else { 0 }, 1),
        (if rules.base_fee { 2 } else { 0 }, 2),
        (if rules.blobs.is_some() && calls { 2 } else { 0 }, 3),
        (if rules.delegation && calls { 4 } else { 0 }, 4),
    ];
    match random.weighted(&types) {
        0 => TransactionKind::Legacy { gas_price },
        1 => TransactionKind::AccessList {
            gas_price,
            access_list: access_list(random, world),
        },
        2 => TransactionKind::DynamicFee {
            fees,
            access_list: access_list(random, world),
        },
        3 => TransactionKind::Blob {
            fees,
            access_list: access_list(random, world),
            // Blobs cost about e^18 wei per gas at the highest excess here.
            max_fee_per_blob_gas: U256::from(100_000_000_u64),
            blob_hashes: (0..=random.below(6)).map(|_| blob_hash(random)).collect(),
        },
        _ => TransactionKind::SetCode {
            fees,
            access_list: access_list(random, world),
            authorizations: authorizations(random, world, state),
        },
    }
}

fn access_list(random: &mut Random, world: &Surroundings) -> Vec<AccessListItem> {
    let items = random.below(4);
    let item = |random: &mut Random| {
        let slots = random.below(4);
        AccessListItem {
            address: random.pick(&world.addresses),
            slots: (0..slots).map(|_| U256::from(random.below(8))).collect(),
        }
    };
    (0..items).map(|_| item(random)).collect()
}

/// A versioned hash (EIP-4844).
fn blob_hash(random: &mut Random) -> Hash {
    let mut hash = Hash(random.word().to_big_endian());
    hash.0[0] = 1;
    hash
}

fn authorizations(random: &mut Random, world: &Surroundings, state: &State) -> Vec<Authorization> {
    let count = 1 + random.below(4);
    let one = |random: &mut Random| {
        let signer = random.index(SECRETS.len());
        let account = state.get(&authority(signer));
        let mut nonce = account.map_or(0, |account| account.nonce);
        // The sender's nonce has grown when authorizations are looked at.
        nonce = nonce.saturating_add(u64::from(signer == 0));
        if random.percent(15) {
            nonce = random.pick(&[0, 1, 2, u64::MAX]);
        }
        let chain = random.weighted(&[(45, 0), (50, 1), (5, 2)]);
        let address = match random.below(20) {
            0 | 1 => Address::zero(),
            2..5 => Address::from_low_u64_be(1 + random.below(9)),
            _ => random.pick(&world.addresses),
        };
        let signed = Authorization::sign(U256::from(chain), address, nonce, &SECRETS[signer]);
        let mut signed = signed.expect("a valid key");
        match random.below(40) {
            0 => signed.signature.y_parity = random.bits() as u8,
            1 => {
                // As good as the other, but for being high (EIP-2).
                let signature = &mut signed.signature;
                signature.s = group_order() - signature.s;
                signature.y_parity ^= 1;
            }
            2 => signed.signature.r = random.word(),
            _ => {}
        }
        signed
    };
    (0..count).map(|_| one(random)).collect()
}

/// The order of secp256k1's group.
fn group_order() -> U256 {
    let high = U256::MAX << 128;
    high - (U256::one() << 128) + U256::from(0xbaae_dce6_af48_a03b_bfd2_5e8c_d036_4141_u128)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gasworks::run_precompile;

    #[test]
    fn precompiles_accept_most_of_the_inputs_made_for_them() {
        let mut random = Random::new(1, 0);
        for (number, kind) in Fork::Osaka.rules().precompiles {
            let runs = 60;
            let accepted = (0..runs)
                .filter(|_| {
                    let input = precompiles::input(&mut random, *kind);
                    run_precompile(*kind, &input, 10_000_000, &mut Vec::new()).is_ok()
                })
                .count();
            assert!(
                accepted > runs / 3,
                "{number:#x} accepts {accepted} of {runs}"
            );
        }
    }
}
