//! When code is translated, and in which form its handlers are.

use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};

use gasworks_spec::Fork;

use crate::env::Core;

/// How often a position is come to before it is translated: chains overlap, so that translating costs what some fifty runs
/// save.
const THRESHOLD: u8 = 64;

/// Runs of a code, or jumps in one run, before its positions are counted at all.
const RUNS: u32 = 4;
const JUMPS: u64 = 128;

/// Names a table of base prices, which translated code has in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Prices(u64);

/// The name of the next table of a user's own; those of forks are below.
static NEXT: AtomicU64 = AtomicU64::new(1 << 32);

impl Prices {
    pub(crate) fn of(fork: Fork) -> Self {
        Self(fork as u64)
    }

    /// Of a table that no other is equal to, as far as anybody knows.
    pub(crate) fn new() -> Self {
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// What [`Core`] comes to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    prices: Prices,
    core: Core,
    translates: bool,
    pub(super) threshold: u8,
    pub(super) runs: u32,
    pub(super) jumps: u64,
    /// Whether handlers call each other in tail position.
    pub(super) tail: bool,
    /// Whether every second block is left to the plain loop.
    pub(super) alternates: bool,
}

/// All else follows from the core.
impl PartialEq for Policy {
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        self.prices == other.prices && self.core == other.core
    }
}

impl Eq for Policy {}

impl Hash for Policy {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.prices.hash(state);
        self.core.hash(state);
    }
}

/// Whether a call in tail position is a jump in this build. Debug assertions keep locals alive to the end of a function,
/// and other architectures have not been looked at.
const TAIL_CALLS: bool = cfg!(all(
    not(debug_assertions),
    not(miri),
    optimized,
    any(target_arch = "x86_64", target_arch = "aarch64")
));

impl Policy {
    /// Whether anything is translated.
    pub(crate) fn translates(self) -> bool {
        self.translates
    }

    /// Whether handlers call each other in tail position.
    pub(crate) fn is_tail(self) -> bool {
        self.tail
    }

    pub(crate) fn new(core: Core, prices: Prices) -> Self {
        let adaptive = Self {
            prices,
            core,
            translates: true,
            threshold: THRESHOLD,
            runs: RUNS,
            jumps: JUMPS,
            tail: TAIL_CALLS,
            alternates: false,
        };
        let forced = Self {
            threshold: 0,
            runs: 0,
            jumps: 1,
            ..adaptive
        };
        match core {
            Core::Adaptive => adaptive,
            Core::Plain => Self {
                translates: false,
                ..adaptive
            },
            Core::Translated => forced,
            Core::Trampoline => Self {
                tail: false,
                ..forced
            },
            Core::Alternating => Self {
                alternates: true,
                ..forced
            },
        }
    }
}
