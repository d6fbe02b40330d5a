//! Reports of studies: HTML, Markdown, plots, and tidy CSV files.
//!
//! [`write()`] computes what is to be said once (`digest`), puts it into words and figures (`content`, `chapter`, `closing`,
//! `figure`, `overview`), and shows these as HTML and as Markdown.

mod chapter;
mod closing;
mod content;
mod contrast;
mod digest;
mod document;
mod figure;
#[cfg(test)]
mod fixture;
mod html;
mod markdown;
pub mod number;
mod overview;
mod plot;
mod published;
mod score;
mod settings;
mod spread;
mod sweep;
mod tables;
mod write;

pub use contrast::{
    Contrast, ContrastError, Effect, LEVEL, LayerChange, MARGIN, Missing, MissingReason, Pair, SeedsNeeded, Sentence,
    SettingDifference, Side, Test, Verdict, details, effects, holm, paired_t_p, seeds_needed, sign_flip_p,
    test_error_words,
};
pub use digest::{Comparison, Digest, NetworkDigest, Score};
pub use plot::PngError;
pub use published::PublishedEpoch;
pub use score::{Metric, Subset};
pub use spread::Spread;
pub use write::{ReportError, write, write_with_margin};
