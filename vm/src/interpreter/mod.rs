//! The plain loop: fetch, check the stack, charge the base price, execute. It defines the machine.
//!
//! Program counter, stack pointer and gas are in local variables. `pure`, `read` and `core` instructions work on those, a
//! `metered` one gets its operands from there; before a `host` instruction they are written back to the frame, which is
//! all that it sees. Code that is hot leaves the loop for the register core in [`blocks`].

mod blocks;
mod code;
mod frame;
mod jump_destinations;
mod linear_memory;
mod registers;

pub(crate) use blocks::{Policy, Prices};
pub(crate) use code::Code;
pub(crate) use frame::{Exit, Frame, Input, Purpose};
pub(crate) use linear_memory::Range;
pub(crate) use registers::Registers;

use blocks::Heat;

use crate::call::Host;
use crate::error::Halt;
use crate::instructions::{
    arithmetic, block, call, control, create, environment, log, memory, stack, storage,
};
use crate::word;
use gasworks_spec::{UNDEFINED, constant_price, for_each_opcode};

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

macro_rules! count {
    () => { 0usize };
    ($head:ident $($tail:ident)*) => { 1usize + count!($($tail)*) };
}

/// The pattern of the bytes that are no instruction in any fork. Named one by one, and not as ranges, they spare every
/// instruction a test of whether its byte is in the table, unless link-time optimization brings it back; the compiler sees
/// to it that none is missing.
#[rustfmt::skip]
macro_rules! no_instruction {
    () => {
        0x0c | 0x0d | 0x0e | 0x0f | 0x1f
            | 0x21 | 0x22 | 0x23 | 0x24 | 0x25 | 0x26 | 0x27 | 0x28 | 0x29 | 0x2a | 0x2b | 0x2c | 0x2d | 0x2e | 0x2f
            | 0x4b | 0x4c | 0x4d | 0x4e | 0x4f
            | 0xa5 | 0xa6 | 0xa7 | 0xa8 | 0xa9 | 0xaa | 0xab | 0xac | 0xad | 0xae | 0xaf
            | 0xb0 | 0xb1 | 0xb2 | 0xb3 | 0xb4 | 0xb5 | 0xb6 | 0xb7 | 0xb8 | 0xb9 | 0xba | 0xbb | 0xbc | 0xbd | 0xbe | 0xbf
            | 0xc0 | 0xc1 | 0xc2 | 0xc3 | 0xc4 | 0xc5 | 0xc6 | 0xc7 | 0xc8 | 0xc9 | 0xca | 0xcb | 0xcc | 0xcd | 0xce | 0xcf
            | 0xd0 | 0xd1 | 0xd2 | 0xd3 | 0xd4 | 0xd5 | 0xd6 | 0xd7 | 0xd8 | 0xd9 | 0xda | 0xdb | 0xdc | 0xdd | 0xde | 0xdf
            | 0xe0 | 0xe1 | 0xe2 | 0xe3 | 0xe4 | 0xe5 | 0xe6 | 0xe7 | 0xe8 | 0xe9 | 0xea | 0xeb | 0xec | 0xed | 0xee | 0xef
            | 0xf6 | 0xf7 | 0xf8 | 0xf9 | 0xfb | 0xfc
    };
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
    if !watched && context.host.constant_prices {
        return execute::<false>(&mut context);
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
        let exit = if context.host.constant_prices {
            execute::<false>(context)
        } else {
            execute::<true>(context)
        };
        if exit != Exit::Hot {
            return exit;
        }
        context.heat = Heat::none();
        is_hot = true;
    }
}

/// The loop. With `WATCHED`, the host sees every step, and the end of each but the last, and every price is the
/// schedule's; without it, prices that no fork has changed are constants of the program.
fn execute<const WATCHED: bool>(context: &mut Context<'_, '_>) -> Exit {
    let prices: &[u64; 256] = &context.host.schedule.base;
    let mut registers = Registers::load(context.frame);
    macro_rules! leave {
        ($result:ident,) => {
            let () = $result;
        };
        ($result:ident, $output:ident) => {
            registers.push($result)
        };
    }
    macro_rules! execute {
        (pure [$($handler:tt)*] (a) -> ($output:ident)) => { registers.unary($($handler)*) };
        (pure [$($handler:tt)*] (x) -> ($output:ident)) => { registers.unary($($handler)*) };
        (pure [$($handler:tt)*] ($a:ident $b:ident) -> ($output:ident)) => { registers.binary($($handler)*) };
        (pure [$($handler:tt)*] ($a:ident $b:ident $c:ident) -> ($output:ident)) => { registers.ternary($($handler)*) };
        (read [$($handler:tt)*] ($($input:ident)*) -> ($output:ident)) => {{
            $(let $input = registers.pop();)*
            registers.push($($handler)*(context $(, $input)*));
        }};
        (metered [$($handler:tt)*] ($($input:ident)*) -> ($($output:ident)?)) => {{
            $(let $input = registers.pop();)*
            context.frame.gas = registers.gas;
            match $($handler)*(context $(, $input)*) {
                Ok(result) => {
                    registers.gas = context.frame.gas;
                    leave!(result, $($output)?);
                }
                Err(exit) => {
                    let gas = context.frame.gas;
                    registers.store(context.frame);
                    context.frame.gas = gas;
                    return exit;
                }
            }
        }};
        (core [$($handler:tt)*] ($($input:ident)*) -> ($($output:ident)*)) => {
            if let Err(exit) = $($handler)*(&mut registers, context) {
                registers.store(context.frame);
                return exit;
            }
        };
        (host [$($handler:tt)*] ($($input:ident)*) -> ($($output:ident)*)) => {{
            registers.store(context.frame);
            if let Err(exit) = $($handler)*(context) { return exit; }
            registers = Registers::load(context.frame);
        }};
    }
    macro_rules! dispatch {
        ($opcode:ident; $($byte:literal $name:ident $class:ident [$($handler:tt)*] ($($input:ident)*) -> ($($output:ident)*),
            $immediate:literal, [$($fork:ident: $price:literal),+];)*) => {
            match $opcode {
                $($byte => {
                    const INPUTS: usize = count!($($input)*);
                    const OUTPUTS: usize = count!($($output)*);
                    const CONSTANT: Option<u64> = constant_price($byte);
                    let price = match CONSTANT {
                        Some(price) if !WATCHED => price,
                        _ => prices[$byte as usize],
                    };
                    if INPUTS > 0 && !registers.has(INPUTS) {
                        registers.store(context.frame);
                        return failure(price, Halt::StackUnderflow);
                    }
                    if OUTPUTS > INPUTS && !registers.has_room(OUTPUTS - INPUTS) {
                        registers.store(context.frame);
                        return failure(price, Halt::StackOverflow);
                    }
                    // A message from outside may have as much gas as what no gas pays for.
                    if price > 0 && (price == UNDEFINED || !registers.charge(price)) {
                        registers.store(context.frame);
                        return failure(price, Halt::OutOfGas);
                    }
                    execute!($class [$($handler)*] ($($input)*) -> ($($output)*));
                })*
                no_instruction!() => {
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

/// An instruction that the fork does not have is undefined, whatever else is wrong.
#[cold]
fn failure(price: u64, halt: Halt) -> Exit {
    Exit::Halt(if price == UNDEFINED {
        Halt::InvalidOpcode
    } else {
        halt
    })
}
