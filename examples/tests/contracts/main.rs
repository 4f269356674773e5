//! The contracts in assembly: they assemble without a warning, and do what they say, also when they are asked to do what
//! they must not.

mod airdrop;
mod endless;
mod erc20;
mod multisig;
mod pool;
mod proxy;
mod tokens;
mod world;

use gasworks_assembler::{Diagnostics, Options, assemble, format};
use world::{contracts, source, sources};

/// What is found in a source of this name: wrong stack comments, and what is allowed but hardly meant.
fn findings(name: &str, source: &str) -> Diagnostics {
    let options = Options {
        files: &contracts(),
        name,
        stack_check: true,
        lint: true,
        ..Options::default()
    };
    match assemble(source, &options) {
        Ok(program) => program.warnings,
        Err(errors) => errors,
    }
}

#[test]
fn every_source_assembles_without_a_warning() {
    let names = sources();
    assert!(names.len() > 15, "{names:?}");
    let mut found = String::new();
    for name in names {
        let findings = findings(&name, &source(&name));
        if !findings.list.is_empty() {
            found += &findings.to_string();
        }
    }
    assert!(found.is_empty(), "{found}");
}

/// Instructions and uses of macros are what is indented, but for the lines of tests.
#[test]
fn every_instruction_says_what_the_stack_is() {
    let programs = sources()
        .into_iter()
        .filter(|name| !name.ends_with("_test.eas"));
    for name in programs {
        let source = source(&name);
        let lines = source.lines().filter(|line| line.starts_with("    "));
        for line in lines.filter(|line| !line.trim().starts_with(';')) {
            assert!(line.contains("; ["), "{name}: {line}");
        }
    }
}

/// No comment stands where the checker does not come to: with one item more, each is wrong. What a macro finds on the stack
/// it may say as it likes; its uses are checked.
#[test]
fn every_stack_comment_is_checked() {
    for name in sources() {
        let source = source(&name);
        let lines: Vec<&str> = source.lines().collect();
        for (index, line) in lines.iter().enumerate() {
            let Some((before, "")) = line.rsplit_once(']') else {
                continue;
            };
            let states_stack = line.contains("; [") && !line.starts_with("#define");
            if !states_stack || before.ends_with("..") {
                continue;
            }
            let wrong = format!(
                "{before}{}more]",
                if before.ends_with('[') { "" } else { ", " }
            );
            let mut changed = lines.clone();
            changed[index] = &wrong;
            let findings = findings(&name, &changed.join("\n"));
            assert!(!findings.list.is_empty(), "{name}:{}: {line}", index + 1);
        }
    }
}

#[test]
fn every_source_is_formatted() {
    for name in sources() {
        let source = source(&name);
        let formatted = format(&source).unwrap_or_else(|errors| panic!("{errors}"));
        assert_eq!(source, formatted, "{name}");
    }
}
