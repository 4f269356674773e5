//! From codes that ran to ranges of source text.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::{Hits, JUMPI};
use crate::contracts::artifact::{Bytecode, Contract};

const PUSH1: u8 = 0x60;
const PUSH20: u8 = 0x73;
const PUSH32: u8 = 0x7f;

/// The number of a file among those compiled together.
pub(super) type FileId = u32;

/// The contract whose code it is, and whether it is its creation code, which arguments may follow.
pub(super) fn contract_of<'a>(
    code: &[u8],
    contracts: &'a [Arc<Contract>],
) -> Option<(&'a Contract, &'a Bytecode)> {
    let candidates = || {
        let both = |contract: &'a Arc<Contract>| {
            let contract: &'a Contract = contract;
            [
                (contract, &contract.runtime, false),
                (contract, &contract.creation, true),
            ]
        };
        contracts.iter().flat_map(both)
    };
    // Metadata tells contracts of the same code apart; where none is the same, code is enough.
    [false, true].into_iter().find_map(|without_metadata| {
        let found = candidates().find(|(_, bytecode, is_creation)| {
            bytecode.source_map.is_some() && fits(bytecode, *is_creation, code, without_metadata)
        });
        found.map(|(contract, bytecode, _)| (contract, bytecode))
    })
}

fn fits(bytecode: &Bytecode, is_creation: bool, code: &[u8], without_metadata: bool) -> bool {
    let template = &bytecode.bytes[..];
    if template.is_empty()
        || code.len() < template.len()
        || !is_creation && code.len() != template.len()
    {
        return false;
    }
    let mut masked: Vec<Range<usize>> = Vec::new();
    for (start, length) in &bytecode.immutables {
        masked.push(*start..start.saturating_add(*length));
    }
    for offset in bytecode.links.iter().flat_map(|link| &link.offsets) {
        masked.push(*offset..offset.saturating_add(20));
    }
    // A library's code begins with its own address.
    if !is_creation
        && template.first() == Some(&PUSH20)
        && template[1..].iter().take(20).all(|byte| *byte == 0)
    {
        masked.push(1..21);
    }
    if without_metadata {
        masked.push(template.len() - metadata(template)..template.len());
    }
    masked.sort_by_key(|range| range.start);
    let mut from = 0;
    for range in masked {
        let to = range.start.min(template.len());
        if from < to && template[from..to] != code[from..to] {
            return false;
        }
        from = from.max(range.end.min(template.len()));
    }
    template[from..] == code[from..template.len()]
}

/// How long the metadata at the end of a code is: its length is in the last two bytes.
fn metadata(code: &[u8]) -> usize {
    let [.., high, low] = code else {
        return 0;
    };
    let length = usize::from(u16::from_be_bytes([*high, *low])) + 2;
    if length <= code.len() { length } else { 0 }
}

/// An entry of a source map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    pub start: usize,
    pub length: usize,
    /// None for code that is of no file.
    pub file: Option<FileId>,
}

/// The entries of the compiler's text, in which what does not change is left out.
pub(super) fn entries(text: &str) -> impl Iterator<Item = Entry> {
    let mut now = Entry::default();
    text.split(';').map(move |fields| {
        for (place, field) in fields
            .split(':')
            .enumerate()
            .filter(|(_, field)| !field.is_empty())
        {
            match place {
                0 => now.start = field.parse().unwrap_or(usize::MAX),
                1 => now.length = field.parse().unwrap_or(0),
                // -1 is no number of a file.
                2 => now.file = field.parse().ok(),
                _ => {}
            }
        }
        now
    })
}

/// How often the instructions of a range of source text were executed, at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    /// Of those that do something: the optimizer moves the others freely.
    telling: Option<u64>,
    all: u64,
}

/// Counts of the ranges of source text that a code was made from.
#[derive(Clone, Debug, Default)]
pub(super) struct Ranges {
    counts: BTreeMap<(FileId, usize, usize), Count>,
    /// The last JUMPI of each range: how often it did not jump, and how often it did.
    conditions: BTreeMap<(FileId, usize, usize), (u64, u64)>,
}

impl Ranges {
    /// Of what was executed of a code.
    pub(super) fn new(bytecode: &Bytecode, hits: &Hits) -> Self {
        let mut ranges = Self::default();
        let code = &bytecode.bytes[..];
        let mut position = 0;
        for entry in entries(bytecode.source_map.as_deref().unwrap_or_default()) {
            let Some(opcode) = code.get(position).copied() else {
                break;
            };
            let executed = hits.executed.get(position).copied().unwrap_or(0);
            if let Some((file, end)) = entry.file.zip(entry.start.checked_add(entry.length)) {
                let key = (file, entry.start, end);
                let count = ranges.counts.entry(key).or_default();
                count.all = count.all.max(executed);
                if !is_of_stack(opcode) {
                    count.telling = Some(count.telling.unwrap_or(0).max(executed));
                }
                if opcode == JUMPI {
                    let jumped = hits.jumped.get(&position).copied().unwrap_or(0);
                    let ways = (executed.saturating_sub(jumped), jumped);
                    ranges.conditions.insert(key, ways);
                }
            }
            position += 1 + match opcode {
                PUSH1..=PUSH32 => usize::from(opcode - PUSH1) + 1,
                _ => 0,
            };
        }
        ranges
    }

    /// The files that code was made from.
    pub(super) fn files(&self) -> Vec<FileId> {
        let mut files: Vec<FileId> = self.counts.keys().map(|(file, ..)| *file).collect();
        files.dedup();
        files
    }

    /// The ranges of a file, and how often each was executed.
    pub(super) fn of_file(&self, file: FileId) -> impl Iterator<Item = (Range<usize>, u64)> {
        let counts = self
            .counts
            .range((file, 0, 0)..=(file, usize::MAX, usize::MAX));
        counts.map(|((_, start, end), count)| (*start..*end, count.telling.unwrap_or(count.all)))
    }

    fn inside<'a, T>(
        map: &'a BTreeMap<(FileId, usize, usize), T>,
        file: FileId,
        range: &'a Range<usize>,
    ) -> impl Iterator<Item = &'a T> {
        map.range((file, range.start, 0)..(file, range.end, 0))
            .filter(|((_, _, end), _)| *end <= range.end)
            .map(|(_, value)| value)
    }

    /// How often a range was executed; nothing if no instruction is of it.
    pub(super) fn executed(&self, file: FileId, range: &Range<usize>) -> Option<u64> {
        let mut sum: Option<Count> = None;
        for count in Self::inside(&self.counts, file, range) {
            let sum = sum.get_or_insert_default();
            sum.all = sum.all.max(count.all);
            sum.telling = sum.telling.max(count.telling);
        }
        sum.map(|count| count.telling.unwrap_or(count.all))
    }

    /// How often a function was: what is of its whole range is its entry. What loops in it does not count, if possible.
    pub(super) fn entered(&self, file: FileId, range: &Range<usize>) -> Option<u64> {
        let whole = self.counts.get(&(file, range.start, range.end));
        match whole {
            Some(count) if count.all > 0 => Some(count.all),
            _ => self.executed(file, range),
        }
    }

    /// How often the condition of a range went the one way and the other.
    pub(super) fn condition(&self, file: FileId, range: &Range<usize>) -> Option<(u64, u64)> {
        let own = self.conditions.get(&(file, range.start, range.end));
        own.or_else(|| Self::inside(&self.conditions, file, range).last())
            .copied()
    }
}

/// POP, PUSH, DUP, SWAP and JUMPDEST.
fn is_of_stack(opcode: u8) -> bool {
    matches!(opcode, 0x50 | 0x5b | 0x5f..=0x9f)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_take_what_they_leave_out_from_those_before() {
        let entry = |start, length, file| Entry {
            start,
            length,
            file,
        };
        assert_eq!(
            entries("1:2:0:-;:5;;3::-1:i;x").collect::<Vec<_>>(),
            [
                entry(1, 2, Some(0)),
                entry(1, 5, Some(0)),
                entry(1, 5, Some(0)),
                entry(3, 5, None),
                entry(usize::MAX, 5, None),
            ]
        );
    }

    #[test]
    fn code_is_known_whatever_its_immutables_links_and_metadata_are() {
        let bytecode = |bytes: &'static [u8]| Bytecode {
            bytes: bytes.into(),
            source_map: Some("0:1:0".into()),
            immutables: vec![(1, 2)],
            ..Bytecode::default()
        };
        let template = bytecode(&[0x61, 0, 0, 0x50, 0xaa, 0x00, 0x01]);
        let same = [0x61, 7, 8, 0x50, 0xaa, 0x00, 0x01];
        assert!(fits(&template, false, &same, false));
        let metadata = [0x61, 7, 8, 0x50, 0xbb, 0x00, 0x01];
        assert!(!fits(&template, false, &metadata, false));
        assert!(fits(&template, false, &metadata, true));
        let other = [0x61, 7, 8, 0x51, 0xaa, 0x00, 0x01];
        assert!(!fits(&template, false, &other, true));
        let with_arguments = [0x61, 0, 0, 0x50, 0xaa, 0x00, 0x01, 9];
        assert!(fits(&template, true, &with_arguments, false));
        assert!(!fits(&template, false, &with_arguments, false));
        assert!(!fits(&bytecode(&[]), true, &[1], true));
        assert!(!fits(&template, false, &[], true));
    }
}
