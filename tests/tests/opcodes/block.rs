//! 0x40 to 0x4a: the block.

use gasworks::{Fork, Hash, U256};
use gasworks_tests::code::Word;
use gasworks_tests::world::COINBASE;

use crate::case::{Case, case};
use crate::words;

pub fn cases() -> Vec<Case> {
    // Block 1,000; the hash of a block is that of its number in decimal digits.
    let hashes = [
        (
            999.word(),
            "f0222e4555f079f2fdbf570707db75ee508caa46321baeff622a993218303d10",
        ),
        (
            744.word(),
            "7468eddb0720a03646876d25045fa535478c57a57b912a197efd90e8d667279c",
        ),
        // Only the last 256 blocks have one.
        (743.word(), "0"),
        (1_000.word(), "0"),
        (1_001.word(), "0"),
        (0.word(), "0"),
        ((U256::one() << 64) + 999, "0"),
        (U256::MAX, "0"),
    ];
    let hash =
        |(number, hash): (U256, &str)| case("BLOCKHASH", &[number]).leaves(&words![hash]).costs(20);
    let mut cases: Vec<Case> = hashes.into_iter().map(hash).collect();
    let field =
        |name, value: U256, fork, gas| case(name, &[]).leaves(&[value]).costs_since(fork, gas);
    cases.extend([
        field("COINBASE", COINBASE.word(), Fork::Frontier, 2),
        field("TIMESTAMP", 1_234.word(), Fork::Frontier, 2),
        field("NUMBER", 1_000.word(), Fork::Frontier, 2),
        field("PREVRANDAO", 0x2_0000.word(), Fork::Frontier, 2).until(Fork::GrayGlacier),
        // EIP-4399.
        field("PREVRANDAO", Hash::repeat_byte(0x11).word(), Fork::Paris, 2),
        field("GASLIMIT", 30_000_000.word(), Fork::Frontier, 2),
        field("CHAINID", 1.word(), Fork::Istanbul, 2),
        // The 1,000 wei of the contract and the 5 of the message (EIP-1884).
        field("SELFBALANCE", 1_005.word(), Fork::Istanbul, 5),
        field("BASEFEE", 7.word(), Fork::London, 2),
        // A bare message has no blobs.
        field("BLOBBASEFEE", 1.word(), Fork::Cancun, 2),
        case("BLOBHASH", &words![0])
            .leaves(&words![0])
            .costs_since(Fork::Cancun, 3),
    ]);
    cases
}
