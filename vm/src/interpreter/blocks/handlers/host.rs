//! Instructions that borrow the context: those with listed operands, and any in the plain loop's form.

use primitive_types::U256;

use super::control::{arrive, settle};
use crate::interpreter::Exit;
use crate::interpreter::blocks::machine::{Cell, Machine, enter, next, pause};
use crate::interpreter::blocks::table::Listed;
use crate::interpreter::registers::read;

/// A field of listed operands: twice the limbs from the stack pointer; or, plus one, twice the cells from the handler,
/// where a constant is.
///
/// # Safety
/// The slot is one that the block has, and has been written; or the constant is there.
#[inline(always)]
unsafe fn listed_operand(ip: *const Cell, sp: *mut U256, field: usize) -> U256 {
    // SAFETY: as the caller says.
    unsafe {
        let offset = (*ip.add(1)).slots[field];
        let base = if offset & 1 == 0 {
            sp.cast_const().cast::<u64>()
        } else {
            ip.cast()
        };
        read(base.offset((offset >> 1) as isize).cast())
    }
}

/// Carries an instruction out and writes its result. False where it fails: why is in the machine.
#[inline(never)]
unsafe fn carry_out<O: Listed>(
    ip: *const Cell,
    sp: *mut U256,
    gas: u64,
    machine: *mut Machine,
) -> bool {
    // SAFETY: the invariants of `machine`; nobody else borrows the context now.
    unsafe {
        let context = &mut *(*machine).context;
        let first = usize::from(O::RESULT);
        if O::METERED {
            context.frame.gas = gas;
        }
        let result = O::apply(|order| listed_operand(ip, sp, first + order), context);
        match result {
            Ok(word) => {
                if O::RESULT {
                    let to = (*ip.add(1)).slots[0];
                    *sp.cast::<u64>().offset((to >> 1) as isize).cast() = word;
                }
                if O::METERED {
                    (*machine).gas = context.frame.gas;
                    (*machine).reload_memory();
                }
                true
            }
            Err(exit) => {
                (*machine).pause = exit;
                (*machine).gas = context.frame.gas;
                false
            }
        }
    }
}

/// Fields: to, where there is a result; operands. The third cell says how many cells there are.
pub(in crate::interpreter::blocks) unsafe extern "C-unwind" fn listed<
    O: Listed,
    const TAIL: bool,
>(
    ip: *const Cell,
    sp: *mut U256,
    gas: u64,
    machine: *mut Machine,
) -> *const Cell {
    // SAFETY: the invariants of `machine`.
    unsafe {
        if !carry_out::<O>(ip, sp, gas, machine) {
            return fail(ip, sp, gas, machine);
        }
        let gas = if O::METERED { (*machine).gas } else { gas };
        next::<TAIL>(ip.add((*ip.add(2)).pair[0] as usize), sp, gas, machine)
    }
}

/// As [`listed`], at the end of a block, by whose growth, in the third cell, the stack pointer moves.
pub(in crate::interpreter::blocks) unsafe extern "C-unwind" fn listed_end<
    O: Listed,
    const TAIL: bool,
>(
    ip: *const Cell,
    sp: *mut U256,
    gas: u64,
    machine: *mut Machine,
) -> *const Cell {
    // SAFETY: the invariants of `machine`; a header follows.
    unsafe {
        if !carry_out::<O>(ip, sp, gas, machine) {
            return fail(ip, sp, gas, machine);
        }
        let gas = if O::METERED { (*machine).gas } else { gas };
        let [cells, height] = (*ip.add(2)).pair;
        let sp = sp.offset(height as i32 as isize);
        enter::<TAIL>(ip.add(cells as usize), sp, gas, machine)
    }
}

/// Ends the run for the reason that is in the machine.
#[cold]
#[inline(never)]
unsafe extern "C-unwind" fn fail(
    _: *const Cell,
    sp: *mut U256,
    _: u64,
    machine: *mut Machine,
) -> *const Cell {
    // SAFETY: the machine is valid during its run.
    unsafe { (*machine).sp = sp };
    std::ptr::null()
}

/// What a generic instruction does next.
enum Then {
    Fall,
    Jump,
    Pause,
}

/// Carries an instruction out as the plain loop does, on the canonical stack.
#[inline(never)]
unsafe fn carry_out_generic(
    ip: *const Cell,
    sp: *mut U256,
    gas: u64,
    machine: *mut Machine,
) -> Then {
    // SAFETY: the invariants of `machine`; nobody else borrows the context now.
    unsafe {
        let machine = &mut *machine;
        let context = &mut *machine.context;
        let after = (*ip.add(2)).pair[0] as usize;
        context.frame.pc = after;
        context.frame.height = (sp as usize - machine.base as usize) / size_of::<U256>();
        context.frame.gas = gas;
        let result = ((*ip.add(1)).body)(context);
        machine.gas = context.frame.gas;
        machine.sp = machine.base.add(context.frame.height);
        if let Err(exit) = result {
            machine.pause = exit;
            machine.pc = context.frame.pc;
            // Where a call returns to, if this is one.
            context.frame.resume = ip.add(3).expose_provenance() * usize::from(exit == Exit::Enter);
            return Then::Pause;
        }
        machine.reload_memory();
        if context.frame.pc == after {
            Then::Fall
        } else {
            machine.pc = context.frame.pc;
            Then::Jump
        }
    }
}

/// Cells: body; position after it and growth of the block. A header follows where control can go on.
pub(in crate::interpreter::blocks) unsafe extern "C-unwind" fn generic<const TAIL: bool>(
    ip: *const Cell,
    sp: *mut U256,
    gas: u64,
    machine: *mut Machine,
) -> *const Cell {
    // SAFETY: the invariants of `machine`.
    unsafe {
        let sp = settle(ip.add(2), sp);
        match carry_out_generic(ip, sp, gas, machine) {
            Then::Fall => enter::<TAIL>(ip.add(3), (*machine).sp, (*machine).gas, machine),
            Then::Jump => {
                let (sp, gas) = ((*machine).sp, (*machine).gas);
                arrive::<TAIL>((*machine).pc, sp, gas, machine)
            }
            Then::Pause => std::ptr::null(),
        }
    }
}

/// Ends the run at a STOP: nobody looks at the stack any more.
pub(in crate::interpreter::blocks) unsafe extern "C-unwind" fn stop<const TAIL: bool>(
    _: *const Cell,
    _: *mut U256,
    gas: u64,
    machine: *mut Machine,
) -> *const Cell {
    // SAFETY: the machine is valid during its run.
    unsafe {
        (*machine).pause = Exit::Stop;
        (*machine).gas = gas;
    }
    std::ptr::null()
}

/// Ends the run at a byte that is no instruction: the third cell has its position.
pub(in crate::interpreter::blocks) unsafe extern "C-unwind" fn leave<const TAIL: bool>(
    ip: *const Cell,
    sp: *mut U256,
    gas: u64,
    machine: *mut Machine,
) -> *const Cell {
    // SAFETY: the machine is valid during its run.
    unsafe {
        let pc = (*ip.add(1)).pair[0] as usize;
        pause(machine, sp, gas, Exit::Doomed, pc)
    }
}
