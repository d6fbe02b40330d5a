//! Images with labels: where they come from, and in which order they are trained on.
//!
//! A study names its data set as a [`Source`], which [`loads`](Source::load) a [`Dataset`]: from
//! disk, from one of its mirrors, or drawn by this program. [`Split`] and [`epoch_order`] then say
//! what is trained on and in which order.

mod contact_sheet;
mod csv;
mod dataset;
mod download;
mod drawn;
mod error;
mod folder;
#[cfg(feature = "hostile")]
pub mod hostile;
mod idx;
mod mirror;
mod places;
mod remote;
mod source;
mod source_name;
mod split;

pub use contact_sheet::contact_sheet;
pub use csv::CsvProblem;
pub use dataset::{Dataset, LabelledImages};
pub use download::{DownloadProgress, Timeouts};
pub use error::DataError;
pub use idx::IdxProblem;
pub use mirror::{DownloadError, MirrorFailure, MirrorProblem};
pub use places::Places;
pub use remote::{FASHION_MNIST, KMNIST, MNIST, Remote, RemoteFile};
pub use source::{FileStatus, Source};
pub use source_name::SourceError;
pub use split::{Split, epoch_order};
