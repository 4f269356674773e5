//! `gasworks test` on artifacts: verdicts, files that it writes, and what it says when something is wrong.

use std::fs;

use serde_json::Value;

use crate::common::{Folder, Said, gasworks};

/// A test contract that reverts when one of its functions is called, and stops when any other is.
fn artifact(contract: &str, functions: &[&str], reverting: &str) -> String {
    let selector = gasworks::keccak256(format!("{reverting}()").as_bytes());
    let selector: String = selector.0[..4]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let runtime = format!("5f3560e01c63{selector}14600f57005b5f5ffd");
    let creation = format!("60138060095f395ff3{runtime}");
    let functions: Vec<Value> = functions
        .iter()
        .map(|name| {
            serde_json::json!({
                "type": "function", "name": name, "inputs": [], "outputs": [], "stateMutability": "nonpayable"
            })
        })
        .collect();
    let source = format!("test/{contract}.t.sol");
    serde_json::json!({
        "abi": functions,
        "bytecode": { "object": format!("0x{creation}"), "linkReferences": {} },
        "deployedBytecode": { "object": format!("0x{runtime}"), "linkReferences": {} },
        "metadata": { "settings": { "compilationTarget": { source: contract } } },
    })
    .to_string()
}

/// A folder of artifacts: three tests in two contracts, one of which fails.
fn project(name: &str) -> Folder {
    let folder = Folder::new(name);
    let write = |contract: &str, functions: &[&str], reverting: &str| {
        let path = format!("out/{contract}.t.sol");
        fs::create_dir_all(format!("{}/{path}", folder.path())).expect("a folder");
        folder.write(
            &format!("{path}/{contract}.json"),
            artifact(contract, functions, reverting),
        );
    };
    write("Mixed", &["testBad", "testGood"], "testBad");
    write("Sound", &["testSound", "helper"], "none");
    folder.write("foundry.toml", "[profile.default]\n");
    folder
}

fn run(folder: &Folder, arguments: &[&str]) -> Said {
    let output = gasworks()
        .args(["test", ".", "--no-compile"])
        .args(arguments)
        .current_dir(folder.path())
        .env_remove("GITHUB_ACTIONS")
        .output()
        .expect("the tool starts");
    Said {
        stdout: String::from_utf8(output.stdout).expect("results are text"),
        stderr: String::from_utf8(output.stderr).expect("talk is text"),
        status: output.status.code().expect("it was not killed"),
    }
}

#[test]
fn suites_are_run_and_failures_are_told_twice() {
    let folder = project("test-suites");
    let said = run(&folder, &[]);
    assert_eq!(said.status, 1, "{}", said.stderr);
    for line in [
        "Ran 2 tests for test/Mixed.t.sol:Mixed",
        "[PASS] testGood() (gas: ",
        "Suite result: FAILED. 1 passed; 1 failed; 0 skipped",
        "[PASS] testSound() (gas: ",
        "2 tests passed, 1 failed, 0 skipped (3 total tests)",
        "Encountered 1 failing test in test/Mixed.t.sol:Mixed",
        "Seed: 0x",
    ] {
        assert!(said.stdout.contains(line), "{line}: {}", said.stdout);
    }
    assert_eq!(said.stdout.matches("[FAIL: ").count(), 2);
    let said = run(&folder, &["--summary", "--match-contract", "Sound"]);
    assert_eq!(said.status, 0, "{}", said.stderr);
    assert!(said.stdout.contains("Test suite"));
}

#[test]
fn filters_choose_and_nothing_is_no_success() {
    let folder = project("test-filters");
    assert_eq!(run(&folder, &["--match-test", "Good|Sound"]).status, 0);
    assert_eq!(run(&folder, &["--no-match-test", "Bad"]).status, 0);
    assert_eq!(run(&folder, &["--match-path", "test/Sound*"]).status, 0);
    assert_eq!(run(&folder, &["--no-match-path", "test/Mixed*"]).status, 0);
    assert_eq!(run(&folder, &["--no-match-contract", "Mixed"]).status, 0);
    let said = run(&folder, &["--match-test", "Nothing"]);
    assert_eq!(said.status, 2);
    assert!(
        said.stderr.contains("no tests were found"),
        "{}",
        said.stderr
    );
    assert_eq!(run(&folder, &["--match-test", "("]).status, 2);
    assert_eq!(run(&folder, &["--fork", "Atlantis"]).status, 2);
}

#[test]
fn parts_are_all_together() {
    let folder = project("test-parts");
    let suites = |part: &str| {
        let said = run(&folder, &["--shard", part, "--json"]);
        let json: Value = serde_json::from_str(&said.stdout).expect("JSON");
        json.as_object()
            .expect("an object")
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    let mut both = suites("1/2");
    both.extend(suites("2/2"));
    both.sort();
    assert_eq!(both, ["test/Mixed.t.sol:Mixed", "test/Sound.t.sol:Sound"]);
}

#[test]
fn other_tools_read_json_junit_and_annotations() {
    let folder = project("test-forms");
    let said = run(&folder, &["--json", "--junit", "report.xml"]);
    assert_eq!(said.status, 1);
    let json: Value = serde_json::from_str(&said.stdout).expect("JSON");
    let tests = &json["test/Mixed.t.sol:Mixed"]["test_results"];
    assert_eq!(tests["testGood()"]["status"], "Success");
    assert_eq!(tests["testBad()"]["status"], "Failure");
    let report = fs::read_to_string(format!("{}/report.xml", folder.path())).expect("a report");
    assert!(
        report.contains("tests=\"3\"") && report.contains("failures=\"1\""),
        "{report}"
    );
    let said = run(&folder, &["--github"]);
    let line = "::error file=test/Mixed.t.sol,title=Mixed.testBad()::[FAIL";
    assert!(said.stdout.contains(line), "{}", said.stdout);
    let said = run(&folder, &["--list", "--json"]);
    assert_eq!(said.status, 0);
    let json: Value = serde_json::from_str(&said.stdout).expect("JSON");
    assert_eq!(
        json["test/Sound.t.sol"]["Sound"],
        serde_json::json!(["testSound()"])
    );
    assert!(run(&folder, &["--list"]).stdout.contains("    testGood()"));
}

#[test]
fn what_failed_is_run_again_until_it_passes() {
    let folder = project("test-rerun");
    assert_eq!(
        run(&folder, &["--rerun"]).status,
        2,
        "nothing has failed yet"
    );
    run(&folder, &[]);
    let said = run(&folder, &["--rerun"]);
    assert!(said.stdout.contains("(1 total tests)"), "{}", said.stdout);
    folder.write(
        "out/Mixed.t.sol/Mixed.json",
        artifact("Mixed", &["testBad", "testGood"], "none"),
    );
    assert_eq!(run(&folder, &["--rerun"]).status, 0);
    let said = run(&folder, &["--rerun"]);
    assert_eq!(said.status, 2);
    assert!(
        said.stderr.contains("nothing failed last time"),
        "{}",
        said.stderr
    );
}

#[test]
fn gas_is_written_checked_and_compared() {
    let folder = project("test-gas");
    let good = ["--match-test", "Good|Sound"];
    let with = |extra: &[&str]| run(&folder, &[&good, extra].concat());
    assert_eq!(with(&["--check"]).status, 2, "there is no file yet");
    assert_eq!(with(&["--snapshot"]).status, 0);
    let file = format!("{}/.gas-snapshot", folder.path());
    let written = fs::read_to_string(&file).expect("a snapshot");
    assert!(written.starts_with("Mixed:testGood() (gas: ") && written.lines().count() == 2);
    assert_eq!(with(&["--check"]).status, 0);
    fs::write(
        &file,
        written.replace("Sound:testSound() (gas: ", "Sound:testSound() (gas: 9"),
    )
    .expect("written");
    let said = with(&["--check"]);
    assert_eq!(said.status, 1);
    assert!(
        said.stdout.contains("Sound:testSound() (gas: -"),
        "{}",
        said.stdout
    );
    assert_eq!(with(&["--diff"]).status, 0);
    fs::write(&file, "not gas").expect("written");
    let said = with(&["--snapshot"]);
    assert_eq!(said.status, 2);
    assert!(
        said.stderr.contains("no entry of a gas snapshot"),
        "{}",
        said.stderr
    );
    assert_eq!(fs::read_to_string(&file).expect("still there"), "not gas");
    // What failed leaves the file as it is.
    fs::write(&file, &written).expect("written");
    assert_eq!(run(&folder, &["--snapshot"]).status, 1);
    assert_eq!(fs::read_to_string(&file).expect("still there"), written);
}

#[test]
fn what_is_broken_is_told_and_the_rest_runs() {
    let folder = project("test-broken");
    let sound = artifact("Torn", &["testTorn"], "none");
    let in_library = sound.replace(
        "60138060095f395ff3",
        "__$0123456789abcdef0123456789abcdef01$__",
    );
    let not_linked = sound.replacen(
        "\"linkReferences\":{}",
        "\"linkReferences\":{\"src/Lib.sol\":{\"Lib\":[{\"start\":1,\"length\":20}]}}",
        1,
    );
    assert!(in_library != sound && not_linked != sound);
    let cut: String = sound.chars().take(sound.len() / 2).collect();
    for (name, text, reason) in [
        ("cut", &*cut, "EOF while parsing"),
        (
            "types",
            r#"{"abi": 5, "bytecode": "0x00"}"#,
            "invalid type: integer `5`",
        ),
        (
            "digits",
            &sound.replace("0x6013", "0xwords"),
            "the bytecode is not hexadecimal",
        ),
        (
            "library",
            &in_library,
            "places for libraries that are not listed",
        ),
        (
            "place",
            &not_linked.replace("\"start\":1", "\"start\":9999"),
            "outside the bytecode",
        ),
    ] {
        let file = folder.write(&format!("out/{name}.json"), text);
        let said = run(&folder, &["--match-test", "Good"]);
        assert_eq!(said.status, 2, "{name}");
        assert!(said.stdout.contains("[PASS] testGood()"), "{name}");
        let error = said.stderr.lines().find(|line| line.starts_with("error: "));
        let error = error.unwrap_or_else(|| panic!("{name}: {}", said.stderr));
        assert!(
            error.contains(&format!("{name}.json: ")) && error.contains(reason),
            "{error}"
        );
        fs::remove_file(file).expect("it was there");
    }
    // What is not linked is a suite that fails, and what is no artifact is nothing.
    let file = folder.write("out/unlinked.json", &not_linked);
    folder.write("out/list.json", "[1, 2]");
    let said = run(&folder, &["--match-test", "Good|Torn"]);
    assert_eq!(said.status, 1, "{}", said.stderr);
    assert!(said.stdout.contains("[PASS] testGood()"));
    assert!(said.stdout.contains("src/Lib.sol:Lib"), "{}", said.stdout);
    fs::remove_file(file).expect("it was there");
    assert_eq!(run(&folder, &["--match-test", "Good"]).status, 0);
    folder.write("foundry.toml", "[profile.default]\nsender = 'me'\n");
    let said = run(&folder, &[]);
    assert_eq!(said.status, 2);
    assert!(said.stderr.contains("sender"), "{}", said.stderr);
}

#[test]
fn a_missing_compiler_is_one_error_unless_there_are_artifacts() {
    let folder = project("test-compiler");
    let start = |folder: &Folder| {
        let output = gasworks()
            .args(["test", "--solc", "no/such/solc", "--match-test", "Good"])
            .current_dir(folder.path())
            .output()
            .expect("the tool starts");
        let stderr = String::from_utf8(output.stderr).expect("talk is text");
        (output.status.code(), stderr)
    };
    fs::create_dir_all(format!("{}/src", folder.path())).expect("a folder");
    folder.write("src/A.sol", "contract A {}");
    let (status, stderr) = start(&folder);
    assert_eq!(status, Some(0), "{stderr}");
    assert!(
        stderr.contains("no/such/solc") && stderr.contains("run as they are"),
        "{stderr}"
    );
    fs::remove_dir_all(format!("{}/out", folder.path())).expect("it was there");
    let (status, stderr) = start(&folder);
    assert_eq!(status, Some(2));
    assert_eq!(stderr.matches("error:").count(), 1, "{stderr}");
    assert!(stderr.contains("no/such/solc"), "{stderr}");
}

#[test]
fn a_path_without_tests_is_an_error() {
    let folder = Folder::new("test-nothing");
    for path in [
        folder.path(),
        "no/such/path",
        &folder.write("notes.md", "nothing"),
    ] {
        let output = gasworks()
            .args(["test", path])
            .output()
            .expect("the tool starts");
        assert_eq!(output.status.code(), Some(2), "{path}");
    }
}
