//! What is wrong with a program, where, and what to do about it.

pub(crate) mod render;

use std::fmt;

use crate::source::{Position, Sources, Span};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// There is no bytecode.
    Error,
    /// There is bytecode, which may not be what was meant.
    Warning,
}

impl Severity {
    /// As it is written in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The name of this kind of finding, which does not change between releases.
    pub code: &'static str,
    /// What is wrong, in one line.
    pub message: String,
    /// The statement or the token that is wrong.
    pub span: Span,
    /// What exactly is wrong within it, or what other place has to do with it.
    pub labels: Vec<(Span, String)>,
    /// What may help.
    pub help: Vec<String>,
    /// The uses of instruction macros and includes that led there, innermost first.
    pub expansions: Vec<Span>,
}

impl Diagnostic {
    /// An error.
    pub(crate) fn error(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            message: message.into(),
            span,
            labels: Vec::new(),
            help: Vec::new(),
            expansions: Vec::new(),
        }
    }

    /// A warning.
    pub(crate) fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, span, message)
        }
    }

    pub(crate) fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push((span, text.into()));
        self
    }

    pub(crate) fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }
}

/// What was found in a program, with the sources that it speaks of. [`Display`](fmt::Display) writes it for people,
/// without colours.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    /// The findings, in the order of their places.
    pub list: Vec<Diagnostic>,
    /// The files.
    pub sources: Sources,
}

impl Diagnostics {
    /// The errors.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.of(Severity::Error)
    }

    /// The warnings.
    pub fn warnings(&self) -> impl Iterator<Item = &Diagnostic> {
        self.of(Severity::Warning)
    }

    fn of(&self, severity: Severity) -> impl Iterator<Item = &Diagnostic> {
        let list = self.list.iter();
        list.filter(move |found| found.severity == severity)
    }

    /// The file and the position of a finding.
    pub fn place(&self, diagnostic: &Diagnostic) -> (&str, Position) {
        let span = diagnostic.span;
        let name = self.sources.name(span.file);
        (name, self.sources.position(span.file, span.start))
    }

    /// The findings for people, with the lines that they speak of.
    pub fn render(&self, colour: bool) -> String {
        render::render(self, colour)
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Diagnostics {}

/// Names among which the closest one is looked for. Among more, one that is meant stands out no longer, and comparing with
/// all of them takes long.
const MOST_NAMES: usize = 2_000;

/// The known name that is closest to one that is not known, if any is close.
pub(crate) fn closest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = name.chars().count().div_ceil(3).min(3);
    let near = |other: &&str| *other != name && other.len().abs_diff(name.len()) <= 4 * limit;
    let known: Vec<&str> = known
        .into_iter()
        .filter(near)
        .take(MOST_NAMES + 1)
        .collect();
    if known.len() > MOST_NAMES {
        return None;
    }
    known
        .into_iter()
        .map(|other| (distance(name, other), other))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, other)| other)
}

/// How many letters have to be put in, taken out, changed or swapped with their neighbour, whatever their case.
fn distance(a: &str, b: &str) -> usize {
    const LONGEST: usize = 64;
    let letters = |text: &str| -> Vec<char> {
        let text = text.chars().take(LONGEST);
        text.map(|letter| letter.to_ascii_lowercase()).collect()
    };
    let (a, b) = (letters(a), letters(b));
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut next = vec![i + 1];
        for j in 0..b.len() {
            let change = row[j] + usize::from(a[i] != b[j]);
            let mut best = change.min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                best = best.min(before[j - 1] + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_name_is_close() {
        let known = ["calldataload", "calldatasize", "add", "sub"];
        assert_eq!(closest("caldataload", known), Some("calldataload"));
        assert_eq!(closest("adn", known), Some("add"));
        assert_eq!(closest("nothing", known), None);
    }
}
