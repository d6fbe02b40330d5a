//! Studies: what to train, the training itself, and what is kept of it.
//!
//! A [`Study`] is read from a file, its runs (network × seed) are trained by [`run_study`] and kept
//! in a directory, and [`StoredStudy`] reads that directory, finished or not. Progress is told as
//! [`Event`]s.

mod benchmark;
mod built_in;
mod confirmation;
mod dataset_facts;
mod directory;
mod disk;
mod epoch_lines;
mod error;
mod event;
mod file_names;
mod files;
mod host;
#[cfg(feature = "hostile")]
pub mod hostile;
mod kept_curves;
mod keys;
mod limits;
mod machine;
mod memory;
mod missing_predictions;
mod network_tables;
mod plain_text;
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
mod scheduler;
mod setting_change;
mod store;
mod store_error;
mod stored_files;
mod stored_number_checks;
mod stored_run;
mod study;
mod study_file;
#[cfg(test)]
mod study_file_page;
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
mod weights;
#[cfg(test)]
mod write_faults;

pub use benchmark::{
    BenchmarkOptions, LEAST_ROUNDS, Measurement, Quartiles, measure, step_operations,
};
pub use confirmation::Confirmation;
pub use dataset_facts::DatasetFacts;
pub use error::{StudyError, StudyProblem};
pub use event::{Event, RunLabel};
pub use fitroom_nn::{
    Architecture, Augmentation, ConvMethod, InstructionSet, InstructionSetError, LayerFamily,
    LayerSpec, LayerSummary, Loss, ParameterSpec, SIMD_VARIABLE, Shape, Tensor, instruction_set,
};
pub use host::Host;
pub use machine::{memory_bandwidth, peak_flops};
pub use predictions::Prediction;
pub use record::{EpochRecord, Outcome, RunStatus, Scores, ScoresAt};
pub use reference::{ReferenceCurve, ReferencePoint};
pub use reference_problem::ReferenceProblem;
pub use run::ENGINE_VERSION;
pub use run_failure::RunFailure;
pub use scheduler::{Completion, RunError, RunOptions, run_study};
pub use setting_change::SettingChange;
pub use store::StoredStudy;
pub use store_error::StoreError;
pub use stored_run::StoredRun;
pub use study::{NetworkPlan, Study, image_shape};
pub use sweep::Sweep;
pub use sweep_point::SweepPoint;
pub use training::{Monitor, Training};
pub use weights::Weights;
