//! Faults of runs, directories and files, and what they must not affect.

use super::*;

#[test]
fn a_diverging_run_leaves_the_others_alone() {
    let dir = tempfile::tempdir().unwrap();
    let study = study(&TEXT.replace("0.05", "1e30").replace("batchnorm, relu, maxpool", "maxpool"));
    let (result, events) = run(&study, dir.path(), 2, |_| false);
    assert_eq!(result.unwrap(), Completion { finished: 2, diverged: 2, pending: 0, elsewhere: 0 });
    let diverged = |event: &&Event| {
        matches!(event, Event::RunDone { status: RunStatus::Diverged, outcome: None, .. })
    };
    assert_eq!(events.iter().filter(diverged).count(), 2);
    assert_eq!(
        started(&complete(&study, dir.path(), 2)),
        [],
        "a diverged run is not trained again, since it would diverge again"
    );
}

#[test]
fn a_run_that_cannot_be_stored_is_reported_and_the_others_are_stored() {
    let dir = tempfile::tempdir().unwrap();
    let (_, events) =
        run(&study(TEXT), dir.path(), 1, |event| matches!(event, Event::StudyStarted { .. }));
    assert_eq!(started(&events), []);
    let id = StoredStudy::open(dir.path()).unwrap().runs.remove(1).id;
    let place = dir.path().join("runs").join(id);
    // A file can't replace a directory that is not empty.
    fs::create_dir_all(place.join("best.safetensors/x")).unwrap();
    let (result, events) = run(&study(TEXT), dir.path(), 2, |_| false);
    let error = result.unwrap_err();
    let RunError::Runs { failures } = &error else { panic!("{error}") };
    assert_eq!(failures.iter().map(|(run, _)| run.index).collect::<Vec<_>>(), [1]);
    assert!(error.to_string().contains("`adam`, seed 2: can't write "), "{error}");
    assert!(events.iter().any(|event| matches!(event, Event::RunFailed { run: 1, .. })));
    let finished = |run: &&StoredRun| run.status == RunStatus::Finished;
    assert_eq!(StoredStudy::open(dir.path()).unwrap().runs.iter().filter(finished).count(), 3);
    // Without the obstacle the run is trained.
    fs::remove_dir_all(place.join("best.safetensors")).unwrap();
    assert_eq!(started(&complete(&study(TEXT), dir.path(), 1)), [("adam".to_owned(), 2, 1)]);
}

#[test]
fn a_removed_directory_does_not_come_back_with_half_its_content() {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().join("out");
    let (result, events) = run(&study(TEXT), &place, 1, |event| {
        if matches!(event, Event::EpochDone { record, .. } if record.epoch == 2) && place.exists() {
            fs::remove_dir_all(&place).unwrap();
        }
        false
    });
    let error = result.unwrap_err();
    let RunError::Runs { failures } = &error else { panic!("{error}") };
    assert_eq!(failures.len(), 4);
    assert!(error.to_string().contains(&format!("can't write {}", place.display())), "{error}");
    assert_eq!(started(&events), [("adam".to_owned(), 1, 0)], "the others can't begin");
    assert!(!place.exists());
    complete(&study(TEXT), &place, 1);
}

#[test]
fn a_network_for_which_there_is_no_memory_leaves_the_others_alone() {
    let dir = tempfile::tempdir().unwrap();
    // For each of 120 images, each of 100 convolutions gives 36 · 65,536 values. These need far
    // more memory than the parameters.
    let layers = ["conv 65536 1x1, conv 1 1x1"; 100].join(", ");
    let huge = TEXT
        .replace("dense 16", &format!("{layers}, flatten"))
        .replace("batch_size = 16", "batch_size = 120");
    let huge = study(&huge);
    let (result, events) = run(&huge, dir.path(), 2, |_| false);
    let error = result.unwrap_err();
    let RunError::Runs { failures } = &error else { panic!("{error}") };
    let failed: Vec<_> = failures.iter().map(|(run, _)| run.network.as_str()).collect();
    assert_eq!(failed, ["adam"; 2]);
    assert!(error.to_string().contains("training it takes 1"), "{error}");
    assert_eq!(events.iter().filter(|event| matches!(event, Event::RunDone { .. })).count(), 2);
    let finished = |run: &&StoredRun| run.status == RunStatus::Finished;
    assert_eq!(StoredStudy::open(dir.path()).unwrap().runs.iter().filter(finished).count(), 2);
}

#[test]
fn a_study_that_cannot_be_run_leaves_no_trace() {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().join("out");
    let too_large = TEXT.replace("validation = 30", "validation = 150");
    let (result, events) = run(&study(&too_large), &place, 1, |_| false);
    assert!(matches!(result, Err(RunError::Study(StudyError::ValidationTooLarge { .. }))));
    assert!(events.is_empty() && !place.exists());
}

#[test]
fn damaged_files_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path();
    assert!(matches!(StoredStudy::open(place), Err(StoreError::Missing { .. })));
    let (_, _) = run(
        &study(TEXT),
        place,
        1,
        |event| matches!(event, Event::EpochDone { record, .. } if record.epoch == 2),
    );
    let run_dir = place.join("runs").join(&StoredStudy::open(place).unwrap().runs[0].id);
    let damage = |path: &Path, content: &str, message: &str| {
        let before = fs::read(path).unwrap();
        fs::write(path, content).unwrap();
        let (result, _) =
            run(&study(TEXT), place, 1, |event| matches!(event, Event::EpochDone { .. }));
        let error = result.expect_err(message).to_string();
        assert!(error.contains(&path.display().to_string()) && error.contains(message), "{error}");
        fs::write(path, before).unwrap();
    };
    let epochs = run_dir.join("epochs.jsonl");
    let lines = fs::read_to_string(&epochs).unwrap();
    let first = lines.split_inclusive('\n').next().unwrap();
    damage(&epochs, first, "it has 1 epochs, and the checkpoint beside it was made after 2");
    damage(&epochs, &format!("{first}{first}"), "line 2: it is epoch 1");
    damage(&epochs, "{}\n", "line 1: missing field");
    let accuracy = first.find("\"fit_accuracy\":").unwrap() + "\"fit_accuracy\":".len();
    let impossible = format!("{}1{}", &first[..accuracy], &first[accuracy + 1..]);
    damage(&epochs, &impossible, "line 1: accuracies should be between 0 and 1");
    let before = run_dir.join("checkpoint-before.safetensors");
    let second = fs::read(&before).unwrap();
    fs::remove_file(&before).unwrap();
    damage(&run_dir.join("checkpoint.safetensors"), "half", "is damaged");
    fs::write(&before, second).unwrap();
    let run_file = run_dir.join("run.json");
    damage(&run_file, "{", "is damaged");
    let other = fs::read_to_string(&run_file).unwrap().replace("\"seed\": 1", "\"seed\": 2");
    damage(&run_file, &other, "its seal does not match its content");
    let other_run = place.join("runs").join(&StoredStudy::open(place).unwrap().runs[1].id);
    complete(&study(TEXT), place, 2);
    let outcome = run_dir.join("outcome.json");
    let text = fs::read_to_string(&outcome).unwrap();
    for (from, to) in [("\"epoch\": 4", "\"epoch\": 5"), ("\"accuracy\": 0", "\"accuracy\": 2")] {
        damage(&outcome, &text.replace(from, to), "its seal does not match its content");
    }
    damage(
        &outcome,
        &text.replace("\"seal\"", "\"sael\""),
        "it has no seal, and its epochs have one",
    );
    // Files of another run.
    for name in ["run.json", "epochs.jsonl", "outcome.json"] {
        let other = fs::read_to_string(other_run.join(name)).unwrap();
        damage(&run_dir.join(name), &other, "is damaged: ");
    }
    let other = fs::read_to_string(other_run.join("run.json")).unwrap();
    damage(&run_file, &other, "it describes another run");
    damage(&place.join("study.toml"), "name = \"test\"\n", "the study has no networks");
    damage(&place.join("dataset.json"), "[]", "is damaged");
    complete(&study(TEXT), place, 2);
}
