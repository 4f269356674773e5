//! What instructions cost as far as the code alone tells.

use gasworks_spec::UNDEFINED;

use super::{Content, Line, Listing};
use crate::target::Target;

/// The price of an instruction or of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// Gas that it costs at least.
    pub least: u64,
    /// Whether operands, memory or the state may make it more.
    pub more: bool,
}

impl std::fmt::Display for Price {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let more = if self.more { "+" } else { "" };
        f.pad(&format!("{}{more}", self.least))
    }
}

/// What a line costs, and what its block has cost with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunningGas {
    /// The instruction's price, or none if it takes all the gas there is.
    pub price: Option<Price>,
    /// The sum from the start of the basic block on.
    pub running: Option<Price>,
}

impl Listing {
    /// The gas of each line, in their order. Lines of data have none.
    pub fn gas(&self) -> Vec<Option<RunningGas>> {
        let mut gas = vec![None; self.lines().len()];
        for block in self.blocks() {
            let mut running = Some(Price {
                least: 0,
                more: false,
            });
            let lines = self.lines_of(block);
            let places = gas.get_mut(block.lines.clone()).unwrap_or_default();
            for (line, place) in lines.zip(places) {
                let price = self.price(line);
                running = running.zip(price).map(|(running, price)| Price {
                    least: running.least.saturating_add(price.least),
                    more: running.more || price.more,
                });
                *place = Some(RunningGas { price, running });
            }
        }
        gas
    }

    fn price(&self, line: Line<'_>) -> Option<Price> {
        match line.content {
            Content::Instruction(instruction) | Content::CutOff(instruction) => {
                price(self.target(), instruction.byte)
            }
            _ => None,
        }
    }
}

/// The price of a target's instruction, or none if it takes all gas: INVALID, and what is no instruction.
pub fn price(target: Target, byte: u8) -> Option<Price> {
    let schedule = target.fork().schedule();
    let instruction = target.instruction_of(byte)?;
    // What the main network does not have yet costs what its relatives cost (EIP-7843, EIP-8024).
    let relative = match instruction.name {
        "SLOTNUM" => "NUMBER",
        "DUPN" => "DUP1",
        "SWAPN" | "EXCHANGE" => "SWAP1",
        name => name,
    };
    let byte = target.instruction(relative)?.byte;
    let base = schedule.base.get(usize::from(byte)).copied()?;
    let exact = |least| Price { least, more: false };
    let at_least = |least| Price { least, more: true };
    let price = match relative {
        "INVALID" => return None,
        "SSTORE" if schedule.net_metering => at_least(schedule.sstore_warm),
        "SSTORE" => at_least(schedule.sstore_reset.min(schedule.sstore_set)),
        "SLOAD" => Price {
            least: base,
            more: schedule.cold_slot > 0,
        },
        "BALANCE" | "EXTCODESIZE" | "EXTCODEHASH" => Price {
            least: base,
            more: schedule.cold_account > 0,
        },
        "SELFDESTRUCT" => Price {
            least: base,
            more: schedule.cold_account > 0 || schedule.selfdestruct_new_account > 0,
        },
        "LOG0" | "LOG1" | "LOG2" | "LOG3" | "LOG4" => {
            let topics = instruction.stack.0.saturating_sub(2);
            at_least(base + u64::from(topics) * schedule.log_topic)
        }
        "EXP" | "KECCAK256" | "CALLDATACOPY" | "CODECOPY" | "EXTCODECOPY" | "RETURNDATACOPY"
        | "MCOPY" | "MLOAD" | "MSTORE" | "MSTORE8" | "CREATE" | "CREATE2" | "CALL" | "CALLCODE"
        | "DELEGATECALL" | "STATICCALL" | "RETURN" | "REVERT" => at_least(base),
        _ => exact(base),
    };
    (base != UNDEFINED).then_some(price)
}

#[cfg(test)]
mod tests {
    use gasworks_spec::Fork;

    use super::*;
    use crate::disassemble;

    #[test]
    fn prices_of_forks() {
        let said = |fork: Fork, byte| price(fork.into(), byte).map(|price| price.to_string());
        for (fork, byte, expected) in [
            (Fork::Osaka, 0x01, Some("3")),
            (Fork::Osaka, 0x54, Some("100+")),
            (Fork::Frontier, 0x54, Some("50")),
            (Fork::Osaka, 0x55, Some("100+")),
            (Fork::Frontier, 0x55, Some("5000+")),
            (Fork::Osaka, 0xa2, Some("1125+")),
            (Fork::Frontier, 0xff, Some("0")),
            (Fork::Osaka, 0xff, Some("5000+")),
            (Fork::Osaka, 0xfe, None),
            (Fork::Osaka, 0x0c, None),
            (Fork::Paris, 0x5f, None),
            (Fork::London, 0x44, Some("2")),
        ] {
            assert_eq!(said(fork, byte).as_deref(), expected, "{fork} {byte:02x}");
        }
        for byte in [0x4b, 0xe6, 0xe7, 0xe8] {
            let price = price(Target::Amsterdam, byte).expect("it has a price");
            let expected = if byte == 0x4b { 2 } else { 3 };
            assert_eq!((price.least, price.more), (expected, false));
        }
    }

    #[test]
    fn gas_runs_within_blocks() {
        // PUSH1 5, JUMPI, MSIZE, JUMPDEST, MLOAD, INVALID, and data.
        let listing = disassemble(
            &[0x60, 4, 0x57, 0x59, 0x5b, 0x51, 0xfe, 0x01],
            Target::LATEST,
        );
        let running: Vec<_> = listing
            .gas()
            .into_iter()
            .map(|gas| gas.map(|gas| gas.running.map(|price| price.to_string())))
            .collect();
        let price = |text: &str| Some(Some(text.to_owned()));
        assert_eq!(
            running,
            [
                price("3"),
                price("13"),
                price("2"),
                price("1"),
                price("4+"),
                Some(None),
                None
            ]
        );
    }
}
