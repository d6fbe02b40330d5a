//! Every reader of what others made, and what it promises of any bytes at all.
//!
//! A body stands in its reader's crate, behind the feature `hostile`. The fuzz targets in `fuzz/`
//! run it on inputs that they make up; this crate's test runs it on those that are stored in
//! `fuzz/corpus/NAME`.

use fitroom_data::hostile as data;
use fitroom_report::hostile as report;
use fitroom_study::hostile as study;

/// Panics where a promise is not kept.
pub type Body = fn(&[u8]);

/// Each target's name and body.
pub const TARGETS: [(&str, Body); 11] = [
    ("study_file", study::study_file),
    ("layers", study::layers),
    ("source", data::source),
    ("idx", data::idx),
    ("gzip", data::gzip),
    ("csv", data::csv),
    ("predictions", study::predictions),
    ("weights", study::weights),
    ("checkpoint", study::checkpoint),
    ("directory", study::directory),
    ("report", report::report),
];

/// The body of the target of this name.
///
/// # Panics
/// If there is none.
pub fn body(name: &str) -> Body {
    TARGETS
        .iter()
        .find(|(known, _)| *known == name)
        .unwrap_or_else(|| panic!("no target is called {name}"))
        .1
}
