//! The secp256r1 signature verification contract at 0x100 (EIP-7951).
//!
//! Whatever is wrong with the input, the call succeeds and the output is empty; only a valid signature returns the word 1.

use std::sync::LazyLock;

use primitive_types::U256;

use super::{PrecompileError, charge, limbs, padded, push_bool};
use crate::curve::{
    Affine, Curve, Field, Montgomery, Multiple, Multiples, Point, Prime, Sum, digits, inverse,
    odd_multiples,
};
use crate::word::Modulus;

const PRICE: u64 = 6_900;
/// Hash, r, s, and the two coordinates of the key, of 32 bytes each.
const INPUT_LENGTH: usize = 160;

/// The order of the base field (EIP-7951).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Base;

impl Prime for Base {
    const LIMBS: [u64; 4] = [u64::MAX, 0xffff_ffff, 0, 0xffff_ffff_0000_0001];

    /// The prime is 0xffff_ffff_0000_0001 * 2^192 + 2^96 - 1: the multiple is by the lowest limb itself, and most of it shifts.
    #[inline(always)]
    fn without_lowest([a, b, c, d]: [u64; 4]) -> [u64; 4] {
        let product = u128::from(a) * u128::from(Self::LIMBS[3]);
        let (b, carry) = b.overflowing_add(a << 32);
        let (c, carry) = c.carrying_add(a >> 32, carry);
        let (d, carry) = d.carrying_add(product as u64, carry);
        [
            b,
            c,
            d,
            ((product >> 64) as u64).wrapping_add(u64::from(carry)),
        ]
    }
}

type Element = Montgomery<Base>;

/// y^2 = x^3 - 3 x + b.
#[derive(Clone, Copy, Debug)]
struct Secp256r1;

impl Curve for Secp256r1 {
    type Field = Element;

    const IS_A_ZERO: bool = false;

    /// 3 (x - z^2) (x + z^2) / 2.
    #[inline(always)]
    fn half_slope(x: Element, z: Element) -> Element {
        let square = z.square();
        let product = (x - square) * (x + square);
        product + product.half()
    }
}

const B: [u64; 4] = [
    0x3bce_3c3e_27d2_604b,
    0x651d_06b0_cc53_b0f6,
    0xb3eb_bd55_7698_86bc,
    0x5ac6_35d8_aa3a_93e7,
];

const GENERATOR: [[u64; 4]; 2] = [
    [
        0xf4a1_3945_d898_c296,
        0x7703_7d81_2deb_33a0,
        0xf8bc_e6e5_63a4_40f2,
        0x6b17_d1f2_e12c_4247,
    ],
    [
        0xcbb6_4068_37bf_51f5,
        0x2bce_3357_6b31_5ece,
        0x8ee7_eb4a_7c0f_9e16,
        0x4fe3_42e2_fe1a_7f9b,
    ],
];

/// The order of the group (EIP-7951).
const ORDER: U256 = U256([
    0xf3b9_cac2_fc63_2551,
    0xbce6_faad_a717_9e84,
    u64::MAX,
    0xffff_ffff_0000_0000,
]);

/// Width in bits of the signed digits of the generator's scalar, and of the key's.
const GENERATOR_WINDOW: usize = 10;
const KEY_WINDOW: usize = 5;

static GENERATOR_MULTIPLES: LazyLock<Vec<Multiple<Element>>> = LazyLock::new(|| {
    let [x, y] = GENERATOR.map(Element::of);
    odd_multiples::<Secp256r1>(Affine { x, y }, 1 << (GENERATOR_WINDOW - 2))
});

pub(super) fn run(input: &[u8], gas: u64, output: &mut Vec<u8>) -> Result<u64, PrecompileError> {
    let used = charge(gas, PRICE)?;
    if input.len() == INPUT_LENGTH && verify(input) == Some(true) {
        push_bool(output, true);
    }
    Ok(used)
}

/// Verifies a signature by the steps of EIP-7951; `None` when a value is out of range.
fn verify(input: &[u8]) -> Option<bool> {
    let number = |position: usize| limbs(&padded::<32>(input, position));
    let [hash, r, s] = [0, 32, 64].map(|position| U256(number(position)));
    let is_scalar = |number: U256| !number.is_zero() && number < ORDER;
    if !is_scalar(r) || !is_scalar(s) {
        return None;
    }
    // Infinity, which (0, 0) stands for, is refused like other points that are not on the curve: b is not zero.
    let key = Affine {
        x: Element::new(number(96))?,
        y: Element::new(number(128))?,
    };
    if !is_on_curve(&key) {
        return None;
    }
    let inverse = U256(inverse::<4, 5>(&s.0, &ORDER.0));
    let mut modulus = Modulus::default();
    let of_generator = modulus.mulmod(hash, inverse, ORDER);
    let of_key = modulus.mulmod(r, inverse, ORDER);
    // Infinity has no x.
    let point = sum_of_products(of_generator, key, of_key)?;
    // An x of the group order or more is compared modulo the order, so that two are right.
    let square = point.z.square();
    let is_x = |x: U256| Element::new(x.0).is_some_and(|x| x * square == point.x);
    Some(is_x(r) || r.checked_add(ORDER).is_some_and(is_x))
}

fn is_on_curve(Affine { x, y }: &Affine<Element>) -> bool {
    let three = Element::of([3, 0, 0, 0]);
    y.square() == (x.square() - three) * *x + Element::of(B)
}

/// A multiple of the generator plus a multiple of a key; `None` if it is infinity.
fn sum_of_products(
    of_generator: U256,
    key: Affine<Element>,
    of_key: U256,
) -> Option<Point<Secp256r1>> {
    let multiples = Multiples::<_, { 1 << (KEY_WINDOW - 2) }>::new::<Secp256r1>(key);
    let mut sum = Sum::new(multiples.scale);
    let of_key = digits(&of_key.0, KEY_WINDOW);
    let of_generator = digits(&of_generator.0, GENERATOR_WINDOW);
    let products = [
        (of_key, &multiples.points[..]),
        (of_generator, &GENERATOR_MULTIPLES),
    ];
    sum.add_products::<257>(&products, &[]);
    sum.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::tests::check_field;
    use ark_ec::{AffineRepr, CurveGroup};
    use ark_ff::{BigInteger, Field as _, PrimeField};
    use ark_secp256r1::{Affine as LibraryAffine, Fq, Fr};

    #[test]
    fn arithmetic_is_that_of_wide_integers() {
        check_field::<Base>();
    }

    #[test]
    fn sums_are_those_of_the_library() {
        let generator = LibraryAffine::generator();
        let mut scalar = Fr::from(3u8);
        let mut infinities = 0;
        for round in 0..400u64 {
            // Short and long ones, near to the order, and small ones, for which points meet.
            let mut next = || {
                scalar = scalar.square() + Fr::from(round);
                match round {
                    0..200 => {
                        let mut limbs = scalar.into_bigint();
                        limbs >>= (round % 8 * 30) as u32;
                        Fr::from(limbs)
                    }
                    _ => {
                        let small = Fr::from(scalar.into_bigint().0[0] % 8);
                        if scalar.into_bigint().0[1] & 1 == 0 {
                            small
                        } else {
                            -small
                        }
                    }
                }
            };
            let (a, b, c) = (next(), next(), next());
            let key = (generator * c).into_affine();
            if key.is_zero() {
                continue;
            }
            let [x, y] = [key.x, key.y].map(|number| Element::of(number.into_bigint().0));
            let key_here = Affine { x, y };
            assert!(is_on_curve(&key_here));
            let number = |scalar: Fr| U256(scalar.into_bigint().0);
            let sum = sum_of_products(number(a), key_here, number(b)).map(|sum| sum.affine());
            let expected = (generator * a + key * b).into_affine();
            infinities += usize::from(expected.is_zero());
            assert_eq!(
                sum.map(|sum| [sum.x.number(), sum.y.number()]),
                expected
                    .xy()
                    .map(|(x, y)| [x.into_bigint().0, y.into_bigint().0]),
                "{a} {b} {c}"
            );
        }
        assert!(infinities > 5, "{infinities}");
    }

    /// A signature of the hash 0x0909.. with the secret 5 and the ephemeral secret 7.
    fn signed() -> [u8; INPUT_LENGTH] {
        let hash = [9; 32];
        let (secret, ephemeral) = (Fr::from(5u8), Fr::from(7u8));
        let coordinates = |scalar: Fr| {
            let point = (LibraryAffine::generator() * scalar).into_affine();
            (point.x.into_bigint(), point.y.into_bigint())
        };
        let r = Fr::from_be_bytes_mod_order(&coordinates(ephemeral).0.to_bytes_be());
        let s = (Fr::from_be_bytes_mod_order(&hash) + r * secret) / ephemeral;
        let (x, y) = coordinates(secret);
        let mut input = [0; INPUT_LENGTH];
        input[..32].copy_from_slice(&hash);
        for (bytes, number) in
            input[32..]
                .chunks_exact_mut(32)
                .zip([r.into_bigint(), s.into_bigint(), x, y])
        {
            bytes.copy_from_slice(&number.to_bytes_be());
        }
        input
    }

    fn output_of(input: &[u8]) -> Vec<u8> {
        let mut output = Vec::new();
        assert_eq!(run(input, PRICE, &mut output), Ok(PRICE));
        output
    }

    #[test]
    fn accepts_a_signature() {
        let output = output_of(&signed());
        assert_eq!(output.len(), 32);
        assert_eq!(output[31], 1);
        assert_eq!(output[..31], [0; 31]);
    }

    /// The key is made for an x of the order and more, so that r is less than x.
    #[test]
    fn accepts_an_x_above_the_order() {
        let order = Fq::from_bigint(Fr::MODULUS).expect("less than the modulus");
        let points = (0..100u64).filter_map(|above| {
            let point = LibraryAffine::get_point_from_x_unchecked(order + Fq::from(above), true)?;
            Some((above, point))
        });
        let (mut accepted, (a, b)) = (0, (Fr::from(11u8), Fr::from(13u8)));
        for (above, point) in points.filter(|(above, _)| *above > 0) {
            let inverse = b.inverse().expect("not zero");
            let key = ((point - LibraryAffine::generator() * a) * inverse).into_affine();
            let r = Fr::from(above);
            let s = r * inverse;
            let [hash, r, s] = [a * s, r, s].map(|number| number.into_bigint().to_bytes_be());
            let [x, y] = [key.x, key.y].map(|number| number.into_bigint().to_bytes_be());
            assert_eq!(
                output_of(&[&hash[..], &r, &s, &x, &y].concat()).len(),
                32,
                "{above}"
            );
            accepted += 1;
        }
        assert!(accepted > 20);
    }

    #[test]
    fn accepts_a_high_s() {
        let mut input = signed();
        let s = Fr::from_be_bytes_mod_order(&input[64..96]);
        input[64..96].copy_from_slice(&(-s).into_bigint().to_bytes_be());
        assert_eq!(output_of(&input).len(), 32);
    }

    #[test]
    fn refuses_what_is_not_a_signature() {
        for position in [0, 33, 65, 97, 129] {
            let mut input = signed();
            input[position] ^= 1;
            assert!(output_of(&input).is_empty(), "byte {position}");
        }
        // Each of r, s, x and y as zero, as the order of its field, and as large as can be; and infinity as key.
        for (start, order) in [
            (32, Fr::MODULUS),
            (64, Fr::MODULUS),
            (96, Fq::MODULUS),
            (128, Fq::MODULUS),
        ] {
            for value in [vec![0; 32], order.to_bytes_be(), vec![0xff; 32]] {
                let mut input = signed();
                input[start..start + 32].copy_from_slice(&value);
                assert!(output_of(&input).is_empty(), "{start} {value:?}");
            }
        }
        let mut infinity = signed();
        infinity[96..].fill(0);
        assert!(output_of(&infinity).is_empty());
    }

    #[test]
    fn refuses_a_sum_at_infinity() {
        // The hash is -r * d, so that both products cancel out.
        let mut input = signed();
        let r = Fr::from_be_bytes_mod_order(&input[32..64]);
        let hash = -(r * Fr::from(5u8));
        input[..32].copy_from_slice(&hash.into_bigint().to_bytes_be());
        assert!(output_of(&input).is_empty());
    }

    #[test]
    fn refuses_other_lengths() {
        let input = signed();
        assert!(output_of(&input[..159]).is_empty());
        let mut longer = input.to_vec();
        longer.push(0);
        assert!(output_of(&longer).is_empty());
    }
}
