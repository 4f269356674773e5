//! The instructions (Yellow Paper, appendix H.2): words, stack, memory, jumps, logs. What an instruction always costs has
//! been paid for.

use gasworks::{Bytes, Hash, U256};

use super::frame::{Frame, Halt, Next, padded, words};
use super::hashes::keccak;
use super::machine::Machine;
use super::opcodes::*;
use super::words as word;
use super::words::flag;
use crate::verdict::{Log, Status};

impl Frame {
    pub(super) fn instruction(
        &mut self,
        opcode: u8,
        machine: &mut Machine<'_>,
    ) -> Result<Next, Halt> {
        match opcode {
            STOP => return Ok(Next::End(Status::Success, Bytes::new())),
            RETURN => return self.end(Status::Success),
            REVERT => return self.end(Status::Revert),
            SELFDESTRUCT => {
                self.selfdestruct(machine)?;
                return Ok(Next::End(Status::Success, Bytes::new()));
            }
            JUMP => {
                let to = self.pop()?;
                return self.jump(to);
            }
            JUMPI => {
                let (to, condition) = (self.pop()?, self.pop()?);
                if !condition.is_zero() {
                    return self.jump(to);
                }
            }
            PUSH0..=PUSH32 => {
                let size = usize::from(opcode - PUSH0);
                let data = padded(&self.message.code, U256::from(self.pc + 1), size);
                self.push(U256::from_big_endian(&data))?;
                return Ok(Next::Advance(1 + size));
            }
            ADD..=CLZ => self.arithmetic(opcode, &machine.rules)?,
            ADDRESS..=BLOBBASEFEE => self.environment(opcode, machine)?,
            POP | DUP1..=SWAP16 => self.stack_only(opcode)?,
            KECCAK256 | MLOAD | MSTORE | MSTORE8 | MCOPY => self.on_memory(opcode)?,
            SLOAD | SSTORE | TLOAD | TSTORE => self.storage(opcode, machine)?,
            PC => self.push(self.pc)?,
            MSIZE => self.push(self.memory.len())?,
            GAS => self.push(self.gas)?,
            JUMPDEST => {}
            LOG0..=LOG4 => self.log(usize::from(opcode - LOG0), machine)?,
            CREATE | CREATE2 => self.create(opcode, machine)?,
            CALL | CALLCODE | DELEGATECALL | STATICCALL => self.call(opcode, machine)?,
            _ => return Err(Halt::NoSuchInstruction),
        }
        Ok(Next::Advance(1))
    }

    fn end(&mut self, status: Status) -> Result<Next, Halt> {
        let (offset, size) = (self.pop()?, self.pop()?);
        Ok(Next::End(status, self.bytes(offset, size)?))
    }

    fn arithmetic(&mut self, opcode: u8, rules: &super::rules::Rules) -> Result<(), Halt> {
        let a = self.pop()?;
        match opcode {
            ISZERO => return self.push(flag(a.is_zero())),
            NOT => return self.push(!a),
            CLZ => return self.push(word::clz(a)),
            _ => {}
        }
        let b = self.pop()?;
        let result = match opcode {
            ADD => a.overflowing_add(b).0,
            MUL => a.overflowing_mul(b).0,
            SUB => a.overflowing_sub(b).0,
            DIV => word::div(a, b),
            SDIV => word::sdiv(a, b),
            MOD => word::modulo(a, b),
            SMOD => word::smod(a, b),
            ADDMOD => word::addmod(a, b, self.pop()?),
            MULMOD => word::mulmod(a, b, self.pop()?),
            EXP => {
                // EIP-160.
                self.charge(rules.exponent_byte * b.bits().div_ceil(8) as u64)?;
                word::exp(a, b)
            }
            SIGNEXTEND => word::signextend(a, b),
            LT => flag(a < b),
            GT => flag(a > b),
            SLT => flag(word::signed_less(a, b)),
            SGT => flag(word::signed_less(b, a)),
            EQ => flag(a == b),
            AND => a & b,
            OR => a | b,
            XOR => a ^ b,
            BYTE => word::byte(a, b),
            SHL => word::shl(a, b),
            SHR => word::shr(a, b),
            SAR => word::sar(a, b),
            _ => return Err(Halt::NoSuchInstruction),
        };
        self.push(result)
    }

    fn stack_only(&mut self, opcode: u8) -> Result<(), Halt> {
        match opcode {
            POP => self.pop().map(|_| ()),
            DUP1..=DUP16 => {
                let at = self.below_top(usize::from(opcode - DUP1))?;
                self.push(self.stack[at])
            }
            _ => {
                let at = self.below_top(usize::from(opcode - SWAP1) + 1)?;
                let top = self.below_top(0)?;
                self.stack.swap(top, at);
                Ok(())
            }
        }
    }

    fn on_memory(&mut self, opcode: u8) -> Result<(), Halt> {
        let offset = self.pop()?;
        match opcode {
            MLOAD => {
                let word = self.bytes(offset, U256::from(32))?;
                self.push(U256::from_big_endian(&word))
            }
            MSTORE => {
                let word = self.pop()?.to_big_endian();
                let range = self.range(offset, U256::from(32))?;
                self.memory[range].copy_from_slice(&word);
                Ok(())
            }
            MSTORE8 => {
                let byte = self.pop()?.byte(0);
                let range = self.range(offset, U256::one())?;
                self.memory[range].fill(byte);
                Ok(())
            }
            KECCAK256 => {
                let size = self.pop()?;
                let bytes = self.bytes(offset, size)?;
                self.charge(6 * words(bytes.len()))?;
                self.push(U256::from_big_endian(&keccak(&bytes).0))
            }
            // EIP-5656: memory grows to what is read, too.
            _ => {
                let (from, size) = (self.pop()?, self.pop()?);
                let to = self.range(offset, size)?;
                let bytes = self.bytes(from, size)?;
                self.charge(3 * words(bytes.len()))?;
                self.memory[to].copy_from_slice(&bytes);
                Ok(())
            }
        }
    }

    /// Copies into memory, with zeros for what is beyond the end of the source.
    pub(super) fn copy_to_memory(
        &mut self,
        source: &[u8],
        to: U256,
        from: U256,
        size: U256,
    ) -> Result<(), Halt> {
        let range = self.range(to, size)?;
        self.charge(3 * words(range.len()))?;
        let bytes = padded(source, from, range.len());
        self.memory[range].copy_from_slice(&bytes);
        Ok(())
    }

    fn log(&mut self, topics: usize, machine: &mut Machine<'_>) -> Result<(), Halt> {
        let (offset, size) = (self.pop()?, self.pop()?);
        let topics = (0..topics).map(|_| self.pop().map(|topic| Hash(topic.to_big_endian())));
        let topics = topics.collect::<Result<Vec<Hash>, Halt>>()?;
        let data = self.bytes(offset, size)?;
        self.charge(8 * data.len() as u64)?;
        self.require_not_static()?;
        machine.world.logs.push(Log {
            address: self.message.address,
            topics,
            data,
        });
        Ok(())
    }
}
