//! Keys and signatures of P-256 and Ed25519.
//!
//! The only file that names the `p256` and `ed25519_dalek` crates.

use ed25519_dalek::{
    Signature as EdSignature, Signer, SigningKey as EdKey, Verifier, VerifyingKey,
};
use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::hazmat::PrehashSigner;

use crate::contracts::abi::{AbiWord, Unsigned, Value};

use super::super::{Handler, arguments};
use super::in_order;

type Answer = Result<Vec<Value>, String>;

/// The order of P-256's group.
const P256_ORDER: Unsigned = Unsigned::from_limbs([
    0xf3b9_cac2_fc63_2551,
    0xbce6_faad_a717_9e84,
    0xffff_ffff_ffff_ffff,
    0xffff_ffff_0000_0000,
]);

pub(super) fn handler(name: &str) -> Option<Handler> {
    let handler: Handler = match name {
        "signP256" => |_, of| sign_p256(arguments::number(of, 0)?, arguments::word(of, 1)?),
        "publicKeyP256" => |_, of| {
            let point = p256_key(arguments::number(of, 0)?)?
                .verifying_key()
                .to_sec1_point(false);
            // The first byte says that both coordinates follow.
            let (x, y) = point.as_bytes()[1..].split_at(32);
            let coordinate = |bytes| Value::Uint(Unsigned::from_be_slice(bytes), 256);
            Ok(vec![coordinate(x), coordinate(y)])
        },
        "createEd25519Key" => |_, of| {
            let secret = arguments::word(of, 0)?;
            Ok(vec![ed25519_public(secret), Value::FixedBytes(secret, 32)])
        },
        "publicKeyEd25519" => |_, of| Ok(vec![ed25519_public(arguments::word(of, 0)?)]),
        "signEd25519" => |_, of| {
            let message = [arguments::bytes(of, 0)?, arguments::bytes(of, 1)?].concat();
            let signature = EdKey::from_bytes(&arguments::word(of, 2)?.0).sign(&message);
            Ok(vec![Value::Bytes(signature.to_bytes().to_vec())])
        },
        "verifyEd25519" => |_, of| {
            let message = [arguments::bytes(of, 1)?, arguments::bytes(of, 2)?].concat();
            let signature = EdSignature::from_slice(arguments::bytes(of, 0)?);
            let key = VerifyingKey::from_bytes(&arguments::word(of, 3)?.0);
            let valid = match (signature, key) {
                (Ok(signature), Ok(key)) => key.verify(&message, &signature).is_ok(),
                _ => false,
            };
            Ok(vec![Value::Bool(valid)])
        },
        _ => return None,
    };
    Some(handler)
}

fn p256_key(number: Unsigned) -> Result<SigningKey, String> {
    in_order(number, P256_ORDER, "NistP256")?;
    let bytes: [u8; 32] = number.to_be_bytes();
    SigningKey::from_slice(&bytes).map_err(|error| error.to_string())
}

/// Deterministic (RFC 6979), with a low `s`.
fn sign_p256(number: Unsigned, digest: AbiWord) -> Answer {
    let signature: Result<p256::ecdsa::Signature, _> =
        p256_key(number)?.sign_prehash(digest.as_slice());
    let signature = signature.map_err(|error| error.to_string())?.normalize_s();
    let bytes = signature.to_bytes();
    let (r, s) = bytes.split_at(32);
    let word = |bytes| Value::FixedBytes(AbiWord::from_slice(bytes), 32);
    Ok(vec![word(r), word(s)])
}

fn ed25519_public(secret: AbiWord) -> Value {
    let public = EdKey::from_bytes(&secret.0).verifying_key().to_bytes();
    Value::FixedBytes(AbiWord::new(public), 32)
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::{call, fails};
    use super::*;
    use crate::contracts::abi;

    #[test]
    fn p256_signatures_are_deterministic_and_low() {
        let key = Value::Uint(Unsigned::from(100), 256);
        let digest = Value::FixedBytes(AbiWord::repeat_byte(0x54), 32);
        let signature = call("signP256(uint256,bytes32)", &[key.clone(), digest.clone()]);
        assert_eq!(
            call("signP256(uint256,bytes32)", &[key.clone(), digest]),
            signature
        );
        let [_, Value::FixedBytes(s, 32)] = signature[..] else {
            panic!("two words")
        };
        assert!(Unsigned::from_be_bytes(s.0) <= P256_ORDER >> 1);
        assert_eq!(
            fails("publicKeyP256(uint256)", &[Value::Uint(P256_ORDER, 256)]),
            format!("private key must be less than the NistP256 curve order ({P256_ORDER})")
        );
        // The point of the key 1 is the generator (SEC 2, section 2.4.2).
        let generator = call(
            "publicKeyP256(uint256)",
            &[Value::Uint(Unsigned::from(1), 256)],
        );
        let Value::Uint(x, 256) = generator[0] else {
            panic!("a number")
        };
        assert_eq!(
            format!("{x:#x}"),
            "0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
        );
    }

    #[test]
    fn ed25519_signatures_are_verified() {
        let bytes = |of: &[u8]| Value::Bytes(of.to_vec());
        let secret = Value::FixedBytes(AbiWord::repeat_byte(7), 32);
        let pair = call("createEd25519Key(bytes32)", std::slice::from_ref(&secret));
        assert_eq!(pair[1], secret);
        let signature = call(
            "signEd25519(bytes,bytes,bytes32)",
            &[bytes(b"n"), bytes(b"m"), secret],
        );
        let verified = |signature: &Value, namespace: &[u8]| {
            let arguments = [
                signature.clone(),
                bytes(namespace),
                bytes(b"m"),
                pair[0].clone(),
            ];
            call("verifyEd25519(bytes,bytes,bytes,bytes32)", &arguments)
        };
        assert_eq!(verified(&signature[0], b"n"), [Value::Bool(true)]);
        assert_eq!(verified(&signature[0], b"x"), [Value::Bool(false)]);
        assert_eq!(verified(&bytes(&[1, 2]), b"n"), [Value::Bool(false)]);
        // RFC 8032, section 7.1, test 1.
        let secret = abi::unhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
            .expect("hex");
        let public = call(
            "publicKeyEd25519(bytes32)",
            &[Value::FixedBytes(AbiWord::from_slice(&secret), 32)],
        );
        assert_eq!(
            abi::plain(&public[0]),
            "0xd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
        );
    }
}
