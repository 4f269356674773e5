//! The precompiles that are not written down here, as revm's libraries compute and price them: pairings of alt_bn128
//! (EIP-197), BLS12-381 (EIP-2537) and KZG proofs (EIP-4844).

use revm::precompile::{PrecompileStatus, Precompiles, u64_to_address};

use super::precompiles::Answer;

/// Runs the contract at the address of this number.
pub(super) fn run(number: u64, input: &[u8], gas: u64) -> Answer {
    let contract = Precompiles::osaka().get(&u64_to_address(number))?;
    let output = contract.execute(input, gas, 0).ok()?;
    let success = matches!(output.status, PrecompileStatus::Success);
    success.then(|| (output.gas_used, output.bytes.to_vec()))
}
