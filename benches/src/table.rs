//! Tables on standard output, as text or in Markdown.

/// A table with a name column and columns of numbers.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Whether it is printed in Markdown.
    pub markdown: bool,
}

impl Table {
    /// Prints what the columns are.
    pub fn head<const N: usize>(&self, title: &str, columns: [&str; N]) {
        self.row(title, columns.map(str::to_owned));
        if self.markdown {
            println!("|---|{}", "--:|".repeat(N));
        }
    }

    /// Prints a row.
    pub fn row<const N: usize>(&self, name: &str, columns: [String; N]) {
        if self.markdown {
            println!("| {name} | {} |", columns.join(" | "));
        } else {
            let columns: String = columns
                .iter()
                .map(|column| format!(" {column:>13}"))
                .collect();
            println!("{name:<48}{columns}");
        }
    }
}
