//! Code ready to run: padded so that the program counter never leaves it, with its jump destinations marked.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use primitive_types::H160 as Address;

use super::blocks::{Policy, Translation};

/// Zero bytes after the code: a PUSH32 at its end reads them, and the first is the STOP that ends every program.
const PADDING: usize = 33;

/// A program.
pub(crate) struct Code {
    padded: Vec<u8>,
    /// Where jumps may go, once one was made.
    jump_destinations: OnceLock<Vec<u64>>,
    delegate: Option<Address>,
    /// How often it was run in the plain loop.
    runs: AtomicU32,
    translation: OnceLock<Translation>,
    /// Bytes of its translation.
    grown: AtomicUsize,
    /// Who else wants to know of those.
    counter: OnceLock<Arc<AtomicUsize>>,
}

impl Code {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        let mut padded = Vec::with_capacity(bytes.len() + PADDING);
        padded.extend_from_slice(bytes);
        padded.resize(bytes.len() + PADDING, 0);
        Self {
            padded,
            jump_destinations: OnceLock::new(),
            delegate: delegate(bytes),
            runs: AtomicU32::new(0),
            translation: OnceLock::new(),
            grown: AtomicUsize::new(0),
            counter: OnceLock::new(),
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.padded[..self.padded.len() - PADDING]
    }

    /// The code with the zeros after it.
    pub(super) fn padded(&self) -> &[u8] {
        &self.padded
    }

    /// Counts a run; whether it was often enough for a translation.
    pub(super) fn is_warm(&self, runs: u32) -> bool {
        let before = self.runs.load(Ordering::Relaxed);
        if before < runs {
            self.runs.store(before + 1, Ordering::Relaxed);
        }
        before >= runs
    }

    /// What is translated of it, nothing at first; none where it is translated by another policy.
    pub(super) fn translation(&self, policy: Policy) -> Option<&Translation> {
        let translation = self.translation.get_or_init(|| {
            let translation = Translation::new(self.bytes().len(), policy);
            self.grow(translation.size());
            translation
        });
        translation.is_of(policy).then_some(translation)
    }

    /// As [`Code::translation`], where there is one.
    #[inline]
    pub(super) fn existing_translation(&self, policy: Policy) -> Option<&Translation> {
        self.translation
            .get()
            .filter(|translation| translation.is_of(policy))
    }

    /// Bytes more that its translation takes.
    pub(super) fn grow(&self, bytes: usize) {
        self.grown.fetch_add(bytes, Ordering::Relaxed);
        if let Some(counter) = self.counter.get() {
            counter.fetch_add(bytes, Ordering::Relaxed);
        }
    }

    /// Bytes that it takes in memory.
    pub(crate) fn footprint(&self) -> usize {
        let marks = self.padded.len() / 8;
        size_of::<Self>() + self.padded.len() + marks + self.grown.load(Ordering::Relaxed)
    }

    /// From now on, what it grows by is also added to a counter.
    pub(crate) fn count_growth(&self, counter: &Arc<AtomicUsize>) {
        self.counter.get_or_init(|| Arc::clone(counter));
    }

    /// Whether a JUMPDEST, and not the data of a push, is at this position.
    #[inline]
    pub(crate) fn is_jump_destination(&self, position: u64) -> bool {
        let words = self
            .jump_destinations
            .get_or_init(|| jump_destinations(self.bytes()));
        let word = words.get((position / 64) as usize);
        word.is_some_and(|word| word >> (position % 64) & 1 == 1)
    }

    /// The address whose code runs instead of this, where the fork has delegation (EIP-7702).
    #[inline]
    pub(crate) fn delegate(&self) -> Option<Address> {
        self.delegate
    }
}

/// Marks every JUMPDEST that is not the data of a push, 64 positions a word (Yellow Paper, 9.4.3). One pass; a word is put
/// together in a register.
fn jump_destinations(bytes: &[u8]) -> Vec<u64> {
    let mut words = Vec::with_capacity(bytes.len().div_ceil(64));
    // Bytes at the start of the next chunk that are data of a push.
    let mut data = 0;
    for chunk in bytes.chunks(64) {
        let mut word = 0u64;
        let mut position = data;
        while let Some(&byte) = chunk.get(position) {
            // From JUMPDEST to PUSH32: most instructions are neither.
            if (0x5b..=0x7f).contains(&byte) {
                if byte == 0x5b {
                    word |= 1 << position;
                } else {
                    position += usize::from(byte.saturating_sub(0x5f));
                }
            }
            position += 1;
        }
        data = position - 64.min(position);
        words.push(word);
    }
    words
}

/// EIP-7702: code that delegates is `0xef0100 ‖ address`.
fn delegate(code: &[u8]) -> Option<Address> {
    let address = code.strip_prefix(&[0xef, 0x01, 0x00])?;
    (address.len() == 20).then(|| Address::from_slice(address))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, byte by byte.
    fn by_definition(bytes: &[u8]) -> Vec<usize> {
        let mut found = Vec::new();
        let mut position = 0;
        while position < bytes.len() {
            match bytes[position] {
                0x5b => found.push(position),
                push @ 0x60..=0x7f => position += usize::from(push - 0x5f),
                _ => {}
            }
            position += 1;
        }
        found
    }

    proptest! {
        #[test]
        fn jump_destinations_are_those_of_the_definition(
            bytes in prop::collection::vec(prop_oneof![Just(0x5bu8), 0x5au8..=0x80, any::<u8>()], 0..300)
        ) {
            let code = Code::new(&bytes);
            let marked: Vec<usize> = (0..bytes.len() + 70)
                .filter(|position| code.is_jump_destination(*position as u64))
                .collect();
            prop_assert_eq!(marked, by_definition(&bytes));
        }
    }
}
