//! Learning rates that are found before the study proper.

use fitroom_study::{Share, prepare_shares};

use super::*;

/// At a learning rate of 1e-9 nothing is learned, and at 1e30 everything diverges.
const TEXT: &str = "seeds = 2\n[training]\nvalidation = 30\nbatch_size = 16\nepochs = 8\n\
    tune = { learning_rate = [1e-9, 0.02, 1e30] }\noptimizer = \"adam\"\n\
    [[network]]\nname = \"a\"\nlayers = \"dense 16, relu\"\n\
    [[network]]\nname = \"b\"\nlayers = \"dense 14, relu\"\nvs = \"a\"\n";

fn tuned(events: &[Event]) -> Vec<(String, f32, bool)> {
    let tuned = |event: &Event| match event {
        Event::Tuned { networks, learning_rate, is_at_an_end, .. } => {
            Some((networks.join(" "), *learning_rate, *is_at_an_end))
        }
        _ => None,
    };
    events.iter().filter_map(tuned).collect()
}

fn of_tuning(events: &[Event]) -> usize {
    events.iter().filter(|event| matches!(event, Event::Tuning { .. })).count()
}

#[test]
fn each_network_is_trained_with_the_best_of_its_learning_rates() {
    let dir = tempfile::tempdir().unwrap();
    let events = complete(&study(TEXT), dir.path(), 2);
    assert_eq!(tuned(&events), [("a".to_owned(), 0.02, false), ("b".to_owned(), 0.02, false)]);
    assert!(
        matches!(&events[0], Event::Tuning { of } if matches!(**of, Event::StudyStarted { .. }))
    );
    let stored = StoredStudy::open(dir.path()).unwrap();
    for network in &stored.study.networks {
        assert_eq!(network.training.optimizer.learning_rate(), 0.02);
        assert_eq!(network.tune.as_ref().unwrap().chosen, Some(0.02));
    }
    let text = fs::read_to_string(dir.path().join("study.toml")).unwrap();
    assert!(text.contains("seeds = 2, chosen = 0.02 }"), "{text}");
    assert!(stored.runs.iter().all(|run| (1..=2).contains(&run.seed)));
    // The directory of the tuning is that of a study.
    let tuning = StoredStudy::open(&dir.path().join("tuning")).unwrap();
    assert_eq!((tuning.study.networks.len(), tuning.runs.len()), (6, 12));
    assert!(tuning.runs.iter().all(|run| [1_000_001, 1_000_002].contains(&run.seed)));
    assert!(tuning.runs.iter().any(|run| run.status == RunStatus::Diverged));
    // The same network with this learning rate by itself has the same bits.
    let alone = dir.path().join("alone");
    let text = TEXT.replace("tune = { learning_rate = [1e-9, 0.02, 1e30] }\n", "");
    let text = text.replace("\"adam\"", "{ name = \"adam\", learning_rate = 0.02 }");
    complete(&study(&text), &alone, 1);
    assert_eq!(results(dir.path()), results(&alone));
}

#[test]
fn what_is_tuned_stays_and_what_is_new_is_tuned() {
    let dir = tempfile::tempdir().unwrap();
    complete(&study(TEXT), dir.path(), 2);
    assert_eq!(of_tuning(&complete(&study(TEXT), dir.path(), 2)), 0);
    let more = TEXT.replacen("seeds = 2", "seeds = 3", 1);
    let events = complete(&study(&more), dir.path(), 2);
    assert_eq!((of_tuning(&events), started(&events).len()), (0, 2));
    // The first network is as before, and the second one is another.
    let events = complete(&study(&more.replace("dense 14", "dense 15")), dir.path(), 2);
    assert_eq!(tuned(&events), [("b".to_owned(), 0.02, false)]);
    assert_eq!(started(&events).len(), 3);
}

#[test]
fn a_stopped_tuning_goes_on_to_the_same_bits() {
    let dir = tempfile::tempdir().unwrap();
    let [whole, parts] = ["whole", "parts"].map(|name| dir.path().join(name));
    complete(&study(TEXT), &whole, 2);
    let in_second = |event: &Event| matches!(event, Event::Tuning { of } if matches!(**of, Event::EpochDone { run: 1, .. }));
    let (result, _) = run(&study(TEXT), &parts, 1, in_second);
    assert!(matches!(result, Err(RunError::StoppedPreparing)), "{result:?}");
    assert!(matches!(StoredStudy::open(&parts), Err(StoreError::Missing { .. })));
    let events = complete(&study(TEXT), &parts, 1);
    let of: Vec<Event> = events
        .into_iter()
        .filter_map(|event| if let Event::Tuning { of } = event { Some(*of) } else { None })
        .collect();
    let continued = started(&of).iter().filter(|(.., done)| *done > 0).count();
    assert_eq!(continued, 1, "a run goes on from its checkpoint");
    assert_eq!(results(&parts), results(&whole));
}

#[test]
fn a_budget_of_seconds_is_measured_once_for_tuning_and_study() {
    let dir = tempfile::tempdir().unwrap();
    let text = TEXT.replace("epochs = 8", "budget = { seconds = 0.002 }");
    let in_tuning = |event: &Event| matches!(event, Event::Tuning { .. });
    let (result, events) = run(&study(&text), dir.path(), 1, in_tuning);
    assert!(result.is_err());
    let measured = |events: &[Event]| {
        events.iter().filter(|event| matches!(event, Event::BudgetMeasured { .. })).count()
    };
    assert_eq!(measured(&events), 2);
    let events = complete(&study(&text), dir.path(), 1);
    assert_eq!(measured(&events), 0, "the study of the tuning has the steps");
    let [study, tuning] = [dir.path().to_owned(), dir.path().join("tuning")]
        .map(|dir| StoredStudy::open(&dir).unwrap().study.networks[0].training.steps);
    assert_eq!(study, tuning);
}

#[test]
fn the_best_at_an_end_is_told_and_a_network_that_always_diverges_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let low = study(&TEXT.replace("[1e-9, 0.02, 1e30]", "[1e-9, 0.02]"));
    let events = complete(&low, &dir.path().join("low"), 2);
    assert_eq!(tuned(&events)[0], ("a".to_owned(), 0.02, true));
    let high = study(&TEXT.replace("[1e-9, 0.02, 1e30]", "[1e30, 1e31]"));
    let (result, _) = run(&high, &dir.path().join("high"), 2, |_| false);
    let error = result.unwrap_err().to_string();
    assert_eq!(error, "`a` diverged with every learning rate of its `tune`\nhint: try lower ones");
}

#[test]
fn shares_begin_after_the_tuning() {
    let dir = tempfile::tempdir().unwrap();
    let data = dataset(150, 40);
    let prepared = prepare_shares(&study(TEXT), &data, dir.path(), &|_| {});
    assert!(matches!(prepared, Err(RunError::ShareBeforeTuning)), "{prepared:?}");
    let in_study = |event: &Event| matches!(event, Event::StudyStarted { .. });
    let (stopped, _) = run(&study(TEXT), dir.path(), 1, in_study);
    assert_eq!(stopped.unwrap().pending, 4);
    for number in 1..=2 {
        let options =
            RunOptions { share: Some(Share::new(number, 2).unwrap()), ..RunOptions::new(1) };
        let stop = AtomicBool::new(false);
        run_study(&study(TEXT), &data, dir.path(), &options, &stop, &|_| {}).unwrap();
    }
    assert!(
        StoredStudy::open(dir.path())
            .unwrap()
            .runs
            .iter()
            .all(|run| run.status == RunStatus::Finished)
    );
}
