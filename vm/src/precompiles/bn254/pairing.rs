//! The check of pairings on bn254: the optimal ate pairing of F. Vercauteren, "Optimal pairings" (2010).
//!
//! The loop is our own over the library's fields, since it then tells which points are in the subgroup, which costs as much as
//! half a loop otherwise.

use ark_bn254::{Bn254, Config, Fq, Fq2, Fq12, G1Affine, G2Affine};
use ark_ec::bn::BnConfig;
use ark_ec::pairing::{MillerLoopOutput, Pairing};
use ark_ff::{AdditiveGroup, Field, MontFp, One, Zero};

use crate::precompiles::miller::{Element, Line, Multiple};

/// Three times the constant of the curve over the extension: 9 / (9 + i).
const THREE_B: Fq2 = Fq2::new(
    MontFp!("14681138511599513868579906292550611339979233093309515871315818100066920017953"),
    MontFp!("800789373359973483740722161411851527635230895998700865708135532730922910070"),
);

impl Element for Fq2 {
    fn square(self) -> Self {
        Field::square(&self)
    }

    fn double(self) -> Self {
        AdditiveGroup::double(&self)
    }

    fn triple(self) -> Self {
        Element::double(self) + self
    }

    fn quadruple(self) -> Self {
        Element::double(Element::double(self))
    }

    fn times_three_b(self) -> Self {
        self * THREE_B
    }

    fn is_zero(self) -> bool {
        Zero::is_zero(&self)
    }
}

/// Whether the product of the pairings is one. `None` if a point of the curve over the extension is not in the subgroup. No
/// point is infinity.
///
/// Of a point Q of the subgroup, the loop ends with (6 z + 2) Q + f(Q) - f^2(Q) = -f^3(Q), where f is the endomorphism by the
/// Frobenius map and z the curve's parameter. No other point of the curve does: f^2 = t f - p makes 6 z + 2 + f - f^2 + f^3 a
/// sum A + B f of norm A^2 + A B t + B^2 p, whose greatest common divisor with the number of points is the subgroup's order.
pub(super) fn check(pairs: &[(G1Affine, G2Affine)]) -> Option<bool> {
    if pairs.is_empty() {
        return Some(true);
    }
    let mut multiples: Vec<_> = pairs
        .iter()
        .map(|(_, q)| Multiple::new((q.x, q.y), Fq2::one()))
        .collect();
    let mut product = Fq12::one();
    // The first digit is what the multiples start with.
    for (step, digit) in Config::ATE_LOOP_COUNT.iter().rev().skip(1).enumerate() {
        if step > 0 {
            product.square_in_place();
        }
        for ((p, q), multiple) in pairs.iter().zip(&mut multiples) {
            multiply(&mut product, &multiple.double(), p);
            match digit {
                0 => {}
                1 => multiply(&mut product, &multiple.add((q.x, q.y)), p),
                _ => multiply(&mut product, &multiple.add((q.x, -q.y)), p),
            }
        }
    }
    for ((p, q), multiple) in pairs.iter().zip(&mut multiples) {
        let once = frobenius((q.x, q.y));
        let twice = frobenius(once);
        multiply(&mut product, &multiple.add(once), p);
        multiply(&mut product, &multiple.add((twice.0, -twice.1)), p);
        let thrice = frobenius(twice);
        if !multiple.is((thrice.0, -thrice.1)) {
            return None;
        }
    }
    let power = Bn254::final_exponentiation(MillerLoopOutput(product));
    Some(power.is_some_and(|power| power.0.is_one()))
}

/// Multiplies by the line's value in a point.
fn multiply(product: &mut Fq12, line: &Line<Fq2>, point: &G1Affine) {
    let scaled = |element: &Fq2, factor: &Fq| Fq2::new(element.c0 * factor, element.c1 * factor);
    let (a, b) = (scaled(&line.a, &point.y), scaled(&line.b, &point.x));
    product.mul_by_034(&a, &b, &line.c);
}

/// The endomorphism that untwists a point, raises its coordinates to the power of p and twists it.
fn frobenius((mut x, mut y): (Fq2, Fq2)) -> (Fq2, Fq2) {
    x.conjugate_in_place();
    y.conjugate_in_place();
    (x * Config::TWIST_MUL_BY_Q_X, y * Config::TWIST_MUL_BY_Q_Y)
}

#[cfg(test)]
mod tests {
    use ark_bn254::{Fr, G2Projective};
    use ark_ec::pairing::PairingOutput;
    use ark_ec::{AffineRepr, CurveGroup};
    use ark_ff::PrimeField;
    use num_bigint::BigUint;

    use super::*;

    fn checked_by_the_library(pairs: &[(G1Affine, G2Affine)]) -> bool {
        let (left, right): (Vec<_>, Vec<_>) = pairs.iter().copied().unzip();
        Bn254::multi_pairing(left, right) == PairingOutput::zero()
    }

    #[test]
    fn products_are_those_of_the_library() {
        let (g, h) = (G1Affine::generator(), G2Affine::generator());
        let mut random = Fr::from(5u8);
        let mut next = || {
            random = random * random + Fr::from(3u8);
            random
        };
        for count in 0..7 {
            let scalars: Vec<_> = (0..count).map(|_| (next(), next())).collect();
            let mut pairs: Vec<_> = scalars
                .iter()
                .map(|(a, b)| ((g * a).into_affine(), (h * b).into_affine()))
                .collect();
            assert_eq!(check(&pairs), Some(checked_by_the_library(&pairs)));
            let sum: Fr = scalars.iter().map(|(a, b)| *a * b).sum();
            let factor = next();
            let last = (g * (sum / factor)).into_affine();
            pairs.push((last, (h * -factor).into_affine()));
            if count > 0 {
                assert_eq!(check(&pairs), Some(true));
                assert!(checked_by_the_library(&pairs));
                pairs.push((g, h));
                assert_eq!(check(&pairs), Some(false));
            }
        }
    }

    /// Points of small orders are where the formulas of the steps do not hold.
    #[test]
    fn points_outside_of_the_subgroup_are_found() {
        let (p, inside) = (G1Affine::generator(), G2Affine::generator());
        let order = BigUint::from(Fr::MODULUS);
        let cofactor = BigUint::from(Fq::MODULUS) * 2u8 - &order;
        let times = |point: G2Affine, scalar: &BigUint| -> G2Projective {
            point.mul_bigint(scalar.to_u64_digits())
        };
        let mut of_small_order = 0;
        for x in 1..20u8 {
            let x = Fq2::new(Fq::from(x), Fq::from(1u8));
            let Some(outside) = G2Affine::get_point_from_x_unchecked(x, false) else {
                continue;
            };
            let no_order = times(outside, &order);
            let mut points = vec![outside.into(), no_order, no_order + inside];
            for factor in [10_069u64, 5_864_401, 1_875_725_156_269] {
                let small = times(outside, &(&order * &cofactor / factor));
                assert!(times(small.into_affine(), &factor.into()).is_zero());
                if !small.is_zero() {
                    points.extend([small, small + inside]);
                    of_small_order += 1;
                }
            }
            for point in points {
                let point = point.into_affine();
                assert!(!point.is_in_correct_subgroup_assuming_on_curve());
                assert_eq!(check(&[(p, point)]), None);
                assert_eq!(check(&[(p, inside), (p, point), (p, inside)]), None);
            }
            assert_eq!(
                check(&[(p, times(outside, &cofactor).into_affine())]),
                Some(false)
            );
        }
        assert!(of_small_order > 10);
    }
}
