//! What is wrong with a program, on standard error: for people, or as JSON for tools.

use std::io::Write;

use gasworks_assembler::{Diagnostic, Diagnostics, Sources, Span};
use serde_json::{Value, json};

/// Writes all findings; where nobody listens any more, nothing can be done about it.
pub fn write(found: &Diagnostics, as_json: bool) {
    let mut out = anstream::stderr();
    if as_json {
        for diagnostic in &found.list {
            let _ = writeln!(out, "{}", object(found, diagnostic));
        }
    } else {
        // Where colours are not wanted, `anstream` takes them out.
        let _ = out.write_all(found.render(true).as_bytes());
    }
}

/// A finding as a tool reads it: lines and columns from 1, columns in bytes.
pub fn object(found: &Diagnostics, diagnostic: &Diagnostic) -> Value {
    let sources = &found.sources;
    let labels = diagnostic.labels.iter().map(|(span, text)| {
        let mut label = place(sources, *span);
        label["message"] = json!(text);
        label
    });
    let expansions = diagnostic
        .expansions
        .iter()
        .map(|span| place(sources, *span));
    let mut object = place(sources, diagnostic.span);
    object["severity"] = json!(diagnostic.severity.name());
    object["code"] = json!(diagnostic.code);
    object["message"] = json!(diagnostic.message);
    object["labels"] = labels.collect();
    object["help"] = json!(diagnostic.help);
    object["expansions"] = expansions.collect();
    object
}

fn place(sources: &Sources, span: Span) -> Value {
    let start = sources.position(span.file, span.start);
    let end = sources.position(span.file, span.end);
    json!({
        "file": sources.name(span.file),
        "line": start.line,
        "column": start.column + 1,
        "endLine": end.line,
        "endColumn": end.column + 1,
        "offset": span.start,
        "length": span.end - span.start,
    })
}
