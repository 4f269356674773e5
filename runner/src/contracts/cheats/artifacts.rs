//! What is known of contracts from their code, and code from artifacts of other tools.

use gasworks::Bytes;

use super::table::Action;
use super::{Cheats, Fault};
use crate::contracts::abi::{self, AbiWord, Value};
use crate::contracts::artifact::Contract;

/// How much of its bytes may differ, in hundredths, for code to be a contract's: immutables and metadata do.
const CREATION_DIFFERENCE: usize = 10;
const RUNTIME_DIFFERENCE: usize = 15;

pub(super) fn action(name: &str) -> Option<Action> {
    Some(match name {
        "getSelectors" => |cheats, _, given| {
            let contract = cheats.project.artifacts.find(given.text(0)?)?;
            let selectors = contract.abi.functions().map(|function| {
                let mut word = AbiWord::ZERO;
                word[..4].copy_from_slice(function.selector().as_slice());
                Value::FixedBytes(word, 4)
            });
            Ok(vec![Value::Array(selectors.collect())])
        },
        "getArtifactPathByCode" => |cheats, _, given| {
            let code = given.bytes(0)?;
            let found = closest(cheats, CREATION_DIFFERENCE, |contract| {
                let creation = &contract.creation.bytes;
                // Arguments of the constructor come after the code.
                let takes_arguments = contract.abi.constructor.is_some();
                let end = if takes_arguments {
                    code.len().min(creation.len())
                } else {
                    code.len()
                };
                difference(&code[..end], creation)
            });
            path(cheats, found)
        },
        "getArtifactPathByDeployedCode" => |cheats, _, given| {
            let code = given.bytes(0)?;
            let found = closest(cheats, RUNTIME_DIFFERENCE, |contract| {
                difference(code, &contract.runtime.bytes)
            });
            path(cheats, found)
        },
        _ => return None,
    })
}

fn path(cheats: &Cheats, found: Option<&Contract>) -> super::Answer {
    let found = found.ok_or(Fault::Text("no matching artifact found".to_owned()))?;
    let path = cheats
        .values
        .settings()
        .root
        .join("out")
        .join(&found.artifact);
    Ok(vec![Value::String(path.display().to_string())])
}

/// The contract whose difference is the least, if that is at most so many hundredths.
fn closest(
    cheats: &Cheats,
    most: usize,
    difference: impl Fn(&Contract) -> Option<(usize, usize)>,
) -> Option<&Contract> {
    let mut closest: Option<((usize, usize), &Contract)> = None;
    for contract in &cheats.project.artifacts.contracts {
        let Some((different, all)) = difference(contract) else {
            continue;
        };
        let is_better = closest.is_none_or(|((least, of), _)| different * of < least * all);
        if different * 100 <= all * most && is_better {
            closest = Some(((different, all), contract));
        }
    }
    closest.map(|(_, contract)| contract)
}

/// How many bytes differ, of how many. `None` where the lengths are too far apart for one to be the other.
fn difference(left: &[u8], right: &[u8]) -> Option<(usize, usize)> {
    let all = left.len().max(right.len());
    let longer = left.len().abs_diff(right.len());
    if right.is_empty() || (longer > 32 && longer * 10 > all) {
        return None;
    }
    let different = left.iter().zip(right).filter(|(left, right)| left != right);
    Some((longer + different.count(), all))
}

/// The code in an artifact that a test names by its path, of Foundry or of Hardhat. `None` where there is no such file.
pub(super) fn code_in_file(
    cheats: &Cheats,
    path: &str,
    is_deployed: bool,
) -> Result<Option<Bytes>, Fault> {
    if !path.ends_with(".json") {
        return Ok(None);
    }
    let Some(text) = cheats.values.read_if_there(path)? else {
        return Ok(None);
    };
    let artifact: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| Fault::Text(error.to_string()))?;
    let key = if is_deployed {
        "deployedBytecode"
    } else {
        "bytecode"
    };
    let code = artifact.get(key);
    let code = code.map(|code| code.get("object").unwrap_or(code));
    let code = code
        .and_then(serde_json::Value::as_str)
        .and_then(abi::unhex);
    match code {
        Some(code) if !code.is_empty() => Ok(Some(code.into())),
        _ => Err("no bytecode for contract; is it abstract or unlinked?".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_told_by_how_little_differs() {
        let code = [7; 100];
        let mut other = code;
        other[50] = 1;
        assert_eq!(difference(&code, &code), Some((0, 100)));
        assert_eq!(difference(&code, &other), Some((1, 100)));
        assert_eq!(difference(&code[..90], &code), Some((10, 100)));
        assert_eq!(difference(&code[..50], &code), None);
        assert_eq!(difference(&code, &[]), None);
    }
}
