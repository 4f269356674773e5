//! Points of BLS12-381.
//!
//! Of the `blst` crate the safe part is used as far as it goes: what that library calls public keys and signatures are
//! points of G1 and G2 here. Coordinates are 48 bytes each, big endian; c0 of an element of
//! the quadratic extension comes first; infinity is all zeros.

use blst::min_pk::{PublicKey, Signature};
use blst::{BLST_ERROR, MultiPoint, blst_fp, blst_fp2, blst_p1_affine, blst_p2_affine};
use primitive_types::U256;

use super::{affine, foreign, map, pairing};

/// -z, where z is the parameter of the curve (RFC 9380, section 8.8).
pub(super) const MINUS_Z: u64 = 0xd201_0000_0001_0000;

/// The order of the subgroups, which is z^4 - z^2 + 1: four digits to the base -z hold everything below it.
pub(super) const GROUP_ORDER: [u64; 4] = [
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

    /// The point of the subgroup that a field element maps to (RFC 9380, section 8.8.1). `None` when the element is not
    /// canonical.
    pub(super) fn from_field_element(bytes: &[u8; 48]) -> Option<Self> {
        map::to_g1(bytes).map(Self)
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
        let sum = foreign::g1_sum(&self.0, &other.0);
        Self(affine::of_g1(&sum))
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
                point = g1_times_z_squared(&point);
            }
        }
        if kept.is_empty() {
            return Self::infinity();
        }
        Self(affine::of_g1(
            &kept.mult(&kept_scalars, u128::BITS as usize),
        ))
    }
}

impl G2 {
    /// The point at infinity.
    pub(super) fn infinity() -> Self {
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

    /// The point of the subgroup that an element of the quadratic extension maps to (RFC 9380, section 8.8.2). `None`
    /// when the element is not canonical.
    pub(super) fn from_field_element(c0: &[u8; 48], c1: &[u8; 48]) -> Option<Self> {
        let element = blst_fp2 {
            fp: [foreign::field_element(c0)?, foreign::field_element(c1)?],
        };
        let point = foreign::map_to_g2(&element);
        Some(Self(affine::of_g2(&point)))
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
        let sum = foreign::g2_sum(&self.0, &other.0);
        Self(affine::of_g2(&sum))
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
                point = g2_times_minus_z(&point);
            }
        }
        if kept.is_empty() {
            return Self::infinity();
        }
        Self(affine::of_g2(&kept.mult(&kept_scalars, u64::BITS as usize)))
    }
}

/// A point of the subgroup that is not infinity, times z^2: (x * beta, -y), where beta is a cube root of one.
fn g1_times_z_squared(point: &blst_p1_affine) -> blst_p1_affine {
    blst_p1_affine {
        x: foreign::product(&point.x, &BETA),
        y: foreign::negative(&point.y),
    }
}

/// A point of the subgroup that is not infinity, times -z: the negated image under the endomorphism that untwists, raises
/// to the power of p and twists. It multiplies the conjugate of x by (1 + i)^((1 - p) / 3), which is a multiple of i, and
/// that of y by (1 + i)^((1 - p) / 2).
pub(super) fn g2_times_minus_z(point: &blst_p2_affine) -> blst_p2_affine {
    let [x0, x1] = &point.x.fp;
    let [y0, y1] = point.y.fp;
    let minus_conjugate = blst_fp2 {
        fp: [foreign::negative(&y0), y1],
    };
    blst_p2_affine {
        x: blst_fp2 {
            fp: [
                foreign::product(x1, &X_FACTOR),
                foreign::product(x0, &X_FACTOR),
            ],
        },
        y: (foreign::Extension(minus_conjugate) * foreign::Extension(Y_FACTOR)).0,
    }
}

/// A big-endian number modulo the group order, which changes no multiple of a point of the subgroup.
fn reduced(scalar: &[u8; 32]) -> U256 {
    U256::from_big_endian(scalar) % U256(GROUP_ORDER)
}

/// Whether the product of the pairings is one. `None` if a point of G2 is not in the subgroup, which those of G1 are.
pub(in crate::precompiles) fn pairing_check(pairs: &[(G1, G2)]) -> Option<bool> {
    let mut finite = Vec::with_capacity(pairs.len());
    for (g1, g2) in pairs {
        // A pair with infinity in it contributes a factor of one.
        if *g1 != G1::infinity() && *g2 != G2::infinity() {
            finite.push((g1.0, g2.0));
        } else if !g2.is_in_subgroup() {
            return None;
        }
    }
    pairing::check(&finite)
}

/// The library puts c1 of an element of the quadratic extension first.
fn swap_components(bytes: &[u8; 192]) -> [u8; 192] {
    let mut swapped = *bytes;
    for element in swapped.chunks_exact_mut(96) {
        element.rotate_left(48);
    }
    swapped
}

// Field elements in the library's representation: the number times 2^384 modulo p.

/// 2 and -2.
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

/// A cube root of one.
const BETA: blst_fp = blst_fp {
    l: [
        0x30f1_361b_798a_64e8,
        0xf3b8_ddab_7ece_5a2a,
        0x16a8_ca3a_c615_77f7,
        0xc26a_2ff8_74fd_029b,
        0x3636_b766_6070_1c6e,
        0x051b_a4ab_241b_6160,
    ],
};

/// (1 + i)^((1 - p) / 3) divided by i.
const X_FACTOR: blst_fp = blst_fp {
    l: [
        0x890d_c9e4_8675_45c3,
        0x2af3_2253_3285_a5d5,
        0x5088_0866_309b_7e2c,
        0xa20d_1b8c_7e88_1024,
        0x14e4_f04f_e2db_9068,
        0x14e5_6d3f_1564_853a,
    ],
};

/// (1 + i)^((1 - p) / 2).
const Y_FACTOR: blst_fp2 = blst_fp2 {
    fp: [
        blst_fp {
            l: [
                0x3e2f_585d_a55c_9ad1,
                0x4294_213d_86c1_8183,
                0x3828_44c8_8b62_3732,
                0x92ad_2afd_1910_3e18,
                0x1d79_4e4f_ac7c_f0b9,
                0x0bd5_92fc_7d82_5ec8,
            ],
        },
        blst_fp {
            l: [
                0x7bcf_a7a2_5aa3_0fda,
                0xdc17_dec1_2a92_7e7c,
                0x2f08_8dd8_6b4e_bef1,
                0xd1ca_2087_da74_d4a7,
                0x2da2_5966_96ce_bc1d,
                0x0e2b_7eed_bbfd_87d2,
            ],
        },
    ],
};
