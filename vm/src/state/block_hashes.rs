//! Hashes of the last blocks, each read once from the database.

use primitive_types::H256 as Hash;

use super::{HostFailed, Source, State};

/// Blocks whose hashes can be asked for (BLOCKHASH: Yellow Paper, appendix H.2).
const BLOCKS: u64 = 256;

/// By number modulo 256; empty at first.
#[derive(Default)]
pub(super) struct BlockHashes(Vec<Option<(u64, Hash)>>);

impl State {
    /// Sets the hash of a block.
    pub(crate) fn set_block_hash(&mut self, number: u64, hash: Hash) {
        let known = &mut self.block_hashes.0;
        if known.is_empty() {
            known.resize(BLOCKS as usize, None);
        }
        known[(number % BLOCKS) as usize] = Some((number, hash));
    }

    /// Hashes are read again from the database.
    pub(crate) fn forget_block_hashes(&mut self) {
        self.block_hashes.0.clear();
    }

    /// The hash of a block.
    pub(crate) fn block_hash(
        &mut self,
        source: &dyn Source,
        number: u64,
    ) -> Result<Hash, HostFailed> {
        let known = &mut self.block_hashes.0;
        if known.is_empty() {
            known.resize(BLOCKS as usize, None);
        }
        let place = &mut known[(number % BLOCKS) as usize];
        match *place {
            Some((of, hash)) if of == number => Ok(hash),
            _ => {
                let hash = source.block_hash(number)?;
                *place = Some((number, hash));
                Ok(hash)
            }
        }
    }
}
