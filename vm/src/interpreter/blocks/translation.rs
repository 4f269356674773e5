//! The translated part of a code, shared by all who run it.
//!
//! Chains of blocks are only added, never changed or taken away, so that whoever finds one needs no lock; the lock is for
//! translating.

use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};

use super::entries::Entries;
use super::lower::Lowering;
use super::machine::Cell;
use super::policy::Policy;
use super::translate::{Source, Translator};
use crate::interpreter::Code;

/// Bytes of code after which a chain does not start another block.
const CHAIN: usize = 256;

/// A chain goes on over a jump destination that is at most as many bytes from its start. More would let each position
/// be translated many times.
const CROSSING: usize = 8;

/// Bytes of translation for each byte of code at most, and for any code.
const BYTES_PER_BYTE: usize = 64;
const LEAST_BYTES: usize = 1 << 14;

pub(in crate::interpreter) struct Translation {
    entries: Entries,
    chains: Mutex<Chains>,
}

#[derive(Default)]
struct Chains {
    chains: Vec<Box<[Cell]>>,
    bytes: usize,
    translator: Translator,
    cells: Vec<Cell>,
}

// SAFETY: the pointers in cells are to handlers, which live for ever, and to entries of the same translation, which are
// atomic. Cells are written before their address is published in an entry with release order, and never again.
unsafe impl Send for Translation {}
// SAFETY: as above; `chains` is behind its lock.
unsafe impl Sync for Translation {}

impl Translation {
    pub(in crate::interpreter) fn new(length: usize) -> Self {
        Self {
            entries: Entries::new(length),
            chains: Mutex::default(),
        }
    }

    pub(super) fn entries(&self) -> &Entries {
        &self.entries
    }

    /// Bytes that it takes at first.
    pub(in crate::interpreter) fn size(&self) -> usize {
        self.entries.size()
    }

    /// The block at a position that was come to, if there is one now.
    pub(super) fn block_at(
        &self,
        code: &Code,
        prices: &[u64; 256],
        policy: Policy,
        position: usize,
    ) -> Option<*const Cell> {
        let known = self.entries.block(position);
        if known.is_some() || !self.entries.count(position, policy.threshold) {
            return known;
        }
        let mut chains = self.chains.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(block) = self.entries.block(position) {
            return Some(block);
        }
        self.entries.forget(position);
        let most = LEAST_BYTES + BYTES_PER_BYTE * code.bytes().len();
        let refused = policy.alternates && position.wrapping_mul(0x9e37_79b9) & 0x80 != 0;
        if refused || chains.bytes > most {
            return None;
        }
        let source = Source { code, prices };
        let pages = if policy.tail {
            chains.translate::<true>(&source, &self.entries, policy, position)
        } else {
            chains.translate::<false>(&source, &self.entries, policy, position)
        };
        let chain: Box<[Cell]> = chains.cells.as_slice().into();
        let (entry, page) = self.entries.make(position);
        let bytes = size_of_val(&*chain) + pages + page;
        code.grow(bytes);
        chains.bytes += bytes;
        let header = chain.as_ptr();
        chains.chains.push(chain);
        let address = header.expose_provenance();
        let is_destination = code.is_jump_destination(position as u64);
        let value = if is_destination { address } else { !address };
        entry.store(value, Ordering::Release);
        Some(header)
    }
}

impl Chains {
    /// Translates what begins at a position into `cells`; how many bytes it took to have entries for all jumps.
    fn translate<const TAIL: bool>(
        &mut self,
        source: &Source<'_>,
        entries: &Entries,
        policy: Policy,
        start: usize,
    ) -> usize {
        self.cells.clear();
        let mut lowering = Lowering::<TAIL> {
            cells: &mut self.cells,
            entries,
            bytes: 0,
        };
        let mut position = start;
        loop {
            let may_cross = |at: usize| at - start <= CROSSING;
            let block = self.translator.block(source, position, may_cross);
            #[cfg(any(test, debug_assertions))]
            debug_assert_eq!(
                super::verify::verify(&block, source),
                Ok(()),
                "at {position}"
            );
            let next = block.next as usize;
            if !block.is_followed() {
                lowering.block(&block, false);
                return lowering.bytes;
            }
            let is_destination = source.code.is_jump_destination(next as u64);
            let ends =
                policy.alternates || next - start > CHAIN || is_destination && !may_cross(next);
            if !ends {
                lowering.block(&block, true);
                position = next;
                continue;
            }
            if block.end == super::ir::End::Fall {
                lowering.fall_to(&block, is_destination);
                return lowering.bytes;
            }
            lowering.block(&block, true);
            lowering.bridge(block.next, is_destination);
            return lowering.bytes;
        }
    }
}
