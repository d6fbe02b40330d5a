//! The names of the files in a study's directory.

pub(crate) const STUDY_FILE: &str = "study.toml";
pub(crate) const DATASET_FILE: &str = "dataset.json";
/// In the study's directory, and in that of each run that is trained.
pub(crate) const LOCK_FILE: &str = "lock";
/// Locked by the process that writes the study's own files.
pub(crate) const STUDY_LOCK: &str = "study-lock";
/// Locked by whoever writes the report.
pub(crate) const REPORT_LOCK: &str = "report-lock";
/// The directory of the study's reference curves.
pub(crate) const REFERENCE: &str = "reference";
/// The directory of the study's initial weights.
pub(crate) const INIT: &str = "init";
/// Scores of ensembles.
pub(crate) const ENSEMBLES: &str = "ensembles.json";
pub(crate) const RUNS: &str = "runs";
pub(crate) const BEST: &str = "best.safetensors";
pub(crate) const PREDICTIONS: &str = "predictions.csv";
pub(crate) const LAST: &str = "last.safetensors";
pub(crate) const RUN: &str = "run.json";
/// The directory of the study that finds learning rates, within that of the study that asks for them.
pub(crate) const TUNING: &str = "tuning";
pub(crate) const EPOCHS: &str = "epochs.jsonl";
/// What is known of the memory when a run begins. The file is there while the run is trained.
pub(crate) const TRAINING: &str = "training.json";
pub(crate) const OUTCOME: &str = "outcome.json";
/// Why the run failed the last time that it was tried.
pub(crate) const FAILURE: &str = "failure.json";
pub(crate) const CHECKPOINT: &str = "checkpoint.safetensors";
/// The checkpoint before the newest one.
pub(crate) const PREVIOUS: &str = "checkpoint-before.safetensors";
/// A checkpoint that can't be read. It is kept so that somebody can find out why.
pub(crate) const DAMAGED: &str = "checkpoint-damaged.safetensors";
