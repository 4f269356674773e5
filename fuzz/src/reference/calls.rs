//! Instructions that start frames, and SELFDESTRUCT.

use gasworks::{Address, Bytes, U256};

use super::environment::{to_address, to_word};
use super::frame::{Frame, Halt, words};
use super::hashes::{create_address, create2_address};
use super::machine::Machine;
use super::message::{DEEPEST, Ended, Message};
use super::opcodes::*;
use super::rules::NewAccount;
use super::world::delegate;
use crate::verdict::Status;

/// What a call that moves wei leaves its callee in any case.
const STIPEND: u64 = 2_300;

/// The operands of a call.
struct Operands {
    gas: U256,
    code_address: Address,
    value: U256,
    input: (U256, U256),
    output: (U256, U256),
}

impl Frame {
    fn call_operands(&mut self, opcode: u8) -> Result<Operands, Halt> {
        let gas = self.pop()?;
        let code_address = to_address(self.pop()?);
        let value = match opcode {
            CALL | CALLCODE => self.pop()?,
            _ => U256::zero(),
        };
        Ok(Operands {
            gas,
            code_address,
            value,
            input: (self.pop()?, self.pop()?),
            output: (self.pop()?, self.pop()?),
        })
    }

    pub(super) fn call(&mut self, opcode: u8, machine: &mut Machine<'_>) -> Result<(), Halt> {
        let operands = self.call_operands(opcode)?;
        let (code_address, value) = (operands.code_address, operands.value);
        let input = self.bytes(operands.input.0, operands.input.1)?;
        let output = self.range(operands.output.0, operands.output.1)?;
        self.charge_account_access(code_address, machine)?;
        let (code, is_delegated) = self.code_of(code_address, machine)?;
        let pays = !value.is_zero();
        if pays {
            if opcode == CALL {
                self.require_not_static()?;
            }
            self.charge(9_000)?;
        }
        if opcode == CALL {
            self.charge_new_account(code_address, pays, 25_000, machine)?;
        }
        let mut gas = self.gas_for_call(operands.gas, machine)?;
        self.charge(gas)?;
        if pays {
            gas += STIPEND;
        }
        self.return_data = Bytes::new();
        let too_deep = self.message.depth + 1 > DEEPEST;
        let too_poor = value > machine.world.balance(self.message.address);
        if too_deep || too_poor {
            self.gas += gas;
            return self.push(0);
        }
        let here = self.message.address;
        let is_delegatecall = opcode == DELEGATECALL;
        let message = Message {
            caller: if is_delegatecall {
                self.message.caller
            } else {
                here
            },
            address: match opcode {
                CALL | STATICCALL => code_address,
                _ => here,
            },
            code_address: (!is_delegated).then_some(code_address),
            code,
            input,
            value: if is_delegatecall {
                self.message.value
            } else {
                value
            },
            transfers: !is_delegatecall,
            gas,
            is_static: self.message.is_static || opcode == STATICCALL,
            depth: self.message.depth + 1,
        };
        let ended = machine.call(message);
        self.gas += ended.gas;
        let copied = output.len().min(ended.output.len());
        self.memory[output.start..][..copied].copy_from_slice(&ended.output[..copied]);
        self.return_data = ended.output;
        self.push(u64::from(ended.status == Status::Success))
    }

    /// The code that a call of an account runs, and whether it is another's (EIP-7702), which is an access of its own.
    fn code_of(
        &mut self,
        address: Address,
        machine: &mut Machine<'_>,
    ) -> Result<(Bytes, bool), Halt> {
        let code = machine.world.code(address);
        match delegate(&code).filter(|_| machine.rules.delegations) {
            None => Ok((code, false)),
            Some(to) => {
                self.charge_account_access(to, machine)?;
                Ok((machine.world.code(to), true))
            }
        }
    }

    fn charge_new_account(
        &mut self,
        address: Address,
        pays: bool,
        price: u64,
        machine: &Machine<'_>,
    ) -> Result<(), Halt> {
        let is_new = match machine.rules.new_account {
            NewAccount::Absent => !machine.world.exists(address),
            NewAccount::DeadAndPaid => pays && machine.world.is_dead(address),
        };
        self.charge(if is_new { price } else { 0 })
    }

    /// The gas that a frame is given. Before EIP-150 it is what was asked for; since, at most all but one 64th.
    fn gas_for_call(&self, wanted: U256, machine: &Machine<'_>) -> Result<u64, Halt> {
        if machine.rules.keeps_64th {
            let most = self.gas - self.gas / 64;
            Ok(wanted.min(U256::from(most)).as_u64())
        } else {
            u64::try_from(wanted).map_err(|_| Halt::OutOfGas)
        }
    }

    pub(super) fn create(&mut self, opcode: u8, machine: &mut Machine<'_>) -> Result<(), Halt> {
        let (value, offset, size) = (self.pop()?, self.pop()?, self.pop()?);
        let salt = match opcode {
            CREATE2 => Some(self.pop()?),
            _ => None,
        };
        let init_code = self.bytes(offset, size)?;
        if salt.is_some() {
            self.charge(6 * words(init_code.len()))?;
        }
        // EIP-3860.
        if let Some(most) = machine.rules.largest_init_code {
            self.charge(2 * words(init_code.len()))?;
            if init_code.len() > most {
                return Err(Halt::InitCodeTooLarge);
            }
        }
        self.require_not_static()?;
        let gas = if machine.rules.keeps_64th {
            self.gas - self.gas / 64
        } else {
            self.gas
        };
        self.return_data = Bytes::new();
        let creator = self.message.address;
        let nonce = machine.world.nonce(creator);
        let too_deep = self.message.depth + 1 > DEEPEST;
        // EIP-2681.
        if too_deep || value > machine.world.balance(creator) || nonce == u64::MAX {
            return self.push(0);
        }
        self.charge(gas)?;
        let address = match salt {
            None => create_address(creator, nonce),
            Some(salt) => create2_address(creator, salt, &init_code),
        };
        machine.world.warm_accounts.insert(address);
        machine.world.increment_nonce(creator);
        if machine.is_taken(address) {
            return self.push(0);
        }
        let ended = machine.create(Message {
            caller: creator,
            address,
            code_address: None,
            code: init_code,
            input: Bytes::new(),
            value,
            transfers: true,
            gas,
            is_static: false,
            depth: self.message.depth + 1,
        });
        self.gas += ended.gas;
        self.created(address, ended)
    }

    fn created(&mut self, address: Address, ended: Ended) -> Result<(), Halt> {
        if ended.status == Status::Success {
            return self.push(to_word(address));
        }
        self.return_data = ended.output;
        self.push(0)
    }

    pub(super) fn selfdestruct(&mut self, machine: &mut Machine<'_>) -> Result<(), Halt> {
        let heir = to_address(self.pop()?);
        let here = self.message.address;
        self.require_not_static()?;
        if machine.rules.access_lists && machine.world.warm_accounts.insert(heir) {
            self.charge(2_600)?;
        }
        let balance = machine.world.balance(here);
        let price = machine.rules.selfdestruct_new_account;
        self.charge_new_account(heir, !balance.is_zero(), price, machine)?;
        let only_new = machine.rules.selfdestruct_in_same_transaction;
        let is_destroyed = !only_new || machine.world.created.contains(&here);
        // What goes to an account that is destroyed is destroyed; what an account that stays leaves to itself stays.
        machine.world.transfer(here, heir, balance);
        if is_destroyed {
            machine.world.touch(here).balance = U256::zero();
            if machine.world.destroyed.insert(here) {
                machine.world.refund += machine.rules.selfdestruct_refund;
            }
        }
        Ok(())
    }
}

impl Machine<'_> {
    /// EIP-684, EIP-7610: whether nothing can be created at an address.
    pub(super) fn is_taken(&self, address: Address) -> bool {
        let account = self.world.account(address);
        account.nonce != 0 || !account.code.is_empty() || !account.storage.is_empty()
    }
}
