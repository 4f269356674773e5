//! Gives a chain a contract of its own whose code is a Rust function.

use gasworks::{
    Address, BlockEnv, Bytes, CallStatus, Evm, Fork, MemoryDatabase, Message, PrecompileError,
};
use gasworks_examples::bytes;

/// Turns its input round, for 15 gas and 3 for each word, as the built-in identity contract costs.
fn reverse(input: &[u8], gas: u64, output: &mut Vec<u8>) -> Result<u64, PrecompileError> {
    let price = 15 + 3 * input.len().div_ceil(32) as u64;
    // The price comes first: nothing is worked on that has not been paid for.
    if price > gas {
        return Err(PrecompileError::OutOfGas);
    }
    if input.is_empty() {
        return Err(PrecompileError::InvalidInput);
    }
    output.extend(input.iter().rev());
    Ok(price)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (caller, contract) = (Address::repeat_byte(0xaa), Address::repeat_byte(0xcc));
    let precompile = Address::from_low_u64_be(0xc0de);
    let mut database = MemoryDatabase::default();
    // Puts its call data into memory, calls 0xc0de with it, and returns what comes back.
    let code = "365f5f37 5f5f365f5f61c0de5af1 3d5f5f3e3d5ff3";
    database.insert_account(contract, 1, 0.into(), bytes(code));
    let mut evm =
        Evm::new(Fork::Osaka, BlockEnv::default(), database).with_precompile(precompile, reverse);

    let input = Bytes::from_static(b"gasworks");
    let outcome = evm
        .call(&Message::call(caller, precompile, input.clone(), 1_000))?
        .discard();
    let text = String::from_utf8_lossy(&outcome.output);
    println!("called directly:      {text}, for {} gas", outcome.gas_used);

    let outcome = evm
        .call(&Message::call(caller, contract, input.clone(), 100_000))?
        .discard();
    let text = String::from_utf8_lossy(&outcome.output);
    println!("called by a contract: {text}, for {} gas", outcome.gas_used);

    for (what, input, gas) in [
        ("too little gas", input, 17),
        ("no input", Bytes::new(), 1_000),
    ] {
        let outcome = evm
            .call(&Message::call(caller, precompile, input, gas))?
            .discard();
        if let CallStatus::Halt(halt) = outcome.status {
            println!("{what}: {halt}");
        }
    }
    Ok(())
}
