//! What a run allows its tests to look at, and what it tells them.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use gasworks::U256;

use super::structs::Structs;

/// What tests may do with the files below a path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// They may read them.
    pub read: bool,
    /// They may write them.
    pub write: bool,
}

/// A row of `fs_permissions`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// What is allowed.
    pub access: Access,
    /// Where; relative paths start at the root of the project.
    pub path: PathBuf,
}

/// The project, as its tests see it.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The folder of the project.
    pub root: PathBuf,
    /// What tests may do with files; nothing is allowed that is not named.
    pub permissions: Vec<Permission>,
    /// The file that `forge bind-json` writes, relative to the root, for the type names of `vm.eip712HashType`.
    pub bindings: PathBuf,
    /// The structs of all sources, in whose order JSON objects become tuples.
    pub structs: Structs,
    /// The seed of `vm.randomUint` and its kin.
    pub seed: U256,
    /// What `vm.unixTime` says before any `vm.sleep`, in milliseconds.
    pub time: u64,
    /// The addresses of nodes by their names (`rpc_endpoints`), in which `${NAME}` stands for a variable.
    pub endpoints: BTreeMap<String, String>,
    /// Variables of the project's `.env`, which those of the process go before.
    pub environment: BTreeMap<String, String>,
}

/// What a cheatcode is about to do with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Read,
    Write,
}

impl Settings {
    /// The path without links and dots, if tests may use it like this.
    pub(super) fn allowed(&self, path: &str, purpose: Purpose) -> Result<PathBuf, String> {
        let normal = normal(&self.root.join(path));
        let access = self.access(&normal);
        let granted = match purpose {
            Purpose::Read => access.read,
            Purpose::Write => access.write,
        };
        if granted {
            return Ok(normal);
        }
        let root = normal_root(&self.root);
        let shown = normal.strip_prefix(root).unwrap_or(Path::new(path));
        let kind = match purpose {
            Purpose::Read => "read",
            Purpose::Write => "write",
        };
        Err(format!(
            "the path {} is not allowed to be accessed for {kind} operations",
            shown.display()
        ))
    }

    /// As [`Self::allowed`] for writing; the settings of the project are never written.
    pub(super) fn writable(&self, path: &str) -> Result<PathBuf, String> {
        let normal = self.allowed(path, Purpose::Write)?;
        let lower = |path: &Path| path.to_string_lossy().to_lowercase();
        if lower(&normal_root(&self.root).join("foundry.toml")) == lower(&normal) {
            return Err("access to `foundry.toml` is not allowed".to_owned());
        }
        Ok(normal)
    }

    /// The rows with the longest path decide, together.
    fn access(&self, path: &Path) -> Access {
        let mut longest = 0;
        let mut access = Access::default();
        for permission in &self.permissions {
            let below = normal(&self.root.join(&permission.path));
            let length = below.components().count();
            if !path.starts_with(&below) || length < longest {
                continue;
            }
            if length > longest {
                access = Access::default();
                longest = length;
            }
            access.read |= permission.access.read;
            access.write |= permission.access.write;
        }
        access
    }
}

fn normal_root(root: &Path) -> PathBuf {
    normal(root)
}

/// A path with its links resolved as far as it exists, and without dots.
fn normal(path: &Path) -> PathBuf {
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    let mut missing = Vec::new();
    let mut existing = plain.as_path();
    while let (Some(parent), Some(name)) = (existing.parent(), existing.file_name()) {
        missing.push(name);
        existing = parent;
        if let Ok(mut real) = existing.canonicalize() {
            real.extend(missing.iter().rev());
            return real;
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(rows: &[(&str, bool, bool)]) -> Settings {
        let row = |&(path, read, write): &(&str, bool, bool)| Permission {
            access: Access { read, write },
            path: path.into(),
        };
        Settings {
            root: PathBuf::from("/no-such-folder/project"),
            permissions: rows.iter().map(row).collect(),
            ..Settings::default()
        }
    }

    #[test]
    fn only_what_is_named_is_allowed() {
        let settings = settings(&[("./out", true, false), ("out/new", true, true)]);
        assert!(settings.allowed("out/a.json", Purpose::Read).is_ok());
        assert!(settings.allowed("out/new/../a", Purpose::Write).is_err());
        assert!(settings.allowed("./out/new/a", Purpose::Write).is_ok());
        assert!(
            settings
                .allowed("out/../../project/out/a", Purpose::Read)
                .is_ok()
        );
        assert_eq!(
            settings.allowed("src/../a.txt", Purpose::Read),
            Err("the path a.txt is not allowed to be accessed for read operations".to_owned())
        );
        assert!(settings.allowed("output", Purpose::Read).is_err());
    }

    #[test]
    fn rows_of_one_path_add_up_and_longer_ones_win() {
        let settings = settings(&[
            ("./", true, false),
            ("./", false, true),
            ("secret", false, false),
        ]);
        assert!(settings.writable("a").is_ok());
        assert!(settings.allowed("a", Purpose::Read).is_ok());
        assert!(settings.allowed("secret/a", Purpose::Read).is_err());
        assert_eq!(
            settings.writable("Foundry.toml"),
            Err("access to `foundry.toml` is not allowed".to_owned())
        );
    }
}
