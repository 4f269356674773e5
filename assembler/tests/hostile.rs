//! Sources that mean harm end with one clear error. What is not bounded here would not end, or fill the memory.

use std::collections::BTreeMap;

use gasworks_assembler::{Diagnostics, MemoryFiles, Options, assemble, assemble_bytes};

fn fails_in(source: &[u8], files: &[(&str, &str)]) -> Diagnostics {
    let files = files.iter();
    let files: BTreeMap<_, _> = files
        .map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()))
        .collect();
    let files = MemoryFiles(files);
    let options = Options {
        files: &files,
        name: "main.eas",
        ..Options::default()
    };
    let found = assemble_bytes(source, &options).map(|program| program.code.len());
    let found = found.expect_err("it should not assemble");
    assert!(!found.to_string().is_empty());
    found
}

fn one_error(source: &[u8], files: &[(&str, &str)], code: &str) -> Diagnostics {
    let found = fails_in(source, files);
    let codes: Vec<&str> = found.errors().map(|error| error.code).collect();
    assert_eq!(
        codes,
        [code],
        "{}",
        found.to_string().chars().take(2000).collect::<String>()
    );
    found
}

#[test]
fn files_that_include_each_other() {
    one_error(
        b"#include \"main.eas\"",
        &[("main.eas", "#include \"main.eas\"")],
        "include",
    );
    let files = [
        ("a.eas", "#include \"b.eas\""),
        ("b.eas", "#include \"a.eas\""),
    ];
    one_error(b"#include \"a.eas\"", &files, "include");
    one_error(
        b"#bytes assemble(\"main.eas\")",
        &[("main.eas", "#bytes assemble(\"main.eas\")")],
        "include",
    );
}

#[test]
fn files_that_are_included_again_and_again() {
    let names: Vec<String> = (0..40).map(|level| format!("l{level}.eas")).collect();
    let texts: Vec<String> = (1..41)
        .map(|level| format!("#include \"l{level}.eas\"\n#include \"l{level}.eas\"\n"))
        .collect();
    let mut files: Vec<(&str, &str)> = names
        .iter()
        .map(String::as_str)
        .zip(texts.iter().map(String::as_str))
        .collect();
    files.push(("l40.eas", "stop"));
    one_error(b"#include \"l0.eas\"", &files, "include");
}

#[test]
fn macros_that_use_themselves() {
    one_error(
        b"#define %a { %b }\n#define %b { %a }\n%a",
        &[],
        "recursion",
    );
    one_error(b"#define a = b\n#define b = a\npush a", &[], "recursion");
    one_error(b"#bytes a: keccak256(a)", &[], "recursion");
}

#[test]
fn billion_laughs() {
    let mut source = String::from("#define %m0 {\n add\n}\n");
    for level in 1..40 {
        source += &format!("#define %m{level} {{\n %m{0}\n %m{0}\n}}\n", level - 1);
    }
    one_error((source + "%m39\n").as_bytes(), &[], "too-large");

    let mut source = String::from("#define m0(x) = $x + 1\n");
    for level in 1..40 {
        source += &format!("#define m{level}(x) = m{0}($x) + m{0}($x)\n", level - 1);
    }
    one_error((source + "push m39(1)\n").as_bytes(), &[], "too-large");

    // A macro without parameters is computed once.
    let mut source = String::from("#define m0 = 1\n");
    for level in 1..60 {
        source += &format!("#define m{level} = m{0} + m{0}\n", level - 1);
    }
    assert!(assemble(&(source + "push m59\n"), &Options::default()).is_ok());

    let mut source = String::from("#define m0 = @here\n");
    for level in 1..60 {
        source += &format!("#define m{level} = m{0} + m{0}\n", level - 1);
    }
    one_error((source + "here: push m59\n").as_bytes(), &[], "too-large");
}

#[test]
fn numbers_without_measure() {
    one_error(b"push 1 << 1000000000000", &[], "arithmetic");
    one_error(b"push 1 << (1 << 100)", &[], "arithmetic");
    one_error(b"push 1 << 1000000", &[], "too-large");
    let mut source = String::from("#define x0 = 1 << 1000\n");
    for level in 1..40 {
        source += &format!("#define x{level} = x{0} * x{0}\n", level - 1);
    }
    one_error((source + "push x39\n").as_bytes(), &[], "arithmetic");
    let long = format!("push {}", "9".repeat(900_000));
    one_error(long.as_bytes(), &[], "number");
    one_error(
        b"push 0x010000000000000000000000000000000000000000000000000000000000000000",
        &[],
        "too-large",
    );
    one_error(b"push33 1", &[], "unknown-instruction");
}

#[test]
fn depths_of_every_kind() {
    let deep = format!("push {}1{}", "(".repeat(300_000), ")".repeat(300_000));
    assert_eq!(
        assemble(&deep, &Options::default())
            .map(|program| program.code)
            .ok(),
        Some(vec![0x60, 1])
    );
    let signs = format!("push {}1", "-".repeat(500_000));
    assert!(assemble(&signs, &Options::default()).is_ok());
    let sum = format!("push 1{}", "+1".repeat(400_000));
    assert!(assemble(&sum, &Options::default()).is_ok());
    let calls = format!("push {}1{}", "abs(".repeat(200_000), ")".repeat(200_000));
    assert!(assemble(&calls, &Options::default()).is_ok());
    one_error("(".repeat(1_000_000).as_bytes(), &[], "syntax");
    one_error(
        format!("push {}", "(".repeat(1_000_000)).as_bytes(),
        &[],
        "syntax",
    );
    let mut chain = String::from("#define c0(x) = $x\n#define %d0(x) {\n push $x\n}\n");
    for level in 1..5_000 {
        chain += &format!(
            "#define c{level}(x) = c{0}($x)\n#define %d{level}(x) {{\n %d{0}($x)\n}}\n",
            level - 1
        );
    }
    one_error(
        (chain.clone() + "push c4999(1)\n").as_bytes(),
        &[],
        "too-large",
    );
    one_error((chain + "%d4999(1)\n").as_bytes(), &[], "too-large");
}

#[test]
fn braces_without_balance() {
    one_error(b"#define %m {\n add\n", &[], "syntax");
    one_error(b"}\n", &[], "syntax");
    one_error(b"#test \"t\" {\n {\n}\n", &[], "syntax");
    one_error(b"push \"abc\n", &[], "unterminated-string");
    let many = "}\n".repeat(100_000);
    assert!(fails_in(many.as_bytes(), &[]).errors().count() <= 20);
}

#[test]
fn what_is_no_text() {
    one_error(b"add\n\xff\xfe\n", &[], "not-text");
    one_error(b"add\n\0\n", &[], "not-text");
    one_error(&vec![b'a'; 100_000_000], &[], "not-text");
    one_error(&vec![b' '; 100_000_000], &[], "not-text");
    let files = MemoryFiles(BTreeMap::from([("bad.eas".to_owned(), vec![0xff])]));
    let options = Options {
        files: &files,
        ..Options::default()
    };
    assert!(assemble("#include \"bad.eas\"", &options).is_err());
    // A byte order mark and line ends of other systems are.
    let program = assemble("\u{feff}push 1\r\nadd ; x\r\n", &Options::default()).expect("text");
    assert_eq!(program.code, [0x60, 1, 1]);
}

#[test]
fn sizes_that_depend_on_each_other() {
    // Each push grows only when the one behind it has grown: labels just before the border, last pushes first.
    let count = 3_000;
    let mut source = String::new();
    for index in 0..count {
        source += &format!("push @l{}\nl{index}:\n", (index + 1) % count);
    }
    assert!(assemble(&source, &Options::default()).is_ok());
    // The value falls when the code grows.
    assert!(assemble("push 300 - @end\n.end:\n", &Options::default()).is_ok());
    one_error(b"push @end << 300\nstop\nend:\n", &[], "too-large");
    let grows = "push @end << (8 * @end)\nstop\nend:\n";
    one_error(grows.as_bytes(), &[], "too-large");
}

#[test]
fn macros_that_bring_deep_stacks_along() {
    // Each of three hundred jumps out of a macro brings nine hundred values along, at each of a thousand uses.
    let mut source = String::from("#define %m {\n");
    source += &" push 1\n jumpi @out\n".repeat(300);
    source += "}\n";
    source += &"push 1\n".repeat(900);
    source += &"%m\n".repeat(1_000);
    source += "stop\nout:\nstop\n";
    let program = assemble(&source, &Options::default()).expect("it is well formed");
    let codes: Vec<&str> = program.warnings.list.iter().map(|one| one.code).collect();
    assert_eq!(codes, ["stack-overflow"]);
    let options = Options {
        listing: true,
        ..Options::default()
    };
    assert!(assemble(&source, &options).is_ok());
    // Many macros, and many ways to one label, take time in proportion.
    let mut source = String::new();
    for index in 0..20_000 {
        source +=
            &format!("#define %m{index} {{ ; [a]\n pop\n}}\npush 1 ; [a]\njumpi @t\npush 1\n");
    }
    assert!(assemble(&(source + "t: ; [x]\nstop\n"), &Options::default()).is_ok());
}

#[test]
fn output_without_measure() {
    let mut source = String::from("#define big = 1 << 1000000\n");
    source += &"#bytes big\n".repeat(100_000);
    fails_in(source.as_bytes(), &[]);
}
