//! Words to words, and what moves them.

use primitive_types::U256;

use crate::interpreter::blocks::machine::{Cell, Machine, next, place, slot};
use crate::interpreter::blocks::table::{Binary, Unary};

/// An operand of an instruction with a form for each kind: which field, or which constant after the handler, it is.
pub(in crate::interpreter::blocks) trait Operand {
    /// Cells of constants.
    const CELLS: usize;
    /// # Safety
    /// As [`slot`]; constants are in the cells from `first` on.
    unsafe fn read(ip: *const Cell, sp: *mut U256, field: usize, first: usize) -> U256;
}

/// A word of the stack.
pub(in crate::interpreter::blocks) struct InSlot;
/// A constant of at most 64 bits.
pub(in crate::interpreter::blocks) struct Small;
/// Any constant.
pub(in crate::interpreter::blocks) struct Wide;

impl Operand for InSlot {
    const CELLS: usize = 0;
    #[inline(always)]
    unsafe fn read(ip: *const Cell, sp: *mut U256, field: usize, _: usize) -> U256 {
        // SAFETY: as the caller says.
        unsafe { slot(ip, sp, field) }
    }
}

impl Operand for Small {
    const CELLS: usize = 1;
    #[inline(always)]
    unsafe fn read(ip: *const Cell, _: *mut U256, _: usize, first: usize) -> U256 {
        // SAFETY: as the caller says.
        unsafe { U256([(*ip.add(first)).bits, 0, 0, 0]) }
    }
}

impl Operand for Wide {
    const CELLS: usize = 4;
    #[inline(always)]
    unsafe fn read(ip: *const Cell, _: *mut U256, _: usize, first: usize) -> U256 {
        // SAFETY: as the caller says.
        unsafe {
            U256([
                (*ip.add(first)).bits,
                (*ip.add(first + 1)).bits,
                (*ip.add(first + 2)).bits,
                (*ip.add(first + 3)).bits,
            ])
        }
    }
}

/// Cells of a handler and its fields, without constants.
pub(in crate::interpreter::blocks) const FIXED: usize = 2;

/// Fields: to, from.
pub(in crate::interpreter::blocks) unsafe extern "C-unwind" fn copy<const TAIL: bool>(
    ip: *const Cell,
    sp: *mut U256,
    gas: u64,
    machine: *mut Machine,
) -> *const Cell {
    // SAFETY: the invariants of `machine`.
    unsafe {
        *place(ip, sp, 0) = slot(ip, sp, 1);
        next::<TAIL>(ip.add(FIXED), sp, gas, machine)
    }
}

/// Fields: the two slots.
pub(in crate::interpreter::blocks) unsafe extern "C-unwind" fn swap<const TAIL: bool>(
    ip: *const Cell,
    sp: *mut U256,
    gas: u64,
    machine: *mut Machine,
) -> *const Cell {
    // SAFETY: the invariants of `machine`.
    unsafe {
        let (a, b) = (slot(ip, sp, 0), slot(ip, sp, 1));
        *place(ip, sp, 0) = b;
        *place(ip, sp, 1) = a;
        next::<TAIL>(ip.add(FIXED), sp, gas, machine)
    }
}

/// Field: to. The constant follows.
pub(in crate::interpreter::blocks) unsafe extern "C-unwind" fn constant<
    C: Operand,
    const TAIL: bool,
>(
    ip: *const Cell,
    sp: *mut U256,
    gas: u64,
    machine: *mut Machine,
) -> *const Cell {
    // SAFETY: the invariants of `machine`.
    unsafe {
        *place(ip, sp, 0) = C::read(ip, sp, 1, FIXED);
        next::<TAIL>(ip.add(FIXED + C::CELLS), sp, gas, machine)
    }
}

/// Fields: to, a.
pub(in crate::interpreter::blocks) unsafe extern "C-unwind" fn unary<O: Unary, const TAIL: bool>(
    ip: *const Cell,
    sp: *mut U256,
    gas: u64,
    machine: *mut Machine,
) -> *const Cell {
    // SAFETY: the invariants of `machine`.
    unsafe {
        *place(ip, sp, 0) = O::apply(slot(ip, sp, 1));
        next::<TAIL>(ip.add(FIXED), sp, gas, machine)
    }
}

/// Fields: to, a, b. Constants follow.
pub(in crate::interpreter::blocks) unsafe extern "C-unwind" fn binary<
    O: Binary,
    A: Operand,
    B: Operand,
    const TAIL: bool,
>(
    ip: *const Cell,
    sp: *mut U256,
    gas: u64,
    machine: *mut Machine,
) -> *const Cell {
    // SAFETY: the invariants of `machine`.
    unsafe {
        compute::<O, A, B>(ip, sp);
        next::<TAIL>(ip.add(FIXED + A::CELLS + B::CELLS), sp, gas, machine)
    }
}

/// As [`binary`], for what is too long to be part of a handler.
pub(in crate::interpreter::blocks) unsafe extern "C-unwind" fn binary_called<
    O: Binary,
    A: Operand,
    B: Operand,
    const TAIL: bool,
>(
    ip: *const Cell,
    sp: *mut U256,
    gas: u64,
    machine: *mut Machine,
) -> *const Cell {
    // SAFETY: the invariants of `machine`.
    unsafe {
        called::<O, A, B>(ip, sp);
        next::<TAIL>(ip.add(FIXED + A::CELLS + B::CELLS), sp, gas, machine)
    }
}

#[inline(never)]
unsafe fn called<O: Binary, A: Operand, B: Operand>(ip: *const Cell, sp: *mut U256) {
    // SAFETY: as the caller says.
    unsafe { compute::<O, A, B>(ip, sp) }
}

/// # Safety
/// As [`slot`].
#[inline(always)]
unsafe fn compute<O: Binary, A: Operand, B: Operand>(ip: *const Cell, sp: *mut U256) {
    // SAFETY: as the caller says.
    unsafe {
        let a = A::read(ip, sp, 1, FIXED);
        let b = B::read(ip, sp, 2, FIXED + A::CELLS);
        *place(ip, sp, 0) = O::apply(a, b);
    }
}
