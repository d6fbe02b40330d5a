//! What happens now: the panel on the overview, and the stream of events that keeps pages up to date.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Path, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use fitroom_session::report::Summary;
use fitroom_session::report::number::{
    MISSING, counted, counted_in_digits, duration, percent, two_digits,
};
use fitroom_session::results::RunStatus;
use fitroom_session::{Activity, RunProgress};
use futures_util::stream::unfold;
use maud::{Markup, html};
use serde_json::json;
use tokio::sync::watch;

use crate::actions::actions_panel;
use crate::error::WebError;
use crate::page::error_page;
use crate::served::Served;
use crate::server::Server;
use crate::training::{Progress, Training};

/// What runs now, and how much time is left. Scripts replace it while the page is open.
pub fn panel(served: &Served, summary: &Summary) -> Markup {
    match &served.training {
        Some(training) => training_panel(training),
        None => stored_panel(served, summary),
    }
}

fn training_panel(training: &Training) -> Markup {
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
        Activity::Rests => "At rest: nothing is left to train.",
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

/// What all pages are told at once. A slow reader is told of the newest state only.
#[derive(Clone, Debug, Default)]
pub struct Tick {
    /// For each directory: the version to show, and how far its training has come.
    studies: Vec<(u64, Option<Arc<str>>)>,
}

/// Progress is sent at most this often.
const TICK: Duration = Duration::from_millis(500);
/// Another process's directory is looked at this often, at most.
const LOOK: Duration = Duration::from_secs(1);
/// A page that hears nothing for longer takes the connection for dead.
const BEAT: Duration = Duration::from_secs(15);
/// Pages are renewed so rarely that a page costs at most this part of one core's time.
const MOST_COST: f64 = 0.002;

/// Tells all pages what has changed, as long as there are any.
pub async fn tell(server: Arc<Server>, sender: watch::Sender<Tick>) {
    let mut told: Vec<(u64, Instant)> =
        server.all.iter().map(|it| (it.version(), Instant::now())).collect();
    let mut events = vec![0; server.all.len()];
    let mut tick = Tick { studies: told.iter().map(|(version, _)| (*version, None)).collect() };
    let mut next_look = Instant::now();
    loop {
        tokio::time::sleep(TICK).await;
        let pages = sender.receiver_count();
        if pages == 0 {
            continue;
        }
        if Instant::now() >= next_look {
            let began = Instant::now();
            let looking = Arc::clone(&server);
            let look = move || {
                looking.all.iter().filter(|it| it.training.is_none()).for_each(Served::look)
            };
            let _ = tokio::task::spawn_blocking(look).await;
            next_look = Instant::now() + LOOK.max(began.elapsed().div_f64(MOST_COST));
        }
        let mut is_new = false;
        for (index, served) in server.all.iter().enumerate() {
            let wait = LOOK.max(server.cost(index).div_f64(MOST_COST)).min(MOST_WAIT);
            let (version, at) = told[index];
            let now = served.version();
            if version != now && (at.elapsed() >= wait || served.is_at_rest()) {
                told[index] = (now, Instant::now());
                tick.studies[index].0 = now;
                is_new = true;
            }
            if let Some(training) = &served.training
                && training.counts().0 != events[index]
            {
                events[index] = training.counts().0;
                tick.studies[index].1 = Some(training_panel(training).into_string().into());
                is_new = true;
            }
        }
        if is_new {
            sender.send_replace(tick.clone());
        }
    }
}

/// A page is renewed after this time in any case.
const MOST_WAIT: Duration = Duration::from_secs(30);

/// The events of one directory: `{"version":7,"now":"<p>…</p>"}`.
pub async fn events(State(server): State<Arc<Server>>, Path(slug): Path<String>) -> Response {
    let Some(index) = server.all.iter().position(|served| served.slug == slug) else {
        return error_page(&WebError::NotFound("there is no such directory".to_owned()));
    };
    let receiver = server.ticks.subscribe();
    // The first event comes at once, so that a page that connects again learns what it missed.
    let stream = unfold((receiver, true), move |(mut receiver, is_first)| async move {
        if !is_first {
            receiver.changed().await.ok()?;
        }
        let data = {
            let tick = receiver.borrow_and_update();
            let (version, now) = tick.studies.get(index).cloned().unwrap_or_default();
            json!({ "version": version, "now": now.as_deref() }).to_string()
        };
        Some((Ok::<_, Infallible>(Event::default().data(data)), (receiver, false)))
    });
    let beat = KeepAlive::new().interval(BEAT).event(Event::default().event("beat").data(""));
    Sse::new(stream).keep_alive(beat).into_response()
}
