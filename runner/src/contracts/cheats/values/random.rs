//! Random numbers, drawn from the seed of the run: the same for each run and any number of threads, and in forge.

mod stream;

use crate::contracts::abi::{self, AbiAddress, AbiWord, Signed, Unsigned, Value};

use super::{Handler, LONGEST_RESULT, Values, arguments};

pub(super) use stream::Stream as Random;

type Answer = Result<Vec<Value>, String>;

impl Random {
    fn number(&mut self) -> Unsigned {
        abi::unsigned(self.next_word())
    }

    /// A number of so many bits.
    fn number_of(&mut self, bits: usize) -> Unsigned {
        let unused = 256 - bits;
        match bits {
            0 => Unsigned::ZERO,
            _ => self.number() << unused >> unused,
        }
    }

    /// A number up to and including `greatest`.
    fn up_to(&mut self, greatest: Unsigned) -> Unsigned {
        let number = self.number();
        match greatest.checked_add(Unsigned::from(1)) {
            Some(count) => number % count,
            None => number,
        }
    }

    /// The lowest bytes of as many numbers.
    fn address(&mut self) -> AbiAddress {
        AbiAddress::new(std::array::from_fn(|_| self.next_u32() as u8))
    }
}

pub(super) fn handler(name: &str, _parameters: &str) -> Option<Handler> {
    let handler: Handler = match name {
        "randomUint" => random_uint,
        "randomInt" => |values, of| {
            let bits = bits(of.first().map(|_| arguments::number(of, 0)).transpose()?)?;
            let number = values.random.number_of(bits);
            // The highest of its bits is the sign.
            let unused = 256 - bits.max(1);
            let number = Signed::from_raw(number << unused).asr(unused);
            Ok(vec![Value::Int(number, 256)])
        },
        "randomAddress" => |values, _| Ok(vec![Value::Address(values.random.address())]),
        "randomBool" => |values, _| Ok(vec![Value::Bool(values.random.next_u32() >> 31 == 1)]),
        "randomBytes" => |values, of| {
            let length = arguments::number(of, 0)?.saturating_to::<usize>();
            if length > LONGEST_RESULT {
                return Err(format!("bytes length cannot exceed {LONGEST_RESULT}"));
            }
            Ok(vec![Value::Bytes(values.random.fill(length))])
        },
        "randomBytes4" => |values, _| Ok(vec![fixed(values, 4)]),
        "randomBytes8" => |values, _| Ok(vec![fixed(values, 8)]),
        "bound" => bound,
        "shuffle" => |values, of| {
            let mut list = arguments::list(of, 0)?.to_vec();
            values.random.shuffle(&mut list);
            Ok(vec![Value::Array(list)])
        },
        "sort" => |_, of| {
            let mut list = arguments::list(of, 0)?.to_vec();
            list.sort_by_key(|value| value.as_uint().map(|(number, _)| number));
            Ok(vec![Value::Array(list)])
        },
        "setSeed" => |values, of| {
            values.reseed(abi::word(arguments::number(of, 0)?));
            Ok(Vec::new())
        },
        _ => return None,
    };
    Some(handler)
}

/// Bytes of one number, the highest first.
fn fixed(values: &mut Values, size: usize) -> Value {
    let mut word = AbiWord::ZERO;
    let bytes = values.random.fill(size);
    for (place, byte) in word.iter_mut().zip(bytes.iter().rev()) {
        *place = *byte;
    }
    Value::FixedBytes(word, size)
}

fn bits(bits: Option<Unsigned>) -> Result<usize, String> {
    let bits = bits.map_or(256, |bits| bits.saturating_to::<usize>());
    if bits > 256 {
        return Err("number of bits cannot exceed 256".to_owned());
    }
    Ok(bits)
}

fn random_uint(values: &mut Values, of: &[Value]) -> Answer {
    let number = match of {
        [_, _] => {
            let (least, greatest) = (arguments::number(of, 0)?, arguments::number(of, 1)?);
            if least > greatest {
                return Err("min must be less than or equal to max".to_owned());
            }
            least + values.random.up_to(greatest - least)
        }
        [_] => {
            let bits = bits(Some(arguments::number(of, 0)?))?;
            values.random.number_of(bits)
        }
        _ => values.random.number(),
    };
    Ok(vec![Value::Uint(number, 256)])
}

/// Another number of a range than the one that is there.
fn bound(values: &mut Values, of: &[Value]) -> Answer {
    let as_signed = matches!(of.first(), Some(Value::Int(..)));
    // With the sign bit turned over, signed numbers are in the order of unsigned ones.
    let sign = Unsigned::from(1) << 255;
    let number = |at| match as_signed {
        true => Ok(arguments::signed(of, at)?.into_raw() ^ sign),
        false => arguments::number(of, at),
    };
    let (current, least, greatest) = (number(0)?, number(1)?, number(2)?);
    if least >= greatest || current < least || current > greatest {
        let shown = |at| of.get(at).map(abi::plain).unwrap_or_default();
        let (current, least, greatest) = (shown(0), shown(1), shown(2));
        return Err(format!(
            "cannot bound {current} in [{least}, {greatest}] range"
        ));
    }
    let room = greatest - current;
    let span = greatest - least;
    let step = values.random.up_to(span - Unsigned::from(1)) + Unsigned::from(1);
    let number = if step <= room {
        current + step
    } else {
        least + (step - room - Unsigned::from(1))
    };
    let value = match as_signed {
        true => Value::Int(Signed::from_raw(number ^ sign), 256),
        false => Value::Uint(number, 256),
    };
    Ok(vec![value])
}

#[cfg(test)]
mod tests {
    use super::super::tests::{call_with, fails};
    use super::*;

    fn uint(of: u64) -> Value {
        Value::Uint(Unsigned::from(of), 256)
    }

    fn int(of: i64) -> Value {
        Value::Int(Signed::try_from(of).expect("a small number"), 256)
    }

    #[test]
    fn a_seed_gives_the_same_numbers_again() {
        let mut values = Values::default();
        let draw = |values: &mut Values| call_with(values, "randomUint()", &[]);
        call_with(&mut values, "setSeed(uint256)", &[uint(7)]);
        let first = (draw(&mut values), draw(&mut values));
        call_with(&mut values, "setSeed(uint256)", &[uint(7)]);
        assert_eq!((draw(&mut values), draw(&mut values)), first);
        assert_ne!(first.0, first.1);
    }

    #[test]
    fn forge_has_the_same_numbers_for_a_seed() {
        let drawn = |signature: &str, of: &[Value]| {
            let mut values = Values::default();
            values.reseed(gasworks::U256::from(100));
            let value = call_with(&mut values, signature, of);
            let [value] = &value[..] else {
                panic!("one value");
            };
            abi::hex(&value.abi_encode())
        };
        let hundred = "0x00000000000000000000000000000000000000034d95fe9170636c61388f6d62";
        for (signature, of, expected) in [
            ("randomUint(uint256)", &[uint(100)][..], hundred),
            ("randomInt(uint256)", &[uint(100)], hundred),
            (
                "randomInt(uint256)",
                &[uint(7)],
                "0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe2",
            ),
            (
                "randomAddress()",
                &[],
                "0x00000000000000000000000062619123eef2fa41aa4958e992d761b6e4b0c383",
            ),
            (
                "randomBool()",
                &[],
                "0x0000000000000000000000000000000000000000000000000000000000000000",
            ),
            (
                "randomBytes4()",
                &[],
                "0x388f6d6200000000000000000000000000000000000000000000000000000000",
            ),
            (
                "randomBytes8()",
                &[],
                "0x70636c61388f6d62000000000000000000000000000000000000000000000000",
            ),
        ] {
            assert_eq!(drawn(signature, of), expected, "{signature}");
        }
    }

    #[test]
    fn numbers_stay_in_their_range() {
        let mut values = Values::default();
        for _ in 0..50 {
            let [Value::Uint(number, _)] = call_with(
                &mut values,
                "randomUint(uint256,uint256)",
                &[uint(5), uint(7)],
            )[..] else {
                panic!("a number");
            };
            assert!((5..=7).contains(&number.saturating_to::<u64>()));
            let [Value::Int(number, _)] =
                call_with(&mut values, "randomInt(uint256)", &[uint(8)])[..]
            else {
                panic!("a number");
            };
            assert!((-128..128).contains(&number.as_i64()));
        }
        let all = Value::Uint(Unsigned::MAX, 256);
        assert_eq!(
            call_with(
                &mut values,
                "randomUint(uint256,uint256)",
                &[all.clone(), all.clone()]
            ),
            std::slice::from_ref(&all)
        );
        call_with(&mut values, "randomUint(uint256,uint256)", &[uint(0), all]);
        assert_eq!(
            call_with(&mut values, "randomUint(uint256)", &[uint(0)]),
            [uint(0)]
        );
        fails("randomUint(uint256)", &[uint(257)]);
        fails("randomUint(uint256,uint256)", &[uint(2), uint(1)]);
        fails("randomBytes(uint256)", &[Value::Uint(Unsigned::MAX, 256)]);
    }

    #[test]
    fn bound_gives_another_number_of_the_range() {
        let mut values = Values::default();
        let mut seen = [false; 4];
        for _ in 0..100 {
            let answer = call_with(
                &mut values,
                "bound(int256,int256,int256)",
                &[int(0), int(-1), int(2)],
            );
            let [Value::Int(number, _)] = answer[..] else {
                panic!("a number")
            };
            seen[usize::try_from(number.as_i64() + 1).expect("not below -1")] = true;
        }
        assert_eq!(seen, [true, false, true, true]);
        assert_eq!(
            fails(
                "bound(uint256,uint256,uint256)",
                &[uint(5), uint(1), uint(3)]
            ),
            "cannot bound 5 in [1, 3] range"
        );
    }

    #[test]
    fn lists_are_sorted_and_shuffled() {
        let mut values = Values::default();
        let list = |of: &[u64]| Value::Array(of.iter().copied().map(uint).collect());
        assert_eq!(
            call_with(&mut values, "sort(uint256[])", &[list(&[3, 1, 2])]),
            [list(&[1, 2, 3])]
        );
        let shuffled = call_with(
            &mut values,
            "shuffle(uint256[])",
            &[list(&[1, 2, 3, 4, 5, 6, 7])],
        );
        assert_eq!(
            call_with(&mut values, "sort(uint256[])", &shuffled),
            [list(&[1, 2, 3, 4, 5, 6, 7])]
        );
    }
}
