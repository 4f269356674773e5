//! Affine coordinates of points, by the inverse of z. That of the library takes constant time, which is half as long again.

use blst::{blst_fp, blst_fp2, blst_p1, blst_p1_affine, blst_p2, blst_p2_affine};

use super::foreign::{self, Extension};
use crate::curve;
use crate::precompiles::miller::Element;

/// The order of the base field.
const MODULUS: [u64; 6] = {
    let mut words = [0; 6];
    let mut place = 0;
    while place < foreign::MODULUS.len() {
        let word = &mut words[5 - place / 8];
        *word = *word << 8 | foreign::MODULUS[place] as u64;
        place += 1;
    }
    words
};

/// 2^1152 modulo p, which is the cube of the factor that is in all elements.
const CUBE: blst_fp = blst_fp {
    l: [
        0xed48_ac6b_d94c_a1e0,
        0x315f_831e_03a7_adf8,
        0x9a53_352a_615e_29dd,
        0x34c0_4e5e_921e_1761,
        0x2512_d435_6572_4728,
        0x0aa6_3460_9175_5d4d,
    ],
};

/// The affine form of a point in Jacobian coordinates, where infinity has a z of zero.
pub(super) fn of_g1(point: &blst_p1) -> blst_p1_affine {
    let inverse = inverse(&point.z);
    let square = foreign::product(&inverse, &inverse);
    blst_p1_affine {
        x: foreign::product(&point.x, &square),
        y: foreign::product(&point.y, &foreign::product(&square, &inverse)),
    }
}

/// The same over the quadratic extension.
pub(super) fn of_g2(point: &blst_p2) -> blst_p2_affine {
    let inverse = inverse_of_extension(&point.z);
    let square = inverse.square();
    blst_p2_affine {
        x: (Extension(point.x) * square).0,
        y: (Extension(point.y) * square * inverse).0,
    }
}

/// The inverse; of zero, which stands for infinity's z, zero.
pub(super) fn inverse(element: &blst_fp) -> blst_fp {
    let inverse = curve::inverse::<6, 7>(&element.l, &MODULUS);
    foreign::product(&blst_fp { l: inverse }, &CUBE)
}

/// The conjugate divided by the product with it.
fn inverse_of_extension(element: &blst_fp2) -> Extension {
    let [c0, c1] = element.fp;
    let conjugate = blst_fp2 {
        fp: [c0, foreign::negative(&c1)],
    };
    let norm = (Extension(*element) * Extension(conjugate)).0.fp[0];
    let inverse = inverse(&norm);
    Extension(blst_fp2 {
        fp: conjugate.fp.map(|part| foreign::product(&part, &inverse)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Small numbers, their negatives and such as look random.
    fn elements() -> Vec<blst_fp> {
        let mut elements = Vec::new();
        for round in 1..=200u8 {
            let mut bytes = [0; 48];
            bytes[47] = round;
            let small = foreign::field_element(&bytes).expect("canonical");
            let mut random = CUBE;
            for _ in 0..round {
                random = foreign::product(&random, &CUBE);
            }
            elements.extend([small, foreign::negative(&small), random]);
        }
        elements
    }

    #[test]
    fn an_element_times_its_inverse_is_one() {
        let one = Extension::ONE.0.fp[0];
        for element in elements() {
            assert_eq!(foreign::product(&element, &inverse(&element)), one);
        }
        assert_eq!(inverse(&blst_fp::default()), blst_fp::default());
    }

    #[test]
    fn an_element_of_the_extension_times_its_inverse_is_one() {
        let (elements, zero) = (elements(), blst_fp::default());
        for pair in elements.windows(2) {
            for fp in [[pair[0], pair[1]], [zero, pair[0]], [pair[0], zero]] {
                let element = blst_fp2 { fp };
                let product = Extension(element) * inverse_of_extension(&element);
                assert_eq!(product, Extension::ONE);
            }
        }
    }

    #[test]
    fn infinity_is_zeros() {
        let (mut g1, mut g2) = (blst_p1::default(), blst_p2::default());
        g1.x = Extension::ONE.0.fp[0];
        g2.y = Extension::ONE.0;
        assert_eq!(of_g1(&g1), blst_p1_affine::default());
        assert_eq!(of_g2(&g2), blst_p2_affine::default());
    }
}
