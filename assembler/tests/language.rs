//! What the language has beyond the older tool's, and what is found only for those who ask.

use std::collections::BTreeMap;

use gasworks_assembler::{MemoryFiles, Options, Program, assemble};

fn program(source: &str) -> Program {
    assemble(source, &Options::default()).unwrap_or_else(|found| panic!("{found}"))
}

fn code(source: &str) -> String {
    program(source)
        .code
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The codes and lines of what is wrong, warnings of lints included.
fn found(source: &str) -> Vec<(&'static str, u32)> {
    let options = Options {
        lint: true,
        ..Options::default()
    };
    let found = match assemble(source, &options) {
        Ok(program) => program.warnings,
        Err(found) => found,
    };
    let list = found.list.iter();
    list.map(|one| (one.code, found.place(one).1.line))
        .collect()
}

#[test]
fn tables_hold_positions_in_entries_of_equal_width() {
    assert_eq!(
        code("jumps: push @jumps\n stop\n#table t[2]: @jumps, 0x1234,\n  5\n#bytes 1\n"),
        "5b600000\
        0000123400050 1"
            .replace(' ', "")
    );
    assert_eq!(
        code("push len(t)\npush @t\nstop\n#table t[1]: 1, 2, 3\n"),
        "6003600500010203"
    );
    assert_eq!(found("#table [1]: 256\n"), [("table", 1)]);
    assert_eq!(found("#table [33]: 1\n"), [("table", 1)]);
    assert_eq!(found("#table t: 1\n"), [("syntax", 1)]);
}

#[test]
fn assertions_hold_or_are_errors() {
    assert_eq!(
        code("#assert 1 < 2\n#assert @end <= 3, \"too long\"\nadd\n.end:\n"),
        "01"
    );
    let error = assemble(
        "add\nadd\n#assert @end < 2, \"too long\"\n.end:\n",
        &Options::default(),
    );
    let error = error.expect_err("two are not less than two");
    assert_eq!(error.list[0].message, "too long");
    assert!(
        error.to_string().contains("the sides are 2 and 2"),
        "{error}"
    );
    for (operator, holds) in [
        ("==", false),
        ("!=", true),
        ("<", true),
        ("<=", true),
        (">", false),
        (">=", false),
    ] {
        let source = format!("#assert 1 {operator} 2");
        assert_eq!(
            assemble(&source, &Options::default()).is_ok(),
            holds,
            "{source}"
        );
    }
    assert_eq!(found("#assert len(\"\")\n"), [("assertion", 1)]);
}

#[test]
fn topics_are_whole_hashes_and_selectors_their_beginnings() {
    assert_eq!(
        code("push selector(\"transfer(address,uint256)\")"),
        "63a9059cbb"
    );
    assert_eq!(
        code("push topic(\"Transfer(address,address,uint256)\")"),
        "7fddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
    );
    assert_eq!(found("push topic(\"Transfer\")"), [("signature", 1)]);
}

#[test]
fn instructions_of_coming_forks() {
    let source = "#pragma target \"amsterdam\"\ndupn[17]\nswapn[108]\nexchange[1, 2]\nslotnum\n";
    assert_eq!(code(source), "e600e780e8014b");
    assert_eq!(found("dupn[17]"), [("unknown-instruction", 1)]);
    let amsterdam = |line: &str| found(&format!("#pragma target \"amsterdam\"\n{line}"));
    for wrong in [
        "dupn",
        "dupn[16]",
        "dupn[236]",
        "dupn[1, 2]",
        "exchange[2, 1]",
        "exchange[1]",
        "add[1]",
        "push[1] 1",
    ] {
        assert_eq!(amsterdam(wrong)[0], ("immediate", 2), "{wrong}");
    }
}

#[test]
fn what_is_unused_large_or_runs_away() {
    assert_eq!(
        found("#define used = 1\n#define unused = 2\npush used\n"),
        [("unused-macro", 2)]
    );
    assert_eq!(
        found("#define %m {\n add\n}\npush 1\n#define Global = 1\n"),
        [("unused-macro", 1)]
    );
    assert_eq!(
        found("push4 0x01\npush4 0x00000001\npush2 @l\nl:\n"),
        [("wide-push", 1)]
    );
    assert_eq!(found("push 1\n#bytes 0x01\n"), [("into-data", 1)]);
    assert_eq!(found("push 1\nstop\n#bytes 0x01\n"), []);
    assert_eq!(found("push 1\njump\n"), [("jump-target", 2)]);
    assert_eq!(found("stop\n#bytes 0x600156\n"), []);
}

#[test]
fn every_byte_knows_where_it_came_from() {
    let files = MemoryFiles(BTreeMap::from([(
        "lib.eas".to_owned(),
        b"%Twice(7)\n".to_vec(),
    )]));
    let options = Options {
        files: &files,
        name: "main.eas",
        listing: true,
        ..Options::default()
    };
    let source = "push 1 ; [a]\n#include \"lib.eas\"\n#define %Twice(x) {\n  push $x ; [x]\n  add ; [sum]\n}\nstop\n";
    let program = assemble(source, &options).unwrap_or_else(|found| panic!("{found}"));
    assert_eq!(program.code, [0x60, 1, 0x60, 7, 1, 0]);
    let sources = &program.warnings.sources;
    let place = |span: gasworks_assembler::Span| {
        format!(
            "{}:{}",
            sources.name(span.file),
            sources.position(span.file, span.start).line
        )
    };
    let stack: Vec<String> = program.map.stack(3).into_iter().map(place).collect();
    assert_eq!(stack, ["main.eas:4", "lib.eas:1", "main.eas:2"]);
    assert!(program.map.at(6).is_none());
    let stacks: Vec<String> = program
        .rows
        .iter()
        .map(|row| {
            row.stack
                .as_ref()
                .map_or("?".into(), |stack| format!("{:?}", stack.names))
        })
        .collect();
    assert_eq!(
        stacks[..3],
        [
            "[Some(\"a\")]",
            "[Some(\"x\"), Some(\"a\")]",
            "[Some(\"sum\")]",
        ]
    );
    let gas: Vec<u64> = program
        .rows
        .iter()
        .filter_map(|row| row.running)
        .map(|gas| gas.least)
        .collect();
    assert_eq!(gas, [3, 6, 9, 9]);
}

#[test]
fn diagnostics_say_what_to_do() {
    for (source, help) in [
        ("caldataload", "did you mean calldataload?"),
        (
            "#pragma target \"london\"\npush0",
            "PUSH0 was added in shanghai",
        ),
        ("#pragma target \"cancum\"", "did you mean \"cancun\"?"),
        ("push lenn(1)", "did you mean len?"),
        ("start: jump @strat", "did you mean @start?"),
        ("#define %twice() {\n}\n%twise()", "did you mean %twice?"),
        ("#byte 1", "did you mean #bytes?"),
        ("push somewhere\nsomewhere:", "written @somewhere"),
    ] {
        let error = assemble(source, &Options::default())
            .expect_err(source)
            .to_string();
        assert!(error.contains(help), "{error}");
    }
    // Where a macro was used.
    let source = "#define %outer {\n  %inner\n}\n#define %inner {\n  push1 256\n}\n%outer\n";
    let error = assemble(source, &Options::default()).expect_err("256 has two bytes");
    assert_eq!(error.list[0].expansions.len(), 2);
    assert_eq!(error.to_string().matches("used here").count(), 2, "{error}");
}

#[test]
fn a_macro_used_many_times_has_labels_of_its_own() {
    let source = "#define %skip {\n  jump @end\n end:\n}\n%skip\n%skip\n";
    assert_eq!(code(source), "6003565b6007565b");
    // So has a file that a macro includes.
    let files = MemoryFiles(BTreeMap::from([(
        "f.eas".to_owned(),
        b"push @.here\n.here:\n".to_vec(),
    )]));
    let options = Options {
        files: &files,
        ..Options::default()
    };
    let source = "#define %f {\n  #include \"f.eas\"\n}\n%f\n%f\n";
    let program = assemble(source, &options).unwrap_or_else(|found| panic!("{found}"));
    assert_eq!(program.code, [0x60, 2, 0x60, 4]);
}

#[test]
fn pushes_of_labels_are_as_small_as_they_can_be() {
    // Around the border of one byte the size of the push decides where its label lies.
    for filler in 250..260usize {
        let source = format!("push @end\n#bytes \"{}\"\nend:\n", "a".repeat(filler));
        let program = program(&source);
        let size = if 2 + filler <= 255 { 2 } else { 3 };
        assert_eq!(program.code.len(), size + filler + 1, "{filler}");
        assert_eq!(program.labels[0].position as usize, size + filler);
    }
    assert_eq!(
        code("push @end - @start\nstart:\nadd\nend:\n"),
        "60025b015b"
    );
}
