//! Why a run failed, as its directory says. The file is for people and decides nothing: whoever trains
//! the run again removes it.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::disk::{DISK, Disk};
use crate::file_names::FAILURE;
use crate::plain_text::{harmless, make_plain};
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
        let mut host = harmless(&problem.host);
        // A name is one line.
        make_plain(&mut host);
        Some(RunProblem { error: harmless(&problem.error), host })
    }

    /// Forgets that the run in `dir` failed.
    pub fn forget(dir: &Path) {
        let _ = DISK.remove(&dir.join(FAILURE));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StoreError;

    #[test]
    fn what_is_noted_is_read_until_it_is_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(RunProblem::read(dir.path()), None);
        let failure = RunFailure::from(StoreError::damaged(&dir.path().join("x"), "a test"));
        RunProblem::note(dir.path(), &failure);
        let expected = RunProblem {
            error: harmless(&failure.to_string()),
            host: harmless(&Host::name_of_this_machine()),
        };
        assert_eq!(RunProblem::read(dir.path()), Some(expected));
        RunProblem::forget(dir.path());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_a_stranger_writes_turns_no_line_and_moves_no_cursor() {
        let dir = tempfile::tempdir().unwrap();
        let problem = RunProblem { error: "\u{1b}[2J\u{202e}".into(), host: "a\u{7}\nb".into() };
        sealed_json::write(&dir.path().join(FAILURE), &problem, &[]).unwrap();
        let RunProblem { error, host } = RunProblem::read(dir.path()).unwrap();
        assert_eq!((&*error, &*host), ("\u{fffd}[2J\u{fffd}", "a\u{fffd}\u{fffd}b"));
    }
}
