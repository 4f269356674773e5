//! What tests may ask about the tool that runs them.

use semver::Version;

use crate::contracts::abi::{Signed, Value};

use super::{Handler, arguments};

/// The version of Foundry whose cheatcodes these are.
const FOUNDRY: &str = "1.7.1";
/// Which of forge's contexts this is: the group of all tests, and the test that is no coverage or snapshot run.
const TEST_GROUP: u8 = 0;
const TEST: u8 = 1;

pub(super) fn handler(name: &str, _parameters: &str) -> Option<Handler> {
    let handler: Handler = match name {
        "getFoundryVersion" => |_, _| Ok(vec![Value::String(full_version())]),
        "foundryVersionCmp" => |_, of| {
            let order = compare(arguments::text(of, 0)?)?;
            let order = Signed::try_from(order as i64).map_err(|error| error.to_string())?;
            Ok(vec![Value::Int(order, 256)])
        },
        "foundryVersionAtLeast" => |_, of| {
            let order = compare(arguments::text(of, 0)?)?;
            Ok(vec![Value::Bool(order.is_ge())])
        },
        "isContext" => |_, of| {
            let context = arguments::number(of, 0)?.saturating_to::<u8>();
            Ok(vec![Value::Bool(context == TEST_GROUP || context == TEST)])
        },
        _ => return None,
    };
    Some(handler)
}

/// `<version>+<commit>.<time>.<profile>`; tests take it apart.
fn full_version() -> String {
    format!("{FOUNDRY}+gasworks00.1777000000.release")
}

fn compare(with: &str) -> Result<std::cmp::Ordering, String> {
    let with = parse(with)?;
    Ok(parse(FOUNDRY)?.cmp(&with))
}

fn parse(text: &str) -> Result<Version, String> {
    let invalid = |reason: &dyn std::fmt::Display| format!("invalid version `{text}`: {reason}");
    let version = Version::parse(text).map_err(|error| invalid(&error))?;
    if !version.pre.is_empty() {
        return Err(invalid(&"pre-release versions are not supported"));
    }
    if !version.build.is_empty() {
        return Err(invalid(&"build metadata is not supported"));
    }
    Ok(version)
}
