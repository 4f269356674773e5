//! What surrounds a transaction: the block, and how the machine is set up.

use gasworks_spec::BlobRules;
use primitive_types::{H160 as Address, H256 as Hash, U256, U512};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The header fields that execution can see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockEnv {
    /// Block number.
    pub number: u64,
    /// Seconds since 1970.
    pub timestamp: u64,
    /// Who receives the fees.
    pub coinbase: Address,
    /// Gas limit of the block: no transaction may ask for more.
    pub gas_limit: u64,
    /// Wei per gas that is burnt (EIP-1559); used from London on.
    pub base_fee: u64,
    /// Difficulty; used before Paris.
    pub difficulty: U256,
    /// Randomness of the beacon chain (EIP-4399); used from Paris on.
    pub prev_randao: Hash,
    /// Excess blob gas (EIP-4844); used from Cancun on, where `None` means zero.
    pub excess_blob_gas: Option<u64>,
}

impl Default for BlockEnv {
    fn default() -> Self {
        Self {
            number: 1,
            timestamp: 1,
            coinbase: Address::zero(),
            gas_limit: 30_000_000,
            base_fee: 0,
            difficulty: U256::zero(),
            prev_randao: Hash::zero(),
            excess_blob_gas: None,
        }
    }
}

/// How a machine is set up, apart from fork and block.
#[derive(Clone, Debug)]
pub struct Config {
    /// The chain's id (EIP-155); 1 is the main network.
    pub chain_id: u64,
    /// What GASPRICE is in a bare message, wei. Nobody pays it; a transaction brings its own.
    pub gas_price: U256,
    /// Stop with [`crate::Error::Stopped`] after this many instructions.
    pub step_limit: Option<u64>,
    /// Stop with [`crate::Error::Stopped`] soon after this is set, from any thread.
    pub interrupt: Option<Arc<AtomicBool>>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            chain_id: 1,
            gas_price: U256::zero(),
            step_limit: None,
            interrupt: None,
        }
    }
}

/// `MIN_BASE_FEE_PER_BLOB_GAS` (EIP-4844), wei.
const MIN_BLOB_FEE: u64 = 1;

/// The price of blob gas at an excess (EIP-4844, `fake_exponential`), in wei; the largest word where it is larger.
///
/// ```
/// let rules = gasworks_spec::Fork::Cancun.rules().blobs.unwrap();
/// assert_eq!(gasworks::blob_base_fee(0, &rules), 1.into());
/// ```
pub fn blob_base_fee(excess: u64, rules: &BlobRules) -> U256 {
    let fraction = rules.update_fraction.max(1);
    // e^178 has more than 256 bits; below, no intermediate value has 512.
    if excess / fraction >= 178 {
        return U256::MAX;
    }
    let (numerator, denominator) = (U512::from(excess), U512::from(fraction));
    let mut term = U512::from(MIN_BLOB_FEE) * denominator;
    let mut sum = U512::zero();
    let mut index = 1u64;
    while !term.is_zero() {
        sum += term;
        term = term * numerator / (denominator * U512::from(index));
        index += 1;
    }
    U256::try_from(sum / denominator).unwrap_or(U256::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gasworks_spec::Fork;

    #[test]
    fn blob_fee_grows_exactly_and_saturates() {
        let rules = Fork::Cancun.rules().blobs.expect("Cancun has blobs");
        assert_eq!(blob_base_fee(2_314_057, &rules), U256::one());
        assert_eq!(blob_base_fee(2_314_058, &rules), U256::from(2));
        assert_eq!(blob_base_fee(10 * 1024 * 1024, &rules), U256::from(23));
        assert_eq!(blob_base_fee(u64::MAX, &rules), U256::MAX);
    }
}
