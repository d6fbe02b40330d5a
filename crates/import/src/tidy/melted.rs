//! Melted tables: one row for each measure of a run, with the columns `metric` and `value`.

use std::collections::{BTreeMap, HashMap};

use super::TidyColumns;
use crate::error::{Problem, listed, shown};
use crate::limits::MOST_CELLS;
use crate::names;
use crate::note::{NoteKind, Notes};
use crate::table::{Cell, Column, Table};

/// What the column with the names of measures is called.
const MEASURES: [&str; 6] =
    ["metric", "measure", "variable", "metric_name", "measure_name", "metrics"];

/// What the column with their values is called.
const VALUES: [&str; 4] = ["value", "metric_value", "values", "measure_value"];

/// Gives each measure of a melted table a column of its own. Other tables stay as they are.
pub(super) fn widen(
    table: &mut Table,
    columns: &TidyColumns,
    notes: &mut Notes,
) -> Result<(), Problem> {
    let Some((measure, value)) = find(table, columns) else { return Ok(()) };
    let is_key = |&column: &usize| {
        column != measure
            && column != value
            && (!names::is_ignored(&table.columns[column].name)
                || names::run_name_rank(&table.columns[column].name).is_some())
    };
    let keys: Vec<usize> = (0..table.columns.len()).filter(is_key).collect();
    let mut rows: Vec<usize> = Vec::new();
    let mut rows_of: HashMap<Vec<(u8, u64)>, usize> = HashMap::new();
    // For each measure, its values by row of the wide table.
    let mut measures: Vec<(String, BTreeMap<usize, Cell>)> = Vec::new();
    let mut position_of: HashMap<u32, usize> = HashMap::new();
    for row in 0..table.rows() {
        let Cell::Text(name) = table.columns[measure].cells[row] else { continue };
        let key = keys.iter().map(|&column| table.columns[column].cells[row].key()).collect();
        let wide = *rows_of.entry(key).or_insert_with(|| {
            rows.push(row);
            rows.len() - 1
        });
        let position = *position_of.entry(name).or_insert_with(|| {
            measures.push((table.text(name).to_owned(), BTreeMap::new()));
            measures.len() - 1
        });
        let cell = table.columns[value].cells[row];
        if measures[position].1.insert(wide, cell).is_some() {
            return Err(twice(table, row, &shown(table.text(name)), &keys));
        }
    }
    if rows.len().saturating_mul(measures.len() + table.columns.len()) > MOST_CELLS {
        let what =
            format!("the table would have more than {MOST_CELLS} cells, one for each measure");
        return Err(Problem::Broken { what, hint: "keep fewer measures, or split the table" });
    }
    let column = |column: usize| shown(&table.columns[column].name);
    let text = format!(
        "each measure in `{}` is read as a column of its own, with the numbers of `{}`: {}",
        column(measure),
        column(value),
        listed(measures.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().into_iter()),
    );
    notes.add(NoteKind::Remark { text });
    let mut wide = Vec::new();
    for (position, column) in table.columns.iter().enumerate() {
        if position != measure && position != value {
            let cells = rows.iter().map(|&row| column.cells[row]).collect();
            wide.push(Column { name: column.name.clone(), cells });
        }
    }
    table.lines = rows.iter().map(|&row| table.lines[row]).collect();
    table.columns = wide;
    for (name, values) in measures {
        let mut unique = name;
        while table.columns.iter().any(|column| column.name == unique) {
            unique.push('\'');
        }
        let column = table.add_column(unique)?;
        for (row, cell) in values {
            table.columns[column].cells[row] = cell;
        }
    }
    Ok(())
}

/// The columns of a melted table: the names of measures, and their values.
fn find(table: &Table, columns: &TidyColumns) -> Option<(usize, usize)> {
    let of_name = |usual: &[&str]| {
        table.columns.iter().position(|column| usual.contains(&names::plain(&column.name).as_str()))
    };
    let (measure, value) = (of_name(&MEASURES)?, of_name(&VALUES)?);
    let name = &table.columns[value].name;
    let is_asked_for = columns.scores.iter().any(|score| score == name);
    let holds = |column: usize, is_such: &dyn Fn(&Cell) -> bool| {
        let cells = &table.columns[column].cells;
        cells.iter().all(|cell| *cell == Cell::Empty || is_such(cell)) && cells.iter().any(is_such)
    };
    let is_melted = holds(measure, &|cell| matches!(cell, Cell::Text(_)))
        && holds(value, &|cell| cell.number().is_some());
    (is_melted && !is_asked_for).then_some((measure, value))
}

fn twice(table: &Table, row: usize, name: &str, keys: &[usize]) -> Problem {
    let keys = listed(keys.iter().map(|&column| table.columns[column].name.as_str()));
    let line = table.lines[row];
    let what = format!(
        "the table has one row for each measure, and line {line} is a second `{name}` of one run: \
         nothing in {keys} tells the two rows apart"
    );
    Problem::Broken {
        what,
        hint: "add a column such as seed or epoch that does, or one column for each measure",
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{At, ScoreOf, csv_table};

    fn read(text: &str) -> Result<(Vec<crate::ImportedRun>, Vec<crate::Note>), Problem> {
        let mut notes = Notes::new(Path::new("a.csv"));
        let table = csv_table::read(text.as_bytes(), &mut notes)?;
        let columns = TidyColumns::default();
        let runs = super::super::runs_of(table, Path::new("a.csv"), &columns, &mut notes)?;
        Ok((runs, notes.finish()))
    }

    #[test]
    fn each_measure_becomes_a_column() {
        let text = "arch,seed,metric,value\na,0,ppl,20.5\na,0,bleu,29\na,1,ppl,21\nb,0,bleu,30\n";
        let (runs, notes) = read(text).unwrap();
        assert_eq!(runs.len(), 3);
        let score =
            |run: usize, name: &str| runs[run].score(&ScoreOf::guess(name, At::Last)).value();
        assert_eq!((score(0, "ppl"), score(0, "bleu")), (Some(20.5), Some(29.0)));
        assert_eq!((score(1, "bleu"), score(2, "bleu")), (None, Some(30.0)));
        assert!(notes.iter().any(|note| note.to_string().contains("`ppl`, `bleu`")), "{notes:?}");
        let text = "arch,seed,epoch,variable,value\na,0,1,acc,0.5\na,0,1,loss,2\na,0,2,acc,0.6\n";
        let (runs, _) = read(text).unwrap();
        assert_eq!((runs.len(), runs[0].curve.rows().len()), (1, 2));
    }

    #[test]
    fn two_values_of_a_measure_are_refused() {
        let text = "arch,seed,metric,value\na,0,ppl,20.5\na,0,ppl,29\n";
        let said = read(text).unwrap_err().to_string();
        assert!(said.contains("line 3 is a second `ppl`") && said.contains("hint: "), "{said}");
    }
}
