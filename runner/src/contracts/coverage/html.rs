//! Coverage as one page, which needs nothing else.

use std::collections::BTreeSet;
use std::fmt::{self, Write};

use super::report::{Coverage, FileCoverage, Ratio};

/// Coverage as a page: a table of files, and their lines in colours.
pub fn page(coverage: &Coverage) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_page(&mut text, coverage);
    text
}

fn write_page(out: &mut String, coverage: &Coverage) -> fmt::Result {
    out.push_str("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.push_str(
        "<meta name=\"viewport\" content=\"width=device-width\">\n<title>Coverage</title>\n",
    );
    write!(
        out,
        "<style>\n{}</style>\n</head>\n<body>\n",
        include_str!("page.css")
    )?;
    out.push_str("<h1>Coverage</h1>\n<table class=\"files\">\n");
    out.push_str("<tr><th>File<th>Lines<th>Statements<th>Branches<th>Functions</tr>\n");
    let mut total = [Ratio::default(); 4];
    for (number, file) in coverage.files.iter().enumerate() {
        let ratios = ratios(file);
        for (sum, ratio) in total.iter_mut().zip(ratios) {
            *sum = sum.plus(ratio);
        }
        let name = escape(&file.path);
        write!(out, "<tr><td><a href=\"#f{number}\">{name}</a>")?;
        cells(out, ratios)?;
    }
    out.push_str("<tr class=\"total\"><td>Total");
    cells(out, total)?;
    out.push_str("</table>\n");
    for (number, file) in coverage.files.iter().enumerate() {
        let name = escape(&file.path);
        write!(out, "<h2 id=\"f{number}\">{name}</h2>\n<pre>")?;
        lines(out, file)?;
        out.push_str("</pre>\n");
    }
    out.push_str("</body>\n</html>\n");
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

fn cells(out: &mut String, ratios: [Ratio; 4]) -> fmt::Result {
    for ratio in ratios {
        let class = match ratio.basis_points() {
            9_000.. => "high",
            5_000.. => "middle",
            _ => "low",
        };
        write!(out, "<td class=\"{class}\">{}", ratio.text())?;
    }
    out.push_str("</tr>\n");
    Ok(())
}

fn lines(out: &mut String, file: &FileCoverage) -> fmt::Result {
    let missed = file.branches.iter().filter(|branch| branch.hits == 0);
    let missed: BTreeSet<usize> = missed.map(|branch| branch.line).collect();
    for (number, line) in file
        .text
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line))
    {
        let hits = file.lines.get(&number);
        let class = match hits {
            Some(0) => "miss",
            Some(_) if missed.contains(&number) => "part",
            Some(_) => "hit",
            None => "none",
        };
        let count = hits.map_or_else(String::new, |hits| format!("{hits}×"));
        let line = escape(line);
        write!(
            out,
            "<span class=\"{class}\" data-n=\"{count} {number}\">{line}</span>"
        )?;
    }
    Ok(())
}

/// Text that means nothing to a browser.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_cannot_get_out_of_their_lines() {
        let file = FileCoverage {
            path: "src/<b>.sol".to_owned(),
            text: "string s = \"</span><script>alert('&')</script>\";\nuint x;\n".to_owned(),
            lines: [(1, 3), (2, 0)].into(),
            ..FileCoverage::default()
        };
        let page = page(&Coverage { files: vec![file] });
        assert!(!page.contains("<script>") && !page.contains("<b>"));
        assert!(page.contains(
            "<span class=\"hit\" data-n=\"3× 1\">string s = &quot;&lt;/span&gt;&lt;script&gt;alert(&#39;&amp;&#39;)"
        ));
        assert!(page.contains("<span class=\"miss\" data-n=\"0× 2\">uint x;</span>"));
        assert!(page.contains("50.00% (1/2)"));
    }
}
