//! EXP, the one arithmetic instruction whose price depends on its operands, and MULMOD, the one that remembers.

use crate::interpreter::{Context, Exit};
use crate::word;
use primitive_types::U256;

pub(crate) fn exp(context: &mut Context<'_, '_>, base: U256, exponent: U256) -> Result<U256, Exit> {
    // Yellow Paper, appendix G (EIP-160): a price for each byte of the exponent.
    let price = context
        .host
        .schedule
        .exp_byte
        .saturating_mul(word::byte_length(exponent));
    context.frame.charge(price)?;
    Ok(word::exp(base, exponent))
}

#[inline(always)]
pub(crate) fn mulmod(
    context: &mut Context<'_, '_>,
    a: U256,
    b: U256,
    modulus: U256,
) -> Result<U256, Exit> {
    Ok(context.host.modulus.mulmod(a, b, modulus))
}
