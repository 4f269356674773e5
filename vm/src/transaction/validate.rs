//! What makes a transaction valid. Nothing here changes the state.

use gasworks_spec::{Rules, Schedule};
use primitive_types::U256;

use super::{DynamicFees, Transaction, TransactionKind};
use crate::call::{Abort, Host};
use crate::error::InvalidTransaction;
use crate::state::AccountId;
use crate::word;

/// `GAS_PER_BLOB` (EIP-4844).
pub(super) const GAS_PER_BLOB: u64 = 1 << 17;
/// `VERSIONED_HASH_VERSION_KZG` (EIP-4844).
const BLOB_VERSION: u8 = 1;

/// What validation found out.
pub(super) struct Valid {
    pub(super) sender: AccountId,
    pub(super) intrinsic_gas: u64,
    /// Wei per gas that the sender pays (EIP-1559).
    pub(super) gas_price: U256,
    /// Wei per gas that the coinbase gets.
    pub(super) tip: U256,
}

/// Either the transaction is not valid, or there is no answer.
pub(crate) enum Refusal {
    Invalid(InvalidTransaction),
    Abort(Abort),
}

impl From<InvalidTransaction> for Refusal {
    fn from(reason: InvalidTransaction) -> Self {
        Self::Invalid(reason)
    }
}

impl<T: Into<Abort>> From<T> for Refusal {
    fn from(abort: T) -> Self {
        Self::Abort(abort.into())
    }
}

fn require(condition: bool, otherwise: InvalidTransaction) -> Result<(), InvalidTransaction> {
    condition.then_some(()).ok_or(otherwise)
}

impl Transaction {
    /// Whether a fork with these rules has transactions of a type (EIP-2718), 0 being the legacy form.
    pub fn type_is_active(type_byte: u8, rules: &Rules) -> bool {
        match type_byte {
            0 => true,
            1 => rules.access_list_transactions,
            2 => rules.base_fee,
            3 => rules.blobs.is_some(),
            4 => rules.delegation,
            _ => false,
        }
    }

    /// Whether a fork with these rules has this type of transaction, and takes it on this chain. It comes before
    /// everything else: who signed a transaction of another chain or of an unknown type is not even asked.
    ///
    /// # Errors
    /// [`InvalidTransaction`] with the reason.
    pub fn check_type(&self, rules: &Rules, chain_id: u64) -> Result<(), InvalidTransaction> {
        use InvalidTransaction as Invalid;
        let type_byte = self.type_byte();
        require(
            Self::type_is_active(type_byte, rules),
            Invalid::TypeNotActive(type_byte),
        )?;
        let Some(signed) = self.chain_id else {
            return Ok(());
        };
        // EIP-155.
        require(rules.replay_protection, Invalid::ChainNotActive)?;
        let chain = chain_id;
        require(signed == chain, Invalid::WrongChain { signed, chain })
    }

    /// Checks all that follows from the transaction itself under a fork, without a block and without the sender's account
    /// (Yellow Paper, 6.2, and the EIPs named on the way). Returns its [`intrinsic_gas`](Self::intrinsic_gas).
    ///
    /// # Errors
    /// [`InvalidTransaction`] with the first reason that was found.
    pub fn check(&self, rules: &Rules, schedule: &Schedule) -> Result<u64, InvalidTransaction> {
        use InvalidTransaction as Invalid;
        self.check_lists(rules)?;
        if let Some(fees) = self.dynamic_fees() {
            // EIP-1559.
            require(
                fees.max_priority_fee_per_gas <= fees.max_fee_per_gas,
                Invalid::PriorityAboveMaxFee,
            )?;
        }
        // EIP-7825.
        require(
            self.gas_limit <= rules.max_transaction_gas,
            Invalid::GasLimitAboveCap,
        )?;
        // EIP-3860.
        let too_large = self.is_create() && self.input.len() > rules.max_init_code_size;
        require(!too_large, Invalid::InitCodeTooLarge)?;
        let intrinsic_gas = self.intrinsic_gas(schedule);
        let needed = intrinsic_gas;
        require(self.gas_limit >= needed, Invalid::IntrinsicGas { needed })?;
        let needed = self.floor_gas(schedule);
        require(self.gas_limit >= needed, Invalid::FloorGas { needed })?;
        // EIP-2681.
        require(self.nonce != u64::MAX, Invalid::NonceIsMax)?;
        // Nobody has so much, and a word is all there is to say it with.
        let product = word::checked_product(self.gas_price_cap(), self.gas_limit);
        require(product.is_some(), Invalid::GasPriceOverflow)?;
        Ok(intrinsic_gas)
    }

    /// What blob and set-code transactions ask of their lists.
    fn check_lists(&self, rules: &Rules) -> Result<(), InvalidTransaction> {
        use InvalidTransaction as Invalid;
        match (&self.kind, rules.blobs) {
            // EIP-4844, EIP-7594.
            (TransactionKind::Blob { blob_hashes, .. }, Some(blobs)) => {
                require(self.to.is_some(), Invalid::BlobCreate)?;
                require(!blob_hashes.is_empty(), Invalid::NoBlobs)?;
                let most = blobs.max_per_transaction.min(blobs.max_per_block);
                require(blob_hashes.len() as u64 <= most, Invalid::TooManyBlobs)?;
                let known = blob_hashes.iter().all(|hash| hash.0[0] == BLOB_VERSION);
                require(known, Invalid::BlobVersion)
            }
            // EIP-7702.
            (TransactionKind::SetCode { authorizations, .. }, _) => {
                require(self.to.is_some(), Invalid::SetCodeCreate)?;
                require(!authorizations.is_empty(), Invalid::NoAuthorizations)
            }
            _ => Ok(()),
        }
    }
}

/// The most wei that a transaction takes from its sender; `None` for what no word holds.
fn highest_cost(transaction: &Transaction, fees: &DynamicFees) -> Option<U256> {
    let gas = word::checked_product(fees.max_fee_per_gas, transaction.gas_limit)?;
    let cost = gas.checked_add(transaction.value)?;
    let TransactionKind::Blob {
        max_fee_per_blob_gas,
        blob_hashes,
        ..
    } = &transaction.kind
    else {
        return Some(cost);
    };
    let blob_gas = blob_hashes.len() as u64 * GAS_PER_BLOB;
    cost.checked_add(word::checked_product(*max_fee_per_blob_gas, blob_gas)?)
}

/// Checks a transaction against block and state (Yellow Paper, 6.2, and the EIPs named on the way).
pub(super) fn validate(transaction: &Transaction, host: &mut Host<'_>) -> Result<Valid, Refusal> {
    use InvalidTransaction as Invalid;
    let (rules, schedule) = (host.rules, host.schedule);
    transaction.check_type(rules, host.chain_id)?;
    let intrinsic_gas = transaction.check(rules, schedule)?;
    if let TransactionKind::Blob {
        max_fee_per_blob_gas,
        ..
    } = &transaction.kind
    {
        // EIP-4844.
        require(
            *max_fee_per_blob_gas >= host.blob_base_fee,
            Invalid::BlobFeeTooLow,
        )?;
    }
    let price = transaction.gas_price_cap();
    let fees = transaction.dynamic_fees().unwrap_or(DynamicFees {
        max_fee_per_gas: price,
        max_priority_fee_per_gas: price,
    });
    // EIP-1559.
    let base_fee = if rules.base_fee {
        U256::from(host.block.base_fee)
    } else {
        U256::zero()
    };
    require(
        fees.max_fee_per_gas >= base_fee,
        Invalid::MaxFeeBelowBaseFee,
    )?;
    require(
        transaction.gas_limit <= host.block.gas_limit,
        Invalid::GasAllowanceExceeded,
    )?;
    let sender = host.state.load(host.source, &transaction.sender)?;
    // EIP-3607, EIP-7702: an account with code sends nothing, unless its code is a delegation.
    let code = host.state.code(host.source, sender)?;
    let delegated = rules.delegation && code.delegate().is_some();
    require(code.bytes().is_empty() || delegated, Invalid::SenderHasCode)?;
    let account = host.state.account(sender);
    let (nonce, has) = (transaction.nonce, account.nonce);
    require(
        nonce >= has,
        Invalid::NonceTooLow {
            nonce,
            account: has,
        },
    )?;
    require(
        nonce <= has,
        Invalid::NonceTooHigh {
            nonce,
            account: has,
        },
    )?;
    let balance = account.balance;
    let affordable = highest_cost(transaction, &fees).is_some_and(|cost| cost <= balance);
    require(affordable, Invalid::InsufficientFunds { balance })?;
    let tip = fees
        .max_priority_fee_per_gas
        .min(fees.max_fee_per_gas - base_fee);
    Ok(Valid {
        sender,
        intrinsic_gas,
        gas_price: base_fee + tip,
        tip,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Address, Bytes};
    use gasworks_spec::Fork;

    fn transfer() -> Transaction {
        Transaction {
            to: Some(Address::zero()),
            gas_limit: 21_000,
            ..Transaction::default()
        }
    }

    fn check(transaction: &Transaction, fork: Fork) -> Result<u64, InvalidTransaction> {
        transaction.check(fork.rules(), fork.schedule())
    }

    #[test]
    fn a_chain_in_the_signature_is_for_later_forks_and_for_its_chain() {
        let bound = Transaction {
            chain_id: Some(1),
            ..transfer()
        };
        let on = |fork: Fork, chain| bound.check_type(fork.rules(), chain);
        assert_eq!(
            on(Fork::Tangerine, 1),
            Err(InvalidTransaction::ChainNotActive)
        );
        assert_eq!(on(Fork::SpuriousDragon, 1), Ok(()));
        let wrong = InvalidTransaction::WrongChain {
            signed: 1,
            chain: 5,
        };
        assert_eq!(on(Fork::Osaka, 5), Err(wrong));
    }

    #[test]
    fn gas_limits_at_their_bounds() {
        let exact = transfer();
        assert_eq!(check(&exact, Fork::Osaka), Ok(21_000));
        let short = Transaction {
            gas_limit: 20_999,
            ..transfer()
        };
        let needed = 21_000;
        assert_eq!(
            check(&short, Fork::Frontier),
            Err(InvalidTransaction::IntrinsicGas { needed })
        );
        // EIP-7623: 40 gas for a byte that is not zero, where 16 would do for the intrinsic gas.
        let floor = Transaction {
            gas_limit: 21_039,
            input: Bytes::from_static(&[1]),
            ..transfer()
        };
        assert_eq!(check(&floor, Fork::Cancun), Ok(21_016));
        let needed = 21_040;
        assert_eq!(
            check(&floor, Fork::Prague),
            Err(InvalidTransaction::FloorGas { needed })
        );
        let above = Transaction {
            gas_limit: (1 << 24) + 1,
            ..transfer()
        };
        assert_eq!(check(&above, Fork::Prague), Ok(21_000));
        assert_eq!(
            check(&above, Fork::Osaka),
            Err(InvalidTransaction::GasLimitAboveCap)
        );
    }

    #[test]
    fn a_product_of_gas_and_price_beyond_a_word_is_refused() {
        let with_price = |gas_price| Transaction {
            gas_limit: 1 << 16,
            kind: TransactionKind::Legacy { gas_price },
            ..transfer()
        };
        let most = U256::MAX >> 16;
        assert_eq!(check(&with_price(most), Fork::London), Ok(21_000));
        assert_eq!(
            check(&with_price(most + 1), Fork::London),
            Err(InvalidTransaction::GasPriceOverflow)
        );
    }
}
