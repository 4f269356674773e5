//! What surrounds a transaction: the block, and how the machine is set up.

use gasworks_spec::BlobRules;
use primitive_types::{H160 as Address, H256 as Hash, U256, U512};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::state::CodeCache;

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

/// How code is executed. Executions that are inspected, limited in steps or interruptible use the plain loop whatever this
/// says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Core {
    /// In a plain loop at first; blocks that are entered often are translated.
    #[default]
    Adaptive,
    /// In the plain loop.
    Plain,
    /// Translated before the first execution.
    Translated,
    /// As `Translated`, in the slower form that needs no calls in tail position, as does then the plain loop.
    Trampoline,
    /// As `Translated`, but for every second block.
    Alternating,
}

/// How a machine is set up, apart from fork and block.
#[derive(Clone, Debug)]
pub struct Config {
    /// The chain's id (EIP-155); 1 is the main network.
    pub chain_id: u64,
    /// How code is executed. What comes out is the same for all.
    pub core: Core,
    /// Where code is kept that was analysed and translated; [`CodeCache::shared`] unless set.
    pub code_cache: Arc<CodeCache>,
    /// Stop with [`crate::Error::Stopped`] after this many instructions.
    pub step_limit: Option<u64>,
    /// Stop with [`crate::Error::Stopped`] soon after this is set, from any thread.
    pub interrupt: Option<Arc<AtomicBool>>,
    /// The most bytes of memory that all frames of an execution may have together; who wants more is out of gas. No rule of
    /// the protocol: what gas pays for is bounded by the gas limits of blocks.
    pub memory_limit: Option<u64>,
    /// What ORIGIN is in a bare message; its caller where this is `None`. A transaction brings its own.
    pub message_origin: Option<Address>,
    /// What GASPRICE is in a bare message, wei. Nobody pays it; a transaction brings its own.
    pub message_gas_price: U256,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            chain_id: 1,
            core: Core::Adaptive,
            code_cache: CodeCache::shared(),
            step_limit: None,
            interrupt: None,
            memory_limit: None,
            message_origin: None,
            message_gas_price: U256::zero(),
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
    // As it is in tests, which ask for every execution.
    if excess == 0 {
        return U256::from(MIN_BLOB_FEE);
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

    #[test]
    fn bare_messages_show_the_origin_and_the_price_that_were_set() {
        use crate::{Bytes, Evm, MemoryDatabase, Message};
        let (caller, contract) = (Address::repeat_byte(1), Address::repeat_byte(2));
        // ORIGIN, GASPRICE, stored as two words and returned.
        let code = [
            0x32, 0x60, 0, 0x52, 0x3a, 0x60, 32, 0x52, 0x60, 64, 0x60, 0, 0xf3,
        ];
        let output = |config: Config| {
            let mut database = MemoryDatabase::default();
            database.insert_account(contract, 1, U256::zero(), Bytes::copy_from_slice(&code));
            let mut evm = Evm::new(Fork::Osaka, BlockEnv::default(), database).with_config(config);
            let message = Message::call(caller, contract, Bytes::new(), 100_000);
            evm.call(&message)
                .expect("memory does not fail")
                .discard()
                .output
        };
        let seen = output(Config::default());
        assert_eq!(seen[12..32], caller.0);
        assert_eq!(seen[63], 0);
        let seen = output(Config {
            message_origin: Some(Address::repeat_byte(3)),
            message_gas_price: U256::from(7),
            ..Config::default()
        });
        assert_eq!(seen[12..32], [3; 20]);
        assert_eq!(seen[63], 7);
    }
}
