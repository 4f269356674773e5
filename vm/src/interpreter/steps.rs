//! One instruction as the plain loop carries it out: the stack is checked, the base price paid, and the body follows.

use gasworks_spec::{UNDEFINED, constant_price, for_each_opcode};

use super::{Context, Exit, Registers};
use crate::error::Halt;
use crate::instructions::{
    arithmetic, block, call, control, create, environment, log, memory, stack, storage,
};
use crate::word;

/// An instruction's byte as a type.
pub(super) struct Of<const OPCODE: u8>;

/// An instruction of the opcode table.
pub(super) trait Instruction {
    const OPCODE: u8;
    /// Words that it takes and leaves.
    const INPUTS: usize;
    const OUTPUTS: usize;
    /// Whether its body needs no room on the native stack, in whatever build.
    const SHORT: bool;

    /// Its body: operands are there, there is room for results, and the base price is paid.
    fn body(registers: &mut Registers, context: &mut Context<'_, '_>) -> Result<(), Exit>;

    /// Carries it out. Afterwards the registers are right, whatever the result. Prices that no fork has changed are
    /// constants of the program, unless all are those of the schedule (`SCHEDULED`).
    #[inline(always)]
    fn carry_out<const SCHEDULED: bool>(
        registers: &mut Registers,
        context: &mut Context<'_, '_>,
        prices: &[u64; 256],
    ) -> Result<(), Exit> {
        let price = match const { constant_price(Self::OPCODE) } {
            Some(price) if !SCHEDULED => price,
            _ => prices[usize::from(Self::OPCODE)],
        };
        if Self::INPUTS > 0 && !registers.has(Self::INPUTS) {
            return Err(failure(price, Halt::StackUnderflow));
        }
        if Self::OUTPUTS > Self::INPUTS && !registers.has_room(Self::OUTPUTS - Self::INPUTS) {
            return Err(failure(price, Halt::StackOverflow));
        }
        // A message from outside may have as much gas as what no gas pays for.
        if price > 0 && (price == UNDEFINED || !registers.charge(price)) {
            return Err(failure(price, Halt::OutOfGas));
        }
        Self::body(registers, context)
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

macro_rules! leave {
    ($registers:ident, $result:ident,) => {
        let () = $result;
    };
    ($registers:ident, $result:ident, $output:ident) => {
        $registers.push($result)
    };
}

/// A body by its class. `pure` instructions work on words; `read` and `metered` ones get words and the context, `core` ones
/// the registers, and before a `host` one these are written back to the frame, which is all that it sees.
macro_rules! body {
    ($registers:ident $context:ident pure [$($handler:tt)*] ($a:ident) -> ($output:ident)) => {{
        let _ = $context;
        $registers.unary($($handler)*);
        Ok(())
    }};
    ($registers:ident $context:ident pure [$($handler:tt)*] ($a:ident $b:ident) -> ($output:ident)) => {{
        let _ = $context;
        $registers.binary($($handler)*);
        Ok(())
    }};
    ($registers:ident $context:ident pure [$($handler:tt)*] ($a:ident $b:ident $c:ident) -> ($output:ident)) => {{
        let _ = $context;
        $registers.ternary($($handler)*);
        Ok(())
    }};
    ($registers:ident $context:ident read [$($handler:tt)*] ($($input:ident)*) -> ($output:ident)) => {{
        $(let $input = $registers.pop();)*
        $registers.push($($handler)*($context $(, $input)*));
        Ok(())
    }};
    ($registers:ident $context:ident metered [$($handler:tt)*] ($($input:ident)*) -> ($($output:ident)?)) => {{
        $(let $input = $registers.pop();)*
        $context.frame.gas = $registers.gas;
        let result = $($handler)*($context $(, $input)*);
        $registers.gas = $context.frame.gas;
        result.map(|result| {
            leave!($registers, result, $($output)?);
        })
    }};
    ($registers:ident $context:ident core [$($handler:tt)*] ($($input:ident)*) -> ($($output:ident)*)) => {
        $($handler)*($registers, $context)
    };
    ($registers:ident $context:ident host [$($handler:tt)*] ($($input:ident)*) -> ($($output:ident)*)) => {{
        $registers.store($context.frame);
        let result = $($handler)*($context);
        *$registers = Registers::load($context.frame);
        result
    }};
}

/// Whether an instruction of few operands calls functions that get or give words in memory: division (DIV, SDIV, MOD, SMOD)
/// and reading over the end (CALLDATALOAD).
const fn calls(byte: u8) -> bool {
    matches!(byte, 0x04..=0x07 | 0x35)
}

/// What goes outside the frame or hashes, and what has three operands, is more than there are registers for.
macro_rules! is_short {
    (pure $a:ident $b:ident $c:ident) => {
        false
    };
    (pure $($input:ident)*) => {
        true
    };
    (read $($input:ident)*) => {
        true
    };
    (core $($input:ident)*) => {
        true
    };
    ($class:ident $($input:ident)*) => {
        false
    };
}

macro_rules! count {
    () => { 0usize };
    ($head:ident $($tail:ident)*) => { 1usize + count!($($tail)*) };
}

macro_rules! implement {
    ($($byte:literal $name:ident $class:ident [$($handler:tt)*] ($($input:ident)*) -> ($($output:ident)*),
        $immediate:literal, [$($fork:ident: $price:literal),+];)*) => {
        $(impl Instruction for Of<$byte> {
            const OPCODE: u8 = $byte;
            const INPUTS: usize = count!($($input)*);
            const OUTPUTS: usize = count!($($output)*);
            const SHORT: bool = is_short!($class $($input)*) && !calls($byte);

            #[inline(always)]
            fn body(registers: &mut Registers, context: &mut Context<'_, '_>) -> Result<(), Exit> {
                body!(registers context $class [$($handler)*] ($($input)*) -> ($($output)*))
            }
        })*
    };
}
for_each_opcode!(implement);
