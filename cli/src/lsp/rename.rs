//! New names for what a program defines.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use gasworks_assembler::{
    FileError, Files, MentionKind, Place, ProgramIndex, SymbolKind, is_global,
};

use super::workspace::Program;

/// Byte ranges of files that get a new name.
pub type Edits = BTreeMap<PathBuf, BTreeSet<(u32, u32)>>;

/// Where the thing is mentioned that is at a place, for all programs that have it; or why it cannot be renamed so.
pub fn rename(programs: &[(Program, Place)], name: &str) -> Result<Edits, String> {
    let name = name.trim_start_matches(['@', '%', '$', '.']);
    let mut edits = Edits::new();
    for (program, place) in programs {
        let definitions = program.index.definitions_of(*place);
        let Some(MentionKind::Definition(kind)) = definitions.first().map(|one| one.mention.kind)
        else {
            continue;
        };
        let old = program.index.files.get(place.file);
        let old = old.map_or("", |file| file.text_of(&place.mention));
        check_name(kind, old, name)?;
        let mentions = program.index.mentions_of(*place);
        check_meaning(program, &mentions, name)?;
        for mention in mentions {
            if let Some(path) = program.path(mention.file) {
                let range = (mention.mention.start, mention.mention.end);
                edits.entry(path).or_default().insert(range);
            }
        }
    }
    if edits.is_empty() {
        return Err("this is nothing that the program defines".to_owned());
    }
    Ok(edits)
}

fn check_name(kind: SymbolKind, old: &str, name: &str) -> Result<(), String> {
    let mut letters = name.chars();
    let begins = letters
        .next()
        .is_some_and(|first| first == '_' || first.is_alphabetic());
    if !begins || !letters.all(|letter| letter == '_' || letter.is_alphanumeric()) {
        return Err(format!("{name:?} is not a name"));
    }
    if kind != SymbolKind::Parameter && is_global(old) != is_global(name) {
        return Err(format!(
            "{old} and {name} differ in the case of their first letter, which decides where a name is known"
        ));
    }
    Ok(())
}

/// A program whose files have been changed.
struct Changed(BTreeMap<String, String>);

impl Files for Changed {
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        let text = self.0.get(path).ok_or(FileError::NotFound)?;
        Ok(text.clone().into_bytes())
    }
}

/// Makes the change and looks whether the same mentions are of the same thing: what was another's name before, or is
/// hidden by another one now, would be found too many or too few times.
fn check_meaning(program: &Program, mentions: &[Place], name: &str) -> Result<(), String> {
    let mut files = BTreeMap::new();
    let mut expected = BTreeSet::new();
    for (number, file) in program.index.files.iter().enumerate() {
        let mut text = String::new();
        let mut end = 0;
        for place in mentions.iter().filter(|place| place.file == number) {
            let (start, after) = (place.mention.start as usize, place.mention.end as usize);
            text.push_str(file.text.get(end..start).unwrap_or(""));
            expected.insert((file.name.clone(), text.len() as u32));
            text.push_str(name);
            end = after;
        }
        text.push_str(file.text.get(end..).unwrap_or(""));
        files.insert(file.name.clone(), text);
    }
    let files = Changed(files);
    let main = program.index.files.first().map_or("", |file| &file.name);
    let text = files.0.get(main).cloned().unwrap_or_default();
    let changed = ProgramIndex::load(main, &text, &files);
    let first = expected.first().and_then(|(name, start)| {
        let file = changed.files.iter().position(|file| file.name == *name)?;
        let mention = *changed.files.get(file)?.index.at(*start)?;
        Some(Place { file, mention })
    });
    let found = first
        .map(|place| changed.mentions_of(place))
        .unwrap_or_default();
    let found: BTreeSet<(String, u32)> = found
        .iter()
        .filter_map(|place| {
            let file = changed.files.get(place.file)?;
            Some((file.name.clone(), place.mention.start))
        })
        .collect();
    if found == expected {
        Ok(())
    } else {
        Err(format!("{name} means something else here already"))
    }
}
