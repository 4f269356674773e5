//! Arithmetic with operands of each length, and with moduli that change.

use gasworks::U256;

use super::code::{ADD, Code, DUP1, POP, SWAP1};
use super::{Pattern, wide};

const DIV: u8 = 0x04;
const SDIV: u8 = 0x05;
const MOD: u8 = 0x06;
const ADDMOD: u8 = 0x08;
const MULMOD: u8 = 0x09;
const EXP: u8 = 0x0a;

const UNROLLED: usize = 32;

pub(super) fn patterns() -> Vec<Pattern> {
    let mut all = Vec::new();
    for limbs in 1..=4 {
        let divisor = wide(3) >> (256 - 64 * limbs);
        for (name, opcode) in [("div", DIV), ("sdiv", SDIV), ("mod", MOD)] {
            let name = format!("words/{name}_256_{}", 64 * limbs);
            // A negative numerator for SDIV.
            all.push(loop_of(name, opcode, &[wide(1), divisor]));
        }
        for (name, opcode) in [("addmod", ADDMOD), ("mulmod", MULMOD)] {
            let operands = [wide(1), wide(2), divisor];
            all.push(loop_of(
                format!("words/{name}_{}", 64 * limbs),
                opcode,
                &operands,
            ));
            all.push(changing_modulus(
                format!("words/{name}_{}_changing", 64 * limbs),
                opcode,
                &operands,
            ));
        }
    }
    // Digits at which the estimate of a quotient is off: the divisor's high limbs are as small as they may be.
    let small_high = (U256::one() << 255) + U256::from(u64::MAX);
    let below = U256::MAX - (U256::one() << 64);
    all.push(loop_of(
        "words/div_hard_digits_256",
        DIV,
        &[below, small_high],
    ));
    let two_limbs = (U256::one() << 127) + U256::from(u64::MAX);
    all.push(loop_of(
        "words/div_hard_digits_128",
        DIV,
        &[below, two_limbs],
    ));
    let three_limbs = (U256::one() << 191) + (U256::one() << 64) - 1;
    all.push(loop_of(
        "words/mod_hard_digits_192",
        MOD,
        &[below, three_limbs],
    ));
    for bits in [8, 64, 128, 256] {
        let exponent = U256::MAX >> (256 - bits);
        all.push(loop_of(
            format!("words/exp_odd_{bits}"),
            EXP,
            &[U256::from(3), exponent],
        ));
    }
    all
}

fn loop_of(name: impl Into<String>, opcode: u8, operands: &[U256]) -> Pattern {
    let once = Code::default().on_copies(opcode, operands.len());
    let body = Code::default().times(UNROLLED, &once);
    Pattern::of_loop(name, Code::default().push(0).push_all(operands), body)
}

/// One is added to the modulus each time; it lies directly below the counter.
fn changing_modulus(name: String, opcode: u8, operands: &[U256; 3]) -> Pattern {
    let [a, b, modulus] = *operands;
    let once = Code::of(&[SWAP1]).push(1).then(&[ADD, SWAP1]);
    // The modulus, then b and a.
    let once = once.then(&[DUP1 + 1, DUP1 + 3, DUP1 + 5, opcode]);
    let once = once.then(&[DUP1 + 5, ADD, SWAP1 + 4, POP]);
    let body = Code::default().times(UNROLLED, &once);
    let before = Code::default().push(0).push_all(&[modulus, b, a]);
    Pattern::of_loop(name, before, body)
}
