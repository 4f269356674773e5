//! `gasworks fuzz PATH` in surroundings that are against it: full disks, folders that cannot be written, files that are not
//! what they seem, and contracts that do all they can to last.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::common::{Folder, Said};
use crate::fuzz::{CONTRACTS, files, fuzz, lines, on};

/// Runs a shell script; `$0` is the tool, `$1` and so on are the arguments.
fn shell(script: &str, arguments: &[&str]) -> Said {
    let output = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_gasworks")])
        .args(arguments)
        .output()
        .expect("there is a shell");
    Said {
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        status: output.status.code().expect("it was not killed"),
    }
}

#[test]
fn a_disk_that_is_full_keeps_nothing_from_being_found() {
    let (corpus, found) = (Folder::new("fuzz-full"), Folder::new("fuzz-full-found"));
    // Files of more than a block, of 512 or 1,024 bytes, cannot be written: smaller ones can, such as the first.
    let said = shell(
        "trap '' XFSZ; ulimit -f 1; exec \"$0\" fuzz \"$1\" --no-compile --match-contract OpenOwnerTest --json \
         --stop-on-finding --corpus \"$2\" --findings \"$3\"",
        &[CONTRACTS, corpus.path(), found.path()],
    );
    assert_eq!(said.status, 1, "{}{}", said.stdout, said.stderr);
    assert_eq!(lines(&said.stdout, "finding").len(), 1);
    let warnings = lines(&said.stdout, "warning");
    for consequence in ["kept in memory only", "findings are printed only"] {
        let count = warnings
            .iter()
            .filter(|of| of.as_str().is_some_and(|of| of.contains(consequence)));
        assert_eq!(count.count(), 1, "{consequence}: {warnings:?}");
    }
    // What is there is whole, and nothing half done is left behind.
    for folder in [&corpus, &found] {
        for entry in fs::read_dir(folder.path()).expect("it is there") {
            let path = entry.expect("it can be read").path();
            let text = fs::read_to_string(&path).expect("a file");
            let is_whole = serde_json::from_str::<serde_json::Value>(&text).is_ok();
            assert!(is_whole, "{}: {text}", path.display());
        }
    }
    // With room again, it is found again, and written.
    let said = on(
        "OpenOwner",
        &["--stop-on-finding", "--findings", found.path()],
    );
    assert_eq!(said.status, 1);
    assert_eq!(files(Path::new(found.path())).len(), 2);
}

#[test]
fn results_that_nobody_can_read_are_an_error() {
    if !Path::new("/dev/full").exists() {
        eprintln!("not run: there is no /dev/full");
        return;
    }
    let script = "exec \"$0\" fuzz 0x5f5ffd --count 10 > /dev/full";
    let said = shell(script, &[]);
    assert_eq!(said.status, 2, "{}", said.stderr);
    assert!(
        said.stderr.contains("could not be written"),
        "{}",
        said.stderr
    );
    let said = shell("\"$0\" fuzz 0x5f5ffd --count 10 | true", &[]);
    assert_eq!(said.stderr.matches("error").count(), 0, "{}", said.stderr);
}

#[test]
fn folders_that_cannot_be_written_are_told_before_anything_runs() {
    let folder = Folder::new("fuzz-file");
    let file = folder.write("file", "");
    let mut places = vec![format!("{file}/corpus"), file];
    // Nobody may write here, whoever they are.
    places.extend(
        ["/proc", "/sys"]
            .map(str::to_owned)
            .into_iter()
            .filter(|of| Path::new(of).exists()),
    );
    for place in places {
        for option in ["--corpus", "--findings"] {
            let said = on("SafeToken", &["--count", "10", option, &place]);
            assert_eq!(said.status, 2, "{place}");
            let told = format!("{place}: nothing can be written there: ");
            assert!(said.stderr.contains(&told), "{}", said.stderr);
            assert_eq!(said.stdout, "");
        }
        let said = fuzz(&["corpus", "merge", &place, folder.path()]);
        assert_eq!(said.status, 2, "{place}");
        assert!(said.stderr.contains(&place), "{}", said.stderr);
    }
}

#[test]
fn what_is_no_sequence_in_a_corpus_is_left_alone() {
    let folder = Folder::new("fuzz-spoilt");
    let inside = |name: &str| Path::new(folder.path()).join(name);
    // More than there is memory, a pipe that nobody writes to, a folder, depth, and what is no text.
    let large = fs::File::create(inside("large.json")).expect("a file");
    large.set_len(1 << 40).expect("a file with a hole");
    fs::create_dir(inside("folder.json")).expect("a folder");
    let pipe = Command::new("mkfifo").arg(inside("pipe.json")).status();
    let has_pipe = pipe.is_ok_and(|status| status.success());
    folder.write("deep.json", "[".repeat(1 << 20));
    folder.write("bytes.json", [0xff, 0xfe]);
    folder.write("empty.json", "");
    let said = on(
        "SafeToken",
        &["--count", "100", "--json", "--corpus", folder.path()],
    );
    assert_eq!(said.status, 0, "{}", said.stderr);
    let warnings = lines(&said.stdout, "warning");
    let names = ["large", "folder", "deep", "bytes", "empty"];
    for name in names.into_iter().chain(has_pipe.then_some("pipe")) {
        let name = format!("{name}.json");
        let told = warnings
            .iter()
            .any(|of| of.as_str().is_some_and(|of| of.contains(&name)));
        assert!(told, "{name}: {warnings:?}");
        assert!(inside(&name).exists(), "{name}");
    }
    let said = fuzz(&["corpus", "show", folder.path()]);
    assert_eq!(said.status, 0, "{}", said.stderr);
    assert!(said.stdout.contains("SafeTokenTest"), "{}", said.stdout);
}

#[test]
fn contracts_that_are_of_no_use_end_in_time() {
    let cases = [
        ("0x5b5f56", "an endless loop"),
        ("0x5b6310000000355f525f5456", "memory"),
        ("0x5f5f5f5f5f305af15f56", "calls of itself"),
        ("0x33ff", "selfdestruct"),
        ("0x5f5ffd", "revert"),
        ("0x00", "stop"),
    ];
    for (code, what) in cases {
        let said = fuzz(&[code, "--count", "60", "--gas", "1000000"]);
        assert_eq!(said.status, 0, "{what}: {}{}", said.stdout, said.stderr);
        assert!(said.stdout.contains("nothing was found"), "{what}");
    }
    // Sequences of a thousand such calls take longer than there is time.
    let said = fuzz(&[
        "0x5b5f56",
        "--time",
        "1",
        "--depth",
        "1000",
        "--gas",
        "1073741824",
    ]);
    assert_eq!(said.status, 0, "{}", said.stderr);
    let said = fuzz(&["0x5b5f56", "--count", "1", "--gas", "1073741825"]);
    assert_eq!(said.status, 2, "{}", said.stdout);
    // It loops for as long as it can before it breaks: making that small ends, too.
    let said = fuzz(&["0x5b5a619999105f57fe", "--stop-on-finding", "--time", "60"]);
    assert_eq!(said.status, 1, "{}{}", said.stdout, said.stderr);
}

#[test]
fn contracts_with_nothing_to_call_are_told_or_called_with_any_bytes() {
    let folder = Folder::new("fuzz-abi");
    let with = |abi: &str, arguments: &[&str]| {
        let abi = folder.write("abi.json", abi);
        let mut all = vec!["0x00", "--abi", &abi, "--count", "60"];
        all.extend(arguments);
        fuzz(&all)
    };
    let said = with("[]", &[]);
    assert_eq!(said.status, 0, "{}", said.stderr);
    let said = with("no JSON", &[]);
    assert_eq!(said.status, 2);
    assert!(
        said.stderr.contains("not the ABI of a contract"),
        "{}",
        said.stderr
    );
    // Arguments that no memory has room for.
    let large = r#"[{"type":"function","name":"f","stateMutability":"nonpayable","outputs":[],
        "inputs":[{"name":"a","type":"uint256[1000000][1000000][1000000]"}]}]"#;
    let said = with(large, &[]);
    assert_eq!(said.status, 2, "{}", said.stdout);
    assert!(
        said.stderr.contains("its arguments are too large"),
        "{}",
        said.stderr
    );
    assert!(said.stderr.contains("nothing to fuzz"), "{}", said.stderr);
    // A constructor that fails.
    let said = fuzz(&["0x5f5ffd", "--deploy", "--count", "60"]);
    assert_eq!(said.status, 2);
    assert!(said.stderr.contains("constructor: "), "{}", said.stderr);
}
