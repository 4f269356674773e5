//! The plain loop without a loop: each instruction ends in a call of the next one in tail position, which LLVM makes a
//! jump. Processors foresee where a jump leads by where it is; here every instruction has its own.
//!
//! Program counter, stack pointer and gas are in registers from instruction to instruction. For the jump, nothing on the
//! native stack may be alive at the end: what may need it is in a function of its own, which is not inlined.
//!
//! Invariants, on which every `unsafe` block below rests:
//! - The arguments of a [`Handler`] are, with the thread, the parts of [`Registers`], whose invariants hold; `next` is the
//!   position of the handler's own instruction.
//! - `context` and `prices` are those of this run, which nothing else uses as long as it runs; a handler borrows them only
//!   until it hands over.

use gasworks_spec::for_each_opcode;
use primitive_types::U256;

use super::steps::{Instruction, Of};
use super::{Context, Exit, Registers};
use crate::error::Halt;

/// What handlers share, and where they leave what was in registers.
struct Thread {
    base: *mut U256,
    code: *const u8,
    context: *mut Context<'static, 'static>,
    prices: *const [u64; 256],
    next: *const u8,
    top: *mut U256,
    gas: u64,
    exit: Exit,
}

/// Carries out an instruction and goes on. Returns when the frame pauses or ends.
type Handler = unsafe extern "C-unwind" fn(*const u8, *mut U256, u64, *mut Thread);

macro_rules! handlers {
    ($($byte:literal $name:ident $class:ident [$($handler:tt)*] ($($input:ident)*) -> ($($output:ident)*),
        $immediate:literal, [$($fork:ident: $price:literal),+];)*) => {
        static HANDLERS: [Handler; 256] = {
            let mut handlers = [undefined as Handler; 256];
            $(handlers[$byte] = if <Of<$byte> as Instruction>::SHORT {
                short::<Of<$byte>>
            } else {
                long::<Of<$byte>>
            };)*
            handlers
        };
    };
}
for_each_opcode!(handlers);

/// Runs a frame until it pauses or ends.
pub(super) fn execute(context: &mut Context<'_, '_>) -> Exit {
    let registers = Registers::load(context.frame);
    let mut thread = Thread {
        base: registers.base,
        code: registers.code,
        prices: &raw const context.host.schedule.base,
        context: std::ptr::from_mut(context).cast(),
        next: registers.next,
        top: registers.top,
        gas: registers.gas,
        exit: Exit::Stop,
    };
    // SAFETY: the registers were just loaded, and the context is borrowed as long as the handlers run.
    let registers = unsafe {
        go_on(&registers, &raw mut thread);
        thread.registers(thread.next, thread.top, thread.gas)
    };
    registers.store(context.frame);
    thread.exit
}

impl Thread {
    #[inline(always)]
    fn registers(&self, next: *const u8, top: *mut U256, gas: u64) -> Registers {
        Registers {
            code: self.code,
            next,
            base: self.base,
            top,
            gas,
        }
    }

    #[inline(always)]
    fn keep(&mut self, next: *const u8, top: *mut U256, gas: u64) {
        (self.next, self.top, self.gas) = (next, top, gas);
    }
}

/// Hands over to the next instruction.
///
/// # Safety
/// The invariants of the module hold.
#[inline(always)]
unsafe fn go_on(registers: &Registers, thread: *mut Thread) {
    let handler = HANDLERS[usize::from(registers.peek())];
    // SAFETY: as the caller says; `next` is at the instruction of the handler.
    unsafe { handler(registers.next, registers.top, registers.gas, thread) }
}

/// An instruction whose body needs no room on the native stack.
unsafe extern "C-unwind" fn short<I: Instruction>(
    next: *const u8,
    top: *mut U256,
    gas: u64,
    thread: *mut Thread,
) {
    // SAFETY: the invariants of the module.
    unsafe {
        let mut registers = (*thread).registers(next, top, gas);
        registers.fetch();
        let (context, prices) = (&mut *(*thread).context, &*(*thread).prices);
        match I::carry_out::<false>(&mut registers, context, prices) {
            Ok(()) => go_on(&registers, thread),
            Err(exit) => stop(registers.next, registers.top, registers.gas, thread, exit),
        }
    }
}

/// Any other instruction.
unsafe extern "C-unwind" fn long<I: Instruction>(
    next: *const u8,
    top: *mut U256,
    gas: u64,
    thread: *mut Thread,
) {
    // SAFETY: the invariants of the module.
    unsafe {
        if carry_out::<I>(next, top, gas, thread) {
            let handler = HANDLERS[usize::from(*(*thread).next)];
            handler((*thread).next, (*thread).top, (*thread).gas, thread);
        }
    }
}

/// Carries out an instruction; whether the next one follows.
///
/// # Safety
/// The invariants of the module hold.
#[inline(never)]
unsafe extern "C-unwind" fn carry_out<I: Instruction>(
    next: *const u8,
    top: *mut U256,
    gas: u64,
    thread: *mut Thread,
) -> bool {
    // SAFETY: as the caller says.
    unsafe {
        let thread = &mut *thread;
        let mut registers = thread.registers(next, top, gas);
        registers.fetch();
        let (context, prices) = (&mut *thread.context, &*thread.prices);
        let result = I::carry_out::<false>(&mut registers, context, prices);
        thread.keep(registers.next, registers.top, registers.gas);
        if let Err(exit) = result {
            thread.exit = exit;
        }
        result.is_ok()
    }
}

/// Ends the run.
///
/// # Safety
/// The invariants of the module hold.
#[cold]
#[inline(never)]
unsafe fn stop(next: *const u8, top: *mut U256, gas: u64, thread: *mut Thread, exit: Exit) {
    // SAFETY: as the caller says.
    unsafe {
        (*thread).keep(next, top, gas);
        (*thread).exit = exit;
    }
}

/// What no fork has.
unsafe extern "C-unwind" fn undefined(
    next: *const u8,
    top: *mut U256,
    gas: u64,
    thread: *mut Thread,
) {
    // SAFETY: the invariants of the module; an instruction is a byte at least.
    unsafe {
        stop(
            next.add(1),
            top,
            gas,
            thread,
            Exit::Halt(Halt::InvalidOpcode),
        )
    }
}
