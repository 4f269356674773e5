//! Calls that nest, that touch memory, that go to ever other contracts; creations with large init code.

use super::code::{
    ADD, CALL, CALLDATASIZE, CODECOPY, CREATE, CREATE2, Code, DELEGATECALL, DUP1, GAS, JUMPDEST,
    MSTORE, MUL, POP, PUSH0, RETURN, RETURNDATACOPY, REVERT, SELFDESTRUCT, SSTORE, STATICCALL,
    STOP,
};
use super::{Pattern, Size, World, address, address_word, wide};

const AND: u8 = 0x16;
const INVALID: u8 = 0xfe;
/// The most bytes of init code (EIP-3860).
const INIT_CODE: u64 = 49_152;
/// The contract that the one measured calls.
const CALLEE: u64 = 1;

pub(super) fn patterns() -> Vec<Pattern> {
    let mut all = nested();
    all.extend(single());
    all.extend(many());
    all.extend(creations());
    all
}

/// A call of the callee with all gas: the output size, its place, the input size, its place and a value.
fn call(opcode: u8, to: Code, input: u64, output: u64) -> Code {
    let code = Code::default().push(output).push(0).push(input).push(0);
    let code = match opcode {
        CALL => code.push(0),
        _ => code,
    };
    code.times(1, &to).then(&[GAS, opcode, POP])
}

fn callee() -> Code {
    Code::default().push(address_word(CALLEE))
}

/// A loop that calls the callee.
fn calling(name: &str, opcode: u8, input: u64, output: u64, callee_code: Code) -> Pattern {
    Pattern::new(format!("call/{name}"), Size::Rounds, move |rounds| {
        let body = call(opcode, callee(), input, output);
        World::of(Code::default().repeat(rounds, &body))
            .with_account(address(CALLEE), callee_code.clone())
    })
}

/// Contracts that call themselves until the depth of 1,024 is reached.
fn nested() -> Vec<Pattern> {
    let itself =
        |opcode, before: Code| before.times(1, &call(opcode, callee(), 0, 0)).then(&[STOP]);
    let touch = |offset: u64| Code::default().push(1).push(offset).then(&[MSTORE]);
    let write = || Code::default().push(1).then(&[GAS, SSTORE]);
    vec![
        calling("depth_1024", CALL, 0, 0, itself(CALL, Code::default())),
        calling(
            "depth_1024_static",
            STATICCALL,
            0,
            0,
            itself(STATICCALL, Code::default()),
        ),
        calling(
            "depth_1024_delegate",
            DELEGATECALL,
            0,
            0,
            itself(DELEGATECALL, Code::default()),
        ),
        calling("depth_1024_memory_32", CALL, 0, 0, itself(CALL, touch(0))),
        calling(
            "depth_1024_memory_4096",
            CALL,
            0,
            0,
            itself(CALL, touch(4_064)),
        ),
        calling("depth_1024_sstore", CALL, 0, 0, itself(CALL, write())),
    ]
}

/// Calls of one contract that ends in some way.
fn single() -> Vec<Pattern> {
    let size = 32 * 1_024;
    let ends = |opcode, bytes: u64| Code::default().push(bytes).push(0).then(&[opcode]);
    let mut writes = Code::default();
    for slot in 0..20u64 {
        writes = writes.push(1).push(slot).then(&[SSTORE]);
    }
    let endless = Code::of(&[JUMPDEST, PUSH0, 0x56]);
    let mut all = vec![
        calling(
            "memory_32",
            CALL,
            0,
            0,
            Code::default().push(1).push(0).then(&[MSTORE, STOP]),
        ),
        calling(
            "memory_32k",
            CALL,
            0,
            0,
            Code::default()
                .push(1)
                .push(size - 32)
                .then(&[MSTORE, STOP]),
        ),
        calling("input_32k", CALL, size, 0, Code::of(&[STOP])),
        calling("return_32", CALL, 0, 32, ends(RETURN, 32)),
        calling("return_32k", CALL, 0, size, ends(RETURN, size)),
        calling("revert_32k", CALL, 0, size, ends(REVERT, size)),
        calling(
            "revert_of_20_writes",
            CALL,
            0,
            0,
            writes.push(0).push(0).then(&[REVERT]),
        ),
        calling("identity_of_32k", STATICCALL, 0, 0, {
            let body = call(STATICCALL, Code::default().push(4), size, size);
            Code::default().times(8, &body).then(&[STOP])
        }),
        calling("returndatacopy_32k", CALL, 0, 0, {
            let fill = call(STATICCALL, Code::default().push(4), size, 0);
            let copy = Code::default()
                .push(size)
                .then(&[PUSH0, PUSH0, RETURNDATACOPY]);
            fill.times(64, &copy).then(&[STOP])
        }),
    ];
    for (name, code, gas) in [
        ("out_of_gas", endless, 200u64),
        ("invalid", Code::of(&[INVALID]), 50),
    ] {
        all.push(Pattern::new(
            format!("call/{name}"),
            Size::Rounds,
            move |rounds| {
                let body = Code::of(&[PUSH0; 5])
                    .times(1, &callee())
                    .push(gas)
                    .then(&[CALL, POP]);
                World::of(Code::default().repeat(rounds, &body))
                    .with_account(address(CALLEE), code.clone())
            },
        ));
    }
    all
}

/// Calls of ever other contracts, whose addresses lie apart by powers of two, so that they meet in a table that is mapped
/// by some of their bits; and of accounts that are not there.
fn many() -> Vec<Pattern> {
    const CONTRACTS: u64 = 1_024;
    let mut all = Vec::new();
    for (name, shift) in [
        ("next_to_each_other", 0),
        ("by_4096", 12),
        ("by_2_pow_40", 40),
    ] {
        all.push(Pattern::new(
            format!("call/contracts_{name}"),
            Size::Rounds,
            move |rounds| {
                // The counter, its low bits, to their place, and the address of number zero.
                let to = Code::of(&[DUP1 + 4]).push(CONTRACTS - 1).then(&[AND]);
                let to = to
                    .push(1u64 << shift)
                    .then(&[MUL])
                    .push(address_word(0))
                    .then(&[ADD]);
                let body = call(STATICCALL, to, 0, 0);
                let world = World::of(Code::default().repeat(rounds, &body));
                (0..CONTRACTS).fold(world, |world, number| {
                    let code = Code::default().push(number).then(&[POP, STOP]);
                    world.with_account(address(number << shift), code)
                })
            },
        ));
    }
    // Contracts of 24 KiB that are called once each.
    for (name, filler) in [("jumpdest", JUMPDEST), ("stop", STOP)] {
        let name = format!("call_once/contracts_24k_{name}");
        all.push(Pattern::new(name, Size::FreshRounds, move |rounds| {
            let to = Code::of(&[DUP1 + 5]).push(address_word(0)).then(&[ADD]);
            let world = World::of(Code::default().repeat(rounds, &call(CALL, to, 0, 0)));
            (1..=rounds).fold(world, |world, number| {
                let code = Code::default().push(number).then(&[POP]);
                let filled = code.times(24_000, &Code::of(&[filler]));
                world.with_account(address(number), filled)
            })
        }));
    }
    for (name, value) in [("nobody", 0u64), ("value_to_nobody", 1)] {
        all.push(Pattern::new(
            format!("call/{name}"),
            Size::Rounds,
            move |rounds| {
                let to = Code::of(&[DUP1 + 5])
                    .push(address_word(1 << 50))
                    .then(&[ADD]);
                let body = Code::of(&[PUSH0; 4]).push(value).times(1, &to);
                World::of(Code::default().repeat(rounds, &body.push(0).then(&[CALL, POP])))
            },
        ));
    }
    all
}

fn creations() -> Vec<Pattern> {
    let filled = |part: Code| {
        let times = (INIT_CODE as usize - 33) / part.len();
        let code = Code::default().times(times, &part);
        let rest = INIT_CODE as usize - code.len();
        code.times(rest, &Code::of(&[STOP]))
    };
    let push = Code::of(&[0x7f; 33]).then(&[POP]);
    // Init code that returns 24,576 zeros, of which the first is no EF (EIP-3541).
    let deploys = Code::default().push(24_576).push(0).then(&[RETURN]);
    let destroys = Code::of(&[CALLDATASIZE, SELFDESTRUCT]);
    let reverts = Code::default().push(32 * 1_024).push(0).then(&[REVERT]);
    let immediates = Code::of(&[STOP]).times(24_000, &Code::of(&[0x60, JUMPDEST]));
    let rows = [
        ("empty", Code::default()),
        ("48k_of_stop", filled(Code::of(&[STOP]))),
        ("48k_of_jumpdest", filled(Code::of(&[JUMPDEST]))),
        ("48k_of_push", filled(push)),
        ("48k_of_immediates", immediates),
        ("deploys_24k", deploys),
        ("selfdestructs", destroys),
        ("reverts_32k", reverts),
    ];
    let mut all = Vec::new();
    for (name, init_code) in rows {
        for (verb, opcode) in [("create", CREATE), ("create2", CREATE2)] {
            let init_code = init_code.clone();
            all.push(Pattern::new(
                format!("{verb}/{name}"),
                Size::Rounds,
                move |rounds| World::of(creating(opcode, &init_code, rounds)),
            ));
        }
    }
    all
}

/// Copies init code to memory, and creates from it; its last word is another one each time where there is room for one,
/// so that no machine knows its hash.
fn creating(opcode: u8, init_code: &Code, rounds: u64) -> Code {
    let size = init_code.len() as u64;
    let mut body = Code::default();
    if size > 1_000 {
        body = body
            .then(&[GAS])
            .push(wide(3))
            .then(&[ADD])
            .push(size - 32)
            .then(&[MSTORE]);
    }
    if opcode == CREATE2 {
        body = body.then(&[GAS]);
    }
    let body = body.push(size).push(0).push(0).then(&[opcode, POP]);
    let program = |start: u64| {
        Code::default()
            .push(size)
            .then(&[0x62, (start >> 16) as u8, (start >> 8) as u8, start as u8])
            .then(&[PUSH0, CODECOPY])
            .repeat(rounds, &body)
            .then(&[STOP])
    };
    let start = program(0).len() as u64;
    program(start).times(1, init_code)
}
