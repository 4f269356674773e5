//! Runs again whenever a source changes. The one file that names `notify`.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use notify::{Event, EventKind, RecursiveMode, Watcher};

use crate::terminal::complain;

/// How long it has to be quiet: editors write files in several steps.
const QUIET: Duration = Duration::from_millis(200);
/// Endings of files that tests depend on.
const SOURCES: &[&str] = &[
    "sol", "vy", "vyi", "yul", "eas", "etk", "hex", "toml", "txt",
];
/// Folders of what is made from sources.
const MADE: &[&str] = &[
    "out",
    "artifacts",
    "cache",
    "target",
    "node_modules",
    ".git",
];

/// Runs, waits for a change, and runs again, until it is stopped from outside.
pub fn forever(path: &Path, mut once: impl FnMut() -> ExitCode) -> Result<(), notify::Error> {
    let root = path.canonicalize()?;
    let (tell, told) = mpsc::channel();
    let sources = Sources::of(&root);
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        let Ok(event) = event else { return };
        if !matches!(event.kind, EventKind::Access(_)) {
            for path in event.paths.into_iter().filter(|path| sources.have(path)) {
                let _ = tell.send(path);
            }
        }
    })?;
    // Editors put a new file in the place of the old one, which only the folder tells.
    match root.parent() {
        Some(folder) if root.is_file() => watcher.watch(folder, RecursiveMode::NonRecursive)?,
        _ => watcher.watch(&root, RecursiveMode::Recursive)?,
    }
    let mut known = Known::default();
    loop {
        once();
        complain("waiting for changes");
        loop {
            let Ok(path) = told.recv() else {
                return Ok(());
            };
            let mut paths = BTreeSet::from([path]);
            loop {
                match told.recv_timeout(QUIET) {
                    Ok(path) => {
                        paths.insert(path);
                    }
                    Err(RecvTimeoutError::Timeout) => break,
                    Err(RecvTimeoutError::Disconnected) => return Ok(()),
                }
            }
            if known.change(paths) {
                break;
            }
        }
    }
}

/// What was read of files that have changed: what a test writes again as it was is no reason to run again.
#[derive(Default)]
struct Known(BTreeMap<PathBuf, Option<u64>>);

impl Known {
    /// Whether any of these is other than it was.
    fn change(&mut self, paths: BTreeSet<PathBuf>) -> bool {
        let mut has_changed = false;
        for path in paths {
            let content = fs::read(&path).ok().map(|bytes| {
                let mut hasher = DefaultHasher::new();
                bytes.hash(&mut hasher);
                hasher.finish()
            });
            has_changed |= self.0.insert(path, content) != Some(content);
        }
        has_changed
    }
}

/// Which files below a folder are looked at.
struct Sources {
    root: PathBuf,
    /// The folder is one of artifacts.
    is_made: bool,
}

impl Sources {
    fn of(root: &Path) -> Self {
        let name = root.file_name().and_then(OsStr::to_str);
        let is_made = name.is_some_and(|name| MADE.contains(&name) || name.ends_with(".json"));
        Self {
            root: root.to_owned(),
            is_made,
        }
    }

    /// What we write ourselves is none.
    fn have(&self, path: &Path) -> bool {
        let below = path.strip_prefix(&self.root).unwrap_or(path);
        let inside = |folder: &&str| below.components().any(|part| part.as_os_str() == *folder);
        let ending = path.extension().and_then(OsStr::to_str);
        let matters = |ending| SOURCES.contains(&ending) || self.is_made && ending == "json";
        ending.is_some_and(matters) && !MADE.iter().any(inside)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sources_matter() {
        for (root, path, expected) in [
            ("/p", "src/A.sol", true),
            ("/p", "foundry.toml", true),
            ("/p", "a/b.eas", true),
            ("/p", "out/A.sol/A.json", false),
            ("/p", "cache/fuzz/A.txt", false),
            ("/p", "README.md", false),
            ("/p", "deployments/1.json", false),
            ("/target/p", "src/A.sol", true),
            ("/p/out", "A.sol/A.json", true),
            ("/p/out", "cache/A.json", false),
        ] {
            let root = Path::new(root);
            let found = Sources::of(root).have(&root.join(path));
            assert_eq!(found, expected, "{path} in {}", root.display());
        }
    }

    #[test]
    fn a_file_that_is_as_it_was_has_not_changed() {
        let mut known = Known::default();
        let path = std::env::temp_dir().join(format!("gasworks-watch-{}", std::process::id()));
        let mut change = |content: Option<&str>| {
            match content {
                Some(content) => fs::write(&path, content),
                None => fs::remove_file(&path),
            }
            .expect("the temporary folder can be written");
            known.change(BTreeSet::from([path.clone()]))
        };
        let contents = [Some("a"), Some("a"), Some("b"), None, Some("b")];
        assert_eq!(contents.map(&mut change), [true, false, true, true, true]);
        change(None);
    }
}
