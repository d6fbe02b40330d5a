//! A network's epochs and predictions as CSV files.

use fitroom_report::{Summary, csv_table, epochs_csv};
use fitroom_results::Results;
use fitroom_study::{StoredRun, StoredStudy};

use super::{Contents, ExportError};
use crate::SessionError;
use crate::file_name;
use crate::models::{ModelRequest, network_of, runs_of};

/// The tables of a network's runs, those that are not finished too.
pub(super) fn contents(request: &ModelRequest) -> Result<Contents, SessionError> {
    if request.path.is_file() {
        return Err(ExportError::NoTables { path: request.path.clone() }.into());
    }
    let mut stored = StoredStudy::open(&request.path)?;
    let network = network_of(&stored, request)?;
    let runs: Vec<StoredRun> =
        runs_of(&stored, network, request.seeds)?.into_iter().cloned().collect();
    stored.runs = runs;
    stored.confirmations.clear();
    let name = file_name(&stored.study.networks[network].name);
    let table = |file: String, csv: Result<Vec<u8>, csv::Error>| match csv {
        Ok(csv) => Ok((file, csv)),
        Err(error) => Err(ExportError::Table { file, error }),
    };
    let results = Results::try_from(&stored)?;
    let epochs = epochs_csv(&Summary::new(&results, fitroom_stats::DEFAULT_MARGIN));
    let mut contents = Contents::default();
    contents.files.push(table(format!("{name}-epochs.csv"), epochs)?);
    let mut rows = Vec::new();
    for run in &stored.runs {
        match stored.predictions(run)? {
            Some(predictions) => rows.extend(rows_of(&stored, run, &predictions)),
            None => contents.notes.push(format!("seed {} has no predictions yet", run.seed)),
        }
    }
    let columns =
        ["network", "seed", "image", "class", "predicted", "confidence", "class_probability"];
    let predictions = csv_table::table(columns, rows.into_iter());
    contents.files.push(table(format!("{name}-predictions.csv"), predictions)?);
    Ok(contents)
}

/// A row for each test image, with the names of the classes.
fn rows_of(
    stored: &StoredStudy,
    run: &StoredRun,
    predictions: &[fitroom_study::Prediction],
) -> Vec<Vec<String>> {
    let class = |class: u8| stored.dataset.classes[usize::from(class)].clone();
    let row = |(image, prediction): (usize, &fitroom_study::Prediction)| {
        vec![
            stored.study.networks[run.network].name.clone(),
            run.seed.to_string(),
            image.to_string(),
            class(prediction.label),
            class(prediction.predicted),
            csv_table::short_number(prediction.confidence),
            csv_table::short_number(prediction.label_probability),
        ]
    };
    predictions.iter().enumerate().map(row).collect()
}
