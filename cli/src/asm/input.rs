//! Where a program is and how it is to be assembled.

use std::ffi::{OsStr, OsString};
use std::path::{Component, Path, PathBuf};

use gasworks_assembler::{Files, Folder, Options, Target};
use num_bigint::BigInt;

/// MiB of a source at most.
const LIMIT: u64 = 256;

/// What is said of a program.
#[derive(clap::Args, Debug)]
pub struct ProgramArgs {
    /// The instruction set, unless the program names one
    #[arg(long, value_name = "NAME", default_value_t = Target::LATEST, value_parser = target)]
    fork: Target,

    /// The folder that files may come from
    #[arg(long, value_name = "FOLDER")]
    root: Option<PathBuf>,

    /// Give a macro whose name begins in upper case a value
    #[arg(long, short = 'D', value_name = "NAME=VALUE", value_parser = definition)]
    define: Vec<(String, BigInt)>,

    /// Do not check stack comments
    #[arg(long)]
    no_stack_check: bool,

    /// Take warnings for errors
    #[arg(long)]
    deny_warnings: bool,

    /// Write what is wrong as JSON, one object a line
    #[arg(long)]
    json_diagnostics: bool,
}

impl ProgramArgs {
    pub fn json_findings(&self) -> bool {
        self.json_diagnostics
    }

    pub fn denies_warnings(&self) -> bool {
        self.deny_warnings
    }
}

fn target(name: &str) -> Result<Target, String> {
    name.parse().map_err(|_| {
        let names: Vec<String> = Target::all().map(|target| target.to_string()).collect();
        format!("the targets are {}", names.join(", "))
    })
}

fn definition(text: &str) -> Result<(String, BigInt), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    if !name.chars().next().is_some_and(char::is_uppercase) {
        return Err(format!(
            "{name:?} does not begin in upper case: only such names can be given from outside"
        ));
    }
    let digits = value.strip_prefix("0x");
    let number = match digits {
        Some(digits) => BigInt::parse_bytes(digits.as_bytes(), 16),
        None => BigInt::parse_bytes(value.as_bytes(), 10),
    };
    let number = number.ok_or_else(|| format!("{value:?} is not a number"))?;
    Ok((name.to_owned(), number))
}

/// A program's main file.
pub struct Source {
    pub bytes: Vec<u8>,
    /// Its path within the root.
    name: String,
    files: Box<dyn Files>,
}

impl Source {
    pub fn options<'a>(&'a self, arguments: &'a ProgramArgs, lint: bool) -> Options<'a> {
        Options {
            target: arguments.fork,
            files: &*self.files,
            name: &self.name,
            globals: &arguments.define,
            stack_check: !arguments.no_stack_check,
            lint,
            listing: false,
        }
    }

    /// The file's name without its folder and ending.
    pub fn stem(&self) -> &str {
        let name = self.name.rsplit('/').next().unwrap_or("");
        let stem = name.split('.').next().unwrap_or("");
        if stem.is_empty() { "program" } else { stem }
    }
}

/// Reads a program's main file.
pub fn read(file: &OsStr, arguments: &ProgramArgs) -> Result<Source, String> {
    if file == "-" {
        let bytes = crate::bytecode::read_all(std::io::stdin(), LIMIT);
        let root = arguments.root.clone().unwrap_or_else(|| PathBuf::from("."));
        return Ok(Source {
            bytes: bytes.map_err(|error| format!("standard input: {error}"))?,
            name: String::new(),
            files: Box::new(Folder(root)),
        });
    }
    let path = Path::new(file);
    let within = |error: std::io::Error| format!("{}: {error}", path.display());
    let opened = std::fs::File::open(path).map_err(within)?;
    if path.is_dir() {
        return Err(format!("{}: is a folder", path.display()));
    }
    let bytes = crate::bytecode::read_all(opened, LIMIT).map_err(within)?;
    let (root, name) = place(path, arguments.root.as_deref())?;
    Ok(Source {
        bytes,
        name,
        files: Box::new(Folder(root)),
    })
}

/// The root of a file's program, and the file's path from there.
fn place(path: &Path, root: Option<&Path>) -> Result<(PathBuf, String), String> {
    let unreadable = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    let whole = path
        .canonicalize()
        .map_err(|error| unreadable(path, error))?;
    let here = root.map_or_else(|| PathBuf::from("."), Path::to_path_buf);
    let around = here
        .canonicalize()
        .map_err(|error| unreadable(&here, error))?;
    if let Ok(inner) = whole.strip_prefix(&around) {
        return Ok((around.clone(), joined(inner)?));
    }
    if root.is_some() {
        return Err(format!("{}: is not below the root", path.display()));
    }
    let folder = whole.parent().unwrap_or(Path::new("/")).to_path_buf();
    let name = whole.file_name().map(OsString::from).unwrap_or_default();
    Ok((folder, joined(Path::new(&name))?))
}

fn joined(path: &Path) -> Result<String, String> {
    let parts = path.components().map(|part| match part {
        Component::Normal(part) => part.to_str(),
        _ => None,
    });
    let parts: Option<Vec<&str>> = parts.collect();
    let parts = parts.ok_or_else(|| format!("{}: the path is not text", path.display()))?;
    Ok(parts.join("/"))
}
