//! `gasworks fuzz vm`, `gasworks fuzz export` and `gasworks trace-diff`.

use std::fs;

use crate::common::{Folder, run};

#[test]
fn nothing_differs_whatever_the_number_of_threads() {
    let summary = |jobs: &str| {
        let said = run(&["fuzz", "vm", "--count", "40", "--jobs", jobs, "--json"]);
        assert_eq!(
            (said.status, said.stderr.as_str()),
            (0, ""),
            "{}",
            said.stdout
        );
        let line: serde_json::Value = serde_json::from_str(&said.stdout).expect("a line of JSON");
        assert_eq!(
            (&line["cases"], &line["differences"]),
            (&40.into(), &0.into())
        );
        (line["ends"].clone(), line["instructions"].clone())
    };
    assert_eq!(summary("1"), summary("3"));
}

#[test]
fn what_is_exported_passes_and_its_traces_are_the_same() {
    let folder = Folder::new("export");
    let cases = format!("{}/cases", folder.path());
    let export = [
        "fuzz", "export", "--count", "20", "--fork", "Prague", "--out", &cases,
    ];
    let said = run(&export);
    assert_eq!(said.status, 0, "{}", said.stderr);
    let said = run(&["statetest", &cases, "--fork", "Prague"]);
    assert_eq!(said.status, 0, "{}", said.stdout);
    assert!(
        said.stdout.contains("20 passed, 0 failed"),
        "{}",
        said.stdout
    );
    let tool = env!("CARGO_BIN_EXE_gasworks");
    let (plain, strict) = (
        format!("'{tool}' statetest --trace --core plain {{f}}"),
        format!("'{tool}' statetest --trace {{f}}"),
    );
    let files: Vec<String> = fs::read_dir(&cases)
        .expect("it was written")
        .map(|entry| entry.expect("it can be read").path().display().to_string())
        .take(3)
        .collect();
    let mut arguments = vec!["trace-diff", "--strict", "--a", &plain, "--b", &strict];
    arguments.extend(files.iter().map(String::as_str));
    let said = run(&arguments);
    // A case that runs no code has a state root at least.
    assert_eq!(said.status, 0, "{}{}", said.stdout, said.stderr);
    assert_eq!(said.stdout.lines().count(), 3);
}

#[test]
fn the_same_export_is_the_same_files() {
    let folder = Folder::new("export-twice");
    let text = |name: &str| {
        let out = format!("{}/{name}", folder.path());
        let said = run(&[
            "fuzz", "export", "--count", "1", "--seed", "5", "--out", &out,
        ]);
        assert_eq!(said.status, 0, "{}", said.stderr);
        let entry = fs::read_dir(&out).expect("it was written").next();
        let path = entry.expect("a file").expect("it can be read").path();
        fs::read_to_string(path).expect("it is text")
    };
    assert_eq!(text("one"), text("other"));
}

#[test]
fn bad_usage_and_bad_places_are_told() {
    let folder = Folder::new("fuzz-bad");
    let file = folder.write("file", "");
    let inside = format!("{file}/cases");
    for arguments in [
        &["fuzz", "vm", "--count", "many"][..],
        &["fuzz", "vm", "--jobs", "0"],
        &["fuzz", "vm", "--count", "0"],
        &["fuzz", "export", "--count", "0", "--out", "x"],
        &["trace-diff", "--timeout", "0", &file, &file],
        &["fuzz", "export", "--fork", "Atlantis", "--out", "x"],
        &["fuzz", "export", "--fork", "DAO", "--out", "x"],
        &["fuzz", "export", "--out", &inside],
        &["trace-diff", &file],
        &["trace-diff", &file, &file],
        &["trace-diff", &file, "no/such/file"],
        &["trace-diff", "--a", "x {f}", &file],
        &[
            "trace-diff",
            "--a",
            "no-such-evm {f}",
            "--b",
            "no-such-evm {f}",
            &file,
        ],
        &["trace-diff", "--a", "cat", "--b", "cat {f}", &file],
    ] {
        let said = run(arguments);
        assert_eq!(said.status, 2, "{arguments:?}: {}", said.stdout);
        assert!(
            said.stderr.contains("error:"),
            "{arguments:?}: {}",
            said.stderr
        );
        assert_eq!(said.stderr.matches("error:").count(), 1, "{}", said.stderr);
    }
}

#[test]
fn a_command_without_end_is_ended() {
    let folder = Folder::new("trace-diff-late");
    let file = folder.write("file", "");
    let said = run(&[
        "trace-diff",
        "--timeout",
        "1",
        "--a",
        "sh -c 'sleep 1000' {f}",
        "--b",
        "cat {f}",
        &file,
    ]);
    assert_eq!(said.status, 2);
    assert!(
        said.stderr
            .contains("sh -c sleep 1000 {f}: it did not end within 1 s (--timeout)"),
        "{}",
        said.stderr
    );
}

#[test]
fn where_traces_part_is_shown_with_what_is_around() {
    let folder = Folder::new("trace-diff");
    let line = |pc: u64, gas: &str| format!("{{\"pc\":{pc},\"op\":1,\"gas\":{gas},\"depth\":1}}\n");
    let ours = [line(0, "\"0x0a\""), line(1, "\"0x7\""), line(2, "\"0x4\"")].concat();
    let theirs = [line(0, "10"), line(1, "6"), line(2, "3")].concat();
    let (a, b) = (
        folder.write("a.jsonl", &ours),
        folder.write("b.jsonl", &theirs),
    );
    let said = run(&["trace-diff", &a, &b]);
    assert_eq!(said.status, 1, "{}", said.stderr);
    for text in [
        "after 1 steps, in gas",
        "    pc 0 ADD gas 10",
        "  a pc 1 ADD gas 7",
        "  b pc 1 ADD gas 6",
    ] {
        assert!(said.stdout.contains(text), "{text}: {}", said.stdout);
    }
    let said = run(&["trace-diff", &a, &a, "--json"]);
    assert_eq!(said.status, 0);
    assert!(said.stdout.contains("\"same\":true"), "{}", said.stdout);
}
