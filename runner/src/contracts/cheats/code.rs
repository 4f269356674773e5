//! Code of the project's contracts: `getCode`, `getDeployedCode`, `deployCode`.

use gasworks::inspect::World;
use gasworks::{Address, Bytes, Message, MessageKind, U256};

use super::arguments::Arguments;
use super::artifacts::code_in_file;
use super::table::Action;
use super::{Cheats, Fault};
use crate::contracts::abi::Value;
use crate::contracts::artifact::{Bytecode, Contract};

/// A creation that a cheatcode asks for: the call of `vm` runs code that creates, in the name of the caller.
#[derive(Clone, Debug)]
pub(super) struct Deploying {
    creator: Address,
}

/// Where the code is that creates.
pub(super) const DEPLOYER: Address = Address([
    0x67, 0x61, 0x73, 0x77, 0x6f, 0x72, 0x6b, 0x73, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
]);

/// `create(salt, value, init code)` with call data of two words and bytes: CREATE2, or CREATE where all bits of the salt are
/// set. Returns the address, or reverts as the init code did.
const DEPLOYER_CODE: [u8; 61] = [
    0x60, 0x40, 0x36, 0x03, 0x80, 0x60, 0x40, 0x60, 0x00, 0x37, 0x60, 0x00, 0x35, 0x80, 0x19, 0x15,
    0x60, 0x1d, 0x57, 0x90, 0x60, 0x00, 0x60, 0x20, 0x35, 0xf5, 0x60, 0x25, 0x56, 0x5b, 0x50, 0x60,
    0x00, 0x60, 0x20, 0x35, 0xf0, 0x5b, 0x80, 0x60, 0x34, 0x57, 0x3d, 0x60, 0x00, 0x60, 0x00, 0x3e,
    0x3d, 0x60, 0x00, 0xfd, 0x5b, 0x60, 0x00, 0x52, 0x60, 0x20, 0x60, 0x00, 0xf3,
];

pub(super) fn action(name: &str) -> Option<Action> {
    Some(match name {
        "getCode" => |cheats, _, given| {
            let code = creation(cheats, given.text(0)?)?;
            Ok(vec![Value::Bytes(code.to_vec())])
        },
        "getDeployedCode" => |cheats, _, given| {
            let wanted = given.text(0)?;
            let code = match code_in_file(cheats, wanted, true)? {
                Some(code) => code,
                None => linked(cheats, wanted, |contract| &contract.runtime)?,
            };
            Ok(vec![Value::Bytes(code.to_vec())])
        },
        "interceptInitcode" => |cheats, _, _| {
            if cheats.intercepts {
                return Err("vm.interceptInitcode() has already been called".into());
            }
            cheats.intercepts = true;
            Ok(Vec::new())
        },
        _ => return None,
    })
}

fn creation(cheats: &Cheats, wanted: &str) -> Result<Bytes, Fault> {
    if let Some(code) = code_in_file(cheats, wanted, false)? {
        return Ok(code);
    }
    linked(cheats, wanted, |contract| &contract.creation)
}

fn linked(cheats: &Cheats, wanted: &str, code: fn(&Contract) -> &Bytecode) -> Result<Bytes, Fault> {
    let project = &cheats.project;
    let contract = project.artifacts.find(wanted)?;
    let code = code(contract);
    if code.bytes.is_empty() {
        return Err("no bytecode for contract; is it abstract or unlinked?".into());
    }
    let linked = project.linked.link(&project.artifacts, contract, code);
    linked.map_err(|error| Fault::Text(error.to_string()))
}

impl Cheats {
    /// Turns a call of `vm.deployCode` into one of code that creates. `None` where it is another call.
    pub(super) fn deploy(
        &mut self,
        message: &mut Message,
        world: &mut World<'_>,
    ) -> Result<(), Fault> {
        let Some(types) = deploy_types(&message.input) else {
            return Ok(());
        };
        let parameters = message.input.get(4..).unwrap_or_default();
        let Some(values) = crate::contracts::abi::decode(&types, parameters) else {
            return Err("vm.deployCode: ABI decoding failed".into());
        };
        let given = Arguments(&values);
        let mut code = creation(self, given.text(0)?)
            .map_err(|fault| match fault {
                Fault::Text(text) => Fault::Text(format!("vm.deployCode: {text}")),
                data => data,
            })?
            .to_vec();
        let mut at = 1;
        if let Ok(constructor) = given.bytes(at)
            && matches!(values.get(at), Some(Value::Bytes(_)))
        {
            code.extend_from_slice(constructor);
            at += 1;
        }
        let mut value = U256::zero();
        if given.is_number(at) {
            value = given.word(at)?;
            at += 1;
        }
        let salt = given.word(at).unwrap_or(U256::MAX);
        let mut input = salt.to_big_endian().to_vec();
        input.extend(value.to_big_endian());
        input.append(&mut code);
        if world.code(DEPLOYER)?.is_empty() {
            world.set_code(DEPLOYER, &DEPLOYER_CODE)?;
        }
        self.deploying = Some(Deploying {
            creator: message.caller,
        });
        message.input = input.into();
        message.code_address = DEPLOYER;
        Ok(())
    }

    /// The creation that `vm.deployCode` asked for is the caller's.
    pub(super) fn apply_deploying(&mut self, message: &mut Message) {
        if matches!(message.kind, MessageKind::Call(_)) {
            return;
        }
        if let Some(deploying) = self.deploying.take() {
            message.caller = deploying.creator;
        }
    }
}

/// The types of the parameters, if it is `deployCode`.
fn deploy_types(input: &[u8]) -> Option<Vec<crate::contracts::abi::Type>> {
    use crate::contracts::abi;
    use std::sync::LazyLock;
    static OVERLOADS: LazyLock<Vec<(abi::Selector, Vec<abi::Type>)>> = LazyLock::new(|| {
        super::values::interface()
            .filter(|signature| signature.name() == "deployCode")
            .filter_map(|signature| {
                let types = abi::parameters_of(signature.text)?;
                Some((abi::selector(signature.text), types))
            })
            .collect()
    });
    let selector = input.get(..4)?;
    let found = OVERLOADS.iter().find(|(known, _)| known == selector);
    found.map(|(_, types)| types.clone())
}
