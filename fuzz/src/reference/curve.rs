//! Curves y² = x³ + ax + b over a prime field, and ECDSA on them: secp256k1 (SEC 2), secp256r1 (EIP-7951) and alt_bn128's
//! first group (EIP-196).

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use gasworks::{Address, Hash, U256};
use num_bigint::BigUint;

use super::hashes::{address_of, keccak};

pub(super) struct Curve {
    p: BigUint,
    a: BigUint,
    b: BigUint,
    /// The order of the generator.
    n: BigUint,
    generator: (BigUint, BigUint),
}

/// A point (X / Z², Y / Z³); at infinity if Z is zero. So that adding divides nothing.
#[derive(Clone)]
struct Point {
    x: BigUint,
    y: BigUint,
    z: BigUint,
}

/// A point by its coordinates; `None` at infinity.
pub(super) type Affine = Option<(BigUint, BigUint)>;

fn hex(digits: &str) -> BigUint {
    BigUint::parse_bytes(digits.as_bytes(), 16).unwrap_or_default()
}

pub(super) fn secp256k1() -> Curve {
    Curve {
        p: hex("fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f"),
        a: BigUint::ZERO,
        b: BigUint::from(7_u8),
        n: hex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"),
        generator: (
            hex("79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"),
            hex("483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"),
        ),
    }
}

pub(super) fn secp256r1() -> Curve {
    let p = hex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
    Curve {
        a: &p - 3_u8,
        p,
        b: hex("5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b"),
        n: hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
        generator: (
            hex("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"),
            hex("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"),
        ),
    }
}

pub(super) fn alt_bn128() -> Curve {
    Curve {
        p: hex("30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47"),
        a: BigUint::ZERO,
        b: BigUint::from(3_u8),
        n: hex("30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001"),
        generator: (BigUint::from(1_u8), BigUint::from(2_u8)),
    }
}

pub(super) fn from_word(word: U256) -> BigUint {
    BigUint::from_bytes_be(&word.to_big_endian())
}

impl Curve {
    fn subtract(&self, a: &BigUint, b: &BigUint) -> BigUint {
        (a + &self.p - b) % &self.p
    }

    pub(super) fn contains(&self, x: &BigUint, y: &BigUint) -> bool {
        let right = (x * x * x + &self.a * x + &self.b) % &self.p;
        *x < self.p && *y < self.p && y * y % &self.p == right
    }

    fn double(&self, point: &Point) -> Point {
        let (p, Point { x, y, z }) = (&self.p, point);
        let yy = y * y % p;
        let s = ((x * &yy) << 2_u8) % p;
        let zz = z * z % p;
        let m = (x * x * 3_u8 + &self.a * (&zz * &zz % p)) % p;
        let x3 = self.subtract(&(&m * &m % p), &((&s << 1_u8) % p));
        let y3 = self.subtract(
            &(m * self.subtract(&s, &x3) % p),
            &(((&yy * &yy) << 3_u8) % p),
        );
        let z3 = ((y * z) << 1_u8) % p;
        Point {
            x: x3,
            y: y3,
            z: z3,
        }
    }

    fn sum(&self, a: &Point, b: &Point) -> Point {
        if a.z == BigUint::ZERO {
            return b.clone();
        }
        if b.z == BigUint::ZERO {
            return a.clone();
        }
        let p = &self.p;
        let (az, bz) = (&a.z * &a.z % p, &b.z * &b.z % p);
        let (u1, u2) = (&a.x * &bz % p, &b.x * &az % p);
        let (s1, s2) = (&a.y * &bz * &b.z % p, &b.y * &az * &a.z % p);
        let (h, r) = (self.subtract(&u2, &u1), self.subtract(&s2, &s1));
        if h == BigUint::ZERO && r == BigUint::ZERO {
            return self.double(a);
        }
        let hh = &h * &h % p;
        let hhh = &hh * &h % p;
        let v = u1 * hh % p;
        let x = self.subtract(&(&r * &r % p), &((&hhh + (&v << 1_u8)) % p));
        let y = self.subtract(&(r * self.subtract(&v, &x) % p), &(s1 * hhh % p));
        // Zero where the points are opposite: the sum is at infinity.
        let z = &a.z * &b.z * h % p;
        Point { x, y, z }
    }

    fn times(&self, scalar: &BigUint, point: &Point) -> Point {
        let mut product = projective(&None);
        for bit in (0..scalar.bits()).rev() {
            product = self.double(&product);
            if scalar.bit(bit) {
                product = self.sum(&product, point);
            }
        }
        product
    }

    fn affine(&self, point: &Point) -> Affine {
        let inverse = point.z.modinv(&self.p)?;
        let square = &inverse * &inverse % &self.p;
        let y = &point.y * &square * inverse % &self.p;
        Some((&point.x * square % &self.p, y))
    }

    pub(super) fn add(&self, a: &Affine, b: &Affine) -> Affine {
        self.affine(&self.sum(&projective(a), &projective(b)))
    }

    pub(super) fn multiply(&self, scalar: &BigUint, point: &Affine) -> Affine {
        self.affine(&self.times(scalar, &projective(point)))
    }

    /// u·generator + v·point.
    fn combine(&self, u: &BigUint, v: &BigUint, point: &Affine) -> Affine {
        let generator = projective(&Some(self.generator.clone()));
        let left = self.times(u, &generator);
        let right = self.times(v, &projective(point));
        self.affine(&self.sum(&left, &right))
    }

    fn is_scalar(&self, number: &BigUint) -> bool {
        *number != BigUint::ZERO && *number < self.n
    }

    /// Whether (r, s) is a signature of a hash by a key (FIPS 186).
    pub(super) fn verify(&self, hash: &BigUint, r: &BigUint, s: &BigUint, key: &Affine) -> bool {
        if !self.is_scalar(r) || !self.is_scalar(s) {
            return false;
        }
        let Some(inverse) = s.modinv(&self.n) else {
            return false;
        };
        let (u, v) = (hash * &inverse % &self.n, r * inverse % &self.n);
        self.combine(&u, &v, key)
            .is_some_and(|(x, _)| x % &self.n == *r)
    }
}

fn projective(point: &Affine) -> Point {
    let one = BigUint::from(1_u8);
    match point.clone() {
        Some((x, y)) => Point { x, y, z: one },
        None => Point {
            x: one.clone(),
            y: one,
            z: BigUint::ZERO,
        },
    }
}

/// A hash and a signature of it.
type Signed = (Hash, u8, U256, U256);

/// Answers that are kept at most.
const MOST_KEPT: usize = 1 << 14;

/// Who signed a hash with secp256k1 (Yellow Paper, appendix F). The same few keys sign in all cases, and finding out takes
/// more time than the rest of a case, so that answers are kept.
pub(super) fn recover(hash: Hash, y_parity: u8, r: U256, s: U256) -> Option<Address> {
    static KEPT: Mutex<BTreeMap<Signed, Option<Address>>> = Mutex::new(BTreeMap::new());
    let signed = (hash, y_parity, r, s);
    // A panic elsewhere leaves whole answers.
    let kept = || KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let known = kept().get(&signed).copied();
    known.unwrap_or_else(|| {
        let signer = find_signer(hash, y_parity, r, s);
        let mut kept = kept();
        if kept.len() == MOST_KEPT {
            kept.clear();
        }
        kept.insert(signed, signer);
        signer
    })
}

fn find_signer(hash: Hash, y_parity: u8, r: U256, s: U256) -> Option<Address> {
    let curve = secp256k1();
    let (r, s) = (from_word(r), from_word(s));
    if y_parity > 1 || !curve.is_scalar(&r) || !curve.is_scalar(&s) {
        return None;
    }
    // p is 3 modulo 4, so that a root is a power.
    let right = (&r * &r * &r + &curve.b) % &curve.p;
    let mut y = right.modpow(&((&curve.p + 1_u8) >> 2_u8), &curve.p);
    if y.bit(0) != (y_parity == 1) {
        y = &curve.p - y;
    }
    if !curve.contains(&r, &y) {
        return None;
    }
    let inverse = r.modinv(&curve.n)?;
    let u = &curve.n - from_word(U256::from_big_endian(&hash.0)) % &curve.n;
    let (u, v) = (u * &inverse % &curve.n, s * inverse % &curve.n);
    let (x, y) = curve.combine(&u, &v, &Some((r, y)))?;
    let key = [to_bytes(&x), to_bytes(&y)].concat();
    Some(address_of(keccak(&key)))
}

/// The same, but only for an s of the lower half (EIP-2, EIP-7702).
pub(super) fn recover_low(hash: Hash, y_parity: u8, r: U256, s: U256) -> Option<Address> {
    let is_low = from_word(s) <= secp256k1().n >> 1_u8;
    recover(hash, y_parity, r, s).filter(|_| is_low)
}

/// A number below 2^256 in 32 bytes.
pub(super) fn to_bytes(number: &BigUint) -> [u8; 32] {
    let mut word = [0; 32];
    let bytes = number.to_bytes_be();
    word[32 - bytes.len()..].copy_from_slice(&bytes);
    word
}
