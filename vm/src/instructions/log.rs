//! LOG0 to LOG4.

use crate::error::Halt;
use crate::interpreter::{Context, Exit};
use crate::word;
use primitive_types::U256;

fn log<const TOPICS: usize>(context: &mut Context<'_, '_>) -> Result<(), Exit> {
    // EIP-214.
    if context.frame.is_static {
        return Err(Halt::StaticViolation.into());
    }
    let offset = context.frame.pop();
    let size = context.frame.pop();
    let topics: [U256; TOPICS] = std::array::from_fn(|_| context.frame.pop());
    let schedule = context.host.schedule;
    context.frame.charge(schedule.log_topic * TOPICS as u64)?;
    let data_price = word::saturating_u64(size).checked_mul(schedule.log_data);
    context.frame.charge(data_price.ok_or(Halt::OutOfGas)?)?;
    let range = context.frame.expand(offset, size)?;
    let data = context.frame.memory.slice(range);
    context.host.log(&context.frame.address, &topics, data);
    Ok(())
}

pub(crate) fn log0(context: &mut Context<'_, '_>) -> Result<(), Exit> {
    log::<0>(context)
}
pub(crate) fn log1(context: &mut Context<'_, '_>) -> Result<(), Exit> {
    log::<1>(context)
}
pub(crate) fn log2(context: &mut Context<'_, '_>) -> Result<(), Exit> {
    log::<2>(context)
}
pub(crate) fn log3(context: &mut Context<'_, '_>) -> Result<(), Exit> {
    log::<3>(context)
}
pub(crate) fn log4(context: &mut Context<'_, '_>) -> Result<(), Exit> {
    log::<4>(context)
}
