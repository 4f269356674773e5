//! Functions of the C library that the safe part of the `blst` crate does not offer, made safe.
//!
//! Why `unsafe` is here: the map to G2 in safe code took 1.2 times as long as in the library, and sums 1.1 times. All of these
//! functions read values that a reference borrows, write one value of their own, keep no pointer, and have no other state.

use blst::{
    blst_fp, blst_fp_cneg, blst_fp_from_bendian, blst_fp_mul, blst_fp2, blst_fp2_mul,
    blst_map_to_g1, blst_map_to_g2, blst_p1, blst_p1_add_or_double_affine, blst_p1_affine,
    blst_p1_from_affine, blst_p2, blst_p2_add_or_double_affine, blst_p2_affine,
    blst_p2_from_affine,
};

/// The order of the base field, big endian.
const MODULUS: [u8; 48] = [
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

/// The product of two elements of the quadratic extension.
pub(super) fn extension_product(a: &blst_fp2, b: &blst_fp2) -> blst_fp2 {
    let mut product = blst_fp2::default();
    // SAFETY: the function reads two elements and writes one; all are borrowed for the call.
    unsafe { blst_fp2_mul(&raw mut product, a, b) };
    product
}

/// A field element's negative.
pub(super) fn negative(element: &blst_fp) -> blst_fp {
    let mut negative = blst_fp::default();
    // SAFETY: the function reads one element and writes one; both are borrowed for the call.
    unsafe { blst_fp_cneg(&raw mut negative, element, true) };
    negative
}

/// The sum of two points of the curve over the base field.
pub(super) fn g1_sum(a: &blst_p1_affine, b: &blst_p1_affine) -> blst_p1 {
    let mut sum = blst_p1::default();
    // SAFETY: the first function reads one point and writes one; the second reads two and writes one, which may be one of
    // them. All are borrowed for the calls.
    unsafe {
        blst_p1_from_affine(&raw mut sum, a);
        blst_p1_add_or_double_affine(&raw mut sum, &raw const sum, b);
    }
    sum
}

/// The sum of two points of the curve over the quadratic extension.
pub(super) fn g2_sum(a: &blst_p2_affine, b: &blst_p2_affine) -> blst_p2 {
    let mut sum = blst_p2::default();
    // SAFETY: as for G1.
    unsafe {
        blst_p2_from_affine(&raw mut sum, a);
        blst_p2_add_or_double_affine(&raw mut sum, &raw const sum, b);
    }
    sum
}

/// The point of G1 that a field element maps to.
pub(super) fn map_to_g1(element: &blst_fp) -> blst_p1 {
    let mut point = blst_p1::default();
    // SAFETY: the function reads one element and writes one point, which are borrowed for the call; without a second
    // element it wants a null pointer.
    unsafe { blst_map_to_g1(&raw mut point, element, std::ptr::null()) };
    point
}

/// The point of G2 that an element of the quadratic extension maps to.
pub(super) fn map_to_g2(element: &blst_fp2) -> blst_p2 {
    let mut point = blst_p2::default();
    // SAFETY: as for G1.
    unsafe { blst_map_to_g2(&raw mut point, element, std::ptr::null()) };
    point
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
    fn the_extension_is_by_a_root_of_minus_one() {
        let mut one = [0; 48];
        one[47] = 1;
        let one = field_element(&one).expect("canonical");
        let zero = blst_fp::default();
        let i = blst_fp2 { fp: [zero, one] };
        let minus_one = blst_fp2 {
            fp: [negative(&one), zero],
        };
        assert_eq!(extension_product(&i, &i), minus_one);
    }
}
