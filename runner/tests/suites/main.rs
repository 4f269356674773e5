//! Whole suites from artifacts whose code is put together here, byte by byte: no compiler is needed.

mod surroundings;
mod transactions;
mod units;
mod watched;

use std::sync::Arc;

use gasworks::{Address, U256, create2_address, keccak256};
use gasworks_runner::contracts::abi::{self, Value, selector};
use gasworks_runner::contracts::artifact::Artifacts;
use gasworks_runner::contracts::properties::PropertyOptions;
use gasworks_runner::contracts::result::{Kind, SuiteResult, Verdict};
use gasworks_runner::contracts::run::{self, Options, Reporter, Summary};
use units::*;

#[test]
fn each_test_starts_from_the_state_after_set_up() {
    let unit = unit(
        "State",
        &[
            ("setUp()", store(1)),
            (
                "testFirst()",
                join(&[expect_storage(1), store(2), expect_storage(2)]),
            ),
            ("testSecond()", expect_storage(1)),
            ("testThird()", expect_storage(2)),
        ],
    );
    let summary = run(&[unit], &Options::default());
    assert_eq!(verdict(&summary, "testFirst()").0, Verdict::Passed);
    assert_eq!(verdict(&summary, "testSecond()").0, Verdict::Passed);
    assert_eq!(
        verdict(&summary, "testThird()"),
        (Verdict::Failed, Some("EvmError: InvalidJump".to_owned()))
    );
    assert!(!summary.is_success());
}

#[test]
fn cheatcodes_reach_the_machine() {
    let number = |number: u64| abi::uint_value(number.into());
    let unit = unit(
        "Cheats",
        &[
            (
                "testWarp()",
                join(&[
                    cheat("warp(uint256)", &[number(77)]),
                    must(),
                    vec![0x42],
                    push(&[77]),
                    vec![0x14],
                    must(),
                ]),
            ),
            (
                // NUMBER of a block that no chain has.
                "testRoll()",
                join(&[
                    cheat("roll(uint256)", &[abi::uint_value((U256::one() << 64) + 5)]),
                    must(),
                    vec![0x43],
                    push(&[1, 0, 0, 0, 0, 0, 0, 0, 5]),
                    vec![0x14],
                    must(),
                ]),
            ),
            (
                "testExpectRevert()",
                join(&[
                    cheat("expectRevert()", &[]),
                    must(),
                    call(this(), &selector("reverts()")),
                    must(),
                ]),
            ),
            (
                "testExpectNothing()",
                join(&[
                    cheat("expectRevert()", &[]),
                    must(),
                    call(this(), &selector("works()")),
                    pass_on(),
                ]),
            ),
            (
                "testSkip()",
                join(&[cheat("skip(bool)", &[Value::Bool(true)]), pass_on()]),
            ),
            ("testUnknown()", join(&[call(VM, &[1, 2, 3, 4]), pass_on()])),
            ("testFork()", join(&[cheat("activeFork()", &[]), pass_on()])),
            ("reverts()", vec![0x5f, 0x5f, 0xfd]),
            ("works()", vec![]),
        ],
    );
    let summary = run(&[unit], &Options::default());
    assert_eq!(verdict(&summary, "testWarp()"), (Verdict::Passed, None));
    assert_eq!(verdict(&summary, "testRoll()"), (Verdict::Passed, None));
    assert_eq!(
        verdict(&summary, "testExpectRevert()"),
        (Verdict::Passed, None)
    );
    let nothing = verdict(&summary, "testExpectNothing()");
    assert_eq!(
        nothing,
        (
            Verdict::Failed,
            Some("next call did not revert as expected".to_owned())
        )
    );
    assert_eq!(
        verdict(&summary, "testSkip()"),
        (Verdict::Skipped, Some("skipped".to_owned()))
    );
    let unknown = verdict(&summary, "testUnknown()").1.expect("a reason");
    assert!(
        unknown.starts_with("unknown cheatcode with selector 0x01020304"),
        "{unknown}"
    );
    let fork = verdict(&summary, "testFork()").1.expect("a reason");
    assert!(fork.starts_with("vm.activeFork: "), "{fork}");
    assert!(matches!(test(&summary, "testWarp()").kind, Kind::Unit { gas } if gas > 0));
}

#[test]
fn tests_that_never_end_or_want_all_memory_fail_and_others_run() {
    // JUMPDEST, PUSH2 its place, JUMP: the body begins with a JUMPDEST whose place is on the stack of nobody, so it is worked
    // out from the program counter.
    let endless = vec![0x58, 0x5b, 0x80, 0x60, 1, 0x01, 0x56];
    let greedy = join(&[push(&[1]), push(&[1, 0, 0, 0, 0]), vec![0x52]]);
    let unit = unit(
        "Wild",
        &[
            ("testEndless()", endless),
            ("testGreedy()", greedy),
            ("testTame()", vec![]),
        ],
    );
    let summary = run(std::slice::from_ref(&unit), &Options::default());
    let out_of_gas = (Verdict::Failed, Some("EvmError: OutOfGas".to_owned()));
    assert_eq!(verdict(&summary, "testEndless()"), out_of_gas);
    assert_eq!(verdict(&summary, "testGreedy()"), out_of_gas);
    assert_eq!(verdict(&summary, "testTame()").0, Verdict::Passed);
    // With gas without end, time ends the one and the memory limit the other.
    let mut options = Options {
        timeout: Some(1),
        ..Options::default()
    };
    options.environment.block.gas_limit = u64::MAX / 2;
    let summary = run(&[unit], &options);
    let late = (Verdict::Failed, Some("the test took too long".to_owned()));
    assert_eq!(verdict(&summary, "testEndless()"), late);
    assert_eq!(verdict(&summary, "testGreedy()"), out_of_gas);
    assert_eq!(verdict(&summary, "testTame()").0, Verdict::Passed);
}

#[test]
fn results_are_the_same_whatever_the_number_of_threads() {
    let units: Vec<String> = (0..12)
        .map(|number| {
            let body = join(&[store(number), expect_storage(number / 2 * 2)]);
            unit(
                &format!("Suite{number:02}"),
                &[("testIt()", body), ("test_other()", store(3))],
            )
        })
        .collect();
    let seen = |jobs: usize| {
        let options = Options {
            jobs,
            ..Options::default()
        };
        let summary = run(&units, &options);
        format!("{:?}", summary.suites)
    };
    let one = seen(1);
    assert_eq!(one, seen(4));
    assert_eq!(one, seen(0));
}

#[test]
fn an_unlinked_library_is_a_failed_suite_and_others_run() {
    let linked = unit("Fine", &[("testFine()", vec![])]);
    let unlinked = r#""Lost.t.sol":{"Lost":{"abi":[{"type":"function","name":"testLost","inputs":[],"outputs":[],
        "stateMutability":"nonpayable"}],"evm":{"bytecode":{"object":"73__$0000000000000000000000000000000000$__",
        "linkReferences":{"Gone.sol":{"Gone":[{"start":1,"length":20}]}}}}}}"#;
    let summary = run(&[linked, unlinked.to_owned()], &Options::default());
    assert_eq!(verdict(&summary, "testFine()").0, Verdict::Passed);
    let (failed, reason) = verdict(&summary, "constructor()");
    assert_eq!(failed, Verdict::Failed);
    assert_eq!(
        reason.expect("a reason"),
        "library Gone.sol:Gone is not among the artifacts: Lost.t.sol:Lost cannot be linked"
    );
}

/// A run of units whose sources are in a folder, and have these comments: file, contract, and what is between its braces.
fn run_with_comments(folder: &str, units: &[String], sources: &[(&str, &str)]) -> Summary {
    let id = std::process::id();
    let root = std::env::temp_dir().join(format!("gasworks-suites-{id}-{folder}"));
    std::fs::create_dir_all(&root).expect("the temporary folder can be written");
    for (name, body) in sources {
        let text = format!("contract {name} {{ {body} }}");
        std::fs::write(root.join(format!("{name}.t.sol")), text).expect("it can be written");
    }
    let options = Options {
        properties: Arc::new(PropertyOptions {
            root: root.clone(),
            profile: "default".to_owned(),
            ..PropertyOptions::default()
        }),
        jobs: 1,
        ..Options::default()
    };
    let summary = run(units, &options);
    let _ = std::fs::remove_dir_all(&root);
    summary
}

/// MCOPY of nothing: there since Cancun.
const MCOPY: [u8; 4] = [0x5f, 0x5f, 0x5f, 0x5e];

#[test]
fn comments_configure_the_machine_of_any_test() {
    let old = "/// forge-config: default.evm_version = 'shanghai'";
    let body = format!(
        "function testNew() public {{}}
         {old}
         function testOld() public {{}}
         /// forge-config: default.evm_versoin = 'osaka'
         function testSlip() public {{}}
         function testAfter() public {{}}"
    );
    let functions = [
        ("setUp()", store(1)),
        ("testNew()", MCOPY.to_vec()),
        ("testOld()", join(&[expect_storage(1), MCOPY.to_vec()])),
        ("testSlip()", Vec::new()),
        ("testAfter()", MCOPY.to_vec()),
    ];
    let summary = run_with_comments("comments", &[unit("Some", &functions)], &[("Some", &body)]);
    assert_eq!(verdict(&summary, "testNew()"), (Verdict::Passed, None));
    assert_eq!(
        verdict(&summary, "testOld()"),
        (
            Verdict::Failed,
            Some("EvmError: InvalidFEOpcode".to_owned())
        )
    );
    let (failed, reason) = verdict(&summary, "testSlip()");
    assert_eq!(failed, Verdict::Failed);
    assert!(
        reason.is_some_and(|reason| reason.contains("unknown key `evm_versoin`")),
        "a comment that cannot be followed is told"
    );
    assert_eq!(verdict(&summary, "testAfter()"), (Verdict::Passed, None));
}

#[test]
fn comments_of_a_contract_configure_its_set_up() {
    let functions = [("setUp()", MCOPY.to_vec()), ("testAny()", Vec::new())];
    let source = "} /// forge-config: default.evm_version = 'shanghai'
        contract Whole { function setUp() public {} function testAny() public {}";
    let summary = run_with_comments("whole", &[unit("Whole", &functions)], &[("Whole", source)]);
    let tests = &summary.suites[0].tests;
    assert_eq!((tests.len(), tests[0].name.as_str()), (1, "setUp()"));
    assert_eq!(tests[0].verdict, Verdict::Failed);
}

#[test]
fn logs_of_all_runs_are_shown_where_somebody_wants_them() {
    // LOG1 of nothing under the topic of `log(string)` is no line; `log_bytes32(bytes32)` of the argument is one.
    let topic = gasworks::keccak256(b"log_bytes32(bytes32)");
    let body = join(&[
        push(&[4]),
        vec![0x35, 0x5f, 0x52],
        push(&topic.0),
        push(&[32]),
        vec![0x5f, 0xa1],
    ]);
    let shown = |comment: &str| {
        let functions = [("testFuzz_log(bytes32)", body.clone())];
        let source = format!("{comment}\n function testFuzz_log(bytes32) public {{}}");
        let folder = format!("logs-{}", comment.len());
        let summary = run_with_comments(&folder, &[unit("Log", &functions)], &[("Log", &source)]);
        let test = test(&summary, "testFuzz_log(bytes32)");
        assert_eq!(test.verdict, Verdict::Passed);
        test.logs.len()
    };
    assert_eq!(shown("/// forge-config: default.fuzz.runs = 20"), 1);
    let all = "/// forge-config: default.fuzz.runs = 20
        /// forge-config: default.fuzz.show_logs = true";
    assert_eq!(shown(all), 20);
}

#[test]
fn a_run_ends_when_nobody_wants_to_hear_more() {
    struct Once(usize);
    impl Reporter for Once {
        fn suite(&mut self, _: &SuiteResult) {
            self.0 += 1;
        }
        fn has_heard_enough(&self) -> bool {
            self.0 > 0
        }
    }
    // Hashes of a megabyte: long enough for the first suite to be told before the last begins.
    let hash = join(&[push(&[0x10, 0, 0]), vec![0x5f, 0x20, 0x50]]);
    let endless = hash.repeat(200);
    let mut units = vec![unit("A00", &[("testQuick()", Vec::new())])];
    for number in 1..40 {
        let name = format!("A{number:02}");
        units.push(unit(
            &name,
            &[("testAny()", endless.clone()), ("testOther()", Vec::new())],
        ));
    }
    let text = format!(r#"{{"contracts":{{{}}}}}"#, units.join(","));
    let artifacts = Artifacts::from_json("out.json", &text).expect("artifacts");
    let options = Options {
        jobs: 1,
        ..Options::default()
    };
    let mut reporter = Once(0);
    let summary = run::run(&Arc::new(artifacts), &options, &mut reporter);
    assert!(summary.suites.len() < 40, "{} ran", summary.suites.len());
}

/// Gas of a unit test that passed.
fn gas_of(units: &[String], options: &Options, name: &str) -> u64 {
    let summary = run(units, options);
    let test = test(&summary, name);
    assert_eq!(test.verdict, Verdict::Passed, "{:?}", test.reason);
    match test.kind {
        Kind::Unit { gas } => gas,
        _ => panic!("{name} is a unit test"),
    }
}

#[test]
fn isolated_calls_are_transactions_of_their_own() {
    let other = Address::repeat_byte(0xee);
    let calls = join(&[call(other, &[]), must(), call(other, &[0, 1]), must()]);
    let units = [unit("Isolated", &[("testCalls()", calls)])];
    let usual = gas_of(&units, &with(|_| {}), "testCalls()");
    let isolated = gas_of(&units, &with(|env| env.isolates = true), "testCalls()");
    // Two transactions; the second has a zero byte and another, and pays the least for them (EIP-7623).
    assert_eq!(isolated, usual + 2 * 21_000 + 10 * (1 + 4));

    // The caller's nonce rises, and what was written counts as written before: to set it back brings no refund.
    let sets = join(&[
        store(1),
        call(this(), &selector("clear()")),
        must(),
        expect_storage(0),
        cheat("getNonce(address)", &[abi::address_value(this())]),
        must(),
        push(&[32]),
        vec![0x5f, 0x5f, 0x3e, 0x5f, 0x51],
        push(&[2]),
        vec![0x14],
        must(),
    ]);
    let units = [unit("Sets", &[("clear()", store(0)), ("testSets()", sets)])];
    let options = with(|env| env.isolates = true);
    let summary = run(&units, &options);
    assert_eq!(verdict(&summary, "testSets()"), (Verdict::Passed, None));
    assert_eq!(
        verdict(&run(&units, &with(|_| {})), "testSets()").0,
        Verdict::Failed
    );
}

#[test]
fn create2_goes_through_the_factory_where_a_test_or_a_broadcast_wants_it() {
    let factory = abi::unhex("4e59b44847b379578588920ca78fbf26c0b4956c").expect("hexadecimal");
    let factory = Address::from_slice(&factory);
    let expect = |creator: Address| {
        let address = create2_address(creator, 0.into(), keccak256(&[]));
        let create = vec![0x5f, 0x5f, 0x5f, 0x5f, 0xf5];
        join(&[create, push(&address.0), vec![0x14], must()])
    };
    let broadcast = cheat("startBroadcast()", &[]);
    let units = [unit(
        "Creates",
        &[
            ("testItself()", expect(this())),
            ("testFactory()", expect(factory)),
            (
                "testBroadcast()",
                join(&[broadcast, must(), expect(factory)]),
            ),
        ],
    )];
    let passed = |options: &Options| {
        let summary = run(&units, options);
        ["testItself()", "testFactory()", "testBroadcast()"]
            .map(|name| verdict(&summary, name).0 == Verdict::Passed)
    };
    assert_eq!(passed(&with(|_| {})), [true, false, true]);
    assert_eq!(
        passed(&with(|env| env.create2_factory = true)),
        [false, true, true]
    );
}
