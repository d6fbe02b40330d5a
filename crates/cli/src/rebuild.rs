//! The report while a study is running: written again after each run, by a thread of its own.

use std::path::Path;
use std::sync::mpsc::Receiver;

use fitroom_study::StoredStudy;

use crate::Failure;

/// Writes the report of the study in `dir` for each message, until there are no more senders. Messages that came while
/// it was writing are answered together. What goes wrong is passed to `complain`.
pub fn keep_up(dir: &Path, ended_runs: &Receiver<()>, complain: impl Fn(&Failure)) {
    while ended_runs.recv().is_ok() {
        ended_runs.try_iter().for_each(drop);
        if let Err(failure) = write(dir) {
            complain(&failure);
        }
    }
}

fn write(dir: &Path) -> Result<(), Failure> {
    Ok(fitroom_report::write(&StoredStudy::open(dir)?, dir)?)
}
