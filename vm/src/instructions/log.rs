//! LOG0 to LOG4.

use crate::error::Halt;
use crate::interpreter::{Context, Exit};
use crate::word;
use primitive_types::U256;

#[inline(always)]
fn log(
    context: &mut Context<'_, '_>,
    offset: U256,
    size: U256,
    topics: &[U256],
) -> Result<(), Exit> {
    // EIP-214.
    if context.frame.is_static {
        return Err(Halt::StaticViolation.into());
    }
    let schedule = context.host.schedule;
    let topics_price = schedule.log_topic * topics.len() as u64;
    let data_price = word::saturating_u64(size).checked_mul(schedule.log_data);
    let price = data_price.and_then(|price| price.checked_add(topics_price));
    context.frame.charge(price.ok_or(Halt::OutOfGas)?)?;
    let range = context.frame.expand(offset, size)?;
    let data = context.frame.memory.slice(range);
    context.host.log(&context.frame.address, topics, data);
    Ok(())
}

/// More operands than instructions get handed over.
fn log_from_stack<const TOPICS: usize>(context: &mut Context<'_, '_>) -> Result<(), Exit> {
    let (offset, size) = (context.frame.pop(), context.frame.pop());
    let topics: [U256; TOPICS] = std::array::from_fn(|_| context.frame.pop());
    log(context, offset, size, &topics)
}

pub(crate) fn log0(context: &mut Context<'_, '_>, offset: U256, size: U256) -> Result<(), Exit> {
    log(context, offset, size, &[])
}
pub(crate) fn log1(
    context: &mut Context<'_, '_>,
    offset: U256,
    size: U256,
    topic: U256,
) -> Result<(), Exit> {
    log(context, offset, size, &[topic])
}
pub(crate) fn log2(
    context: &mut Context<'_, '_>,
    offset: U256,
    size: U256,
    topic1: U256,
    topic2: U256,
) -> Result<(), Exit> {
    log(context, offset, size, &[topic1, topic2])
}
pub(crate) fn log3(context: &mut Context<'_, '_>) -> Result<(), Exit> {
    log_from_stack::<3>(context)
}
pub(crate) fn log4(context: &mut Context<'_, '_>) -> Result<(), Exit> {
    log_from_stack::<4>(context)
}
