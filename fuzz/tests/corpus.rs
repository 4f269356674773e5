//! The corpora of the targets, replayed: what once was a finding does not come back.

use std::path::Path;

use gasworks_fuzz::targets::{self, replay};

fn replay(name: &str, target: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(name);
    let (_, failures) = replay::run(target, &[folder]).expect("the corpus can be read");
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn execute() {
    replay("execute", targets::execute);
}

#[test]
fn differential() {
    replay("differential", targets::differential);
}

#[test]
fn transaction() {
    replay("transaction", targets::transaction);
}

#[cfg(feature = "peers")]
#[test]
fn precompiles() {
    replay("precompiles", targets::precompiles);
}

#[test]
fn assembler() {
    replay("assembler", targets::assembler);
}

#[test]
fn disassembler() {
    replay("disassembler", targets::disassembler);
}

#[cfg(feature = "fixtures")]
#[test]
fn fixtures() {
    replay("fixtures", targets::fixtures);
}

#[test]
fn words() {
    replay("words", targets::words);
}

#[test]
fn a_finding_is_told_with_its_file() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let fails: fn(&[u8]) = |bytes| assert!(bytes.is_empty(), "not empty");
    let (count, failures) =
        replay::run(fails, std::slice::from_ref(&file)).expect("the file can be read");
    assert_eq!((count, failures.len()), (1, 1));
    assert_eq!(failures[0].0, file);
    assert!(failures[0].1.contains("not empty"), "{}", failures[0].1);
    assert!(replay::run(fails, &["no/such/file".into()]).is_err());
}
