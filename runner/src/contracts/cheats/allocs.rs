//! States in files, in the form that a genesis has: `dumpState` and `loadAllocs`.

use std::collections::BTreeMap;

use gasworks::{Address, U256, create_address};
use serde_json::{Map, Value as Json, json};

use super::arguments::Arguments;
use super::code::DEPLOYER;
use super::factory::FACTORY;
use super::table::Action;
use super::transactions::SENDER;
use super::values::{read_file, write_file};
use super::{Answer, Call, Cheats, Fault, VM, console};
use crate::contracts::abi;
use crate::contracts::artifact::LIBRARY_DEPLOYER;
use crate::contracts::machine::CALLER;
use crate::contracts::project::values::parse_address;

pub(super) fn action(name: &str) -> Option<Action> {
    Some(match name {
        "dumpState" => dump,
        "loadAllocs" => load,
        _ => return None,
    })
}

/// Writes accounts that are not empty, but for those that tests have anyway.
fn dump(cheats: &mut Cheats, call: &mut Call<'_, '_>, given: Arguments<'_>) -> Answer {
    let origin = call.world.origin();
    let own = [
        VM,
        CALLER,
        LIBRARY_DEPLOYER,
        console::ADDRESS,
        call.message.caller,
        origin,
        DEPLOYER,
        SENDER,
    ];
    let deployed = cheats.project.linked.deployments.len() as u64;
    let libraries: Vec<Address> = (0..deployed)
        .map(|nonce| create_address(LIBRARY_DEPLOYER, nonce))
        .collect();
    let mut accounts: BTreeMap<String, Json> = BTreeMap::new();
    for address in call.world.known_accounts() {
        let account = call.world.account(address)?;
        let code = call.world.code(address)?;
        let is_empty = account.balance.is_zero() && account.nonce == 0 && code.is_empty();
        // The factory has created something if its nonce has risen.
        let is_idle = address == FACTORY && account.nonce <= 1;
        if is_empty || is_idle || own.contains(&address) || libraries.contains(&address) {
            continue;
        }
        let word = |word: &U256| abi::hex(&word.to_big_endian());
        let storage = call.world.all_storage(address)?;
        let storage: BTreeMap<String, String> = storage
            .iter()
            .map(|(slot, value)| (word(slot), word(value)))
            .collect();
        let account = json!({
            "nonce": format!("{:#x}", account.nonce),
            "balance": format!("{:#x}", account.balance),
            "code": abi::hex(&code),
            "storage": storage,
        });
        accounts.insert(abi::hex(&address.0), account);
    }
    let text = serde_json::to_string(&accounts).map_err(|error| error.to_string())?;
    write_file(&cheats.values, given.text(0)?, text.as_bytes())?;
    Ok(Vec::new())
}

/// Sets what a file says of accounts; what it does not say stays, but for balances.
fn load(cheats: &mut Cheats, call: &mut Call<'_, '_>, given: Arguments<'_>) -> Answer {
    let path = given.text(0)?;
    let text = read_file(&cheats.values, path)?;
    let failed = |reason: &str| Fault::Text(format!("failed to load allocs: {reason}"));
    let mut file: Map<String, Json> =
        serde_json::from_str(&text).map_err(|error| failed(&error.to_string()))?;
    let accounts = match file.remove("alloc") {
        Some(Json::Object(accounts)) => accounts,
        Some(_) => return Err(failed("`alloc` must be an object")),
        None => file,
    };
    for (address, account) in &accounts {
        let place = parse_address(address).ok_or_else(|| failed(&format!("address {address}")))?;
        load_account(call, place, account)
            .ok_or_else(|| failed(&format!("account {address} makes no sense")))??;
    }
    Ok(Vec::new())
}

/// `None` where the account is none.
fn load_account(
    call: &mut Call<'_, '_>,
    address: Address,
    account: &Json,
) -> Option<Result<(), Fault>> {
    let account = account.as_object()?;
    let balance = match account.get("balance") {
        Some(balance) => number(balance)?,
        None => U256::zero(),
    };
    let nonce = match account.get("nonce") {
        None | Some(Json::Null) => None,
        Some(nonce) => Some(u64::try_from(number(nonce)?).ok()?),
    };
    let code = match account.get("code") {
        None | Some(Json::Null) => None,
        Some(code) => Some(abi::unhex(code.as_str()?)?),
    };
    let mut words = Vec::new();
    if let Some(Json::Object(storage)) = account.get("storage") {
        for (slot, value) in storage {
            words.push((word(slot)?, number(value)?));
        }
    }
    let mut set = || -> Result<(), Fault> {
        call.world.set_balance(address, balance)?;
        if let Some(nonce) = nonce {
            call.world.set_nonce(address, nonce)?;
        }
        if let Some(code) = &code {
            call.world.set_code(address, code)?;
        }
        for (slot, value) in &words {
            call.world.set_storage(address, *slot, *value)?;
        }
        Ok(())
    };
    Some(set())
}

fn number(of: &Json) -> Option<U256> {
    match of {
        Json::Number(number) => Some(number.as_u64()?.into()),
        Json::String(text) => word(text),
        _ => None,
    }
}

/// A number in hex with `0x`, or decimal.
fn word(text: &str) -> Option<U256> {
    match text.strip_prefix("0x") {
        Some("") => Some(U256::zero()),
        Some(digits) => U256::from_str_radix(digits, 16).ok(),
        None => U256::from_dec_str(text).ok(),
    }
}
