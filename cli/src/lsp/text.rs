//! Positions as the protocol counts them: lines from zero, and columns in units of UTF-16.

use gasworks_assembler::Lines;
use gen_lsp_types::{Position, Range};

/// A text whose positions are asked for.
pub struct Positions<'a> {
    text: &'a str,
    lines: Lines,
}

impl<'a> Positions<'a> {
    pub fn of(text: &'a str) -> Self {
        Self {
            text,
            lines: Lines::of(text),
        }
    }

    /// Where a byte stands.
    pub fn position(&self, offset: u32) -> Position {
        let offset = offset.min(self.text.len() as u32);
        let place = self.lines.position(offset);
        let start = offset - place.column;
        let before = self.text.get(start as usize..offset as usize).unwrap_or("");
        let units = before.chars().map(|letter| letter.len_utf16() as u32);
        Position::new(place.line - 1, units.sum())
    }

    pub fn range(&self, start: u32, end: u32) -> Range {
        Range::new(self.position(start), self.position(end.max(start)))
    }

    /// The byte at a position. What is beyond the end of a line is its end, and beyond that of the text its end.
    pub fn offset(&self, position: Position) -> u32 {
        let start = self.lines.start(position.line.saturating_add(1));
        if self.lines.position(start).line <= position.line {
            return self.text.len() as u32;
        }
        let rest = self.text.get(start as usize..).unwrap_or("");
        let mut units = 0;
        let mut offset = start;
        for letter in rest.chars() {
            if letter == '\n' || units >= position.character {
                break;
            }
            units += letter.len_utf16() as u32;
            offset += letter.len_utf8() as u32;
        }
        offset
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_units_of_utf_16() {
        let text = "aä\u{1f600}b\nc";
        let positions = Positions::of(text);
        for (offset, line, column) in [
            (0, 0, 0),
            (1, 0, 1),
            (3, 0, 2),
            (7, 0, 4),
            (8, 0, 5),
            (9, 1, 0),
            (10, 1, 1),
        ] {
            let position = Position::new(line, column);
            assert_eq!(positions.position(offset), position);
            assert_eq!(positions.offset(position), offset);
        }
        // Within a letter, and beyond the ends.
        assert_eq!(positions.offset(Position::new(0, 3)), 7);
        assert_eq!(positions.offset(Position::new(0, 99)), 8);
        assert_eq!(positions.offset(Position::new(1, 99)), 10);
        assert_eq!(positions.offset(Position::new(2, 0)), 10);
        assert_eq!(positions.offset(Position::new(u32::MAX, u32::MAX)), 10);
        assert_eq!(Positions::of("").offset(Position::new(0, 0)), 0);
    }
}
