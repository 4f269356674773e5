//! Single instructions that cheatcodes want to know of: a suite is watched whose code calls one of these; others run as fast
//! as ever.

use std::sync::{Arc, Mutex, PoisonError};

use gasworks::inspect::Step;
use gasworks::{Address, Halt, U256};
use gasworks_spec::opcode;

use super::arbitrary::Seen;
use super::memory::SafeMemory;
use super::table::Action;
use crate::contracts::abi::{self, Value};

/// What is watched of a suite.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Watches {
    /// What frames write of memory.
    pub memory: bool,
    /// SELFDESTRUCT.
    pub destructions: bool,
    /// All instructions, to be written down.
    pub steps: bool,
    /// Storage that is made up.
    pub storage: bool,
}

impl Watches {
    /// What the cheatcodes need that are called by code.
    pub(crate) fn of(code: &[u8]) -> Self {
        let calls = |names: &[&str]| {
            let selectors: Vec<_> = names.iter().map(|name| abi::selector(name)).collect();
            let is_one = |part: &[u8]| selectors.iter().any(|selector| part == selector);
            code.windows(4).any(is_one)
        };
        Self {
            memory: calls(&[
                "expectSafeMemory(uint64,uint64)",
                "expectSafeMemoryCall(uint64,uint64)",
            ]),
            destructions: calls(&["startStateDiffRecording()"]),
            steps: calls(&["startDebugTraceRecording()"]),
            storage: calls(&[
                "setArbitraryStorage(address)",
                "setArbitraryStorage(address,bool)",
            ]),
        }
    }
}

/// What was seen of a machine's instructions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watched {
    /// Memory that frames may write.
    pub(super) memory: Option<SafeMemory>,
    /// Reads and writes of storage that is made up.
    pub(super) storage: Option<Seen>,
    /// Instructions of the recording.
    steps: Option<Arc<Mutex<Steps>>>,
    /// Accounts that destroyed themselves in frames that have not ended, with their heirs.
    destructions: Option<Arc<Mutex<Vec<Destruction>>>>,
}

/// A frame that ends with SELFDESTRUCT.
#[derive(Clone, Copy, Debug)]
pub(super) struct Destruction {
    pub(super) address: Address,
    pub(super) heir: Address,
    /// Frames below it.
    pub(super) depth: usize,
}

#[derive(Debug, Default)]
struct Steps {
    is_recording: bool,
    recorded: Vec<Recorded>,
    /// Bytes that they take.
    size: usize,
}

/// An instruction of a recording.
#[derive(Debug)]
struct Recorded {
    opcode: u8,
    /// Its operands, top first.
    operands: Vec<U256>,
    /// What it reads of memory.
    memory: Vec<u8>,
    depth: usize,
    address: Address,
    is_out_of_gas: bool,
}

/// Bytes of a recording: beyond, nothing is written down.
const SIZE_LIMIT: usize = 1 << 28;

pub(super) fn action(name: &str) -> Option<Action> {
    Some(match name {
        "startDebugTraceRecording" => |cheats, _, _| {
            let Some(steps) = &cheats.watched.steps else {
                return Err("it has to be called by the test contract itself".into());
            };
            let mut steps = steps.lock().unwrap_or_else(PoisonError::into_inner);
            if steps.is_recording {
                return Err("debug trace recording was already started".into());
            }
            *steps = Steps {
                is_recording: true,
                ..Steps::default()
            };
            Ok(Vec::new())
        },
        "stopAndReturnDebugTraceRecording" => |cheats, _, _| {
            let recorded = match &cheats.watched.steps {
                Some(steps) => {
                    std::mem::take(&mut *steps.lock().unwrap_or_else(PoisonError::into_inner))
                }
                None => Steps::default(),
            };
            if !recorded.is_recording {
                return Err("nothing recorded".into());
            }
            if recorded.size > SIZE_LIMIT {
                return Err("more than 256 MiB were recorded".into());
            }
            let steps = recorded.recorded.iter().map(Recorded::value);
            Ok(vec![Value::Array(steps.collect())])
        },
        _ => return None,
    })
}

impl Recorded {
    fn of(step: &Step<'_>) -> Self {
        let needed = opcode(step.opcode).map_or(0, |known| known.inputs.len());
        let operands: Vec<U256> = step.stack.iter().rev().take(needed).copied().collect();
        let read = read_range(step.opcode, &operands);
        Self {
            opcode: step.opcode,
            memory: read.map_or_else(Vec::new, |(at, size)| slice(step.memory, at, size)),
            operands,
            depth: step.depth,
            address: step.address,
            is_out_of_gas: false,
        }
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.memory.len() + size_of::<U256>() * self.operands.len()
    }

    fn value(&self) -> Value {
        let operands = self.operands.iter().copied().map(abi::uint_value);
        Value::Tuple(vec![
            Value::Array(operands.collect()),
            Value::Bytes(self.memory.clone()),
            Value::Uint(abi::Unsigned::from(self.opcode), 8),
            Value::Uint(abi::Unsigned::from(self.depth), 64),
            Value::Bool(self.is_out_of_gas),
            abi::address_value(self.address),
        ])
    }
}

/// Offset and size of the memory that an instruction reads.
fn read_range(opcode: u8, operands: &[U256]) -> Option<(U256, U256)> {
    let pair = |at: usize| Some((*operands.get(at)?, *operands.get(at + 1)?));
    match opcode {
        KECCAK256 | LOG0..=LOG4 | RETURN | REVERT => pair(0),
        MLOAD => Some((*operands.first()?, 32.into())),
        MCOPY | CREATE | CREATE2 => pair(1),
        DELEGATECALL | STATICCALL => pair(2),
        CALL | CALLCODE => pair(3),
        _ => None,
    }
}

/// Memory, with zeros beyond its end; nothing of what no gas would pay for.
fn slice(memory: &[u8], offset: U256, size: U256) -> Vec<u8> {
    let limit = U256::from(SIZE_LIMIT);
    if offset > limit || size > limit {
        return Vec::new();
    }
    let (offset, size) = (offset.as_usize(), size.as_usize());
    let known = memory.get(offset..).unwrap_or_default();
    let mut bytes = known.get(..size).unwrap_or(known).to_vec();
    bytes.resize(size, 0);
    bytes
}

impl Watched {
    /// Watches for so much.
    pub(crate) fn new(watches: Watches) -> Self {
        Self {
            memory: watches.memory.then(SafeMemory::default),
            storage: watches.storage.then(Seen::default),
            steps: watches.steps.then(Arc::default),
            destructions: watches.destructions.then(Arc::default),
        }
    }

    /// Whether there is nothing to be looked for.
    pub(crate) fn is_idle(&self) -> bool {
        !self.wants_all() && self.destructions.is_none()
    }

    /// Whether all instructions are to be seen, not SELFDESTRUCT alone.
    pub(crate) fn wants_all(&self) -> bool {
        self.memory.is_some() || self.steps.is_some() || self.storage.is_some()
    }

    /// Whether runs are taken back in which something was missing.
    pub(crate) fn replays(&self) -> bool {
        self.storage.is_some()
    }

    /// What is missing is to be found out.
    pub(crate) fn forget_accesses(&self) {
        if let Some(storage) = &self.storage {
            storage.forget();
        }
    }

    /// Whether something was missing in the last run.
    pub(crate) fn has_missed(&self) -> bool {
        self.storage.as_ref().is_some_and(Seen::has_missed)
    }

    /// An execution begins.
    pub(super) fn clear(&self) {
        if let Some(memory) = &self.memory {
            memory.clear();
        }
        if let Some(steps) = &self.steps {
            *steps.lock().unwrap_or_else(PoisonError::into_inner) = Steps::default();
        }
        self.with_destructions(Vec::clear);
    }

    fn with_destructions<T: Default>(&self, act: impl FnOnce(&mut Vec<Destruction>) -> T) -> T {
        let destructions = self.destructions.as_ref();
        destructions.map_or_else(T::default, |known| {
            act(&mut known.lock().unwrap_or_else(PoisonError::into_inner))
        })
    }

    /// The destruction that ends a frame with so many below it.
    pub(super) fn take_destruction(&self, depth: usize) -> Option<Destruction> {
        self.with_destructions(|known| known.pop_if(|last| last.depth == depth))
    }

    /// Whether destructions are looked for.
    pub(super) fn sees_destructions(&self) -> bool {
        self.destructions.is_some()
    }

    /// Before an instruction.
    pub(crate) fn step(&self, step: &Step<'_>) {
        if let Some(memory) = &self.memory {
            memory.step(step);
        }
        if let Some(storage) = &self.storage {
            storage.step(step);
        }
        if step.opcode == SELFDESTRUCT
            && let Some(heir) = step.stack.last()
        {
            let heir = Address::from_slice(&heir.to_big_endian()[12..]);
            self.with_destructions(|known| {
                known.push(Destruction {
                    address: step.address,
                    heir,
                    // Frames are counted from one where instructions are watched.
                    depth: step.depth.saturating_sub(1),
                });
            });
        }
        if let Some(steps) = &self.steps {
            let mut steps = steps.lock().unwrap_or_else(PoisonError::into_inner);
            if steps.is_recording && steps.size <= SIZE_LIMIT {
                let recorded = Recorded::of(step);
                steps.size = steps.size.saturating_add(recorded.size());
                steps.recorded.push(recorded);
            }
        }
    }

    /// After an instruction.
    pub(crate) fn step_end(&self, halt: Option<Halt>) {
        if halt == Some(Halt::OutOfGas)
            && let Some(steps) = &self.steps
        {
            let mut steps = steps.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(last) = steps.recorded.last_mut() {
                last.is_out_of_gas = true;
            }
        }
    }
}

/// The instructions that are seen where only destructions are looked for.
pub(crate) static DESTRUCTIONS: [bool; 256] = {
    let mut seen = [false; 256];
    seen[SELFDESTRUCT as usize] = true;
    seen
};

const KECCAK256: u8 = 0x20;
const MLOAD: u8 = 0x51;
const MCOPY: u8 = 0x5e;
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
const SELFDESTRUCT: u8 = 0xff;
