//! 0x10 to 0x1e: comparisons, bits and shifts.

use gasworks::{Fork, U256};
use gasworks_tests::code::{Word, power_of_two};

use crate::case::{Case, case};
use crate::words;

/// Mnemonic, operands, result; an operand that the instruction does not take is `None`.
type Row = (&'static str, U256, Option<U256>, U256);

fn rows() -> Vec<Row> {
    let n = |value: i32| value.word();
    let two = |name, a: U256, b: U256, result: U256| (name, a, Some(b), result);
    let one = |name, a: U256, result: U256| (name, a, None, result);
    let (max, min) = (U256::MAX, power_of_two(255));
    let greatest = min - 1;
    let bytes = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f".word();
    let ones = "ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00".word();
    vec![
        two("LT", n(1), n(2), n(1)),
        two("LT", n(2), n(2), n(0)),
        two("LT", max, n(0), n(0)),
        two("LT", n(0), max, n(1)),
        two("LT", power_of_two(64), n(-1), n(1)),
        two("GT", n(2), n(1), n(1)),
        two("GT", n(2), n(2), n(0)),
        two("GT", max, n(0), n(1)),
        two("GT", power_of_two(64), power_of_two(63), n(1)),
        two("SLT", n(-1), n(0), n(1)),
        two("SLT", n(0), n(-1), n(0)),
        two("SLT", min, greatest, n(1)),
        two("SLT", n(-2), n(-1), n(1)),
        two("SLT", n(3), n(3), n(0)),
        two("SGT", n(0), n(-1), n(1)),
        two("SGT", n(-1), n(0), n(0)),
        two("SGT", greatest, min, n(1)),
        two("SGT", n(3), n(3), n(0)),
        two("EQ", max, max, n(1)),
        two("EQ", max, greatest, n(0)),
        two("EQ", power_of_two(192), n(0), n(0)),
        one("ISZERO", n(0), n(1)),
        one("ISZERO", n(1), n(0)),
        one("ISZERO", power_of_two(192), n(0)),
        two("AND", ones, n(0xffff), n(0xff00)),
        two("OR", ones, max, max),
        two("OR", n(0xf0), n(0x0f), n(0xff)),
        two("XOR", ones, max, "00ff".repeat(16).as_str().word()),
        two("XOR", ones, ones, n(0)),
        one("NOT", n(0), max),
        one("NOT", min, greatest),
        two("BYTE", n(0), bytes, n(0)),
        two("BYTE", n(31), bytes, n(31)),
        two("BYTE", n(7), bytes, n(7)),
        two("BYTE", n(32), max, n(0)),
        two("BYTE", power_of_two(64), max, n(0)),
        two("SHL", n(0), n(5), n(5)),
        two("SHL", n(1), max, n(-2)),
        two("SHL", n(64), n(1), power_of_two(64)),
        two("SHL", n(255), n(3), min),
        two("SHL", n(256), max, n(0)),
        two("SHL", power_of_two(64), max, n(0)),
        two("SHR", n(1), n(5), n(2)),
        two("SHR", n(255), max, n(1)),
        two("SHR", n(65), power_of_two(130), power_of_two(65)),
        two("SHR", n(256), max, n(0)),
        two("SHR", max, max, n(0)),
        two("SAR", n(1), n(5), n(2)),
        two("SAR", n(1), n(-2), n(-1)),
        two("SAR", n(4), n(-0x1234), n(-0x124)),
        two("SAR", n(254), min, n(-2)),
        two("SAR", n(254), greatest, n(1)),
        two("SAR", n(256), min, n(-1)),
        two("SAR", n(256), greatest, n(0)),
        two("SAR", power_of_two(64), n(-5), n(-1)),
        one("CLZ", n(0), n(256)),
        one("CLZ", n(1), n(255)),
        one("CLZ", power_of_two(64), n(191)),
        one("CLZ", greatest, n(1)),
        one("CLZ", min, n(0)),
        one("CLZ", max, n(0)),
    ]
}

pub fn cases() -> Vec<Case> {
    let case_of = |(name, a, b, result): Row| {
        let operands = b.map_or(words![a].to_vec(), |b| words![a, b].to_vec());
        // EIP-145, EIP-7939.
        let (fork, gas) = match name {
            "SHL" | "SHR" | "SAR" => (Fork::Constantinople, 3),
            "CLZ" => (Fork::Osaka, 5),
            _ => (Fork::Frontier, 3),
        };
        case(name, &operands)
            .leaves(&[result])
            .costs_since(fork, gas)
    };
    rows().into_iter().map(case_of).collect()
}
