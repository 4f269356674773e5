//! Cases, programs and transactions from the bytes of a fuzzing engine.
//!
//! ```
//! use arbitrary::{Arbitrary, Unstructured};
//! let case = gasworks_fuzz::Case::arbitrary(&mut Unstructured::new(&[1, 2, 3, 4]))?;
//! assert!(!case.state.is_empty());
//! # Ok::<(), arbitrary::Error>(())
//! ```

use arbitrary::{Arbitrary, Result, Unstructured};
use gasworks::{Fork, SignedTransaction};

use crate::case::Case;
use crate::generate::{FORKS, SENDER_SECRET, generate_for, program_for};
use crate::random::Random;

/// The most bytes that make choices: beyond, they would only be slow to read.
const MOST: usize = 8_192;

fn choices(bytes: &mut Unstructured<'_>) -> Result<Random> {
    let length = bytes.len().min(MOST);
    Ok(Random::of_bytes(bytes.bytes(length)?.to_vec()))
}

impl<'a> Arbitrary<'a> for Case {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
        let fork = *bytes.choose(FORKS)?;
        Ok(generate_for(fork, &mut choices(bytes)?))
    }
}

/// A program that mostly does something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The rules that it was written for.
    pub fork: Fork,
    /// Its code.
    pub code: Vec<u8>,
}

impl<'a> Arbitrary<'a> for Program {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
        let fork = *bytes.choose(FORKS)?;
        let code = program_for(fork, &mut choices(bytes)?);
        Ok(Self { fork, code })
    }
}

/// A signed transaction, valid or not, and who signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedBy {
    /// The transaction.
    pub signed: SignedTransaction,
    /// Its sender.
    pub sender: gasworks::Address,
}

impl<'a> Arbitrary<'a> for SignedBy {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
        let transaction = Case::arbitrary(bytes)?.transaction;
        let sender = transaction.sender;
        let signed = transaction.sign(&SENDER_SECRET);
        let signed = signed.map_err(|_| arbitrary::Error::IncorrectFormat)?;
        Ok(Self { signed, sender })
    }
}
