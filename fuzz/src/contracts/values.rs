//! Arguments of the types of the contract ABI: made up, changed, made small; `encoding` encodes them.

use gasworks::U256;
use gasworks_runner::contracts::abi::Type;
use gasworks_runner::contracts::property::random::Random;

use super::input::{Argument, Word};
use encoding::inner;
pub use encoding::{all_fit, are_small, cut, encode, fits, from_value, to_value, to_values};

mod encoding;

/// Lists are at most so long, bytes at most so many.
const MOST_ITEMS: usize = 8;
const MOST_BYTES: usize = 96;

/// Where values may come from.
pub struct Sources<'a> {
    /// Words that contracts know.
    pub words: &'a [Word],
    /// Words that were seen lately: in storage, returned, used before.
    pub recent: &'a [Word],
    /// Operands that were compared and not equal.
    pub compared: &'a [(Word, Word)],
    /// Addresses that mean something.
    pub addresses: &'a [Word],
    /// Texts of the sources.
    pub texts: &'a [String],
}

/// A value of a type.
pub fn random(of: &Type, random_of: &mut Random, sources: &Sources<'_>) -> Argument {
    match of {
        Type::Bytes => Argument::Bytes(random_bytes(random_of, sources)),
        Type::String => Argument::Bytes(random_text(random_of, sources)),
        Type::Array(inner) => {
            let length = random_of.below(MOST_ITEMS + 1);
            Argument::List(
                (0..length)
                    .map(|_| random(inner, random_of, sources))
                    .collect(),
            )
        }
        Type::FixedArray(inner, count) => Argument::List(
            (0..*count)
                .map(|_| random(inner, random_of, sources))
                .collect(),
        ),
        Type::Tuple(types) | Type::CustomStruct { tuple: types, .. } => Argument::List(
            types
                .iter()
                .map(|one| random(one, random_of, sources))
                .collect(),
        ),
        _ => Argument::Word(random_word(of, random_of, sources)),
    }
}

fn random_word(of: &Type, random: &mut Random, sources: &Sources<'_>) -> Word {
    let word = match of {
        Type::Bool => return cut(of, [u8::from(random.coin()); 32]),
        Type::Address => match random.below(8) {
            0..6 => random.choose(sources.addresses).copied(),
            6 => random.choose(sources.recent).copied(),
            _ => None,
        },
        _ => match random.below(10) {
            0..2 => random.choose(sources.words).copied(),
            2..4 => random.choose(sources.recent).copied(),
            4 => random
                .choose(sources.compared)
                .map(|pair| if random.coin() { pair.0 } else { pair.1 }),
            _ => None,
        },
    };
    cut(of, word.unwrap_or_else(|| made_up(of, random)))
}

/// A number at an edge, or of a magnitude that is chosen first.
fn made_up(of: &Type, random: &mut Random) -> Word {
    let bits = match of {
        Type::Uint(bits) | Type::Int(bits) => *bits,
        Type::FixedBytes(_) | Type::Address | Type::Function => return random.word(),
        _ => 256,
    };
    let one = U256::one();
    let max = U256::MAX >> (256 - bits);
    let near = U256::from(random.below(4));
    let number = match random.below(8) {
        0 => near,
        1 => max - near,
        // The ends of signed numbers, and what is odd about powers of two.
        2 => (one << (bits - 1)).overflowing_sub(near).0,
        3 => (one << random.below(bits)).overflowing_sub(near).0,
        4 => U256::from(random.below(256)),
        5 => U256::from(10).pow(U256::from(random.below(25))) * U256::from(1 + random.below(100)),
        _ => {
            let size = 1 + random.below(bits);
            U256::from_big_endian(&random.word()) >> (256 - size)
        }
    };
    let is_negative = matches!(of, Type::Int(_)) && random.coin();
    let number = if is_negative {
        (!number).overflowing_add(one).0
    } else {
        number
    };
    number.to_big_endian()
}

fn random_bytes(random: &mut Random, sources: &Sources<'_>) -> Vec<u8> {
    match random.below(4) {
        0 => random
            .choose(sources.words)
            .map(|word| word.to_vec())
            .unwrap_or_default(),
        1 => random_text(random, sources),
        _ => {
            let length = random.below(MOST_BYTES);
            let mut bytes = Vec::with_capacity(length + 32);
            while bytes.len() < length {
                bytes.extend(random.word());
            }
            bytes.truncate(length);
            bytes
        }
    }
}

fn random_text(random: &mut Random, sources: &Sources<'_>) -> Vec<u8> {
    if random.coin()
        && let Some(text) = random.choose(sources.texts)
    {
        return text.clone().into_bytes();
    }
    let length = random.below(32);
    (0..length).map(|_| b' ' + random.below(95) as u8).collect()
}

/// Changes a value to another of its type.
pub fn mutate(argument: &mut Argument, of: &Type, random_of: &mut Random, sources: &Sources<'_>) {
    match argument {
        Argument::Word(word) => *word = mutated_word(*word, of, random_of, sources),
        Argument::Bytes(bytes) => {
            mutate_bytes(bytes, random_of, sources);
            if matches!(of, Type::String) && std::str::from_utf8(bytes).is_err() {
                *bytes = random_text(random_of, sources);
            }
        }
        Argument::List(items) => {
            let may_grow = matches!(of, Type::Array(_));
            match random_of.below(4) {
                0 if may_grow && items.len() < MOST_ITEMS => {
                    items.push(random(inner(of, 0), random_of, sources));
                }
                1 if may_grow && !items.is_empty() => {
                    items.remove(random_of.below(items.len()));
                }
                _ => {
                    let at = random_of.below(items.len());
                    if let Some(item) = items.get_mut(at) {
                        mutate(item, inner(of, at), random_of, sources);
                    }
                }
            }
        }
    }
}

fn mutated_word(word: Word, of: &Type, random: &mut Random, sources: &Sources<'_>) -> Word {
    let number = U256::from_big_endian(&word);
    let changed = match random.below(10) {
        // What was compared with it, and what is next to that: an argument becomes what a condition asks for.
        0..3 => match solved(number, random, sources) {
            Some(solved) => solved,
            None => return random_word(of, random, sources),
        },
        3 => number.overflowing_add(U256::from(1 + random.below(16))).0,
        4 => number.overflowing_sub(U256::from(1 + random.below(16))).0,
        5 => number ^ (U256::one() << random.below(256)),
        6 => number << random.below(16),
        7 => number >> random.below(16),
        _ => return random_word(of, random, sources),
    };
    cut(of, changed.to_big_endian())
}

/// The other operand of a comparison in which the number was one, perhaps a step beside it; what differs by as much from
/// one operand goes as far from the other.
fn solved(number: U256, random: &mut Random, sources: &Sources<'_>) -> Option<U256> {
    let count = sources.compared.len();
    let start = random.below(count);
    let pairs = (0..count).map(|step| &sources.compared[(start + step) % count]);
    for (a, b) in pairs {
        let (a, b) = (U256::from_big_endian(a), U256::from_big_endian(b));
        let other = match () {
            () if a == number => b,
            () if b == number => a,
            () => continue,
        };
        return Some(match random.below(4) {
            0 => other.overflowing_add(U256::one()).0,
            1 => other.overflowing_sub(U256::one()).0,
            _ => other,
        });
    }
    let (a, b) = random.choose(sources.compared)?;
    Some(solution(
        number,
        U256::from_big_endian(a),
        U256::from_big_endian(b),
        random,
    ))
}

/// The number that would have made two operands equal, if one of them is the number, or some times the number and a
/// constant: then so many parts of the difference are missing.
pub fn solution(number: U256, a: U256, b: U256, random: &mut Random) -> U256 {
    if a == number || b == number {
        let other = if a == number { b } else { a };
        return match random.below(4) {
            0 => other.overflowing_add(U256::one()).0,
            1 => other.overflowing_sub(U256::one()).0,
            _ => other,
        };
    }
    let (low, high) = (a.min(b), a.max(b));
    let times = match random.below(4) {
        0 => U256::from(1 + random.below(10)),
        1 => U256::from(10).pow(U256::from(random.below(19))),
        _ => U256::one(),
    };
    let missing = (high - low) / times;
    match random.below(4) {
        0 => number.overflowing_sub(missing).0,
        1 | 2 => number.overflowing_add(missing).0,
        _ => (if random.coin() { a } else { b }) / times,
    }
}

fn mutate_bytes(bytes: &mut Vec<u8>, random: &mut Random, sources: &Sources<'_>) {
    let at = random.below(bytes.len().max(1));
    match random.below(6) {
        0 => *bytes = random_bytes(random, sources),
        1 if !bytes.is_empty() => {
            bytes.remove(at);
        }
        2 if bytes.len() < MOST_BYTES => bytes.insert(at, random.draw() as u8),
        3 => {
            if let Some(word) = random.choose(sources.words) {
                let significant = word.iter().position(|byte| *byte != 0).unwrap_or(31);
                for (place, byte) in bytes.iter_mut().skip(at).zip(&word[significant..]) {
                    *place = *byte;
                }
            }
        }
        _ => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
    }
}

/// Values that are simpler than this one, the simplest first.
pub fn simpler(argument: &Argument, of: &Type) -> Vec<Argument> {
    match argument {
        Argument::Word(word) => {
            let number = U256::from_big_endian(word);
            let mut found = Vec::new();
            let mut candidates = vec![U256::zero(), U256::one(), U256::from(2)];
            // Powers of ten are easy to read; halves, and one less, lead to what is least.
            candidates.extend((1..30).map(|power| U256::from(10).pow(U256::from(power))));
            candidates.extend((1..256).rev().step_by(8).map(|shift| number >> shift));
            candidates.extend([2, 1].map(|shift| number >> shift));
            candidates.push(number.overflowing_sub(U256::one()).0);
            for candidate in candidates {
                let candidate = cut(of, candidate.to_big_endian());
                if U256::from_big_endian(&candidate) < number {
                    found.push(Argument::Word(candidate));
                }
            }
            found.dedup();
            found
        }
        Argument::Bytes(bytes) => {
            let mut found = vec![Argument::Bytes(Vec::new())];
            found.extend(
                [4, 2]
                    .map(|part| bytes[..bytes.len() / part].to_vec())
                    .map(Argument::Bytes),
            );
            found.push(Argument::Bytes(
                bytes[..bytes.len().saturating_sub(1)].to_vec(),
            ));
            found.retain(|simpler| simpler != argument && fits(of, simpler));
            found
        }
        Argument::List(items) => {
            let mut found = Vec::new();
            if matches!(of, Type::Array(_)) {
                for skipped in 0..items.len() {
                    let mut fewer = items.clone();
                    fewer.remove(skipped);
                    found.push(Argument::List(fewer));
                }
            }
            for (position, item) in items.iter().enumerate() {
                for simpler in simpler(item, inner(of, position)) {
                    let mut items = items.clone();
                    items[position] = simpler;
                    found.push(Argument::List(items));
                }
            }
            found
        }
    }
}

#[cfg(test)]
mod tests {
    use gasworks_runner::contracts::abi;

    use super::*;

    const SIGNATURE: &str = "f(uint8,int24,bytes5,address,bool,string,bytes,uint256[][],(int256,string)[3],function,(uint8,(bytes,bool)))";

    fn sources<'a>() -> Sources<'a> {
        Sources {
            words: &[[7; 32], [0xff; 32]],
            recent: &[],
            compared: &[([1; 32], [2; 32])],
            addresses: &[],
            texts: &[],
        }
    }

    #[test]
    fn values_are_of_their_types_and_encoded_as_the_library_does_it() {
        let types = abi::parameters_of(SIGNATURE).expect("types");
        let mut random_of = Random::from_bytes([9; 32]);
        for _ in 0..500 {
            let mut arguments: Vec<Argument> = types
                .iter()
                .map(|of| random(of, &mut random_of, &sources()))
                .collect();
            for (argument, of) in arguments.iter_mut().zip(&types) {
                mutate(argument, of, &mut random_of, &sources());
            }
            assert!(all_fit(&types, &arguments), "{arguments:?}");
            // Calls begin with a selector.
            let mut bytes = vec![1, 2, 3, 4];
            encode(&arguments, &types, &mut bytes);
            let values = to_values(&arguments, &types);
            assert_eq!(bytes[4..], abi::encode(&values[..])[..]);
            let again: Vec<Argument> = values.iter().map(from_value).collect();
            assert_eq!(again, arguments);
        }
    }

    #[test]
    fn what_was_compared_with_an_argument_takes_its_place() {
        let mut random_of = Random::from_bytes([9; 32]);
        let asked = 0x1234_5678_9abc_u64;
        let compared = [(
            U256::from(5).to_big_endian(),
            U256::from(asked).to_big_endian(),
        )];
        let sources = Sources {
            compared: &compared,
            ..sources()
        };
        let found = (0..40).any(|_| {
            let mut argument = Argument::Word(U256::from(5).to_big_endian());
            mutate(&mut argument, &Type::Uint(64), &mut random_of, &sources);
            argument == Argument::Word(compared[0].1)
        });
        assert!(found);
    }

    #[test]
    fn simpler_values_end() {
        let types = abi::parameters_of(SIGNATURE).expect("types");
        let mut random_of = Random::from_bytes([4; 32]);
        for of in &types {
            let mut argument = random(of, &mut random_of, &sources());
            let mut steps = 0;
            while let Some(simpler) = simpler(&argument, of).pop() {
                assert!(fits(of, &simpler), "{of:?} {simpler:?}");
                argument = simpler;
                steps += 1;
                if steps > 2_000 {
                    break;
                }
            }
        }
    }
}
