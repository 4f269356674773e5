//! Reads the sources of the workspace: lines of code without comments and tests.

use std::fs;
use std::path::{Path, PathBuf};

/// The workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A line of code: where it is and what it says.
pub struct Line {
    pub place: String,
    pub file: String,
    pub text: String,
}

/// Rust files under a folder of the workspace, as paths from there, in order.
pub fn files(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![PathBuf::from(folder)];
    while let Some(path) = open.pop() {
        let entries =
            fs::read_dir(root().join(&path)).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        for entry in entries {
            let entry = entry.expect("an entry");
            let path = path.join(entry.file_name());
            if entry.file_type().expect("a type").is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no sources under {folder}");
    found
}

pub fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Lines of code of the product under a folder: no tests, no comments.
pub fn code(folder: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    for file in files(folder)
        .into_iter()
        .filter(|file| !file.ends_with("_test.rs"))
    {
        let text = read(&file);
        for (number, line) in product(&text) {
            let line = line.split("//").next().unwrap_or_default();
            if !line.trim().is_empty() {
                lines.push(Line {
                    place: format!("{file}:{}", number + 1),
                    file: file.clone(),
                    text: line.to_owned(),
                });
            }
        }
    }
    lines
}

/// Numbered lines without the items behind `#[cfg(test)]`, which end with a line of their own indentation.
pub fn product(text: &str) -> Vec<(usize, &str)> {
    let mut lines = text.lines().enumerate();
    let mut kept = Vec::new();
    while let Some((number, line)) = lines.next() {
        let Some(indentation) = line.strip_suffix("#[cfg(test)]") else {
            kept.push((number, line));
            continue;
        };
        let end = format!("{indentation}}}");
        lines.find(|(_, line)| {
            *line == end || line.ends_with(';') && !line.starts_with(&format!("{indentation} "))
        });
    }
    kept
}

/// Whether a line has a word that is not part of a longer one.
pub fn has_word(line: &str, word: &str) -> bool {
    let part = |character: Option<char>| {
        character.is_some_and(|character| character.is_alphanumeric() || character == '_')
    };
    line.match_indices(word).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        let after = line[start + word.len()..].chars().next();
        !part(before) && !part(after)
    })
}

/// Fails with every line that breaks an invariant, and what to do.
#[track_caller]
pub fn refuse<'a>(lines: impl Iterator<Item = &'a Line>, what_to_do: &str) {
    let found: Vec<String> = lines
        .map(|line| format!("  {}: {}", line.place, line.text.trim()))
        .collect();
    assert!(found.is_empty(), "{what_to_do}\n{}", found.join("\n"));
}
