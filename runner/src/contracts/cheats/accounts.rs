//! Accounts: balances, nonces, code and storage.

use gasworks::{Address, EMPTY_CODE_HASH, U256};

use super::arguments::Arguments;
use super::table::Action;
use super::{Answer, Call, Cheats, FAILED, Fault, VM};
use crate::contracts::abi;

pub(super) fn action(name: &str) -> Option<Action> {
    Some(match name {
        "deal" => |_, call, given| {
            let address = given.address(0)?;
            call.world.warm(address)?;
            call.world.set_balance(address, given.word(1)?)?;
            Ok(Vec::new())
        },
        "etch" => etch,
        "store" => store,
        "load" => |cheats, call, given| {
            let (address, slot) = (given.address(0)?, given.word(1)?);
            refuse_precompile(cheats, address)?;
            call.world.warm_slot(address, slot)?;
            cheats.load_arbitrary(address, slot, call.world)?;
            let value = call.world.storage(address, slot)?;
            Ok(vec![abi::word_value(gasworks::Hash(value.to_big_endian()))])
        },
        "getNonce" => |_, call, given| {
            let address = match given.address(0) {
                Ok(address) => address,
                // A wallet begins with its address.
                Err(_) => given.fields(0)?.address(0)?,
            };
            call.world.warm(address)?;
            let nonce = call.world.account(address)?.nonce;
            Ok(vec![abi::Value::Uint(abi::Unsigned::from(nonce), 64)])
        },
        "setNonce" => |_, call, given| {
            let (address, nonce) = (given.address(0)?, given.number(1, "nonce")?);
            call.world.warm(address)?;
            let current = call.world.account(address)?.nonce;
            if nonce < current {
                return Err(Fault::Text(format!(
                    "new nonce ({nonce}) must be strictly equal to or higher than the \
                     account's current nonce ({current})"
                )));
            }
            call.world.set_nonce(address, nonce)?;
            Ok(Vec::new())
        },
        "setNonceUnsafe" => |_, call, given| {
            let address = given.address(0)?;
            call.world.warm(address)?;
            call.world.set_nonce(address, given.number(1, "nonce")?)?;
            Ok(Vec::new())
        },
        "resetNonce" => |_, call, given| {
            let address = given.address(0)?;
            call.world.warm(address)?;
            let is_contract = call.world.account(address)?.code_hash != EMPTY_CODE_HASH;
            call.world.set_nonce(address, u64::from(is_contract))?;
            Ok(Vec::new())
        },
        "cloneAccount" => clone_account,
        "allowCheatcodes" | "makePersistent" | "revokePersistent" => |_, _, _| Ok(Vec::new()),
        "isPersistent" => |_, _, given| {
            let address = given.address(0)?;
            Ok(vec![abi::Value::Bool(address == VM)])
        },
        "cool" => |_, call, given| {
            call.world.cool(given.address(0)?)?;
            Ok(Vec::new())
        },
        "warmSlot" => |_, call, given| {
            call.world.warm_slot(given.address(0)?, given.word(1)?)?;
            Ok(Vec::new())
        },
        "coolSlot" => |_, call, given| {
            call.world.cool_slot(given.address(0)?, given.word(1)?)?;
            Ok(Vec::new())
        },
        "accessList" => access_list,
        "noAccessList" => |cheats, _, _| {
            cheats.access_list = Some(Vec::new());
            Ok(Vec::new())
        },
        _ => return None,
    })
}

/// Precompiled contracts are no accounts to be changed.
fn refuse_precompile(cheats: &Cheats, address: Address) -> Result<(), Fault> {
    let mut known = cheats.conduct.fork.rules().precompiles.iter();
    let is_one = |number: u16| address == Address::from_low_u64_be(number.into());
    if known.any(|(number, _)| is_one(*number)) {
        return Err(Fault::Text(format!(
            "cannot use precompile {} as an argument",
            abi::checksummed(address)
        )));
    }
    Ok(())
}

fn etch(cheats: &mut Cheats, call: &mut Call<'_, '_>, given: Arguments<'_>) -> Answer {
    let address = given.address(0)?;
    refuse_precompile(cheats, address)?;
    call.world.warm(address)?;
    call.world.set_code(address, given.bytes(1)?)?;
    Ok(Vec::new())
}

fn store(cheats: &mut Cheats, call: &mut Call<'_, '_>, given: Arguments<'_>) -> Answer {
    let (address, slot, value) = (given.address(0)?, given.word(1)?, given.word(2)?);
    refuse_precompile(cheats, address)?;
    call.world.warm_slot(address, slot)?;
    call.world.set_storage(address, slot, value)?;
    cheats.settle(address, slot);
    if address == VM && slot.to_big_endian().starts_with(FAILED) && !value.is_zero() {
        cheats.failed = true;
    }
    Ok(Vec::new())
}

fn clone_account(_: &mut Cheats, call: &mut Call<'_, '_>, given: Arguments<'_>) -> Answer {
    let (from, to) = (given.address(0)?, given.address(1)?);
    call.world.warm(from)?;
    call.world.warm(to)?;
    let account = call.world.account(from)?;
    let code = call.world.code(from)?;
    call.world.set_balance(to, account.balance)?;
    call.world.set_nonce(to, account.nonce)?;
    call.world.set_code(to, &code)?;
    for (slot, value) in call.world.known_storage(from)? {
        call.world.set_storage(to, slot, value)?;
    }
    Ok(Vec::new())
}

fn access_list(cheats: &mut Cheats, _: &mut Call<'_, '_>, given: Arguments<'_>) -> Answer {
    let mut list = Vec::new();
    for item in given.list(0)? {
        let fields = Arguments(std::slice::from_ref(item)).fields(0)?;
        let slots = Arguments(fields.list(1)?);
        let slots = (0..slots.len()).map(|at| slots.word(at));
        let slots = slots.collect::<Result<Vec<_>, Fault>>()?;
        list.push((fields.address(0)?, slots));
    }
    cheats.access_list = Some(list);
    Ok(Vec::new())
}

impl Cheats {
    /// A call is made with the access list of `vm.accessList`: forge counts it as part of the transaction.
    pub(super) fn apply_access_list(&mut self) {
        if let Some(list) = &self.access_list {
            // EIP-2930.
            let of = |(_, slots): &(Address, Vec<U256>)| 2_400 + 1_900 * slots.len() as u64;
            self.access_list_gas = list.iter().map(of).sum();
        }
    }
}
