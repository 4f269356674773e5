//! 0xf0 to 0xf2, 0xf4, 0xf5, 0xfa: calls and creations. What differs by fork is in `forks`.

use gasworks::{Fork, Halt, U256};
use gasworks_tests::code::{
    Call, Code, Word, call, create, create2, deploy, mstore, op, push, return_memory, return_top,
    revert_memory, sstore,
};
use gasworks_tests::world::{CONTRACT, OTHER, World, low};

use crate::case::{Case, case};
use crate::words;

/// `keccak256(rlp([0xcc.., 1]))[12..]`.
const CREATED: &str = "553e6c30af61e7a3576f31311ea8a620f80d047e";
/// `keccak256(0xff ‖ 0xcc.. ‖ 0 ‖ keccak256(""))[12..]` (EIP-1014).
const CREATED2: &str = "7d54c35d684712525a64e9d8a3d058b7f362fd10";
/// As [`CREATED2`], with salt 7 and 32 zeros for init code.
const CREATED2_ZEROS: &str = "10d0b1aa0fc2c3f7f677f3ac40c6a109fd1cf725";

/// A call in a world where [`OTHER`] has a wei and no code.
fn to(call: Call, name: &'static str) -> Case {
    case(name, &call.operands()).world(|world| world.account(OTHER, 1, Code::default()))
}

/// Prices of a call (EIP-150, EIP-2929) with what is added to them.
fn prices(case: Case, name: &str, extra: u64) -> Case {
    let case = match name {
        "STATICCALL" => case.costs_since(Fork::Byzantium, 700 + extra),
        "DELEGATECALL" => case.costs_since(Fork::Homestead, 40 + extra),
        _ => case.costs(40 + extra),
    };
    let case = if name == "STATICCALL" {
        case
    } else {
        case.costs_since(Fork::Tangerine, 700 + extra)
    };
    case.costs_since(Fork::Berlin, 2_600 + extra)
}

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for name in ["CALL", "CALLCODE", "DELEGATECALL", "STATICCALL"] {
        let plain = |call: Call, extra| prices(to(call, name), name, extra).leaves(&words![1]);
        cases.extend([
            plain(call(name, OTHER), 0),
            // Both ranges of memory are paid for, whatever comes of the call: three words.
            plain(call(name, OTHER).input(0, 1).output(64, 32), 9),
            plain(call(name, OTHER).input(64, 32).output(0, 1), 9),
            plain(
                call(name, OTHER).input(U256::MAX, 0).output(U256::MAX, 0),
                0,
            ),
            // High bytes of the address are ignored.
            plain(call(name, OTHER.word() | (U256::from(0xdead) << 160)), 0),
        ]);
        for (offset, size) in [(U256::MAX, 1.word()), (0.word(), U256::MAX)] {
            let halts = |call| prices(to(call, name), name, 0).halts(Halt::OutOfGas);
            cases.push(halts(call(name, OTHER).input(offset, size)));
            cases.push(halts(call(name, OTHER).output(offset, size)));
        }
    }
    cases.extend(values());
    cases.extend(creations());
    cases
}

/// Calls that transfer value: 9,000, of which the stipend of 2,300 comes back here.
fn values() -> Vec<Case> {
    let valued = |name, address: &str, value: u64, extra: u64| {
        let call = call(name, address).value(value);
        prices(to(call, name), name, 9_000 - 2_300 + extra).not_bound_by_gas()
    };
    let other = "ee".repeat(20);
    vec![
        valued("CALL", &other, 1, 0).leaves(&words![1]),
        valued("CALL", &other, 1_005, 0).leaves(&words![1]),
        // More than there is: nothing happens, and the gas comes back.
        valued("CALL", &other, 1_006, 0).leaves(&words![0]),
        valued("CALLCODE", &other, 1_005, 0).leaves(&words![1]),
        valued("CALLCODE", &other, 1_006, 0).leaves(&words![0]),
        // An account that does not exist costs 25,000 more; CALLCODE does not make it.
        valued("CALL", "1234", 1, 25_000).leaves(&words![1]),
        valued("CALLCODE", "1234", 1, 0).leaves(&words![1]),
        // EIP-161: without value it does not come to be.
        to(call("CALL", 0x1234), "CALL")
            .leaves(&words![1])
            .costs(40 + 25_000)
            .costs_since(Fork::Tangerine, 700 + 25_000)
            .costs_since(Fork::SpuriousDragon, 700)
            .costs_since(Fork::Berlin, 2_600),
    ]
}

fn creations() -> Vec<Case> {
    let two = Fork::Constantinople;
    let mut cases = vec![
        case("CREATE", &words![0, 0, 0])
            .leaves(&words![CREATED])
            .costs(32_000),
        case("CREATE", &words![5, U256::MAX, 0])
            .leaves(&words![CREATED])
            .costs(32_000),
        // More wei than there is.
        case("CREATE", &words![1_006, 0, 0])
            .leaves(&words![0])
            .costs(32_000),
        // Two words of memory; EIP-3860: 2 for each word of init code. Zeros stop at once.
        case("CREATE", &words![0, 0, 33])
            .leaves(&words![CREATED])
            .costs(32_000 + 6)
            .costs_since(Fork::Shanghai, 32_000 + 6 + 4),
        case("CREATE", &words![0, 0, U256::MAX])
            .costs(0)
            .halts(Halt::OutOfGas)
            .until(Fork::Paris),
        case("CREATE", &words![0, U256::MAX, 1])
            .costs(0)
            .halts(Halt::OutOfGas),
        case("CREATE2", &words![0, 0, 0, 0])
            .leaves(&words![CREATED2])
            .costs_since(two, 32_000),
        case("CREATE2", &words![1_006, 0, 0, 0])
            .leaves(&words![0])
            .costs_since(two, 32_000),
        // EIP-1014: 6 for each word hashed; and memory.
        case("CREATE2", &words![0, 0, 32, 7])
            .leaves(&words![CREATED2_ZEROS])
            .costs_since(two, 32_000 + 6 + 3)
            .costs_since(Fork::Shanghai, 32_000 + 6 + 3 + 2),
        case("CREATE2", &words![0, U256::MAX, 1, 0])
            .costs_since(two, 0)
            .halts(Halt::OutOfGas),
    ];
    // EIP-3860: 49,152 bytes of init code at most. Memory for 1,537 words is 4,611 + 4,614.
    let too_large = |name, operands: &[U256]| {
        case(name, operands)
            .costs_since(Fork::Shanghai, 0)
            .halts(Halt::InitCodeSizeExceeded)
    };
    cases.push(too_large("CREATE", &words![0, 0, 49_153]));
    cases.push(too_large("CREATE", &words![0, 0, U256::MAX]));
    cases.push(too_large("CREATE2", &words![0, 0, 49_153, 0]));
    // 1,536 words: memory 4,608 + 4,608.
    cases.push(
        case("CREATE", &words![0, 0, 49_152])
            .leaves(&words![CREATED])
            .costs(32_000 + 9_216)
            .costs_since(Fork::Shanghai, 32_000 + 9_216 + 2 * 1_536),
    );
    cases
}

#[test]
fn output_of_a_call_fills_its_range_and_no_more() {
    // The callee returns 0x11..11 (32 bytes); what is asked for is 4 bytes at 30, then 40 bytes at 64.
    let callee = push("11".repeat(32).as_str()) + return_top();
    let dirty = mstore(0, U256::MAX)
        + mstore(32, U256::MAX)
        + mstore(64, U256::MAX)
        + mstore(96, U256::MAX);
    for name in ["CALL", "CALLCODE", "DELEGATECALL", "STATICCALL"] {
        let calls = call(name, OTHER).gas(10_000).output(30, 4).code()
            + call(name, OTHER).gas(10_000).output(64, 40).code();
        let world = World::new(Fork::Osaka, dirty.clone() + calls + return_memory(0, 128));
        let ran = world
            .account(OTHER, 0, callee.clone())
            .transact_call(100_000);
        let ones = |start: usize, end: usize| (start..end).all(|index| ran.output[index] == 0x11);
        let untouched =
            |start: usize, end: usize| (start..end).all(|index| ran.output[index] == 0xff);
        assert!(
            untouched(0, 30) && ones(30, 34) && untouched(34, 64),
            "{name}"
        );
        // 32 bytes were returned.
        assert!(ones(64, 96) && untouched(96, 128), "{name}");
    }
}

#[test]
fn return_data_is_that_of_the_last_call_or_creation() {
    let size_after = |before: Code| {
        let world = World::new(Fork::Osaka, before + op("RETURNDATASIZE") + return_top());
        let reverts = world.account(OTHER, 0, revert_memory(0, 33));
        reverts
            .account(low(0x5678), 0, op("INVALID"))
            .transact_call(300_000)
            .word()
    };
    let reverting = call("CALL", OTHER).gas(10_000).code();
    assert_eq!(size_after(reverting.clone()), 33.into());
    // A halt, an account without code, a transfer without the wei, a creation that succeeds: nothing.
    assert_eq!(
        size_after(reverting.clone() + call("CALL", 0x5678).gas(10_000).code()),
        0.into()
    );
    assert_eq!(
        size_after(reverting.clone() + call("CALL", 0x1234).gas(10_000).code()),
        0.into()
    );
    assert_eq!(
        size_after(reverting.clone() + call("CALL", OTHER).value(9_999).code()),
        0.into()
    );
    assert_eq!(
        size_after(reverting.clone() + create(&deploy(&op("STOP")), 0)),
        0.into()
    );
    assert_eq!(
        size_after(reverting.clone() + create(&op("STOP"), 9_999)),
        0.into()
    );
    // One that reverts: its output (EIP-211).
    assert_eq!(
        size_after(reverting + create(&revert_memory(0, 7), 0)),
        7.into()
    );
}

#[test]
fn creations_deploy_what_init_code_returns() {
    let program = push(0x42) + return_top();
    for (name, creation) in [
        ("CREATE", create(&deploy(&program), 3)),
        ("CREATE2", create2(&deploy(&program), 3, 9)),
    ] {
        let ran = World::new(Fork::Osaka, creation + return_top()).transact_call(200_000);
        let address = gasworks::Address::from_slice(&ran.output[12..]);
        assert_eq!(ran.code(address), Some(program.bytes()), "{name}");
        assert_eq!(ran.balance(address), 3.into(), "{name}");
        assert_eq!(ran.balance(CONTRACT), 997.into(), "{name}");
        assert_eq!(ran.changes.accounts[&address].nonce, 1, "{name}: EIP-161");
        assert_eq!(ran.changes.accounts[&CONTRACT].nonce, 2, "{name}");
    }
}

#[test]
fn init_code_has_no_input_and_sees_itself_as_code() {
    let init = mstore(0, 0)
        + op("CALLDATASIZE")
        + push(0)
        + op("MSTORE")
        + op("CODESIZE")
        + push(32)
        + op("MSTORE")
        + op("ADDRESS")
        + push(64)
        + op("MSTORE")
        + op("ADDRESS")
        + op("EXTCODESIZE")
        + push(96)
        + op("MSTORE")
        + revert_memory(0, 128);
    let program = create(&init, 0)
        + push(128)
        + push(0)
        + push(0)
        + op("RETURNDATACOPY")
        + return_memory(0, 128);
    let ran = World::new(Fork::Osaka, program).transact_call(200_000);
    assert_eq!(ran.words(), words![0, init.size(), CREATED, 0]);
}

#[test]
fn a_failed_callee_leaves_no_trace_and_takes_its_gas_only_when_it_halts() {
    let cases = [
        // A CALL of a warm account is 100; operands 21; the callee's SSTORE 22,106, then its end.
        (
            "revert",
            sstore(0, 1) + push(0) + push(0) + op("REVERT"),
            22_106 + 6,
        ),
        ("halt", sstore(0, 1) + op("INVALID"), 50_000),
    ];
    for (what, callee, callee_gas) in cases {
        let world = World::new(
            Fork::Osaka,
            call("CALL", OTHER).gas(50_000).value(1).code() + return_top(),
        );
        let ran = world.account(OTHER, 0, callee).call(200_000);
        assert_eq!(ran.word(), U256::zero(), "{what}");
        assert_eq!(ran.slot(OTHER, 0), None, "{what}");
        assert_eq!(
            ran.changes
                .accounts
                .get(&OTHER)
                .map_or(0.into(), |other| other.balance),
            U256::zero(),
            "{what}"
        );
        // Value 9,000 and a stipend of 2,300 that the callee has on top; a cold account 2,600; MSTORE and RETURN 15 with memory.
        let left = if what == "halt" {
            0
        } else {
            50_000 + 2_300 - callee_gas
        };
        assert_eq!(ran.gas, 21 + 2_600 + 9_000 + 50_000 - left + 15, "{what}");
    }
}
