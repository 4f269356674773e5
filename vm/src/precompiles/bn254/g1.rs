//! Sums and multiples of points of G1, which are all points of y^2 = x^3 + 3 over the base field.

use primitive_types::U256;

use crate::curve::{
    Affine, Curve, Field, Lattice, Montgomery, Multiples, Point, Prime, Sum, digits,
};
use crate::precompiles::{limbs, write_limbs};

/// The order of the base field (EIP-196).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Base;

impl Prime for Base {
    const LIMBS: [u64; 4] = [
        0x3c20_8c16_d87c_fd47,
        0x9781_6a91_6871_ca8d,
        0xb850_45b6_8181_585d,
        0x3064_4e72_e131_a029,
    ];
}

type Element = Montgomery<Base>;

#[derive(Clone, Copy, Debug)]
struct G1;

impl Curve for G1 {
    type Field = Element;
}

/// The order of the group (EIP-196).
const ORDER: U256 = U256([
    0x43e1_f593_f000_0001,
    0x2833_e848_79b9_7091,
    0xb850_45b6_8181_585d,
    0x3064_4e72_e131_a029,
]);

/// A cube root of one: (x * beta, y) is the point (x, y) times the root of the [`Lattice`].
const BETA: [u64; 4] = [
    0x5763_4731_77ff_fffe,
    0xd4f2_63f1_acdb_5c4f,
    0x59e2_6bce_a0d4_8bac,
    0,
];

const LATTICE: Lattice = Lattice {
    a1: U256([0x89d3_2568_94d2_13e3, 0, 0, 0]),
    minus_b1: U256([0x8211_bbeb_7d4f_1128, 0x6f4d_8248_eeb8_59fc, 0, 0]),
    a2: U256([0x0be4_e154_1221_250b, 0x6f4d_8248_eeb8_59fd, 0, 0]),
    b2: U256([0x89d3_2568_94d2_13e3, 0, 0, 0]),
    b2_by_order: U256([0x6eb9_c714_773a_6ef3, 0xd91d_232e_c7e0_b3d7, 2, 0]),
    minus_b1_by_order: U256([
        0xa5e3_8cfb_5eaa_26da,
        0x7a7b_d9d4_391e_b18d,
        0x4cce_f014_a773_d2cf,
        2,
    ]),
};

/// Width in bits of the signed digits of halves of a scalar, and of one that is no longer than those.
const WINDOW: usize = 5;
const WINDOW_OF_SHORT: usize = 4;

/// The sum of two points. `None` when one is not canonical or not on the curve.
pub(super) fn sum(a: &[u8; 64], b: &[u8; 64]) -> Option<[u8; 64]> {
    let mut sum = Sum::<G1>::new(Element::ONE);
    for point in [read(a)?, read(b)?].into_iter().flatten() {
        sum.add(&point.x, &point.y);
    }
    Some(written(sum.finish()))
}

/// A point times a scalar, which may be any 256-bit number.
pub(super) fn product(point: &[u8; 64], scalar: &[u8; 32]) -> Option<[u8; 64]> {
    let Some(point) = read(point)? else {
        return Some([0; 64]);
    };
    let scalar = U256(limbs(scalar)) % ORDER;
    if let [low, high, 0, 0] = scalar.0 {
        return Some(written(product_with_short(point, [low, high])));
    }
    let multiples = Multiples::<_, { 1 << (WINDOW - 2) }>::new::<G1>(point);
    let beta = Element::of(BETA);
    let images = multiples.points.map(|multiple| multiple.times(beta));
    // Half as many doublings, as in the recovery of keys.
    let [first, second] = LATTICE.halves(scalar).map(|half| half.digits(WINDOW));
    let mut sum = Sum::<G1>::new(multiples.scale);
    sum.add_products(&[(first, &multiples.points), (second, &images)], &[]);
    Some(written(sum.finish()))
}

fn product_with_short(point: Affine<Element>, scalar: [u64; 2]) -> Option<Point<G1>> {
    let multiples = Multiples::<_, { 1 << (WINDOW_OF_SHORT - 2) }>::new::<G1>(point);
    let digits = digits::<129>(&scalar, WINDOW_OF_SHORT);
    let mut sum = Sum::new(multiples.scale);
    sum.add_products(&[(digits, &multiples.points[..])], &[]);
    sum.finish()
}

/// A point of which infinity is `None`.
fn read(bytes: &[u8; 64]) -> Option<Option<Affine<Element>>> {
    if *bytes == [0; 64] {
        return Some(None);
    }
    let (x, y) = bytes.split_at(32);
    let [x, y] = [Element::new(limbs(x))?, Element::new(limbs(y))?];
    let right = x.square() * x + Element::of([3, 0, 0, 0]);
    (y.square() == right).then_some(Some(Affine { x, y }))
}

fn written(point: Option<Point<G1>>) -> [u8; 64] {
    let mut bytes = [0; 64];
    if let Some(Affine { x, y }) = point.map(|point| point.affine()) {
        write_limbs(&mut bytes[..32], &x.number());
        write_limbs(&mut bytes[32..], &y.number());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::tests::{check_field, check_lattice};

    #[test]
    fn arithmetic_is_that_of_wide_integers() {
        check_field::<Base>();
    }

    #[test]
    fn halves_make_the_scalar() {
        let root = U256([
            0x8b17_ea66_b99c_90dd,
            0x5bfc_4108_8d8d_aaa7,
            0xb3c4_d79d_41a9_1758,
            0,
        ]);
        check_lattice(&LATTICE, ORDER, root);
    }
}
