//! The check of pairings on BLS12-381.
//!
//! The library has the arithmetic and the final exponentiation; the loop is our own, since it then tells which points of G2
//! are in the subgroup.

use blst::{blst_fp, blst_fp2, blst_fp6, blst_fp12, blst_p1_affine, blst_p2_affine};

use super::curve::{MINUS_Z, g2_times_minus_z};
use super::foreign::{self, Extension};
use crate::precompiles::miller::{Line, Multiple};

/// Whether the product of the pairings is one. `None` if a point of the curve over the extension is not in the subgroup, which
/// the points of the other curve are. No point is infinity.
///
/// Of a point of the subgroup, and of no other, the loop ends with the negated endomorphism: M. Scott, "A note on group
/// membership tests for G1, G2 and GT on BLS pairing-friendly curves" (2021).
pub(super) fn check(pairs: &[(blst_p1_affine, blst_p2_affine)]) -> Option<bool> {
    if pairs.is_empty() {
        return Some(true);
    }
    let mut multiples: Vec<_> = pairs
        .iter()
        .map(|(_, q)| Multiple::new(coordinates(q), Extension::ONE))
        .collect();
    // The default of the target group is its one.
    let mut product = blst_fp12::default();
    let first = MINUS_Z.ilog2() - 1;
    for bit in (0..=first).rev() {
        if bit != first {
            foreign::square(&mut product);
        }
        for ((p, q), multiple) in pairs.iter().zip(&mut multiples) {
            multiply(&mut product, &multiple.double(), p);
            if MINUS_Z >> bit & 1 == 1 {
                multiply(&mut product, &multiple.add(coordinates(q)), p);
            }
        }
    }
    for ((_, q), multiple) in pairs.iter().zip(&multiples) {
        if !multiple.is(coordinates(&g2_times_minus_z(q))) {
            return None;
        }
    }
    // That z is negative makes the product its conjugate, and the power of that one at the same time.
    Some(product.final_exp() == blst_fp12::default())
}

/// Multiplies by the line's value in a point.
fn multiply(product: &mut blst_fp12, line: &Line<Extension>, point: &blst_p1_affine) {
    let scaled = |element: &Extension, factor: &blst_fp| blst_fp2 {
        fp: [0, 1].map(|index| foreign::product(&element.0.fp[index], factor)),
    };
    let line = blst_fp6 {
        fp2: [
            line.c.0,
            scaled(&line.b, &point.x),
            scaled(&line.a, &point.y),
        ],
    };
    foreign::multiply_by_line(product, &line);
}

fn coordinates(point: &blst_p2_affine) -> (Extension, Extension) {
    (Extension(point.x), Extension(point.y))
}

#[cfg(test)]
mod tests {
    use blst::min_pk::Signature;
    use num_bigint::BigUint;

    use super::super::curve::{G1, G2, GROUP_ORDER, pairing_check};
    use super::*;

    fn scalar(number: u64) -> [u8; 32] {
        let mut scalar = [0; 32];
        scalar[24..].copy_from_slice(&number.to_be_bytes());
        scalar
    }

    fn g1(number: u8) -> G1 {
        G1::from_field_element(&[number; 48]).expect("an element")
    }

    fn g2(number: u8) -> G2 {
        G2::from_field_element(&[number; 48], &[7; 48]).expect("an element")
    }

    #[test]
    fn factors_move_from_one_point_to_the_other() {
        let mut minus_one = [0; 32];
        for (bytes, limb) in minus_one.rchunks_exact_mut(8).zip(GROUP_ORDER) {
            bytes.copy_from_slice(&limb.to_be_bytes());
        }
        minus_one[31] = 0;
        for number in 1..8 {
            let (p, q) = (g1(number), g2(number + 1));
            let [a, b] = [u64::from(number) << 56 | 5, 3 + u64::from(number)];
            let g1_times = |number| G1::sum_of_multiples(&[p], &[scalar(number)]);
            let b_q = G2::sum_of_multiples(&[q], &[scalar(b)]);
            let minus_q = G2::sum_of_multiples(&[q], &[minus_one]);
            assert_eq!(minus_q.add(&q), G2::infinity());
            let left = (g1_times(a), b_q);
            let b_p = G1::sum_of_multiples(&[g1_times(a)], &[scalar(b)]);
            assert_eq!(pairing_check(&[left, (b_p, minus_q)]), Some(true));
            assert_eq!(pairing_check(&[left, (b_p, q)]), Some(false));
            assert_eq!(pairing_check(&[left]), Some(false));
            // In three parts.
            let b_p_and_more = b_p.add(&p);
            let parts = [(p, q), left, (b_p_and_more, minus_q)];
            assert_eq!(pairing_check(&parts), Some(true));
            assert_eq!(pairing_check(&[parts[0], parts[2]]), Some(false));
        }
    }

    /// A point of the curve over the extension, for some numbers; not of the subgroup, which has few of them.
    fn point(x: u8) -> Option<G2> {
        let mut bytes = [0; 96];
        (bytes[0], bytes[95]) = (0x80, x);
        let mut bytes = Signature::uncompress(&bytes).ok()?.serialize();
        bytes
            .chunks_exact_mut(96)
            .for_each(|c1_and_c0| c1_and_c0.rotate_left(48));
        G2::from_coordinates(&bytes)
    }

    fn times(point: &G2, scalar: &BigUint) -> G2 {
        let bits = (0..scalar.bits()).rev().map(|bit| scalar.bit(bit));
        bits.fold(G2::infinity(), |multiple, bit| {
            let double = multiple.add(&multiple);
            if bit { double.add(point) } else { double }
        })
    }

    /// Points of small orders are where the formulas of the steps do not hold.
    #[test]
    fn points_outside_of_the_subgroup_are_found() {
        let z = BigUint::from(MINUS_Z);
        let order = z.pow(4) - z.pow(2) + 1u8;
        // The cofactor is (z^8 - 4 z^7 + 5 z^6 - 4 z^4 + 6 z^3 - 4 z^2 - 4 z + 13) / 9, of the negative z.
        let positive = z.pow(8) + z.pow(7) * 4u8 + z.pow(6) * 5u8 + &z * 4u8 + 13u8;
        let negative = z.pow(4) * 4u8 + z.pow(3) * 6u8 + z.pow(2) * 4u8;
        let cofactor = (positive - negative) / 9u8;
        let mut of_small_order = 0;
        for outside in (1..40).filter_map(point).take(6) {
            assert_eq!(times(&outside, &(&order * &cofactor)), G2::infinity());
            let inside = times(&outside, &cofactor);
            assert_eq!(pairing_check(&[(g1(1), inside)]), Some(false));
            let no_order = times(&outside, &order);
            let mut points = vec![outside, no_order, inside.add(&no_order)];
            for factor in [13u64, 23, 2_713, 11_953, 262_069] {
                assert_eq!(&cofactor % factor, BigUint::ZERO);
                let others = &order * &cofactor / factor;
                let small = times(&outside, &others);
                if small != G2::infinity() {
                    assert_eq!(times(&small, &factor.into()), G2::infinity());
                    points.extend([small, small.add(&inside)]);
                    of_small_order += 1;
                }
            }
            for point in points {
                assert!(!point.is_in_subgroup());
                assert_eq!(pairing_check(&[(g1(1), point)]), None);
                assert_eq!(pairing_check(&[(g1(1), inside), (g1(2), point)]), None);
                assert_eq!(pairing_check(&[(G1::infinity(), point)]), None);
            }
        }
        assert!(of_small_order > 10);
    }
}
