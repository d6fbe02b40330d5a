//! How progress is worded, wherever it is shown.

use fitroom_report::number;
use fitroom_study::{Event, RunLabel, RunStatus, SettingChange};

use super::tracker::{Run, Tracker};

/// `batch norm, seed 1`
pub fn run_name(label: &RunLabel) -> String {
    format!("{}, seed {}", label.network, label.seed)
}

/// `loss 1.560, validation 87.9%, 41,000 images/s`: what is known of it.
pub fn measures(run: &Run) -> Vec<String> {
    let mut measures = Vec::new();
    measures.extend(run.loss.map(|loss| format!("loss {loss:.3}")));
    measures.extend(run.val_accuracy.map(|accuracy| format!("validation {}", percent(accuracy))));
    measures.extend(run.images_per_second.map(|rate| format!("{} images/s", two_digits(rate))));
    measures
}

/// `12 min left`, once it can be told.
pub fn time_left(tracker: &Tracker) -> Option<String> {
    tracker.seconds_left().map(|seconds| format!("{} left", duration(seconds)))
}

/// What is said before finished runs get the predictions that they lack.
pub fn predictions_missing(runs: usize) -> String {
    format!(
        "classifying the test images with the stored weights of {}",
        number::counted(runs, "finished run")
    )
}

/// What is said where a network's runs are others than before.
pub fn set_aside(network: &str, changes: &[SettingChange], runs: usize) -> String {
    let changes = changes
        .iter()
        .map(|SettingChange { key, before, now }| format!("{key} was {before} and is {now}"));
    format!(
        "{network}: {}: {} of before {} kept in runs/ and left out of the report; the old settings bring {} back",
        changes.collect::<Vec<_>>().join(", "),
        number::counted(runs, "run"),
        if runs == 1 { "is" } else { "are" },
        if runs == 1 { "it" } else { "them" },
    )
}

/// What is said when a run has ended.
pub fn ending(tracker: &Tracker, event: &Event) -> Option<String> {
    match event {
        Event::RunDone { run, status, outcome } => {
            let label = &tracker.run(*run).label;
            Some(match (status, outcome) {
                (RunStatus::Diverged, _) => format!(
                    "{}: diverged in epoch {}: its loss is no finite number any more",
                    run_name(label),
                    tracker.run(*run).epochs_done + 1
                ),
                (_, None) => format!("{}: done", run_name(label)),
                (_, Some(outcome)) => format!(
                    "{}: done in {}, best epoch {}, test {}",
                    run_name(label),
                    duration(outcome.seconds),
                    outcome.best.epoch,
                    percent(outcome.best.test.accuracy)
                ),
            })
        }
        Event::RunFailed { run, error } => {
            Some(format!("{}: failed: {error}", run_name(&tracker.run(*run).label)))
        }
        _ => None,
    }
}

/// `3 of 40 runs`
pub fn runs_done(tracker: &Tracker) -> String {
    let done = tracker.runs().iter().filter(|run| run.is_over).count();
    format!("{done} of {} runs", tracker.runs().len())
}

/// `87.9%`: more digits would only flicker.
fn percent(fraction: f64) -> String {
    format!("{:.1}%", 100.0 * fraction)
}

/// `41,000`: rounded to what can be compared at a glance.
fn two_digits(rate: f64) -> String {
    let unit = 10_f64.powf((rate.max(1.0).log10().floor() - 1.0).max(0.0));
    number::count(((rate / unit).round() * unit) as u64)
}

/// `45 s`, `12 min`, `2 h 5 min`
pub fn duration(seconds: f64) -> String {
    let minutes = (seconds / 60.0).round() as u64;
    match seconds {
        ..90.0 => format!("{seconds:.0} s"),
        _ if minutes < 60 => format!("{minutes} min"),
        _ => format!("{} h {} min", minutes / 60, minutes % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_as_exact_as_one_can_wait() {
        let said = [0.0, 45.4, 89.4, 90.0, 720.0, 3569.0, 3570.0, 7500.0].map(duration);
        assert_eq!(
            said,
            ["0 s", "45 s", "89 s", "2 min", "12 min", "59 min", "1 h 0 min", "2 h 5 min"]
        );
    }

    #[test]
    fn rates_are_rounded() {
        assert_eq!(
            [0.4, 7.2, 83.4, 999.0, 41_234.0].map(two_digits),
            ["0", "7", "83", "1,000", "41,000"]
        );
    }
}
