//! Linking: addresses of libraries are put where bytecode needs them.
//!
//! Libraries are deployed by an account of their own, in the order of their artifacts, before each suite, as forge does it:
//! so their addresses are the same.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use gasworks::{Address, Bytes, create_address};

use super::{Artifacts, Bytecode, Contract, Link};

/// Who deploys libraries.
pub const LIBRARY_DEPLOYER: Address = Address([
    0x1f, 0x95, 0xd3, 0x7f, 0x27, 0xea, 0x0d, 0xea, 0x9c, 0x25, 0x2f, 0xc0, 0x9d, 0x5a, 0x6e, 0xaa,
    0x97, 0x64, 0x73, 0x53,
]);

/// A library that is needed is not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("library {library} is not among the artifacts: {contract} cannot be linked")]
pub struct LinkError {
    /// Which library.
    pub library: String,
    /// Who needs it.
    pub contract: String,
}

/// Where all libraries of a project are.
#[derive(Clone, Debug, Default)]
pub struct Linked {
    /// The creation code of libraries in the order in which they are deployed.
    pub deployments: Vec<Bytes>,
    addresses: BTreeMap<(String, String), Address>,
}

impl Linked {
    /// Gives each library that some contract needs its address.
    pub fn new(artifacts: &Artifacts) -> Self {
        let mut needed: BTreeSet<(&str, &str, &str)> = BTreeSet::new();
        let mut waiting: Vec<&Link> = Vec::new();
        for contract in &artifacts.contracts {
            waiting.extend(&contract.creation.links);
            waiting.extend(&contract.runtime.links);
        }
        let mut libraries: BTreeMap<(&str, &str, &str), &Arc<Contract>> = BTreeMap::new();
        let mut linked = Self::default();
        for (name, address) in &artifacts.libraries {
            if let Some((source, name)) = name.rsplit_once(':') {
                let key = (source.to_owned(), name.to_owned());
                linked.addresses.insert(key, *address);
            }
        }
        while let Some(link) = waiting.pop() {
            let Some(library) = library(artifacts, link) else {
                continue;
            };
            let key = (library.source.clone(), library.name.clone());
            let order = (
                library.artifact.as_str(),
                library.source.as_str(),
                library.name.as_str(),
            );
            if !linked.addresses.contains_key(&key) && needed.insert(order) {
                libraries.insert(order, library);
                waiting.extend(&library.creation.links);
            }
        }
        for (nonce, library) in libraries.values().enumerate() {
            let key = (library.source.clone(), library.name.clone());
            let address = create_address(LIBRARY_DEPLOYER, nonce as u64);
            linked.addresses.insert(key, address);
        }
        for library in libraries.values() {
            let code = linked.link(artifacts, library, &library.creation);
            linked.deployments.push(code.unwrap_or_default());
        }
        linked
    }

    /// Bytecode of a contract with the addresses of its libraries.
    ///
    /// # Errors
    /// [`LinkError`] if one is missing.
    pub fn link(
        &self,
        artifacts: &Artifacts,
        contract: &Contract,
        code: &Bytecode,
    ) -> Result<Bytes, LinkError> {
        if code.links.is_empty() {
            return Ok(code.bytes.clone());
        }
        let mut bytes = code.bytes.to_vec();
        for link in &code.links {
            let found = library(artifacts, link)
                .map(|library| (library.source.clone(), library.name.clone()))
                .or_else(|| Some((link.source.clone(), link.name.clone())))
                .and_then(|key| self.addresses.get(&key));
            let Some(address) = found else {
                return Err(LinkError {
                    library: format!("{}:{}", link.source, link.name),
                    contract: contract.full_name(),
                });
            };
            for offset in &link.offsets {
                if let Some(place) = bytes.get_mut(*offset..offset + 20) {
                    place.copy_from_slice(&address.0);
                }
            }
        }
        Ok(bytes.into())
    }
}

fn library<'a>(artifacts: &'a Artifacts, link: &Link) -> Option<&'a Arc<Contract>> {
    let named = || {
        artifacts
            .contracts
            .iter()
            .filter(|contract| contract.name == link.name)
    };
    named()
        .find(|contract| contract.source == link.source)
        .or_else(|| {
            named().find(|contract| contract.source.ends_with(&format!("/{}", link.source)))
        })
        .or_else(|| {
            named().find(|contract| link.source.ends_with(&format!("/{}", contract.source)))
        })
        .or_else(|| named().next().filter(|_| link.source.is_empty()))
}
