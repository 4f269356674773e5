//! Long division by whole limbs: Knuth's algorithm D (The Art of Computer Programming, volume 2, 4.3.1), with a reciprocal
//! of the divisor's first limbs in place of divisions where there are many of them (Möller and Granlund, "Improved
//! division by invariant integers", 2011).
//!
//! Lengths are constants, so that every loop here is unrolled and limbs stay in registers. The least significant limb
//! comes first.

/// The most limbs of a numerator: a product of two words.
const MOST: usize = 8;

#[inline(always)]
pub(super) fn join(high: u64, low: u64) -> u128 {
    u128::from(high) << 64 | u128::from(low)
}

#[inline(always)]
pub(super) fn split(pair: u128) -> (u64, u64) {
    ((pair >> 64) as u64, pair as u64)
}

/// Tells the compiler that a branch is seldom taken.
#[cold]
#[inline(always)]
fn seldom() {}

/// Quotient and remainder of two limbs by one that is not zero, where the high limb is less than the divisor.
#[inline(always)]
pub(super) fn divide_2_by_1(high: u64, low: u64, divisor: u64) -> (u64, u64) {
    // On the processors of today, the one instruction that this becomes takes no longer than a multiplication by a
    // reciprocal and its corrections.
    let quotient = (join(high, low) / u128::from(divisor)) as u64;
    (quotient, low.wrapping_sub(quotient.wrapping_mul(divisor)))
}

/// `floor((2^192 - 1) / divisor) - 2^64` for a divisor of two limbs with its highest bit set (algorithm 6).
#[inline(always)]
fn reciprocal(d1: u64, d0: u64) -> u64 {
    let mut v = (join(!d1, u64::MAX) / u128::from(d1)) as u64;
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
    let mut remainder = join(r1, u0).wrapping_sub(divisor).wrapping_sub(product);
    let mut quotient = q1.wrapping_add(1);
    if (remainder >> 64) as u64 >= q0 {
        quotient = quotient.wrapping_sub(1);
        remainder = remainder.wrapping_add(divisor);
    }
    if remainder >= divisor {
        seldom();
        quotient = quotient.wrapping_add(1);
        remainder -= divisor;
    }
    (quotient, remainder)
}

/// As [`divide_3_by_2`], without a reciprocal.
#[inline(always)]
fn divide_3_by_2_once(u: [u64; 3], d1: u64, d0: u64) -> (u64, u128) {
    let [u0, u1, u2] = u;
    // The quotient by the high limb alone is at most two too large; where the high limbs are equal, it is of two limbs.
    let (mut quotient, (high, carry)) = if u2 < d1 {
        let (quotient, high) = divide_2_by_1(u2, u1, d1);
        (quotient, (high, false))
    } else {
        seldom();
        (u64::MAX, u1.overflowing_add(d1))
    };
    let divisor = join(d1, d0);
    let product = u128::from(d0) * u128::from(quotient);
    let (mut remainder, borrow) = join(high, u0).overflowing_sub(product);
    let too_much = borrow && !carry;
    // The first correction is as good as random, so nothing branches on it.
    quotient = quotient.wrapping_sub(u64::from(too_much));
    let back = if too_much { divisor } else { 0 };
    let enough;
    (remainder, enough) = remainder.overflowing_add(back);
    if too_much && !enough {
        seldom();
        quotient -= 1;
        remainder = remainder.wrapping_add(divisor);
    }
    (quotient, remainder)
}

/// The high limb of two that are shifted left by fewer than 64 bits.
#[inline(always)]
fn shifted(high: u64, low: u64, shift: u32) -> u64 {
    high << (shift % 64) | low >> 1 >> (63 - shift % 64)
}

/// The limbs shifted left by fewer than 64 bits, with what falls out at the top as one limb more.
#[inline(always)]
fn normalise<const M: usize>(limbs: &[u64; M], shift: u32) -> [u64; MOST + 1] {
    let mut all = [0; MOST + 1];
    let mut below = 0;
    for position in 0..M {
        all[position] = shifted(limbs[position], below, shift);
        below = limbs[position];
    }
    all[M] = shifted(0, below, shift);
    all
}

/// Quotient and remainder by one limb, which is not zero.
#[inline(always)]
pub(super) fn divide_by_limb<const M: usize>(
    numerator: &[u64; M],
    divisor: u64,
) -> ([u64; M], u64) {
    let mut quotient = [0; M];
    let mut left = 0;
    for position in 0..M {
        let limb = numerator[M - 1 - position];
        if left == 0 && limb < divisor {
            left = limb;
        } else {
            (quotient[M - 1 - position], left) = divide_2_by_1(left, limb, divisor);
        }
    }
    (quotient, left)
}

/// Quotient and remainder by a divisor of two limbs or more, the last of which is not zero.
#[inline(always)]
pub(super) fn divide<const M: usize, const N: usize>(
    numerator: &[u64; M],
    divisor: &[u64; N],
) -> ([u64; M], [u64; N]) {
    const { assert!(2 <= N && N <= M && M <= MOST) };
    let shift = divisor[N - 1].leading_zeros();
    let d: [u64; N] = limbs_from(&normalise(divisor, shift), 0);
    let limbs = normalise(numerator, shift);
    let reciprocal = if M - N > 1 {
        Some(reciprocal(d[N - 1], d[N - 2]))
    } else {
        None
    };
    let mut quotient = [0; M];
    // What is left of the limbs from `position` on; always less than the divisor.
    let mut left: [u64; N] = limbs_from(&limbs, M + 1 - N);
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
        remainder[limb] = left[limb] >> (shift % 64) | above << 1 << (63 - shift % 64);
    }
    (quotient, remainder)
}

/// As many limbs as are asked for, from a position on.
#[inline(always)]
fn limbs_from<const N: usize>(limbs: &[u64; MOST + 1], position: usize) -> [u64; N] {
    let mut some = [0; N];
    some.copy_from_slice(&limbs[position..position + N]);
    some
}

/// Divides `left`, which is less than the divisor, with one limb more below it: one limb of the quotient, and what is
/// left then.
#[inline(always)]
fn step<const N: usize>(
    left: &[u64; N],
    below: u64,
    d: &[u64; N],
    reciprocal: Option<u64>,
) -> (u64, [u64; N]) {
    let (u2, u1) = (left[N - 1], left[N - 2]);
    let u0 = if N == 2 { below } else { left[N - 3] };
    let (d1, d0) = (d[N - 1], d[N - 2]);
    let mut rest = [below; N];
    rest[1..].copy_from_slice(&left[..N - 1]);
    if u2 == 0 && u1 < d1 {
        return (0, rest);
    }
    // The high two limbs are what the estimate leaves, so that the next step need not wait for the whole product.
    let (mut quotient, (high, carry)) = if (u2, u1) == (d1, d0) {
        // The estimate is the greatest limb.
        seldom();
        (u64::MAX, join(d1, d0).overflowing_add(u128::from(u0)))
    } else {
        let (quotient, high) = match reciprocal {
            Some(reciprocal) => divide_3_by_2([u0, u1, u2], d1, d0, reciprocal),
            None => divide_3_by_2_once([u0, u1, u2], d1, d0),
        };
        (quotient, (high, false))
    };
    let taken = subtract_multiple(&mut rest, quotient, d);
    let (high, borrow) = high.overflowing_sub(u128::from(taken));
    (rest[N - 1], rest[N - 2]) = split(high);
    if borrow && !carry {
        seldom();
        quotient -= 1;
        add_back(&mut rest, d);
    }
    (quotient, rest)
}

/// Takes `factor` times the divisor away from all limbs but the high two; returns what has to be taken from those.
#[inline(always)]
fn subtract_multiple<const N: usize>(limbs: &mut [u64; N], factor: u64, d: &[u64; N]) -> u64 {
    let mut carry = 0;
    for limb in 0..N - 2 {
        let (high, low) = split(u128::from(factor) * u128::from(d[limb]) + u128::from(carry));
        let (difference, borrow) = limbs[limb].overflowing_sub(low);
        limbs[limb] = difference;
        carry = high + u64::from(borrow);
    }
    carry
}

/// The estimate looks at three limbs and is at most one too large.
#[inline(always)]
fn add_back<const N: usize>(limbs: &mut [u64; N], d: &[u64; N]) {
    let mut carry = false;
    for limb in 0..N {
        (limbs[limb], carry) = limbs[limb].carrying_add(d[limb], carry);
    }
}
