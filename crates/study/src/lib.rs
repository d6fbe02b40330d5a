//! Studies: what to train, the training itself, and what is kept of it.

mod record;
mod store;
mod study;

pub use record::{EpochRecord, Outcome, RunStatus, Scores, ScoresAt};
pub use store::{DatasetFacts, Host, StoreError, StoredRun, StoredStudy};
pub use study::{NetworkPlan, Study, Training};
