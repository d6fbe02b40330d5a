//! A table in memory: named columns of cells. CSV and JSON lines both become one.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::Setting;
use crate::error::{Problem, listed, shown};
use crate::limits::{MOST_CELLS, MOST_COLUMNS, MOST_TEXT};
use crate::note::{NoteKind, Notes};
use crate::written_number::{self, Written};

/// One cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cell {
    /// Nothing stands there.
    Empty,
    /// A whole number from 0, so that large seeds stay exact.
    Whole(u64),
    /// Any other number, NaN and infinity included.
    Number(f64),
    /// True or false.
    Bool(bool),
    /// Index of a text.
    Text(u32),
}

/// A column.
#[derive(Debug)]
pub(crate) struct Column {
    pub name: String,
    pub cells: Vec<Cell>,
}

/// A table.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub columns: Vec<Column>,
    /// The line of each row.
    pub lines: Vec<u32>,
    texts: Vec<Arc<str>>,
    positions: HashMap<Arc<str>, u32>,
    text_bytes: usize,
    cells: usize,
    /// Ways in which numbers were written that needed reading, with the first of each.
    written: BTreeMap<Written, String>,
}

impl Cell {
    /// What can be told of a cell apart from others: equal numbers are equal however written.
    pub fn key(self) -> (u8, u64) {
        match self {
            Cell::Empty => (0, 0),
            Cell::Whole(number) => (1, number),
            Cell::Number(number) => match crate::run::whole(number) {
                Some(whole) => (1, whole),
                None => (2, number.to_bits()),
            },
            Cell::Bool(value) => (3, u64::from(value)),
            Cell::Text(text) => (4, u64::from(text)),
        }
    }

    /// The number, if it is one.
    pub fn number(self) -> Option<f64> {
        match self {
            Cell::Whole(number) => Some(number as f64),
            Cell::Number(number) => Some(number),
            Cell::Empty | Cell::Bool(_) | Cell::Text(_) => None,
        }
    }

    /// A whole number from 0, if it is one.
    pub fn whole(self) -> Option<u64> {
        match self {
            Cell::Whole(number) => Some(number),
            Cell::Number(number) => crate::run::whole(number),
            Cell::Empty | Cell::Bool(_) | Cell::Text(_) => None,
        }
    }
}

impl Table {
    /// A table with these columns. A second column of a name gets another name.
    pub fn new(header: impl Iterator<Item = String>, notes: &mut Notes) -> Result<Self, Problem> {
        let mut table = Table::default();
        let mut known: HashMap<String, usize> = HashMap::new();
        for name in header {
            let count = known.entry(name.clone()).or_insert(0);
            *count += 1;
            let mut renamed = name.clone();
            if *count > 1 {
                renamed = format!("{name}.{}", *count - 1);
                while known.contains_key(&renamed) {
                    renamed.push('\'');
                }
                known.insert(renamed.clone(), 1);
                let column = shown(&name);
                notes.add(NoteKind::DuplicateColumn { column, renamed: shown(&renamed) });
            }
            table.add_column(renamed)?;
        }
        Ok(table)
    }

    /// Adds a column, which is empty in all rows so far.
    pub fn add_column(&mut self, name: String) -> Result<usize, Problem> {
        if self.columns.len() >= MOST_COLUMNS {
            let what = format!("the table has more than {MOST_COLUMNS} columns");
            let hint = "is it a table of runs, with one row for each run or epoch?";
            return Err(Problem::Broken { what, hint });
        }
        if self.cells + self.lines.len() > MOST_CELLS {
            let what = format!("the table has more than {MOST_CELLS} cells");
            let hint = "write the same keys in every line, or split the table";
            return Err(Problem::Broken { what, hint });
        }
        self.cells += self.lines.len();
        self.columns.push(Column { name, cells: vec![Cell::Empty; self.lines.len()] });
        Ok(self.columns.len() - 1)
    }

    /// Begins a row, whose cells are empty. Returns false if the table is full.
    pub fn add_row(&mut self, line: u64) -> bool {
        self.cells += self.columns.len();
        if self.cells > MOST_CELLS || self.text_bytes > MOST_TEXT {
            return false;
        }
        self.lines.push(u32::try_from(line).unwrap_or(u32::MAX));
        for column in &mut self.columns {
            column.cells.push(Cell::Empty);
        }
        true
    }

    /// Fills a cell of the last row.
    pub fn set(&mut self, column: usize, cell: Cell) {
        if let Some(last) = self.columns.get_mut(column).and_then(|column| column.cells.last_mut())
        {
            *last = cell;
        }
    }

    /// Reads what a cell holds from its text.
    pub fn read_cell(&mut self, text: &str) -> Cell {
        let text = text.trim();
        let Some(first) = text.as_bytes().first() else { return Cell::Empty };
        match text {
            "true" | "True" | "TRUE" => return Cell::Bool(true),
            "false" | "False" | "FALSE" => return Cell::Bool(false),
            _ => {}
        }
        let is_number = first.is_ascii_digit() || b"+-.".contains(first);
        if is_number && let Ok(whole) = text.parse() {
            return Cell::Whole(whole);
        }
        if (is_number || is_not_finite(text))
            && let Ok(number) = text.parse()
        {
            return Cell::Number(number);
        }
        if let Some((number, written)) = written_number::read(text) {
            self.written.entry(written).or_insert_with(|| text.to_owned());
            return Cell::Number(number);
        }
        self.text_cell(text)
    }

    /// Says which unusual ways of writing numbers were read.
    pub fn note_written(&self, notes: &mut Notes) {
        for (written, first) in &self.written {
            let text = format!("{}, as in `{}`, are read as numbers", written.name(), shown(first));
            notes.add(NoteKind::Remark { text });
        }
    }

    /// A cell of text.
    pub fn text_cell(&mut self, text: &str) -> Cell {
        if let Some(&position) = self.positions.get(text) {
            return Cell::Text(position);
        }
        let position = self.texts.len() as u32;
        let text: Arc<str> = text.into();
        self.text_bytes += text.len() + 64;
        self.texts.push(Arc::clone(&text));
        self.positions.insert(text, position);
        Cell::Text(position)
    }

    /// The text of a cell of text.
    pub fn text(&self, position: u32) -> &str {
        self.texts.get(position as usize).map_or("", |text| text)
    }

    /// A cell as text for people.
    pub fn shown(&self, cell: Cell) -> String {
        match cell {
            Cell::Empty => String::new(),
            Cell::Whole(number) => number.to_string(),
            Cell::Number(number) => Setting::Number(number).to_string(),
            Cell::Bool(value) => value.to_string(),
            Cell::Text(text) => self.text(text).to_owned(),
        }
    }

    /// A cell as a setting. `None` if it is empty.
    pub fn setting(&self, cell: Cell) -> Option<Setting> {
        match cell {
            Cell::Empty => None,
            Cell::Whole(number) => Some(Setting::Number(number as f64)),
            Cell::Number(number) => Some(Setting::Number(number)),
            Cell::Bool(value) => Some(Setting::Bool(value)),
            Cell::Text(text) => Some(Setting::text(self.text(text))),
        }
    }

    /// About how many bytes the different texts take.
    pub fn text_bytes(&self) -> usize {
        self.text_bytes
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.lines.len()
    }

    /// The column of this name.
    ///
    /// # Errors
    /// There is none. The error knows the nearest one.
    pub fn find(&self, name: &str) -> Result<usize, Problem> {
        let found = self.columns.iter().position(|column| column.name == name);
        let names = || self.columns.iter().map(|column| column.name.as_str());
        found.ok_or_else(|| Problem::NoColumn {
            column: shown(name),
            known: self.names(),
            nearest: fitroom_nearest::nearest(name, names()).map(str::to_owned),
        })
    }

    /// All columns, for a message.
    pub fn names(&self) -> String {
        listed(self.columns.iter().map(|column| column.name.as_str()))
    }
}

fn is_not_finite(text: &str) -> bool {
    let text = text.trim_start_matches(['-', '+']);
    ["nan", "inf", "infinity"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Whether a text says that there is no value.
pub(crate) fn is_blank(text: &str) -> bool {
    ["", "-", "none", "null", "na", "n/a", "<na>"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn cells_are_what_they_look_like() {
        let mut table = Table::default();
        assert_eq!(table.read_cell(" 18446744073709551615"), Cell::Whole(u64::MAX));
        assert_eq!(table.read_cell("1e-3"), Cell::Number(1e-3));
        assert_eq!(table.read_cell("-inf"), Cell::Number(f64::NEG_INFINITY));
        assert_eq!(table.read_cell("True"), Cell::Bool(true));
        assert_eq!(table.read_cell(""), Cell::Empty);
        assert_eq!(table.read_cell("wide"), Cell::Text(0));
        assert_eq!(table.read_cell("wide"), Cell::Text(0));
        assert_eq!(table.read_cell("3x3"), Cell::Text(1));
        assert_eq!(table.read_cell("85.5 %"), Cell::Number(85.5));
        assert_eq!(Cell::Number(3.0).key(), Cell::Whole(3).key());
    }

    #[test]
    fn columns_that_come_late_count_in_all_rows() {
        let mut table = Table::default();
        table.add_column("a".into()).unwrap();
        for line in 0..(MOST_CELLS as u64 / 4) {
            assert!(table.add_row(line));
        }
        for name in ["b", "c", "d"] {
            table.add_column(name.into()).unwrap();
        }
        let problem = table.add_column("e".into()).unwrap_err().to_string();
        assert!(problem.contains("more than 33554432 cells"), "{problem}");
    }

    #[test]
    fn columns_of_one_name_are_told_apart() {
        let mut notes = Notes::new(Path::new("a.csv"));
        let header = ["a", "a.1", "a", "a"].map(str::to_owned);
        let table = Table::new(header.into_iter(), &mut notes).unwrap();
        let names: Vec<_> = table.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["a", "a.1", "a.1'", "a.2"]);
        assert_eq!(notes.finish().len(), 2);
    }
}
