//! The block and what else surrounds an execution.

use gasworks::inspect::World;
use gasworks::{BlockEnv, Hash, U256};

use super::arguments::Arguments;
use super::table::Action;
use super::{Answer, Call, Cheats, Fault};
use crate::contracts::abi::{self, Value};

pub(super) fn action(name: &str) -> Option<Action> {
    Some(match name {
        "roll" => |_, call, given| {
            call.world.set_number(given.word(0)?);
            Ok(Vec::new())
        },
        "warp" => |_, call, given| {
            call.world.set_timestamp(given.word(0)?);
            Ok(Vec::new())
        },
        "fee" => |_, call, given| {
            let fee = given.number(0, "base fee")?;
            change(call, |block| block.base_fee = fee)
        },
        "coinbase" => |_, call, given| {
            let coinbase = given.address(0)?;
            change(call, |block| block.coinbase = coinbase)
        },
        "difficulty" => difficulty,
        "prevrandao" => prevrandao,
        "chainId" => |_, call, given| {
            call.world.set_chain_id(given.number(0, "chain ID")?);
            Ok(Vec::new())
        },
        "txGasPrice" => |_, call, given| {
            call.world
                .set_gas_price(given.number(0, "gas price")?.into());
            Ok(Vec::new())
        },
        "blobhashes" => blobhashes,
        "blobBaseFee" => |cheats, call, given| {
            refuse(
                !cheats.has_blobs(),
                "`blobBaseFee` is not supported before the Cancun hard fork; \
                see EIP-4844: https://eips.ethereum.org/EIPS/eip-4844",
            )?;
            let fee = given.word(0)?;
            call.world.set_blob_base_fee(fee);
            Ok(Vec::new())
        },
        "getBlockNumber" => |_, call, _| Ok(vec![number(call.world.number())]),
        "getBlockTimestamp" => |_, call, _| Ok(vec![number(call.world.timestamp())]),
        "getBlobBaseFee" => |_, call, _| Ok(vec![number(call.world.blob_base_fee())]),
        "getChainId" => |_, call, _| Ok(vec![number(call.world.chain_id().into())]),
        "getBlobhashes" => |_, call, _| {
            let hashes = call.world.blob_hashes().iter().copied();
            Ok(vec![Value::Array(hashes.map(abi::word_value).collect())])
        },
        "getEvmVersion" => |cheats, _, _| Ok(vec![Value::String(cheats.project.fork.clone())]),
        "isIsolateMode" => |cheats, _, _| Ok(vec![Value::Bool(cheats.conduct.isolates)]),
        "setBlockhash" => |cheats, call, given| {
            let number = given.number(0, "block number")?;
            refuse(
                number > call.world.block().number,
                "block number must be less than or equal to the current block number",
            )?;
            call.world.set_block_hash(number, given.hash(1)?);
            cheats
                .surroundings
                .block_hashes
                .insert(number, given.hash(1)?);
            Ok(Vec::new())
        },
        _ => return None,
    })
}

fn number(of: U256) -> Value {
    abi::uint_value(of)
}

fn refuse(condition: bool, text: &str) -> Result<(), Fault> {
    if condition { Err(text.into()) } else { Ok(()) }
}

fn change(call: &mut Call<'_, '_>, change: impl FnOnce(&mut BlockEnv)) -> Answer {
    call.world.change_block(change);
    Ok(Vec::new())
}

fn difficulty(cheats: &mut Cheats, call: &mut Call<'_, '_>, given: Arguments<'_>) -> Answer {
    refuse(
        cheats.has_randao(),
        "`difficulty` is not supported after the Paris hard fork, use `prevrandao` instead; \
         see EIP-4399: https://eips.ethereum.org/EIPS/eip-4399",
    )?;
    let difficulty = given.word(0)?;
    change(call, |block| block.difficulty = difficulty)
}

fn prevrandao(cheats: &mut Cheats, call: &mut Call<'_, '_>, given: Arguments<'_>) -> Answer {
    refuse(
        !cheats.has_randao(),
        "`prevrandao` is not supported before the Paris hard fork, use `difficulty` instead; \
         see EIP-4399: https://eips.ethereum.org/EIPS/eip-4399",
    )?;
    let randao = given.hash(0)?;
    change(call, |block| block.prev_randao = randao)
}

fn blobhashes(cheats: &mut Cheats, call: &mut Call<'_, '_>, given: Arguments<'_>) -> Answer {
    refuse(
        !cheats.has_blobs(),
        "`blobhashes` is not supported before the Cancun hard fork; \
         see EIP-4844: https://eips.ethereum.org/EIPS/eip-4844",
    )?;
    let list = Arguments(given.list(0)?);
    let hashes = (0..list.len()).map(|at| list.hash(at));
    let hashes = hashes.collect::<Result<Vec<Hash>, Fault>>()?;
    call.world.set_blob_hashes(hashes);
    Ok(Vec::new())
}

impl Cheats {
    fn has_randao(&self) -> bool {
        self.project.rules.has_randao
    }

    pub(super) fn has_blobs(&self) -> bool {
        self.project.rules.has_blobs
    }

    /// An execution begins: what earlier ones have set is set.
    pub(super) fn set_surroundings(&self, world: &mut World<'_>) {
        let set = &self.surroundings;
        world.change_block(|block| *block = set.block.clone());
        let beyond = set.timestamp.filter(|_| set.block.timestamp == u64::MAX);
        if let Some(timestamp) = beyond {
            world.set_timestamp(timestamp);
        }
        let beyond = set.number.filter(|_| set.block.number == u64::MAX);
        if let Some(number) = beyond {
            world.set_number(number);
        }
        world.set_chain_id(set.chain_id);
        world.set_gas_price(set.gas_price);
        world.set_blob_hashes(Vec::new());
        world.forget_block_hashes();
        for (number, hash) in &set.block_hashes {
            world.set_block_hash(*number, *hash);
        }
        if let Some(fee) = set.blob_base_fee {
            world.set_blob_base_fee(fee);
        }
    }

    /// An execution ends: what it has set is kept, but hashes of blobs; and the chain's id is by [`Cheats::keep_chain`] only.
    pub(super) fn keep_surroundings(&mut self, world: &World<'_>) {
        self.surroundings.block = world.block().clone();
        self.surroundings.timestamp = Some(world.timestamp());
        self.surroundings.number = Some(world.number());
        self.surroundings.last_chain_id = world.chain_id();
        self.surroundings.gas_price = world.gas_price();
        self.surroundings.blob_base_fee = Some(world.blob_base_fee());
    }

    /// The last execution was `setUp`, the only one whose chain later ones are on.
    pub(crate) fn keep_chain(&mut self) {
        self.surroundings.chain_id = self.surroundings.last_chain_id;
    }
}
