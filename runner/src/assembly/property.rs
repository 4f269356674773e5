//! Tests with parameters that are made up.

use std::sync::Arc;

use gasworks_assembler::{TestAction, TestBlock, TestValue};

use super::execute::{Bench, LATE, Stop};
use super::file::mean_and_median;
use super::finding::Finding;
use super::scene::{PROGRAM, SENDER};
use crate::contracts::abi::{self, Type, Value};
use crate::contracts::property::dictionary::Dictionary;
use crate::contracts::property::generate::{Generator, Parameter};
use crate::contracts::property::literals::Literals;
use crate::contracts::property::options::DictionaryOptions;
use crate::contracts::property::random::Random;
use crate::contracts::property::shrink::{Attempts, shrink_arguments};
use crate::contracts::result::{Counterexample, FailingCall, Kind, TestResult};

/// Runs that may be rejected for each one that counts.
const MOST_REJECTED: u64 = 256;
/// Runs that making a counterexample smaller may take.
const MOST_SHRINKING: u32 = 5_000;
/// The most runs that a test may ask for.
const MOST_RUNS: u64 = 1 << 24;

/// Runs a test until it fails, or often enough.
pub(super) fn run(
    bench: &mut Bench<'_, '_, '_>,
    test: &TestBlock,
    result: &mut TestResult,
) -> Result<(), Vec<Finding>> {
    bench.begin();
    let runs = runs(bench, test)?;
    let types = types(test).map_err(|finding| vec![finding])?;
    let mut dictionary = Dictionary::new(DictionaryOptions::default(), Arc::<Literals>::default());
    dictionary.insert_account(PROGRAM, &bench.context.code);
    dictionary.insert_address(SENDER);
    let (mut gas, mut rejected, mut number) = (Vec::new(), 0, 0);
    while (gas.len() as u64) < runs {
        if bench.scene.is_late() {
            set_kind(result, gas);
            return Err(vec![Finding::new(test.span, LATE)]);
        }
        let values = generated(bench, test, &types, &dictionary, number);
        number += 1;
        match attempt(bench, test, &values) {
            Ok(()) => gas.push(bench.gas),
            Err(Stop::Rejected) => {
                rejected += 1;
                if rejected > MOST_REJECTED * runs.max(256) {
                    let message = format!("#assume rejected {rejected} of {number} runs");
                    return Err(vec![Finding::new(test.span, message)]);
                }
            }
            Err(Stop::Failed(findings)) => {
                set_kind(result, gas);
                if bench.scene.is_late() {
                    return Err(findings);
                }
                return Err(shrunk(bench, test, values, findings, result));
            }
        }
    }
    set_kind(result, gas);
    Ok(())
}

/// The types of the values that a test is run with.
pub(super) fn types(test: &TestBlock) -> Result<Vec<Type>, Finding> {
    let types = test.parameters.iter().map(|parameter| {
        let list = abi::types(&format!("({})", parameter.type_name));
        let message = format!("no values of {} can be made up", parameter.type_name);
        match list.as_deref() {
            Some([kind]) => Ok(kind.clone()),
            _ => Err(Finding::new(parameter.span, message)),
        }
    });
    types.collect()
}

fn set_kind(result: &mut TestResult, gas: Vec<u64>) {
    let runs = gas.len() as u32;
    let (mean, median) = mean_and_median(gas);
    result.kind = Kind::Fuzz { runs, mean, median };
}

fn runs(bench: &mut Bench<'_, '_, '_>, test: &TestBlock) -> Result<u64, Vec<Finding>> {
    let mut runs = u64::from(bench.options.runs);
    for statement in &test.statements {
        if let TestAction::Runs(expression) = &statement.action {
            let small = bench.small(expression, MOST_RUNS);
            runs = small.map_err(|finding| vec![finding])?;
        }
    }
    Ok(runs)
}

/// The values of a run, which follow from the seed, the test and the number of the run.
fn generated(
    bench: &Bench<'_, '_, '_>,
    test: &TestBlock,
    types: &[Type],
    dictionary: &Dictionary,
    number: u64,
) -> Vec<Value> {
    let parameters: Vec<Parameter<'_>> = types
        .iter()
        .map(|of| Parameter { of, fixtures: &[] })
        .collect();
    let path = [bench.context.name.as_str(), test.name.as_str()];
    let mut random = Random::new(&bench.options.seed, &path).of_run(number);
    let mut generator = Generator::new(&mut random, dictionary, &[]);
    generator.arguments(&parameters, dictionary.weight())
}

/// Runs a test with some values.
pub(super) fn attempt(
    bench: &mut Bench<'_, '_, '_>,
    test: &TestBlock,
    values: &[Value],
) -> Result<(), Stop> {
    bench.begin();
    for (parameter, value) in test.parameters.iter().zip(values) {
        let value = test_value(value);
        bench.expressions.bind_parameter(&parameter.name, &value);
    }
    bench.block(test)
}

/// Makes a counterexample as small as it can be, and says what is wrong with it.
fn shrunk(
    bench: &mut Bench<'_, '_, '_>,
    test: &TestBlock,
    values: Vec<Value>,
    mut findings: Vec<Finding>,
    result: &mut TestResult,
) -> Vec<Finding> {
    let mut attempts = Attempts::new(MOST_SHRINKING);
    // Without time, what was found is not made smaller.
    let least = shrink_arguments(values, &mut attempts, |values| {
        !bench.scene.is_late()
            && matches!(attempt(bench, test, values), Err(Stop::Failed(_)))
            && !bench.scene.is_late()
    });
    if !bench.scene.is_late()
        && let Err(Stop::Failed(found)) = attempt(bench, test, &least)
    {
        findings = found;
    }
    let named: Vec<String> = test
        .parameters
        .iter()
        .zip(&least)
        .map(|(parameter, value)| format!("{} = {}", parameter.name, abi::pretty(value)))
        .collect();
    let text = named.join(", ");
    for finding in &mut findings {
        finding.help.push(format!("with {text}"));
    }
    let types: Vec<&str> = test
        .parameters
        .iter()
        .map(|one| one.type_name.as_str())
        .collect();
    result.counterexample = Some(Counterexample::Single(FailingCall {
        sender: None,
        target: PROGRAM,
        contract: Some(bench.context.name.clone()),
        signature: Some(format!("{}({})", test.name, types.join(","))),
        calldata: abi::encode(&least[..]).into(),
        arguments: least,
        value: gasworks::U256::zero(),
        delay: None,
    }));
    findings
}

/// A value as expressions take it.
fn test_value(value: &Value) -> TestValue {
    match value {
        Value::Bool(of) => TestValue::from_unsigned(&[u8::from(*of)]),
        Value::Uint(of, _) => TestValue::from_unsigned(&of.to_be_bytes::<32>()),
        Value::Int(of, _) => TestValue::from_signed(&of.to_be_bytes::<32>()),
        Value::FixedBytes(of, size) => TestValue::from_unsigned(of.get(..*size).unwrap_or(&[])),
        Value::Address(of) => TestValue::from_unsigned(of.as_slice()),
        Value::Function(of) => TestValue::from_unsigned(of.as_slice()),
        Value::Bytes(of) => TestValue::from_bytes(of),
        Value::String(of) => TestValue::from_bytes(of.as_bytes()),
        Value::Array(of) | Value::FixedArray(of) | Value::Tuple(of) => list(of),
        Value::CustomStruct { tuple, .. } => list(tuple),
    }
}

fn list(values: &[Value]) -> TestValue {
    TestValue::from_list(values.iter().map(test_value).collect())
}
