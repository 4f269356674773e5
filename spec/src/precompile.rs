//! The precompiled contracts of each fork: which one answers at which address.
//!
//! A kind names a behaviour together with its price, so that a fork that only reprices a contract is one row here.
//! What the contracts compute, and the formulas of their prices, are the machine's.

/// A precompiled contract: what it computes and how it is priced.
///
/// Where two forks price the same function differently there is one variant for each, named after the fork that
/// brought the price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PrecompileKind {
    /// Recovery of the address that signed a hash (Yellow Paper, appendix E.1).
    EcRecover,
    /// SHA-256 (Yellow Paper, appendix E.1).
    Sha256,
    /// RIPEMD-160 (Yellow Paper, appendix E.1).
    Ripemd160,
    /// The input itself (Yellow Paper, appendix E.1).
    Identity,
    /// Modular exponentiation, priced by EIP-198.
    ModExpByzantium,
    /// Modular exponentiation, priced by EIP-2565.
    ModExpBerlin,
    /// Modular exponentiation of at most 1,024 bytes an operand (EIP-7823), priced by EIP-7883.
    ModExpOsaka,
    /// Addition of points of alt_bn128 (EIP-196).
    Bn254AddByzantium,
    /// Addition of points of alt_bn128, priced by EIP-1108.
    Bn254AddIstanbul,
    /// Multiplication of a point of alt_bn128 by a scalar (EIP-196).
    Bn254MulByzantium,
    /// Multiplication of a point of alt_bn128 by a scalar, priced by EIP-1108.
    Bn254MulIstanbul,
    /// Pairing check on alt_bn128 (EIP-197).
    Bn254PairingByzantium,
    /// Pairing check on alt_bn128, priced by EIP-1108.
    Bn254PairingIstanbul,
    /// The compression function F of BLAKE2b (EIP-152).
    Blake2F,
    /// Verification of a KZG proof for a blob's polynomial at a point (EIP-4844).
    PointEvaluation,
    /// Addition of points of BLS12-381 G1 (EIP-2537).
    Bls12G1Add,
    /// Sum of multiples of points of BLS12-381 G1 (EIP-2537).
    Bls12G1Msm,
    /// Addition of points of BLS12-381 G2 (EIP-2537).
    Bls12G2Add,
    /// Sum of multiples of points of BLS12-381 G2 (EIP-2537).
    Bls12G2Msm,
    /// Pairing check on BLS12-381 (EIP-2537).
    Bls12Pairing,
    /// Mapping of an element of the base field to BLS12-381 G1 (EIP-2537).
    Bls12MapFpToG1,
    /// Mapping of an element of the quadratic extension to BLS12-381 G2 (EIP-2537).
    Bls12MapFp2ToG2,
    /// Verification of an ECDSA signature over secp256r1 (EIP-7951).
    P256Verify,
}

/// A fork's precompiled contracts in ascending order of address; the number is the address, whose other 18 bytes
/// are zero.
pub type PrecompileTable = &'static [(u16, PrecompileKind)];

/// Frontier up to Spurious Dragon: the four contracts of the Yellow Paper.
pub static FRONTIER: PrecompileTable = &[
    (0x01, PrecompileKind::EcRecover),
    (0x02, PrecompileKind::Sha256),
    (0x03, PrecompileKind::Ripemd160),
    (0x04, PrecompileKind::Identity),
];

/// Byzantium up to Petersburg: adds modular exponentiation (EIP-198) and alt_bn128 (EIP-196, EIP-197).
pub static BYZANTIUM: PrecompileTable = &[
    (0x01, PrecompileKind::EcRecover),
    (0x02, PrecompileKind::Sha256),
    (0x03, PrecompileKind::Ripemd160),
    (0x04, PrecompileKind::Identity),
    (0x05, PrecompileKind::ModExpByzantium),
    (0x06, PrecompileKind::Bn254AddByzantium),
    (0x07, PrecompileKind::Bn254MulByzantium),
    (0x08, PrecompileKind::Bn254PairingByzantium),
];

/// Istanbul and Muir Glacier: reprices alt_bn128 (EIP-1108), adds BLAKE2 (EIP-152).
pub static ISTANBUL: PrecompileTable = &[
    (0x01, PrecompileKind::EcRecover),
    (0x02, PrecompileKind::Sha256),
    (0x03, PrecompileKind::Ripemd160),
    (0x04, PrecompileKind::Identity),
    (0x05, PrecompileKind::ModExpByzantium),
    (0x06, PrecompileKind::Bn254AddIstanbul),
    (0x07, PrecompileKind::Bn254MulIstanbul),
    (0x08, PrecompileKind::Bn254PairingIstanbul),
    (0x09, PrecompileKind::Blake2F),
];

/// Berlin up to Shanghai: reprices modular exponentiation (EIP-2565).
pub static BERLIN: PrecompileTable = &[
    (0x01, PrecompileKind::EcRecover),
    (0x02, PrecompileKind::Sha256),
    (0x03, PrecompileKind::Ripemd160),
    (0x04, PrecompileKind::Identity),
    (0x05, PrecompileKind::ModExpBerlin),
    (0x06, PrecompileKind::Bn254AddIstanbul),
    (0x07, PrecompileKind::Bn254MulIstanbul),
    (0x08, PrecompileKind::Bn254PairingIstanbul),
    (0x09, PrecompileKind::Blake2F),
];

/// Cancun: adds point evaluation (EIP-4844).
pub static CANCUN: PrecompileTable = &[
    (0x01, PrecompileKind::EcRecover),
    (0x02, PrecompileKind::Sha256),
    (0x03, PrecompileKind::Ripemd160),
    (0x04, PrecompileKind::Identity),
    (0x05, PrecompileKind::ModExpBerlin),
    (0x06, PrecompileKind::Bn254AddIstanbul),
    (0x07, PrecompileKind::Bn254MulIstanbul),
    (0x08, PrecompileKind::Bn254PairingIstanbul),
    (0x09, PrecompileKind::Blake2F),
    (0x0a, PrecompileKind::PointEvaluation),
];

/// Prague: adds BLS12-381 (EIP-2537).
pub static PRAGUE: PrecompileTable = &[
    (0x01, PrecompileKind::EcRecover),
    (0x02, PrecompileKind::Sha256),
    (0x03, PrecompileKind::Ripemd160),
    (0x04, PrecompileKind::Identity),
    (0x05, PrecompileKind::ModExpBerlin),
    (0x06, PrecompileKind::Bn254AddIstanbul),
    (0x07, PrecompileKind::Bn254MulIstanbul),
    (0x08, PrecompileKind::Bn254PairingIstanbul),
    (0x09, PrecompileKind::Blake2F),
    (0x0a, PrecompileKind::PointEvaluation),
    (0x0b, PrecompileKind::Bls12G1Add),
    (0x0c, PrecompileKind::Bls12G1Msm),
    (0x0d, PrecompileKind::Bls12G2Add),
    (0x0e, PrecompileKind::Bls12G2Msm),
    (0x0f, PrecompileKind::Bls12Pairing),
    (0x10, PrecompileKind::Bls12MapFpToG1),
    (0x11, PrecompileKind::Bls12MapFp2ToG2),
];

/// Osaka: bounds and reprices modular exponentiation (EIP-7823, EIP-7883), adds secp256r1 (EIP-7951).
pub static OSAKA: PrecompileTable = &[
    (0x01, PrecompileKind::EcRecover),
    (0x02, PrecompileKind::Sha256),
    (0x03, PrecompileKind::Ripemd160),
    (0x04, PrecompileKind::Identity),
    (0x05, PrecompileKind::ModExpOsaka),
    (0x06, PrecompileKind::Bn254AddIstanbul),
    (0x07, PrecompileKind::Bn254MulIstanbul),
    (0x08, PrecompileKind::Bn254PairingIstanbul),
    (0x09, PrecompileKind::Blake2F),
    (0x0a, PrecompileKind::PointEvaluation),
    (0x0b, PrecompileKind::Bls12G1Add),
    (0x0c, PrecompileKind::Bls12G1Msm),
    (0x0d, PrecompileKind::Bls12G2Add),
    (0x0e, PrecompileKind::Bls12G2Msm),
    (0x0f, PrecompileKind::Bls12Pairing),
    (0x10, PrecompileKind::Bls12MapFpToG1),
    (0x11, PrecompileKind::Bls12MapFp2ToG2),
    (0x100, PrecompileKind::P256Verify),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_ascend_and_only_grow() {
        let tables = [FRONTIER, BYZANTIUM, ISTANBUL, BERLIN, CANCUN, PRAGUE, OSAKA];
        for table in tables {
            assert!(table.windows(2).all(|pair| pair[0].0 < pair[1].0));
        }
        for pair in tables.windows(2) {
            for (address, _) in pair[0] {
                assert!(
                    pair[1].iter().any(|(later, _)| later == address),
                    "{address:#x} disappears"
                );
            }
        }
    }

    #[test]
    fn fork_boundaries() {
        let last = |table: PrecompileTable| table.last().map(|row| row.0);
        assert_eq!(last(FRONTIER), Some(0x04));
        assert_eq!(last(BYZANTIUM), Some(0x08));
        assert_eq!(last(ISTANBUL), Some(0x09));
        assert_eq!(last(BERLIN), Some(0x09));
        assert_eq!(last(CANCUN), Some(0x0a));
        assert_eq!(last(PRAGUE), Some(0x11));
        assert_eq!(last(OSAKA), Some(0x100));
    }
}
