//! `gasworks disasm` as its users meet it: source, graphs, JSON, errors.

use crate::common::{Folder, run, run_with_input};
use serde_json::{Value, json};

/// A loop that counts slot 0 down, STOP, and data.
const LOOP: &str = "5b600190036100005700fe0102";
const LISTING: &str = "\
label_0000:            ; 0x0000
    push1 0x01         ; 0x0001
    swap1              ; 0x0003
    sub                ; 0x0004
    push2 @label_0000  ; 0x0005
    jumpi              ; 0x0008

    stop               ; 0x0009

#bytes 0xfe            ; 0x000a invalid
#bytes 0x0102          ; 0x000b
";

#[test]
fn every_way_to_give_bytecode_and_to_take_the_source() {
    let folder = Folder::new("disasm");
    let file = folder.write("loop.hex", format!("0x{LOOP}\n"));
    for source in [LOOP, &file] {
        let said = run(&["disasm", source]);
        assert_eq!(
            (said.stdout.as_str(), said.stderr.as_str(), said.status),
            (LISTING, "", 0)
        );
    }
    let raw = [0x5b, 0x60, 1, 0x90, 3, 0x61, 0, 0, 0x57, 0, 0xfe, 1, 2];
    for arguments in [&["disasm"][..], &["disasm", "-"]] {
        assert_eq!(run_with_input(arguments, &raw).stdout, LISTING);
    }
    let output = folder.write("loop.eas", "old");
    let said = run(&["disasm", LOOP, "--output", &output]);
    assert_eq!((said.stdout.as_str(), said.status), ("", 0));
    let written = std::fs::read_to_string(output).expect("it was written");
    assert_eq!(written, LISTING);
    assert_eq!(run(&["disasm", "0x"]).stdout, "");
}

#[test]
fn the_fork_decides_and_is_written_down() {
    let said = run(&["disasm", "5f", "--fork", "merge"]);
    let expected =
        "#pragma target \"paris\"\n\n#bytes 0x5f            ; 0x0000 no instruction of paris\n";
    assert_eq!(said.stdout, expected);
    let said = run(&["disasm", "e600", "--fork", "Amsterdam"]);
    assert!(said.stdout.contains("\n    dupn[17] "), "{}", said.stdout);
}

#[test]
fn positions_as_labels_and_gas() {
    let said = run(&["disasm", LOOP, "--pc", "--gas"]);
    let lines: Vec<&str> = said.stdout.lines().collect();
    assert_eq!(lines[0], "0x0000: label_0000:        ;       1       1");
    assert_eq!(lines[5], "0x0008: jumpi              ;      10      23");
    assert_eq!(lines[9], "0x000a: #bytes 0xfe        ; invalid");
}

#[test]
fn graphs() {
    let said = run(&["disasm", LOOP, "--cfg", "dot"]);
    assert!(said.stdout.starts_with("digraph code {\n"));
    assert!(
        said.stdout
            .contains("    block_0000 -> block_0000 [label=\"yes\"];\n")
    );
    let said = run(&["disasm", LOOP, "--cfg", "mermaid"]);
    assert!(said.stdout.starts_with("flowchart TD\n"));
    assert!(said.stdout.contains("    block_0000 -->|no| block_0009\n"));
}

#[test]
fn what_a_constructor_deploys_is_a_program() {
    // CODECOPY of the last six bytes, RETURN; and a contract that loops as long as it gets something.
    let said = run(&["disasm", "6006600b5f3960065ff3fe5b3660005700"]);
    let expected = "    push1 0x06                          ; 0x0000
    push1 @.program_000b                ; 0x0002
    push0                               ; 0x0004
    codecopy                            ; 0x0005
    push1 0x06                          ; 0x0006
    push0                               ; 0x0008
    return                              ; 0x0009

#bytes 0xfe                             ; 0x000a invalid

.program_000b:                          ; 0x000b +0x0000 a program of 6 bytes, whose positions count from here
label_000b:                             ; 0x000b +0x0000
    calldatasize                        ; 0x000c +0x0001
    push1 @label_000b - @.program_000b  ; 0x000d +0x0002
    jumpi                               ; 0x000f +0x0004

    stop                                ; 0x0010 +0x0005
";
    assert_eq!(said.stdout, expected);
}

#[test]
fn json_for_programs() {
    let code = format!("{LOOP}a164736f6c634300081a000a");
    let said = run(&["disasm", &code, "--json"]);
    let value: Value = serde_json::from_str(&said.stdout).expect("it is JSON");
    assert_eq!(
        (&value["target"], &value["size"]),
        (&json!("osaka"), &json!(25))
    );
    assert_eq!(
        value["lines"][4],
        json!({
            "pc": 5, "program": 0, "kind": "instruction", "bytes": "0x610000", "name": "PUSH2", "immediate": "0x0000",
            "label": "label_0000", "gas": {"least": 3, "more": false, "running": 13},
        })
    );
    assert_eq!(
        value["lines"][8],
        json!({"pc": 11, "program": 0, "kind": "data", "bytes": "0x0102"})
    );
    assert_eq!(
        value["lines"][9]["metadata"],
        json!({"compiler": "solc", "version": "0.8.26", "source": null})
    );
    assert_eq!(
        value["blocks"][0],
        json!({"start": 0, "end": 9, "lines": [0, 6], "exit": "branch", "destination": 0, "next": 9})
    );
    let unknown = run(&["disasm", "3356", "--json"]);
    let value: Value = serde_json::from_str(&unknown.stdout).expect("it is JSON");
    assert_eq!(value["blocks"][0]["destination"], "unknown");
}

#[test]
fn bad_arguments_are_refused_with_a_reason() {
    let folder = Folder::new("disasm-bad");
    let source = folder.write("code.eas", "push 1\n");
    let missing = format!("{}/none/code.eas", folder.path());
    let cases: [(&[&str], &str); 8] = [
        (&["missing.hex"], "neither a file that can be found nor hex"),
        (&["0x601"], "an odd number of hex digits (3)"),
        (&["-"], "standard input: there is nothing in it"),
        (
            &[&source],
            "code.eas: line 1, column 1: 'p' is no hex digit",
        ),
        (&["00", "--fork", "Atlantis"], "the forks are Frontier"),
        (&["00", "--cfg", "png"], "dot, mermaid"),
        (&["00", "--cfg", "dot", "--json"], "cannot be used with"),
        (&["00", "--output", &missing], "none/code.eas: "),
    ];
    for (arguments, reason) in cases {
        let said = run(&[&["disasm"], arguments].concat());
        assert_eq!(
            (said.status, said.stdout.as_str()),
            (2, ""),
            "{arguments:?}"
        );
        assert!(
            said.stderr.starts_with("error: ") && said.stderr.contains(reason),
            "{arguments:?}: {}",
            said.stderr
        );
    }
}
