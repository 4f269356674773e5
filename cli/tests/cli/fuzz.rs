//! `gasworks fuzz PATH`: bugs that it finds, that it finds them again, and what it does when something is in its way.
//!
//! `contracts/` has some of the contracts of `examples/fuzz`, compiled.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::common::{Folder, Said, gasworks};

pub const CONTRACTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/contracts");

pub fn fuzz(arguments: &[&str]) -> Said {
    let output = gasworks().arg("fuzz").args(arguments).output();
    let output = output.expect("the tool starts");
    Said {
        stdout: String::from_utf8(output.stdout).expect("results are text"),
        stderr: String::from_utf8(output.stderr).expect("talk is text"),
        status: output.status.code().expect("it was not killed"),
    }
}

/// A run on one of the compiled contracts.
pub fn on(contract: &str, arguments: &[&str]) -> Said {
    let name = format!("^{contract}Test$");
    let mut all = vec![CONTRACTS, "--no-compile", "--match-contract", &name];
    all.extend(arguments);
    fuzz(&all)
}

/// The objects of one kind among the lines of JSON.
pub fn lines(text: &str, kind: &str) -> Vec<Value> {
    let lines = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"));
    lines
        .filter_map(|line: Value| line.get(kind).cloned())
        .collect()
}

pub fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
    names.sort();
    names
}

#[test]
fn bugs_are_found_and_made_small() {
    let cases = [
        ("EightCalls", 8),
        ("OpenOwner", 2),
        ("FailingAssertion", 2),
        ("ExactPrice", 1),
    ];
    for (contract, calls) in cases {
        let said = on(
            contract,
            &["--json", "--stop-on-finding", "--count", "2000000"],
        );
        assert_eq!(said.status, 1, "{contract}: {}", said.stderr);
        let findings = lines(&said.stdout, "finding");
        assert_eq!(findings.len(), 1, "{contract}");
        let found = findings[0]["sequence"]["calls"].as_array().expect("calls");
        assert_eq!(found.len(), calls, "{contract}: {found:?}");
    }
}

#[test]
fn all_is_the_same_again_with_its_seed() {
    let run = |seed: &str| {
        let said = on(
            "FailingAssertion",
            &["--json", "--count", "3000", "--seed", seed],
        );
        let mut last = lines(&said.stdout, "progress").pop().expect("progress");
        for time in ["milliseconds", "since_new"] {
            last[time] = Value::Null;
        }
        (lines(&said.stdout, "finding"), last)
    };
    assert_eq!(run("1"), run("1"));
    assert_ne!(run("1").1, run("2").1);
}

#[test]
fn nothing_is_found_where_nothing_is_wrong() {
    let said = on("SafeToken", &["--count", "5000"]);
    assert_eq!(said.status, 0, "{}", said.stdout);
    assert_eq!(said.stdout, "nothing was found\n");
}

#[test]
fn a_finding_is_written_as_json_and_as_a_test() {
    let folder = Folder::new("fuzz-findings");
    let said = on(
        "OpenOwner",
        &["--stop-on-finding", "--findings", folder.path()],
    );
    assert_eq!(said.status, 1, "{}", said.stderr);
    let names = files(Path::new(folder.path()));
    let [json, solidity] = &names[..] else {
        panic!("{names:?}");
    };
    let text = fs::read_to_string(Path::new(folder.path()).join(solidity)).expect("a file");
    assert!(
        text.contains("import {OpenOwnerTest} from \"test/OpenOwner.t.sol\";"),
        "{text}"
    );
    assert!(
        text.contains("abi.encodeWithSignature(\"drain(uint256)\", uint256(1))"),
        "{text}"
    );
    assert!(text.contains("this.invariant_reserve_is_kept();"), "{text}");
    // What is known already is counted, and not told again.
    let again = on(
        "OpenOwner",
        &["--stop-on-finding", "--findings", folder.path()],
    );
    assert_eq!(again.status, 1);
    assert_eq!(files(Path::new(folder.path())), names);
    let path = format!("{}/{json}", folder.path());
    let shown = fuzz(&["corpus", "show", &path]);
    assert!(
        shown.stdout.contains("2. OpenOwner.drain(1) from 0x"),
        "{}",
        shown.stdout
    );
}

#[test]
fn bytecode_is_fuzzed_by_what_it_compares() {
    // A contract that fails (INVALID) where f(x), selector 0xaabbccdd, is called with 0xdeadbeef.
    let code = "0x5f3560e01c63aabbccdd14600f57005b60043563deadbeef14601d57005bfe";
    let folder = Folder::new("fuzz-code");
    let arguments = [
        code,
        "--stop-on-finding",
        "--count",
        "200000",
        "--findings",
        folder.path(),
    ];
    let said = fuzz(&arguments);
    assert_eq!(said.status, 1, "{}{}", said.stdout, said.stderr);
    assert!(said.stdout.contains("00000000deadbeef"), "{}", said.stdout);
    let names = files(Path::new(folder.path()));
    let assembly = names
        .iter()
        .find(|name| name.ends_with(".eas"))
        .expect("a test");
    let path = format!("{}/{assembly}", folder.path());
    // The test fails for as long as the code is as it is.
    let output = gasworks()
        .args(["test", &path])
        .output()
        .expect("it starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("invalid"), "{said}");
}

/// Adds two numbers, and forgets to for one of them.
const ADDER: &str = "\
    ; returns what it is given plus one
    push 0
    calldataload
    dup1
    push 0x51ab1e
    eq
    jumpi @odd
    push 1
    add
    push 0
    mstore
    push 32
    push 0
    return
odd:
    push 0
    push 0
    return
";

#[test]
fn tests_of_assembly_are_fuzzed_by_what_their_program_compares() {
    let folder = Folder::new("fuzz-assembly");
    folder.write("adder.eas", ADDER);
    let tests = "\
#test \"one more\" (number: uint64) {
    #call encode(\"(uint256)\", $number)
    #expect output = $number + 1
}
#test \"it never fails\" (data: bytes) {
    #call data
}
#test \"these only\" (number: uint64) {
    #case 1
    #call encode(\"(uint256)\", $number)
    #expect output = $number
}
";
    let path = folder.write("adder_test.eas", tests.replace("#call data", "#call $data"));
    let findings = Folder::new("fuzz-assembly-findings");
    let arguments = [
        &path,
        "--count",
        "20000",
        "--json",
        "--findings",
        findings.path(),
    ];
    let said = fuzz(&arguments);
    assert_eq!(said.status, 1, "{}{}", said.stdout, said.stderr);
    let found = lines(&said.stdout, "finding");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["name"], "one more");
    assert_eq!(found[0]["sequence"]["calls"][0]["arguments"][0], "5352222");
    // What was written fails where it belongs, for as long as the program is as it is.
    let names = files(Path::new(findings.path()));
    let written = names.iter().find(|name| name.ends_with(".eas"));
    let written = format!("{}/{}", findings.path(), written.expect("a test"));
    let written = fs::read_to_string(written).expect("it can be read");
    assert!(written.contains("    #case 5352222\n"), "{written}");
    folder.write("adder_test.eas", written);
    let output = gasworks()
        .args(["test", &path])
        .output()
        .expect("it starts");
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("one more"), "{said}");
    folder.write("adder.eas", ADDER.replace("0x51ab1e", "1 << 200"));
    let output = gasworks()
        .args(["test", &path])
        .output()
        .expect("it starts");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn what_is_no_project_and_no_code_is_told() {
    for (path, reason) in [
        ("0x", "there is no code in it"),
        ("0xzz", "neither a file that can be found nor hex"),
        ("no/such/project", "is expected"),
    ] {
        let said = fuzz(&[path, "--count", "10"]);
        assert_eq!(said.status, 2, "{path}");
        assert!(said.stderr.contains(reason), "{}", said.stderr);
        assert_eq!(said.stderr.lines().count(), 1, "{}", said.stderr);
    }
}

#[test]
fn a_corpus_is_gone_on_from_and_what_is_spoilt_in_it_is_left_alone() {
    let folder = Folder::new("fuzz-corpus");
    let path = folder.path().to_owned();
    let corpus = ["--count", "3000", "--corpus", &path];
    assert_eq!(on("SafeToken", &corpus).status, 0);
    let kept = files(Path::new(&path));
    assert!(kept.len() > 10, "{kept:?}");
    folder.write("spoilt.json", "{\"contract\": ");
    folder.write(
        "other.json",
        r#"{"contract": "test/Gone.t.sol:Gone", "calls": []}"#,
    );
    let first = &kept[0];
    let before = fs::read(format!("{path}/{first}")).expect("a file");
    let said = on("SafeToken", &["--count", "1", "--json", "--corpus", &path]);
    assert_eq!(said.status, 0, "{}", said.stderr);
    let warnings = lines(&said.stdout, "warning");
    let warned = |name: &str| {
        warnings
            .iter()
            .any(|of| of.as_str().is_some_and(|of| of.contains(name)))
    };
    assert!(
        warned("spoilt.json") && warned("other.json"),
        "{warnings:?}"
    );
    assert!(Path::new(&format!("{path}/spoilt.json")).exists());
    assert_eq!(fs::read(format!("{path}/{first}")).expect("a file"), before);

    let merged = Folder::new("fuzz-merged");
    let said = fuzz(&["corpus", "merge", merged.path(), &path]);
    assert_eq!(said.status, 0, "{}", said.stderr);
    assert!(said.stderr.contains("left alone") && said.stderr.contains("spoilt.json"));
    let least = Folder::new("fuzz-least");
    let said = fuzz(&[
        "corpus",
        "min",
        CONTRACTS,
        &path,
        least.path(),
        "--no-compile",
    ]);
    assert_eq!(said.status, 0, "{}", said.stderr);
    let needed = files(Path::new(least.path()));
    let all = files(Path::new(&path)).len();
    assert!(
        !needed.is_empty() && needed.len() <= all,
        "{} of {all}",
        needed.len()
    );
    let said = fuzz(&["corpus", "show", least.path()]);
    assert!(
        said.stdout.contains("test/SafeToken.t.sol:SafeTokenTest: "),
        "{}",
        said.stdout
    );
}

/// A run whose lines are read as they come.
fn begin(arguments: &[&str]) -> (Child, impl Iterator<Item = Value> + use<>) {
    let mut child = gasworks()
        .args(["fuzz", CONTRACTS, "--no-compile", "--json"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the tool starts");
    let output = BufReader::new(child.stdout.take().expect("it was piped"));
    let lines = output.lines().map_while(Result::ok);
    (
        child,
        lines.filter_map(|line| serde_json::from_str(&line).ok()),
    )
}

#[test]
fn whoever_is_killed_has_lost_nothing_that_was_saved() {
    let folder = Folder::new("fuzz-killed");
    let path = folder.path().to_owned();
    let arguments = ["--match-contract", "SafeToken", "--corpus", &path];
    let (mut child, lines) = begin(&arguments);
    let saved = lines
        .filter_map(|line| line["progress"]["saved"].as_u64())
        .find(|saved| *saved > 0)
        .expect("it saves");
    child.kill().expect("it is there");
    child.wait().expect("it ends");
    let kept = files(Path::new(&path));
    assert!(
        kept.len() as u64 >= saved,
        "{saved} were saved, {} are there",
        kept.len()
    );
    for name in &kept {
        let text = fs::read_to_string(format!("{path}/{name}")).expect("a file");
        serde_json::from_str::<Value>(&text).expect("it is whole");
    }
    // And it goes on from there: what is in the corpus is new at the start.
    let said = on("SafeToken", &["--count", "1", "--json", "--corpus", &path]);
    let progress = lines_of(&said);
    assert!(
        progress["corpus"].as_u64().is_some_and(|corpus| corpus > 5),
        "{progress}"
    );
    assert!(lines_warnings(&said).is_empty());
}

fn lines_of(said: &Said) -> Value {
    lines(&said.stdout, "progress").pop().unwrap_or_default()
}

fn lines_warnings(said: &Said) -> Vec<Value> {
    lines(&said.stdout, "warning")
}

#[test]
fn two_workers_find_what_one_finds() {
    let folder = Folder::new("fuzz-workers");
    let arguments = [
        "--jobs",
        "2",
        "--stop-on-finding",
        "--time",
        "60",
        "--corpus",
        folder.path(),
    ];
    let said = on("OpenOwner", &arguments);
    assert_eq!(said.status, 1, "{}{}", said.stdout, said.stderr);
    assert!(
        said.stdout.contains("2. OpenOwner.drain(1)"),
        "{}",
        said.stdout
    );
}

/// A port of the loopback device that nobody listens on just now.
fn port() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").to_string()
}

#[test]
fn two_processes_that_are_joined_share_what_they_find() {
    let (first, second) = (Folder::new("fuzz-first"), Folder::new("fuzz-second"));
    let address = port();
    let contract = ["--match-contract", "OpenOwnerTest", "--time", "120"];
    let with = |folder: &Folder, how: &'static str| {
        let mut all = contract.to_vec();
        let path = folder.path().to_owned();
        all.extend(["--corpus", &path, how, &address]);
        let owned: Vec<String> = all.into_iter().map(str::to_owned).collect();
        let borrowed: Vec<&str> = owned.iter().map(String::as_str).collect();
        begin(&borrowed)
    };
    let (mut one, mut said_by_one) = with(&first, "--broker");
    // It has begun, and found what there is to be found.
    assert!(said_by_one.any(|line| line["finding"].is_object()));
    let (mut two, mut said_by_two) = with(&second, "--join");
    assert!(said_by_two.any(|line| line["finding"].is_object()));
    // Both keep sequences under names that follow from what is in them: some are of both.
    let shared = |_: &Value| {
        let (a, b) = (
            files(Path::new(first.path())),
            files(Path::new(second.path())),
        );
        a.iter().any(|name| b.contains(name))
    };
    assert!(said_by_two.any(|line| shared(&line)));
    for child in [&mut two, &mut one] {
        child.kill().expect("it is there");
        child.wait().expect("it ends");
    }
}
