//! Points of BLS12-381 and the check of pairings.
//!
//! The only file that names the `blst` crate, of which only the safe part is used: what that library calls public
//! keys and signatures are points of G1 and G2 here. Coordinates are 48 bytes each, big endian; c0 of an element of
//! the quadratic extension comes first; infinity is all zeros.

use blst::min_pk::{AggregatePublicKey, AggregateSignature, PublicKey, Signature};
use blst::{BLST_ERROR, MultiPoint, blst_fp, blst_fp2, blst_fp12, blst_p1_affine, blst_p2_affine};
use primitive_types::U256;

use super::map::{self, MINUS_Z};

/// The order of the subgroups, which is z^4 - z^2 + 1: four digits to the base -z hold everything below it.
const GROUP_ORDER: [u64; 4] = [
    0xffff_ffff_0000_0001,
    0x53bd_a402_fffe_5bfe,
    0x3339_d808_09a1_d805,
    0x73ed_a753_299d_7d48,
];

/// A point of the curve over the base field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::precompiles) struct G1(blst_p1_affine);

/// A point of the curve over the quadratic extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::precompiles) struct G2(blst_p2_affine);

impl G1 {
    /// The point at infinity.
    pub(in crate::precompiles) fn infinity() -> Self {
        Self(blst_p1_affine::default())
    }

    /// Reads x and y. `None` when one is not canonical or the point is not on the curve; any subgroup will do.
    pub(super) fn from_coordinates(bytes: &[u8; 96]) -> Option<Self> {
        if *bytes == [0; 96] {
            return Some(Self::infinity());
        }
        // The three high bits are flags in the library's encoding, and never set in a canonical coordinate.
        if bytes[0] & 0xe0 != 0 {
            return None;
        }
        match PublicKey::deserialize(bytes) {
            Ok(point) => Some(Self(point.into())),
            // How the library answers for the two points with x = 0, once it knows that they are on the curve.
            Err(BLST_ERROR::BLST_POINT_NOT_IN_GROUP) => Some(Self(blst_p1_affine {
                x: blst_fp::default(),
                y: if bytes[95] == 2 { TWO } else { MINUS_TWO },
            })),
            Err(_) => None,
        }
    }

    /// Reads the compressed form of the consensus layer. `None` unless it is a point of the subgroup.
    pub(in crate::precompiles) fn from_compressed(bytes: &[u8; 48]) -> Option<Self> {
        let point = Self(PublicKey::uncompress(bytes).ok()?.into());
        point.is_in_subgroup().then_some(point)
    }

    /// Whether the point is in the subgroup of prime order.
    pub(super) fn is_in_subgroup(&self) -> bool {
        *self == Self::infinity() || PublicKey::from(self.0).validate().is_ok()
    }

    /// Writes x and y.
    pub(super) fn to_coordinates(self) -> [u8; 96] {
        if self == Self::infinity() {
            return [0; 96];
        }
        PublicKey::from(self.0).serialize()
    }

    /// The sum of two points.
    pub(in crate::precompiles) fn add(&self, other: &Self) -> Self {
        let mut sum = AggregatePublicKey::from_public_key(&self.0.into());
        sum.add_aggregate(&AggregatePublicKey::from_public_key(&other.0.into()));
        Self(sum.to_public_key().into())
    }

    /// The sum of points of the subgroup times scalars, which are big endian. Both slices have the same length.
    pub(in crate::precompiles) fn sum_of_multiples(points: &[Self], scalars: &[[u8; 32]]) -> Self {
        // Two points and two short scalars for each, so that half of the doublings suffice (Gallant, Lambert and
        // Vanstone): s * P = low * P + high * (z^2 * P). The library's algorithm does not know infinity.
        let base = U256::from(MINUS_Z) * U256::from(MINUS_Z);
        let mut kept = Vec::with_capacity(points.len() * 2);
        let mut kept_scalars = Vec::with_capacity(points.len() * 32);
        for (point, scalar) in points.iter().zip(scalars) {
            if *point == Self::infinity() {
                continue;
            }
            let (high, low) = reduced(scalar).div_mod(base);
            let mut point = point.0;
            for digit in [low, high] {
                if !digit.is_zero() {
                    kept.push(point);
                    kept_scalars.extend_from_slice(&digit.low_u128().to_le_bytes());
                }
                let [x, y] = map::g1_times_z_squared([point.x.l, point.y.l]);
                point = blst_p1_affine {
                    x: blst_fp { l: x },
                    y: blst_fp { l: y },
                };
            }
        }
        if kept.is_empty() {
            return Self::infinity();
        }
        let sum = AggregatePublicKey::from(kept.mult(&kept_scalars, u128::BITS as usize));
        Self(sum.to_public_key().into())
    }
}

impl G2 {
    /// The point at infinity.
    fn infinity() -> Self {
        Self(blst_p2_affine::default())
    }

    /// Reads x and y. `None` when one is not canonical or the point is not on the curve; any subgroup will do.
    pub(super) fn from_coordinates(bytes: &[u8; 192]) -> Option<Self> {
        if *bytes == [0; 192] {
            return Some(Self::infinity());
        }
        let bytes = swap_components(bytes);
        // The three high bits are flags in the library's encoding, and never set in a canonical coordinate.
        if bytes[0] & 0xe0 != 0 {
            return None;
        }
        // No point of this curve has x = 0: 4 * (1 + i) is not a square.
        Some(Self(Signature::deserialize(&bytes).ok()?.into()))
    }

    /// Reads the compressed form of the consensus layer. `None` unless it is a point of the subgroup.
    pub(in crate::precompiles) fn from_compressed(bytes: &[u8; 96]) -> Option<Self> {
        let point = Self(Signature::uncompress(bytes).ok()?.into());
        point.is_in_subgroup().then_some(point)
    }

    /// Whether the point is in the subgroup of prime order.
    pub(super) fn is_in_subgroup(&self) -> bool {
        *self == Self::infinity() || Signature::from(self.0).validate(false).is_ok()
    }

    /// Writes x and y.
    pub(super) fn to_coordinates(self) -> [u8; 192] {
        if self == Self::infinity() {
            return [0; 192];
        }
        swap_components(&Signature::from(self.0).serialize())
    }

    /// The sum of two points.
    pub(super) fn add(&self, other: &Self) -> Self {
        let mut sum = AggregateSignature::from_signature(&self.0.into());
        sum.add_aggregate(&AggregateSignature::from_signature(&other.0.into()));
        Self(sum.to_signature().into())
    }

    /// The sum of points of the subgroup times scalars, which are big endian. Both slices have the same length.
    pub(super) fn sum_of_multiples(points: &[Self], scalars: &[[u8; 32]]) -> Self {
        // As in G1, with four digits to the base -z (Galbraith, Lin and Scott).
        let base = U256::from(MINUS_Z);
        let mut kept = Vec::with_capacity(points.len() * 4);
        let mut kept_scalars = Vec::with_capacity(points.len() * 32);
        for (point, scalar) in points.iter().zip(scalars) {
            if *point == Self::infinity() {
                continue;
            }
            let mut rest = reduced(scalar);
            let mut point = point.0;
            for _ in 0..4 {
                let (quotient, digit) = rest.div_mod(base);
                rest = quotient;
                if !digit.is_zero() {
                    kept.push(point);
                    kept_scalars.extend_from_slice(&digit.low_u64().to_le_bytes());
                }
                let [x0, x1, y0, y1] = map::g2_times_minus_z([
                    point.x.fp[0].l,
                    point.x.fp[1].l,
                    point.y.fp[0].l,
                    point.y.fp[1].l,
                ])
                .map(|l| blst_fp { l });
                point = blst_p2_affine {
                    x: blst_fp2 { fp: [x0, x1] },
                    y: blst_fp2 { fp: [y0, y1] },
                };
            }
        }
        if kept.is_empty() {
            return Self::infinity();
        }
        let sum = AggregateSignature::from(kept.mult(&kept_scalars, u64::BITS as usize));
        Self(sum.to_signature().into())
    }
}

/// A big-endian number modulo the group order, which changes no multiple of a point of the subgroup.
fn reduced(scalar: &[u8; 32]) -> U256 {
    U256::from_big_endian(scalar) % U256(GROUP_ORDER)
}

/// Whether the product of the pairings of points of the subgroups is one.
pub(in crate::precompiles) fn pairing_check(pairs: &[(G1, G2)]) -> bool {
    // A pair with infinity in it contributes a factor of one, and the library's loop does not know infinity.
    let (g1_points, g2_points): (Vec<_>, Vec<_>) = pairs
        .iter()
        .filter(|(g1, g2)| *g1 != G1::infinity() && *g2 != G2::infinity())
        .map(|(g1, g2)| (g1.0, g2.0))
        .unzip();
    if g1_points.is_empty() {
        return true;
    }
    // The default of the target group is its one.
    blst_fp12::miller_loop_n(&g2_points, &g1_points).final_exp() == blst_fp12::default()
}

/// The library puts c1 of an element of the quadratic extension first.
fn swap_components(bytes: &[u8; 192]) -> [u8; 192] {
    let mut swapped = *bytes;
    for element in swapped.chunks_exact_mut(96) {
        element.rotate_left(48);
    }
    swapped
}

/// 2 and -2 in the library's representation, which is the number times 2^384 modulo p.
const TWO: blst_fp = blst_fp {
    l: [
        0x3213_0000_0006_554f,
        0xb93c_0018_d6c4_0005,
        0x5760_5e0d_b0dd_bb51,
        0x8b25_6521_ed1f_9bcb,
        0x6cf2_8d79_0162_2c03,
        0x11eb_ab9d_bb81_e28c,
    ],
};
const MINUS_TWO: blst_fp = blst_fp {
    l: [
        0x87eb_ffff_fff9_555c,
        0x656f_ffe5_da8f_fffa,
        0x0fd0_7493_45d3_3ad2,
        0xd951_e663_0665_76f4,
        0xde29_1a3d_41e9_80d3,
        0x0815_664c_7dfe_040d,
    ],
};
