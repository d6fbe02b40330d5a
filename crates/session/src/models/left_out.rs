//! Runs that can't be used.

use std::fmt;

use fitroom_study::{StoredRun, Weights};

/// A run of a network that is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The run's directory in `runs/`.
    pub run: String,
    /// The run's seed.
    pub seed: u64,
    /// Why it is not used.
    pub because: LeftOutBecause,
}

/// Why a run is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftOutBecause {
    /// The run is not finished. It may have a checkpoint, which is not used.
    NotFinished,
    /// The run's loss became NaN or infinite.
    Diverged,
    /// The run is finished, and these weights are not stored.
    NoWeights(Weights),
    /// The networks of other seeds take all memory that predictions may use.
    NoRoom,
}

impl LeftOut {
    pub(crate) fn of(run: &StoredRun, because: LeftOutBecause) -> Self {
        LeftOut { run: run.id.clone(), seed: run.seed, because }
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LeftOut { run, seed, because } = self;
        let because = match because {
            LeftOutBecause::NotFinished => "is not finished",
            LeftOutBecause::Diverged => "diverged",
            LeftOutBecause::NoWeights(Weights::Best) => "has no best.safetensors",
            LeftOutBecause::NoWeights(Weights::Last) => "has no last.safetensors",
            LeftOutBecause::NoRoom => "finds no room in memory",
        };
        write!(f, "seed {seed} (run {run}) {because}")
    }
}
