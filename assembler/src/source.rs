//! Where sources come from, and positions in them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::diagnostic::Diagnostic;

/// A file of a program: an index into [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub(crate) u32);

/// A stretch of a source, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// Its first byte.
    pub start: u32,
    /// The byte after its last.
    pub end: u32,
}

/// A position as people and editors count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: u32,
    /// The column in bytes, from 0.
    pub column: u32,
}

/// Why a file could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileError {
    /// There is no such file.
    NotFound,
    /// The path leads out of the folder that files may come from.
    OutsideRoot,
    /// What the system said.
    Unreadable(String),
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("no such file"),
            Self::OutsideRoot => f.write_str("outside of the project's folder"),
            Self::Unreadable(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for FileError {}

/// Reads the files that a program includes. Paths use `/` and are relative to a root that is the implementation's own.
pub trait Files {
    /// The contents of a file.
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError>;
}

/// No files at all: a program may include nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &str) -> Result<Vec<u8>, FileError> {
        Err(FileError::NotFound)
    }
}

/// Files in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryFiles(pub BTreeMap<String, Vec<u8>>);

impl Files for MemoryFiles {
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        self.0.get(path).cloned().ok_or(FileError::NotFound)
    }
}

/// Files below a folder; what lies outside of it, by whatever link, is not read.
#[derive(Clone, Debug)]
pub struct Folder(pub PathBuf);

impl Files for Folder {
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        let unreadable = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::NotFound => FileError::NotFound,
            _ => FileError::Unreadable(error.to_string()),
        };
        let root = self.0.canonicalize().map_err(unreadable)?;
        let whole = root.join(path).canonicalize().map_err(unreadable)?;
        if !whole.starts_with(&root) {
            return Err(FileError::OutsideRoot);
        }
        std::fs::read(whole).map_err(unreadable)
    }
}

/// The path of a file that another one names, relative to that one's folder; none where it leads out of the root.
///
/// ```
/// assert_eq!(gasworks_assembler::resolve("a/b.eas", "../c.eas").as_deref(), Some("c.eas"));
/// ```
pub fn resolve(from: &str, name: &str) -> Option<String> {
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = Vec::new();
    let steps = folder.split('/').chain(name.split('/'));
    for step in steps.filter(|step| !step.is_empty() && *step != ".") {
        if step == ".." {
            parts.pop()?;
        } else {
            parts.push(step);
        }
    }
    Some(parts.join("/"))
}

/// A file with its text.
#[derive(Clone, Debug)]
pub struct Source {
    /// The path by which it was read; empty for a source that was given as text.
    pub name: String,
    /// The text, without a byte order mark.
    pub text: Arc<str>,
}

/// Why bytes are not the text of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NotText {
    pub(crate) message: String,
    pub(crate) offset: usize,
}

/// The longest line that is read.
pub(crate) const LONGEST_LINE: usize = 1 << 20;
/// The largest file that is read.
pub(crate) const LARGEST_FILE: usize = 1 << 28;

/// The text of a source, or its first place that is no text; what stands before that is.
pub(crate) fn text_of(bytes: &[u8]) -> Result<&str, NotText> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut problems = Vec::new();
    let mut find = |offset, message: &str| {
        problems.push(NotText {
            message: message.into(),
            offset,
        });
    };
    if bytes.len() > LARGEST_FILE {
        find(0, "the file has more than 256 MiB");
    }
    let mut start = 0;
    for line in bytes.split(|byte| *byte == b'\n') {
        if line.len() > LONGEST_LINE {
            find(start, "the line has more than 1 MiB");
            break;
        }
        start += line.len() + 1;
    }
    if let Some(offset) = bytes.iter().position(|byte| *byte == 0) {
        find(offset, "a NUL byte: this is not a source");
    }
    let text = std::str::from_utf8(bytes);
    if let Err(error) = text {
        find(error.valid_up_to(), "the text is not valid UTF-8");
    }
    match (text, problems.into_iter().min_by_key(|one| one.offset)) {
        (_, Some(problem)) => Err(problem),
        (text, None) => Ok(text.unwrap_or("")),
    }
}

/// All files of a program, in the order in which they were read.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    pub(crate) fn add(&mut self, name: &str, text: &str) -> FileId {
        let id = FileId(self.files.len() as u32);
        self.files.push(Source {
            name: name.into(),
            text: text.into(),
        });
        id
    }

    /// Adds a file if its bytes are a text. Otherwise adds what there is of it before it stops being one, and says why.
    pub(crate) fn add_bytes(
        &mut self,
        name: &str,
        bytes: &[u8],
    ) -> Result<FileId, Box<Diagnostic>> {
        let problem = match text_of(bytes) {
            Ok(text) => return Ok(self.add(name, text)),
            Err(problem) => problem,
        };
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let before = bytes.get(..problem.offset).unwrap_or(bytes);
        let file = self.add(name, std::str::from_utf8(before).unwrap_or(""));
        let end = problem.offset as u32;
        let span = Span {
            file,
            start: end,
            end,
        };
        Err(Box::new(Diagnostic::error(
            "not-text",
            span,
            problem.message,
        )))
    }

    /// The files with their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Source)> {
        let numbered = self.files.iter().enumerate();
        numbered.map(|(index, file)| (FileId(index as u32), file))
    }

    /// The number of a file in the order of [`Sources::iter`], from 0.
    pub fn index(&self, file: FileId) -> usize {
        file.0 as usize
    }

    /// A file's path, empty for a source that was given as text.
    pub fn name(&self, file: FileId) -> &str {
        self.get(file).map_or("", |source| &source.name)
    }

    /// A file's text.
    pub fn text(&self, file: FileId) -> &str {
        self.get(file).map_or("", |source| &source.text)
    }

    pub(crate) fn shared_text(&self, file: FileId) -> Arc<str> {
        self.get(file)
            .map(|source| source.text.clone())
            .unwrap_or_default()
    }

    /// The text of a stretch.
    pub fn slice(&self, span: Span) -> &str {
        let text = self.text(span.file);
        text.get(span.start as usize..span.end as usize)
            .unwrap_or("")
    }

    /// Where a byte stands.
    pub fn position(&self, file: FileId, offset: u32) -> Position {
        let text = self.text(file).as_bytes();
        let before = &text[..text.len().min(offset as usize)];
        let line_start = before.iter().rposition(|byte| *byte == b'\n');
        let start = line_start.map_or(0, |end| end + 1);
        let lines = before.iter().filter(|byte| **byte == b'\n').count();
        Position {
            line: lines as u32 + 1,
            column: (before.len() - start) as u32,
        }
    }

    fn get(&self, file: FileId) -> Option<&Source> {
        self.files.get(file.0 as usize)
    }
}

/// Positions of many bytes of one text, each found in the time of a binary search.
#[derive(Clone, Debug)]
pub struct Lines(Vec<u32>);

impl Lines {
    /// Finds where lines begin.
    pub fn of(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self(
            [0].into_iter()
                .chain(ends.map(|(end, _)| end as u32 + 1))
                .collect(),
        )
    }

    /// Where a byte stands.
    pub fn position(&self, offset: u32) -> Position {
        let line = self.0.partition_point(|start| *start <= offset).max(1);
        Position {
            line: line as u32,
            column: offset - self.0[line - 1],
        }
    }

    /// Where a line begins, counted from 1; the last line's beginning for those after it.
    pub fn start(&self, line: u32) -> u32 {
        let index = (line.max(1) as usize - 1).min(self.0.len() - 1);
        self.0[index]
    }
}

/// A path for people: sources that were given as text have none.
pub(crate) fn shown(name: &str) -> Cow<'_, str> {
    if name.is_empty() {
        "<source>".into()
    } else {
        name.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_file_that_names_them() {
        assert_eq!(resolve("a/b/c.eas", "../d.eas").as_deref(), Some("a/d.eas"));
        assert_eq!(resolve("", "lib..v2.eas").as_deref(), Some("lib..v2.eas"));
        assert_eq!(resolve("c.eas", "./x//y.eas").as_deref(), Some("x/y.eas"));
        assert_eq!(resolve("c.eas", "../d.eas"), None);
    }

    #[test]
    fn both_ways_to_find_a_position_agree() {
        let mut sources = Sources::default();
        let text = "one\n\ntwo ä\n";
        let file = sources.add("", text);
        let lines = Lines::of(text);
        for offset in 0..=text.len() as u32 {
            assert_eq!(lines.position(offset), sources.position(file, offset));
        }
    }

    #[test]
    fn what_is_not_text_is_refused_with_its_place() {
        assert_eq!(text_of(b"\xef\xbb\xbfadd\r\n"), Ok("add\r\n"));
        assert_eq!(text_of(b"add\0").map_err(|e| e.offset), Err(3));
        assert_eq!(text_of(b"ad\xffd").map_err(|e| e.offset), Err(2));
        assert_eq!(text_of(b"ad\xffd\0").map_err(|e| e.offset), Err(2));
        let long = vec![b'a'; LONGEST_LINE + 1];
        assert!(text_of(&long).is_err());
    }
}
