//! Arithmetic on the points of secp256k1, for tests that compute with them, and signatures with a chosen nonce.
//!
//! It is plain, not fast, and takes no care of secrets: these are the keys of tests.

use gasworks::public_key_of_secret;

use crate::contracts::abi::{AbiWord, Unsigned, Value};

use super::super::{Handler, arguments};
use super::ORDER;

type Answer = Result<Vec<Value>, String>;

/// The prime of the field.
const PRIME: Unsigned = Unsigned::from_limbs([0xffff_fffe_ffff_fc2f, u64::MAX, u64::MAX, u64::MAX]);

/// A point; `None` is the one at infinity.
type Point = Option<(Unsigned, Unsigned)>;

pub(super) fn handler(name: &str) -> Option<Handler> {
    let handler: Handler = match name {
        "ecAddAffine" => |_, of| {
            let (left, right) = (
                affine(of, 0, "first point")?,
                affine(of, 2, "second point")?,
            );
            Ok(affine_values(add(left, right)))
        },
        "ecMulAffine" => |_, of| {
            let point = affine(of, 0, "point")?;
            Ok(affine_values(multiply(point, arguments::number(of, 2)?)))
        },
        "ecAddProjective" => |_, of| {
            let left = projective(of, 0, "first point")?;
            let right = projective(of, 3, "second point")?;
            Ok(projective_values(add(left, right)))
        },
        "ecMulProjective" => |_, of| {
            let point = projective(of, 0, "point")?;
            Ok(projective_values(multiply(
                point,
                arguments::number(of, 3)?,
            )))
        },
        _ => return None,
    };
    Some(handler)
}

/// Signs with a nonce that the test chose, as no wallet may.
pub(super) fn sign_with_nonce(secret: Unsigned, digest: AbiWord, nonce: Unsigned) -> Answer {
    if nonce.is_zero() {
        return Err("nonce cannot be 0".to_owned());
    }
    if nonce >= ORDER {
        return Err("invalid nonce scalar".to_owned());
    }
    let unusable = || "sign_prehashed failed: the nonce gives no signature".to_owned();
    let point = public_key_of_secret(&nonce.to_be_bytes()).ok_or_else(unusable)?;
    let r = Unsigned::from_be_slice(&point[..32]).reduce_mod(ORDER);
    let digest = Unsigned::from_be_bytes(digest.0);
    let inverse = nonce.inv_mod(ORDER).ok_or_else(unusable)?;
    let s = digest
        .add_mod(r.mul_mod(secret, ORDER), ORDER)
        .mul_mod(inverse, ORDER);
    if r.is_zero() || s.is_zero() {
        return Err(unusable());
    }
    // Of the two signatures the one with the low s is given; the other belongs to the other parity.
    let high = s > ORDER >> 1;
    let odd = point[63] & 1 == 1;
    let s = if high { ORDER - s } else { s };
    let word = |number: Unsigned| Value::FixedBytes(AbiWord::new(number.to_be_bytes()), 32);
    let v = Unsigned::from(27 + u8::from(odd != high));
    Ok(vec![Value::Uint(v, 8), word(r), word(s)])
}

fn affine(of: &[Value], at: usize, name: &str) -> Result<Point, String> {
    on_curve(
        arguments::number(of, at)?,
        arguments::number(of, at + 1)?,
        name,
    )
}

fn on_curve(x: Unsigned, y: Unsigned, name: &str) -> Result<Point, String> {
    if x.is_zero() && y.is_zero() {
        return Ok(None);
    }
    let cube = x.mul_mod(x, PRIME).mul_mod(x, PRIME);
    let holds = y.mul_mod(y, PRIME) == cube.add_mod(Unsigned::from(7), PRIME);
    if x >= PRIME || y >= PRIME || !holds {
        return Err(format!("invalid secp256k1 {name}"));
    }
    Ok(Some((x, y)))
}

fn projective(of: &[Value], at: usize, name: &str) -> Result<Point, String> {
    let coordinate = |at| {
        let number = arguments::number(of, at)?;
        match number < PRIME {
            true => Ok(number),
            false => Err(format!("invalid secp256k1 {name}")),
        }
    };
    let (x, y, z) = (coordinate(at)?, coordinate(at + 1)?, coordinate(at + 2)?);
    match z.inv_mod(PRIME) {
        Some(inverse) => on_curve(x.mul_mod(inverse, PRIME), y.mul_mod(inverse, PRIME), name),
        None if x.is_zero() && !y.is_zero() => Ok(None),
        None => Err(format!("invalid secp256k1 {name}")),
    }
}

fn affine_values(point: Point) -> Vec<Value> {
    let (x, y) = point.unwrap_or_default();
    vec![Value::Uint(x, 256), Value::Uint(y, 256)]
}

fn projective_values(point: Point) -> Vec<Value> {
    let one = Unsigned::from(1);
    let (x, y, z) = match point {
        Some((x, y)) => (x, y, one),
        None => (Unsigned::ZERO, one, Unsigned::ZERO),
    };
    vec![
        Value::Uint(x, 256),
        Value::Uint(y, 256),
        Value::Uint(z, 256),
    ]
}

fn minus(left: Unsigned, right: Unsigned) -> Unsigned {
    left.add_mod(PRIME - right, PRIME)
}

/// Adds by the line through both points, which for equal ones is the tangent.
fn add(left: Point, right: Point) -> Point {
    let (Some((x1, y1)), Some((x2, y2))) = (left, right) else {
        return left.or(right);
    };
    let (rise, run) = if x1 != x2 {
        (minus(y2, y1), minus(x2, x1))
    } else if y1 == y2 {
        let three = Unsigned::from(3);
        (
            x1.mul_mod(x1, PRIME).mul_mod(three, PRIME),
            y1.add_mod(y1, PRIME),
        )
    } else {
        return None;
    };
    let slope = rise.mul_mod(run.inv_mod(PRIME)?, PRIME);
    let x = minus(minus(slope.mul_mod(slope, PRIME), x1), x2);
    let y = minus(slope.mul_mod(minus(x1, x), PRIME), y1);
    Some((x, y))
}

fn multiply(point: Point, scalar: Unsigned) -> Point {
    let scalar = scalar.reduce_mod(ORDER);
    let mut sum = None;
    for bit in (0..scalar.bit_len()).rev() {
        sum = add(sum, sum);
        if scalar.bit(bit) {
            sum = add(sum, point);
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::{call, fails};
    use super::*;

    fn uint(of: u64) -> Value {
        Value::Uint(Unsigned::from(of), 256)
    }

    fn generator_times(secret: u64) -> Vec<Value> {
        let secret: [u8; 32] = Unsigned::from(secret).to_be_bytes();
        let point = public_key_of_secret(&secret).expect("a key");
        let coordinates = point
            .chunks(32)
            .map(|bytes| Value::Uint(Unsigned::from_be_slice(bytes), 256));
        coordinates.collect()
    }

    #[test]
    fn points_are_those_of_the_library() {
        let one = generator_times(1);
        for scalar in [2, 3, 77, u64::MAX] {
            let arguments = [one.clone(), vec![uint(scalar)]].concat();
            assert_eq!(
                call("ecMulAffine(uint256,uint256,uint256)", &arguments),
                generator_times(scalar)
            );
        }
        let add = "ecAddAffine(uint256,uint256,uint256,uint256)";
        let sum = call(add, &[generator_times(2), generator_times(3)].concat());
        assert_eq!(sum, generator_times(5));
        let none = call(
            "ecMulAffine(uint256,uint256,uint256)",
            &[one.clone(), vec![Value::Uint(ORDER, 256)]].concat(),
        );
        assert_eq!(none, [uint(0), uint(0)]);
        assert_eq!(call(add, &[one.clone(), none].concat()), one);
        assert_eq!(
            fails(add, &[uint(1), uint(1), uint(0), uint(0)]),
            "invalid secp256k1 first point"
        );
    }

    #[test]
    fn projective_points_are_scaled() {
        let scaled = |factor: u64| {
            let factor = Unsigned::from(factor);
            let coordinates = generator_times(4)
                .into_iter()
                .map(|coordinate| match coordinate {
                    Value::Uint(number, _) => Value::Uint(number.mul_mod(factor, PRIME), 256),
                    other => other,
                });
            coordinates
                .chain([Value::Uint(factor, 256)])
                .collect::<Vec<_>>()
        };
        let double = call(
            "ecMulProjective(uint256,uint256,uint256,uint256)",
            &[scaled(9), vec![uint(2)]].concat(),
        );
        let expected = [generator_times(8), vec![uint(1)]].concat();
        assert_eq!(double, expected);
        let add = "ecAddProjective(uint256,uint256,uint256,uint256,uint256,uint256)";
        assert_eq!(call(add, &[scaled(1), scaled(5)].concat()), expected);
        let infinity = [uint(0), uint(1), uint(0)];
        assert_eq!(
            call(add, &[scaled(3), infinity.to_vec()].concat()),
            scaled(1)
        );
        fails(add, &[scaled(1), vec![uint(1), uint(1), uint(0)]].concat());
    }
}
