//! The runs of a stored study, as if another tool had logged them: so they can be judged beside others.

use std::path::Path;
use std::sync::Arc;

use fitroom_import::{Curve, CurveRow, Imported, ImportedRun, RunStatus, Setting};
use fitroom_results::{Metric, Results, Run, RunStatus as Status, Subset};

use super::error::JudgeError;

/// The setting that holds a network's name.
pub(super) const NETWORK: &str = "network";

/// What a run measures in each epoch, and once after training.
const MEASURES: [(&str, Metric, Subset); 8] = [
    ("train_loss", Metric::Loss, Subset::Train),
    ("train_accuracy", Metric::Accuracy, Subset::Train),
    ("fit_loss", Metric::Loss, Subset::Fit),
    ("fit_accuracy", Metric::Accuracy, Subset::Fit),
    ("val_loss", Metric::Loss, Subset::Validation),
    ("val_accuracy", Metric::Accuracy, Subset::Validation),
    ("test_loss", Metric::Loss, Subset::Test),
    ("test_accuracy", Metric::Accuracy, Subset::Test),
];

/// Whether a directory is that of a study.
pub(super) fn is_study(path: &Path) -> bool {
    path.join("study.toml").is_file()
}

/// Reads the runs of the study in `dir`. The test scores are those of the best epoch.
///
/// # Errors
/// The study is damaged.
pub(super) fn read(dir: &Path) -> Result<Imported, JudgeError> {
    let results = Results::open(dir)?;
    let names: Vec<Arc<str>> = MEASURES.map(|(name, ..)| name.into()).into();
    let runs = results.runs.iter().map(|run| {
        let network = &results.networks[run.network];
        let mut imported = ImportedRun::new(dir, format!("{}, seed {}", network.name, run.seed));
        for setting in &network.settings {
            imported.settings.insert(setting.key.clone(), Setting::text(&setting.value));
        }
        imported.settings.insert(NETWORK.to_owned(), Setting::text(&network.name));
        imported.seed = Some(run.seed);
        imported.curve = curve(run, &names);
        imported.status = match run.status {
            Status::Pending => RunStatus::Unfinished,
            Status::Finished => RunStatus::Finished,
            Status::Diverged => RunStatus::Crashed,
        };
        imported
    });
    Ok(Imported { runs: runs.collect(), notes: Vec::new() })
}

fn curve(run: &Run, names: &[Arc<str>]) -> Curve {
    let mut curve = Curve::new(names.to_vec());
    let known = |value: f64| Some(value).filter(|value| !value.is_nan());
    let last = run.epochs.len();
    for (position, record) in (1..).zip(&run.epochs) {
        let values = MEASURES.map(|(_, metric, subset)| match (subset, &run.outcome) {
            (Subset::Test, Some(outcome)) if position == last => {
                known(outcome.best.test.get(metric))
            }
            (Subset::Test, _) => None,
            (Subset::Train | Subset::Fit | Subset::Validation, _) => {
                known(record.score(metric, subset))
            }
        });
        curve.push(CurveRow { epoch: Some(f64::from(record.epoch)), step: None }, values);
    }
    curve
}
