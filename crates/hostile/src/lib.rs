//! The fuzz targets of all readers of foreign files: what each reader promises for any bytes.
//!
//! A target's body is in the reader's crate, in its module `hostile`. The fuzzers in `fuzz/`
//! run it on inputs that they make up. This crate's test runs it on the inputs in
//! `fuzz/corpus/NAME`.

use fitroom_data::hostile as data;
use fitroom_export::hostile as export;
use fitroom_import::hostile as import;
use fitroom_report::hostile as report;
use fitroom_study::hostile as study;

/// Runs a reader on some bytes, and panics if it breaks a promise.
pub type Body = fn(&[u8]);

/// The name and the body of each target.
pub const TARGETS: [(&str, Body); 23] = [
    ("study_file", study::study_file),
    ("layers", study::layers),
    ("source", data::source),
    ("idx", data::idx),
    ("gzip", data::gzip),
    ("csv", data::csv),
    ("picture", data::picture),
    ("new_images", data::new_images),
    ("cifar", data::cifar),
    ("npz", data::npz),
    ("predictions", study::predictions),
    ("weights", study::weights),
    ("checkpoint", study::checkpoint),
    ("model", export::model),
    ("directory", study::directory),
    ("report", report::report),
    ("log_csv", import::log_csv),
    ("log_lines", import::log_lines),
    ("log_json", import::log_json),
    ("log_events", import::log_events),
    ("log_mlflow", import::log_mlflow),
    ("log_sqlite", import::log_sqlite),
    ("log_yaml", import::log_yaml),
];

/// The body of the target of this name.
///
/// # Panics
/// If there is no such target.
pub fn body(name: &str) -> Body {
    TARGETS
        .iter()
        .find(|(known, _)| *known == name)
        .unwrap_or_else(|| panic!("no target is called {name}"))
        .1
}
