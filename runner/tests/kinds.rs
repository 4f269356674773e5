//! Each kind of fixture by a case of our own: what is right passes, and whatever is changed in it is found.

use std::fs;
use std::ops::ControlFlow;
use std::path::PathBuf;

use gasworks_runner::fixtures::{self, CaseReport, FileOutcome, Options};

/// Runs one file of this name and text.
fn outcome(test: &str, name: &str, text: &str) -> FileOutcome {
    let id = std::process::id();
    let folder = std::env::temp_dir().join(format!("gasworks-kinds-{id}-{test}"));
    fs::create_dir_all(&folder).expect("the temporary folder can be written");
    let path: PathBuf = folder.join(name);
    fs::write(&path, text).expect("the temporary folder can be written");
    let mut outcomes = Vec::new();
    let options = Options {
        jobs: 1,
        ..Options::default()
    };
    fixtures::run(&[path], &options, &mut |report| {
        outcomes.push(report.outcome);
        ControlFlow::Continue(())
    });
    let _ = fs::remove_dir_all(&folder);
    assert_eq!(outcomes.len(), 1, "one file gives one report");
    outcomes.remove(0)
}

fn cases(test: &str, name: &str, text: &str) -> Vec<CaseReport> {
    match outcome(test, name, text) {
        FileOutcome::Ran(cases) => cases,
        other => panic!("{test}: expected cases, got {other:?}"),
    }
}

fn error(test: &str, name: &str, text: &str) -> String {
    match outcome(test, name, text) {
        FileOutcome::Unreadable(error) => error.to_string(),
        other => panic!("{test}: expected an error, got {other:?}"),
    }
}

/// Asserts that a file passes as it is, and that each change is found: by its mismatch, or as an error of the file.
fn found(test: &str, name: &str, text: &str, changes: &[(&str, &str, &str)]) {
    let right = cases(test, name, text);
    assert!(!right.is_empty());
    for case in &right {
        assert_eq!(case.mismatch, None, "{test}");
    }
    for (from, to, wanted) in changes {
        assert_eq!(text.matches(from).count(), 1, "{test}: {from}");
        let message = match outcome(test, name, &text.replace(from, to)) {
            FileOutcome::Ran(cases) => {
                let mismatches = cases.iter().filter_map(|case| case.mismatch.as_ref());
                mismatches.map(ToString::to_string).collect()
            }
            FileOutcome::Unreadable(error) => error.to_string(),
            other => panic!("{test}: {from} to {to}: {other:?}"),
        };
        assert!(
            message.contains(wanted),
            "{test}: {from} to {to}: {message:?}"
        );
    }
}

/// A call with value, which is written down and not carried out, and what it returned stored: 21 for pushes, 40 + 9,000 +
/// 25,000 for the call of an account that is not there, 3 for a push, 20,000 for the slot. The 500 gas and the stipend of
/// 2,300 come back.
const VM_TEST: &str = r#"{ "call": {
    "env": {
        "currentCoinbase": "0x2adc25665018aa1fe0e6bc666dac8fc2697ff9ba", "currentDifficulty": "0x020000",
        "currentGasLimit": "0x7fffffffffffffff", "currentNumber": "0x01", "currentTimestamp": "0x03e8"
    },
    "exec": {
        "address": "0x0f572e5295c57f15886f9b263e2f6d2d6c7b5ec6", "caller": "0xcd1722f3947def4cf144679da39c4c32bdc35681",
        "origin": "0xcd1722f3947def4cf144679da39c4c32bdc35681", "data": "0x", "gas": "0x0186a0", "gasPrice": "0x0c",
        "value": "0x0b", "code": "0x6000600060006000601773aa1722f3947def4cf144679da39c4c32bdc356816101f4f1600055"
    },
    "pre": { "0x0f572e5295c57f15886f9b263e2f6d2d6c7b5ec6": {
        "balance": "0x64", "nonce": "0x00", "storage": {},
        "code": "0x6000600060006000601773aa1722f3947def4cf144679da39c4c32bdc356816101f4f1600055"
    } },
    "callcreates": [ {
        "data": "0x", "destination": "0xaa1722f3947def4cf144679da39c4c32bdc35681", "gasLimit": "0x0af0", "value": "0x17"
    } ],
    "gas": "48236", "out": "0x", "logs": "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347",
    "post": { "0x0f572e5295c57f15886f9b263e2f6d2d6c7b5ec6": {
        "balance": "0x64", "nonce": "0x00", "storage": { "0x00": "0x01" },
        "code": "0x6000600060006000601773aa1722f3947def4cf144679da39c4c32bdc356816101f4f1600055"
    } }
} }"#;

#[test]
fn a_vm_test() {
    let changes = [
        (
            "\"48236\"",
            "\"48235\"",
            "gas left: expected 48235, got 48236",
        ),
        (
            "\"out\": \"0x\"",
            "\"out\": \"0x01\"",
            "output: expected 0x01, got 0x",
        ),
        ("0x0af0", "0x01f4", "calls and creations: "),
        (
            "{ \"0x00\": \"0x01\" }",
            "{ \"0x00\": \"0x02\" }",
            "state root: ",
        ),
        ("0x1dcc4de8", "0x2dcc4de8", "logs hash: "),
        ("\"gas\": \"48236\",", "", "some are there and some are not"),
        ("\"exec\": {", "\"exec\": [], \"x\": {", "call.exec: "),
        ("0x0186a0", "0x0186", "end: expected a normal halt"),
    ];
    found("vm", "call.json", VM_TEST, &changes);
}

#[test]
fn a_vm_test_without_a_result_must_halt() {
    let start = VM_TEST.find("\"callcreates\"").expect("it is there");
    let cut = format!(
        "{} }} }}",
        VM_TEST[..start].trim_end().trim_end_matches(',')
    );
    let ends_well = cases("vm-halt", "call.json", &cut);
    let mismatch = ends_well[0].mismatch.as_ref().map(ToString::to_string);
    assert!(mismatch.is_some_and(|text| text.contains("expected an exceptional halt")));
    let halts = cases("vm-halt", "call.json", &cut.replace("0x0186a0", "0x0186"));
    assert_eq!(halts[0].mismatch, None);
}

/// The example of EIP-155, which is valid from Spurious Dragon on.
const TRANSACTION_TEST: &str = r#"{ "eip155": {
    "txbytes": "0xf86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83",
    "result": {
        "Homestead": { "exception": "TransactionException.INVALID_SIGNATURE_VRS", "intrinsicGas": "0x00" },
        "EIP158": {
            "hash": "0x33469b22e9f636356c4160a87eb19df52b7412e8eac32a4a55ffe88ea8350788",
            "sender": "0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f", "intrinsicGas": "0x5208"
        }
    }
} }"#;

#[test]
fn a_transaction_test() {
    let changes = [
        (
            "INVALID_SIGNATURE_VRS",
            "NONCE_OVERFLOW",
            "rejected for another reason",
        ),
        ("0x33469b22", "0x43469b22", "hash: expected 0x43469b22"),
        ("0x9d8a62f6", "0xad8a62f6", "sender: expected 0xad8a62f6"),
        (
            "0x5208",
            "0x5209",
            "intrinsic gas: expected 21001, got 21000",
        ),
        ("EIP158", "EIP150", "the transaction was rejected: "),
        (
            "Homestead",
            "Berlin",
            "was executed, but had to be rejected",
        ),
        ("Homestead", "Home", "eip155.result.Home: unknown fork"),
        ("\"hash\"", "\"hush\"", "eip155.result.EIP158: neither"),
        ("0xf86c", "0xf86", "eip155.txbytes: "),
    ];
    found("transaction", "eip155.json", TRANSACTION_TEST, &changes);
}

#[test]
fn vectors_of_a_precompiled_contract() {
    let text = r#"[ { "Name": "identity of nothing", "Input": "", "Expected": "", "Gas": 3000 } ]"#;
    let changes = [
        (
            "\"Gas\": 3000",
            "\"Gas\": 3001",
            "gas used: expected 3001, got 3000",
        ),
        (
            "\"Expected\": \"\"",
            "\"Expected\": \"00\"",
            "output: expected 0x00, got 0x",
        ),
        ("\"Gas\": 3000", "\"Gas\": \"3000\"", "[0].Gas: "),
        (", \"Gas\": 3000", "", "[0]: either"),
    ];
    found("precompile", "ecRecover.json", text, &changes);
    let message = error("precompile-name", "ecRecover2.json", text);
    assert!(
        message.contains("\"ecRecover2\" is that of none"),
        "{message}"
    );
    let refused =
        r#"[ { "Name": "too short", "Input": "00", "ExpectedError": "invalid input length" } ]"#;
    assert_eq!(
        cases("precompile-fail", "fail-blake2f.json", refused)[0].mismatch,
        None
    );
    assert!(
        cases("precompile-not", "fail-ecRecover.json", refused)[0]
            .mismatch
            .is_some()
    );
}

#[test]
fn vectors_of_an_instruction() {
    let word = |number: u8| format!("{number:064x}");
    let text = format!(
        r#"[ {{ "X": "{}", "Y": "{}", "Expected": "{}" }} ]"#,
        word(3),
        word(10),
        word(7)
    );
    // The second operand is on top of the stack: 10 - 3.
    let seven = word(7);
    let eight = word(8);
    found(
        "opcode",
        "testcases_sub.json",
        &text,
        &[(&seven, &eight, "output: expected 0x00")],
    );
    let message = error("opcode-name", "testcases_addmod.json", &text);
    assert!(message.contains("is that of none"), "{message}");
}

#[test]
fn what_is_known_but_not_run_is_named() {
    let trie = error(
        "trie",
        "trie.json",
        r#"{ "a": { "in": [], "root": "0x00" } }"#,
    );
    assert!(trie.contains("trie test"), "{trie}");
    let rlp = error("rlp", "rlp.json", r#"{ "a": { "in": "", "out": "0x80" } }"#);
    assert!(rlp.contains("RLP test"), "{rlp}");
}
