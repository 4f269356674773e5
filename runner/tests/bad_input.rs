//! Bad input ends as one clear error for its file, and never keeps other files from running.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use gasworks_runner::fixtures::{self, FileOutcome, FileReport, Kind, Options};

/// A folder that is removed at the end of its test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path =
            std::env::temp_dir().join(format!("gasworks-runner-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).expect("the temporary folder can be written");
        Folder(path)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, bytes).expect("the temporary folder can be written");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn run(path: &Path, jobs: usize) -> Vec<FileReport> {
    let mut reports = Vec::new();
    fixtures::run(
        &[path.to_owned()],
        &Options {
            jobs,
            ..Options::default()
        },
        &mut |report| {
            reports.push(report);
            ControlFlow::Continue(())
        },
    );
    reports
}

/// The error of a file that must not be readable.
fn error(name: &str, text: impl AsRef<[u8]>) -> String {
    let folder = Folder::new(name);
    let path = folder.write(&format!("{name}.json"), text);
    match run(&path, 1).pop().map(|report| report.outcome) {
        Some(FileOutcome::Unreadable(error)) => error.to_string(),
        other => panic!("{name}: expected an error, got {other:?}"),
    }
}

/// A state test of which the transaction must be rejected: it cannot pay for its gas.
const TEST: &str = include_str!("rejected.json");

#[test]
fn a_sound_file_runs_and_passes() {
    let folder = Folder::new("sound");
    let path = folder.write("sound.json", TEST);
    match &run(&path, 1)[..] {
        [
            FileReport {
                outcome: FileOutcome::Ran(cases),
                ..
            },
        ] => {
            assert_eq!(cases.len(), 2);
            assert!(
                cases.iter().all(|case| case.mismatch.is_none()),
                "{cases:?}"
            );
        }
        other => panic!("expected cases, got {other:?}"),
    }
}

#[test]
fn a_wrong_root_and_a_wrong_reason_fail() {
    let folder = Folder::new("wrong");
    for (name, from, to) in [
        ("root", "\"hash\": \"0x0f", "\"hash\": \"0x1f"),
        ("reason", "INSUFFICIENT_ACCOUNT_FUNDS", "NONCE_IS_MAX"),
        (
            "accepted",
            "\"expectException\": \"TransactionException.INSUFFICIENT_ACCOUNT_FUNDS\",",
            "",
        ),
    ] {
        assert!(TEST.contains(from), "{name}");
        let path = folder.write(&format!("{name}.json"), TEST.replace(from, to));
        match &run(&path, 1)[..] {
            [
                FileReport {
                    outcome: FileOutcome::Ran(cases),
                    ..
                },
            ] => {
                assert!(
                    cases.iter().any(|case| case.mismatch.is_some()),
                    "{name}: {cases:?}"
                );
            }
            other => panic!("{name}: expected cases, got {other:?}"),
        }
    }
}

#[test]
fn errors_say_where() {
    for (name, from, to, wanted) in [
        (
            "odd-hex",
            "\"data\": [\"0x\"]",
            "\"data\": [\"0x123\"]",
            "rejected.transaction.data[0]: \"0x123\" has an odd number",
        ),
        (
            "missing",
            "\"currentNumber\"",
            "\"currentNummer\"",
            "rejected.env: missing field `currentNumber`",
        ),
        (
            "fork",
            "\"Osaka\"",
            "\"ShanghaiToCancunAtTime15k\"",
            "rejected.post.ShanghaiToCancunAtTime15k: ",
        ),
        (
            "index",
            "\"gas\": 1",
            "\"gas\": 7",
            "rejected.post.Osaka[1].indexes.gas: 7 is past the end of a list of 2",
        ),
        (
            "number",
            "\"balance\": \"0x10\"",
            "\"balance\": \"ten\"",
            ".balance: \"ten\" is not a number",
        ),
        (
            "type",
            "\"env\": {",
            "\"env\": [], \"e\": {",
            "rejected.env",
        ),
        ("twice", "\"pre\": {", "\"env\": {}, \"pre\": {", "rejected"),
        (
            "sender",
            "\"sender\"",
            "\"absender\"",
            "neither `sender` nor `secretKey`",
        ),
    ] {
        assert!(TEST.contains(from), "{name}");
        let message = error(name, TEST.replacen(from, to, 1));
        assert!(message.contains(wanted), "{name}: {message}");
        assert!(
            message.contains("line ") || matches!(name, "index" | "sender"),
            "{name}: {message}"
        );
    }
}

#[test]
fn text_that_is_no_json_is_an_error() {
    error("empty", "");
    error("not-utf8", b"{\"a\xff\xfe\": {}}");
    error("nested-lists", "[".repeat(1_000_000));
    error(
        "nested-objects",
        r#"{"a":{"env":"#.to_owned() + &r#"{"a":"#.repeat(1_000_000),
    );
    error("trailing", format!("{TEST} x"));
    error("key-twice", r#"{"a": {"pre": {}, "post": {}}, "a": {}}"#);
    for length in (0..TEST.trim_end().len()).filter(|length| TEST.is_char_boundary(*length)) {
        error("cut", &TEST[..length]);
    }
}

#[test]
fn deep_values_inside_a_test_are_an_error() {
    let deep = format!(
        "\"pre\": {}1{}, \"pre2\": {{",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    error("deep", TEST.replacen("\"pre\": {", &deep, 1));
}

#[test]
fn another_kind_of_file_is_never_a_pass() {
    assert!(error("list", "[]").contains("not a test that can be run"));
    assert!(error("object", "{}").contains("not a test that can be run"));
    assert!(
        error("block", r#"{"a": {"blocks": [], "pre": {}, "post": {}}}"#).contains("block test")
    );
    let folder = Folder::new("kinds");
    folder.write("list.json", "[]");
    match &run(&folder.0, 1)[..] {
        [
            FileReport {
                outcome: FileOutcome::NotRunnable(Kind::Other),
                ..
            },
        ] => {}
        other => panic!("expected another kind, got {other:?}"),
    };
}

#[test]
fn others_run_beside_bad_files_and_reports_keep_their_order() {
    let folder = Folder::new("beside");
    for number in 0..40 {
        folder.write(
            &format!("{number:02}.json"),
            if number % 3 == 0 { "{" } else { TEST },
        );
    }
    folder.write("notes.txt", "not looked at");
    let summary = |jobs| -> Vec<(String, Option<usize>)> {
        let outcome = |report: FileReport| match report.outcome {
            FileOutcome::Ran(cases) => (
                report.name,
                Some(cases.iter().filter(|case| case.mismatch.is_none()).count()),
            ),
            _ => (report.name, None),
        };
        run(&folder.0, jobs).into_iter().map(outcome).collect()
    };
    let alone = summary(1);
    assert_eq!(alone.len(), 40);
    assert!(alone.is_sorted());
    assert!(
        alone
            .iter()
            .enumerate()
            .all(|(number, (_, passed))| *passed == (number % 3 != 0).then_some(2))
    );
    assert_eq!(alone, summary(4));
}

#[test]
fn a_caller_can_break_off() {
    let folder = Folder::new("break");
    for number in 0..100 {
        folder.write(&format!("{number:02}.json"), TEST);
    }
    for jobs in [1, 3] {
        let mut seen = 0;
        fixtures::run(
            std::slice::from_ref(&folder.0),
            &Options {
                jobs,
                ..Options::default()
            },
            &mut |_| {
                seen += 1;
                if seen == 5 {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            },
        );
        assert_eq!(seen, 5);
    }
}
