//! Formatting changes no bytecode.

use std::collections::BTreeMap;
use std::path::Path;

use gasworks_assembler::{MemoryFiles, Options, assemble, format};
use proptest::prelude::*;
use yaml_rust2::YamlLoader;

const CASES: &str = "../../shared/fixtures/assembler/cases.yaml";

/// The bytecode, or the kinds of what is wrong.
fn outcome(source: &str, files: &MemoryFiles) -> Result<Vec<u8>, Vec<&'static str>> {
    let options = Options {
        files,
        ..Options::default()
    };
    assemble(source, &options)
        .map(|program| program.code)
        .map_err(|found| {
            let mut codes: Vec<_> = found.errors().map(|error| error.code).collect();
            codes.sort_unstable();
            codes
        })
}

#[test]
fn the_cases_of_the_older_tool_mean_the_same() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(CASES);
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("not run: the assembler's cases (no {CASES})");
        return;
    };
    let documents = YamlLoader::load_from_str(&text).expect("YAML");
    let mut count = 0;
    for (name, case) in documents[0].as_hash().expect("cases by name") {
        let source = case["input"]["code"].as_str().expect("a source");
        let Ok(formatted) = format(source) else {
            continue;
        };
        let mut files = (BTreeMap::new(), BTreeMap::new());
        for (name, text) in case["input"]["files"].as_hash().into_iter().flatten() {
            let name = name.as_str().expect("a name").to_owned();
            let text = text.as_str().expect("a text");
            let formatted = format(text).unwrap_or(text.to_owned());
            files.0.insert(name.clone(), text.as_bytes().to_vec());
            files.1.insert(name, formatted.into_bytes());
        }
        let name = name.as_str().unwrap_or("?");
        assert_eq!(format(&formatted).as_ref().ok(), Some(&formatted), "{name}");
        let before = outcome(source, &MemoryFiles(files.0));
        let after = outcome(&formatted, &MemoryFiles(files.1));
        assert_eq!(before, after, "{name}:\n{formatted}");
        count += 1;
    }
    assert!(count > 100, "only {count} cases");
}

/// Statements of all kinds, each as a list of words between which any white space may stand.
fn statement() -> impl Strategy<Value = Vec<&'static str>> {
    prop::sample::select(vec![
        vec!["push", "1", "+", "2"],
        vec!["PUSH", "(", "1", "<<", "16", ")", "-", "-", "3"],
        vec!["Push2", "0x0a0b"],
        vec!["push", "7", "%", "B", "*", "(", "-", "2", "+", "9", ")"],
        vec!["push", "7", "%B"],
        vec!["push", "f", "(", "1", ",", "@b", ")"],
        vec!["push", "f", "(", "\n", "1", ",", "\n", "2", ")"],
        vec!["push", ".len", "(", "\"a; b\n\"", ")"],
        vec!["push", "\"x  y\""],
        vec!["JUMP", "@a"],
        vec!["jumpi", "@a"],
        vec!["push", "@.c"],
        vec!["ADD"],
        vec!["stop"],
        vec!["%m"],
        vec!["%m", "(", ")"],
        vec!["%n", "(", "1", "+", "1", ",", "@a", ")"],
        vec!["dupn", "[", "17", "]"],
        vec!["#include", "\"one\""],
        vec!["#bytes", "name:", "7", "%B"],
        vec!["#bytes", "0x0102"],
        vec!["#bytes", "\"text\""],
        vec!["#table", "t", "[", "2", "]", ":", "@a", ",", "@b"],
        vec![
            "#table", "[", "1", "]", ":", "1", ",", "\n", "ADD", ",", "\n", "B",
        ],
        vec!["#assert", "1", "<=", "2", ",", "\"why\""],
        vec!["; [a, b]"],
        vec![";;", "x"],
        vec!["0x00:", "add"],
        vec![],
    ])
}

const DEFINITIONS: &str = "\
a: b: .c: #define B = 4
#define f(x, y) = $x*$y
#define ADD = 7
#pragma target \"amsterdam\"
#define %m { inner: jump @inner }
#define %n(x, y) {
    push $x ; [x]
    inner: push $y
}
";

proptest! {
    #[test]
    fn programs_mean_the_same(
        statements in prop::collection::vec(statement(), 0..24),
        spaces in prop::collection::vec(prop::sample::select(vec![" ", "  ", "\t", "", "\r"]), 1..16),
        ends in prop::collection::vec(prop::sample::select(vec!["\n", "\r\n", "\n\n\n", " ; [x]\n", " "]), 1..16),
    ) {
        let mut spaces = spaces.iter().cycle();
        let mut ends = ends.iter().cycle();
        let mut source = DEFINITIONS.to_owned();
        for words in statements {
            for word in words {
                let glued = source.ends_with(|c: char| c.is_alphanumeric()) && word.starts_with(|c: char| c.is_alphanumeric());
                let space = spaces.next().copied().unwrap_or(" ");
                source.push_str(if glued && space.is_empty() { " " } else { space });
                source.push_str(word);
            }
            source.push_str(ends.next().copied().unwrap_or("\n"));
        }
        let files = MemoryFiles([("one".to_owned(), b"push 1".to_vec())].into());
        // A comment may have swallowed a quote.
        let Ok(formatted) = format(&source) else {
            return Ok(());
        };
        prop_assert_eq!(outcome(&source, &files), outcome(&formatted, &files), "of\n{}\n{}", source, formatted);
    }
}

#[test]
fn most_of_these_programs_have_bytecode() {
    let statements = "PUSH ( 1 <<16 )- -3\nJUMP @a\n%n (1+ 1,@a)\n#bytes \"text\"\npush 7 %B\n";
    let source = format!("{DEFINITIONS}{statements}");
    let code = outcome(&source, &MemoryFiles::default());
    assert!(code.is_ok_and(|code| code.len() > 12));
}
