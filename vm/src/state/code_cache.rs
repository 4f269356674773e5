//! Code that machines share: what was found out about it, and what was translated of it, by its hash.
//!
//! A cache is asked when an account's code is needed for the first time; from then on the account has it. So locks are far
//! from what is hot. What nobody has asked for lately is evicted in batches (second chance: Corbató, 1968), which machines
//! notice when they start their next execution.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use foldhash::fast::RandomState;
use primitive_types::H256 as Hash;

use crate::interpreter::{Code, Policy};
use crate::keccak::keccak256;

/// Code by its hash, shared between machines and threads: give the same to [`Config`](crate::Config) of each.
///
/// Machines share what they found out about code, and what they translated of it. What an execution comes to does not
/// depend on that. A machine with prices of its own shares nothing.
///
/// ```
/// use std::sync::Arc;
/// use gasworks::{BlockEnv, CodeCache, Config, Evm, Fork, MemoryDatabase};
/// let code_cache = Arc::new(CodeCache::with_budget(16 << 20));
/// let config = Config { code_cache: Arc::clone(&code_cache), ..Config::default() };
/// let evm = Evm::new(Fork::Osaka, BlockEnv::default(), MemoryDatabase::default()).with_config(config);
/// assert!(code_cache.bytes() <= code_cache.budget());
/// ```
pub struct CodeCache {
    budget: usize,
    /// Bytes held, with what code has grown by since; never less by much. Code that is held adds to it.
    estimate: Arc<AtomicUsize>,
    /// How often something was evicted.
    evictions: AtomicU64,
    shards: [Mutex<Shard>; SHARDS],
    /// The shard that the next eviction begins with.
    next: Mutex<usize>,
}

const SHARDS: usize = 16;
const DEFAULT_BUDGET: usize = 64 << 20;
/// Besides the code itself.
const ENTRY: usize = size_of::<Held>() + 4 * size_of::<Key>();

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    hash: Hash,
    /// For whom it is translated.
    policy: Policy,
}

struct Held {
    key: Key,
    code: Arc<Code>,
    /// Asked for since an eviction last came by.
    used: bool,
    /// The code is known to have the hash.
    verified: bool,
}

impl Held {
    fn bytes(&self) -> usize {
        self.code.footprint() + ENTRY
    }
}

/// Entries in a circle, and where in it each is.
#[derive(Default)]
struct Shard {
    places: HashMap<Key, usize, RandomState>,
    entries: Vec<Held>,
    /// Where the next eviction goes on.
    hand: usize,
}

static SHARED: LazyLock<Arc<CodeCache>> = LazyLock::new(Arc::default);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Default for CodeCache {
    /// An empty one with a budget of 64 MiB.
    fn default() -> Self {
        Self::with_budget(DEFAULT_BUDGET)
    }
}

impl CodeCache {
    /// An empty one that holds at most so many bytes; between two executions, at least.
    pub fn with_budget(bytes: usize) -> Self {
        Self {
            budget: bytes,
            estimate: Arc::default(),
            evictions: AtomicU64::new(0),
            shards: Default::default(),
            next: Mutex::new(0),
        }
    }

    /// The one that all machines of the process share unless told otherwise.
    pub fn shared() -> Arc<Self> {
        Arc::clone(&SHARED)
    }

    /// The most bytes that it holds.
    pub fn budget(&self) -> usize {
        self.budget
    }

    /// The bytes that it holds, counted one by one.
    pub fn bytes(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).bytes()).sum()
    }

    fn shard(&self, hash: &Hash) -> &Mutex<Shard> {
        &self.shards[usize::from(hash.0[0]) % SHARDS]
    }

    /// The code with a hash. Whoever put it there may have been told a wrong hash by a database; what is shared is
    /// looked at once.
    pub(super) fn get(&self, hash: Hash, policy: Policy) -> Option<Arc<Code>> {
        let key = Key { hash, policy };
        let (code, verified) = {
            let mut shard = lock(self.shard(&hash));
            let place = *shard.places.get(&key)?;
            let held = &mut shard.entries[place];
            held.used = true;
            (Arc::clone(&held.code), held.verified)
        };
        if verified {
            return Some(code);
        }
        let is_right = keccak256(code.bytes()) == hash;
        let mut shard = lock(self.shard(&hash));
        // In between it may have been evicted, or others may have been faster.
        if let Some(&place) = shard.places.get(&key)
            && Arc::ptr_eq(&shard.entries[place].code, &code)
        {
            if is_right {
                shard.entries[place].verified = true;
            } else {
                shard.remove(place);
            }
        }
        is_right.then_some(code)
    }

    /// Adds code; returns what there is, if somebody has been faster.
    pub(super) fn insert(
        &self,
        hash: Hash,
        policy: Policy,
        code: Arc<Code>,
        verified: bool,
    ) -> Arc<Code> {
        let key = Key { hash, policy };
        let held = Held {
            key,
            code: Arc::clone(&code),
            used: true,
            verified,
        };
        let bytes = held.bytes();
        {
            let mut shard = lock(self.shard(&hash));
            if let Some(&place) = shard.places.get(&key) {
                let there = &shard.entries[place];
                // What is not known to be right is not shared without a look at it.
                return if there.verified {
                    Arc::clone(&there.code)
                } else {
                    code
                };
            }
            code.count_growth(&self.estimate);
            let place = shard.entries.len();
            shard.entries.push(held);
            shard.places.insert(key, place);
        }
        self.estimate.fetch_add(bytes, Ordering::Relaxed);
        self.tidy();
        code
    }

    /// Keeps to the budget; returns how often something was evicted so far. Code grows as it is translated, so that this
    /// is not for insertions alone.
    #[inline]
    pub(super) fn tidy(&self) -> u64 {
        // What an execution adds before the next one starts has some room.
        if self.is_full() {
            self.evict();
        }
        self.evictions.load(Ordering::Acquire)
    }

    #[inline]
    fn is_full(&self) -> bool {
        self.estimate.load(Ordering::Relaxed) > self.budget / 8 * 7
    }

    #[cold]
    fn evict(&self) {
        // Whoever would add more waits until there is room.
        let mut next = lock(&self.next);
        if !self.is_full() {
            return;
        }
        let estimate = self.estimate.load(Ordering::Relaxed);
        let mut held = self.bytes();
        let wanted = self.budget / 4 * 3;
        let before = held;
        // What was used is spared at first.
        for spares in [true, false] {
            for step in 0..SHARDS {
                let mut shard = lock(&self.shards[(*next + step) % SHARDS]);
                shard.evict(&mut held, wanted, spares);
            }
        }
        *next = (*next + 1) % SHARDS;
        // What other threads have added meanwhile stays added.
        let correction = held.wrapping_sub(estimate);
        self.estimate.fetch_add(correction, Ordering::Relaxed);
        if held < before {
            self.evictions.fetch_add(1, Ordering::Release);
        }
    }
}

impl Shard {
    fn bytes(&self) -> usize {
        self.entries.iter().map(Held::bytes).sum()
    }

    /// Evicts until no more than `wanted` bytes are `held` in all, or until it has been round.
    fn evict(&mut self, held: &mut usize, wanted: usize, spares: bool) {
        for _ in 0..self.entries.len() {
            if *held <= wanted {
                return;
            }
            if self.hand >= self.entries.len() {
                self.hand = 0;
            }
            let entry = &mut self.entries[self.hand];
            if spares && std::mem::take(&mut entry.used) {
                self.hand += 1;
                continue;
            }
            *held = held.saturating_sub(entry.bytes());
            self.remove(self.hand);
        }
    }

    fn remove(&mut self, place: usize) {
        let removed = self.entries.swap_remove(place);
        self.places.remove(&removed.key);
        if let Some(moved) = self.entries.get(place) {
            self.places.insert(moved.key, place);
        }
    }
}

impl fmt::Debug for CodeCache {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CodeCache")
            .field("budget", &self.budget)
            .field("bytes", &self.bytes())
            .finish()
    }
}
