//! The precompiled contracts: functions of the protocol that are reached by calling fixed addresses.
//!
//! One file a contract (or a family with one encoding), and each wrapped library is named in one of them; only the
//! traits of arkworks (`ark-ff`, `ark-ec`) go along with the curve. Every function prices its input first
//! and works afterwards. Which contract is active at which address in which fork is
//! data of `gasworks_spec`; calling, value transfer and the memory that holds the output are the caller's.

mod blake2f;
mod bls12;
mod bn254;
mod ecrecover;
mod identity;
mod miller;
mod modexp;
mod p256;
mod point_evaluation;
mod ripemd160;
mod sha256;

use gasworks_spec::PrecompileKind;

/// Why a precompile fails. Either way the call fails and all the gas passed to it is consumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrecompileError {
    /// The price of the input is more than the gas that was passed.
    #[error("out of gas")]
    OutOfGas,
    /// The input has a wrong length, or encodes something that the contract's EIP refuses.
    #[error("invalid input")]
    InvalidInput,
}

/// A precompile's code: runs on `input` for at most `gas` gas, appends its output to `output`, returns the gas used.
///
/// `output` is empty on entry: it is a buffer that the caller reuses, so that a call need not allocate. Its content
/// after an error is unspecified.
pub type PrecompileFn =
    fn(input: &[u8], gas: u64, output: &mut Vec<u8>) -> Result<u64, PrecompileError>;

/// Runs one precompile outside of a transaction; `output` is replaced by what it returns.
///
/// Returns the gas used.
///
/// # Errors
///
/// [`PrecompileError`] when `gas` is less than the price or the input is refused; `output` is then empty.
pub fn run_precompile(
    kind: PrecompileKind,
    input: &[u8],
    gas: u64,
    output: &mut Vec<u8>,
) -> Result<u64, PrecompileError> {
    output.clear();
    let result = function(kind)(input, gas, output);
    if result.is_err() {
        output.clear();
    }
    result
}

/// The code that belongs to a kind.
pub(crate) fn function(kind: PrecompileKind) -> PrecompileFn {
    match kind {
        PrecompileKind::EcRecover => ecrecover::run,
        PrecompileKind::Sha256 => sha256::run,
        PrecompileKind::Ripemd160 => ripemd160::run,
        PrecompileKind::Identity => identity::run,
        PrecompileKind::ModExpByzantium => modexp::run_byzantium,
        PrecompileKind::ModExpBerlin => modexp::run_berlin,
        PrecompileKind::ModExpOsaka => modexp::run_osaka,
        PrecompileKind::Bn254AddByzantium => bn254::add_byzantium,
        PrecompileKind::Bn254AddIstanbul => bn254::add_istanbul,
        PrecompileKind::Bn254MulByzantium => bn254::mul_byzantium,
        PrecompileKind::Bn254MulIstanbul => bn254::mul_istanbul,
        PrecompileKind::Bn254PairingByzantium => bn254::pairing_byzantium,
        PrecompileKind::Bn254PairingIstanbul => bn254::pairing_istanbul,
        PrecompileKind::Blake2F => blake2f::run,
        PrecompileKind::PointEvaluation => point_evaluation::run,
        PrecompileKind::Bls12G1Add => bls12::g1_add,
        PrecompileKind::Bls12G1Msm => bls12::g1_msm,
        PrecompileKind::Bls12G2Add => bls12::g2_add,
        PrecompileKind::Bls12G2Msm => bls12::g2_msm,
        PrecompileKind::Bls12Pairing => bls12::pairing,
        PrecompileKind::Bls12MapFpToG1 => bls12::map_fp_to_g1,
        PrecompileKind::Bls12MapFp2ToG2 => bls12::map_fp2_to_g2,
        PrecompileKind::P256Verify => p256::run,
    }
}

/// Charges `price` against `gas`: every precompile calls this before it works.
fn charge(gas: u64, price: u64) -> Result<u64, PrecompileError> {
    if price > gas {
        return Err(PrecompileError::OutOfGas);
    }
    Ok(price)
}

/// The price of a contract that costs `base` and `per_word` for each 32 bytes of input, begun ones included.
fn price_by_words(input: &[u8], base: u64, per_word: u64) -> u64 {
    // A slice is shorter than 2^63 bytes and `per_word` at most 120, so nothing overflows.
    base + per_word * input.len().div_ceil(32) as u64
}

/// `N` bytes of `input` from `start` on; what lies beyond the end reads as zero.
fn padded<const N: usize>(input: &[u8], start: usize) -> [u8; N] {
    let mut bytes = [0; N];
    let tail = input.get(start..).unwrap_or_default();
    let length = tail.len().min(N);
    bytes[..length].copy_from_slice(&tail[..length]);
    bytes
}

/// Reads a big-endian number of `8 * LIMBS` bytes; the least significant limb comes first.
fn limbs<const LIMBS: usize>(bytes: &[u8]) -> [u64; LIMBS] {
    let mut limbs = [0; LIMBS];
    for (limb, bytes) in limbs.iter_mut().zip(bytes.as_rchunks().1.iter().rev()) {
        *limb = u64::from_be_bytes(*bytes);
    }
    limbs
}

/// Writes a big-endian number into `8 * LIMBS` bytes; the least significant limb comes first.
fn write_limbs<const LIMBS: usize>(bytes: &mut [u8], limbs: &[u64; LIMBS]) {
    for (bytes, limb) in bytes.as_rchunks_mut().1.iter_mut().rev().zip(limbs) {
        *bytes = limb.to_be_bytes();
    }
}

/// Appends a 32-byte word that is 1 for true and 0 for false.
fn push_bool(output: &mut Vec<u8>, value: bool) {
    let mut word = [0; 32];
    word[31] = u8::from(value);
    output.extend_from_slice(&word);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every kind with its gas for empty input, or `None` where empty input is refused.
    const EMPTY_INPUT: [(PrecompileKind, Option<u64>); 23] = [
        (PrecompileKind::EcRecover, Some(3_000)),
        (PrecompileKind::Sha256, Some(60)),
        (PrecompileKind::Ripemd160, Some(600)),
        (PrecompileKind::Identity, Some(15)),
        (PrecompileKind::ModExpByzantium, Some(0)),
        (PrecompileKind::ModExpBerlin, Some(200)),
        (PrecompileKind::ModExpOsaka, Some(500)),
        (PrecompileKind::Bn254AddByzantium, Some(500)),
        (PrecompileKind::Bn254AddIstanbul, Some(150)),
        (PrecompileKind::Bn254MulByzantium, Some(40_000)),
        (PrecompileKind::Bn254MulIstanbul, Some(6_000)),
        (PrecompileKind::Bn254PairingByzantium, Some(100_000)),
        (PrecompileKind::Bn254PairingIstanbul, Some(45_000)),
        (PrecompileKind::Blake2F, None),
        (PrecompileKind::PointEvaluation, None),
        (PrecompileKind::Bls12G1Add, None),
        (PrecompileKind::Bls12G1Msm, None),
        (PrecompileKind::Bls12G2Add, None),
        (PrecompileKind::Bls12G2Msm, None),
        (PrecompileKind::Bls12Pairing, None),
        (PrecompileKind::Bls12MapFpToG1, None),
        (PrecompileKind::Bls12MapFp2ToG2, None),
        (PrecompileKind::P256Verify, Some(6_900)),
    ];

    #[test]
    fn empty_input() {
        for (kind, price) in EMPTY_INPUT {
            let mut output = Vec::new();
            let result = run_precompile(kind, &[], u64::MAX, &mut output);
            assert_eq!(result.ok(), price, "{kind:?}");
        }
    }

    #[test]
    fn one_gas_less_than_the_price_is_out_of_gas() {
        for (kind, price) in EMPTY_INPUT {
            let Some(price) = price else { continue };
            let mut output = Vec::new();
            assert_eq!(
                run_precompile(kind, &[], price, &mut output),
                Ok(price),
                "{kind:?}"
            );
            let Some(less) = price.checked_sub(1) else {
                continue;
            };
            output = vec![1];
            assert_eq!(
                run_precompile(kind, &[], less, &mut output),
                Err(PrecompileError::OutOfGas),
                "{kind:?}"
            );
            assert!(output.is_empty(), "{kind:?}");
        }
    }

    /// Inputs of every length around the boundaries of the encodings: none may panic, and what is returned has the
    /// length that the contract promises.
    #[test]
    fn any_length_of_input_is_answered() {
        for (kind, _) in EMPTY_INPUT {
            for length in 0..=420 {
                for filler in [0x00, 0x01, 0xff] {
                    let mut output = Vec::new();
                    // Enough for any fixed price, too little for long loops.
                    let result = run_precompile(kind, &vec![filler; length], 500_000, &mut output);
                    if result.is_err() {
                        assert!(output.is_empty(), "{kind:?} {length} {filler}");
                    }
                }
            }
        }
    }

    #[test]
    fn padding_reads_zeros_beyond_the_end() {
        assert_eq!(padded::<4>(&[1, 2, 3], 0), [1, 2, 3, 0]);
        assert_eq!(padded::<4>(&[1, 2, 3], 2), [3, 0, 0, 0]);
        assert_eq!(padded::<4>(&[1, 2, 3], 3), [0; 4]);
        assert_eq!(padded::<4>(&[1, 2, 3], usize::MAX), [0; 4]);
        assert_eq!(padded::<2>(&[1, 2, 3], 0), [1, 2]);
    }

    #[test]
    fn limbs_there_and_back() {
        let bytes: [u8; 16] = std::array::from_fn(|i| i as u8);
        let number = limbs::<2>(&bytes);
        assert_eq!(number, [0x0809_0a0b_0c0d_0e0f, 0x0001_0203_0405_0607]);
        let mut written = [0; 16];
        write_limbs(&mut written, &number);
        assert_eq!(written, bytes);
    }
}
