//! What each upgrade of the protocol changed, in order, as the EIPs say it.
//!
//! Written down a second time on purpose: this table shares nothing with the one that the machine reads.

use std::collections::BTreeMap;

use gasworks::Fork;

use super::opcodes::*;
use super::precompiles::{ModExpPrice, Precompile};

/// How storage is priced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StoragePrice {
    /// Yellow Paper, appendix G: by the present and the new value.
    Simple,
    /// EIP-1283: by the original value, too.
    Net1283,
    /// EIP-2200: as EIP-1283, repriced, and not with the stipend's gas.
    Net2200,
    /// EIP-2929: as EIP-2200, but the first access to a slot costs more.
    Net2929,
}

/// When a call or a SELFDESTRUCT pays for a new account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NewAccount {
    /// When the account does not exist.
    Absent,
    /// EIP-161: when the account is dead and receives wei.
    DeadAndPaid,
}

/// Blobs (EIP-4844).
#[derive(Clone, Copy, Debug)]
pub(super) struct Blobs {
    pub(super) most: usize,
    pub(super) update_fraction: u64,
}

/// The protocol under one fork.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    /// What an instruction costs whatever its operands are; `None` if there is no such instruction.
    pub(super) price: [Option<u64>; 256],
    pub(super) exponent_byte: u64,
    pub(super) storage: StoragePrice,
    /// What comes back for a slot that is cleared.
    pub(super) clear_refund: i64,
    pub(super) selfdestruct_refund: i64,
    pub(super) new_account: NewAccount,
    pub(super) selfdestruct_new_account: u64,
    /// EIP-150: all but one 64th of the gas can be passed on.
    pub(super) keeps_64th: bool,
    /// EIP-2: a creation costs 32,000 in a transaction as well, and fails when it cannot pay for its code.
    pub(super) homestead_create: bool,
    /// EIP-155.
    pub(super) chain_in_signature: bool,
    /// EIP-161.
    pub(super) clears_touched: bool,
    /// EIP-170.
    pub(super) largest_code: Option<usize>,
    /// EIP-3860.
    pub(super) largest_init_code: Option<usize>,
    pub(super) data_byte: u64,
    /// EIP-2929 and EIP-2930.
    pub(super) access_lists: bool,
    /// EIP-1559 and EIP-3541, EIP-3529.
    pub(super) london: bool,
    /// EIP-4399.
    pub(super) randao: bool,
    /// EIP-3651.
    pub(super) warm_coinbase: bool,
    pub(super) blobs: Option<Blobs>,
    /// EIP-6780.
    pub(super) selfdestruct_in_same_transaction: bool,
    /// EIP-7702.
    pub(super) delegations: bool,
    /// EIP-7623.
    pub(super) floor: bool,
    /// EIP-7825.
    pub(super) most_gas: Option<u64>,
    /// By the number that is the address.
    pub(super) precompiles: BTreeMap<u64, Precompile>,
}

/// What an upgrade changes.
type Upgrade = fn(&mut Rules);

/// The upgrades in the order of their activation.
const UPGRADES: &[(Fork, Upgrade)] = &[
    (Fork::Frontier, nothing),
    (Fork::Homestead, homestead),
    (Fork::Dao, nothing),
    (Fork::Tangerine, tangerine_whistle),
    (Fork::SpuriousDragon, spurious_dragon),
    (Fork::Byzantium, byzantium),
    (Fork::Constantinople, constantinople),
    (Fork::Petersburg, petersburg),
    (Fork::Istanbul, istanbul),
    (Fork::MuirGlacier, nothing),
    (Fork::Berlin, berlin),
    (Fork::London, london),
    (Fork::ArrowGlacier, nothing),
    (Fork::GrayGlacier, nothing),
    (Fork::Paris, paris),
    (Fork::Shanghai, shanghai),
    (Fork::Cancun, cancun),
    (Fork::Prague, prague),
    (Fork::Osaka, osaka),
];

impl Rules {
    pub(super) fn of(fork: Fork) -> Self {
        let mut rules = frontier();
        for (name, upgrade) in UPGRADES {
            upgrade(&mut rules);
            if *name == fork {
                break;
            }
        }
        rules
    }

    fn set(&mut self, opcodes: &[u8], price: u64) {
        for opcode in opcodes {
            self.price[usize::from(*opcode)] = Some(price);
        }
    }
}

fn frontier() -> Rules {
    let mut rules = Rules {
        price: [None; 256],
        exponent_byte: 10,
        storage: StoragePrice::Simple,
        clear_refund: 15_000,
        selfdestruct_refund: 24_000,
        new_account: NewAccount::Absent,
        selfdestruct_new_account: 0,
        keeps_64th: false,
        homestead_create: false,
        chain_in_signature: false,
        clears_touched: false,
        largest_code: None,
        largest_init_code: None,
        data_byte: 68,
        access_lists: false,
        london: false,
        randao: false,
        warm_coinbase: false,
        blobs: None,
        selfdestruct_in_same_transaction: false,
        delegations: false,
        floor: false,
        most_gas: None,
        precompiles: BTreeMap::from([
            (1, Precompile::EcRecover),
            (2, Precompile::Sha256),
            (3, Precompile::Ripemd160),
            (4, Precompile::Identity),
        ]),
    };
    rules.set(&[STOP, RETURN, SELFDESTRUCT], 0);
    rules.set(&[JUMPDEST], 1);
    let two = [
        ADDRESS,
        ORIGIN,
        CALLER,
        CALLVALUE,
        CALLDATASIZE,
        CODESIZE,
        GASPRICE,
        COINBASE,
        TIMESTAMP,
        NUMBER,
        DIFFICULTY,
        GASLIMIT,
        POP,
        PC,
        MSIZE,
        GAS,
    ];
    rules.set(&two, 2);
    let three = [
        ADD,
        SUB,
        LT,
        GT,
        SLT,
        SGT,
        EQ,
        ISZERO,
        AND,
        OR,
        XOR,
        NOT,
        BYTE,
        CALLDATALOAD,
        CALLDATACOPY,
        CODECOPY,
        MLOAD,
        MSTORE,
        MSTORE8,
    ];
    rules.set(&three, 3);
    for pushes in PUSH1..=SWAP16 {
        rules.set(&[pushes], 3);
    }
    rules.set(&[MUL, DIV, SDIV, MOD, SMOD, SIGNEXTEND], 5);
    rules.set(&[ADDMOD, MULMOD, JUMP], 8);
    rules.set(&[EXP, JUMPI], 10);
    rules.set(&[BALANCE, EXTCODESIZE, EXTCODECOPY, BLOCKHASH], 20);
    rules.set(&[KECCAK256], 30);
    rules.set(&[CALL, CALLCODE], 40);
    rules.set(&[SLOAD], 50);
    rules.set(&[SSTORE], 0);
    for topics in 0..=4 {
        rules.set(&[LOG0 + topics], 375 + 375 * u64::from(topics));
    }
    rules.set(&[CREATE], 32_000);
    rules
}

fn nothing(_: &mut Rules) {}

/// EIP-2, EIP-7.
fn homestead(rules: &mut Rules) {
    rules.homestead_create = true;
    rules.set(&[DELEGATECALL], 40);
}

/// EIP-150.
fn tangerine_whistle(rules: &mut Rules) {
    rules.keeps_64th = true;
    rules.set(&[EXTCODESIZE, EXTCODECOPY], 700);
    rules.set(&[BALANCE], 400);
    rules.set(&[SLOAD], 200);
    rules.set(&[CALL, CALLCODE, DELEGATECALL], 700);
    rules.set(&[SELFDESTRUCT], 5_000);
    rules.selfdestruct_new_account = 25_000;
}

/// EIP-155, EIP-160, EIP-161, EIP-170.
fn spurious_dragon(rules: &mut Rules) {
    rules.chain_in_signature = true;
    rules.exponent_byte = 50;
    rules.clears_touched = true;
    rules.new_account = NewAccount::DeadAndPaid;
    rules.largest_code = Some(0x6000);
}

/// EIP-140, EIP-196, EIP-197, EIP-198, EIP-211, EIP-214.
fn byzantium(rules: &mut Rules) {
    rules.set(&[REVERT], 0);
    rules.set(&[RETURNDATASIZE], 2);
    rules.set(&[RETURNDATACOPY], 3);
    rules.set(&[STATICCALL], 700);
    rules.precompiles.extend([
        (5, Precompile::ModExp(ModExpPrice::Eip198)),
        (6, Precompile::Bn254Add { price: 500 }),
        (7, Precompile::Bn254Mul { price: 40_000 }),
        (
            8,
            Precompile::Bn254Pairing {
                price: 100_000,
                each: 80_000,
            },
        ),
    ]);
}

/// EIP-145, EIP-1014, EIP-1052, EIP-1283.
fn constantinople(rules: &mut Rules) {
    rules.set(&[SHL, SHR, SAR], 3);
    rules.set(&[CREATE2], 32_000);
    rules.set(&[EXTCODEHASH], 400);
    rules.storage = StoragePrice::Net1283;
}

/// EIP-1716.
fn petersburg(rules: &mut Rules) {
    rules.storage = StoragePrice::Simple;
}

/// EIP-152, EIP-1108, EIP-1344, EIP-1884, EIP-2028, EIP-2200.
fn istanbul(rules: &mut Rules) {
    rules.precompiles.extend([
        (6, Precompile::Bn254Add { price: 150 }),
        (7, Precompile::Bn254Mul { price: 6_000 }),
        (
            8,
            Precompile::Bn254Pairing {
                price: 45_000,
                each: 34_000,
            },
        ),
        (9, Precompile::Blake2F),
    ]);
    rules.set(&[CHAINID], 2);
    rules.set(&[SELFBALANCE], 5);
    rules.set(&[SLOAD], 800);
    rules.set(&[BALANCE, EXTCODEHASH], 700);
    rules.data_byte = 16;
    rules.storage = StoragePrice::Net2200;
}

/// EIP-2565, EIP-2929, EIP-2930.
fn berlin(rules: &mut Rules) {
    rules
        .precompiles
        .insert(5, Precompile::ModExp(ModExpPrice::Eip2565));
    rules.access_lists = true;
    // What an access costs depends on whether it is the first.
    let accesses = [
        BALANCE,
        EXTCODESIZE,
        EXTCODECOPY,
        EXTCODEHASH,
        CALL,
        CALLCODE,
        DELEGATECALL,
        STATICCALL,
        SLOAD,
    ];
    rules.set(&accesses, 0);
    rules.storage = StoragePrice::Net2929;
}

/// EIP-1559, EIP-3198, EIP-3529, EIP-3541.
fn london(rules: &mut Rules) {
    rules.london = true;
    rules.set(&[BASEFEE], 2);
    rules.clear_refund = 4_800;
    rules.selfdestruct_refund = 0;
}

/// EIP-4399.
fn paris(rules: &mut Rules) {
    rules.randao = true;
}

/// EIP-3651, EIP-3855, EIP-3860.
fn shanghai(rules: &mut Rules) {
    rules.warm_coinbase = true;
    rules.set(&[PUSH0], 2);
    rules.largest_init_code = Some(2 * 0x6000);
}

/// EIP-1153, EIP-4844, EIP-5656, EIP-6780, EIP-7516.
fn cancun(rules: &mut Rules) {
    rules.set(&[TLOAD, TSTORE], 100);
    rules.set(&[BLOBHASH, MCOPY], 3);
    rules.set(&[BLOBBASEFEE], 2);
    rules.blobs = Some(Blobs {
        most: 6,
        update_fraction: 3_338_477,
    });
    rules.selfdestruct_in_same_transaction = true;
    rules.precompiles.insert(10, Precompile::Library);
}

/// EIP-2537, EIP-7623, EIP-7691, EIP-7702.
fn prague(rules: &mut Rules) {
    rules
        .precompiles
        .extend((0x0b..=0x11).map(|address| (address, Precompile::Library)));
    rules.floor = true;
    rules.blobs = Some(Blobs {
        most: 9,
        update_fraction: 5_007_716,
    });
    rules.delegations = true;
}

/// EIP-7594, EIP-7823, EIP-7825, EIP-7883, EIP-7939, EIP-7951.
fn osaka(rules: &mut Rules) {
    rules.blobs = rules.blobs.map(|blobs| Blobs { most: 6, ..blobs });
    rules
        .precompiles
        .insert(5, Precompile::ModExp(ModExpPrice::Eip7883));
    rules.precompiles.insert(0x100, Precompile::P256Verify);
    rules.most_gas = Some(1 << 24);
    rules.set(&[CLZ], 5);
}
