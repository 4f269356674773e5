//! Keys, wallets and signatures.

mod mnemonic;
mod other_curves;
mod points;

use gasworks::{
    Address, Hash, Signature, address_of_secret, keccak256, public_key_of_secret, sign,
};

use crate::contracts::abi::{self, AbiWord, Unsigned, Value};

use super::{Handler, Values, arguments};

type Answer = Result<Vec<Value>, String>;

/// The order of secp256k1's group, which secret keys are below.
const ORDER: Unsigned = Unsigned::from_limbs([
    0xbfd2_5e8c_d036_4141,
    0xbaae_dce6_af48_a03b,
    0xffff_ffff_ffff_fffe,
    0xffff_ffff_ffff_ffff,
]);

/// A key that a test has handed over, to sign by its address.
#[derive(Clone, Debug)]
pub(super) struct Wallet {
    address: Address,
    secret: [u8; 32],
}

pub(super) fn handler(name: &str, _parameters: &str) -> Option<Handler> {
    let handler: Handler = match name {
        "addr" => |_, of| {
            Ok(vec![abi::address_value(address(arguments::number(
                of, 0,
            )?)?)])
        },
        "createWallet" => create_wallet,
        "sign" => |values, of| Ok(full(&signed(values, of)?)),
        "signCompact" => |values, of| Ok(compact(&signed(values, of)?)),
        "signWithNonceUnsafe" => |_, of| {
            let key = arguments::number(of, 0)?;
            secret(key)?;
            points::sign_with_nonce(key, arguments::word(of, 1)?, arguments::number(of, 2)?)
        },
        "rememberKey" => |values, of| {
            let secret = secret(arguments::number(of, 0)?)?;
            Ok(vec![abi::address_value(remember(values, secret)?)])
        },
        "rememberKeys" => |values, of| {
            let mut addresses = Vec::new();
            for secret in mnemonic::keys(of)? {
                addresses.push(abi::address_value(remember(values, secret)?));
            }
            Ok(vec![Value::Array(addresses)])
        },
        "getWallets" => |values, _| {
            let addresses = values
                .wallets
                .iter()
                .map(|wallet| abi::address_value(wallet.address));
            Ok(vec![Value::Array(addresses.collect())])
        },
        "deriveKey" => |_, of| {
            let secret = mnemonic::key(of)?;
            Ok(vec![Value::Uint(Unsigned::from_be_bytes(secret), 256)])
        },
        _ => return points::handler(name).or_else(|| other_curves::handler(name)),
    };
    Some(handler)
}

/// Checks a number that is to be a key of secp256k1.
fn secret(number: Unsigned) -> Result<[u8; 32], String> {
    in_order(number, ORDER, "Secp256k1")?;
    Ok(number.to_be_bytes())
}

fn in_order(number: Unsigned, order: Unsigned, curve: &str) -> Result<(), String> {
    if number.is_zero() {
        return Err("private key cannot be 0".to_owned());
    }
    if number >= order {
        return Err(format!(
            "private key must be less than the {curve} curve order ({order})"
        ));
    }
    Ok(())
}

fn address(number: Unsigned) -> Result<Address, String> {
    address_of_secret(&secret(number)?).ok_or_else(no_key)
}

fn no_key() -> String {
    "the number is no private key".to_owned()
}

fn remember(values: &mut Values, secret: [u8; 32]) -> Result<Address, String> {
    let address = address_of_secret(&secret).ok_or_else(no_key)?;
    if values
        .wallets
        .iter()
        .all(|wallet| wallet.address != address)
    {
        values.wallets.push(Wallet { address, secret });
    }
    Ok(address)
}

/// From a key, or from a label, whose hash is the key.
fn create_wallet(values: &mut Values, of: &[Value]) -> Answer {
    let (number, label) = match of {
        [Value::String(label)] => {
            let hash = keccak256(label.as_bytes());
            (Unsigned::from_be_bytes(hash.0), Some(label.clone()))
        }
        [_, Value::String(label)] => (arguments::number(of, 0)?, Some(label.clone())),
        _ => (arguments::number(of, 0)?, None),
    };
    let secret = secret(number)?;
    let address = address_of_secret(&secret).ok_or_else(no_key)?;
    let point = public_key_of_secret(&secret).ok_or_else(no_key)?;
    if let Some(label) = label {
        values.label(address, label);
    }
    let coordinate = |bytes: &[u8]| Value::Uint(Unsigned::from_be_slice(bytes), 256);
    Ok(vec![Value::Tuple(vec![
        abi::address_value(address),
        coordinate(&point[..32]),
        coordinate(&point[32..]),
        Value::Uint(number, 256),
    ])])
}

/// Signs by a key, by a wallet, by the address of a wallet, or by the only wallet there is. The digest is last.
fn signed(values: &Values, of: &[Value]) -> Result<Signature, String> {
    let digest = Hash(arguments::word(of, of.len().saturating_sub(1))?.0);
    let secret = match of {
        [Value::Uint(number, _), _] => secret(*number)?,
        [Value::Tuple(wallet), _] => secret(arguments::number(wallet, 3)?)?,
        [Value::Address(signer), _] => wallet(values, Some(abi::address(*signer)))?.secret,
        _ => wallet(values, None)?.secret,
    };
    sign(digest, &secret).map_err(|error| error.to_string())
}

fn wallet(values: &Values, signer: Option<Address>) -> Result<&Wallet, String> {
    if values.wallets.is_empty() {
        return Err("no wallets available".to_owned());
    }
    match (signer, &values.wallets[..]) {
        (None, [only]) => Ok(only),
        (None, _) => Err("could not determine signer, there are multiple signers available use vm.sign(signer, digest) to specify one".to_owned()),
        (Some(signer), wallets) => {
            let found = wallets.iter().find(|wallet| wallet.address == signer);
            found.ok_or_else(|| {
                format!("signer with address {} is not available", abi::checksummed(signer))
            })
        }
    }
}

fn word(number: gasworks::U256) -> Value {
    Value::FixedBytes(AbiWord::new(number.to_big_endian()), 32)
}

fn full(signature: &Signature) -> Vec<Value> {
    let v = Unsigned::from(27 + signature.y_parity);
    vec![Value::Uint(v, 8), word(signature.r), word(signature.s)]
}

/// The parity is the highest bit of `s`, which is free because `s` is low (EIP-2098).
fn compact(signature: &Signature) -> Vec<Value> {
    let parity = gasworks::U256::from(signature.y_parity) << 255;
    vec![word(signature.r), word(signature.s | parity)]
}

#[cfg(test)]
mod tests {
    use super::super::tests::{call, call_with, fails, fails_with};
    use super::*;

    fn uint(of: u64) -> Value {
        Value::Uint(Unsigned::from(of), 256)
    }

    fn text(of: &str) -> Value {
        Value::String(of.to_owned())
    }

    fn digest() -> Value {
        abi::word_value(keccak256(b"digest"))
    }

    fn recovered(answer: &[Value]) -> Address {
        let [
            Value::Uint(v, 8),
            Value::FixedBytes(r, 32),
            Value::FixedBytes(s, 32),
        ] = answer
        else {
            panic!("{answer:?}");
        };
        let signature = Signature {
            y_parity: v.saturating_to::<u8>() - 27,
            r: gasworks::U256::from_big_endian(r.as_slice()),
            s: gasworks::U256::from_big_endian(s.as_slice()),
        };
        signature
            .recover(keccak256(b"digest"), false)
            .expect("a signature")
    }

    #[test]
    fn a_key_signs_in_every_way() {
        let mut values = Values::default();
        let address = call("addr(uint256)", &[uint(5)]);
        let wallet = call_with(
            &mut values,
            "createWallet(uint256,string)",
            &[uint(5), text("five")],
        );
        let Some([known, _, _, key]) = wallet[0].as_tuple() else {
            panic!("a wallet")
        };
        assert_eq!((known, key), (&address[0], &uint(5)));
        assert_eq!(
            call_with(&mut values, "getLabel(address)", &address),
            [text("five")]
        );

        let by_key = call("sign(uint256,bytes32)", &[uint(5), digest()]);
        assert_eq!(abi::address_value(recovered(&by_key)), address[0]);
        let signature = "sign((address,uint256,uint256,uint256),bytes32)";
        assert_eq!(call(signature, &[wallet[0].clone(), digest()]), by_key);

        assert_eq!(
            fails_with(&mut values, "sign(bytes32)", &[digest()]),
            "no wallets available"
        );
        assert_eq!(
            call_with(&mut values, "rememberKey(uint256)", &[uint(5)]),
            address
        );
        assert_eq!(call_with(&mut values, "sign(bytes32)", &[digest()]), by_key);
        call_with(&mut values, "rememberKey(uint256)", &[uint(6)]);
        fails_with(&mut values, "sign(bytes32)", &[digest()]);
        assert_eq!(
            call_with(
                &mut values,
                "sign(address,bytes32)",
                &[address[0].clone(), digest()]
            ),
            by_key
        );

        let compact = call("signCompact(uint256,bytes32)", &[uint(5), digest()]);
        assert_eq!(compact[0], by_key[1]);
        let unsafe_signature = "signWithNonceUnsafe(uint256,bytes32,uint256)";
        let with_nonce = call(unsafe_signature, &[uint(5), digest(), uint(77)]);
        assert_eq!(abi::address_value(recovered(&with_nonce)), address[0]);
        assert_eq!(
            fails(unsafe_signature, &[uint(5), digest(), uint(0)]),
            "nonce cannot be 0"
        );
    }

    #[test]
    fn numbers_that_are_no_key() {
        assert_eq!(
            fails("addr(uint256)", &[uint(0)]),
            "private key cannot be 0"
        );
        assert_eq!(
            fails("addr(uint256)", &[Value::Uint(ORDER, 256)]),
            format!("private key must be less than the Secp256k1 curve order ({ORDER})")
        );
    }
}
