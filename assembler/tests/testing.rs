//! Tests of programs: what is read, what is wrong, and what their expressions come to.

use gasworks_assembler::{
    Diagnostics, Expectation, Expressions, LogTopics, MemoryFiles, NoFiles, Operand, Options,
    TestAction, TestBlock, TestExpression, TestValue, TestedProgram, assemble, assemble_with_tests,
};

fn tested(source: &str) -> TestedProgram {
    let tested = assemble_with_tests(source.as_bytes(), &Options::default());
    tested.unwrap_or_else(|errors| panic!("{errors}"))
}

/// The codes of what is wrong, with their lines.
fn found(source: &str) -> Vec<(&'static str, u32)> {
    let found = match assemble(source, &Options::default()) {
        Ok(program) => program.warnings,
        Err(errors) => errors,
    };
    found
        .list
        .iter()
        .map(|one| (one.code, found.place(one).1.line))
        .collect()
}

fn in_test(lines: &str) -> Vec<(&'static str, u32)> {
    found(&format!("#test \"t\" (a: uint256) {{\n{lines}\n}}\n"))
}

#[test]
fn tests_are_read_and_never_change_the_code() {
    let source = "push 1\n#setup {\n #account alice\n}\n#test \"adds\" (a: uint256, b: (uint8, bytes)[2]) {\n    #call add(\"add(uint256,uint256)\", $a,\n      $a) from alice value 5\n    #expect success, output = 1,\n        gas <= 52000\n}\nadd ; [\n";
    let program = tested(source);
    assert_eq!(program.program.code, [0x60, 1, 0x01]);
    let [test] = program.tests.as_slice() else {
        panic!("{:?}", program.tests)
    };
    assert_eq!(test.name, "adds");
    assert_eq!(test.parameters[1].type_name, "(uint8,bytes)[2]");
    assert_eq!(test.statements.len(), 2);
    let TestAction::Call { overrides, .. } = &test.statements[0].action else {
        panic!("{test:?}")
    };
    assert_eq!(overrides.len(), 2);
    assert!(program.setup.is_some());
}

#[test]
fn every_line_of_a_test_is_known() {
    let source = "#test \"all\" (a: uint256) {
    #fork \"cancun\"
    #sender 1
    #origin 2
    #to 3
    #value 4
    #gas 5
    #gasprice 6
    #chainid 7
    #block.number 8
    #block.timestamp 9
    #block.basefee 10
    #block.prevrandao 11
    #block.difficulty 12
    #block.gaslimit 13
    #block.coinbase 14
    #block.blobbasefee 15
    #account alice
    #account bob = 0xb0b
    #balance[alice] = 5
    #balance = 5
    #nonce[bob] = 1
    #code[bob] = 0x00, ; one\n\n
    #storage[1] = 2
    #storage[bob, 1] = 2
    #deploy
    #deploy program, encode(\"(address)\", bob)
    #deploy token = program value 3
    #call
    #call to token
    #calldata 0x1234, 5 from alice to token gas 100 origin bob value 1
    #staticcall f(\"f((uint256,bytes)[])\", [[1, \"a\"], [2, \"b\"], ])
    #let x = output[0]
    #let y = $a + x
    #expect success, revert, revert \"no\", halt, halt out_of_gas, output = x, output[1] != y, gas < 5
    #expect gas = snapshot, refund >= 0, storage[1] = 2, storage[token, 2] > 1, balance = 1, balance[bob] <= 1
    #expect nonce[bob] = 1, code[bob] = program, created = token, logs = 2, topic[0, 1] = 5, data[0] = 1, emitter[0] = this
    #expect log topic(\"E()\"), log[topic(\"E()\"), 5] data 1 from token, log E(\"E(uint256 indexed,bytes)\", 1, \"x\") from this
    #expect code(\"code(uint256)\", 1) = topic(\"E()\"), balance[bob] = balance[alice]
    #assume $a < 5, $a != 3
    #case 1
    #runs 10
}
";
    let errors: Vec<_> = found(&source.replace("0x00, ; one\n\n", "0x00"));
    assert_eq!(errors, []);
}

#[test]
fn what_is_wrong_is_found_at_its_place_and_once() {
    for (line, code) in [
        ("#cal 1", "unknown-directive"),
        ("#block.nuber 1", "unknown-directive"),
        ("#block 1", "unknown-directive"),
        ("#pragma target \"cancun\"", "unknown-directive"),
        ("push 1", "syntax"),
        ("{", "syntax"),
        ("#call f(\"f(uint256)\", 1]", "syntax"),
        ("#call 1 with 2", "syntax"),
        ("#expect", "syntax"),
        ("#expect output", "syntax"),
        ("#expect output =", "syntax"),
        ("#expect halt out_of_gs", "halt"),
        ("#expect storage = 1", "arguments"),
        ("#expect output[1, 2] = 1", "arguments"),
        ("#expect log E(\"E(uint256)\")", "arguments"),
        ("#expect log E(\"E(uint7)\", 1)", "signature"),
        ("#fork \"cancum\"", "fork"),
        ("#storage[1] 2", "syntax"),
        ("#account 5", "syntax"),
        ("#let x 5", "syntax"),
        ("#call nobody", "undefined"),
        ("#call $b", "undefined"),
        ("#call @nowhere", "undefined"),
        ("#call encode()", "arguments"),
        ("#call this(1)", "arguments"),
        ("#case 1, 2", "parameters"),
        ("#call \"unterminated", "syntax"),
    ] {
        let found = in_test(&format!("#call\n{line}\n#expect success"));
        let expected = if line.contains("unterminated") { 1 } else { 3 };
        let expected = if line == "{" {
            ("syntax", 1)
        } else {
            (code, expected)
        };
        assert_eq!(found, [expected], "{line}");
    }
    // What follows is read as if nothing had been wrong.
    assert_eq!(
        found(
            "#test \"t\" { #cal }\n  bad\n#test \"u\" { #expect halt x\n}\n#test \"v\" { #call }\n"
        ),
        [("unknown-directive", 1), ("halt", 3)]
    );
    assert_eq!(found("#test \"t\" {\n #call\n"), [("syntax", 1)]);
    assert_eq!(
        found("#test \"t\" { }\n#test \"t\" { }\n"),
        [("redefinition", 2)]
    );
    assert_eq!(found("#setup { }\n#setup { }\n"), [("redefinition", 2)]);
    assert_eq!(found("#test \"t\" (a: uint7) { }\n"), [("type", 1)]);
    assert_eq!(found("#test \"t\" (a) { }\n"), [("syntax", 1)]);
    assert_eq!(
        found("#test \"t\" (a: bool, a: bool) { }\n"),
        [("redefinition", 1)]
    );
    assert_eq!(
        found("#define %m {\n #test \"t\" { }\n}\n"),
        [("nested-definition", 2), ("syntax", 3)]
    );
}

#[test]
fn what_tests_use_is_used() {
    let options = Options {
        lint: true,
        ..Options::default()
    };
    let source = "#define one = 1\n#define two = one + 1\n#define three = 3\n.mark: stop\n#test \"t\" {\n #call two, @mark\n}\n";
    let warnings = assemble(source, &options).expect("a program").warnings;
    let found: Vec<_> = warnings
        .list
        .iter()
        .map(|one| one.message.as_str())
        .collect();
    assert_eq!(found, ["the macro three is not used"]);
}

#[test]
fn tests_of_other_files_are_not_this_programs() {
    let mut files = MemoryFiles::default();
    let text = b"#define Five = 5\n#setup { }\n#test \"other\" { #call nobody }\nstop\n";
    files.0.insert("other.eas".into(), text.to_vec());
    let options = Options {
        files: &files,
        name: "main.eas",
        ..Options::default()
    };
    let source =
        "#include \"other.eas\"\n#setup { }\n#test \"t\" { #call Five, assemble(\"other.eas\") }\n";
    let tested = assemble_with_tests(source.as_bytes(), &options);
    let tested = tested.unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(tested.tests.len(), 1);
}

/// The expressions of a test's calls.
fn calls(test: &TestBlock) -> Vec<TestExpression> {
    let actions = test.statements.iter().map(|one| &one.action);
    actions
        .flat_map(|action| match action {
            TestAction::Call { parts, .. } => parts.clone(),
            _ => Vec::new(),
        })
        .collect()
}

/// The values of a test's calls, with what is wrong.
fn values(source: &str, bind: impl Fn(&mut Expressions<'_, '_>)) -> Vec<String> {
    let tested = tested(source);
    tested.with_expressions(&NoFiles, |expressions| {
        expressions.clear();
        bind(expressions);
        let calls = calls(&tested.tests[0]);
        calls
            .iter()
            .map(|call| match expressions.value(call) {
                Ok(value) => value.to_string(),
                Err(found) => format!("{}: {}", found.code, found.message),
            })
            .collect()
    })
}

#[test]
fn expressions_see_the_program_and_the_test() {
    let source = "#define slot = 3\n#define mapping(key) = keccak256(encode(\"(address,uint256)\", $key, slot))\n  stop\nhere: stop\n#bytes data: \"abc\"\n#test \"t\" (a: uint256, b: bytes) {
    #account alice
    #call slot + 1, @here, data, len(program), $a * 2, $b, alice, mapping(alice), selector(\"f()\")
    #call f(\"f(uint256,string)\", 1, \"x\"), packed(1, \"a\", $b), 1 - 2
}\n";
    let values = values(source, |expressions| {
        expressions.bind("program", &TestValue::from_bytes(&[0, 1, 2]));
        expressions.bind("alice", &TestValue::from_unsigned(&[0xa1; 20]));
        expressions.bind_parameter("a", &TestValue::from_unsigned(&[0, 21]));
        expressions.bind_parameter("b", &TestValue::from_bytes(&[0, 7]));
    });
    let number = |bytes: &[u8]| TestValue::from_unsigned(bytes).to_string();
    assert_eq!(values[..6], ["4", "1", "6382179", "3", "42", "0x0007"]);
    assert_eq!(values[6], number(&[0xa1; 20]));
    assert_eq!(values[8], number(&[0x26, 0x12, 0x1f, 0xf0]));
    assert!(values[9].starts_with("0x") && values[9].len() == 2 + 2 * (4 + 4 * 32));
    assert_eq!(values[10..], ["0x01610007", "-1"]);
}

#[test]
fn what_cannot_be_computed_is_said() {
    let source = "  stop\n#test \"t\" {
    #call f(\"f(uint8)\", 256), f(\"f(uint8[])\", 1), [1] + 1, keccak256([1]), f(\"f(nothing)\", 1), 1 / 0
}\n";
    let values = values(source, |_| {});
    let codes: Vec<_> = values.iter().map(|text| text.split(':').next()).collect();
    let expected = ["abi", "abi", "list", "list", "signature", "arithmetic"];
    assert_eq!(codes, expected.map(Some));
}

#[test]
fn lists_are_for_tests_and_encodings_only() {
    assert_eq!(
        found("push keccak256(encode(\"(uint256[])\", [1, 2]))\n"),
        []
    );
    assert_eq!(found("#define x = [1]\npush x\n"), [("list", 2)]);
    assert_eq!(found("#define x = [1\npush 1\n"), [("syntax", 2)]);
}

#[test]
fn logs_have_topics_and_data() {
    let source = "  stop\n#test \"t\" {\n #call\n #expect log E(\"E(uint256 indexed,string indexed,bool)\", 1, \"a\", 1), log[7, 8] data \"x\"\n}\n";
    let tested = tested(source);
    let TestAction::Expect(expected) = &tested.tests[0].statements[1].action else {
        panic!("{:?}", tested.tests)
    };
    let [Expectation::Log(event), Expectation::Log(words)] = expected.as_slice() else {
        panic!("{expected:?}")
    };
    assert!(matches!(&event.topics, LogTopics::Event { values, .. } if values.len() == 3));
    tested.with_expressions(&NoFiles, |expressions| {
        let event = expressions.log(event).expect("a log");
        assert_eq!((event.topics.len(), event.all_topics), (3, true));
        assert_eq!(
            event.data.map(|data| data.bytes().map(|bytes| bytes.len())),
            Some(Ok(32))
        );
        let words = expressions.log(words).expect("a log");
        assert_eq!((words.topics.len(), words.all_topics), (2, false));
    });
}

#[test]
fn numbers_become_words() {
    let word = |value: TestValue| value.word();
    assert_eq!(word(TestValue::from_signed(&[0xff; 32])), Ok([0xff; 32]));
    assert_eq!(word(TestValue::from_unsigned(&[0xff; 32])), Ok([0xff; 32]));
    assert!(word(TestValue::from_unsigned(&[1; 33])).is_err());
    assert!(word(TestValue::from_list(Vec::new())).is_err());
    let mut least = [0; 32];
    least[0] = 0x80;
    assert_eq!(word(TestValue::from_signed(&least)), Ok(least));
}

#[test]
fn conditions_have_two_sides() {
    let tested = tested("  stop\n#test \"t\" {\n #call\n #expect output[0] >= 5\n}\n");
    let TestAction::Expect(expected) = &tested.tests[0].statements[1].action else {
        panic!("{:?}", tested.tests)
    };
    let [Expectation::Condition(condition)] = expected.as_slice() else {
        panic!("{expected:?}")
    };
    assert!(matches!(condition.left, Operand::Observed { .. }));
    assert_eq!(tested.sources().slice(condition.span), "output[0] >= 5");
    let _: &Diagnostics = &tested.program.warnings;
}
