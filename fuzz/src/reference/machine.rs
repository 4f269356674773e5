//! What all frames of a transaction share.

use gasworks::{Address, U256};

use super::rules::Rules;
use super::world::World;
use super::{NotCovered, Step};
use crate::case::Case;
use crate::verdict::Verdict;

/// The chain's identifier in every case (EIP-155).
pub(super) const CHAIN_ID: u64 = 1;

pub(super) struct Machine<'a> {
    pub(super) case: &'a Case,
    pub(super) rules: Rules,
    pub(super) world: World,
    /// Wei per gas that the sender pays.
    pub(super) gas_price: U256,
    /// Wei per blob gas (EIP-4844).
    pub(super) blob_base_fee: U256,
    /// The precompile without which the result means nothing.
    pub(super) not_covered: Option<Address>,
    steps: Vec<Step>,
    most_steps: usize,
}

impl<'a> Machine<'a> {
    pub(super) fn new(case: &'a Case, most_steps: Option<usize>) -> Self {
        let rules = Rules::of(case.fork);
        let excess = case.block.excess_blob_gas.unwrap_or(0);
        let blob_base_fee = rules.blobs.map_or(U256::zero(), |blobs| {
            fake_exponential(excess, blobs.update_fraction)
        });
        Self {
            case,
            rules,
            world: World {
                accounts: case.state.clone(),
                ..World::default()
            },
            gas_price: U256::zero(),
            blob_base_fee,
            not_covered: None,
            steps: Vec::new(),
            most_steps: most_steps.unwrap_or(0),
        }
    }

    pub(super) fn run(mut self) -> Result<(Verdict, Vec<Step>), NotCovered> {
        let verdict = self.transact();
        match self.not_covered {
            Some(address) => Err(NotCovered::Precompile(address)),
            None => Ok((verdict, self.steps)),
        }
    }

    /// Keeps a step if somebody wants it.
    pub(super) fn step(&mut self, step: impl FnOnce() -> Step) {
        if self.steps.len() < self.most_steps {
            self.steps.push(step());
        }
    }

    /// The value of a slot when the transaction began. An account that it created had none.
    pub(super) fn original_slot(&self, address: Address, slot: U256) -> U256 {
        if self.world.created.contains(&address) {
            return U256::zero();
        }
        let account = self.case.state.get(&address);
        account
            .and_then(|account| account.storage.get(&slot).copied())
            .unwrap_or_default()
    }
}

/// EIP-4844: e^(excess / fraction) as a sum of whole numbers; the largest word where it is larger.
fn fake_exponential(excess: u64, fraction: u64) -> U256 {
    use num_bigint::BigUint;
    // e^178 has more than 256 bits.
    if excess / fraction >= 178 {
        return U256::MAX;
    }
    let (excess, fraction) = (BigUint::from(excess), BigUint::from(fraction));
    let mut sum = BigUint::ZERO;
    let mut term = fraction.clone();
    let mut number = 1_u64;
    while term != BigUint::ZERO {
        sum += &term;
        term = term * &excess / (&fraction * number);
        number += 1;
    }
    let bytes = (sum / fraction).to_bytes_be();
    if bytes.len() > 32 {
        U256::MAX
    } else {
        U256::from_big_endian(&bytes)
    }
}
