//! Inputs of the precompiled contracts: typical ones, and the ones that buy the most work.

use gasworks::{PrecompileKind, keccak256, run_precompile};

/// An input and its contract.
#[derive(Clone, Debug)]
pub struct Input {
    /// What it is, unique.
    pub name: String,
    /// The number of the contract's address.
    pub address: u16,
    /// The contract as of Osaka.
    pub kind: PrecompileKind,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// All inputs, by contracts. Every one is valid.
pub fn inputs() -> Vec<Input> {
    let mut all = Inputs::default();
    all.add("ecrecover", 0x01, PrecompileKind::EcRecover, hex(ECRECOVER));
    for size in [0, 64, 1_024, 65_536] {
        let bytes = noise(size, 1);
        all.add(
            &format!("sha256/{size}"),
            0x02,
            PrecompileKind::Sha256,
            bytes.clone(),
        );
        all.add(
            &format!("ripemd160/{size}"),
            0x03,
            PrecompileKind::Ripemd160,
            bytes.clone(),
        );
        all.add(
            &format!("identity/{size}"),
            0x04,
            PrecompileKind::Identity,
            bytes,
        );
    }
    modexp(&mut all);
    bn254(&mut all);
    for rounds in [0u32, 12, 100_000] {
        let mut bytes = noise(213, 2);
        bytes[..4].copy_from_slice(&rounds.to_be_bytes());
        bytes[212] = 1;
        all.add(
            &format!("blake2f/{rounds}"),
            0x09,
            PrecompileKind::Blake2F,
            bytes,
        );
    }
    all.add(
        "point_evaluation",
        0x0a,
        PrecompileKind::PointEvaluation,
        hex(POINT_EVALUATION),
    );
    bls12(&mut all);
    all.add("p256verify", 0x100, PrecompileKind::P256Verify, hex(P256));
    all.0
}

#[derive(Default)]
struct Inputs(Vec<Input>);

impl Inputs {
    fn add(&mut self, name: &str, address: u16, kind: PrecompileKind, bytes: Vec<u8>) {
        self.0.push(Input {
            name: name.to_owned(),
            address,
            kind,
            bytes,
        });
    }
}

/// Operands of each length, with odd moduli, even ones and powers of two; exponents long and short.
fn modexp(all: &mut Inputs) {
    let mut add = |name: &str, base: Vec<u8>, exponent: Vec<u8>, modulus: Vec<u8>| {
        let mut bytes = Vec::new();
        for operand in [&base, &exponent, &modulus] {
            bytes.extend_from_slice(&[0; 24]);
            bytes.extend_from_slice(&(operand.len() as u64).to_be_bytes());
        }
        bytes.extend_from_slice(&[base, exponent, modulus].concat());
        all.add(
            &format!("modexp/{name}"),
            0x05,
            PrecompileKind::ModExpOsaka,
            bytes,
        );
    };
    let full = |size: usize| vec![0xff; size];
    let number = |size: usize, last: u8| {
        let mut bytes = noise(size, 3);
        bytes[0] |= 0x80;
        bytes[size - 1] = last;
        bytes
    };
    for size in [8, 16, 32, 64, 128, 256, 512, 1_024] {
        add(
            &format!("odd_{size}"),
            full(size),
            full(size),
            number(size, 0xfd),
        );
        add(
            &format!("even_{size}"),
            full(size),
            full(size),
            number(size, 0x58),
        );
        add(
            &format!("odd_{size}_by_65537"),
            full(size),
            vec![1, 0, 1],
            number(size, 0xfd),
        );
        add(
            &format!("even_{size}_by_65537"),
            full(size),
            vec![1, 0, 1],
            number(size, 0x58),
        );
        add(
            &format!("odd_{size}_by_3"),
            full(size),
            vec![3],
            number(size, 0xfd),
        );
    }
    for size in [32, 256, 1_024] {
        let mut power = vec![0; size];
        power[0] = 0x80;
        add(&format!("power_of_two_{size}"), full(size), full(32), power);
        // A modulus with many zeros at its end and an odd part of half its length.
        let mut half = number(size, 0);
        half[size / 2..].fill(0);
        half[size / 2] = 1;
        add(&format!("half_zeros_{size}"), full(size), full(32), half);
    }
    add(
        "exponent_1024_modulus_8",
        full(8),
        full(1_024),
        number(8, 0xfd),
    );
    add(
        "exponent_1024_modulus_32",
        full(32),
        full(1_024),
        number(32, 0xfd),
    );
    add(
        "base_1024_modulus_32",
        full(1_024),
        full(32),
        number(32, 0xfd),
    );
    add(
        "base_1_modulus_1024",
        vec![3],
        full(32),
        number(1_024, 0xfd),
    );
}

fn bn254(all: &mut Inputs) {
    let mut generator = [0; 64];
    (generator[31], generator[63]) = (1, 2);
    let multiple = |seed: u64| {
        let input = [&generator[..], &noise(32, seed)].concat();
        output(PrecompileKind::Bn254MulIstanbul, &input)
    };
    let (p, q) = (multiple(4), multiple(5));
    let add = PrecompileKind::Bn254AddIstanbul;
    all.add("bn254_add", 0x06, add, [&p[..], &q].concat());
    all.add("bn254_add/doubling", 0x06, add, [&p[..], &p].concat());
    let mul = PrecompileKind::Bn254MulIstanbul;
    all.add("bn254_mul", 0x07, mul, [&p[..], &noise(32, 6)].concat());
    all.add(
        "bn254_mul/greatest",
        0x07,
        mul,
        [&p[..], &[0xff; 32]].concat(),
    );
    all.add(
        "bn254_mul/128_bits",
        0x07,
        mul,
        [&p[..], &[0; 16], &noise(16, 6)].concat(),
    );
    for pairs in [0, 1, 2, 4, 16] {
        let bytes = (0..pairs).flat_map(|pair| [multiple(7 + pair), hex(BN254_G2)].concat());
        let kind = PrecompileKind::Bn254PairingIstanbul;
        all.add(
            &format!("bn254_pairing/{pairs}"),
            0x08,
            kind,
            bytes.collect(),
        );
    }
}

fn bls12(all: &mut Inputs) {
    let (g1, g2) = (padded_elements(&BLS12_G1), padded_elements(&BLS12_G2));
    let multiple =
        |kind, generator: &[u8], seed: u64| output(kind, &[generator, &noise(32, seed)].concat());
    let g1_multiple = |seed| multiple(PrecompileKind::Bls12G1Msm, &g1, seed);
    let g2_multiple = |seed| multiple(PrecompileKind::Bls12G2Msm, &g2, seed);
    let sum = [g1_multiple(1), g1_multiple(2)].concat();
    all.add("bls12_g1_add", 0x0b, PrecompileKind::Bls12G1Add, sum);
    let sum = [g2_multiple(1), g2_multiple(2)].concat();
    all.add("bls12_g2_add", 0x0d, PrecompileKind::Bls12G2Add, sum);
    for terms in [1, 2, 4, 16, 128] {
        let bytes = (0..terms).flat_map(|term| [g1_multiple(term), noise(32, 100 + term)].concat());
        let kind = PrecompileKind::Bls12G1Msm;
        all.add(
            &format!("bls12_g1_msm/{terms}"),
            0x0c,
            kind,
            bytes.collect(),
        );
        let bytes = (0..terms).flat_map(|term| [g2_multiple(term), noise(32, 100 + term)].concat());
        let kind = PrecompileKind::Bls12G2Msm;
        all.add(
            &format!("bls12_g2_msm/{terms}"),
            0x0e,
            kind,
            bytes.collect(),
        );
    }
    for pairs in [1, 2, 8] {
        let bytes = (0..pairs).flat_map(|pair| [g1_multiple(pair), g2_multiple(pair)].concat());
        let kind = PrecompileKind::Bls12Pairing;
        all.add(
            &format!("bls12_pairing/{pairs}"),
            0x0f,
            kind,
            bytes.collect(),
        );
    }
    // Below the prime, which begins with 1a.
    let element = |seed| [&[0; 16][..], &[0x11], &noise(47, seed)].concat();
    all.add(
        "bls12_map_fp_to_g1",
        0x10,
        PrecompileKind::Bls12MapFpToG1,
        element(8),
    );
    let pair = [element(9), element(10)].concat();
    all.add(
        "bls12_map_fp2_to_g2",
        0x11,
        PrecompileKind::Bls12MapFp2ToG2,
        pair,
    );
}

/// What a contract returns.
///
/// # Panics
/// When it refuses the input, which is one of this file's.
fn output(kind: PrecompileKind, input: &[u8]) -> Vec<u8> {
    let mut output = Vec::new();
    run_precompile(kind, input, u64::MAX, &mut output).expect("a valid input");
    output
}

/// Bytes without a pattern.
fn noise(size: usize, seed: u64) -> Vec<u8> {
    let block = |number: usize| keccak256(&[seed.to_be_bytes(), number.to_be_bytes()].concat()).0;
    (0..size.div_ceil(32)).flat_map(block).take(size).collect()
}

/// Field elements of 48 bytes with 16 zeros before each.
fn padded_elements(elements: &[&str]) -> Vec<u8> {
    let padded = |element: &&str| [vec![0; 16], hex(element)].concat();
    elements.iter().flat_map(padded).collect()
}

fn hex(digits: &str) -> Vec<u8> {
    let digit = |byte: u8| (byte as char).to_digit(16).unwrap_or_default() as u8;
    let pairs = digits.as_bytes().as_chunks::<2>().0;
    pairs
        .iter()
        .map(|[high, low]| digit(*high) << 4 | digit(*low))
        .collect()
}

/// Hash, v, r and s of a signature.
const ECRECOVER: &str = "18c547e4f7b0f325ad1e56f57e26c745b09a3e503d86e00e5255ff7f715d3d1c\
000000000000000000000000000000000000000000000000000000000000001c\
73b1693892219d736caba55bdb67216e485557ea6b6af75f37096c9aa6a5a75f\
eeb940b1d03b21e36b0e47e79769f095fe2ab855bd91e3a38756b7d75a9c4549";

/// Versioned hash, z, y, commitment and proof.
const POINT_EVALUATION: &str = "01e798154708fe7789429634053cbf9f99b619f9f084048927333fce637f549b\
564c0a11a0f704f4fc3e8acfe0f8245f0ad1347b378fbf96e206da11a5d36306\
24d25032e67a7e6a4910df5834b8fe70e6bcfeeac0352434196bdf4b2485d5a1\
8f59a8d2a1a625a17f3fea0fe5eb8c896db3764f3185481bc22f91b4aaffcca25f26936857bc3a7c2539ea8ec3a952b7\
873033e038326e87ed3e1276fd140253fa08e9fc25fb2d9a98527fc22a2c9612fbeafdad446cbc7bcdbdcd780af2c16a";

/// Hash, r, s, x and y (EIP-7951).
const P256: &str = "4cee90eb86eaa050036147a12d49004b6b9c72bd725d39d4785011fe190f0b4d\
a73bd4903f0ce3b639bbbf6e8e80d16931ff4bcf5993d58468e8fb19086e8cac\
36dbcd03009df8c59286b162af3bd7fcc0450c9aa81be5d10d312af6c66b1d60\
4aebd3099c618202fcfe16ae7770b0c49ab5eadf74b754204a3bb6060e44eff3\
7618b065f9832de4ca6ca971a7a1adc826d0f7c00181a5fb2ddf79ae00b4e10e";

/// The generator of the second group (EIP-197).
const BN254_G2: &str = "198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2\
1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed\
090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b\
12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa";

/// The generators (EIP-2537).
const BLS12_G1: [&str; 2] = [
    "17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb",
    "08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1",
];
const BLS12_G2: [&str; 4] = [
    "024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8",
    "13e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e",
    "0ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a76d429a695160d12c923ac9cc3baca289e193548608b82801",
    "0606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af267492ab572e99ab3f370d275cec1da1aaa9075ff05f79be",
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_input_is_valid_and_has_a_name_of_its_own() {
        let inputs = inputs();
        let names: BTreeSet<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
        assert_eq!(names.len(), inputs.len());
        for input in &inputs {
            let output = output(input.kind, &input.bytes);
            assert!(
                !output.is_empty() || input.bytes.is_empty(),
                "{}",
                input.name
            );
        }
    }

    #[test]
    fn every_contract_of_osaka_has_one() {
        let inputs = inputs();
        for (address, kind) in gasworks_spec::Fork::Osaka.rules().precompiles {
            assert!(
                inputs
                    .iter()
                    .any(|input| (input.address, input.kind) == (*address, *kind))
            );
        }
    }
}
