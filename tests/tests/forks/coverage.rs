//! A field of `Rules` or `Schedule` that is new does not compile here until it is written down with its cases.

use gasworks::{Fork, Rules, Schedule};

/// Where each rule has its cases.
#[test]
fn every_rule_has_cases() {
    let Rules {
        code_deposit_must_be_paid: _,    // creation
        low_s_required: _,               // coverage
        replay_protection: _,            // coverage
        all_but_one_64th: _,             // gas
        clears_empty_accounts: _,        // accounts
        max_code_size: _,                // creation
        max_init_code_size: _,           // transactions, opcodes
        sstore_sentry: _,                // storage
        access_lists: _,                 // access
        warm_coinbase: _,                // access
        rejects_ef_code: _,              // creation
        base_fee: _,                     // transactions
        prev_randao: _,                  // opcodes
        selfdestruct_only_if_created: _, // destruction
        delegation: _,                   // delegation
        access_list_transactions: _,     // transactions
        blobs: _,                        // transactions
        max_transaction_gas: _,          // transactions
        precompiles: _,                  // precompiles
    } = Fork::LATEST.rules().clone();
}

/// Where each price has its cases.
#[test]
fn every_price_has_cases() {
    let Schedule {
        base: _,                     // opcodes
        warm_access: _,              // opcodes, access
        cold_slot: _,                // opcodes, storage
        cold_account: _,             // opcodes, access
        sstore_warm: _,              // storage
        sstore_set: _,               // storage
        sstore_reset: _,             // storage
        sstore_clear_refund: _,      // storage
        net_metering: _,             // storage
        exp_byte: _,                 // opcodes
        call_value: _,               // opcodes
        call_stipend: _,             // gas
        new_account: _,              // opcodes
        selfdestruct_new_account: _, // accounts
        selfdestruct_refund: _,      // gas
        refund_quotient: _,          // storage
        code_deposit: _,             // creation
        init_code_word: _,           // creation, opcodes
        keccak_word: _,              // opcodes
        copy_word: _,                // opcodes
        log_topic: _,                // opcodes
        log_data: _,                 // opcodes
        memory_word: _,              // opcodes
        transaction: _,              // transactions
        transaction_create: _,       // transactions
        input_zero: _,               // transactions
        input_nonzero: _,            // transactions
        access_list_address: _,      // transactions
        access_list_slot: _,         // transactions
        floor_token: _,              // transactions
        authorization: _,            // transactions
        authorization_refund: _,     // transactions
    } = Fork::LATEST.schedule().clone();
}

/// EIP-2 and EIP-155, which concern signatures: data for whoever recovers senders.
#[test]
fn signatures() {
    for fork in Fork::all() {
        assert_eq!(
            fork.rules().low_s_required,
            fork >= Fork::Homestead,
            "{fork}"
        );
        assert_eq!(
            fork.rules().replay_protection,
            fork >= Fork::SpuriousDragon,
            "{fork}"
        );
    }
}

/// Forks that execute as their parents do.
#[test]
fn forks_that_change_nothing() {
    for (fork, parent) in [
        (Fork::Dao, Fork::Homestead),
        (Fork::MuirGlacier, Fork::Istanbul),
        (Fork::ArrowGlacier, Fork::London),
        (Fork::GrayGlacier, Fork::London),
    ] {
        assert_eq!(fork.rules(), parent.rules(), "{fork}");
        assert_eq!(fork.schedule(), parent.schedule(), "{fork}");
    }
}
