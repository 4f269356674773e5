//! Instruction sets: which mnemonics a target fork has, and what is said of one that it does not have.
//!
//! Everything comes from the opcode table of `gasworks-spec`. What stands here is what that table cannot hold: names that
//! changed, and the instructions of forks that are not on the main network yet.

use gasworks_spec::{Fork, opcode};

/// An instruction of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// Its byte.
    pub byte: u8,
    /// Its name in upper case.
    pub name: &'static str,
    /// How many words it takes from the stack, and how many it leaves there.
    pub stack: (u8, u8),
    /// Bytes of code after it that belong to it.
    pub immediate: u8,
}

/// The instruction set that a program is written for.
///
/// ```
/// use gasworks_assembler::Target;
/// let target: Target = "shanghai".parse().unwrap();
/// assert!(target.instruction("push0").is_some());
/// assert!(target.instruction("mcopy").is_none());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// A fork of the main network.
    Mainnet(Fork),
    /// Osaka with what EIP-7773 lists: DUPN, SWAPN, EXCHANGE (EIP-8024) and SLOTNUM (EIP-7843).
    Amsterdam,
}

/// A name that is not that of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownTarget;

impl std::fmt::Display for UnknownTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("unknown target")
    }
}

impl std::error::Error for UnknownTarget {}

impl Default for Target {
    fn default() -> Self {
        Self::Mainnet(Fork::LATEST)
    }
}

impl From<Fork> for Target {
    fn from(fork: Fork) -> Self {
        Self::Mainnet(fork)
    }
}

impl std::str::FromStr for Target {
    type Err = UnknownTarget;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        if name.eq_ignore_ascii_case("amsterdam") {
            return Ok(Self::Amsterdam);
        }
        let fork = name.parse().map_err(|_| UnknownTarget)?;
        Ok(Self::Mainnet(fork))
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name().to_ascii_lowercase())
    }
}

/// Instructions that the main network does not have yet.
const AMSTERDAM: [Instruction; 4] = [
    Instruction {
        byte: 0x4b,
        name: "SLOTNUM",
        stack: (0, 1),
        immediate: 0,
    },
    // What these take and leave depends on the immediate.
    Instruction {
        byte: 0xe6,
        name: "DUPN",
        stack: (0, 1),
        immediate: 1,
    },
    Instruction {
        byte: 0xe7,
        name: "SWAPN",
        stack: (0, 0),
        immediate: 1,
    },
    Instruction {
        byte: 0xe8,
        name: "EXCHANGE",
        stack: (0, 0),
        immediate: 1,
    },
];

/// Other names of instructions, with the forks in which they mean something.
const ALIASES: [(&str, u8, Fork, Option<Fork>); 3] = [
    // EIP-4399 gave 0x44 a new meaning.
    ("DIFFICULTY", 0x44, Fork::Frontier, Some(Fork::Paris)),
    ("RANDOM", 0x44, Fork::Paris, None),
    // EIP-6780 left of SELFDESTRUCT the sending of the balance.
    ("SENDALL", 0xff, Fork::Cancun, None),
];

/// Where a name belongs that a target does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Elsewhere {
    /// A later target has it.
    AddedIn(Target),
    /// It ended with this fork.
    RemovedIn(Fork),
}

impl Target {
    /// The newest target that is active on the main network.
    pub const LATEST: Self = Self::Mainnet(Fork::LATEST);

    /// Every target, oldest first.
    pub fn all() -> impl Iterator<Item = Self> {
        Fork::all().map(Self::Mainnet).chain([Self::Amsterdam])
    }

    /// The target's name, as its fork is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mainnet(fork) => fork.name(),
            Self::Amsterdam => "Amsterdam",
        }
    }

    /// The fork whose prices and rules the target has.
    pub fn fork(self) -> Fork {
        match self {
            Self::Mainnet(fork) => fork,
            Self::Amsterdam => Fork::Osaka,
        }
    }

    /// Whether zero can be pushed by one byte (EIP-3855).
    pub fn has_push0(self) -> bool {
        self.fork() >= Fork::Shanghai
    }

    /// The instruction of a byte.
    pub fn instruction_of(self, byte: u8) -> Option<Instruction> {
        if self == Self::Amsterdam
            && let Some(found) = AMSTERDAM.iter().find(|row| row.byte == byte)
        {
            return Some(*found);
        }
        let row = opcode(byte).filter(|row| row.introduced() <= self.fork())?;
        Some(Instruction {
            byte,
            name: self.preferred_name(byte, row.name),
            stack: (row.inputs.len() as u8, row.outputs.len() as u8),
            immediate: row.immediate as u8,
        })
    }

    /// The instruction of a name, in whatever case.
    pub fn instruction(self, name: &str) -> Option<Instruction> {
        let byte = byte_of(name)?;
        self.has_name(name, byte)
            .then(|| self.instruction_of(byte))
            .flatten()
    }

    /// Where a name belongs that the target does not know.
    pub fn elsewhere(self, name: &str) -> Option<Elsewhere> {
        let removed = ALIASES.iter().find_map(|(alias, _, _, end)| {
            end.filter(|_| alias.eq_ignore_ascii_case(name))
                .filter(|end| self.fork() >= *end)
        });
        if let Some(fork) = removed {
            return Some(Elsewhere::RemovedIn(fork));
        }
        let later = Self::all().filter(|other| *other > self);
        later
            .into_iter()
            .find(|other| other.instruction(name).is_some())
            .map(Elsewhere::AddedIn)
    }

    /// All names that the target knows, in the order of their bytes.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let names = (0..=u8::MAX).filter_map(move |byte| self.instruction_of(byte));
        let aliases = ALIASES.iter().map(|(name, ..)| *name);
        names
            .map(|instruction| instruction.name)
            .chain(aliases.filter(move |name| self.instruction(name).is_some()))
    }

    fn preferred_name(self, byte: u8, name: &'static str) -> &'static str {
        if byte == 0x44 && self.fork() < Fork::Paris {
            "DIFFICULTY"
        } else {
            name
        }
    }

    fn has_name(self, name: &str, byte: u8) -> bool {
        match ALIASES
            .iter()
            .find(|(alias, ..)| alias.eq_ignore_ascii_case(name))
        {
            Some((_, _, start, end)) => {
                *start <= self.fork() && end.is_none_or(|end| self.fork() < end)
            }
            None => byte != 0x44 || self.fork() >= Fork::Paris,
        }
    }
}

/// The byte that a name stands for in any target.
fn byte_of(name: &str) -> Option<u8> {
    let alias = ALIASES
        .iter()
        .find(|(alias, ..)| alias.eq_ignore_ascii_case(name));
    if let Some((_, byte, ..)) = alias {
        return Some(*byte);
    }
    let amsterdam = AMSTERDAM
        .iter()
        .find(|row| row.name.eq_ignore_ascii_case(name));
    if let Some(row) = amsterdam {
        return Some(row.byte);
    }
    (0..=u8::MAX).find(|byte| opcode(*byte).is_some_and(|row| row.name.eq_ignore_ascii_case(name)))
}

/// The largest position that DUPN and SWAPN reach (EIP-8024).
const DEEPEST: u8 = 235;

/// The immediate of an instruction that takes positions on the stack, or what is wrong with them (EIP-8024).
pub fn encode_immediate(name: &str, positions: &[u8]) -> Result<u8, String> {
    match (name, positions) {
        ("DUPN" | "SWAPN", [depth]) => match depth {
            17..=107 => Ok(depth - 17),
            108..=DEEPEST => Ok(depth + 20),
            _ => Err(format!(
                "{name} reaches positions 17 to {DEEPEST}, not {depth}"
            )),
        },
        ("DUPN" | "SWAPN", _) => Err(format!("{name} takes one position")),
        ("EXCHANGE", [first, second]) => {
            if *first < 1 || *first > 13 || second <= first || first + second > 30 {
                return Err(format!(
                    "EXCHANGE takes positions n and m with 1 <= n < m and n + m <= 30, not {first} and {second}"
                ));
            }
            let code = if *second <= 16 {
                (first - 1) * 16 + second - 1
            } else {
                (29 - second) * 16 + first - 1
            };
            Ok(if code > 79 { code + 48 } else { code })
        }
        ("EXCHANGE", _) => Err("EXCHANGE takes two positions".into()),
        _ => Err(format!("{name} takes no immediate")),
    }
}

/// The positions on the stack that an immediate stands for, or none where it is not valid (EIP-8024).
pub fn decode_immediate(byte: u8, immediate: u8) -> Option<Vec<u8>> {
    match (byte, immediate) {
        (0xe6 | 0xe7, 0..=90) => Some(vec![immediate + 17]),
        (0xe6 | 0xe7, 128..) => Some(vec![immediate - 20]),
        (0xe8, 0..=79 | 128..) => {
            let code = if immediate <= 79 {
                immediate
            } else {
                immediate - 48
            };
            let (high, low) = (code / 16, code % 16);
            Some(if high < low {
                vec![high + 1, low + 1]
            } else {
                vec![low + 1, 29 - high]
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn immediates_round_trip() {
        for (byte, name) in [(0xe6, "DUPN"), (0xe7, "SWAPN"), (0xe8, "EXCHANGE")] {
            for immediate in 0..=u8::MAX {
                if let Some(positions) = decode_immediate(byte, immediate) {
                    assert_eq!(
                        encode_immediate(name, &positions),
                        Ok(immediate),
                        "{name} {positions:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn names_change_with_the_fork() {
        let (london, paris) = (Target::from(Fork::London), Target::from(Fork::Paris));
        assert!(london.instruction("difficulty").is_some());
        assert!(london.instruction("prevrandao").is_none());
        assert_eq!(
            paris.instruction("random").map(|found| found.byte),
            Some(0x44)
        );
        assert_eq!(
            paris.elsewhere("DIFFICULTY"),
            Some(Elsewhere::RemovedIn(Fork::Paris))
        );
        assert_eq!(
            london.elsewhere("push0"),
            Some(Elsewhere::AddedIn(Fork::Shanghai.into()))
        );
        assert_eq!(
            Target::LATEST.elsewhere("dupn"),
            Some(Elsewhere::AddedIn(Target::Amsterdam))
        );
        assert_eq!(Target::LATEST.elsewhere("nothing"), None);
    }
}
