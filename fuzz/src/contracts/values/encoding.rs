//! Arguments as calls have them and as the library of the contract ABI has them.

use gasworks_runner::contracts::abi::{Type, Value, is_word, of_word, zero};

use crate::contracts::input::{Argument, Word};

/// Words that the arguments of a call have at most, without what lists may hold.
const MOST_WORDS: usize = 1 << 10;

/// Whether values of these types are of a size that can be made up.
pub fn are_small(types: &[Type]) -> bool {
    fn words(of: &Type) -> usize {
        match of {
            Type::Array(inner) => words(inner),
            Type::FixedArray(inner, count) => words(inner).saturating_mul(*count),
            Type::Tuple(types) | Type::CustomStruct { tuple: types, .. } => all(types),
            _ => 1,
        }
    }
    fn all(types: &[Type]) -> usize {
        types.iter().map(words).fold(0, usize::saturating_add)
    }
    all(types) <= MOST_WORDS
}

/// Whether a value is of a type.
pub fn fits(of: &Type, argument: &Argument) -> bool {
    match (of, argument) {
        (Type::Bytes, Argument::Bytes(_)) => true,
        (Type::String, Argument::Bytes(bytes)) => std::str::from_utf8(bytes).is_ok(),
        (Type::Array(inner), Argument::List(items)) => items.iter().all(|item| fits(inner, item)),
        (Type::FixedArray(inner, count), Argument::List(items)) => {
            items.len() == *count && items.iter().all(|item| fits(inner, item))
        }
        (Type::Tuple(types) | Type::CustomStruct { tuple: types, .. }, Argument::List(items)) => {
            all_fit(types, items)
        }
        (_, Argument::Word(word)) => is_word(of) && cut(of, *word) == *word,
        _ => false,
    }
}

/// Whether values are of their types.
pub fn all_fit(types: &[Type], arguments: &[Argument]) -> bool {
    types.len() == arguments.len() && types.iter().zip(arguments).all(|(of, one)| fits(of, one))
}

/// A word as the nearest value of a type.
pub fn cut(of: &Type, mut word: Word) -> Word {
    match of {
        Type::Bool => {
            let is_true = word.iter().any(|byte| *byte != 0);
            word = [0; 32];
            word[31] = u8::from(is_true);
        }
        Type::Uint(bits) => word[..32 - bits / 8].fill(0),
        Type::Int(bits) => {
            let start = 32 - bits / 8;
            let sign = if word.get(start).is_some_and(|byte| byte >> 7 == 1) {
                0xff
            } else {
                0
            };
            word[..start].fill(sign);
        }
        Type::FixedBytes(size) => word[(*size).min(32)..].fill(0),
        Type::Address => word[..12].fill(0),
        Type::Function => word[24..].fill(0),
        _ => {}
    }
    word
}

/// Encodes values as the parameters of a call.
pub fn encode(arguments: &[Argument], types: &[Type], out: &mut Vec<u8>) {
    let start = out.len();
    let head: usize = types.iter().map(head_size).sum();
    out.resize(start + head, 0);
    let mut place = start;
    for (argument, of) in arguments.iter().zip(types) {
        if is_dynamic(of) {
            let offset = (out.len() - start) as u64;
            out[place + 24..place + 32].copy_from_slice(&offset.to_be_bytes());
            place += 32;
            encode_tail(argument, of, out);
        } else {
            place = encode_static(argument, of, place, out);
        }
    }
}

fn encode_static(argument: &Argument, of: &Type, place: usize, out: &mut [u8]) -> usize {
    match argument {
        Argument::Word(word) => {
            out[place..place + 32].copy_from_slice(word);
            place + 32
        }
        Argument::List(items) => {
            let mut place = place;
            for (position, item) in items.iter().enumerate() {
                let inner = inner(of, position);
                place = encode_static(item, inner, place, out);
            }
            place
        }
        Argument::Bytes(_) => place,
    }
}

fn encode_tail(argument: &Argument, of: &Type, out: &mut Vec<u8>) {
    match argument {
        Argument::Bytes(bytes) => {
            push_length(bytes.len(), out);
            out.extend(bytes);
            let padded = bytes.len().next_multiple_of(32) - bytes.len();
            out.resize(out.len() + padded, 0);
        }
        Argument::List(items) => {
            if matches!(of, Type::Array(_)) {
                push_length(items.len(), out);
            }
            let types: Vec<Type> = (0..items.len()).map(|at| inner(of, at).clone()).collect();
            encode(items, &types, out);
        }
        Argument::Word(_) => {}
    }
}

fn push_length(length: usize, out: &mut Vec<u8>) {
    out.extend([0; 24]);
    out.extend((length as u64).to_be_bytes());
}

/// The type of an item or a field.
pub(super) fn inner(of: &Type, position: usize) -> &Type {
    match of {
        Type::Array(inner) | Type::FixedArray(inner, _) => inner,
        Type::Tuple(types) | Type::CustomStruct { tuple: types, .. } => {
            types.get(position).unwrap_or(&Type::Bool)
        }
        other => other,
    }
}

fn is_dynamic(of: &Type) -> bool {
    match of {
        Type::Bytes | Type::String | Type::Array(_) => true,
        Type::FixedArray(inner, _) => is_dynamic(inner),
        Type::Tuple(types) | Type::CustomStruct { tuple: types, .. } => {
            types.iter().any(is_dynamic)
        }
        _ => false,
    }
}

fn head_size(of: &Type) -> usize {
    match of {
        _ if is_dynamic(of) => 32,
        Type::FixedArray(inner, count) => count * head_size(inner),
        Type::Tuple(types) | Type::CustomStruct { tuple: types, .. } => {
            types.iter().map(head_size).sum()
        }
        _ => 32,
    }
}

/// A value for people, and for those who write sources.
pub fn to_value(argument: &Argument, of: &Type) -> Value {
    match (of, argument) {
        (_, Argument::Word(word)) => of_word(of, *word).unwrap_or_else(|| zero(of)),
        (Type::Bytes, Argument::Bytes(bytes)) => Value::Bytes(bytes.clone()),
        (Type::String, Argument::Bytes(bytes)) => {
            Value::String(String::from_utf8_lossy(bytes).into_owned())
        }
        (Type::Array(inner), Argument::List(items)) => {
            Value::Array(items.iter().map(|item| to_value(item, inner)).collect())
        }
        (Type::FixedArray(inner, _), Argument::List(items)) => {
            Value::FixedArray(items.iter().map(|item| to_value(item, inner)).collect())
        }
        (Type::Tuple(types), Argument::List(items)) => Value::Tuple(to_values(items, types)),
        (
            Type::CustomStruct {
                name,
                prop_names,
                tuple,
            },
            Argument::List(items),
        ) => Value::CustomStruct {
            name: name.clone(),
            prop_names: prop_names.clone(),
            tuple: to_values(items, tuple),
        },
        _ => zero(of),
    }
}

/// Values of their types.
pub fn to_values(arguments: &[Argument], types: &[Type]) -> Vec<Value> {
    let pairs = arguments.iter().zip(types);
    pairs.map(|(argument, of)| to_value(argument, of)).collect()
}

/// The argument that a value is.
pub fn from_value(value: &Value) -> Argument {
    if let Some(word) = value.as_word() {
        return Argument::Word(word.0);
    }
    match value {
        Value::Bytes(bytes) => Argument::Bytes(bytes.clone()),
        Value::String(text) => Argument::Bytes(text.clone().into_bytes()),
        Value::Array(items)
        | Value::FixedArray(items)
        | Value::Tuple(items)
        | Value::CustomStruct { tuple: items, .. } => {
            Argument::List(items.iter().map(from_value).collect())
        }
        // All others are words.
        _ => Argument::List(Vec::new()),
    }
}
