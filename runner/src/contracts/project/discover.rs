//! What there is to test at a path.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Project;

/// Something whose tests can be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Testable {
    /// A project with a `foundry.toml`; only the tests of a file or folder in it, if one was named.
    Foundry {
        /// The project's folder.
        root: PathBuf,
        /// The named file or folder.
        only: Option<PathBuf>,
    },
    /// A folder of artifacts, or a file of a compiler's output.
    Artifacts(PathBuf),
    /// Sources in assembly, with the folder that they were looked for in.
    Assembly {
        /// The folder.
        root: PathBuf,
        /// The sources, in the order of their names.
        files: Vec<PathBuf>,
    },
}

/// Why there is nothing to test.
#[derive(Debug, thiserror::Error)]
pub enum DiscoverError {
    /// The path is not there, or cannot be read.
    #[error("{}: {}", .0.display(), .1)]
    Read(PathBuf, io::Error),
    /// It is a file of an unknown kind.
    #[error("{}: tests are in .eas, .sol and .vy files, and in .json files of compilers", .0.display())]
    Kind(PathBuf),
    /// A source of a compiled language lies outside of any project.
    #[error("{}: no folder above it has a foundry.toml", .0.display())]
    NoProject(PathBuf),
    /// The folder has nothing that could have tests.
    #[error(
        "{}: there is neither a foundry.toml, nor are there artifacts of compilers or .eas files", .0.display()
    )]
    Nothing(PathBuf),
}

/// Folders that hold what others wrote or what tools made.
const NOT_OURS: &[&str] = &["node_modules", "target", "cache", "broadcast"];
/// How deep folders are looked into.
const MOST_DEPTH: usize = 16;

/// Finds what can be tested at a path: one project, artifacts, sources in assembly, or several of these below a folder.
pub fn discover(path: &Path) -> Result<Vec<Testable>, DiscoverError> {
    let unreadable = |error| DiscoverError::Read(path.to_owned(), error);
    let path = path.canonicalize().map_err(unreadable)?;
    if path.is_file() {
        return file(&path).map(|found| vec![found]);
    }
    if Project::is_at(&path) {
        return Ok(vec![Testable::Foundry {
            root: path,
            only: None,
        }]);
    }
    for folder in ["artifacts", "out"].map(|name| path.join(name)) {
        if is_hardhat(&path) && holds_artifacts(&folder) {
            return Ok(vec![Testable::Artifacts(folder)]);
        }
    }
    if holds_artifacts(&path) {
        return Ok(vec![Testable::Artifacts(path)]);
    }
    let mut found = Vec::new();
    let mut sources = Vec::new();
    walk(&path, MOST_DEPTH, &mut found, &mut sources).map_err(unreadable)?;
    if !sources.is_empty() {
        sources.sort();
        found.push(Testable::Assembly {
            root: path.clone(),
            files: sources,
        });
    }
    // A folder within a project, where nothing else is in it.
    if found.is_empty()
        && let Some(root) = project_above(&path)
    {
        found.push(Testable::Foundry {
            root,
            only: Some(path.clone()),
        });
    }
    match found.is_empty() {
        true => Err(DiscoverError::Nothing(path)),
        false => Ok(found),
    }
}

fn file(path: &Path) -> Result<Testable, DiscoverError> {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("eas") => Ok(Testable::Assembly {
            root: path.parent().unwrap_or(path).to_owned(),
            files: vec![path.to_owned()],
        }),
        Some("json") => Ok(Testable::Artifacts(path.to_owned())),
        Some("sol" | "vy") => {
            let root = project_above(path).ok_or_else(|| DiscoverError::NoProject(path.into()))?;
            Ok(Testable::Foundry {
                root,
                only: Some(path.to_owned()),
            })
        }
        _ => Err(DiscoverError::Kind(path.to_owned())),
    }
}

fn project_above(path: &Path) -> Option<PathBuf> {
    let mut above = path.ancestors();
    above
        .find(|folder| Project::is_at(folder))
        .map(Path::to_owned)
}

fn is_hardhat(folder: &Path) -> bool {
    let names = ["js", "ts", "cjs", "mjs"].map(|ending| format!("hardhat.config.{ending}"));
    names.iter().any(|name| folder.join(name).is_file())
}

/// Whether a folder is one of artifacts: they are in folders that have the names of sources.
fn holds_artifacts(folder: &Path) -> bool {
    let looks_like_source = |path: &Path| {
        let ending = path.extension().and_then(|ending| ending.to_str());
        matches!(ending, Some("sol" | "vy")) && path.is_dir()
    };
    let inside = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    };
    // Hardhat's are below the folder of the source: `artifacts/contracts/A.sol/A.json`.
    let mut level = vec![folder.to_owned()];
    for _ in 0..4 {
        let below: Vec<PathBuf> = level.iter().flat_map(|folder| inside(folder)).collect();
        if below.iter().any(|path| looks_like_source(path)) {
            return true;
        }
        level = below.into_iter().filter(|path| path.is_dir()).collect();
        level.retain(|folder| !is_hidden_or_foreign(folder) && !Project::is_at(folder));
        if level.len() > 1_000 {
            return false;
        }
    }
    false
}

fn is_hidden_or_foreign(folder: &Path) -> bool {
    let name = folder.file_name().and_then(|name| name.to_str());
    name.is_none_or(|name| name.starts_with('.') || NOT_OURS.contains(&name))
}

fn walk(
    folder: &Path,
    depth: usize,
    found: &mut Vec<Testable>,
    sources: &mut Vec<PathBuf>,
) -> io::Result<()> {
    let Some(depth) = depth.checked_sub(1) else {
        return Ok(());
    };
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let kind = entry.file_type()?;
        // Links would lead in circles.
        if kind.is_dir() && !is_hidden_or_foreign(&path) {
            if Project::is_at(&path) {
                found.push(Testable::Foundry {
                    root: path,
                    only: None,
                });
            } else {
                walk(&path, depth, found, sources)?;
            }
        } else if kind.is_file() && path.extension().is_some_and(|ending| ending == "eas") {
            sources.push(path);
        }
    }
    Ok(())
}
