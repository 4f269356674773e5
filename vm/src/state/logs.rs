//! Logs, one after the other in a few buffers: a small log costs no allocation of its own, and taking logs back is cutting
//! off. Data never moves once it was written.

use std::fmt;

use primitive_types::{H160 as Address, H256 as Hash, U256};

use crate::copy;
use crate::word;

/// A log entry (Yellow Paper, 4.3.1), as [`Logs`] have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Log<'a> {
    /// The contract that logged.
    pub address: Address,
    /// Up to four topics.
    pub topics: &'a [Hash],
    /// The data.
    pub data: &'a [u8],
}

/// Log entries in the order of their making.
///
/// ```
/// # use gasworks::Logs;
/// # let logs = Logs::default();
/// for log in &logs {
///     println!("{:?} logged {} bytes under {:?}", log.address, log.data.len(), log.topics);
/// }
/// assert_eq!(logs.iter().len(), logs.len());
/// ```
#[derive(Clone, Default)]
pub struct Logs {
    entries: Vec<Entry>,
    topics: Vec<Hash>,
    /// Logs with data are in the last of these, or begin the next.
    data: Vec<Vec<u8>>,
}

/// A log's topics begin where those of the log before it end, and its data, if it is in the same buffer.
#[derive(Clone, Copy)]
struct Entry {
    address: Address,
    /// Each topic and buffer costs gas and memory, long before there are 2^32 of them.
    topics_end: u32,
    /// How many buffers there are, and where the last ends.
    buffers: u32,
    data_end: usize,
}

/// Sizes of buffers: each is twice as large as the one before, within these.
const LEAST: usize = 1 << 10;
const MOST: usize = 1 << 22;

/// Buffers with more bytes are not kept for the next transaction.
const KEPT: usize = 1 << 20;

impl Logs {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The log at a position, from 0 on.
    pub fn get(&self, position: usize) -> Option<Log<'_>> {
        let entry = self.entries.get(position)?;
        let before = self.before(position);
        let begin = if before.buffers == entry.buffers {
            before.data_end
        } else {
            0
        };
        let buffer = (entry.buffers as usize)
            .checked_sub(1)
            .and_then(|last| self.data.get(last));
        Some(Log {
            address: entry.address,
            topics: &self.topics[before.topics_end as usize..entry.topics_end as usize],
            data: buffer.map_or(&[], |buffer| &buffer[begin..entry.data_end]),
        })
    }

    /// The latest.
    pub fn last(&self) -> Option<Log<'_>> {
        self.get(self.len().checked_sub(1)?)
    }

    /// All of them.
    pub fn iter(&self) -> Iter<'_> {
        Iter {
            logs: self,
            position: 0,
        }
    }

    /// The log before a position; nothing ends before the first.
    fn before(&self, position: usize) -> Entry {
        let last = position.checked_sub(1);
        let nothing = Entry {
            address: Address::zero(),
            topics_end: 0,
            buffers: 0,
            data_end: 0,
        };
        last.and_then(|last| self.entries.get(last).copied())
            .unwrap_or(nothing)
    }

    /// Adds a log whose topics are words.
    #[inline(always)]
    pub(crate) fn push(&mut self, address: &Address, topics: &[U256], data: &[u8]) {
        for topic in topics {
            self.topics.push(Hash(word::to_be_bytes(*topic)));
        }
        if !data.is_empty() {
            match self.data.last_mut() {
                Some(last) if last.capacity() - last.len() >= data.len() => {
                    copy::extend(last, data);
                }
                _ => self.begin_buffer(data),
            }
        }
        self.entries.push(Entry {
            address: *address,
            topics_end: self.topics.len() as u32,
            buffers: self.data.len() as u32,
            data_end: self.data.last().map_or(0, Vec::len),
        });
    }

    #[cold]
    #[inline(never)]
    fn begin_buffer(&mut self, data: &[u8]) {
        let last = self.data.last().map_or(0, Vec::capacity);
        let size = (2 * last).clamp(LEAST, MOST).max(data.len());
        let mut buffer = Vec::with_capacity(size);
        copy::extend(&mut buffer, data);
        self.data.push(buffer);
    }

    /// Takes all but the first `length` logs back.
    pub(super) fn truncate(&mut self, length: usize) {
        if length < self.entries.len() {
            let last = self.before(length);
            self.entries.truncate(length);
            self.topics.truncate(last.topics_end as usize);
            // The first buffer stays, for the logs to come.
            self.data.truncate(last.buffers.max(1) as usize);
            if let Some(buffer) = self.data.last_mut() {
                buffer.truncate(last.data_end);
            }
        }
    }

    #[inline]
    pub(crate) fn clear(&mut self) {
        // Mostly nothing was ever logged.
        if self.entries.capacity() > 0 {
            self.empty();
        }
    }

    fn empty(&mut self) {
        let bytes = self.data.iter().map(Vec::capacity).sum::<usize>()
            + self.topics.capacity() * size_of::<Hash>()
            + self.entries.capacity() * size_of::<Entry>();
        if bytes > KEPT {
            *self = Self::default();
        }
        self.truncate(0);
    }
}

impl PartialEq for Logs {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other)
    }
}

impl Eq for Logs {}

impl fmt::Debug for Logs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self).finish()
    }
}

impl<'a> IntoIterator for &'a Logs {
    type Item = Log<'a>;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

/// What [`Logs::iter`] returns.
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    logs: &'a Logs,
    position: usize,
}

impl<'a> Iterator for Iter<'a> {
    type Item = Log<'a>;

    fn next(&mut self) -> Option<Log<'a>> {
        let log = self.logs.get(self.position)?;
        self.position += 1;
        Some(log)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.logs.len() - self.position;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Iter<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    fn logs(numbers: &[u64]) -> Logs {
        let mut logs = Logs::default();
        for &number in numbers {
            let topics = vec![U256::from(number); number as usize % 5];
            let data = vec![number as u8; number as usize % 7];
            logs.push(&Address::repeat_byte(number as u8), &topics, &data);
        }
        logs
    }

    #[test]
    fn logs_are_what_was_pushed_and_can_be_taken_back() {
        let numbers: Vec<u64> = (0..40).collect();
        let mut all = logs(&numbers);
        for length in (0..=numbers.len()).rev() {
            all.truncate(length);
            assert_eq!(all, logs(&numbers[..length]));
            assert_eq!((all.len(), all.iter().len()), (length, length));
            for (number, log) in (0..).zip(&all) {
                assert_eq!(log.address, Address::repeat_byte(number as u8));
                let topic = Hash::from_low_u64_be(number);
                assert_eq!(log.topics, vec![topic; number as usize % 5]);
                assert_eq!(log.data, vec![number as u8; number as usize % 7]);
            }
        }
        assert!(all.is_empty() && all.get(0).is_none());
        assert_ne!(logs(&[1, 2]), logs(&[2, 1]));
    }

    #[test]
    fn data_of_any_size_stays_where_it_is_and_can_be_taken_back() {
        let sizes = [0, 1000, 24, 0, 1, 3000, 0, 2 * MOST, 5, MOST, 100];
        let push_all = |logs: &mut Logs, sizes: &[usize]| {
            for (number, &size) in (0..).zip(sizes) {
                logs.push(&Address::zero(), &[], &vec![number; size]);
            }
        };
        let check = |logs: &Logs, sizes: &[usize]| {
            assert_eq!(logs.len(), sizes.len());
            for (number, (log, &size)) in (0..).zip(logs.iter().zip(sizes)) {
                assert_eq!(log.data, vec![number; size]);
            }
        };
        let mut logs = Logs::default();
        push_all(&mut logs, &sizes);
        check(&logs, &sizes);
        let all = logs.clone();
        check(&all, &sizes);
        for length in (0..sizes.len()).rev() {
            logs.truncate(length);
            check(&logs, &sizes[..length]);
            let mut again = logs.clone();
            for (number, &size) in sizes.iter().enumerate().skip(length) {
                again.push(&Address::zero(), &[], &vec![number as u8; size]);
            }
            assert_eq!(again, all);
        }
        logs.truncate(0);
        push_all(&mut logs, &[3, 0, 2000]);
        check(&logs, &[3, 0, 2000]);
    }

    #[test]
    fn large_buffers_are_given_back() {
        let mut logs = Logs::default();
        logs.push(&Address::zero(), &[], &vec![1; 2 * KEPT]);
        logs.clear();
        assert!(logs.is_empty() && logs.data.is_empty());
        logs.push(&Address::zero(), &[], &[1; 100]);
        logs.clear();
        assert!(logs.is_empty() && logs.data[0].capacity() >= 100);
    }
}
