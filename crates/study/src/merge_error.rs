//! Why the directories of a study's shares can't be joined.

use std::path::PathBuf;

use thiserror::Error;

use crate::{Finding, StoreError};

/// Why the directories of a study's shares can't be joined.
#[derive(Debug, Error)]
pub enum MergeError {
    /// A directory can't be read, or the new one can't be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The same directory was given twice.
    #[error("{0} is given twice\nhint: name each directory once")]
    Twice(PathBuf),
    /// A process trains in a directory.
    #[error("{dir} is in use by {owner}\nhint: wait until it has ended")]
    InUse {
        /// The directory.
        dir: PathBuf,
        /// The process.
        owner: String,
    },
    /// Two directories hold other studies, or other data.
    #[error(
        "{first} and {second} do not hold the same study: {what} is {in_first} in the one and {in_second} in the other\nhint: only shares of one study, with the same data, are joined"
    )]
    AnotherStudy {
        /// A directory.
        first: PathBuf,
        /// Another directory.
        second: PathBuf,
        /// In what they differ.
        what: String,
        /// What it is in the first directory.
        in_first: String,
        /// What it is in the second directory.
        in_second: String,
    },
    /// A run was trained by another version.
    #[error(
        "{run} was trained by engine version {found}, and this program's is {expected}: their numbers differ\nhint: use the same version of fitroom everywhere"
    )]
    Engine {
        /// The run's directory.
        run: PathBuf,
        /// The version that trained it.
        found: u32,
        /// This program's version.
        expected: u32,
    },
    /// A file of a run is not what was written.
    #[error(
        "{} is damaged: {}\nhint: move the run's directory away; what it held is then trained again",
        .0.path.display(),
        .0.problem
    )]
    Damaged(Finding),
    /// A run in two directories has two results.
    #[error(
        "`{network}`, seed {seed}, has two results: {what} in {first} and in {second} differ\nhint: the same run gives the same numbers on every machine, so one of the two machines or programs is at fault: train the run again, and see which result comes back"
    )]
    TwoResults {
        /// The network's name.
        network: String,
        /// The seed.
        seed: u64,
        /// In what they differ.
        what: &'static str,
        /// The run's directory.
        first: PathBuf,
        /// Its other directory.
        second: PathBuf,
    },
}
