//! The register core itself: the stream of cells that a handler and its operands are, and how one handler hands over to
//! the next.
//!
//! Four things are in registers from handler to handler: the position in the stream, the stack pointer (one past the top
//! at the block's entry), gas, and the [`Machine`]. A handler ends in [`next`], which in the tail-call form calls the
//! next handler in tail position, and in the trampoline form returns its position to [`Machine::run`].
//!
//! Invariants, on which every `unsafe` block of the handlers rests:
//! - A handler is only entered with `ip` at a cell that [`super::lower`] wrote for it, in the layout that it reads, in a
//!   chain that the frame's `Arc<Code>` keeps alive and that nobody writes to.
//! - The header of a block has been checked before its first handler: from `sp`, `need` words below have been written and
//!   belong to the stack, and there is room for `growth` above. Slots that a block names are between those; the ones
//!   above are written before they are read (`verify` proves both).
//! - `memory` and `size` are those of the frame's memory, and are read again after everything that may grow it.
//! - `context` points to the context of this run, which nothing else uses as long as it runs; a handler borrows it only
//!   until it hands over.

use std::sync::atomic::AtomicPtr;

use primitive_types::U256;

use super::entries::{Entry, Page};
use super::table::Body;
use crate::interpreter::registers::read;
use crate::interpreter::{Context, Exit};

/// A handler: position, stack pointer, gas, machine. Null ends the run.
pub(super) type Handler =
    unsafe extern "C-unwind" fn(*const Cell, *mut U256, u64, *mut Machine) -> *const Cell;

/// Eight bytes of a translated chain.
#[derive(Clone, Copy)]
pub(super) union Cell {
    pub(super) handler: Handler,
    pub(super) bits: u64,
    pub(super) slots: [i16; 4],
    pub(super) pair: [u32; 2],
    pub(super) entry: *const Entry,
    pub(super) body: Body,
}

/// What stands before the first handler of a block: two cells.
#[derive(Clone, Copy)]
#[repr(C)]
pub(super) struct Header {
    pub(super) gas: u32,
    pub(super) pc: u32,
    /// Bytes of stack that have to be there.
    pub(super) need: u32,
    /// By how many bytes the stack may be higher than `need`.
    pub(super) range: u32,
}

/// Cells of a header.
pub(super) const HEADER: usize = 2;

pub(super) struct Machine {
    /// The bottom of the stack.
    pub(super) base: *mut U256,
    pub(super) memory: *mut u8,
    pub(super) size: usize,
    /// The entries of the frame's code.
    pub(super) pages: *const AtomicPtr<Page>,
    pub(super) length: u64,
    pub(super) context: *mut Context<'static, 'static>,
    /// Why the core stopped.
    pub(super) pause: Exit,
    /// Where the frame goes on.
    pub(super) pc: usize,
    /// Where the trampoline, and whoever comes after the run, find what was in registers.
    pub(super) sp: *mut U256,
    pub(super) gas: u64,
}

/// Hands over to the handler at `ip`.
///
/// # Safety
/// The invariants of the module hold for `ip`.
#[inline(always)]
pub(super) unsafe fn next<const TAIL: bool>(
    ip: *const Cell,
    sp: *mut U256,
    gas: u64,
    machine: *mut Machine,
) -> *const Cell {
    // SAFETY: `ip` is at a handler's first cell, and the machine is valid during its run.
    unsafe {
        if TAIL {
            ((*ip).handler)(ip, sp, gas, machine)
        } else {
            (*machine).sp = sp;
            (*machine).gas = gas;
            ip
        }
    }
}

/// Checks a block's gas and stack, and hands over to its first handler.
///
/// # Safety
/// `header` is that of a block in the frame's translation, and `sp` is one past the top of the canonical stack.
#[inline(always)]
pub(super) unsafe fn enter<const TAIL: bool>(
    header: *const Cell,
    sp: *mut U256,
    gas: u64,
    machine: *mut Machine,
) -> *const Cell {
    // SAFETY: a header is two cells and followed by a handler; its checks make the module's second invariant true.
    unsafe {
        let Header {
            gas: price,
            need,
            range,
            ..
        } = *header.cast::<Header>();
        let height = sp as usize - (*machine).base as usize;
        let (left, out_of_gas) = gas.overflowing_sub(u64::from(price));
        if out_of_gas || height.wrapping_sub(need as usize) > range as usize {
            return doom(header, sp, gas, machine);
        }
        next::<TAIL>(header.add(HEADER), sp, left, machine)
    }
}

/// Leaves a block that cannot be entered to the plain loop.
///
/// # Safety
/// As [`enter`].
#[cold]
#[inline(never)]
pub(super) unsafe extern "C-unwind" fn doom(
    header: *const Cell,
    sp: *mut U256,
    gas: u64,
    machine: *mut Machine,
) -> *const Cell {
    // SAFETY: as the caller says.
    unsafe {
        let pc = (*header.cast::<Header>()).pc as usize;
        pause(machine, sp, gas, Exit::Doomed, pc)
    }
}

/// Ends the run.
///
/// # Safety
/// The machine is valid during its run.
#[inline(always)]
pub(super) unsafe fn pause(
    machine: *mut Machine,
    sp: *mut U256,
    gas: u64,
    why: Exit,
    pc: usize,
) -> *const Cell {
    // SAFETY: as the caller says.
    unsafe {
        (*machine).pause = why;
        (*machine).pc = pc;
        (*machine).sp = sp;
        (*machine).gas = gas;
    }
    std::ptr::null()
}

impl Machine {
    /// Reads again where memory is.
    #[inline(always)]
    pub(super) fn reload_memory(&mut self) {
        // SAFETY: the context is this run's, and nobody else borrows it now (module header).
        let memory = unsafe { &mut (*self.context).frame.memory };
        self.size = memory.size();
        self.memory = memory.start();
    }

    /// Runs from a block's header on until something pauses.
    ///
    /// # Safety
    /// As [`enter`], and with `TAIL` the chain's handlers are of the tail-call form.
    pub(super) unsafe fn run<const TAIL: bool>(&mut self, header: *const Cell) {
        // SAFETY: as the caller says; each handler returns null or the position of the next.
        unsafe {
            let mut ip = enter::<TAIL>(header, self.sp, self.gas, self);
            while !ip.is_null() {
                ip = ((*ip).handler)(ip, self.sp, self.gas, self);
            }
        }
    }
}

/// A word that a handler names by the number in one of its cells.
///
/// # Safety
/// The slot is one that the block has, and has been written.
#[inline(always)]
pub(super) unsafe fn slot(ip: *const Cell, sp: *mut U256, field: usize) -> U256 {
    // SAFETY: as the caller says.
    unsafe { read(place(ip, sp, field)) }
}

/// Where the slot is that a field of a handler's second cell names: fields count limbs from the stack pointer.
///
/// # Safety
/// The slot is one that the block has.
#[inline(always)]
pub(super) unsafe fn place(ip: *const Cell, sp: *mut U256, field: usize) -> *mut U256 {
    // SAFETY: as the caller says.
    unsafe {
        let offset = (*ip.add(1)).slots[field];
        sp.cast::<u64>().offset(offset as isize).cast()
    }
}
