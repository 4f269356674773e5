//! Tests of assembly that take too long, and what tests of assembly have executed.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use gasworks_runner::assembly::{Covered, Options, TestFile, discover, run};
use gasworks_runner::contracts::coverage::{Ratio, tracefile};
use gasworks_runner::contracts::result::{SuiteResult, Verdict};

/// A folder with these files.
fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).expect("a folder");
    for (name, text) in files {
        std::fs::write(folder.join(name), text).expect("a file");
    }
    folder
}

fn run_all(folder: &Path, options: &Options) -> Vec<SuiteResult> {
    let files: Vec<TestFile> = discover(folder).expect("files");
    run(&files, options, &|_, _| true)
}

#[test]
fn a_test_that_takes_too_long_fails_and_others_run() {
    let endless = "
        stop
        #test \"never ends\" (a: uint256) {
            #runs 1 << 24
            #call
        }
        #test \"ends\" {
            #call
        }";
    let other = "stop\n#test \"elsewhere\" {\n #call\n}";
    let folder = folder(
        "assembly_late",
        &[("endless.eas", endless), ("other.eas", other)],
    );
    for jobs in [1, 2] {
        let options = Options {
            root: folder.clone(),
            timeout: Some(1),
            jobs: NonZeroUsize::new(jobs).expect("not none"),
            ..Options::default()
        };
        let suites = run_all(&folder, &options);
        let tests = suites.iter().flat_map(|suite| &suite.tests);
        let found: Vec<(&str, Verdict)> = tests.map(|test| (&*test.name, test.verdict)).collect();
        let expected = [
            ("never ends", Verdict::Failed),
            ("ends", Verdict::Passed),
            ("elsewhere", Verdict::Passed),
        ];
        assert_eq!(found, expected);
        let reason = suites[0].tests[0].reason.as_deref().unwrap_or_default();
        assert!(reason.contains("took too long"), "{reason}");
    }
}

#[test]
fn what_tests_executed_is_told_by_line() {
    // Lines are counted from the one behind the quote.
    let program = "#define %twice() {
    dup1
    add
}
    calldatasize
    jumpi @more
    push 1
    %twice()
    pop
    stop
more:
    push 2
    %twice()
    pop
    gas
    stop
";
    let tests = "#test \"nothing\" {
    #call
    #call
}";
    let files = [("program.eas", program), ("program_test.eas", tests)];
    let folder = folder("assembly_coverage", &files);
    let covered = Covered::default();
    let options = Options {
        root: folder.clone(),
        coverage: Some(covered.clone()),
        ..Options::default()
    };
    let suites = run_all(&folder, &options);
    assert!(
        suites
            .iter()
            .flat_map(|suite| &suite.tests)
            .all(|test| test.verdict == Verdict::Passed)
    );
    let coverage = covered.coverage();
    let [file] = coverage.files.as_slice() else {
        panic!("one file: {:?}", coverage.files);
    };
    assert_eq!(file.path, "program.eas");
    let hits = |line| file.lines.get(&line).copied();
    assert_eq!(
        (hits(2), hits(3)),
        (Some(2), Some(2)),
        "a macro counts for whoever uses it"
    );
    assert_eq!((hits(5), hits(6), hits(7)), (Some(2), Some(2), Some(2)));
    assert_eq!((hits(12), hits(15)), (Some(0), Some(0)));
    assert_eq!((hits(1), hits(4)), (None, None));
    let branches: Vec<u64> = file.branches.iter().map(|branch| branch.hits).collect();
    assert_eq!(branches, [0, 2], "it never jumped");
    assert_eq!(file.branch_ratio(), Ratio { hit: 1, found: 2 });
    let text = tracefile(&coverage);
    assert!(text.contains("SF:program.eas") && text.contains("DA:7,2") && text.contains("DA:12,0"));

    // A second run adds to the first.
    run_all(&folder, &options);
    assert_eq!(covered.coverage().files[0].lines.get(&7), Some(&4));
}
