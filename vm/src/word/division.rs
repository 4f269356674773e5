//! Long division by whole limbs: Knuth's algorithm D (The Art of Computer Programming, volume 2, 4.3.1) with a
//! reciprocal of the divisor's first limbs in place of divisions (Möller and Granlund, "Improved division by invariant
//! integers", 2011).
//!
//! Lengths are constants, so that every loop here is unrolled and limbs stay in registers. The least significant limb
//! comes first.

/// The most limbs of a numerator: a product of two words.
const MOST: usize = 8;

#[inline(always)]
fn join(high: u64, low: u64) -> u128 {
    u128::from(high) << 64 | u128::from(low)
}

#[inline(always)]
fn split(pair: u128) -> (u64, u64) {
    ((pair >> 64) as u64, pair as u64)
}

/// `floor((2^128 - 1) / divisor) - 2^64`; the divisor has its highest bit set.
#[inline(always)]
fn reciprocal(divisor: u64) -> u64 {
    (join(!divisor, u64::MAX) / u128::from(divisor)) as u64
}

/// Quotient and remainder of two limbs by one, where the high limb is less than the divisor (algorithm 4).
#[inline(always)]
fn divide_2_by_1(high: u64, low: u64, divisor: u64, reciprocal: u64) -> (u64, u64) {
    let estimate = u128::from(reciprocal) * u128::from(high);
    let (q1, q0) = split(estimate.wrapping_add(join(high, low)));
    let mut quotient = q1.wrapping_add(1);
    let mut remainder = low.wrapping_sub(quotient.wrapping_mul(divisor));
    if remainder > q0 {
        quotient = quotient.wrapping_sub(1);
        remainder = remainder.wrapping_add(divisor);
    }
    if remainder >= divisor {
        quotient = quotient.wrapping_add(1);
        remainder -= divisor;
    }
    (quotient, remainder)
}

/// `floor((2^192 - 1) / divisor) - 2^64` for a divisor of two limbs with its highest bit set (algorithm 6).
#[inline(always)]
fn reciprocal_of_two(d1: u64, d0: u64) -> u64 {
    let mut v = reciprocal(d1);
    let (mut p, overflow) = d1.wrapping_mul(v).overflowing_add(d0);
    if overflow {
        v = v.wrapping_sub(1);
        if p >= d1 {
            v = v.wrapping_sub(1);
            p = p.wrapping_sub(d1);
        }
        p = p.wrapping_sub(d1);
    }
    let (t1, t0) = split(u128::from(v) * u128::from(d0));
    let (p, overflow) = p.overflowing_add(t1);
    if overflow {
        v = v.wrapping_sub(1);
        if join(p, t0) >= join(d1, d0) {
            v = v.wrapping_sub(1);
        }
    }
    v
}

/// The quotient of three limbs by two, where the high two limbs are less than the divisor (algorithm 5).
#[inline(always)]
fn divide_3_by_2(u: [u64; 3], d1: u64, d0: u64, reciprocal: u64) -> u64 {
    let [u0, u1, u2] = u;
    let estimate = u128::from(reciprocal) * u128::from(u2);
    let (q1, q0) = split(estimate.wrapping_add(join(u2, u1)));
    let r1 = u1.wrapping_sub(q1.wrapping_mul(d1));
    let divisor = join(d1, d0);
    let product = u128::from(d0) * u128::from(q1);
    let mut remainder = join(r1, u0).wrapping_sub(product).wrapping_sub(divisor);
    let mut quotient = q1.wrapping_add(1);
    if (remainder >> 64) as u64 >= q0 {
        quotient = quotient.wrapping_sub(1);
        remainder = remainder.wrapping_add(divisor);
    }
    if remainder >= divisor {
        quotient = quotient.wrapping_add(1);
    }
    quotient
}

/// The limbs shifted left by fewer than 64 bits, with what falls out at the top as one limb more.
#[inline(always)]
fn normalise<const M: usize>(limbs: &[u64; M], shift: u32) -> [u64; MOST + 1] {
    let mut shifted = [0; MOST + 1];
    let mut below = 0;
    for (to, &limb) in shifted.iter_mut().zip(limbs) {
        *to = (join(limb, below) << shift >> 64) as u64;
        below = limb;
    }
    shifted[M] = (join(0, below) << shift >> 64) as u64;
    shifted
}

/// Quotient and remainder by one limb, which is not zero.
#[inline(always)]
pub(super) fn divide_by_limb<const M: usize>(
    numerator: &[u64; M],
    divisor: u64,
) -> ([u64; M], u64) {
    const { assert!(M <= MOST) };
    let shift = divisor.leading_zeros();
    let divisor = divisor << shift;
    let reciprocal = reciprocal(divisor);
    let limbs = normalise(numerator, shift);
    let mut quotient = [0; M];
    let mut remainder = limbs[M];
    for position in (0..M).rev() {
        (quotient[position], remainder) =
            divide_2_by_1(remainder, limbs[position], divisor, reciprocal);
    }
    (quotient, remainder >> shift)
}

/// Quotient and remainder by a divisor of two limbs or more, the last of which is not zero.
#[inline(always)]
pub(super) fn divide<const M: usize, const N: usize>(
    numerator: &[u64; M],
    divisor: &[u64; N],
) -> ([u64; M], [u64; N]) {
    const { assert!(2 <= N && N <= M && M <= MOST) };
    let shift = divisor[N - 1].leading_zeros();
    let d = normalise(divisor, shift);
    let mut u = normalise(numerator, shift);
    let (d1, d0) = (d[N - 1], d[N - 2]);
    let reciprocal = reciprocal_of_two(d1, d0);
    let mut quotient = [0; M];
    for position in (0..=M - N).rev() {
        let high = [u[position + N - 2], u[position + N - 1], u[position + N]];
        if high[2] == 0 && high[1] < d1 {
            continue;
        }
        // The rest of the numerator is less than the divisor, so that its high limbs are at most the divisor's.
        let mut estimate = if (high[2], high[1]) == (d1, d0) {
            u64::MAX
        } else {
            divide_3_by_2(high, d1, d0, reciprocal)
        };
        if subtract_multiple::<N>(&mut u, position, &d, estimate) {
            // The estimate looks at three limbs and is at most one too large.
            estimate -= 1;
            add_back::<N>(&mut u, position, &d);
        }
        quotient[position] = estimate;
    }
    let mut remainder = [0; N];
    for (position, limb) in remainder.iter_mut().enumerate() {
        // The limb above the last is zero by now.
        *limb = (join(u[position + 1], u[position]) >> shift) as u64;
    }
    (quotient, remainder)
}

/// Takes `factor` times the divisor away at a position; whether that was too much.
#[inline(always)]
fn subtract_multiple<const N: usize>(
    u: &mut [u64; MOST + 1],
    position: usize,
    d: &[u64; MOST + 1],
    factor: u64,
) -> bool {
    let (mut carry, mut borrow) = (0, false);
    for limb in 0..N {
        let (high, low) = split(u128::from(factor) * u128::from(d[limb]) + u128::from(carry));
        (u[position + limb], borrow) = u[position + limb].borrowing_sub(low, borrow);
        carry = high;
    }
    (u[position + N], borrow) = u[position + N].borrowing_sub(carry, borrow);
    borrow
}

#[inline(always)]
fn add_back<const N: usize>(u: &mut [u64; MOST + 1], position: usize, d: &[u64; MOST + 1]) {
    let mut carry = false;
    for limb in 0..N {
        (u[position + limb], carry) = u[position + limb].carrying_add(d[limb], carry);
    }
    u[position + N] = u[position + N].wrapping_add(u64::from(carry));
}
