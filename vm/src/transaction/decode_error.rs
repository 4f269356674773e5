//! Why bytes are not a transaction, with the names that execution-spec-tests gives to the reasons.

use crate::rlp::RlpError;

/// Why bytes are not a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes end before the transaction does.
    #[error("unexpected end of the transaction")]
    UnexpectedEnd,
    /// The transaction ends before the bytes do.
    #[error("bytes after the end of the transaction")]
    TrailingBytes,
    /// The length of the whole is not written in the shortest way.
    #[error("the length of the transaction is not written in the shortest way")]
    LengthNotCanonical,
    /// Not a list of fields.
    #[error("a transaction is a list of fields")]
    NotAList,
    /// No transaction type of the forks up to Osaka (EIP-2718).
    #[error("unknown transaction type {0}")]
    UnknownType(u8),
    /// A blob transaction with its blobs (EIP-4844, network form), of which a block contains only the first part.
    #[error("a blob transaction with its blobs is not the form that a block contains")]
    BlobSidecar,
    /// Fields are missing.
    #[error("too few fields")]
    TooFewFields,
    /// There are more fields than the type has.
    #[error("too many fields")]
    TooManyFields,
    /// The first number of the signature is not one of those that its type allows (EIP-155, EIP-2930).
    #[error("the signature's v is none of those allowed")]
    InvalidV,
    /// A field is not what it should be.
    #[error("{field}: {problem}")]
    Field {
        /// Which one.
        field: Field,
        /// What is wrong with it.
        problem: Problem,
    },
}

/// A field of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "each variant's message is its documentation")]
pub enum Field {
    #[error("chain identifier")]
    ChainId,
    #[error("nonce")]
    Nonce,
    #[error("gas price")]
    GasPrice,
    #[error("max priority fee per gas")]
    MaxPriorityFeePerGas,
    #[error("max fee per gas")]
    MaxFeePerGas,
    #[error("gas limit")]
    GasLimit,
    #[error("to")]
    To,
    #[error("value")]
    Value,
    #[error("data")]
    Data,
    #[error("access list")]
    AccessList,
    #[error("address of the access list")]
    AccessListAddress,
    #[error("slot of the access list")]
    AccessListSlot,
    #[error("max fee per blob gas")]
    MaxFeePerBlobGas,
    #[error("blob hashes")]
    BlobHashes,
    #[error("authorizations")]
    Authorizations,
    #[error("signature's v")]
    V,
    #[error("signature's r")]
    R,
    #[error("signature's s")]
    S,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "each variant's message is its documentation")]
pub enum Problem {
    #[error("a number has leading zeros")]
    LeadingZeros,
    #[error("its length is not written in the shortest way")]
    NotCanonical,
    #[error("the number is too large")]
    TooLarge,
    #[error("too few bytes")]
    TooShort,
    #[error("too many bytes")]
    TooLong,
    #[error("a list where a byte string belongs")]
    IsList,
    #[error("a byte string where a list belongs")]
    IsNoList,
}

impl Problem {
    pub(super) fn of(self, field: Field) -> DecodeError {
        DecodeError::Field {
            field,
            problem: self,
        }
    }
}

impl DecodeError {
    /// The names of the reason in execution-spec-tests, without `TransactionException.`.
    pub fn exception_names(&self) -> &'static [&'static str] {
        match self {
            Self::UnexpectedEnd => &["RLP_ERROR_EOF", "RLP_ERROR_SIZE"],
            Self::TrailingBytes => &["RLP_ERROR_SIZE"],
            Self::LengthNotCanonical => &["RLP_ERROR_SIZE_LEADING_ZEROS"],
            // A byte string might also be taken for a type of EIP-2718 that is out of range.
            Self::NotAList => &["RLP_INVALID_HEADER", "TYPE_NOT_SUPPORTED"],
            Self::UnknownType(_) => &["TYPE_NOT_SUPPORTED"],
            Self::BlobSidecar => &["TYPE_3_TX_WITH_FULL_BLOBS"],
            Self::TooFewFields => &["RLP_TOO_FEW_ELEMENTS"],
            Self::TooManyFields => &["RLP_TOO_MANY_ELEMENTS"],
            // From EIP-155 on a legacy `v` names a chain, so that a wrong one is a wrong chain.
            Self::InvalidV => &["INVALID_SIGNATURE_VRS", "INVALID_CHAINID"],
            Self::Field { field, problem } => match problem {
                Problem::LeadingZeros => leading_zeros(*field),
                Problem::TooLarge => too_large(*field),
                _ => wrong_form(*field, *problem),
            },
        }
    }
}

fn leading_zeros(field: Field) -> &'static [&'static str] {
    match field {
        Field::Nonce => &["RLP_LEADING_ZEROS_NONCE"],
        Field::GasPrice => &["RLP_LEADING_ZEROS_GASPRICE"],
        Field::MaxPriorityFeePerGas => &["RLP_LEADING_ZEROS_PRIORITY_FEE"],
        Field::MaxFeePerGas => &["RLP_LEADING_ZEROS_BASEFEE"],
        Field::GasLimit => &["RLP_LEADING_ZEROS_GASLIMIT"],
        Field::Value => &["RLP_LEADING_ZEROS_VALUE"],
        Field::V => &["RLP_LEADING_ZEROS_V"],
        Field::R => &["RLP_LEADING_ZEROS_R"],
        Field::S => &["RLP_LEADING_ZEROS_S"],
        Field::Authorizations => &["TYPE_4_INVALID_AUTHORIZATION_FORMAT"],
        _ => &["RLP_INVALID_VALUE"],
    }
}

fn too_large(field: Field) -> &'static [&'static str] {
    match field {
        Field::ChainId => &["INVALID_CHAINID"],
        Field::Nonce => &["NONCE_OVERFLOW"],
        Field::GasPrice | Field::MaxFeePerGas => &["GASPRICE_OVERFLOW"],
        Field::MaxPriorityFeePerGas => &["PRIORITY_OVERFLOW"],
        Field::GasLimit => &["GASLIMIT_OVERFLOW"],
        Field::Value => &["VALUE_OVERFLOW"],
        Field::V | Field::R | Field::S => &["INVALID_SIGNATURE_VRS"],
        Field::Authorizations => &["TYPE_4_INVALID_AUTHORIZATION_FORMAT"],
        _ => &["RLP_INVALID_VALUE"],
    }
}

fn wrong_form(field: Field, problem: Problem) -> &'static [&'static str] {
    match (field, problem) {
        (Field::Nonce, Problem::NotCanonical) => &["RLP_LEADING_ZEROS_NONCE_SIZE"],
        (Field::Data, Problem::NotCanonical) => &["RLP_LEADING_ZEROS_DATA_SIZE"],
        (Field::To, Problem::TooShort) => &["ADDRESS_TOO_SHORT"],
        (Field::To, Problem::TooLong) => &["ADDRESS_TOO_LONG"],
        (Field::AccessListAddress, Problem::TooShort) => {
            &["RLP_INVALID_ACCESS_LIST_ADDRESS_TOO_SHORT"]
        }
        (Field::AccessListAddress, Problem::TooLong) => {
            &["RLP_INVALID_ACCESS_LIST_ADDRESS_TOO_LONG"]
        }
        (Field::AccessListSlot, Problem::TooShort) => {
            &["RLP_INVALID_ACCESS_LIST_STORAGE_TOO_SHORT"]
        }
        (Field::AccessListSlot, Problem::TooLong) => &["RLP_INVALID_ACCESS_LIST_STORAGE_TOO_LONG"],
        (Field::Nonce, _) => &["RLP_INVALID_NONCE"],
        (Field::GasPrice, _) => &["RLP_INVALID_GASPRICE"],
        (Field::GasLimit, _) => &["RLP_INVALID_GASLIMIT"],
        (Field::To, _) => &["RLP_INVALID_TO"],
        (Field::Value, _) => &["RLP_INVALID_VALUE"],
        (Field::Data, _) => &["RLP_INVALID_DATA"],
        (Field::V, _) => &["RLP_INVALID_SIGNATURE_V"],
        (Field::R, _) => &["RLP_INVALID_SIGNATURE_R"],
        (Field::S, _) => &["RLP_INVALID_SIGNATURE_S"],
        (Field::Authorizations, _) => &["TYPE_4_INVALID_AUTHORIZATION_FORMAT"],
        _ => &["RLP_INVALID_VALUE"],
    }
}

impl From<RlpError> for DecodeError {
    /// For the list that is the transaction; a field's error names the field.
    fn from(error: RlpError) -> Self {
        match error {
            RlpError::UnexpectedEnd => Self::UnexpectedEnd,
            RlpError::NotCanonical => Self::LengthNotCanonical,
        }
    }
}
