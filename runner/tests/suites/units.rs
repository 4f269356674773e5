//! Test contracts whose code is put together byte by byte, and what comes of running them.

use std::sync::Arc;

use gasworks::Address;
use gasworks_runner::contracts::abi::{self, Value, encode_call, selector};
use gasworks_runner::contracts::artifact::Artifacts;
use gasworks_runner::contracts::machine::Environment;
use gasworks_runner::contracts::result::{TestResult, Verdict};
use gasworks_runner::contracts::run::{self, Options, Summary};

/// The contract of cheatcodes.
pub(crate) const VM: Address = gasworks_runner::contracts::cheats::VM;

pub(crate) fn push(bytes: &[u8]) -> Vec<u8> {
    let mut code = vec![0x5f + bytes.len() as u8];
    code.extend(bytes);
    code
}

/// Calls with this data and leaves on the stack whether it worked.
pub(crate) fn call(to: Address, data: &[u8]) -> Vec<u8> {
    let mut code = Vec::new();
    for (position, chunk) in data.chunks(32).enumerate() {
        let mut word = [0; 32];
        word[..chunk.len()].copy_from_slice(chunk);
        code.extend(push(&word));
        code.extend(push(&(position as u16 * 32).to_be_bytes()));
        code.push(0x52);
    }
    // No output, the input, no value, all gas.
    code.extend([0x5f, 0x5f]);
    code.extend(push(&(data.len() as u16).to_be_bytes()));
    code.extend([0x5f, 0x5f]);
    code.extend(push(&to.0));
    code.extend([0x5a, 0xf1]);
    code
}

/// Goes nowhere unless the stack's top is true: place 0 is no destination.
pub(crate) fn must() -> Vec<u8> {
    vec![0x15, 0x5f, 0x57]
}

/// Reverts with what the last call returned.
pub(crate) fn pass_on() -> Vec<u8> {
    vec![0x3d, 0x5f, 0x5f, 0x3e, 0x3d, 0x5f, 0xfd]
}

pub(crate) fn cheat(signature: &str, values: &[Value]) -> Vec<u8> {
    call(VM, &encode_call(selector(signature), values))
}

/// Creation code of a contract with these functions.
pub(crate) fn contract(functions: &[(&str, Vec<u8>)]) -> String {
    let head = functions.len() * 14 + 2;
    let mut dispatch = Vec::new();
    let mut bodies: Vec<u8> = Vec::new();
    for (signature, body) in functions {
        dispatch.extend([0x5f, 0x35, 0x60, 0xe0, 0x1c]);
        dispatch.extend(push(&selector(signature)));
        dispatch.push(0x14);
        // Two bytes fewer than it would be with a place of two bytes.
        let place = head + functions.len() + bodies.len();
        dispatch.extend(push(&(place as u16).to_be_bytes()));
        dispatch.push(0x57);
        bodies.push(0x5b);
        bodies.extend(body);
        bodies.push(0x00);
    }
    dispatch.extend([0x5f, 0xfd]);
    assert_eq!(dispatch.len(), head + functions.len());
    dispatch.extend(bodies);
    let length = (dispatch.len() as u16).to_be_bytes();
    let mut creation = push(&length);
    creation.extend(push(&[0, 13]));
    creation.extend([0x5f, 0x39]);
    creation.extend(push(&length));
    creation.extend([0x5f, 0xf3]);
    assert_eq!(creation.len(), 13);
    creation.extend(dispatch);
    abi::hex(&creation)
}

/// Where in creation code the place is of what is deployed, and what that place is.
const PLACE: (std::ops::Range<usize>, u16) = (4..6, 13);

/// A contract whose constructor does this first.
pub(crate) fn constructed(name: &str, constructor: &[u8], functions: &[(&str, Vec<u8>)]) -> String {
    let mut rest = abi::unhex(&contract(functions)).expect("hexadecimal");
    let (range, place) = PLACE;
    rest[range].copy_from_slice(&(place + constructor.len() as u16).to_be_bytes());
    let creation = [constructor, &rest].concat();
    unit_of(name, functions, &abi::hex(&creation))
}

pub(crate) fn unit(name: &str, functions: &[(&str, Vec<u8>)]) -> String {
    unit_of(name, functions, &contract(functions))
}

fn unit_of(name: &str, functions: &[(&str, Vec<u8>)], creation: &str) -> String {
    let entry = |(signature, _): &(&str, Vec<u8>)| {
        let (name, types) = signature
            .trim_end_matches(')')
            .split_once('(')
            .expect("a signature");
        let types = types.split(',').filter(|of| !of.is_empty());
        let inputs: Vec<String> = types
            .map(|of| format!(r#"{{"name":"","type":"{of}"}}"#))
            .collect();
        let inputs = inputs.join(",");
        format!(
            r#"{{"type":"function","name":"{name}","inputs":[{inputs}],"outputs":[],"stateMutability":"nonpayable"}}"#
        )
    };
    let abi: Vec<String> = functions.iter().map(entry).collect();
    format!(
        r#""{name}.t.sol":{{"{name}":{{"abi":[{}],"evm":{{"bytecode":{{"object":"{}"}}}}}}}}"#,
        abi.join(","),
        creation
    )
}

pub(crate) fn run(units: &[String], options: &Options) -> Summary {
    let text = format!(r#"{{"contracts":{{{}}}}}"#, units.join(","));
    let artifacts = Artifacts::from_json("out.json", &text).expect("artifacts");
    run::run(&Arc::new(artifacts), options, &mut ())
}

pub(crate) fn test<'a>(summary: &'a Summary, name: &str) -> &'a TestResult {
    let mut tests = summary.suites.iter().flat_map(|suite| &suite.tests);
    tests.find(|test| test.name == name).expect(name)
}

pub(crate) fn verdict(summary: &Summary, name: &str) -> (Verdict, Option<String>) {
    let test = test(summary, name);
    (test.verdict, test.reason.clone())
}

pub(crate) fn join(parts: &[Vec<u8>]) -> Vec<u8> {
    parts.concat()
}

/// `if storage[0] == value` goes on.
pub(crate) fn expect_storage(value: u8) -> Vec<u8> {
    join(&[vec![0x5f, 0x54], push(&[value]), vec![0x14], must()])
}

pub(crate) fn store(value: u8) -> Vec<u8> {
    join(&[push(&[value]), vec![0x5f, 0x55]])
}

/// Where forge deploys a test contract.
const SELF: &str = "7fa9385be102ac3eac297483dd6233d62b3e1496";

pub(crate) fn this() -> Address {
    let bytes = abi::unhex(SELF).expect("hexadecimal");
    Address::from_slice(&bytes)
}

pub(crate) fn with(environment: impl FnOnce(&mut Environment)) -> Options {
    let mut options = Options::default();
    environment(&mut options.environment);
    options
}
