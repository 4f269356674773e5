//! Instructions that read the message, the block and other accounts.

use gasworks::{Address, U256};

use super::frame::{Frame, Halt, padded};
use super::hashes::keccak;
use super::machine::{CHAIN_ID, Machine};
use super::opcodes::*;

/// The account that a word names: its last 20 bytes.
pub(super) fn to_address(word: U256) -> Address {
    Address::from_slice(&word.to_big_endian()[12..])
}

pub(super) fn to_word(address: Address) -> U256 {
    U256::from_big_endian(address.as_bytes())
}

impl Frame {
    pub(super) fn environment(
        &mut self,
        opcode: u8,
        machine: &mut Machine<'_>,
    ) -> Result<(), Halt> {
        let word = match opcode {
            ADDRESS => to_word(self.message.address),
            ORIGIN => to_word(machine.case.transaction.sender),
            CALLER => to_word(self.message.caller),
            CALLVALUE => self.message.value,
            CALLDATALOAD => {
                let offset = self.pop()?;
                U256::from_big_endian(&padded(&self.message.input, offset, 32))
            }
            CALLDATASIZE => U256::from(self.message.input.len()),
            CODESIZE => U256::from(self.message.code.len()),
            GASPRICE => machine.gas_price,
            RETURNDATASIZE => U256::from(self.return_data.len()),
            SELFBALANCE => machine.world.balance(self.message.address),
            BALANCE | EXTCODESIZE | EXTCODEHASH => self.of_account(opcode, machine)?,
            CALLDATACOPY | CODECOPY | EXTCODECOPY | RETURNDATACOPY => {
                return self.copy(opcode, machine);
            }
            _ => self.block(opcode, machine)?,
        };
        self.push(word)
    }

    fn of_account(&mut self, opcode: u8, machine: &mut Machine<'_>) -> Result<U256, Halt> {
        let address = to_address(self.pop()?);
        self.charge_account_access(address, machine)?;
        let world = &machine.world;
        Ok(match opcode {
            BALANCE => world.balance(address),
            EXTCODESIZE => U256::from(world.code(address).len()),
            // EIP-1052.
            _ if world.is_dead(address) => U256::zero(),
            _ => U256::from_big_endian(&keccak(&world.code(address)).0),
        })
    }

    fn copy(&mut self, opcode: u8, machine: &mut Machine<'_>) -> Result<(), Halt> {
        let source = match opcode {
            CALLDATACOPY => self.message.input.clone(),
            CODECOPY => self.message.code.clone(),
            RETURNDATACOPY => self.return_data.clone(),
            _ => {
                let address = to_address(self.pop()?);
                self.charge_account_access(address, machine)?;
                machine.world.code(address)
            }
        };
        let (to, from, size) = (self.pop()?, self.pop()?, self.pop()?);
        if opcode == RETURNDATACOPY {
            // EIP-211: there are no zeros beyond the end.
            let end = from.checked_add(size).ok_or(Halt::BeyondReturnData)?;
            if end > U256::from(source.len()) {
                return Err(Halt::BeyondReturnData);
            }
        }
        self.copy_to_memory(&source, to, from, size)
    }

    fn block(&mut self, opcode: u8, machine: &Machine<'_>) -> Result<U256, Halt> {
        let block = &machine.case.block;
        Ok(match opcode {
            BLOCKHASH => {
                let number = self.pop()?;
                let present = U256::from(block.number);
                let is_near = number < present && present - number <= U256::from(256);
                // The chain before a case is made up: the hash of a block is that of its number in decimal digits.
                if is_near {
                    U256::from_big_endian(&keccak(number.to_string().as_bytes()).0)
                } else {
                    U256::zero()
                }
            }
            COINBASE => to_word(block.coinbase),
            TIMESTAMP => U256::from(block.timestamp),
            NUMBER => U256::from(block.number),
            DIFFICULTY if machine.rules.randao => U256::from_big_endian(&block.prev_randao.0),
            DIFFICULTY => block.difficulty,
            GASLIMIT => U256::from(block.gas_limit),
            CHAINID => U256::from(CHAIN_ID),
            BASEFEE => U256::from(block.base_fee),
            BLOBHASH => {
                let index = self.pop()?;
                let hashes = machine.case.transaction.blob_hashes();
                let hash = usize::try_from(index)
                    .ok()
                    .and_then(|index| hashes.get(index));
                hash.map_or(U256::zero(), |hash| U256::from_big_endian(&hash.0))
            }
            BLOBBASEFEE => machine.blob_base_fee,
            _ => return Err(Halt::NoSuchInstruction),
        })
    }

    /// EIP-2929: 2,600 for the first access to an account, 100 for every other.
    pub(super) fn charge_account_access(
        &mut self,
        address: Address,
        machine: &mut Machine<'_>,
    ) -> Result<(), Halt> {
        if !machine.rules.access_lists {
            return Ok(());
        }
        let is_cold = machine.world.warm_accounts.insert(address);
        self.charge(if is_cold { 2_600 } else { 100 })
    }
}
