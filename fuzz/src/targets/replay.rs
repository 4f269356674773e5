//! Replaying a corpus without a fuzzing engine.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::guard::guarded;

/// Runs a target on every file that the arguments name, or that is in a folder they name. The exit status is 1 if any
/// file makes it panic, and 2 if none could be read.
#[allow(clippy::print_stdout, clippy::print_stderr, reason = "it is a program")]
pub fn main(target: fn(&[u8])) -> ExitCode {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if arguments.is_empty() {
        eprintln!("name files or folders to replay");
        return ExitCode::from(2);
    }
    match run(target, &arguments) {
        Ok((replayed, failures)) => {
            for (path, message) in &failures {
                eprintln!("{}: {message}", path.display());
            }
            println!("{replayed} inputs, {} failed", failures.len());
            if failures.is_empty() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

/// Files that make a target panic, each with what it said.
pub type Failures = Vec<(PathBuf, String)>;

/// Runs a target on files and on what is in folders; how many there were, and which made it panic.
///
/// # Errors
/// When a file or a folder cannot be read, or there is none.
pub fn run(target: fn(&[u8]), paths: &[PathBuf]) -> io::Result<(usize, Failures)> {
    let mut files = Vec::new();
    for path in paths {
        collect(path, &mut files)?;
    }
    if files.is_empty() {
        return Err(io::Error::other("there is nothing to replay"));
    }
    let mut failures = Vec::new();
    for path in &files {
        let bytes = fs::read(path).map_err(|error| named(path, &error))?;
        if let Err(message) = guarded(|| target(&bytes)) {
            failures.push((path.clone(), message));
        }
    }
    Ok((files.len(), failures))
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let told = |error: io::Error| named(path, &error);
    if !fs::metadata(path).map_err(told)?.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let entries: io::Result<Vec<_>> = fs::read_dir(path).map_err(told)?.collect();
    let mut entries: Vec<PathBuf> = entries?.into_iter().map(|entry| entry.path()).collect();
    entries.sort();
    entries.iter().try_for_each(|entry| collect(entry, files))
}
