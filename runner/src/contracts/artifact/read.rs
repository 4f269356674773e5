//! Reading artifacts: which of the formats a file has is seen from what is in it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value as Json;
use walkdir::WalkDir;

use super::{ArtifactError, Artifacts, Bytecode, Contract, Link};
use crate::contracts::abi::{JsonAbi, unhex};
use crate::contracts::layout::Layout;

/// Folders that have no artifacts in them, but files that look like it.
const OTHER_FOLDERS: [&str; 3] = ["build-info", "cache", "node_modules"];

pub(super) fn read(path: &Path) -> Result<Artifacts, ArtifactError> {
    let problem = |path: &Path, reason: String| ArtifactError {
        path: path.display().to_string(),
        reason,
    };
    let mut artifacts = Artifacts::default();
    if path.is_file() {
        let text =
            std::fs::read_to_string(path).map_err(|error| problem(path, error.to_string()))?;
        let name = path.display().to_string();
        artifacts.contracts = contracts(&name, &name, &text)?;
        artifacts.sort();
        return Ok(artifacts);
    }
    if !path.is_dir() {
        return Err(problem(path, "no such file or folder".to_owned()));
    }
    let walk = WalkDir::new(path).sort_by_file_name().into_iter();
    let is_other = |entry: &walkdir::DirEntry| {
        entry.depth() > 0
            && entry.file_type().is_dir()
            && OTHER_FOLDERS
                .iter()
                .any(|other| entry.file_name() == *other)
    };
    for entry in walk.filter_entry(|entry| !is_other(entry)) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                artifacts.problems.push(problem(path, error.to_string()));
                continue;
            }
        };
        let file = entry.path();
        let name = entry.file_name().to_string_lossy();
        if !entry.file_type().is_file() || !name.ends_with(".json") || name.ends_with(".dbg.json") {
            continue;
        }
        let relative = file
            .strip_prefix(path)
            .unwrap_or(file)
            .display()
            .to_string();
        let read = std::fs::read_to_string(file)
            .map_err(|error| problem(file, error.to_string()))
            .and_then(|text| contracts(&file.display().to_string(), &relative, &text));
        match read {
            Ok(contracts) => artifacts.contracts.extend(contracts),
            Err(error) => artifacts.problems.push(error),
        }
    }
    artifacts.sort();
    Ok(artifacts)
}

/// The contracts in a file.
pub(super) fn contracts(
    path: &str,
    relative: &str,
    text: &str,
) -> Result<Vec<Arc<Contract>>, ArtifactError> {
    let problem = |reason: String| ArtifactError {
        path: path.to_owned(),
        reason,
    };
    let file = match serde_json::from_str::<File>(text) {
        Ok(file) => file,
        // A list or a number is something else, if it is whole.
        Err(_) if !is_object(text) && serde_json::from_str::<IgnoredAny>(text).is_ok() => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(problem(error.to_string())),
    };
    if let Some(contracts) = file
        .contracts
        .or(file.output.and_then(|output| output.contracts))
    {
        let mut all = Vec::new();
        for (source, contracts) in contracts {
            for (name, unit) in contracts {
                let artifact = format!("{}/{name}.json", base(&source));
                let evm = unit.evm.unwrap_or_default();
                all.push(Arc::new(Contract {
                    name,
                    artifact,
                    abi: unit.abi.unwrap_or_default(),
                    creation: bytecode(evm.bytecode, BTreeMap::new()).map_err(problem)?,
                    runtime: bytecode(evm.deployed_bytecode, BTreeMap::new()).map_err(problem)?,
                    compiler: None,
                    source_id: None,
                    layout: layout(unit.storage_layout),
                    source: source.clone(),
                }));
            }
        }
        return Ok(all);
    }
    let (Some(abi), Some(creation)) = (file.abi, file.bytecode) else {
        // Something else that happens to be JSON.
        return Ok(Vec::new());
    };
    let metadata = file.metadata.and_then(|metadata| match metadata {
        Json::String(text) => serde_json::from_str(&text).ok(),
        metadata => serde_json::from_value::<Metadata>(metadata).ok(),
    });
    let target = metadata
        .as_ref()
        .and_then(|metadata| metadata.settings.compilation_target.iter().next());
    let stem = base(relative).trim_end_matches(".json").to_owned();
    let name = file
        .contract_name
        .or_else(|| target.map(|(_, name)| name.clone()))
        .unwrap_or_else(|| stem.split('.').next().unwrap_or_default().to_owned());
    let folder = Path::new(relative)
        .parent()
        .map(|folder| folder.display().to_string());
    let source = file
        .source_name
        .or_else(|| target.map(|(source, _)| source.clone()))
        .or_else(|| file.ast.and_then(|ast| ast.absolute_path))
        .unwrap_or_else(|| folder.unwrap_or_default());
    Ok(vec![Arc::new(Contract {
        source,
        name,
        artifact: relative.replace('\\', "/"),
        abi,
        creation: bytecode(creation, file.link_references).map_err(problem)?,
        runtime: bytecode(file.deployed_bytecode, file.deployed_link_references)
            .map_err(problem)?,
        compiler: metadata.and_then(|metadata| metadata.compiler.version),
        source_id: file.id,
        layout: layout(file.storage_layout),
    })])
}

fn is_object(text: &str) -> bool {
    text.trim_start().starts_with('{')
}

/// A layout that makes no sense is none.
fn layout(found: Option<Json>) -> Option<Layout> {
    serde_json::from_value(found?).ok()
}

fn base(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

type LinkReferences = BTreeMap<String, BTreeMap<String, Vec<Place>>>;

/// What a file may have, of all formats.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    abi: Option<JsonAbi>,
    bytecode: Option<Object>,
    #[serde(default)]
    deployed_bytecode: Object,
    #[serde(default)]
    link_references: LinkReferences,
    #[serde(default)]
    deployed_link_references: LinkReferences,
    contract_name: Option<String>,
    source_name: Option<String>,
    metadata: Option<Json>,
    storage_layout: Option<Json>,
    ast: Option<Ast>,
    #[serde(default, deserialize_with = "number_or_nothing")]
    id: Option<u32>,
    contracts: Option<BTreeMap<String, BTreeMap<String, Unit>>>,
    output: Option<Output>,
}

/// Hardhat's build information has a text here, Foundry's artifacts a number.
fn number_or_nothing<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<u32>, D::Error> {
    let value = Option::<Json>::deserialize(from)?;
    Ok(value
        .and_then(|value| value.as_u64())
        .and_then(|number| u32::try_from(number).ok()))
}

#[derive(Deserialize)]
struct Output {
    contracts: Option<BTreeMap<String, BTreeMap<String, Unit>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Unit {
    abi: Option<JsonAbi>,
    storage_layout: Option<Json>,
    evm: Option<UnitCode>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct UnitCode {
    bytecode: Object,
    deployed_bytecode: Object,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ast {
    absolute_path: Option<String>,
}

#[derive(Deserialize)]
struct Metadata {
    #[serde(default)]
    settings: Settings,
    #[serde(default)]
    compiler: Compiler,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Settings {
    compilation_target: BTreeMap<String, String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Compiler {
    version: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Object {
    Text(String),
    Full(Full),
}

impl Default for Object {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Full {
    #[serde(default)]
    object: String,
    #[serde(default)]
    link_references: LinkReferences,
    source_map: Option<String>,
    #[serde(default)]
    immutable_references: Option<BTreeMap<String, Vec<Place>>>,
}

#[derive(Deserialize)]
struct Place {
    start: usize,
    length: usize,
}

fn bytecode(object: Object, outside: LinkReferences) -> Result<Bytecode, String> {
    let full = match object {
        Object::Full(full) => full,
        Object::Text(object) => Full {
            object,
            link_references: outside,
            source_map: None,
            immutable_references: None,
        },
    };
    let mut digits = full.object.trim().trim_start_matches("0x").to_owned();
    let mut links = Vec::new();
    for (source, libraries) in full.link_references {
        for (name, places) in libraries {
            let offsets: Vec<usize> = places.iter().map(|place| place.start).collect();
            for offset in &offsets {
                let range = offset
                    .checked_mul(2)
                    .and_then(|from| Some(from..from.checked_add(40)?));
                if let Some(range) = range.filter(|range| digits.get(range.clone()).is_some()) {
                    digits.replace_range(range, &"0".repeat(40));
                } else {
                    return Err(format!(
                        "the place of library {name} is outside the bytecode"
                    ));
                }
            }
            links.push(Link {
                source: source.clone(),
                name,
                offsets,
            });
        }
    }
    let bytes = unhex(&digits).ok_or_else(|| match digits.find("__") {
        Some(_) => "the bytecode has places for libraries that are not listed".to_owned(),
        None => "the bytecode is not hexadecimal".to_owned(),
    })?;
    let places = full.immutable_references.unwrap_or_default();
    let mut immutables: Vec<_> = places.into_values().flatten().collect();
    immutables.sort_by_key(|place| place.start);
    Ok(Bytecode {
        bytes: bytes.into(),
        links,
        source_map: full.source_map.map(Into::into),
        immutables: immutables
            .iter()
            .map(|place| (place.start, place.length))
            .collect(),
    })
}
