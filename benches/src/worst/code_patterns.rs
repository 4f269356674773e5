//! Code that is hard to read: large blocks of one instruction, tiny blocks, jumps everywhere.

use gasworks::U256;

use super::code::{
    ADD, CODESIZE, Code, DUP1, GAS, JUMP, JUMPDEST, JUMPI, LOG4, POP, PUSH0, PUSH32, STOP, SWAP1,
};
use super::{Pattern, Size, World, wide};

/// Bytes of a large contract (EIP-170).
const LARGE: usize = 24_576;

pub(super) fn patterns() -> Vec<Pattern> {
    let mut all = Vec::new();
    for (name, before, part) in parts() {
        let (first, then) = (before.clone(), part.clone());
        all.push(Pattern::new(
            format!("code/{name}"),
            Size::Rounds,
            move |rounds| {
                let body = Code::default().times(LARGE / then.len(), &then);
                World::of(first.clone().repeat(rounds, &body))
            },
        ));
        all.push(Pattern::new(
            format!("code_once/{name}"),
            Size::Fresh(1),
            move |size| {
                let times = size as usize * LARGE / part.len();
                World::of(before.clone().times(times, &part).then(&[STOP]))
            },
        ));
    }
    all.push(Pattern::new("code_once/skipped", Size::Fresh(1), |size| {
        // Nothing but immediates that look like destinations, and a jump over them.
        let data = Code::of(&[0x60, JUMPDEST])
            .times(size as usize * LARGE / 2, &Code::of(&[0x60, JUMPDEST]));
        let end = data.len() + 5;
        let jump = [0x62, (end >> 16) as u8, (end >> 8) as u8, end as u8, JUMP];
        World::of(Code::of(&jump).times(1, &data).then(&[JUMPDEST, STOP]))
    }));
    all.push(Pattern::new(
        "code/jumps_scattered",
        Size::Rounds,
        |rounds| World::of(Code::default().repeat_with(rounds, scattered_jumps)),
    ));
    all.push(Pattern::new(
        "code/jumps_unforeseen",
        Size::Rounds,
        |rounds| {
            World::of(
                Code::default()
                    .push(wide(4))
                    .repeat_with(rounds, unforeseen_jumps),
            )
        },
    ));
    all.push(Pattern::new(
        "code/jumps_computed",
        Size::Rounds,
        |rounds| World::of(Code::default().repeat_with(rounds, computed_jumps)),
    ));
    all
}

/// What a large contract may consist of, and the words below it.
fn parts() -> Vec<(&'static str, Code, Code)> {
    let words: Vec<U256> = (0..17).map(wide).collect();
    let words = Code::default().push_all(&words);
    let empty = Code::default();
    let mut push = Code::of(&[PUSH32]).then(&wide(1).to_big_endian());
    push = push.then(&[POP]);
    let mut full_stack = Code::default();
    for _ in 0..700 {
        full_stack = full_stack.then(&[PUSH32]).then(&wide(1).to_big_endian());
    }
    let full_stack = full_stack.times(700, &Code::of(&[POP]));
    let shuffles: Vec<u8> = (0..64u8).map(|step| SWAP1 + step % 16 * 7 % 16).collect();
    let back: Vec<u8> = shuffles.iter().rev().copied().collect();
    let copies: Vec<u8> = (0..16u8).map(|step| DUP1 + step * 5 % 16).collect();
    vec![
        ("jumpdest", empty.clone(), Code::of(&[JUMPDEST])),
        ("push32", empty.clone(), push),
        ("push32_full_stack", empty.clone(), full_stack),
        ("push0", empty.clone(), Code::of(&[PUSH0, POP])),
        ("log4", empty.clone(), Code::of(&[PUSH0; 6]).then(&[LOG4])),
        ("add", words.clone(), Code::of(&[DUP1, DUP1, ADD, POP])),
        ("swaps", words.clone(), Code::of(&shuffles).then(&back)),
        ("dups", words, Code::of(&copies).then(&[POP; 16])),
        ("gas", empty.clone(), Code::of(&[GAS, POP])),
        ("codesize", empty, Code::of(&[CODESIZE, POP])),
    ]
}

/// Blocks that jump to each other in an order that jumps over most of them.
fn scattered_jumps(start: usize) -> Code {
    const BLOCKS: usize = 4_001;
    // JUMPDEST PUSH2 target JUMP.
    const LENGTH: usize = 5;
    let mut blocks = vec![[0; LENGTH]; BLOCKS];
    let at = |block: usize| start + 4 + block * LENGTH;
    let mut block = 0;
    for step in 1..=BLOCKS {
        let next = step * 1_597 % BLOCKS;
        let target = if step == BLOCKS { at(BLOCKS) } else { at(next) };
        blocks[block] = [JUMPDEST, 0x61, (target >> 8) as u8, target as u8, JUMP];
        block = next;
    }
    let first = at(0);
    let code = Code::of(&[0x61, (first >> 8) as u8, first as u8, JUMP]);
    code.then(blocks.as_flattened()).then(&[JUMPDEST])
}

/// Jumps that a random word below the counter decides about; the word is changed each round.
fn unforeseen_jumps(start: usize) -> Code {
    let mut body = Code::of(&[SWAP1]);
    for bit in 0..=255u8 {
        // DUP1, PUSH1 bit, SHR, PUSH1 1, AND, PUSH2 target, JUMPI, JUMPDEST: the target is the end or the next bit.
        let target = start + body.len() + 12;
        body = body.then(&[DUP1, 0x60, bit, 0x1c, 0x60, 1, 0x16]);
        // What is jumped over or not is a destination, too, and does nothing.
        body = body.then(&[
            0x61,
            (target >> 8) as u8,
            target as u8,
            JUMPI,
            JUMPDEST,
            JUMPDEST,
        ]);
    }
    // A multiplicative generator.
    body.push(wide(7))
        .then(&[0x02])
        .push(wide(8))
        .then(&[ADD, SWAP1])
}

/// Jumps to where a sum says, which no translation can know.
fn computed_jumps(start: usize) -> Code {
    let mut body = Code::default();
    for _ in 0..1_000 {
        let target = start + body.len() + 8;
        let half = target / 2;
        // PUSH2 half, PUSH2 rest, ADD, JUMP, JUMPDEST.
        let rest = target - half;
        body = body.then(&[0x61, (half >> 8) as u8, half as u8]);
        body = body.then(&[0x61, (rest >> 8) as u8, rest as u8, ADD, JUMP, JUMPDEST]);
    }
    body
}
