//! Finds out at the next start that the system ended the process for want of memory, and which
//! network was trained meanwhile.
//!
//! While a run is trained, a file in its directory says how many processes of the control group
//! were ended so far. The file is removed when the run ends or stops in order. If it is still there
//! at the next start and the count has risen, the run's network is skipped: it would end the process
//! again, and the networks after it would never be trained.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use fitroom_files::{LockFile, Sharing};
use serde::{Deserialize, Serialize};

use crate::control_group::ControlGroup;
use crate::file_names::{LOCK_FILE, OUTCOME, TRAINING};
use crate::run::RunFacts;
use crate::sealed_json::{self, Sealed};
use crate::{RunFailure, StoreError, files};

/// The content of `training.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Mark {
    /// Identifies the start of the program, so that runs that were trained at once are known.
    start: u64,
    /// Identifies the start of the machine. The count begins at zero with it.
    boot: String,
    /// The control group's path.
    group: String,
    /// The lowest limit of memory of the group and of the groups around it, in bytes.
    limit: Option<u64>,
    /// Processes of the group that were ended for want of memory before.
    oom_kills: u64,
    /// What [`RunFacts::network_id`] gives.
    network: String,
    /// Bytes that the run was expected to take.
    memory: u64,
}

/// Marks the runs that are under way, and knows the networks to skip.
pub(crate) struct TrainingMarks {
    /// What each mark of this start says; `None` if the system does not count.
    counted: Option<(ControlGroup, Mark)>,
    /// The networks to skip, each with the file that says so.
    skipped: Vec<(String, PathBuf)>,
}

impl TrainingMarks {
    /// Reads the marks in `runs`, the directory of all runs. `group` is the control group of this
    /// process.
    pub fn read(runs: &Path, group: Option<ControlGroup>) -> Result<Self, StoreError> {
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let start = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |time| time.as_nanos() as u64);
        let counted = group.and_then(|group| {
            let mark = Mark {
                start,
                boot: boot.trim().to_owned(),
                group: group.path().to_owned(),
                limit: group.limit(),
                oom_kills: group.oom_kills()?,
                network: String::new(),
                memory: 0,
            };
            Some((group, mark))
        });
        let mut marks = TrainingMarks { counted, skipped: Vec::new() };
        if let Some((_, now)) = &marks.counted {
            marks.skipped = culprits(runs, now)?;
        }
        Ok(marks)
    }

    /// Fails if the run's network is skipped.
    pub fn check(&self, facts: &RunFacts) -> Result<(), RunFailure> {
        let network = facts.network_id();
        match self.skipped.iter().find(|(skipped, _)| *skipped == network) {
            Some((_, file)) => Err(RunFailure::EndedBefore { file: file.clone() }),
            None => Ok(()),
        }
    }

    /// Marks the run in `dir` as under way. It is expected to take `memory` bytes.
    pub fn begin(&self, dir: &Path, facts: &RunFacts, memory: u64) -> Result<(), StoreError> {
        let Some((group, start)) = &self.counted else { return Ok(()) };
        let oom_kills = group.oom_kills().unwrap_or(start.oom_kills);
        let mark = Mark { oom_kills, network: facts.network_id(), memory, ..start.clone() };
        files::create_directory(dir)?;
        sealed_json::write(&dir.join(TRAINING), &mark, &[])
    }

    /// Removes the mark of a run that ended or stopped in order.
    pub fn end(&self, dir: &Path) -> Result<(), StoreError> {
        if self.counted.is_none() {
            return Ok(());
        }
        files::remove(&dir.join(TRAINING))
    }
}

/// Reads a mark; `None` if there is none.
fn read(path: &Path) -> Result<Option<Mark>, StoreError> {
    Sealed::<Mark>::read(path)?.map(|mark| mark.checked(path, &[])).transpose()
}

/// Fails if there is a mark in the directory of a run, and it is damaged.
pub(crate) fn verify(run: &Path) -> Result<(), StoreError> {
    read(&run.join(TRAINING)).map(drop)
}

/// The networks that were trained when the system ended the process, each with its file.
///
/// Of several runs under way at once, only the ones with the most memory are to blame: the others
/// may fit without them. If one of those others does not, it is found at the start after that.
fn culprits(runs: &Path, now: &Mark) -> Result<Vec<(String, PathBuf)>, StoreError> {
    let mut left: Vec<(Mark, PathBuf)> = Vec::new();
    for name in files::directories_in(runs)? {
        let (file, outcome) = (runs.join(&name).join(TRAINING), runs.join(&name).join(OUTCOME));
        let lock = runs.join(&name).join(LOCK_FILE);
        let is_trained = || LockFile::owner(&lock, Sharing::Together).ok().flatten().is_some();
        // A run that has ended is not to blame: its file could not be removed. Nor is a run that another
        // process trains.
        // A damaged file decides no result. `fitroom verify` names it.
        if let Ok(Some(mark)) = read(&file)
            && !outcome.exists()
            && !is_trained()
        {
            left.push((mark, file));
        }
    }
    // With a higher limit, the network may fit now.
    let is_raised = |then: &Mark| match (then.limit, now.limit) {
        (Some(then), Some(now)) => now > then,
        (Some(_), None) => true,
        (None, _) => false,
    };
    left.retain(|(mark, _)| {
        (&mark.boot, &mark.group) == (&now.boot, &now.group)
            && mark.oom_kills < now.oom_kills
            && !is_raised(mark)
    });
    let most = |start| {
        left.iter().filter(|(mark, _)| mark.start == start).map(|(mark, _)| mark.memory).max()
    };
    let to_blame = left.iter().filter(|(mark, _)| Some(mark.memory) == most(mark.start));
    Ok(to_blame.map(|(mark, file)| (mark.network.clone(), file.clone())).collect())
}

#[cfg(test)]
mod tests;
