//! Actions on a study that runs until clear.

use fitroom_results::Results;

use super::*;

#[test]
fn a_study_that_runs_until_clear_gets_more_at_most_and_does_not_judge_a_stopped_run() {
    let text = TEXT.replace("seeds    = 2", "seeds = \"until clear\"\nat_most = 10");
    let text = text.replace("epochs = 40", "epochs = 1");
    let dir = tempfile::tempdir().unwrap();
    // The networks differ in nothing that matters, so that they are undecided at first.
    let text = text.replace("dense 16, relu, dropout 0.2", "dense 5, relu");
    let [whole, parts] = ["whole", "parts"].map(|name| session(&text, dir.path().join(name)));
    let (actions, control) = (StudyActions::new(), SessionControl::default());
    actions.pause().unwrap();
    let outcome = attended(&parts, &actions, &control, |study| {
        study.until_paused();
        assert!(actions.state().runs_until_clear && actions.state().seeds == Some(10));
        actions.stop_run(1, 3).unwrap();
        actions.go_on().unwrap();
        let events = study.until_rest();
        assert_eq!(events.last(), Some(&SessionEvent::Rests { pending: 1 }));
        let looks = |events: &[SessionEvent]| {
            let mut looks = Vec::new();
            for event in events {
                if let SessionEvent::SeedsAdded { seeds, runs, .. } = event {
                    looks.push((*seeds, *runs));
                }
            }
            looks
        };
        assert_eq!(looks(&events), [(2, 0)], "it looks at no seed after the second");
        actions.add_seeds(2).unwrap();
        let asked = SessionEvent::SeedsAsked { from: 10, to: 12, was_declared: false };
        assert!(study.until_rest().contains(&asked));
        actions.continue_run(1, 3).unwrap();
        assert!(looks(&study.until_rest()).len() > 1);
        assert!(matches!(actions.add_seeds(10_000), Err(ActionError::Seeds(_))));
    });
    assert_eq!(outcome.unwrap().runs.unwrap().pending, 0);
    let mut whole = whole;
    whole.study.set_at_most(12).unwrap();
    whole.train(&SessionControl::default(), &mut |_| {}).unwrap().runs.unwrap();
    let scores = |session: &Session| {
        let results = Results::open(&session.dir).unwrap();
        let runs = results.runs.iter();
        runs.map(|run| (run.network, run.seed, run.outcome.map(|of| of.last))).collect::<Vec<_>>()
    };
    assert_eq!(scores(&parts), scores(&whole));
}
