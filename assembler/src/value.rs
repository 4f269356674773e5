//! Values of expressions: integers of any size that remember the zeros with which they were written.
//!
//! `0x0001` has two bytes wherever its bytes are asked for; arithmetic knows integers only and drops the zeros.

use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer as _;
use num_traits::{Signed, ToPrimitive, Zero};

use crate::lexer::Operator;

/// The most bits that arithmetic may produce.
const MOST_BITS: u64 = 1 << 20;

/// The most digits of a decimal number: reading one takes time that is not linear.
const MOST_DIGITS: usize = 10_000;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    integer: Integer,
    /// Digits that are zero and stand before the others, two a byte.
    zero_digits: u32,
    /// Whether it was written with an odd number of hexadecimal digits: it has no bytes then.
    odd: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Integer {
    Small(i64),
    Big(Box<BigInt>),
    /// No integer, but a list of values, which only the encoding of the contract ABI takes.
    List(Box<[Value]>),
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        i64::try_from(value).map_or_else(|_| BigInt::from(value).into(), Self::small)
    }
}

impl From<BigInt> for Value {
    fn from(value: BigInt) -> Self {
        let integer = value
            .to_i64()
            .map_or_else(|| Integer::Big(Box::new(value)), Integer::Small);
        Self {
            integer,
            zero_digits: 0,
            odd: false,
        }
    }
}

impl Value {
    const fn small(value: i64) -> Self {
        Self {
            integer: Integer::Small(value),
            zero_digits: 0,
            odd: false,
        }
    }

    /// The value of bytes, all of which it keeps.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        let integer = BigInt::from_bytes_be(Sign::Plus, bytes);
        Self {
            zero_digits: 2 * zeros as u32,
            ..integer.into()
        }
    }

    /// The number that a word is in two's complement.
    pub(crate) fn from_twos_complement(word: &[u8; 32]) -> Self {
        BigInt::from_signed_bytes_be(word).into()
    }

    /// A list of values.
    pub(crate) fn list(values: Vec<Self>) -> Self {
        Self {
            integer: Integer::List(values.into()),
            zero_digits: 0,
            odd: false,
        }
    }

    /// The values of a list; none if it is a number.
    pub(crate) fn as_list(&self) -> Option<&[Self]> {
        match &self.integer {
            Integer::List(values) => Some(values),
            _ => None,
        }
    }

    /// The value of a number as it is written, or what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
        if let Some(digits) = hexadecimal {
            return Self::parse_hexadecimal(digits);
        }
        if text.len() > 1 && text.starts_with('0') {
            return Err("a decimal number does not begin with zero".into());
        }
        if let Ok(small) = text.parse() {
            return Ok(Self::small(small));
        }
        if text.len() > MOST_DIGITS {
            return Err(format!("a number of more than {MOST_DIGITS} digits"));
        }
        match BigUint::parse_bytes(text.as_bytes(), 10) {
            Some(digits) => Ok(BigInt::from(digits).into()),
            None => Err(format!("{text} is not a number")),
        }
    }

    fn parse_hexadecimal(digits: &str) -> Result<Self, String> {
        let zeros = digits.bytes().take_while(|digit| *digit == b'0').count();
        let value = if digits.len() - zeros <= 15 {
            let rest = &digits[zeros..];
            if rest.is_empty() && !digits.is_empty() {
                Some(Self::small(0))
            } else {
                i64::from_str_radix(rest, 16).ok().map(Self::small)
            }
        } else {
            BigUint::parse_bytes(digits.as_bytes(), 16).map(|value| BigInt::from(value).into())
        };
        let value = value.ok_or("hexadecimal digits are missing after 0x")?;
        Ok(Self {
            zero_digits: zeros as u32,
            odd: !digits.len().is_multiple_of(2),
            ..value
        })
    }

    /// The integer as a small number, where it is one that is not negative.
    pub fn to_u64(&self) -> Option<u64> {
        match &self.integer {
            Integer::Small(value) => u64::try_from(*value).ok(),
            Integer::Big(value) => value.to_u64(),
            Integer::List(_) => None,
        }
    }

    /// The integer.
    pub fn to_integer(&self) -> BigInt {
        match &self.integer {
            Integer::Small(value) => BigInt::from(*value),
            Integer::Big(value) => (**value).clone(),
            Integer::List(_) => BigInt::ZERO,
        }
    }

    /// Whether it is less than zero.
    pub fn is_negative(&self) -> bool {
        match &self.integer {
            Integer::Small(value) => *value < 0,
            Integer::Big(value) => value.is_negative(),
            Integer::List(_) => false,
        }
    }

    /// The value without its sign and without zeros before it.
    pub fn abs(&self) -> Self {
        match &self.integer {
            Integer::Small(value) => value.unsigned_abs().into(),
            Integer::Big(value) => value.abs().into(),
            Integer::List(_) => Self::small(0),
        }
    }

    /// Bits of the integer without its sign.
    pub fn bits(&self) -> u64 {
        match &self.integer {
            Integer::Small(value) => u64::from(64 - value.unsigned_abs().leading_zeros()),
            Integer::Big(value) => value.bits(),
            Integer::List(_) => 0,
        }
    }

    /// Bytes that the value has, zeros before it included.
    pub fn byte_length(&self) -> u64 {
        u64::from(self.zero_digits / 2) + self.bits().div_ceil(8)
    }

    /// Appends the bytes, zeros before it included, or says why there are none.
    pub fn write_bytes(&self, to: &mut Vec<u8>) -> Result<(), &'static str> {
        if self.is_negative() {
            return Err("a negative number has no bytes");
        }
        if self.as_list().is_some() {
            return Err("a list has no bytes: encode(\"(uint256[])\", ..) gives it some");
        }
        if self.odd {
            return Err("an odd number of hexadecimal digits is not a number of bytes");
        }
        let zeros = self.byte_length() - self.bits().div_ceil(8);
        to.resize(to.len() + zeros as usize, 0);
        self.write_integer(to);
        Ok(())
    }

    /// The bytes, zeros before it included, or why there are none.
    pub fn bytes(&self) -> Result<Vec<u8>, &'static str> {
        let mut bytes = Vec::new();
        self.write_bytes(&mut bytes).map(|()| bytes)
    }

    /// Appends the bytes of the integer without its sign: none for zero.
    pub fn write_integer(&self, to: &mut Vec<u8>) {
        match &self.integer {
            Integer::Small(value) => {
                let bytes = value.unsigned_abs().to_be_bytes();
                let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
                to.extend_from_slice(&bytes[zeros..]);
            }
            Integer::Big(value) => to.extend_from_slice(&value.magnitude().to_bytes_be()),
            Integer::List(_) => {}
        }
    }

    /// Work that an operation on the value takes, in words.
    pub fn words(&self) -> u64 {
        let elements = self.as_list().unwrap_or_default();
        let inner: u64 = elements.iter().map(Self::words).sum();
        inner + self.byte_length() / 8 + 1
    }

    /// The value with the other sign.
    pub fn negated(&self) -> Self {
        match &self.integer {
            Integer::Small(value) => match value.checked_neg() {
                Some(value) => Self::small(value),
                None => (-BigInt::from(*value)).into(),
            },
            Integer::Big(value) => (-&**value).into(),
            Integer::List(_) => Self::small(0),
        }
    }

    /// The result of an operator, or why there is none.
    pub fn operate(&self, operator: Operator, other: &Self) -> Result<Self, String> {
        if let (Integer::Small(a), Integer::Small(b)) = (&self.integer, &other.integer)
            && let Some(value) = small_operation(operator, *a, *b)
        {
            return Ok(Self::small(value));
        }
        self.big_operation(operator, other)
    }

    fn big_operation(&self, operator: Operator, other: &Self) -> Result<Self, String> {
        let (a, b) = (self.to_integer(), other.to_integer());
        let result = match operator {
            Operator::Add => a + b,
            Operator::Subtract => a - b,
            Operator::Multiply => {
                fits(a.bits() + b.bits())?;
                a * b
            }
            Operator::Divide if b.is_zero() => return Err("division by zero".into()),
            Operator::Modulo if b.is_zero() => return Err("modulo by zero".into()),
            // The quotient is such that the remainder is never negative.
            Operator::Divide if b.is_negative() => -a.div_floor(&-b),
            Operator::Divide => a.div_floor(&b),
            Operator::Modulo => a.mod_floor(&b.abs()),
            Operator::And => a & b,
            Operator::Or => a | b,
            Operator::Xor => a ^ b,
            Operator::ShiftLeft => {
                let amount = shift_amount(&b)?;
                if a.is_zero() {
                    a
                } else {
                    fits(a.bits().saturating_add(amount))?;
                    a << amount
                }
            }
            Operator::ShiftRight => a >> shift_amount(&b)?,
        };
        Ok(result.into())
    }
}

/// Operations whose operands and result are small.
fn small_operation(operator: Operator, a: i64, b: i64) -> Option<i64> {
    match operator {
        Operator::Add => a.checked_add(b),
        Operator::Subtract => a.checked_sub(b),
        Operator::Multiply => a.checked_mul(b),
        Operator::Divide => a.checked_div_euclid(b),
        Operator::Modulo => a.checked_rem_euclid(b),
        Operator::And => Some(a & b),
        Operator::Or => Some(a | b),
        Operator::Xor => Some(a ^ b),
        Operator::ShiftLeft => {
            let amount = u32::try_from(b).ok().filter(|amount| *amount < 63)?;
            let shifted = a << amount;
            (shifted >> amount == a).then_some(shifted)
        }
        Operator::ShiftRight => u32::try_from(b).ok().map(|amount| a >> amount.min(63)),
    }
}

fn shift_amount(amount: &BigInt) -> Result<u64, String> {
    if amount.is_negative() {
        return Err("a shift by a negative number".into());
    }
    amount
        .to_u64()
        .ok_or_else(|| format!("a shift by {} bits", short(amount)))
}

fn fits(bits: u64) -> Result<(), String> {
    if bits > MOST_BITS {
        return Err(format!("a number of more than {MOST_BITS} bits"));
    }
    Ok(())
}

/// A number for people, who do not read hundreds of digits.
fn short(value: &BigInt) -> String {
    if value.bits() > 256 {
        return format!("a number of {} bits", value.bits());
    }
    value.to_string()
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.integer {
            Integer::Small(value) => write!(f, "{value}"),
            Integer::Big(value) => f.write_str(&short(value)),
            Integer::List(values) => {
                f.write_str("[")?;
                for (index, value) in values.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}{value}")?;
                }
                f.write_str("]")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OPERATORS: [Operator; 10] = [
        Operator::Add,
        Operator::Subtract,
        Operator::Multiply,
        Operator::Divide,
        Operator::Modulo,
        Operator::ShiftLeft,
        Operator::ShiftRight,
        Operator::And,
        Operator::Or,
        Operator::Xor,
    ];

    fn value(text: &str) -> Value {
        Value::parse(text).expect("a number")
    }

    #[test]
    fn zeros_count_as_bytes() {
        assert_eq!(value("0x00ff").bytes(), Ok(vec![0, 255]));
        assert_eq!(value("0x0a").byte_length(), 1);
        assert_eq!(value("0x0").byte_length(), 0);
        assert_eq!(value("0x00").bytes(), Ok(vec![0]));
        assert!(value("0x001").bytes().is_err());
        assert_eq!(value("0").bytes(), Ok(vec![]));
        assert_eq!(Value::from_bytes(&[0, 0, 7]).bytes(), Ok(vec![0, 0, 7]));
        assert!(Value::parse("0x").is_err() && Value::parse("007").is_err());
    }

    #[test]
    fn huge_results_are_refused() {
        let one = value("1");
        assert!(
            one.operate(Operator::ShiftLeft, &value("1000000000000"))
                .is_err()
        );
        assert!(
            one.operate(Operator::ShiftLeft, &value("99999999999999999999999"))
                .is_err()
        );
        assert!(
            one.operate(Operator::ShiftLeft, &value("1").negated())
                .is_err()
        );
        assert_eq!(
            one.operate(Operator::ShiftRight, &value("1000000000000")),
            Ok(value("0"))
        );
        let large = one
            .operate(Operator::ShiftLeft, &value("1000000"))
            .expect("fits");
        assert!(large.operate(Operator::Multiply, &large).is_err());
    }

    proptest! {
        #[test]
        fn small_operations_are_big_ones(a: i64, b in prop_oneof![any::<i64>(), -70i64..70], index in 0..OPERATORS.len()) {
            if let Some(small) = small_operation(OPERATORS[index], a, b) {
                let big = Value::small(a).big_operation(OPERATORS[index], &Value::small(b));
                prop_assert_eq!(big, Ok(Value::small(small)));
            }
        }
    }
}
