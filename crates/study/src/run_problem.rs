//! Why a run failed, as its directory says. The file is for people and decides nothing: whoever trains
//! the run again removes it.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::disk::{DISK, Disk};
use crate::file_names::FAILURE;
use crate::plain_text::harmless;
use crate::sealed_json::{self, Sealed};
use crate::{Host, RunFailure};

/// The content of `failure.json`.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RunProblem {
    /// The error.
    pub error: String,
    /// The machine's name.
    pub host: String,
}

impl RunProblem {
    /// Notes why the run in `dir` failed on this machine. A full disk may refuse that: then the run looks
    /// like one that waits.
    pub fn note(dir: &Path, failure: &RunFailure) {
        let problem = RunProblem { error: failure.to_string(), host: Host::name_of_this_machine() };
        let _ = sealed_json::write(&dir.join(FAILURE), &problem, &[]);
    }

    /// Why the run in `dir` failed; `None` if it did not fail the last time, or if the file can't be read.
    pub fn read(dir: &Path) -> Option<Self> {
        let path = dir.join(FAILURE);
        let problem = Sealed::<RunProblem>::read(&path).ok()??.checked(&path, &[]).ok()?;
        Some(RunProblem { error: harmless(&problem.error), host: harmless(&problem.host) })
    }

    /// Forgets that the run in `dir` failed.
    pub fn forget(dir: &Path) {
        let _ = DISK.remove(&dir.join(FAILURE));
    }
}
