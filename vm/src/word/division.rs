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

/// Quotient and remainder of three limbs by two, where the high two limbs are less than the divisor (algorithm 5).
#[inline(always)]
fn divide_3_by_2(u: [u64; 3], d1: u64, d0: u64, reciprocal: u64) -> (u64, u128) {
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
        remainder -= divisor;
    }
    (quotient, remainder)
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
    let d: [u64; N] = first(&normalise(divisor, shift));
    let limbs = normalise(numerator, shift);
    let reciprocal = reciprocal_of_two(d[N - 1], d[N - 2]);
    let mut quotient = [0; M];
    // What is left of the limbs from `position` on; always less than the divisor.
    let mut left: [u64; N] = first(&limbs[M + 1 - N..]);
    let last = M - N;
    // Written out, as the compiler does not unroll a loop of this size, and limbs would not stay in registers.
    macro_rules! steps {
        ($($position:literal)*) => {$(
            if last >= $position {
                (quotient[$position], left) = step(&left, limbs[$position], &d, reciprocal);
            }
        )*};
    }
    steps!(6 5 4 3 2 1);
    (quotient[0], left) = step(&left, limbs[0], &d, reciprocal);
    let mut remainder = [0; N];
    for limb in 0..N {
        let above = if limb + 1 < N { left[limb + 1] } else { 0 };
        remainder[limb] = (join(above, left[limb]) >> shift) as u64;
    }
    (quotient, remainder)
}

#[inline(always)]
fn first<const N: usize>(limbs: &[u64]) -> [u64; N] {
    let mut array = [0; N];
    array.copy_from_slice(&limbs[..N]);
    array
}

/// Divides `left`, which is less than the divisor, with one limb more below it: one limb of the quotient, and what is
/// left then.
#[inline(always)]
fn step<const N: usize>(
    left: &[u64; N],
    below: u64,
    d: &[u64; N],
    reciprocal: u64,
) -> (u64, [u64; N]) {
    let (u2, u1) = (left[N - 1], left[N - 2]);
    let u0 = if N == 2 { below } else { left[N - 3] };
    let (d1, d0) = (d[N - 1], d[N - 2]);
    let mut rest = [below; N];
    rest[1..].copy_from_slice(&left[..N - 1]);
    if u2 == 0 && u1 < d1 {
        return (0, rest);
    }
    if (u2, u1) == (d1, d0) {
        return greatest_step(u2, rest, d);
    }
    // The high two limbs are what the estimate leaves, so that the next step need not wait for the whole product.
    let (mut quotient, high) = divide_3_by_2([u0, u1, u2], d1, d0, reciprocal);
    let taken = subtract_multiple(&mut rest[..N - 2], quotient, d);
    let (high, too_much) = high.overflowing_sub(u128::from(taken));
    (rest[N - 1], rest[N - 2]) = split(high);
    if too_much {
        quotient -= 1;
        add_back(&mut rest, d);
    }
    (quotient, rest)
}

/// The step where the high limbs are the divisor's: the estimate is the greatest limb, and may be too large.
#[cold]
fn greatest_step<const N: usize>(top: u64, mut rest: [u64; N], d: &[u64; N]) -> (u64, [u64; N]) {
    let mut quotient = u64::MAX;
    if subtract_multiple(&mut rest, quotient, d) > top {
        quotient -= 1;
        add_back(&mut rest, d);
    }
    (quotient, rest)
}

/// Takes `factor` times the divisor's low limbs away from as many; returns what has to be taken from the limb above.
#[inline(always)]
fn subtract_multiple(limbs: &mut [u64], factor: u64, d: &[u64]) -> u64 {
    let mut carry = 0;
    for (limb, &divisor) in limbs.iter_mut().zip(d) {
        let (high, low) = split(u128::from(factor) * u128::from(divisor) + u128::from(carry));
        let (difference, borrow) = limb.overflowing_sub(low);
        *limb = difference;
        carry = high + u64::from(borrow);
    }
    carry
}

/// The estimate looks at three limbs and is at most one too large.
#[inline(always)]
fn add_back<const N: usize>(limbs: &mut [u64; N], d: &[u64; N]) {
    let mut carry = false;
    for (limb, &divisor) in limbs.iter_mut().zip(d) {
        (*limb, carry) = limb.carrying_add(divisor, carry);
    }
}
