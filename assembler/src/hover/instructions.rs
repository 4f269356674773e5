//! Instructions in words: what they do to the stack, what they cost in which fork, and where they come from.

use gasworks_spec::{Fork, opcode};

use crate::disassemble::price;
use crate::target::{Elsewhere, Target};

/// The improvement proposals that brought an instruction, or changed what it does or costs.
const PROPOSALS: &[(&str, &[u16])] = &[
    ("EXP", &[160]),
    ("SHL", &[145]),
    ("SHR", &[145]),
    ("SAR", &[145]),
    ("CLZ", &[7939]),
    ("BALANCE", &[150, 1884, 2929]),
    ("RETURNDATASIZE", &[211]),
    ("RETURNDATACOPY", &[211]),
    ("EXTCODESIZE", &[150, 2929]),
    ("EXTCODECOPY", &[150, 2929]),
    ("EXTCODEHASH", &[1052, 1884, 2929]),
    ("BLOCKHASH", &[2935]),
    ("DIFFICULTY", &[4399]),
    ("PREVRANDAO", &[4399]),
    ("CHAINID", &[1344]),
    ("SELFBALANCE", &[1884]),
    ("BASEFEE", &[3198]),
    ("BLOBHASH", &[4844]),
    ("BLOBBASEFEE", &[7516]),
    ("SLOTNUM", &[7843]),
    ("SLOAD", &[150, 1884, 2929]),
    ("SSTORE", &[2200, 2929, 3529]),
    ("TLOAD", &[1153]),
    ("TSTORE", &[1153]),
    ("MCOPY", &[5656]),
    ("PUSH0", &[3855]),
    ("DUPN", &[8024]),
    ("SWAPN", &[8024]),
    ("EXCHANGE", &[8024]),
    ("CREATE", &[3860]),
    ("CALL", &[150, 2929]),
    ("CALLCODE", &[150, 2929]),
    ("DELEGATECALL", &[7, 150, 2929]),
    ("CREATE2", &[1014, 3860]),
    ("STATICCALL", &[214, 2929]),
    ("REVERT", &[140]),
    ("INVALID", &[141]),
    ("SELFDESTRUCT", &[150, 6780]),
];

/// An instruction in words; none where no fork has it.
pub(super) fn describe(name: &str, target: Target) -> Option<String> {
    if name.eq_ignore_ascii_case("push") {
        return Some(
            "`push value`\n\nThe smallest of PUSH0 to PUSH32 that holds the value.".into(),
        );
    }
    let (known, missing) = match target.instruction(name) {
        Some(_) => (target, None),
        None => {
            let elsewhere = target.elsewhere(name)?;
            let known = match elsewhere {
                Elsewhere::AddedIn(later) => later,
                Elsewhere::RemovedIn(_) => {
                    Target::all().find(|one| one.instruction(name).is_some())?
                }
            };
            (known, Some(elsewhere))
        }
    };
    let instruction = known.instruction(name)?;
    let byte = instruction.byte;
    let mut parts = vec![format!("`{}` (`0x{byte:02x}`)", instruction.name)];
    match missing {
        Some(Elsewhere::AddedIn(later)) => {
            parts.push(format!(
                "**Not in {}**: added in {}.",
                target.name(),
                later.name()
            ));
        }
        Some(Elsewhere::RemovedIn(fork)) => {
            parts.push(format!(
                "**Not in {}**: it ended with {fork}.",
                target.name()
            ));
        }
        None => {}
    }
    parts.extend(stack_effect(byte, known));
    parts.extend(prices(byte, known));
    parts.extend(proposals(instruction.name));
    Some(parts.join("\n\n"))
}

/// The stack before and after, top first, as stack comments have it.
fn stack_effect(byte: u8, target: Target) -> Option<String> {
    // What these do depends on their operand.
    let text = match target.instruction_of(byte)?.name {
        "DUPN" => "copies the word at a position to the top",
        "SWAPN" => "swaps the top with the word below a position",
        "EXCHANGE" => "swaps the words at two positions",
        "SLOTNUM" => "`[..]` → `[slot, ..]`",
        _ => {
            let row = opcode(byte)?;
            let words = |names: &[&str]| {
                let mut words = names.to_vec();
                words.push("..");
                words.join(", ")
            };
            return Some(format!(
                "`[{}]` → `[{}]`",
                words(row.inputs),
                words(row.outputs)
            ));
        }
    };
    Some(text.to_owned())
}

/// The prices of all forks that have the instruction.
fn prices(byte: u8, known: Target) -> Option<String> {
    let mut changes: Vec<String> = Vec::new();
    let mut last = None;
    for target in Target::all().filter(|one| one.instruction_of(byte).is_some()) {
        let said = match price(target, byte) {
            Some(price) => price.to_string(),
            None => "all".to_owned(),
        };
        if last.as_ref() != Some(&said) {
            changes.push(format!("{said} since {}", target.name()));
            last = Some(said);
        }
    }
    // What has always cost the same needs no history.
    match (changes.as_slice(), last) {
        ([only], Some(price)) if only.ends_with(Fork::Frontier.name()) => {
            Some(format!("{price} gas"))
        }
        ([], _) => price(known, byte).map(|price| format!("{price} gas")),
        _ => Some(format!("gas: {}", changes.join(", "))),
    }
}

fn proposals(name: &str) -> Option<String> {
    let (_, numbers) = PROPOSALS.iter().find(|(known, _)| *known == name)?;
    let links = numbers
        .iter()
        .map(|number| format!("[EIP-{number}](https://eips.ethereum.org/EIPS/eip-{number})"));
    Some(links.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_proposal_is_of_an_instruction() {
        for (name, _) in PROPOSALS {
            let known = Target::all().any(|target| target.instruction(name).is_some());
            assert!(known, "{name}");
        }
    }

    #[test]
    fn every_instruction_can_be_described() {
        for target in Target::all() {
            for name in target.names() {
                let said = describe(name, target).expect("a description");
                assert!(said.contains("gas"), "{name}: {said}");
                assert!(
                    said.contains('→') || said.contains("position"),
                    "{name}: {said}"
                );
            }
        }
    }
}
