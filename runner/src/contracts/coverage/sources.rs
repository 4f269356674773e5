//! Syntax trees that compilers wrote along with artifacts. They are large, and nothing else needs them: so they are read
//! here, when coverage is asked for.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value as Json;
use walkdir::WalkDir;

use super::codes::FileId;
use super::items::{Item, items};

/// Which compilation a file is of, as far as artifacts tell, and its number there.
pub(super) type Key = (Option<String>, FileId);

/// A source that was compiled.
#[derive(Clone, Debug)]
pub(super) struct Source {
    /// Relative to the project, where it is in it.
    pub path: String,
    pub items: Vec<Item>,
}

#[derive(Deserialize)]
struct File {
    id: Option<Json>,
    ast: Option<Json>,
    metadata: Option<Metadata>,
    sources: Option<BTreeMap<String, Unit>>,
    output: Option<Output>,
}

#[derive(Deserialize)]
struct Output {
    sources: Option<BTreeMap<String, Unit>>,
}

#[derive(Deserialize)]
struct Unit {
    id: FileId,
    ast: Option<Json>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Metadata {
    Full { compiler: Compiler },
    Other(serde::de::IgnoredAny),
}

#[derive(Deserialize)]
struct Compiler {
    version: Option<String>,
}

/// The sources of which there are trees, in a folder of artifacts or a compiler's output; `wanted` names them by path.
pub(super) fn read(
    path: &Path,
    root: &Path,
    wanted: &dyn Fn(&str) -> bool,
) -> BTreeMap<Key, Source> {
    let mut sources = BTreeMap::new();
    let relative = |path: &str| {
        let path = Path::new(path);
        let path = path.strip_prefix(root).unwrap_or(path);
        path.to_string_lossy().replace('\\', "/")
    };
    let mut add = |key: Key, path: &str, ast: &Json| {
        let path = relative(path);
        if wanted(&path) {
            sources.entry(key).or_insert_with(|| Source {
                items: items(ast),
                path,
            });
        }
    };
    for entry in WalkDir::new(path).sort_by_file_name().into_iter().flatten() {
        if !entry.file_name().to_string_lossy().ends_with(".json") {
            continue;
        }
        let Ok(text) = std::fs::read_to_string(entry.path()) else {
            continue;
        };
        let Ok(file) = serde_json::from_str::<File>(&text) else {
            continue;
        };
        let inner = file.output.and_then(|output| output.sources);
        for (path, unit) in file.sources.or(inner).into_iter().flatten() {
            if let Some(ast) = unit.ast {
                add((None, unit.id), &path, &ast);
            }
        }
        let id = file.id.as_ref().and_then(Json::as_u64);
        let id = id.and_then(|id| FileId::try_from(id).ok());
        if let (Some(id), Some(ast)) = (id, file.ast) {
            let version = match file.metadata {
                Some(Metadata::Full { compiler }) => compiler.version,
                _ => None,
            };
            let path = ast.get("absolutePath").and_then(Json::as_str);
            if let Some(path) = path {
                add((version, id), path, &ast);
            }
        }
    }
    sources
}
