//! The forks of Ethereum's main network in order, and the names that fixtures and tools give them.

use core::fmt;
use core::str::FromStr;

use crate::{Rules, Schedule};

/// A set of protocol rules, in the order of their activation on the main network.
///
/// ```
/// use gasworks_spec::Fork;
/// assert_eq!("Merge".parse(), Ok(Fork::Paris));
/// assert!(Fork::Berlin < Fork::London);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Fork {
    /// The first release, block 0.
    Frontier,
    /// EIP-606, block 1,150,000.
    Homestead,
    /// EIP-779, block 1,920,000. Executes as Homestead does.
    Dao,
    /// EIP-608, also called EIP150, block 2,463,000.
    Tangerine,
    /// EIP-607, also called EIP158, block 2,675,000.
    SpuriousDragon,
    /// EIP-609, block 4,370,000.
    Byzantium,
    /// EIP-1013. Never active on the main network without Petersburg.
    Constantinople,
    /// EIP-1716, also called ConstantinopleFix, block 7,280,000.
    Petersburg,
    /// EIP-1679, block 9,069,000.
    Istanbul,
    /// EIP-2387, block 9,200,000. Executes as Istanbul does.
    MuirGlacier,
    /// Block 12,244,000.
    Berlin,
    /// Block 12,965,000.
    London,
    /// EIP-4345, block 13,773,000. Executes as London does.
    ArrowGlacier,
    /// EIP-5133, block 15,050,000. Executes as London does.
    GrayGlacier,
    /// The Merge (EIP-3675), block 15,537,394.
    Paris,
    /// Timestamp 1,681,338,455.
    Shanghai,
    /// EIP-7569, timestamp 1,710,338,135.
    Cancun,
    /// EIP-7600, timestamp 1,746,612,311.
    Prague,
    /// EIP-7607, timestamp 1,764,798,551.
    Osaka,
}

/// Every fork with its own name first and then the names that fixtures and tools use.
const NAMES: &[(Fork, &[&str])] = &[
    (Fork::Frontier, &["Frontier"]),
    (Fork::Homestead, &["Homestead"]),
    (Fork::Dao, &["DAO", "DAOFork", "HomesteadDAO"]),
    (
        Fork::Tangerine,
        &["TangerineWhistle", "EIP150", "Tangerine"],
    ),
    (
        Fork::SpuriousDragon,
        &["SpuriousDragon", "EIP158", "EIP161", "Spurious"],
    ),
    (Fork::Byzantium, &["Byzantium"]),
    (Fork::Constantinople, &["Constantinople"]),
    (
        Fork::Petersburg,
        &["Petersburg", "ConstantinopleFix", "St. Petersburg"],
    ),
    (Fork::Istanbul, &["Istanbul"]),
    (Fork::MuirGlacier, &["MuirGlacier"]),
    (Fork::Berlin, &["Berlin"]),
    (Fork::London, &["London"]),
    (Fork::ArrowGlacier, &["ArrowGlacier"]),
    (Fork::GrayGlacier, &["GrayGlacier"]),
    (Fork::Paris, &["Paris", "Merge", "TheMerge"]),
    (Fork::Shanghai, &["Shanghai", "Merge+3855"]),
    (Fork::Cancun, &["Cancun"]),
    (Fork::Prague, &["Prague"]),
    (Fork::Osaka, &["Osaka"]),
];

/// Why a name is not that of a fork.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownFork {
    /// No fork is known by this name.
    Unknown,
    /// The name is of a transition between two forks (`LondonToShanghaiAtTime15k`), which is a chain, not a fork.
    Transition,
}

impl fmt::Display for UnknownFork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "unknown fork",
            Self::Transition => {
                "a transition between forks, not a fork: one transaction executes under one fork"
            }
        })
    }
}

impl core::error::Error for UnknownFork {}

impl Fork {
    /// The newest fork that is active on the main network.
    pub const LATEST: Self = Self::Osaka;

    /// All forks, oldest first.
    pub fn all() -> impl Iterator<Item = Self> {
        NAMES.iter().map(|(fork, _)| *fork)
    }

    /// The fork's name, as execution-spec-tests write it.
    pub fn name(self) -> &'static str {
        NAMES[self as usize].1[0]
    }

    /// Prices of this fork.
    pub const fn schedule(self) -> &'static Schedule {
        Schedule::of(self)
    }

    /// Behaviour of this fork.
    pub const fn rules(self) -> &'static Rules {
        Rules::of(self)
    }
}

impl fmt::Display for Fork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Fork {
    type Err = UnknownFork;

    /// Reads any name of a fork, whatever its case.
    fn from_str(name: &str) -> Result<Self, UnknownFork> {
        let known = |(fork, names): &(Self, &[&str])| {
            let found = names.iter().any(|known| known.eq_ignore_ascii_case(name));
            found.then_some(*fork)
        };
        if let Some(fork) = NAMES.iter().find_map(known) {
            return Ok(fork);
        }
        let transition = name.contains("To") && name.contains("At");
        Err(if transition {
            UnknownFork::Transition
        } else {
            UnknownFork::Unknown
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_the_order_of_the_forks_and_parse_back() {
        for (position, (fork, names)) in NAMES.iter().enumerate() {
            assert_eq!(*fork as usize, position);
            for name in *names {
                assert_eq!(name.parse(), Ok(*fork));
            }
        }
    }

    #[test]
    fn transitions_say_so() {
        assert_eq!(
            "ShanghaiToCancunAtTime15k".parse::<Fork>(),
            Err(UnknownFork::Transition)
        );
        assert_eq!("Atlantis".parse::<Fork>(), Err(UnknownFork::Unknown));
    }
}
