//! Memory that a test may write: `expectSafeMemory` and its kin.
//!
//! Only instructions tell what is written, so that a suite is watched whose code calls one of these; others run as fast as
//! ever. A frame that wrote elsewhere goes on, and has failed when it ends.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use gasworks::U256;
use gasworks::inspect::Step;

use super::table::Action;
use super::{Answer, Cheats, VM};
use crate::contracts::abi;

/// What frames may write, by their depth, and what they wrote elsewhere.
#[derive(Clone, Debug, Default)]
pub(crate) struct SafeMemory(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    ranges: BTreeMap<usize, Vec<Range<u64>>>,
    failures: BTreeMap<usize, String>,
}

/// What Solidity has below its variables, and may always write.
const SCRATCH: Range<u64> = 0..0x60;

pub(super) fn action(name: &str) -> Option<Action> {
    Some(match name {
        "expectSafeMemory" => |cheats, call, given| {
            let range = given.number(0, "offset")?..given.number(1, "offset")?;
            expect(cheats, call.depth(), range)
        },
        "expectSafeMemoryCall" => |cheats, call, given| {
            let range = given.number(0, "offset")?..given.number(1, "offset")?;
            expect(cheats, call.depth() + 1, range)
        },
        "stopExpectSafeMemory" => |cheats, call, _| {
            let depth = call.depth();
            if let Some(memory) = &cheats.watched.memory {
                memory.with(|known| known.ranges.remove(&depth));
            }
            Ok(Vec::new())
        },
        _ => return None,
    })
}

fn expect(cheats: &mut Cheats, depth: usize, range: Range<u64>) -> Answer {
    if range.is_empty() {
        let (start, end) = (range.start, range.end);
        let text = format!("memory range start ({start}) is greater than end ({end})");
        return Err(text.into());
    }
    let Some(memory) = &cheats.watched.memory else {
        return Err("it has to be called by the test contract itself".into());
    };
    memory.with(|known| {
        let ranges = known.ranges.entry(depth);
        #[allow(clippy::single_range_in_vec_init, reason = "it is a list of ranges")]
        ranges.or_insert_with(|| vec![SCRATCH]).push(range);
    });
    Ok(Vec::new())
}

impl SafeMemory {
    fn with<T>(&self, act: impl FnOnce(&mut Known) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// An execution begins.
    pub(super) fn clear(&self) {
        self.with(|known| *known = Known::default());
    }

    /// What a frame that ends has done wrong.
    pub(super) fn failure(&self, depth: usize) -> Option<String> {
        self.with(|known| known.failures.remove(&depth))
    }

    /// Before an instruction.
    pub(crate) fn step(&self, step: &Step<'_>) {
        self.with(|known| {
            let Some(ranges) = known.ranges.get(&step.depth) else {
                return;
            };
            let Some((offset, size)) = touched(step) else {
                return;
            };
            let last = offset.saturating_add(size.saturating_sub(1));
            let fits = |range: &Range<u64>| range.contains(&offset) && range.contains(&last);
            if ranges.iter().any(fits) || known.failures.contains_key(&step.depth) {
                return;
            }
            let ranges: Vec<String> = ranges
                .iter()
                .map(|range| format!("[0x{:02X}, 0x{:02X})", range.start, range.end))
                .collect();
            let text = format!(
                "memory write at offset 0x{offset:02X} of size 0x{size:02X} not allowed; safe range: {}",
                ranges.join(" U ")
            );
            known.failures.insert(step.depth, text);
        });
    }
}

/// The word at a depth of the stack, cut off.
fn peek(step: &Step<'_>, depth: usize) -> Option<u64> {
    let at = step.stack.len().checked_sub(depth + 1)?;
    let word = step.stack.get(at)?;
    Some(u64::try_from(*word).unwrap_or(u64::MAX))
}

/// Offset and size of the memory that an instruction writes, or that it reads beyond what there is.
fn touched(step: &Step<'_>) -> Option<(u64, u64)> {
    let at = |offset: usize, size: usize| Some((peek(step, offset)?, peek(step, size)?));
    let reads = |(offset, size): (u64, u64)| {
        let end = offset.saturating_add(size);
        let grows = end > step.memory.len() as u64 || offset >= step.memory.len() as u64;
        grows.then_some((offset, size))
    };
    match step.opcode {
        MLOAD => {
            let offset = peek(step, 0)?;
            (offset >= step.memory.len() as u64).then_some((offset, 32))
        }
        MSTORE if !stores_stop(step) => Some((peek(step, 0)?, 32)),
        MSTORE8 => Some((peek(step, 0)?, 1)),
        CALLDATACOPY | CODECOPY | RETURNDATACOPY => at(0, 2),
        EXTCODECOPY => at(1, 3),
        CALL if !calls_stop(step) => at(5, 6),
        CALLCODE => at(5, 6),
        DELEGATECALL | STATICCALL => at(4, 5),
        KECCAK256 | LOG0..=LOG4 | RETURN | REVERT => reads(at(0, 1)?),
        CREATE | CREATE2 => reads(at(1, 2)?),
        _ => None,
    }
}

/// The call of `stopExpectSafeMemory` is put together where memory is free.
fn stores_stop(step: &Step<'_>) -> bool {
    let at = step.stack.len().checked_sub(2);
    let word = at.and_then(|at| step.stack.get(at));
    word.is_some_and(|word| word.to_big_endian().starts_with(&stop()))
}

fn calls_stop(step: &Step<'_>) -> bool {
    let at = step.stack.len().checked_sub(2);
    let to = at.and_then(|at| step.stack.get(at));
    let is_vm = to.is_some_and(|to| *to == U256::from_big_endian(&VM.0));
    let input = peek(step, 3).and_then(|offset| step.memory.get(usize::try_from(offset).ok()?..));
    is_vm && input.is_some_and(|input| input.starts_with(&stop()))
}

fn stop() -> abi::Selector {
    abi::selector("stopExpectSafeMemory()")
}

const KECCAK256: u8 = 0x20;
const CALLDATACOPY: u8 = 0x37;
const CODECOPY: u8 = 0x39;
const EXTCODECOPY: u8 = 0x3c;
const RETURNDATACOPY: u8 = 0x3e;
const MLOAD: u8 = 0x51;
const MSTORE: u8 = 0x52;
const MSTORE8: u8 = 0x53;
const LOG0: u8 = 0xa0;
const LOG4: u8 = 0xa4;
const CREATE: u8 = 0xf0;
const CALL: u8 = 0xf1;
const CALLCODE: u8 = 0xf2;
const RETURN: u8 = 0xf3;
const DELEGATECALL: u8 = 0xf4;
const CREATE2: u8 = 0xf5;
const STATICCALL: u8 = 0xfa;
const REVERT: u8 = 0xfd;
