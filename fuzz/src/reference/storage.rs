//! Storage (EIP-1283, EIP-2200, EIP-2929, EIP-3529) and transient storage (EIP-1153).

use gasworks::U256;

use super::frame::{Frame, Halt};
use super::machine::Machine;
use super::opcodes::*;
use super::rules::StoragePrice;

/// The prices of a fork that looks at the original value.
struct Net {
    /// A slot that has its new value already, or has been changed before.
    load: u64,
    /// A slot that was not zero is changed for the first time.
    reset: u64,
}

const SET: u64 = 20_000;

impl Frame {
    pub(super) fn storage(&mut self, opcode: u8, machine: &mut Machine<'_>) -> Result<(), Halt> {
        let slot = self.pop()?;
        let address = self.message.address;
        match opcode {
            SLOAD => {
                if machine.rules.access_lists {
                    let is_cold = machine.world.warm_slots.insert((address, slot));
                    self.charge(if is_cold { 2_100 } else { 100 })?;
                }
                self.push(machine.world.slot(address, slot))
            }
            TLOAD => {
                let value = machine.world.transient.get(&(address, slot));
                self.push(value.copied().unwrap_or_default())
            }
            TSTORE => {
                let value = self.pop()?;
                self.require_not_static()?;
                machine.world.transient.insert((address, slot), value);
                Ok(())
            }
            _ => {
                let value = self.pop()?;
                self.sstore(slot, value, machine)
            }
        }
    }

    fn sstore(&mut self, slot: U256, value: U256, machine: &mut Machine<'_>) -> Result<(), Halt> {
        self.require_not_static()?;
        let address = self.message.address;
        let price = machine.rules.storage;
        let sentry = matches!(price, StoragePrice::Net2200 | StoragePrice::Net2929);
        if sentry && self.gas <= 2_300 {
            return Err(Halt::OutOfGas);
        }
        let present = machine.world.slot(address, slot);
        let original = machine.original_slot(address, slot);
        let clear_refund = machine.rules.clear_refund;
        let (gas, refund) = match price {
            StoragePrice::Simple => simple(present, value, clear_refund),
            StoragePrice::Net1283 => {
                let prices = Net {
                    load: 200,
                    reset: 5_000,
                };
                net(&prices, original, present, value, clear_refund)
            }
            StoragePrice::Net2200 => {
                let prices = Net {
                    load: 800,
                    reset: 5_000,
                };
                net(&prices, original, present, value, clear_refund)
            }
            StoragePrice::Net2929 => {
                let is_cold = machine.world.warm_slots.insert((address, slot));
                self.charge(if is_cold { 2_100 } else { 0 })?;
                let prices = Net {
                    load: 100,
                    reset: 5_000 - 2_100,
                };
                net(&prices, original, present, value, clear_refund)
            }
        };
        self.charge(gas)?;
        machine.world.refund += refund;
        machine.world.set_slot(address, slot, value);
        Ok(())
    }
}

/// Gas and refund as in the Yellow Paper before EIP-2200.
fn simple(present: U256, value: U256, clear_refund: i64) -> (u64, i64) {
    match (present.is_zero(), value.is_zero()) {
        (true, false) => (SET, 0),
        (false, true) => (5_000, clear_refund),
        _ => (5_000, 0),
    }
}

/// Gas and refund by original, present and new value, in the order of EIP-2200's list.
fn net(prices: &Net, original: U256, present: U256, value: U256, clear_refund: i64) -> (u64, i64) {
    if present == value {
        return (prices.load, 0);
    }
    if original == present {
        if original.is_zero() {
            return (SET, 0);
        }
        let refund = if value.is_zero() { clear_refund } else { 0 };
        return (prices.reset, refund);
    }
    let mut refund = 0;
    if !original.is_zero() {
        if present.is_zero() {
            refund -= clear_refund;
        } else if value.is_zero() {
            refund += clear_refund;
        }
    }
    if original == value {
        let first = if original.is_zero() {
            SET
        } else {
            prices.reset
        };
        refund += (first - prices.load) as i64;
    }
    (prices.load, refund)
}
