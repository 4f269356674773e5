//! Message calls and creations (Yellow Paper, 7 and 8; `process_message` and `process_create_message` of the execution
//! specifications).

use gasworks::{Address, Bytes, U256};

use super::frame::{Frame, Halt};
use super::machine::Machine;
use super::precompiles;
use crate::verdict::Status;

/// The deepest frame; the transaction's own is at 0.
pub(super) const DEEPEST: usize = 1024;
/// Where a failed call leaves its account touched: what happened in block 2,675,119 of the main network (EIP-161).
const RIPEMD160: Address = {
    let mut bytes = [0; 20];
    bytes[19] = 3;
    gasworks::Address(bytes)
};

/// What a frame is started with.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) caller: Address,
    /// The account whose storage and balance it works on.
    pub(super) address: Address,
    /// The account whose code runs, and which may be a precompile; `None` for init code and for code that was delegated to.
    pub(super) code_address: Option<Address>,
    pub(super) code: Bytes,
    pub(super) input: Bytes,
    /// What CALLVALUE shows.
    pub(super) value: U256,
    /// Whether the value is moved.
    pub(super) transfers: bool,
    pub(super) gas: u64,
    pub(super) is_static: bool,
    pub(super) depth: usize,
}

/// What a frame ended with.
#[derive(Clone, Debug)]
pub(super) struct Ended {
    pub(super) status: Status,
    pub(super) gas: u64,
    pub(super) output: Bytes,
}

impl Ended {
    fn halt() -> Self {
        Self {
            status: Status::Halt,
            gas: 0,
            output: Bytes::new(),
        }
    }
}

impl Machine<'_> {
    /// A message call.
    pub(super) fn call(&mut self, message: Message) -> Ended {
        let before = self.world.clone();
        let address = message.address;
        self.world.touch(address);
        if message.transfers && !message.value.is_zero() {
            self.world.transfer(message.caller, address, message.value);
        }
        let precompile = message
            .code_address
            .and_then(|code_address| self.precompile_at(code_address));
        let ended = match precompile {
            Some((number, precompile)) => {
                match precompiles::run(precompile, number, &message.input, message.gas) {
                    Ok(Some((price, output))) => Ended {
                        status: Status::Success,
                        gas: message.gas - price,
                        output: Bytes::from(output),
                    },
                    Ok(None) => Ended::halt(),
                    Err(precompiles::NoLibrary) => {
                        self.not_covered = message.code_address;
                        Ended::halt()
                    }
                }
            }
            // Without code a call has no steps in a trace, not even a STOP.
            None if message.code.is_empty() => Ended {
                status: Status::Success,
                gas: message.gas,
                output: Bytes::new(),
            },
            None => self.execute(message),
        };
        self.undo_unless_success(before, address, &ended);
        ended
    }

    /// A creation at an address that is free. The output is what the account's code has become.
    pub(super) fn create(&mut self, message: Message) -> Ended {
        let before = self.world.clone();
        let address = message.address;
        self.world.created.insert(address);
        let account = self.world.touch(address);
        account.storage.clear();
        if self.rules.clears_touched {
            account.nonce = 1;
        }
        self.world.transfer(message.caller, address, message.value);
        let mut ended = self.execute(message);
        if ended.status == Status::Success {
            match self.deposit(&ended) {
                Ok((gas, code)) => {
                    self.world.touch(address).code = code.clone();
                    (ended.gas, ended.output) = (gas, code);
                }
                Err(_) => ended = Ended::halt(),
            }
        }
        self.undo_unless_success(before, address, &ended);
        ended
    }

    /// Pays for the code that init code returned: the gas that is left, and the code.
    fn deposit(&self, ended: &Ended) -> Result<(u64, Bytes), Halt> {
        let code = ended.output.clone();
        // EIP-3541.
        if self.rules.london && code.first() == Some(&0xef) {
            return Err(Halt::InvalidCode);
        }
        let left = ended.gas.checked_sub(200 * code.len() as u64);
        let too_large = self
            .rules
            .largest_code
            .is_some_and(|most| code.len() > most);
        match left {
            _ if too_large => Err(Halt::CodeTooLarge),
            Some(left) => Ok((left, code)),
            None if self.rules.homestead_create => Err(Halt::OutOfGas),
            // In Frontier the contract is left without code.
            None => Ok((ended.gas, Bytes::new())),
        }
    }

    fn undo_unless_success(
        &mut self,
        before: super::world::World,
        address: Address,
        ended: &Ended,
    ) {
        if ended.status == Status::Success {
            return;
        }
        let keeps_ripemd = address == RIPEMD160 || self.world.touched.contains(&RIPEMD160);
        self.world = before;
        if keeps_ripemd && self.rules.clears_touched {
            self.world.touched.insert(RIPEMD160);
        }
    }

    fn execute(&mut self, message: Message) -> Ended {
        let mut frame = Frame::new(message);
        match frame.run(self) {
            Ok((status, output)) => Ended {
                status,
                gas: frame.gas,
                output,
            },
            Err(_) => Ended::halt(),
        }
    }

    /// The number and the contract, if the address is that of a precompile under this fork.
    pub(super) fn precompile_at(&self, address: Address) -> Option<(u64, precompiles::Precompile)> {
        let (zeros, number) = address.0.split_at(12);
        let number = u64::from_be_bytes(number.try_into().ok()?);
        let precompile = self.rules.precompiles.get(&number)?;
        zeros
            .iter()
            .all(|byte| *byte == 0)
            .then_some((number, *precompile))
    }
}
