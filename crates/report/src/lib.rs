//! Reports of studies: HTML, Markdown, plots, and tidy CSV files.
//!
//! [`write()`] computes what is to be said once (`digest`), puts it into words and figures
//! (`content`, `chapter`, `closing`, `figure`, `overview`), and shows these as HTML and as
//! Markdown.

mod chapter;
mod claims;
mod class_figures;
mod classes;
mod closing;
mod confusion;
mod content;
mod contrast;
mod digest;
mod document;
mod figure;
mod first_layer;
#[cfg(test)]
mod fixture;
#[cfg(feature = "hostile")]
pub mod hostile;
mod html;
mod looks;
mod markdown;
mod mistakes;
pub mod number;
mod overview;
mod plot;
mod published;
mod reading;
mod score;
mod settings;
mod sweep;
mod tables;
mod weight_figure;
mod weight_words;
mod weights;
mod write;

pub use contrast::{
    Contrast, ContrastError, LayerChange, Missing, MissingReason, Sentence, SettingDifference,
    Side, details, test_error_words,
};
pub use digest::{Comparison, Digest, NetworkDigest, Score};
pub use plot::PngError;
pub use published::PublishedEpoch;
pub use score::{Metric, Subset};

pub use write::{ReportError, write, write_with_margin};
