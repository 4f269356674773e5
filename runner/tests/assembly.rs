//! Tests of assembly: what passes, what fails and with which words, and what is written.

use std::path::{Path, PathBuf};

use gasworks_runner::assembly::{Options, Snapshots, TestFile, discover, run};
use gasworks_runner::contracts::result::{Counterexample, Kind, SuiteResult, TestResult, Verdict};

/// A folder of its own for a test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn write(&self, name: &str, text: &str) -> &Self {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
        self
    }

    fn options(&self) -> Options {
        Options {
            root: self.0.clone(),
            ..Options::default()
        }
    }

    fn run_with(&self, options: &Options) -> Vec<SuiteResult> {
        let files = discover(&self.0).expect("files");
        run(&files, options, &|_, _| true)
    }

    fn run(&self) -> Vec<SuiteResult> {
        self.run_with(&self.options())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The results of a source's tests.
fn results(name: &str, source: &str) -> Vec<TestResult> {
    let folder = Folder::new(name);
    folder.write("t.eas", source);
    let mut results = folder.run();
    assert_eq!(results.len(), 1, "{source}");
    results.remove(0).tests
}

fn passes(name: &str, source: &str) {
    for test in results(name, source) {
        assert_eq!(
            test.verdict,
            Verdict::Passed,
            "{}: {:?}",
            test.name,
            test.reason
        );
    }
}

/// The reason for which a test of a program fails.
fn fails(name: &str, program: &str, test: &str) -> String {
    let tests = results(name, &format!("{program}\n#test \"t\" {{\n{test}\n}}\n"));
    assert_eq!(tests.len(), 1);
    assert_eq!(tests[0].verdict, Verdict::Failed, "{test}");
    assert!(!tests[0].logs.is_empty(), "{test}");
    tests[0].reason.clone().expect("a reason")
}

/// Answers with the sum of two words of call data, and stores it in the first slot. Without call data it reverts with
/// `No(uint256)` and 5; with one byte it halts.
const SUM: &str = "#define no = selector(\"No(uint256)\")
    calldatasize
    iszero
    jumpi @no
    calldatasize
    push 1
    eq
    jumpi @halt
    push 4
    calldataload
    push 36
    calldataload
    add
    dup1
    push 0
    sstore
    dup1
    push 0
    mstore
    push topic(\"Sum(uint256,address)\")
    caller
    swap1
    push 32
    push 0
    log2
    push 32
    push 0
    return
no:
    push no << 224
    push 0
    mstore
    push 5
    push 4
    mstore
    push 36
    push 0
    revert
halt:
    invalid
";

#[test]
fn a_call_comes_out_as_it_should() {
    passes("call", &format!("{SUM}
#setup {{
    #account alice
}}
#test \"sum\" {{
    #sender alice
    #call sum(\"sum(uint256,uint256)\", 2, 3)
    #expect success, output = 5, output[0] = 5, output != 6, output = encode(\"(uint256)\", 5)
    #expect gas < 30000, gas >= 22000, storage[0] = 5, logs = 1, balance = 0, nonce = 1
    #expect log topic(\"Sum(uint256,address)\")
    #expect log[topic(\"Sum(uint256,address)\"), alice] data 5 from this
    #expect log Sum(\"Sum(uint256, address indexed)\", 5, alice)
    #expect topic[0] = topic(\"Sum(uint256,address)\"), topic[0, 1] = alice, data = 5, emitter = this
    #let before = output
    #call sum(\"sum(uint256,uint256)\", 1, 3)
    #expect output != before, storage[0] = 4
}}
#test \"the state begins anew\" {{
    #expect storage[0] = 0
    #call
    #expect revert
    #call
    #expect revert No(\"No(uint256)\", 5), output[0] != 5, logs = 0
    #call 0x01
    #expect halt
    #call 0x01
    #expect halt invalid_opcode, output = \"\"
    #staticcall sum(\"sum(uint256,uint256)\", 2, 3)
    #expect halt static_violation
    #call sum(\"sum(uint256,uint256)\", 2, 3) gas 100
    #expect halt out_of_gas, gas = 100
}}
"));
}

#[test]
fn the_scene_is_as_it_was_set() {
    passes("scene", "
    push 0
    calldataload
    push 96
    shr
    balance
    push 0
    mstore
    origin
    push 32
    mstore
    caller
    push 64
    mstore
    callvalue
    push 96
    mstore
    gasprice
    push 128
    mstore
    chainid
    push 160
    mstore
    number
    push 192
    mstore
    timestamp
    push 224
    mstore
    basefee
    push 256
    mstore
    prevrandao
    push 288
    mstore
    gaslimit
    push 320
    mstore
    coinbase
    push 352
    mstore
    blobbasefee
    push 384
    mstore
    push 416
    push 0
    return
#test \"scene\" {
    #account alice
    #account bob = 0xb0b
    #balance[alice] = 100
    #balance[bob] = 7
    #sender alice
    #origin bob
    #value 5
    #gasprice 11
    #chainid 12
    #block.number 13
    #block.timestamp 14
    #block.basefee 15
    #block.prevrandao 16
    #block.gaslimit 17
    #block.coinbase 18
    #block.blobbasefee 19
    #call packed(bob << 0, 0x00) to this
    #expect output[0] = 0
    #call bob << 96
    #expect output[1] = bob, output[2] = alice, output[3] = 5, output[4] = 11, output[5] = 12, output[6] = 13
    #expect output[7] = 14, output[8] = 15, output[9] = 16, output[10] = 17, output[11] = 18, output[12] = 19
    #expect balance[alice] = 90, balance = 10
    #call alice
    #expect output[0] = 85
    #call from bob value 7
    #expect balance[bob] = 0, nonce[bob] = 0
    #call from bob
    #expect halt insufficient_balance
}
#test \"accounts\" {
    #account other
    #code[other] = program
    #nonce[other] = 3
    #storage[other, 1] = 2
    #storage[7] = -1
    #expect code[other] = program, nonce[other] = 3, storage[other, 1] = 2, storage[7] = -1, storage[7] > 5
    #call to other
    #expect output[2] != 0
}
#test \"forks\" {
    #fork \"cancun\"
    #call
    #expect success
}
#test \"before there was a base fee\" {
    #fork \"berlin\"
    #call
    #expect halt invalid_opcode
}
");
}

#[test]
fn contracts_are_deployed() {
    let folder = Folder::new("deploy");
    folder
        .write("lib/store.eas", SUM)
        .write(
            "lib/init.eas",
            "push len(code)\ndup1\npush @code\npush 0\ncodecopy\npush 0\nreturn\n#bytes code: assemble(\"store.eas\")\n",
        )
        .write(
            "lib/init_test.eas",
            "#test \"deployed\" {\n #deploy\n #expect created != 0, code = assemble(\"store.eas\"), output = assemble(\"store.eas\")\n #call sum(\"sum(uint256,uint256)\", 1, 1)\n #expect output = 2\n}\n#test \"two\" {\n #deploy first = program, encode(\"(uint256)\", 1)\n #deploy second = assemble(\"init.eas\")\n #expect created = second, first != second\n #call sum(\"sum(uint256,uint256)\", 1, 1) to first\n #expect storage[first, 0] = 2, storage[second, 0] = 0\n}\n#test \"no\" {\n #deploy packed(0xfe)\n #expect halt invalid_opcode, created = 0\n}\n",
        );
    let results = folder.run();
    assert_eq!(results.len(), 1);
    assert_eq!(results[0].source, "lib/init_test.eas");
    for test in &results[0].tests {
        assert_eq!(
            test.verdict,
            Verdict::Passed,
            "{}: {:?}",
            test.name,
            test.reason
        );
    }
    let calls: Vec<_> = results[0]
        .calls
        .iter()
        .map(|call| format!("{}.{}", call.contract, call.function))
        .collect();
    assert_eq!(
        calls[..3],
        ["init.(deployment)", "init.sum", "first.(deployment)"]
    );
}

#[test]
fn cases_are_run_one_by_one() {
    let source = format!(
        "{SUM}
#test \"sums\" (a: uint256, b: uint256, sum: uint256) {{
    #case 1, 2, 3
    #case 2, 2, 4
    #case (1 << 256) - 1, 1, 0
    #call sum(\"sum(uint256,uint256)\", $a, $b)
    #expect output = $sum
}}
#test \"wrong\" (a: uint256) {{
    #case 1
    #case 2
    #call sum(\"sum(uint256,uint256)\", $a, 0)
    #expect output = 1
}}
"
    );
    let tests = results("cases", &source);
    assert_eq!(tests[0].verdict, Verdict::Passed, "{:?}", tests[0].reason);
    assert!(matches!(tests[0].kind, Kind::Table { rows: 3, .. }));
    assert_eq!(tests[1].verdict, Verdict::Failed);
    assert!(
        tests[1].logs.iter().any(|line| line == "case 2"),
        "{:?}",
        tests[1].logs
    );
}

#[test]
fn failures_say_what_was_expected_and_what_came() {
    for (name, test, expected) in [
        (
            "f1",
            "#call sum(\"sum(uint256,uint256)\", 2, 3)\n#expect output = 6",
            "expected output = 6, but output is 5 (t.eas:43:9)",
        ),
        ("f2", "#call", "the call reverted: No(5) (t.eas:42:1)"),
        (
            "f3",
            "#call\n#expect revert \"no\"",
            "expected a revert \"no\", but the call reverted: No(5) (t.eas:43:9)",
        ),
        (
            "f4",
            "#call 0x01\n#expect success",
            "expected success, but the call halted: invalid opcode (t.eas:43:9)",
        ),
        (
            "f5",
            "#call\n#expect halt",
            "expected a halt, but the call reverted: No(5) (t.eas:43:9)",
        ),
        (
            "f6",
            "#call 0x01\n#expect halt out_of_gas",
            "expected a halt by out_of_gas, but the call halted: invalid opcode (t.eas:43:9)",
        ),
        (
            "f7",
            "#expect success",
            "there is no call before this line (t.eas:42:9)",
        ),
        (
            "f8",
            "#call 0x0102\n#expect log topic(\"X()\"), logs = 2",
            "there is no such log among 1 (t.eas:43:9); expected logs = 2, but logs is 1 (t.eas:43:27)",
        ),
        (
            "f9",
            "#sender 1 << 160\n#call",
            "an address has 20 bytes, and this is more (t.eas:42:9)",
        ),
        (
            "f10",
            "#value 1 << 256\n#call",
            "a number of 257 bits has more than 256 bits (t.eas:42:8)",
        ),
        (
            "f11",
            "#gas 1 << 31\n#call",
            "2147483648 is not one of 0 to 1073741824 (t.eas:42:6)",
        ),
        (
            "f12",
            "#call sum(\"sum(uint8,uint256)\", 256, 3)",
            "256 does not fit into uint8 (t.eas:42:7)",
        ),
        (
            "f13",
            "#call 0x0102\n#expect output[1] = 5",
            "the output has 32 bytes and no such word (t.eas:43:9)",
        ),
        (
            "f14",
            "#let x = 5\n#call 0x123",
            "an odd number of hexadecimal digits is not a number of bytes (t.eas:43:7)",
        ),
    ] {
        assert_eq!(fails(name, SUM.trim_end(), test), expected, "{test}");
    }
}

#[test]
fn what_is_no_program_is_one_failed_test_and_others_run() {
    let folder = Folder::new("broken");
    folder
        .write("a.eas", "stop\n#test \"open\" {\n #call\n")
        .write("b.eas", "stop\n#test \"unknown\" {\n #cal\n}\n")
        .write("c.eas", "stop\n#test \"fine\" {\n #call\n}\n")
        .write("d.eas", "here: jump @here\n#test \"endless\" {\n #call gas 1 << 30\n #expect halt out_of_gas\n}\n")
        .write("e.eas", "push 1 << 40\nmload\n#test \"huge memory\" {\n #call\n}\n")
        .write("f_test.eas", "#test \"its program is broken\" {\n #call\n}\n")
        .write("f.eas", "pusj\n")
        .write("g.txt", "#test \"no source\" {\n");
    let results = folder.run();
    let verdicts: Vec<_> = results
        .iter()
        .flat_map(|file| &file.tests)
        .map(|test| (test.name.as_str(), test.verdict == Verdict::Passed))
        .collect();
    let expected = [
        ("assembles", false),
        ("assembles", false),
        ("fine", true),
        ("endless", true),
        ("huge memory", false),
        ("assembles", false),
    ];
    assert_eq!(verdicts, expected);
    let reason = results[0].tests[0].reason.as_deref().unwrap_or("");
    assert!(
        reason.contains("the test has no `}` at its end"),
        "{reason}"
    );
}

#[test]
fn a_setup_that_fails_fails_every_test() {
    let tests = results(
        "setup",
        "revert\n#setup {\n #call\n}\n#test \"a\" {\n}\n#test \"b\" {\n}\n",
    );
    for test in tests {
        let reason = test.reason.expect("a reason");
        assert!(
            reason.starts_with("setup: the call halted: stack underflow"),
            "{reason}"
        );
    }
}

#[test]
fn gas_is_recorded_compared_and_updated() {
    let folder = Folder::new("gas");
    let source = |push: &str| {
        format!(
            "{push}\nstop\n#test \"gas\" {{\n #call\n #expect gas = snapshot\n #call\n #expect gas = snapshot\n}}\n"
        )
    };
    let passed = |options: &Options| {
        let results = folder.run_with(options);
        results[0].tests[0].verdict == Verdict::Passed
    };
    let with = |snapshots| Options {
        snapshots,
        ..folder.options()
    };
    let recorded = || std::fs::read_to_string(folder.0.join("t.gas")).ok();
    folder.write("t.eas", &source("push 1"));
    assert!(!passed(&with(Snapshots::Check)) && recorded().is_none());
    assert!(passed(&with(Snapshots::Record)));
    let first = recorded().expect("a file");
    assert!(first.contains("\"gas\" 1: 3\n\"gas\" 2: 3\n"), "{first}");
    assert!(passed(&with(Snapshots::Check)));
    folder.write("t.eas", &source("push 1\npush 1"));
    assert!(!passed(&with(Snapshots::Record)) && recorded().as_deref() == Some(&first));
    assert!(passed(&with(Snapshots::Update)));
    assert!(recorded().expect("a file").contains("\"gas\" 1: 6\n"));
    folder.write("t.gas", "what\n");
    assert!(!passed(&with(Snapshots::Update)));
    assert_eq!(recorded().as_deref(), Some("what\n"));
}

#[test]
fn tests_are_chosen_and_results_are_the_same_for_any_number_of_threads() {
    let folder = Folder::new("threads");
    for number in 0..20 {
        let test = format!(
            "push {number}\nstop\n#test \"one\" {{\n #call\n}}\n#test \"two\" {{\n #expect success\n}}\n"
        );
        folder.write(&format!("f{number:02}.eas"), &test);
    }
    folder.write("node_modules/x/y.eas", "#test \"foreign\" {\n}\n");
    let files: Vec<TestFile> = discover(&folder.0).expect("files");
    assert_eq!(files.len(), 20);
    let text = |jobs: usize| {
        let options = Options {
            jobs: jobs.try_into().expect("a number"),
            ..folder.options()
        };
        format!("{:?}", run(&files, &options, &|_, _| true))
    };
    assert_eq!(text(1), text(7));
    let only = run(&files, &folder.options(), &|_, name| name == "two");
    assert!(only.iter().all(|file| file.tests.len() == 1));
    let options = Options {
        fail_fast: true,
        ..folder.options()
    };
    assert_eq!(run(&files, &options, &|_, _| true).len(), 1);
}

#[test]
fn what_is_generated_is_made_small() {
    let source = format!(
        "{SUM}
#test \"sums\" (a: uint128, b: uint128) {{
    #call sum(\"sum(uint256,uint256)\", $a, $b)
    #expect output = $a + $b
}}
#test \"no sum is great\" (a: uint256) {{
    #call sum(\"sum(uint256,uint256)\", $a, 5)
    #expect output < 1000 + 5
}}
#test \"all types\" (a: int8, b: bool, c: bytes3, d: address, e: (string,bytes[2])[]) {{
    #runs 50
    #call packed(f(\"f(int8,bool,bytes3,address,(string,bytes[2])[])\", $a, $b, $c, $d, $e))
    #expect success
}}
#test \"never\" (a: uint8) {{
    #assume $a > 255
    #call
}}
#test \"some\" (a: int256) {{
    #assume $a < 0
    #call sum(\"sum(int256,int256)\", $a, -1)
    #expect output = $a - 1
}}
"
    );
    let tests = results("generated", &source);
    let verdict = |index: usize| tests[index].verdict == Verdict::Passed;
    assert!(verdict(0), "{:?}", tests[0].reason);
    assert!(matches!(tests[0].kind, Kind::Fuzz { runs: 256, .. }));
    let Some(Counterexample::Single(call)) = &tests[1].counterexample else {
        panic!("{:?}", tests[1])
    };
    assert_eq!(format!("{:?}", call.arguments), "[Uint(1000, 256)]");
    assert!(
        tests[1]
            .logs
            .iter()
            .any(|line| line.contains("with a = 1000")),
        "{:?}",
        tests[1].logs
    );
    assert!(
        verdict(2) && matches!(tests[2].kind, Kind::Fuzz { runs: 50, .. }),
        "{:?}",
        tests[2].reason
    );
    let reason = tests[3].reason.as_deref().unwrap_or("");
    assert!(reason.starts_with("#assume rejected"), "{reason}");
    // -2^255 - 1 has no word, and is what it cannot be compared with.
    assert!(
        verdict(4)
            || tests[4]
                .reason
                .as_deref()
                .is_some_and(|reason| reason.contains("256 bits"))
    );
}
