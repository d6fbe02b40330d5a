//! Makes runs from those of a stored study.

use fitroom_study as study;

use crate::{EpochRecord, Inference, Outcome, Run, RunStatus, Scores, ScoresAt};

impl From<&study::StoredRun> for Run {
    fn from(stored: &study::StoredRun) -> Self {
        Run {
            id: stored.id.clone(),
            network: stored.network,
            seed: stored.seed,
            status: match stored.status {
                study::RunStatus::Pending => RunStatus::Pending,
                study::RunStatus::Finished => RunStatus::Finished,
                study::RunStatus::Diverged => RunStatus::Diverged,
            },
            epochs: stored.epochs.iter().map(EpochRecord::from).collect(),
            outcome: stored.outcome.map(|outcome| Outcome {
                best: scores_at(&outcome.best),
                last: scores_at(&outcome.last),
                seconds: outcome.seconds,
                inference: outcome.inference.filter(study::Inference::is_possible).map(inference),
            }),
            measured: Vec::new(),
        }
    }
}

impl From<&study::EpochRecord> for EpochRecord {
    fn from(record: &study::EpochRecord) -> Self {
        EpochRecord {
            epoch: record.epoch,
            train_loss: record.train_loss,
            train_accuracy: record.train_accuracy,
            fit_loss: record.fit_loss,
            fit_accuracy: record.fit_accuracy,
            val_loss: record.val_loss,
            val_accuracy: record.val_accuracy,
            learning_rate: record.learning_rate,
            seconds: record.seconds,
        }
    }
}

fn inference(of: study::Inference) -> Inference {
    Inference { seconds_per_image: of.seconds_per_image, threads: of.threads }
}

fn scores_at(at: &study::ScoresAt) -> ScoresAt {
    let scores = |scores: study::Scores| Scores { loss: scores.loss, accuracy: scores.accuracy };
    ScoresAt { epoch: at.epoch, fit: scores(at.fit), val: scores(at.val), test: scores(at.test) }
}
