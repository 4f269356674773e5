//! 0x00, 0x56 to 0x58, 0x5a, 0x5b, 0xf3, 0xfd, 0xfe, 0xff: jumps and ends.

use gasworks::{CallStatus, Fork, Halt, U256};
use gasworks_tests::code::{Code, Word, mstore, op, power_of_two, push, push_n, raw, return_top};
use gasworks_tests::world::{OTHER, World};

use crate::case::{Case, case};
use crate::words;

pub fn cases() -> Vec<Case> {
    let jump = |target| case("JUMP", &[target]).costs(0).halts(Halt::InvalidJump);
    let ended = |name, status, output: &[u8]| {
        case(name, &words![30, 4])
            .after(mstore(0, 0x1234))
            .ends(status, output)
    };
    // EIP-150, EIP-2929.
    let destruct = |heir: U256| {
        case("SELFDESTRUCT", &[heir])
            .ends(CallStatus::Success, &[])
            .costs(0)
    };
    let mut cases = vec![
        case("STOP", &[])
            .instead(op("STOP") + op("INVALID"))
            .ends(CallStatus::Success, &[])
            .costs(0),
        // PUSH1 3, JUMP, JUMPDEST.
        case("JUMP", &words![3])
            .instead(op("JUMP") + op("JUMPDEST"))
            .costs(8 + 1),
        // What is jumped over costs nothing: PUSH1 4, JUMP, INVALID, JUMPDEST.
        case("JUMP", &words![4])
            .instead(op("JUMP") + op("INVALID") + op("JUMPDEST"))
            .costs(8 + 1),
        // PUSH1 1, PUSH1 6, JUMPI, INVALID, JUMPDEST.
        case("JUMPI", &words![6, 1])
            .instead(op("JUMPI") + op("INVALID") + op("JUMPDEST"))
            .costs(10 + 1),
        case("JUMPI", &words![6, 0])
            .instead(op("JUMPI") + op("PC"))
            .leaves(&words![5])
            .costs(10 + 2),
        // Without the condition any target will do.
        case("JUMPI", &[U256::MAX, 0.word()]).costs(10),
        case("JUMPI", &[U256::MAX, 1.word()])
            .costs(0)
            .halts(Halt::InvalidJump),
        jump(0.word()),
        jump(2.word()),
        jump(3.word()),
        jump(U256::MAX),
        // A JUMPDEST that is the data of a push: PUSH1 4, JUMP, PUSH1 0x5b.
        case("JUMP", &words![4])
            .instead(op("JUMP") + push(0x5b))
            .costs(0)
            .halts(Halt::InvalidJump),
        case("JUMP", &words![36])
            .instead(op("JUMP") + push_n(32, U256::from(0x5b)) + op("JUMPDEST"))
            .costs(8 + 1),
        // A push whose data is beyond the end.
        case("JUMP", &words![4])
            .instead(op("JUMP") + raw([0x7f, 0x5b]))
            .costs(0)
            .halts(Halt::InvalidJump),
        case("JUMPDEST", &[]).costs(1),
        case("PC", &[]).leaves(&words![0]).costs(2),
        case("PC", &[])
            .after(push(1) + op("POP"))
            .leaves(&words![3])
            .costs(2),
        // The message has 1,000,000; GAS itself has been paid for.
        case("GAS", &[]).leaves(&words![1_000_000 - 2]).costs(2),
        case("GAS", &[])
            .after(op("JUMPDEST"))
            .leaves(&words![1_000_000 - 3])
            .costs(2),
        ended("RETURN", CallStatus::Success, &[0x12, 0x34, 0, 0]).costs(3),
        ended("REVERT", CallStatus::Revert, &[0x12, 0x34, 0, 0]).costs_since(Fork::Byzantium, 3),
        case("INVALID", &[]).costs(0).halts(Halt::InvalidOpcode),
        destruct(0x1234.word())
            .costs_since(Fork::Tangerine, 5_000 + 25_000)
            .costs_since(Fork::Berlin, 5_000 + 25_000 + 2_600),
        destruct(OTHER.word())
            .costs_since(Fork::Tangerine, 5_000)
            .costs_since(Fork::Berlin, 5_000 + 2_600)
            .world(|world| world.account(OTHER, 1, Code::default())),
    ];
    cases.push(
        // To itself, which is warm.
        destruct(gasworks_tests::world::CONTRACT.word()).costs_since(Fork::Tangerine, 5_000),
    );
    cases
}

#[test]
fn jumpi_takes_any_word_that_is_not_zero() {
    for condition in [1.word(), power_of_two(64), power_of_two(255), U256::MAX] {
        // PUSH32 condition, PUSH1 37, JUMPI, INVALID, JUMPDEST at 37.
        let program = push_n(32, condition) + push(37) + op("JUMPI") + op("INVALID");
        let ran = World::new(Fork::Frontier, program + op("JUMPDEST")).call(100);
        assert_eq!(ran.status, CallStatus::Success, "{condition:x}");
    }
}

#[test]
fn jump_targets_are_whole_words() {
    // 2^64 + 3 is not 3.
    let program = |target: U256| push_n(9, target) + op("JUMP") + op("JUMPDEST");
    let ran = |target: U256| World::new(Fork::Frontier, program(target)).call(100).status;
    assert_eq!(ran(11.word()), CallStatus::Success);
    assert_eq!(
        ran(power_of_two(64) + 11),
        CallStatus::Halt(Halt::InvalidJump)
    );
}

#[test]
fn code_ends_with_stop_and_pushes_read_zeros_beyond_it() {
    let ran = World::new(Fork::Frontier, raw([0x62, 0x12])).call(3);
    assert_eq!((ran.status, ran.gas), (CallStatus::Success, 3));
    // The zeros beyond the end are not part of the code.
    let size = op("CODESIZE") + return_top();
    assert_eq!(
        World::new(Fork::Frontier, size.clone()).call(100).word(),
        size.size().into()
    );
}

#[test]
fn an_endless_loop_ends_when_its_gas_does() {
    let ran =
        World::new(Fork::Osaka, gasworks_tests::code::forever(Code::default())).call(1_000_000);
    assert_eq!((ran.halt(), ran.gas), (Some(Halt::OutOfGas), 1_000_000));
}
