//! The documents that the editor has open, and where files are: addresses, paths and the roots of programs.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use gasworks_assembler::{FileError, Files, Folder};
use gen_lsp_types::{TextDocumentContentChangeEvent, Uri};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::text::Positions;

/// What stands in the path of an address as it is.
const IN_PATHS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A document as the editor has it.
pub struct Document {
    pub uri: Uri,
    pub version: i32,
    pub text: String,
}

/// All documents that are open, and the folders that the editor works in.
#[derive(Default)]
pub struct Documents {
    pub open: BTreeMap<PathBuf, Document>,
    pub folders: Vec<PathBuf>,
}

impl Documents {
    /// Changes a document. Each change sees those before it.
    pub fn change(
        &mut self,
        path: &Path,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
    ) {
        let Some(document) = self.open.get_mut(path) else {
            return;
        };
        document.version = version;
        for change in changes {
            match change {
                TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(whole) => {
                    document.text = whole.text;
                }
                TextDocumentContentChangeEvent::TextDocumentContentChangePartial(part) => {
                    let positions = Positions::of(&document.text);
                    let start = positions.offset(part.range.start) as usize;
                    let end = positions.offset(part.range.end) as usize;
                    document
                        .text
                        .replace_range(start..end.max(start), &part.text);
                }
            }
        }
    }

    /// The text of a file: the editor's, or else the disk's.
    pub fn text(&self, path: &Path) -> Option<String> {
        match self.open.get(path) {
            Some(document) => Some(document.text.clone()),
            None => std::fs::read_to_string(path).ok(),
        }
    }

    /// The folder that a file's program may take files from, and the file's path from there.
    pub fn place(&self, path: &Path) -> (PathBuf, String) {
        let folders = self.folders.iter();
        let around = folders
            .filter(|folder| path.starts_with(folder))
            .max_by_key(|folder| folder.components().count());
        let root = around
            .map(PathBuf::as_path)
            .or(path.parent())
            .unwrap_or(Path::new(""));
        let inner = path.strip_prefix(root).unwrap_or(path);
        let parts = inner.components().filter_map(|part| match part {
            Component::Normal(part) => Some(part.to_string_lossy()),
            _ => None,
        });
        let name = parts.collect::<Vec<_>>().join("/");
        (root.to_path_buf(), name)
    }

    /// Files below a root as the editor has them.
    pub fn files<'a>(&'a self, root: &Path) -> Overlay<'a> {
        Overlay {
            documents: self,
            root: root.to_path_buf(),
            disk: Folder(root.to_path_buf()),
        }
    }

    /// The address of a file, as the editor writes it if it has it open.
    pub fn uri(&self, path: &Path) -> Uri {
        match self.open.get(path) {
            Some(document) => document.uri.clone(),
            None => uri_of(path),
        }
    }
}

/// Files below a root: those that are open as the editor has them, the others as the disk has them.
pub struct Overlay<'a> {
    documents: &'a Documents,
    root: PathBuf,
    disk: Folder,
}

impl Files for Overlay<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        match self.documents.open.get(&self.root.join(path)) {
            Some(document) => Ok(document.text.clone().into_bytes()),
            None => self.disk.read(path),
        }
    }
}

/// The path of an address. One that is no file's is a path by itself, which nothing else has.
pub fn path_of(uri: &Uri) -> PathBuf {
    let Some(rest) = uri.0.strip_prefix("file://") else {
        return PathBuf::from(&uri.0);
    };
    // What stands before the path is the machine, which is this one.
    let path = rest
        .find('/')
        .and_then(|start| rest.get(start..))
        .unwrap_or(rest);
    let path = percent_decode_str(path).decode_utf8_lossy();
    // On Windows: /c:/folder.
    let is_drive = path.as_bytes().get(2) == Some(&b':');
    match path.strip_prefix('/') {
        Some(drive) if is_drive => PathBuf::from(drive),
        _ => PathBuf::from(path.as_ref()),
    }
}

fn uri_of(path: &Path) -> Uri {
    let path = path.to_string_lossy().replace('\\', "/");
    let slash = if path.starts_with('/') { "" } else { "/" };
    Uri(format!(
        "file://{slash}{}",
        utf8_percent_encode(&path, IN_PATHS)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_paths() {
        for (uri, path) in [
            ("file:///a/b%20c.eas", "/a/b c.eas"),
            ("file:///%C3%A4.eas", "/ä.eas"),
            ("file://localhost/a.eas", "/a.eas"),
            ("untitled:Untitled-1", "untitled:Untitled-1"),
            ("file:///c%3A/a.eas", "c:/a.eas"),
            ("file://", ""),
            ("", ""),
        ] {
            assert_eq!(path_of(&Uri(uri.to_owned())), Path::new(path), "{uri}");
        }
        assert_eq!(
            uri_of(Path::new("/a/b c#ä.eas")).0,
            "file:///a/b%20c%23%C3%A4.eas"
        );
    }

    #[test]
    fn a_program_may_take_files_from_the_innermost_folder() {
        let documents = Documents {
            folders: vec!["/a".into(), "/a/b".into()],
            ..Documents::default()
        };
        let place = |path: &str| documents.place(Path::new(path));
        assert_eq!(place("/a/b/c/d.eas"), ("/a/b".into(), "c/d.eas".into()));
        assert_eq!(place("/a/d.eas"), ("/a".into(), "d.eas".into()));
        assert_eq!(place("/x/d.eas"), ("/x".into(), "d.eas".into()));
        assert_eq!(place("untitled:1"), ("".into(), "untitled:1".into()));
    }
}
