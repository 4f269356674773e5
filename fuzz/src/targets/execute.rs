//! Executions: any bytes as code, and generated transactions.

use arbitrary::{Arbitrary, Unstructured};
use gasworks::{
    Address, BlockEnv, Bytes, Changes, Config, Core, Evm, Inspector, MemoryDatabase, Message,
    Outcome, U256,
};

use crate::case::Case;
use crate::differential::judge;
use crate::generate::FORKS;
use crate::statistics::Statistics;

const CONTRACT: Address = Address::repeat_byte(0xcc);

/// Any bytes as code: all cores agree, watched or not. The first byte is the fork, the next three are gas.
pub fn execute(bytes: &[u8]) {
    let [fork, high, middle, low, code @ ..] = bytes else {
        return;
    };
    let fork = FORKS[usize::from(*fork) % FORKS.len()];
    let gas = u64::from(u32::from_be_bytes([0, *high, *middle, *low])) % 200_000;
    let run = |core: Core, watched: bool| -> [(Outcome, Changes); 2] {
        let mut database = MemoryDatabase::default();
        database.insert_account(CONTRACT, 1, U256::from(9), Bytes::copy_from_slice(code));
        database.insert_storage(CONTRACT, U256::one(), U256::from(7));
        let config = Config {
            core,
            ..Config::default()
        };
        let mut evm = Evm::new(fork, BlockEnv::default(), database).with_config(config);
        let input = Bytes::copy_from_slice(&code[..code.len().min(64)]);
        let message = Message::call(Address::repeat_byte(0xca), CONTRACT, input, gas);
        let mut once = || {
            let executed = if watched {
                evm.inspect(&mut Blind).call(&message)
            } else {
                evm.call(&message)
            };
            let executed = executed.unwrap_or_else(|error| panic!("nothing fails here: {error}"));
            let changes = executed.changes();
            (executed.commit(), changes)
        };
        [once(), once()]
    };
    let plain = run(Core::Plain, false);
    for core in [
        Core::Adaptive,
        Core::Translated,
        Core::Trampoline,
        Core::Alternating,
    ] {
        assert_eq!(run(core, false), plain, "{core:?} differs under {fork}");
    }
    assert_eq!(run(Core::Plain, true), plain, "it shows that it is watched");
}

struct Blind;

impl Inspector for Blind {}

/// A generated transaction: all oracles that are built in agree.
pub fn differential(bytes: &[u8]) {
    let Ok(case) = Case::arbitrary(&mut Unstructured::new(bytes)) else {
        return;
    };
    if let Err(difference) = judge(&case, &mut Statistics::default()) {
        panic!("{difference}\n{case}");
    }
}
