//! Jumps, halts and the loop's own registers.

use crate::error::Halt;
use crate::interpreter::{Context, Exit, Registers};
use crate::word;
use primitive_types::U256;

#[inline(always)]
pub(crate) fn stop(_: &mut Registers, _: &mut Context<'_, '_>) -> Result<(), Exit> {
    Err(Exit::Stop)
}

/// INVALID (EIP-141).
#[inline(always)]
pub(crate) fn invalid(_: &mut Registers, _: &mut Context<'_, '_>) -> Result<(), Exit> {
    Err(Exit::Halt(Halt::InvalidOpcode))
}

#[inline(always)]
fn jump_to(
    registers: &mut Registers,
    context: &mut Context<'_, '_>,
    target: U256,
) -> Result<(), Exit> {
    match word::to_u64(target) {
        Some(target) if context.frame.code.is_jump_destination(target) => {
            registers.jump(target);
            if context.is_hot(target) {
                return Err(Exit::Hot);
            }
            Ok(())
        }
        _ => Err(Exit::Halt(Halt::InvalidJump)),
    }
}

#[inline(always)]
pub(crate) fn jump(registers: &mut Registers, context: &mut Context<'_, '_>) -> Result<(), Exit> {
    let target = registers.pop();
    jump_to(registers, context, target)
}

#[inline(always)]
pub(crate) fn jumpi(registers: &mut Registers, context: &mut Context<'_, '_>) -> Result<(), Exit> {
    let target = registers.pop();
    let condition = registers.pop();
    if condition.is_zero() {
        return Ok(());
    }
    jump_to(registers, context, target)
}

#[inline(always)]
pub(crate) fn jumpdest(_: &mut Registers, _: &mut Context<'_, '_>) -> Result<(), Exit> {
    Ok(())
}

#[inline(always)]
pub(crate) fn pc(registers: &mut Registers, _: &mut Context<'_, '_>) -> Result<(), Exit> {
    let position = registers.position();
    registers.push(U256::from(position));
    Ok(())
}

#[inline(always)]
pub(crate) fn gas(registers: &mut Registers, _: &mut Context<'_, '_>) -> Result<(), Exit> {
    let gas = registers.gas;
    registers.push(U256::from(gas));
    Ok(())
}

fn output(context: &mut Context<'_, '_>) -> Result<(), Exit> {
    let offset = context.frame.pop();
    let size = context.frame.pop();
    context.frame.output = context.frame.expand(offset, size)?;
    Ok(())
}

pub(crate) fn return_(context: &mut Context<'_, '_>) -> Result<(), Exit> {
    output(context)?;
    Err(Exit::Return)
}

/// REVERT (EIP-140).
pub(crate) fn revert(context: &mut Context<'_, '_>) -> Result<(), Exit> {
    output(context)?;
    Err(Exit::Revert)
}
