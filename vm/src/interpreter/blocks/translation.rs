//! The translated part of a code, shared by all who run it.
//!
//! Chains of blocks are only added, never changed or taken away, so that whoever finds one needs no lock; the lock is for
//! translating.

use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};

use super::entries::Entries;
use super::ir::End;
use super::lower::{Follow, Lowering};
use super::machine::Cell;
use super::policy::Policy;
use super::translate::{Source, Translator};
use crate::interpreter::Code;

/// Bytes of code after which a chain does not start another block. A chain follows the code where it falls through, and
/// jumps whose target is known.
const CHAIN: usize = 256;

/// A chain goes on over a jump destination that is at most as many bytes from its start. More would let each position
/// be translated many times.
const CROSSING: usize = 8;

/// Bytes of translation for each byte of code at most, and for any code.
const BYTES_PER_BYTE: usize = 64;
const LEAST_BYTES: usize = 1 << 14;

pub(in crate::interpreter) struct Translation {
    /// Whoever has another policy does not use it.
    policy: Policy,
    entries: Entries,
    chains: Mutex<Chains>,
}

#[derive(Default)]
struct Chains {
    chains: Vec<Box<[Cell]>>,
    bytes: usize,
    translator: Translator,
    /// Where the blocks of the chain that is being translated are.
    covered: Vec<std::ops::Range<usize>>,
    cells: Vec<Cell>,
}

// SAFETY: the pointers in cells are to handlers, which live for ever, and to entries of the same translation, which are
// atomic. Cells are written before their address is published in an entry with release order, and never again.
unsafe impl Send for Translation {}
// SAFETY: as above; `chains` is behind its lock.
unsafe impl Sync for Translation {}

impl Translation {
    pub(in crate::interpreter) fn new(length: usize, policy: Policy) -> Self {
        Self {
            policy,
            entries: Entries::new(length),
            chains: Mutex::default(),
        }
    }

    /// Whether it is of this policy, prices included.
    #[inline]
    pub(in crate::interpreter) fn is_of(&self, policy: &Policy) -> bool {
        self.policy == *policy
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
        position: usize,
    ) -> Option<*const Cell> {
        let policy = self.policy;
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
        self.covered.clear();
        let mut position = start;
        let mut translated = 0;
        loop {
            // The first block alone may go on over a jump destination.
            let may_cross = |at: usize| translated == 0 && at - start <= CROSSING;
            let block = self.translator.block(source, position, may_cross);
            #[cfg(any(test, debug_assertions))]
            debug_assert_eq!(super::verify::verify(&block, source), Ok(()), "{position}");
            self.covered.push(position..block.next as usize);
            translated += block.next as usize - position;
            let full = policy.alternates || translated > CHAIN;
            let next = match block.end {
                End::Jump { target } => target as usize,
                _ if block.is_followed() => block.next as usize,
                _ => {
                    lowering.block(&block, Follow::Nothing);
                    return lowering.bytes;
                }
            };
            let is_destination = source.code.is_jump_destination(next as u64);
            let ends = full
                || if matches!(block.end, End::Jump { .. }) {
                    // A loop stays one.
                    self.covered.iter().any(|range| range.contains(&next))
                } else {
                    // What is fallen into has a chain of its own.
                    is_destination
                };
            if !ends {
                lowering.block(&block, Follow::Next);
                position = next;
                continue;
            }
            lowering.block(&block, Follow::Entry(next as u32, is_destination));
            // Whoever came to the start mostly came to here, which nobody counted. Without this, long code without jumps
            // would be translated a chain at a time, each after as many runs.
            entries.anticipate(next, policy.threshold);
            return lowering.bytes;
        }
    }
}
