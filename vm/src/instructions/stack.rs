//! POP, PUSH, DUP and SWAP.

use crate::interpreter::{Context, Exit, Registers};
use primitive_types::U256;

#[inline(always)]
pub(crate) fn pop(registers: &mut Registers, _: &mut Context<'_, '_>) -> Result<(), Exit> {
    registers.discard();
    Ok(())
}

#[inline(always)]
pub(crate) fn push0(registers: &mut Registers, _: &mut Context<'_, '_>) -> Result<(), Exit> {
    registers.push(U256::zero());
    Ok(())
}

#[inline(always)]
pub(crate) fn push<const N: usize>(
    registers: &mut Registers,
    _: &mut Context<'_, '_>,
) -> Result<(), Exit> {
    registers.push_immediate::<N>();
    Ok(())
}

#[inline(always)]
pub(crate) fn dup<const N: usize>(
    registers: &mut Registers,
    _: &mut Context<'_, '_>,
) -> Result<(), Exit> {
    registers.dup::<N>();
    Ok(())
}

#[inline(always)]
pub(crate) fn swap<const N: usize>(
    registers: &mut Registers,
    _: &mut Context<'_, '_>,
) -> Result<(), Exit> {
    registers.swap::<N>();
    Ok(())
}
