//! What a run's `run.json` and `outcome.json` hold.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::run::RunFacts;
use crate::sealed_json::{self, Sealed};
use crate::{Host, Outcome, RunStatus, StoreError};

/// The content of `run.json`, which is written when a run begins.
#[derive(Serialize, Deserialize)]
pub(crate) struct RunFile {
    id: String,
    /// The network's name when the run began. For people only: it decides nothing.
    pub network: String,
    pub decided_by: RunFacts,
    pub host: Host,
}

impl RunFile {
    /// The file of a run that begins on this machine.
    pub fn new(network: &str, facts: &RunFacts) -> Self {
        RunFile {
            id: facts.id(),
            network: network.to_owned(),
            decided_by: facts.clone(),
            host: Host::here(),
        }
    }

    /// Reads the file of the run `id`; `None` if there is no such file.
    pub fn read(path: &Path, id: &str) -> Result<Option<Self>, StoreError> {
        let Some(sealed) = Sealed::<RunFile>::read(path)? else { return Ok(None) };
        let run = sealed.checked(path, &[])?;
        if run.id != run.decided_by.id() {
            return Err(StoreError::damaged(path, "its id is not that of its settings"));
        }
        if run.id != id {
            return Err(StoreError::damaged(path, format!("it describes another run, {}", run.id)));
        }
        Ok(Some(RunFile { host: run.host.checked(), ..run }))
    }

    pub fn write(&self, path: &Path) -> Result<(), StoreError> {
        sealed_json::write(path, self, &[])
    }
}

/// The content of `outcome.json`, which is written when a run ends.
#[derive(Serialize, Deserialize)]
pub(crate) struct OutcomeFile {
    pub status: RunStatus,
    /// The epoch in which the loss became NaN or infinite.
    diverged_in_epoch: Option<u32>,
    pub outcome: Option<Outcome>,
    /// SHA-256 of `predictions.csv`. `None` if the run diverged, or if an earlier version ended it.
    #[serde(default)]
    pub predictions_sha256: Option<String>,
}

impl OutcomeFile {
    /// The end of a run with this outcome, and with predictions of this SHA-256.
    pub fn finished(outcome: &Outcome, predictions_sha256: String) -> Self {
        OutcomeFile {
            status: RunStatus::Finished,
            diverged_in_epoch: None,
            outcome: Some(*outcome),
            predictions_sha256: Some(predictions_sha256),
        }
    }

    /// The end of a run whose loss became NaN or infinite in `epoch`.
    pub fn diverged(epoch: u32) -> Self {
        OutcomeFile {
            status: RunStatus::Diverged,
            diverged_in_epoch: Some(epoch),
            outcome: None,
            predictions_sha256: None,
        }
    }

    /// Writes the end of the run `id`. `epochs_seal` is the seal of its last epoch.
    pub fn write(&self, path: &Path, id: &str, epochs_seal: &str) -> Result<(), StoreError> {
        sealed_json::write(path, self, &[id, epochs_seal])
    }
}
