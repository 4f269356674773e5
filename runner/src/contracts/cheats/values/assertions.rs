//! Assertions, with forge's words where one fails.

use std::cmp::Ordering;

use gasworks::U256;

use crate::contracts::abi::{self, Signed, Unsigned, Value};

use super::strings::printed;
use super::{Handler, arguments};

const FAILED: &str = "assertion failed";
/// Decimals of a relative difference, of which `1e18` is all.
const RELATIVE_DECIMALS: usize = 18;

type Answer = Result<Vec<Value>, String>;

pub(super) fn handler(name: &str, _parameters: &str) -> Option<Handler> {
    let handler: Handler = match name {
        "assertTrue" => |_, of| condition(of, true),
        "assertFalse" => |_, of| condition(of, false),
        "assertEq" => |_, of| compare(of, "!=", Ordering::is_eq),
        "assertNotEq" => |_, of| compare(of, "==", Ordering::is_ne),
        "assertGt" => |_, of| compare(of, "<=", Ordering::is_gt),
        "assertGe" => |_, of| compare(of, "<", Ordering::is_ge),
        "assertLt" => |_, of| compare(of, ">=", Ordering::is_lt),
        "assertLe" => |_, of| compare(of, ">", Ordering::is_le),
        "assertEqDecimal" => |_, of| compare_decimal(of, "!=", Ordering::is_eq),
        "assertNotEqDecimal" => |_, of| compare_decimal(of, "==", Ordering::is_ne),
        "assertGtDecimal" => |_, of| compare_decimal(of, "<=", Ordering::is_gt),
        "assertGeDecimal" => |_, of| compare_decimal(of, "<", Ordering::is_ge),
        "assertLtDecimal" => |_, of| compare_decimal(of, ">=", Ordering::is_lt),
        "assertLeDecimal" => |_, of| compare_decimal(of, ">", Ordering::is_le),
        "assertApproxEqAbs" => |_, of| close(of, None, arguments::number(of, 2)?, 3),
        "assertApproxEqAbsDecimal" => |_, of| {
            let decimals = arguments::number(of, 3)?;
            close(of, Some(decimals), arguments::number(of, 2)?, 4)
        },
        "assertApproxEqRel" => |_, of| relatively_close(of, None, arguments::number(of, 2)?, 3),
        "assertApproxEqRelDecimal" => |_, of| {
            let decimals = arguments::number(of, 3)?;
            relatively_close(of, Some(decimals), arguments::number(of, 2)?, 4)
        },
        _ => return None,
    };
    Some(handler)
}

/// The text of a failure: the message of the test instead of forge's, if there is one, and what did not hold.
fn failure(of: &[Value], message_at: usize, what: &str) -> Answer {
    let message = match of.get(message_at) {
        Some(Value::String(message)) => message,
        _ => FAILED,
    };
    Err(format!("{message}: {what}"))
}

fn condition(of: &[Value], expected: bool) -> Answer {
    if arguments::flag(of, 0)? == expected {
        return Ok(Vec::new());
    }
    let message = arguments::text(of, 1).unwrap_or(FAILED);
    Err(message.to_owned())
}

/// The order of two values. Only numbers have one; of anything else only equality is asked.
fn order(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Uint(left, _), Value::Uint(right, _)) => left.cmp(right),
        (Value::Int(left, _), Value::Int(right, _)) => left.cmp(right),
        _ if left == right => Ordering::Equal,
        _ => Ordering::Less,
    }
}

/// `inverse` is printed: what held instead.
fn compare(of: &[Value], inverse: &str, holds: fn(Ordering) -> bool) -> Answer {
    let (left, right) = (arguments::any(of, 0)?, arguments::any(of, 1)?);
    if holds(order(left, right)) {
        return Ok(Vec::new());
    }
    let what = format!("{} {inverse} {}", printed(left), printed(right));
    failure(of, 2, &what)
}

fn compare_decimal(of: &[Value], inverse: &str, holds: fn(Ordering) -> bool) -> Answer {
    let (left, right) = (arguments::any(of, 0)?, arguments::any(of, 1)?);
    if holds(order(left, right)) {
        return Ok(Vec::new());
    }
    let decimals = arguments::number(of, 2)?;
    let (left, right) = (
        with_decimals(left, decimals),
        with_decimals(right, decimals),
    );
    failure(of, 3, &format!("{left} {inverse} {right}"))
}

/// The numbers of an assertion about a difference: printed, and their distance.
struct Pair<'a> {
    left: &'a Value,
    right: &'a Value,
    distance: Unsigned,
    /// The right number without its sign.
    size: Unsigned,
}

impl<'a> Pair<'a> {
    fn of(of: &'a [Value]) -> Result<Self, String> {
        let (left, right) = (arguments::any(of, 0)?, arguments::any(of, 1)?);
        let (distance, size) = match (left, right) {
            (Value::Uint(left, _), Value::Uint(right, _)) => (left.abs_diff(*right), *right),
            (Value::Int(left, _), Value::Int(right, _)) => {
                (signed_distance(*left, *right), right.unsigned_abs())
            }
            _ => return Err("numbers of one type are compared".to_owned()),
        };
        Ok(Self {
            left,
            right,
            distance,
            size,
        })
    }

    fn describe(&self, decimals: Option<Unsigned>, allowed: &str, real: &str) -> String {
        let show = |value: &Value| match decimals {
            Some(decimals) => with_decimals(value, decimals),
            None => printed(value),
        };
        let (left, right) = (show(self.left), show(self.right));
        format!("{left} !~= {right} (max delta: {allowed}, real delta: {real})")
    }
}

fn signed_distance(left: Signed, right: Signed) -> Unsigned {
    let (left_size, right_size) = (left.unsigned_abs(), right.unsigned_abs());
    if left.is_negative() == right.is_negative() {
        left_size.abs_diff(right_size)
    } else {
        left_size.wrapping_add(right_size)
    }
}

fn close(of: &[Value], decimals: Option<Unsigned>, allowed: Unsigned, message_at: usize) -> Answer {
    let pair = Pair::of(of)?;
    if pair.distance <= allowed {
        return Ok(Vec::new());
    }
    let show = |number: Unsigned| match decimals {
        Some(decimals) => with_decimals(&Value::Uint(number, 256), decimals),
        None => number.to_string(),
    };
    let what = pair.describe(decimals, &show(allowed), &show(pair.distance));
    failure(of, message_at, &what)
}

fn relatively_close(
    of: &[Value],
    decimals: Option<Unsigned>,
    allowed: Unsigned,
    message_at: usize,
) -> Answer {
    let pair = Pair::of(of)?;
    let real = if pair.size.is_zero() {
        if pair.distance.is_zero() {
            return Ok(Vec::new());
        }
        "undefined".to_owned()
    } else {
        let Some(real) = relative(pair.distance, pair.size) else {
            return failure(of, message_at, "overflow in delta calculation");
        };
        if real <= allowed {
            return Ok(Vec::new());
        }
        percent(real)
    };
    let what = pair.describe(decimals, &percent(allowed), &real);
    failure(of, message_at, &what)
}

/// `distance * 1e18 / size` in 512 bits; `None` where it does not fit a word.
fn relative(distance: Unsigned, size: Unsigned) -> Option<Unsigned> {
    let all = U256::exp10(RELATIVE_DECIMALS);
    let quotient = abi::word(distance)
        .full_mul(all)
        .checked_div(abi::word(size).into())?;
    U256::try_from(quotient).ok().map(abi::unsigned)
}

fn percent(part: Unsigned) -> String {
    let decimals = Unsigned::from(RELATIVE_DECIMALS - 2);
    format!("{}%", with_decimals(&Value::Uint(part, 256), decimals))
}

/// The greatest number of decimals that is printed with a point; more are printed without.
const MOST_DECIMALS: u8 = 77;

/// A number of units of which `10^decimals` are one.
fn with_decimals(number: &Value, decimals: Unsigned) -> String {
    let (sign, digits) = match number {
        Value::Int(number, _) if number.is_negative() => ("-", number.unsigned_abs().to_string()),
        Value::Int(number, _) => ("", number.unsigned_abs().to_string()),
        other => ("", printed(other)),
    };
    let decimals = decimals.saturating_to::<u8>();
    if decimals > MOST_DECIMALS {
        return format!("{sign}{digits}");
    }
    let decimals = usize::from(decimals);
    let padded = format!("{digits:0>width$}", width = decimals + 1);
    let (whole, part) = padded.split_at(padded.len() - decimals);
    if decimals == 0 {
        format!("{sign}{whole}.0")
    } else {
        format!("{sign}{whole}.{part}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{call, fails};
    use super::*;

    fn uint(of: u128) -> Value {
        Value::Uint(Unsigned::from(of), 256)
    }

    fn int(of: i64) -> Value {
        Value::Int(Signed::try_from(of).expect("a small number"), 256)
    }

    fn text(of: &str) -> Value {
        Value::String(of.to_owned())
    }

    #[test]
    fn comparisons_say_what_held_instead() {
        assert_eq!(call("assertEq(uint256,uint256)", &[uint(1), uint(1)]), []);
        for (signature, left, right, expected) in [
            ("assertEq(uint256,uint256)", uint(1), uint(2), "1 != 2"),
            ("assertNotEq(int256,int256)", int(-1), int(-1), "-1 == -1"),
            ("assertGt(uint256,uint256)", uint(1), uint(1), "1 <= 1"),
            ("assertGe(int256,int256)", int(-2), int(1), "-2 < 1"),
            ("assertLt(uint256,uint256)", uint(2), uint(1), "2 >= 1"),
            ("assertLe(int256,int256)", int(1), int(-1), "1 > -1"),
            (
                "assertEq(string,string)",
                text("a b"),
                text("c"),
                "a b != c",
            ),
            (
                "assertEq(bytes,bytes)",
                Value::Bytes(vec![1]),
                Value::Bytes(vec![]),
                "0x01 != 0x",
            ),
            (
                "assertEq(uint256[],uint256[])",
                Value::Array(vec![uint(1), uint(2)]),
                Value::Array(vec![]),
                "[1, 2] != []",
            ),
        ] {
            let failed = fails(signature, &[left, right]);
            assert_eq!(
                failed,
                format!("assertion failed: {expected}"),
                "{signature}"
            );
        }
        assert_eq!(
            fails(
                "assertEq(string,string,string)",
                &[text("a"), text("b"), text("m")]
            ),
            "m: a != b"
        );
    }

    #[test]
    fn conditions_have_their_message_alone() {
        assert_eq!(
            fails("assertTrue(bool)", &[Value::Bool(false)]),
            "assertion failed"
        );
        assert_eq!(
            fails("assertFalse(bool,string)", &[Value::Bool(true), text("no")]),
            "no"
        );
    }

    #[test]
    fn decimals() {
        assert_eq!(
            fails(
                "assertEqDecimal(uint256,uint256,uint256)",
                &[uint(1), uint(12_345), uint(3)]
            ),
            "assertion failed: 0.001 != 12.345"
        );
        assert_eq!(
            fails(
                "assertLtDecimal(int256,int256,uint256)",
                &[int(-5), int(-10), uint(1)]
            ),
            "assertion failed: -0.5 >= -1.0"
        );
        assert_eq!(with_decimals(&uint(5), Unsigned::ZERO), "5.0");
        assert_eq!(with_decimals(&uint(5), Unsigned::from(78)), "5");
    }

    #[test]
    fn differences() {
        let close = "assertApproxEqAbs(uint256,uint256,uint256)";
        assert_eq!(call(close, &[uint(100), uint(103), uint(3)]), []);
        assert_eq!(
            fails(close, &[uint(100), uint(104), uint(3)]),
            "assertion failed: 100 !~= 104 (max delta: 3, real delta: 4)"
        );
        assert_eq!(
            fails(
                "assertApproxEqAbs(int256,int256,uint256)",
                &[int(-2), int(3), uint(4)]
            ),
            "assertion failed: -2 !~= 3 (max delta: 4, real delta: 5)"
        );
        let decimal = "assertApproxEqAbsDecimal(uint256,uint256,uint256,uint256)";
        assert_eq!(
            fails(decimal, &[uint(100), uint(104), uint(3), uint(1)]),
            "assertion failed: 10.0 !~= 10.4 (max delta: 0.3, real delta: 0.4)"
        );
        let relative = "assertApproxEqRel(uint256,uint256,uint256)";
        let percent = 10_u128.pow(16);
        assert_eq!(call(relative, &[uint(101), uint(100), uint(percent)]), []);
        assert_eq!(
            fails(relative, &[uint(102), uint(100), uint(percent)]),
            "assertion failed: 102 !~= 100 (max delta: 1.0000000000000000%, real delta: 2.0000000000000000%)"
        );
        assert_eq!(
            fails(relative, &[uint(1), uint(0), uint(percent)]),
            "assertion failed: 1 !~= 0 (max delta: 1.0000000000000000%, real delta: undefined)"
        );
        assert_eq!(call(relative, &[uint(0), uint(0), uint(0)]), []);
        let largest = Value::Uint(Unsigned::MAX, 256);
        assert_eq!(
            fails(relative, &[largest, uint(1), uint(percent)]),
            "assertion failed: overflow in delta calculation"
        );
    }
}
