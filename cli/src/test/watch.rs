//! Runs again whenever a source changes. The one file that names `notify`.

use std::ffi::OsStr;
use std::path::Path;
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

/// Runs, waits for a change, and runs again, until it is stopped from outside.
pub fn forever(path: &Path, mut once: impl FnMut() -> ExitCode) -> Result<(), notify::Error> {
    let (tell, told) = mpsc::channel();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        if event.is_ok_and(|event| matters(&event)) {
            let _ = tell.send(());
        }
    })?;
    watcher.watch(path, RecursiveMode::Recursive)?;
    loop {
        once();
        complain("waiting for changes");
        if told.recv().is_err() {
            return Ok(());
        }
        loop {
            match told.recv_timeout(QUIET) {
                Ok(()) => {}
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
    }
}

/// What we write ourselves is no reason to run again.
fn matters(event: &Event) -> bool {
    let changed = !matches!(event.kind, EventKind::Access(_));
    changed && event.paths.iter().any(|path| is_source(path))
}

fn is_source(path: &Path) -> bool {
    let made = [
        "out",
        "artifacts",
        "cache",
        "target",
        "node_modules",
        ".git",
    ];
    let inside = |folder: &&str| path.components().any(|part| part.as_os_str() == *folder);
    let ending = path.extension().and_then(OsStr::to_str);
    ending.is_some_and(|ending| SOURCES.contains(&ending)) && !made.iter().any(inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sources_matter() {
        for (path, expected) in [
            ("src/A.sol", true),
            ("foundry.toml", true),
            ("a/b.eas", true),
            ("out/A.sol/A.json", false),
            ("cache/fuzz/A.txt", false),
            ("README.md", false),
        ] {
            assert_eq!(is_source(Path::new(path)), expected, "{path}");
        }
    }
}
