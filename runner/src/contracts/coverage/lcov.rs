//! The tracefile format of lcov.

use std::fmt::Write;

use super::report::{Coverage, Ratio};

/// Coverage as a tracefile.
pub fn tracefile(coverage: &Coverage) -> String {
    let mut text = String::new();
    for file in &coverage.files {
        // Writing to a string cannot fail.
        let _ = write_file(&mut text, file);
    }
    text
}

fn write_file(text: &mut String, file: &super::FileCoverage) -> std::fmt::Result {
    writeln!(text, "TN:\nSF:{}", file.path)?;
    for function in &file.functions {
        writeln!(text, "FN:{},{}", function.line, function.name)?;
    }
    for function in &file.functions {
        writeln!(text, "FNDA:{},{}", function.hits, function.name)?;
    }
    totals(text, "FN", file.function_ratio())?;
    for branch in &file.branches {
        let hits = match branch.hits {
            0 => "-".to_owned(),
            hits => hits.to_string(),
        };
        let (line, number, path) = (branch.line, branch.branch, branch.path);
        writeln!(text, "BRDA:{line},{number},{path},{hits}")?;
    }
    totals(text, "BR", file.branch_ratio())?;
    for (line, hits) in &file.lines {
        writeln!(text, "DA:{line},{hits}")?;
    }
    totals(text, "L", file.line_ratio())?;
    writeln!(text, "end_of_record")
}

fn totals(text: &mut String, name: &str, ratio: Ratio) -> std::fmt::Result {
    writeln!(text, "{name}F:{}\n{name}H:{}", ratio.found, ratio.hit)
}
