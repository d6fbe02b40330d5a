//! Which rows of a table belong to one run.

use std::collections::{HashMap, HashSet};

use super::Roles;
use crate::error::shown;
use crate::limits::MOST_RUNS;
use crate::names;
use crate::note::{NoteKind, Notes};
use crate::table::{Cell, Table};

/// The rows of each run, runs in the order of their first rows.
pub(super) fn find(table: &Table, roles: &Roles, notes: &mut Notes) -> Vec<Vec<u32>> {
    let mut groups = Groups { of_row: vec![0; table.rows()], count: 1 };
    for column in [roles.network, roles.seed, roles.name].into_iter().flatten() {
        groups = groups.refine(&table.columns[column].cells);
    }
    let place = match roles.epoch.or(roles.step) {
        Some(epoch) => &table.columns[epoch].cells,
        // Without an epoch, each row is a run.
        None => return each_row(table, notes),
    };
    let mut repeated = groups.repeated(place);
    for column in candidates(table, roles) {
        if repeated == 0 {
            break;
        }
        let refined = groups.refine(&table.columns[column].cells);
        let still_repeated = refined.repeated(place);
        if still_repeated < repeated && refined.count <= table.rows() / 2 {
            (groups, repeated) = (refined, still_repeated);
        }
    }
    let mut runs: Vec<Vec<u32>> = Vec::new();
    // A run for each group, and for how often an epoch already occurred in it.
    let mut positions: HashMap<(u32, u32), usize> = HashMap::new();
    let mut occurrences: HashMap<(u32, (u8, u64)), u32> = HashMap::new();
    for (row, (&group, epoch)) in groups.of_row.iter().zip(place).enumerate() {
        let occurrence = match epoch {
            Cell::Empty => 0, // A row without an epoch: a score at the end, for example.
            _ => {
                let next = occurrences.entry((group, epoch.key())).or_insert(0);
                *next += 1;
                *next - 1
            }
        };
        let position = *positions.entry((group, occurrence)).or_insert_with(|| {
            runs.push(Vec::new());
            runs.len() - 1
        });
        if occurrence > 0 {
            let name = |column: Option<usize>| {
                column.map(|column| table.shown(table.columns[column].cells[row]))
            };
            let what = match (name(roles.name).or(name(roles.network)), name(roles.seed)) {
                (Some(name), Some(seed)) => {
                    format!("`{}` with seed {}", shown(&name), shown(&seed))
                }
                (Some(name), None) => format!("`{}`", shown(&name)),
                (None, Some(seed)) => format!("seed {}", shown(&seed)),
                (None, None) => "the run".to_owned(),
            };
            let at = format!("epoch or step {}", shown(&table.shown(*epoch)));
            let taken = "the further row is taken for another run";
            notes.add_at(table.lines[row].into(), NoteKind::Repeated { what, at, taken });
        }
        runs[position].push(row as u32);
    }
    sort(&mut runs, place);
    limit(runs, notes)
}

/// Each row is a run.
pub(super) fn each_row(table: &Table, notes: &mut Notes) -> Vec<Vec<u32>> {
    limit((0..table.rows() as u32).map(|row| vec![row]).collect(), notes)
}

/// Sorts the rows of each run by epoch. Rows without one go last.
fn sort(runs: &mut [Vec<u32>], place: &[Cell]) {
    let epoch = |row: &u32| place[*row as usize].number().unwrap_or(f64::INFINITY);
    for rows in runs {
        if !rows.is_sorted_by(|a, b| epoch(a) <= epoch(b)) {
            rows.sort_by(|a, b| epoch(a).total_cmp(&epoch(b)));
        }
    }
}

fn limit(mut runs: Vec<Vec<u32>>, notes: &mut Notes) -> Vec<Vec<u32>> {
    if runs.len() > MOST_RUNS {
        runs.truncate(MOST_RUNS);
        notes.add(NoteKind::TooMany { what: "runs", most: MOST_RUNS as u64 });
    }
    runs
}

/// Columns that may tell runs apart, the likeliest first.
fn candidates(table: &Table, roles: &Roles) -> Vec<usize> {
    let is_free = |&column: &usize| {
        !roles.has_role(column)
            && !roles.measures[column]
            && !names::is_ignored(&table.columns[column].name)
    };
    let rank = |&column: &usize| {
        let column = &table.columns[column];
        let holds_numbers = column.cells.iter().any(|cell| cell.number().is_some());
        (!names::is_setting(&column.name), holds_numbers)
    };
    let mut candidates: Vec<_> = (0..table.columns.len()).filter(is_free).collect();
    candidates.sort_by_key(rank);
    candidates
}

/// Rows divided into groups.
struct Groups {
    of_row: Vec<u32>,
    count: usize,
}

impl Groups {
    /// Divides each group by the values of a column.
    fn refine(&self, cells: &[Cell]) -> Groups {
        let mut known: HashMap<(u32, (u8, u64)), u32> = HashMap::new();
        let mut last = None;
        let mut refine = |(&group, cell): (&u32, &Cell)| {
            let key = (group, cell.key());
            // Rows of one run mostly follow each other.
            if let Some((last_key, position)) = last
                && last_key == key
            {
                return position;
            }
            let next = known.len() as u32;
            let position = *known.entry(key).or_insert(next);
            last = Some((key, position));
            position
        };
        let of_row = self.of_row.iter().zip(cells).map(&mut refine).collect();
        Groups { of_row, count: known.len() }
    }

    /// How many rows have the epoch of an earlier row of their group.
    fn repeated(&self, place: &[Cell]) -> usize {
        let mut known = HashSet::with_capacity(place.len());
        let rows = self.of_row.iter().zip(place).filter(|(_, epoch)| **epoch != Cell::Empty);
        rows.filter(|(group, epoch)| !known.insert((**group, epoch.key()))).count()
    }
}
