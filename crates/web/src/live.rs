//! The stream of events that keeps pages up to date.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::extract::{Path, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use serde_json::json;
use tokio::sync::watch;

use crate::error::WebError;
use crate::now::training_panel;
use crate::page::error_page;
use crate::served::Served;
use crate::state::{Server, Tick};

/// Progress is sent at most this often.
const TICK: Duration = Duration::from_millis(500);
/// Another process's directory is looked at this often, at most.
const LOOK: Duration = Duration::from_secs(1);
/// A page that hears nothing for longer takes the connection for dead.
const BEAT: Duration = Duration::from_secs(15);
/// Pages are renewed so rarely that reading the results costs at most this part of one core's time, as
/// long as they are read within a tenth of a second.
const MOST_COST: f64 = 0.004;

/// Tells all pages what has changed, as long as there are any.
pub async fn tell(server: Arc<Server>, sender: watch::Sender<Tick>) {
    let mut told: Vec<(u64, Instant)> =
        server.all.iter().map(|it| (it.version(), Instant::now())).collect();
    let mut events = vec![0; server.all.len()];
    let mut tick = Tick { studies: told.iter().map(|(version, _)| (*version, None)).collect() };
    let mut next_look = Instant::now();
    // How many microseconds the last look took, plus one; 0 until it has ended.
    let looked = Arc::new(AtomicU64::new(0));
    loop {
        tokio::time::sleep(TICK).await;
        match looked.swap(0, Ordering::Relaxed) {
            0 => {}
            took => {
                let pause = LOOK.max(Duration::from_micros(took).div_f64(MOST_COST));
                next_look = Instant::now() + pause.min(MOST_WAIT);
            }
        }
        let pages = sender.receiver_count();
        if pages == 0 {
            continue;
        }
        if Instant::now() >= next_look {
            next_look = Instant::now() + MOST_WAIT;
            let (looking, done) = (Arc::clone(&server), Arc::clone(&looked));
            // The progress of a training does not wait for the look.
            tokio::task::spawn_blocking(move || {
                let began = Instant::now();
                looking.all.iter().filter(|it| it.training.is_none()).for_each(Served::look);
                done.store(began.elapsed().as_micros() as u64 + 1, Ordering::Relaxed);
            });
        }
        let mut is_new = false;
        for (index, served) in server.all.iter().enumerate() {
            let wait = LOOK.max(server.cost(index).mul_f64(pages as f64).div_f64(MOST_COST));
            let wait = wait.min(MOST_WAIT);
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
    let stream =
        unfold((receiver, server, true), move |(mut receiver, server, is_first)| async move {
            if !is_first {
                receiver.changed().await.ok()?;
            }
            let data = {
                let tick = receiver.borrow_and_update();
                let (version, mut now) = tick.studies.get(index).cloned().unwrap_or_default();
                // What was told last may be old: nothing is told while no page is open.
                if is_first && let Some(training) = &server.all[index].training {
                    now = Some(training_panel(training).into_string().into());
                }
                json!({ "version": version, "now": now.as_deref() }).to_string()
            };
            Some((Ok::<_, Infallible>(Event::default().data(data)), (receiver, server, false)))
        });
    let beat = KeepAlive::new().interval(BEAT).event(Event::default().event("beat").data(""));
    Sse::new(stream).keep_alive(beat).into_response()
}
