//! A frame's memory. Growing it is paid for before it happens.

use primitive_types::U256;

use crate::copy;
use crate::error::Halt;

/// Byte-addressed memory of a multiple of 32 bytes (Yellow Paper, 9.1).
#[derive(Default)]
pub(crate) struct Memory {
    /// Longer than `size`, and zero from there on: growing within it zeroes nothing, and neither does a new frame that
    /// uses as little as the one before.
    bytes: Vec<u8>,
    size: usize,
    /// The most bytes that are kept for the next frame.
    pooled: usize,
    /// The most bytes that it may have.
    limit: Option<u64>,
}

/// A range of memory that has been paid for. Empty ranges start at 0.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Range {
    pub(crate) start: usize,
    pub(crate) length: usize,
}

/// More memory than this costs more gas than any block has: 2^30 words are 2^51 gas.
const LIMIT: u64 = 1 << 35;

/// The most bytes that a frame keeps for the next one: a thousand pooled frames hold 64 MiB at most, and the first few,
/// which are used most, 64 MiB more.
const POOLED: usize = 1 << 16;
const POOLED_BY_FIRST: usize = 1 << 23;
const FIRST: usize = 8;

/// What `words` words of memory cost in all (Yellow Paper, equation 328).
fn price(words: u64, per_word: u64) -> u64 {
    per_word * words + words * words / 512
}

impl Memory {
    /// The memory of the frames at a depth, the first being 0.
    pub(crate) fn at(depth: usize) -> Self {
        Self {
            pooled: if depth < FIRST {
                POOLED_BY_FIRST
            } else {
                POOLED
            },
            ..Self::default()
        }
    }

    pub(crate) fn size(&self) -> usize {
        self.size
    }

    pub(crate) fn clear(&mut self) {
        if self.bytes.len() > self.pooled {
            self.bytes = Vec::new();
        }
        let used = self.size.min(self.bytes.len());
        self.bytes[..used].fill(0);
        self.size = 0;
    }

    /// Pays for the range and makes it addressable. An empty range costs nothing, wherever it is.
    pub(crate) fn expand(
        &mut self,
        offset: U256,
        length: U256,
        gas: &mut u64,
        per_word: u64,
    ) -> Result<Range, Halt> {
        if length.is_zero() {
            return Ok(Range::default());
        }
        let bounded = |x: U256| crate::word::to_u64(x).filter(|&x| x < LIMIT);
        let (Some(start), Some(length)) = (bounded(offset), bounded(length)) else {
            return Err(Halt::OutOfGas);
        };
        *gas = self
            .expand_to(start + length, *gas, per_word)
            .ok_or(Halt::OutOfGas)?;
        Ok(Range {
            start: start as usize,
            length: length as usize,
        })
    }

    /// Grows memory to at least `end` bytes; returns the gas left.
    #[inline(always)]
    pub(crate) fn expand_to(&mut self, end: u64, gas: u64, per_word: u64) -> Option<u64> {
        if end <= self.size as u64 {
            return Some(gas);
        }
        self.grow(end, gas, per_word)
    }

    #[inline(never)]
    fn grow(&mut self, end: u64, gas: u64, per_word: u64) -> Option<u64> {
        let words = end.div_ceil(32);
        if self.limit.is_some_and(|limit| words * 32 > limit) {
            return None;
        }
        let cost = price(words, per_word) - price(self.size as u64 / 32, per_word);
        let gas = gas.checked_sub(cost)?;
        self.size = words as usize * 32;
        if self.bytes.len() < self.size {
            // At most twice what was paid for, and a page.
            let ahead = self
                .size
                .next_power_of_two()
                .max(4096)
                .min(self.size * 2 + 4096);
            self.bytes.resize(ahead, 0);
        }
        Some(gas)
    }

    /// Sets the most bytes that it may have.
    pub(crate) fn set_limit(&mut self, limit: Option<u64>) {
        self.limit = limit;
    }

    /// What its limit leaves to others.
    pub(crate) fn left(&self) -> Option<u64> {
        self.limit
            .map(|limit| limit.saturating_sub(self.size as u64))
    }

    /// Where the bytes begin.
    pub(super) fn start(&mut self) -> *mut u8 {
        self.bytes.as_mut_ptr()
    }

    pub(crate) fn slice(&self, range: Range) -> &[u8] {
        &self.bytes[range.start..range.start + range.length]
    }

    pub(crate) fn slice_mut(&mut self, range: Range) -> &mut [u8] {
        &mut self.bytes[range.start..range.start + range.length]
    }

    /// The word at a place that has been paid for; zero where none has.
    #[inline(always)]
    pub(crate) fn word(&self, start: usize) -> U256 {
        let bytes = self.bytes.get(start..).and_then(<[u8]>::first_chunk);
        bytes.map_or(U256::zero(), crate::word::from_be_bytes)
    }

    /// Sets the word at a place that has been paid for.
    #[inline(always)]
    pub(crate) fn set_word(&mut self, start: usize, word: U256) {
        let bytes = self.bytes.get_mut(start..);
        if let Some(bytes) = bytes.and_then(<[u8]>::first_chunk_mut) {
            crate::word::write_be_bytes(word, bytes);
        }
    }

    /// The whole memory.
    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.size]
    }

    pub(crate) fn copy_within(&mut self, from: usize, to: usize, length: usize) {
        copy::copy_within(&mut self.bytes, from, to, length);
    }

    /// Writes `source` from `from` on into the range; beyond the end of `source` are zeros.
    pub(crate) fn copy_padded(&mut self, range: Range, source: &[u8], from: U256) {
        if range.length == 0 {
            return;
        }
        let from = crate::word::saturating_u64(from).min(source.len() as u64) as usize;
        let tail = &source[from..];
        let to = self.slice_mut(range);
        let length = tail.len().min(to.len());
        copy::copy(&mut to[..length], &tail[..length]);
        if length < to.len() {
            to[length..].fill(0);
        }
    }
}
