//! Makes up values of every type of the ABI: at the edges of their range, of every magnitude, from fixtures and from the
//! dictionary.

use gasworks::Address;

use super::dictionary::{Dictionary, Kind, Word};
use super::random::Random;
use crate::contracts::abi::{self, AbiAddress, AbiWord, Signed, Type, Unsigned, Value, zero};

/// Lists have fewer items than this.
const LISTS: usize = 256;
/// Sequences of bytes have fewer than this.
const BYTES: usize = 100;
/// Texts have fewer characters than this.
const TEXTS: usize = 32;

/// No call has more values than this, or lists within lists would fill the memory.
const MOST_VALUES: usize = 4_096;

/// A parameter of a test.
#[derive(Clone, Copy, Debug)]
pub struct Parameter<'a> {
    /// Its type.
    pub of: &'a Type,
    /// Values that the test contract offers for it.
    pub fixtures: &'a [Value],
}

/// Makes up values.
pub struct Generator<'a> {
    random: &'a mut Random,
    dictionary: &'a Dictionary,
    /// Addresses that nobody is to be: those of libraries.
    libraries: &'a [Address],
    /// How many values may still be made up for this call.
    values_left: usize,
}

impl<'a> Generator<'a> {
    /// A generator that draws from a sequence of random numbers.
    pub fn new(
        random: &'a mut Random,
        dictionary: &'a Dictionary,
        libraries: &'a [Address],
    ) -> Self {
        Self {
            random,
            dictionary,
            libraries,
            values_left: MOST_VALUES,
        }
    }

    /// Arguments for a call. So many times out of a hundred they come from the dictionary.
    pub fn arguments(&mut self, parameters: &[Parameter<'_>], weight: u32) -> Vec<Value> {
        self.values_left = MOST_VALUES;
        let from_dictionary = self.random.percent(weight);
        let mut arguments = Vec::with_capacity(parameters.len());
        for parameter in parameters {
            arguments.push(if from_dictionary {
                self.known(parameter.of)
            } else {
                self.fresh(parameter)
            });
        }
        arguments
    }

    /// Who calls: so many times out of a hundred an address that the dictionary knows.
    pub fn sender(&mut self, weight: u32, excluded: &[Address]) -> Address {
        let value = if self.random.percent(weight) {
            self.known(&Type::Address)
        } else {
            self.random_value(&Type::Address)
        };
        let address = value.as_address().unwrap_or_default();
        let mut sender = abi::address(address);
        while excluded.contains(&sender) {
            sender = abi::address(random_address(self));
        }
        sender
    }

    /// A value that owes nothing to the dictionary.
    fn fresh(&mut self, parameter: &Parameter<'_>) -> Value {
        let fits = |fixtures: &[Value]| fixtures.iter().all(|value| value.matches(parameter.of));
        if !parameter.fixtures.is_empty()
            && self.random.percent(fixture_weight(parameter.of))
            && fits(parameter.fixtures)
            && let Some(value) = self.random.choose(parameter.fixtures)
        {
            return value.clone();
        }
        self.random_value(parameter.of)
    }

    fn random_value(&mut self, of: &Type) -> Value {
        self.values_left = self.values_left.saturating_sub(1);
        match of {
            Type::Bool => Value::Bool(self.random.coin()),
            Type::Uint(bits) => Value::Uint(self.random_uint(*bits), *bits),
            Type::Int(bits) => Value::Int(self.random_int(*bits), *bits),
            Type::FixedBytes(size) => fixed_bytes(self.random.word(), *size),
            Type::Address => self.address(random_address),
            Type::Function => self.random_function(),
            Type::Bytes => Value::Bytes(self.random_bytes()),
            Type::String => Value::String(self.random_text()),
            _ => self.compound(of, Self::random_value),
        }
    }

    /// A value from the dictionary.
    fn known(&mut self, of: &Type) -> Value {
        self.values_left = self.values_left.saturating_sub(1);
        match of {
            Type::Uint(bits) => {
                let number = Unsigned::from_be_bytes(self.known_word(of));
                Value::Uint(number & unsigned_max(*bits), *bits)
            }
            Type::Int(bits) => {
                let number = Unsigned::from_be_bytes(self.known_word(of));
                Value::Int(signed_low_bits(number, *bits), *bits)
            }
            Type::FixedBytes(size) => fixed_bytes(self.known_word(of), *size),
            Type::Address => self.address(|generator| {
                let word = generator.known_word(&Type::Address);
                AbiAddress::from_word(AbiWord::new(word))
            }),
            Type::Bytes => Value::Bytes(self.known_bytes()),
            Type::String => {
                let strings = self.dictionary.literals().strings();
                let text = if self.random.percent(30) {
                    self.random.choose(strings).cloned()
                } else {
                    None
                };
                Value::String(text.unwrap_or_else(|| self.random_text()))
            }
            Type::Bool | Type::Function => self.random_value(of),
            _ => self.compound(of, Self::known),
        }
    }

    /// A text or a constant of the sources, or a word.
    fn known_bytes(&mut self) -> Vec<u8> {
        let literals = self.dictionary.literals();
        match self.random.below(10) {
            0 if !literals.strings().is_empty() => {
                let text = self.random.choose(literals.strings());
                text.map_or(Vec::new(), |text| text.clone().into_bytes())
            }
            1 | 2 if !literals.bytes().is_empty() => {
                let bytes = self.random.choose(literals.bytes());
                bytes.cloned().unwrap_or_default()
            }
            _ => self.known_word(&Type::Bytes).to_vec(),
        }
    }

    fn known_word(&mut self, of: &Type) -> Word {
        let dictionary = self.dictionary;
        let samples = Kind::of_type(of).map(|kind| dictionary.samples(kind));
        let [literals, seen] = samples.unwrap_or_default();
        let count = literals.len() + seen.len();
        if count > 0 && self.random.coin() {
            let position = self.random.below(count);
            let sample = literals.get(position);
            return *sample.unwrap_or_else(|| &seen[position - literals.len()]);
        }
        let known = self.random.choose(dictionary.values());
        known.copied().unwrap_or_default()
    }

    /// Lists, structs and what else consists of values.
    fn compound(&mut self, of: &Type, mut make: impl FnMut(&mut Self, &Type) -> Value) -> Value {
        match of {
            Type::Array(inner) => {
                let length = self.length(LISTS).min(self.values_left);
                let mut values = Vec::new();
                for _ in 0..length {
                    if self.values_left == 0 {
                        break;
                    }
                    values.push(make(self, inner));
                }
                Value::Array(values)
            }
            Type::FixedArray(inner, length) => {
                Value::FixedArray((0..*length).map(|_| make(self, inner)).collect())
            }
            Type::Tuple(types) => {
                Value::Tuple(types.iter().map(|inner| make(self, inner)).collect())
            }
            Type::CustomStruct {
                name,
                prop_names,
                tuple,
            } => Value::CustomStruct {
                name: name.clone(),
                prop_names: prop_names.clone(),
                tuple: tuple.iter().map(|inner| make(self, inner)).collect(),
            },
            _ => zero(of),
        }
    }

    /// An address of a kind that is none of a library.
    fn address(&mut self, mut make: impl FnMut(&mut Self) -> AbiAddress) -> Value {
        let mut address = make(self);
        while self.libraries.iter().any(|known| known.0 == address.0.0) {
            address = random_address(self);
        }
        Value::Address(address)
    }

    /// At the edges one time in ten, else of a magnitude that is chosen first.
    fn random_uint(&mut self, bits: usize) -> Unsigned {
        let max = unsigned_max(bits);
        if self.random.below(10) == 0 {
            let offset = Unsigned::from(self.random.below(4));
            return if self.random.coin() {
                offset.min(max)
            } else {
                max.saturating_sub(offset)
            };
        }
        let size = self.random.below(bits + 1);
        Unsigned::from_be_bytes(self.random.word()) & unsigned_max(size)
    }

    fn random_int(&mut self, bits: usize) -> Signed {
        let max = unsigned_max(bits - 1);
        if self.random.below(10) == 0 {
            let offset = Unsigned::from(self.random.below(4));
            let number = match self.random.below(4) {
                0 => offset,
                1 => offset.wrapping_neg(),
                2 => max.saturating_sub(offset),
                // The lowest one has no positive counterpart.
                _ => (max + Unsigned::from(1u64)).wrapping_add(offset),
            };
            return signed_low_bits(number, bits);
        }
        let size = self.random.below(bits);
        let magnitude = Unsigned::from_be_bytes(self.random.word()) & unsigned_max(size);
        let negative = self.random.coin();
        let number = if negative {
            magnitude.wrapping_neg()
        } else {
            magnitude
        };
        signed_low_bits(number, bits)
    }

    /// Any length below a limit; one time in two a short one.
    fn length(&mut self, limit: usize) -> usize {
        let limit = if self.random.coin() {
            limit
        } else {
            let magnitude = self.random.below(limit.ilog2() as usize);
            (1 << magnitude) + 1
        };
        self.random.below(limit)
    }

    fn random_function(&mut self) -> Value {
        let mut value = zero(&Type::Function);
        if let Value::Function(function) = &mut value {
            function.0.copy_from_slice(&self.random.word()[..24]);
        }
        value
    }

    fn random_bytes(&mut self) -> Vec<u8> {
        let length = self.length(BYTES);
        let mut bytes = Vec::with_capacity(length + 32);
        while bytes.len() < length {
            bytes.extend(self.random.word());
        }
        bytes.truncate(length);
        bytes
    }

    /// Of characters that can be typed, or of any that can be seen; without space around it.
    fn random_text(&mut self) -> String {
        let any = self.random.coin();
        let length = self.length(TEXTS);
        let mut character = || {
            let typed = char::from(b' ' + self.random.below(95) as u8);
            if !any {
                return typed;
            }
            let bits = 7 + self.random.below(14);
            let found = char::from_u32(self.random.below(1 << bits) as u32);
            found.filter(|found| !found.is_control()).unwrap_or(typed)
        };
        let text: String = (0..length).map(|_| character()).collect();
        text.trim().to_owned()
    }
}

fn random_address(generator: &mut Generator<'_>) -> AbiAddress {
    AbiAddress::from_word(AbiWord::new(generator.random.word()))
}

/// How many times out of a hundred a fixture is used, where there are some.
fn fixture_weight(of: &Type) -> u32 {
    match of {
        Type::Uint(_) | Type::Int(_) => 40,
        Type::Address | Type::Bytes | Type::FixedBytes(_) | Type::String => 50,
        // Of other types they are for tables only.
        _ => 0,
    }
}

fn fixed_bytes(mut word: Word, size: usize) -> Value {
    word[size.min(32)..].fill(0);
    Value::FixedBytes(AbiWord::new(word), size)
}

/// The highest number of so many bits.
pub(super) fn unsigned_max(bits: usize) -> Unsigned {
    match bits {
        0 => Unsigned::ZERO,
        1..256 => Unsigned::MAX >> (256 - bits),
        _ => Unsigned::MAX,
    }
}

/// The low bits of a number, the highest of which is the sign.
pub(super) fn signed_low_bits(number: Unsigned, bits: usize) -> Signed {
    let low = number & unsigned_max(bits);
    let is_negative = bits > 0 && low.bit(bits - 1);
    let extended = if is_negative {
        low | !unsigned_max(bits)
    } else {
        low
    };
    Signed::from_raw(extended)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::literals::Literals;
    use super::super::options::DictionaryOptions;
    use super::*;
    use crate::contracts::abi::{decode, encode, parameters_of};

    fn dictionary() -> Dictionary {
        let mut dictionary = Dictionary::new(DictionaryOptions::default(), Arc::default());
        dictionary.insert_number(123_456.into());
        dictionary.insert_samples(&[Value::Uint(Unsigned::from(777u64), 8)], 10);
        dictionary
    }

    fn generate(types: &[Type], weight: u32, runs: u64) -> Vec<Vec<Value>> {
        let dictionary = dictionary();
        let parameters: Vec<Parameter<'_>> = types
            .iter()
            .map(|of| Parameter { of, fixtures: &[] })
            .collect();
        (0..runs)
            .map(|run| {
                let mut random = Random::new(&[1; 32], &["test"]).of_run(run);
                Generator::new(&mut random, &dictionary, &[]).arguments(&parameters, weight)
            })
            .collect()
    }

    #[test]
    fn values_are_of_their_types_and_come_again_with_their_seed() {
        let signature = "f(uint8,int24,bytes5,address,bool,string,bytes,uint256[][],(int256,string)[3],function,uint256)";
        let types = parameters_of(signature).unwrap();
        for weight in [0, 100] {
            let all = generate(&types, weight, 200);
            assert_eq!(all, generate(&types, weight, 200));
            for arguments in all {
                assert!(
                    arguments
                        .iter()
                        .zip(&types)
                        .all(|(value, of)| value.matches(of))
                );
                assert_eq!(decode(&types, &encode(&arguments[..])), Some(arguments));
            }
        }
    }

    #[test]
    fn edges_and_constants_come_up() {
        let numbers = |of: Type, weight| -> Vec<Value> {
            let all = generate(&[of], weight, 2_000);
            all.into_iter().flatten().collect()
        };
        let fresh = numbers(Type::Uint(16), 0);
        for edge in [0u64, 1, 2, 3, 65_532, 65_533, 65_534, 65_535] {
            assert!(fresh.contains(&Value::Uint(Unsigned::from(edge), 16)));
        }
        let signed = numbers(Type::Int(8), 0);
        for edge in [-128i64, -127, -1, 0, 1, 126, 127] {
            let value = Value::Int(Signed::try_from(edge).unwrap(), 8);
            assert!(signed.contains(&value), "{edge}");
        }
        let known = numbers(Type::Uint(256), 100);
        assert!(known.contains(&Value::Uint(Unsigned::from(123_456u64), 256)));
        // A constant that is too large for its type is cut off.
        let small = numbers(Type::Uint(8), 100);
        assert!(small.contains(&Value::Uint(Unsigned::from(777u64 & 0xff), 8)));
    }

    #[test]
    fn fixtures_are_used_if_they_are_of_the_type() {
        let fixtures = [Value::Uint(Unsigned::from(31_337u64), 256)];
        let count = |of: Type| {
            let parameter = Parameter {
                of: &of,
                fixtures: &fixtures,
            };
            let mut random = Random::from_bytes([9; 32]);
            let dictionary = dictionary();
            let mut generator = Generator::new(&mut random, &dictionary, &[]);
            let values = (0..100).map(|_| generator.arguments(&[parameter], 0));
            values.filter(|values| values[..] == fixtures).count()
        };
        assert!(count(Type::Uint(256)) > 20);
        assert_eq!(count(Type::Uint(128)), 0);
    }

    #[test]
    fn lists_within_lists_are_bounded_and_libraries_are_left_out() {
        let types = parameters_of("f(uint256[][][][])").unwrap();
        for arguments in generate(&types, 0, 100) {
            assert!(encode(arguments).len() < 64 * 3 * MOST_VALUES);
        }
        let mut random = Random::from_bytes([9; 32]);
        let dictionary = Dictionary::new(DictionaryOptions::default(), Arc::default());
        let libraries = [Address::zero()];
        let mut generator = Generator::new(&mut random, &dictionary, &libraries);
        for _ in 0..100 {
            let of = &Type::Address;
            let parameter = Parameter { of, fixtures: &[] };
            let made = generator.arguments(&[parameter], 100);
            assert_ne!(made, [zero(of)]);
        }
    }

    #[test]
    fn texts_and_constants_of_the_sources_come_up() {
        let mut literals = Literals::default();
        literals.read("f(\"open sesame\", hex'010203')");
        let dictionary = Dictionary::new(DictionaryOptions::default(), Arc::new(literals));
        let types = [Type::String, Type::Bytes];
        let parameters = types.each_ref().map(|of| Parameter { of, fixtures: &[] });
        let mut random = Random::from_bytes([9; 32]);
        let mut generator = Generator::new(&mut random, &dictionary, &[]);
        let all: Vec<Value> = (0..200)
            .flat_map(|_| generator.arguments(&parameters, 100))
            .collect();
        assert!(all.contains(&Value::String("open sesame".to_owned())));
        assert!(all.contains(&Value::Bytes(b"open sesame".to_vec())));
        assert!(all.contains(&Value::Bytes(vec![1, 2, 3])));
    }

    #[test]
    fn numbers_of_some_bits() {
        assert_eq!(unsigned_max(0), Unsigned::ZERO);
        assert_eq!(unsigned_max(256), Unsigned::MAX);
        assert_eq!(
            signed_low_bits(Unsigned::from(0xffu64), 8),
            Signed::MINUS_ONE
        );
        assert_eq!(signed_low_bits(Unsigned::MAX, 256), Signed::MINUS_ONE);
        assert_eq!(
            signed_low_bits(Unsigned::from(0x7fu64), 8),
            Signed::try_from(127).unwrap()
        );
    }
}
