//! The lines of a chart, as W&B exports them: a column `Step`, and for each run the columns
//! `RUN - MEASURE`, `RUN - MEASURE__MIN` and `RUN - MEASURE__MAX`.
//!
//! A run holds the rows in which one of its measures stands. Minimum and maximum are those of the
//! points that were drawn as one, and are left out.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use crate::curve::CellsLeft;
use crate::error::{Problem, listed, shown};
use crate::limits::MOST_RUNS;
use crate::note::{NoteKind, Notes};
use crate::run::{ImportedRun, whole};
use crate::table::{Cell, Table, is_blank};
use crate::tidy::TidyColumns;
use crate::{Curve, CurveRow, names, path_facts};

/// What stands between the names of a run and a measure.
const BETWEEN: &str = " - ";

/// Endings of columns that are left out.
const SPREAD: [&str; 2] = ["__MIN", "__MAX"];

/// Whether a header with these names is that of a chart: a line and its minimum.
pub(crate) fn is_chart<'a>(names: impl Iterator<Item = &'a str>) -> bool {
    let names: HashSet<&str> = names.collect();
    let mut minima = names.iter().filter_map(|name| name.strip_suffix(SPREAD[0]));
    minima.any(|name| name.contains(BETWEEN) && names.contains(name))
}

/// The columns of one run: its measures, and its own step if the chart has another axis.
#[derive(Default)]
struct Line<'a> {
    measures: Vec<(&'a str, usize)>,
    step: Option<usize>,
}

pub(super) fn runs(
    table: &Table,
    path: &Path,
    columns: &TidyColumns,
    notes: &mut Notes,
) -> Result<Vec<ImportedRun>, Problem> {
    let (mut lines, mut order) = (BTreeMap::<&str, Line>::new(), Vec::new());
    let mut left_out = 0;
    let mut axis = None;
    for (column, name) in table.columns.iter().map(|column| column.name.as_str()).enumerate() {
        let is_spread = SPREAD.iter().any(|end| name.ends_with(end));
        match name.rsplit_once(BETWEEN) {
            Some(_) if is_spread => left_out += 1,
            Some((run, measure)) => {
                let line = lines.entry(run).or_insert_with(|| {
                    order.push(run);
                    Line::default()
                });
                match names::step_rank(measure) {
                    Some(_) => line.step = Some(column),
                    None => line.measures.push((measure, column)),
                }
            }
            None if axis.is_none() => axis = Some(column),
            None => {
                let what = format!("the column `{}` belongs to no run", shown(name));
                notes.add(NoteKind::NotRead { what });
            }
        }
    }
    check_columns(table, columns, &lines)?;
    table.note_written(notes);
    if left_out > 0 {
        let what =
            format!("{left_out} columns with the minimum or maximum of a line (`__MIN`, `__MAX`)");
        notes.add(NoteKind::NotRead { what: format!("{what} were not read") });
    }
    let axis_name = axis.map_or("", |axis| table.columns[axis].name.as_str());
    let (mut runs, mut cells_left) = (Vec::new(), CellsLeft::default());
    for name in order {
        let Some(line) = lines.remove(name).filter(|line| !line.measures.is_empty()) else {
            continue;
        };
        let mut run = ImportedRun::new(path, name);
        run.curve = curve(table, &line, axis, axis_name, notes);
        path_facts::add_from_name(&mut run);
        if run.settings.is_empty() && run.seed.is_none() {
            path_facts::name_network(&mut run);
        }
        if runs.len() == MOST_RUNS || !cells_left.take(&run.curve) {
            notes.add(NoteKind::TooMany { what: "runs", most: runs.len() as u64 });
            break;
        }
        runs.push(run);
    }
    match runs.is_empty() {
        true => Err(Problem::NoMeasure { known: table.names() }),
        false => Ok(runs),
    }
}

/// A chart has no columns of networks and seeds. Scores must be among its measures.
fn check_columns(
    table: &Table,
    columns: &TidyColumns,
    lines: &BTreeMap<&str, Line>,
) -> Result<(), Problem> {
    for name in [&columns.network, &columns.seed, &columns.epoch].into_iter().flatten() {
        table.find(name)?;
    }
    let measures: HashSet<&str> =
        lines.values().flat_map(|line| &line.measures).map(|(name, _)| *name).collect();
    match columns.scores.iter().find(|score| !measures.contains(score.as_str())) {
        None => Ok(()),
        Some(score) => {
            let mut known: Vec<&str> = measures.into_iter().collect();
            known.sort_unstable();
            let nearest = fitroom_nearest::nearest(score, known.iter().copied());
            Err(Problem::NoColumn {
                column: shown(score),
                nearest: nearest.map(str::to_owned),
                known: listed(known.into_iter()),
            })
        }
    }
}

fn curve(
    table: &Table,
    line: &Line,
    axis: Option<usize>,
    axis_name: &str,
    notes: &mut Notes,
) -> Curve {
    let cell = |column: usize, row: usize| table.columns[column].cells[row];
    let number = |column: Option<usize>, row: usize| column.and_then(|c| cell(c, row).number());
    let mut curve = Curve::new(line.measures.iter().map(|(name, _)| Arc::from(*name)).collect());
    let is_step = names::step_rank(axis_name).is_some();
    for row in 0..table.rows() {
        if line.measures.iter().all(|&(_, column)| cell(column, row) == Cell::Empty) {
            continue;
        }
        let step = line.step.or(axis.filter(|_| is_step));
        let place = CurveRow {
            epoch: number(axis.filter(|_| names::is_epoch(axis_name)), row),
            step: number(step, row).and_then(whole),
        };
        let values = line.measures.iter().map(|&(_, column)| match cell(column, row) {
            Cell::Whole(number) => Some(number as f64),
            Cell::Number(number) => Some(number),
            Cell::Bool(value) => Some(f64::from(u8::from(value))),
            Cell::Empty => None,
            Cell::Text(text) => {
                let text = table.text(text);
                if !is_blank(text) {
                    let column = shown(&table.columns[column].name);
                    let kind = NoteKind::NotANumber { column, text: shown(text) };
                    notes.add_at(table.lines[row].into(), kind);
                }
                None
            }
        });
        curve.push(place, values);
    }
    curve
}
