//! Trainings of a number of steps, and budgets that become one.

use fitroom_study::{Budget, Share, prepare_shares};

use super::*;

/// 120 images are eight steps, the last one of 8 images. So the third epoch ends after three steps.
const STEPS: &str = "[training]\nvalidation = 30\nbatch_size = 16\nsteps = 19\n\
    [[network]]\nname = \"a\"\nlayers = \"dense 16, batchnorm, relu, dropout 0.2\"\n\
    optimizer = { name = \"adam\", learning_rate = 0.01 }\n";

const SECONDS: &str = "seeds = 2\n[training]\nvalidation = 30\nbatch_size = 16\nbudget = { seconds = 0.001 }\n\
    [[network]]\nname = \"a\"\nlayers = \"dense 4, relu\"\n\
    [[network]]\nname = \"b\"\nlayers = \"dense 4, relu\"\noptimizer = \"sgd\"\nvs = \"a\"\n";

fn measured(events: &[Event]) -> usize {
    events.iter().filter(|event| matches!(event, Event::BudgetMeasured { .. })).count()
}

#[test]
fn the_last_epoch_is_a_part_and_all_before_are_whole() {
    let dir = tempfile::tempdir().unwrap();
    let [part, whole] = ["part", "whole"].map(|name| dir.path().join(name));
    let events = complete(&study(STEPS), &part, 1);
    complete(&study(&STEPS.replace("steps = 19", "epochs = 3")), &whole, 1);
    let (part, whole) = (results(&part).0, results(&whole).0);
    let [of_part, of_whole] = [&part[0].epochs, &whole[0].epochs];
    assert_eq!((of_part.len(), &of_part[..2]), (3, &of_whole[..2]));
    assert_ne!(of_part[2], of_whole[2]);
    // Of 48 images, any number may be right.
    let right = of_part[2].train_accuracy * 48.0;
    assert!((right - right.round()).abs() < 1e-9, "{right}");
    assert_eq!(part[0].outcome.unwrap().last.epoch, 3);
    let Event::StudyStarted { runs } = &events[0] else { panic!("{:?}", events[0]) };
    assert_eq!((runs[0].epochs, runs[0].passes), (3, 2.4));
}

#[test]
fn schedules_run_to_the_last_step() {
    let dir = tempfile::tempdir().unwrap();
    let cosine = format!("{STEPS}schedule = {{ name = \"cosine\" }}\n");
    complete(&study(&cosine), dir.path(), 1);
    let rate = results(dir.path()).0[0].epochs[2].learning_rate;
    // Step 18 of 19, counted from 0.
    let expected = 0.01 * 0.5 * (1.0 + (std::f64::consts::PI * 18.0 / 19.0).cos());
    assert!((rate / expected - 1.0).abs() < 1e-5, "{rate} {expected}");
}

#[test]
fn a_stop_in_the_last_epoch_and_a_shorter_run_change_no_bit() {
    let dir = tempfile::tempdir().unwrap();
    let [whole, parts, longer] = ["whole", "parts", "longer"].map(|name| dir.path().join(name));
    complete(&study(STEPS), &whole, 2);
    let _ = run(&study(STEPS), &parts, 1, after_epoch(2));
    // The first step after a start is told.
    let in_last = |event: &Event| matches!(event, Event::Step { epoch: 3, .. });
    let (result, _) = run(&study(STEPS), &parts, 1, in_last);
    assert_eq!(result.unwrap().pending, 1);
    complete(&study(STEPS), &parts, 1);
    assert_eq!(results(&parts), results(&whole));
    // A run begins where one of fewer whole epochs ended.
    complete(&study(&STEPS.replace("steps = 19", "epochs = 2")), &longer, 1);
    let events = complete(&study(STEPS), &longer, 1);
    assert_eq!(started(&events), [("a".to_owned(), 1, 2)]);
    assert_eq!(results(&longer), results(&whole));
    // A run of more steps does not begin with the part of an epoch.
    let more = study(&STEPS.replace("steps = 19", "steps = 25"));
    assert_eq!(started(&complete(&more, &longer, 1)), [("a".to_owned(), 1, 2)]);
}

#[test]
fn patience_and_the_last_quarter_count_the_part_of_an_epoch() {
    let dir = tempfile::tempdir().unwrap();
    let quarter = STEPS.replace("steps = 19", "steps = 19\nchoose = \"last-quarter\"");
    complete(&study(&quarter), &dir.path().join("quarter"), 1);
    let run = &results(&dir.path().join("quarter")).0[0];
    let best = run.outcome.unwrap().best;
    assert_eq!((best.epoch, best.val), (3, run.epochs[2].val()));
    // Nothing is learned, so no epoch is better than the first. The second one is a part.
    let patient = STEPS.replace("steps = 19", "steps = 11\npatience = 1");
    let patient = patient.replace("batchnorm, ", "").replace("0.01", "1e-30");
    complete(&study(&patient), &dir.path().join("patient"), 1);
    let run = &results(&dir.path().join("patient")).0[0];
    assert_eq!((run.epochs.len(), run.outcome.unwrap().best.epoch), (2, 1));
}

#[test]
fn seconds_are_measured_once_and_stored() {
    let dir = tempfile::tempdir().unwrap();
    let events = complete(&study(SECONDS), dir.path(), 1);
    assert_eq!(measured(&events), 2, "Adam and SGD have steps of other speeds");
    let stored = StoredStudy::open(dir.path()).unwrap().study;
    let steps = stored.networks.iter().map(|network| network.training.steps.unwrap());
    for (network, steps) in stored.networks.iter().zip(steps) {
        assert_eq!(network.budget, Some(Budget::Seconds(0.001)));
        let line = format!("budget = {{ seconds = 0.001, steps = {steps} }}");
        let text = fs::read_to_string(dir.path().join("study.toml")).unwrap();
        assert!(text.contains(&line), "{text}");
    }
    // Neither the same study nor one with more seeds or other learning rates is measured again.
    assert_eq!(complete(&study(SECONDS), dir.path(), 1).len(), 1, "all runs are done");
    let more = SECONDS
        .replace("seeds = 2", "seeds = 3")
        .replace("\"sgd\"", "{ name = \"sgd\", learning_rate = 0.02 }");
    let events = complete(&study(&more), dir.path(), 2);
    assert_eq!((measured(&events), started(&events).len()), (0, 4));
    assert!(StoredStudy::verify(dir.path()).unwrap().findings.is_empty());
}

#[test]
fn a_stop_while_a_budget_is_measured_stores_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let stop = AtomicBool::new(true);
    let options = RunOptions::new(1);
    let stopped =
        run_study(&study(SECONDS), &dataset(150, 40), dir.path(), &options, &stop, &|_| {});
    assert!(matches!(stopped, Err(RunError::StoppedPreparing)), "{stopped:?}");
    assert!(matches!(StoredStudy::open(dir.path()), Err(StoreError::Missing { .. })));
    assert_eq!(measured(&complete(&study(SECONDS), dir.path(), 1)), 2);
}

#[test]
fn shares_have_the_steps_that_were_measured_for_them() {
    let dir = tempfile::tempdir().unwrap();
    let (data, told) = (dataset(150, 40), Mutex::new(Vec::new()));
    let observer = |event: &Event| told.lock().unwrap().push(event.clone());
    prepare_shares(&study(SECONDS), &data, dir.path(), &observer).unwrap();
    assert_eq!(measured(&told.lock().unwrap()), 2);
    let before = fs::read_to_string(dir.path().join("study.toml")).unwrap();
    told.lock().unwrap().clear();
    for number in 1..=2 {
        let share = Some(Share::new(number, 2).unwrap());
        let options = RunOptions { share, ..RunOptions::new(1) };
        let stop = AtomicBool::new(false);
        run_study(&study(SECONDS), &data, dir.path(), &options, &stop, &observer).unwrap();
    }
    assert_eq!(measured(&told.lock().unwrap()), 0);
    assert_eq!(fs::read_to_string(dir.path().join("study.toml")).unwrap(), before);
    let runs = StoredStudy::open(dir.path()).unwrap().runs;
    assert!(runs.iter().all(|run| run.status == RunStatus::Finished));
}

/// As if somebody had taken the steps out of the stored file.
#[test]
fn a_stored_budget_without_steps_is_named() {
    let dir = tempfile::tempdir().unwrap();
    complete(&study(SECONDS), dir.path(), 1);
    let path = dir.path().join("study.toml");
    let text = fs::read_to_string(&path).unwrap();
    let lines = text.lines().skip(1).map(|line| match line.split_once(", steps") {
        Some((budget, _)) => format!("{budget} }}\n"),
        None => format!("{line}\n"),
    });
    fs::write(&path, lines.collect::<String>()).unwrap();
    let error = StoredStudy::open(dir.path()).unwrap_err().to_string();
    assert!(error.contains("the budget of `a` has no `steps`"), "{error}");
}
