//! How a run ended.

use crate::{Outcome, RunStatus};

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ended {
    Finished(Outcome),
    Diverged,
    /// It was told to stop. A later call continues from here.
    Stopped,
    /// It did not begin: this process trains it.
    Elsewhere(String),
}

impl Ended {
    pub fn status(&self) -> RunStatus {
        match self {
            Ended::Finished(_) => RunStatus::Finished,
            Ended::Diverged => RunStatus::Diverged,
            Ended::Stopped | Ended::Elsewhere(_) => RunStatus::Pending,
        }
    }
}
