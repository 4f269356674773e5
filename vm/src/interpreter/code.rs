//! Code ready to run: padded so that the program counter never leaves it, and what is known of it.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use primitive_types::H160 as Address;

use super::blocks::{Policy, Translation};
use super::jump_destinations::JumpDestinations;
use crate::copy;

/// Zero bytes after the code: a PUSH32 at its end reads them, and the first is the STOP that ends every program.
const PADDING: usize = 33;

/// A program.
pub(crate) struct Code {
    padded: Vec<u8>,
    jump_destinations: JumpDestinations,
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
        copy::extend(&mut padded, bytes);
        padded.resize(bytes.len() + PADDING, 0);
        Self {
            padded,
            jump_destinations: JumpDestinations::default(),
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
    #[inline]
    pub(super) fn translation(&self, policy: &Policy) -> Option<&Translation> {
        let translation = self.translation.get_or_init(|| {
            let translation = Translation::new(self.bytes().len(), *policy);
            self.grow(translation.size());
            translation
        });
        translation.is_of(policy).then_some(translation)
    }

    /// As [`Code::translation`], where there is one.
    #[inline]
    pub(super) fn existing_translation(&self, policy: &Policy) -> Option<&Translation> {
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
        self.jump_destinations.is_known(position)
            || self.jump_destinations.look(self.bytes(), position)
    }

    /// The address whose code runs instead of this, where the fork has delegation (EIP-7702).
    #[inline]
    pub(crate) fn delegate(&self) -> Option<Address> {
        self.delegate
    }
}

/// EIP-7702: code that delegates is `0xef0100 ‖ address`.
fn delegate(code: &[u8]) -> Option<Address> {
    let address = code.strip_prefix(&[0xef, 0x01, 0x00])?;
    (address.len() == 20).then(|| Address::from_slice(address))
}
