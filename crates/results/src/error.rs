//! Why results can't be read.

use std::error::Error;
use std::path::PathBuf;

use fitroom_study::StoreError;
use thiserror::Error;

/// Why results can't be read.
#[derive(Debug, Error)]
pub enum ResultsError {
    /// The directory of a study can't be read, or is damaged.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A network's layers do not fit the images that it is said to have been trained on.
    #[error("network `{network}` of the stored study: {error}")]
    Network {
        /// The network's name.
        network: String,
        /// Why they do not fit.
        #[source]
        error: Box<dyn Error + Send + Sync>,
    },
    /// The predictions of a run are for other images than those of the data set.
    #[error(
        "{path} is damaged: its labels are not the data set's\nhint: move {path} away; what it held is then done again",
        path = path.display()
    )]
    OtherLabels {
        /// The file of predictions.
        path: PathBuf,
    },
}
