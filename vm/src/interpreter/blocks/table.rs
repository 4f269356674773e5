//! What the translator and the handlers take from the opcode table: an instruction's shape, its effect on the stack, and
//! its body in a form that handlers can be made of. An instruction that is added there needs nothing here.

use gasworks_spec::for_each_opcode;
use primitive_types::U256;

use crate::error::Halt;
use crate::instructions::{
    arithmetic, block, call, control, create, environment, log, memory, stack, storage,
};
use crate::interpreter::{Context, Exit, Registers};
use crate::word;

/// How an instruction is translated.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    /// Changes only what stands where on the stack.
    Stack,
    /// Words to a word.
    Pure { fold: fn([U256; 3]) -> U256 },
    /// What does not change within a block.
    Read,
    /// Operands in, a result or none out, and gas in between; `observed` ones end a block.
    Metered { observed: bool },
    /// MLOAD, MSTORE, MSTORE8.
    Memory,
    /// As the plain loop does it, on the canonical stack, at the end of a block.
    Other,
}

/// Metered instructions that can fail for want of gas only, and that nobody outside the frame can see.
const UNOBSERVED: [u8; 6] = [0x09, 0x0a, 0x20, 0x37, 0x39, 0x5e];
/// POP, PC, JUMPDEST, and all of PUSH, DUP and SWAP.
const STACK: [u8; 3] = [0x50, 0x58, 0x5b];
/// STOP, RETURN, REVERT, INVALID, SELFDESTRUCT.
const ENDS_CODE: [u8; 5] = [0x00, 0xf3, 0xfd, 0xfe, 0xff];
/// MLOAD, MSTORE, MSTORE8.
pub(super) const MEMORY: [u8; 3] = [0x51, 0x52, 0x53];

pub(super) fn ends_code(opcode: u8) -> bool {
    ENDS_CODE.contains(&opcode)
}

/// Whether an instruction gives the same wherever it stands in a block: MSIZE, which also reads, does not.
pub(super) fn only_computes(opcode: u8) -> bool {
    matches!(shape(opcode), Shape::Pure { .. } | Shape::Read) && opcode != 0x59
}

/// LT, GT, SLT, SGT, EQ.
pub(super) fn is_comparison(opcode: u8) -> bool {
    (0x10..=0x14).contains(&opcode)
}

/// Whether a form of the instruction takes a constant as operand `order`.
pub(super) fn takes_constant(opcode: u8, order: usize, value: U256) -> bool {
    match opcode {
        0x51 => word::to_u64(value).is_some_and(|offset| offset <= u64::from(u32::MAX)),
        0x52 => {
            order == 1 || word::to_u64(value).is_some_and(|offset| offset <= u64::from(u32::MAX))
        }
        0x53 => false,
        _ => true,
    }
}

/// An instruction's byte as a type.
pub(super) struct Of<const OPCODE: u8>;

/// A pure instruction of one operand.
pub(super) trait Unary {
    fn apply(a: U256) -> U256;
}

/// A pure instruction of two operands.
pub(super) trait Binary {
    fn apply(a: U256, b: U256) -> U256;
}

/// An instruction that takes operands from anywhere.
pub(super) trait Listed {
    /// Whether it has a result.
    const RESULT: bool;
    /// Whether it may charge gas and use memory.
    const METERED: bool;
    /// The result, or zero where there is none.
    fn apply(operand: impl Fn(usize) -> U256, context: &mut Context<'_, '_>) -> Result<U256, Exit>;
}

/// An instruction as the plain loop carries it out.
pub(super) type Body = fn(&mut Context<'_, '_>) -> Result<(), Exit>;

/// The body of what is never carried out in this form: other forms serve it, or it is no instruction.
fn no_body(_: &mut Context<'_, '_>) -> Result<(), Exit> {
    Err(Exit::Halt(Halt::InvalidOpcode))
}

macro_rules! listed {
    ($byte:literal $result:literal $metered:literal ($($input:ident)*) |$context:ident| $apply:expr) => {
        impl Listed for Of<$byte> {
            const RESULT: bool = $result;
            const METERED: bool = $metered;
            #[inline(always)]
            fn apply(operand: impl Fn(usize) -> U256, $context: &mut Context<'_, '_>) -> Result<U256, Exit> {
                let [$($input),*] = std::array::from_fn(operand);
                $apply
            }
        }
    };
}

macro_rules! implement {
    ($byte:literal pure [$($handler:tt)*] ($a:ident) -> ($result:ident)) => {
        impl Unary for Of<$byte> {
            #[inline(always)]
            fn apply(a: U256) -> U256 { $($handler)*(a) }
        }
    };
    ($byte:literal pure [$($handler:tt)*] ($a:ident $b:ident) -> ($result:ident)) => {
        impl Binary for Of<$byte> {
            #[inline(always)]
            fn apply(a: U256, b: U256) -> U256 { $($handler)*(a, b) }
        }
    };
    ($byte:literal pure [$($handler:tt)*] ($($input:ident)*) -> ($result:ident)) => {
        listed!($byte true false ($($input)*) |_context| Ok($($handler)*($($input),*)));
    };
    ($byte:literal read [$($handler:tt)*] ($($input:ident)*) -> ($result:ident)) => {
        listed!($byte true false ($($input)*) |context| Ok($($handler)*(context $(, $input)*)));
    };
    ($byte:literal metered [$($handler:tt)*] ($($input:ident)*) -> ($result:ident)) => {
        listed!($byte true true ($($input)*) |context| $($handler)*(context $(, $input)*));
    };
    ($byte:literal metered [$($handler:tt)*] ($($input:ident)*) -> ()) => {
        listed!($byte false true ($($input)*) |context| $($handler)*(context $(, $input)*).map(|()| U256::zero()));
    };
    ($byte:literal $class:ident [$($handler:tt)*] ($($input:ident)*) -> ($($result:ident)*)) => {};
}

macro_rules! shape {
    ($byte:literal pure [$($handler:tt)*] ($a:ident)) => { Shape::Pure { fold: |[a, _, _]| $($handler)*(a) } };
    ($byte:literal pure [$($handler:tt)*] ($a:ident $b:ident)) => {
        Shape::Pure { fold: |[a, b, _]| $($handler)*(a, b) }
    };
    ($byte:literal pure [$($handler:tt)*] ($a:ident $b:ident $c:ident)) => {
        Shape::Pure { fold: |[a, b, c]| $($handler)*(a, b, c) }
    };
    ($byte:literal read [$($handler:tt)*] ($($input:ident)*)) => { Shape::Read };
    ($byte:literal metered [$($handler:tt)*] ($($input:ident)*)) => {
        Shape::Metered { observed: !contains(&UNOBSERVED, $byte) }
    };
    ($byte:literal core [$($handler:tt)*] ($($input:ident)*)) => {
        if contains(&MEMORY, $byte) {
            Shape::Memory
        } else if contains(&STACK, $byte) || ($byte >= 0x5f && $byte <= 0x9f) {
            Shape::Stack
        } else {
            Shape::Other
        }
    };
    ($byte:literal host [$($handler:tt)*] ($($input:ident)*)) => { Shape::Other };
}

const fn contains(list: &[u8], byte: u8) -> bool {
    let mut index = 0;
    while index < list.len() {
        if list[index] == byte {
            return true;
        }
        index += 1;
    }
    false
}

macro_rules! body {
    (core [$($handler:tt)*]) => {
        |context| {
            let mut registers = Registers::load(context.frame);
            let result = $($handler)*(&mut registers, context);
            registers.store(context.frame);
            result
        }
    };
    (host [$($handler:tt)*]) => { $($handler)* };
    ($class:ident [$($handler:tt)*]) => { no_body };
}

macro_rules! count {
    () => { 0u8 };
    ($head:ident $($tail:ident)*) => { 1u8 + count!($($tail)*) };
}

#[derive(Clone, Copy)]
struct Row {
    shape: Shape,
    inputs: u8,
    outputs: u8,
    immediate: u8,
    body: Body,
}

macro_rules! tables {
    ($($byte:literal $name:ident $class:ident [$($handler:tt)*] ($($input:ident)*) -> ($($output:ident)*),
        $immediate:literal, [$($fork:ident: $price:literal),+];)*) => {
        $(implement!($byte $class [$($handler)*] ($($input)*) -> ($($output)*));)*

        static ROWS: [Row; 256] = {
            let undefined = Row { shape: Shape::Other, inputs: 0, outputs: 0, immediate: 0, body: no_body };
            let mut rows = [undefined; 256];
            $(rows[$byte] = Row {
                shape: shape!($byte $class [$($handler)*] ($($input)*)),
                inputs: count!($($input)*),
                outputs: count!($($output)*),
                immediate: $immediate,
                body: body!($class [$($handler)*]),
            };)*
            rows
        };
    };
}
for_each_opcode!(tables);

fn row(opcode: u8) -> &'static Row {
    &ROWS[usize::from(opcode)]
}

pub(super) fn shape(opcode: u8) -> Shape {
    row(opcode).shape
}

/// Words that an instruction takes and leaves.
pub(super) fn effect(opcode: u8) -> (u8, u8) {
    (row(opcode).inputs, row(opcode).outputs)
}

/// Bytes after an instruction that belong to it.
pub(super) fn immediate(opcode: u8) -> usize {
    usize::from(row(opcode).immediate)
}

/// The instruction as the plain loop carries it out.
pub(super) fn body(opcode: u8) -> Body {
    row(opcode).body
}
