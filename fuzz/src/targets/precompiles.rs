//! Precompiled contracts against another library each: those of revm.

use gasworks::{Fork, run_precompile};
use revm::precompile::{Precompiles, u64_to_address};

use crate::generate::precompile_input;
use crate::random::Random;

/// The first byte chooses a contract, the second whether the others are its input or make choices for one that it mostly
/// accepts, and the third how much gas there is.
pub fn precompiles(bytes: &[u8]) {
    let [contract, form, gas, rest @ ..] = bytes else {
        return;
    };
    // The newest of each: prices changed, and BLS12-381 came late.
    let forks = [Fork::Osaka, Fork::Berlin, Fork::Byzantium];
    let fork = forks[usize::from(form / 2) % forks.len()];
    let theirs = match fork {
        Fork::Osaka => Precompiles::osaka(),
        Fork::Berlin => Precompiles::berlin(),
        _ => Precompiles::byzantium(),
    };
    let table = fork.rules().precompiles;
    let (number, kind) = table[usize::from(*contract) % table.len()];
    let input = if form % 2 == 0 {
        rest.to_vec()
    } else {
        precompile_input(kind, &mut Random::of_bytes(rest.to_vec()))
    };
    let gas = u64::from(*gas) * u64::from(*gas) * 100;
    let mut output = Vec::new();
    let ours = run_precompile(kind, &input, gas, &mut output);
    let theirs = theirs.get(&u64_to_address(u64::from(number)));
    let theirs = theirs.unwrap_or_else(|| panic!("revm has no precompile {number:#x} in {fork}"));
    let theirs = theirs.execute(&input, gas, 0);
    let theirs = theirs.unwrap_or_else(|error| panic!("revm failed: {error}"));
    if !theirs.status.is_success() {
        assert!(
            ours.is_err(),
            "{number:#x} refuses {input:02x?}, ours: {ours:?}"
        );
        return;
    }
    assert_eq!(
        ours,
        Ok(theirs.gas_used),
        "gas of {number:#x} for {input:02x?}"
    );
    assert_eq!(output, theirs.bytes.as_ref(), "{number:#x} of {input:02x?}");
}
