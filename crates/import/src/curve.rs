//! What a run measured, in the order in which it was logged.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::limits::{MOST_MEASURES, MOST_VALUES, MOST_VALUES_OF_A_RUN};
use crate::note::NoteKind;

/// What a run measured: rows with an epoch or a step, or neither, and one value per measure.
///
/// A value that was not measured in a row is `None`. A measured NaN is kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curve {
    measures: Vec<Arc<str>>,
    rows: Vec<CurveRow>,
    /// Rows one after another, each with a value for every measure.
    values: Vec<Option<f64>>,
}

/// Where a row of a curve stands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CurveRow {
    /// The epoch as the tool counts it: from 0 or from 1, and a fraction within an epoch.
    pub epoch: Option<f64>,
    /// The training step.
    pub step: Option<u64>,
}

impl Curve {
    /// A curve of these measures without a row.
    pub fn new(measures: Vec<Arc<str>>) -> Self {
        Curve { measures, rows: Vec::new(), values: Vec::new() }
    }

    /// Adds a row. Values are in the order of the measures; missing ones were not measured, and
    /// there is nothing to put one too many in.
    pub fn push(&mut self, row: CurveRow, values: impl IntoIterator<Item = Option<f64>>) {
        self.rows.push(row);
        self.values.extend(values.into_iter().take(self.measures.len()));
        self.values.resize(self.rows.len() * self.measures.len(), None);
    }

    /// Gives a measure another name. Returns whether there is a measure of the old name, and none of the
    /// new one.
    pub fn rename(&mut self, from: &str, to: &str) -> bool {
        let has = |name: &str| self.measures.iter().any(|measure| **measure == *name);
        if !has(from) || has(to) {
            return false;
        }
        for measure in self.measures.iter_mut().filter(|measure| ***measure == *from) {
            *measure = to.into();
        }
        true
    }

    /// The names of the measures.
    pub fn measures(&self) -> &[Arc<str>] {
        &self.measures
    }

    /// Where each row stands.
    pub fn rows(&self) -> &[CurveRow] {
        &self.rows
    }

    /// The value of a measure in a row. `None` if it was not measured.
    pub fn value(&self, row: usize, measure: usize) -> Option<f64> {
        let index = row.checked_mul(self.measures.len())?.checked_add(measure)?;
        (measure < self.measures.len()).then(|| self.values.get(index).copied().flatten())?
    }

    /// All measured values of the measure of this name, in order. Nothing if there is none.
    pub fn values(&self, measure: &str) -> impl Iterator<Item = (CurveRow, f64)> {
        let measure = self.measures.iter().position(|name| &**name == measure);
        let rows = self.rows.iter().enumerate();
        rows.filter_map(move |(row, &place)| Some((place, self.value(row, measure?)?)))
    }

    /// How many epochs there are: rows with different epochs, or with different steps if no row has
    /// an epoch.
    pub fn epochs(&self) -> usize {
        let mut epochs: Vec<_> = self.rows.iter().filter_map(|row| row.epoch).collect();
        if epochs.is_empty() {
            epochs = self.rows.iter().filter_map(|row| row.step).map(|step| step as f64).collect();
        }
        epochs.sort_unstable_by(f64::total_cmp);
        epochs.dedup();
        epochs.len()
    }
}

/// How many values more the curves of one source may have, gaps included.
#[derive(Debug)]
pub(crate) struct CellsLeft(usize);

impl Default for CellsLeft {
    fn default() -> Self {
        CellsLeft(MOST_VALUES)
    }
}

impl CellsLeft {
    /// Makes room for a curve. Returns false if there is none.
    pub fn take(&mut self, curve: &Curve) -> bool {
        match self.0.checked_sub(curve.values.len()) {
            Some(left) => {
                self.0 = left;
                true
            }
            None => false,
        }
    }

    /// What to say if there is no room.
    pub fn note(&self) -> NoteKind {
        NoteKind::TooMany { what: "values", most: MOST_VALUES as u64 }
    }
}

/// Makes a curve of single values that come in any order, as event files have them.
///
/// Values of one step come to stand in one row. If a measure has several values at one step, as
/// after a run that was resumed, each further value has a row of its own.
#[derive(Debug, Default)]
pub(crate) struct CurveBuilder {
    measures: Vec<Arc<str>>,
    positions: HashMap<Arc<str>, usize>,
    /// By step, and by how often the measure already had a value at that step.
    rows: BTreeMap<(Option<u64>, usize), Row>,
    occurrences: HashMap<(Option<u64>, usize), usize>,
    values: usize,
    /// The first measure and step that had a second value.
    repeated: Option<(Arc<str>, Option<u64>)>,
}

#[derive(Debug, Default)]
struct Row {
    epoch: Option<f64>,
    values: Vec<(usize, f64)>,
}

/// Why no more values are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;

impl CurveBuilder {
    /// Adds a value.
    pub fn add(
        &mut self,
        measure: &str,
        epoch: Option<f64>,
        step: Option<u64>,
        value: f64,
    ) -> Result<(), Full> {
        if self.values >= MOST_VALUES_OF_A_RUN {
            return Err(Full);
        }
        let measure = match self.positions.get(measure) {
            Some(&position) => position,
            None if self.measures.len() >= MOST_MEASURES => return Err(Full),
            None => {
                let name: Arc<str> = measure.into();
                self.measures.push(Arc::clone(&name));
                self.positions.insert(name, self.measures.len() - 1);
                self.measures.len() - 1
            }
        };
        let occurrence = self.occurrences.entry((step, measure)).or_insert(0);
        if *occurrence > 0 && self.repeated.is_none() {
            self.repeated = Some((Arc::clone(&self.measures[measure]), step));
        }
        let row = self.rows.entry((step, *occurrence)).or_default();
        *occurrence += 1;
        row.epoch = row.epoch.or(epoch);
        row.values.push((measure, value));
        self.values += 1;
        Ok(())
    }

    /// Adds all values of another builder, as far as there is room.
    pub fn append(&mut self, other: CurveBuilder) {
        for ((step, _), row) in other.rows {
            for (measure, value) in row.values {
                if self.add(&other.measures[measure], row.epoch, step, value).is_err() {
                    return;
                }
            }
        }
    }

    /// The first measure and step that had several values.
    pub fn repeated(&self) -> Option<(Arc<str>, Option<u64>)> {
        self.repeated.clone()
    }

    /// Whether no value was added.
    pub fn is_empty(&self) -> bool {
        self.values == 0
    }

    /// The curve, rows sorted by step. `None` if rows times measures were too many.
    pub fn build(self) -> Option<Curve> {
        if self.rows.len().checked_mul(self.measures.len())? > 4 * MOST_VALUES_OF_A_RUN {
            return None;
        }
        let mut curve = Curve::new(self.measures);
        let mut values = vec![None; curve.measures.len()];
        for ((step, _), row) in self.rows {
            values.fill(None);
            for (measure, value) in row.values {
                values[measure] = Some(value);
            }
            curve.push(CurveRow { epoch: row.epoch, step }, values.iter().copied());
        }
        Some(curve)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_one_step_are_one_row_and_none_is_lost() {
        let mut builder = CurveBuilder::default();
        for (measure, step, value) in
            [("loss", 2, 0.5), ("acc", 1, 0.8), ("loss", 1, 0.7), ("loss", 2, f64::NAN)]
        {
            builder.add(measure, None, Some(step), value).unwrap();
        }
        assert_eq!(builder.repeated(), Some(("loss".into(), Some(2))));
        let curve = builder.build().unwrap();
        let steps: Vec<_> = curve.rows().iter().map(|row| row.step).collect();
        assert_eq!(steps, [Some(1), Some(2), Some(2)]);
        let losses: Vec<_> = curve.values("loss").map(|(_, value)| value).collect();
        assert_eq!(losses[..2], [0.7, 0.5]);
        assert!(losses[2].is_nan());
        assert_eq!(curve.values("acc").count(), 1);
        assert_eq!(curve.values("none").count(), 0);
        assert_eq!(curve.epochs(), 2);
    }

    #[test]
    fn curves_of_one_source_have_limited_room() {
        let mut curve = Curve::new(vec!["a".into(), "b".into()]);
        curve.push(CurveRow::default(), [Some(1.0)]);
        let mut left = CellsLeft(5);
        assert_eq!([left.take(&curve), left.take(&curve), left.take(&curve)], [true, true, false]);
        assert_eq!(CellsLeft::default().0, MOST_VALUES);
    }

    #[test]
    fn rows_have_a_value_or_none_for_every_measure() {
        let mut curve = Curve::new(vec!["a".into(), "b".into()]);
        curve.push(CurveRow::default(), [Some(1.0)]);
        curve.push(CurveRow::default(), [None, Some(2.0), Some(9.0)]);
        assert_eq!(curve.value(0, 0), Some(1.0));
        assert_eq!(curve.value(0, 1), None);
        assert_eq!(curve.value(1, 1), Some(2.0));
        assert_eq!((curve.value(0, 2), curve.value(2, 0)), (None, None));
    }
}
