//! The maps of field elements to points of BLS12-381, and the endomorphisms that speed up multiplication.
//!
//! The only file that names the `ark-bls12-381` crate: it does what the safe part of the library behind
//! [`super::curve`] does not offer. Coordinates are 48 bytes, big endian. No prices here.

use std::sync::LazyLock;

use ark_bls12_381::{Fq, Fq2, g1, g2};
use ark_ec::hashing::curve_maps::swu::SWUConfig;
use ark_ec::hashing::curve_maps::wb::{IsogenyMap, WBConfig};
use ark_ec::short_weierstrass::{Projective, SWCurveConfig};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, BigInt, BigInteger, Field, MontFp, PrimeField, Zero};

use crate::precompiles::{limbs, write_limbs};

// Both libraries keep a field element as the number times 2^384 modulo p, so that coordinates pass between them as
// they are.

/// A field element of BLS12-381 as six limbs, least significant first, of the number times 2^384 modulo p.
pub(super) type Limbs = [u64; 6];

/// The point (x, y) of G1, which must be of the subgroup and not infinity, times z^2: (x * beta, -y), where beta is
/// a cube root of one.
pub(super) fn g1_times_z_squared([x, y]: [Limbs; 2]) -> [Limbs; 2] {
    let x = from_limbs(x) * g1::BETA;
    let y = -from_limbs(y);
    [x.0.0, y.0.0]
}

/// The point (x, y) of G2, which must be of the subgroup and not infinity, times -z: the negated image under the
/// endomorphism.
pub(super) fn g2_times_minus_z([x0, x1, y0, y1]: [Limbs; 4]) -> [Limbs; 4] {
    let x = Fq2::new(from_limbs(x0), from_limbs(x1));
    let y = Fq2::new(from_limbs(y0), from_limbs(y1));
    let (x, y) = (endomorphism_of_x(x), -endomorphism_of_y(y));
    [x.c0.0.0, x.c1.0.0, y.c0.0.0, y.c1.0.0]
}

/// The first coordinate under the endomorphism that untwists, raises to the power of p and twists: the conjugate times
/// (1 + i)^((1 - p) / 3), which is a multiple of i.
fn endomorphism_of_x(x: Fq2) -> Fq2 {
    const FACTOR: Fq = MontFp!(
        "4002409555221667392624310435006688643935503118305586438271171395842971157480381377015405980053539358417135540939437"
    );
    Fq2::new(x.c1 * FACTOR, x.c0 * FACTOR)
}

/// The second coordinate: the conjugate times (1 + i)^((1 - p) / 2).
fn endomorphism_of_y(y: Fq2) -> Fq2 {
    const FACTOR: Fq2 = Fq2::new(
        MontFp!(
            "2973677408986561043442465346520108879172042883009249989176415018091420807192182638567116318576472649347015917690530"
        ),
        MontFp!(
            "1028732146235106349975324479215795277384839936929757896155643118032610843298655225875571310552543014690878354869257"
        ),
    );
    conjugate(y) * FACTOR
}

/// An element raised to the power of p.
fn conjugate(value: Fq2) -> Fq2 {
    Fq2::new(value.c0, -value.c1)
}

fn from_limbs(limbs: Limbs) -> Fq {
    Fq::new_unchecked(BigInt(limbs))
}

// ---- Maps to BLS12-381 (EIP-2537, RFC 9380) ----
//
// The simplified map of Shallue, van de Woestijne and Ulas to an isogenous curve (RFC 9380, section 6.6.2), the
// isogeny (6.6.3), and the multiplication that leads into the subgroup (7). RFC 9380 is in constant time; here
// every input is public, so the code branches.

/// -z, where z is the parameter of the curve (RFC 9380, section 8.8).
pub(super) const MINUS_Z: u64 = 0xd201_0000_0001_0000;

/// (p - 3) / 4, the exponent of square roots and inverses modulo p, which is 3 modulo 4.
static ROOT_EXPONENT: LazyLock<BigInt<6>> = LazyLock::new(|| {
    let mut exponent = Fq::MODULUS;
    exponent.sub_with_borrow(&BigInt::from(3u8));
    exponent >> 2
});

/// The square root of -Z^3, where Z is the curve's constant of the map to G1.
static G1_MAP_FACTOR: LazyLock<Fq> = LazyLock::new(|| {
    let z = <g1::Config as WBConfig>::IsogenousCurve::ZETA;
    Root::of(-(z.square() * z)).root
});

/// The square root of -norm(Z)^3, where Z is the curve's constant of the map to G2.
static G2_MAP_FACTOR: LazyLock<Fq> = LazyLock::new(|| {
    let norm = norm(<g2::Config as WBConfig>::IsogenousCurve::ZETA);
    Root::of(-(norm.square() * norm)).root
});

/// Maps an element of the base field to a point of G1. `None` when it is not canonical.
pub(super) fn map_to_g1(element: &[u8; 48]) -> Option<[u8; 96]> {
    let u = Fq::from_bigint(BigInt(limbs(element)))?;
    let candidate = Candidate::of::<<g1::Config as WBConfig>::IsogenousCurve>(u);
    // The value at x is the product by denominator^4; their common root gives the inverse of the denominator, too.
    let product = candidate.value * candidate.denominator;
    let root = Root::of(product);
    let inverse = match root.inverse {
        Some(inverse) => candidate.value * inverse,
        None => candidate.denominator.inverse()?,
    };
    let (x, y) = (candidate.numerator * inverse, root.root * inverse.square());
    let (x, y) = if root.of_square {
        (x, y)
    } else {
        // y^2 = -value, and the value at the second x is scale^3 * value with scale = Z * u^2.
        (candidate.scale * x, *G1_MAP_FACTOR * u.square() * u * y)
    };
    let y = if is_odd(&y) == is_odd(&u) { y } else { -y };
    let point = isogeny::<g1::Config>(x, y);
    // The effective cofactor of G1 is 1 - z (RFC 9380, section 8.8.1).
    let point = (multiply_by_minus_z(&point) + point).into_affine();

    let mut bytes = [0; 96];
    if let Some((x, y)) = point.xy() {
        write_limbs(&mut bytes[..48], &x.into_bigint().0);
        write_limbs(&mut bytes[48..], &y.into_bigint().0);
    }
    Some(bytes)
}

/// Maps an element of the quadratic extension (c0, c1) to a point of G2. `None` when it is not canonical.
pub(super) fn map_to_g2(element: &[u8; 96]) -> Option<[u8; 192]> {
    let u = Fq2::new(
        Fq::from_bigint(BigInt(limbs(&element[..48])))?,
        Fq::from_bigint(BigInt(limbs(&element[48..])))?,
    );
    let candidate = Candidate::of::<<g2::Config as WBConfig>::IsogenousCurve>(u);
    // As in G1, by the norms.
    let value_norm = norm(candidate.value);
    let denominator_norm = norm(candidate.denominator);
    let root = Root::of(value_norm * denominator_norm);
    let inverse_norm = match root.inverse {
        Some(inverse) => value_norm * inverse,
        None => denominator_norm.inverse()?,
    };
    let denominator = candidate.denominator;
    let inverse = Fq2::new(
        denominator.c0 * inverse_norm,
        -denominator.c1 * inverse_norm,
    );
    let x = candidate.numerator * inverse;
    let value = candidate.value * inverse.square() * inverse;
    let norm_root = root.root * inverse_norm.square();
    let (x, y) = if root.of_square {
        (x, extension_root(value, norm_root))
    } else {
        // The value at the second x is scale^3 * value with scale = Z * u^2, so its norm is
        // norm(Z)^3 * norm(u)^6 * norm(value), and norm_root^2 = -norm(value).
        let u_norm = norm(u);
        let norm_root = *G2_MAP_FACTOR * u_norm.square() * u_norm * norm_root;
        let value = candidate.scale.square() * candidate.scale * value;
        (candidate.scale * x, extension_root(value, norm_root))
    };
    let y = if sign(&y) == sign(&u) { y } else { -y };
    let point = clear_cofactor(&isogeny::<g2::Config>(x, y)).into_affine();

    let mut bytes = [0; 192];
    if let Some((x, y)) = point.xy() {
        for (bytes, coordinate) in bytes.chunks_exact_mut(48).zip([x.c0, x.c1, y.c0, y.c1]) {
            write_limbs(bytes, &coordinate.into_bigint().0);
        }
    }
    Some(bytes)
}

/// The first candidate of the simplified SWU map for x, and what is needed to find y or the second candidate.
struct Candidate<F> {
    /// Z * u^2: the second candidate is x times that.
    scale: F,
    /// x as a fraction, so that nothing has to be inverted for it.
    numerator: F,
    denominator: F,
    /// x^3 + A * x + B times the denominator's cube. It is the square of y if it is a square.
    value: F,
}

impl<F: Field> Candidate<F> {
    fn of<C: SWUConfig<BaseField = F>>(u: F) -> Self {
        let scale = C::ZETA * u.square();
        let sum = scale.square() + scale;
        // x = -B / A * (1 + 1 / sum), or B / (Z * A) in the exceptional case of the map.
        let denominator = C::COEFF_A * if sum.is_zero() { C::ZETA } else { -sum };
        let numerator = C::COEFF_B * (sum + F::ONE);
        let square = denominator.square();
        let value = (numerator.square() + C::COEFF_A * square) * numerator
            + C::COEFF_B * square * denominator;
        Self {
            scale,
            numerator,
            denominator,
            value,
        }
    }
}

/// The isogeny from the isogenous curve to the curve itself, in Jacobian coordinates: a point whose image has a
/// zero denominator goes to infinity (RFC 9380, section 6.6.3), as its z is then zero.
fn isogeny<C: WBConfig>(x: C::BaseField, y: C::BaseField) -> Projective<C> {
    let IsogenyMap {
        x_map_numerator,
        x_map_denominator,
        y_map_numerator,
        y_map_denominator,
    } = C::ISOGENY_MAP;
    let x_numerator = evaluate(x_map_numerator, x);
    let x_denominator = evaluate(x_map_denominator, x);
    let y_numerator = evaluate(y_map_numerator, x) * y;
    let y_denominator = evaluate(y_map_denominator, x);
    let z = x_denominator * y_denominator;
    if z.is_zero() {
        return Projective::zero();
    }
    // x = X / Z^2 and y = Y / Z^3.
    let z_square = z.square();
    Projective::new_unchecked(
        x_numerator * y_denominator * z,
        y_numerator * x_denominator * z_square,
        z,
    )
}

/// A point times -z, where z is the negative number that parametrizes the curve.
fn multiply_by_minus_z<C: SWCurveConfig>(point: &Projective<C>) -> Projective<C> {
    let mut product = *point;
    for bit in (0..MINUS_Z.ilog2()).rev() {
        product.double_in_place();
        if MINUS_Z >> bit & 1 == 1 {
            product += point;
        }
    }
    product
}

/// Evaluates a polynomial whose coefficients begin with the constant.
fn evaluate<F: Field>(coefficients: &[F], x: F) -> F {
    coefficients
        .iter()
        .rev()
        .fold(F::ZERO, |value, coefficient| value * x + coefficient)
}

/// What one exponentiation tells of an element.
struct Root {
    /// A square root of the element or, where it has none, of its negative.
    root: Fq,
    /// Whether it has one.
    of_square: bool,
    /// The inverse of the element, which zero has not.
    inverse: Option<Fq>,
}

impl Root {
    fn of(value: Fq) -> Self {
        // value^((p - 3) / 4). Times the value it is a root, and times that, too, it is 1, -1 or 0.
        let power = root_power(value);
        let root = power * value;
        let symbol = power * root;
        Self {
            root,
            of_square: symbol != -Fq::ONE,
            inverse: (!symbol.is_zero()).then(|| power.square() * symbol),
        }
    }
}

/// value^((p - 3) / 4).
fn root_power(value: Fq) -> Fq {
    // Four bits at a time: the exponent is dense.
    let mut powers = [Fq::ONE; 16];
    for i in 1..powers.len() {
        powers[i] = powers[i - 1] * value;
    }
    let mut result = Fq::ONE;
    for limb in ROOT_EXPONENT.0.iter().rev() {
        for shift in (0..64).step_by(4).rev() {
            for _ in 0..4 {
                result.square_in_place();
            }
            result *= powers[(limb >> shift & 15) as usize];
        }
    }
    result
}

/// A point of the curve times the effective cofactor of G2, (z^2 - z - 1) + (z - 1) * psi + 2 * psi^2 with the
/// endomorphism psi (RFC 9380, appendix G.3).
fn clear_cofactor(point: &Projective<g2::Config>) -> Projective<g2::Config> {
    let image = endomorphism(point);
    let times_z = -multiply_by_minus_z(point);
    let sum = times_z + image;
    endomorphism(&endomorphism(&point.double())) - multiply_by_minus_z(&sum) - sum - point
}

/// The endomorphism in Jacobian coordinates: x = X / Z^2 and y = Y / Z^3.
fn endomorphism(point: &Projective<g2::Config>) -> Projective<g2::Config> {
    Projective::new_unchecked(
        endomorphism_of_x(point.x),
        endomorphism_of_y(point.y),
        conjugate(point.z),
    )
}

/// The square root of an element that has one, from a square root of its norm.
fn extension_root(value: Fq2, norm_root: Fq) -> Fq2 {
    // With root = a + b * i: a^2 = (c0 + n) / 2 or (c0 - n) / 2 and b = c1 / (2 * a). The two candidates for a^2
    // have the product -(c1 / 2)^2, so that the candidate root t of one of them also solves the other.
    let mut square = halve(value.c0 + norm_root);
    if square.is_zero() {
        square = value.c0;
    }
    let root = Root::of(square);
    let Some(inverse) = root.inverse else {
        return Fq2::ZERO;
    };
    // The inverse of the root: its square is the inverse of the element or of the element's negative.
    let inverse = if root.of_square {
        root.root * inverse
    } else {
        -root.root * inverse
    };
    let other = halve(value.c1) * inverse;
    if root.of_square {
        Fq2::new(root.root, other)
    } else {
        Fq2::new(other, root.root)
    }
}

fn halve(value: Fq) -> Fq {
    static HALF: LazyLock<Fq> = LazyLock::new(|| Fq::ONE / Fq::from(2u8));
    value * *HALF
}

/// c0^2 + c1^2: the extension is by the square root of -1.
fn norm(value: Fq2) -> Fq {
    value.c0.square() + value.c1.square()
}

/// sgn0 for the base field (RFC 9380, section 4.1).
fn is_odd(value: &Fq) -> bool {
    value.into_bigint().is_odd()
}

/// sgn0 for the quadratic extension (RFC 9380, section 4.1).
fn sign(value: &Fq2) -> bool {
    is_odd(&value.c0) || (value.c0.is_zero() && is_odd(&value.c1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_of_the_isogeny_goes_to_infinity() {
        // The denominator of x for the isogeny of degree three is (x - root)^2.
        let denominator = <g2::Config as WBConfig>::ISOGENY_MAP.x_map_denominator;
        let root = -denominator[1] / Fq2::from(2u8);
        assert!(evaluate(denominator, root).is_zero());
        assert!(isogeny::<g2::Config>(root, Fq2::ONE).is_zero());
        assert!(!isogeny::<g2::Config>(Fq2::ONE, Fq2::ONE).is_zero());
    }

    #[test]
    fn roots_and_inverses_of_squares_and_of_negated_ones() {
        for value in 1..20u8 {
            let square = Fq::from(value).square();
            for element in [square, -square] {
                let root = Root::of(element);
                assert_eq!(root.root.square(), square);
                assert_eq!(root.of_square, element == square);
                assert_eq!(root.inverse, element.inverse());
            }
        }
        let zero = Root::of(Fq::ZERO);
        assert!(zero.of_square && zero.root.is_zero() && zero.inverse.is_none());
    }

    #[test]
    fn clearing_the_cofactor_is_a_multiplication() {
        // A point of the curve that is not in the subgroup: x is counted up until there is a y.
        let mut x = Fq2::new(Fq::from(7u8), Fq::from(3u8));
        let point = loop {
            let value = x.square() * x + g2::Config::COEFF_B;
            if let Some(y) = value.sqrt() {
                break Projective::<g2::Config>::new_unchecked(x, y, Fq2::ONE);
            }
            x += Fq2::ONE;
        };
        let expected = g2::Config::clear_cofactor(&point.into_affine());
        assert_eq!(clear_cofactor(&point).into_affine(), expected);
    }

    #[test]
    fn roots_in_the_extension() {
        for (a, b) in [(1, 0), (0, 1), (0, 5), (3, 4), (7, 0), (0, 0), (200, 17)] {
            let square = Fq2::new(Fq::from(a), Fq::from(b)).square();
            for norm_root in [Root::of(norm(square)).root, -Root::of(norm(square)).root] {
                assert_eq!(extension_root(square, norm_root).square(), square);
            }
        }
    }
}
