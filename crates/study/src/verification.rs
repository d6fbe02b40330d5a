//! Verifies a study's directory: whether every file is what was written, and the files agree.

use std::path::{Path, PathBuf};

use crate::ensembles::stored_ensembles;
use crate::file_names::{ENSEMBLES, RUN, RUNS, STUDY_FILE};
use crate::run::is_id;
use crate::run_directory::RunDirectory;
use crate::run_files::RunFile;
use crate::stored_files::{is_ours, read_study};
use crate::{DatasetFacts, RunStatus, StoreError, StoredStudy, files};

/// What was found in a study's directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// Runs that are finished.
    pub finished: usize,
    /// Runs that diverged.
    pub diverged: usize,
    /// Runs that have begun and can be gone on with.
    pub begun: usize,
    /// Whether the runs could be verified. They can't without the study and the facts about its data.
    pub are_runs_verified: bool,
    /// Everything that is wrong.
    pub findings: Vec<Finding>,
}

/// Something that is wrong in a study's directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it, on one line.
    pub problem: String,
}

impl StoredStudy {
    /// Reads every file of the study in `dir` that decides a result, those of runs with earlier
    /// settings too. A file is verified by its seal, and by what other files say. Files of earlier
    /// versions have no seals.
    ///
    /// # Errors
    /// If `dir` holds no study.
    pub fn verify(dir: &Path) -> Result<Verification, StoreError> {
        if !is_ours(dir)? {
            return Err(StoreError::Missing { dir: dir.to_owned() });
        }
        let mut verification = Verification { are_runs_verified: true, ..Verification::default() };
        let dataset = match read_study(dir) {
            Ok(stored) => stored.map(|(_, dataset)| dataset),
            Err(error) => {
                verification.find(&dir.join(STUDY_FILE), error);
                verification.are_runs_verified = false;
                None
            }
        };
        if let Err(error) = stored_ensembles(dir) {
            verification.find(&dir.join(ENSEMBLES), error);
            // It holds what the runs hold too.
            let again = "; `fitroom report` makes it again";
            if let Some(finding) = verification.findings.last_mut() {
                finding.problem.push_str(again);
            }
        }
        let runs = dir.join(RUNS);
        let mut names = match files::require_directory(&runs).and_then(|()| files::names_in(&runs))
        {
            Ok(names) => names,
            Err(error) => {
                verification.find(&runs, error);
                Vec::new()
            }
        };
        // Other programs may leave files there, such as `.DS_Store`.
        names.retain(|name| is_id(name));
        names.sort_unstable();
        names.into_iter().for_each(|id| verification.verify_run(dir, id, dataset.as_ref()));
        Ok(verification)
    }
}

impl Verification {
    /// Verifies a run. Without the data set's facts, only what describes the run is read.
    fn verify_run(&mut self, dir: &Path, id: String, dataset: Option<&DatasetFacts>) {
        let place = dir.join(RUNS).join(&id);
        let path = place.join(RUN);
        let run = files::require_directory(&place).and_then(|()| RunFile::read(&path, &id));
        let facts = match run {
            Ok(Some(run)) => run.decided_by,
            // A kill came before anything was trained.
            Ok(None) => return self.begun += 1,
            Err(error) => return self.find(&path, error),
        };
        let Some(dataset) = dataset else { return };
        if facts.data != dataset.fingerprint {
            let problem = "it was trained on other data than the study's";
            return self.find(&path, StoreError::damaged(&path, problem));
        }
        let (status, findings) = RunDirectory::new(dir, id, facts.training).verify(&facts, dataset);
        match status {
            Some(RunStatus::Finished) => self.finished += 1,
            Some(RunStatus::Diverged) => self.diverged += 1,
            Some(RunStatus::Pending) => self.begun += 1,
            None => {}
        }
        findings.into_iter().for_each(|finding| self.find(&place, finding));
    }

    /// Adds an error as a finding.
    fn find(&mut self, about: &Path, error: StoreError) {
        self.findings.push(Finding::of(about, error));
    }
}

impl Finding {
    /// An error as a finding; `about` is the file if the error names none.
    pub(crate) fn of(about: &Path, error: StoreError) -> Self {
        if let StoreError::Damaged { path, problem } = error {
            Finding { path, problem }
        } else {
            let text = error.to_string();
            let problem = text.lines().next().unwrap_or_default().to_owned();
            Finding { path: about.to_owned(), problem }
        }
    }
}
