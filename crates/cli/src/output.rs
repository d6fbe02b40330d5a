//! Standard output for results, standard error for everything else, and tables of text.

use std::io::{self, ErrorKind, Write};

use fitroom_session::report::{document, number};

use crate::Failure;

/// Writes a result to standard output. A reader that stops early, as in `fitroom networks | head`,
/// is no failure.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::Output(error)),
        _ => Ok(()),
    }
}

/// Writes a line to standard error. The work continues even if standard error is closed.
pub fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// `4 runs`, `1 run`: in digits, for what is counted on and looked up again.
pub fn amount(count: usize, noun: &str) -> String {
    format!("{} {noun}{}", number::count(count as u64), if count == 1 { "" } else { "s" })
}

/// Rows of cells under a header, as many columns as the header has; the first column is left-aligned,
/// the others right-aligned.
pub struct Rows {
    rows: Vec<Vec<String>>,
}

impl Rows {
    /// A table that has only a header.
    pub fn new(header: Vec<String>) -> Self {
        Rows { rows: vec![header] }
    }

    /// Adds a row of as many cells as the header has.
    pub fn add(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// The table as text: one line for each row, which begins with `indent`.
    pub fn text(&self, indent: &str) -> String {
        let columns = self.rows[0].len();
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                self.rows
                    .iter()
                    .map(|row| console::measure_text_width(&row[column]))
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        let line = |row: &Vec<String>| {
            let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| {
                let space = " ".repeat(width - console::measure_text_width(cell));
                if column == 0 { format!("{cell}{space}") } else { format!("{space}{cell}") }
            });
            format!("{indent}{}", cells.collect::<Vec<_>>().join("   ")).trim_end().to_owned()
                + "\n"
        };
        self.rows.iter().map(line).collect()
    }
}

/// The header and the rows of a report's table, without its caption.
impl From<&document::Table> for Rows {
    fn from(table: &document::Table) -> Self {
        let mut rows = Rows::new(table.columns.clone());
        for row in &table.rows {
            let cells = row.cells.iter().map(|cell| cell.text.clone());
            rows.add(std::iter::once(row.header.words()).chain(cells).collect());
        }
        rows
    }
}

/// [`Rows`] whose number of columns is known.
pub struct Table(Rows);

impl Table {
    /// A table that has only a header.
    pub fn new<const COLUMNS: usize>(header: [&str; COLUMNS]) -> Self {
        Table(Rows::new(header.map(str::to_owned).to_vec()))
    }

    /// Adds a row of cells.
    pub fn row<const COLUMNS: usize>(&mut self, cells: [String; COLUMNS]) {
        self.0.add(cells.to_vec());
    }

    /// The table as text: one line for each row, which begins with `indent`.
    pub fn text(&self, indent: &str) -> String {
        self.0.text(indent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_by_the_width_of_their_characters() {
        let mut table = Table::new(["layer", "output", "n"]);
        table.row(["conv".into(), "32×28×28".into(), "9".into()]);
        table.row(["dense 128".into(), "128".into(), "1,000".into()]);
        let expected = "  layer         output       n\n  conv        32×28×28       9\n  dense 128        128   1,000\n";
        assert_eq!(table.text("  "), expected);
    }
}
