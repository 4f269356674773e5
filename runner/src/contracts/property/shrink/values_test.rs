//! Counterexamples of simple conditions become the smallest that there are.

use std::sync::Arc;

use super::*;
use crate::contracts::abi::{Type, pretty_list};
use crate::contracts::property::dictionary::Dictionary;
use crate::contracts::property::generate::{Generator, Parameter};
use crate::contracts::property::options::DictionaryOptions;
use crate::contracts::property::random::Random;

fn uint(number: u64) -> Value {
    Value::Uint(Unsigned::from(number), 256)
}

fn int(number: i64) -> Value {
    Value::Int(Signed::try_from(number).unwrap(), 64)
}

fn number(value: &Value) -> Unsigned {
    value.as_uint().unwrap().0
}

/// Shrinks any number of random counterexamples, all of which must come to the same.
fn least(types: &[Type], fails: impl Fn(&[Value]) -> bool) -> String {
    let dictionary = Dictionary::new(DictionaryOptions::default(), Arc::default());
    let parameters: Vec<Parameter<'_>> = types
        .iter()
        .map(|of| Parameter { of, fixtures: &[] })
        .collect();
    let mut found = Vec::new();
    for seed in 0..3_000 {
        let mut random = Random::new(&[5; 32], &[]).of_run(seed);
        let mut generator = Generator::new(&mut random, &dictionary, &[]);
        let arguments = generator.arguments(&parameters, 0);
        if fails(&arguments) {
            let mut attempts = Attempts::new(20_000);
            let least = shrink_arguments(arguments, &mut attempts, |values| {
                assert!(
                    values
                        .iter()
                        .zip(types)
                        .all(|(value, of)| value.matches(of))
                );
                fails(values)
            });
            assert!(fails(&least));
            found.push(pretty_list(&least));
        }
        if found.len() == 20 {
            break;
        }
    }
    assert!(!found.is_empty(), "no counterexample to begin with");
    found.dedup();
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

#[test]
fn numbers_come_down_to_where_the_condition_begins() {
    let word = [Type::Uint(256)];
    let limit = Unsigned::from(1u64) << 200;
    assert_eq!(
        least(&word, |values| number(&values[0])
            > Unsigned::from(1_000_003u64)),
        "1000004 [1e6]"
    );
    assert_eq!(
        least(&word, |values| number(&values[0]) >= limit),
        format!("{limit} [1.606e60]")
    );
    assert_eq!(
        least(&word, |values| number(&values[0]).bit(77)),
        "151115727451828646838272 [1.511e23]"
    );
    assert_eq!(
        least(&word, |values| number(&values[0]) % Unsigned::from(7u64)
            == Unsigned::from(3u64)),
        "3"
    );
    let between = |values: &[Value]| {
        let number = number(&values[0]);
        number > Unsigned::from(50u64) && number < Unsigned::from(5_000_000u64)
    };
    assert_eq!(least(&word, between), "51");
    assert_eq!(least(&word, |_| true), "0");
}

#[test]
fn signs_are_lost_unless_they_matter() {
    let types = [Type::Int(64)];
    let signed = |values: &[Value]| values[0].as_int().unwrap().0;
    let from = |number: i64| Signed::try_from(number).unwrap();
    assert_eq!(
        least(&types, |values| signed(values) < from(-1_000)),
        "-1001"
    );
    assert_eq!(
        least(&types, |values| signed(values).unsigned_abs()
            > Unsigned::from(99u64)),
        "100"
    );
    let lowest = Value::Int(Signed::MIN, 256);
    let mut attempts = Attempts::new(5_000);
    let shrunk = shrink_arguments(vec![lowest.clone()], &mut attempts, |values| {
        values[0].as_int().unwrap().0 == Signed::MIN
    });
    assert_eq!(shrunk, [lowest]);
    let mut attempts = Attempts::new(5_000);
    assert_eq!(
        shrink_arguments(vec![int(-5)], &mut attempts, |_| true),
        [int(0)]
    );
}

#[test]
fn numbers_that_must_be_equal_come_down_together() {
    let types = [Type::Uint(256), Type::Bool, Type::Uint(256)];
    let fails =
        |values: &[Value]| values[0] == values[2] && number(&values[0]) > Unsigned::from(41u64);
    assert_eq!(least(&types, fails), "42, false, 42");
    assert_eq!(
        least(&types, |values| number(&values[0]) > number(&values[2])),
        "1, false, 0"
    );
}

#[test]
fn lists_and_texts_lose_what_they_can_do_without() {
    let list = [Type::Array(Box::new(Type::Uint(16)))];
    let longer = |values: &[Value]| values[0].as_array().unwrap().len() > 2;
    assert_eq!(least(&list, longer), "[0, 0, 0]");
    let has_large = |values: &[Value]| {
        let items = values[0].as_array().unwrap();
        items
            .iter()
            .any(|item| number(item) >= Unsigned::from(500u64))
    };
    assert_eq!(least(&list, has_large), "[500]");
    let nested = [Type::Array(Box::new(Type::Array(Box::new(Type::Bool))))];
    let has_true = |values: &[Value]| {
        let lists = values[0].as_array().unwrap();
        let inner = |list: &Value| list.as_array().unwrap().contains(&Value::Bool(true));
        lists.iter().any(inner)
    };
    assert_eq!(least(&nested, has_true), "[[true]]");
    let text = |values: &[Value]| values[0].as_str().unwrap().len() > 3;
    assert_eq!(
        least(&[Type::String], |values| text(values)
            && values[0].as_str().unwrap().is_ascii()),
        "\"aaaa\""
    );
    let bytes = |values: &[Value]| values[0].as_bytes().unwrap().contains(&0xff);
    assert_eq!(least(&[Type::Bytes], bytes), "0xff");
}

#[test]
fn words_of_other_types_come_down_too() {
    let address = |values: &[Value]| !values[0].as_address().unwrap().is_zero();
    assert_eq!(
        least(&[Type::Address], address),
        "0x0000000000000000000000000000000000000001"
    );
    let bytes = |values: &[Value]| values[0].as_fixed_bytes().unwrap().0[3] != 0;
    assert_eq!(least(&[Type::FixedBytes(4)], bytes), "0x00000001");
    let pair = [Type::Tuple(vec![
        Type::Uint(8),
        Type::FixedArray(Box::new(Type::Uint(8)), 2),
    ])];
    let fails =
        |values: &[Value]| number(&children(&children(&values[0])[1])[1]) > Unsigned::from(9u64);
    assert_eq!(least(&pair, fails), "(0, [0, 10])");
}

#[test]
fn it_ends_when_the_attempts_are_used_up() {
    let mut made = 0;
    let start = vec![uint(u64::MAX), Value::Bytes(vec![7; 100])];
    let least = shrink_arguments(start, &mut Attempts::new(10), |_| {
        made += 1;
        true
    });
    assert!(made <= 10);
    assert_eq!(least, [uint(0), Value::Bytes(vec![])]);
    let mut made = 0;
    let start = vec![uint(u64::MAX)];
    let kept = shrink_arguments(start.clone(), &mut Attempts::new(10), |_| {
        made += 1;
        false
    });
    assert_eq!((kept, made), (start, 10));
}
