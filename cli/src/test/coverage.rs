//! What of sources was executed, as a table and as files.

use std::io::{self, Write};
use std::path::Path;

use gasworks_runner::contracts::coverage::{Coverage, FileCoverage, Ratio, page, tracefile};

use super::args::{CoverageArgs, LCOV_FILE};
use super::{Trouble, write};
use crate::terminal::complain;

const HEADINGS: [&str; 5] = ["File", "% Lines", "% Statements", "% Branches", "% Funcs"];

/// Writes the files that are asked for, and the table unless something else is on the standard output.
pub fn report(args: &CoverageArgs, coverage: &Coverage, silent: bool) -> Result<(), Trouble> {
    if coverage.files.is_empty() {
        complain("no coverage: the compiler has left no source maps of the project's sources");
    }
    let lcov = args.lcov.as_deref().unwrap_or(Path::new(LCOV_FILE));
    write(lcov, &tracefile(coverage))?;
    if let Some(file) = &args.coverage_html {
        write(file, &page(coverage))?;
    }
    if !silent {
        write!(io::stdout(), "\n{}", table(coverage))?;
    }
    Ok(())
}

fn ratios(file: &FileCoverage) -> [Ratio; 4] {
    [
        file.line_ratio(),
        file.statements,
        file.branch_ratio(),
        file.function_ratio(),
    ]
}

/// The table as forge draws it.
fn table(coverage: &Coverage) -> String {
    let mut total = [Ratio::default(); 4];
    let mut rows = vec![HEADINGS.map(str::to_owned)];
    for file in &coverage.files {
        let ratios = ratios(file);
        for (sum, ratio) in total.iter_mut().zip(ratios) {
            *sum = sum.plus(ratio);
        }
        rows.push(row(&file.path, ratios));
    }
    rows.push(row("Total", total));
    let width = |column: usize| {
        let texts = rows.iter().filter_map(|row| row.get(column));
        texts.map(|text| text.chars().count()).max().unwrap_or(0)
    };
    let widths = [0, 1, 2, 3, 4].map(width);
    let line = |left: char, middle: char, cross: char, right: char| {
        let parts = widths.map(|width| middle.to_string().repeat(width + 2));
        format!("{left}{}{right}\n", parts.join(&cross.to_string()))
    };
    let mut text = line('╭', '-', '+', '╮');
    for (number, row) in rows.iter().enumerate() {
        match number {
            0 => {}
            1 => text.push_str(&line('+', '=', '+', '+')),
            _ => text.push_str(&line('|', '-', '+', '|')),
        }
        for (cell, width) in row.iter().zip(widths) {
            text.push_str(&format!("| {cell:width$} "));
        }
        text.push_str("|\n");
    }
    text.push_str(&line('╰', '-', '+', '╯'));
    text
}

fn row(name: &str, ratios: [Ratio; 4]) -> [String; 5] {
    let [lines, statements, branches, functions] = ratios.map(Ratio::text);
    [name.to_owned(), lines, statements, branches, functions]
}
