//! Random programs that get somewhere: each instruction usually finds operands that make sense.

use gasworks::{Fork, U256};
use gasworks_spec::opcode;
use gasworks_tests::code::{Code, Word, call, create, deploy, op, push, push_all, sstore};
use gasworks_tests::world::{CONTRACT, OTHER, low};
use proptest::prelude::*;

/// A part of a program.
#[derive(Clone, Debug)]
enum Part {
    /// An instruction with its operands pushed before it.
    Fed(u8, Vec<U256>),
    /// An instruction that takes what is there.
    Bare(u8),
    Call {
        name: &'static str,
        to: U256,
        gas: U256,
        value: u64,
        input: u64,
        output: u64,
    },
    /// Deploys a program that writes and calls back, or runs it as init code.
    Create {
        deploys: bool,
        value: u64,
        inner: Vec<(u64, u64)>,
    },
    Store(u64, u64),
    /// Ends the frame: STOP, RETURN, REVERT, INVALID, SELFDESTRUCT.
    End(u8),
}

/// A program.
#[derive(Clone, Debug)]
pub struct Program(Vec<Part>);

impl Program {
    /// Its bytes.
    pub fn code(&self) -> Code {
        self.0
            .iter()
            .map(Part::code)
            .fold(Code::default(), |code, part| code + part)
    }
}

impl Part {
    fn code(&self) -> Code {
        match self {
            Self::Fed(byte, operands) => push_all(operands) + Code(vec![*byte]),
            Self::Bare(byte) => Code(vec![*byte]),
            Self::Call {
                name,
                to,
                gas,
                value,
                input,
                output,
            } => call(name, *to)
                .gas(*gas)
                .value(*value)
                .input(0, *input)
                .output(0, *output)
                .code(),
            Self::Create {
                deploys,
                value,
                inner,
            } => {
                let program = inner.iter().fold(Code::default(), |code, (slot, new)| {
                    code + sstore(*slot, *new)
                });
                let init = if *deploys { deploy(&program) } else { program };
                create(&init, *value)
            }
            Self::Store(slot, new) => sstore(*slot, *new),
            Self::End(byte) => push(OTHER) + push(32) + push(0) + Code(vec![*byte]),
        }
    }
}

/// Words that are worth trying: small, at edges, addresses.
fn words() -> impl Strategy<Value = U256> {
    prop_oneof![
        40 => (0u64..100).prop_map(U256::from),
        4 => (0u64..5_000).prop_map(U256::from),
        1 => any::<[u64; 4]>().prop_map(U256),
        1 => Just(U256::MAX),
        1 => Just(OTHER.word()),
    ]
}

fn targets() -> impl Strategy<Value = U256> {
    prop_oneof![
        4 => Just(OTHER.word()),
        3 => Just(CONTRACT.word()),
        1 => (1u64..0x12).prop_map(|number| low(number).word()),
        1 => Just(low(0x9999).word()),
    ]
}

fn part() -> impl Strategy<Value = Part> {
    let known: Vec<u8> = (0..=255u8).filter(|byte| opcode(*byte).is_some()).collect();
    // Ends and jumps would cut programs short.
    let goes_on =
        |byte: &u8| !matches!(byte, 0x00 | 0x56 | 0x57 | 0x60..=0x7f | 0xf3 | 0xfd..=0xff);
    let straight: Vec<u8> = known.into_iter().filter(goes_on).collect();
    // Most instructions are in every fork, so that old forks do not end at once.
    let is_old =
        |byte: &u8| opcode(*byte).is_some_and(|opcode| opcode.introduced() == Fork::Frontier);
    let old: Vec<u8> = straight.iter().copied().filter(is_old).collect();
    let bytes =
        prop_oneof![9 => prop::sample::select(old), 1 => prop::sample::select(straight.clone())];
    let fed = (bytes, prop::collection::vec(words(), 17));
    let fed = fed.prop_map(|(byte, mut operands)| {
        operands.truncate(opcode(byte).map_or(0, |opcode| opcode.inputs.len()));
        Part::Fed(byte, operands)
    });
    let names = prop::sample::select(vec![
        "CALL",
        "CALL",
        "CALLCODE",
        "DELEGATECALL",
        "STATICCALL",
    ]);
    let gas = prop_oneof![Just(U256::MAX), (0u64..60_000).prop_map(U256::from)];
    let values = prop_oneof![3 => Just(0), 1 => 1u64..100, 1 => Just(100_000)];
    let calls = (names, targets(), gas, values.clone(), 0u64..64, 0u64..64);
    let calls = calls.prop_map(|(name, to, gas, value, input, output)| Part::Call {
        name,
        to,
        gas,
        value,
        input,
        output,
    });
    let slots = || (0u64..3, 0u64..3);
    let creates = (any::<bool>(), values, prop::collection::vec(slots(), 0..3));
    let creates = creates.prop_map(|(deploys, value, inner)| Part::Create {
        deploys,
        value,
        inner,
    });
    prop_oneof![
        24 => fed,
        1 => prop::sample::select(straight).prop_map(Part::Bare),
        5 => calls,
        2 => creates,
        6 => slots().prop_map(|(slot, new)| Part::Store(slot, new)),
    ]
}

/// Programs of up to 25 parts and an end.
pub fn program(with_destruction: bool) -> impl Strategy<Value = Program> {
    let mut ends = vec![0x00, 0x00, 0xf3, 0xf3, 0xfd, 0xfe];
    if with_destruction {
        ends.extend([0xff, 0xff]);
    }
    let parts = prop::collection::vec(part(), 0..25);
    (parts, prop::sample::select(ends)).prop_map(|(mut parts, end)| {
        parts.push(Part::End(end));
        Program(parts)
    })
}

/// What the generator writes is what it means.
#[test]
fn parts_are_programs() {
    let store = Program(vec![Part::Store(1, 2), Part::Bare(0x5b)]);
    assert_eq!(store.code(), sstore(1, 2) + op("JUMPDEST"));
    let fed = Program(vec![Part::Fed(0x01, vec![3.into(), 4.into()])]);
    assert_eq!(fed.code(), push(4) + push(3) + op("ADD"));
}
