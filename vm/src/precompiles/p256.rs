//! The secp256r1 signature verification contract at 0x100 (EIP-7951).
//!
//! The only file, with `lanes`, that names the `ark-secp256r1` crate. Whatever is wrong with the input, the call succeeds and
//! the output is empty; only a valid signature returns the word 1. Everything here is public, so nothing needs to run in
//! constant time.

#[cfg(target_arch = "x86_64")]
mod lanes;

use std::sync::LazyLock;

use ark_ec::AffineRepr;
use ark_ff::{AdditiveGroup, BigInt, BigInteger, Field, PrimeField, Zero};
use ark_secp256r1::{Affine, Fq, Fr, Projective};

use super::inverse::inverse;
use super::multiples::{odd_multiples, sum};
use super::{PrecompileError, charge, limbs, padded, push_bool};

const PRICE: u64 = 6_900;
/// Hash, r, s, and the two coordinates of the key, of 32 bytes each.
const INPUT_LENGTH: usize = 160;

/// Width in bits of the signed digits of the generator's scalar, and of the key's.
const GENERATOR_WINDOW: usize = 9;
const KEY_WINDOW: usize = 5;

/// The generator times 1, 3, 5, ...
static GENERATOR_MULTIPLES: LazyLock<Vec<Affine>> =
    LazyLock::new(|| odd_multiples(Affine::generator(), GENERATOR_WINDOW));

pub(super) fn run(input: &[u8], gas: u64, output: &mut Vec<u8>) -> Result<u64, PrecompileError> {
    let used = charge(gas, PRICE)?;
    if input.len() == INPUT_LENGTH && verify(input) == Some(true) {
        push_bool(output, true);
    }
    Ok(used)
}

/// Verifies a signature by the steps of EIP-7951; `None` when a value is out of range.
fn verify(input: &[u8]) -> Option<bool> {
    let hash = Fr::from_be_bytes_mod_order(&padded::<32>(input, 0));
    let r = Fr::from_bigint(BigInt(limbs(&padded::<32>(input, 32))))?;
    let s = Fr::from_bigint(BigInt(limbs(&padded::<32>(input, 64))))?;
    let x = Fq::from_bigint(BigInt(limbs(&padded::<32>(input, 96))))?;
    let y = Fq::from_bigint(BigInt(limbs(&padded::<32>(input, 128))))?;
    // (0, 0) stands for infinity, here and in the library, which counts it as on the curve; EIP-7951 refuses it.
    let key = Affine::new_unchecked(x, y);
    if r.is_zero() || key.is_zero() || !key.is_on_curve() {
        return None;
    }
    let inverse = inverse(s)?;
    let point = sum_of_products(hash * inverse, r * inverse, key)?;
    // Infinity has no x. An x of the group order or more is compared modulo the order, so that two are right.
    if point.is_zero() {
        return None;
    }
    let square = point.z.square();
    let is_x = |x| Fq::from_bigint(x).is_some_and(|x| x * square == point.x);
    let r = r.into_bigint();
    let mut r_and_order = r;
    let carry = r_and_order.add_with_carry(&Fr::MODULUS);
    Some(is_x(r) || !carry && is_x(r_and_order))
}

/// `a` times the generator plus `b` times `key`.
fn sum_of_products(a: Fr, b: Fr, key: Affine) -> Option<Projective> {
    let key_multiples = odd_multiples(key, KEY_WINDOW);
    let a = a.into_bigint().find_wnaf(GENERATOR_WINDOW)?;
    let b = b.into_bigint().find_wnaf(KEY_WINDOW)?;
    let key = (&b[..], &key_multiples[..]);
    #[cfg(target_arch = "x86_64")]
    if let Some(sum) = lanes::sum(&a, key) {
        return Some(sum);
    }
    sum([(&a, &GENERATOR_MULTIPLES), key], double)
}

/// Twice a point in Jacobian coordinates, where infinity has a z of zero. The curve's a is -3, which spares two of the
/// multiplications that the library needs ("dbl-2001-b" of the Explicit-Formulas Database).
fn double(point: &Projective) -> Projective {
    let delta = point.z.square();
    let gamma = point.y.square();
    let beta = point.x * gamma;
    let product = (point.x - delta) * (point.x + delta);
    let alpha = product.double() + product;
    let beta_4 = beta.double().double();
    let x = alpha.square() - beta_4.double();
    let z = (point.y + point.z).square() - gamma - delta;
    let y = alpha * (beta_4 - x) - gamma.square().double().double().double();
    Projective::new_unchecked(x, y, z)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ec::CurveGroup;

    /// Those of both fields, near to all that is written as few words, and at random.
    #[test]
    fn inverses_are_those_of_the_library() {
        let mut random = Fr::from(3u8);
        for round in 0..5_000u64 {
            random = random.square() + Fr::from(round);
            let numbers = [
                random,
                Fr::from(round),
                -Fr::from(round),
                Fr::from(2u8).pow([round]),
            ];
            for number in numbers {
                assert_eq!(inverse(number), number.inverse());
                let coordinate =
                    Fq::from_bigint(number.into_bigint()).expect("less than the order");
                assert_eq!(inverse(coordinate), coordinate.inverse());
                assert_eq!(inverse(-coordinate), (-coordinate).inverse());
            }
        }
    }

    #[test]
    fn doubling_is_that_of_the_library() {
        let mut point = Affine::generator().into_group();
        for _ in 0..20 {
            assert_eq!(double(&point), point.double());
            point = point.double() + Affine::generator();
        }
        assert!(double(&Projective::zero()).is_zero());
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn sums_in_lanes_are_those_of_the_library() {
        let mut scalar = Fr::from(3u8);
        let mut compared = 0;
        for round in 0..200u64 {
            // Short and long ones; the last ones are minus one, and so on.
            let mut next = || {
                scalar = scalar.square() + Fr::from(round);
                let mut limbs = scalar.into_bigint();
                limbs >>= (round % 8 * 30) as u32;
                if round > 190 {
                    -Fr::from(200 - round)
                } else {
                    Fr::from(limbs)
                }
            };
            let (a, b, key) = (next(), next(), (Affine::generator() * next()).into_affine());
            let multiples = odd_multiples(key, KEY_WINDOW);
            let a = a.into_bigint().find_wnaf(GENERATOR_WINDOW);
            let b = b.into_bigint().find_wnaf(KEY_WINDOW);
            let (Some(a), Some(b)) = (a, b) else {
                panic!("digits of these widths")
            };
            let key = (&b[..], &multiples[..]);
            let expected = sum([(&a, &GENERATOR_MULTIPLES), key], double).expect("multiples");
            if let Some(in_lanes) = lanes::sum(&a, key) {
                assert_eq!(in_lanes, expected);
                compared += 1;
            }
        }
        if is_x86_feature_detected!("avx512ifma") {
            assert!(compared > 190, "{compared} of 200 by these instructions");
            return;
        }
        println!("no AVX-512 IFMA: {compared} sums compared");
    }

    /// A signature of the hash 0x0909.. with the secret 5 and the ephemeral secret 7.
    fn signed() -> [u8; INPUT_LENGTH] {
        let hash = [9; 32];
        let (secret, ephemeral) = (Fr::from(5u8), Fr::from(7u8));
        let coordinates = |scalar: Fr| {
            let point = (Affine::generator() * scalar).into_affine();
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
            let point = Affine::get_point_from_x_unchecked(order + Fq::from(above), true)?;
            Some((above, point))
        });
        let (mut accepted, (a, b)) = (0, (Fr::from(11u8), Fr::from(13u8)));
        for (above, point) in points.filter(|(above, _)| *above > 0) {
            let inverse = b.inverse().expect("not zero");
            let key = ((point - Affine::generator() * a) * inverse).into_affine();
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
