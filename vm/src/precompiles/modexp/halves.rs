//! Powers of odd numbers modulo a power of two, in half the squarings.
//!
//! If `a` is odd and `A = a ^ (2 ^ m)`, then `A - 1` is a multiple of `2 ^ (m + 2)` for `m >= 1`: `a * a - 1` is one of 8, and
//! each squaring brings a factor of two, for `A * A - 1 = (A - 1) * (A + 1)`. With `2 * m` at least as great as the modulus has
//! bits, all but the first two terms of `A ^ n = (1 + (A - 1)) ^ n` are zero, so that `a ^ (n * 2 ^ m + l)` is
//! `a ^ l * (1 + n * (A - 1))`. The squarings that lead to `A` are those that `a ^ l` needs, if it is computed from the lowest
//! bit on.

use super::power::shift_right;
use super::ring::{Arithmetic, Ring};

/// From so many bits of an exponent on, how many of them are taken at once.
const WIDTHS: [(usize, usize); 4] = [(2_000, 6), (500, 5), (120, 4), (0, 3)];

/// Whether an exponent of so many bits is long enough for this.
pub(super) fn are_worth_it(ring: &Ring, bits: usize) -> bool {
    bits > ring.bits().div_ceil(16) * 9
}

/// The power of an odd number modulo a power of two above 2; the exponent has more than half as many bits.
pub(super) fn power(ring: &Ring, base: &[u64], exponent: &[u64]) -> Vec<u64> {
    let half = ring.bits().div_ceil(2);
    let mut scratch = Vec::new();
    // The base to the power of 2 ^ `squared`.
    let (mut square, mut squared) = (ring.enter(base), 0);
    let mut powers = Buckets::new(half);
    let mut position = 0;
    while position < half {
        if !bit(exponent, position) {
            position += 1;
            continue;
        }
        for _ in squared..position {
            ring.square(&mut square, &mut scratch);
        }
        squared = position;
        let end = half.min(position + powers.width);
        powers.take(ring, digit(exponent, position..end), &square, &mut scratch);
        position = end;
    }
    for _ in squared..half {
        ring.square(&mut square, &mut scratch);
    }
    let mut result = powers.product(ring, &mut scratch);
    // 1 + n * (A - 1), where A - 1 is a multiple of 4 at least.
    square[0] -= 1;
    ring.multiply(
        &mut square,
        &ring.enter(&shift_right(exponent, half)),
        &mut scratch,
    );
    square[0] += 1;
    ring.multiply(&mut result, &square, &mut scratch);
    result
}

/// Products of what is to be taken to the same odd power, after Yao ("On the evaluation of powers", 1976).
struct Buckets {
    width: usize,
    /// Those of the powers 1, 3, 5...; nothing stands for one.
    products: Vec<Option<Vec<u64>>>,
}

impl Buckets {
    /// For exponents of so many bits.
    fn new(bits: usize) -> Self {
        let width = WIDTHS.iter().find(|(least, _)| bits >= *least);
        let width = width.map_or(1, |(_, width)| *width);
        Self {
            width,
            products: vec![None; 1 << (width - 1)],
        }
    }

    /// Takes a factor that is to be taken to an odd power.
    fn take(&mut self, ring: &Ring, odd: usize, factor: &Vec<u64>, scratch: &mut Vec<u64>) {
        multiply(ring, &mut self.products[odd / 2], factor, scratch);
    }

    /// The product of all factors, each to its power: of the products from 1, from 3, from 5 on, of which all but the first
    /// count twice.
    fn product(self, ring: &Ring, scratch: &mut Vec<u64>) -> Vec<u64> {
        let (mut from_here, mut twice) = (None, None);
        for (place, product) in self.products.iter().enumerate().rev() {
            if let Some(product) = product {
                multiply(ring, &mut from_here, product, scratch);
            }
            if let (1.., Some(factor)) = (place, &from_here) {
                multiply(ring, &mut twice, factor, scratch);
            }
        }
        let mut result = from_here.unwrap_or_else(|| ring.enter(&[1]));
        if let Some(mut twice) = twice {
            ring.square(&mut twice, scratch);
            ring.multiply(&mut result, &twice, scratch);
        }
        result
    }
}

fn multiply(
    ring: &Ring,
    product: &mut Option<Vec<u64>>,
    factor: &Vec<u64>,
    scratch: &mut Vec<u64>,
) {
    match product {
        None => *product = Some(factor.clone()),
        Some(product) => ring.multiply(product, factor, scratch),
    }
}

fn bit(number: &[u64], position: usize) -> bool {
    number
        .get(position / 64)
        .is_some_and(|limb| limb >> (position % 64) & 1 == 1)
}

/// The number that some bits are.
fn digit(number: &[u64], bits: std::ops::Range<usize>) -> usize {
    bits.rev().fold(0, |digit, position| {
        digit << 1 | usize::from(bit(number, position))
    })
}
