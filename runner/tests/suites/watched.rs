//! Single instructions that tests look at: recordings of instructions, and destructions in differences of state.

use gasworks::{Address, U256};
use gasworks_runner::contracts::abi::{self, Value};
use gasworks_runner::contracts::result::Verdict;
use gasworks_runner::contracts::run::Options;

use crate::units::{
    call, cheat, expect_storage, join, must, push, run, store, this, unit, verdict,
};

/// What the last call of a test returned: the test reverts with it, as with an error of its own.
fn returned(test: Vec<u8>) -> Vec<u8> {
    let selector = join(&[push(&[0xde, 0xad, 0xbe, 0xef, 0]), push(&[0xd8])]);
    let error = join(&[
        selector,
        vec![0x1b, 0x5f, 0x52, 0x3d, 0x5f, 0x60, 0x04, 0x3e],
        vec![0x3d, 0x60, 0x04, 0x01, 0x5f, 0xfd],
    ]);
    let test = join(&[test, must(), error]);
    let summary = run(&[unit("Watched", &[("test()", test)])], &Options::default());
    let (verdict, reason) = verdict(&summary, "test()");
    assert_eq!(verdict, Verdict::Failed);
    let reason = reason.expect("it reverted");
    let data = reason
        .strip_prefix("custom error 0xdeadbeef:")
        .unwrap_or_else(|| panic!("{reason:?}"));
    abi::unhex(data.trim()).expect("hexadecimal")
}

fn records(types: &str, data: &[u8]) -> Vec<Vec<Value>> {
    let types = abi::parameters_of(&format!("f({types})")).expect("types");
    let decoded = abi::decode(&types, data).expect("such values");
    let [Value::Array(records)] = &decoded[..] else {
        panic!("no list: {decoded:?}");
    };
    let fields = records.iter().map(|record| match record {
        Value::Tuple(fields) => fields.clone(),
        other => panic!("{other:?}"),
    });
    fields.collect()
}

fn number(value: u64, bits: usize) -> Value {
    Value::Uint(abi::Unsigned::from(value), bits)
}

#[test]
fn instructions_are_recorded_with_what_they_take() {
    let deep = Address::repeat_byte(0xdd);
    // SHA3 of the first two bytes of a word, then more gas than there is.
    let code = vec![
        0x60, 0x07, 0x5f, 0x52, 0x60, 0x02, 0x60, 0x1f, 0x20, 0x5f, 0x51, 0x63, 0x0f, 0xff, 0xff,
        0xff, 0x51,
    ];
    let etch = cheat(
        "etch(address,bytes)",
        &[abi::address_value(deep), Value::Bytes(code)],
    );
    let test = join(&[
        etch,
        must(),
        cheat("startDebugTraceRecording()", &[]),
        must(),
        store(9),
        call(deep, &[]),
        vec![0x50],
        cheat("stopAndReturnDebugTraceRecording()", &[]),
    ]);
    let steps = records(
        "(uint256[],bytes,uint8,uint64,bool,address)[]",
        &returned(test),
    );
    let operands = |words: &[u64]| {
        let words = words.iter().map(|word| abi::uint_value(U256::from(*word)));
        Value::Array(words.collect())
    };
    let of = |opcode: u64, depth: u64| {
        let wanted = [number(opcode, 8), number(depth, 64)];
        let found = steps.iter().filter(|step| step[2..4] == wanted);
        found.cloned().collect::<Vec<_>>()
    };
    let stores = of(0x55, 1);
    assert_eq!(stores.len(), 1);
    assert_eq!(stores[0][0], operands(&[0, 9]));
    assert_eq!(stores[0][5], abi::address_value(this()));
    let hashes = of(0x20, 2);
    assert_eq!(hashes.len(), 1);
    assert_eq!(
        hashes[0][..2],
        [operands(&[31, 2]), Value::Bytes(vec![7, 0])]
    );
    assert_eq!(
        hashes[0][4..],
        [Value::Bool(false), abi::address_value(deep)]
    );
    let loads = of(0x51, 2);
    let failed = loads.iter().map(|load| load[4].clone());
    assert_eq!(
        failed.collect::<Vec<_>>(),
        [Value::Bool(false), Value::Bool(true)]
    );
}

#[test]
fn a_destruction_is_an_access_to_the_heir() {
    let (dead, heir) = (Address::repeat_byte(0xdd), Address::repeat_byte(0xee));
    let code = join(&[push(&heir.0), vec![0xff]]);
    let test = join(&[
        cheat(
            "etch(address,bytes)",
            &[abi::address_value(dead), Value::Bytes(code)],
        ),
        must(),
        cheat(
            "deal(address,uint256)",
            &[abi::address_value(dead), abi::uint_value(5.into())],
        ),
        must(),
        cheat(
            "deal(address,uint256)",
            &[abi::address_value(heir), abi::uint_value(2.into())],
        ),
        must(),
        cheat("startStateDiffRecording()", &[]),
        must(),
        call(dead, &[]),
        must(),
        cheat("stopAndReturnStateDiff()", &[]),
    ]);
    let types = "((uint256,uint256),uint8,address,address,bool,uint256,uint256,bytes,uint256,bytes,bool,\
                 (address,bytes32,bool,bytes32,bytes32,bool)[],uint64,uint64,uint64)[]";
    let accesses = records(types, &returned(test));
    let kinds: Vec<&Value> = accesses.iter().map(|access| &access[1]).collect();
    assert_eq!(kinds, [&number(0, 8), &number(5, 8)]);
    let word = |word: u64| abi::uint_value(word.into());
    assert_eq!(
        accesses[1][2..9],
        [
            abi::address_value(heir),
            abi::address_value(dead),
            Value::Bool(true),
            word(2),
            word(7),
            Value::Bytes(Vec::new()),
            word(5),
        ]
    );
    // The call's own balances are those before and after.
    assert_eq!(accesses[0][5..7], [word(5), word(0)]);
}

/// What the account returns that was called last, on the stack.
const RETURNED: [u8; 8] = [0x60, 0x20, 0x5f, 0x5f, 0x3e, 0x5f, 0x51, 0x90];

fn mark() -> Vec<u8> {
    let values = [abi::address_value(this())];
    join(&[cheat("setArbitraryStorage(address)", &values), must()])
}

fn read(slot: u8) -> Vec<u8> {
    vec![0x60, slot, 0x54]
}

/// Account 0xdd.. returns word 7 of its storage, which is copied from the test contract's.
fn copied() -> Vec<u8> {
    let other = Address::repeat_byte(0xdd);
    let code = vec![0x60, 0x07, 0x54, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3];
    let pair = [abi::address_value(this()), abi::address_value(other)];
    let load = [
        abi::address_value(this()),
        abi::word_value(gasworks::Hash(U256::from(7).to_big_endian())),
    ];
    join(&[
        cheat(
            "etch(address,bytes)",
            &[abi::address_value(other), Value::Bytes(code)],
        ),
        must(),
        mark(),
        cheat("copyStorage(address,address)", &pair),
        must(),
        read(7),
        call(other, &[]),
        must(),
        RETURNED.to_vec(),
        vec![0x80],
        cheat("load(address,bytes32)", &load),
        must(),
        RETURNED.to_vec(),
        vec![0x14],
        must(),
        vec![0x14],
        must(),
    ])
}

#[test]
fn words_of_arbitrary_storage_are_made_up_when_they_are_read() {
    let made_up = join(&[
        store(3),
        vec![0x5f, 0x60, 0x09, 0x55],
        mark(),
        // What was there stays, and what was written before as nothing, too.
        expect_storage(3),
        join(&[read(9), vec![0x15], must()]),
        read(1),
        must(),
        join(&[read(1), read(1), vec![0x14], must()]),
        join(&[read(1), read(2), vec![0x14, 0x15], must()]),
        // A word that is found through another.
        join(&[
            read(1),
            vec![0x54, 0x80],
            must(),
            read(1),
            vec![0x54, 0x14],
            must(),
        ]),
        // What is written is what it is, be it zero.
        vec![0x5f, 0x60, 0x02, 0x55],
        join(&[read(2), vec![0x15], must()]),
    ]);
    let overwritten = join(&[
        store(3),
        cheat(
            "setArbitraryStorage(address,bool)",
            &[abi::address_value(this()), Value::Bool(true)],
        ),
        must(),
        join(&[read(0), push(&[3]), vec![0x14, 0x15], must()]),
        store(4),
        expect_storage(4),
    ]);
    let units = [
        unit(
            "Made",
            &[
                ("testMadeUp()", made_up),
                ("testOverwritten()", overwritten),
                ("testCopied()", copied()),
            ],
        ),
        // Marked in `setUp`, read in a test; another test begins where `setUp` left off.
        unit(
            "Before",
            &[
                ("setUp()", join(&[mark(), read(5), must()])),
                (
                    "testRead()",
                    join(&[
                        read(5),
                        must(),
                        read(6),
                        must(),
                        vec![0x5f, 0x60, 0x05, 0x55],
                    ]),
                ),
                ("testReadAgain()", join(&[read(5), must(), read(6), must()])),
            ],
        ),
    ];
    let summary = run(&units, &Options::default());
    for name in [
        "testMadeUp()",
        "testOverwritten()",
        "testCopied()",
        "testRead()",
        "testReadAgain()",
    ] {
        assert_eq!(verdict(&summary, name), (Verdict::Passed, None), "{name}");
    }
}

#[test]
fn a_test_that_reads_word_after_word_of_arbitrary_storage_ends() {
    let mark = cheat(
        "setArbitraryStorage(address)",
        &[abi::address_value(this())],
    );
    // A word says where the next one is.
    let test = join(&[mark, must(), vec![0x5f], vec![0x54; 400], must()]);
    let summary = run(
        &[unit("Chase", &[("testChase()", test)])],
        &Options::default(),
    );
    assert_eq!(
        verdict(&summary, "testChase()"),
        (
            Verdict::Failed,
            Some("vm.setArbitraryStorage: too many words were read one after another".to_owned())
        )
    );
}
