//! A case as a standard state test, which any machine can run.

use std::collections::BTreeMap;

use gasworks::{Address, Hash};
use gasworks_runner::fixtures::{FillError, Filling, PreAccount, fill};

use crate::case::Case;
use crate::generate::SENDER_SECRET;

/// The text of a state test file, with the results of Gasworks' plain loop.
///
/// # Errors
/// [`FillError`] where state tests have no form for the case.
pub fn state_test(case: &Case, name: &str, comment: &str) -> Result<String, FillError> {
    let accounts = case.state.iter();
    let pre: BTreeMap<Address, PreAccount> = accounts
        .map(|(address, account)| {
            let account = PreAccount {
                nonce: account.nonce,
                balance: account.balance,
                code: account.code.clone(),
                storage: account.storage.clone(),
            };
            (*address, account)
        })
        .collect();
    fill(&Filling {
        name,
        comment,
        fork: case.fork,
        block: &case.block,
        pre: &pre,
        transaction: &case.transaction,
        secret: Hash(SENDER_SECRET),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::generate;
    use gasworks_runner::fixtures::{FileOutcome, Options, run};
    use std::ops::ControlFlow;

    /// What is written passes when it is read again, on another core than the one that filled it.
    #[test]
    fn what_is_written_passes() {
        let folder = std::env::temp_dir().join(format!("gasworks-fuzz-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("the temporary folder can be written");
        let (mut written, mut refused) = (0, 0);
        for number in 0..150 {
            match state_test(&generate(11, number), &format!("case{number}"), "a test") {
                Ok(text) => {
                    let path = folder.join(format!("{number}.json"));
                    std::fs::write(path, text).expect("the temporary folder can be written");
                    written += 1;
                }
                Err(FillError::NotExpressible(_)) => refused += 1,
                Err(error) => panic!("case {number}: {error}"),
            }
        }
        let options = Options {
            core: gasworks::Core::Translated,
            ..Options::default()
        };
        let mut passed = 0;
        run(std::slice::from_ref(&folder), &options, &mut |file| {
            match file.outcome {
                FileOutcome::Ran(cases) => {
                    for case in cases {
                        assert_eq!(case.mismatch, None, "{}", file.name);
                        passed += 1;
                    }
                }
                other => panic!("{}: {other:?}", file.name),
            }
            ControlFlow::Continue(())
        });
        std::fs::remove_dir_all(&folder).expect("the temporary folder can be removed");
        assert_eq!(passed, written);
        assert!(refused < 10, "{refused} cases cannot be written");
    }
}
