//! Powers of odd numbers modulo a power of two, most of whose exponent costs no squarings.
//!
//! Each squaring of an odd number brings it nearer to one: `a * a - 1` is a multiple of 8, and `A * A - 1 = (A - 1) * (A + 1)`
//! has a factor of two more than `A - 1`. After `s - 2` squarings there is `A = 1 + 2^s * z`, and the binomial series of
//! `A ^ n` ends when `2^(s * i)` is a multiple of the modulus. After Horner its terms are
//!
//! ```text
//! P(i) = 1 + 2^s * z * (n - i) / (i + 1) * P(i + 1)        A ^ n = P(0)
//! ```
//!
//! of which the inner ones are wanted to ever fewer bits: about `s` less from one to the next. So it is as much work as a
//! third as many products as the modulus has limbs, however long the exponent is. The low `s - 2` bits of the exponent are
//! taken from the lowest on, by the squarings that lead to `A`.

use super::limbs::{add, divide_by_odd, subtract_limb};
use super::power::shift_right;
use super::product;
use super::ring::{Arithmetic, Ring};

/// From so many bits of an exponent on, how many of them are taken at once.
const WIDTHS: [(usize, usize); 4] = [(2_000, 6), (500, 5), (120, 4), (0, 3)];

/// Limbs that are zero after the first one in what is one and little more: the more, the longer the modulus, for products
/// grow faster than squarings get more.
fn step(limbs: usize) -> usize {
    (limbs.isqrt() / 16).max(1)
}

/// How often a number is squared until then.
fn squarings(step: usize) -> usize {
    64 * step - 2
}

/// Whether an exponent of so many bits is long enough for this, modulo a power of two of more than a limb.
pub(super) fn is_worth_it(ring: &Ring, bits: usize) -> bool {
    let limbs = ring.limbs();
    limbs > 1 && bits > squarings(step(limbs)) + limbs / step(limbs)
}

/// The power of an odd number modulo a power of two of more than a limb.
pub(super) fn power(ring: &Ring, base: &[u64], exponent: &[u64]) -> Vec<u64> {
    let step = step(ring.limbs());
    let low = squarings(step);
    let mut scratch = Vec::new();
    // The base to the power of 2 ^ `squared`.
    let (mut square, mut squared) = (ring.enter(base), 0);
    let mut powers = Buckets::new(low);
    let mut position = 0;
    while position < low {
        if !bit(exponent, position) {
            position += 1;
            continue;
        }
        for _ in squared..position {
            ring.square(&mut square, &mut scratch);
        }
        squared = position;
        let end = low.min(position + powers.width);
        powers.take(ring, digit(exponent, position..end), &square, &mut scratch);
        position = end;
    }
    for _ in squared..low {
        ring.square(&mut square, &mut scratch);
    }
    let mut result = powers.product(ring, &mut scratch);
    let high = series(&square[step..], step, &shift_right(exponent, low));
    ring.multiply(&mut result, &high, &mut scratch);
    result
}

/// `1 + 2^(64 * step) * z` to the power of `n`, to `step` limbs more than z has.
fn series(z: &[u64], step: usize, n: &[u64]) -> Vec<u64> {
    let limbs = z.len();
    let wanted = bits_wanted(64 * limbs, 64 * step);
    let mut scratch = vec![0; product::scratch(limbs)];
    let mut product = vec![0; limbs];
    // (n - i) * z, from the last i on.
    let mut factor = {
        let mut n = n[..limbs.min(n.len())].to_vec();
        n.resize(limbs, 0);
        subtract_limb(&mut n, wanted.len() as u64 - 1);
        let mut factor = vec![0; limbs];
        product::multiply_low(z, &n, &mut factor, &mut scratch);
        factor
    };
    // P(i + 1), to as many limbs as are wanted.
    let mut inner = vec![0; limbs + step];
    inner[0] = 1;
    for (i, bits) in wanted.iter().enumerate().rev() {
        let limbs = bits.div_ceil(64);
        let term = &mut product[..limbs];
        product::multiply_low(&factor[..limbs], &inner[..limbs], term, &mut scratch);
        let zeros = (i + 1).trailing_zeros();
        divide_by_odd(term, (i + 1) as u64 >> zeros);
        // Up by the step, and down by the zeros of i + 1.
        inner[..limbs + step].fill(0);
        for (position, limb) in (step..).zip(&*term) {
            inner[position] |= limb >> zeros;
            if zeros > 0 {
                inner[position - 1] |= limb << (64 - zeros);
            }
        }
        inner[0] |= 1;
        add(&mut factor, z);
    }
    inner
}

/// To how many bits P(i + 1) is wanted for each i, if P(0) is wanted to `step` more than `bits`; as long as it is to any.
/// What i + 1 is divisible by is lost from above.
fn bits_wanted(bits: usize, step: usize) -> Vec<usize> {
    let mut wanted = vec![bits];
    let mut bits = bits;
    for i in 2usize.. {
        bits = (bits + i.trailing_zeros() as usize).saturating_sub(step);
        if bits == 0 {
            break;
        }
        wanted.push(bits);
    }
    wanted
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
