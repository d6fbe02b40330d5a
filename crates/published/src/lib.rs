//! The conclusions of one article on Fashion-MNIST, each tested by a rule on a study's runs.
//!
//! The article, "Fashion MNIST Basic Neural Network Architectures", trains eight networks once each
//! and draws eight conclusions. A study reproduces the article if each of the eight curves is the
//! reference curve of one of the study's networks. [`sections`] then returns the sections that are
//! added to the study's report. They also name the conclusions that the runs do not decide.
//!
//! ```
//! use fitroom_report::Summary;
//! use fitroom_results::{NetworkFacts, Results, Run};
//! use fitroom_stats::DEFAULT_MARGIN;
//!
//! let mut results = Results::new("another study");
//! results.networks.push(NetworkFacts::new("128 units"));
//! results.runs.push(Run::tested(0, 1, 0.88));
//! let summary = Summary::new(&results, DEFAULT_MARGIN);
//! assert!(fitroom_published::sections(&summary).is_empty(), "it does not reproduce the article");
//! ```

#![deny(clippy::wildcard_enum_match_arm)]

mod article;
mod claim;
#[cfg(test)]
#[path = "../../report/src/fixture/mod.rs"]
#[allow(dead_code)]
mod fixture;
mod measures;
mod networks;
#[cfg(test)]
mod reading_tests;
mod rules;
mod section;

use fitroom_report::Summary;
use fitroom_report::document::Section;

pub use article::{NETWORKS, TITLE, curve, network_of};
pub use claim::{Claim, Standing};
pub use networks::ArticleNetworks;
pub use rules::claims;

/// The sections that are added to the report of a study that reproduces the article; none for other
/// studies.
pub fn sections(summary: &Summary) -> Vec<Section> {
    section::claims_section(summary).into_iter().collect()
}
