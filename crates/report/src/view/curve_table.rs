//! The numbers of curves as a table, and as CSV.

use std::collections::BTreeMap;

use fitroom_stats::Spread;

use super::curve_network::{CurveNetwork, CurvePoint, MeasuredCurves};
use super::curve_window::thinned;
use super::measure::Measured;
use super::smoothing::smoothed;
use crate::csv_table::{number, table};
use crate::document::{Cell, Row, Table, Text};
use crate::number::{MISSING, count};

/// Most rows of a table.
const MOST_ROWS: usize = 100;

/// Columns of the CSV file of curves, each with its description.
pub const CURVE_COLUMNS: [(&str, &str); 7] = [
    ("network", "its name"),
    ("seed", "the run's seed"),
    ("status", "finished, pending or diverged"),
    ("measure", "what the value is of"),
    ("epoch", "the epoch, or the step where no epoch is logged"),
    ("value", "as measured; accuracies are fractions"),
    ("smoothed", "the run's curve as it is drawn"),
];

/// The means as a table: a row for each epoch or step inside `x`, thinned if there are too many.
pub fn curve_table(
    networks: &[CurveNetwork],
    measure: Measured,
    x: Option<(f64, f64)>,
    smoothing: f64,
    axis: &str,
) -> Table {
    let mut rows: BTreeMap<Place, Vec<Option<&CurvePoint>>> = BTreeMap::new();
    for (place, network) in networks.iter().enumerate() {
        for point in &network.points {
            if x.is_none_or(|(low, high)| (low..=high).contains(&point.epoch)) {
                let row = rows.entry(Place(point.epoch));
                row.or_insert_with(|| vec![None; networks.len()])[place] = Some(point);
            }
        }
    }
    let rows: Vec<_> = rows.into_iter().collect();
    let shown = thinned(&rows, MOST_ROWS - 1);
    let thin = match shown.len() < rows.len() {
        true => format!(
            ". Shown are {} rows of {}, evenly spread",
            shown.len(),
            count(rows.len() as u64)
        ),
        false => String::new(),
    };
    let smooth = match smoothing > 0.0 {
        true => format!(", smoothed by {smoothing}"),
        false => String::new(),
    };
    let title = measure.title();
    let row = |(at, points): (Place, Vec<Option<&CurvePoint>>)| Row {
        header: Text::plain(at.0.to_string()),
        cells: points.into_iter().flat_map(|point| cells(point, measure)).collect(),
    };
    Table {
        caption: format!("{title}: mean ± standard deviation over runs{smooth}{thin}."),
        groups: networks.iter().map(|network| (network.name.clone(), 2)).collect(),
        columns: std::iter::once(axis.to_owned())
            .chain(networks.iter().flat_map(|_| ["mean ± sd", "runs"].map(String::from)))
            .collect(),
        rows: shown.into_iter().map(row).collect(),
        is_prose: false,
    }
}

fn cells(point: Option<&CurvePoint>, measure: Measured) -> [Cell; 2] {
    let spread = point.and_then(|point| {
        let unit = measure.shown(1.0);
        let (mean, sd) = (point.mean? / unit, point.sd.map(|sd| sd / unit));
        Some(Spread { mean, sd, count: point.n })
    });
    match spread {
        Some(spread) => [measure.words(&spread).into(), spread.count.to_string().into()],
        None => [MISSING.into(), "0".into()],
    }
}

/// Every value of every run: one a row. Of the networks that are too many to draw too.
///
/// # Errors
/// Only those of the CSV writer, which do not happen when it writes to memory.
pub fn curve_csv(
    networks: &[MeasuredCurves],
    measure: Measured,
    smoothing: f64,
) -> Result<Vec<u8>, csv::Error> {
    let column = measure.column();
    let rows = networks.iter().flat_map(|network| {
        let (name, column) = (&network.network.facts.name, &column);
        network.runs.iter().flat_map(move |(run, curve)| {
            let smooth = smoothed(curve.iter().map(|point| point.1), smoothing);
            curve.iter().zip(smooth).map(move |(&(at, value), smooth)| {
                vec![
                    name.clone(),
                    run.seed.to_string(),
                    run.status.to_string(),
                    column.clone(),
                    number(at),
                    number(value),
                    number(smooth),
                ]
            })
        })
    });
    table(CURVE_COLUMNS.map(|(name, _)| name), rows)
}

/// An epoch or step, in order.
#[derive(Clone, Copy)]
struct Place(f64);

impl Ord for Place {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Place {}
