//! The words for progress, in bars and in lines.

use fitroom_session::report::{counted_seeds, number};
use fitroom_session::study::{Outcome, RunLabel, RunStatus, SettingChange};
use fitroom_session::{RunProgress, StudyProgress, TimeLeft};

/// `batch norm, seed 1`
pub fn run_name(label: &RunLabel) -> String {
    format!("{}, seed {}", label.network, label.seed)
}

/// `loss 1.560`, `validation 87.9%`, `41,000 images/s`, without those that are not known.
pub fn measures(run: &RunProgress) -> Vec<String> {
    let mut measures = Vec::new();
    measures.extend(run.loss.map(|loss| format!("loss {loss:.3}")));
    measures.extend(run.val_accuracy.map(|accuracy| format!("validation {}", percent(accuracy))));
    measures
        .extend(run.images_per_second.map(|rate| format!("{} images/s", number::two_digits(rate))));
    measures
}

/// `12 min left`, as soon as there is an estimate.
pub fn time_left(time: &TimeLeft) -> Option<String> {
    time.seconds_left.map(|seconds| format!("{} left", number::duration(seconds)))
}

/// The line that says that predictions are made for finished runs that have none stored.
pub fn predictions_missing(runs: usize) -> String {
    format!(
        "classifying the test images with the stored weights of {}",
        number::counted(runs, "finished run")
    )
}

/// The line for a network whose settings have changed, so that its earlier runs are left out.
pub fn set_aside(network: &str, changes: &[SettingChange], runs: usize) -> String {
    let changes = changes
        .iter()
        .map(|SettingChange { key, before, now }| format!("{key} was {before} and is {now}"));
    format!(
        "{network}: {}: {} {} in runs/ and {} left out of the report; the old settings bring {} back",
        changes.collect::<Vec<_>>().join(", "),
        number::counted(runs, "earlier run"),
        if runs == 1 { "stays" } else { "stay" },
        if runs == 1 { "is" } else { "are" },
        if runs == 1 { "it" } else { "them" },
    )
}

/// The line that says how many steps a budget of seconds is. Networks after the first are only
/// counted, since a sweep may have hundreds.
pub fn budget_measured(networks: &[String], seconds: f64, steps: u32) -> String {
    format!(
        "{} {} {} of {} (on one thread)",
        seconds,
        if seconds == 1.0 { "second is" } else { "seconds are" },
        number::counted_in_digits(steps as usize, "step"),
        first_and_others(networks),
    )
}

/// The line that says which learning rate networks get.
pub fn tuned(
    networks: &[String],
    learning_rate: f32,
    tried: usize,
    seeds: u32,
    is_at_an_end: bool,
) -> String {
    format!(
        "{}: learning rate {learning_rate}, the best of {tried} on {}{}",
        first_and_others(networks),
        number::counted(seeds as usize, "tuning seed"),
        match is_at_an_end {
            true => "; it is at an end of the list, so one beyond it may be better",
            false => "",
        }
    )
}

fn first_and_others(networks: &[String]) -> String {
    let first = networks.first().map_or("", String::as_str);
    match networks.len().saturating_sub(1) {
        0 => first.to_owned(),
        others => format!("{first} and {}", number::counted(others, "other network")),
    }
}

/// The line that says that a study has fewer seeds than it was to have.
pub fn seeds_lowered(from: u32, to: u32) -> String {
    format!(
        "the study in this directory was to have {} and has {to} now: no run of the others has ended",
        counted_seeds(from as usize)
    )
}

/// The line for a run of this share that another process trains.
pub fn run_elsewhere(run: &RunProgress, by: &str) -> String {
    format!("{}: {by} trains it", run_name(&run.label))
}

/// The line for a run that finished or diverged.
pub fn run_done(run: &RunProgress, status: RunStatus, outcome: Option<&Outcome>) -> String {
    let name = run_name(&run.label);
    if status == RunStatus::Diverged {
        let epoch = run.epochs_done + 1;
        return format!("{name}: diverged in epoch {epoch}: the loss is not finite any more");
    }
    let Some(outcome) = outcome else { return format!("{name}: done") };
    format!(
        "{name}: done in {}, test {} after epoch {}",
        number::duration(outcome.seconds),
        percent(outcome.best.test.accuracy),
        outcome.best.epoch
    )
}

/// The line for a run that failed.
pub fn run_failed(run: &RunProgress, error: &str) -> String {
    format!("{}: failed: {error}", run_name(&run.label))
}

/// `3 of 40 runs`
pub fn runs_done(progress: &StudyProgress) -> String {
    let done = progress.runs().iter().filter(|run| run.is_over).count();
    format!("{done} of {} runs", progress.runs().len())
}

/// `87.9%`. More digits would only flicker on a terminal.
fn percent(fraction: f64) -> String {
    format!("{:.1}%", 100.0 * fraction)
}
