//! Gasworks, set up for a program.

use std::hint::black_box;
use std::sync::Arc;

use gasworks::inspect::Step;
use gasworks::{
    Address, CallStatus, Config, Core, Evm, Fork, Inspector, MemoryDatabase, Message, Outcome,
    Rules, Transaction,
};

use crate::{Machine, Mode, Observed, Program, Status};

/// Gasworks with a program loaded.
pub struct Ours {
    evm: Evm<MemoryDatabase>,
    message: Message,
    transaction: Transaction,
}

impl Ours {
    /// Sets it up.
    pub fn new(program: &Program) -> Self {
        Self::with_core(program, Core::default())
    }

    /// Sets it up for a core.
    pub fn with_core(program: &Program, core: Core) -> Self {
        let mut database = MemoryDatabase::default();
        for (address, account) in program.state() {
            database.insert_account(address, account.nonce, account.balance, account.code);
            for (slot, value) in account.storage {
                database.insert_storage(address, slot, value);
            }
        }
        // EIP-7825 would refuse the gas limits of the programs.
        let rules = Rules {
            max_transaction_gas: u64::MAX,
            ..Fork::Osaka.rules().clone()
        };
        let evm = Evm::new(Fork::Osaka, program.env.block(), database)
            .with_config(Config {
                core,
                // Each is as cold as the first.
                code_cache: Arc::default(),
                ..Config::default()
            })
            .with_rules(rules);
        Self {
            evm,
            message: Message {
                value: program.value,
                ..Message::call(
                    program.caller,
                    program.to,
                    program.calldata.clone(),
                    program.gas,
                )
            },
            transaction: Transaction {
                sender: program.caller,
                to: Some(program.to),
                value: program.value,
                input: program.calldata.clone(),
                gas_limit: program.gas,
                ..Transaction::default()
            },
        }
    }
}

/// Counts instructions.
#[derive(Default)]
struct Steps(u64);

impl Inspector for Steps {
    fn step(&mut self, _: &Step<'_>) {
        self.0 += 1;
    }
}

impl Ours {
    /// How many instructions the program executes.
    ///
    /// # Panics
    /// When the machine refuses to run it, which no program of a bench provokes.
    pub fn steps(&mut self) -> u64 {
        let mut steps = Steps::default();
        let executed = self.evm.inspect(&mut steps).call(&self.message);
        drop(executed.expect("a valid program"));
        steps.0
    }

    /// Sends the program's message to another contract; returns the gas used.
    ///
    /// # Panics
    /// When the machine refuses to run it, which no program of a bench provokes.
    pub fn call_at(&mut self, to: Address) -> u64 {
        (self.message.address, self.message.code_address) = (to, to);
        let executed = self.evm.call(black_box(&self.message));
        executed.expect("a valid program").outcome().gas_used
    }
}

impl Machine for Ours {
    fn observe(&mut self, mode: Mode) -> Observed {
        let executed = match mode {
            Mode::Call => self.evm.call(&self.message),
            Mode::Transaction => self.evm.transact(&self.transaction),
        };
        let Outcome {
            status,
            gas_used,
            output,
            ..
        } = executed.expect("a valid program").discard();
        let status = match status {
            CallStatus::Success => Status::Success,
            CallStatus::Revert => Status::Revert,
            CallStatus::Halt(_) => Status::Halt,
        };
        Observed {
            status,
            gas: gas_used,
            output,
        }
    }

    fn repeat(&mut self, mode: Mode, times: u32) {
        for _ in 0..times {
            let executed = match mode {
                Mode::Call => self.evm.call(black_box(&self.message)),
                Mode::Transaction => self.evm.transact(black_box(&self.transaction)),
            };
            // Where it is: to move it would be part of what is measured.
            let _ = black_box(&executed);
        }
    }
}
