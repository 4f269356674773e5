//! Every handler of the register core and of the plain loop in a loop, on a thread with a stack of 256 KiB.
//!
//! In a release build handlers hand over by jumps. One that called the next instead would need some bytes of the stack for
//! every instruction, and there would not be enough: `cargo test --release -p gasworks-tests --test machine handlers`.

use gasworks::{
    Address, BlockEnv, Bytes, Changes, Config, Core, Evm, Fork, MemoryDatabase, Message, Outcome,
    U256,
};
use gasworks_spec::{UNDEFINED, opcode};

/// Rounds of a loop: with eight bytes for each of their instructions, the stack would be full five times over. Builds with
/// debug assertions do not use the tail-call form.
const ROUNDS: u64 = if cfg!(debug_assertions) { 500 } else { 20_000 };
const STACK: usize = 256 * 1024;

/// Where an operand comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// A word of the stack with few bits.
    SmallSlot,
    /// A word of the stack with many.
    WideSlot,
    SmallConstant,
    WideConstant,
}

const ORIGINS: [Origin; 4] = [
    Origin::SmallSlot,
    Origin::WideSlot,
    Origin::SmallConstant,
    Origin::WideConstant,
];
/// For offsets and sizes.
const SMALL: [Origin; 2] = [Origin::SmallSlot, Origin::SmallConstant];

fn push(code: &mut Vec<u8>, origin: Origin, order: u8) {
    match origin {
        // CALLDATASIZE and CALLDATALOAD are read, not known.
        Origin::SmallSlot => code.push(0x36),
        Origin::WideSlot => code.extend([0x5f, 0x35]),
        Origin::SmallConstant => code.extend([0x60, 3 + order]),
        Origin::WideConstant => {
            code.push(0x7f);
            code.extend([0xd0 + order; 32]);
        }
    }
}

/// `ROUNDS` rounds of a body that leaves the stack as it found it.
fn looped(body: &[u8]) -> Vec<u8> {
    let rounds = ROUNDS.to_be_bytes();
    let mut code = vec![0x62, rounds[5], rounds[6], rounds[7], 0x5b];
    code.extend_from_slice(body);
    // PUSH1 1, SWAP1, SUB, DUP1, PUSH1 4, JUMPI, STOP
    code.extend([0x60, 1, 0x90, 0x03, 0x80, 0x60, 4, 0x57, 0x00]);
    code
}

/// What takes offsets and sizes, which have to be small.
fn touches_memory(byte: u8) -> bool {
    matches!(byte, 0x20 | 0x37 | 0x39 | 0x3c | 0x3e | 0x51..=0x53 | 0x5e | 0xa0..=0xa4 | 0xf0..=0xff)
}

/// Bodies for one instruction, one for each choice of its operands' origins, as long as those are few.
fn bodies(byte: u8) -> Vec<Vec<u8>> {
    let Some(row) = opcode(byte) else {
        return Vec::new();
    };
    let origins: &[Origin] = if touches_memory(byte) {
        &SMALL
    } else {
        &ORIGINS
    };
    let inputs = row.inputs.len();
    // Calls and creations cost too much to be tried in every way.
    let choices = if inputs > 4 {
        1
    } else {
        origins.len().pow(inputs as u32)
    };
    let body = |mut choice: usize| {
        let mut body = Vec::new();
        for order in 0..inputs {
            push(&mut body, origins[choice % origins.len()], order as u8);
            choice /= origins.len();
        }
        body.push(byte);
        body.extend(vec![0x50; row.outputs.len()]);
        body
    };
    (0..choices).map(body).collect()
}

/// Loops around jumps: forward ones over nothing, after each kind of comparison, turned around or not.
fn branches() -> Vec<Vec<u8>> {
    let mut bodies = Vec::new();
    for compare in 0x10..=0x15 {
        for a in ORIGINS {
            for b in ORIGINS {
                for negations in 0..3 {
                    let mut body = Vec::new();
                    push(&mut body, b, 1);
                    push(&mut body, a, 0);
                    body.push(compare);
                    if compare == 0x15 {
                        body.extend([0x90, 0x50]);
                    }
                    body.extend(vec![0x15; negations]);
                    let target = 5 + body.len() + 3;
                    body.extend([0x60, target as u8, 0x57, 0x5b]);
                    bodies.push(body);
                }
            }
        }
    }
    // A jump to where a word of the stack says: CALLDATASIZE is 37.
    let mut dynamic = vec![0x36, 0x56];
    dynamic.resize(37 - 5, 0x00);
    dynamic.push(0x5b);
    bodies.push(dynamic);
    bodies
}

fn run(core: Core, code: &[u8]) -> (Outcome, Changes) {
    let contract = Address::repeat_byte(0xcc);
    let mut database = MemoryDatabase::default();
    database.insert_account(contract, 1, U256::from(1), Bytes::copy_from_slice(code));
    let config = Config {
        core,
        ..Config::default()
    };
    let mut evm = Evm::new(Fork::Osaka, BlockEnv::default(), database).with_config(config);
    let input = Bytes::from(vec![0xe7; 37]);
    let message = Message::call(Address::zero(), contract, input, 4_000_000_000);
    let executed = evm
        .call(&message)
        .expect("a database in memory does not fail");
    let changes = executed.changes();
    (executed.discard(), changes)
}

fn on_a_small_stack(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work);
    thread
        .expect("a thread")
        .join()
        .expect("what it ran was right");
}

fn compare(code: &[u8]) {
    let plain = run(Core::Plain, code);
    for core in [Core::Translated, Core::Trampoline] {
        let other = run(core, code);
        assert_eq!(other, plain, "{core:?}: {code:02x?}");
    }
}

#[test]
fn every_instruction_loops() {
    on_a_small_stack(|| {
        for byte in 0..=255u8 {
            let defined = opcode(byte).is_some_and(|row| row.price(Fork::Osaka) != UNDEFINED);
            // Jumps are looped below; what ends code cannot be looped.
            let loops = !matches!(byte, 0x00 | 0x56 | 0x57 | 0x60..=0x9f | 0xf3 | 0xfd..=0xff);
            if !defined || !loops {
                continue;
            }
            for body in bodies(byte) {
                compare(&looped(&body));
            }
        }
    });
}

#[test]
fn every_jump_loops() {
    on_a_small_stack(|| {
        for body in branches() {
            compare(&looped(&body));
        }
    });
}

#[test]
fn every_push_copy_and_swap_loops() {
    on_a_small_stack(|| {
        let (push0, pop) = (0x5f, 0x50);
        for byte in 0x60..=0x9f_u8 {
            let body = match byte {
                0x60..=0x7f => [vec![byte], vec![0xd1; usize::from(byte - push0)], vec![pop]],
                0x80..=0x8f => [vec![push0; 16], vec![byte], vec![pop; 17]],
                _ => [vec![push0; 17], vec![byte], vec![pop; 17]],
            };
            compare(&looped(&body.concat()));
        }
    });
}

/// Slots, copies, swaps and constants of all kinds at the ends of blocks.
#[test]
fn every_move_loops() {
    on_a_small_stack(|| {
        let mut pushes = Vec::new();
        for origin in ORIGINS {
            push(&mut pushes, origin, 0);
            push(&mut pushes, origin, 1);
        }
        for swaps in [[0x90, 0x91, 0x92], [0x95, 0x93, 0x95], [0x96, 0x92, 0x81]] {
            let mut body = pushes.clone();
            body.extend(swaps);
            // A new block, in which the words have to be where they belong.
            body.push(0x5b);
            body.extend([0x01; 7]);
            body.push(0x50);
            if swaps[2] == 0x81 {
                body.push(0x50);
            }
            // Gas ends a block, too.
            body.extend([0x5a, 0x50]);
            compare(&looped(&body));
        }
    });
}
