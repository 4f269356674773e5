//! From block to block.

use primitive_types::U256;

use super::words::{FIXED, Operand};
use crate::error::Halt;
use crate::interpreter::Exit;
use crate::interpreter::blocks::entries::{Entry, continuation, destination, entry};
use crate::interpreter::blocks::machine::{Cell, Machine, enter, pause, place, slot};
use crate::interpreter::blocks::table::{Binary, Unary};
use crate::word;

/// Moves the stack pointer by the growth of the block, which the second half of a cell has.
///
/// # Safety
/// The cell is one of a handler that has it there.
#[inline(always)]
pub(super) unsafe fn settle(cell: *const Cell, sp: *mut U256) -> *mut U256 {
    // SAFETY: the growth is within what the header has checked.
    unsafe { sp.offset((*cell).pair[1] as i32 as isize) }
}

/// Goes on at a jump destination, whose entry and position are in cells.
#[inline(always)]
unsafe fn jump_to_entry<const TAIL: bool>(
    cells: *const Cell,
    sp: *mut U256,
    gas: u64,
    machine: *mut Machine,
) -> *const Cell {
    // SAFETY: the entry is one of the frame's.
    unsafe {
        match destination(&*(*cells).entry) {
            Some(header) => enter::<TAIL>(header, sp, gas, machine),
            None => arrive_cold::<TAIL>((*cells.add(1)).pair[0] as usize, sp, gas, machine),
        }
    }
}

/// Goes on at a jump destination that was checked to be one.
///
/// # Safety
/// The position is within the code, and `sp` is one past the top of the canonical stack.
#[inline(always)]
pub(super) unsafe fn arrive<const TAIL: bool>(
    pc: usize,
    sp: *mut U256,
    gas: u64,
    machine: *mut Machine,
) -> *const Cell {
    // SAFETY: as the caller says.
    unsafe {
        let entry: &Entry = entry((*machine).pages, pc);
        match destination(entry) {
            Some(header) => enter::<TAIL>(header, sp, gas, machine),
            None => arrive_cold::<TAIL>(pc, sp, gas, machine),
        }
    }
}

/// Counts, and translates what has been come to often enough.
#[cold]
#[inline(never)]
unsafe extern "C-unwind" fn arrive_cold<const TAIL: bool>(
    pc: usize,
    sp: *mut U256,
    gas: u64,
    machine: *mut Machine,
) -> *const Cell {
    // SAFETY: the context is this run's, and nobody else borrows it now; the stack is canonical.
    unsafe {
        let header = (*(*machine).context).block_at(pc);
        if header.is_null() {
            return pause(machine, sp, gas, Exit::Untranslated, pc);
        }
        enter::<TAIL>(header, sp, gas, machine)
    }
}

/// Cells: the entry of the target; its position, and the growth of the block.
pub(in crate::interpreter::blocks) unsafe extern "C-unwind" fn jump<const TAIL: bool>(
    ip: *const Cell,
    sp: *mut U256,
    gas: u64,
    machine: *mut Machine,
) -> *const Cell {
    // SAFETY: the invariants of `machine`.
    unsafe { jump_to_entry::<TAIL>(ip.add(1), settle(ip.add(2), sp), gas, machine) }
}

/// As [`jump`], to a position that is no jump destination.
pub(in crate::interpreter::blocks) unsafe extern "C-unwind" fn proceed<const TAIL: bool>(
    ip: *const Cell,
    sp: *mut U256,
    gas: u64,
    machine: *mut Machine,
) -> *const Cell {
    // SAFETY: the invariants of `machine`.
    unsafe {
        let sp = settle(ip.add(2), sp);
        match continuation(&*(*ip.add(1)).entry) {
            Some(header) => enter::<TAIL>(header, sp, gas, machine),
            None => arrive_cold::<TAIL>((*ip.add(2)).pair[0] as usize, sp, gas, machine),
        }
    }
}

/// The next block follows. Second cell: the growth of the block.
pub(in crate::interpreter::blocks) unsafe extern "C-unwind" fn fall<const TAIL: bool>(
    ip: *const Cell,
    sp: *mut U256,
    gas: u64,
    machine: *mut Machine,
) -> *const Cell {
    // SAFETY: the invariants of `machine`; a header follows.
    unsafe { enter::<TAIL>(ip.add(2), settle(ip.add(1), sp), gas, machine) }
}

/// Fields: the slot of the target. Third cell: the growth of the block.
pub(in crate::interpreter::blocks) unsafe extern "C-unwind" fn jump_to<const TAIL: bool>(
    ip: *const Cell,
    sp: *mut U256,
    gas: u64,
    machine: *mut Machine,
) -> *const Cell {
    // SAFETY: the invariants of `machine`; there is an entry for each byte of code.
    unsafe {
        let target = slot(ip, sp, 0);
        let sp = settle(ip.add(2), sp);
        match word::to_u64(target) {
            Some(target) if target < (*machine).length => {
                match destination(entry((*machine).pages, target as usize)) {
                    Some(header) => enter::<TAIL>(header, sp, gas, machine),
                    None => jump_cold::<TAIL>(target as usize, sp, gas, machine),
                }
            }
            _ => jump_cold::<TAIL>(usize::MAX, sp, gas, machine),
        }
    }
}

/// A jump to where no block is yet, or none can be.
#[cold]
#[inline(never)]
unsafe extern "C-unwind" fn jump_cold<const TAIL: bool>(
    target: usize,
    sp: *mut U256,
    gas: u64,
    machine: *mut Machine,
) -> *const Cell {
    // SAFETY: the context is this run's, and nobody else borrows it now.
    unsafe {
        let code = &(*(*machine).context).frame.code;
        if !code.is_jump_destination(target as u64) {
            let halt = Exit::Halt(Halt::InvalidJump);
            return pause(machine, sp, gas, halt, 0);
        }
        arrive_cold::<TAIL>(target, sp, gas, machine)
    }
}

/// Jumps if a condition holds, and otherwise goes on with the block that follows. Cells: fields; the target's entry; its
/// position and the growth of the block; constants.
#[inline(always)]
unsafe fn branch_if<const TAIL: bool>(
    holds: bool,
    cells: usize,
    ip: *const Cell,
    sp: *mut U256,
    gas: u64,
    machine: *mut Machine,
) -> *const Cell {
    // SAFETY: the invariants of `machine`; a header follows.
    unsafe {
        let sp = settle(ip.add(FIXED + 1), sp);
        if holds {
            jump_to_entry::<TAIL>(ip.add(FIXED), sp, gas, machine)
        } else {
            enter::<TAIL>(ip.add(cells), sp, gas, machine)
        }
    }
}

/// Cells of a branch, without constants.
pub(in crate::interpreter::blocks) const BRANCH: usize = FIXED + 2;

/// Field 1: the word. `O` is ISZERO.
pub(in crate::interpreter::blocks) unsafe extern "C-unwind" fn branch<
    O: Unary,
    const NEGATED: bool,
    const TAIL: bool,
>(
    ip: *const Cell,
    sp: *mut U256,
    gas: u64,
    machine: *mut Machine,
) -> *const Cell {
    // SAFETY: the invariants of `machine`.
    unsafe {
        let is_zero = !O::apply(slot(ip, sp, 1)).is_zero();
        branch_if::<TAIL>(is_zero == NEGATED, BRANCH, ip, sp, gas, machine)
    }
}

/// Fields 1 and 2: what is compared.
pub(in crate::interpreter::blocks) unsafe extern "C-unwind" fn branch_compared<
    O: Binary,
    A: Operand,
    B: Operand,
    const NEGATED: bool,
    const TAIL: bool,
>(
    ip: *const Cell,
    sp: *mut U256,
    gas: u64,
    machine: *mut Machine,
) -> *const Cell {
    // SAFETY: the invariants of `machine`.
    unsafe {
        let a = A::read(ip, sp, 1, BRANCH);
        let b = B::read(ip, sp, 2, BRANCH + A::CELLS);
        let holds = O::apply(a, b).0[0] != 0;
        let cells = BRANCH + A::CELLS + B::CELLS;
        branch_if::<TAIL>(holds != NEGATED, cells, ip, sp, gas, machine)
    }
}

/// GAS. Field: to. Third cell: the growth of the block.
pub(in crate::interpreter::blocks) unsafe extern "C-unwind" fn gas_left<const TAIL: bool>(
    ip: *const Cell,
    sp: *mut U256,
    gas: u64,
    machine: *mut Machine,
) -> *const Cell {
    // SAFETY: the invariants of `machine`; a header follows.
    unsafe {
        *place(ip, sp, 0) = U256([gas, 0, 0, 0]);
        let sp = settle(ip.add(2), sp);
        enter::<TAIL>(ip.add(3), sp, gas, machine)
    }
}
