//! `gasworks fuzz PATH`: bugs that it finds, that it finds them again, and what it does when something is in its way.
//!
//! `contracts/` has some of the contracts of `examples/fuzz`, compiled.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::common::{Folder, Said, gasworks};

const CONTRACTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/contracts");

fn fuzz(arguments: &[&str]) -> Said {
    let output = gasworks().arg("fuzz").args(arguments).output();
    let output = output.expect("the tool starts");
    Said {
        stdout: String::from_utf8(output.stdout).expect("results are text"),
        stderr: String::from_utf8(output.stderr).expect("talk is text"),
        status: output.status.code().expect("it was not killed"),
    }
}

/// A run on one of the compiled contracts.
fn on(contract: &str, arguments: &[&str]) -> Said {
    let name = format!("^{contract}Test$");
    let mut all = vec![CONTRACTS, "--no-compile", "--match-contract", &name];
    all.extend(arguments);
    fuzz(&all)
}

/// The objects of one kind among the lines of JSON.
fn lines(text: &str, kind: &str) -> Vec<Value> {
    let lines = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"));
    lines
        .filter_map(|line: Value| line.get(kind).cloned())
        .collect()
}

fn files(folder: &Path) -> Vec<String> {
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

#[test]
fn contracts_that_are_of_no_use_end_in_time() {
    let cases = [
        // An endless loop; memory without end; one that destroys itself; one that always reverts; none.
        ("0x5b5f56", "an endless loop"),
        ("0x5b6310000000355f525f5456", "memory"),
        ("0x33ff", "selfdestruct"),
        ("0x5f5ffd", "revert"),
        ("0x00", "stop"),
    ];
    for (code, what) in cases {
        let said = fuzz(&[code, "--count", "60", "--gas", "1000000"]);
        assert_eq!(said.status, 0, "{what}: {}{}", said.stdout, said.stderr);
        assert!(said.stdout.contains("nothing was found"), "{what}");
    }
    let folder = Folder::new("fuzz-empty-abi");
    folder.write("abi.json", "[]");
    let abi = format!("{}/abi.json", folder.path());
    let said = fuzz(&["0x00", "--abi", &abi, "--count", "60"]);
    assert_eq!(said.status, 0, "{}", said.stderr);
    folder.write("abi.json", "no JSON");
    let said = fuzz(&["0x00", "--abi", &abi, "--count", "60"]);
    assert_eq!(said.status, 2);
    assert!(
        said.stderr.contains("not the ABI of a contract"),
        "{}",
        said.stderr
    );
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

#[test]
fn folders_that_cannot_be_written_are_told_at_once() {
    let folder = Folder::new("fuzz-file");
    folder.write("file", "");
    let inside = format!("{}/file/corpus", folder.path());
    for option in ["--corpus", "--findings"] {
        let said = on("SafeToken", &["--count", "10", option, &inside]);
        assert_eq!(said.status, 2);
        assert!(said.stderr.contains(&inside), "{}", said.stderr);
    }
    // A device that is always full: what is new is kept in memory, and found nonetheless.
    if Path::new("/dev/full").exists() {
        let said = fuzz(&["corpus", "merge", "/dev/full", folder.path()]);
        assert_eq!(said.status, 2);
    }
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
