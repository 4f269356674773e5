//! The three things that can go wrong, kept apart: an invalid transaction, an exceptional halt, a failing host.

use primitive_types::U256;

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum Error<E> {
    /// The transaction is not valid: it cannot be part of a block, and nothing was executed.
    #[error("invalid transaction: {0}")]
    Transaction(#[from] InvalidTransaction),
    /// The database failed.
    #[error("database: {0}")]
    Database(E),
    /// The embedder stopped the execution. The state is as it was.
    #[error("stopped: {0}")]
    Stopped(Stopped),
}

/// How an embedder stopped an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stopped {
    /// The interrupt flag was set.
    #[error("interrupted")]
    Interrupt,
    /// The step limit was reached.
    #[error("step limit reached")]
    StepLimit,
}

/// Why a frame ended exceptionally: all its gas is consumed and its changes are undone (Yellow Paper, 9.4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Halt {
    /// Less gas than the instruction costs.
    #[error("out of gas")]
    OutOfGas,
    /// An undefined instruction.
    #[error("invalid opcode")]
    InvalidOpcode,
    /// Fewer words on the stack than the instruction takes.
    #[error("stack underflow")]
    StackUnderflow,
    /// More than 1,024 words on the stack.
    #[error("stack overflow")]
    StackOverflow,
    /// A jump to something that is no JUMPDEST.
    #[error("invalid jump destination")]
    InvalidJump,
    /// A change of state within a static call (EIP-214).
    #[error("write protection")]
    StaticViolation,
    /// RETURNDATACOPY beyond the return data (EIP-211).
    #[error("return data out of bounds")]
    ReturnDataOutOfBounds,
    /// Contract creation at an address that is taken (EIP-684, EIP-7610).
    #[error("contract address collision")]
    CreateCollision,
    /// Deployed code is too large (EIP-170).
    #[error("max code size exceeded")]
    CodeSizeExceeded,
    /// Deployed code begins with 0xEF (EIP-3541).
    #[error("invalid code: must not begin with 0xef")]
    InvalidCodePrefix,
    /// Init code is too large (EIP-3860).
    #[error("max initcode size exceeded")]
    InitCodeSizeExceeded,
    /// A precompiled contract refused its input or ran out of gas.
    #[error("precompile failed")]
    PrecompileFailed,
    /// Value that the caller does not have.
    #[error("insufficient balance for transfer")]
    InsufficientBalance,
    /// Call depth over 1,024.
    #[error("max call depth exceeded")]
    CallDepthExceeded,
    /// The creator's nonce is 2^64 - 1 (EIP-2681).
    #[error("nonce overflow")]
    NonceOverflow,
}

/// Why a transaction is not valid, one for each reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "each variant's message is its documentation")]
pub enum InvalidTransaction {
    #[error("transaction type {0} is not active yet")]
    TypeNotActive(u8),
    #[error("signed for chain {signed}, not {chain}")]
    WrongChain { signed: u64, chain: u64 },
    #[error("signed for a chain before there are such signatures (EIP-155)")]
    ChainNotActive,
    #[error("nonce {nonce} is below the account's {account}")]
    NonceTooLow { nonce: u64, account: u64 },
    #[error("nonce {nonce} is above the account's {account}")]
    NonceTooHigh { nonce: u64, account: u64 },
    #[error("nonce is 2^64 - 1 (EIP-2681)")]
    NonceIsMax,
    #[error("sender has code (EIP-3607)")]
    SenderHasCode,
    #[error("priority fee is above the maximal fee (EIP-1559)")]
    PriorityAboveMaxFee,
    #[error("maximal fee is below the base fee (EIP-1559)")]
    MaxFeeBelowBaseFee,
    #[error("intrinsic gas is {needed}")]
    IntrinsicGas { needed: u64 },
    #[error("floor gas is {needed} (EIP-7623)")]
    FloorGas { needed: u64 },
    #[error("gas limit is above the block's")]
    GasAllowanceExceeded,
    #[error("gas limit is above 2^24 (EIP-7825)")]
    GasLimitAboveCap,
    #[error("balance {balance} does not cover the cost")]
    InsufficientFunds { balance: U256 },
    #[error("gas limit times gas price overflows")]
    GasPriceOverflow,
    #[error("init code is too large (EIP-3860)")]
    InitCodeTooLarge,
    #[error("blob transaction creates a contract (EIP-4844)")]
    BlobCreate,
    #[error("blob transaction without blobs (EIP-4844)")]
    NoBlobs,
    #[error("too many blobs (EIP-4844, EIP-7594)")]
    TooManyBlobs,
    #[error("versioned hash of another version (EIP-4844)")]
    BlobVersion,
    #[error("maximal blob fee is below the blob base fee (EIP-4844)")]
    BlobFeeTooLow,
    #[error("set-code transaction creates a contract (EIP-7702)")]
    SetCodeCreate,
    #[error("empty authorization list (EIP-7702)")]
    NoAuthorizations,
}

impl InvalidTransaction {
    /// The names of the reason in execution-spec-tests, without `TransactionException.`.
    pub fn exception_names(&self) -> &'static [&'static str] {
        match self {
            Self::TypeNotActive(1) => &["TYPE_NOT_SUPPORTED", "TYPE_1_TX_PRE_FORK"],
            Self::TypeNotActive(2) => &["TYPE_NOT_SUPPORTED", "TYPE_2_TX_PRE_FORK"],
            Self::TypeNotActive(3) => &["TYPE_NOT_SUPPORTED", "TYPE_3_TX_PRE_FORK"],
            Self::TypeNotActive(_) => &["TYPE_NOT_SUPPORTED", "TYPE_4_TX_PRE_FORK"],
            Self::WrongChain { .. } => &["INVALID_CHAINID"],
            Self::ChainNotActive => &["INVALID_SIGNATURE_VRS"],
            Self::NonceTooLow { .. } => &["NONCE_MISMATCH_TOO_LOW"],
            Self::NonceTooHigh { .. } => &["NONCE_MISMATCH_TOO_HIGH"],
            Self::NonceIsMax => &["NONCE_IS_MAX"],
            Self::SenderHasCode => &["SENDER_NOT_EOA"],
            Self::PriorityAboveMaxFee => &["PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS"],
            Self::MaxFeeBelowBaseFee => &["INSUFFICIENT_MAX_FEE_PER_GAS"],
            Self::IntrinsicGas { .. } => &["INTRINSIC_GAS_TOO_LOW"],
            Self::FloorGas { .. } => &["INTRINSIC_GAS_BELOW_FLOOR_GAS_COST"],
            Self::GasAllowanceExceeded => &["GAS_ALLOWANCE_EXCEEDED"],
            Self::GasLimitAboveCap => &["GAS_LIMIT_EXCEEDS_MAXIMUM"],
            Self::InsufficientFunds { .. } => &["INSUFFICIENT_ACCOUNT_FUNDS"],
            // Nobody has so much either.
            Self::GasPriceOverflow => &[
                "GASLIMIT_PRICE_PRODUCT_OVERFLOW",
                "INSUFFICIENT_ACCOUNT_FUNDS",
            ],
            Self::InitCodeTooLarge => &["INITCODE_SIZE_EXCEEDED"],
            Self::BlobCreate => &["TYPE_3_TX_CONTRACT_CREATION"],
            Self::NoBlobs => &["TYPE_3_TX_ZERO_BLOBS"],
            Self::TooManyBlobs => &[
                "TYPE_3_TX_BLOB_COUNT_EXCEEDED",
                "TYPE_3_TX_MAX_BLOB_GAS_ALLOWANCE_EXCEEDED",
            ],
            Self::BlobVersion => &["TYPE_3_TX_INVALID_BLOB_VERSIONED_HASH"],
            Self::BlobFeeTooLow => &["INSUFFICIENT_MAX_FEE_PER_BLOB_GAS"],
            Self::SetCodeCreate => &["TYPE_4_TX_CONTRACT_CREATION"],
            Self::NoAuthorizations => &["TYPE_4_EMPTY_AUTHORIZATION_LIST"],
        }
    }
}
