//! What a transaction is: the five kinds that the forks up to Osaka know, as plain data.
//!
//! Nothing is checked here. The byte form is `codec`'s, recovering who signed is `signature`'s, and whether a transaction
//! may enter a block is `validate`'s. All fields are public, so a test can state a transaction that is not valid and see
//! that it is rejected.

use bytes::Bytes;

use crate::{Address, Hash, U256};

/// A transaction together with its sender, ready to be executed.
///
/// Amounts are in wei, gas is in units of gas. The sender is part of the value because execution needs it and most callers
/// know it; one that holds the signed bytes decodes a [`SignedTransaction`](crate::SignedTransaction) and recovers it.
///
/// ```
/// use gasworks::{Address, Transaction, TransactionKind, U256};
///
/// let transfer = Transaction {
///     sender: Address::repeat_byte(0x11),
///     to: Some(Address::repeat_byte(0x22)),
///     value: U256::from(1_000),
///     gas_limit: 21_000,
///     kind: TransactionKind::Legacy { gas_price: U256::from(7) },
///     ..Transaction::default()
/// };
/// assert!(!transfer.is_create());
/// assert_eq!(transfer.gas_price_cap(), U256::from(7));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transaction {
    /// The account that signed, pays for gas, and whose nonce is used.
    pub sender: Address,
    /// The chain that the signature is bound to. `None` only for a legacy transaction without replay protection (EIP-155);
    /// every typed transaction carries its chain identifier.
    pub chain_id: Option<u64>,
    /// The number of transactions that the sender has sent before this one (at most 2^64 - 2, EIP-2681).
    pub nonce: u64,
    /// The most gas that execution may use.
    pub gas_limit: u64,
    /// The account called, or `None` to create a contract.
    pub to: Option<Address>,
    /// The wei moved from the sender to the account called or created.
    pub value: U256,
    /// The call data, or the init code of the contract created.
    pub input: Bytes,
    /// What differs from one type of transaction to another: how gas is paid for, and the lists.
    pub kind: TransactionKind,
}

/// The type of a transaction (EIP-2718) with the fields that only it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransactionKind {
    /// The original form, without a type byte.
    Legacy {
        /// Wei paid for each unit of gas.
        gas_price: U256,
    },
    /// Type 1: a legacy transaction that announces what it will access (EIP-2930, from Berlin).
    AccessList {
        /// Wei paid for each unit of gas.
        gas_price: U256,
        /// What is warm from the beginning.
        access_list: AccessList,
    },
    /// Type 2: a fee market with a burnt base fee (EIP-1559, from London).
    DynamicFee {
        /// The two caps of the gas price.
        fees: DynamicFees,
        /// What is warm from the beginning.
        access_list: AccessList,
    },
    /// Type 3: carries blobs, of which execution sees only the hashes (EIP-4844, from Cancun).
    Blob {
        /// The two caps of the gas price.
        fees: DynamicFees,
        /// What is warm from the beginning.
        access_list: AccessList,
        /// The most wei that the sender pays for each unit of blob gas.
        max_fee_per_blob_gas: U256,
        /// The versioned hash of each blob, in order.
        blob_hashes: Vec<Hash>,
    },
    /// Type 4: lets accounts delegate to code (EIP-7702, from Prague).
    SetCode {
        /// The two caps of the gas price.
        fees: DynamicFees,
        /// What is warm from the beginning.
        access_list: AccessList,
        /// The delegations, applied in order before execution.
        authorizations: Vec<Authorization>,
    },
}

/// The caps that EIP-1559 puts on the price of gas, in wei.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DynamicFees {
    /// The most that the sender pays for a unit of gas, base fee included.
    pub max_fee_per_gas: U256,
    /// The most that the block's beneficiary gets of it.
    pub max_priority_fee_per_gas: U256,
}

/// Accounts and slots that are warm from the beginning, paid for in the intrinsic gas (EIP-2930). Repetitions are allowed,
/// and are charged each time.
pub type AccessList = Vec<AccessListItem>;

/// An account of an [`AccessList`], and slots of its storage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessListItem {
    /// The account.
    pub address: Address,
    /// Keys of its storage; 32 bytes each in the byte form, however small.
    pub slots: Vec<U256>,
}

/// The wish of an account to run the code of another, signed by that account (EIP-7702).
///
/// An authorization that does not hold (wrong chain, wrong nonce, bad signature) is skipped; the transaction stays valid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Authorization {
    /// The chain for which it holds, or zero for every chain.
    pub chain_id: U256,
    /// The account whose code is to be run; the zero address removes a delegation.
    pub address: Address,
    /// The nonce that the signing account must have.
    pub nonce: u64,
    /// The signature, whose signer is [`authority`](Authorization::authority).
    pub signature: Signature,
}

/// An ECDSA signature over secp256k1. Any numbers can be held here; recovering the signer says whether they are a signature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signature {
    /// The parity of the y coordinate of the curve point: 0 or 1. No other value is valid, but an EIP-7702 authorization may
    /// hold any byte, and is then skipped.
    pub y_parity: u8,
    /// The x coordinate of the curve point, reduced modulo the group order.
    pub r: U256,
    /// The proof.
    pub s: U256,
}

impl Transaction {
    /// Whether the transaction creates a contract.
    #[inline]
    pub fn is_create(&self) -> bool {
        self.to.is_none()
    }

    /// The most wei that the sender pays for a unit of gas: the gas price, or from EIP-1559 on the fee cap.
    #[inline]
    pub fn gas_price_cap(&self) -> U256 {
        match &self.kind {
            TransactionKind::Legacy { gas_price }
            | TransactionKind::AccessList { gas_price, .. } => *gas_price,
            TransactionKind::DynamicFee { fees, .. }
            | TransactionKind::Blob { fees, .. }
            | TransactionKind::SetCode { fees, .. } => fees.max_fee_per_gas,
        }
    }

    /// The two caps of the gas price of a type 2, 3 or 4 transaction (EIP-1559), or `None` for one that names a single price.
    #[inline]
    pub fn dynamic_fees(&self) -> Option<DynamicFees> {
        match &self.kind {
            TransactionKind::Legacy { .. } | TransactionKind::AccessList { .. } => None,
            TransactionKind::DynamicFee { fees, .. }
            | TransactionKind::Blob { fees, .. }
            | TransactionKind::SetCode { fees, .. } => Some(*fees),
        }
    }

    /// The accounts and slots announced; empty for a legacy transaction.
    #[inline]
    pub fn access_list(&self) -> &[AccessListItem] {
        match &self.kind {
            TransactionKind::Legacy { .. } => &[],
            TransactionKind::AccessList { access_list, .. }
            | TransactionKind::DynamicFee { access_list, .. }
            | TransactionKind::Blob { access_list, .. }
            | TransactionKind::SetCode { access_list, .. } => access_list,
        }
    }

    /// The versioned hashes of the blobs (EIP-4844); empty unless the transaction carries blobs.
    #[inline]
    pub fn blob_hashes(&self) -> &[Hash] {
        match &self.kind {
            TransactionKind::Blob { blob_hashes, .. } => blob_hashes,
            _ => &[],
        }
    }

    /// The delegations to apply (EIP-7702); empty for every other type.
    #[inline]
    pub fn authorizations(&self) -> &[Authorization] {
        match &self.kind {
            TransactionKind::SetCode { authorizations, .. } => authorizations,
            _ => &[],
        }
    }

    /// The type byte of EIP-2718: 1 to 4, and 0 for a legacy transaction, whose byte form has none.
    #[inline]
    pub fn type_byte(&self) -> u8 {
        match &self.kind {
            TransactionKind::Legacy { .. } => 0,
            TransactionKind::AccessList { .. } => 1,
            TransactionKind::DynamicFee { .. } => 2,
            TransactionKind::Blob { .. } => 3,
            TransactionKind::SetCode { .. } => 4,
        }
    }
}

impl Default for TransactionKind {
    /// A legacy transaction with a gas price of zero.
    fn default() -> Self {
        Self::Legacy {
            gas_price: U256::zero(),
        }
    }
}
