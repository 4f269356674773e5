//! The handlers of each instruction, by the kinds of their operands.

use gasworks_spec::for_each_opcode;

use super::handlers::control::{branch, branch_compared};
use super::handlers::host::{listed, listed_end};
use super::handlers::words::{InSlot, Small, Wide, binary, binary_called, unary};
use super::machine::Handler;
use super::table::Of;

/// The kinds of an instruction's two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pair {
    SlotSlot,
    SlotSmall,
    SmallSlot,
    SlotWide,
    WideSlot,
}

/// The handlers of an instruction.
#[derive(Clone, Copy)]
pub(super) enum Form {
    Unary(Handler),
    /// In the order of [`Pair`].
    Binary([Handler; 5]),
    /// Within a block, and at its end.
    Listed {
        result: bool,
        within: Handler,
        end: Handler,
    },
    /// None of its own.
    None,
}

macro_rules! pairs {
    ($handler:ident, $byte:literal, $tail:ident) => {
        Form::Binary([
            $handler::<Of<$byte>, InSlot, InSlot, $tail>,
            $handler::<Of<$byte>, InSlot, Small, $tail>,
            $handler::<Of<$byte>, Small, InSlot, $tail>,
            $handler::<Of<$byte>, InSlot, Wide, $tail>,
            $handler::<Of<$byte>, Wide, InSlot, $tail>,
        ])
    };
}

macro_rules! form {
    ($tail:ident $byte:literal pure ($a:ident) -> ($result:ident)) => { Form::Unary(unary::<Of<$byte>, $tail>) };
    // DIV, SDIV, MOD and SMOD are too long to be part of a handler.
    ($tail:ident 0x04 pure ($a:ident $b:ident) -> ($result:ident)) => { pairs!(binary_called, 0x04, $tail) };
    ($tail:ident 0x05 pure ($a:ident $b:ident) -> ($result:ident)) => { pairs!(binary_called, 0x05, $tail) };
    ($tail:ident 0x06 pure ($a:ident $b:ident) -> ($result:ident)) => { pairs!(binary_called, 0x06, $tail) };
    ($tail:ident 0x07 pure ($a:ident $b:ident) -> ($result:ident)) => { pairs!(binary_called, 0x07, $tail) };
    ($tail:ident $byte:literal pure ($a:ident $b:ident) -> ($result:ident)) => { pairs!(binary, $byte, $tail) };
    ($tail:ident $byte:literal pure ($($input:ident)*) -> ($result:ident)) => { form!(@listed $tail $byte true) };
    ($tail:ident $byte:literal read ($($input:ident)*) -> ($result:ident)) => { form!(@listed $tail $byte true) };
    ($tail:ident $byte:literal metered ($($input:ident)*) -> ($result:ident)) => { form!(@listed $tail $byte true) };
    ($tail:ident $byte:literal metered ($($input:ident)*) -> ()) => { form!(@listed $tail $byte false) };
    (@listed $tail:ident $byte:literal $result:literal) => {
        Form::Listed {
            result: $result,
            within: listed::<Of<$byte>, $tail>,
            end: listed_end::<Of<$byte>, $tail>,
        }
    };
    ($tail:ident $byte:literal $class:ident ($($input:ident)*) -> ($($output:ident)*)) => { Form::None };
}

macro_rules! forms {
    ($($byte:tt $name:ident $class:ident [$($handler:tt)*] ($($input:ident)*) -> ($($output:ident)*),
        $immediate:literal, [$($fork:ident: $price:literal),+];)*) => {
        const fn forms<const TAIL: bool>() -> [Form; 256] {
            let mut forms = [Form::None; 256];
            $(forms[$byte] = form!(TAIL $byte $class ($($input)*) -> ($($output)*));)*
            forms
        }
    };
}
for_each_opcode!(forms);

static TAIL_FORMS: [Form; 256] = forms::<true>();
static TRAMPOLINE_FORMS: [Form; 256] = forms::<false>();

pub(super) fn form<const TAIL: bool>(opcode: u8) -> Form {
    let forms = if TAIL { &TAIL_FORMS } else { &TRAMPOLINE_FORMS };
    forms[usize::from(opcode)]
}

/// The handler of a jump that compares.
pub(super) fn compared<const TAIL: bool>(opcode: u8, pair: Pair, negated: bool) -> Option<Handler> {
    macro_rules! choose {
        ($($byte:literal),*) => {
            match (opcode, pair, negated) {
                $(
                    ($byte, Pair::SlotSlot, false) => branch_compared::<Of<$byte>, InSlot, InSlot, false, TAIL>,
                    ($byte, Pair::SlotSlot, true) => branch_compared::<Of<$byte>, InSlot, InSlot, true, TAIL>,
                    ($byte, Pair::SlotSmall, false) => branch_compared::<Of<$byte>, InSlot, Small, false, TAIL>,
                    ($byte, Pair::SlotSmall, true) => branch_compared::<Of<$byte>, InSlot, Small, true, TAIL>,
                    ($byte, Pair::SmallSlot, false) => branch_compared::<Of<$byte>, Small, InSlot, false, TAIL>,
                    ($byte, Pair::SmallSlot, true) => branch_compared::<Of<$byte>, Small, InSlot, true, TAIL>,
                )*
                _ => return None,
            }
        };
    }
    Some(choose!(0x10, 0x11, 0x12, 0x13, 0x14))
}

/// The handler of a jump that looks at a word.
pub(super) fn tested<const TAIL: bool>(negated: bool) -> Handler {
    if negated {
        branch::<Of<0x15>, true, TAIL>
    } else {
        branch::<Of<0x15>, false, TAIL>
    }
}
