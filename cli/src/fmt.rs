//! `gasworks fmt`: brings assembly sources into one layout.
//!
//! The layout is the assembler's; this file finds sources, and writes them back where they differ.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use similar::TextDiff;

use crate::terminal;

/// Bring assembly sources into one layout.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Only white space and the case of instructions change, never the bytecode. A source whose brackets or strings have no end
is left as it is.

Exit status: 0 if all went well, 1 if --check or --diff found a source that is laid out differently, 2 if one could not be
read, formatted or written.

Examples:
  gasworks fmt contract.eas
  gasworks fmt --check .
  gasworks fmt - < contract.eas")]
pub struct Args {
    /// Files, folders of .eas files, or - for standard input to standard output
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,

    /// Change nothing; name the files that would change
    #[arg(long)]
    check: bool,

    /// Change nothing; print what would change
    #[arg(long)]
    diff: bool,
}

/// Runs the verb; the exit status is described in its help.
pub fn run(args: &Args) -> ExitCode {
    let mut run = Run {
        args,
        different: false,
        failed: false,
    };
    let written = args.paths.iter().try_for_each(|path| run.path(path));
    let status = match (run.failed, run.different) {
        (true, _) => terminal::BAD_INPUT,
        (false, different) => u8::from(different),
    };
    terminal::finish(written, ExitCode::from(status))
}

struct Run<'a> {
    args: &'a Args,
    /// Whether a source would change that must not be changed.
    different: bool,
    /// Whether something could not be done.
    failed: bool,
}

impl Run<'_> {
    /// Errors are those of standard output; others are told, and do not keep the rest from being done.
    fn path(&mut self, path: &Path) -> io::Result<()> {
        if path == Path::new("-") {
            return self.standard_input();
        }
        let is_folder = fs::metadata(path).is_ok_and(|found| found.is_dir());
        if !is_folder {
            return self.file(path);
        }
        match sources_under(path) {
            Ok(files) if files.is_empty() => {
                self.fail(path, "no .eas files");
                Ok(())
            }
            Ok(files) => files.iter().try_for_each(|file| self.file(file)),
            Err((path, error)) => {
                self.fail(&path, error);
                Ok(())
            }
        }
    }

    fn standard_input(&mut self) -> io::Result<()> {
        let mut source = Vec::new();
        if let Err(error) = io::stdin().lock().read_to_end(&mut source) {
            self.fail(Path::new("-"), error);
            return Ok(());
        }
        let Some(formatted) = self.formatted("-", &source) else {
            return Ok(());
        };
        if self.args.check || self.args.diff {
            return self.compare("-", &source, &formatted);
        }
        let mut stdout = io::stdout().lock();
        stdout.write_all(formatted.as_bytes())?;
        stdout.flush()
    }

    fn file(&mut self, path: &Path) -> io::Result<()> {
        let source = match read(path) {
            Ok(source) => source,
            Err(error) => {
                self.fail(path, error);
                return Ok(());
            }
        };
        let name = path.to_string_lossy();
        let Some(formatted) = self.formatted(&name, &source) else {
            return Ok(());
        };
        if self.args.check || self.args.diff {
            return self.compare(&name, &source, &formatted);
        }
        if source != formatted.as_bytes()
            && let Err(error) = fs::write(path, formatted)
        {
            self.fail(path, error);
        }
        Ok(())
    }

    fn formatted(&mut self, name: &str, source: &[u8]) -> Option<String> {
        match gasworks_assembler::format_file(name, source) {
            Ok(formatted) => Some(formatted),
            Err(found) => {
                terminal::complain(found.render(true).trim_end());
                self.failed = true;
                None
            }
        }
    }

    /// Says whether and how a source would change.
    fn compare(&mut self, name: &str, source: &[u8], formatted: &str) -> io::Result<()> {
        if source == formatted.as_bytes() {
            return Ok(());
        }
        self.different = true;
        let mut stdout = io::stdout().lock();
        if self.args.diff {
            let source = String::from_utf8_lossy(source);
            let difference = TextDiff::from_lines(source.as_ref(), formatted);
            let mut difference = difference.unified_diff();
            let difference = difference.header(name, name);
            write!(stdout, "{difference}")?;
        } else {
            writeln!(stdout, "{}", terminal::visible(name))?;
        }
        stdout.flush()
    }

    fn fail(&mut self, path: &Path, reason: impl std::fmt::Display) {
        terminal::error(format_args!(
            "{}: {reason}",
            terminal::visible(&path.to_string_lossy())
        ));
        self.failed = true;
    }
}

/// A file's contents. What is no file is not read: it could not be written back.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("not a file"));
    }
    fs::read(path)
}

/// The sources under a folder, in order. Links and hidden folders are not followed.
fn sources_under(folder: &Path) -> Result<Vec<PathBuf>, (PathBuf, io::Error)> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        let failed = |error| (folder.clone(), error);
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let kind = entry.file_type().map_err(failed)?;
            let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
            let path = entry.path();
            if kind.is_dir() && !hidden {
                open.push(path);
            } else if kind.is_file() && path.extension().is_some_and(|end| end == "eas") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
