//! The panel of what happens now: how far a study has come, what runs, and the buttons.

use fitroom_session::report::Summary;
use fitroom_session::report::number::{
    MISSING, counted, counted_in_digits, duration, percent, two_digits,
};
use fitroom_session::results::RunStatus;
use fitroom_session::{Activity, RunProgress};
use maud::{Markup, html};

use crate::actions::actions_panel;
use crate::served::Served;
use crate::training::{Progress, Training};

/// What runs now, and how much time is left. Scripts replace it while the page is open.
pub fn panel(served: &Served, summary: &Summary) -> Markup {
    match &served.training {
        Some(training) => training_panel(training),
        None => stored_panel(served, summary),
    }
}

/// How far the training in this process has come.
pub fn training_panel(training: &Training) -> Markup {
    let progress = training.progress();
    let part = progress.time.map_or(0.0, |time| time.part_done);
    let state = training.actions.state();
    html! {
        p.progress {
            strong { (activity_words(state.activity)) }
            " " (progress.ended) " of " (counted_in_digits(progress.planned, "run")) " ended"
            @if let Some(seconds) = progress.time.and_then(|time| time.seconds_left).filter(|_| state.activity == Activity::Trains) {
                ", about " (duration(seconds)) " left"
            }
            "."
        }
        @if let Some(error) = &state.error { p.note role="alert" { (error) } }
        progress max="1" value=(format!("{part:.4}")) aria-label="Part of the study that is done" {}
        @if !progress.running.is_empty() { (running(&progress)) }
    }
}

fn activity_words(activity: Activity) -> &'static str {
    match activity {
        Activity::Begins => "The study is about to begin.",
        Activity::Trains => "Training.",
        Activity::Pauses => "Pausing after the current step.",
        Activity::Paused => "Paused.",
        Activity::Rests => "At rest.",
        Activity::Ended => "Ended.",
    }
}

/// The runs that are being trained.
fn running(progress: &Progress) -> Markup {
    let epoch = |run: &RunProgress| {
        format!("{} of {}", (run.epochs_done + 1).min(run.label.epochs), run.label.epochs)
    };
    let or_missing = |text: Option<String>| text.unwrap_or_else(|| MISSING.to_owned());
    html! {
        div.scroll tabindex="0" role="region" aria-label="Runs in training" {
            table {
                caption { "Runs in training" }
                thead { tr { @for name in ["network", "seed", "epoch", "training loss", "validation", "images/s"] { th scope="col" { (name) } } } }
                tbody {
                    @for run in &progress.running {
                        tr {
                            th scope="row" { (run.label.network) }
                            td { (run.label.seed) }
                            td { (epoch(run)) }
                            td { (or_missing(run.loss.map(|loss| format!("{loss:.3}")))) }
                            td { (or_missing(run.val_accuracy.map(percent))) }
                            td { (or_missing(run.images_per_second.map(two_digits))) }
                        }
                    }
                }
            }
        }
    }
}

/// A directory that another process writes, or that is complete.
fn stored_panel(served: &Served, summary: &Summary) -> Markup {
    let [pending, finished, diverged] =
        [RunStatus::Pending, RunStatus::Finished, RunStatus::Diverged].map(|it| summary.count(it));
    if !served.is_study() || pending == 0 {
        return html! {};
    }
    let begun = summary.results.runs.iter();
    let epochs: usize =
        begun.filter(|run| run.status == RunStatus::Pending).map(|run| run.epochs.len()).sum();
    html! {
        p.progress {
            strong { "Not finished." }
            " " (finished + diverged) " of " (counted_in_digits(pending + finished + diverged, "run")) " ended"
            @if epochs > 0 { ", and " (counted(epochs, "epoch")) " of others " (if epochs == 1 { "is" } else { "are" }) " done" }
            ". The page follows the directory."
        }
    }
}

/// The buttons by which the page controls a training; `None` if this process does not train the study.
pub fn actions(served: &Served) -> Option<Markup> {
    served.training.as_ref().map(actions_panel)
}
