//! 0x01 to 0x0b.

use gasworks::{Fork, U256};
use gasworks_tests::code::{Word, power_of_two};

use crate::case::{Case, case};
use crate::words;

/// A binary instruction: operands, result.
type Binary = (&'static str, u64, &'static [(U256, U256, U256)]);

const fn n(value: u64) -> U256 {
    U256([value, 0, 0, 0])
}
/// `-value` in two's complement, for values from 1 on.
const fn minus(value: u64) -> U256 {
    U256([0u64.wrapping_sub(value), u64::MAX, u64::MAX, u64::MAX])
}
const MAX: U256 = U256::MAX;
/// `-2^255`.
const MIN: U256 = U256([0, 0, 0, 1 << 63]);
/// `2^128`.
const WIDE: U256 = U256([0, 0, 1, 0]);

const BINARY: &[Binary] = &[
    (
        "ADD",
        3,
        &[
            (n(2), n(3), n(5)),
            (MAX, n(1), n(0)),
            (MAX, MAX, minus(2)),
            (n(u64::MAX), n(1), U256([0, 1, 0, 0])),
        ],
    ),
    (
        "MUL",
        5,
        &[
            (n(6), n(7), n(42)),
            (n(0), MAX, n(0)),
            (MAX, MAX, n(1)),
            (WIDE, WIDE, n(0)),
            (n(u64::MAX), n(u64::MAX), U256([1, u64::MAX - 1, 0, 0])),
            (MIN, n(2), n(0)),
        ],
    ),
    (
        "SUB",
        3,
        &[
            (n(5), n(3), n(2)),
            (n(3), n(5), minus(2)),
            (n(0), n(1), MAX),
            (U256([0, 1, 0, 0]), n(1), n(u64::MAX)),
        ],
    ),
    (
        "DIV",
        5,
        &[
            (n(7), n(2), n(3)),
            (n(7), n(0), n(0)),
            (n(0), n(7), n(0)),
            (MAX, MAX, n(1)),
            (MAX, WIDE, U256([u64::MAX, u64::MAX, 0, 0])),
            (n(2), n(3), n(0)),
            (MIN, MAX, n(0)),
        ],
    ),
    (
        "SDIV",
        5,
        &[
            (n(7), n(2), n(3)),
            (minus(7), n(2), minus(3)),
            (n(7), minus(2), minus(3)),
            (minus(7), minus(2), n(3)),
            (minus(7), n(0), n(0)),
            // The only quotient that does not fit (Yellow Paper, H.2).
            (MIN, MAX, MIN),
            (MIN, n(1), MIN),
        ],
    ),
    (
        "MOD",
        5,
        &[
            (n(7), n(3), n(1)),
            (n(7), n(0), n(0)),
            (n(3), n(7), n(3)),
            (MAX, n(2), n(1)),
            (MAX, WIDE, U256([u64::MAX, u64::MAX, 0, 0])),
        ],
    ),
    (
        "SMOD",
        5,
        &[
            (n(7), n(3), n(1)),
            // The sign is that of the dividend.
            (minus(7), n(3), minus(1)),
            (n(7), minus(3), n(1)),
            (minus(7), minus(3), minus(1)),
            (minus(7), n(0), n(0)),
            (MIN, MAX, n(0)),
        ],
    ),
    (
        "SIGNEXTEND",
        5,
        &[
            (n(0), n(0x7f), n(0x7f)),
            (n(0), n(0x80), minus(128)),
            (n(0), n(0x1234), n(0x34)),
            (n(1), n(0x8000), minus(0x8000)),
            (n(1), n(0x1_7fff), n(0x7fff)),
            (n(30), MIN, n(0)),
            (n(31), MIN, MIN),
            (n(32), n(0x80), n(0x80)),
            (MAX, n(0x80), n(0x80)),
            (WIDE, n(0x80), n(0x80)),
        ],
    ),
];

/// Base, exponent, power, bytes of the exponent.
const EXP: &[(U256, U256, U256, u64)] = &[
    (n(0), n(0), n(1), 0),
    (n(0), n(1), n(0), 1),
    (n(3), n(5), n(243), 1),
    (n(2), n(255), MIN, 1),
    (n(2), n(256), n(0), 2),
    (MAX, MAX, MAX, 32),
    (n(1), WIDE, n(1), 17),
    (MAX, MIN, n(1), 32),
    (
        n(7),
        n(0xff_ffff),
        U256([
            0x958f_fd73_1edb_6db7,
            0x1f94_4328_0376_2935,
            0x6267_5002_146b_da68,
            0x3d87_3d4c_e3c7_48fb,
        ]),
        3,
    ),
];

/// `a op b mod m`, with the sum or product in as many bits as it needs.
const MODULAR: &[(&str, U256, U256, U256, U256)] = &[
    ("ADDMOD", n(10), n(10), n(8), n(4)),
    ("ADDMOD", MAX, MAX, n(12), n(6)),
    ("ADDMOD", MAX, n(1), n(2), n(0)),
    ("ADDMOD", MAX, MAX, MAX, n(0)),
    ("ADDMOD", n(1), n(2), n(0), n(0)),
    ("ADDMOD", n(1), n(2), n(1), n(0)),
    ("MULMOD", n(10), n(10), n(8), n(4)),
    ("MULMOD", MAX, MAX, n(12), n(9)),
    ("MULMOD", MAX, MAX, MAX, n(0)),
    ("MULMOD", WIDE, WIDE, MAX, n(1)),
    ("MULMOD", n(3), n(5), n(0), n(0)),
    ("MULMOD", minus(1), minus(2), minus(3), n(2)),
];

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, gas, rows) in BINARY {
        cases.extend(
            rows.iter()
                .map(|(a, b, result)| case(name, &words![*a, *b]).leaves(&[*result]).costs(*gas)),
        );
    }
    for (name, a, b, modulus, result) in MODULAR {
        cases.push(
            case(name, &words![*a, *b, *modulus])
                .leaves(&[*result])
                .costs(8),
        );
    }
    for (base, exponent, power, bytes) in EXP {
        // EIP-160: 50 for each byte of the exponent, before 10.
        let exp = case("EXP", &words![*base, *exponent]).leaves(&[*power]);
        cases.push(
            exp.costs(10 + 10 * bytes)
                .costs_since(Fork::SpuriousDragon, 10 + 50 * bytes),
        );
    }
    cases
}

#[test]
fn the_constants_are_what_they_say() {
    assert_eq!(minus(2), (-2).word());
    assert_eq!(MIN, power_of_two(255));
    assert_eq!(WIDE, power_of_two(128));
}
