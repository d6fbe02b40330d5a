//! Reports of results: HTML, Markdown, plots, and tidy CSV files.
//!
//! [`Summary`] computes every number of the report from [`Results`](fitroom_results::Results).
//! [`write()`] makes words, tables and figures of it (a [`Document`](document::Document)) and
//! writes these as HTML and as Markdown. A caller may add [`Section`](document::Section)s of its
//! own.
//!
//! ```
//! use fitroom_report::Summary;
//! use fitroom_results::{NetworkFacts, Results, Run};
//! use fitroom_stats::DEFAULT_MARGIN;
//!
//! let mut results = Results::new("widths");
//! for (network, accuracy) in [(0, 0.88), (1, 0.89)] {
//!     results.networks.push(NetworkFacts::new(["128 units", "512 units"][network]));
//!     results.runs.extend((1..=3).map(|seed| Run::tested(network, seed, accuracy)));
//! }
//! let dir = std::env::temp_dir().join(format!("fitroom-report-{}", std::process::id()));
//! std::fs::create_dir_all(&dir).unwrap();
//! let summary = Summary::inspect(&results, None, DEFAULT_MARGIN).unwrap();
//! fitroom_report::write(&summary, Vec::new(), &dir).unwrap();
//! let report = std::fs::read_to_string(dir.join("report.md")).unwrap();
//! assert!(report.starts_with("# widths: two networks"));
//! # std::fs::remove_dir_all(&dir).unwrap();
//! ```

#![deny(clippy::wildcard_enum_match_arm)]

mod appendix;
mod choice;
mod class_blocks;
mod class_figures;
mod comment;
mod comparison;
mod comparison_figure;
mod comparison_methods;
mod comparison_section;
mod comparison_tables;
mod content;
mod cost;
pub mod csv_table;
pub mod document;
mod ensembles;
mod error;
pub mod evaluation;
mod facts;
mod figure;
#[cfg(test)]
mod fixture;
#[doc(hidden)]
pub mod hostile;
pub mod html;
mod inspection;
mod markdown;
mod measure_words;
mod measured_figures;
mod measured_section;
mod measured_tables;
mod network_figure;
mod network_section;
pub mod number;
mod overview;
mod overview_table;
mod plot;
mod rate_curve;
mod reading;
mod reference_section;
mod run_figures;
mod score_place;
mod settings;
mod summary;
mod sweep;
mod tables;
pub mod view;
mod weight_blocks;
mod weight_figure;
mod write;

pub use comment::comment;
pub use comparison::{
    ComparedNetwork, Comparison, ComparisonError, LayerChange, Missing, MissingReason,
    RightAnswers, RightImages, Sentence, SettingDifference, TestAnswer, chosen_words, details,
    read_right_answers, superiority_words,
};
pub use comparison_section::comparison_blocks;
pub use content::{network, overview};
pub use error::ReportError;
pub use figure::Figure;
pub use inspection::{
    ConfusedPair, Confusion, Depth, FirstLayer, Inspection, LayerWeights, Mistake,
    NetworkInspection, NetworkWeights,
};
pub use measure_words::{percent, score_spread};
pub use number::counted_seeds;
pub use plot::{PngError, Raster, Scene};
pub use rate_curve::{
    RateCurve, RateStep, RateSuggestion, rate_figure, rate_words, write_rate_curves,
};
pub use reading::{
    Diverged, Drawback, Observation, Rule, SeedGroup, Stretch, Trend, read_network, read_reference,
};
pub use run_figures::RunFigures;
pub use score_place::score_place;
pub use settings::steps_words;
pub use summary::{ChoiceBias, Ensemble, MOST_SHOWN, NetworkSummary, ReferenceGap, Score, Summary};
pub use sweep::sweep_sections;
pub use tables::epochs_csv;
pub use tables::{EPOCH_COLUMNS, SUMMARY_COLUMNS, epoch_numbers, outcome_numbers};
pub use write::write;
pub use write::{differences_svg, report_page};
