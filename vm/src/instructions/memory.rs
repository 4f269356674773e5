//! Memory, and what hashes or copies it.

use crate::error::Halt;
use crate::interpreter::{Context, Exit, Range, Registers};
use crate::word;
use primitive_types::U256;

/// Pays for `length` bytes at an offset; returns where they are.
#[inline(always)]
fn reach(
    registers: &mut Registers,
    context: &mut Context<'_, '_>,
    offset: U256,
    length: usize,
) -> Result<Range, Exit> {
    let start = word::to_u64(offset).filter(|&start| start < 1 << 35);
    let start = start.ok_or(Halt::OutOfGas)?;
    let per_word = context.frame.memory_word;
    let end = start + length as u64;
    let left = context.frame.memory.expand_to(end, registers.gas, per_word);
    registers.gas = left.ok_or(Halt::OutOfGas)?;
    Ok(Range {
        start: start as usize,
        length,
    })
}

#[inline(always)]
pub(crate) fn mload(registers: &mut Registers, context: &mut Context<'_, '_>) -> Result<(), Exit> {
    let offset = registers.pop();
    let range = reach(registers, context, offset, 32)?;
    registers.push(context.frame.memory.word(range.start));
    Ok(())
}

#[inline(always)]
pub(crate) fn mstore(registers: &mut Registers, context: &mut Context<'_, '_>) -> Result<(), Exit> {
    let offset = registers.pop();
    let value = registers.pop();
    let range = reach(registers, context, offset, 32)?;
    context.frame.memory.set_word(range.start, value);
    Ok(())
}

#[inline(always)]
pub(crate) fn mstore8(
    registers: &mut Registers,
    context: &mut Context<'_, '_>,
) -> Result<(), Exit> {
    let offset = registers.pop();
    let value = registers.pop();
    let range = reach(registers, context, offset, 1)?;
    context.frame.memory.slice_mut(range)[0] = value.0[0] as u8;
    Ok(())
}

#[inline(always)]
pub(crate) fn msize(context: &Context<'_, '_>) -> U256 {
    U256::from(context.frame.memory.size())
}

pub(crate) fn keccak256(
    context: &mut Context<'_, '_>,
    offset: U256,
    size: U256,
) -> Result<U256, Exit> {
    context
        .frame
        .charge_words(size, context.host.schedule.keccak_word)?;
    let range = context.frame.expand(offset, size)?;
    let bytes = context.frame.memory.slice(range);
    let hash = context.host.hashes.keccak256(bytes);
    if context.host.state.pair_hashes.is_some() {
        let state = &mut context.host.state;
        state.record_pair_hash(context.frame.address, bytes, hash);
    }
    Ok(hash)
}

/// MCOPY (EIP-5656): the ranges may overlap.
#[inline]
pub(crate) fn mcopy(
    context: &mut Context<'_, '_>,
    to: U256,
    from: U256,
    size: U256,
) -> Result<(), Exit> {
    context
        .frame
        .charge_words(size, context.host.schedule.copy_word)?;
    // One price for both ranges: memory grows to the farther end. An offset beyond 64 bits is beyond any memory.
    let (from, to) = (word::saturating_u64(from), word::saturating_u64(to));
    let range = context.frame.expand(to.max(from).into(), size)?;
    if range.length > 0 {
        context
            .frame
            .memory
            .copy_within(from as usize, to as usize, range.length);
    }
    Ok(())
}
