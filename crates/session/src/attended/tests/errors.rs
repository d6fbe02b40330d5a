//! Actions that make no sense, and directories that can't be used.

use super::*;

#[test]
fn actions_that_make_no_sense_are_errors() {
    let dir = tempfile::tempdir().unwrap();
    let session = session(TEXT, dir.path().join("out"));
    let (actions, control) = (StudyActions::new(), SessionControl::default());
    let text = |result: Result<(), ActionError>| result.unwrap_err().to_string();
    let outcome = attended(&session, &actions, &control, |study| {
        study.until_rest();
        assert_eq!(
            text(actions.stop_run(1, 2)),
            "`wide`, seed 2, has ended, so it can't be stopped or continued"
        );
        let error = text(actions.continue_run(2, 1));
        assert_eq!(error, "the study has no run of network 2, counted from 0, with seed 1");
        assert!(matches!(actions.stop_run(0, 3), Err(ActionError::UnknownRun { .. })));
        assert!(matches!(actions.add_seeds(0), Err(ActionError::NoSeeds)));
        let error = text(actions.add_seeds(u32::MAX));
        assert_eq!(error, "seeds must be a whole number from 1 to 10000, got 4294967295");
        let error = text(actions.add_seeds(9_999));
        assert_eq!(error, "seeds must be a whole number from 1 to 10000, got 10001");
        assert_eq!(actions.state().seeds, Some(2));
    });
    assert_eq!(outcome.unwrap().runs.unwrap().finished, 4);
    assert!(matches!(actions.pause(), Err(ActionError::Ended)));
    assert!(matches!(actions.go_on(), Err(ActionError::Ended)));
    assert!(matches!(actions.add_seeds(1), Err(ActionError::Ended)));
    actions.end();
    let json = serde_json::to_string(&actions.state()).unwrap();
    assert_eq!(
        json,
        r#"{"activity":"ended","seeds":2,"runs_until_clear":false,"left_out":[],"error":null}"#
    );
    assert_eq!(serde_json::from_str::<crate::StudyState>(&json).unwrap(), actions.state());
}

#[test]
fn a_directory_that_is_in_use_after_a_pause_is_no_end() {
    let dir = tempfile::tempdir().unwrap();
    let session = session(TEXT, dir.path().join("out"));
    let (actions, control) = (StudyActions::new(), SessionControl::default());
    let outcome = attended(&session, &actions, &control, |study| {
        study.until_epoch();
        actions.pause().unwrap();
        study.until_paused();
        let other = session_of(&session);
        let (mut tried, others) = (false, SessionControl::default());
        let outcome = other.train(&others, &mut |event| {
            if is_start(event) && !tried {
                tried = true;
                actions.add_seeds(1).unwrap();
                actions.go_on().unwrap();
                let refused =
                    |event: &SessionEvent| matches!(event, SessionEvent::CannotTrain { .. });
                let events = study.until(refused);
                let Some(SessionEvent::CannotTrain { error }) = events.last() else { panic!() };
                assert!(error.contains("in use"), "{error}");
                // It tries again without the seeds, while the directory is still in use.
                study.until_rest();
                let state = actions.state();
                assert_eq!(state.seeds, Some(2), "they are taken back");
                assert!(state.error.is_some_and(|error| error.contains("in use")));
                others.interrupt();
            }
        });
        outcome.unwrap();
        actions.go_on().unwrap();
        study.until(|event| *event == SessionEvent::Rests { pending: 0 });
        assert_eq!(actions.state().error, None);
    });
    assert_eq!(outcome.unwrap().runs.unwrap().finished, 4);
    // At the beginning it is an error, as without actions.
    let held = session.train(&SessionControl::default(), &mut |event| {
        if matches!(event, SessionEvent::Study { event: Event::StudyStarted { .. }, .. }) {
            let other = session_of(&session);
            let refused = attended(&other, &StudyActions::new(), &control, |_| ());
            assert!(matches!(refused, Err(SessionError::Run(RunError::Store(_)))));
        }
    });
    held.unwrap();
}

#[test]
fn a_study_goes_on_without_seeds_that_make_it_too_large() {
    let more = |number| format!("{{ name = \"{number}\", layers = \"dense {number}\" }},");
    let more: String = (3..12).map(more).collect();
    let text = TEXT.replace("network  = [", &format!("network  = [{more}"));
    let dir = tempfile::tempdir().unwrap();
    let mut session = session(&text, dir.path().join("out"));
    let control = SessionControl::default();
    control.interrupt();
    session.train(&control, &mut |_| {}).unwrap();
    // With the other networks of the directory, these are too many runs.
    session.study.only(&["small".to_owned()]).unwrap();
    let actions = StudyActions::new();
    let outcome = attended(&session, &actions, &SessionControl::default(), |study| {
        study.until(is_start);
        actions.add_seeds(9_998).unwrap();
        let refused = |event: &SessionEvent| matches!(event, SessionEvent::CannotTrain { .. });
        let events = study.until(refused);
        let Some(SessionEvent::CannotTrain { error }) = events.last() else { panic!() };
        assert!(error.contains("110000 runs"), "{error}");
        let events = study.until_rest();
        assert!(events.iter().any(is_start), "it goes on");
        assert_eq!(events.last(), Some(&SessionEvent::Rests { pending: 0 }));
        assert_eq!(actions.state().seeds, Some(2));
    });
    assert_eq!(outcome.unwrap().runs.unwrap().finished, 2);
}
