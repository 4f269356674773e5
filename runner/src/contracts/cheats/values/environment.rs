//! Variables of the environment. What a test sets is seen by itself only: the process's variables stay as they are.

use std::collections::BTreeMap;

use crate::contracts::abi::{Type, Value};

use super::types::parse_value;
use super::{Handler, Values, arguments};

type Answer = Result<Vec<Value>, String>;

pub(super) fn handler(name: &str, parameters: &str) -> Option<Handler> {
    let handler: Handler = match name {
        "setEnv" => set,
        "envExists" => |values, of| {
            let exists = values.variable(arguments::text(of, 0)?).is_ok();
            Ok(vec![Value::Bool(exists)])
        },
        "resolveEnv" => |values, of| {
            let text = resolve(values, arguments::text(of, 0)?);
            let text = text.map_err(|error| format!("failed to resolve env var: {error}"))?;
            Ok(vec![Value::String(text)])
        },
        "envBool" => |values, of| read(values, of, &Type::Bool),
        "envUint" => |values, of| read(values, of, &Type::Uint(256)),
        "envInt" => |values, of| read(values, of, &Type::Int(256)),
        "envAddress" => |values, of| read(values, of, &Type::Address),
        "envBytes32" => |values, of| read(values, of, &Type::FixedBytes(32)),
        "envString" => |values, of| read(values, of, &Type::String),
        "envBytes" => |values, of| read(values, of, &Type::Bytes),
        "envOr" => return or_default(parameters),
        _ => return None,
    };
    Some(handler)
}

/// The default of `envOr` says of which type the variable is.
fn or_default(parameters: &str) -> Option<Handler> {
    let default = parameters.trim_end_matches(')').rsplit(',').next()?;
    let handler: Handler = match default.trim_end_matches("[]") {
        "bool" => |values, of| read_or(values, of, &Type::Bool),
        "uint256" => |values, of| read_or(values, of, &Type::Uint(256)),
        "int256" => |values, of| read_or(values, of, &Type::Int(256)),
        "address" => |values, of| read_or(values, of, &Type::Address),
        "bytes32" => |values, of| read_or(values, of, &Type::FixedBytes(32)),
        "string" => |values, of| read_or(values, of, &Type::String),
        "bytes" => |values, of| read_or(values, of, &Type::Bytes),
        _ => return None,
    };
    Some(handler)
}

impl Values {
    fn variable(&self, name: &str) -> Result<String, String> {
        if let Some(text) = self.variables.get(name) {
            return Ok(text.clone());
        }
        match std::env::var(name) {
            Ok(text) => Ok(text),
            Err(std::env::VarError::NotPresent) => {
                let from_file = self.settings.environment.get(name).cloned();
                from_file.ok_or_else(|| format!("environment variable {name:?} not found"))
            }
            Err(std::env::VarError::NotUnicode(text)) => Err(format!(
                "environment variable {name:?} was not valid unicode: {text:?}"
            )),
        }
    }
}

/// The variables of a `.env` file: a name, an equal sign and a value on each line, in quotes or not.
pub fn variables_of(text: &str) -> BTreeMap<String, String> {
    let variable = |line: &str| {
        let line = line.trim();
        let line = line.strip_prefix("export ").unwrap_or(line);
        let (name, value) = line.split_once('=')?;
        let (name, value) = (name.trim(), value.trim());
        if name.is_empty() || name.starts_with('#') {
            return None;
        }
        let quoted = ['"', '\''].into_iter().find_map(|quote| {
            let (value, _) = value.strip_prefix(quote)?.split_once(quote)?;
            Some(value)
        });
        let plain = || value.split(" #").next().unwrap_or("").trim_end();
        Some((name.to_owned(), quoted.unwrap_or_else(plain).to_owned()))
    };
    text.lines().filter_map(variable).collect()
}

fn set(values: &mut Values, of: &[Value]) -> Answer {
    let (name, text) = (arguments::text(of, 0)?, arguments::text(of, 1)?);
    let refused = if name.is_empty() {
        "key can't be empty"
    } else if name.contains('=') {
        "key can't contain equal sign `=`"
    } else if name.contains('\0') {
        "key can't contain NUL character `\\0`"
    } else if text.contains('\0') {
        "value can't contain NUL character `\\0`"
    } else {
        values.variables.insert(name.to_owned(), text.to_owned());
        return Ok(Vec::new());
    };
    Err(format!("environment variable {refused}"))
}

/// One value, or with a delimiter a list.
fn read(values: &mut Values, of: &[Value], as_type: &Type) -> Answer {
    let delimiter = match of {
        [_, _] => Some(arguments::text(of, 1)?),
        _ => None,
    };
    variable_as(values, arguments::text(of, 0)?, delimiter, as_type)
}

fn read_or(values: &mut Values, of: &[Value], as_type: &Type) -> Answer {
    let (delimiter, default) = match of {
        [_, delimiter, default] => (
            Some(arguments::text(std::slice::from_ref(delimiter), 0)?),
            default,
        ),
        _ => (None, arguments::any(of, 1)?),
    };
    variable_as(values, arguments::text(of, 0)?, delimiter, as_type)
        .or_else(|_| Ok(vec![default.clone()]))
}

fn variable_as(values: &Values, name: &str, delimiter: Option<&str>, as_type: &Type) -> Answer {
    let text = values.variable(name)?;
    let value = match delimiter {
        None => parse_value(&text, as_type),
        Some(_) if text.trim().is_empty() => Ok(Value::Array(Vec::new())),
        Some(delimiter) => {
            let parts = text.split(delimiter).map(str::trim);
            let parts: Result<Vec<_>, _> = parts.map(|part| parse_value(part, as_type)).collect();
            parts.map(Value::Array)
        }
    };
    // What a variable holds may be a secret, and is not shown.
    value.map(|value| vec![value]).map_err(|error| {
        error
            .replacen(&format!("{text:?}"), &format!("${name}"), 1)
            .replacen(&format!("\n{text}\n"), &format!("\n${name}\n"), 1)
    })
}

/// Puts variables where `${NAME}` stands.
pub(super) fn resolve(values: &Values, text: &str) -> Result<String, String> {
    let mut resolved = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, after)) = after.split_once('}') else {
            break;
        };
        resolved.push_str(before);
        let value = values.variable(name.trim()).map_err(|_| {
            let name = name.trim();
            format!("environment variable `{name}` not found")
        })?;
        if resolved.len().saturating_add(value.len()) > super::LONGEST_RESULT {
            return Err(super::TOO_LONG.to_owned());
        }
        resolved.push_str(&value);
        rest = after;
    }
    resolved.push_str(rest);
    Ok(resolved)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{call_with, fails_with};
    use super::*;
    use crate::contracts::abi::Unsigned;

    fn text(of: &str) -> Value {
        Value::String(of.to_owned())
    }

    fn uint(of: u64) -> Value {
        Value::Uint(Unsigned::from(of), 256)
    }

    #[test]
    fn what_is_set_is_read_as_any_type() {
        let mut values = Values::default();
        let list = Value::Array(vec![uint(1), uint(2)]);
        call_with(
            &mut values,
            "setEnv(string,string)",
            &[text("GASWORKS_LIST"), text("1, 0x2")],
        );
        assert_eq!(
            call_with(
                &mut values,
                "envUint(string,string)",
                &[text("GASWORKS_LIST"), text(",")]
            ),
            std::slice::from_ref(&list)
        );
        let error = fails_with(&mut values, "envUint(string)", &[text("GASWORKS_LIST")]);
        assert!(
            error.starts_with("failed parsing $GASWORKS_LIST as type `uint256`"),
            "{error}"
        );
        assert_eq!(
            call_with(
                &mut values,
                "envOr(string,uint256)",
                &[text("GASWORKS_LIST"), uint(9)]
            ),
            [uint(9)]
        );
        assert_eq!(
            call_with(
                &mut values,
                "envOr(string,string,uint256[])",
                &[text("GASWORKS_NONE"), text(","), list.clone()]
            ),
            [list]
        );
        assert_eq!(
            call_with(
                &mut values,
                "resolveEnv(string)",
                &[text("a ${ GASWORKS_LIST } b ${")]
            ),
            [text("a 1, 0x2 b ${")]
        );
    }

    #[test]
    fn files_of_variables() {
        let text = "# none\nA=1 # one\nexport B = \"a # b\" c\nC='x'\n=no\nno\nD=\n";
        let variables: Vec<(String, String)> = variables_of(text).into_iter().collect();
        let expected = [("A", "1"), ("B", "a # b"), ("C", "x"), ("D", "")];
        assert_eq!(
            variables,
            expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
    }

    #[test]
    fn what_is_not_there() {
        let mut values = Values::default();
        assert_eq!(
            fails_with(&mut values, "envString(string)", &[text("GASWORKS_NONE")]),
            "environment variable \"GASWORKS_NONE\" not found"
        );
        assert_eq!(
            call_with(&mut values, "envExists(string)", &[text("GASWORKS_NONE")]),
            [Value::Bool(false)]
        );
        assert_eq!(
            fails_with(
                &mut values,
                "setEnv(string,string)",
                &[text("a=b"), text("")]
            ),
            "environment variable key can't contain equal sign `=`"
        );
    }
}
