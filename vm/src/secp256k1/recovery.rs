//! The key that a signature was made with.

use std::sync::LazyLock;

use primitive_types::{H256 as Hash, U256};

use super::field::Element;
use crate::curve::{
    Affine, Curve, Field, Lattice, Multiple, Multiples, Point, Sum, inverse, odd_multiples,
};
use crate::word::Modulus;

/// The order of the group (SEC 2, section 2.4.1).
const ORDER: U256 = U256([
    0xbfd2_5e8c_d036_4141,
    0xbaae_dce6_af48_a03b,
    0xffff_ffff_ffff_fffe,
    u64::MAX,
]);

const GENERATOR: Affine<Element> = Affine {
    x: Element::new([
        0x59f2_815b_16f8_1798,
        0x029b_fcdb_2dce_28d9,
        0x55a0_6295_ce87_0b07,
        0x79be_667e_f9dc_bbac,
    ]),
    y: Element::new([
        0x9c47_d08f_fb10_d4b8,
        0xfd17_b448_a685_5419,
        0x5da4_fbfc_0e11_08a8,
        0x483a_da77_26a3_c465,
    ]),
};

/// A cube root of one: (x * beta, y) is the point (x, y) times the root of the [`Lattice`].
const BETA: Element = Element::new([
    0xc139_6c28_7195_01ee,
    0x9cf0_4975_12f5_8995,
    0x6e64_479e_ac34_34e9,
    0x7ae9_6a2b_657c_0710,
]);

const LATTICE: Lattice = Lattice {
    a1: U256([0xe86c_90e4_9284_eb15, 0x3086_d221_a7d4_6bcd, 0, 0]),
    minus_b1: U256([0x6f54_7fa9_0abf_e4c3, 0xe443_7ed6_010e_8828, 0, 0]),
    a2: U256([0x57c1_108d_9d44_cfd8, 0x14ca_50f7_a8e2_f3f6, 1, 0]),
    b2: U256([0xe86c_90e4_9284_eb15, 0x3086_d221_a7d4_6bcd, 0, 0]),
    b2_by_order: U256([
        0x3daa_8a14_71e8_ca80,
        0xe86c_90e4_9284_eb15,
        0x3086_d221_a7d4_6bcd,
        0,
    ]),
    minus_b1_by_order: U256([
        0x2212_08ac_9df5_06c6,
        0x6f54_7fa9_0abf_e4c4,
        0xe443_7ed6_010e_8828,
        0,
    ]),
};

/// Width in bits of the signed digits of the generator's scalar, and of another point's, with the multiples that they select.
const GENERATOR_WINDOW: usize = 10;
const GENERATOR_COUNT: usize = 1 << (GENERATOR_WINDOW - 2);
const WINDOW: usize = 5;
const COUNT: usize = 1 << (WINDOW - 2);

/// Those of the generator, and of its product with the lattice's root.
static GENERATOR_MULTIPLES: LazyLock<[Vec<Multiple<Element>>; 2]> = LazyLock::new(|| {
    let multiples = odd_multiples::<Secp256k1>(GENERATOR, GENERATOR_COUNT);
    let images = multiples.iter().map(|multiple| multiple.times(BETA));
    let images = images.collect();
    [multiples, images]
});

/// y^2 = x^3 + 7.
#[derive(Clone, Copy, Debug)]
struct Secp256k1;

impl Curve for Secp256k1 {
    type Field = Element;
}

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

    let inverse = U256(inverse::<4, 5>(&r.0, &ORDER.0));
    let mut modulus = Modulus::default();
    let hash = modulus.mulmod(U256::from_big_endian(&hash.0), inverse, ORDER);
    let of_generator = if hash.is_zero() { hash } else { ORDER - hash };
    let of_point = modulus.mulmod(s, inverse, ORDER);
    let key = sum_of_products(of_generator, Affine { x, y }, of_point)?.affine();

    let mut bytes = [0; 64];
    for (bytes, coordinate) in bytes.chunks_exact_mut(32).zip([key.x, key.y]) {
        bytes.copy_from_slice(&U256(coordinate.canonical()).to_big_endian());
    }
    Some(bytes)
}

/// A multiple of the generator plus a multiple of a point; `None` if it is infinity. Of each scalar the halves are multiplied
/// by, for half of the doublings: Gallant, Lambert and Vanstone, "Faster point multiplication on elliptic curves with efficient
/// endomorphisms" (2001).
fn sum_of_products(
    of_generator: U256,
    point: Affine<Element>,
    of_point: U256,
) -> Option<Point<Secp256k1>> {
    let Multiples { points, scale } = Multiples::<_, COUNT>::new::<Secp256k1>(point);
    let images = points.map(|multiple| multiple.times(BETA));
    let halves = |scalar, window| LATTICE.halves(scalar).map(|half| half.digits(window));
    let [first, second] = halves(of_point, WINDOW);
    let products = [(first, &points[..]), (second, &images)];
    let [multiples, images] = &*GENERATOR_MULTIPLES;
    let [first, second] = halves(of_generator, GENERATOR_WINDOW);
    let scaled = [(first, &multiples[..]), (second, images)];
    let mut sum = Sum::new(scale);
    sum.add_products(&products, &scaled);
    sum.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::tests::check_lattice;
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

    #[test]
    fn halves_make_the_scalar() {
        let root = U256([
            0xdf02_967c_1b23_bd72,
            0x122e_22ea_2081_6678,
            0xa526_1c02_8812_645a,
            0x5363_ad4c_c05c_30e0,
        ]);
        check_lattice(&LATTICE, ORDER, root);
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
