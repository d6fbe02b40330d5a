//! Sessions: what every front end of Fitting Room needs.
//!
//! A front end takes a user's request and shows the outcome. The command line is one
//! and the Python package another; a web page could be a third. A session does the work in between. It
//! finds the study ([`StudyRequest`]), loads the data, trains the study and keeps its report up to
//! date ([`Session`]). It sends the front end [`SessionEvent`]s, which can be passed on to another
//! process as JSON. It also opens and compares stored studies ([`rebuild_report`], [`compare`]), and
//! judges runs that other tools logged ([`judging`]). It finds learning rates for a study's networks ([`RateTester`]). A page with buttons pauses and changes a study
//! while it is trained ([`StudyActions`]).
//! Words, progress bars and exit codes belong to the front end.
//!
//! # Example
//! Trains a study and reads its events:
//! ```
//! use fitroom_session::study::Event;
//! use fitroom_session::{Session, SessionControl, SessionEvent, SessionOptions, StudyRequest};
//!
//! # let dir = tempfile::tempdir()?;
//! # let path = |name: &str| dir.path().join(name).display().to_string();
//! # let images = |count: usize| -> String {
//! #     (0..count).map(|image| format!("{},{},9,9,9\n", image % 2, 200 * (image % 2))).collect()
//! # };
//! # std::fs::write(path("train.csv"), images(80))?;
//! # std::fs::write(path("test.csv"), images(20))?;
//! std::fs::write(
//!     path("small.toml"),
//!     r#"
//!     name     = "small"
//!     training = { epochs = 3, batch_size = 8, validation = 16 }
//!     network  = [{ name = "one layer", layers = "dense 4, relu" }]
//!     "#,
//! )?;
//! let request = StudyRequest {
//!     seeds: Some(2),
//!     dataset: Some(format!("csv:{},{}", path("train.csv"), path("test.csv"))),
//!     ..StudyRequest::new(path("small.toml"))
//! };
//! let options = SessionOptions { out: Some(path("results").into()), ..SessionOptions::default() };
//!
//! let mut epochs = 0;
//! let mut observer = |event: &SessionEvent| match event {
//!     SessionEvent::Study { event: Event::EpochDone { run, record }, .. } => {
//!         epochs += 1;
//!         println!("run {run}, epoch {}: {:.1}%", record.epoch, 100.0 * record.val_accuracy);
//!     }
//!     SessionEvent::ReportWritten { path } => println!("see {}", path.display()),
//!     _ => {} // A front end that names every event is told by the compiler of new ones.
//! };
//! let session = Session::open(&request, &options, &mut observer)?;
//! let outcome = session.train(&SessionControl::default(), &mut observer)?;
//!
//! assert_eq!(outcome.runs?.finished, 2);
//! assert!(outcome.report?.path.ends_with("results/report.html"));
//! assert_eq!(epochs, 2 * 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![deny(clippy::wildcard_enum_match_arm)]

mod action_error;
mod actions;
mod attended;
mod comparison;
mod control;
mod dataset;
mod ensembles;
mod error;
pub mod evaluation;
mod evaluation_error;
mod event;
mod event_stream;
pub mod exporting;
mod exporting_error;
pub mod judging;
mod layers;
mod lengths;
pub mod models;
mod network_progress;
mod output_directory;
pub mod prediction;
mod rate_test_error;
mod rate_tests;
mod read_changes;
mod report_thread;
mod request;
mod run_progress;
mod session;
mod share_request;
mod stop_signal;
mod stored_report;
mod study_progress;
mod study_state;
pub mod tensorboard;
mod tensorboard_error;
#[cfg(test)]
mod test_data;
mod until_clear;

/// The data sets that a study is trained on.
pub use fitroom_data as data;
/// Models on their own, and the files that other programs read.
pub use fitroom_export as export;
/// Runs that other tools logged.
pub use fitroom_import as import;
/// Reports: their content, and how they write numbers.
pub use fitroom_report as report;
/// Runs with their curves and scores.
pub use fitroom_results as results;
/// Spreads, paired effects and verdicts.
pub use fitroom_stats as stats;
/// Studies, their events and their stored runs.
pub use fitroom_study as study;

pub use action_error::ActionError;
pub use actions::StudyActions;
pub use comparison::{ComparedStudies, ComparisonRequest, compare, compare_all};
pub use control::{Interruption, SessionControl};
pub use dataset::{ImageFacts, fetch_dataset, image_facts, load_dataset, stored_dataset};
pub use error::{ErrorKind, SessionError};
pub use event::{Decided, Observer, SessionEvent, TimeLeft, Waiting};
pub use layers::{layers, stored_layers};
pub use lengths::lengths;
pub use output_directory::{OUTPUT_DIRECTORY, file_name};
pub use rate_test_error::RateTestError;
pub use rate_tests::{RateTestRequest, RateTester, RateTests};
pub use read_changes::ReadChanges;
pub use request::StudyRequest;
pub use run_progress::RunProgress;
pub use session::{Session, SessionOptions, SessionOutcome};
pub use share_request::{ShareRequest, ShareRequestError};
pub use stored_report::{WrittenReport, rebuild_report};
pub use study_progress::StudyProgress;
pub use study_state::{Activity, RunName, StudyState};
