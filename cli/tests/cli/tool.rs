//! What holds for every verb: help, version, completions, colours, and readers that go away.

use std::process::Stdio;

use crate::common::{Folder, gasworks, run};

#[test]
fn version_and_help_with_examples() {
    let said = run(&["--version"]);
    assert_eq!(
        said.stdout,
        format!("gasworks {}\n", env!("CARGO_PKG_VERSION"))
    );
    assert_eq!(said.status, 0);
    for arguments in [
        &["--help"][..],
        &["run", "--help"],
        &["disasm", "--help"],
        &["statetest", "--help"],
        &["fmt", "--help"],
        &["lsp", "--help"],
    ] {
        let said = run(arguments);
        assert_eq!((said.status, said.stderr.as_str()), (0, ""));
        assert!(
            said.stdout.contains("Examples:\n  gasworks "),
            "{arguments:?}"
        );
        assert!(!said.stdout.contains('\u{1b}'), "{arguments:?}");
    }
}

#[test]
fn bad_usage_is_told_on_standard_error() {
    for arguments in [
        &[][..],
        &["fly"],
        &["run", "00", "--fly"],
        &["completions", "dos"],
    ] {
        let said = run(arguments);
        assert_eq!(
            (said.status, said.stdout.as_str()),
            (2, ""),
            "{arguments:?}"
        );
        assert!(said.stderr.contains("Usage: gasworks") || said.stderr.contains("--help"));
    }
}

#[test]
fn completions_know_the_verbs() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let said = run(&["completions", shell]);
        assert_eq!((said.status, said.stderr.as_str()), (0, ""), "{shell}");
        for word in ["statetest", "disasm", "prestate", "completions"] {
            assert!(said.stdout.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn colours_are_for_terminals_and_can_be_asked_for_and_refused() {
    let coloured = |variables: &[(&str, &str)]| {
        let mut command = gasworks();
        command.args(["run", "00"]).envs(variables.iter().copied());
        let output = command.output().expect("the tool runs");
        String::from_utf8_lossy(&output.stdout).contains('\u{1b}')
    };
    assert!(!coloured(&[]));
    assert!(coloured(&[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[("NO_COLOR", "1")]));
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    // A dump of more than any pipe holds: bytecode of 128 KiB.
    let large = format!("00{}", "fe".repeat(128 << 10));
    let folder = Folder::new("broken-pipe");
    let large = folder.write("large.hex", large);
    let cases: [(&[&str], i32); 8] = [
        (&["disasm", &large], 0),
        (&["disasm", &large, "--json"], 0),
        (&["run", &large, "--dump"], 0),
        (&["run", &large, "--dump", "--json"], 0),
        (&["run", "5b5f56", "--gas", "100000", "--trace"], 1),
        (&["run", "--json"], 2),
        (&["completions", "zsh"], 0),
        (&["--help"], 0),
    ];
    for (arguments, status) in cases {
        let mut child = gasworks()
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the tool starts");
        drop(child.stdout.take());
        drop(child.stderr.take());
        let ended = child.wait().expect("the tool ends");
        // A panic would be 101, and a signal no code at all.
        assert_eq!(ended.code(), Some(status), "{arguments:?}");
    }
}
