//! Multiplication modulo an odd number, after Montgomery ("Modular multiplication without trial division", 1985), and modulo
//! a power of two.
//!
//! Elements have as many limbs as the modulus. Modulo an odd number they are kept times `2^(64 * limbs)`:
//! [`Arithmetic::enter`] and [`Arithmetic::leave`] convert.

/// The most limbs that are multiplied by loops of constant length.
const SHORT: usize = 4;

/// Where powers are computed.
pub(super) trait Arithmetic {
    /// A number as it is kept.
    type Element: Clone;

    /// A number of any length as it is kept.
    fn enter(&self, number: &[u64]) -> Self::Element;

    /// The number that is kept.
    fn leave(&self, number: Self::Element) -> Vec<u64>;

    /// Multiplies in place; `scratch` spares allocations.
    fn multiply(&self, a: &mut Self::Element, b: &Self::Element, scratch: &mut Vec<u64>);

    /// Squares in place.
    fn square(&self, a: &mut Self::Element, scratch: &mut Vec<u64>);

    fn product(&self, a: &Self::Element, b: &Self::Element) -> Self::Element {
        let mut product = a.clone();
        self.multiply(&mut product, b, &mut Vec::new());
        product
    }
}

/// An odd modulus of one limb, above 1.
pub(super) struct OddLimb {
    modulus: u64,
    /// The negated inverse of the modulus, modulo 2^64.
    inverse: u64,
}

impl OddLimb {
    pub(super) fn new(modulus: u64) -> Self {
        Self {
            modulus,
            inverse: inverse_of_limb(modulus).wrapping_neg(),
        }
    }

    /// Divides a number below the modulus times 2^64 by 2^64.
    #[inline(always)]
    fn reduce(&self, number: u128) -> u64 {
        let factor = (number as u64).wrapping_mul(self.inverse);
        let multiple = u128::from(factor) * u128::from(self.modulus);
        // The low limbs add up to zero, and carry unless they both are zero.
        let carry = u64::from(number as u64 != 0);
        let (sum, over) = ((number >> 64) as u64 + carry).overflowing_add((multiple >> 64) as u64);
        let (less, below) = sum.overflowing_sub(self.modulus);
        if below && !over { sum } else { less }
    }
}

impl Arithmetic for OddLimb {
    type Element = u64;

    fn enter(&self, number: &[u64]) -> u64 {
        let modulus = u128::from(self.modulus);
        let shift =
            |left: u64, limb: u64| ((u128::from(left) << 64 | u128::from(limb)) % modulus) as u64;
        shift(
            number.iter().rev().fold(0, |left, limb| shift(left, *limb)),
            0,
        )
    }

    fn leave(&self, number: u64) -> Vec<u64> {
        vec![self.reduce(number.into())]
    }

    fn multiply(&self, a: &mut u64, b: &u64, _: &mut Vec<u64>) {
        *a = self.reduce(u128::from(*a) * u128::from(*b));
    }

    fn square(&self, a: &mut u64, _: &mut Vec<u64>) {
        *a = self.reduce(u128::from(*a) * u128::from(*a));
    }
}

/// What is computed modulo.
pub(super) enum Ring {
    /// An odd number above 1.
    Odd(Montgomery),
    /// A power of two above 1, of which these are the exponents.
    PowerOfTwo(usize),
}

/// An odd modulus with what multiplication needs to know of it.
pub(super) struct Montgomery {
    modulus: Vec<u64>,
    /// The negated inverse of the modulus, modulo 2^64.
    inverse: u64,
}

impl Ring {
    /// Modulo a number without zero limbs at its end.
    pub(super) fn modulo_odd(modulus: Vec<u64>) -> Self {
        Self::Odd(Montgomery::new(modulus))
    }

    pub(super) fn modulo_power_of_two(bits: usize) -> Self {
        Self::PowerOfTwo(bits)
    }

    /// Bits of the modulus, without the one that a power of two has above its zeros.
    pub(super) fn bits(&self) -> usize {
        match self {
            Self::Odd(odd) => odd.modulus.len() * 64,
            Self::PowerOfTwo(bits) => *bits,
        }
    }

    fn limbs(&self) -> usize {
        self.bits().div_ceil(64)
    }

    /// The low limbs of a number of any length, for powers of two.
    pub(super) fn reduced(&self, number: &[u64]) -> Vec<u64> {
        let mut reduced = vec![0; self.limbs()];
        for (to, from) in reduced.iter_mut().zip(number) {
            *to = *from;
        }
        self.cut(&mut reduced);
        reduced
    }

    /// Clears what is above a power of two.
    fn cut(&self, number: &mut [u64]) {
        if let (Self::PowerOfTwo(bits), Some(last)) = (self, number.last_mut())
            && bits % 64 != 0
        {
            *last &= (1 << (bits % 64)) - 1;
        }
    }

    /// The inverse of an odd number modulo a power of two: each round of Newton's method doubles the bits that are right.
    pub(super) fn inverse(&self, number: &<Self as Arithmetic>::Element) -> Vec<u64> {
        let first = number.first().map_or(0, |limb| inverse_of_limb(*limb));
        let mut inverse = self.reduced(&[first]);
        let mut right = 64;
        while right < self.bits() {
            // inverse * (2 - number * inverse)
            let mut correction = self.reduced(&[2]);
            subtract(&mut correction, &self.product(number, &inverse));
            self.cut(&mut correction);
            inverse = self.product(&inverse, &correction);
            right *= 2;
        }
        inverse
    }
}

impl Arithmetic for Ring {
    type Element = Vec<u64>;

    fn enter(&self, number: &[u64]) -> Vec<u64> {
        match self {
            Self::Odd(odd) => {
                let mut kept = vec![0; odd.modulus.len()];
                kept.extend_from_slice(number);
                remainder(kept, &odd.modulus)
            }
            Self::PowerOfTwo(_) => self.reduced(number),
        }
    }

    fn leave(&self, mut number: Vec<u64>) -> Vec<u64> {
        if let Self::Odd(odd) = self {
            let mut double = number.clone();
            double.resize(2 * number.len(), 0);
            odd.reduce(&mut double, &mut number);
        }
        number
    }

    fn multiply(&self, a: &mut Vec<u64>, b: &Vec<u64>, scratch: &mut Vec<u64>) {
        let limbs = a.len();
        scratch.clear();
        match self {
            Self::Odd(odd) if limbs <= SHORT => odd.multiply_short(a, b),
            Self::Odd(odd) => {
                scratch.resize(2 * limbs, 0);
                for (position, factor) in b.iter().enumerate() {
                    scratch[position + limbs] =
                        add_multiple(&mut scratch[position..position + limbs], a, *factor);
                }
                odd.reduce(scratch, a);
            }
            Self::PowerOfTwo(_) if limbs <= SHORT => {
                multiply_low_short(a, b);
                self.cut(a);
            }
            Self::PowerOfTwo(_) => {
                scratch.resize(limbs, 0);
                for (position, factor) in b.iter().enumerate() {
                    add_multiple(&mut scratch[position..], a, *factor);
                }
                a.copy_from_slice(scratch);
                self.cut(a);
            }
        }
    }

    fn square(&self, a: &mut Vec<u64>, scratch: &mut Vec<u64>) {
        match self {
            Self::Odd(odd) if a.len() <= SHORT => {
                let mut b = [0; SHORT];
                b[..a.len()].copy_from_slice(a);
                odd.multiply_short(a, &b);
            }
            Self::Odd(odd) => {
                scratch.clear();
                scratch.resize(2 * a.len(), 0);
                square(a, scratch);
                odd.reduce(scratch, a);
            }
            Self::PowerOfTwo(_) if a.len() <= SHORT => {
                let mut b = [0; SHORT];
                b[..a.len()].copy_from_slice(a);
                multiply_low_short(a, &b);
                self.cut(a);
            }
            Self::PowerOfTwo(_) => {
                let limbs = a.len();
                scratch.clear();
                scratch.resize(limbs.next_multiple_of(2), 0);
                square(a, scratch);
                a.copy_from_slice(&scratch[..limbs]);
                self.cut(a);
            }
        }
    }
}

impl Montgomery {
    fn new(modulus: Vec<u64>) -> Self {
        let inverse = modulus.first().map_or(0, |limb| inverse_of_limb(*limb));
        Self {
            modulus,
            inverse: inverse.wrapping_neg(),
        }
    }

    /// Multiplies numbers of one to four limbs, by loops of constant length.
    fn multiply_short(&self, a: &mut [u64], b: &[u64]) {
        match a.len() {
            1 => self.multiply_array::<1>(a, b),
            2 => self.multiply_array::<2>(a, b),
            3 => self.multiply_array::<3>(a, b),
            _ => self.multiply_array::<SHORT>(a, b),
        }
    }

    /// Multiplies and reduces limb by limb; `a` has as many limbs as the modulus, `b` at least as many.
    #[inline(always)]
    fn multiply_array<const LIMBS: usize>(&self, a: &mut [u64], b: &[u64]) {
        let array = |limbs: &[u64]| limbs.first_chunk::<LIMBS>().copied().unwrap_or([0; LIMBS]);
        let (x, y, modulus) = (array(a), array(b), array(&self.modulus));
        let mut sum = [0; LIMBS];
        let mut over = 0;
        for factor in y {
            let mut carry = 0;
            for limb in 0..LIMBS {
                (sum[limb], carry) = multiply_add(factor, x[limb], sum[limb], carry);
            }
            let (top, overflow) = carry.overflowing_add(over);
            let factor = sum[0].wrapping_mul(self.inverse);
            let (_, mut carry) = multiply_add(factor, modulus[0], sum[0], 0);
            for limb in 1..LIMBS {
                (sum[limb - 1], carry) = multiply_add(factor, modulus[limb], sum[limb], carry);
            }
            let (top, more) = top.overflowing_add(carry);
            sum[LIMBS - 1] = top;
            over = u64::from(overflow) + u64::from(more);
        }
        if over != 0 || !less(&sum, &modulus) {
            subtract(&mut sum, &modulus);
        }
        a.copy_from_slice(&sum);
    }

    /// Divides a product by 2^(64 * limbs), modulo the modulus: `product` is less than the modulus times that, has twice
    /// the limbs, and is lost.
    fn reduce(&self, product: &mut [u64], result: &mut [u64]) {
        let limbs = self.modulus.len();
        for position in 0..limbs {
            let factor = product[position].wrapping_mul(self.inverse);
            let carry = add_multiple(
                &mut product[position..position + limbs],
                &self.modulus,
                factor,
            );
            // The limb is zero now, and keeps the carry, which belongs as many limbs higher.
            product[position] = carry;
        }
        let (carries, high) = product.split_at(limbs);
        let mut carry = false;
        for ((to, high), low) in result.iter_mut().zip(high).zip(carries) {
            (*to, carry) = high.carrying_add(*low, carry);
        }
        if carry || !less(result, &self.modulus) {
            subtract(result, &self.modulus);
        }
    }
}

/// The low limbs of a product of numbers of one to four limbs, by loops of constant length.
fn multiply_low_short(a: &mut [u64], b: &[u64]) {
    match a.len() {
        1 => multiply_low_array::<1>(a, b),
        2 => multiply_low_array::<2>(a, b),
        3 => multiply_low_array::<3>(a, b),
        _ => multiply_low_array::<SHORT>(a, b),
    }
}

#[inline(always)]
fn multiply_low_array<const LIMBS: usize>(a: &mut [u64], b: &[u64]) {
    let array = |limbs: &[u64]| limbs.first_chunk::<LIMBS>().copied().unwrap_or([0; LIMBS]);
    let (x, y) = (array(a), array(b));
    let mut sum = [0; LIMBS];
    for position in 0..LIMBS {
        let mut carry = 0;
        for limb in 0..LIMBS - position {
            (sum[position + limb], carry) =
                multiply_add(y[position], x[limb], sum[position + limb], carry);
        }
    }
    a.copy_from_slice(&sum);
}

/// `a * b + c + d` as its low and its high limb.
#[inline(always)]
fn multiply_add(a: u64, b: u64, c: u64, d: u64) -> (u64, u64) {
    let sum = u128::from(a) * u128::from(b) + u128::from(c) + u128::from(d);
    (sum as u64, (sum >> 64) as u64)
}

/// Adds `factor` times `limbs` to as many of `sum`, which has at least as few; returns the carry.
#[inline]
pub(super) fn add_multiple(sum: &mut [u64], limbs: &[u64], factor: u64) -> u64 {
    let step = |to: &mut u64, limb: u64, carry: u64| {
        let high;
        (*to, high) = multiply_add(factor, limb, *to, carry);
        high
    };
    let length = sum.len().min(limbs.len());
    let (sum, sum_rest) = sum[..length].as_chunks_mut::<4>();
    let (limbs, rest) = limbs[..length].as_chunks::<4>();
    let mut carry = 0;
    for ([s0, s1, s2, s3], [l0, l1, l2, l3]) in sum.iter_mut().zip(limbs) {
        carry = step(s0, *l0, carry);
        carry = step(s1, *l1, carry);
        carry = step(s2, *l2, carry);
        carry = step(s3, *l3, carry);
    }
    for (to, limb) in sum_rest.iter_mut().zip(rest) {
        carry = step(to, *limb, carry);
    }
    carry
}

/// The square of a number into limbs that are zero, an even number of them; those beyond twice the number's stay so, and
/// what does not fit is lost. Products of different limbs come twice.
fn square(number: &[u64], result: &mut [u64]) {
    let limbs = number.len();
    for (position, factor) in number.iter().enumerate() {
        let Some(sum) = result.get_mut(2 * position + 1..) else {
            break;
        };
        let rest = &number[position + 1..];
        let carry = add_multiple(sum, rest, *factor);
        if let Some(limb) = result.get_mut(limbs + position) {
            *limb = carry;
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

/// The inverse of an odd limb modulo 2^64.
fn inverse_of_limb(limb: u64) -> u64 {
    // Right to five bits, and to twice as many in each round.
    let mut inverse = limb.wrapping_mul(3) ^ 2;
    for _ in 0..4 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(limb.wrapping_mul(inverse)));
    }
    inverse
}

fn less(a: &[u64], b: &[u64]) -> bool {
    a.iter().rev().lt(b.iter().rev())
}

/// Subtracts in place, modulo 2^(64 * limbs).
pub(super) fn subtract(a: &mut [u64], b: &[u64]) {
    let mut borrow = false;
    for (to, limb) in a.iter_mut().zip(b) {
        (*to, borrow) = to.borrowing_sub(*limb, borrow);
    }
}

/// The remainder by a modulus without zero limbs at its end: Knuth's algorithm D (The Art of Computer Programming, volume
/// 2, 4.3.1).
fn remainder(mut number: Vec<u64>, modulus: &[u64]) -> Vec<u64> {
    let limbs = modulus.len();
    let shift = modulus.last().map_or(0, |limb| limb.leading_zeros());
    let mut divisor = modulus.to_vec();
    shift_left(&mut divisor, shift);
    number.push(0);
    shift_left(&mut number, shift);
    let (d1, d0) = (
        divisor[limbs - 1],
        if limbs > 1 { divisor[limbs - 2] } else { 0 },
    );
    for position in (0..number.len().saturating_sub(limbs)).rev() {
        let part = &mut number[position..=position + limbs];
        let (u2, u1) = (part[limbs], part[limbs - 1]);
        let u0 = if limbs > 1 { part[limbs - 2] } else { 0 };
        // What is left is less than the divisor, so that `u2` is at most `d1`. The estimate is at most two too large, and one
        // once it has been compared with the next limb.
        let pair = u128::from(u2) << 64 | u128::from(u1);
        let mut factor = if u2 < d1 {
            (pair / u128::from(d1)) as u64
        } else {
            u64::MAX
        };
        let mut left = pair.wrapping_sub(u128::from(factor) * u128::from(d1));
        while left >> 64 == 0 && u128::from(factor) * u128::from(d0) > left << 64 | u128::from(u0) {
            factor -= 1;
            left += u128::from(d1);
        }
        let borrow = subtract_multiple(&mut part[..limbs], &divisor, factor);
        if borrow > u2 {
            let mut carry = false;
            for (to, limb) in part.iter_mut().zip(&divisor) {
                (*to, carry) = to.carrying_add(*limb, carry);
            }
        }
        part[limbs] = 0;
    }
    number.resize(limbs, 0);
    let mut above = 0;
    for limb in number.iter_mut().rev() {
        let pair = u128::from(above) << 64 | u128::from(*limb);
        above = *limb;
        *limb = (pair >> shift) as u64;
    }
    number
}

/// Shifts in place by fewer than 64 bits; there is room for what the highest limb loses.
fn shift_left(limbs: &mut [u64], shift: u32) {
    let mut below = 0;
    for limb in limbs {
        let pair = u128::from(*limb) << 64 | u128::from(below);
        below = *limb;
        *limb = (pair << shift >> 64) as u64;
    }
}

/// Takes `factor` times `limbs` away from as many; returns what has to be taken from the limb above.
fn subtract_multiple(from: &mut [u64], limbs: &[u64], factor: u64) -> u64 {
    let mut carry = 0;
    for (to, limb) in from.iter_mut().zip(limbs) {
        let product = u128::from(factor) * u128::from(*limb) + u128::from(carry);
        let (difference, borrow) = to.overflowing_sub(product as u64);
        *to = difference;
        carry = (product >> 64) as u64 + u64::from(borrow);
    }
    carry
}
