//! Functions of the C library that the safe part of the `blst` crate does not offer, made safe.
//!
//! Why `unsafe` is here: the map to G2 in safe code took 1.2 times as long as in the library, and sums 1.1 times. All of these
//! functions read values that a reference borrows, write one value of their own, keep no pointer, and have no other state.

use std::ops::{Add, Mul, Neg, Sub};

use blst::{
    blst_fp, blst_fp_add, blst_fp_cneg, blst_fp_from_bendian, blst_fp_mul, blst_fp_sqrt,
    blst_fp_sub, blst_fp2, blst_fp2_add, blst_fp2_cneg, blst_fp2_lshift, blst_fp2_mul,
    blst_fp2_mul_by_3, blst_fp2_sqr, blst_fp2_sub, blst_fp6, blst_fp12, blst_fp12_mul_by_xy00z0,
    blst_fp12_sqr, blst_map_to_g2, blst_p1, blst_p1_add_or_double_affine, blst_p1_affine,
    blst_p1_double, blst_p1_from_affine, blst_p2, blst_p2_add_or_double_affine, blst_p2_affine,
    blst_p2_from_affine,
};

use crate::precompiles::miller::Element;

/// The order of the base field, big endian.
pub(super) const MODULUS: [u8; 48] = [
    0x1a, 0x01, 0x11, 0xea, 0x39, 0x7f, 0xe6, 0x9a, 0x4b, 0x1b, 0xa7, 0xb6, 0x43, 0x4b, 0xac, 0xd7,
    0x64, 0x77, 0x4b, 0x84, 0xf3, 0x85, 0x12, 0xbf, 0x67, 0x30, 0xd2, 0xa0, 0xf6, 0xb0, 0xf6, 0x24,
    0x1e, 0xab, 0xff, 0xfe, 0xb1, 0x53, 0xff, 0xff, 0xb9, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xaa, 0xab,
];

/// A field element from 48 bytes, big endian. `None` when it is not canonical.
pub(super) fn field_element(bytes: &[u8; 48]) -> Option<blst_fp> {
    if *bytes >= MODULUS {
        return None;
    }
    let mut element = blst_fp::default();
    // SAFETY: the function reads 48 bytes and writes one element; both are borrowed for the call.
    unsafe { blst_fp_from_bendian(&raw mut element, bytes.as_ptr()) };
    Some(element)
}

/// The product of two field elements.
pub(super) fn product(a: &blst_fp, b: &blst_fp) -> blst_fp {
    let mut product = blst_fp::default();
    // SAFETY: the function reads two elements and writes one; all are borrowed for the call.
    unsafe { blst_fp_mul(&raw mut product, a, b) };
    product
}

/// A field element's negative.
pub(super) fn negative(element: &blst_fp) -> blst_fp {
    let mut negative = blst_fp::default();
    // SAFETY: the function reads one element and writes one; both are borrowed for the call.
    unsafe { blst_fp_cneg(&raw mut negative, element, true) };
    negative
}

/// A square root, and whether it is one: if the element has none, it is a root of the element's negative.
pub(super) fn root(element: Base) -> (Base, bool) {
    let mut root = blst_fp::default();
    // SAFETY: the function reads one element and writes one; both are borrowed for the call.
    let is_root = unsafe { blst_fp_sqrt(&raw mut root, &raw const element.0) };
    // The modulus is 3 modulo 4, so that a power of the element is the one root or the other. That the library writes it in
    // both cases is not promised.
    let negative = -element;
    if !is_root && Base(root) * Base(root) != negative {
        // SAFETY: as above.
        unsafe { blst_fp_sqrt(&raw mut root, &raw const negative.0) };
    }
    (Base(root), is_root)
}

/// A point of the curve over the base field with a z.
pub(super) fn g1_projective(point: &blst_p1_affine) -> blst_p1 {
    let mut projective = blst_p1::default();
    // SAFETY: the function reads one point and writes one; both are borrowed for the call.
    unsafe { blst_p1_from_affine(&raw mut projective, point) };
    projective
}

/// Adds a point of the curve over the base field, whichever the two are.
pub(super) fn add_g1(sum: &mut blst_p1, point: &blst_p1_affine) {
    // SAFETY: the function reads two points and writes one, which may be one of them; all are borrowed for the call.
    unsafe { blst_p1_add_or_double_affine(sum, sum, point) };
}

/// Doubles a point of the curve over the base field.
pub(super) fn double_g1(point: &mut blst_p1) {
    // SAFETY: the function reads one point and writes one, which may be the same; it is borrowed for the call.
    unsafe { blst_p1_double(point, point) };
}

/// The sum of two points of the curve over the base field.
pub(super) fn g1_sum(a: &blst_p1_affine, b: &blst_p1_affine) -> blst_p1 {
    let mut sum = g1_projective(a);
    add_g1(&mut sum, b);
    sum
}

/// The sum of two points of the curve over the quadratic extension.
pub(super) fn g2_sum(a: &blst_p2_affine, b: &blst_p2_affine) -> blst_p2 {
    let mut sum = blst_p2::default();
    // SAFETY: the first function reads one point and writes one; the second reads two and writes one, which may be one of
    // them. All are borrowed for the calls.
    unsafe {
        blst_p2_from_affine(&raw mut sum, a);
        blst_p2_add_or_double_affine(&raw mut sum, &raw const sum, b);
    }
    sum
}

/// The point of G1 that a field element maps to: what `map` is compared with.
#[cfg(test)]
pub(super) fn map_to_g1(element: &blst_fp) -> blst_p1 {
    let mut point = blst_p1::default();
    // SAFETY: the function reads one element and writes one point, which are borrowed for the call; without a second
    // element it wants a null pointer.
    unsafe { blst::blst_map_to_g1(&raw mut point, element, std::ptr::null()) };
    point
}

/// The point of G2 that an element of the quadratic extension maps to.
pub(super) fn map_to_g2(element: &blst_fp2) -> blst_p2 {
    let mut point = blst_p2::default();
    // SAFETY: the function reads one element and writes one point, which are borrowed for the call; without a second
    // element it wants a null pointer.
    unsafe { blst_map_to_g2(&raw mut point, element, std::ptr::null()) };
    point
}

/// An element of the base field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Base(pub(super) blst_fp);

impl Base {
    /// 2^384 modulo p.
    pub(super) const ONE: Self = Self(blst_fp {
        l: [
            0x7609_0000_0002_fffd,
            0xebf4_000b_c40c_0002,
            0x5f48_9857_53c7_58ba,
            0x77ce_5853_7052_5745,
            0x5c07_1a97_a256_ec6d,
            0x15f6_5ec3_fa80_e493,
        ],
    });

    pub(super) fn is_zero(self) -> bool {
        self.0 == blst_fp::default()
    }

    /// Whether the number below the modulus is odd.
    pub(super) fn is_odd(self) -> bool {
        // A factor that is one without the 2^384 of the representation takes it away.
        let factor = blst_fp {
            l: [1, 0, 0, 0, 0, 0],
        };
        product(&self.0, &factor).l[0] & 1 == 1
    }
}

impl Add for Base {
    type Output = Self;

    #[inline]
    fn add(self, other: Self) -> Self {
        let mut sum = blst_fp::default();
        // SAFETY: the function reads two elements and writes one; all are borrowed for the call.
        unsafe { blst_fp_add(&raw mut sum, &raw const self.0, &raw const other.0) };
        Self(sum)
    }
}

impl Sub for Base {
    type Output = Self;

    #[inline]
    fn sub(self, other: Self) -> Self {
        let mut difference = blst_fp::default();
        // SAFETY: as for the sum.
        unsafe { blst_fp_sub(&raw mut difference, &raw const self.0, &raw const other.0) };
        Self(difference)
    }
}

impl Mul for Base {
    type Output = Self;

    #[inline]
    fn mul(self, other: Self) -> Self {
        Self(product(&self.0, &other.0))
    }
}

impl Neg for Base {
    type Output = Self;

    #[inline]
    fn neg(self) -> Self {
        Self(negative(&self.0))
    }
}

/// An element of the quadratic extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extension(pub(super) blst_fp2);

impl Extension {
    pub(super) const ONE: Self = Self(blst_fp2 {
        fp: [Base::ONE.0, blst_fp { l: [0; 6] }],
    });

    /// An element that a function of the library writes.
    #[inline]
    fn written(write: impl FnOnce(*mut blst_fp2)) -> Self {
        let mut element = blst_fp2::default();
        write(&raw mut element);
        Self(element)
    }
}

impl Add for Extension {
    type Output = Self;

    #[inline]
    fn add(self, other: Self) -> Self {
        // SAFETY: here and below, the function reads one or two elements and writes one; all are borrowed for the call.
        Self::written(|sum| unsafe { blst_fp2_add(sum, &raw const self.0, &raw const other.0) })
    }
}

impl Sub for Extension {
    type Output = Self;

    #[inline]
    fn sub(self, other: Self) -> Self {
        // SAFETY: as above.
        Self::written(|difference| unsafe {
            blst_fp2_sub(difference, &raw const self.0, &raw const other.0);
        })
    }
}

impl Mul for Extension {
    type Output = Self;

    #[inline]
    fn mul(self, other: Self) -> Self {
        // SAFETY: as above.
        Self::written(|product| unsafe {
            blst_fp2_mul(product, &raw const self.0, &raw const other.0);
        })
    }
}

impl Neg for Extension {
    type Output = Self;

    #[inline]
    fn neg(self) -> Self {
        // SAFETY: as above.
        Self::written(|negative| unsafe { blst_fp2_cneg(negative, &raw const self.0, true) })
    }
}

impl Element for Extension {
    #[inline]
    fn square(self) -> Self {
        // SAFETY: as above.
        Self::written(|square| unsafe { blst_fp2_sqr(square, &raw const self.0) })
    }

    #[inline]
    fn double(self) -> Self {
        self + self
    }

    #[inline]
    fn triple(self) -> Self {
        // SAFETY: as above.
        Self::written(|triple| unsafe { blst_fp2_mul_by_3(triple, &raw const self.0) })
    }

    #[inline]
    fn quadruple(self) -> Self {
        // SAFETY: as above.
        Self::written(|quadruple| unsafe { blst_fp2_lshift(quadruple, &raw const self.0, 2) })
    }

    /// b is 4 (1 + i).
    fn times_three_b(self) -> Self {
        let [c0, c1] = self.triple().quadruple().0.fp.map(Base);
        Self(blst_fp2 {
            fp: [(c0 - c1).0, (c0 + c1).0],
        })
    }

    fn is_zero(self) -> bool {
        self.0 == blst_fp2::default()
    }
}

/// Squares an element of the target group's field.
pub(super) fn square(element: &mut blst_fp12) {
    // SAFETY: the function reads one element and writes one, which may be the same; it is borrowed for the call.
    unsafe { blst_fp12_sqr(element, element) };
}

/// Multiplies an element of the target group's field by one with three coefficients: the first and the second of the first
/// half, the second of the second half.
pub(super) fn multiply_by_line(element: &mut blst_fp12, line: &blst_fp6) {
    // SAFETY: the function reads two elements and writes one, which may be the first; all are borrowed for the call.
    unsafe { blst_fp12_mul_by_xy00z0(element, element, line) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_below_the_modulus() {
        let mut greatest = MODULUS;
        greatest[47] -= 1;
        let minus_one = field_element(&greatest).expect("canonical");
        assert_eq!(field_element(&MODULUS), None);
        assert_eq!(field_element(&[0xff; 48]), None);
        let mut one = [0; 48];
        one[47] = 1;
        let one = field_element(&one).expect("canonical");
        assert_eq!(product(&minus_one, &minus_one), one);
        assert_eq!(negative(&one), minus_one);
        assert_eq!(negative(&blst_fp::default()), blst_fp::default());
    }

    #[test]
    fn roots_of_elements_and_of_their_negatives() {
        let mut element = Base::ONE + Base::ONE;
        let mut squares = 0;
        for _ in 0..100 {
            let (root, is_root) = root(element);
            assert_eq!(root * root, if is_root { element } else { -element });
            squares += u32::from(is_root);
            element = element * element + Base::ONE;
        }
        assert!((20..80).contains(&squares));
        assert_eq!(root(Base::ONE), (Base::ONE, true));
        assert_eq!(root(Base(blst_fp::default())).0, Base(blst_fp::default()));
    }

    #[test]
    fn odd_is_the_number_and_not_its_representation() {
        let mut number = Base(blst_fp::default());
        for value in 0..100 {
            assert_eq!(number.is_odd(), value % 2 == 1);
            if value > 0 {
                // The modulus is odd.
                assert_eq!((-number).is_odd(), value % 2 == 0);
            }
            number = number + Base::ONE;
        }
    }

    #[test]
    fn the_extension_is_by_a_root_of_minus_one() {
        let mut one = [0; 48];
        one[47] = 1;
        let one = field_element(&one).expect("canonical");
        let zero = blst_fp::default();
        let i = Extension(blst_fp2 { fp: [zero, one] });
        let minus_one = Extension(blst_fp2 {
            fp: [negative(&one), zero],
        });
        assert_eq!(i * i, minus_one);
        assert_eq!(i.square(), minus_one);
        assert_eq!(-minus_one, Extension::ONE);
        assert!((i.square() + Extension::ONE).is_zero());
        // 12 (1 + i) * i
        let twelve = |element: Extension| (element + element.double()).double().double();
        assert_eq!(i.times_three_b(), twelve(i - Extension::ONE));
    }
}
