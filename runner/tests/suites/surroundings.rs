//! What one execution leaves of its surroundings to the next, and of the gas that it used.

use gasworks_runner::contracts::abi::{self, AbiWord, Value, selector};
use gasworks_runner::contracts::result::Verdict;
use gasworks_runner::contracts::run::Options;

use crate::gas_of;
use crate::units::*;

fn number(number: u64) -> Value {
    abi::uint_value(number.into())
}

fn word(last: u8) -> Value {
    let mut word = [0; 32];
    word[31] = last;
    Value::FixedBytes(AbiWord::new(word), 32)
}

fn on_chain(id: u16) -> Vec<u8> {
    join(&[vec![0x46], push(&id.to_be_bytes()), vec![0x14], must()])
}

#[test]
fn later_executions_are_on_the_chain_of_set_up_and_of_no_constructor() {
    let to_five = join(&[cheat("chainId(uint256)", &[number(5)]), must(), on_chain(5)]);
    let units = [
        constructed(
            "Constructed",
            &to_five,
            &[("testUsual()", on_chain(31_337))],
        ),
        constructed(
            "Both",
            &to_five,
            &[
                ("setUp()", on_chain(31_337)),
                ("testStillUsual()", on_chain(31_337)),
            ],
        ),
        unit(
            "SetUp",
            &[("setUp()", to_five), ("testKept()", on_chain(5))],
        ),
    ];
    let summary = run(&units, &Options::default());
    for name in ["testUsual()", "testStillUsual()", "testKept()"] {
        assert_eq!(verdict(&summary, name), (Verdict::Passed, None), "{name}");
    }
}

#[test]
fn hashes_of_blobs_are_those_of_one_execution() {
    let hash = vec![0x5f, 0x49];
    let hashes = Value::Array(vec![word(1)]);
    let sets = join(&[
        cheat("blobhashes(bytes32[])", &[hashes]),
        must(),
        hash.clone(),
        must(),
    ]);
    let none = join(&[hash, vec![0x15], must()]);
    let summary = run(
        &[unit("Blobs", &[("setUp()", sets), ("testNone()", none)])],
        &Options::default(),
    );
    assert_eq!(verdict(&summary, "testNone()"), (Verdict::Passed, None));
}

#[test]
fn a_negative_refund_counter_gives_a_fifth_back() {
    let name = "testStore()";
    // The word was 1 before the test; whether `vm.store` makes it 0 or 3 is the same to the price of setting it to 2.
    let used = |between: u8| {
        let test = join(&[
            cheat(
                "store(address,bytes32,bytes32)",
                &[abi::address_value(this()), word(0), word(between)],
            ),
            must(),
            store(2),
            // So much that a fifth does not come near what a transaction costs in itself.
            push(&[1]),
            push(&[9]),
            vec![0x55],
        ]);
        let unit = unit("Refund", &[("setUp()", store(1)), (name, test)]);
        gas_of(&[unit], &Options::default(), name)
    };
    let whole = used(3);
    let input = selector(name);
    let input: u64 = input
        .iter()
        .map(|byte| if *byte == 0 { 4 } else { 16 })
        .sum();
    assert_eq!(used(0), whole - (whole + 21_000 + input) / 5);
}
