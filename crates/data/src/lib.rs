//! Images with labels: where they come from, and in which order they are trained on.

mod dataset;
mod source;
mod split;

pub use dataset::{Dataset, LabelledImages};
pub use source::{DataError, Places, Progress, Source, SourceError};
pub use split::{Split, epoch_order};
