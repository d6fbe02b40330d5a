//! `fitroom run`: trains what is not trained yet of a study, and writes its report.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use fitroom_data::Dataset;
use fitroom_study::{Event, RunError, RunOptions, StoredStudy, Study, instruction_set, run_study};

use crate::arguments::RunArguments;
use crate::failure::warn;
use crate::progress::Progress;
use crate::{Failure, data, interrupt, report};

/// Where results go that nobody gave a place.
pub const OUTPUT: &str = "fitroom-out";

/// `fitroom run`
pub fn run(arguments: &RunArguments) -> Result<(), Failure> {
    instruction_set()?;
    let study = study(arguments)?;
    let dataset = data::load(study.dataset.as_ref(), &arguments.data.places.places())?;
    let dir = arguments
        .out
        .clone()
        .unwrap_or_else(|| default_directory(&study, arguments.quick, &dataset));
    let cores = || thread::available_parallelism().map_or(1, usize::from);
    let margin = arguments.margin.fraction();
    let threads = arguments.threads.map_or_else(cores, usize::from);

    let progress = Arc::new(Progress::new(&study.name, threads));
    let notice = {
        let progress = Arc::clone(&progress);
        move || progress.say("stopping after the current step; Ctrl-C again ends at once")
    };
    let stop = interrupt::stop_flag(notice);
    let completion = thread::scope(|scope| {
        let (run_ended, ended_runs) = mpsc::channel();
        scope.spawn(|| {
            let ended_runs = ended_runs;
            report::keep_up(&dir, &dataset, margin, &ended_runs, |failure| {
                progress.say(&format!("the report is behind: {failure}"))
            });
        });
        let observer = |event: &Event| {
            progress.show(event);
            if matches!(event, Event::RunDone { .. }) {
                // It listens until `run_ended` is dropped.
                let _ = run_ended.send(());
            }
        };
        let options = RunOptions {
            threads,
            checkpoint_every: Duration::from_secs_f64(arguments.checkpoint_every),
        };
        let completion = run_study(&study, &dataset, &dir, &options, &stop, &observer);
        drop(run_ended);
        completion
    });
    progress.clear();
    // What did not fail is reported even where some runs did.
    if !matches!(&completion, Err(RunError::Study(_) | RunError::Store(_))) {
        let written = write_report(&dir, &dataset, margin);
        match (&completion, written) {
            // Why the runs failed is most likely why the report does.
            (Err(_), Err(failure)) => warn(&format!("the report is behind: {failure}")),
            (_, written) => written?,
        }
    }
    let completion = completion?;
    if completion.pending == 0 {
        return Ok(());
    }
    let done = completion.finished + completion.diverged;
    Err(Failure::Interrupted {
        done,
        runs: done + completion.pending,
        command_line: interrupt::command_line(),
    })
}

fn write_report(dir: &Path, dataset: &Dataset, margin: f64) -> Result<(), Failure> {
    report::write(&StoredStudy::open(dir)?, Some(dataset), dir, margin)
}

/// The study that was asked for, as it was asked for.
fn study(arguments: &RunArguments) -> Result<Study, Failure> {
    let mut study = Study::find(&arguments.study)?;
    if arguments.quick {
        study.quick();
    }
    if let Some(seeds) = arguments.seeds {
        study.set_seeds(seeds)?;
    }
    if !arguments.only.is_empty() {
        study.only(&arguments.only)?;
    }
    if let Some(epochs) = arguments.epochs {
        study.set_epochs(epochs)?;
    }
    if let Some(name) = &arguments.data.dataset {
        study.dataset = Some(name.parse()?);
    }
    Ok(study)
}

/// Named by the data set too: what was trained on drawn garments can't be taken for results on
/// Fashion-MNIST.
fn default_directory(study: &Study, quick: bool, dataset: &Dataset) -> PathBuf {
    let quick = if quick { "-quick" } else { "" };
    Path::new(OUTPUT).join(format!(
        "{}{quick}-{}",
        file_name(&study.name),
        file_name(&dataset.name)
    ))
}

/// `name` as a part of a file's name: `idx:my/images` becomes `idx-my-images`.
pub fn file_name(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_parts_of_file_names() {
        let cases = [
            ("fashion-mnist", "fashion-mnist"),
            ("idx:../My images/", "idx-my-images"),
            ("../../etc", "etc"),
        ];
        for (name, expected) in cases {
            assert_eq!(file_name(name), expected);
        }
    }
}
