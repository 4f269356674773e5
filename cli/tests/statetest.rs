//! `gasworks statetest` as its users meet it: exit status, what goes to which stream, and what bad input leads to.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A state test of two cases that pass: the transaction must be rejected.
const REJECTED: &str = include_str!("../../runner/tests/rejected.json");

/// A folder that is removed at the end of its test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("gasworks-cli-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).expect("the temporary folder can be written");
        Folder(path)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).expect("the temporary folder can be written");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gasworks"));
    command.arg("statetest");
    command
}

fn run(path: &Path, flags: &[&str]) -> Output {
    command()
        .args(flags)
        .arg(path)
        .output()
        .expect("the tool can be started")
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).expect("the tool writes text")
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).expect("the tool writes text")
}

fn json(text: &str) -> Vec<serde_json::Value> {
    serde_json::from_str(text).expect("the tool writes a JSON array")
}

#[test]
fn the_exit_status_says_what_happened() {
    let folder = Folder::new("status");
    let good = folder.write("good.json", REJECTED);
    let output = run(&good, &[]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(stdout(&output), "2 passed, 0 failed\n");
    assert_eq!(stderr(&output), "");

    let wrong = REJECTED.replacen("\"hash\": \"0x0f", "\"hash\": \"0x1f", 1);
    let output = run(&folder.write("wrong.json", wrong), &[]);
    assert_eq!(output.status.code(), Some(1));
    for part in [
        "FAIL ",
        "fork Osaka, data 0, gas 0, value 0",
        "expected 0x1f",
        "got 0x0f",
    ] {
        assert!(stdout(&output).contains(part), "{part}: {output:?}");
    }
    // The folder holds both: one failure decides.
    assert_eq!(run(&folder.0, &[]).status.code(), Some(1));

    let broken = folder.write("broken.json", &REJECTED[..500]);
    let output = run(&broken, &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("broken.json: "), "{output:?}");
    assert!(stderr(&output).contains(" at line "), "{output:?}");

    let nothing = run(&good, &["--run", "^other$"]);
    assert_eq!(nothing.status.code(), Some(2));
    assert!(stderr(&nothing).contains("no case was found"));
    assert_eq!(run(&folder.0.join("absent"), &[]).status.code(), Some(2));
}

#[test]
fn a_test_that_is_not_filled_neither_passes_nor_fails() {
    let folder = Folder::new("unfilled");
    let start = REJECTED.find("0x0f37").expect("it is there");
    let root = &REJECTED[start..start + 66];
    let unfilled = REJECTED.replace(root, &format!("0x{}", "0".repeat(64)));
    let output = run(&folder.write("unfilled.json", unfilled), &[]);
    assert_eq!(output.status.code(), Some(0));
    assert!(stdout(&output).ends_with("0 passed, 0 failed, 2 not filled\n"));
    // What it lacks is printed in the form that geth's drivers look for.
    assert!(stdout(&output).contains(&format!("{{\"stateRoot\": \"{root}\"}}")));
}

#[test]
fn json_stays_json_whatever_happens() {
    let folder = Folder::new("json");
    folder.write("a.json", REJECTED);
    folder.write("b.json", "{");
    folder.write(
        "c.json",
        REJECTED.replacen("\"hash\": \"0x0f", "\"hash\": \"0x1f", 1),
    );
    let output = run(&folder.0, &["--json"]);
    let results = json(stdout(&output));
    let passes: Vec<_> = results
        .iter()
        .map(|result| result["pass"].as_bool())
        .collect();
    assert_eq!(passes, [Some(true), Some(true), Some(false), Some(true)]);
    assert_eq!(results[0]["fork"], "Osaka");
    assert!(
        results[2]["error"]
            .as_str()
            .is_some_and(|text| text.contains("state root"))
    );
    assert_eq!(stderr(&output).matches("{\"stateRoot\": \"0x").count(), 4);
    let empty = Folder::new("json-empty");
    assert_eq!(json(stdout(&run(&empty.0, &["--json"]))).len(), 0);
    let state = run(&folder.0.join("a.json"), &["--json", "--dump"]);
    let accounts = &json(stdout(&state))[0]["state"]["accounts"];
    assert_eq!(
        accounts["0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b"]["balance"],
        "16"
    );
}

#[test]
fn file_names_on_standard_input_are_answered_one_by_one() {
    let folder = Folder::new("batch");
    let good = folder.write("good.json", REJECTED);
    let mut child = command()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the tool can be started");
    let (mut input, mut errors) = (child.stdin.take(), child.stderr.take());
    let mut answer = [0_u8; 2 * 84];
    for _ in 0..2 {
        // Nothing is sent before the answer to what was sent is there.
        let stream = input.as_mut().expect("it was piped");
        writeln!(stream, "{}", good.display()).expect("the tool listens");
        let stream = errors.as_mut().expect("it was piped");
        stream.read_exact(&mut answer).expect("the tool answers");
        assert!(answer.starts_with(b"{\"stateRoot\": \"0x0f37"));
    }
    drop(input);
    let output = child.wait_with_output().expect("the tool ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(stdout(&output).matches("\"pass\": true").count(), 4);
    assert_eq!(stdout(&output).matches("[\n").count(), 2);
}

#[test]
fn a_trace_goes_to_standard_error_and_takes_geths_flags() {
    let folder = Folder::new("trace");
    let good = folder.write("good.json", REJECTED);
    let flags = [
        "--trace",
        "--trace.format=json",
        "--trace.nomemory=true",
        "--trace.noreturndata=true",
        "--nostack",
    ];
    let output = run(&good, &flags);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(stderr(&output).lines().count(), 2);
    assert_eq!(stdout(&output), "2 passed, 0 failed\n");
}

#[test]
fn a_reader_that_goes_away_ends_the_run_in_silence() {
    let folder = Folder::new("pipe");
    for number in 0..200 {
        folder.write(&format!("{number}.json"), REJECTED);
    }
    let mut child = command()
        .args(["--json", "--jobs", "2"])
        .arg(&folder.0)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the tool can be started");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the tool ends");
    let talk = stderr(&output)
        .lines()
        .filter(|line| !line.starts_with("{\"stateRoot\""));
    assert_eq!(talk.count(), 0, "{output:?}");
}

#[test]
fn what_terminals_obey_is_escaped() {
    let folder = Folder::new("escape");
    let wrong = REJECTED
        .replacen("\"hash\": \"0x0f", "\"hash\": \"0x1f", 1)
        .replacen("\"rejected\"", "\"a\\u001b[31mb\"", 1);
    let output = run(&folder.write("name.json", wrong), &[]);
    assert!(!output.stdout.contains(&0x1b) && stdout(&output).contains("a\\u{1b}[31mb"));
}

#[cfg(unix)]
#[test]
fn links_and_pipes_in_folders_lead_nowhere() {
    let folder = Folder::new("links");
    folder.write("good.json", REJECTED);
    std::os::unix::fs::symlink(&folder.0, folder.0.join("again")).expect("a link can be made");
    let output = run(&folder.0, &[]);
    assert_eq!(stdout(&output), "2 passed, 0 failed\n");
    assert_eq!(output.status.code(), Some(0));
    std::os::unix::fs::symlink("/nowhere", folder.0.join("dangling.json"))
        .expect("a link can be made");
    let output = run(&folder.0, &[]);
    assert_eq!(stdout(&output), "2 passed, 0 failed\n");
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("dangling.json: "));
}
