//! 0x54, 0x55, 0x5c, 0x5d: storage and transient storage. All transitions of SSTORE are in `forks`.

use gasworks::{Fork, U256};
use gasworks_tests::code::{Code, Word, op, push, sstore};

use crate::case::{Case, case};
use crate::words;

fn tstore(slot: impl Word, value: impl Word) -> Code {
    push(value) + push(slot) + op("TSTORE")
}

pub fn cases() -> Vec<Case> {
    let load = |slot: U256| {
        // EIP-150, EIP-1884, EIP-2929.
        case("SLOAD", &[slot])
            .costs(50)
            .costs_since(Fork::Tangerine, 200)
            .costs_since(Fork::Istanbul, 800)
            .costs_since(Fork::Berlin, 2_100)
            .world(|world| world.slot(1, 42))
    };
    let store = |slot: u64, value: u64| {
        case("SSTORE", &words![slot, value])
            .world(|world| world.slot(1, 42))
            .not_bound_by_gas()
    };
    vec![
        load(1.word()).leaves(&words![42]),
        load(2.word()).leaves(&words![0]),
        load(U256::MAX).leaves(&words![0]),
        load(1.word())
            .after(sstore(1, 7))
            .leaves(&words![7])
            .until(Fork::MuirGlacier),
        // The slot is warm.
        case("SLOAD", &words![1])
            .after(sstore(1, 7))
            .leaves(&words![7])
            .costs_since(Fork::Berlin, 100),
        store(2, 7).costs(20_000).costs_since(Fork::Berlin, 22_100),
        store(1, 7).costs(5_000),
        store(1, 0).costs(5_000),
        store(1, 42)
            .costs(5_000)
            .costs_since(Fork::Constantinople, 200)
            .costs_since(Fork::Petersburg, 5_000)
            .costs_since(Fork::Istanbul, 800)
            .costs_since(Fork::Berlin, 2_200),
        // What is read is what was written.
        store(2, 7)
            .instead(op("SSTORE") + push(2) + op("SLOAD"))
            .leaves(&words![7])
            .costs(20_000 + 3 + 50)
            .costs_since(Fork::Tangerine, 20_000 + 3 + 200)
            .costs_since(Fork::Istanbul, 20_000 + 3 + 800)
            .costs_since(Fork::Berlin, 22_100 + 3 + 100),
        // EIP-1153: no difference between cold and warm.
        case("TLOAD", &words![1])
            .leaves(&words![0])
            .costs_since(Fork::Cancun, 100),
        case("TLOAD", &words![1])
            .after(tstore(1, 9))
            .leaves(&words![9])
            .costs_since(Fork::Cancun, 100),
        case("TLOAD", &words![1])
            .after(sstore(1, 9))
            .leaves(&words![0])
            .costs_since(Fork::Cancun, 100),
        case("TLOAD", &[U256::MAX])
            .after(tstore(U256::MAX, 9))
            .leaves(&words![9])
            .costs_since(Fork::Cancun, 100),
        case("TSTORE", &words![1, 9]).costs_since(Fork::Cancun, 100),
        case("TSTORE", &words![1, 0])
            .after(tstore(1, 9))
            .costs_since(Fork::Cancun, 100),
    ]
}
