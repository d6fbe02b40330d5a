//! Tests of sessions.

use std::fs;

use super::*;
use crate::test_data::{dataset, study};
use crate::{ErrorKind, Interruption};

fn session(dir: PathBuf) -> Session {
    let run_options = RunOptions::new(2);
    Session { study: study(), dataset: dataset(), dir, margin: 0.005, run_options }
}

/// Trains, and returns the outcome with all events.
fn train(
    session: &Session,
    control: &SessionControl,
) -> (Result<SessionOutcome, SessionError>, Vec<SessionEvent>) {
    let mut events = Vec::new();
    let outcome = session.train(control, &mut |event| events.push(event.clone()));
    (outcome, events)
}

#[test]
fn training_sends_events_that_are_lines_of_json() {
    let dir = tempfile::tempdir().unwrap();
    let session = session(dir.path().join("out"));
    let (outcome, events) = train(&session, &SessionControl::default());
    let outcome = outcome.unwrap();
    let completion = Completion { finished: 2, diverged: 0, pending: 0, elsewhere: 0 };
    assert_eq!(outcome.runs.unwrap(), completion);
    let report = outcome.report.unwrap();
    assert!(report.path.exists() && report.summary().networks.len() == 1);

    let written = SessionEvent::ReportWritten { path: report.path.clone() };
    assert_eq!(events.last(), Some(&written));
    let study_events = events.iter().filter_map(|event| match event {
        SessionEvent::Study { event, time } => Some((event, time)),
        SessionEvent::Download { .. }
        | SessionEvent::DatasetSubstituted { .. }
        | SessionEvent::DataWarnings { .. }
        | SessionEvent::ReportWritten { .. }
        | SessionEvent::ReportFailed { .. }
        | SessionEvent::SeedsAdded { .. }
        | SessionEvent::Paused
        | SessionEvent::WentOn
        | SessionEvent::RunStopped(_)
        | SessionEvent::RunContinued(_)
        | SessionEvent::SeedsAsked { .. }
        | SessionEvent::Rests { .. }
        | SessionEvent::CannotTrain { .. } => None,
    });
    let study_events: Vec<_> = study_events.collect();
    let (first, before) = study_events.first().unwrap();
    assert!(matches!(first, Event::StudyStarted { runs } if runs.len() == 2));
    assert_eq!((before.seconds_left, before.part_done), (None, 0.0));
    let (last, after) = study_events.last().unwrap();
    assert!(matches!(last, Event::RunDone { .. }), "{last:?}");
    assert_eq!((after.seconds_left, after.part_done), (Some(0.0), 1.0));

    let json = |event| serde_json::to_string(event).unwrap();
    let lines: Vec<String> = events.iter().map(json).collect();
    let read: Vec<SessionEvent> =
        lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(read, events);
}

#[test]
fn an_interrupted_session_is_continued_to_the_same_numbers() {
    let dir = tempfile::tempdir().unwrap();
    let (whole, in_two) = (session(dir.path().join("a")), session(dir.path().join("b")));
    train(&whole, &SessionControl::default()).0.unwrap();

    let control = SessionControl::default();
    let outcome = in_two.train(&control, &mut |event| {
        if let SessionEvent::Study { event: Event::EpochDone { .. }, .. } = event {
            assert_ne!(control.interrupt(), Interruption::OnlyTheReportIsLeft);
        }
    });
    let outcome = outcome.unwrap();
    assert!(outcome.runs.unwrap().pending > 0 && outcome.report.is_ok());
    assert_eq!(control.interrupt(), Interruption::Again);
    let after = SessionControl::default();
    let outcome = train(&in_two, &after).0.unwrap();
    assert_eq!(outcome.runs.unwrap().pending, 0);
    assert_eq!(after.interrupt(), Interruption::OnlyTheReportIsLeft);
    let scores = |session: &Session| {
        let stored = fitroom_study::StoredStudy::open(&session.dir).unwrap();
        let scores = stored.runs.into_iter().map(|run| run.outcome.unwrap().last);
        scores.collect::<Vec<_>>()
    };
    assert_eq!(scores(&in_two), scores(&whole));
}

#[test]
fn a_refused_study_leaves_no_trace() {
    let dir = tempfile::tempdir().unwrap();
    let mut session = session(dir.path().join("out"));
    session.study.validation.images = Some(1000);
    let (outcome, events) = train(&session, &SessionControl::default());
    assert!(matches!(outcome, Err(SessionError::Run(RunError::Study(_)))));
    assert_eq!(events, []);
    assert!(!session.dir.exists());
}

#[test]
fn a_session_reads_copies_of_its_files() {
    let dir = tempfile::tempdir().unwrap();
    let [train, test, stage] = ["a.csv", "b.csv", "stage"].map(|name| dir.path().join(name));
    let lines: String = (0..40).map(|i| format!("{},{}\n", i % 2, i * 6)).collect();
    fs::write(&train, format!("label,p\n{lines}")).unwrap();
    fs::write(&test, "label,p\n0,9\n1,200\n").unwrap();
    let request = StudyRequest {
        dataset: Some(format!("csv:{},{}", train.display(), test.display())),
        quick: true,
        ..StudyRequest::new("report")
    };
    let open = |stage: Option<PathBuf>| {
        let options = SessionOptions { stage, ..SessionOptions::default() };
        Session::open(&request, &options, &mut |_| {})
    };
    let staged = open(Some(stage.clone())).unwrap();
    assert_eq!(staged.dataset, open(None).unwrap().dataset);
    assert_eq!(staged.dir, open(None).unwrap().dir, "the names are the files' own");
    assert_eq!(fs::read_dir(&stage).unwrap().count(), 1);
    // A disk that is full is no wrong request.
    let error: SessionError = open(Some(train)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WorkFailed, "{error}");
}
