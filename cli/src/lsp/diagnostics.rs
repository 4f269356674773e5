//! What is wrong with a program, as the protocol has it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use gasworks_assembler::{Diagnostic, Diagnostics, Options, Program, Severity, Span, assemble};
use gen_lsp_types as lsp;

use super::documents::Documents;
use super::text::Positions;

/// A program that has been checked.
pub struct Checked {
    /// What was found, by file. Every file of the program has an entry.
    pub found: BTreeMap<PathBuf, Vec<lsp::Diagnostic>>,
    /// The program, if it could be assembled.
    pub assembled: Option<Program>,
}

/// Checks the program of a main file.
pub fn check(documents: &Documents, main: &Path, text: &str) -> Checked {
    let (root, name) = documents.place(main);
    let files = documents.files(&root);
    let options = Options {
        files: &files,
        name: &name,
        lint: true,
        ..Options::default()
    };
    let (found, assembled) = match assemble(text, &options) {
        Ok(program) => (program.warnings.clone(), Some(program)),
        Err(found) => (found, None),
    };
    let mut shown = BTreeMap::from([(main.to_path_buf(), Vec::new())]);
    let report = Report::new(documents, &root, &found);
    for (file, _) in found.sources.iter() {
        shown
            .entry(report.path(found.sources.name(file)))
            .or_default();
    }
    for one in &found.list {
        let path = report.path(found.sources.name(one.span.file));
        shown.entry(path).or_default().push(report.diagnostic(one));
    }
    Checked {
        found: shown,
        assembled,
    }
}

struct Report<'a> {
    documents: &'a Documents,
    root: &'a Path,
    found: &'a Diagnostics,
    /// The positions of the files that something is said of.
    positions: BTreeMap<&'a str, Positions<'a>>,
}

impl<'a> Report<'a> {
    fn new(documents: &'a Documents, root: &'a Path, found: &'a Diagnostics) -> Self {
        let spans = found.list.iter().flat_map(|one| {
            let labels = one.labels.iter().map(|(span, _)| *span);
            labels
                .chain([one.span])
                .chain(one.expansions.iter().copied())
        });
        let files: BTreeSet<_> = spans.map(|span| span.file).collect();
        let positions = files.into_iter().map(|file| {
            let (name, text) = (found.sources.name(file), found.sources.text(file));
            (name, Positions::of(text))
        });
        Self {
            documents,
            root,
            found,
            positions: positions.collect(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    fn range(&self, span: Span) -> lsp::Range {
        let positions = self.positions.get(self.found.sources.name(span.file));
        positions.map_or_else(lsp::Range::default, |positions| {
            positions.range(span.start, span.end)
        })
    }

    fn diagnostic(&self, one: &Diagnostic) -> lsp::Diagnostic {
        let labels = one.labels.iter().map(|(span, text)| (*span, text.as_str()));
        let expansions = one.expansions.iter().map(|span| (*span, "used here"));
        let related = labels.chain(expansions).map(|(span, text)| {
            let path = self.path(self.found.sources.name(span.file));
            let location = lsp::Location::new(self.documents.uri(&path), self.range(span));
            lsp::DiagnosticRelatedInformation::new(location, text.to_owned())
        });
        let related: Vec<_> = related.collect();
        let mut message = one.message.clone();
        for help in &one.help {
            message.push_str("\nhelp: ");
            message.push_str(help);
        }
        let unnecessary = one.code.starts_with("unused") || one.code == "unreachable";
        lsp::Diagnostic {
            range: self.range(one.span),
            severity: Some(match one.severity {
                Severity::Error => lsp::DiagnosticSeverity::Error,
                Severity::Warning => lsp::DiagnosticSeverity::Warning,
            }),
            code: Some(one.code.to_owned().into()),
            code_description: None,
            source: Some("gasworks".to_owned()),
            message: message.into(),
            tags: unnecessary.then(|| vec![lsp::DiagnosticTag::Unnecessary]),
            related_information: (!related.is_empty()).then_some(related),
            data: None,
        }
    }
}
