//! Inputs that precompiled contracts are likely to accept, and inputs that are nearly so.

use gasworks::run_precompile;
use gasworks_spec::PrecompileKind;

use crate::random::Random;

/// Bytes from hexadecimal digits.
fn hex(digits: &str) -> Vec<u8> {
    let pairs = (0..digits.len()).step_by(2);
    let bytes = pairs.map(|at| u8::from_str_radix(&digits[at..at + 2], 16));
    bytes.collect::<Result<_, _>>().expect("written down here")
}

/// A word with a small number.
fn small(number: u64) -> Vec<u8> {
    let mut word = vec![0; 24];
    word.extend_from_slice(&number.to_be_bytes());
    word
}

/// Generator of alt_bn128's second group (EIP-197), the imaginary part of each coordinate first.
const BN254_G2: &str = "198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2\
    1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed\
    090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b\
    12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa";
/// alt_bn128's prime less two: the y of the negated generator.
const BN254_MINUS_TWO: &str = "30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd45";
/// Generator of BLS12-381's first group as EIP-2537 writes it.
const BLS_G1: &str = "0000000000000000000000000000000017f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb\
    0000000000000000000000000000000008b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1";
/// Generator of BLS12-381's second group as EIP-2537 writes it.
const BLS_G2: &str = "00000000000000000000000000000000024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8\
    0000000000000000000000000000000013e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e\
    000000000000000000000000000000000ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a76d429a695160d12c923ac9cc3baca289e193548608b82801\
    000000000000000000000000000000000606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af267492ab572e99ab3f370d275cec1da1aaa9075ff05f79be";

/// An input for a contract: mostly good, sometimes with a byte changed, cut off or too long.
pub(super) fn input(random: &mut Random, kind: PrecompileKind) -> Vec<u8> {
    let mut input = good(random, kind);
    match random.below(20) {
        0 | 1 if !input.is_empty() => {
            let at = random.index(input.len());
            input[at] ^= 1 << random.below(8);
        }
        2 => {
            let length = random.index(input.len() + 1);
            input.truncate(length);
        }
        3 => {
            let length = 1 + random.index(64);
            let more = random.bytes(length);
            input.extend_from_slice(&more);
        }
        _ => {}
    }
    input
}

/// Whether a run takes more time than all else in a case.
pub(super) fn is_slow(kind: PrecompileKind) -> bool {
    use PrecompileKind as Kind;
    matches!(
        kind,
        Kind::PointEvaluation
            | Kind::P256Verify
            | Kind::Bn254MulByzantium
            | Kind::Bn254MulIstanbul
            | Kind::Bn254PairingByzantium
            | Kind::Bn254PairingIstanbul
            | Kind::Bls12G1Msm
            | Kind::Bls12G2Msm
            | Kind::Bls12Pairing
            | Kind::Bls12MapFp2ToG2
    )
}

fn good(random: &mut Random, kind: PrecompileKind) -> Vec<u8> {
    use PrecompileKind as Kind;
    match kind {
        // Every other number is the x of a point, and belongs to a signature of somebody.
        Kind::EcRecover if random.percent(70) => {
            let [hash, r, s] = [(); 3].map(|()| random.word().to_big_endian().to_vec());
            [hash, small(27 + random.below(2)), r, s].concat()
        }
        // A signature that is known to recover, and another recovery identifier.
        Kind::EcRecover => [
            hex("456e9aea5e197a1f1af7a3e85a3212fa4049a3ba34c2289b4c860fc0b0c64ef3"),
            small(27 + random.below(2)),
            hex("9242685bf161793cc25603c231bc2f568eb630ea16aa137d2664ac8038825608"),
            hex("4f8ae3bd7535248d0bd448298cc2e2071e56992d0774dc340c368ae950852ada"),
        ]
        .concat(),
        Kind::Sha256 | Kind::Ripemd160 | Kind::Identity => {
            let length = random.index(200);
            random.bytes(length)
        }
        Kind::ModExpByzantium | Kind::ModExpBerlin | Kind::ModExpOsaka => modexp(random),
        Kind::Bn254AddByzantium | Kind::Bn254AddIstanbul => {
            [bn254_point(random), bn254_point(random)].concat()
        }
        Kind::Bn254MulByzantium | Kind::Bn254MulIstanbul => {
            [bn254_point(random), random.word().to_big_endian().to_vec()].concat()
        }
        Kind::Bn254PairingByzantium | Kind::Bn254PairingIstanbul => repeat(random, 3, |random| {
            [bn254_point(random), maybe_zero(random, hex(BN254_G2))].concat()
        }),
        Kind::Blake2F => {
            let rounds = random.below(20) as u32;
            let flag = u8::from(random.percent(50));
            [rounds.to_be_bytes().to_vec(), random.bytes(208), vec![flag]].concat()
        }
        // The polynomial that is zero everywhere: commitment and proof are the point at infinity.
        Kind::PointEvaluation => {
            let infinity = [vec![0xc0], vec![0; 47]].concat();
            let hash = hex("010657f37554c781402a22917dee2f75def7ab966d7b770905398eba3c444014");
            [
                hash,
                small(random.below(9)),
                small(0),
                infinity.clone(),
                infinity,
            ]
            .concat()
        }
        Kind::Bls12G1Add => [bls_g1(random), bls_g1(random)].concat(),
        Kind::Bls12G2Add => [bls_g2(random), bls_g2(random)].concat(),
        Kind::Bls12G1Msm => repeat(random, 3, |random| {
            [bls_g1(random), random.word().to_big_endian().to_vec()].concat()
        }),
        Kind::Bls12G2Msm => repeat(random, 2, |random| {
            [bls_g2(random), random.word().to_big_endian().to_vec()].concat()
        }),
        Kind::Bls12Pairing => repeat(random, 2, |random| {
            [bls_g1(random), bls_g2(random)].concat()
        }),
        Kind::Bls12MapFpToG1 => bls_element(random),
        Kind::Bls12MapFp2ToG2 => [bls_element(random), bls_element(random)].concat(),
        // A signature of the test vectors of EIP-7951.
        Kind::P256Verify => [
            hex("4cee90eb86eaa050036147a12d49004b6b9c72bd725d39d4785011fe190f0b4d"),
            hex("a73bd4903f0ce3b639bbbf6e8e80d16931ff4bcf5993d58468e8fb19086e8cac"),
            hex("36dbcd03009df8c59286b162af3bd7fcc0450c9aa81be5d10d312af6c66b1d60"),
            hex("4aebd3099c618202fcfe16ae7770b0c49ab5eadf74b754204a3bb6060e44eff3"),
            hex("7618b065f9832de4ca6ca971a7a1adc826d0f7c00181a5fb2ddf79ae00b4e10e"),
        ]
        .concat(),
    }
}

/// One to `most` parts.
fn repeat(random: &mut Random, most: u64, part: impl Fn(&mut Random) -> Vec<u8>) -> Vec<u8> {
    let parts = 1 + random.below(most);
    (0..parts).flat_map(|_| part(random)).collect()
}

/// The point at infinity is all zeros in every encoding here.
fn maybe_zero(random: &mut Random, point: Vec<u8>) -> Vec<u8> {
    if random.percent(15) {
        vec![0; point.len()]
    } else {
        point
    }
}

fn bn254_point(random: &mut Random) -> Vec<u8> {
    if random.percent(30) {
        return multiple_of_generator(random);
    }
    let y = if random.percent(50) {
        small(2)
    } else {
        hex(BN254_MINUS_TWO)
    };
    maybe_zero(random, [small(1), y].concat())
}

/// Whoever multiplies wrongly leaves the curve, which others notice.
fn multiple_of_generator(random: &mut Random) -> Vec<u8> {
    let input = [small(1), small(2), random.word().to_big_endian().to_vec()].concat();
    let mut point = Vec::new();
    let gas = run_precompile(
        PrecompileKind::Bn254MulIstanbul,
        &input,
        u64::MAX,
        &mut point,
    );
    if gas.is_ok() { point } else { input }
}

fn bls_g1(random: &mut Random) -> Vec<u8> {
    maybe_zero(random, hex(BLS_G1))
}

fn bls_g2(random: &mut Random) -> Vec<u8> {
    maybe_zero(random, hex(BLS_G2))
}

/// An element of BLS12-381's base field, whose prime begins with 0x1a.
fn bls_element(random: &mut Random) -> Vec<u8> {
    let first = random.below(0x1a) as u8;
    [vec![0; 16], vec![first], random.bytes(47)].concat()
}

fn modexp(random: &mut Random) -> Vec<u8> {
    // Long numbers are multiplied in other ways; a short exponent leaves time for more of them.
    let is_long = random.below(8) == 0;
    let (longest, longest_exponent) = if is_long { (1_025, 6) } else { (40, 40) };
    let lengths = [longest, longest_exponent, longest].map(|longest| random.index(longest));
    let mut input: Vec<u8> = lengths
        .iter()
        .flat_map(|length| small(*length as u64))
        .collect();
    if random.below(40) == 0 {
        // A length that no one can pay for, or that EIP-7823 refuses.
        let at = 32 * random.index(3);
        let length = random.word().to_big_endian();
        input[at..at + 32].copy_from_slice(&length);
    }
    let mut numbers = random.bytes(lengths.iter().sum());
    // Odd numbers take a way of their own.
    if let Some(last) = numbers.last_mut() {
        *last |= u8::from(random.percent(50));
    }
    input.extend_from_slice(&numbers);
    input
}
