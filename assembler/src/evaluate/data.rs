//! Named bytes and tables.

use super::{Evaluator, Failure, LabelPositions, Scope};
use crate::definitions::Data;
use crate::diagnostic::Diagnostic;
use crate::expand::SectionId;
use crate::source::Span;
use crate::syntax::{Arguments, Kind};
use crate::value::Value;

impl Evaluator<'_, '_> {
    /// The value of named bytes or of a table.
    pub(super) fn data(
        &mut self,
        data: Data,
        node: usize,
        scope: Scope<'_>,
        labels: Option<LabelPositions<'_>>,
    ) -> Result<Value, Failure> {
        let key = (data.document, data.statement);
        if !self.active_data.insert(key) {
            return Err(self.wrong("recursion", node, scope, "the data contains itself"));
        }
        let inner = Scope {
            document: data.document,
            section: self.expanded.newest.get(&data.document).copied(),
            values: None,
            in_section: false,
        };
        let statement = self.syntax.document(data.document).statements[data.statement as usize];
        let value = self.deeper(node, scope).and_then(|()| {
            let value = match statement.kind {
                Kind::Bytes { value, .. } => self.evaluate(value, inner, labels),
                Kind::Table { width, entries, .. } => {
                    let place = self.syntax.span(data.document, &statement);
                    let bytes = self.table_in(width, entries, inner, place, labels);
                    bytes.map(|bytes| Value::from_bytes(&bytes))
                }
                _ => Ok(Value::from(0)),
            };
            self.depth -= 1;
            value
        });
        self.active_data.remove(&key);
        value
    }

    /// The bytes of a table that stands in a section.
    pub(crate) fn table(
        &mut self,
        width: u8,
        entries: Arguments,
        section: SectionId,
        place: Span,
        labels: Option<LabelPositions<'_>>,
    ) -> Result<Vec<u8>, Failure> {
        let scope = Scope {
            document: self.expanded.section(section).document,
            section: Some(section),
            values: None,
            in_section: true,
        };
        self.table_in(width, entries, scope, place, labels)
    }

    fn table_in(
        &mut self,
        width: u8,
        entries: Arguments,
        scope: Scope<'_>,
        place: Span,
        labels: Option<LabelPositions<'_>>,
    ) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        for entry in self.syntax.arguments_of(entries) {
            let value = self.evaluate(*entry, scope, labels)?;
            let mut integer = Vec::new();
            value.write_integer(&mut integer);
            let width = usize::from(width);
            if value.is_negative() || integer.len() > width {
                let message = format!("the entry {value} does not fit into {width} bytes");
                return Err(Failure::Wrong(Box::new(Diagnostic::error(
                    "table", place, message,
                ))));
            }
            bytes.resize(bytes.len() + width - integer.len(), 0);
            bytes.extend_from_slice(&integer);
        }
        Ok(bytes)
    }
}
