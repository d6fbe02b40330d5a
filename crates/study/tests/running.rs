//! Studies on small images, run to their end or not: what comes out, what is stored, and what is told.

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use fitroom_study::{
    Completion, Event, RunError, RunOptions, RunStatus, StoreError, StoredRun, StoredStudy, Study, StudyError, Weights,
    run_study,
};
use test_data::{dataset, study};

// The same as in the crate's own tests.
#[path = "../src/test_data.rs"]
mod test_data;

const TEXT: &str = "seeds = 2\n[training]\nvalidation = 30\nbatch_size = 16\nepochs = 4\n\
                    [[network]]\nname = \"adam\"\nlayers = \"dense 16, batchnorm, relu, dropout 0.2\"\n\
                    [[network]]\nname = \"sgd\"\nlayers = \"conv 3 3x3, batchnorm, relu, maxpool 2x2, flatten\"\nvs = \"adam\"\n\
                    optimizer = { name = \"sgd\", learning_rate = 0.05, momentum = 0.9 }\n\
                    schedule = { name = \"cosine\", warmup_epochs = 0.5 }\n";

/// Runs the study and returns what was told; `stop_at` is asked after each event whether to stop.
fn run(
    study: &Study,
    dir: &Path,
    threads: usize,
    stop_at: impl Fn(&Event) -> bool + Sync,
) -> (Result<Completion, RunError>, Vec<Event>) {
    let events = Mutex::new(Vec::new());
    let stop = AtomicBool::new(false);
    let observer = |event: &Event| {
        events.lock().unwrap().push(event.clone());
        stop.fetch_or(stop_at(event), Ordering::Relaxed);
    };
    let result = run_study(study, &dataset(150, 40), dir, &RunOptions { threads }, &stop, &observer);
    (result, events.into_inner().unwrap())
}

fn complete(study: &Study, dir: &Path, threads: usize) -> Vec<Event> {
    let (result, events) = run(study, dir, threads, |_| false);
    assert_eq!(result.unwrap().pending, 0);
    events
}

/// Everything that a study comes to, with the times it took set to nothing: its runs, and the files of their weights and predictions.
fn results(dir: &Path) -> (Vec<StoredRun>, Vec<Vec<u8>>) {
    let mut runs = StoredStudy::open(dir).unwrap().runs;
    for run in &mut runs {
        run.epochs.iter_mut().for_each(|record| record.seconds = 0.0);
        run.outcome.iter_mut().for_each(|outcome| outcome.seconds = 0.0);
    }
    let files = runs.iter().flat_map(|run| {
        ["best.safetensors", "last.safetensors", "checkpoint.safetensors", "predictions.csv"]
            .map(|name| dir.join(format!("runs/{}/{name}", run.id)))
    });
    let files = files.map(|file| fs::read(file).unwrap()).collect();
    (runs, files)
}

fn started(events: &[Event]) -> Vec<(String, u64, u32)> {
    let started = |event: &Event| match event {
        Event::RunStarted { run, done_epochs, .. } => Some((run.network.clone(), run.seed, *done_epochs)),
        _ => None,
    };
    events.iter().filter_map(started).collect()
}

#[test]
fn threads_change_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let at = |threads: usize| dir.path().join(threads.to_string());
    let one = at(1);
    complete(&study(TEXT), &one, 1);
    // With 3 the last run has all of them, with 9 each of the four has 2 or 3 from the start.
    for threads in [2, 3, 9] {
        complete(&study(TEXT), &at(threads), threads);
        assert_eq!(results(&at(threads)), results(&one), "{threads} threads");
    }
    let stored = StoredStudy::open(&one).unwrap();
    let order: Vec<_> = stored.runs.iter().map(|run| (run.network, run.seed)).collect();
    assert_eq!(order, [(0, 1), (0, 2), (1, 1), (1, 2)]);
    assert!(stored.runs.iter().all(|run| run.status == RunStatus::Finished && run.outcome.is_some()));
    // Another seed is another run.
    assert_ne!(stored.runs[0].epochs[3].fit_loss, stored.runs[1].epochs[3].fit_loss);
}

#[test]
fn threads_that_share_a_run_change_nothing() {
    // Wide enough that every step is divided.
    let wide = "seeds = 1\n[training]\nvalidation = 30\nbatch_size = 64\nepochs = 3\npenalty = { l1 = 0.001 }\n\
                [[network]]\nname = \"dense\"\nlayers = \"dense 1024, batchnorm, relu, dropout 0.2, dense 256, tanh\"\n\
                [[network]]\nname = \"conv\"\nlayers = \"conv 32 3x3 pad 1, batchnorm, gelu, maxpool 2x2, flatten\"\n";
    let dir = tempfile::tempdir().unwrap();
    let at = |threads: usize| dir.path().join(threads.to_string());
    complete(&study(wide), &at(1), 1);
    for threads in [2, 3, 5] {
        complete(&study(wide), &at(threads), threads);
        assert_eq!(results(&at(threads)), results(&at(1)), "{threads} threads");
    }
}

#[test]
fn the_best_of_a_sweep_and_its_baseline_are_trained_on_fresh_seeds() {
    let sweep = "[[network]]\nname = \"rate {rate}\"\nlayers = \"dense 8, relu\"\nvs = \"adam\"\n\
                 optimizer = { name = \"adam\", learning_rate = \"{rate}\" }\nepochs = 12\nsweep = { rate = [0.00001, 0.03] }\n";
    let swept = study(&format!("{TEXT}{sweep}"));
    let dir = tempfile::tempdir().unwrap();
    let [whole, parts] = ["whole", "parts"].map(|name| dir.path().join(name));
    let events = complete(&swept, &whole, 2);
    let added: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::RunsAdded { runs } => {
                Some(runs.iter().map(|run| (run.index, run.network.as_str(), run.seed)).collect::<Vec<_>>())
            }
            _ => None,
        })
        .collect();
    // Eight runs were planned: `rate 0.03` beats the one that learns nothing.
    assert_eq!(added, [[(8, "adam", 3), (9, "adam", 4), (10, "rate 0.03", 3), (11, "rate 0.03", 4)]]);
    let confirmed = |dir: &Path| {
        let stored = StoredStudy::open(dir).unwrap();
        let [confirmation] = stored.confirmations.as_slice() else { panic!("{:?}", stored.confirmations) };
        assert_eq!(
            (confirmation.sweep.as_str(), confirmation.network, confirmation.baseline),
            ("rate {rate}", 3, Some(0))
        );
        let runs = confirmation.runs.iter().chain(&confirmation.baseline_runs);
        runs.map(|run| {
            let test = run.outcome.map(|outcome| outcome.best.test);
            (run.network, run.seed, run.status, test.map(|test| test.accuracy))
        })
        .collect::<Vec<_>>()
    };
    let seeds: Vec<_> = confirmed(&whole).iter().map(|&(network, seed, status, _)| (network, seed, status)).collect();
    assert_eq!(seeds, [(3, 3), (3, 4), (0, 3), (0, 4)].map(|(network, seed)| (network, seed, RunStatus::Finished)));
    // Stopped in the middle of a confirmation, the study goes on to the same; then nothing is left to do.
    let (result, _) = run(&swept, &parts, 1, |event| matches!(event, Event::RunStarted { run, .. } if run.index == 9));
    assert_eq!(result.unwrap(), Completion { finished: 10, diverged: 0, pending: 2 });
    complete(&swept, &parts, 1);
    assert_eq!(confirmed(&parts), confirmed(&whole));
    assert_eq!(started(&complete(&swept, &parts, 1)), []);
}

#[test]
fn a_sweep_that_is_run_in_parts_has_the_winner_of_the_whole() {
    let sweep = "[[network]]\nname = \"rate {rate}\"\nlayers = \"dense 8, relu\"\nepochs = 12\n\
                 optimizer = { name = \"adam\", learning_rate = \"{rate}\" }\nsweep = { rate = [0.03, 0.00001, 0.00002] }\n";
    let swept = study(&format!("seeds = 1\n[training]\nvalidation = 30\nbatch_size = 16\n{sweep}"));
    let dir = tempfile::tempdir().unwrap();
    let added = |part: &[&str]| {
        let mut some = swept.clone();
        some.only(&part.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
        complete(&some, &dir.path().join("parts"), 1).iter().any(|event| matches!(event, Event::RunsAdded { .. }))
    };
    complete(&swept.clone(), &dir.path().join("whole"), 1);
    let whole = StoredStudy::open(&dir.path().join("whole")).unwrap().confirmations;
    assert!(added(&["rate 0.03", "rate 0.00001"]), "of what there is, these are all");
    assert!(added(&["rate 0.00002"]), "the winner is the same, and its fresh runs are known");
    let parts = StoredStudy::open(&dir.path().join("parts")).unwrap().confirmations;
    assert_eq!((parts.len(), parts[0].network, parts[0].runs[0].status), (1, whole[0].network, RunStatus::Finished));
    assert_eq!(parts[0].runs[0].id, whole[0].runs[0].id);
}

#[test]
fn what_was_stopped_goes_on_bit_for_bit() {
    let dir = tempfile::tempdir().unwrap();
    let [whole, parts] = ["whole", "parts"].map(|name| dir.path().join(name));
    complete(&study(TEXT), &whole, 1);
    // Stopped after the first epoch of a run, then in the middle of one, then after a run, then not any more.
    let (result, _) = run(&study(TEXT), &parts, 1, |event| matches!(event, Event::EpochDone { .. }));
    assert_eq!(result.unwrap(), Completion { finished: 0, diverged: 0, pending: 4 });
    let (_, events) = run(&study(TEXT), &parts, 1, |event| matches!(event, Event::Step { .. }));
    assert_eq!(started(&events), [("adam".to_owned(), 1, 1)]);
    let (result, _) = run(&study(TEXT), &parts, 1, |event| matches!(event, Event::RunDone { .. }));
    assert_eq!(result.unwrap(), Completion { finished: 1, diverged: 0, pending: 3 });
    let events = complete(&study(TEXT), &parts, 2);
    assert_eq!(started(&events).len(), 3);
    assert_eq!(results(&parts), results(&whole));
    assert_eq!(started(&complete(&study(TEXT), &parts, 2)), []);
}

#[test]
fn a_kill_between_two_writes_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let [whole, killed] = ["whole", "killed"].map(|name| dir.path().join(name));
    let mut only = study(TEXT);
    only.only(&["adam".to_owned()]).unwrap();
    only.set_seeds(1).unwrap();
    complete(&only, &whole, 1);
    let after = |epoch| move |event: &Event| matches!(event, Event::EpochDone { record, .. } if record.epoch == epoch);
    let _ = run(&only, &killed, 1, after(1));
    let run_dir = killed.join("runs").join(&StoredStudy::open(&killed).unwrap().runs[0].id);
    // As after a kill that came when the line of epoch 2 was written and that of epoch 3 half (which takes two kills),
    // a checkpoint was half written, and the best weights, after epoch 1, not yet.
    let lines = fs::read_to_string(run_dir.join("epochs.jsonl")).unwrap();
    let second = lines.replace("\"epoch\":1", "\"epoch\":2");
    fs::write(run_dir.join("epochs.jsonl"), format!("{lines}{second}{}", &second[..40])).unwrap();
    fs::write(run_dir.join("checkpoint.safetensors.partial"), "half").unwrap();
    fs::remove_file(run_dir.join("best.safetensors")).unwrap();
    assert_eq!(StoredStudy::open(&killed).unwrap().runs[0].epochs.len(), 2, "a report shows the lines that are whole");
    let events = complete(&only, &killed, 1);
    assert_eq!(started(&events), [("adam".to_owned(), 1, 1)]);
    assert_eq!(results(&killed), results(&whole));
}

#[test]
fn a_damaged_checkpoint_has_the_one_before_it() {
    let dir = tempfile::tempdir().unwrap();
    let whole = dir.path().join("whole");
    let mut only = study(TEXT);
    only.only(&["adam".to_owned()]).unwrap();
    only.set_seeds(1).unwrap();
    complete(&only, &whole, 1);
    let after = |epoch| move |event: &Event| matches!(event, Event::EpochDone { record, .. } if record.epoch == epoch);
    // A flipped bit, half a file, a kill between putting the old one aside and writing the new one.
    for (name, damage) in [
        (
            "bit",
            (|bytes| bytes.iter().rev().skip(1).rev().copied().chain([bytes.last().unwrap() ^ 4]).collect())
                as fn(&[u8]) -> Vec<u8>,
        ),
        ("half", |bytes| bytes[..bytes.len() / 2].to_vec()),
        ("gone", |_| Vec::new()),
    ] {
        let place = dir.path().join(name);
        let _ = run(&only, &place, 1, after(3));
        let run_dir = place.join("runs").join(&StoredStudy::open(&place).unwrap().runs[0].id);
        let checkpoint = run_dir.join("checkpoint.safetensors");
        let damaged = damage(&fs::read(&checkpoint).unwrap());
        match damaged.is_empty() {
            true => fs::remove_file(&checkpoint).unwrap(),
            false => fs::write(&checkpoint, &damaged).unwrap(),
        }
        assert_eq!(started(&complete(&only, &place, 1)), [("adam".to_owned(), 1, 2)], "{name}");
        assert_eq!(results(&place), results(&whole), "{name}");
        assert!(!run_dir.join("checkpoint-before.safetensors").exists());
        assert_eq!(run_dir.join("checkpoint-damaged.safetensors").exists(), !damaged.is_empty(), "{name}");
    }
}

#[test]
fn only_what_is_missing_is_trained() {
    let dir = tempfile::tempdir().unwrap();
    let mut first = study(TEXT);
    first.only(&["sgd".to_owned()]).unwrap();
    first.set_seeds(1).unwrap();
    complete(&first, dir.path(), 1);
    let events = complete(&study(TEXT), dir.path(), 1);
    let Event::StudyStarted { runs } = &events[0] else { panic!("{events:?}") };
    let begun: Vec<_> = runs.iter().map(|run| (run.network_index, run.seed, run.status, run.done_epochs)).collect();
    let (pending, finished) = (RunStatus::Pending, RunStatus::Finished);
    assert_eq!(begun, [(0, 1, pending, 0), (0, 2, pending, 0), (1, 1, finished, 4), (1, 2, pending, 0)]);
    // First seeds before second ones.
    assert_eq!(started(&events), [("adam".to_owned(), 1, 0), ("adam".to_owned(), 2, 0), ("sgd".to_owned(), 2, 0)]);
}

#[test]
fn each_run_tells_of_its_steps_epochs_and_end() {
    let dir = tempfile::tempdir().unwrap();
    let events = complete(&study(TEXT), dir.path(), 1);
    for index in 0..4 {
        let steps = events
            .iter()
            .filter(|event| matches!(event, Event::Step { run, epoch: 1, images_done: 16, .. } if *run == index));
        assert_eq!(steps.count(), 1);
        let epochs = events.iter().filter(|event| matches!(event, Event::EpochDone { run, .. } if *run == index));
        assert_eq!(epochs.count(), 4);
        let ends = events
            .iter()
            .filter(|event| matches!(event, Event::RunDone { run, outcome: Some(_), .. } if *run == index));
        assert_eq!(ends.count(), 1);
    }
    assert!(events.iter().any(|event| matches!(event, Event::RunStarted { images_per_epoch: 120, epochs: 4, .. })));
}

#[test]
fn predictions_are_what_the_test_images_were_scored_by() {
    let dir = tempfile::tempdir().unwrap();
    complete(&study(TEXT), dir.path(), 2);
    let stored = StoredStudy::open(dir.path()).unwrap();
    let labels = dataset(150, 40).test.labels;
    for run in &stored.runs {
        let predictions = stored.predictions(run).unwrap().unwrap();
        assert!(predictions.iter().map(|prediction| prediction.label).eq(labels.iter().copied()));
        let test = run.outcome.unwrap().best.test;
        let right = predictions.iter().filter(|prediction| prediction.is_right()).count();
        assert_eq!(right as f64 / 40.0, test.accuracy);
        let loss = predictions.iter().map(|at| -f64::from(at.label_probability).ln()).sum::<f64>() / 40.0;
        assert!((loss - test.loss).abs() < 1e-6, "{loss} {}", test.loss);
        assert!(predictions.iter().all(|at| if at.is_right() {
            at.confidence == at.label_probability
        } else {
            at.confidence > at.label_probability
        }));
    }
}

#[test]
fn missing_predictions_are_made_again_without_training() {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path();
    complete(&study(TEXT), place, 1);
    let before = results(place);
    let file = |run: usize, name: &str| place.join("runs").join(&before.0[run].id).join(name);
    for threads in [1, 3, 9] {
        (0..4).for_each(|run| fs::remove_file(file(run, "predictions.csv")).unwrap());
        let stored = StoredStudy::open(place).unwrap();
        assert!(stored.runs.iter().all(|run| stored.predictions(run).unwrap().is_none()));
        let events = complete(&study(TEXT), place, threads);
        assert!(
            matches!(events[..], [Event::StudyStarted { .. }, Event::PredictionsMissing { runs: 4 }]),
            "{events:?}"
        );
        assert!(results(place) == before, "{threads} threads");
    }

    // Without weights there are none, damaged weights are named, and the others get theirs.
    (0..3).for_each(|run| fs::remove_file(file(run, "predictions.csv")).unwrap());
    fs::remove_file(file(0, "best.safetensors")).unwrap();
    fs::write(file(1, "best.safetensors"), "half").unwrap();
    let (result, _) = run(&study(TEXT), place, 2, |_| false);
    let Err(RunError::Runs { failures }) = result else { panic!("{result:?}") };
    assert_eq!(failures.iter().map(|(run, _)| run.index).collect::<Vec<_>>(), [1]);
    assert!(failures[0].1.to_string().contains("best.safetensors is damaged"), "{}", failures[0].1);
    let stored = StoredStudy::open(place).unwrap();
    let has: Vec<bool> = stored.runs.iter().map(|run| stored.predictions(run).unwrap().is_some()).collect();
    assert_eq!(has, [false, false, true, true]);
}

#[test]
fn a_run_that_is_stopped_before_its_predictions_is_not_finished() {
    let dir = tempfile::tempdir().unwrap();
    let mut only = study(TEXT);
    only.only(&["adam".to_owned()]).unwrap();
    only.set_seeds(1).unwrap();
    let last = |event: &Event| matches!(event, Event::EpochDone { record, .. } if record.epoch == 4);
    let (result, _) = run(&only, dir.path(), 1, last);
    assert_eq!(result.unwrap(), Completion { finished: 0, diverged: 0, pending: 1 });
    let stored = StoredStudy::open(dir.path()).unwrap();
    assert_eq!(stored.predictions(&stored.runs[0]).unwrap(), None);
    complete(&only, dir.path(), 1);
    let stored = StoredStudy::open(dir.path()).unwrap();
    assert_eq!(stored.predictions(&stored.runs[0]).unwrap().unwrap().len(), 40);
}

#[test]
fn stored_weights_are_read_and_must_be_the_network_s() {
    let dir = tempfile::tempdir().unwrap();
    complete(&study(TEXT), dir.path(), 1);
    let stored = StoredStudy::open(dir.path()).unwrap();
    let (adam, sgd) = (&stored.runs[0], &stored.runs[2]);
    let best = stored.weights(adam, Weights::Best).unwrap().unwrap();
    let shape = |name: &str| best.iter().find(|tensor| tensor.name == name).unwrap().shape.clone();
    assert_eq!((shape("0.weight"), shape("1.running_var")), (vec![16, 36], vec![16]));
    let last = stored.weights(adam, Weights::Last).unwrap().unwrap();
    let (at_best, at_last) = (adam.outcome.unwrap().best, adam.outcome.unwrap().last);
    assert_eq!(best == last, at_best.epoch == at_last.epoch);

    let file = |run: &StoredRun, name: &str| dir.path().join("runs").join(&run.id).join(name);
    fs::copy(file(sgd, "best.safetensors"), file(adam, "best.safetensors")).unwrap();
    let error = stored.weights(adam, Weights::Best).unwrap_err().to_string();
    assert!(error.contains("best.safetensors is damaged: tensor `0.weight` has shape [3, 1, 3, 3]"), "{error}");
    fs::write(file(adam, "best.safetensors"), vec![0; 1 << 20]).unwrap();
    let error = stored.weights(adam, Weights::Best).unwrap_err().to_string();
    assert!(error.contains("it has 1048576 bytes, and "), "{error}");
    fs::remove_file(file(adam, "best.safetensors")).unwrap();
    assert_eq!(stored.weights(adam, Weights::Best).unwrap(), None);
}

#[test]
fn a_diverging_run_leaves_the_others_alone() {
    let dir = tempfile::tempdir().unwrap();
    let study = study(&TEXT.replace("0.05", "1e30").replace("batchnorm, relu, maxpool", "maxpool"));
    let (result, events) = run(&study, dir.path(), 2, |_| false);
    assert_eq!(result.unwrap(), Completion { finished: 2, diverged: 2, pending: 0 });
    let diverged = |event: &&Event| matches!(event, Event::RunDone { status: RunStatus::Diverged, outcome: None, .. });
    assert_eq!(events.iter().filter(diverged).count(), 2);
    assert_eq!(started(&complete(&study, dir.path(), 2)), [], "it diverges every time: once is enough");
}

#[test]
fn networks_that_differ_in_name_alone_are_trained_once() {
    let dir = tempfile::tempdir().unwrap();
    let network = "[[network]]\nname = \"NAME\"\nlayers = \"dense 4\"\nepochs = 2\n";
    let twice = ["a", "b"].map(|name| network.replace("NAME", name)).concat();
    let study = study(&format!("[training]\nvalidation = 30\n{twice}"));
    let events = complete(&study, dir.path(), 2);
    assert_eq!(started(&events).len(), 1);
    let ended =
        events.iter().filter_map(|event| if let Event::RunDone { run, .. } = event { Some(*run) } else { None });
    assert_eq!(ended.collect::<Vec<_>>(), [0, 1]);
    let [a, b] = <[_; 2]>::try_from(StoredStudy::open(dir.path()).unwrap().runs).unwrap();
    assert_eq!((a.id, a.epochs, a.outcome), (b.id, b.epochs, b.outcome));
}

#[test]
fn a_run_that_cannot_be_stored_is_told_and_the_others_are() {
    let dir = tempfile::tempdir().unwrap();
    let (_, events) = run(&study(TEXT), dir.path(), 1, |event| matches!(event, Event::StudyStarted { .. }));
    assert_eq!(started(&events), []);
    let id = StoredStudy::open(dir.path()).unwrap().runs.remove(1).id;
    let place = dir.path().join("runs").join(id);
    // Nothing can be put over a directory that is not empty.
    fs::create_dir_all(place.join("checkpoint.safetensors.partial/x")).unwrap();
    let (result, events) = run(&study(TEXT), dir.path(), 2, |_| false);
    let error = result.unwrap_err();
    let RunError::Runs { failures } = &error else { panic!("{error}") };
    assert_eq!(failures.iter().map(|(run, _)| run.index).collect::<Vec<_>>(), [1]);
    assert!(error.to_string().contains("`adam`, seed 2: can't write "), "{error}");
    assert!(events.iter().any(|event| matches!(event, Event::RunFailed { run: 1, .. })));
    let finished = |run: &&StoredRun| run.status == RunStatus::Finished;
    assert_eq!(StoredStudy::open(dir.path()).unwrap().runs.iter().filter(finished).count(), 3);
    // With the obstacle gone it goes on.
    fs::remove_dir_all(place.join("checkpoint.safetensors.partial")).unwrap();
    assert_eq!(started(&complete(&study(TEXT), dir.path(), 1)), [("adam".to_owned(), 2, 0)]);
}

#[test]
fn what_cannot_be_run_leaves_no_trace() {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().join("out");
    let too_large = TEXT.replace("batch_size = 16", "batch_size = 121");
    let (result, events) = run(&study(&too_large), &place, 1, |_| false);
    assert!(matches!(result, Err(RunError::Study(StudyError::BatchTooLarge { .. }))));
    assert!(events.is_empty() && !place.exists());
}

#[test]
fn damaged_files_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path();
    assert!(matches!(StoredStudy::open(place), Err(StoreError::Missing { .. })));
    let (_, _) =
        run(&study(TEXT), place, 1, |event| matches!(event, Event::EpochDone { record, .. } if record.epoch == 2));
    let run_dir = place.join("runs").join(&StoredStudy::open(place).unwrap().runs[0].id);
    let damage = |path: &Path, content: &str, message: &str| {
        let before = fs::read(path).unwrap();
        fs::write(path, content).unwrap();
        let (result, _) = run(&study(TEXT), place, 1, |event| matches!(event, Event::EpochDone { .. }));
        let error = result.expect_err(message).to_string();
        assert!(error.contains(&path.display().to_string()) && error.contains(message), "{error}");
        fs::write(path, before).unwrap();
    };
    let epochs = run_dir.join("epochs.jsonl");
    let lines = fs::read_to_string(&epochs).unwrap();
    let first = lines.split_inclusive('\n').next().unwrap();
    damage(&epochs, first, "it has 1 epochs, and the checkpoint beside it was made after 2");
    damage(&epochs, &format!("{first}{first}"), "line 2 is epoch 1");
    damage(&epochs, "{}\n", "line 1: missing field");
    let before = run_dir.join("checkpoint-before.safetensors");
    let second = fs::read(&before).unwrap();
    fs::remove_file(&before).unwrap();
    damage(&run_dir.join("checkpoint.safetensors"), "half", "is damaged");
    fs::write(&before, second).unwrap();
    let run_file = run_dir.join("run.json");
    damage(&run_file, "{", "is damaged");
    let other = fs::read_to_string(&run_file).unwrap().replace("\"seed\": 1", "\"seed\": 2");
    damage(&run_file, &other, "it describes another run");
    damage(&place.join("study.toml"), "name = \"test\"\n", "the study has no networks");
    damage(&place.join("dataset.json"), "[]", "is damaged");
    complete(&study(TEXT), place, 2);
}
