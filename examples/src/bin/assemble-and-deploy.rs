//! Assembles a token from its sources, deploys it, and moves some of it.

use gasworks::{
    Address, BlockEnv, CallStatus, Evm, Fork, MemoryDatabase, Message, U256, keccak256,
};
use gasworks_assembler::{Folder, Options, assemble};
use gasworks_examples::number;

/// The first four bytes of the hash of a function or an error.
fn selector(signature: &str) -> [u8; 4] {
    let hash = keccak256(signature.as_bytes());
    [hash[0], hash[1], hash[2], hash[3]]
}

/// A call of a function of an account and perhaps a number.
fn call_data(function: &str, account: Address, amount: Option<u64>) -> Vec<u8> {
    let mut data = [&selector(function), &[0; 12][..], account.as_bytes()].concat();
    if let Some(amount) = amount {
        data.extend(U256::from(amount).to_big_endian());
    }
    data
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Includes are read below a folder, and from nowhere else.
    let folder = Folder([env!("CARGO_MANIFEST_DIR"), "contracts"].iter().collect());
    let name = "erc20_deploy.eas";
    let source = std::fs::read_to_string(folder.0.join(name))?;
    let options = Options {
        files: &folder,
        name,
        ..Options::default()
    };
    let program = assemble(&source, &options)?;
    let (length, warnings) = (program.code.len(), program.warnings.list.len());
    println!("{name}: {length} bytes of init code, {warnings} warnings");

    let (alice, bob) = (Address::repeat_byte(0xaa), Address::repeat_byte(0xbb));
    let mut evm = Evm::new(Fork::Osaka, BlockEnv::default(), MemoryDatabase::default());
    // The arguments of the constructor, whom the supply belongs to and how much it is, follow the init code.
    let arguments = &call_data("", alice, Some(100))[4..];
    let init_code = [&program.code, arguments].concat();
    let deploy = Message::create(alice, init_code.into(), 1_000_000);
    let created = evm.call(&deploy)?.commit().created;
    let token = created.ok_or("nothing was deployed")?;

    let transfer = "transfer(address,uint256)";
    for amount in [30, 71] {
        let input = call_data(transfer, bob, Some(amount)).into();
        let outcome = evm
            .call(&Message::call(alice, token, input, 100_000))?
            .commit();
        let reason = selector("InsufficientBalance()");
        match outcome.status {
            CallStatus::Success => println!("moved {amount}"),
            _ if outcome.output[..] == reason => println!("{amount} is more than there is"),
            other => return Err(format!("{other:?}").into()),
        }
    }
    for (who, account) in [("Alice", alice), ("Bob", bob)] {
        let input = call_data("balanceOf(address)", account, None).into();
        let balance = Message::call(account, token, input, 100_000);
        println!(
            "{who} has {}",
            number(&evm.call(&balance)?.outcome().output)
        );
    }
    Ok(())
}
