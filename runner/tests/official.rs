//! The official fixtures that are not state tests, and the samples of goevmlab: everything in them that can be run passes.
//! State tests are run by the tool in CI, in its release build.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use gasworks_runner::fixtures::{self, FileOutcome, FileReport, Kind, Mismatch, Options};
use serde_json::Value;

/// The archive of that name, or `None` with a line that says what is not run.
fn archive(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/fixtures")
        .join(format!("{name}.tar.zst"));
    if path.exists() {
        return Some(path);
    }
    println!("not run: {name} (no {})", path.display());
    None
}

fn run(path: PathBuf) -> Vec<FileReport> {
    let mut reports = Vec::new();
    fixtures::run(&[path], &Options::default(), &mut |report| {
        reports.push(report);
        ControlFlow::Continue(())
    });
    reports
}

/// Asserts that every file ran and every case passed, or is of a kind that is not run. Counts the cases by folder, and
/// the files of kinds that are not run.
fn all_pass(reports: &[FileReport]) -> (BTreeMap<&str, usize>, BTreeMap<Kind, usize>) {
    let (mut cases, mut others) = (BTreeMap::new(), BTreeMap::new());
    for file in reports {
        match &file.outcome {
            FileOutcome::Ran(reports) => {
                for case in reports {
                    assert_eq!(case.mismatch, None, "{}: {case:?}", file.name);
                }
                let folder = [
                    "TransactionTests",
                    "precompiles",
                    "core-vm-testdata",
                    "VMTests",
                ]
                .into_iter()
                .find(|folder| file.name.contains(&format!("/{folder}/")));
                *cases.entry(folder.unwrap_or("")).or_default() += reports.len();
            }
            FileOutcome::NotRunnable(kind) => *others.entry(*kind).or_default() += 1,
            FileOutcome::Unreadable(error) => panic!("{}: {error}", file.name),
        }
    }
    (cases, others)
}

#[test]
fn vm_tests_pass() {
    let Some(path) = archive("vmtests-legacy-constantinople") else {
        return;
    };
    let reports = run(path);
    let (cases, others) = all_pass(&reports);
    assert!(cases["VMTests"] >= 513, "{cases:?}");
    assert!(others.is_empty(), "{others:?}");
}

#[test]
fn transaction_tests_and_vectors_pass() {
    let Some(path) = archive("misc-vectors") else {
        return;
    };
    let reports = run(path);
    let (cases, others) = all_pass(&reports);
    assert!(cases["TransactionTests"] >= 2_000, "{cases:?}");
    assert!(cases["precompiles"] >= 1_500, "{cases:?}");
    assert!(cases["core-vm-testdata"] >= 1_400, "{cases:?}");
    // Nothing that can be run is taken for something else.
    let runnable = [Kind::StateTest, Kind::VmTest, Kind::TransactionTest];
    assert!(runnable.iter().all(|kind| !others.contains_key(kind)));
}

/// The files of an archive by their names.
fn contents(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let file = fs::File::open(path).expect("the archive can be read");
    let decoder = zstd::stream::read::Decoder::new(file).expect("the archive is zstd");
    let mut archive = tar::Archive::new(decoder);
    let entries = archive.entries().expect("the archive is tar");
    let file = |entry: std::io::Result<tar::Entry<'_, _>>| {
        let mut entry = entry.expect("the archive is whole");
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("the archive is whole");
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        (name.trim_start_matches("./").to_owned(), bytes)
    };
    entries.map(file).collect()
}

/// The lines of a trace: instructions, ends of frames, state roots. A line of geth that repeats its predecessor with an
/// error takes its place.
fn trace_lines(text: &[u8]) -> Vec<Value> {
    let mut lines: Vec<Value> = Vec::new();
    for line in text.split(|byte| *byte == b'\n') {
        let Ok(line @ Value::Object(_)) = serde_json::from_slice::<Value>(line) else {
            continue;
        };
        let repeats = line["error"].is_string()
            && lines.last().is_some_and(|last| {
                ["pc", "depth"]
                    .iter()
                    .all(|key| last[key] == line[key] && line[key].is_number())
            });
        if repeats {
            lines.pop();
        }
        lines.push(line);
    }
    lines
}

/// What two machines must agree on. geth counts an instruction's own refund, takes its operands off before it reports a
/// failure, and words errors in its own way; what a failing instruction would have cost is not known here.
fn comparable(line: &Value) -> Value {
    let mut line = line.clone();
    if let Some(fields) = line.as_object_mut() {
        fields.remove("refund");
        let fails = fields.remove("error").is_some();
        fields.insert("fails".to_owned(), Value::Bool(fails));
        if fails {
            fields.remove("gasCost");
            fields.remove("stack");
        }
    }
    line
}

#[test]
fn samples_of_goevmlab_have_geths_roots_and_traces() {
    let Some(path) = archive("goevmlab-samples") else {
        return;
    };
    let files = contents(&path);
    let folder = std::env::temp_dir().join(format!("gasworks-traces-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("the temporary folder can be written");
    let mut compared = 0;
    for (name, test) in &files {
        let case = name.strip_prefix("goevmlab/evms/testdata/cases/");
        let Some(case) = case.filter(|case| case.ends_with(".json")) else {
            continue;
        };
        let geth = &files[&format!("goevmlab/evms/testdata/traces/{case}.geth.stderr.txt")];
        let path = folder.join(case);
        fs::write(&path, test).expect("the temporary folder can be written");
        let mut trace = Vec::new();
        fixtures::run_traced(&[path], &Options::default(), &mut trace, &mut |_| {
            ControlFlow::Continue(())
        });
        let (ours, theirs) = (trace_lines(&trace), trace_lines(geth));
        for (position, (our, their)) in ours.iter().zip(&theirs).enumerate() {
            assert_eq!(
                comparable(our),
                comparable(their),
                "{case}, line {position}"
            );
        }
        assert_eq!(ours.len(), theirs.len(), "{case}");
        compared += ours.len();
    }
    let _ = fs::remove_dir_all(&folder);
    assert!(compared > 1_000, "{compared} lines");
}

#[test]
fn samples_of_goevmlab_pass_where_they_are_filled() {
    let Some(path) = archive("goevmlab-samples") else {
        return;
    };
    let (mut passed, mut not_filled) = (0, 0);
    for file in run(path) {
        match file.outcome {
            FileOutcome::Ran(cases) => {
                for case in cases {
                    match case.mismatch {
                        None => passed += 1,
                        Some(Mismatch::NotFilled) => not_filled += 1,
                        Some(mismatch) => panic!("{}: {mismatch}", file.name),
                    }
                }
            }
            FileOutcome::NotRunnable(_) => {}
            FileOutcome::Unreadable(error) => panic!("{}: {error}", file.name),
        }
    }
    assert!(passed >= 10 && not_filled >= 1, "{passed}, {not_filled}");
}
