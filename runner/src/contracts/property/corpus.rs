//! Counterexamples that were found before: kept in a folder, one file a test, and tried first.
//!
//! A file is written in full beside its place and then moved there. One that cannot be read is told about and left alone.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use gasworks::{Address, Bytes};
use serde::{Deserialize, Serialize};

use crate::contracts::abi::{self, Selector};

/// The layout of files that is written and read.
const VERSION: u32 = 1;

/// No more counterexamples than this are kept for a test: the oldest ones go.
const MOST_FAILURES: usize = 32;

/// A folder within the one that is configured, so that files of other tools stay untouched.
const FOLDER: &str = "gasworks";

/// A call of a counterexample.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SavedCall {
    /// Who calls; of tests with parameters it is always the same.
    pub sender: Option<Address>,
    /// Which contract; of tests with parameters it is the test contract.
    pub target: Option<Address>,
    /// Selector and arguments.
    pub calldata: Bytes,
    /// Seconds and blocks that pass before it.
    pub delay: Option<(u64, u64)>,
    /// What the random numbers follow from that it asks for.
    pub salt: u64,
}

/// The files of a test contract's tests.
#[derive(Clone, Debug)]
pub struct Corpus {
    folder: PathBuf,
}

/// A file that could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    /// The system does not let us.
    #[error("counterexamples in {path}: {error}")]
    Access {
        /// Which file.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// It is none of ours, or is damaged.
    #[error(
        "counterexamples in {path} cannot be read, and are left as they are: {reason}; remove the file to go on without them"
    )]
    Corrupted {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl Corpus {
    /// The files of a test contract in a folder.
    pub fn new(folder: &Path, source: &str, contract: &str) -> Self {
        // A source may be anywhere; its files are within the folder all the same.
        let plain = |part: &str| {
            let keep = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '$');
            let plain: String = part
                .chars()
                .map(|c| if keep(c) { c } else { '_' })
                .collect();
            if plain.trim_matches('.').is_empty() {
                "_".to_owned()
            } else {
                plain
            }
        };
        let mut folder = folder.join(FOLDER);
        for part in source.split(['/', '\\']).filter(|part| !part.is_empty()) {
            folder.push(plain(part));
        }
        folder.push(plain(contract));
        Self { folder }
    }

    /// The file of a test. Functions of the same name have different selectors.
    pub fn path(&self, test: &str, selector: Selector) -> PathBuf {
        let name = test.split('(').next().unwrap_or_default();
        let digits = abi::hex(&selector);
        self.folder.join(format!("{name}-{}.json", &digits[2..]))
    }

    /// The counterexamples of a test, oldest first; none where there is no file.
    ///
    /// # Errors
    /// [`CorpusError`] when the file cannot be read.
    pub fn load(&self, test: &str, selector: Selector) -> Result<Vec<Vec<SavedCall>>, CorpusError> {
        let path = self.path(test, selector);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                let reason = "it is no text".to_owned();
                return Err(CorpusError::Corrupted { path, reason });
            }
            Err(error) => return Err(CorpusError::Access { path, error }),
        };
        read(&text).map_err(|reason| CorpusError::Corrupted { path, reason })
    }

    /// Adds a counterexample to those of a test; says where it is.
    ///
    /// # Errors
    /// [`CorpusError`] when the file that is there cannot be read, or the new one cannot be written.
    pub fn add(
        &self,
        test: &str,
        selector: Selector,
        failure: Vec<SavedCall>,
    ) -> Result<PathBuf, CorpusError> {
        let path = self.path(test, selector);
        let mut failures = self.load(test, selector)?;
        if failures.contains(&failure) {
            return Ok(path);
        }
        failures.push(failure);
        let superfluous = failures.len().saturating_sub(MOST_FAILURES);
        failures.drain(..superfluous);
        let text = written(test, &failures);
        match write(&self.folder, &path, &text) {
            Ok(()) => Ok(path),
            Err(error) => Err(CorpusError::Access { path, error }),
        }
    }
}

fn write(folder: &Path, path: &Path, text: &str) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    let moved = fs::write(&beside, text).and_then(|()| fs::rename(&beside, path));
    if moved.is_err() {
        // Whatever was written of it is of no use.
        let _ = fs::remove_file(&beside);
    }
    moved
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    test: String,
    failures: Vec<Vec<Line>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sender: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    calldata: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seconds: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    blocks: Option<u64>,
    #[serde(default)]
    salt: u64,
}

fn written(test: &str, failures: &[Vec<SavedCall>]) -> String {
    let address = |address: Address| abi::hex(&address.0);
    let line = |call: &SavedCall| Line {
        sender: call.sender.map(address),
        target: call.target.map(address),
        calldata: abi::hex(&call.calldata),
        seconds: call.delay.map(|(seconds, _)| seconds),
        blocks: call.delay.map(|(_, blocks)| blocks),
        salt: call.salt,
    };
    let file = File {
        version: VERSION,
        test: test.to_owned(),
        failures: failures
            .iter()
            .map(|calls| calls.iter().map(line).collect())
            .collect(),
    };
    // A structure of texts and numbers can always be written.
    serde_json::to_string_pretty(&file).unwrap_or_default() + "\n"
}

fn read(text: &str) -> Result<Vec<Vec<SavedCall>>, String> {
    let file: File = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if file.version != VERSION {
        return Err(format!("it is of version {}, not {VERSION}", file.version));
    }
    let calls = |lines: Vec<Line>| lines.into_iter().map(saved_call).collect();
    file.failures.into_iter().map(calls).collect()
}

fn saved_call(line: Line) -> Result<SavedCall, String> {
    let bytes = |text: &str| abi::unhex(text).ok_or_else(|| format!("`{text}` is not hexadecimal"));
    let address = |text: Option<String>| match text {
        None => Ok(None),
        Some(text) => {
            let bytes = bytes(&text)?;
            let bytes = <[u8; 20]>::try_from(bytes);
            let bytes = bytes.map_err(|_| format!("`{text}` is no address"))?;
            Ok::<_, String>(Some(Address(bytes)))
        }
    };
    let has_delay = line.seconds.is_some() || line.blocks.is_some();
    let delay = (line.seconds.unwrap_or(0), line.blocks.unwrap_or(0));
    Ok(SavedCall {
        sender: address(line.sender)?,
        target: address(line.target)?,
        calldata: bytes(&line.calldata)?.into(),
        delay: has_delay.then_some(delay),
        salt: line.salt,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SELECTOR: Selector = [0xab, 0xcd, 0, 1];

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let folder =
                std::env::temp_dir().join(format!("gasworks-corpus-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&folder);
            Self(folder)
        }

        fn corpus(&self) -> Corpus {
            Corpus::new(&self.0, "src/test/A.t.sol", "ATest")
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn call(byte: u8) -> SavedCall {
        SavedCall {
            sender: Some(Address::repeat_byte(byte)),
            target: None,
            calldata: vec![byte; 5].into(),
            delay: (byte > 1).then_some((u64::from(byte), 0)),
            salt: u64::from(byte) << 60,
        }
    }

    #[test]
    fn what_was_saved_is_loaded_oldest_first_and_never_twice() {
        let folder = Folder::new("saved");
        let corpus = folder.corpus();
        assert_eq!(
            corpus.load("testA()", SELECTOR).unwrap(),
            Vec::<Vec<_>>::new()
        );
        let first = vec![call(1), call(2)];
        corpus.add("testA()", SELECTOR, first.clone()).unwrap();
        corpus.add("testA()", SELECTOR, vec![]).unwrap();
        let path = corpus.add("testA()", SELECTOR, first.clone()).unwrap();
        assert_eq!(corpus.load("testA()", SELECTOR).unwrap(), [first, vec![]]);
        assert!(path.ends_with("gasworks/src/test/A.t.sol/ATest/testA-abcd0001.json"));
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn the_oldest_go_when_there_are_too_many() {
        let folder = Folder::new("many");
        let corpus = folder.corpus();
        for byte in 0..40 {
            corpus.add("testA()", SELECTOR, vec![call(byte)]).unwrap();
        }
        let kept = corpus.load("testA()", SELECTOR).unwrap();
        assert_eq!(kept.len(), MOST_FAILURES);
        assert_eq!(kept[0], [call(8)]);
    }

    #[test]
    fn damaged_files_are_told_about_and_left_alone() {
        let folder = Folder::new("damaged");
        let corpus = folder.corpus();
        let path = corpus.add("testA()", SELECTOR, vec![call(1)]).unwrap();
        for damaged in [
            "{".as_bytes(),
            b"\xff\xfe",
            br#"{"version":2,"test":"","failures":[]}"#,
            br#"{"version":1,"test":"","failures":[[{"calldata":"0xg"}]]}"#,
            br#"{"version":1,"test":"","failures":[[{"calldata":"0x","sender":"0x12"}]]}"#,
            br#"{"version":1,"test":"","failures":[],"more":1}"#,
        ] {
            fs::write(&path, damaged).unwrap();
            let error = corpus.load("testA()", SELECTOR).unwrap_err();
            assert!(error.to_string().contains("left as they are"), "{error}");
            assert!(corpus.add("testA()", SELECTOR, vec![call(2)]).is_err());
            assert_eq!(fs::read(&path).unwrap(), damaged);
        }
    }

    #[test]
    fn files_stay_within_their_folder() {
        let corpus = Corpus::new(Path::new("f"), "../../etc//a b", "..");
        assert_eq!(
            corpus.path("testA", SELECTOR),
            Path::new("f/gasworks/_/_/etc/a_b/_/testA-abcd0001.json")
        );
    }
}
