//! A message: what a call or a creation is asked to do, and what comes of it.

use bytes::Bytes;
use primitive_types::{H160 as Address, U256};

use crate::error::Halt;

/// The four ways to call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallKind {
    /// Runs the callee's code on the callee's account.
    Call,
    /// Runs the callee's code on the caller's account.
    CallCode,
    /// As [`CallKind::CallCode`], keeping caller and value (EIP-7).
    DelegateCall,
    /// As [`CallKind::Call`], without changes of state (EIP-214).
    StaticCall,
}

/// What a message does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Calls.
    Call(CallKind),
    /// Creates a contract at an address that follows from creator and nonce.
    Create,
    /// Creates a contract at an address that follows from creator, salt and init code (EIP-1014).
    Create2(U256),
}

/// A call or a creation.
///
/// ```
/// use gasworks::{Address, Bytes, Message};
/// let (caller, contract) = (Address::repeat_byte(1), Address::repeat_byte(2));
/// let message = Message::call(caller, contract, Bytes::from_static(&[0xab]), 50_000);
/// assert_eq!(message.code_address, contract);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What it does.
    pub kind: Kind,
    /// Who CALLER is.
    pub caller: Address,
    /// Whose account code runs on; for a creation the new contract, which [`Evm::call`](crate::Evm::call) works out.
    pub address: Address,
    /// Whose code runs.
    pub code_address: Address,
    /// What CALLVALUE is, wei.
    pub value: U256,
    /// Call data, or init code.
    pub input: Bytes,
    /// Gas to use.
    pub gas: u64,
    /// Whether changes of state are forbidden (EIP-214).
    pub is_static: bool,
    /// Frames below it; 0 for a transaction's own.
    pub depth: usize,
}

impl Message {
    /// A call of a contract on its own account, without value.
    pub fn call(caller: Address, to: Address, input: Bytes, gas: u64) -> Self {
        Self {
            caller,
            address: to,
            code_address: to,
            input,
            gas,
            ..Self::default()
        }
    }

    /// A creation by init code, without value. The address follows from the caller's nonce, which it increments.
    pub fn create(caller: Address, init_code: Bytes, gas: u64) -> Self {
        Self {
            kind: Kind::Create,
            caller,
            input: init_code,
            gas,
            ..Self::default()
        }
    }

    /// A creation whose address follows from a salt and the init code (EIP-1014).
    pub fn create2(caller: Address, salt: U256, init_code: Bytes, gas: u64) -> Self {
        Self {
            kind: Kind::Create2(salt),
            ..Self::create(caller, init_code, gas)
        }
    }
}

impl Default for Message {
    fn default() -> Self {
        Self {
            kind: Kind::Call(CallKind::Call),
            caller: Address::zero(),
            address: Address::zero(),
            code_address: Address::zero(),
            value: U256::zero(),
            input: Bytes::new(),
            gas: 0,
            is_static: false,
            depth: 0,
        }
    }
}

/// How an execution ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallStatus {
    /// By STOP, RETURN or SELFDESTRUCT.
    Success,
    /// By REVERT: changes are undone, the rest of the gas is kept (EIP-140).
    Revert,
    /// Exceptionally: changes are undone and the gas is consumed.
    Halt(Halt),
}

/// What came of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallOutcome {
    /// How it ended.
    pub status: CallStatus,
    /// Gas that is left.
    pub gas_left: u64,
    /// Return data, or the reason of a revert.
    pub output: Bytes,
    /// The address of a contract that was created.
    pub created: Option<Address>,
}

impl CallOutcome {
    /// A call that succeeded.
    pub fn success(gas_left: u64, output: Bytes) -> Self {
        Self {
            status: CallStatus::Success,
            gas_left,
            output,
            created: None,
        }
    }

    /// A call or creation that reverted.
    pub fn revert(gas_left: u64, output: Bytes) -> Self {
        Self {
            status: CallStatus::Revert,
            ..Self::success(gas_left, output)
        }
    }
}
