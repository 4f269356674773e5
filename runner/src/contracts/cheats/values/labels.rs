//! Names of addresses, for people who read traces.

use crate::contracts::abi::{self, Value};

use super::{Handler, arguments};

pub(super) fn handler(name: &str, _parameters: &str) -> Option<Handler> {
    let handler: Handler = match name {
        "label" => |values, of| {
            let address = abi::address(arguments::address(of, 0)?);
            values.label(address, arguments::text(of, 1)?.to_owned());
            Ok(Vec::new())
        },
        "getLabel" => |values, of| {
            let address = arguments::address(of, 0)?;
            let label = values.labels.get(&abi::address(address));
            let label = label
                .cloned()
                .unwrap_or_else(|| format!("unlabeled:{address}"));
            Ok(vec![Value::String(label)])
        },
        _ => return None,
    };
    Some(handler)
}

#[cfg(test)]
mod tests {
    use super::super::Values;
    use super::super::tests::call_with;
    use super::*;
    use crate::contracts::abi::AbiAddress;

    #[test]
    fn an_address_keeps_its_last_name() {
        let mut values = Values::default();
        let address = Value::Address(AbiAddress::repeat_byte(0x11));
        let name = |values: &mut Values| {
            call_with(values, "getLabel(address)", std::slice::from_ref(&address))
        };
        assert_eq!(
            name(&mut values),
            [Value::String(
                "unlabeled:0x1111111111111111111111111111111111111111".to_owned()
            )]
        );
        for label in ["first", "last"] {
            let label = Value::String(label.to_owned());
            call_with(
                &mut values,
                "label(address,string)",
                &[address.clone(), label],
            );
        }
        assert_eq!(name(&mut values), [Value::String("last".to_owned())]);
    }
}
