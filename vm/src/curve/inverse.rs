//! Inverses modulo a prime, by divisions that look at the lowest bits only: Bernstein and Yang's "Fast constant-time gcd
//! computation and modular inversion" (2019), in the form of P. Wuille's notes on it, and without constant time.
//!
//! Below, numbers are kept in signed limbs of 62 bits, least significant first, of which all but the last are not negative.

use super::limbs::inverse_of_limb;

/// Bits of a limb, and their mask.
const BITS: u32 = 62;
const MASK: u64 = u64::MAX >> 2;

type Signed<const LIMBS: usize> = [i64; LIMBS];

/// What so many division steps as a limb has bits do to two numbers, times 2^62.
struct Matrix([[i64; 2]; 2]);

/// The inverse of a number below a prime, which has at least two bits less than so many limbs have; zero of zero.
pub(crate) fn inverse<const WORDS: usize, const LIMBS: usize>(
    number: &[u64; WORDS],
    prime: &[u64; WORDS],
) -> [u64; WORDS] {
    const { assert!(LIMBS * BITS as usize > WORDS * 64 + 2) };
    let modulus: Signed<LIMBS> = signed(prime);
    let of_lowest = inverse_of_limb(prime[0]);
    let (mut f, mut g) = (modulus, signed(number));
    // Both are the number times these, modulo the modulus.
    let (mut of_f, mut of_g) = ([0; LIMBS], [0; LIMBS]);
    of_g[0] = 1;
    let mut eta = -1;
    let mut length = LIMBS;
    loop {
        let matrix = divide(&mut eta, f[0].cast_unsigned(), g[0].cast_unsigned());
        [of_f, of_g] = matrix.times_modulo(&of_f, &of_g, &modulus, of_lowest);
        matrix.times(&mut f, &mut g, length);
        if g.iter().take(length).all(|limb| *limb == 0) {
            // Now f is 1 or -1.
            return unsigned(of_f, f[length - 1] < 0, &modulus);
        }
        length = shortened(&mut f, &mut g, length);
    }
}

/// How many limbs both numbers need: the highest one goes if it is only a sign, which the next one takes over.
#[inline]
fn shortened<const LIMBS: usize>(
    f: &mut Signed<LIMBS>,
    g: &mut Signed<LIMBS>,
    length: usize,
) -> usize {
    let is_sign = |limb: i64| limb == limb >> 1;
    let highest = length - 1;
    if highest == 0 || !is_sign(f[highest]) || !is_sign(g[highest]) {
        return length;
    }
    for number in [f, g] {
        number[highest - 1] |= number[highest] << BITS;
    }
    highest
}

/// Division steps: as many as a limb has bits.
#[inline]
fn divide(eta: &mut i64, f: u64, g: u64) -> Matrix {
    let (mut u, mut v, mut q, mut r) = (1u64, 0u64, 0u64, 1u64);
    let (mut f, mut g, mut left) = (f, g, BITS);
    loop {
        // What is left bounds how many zeros count.
        let zeros = (g | u64::MAX << left).trailing_zeros();
        g >>= zeros;
        u <<= zeros;
        v <<= zeros;
        *eta -= i64::from(zeros);
        left -= zeros;
        if left == 0 {
            return Matrix([[u, v], [q, r]].map(|row| row.map(u64::cast_signed)));
        }
        // A multiple of f makes several of g's lowest bits zero at once: at most six, or four.
        let (factor, bits);
        if *eta < 0 {
            *eta = -*eta;
            (f, g) = (g, f.wrapping_neg());
            (u, q) = (q, u.wrapping_neg());
            (v, r) = (r, v.wrapping_neg());
            bits = 6;
            factor = f
                .wrapping_mul(g)
                .wrapping_mul(f.wrapping_mul(f).wrapping_sub(2));
        } else {
            bits = 4;
            let inverse = f.wrapping_add((f.wrapping_add(1) & 4) << 1);
            factor = inverse.wrapping_neg().wrapping_mul(g);
        }
        let most = (*eta + 1).min(i64::from(left)).min(bits);
        let factor = factor & ((1 << most) - 1);
        g = g.wrapping_add(f.wrapping_mul(factor));
        q = q.wrapping_add(u.wrapping_mul(factor));
        r = r.wrapping_add(v.wrapping_mul(factor));
    }
}

impl Matrix {
    /// Replaces numbers of so many limbs by both products, divided by 2^62, which they are multiples of.
    #[inline]
    fn times<const LIMBS: usize>(
        &self,
        f: &mut Signed<LIMBS>,
        g: &mut Signed<LIMBS>,
        length: usize,
    ) {
        let [[u, v], [q, r]] = self.0;
        let products = |f: i64, g: i64| [wide(u, f) + wide(v, g), wide(q, f) + wide(r, g)];
        let length = length.min(LIMBS);
        let mut carries = products(f[0], g[0]).map(|carry| carry >> BITS);
        for limb in 1..length {
            for (carry, product) in carries.iter_mut().zip(products(f[limb], g[limb])) {
                *carry += product;
            }
            [f[limb - 1], g[limb - 1]] = carries.map(low);
            carries = carries.map(|carry| carry >> BITS);
        }
        [f[length - 1], g[length - 1]] = carries.map(|carry| carry as i64);
    }

    /// Both products, divided by 2^62 modulo the modulus: from -2 to 1 times that.
    #[inline]
    fn times_modulo<const LIMBS: usize>(
        &self,
        d: &Signed<LIMBS>,
        e: &Signed<LIMBS>,
        modulus: &Signed<LIMBS>,
        inverse: u64,
    ) -> [Signed<LIMBS>; 2] {
        let [is_d_negative, is_e_negative] = [d, e].map(|number| number[LIMBS - 1] >> 63);
        self.0.map(|[u, v]| {
            let product = |limb: usize| wide(u, d[limb]) + wide(v, e[limb]);
            // So many times the modulus make negative numbers positive, and then the lowest limb zero.
            let mut factor = (u & is_d_negative) + (v & is_e_negative);
            let mut carry = product(0);
            let lowest = inverse
                .wrapping_mul(carry as u64)
                .wrapping_add(factor.cast_unsigned());
            factor -= (lowest & MASK).cast_signed();
            carry = (carry + wide(modulus[0], factor)) >> BITS;
            let mut result = [0; LIMBS];
            for limb in 1..LIMBS {
                carry += product(limb) + wide(modulus[limb], factor);
                result[limb - 1] = low(carry);
                carry >>= BITS;
            }
            result[LIMBS - 1] = carry as i64;
            result
        })
    }
}

#[inline]
fn wide(a: i64, b: i64) -> i128 {
    i128::from(a) * i128::from(b)
}

#[inline]
fn low(number: i128) -> i64 {
    (number as u64 & MASK).cast_signed()
}

fn signed<const WORDS: usize, const LIMBS: usize>(words: &[u64; WORDS]) -> Signed<LIMBS> {
    let word = |position: usize| u128::from(words.get(position).copied().unwrap_or(0));
    let mut limbs = [0; LIMBS];
    for (position, limb) in limbs.iter_mut().enumerate() {
        let bit = position * BITS as usize;
        let pair = word(bit / 64 + 1) << 64 | word(bit / 64);
        *limb = ((pair >> (bit % 64)) as u64 & MASK).cast_signed();
    }
    limbs
}

/// A number from -2 to 1 times the modulus, negated or not, modulo the modulus.
fn unsigned<const WORDS: usize, const LIMBS: usize>(
    mut number: Signed<LIMBS>,
    is_negated: bool,
    modulus: &Signed<LIMBS>,
) -> [u64; WORDS] {
    if number[LIMBS - 1] < 0 {
        add(&mut number, modulus);
    }
    if is_negated {
        number = number.map(|limb| -limb);
        add(&mut number, &[0; LIMBS]);
    }
    if number[LIMBS - 1] < 0 {
        add(&mut number, modulus);
    }
    let limb =
        |position: usize| u128::from(number.get(position).map_or(0, |limb| limb.cast_unsigned()));
    let mut words = [0; WORDS];
    for (position, word) in words.iter_mut().enumerate() {
        let bit = position * 64;
        let (position, shift) = (bit / BITS as usize, bit % BITS as usize);
        *word = ((limb(position + 1) << BITS | limb(position)) >> shift) as u64;
    }
    words
}

fn add<const LIMBS: usize>(to: &mut Signed<LIMBS>, number: &Signed<LIMBS>) {
    let mut carry = 0;
    for (place, (to, limb)) in to.iter_mut().zip(number).enumerate() {
        let sum = *to + limb + carry;
        *to = if place < LIMBS - 1 {
            sum & MASK.cast_signed()
        } else {
            sum
        };
        carry = sum >> BITS;
    }
}
