//! The BLS12-381 contracts at 0x0b to 0x11 (EIP-2537): encodings and prices.
//!
//! The arithmetic is in [`curve`] and [`mod@pairing`].
//!
//! A base field element is 64 bytes, big endian, of which the first 16 are zero; an element of the quadratic
//! extension is c0 and then c1; a point is x and then y, and infinity is all zeros.

mod affine;
pub(super) mod curve;
mod foreign;
mod map;
mod pairing;
mod price;

use super::{PrecompileError, charge, push_bool};
use curve::{G1, G2};

/// Bytes of an encoded base field element, and how many of them are padding.
const FIELD_LENGTH: usize = 64;
const FIELD_PADDING: usize = 16;
const G1_LENGTH: usize = 2 * FIELD_LENGTH;
const G2_LENGTH: usize = 4 * FIELD_LENGTH;
const SCALAR_LENGTH: usize = 32;

/// BLS12_G1ADD. No subgroup check.
pub(super) fn g1_add(input: &[u8], gas: u64, output: &mut Vec<u8>) -> Result<u64, PrecompileError> {
    let used = charge(gas, price::G1_ADD)?;
    let [a, b] = exact::<G1_LENGTH, 2>(input)?;
    write_g1(output, read_g1(a)?.add(&read_g1(b)?));
    Ok(used)
}

/// BLS12_G2ADD. No subgroup check.
pub(super) fn g2_add(input: &[u8], gas: u64, output: &mut Vec<u8>) -> Result<u64, PrecompileError> {
    let used = charge(gas, price::G2_ADD)?;
    let [a, b] = exact::<G2_LENGTH, 2>(input)?;
    write_g2(output, read_g2(a)?.add(&read_g2(b)?));
    Ok(used)
}

/// BLS12_G1MSM: the sum of points times scalars, which may be any 256-bit number.
pub(super) fn g1_msm(input: &[u8], gas: u64, output: &mut Vec<u8>) -> Result<u64, PrecompileError> {
    let terms = items::<{ G1_LENGTH + SCALAR_LENGTH }>(input)?;
    let used = charge(gas, price::g1_msm(terms.len()))?;
    let mut points = Vec::with_capacity(terms.len());
    let mut scalars = Vec::with_capacity(terms.len());
    for term in terms {
        let (point, scalar) = split::<G1_LENGTH, SCALAR_LENGTH, _>(term)?;
        points.push(in_subgroup(read_g1(point)?, G1::is_in_subgroup)?);
        scalars.push(*scalar);
    }
    write_g1(output, G1::sum_of_multiples(&points, &scalars));
    Ok(used)
}

/// BLS12_G2MSM: the sum of points times scalars, which may be any 256-bit number.
pub(super) fn g2_msm(input: &[u8], gas: u64, output: &mut Vec<u8>) -> Result<u64, PrecompileError> {
    let terms = items::<{ G2_LENGTH + SCALAR_LENGTH }>(input)?;
    let used = charge(gas, price::g2_msm(terms.len()))?;
    let mut points = Vec::with_capacity(terms.len());
    let mut scalars = Vec::with_capacity(terms.len());
    for term in terms {
        let (point, scalar) = split::<G2_LENGTH, SCALAR_LENGTH, _>(term)?;
        points.push(in_subgroup(read_g2(point)?, G2::is_in_subgroup)?);
        scalars.push(*scalar);
    }
    write_g2(output, G2::sum_of_multiples(&points, &scalars));
    Ok(used)
}

/// BLS12_PAIRING_CHECK.
pub(super) fn pairing(
    input: &[u8],
    gas: u64,
    output: &mut Vec<u8>,
) -> Result<u64, PrecompileError> {
    let pairs = items::<{ G1_LENGTH + G2_LENGTH }>(input)?;
    let used = charge(gas, price::pairing(pairs.len()))?;
    let mut points = Vec::with_capacity(pairs.len());
    for pair in pairs {
        let (g1, g2) = split::<G1_LENGTH, G2_LENGTH, _>(pair)?;
        points.push((in_subgroup(read_g1(g1)?, G1::is_in_subgroup)?, read_g2(g2)?));
    }
    let holds = curve::pairing_check(&points).ok_or(PrecompileError::InvalidInput)?;
    push_bool(output, holds);
    Ok(used)
}

/// BLS12_MAP_FP_TO_G1.
pub(super) fn map_fp_to_g1(
    input: &[u8],
    gas: u64,
    output: &mut Vec<u8>,
) -> Result<u64, PrecompileError> {
    let used = charge(gas, price::MAP_FP_TO_G1)?;
    let [element] = exact::<FIELD_LENGTH, 1>(input)?;
    let point = G1::from_field_element(unpadded(element)?);
    write_g1(output, point.ok_or(PrecompileError::InvalidInput)?);
    Ok(used)
}

/// BLS12_MAP_FP2_TO_G2.
pub(super) fn map_fp2_to_g2(
    input: &[u8],
    gas: u64,
    output: &mut Vec<u8>,
) -> Result<u64, PrecompileError> {
    let used = charge(gas, price::MAP_FP2_TO_G2)?;
    let [c0, c1] = exact::<FIELD_LENGTH, 2>(input)?;
    let point = G2::from_field_element(unpadded(c0)?, unpadded(c1)?);
    write_g2(output, point.ok_or(PrecompileError::InvalidInput)?);
    Ok(used)
}

/// Splits an input that must consist of `COUNT` items of `LENGTH` bytes.
fn exact<const LENGTH: usize, const COUNT: usize>(
    input: &[u8],
) -> Result<&[[u8; LENGTH]; COUNT], PrecompileError> {
    items(input)?
        .try_into()
        .map_err(|_| PrecompileError::InvalidInput)
}

/// Splits an input that must consist of one or more items of `LENGTH` bytes.
fn items<const LENGTH: usize>(input: &[u8]) -> Result<&[[u8; LENGTH]], PrecompileError> {
    let (items, rest) = input.as_chunks();
    if items.is_empty() || !rest.is_empty() {
        return Err(PrecompileError::InvalidInput);
    }
    Ok(items)
}

/// Splits an item into its two parts of `A` and `B` bytes.
fn split<const A: usize, const B: usize, const LENGTH: usize>(
    item: &[u8; LENGTH],
) -> Result<(&[u8; A], &[u8; B]), PrecompileError> {
    const { assert!(A + B == LENGTH) };
    item.split_first_chunk()
        .and_then(|(a, b)| Some((a, b.first_chunk()?)))
        .ok_or(PrecompileError::InvalidInput)
}

/// The 48 significant bytes of a field element. That it is below the prime is checked where it becomes a number.
fn unpadded(element: &[u8; FIELD_LENGTH]) -> Result<&[u8; 48], PrecompileError> {
    let (padding, element) = split::<FIELD_PADDING, 48, _>(element)?;
    if *padding != [0; FIELD_PADDING] {
        return Err(PrecompileError::InvalidInput);
    }
    Ok(element)
}

fn read_g1(bytes: &[u8; G1_LENGTH]) -> Result<G1, PrecompileError> {
    G1::from_coordinates(&coordinates(bytes)?).ok_or(PrecompileError::InvalidInput)
}

fn read_g2(bytes: &[u8; G2_LENGTH]) -> Result<G2, PrecompileError> {
    G2::from_coordinates(&coordinates(bytes)?).ok_or(PrecompileError::InvalidInput)
}

/// The coordinates of a point without their padding: `PACKED` is three quarters of `LENGTH`.
fn coordinates<const LENGTH: usize, const PACKED: usize>(
    bytes: &[u8; LENGTH],
) -> Result<[u8; PACKED], PrecompileError> {
    let mut packed = [0; PACKED];
    let elements = bytes.as_chunks::<FIELD_LENGTH>().0;
    for (packed, element) in packed.as_chunks_mut::<48>().0.iter_mut().zip(elements) {
        *packed = *unpadded(element)?;
    }
    Ok(packed)
}

fn in_subgroup<P>(point: P, check: fn(&P) -> bool) -> Result<P, PrecompileError> {
    if check(&point) {
        Ok(point)
    } else {
        Err(PrecompileError::InvalidInput)
    }
}

fn write_g1(output: &mut Vec<u8>, point: G1) {
    push_coordinates(output, &point.to_coordinates());
}

fn write_g2(output: &mut Vec<u8>, point: G2) {
    push_coordinates(output, &point.to_coordinates());
}

/// Appends coordinates of 48 bytes, each with its padding.
fn push_coordinates(output: &mut Vec<u8>, coordinates: &[u8]) {
    for coordinate in coordinates.as_chunks::<48>().0 {
        output.extend_from_slice(&[0; FIELD_PADDING]);
        output.extend_from_slice(coordinate);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Run = fn(&[u8], u64, &mut Vec<u8>) -> Result<u64, PrecompileError>;

    const G1: [&str; 2] = [
        "17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb",
        "08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1",
    ];
    const G2: [&str; 4] = [
        "024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8",
        "13e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e",
        "0ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a76d429a695160d12c923ac9cc3baca289e193548608b82801",
        "0606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af267492ab572e99ab3f370d275cec1da1aaa9075ff05f79be",
    ];
    const PRIME: &str = "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab";
    const ORDER: &str = "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001";
    const INFINITY_G1: [u8; G1_LENGTH] = [0; G1_LENGTH];
    const INFINITY_G2: [u8; G2_LENGTH] = [0; G2_LENGTH];

    fn hex(digits: &str) -> Vec<u8> {
        (0..digits.len())
            .step_by(2)
            .map(|i| u8::from_str_radix(&digits[i..i + 2], 16).expect("a constant"))
            .collect()
    }

    /// Field elements with their padding.
    fn encoded(elements: &[&str]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for element in elements {
            bytes.extend_from_slice(&[0; FIELD_PADDING]);
            bytes.extend_from_slice(&hex(element));
        }
        bytes
    }

    fn small(value: u8) -> String {
        format!("{value:096x}")
    }

    fn result_of(run: Run, parts: &[&[u8]]) -> Result<Vec<u8>, PrecompileError> {
        let mut output = Vec::new();
        run(&parts.concat(), u64::MAX, &mut output).map(|_| output)
    }

    /// The point times a number, by adding it as often.
    fn multiple(add: Run, point: &[u8], times: usize) -> Vec<u8> {
        let mut sum = vec![0; point.len()];
        for _ in 0..times {
            sum = result_of(add, &[&sum, point]).expect("points");
        }
        sum
    }

    #[test]
    fn sums_of_multiples_are_repeated_additions() {
        let cases: [(Run, Run, Vec<u8>); 2] = [
            (g1_add, g1_msm, encoded(&G1)),
            (g2_add, g2_msm, encoded(&G2)),
        ];
        for (add, msm, point) in cases {
            let [mut two, mut five] = [[0; SCALAR_LENGTH]; 2];
            two[31] = 2;
            five[31] = 5;
            let double = multiple(add, &point, 2);
            assert_eq!(result_of(msm, &[&point, &two]), Ok(double.clone()));
            assert_eq!(
                result_of(msm, &[&point, &five, &double, &two]),
                Ok(multiple(add, &point, 9))
            );
            // 2^255 + (2^255 - 1) = 2^256 - 1: scalars above the order, whose digits are all in use.
            let mut half = [0; SCALAR_LENGTH];
            half[0] = 0x80;
            let mut less = [0xff; SCALAR_LENGTH];
            less[0] = 0x7f;
            assert_eq!(
                result_of(msm, &[&point, &half, &point, &less]),
                result_of(msm, &[&point, &[0xff; SCALAR_LENGTH]])
            );
        }
    }

    #[test]
    fn infinity_and_scalars_that_lead_to_it() {
        let cases: [(Run, Run, Vec<u8>); 2] = [
            (g1_add, g1_msm, encoded(&G1)),
            (g2_add, g2_msm, encoded(&G2)),
        ];
        for (add, msm, point) in cases {
            let infinity = vec![0; point.len()];
            let order = hex(ORDER);
            assert_eq!(
                result_of(add, &[&infinity, &infinity]),
                Ok(infinity.clone())
            );
            assert_eq!(result_of(add, &[&point, &infinity]), Ok(point.clone()));
            assert_eq!(result_of(msm, &[&infinity, &order]), Ok(infinity.clone()));
            assert_eq!(result_of(msm, &[&point, &order]), Ok(infinity.clone()));
            assert_eq!(result_of(msm, &[&point, &[0; 32]]), Ok(infinity.clone()));
            // The order less one negates.
            let mut negation = order.clone();
            negation[31] = 0;
            let negated = result_of(msm, &[&point, &negation]).expect("a point");
            assert_eq!(result_of(add, &[&point, &negated]), Ok(infinity.clone()));
            assert_eq!(
                result_of(
                    msm,
                    &[&point, &negation, &point, &negation, &negated, &order]
                ),
                result_of(add, &[&negated, &negated])
            );
        }
    }

    #[test]
    fn pairings() {
        let (p, q) = (encoded(&G1), encoded(&G2));
        let mut minus_one = hex(ORDER);
        minus_one[31] = 0;
        let minus_p = result_of(g1_msm, &[&p, &minus_one]).expect("a point");
        let holds = |parts: &[&[u8]]| result_of(pairing, parts).expect("points")[31] == 1;
        assert!(!holds(&[&p, &q]));
        assert!(holds(&[&p, &q, &minus_p, &q]));
        assert!(holds(&[&INFINITY_G1, &q]));
        assert!(holds(&[&p, &INFINITY_G2]));
        assert!(!holds(&[&p, &INFINITY_G2, &p, &q]));
    }

    #[test]
    fn only_addition_accepts_points_outside_of_the_subgroup() {
        // y^2 = 0 + 4.
        let outside = encoded(&[&small(0), &small(2)]);
        let minus_two = format!("{}a9", &PRIME[..94]);
        let negated = encoded(&[&small(0), &minus_two]);
        assert_eq!(
            result_of(g1_add, &[&outside, &INFINITY_G1]),
            Ok(outside.clone())
        );
        assert_eq!(
            result_of(g1_add, &[&negated, &INFINITY_G1]),
            Ok(negated.clone())
        );
        assert_eq!(
            result_of(g1_add, &[&outside, &negated]),
            Ok(INFINITY_G1.to_vec())
        );
        // It has the order three.
        assert_eq!(
            result_of(g1_add, &[&outside, &outside]),
            Ok(negated.clone())
        );
        let refused = Err(PrecompileError::InvalidInput);
        assert_eq!(result_of(g1_msm, &[&outside, &[0; 32]]), refused);
        assert_eq!(result_of(pairing, &[&outside, &INFINITY_G2]), refused);
    }

    #[test]
    fn maps_of_rfc_9380() {
        // Appendices J.9.2 and J.10.2, message "abc".
        let element = encoded(&[
            "147e1ed29f06e4c5079b9d14fc89d2820d32419b990c1c7bb7dbea2a36a045124b31ffbde7c99329c05c559af1c6cc82",
        ]);
        let point = encoded(&[
            "009769f3ab59bfd551d53a5f846b9984c59b97d6842b20a2c565baa167945e3d026a3755b6345df8ec7e6acb6868ae6d",
            "1532c00cf61aa3d0ce3e5aa20c3b531a2abd2c770a790a2613818303c6b830ffc0ecf6c357af3317b9575c567f11cd2c",
        ]);
        assert_eq!(result_of(map_fp_to_g1, &[&element]), Ok(point));
        let element = encoded(&[
            "138879a9559e24cecee8697b8b4ad32cced053138ab913b99872772dc753a2967ed50aabc907937aefb2439ba06cc50c",
            "0a1ae7999ea9bab1dcc9ef8887a6cb6e8f1e22566015428d220b7eec90ffa70ad1f624018a9ad11e78d588bd3617f9f2",
        ]);
        let point = encoded(&[
            "108ed59fd9fae381abfd1d6bce2fd2fa220990f0f837fa30e0f27914ed6e1454db0d1ee957b219f61da6ff8be0d6441f",
            "0296238ea82c6d4adb3c838ee3cb2346049c90b96d602d7bb1b469b905c9228be25c627bffee872def773d5b2a2eb57d",
            "033f90f6057aadacae7963b0a0b379dd46750c1c94a6357c99b65f63b79e321ff50fe3053330911c56b6ceea08fee656",
            "153606c417e59fb331b7ae6bce4fbf7c5190c33ce9402b5ebe2b70e44fca614f3f1382a3625ed5493843d0b0a652fc3f",
        ]);
        assert_eq!(result_of(map_fp2_to_g2, &[&element]), Ok(point));
    }

    #[test]
    fn maps_lead_into_the_subgroup() {
        // Zero is the exceptional case of the map to G1.
        let scalar = [1; SCALAR_LENGTH];
        for value in 0..8 {
            let (a, b) = (small(value), small(value / 2));
            let point = result_of(map_fp_to_g1, &[&encoded(&[&a])]).expect("an element");
            assert!(result_of(g1_msm, &[&point, &scalar]).is_ok());
            let point = result_of(map_fp2_to_g2, &[&encoded(&[&a, &b])]).expect("an element");
            assert!(result_of(g2_msm, &[&point, &scalar]).is_ok());
        }
    }

    #[test]
    fn malformed_input_is_refused() {
        let (p, q) = (encoded(&G1), encoded(&G2));
        let cases: [(Run, Vec<u8>); 7] = [
            (g1_add, [&p[..], &p].concat()),
            (g2_add, [&q[..], &q].concat()),
            (g1_msm, [&p[..], &[1; 32]].concat()),
            (g2_msm, [&q[..], &[1; 32]].concat()),
            (pairing, [&p[..], &q].concat()),
            (map_fp_to_g1, encoded(&[&small(1)])),
            (map_fp2_to_g2, encoded(&[&small(1), &small(2)])),
        ];
        let refused = Err(PrecompileError::InvalidInput);
        for (run, valid) in cases {
            assert!(result_of(run, &[&valid]).is_ok());
            assert_eq!(result_of(run, &[]), refused);
            assert_eq!(result_of(run, &[&valid, &[0]]), refused);
            assert_eq!(result_of(run, &[&valid[1..]]), refused);
            for element in 0..valid.len() / FIELD_LENGTH {
                let start = element * FIELD_LENGTH;
                let mut padding = valid.clone();
                padding[start + 15] = 1;
                assert_eq!(result_of(run, &[&padding]), refused);
                let mut prime = valid.clone();
                prime[start + FIELD_PADDING..start + FIELD_LENGTH].copy_from_slice(&hex(PRIME));
                assert_eq!(result_of(run, &[&prime]), refused);
                // The bits that are flags in other encodings.
                for flag in [0x20, 0x40, 0x80] {
                    let mut flagged = valid.clone();
                    flagged[start + FIELD_PADDING] |= flag;
                    assert_eq!(result_of(run, &[&flagged]), refused);
                }
            }
        }
        let mut off_curve = p.clone();
        off_curve[127] ^= 1;
        assert_eq!(result_of(g1_add, &[&off_curve, &p]), refused);
        let mut off_curve = q.clone();
        off_curve[255] ^= 1;
        assert_eq!(result_of(g2_add, &[&off_curve, &q]), refused);
    }
}
