//! The translator and its proof: what is translated is right, and what is wrong is found.

use gasworks_spec::Fork;
use proptest::prelude::*;
use proptest::strategy::ValueTree;

use super::ir::{Block, Condition, End, Operand, Operation};
use super::policy::{Policy, Prices};
use super::translate::{Source, Translator};
use super::verify::{Problem, verify};
use crate::env::Core;
use crate::interpreter::Code;

fn prices() -> [u64; 256] {
    Fork::Osaka.schedule().base
}

/// The first block of a program.
fn block(bytes: &[u8]) -> (Block, Result<(), Problem>) {
    let code = Code::new(bytes);
    let prices = prices();
    let source = Source {
        code: &code,
        prices: &prices,
    };
    let block = Translator::default().block(&source, 0, |_| false);
    let verdict = verify(&block, &source);
    (block, verdict)
}

fn operations(bytes: &[u8]) -> Vec<Operation> {
    let (block, verdict) = block(bytes);
    assert_eq!(verdict, Ok(()));
    block.operations
}

#[test]
fn what_only_moves_words_becomes_nothing() {
    // DUP2, SWAP1, POP, PUSH1 7, POP, STOP: the copy of the second word is the new top.
    let operations = operations(&[0x81, 0x90, 0x50, 0x60, 7, 0x50, 0x00]);
    assert_eq!(operations, [Operation::Copy { to: -1, from: -2 }]);
}

#[test]
fn a_swap_at_the_end_is_one_operation() {
    let swapped = operations(&[0x90, 0x00]);
    assert_eq!(swapped, [Operation::Swap { a: -2, b: -1 }]);
    assert_eq!(operations(&[0x90, 0x90, 0x00]), []);
}

#[test]
fn constants_are_folded() {
    // PUSH1 1, PUSH1 1, PUSH1 160, SHL, SUB: the mask of an address, as compilers write it.
    let (block, verdict) = block(&[0x60, 1, 0x60, 1, 0x60, 160, 0x1b, 0x03, 0x00]);
    assert_eq!(verdict, Ok(()));
    let [Operation::Constant { to: 0, value }] = block.operations[..] else {
        panic!("{:?}", block.operations)
    };
    assert_eq!(
        block.constant(value).0,
        [u64::MAX, u64::MAX, u64::from(u32::MAX), 0]
    );
}

/// The example of ARCHITECTURE.md: a sum of the numbers below one.
#[test]
fn a_loop_of_eleven_instructions_becomes_three_operations() {
    // JUMPDEST, DUP1, SWAP2, ADD, SWAP1, PUSH1 1, SWAP1, SUB, DUP1, PUSH1 0, JUMPI
    let (block, verdict) = block(&[
        0x5b, 0x80, 0x91, 0x01, 0x90, 0x60, 1, 0x90, 0x03, 0x80, 0x60, 0, 0x57, 0x00,
    ]);
    assert_eq!(verdict, Ok(()));
    assert_eq!((block.gas, block.need, block.growth), (38, 2, 2));
    let [Operation::Apply(add), Operation::Apply(sub)] = block.operations[..] else {
        panic!("{:?}", block.operations)
    };
    assert_eq!((add.opcode, add.to), (0x01, -2));
    assert_eq!(add.operands[..2], [Operand::Slot(-2), Operand::Slot(-1)]);
    assert_eq!(
        (sub.opcode, sub.to, sub.operands[0]),
        (0x03, -1, Operand::Slot(-1))
    );
    let looked_at = Condition::Word {
        operand: Operand::Slot(-1),
        negated: false,
    };
    let end = End::Branch {
        condition: looked_at,
        target: 0,
    };
    assert_eq!((block.end, block.height), (end, 0));
}

#[test]
fn a_loop_condition_becomes_one_jump() {
    // DUP1, PUSH1 10, GT, ISZERO, PUSH1 9, JUMPI, STOP, JUMPDEST
    let (block, verdict) = block(&[0x80, 0x60, 10, 0x11, 0x15, 0x60, 9, 0x57, 0x00, 0x5b]);
    assert_eq!(verdict, Ok(()));
    assert_eq!(block.operations, []);
    assert_eq!((block.gas, block.need, block.growth), (25, 1, 2));
    let End::Branch {
        condition:
            Condition::Comparison {
                opcode: 0x11,
                operands: [Operand::Constant(limit), Operand::Slot(-1)],
                negated: true,
            },
        target: 9,
    } = block.end
    else {
        panic!("{:?}", block.end)
    };
    assert_eq!(block.constant(limit), 10.into());
}

#[test]
fn a_condition_that_is_a_constant_makes_a_jump() {
    // PUSH1 condition, PUSH1 6, JUMPI, STOP, JUMPDEST
    let (taken, verdict) = block(&[0x60, 2, 0x60, 6, 0x57, 0x00, 0x5b]);
    assert_eq!((taken.end, verdict), (End::Jump { target: 6 }, Ok(())));
    assert_eq!((taken.gas, taken.height), (16, 0));
    let (not_taken, verdict) = block(&[0x60, 0, 0x60, 6, 0x57, 0x00, 0x5b]);
    assert_eq!(
        (not_taken.end, verdict),
        (End::Generic { opcode: 0x57 }, Ok(()))
    );
    let nowhere = block(&[0x60, 2, 0x60, 5, 0x57, 0x00, 0x5b]);
    assert_eq!(
        (nowhere.0.end, nowhere.1),
        (End::Generic { opcode: 0x57 }, Ok(()))
    );
}

#[test]
fn blocks_end_at_what_can_be_observed() {
    for byte in [0x54, 0x55, 0x5a, 0x31, 0xa0, 0xf1, 0x3e, 0x56] {
        // Enough operands that are no constants: a jump to one would be another kind of end.
        let mut code = vec![0x5b];
        code.extend([0x36; 8]);
        code.extend([byte, 0x01, 0x00]);
        let (block, verdict) = block(&code);
        assert_eq!((block.next, verdict), (10, Ok(())), "{byte:#x}");
    }
}

#[test]
fn long_code_is_translated_on_as_soon_as_its_translation_ends() {
    // PC, POP, and so on: nothing jumps, so that only the start is ever counted.
    let code = Code::new(&[0x58, 0x50].repeat(512));
    let policy = Policy::new(Core::Adaptive, Prices::of(Fork::Osaka));
    let translation = code.translation(&policy).expect("a translation");
    let come_to = |position| translation.block_at(&code, &prices(), position).is_some();
    let arrivals = (1..1_000).find(|_| come_to(0));
    assert_eq!(arrivals, Some(usize::from(policy.threshold) + 1));
    let at_once: Vec<usize> = (2..512).filter(|position| come_to(*position)).collect();
    assert_eq!(at_once.len(), 1, "{at_once:?}");
}

#[test]
fn long_code_is_split_and_bytes_that_are_no_instruction_are_left() {
    let (long, verdict) = block(&[0x5a; 1]);
    assert_eq!((long.next, verdict), (1, Ok(())));
    let (split, verdict) = block(&[0x30; 1000]);
    assert_eq!((split.next, split.end, verdict), (128, End::Fall, Ok(())));
    let (undefined, verdict) = block(&[0x0c]);
    assert_eq!(
        (undefined.next, undefined.end, verdict),
        (0, End::Leave, Ok(()))
    );
    let (before, verdict) = block(&[0x30, 0x0c]);
    assert_eq!((before.next, before.end, verdict), (1, End::Fall, Ok(())));
}

/// Changes one thing in a block. False where there is nothing to change.
fn spoil(block: &mut Block, choice: usize) -> bool {
    if block.operations.is_empty() {
        return false;
    }
    let which = choice % block.operations.len();
    match &mut block.operations[which] {
        Operation::Copy { to, from } => {
            if choice.is_multiple_of(2) {
                *to -= 1;
            } else {
                *from -= 1;
            }
        }
        Operation::Swap { a, .. } => *a -= 1,
        Operation::Constant { to, .. } => *to -= 1,
        Operation::Apply(apply) => match &mut apply.operands[0] {
            _ if choice.is_multiple_of(2) => apply.opcode ^= 1,
            Operand::Slot(slot) => *slot -= 1,
            Operand::Constant(value) => *value += 1,
        },
    }
    true
}

/// Instructions of a straight line, with many that move words.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let one = prop_oneof![
        3 => (0u8..6).prop_map(|depth| vec![0x80 + depth]),
        3 => (0u8..6).prop_map(|depth| vec![0x90 + depth]),
        3 => (0u8..3).prop_map(|value| vec![0x60, value]),
        2 => Just(vec![0x50]),
        4 => prop::sample::select(vec![0x01u8, 0x02, 0x03, 0x08, 0x09, 0x10, 0x15, 0x16, 0x19, 0x1b])
            .prop_map(|byte| vec![byte]),
        1 => prop::sample::select(vec![0x51u8, 0x52, 0x53, 0x20, 0x30, 0x35, 0x37, 0x59])
            .prop_map(|byte| vec![byte]),
        1 => prop::sample::select(vec![0x54u8, 0x55, 0x56, 0x57, 0x5a, 0xf1, 0xa2, 0x00])
            .prop_map(|byte| vec![byte]),
    ];
    prop::collection::vec(one, 1..60).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn every_block_is_proven(code in line()) {
        let (block, verdict) = block(&code);
        prop_assert_eq!(verdict, Ok(()), "{:#?}", block);
    }
}

/// A block of which something was changed is refused, unless the change does not matter: an operand of what nobody reads.
#[test]
fn what_is_wrong_is_found() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut spoilt, mut found) = (0, 0);
    for choice in 0..3_000 {
        let Ok(tree) = line().new_tree(&mut runner) else {
            continue;
        };
        let code = Code::new(&tree.current());
        let prices = prices();
        let source = Source {
            code: &code,
            prices: &prices,
        };
        let mut block = Translator::default().block(&source, 0, |_| false);
        if spoil(&mut block, choice) {
            spoilt += 1;
            found += usize::from(verify(&block, &source).is_err());
        }
    }
    assert!(spoilt > 1_000, "{spoilt}");
    assert!(found * 100 > spoilt * 85, "{found} of {spoilt}");
}

#[test]
fn gas_and_bounds_are_checked() {
    let code = Code::new(&[0x01, 0x00]);
    let prices = prices();
    let source = Source {
        code: &code,
        prices: &prices,
    };
    let right = Translator::default().block(&source, 0, |_| false);
    assert_eq!((right.gas, right.need, right.growth), (3, 2, 0));
    for change in [
        |block: &mut Block| block.gas += 1,
        |block: &mut Block| block.need += 1,
        |block: &mut Block| block.growth += 1,
        |block: &mut Block| block.next += 1,
        |block: &mut Block| block.height += 1,
    ] {
        let mut wrong = right.clone();
        change(&mut wrong);
        assert!(verify(&wrong, &source).is_err(), "{wrong:?}");
    }
}
