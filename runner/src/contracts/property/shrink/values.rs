//! Makes the arguments of a failing call smaller.

use std::collections::BTreeMap;

use super::{Attempts, shrink_sequence};
use crate::contracts::abi::{AbiAddress, AbiWord, Signed, Unsigned, Value, zero};
use crate::contracts::property::dictionary::Kind;

/// Where a value is: the position of an argument, then that within it, and so on.
type Path = Vec<usize>;

/// Numbers below this are tried one by one: what repeats itself is not found by halving.
const SMALL: u64 = 12;

/// Makes arguments smaller for as long as a call with them fails. They stay of their types.
pub fn shrink_arguments(
    arguments: Vec<Value>,
    attempts: &mut Attempts,
    mut fails: impl FnMut(&[Value]) -> bool,
) -> Vec<Value> {
    let mut shrinker = Shrinker {
        arguments,
        attempts,
        fails: &mut fails,
    };
    loop {
        let before = shrinker.arguments.clone();
        shrinker.shorten();
        shrinker.lower_equal_numbers();
        for path in leaves(&shrinker.arguments) {
            shrinker.lower(&path);
        }
        if shrinker.arguments == before || shrinker.attempts.left == 0 {
            return shrinker.arguments;
        }
    }
}

struct Shrinker<'a> {
    /// The smallest that are known to fail.
    arguments: Vec<Value>,
    attempts: &'a mut Attempts,
    fails: &'a mut dyn FnMut(&[Value]) -> bool,
}

impl Shrinker<'_> {
    /// Takes on other values at some places if the call fails with them, too.
    fn attempt(&mut self, paths: &[Path], value: &Value) -> bool {
        let mut candidate = self.arguments.clone();
        for path in paths {
            if let Some(place) = at_mut(&mut candidate, path) {
                *place = value.clone();
            }
        }
        if candidate == self.arguments {
            return true;
        }
        let Self {
            attempts, fails, ..
        } = self;
        let failed = attempts.make(|| fails(&candidate));
        if failed {
            self.arguments = candidate;
        }
        failed
    }

    /// Makes lists, texts and bytes shorter, outer ones first.
    fn shorten(&mut self) {
        let mut position = 0;
        // Paths change while lists shrink: those of what is left come after the one at hand.
        loop {
            let Some(path) = lists(&self.arguments).into_iter().nth(position) else {
                return;
            };
            position += 1;
            match at(&self.arguments, &path).cloned() {
                Some(Value::Array(items)) => self.shorten_list(&path, items, Value::Array),
                Some(Value::Bytes(items)) => self.shorten_list(&path, items, Value::Bytes),
                Some(Value::String(text)) => {
                    let text = text.chars().collect();
                    let join = |text: Vec<char>| Value::String(text.into_iter().collect());
                    self.shorten_list(&path, text, join);
                }
                _ => {}
            }
        }
    }

    fn shorten_list<T: Clone>(
        &mut self,
        path: &Path,
        items: Vec<T>,
        join: impl Fn(Vec<T>) -> Value,
    ) {
        // The shrinker of values counts the attempts.
        let mut unlimited = Attempts::new(u32::MAX);
        let paths = std::slice::from_ref(path);
        shrink_sequence(items, &mut unlimited, |items| {
            self.attempt(paths, &join(items.to_vec()))
        });
    }

    /// Numbers that are equal may have to be.
    fn lower_equal_numbers(&mut self) {
        let mut groups: BTreeMap<(Kind, Unsigned), Vec<Path>> = BTreeMap::new();
        for path in leaves(&self.arguments) {
            let value = at(&self.arguments, &path);
            if let Some((value, number)) = value.and_then(|value| Some((value, number_of(value)?)))
                && let Some(kind) = value.as_type().and_then(|of| Kind::of_type(&of))
            {
                groups.entry((kind, number)).or_default().push(path);
            }
        }
        for ((_, number), paths) in groups {
            if paths.len() > 1
                && let Some(value) = at(&self.arguments, &paths[0]).cloned()
            {
                lower_number(number, |number| {
                    with_number(&value, number).is_some_and(|value| self.attempt(&paths, &value))
                });
            }
        }
    }

    /// Makes one value smaller.
    fn lower(&mut self, path: &Path) {
        let Some(value) = at(&self.arguments, path).cloned() else {
            return;
        };
        let paths = std::slice::from_ref(path);
        match &value {
            Value::Bool(true) => {
                self.attempt(paths, &Value::Bool(false));
            }
            Value::Int(number, bits) => {
                let magnitude = number.unsigned_abs();
                let positive = Signed::from_raw(magnitude);
                let fits = !positive.is_negative() && magnitude.bit_len() < *bits;
                let negative = number.is_negative()
                    && !(fits && self.attempt(paths, &Value::Int(positive, *bits)));
                lower_number(magnitude, |magnitude| {
                    let number = Signed::from_raw(magnitude);
                    let number = if negative {
                        number.wrapping_neg()
                    } else {
                        number
                    };
                    self.attempt(paths, &Value::Int(number, *bits))
                });
            }
            Value::Bytes(bytes) => self.simplify(path, bytes, 0, Value::Bytes),
            Value::String(text) => {
                let text: Vec<char> = text.chars().collect();
                let join = |text: Vec<char>| Value::String(text.into_iter().collect());
                self.simplify(path, &text, 'a', join);
            }
            Value::Function(_) => {
                if let Some(of) = value.as_type() {
                    self.attempt(paths, &zero(&of));
                }
            }
            _ => {
                if let Some(number) = number_of(&value) {
                    lower_number(number, |number| {
                        with_number(&value, number).is_some_and(|value| self.attempt(paths, &value))
                    });
                }
            }
        }
    }

    /// Replaces as many items as possible by a plain one.
    fn simplify<T: Clone + PartialEq>(
        &mut self,
        path: &Path,
        items: &[T],
        plain: T,
        join: impl Fn(Vec<T>) -> Value,
    ) {
        let mut items = items.to_vec();
        let mut size = items.len();
        while size > 0 {
            for start in (0..items.len()).step_by(size) {
                let end = items.len().min(start + size);
                if items[start..end].iter().all(|item| *item == plain) {
                    continue;
                }
                let mut simpler = items.clone();
                simpler[start..end].fill(plain.clone());
                if self.attempt(std::slice::from_ref(path), &join(simpler.clone())) {
                    items = simpler;
                }
            }
            size = if size == 1 { 0 } else { size.div_ceil(2) };
        }
    }
}

/// Brings a number down as far as attempts with lower ones go on to succeed.
fn lower_number(from: Unsigned, mut attempt: impl FnMut(Unsigned) -> bool) {
    let one = Unsigned::from(1u64);
    for small in 0..SMALL {
        let small = Unsigned::from(small);
        if small >= from || attempt(small) {
            return;
        }
    }
    let mut best = from;
    let mut too_low = Unsigned::from(SMALL - 1);
    while best - too_low > one {
        let middle = too_low + ((best - too_low) >> 1);
        if attempt(middle) {
            best = middle;
        } else {
            too_low = middle;
        }
    }
    for bit in (0..256).rev().filter(|bit| from.bit(*bit)) {
        let mut fewer = best;
        fewer.set_bit(bit, false);
        if fewer != best && attempt(fewer) {
            best = fewer;
        }
    }
}

/// The number that a value stands for; negative ones are seen to by themselves.
fn number_of(value: &Value) -> Option<Unsigned> {
    match value {
        Value::Uint(number, _) => Some(*number),
        Value::Address(address) => Some(Unsigned::from_be_bytes(address.into_word().0)),
        Value::FixedBytes(word, size) => {
            Some(Unsigned::from_be_bytes(word.0) >> (8 * (32 - size.min(&32))))
        }
        Value::Int(number, _) if !number.is_negative() => Some(number.into_raw()),
        _ => None,
    }
}

/// A value of the same type that stands for another number.
fn with_number(value: &Value, number: Unsigned) -> Option<Value> {
    Some(match value {
        Value::Uint(_, bits) => Value::Uint(number, *bits),
        Value::Int(_, bits) => Value::Int(Signed::from_raw(number), *bits),
        Value::Address(_) => {
            Value::Address(AbiAddress::from_word(AbiWord::new(number.to_be_bytes())))
        }
        Value::FixedBytes(_, size) => {
            let number = number << (8 * (32 - size.min(&32)));
            Value::FixedBytes(AbiWord::new(number.to_be_bytes()), *size)
        }
        _ => return None,
    })
}

fn children(value: &Value) -> &[Value] {
    match value {
        Value::Array(of) | Value::FixedArray(of) | Value::Tuple(of) => of,
        Value::CustomStruct { tuple, .. } => tuple,
        _ => &[],
    }
}

fn at<'a>(values: &'a [Value], path: &[usize]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    let value = values.get(*first)?;
    if rest.is_empty() {
        Some(value)
    } else {
        at(children(value), rest)
    }
}

fn at_mut<'a>(values: &'a mut [Value], path: &[usize]) -> Option<&'a mut Value> {
    let (first, rest) = path.split_first()?;
    let value = values.get_mut(*first)?;
    if rest.is_empty() {
        return Some(value);
    }
    match value {
        Value::Array(of) | Value::FixedArray(of) | Value::Tuple(of) => at_mut(of, rest),
        Value::CustomStruct { tuple, .. } => at_mut(tuple, rest),
        _ => None,
    }
}

/// Paths of all values of some kind, outer ones before those within them.
fn paths(values: &[Value], wanted: fn(&Value) -> bool) -> Vec<Path> {
    fn walk(values: &[Value], wanted: fn(&Value) -> bool, path: &mut Path, out: &mut Vec<Path>) {
        for (position, value) in values.iter().enumerate() {
            path.push(position);
            if wanted(value) {
                out.push(path.clone());
            }
            walk(children(value), wanted, path, out);
            path.pop();
        }
    }
    let mut out = Vec::new();
    walk(values, wanted, &mut Vec::new(), &mut out);
    out
}

fn lists(values: &[Value]) -> Vec<Path> {
    let is_list =
        |value: &Value| matches!(value, Value::Array(_) | Value::Bytes(_) | Value::String(_));
    paths(values, is_list)
}

fn leaves(values: &[Value]) -> Vec<Path> {
    let is_leaf = |value: &Value| {
        !matches!(
            value,
            Value::Array(_) | Value::FixedArray(_) | Value::Tuple(_) | Value::CustomStruct { .. }
        )
    };
    paths(values, is_leaf)
}

#[cfg(test)]
#[path = "values_test.rs"]
mod tests;
