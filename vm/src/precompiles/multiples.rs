//! Sums of multiples of points, by scalars in signed digits ("windowed non-adjacent form").

use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::Zero;

/// The digits of a scalar, each zero or odd, least significant first, and the multiples of a point that they select: digit `d`
/// selects the one with the index `|d| / 2`.
pub(super) type Product<'a, P> = (&'a [i64], &'a [Affine<P>]);

/// The odd multiples of a point that the digits of a window of `width` bits need.
pub(super) fn odd_multiples<P: SWCurveConfig>(point: Affine<P>, width: usize) -> Vec<Affine<P>> {
    let point = point.into_group();
    let double = point + point;
    let multiples: Vec<Projective<P>> =
        std::iter::successors(Some(point), |multiple| Some(*multiple + double))
            .take(1 << (width - 2))
            .collect();
    Projective::normalize_batch(&multiples)
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
            let multiple = multiples.get(digit.unsigned_abs() as usize / 2)?;
            match digit {
                0 => {}
                1.. => sum += multiple,
                _ => sum -= multiple,
            }
        }
    }
    Some(sum)
}
