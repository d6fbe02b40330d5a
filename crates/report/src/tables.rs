//! The CSV files `epochs.csv` and `summary.csv`: tidy data (one observation per row) for other
//! programs.

use fitroom_results::{EpochRecord, Outcome, Run, Scores};

use crate::csv_table::{number, table};
use crate::summary::Summary;

/// Columns of `epochs.csv`, each with its description.
pub const EPOCH_COLUMNS: [(&str, &str); 11] = [
    ("network", "its name in the study"),
    ("seed", "from 1"),
    ("epoch", "from 1"),
    ("train_loss", "as trained: running mean over the epoch, with penalty and dropout"),
    ("train_accuracy", "as trained"),
    ("fit_loss", "training images after the epoch, in inference mode"),
    ("fit_accuracy", "training images after the epoch, in inference mode"),
    ("val_loss", "held-out images after the epoch"),
    ("val_accuracy", "held-out images after the epoch"),
    ("learning_rate", "learning rate of the epoch's last step"),
    (
        "seconds",
        "wall clock of training and scoring; the only column that differs when a study is repeated",
    ),
];

/// Columns of `summary.csv`, each with its description.
pub const SUMMARY_COLUMNS: [(&str, &str); 18] = [
    ("network", "its name in the study"),
    ("seed", "from 1"),
    ("status", "finished, pending or diverged"),
    (
        "best_epoch",
        "the epoch with the best validation accuracy, or validation loss where the network monitors it",
    ),
    ("best_fit_loss", "at the best epoch, training images in inference mode"),
    ("best_fit_accuracy", "the same"),
    ("best_val_loss", "at the best epoch, held-out images"),
    ("best_val_accuracy", "the same"),
    ("best_test_loss", "at the best epoch, test images"),
    ("best_test_accuracy", "the same"),
    ("last_fit_loss", "at the last epoch, training images in inference mode"),
    ("last_fit_accuracy", "the same"),
    ("last_val_loss", "at the last epoch, held-out images"),
    ("last_val_accuracy", "the same"),
    ("last_test_loss", "at the last epoch, test images"),
    ("last_test_accuracy", "the same"),
    ("parameters", "number of trained values of the network"),
    ("seconds", "wall clock of the whole run"),
];

/// The numbers of an epoch, in the order of the last columns of [`EPOCH_COLUMNS`]. NaN: not measured.
pub fn epoch_numbers(record: &EpochRecord) -> [f64; 8] {
    [
        record.train_loss,
        record.train_accuracy,
        record.fit_loss,
        record.fit_accuracy,
        record.val_loss,
        record.val_accuracy,
        record.learning_rate,
        record.seconds,
    ]
}

/// The scores of a run, in the order of the columns of [`SUMMARY_COLUMNS`] from `best_fit_loss` to
/// `last_test_accuracy`. NaN: not measured, or not finished.
pub fn outcome_numbers(outcome: Option<&Outcome>) -> [f64; 12] {
    let mut numbers = [f64::NAN; 12];
    let scores = outcome.into_iter().flat_map(|outcome| [&outcome.best, &outcome.last]);
    let scores = scores.flat_map(|at| [at.fit, at.val, at.test]);
    let scores = scores.flat_map(|Scores { loss, accuracy }| [loss, accuracy]);
    numbers.iter_mut().zip(scores).for_each(|(number, score)| *number = score);
    numbers
}

/// `epochs.csv`: one row per run and epoch, including epochs of unfinished runs.
///
/// # Errors
/// Only those of the CSV writer, which do not happen when it writes to memory.
pub fn epochs_csv(summary: &Summary) -> Result<Vec<u8>, csv::Error> {
    let rows = summary.networks.iter().flat_map(|network| {
        network.runs.iter().flat_map(|run| {
            run.epochs.iter().map(|record| {
                let mut row = vec![
                    network.facts.name.clone(),
                    run.seed.to_string(),
                    record.epoch.to_string(),
                ];
                row.extend(epoch_numbers(record).map(number));
                row
            })
        })
    });
    table(EPOCH_COLUMNS.map(|(name, _)| name), rows)
}

/// `summary.csv`: one row per run. The scores of unfinished runs are empty cells.
///
/// # Errors
/// Only those of the CSV writer, which do not happen when it writes to memory.
pub fn summary_csv(summary: &Summary) -> Result<Vec<u8>, csv::Error> {
    let rows = summary.networks.iter().flat_map(|network| {
        network
            .runs
            .iter()
            .map(|run| summary_row(&network.facts.name, run, network.facts.parameters))
    });
    table(SUMMARY_COLUMNS.map(|(name, _)| name), rows)
}

fn summary_row(network: &str, run: &Run, parameters: Option<usize>) -> Vec<String> {
    let outcome = run.outcome.as_ref();
    let best_epoch = outcome.map_or(String::new(), |outcome| outcome.best.epoch.to_string());
    let seconds = outcome.map_or(f64::NAN, |outcome| outcome.seconds);
    let mut row =
        vec![network.to_owned(), run.seed.to_string(), run.status.to_string(), best_epoch];
    row.extend(outcome_numbers(outcome).map(number));
    row.extend([parameters.map_or(String::new(), |n| n.to_string()), number(seconds)]);
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, Plan};
    use fitroom_stats::DEFAULT_MARGIN;
    use std::collections::HashMap;

    fn read(csv: &[u8]) -> Vec<HashMap<String, String>> {
        csv::Reader::from_reader(csv).deserialize().collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn every_epoch_reads_back_exactly() {
        let results = Fixture::new(2).with(Plan::new("a, \"b\"\nc").diverged(2, 3)).results();
        let csv = epochs_csv(&Summary::new(&results, DEFAULT_MARGIN)).unwrap();
        let header = "network,seed,epoch,train_loss,train_accuracy,fit_loss,fit_accuracy,val_loss,val_accuracy,\
                      learning_rate,seconds\n";
        assert!(csv.starts_with(header.as_bytes()));
        let rows = read(&csv);
        let records: Vec<_> = results
            .runs
            .iter()
            .flat_map(|run| run.epochs.iter().map(move |e| (run.seed, e)))
            .collect();
        assert_eq!((rows.len(), records.len()), (23, 23));
        for (row, (seed, record)) in rows.iter().zip(records) {
            let value = |column: &str| row[column].parse::<f64>().unwrap();
            assert_eq!((row["network"].as_str(), value("seed")), ("a, \"b\"\nc", seed as f64));
            assert_eq!(
                (value("epoch"), value("seconds")),
                (f64::from(record.epoch), record.seconds)
            );
            assert_eq!(
                (value("train_loss"), value("train_accuracy")),
                (record.train_loss, record.train_accuracy)
            );
            assert_eq!(
                (value("fit_loss"), value("fit_accuracy")),
                (record.fit_loss, record.fit_accuracy)
            );
            assert_eq!(
                (value("val_loss"), value("val_accuracy")),
                (record.val_loss, record.val_accuracy)
            );
            assert_eq!(value("learning_rate"), record.learning_rate);
        }
    }

    #[test]
    fn every_run_has_a_summary_row() {
        let results = Fixture::new(3).with(Plan::new("a").diverged(2, 3).pending(3, 0)).results();
        let csv = summary_csv(&Summary::new(&results, DEFAULT_MARGIN)).unwrap();
        let header = "network,seed,status,best_epoch,best_fit_loss,best_fit_accuracy,best_val_loss,best_val_accuracy,\
                      best_test_loss,best_test_accuracy,last_fit_loss,last_fit_accuracy,last_val_loss,\
                      last_val_accuracy,last_test_loss,last_test_accuracy,parameters,seconds\n";
        assert!(csv.starts_with(header.as_bytes()));
        let rows = read(&csv);
        assert!(
            rows.iter().map(|row| row["status"].as_str()).eq(["finished", "diverged", "pending"])
        );
        let outcome = results.runs[0].outcome.unwrap();
        let value = |column: &str| rows[0][column].parse::<f64>().unwrap();
        assert_eq!(value("best_epoch"), f64::from(outcome.best.epoch));
        for (prefix, at) in [("best", outcome.best), ("last", outcome.last)] {
            for (set, scores) in [("fit", at.fit), ("val", at.val), ("test", at.test)] {
                assert_eq!(value(&format!("{prefix}_{set}_loss")), scores.loss);
                assert_eq!(value(&format!("{prefix}_{set}_accuracy")), scores.accuracy);
            }
        }
        assert_eq!((value("parameters"), value("seconds")), (109_386.0, outcome.seconds));
        assert!(
            rows[1].iter().filter(|(_, cell)| cell.is_empty()).count() == 14
                && rows[2]["parameters"] == "109386"
        );
    }

    #[test]
    fn scores_that_were_not_measured_are_empty_cells() {
        let results = Fixture::new(1).epochs(1).without_validation().with(Plan::new("a")).results();
        let summary = Summary::new(&results, DEFAULT_MARGIN);
        let row = &read(&epochs_csv(&summary).unwrap())[0];
        assert!(
            row["val_loss"].is_empty()
                && row["val_accuracy"].is_empty()
                && !row["fit_loss"].is_empty()
        );
        assert!(read(&summary_csv(&summary).unwrap())[0]["best_val_accuracy"].is_empty());
    }
}
