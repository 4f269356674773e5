//! The invariants of ARCHITECTURE.md, looked for in the sources.
//!
//! A scan sees words, not meaning: it cannot prove an invariant, but it finds whoever breaks one without thinking of it.
//! Comments, and what is behind `#[cfg(test)]`, do not count.

mod libraries;
mod scan;

use libraries::names_in;
use scan::{Line, code, files, has_word, product, read, refuse};

#[test]
fn unsafe_code_is_under_the_interpreter_and_in_one_file_of_foreign_functions() {
    for folder in [
        "spec/src",
        "vm/src",
        "assembler/src",
        "runner/src",
        "cli/src",
    ] {
        let lines = code(folder);
        let outside = lines.iter().filter(|line| {
            !line.file.starts_with("vm/src/interpreter/")
                && line.file != "vm/src/precompiles/bls12/foreign.rs"
        });
        refuse(
            outside.filter(|line| has_word(&line.text, "unsafe")),
            "unsafe code belongs under vm/src/interpreter/, where every block says why it is sound: move it there, or do without",
        );
    }
    for root in [
        "spec/src/lib.rs",
        "runner/src/lib.rs",
        "cli/src/main.rs",
        "tests/src/lib.rs",
    ] {
        assert!(
            read(root).contains("#![forbid(unsafe_code)]"),
            "{root} must say #![forbid(unsafe_code)]"
        );
    }
}

#[test]
fn forks_are_compared_in_spec_only() {
    let lines = code("vm/src");
    let compares = |line: &&Line| {
        let text = &line.text;
        let operators = [">=", "<=", "==", "!=", " < ", " > ", "matches!", "match "];
        text.contains("Fork::")
            || (has_word(text, "fork") && operators.iter().any(|operator| text.contains(operator)))
    };
    refuse(
        lines.iter().filter(compares),
        "the machine does not know which fork it runs: add a field to Rules or Schedule in spec/src, named by behaviour, and read that",
    );
}

/// Numbers that are prices of the protocol, as they are written with and without separators.
const PRICES: &[&str] = &[
    "375", "400", "700", "800", "1_900", "2_100", "2_300", "2_400", "2_500", "2_600", "2_800",
    "2_900", "4_800", "5_000", "6_700", "9_000", "12_500", "15_000", "19_900", "20_000", "21_000",
    "24_000", "25_000", "32_000", "53_000",
];

#[test]
fn prices_are_in_spec_only() {
    let lines = code("vm/src");
    // The formulas of precompiles are theirs.
    let outside = || {
        lines
            .iter()
            .filter(|line| !line.file.starts_with("vm/src/precompiles/"))
    };
    let to_do = "a price belongs into Schedule in spec/src/gas.rs, or into the opcode table";
    let price = |line: &&Line| {
        PRICES.iter().any(|price| {
            has_word(&line.text, price) || has_word(&line.text, &price.replace('_', ""))
        })
    };
    refuse(outside().filter(price), to_do);
    let charged = |line: &&Line| {
        let called = ["charge(", "charge_words("]
            .iter()
            .find_map(|name| line.text.split_once(name));
        called.is_some_and(|(_, arguments)| {
            arguments.starts_with(|first: char| first.is_ascii_digit())
        })
    };
    refuse(outside().filter(charged), to_do);
}

#[test]
fn state_never_prices() {
    let lines = code("vm/src/state");
    let prices = |line: &&Line| {
        ["Schedule", "schedule", "gas", "charge"]
            .iter()
            .any(|word| has_word(&line.text, word))
    };
    refuse(
        lines.iter().filter(prices),
        "state says what an access or a change is; what it costs is for vm/src/instructions and vm/src/transaction",
    );
}

#[test]
fn instructions_never_journal() {
    let lines = code("vm/src/instructions");
    let journals = |line: &&Line| {
        ["journal", "Checkpoint", "checkpoint"]
            .iter()
            .any(|word| has_word(&line.text, word))
            || line.text.contains(".revert(")
    };
    refuse(
        lines.iter().filter(journals),
        "an instruction changes the state through its methods; checkpoints are the driver's, in vm/src/call",
    );
}

/// Lines that a file may have, its tests included; about 400 before them is the aim.
const LONGEST: usize = 600;

#[test]
fn files_are_short() {
    for folder in ["spec", "vm", "runner", "cli", "tests"] {
        for file in files(folder) {
            let lines = read(&file).lines().count();
            assert!(
                lines < LONGEST,
                "{file} has {lines} lines: split it by what it is about"
            );
        }
    }
}

#[test]
fn nothing_panics_on_purpose() {
    let words = [
        "panic!",
        "todo!",
        "unimplemented!",
        "unreachable!",
        ".unwrap()",
    ];
    for folder in [
        "spec/src",
        "vm/src",
        "assembler/src",
        "runner/src",
        "cli/src",
    ] {
        let lines = code(folder);
        refuse(
            lines
                .iter()
                .filter(|line| words.iter().any(|word| line.text.contains(word))),
            "nothing that comes from outside may panic: return a typed error",
        );
        let constants = ["vm/src/precompiles/point_evaluation.rs"];
        let expects = |line: &&Line| {
            line.text.contains(".expect(") && !constants.contains(&line.file.as_str())
        };
        refuse(
            lines.iter().filter(expects),
            "expect is for constants of the protocol only: return a typed error",
        );
    }
}

#[test]
fn the_machine_is_deterministic() {
    let words = [
        "Instant",
        "SystemTime",
        "f32",
        "f64",
        "thread_rng",
        "getrandom",
    ];
    for folder in ["spec/src", "vm/src"] {
        let lines = code(folder);
        refuse(
            lines
                .iter()
                .filter(|line| words.iter().any(|word| has_word(&line.text, word))),
            "no clock, no randomness and no floating point in the machine",
        );
    }
}

/// Hash maps are looked up, and never walked through.
#[test]
fn nothing_iterates_over_a_hash_map() {
    let lines: Vec<Line> = code("vm/src")
        .into_iter()
        .chain(code("runner/src"))
        .collect();
    for map in lines.iter().filter(|line| line.text.contains(": HashMap<")) {
        let name = map
            .text
            .trim()
            .trim_start_matches("pub(crate) ")
            .split(':')
            .next()
            .unwrap_or_default();
        let walks = [
            "iter",
            "iter_mut",
            "keys",
            "values",
            "values_mut",
            "drain",
            "into_iter",
            "retain",
        ];
        let walked = |line: &&Line| {
            let called = walks
                .iter()
                .any(|walk| line.text.contains(&format!("self.{name}.{walk}(")));
            let looped = ["in &self.", "in &mut self.", "in self."]
                .iter()
                .any(|of| line.text.contains(&format!("{of}{name} ")));
            line.file == map.file && (called || looped)
        };
        refuse(
            lines.iter().filter(walked),
            &format!("{name} is a hash map, whose order is nobody's: use a BTreeMap, or sort"),
        );
    }
}

/// Scans that find nothing because they look in the wrong way would prove nothing.
#[test]
fn the_scan_finds_what_it_looks_for() {
    assert!(
        has_word("let x = unsafe { y };", "unsafe")
            && !has_word("#![forbid(unsafe_code)]", "unsafe")
    );
    assert!(
        has_word("gas - 2300;", "2300")
            && !has_word("12300", "2300")
            && !has_word("2300_0", "2300")
    );
    assert!(
        code("vm/src/interpreter")
            .iter()
            .any(|line| has_word(&line.text, "unsafe"))
    );
    assert!(
        code("vm/src")
            .iter()
            .any(|line| line.text.contains(": HashMap<"))
    );
    assert!(names_in("vm/Cargo.toml", "[dependencies]").contains(&"gasworks_spec".to_owned()));
    assert!(names_in("vm/Cargo.toml", "[dependencies]").contains(&"sha3".to_owned()));
    let text = "a\n#[cfg(test)]\nmod b;\nc\n    #[cfg(test)]\n    fn d() {\n        e;\n    }\nf\n#[cfg(test)]\nmod tests {\n    g\n}";
    let lines: Vec<&str> = product(text).into_iter().map(|(_, line)| line).collect();
    assert_eq!(lines, ["a", "c", "f"]);
}
