//! Names and numbers of chains, and the addresses of their nodes as the project has them. Nothing is asked of any node.

use std::collections::BTreeMap;

use alloy_chains::NamedChain;

use crate::contracts::abi::{Unsigned, Value};

use super::environment::resolve;
use super::{Handler, Values, arguments};

type Answer = Result<Vec<Value>, String>;

pub(super) fn handler(name: &str, _parameters: &str) -> Option<Handler> {
    let handler: Handler = match name {
        "getChain" => |values, of| match of {
            [Value::Uint(number, _)] => chain(values, &number.to_string()),
            _ => chain(values, arguments::text(of, 0)?),
        },
        "rpcUrl" => |values, of| {
            Ok(vec![Value::String(endpoint(
                values,
                arguments::text(of, 0)?,
            )?)])
        },
        "rpcUrls" => |values, _| {
            let pairs = endpoints(values)?
                .into_iter()
                .map(|pair| Value::FixedArray(pair.into()));
            Ok(vec![Value::Array(pairs.collect())])
        },
        "rpcUrlStructs" => |values, _| {
            let pairs = endpoints(values)?
                .into_iter()
                .map(|pair| Value::Tuple(pair.into()));
            Ok(vec![Value::Array(pairs.collect())])
        },
        _ => return None,
    };
    Some(handler)
}

/// The addresses of `rpc_endpoints`: each a text, or a table in which it is the `endpoint`.
pub fn endpoints_of(table: &BTreeMap<String, toml::Value>) -> BTreeMap<String, String> {
    let endpoint = |(alias, value): (&String, &toml::Value)| {
        let url = value.as_str().or_else(|| value.get("endpoint")?.as_str())?;
        Some((alias.clone(), url.to_owned()))
    };
    table.iter().filter_map(endpoint).collect()
}

/// A chain by its name or number.
fn chain(values: &Values, alias: &str) -> Answer {
    let unknown = || format!("invalid chain alias: {alias}");
    let named = match alias.parse::<u64>() {
        Ok(number) => NamedChain::try_from(number).map_err(|_| unknown())?,
        Err(_) => alias.parse::<NamedChain>().map_err(|_| unknown())?,
    };
    let name = named.as_str();
    // Without an address the chain keeps the name under which it was asked for.
    let (url, alias) = match endpoint(values, name) {
        Ok(url) => (url, name),
        Err(_) => (String::new(), alias),
    };
    Ok(vec![Value::Tuple(vec![
        Value::String(name.to_owned()),
        Value::Uint(Unsigned::from(u64::from(named)), 256),
        Value::String(alias.to_owned()),
        Value::String(url),
    ])])
}

/// The address of a node: one of the project's, or the text itself if it is an address.
fn endpoint(values: &Values, alias: &str) -> Result<String, String> {
    if let Some(url) = values.settings.endpoints.get(alias) {
        return resolve(values, url);
    }
    if alias.starts_with("http") || alias.starts_with("ws") {
        return resolve(values, alias);
    }
    Err(format!("invalid rpc url: {alias}"))
}

fn endpoints(values: &Values) -> Result<Vec<[Value; 2]>, String> {
    let endpoints = values.settings.endpoints.iter().map(|(alias, url)| {
        let url = resolve(values, url)?;
        Ok([Value::String(alias.clone()), Value::String(url)])
    });
    endpoints.collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::Settings;
    use super::super::tests::{call, call_with, fails, fails_with};
    use super::*;
    use crate::contracts::abi;

    fn text(of: &str) -> Value {
        Value::String(of.to_owned())
    }

    #[test]
    fn chains_by_name_and_number() {
        for (signature, argument) in [
            ("getChain(string)", text("sepolia")),
            (
                "getChain(uint256)",
                Value::Uint(Unsigned::from(11_155_111), 256),
            ),
        ] {
            let chain = call(signature, &[argument]);
            assert!(abi::plain(&chain[0]).starts_with("(sepolia, 11155111, "));
        }
        for alias in ["", "nowhere", "12345678"] {
            assert_eq!(
                fails("getChain(string)", &[text(alias)]),
                format!("invalid chain alias: {alias}")
            );
        }
    }

    #[test]
    fn addresses_are_texts_or_in_tables() {
        let table = toml::from_str("a = 'x'\nb = { endpoint = 'y', retries = 1 }\nc = 1\n");
        let endpoints = endpoints_of(&table.expect("a table"));
        assert_eq!(endpoints.get("a").map(String::as_str), Some("x"));
        assert_eq!(endpoints.get("b").map(String::as_str), Some("y"));
        assert_eq!(endpoints.len(), 2);
    }

    #[test]
    fn nodes_of_the_project() {
        let endpoints = [
            ("local", "http://127.0.0.1"),
            ("secret", "https://x/${GASWORKS_NONE}"),
        ];
        let endpoints = endpoints.map(|(alias, url)| (alias.to_owned(), url.to_owned()));
        let settings = Settings {
            endpoints: endpoints.into(),
            ..Settings::default()
        };
        let mut values = Values::new(Arc::new(settings), "");
        let url = call_with(&mut values, "rpcUrl(string)", &[text("local")]);
        assert_eq!(url, [text("http://127.0.0.1")]);
        assert_eq!(
            fails_with(&mut values, "rpcUrl(string)", &[text("none")]),
            "invalid rpc url: none"
        );
        fails_with(&mut values, "rpcUrls()", &[]);
    }
}
