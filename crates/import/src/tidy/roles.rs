//! Which column of a table holds what.

use std::collections::{HashMap, HashSet};

use super::TidyColumns;
use crate::RunStatus;
use crate::error::{Problem, shown};
use crate::names;
use crate::note::{NoteKind, Notes, Role};
use crate::table::{Cell, Table};

/// The columns with a role.
#[derive(Debug, Default)]
pub(crate) struct Roles {
    pub network: Option<usize>,
    pub seed: Option<usize>,
    pub epoch: Option<usize>,
    pub step: Option<usize>,
    pub name: Option<usize>,
    pub status: Option<usize>,
    /// For each column, whether it is known to be a measure.
    pub measures: Vec<bool>,
}

impl Roles {
    /// Takes the columns that are named, and guesses the others. Each guess is a note.
    pub fn decide(
        table: &Table,
        columns: &TidyColumns,
        notes: &mut Notes,
    ) -> Result<Self, Problem> {
        let mut roles = Roles { measures: vec![false; table.columns.len()], ..Roles::default() };
        let find = |name: &Option<String>| name.as_deref().map(|name| table.find(name)).transpose();
        (roles.network, roles.seed) = (find(&columns.network)?, find(&columns.seed)?);
        roles.epoch = find(&columns.epoch)?;
        for score in &columns.scores {
            roles.measures[table.find(score)?] = true;
        }
        let mut guess = |roles: &Roles, role, rank: &dyn Fn(&str) -> Option<usize>| {
            let column = roles.first(table, rank)?;
            let name = shown(&table.columns[column].name);
            notes.add(NoteKind::GuessedRole { role, column: name });
            Some(column)
        };
        if roles.network.is_none() {
            roles.network = guess(&roles, Role::Network, &names::network_rank);
        }
        if roles.seed.is_none() {
            // A seed that is the same in all rows is no seed if another one varies.
            let varies = |name: &str| {
                let mut columns = table.columns.iter().filter(|column| column.name == name);
                columns
                    .any(|column| column.cells.windows(2).any(|two| two[0].key() != two[1].key()))
            };
            let any_rank = |name: &str| names::is_any_seed(name).then_some(usize::MAX);
            let rank = |name: &str| names::seed_rank(name).filter(|_| varies(name));
            let varying = |name: &str| any_rank(name).filter(|_| varies(name));
            let has_seed = roles.first(table, &names::seed_rank).is_some();
            roles.seed = guess(&roles, Role::Seed, &rank);
            if roles.seed.is_none() && has_seed {
                roles.seed = guess(&roles, Role::Seed, &varying)
                    .or_else(|| guess(&roles, Role::Seed, &names::seed_rank));
            }
        }
        if roles.epoch.is_none() {
            let rank = |name: &str| names::is_epoch(name).then_some(0);
            roles.epoch = guess(&roles, Role::Epoch, &rank);
        }
        roles.step = guess(&roles, Role::Step, &names::step_rank);
        if let Some(name) = roles.first(table, &names::run_name_rank) {
            // The name of a run is no other run's. If runs of several seeds share it, it names the
            // network.
            let is_network = roles.network.is_none()
                && roles.seed.is_some_and(|seed| is_shared(table, name, seed));
            let (role, place) = match is_network {
                true => (Role::Network, &mut roles.network),
                false => (Role::Name, &mut roles.name),
            };
            *place = Some(name);
            let column = shown(&table.columns[name].name);
            notes.add(NoteKind::GuessedRole { role, column });
        }
        let is_status = |column: &usize| {
            names::is_status(&table.columns[*column].name) && are_status_words(table, *column)
        };
        roles.status = (0..table.columns.len()).find(is_status);
        for column in 0..table.columns.len() {
            if !roles.has_role(column)
                && names::is_measure(&table.columns[column].name)
                && holds_numbers(table, column)
                && !roles.measures[column]
            {
                roles.measures[column] = true;
                let column = shown(&table.columns[column].name);
                notes.add(NoteKind::GuessedRole { role: Role::Measure, column });
            }
        }
        Ok(roles)
    }

    /// Whether the column is something else than a setting or measure.
    pub fn has_role(&self, column: usize) -> bool {
        let roles = [self.network, self.seed, self.epoch, self.step, self.name, self.status];
        roles.contains(&Some(column))
    }

    /// In a table of one run, takes a column that counts up for the step, if no other one is.
    pub fn find_counter(&mut self, table: &Table, notes: &mut Notes) {
        let known = [self.network, self.seed, self.epoch, self.step, self.name];
        if known.iter().any(Option::is_some) || table.rows() < 2 {
            return;
        }
        let counts_up = |&column: &usize| {
            let cells = &table.columns[column].cells;
            !self.measures[column]
                && cells.iter().all(|cell| cell.whole().is_some())
                && cells.windows(2).all(|two| two[0].whole() < two[1].whole())
        };
        self.step = (0..table.columns.len()).find(counts_up);
        if let Some(step) = self.step {
            let column = shown(&table.columns[step].name);
            let text = format!("`{column}` counts up and is taken for the step of one run");
            notes.add(NoteKind::Remark { text });
        }
    }

    /// Whether the column is a seed too and says nothing that the seed does not say: it is always the
    /// same, or the same in all rows of a seed.
    pub fn is_second_seed(&self, table: &Table, column: usize) -> bool {
        let Some(seed) = self.seed.filter(|_| names::is_any_seed(&table.columns[column].name))
        else {
            return false;
        };
        let (seeds, others) = (&table.columns[seed].cells, &table.columns[column].cells);
        let mut known: HashMap<_, _> = HashMap::new();
        seeds.iter().zip(others).all(|(seed, other)| {
            *known.entry(seed.key()).or_insert_with(|| other.key()) == other.key()
        })
    }

    /// The first by rank of the columns that are free and not empty.
    fn first(&self, table: &Table, rank: &dyn Fn(&str) -> Option<usize>) -> Option<usize> {
        let is_free = |&column: &usize| !self.has_role(column) && !self.measures[column];
        let free = (0..table.columns.len()).filter(is_free);
        let ranked = free.filter_map(|column| Some((rank(&table.columns[column].name)?, column)));
        let holds_something = |&(_, column): &(usize, usize)| {
            table.columns[column].cells.iter().any(|cell| *cell != Cell::Empty)
        };
        ranked.filter(holds_something).min().map(|(_, column)| column)
    }
}

/// Whether rows of several seeds have the same name.
fn is_shared(table: &Table, name: usize, seed: usize) -> bool {
    let (names, seeds) = (&table.columns[name].cells, &table.columns[seed].cells);
    let known: HashSet<_> = names.iter().map(|cell| cell.key()).collect();
    let pairs: HashSet<_> =
        names.iter().zip(seeds).map(|(name, seed)| (name.key(), seed.key())).collect();
    pairs.len() > known.len()
}

fn are_status_words(table: &Table, column: usize) -> bool {
    table.columns[column].cells.iter().all(|cell| match cell {
        Cell::Empty => true,
        Cell::Text(text) => RunStatus::read(table.text(*text)) != RunStatus::Unknown,
        Cell::Whole(_) | Cell::Number(_) | Cell::Bool(_) => false,
    })
}

/// Whether most cells that are not empty are numbers.
fn holds_numbers(table: &Table, column: usize) -> bool {
    let cells = &table.columns[column].cells;
    let numbers = cells.iter().filter(|cell| cell.number().is_some()).count();
    let others = cells.iter().filter(|cell| **cell != Cell::Empty).count() - numbers;
    numbers > others
}
