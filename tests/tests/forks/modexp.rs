//! The price of MODEXP by EIP-198, EIP-2565 and EIP-7883, and the bound of EIP-7823.

use gasworks::{CallStatus, Fork, Halt, U256};
use gasworks_tests::code::{Word, power_of_two};
use gasworks_tests::world::low;

use crate::precompiles::ask;

/// Lengths of base, exponent and modulus, and the exponent's bytes; all else is ones.
fn input(base: usize, exponent: &[u8], modulus: usize) -> Vec<u8> {
    let length = |length: usize| U256::from(length).to_big_endian();
    let mut input = [length(base), length(exponent.len()), length(modulus)].concat();
    input.extend(vec![1; base]);
    input.extend(exponent);
    input.extend(vec![1; modulus]);
    input
}

type Row = (usize, &'static [u8], usize, [Option<u64>; 3]);

/// What Byzantium, Berlin and Osaka ask for: worked out by hand from the formulas of the EIPs.
///
/// EIP-198: `complexity * max(adjusted length, 1) / 20`, complexity `x²` up to 64 bytes, `x²/4 + 96x - 3072` up to 1,024,
/// `x²/16 + 480x - 199680` above. EIP-2565: `words² * max(iterations, 1) / 3`, at least 200. EIP-7883: `16` up to 32
/// bytes, `2 * words²` above, times iterations, where a byte of a long exponent counts 16, at least 500.
const PRICES: &[Row] = &[
    // An empty exponent counts as one iteration; no base and no modulus cost nothing but the least.
    (0, &[], 0, [Some(0), Some(200), Some(500)]),
    (1, &[], 1, [Some(0), Some(200), Some(500)]),
    // 32² * 255 / 20; 4² * 255 / 3; 16 * 255.
    (
        32,
        &[0xff; 32],
        32,
        [Some(13_056), Some(1_360), Some(4_080)],
    ),
    // Only the bits from the highest on count: 2^248 of 32 bytes has 248 iterations.
    (
        32,
        &[
            1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            0, 0, 0,
        ],
        32,
        [Some(12_697), Some(1_322), Some(3_968)],
    ),
    // 64² / 20; 8² / 3; 2 * 8².
    (64, &[3], 64, [Some(204), Some(200), Some(500)]),
    // (1,056 + 6,240 - 3,072) / 20; 9² / 3; 2 * 9².
    (65, &[3], 64, [Some(211), Some(200), Some(500)]),
    (1, &[3], 65, [Some(211), Some(200), Some(500)]),
    // 33 bytes of exponent: 8 * 1 + 255 = 263 iterations, in Osaka 16 * 1 + 255 = 271.
    (
        65,
        &[0xff; 33],
        65,
        [Some(55_545), Some(7_101), Some(43_902)],
    ),
    // The head is zero: 8 and 16 iterations.
    (65, &[0; 33], 65, [Some(1_689), Some(216), Some(2_592)]),
    // (262,144 + 98,304 - 3,072) / 20; 128² / 3; 2 * 128².
    (
        1_024,
        &[3],
        1_024,
        [Some(17_868), Some(5_461), Some(32_768)],
    ),
    // (65,664 + 492,000 - 199,680) / 20; 129² / 3; more than EIP-7823 accepts.
    (1_025, &[3], 1_024, [Some(17_899), Some(5_547), None]),
    (1, &[3], 1_025, [Some(17_899), Some(5_547), None]),
    // An exponent of 1,024 bytes, and of 1,025: 8 * 992 + 255 = 8,191 iterations over 1; 16 * 16,127 in Osaka.
    (
        1,
        &[0xff; 1_024],
        1,
        [Some(409), Some(2_730), Some(258_032)],
    ),
    (1, &[0xff; 1_025], 1, [Some(409), Some(2_733), None]),
];

#[test]
fn prices() {
    for fork in [
        Fork::Byzantium,
        Fork::Istanbul,
        Fork::Berlin,
        Fork::Prague,
        Fork::Osaka,
    ] {
        let column = match fork {
            Fork::Byzantium | Fork::Istanbul => 0,
            Fork::Berlin | Fork::Prague => 1,
            _ => 2,
        };
        for (base, exponent, modulus, prices) in PRICES {
            let input = input(*base, exponent, *modulus);
            let what = format!("{base}, {}, {modulus} bytes in {fork}", exponent.len());
            let outcome = ask(fork, low(5), &input, 1_000_000);
            match prices[column] {
                Some(price) => {
                    assert_eq!(outcome.status, CallStatus::Success, "{what}");
                    assert_eq!(1_000_000 - outcome.gas_left, price, "{what}");
                    assert_eq!(outcome.output.len(), *modulus, "{what}");
                    if price > 0 {
                        let less = ask(fork, low(5), &input, price - 1).status;
                        assert_eq!(less, CallStatus::Halt(Halt::OutOfGas), "{what}");
                    }
                }
                None => assert_eq!(
                    outcome.status,
                    CallStatus::Halt(Halt::PrecompileFailed),
                    "{what}"
                ),
            }
        }
    }
}

/// Lengths of up to 2^256 - 1 with what they cost: too much, unless they are multiplied by nothing.
#[test]
fn lengths_do_not_overflow() {
    let lengths = [
        power_of_two(31),
        power_of_two(32),
        power_of_two(62),
        power_of_two(63),
        power_of_two(64) - 1,
        power_of_two(64),
        power_of_two(128),
        power_of_two(200),
        U256::MAX - 31,
        U256::MAX - 1,
        U256::MAX,
    ];
    for fork in [Fork::Byzantium, Fork::Berlin, Fork::Osaka] {
        let asks = |[base, exponent, modulus]: [U256; 3], rest: &[u8]| {
            let mut input: Vec<u8> = [base, exponent, modulus]
                .iter()
                .flat_map(|word| word.to_big_endian())
                .collect();
            input.extend(rest);
            ask(fork, low(5), &input, 1_000_000)
        };
        let one = 1.word();
        let zero = 0.word();
        for long in lengths {
            let triples = [
                [long, one, one],
                [one, one, long],
                [long, long, long],
                [one, long, one],
                [long, zero, zero],
                [zero, zero, long],
                [long, one, zero],
                [zero, one, long],
            ];
            for triple in triples {
                for rest in [&[][..], &[0xff; 96]] {
                    let status = asks(triple, rest).status;
                    assert!(
                        matches!(status, CallStatus::Halt(_)),
                        "{triple:x?} in {fork}: {status:?}"
                    );
                }
            }
            // Without base and modulus there is nothing to do, whatever the exponent, until EIP-7883 and EIP-7823.
            let outcome = asks([zero, long, zero], &[]);
            let expected = match fork {
                Fork::Osaka => (CallStatus::Halt(Halt::PrecompileFailed), 0),
                Fork::Berlin => (CallStatus::Success, 1_000_000 - 200),
                _ => (CallStatus::Success, 1_000_000),
            };
            assert_eq!(
                (outcome.status, outcome.gas_left),
                expected,
                "{long:x} in {fork}"
            );
        }
    }
}

#[test]
fn results() {
    let power = |base: &[u8], exponent: &[u8], modulus: &[u8]| {
        let length = |bytes: &[u8]| U256::from(bytes.len()).to_big_endian();
        let lengths = [length(base), length(exponent), length(modulus)].concat();
        ask(
            Fork::Osaka,
            low(5),
            &[&lengths[..], base, exponent, modulus].concat(),
            100_000,
        )
        .output
        .to_vec()
    };
    // 3^5 mod 100, in as many bytes as the modulus has.
    assert_eq!(power(&[3], &[5], &[0, 100]), [0, 43]);
    assert_eq!(power(&[3], &[0], &[7]), [1]);
    assert_eq!(power(&[0], &[0], &[7]), [1]);
    assert_eq!(power(&[0], &[0], &[1]), [0]);
    assert_eq!(power(&[3], &[5], &[0, 0]), [0, 0]);
    assert!(power(&[3], &[5], &[]).is_empty());
    assert_eq!(power(&[], &[5], &[7]), [0]);
    assert_eq!(
        power(&[2], &[1, 0], &[0xff; 3]),
        (1u32 << 16).to_be_bytes()[1..]
    );
}
