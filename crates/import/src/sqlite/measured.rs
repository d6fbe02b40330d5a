//! The values that many runs measured, which lie mixed in one table.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use crate::curve::CurveBuilder;
use crate::limits::{LONGEST_SETTING, MOST_VALUES_OF_A_RUN};
use crate::note::{NoteKind, Notes};

/// Values in the order of the table: 32 bytes each, whoever measured them.
#[derive(Default)]
pub(super) struct Measured {
    values: Vec<Value>,
    measures: Vec<Arc<str>>,
    positions: HashMap<Arc<str>, u32>,
}

struct Value {
    run: u32,
    measure: u32,
    step: Option<u64>,
    value: f64,
}

/// The same, sorted by run.
pub(super) struct MeasuredByRun(Measured);

impl Measured {
    /// Adds a value. A measure with a name longer than any setting's text is left out.
    pub fn add(
        &mut self,
        run: u32,
        measure: &str,
        step: Option<i64>,
        value: f64,
        notes: &mut Notes,
    ) {
        if measure.len() > LONGEST_SETTING {
            let what = format!("a measure's name has {} bytes; it was left out", measure.len());
            notes.add(NoteKind::NotRead { what });
            return;
        }
        let step = match step.map(u64::try_from) {
            None => None,
            Some(Ok(step)) => Some(step),
            Some(Err(_)) => {
                let what = "a value at a step below 0 was left out".to_owned();
                notes.add(NoteKind::NotRead { what });
                return;
            }
        };
        let measure = match self.positions.get(measure) {
            Some(&position) => position,
            None => {
                let Ok(position) = u32::try_from(self.measures.len()) else { return };
                let name: Arc<str> = measure.into();
                self.measures.push(Arc::clone(&name));
                self.positions.insert(name, position);
                position
            }
        };
        self.values.push(Value { run, measure, step, value });
    }

    /// Sorts the values by run. Those of one run stay in their order.
    pub fn by_run(mut self) -> MeasuredByRun {
        self.values.sort_by_key(|value| value.run);
        MeasuredByRun(self)
    }
}

impl MeasuredByRun {
    fn range(&self, run: u32) -> Range<usize> {
        let values = &self.0.values;
        values.partition_point(|value| value.run < run)
            ..values.partition_point(|value| value.run <= run)
    }

    /// The values of a run, ready for a curve.
    pub fn of_run(&self, run: u32, notes: &mut Notes) -> CurveBuilder {
        let mut builder = CurveBuilder::default();
        for Value { measure, step, value, .. } in &self.0.values[self.range(run)] {
            let Some(measure) = self.0.measures.get(*measure as usize) else { continue };
            if builder.add(measure, None, *step, *value).is_err() {
                let most = MOST_VALUES_OF_A_RUN as u64;
                notes.add(NoteKind::TooMany { what: "values or measures of a run", most });
                break;
            }
        }
        builder
    }
}
