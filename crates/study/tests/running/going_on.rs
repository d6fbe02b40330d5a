//! Continues studies that were stopped or killed.

use super::*;

#[test]
fn a_stopped_study_continues_to_the_same_bits() {
    let dir = tempfile::tempdir().unwrap();
    let [whole, parts] = ["whole", "parts"].map(|name| dir.path().join(name));
    complete(&study(TEXT), &whole, 1);
    // The study is stopped after the first epoch of a run, then within an epoch, then after a run.
    // The last start is not stopped.
    let (result, _) =
        run(&study(TEXT), &parts, 1, |event| matches!(event, Event::EpochDone { .. }));
    assert_eq!(result.unwrap(), Completion { finished: 0, diverged: 0, pending: 4, elsewhere: 0 });
    let (_, events) = run(&study(TEXT), &parts, 1, |event| matches!(event, Event::Step { .. }));
    assert_eq!(started(&events), [("adam".to_owned(), 1, 1)]);
    let (result, _) = run(&study(TEXT), &parts, 1, |event| matches!(event, Event::RunDone { .. }));
    assert_eq!(result.unwrap(), Completion { finished: 1, diverged: 0, pending: 3, elsewhere: 0 });
    let events = complete(&study(TEXT), &parts, 2);
    assert_eq!(started(&events).len(), 3);
    assert_eq!(results(&parts), results(&whole));
    assert_eq!(started(&complete(&study(TEXT), &parts, 2)), []);
}

#[test]
fn a_kill_between_two_writes_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let [whole, killed] = ["whole", "killed"].map(|name| dir.path().join(name));
    let only = one_run("adam");
    complete(&only, &whole, 1);
    let _ = run(&only, &killed, 1, after_epoch(2));
    let run_dir = killed.join("runs").join(&StoredStudy::open(&killed).unwrap().runs[0].id);
    // As after two kills: the line of epoch 2 is written and half the line of epoch 3, half a
    // checkpoint is written, and the best weights, those of epoch 1, are missing.
    let lines = fs::read_to_string(run_dir.join("epochs.jsonl")).unwrap();
    fs::write(run_dir.join("epochs.jsonl"), format!("{lines}{}", &lines[..40])).unwrap();
    fs::rename(
        run_dir.join("checkpoint-before.safetensors"),
        run_dir.join("checkpoint.safetensors"),
    )
    .unwrap();
    fs::write(run_dir.join("checkpoint.safetensors.Xy12ab.partial"), "half").unwrap();
    fs::remove_file(run_dir.join("best.safetensors")).unwrap();
    assert_eq!(
        StoredStudy::open(&killed).unwrap().runs[0].epochs.len(),
        2,
        "a report shows only complete lines"
    );
    let events = complete(&only, &killed, 1);
    assert_eq!(started(&events), [("adam".to_owned(), 1, 1)]);
    assert_eq!(results(&killed), results(&whole));
    assert!(!run_dir.join("checkpoint.safetensors.Xy12ab.partial").exists());
}

#[test]
fn a_damaged_checkpoint_is_replaced_by_the_one_before_it() {
    let dir = tempfile::tempdir().unwrap();
    let whole = dir.path().join("whole");
    let only = one_run("adam");
    complete(&only, &whole, 1);
    // A flipped bit; half a file; no file, as after a kill between putting the old checkpoint aside
    // and writing the new one.
    for (name, damage) in [
        (
            "bit",
            (|bytes| {
                bytes
                    .iter()
                    .rev()
                    .skip(1)
                    .rev()
                    .copied()
                    .chain([bytes.last().unwrap() ^ 4])
                    .collect()
            }) as fn(&[u8]) -> Vec<u8>,
        ),
        ("half", |bytes| bytes[..bytes.len() / 2].to_vec()),
        ("gone", |_| Vec::new()),
    ] {
        let place = dir.path().join(name);
        let _ = run(&only, &place, 1, after_epoch(3));
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
        assert_eq!(
            run_dir.join("checkpoint-damaged.safetensors").exists(),
            !damaged.is_empty(),
            "{name}"
        );
    }
}

#[test]
fn a_stop_within_an_epoch_loses_no_step() {
    let dir = tempfile::tempdir().unwrap();
    let only = one_run("sgd");
    let [whole, parts] = ["whole", "parts"].map(|name| dir.path().join(name));
    complete(&only, &whole, 1);
    // Each start stops at the event of its first step. 120 images in batches of 16 are 8 steps.
    for step in 1..=9 {
        let (_, events) = run(&only, &parts, 1, |event| matches!(event, Event::Step { .. }));
        let told = events.iter().find_map(|event| match event {
            Event::Step { epoch, images_done, .. } => Some((*epoch, *images_done)),
            _ => None,
        });
        let expected = match step {
            8 => (1, 120),
            9 => (2, 16),
            _ => (1, 16 * step),
        };
        assert_eq!(told, Some(expected));
    }
    complete(&only, &parts, 3);
    assert_eq!(results(&parts), results(&whole));
}

#[test]
fn a_damaged_checkpoint_within_an_epoch_is_replaced_by_the_one_before_it() {
    let dir = tempfile::tempdir().unwrap();
    let [whole, damaged] = ["whole", "damaged"].map(|name| dir.path().join(name));
    let only = one_run("adam");
    complete(&only, &whole, 1);
    // Two starts, each stopped after one step, leave two checkpoints. The newer one gets lost.
    for _ in 0..2 {
        let _ = run(&only, &damaged, 1, |event| matches!(event, Event::Step { .. }));
    }
    let run_dir = damaged.join("runs").join(&StoredStudy::open(&damaged).unwrap().runs[0].id);
    fs::write(run_dir.join("checkpoint.safetensors"), "half").unwrap();
    let (_, events) = run(&only, &damaged, 1, |event| matches!(event, Event::Step { .. }));
    assert!(
        events.iter().any(|event| matches!(event, Event::Step { epoch: 1, images_done: 32, .. })),
        "{events:?}"
    );
    complete(&only, &damaged, 1);
    assert_eq!(results(&damaged), results(&whole));
}

#[test]
fn a_run_of_more_epochs_begins_where_one_of_fewer_ended() {
    let dir = tempfile::tempdir().unwrap();
    let [whole, longer] = ["whole", "longer"].map(|name| dir.path().join(name));
    complete(&study(TEXT), &whole, 1);
    let mut short = study(TEXT);
    short.set_epochs(2).unwrap();
    complete(&short, &longer, 1);
    // One run of 9 epochs, which gets further than the others but not to its end.
    let mut other = study(TEXT);
    other.set_epochs(9).unwrap();
    let _ = run(&other, &longer, 1, after_epoch(3));

    let mut longest = study(TEXT);
    longest.set_epochs(10).unwrap();
    let (_, events) = run(&longest, &longer, 1, |event| matches!(event, Event::RunStarted { .. }));
    assert_eq!(started(&events), [("adam".to_owned(), 1, 3)]);

    let events = complete(&study(TEXT), &longer, 1);
    // `sgd` starts anew: a cosine schedule over 2 epochs is not the beginning of one over 4.
    let expected = [("adam", 1, 2), ("sgd", 1, 0), ("adam", 2, 2), ("sgd", 2, 0)];
    assert_eq!(started(&events), expected.map(|(name, seed, done)| (name.to_owned(), seed, done)));
    assert_eq!(results(&longer), results(&whole));
}

#[test]
fn changed_settings_are_new_runs_beside_the_old_ones() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    complete(&study(TEXT), dir, 1);
    let before = results(dir);
    let wider = study(&TEXT.replace("dense 16", "dense 17"));
    let events = complete(&wider, dir, 1);
    let aside = events.iter().filter_map(|event| match event {
        Event::RunsSetAside { network, changes, runs } => {
            Some((network.as_str(), changes.clone(), *runs))
        }
        _ => None,
    });
    let [(network, changes, runs)] = <[_; 1]>::try_from(aside.collect::<Vec<_>>()).unwrap();
    assert_eq!((network, runs), ("adam", 2));
    let change = SettingChange {
        key: "layers".into(),
        before: "\"dense 16, batchnorm, relu, dropout 0.2\"".to_owned(),
        now: "\"dense 17, batchnorm, relu, dropout 0.2\"".to_owned(),
    };
    assert_eq!(changes, [change]);
    assert_eq!(started(&events).len(), 2, "only the network that changed is trained");
    let stored = StoredStudy::open(dir).unwrap();
    assert_eq!(
        (stored.study.networks[0].layers_text(), stored.set_aside),
        (wider.networks[0].layers_text(), 2)
    );
    assert_ne!(results(dir), before);
    // With the old settings again, the old runs count again, and nothing is trained.
    assert_eq!(started(&complete(&study(TEXT), dir, 1)), []);
    assert_eq!(results(dir), before);
}

#[test]
fn only_what_is_missing_is_trained() {
    let dir = tempfile::tempdir().unwrap();
    let first = one_run("sgd");
    complete(&first, dir.path(), 1);
    let events = complete(&study(TEXT), dir.path(), 1);
    let Event::StudyStarted { runs } = &events[0] else { panic!("{events:?}") };
    let begun: Vec<_> =
        runs.iter().map(|run| (run.network_index, run.seed, run.status, run.done_epochs)).collect();
    let (pending, finished) = (RunStatus::Pending, RunStatus::Finished);
    assert_eq!(
        begun,
        [(0, 1, pending, 0), (0, 2, pending, 0), (1, 1, finished, 4), (1, 2, pending, 0)]
    );
    // First seeds come before second ones.
    assert_eq!(
        started(&events),
        [("adam".to_owned(), 1, 0), ("adam".to_owned(), 2, 0), ("sgd".to_owned(), 2, 0)]
    );
}

#[test]
fn a_run_that_is_stopped_before_its_predictions_is_not_finished() {
    let dir = tempfile::tempdir().unwrap();
    let only = one_run("adam");
    let (result, _) = run(&only, dir.path(), 1, after_epoch(4));
    assert_eq!(result.unwrap(), Completion { finished: 0, diverged: 0, pending: 1, elsewhere: 0 });
    let stored = StoredStudy::open(dir.path()).unwrap();
    assert_eq!(stored.predictions(&stored.runs[0]).unwrap(), None);
    complete(&only, dir.path(), 1);
    let stored = StoredStudy::open(dir.path()).unwrap();
    assert_eq!(stored.predictions(&stored.runs[0]).unwrap().unwrap().len(), 40);
}
