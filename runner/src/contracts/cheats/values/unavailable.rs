//! Cheatcodes that forge knows and that cannot work here, each with the reason.

use super::Handler;

const NETWORK: &str = "it needs a network, and tests run here without one";
const SHELL: &str = "it runs a program of the machine, and tests run here without a shell";
const PERSON: &str = "it asks a person, and nobody can be asked while tests run";
const SCRIPT: &str = "it reads what scripts have sent to a network, and scripts are not run here";
const RULES: &str = "the rules stay as they are while a test runs; set `evm_version` in foundry.toml, or \
                     `forge-config: default.evm_version` above the test";
const CHAIN: &str = "it belongs to another chain's rules than Ethereum's";

macro_rules! refuse {
    ($reason:expr) => {
        Some(|_, _| Err(format!("this cheatcode is not available: {}", $reason)))
    };
}

pub(super) fn handler(name: &str) -> Option<Handler> {
    match name {
        "ffi" | "tryFfi" | "ffiBytes" | "ffiString" | "ffiUint" => refuse!(SHELL),
        "prompt" | "promptSecret" | "promptSecretUint" | "promptAddress" | "promptUint" => {
            refuse!(PERSON)
        }
        "rpc" | "rpcJson" | "eth_getLogs" | "createFork" | "createSelectFork" | "selectFork"
        | "rollFork" | "transact" | "activeFork" => refuse!(NETWORK),
        "getBroadcast" | "getBroadcasts" | "getDeployment" | "getDeployments" => refuse!(SCRIPT),
        "setEvmVersion" => refuse!(RULES),
        "expectTip20LogoURIUpdated"
        | "setTip20LogoURI"
        | "expectLogoURIUpdated"
        | "setLogoURI"
        | "signKeychain"
        | "signKeychainAdmin"
        | "expectKeychainVerified"
        | "expectKeychainAdminVerified"
        | "assumeImplicitApproval"
        | "isImplicitlyApproved" => {
            refuse!(CHAIN)
        }
        _ => None,
    }
}
