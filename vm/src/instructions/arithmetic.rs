//! EXP, the one arithmetic instruction whose price depends on its operands, and MULMOD, the one that remembers.

use crate::interpreter::{Context, Exit, Registers};
use crate::word;

pub(crate) fn exp(context: &mut Context<'_, '_>) -> Result<(), Exit> {
    let base = context.frame.pop();
    let exponent = context.frame.pop();
    // Yellow Paper, appendix G (EIP-160): a price for each byte of the exponent.
    let price = context
        .host
        .schedule
        .exp_byte
        .saturating_mul(word::byte_length(exponent));
    context.frame.charge(price)?;
    context.frame.push(word::exp(base, exponent));
    Ok(())
}

#[inline(always)]
pub(crate) fn mulmod(registers: &mut Registers, context: &mut Context<'_, '_>) -> Result<(), Exit> {
    let (a, b, modulus) = (registers.pop(), registers.pop(), registers.pop());
    registers.push(context.host.modulus.mulmod(a, b, modulus));
    Ok(())
}
