//! The opcode table against one that is written here by hand: names, bytes, effect on the stack and fork; and for each
//! instruction underflow, overflow, what a static call refuses, and that it does not exist before its fork.

use std::collections::BTreeSet;

use gasworks::{CallStatus, Fork, Halt, Message};
use gasworks_spec::opcode;
use gasworks_tests::code::{Code, call, op, push, raw};
use gasworks_tests::world::{GAS, OTHER, World, message, since};

use Fork::*;

/// Byte, mnemonic, words taken, words left, the fork that brought it (Yellow Paper, appendix H.2, and the EIPs).
type Row = (u8, &'static str, usize, usize, Fork);

#[rustfmt::skip]
const TABLE: &[Row] = &[
    (0x00, "STOP", 0, 0, Frontier), (0x01, "ADD", 2, 1, Frontier), (0x02, "MUL", 2, 1, Frontier),
    (0x03, "SUB", 2, 1, Frontier), (0x04, "DIV", 2, 1, Frontier), (0x05, "SDIV", 2, 1, Frontier),
    (0x06, "MOD", 2, 1, Frontier), (0x07, "SMOD", 2, 1, Frontier), (0x08, "ADDMOD", 3, 1, Frontier),
    (0x09, "MULMOD", 3, 1, Frontier), (0x0a, "EXP", 2, 1, Frontier), (0x0b, "SIGNEXTEND", 2, 1, Frontier),
    (0x10, "LT", 2, 1, Frontier), (0x11, "GT", 2, 1, Frontier), (0x12, "SLT", 2, 1, Frontier),
    (0x13, "SGT", 2, 1, Frontier), (0x14, "EQ", 2, 1, Frontier), (0x15, "ISZERO", 1, 1, Frontier),
    (0x16, "AND", 2, 1, Frontier), (0x17, "OR", 2, 1, Frontier), (0x18, "XOR", 2, 1, Frontier),
    (0x19, "NOT", 1, 1, Frontier), (0x1a, "BYTE", 2, 1, Frontier),
    // EIP-145, EIP-7939.
    (0x1b, "SHL", 2, 1, Constantinople), (0x1c, "SHR", 2, 1, Constantinople),
    (0x1d, "SAR", 2, 1, Constantinople), (0x1e, "CLZ", 1, 1, Osaka),
    (0x20, "KECCAK256", 2, 1, Frontier),
    (0x30, "ADDRESS", 0, 1, Frontier), (0x31, "BALANCE", 1, 1, Frontier), (0x32, "ORIGIN", 0, 1, Frontier),
    (0x33, "CALLER", 0, 1, Frontier), (0x34, "CALLVALUE", 0, 1, Frontier), (0x35, "CALLDATALOAD", 1, 1, Frontier),
    (0x36, "CALLDATASIZE", 0, 1, Frontier), (0x37, "CALLDATACOPY", 3, 0, Frontier),
    (0x38, "CODESIZE", 0, 1, Frontier), (0x39, "CODECOPY", 3, 0, Frontier), (0x3a, "GASPRICE", 0, 1, Frontier),
    (0x3b, "EXTCODESIZE", 1, 1, Frontier), (0x3c, "EXTCODECOPY", 4, 0, Frontier),
    // EIP-211, EIP-1052.
    (0x3d, "RETURNDATASIZE", 0, 1, Byzantium), (0x3e, "RETURNDATACOPY", 3, 0, Byzantium),
    (0x3f, "EXTCODEHASH", 1, 1, Constantinople),
    (0x40, "BLOCKHASH", 1, 1, Frontier), (0x41, "COINBASE", 0, 1, Frontier), (0x42, "TIMESTAMP", 0, 1, Frontier),
    (0x43, "NUMBER", 0, 1, Frontier), (0x44, "PREVRANDAO", 0, 1, Frontier), (0x45, "GASLIMIT", 0, 1, Frontier),
    // EIP-1344, EIP-1884, EIP-3198, EIP-4844, EIP-7516.
    (0x46, "CHAINID", 0, 1, Istanbul), (0x47, "SELFBALANCE", 0, 1, Istanbul), (0x48, "BASEFEE", 0, 1, London),
    (0x49, "BLOBHASH", 1, 1, Cancun), (0x4a, "BLOBBASEFEE", 0, 1, Cancun),
    (0x50, "POP", 1, 0, Frontier), (0x51, "MLOAD", 1, 1, Frontier), (0x52, "MSTORE", 2, 0, Frontier),
    (0x53, "MSTORE8", 2, 0, Frontier), (0x54, "SLOAD", 1, 1, Frontier), (0x55, "SSTORE", 2, 0, Frontier),
    (0x56, "JUMP", 1, 0, Frontier), (0x57, "JUMPI", 2, 0, Frontier), (0x58, "PC", 0, 1, Frontier),
    (0x59, "MSIZE", 0, 1, Frontier), (0x5a, "GAS", 0, 1, Frontier), (0x5b, "JUMPDEST", 0, 0, Frontier),
    // EIP-1153, EIP-5656, EIP-3855.
    (0x5c, "TLOAD", 1, 1, Cancun), (0x5d, "TSTORE", 2, 0, Cancun), (0x5e, "MCOPY", 3, 0, Cancun),
    (0x5f, "PUSH0", 0, 1, Shanghai),
    (0xa0, "LOG0", 2, 0, Frontier), (0xa1, "LOG1", 3, 0, Frontier), (0xa2, "LOG2", 4, 0, Frontier),
    (0xa3, "LOG3", 5, 0, Frontier), (0xa4, "LOG4", 6, 0, Frontier),
    (0xf0, "CREATE", 3, 1, Frontier), (0xf1, "CALL", 7, 1, Frontier), (0xf2, "CALLCODE", 7, 1, Frontier),
    // EIP-7, EIP-1014, EIP-214, EIP-140.
    (0xf3, "RETURN", 2, 0, Frontier), (0xf4, "DELEGATECALL", 6, 1, Homestead),
    (0xf5, "CREATE2", 4, 1, Constantinople), (0xfa, "STATICCALL", 6, 1, Byzantium),
    (0xfd, "REVERT", 2, 0, Byzantium), (0xfe, "INVALID", 0, 0, Frontier), (0xff, "SELFDESTRUCT", 1, 0, Frontier),
];

/// The rows of [`TABLE`] and those of PUSH1 to PUSH32, DUP1 to DUP16 and SWAP1 to SWAP16.
fn table() -> Vec<Row> {
    let pushes = (1..=32).map(|n| (0x5f + n as u8, name("PUSH", n), 0, 1, Frontier));
    let dups = (1..=16).map(|n| (0x7f + n as u8, name("DUP", n), n, n + 1, Frontier));
    let swaps = (1..=16).map(|n| (0x8f + n as u8, name("SWAP", n), n + 1, n + 1, Frontier));
    let numbered = pushes.chain(dups).chain(swaps);
    TABLE.iter().copied().chain(numbered).collect()
}

/// A mnemonic with a number, as the opcode table of `spec` spells it.
pub fn name(stem: &str, number: usize) -> &'static str {
    let wanted = format!("{stem}{number}");
    (0..=u8::MAX)
        .filter_map(gasworks_spec::opcode)
        .map(|opcode| opcode.name)
        .find(|name| *name == wanted)
        .unwrap_or_else(|| panic!("no {wanted} in the opcode table"))
}

/// What ends a frame and what moves within code, so that it cannot just be run on zeros.
const NOT_STRAIGHT: &[&str] = &["INVALID", "JUMP"];

#[test]
fn the_opcode_table_is_the_one_written_here() {
    let rows = table();
    for byte in 0..=255u8 {
        let row = rows.iter().find(|row| row.0 == byte);
        let found = opcode(byte).map(|opcode| {
            let (inputs, outputs) = (opcode.inputs.len(), opcode.outputs.len());
            (byte, opcode.name, inputs, outputs, opcode.introduced())
        });
        assert_eq!(
            found,
            row.copied(),
            "0x{byte:02x}: write a new instruction down here by hand"
        );
    }
}

#[test]
fn every_instruction_has_a_case() {
    let covered: BTreeSet<&str> = crate::all().iter().map(|case| case.name).collect();
    let missing = (0..=255).filter_map(opcode).map(|opcode| opcode.name);
    let missing: Vec<&str> = missing.filter(|name| !covered.contains(name)).collect();
    assert!(
        missing.is_empty(),
        "add cases to a file of tests/tests/opcodes for {missing:?}"
    );
}

#[test]
fn bytes_without_an_instruction_are_invalid_in_every_fork() {
    for fork in Fork::all() {
        for byte in 0..=255u8 {
            let row = table().into_iter().find(|row| row.0 == byte);
            if row.is_some_and(|row| row.4 <= fork) {
                continue;
            }
            // No gas pays for them, not even all that there can be.
            for (operands, gas) in [(0, GAS), (17, GAS), (0, u64::MAX)] {
                let program = operands * push(0) + raw([byte]);
                let ran = World::new(fork, program).call(gas);
                assert_eq!(
                    ran.halt(),
                    Some(Halt::InvalidOpcode),
                    "0x{byte:02x} in {fork} with {gas} gas"
                );
            }
        }
    }
}

#[test]
fn one_operand_fewer_is_an_underflow() {
    for (_, name, inputs, _, introduced) in table() {
        let Some(fewer) = inputs.checked_sub(1) else {
            continue;
        };
        for fork in [introduced, Osaka] {
            let ran = World::new(fork, fewer * push(0) + op(name)).call(GAS);
            assert_eq!(ran.halt(), Some(Halt::StackUnderflow), "{name} in {fork}");
        }
    }
}

#[test]
fn a_full_stack_overflows_where_it_would_grow() {
    let run = |fork, height: usize, name| World::new(fork, height * push(0) + op(name)).call(GAS);
    for (_, name, inputs, outputs, introduced) in table() {
        for fork in [introduced, Osaka] {
            let full = run(fork, 1_024, name);
            if outputs > inputs {
                assert_eq!(full.halt(), Some(Halt::StackOverflow), "{name} in {fork}");
                let room = run(fork, 1_023, name);
                assert_eq!(room.status, CallStatus::Success, "{name} in {fork}");
            } else if !NOT_STRAIGHT.contains(&name) {
                assert!(full.halt().is_none(), "{name} in {fork}: {:?}", full.status);
            }
        }
    }
}

/// What a static call refuses (EIP-214, EIP-1014, EIP-1153).
#[test]
fn static_calls_refuse_what_changes_the_state() {
    let refused = [
        "SSTORE",
        "TSTORE",
        "LOG0",
        "LOG1",
        "LOG2",
        "LOG3",
        "LOG4",
        "CREATE",
        "CREATE2",
        "SELFDESTRUCT",
    ];
    let run = |fork, program| {
        let world = World::new(fork, program);
        world
            .message(&Message {
                is_static: true,
                ..message(GAS)
            })
            .halt()
    };
    for fork in since(Byzantium) {
        for (_, name, inputs, _, introduced) in table() {
            if introduced > fork || NOT_STRAIGHT.contains(&name) {
                continue;
            }
            let halt = run(fork, inputs * push(0) + op(name));
            let expected = refused.contains(&name).then_some(Halt::StaticViolation);
            assert_eq!(halt, expected, "{name} in {fork}");
        }
        // CALL with value, but not CALLCODE, which keeps it.
        let with_value = |name| run(fork, call(name, OTHER).value(1).code());
        assert_eq!(with_value("CALL"), Some(Halt::StaticViolation), "{fork}");
        assert_eq!(with_value("CALLCODE"), None, "{fork}");
    }
}

#[test]
fn a_static_call_stays_static_below() {
    // STATICCALL -> DELEGATECALL or CALL -> SSTORE; the outer frame may write again afterwards.
    for inner in ["CALL", "CALLCODE", "DELEGATECALL"] {
        let (middle, writer) = (OTHER, gasworks_tests::world::low(0x5678));
        let outer = call("STATICCALL", middle).gas(200_000).code() + op("POP");
        let world = World::new(Osaka, outer + gasworks_tests::code::sstore(1, 1))
            .account(middle, 0, call(inner, writer).gas(100_000).code())
            .account(writer, 0, gasworks_tests::code::sstore(0, 1));
        let ran = world.transact_call(400_000);
        assert_eq!(
            ran.calls[0].1.status,
            CallStatus::Halt(Halt::StaticViolation),
            "{inner}"
        );
        assert_eq!(
            ran.slot(gasworks_tests::world::CONTRACT, 1),
            Some(1.into()),
            "{inner}"
        );
    }
}

#[test]
fn the_empty_program_succeeds_and_costs_nothing() {
    for fork in Fork::all() {
        let ran = World::new(fork, Code::default()).call(0);
        assert_eq!((ran.status, ran.gas), (CallStatus::Success, 0), "{fork}");
    }
}
