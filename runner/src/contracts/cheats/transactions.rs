//! Signed transactions that a test has executed: `executeTransaction` and `broadcastRawTransaction`.
//!
//! A director changes messages and cannot send any. So the call of `vm` runs code that sends what the transaction says, and
//! that message is given the signer as its caller, and becomes a transaction within the execution.

use gasworks::inspect::World;
use gasworks::{
    Address, CallOutcome, CallStatus, InvalidTransaction, Message, SignedTransaction, Transaction,
    TransactionKind, U256,
};

use super::isolation::Isolated;
use super::{Cheats, Fault, encode_error, values};
use crate::contracts::abi::{self, Value};

/// A transaction that is about to be sent.
#[derive(Clone, Debug)]
pub(super) struct Sending {
    transaction: Transaction,
    /// It pays for its gas, as on a chain.
    pays: bool,
    /// Wei for each gas.
    price: U256,
}

/// A transaction that runs, and what was true around it.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    sending: Sending,
    isolated: Isolated,
    origin: Address,
    gas_price: U256,
    base_fee: u64,
}

const EXECUTE: &str = "executeTransaction";
const BROADCAST: &str = "broadcastRawTransaction";

/// Where the code is that sends.
pub(super) const SENDER: Address = Address([
    0x67, 0x61, 0x73, 0x77, 0x6f, 0x72, 0x6b, 0x73, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2,
]);

/// `send(gas, value, to, input)` with call data of three words and bytes: CALL, or CREATE where all bits of `to` are set.
/// Returns what that returned.
const SENDER_CODE: [u8; 63] = [
    0x60, 0x60, 0x36, 0x03, 0x60, 0x60, 0x60, 0x00, 0x37, 0x60, 0x40, 0x35, 0x19, 0x15, 0x60, 0x28,
    0x57, 0x60, 0x00, 0x60, 0x00, 0x60, 0x60, 0x36, 0x03, 0x60, 0x00, 0x60, 0x20, 0x35, 0x60, 0x40,
    0x35, 0x60, 0x00, 0x35, 0xf1, 0x60, 0x33, 0x56, 0x5b, 0x60, 0x60, 0x36, 0x03, 0x60, 0x00, 0x60,
    0x20, 0x35, 0xf0, 0x5b, 0x50, 0x3d, 0x60, 0x00, 0x60, 0x00, 0x3e, 0x3d, 0x60, 0x00, 0xf3,
];

/// What a call with value is given on top (Yellow Paper, appendix G).
const STIPEND: u64 = 2_300;

/// What forge says of bytes that are no transaction.
fn undecodable(bytes: &[u8], error: &impl std::fmt::Display) -> Fault {
    let is_typed = bytes.first().is_some_and(|first| *first < 0x80);
    let body = if is_typed {
        bytes.get(1..)
    } else {
        Some(bytes)
    };
    let is_list = body
        .and_then(<[u8]>::first)
        .is_some_and(|first| *first >= 0xc0);
    let text = match (is_typed, is_list) {
        (true, false) => "unexpected string".to_owned(),
        (false, true) => "Unexpected type flag".to_owned(),
        _ => error.to_string(),
    };
    Fault::Text(format!("failed to decode RLP-encoded transaction: {text}"))
}

/// An invalid transaction in forge's words, where it has some.
fn reason(invalid: &InvalidTransaction) -> String {
    match invalid {
        InvalidTransaction::WrongChain { .. } => "invalid chain ID".to_owned(),
        InvalidTransaction::PriorityAboveMaxFee => {
            "priority fee is greater than max fee".to_owned()
        }
        other => other.to_string(),
    }
}

impl Sending {
    /// Reads a signed transaction and looks whether it can be executed.
    fn read(
        bytes: &[u8],
        pays: bool,
        cheats: &Cheats,
        world: &mut World<'_>,
    ) -> Result<Self, Fault> {
        let signed =
            SignedTransaction::decode(bytes).map_err(|error| undecodable(bytes, &error))?;
        let transaction = signed
            .recover(false)
            .map_err(|error| Fault::Text(format!("failed to recover signer: {error}")))?;
        let kind = match &transaction.kind {
            TransactionKind::Blob { .. } => Some("blob"),
            TransactionKind::SetCode { .. } => Some("set-code"),
            _ => None,
        };
        if let Some(kind) = kind {
            return Err(Fault::Text(format!(
                "{kind} transactions are not executed here"
            )));
        }
        let invalid = |text: String| {
            let kind = if pays {
                ""
            } else {
                "transaction execution failed: "
            };
            Fault::Text(format!("{kind}transaction validation error: {text}"))
        };
        let (rules, schedule) = (cheats.conduct.fork.rules(), cheats.conduct.fork.schedule());
        transaction
            .check_type(rules, world.chain_id())
            .and_then(|()| transaction.check(rules, schedule))
            .map_err(|error| invalid(reason(&error)))?;
        let account = world.account(transaction.sender)?;
        let (nonce, expected) = (transaction.nonce, account.nonce);
        if !pays && nonce != expected {
            let height = if nonce > expected { "high" } else { "low" };
            return Err(invalid(format!(
                "nonce {nonce} too {height}, expected {expected}"
            )));
        }
        // The product was checked.
        let cap = if pays {
            transaction.gas_price_cap()
        } else {
            U256::zero()
        };
        let cost = (cap * transaction.gas_limit).checked_add(transaction.value);
        if cost.is_none_or(|cost| cost > account.balance) {
            let (cost, balance) = (cost.unwrap_or(U256::MAX), account.balance);
            return Err(invalid(format!(
                "lack of funds ({balance}) for max fee ({cost})"
            )));
        }
        let base_fee = U256::from(world.block().base_fee);
        // EIP-1559.
        let price = match transaction.dynamic_fees() {
            Some(fees) => cap.min(base_fee.saturating_add(fees.max_priority_fee_per_gas)),
            None => cap,
        };
        Ok(Self {
            price: if pays { price } else { U256::zero() },
            transaction,
            pays,
        })
    }

    /// Call data of the code that sends.
    fn input(&self, intrinsic: u64) -> Vec<u8> {
        let transaction = &self.transaction;
        let mut gas = transaction.gas_limit.saturating_sub(intrinsic);
        if !transaction.value.is_zero() {
            gas = gas.saturating_sub(STIPEND);
        }
        let to = transaction.to.map(|to| U256::from_big_endian(&to.0));
        let words = [gas.into(), transaction.value, to.unwrap_or(U256::MAX)];
        let mut input: Vec<u8> = words.iter().flat_map(U256::to_big_endian).collect();
        input.extend_from_slice(&transaction.input);
        input
    }
}

/// The cheatcode that is called, if it is one of these.
fn name_of(input: &[u8]) -> Option<&'static str> {
    [EXECUTE, BROADCAST]
        .into_iter()
        .find(|name| input.starts_with(&abi::selector(&format!("{name}(bytes)"))))
}

impl Cheats {
    /// Turns a call of `vm` that has a transaction executed into one of code that sends it; whether it was such a call.
    pub(super) fn prepare_transaction(
        &mut self,
        message: &mut Message,
        world: &mut World<'_>,
    ) -> Result<(), Fault> {
        let Some(name) = name_of(&message.input) else {
            return Ok(());
        };
        let failed = |fault: Fault| match fault {
            Fault::Text(text) => Fault::Text(values::error(name, &text)),
            data => data,
        };
        let parameters = message.input.get(4..).unwrap_or_default();
        let given = abi::decode(&[abi::Type::Bytes], parameters);
        let Some([Value::Bytes(bytes)]) = given.as_deref() else {
            return Err(failed("ABI decoding failed".into()));
        };
        let sending = Sending::read(bytes, name == BROADCAST, self, world).map_err(failed)?;
        if world.code(SENDER)?.is_empty() {
            world.set_code(SENDER, &SENDER_CODE)?;
        }
        let intrinsic = sending
            .transaction
            .intrinsic_gas(self.conduct.fork.schedule());
        message.input = sending.input(intrinsic).into();
        message.code_address = SENDER;
        self.sending = Some(sending);
        Ok(())
    }

    /// The message that carries the transaction is its signer's.
    pub(super) fn apply_signer(&mut self, message: &mut Message) -> Option<Sending> {
        let sending = self.sending.take()?;
        message.caller = sending.transaction.sender;
        Some(sending)
    }

    /// The message that carries a transaction is about to be entered.
    pub(super) fn begin_sent(
        &mut self,
        sending: Sending,
        message: &Message,
        world: &mut World<'_>,
    ) -> Result<Sent, Fault> {
        let transaction = &sending.transaction;
        let sender = world.account(transaction.sender)?;
        let cost = sending.price * transaction.gas_limit;
        world.set_balance(transaction.sender, sender.balance.saturating_sub(cost))?;
        // CREATE counts by itself.
        if transaction.to.is_some() {
            world.set_nonce(transaction.sender, sender.nonce.saturating_add(1))?;
        }
        let isolated = self.begin_isolated(message, transaction, world);
        let sent = Sent {
            isolated,
            origin: world.origin(),
            gas_price: world.gas_price(),
            base_fee: world.block().base_fee,
            sending,
        };
        world.set_origin(sent.sending.transaction.sender);
        world.set_gas_price(sent.sending.price);
        if !sent.sending.pays {
            world.change_block(|block| block.base_fee = 0);
        }
        Ok(sent)
    }

    /// It has ended: what remains of its gas is paid back, and what the cheatcode returns is known.
    pub(super) fn end_sent(
        &mut self,
        sent: Sent,
        outcome: &CallOutcome,
        world: &mut World<'_>,
    ) -> Result<(), Fault> {
        let Sending {
            transaction,
            pays,
            price,
        } = &sent.sending;
        let used = sent.isolated.end(outcome, world).min(transaction.gas_limit);
        world.set_origin(sent.origin);
        world.set_gas_price(sent.gas_price);
        if *pays {
            let unused = *price * (transaction.gas_limit - used);
            let balance = world.account(transaction.sender)?.balance;
            world.set_balance(transaction.sender, balance.saturating_add(unused))?;
            let coinbase = world.block().coinbase;
            let reward = price.saturating_sub(sent.base_fee.into()) * used;
            let balance = world.account(coinbase)?.balance;
            world.set_balance(coinbase, balance.saturating_add(reward))?;
        } else {
            let base_fee = sent.base_fee;
            world.change_block(|block| block.base_fee = base_fee);
        }
        let output = match outcome.created {
            Some(created) => world.code(created)?.to_vec(),
            None => outcome.output.to_vec(),
        };
        self.sent = Some(match outcome.status {
            _ if *pays => Ok(Vec::new()),
            CallStatus::Success => Ok(abi::encode(vec![Value::Bytes(output)])),
            CallStatus::Revert => Err(format!("transaction reverted: {}", abi::hex(&output))),
            CallStatus::Halt(halt) => Err(format!("transaction halted: {halt:?}")),
        });
        Ok(())
    }

    /// What the call of `vm` comes to that had a transaction executed.
    pub(super) fn answer_sent(&mut self, outcome: &mut CallOutcome) {
        match self.sent.take() {
            None => {}
            Some(Ok(output)) => {
                outcome.status = CallStatus::Success;
                outcome.output = output.into();
            }
            Some(Err(text)) => {
                outcome.status = CallStatus::Revert;
                outcome.output = encode_error(&values::error(EXECUTE, &text)).into();
            }
        }
    }
}
