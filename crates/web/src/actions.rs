//! What the page may ask of the study that this process trains: pause, stop a run, add seeds.

use fitroom_session::study::RunLabel;
use fitroom_session::{ActionError, Activity, RunName, StudyActions};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::training::{Progress, Training};

/// What a page asks for: `{"action":"stop_run","network":1,"seed":3}`.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// Stop all training.
    Pause,
    /// Go on after a pause.
    GoOn,
    /// Stop one run: a seed of the network at this position.
    StopRun { network: usize, seed: u64 },
    /// Go on with a run that was stopped.
    ContinueRun { network: usize, seed: u64 },
    /// Give every network so many more seeds.
    AddSeeds { count: u32 },
}

impl Action {
    /// Does what was asked.
    ///
    /// # Errors
    /// It makes no sense now.
    pub fn perform(self, actions: &StudyActions) -> Result<(), ActionError> {
        match self {
            Action::Pause => actions.pause(),
            Action::GoOn => actions.go_on(),
            Action::StopRun { network, seed } => actions.stop_run(network, seed),
            Action::ContinueRun { network, seed } => actions.continue_run(network, seed),
            Action::AddSeeds { count } => actions.add_seeds(count),
        }
    }

    /// What is said once it is asked for.
    pub fn words(self) -> String {
        match self {
            Action::Pause => "The study pauses after its current step.".to_owned(),
            Action::GoOn => "The study goes on.".to_owned(),
            Action::StopRun { .. } => "The run stops after its current step.".to_owned(),
            Action::ContinueRun { .. } => "The run goes on.".to_owned(),
            Action::AddSeeds { count: 1 } => "One more seed for every network.".to_owned(),
            Action::AddSeeds { count } => format!("{count} more seeds for every network."),
        }
    }
}

/// Most runs that have a button.
const MOST_RUNS: usize = 40;

/// The buttons. What can't be done now has none.
pub fn actions_panel(training: &Training) -> Markup {
    let state = training.actions.state();
    let Progress { mut open, running, .. } = training.progress();
    // Stopped runs and those in training come first.
    open.sort_by_key(|run| {
        let is_running = running.iter().any(|it| it.label.index == run.index);
        !is_running && !run.is_left_out
    });
    let seeds = match state.runs_until_clear {
        true => "The most seeds that a network may get are raised.",
        false => {
            "Seeds that are added after a look no longer count as declared: the sequential test judges from then on. \
                  It needs more seeds for the same verdict."
        }
    };
    html! {
        div.buttons.needs-script {
            @match state.activity {
                Activity::Trains => (button("Pause", "Pause all training? Every run goes on where it stops, to the same numbers.", &Action::Pause, Some(&Action::GoOn), "Go on")),
                Activity::Paused | Activity::Pauses => (button("Go on", "Go on with training?", &Action::GoOn, Some(&Action::Pause), "Pause")),
                Activity::Rests if !open.is_empty() => (button("Try again", "Train again what has not ended? Runs that were stopped stay stopped.", &Action::GoOn, None, "")),
                Activity::Begins | Activity::Rests | Activity::Ended => {},
            }
            @if matches!(state.activity, Activity::Trains | Activity::Pauses | Activity::Paused | Activity::Rests) {
                form {
                    label { "Seeds to add " input type="number" name="count" min="1" max="1000" value="1"; }
                    (button("Add seeds", &format!("Give every network this many more seeds: {{count}}? {seeds} This can't be undone."), &Action::AddSeeds { count: 1 }, None, ""))
                }
            }
        }
        @if !open.is_empty() {
            details.needs-script #runs {
                summary { "Stop a run, or go on with it" }
                @if open.len() > MOST_RUNS { p { "The first " (MOST_RUNS) " of " (open.len()) " runs." } }
                ul { @for run in open.iter().take(MOST_RUNS) { li { (run.network) ", seed " (run.seed) " " (run_button(run, &state.left_out)) } } }
            }
        }
    }
}

fn run_button(run: &RunLabel, left_out: &[RunName]) -> Markup {
    let (network, seed) = (run.network_index, run.seed);
    let (stop, continue_) =
        (Action::StopRun { network, seed }, Action::ContinueRun { network, seed });
    let is_stopped = left_out.iter().any(|it| (it.network_index, it.seed) == (network, seed));
    match is_stopped {
        true => button(
            "Go on",
            &format!("Go on with seed {seed} of {}?", run.network),
            &continue_,
            Some(&stop),
            "Stop",
        ),
        false => button(
            "Stop",
            &format!(
                "Stop seed {seed} of {}? The others go on. The study stays unfinished until the run ends.",
                run.network
            ),
            &stop,
            Some(&continue_),
            "Go on",
        ),
    }
}

/// A button that asks `question` first.
fn button(
    name: &str,
    question: &str,
    act: &Action,
    undo: Option<&Action>,
    undo_name: &str,
) -> Markup {
    let action = json!({ "ask": question, "done": act.words(), "act": act, "undo": undo, "undoName": undo_name });
    html! { button type="button" data-action=(action) { (name) } }
}
