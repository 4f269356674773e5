//! The map from the base field to G1 (RFC 9380, section 8.8.1): the simplified map of Shallue, van de Woestijne and Ulas
//! leads to a curve y^2 = x^3 + A x + B, an isogeny of degree 11 from there to ours, a multiple into the subgroup.
//!
//! Why it is our own over the library's field: the library evaluates the isogeny as the four polynomials of appendix E.2.
//! After Kohel ("Endomorphism rings of elliptic curves over finite fields", 1996) the kernel polynomial is enough, a third
//! of the multiplications and a tenth of the constants, and points are added to as if their z were one.

use blst::{blst_fp, blst_p1, blst_p1_affine};

use super::affine;
use super::curve::MINUS_Z;
use super::foreign::{self, Base};

/// A point of the isogenous curve: x is `numerator / denominator`, y is `root / denominator^2` or the negative of that. The
/// denominator is not zero.
struct Isogenous {
    numerator: Base,
    denominator: Base,
    root: Base,
    /// x^3 + A x + B, times the cube of the denominator.
    right_side: Base,
    /// The derivative of that, 3 x^2 + A, times the square of the denominator.
    derivative: Base,
}

/// The point of G1 that a field element maps to, from 48 bytes, big endian. `None` when they are not canonical.
pub(super) fn to_g1(bytes: &[u8; 48]) -> Option<blst_p1_affine> {
    let element = foreign::field_element(bytes)?;
    let source = Isogenous::of(Base(element));
    let (image, factor) = source.image();
    let multiple = times_cofactor(&image);

    // A single inverse for z, which is the product of both factors and the denominator, and for the denominator, which the
    // sign of y waits for. It is zero if the point is infinity, whose sign does not matter.
    let factor = Base(multiple.z) * factor;
    let inverse = Base(affine::inverse(&(factor * source.denominator).0));
    let denominator_inverse = inverse * factor;
    let y = source.root * denominator_inverse * denominator_inverse;
    let square = inverse * inverse;
    let x = Base(multiple.x) * square;
    let image_y = Base(multiple.y) * square * inverse;
    // What maps to infinity has zeros for coordinates, which are no different with another sign.
    let is_other_sign = y.is_odd() != (bytes[47] & 1 == 1);
    Some(blst_p1_affine {
        x: x.0,
        y: if is_other_sign {
            foreign::negative(&image_y.0)
        } else {
            image_y.0
        },
    })
}

impl Isogenous {
    /// RFC 9380, section 6.6.2, where Z is 11, without a division and without the sign of y.
    fn of(element: Base) -> Self {
        let square = element * element;
        let t = eleven_times(square);
        let sum = t * t + t;
        let numerator = B * (sum + Base::ONE);
        let denominator = if sum.is_zero() {
            eleven_times(A)
        } else {
            -(A * sum)
        };
        let denominator_square = denominator * denominator;
        let linear = A * denominator_square;
        let numerator_square = numerator * numerator;
        let right_side =
            (numerator_square + linear) * numerator + B * denominator_square * denominator;
        let (root, is_root) = foreign::root(right_side * denominator);
        let first = Self {
            numerator,
            denominator,
            root,
            right_side,
            derivative: triple(numerator_square) + linear,
        };
        if is_root {
            return first;
        }
        // The right side for x times t is t^3 as large, and t^3 is (11 u^2)^3.
        let numerator = t * numerator;
        Self {
            numerator,
            root: root * ROOT * square * element,
            right_side: right_side * t * (t * t),
            derivative: triple(numerator * numerator) + linear,
            ..first
        }
    }

    /// The image under the isogeny, as x and y in Jacobian coordinates, and z divided by the denominator.
    ///
    /// With the kernel polynomial h, f = x^3 + A x + B and g = h' / h, x of the image is 11 x + 2 h_4 - 2 f' g - 4 f g',
    /// divided by 11^2, and y is y times the derivative of that, divided by 11.
    fn image(&self) -> (blst_p1_affine, Base) {
        let (n, d) = (self.numerator, self.denominator);
        let mut h = KERNEL;
        let mut power = d;
        for coefficient in h.iter_mut().rev() {
            *coefficient = *coefficient * power;
            power = power * d;
        }
        let twice_h4 = double(h[4]);
        // Horner's rule over and over: what is left are h, h', h'' / 2 and h''' / 6.
        for lowest in 0..4 {
            h[4] = h[4] + n;
            for place in (lowest..4).rev() {
                h[place] = h[place] + h[place + 1] * n;
            }
        }
        let [h0, h1, h2, h3, _] = h;
        let (f, f1) = (self.right_side, self.derivative);

        let (square, mixed) = (h0 * h0, h0 * h1);
        // h'' h - h'^2 and half of h''' h - h' h''.
        let second = double(h2 * h0) - h1 * h1;
        let half_third = triple(h3 * h0) - h1 * h2;
        let f_second = f * second;
        let x =
            (eleven_times(n) + twice_h4) * square - double(f1 * mixed) - double(double(f_second));
        let inner = eleven_times(square)
            - double(triple(double(n * mixed) + f1 * second))
            - double(double(double(f * half_third)));
        let y = h0 * inner + double(double(double(h1 * f_second)));
        let image = blst_p1_affine {
            x: (x * d).0,
            y: (self.root * y * d).0,
        };
        (image, eleven_times(h0))
    }
}

/// A point times 1 - z, where z is the parameter of the curve (RFC 9380, section 8.8.1).
///
/// The point is one of y^2 = x^3 + b for any b: no formula has b in it. The z of the result is to be multiplied by that of
/// the point.
fn times_cofactor(point: &blst_p1_affine) -> blst_p1 {
    let mut multiple = foreign::g1_projective(point);
    let factor = MINUS_Z + 1;
    for bit in (0..factor.ilog2()).rev() {
        foreign::double_g1(&mut multiple);
        if factor >> bit & 1 == 1 {
            foreign::add_g1(&mut multiple, point);
        }
    }
    multiple
}

fn double(element: Base) -> Base {
    element + element
}

fn triple(element: Base) -> Base {
    double(element) + element
}

fn eleven_times(element: Base) -> Base {
    double(double(double(element)) + element) + element
}

// Field elements in the library's representation: the number times 2^384 modulo p.

/// The coefficients of the isogenous curve.
const A: Base = Base(blst_fp {
    l: [
        0x2f65_aa0e_9af5_aa51,
        0x8646_4c2d_1e84_16c3,
        0xb85c_e591_b7bd_31e2,
        0x27e1_1c91_b5f2_4e7c,
        0x2837_6eda_6bfc_1835,
        0x1554_55c3_e507_1d85,
    ],
});
const B: Base = Base(blst_fp {
    l: [
        0xfb99_6971_fe22_a1e0,
        0x9aa9_3eb3_5b74_2d6f,
        0x8c47_6013_de99_c5c4,
        0x873e_27c3_a221_e571,
        0xca72_b5e4_5a52_d888,
        0x0682_4061_418a_386b,
    ],
});

/// A square root of -(11^3).
const ROOT: Base = Base(blst_fp {
    l: [
        0x43b5_71ca_d321_5f1f,
        0xccb4_60ef_1c70_2dc2,
        0x742d_884f_4f97_100b,
        0xdb2c_3e32_38a3_382b,
        0xe40f_3fa1_3fce_8f88,
        0x0073_a2af_9892_a2ff,
    ],
});

/// The coefficients of x^0 to x^4 of the kernel polynomial, whose square and cube are the denominators of appendix E.2.
const KERNEL: [Base; 5] = [
    Base(blst_fp {
        l: [
            0x8f72_1715_d71b_d7d3,
            0x47c9_1477_3bdf_8b42,
            0x1f58_783b_bbd6_6c2b,
            0x25e4_34ee_66de_e231,
            0xef1b_155e_f88a_70f0,
            0x1512_8d0d_68b7_1174,
        ],
    }),
    Base(blst_fp {
        l: [
            0x0eec_4e6d_317c_763f,
            0x3dee_c9da_ee33_8ba4,
            0xdec5_59ed_0590_081c,
            0x07fb_84a9_cf1e_ca80,
            0xb013_c97f_5bce_2f98,
            0x1740_b4b0_db28_5dc9,
        ],
    }),
    Base(blst_fp {
        l: [
            0x202b_a7dd_4a87_9e5a,
            0xc6e3_cf50_b046_6017,
            0x8c4b_1a82_b5ed_77fa,
            0xbd97_d93b_c25d_0748,
            0xd374_e3b9_fd17_07b5,
            0x0405_09bd_e3d1_4bc5,
        ],
    }),
    Base(blst_fp {
        l: [
            0xf1a4_e31f_664b_4cb7,
            0x4d3b_5b5d_166f_2bdf,
            0xaabc_641c_d0ae_df76,
            0xf7e6_1744_3d67_d5d8,
            0x339c_6aec_f667_52a2,
            0x0570_e379_4752_8fed,
        ],
    }),
    Base(blst_fp {
        l: [
            0x29ba_8a64_bdd6_34d9,
            0xc052_31b8_b572_c960,
            0x615e_b44e_8573_1af3,
            0x9751_28f8_8f06_2df7,
            0x3099_9b89_015a_99f4,
            0x1653_f761_153a_63c1,
        ],
    }),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8; 48]) {
        let element = foreign::field_element(bytes).expect("canonical");
        let expected = affine::of_g1(&foreign::map_to_g1(&element));
        assert_eq!(to_g1(bytes), Some(expected), "{bytes:02x?}");
    }

    #[test]
    fn points_are_those_of_the_library() {
        let mut bytes = [0; 48];
        for round in 0..2_000u16 {
            bytes[46..].copy_from_slice(&round.to_be_bytes());
            check(&bytes);
        }
        // Numbers that look random, below 2^380.
        let mut bytes = [0x5a; 48];
        for round in 0..2_000u64 {
            for (place, byte) in bytes.iter_mut().enumerate() {
                let mixed = (round * 48 + place as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                *byte ^= (mixed >> 40) as u8;
            }
            bytes[0] &= 0x0f;
            check(&bytes);
        }
        let mut greatest = foreign::MODULUS;
        for _ in 0..100 {
            greatest[47] -= 1;
            check(&greatest);
        }
        assert_eq!(to_g1(&foreign::MODULUS), None);
    }

    #[test]
    fn exceptions() {
        // A denominator that would be zero, with both signs; points of the isogeny's kernel; such as have images of order 3
        // and 11, which a multiple of themselves meets on the way. Of each the first and the second candidate for x.
        for (element, is_infinity) in [
            (
                "01f7462c8b6cbf74db38f4a9a3d71bda12f01df4948d09ff046edbdd403fc31088b69520ee5c57fb7cc51062bde821b8",
                false,
            ),
            (
                "1809cbbdae1327256fe2b30c9f7490fd51872d905ef808c062c1f6c3b671331395f56addc2f7a8043d39ef9d421788f3",
                false,
            ),
            (
                "146850b3bdc2495ed73bb803dfaa951a88abff0acb5c7aeac52b48f3c808e87ce3885b98ce916e17caef21a6cbc6b598",
                true,
            ),
            (
                "0a92437e90bc473049ab549b4c4a145feb4fb5cd39f7ee85c11fa62a8f5317220b398be420ca5d8364d460f6ee1efd29",
                true,
            ),
            (
                "03d93cfc0dc5b555da3c205552d45d63932bb8192328ccd2e882f464f1dfc086abaf68018aa2e584ab76db646725e478",
                true,
            ),
            (
                "0bd68232a0a2b5eb7ea462126241bd6dd846522b67140f7d46dc2a38cfa522d23a2c4c8fe1c27bb4f6ebd7b2c47bbe8b",
                true,
            ),
            (
                "0c5fe0058f4f67cafff1e28b5b423f90996f519716e9e32ffd13a29cb336b73e9eba24808f22f36317ff070cf54c9b3b",
                true,
            ),
            (
                "154de0165a8fe91a2461e40b7d45198e87679615d5abc19937eaf0e945350d3439656a2a9d7a8d6727b04da4bc42a8e8",
                true,
            ),
        ] {
            let bytes = std::array::from_fn(|place| {
                u8::from_str_radix(&element[2 * place..][..2], 16).expect("digits")
            });
            check(&bytes);
            assert_eq!(
                to_g1(&bytes) == Some(blst_p1_affine::default()),
                is_infinity
            );
        }
    }
}
