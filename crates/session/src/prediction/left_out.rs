//! Runs that a predictor does not use.

use std::fmt;

/// A run that a predictor does not use.
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
    /// The run is finished, and its weights are not stored.
    NoWeights,
    /// The networks of other seeds take all memory that a predictor may use.
    NoRoom,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LeftOut { run, seed, because } = self;
        let because = match because {
            LeftOutBecause::NotFinished => "is not finished",
            LeftOutBecause::Diverged => "diverged",
            LeftOutBecause::NoWeights => "has no best.safetensors",
            LeftOutBecause::NoRoom => "finds no room in memory",
        };
        write!(f, "seed {seed} (run {run}) {because}")
    }
}
