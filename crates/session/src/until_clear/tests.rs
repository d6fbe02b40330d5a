//! Studies that run until clear: which seeds they train, and that stops change nothing.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use fitroom_data::{Dataset, LabelledImages};
use fitroom_results::{NetworkFacts, Outcome, Run, Scores, ScoresAt, SeedPlan};
use fitroom_study::{Completion, Event, RunOptions, StoredStudy, run_study_until_clear};

use super::*;
use crate::{Session, SessionControl};

/// `idle` and `idle too` learn nothing: with few classes, their accuracies vary a lot from seed to
/// seed. `trained` learns everything, and `twin` differs from it in nothing that matters.
const TEXT: &str = r#"
    name     = "clear"
    seeds    = "until clear"
    at_most  = 12
    training = { epochs = 3, batch_size = 8, validation = 40, optimizer = { name = "sgd", learning_rate = 1e-20 } }
    network  = [
        { name = "idle", layers = "" },
        { name = "idle too", layers = "dense 5", vs = "idle" },
        { name = "trained", layers = "", vs = "idle", optimizer = { name = "adam", learning_rate = 0.1 } },
        { name = "twin", layers = "", vs = "trained", optimizer = { name = "adam", learning_rate = 0.1001 } },
    ]
"#;

fn study(text: &str) -> Study {
    Study::parse(text, "clear.toml").unwrap()
}

/// Images of 4×4 pixels in four classes, which are bright in different rows.
fn dataset() -> Dataset {
    let images = |count: usize| LabelledImages {
        images: (0..count)
            .flat_map(|image| (0..16).map(move |pixel| 200 * u8::from(pixel / 4 == image % 4)))
            .collect::<Vec<_>>()
            .into(),
        labels: (0..count).map(|image| (image % 4) as u8).collect(),
    };
    Dataset {
        name: "rows".to_owned(),
        title: "Rows".to_owned(),
        classes: ["a", "b", "c", "d"].map(str::to_owned).to_vec(),
        height: 4,
        width: 4,
        train: images(120),
        test: images(40),
        fingerprint: "rows".to_owned(),
        ..crate::test_data::dataset()
    }
}

fn session(study: Study, dir: &Path, threads: usize) -> Session {
    let run_options = RunOptions::new(threads);
    Session { study, dataset: dataset(), dir: dir.to_owned(), margin: 0.005, run_options }
}

/// Trains until `stop_at` is true of an event. Returns how far the study came, and all looks.
fn train(
    session: &Session,
    mut stop_at: impl FnMut(&SessionEvent) -> bool + Send,
) -> (Completion, Vec<SessionEvent>) {
    let (control, mut looks) = (SessionControl::default(), Vec::new());
    let outcome = session.train(&control, &mut |event| {
        if let SessionEvent::SeedsAdded { .. } = event {
            looks.push(event.clone());
        }
        if stop_at(event) {
            control.interrupt();
        }
    });
    let outcome = outcome.unwrap();
    outcome.report.unwrap();
    (outcome.runs.unwrap(), looks)
}

fn decided(look: &SessionEvent) -> Vec<(&str, &str, usize)> {
    let SessionEvent::SeedsAdded { decided, .. } = look else { panic!("{look:?}") };
    decided.iter().map(|of| (of.network.as_str(), of.verdict.as_str(), of.seeds)).collect()
}

fn waiting(look: &SessionEvent) -> Vec<(&str, usize)> {
    let SessionEvent::SeedsAdded { waiting, .. } = look else { panic!("{look:?}") };
    waiting.iter().map(|of| (of.network.as_str(), of.seeds)).collect()
}

/// The scores of all runs that have begun, without times.
fn scores(dir: &Path) -> Vec<(usize, u64, ScoresAt)> {
    let results = Results::open(dir).unwrap();
    results.runs.iter().map(|run| (run.network, run.seed, run.outcome.unwrap().best)).collect()
}

#[test]
fn clear_comparisons_stop_and_open_ones_go_on_to_the_most_seeds() {
    let dir = tempfile::tempdir().unwrap();
    let session = session(study(TEXT), dir.path(), 2);
    let (completion, looks) = train(&session, |_| false);
    assert_eq!(looks.len(), 8, "after 5, 6, ..., 12 seeds");
    assert_eq!(decided(&looks[0]), [("trained", "better", 5)]);
    assert_eq!(waiting(&looks[0]), [("idle too", 5), ("twin", 5)]);
    let last = looks.last().unwrap();
    assert_eq!(decided(last), [("trained", "better", 5), ("twin", "equivalent", 10)]);
    assert_eq!(waiting(last), [("idle too", 12)]);
    assert!(matches!(last, SessionEvent::SeedsAdded { seeds: 12, runs: 0, .. }), "{last:?}");
    // Its baseline and its rival need seeds 6 to 10 of `trained` and `twin`, nobody needs more.
    let stored = Results::open(dir.path()).unwrap();
    let seeds = |network: usize| stored.runs.iter().filter(|run| run.network == network).count();
    assert_eq!([0, 1, 2, 3].map(seeds), [12, 12, 10, 10]);
    assert_eq!((stored.seed_plan, stored.seeds), (SeedPlan::UntilClear, 12));
    assert_eq!(completion, Completion { finished: 44, diverged: 0, pending: 0, elsewhere: 0 });
    // Nothing is left to do.
    let (completion, again) = train(&session, |event| {
        let is_start = |event: &SessionEvent| {
            matches!(event, SessionEvent::Study { event: Event::RunStarted { .. }, .. })
        };
        assert!(!is_start(event), "{event:?}");
        false
    });
    assert_eq!((completion.finished, again), (44, vec![last.clone()]));
}

/// Like [`train`], but writes no report, which takes longer than the training.
fn train_only(
    session: &Session,
    stop_at: impl Fn(&Event) -> bool + Sync,
) -> (Completion, Vec<SessionEvent>) {
    let (stop, mut looks) = (AtomicBool::new(false), Vec::new());
    let completion = run_study_until_clear(
        &session.study,
        &session.dataset,
        &session.dir,
        &session.run_options,
        &stop,
        &|event| {
            stop.fetch_or(stop_at(event), Ordering::Relaxed);
        },
        &mut || {
            session
                .more_runs(&session.study, &session.run_options, |event| looks.push(event.clone()))
        },
    );
    (completion.unwrap(), looks)
}

#[test]
fn an_interrupted_study_decides_the_same_at_the_same_seeds() {
    let dir = tempfile::tempdir().unwrap();
    let whole = session(study(TEXT), &dir.path().join("whole"), 1);
    let looks = train_only(&whole, |_| false).1;
    // Stops after this many runs, or in this epoch.
    type StopAt = fn(&Event, usize) -> bool;
    let cases: [(usize, StopAt); 5] = [
        (1, |_, ended| ended == 1),
        (2, |_, ended| ended == 3),
        (1, |_, ended| ended == 25),
        (1, |event, _| matches!(event, Event::EpochDone { record, .. } if record.epoch == 2)),
        (2, |event, _| matches!(event, Event::EpochDone { record, .. } if record.epoch == 1)),
    ];
    for (case, (threads, stop_at)) in cases.into_iter().enumerate() {
        let parts = session(study(TEXT), &dir.path().join(case.to_string()), threads);
        for stops in 0.. {
            assert!(stops < 200, "it comes to an end");
            let ended = AtomicUsize::new(0);
            let (completion, parts_looks) = train_only(&parts, |event| {
                let is_end = matches!(event, Event::RunDone { .. });
                let ended = ended.fetch_add(is_end.into(), Ordering::Relaxed);
                stop_at(event, ended + usize::from(is_end))
            });
            for look in &parts_looks {
                let same = |whole: &&SessionEvent| waiting(whole) == waiting(look);
                let whole = looks.iter().find(same).expect("the whole study has this look");
                assert_eq!(decided(look), decided(whole));
            }
            if completion.pending == 0 {
                assert!(stops > 0, "it was stopped");
                assert_eq!(parts_looks.last(), looks.last());
                break;
            }
        }
        assert_eq!(scores(&parts.dir), scores(&whole.dir));
    }
}

#[test]
fn a_part_of_a_study_gets_seeds_for_its_own_comparisons_only() {
    let dir = tempfile::tempdir().unwrap();
    train(&session(study(TEXT), dir.path(), 1), |event| {
        matches!(event, SessionEvent::SeedsAdded { .. })
    });
    let mut part = study(TEXT);
    part.only(&["trained".to_owned(), "twin".to_owned()]).unwrap();
    let (completion, looks) = train(&session(part, dir.path(), 1), |_| false);
    // `idle too` waits for seed 6, and the others wait for it.
    assert_eq!(completion.pending, 0);
    assert_eq!(waiting(looks.last().unwrap()), [("idle too", 5), ("twin", 5)]);
    let stored = StoredStudy::open(dir.path()).unwrap();
    assert_eq!(stored.study.networks.len(), 4);
}

#[test]
fn a_study_with_more_seeds_than_declared_remembers_what_was_declared() {
    let dir = tempfile::tempdir().unwrap();
    let mut fixed = study(TEXT);
    let mut plan = |seeds: u32| {
        fixed.set_seeds(seeds).unwrap();
        let (completion, looks) = train(&session(fixed.clone(), dir.path(), 1), |_| false);
        assert_eq!((completion.pending, looks), (0, Vec::new()));
        Results::open(dir.path()).unwrap().seed_plan
    };
    assert_eq!(plan(2), SeedPlan::Declared);
    assert_eq!(plan(2), SeedPlan::Declared, "going on adds nothing");
    assert_eq!(plan(3), SeedPlan::Extended { declared: 2 });
    let text = std::fs::read_to_string(dir.path().join("study.toml")).unwrap();
    assert!(text.contains("\nseeds = 3\ndeclared_seeds = 2\n"), "{text}");
    assert_eq!(plan(4), SeedPlan::Extended { declared: 2 });
    assert_eq!(plan(1), SeedPlan::Extended { declared: 2 });
    // All seeds count once the study runs until clear.
    let looks = train(&session(study(TEXT), dir.path(), 1), |_| false).1;
    assert_eq!(decided(&looks[0]), [("trained", "better", 5)]);
    let text = std::fs::read_to_string(dir.path().join("study.toml")).unwrap();
    assert!(text.contains("\nseeds = \"until clear\"\nat_most = 12\n"), "{text}");
}

/// Results in memory: a network and its baseline, with validation accuracies by seed. `None` is a
/// run that diverged.
fn results(accuracies: [&[Option<f64>]; 2]) -> Results {
    let mut results = Results::new("clear");
    results.dataset.classes = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
    results.validation = Some(1000);
    results.seed_plan = SeedPlan::UntilClear;
    for (network, name) in ["idle", "trained"].into_iter().enumerate() {
        results.networks.push(NetworkFacts::new(name));
        for (seed, accuracy) in (1..).zip(accuracies[network]) {
            let at = |accuracy| ScoresAt {
                val: Scores { loss: f64::NAN, accuracy },
                ..ScoresAt::new(1)
            };
            results.runs.push(Run {
                status: accuracy.map_or(RunStatus::Diverged, |_| RunStatus::Finished),
                outcome: accuracy.map(|accuracy| Outcome::untimed(at(accuracy), at(accuracy))),
                ..Run::new(network, seed)
            });
        }
    }
    results.networks[1].baseline = Some("idle".to_owned());
    results
}

#[test]
fn an_open_comparison_gets_the_seed_that_is_missing() {
    let asked = study(TEXT);
    let look = |results: &Results| look(results, &asked, &BTreeSet::new(), 0.005).unwrap();
    let mut some = results([&[Some(0.5); 6], &[Some(0.501); 5]]);
    assert_eq!(look(&some).runs, [(1, 6)], "the baseline has seed 6");
    // A run that is not finished is no difference yet.
    some.runs[2].status = RunStatus::Pending;
    let Look { event, runs } = look(&some);
    assert_eq!((waiting(&event), runs), (vec![("trained", 2)], vec![(0, 3)]));
    // Twelve seeds are the most.
    let undecided = |seeds: usize| {
        let trained: Vec<_> =
            (0..seeds).map(|seed| Some(if seed % 2 == 0 { 0.6 } else { 0.4 })).collect();
        look(&results([&vec![Some(0.5); seeds], &trained])).runs
    };
    assert_eq!((undecided(11), undecided(12)), (vec![(0, 12), (1, 12)], vec![]));
    assert!(super::look(&Results::new("nothing"), &asked, &BTreeSet::new(), 0.005).is_none());
}

#[test]
fn a_margin_of_zero_is_no_division_by_zero() {
    let asked = study(TEXT);
    let even = results([&[Some(0.5); 12], &[Some(0.5); 12]]);
    let Look { event, .. } = look(&even, &asked, &BTreeSet::new(), 0.0).unwrap();
    assert!(decided(&event).is_empty(), "nothing is shown to lie within nothing");
    let apart = results([&[Some(0.5); 12], &[Some(0.6); 12]]);
    let Look { event, .. } = look(&apart, &asked, &BTreeSet::new(), 0.0).unwrap();
    assert_eq!(decided(&event), [("trained", "better", 5)]);
}

/// The number of first seeds is written in `fitroom_study`, which does not know statistics.
#[test]
fn the_first_look_is_that_of_the_t_test() {
    let dir = tempfile::tempdir().unwrap();
    let mut alone = study(TEXT);
    alone.only(&["idle".to_owned()]).unwrap();
    let (completion, looks) = train(&session(alone, dir.path(), 1), |_| false);
    assert_eq!((completion.finished, looks), (fitroom_stats::sequential::LOOK, Vec::new()));
}
