//! Logs, one after the other in three buffers: a log costs no allocation of its own, and taking logs back is cutting off.

use std::fmt;

use primitive_types::{H160 as Address, H256 as Hash, U256};

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
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Logs {
    entries: Vec<Entry>,
    topics: Vec<Hash>,
    data: Vec<u8>,
}

/// A log begins where the one before it ends.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Entry {
    address: Address,
    topics_end: u32,
    data_end: usize,
}

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
        let (topics, data) = self.ends(position);
        Some(Log {
            address: entry.address,
            topics: &self.topics[topics..entry.topics_end as usize],
            data: &self.data[data..entry.data_end],
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

    /// Where topics and data of the first `logs` logs end.
    fn ends(&self, logs: usize) -> (usize, usize) {
        let last = logs.checked_sub(1).and_then(|last| self.entries.get(last));
        last.map_or((0, 0), |last| (last.topics_end as usize, last.data_end))
    }

    /// Adds a log whose topics are words.
    #[inline(always)]
    pub(crate) fn push(&mut self, address: &Address, topics: &[U256], data: &[u8]) {
        for topic in topics {
            self.topics.push(Hash(word::to_be_bytes(*topic)));
        }
        if !data.is_empty() {
            self.data.extend_from_slice(data);
        }
        self.entries.push(Entry {
            address: *address,
            // Each costs gas and memory, long before there are 2^32 of them.
            topics_end: self.topics.len() as u32,
            data_end: self.data.len(),
        });
    }

    /// Takes all but the first `length` logs back.
    pub(super) fn truncate(&mut self, length: usize) {
        if length < self.entries.len() {
            let (topics, data) = self.ends(length);
            self.entries.truncate(length);
            self.topics.truncate(topics);
            self.data.truncate(data);
        }
    }

    pub(crate) fn clear(&mut self) {
        let bytes = self.data.capacity()
            + self.topics.capacity() * size_of::<Hash>()
            + self.entries.capacity() * size_of::<Entry>();
        if bytes > KEPT {
            *self = Self::default();
        }
        self.truncate(0);
    }
}

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
    fn large_buffers_are_given_back() {
        let mut logs = Logs::default();
        logs.push(&Address::zero(), &[], &vec![1; 2 * KEPT]);
        logs.clear();
        assert!(logs.is_empty() && logs.data.capacity() == 0);
        logs.push(&Address::zero(), &[], &[1; 100]);
        logs.clear();
        assert!(logs.is_empty() && logs.data.capacity() >= 100);
    }
}
