//! Sequences and findings as files: written under another name first, so that whoever is killed leaves nothing half done.
//!
//! A file names functions and senders as a contract does, so that it survives changes of the project. What cannot be read
//! or is of no use any more is told and left alone.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use gasworks::{Address, keccak256};
use gasworks_runner::contracts::abi;
use serde::{Deserialize, Serialize};

use super::input::{Argument, Call, Sequence};
use super::values::{from_value, to_values};
use super::world::World;

/// Bytes of a file at most.
const MOST: u64 = 1 << 24;

/// A sequence in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedSequence {
    /// The test contract: `test/A.t.sol:A`.
    pub contract: String,
    /// Its calls.
    pub calls: Vec<SavedCall>,
}

/// A call in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedCall {
    /// The address that is called.
    pub to: String,
    /// What there is: `src/A.sol:A`.
    pub contract: String,
    /// The function's signature; empty for a call with any bytes.
    pub function: String,
    /// For people; not read.
    pub arguments: Vec<String>,
    /// Selector and arguments.
    pub calldata: String,
    /// Who calls.
    pub sender: String,
    /// Wei.
    pub value: String,
    /// Seconds that pass before it.
    pub seconds: u32,
    /// Blocks that pass before it.
    pub blocks: u32,
}

/// What is wrong with a file or a folder.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be read or written.
    #[error("{}: {}", .0.display(), .1)]
    Io(PathBuf, io::Error),
    /// Nothing can be kept in a folder.
    #[error("{}: nothing can be written there: {}", .0.display(), .1)]
    ReadOnly(PathBuf, io::Error),
    /// It is no sequence.
    #[error("{}: not a sequence of calls: {}", .0.display(), .1)]
    NoSequence(PathBuf, String),
    /// It is of another project, or of an older version of this one.
    #[error("{}: of another project, or of another version of this one: {}", .0.display(), .1)]
    Unfit(PathBuf, String),
}

/// A sequence for a file.
pub fn saved(world: &World, sequence: &Sequence) -> SavedSequence {
    let Some(subject) = world.subject(sequence) else {
        return SavedSequence {
            contract: String::new(),
            calls: Vec::new(),
        };
    };
    let call = |call: &Call| {
        let callable = subject.callables.get(usize::from(call.function));
        let types = callable.map_or(&[][..], |callable| &callable.function.types);
        let values = to_values(&call.arguments, types);
        let sender = subject.senders.get(usize::from(call.sender));
        SavedCall {
            to: abi::checksummed(callable.map_or(subject.address, |callable| callable.address)),
            contract: callable.map_or_else(String::new, |callable| callable.contract.clone()),
            function: callable.map_or_else(String::new, |of| of.function.signature.clone()),
            arguments: values.iter().map(abi::plain).collect(),
            calldata: abi::hex(&subject.calldata(call)),
            sender: abi::checksummed(sender.copied().unwrap_or_default()),
            value: call.value.to_string(),
            seconds: call.seconds,
            blocks: call.blocks,
        }
    };
    SavedSequence {
        contract: subject.name.clone(),
        calls: sequence.calls.iter().map(call).collect(),
    }
}

/// The sequence of a file in this world.
///
/// # Errors
/// What of it is not there.
pub fn restored(world: &World, saved: &SavedSequence) -> Result<Sequence, String> {
    let mut subjects = world.subjects.iter();
    let harness = subjects.position(|subject| subject.name == saved.contract);
    let harness = harness.ok_or_else(|| format!("there is no contract {}", saved.contract))?;
    let subject = &world.subjects[harness];
    let call = |saved: &SavedCall| {
        let to = address(&saved.to)?;
        let function = subject.callables.iter().position(|callable| {
            callable.address == to && callable.function.signature == saved.function
        });
        let function = function
            .ok_or_else(|| format!("no function {} is called at {}", saved.function, saved.to))?;
        let sender = address(&saved.sender)?;
        let sender = subject.senders.iter().position(|known| *known == sender);
        let sender = sender.ok_or_else(|| format!("{} does not call", saved.sender))?;
        let bad = || format!("bad arguments of {}", saved.function);
        let calldata = abi::unhex(&saved.calldata).ok_or_else(bad)?;
        let of = &subject.callables[function].function;
        let arguments = if of.is_any() {
            vec![Argument::Bytes(calldata)]
        } else {
            let behind = calldata.get(4..).ok_or_else(bad)?;
            let values = abi::decode(&of.types, behind).ok_or_else(bad)?;
            values.iter().map(from_value).collect()
        };
        Ok(Call {
            function: function as u16,
            sender: sender as u16,
            value: saved.value.parse().map_err(|_| bad())?,
            seconds: saved.seconds,
            blocks: saved.blocks,
            arguments,
        })
    };
    let calls: Result<Vec<Call>, String> = saved.calls.iter().map(call).collect();
    let sequence = Sequence {
        calls: calls?,
        ..world.empty(harness)
    };
    match world.fits(&sequence) {
        true => Ok(sequence),
        false => Err("its arguments are of other types".to_owned()),
    }
}

fn address(text: &str) -> Result<Address, String> {
    let bytes = abi::unhex(text).filter(|bytes| bytes.len() == 20);
    let bytes = bytes.ok_or_else(|| format!("{text} is no address"))?;
    Ok(Address::from_slice(&bytes))
}

/// Reads a file.
///
/// # Errors
/// [`StoreError`]
pub fn read(path: &Path) -> Result<SavedSequence, StoreError> {
    serde_json::from_str(&text(path)?)
        .map_err(|error| StoreError::NoSequence(path.to_owned(), error.to_string()))
}

/// The text of a file, which is neither a pipe nor larger than anything that is written here.
pub(super) fn text(path: &Path) -> Result<String, StoreError> {
    let failed = |error| StoreError::Io(path.to_owned(), error);
    let wrong = |reason: &str| Err(StoreError::NoSequence(path.to_owned(), reason.to_owned()));
    let found = fs::metadata(path).map_err(failed)?;
    if !found.is_file() {
        return wrong("it is no file");
    }
    if found.len() > MOST {
        return wrong("it is too large");
    }
    match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::InvalidData => wrong(&error.to_string()),
        text => text.map_err(failed),
    }
}

/// What is in the file of a sequence.
pub fn text_of(saved: &SavedSequence) -> String {
    serde_json::to_string_pretty(saved).unwrap_or_default() + "\n"
}

/// The name of a file follows from what is in it.
pub fn name_of(saved: &SavedSequence) -> String {
    let bytes = serde_json::to_vec(saved).unwrap_or_default();
    format!("{}.json", &abi::hex(&keccak256(&bytes).0[..10])[2..])
}

/// Writes a file that is there as a whole or not at all; says whether it was not there before.
///
/// # Errors
/// [`StoreError::Io`]
pub fn write(path: &Path, text: &str) -> Result<bool, StoreError> {
    if path.exists() {
        return Ok(false);
    }
    let failed = |error| StoreError::Io(path.to_owned(), error);
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = folder.join(format!(".{name}.{}", std::process::id()));
    let written = (|| {
        let mut file = fs::File::create(&temporary)?;
        file.write_all(text.as_bytes())?;
        // Of several who write the same file, the first one has written it.
        match fs::hard_link(&temporary, path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            // Where there are no links.
            Err(_) => fs::rename(&temporary, path).map(|()| true),
        }
    })();
    let _ = fs::remove_file(&temporary);
    written.map_err(failed)
}

/// The files of a folder, in order. A folder that is not there has none.
///
/// # Errors
/// [`StoreError::Io`]
pub fn files(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let failed = |error| StoreError::Io(folder.to_owned(), error);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".json") && !name.starts_with('.') {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Makes a folder, and finds out whether files can be written there.
///
/// # Errors
/// [`StoreError::ReadOnly`]
pub fn open(folder: &Path) -> Result<(), StoreError> {
    let failed = |error| StoreError::ReadOnly(folder.to_owned(), error);
    fs::create_dir_all(folder).map_err(failed)?;
    let probe = folder.join(format!(".probe.{}", std::process::id()));
    let written = fs::write(&probe, "probe");
    let removed = fs::remove_file(&probe);
    written.and(removed).map_err(failed)
}
