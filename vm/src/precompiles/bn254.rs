//! The alt_bn128 contracts at 0x06, 0x07 and 0x08: addition and multiplication (EIP-196) and the pairing check
//! (EIP-197), repriced by EIP-1108.
//!
//! Sums and products are in [`g1`]. The only file, with [`mod@pairing`], that names the `ark-bn254` crate. Coordinates are 32 bytes, big endian; infinity is all
//! zeros.

mod g1;
mod pairing;

use ark_bn254::{Fq, Fq2, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::{BigInt, PrimeField, Zero};

use super::{PrecompileError, charge, limbs, padded, push_bool};

/// Bytes of a pair of points of G1 and G2.
const PAIR_LENGTH: usize = 192;

pub(super) fn add_byzantium(
    input: &[u8],
    gas: u64,
    output: &mut Vec<u8>,
) -> Result<u64, PrecompileError> {
    add(input, gas, output, 500)
}

pub(super) fn add_istanbul(
    input: &[u8],
    gas: u64,
    output: &mut Vec<u8>,
) -> Result<u64, PrecompileError> {
    add(input, gas, output, 150)
}

fn add(input: &[u8], gas: u64, output: &mut Vec<u8>, price: u64) -> Result<u64, PrecompileError> {
    let used = charge(gas, price)?;
    let sum =
        g1::sum(&padded(input, 0), &padded(input, 64)).ok_or(PrecompileError::InvalidInput)?;
    output.extend_from_slice(&sum);
    Ok(used)
}

pub(super) fn mul_byzantium(
    input: &[u8],
    gas: u64,
    output: &mut Vec<u8>,
) -> Result<u64, PrecompileError> {
    mul(input, gas, output, 40_000)
}

pub(super) fn mul_istanbul(
    input: &[u8],
    gas: u64,
    output: &mut Vec<u8>,
) -> Result<u64, PrecompileError> {
    mul(input, gas, output, 6_000)
}

fn mul(input: &[u8], gas: u64, output: &mut Vec<u8>, price: u64) -> Result<u64, PrecompileError> {
    let used = charge(gas, price)?;
    let product =
        g1::product(&padded(input, 0), &padded(input, 64)).ok_or(PrecompileError::InvalidInput)?;
    output.extend_from_slice(&product);
    Ok(used)
}

pub(super) fn pairing_byzantium(
    input: &[u8],
    gas: u64,
    output: &mut Vec<u8>,
) -> Result<u64, PrecompileError> {
    pairing(input, gas, output, 100_000, 80_000)
}

pub(super) fn pairing_istanbul(
    input: &[u8],
    gas: u64,
    output: &mut Vec<u8>,
) -> Result<u64, PrecompileError> {
    pairing(input, gas, output, 45_000, 34_000)
}

fn pairing(
    input: &[u8],
    gas: u64,
    output: &mut Vec<u8>,
    base: u64,
    per_pair: u64,
) -> Result<u64, PrecompileError> {
    let (pairs, rest) = input.as_chunks::<PAIR_LENGTH>();
    // A slice has fewer than 2^56 pairs, so nothing overflows.
    let used = charge(gas, base + per_pair * pairs.len() as u64)?;
    if !rest.is_empty() {
        return Err(PrecompileError::InvalidInput);
    }
    let holds = pairing_check(pairs).ok_or(PrecompileError::InvalidInput)?;
    push_bool(output, holds);
    Ok(used)
}

/// Whether the product of the pairings is one.
fn pairing_check(pairs: &[[u8; PAIR_LENGTH]]) -> Option<bool> {
    let mut points = Vec::with_capacity(pairs.len());
    for pair in pairs {
        let (g1, g2) = pair.split_first_chunk()?;
        let g1 = read_g1(g1)?;
        let g2 = read_g2(g2.first_chunk()?)?;
        // Both points are checked; a pair with infinity in it contributes a factor of one.
        if !g1.is_zero() && !g2.is_zero() {
            points.push((g1, g2));
        } else if !g2.is_zero() && !g2.is_in_correct_subgroup_assuming_on_curve() {
            return None;
        }
    }
    pairing::check(&points)
}

fn read_g1(bytes: &[u8; 64]) -> Option<G1Affine> {
    let x = Fq::from_bigint(number(&bytes[..32]))?;
    let y = Fq::from_bigint(number(&bytes[32..]))?;
    if x.is_zero() && y.is_zero() {
        return Some(G1Affine::identity());
    }
    // Every point of this curve is in the group: its cofactor is one.
    let point = G1Affine::new_unchecked(x, y);
    point.is_on_curve().then_some(point)
}

/// A point of the curve, in the subgroup or not. EIP-197 writes an element a * i + b of the extension with a first.
fn read_g2(bytes: &[u8; 128]) -> Option<G2Affine> {
    let x1 = Fq::from_bigint(number(&bytes[..32]))?;
    let x0 = Fq::from_bigint(number(&bytes[32..64]))?;
    let y1 = Fq::from_bigint(number(&bytes[64..96]))?;
    let y0 = Fq::from_bigint(number(&bytes[96..]))?;
    let (x, y) = (Fq2::new(x0, x1), Fq2::new(y0, y1));
    if x.is_zero() && y.is_zero() {
        return Some(G2Affine::identity());
    }
    let point = G2Affine::new_unchecked(x, y);
    point.is_on_curve().then_some(point)
}

/// Reads 32 bytes.
fn number(bytes: &[u8]) -> BigInt<4> {
    BigInt(limbs(bytes))
}

#[cfg(test)]
mod tests {
    use super::super::write_limbs;
    use super::*;
    use ark_bn254::Fr;
    use ark_ec::CurveGroup;
    use ark_ff::BigInteger;

    /// p of the base field, EIP-196.
    const PRIME: [u8; 32] = [
        0x30, 0x64, 0x4e, 0x72, 0xe1, 0x31, 0xa0, 0x29, 0xb8, 0x50, 0x45, 0xb6, 0x81, 0x81, 0x58,
        0x5d, 0x97, 0x81, 0x6a, 0x91, 0x68, 0x71, 0xca, 0x8d, 0x3c, 0x20, 0x8c, 0x16, 0xd8, 0x7c,
        0xfd, 0x47,
    ];

    /// The generator of G1 is (1, 2).
    fn generator() -> [u8; 64] {
        let mut point = [0; 64];
        point[31] = 1;
        point[63] = 2;
        point
    }

    fn scalar(value: u8) -> [u8; 32] {
        let mut scalar = [0; 32];
        scalar[31] = value;
        scalar
    }

    fn sum_in_call(a: &[u8], b: &[u8]) -> Vec<u8> {
        let mut output = Vec::new();
        assert_eq!(add_istanbul(&[a, b].concat(), 150, &mut output), Ok(150));
        output
    }

    fn product_in_call(point: &[u8], scalar: &[u8]) -> Vec<u8> {
        let mut output = Vec::new();
        let input = [point, scalar].concat();
        assert_eq!(mul_istanbul(&input, 6_000, &mut output), Ok(6_000));
        output
    }

    fn written(point: G1Affine) -> [u8; 64] {
        let mut bytes = [0; 64];
        if let Some((x, y)) = point.xy() {
            write_limbs(&mut bytes[..32], &x.into_bigint().0);
            write_limbs(&mut bytes[32..], &y.into_bigint().0);
        }
        bytes
    }

    #[test]
    fn doubling_is_adding_and_multiplying() {
        let g = generator();
        assert_eq!(sum_in_call(&g, &g), product_in_call(&g, &scalar(2)));
        assert_eq!(
            sum_in_call(&product_in_call(&g, &scalar(2)), &g),
            product_in_call(&g, &scalar(3))
        );
    }

    #[test]
    fn products_are_those_of_the_library() {
        let order = Fr::MODULUS;
        let bytes = |number: BigInt<4>| {
            let mut bytes = [0; 32];
            write_limbs(&mut bytes, &number.0);
            bytes
        };
        let mut scalars = vec![[0; 32], [0xff; 32], scalar(1), scalar(2), scalar(31)];
        for near in 0..40u64 {
            let (mut above, mut below) = (order, order);
            above.add_with_carry(&near.into());
            below.sub_with_borrow(&(near + 1).into());
            scalars.extend([above, below].map(bytes));
        }
        let mut random = Fr::from(7u8);
        for shift in 0..200 {
            random = random * random + Fr::from(3u8);
            let number = random.into_bigint() >> shift;
            scalars.push(bytes(number));
        }
        scalars.extend((0..130).map(|bits| bytes(BigInt::from(3u8) << bits)));
        for (index, scalar) in scalars.iter().enumerate() {
            let point = g1::product(&generator(), &scalars[index / 2]).expect("a point");
            let read = read_g1(&point).expect("a point");
            let number = Fr::from_be_bytes_mod_order(scalar).into_bigint();
            let product = read.mul_bigint(number).into_affine();
            let expected = written(product);
            assert_eq!(g1::product(&point, scalar), Some(expected), "{scalar:02x?}");
            // Infinity, the same point, its opposite, and others.
            for other in [read, -read, product, (read + product).into_affine()] {
                let sum = g1::sum(&point, &written(other));
                assert_eq!(sum, Some(written((read + other).into_affine())));
            }
        }
    }

    #[test]
    fn infinity_is_zero() {
        let g = generator();
        assert_eq!(sum_in_call(&g, &[]), g);
        assert_eq!(sum_in_call(&[], &[]), [0; 64]);
        assert_eq!(product_in_call(&g, &[]), [0; 64]);
        assert_eq!(product_in_call(&[0; 64], &[0xff; 32]), [0; 64]);
    }

    #[test]
    fn coordinates_are_canonical_and_on_the_curve() {
        let mut off_curve = generator();
        off_curve[63] = 3;
        let mut not_canonical = [0; 64];
        not_canonical[..32].copy_from_slice(&PRIME);
        for point in [off_curve, not_canonical, [0xff; 64]] {
            let mut output = Vec::new();
            assert_eq!(
                add_istanbul(&point, 150, &mut output),
                Err(PrecompileError::InvalidInput)
            );
            assert_eq!(
                mul_istanbul(&point, 6_000, &mut output),
                Err(PrecompileError::InvalidInput)
            );
        }
    }

    #[test]
    fn pairing_of_nothing_and_of_infinity_holds() {
        for pairs in 0..3 {
            let price = 45_000 + 34_000 * pairs;
            let mut output = Vec::new();
            let input = vec![0; pairs as usize * PAIR_LENGTH];
            assert_eq!(pairing_istanbul(&input, price, &mut output), Ok(price));
            assert_eq!(output[31], 1);
        }
    }

    #[test]
    fn pairing_refuses_half_a_pair() {
        let mut output = Vec::new();
        assert_eq!(
            pairing_istanbul(&[0; 191], 45_000, &mut output),
            Err(PrecompileError::InvalidInput)
        );
    }
}
