//! The identity contract at 0x04: returns its input (Yellow Paper, appendix E.1).

use super::{PrecompileError, charge, price_by_words};
use crate::copy;

pub(super) fn run(input: &[u8], gas: u64, output: &mut Vec<u8>) -> Result<u64, PrecompileError> {
    let used = charge(gas, price_by_words(input, 15, 3))?;
    copy::extend(output, input);
    Ok(used)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn returns_its_input() {
        let mut output = Vec::new();
        assert_eq!(run(&[7; 33], 21, &mut output), Ok(21));
        assert_eq!(output, [7; 33]);
    }

    #[test]
    fn copies_nothing_that_is_not_paid() {
        let mut output = Vec::new();
        assert_eq!(
            run(&[7; 33], 20, &mut output),
            Err(PrecompileError::OutOfGas)
        );
        assert!(output.is_empty());
    }
}
