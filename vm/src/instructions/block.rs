//! The block, and what the transaction says of blobs.

use crate::interpreter::{Context, Exit};
use crate::word;
use primitive_types::U256;

#[inline(always)]
pub(crate) fn coinbase(context: &Context<'_, '_>) -> U256 {
    word::from_address(&context.host.block.coinbase)
}
#[inline(always)]
pub(crate) fn timestamp(context: &Context<'_, '_>) -> U256 {
    context.host.timestamp
}
#[inline(always)]
pub(crate) fn number(context: &Context<'_, '_>) -> U256 {
    context.host.number
}
/// DIFFICULTY, from Paris on PREVRANDAO (EIP-4399).
#[inline(always)]
pub(crate) fn prevrandao(context: &Context<'_, '_>) -> U256 {
    if context.host.rules.prev_randao {
        word::from_be_bytes(&context.host.block.prev_randao.0)
    } else {
        context.host.block.difficulty
    }
}
#[inline(always)]
pub(crate) fn gaslimit(context: &Context<'_, '_>) -> U256 {
    U256::from(context.host.block.gas_limit)
}
/// CHAINID (EIP-1344).
#[inline(always)]
pub(crate) fn chainid(context: &Context<'_, '_>) -> U256 {
    U256::from(context.host.chain_id)
}
/// BASEFEE (EIP-3198).
#[inline(always)]
pub(crate) fn basefee(context: &Context<'_, '_>) -> U256 {
    U256::from(context.host.block.base_fee)
}
/// BLOBBASEFEE (EIP-7516).
#[inline(always)]
pub(crate) fn blobbasefee(context: &Context<'_, '_>) -> U256 {
    context.host.blob_base_fee
}

/// BLOCKHASH: zero but for the last 256 blocks (Yellow Paper, appendix H.2).
pub(crate) fn blockhash(context: &mut Context<'_, '_>, asked: U256) -> Result<U256, Exit> {
    let current = context.host.block.number;
    Ok(match word::to_u64(asked) {
        Some(number) if number < current && current - number <= 256 => {
            let host = &mut *context.host;
            word::from_be_bytes(&host.state.block_hash(host.source, number)?.0)
        }
        _ => U256::zero(),
    })
}

/// BLOBHASH (EIP-4844).
#[inline(always)]
pub(crate) fn blobhash(context: &Context<'_, '_>, index: U256) -> U256 {
    let index = word::saturating_u64(index);
    let index = usize::try_from(index).unwrap_or(usize::MAX);
    let hash = context.host.blob_hashes.get(index);
    hash.map_or(U256::zero(), |hash| word::from_be_bytes(&hash.0))
}
