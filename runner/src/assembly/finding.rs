//! What is wrong with a test or with what it tests, and where that was said.

use gasworks_assembler::{Diagnostic, Diagnostics, Severity, Sources, Span};

/// The most bytes that are shown of data.
const SHOWN: usize = 128;

/// Something that is not as a test says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    /// The place in the source that says so.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// What may help.
    pub help: Vec<String>,
}

impl Finding {
    pub(super) fn new(span: Span, message: impl Into<String>) -> Self {
        Self {
            span,
            message: message.into(),
            help: Vec::new(),
        }
    }

    pub(super) fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }
}

impl From<Box<Diagnostic>> for Finding {
    fn from(diagnostic: Box<Diagnostic>) -> Self {
        Self {
            span: diagnostic.span,
            message: diagnostic.message,
            help: diagnostic.help,
        }
    }
}

/// Findings in one line.
pub(super) fn reason(findings: &[Finding], sources: &Sources) -> String {
    let texts: Vec<String> = findings
        .iter()
        .map(|finding| {
            let at = sources.position(finding.span.file, finding.span.start);
            let name = sources.name(finding.span.file);
            let (line, column) = (at.line, at.column + 1);
            format!("{} ({name}:{line}:{column})", finding.message)
        })
        .collect();
    texts.join("; ")
}

/// Findings with the lines of the source that they speak of.
pub(super) fn drawn(findings: &[Finding], sources: &Sources) -> Vec<String> {
    let list = findings
        .iter()
        .map(|finding| Diagnostic {
            severity: Severity::Error,
            code: "test",
            message: finding.message.clone(),
            span: finding.span,
            labels: Vec::new(),
            help: finding.help.clone(),
            expansions: Vec::new(),
        })
        .collect();
    let sources = sources.clone();
    let text = Diagnostics { list, sources }.to_string();
    text.lines().map(str::to_owned).collect()
}

/// Bytes for people: what is long is cut.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::from("0x");
    for byte in bytes.iter().take(SHOWN) {
        let _ = write!(text, "{byte:02x}");
    }
    if bytes.len() > SHOWN {
        let _ = write!(text, ".. ({} bytes)", bytes.len());
    }
    text
}
