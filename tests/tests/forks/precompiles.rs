//! Which precompiled contracts there are, and what each costs in each fork.

use gasworks::{Address, CallOutcome, CallStatus, Fork, Halt};
use gasworks_tests::code::{Code, call, op, push, push_n};
use gasworks_tests::world::{World, low, message};

/// Sends a message straight to an address.
pub fn ask(fork: Fork, to: Address, input: &[u8], gas: u64) -> CallOutcome {
    let ran = World::new(fork, Code::default()).message(&gasworks::Message {
        address: to,
        code_address: to,
        input: input.to_vec().into(),
        ..message(gas)
    });
    ran.calls[0].1.clone()
}

/// Address and the fork that brought it.
const SET: &[(u64, Fork)] = &[
    (0x01, Fork::Frontier),
    (0x02, Fork::Frontier),
    (0x03, Fork::Frontier),
    (0x04, Fork::Frontier),
    // EIP-198, EIP-196, EIP-197, EIP-152, EIP-4844.
    (0x05, Fork::Byzantium),
    (0x06, Fork::Byzantium),
    (0x07, Fork::Byzantium),
    (0x08, Fork::Byzantium),
    (0x09, Fork::Istanbul),
    (0x0a, Fork::Cancun),
    // EIP-2537, EIP-7951.
    (0x0b, Fork::Prague),
    (0x0c, Fork::Prague),
    (0x0d, Fork::Prague),
    (0x0e, Fork::Prague),
    (0x0f, Fork::Prague),
    (0x10, Fork::Prague),
    (0x11, Fork::Prague),
    (0x100, Fork::Osaka),
];

#[test]
fn each_fork_has_its_set() {
    for fork in Fork::all() {
        for address in (0..=0x20).chain(0xff..=0x101) {
            let row = SET.iter().find(|row| row.0 == address);
            let active = row.is_some_and(|row| row.1 <= fork);
            // Every contract refuses 200 bytes of ones, or wants gas for them; an account without code does not.
            let outcome = ask(fork, low(address), &[0xff; 200], 0);
            assert_eq!(
                outcome.status != CallStatus::Success,
                active,
                "{address:#x} in {fork}"
            );
            // EIP-2929: precompiles are warm in a transaction.
            if fork >= Fork::Berlin {
                let world = World::new(fork, push_n(20, low(address)) + op("BALANCE"));
                let price = if active { 100 } else { 2_600 };
                assert_eq!(
                    world.transact_call(10_000).gas,
                    21_003 + price,
                    "{address:#x} in {fork}"
                );
            }
        }
    }
}

/// Zeros of this length are accepted by the contract; the price in the forks named, in order.
type Row = (u64, usize, &'static [(Fork, u64)]);

const PRICES: &[Row] = &[
    // Yellow Paper, appendix E: 3,000; 60 + 12, 600 + 120, 15 + 3 for each word.
    (0x01, 0, &[(Fork::Frontier, 3_000)]),
    (0x01, 128, &[(Fork::Frontier, 3_000)]),
    (0x02, 0, &[(Fork::Frontier, 60)]),
    (0x02, 32, &[(Fork::Frontier, 72)]),
    (0x02, 33, &[(Fork::Frontier, 84)]),
    (0x03, 0, &[(Fork::Frontier, 600)]),
    (0x03, 32, &[(Fork::Frontier, 720)]),
    (0x03, 33, &[(Fork::Frontier, 840)]),
    (0x04, 0, &[(Fork::Frontier, 15)]),
    (0x04, 32, &[(Fork::Frontier, 18)]),
    (0x04, 33, &[(Fork::Frontier, 21)]),
    // EIP-196, EIP-197, EIP-1108.
    (0x06, 128, &[(Fork::Byzantium, 500), (Fork::Istanbul, 150)]),
    (
        0x07,
        96,
        &[(Fork::Byzantium, 40_000), (Fork::Istanbul, 6_000)],
    ),
    (
        0x08,
        0,
        &[(Fork::Byzantium, 100_000), (Fork::Istanbul, 45_000)],
    ),
    (
        0x08,
        192,
        &[(Fork::Byzantium, 180_000), (Fork::Istanbul, 79_000)],
    ),
    (
        0x08,
        384,
        &[(Fork::Byzantium, 260_000), (Fork::Istanbul, 113_000)],
    ),
    // EIP-152: no rounds.
    (0x09, 213, &[(Fork::Istanbul, 0)]),
    // EIP-2537: the point at infinity. One pair has no discount; of two G1 pairs each costs 949/1000, of G2 1000/1000.
    (0x0b, 256, &[(Fork::Prague, 375)]),
    (0x0c, 160, &[(Fork::Prague, 12_000)]),
    (0x0c, 320, &[(Fork::Prague, 22_776)]),
    (0x0d, 512, &[(Fork::Prague, 600)]),
    (0x0e, 288, &[(Fork::Prague, 22_500)]),
    (0x0e, 576, &[(Fork::Prague, 45_000)]),
    (0x0f, 384, &[(Fork::Prague, 70_300)]),
    (0x0f, 768, &[(Fork::Prague, 102_900)]),
    (0x10, 64, &[(Fork::Prague, 5_500)]),
    (0x11, 128, &[(Fork::Prague, 23_800)]),
    // EIP-7951: input that is no signature costs the same and returns nothing.
    (0x100, 160, &[(Fork::Osaka, 6_900)]),
    (0x100, 0, &[(Fork::Osaka, 6_900)]),
];

#[test]
fn each_contract_has_its_price() {
    for (address, length, prices) in PRICES {
        let input = vec![0; *length];
        for fork in Fork::all() {
            let Some((_, price)) = prices.iter().rfind(|(since, _)| *since <= fork) else {
                continue;
            };
            check(fork, *address, &input, *price);
        }
    }
}

fn check(fork: Fork, address: u64, input: &[u8], price: u64) {
    let what = format!("{address:#x}, {} bytes in {fork}", input.len());
    let exact = ask(fork, low(address), input, price);
    assert_eq!(
        (exact.status, exact.gas_left),
        (CallStatus::Success, 0),
        "{what}"
    );
    if price > 0 {
        let less = ask(fork, low(address), input, price - 1);
        assert_eq!(
            (less.status, less.gas_left),
            (CallStatus::Halt(Halt::OutOfGas), 0),
            "{what}"
        );
    }
}

/// EIP-152: a gas for each round.
#[test]
fn blake2f_costs_its_rounds() {
    let mut input = vec![0; 213];
    for rounds in [1u32, 12, 1_000] {
        input[..4].copy_from_slice(&rounds.to_be_bytes());
        check(Fork::Istanbul, 9, &input, rounds.into());
    }
    // Rounds that nobody can pay for are refused before they are made.
    input[..4].copy_from_slice(&u32::MAX.to_be_bytes());
    assert_eq!(
        ask(Fork::Osaka, low(9), &input, 1_000_000).status,
        CallStatus::Halt(Halt::OutOfGas)
    );
    // Another length, or a flag that is neither 0 nor 1.
    input[..4].fill(0);
    input[212] = 2;
    for bad in [&input[..], &input[..212]] {
        assert_eq!(
            ask(Fork::Osaka, low(9), bad, 1_000).status,
            CallStatus::Halt(Halt::PrecompileFailed)
        );
    }
}

/// EIP-4844: the polynomial that is zero everywhere; its commitment and its proof are the point at infinity.
#[test]
fn point_evaluation_costs_50000() {
    let mut input = vec![0; 192];
    // sha256 of the commitment, with the version for its first byte.
    let hash = "010657f37554c781402a22917dee2f75def7ab966d7b770905398eba3c444014";
    let hash: Vec<u8> = (0..32)
        .map(|index| u8::from_str_radix(&hash[2 * index..2 * index + 2], 16).expect("hex"))
        .collect();
    input[..32].copy_from_slice(&hash);
    (input[96], input[144]) = (0xc0, 0xc0);
    for fork in [Fork::Cancun, Fork::Osaka] {
        check(fork, 0x0a, &input, 50_000);
    }
    // The polynomial is not 1 at that point.
    input[95] = 1;
    assert_eq!(
        ask(Fork::Cancun, low(0x0a), &input, 50_000).status,
        CallStatus::Halt(Halt::PrecompileFailed)
    );
}

#[test]
fn results_of_the_first_four() {
    let hex = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let output =
        |address, input: &[u8]| hex(&ask(Fork::Frontier, low(address), input, 10_000).output);
    assert_eq!(
        output(2, b""),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    assert_eq!(
        output(3, b""),
        "0000000000000000000000009c1185a5c5e9fc54612808977ee8f548b2258d31"
    );
    assert_eq!(output(4, b"abc"), "616263");
    // What is no signature recovers to nothing.
    assert_eq!(output(1, &[0; 128]), "");
}

/// Called from code: a failure takes the gas that was passed, and value is given back.
#[test]
fn calls_of_precompiles_from_code() {
    for fork in Fork::all() {
        let program = call("CALL", 2).gas(71).value(1).input(0, 32).code()
            + gasworks_tests::code::return_top();
        // With the stipend there is more than enough.
        let ran = World::new(fork, program).transact_call(100_000);
        assert_eq!(
            (ran.word(), ran.balance(low(2))),
            (1.into(), 1.into()),
            "{fork}"
        );
        let program =
            call("CALL", 3).gas(719).input(0, 32).code() + gasworks_tests::code::return_top();
        let ran = World::new(fork, program).call(100_000);
        assert_eq!(
            (ran.word(), ran.calls[0].1.gas_left),
            (0.into(), 0),
            "{fork}"
        );
    }
    // The output is cut to the range that is there for it, and RETURNDATASIZE says how much there was.
    let program = call("STATICCALL", 4)
        .gas(100)
        .input(0, 64)
        .output(0, 5)
        .code()
        + op("RETURNDATASIZE");
    assert_eq!(
        World::new(Fork::Osaka, program + gasworks_tests::code::return_top())
            .call(10_000)
            .word(),
        64.into()
    );
}

/// An embedder's own precompile answers at its address and is priced as it says.
#[test]
fn a_precompile_of_one_s_own() {
    fn seven(_: &[u8], gas: u64, output: &mut Vec<u8>) -> Result<u64, gasworks::PrecompileError> {
        output.push(7);
        if gas < 11 {
            Err(gasworks::PrecompileError::OutOfGas)
        } else {
            Ok(11)
        }
    }
    let world = World::new(
        Fork::Osaka,
        call("CALL", 0x999).gas(12).output(31, 1).code()
            + push(0)
            + op("MLOAD")
            + gasworks_tests::code::return_top(),
    );
    let mut evm = world.evm().with_precompile(low(0x999), seven);
    let outcome = evm.call(&message(10_000)).expect("a call").discard();
    assert_eq!(outcome.output[31], 7);
}
