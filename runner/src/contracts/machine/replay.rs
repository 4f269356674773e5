//! Runs that are taken back and run again, until no word of made-up storage is missing.

use gasworks::{CallStatus, Changes, Message, Transaction};

use super::{Ended, Execution, Machine, TimedOut};
use crate::contracts::cheats::encode_error;

/// Runs of an execution; each has at least one more word.
const MOST_RUNS: usize = 256;

impl Machine {
    pub(super) fn execute(
        &mut self,
        message: Message,
        transaction: &Transaction,
        keep: bool,
    ) -> Result<(Execution, Option<Changes>), TimedOut> {
        if !self.cheats.watched.replays() {
            return self.attempt(message, transaction, keep);
        }
        self.cheats.watched.forget_accesses();
        let cheats = self.cheats.clone();
        let mut runs = 1;
        loop {
            let before = self.evm.snapshot();
            let mut done = self.attempt(message.clone(), transaction, keep)?;
            if !self.cheats.watched.has_missed() {
                return Ok(done);
            }
            if runs == MOST_RUNS {
                let text = "vm.setArbitraryStorage: too many words were read one after another";
                done.0.ended = Ended::Failed {
                    by_assertion: false,
                };
                done.0.status = CallStatus::Revert;
                done.0.output = encode_error(text).into();
                return Ok(done);
            }
            runs += 1;
            let _ = self.evm.rewind_to(before);
            self.cheats.clone_from(&cheats);
        }
    }
}
