//! Makes runs of the rows of a table: which columns are settings, which are measures.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use super::Roles;
use crate::error::{Problem, listed, shown};
use crate::names;
use crate::note::{NoteKind, Notes};
use crate::run::{ImportedRun, RunStatus, whole};
use crate::table::{Cell, Table, is_blank};
use crate::{Curve, CurveRow};

/// Fewest runs that tell a measure from a setting by their numbers.
const FEWEST_RUNS_FOR_A_GUESS: usize = 4;

/// What a column without a role is.
#[derive(Clone, Copy, PartialEq)]
enum Use {
    Setting,
    Measure,
    LeftOut,
}

/// Makes the runs, whose rows are given.
pub(super) fn shape(
    table: Table,
    roles: &Roles,
    runs: &[Vec<u32>],
    path: &Path,
    notes: &mut Notes,
) -> Result<Vec<ImportedRun>, Problem> {
    let uses: Vec<_> =
        (0..table.columns.len()).map(|column| use_of(&table, roles, runs, column, notes)).collect();
    let columns = |wanted: Use| {
        let uses = uses.iter().enumerate();
        uses.filter(move |&(_, found)| *found == Some(wanted)).map(|(column, _)| column)
    };
    let measures: Vec<_> = columns(Use::Measure).collect();
    if measures.is_empty() {
        return Err(no_measure(&table, roles));
    }
    let settings: Vec<_> = columns(Use::Setting).chain(roles.network).collect();
    let names: Vec<Arc<str>> =
        measures.iter().map(|&column| table.columns[column].name.as_str().into()).collect();
    let cell = |column: Option<usize>, row: u32| {
        column.map_or(Cell::Empty, |column| table.columns[column].cells[row as usize])
    };
    let is_written = |cell: &Cell| written_seed(&table.shown(*cell)).is_some();
    if roles.seed.is_some_and(|seed| table.columns[seed].cells.iter().any(is_written)) {
        let text = "seeds such as `s0` or `seed_0` are read as their numbers".to_owned();
        notes.add(NoteKind::Remark { text });
    }
    let mut shaped = Vec::with_capacity(runs.len());
    for rows in runs {
        let Some(&first) = rows.first() else { continue };
        let mut run = ImportedRun::new(path, String::new());
        let line = u64::from(table.lines[first as usize]);
        read_seed(&mut run, cell(roles.seed, first), roles, &table, line, notes);
        for &column in &settings {
            let cells = &table.columns[column].cells;
            let value = rows.iter().find_map(|&row| table.setting(cells[row as usize]));
            if let Some(value) = value {
                run.settings.insert(table.columns[column].name.clone(), value);
            }
        }
        if let Cell::Text(word) = rows.last().map_or(Cell::Empty, |&row| cell(roles.status, row)) {
            run.status = RunStatus::read(table.text(word));
        }
        let named = [roles.name, roles.network].map(|column| table.shown(cell(column, first)));
        run.name = match (&named[..], run.seed) {
            ([name, _], _) if !name.is_empty() => name.clone(),
            ([_, network], Some(seed)) if !network.is_empty() => format!("{network}, seed {seed}"),
            (_, Some(seed)) => format!("seed {seed}"),
            ([_, network], None) if !network.is_empty() => format!("{network}, line {line}"),
            _ if runs.len() == 1 => stem(path),
            _ => format!("line {line}"),
        };
        if roles.name.is_some() && roles.seed.is_none() {
            crate::path_facts::add_from_name(&mut run);
        }
        run.curve = curve(&table, roles, rows, &measures, &names, notes);
        shaped.push(run);
    }
    Ok(shaped)
}

fn no_measure(table: &Table, roles: &Roles) -> Problem {
    let known = table.names();
    let holds_numbers = |cells: &[Cell]| cells.iter().any(|cell| cell.number().is_some());
    let columns = table.columns.iter().enumerate();
    let numbers: Vec<&str> = columns
        .filter(|(position, column)| !roles.has_role(*position) && holds_numbers(&column.cells))
        .map(|(_, column)| column.name.as_str())
        .collect();
    match numbers.is_empty() {
        true => Problem::NoMeasure { known },
        false => Problem::NoKnownMeasure { known, numbers: listed(numbers.into_iter()) },
    }
}

fn read_seed(
    run: &mut ImportedRun,
    cell: Cell,
    roles: &Roles,
    table: &Table,
    line: u64,
    notes: &mut Notes,
) {
    run.seed = cell.whole();
    let text = table.shown(cell);
    if let (Cell::Text(_), Some(seed)) = (cell, written_seed(&text)) {
        run.seed = Some(seed);
    }
    if run.seed.is_none() && !is_blank(&text) {
        notes.add_at(line, NoteKind::NotASeed { text: shown(&text) });
        if let (Some(seed), Some(value)) = (roles.seed, table.setting(cell)) {
            run.settings.insert(table.columns[seed].name.clone(), value);
        }
    }
}

/// The seed in `s0`, `seed0` or `seed_3`.
fn written_seed(text: &str) -> Option<u64> {
    let lower = text.trim().to_ascii_lowercase();
    let rest = lower.strip_prefix("seed").or_else(|| lower.strip_prefix('s'))?;
    let digits = rest.trim_start_matches(['_', '-', '=', ' ']);
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

fn curve(
    table: &Table,
    roles: &Roles,
    rows: &[u32],
    measures: &[usize],
    names: &[Arc<str>],
    notes: &mut Notes,
) -> Curve {
    let mut curve = Curve::new(names.to_vec());
    for &row in rows {
        let cell = |column: usize| table.columns[column].cells[row as usize];
        let place = CurveRow {
            epoch: roles.epoch.and_then(|column| cell(column).number()),
            step: roles.step.and_then(|column| cell(column).number()).and_then(whole),
        };
        let values = measures.iter().map(|&column| match cell(column) {
            Cell::Whole(number) => Some(number as f64),
            Cell::Number(number) => Some(number),
            Cell::Empty => None,
            Cell::Bool(value) => Some(f64::from(u8::from(value))),
            Cell::Text(text) => {
                let text = table.text(text);
                if !is_blank(text) {
                    let column = shown(&table.columns[column].name);
                    let kind = NoteKind::NotANumber { column, text: shown(text) };
                    notes.add_at(table.lines[row as usize].into(), kind);
                }
                None
            }
        });
        curve.push(place, values);
    }
    curve
}

/// What a column is. `None` if it has a role.
fn use_of(
    table: &Table,
    roles: &Roles,
    runs: &[Vec<u32>],
    column: usize,
    notes: &mut Notes,
) -> Option<Use> {
    if roles.measures[column] {
        return Some(Use::Measure);
    }
    if roles.has_role(column) {
        return None;
    }
    let name = &table.columns[column].name;
    let cells = &table.columns[column].cells;
    if roles.is_second_seed(table, column) {
        let seed = roles.seed.map_or("", |seed| table.columns[seed].name.as_str());
        let text = format!("`{}` is a seed too, and `{}` is taken", shown(name), shown(seed));
        notes.add(NoteKind::Remark { text });
        return Some(Use::LeftOut);
    }
    let (mut texts, mut numbers) = (0, 0);
    for cell in cells {
        texts += usize::from(matches!(cell, Cell::Text(_) | Cell::Bool(_)));
        numbers += usize::from(cell.number().is_some());
    }
    let is_number = numbers > 0 && texts == 0;
    if runs.iter().all(|rows| is_constant(cells, rows)) {
        let looks_like_a_measure = is_number
            && !names::is_setting(name)
            && !names::is_ignored(name)
            && looks_measured(cells, runs);
        if looks_like_a_measure {
            notes.add(NoteKind::GuessedMeasure { column: shown(name) });
        }
        return Some(if looks_like_a_measure { Use::Measure } else { Use::Setting });
    }
    if is_number && names::step_rank(name).is_some() {
        let what = format!("`{}` counts steps too and was not read", shown(name));
        notes.add(NoteKind::NotRead { what });
        return Some(Use::LeftOut);
    }
    if is_number && !names::is_ignored(name) {
        notes.add(NoteKind::GuessedMeasure { column: shown(name) });
        return Some(Use::Measure);
    }
    notes.add(NoteKind::Varies { column: shown(name) });
    Some(Use::LeftOut)
}

/// Whether all cells of a run that are not empty are equal.
fn is_constant(cells: &[Cell], rows: &[u32]) -> bool {
    let mut cells = rows.iter().map(|&row| cells[row as usize]).filter(|cell| *cell != Cell::Empty);
    let Some(first) = cells.next() else { return true };
    cells.all(|cell| cell.key() == first.key())
}

/// Whether most numbers have a fraction, and most runs a number of their own.
fn looks_measured(cells: &[Cell], runs: &[Vec<u32>]) -> bool {
    let firsts = runs.iter().filter_map(|rows| rows.first()).map(|&row| cells[row as usize]);
    let numbers: Vec<f64> = firsts.filter_map(Cell::number).collect();
    let fractions = numbers.iter().filter(|number| number.fract() != 0.0).count();
    let different: HashSet<_> = numbers.iter().map(|number| number.to_bits()).collect();
    numbers.len() >= FEWEST_RUNS_FOR_A_GUESS
        && 2 * fractions > numbers.len()
        && 2 * different.len() > numbers.len()
}

/// A file's name without its ending.
pub(crate) fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(|| "run".to_owned(), |stem| stem.to_string_lossy().into_owned())
}
