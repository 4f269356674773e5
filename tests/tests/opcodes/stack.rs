//! PUSH0 to PUSH32, DUP1 to DUP16, SWAP1 to SWAP16.

use gasworks::{Fork, U256};
use gasworks_tests::code::{Word, op, raw};

use crate::case::{Case, case};
use crate::coverage::name;

/// The words 100, 101, .. from the top of the stack down.
fn numbered(count: usize) -> Vec<U256> {
    (0..count)
        .map(|index| (100 + index as i32).word())
        .collect()
}

pub fn cases() -> Vec<Case> {
    // EIP-3855.
    let mut cases = vec![
        case("PUSH0", &[])
            .leaves(&[0.word()])
            .costs_since(Fork::Shanghai, 2),
    ];
    for size in 1..=32usize {
        let name = name("PUSH", size);
        let data: Vec<u8> = (0..size).map(|index| 0xe0 + index as u8).collect();
        let pushed = raw([&op(name).0[..], &data].concat());
        let word = U256::from_big_endian(&data);
        cases.push(case(name, &[]).instead(pushed).leaves(&[word]).costs(3));
    }
    for depth in 1..=16usize {
        let words = numbered(depth);
        let after = [&words[depth - 1..], &words[..]].concat();
        cases.push(case(name("DUP", depth), &words).leaves(&after).costs(3));
        let words = numbered(depth + 1);
        let mut after = words.clone();
        after.swap(0, depth);
        cases.push(case(name("SWAP", depth), &words).leaves(&after).costs(3));
    }
    cases
}
