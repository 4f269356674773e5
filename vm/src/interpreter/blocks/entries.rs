//! Where the translated blocks of a code begin, and how often its positions were come to.
//!
//! Addresses are in pages, one for every 64 bytes of code, which exist only where something is translated: most of a
//! contract never runs. Counts are few and shared by positions that fall together: at worst something is translated
//! earlier than it deserves.

use std::sync::atomic::{AtomicPtr, AtomicU8, AtomicUsize, Ordering};

use super::machine::Cell;

/// Positions of a page, as a power of two.
const BITS: u32 = 6;
const PAGE: usize = 1 << BITS;

/// Counters of a code.
const COUNTERS: usize = 4096;

/// The address of a block at a jump destination, the complement of that of any other block, or zero.
pub(super) type Entry = AtomicUsize;
pub(super) type Page = [Entry; PAGE];

/// What stands for all pages that do not exist: nobody writes to it.
static NOTHING: Page = [const { AtomicUsize::new(0) }; PAGE];

pub(super) struct Entries {
    pages: Box<[AtomicPtr<Page>]>,
    counters: Box<[AtomicU8; COUNTERS]>,
    length: usize,
}

/// The block at a jump destination, if there is one.
#[inline(always)]
pub(super) fn destination(entry: &Entry) -> Option<*const Cell> {
    let value = entry.load(Ordering::Acquire);
    (value as isize > 0).then(|| std::ptr::with_exposed_provenance(value))
}

/// The block at a position that is no jump destination, if there is one.
#[inline(always)]
pub(super) fn continuation(entry: &Entry) -> Option<*const Cell> {
    let value = entry.load(Ordering::Acquire);
    ((value as isize) < 0).then(|| std::ptr::with_exposed_provenance(!value))
}

/// The entry of a position.
///
/// # Safety
/// `pages` is that of [`Entries`] that live, and the position is at most its length.
#[inline(always)]
pub(super) unsafe fn entry<'a>(pages: *const AtomicPtr<Page>, position: usize) -> &'a Entry {
    // SAFETY: there is a pointer for each page up to the one of the length, to a page that lives as long as the entries
    // or for ever.
    unsafe {
        let page = (*pages.add(position >> BITS)).load(Ordering::Acquire);
        &(&(*page))[position % PAGE]
    }
}

fn nothing() -> *mut Page {
    (&raw const NOTHING).cast_mut()
}

impl Entries {
    pub(super) fn new(length: usize) -> Self {
        let mut pages = Vec::new();
        pages.resize_with((length >> BITS) + 1, || AtomicPtr::new(nothing()));
        Self {
            pages: pages.into_boxed_slice(),
            counters: Box::new([const { AtomicU8::new(0) }; COUNTERS]),
            length,
        }
    }

    /// Bytes that they take at first.
    pub(super) fn size(&self) -> usize {
        size_of_val(&*self.pages) + COUNTERS
    }

    /// For handlers: the pages and the length of the code.
    pub(super) fn raw(&self) -> (*const AtomicPtr<Page>, u64) {
        (self.pages.as_ptr(), self.length as u64)
    }

    /// The block at a position, if there is one.
    #[inline]
    pub(super) fn block(&self, position: usize) -> Option<*const Cell> {
        if position > self.length {
            return None;
        }
        // SAFETY: the position was just checked.
        let entry = unsafe { entry(self.pages.as_ptr(), position) };
        destination(entry).or_else(|| continuation(entry))
    }

    /// Counts an arrival at a position; whether there were as many before.
    #[inline]
    pub(super) fn count(&self, position: usize, threshold: u8) -> bool {
        let counter = self.counter(position);
        let before = counter.load(Ordering::Relaxed);
        if before < threshold {
            // Two threads may count as one: it is only a guess at what is hot.
            counter.store(before + 1, Ordering::Relaxed);
        }
        before >= threshold
    }

    /// Counts an arrival at a position in the plain loop; whether there is a block, or were as many before.
    #[inline(always)]
    pub(super) fn arrive(&self, position: usize, threshold: u8) -> bool {
        let counter = self.counter(position);
        // Most of cold code is come to once. What is translated was counted, unless nothing is.
        if threshold > 0 && counter.load(Ordering::Relaxed) == 0 {
            counter.store(1, Ordering::Relaxed);
            return false;
        }
        self.block(position).is_some() || self.count(position, threshold)
    }

    /// Starts counting a position again, at one: it was come to.
    pub(super) fn forget(&self, position: usize) {
        self.counter(position).store(1, Ordering::Relaxed);
    }

    /// Counts a position as one that was come to as often, since what leads to it was.
    pub(super) fn anticipate(&self, position: usize, threshold: u8) {
        self.counter(position).store(threshold, Ordering::Relaxed);
    }

    /// Neighbours do not share a counter.
    #[inline]
    fn counter(&self, position: usize) -> &AtomicU8 {
        &self.counters[position % COUNTERS]
    }

    /// The entry of a position, and how many bytes were allocated for its page. Whoever calls holds the lock for
    /// translating. A position outside the code has the entry of the code's end.
    pub(super) fn make(&self, position: usize) -> (&Entry, usize) {
        let position = position.min(self.length);
        let page = &self.pages[position >> BITS];
        let mut bytes = 0;
        if page.load(Ordering::Acquire) == nothing() {
            let new: Box<Page> = Box::new([const { AtomicUsize::new(0) }; PAGE]);
            bytes = size_of::<Page>();
            page.store(Box::into_raw(new), Ordering::Release);
        }
        // SAFETY: the position is within the code, or at its end.
        (unsafe { entry(self.pages.as_ptr(), position) }, bytes)
    }
}

impl Drop for Entries {
    fn drop(&mut self) {
        for page in &self.pages {
            let page = page.load(Ordering::Acquire);
            if page != nothing() {
                // SAFETY: pages other than `NOTHING` are from `Box::into_raw`, and nobody has entries any more.
                drop(unsafe { Box::from_raw(page) });
            }
        }
    }
}
