//! MLOAD, MSTORE and MSTORE8. What is within memory is done here; what may grow it goes the way of the plain loop.

use primitive_types::U256;

use super::words::{FIXED, Operand};
use crate::error::Halt;
use crate::interpreter::Exit;
use crate::interpreter::blocks::machine::{Cell, Machine, next, pause, place};
use crate::word;

/// Where `length` bytes at an offset are, if memory reaches as far.
#[inline(always)]
fn within(machine: &Machine, offset: U256, length: usize) -> Option<*mut u8> {
    let start = word::to_u64(offset)?;
    let last = (machine.size as u64).checked_sub(length as u64)?;
    (start <= last).then(|| machine.memory.wrapping_add(start as usize))
}

/// Pays for memory up to a range, whose offset is in field 1; false where gas is short.
#[inline(never)]
unsafe fn grow<Offset: Operand>(
    ip: *const Cell,
    sp: *mut U256,
    gas: u64,
    machine: *mut Machine,
    length: u64,
) -> bool {
    // SAFETY: the invariants of `machine`; nobody else borrows the context now.
    let (start, machine, frame) = unsafe {
        let start = Offset::read(ip, sp, 1, FIXED);
        (start, &mut *machine, &mut *(*(*machine).context).frame)
    };
    frame.gas = gas;
    let grown = frame.expand(start, length.into()).is_ok();
    machine.gas = frame.gas;
    machine.reload_memory();
    grown
}

macro_rules! with_memory {
    ($(#[$doc:meta])* $name:ident, $slow:ident, $length:literal, [$($operand:ident),*],
        |$ip:ident, $sp:ident, $at:ident| $access:expr) => {
        $(#[$doc])*
        pub(in crate::interpreter::blocks) unsafe extern "C-unwind" fn $name<$($operand: Operand,)* const TAIL: bool>(
            $ip: *const Cell,
            $sp: *mut U256,
            gas: u64,
            machine: *mut Machine,
        ) -> *const Cell {
            // SAFETY: the invariants of `machine`; the bytes are within memory.
            unsafe {
                let offset = Offset::read($ip, $sp, 1, FIXED);
                let Some($at) = within(&*machine, offset, $length) else {
                    return $slow::<$($operand,)* TAIL>($ip, $sp, gas, machine);
                };
                $access;
                next::<TAIL>($ip.add(FIXED $(+ $operand::CELLS)*), $sp, gas, machine)
            }
        }

        #[cold]
        #[inline(never)]
        unsafe extern "C-unwind" fn $slow<$($operand: Operand,)* const TAIL: bool>(
            ip: *const Cell,
            sp: *mut U256,
            gas: u64,
            machine: *mut Machine,
        ) -> *const Cell {
            // SAFETY: the invariants of `machine`; where memory has grown, the range is within it.
            unsafe {
                if !grow::<Offset>(ip, sp, gas, machine, $length) {
                    return pause(machine, sp, gas, Exit::Halt(Halt::OutOfGas), 0);
                }
                $name::<$($operand,)* TAIL>(ip, sp, (*machine).gas, machine)
            }
        }
    };
}

with_memory!(
    /// Fields: to, offset.
    load, grow_and_load, 32, [Offset],
    |ip, sp, at| *place(ip, sp, 0) = load_word(at)
);
with_memory!(
    /// Fields: none, offset, word.
    store, grow_and_store, 32, [Offset, Word],
    |ip, sp, at| store_word(at, Word::read(ip, sp, 2, FIXED + Offset::CELLS))
);
with_memory!(
    /// Fields: none, offset, byte.
    store_byte, grow_and_store_byte, 1, [Offset, Word],
    |ip, sp, at| *at = Word::read(ip, sp, 2, FIXED + Offset::CELLS).0[0] as u8
);

/// # Safety
/// 32 bytes can be read at `at`.
#[inline(always)]
unsafe fn load_word(at: *const u8) -> U256 {
    // SAFETY: as the caller says. Limb by limb, as words are written.
    let limb =
        |index: usize| unsafe { u64::from_be(at.add(8 * index).cast::<u64>().read_unaligned()) };
    U256([limb(3), limb(2), limb(1), limb(0)])
}

/// # Safety
/// 32 bytes can be written at `at`.
#[inline(always)]
unsafe fn store_word(at: *mut u8, word: U256) {
    for (index, limb) in word.0.iter().rev().enumerate() {
        // SAFETY: as the caller says.
        unsafe {
            at.add(8 * index)
                .cast::<u64>()
                .write_unaligned(limb.to_be());
        }
    }
}
