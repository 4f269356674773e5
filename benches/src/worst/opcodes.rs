//! One pattern for each instruction: a loop of it, with operands that are as hard as its base price allows.

use gasworks::U256;
use gasworks_spec::{Opcode, opcode};

use super::code::{CALL, Code, DUP1, GAS, JUMPDEST, JUMPI, MSTORE, POP, PUSH0, STOP};
use super::{Pattern, Size, World, address, address_word, wide};

/// Times an instruction stands in the body of a loop.
const UNROLLED: usize = 32;
/// The account that instructions name.
const OTHER: u64 = 1;

pub(super) fn patterns() -> Vec<Pattern> {
    (0..=u8::MAX)
        .filter_map(opcode)
        .map(|opcode| {
            let opcode = *opcode;
            let name = format!("opcode/{}", opcode.name);
            Pattern::new(name, Size::Rounds, move |rounds| world(&opcode, rounds))
        })
        .collect()
}

fn world(opcode: &Opcode, rounds: u64) -> World {
    let other = match opcode.name {
        "STOP" | "RETURN" | "REVERT" | "INVALID" | "SELFDESTRUCT" => {
            let inputs = vec![U256::zero(); opcode.inputs.len()];
            Code::default().push_all(&inputs).then(&[opcode.byte])
        }
        _ => Code::of(&[STOP]),
    };
    let code = match opcode.name {
        "STOP" | "RETURN" | "REVERT" | "INVALID" | "SELFDESTRUCT" => calls_of_other(rounds),
        "JUMP" | "JUMPI" => jumps(opcode, rounds),
        name if name.starts_with("PUSH") => {
            let immediate = vec![0xa5; opcode.immediate];
            let push = Code::of(&[opcode.byte]).then(&immediate).then(&[POP]);
            Code::default().repeat(rounds, &Code::default().times(UNROLLED, &push))
        }
        name if name.starts_with("DUP") => on_words(&[opcode.byte, POP], rounds),
        // Twice, which leaves the words as they were.
        name if name.starts_with("SWAP") => on_words(&[opcode.byte, opcode.byte], rounds),
        _ => on_operands(opcode, rounds),
    };
    World::of(code).with_account(address(OTHER), other)
}

/// Operands lie below the counter, and are copied for each time.
fn on_operands(opcode: &Opcode, rounds: u64) -> Code {
    let operands: Vec<U256> = opcode
        .inputs
        .iter()
        .map(|name| operand(opcode.name, name))
        .collect();
    let once = match opcode.outputs {
        [_] if opcode.name != "CREATE2" => Code::default().on_copies(opcode.byte, operands.len()),
        outputs => {
            let copies = match opcode.name {
                "CREATE2" => salted_creation(),
                _ => Code::of(&vec![DUP1 + operands.len() as u8; operands.len()]),
            };
            copies.then(&[opcode.byte]).then(&vec![POP; outputs.len()])
        }
    };
    // Something in memory, so that it is not grown by the first instruction measured.
    Code::default()
        .push(wide(9))
        .push(64)
        .then(&[MSTORE])
        .push(0)
        .push_all(&operands)
        .repeat(rounds, &Code::default().times(UNROLLED, &once))
}

fn operand(opcode: &str, name: &str) -> U256 {
    match (opcode, name) {
        ("EXP", "base") => U256::from(3),
        ("EXP", "exponent") => U256::MAX,
        ("DIV" | "SDIV" | "MOD" | "SMOD", "b") => wide(3) >> 128,
        ("SIGNEXTEND", "size") => U256::from(15),
        (_, "index") => U256::from(17),
        ("SHL" | "SHR" | "SAR", "shift") => U256::from(77),
        (_, "address") => address_word(OTHER),
        ("CALL" | "CALLCODE" | "DELEGATECALL" | "STATICCALL", "to") => address_word(OTHER),
        ("CALL" | "CALLCODE" | "DELEGATECALL" | "STATICCALL", "gas") => U256::from(50_000),
        ("CALL" | "CALLCODE" | "DELEGATECALL" | "STATICCALL", _) => U256::zero(),
        ("CREATE" | "CREATE2" | "RETURNDATACOPY", _) => U256::zero(),
        ("LOG0" | "LOG1" | "LOG2" | "LOG3" | "LOG4", "offset" | "size") => U256::zero(),
        ("BLOCKHASH", _) => U256::from(999),
        (_, "size") => U256::from(32),
        // Not aligned.
        (_, "offset" | "to" | "from") => U256::from(3),
        (_, "slot") => U256::from(7),
        ("ADDMOD", "modulus") => wide(5) >> 64,
        (_, "a" | "x" | "word") => wide(1),
        _ => wide(2) >> 1,
    }
}

/// The operands of CREATE2, where the salt is what is left of gas and so never the same.
fn salted_creation() -> Code {
    Code::of(&[GAS, PUSH0, PUSH0, PUSH0])
}

/// Words below the counter for instructions that move them.
fn on_words(once: &[u8], rounds: u64) -> Code {
    let words: Vec<U256> = (0..17).map(wide).collect();
    let body = Code::default().times(UNROLLED, &Code::of(once));
    Code::default().push_all(&words).repeat(rounds, &body)
}

/// Calls a contract that ends by the instruction.
fn calls_of_other(rounds: u64) -> Code {
    let zero = U256::zero();
    let call = Code::default()
        .push_all(&[
            U256::from(6_000),
            address_word(OTHER),
            zero,
            zero,
            zero,
            zero,
            zero,
        ])
        .then(&[CALL, POP]);
    Code::default().repeat(rounds, &Code::default().times(UNROLLED, &call))
}

fn jumps(opcode: &Opcode, rounds: u64) -> Code {
    Code::default().repeat_with(rounds, |start| {
        let mut body = Code::default();
        for _ in 0..UNROLLED {
            if opcode.byte == JUMPI {
                body = body.push(1);
            }
            // PUSH2, its two bytes and the jump come before the destination.
            let target = start + body.len() + 4;
            body = body
                .then(&[0x61, (target >> 8) as u8, target as u8])
                .then(&[opcode.byte, JUMPDEST]);
        }
        body
    })
}
