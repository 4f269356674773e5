//! Every program runs, and prints what it says it does.

use std::collections::BTreeSet;
use std::process::Command;

/// What a program prints; it must succeed.
fn printed(program: &str) -> String {
    let output = Command::new(program).output().expect("the program starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {errors}");
    String::from_utf8(output.stdout).expect("it prints text")
}

#[test]
fn run_bytecode() {
    let expected = "\
fibonacci(10) = 55, for 618 gas
fibonacci(90) = 2880067194370816120, for 5018 gas
with 1000 gas: Halt(OutOfGas)
";
    assert_eq!(printed(env!("CARGO_BIN_EXE_run-bytecode")), expected);
}

#[test]
fn deploy_and_call() {
    let expected = "\
deployed at 0x3c952d36207c0d52743a646e7ac2649009bd358e for 72194 gas
incremented to 1 for 44257 gas
incremented to 2 for 27157 gas
count() = 2
the first transaction once more: invalid transaction: nonce 0 is below the account's 3
";
    assert_eq!(printed(env!("CARGO_BIN_EXE_deploy-and-call")), expected);
}

#[test]
fn own_database() {
    let text = printed(env!("CARGO_BIN_EXE_own-database"));
    assert!(
        text.starts_with("result: 700\nresult: 700\nasked once: "),
        "{text}"
    );
    assert!(
        text.ends_with("no result: the remote state is out of reach\n"),
        "{text}"
    );
    let asked: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("asked"))
        .collect();
    let different: BTreeSet<&str> = asked.iter().copied().collect();
    assert_eq!(asked.len(), different.len(), "{text}");
    for what in ["account 0xcccc", "slot 3 of 0xcccc", "slot 4 of 0xcccc"] {
        assert!(
            asked.iter().any(|line| line.contains(what)),
            "{what}: {text}"
        );
    }
}

#[test]
fn trace() {
    let text = printed(env!("CARGO_BIN_EXE_trace"));
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        lines[1].starts_with(r#"{"pc":0,"op":96,"gas":"0x186a0","#),
        "{text}"
    );
    assert!(lines[3].contains(r#""stack":["0x6","0x7"]"#), "{text}");
    for count in [
        "           ADD 90",
        "         PUSH1 275",
        "        RETURN 1",
    ] {
        assert!(lines.contains(&count), "{count}: {text}");
    }
}

#[test]
fn custom_precompile() {
    let expected = "\
called directly:      skrowsag, for 18 gas
called by a contract: skrowsag, for 164 gas
too little gas: out of gas
no input: precompile failed
";
    assert_eq!(printed(env!("CARGO_BIN_EXE_custom-precompile")), expected);
}

#[test]
fn assemble_and_deploy() {
    let text = printed(env!("CARGO_BIN_EXE_assemble-and-deploy"));
    let (first, rest) = text.split_once('\n').expect("some lines");
    assert!(first.ends_with(" bytes of init code, 0 warnings"), "{text}");
    assert_eq!(
        rest,
        "moved 30\n71 is more than there is\nAlice has 70\nBob has 30\n"
    );
}

#[test]
fn endless_loop() {
    let expected = "\
by gas:       Halt(OutOfGas) after 1000000 gas
by steps:     the limit is reached
by interrupt: another thread has set the flag
";
    assert_eq!(printed(env!("CARGO_BIN_EXE_endless-loop")), expected);
}
