//! `gasworks run`: runs bytecode as a bare message and reports what came of it.
//!
//! The message has no transaction around it, as with geth's `evm run`: no intrinsic gas, no fees, no nonce of the sender is
//! checked. This file reads the arguments and sets the machine up; `prestate` reads input, `report` prints.

use std::ffi::OsString;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use gasworks::inspect::Eip3155;
use gasworks::{
    Address, Bytes, CallStatus, Changes, Config, Core, Evm, Fork, MemoryDatabase, Message, Outcome,
    U256,
};

use crate::{arguments, bytecode, terminal};

mod benchmark;
mod prestate;
mod report;
mod revert_reason;

use prestate::{Accounts, Prestate};
use report::Report;

/// Run bytecode and say what came of it.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
The bytecode is the code of a contract, which is called, or with --create init code, which deploys one. A file holds hex
(with or without 0x, white space does not matter) or raw bytes. Without bytecode, the account at --receiver is called as
the pre-state has it.

It runs as a bare message, as with geth's `evm run`: the gas used does not include the 21,000 and more that a transaction
costs in itself, nothing is paid for gas, and the refund is counted but not given. A sender that the pre-state does not
have owns just the value that it sends.

The pre-state is a genesis.json as geth has it (`alloc`, `config.chainId` and the fields of the block; the fork is always
that of --fork), or a bare map of accounts. --dump prints one that can be read again.

Exit status: 0 if it succeeded, 1 if it reverted or halted, 2 for bad usage or input.

Examples:
  gasworks run 602a5f5260205ff3
  gasworks run contract.hex --input 0xd09de08a --prestate genesis.json
  gasworks run init.hex --create --json | jq -r .created
  gasworks run --receiver 0x0000000000000000000000000000000000000002 --input 0x68656c6c6f
  echo 5b5f56 | gasworks run - --gas 1000 --trace")]
pub struct Args {
    /// A file of bytecode, bytecode as hex, or - for standard input
    #[arg(value_name = "FILE|HEX|-", required_unless_present = "receiver")]
    bytecode: Option<OsString>,

    /// The bytecode is a contract's code; this is the default
    #[arg(long, conflicts_with = "create")]
    code: bool,

    /// The bytecode is init code: run it and deploy what it returns
    #[arg(long, conflicts_with = "receiver", requires = "bytecode")]
    create: bool,

    /// Call data; with --create, the constructor's arguments, which follow the init code
    #[arg(long, value_name = "HEX", value_parser = parse_input, conflicts_with = "input_file")]
    input: Option<Bytes>,

    /// A file of call data
    #[arg(long, value_name = "FILE")]
    input_file: Option<PathBuf>,

    /// Gas to use
    #[arg(long, value_name = "N", default_value = "30000000", value_parser = arguments::number)]
    gas: u64,

    /// Value to send
    #[arg(long, value_name = "WEI", default_value = "0", value_parser = arguments::word)]
    value: U256,

    /// Who calls [default: the bytes of "sender"]
    #[arg(long, value_name = "ADDRESS", value_parser = arguments::address)]
    sender: Option<Address>,

    /// Whom it calls, where the code is put [default: the bytes of "receiver"]
    #[arg(long, value_name = "ADDRESS", value_parser = arguments::address)]
    receiver: Option<Address>,

    /// What GASPRICE is; nobody pays it
    #[arg(long, value_name = "WEI", default_value = "0", value_parser = arguments::word)]
    price: U256,

    /// State and block to start from: a genesis.json or a map of accounts
    #[arg(long, value_name = "FILE")]
    prestate: Option<PathBuf>,

    /// Rules and prices
    #[arg(long, value_name = "NAME", default_value_t = Fork::LATEST, value_parser = arguments::fork)]
    fork: Fork,

    /// Write a trace of every instruction (EIP-3155) to standard error
    #[arg(long)]
    trace: bool,

    /// Print one JSON object
    #[arg(long)]
    json: bool,

    /// Print the accounts after the run, as a pre-state
    #[arg(long)]
    dump: bool,

    /// How code is executed
    #[arg(long, value_name = "CORE", value_parser = crate::arguments::core(), default_value = "adaptive")]
    core: Core,

    /// Repeat the run and print the median of its time
    #[arg(long, conflicts_with = "trace")]
    bench: bool,
}

fn parse_input(text: &str) -> Result<Bytes, String> {
    bytecode::parse_hex(text).map(Bytes::from)
}

/// Runs the verb; the exit status is described in its help.
pub fn run(args: &Args) -> ExitCode {
    match execute(args) {
        Ok(report) => {
            let written = if args.json {
                report.write_json(&mut io::stdout().lock())
            } else {
                report.write_text(&mut anstream::stdout().lock())
            };
            let success = report.status() == CallStatus::Success;
            terminal::finish(written, ExitCode::from(u8::from(!success)))
        }
        Err(message) => terminal::error(message),
    }
}

fn execute(args: &Args) -> Result<Report, String> {
    let mut prestate = match &args.prestate {
        Some(path) => Prestate::read(path)?,
        None => Prestate::default(),
    };
    let message = message(args, &mut prestate.accounts)?;
    let config = Config {
        chain_id: prestate.chain_id,
        core: args.core,
        message_gas_price: args.price,
        ..Config::default()
    };
    let mut evm = Evm::new(args.fork, prestate.block.clone(), prestate.database());
    evm = evm.with_config(config);
    let (outcome, changes) = if args.trace {
        trace(&mut evm, &message)?
    } else {
        let executed = evm.call(&message).map_err(|error| error.to_string())?;
        let changes = executed.changes();
        (executed.discard(), changes)
    };
    let bench = if args.bench {
        Some(benchmark::measure(&mut evm, &message)?)
    } else {
        None
    };
    let mut report = Report::new(args.fork, args.gas, outcome, &prestate.accounts, &changes);
    report.bench = bench;
    if args.dump {
        prestate::apply(&mut prestate.accounts, &changes);
        report.accounts = Some(prestate.accounts);
    }
    Ok(report)
}

/// The address that geth's `evm run` makes of a name.
fn named(name: &[u8]) -> Address {
    let mut address = Address::zero();
    address.0[20 - name.len()..].copy_from_slice(name);
    address
}

/// What is to run, with the accounts that it needs.
fn message(args: &Args, accounts: &mut Accounts) -> Result<Message, String> {
    let bytecode = match &args.bytecode {
        Some(argument) => Some(bytecode::read(argument)?),
        None => None,
    };
    let input = match &args.input_file {
        Some(path) => bytecode::read_file(path)?,
        None => args.input.clone().unwrap_or_default(),
    };
    let sender = args.sender.unwrap_or(named(b"sender"));
    let receiver = args.receiver.unwrap_or(named(b"receiver"));
    if !args.value.is_zero() {
        let account = accounts.entry(sender);
        account.or_insert_with(|| prestate::Account {
            balance: args.value,
            ..prestate::Account::default()
        });
    }
    let mut message = match bytecode {
        Some(init_code) if args.create => {
            let init_code = Bytes::from([init_code, input].concat());
            Message::create(sender, init_code, args.gas)
        }
        Some(code) => {
            if is_precompile(receiver, args.fork) {
                return Err(format!(
                    "{receiver:?} is a precompiled contract, which cannot have code"
                ));
            }
            // EIP-161: a contract's nonce starts at 1.
            let account = accounts.entry(receiver);
            let account = account.or_insert_with(|| prestate::Account {
                nonce: 1,
                ..prestate::Account::default()
            });
            account.code = code;
            Message::call(sender, receiver, input, args.gas)
        }
        None => Message::call(sender, receiver, input, args.gas),
    };
    message.value = args.value;
    Ok(message)
}

fn is_precompile(address: Address, fork: Fork) -> bool {
    let mut precompiles = fork.rules().precompiles.iter();
    precompiles.any(|(number, _)| address == Address::from_low_u64_be(u64::from(*number)))
}

fn trace(evm: &mut Evm<MemoryDatabase>, message: &Message) -> Result<(Outcome, Changes), String> {
    let mut stderr = BufWriter::new(io::stderr());
    let mut tracer = Eip3155::new(&mut stderr);
    let executed = evm
        .inspect(&mut tracer)
        .call(message)
        .map_err(|error| error.to_string())?;
    let changes = executed.changes();
    let outcome = executed.discard();
    // That nobody reads the trace any more does not change the result.
    let _ = stderr.flush();
    Ok((outcome, changes))
}
