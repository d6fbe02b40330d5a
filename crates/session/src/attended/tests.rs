//! Studies that are paused and changed while they are trained end with the same bits.

use std::fs;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::Duration;

use fitroom_results::SeedPlan as ResultsPlan;
use fitroom_study::{ScoresAt, StoredStudy};

use super::*;
use crate::test_data::dataset;
use crate::{ActionError, Interruption, RunName};

mod errors;
mod until_clear;

const TEXT: &str = r#"
    name     = "test"
    seeds    = 2
    training = { epochs = 40, batch_size = 8, validation = 16 }
    network  = [
        { name = "small", layers = "dense 4, relu" },
        { name = "wide", layers = "dense 16, relu, dropout 0.2", vs = "small" },
    ]
"#;

fn session(text: &str, dir: PathBuf) -> Session {
    Session {
        study: Study::parse(text, "test.toml").unwrap(),
        dataset: dataset(),
        dir,
        margin: 0.005,
        run_options: RunOptions::new(2),
    }
}

/// A session that is attended in its own thread.
struct Attended<'a> {
    actions: &'a StudyActions,
    events: Mutex<Receiver<SessionEvent>>,
}

impl Attended<'_> {
    fn next(&self, wait: Duration) -> Option<SessionEvent> {
        self.events.lock().unwrap().recv_timeout(wait).ok()
    }

    /// The events up to the first for which `is_last` is true.
    fn until(&self, is_last: impl Fn(&SessionEvent) -> bool) -> Vec<SessionEvent> {
        let mut events = Vec::new();
        while !events.last().is_some_and(&is_last) {
            events.push(self.next(Duration::from_secs(60)).expect("an event"));
        }
        events
    }

    fn until_rest(&self) -> Vec<SessionEvent> {
        let events = self.until(|event| matches!(event, SessionEvent::Rests { .. }));
        assert_eq!(self.actions.state().activity, Activity::Rests);
        events
    }

    fn until_paused(&self) -> Vec<SessionEvent> {
        let events = self.until(|event| *event == SessionEvent::Paused);
        assert_eq!(self.actions.state().activity, Activity::Paused);
        events
    }

    fn until_epoch(&self) {
        self.until(|event| is_study(event, |event| matches!(event, Event::EpochDone { .. })));
    }
}

/// Trains the study, while `attend` is called in another thread.
fn attended(
    session: &Session,
    actions: &StudyActions,
    control: &SessionControl,
    attend: impl FnOnce(&Attended) + Send,
) -> Result<SessionOutcome, SessionError> {
    // Training waits until each event is taken, so that no run ends before an action.
    let (sender, events) = sync_channel(0);
    thread::scope(|scope| {
        let attending = scope.spawn(|| {
            // Ends the session if the test fails.
            struct End<'a>(&'a StudyActions);
            impl Drop for End<'_> {
                fn drop(&mut self) {
                    self.0.end();
                }
            }
            let _end = End(actions);
            attend(&Attended { actions, events: Mutex::new(events) });
        });
        let outcome = session.train_attended(actions, control, &mut |event| {
            // Nobody takes events after the last action.
            let _ = sender.send(event.clone());
        });
        assert_eq!(actions.state().activity, Activity::Ended);
        attending.join().expect("the test attends");
        outcome
    })
}

fn is_study(event: &SessionEvent, is: impl Fn(&Event) -> bool) -> bool {
    matches!(event, SessionEvent::Study { event, .. } if is(event))
}

fn is_start(event: &SessionEvent) -> bool {
    is_study(event, |event| matches!(event, Event::RunStarted { .. }))
}

/// Scores and predictions of all runs.
fn bits(dir: &Path) -> Vec<(usize, u64, [ScoresAt; 2], Vec<u8>)> {
    let runs = StoredStudy::open(dir).unwrap().runs;
    let bits = runs.into_iter().map(|run| {
        let predictions = fs::read(dir.join("runs").join(&run.id).join("predictions.csv")).unwrap();
        let outcome = run.outcome.expect("it has ended");
        (run.network, run.seed, [outcome.best, outcome.last], predictions)
    });
    bits.collect()
}

/// The bits of the study when it is trained at once with this many seeds.
fn bits_at_once(text: &str, seeds: u32) -> Vec<(usize, u64, [ScoresAt; 2], Vec<u8>)> {
    let dir = tempfile::tempdir().unwrap();
    let mut session = session(text, dir.path().join("out"));
    session.study.set_seeds(seeds).unwrap();
    session.train(&SessionControl::default(), &mut |_| {}).unwrap().runs.unwrap();
    bits(&session.dir)
}

#[test]
fn pauses_stopped_runs_and_added_seeds_change_no_bit() {
    let dir = tempfile::tempdir().unwrap();
    let session = session(TEXT, dir.path().join("out"));
    let (actions, control) = (StudyActions::new(), SessionControl::default());
    let outcome = attended(&session, &actions, &control, |study| {
        study.until_epoch();
        actions.pause().unwrap();
        actions.pause().unwrap();
        assert!([Activity::Pauses, Activity::Paused].contains(&actions.state().activity));
        study.until_paused();
        let is_written = |event: &SessionEvent| matches!(event, SessionEvent::ReportWritten { .. });
        assert_eq!(study.until(is_written).len(), 1, "nothing is trained after the event");
        assert!(study.next(Duration::from_millis(100)).is_none());
        actions.go_on().unwrap();
        assert_eq!(study.until(is_start).first(), Some(&SessionEvent::WentOn));

        actions.stop_run(1, 2).unwrap();
        let stopped = RunName { network: "wide".to_owned(), network_index: 1, seed: 2 };
        study.until(|event| *event == SessionEvent::RunStopped(stopped.clone()));
        let events = study.until_rest();
        assert_eq!(events.last(), Some(&SessionEvent::Rests { pending: 1 }));
        let started_it = |event: &SessionEvent| {
            is_study(
                event,
                |event| matches!(event, Event::RunStarted { run, .. } if run.network_index == 1 && run.seed == 2),
            )
        };
        assert!(!events.iter().any(started_it));
        let state = actions.state();
        assert_eq!((state.seeds, state.left_out), (Some(2), vec![stopped.clone()]));

        actions.add_seeds(1).unwrap();
        let events = study.until_rest();
        let asked = SessionEvent::SeedsAsked { from: 2, to: 3, was_declared: true };
        assert!(events.contains(&asked) && !events.iter().any(started_it));
        let starts = events.iter().filter(|event| is_start(event)).count();
        assert_eq!(starts, 2, "runs that have ended are not trained again");

        actions.continue_run(1, 2).unwrap();
        let events = study.until_rest();
        assert!(events.contains(&SessionEvent::RunContinued(stopped)));
        assert!(events.iter().any(started_it));
        assert_eq!(events.last(), Some(&SessionEvent::Rests { pending: 0 }));
        assert_eq!(actions.state().left_out, []);
    });
    let SessionOutcome { runs, report } = outcome.unwrap();
    assert_eq!(runs.unwrap(), Completion { finished: 6, diverged: 0, pending: 0, elsewhere: 0 });
    assert_eq!(report.unwrap().results.seed_plan, ResultsPlan::Extended { declared: 2 });
    assert_eq!(bits(&session.dir), bits_at_once(TEXT, 3));
}

#[test]
fn actions_of_several_threads_change_no_bit() {
    let dir = tempfile::tempdir().unwrap();
    let session = session(TEXT, dir.path().join("out"));
    let (actions, control) = (StudyActions::new(), SessionControl::default());
    let outcome = attended(&session, &actions, &control, |study| {
        study.until(is_start);
        thread::scope(|scope| {
            let toggle = |network| {
                for _ in 0..20 {
                    // A run may have ended, and then it can't be stopped.
                    let _ = actions.stop_run(network, 2);
                    actions.pause().unwrap();
                    actions.state();
                    let _ = actions.continue_run(network, 2);
                    actions.go_on().unwrap();
                    thread::sleep(Duration::from_millis(2));
                }
            };
            let threads = [
                scope.spawn(move || toggle(0)),
                scope.spawn(move || toggle(1)),
                scope.spawn(|| (0..3).for_each(|_| actions.add_seeds(1).unwrap())),
            ];
            let is_done = || {
                threads.iter().all(|thread| thread.is_finished())
                    && actions.state().activity == Activity::Rests
            };
            while !is_done() {
                study.next(Duration::from_millis(1));
            }
        });
        assert_eq!(actions.pending(), 0);
        let state = actions.state();
        assert_eq!((state.seeds, state.left_out), (Some(5), Vec::new()));
    });
    assert_eq!(outcome.unwrap().runs.unwrap().finished, 10);
    assert_eq!(bits(&session.dir), bits_at_once(TEXT, 5));
}

#[test]
fn an_interruption_ends_a_pause_and_a_rest() {
    let dir = tempfile::tempdir().unwrap();
    let session = session(TEXT, dir.path().join("out"));
    let (actions, control) = (StudyActions::new(), SessionControl::default());
    let outcome = attended(&session, &actions, &control, |study| {
        study.until_epoch();
        actions.pause().unwrap();
        study.until_paused();
        // The directory is free while the study is paused.
        let other = session_of(&session);
        other.train(&SessionControl::default(), &mut |_| {}).unwrap().runs.unwrap();
        assert_eq!(control.interrupt(), Interruption::Stops);
    });
    let outcome = outcome.unwrap();
    assert!(outcome.runs.unwrap().pending > 0 && outcome.report.is_ok());

    let (actions, control) = (StudyActions::new(), SessionControl::default());
    let outcome = attended(&session, &actions, &control, |study| {
        assert!(!study.until_rest().iter().any(is_start), "the other session trained them");
        control.interrupt();
    });
    assert_eq!(outcome.unwrap().runs.unwrap().finished, 4);
    // A session that was interrupted before it began trains nothing.
    let later = SessionControl::default();
    later.interrupt();
    let fresh = Session { dir: dir.path().join("fresh"), ..session };
    let outcome = attended(&fresh, &StudyActions::new(), &later, |_| ()).unwrap();
    assert_eq!(outcome.runs.unwrap().pending, 4);
}

/// The same study in the same directory.
fn session_of(session: &Session) -> Session {
    Session { dir: session.dir.clone(), ..self::session(TEXT, PathBuf::new()) }
}

#[test]
fn a_study_may_be_paused_before_it_begins_and_gets_its_seeds_meanwhile() {
    let dir = tempfile::tempdir().unwrap();
    let session = session(TEXT, dir.path().join("out"));
    let (actions, control) = (StudyActions::new(), SessionControl::default());
    assert_eq!(actions.state().activity, Activity::Begins);
    assert!(matches!(actions.stop_run(0, 1), Err(ActionError::NotBegun)));
    assert!(matches!(actions.add_seeds(1), Err(ActionError::NotBegun)));
    actions.pause().unwrap();
    let outcome = attended(&session, &actions, &control, |study| {
        let events = study.until_paused();
        assert!(matches!(&events[..], [start, SessionEvent::Paused] if is_study(start, |_| true)));
        actions.stop_run(0, 1).unwrap();
        actions.add_seeds(1).unwrap();
        // No run has begun, so three seeds are declared.
        let asked = SessionEvent::SeedsAsked { from: 2, to: 3, was_declared: false };
        let events = study.until(|event| *event == asked);
        assert!(!events.contains(&SessionEvent::Paused), "it is paused already");
        assert_eq!(actions.state().activity, Activity::Paused);
        actions.go_on().unwrap();
        assert_eq!(study.until_rest().last(), Some(&SessionEvent::Rests { pending: 1 }));
    });
    let SessionOutcome { runs, report } = outcome.unwrap();
    assert_eq!(runs.unwrap(), Completion { finished: 5, diverged: 0, pending: 1, elsewhere: 0 });
    assert_eq!(report.unwrap().results.seed_plan, ResultsPlan::Declared);
    // A study that was ended before it begins trains nothing.
    let actions = StudyActions::new();
    actions.end();
    let outcome = attended(&session_of(&session), &actions, &control, |_| ()).unwrap();
    assert_eq!(outcome.runs.unwrap().finished, 3, "one of the four was stopped before");
}

#[test]
fn networks_that_share_a_training_are_stopped_and_continued_together() {
    let text = TEXT.replace("dense 16, relu, dropout 0.2", "dense 4, relu");
    let dir = tempfile::tempdir().unwrap();
    let session = session(&text, dir.path().join("out"));
    let actions = StudyActions::new();
    let outcome = attended(&session, &actions, &SessionControl::default(), |study| {
        study.until(is_start);
        actions.stop_run(1, 2).unwrap();
        assert_eq!(study.until_rest().last(), Some(&SessionEvent::Rests { pending: 2 }));
        let left_out = actions.state().left_out;
        assert!(left_out.iter().map(|run| (run.network_index, run.seed)).eq([(0, 2), (1, 2)]));
        actions.continue_run(0, 2).unwrap();
        assert_eq!(study.until_rest().last(), Some(&SessionEvent::Rests { pending: 0 }));
    });
    assert_eq!(outcome.unwrap().runs.unwrap().finished, 4);
}
