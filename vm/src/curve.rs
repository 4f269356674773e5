//! Elliptic curves over primes of 256 bits: points, sums of their multiples, and numbers modulo such primes.
//!
//! Our own, because what libraries compute in constant time, or in the same way for all curves, takes up to twice as long.
//! Everything that comes here is public, so nothing needs to run in constant time.

mod inverse;
mod limbs;
mod montgomery;
mod point;
mod scalar;

use std::fmt::Debug;
use std::ops::{Add, Mul, Neg, Sub};

pub(crate) use inverse::inverse;
pub(crate) use limbs::{Wide, difference, inverse_of_limb, multiple, product, square, sum};
pub(crate) use montgomery::{Montgomery, Prime};
pub(crate) use point::{Affine, Multiple, Multiples, Point, Sum, odd_multiples};
pub(crate) use scalar::{Lattice, digits};

/// Numbers modulo a prime.
pub(crate) trait Field:
    Copy + Debug + Add<Output = Self> + Sub<Output = Self> + Neg<Output = Self> + Mul<Output = Self>
{
    const ONE: Self;

    /// The limbs of a product that is not reduced are those of these limbs.
    fn limbs(self) -> [u64; 4];

    fn reduced(product: Wide) -> Self;

    /// The difference of two products, reduced once.
    fn difference(product: Wide, other: Wide) -> Self;

    fn is_zero(self) -> bool;

    fn half(self) -> Self;

    /// The inverse; zero of zero.
    fn inverse(self) -> Self;

    /// What is left when all of these are taken away.
    #[inline(always)]
    fn minus<const COUNT: usize>(self, others: [Self; COUNT]) -> Self {
        others.into_iter().fold(self, |left, other| left - other)
    }

    #[inline(always)]
    fn wide_product(self, other: Self) -> Wide {
        product(self.limbs(), other.limbs())
    }

    #[inline(always)]
    fn wide_square(self) -> Wide {
        square(self.limbs())
    }

    #[inline(always)]
    fn square(self) -> Self {
        Self::reduced(self.wide_square())
    }
}

/// A curve y^2 = x^3 + a x + b, whose points are a group of odd order.
pub(crate) trait Curve: Copy + Debug {
    type Field: Field;

    /// Whether a is zero, so that images of the curve that multiply x and y have the same formulas.
    const IS_A_ZERO: bool = true;

    /// (3 x^2 + a z^4) / 2, half of what makes the slope in a point; here for an a of zero.
    #[inline(always)]
    fn half_slope(x: Self::Field, _z: Self::Field) -> Self::Field {
        let square = x.square();
        square + square.half()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use num_bigint::BigUint;
    use primitive_types::U256;

    use super::scalar::Half;
    use super::*;
    use crate::keccak::keccak256;

    fn big(limbs: &[u64]) -> BigUint {
        let bytes: Vec<u8> = limbs.iter().flat_map(|limb| limb.to_le_bytes()).collect();
        BigUint::from_bytes_le(&bytes)
    }

    /// Numbers below a prime: near to zero and to the prime, with limbs that carry, and such as look random.
    fn numbers(prime: [u64; 4]) -> Vec<[u64; 4]> {
        let prime = U256(prime);
        let mut numbers = Vec::new();
        for near in 0..4u64 {
            let below = prime - near - 1;
            numbers.extend([U256::from(near), below, below / 2]);
        }
        for shift in [1, 32, 63, 64, 65, 96, 128, 191, 192, 224, 253] {
            let power = (U256::one() << shift) % prime;
            numbers.extend([power, power - 1, prime - power]);
        }
        let mut random = keccak256(&[]);
        for _ in 0..30 {
            random = keccak256(&random.0);
            let number = U256::from_big_endian(&random.0);
            numbers.extend([number % prime, number.low_u128().into()]);
        }
        numbers.into_iter().map(|number| number.0).collect()
    }

    /// That numbers after Montgomery are computed with as wide integers are.
    pub(crate) fn check_field<P: Prime>() {
        let (p, numbers) = (big(&P::LIMBS), numbers(P::LIMBS));
        let element = |number| Montgomery::<P>::new(number).expect("below the prime");
        for (position, a) in numbers.iter().enumerate() {
            let inverse = element(*a).inverse();
            let one = big(&(inverse * element(*a)).number());
            assert_eq!(one, BigUint::from(u8::from(*a != [0; 4])));
            for b in &numbers {
                let [c, d] = [3, 7].map(|step| numbers[(position * step + 1) % numbers.len()]);
                let [x, y, z, w] = [*a, *b, c, d].map(|number| big(&number));
                let is = |element: Montgomery<P>, number: BigUint| {
                    assert_eq!(
                        big(&element.number()),
                        number % &p,
                        "{a:x?} {b:x?} {c:x?} {d:x?}"
                    );
                };
                let [a, b, c, d] = [*a, *b, c, d].map(element);
                is(a, x.clone());
                is(a + b, &x + &y);
                is(a - b, &x + &p - &y);
                is(-a, &p - &x);
                is(a * b, &x * &y);
                is(a.square(), &x * &x);
                is(a.half() + a.half(), x.clone());
                is(a.minus([b, c, c]), &x + &p * 3u8 - &y - &z - &z);
                let difference = Montgomery::difference(a.wide_product(b), c.wide_product(d));
                is(difference, (&x * &y + &p * &p) - &z * &w);
                let difference = Montgomery::difference(c.wide_square(), a.wide_square());
                is(difference, (&z * &z + &p * &p) - &x * &x);
                assert_eq!(a == b, x == y);
                assert_eq!(a.is_zero(), x == BigUint::ZERO);
            }
        }
        assert_eq!(Montgomery::<P>::new(P::LIMBS), None);
        assert_eq!(Montgomery::<P>::new([u64::MAX; 4]), None);
        assert!(Montgomery::<P>::of(P::LIMBS).is_zero());
    }

    fn product(a: U256, b: U256, order: U256) -> U256 {
        crate::word::Modulus::default().mulmod(a, b, order)
    }

    /// That halves of scalars and their digits are those of a group whose order has this cube root of one.
    pub(crate) fn check_lattice(lattice: &Lattice, order: U256, root: U256) {
        assert_eq!(
            product(root, product(root, root, order), order),
            U256::one()
        );
        for (a, minus_b) in [
            (lattice.a1, lattice.minus_b1),
            (lattice.a2, order - lattice.b2),
        ] {
            assert_eq!(a % order, product(minus_b, root, order), "in the lattice");
        }
        let mut scalars: Vec<U256> = numbers(order.0).into_iter().map(U256).collect();
        for bit in 0..256 {
            let power = (U256::one() << bit) % order;
            scalars.extend([power, order - power, product(power, root, order)]);
        }
        // Where rounding turns over: multiples of the lattice's vectors, and half way between them.
        for vector in [lattice.a1, lattice.minus_b1, lattice.a2] {
            for factor in [U256::one(), U256::from(u128::MAX), U256::MAX / 3] {
                let multiple = product(factor % order, vector % order, order);
                scalars.extend([
                    multiple,
                    multiple / 2,
                    order - multiple,
                    (order - multiple) / 2 + 1,
                ]);
            }
        }
        for scalar in scalars {
            let scalar = scalar % order;
            let halves = lattice.halves(scalar);
            let [first, second] = halves.map(
                |Half {
                     is_negative,
                     magnitude: [low, high],
                 }| {
                    let magnitude = U256([low, high, 0, 0]) % order;
                    if is_negative {
                        (order - magnitude) % order
                    } else {
                        magnitude
                    }
                },
            );
            let sum = crate::word::addmod(first, product(second, root, order), order);
            assert_eq!(sum, scalar);
            for half in halves {
                check_digits(&half.digits(5), half.is_negative, &half.magnitude, 5);
            }
        }
    }

    fn check_digits(digits: &[i16], is_negative: bool, limbs: &[u64], width: usize) {
        // Positive and negative digits, summed up separately.
        let mut sums = [BigUint::ZERO; 2];
        let mut last = None;
        for (position, digit) in digits.iter().enumerate().filter(|(_, digit)| **digit != 0) {
            assert_eq!(digit & 1, 1, "{digit}");
            assert!(
                digit.unsigned_abs() < 1 << (width - 1),
                "{digit} of {width} bits"
            );
            assert!(
                last.is_none_or(|last| position >= last + width),
                "{position}"
            );
            last = Some(position);
            let digit_is_negative = (*digit < 0) != is_negative;
            sums[usize::from(digit_is_negative)] += BigUint::from(digit.unsigned_abs()) << position;
        }
        let [more, less] = sums;
        assert_eq!(more - less, big(limbs), "{limbs:x?}");
    }

    #[test]
    fn digits_make_the_number() {
        let limbs = [
            0,
            1,
            3,
            1 << 63,
            u64::MAX,
            u64::MAX - 1,
            u64::MAX / 3,
            u64::MAX / 3 * 2,
            0x1234_5678_9abc_def1,
        ];
        for width in 2..=10 {
            for a in limbs {
                for b in limbs {
                    check_digits(&digits::<129>(&[a, b], width), false, &[a, b], width);
                    for c in limbs {
                        let number = [c, a, b, c ^ a];
                        check_digits(&digits::<257>(&number, width), false, &number, width);
                    }
                }
            }
        }
    }
}
