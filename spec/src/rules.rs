//! Every difference of behaviour between forks, named by what it does.

use crate::Fork;
use crate::precompile::{self, PrecompileTable};

/// How many blobs there may be, and how their price follows demand (EIP-4844, EIP-7691, EIP-7594).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlobRules {
    /// Blobs of a block at most.
    pub max_per_block: u64,
    /// Blobs of a transaction at most.
    pub max_per_transaction: u64,
    /// `BLOB_BASE_FEE_UPDATE_FRACTION`.
    pub update_fraction: u64,
}

/// What a fork does differently from its parent. Rules of one's own are a struct update of a fork's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// EIP-2: a creation that cannot pay for its code fails; before, it left an account without code.
    pub code_deposit_must_be_paid: bool,
    /// EIP-2: signatures of transactions have a low `s`.
    pub low_s_required: bool,
    /// EIP-155: signatures of legacy transactions may name a chain.
    pub replay_protection: bool,
    /// EIP-150: a call passes on at most all but one 64th of the gas; before, asking for more than there is fails.
    pub all_but_one_64th: bool,
    /// EIP-161: touched empty accounts are deleted, contracts start with nonce 1, and only transfers of value create.
    pub clears_empty_accounts: bool,
    /// EIP-170: the size of deployed code in bytes.
    pub max_code_size: usize,
    /// EIP-3860: the size of init code in bytes.
    pub max_init_code_size: usize,
    /// EIP-2200: SSTORE fails with no more gas than the stipend.
    pub sstore_sentry: bool,
    /// EIP-2929: the first access to an account or a slot in a transaction costs more.
    pub access_lists: bool,
    /// EIP-3651: the coinbase is warm.
    pub warm_coinbase: bool,
    /// EIP-3541: code that begins with 0xEF cannot be deployed.
    pub rejects_ef_code: bool,
    /// EIP-1559: blocks have a base fee, which is burnt.
    pub base_fee: bool,
    /// EIP-4399: DIFFICULTY is PREVRANDAO.
    pub prev_randao: bool,
    /// EIP-6780: SELFDESTRUCT deletes only contracts created in the same transaction.
    pub selfdestruct_only_if_created: bool,
    /// EIP-7702: code may delegate to another account's.
    pub delegation: bool,
    /// EIP-2930 transactions.
    pub access_list_transactions: bool,
    /// EIP-4844 transactions.
    pub blobs: Option<BlobRules>,
    /// EIP-7825: the gas limit of a transaction.
    pub max_transaction_gas: u64,
    /// Where the precompiled contracts are.
    pub precompiles: PrecompileTable,
}

const FRONTIER: Rules = Rules {
    code_deposit_must_be_paid: false,
    low_s_required: false,
    replay_protection: false,
    all_but_one_64th: false,
    clears_empty_accounts: false,
    max_code_size: usize::MAX,
    max_init_code_size: usize::MAX,
    sstore_sentry: false,
    access_lists: false,
    warm_coinbase: false,
    rejects_ef_code: false,
    base_fee: false,
    prev_randao: false,
    selfdestruct_only_if_created: false,
    delegation: false,
    access_list_transactions: false,
    blobs: None,
    max_transaction_gas: u64::MAX,
    precompiles: precompile::FRONTIER,
};
const HOMESTEAD: Rules = Rules {
    code_deposit_must_be_paid: true,
    low_s_required: true,
    ..FRONTIER
};
const TANGERINE: Rules = Rules {
    all_but_one_64th: true,
    ..HOMESTEAD
};
const SPURIOUS_DRAGON: Rules = Rules {
    replay_protection: true,
    clears_empty_accounts: true,
    max_code_size: 24_576,
    ..TANGERINE
};
const BYZANTIUM: Rules = Rules {
    precompiles: precompile::BYZANTIUM,
    ..SPURIOUS_DRAGON
};
const ISTANBUL: Rules = Rules {
    sstore_sentry: true,
    precompiles: precompile::ISTANBUL,
    ..BYZANTIUM
};
const BERLIN: Rules = Rules {
    access_lists: true,
    access_list_transactions: true,
    precompiles: precompile::BERLIN,
    ..ISTANBUL
};
const LONDON: Rules = Rules {
    rejects_ef_code: true,
    base_fee: true,
    ..BERLIN
};
const PARIS: Rules = Rules {
    prev_randao: true,
    ..LONDON
};
const SHANGHAI: Rules = Rules {
    warm_coinbase: true,
    max_init_code_size: 49_152,
    ..PARIS
};
const CANCUN: Rules = Rules {
    selfdestruct_only_if_created: true,
    blobs: Some(BlobRules {
        max_per_block: 6,
        max_per_transaction: 6,
        update_fraction: 3_338_477,
    }),
    precompiles: precompile::CANCUN,
    ..SHANGHAI
};
const PRAGUE: Rules = Rules {
    delegation: true,
    blobs: Some(BlobRules {
        max_per_block: 9,
        max_per_transaction: 9,
        update_fraction: 5_007_716,
    }),
    precompiles: precompile::PRAGUE,
    ..CANCUN
};
const OSAKA: Rules = Rules {
    blobs: Some(BlobRules {
        max_per_block: 9,
        max_per_transaction: 6,
        update_fraction: 5_007_716,
    }),
    max_transaction_gas: 1 << 24,
    precompiles: precompile::OSAKA,
    ..PRAGUE
};

impl Rules {
    /// The behaviour of a fork.
    pub const fn of(fork: Fork) -> &'static Self {
        match fork {
            Fork::Frontier => &const { FRONTIER },
            Fork::Homestead | Fork::Dao => &const { HOMESTEAD },
            Fork::Tangerine => &const { TANGERINE },
            Fork::SpuriousDragon => &const { SPURIOUS_DRAGON },
            Fork::Byzantium | Fork::Constantinople | Fork::Petersburg => &const { BYZANTIUM },
            Fork::Istanbul | Fork::MuirGlacier => &const { ISTANBUL },
            Fork::Berlin => &const { BERLIN },
            Fork::London | Fork::ArrowGlacier | Fork::GrayGlacier => &const { LONDON },
            Fork::Paris => &const { PARIS },
            Fork::Shanghai => &const { SHANGHAI },
            Fork::Cancun => &const { CANCUN },
            Fork::Prague => &const { PRAGUE },
            Fork::Osaka => &const { OSAKA },
        }
    }
}
