//! The tests in the documentation and in the examples pass.

use std::path::Path;

use gasworks_runner::assembly::{Options, Snapshots, discover, run};
use gasworks_runner::contracts::result::Verdict;

/// The example of the documentation is a source whose tests pass.
#[test]
fn the_documentation_has_tests_that_pass() {
    let text = include_str!("../../assembler/TESTS.md");
    let source = text.split("```").nth(1).expect("an example");
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("documentation");
    std::fs::create_dir_all(&root).expect("a folder");
    std::fs::write(root.join("t.eas"), source).expect("a file");
    let options = Options {
        root: root.clone(),
        ..Options::default()
    };
    let files = discover(&root).expect("files");
    let tests = run(&files, &options, &|_, _| true).remove(0).tests;
    assert_eq!(tests.len(), 4);
    for test in tests {
        assert_eq!(
            test.verdict,
            Verdict::Passed,
            "{}: {:?}",
            test.name,
            test.reason
        );
    }
    assert_eq!(
        gasworks_assembler::format(source.trim_start()).expect("a source"),
        source.trim_start()
    );
}

/// The contracts in the examples have tests, which pass.
#[test]
fn the_examples_pass() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let options = Options {
        root: root.clone(),
        snapshots: Snapshots::Check,
        ..Options::default()
    };
    let files = discover(&root).expect("files");
    assert!(files.len() >= 7, "{files:?}");
    let mut failed = Vec::new();
    for result in run(&files, &options, &|_, _| true) {
        for test in result.tests {
            if test.verdict != Verdict::Passed {
                failed.push(format!(
                    "{}: {}\n{}",
                    result.source,
                    test.name,
                    test.logs.join("\n")
                ));
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
