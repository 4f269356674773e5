//! Products of numbers of many limbs, least significant first: row by row up to [`ROWS`] limbs, and above that after
//! Karatsuba, of three products of half the length instead of four.
//!
//! What is called scratch has [`scratch`] limbs, of any content; nothing here allocates.

use super::limbs::{
    add, add_limb, add_multiple, add_two_multiples, distance, square_rows, subtract_limb,
};

/// The most limbs that are multiplied row by row.
const ROWS: usize = 20;
/// The most limbs that are squared row by row, which is half the work.
const ROWS_OF_SQUARE: usize = 36;
/// The most limbs of which the low half of a product is computed row by row.
const ROWS_OF_LOW: usize = 56;

/// Limbs of scratch that numbers of this length take: two lengths a step, and less than as many for all those below it.
pub(super) const fn scratch(limbs: usize) -> usize {
    4 * limbs + 8
}

/// The product of two numbers of one length, into twice as many limbs.
pub(super) fn multiply(a: &[u64], b: &[u64], product: &mut [u64], scratch: &mut [u64]) {
    let limbs = a.len();
    if limbs <= ROWS {
        return multiply_rows(a, b, product);
    }
    if !limbs.is_multiple_of(2) {
        let even = limbs - 1;
        multiply(&a[..even], &b[..even], &mut product[..2 * even], scratch);
        product[2 * even] = add_multiple(&mut product[even..2 * even], &b[..even], a[even]);
        product[2 * even + 1] = add_multiple(&mut product[even..=2 * even], a, b[even]);
        return;
    }
    let half = limbs / 2;
    let ((a0, a1), (b0, b1)) = (a.split_at(half), b.split_at(half));
    let (middle, scratch) = scratch.split_at_mut(limbs);
    // The product has room for both differences until its own halves are needed.
    let (first, second) = product[..limbs].split_at_mut(half);
    let negative = distance(a0, a1, first) != distance(b0, b1, second);
    multiply(first, second, middle, scratch);
    let (low, high) = product.split_at_mut(limbs);
    multiply(a0, b0, low, scratch);
    multiply(a1, b1, high, scratch);
    join(product, middle, negative);
}

/// The square of a number, into twice as many limbs.
pub(super) fn square(number: &[u64], product: &mut [u64], scratch: &mut [u64]) {
    let limbs = number.len();
    if limbs <= ROWS_OF_SQUARE {
        product.fill(0);
        return square_rows(number, product);
    }
    if !limbs.is_multiple_of(2) {
        let even = limbs - 1;
        let (below, last) = (&number[..even], number[even]);
        square(below, &mut product[..2 * even], scratch);
        product[2 * even] = add_multiple(&mut product[even..2 * even], below, last);
        product[2 * even + 1] = add_multiple(&mut product[even..=2 * even], number, last);
        return;
    }
    let half = limbs / 2;
    let (low, high) = number.split_at(half);
    let (middle, scratch) = scratch.split_at_mut(limbs);
    distance(low, high, &mut product[..half]);
    square(&product[..half], middle, scratch);
    let (first, second) = product.split_at_mut(limbs);
    square(low, first, scratch);
    square(high, second, scratch);
    join(product, middle, false);
}

/// The low half of a product of two numbers of one length.
pub(super) fn multiply_low(a: &[u64], b: &[u64], product: &mut [u64], scratch: &mut [u64]) {
    let limbs = a.len();
    if limbs <= ROWS_OF_LOW {
        product.fill(0);
        let (pairs, last) = b.as_chunks::<2>();
        for (position, factors) in (0..).step_by(2).zip(pairs) {
            add_two_multiples(&mut product[position..], a, 0, *factors, [0; 2]);
        }
        if let ([factor], [.., top]) = (last, product) {
            *top = top.wrapping_add(a[0].wrapping_mul(*factor));
        }
        return;
    }
    let (low, high) = (limbs.div_ceil(2), limbs / 2);
    let (whole, scratch) = scratch.split_at_mut(2 * low);
    multiply(&a[..low], &b[..low], whole, scratch);
    product.copy_from_slice(&whole[..limbs]);
    let part = &mut whole[..high];
    for (x, y) in [(a, b), (b, a)] {
        multiply_low(&x[..high], &y[low..], part, scratch);
        add(&mut product[low..], part);
    }
}

/// The low half of the square of a number.
pub(super) fn square_low(number: &[u64], product: &mut [u64], scratch: &mut [u64]) {
    let limbs = number.len();
    if limbs <= ROWS_OF_LOW && limbs.is_multiple_of(2) {
        product.fill(0);
        return square_rows(number, product);
    }
    let (low, high) = (limbs.div_ceil(2), limbs / 2);
    let (whole, scratch) = scratch.split_at_mut(2 * low);
    square(&number[..low], whole, scratch);
    product.copy_from_slice(&whole[..limbs]);
    let part = &mut whole[..high];
    multiply_low(&number[..high], &number[low..], part, scratch);
    // Twice, of which the highest bit is lost.
    let mut above = 0;
    for limb in part.iter_mut() {
        (*limb, above) = (*limb << 1 | above, *limb >> 63);
    }
    add(&mut product[low..], part);
}

fn multiply_rows(a: &[u64], b: &[u64], product: &mut [u64]) {
    let limbs = a.len();
    product[..limbs].fill(0);
    let (pairs, last) = b.as_chunks::<2>();
    for (position, factors) in (0..).step_by(2).zip(pairs) {
        let (sum, above) = product[position..].split_at_mut(limbs);
        above[..2].copy_from_slice(&add_two_multiples(sum, a, 0, *factors, [0; 2]));
    }
    if let [factor] = last {
        product[2 * limbs - 1] = add_multiple(&mut product[limbs - 1..2 * limbs - 1], a, *factor);
    }
}

/// Makes a product out of those of both low halves and of both high halves, and of that of the halves' differences: the
/// middle, half the limbs higher, is low + high - differences.
fn join(product: &mut [u64], differences: &[u64], negative: bool) {
    let limbs = differences.len();
    let [carry, top] = if negative {
        join_signed::<1>(product, differences)
    } else {
        join_signed::<-1>(product, differences)
    };
    add_signed(&mut product[limbs..], carry);
    add_signed(&mut product[limbs / 2 * 3..], top);
}

/// Both halves of the middle in one pass, for they share a sum; returns what each carries, into the third and the fourth
/// quarter of the product.
#[inline(always)]
fn join_signed<const SIGN: i128>(product: &mut [u64], differences: &[u64]) -> [i64; 2] {
    let half = differences.len() / 2;
    let (low, high) = product.split_at_mut(2 * half);
    let ((low0, low1), (high0, high1)) = (low.split_at_mut(half), high.split_at_mut(half));
    let (difference0, difference1) = differences.split_at(half);
    let (mut carry, mut top) = (0, 0);
    let low = low0.iter().zip(low1);
    let high = high0.iter_mut().zip(high1);
    for (((l0, l1), (h0, h1)), (d0, d1)) in low.zip(high).zip(difference0.iter().zip(difference1)) {
        let shared = i128::from(*l1) + i128::from(*h0);
        let third = shared + i128::from(*l0) + SIGN * i128::from(*d0) + i128::from(carry);
        let fourth = shared + i128::from(*h1) + SIGN * i128::from(*d1) + i128::from(top);
        (*l1, carry) = (third as u64, (third >> 64) as i64);
        (*h0, top) = (fourth as u64, (fourth >> 64) as i64);
    }
    [carry, top]
}

fn add_signed(to: &mut [u64], carry: i64) {
    if carry < 0 {
        subtract_limb(to, carry.unsigned_abs());
    } else {
        add_limb(to, carry.unsigned_abs());
    }
}

#[cfg(test)]
mod tests {
    use super::super::power::tests::{integer, limbs};
    use super::*;
    use num_bigint::BigUint;
    use proptest::prelude::*;

    /// The low limbs of a number.
    fn low(number: &BigUint, count: usize) -> BigUint {
        number % (BigUint::from(1u8) << (64 * count))
    }

    fn check(a: &[u64], b: &[u64]) -> Result<(), TestCaseError> {
        let count = a.len();
        let (whole, squared) = (integer(a) * integer(b), integer(a) * integer(a));
        // What is left of an earlier product must not matter.
        let mut scratch = vec![0xdead_beef; scratch(count)];
        let mut product = vec![0xfeed; 2 * count];
        multiply(a, b, &mut product, &mut scratch);
        prop_assert_eq!(integer(&product), whole.clone());
        square(a, &mut product, &mut scratch);
        prop_assert_eq!(integer(&product), squared.clone());
        let product = &mut product[..count];
        multiply_low(a, b, product, &mut scratch);
        prop_assert_eq!(integer(product), low(&whole, count));
        square_low(a, product, &mut scratch);
        prop_assert_eq!(integer(product), low(&squared, count));
        Ok(())
    }

    #[test]
    fn every_length() {
        for count in (1..=140).chain([255, 257, 500]) {
            let all = vec![u64::MAX; count];
            let mut one = vec![0; count];
            one[0] = 1;
            let rising: Vec<u64> = (1..=count as u64).map(|limb| limb << 60 | limb).collect();
            for a in [&all, &one, &rising] {
                for b in [&all, &one, &rising] {
                    check(a, b).expect("equal");
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn products_are_those_of_a_wide_integer((a, b) in (1..140usize).prop_flat_map(|count| (limbs(count), limbs(count)))) {
            check(&a, &b)?;
        }
    }
}
