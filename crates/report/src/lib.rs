//! Reports of studies: HTML, Markdown, plots, and tidy CSV files.
//!
//! [`write`] computes what is to be said once (`digest`), puts it into words and figures (`content`, `figure`,
//! `overview`), and shows these as HTML and as Markdown.

mod closing;
mod content;
mod digest;
mod document;
mod figure;
#[cfg(test)]
mod fixture;
mod html;
mod markdown;
mod number;
mod overview;
mod plot;
mod published;
mod score;
mod settings;
mod spread;
mod tables;
mod write;

pub use plot::PngError;
pub use write::{ReportError, write};
