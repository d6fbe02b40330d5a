//! Reads a table that is in memory already, such as a data frame: column by column.

use std::path::PathBuf;

use crate::error::{ImportError, Problem};
use crate::limits::{MOST_CELLS, MOST_TEXT};
use crate::note::Notes;
use crate::run::Imported;
use crate::table::{Cell, Table};
use crate::tidy::{TidyColumns, runs_of};

/// One value of a column in memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// There is no value. A measure was not measured.
    Missing,
    /// A whole number from 0. Large seeds stay exact.
    Whole(u64),
    /// Any other number. NaN was measured, and is not a number.
    Number(f64),
    /// True or false.
    Bool(bool),
    /// Text, which is understood as in a CSV file: `"3"` is a number.
    Text(&'a str),
}

/// A table in memory, with one row for each run, or one for each epoch of a run. Its columns are
/// understood as those of a CSV file are. Rows count from 1 in messages.
///
/// ```
/// use fitroom_import::{ColumnTable, TidyColumns, Value};
///
/// let mut table = ColumnTable::new("the data frame", ["model", "seed", "val_acc"].map(String::from))?;
/// table.fill(0, ["plain", "wide"].map(Value::Text))?;
/// table.fill(1, [1, 1].map(Value::Whole))?;
/// table.fill(2, [0.87, 0.89].map(Value::Number))?;
/// let imported = table.read(&TidyColumns::default())?;
/// assert_eq!(imported.runs[1].name, "wide, seed 1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ColumnTable {
    source: PathBuf,
    table: Table,
    notes: Notes,
    text_bytes: usize,
}

impl ColumnTable {
    /// A table with columns of these names, without values. Messages call the table `source`.
    ///
    /// # Errors
    /// There are too many columns.
    pub fn new(
        source: impl Into<PathBuf>,
        names: impl IntoIterator<Item = String>,
    ) -> Result<Self, ImportError> {
        let source = source.into();
        let mut notes = Notes::new(&source);
        let table = Table::new(names.into_iter(), &mut notes).map_err(ImportError::at(&source))?;
        Ok(ColumnTable { source, table, notes, text_bytes: 0 })
    }

    /// Gives a column its values, one for each row. A column without values is empty.
    ///
    /// # Errors
    /// The table becomes too large.
    ///
    /// # Panics
    /// There is no such column.
    pub fn fill<'a>(
        &mut self,
        column: usize,
        values: impl IntoIterator<Item = Value<'a>>,
    ) -> Result<(), ImportError> {
        let most = MOST_CELLS / self.table.columns.len();
        let mut cells = Vec::new();
        for value in values {
            let cell = match value {
                Value::Missing => Cell::Empty,
                Value::Whole(number) => Cell::Whole(number),
                Value::Number(number) => Cell::Number(number),
                Value::Bool(value) => Cell::Bool(value),
                Value::Text(text) => self.text_cell(text),
            };
            cells.push(cell);
            if cells.len() > most || self.text_bytes > MOST_TEXT {
                return Err(ImportError::at(&self.source)(Problem::Broken {
                    what: format!(
                        "the table has more than {MOST_CELLS} cells or {MOST_TEXT} bytes of text"
                    ),
                    hint: "leave out the columns that are neither settings nor measures, or split the table",
                }));
            }
        }
        self.table.columns[column].cells = cells;
        Ok(())
    }

    /// Reads the runs, as [`read_csv`](crate::read_csv) does.
    ///
    /// # Errors
    /// There is no row, columns differ in length, or a column that `columns` names does not exist.
    pub fn read(mut self, columns: &TidyColumns) -> Result<Imported, ImportError> {
        let runs = self.runs(columns).map_err(ImportError::at(&self.source))?;
        Ok(Imported { runs, notes: self.notes.finish() })
    }

    fn runs(&mut self, columns: &TidyColumns) -> Result<Vec<crate::ImportedRun>, Problem> {
        let mut table = std::mem::take(&mut self.table);
        let rows = table.columns.iter().map(|column| column.cells.len()).max().unwrap_or(0);
        if rows == 0 {
            return Err(Problem::NoRows);
        }
        for column in &mut table.columns {
            match column.cells.len() {
                0 => column.cells = vec![Cell::Empty; rows],
                length if length == rows => {}
                length => {
                    let name = crate::error::shown(&column.name);
                    let what =
                        format!("the column `{name}` has {length} values, and another {rows}");
                    return Err(Problem::Broken {
                        what,
                        hint: "give each column a value for each row",
                    });
                }
            }
        }
        // `fill` keeps rows below `MOST_CELLS`.
        table.lines = (1..=rows as u32).collect();
        runs_of(table, &self.source, columns, &mut self.notes)
    }

    /// Counts a text before it is stored, so that no text is too long to be refused.
    fn text_cell(&mut self, text: &str) -> Cell {
        let texts = self.table.text_bytes();
        let cell = match texts + text.len() > MOST_TEXT {
            true => Cell::Empty,
            false => self.table.read_cell(text),
        };
        self.text_bytes = texts + text.len();
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NoteKind, Setting, read_csv};

    fn table(names: &[&str]) -> ColumnTable {
        let names = names.iter().map(|name| (*name).to_owned());
        ColumnTable::new("the data frame", names).unwrap()
    }

    #[test]
    fn a_table_in_memory_is_read_as_its_csv_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("the data frame");
        let text = "model,seed,lr,epoch,deep,val_acc\nwide,18446744073709551615,0.1,1,true,0.5\n\
                    wide,18446744073709551615,0.1,2,true,nan\nplain,3,,1,false,\nplain,3,,2,false,0.75\n";
        std::fs::write(&path, text).unwrap();
        let from_csv = read_csv(&path, &TidyColumns::default()).unwrap();

        let mut table = table(&["model", "seed", "lr", "epoch", "deep", "val_acc"]);
        table.fill(0, ["wide", "wide", "plain", "plain"].map(Value::Text)).unwrap();
        table.fill(1, [u64::MAX, u64::MAX, 3, 3].map(Value::Whole)).unwrap();
        let tenth = Value::Number(0.1);
        table.fill(2, [tenth, tenth, Value::Missing, Value::Missing]).unwrap();
        table.fill(3, ["1", "2", "1", "2"].map(Value::Text)).unwrap();
        table.fill(4, [true, true, false, false].map(Value::Bool)).unwrap();
        let values = [Some(0.5), Some(f64::NAN), None, Some(0.75)];
        table.fill(5, values.map(|value| value.map_or(Value::Missing, Value::Number))).unwrap();
        let imported = table.read(&TidyColumns::default()).unwrap();

        assert_eq!(imported.runs.len(), 2);
        assert_eq!(imported.runs[1].settings["deep"], Setting::Bool(false));
        for (one, other) in imported.runs.iter().zip(&from_csv.runs) {
            assert_eq!(
                (&one.name, one.seed, &one.settings),
                (&other.name, other.seed, &other.settings)
            );
            // NaN equals nothing, so curves are compared as text.
            assert_eq!(format!("{:?}", one.curve), format!("{:?}", other.curve));
        }
        let kinds =
            |notes: &[crate::Note]| notes.iter().map(|note| note.kind.clone()).collect::<Vec<_>>();
        assert_eq!(kinds(&imported.notes), kinds(&from_csv.notes));
    }

    #[test]
    fn notes_name_the_row_and_a_second_column_of_a_name_is_renamed() {
        let mut table = table(&["network", "seed", "acc", "acc"]);
        table.fill(0, ["a", "b"].map(Value::Text)).unwrap();
        table.fill(1, [Value::Whole(1), Value::Number(-1.0)]).unwrap();
        table.fill(2, [0.1, 0.2].map(Value::Number)).unwrap();
        let notes = table.read(&TidyColumns::default()).unwrap().notes;
        let said: Vec<_> = notes.iter().map(ToString::to_string).collect();
        assert!(
            said.iter().any(|note| note.starts_with("the data frame:2: the seed `-1`")),
            "{said:?}"
        );
        assert!(notes.iter().any(|note| matches!(note.kind, NoteKind::DuplicateColumn { .. })));
    }

    #[test]
    fn tables_that_are_no_table_are_refused() {
        let refusal =
            |table: ColumnTable| table.read(&TidyColumns::default()).unwrap_err().to_string();
        let empty = refusal(table(&["seed", "acc"]));
        assert!(empty.starts_with("the data frame: the table has a header and no rows"), "{empty}");
        assert!(refusal(table(&[])).contains("no rows"));
        let mut uneven = table(&["seed", "acc"]);
        uneven.fill(0, [1, 2].map(Value::Whole)).unwrap();
        uneven.fill(1, [Value::Number(0.5)]).unwrap();
        let uneven = refusal(uneven);
        assert!(
            uneven.contains("the column `acc` has 1 values, and another 2\nhint: "),
            "{uneven}"
        );
        let mut wide = table(&["kind", "acc"]);
        wide.fill(1, [Value::Number(0.5)]).unwrap();
        let columns = TidyColumns { network: Some("kinds".into()), ..TidyColumns::default() };
        let misspelt = wide.read(&columns).unwrap_err().to_string();
        assert!(misspelt.contains("did you mean `kind`?"), "{misspelt}");
    }

    #[test]
    fn too_many_cells_and_too_long_texts_are_refused() {
        let mut many = table(&["a", "b"]);
        let cells = std::iter::repeat_n(Value::Missing, MOST_CELLS / 2 + 1);
        let refused = many.fill(0, cells).unwrap_err().to_string();
        assert!(refused.contains("more than 33554432 cells or 67108864 bytes"), "{refused}");
        let long = "x".repeat(MOST_TEXT + 1);
        assert!(table(&["a"]).fill(0, [Value::Text(&long)]).is_err());
    }
}
