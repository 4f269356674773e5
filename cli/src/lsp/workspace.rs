//! Which programs there are: a file that others include belongs to their programs, and is none by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use gasworks_assembler::{Index, Mention, MentionKind, Place, ProgramIndex, resolve};

use super::documents::Documents;

/// How many sources of the editor's folders are looked through, and how many entries in search of them.
const MOST_SOURCES: usize = 2_000;
const MOST_ENTRIES: usize = 50_000;
/// The largest source that is looked through without having been opened.
const LARGEST: u64 = 1 << 20;

/// Which file includes which.
#[derive(Default)]
pub struct Workspace {
    includes: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
}

impl Workspace {
    /// Looks through the editor's folders.
    pub fn scan(documents: &Documents) -> Self {
        let mut workspace = Self::default();
        for path in sources_below(&documents.folders) {
            if let Ok(text) = fs::read_to_string(&path) {
                workspace.enter(documents, &path, &text);
            }
        }
        for (path, document) in &documents.open {
            workspace.enter(documents, path, &document.text);
        }
        workspace
    }

    /// Enters what a file includes, in place of what it included before.
    pub fn enter(&mut self, documents: &Documents, path: &Path, text: &str) {
        let (root, _) = documents.place(path);
        let index = Index::of(text);
        let includes = index.mentions.iter();
        let includes = includes.filter(|mention| mention.kind == MentionKind::Include);
        let included = includes.filter_map(|mention| {
            let name = text.get(mention.start as usize..mention.end as usize)?;
            included_path(&root, path, name)
        });
        self.includes.insert(path.to_path_buf(), included.collect());
    }

    /// The main files of the programs that a file belongs to; itself, if it belongs to none.
    pub fn mains(&self, path: &Path) -> Vec<PathBuf> {
        let mut mains = Vec::new();
        let mut seen = BTreeSet::from([path.to_path_buf()]);
        let mut open = vec![path.to_path_buf()];
        while let Some(path) = open.pop() {
            let includers = self.includes.iter();
            let includers =
                includers.filter(|(other, included)| **other != path && included.contains(&path));
            let includers: Vec<&PathBuf> = includers.map(|(other, _)| other).collect();
            if includers.is_empty() {
                mains.push(path);
            } else {
                let new = includers
                    .into_iter()
                    .filter(|other| seen.insert((*other).clone()));
                open.extend(new.cloned());
            }
        }
        if mains.is_empty() {
            mains.push(path.to_path_buf());
        }
        mains.sort();
        mains
    }
}

/// The path of a file that another one names; none where it leads out of the root.
pub fn included_path(root: &Path, from: &Path, name: &str) -> Option<PathBuf> {
    let from = from.strip_prefix(root).ok()?;
    let parts: Option<Vec<&str>> = from.iter().map(|part| part.to_str()).collect();
    resolve(&parts?.join("/"), name).map(|path| root.join(path))
}

/// The sources below folders. Links, hidden folders and those of build tools are not followed.
fn sources_below(folders: &[PathBuf]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = folders.to_vec();
    let mut entries = 0;
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            entries += 1;
            if entries > MOST_ENTRIES || found.len() >= MOST_SOURCES {
                return found;
            }
            let name = entry.file_name();
            let ignored = name.as_encoded_bytes().starts_with(b".")
                || name == "target"
                || name == "node_modules";
            let path = entry.path();
            let is_source = path
                .extension()
                .is_some_and(|end| end == "eas" || end == "evm");
            match entry.metadata() {
                Ok(kind) if kind.is_dir() && !ignored => open.push(path),
                Ok(kind) if kind.is_file() && kind.len() <= LARGEST && is_source => {
                    found.push(path);
                }
                _ => {}
            }
        }
    }
    found
}

/// A program with its files, and where one of them is in it.
pub struct Program {
    pub root: PathBuf,
    pub index: ProgramIndex,
    pub file: usize,
}

impl Program {
    /// The program of a main file, seen from one of its files.
    pub fn load(documents: &Documents, main: &Path, from: &Path) -> Option<Self> {
        let text = documents.text(main)?;
        let (root, name) = documents.place(main);
        let index = ProgramIndex::load(&name, &text, &documents.files(&root));
        let mut files = index.files.iter();
        let file = files.position(|file| root.join(&file.name) == from)?;
        Some(Self { root, index, file })
    }

    /// The mention at a byte of the file that the program is seen from.
    pub fn mention_at(&self, offset: u32) -> Option<Place> {
        let mention: Mention = *self.index.files.get(self.file)?.index.at(offset)?;
        Some(Place {
            file: self.file,
            mention,
        })
    }

    /// The path of a file of the program.
    pub fn path(&self, file: usize) -> Option<PathBuf> {
        let file = self.index.files.get(file)?;
        Some(self.root.join(&file.name))
    }
}
