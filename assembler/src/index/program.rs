//! Which mentions are of the same thing, over all files of a program.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::tables::HashMap;

use super::{Index, Mention, MentionKind, SymbolKind};
use crate::source::{Files, resolve, text_of};
use crate::syntax::is_global;

/// How many files of a program are looked through.
const MOST_FILES: usize = 1_000;
/// How many bytes they may have in all.
const MOST_BYTES: usize = 1 << 26;

/// A file of a program with its mentions.
#[derive(Clone, Debug)]
pub struct IndexedFile {
    /// Its path, as [`Files`] knows it.
    pub name: String,
    /// Its text.
    pub text: Arc<str>,
    /// Its mentions.
    pub index: Index,
}

impl IndexedFile {
    /// The text of a mention.
    pub fn text_of(&self, mention: &Mention) -> &str {
        let range = mention.start as usize..mention.end as usize;
        self.text.get(range).unwrap_or("")
    }
}

/// A mention in a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file: an index into [`ProgramIndex::files`].
    pub file: usize,
    /// The mention.
    pub mention: Mention,
}

/// All files of a program, the main file first.
#[derive(Clone, Debug, Default)]
pub struct ProgramIndex {
    /// Each file once, whether it is well formed or not.
    pub files: Vec<IndexedFile>,
}

/// Names of different kinds do not get into each other's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Space {
    Label,
    Expression,
    InstructionMacro,
    Parameter,
}

/// What is defined: a name in a scope of a file, or in the whole program.
type Key<'a> = (Option<(usize, u32)>, Space, &'a str);

/// The definitions of a program.
struct Definitions<'a> {
    program: &'a ProgramIndex,
    places: HashMap<Key<'a>, Vec<Place>>,
    /// The name of data stands for its bytes in expressions, and is entered as a label.
    data: HashMap<Key<'a>, Key<'a>>,
}

impl ProgramIndex {
    /// Reads a program from the text of its main file on. What cannot be read is left out.
    pub fn load(name: &str, text: &str, files: &dyn Files) -> Self {
        let mut program = Self::default();
        let mut known = BTreeSet::from([name.to_owned()]);
        let mut open = vec![(name.to_owned(), Arc::<str>::from(text))];
        let mut bytes = text.len();
        while let Some((name, text)) = open.pop() {
            let file = IndexedFile {
                index: Index::of(&text),
                name,
                text,
            };
            let mentions = file.index.mentions.iter();
            for mention in mentions.filter(|mention| mention.kind == MentionKind::Include) {
                let Some(path) = resolve(&file.name, file.text_of(mention)) else {
                    continue;
                };
                if known.len() >= MOST_FILES || !known.insert(path.clone()) {
                    continue;
                }
                let contents = files.read(&path).unwrap_or_default();
                bytes = bytes.saturating_add(contents.len());
                if let Ok(text) = text_of(&contents)
                    && bytes <= MOST_BYTES
                {
                    open.push((path, text.into()));
                }
            }
            program.files.push(file);
        }
        program
    }

    /// The definitions of what is mentioned.
    pub fn definitions_of(&self, place: Place) -> Vec<Place> {
        let definitions = Definitions::of(self);
        let key = definitions.key_of(place);
        let found = key.and_then(|key| definitions.places.get(&key).cloned());
        found.unwrap_or_default()
    }

    /// All mentions of what is mentioned, its definitions included.
    pub fn mentions_of(&self, place: Place) -> Vec<Place> {
        let definitions = Definitions::of(self);
        let Some(key) = definitions.key_of(place) else {
            return Vec::new();
        };
        let name = key.2;
        let mut found = Vec::new();
        for (number, file) in self.files.iter().enumerate() {
            for mention in &file.index.mentions {
                let place = Place {
                    file: number,
                    mention: *mention,
                };
                if file.text_of(mention) == name && definitions.key_of(place) == Some(key) {
                    found.push(place);
                }
            }
        }
        found
    }

    /// The names that are visible in a scope of a file, with one definition of each.
    pub fn visible_from(&self, file: usize, scope: u32) -> Vec<Place> {
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        let scopes = self.scopes_around(file, scope);
        for (number, indexed) in self.files.iter().enumerate() {
            for mention in &indexed.index.mentions {
                let MentionKind::Definition(kind) = mention.kind else {
                    continue;
                };
                let name = indexed.text_of(mention);
                let visible = match kind {
                    SymbolKind::Parameter => false,
                    _ => is_global(name),
                } || number == file && scopes.contains(&mention.scope);
                if visible && seen.insert((spaces_of(kind).0 as u8, name)) {
                    found.push(Place {
                        file: number,
                        mention: *mention,
                    });
                }
            }
        }
        found
    }

    /// The scope and those around it, innermost first.
    fn scopes_around(&self, file: usize, scope: u32) -> Vec<u32> {
        let scopes = self.files.get(file).map(|file| &file.index.scopes);
        let mut around = Vec::new();
        let mut next = Some(scope);
        while let Some(scope) = next {
            around.push(scope);
            next = scopes
                .and_then(|scopes| scopes.get(scope as usize))
                .and_then(|scope| scope.parent);
        }
        around
    }
}

/// Where a definition is entered: for good, and under which other name it is found.
fn spaces_of(kind: SymbolKind) -> (Space, Option<Space>) {
    match kind {
        SymbolKind::Label | SymbolKind::Mark => (Space::Label, None),
        SymbolKind::Data => (Space::Label, Some(Space::Expression)),
        SymbolKind::ExpressionMacro => (Space::Expression, None),
        SymbolKind::InstructionMacro => (Space::InstructionMacro, None),
        SymbolKind::Parameter => (Space::Parameter, None),
    }
}

impl<'a> Definitions<'a> {
    fn of(program: &'a ProgramIndex) -> Self {
        let mut definitions = Self {
            program,
            places: HashMap::default(),
            data: HashMap::default(),
        };
        for (number, file) in program.files.iter().enumerate() {
            for mention in &file.index.mentions {
                let MentionKind::Definition(kind) = mention.kind else {
                    continue;
                };
                let (space, other) = spaces_of(kind);
                let name = file.text_of(mention);
                let scope = match kind {
                    SymbolKind::Parameter => Some((number, mention.scope)),
                    _ if is_global(name) => None,
                    _ => Some((number, mention.scope)),
                };
                let key = (scope, space, name);
                definitions.places.entry(key).or_default().push(Place {
                    file: number,
                    mention: *mention,
                });
                if let Some(other) = other {
                    definitions.data.insert((scope, other, name), key);
                }
            }
        }
        definitions
    }

    /// What a mention is of, if that is defined.
    fn key_of(&self, place: Place) -> Option<Key<'a>> {
        let name = self.program.files.get(place.file)?.text_of(&place.mention);
        let spaces = match place.mention.kind {
            MentionKind::Definition(kind) => [Some(spaces_of(kind).0), None],
            MentionKind::Label => [Some(Space::Label), None],
            MentionKind::Expression => [Some(Space::Expression), None],
            MentionKind::InstructionMacro => [Some(Space::InstructionMacro), None],
            MentionKind::ExpressionOrInstructionMacro => {
                [Some(Space::InstructionMacro), Some(Space::Expression)]
            }
            MentionKind::Parameter => [Some(Space::Parameter), None],
            _ => return None,
        };
        let mut spaces = spaces.into_iter().flatten();
        spaces.find_map(|space| self.find(place, space, name))
    }

    fn find(&self, place: Place, space: Space, name: &'a str) -> Option<Key<'a>> {
        let known = |key: Key<'a>| {
            let entered = self.places.contains_key(&key).then_some(key);
            entered.or_else(|| self.data.get(&key).copied())
        };
        if space != Space::Parameter && is_global(name) {
            return known((None, space, name));
        }
        let scopes = self.program.scopes_around(place.file, place.mention.scope);
        let mut keys = scopes
            .into_iter()
            .map(|scope| (Some((place.file, scope)), space, name));
        keys.find_map(known)
    }
}
