//! Sums, differences and rows of products on limbs, least significant first: the loops that all time is spent in.

use super::ring::inverse_of_limb;

/// `a * b + c + d` as its low and its high limb.
#[inline(always)]
pub(super) fn multiply_add(a: u64, b: u64, c: u64, d: u64) -> (u64, u64) {
    let sum = u128::from(a) * u128::from(b) + u128::from(c) + u128::from(d);
    (sum as u64, (sum >> 64) as u64)
}

/// Adds `factor` times `limbs` to as many of `sum`, which has at least as few; returns the carry.
#[inline]
pub(super) fn add_multiple(sum: &mut [u64], limbs: &[u64], factor: u64) -> u64 {
    let mut carry = 0;
    let mut step = |to: &mut u64, limb: u64| {
        (*to, carry) = multiply_add(factor, limb, *to, carry);
    };
    let length = sum.len().min(limbs.len());
    let (sum, sum_rest) = sum[..length].as_chunks_mut::<4>();
    let (limbs, rest) = limbs[..length].as_chunks::<4>();
    for ([s0, s1, s2, s3], [l0, l1, l2, l3]) in sum.iter_mut().zip(limbs) {
        step(s0, *l0);
        step(s1, *l1);
        step(s2, *l2);
        step(s3, *l3);
    }
    for (to, limb) in sum_rest.iter_mut().zip(rest) {
        step(to, *limb);
    }
    carry
}

/// Adds two rows of a product at once to as many limbs of `sum`: the first factor times `limbs` and, one limb higher, the
/// second factor times `limbs`, so that it begins with the limb `below` them. Returns the two limbs above. Each limb of
/// the sum is loaded and stored once.
#[inline(always)]
pub(super) fn add_two_multiples(
    sum: &mut [u64],
    limbs: &[u64],
    mut below: u64,
    [first, second]: [u64; 2],
    [mut carry, mut carry_of_second]: [u64; 2],
) -> [u64; 2] {
    let mut step = |to: &mut u64, limb: u64| {
        let one;
        (one, carry) = multiply_add(first, limb, *to, carry);
        (*to, carry_of_second) = multiply_add(second, below, one, carry_of_second);
        below = limb;
    };
    let length = sum.len().min(limbs.len());
    let (sum, sum_rest) = sum[..length].as_chunks_mut::<4>();
    let (limbs, rest) = limbs[..length].as_chunks::<4>();
    for ([s0, s1, s2, s3], [l0, l1, l2, l3]) in sum.iter_mut().zip(limbs) {
        step(s0, *l0);
        step(s1, *l1);
        step(s2, *l2);
        step(s3, *l3);
    }
    for (to, limb) in sum_rest.iter_mut().zip(rest) {
        step(to, *limb);
    }
    let (low, high) = multiply_add(second, below, carry, carry_of_second);
    [low, high]
}

/// The square of a number into limbs that are zero, an even number of them; those beyond twice the number's stay so, and
/// what does not fit is lost. Products of different limbs come twice.
pub(super) fn square_rows(number: &[u64], result: &mut [u64]) {
    let (pairs, _) = number.as_chunks::<2>();
    for (position, [first, second]) in (0..).step_by(2).zip(pairs) {
        let Some([one, sum @ ..]) = result.get_mut(2 * position + 1..) else {
            break;
        };
        // The second row begins with the second limb's product with what comes after it.
        let carry;
        (*one, carry) = multiply_add(*first, *second, *one, 0);
        let rest = &number[position + 2..];
        let above = add_two_multiples(sum, rest, 0, [*first, *second], [carry, 0]);
        for (to, limb) in sum.iter_mut().skip(rest.len()).zip(above) {
            *to = limb;
        }
    }
    let (mut shifted_out, mut carry) = (0, false);
    for (pair, limb) in result.as_chunks_mut::<2>().0.iter_mut().zip(number) {
        let square = u128::from(*limb) * u128::from(*limb);
        let [low, high] = *pair;
        let doubled = (low << 1 | shifted_out, high << 1 | low >> 63);
        shifted_out = high >> 63;
        (pair[0], carry) = doubled.0.carrying_add(square as u64, carry);
        (pair[1], carry) = doubled.1.carrying_add((square >> 64) as u64, carry);
    }
}

/// Divides by an odd number, modulo 2^(64 * limbs).
pub(super) fn divide_by_odd(number: &mut [u64], divisor: u64) {
    if divisor == 1 {
        return;
    }
    let inverse = inverse_of_limb(divisor);
    let mut above = 0;
    for limb in number {
        let (rest, below) = limb.overflowing_sub(above);
        *limb = rest.wrapping_mul(inverse);
        // What its multiple has in the next limb, and what was borrowed from there.
        let multiple = u128::from(*limb) * u128::from(divisor);
        above = (multiple >> 64) as u64 + u64::from(below);
    }
}

/// The distance of two numbers of one length; whether the first is the smaller.
pub(super) fn distance(a: &[u64], b: &[u64], distance: &mut [u64]) -> bool {
    let smaller = less(a, b);
    let (more, less) = if smaller { (b, a) } else { (a, b) };
    let mut borrow = false;
    let (to, to_rest) = distance.as_chunks_mut::<4>();
    let (more, more_rest) = more.as_chunks::<4>();
    let (less, less_rest) = less.as_chunks::<4>();
    for (to, (more, less)) in to.iter_mut().zip(more.iter().zip(less)) {
        for (to, (more, less)) in to.iter_mut().zip(more.iter().zip(less)) {
            (*to, borrow) = more.borrowing_sub(*less, borrow);
        }
    }
    for (to, (more, less)) in to_rest.iter_mut().zip(more_rest.iter().zip(less_rest)) {
        (*to, borrow) = more.borrowing_sub(*less, borrow);
    }
    smaller
}

pub(super) fn less(a: &[u64], b: &[u64]) -> bool {
    a.iter().rev().lt(b.iter().rev())
}

/// Adds a number that is not longer, to as many limbs; returns the carry.
pub(super) fn add(to: &mut [u64], number: &[u64]) -> bool {
    let mut carry = false;
    let (to, to_rest) = to[..number.len()].as_chunks_mut::<4>();
    let (number, rest) = number.as_chunks::<4>();
    for (to, number) in to.iter_mut().zip(number) {
        for (to, limb) in to.iter_mut().zip(number) {
            (*to, carry) = to.carrying_add(*limb, carry);
        }
    }
    for (to, limb) in to_rest.iter_mut().zip(rest) {
        (*to, carry) = to.carrying_add(*limb, carry);
    }
    carry
}

/// Adds one limb, modulo 2^(64 * limbs); returns the carry.
pub(super) fn add_limb(to: &mut [u64], limb: u64) -> bool {
    let mut carry = limb;
    for to in to {
        let over;
        (*to, over) = to.overflowing_add(carry);
        carry = u64::from(over);
        if !over {
            break;
        }
    }
    carry != 0
}

/// Subtracts a number that is not longer, from as many limbs; returns the borrow.
pub(super) fn subtract(from: &mut [u64], number: &[u64]) -> bool {
    let mut borrow = false;
    let (from, from_rest) = from[..number.len()].as_chunks_mut::<4>();
    let (number, rest) = number.as_chunks::<4>();
    for (from, number) in from.iter_mut().zip(number) {
        for (from, limb) in from.iter_mut().zip(number) {
            (*from, borrow) = from.borrowing_sub(*limb, borrow);
        }
    }
    for (from, limb) in from_rest.iter_mut().zip(rest) {
        (*from, borrow) = from.borrowing_sub(*limb, borrow);
    }
    borrow
}

/// Subtracts one limb, modulo 2^(64 * limbs); returns the borrow.
pub(super) fn subtract_limb(from: &mut [u64], limb: u64) -> bool {
    let mut borrow = limb;
    for from in from {
        let below;
        (*from, below) = from.overflowing_sub(borrow);
        borrow = u64::from(below);
        if !below {
            break;
        }
    }
    borrow != 0
}
