//! Results of training runs, wherever they come from: the model that a report reads.
//!
//! [`Results`] holds networks ([`NetworkFacts`]), their runs ([`Run`]) with curves and scores, and
//! where all of it came from ([`Origin`]). [`Results::open`] reads the directory of a study that
//! `fitroom run` trained, and [`ImportedResults`] takes runs that other tools logged. Each further
//! origin is one file of this crate and one variant of [`Origin`].
//!
//! A fact that only some origins know is an `Option`. A number that was not measured is NaN.
//!
//! Two networks with five seeds each, made by hand:
//!
//! ```
//! use fitroom_results::{Metric, NetworkFacts, Results, Run, Subset};
//!
//! let mut results = Results::new("widths");
//! let accuracies =
//!     [[0.881, 0.884, 0.879, 0.886, 0.883], [0.889, 0.891, 0.886, 0.894, 0.890]];
//! for (network, accuracies) in accuracies.into_iter().enumerate() {
//!     results.networks.push(NetworkFacts::new(["128 units", "512 units"][network]));
//!     for (seed, accuracy) in (1..).zip(accuracies) {
//!         results.runs.push(Run::tested(network, seed, accuracy));
//!     }
//! }
//! results.networks[1].baseline = Some("128 units".into());
//!
//! let run = results.run(1, 3).expect("network 1 was trained with seed 3");
//! assert_eq!(run.best(Metric::Accuracy, Subset::Test), Some(0.886));
//! ```

#![deny(clippy::wildcard_enum_match_arm)]

mod error;
#[doc(hidden)]
pub mod hostile;
mod imported_runs;
mod judged_measure;
mod network;
mod prediction;
mod reference;
mod results;
mod run;
mod score;
mod seed_plan;
mod stored_files;
mod stored_run;
mod stored_study;

pub use error::ResultsError;
pub use fitroom_import::Direction;
pub use imported_runs::ImportedResults;
pub use judged_measure::{JudgedMeasure, Scale};
pub use network::{
    Budget, Choose, LayerFacts, LayerFamily, Monitor, NetworkFacts, Setting, SettingField,
    StepFacts, SweepPoint, TunedFacts, WeightFacts,
};
pub use prediction::{Prediction, Tensor};
pub use reference::{ReferenceCurve, ReferenceEpoch};
pub use results::{Confirmation, DatasetFacts, Host, Origin, Pairing, Results, Sweep};
pub use run::{EpochRecord, Inference, MeasuredValues, Outcome, Run, RunStatus, Scores, ScoresAt};
pub use score::{Metric, Subset};
pub use seed_plan::SeedPlan;
pub use stored_files::StoredFiles;
pub use stored_study::budget_facts;
