//! Findings for people: the only file that names `annotate-snippets`.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Diagnostic, Diagnostics, Severity};
use crate::source::{Span, shown};

/// All findings, each with the lines that it speaks of.
pub(super) fn render(diagnostics: &Diagnostics, colour: bool) -> String {
    let renderer = if colour {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let mut text = String::new();
    for found in &diagnostics.list {
        let report = groups(diagnostics, found);
        text.push_str(&renderer.render(&report));
        text.push_str("\n\n");
    }
    text
}

fn groups<'a>(diagnostics: &'a Diagnostics, found: &'a Diagnostic) -> Vec<Group<'a>> {
    let level = match found.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(&found.message).id(found.code);
    let mut group = title.element(snippet(diagnostics, found.span, &found.labels, ""));
    for (span, label) in &found.labels {
        if span.file != found.span.file {
            group = group.element(snippet(diagnostics, *span, &[], label));
        }
    }
    for use_ in &found.expansions {
        group = group.element(snippet(diagnostics, *use_, &[], "used here"));
    }
    for help in &found.help {
        group = group.element(Level::HELP.message(help));
    }
    vec![group]
}

fn snippet<'a>(
    diagnostics: &'a Diagnostics,
    span: Span,
    labels: &'a [(Span, String)],
    text: &'a str,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let sources = &diagnostics.sources;
    let whole = sources.text(span.file);
    let range = |span: Span| {
        let end = (span.end as usize).min(whole.len());
        (span.start as usize).min(end)..end
    };
    let primary = AnnotationKind::Primary.span(range(span));
    let primary = if text.is_empty() {
        primary
    } else {
        primary.label(text)
    };
    let mut snippet = Snippet::source(whole)
        .path(shown(sources.name(span.file)))
        .annotation(primary);
    for (other, label) in labels.iter().filter(|(other, _)| other.file == span.file) {
        snippet = snippet.annotation(AnnotationKind::Context.span(range(*other)).label(label));
    }
    snippet
}
