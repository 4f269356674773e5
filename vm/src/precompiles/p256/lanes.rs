//! The sum of two products where the processor multiplies four pairs of 52 bits at once (AVX-512 IFMA): the library's points
//! in digits of 52 bits, and back.

use std::array;
use std::sync::LazyLock;

use ark_ff::{Field, PrimeField};
use ark_secp256r1::{Affine, Config, Fq, Projective};
use multiversion::{multiversion, target::match_target};

use crate::precompiles::multiples::Product;
use crate::precompiles::radix52::{BITS, digit};

mod point;

/// Digits of a coordinate, least significant first.
const DIGITS: usize = 5;

/// A coordinate times 2^260, which is how it is multiplied.
type Digits = [u64; DIGITS];

/// A point in affine coordinates.
struct Multiple {
    x: Digits,
    /// y, and that of the opposite point.
    y: [Digits; 2],
}

/// 2^260, and its inverse.
static FACTOR: LazyLock<Fq> = LazyLock::new(|| Fq::from(2u8).pow([(BITS * DIGITS) as u64]));
static INVERSE: LazyLock<Option<Fq>> = LazyLock::new(|| FACTOR.inverse());
static ONE: LazyLock<Digits> = LazyLock::new(|| digits_of(Fq::ONE));
static GENERATOR_MULTIPLES: LazyLock<Vec<Multiple>> =
    LazyLock::new(|| multiples(&super::GENERATOR_MULTIPLES));

/// The sum of a multiple of the generator, by a scalar's digits, and of one of the key. `None` if it is infinity, if points
/// are added that have the same x, and without the instructions.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512ifma"))]
pub(super) fn sum(generator: &[i64], key: Product<'_, Config>) -> Option<Projective> {
    match_target! {
        "x86_64+avx512f+avx512vl+avx512ifma" => {
            let products = [(generator, &GENERATOR_MULTIPLES[..]), (key.0, &multiples(key.1))];
            let [x, y, z] = point::sum(products, &ONE)?;
            Some(Projective::new_unchecked(coordinate(&x)?, coordinate(&y)?, coordinate(&z)?))
        }
        _ => {
            let _ = (generator, key);
            None
        }
    }
}

fn multiples(points: &[Affine]) -> Vec<Multiple> {
    let of_point = |point: &Affine| Multiple {
        x: digits_of(point.x),
        y: [digits_of(point.y), digits_of(-point.y)],
    };
    points.iter().map(of_point).collect()
}

fn digits_of(coordinate: Fq) -> Digits {
    let limbs = (coordinate * *FACTOR).into_bigint().0;
    array::from_fn(|position| digit(&limbs, position))
}

/// Digits may be those of a number above the modulus.
fn coordinate(digits: &Digits) -> Option<Fq> {
    let radix = Fq::from(1u64 << BITS);
    let sum = digits
        .iter()
        .rev()
        .fold(Fq::from(0u64), |sum, digit| sum * radix + Fq::from(*digit));
    Some(sum * (*INVERSE)?)
}
