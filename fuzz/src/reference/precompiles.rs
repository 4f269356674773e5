//! Precompiled contracts (Yellow Paper, appendix E, and the EIPs named below).

use gasworks::{Hash, U256};
use num_bigint::BigUint;

use super::curve::{Affine, Curve, alt_bn128, recover, secp256r1, to_bytes};
use super::frame::{padded, words};
use super::{blake2f, hashes, modexp};

/// Which price modular exponentiation has.
#[derive(Clone, Copy, Debug)]
pub(super) enum ModExpPrice {
    Eip198,
    Eip2565,
    /// With the bound of EIP-7823.
    Eip7883,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Precompile {
    EcRecover,
    Sha256,
    Ripemd160,
    Identity,
    ModExp(ModExpPrice),
    /// EIP-196.
    Bn254Add {
        price: u64,
    },
    /// EIP-196.
    Bn254Mul {
        price: u64,
    },
    /// EIP-152.
    Blake2F,
    /// EIP-7951.
    P256Verify,
    /// EIP-197, which another library computes.
    Bn254Pairing {
        price: u64,
        each: u64,
    },
    /// What another library computes and prices: BLS12-381 (EIP-2537), KZG proofs (EIP-4844).
    Library,
}

/// There is no other library in this build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoLibrary;

/// Price and output; `None` if the contract fails or costs more than there is.
pub(super) type Answer = Option<(u64, Vec<u8>)>;

/// Runs a contract.
pub(super) fn run(
    precompile: Precompile,
    number: u64,
    input: &[u8],
    gas: u64,
) -> Result<Answer, NoLibrary> {
    let by_words = |base: u64, each: u64| base + each * words(input.len());
    let pay = |price: u64, output: &dyn Fn() -> Option<Vec<u8>>| {
        let paid = (price <= gas).then_some(price)?;
        Some((paid, output()?))
    };
    Ok(match precompile {
        Precompile::EcRecover => pay(3_000, &|| Some(ecrecover(input))),
        Precompile::Sha256 => pay(by_words(60, 12), &|| Some(hashes::sha256(input).to_vec())),
        Precompile::Ripemd160 => pay(by_words(600, 120), &|| {
            Some([&[0; 12], hashes::ripemd160(input).as_slice()].concat())
        }),
        Precompile::Identity => pay(by_words(15, 3), &|| Some(input.to_vec())),
        Precompile::ModExp(price) => modexp::run(price, input, gas),
        Precompile::Bn254Add { price } => pay(price, &|| bn254_add(input)),
        Precompile::Bn254Mul { price } => pay(price, &|| bn254_mul(input)),
        Precompile::Blake2F => {
            let rounds = blake2f::rounds(input);
            rounds.and_then(|rounds| pay(rounds, &|| blake2f::run(input)))
        }
        Precompile::P256Verify => pay(6_900, &|| Some(p256_verify(input))),
        Precompile::Bn254Pairing { price, each } => {
            let price = price + each * (input.len() / 192) as u64;
            if price > gas {
                return Ok(None);
            }
            library(number, input, u64::MAX)?.map(|(_, output)| (price, output))
        }
        Precompile::Library => return library(number, input, gas),
    })
}

#[cfg(feature = "peers")]
fn library(number: u64, input: &[u8], gas: u64) -> Result<Answer, NoLibrary> {
    Ok(super::library::run(number, input, gas))
}

#[cfg(not(feature = "peers"))]
fn library(_: u64, _: &[u8], _: u64) -> Result<Answer, NoLibrary> {
    Err(NoLibrary)
}

/// A word of the input, by its number.
fn word(input: &[u8], number: usize) -> U256 {
    U256::from_big_endian(&padded(input, U256::from(32 * number), 32))
}

fn number(input: &[u8], at: usize) -> BigUint {
    BigUint::from_bytes_be(&padded(input, U256::from(32 * at), 32))
}

fn ecrecover(input: &[u8]) -> Vec<u8> {
    let v = word(input, 1);
    let parity = match u8::try_from(v) {
        Ok(27) => 0,
        Ok(28) => 1,
        _ => return Vec::new(),
    };
    let hash = Hash(word(input, 0).to_big_endian());
    let signer = recover(hash, parity, word(input, 2), word(input, 3));
    signer.map_or_else(Vec::new, |signer| [&[0; 12], signer.as_bytes()].concat())
}

/// Two words as a point; two zeros are the point at infinity.
fn bn254_point(curve: &Curve, input: &[u8], at: usize) -> Option<Affine> {
    let (x, y) = (number(input, at), number(input, at + 1));
    if x == BigUint::ZERO && y == BigUint::ZERO {
        return Some(None);
    }
    curve.contains(&x, &y).then_some(Some((x, y)))
}

fn bn254_output(point: Affine) -> Vec<u8> {
    let (x, y) = point.unwrap_or_default();
    [to_bytes(&x), to_bytes(&y)].concat()
}

fn bn254_add(input: &[u8]) -> Option<Vec<u8>> {
    let curve = alt_bn128();
    let (a, b) = (
        bn254_point(&curve, input, 0)?,
        bn254_point(&curve, input, 2)?,
    );
    Some(bn254_output(curve.add(&a, &b)))
}

fn bn254_mul(input: &[u8]) -> Option<Vec<u8>> {
    let curve = alt_bn128();
    let point = bn254_point(&curve, input, 0)?;
    Some(bn254_output(curve.multiply(&number(input, 2), &point)))
}

/// EIP-7951: one for a good signature, nothing for everything else.
fn p256_verify(input: &[u8]) -> Vec<u8> {
    let curve = secp256r1();
    let [hash, r, s, x, y] = std::array::from_fn(|at| number(input, at));
    let is_point = curve.contains(&x, &y);
    if input.len() == 160 && is_point && curve.verify(&hash, &r, &s, &Some((x, y))) {
        U256::one().to_big_endian().to_vec()
    } else {
        Vec::new()
    }
}
