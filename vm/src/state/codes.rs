//! The code of a machine's accounts: from the cache that machines share, from what was created here, or from the database.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use bytes::Bytes;
use foldhash::fast::RandomState;
use primitive_types::H256 as Hash;

use super::code_cache::CodeCache;
use super::{HostFailed, Source, State};
use crate::copy;
use crate::env::Core;
use crate::interpreter::{Code, Policy, Prices};
use crate::keccak::EMPTY_CODE_HASH;

pub(super) struct Codes {
    cache: Arc<CodeCache>,
    policy: Policy,
    /// How often the cache had evicted something when it was last asked.
    evictions: u64,
    /// Code that was set here, which the database may not have.
    written: HashMap<Hash, Bytes, RandomState>,
    /// Its hashes, in the order in which they came.
    order: Vec<Hash>,
    empty: Arc<Code>,
}

impl Default for Codes {
    fn default() -> Self {
        let cache = CodeCache::shared();
        Self {
            evictions: cache.tidy(),
            cache,
            policy: Policy::new(Core::default(), Prices::new()),
            written: HashMap::default(),
            order: Vec::new(),
            empty: Arc::new(Code::new(&[])),
        }
    }
}

impl Codes {
    pub(super) fn find(&self, source: &dyn Source, hash: Hash) -> Result<Arc<Code>, HostFailed> {
        if hash == EMPTY_CODE_HASH {
            return Ok(Arc::clone(&self.empty));
        }
        if let Some(code) = self.cache.get(hash, self.policy) {
            return Ok(code);
        }
        let written = self.written.get(&hash);
        let code = match written {
            Some(bytes) => Code::new(bytes),
            None => Code::new(&source.code(hash)?),
        };
        let (code, verified) = (Arc::new(code), written.is_some());
        Ok(self.cache.insert(hash, self.policy, code, verified))
    }

    /// Remembers code whose hash this is.
    pub(super) fn write(&mut self, hash: Hash, code: &[u8]) {
        if code.is_empty() {
            return;
        }
        if let Entry::Vacant(place) = self.written.entry(hash) {
            place.insert(copy::to_vec(code).into());
            self.order.push(hash);
        }
    }

    /// How much was written.
    pub(super) fn extent(&self) -> usize {
        self.order.len()
    }

    /// Forgets what was written after that.
    pub(super) fn forget_after(&mut self, extent: usize) {
        for hash in self.order.drain(extent.min(self.order.len())..) {
            self.written.remove(&hash);
        }
    }

    /// Code that was written.
    pub(super) fn written(&self, hash: &Hash) -> Bytes {
        self.written.get(hash).cloned().unwrap_or_default()
    }
}

impl State {
    /// From now on, code comes from another cache, or for another policy.
    pub(crate) fn use_code_cache(&mut self, cache: Arc<CodeCache>, policy: Policy) {
        self.codes.evictions = cache.tidy();
        self.codes.cache = cache;
        self.codes.policy = policy;
        self.let_go_of_code();
    }

    /// Lets go of all code, if the cache has evicted any since this was last asked; what is still in the cache is there to
    /// be taken again. Otherwise what is evicted would live on here. Whether it did.
    #[inline(always)]
    pub(crate) fn follow_evictions(&mut self) -> bool {
        let evictions = self.codes.cache.tidy();
        let evicted = evictions != self.codes.evictions;
        if evicted {
            self.codes.evictions = evictions;
            self.let_go_of_code();
        }
        evicted
    }

    #[cold]
    fn let_go_of_code(&mut self) {
        for account in self.accounts.iter_mut().chain(&mut self.replaced) {
            account.code = None;
        }
    }
}
