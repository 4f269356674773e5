//! Runs a contract as a bare message: no transaction, no fees, just code, call data and gas.

use gasworks::{Address, BlockEnv, Bytes, CallStatus, Evm, Fork, MemoryDatabase, Message};
use gasworks_examples::{FIBONACCI, bytes, number};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (caller, contract) = (Address::repeat_byte(0xaa), Address::repeat_byte(0xcc));
    let mut database = MemoryDatabase::default();
    database.insert_account(contract, 1, 0.into(), bytes(FIBONACCI));
    let mut evm = Evm::new(Fork::Osaka, BlockEnv::default(), database);

    for position in [10, 90] {
        let message = Message::call(caller, contract, Bytes::from(vec![position]), 100_000);
        let outcome = evm.call(&message)?.discard();
        assert_eq!(outcome.status, CallStatus::Success);
        let (result, gas) = (number(&outcome.output), outcome.gas_used);
        println!("fibonacci({position}) = {result}, for {gas} gas");
    }

    // With too little gas the same code halts, which is an outcome and no error.
    let message = Message::call(caller, contract, Bytes::from_static(&[90]), 1_000);
    let outcome = evm.call(&message)?.discard();
    println!("with 1000 gas: {:?}", outcome.status);
    Ok(())
}
