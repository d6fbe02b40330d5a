//! What a study that is trained does, for front ends.

use serde::{Deserialize, Serialize};

/// What an attended session does, and what it was asked to do:
/// [`StudyActions::state`](crate::StudyActions::state).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StudyState {
    /// What the session does.
    pub activity: Activity,
    /// How many seeds the study has, or the most that a network may get if it runs until clear.
    /// `None` before training begins.
    pub seeds: Option<u32>,
    /// Whether the study runs until clear.
    pub runs_until_clear: bool,
    /// The runs that are stopped and have not ended, network by network, seeds ascending.
    pub left_out: Vec<RunName>,
    /// Why nothing is trained, as a text for people, if the last attempt failed.
    pub error: Option<String>,
}

/// What an attended session does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// Training has not begun: data is loaded.
    #[default]
    Begins,
    /// Runs are trained.
    Trains,
    /// The study was asked to pause, and does its current steps.
    Pauses,
    /// Nothing is trained until the study is asked to go on.
    Paused,
    /// All runs that are not stopped have ended, or none can be trained. Actions are still possible.
    Rests,
    /// The session has ended, or was asked to.
    Ended,
}

/// A run of a study.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunName {
    /// The network's name.
    pub network: String,
    /// Position of the network in the study.
    pub network_index: usize,
    /// The seed.
    pub seed: u64,
}
