//! Accounts and slots that are cold, warm, far apart, written and taken back; memory, copies, logs and hashes.

use gasworks::U256;

use super::code::{
    ADD, BALANCE, CALLDATACOPY, Code, DUP1, EXTCODECOPY, EXTCODEHASH, EXTCODESIZE, KECCAK256, LOG0,
    LOG4, MCOPY, MLOAD, MSTORE, MSTORE8, MUL, POP, PUSH0, SLOAD, SSTORE, STOP, SWAP1, TLOAD,
    TSTORE,
};
use super::{Pattern, Size, World, address, address_word, wide};

/// How the number of a round becomes a slot.
#[derive(Clone, Copy)]
enum Slots {
    /// One slot.
    Same,
    /// The number times a power of two, so that slots meet in a table that is mapped by some of their bits.
    Apart(u32),
}

impl Slots {
    /// Pushes the slot; the counter is below `above` words.
    fn push(self, above: u8) -> Code {
        match self {
            Self::Same => Code::default().push(7),
            Self::Apart(0) => Code::of(&[DUP1 + above]),
            Self::Apart(bits) => {
                let factor = U256::one() << bits;
                Code::of(&[DUP1 + above]).push(factor).then(&[MUL])
            }
        }
    }
}

pub(super) fn patterns() -> Vec<Pattern> {
    let mut all = storage();
    all.extend(accounts());
    all.extend(memory());
    all.extend(hashes_and_logs());
    all
}

fn storage() -> Vec<Pattern> {
    let mut all = Vec::new();
    let rows = [
        ("same", Slots::Same),
        ("next", Slots::Apart(0)),
        ("by_4096", Slots::Apart(12)),
        ("by_2_pow_64", Slots::Apart(64)),
        ("by_2_pow_200", Slots::Apart(200)),
    ];
    for (name, slots) in rows {
        let load = |opcode| slots.push(0).then(&[opcode, POP]);
        let store = |opcode| Code::of(&[DUP1]).times(1, &slots.push(1)).then(&[opcode]);
        for (verb, body) in [
            ("sload", load(SLOAD)),
            ("sstore", store(SSTORE)),
            ("tload", load(TLOAD)),
            ("tstore", store(TSTORE)),
        ] {
            all.push(Pattern::of_loop(
                format!("storage/{verb}_{name}"),
                Code::default(),
                body,
            ));
        }
        // Zero, one, and zero again.
        let both = Code::default()
            .push(1)
            .times(1, &slots.push(1))
            .then(&[SSTORE, PUSH0])
            .times(1, &slots.push(1))
            .then(&[SSTORE]);
        all.push(Pattern::of_loop(
            format!("storage/set_and_clear_{name}"),
            Code::default(),
            both,
        ));
    }
    // Slots that are there, and cleared.
    all.push(Pattern::new("storage/clear", Size::Rounds, |rounds| {
        let body = Code::of(&[PUSH0, DUP1 + 1, SSTORE]);
        let mut world = World::of(Code::default().repeat(rounds, &body));
        world.storage = (1..=rounds)
            .map(|slot| (U256::from(slot), U256::one()))
            .collect();
        world
    }));
    // Two slots that are read in turn.
    for (name, bits) in [("4096", 12), ("2_pow_32", 32), ("2_pow_128", 128)] {
        let far = U256::one() << bits;
        let once = Code::default()
            .push(far)
            .then(&[SLOAD, POP, PUSH0, SLOAD, POP]);
        let body = Code::default().times(32, &once);
        all.push(Pattern::of_loop(
            format!("storage/in_turn_by_{name}"),
            Code::default(),
            body,
        ));
    }
    all
}

fn accounts() -> Vec<Pattern> {
    let mut all = Vec::new();
    let rows: [(&str, &[u8], &[u8]); 4] = [
        ("balance", &[], &[BALANCE, POP]),
        ("extcodesize", &[], &[EXTCODESIZE, POP]),
        ("extcodehash", &[], &[EXTCODEHASH, POP]),
        ("extcodecopy", &[0x60, 32, PUSH0, PUSH0], &[EXTCODECOPY]),
    ];
    for (name, before, after) in rows {
        for (kind, present) in [("contracts", true), ("nobody", false)] {
            let (before, after) = (before.to_vec(), after.to_vec());
            let name = format!("account/{name}_of_{kind}");
            all.push(Pattern::new(name, Size::Rounds, move |rounds| {
                let counter = before.len().saturating_sub(1) as u8;
                let body = Code::of(&before).then(&[DUP1 + counter]);
                let body = body.push(address_word(0)).then(&[ADD]).then(&after);
                let world = World::of(Code::default().repeat(rounds, &body));
                if !present {
                    return world;
                }
                (1..=rounds).fold(world, |world, number| {
                    let code = Code::default().push(number).then(&[POP, STOP]);
                    world.with_account(address(number), code)
                })
            }));
        }
    }
    all
}

fn memory() -> Vec<Pattern> {
    let at_counter = |opcode: u8| Code::of(&[DUP1, DUP1, opcode]);
    let mut all = vec![
        // The counter counts down: the first round grows memory in one step, and the others write within it.
        Pattern::of_loop(
            "memory/grow_at_once_mstore8",
            Code::default(),
            at_counter(MSTORE8),
        ),
        Pattern::of_loop(
            "memory/grow_at_once_mload",
            Code::default(),
            Code::of(&[DUP1, MLOAD, POP]),
        ),
    ];
    for (name, step, opcode) in [
        ("byte_by_byte", 1u64, MSTORE8),
        ("word_by_word", 32, MSTORE),
        ("page_by_page", 4_096, MSTORE),
    ] {
        // Below the counter lies an offset that grows: SWAP1, DUP1, DUP1, store, add the step, SWAP1.
        let body = Code::of(&[SWAP1, DUP1, DUP1, opcode])
            .push(step)
            .then(&[ADD, SWAP1]);
        all.push(Pattern::of_loop(
            format!("memory/grow_{name}"),
            Code::default().push(0),
            body,
        ));
    }
    let grown = || Code::default().push(1).push(200_000).then(&[MSTORE]);
    for size in [0u64, 1, 33, 1_024, 65_536] {
        let operands = Code::default().push(size);
        let rows = [
            (
                "mcopy_apart",
                operands.clone().push(0).push(100_000).then(&[MCOPY]),
            ),
            (
                "mcopy_forward",
                operands.clone().push(0).push(1).then(&[MCOPY]),
            ),
            (
                "mcopy_backward",
                operands.clone().push(1).push(0).then(&[MCOPY]),
            ),
            (
                "calldatacopy",
                operands.clone().push(0).push(3).then(&[CALLDATACOPY]),
            ),
            (
                "calldatacopy_beyond",
                operands
                    .clone()
                    .push(1u64 << 40)
                    .push(3)
                    .then(&[CALLDATACOPY]),
            ),
            ("codecopy", operands.clone().push(0).push(3).then(&[0x39])),
            (
                "extcodecopy",
                operands
                    .push(0)
                    .push(3)
                    .push(address_word(1))
                    .then(&[EXTCODECOPY]),
            ),
        ];
        for (verb, once) in rows {
            let name = format!("memory/{verb}_{size}");
            all.push(Pattern::new(name, Size::Rounds, move |rounds| {
                let body = Code::default().times(16, &once);
                let code = Code::default().times(1, &body);
                let mut world = World::of(grown().repeat(rounds, &code));
                world.calldata = vec![0x5a; 65_536];
                world.with_account(
                    address(1),
                    Code::default().times(24_576, &Code::of(&[STOP])),
                )
            }));
        }
    }
    all
}

fn hashes_and_logs() -> Vec<Pattern> {
    let grown = || Code::default().push(1).push(131_072).then(&[MSTORE]);
    let mut all = Vec::new();
    for size in [0u64, 32, 64, 135, 136, 1_024, 131_072] {
        let hash = Code::default().push(size).then(&[PUSH0, KECCAK256, POP]);
        // The counter is written over what is hashed, so that no machine has seen it before.
        let other = Code::of(&[DUP1, PUSH0, MSTORE]).times(1, &hash);
        all.push(Pattern::of_loop(
            format!("hash/same_{size}"),
            grown(),
            Code::default().times(16, &hash),
        ));
        all.push(Pattern::of_loop(
            format!("hash/distinct_{size}"),
            grown(),
            other,
        ));
    }
    // Each hash is what is hashed next.
    let chain = Code::default()
        .push(32)
        .then(&[PUSH0, KECCAK256, PUSH0, MSTORE]);
    all.push(Pattern::of_loop(
        "hash/chain_32",
        grown(),
        Code::default().times(16, &chain),
    ));
    for size in [0u64, 32, 1_024, 65_536] {
        let data = Code::default().push(size).then(&[PUSH0]);
        let topics = Code::default().push_all(&[wide(1), wide(2), wide(3), wide(4)]);
        let rows = [
            ("log0", data.clone().then(&[LOG0])),
            ("log4", topics.times(1, &data).then(&[LOG4])),
        ];
        for (name, once) in rows {
            let body = Code::default().times(16, &once);
            all.push(Pattern::of_loop(
                format!("log/{name}_{size}"),
                grown(),
                body,
            ));
        }
    }
    all
}
