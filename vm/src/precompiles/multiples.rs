//! Sums of multiples of points, by scalars in signed digits ("windowed non-adjacent form").

use ark_ec::AffineRepr;
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ff::{AdditiveGroup, BigInt, Field, PrimeField, Zero};

use super::inverse::inverse;

/// The digits of a scalar, each zero or odd, least significant first, and the multiples of a point that they select: digit `d`
/// selects the one with the index `|d| / 2`.
pub(super) type Product<'a, P> = (&'a [i64], &'a [Affine<P>]);

/// The odd multiples of a point that the digits of a window of `width` bits need.
pub(super) fn odd_multiples<P>(point: Affine<P>, width: usize) -> Vec<Affine<P>>
where
    P: SWCurveConfig,
    P::BaseField: PrimeField<BigInt = BigInt<4>>,
{
    if width == 2 {
        return vec![point];
    }
    let point = point.into_group();
    let double = point + point;
    let multiples: Vec<Projective<P>> =
        std::iter::successors(Some(point), |multiple| Some(*multiple + double))
            .take(1 << (width - 2))
            .collect();
    affine(&multiples)
}

/// Points in affine coordinates, by one inversion for all.
fn affine<P>(points: &[Projective<P>]) -> Vec<Affine<P>>
where
    P: SWCurveConfig,
    P::BaseField: PrimeField<BigInt = BigInt<4>>,
{
    let mut product = P::BaseField::ONE;
    let multiply = |point: &Projective<P>| {
        let before = product;
        if !point.is_zero() {
            product *= point.z;
        }
        before
    };
    let products: Vec<_> = points.iter().map(multiply).collect();
    let mut inverse = inverse(product).unwrap_or(P::BaseField::ZERO);
    let divide = |(point, before): (&Projective<P>, P::BaseField)| {
        if point.is_zero() {
            return Affine::identity();
        }
        let of_z = inverse * before;
        inverse *= point.z;
        let square = of_z.square();
        Affine::new_unchecked(point.x * square, point.y * square * of_z)
    };
    let mut affine: Vec<_> = points.iter().zip(products).rev().map(divide).collect();
    affine.reverse();
    affine
}

/// The sum of both, doubling once for both (Shamir's trick). `None` if a multiple is missing.
pub(super) fn sum<P: SWCurveConfig>(
    products: [Product<'_, P>; 2],
    double: impl Fn(&Projective<P>) -> Projective<P>,
) -> Option<Projective<P>> {
    let mut sum = Projective::zero();
    let longest = products.iter().map(|(digits, _)| digits.len()).max();
    for position in (0..longest.unwrap_or(0)).rev() {
        sum = double(&sum);
        for (digits, multiples) in products {
            let digit = digits.get(position).copied().unwrap_or(0);
            if digit == 0 {
                continue;
            }
            let multiple = multiples.get(digit.unsigned_abs() as usize / 2)?;
            if digit > 0 {
                sum += multiple;
            } else {
                sum -= multiple;
            }
        }
    }
    Some(sum)
}
