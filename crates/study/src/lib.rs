//! Studies: their files, their training, and their directories of results.
//!
//! [`Study::parse`] reads a study from the text of its file. [`run_study`] trains its runs, one for
//! each network and seed, and stores them in a directory. It reports its progress as [`Event`]s.
//! [`StoredStudy`] reads the directory, whether the study is finished or not.
//!
//! ```
//! use std::sync::{Mutex, atomic::AtomicBool};
//!
//! use fitroom_data::{Dataset, LabelledImages};
//! use fitroom_study::{Event, RunOptions, Study, run_study};
//!
//! let text = r#"
//!     name = "widths"
//!     seeds = 2
//!     training = { epochs = 3, batch_size = 8, validation = 16 }
//!     network = [
//!         { name = "narrow", layers = "dense 4, relu" },
//!         { name = "wide", layers = "dense 16, relu", vs = "narrow" },
//!     ]
//! "#;
//! let study = Study::parse(text, "widths.toml")?;
//!
//! // Images of 4 x 4 pixels with a bright row (class 0) or a bright column (class 1).
//! let draw = |count: usize| {
//!     let is_bright = |image: usize, at: usize| [at / 4, at % 4][image % 2] == image / 2 % 4;
//!     let pixel = |at: usize| if is_bright(at / 16, at % 16) { 200 } else { 20 };
//!     let images: Vec<u8> = (0..16 * count).map(pixel).collect();
//!     LabelledImages { images: images.into(), labels: (0..count).map(|i| (i % 2) as u8).collect() }
//! };
//! let dataset = Dataset {
//!     name: "lines".into(),
//!     title: "Bright lines".into(),
//!     classes: vec!["row".into(), "column".into()],
//!     channels: 1,
//!     height: 4,
//!     width: 4,
//!     train: draw(48),
//!     test: draw(16),
//!     fingerprint: "lines-48-16".into(),
//!     origin: "drawn by this example".into(),
//!     stands_in_because: None,
//!     findings: Vec::new(),
//! };
//!
//! let dir = tempfile::tempdir()?;
//! let events = Mutex::new(Vec::new());
//! let observer = |event: &Event| events.lock().unwrap().push(event.clone());
//! let stop = AtomicBool::new(false);
//! let options = RunOptions::new(2);
//! let completion = run_study(&study, &dataset, dir.path(), &options, &stop, &observer)?;
//!
//! assert_eq!(completion.finished, 4, "two networks with two seeds each");
//! let events = events.into_inner()?;
//! let epochs = events.iter().filter(|event| matches!(event, Event::EpochDone { .. })).count();
//! assert_eq!(epochs, 4 * 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![deny(clippy::wildcard_enum_match_arm)]

mod arithmetic;
mod augmentation_file;
mod benchmark;
mod built_in;
mod confirmation;
mod control_group;
mod crew;
mod data_table;
mod data_warnings;
mod dataset_facts;
mod directory;
mod directory_lock;
mod disk;
mod ensembles;
mod epoch_lines;
mod error;
mod event;
mod file_names;
mod files;
mod host;
#[doc(hidden)]
pub mod hostile;
mod init;
mod init_files;
mod init_setting;
mod kept_curves;
mod kept_init;
mod key_hint;
mod keys;
mod limits;
mod machine;
mod machine_memory;
mod memory;
mod merge;
mod merge_error;
#[cfg(test)]
mod merge_faults;
mod missing_predictions;
mod network_tables;
mod parts;
mod plain_text;
#[cfg(test)]
mod power_cuts;
mod predictions;
mod record;
mod reference;
mod reference_files;
mod reference_problem;
mod reference_table;
mod report_curves;
mod run;
mod run_directory;
mod run_failure;
mod run_files;
mod run_lock;
mod run_normalisation;
mod run_options;
mod run_problem;
mod scheduler;
mod seal;
mod sealed_json;
mod seed_plan;
mod setting_change;
mod share;
mod standing;
mod store;
mod store_error;
mod stored_files;
mod stored_number_checks;
mod stored_run;
mod study;
mod study_file;
#[cfg(test)]
mod study_file_page;
mod study_seeds;
mod sweep;
mod sweep_expansion;
mod sweep_point;
#[cfg(test)]
mod test_data;
mod thread_choice;
mod thread_shares;
mod toml_text;
mod trainer;
mod training;
mod training_file;
mod training_mark;
mod validation;
mod verification;
mod weights;
mod workers;
#[cfg(test)]
mod write_faults;

pub use arithmetic::Arithmetic;
pub use benchmark::{BenchmarkOptions, Measurement, Quartiles, measure};
pub use confirmation::Confirmation;
pub use data_warnings::data_warnings;
pub use dataset_facts::DatasetFacts;
pub use directory_lock::ReportLock;
pub use ensembles::{EnsembleScore, store_ensembles, stored_ensembles};
pub use error::{StudyError, StudyProblem};
pub use event::{AddedBecause, Event, RunLabel};
pub use fitroom_nn::{
    Architecture, Augmentation, ConvMethod, InstructionSet, InstructionSetError, LayerFamily,
    LayerSpec, LayerSummary, Loss, Operation, ParameterSpec, SIMD_VARIABLE, Shape, Tensor,
    instruction_set,
};
pub use host::Host;
pub use init::{
    InitFacts, InitProblem, InitialWeights, TensorMismatch, TensorMismatches, TensorsDigest,
};
pub use key_hint::KeyHint;
pub use machine::{memory_bandwidth, peak_flops};
pub use memory::RunMemory;
pub use merge::Merged;
pub use merge_error::MergeError;
pub use parts::PartError;
pub use predictions::Prediction;
pub use record::{EpochRecord, Outcome, RunStatus, Scores, ScoresAt};
pub use reference::{ReferenceCurve, ReferencePoint};
pub use reference_problem::ReferenceProblem;
pub use run::ENGINE_VERSION;
pub use run_failure::RunFailure;
pub use run_normalisation::NormalisationError;
pub use run_options::{Completion, RunError, RunOptions};
pub use scheduler::{prepare_shares, run_study, run_study_until_clear, runs_of_shares};
pub use seed_plan::SeedPlan;
pub use setting_change::SettingChange;
pub use share::{Share, ShareError};
pub use standing::{RunStanding, RunState, StudyStanding, WorkLeft};
pub use store::StoredStudy;
pub use store_error::StoreError;
pub use stored_run::StoredRun;
pub use study::{NetworkPlan, Study, image_shape};
pub use sweep::Sweep;
pub use sweep_point::SweepPoint;
pub use training::{Choose, Monitor, Normalise, Training};
pub use validation::{HeldOut, Validation};
pub use verification::{Finding, Verification};
pub use weights::Weights;
