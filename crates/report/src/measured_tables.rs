//! `epochs.csv` and `summary.csv` of runs from elsewhere, whose measures may be any.

use crate::csv_table::{number, table};
use crate::summary::Summary;

/// Columns of `epochs.csv`, each with its description.
pub const MEASURED_EPOCH_COLUMNS: [(&str, &str); 6] = [
    ("network", "the settings that all of its runs share"),
    ("seed", "as logged; of unpaired runs without one, a number"),
    ("run", "its name in the log"),
    ("measure", "its name in the log"),
    ("epoch", "as logged; the step where no epoch is logged, or else the row's number"),
    ("value", "as logged"),
];

/// The first columns of `summary.csv`, each with its description. A column for each measure follows.
pub const MEASURED_SUMMARY_COLUMNS: [(&str, &str); 4] = [
    ("network", "the settings that all of its runs share"),
    ("seed", "as logged; of unpaired runs without one, a number"),
    ("run", "its name in the log"),
    ("status", "finished, or pending where the run has no score"),
];

/// `epochs.csv`: a row for each run, measure and epoch.
///
/// # Errors
/// Only those of the CSV writer, which do not happen when it writes to memory.
pub fn measured_epochs_csv(summary: &Summary) -> Result<Vec<u8>, csv::Error> {
    let results = summary.results;
    let rows = results.runs.iter().flat_map(|run| {
        results.measures.iter().zip(&run.measured).flat_map(move |(measure, values)| {
            values.curve.iter().map(move |&(at, value)| {
                vec![
                    results.networks[run.network].name.clone(),
                    run.seed.to_string(),
                    run.id.clone(),
                    measure.name.clone(),
                    number(at),
                    number(value),
                ]
            })
        })
    });
    table(MEASURED_EPOCH_COLUMNS.map(|(name, _)| name), rows)
}

/// `summary.csv`: a row for each run, with a column for each measure.
///
/// # Errors
/// Only those of the CSV writer, which do not happen when it writes to memory.
pub fn measured_summary_csv(summary: &Summary) -> Result<Vec<u8>, csv::Error> {
    let results = summary.results;
    let first = MEASURED_SUMMARY_COLUMNS.map(|(name, _)| name);
    let measures = results.measures.iter().map(|measure| measure.column.as_str());
    let columns: Vec<&str> = first.into_iter().chain(measures).collect();
    let rows = results.runs.iter().map(|run| {
        let mut row = vec![
            results.networks[run.network].name.clone(),
            run.seed.to_string(),
            run.id.clone(),
            run.status.to_string(),
        ];
        row.extend(run.measured.iter().map(|it| number(it.score.unwrap_or(f64::NAN))));
        row
    });
    table(columns, rows)
}
