//! What makes a transaction valid. Nothing here changes the state.

use primitive_types::{U256, U512};

use super::intrinsic::{Intrinsic, intrinsic};
use super::{DynamicFees, Transaction, TransactionKind};
use crate::call::{Abort, Host};
use crate::error::InvalidTransaction;
use crate::state::AccountId;

/// `GAS_PER_BLOB` (EIP-4844).
pub(super) const GAS_PER_BLOB: u64 = 1 << 17;
/// `VERSIONED_HASH_VERSION_KZG` (EIP-4844).
const BLOB_VERSION: u8 = 1;

/// What validation found out.
pub(super) struct Valid {
    pub(super) sender: AccountId,
    pub(super) intrinsic: Intrinsic,
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

/// Whether the fork has this type of transaction, and what the type itself asks for.
fn check_type(transaction: &Transaction, host: &Host<'_>) -> Result<(), InvalidTransaction> {
    use InvalidTransaction as Invalid;
    let rules = host.rules;
    let active = match transaction.kind {
        TransactionKind::Legacy { .. } => true,
        TransactionKind::AccessList { .. } => rules.access_list_transactions,
        TransactionKind::DynamicFee { .. } => rules.base_fee,
        TransactionKind::Blob { .. } => rules.blobs.is_some(),
        TransactionKind::SetCode { .. } => rules.delegation,
    };
    require(active, Invalid::TypeNotActive(transaction.type_byte()))?;
    // EIP-155.
    if let Some(signed) = transaction.chain_id {
        let chain = host.chain_id;
        require(signed == chain, Invalid::WrongChain { signed, chain })?;
    }
    match (&transaction.kind, rules.blobs) {
        // EIP-4844, EIP-7594.
        (
            TransactionKind::Blob {
                blob_hashes,
                max_fee_per_blob_gas,
                ..
            },
            Some(blobs),
        ) => {
            require(transaction.to.is_some(), Invalid::BlobCreate)?;
            require(!blob_hashes.is_empty(), Invalid::NoBlobs)?;
            let most = blobs.max_per_transaction.min(blobs.max_per_block);
            require(blob_hashes.len() as u64 <= most, Invalid::TooManyBlobs)?;
            let known = blob_hashes.iter().all(|hash| hash.0[0] == BLOB_VERSION);
            require(known, Invalid::BlobVersion)?;
            require(
                *max_fee_per_blob_gas >= host.blob_base_fee,
                Invalid::BlobFeeTooLow,
            )
        }
        // EIP-7702.
        (TransactionKind::SetCode { authorizations, .. }, _) => {
            require(transaction.to.is_some(), Invalid::SetCodeCreate)?;
            require(!authorizations.is_empty(), Invalid::NoAuthorizations)
        }
        _ => Ok(()),
    }
}

/// Checks a transaction against block and state (Yellow Paper, 6.2, and the EIPs named on the way).
pub(super) fn validate(transaction: &Transaction, host: &mut Host<'_>) -> Result<Valid, Refusal> {
    use InvalidTransaction as Invalid;
    check_type(transaction, host)?;
    let (rules, schedule) = (host.rules, host.schedule);
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
        fees.max_priority_fee_per_gas <= fees.max_fee_per_gas,
        Invalid::PriorityAboveMaxFee,
    )?;
    require(
        fees.max_fee_per_gas >= base_fee,
        Invalid::MaxFeeBelowBaseFee,
    )?;
    // EIP-7825.
    require(
        transaction.gas_limit <= rules.max_transaction_gas,
        Invalid::GasLimitAboveCap,
    )?;
    require(
        transaction.gas_limit <= host.block.gas_limit,
        Invalid::GasAllowanceExceeded,
    )?;
    // EIP-3860.
    let too_large = transaction.to.is_none() && transaction.input.len() > rules.max_init_code_size;
    require(!too_large, Invalid::InitCodeTooLarge)?;
    let intrinsic = intrinsic(transaction, schedule);
    require(
        transaction.gas_limit >= intrinsic.gas,
        Invalid::IntrinsicGas {
            needed: intrinsic.gas,
        },
    )?;
    if schedule.floor_token > 0 {
        require(
            transaction.gas_limit >= intrinsic.floor,
            Invalid::FloorGas {
                needed: intrinsic.floor,
            },
        )?;
    }
    let sender = host.state.load(host.source, transaction.sender)?;
    // EIP-3607, EIP-7702: an account with code sends nothing, unless its code is a delegation.
    let code = host.state.code(host.source, sender)?;
    let delegated = rules.delegation && code.delegate().is_some();
    require(code.bytes().is_empty() || delegated, Invalid::SenderHasCode)?;
    let account = host.state.account(sender);
    // EIP-2681.
    require(transaction.nonce != u64::MAX, Invalid::NonceIsMax)?;
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
    let mut cost = U512::from(transaction.gas_limit) * U512::from(fees.max_fee_per_gas);
    cost += U512::from(transaction.value);
    if let TransactionKind::Blob {
        max_fee_per_blob_gas,
        blob_hashes,
        ..
    } = &transaction.kind
    {
        let blob_gas = blob_hashes.len() as u64 * GAS_PER_BLOB;
        cost += U512::from(blob_gas) * U512::from(*max_fee_per_blob_gas);
    }
    let balance = account.balance;
    require(
        U512::from(balance) >= cost,
        Invalid::InsufficientFunds { balance },
    )?;
    let tip = fees
        .max_priority_fee_per_gas
        .min(fees.max_fee_per_gas - base_fee);
    Ok(Valid {
        sender,
        intrinsic,
        gas_price: base_fee + tip,
        tip,
    })
}
