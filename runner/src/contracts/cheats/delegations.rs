//! Accounts that let the code of others run for them (EIP-7702): `signDelegation`, `attachDelegation`.

use gasworks::{Authorization, Signature, U256};

use super::arguments::Arguments;
use super::table::Action;
use super::{Answer, Call, Cheats, Fault};
use crate::contracts::abi::{self, Unsigned, Value};

pub(super) fn action(name: &str) -> Option<Action> {
    Some(match name {
        "signDelegation" => |cheats, call, given| sign(cheats, call, given, false),
        "signAndAttachDelegation" => |cheats, call, given| sign(cheats, call, given, true),
        "attachDelegation" => |cheats, call, given| {
            let fields = given.fields(0)?;
            let everywhere = given.flag(1).unwrap_or(false);
            let authorization = Authorization {
                chain_id: chain(call, everywhere),
                address: fields.address(4)?,
                nonce: fields.number(3, "nonce")?,
                signature: Signature {
                    y_parity: u8::try_from(fields.number(0, "v")?).unwrap_or(u8::MAX),
                    r: fields.word(1)?,
                    s: fields.word(2)?,
                },
            };
            attach(cheats, call, authorization)?;
            Ok(Vec::new())
        },
        "attachBlob" => |cheats, _, _| {
            if !cheats.has_blobs() {
                return Err(
                    "`attachBlob` is not supported before the Cancun hard fork; \
                            see EIP-4844: https://eips.ethereum.org/EIPS/eip-4844"
                        .into(),
                );
            }
            cheats.has_blob = true;
            Ok(Vec::new())
        },
        _ => return None,
    })
}

fn chain(call: &Call<'_, '_>, everywhere: bool) -> U256 {
    if everywhere {
        U256::zero()
    } else {
        call.world.chain_id().into()
    }
}

/// `(implementation, secret, [nonce or whether it holds on every chain])`.
fn sign(
    cheats: &mut Cheats,
    call: &mut Call<'_, '_>,
    given: Arguments<'_>,
    attaches: bool,
) -> Answer {
    let implementation = given.address(0)?;
    let secret = given.word(1)?.to_big_endian();
    let authority = gasworks::address_of_secret(&secret).ok_or("no private key")?;
    let everywhere = given.flag(2).unwrap_or(false);
    let nonce = if given.is_number(2) {
        given.number(2, "nonce")?
    } else {
        next_nonce(cheats, call, authority)?
    };
    let authorization =
        Authorization::sign(chain(call, everywhere), implementation, nonce, &secret)
            .map_err(|error| Fault::Text(error.to_string()))?;
    let signature = authorization.signature;
    if attaches {
        attach(cheats, call, authorization)?;
    }
    let word = |word: U256| abi::word_value(gasworks::Hash(word.to_big_endian()));
    Ok(vec![Value::Tuple(vec![
        Value::Uint(Unsigned::from(signature.y_parity), 8),
        word(signature.r),
        word(signature.s),
        Value::Uint(Unsigned::from(nonce), 64),
        abi::address_value(implementation),
    ])])
}

/// The nonce that the next delegation of an account must have.
fn next_nonce(
    cheats: &Cheats,
    call: &mut Call<'_, '_>,
    authority: gasworks::Address,
) -> Result<u64, Fault> {
    let mut attached = cheats.delegations.iter().rev();
    if let Some((_, nonce)) = attached.find(|(known, _)| *known == authority) {
        return Ok(nonce + 1);
    }
    call.world.warm(authority)?;
    let nonce = call.world.account(authority)?.nonce;
    let is_sender = cheats.broadcaster() == Some(authority);
    Ok(nonce + u64::from(is_sender))
}

fn attach(
    cheats: &mut Cheats,
    call: &mut Call<'_, '_>,
    authorization: Authorization,
) -> Result<(), Fault> {
    let authority = authorization.authority().ok_or("no valid signature")?;
    let expected = next_nonce(cheats, call, authority)?;
    if expected != authorization.nonce {
        return Err(Fault::Text(format!(
            "invalid nonce for {}: expected {expected}, got {}",
            abi::hex(&authority.0),
            authorization.nonce
        )));
    }
    if authorization.address.is_zero() {
        call.world.set_code(authority, &[])?;
    } else {
        let mut code = vec![0xef, 0x01, 0x00];
        code.extend(authorization.address.0);
        call.world.set_code(authority, &code)?;
    }
    cheats.delegations.push((authority, authorization.nonce));
    Ok(())
}
