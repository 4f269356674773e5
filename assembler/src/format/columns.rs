//! Lines to text, with comments in columns.
//!
//! In a source, comments mostly state the stack, and are read from top to bottom: they stand in one column throughout.
//! Long lines do not decide where it is, and have their comments right behind them.

use super::lines::{Line, LineKind, Lines};

/// The first column that comments begin in.
const MINIMUM: usize = 23;
/// The longest code that moves the column.
const LONGEST: usize = 40;

/// The formatted source.
pub(super) fn write(lines: &Lines<'_>) -> String {
    let column = column(lines, &lines.list, LineKind::Code, 2).max(MINIMUM);
    let mut text = String::with_capacity(lines.code.len() * 2);
    let mut rest = lines.list.as_slice();
    while let Some(line) = rest.first() {
        // Neighbouring definitions have a column of their own, if theirs are longer.
        let run = match line.kind {
            LineKind::Directive => length_of_run(rest),
            _ => 1,
        };
        let (lines_of_run, after) = rest.split_at(run);
        let column = match line.kind {
            LineKind::Directive => {
                self::column(lines, lines_of_run, LineKind::Directive, 1).max(column)
            }
            _ => column,
        };
        for line in lines_of_run {
            write_line(&mut text, lines, line, column);
        }
        rest = after;
    }
    text
}

fn length_of_run(lines: &[Line<'_>]) -> usize {
    let run = lines.iter();
    run.take_while(|line| line.kind == LineKind::Directive)
        .count()
}

/// The column in which all comments behind lines of a kind can stand, some spaces from the code.
fn column(lines: &Lines<'_>, of: &[Line<'_>], kind: LineKind, spaces: usize) -> usize {
    let lines_of_kind = of.iter().filter(|line| line.kind == kind);
    let widths = lines_of_kind
        .filter(|line| line.comment.is_some())
        .map(|line| width(lines, line));
    widths
        .filter(|width| *width <= LONGEST)
        .map(|width| width + spaces)
        .max()
        .unwrap_or(0)
}

/// How many columns the code of a line takes, from the margin on; of a string over several lines, what is on the last.
fn width(lines: &Lines<'_>, line: &Line<'_>) -> usize {
    let code = lines.code.get(line.code.clone()).unwrap_or("");
    match code.rsplit_once('\n') {
        Some((_, last)) => last.chars().count(),
        None => line.indentation + code.chars().count(),
    }
}

fn write_line(text: &mut String, lines: &Lines<'_>, line: &Line<'_>, column: usize) {
    let code = lines.code.get(line.code.clone()).unwrap_or("");
    if !code.is_empty() {
        indent(text, line.indentation);
        text.push_str(code);
    }
    if let Some(comment) = line.comment {
        match line.kind {
            LineKind::Comment => indent(text, line.indentation),
            LineKind::StackComment => indent(text, column),
            _ => indent(text, column.saturating_sub(width(lines, line)).max(1)),
        }
        text.push_str(comment);
    }
    text.push('\n');
}

fn indent(text: &mut String, columns: usize) {
    text.extend(std::iter::repeat_n(' ', columns));
}
