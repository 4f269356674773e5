//! The key that a signature was made with.

use primitive_types::{H256 as Hash, U256};

use super::field::Element;
use super::point::{Affine, sum_of_products};
use super::scalar::{Halves, ORDER};
use crate::precompiles::inverse_of_words;
use crate::word::Modulus;

/// The coordinates of the key, of 32 bytes each. `None` as for [`recover`](super::recover).
///
/// The key is `(s * R - hash * G) / r`, where R is the point with r as its x (SEC 1, section 4.1.6).
pub(super) fn key(hash: Hash, y_parity: bool, r: U256, s: U256) -> Option<[u8; 64]> {
    let is_scalar = |number: U256| !number.is_zero() && number < ORDER;
    if !is_scalar(r) || !is_scalar(s) {
        return None;
    }
    let x = Element::new(r.0);
    let mut y = (x.square() * x + Element::new([7, 0, 0, 0])).square_root()?;
    if (y.canonical()[0] & 1 == 1) != y_parity {
        y = -y;
    }

    let inverse = U256(inverse_of_words::<4, 5>(&r.0, &ORDER.0));
    let mut modulus = Modulus::default();
    let hash = modulus.mulmod(U256::from_big_endian(&hash.0), inverse, ORDER);
    let of_generator = if hash.is_zero() { hash } else { ORDER - hash };
    let of_point = modulus.mulmod(s, inverse, ORDER);
    let key = sum_of_products(
        &Halves::new(of_generator),
        Affine { x, y },
        &Halves::new(of_point),
    )?;

    let mut bytes = [0; 64];
    for (bytes, coordinate) in bytes.chunks_exact_mut(32).zip([key.x, key.y]) {
        bytes.copy_from_slice(&U256(coordinate.canonical()).to_big_endian());
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keccak::keccak256;
    use proptest::prelude::*;
    use secp256k1::Message;
    use secp256k1::ecdsa::{RecoverableSignature, RecoveryId};

    fn key_by_library(hash: Hash, y_parity: bool, r: U256, s: U256) -> Option<[u8; 64]> {
        let id = [RecoveryId::Zero, RecoveryId::One][usize::from(y_parity)];
        let mut compact = [0; 64];
        compact[..32].copy_from_slice(&r.to_big_endian());
        compact[32..].copy_from_slice(&s.to_big_endian());
        let signature = RecoverableSignature::from_compact(&compact, id).ok()?;
        let key = signature.recover_ecdsa(Message::from_digest(hash.0)).ok()?;
        key.serialize_uncompressed()[1..].try_into().ok()
    }

    /// Whether there is a key.
    fn check(hash: U256, r: U256, s: U256) -> bool {
        let hash = Hash(hash.to_big_endian());
        let mut is_key = false;
        for y_parity in [false, true] {
            let expected = key_by_library(hash, y_parity, r, s);
            assert_eq!(
                key(hash, y_parity, r, s),
                expected,
                "{hash:?} {y_parity} {r:x} {s:x}"
            );
            is_key |= expected.is_some();
        }
        is_key
    }

    fn product(a: U256, b: U256) -> U256 {
        Modulus::default().mulmod(a, b, ORDER)
    }

    /// The x coordinate of a multiple of the generator.
    fn x_of(multiple: u64) -> U256 {
        let mut secret = [0; 32];
        secret[24..].copy_from_slice(&multiple.to_be_bytes());
        let point = super::super::public_key_of(&secret).expect("not zero");
        U256::from_big_endian(&point[..32])
    }

    /// With R a small multiple of the generator, sums meet the point that they add, or its opposite, on the way or in the end.
    #[test]
    fn points_that_meet() {
        let (mut keys, mut infinities) = (0, 0);
        for multiple in 1..=40 {
            let r = x_of(multiple);
            for small in (0..=40u64).chain([64, 510, 512, 1 << 32]) {
                let small = U256::from(small);
                // s is what R is multiplied by, times r; so is the hash, for the negated generator.
                for s in [
                    r,
                    product(r, U256::from(3)),
                    product(r, ORDER - 1),
                    product(r, small),
                ] {
                    let hash = product(r, small);
                    for hash in [hash, (ORDER - hash) % ORDER] {
                        let is_key = check(hash, r, s);
                        keys += usize::from(is_key);
                        infinities += usize::from(!is_key);
                    }
                }
            }
        }
        assert!(keys > 10_000 && infinities > 0, "{keys} {infinities}");
        // Exactly the generator's opposite: R - G = 0.
        let r = x_of(1);
        assert_eq!(
            key(Hash(r.to_big_endian()), false, r, r).is_none(),
            key(Hash(r.to_big_endian()), true, r, r).is_some()
        );
    }

    #[test]
    fn limits() {
        let numbers = [0u64, 1, 2, 5].map(U256::from).into_iter();
        let near_order = [1u64, 2, 0].map(|less| ORDER - less).into_iter();
        let above = [ORDER + 1, U256::MAX];
        let numbers: Vec<U256> = numbers.chain(near_order).chain(above).collect();
        for hash in &numbers {
            for r in &numbers {
                for s in &numbers {
                    check(*hash, *r, *s);
                }
            }
        }
    }

    #[test]
    fn chains_of_hashes() {
        let mut keys = 0;
        let mut seed = Hash::zero();
        let mut next = || {
            seed = keccak256(&seed.0);
            U256::from_big_endian(&seed.0)
        };
        for _ in 0..500 {
            keys += usize::from(check(next(), next(), next()));
        }
        assert!(
            (200..300).contains(&keys),
            "half of all r are those of points: {keys} of 500"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn keys_are_those_of_the_library(hash in limbs(), r in limbs(), s in limbs()) {
            check(hash, r, s);
        }
    }

    fn limbs() -> impl Strategy<Value = U256> {
        let limb = prop_oneof![2 => Just(0), 2 => Just(u64::MAX), 1 => Just(1), 4 => any::<u64>()];
        prop::array::uniform4(limb).prop_map(U256)
    }
}
