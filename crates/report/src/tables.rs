//! The CSV files: tidy, one observation a row, for other people's scripts.

use fitroom_study::{RunStatus, Scores, ScoresAt, StoredRun};

use crate::digest::Digest;

/// Columns of `epochs.csv`, with what each holds.
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
    ("learning_rate", "of the epoch's last step"),
    (
        "seconds",
        "wall clock, training and scoring; the only column that differs when a study is repeated",
    ),
];

/// Columns of `summary.csv`, with what each holds.
pub const SUMMARY_COLUMNS: [(&str, &str); 18] = [
    ("network", "its name in the study"),
    ("seed", "from 1"),
    ("status", "finished, pending or diverged"),
    (
        "best_epoch",
        "the one that is best in what the network monitors, validation accuracy or loss",
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
    ("parameters", "trained numbers of the network"),
    ("seconds", "wall clock of the whole run"),
];

/// `epochs.csv`: a row for each epoch of each run, as far as they have come.
///
/// # Errors
/// None that writing to memory can meet.
pub fn epochs_csv(digest: &Digest) -> Result<Vec<u8>, csv::Error> {
    let rows = digest.networks.iter().flat_map(|network| {
        network.runs.iter().flat_map(|run| {
            run.epochs.iter().map(|record| {
                let mut row =
                    vec![network.plan.name.clone(), run.seed.to_string(), record.epoch.to_string()];
                let numbers = [
                    record.train_loss,
                    record.train_accuracy,
                    record.fit_loss,
                    record.fit_accuracy,
                    record.val_loss,
                    record.val_accuracy,
                    record.learning_rate,
                    record.seconds,
                ];
                row.extend(numbers.map(number));
                row
            })
        })
    });
    table(EPOCH_COLUMNS.map(|(name, _)| name), rows)
}

/// `summary.csv`: a row for each run; cells of runs that are not finished are empty.
///
/// # Errors
/// None that writing to memory can meet.
pub fn summary_csv(digest: &Digest) -> Result<Vec<u8>, csv::Error> {
    let rows = digest.networks.iter().flat_map(|network| {
        network.runs.iter().map(|run| summary_row(&network.plan.name, run, network.parameters))
    });
    table(SUMMARY_COLUMNS.map(|(name, _)| name), rows)
}

fn summary_row(network: &str, run: &StoredRun, parameters: usize) -> Vec<String> {
    let status = match run.status {
        RunStatus::Pending => "pending",
        RunStatus::Finished => "finished",
        RunStatus::Diverged => "diverged",
    };
    let scores = |at: &ScoresAt| {
        [at.fit, at.val, at.test].map(|Scores { loss, accuracy }| [loss, accuracy]).concat()
    };
    let (best_epoch, numbers, seconds) = match &run.outcome {
        Some(outcome) => {
            let numbers = [scores(&outcome.best), scores(&outcome.last)].concat();
            (outcome.best.epoch.to_string(), numbers, outcome.seconds)
        }
        None => (String::new(), vec![f64::NAN; 12], f64::NAN),
    };
    let mut row = vec![network.to_owned(), run.seed.to_string(), status.to_owned(), best_epoch];
    row.extend(numbers.into_iter().map(number));
    row.extend([parameters.to_string(), number(seconds)]);
    row
}

/// The shortest text that reads back to the same number; nothing for a number that was not
/// measured.
pub fn number(x: f64) -> String {
    if x.is_nan() { String::new() } else { format!("{x:?}") }
}

/// A header and rows.
pub fn table<const N: usize>(
    columns: [&str; N],
    rows: impl Iterator<Item = Vec<String>>,
) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns)?;
    for row in rows {
        writer.write_record(row)?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, Plan};
    use std::collections::HashMap;

    fn read(csv: &[u8]) -> Vec<HashMap<String, String>> {
        csv::Reader::from_reader(csv).deserialize().collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn every_epoch_reads_back_exactly() {
        let stored = Fixture::new(2).with(Plan::new("a, \"b\"\nc").diverged(2, 3)).stored();
        let csv = epochs_csv(&Digest::new(&stored).unwrap()).unwrap();
        let header = "network,seed,epoch,train_loss,train_accuracy,fit_loss,fit_accuracy,val_loss,val_accuracy,\
                      learning_rate,seconds\n";
        assert!(csv.starts_with(header.as_bytes()));
        let rows = read(&csv);
        let records: Vec<_> = stored
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
    fn a_summary_row_for_every_run() {
        let stored = Fixture::new(3).with(Plan::new("a").diverged(2, 3).pending(3, 0)).stored();
        let csv = summary_csv(&Digest::new(&stored).unwrap()).unwrap();
        let header = "network,seed,status,best_epoch,best_fit_loss,best_fit_accuracy,best_val_loss,best_val_accuracy,\
                      best_test_loss,best_test_accuracy,last_fit_loss,last_fit_accuracy,last_val_loss,\
                      last_val_accuracy,last_test_loss,last_test_accuracy,parameters,seconds\n";
        assert!(csv.starts_with(header.as_bytes()));
        let rows = read(&csv);
        assert!(
            rows.iter().map(|row| row["status"].as_str()).eq(["finished", "diverged", "pending"])
        );
        let outcome = stored.runs[0].outcome.unwrap();
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
    fn what_was_not_measured_is_empty() {
        let stored = Fixture::new(1).epochs(1).without_validation().with(Plan::new("a")).stored();
        let digest = Digest::new(&stored).unwrap();
        let row = &read(&epochs_csv(&digest).unwrap())[0];
        assert!(
            row["val_loss"].is_empty()
                && row["val_accuracy"].is_empty()
                && !row["fit_loss"].is_empty()
        );
        assert!(read(&summary_csv(&digest).unwrap())[0]["best_val_accuracy"].is_empty());
    }

    #[test]
    fn numbers_are_short_and_read_back() {
        assert_eq!(
            [0.1, 1.0, 1e-8, 0.30000000000000004].map(number),
            ["0.1", "1.0", "1e-8", "0.30000000000000004"]
        );
    }
}
