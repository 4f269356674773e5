//! The plain loop: fetch, check the stack, charge the base price, execute. It defines the machine.
//!
//! [`steps`] is what happens for one instruction, with program counter, stack pointer and gas in [`Registers`]. What goes
//! from one to the next is a loop over a `match` where somebody watches, and jumps from one to the other where nobody does
//! ([`threaded`]). Code that is hot leaves for the register core in [`blocks`].

mod blocks;
mod code;
mod frame;
mod jump_destinations;
mod linear_memory;
mod registers;
mod steps;
mod threaded;

pub(crate) use blocks::{Policy, Prices};
pub(crate) use code::Code;
pub(crate) use frame::{Exit, Frame, Input, Purpose};
pub(crate) use linear_memory::Range;
pub(crate) use registers::Registers;

use blocks::Heat;

use crate::call::Host;
use crate::error::Halt;
use gasworks_spec::for_each_opcode;
use steps::{Instruction, Of};

/// Everything that an instruction may touch.
pub(crate) struct Context<'a, 'h> {
    pub(crate) frame: &'a mut Frame,
    pub(crate) input: &'a [u8],
    pub(crate) host: &'a mut Host<'h>,
    heat: Heat,
}

impl Context<'_, '_> {
    /// Whether the code at a jump destination, to which the loop has just come, is to run translated.
    #[inline(always)]
    pub(crate) fn is_hot(&mut self, destination: u64) -> bool {
        self.heat.arrive(destination)
    }
}

/// Runs a frame until it ends or wants to enter another.
pub(crate) fn run(frame: &mut Frame, input: &[u8], host: &mut Host<'_>) -> Exit {
    let watched = host.is_watched();
    let translates = host.policy.translates() && !watched;
    let mut context = Context {
        frame,
        input,
        host,
        heat: Heat::none(),
    };
    if translates {
        return run_in_tiers(&mut context);
    }
    if !watched {
        return run_plainly(&mut context);
    }
    let exit = execute::<true>(&mut context);
    match exit {
        // Stopped before an instruction, so that none was carried out.
        Exit::Stopped(_) => {}
        Exit::Halt(halt) => context.host.step_end(context.frame.gas, Some(halt)),
        _ => context.host.step_end(context.frame.gas, None),
    }
    exit
}

/// Runs what is translated in the register core, and everything else in the loop.
fn run_in_tiers(context: &mut Context<'_, '_>) -> Exit {
    let mut is_hot = blocks::is_warm(context);
    loop {
        let paused = if is_hot {
            blocks::run(context)
        } else {
            Exit::Untranslated
        };
        context.heat = match paused {
            Exit::Untranslated => Heat::of(context),
            Exit::Doomed => Heat::none(),
            exit => return exit,
        };
        let exit = run_plainly(context);
        if exit != Exit::Hot {
            return exit;
        }
        context.heat = Heat::none();
        is_hot = true;
    }
}

/// Runs a frame that nobody watches, from instruction to instruction.
fn run_plainly(context: &mut Context<'_, '_>) -> Exit {
    if !context.host.constant_prices {
        execute::<true>(context)
    } else if context.host.policy.is_tail() {
        threaded::execute(context)
    } else {
        execute::<false>(context)
    }
}

/// The loop as a loop. With `WATCHED`, the host sees every step, and the end of each but the last, and every price is the
/// schedule's; without it, prices that no fork has changed are constants of the program.
fn execute<const WATCHED: bool>(context: &mut Context<'_, '_>) -> Exit {
    let prices: &[u64; 256] = &context.host.schedule.base;
    let mut registers = Registers::load(context.frame);
    macro_rules! dispatch {
        ($opcode:ident; $($byte:literal $name:ident $class:ident [$($handler:tt)*] ($($input:ident)*) -> ($($output:ident)*),
            $immediate:literal, [$($fork:ident: $price:literal),+];)*) => {
            match $opcode {
                $($byte => {
                    let carry_out = <Of<$byte> as Instruction>::carry_out::<WATCHED>;
                    if let Err(exit) = carry_out(&mut registers, context, prices) {
                        registers.store(context.frame);
                        return exit;
                    }
                })*
                _ => {
                    registers.store(context.frame);
                    return Exit::Halt(Halt::InvalidOpcode);
                }
            }
        };
    }
    let mut resumed = false;
    loop {
        if WATCHED && (resumed || context.host.sees(registers.peek())) {
            registers.store(context.frame);
            if resumed {
                context.host.step_end(context.frame.gas, None);
            }
            resumed = context.host.sees(registers.peek());
            if resumed && let Err(stopped) = context.host.step(context.frame) {
                return Exit::Stopped(stopped);
            }
        }
        let opcode = registers.fetch();
        macro_rules! all {
            ($($rows:tt)*) => { dispatch!(opcode; $($rows)*) };
        }
        for_each_opcode!(all);
    }
}
