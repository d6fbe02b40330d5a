//! The predictions and weights that finished runs store in addition to their scores.

use super::*;

#[test]
fn predictions_give_the_scores_on_test_images() {
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
        let loss =
            predictions.iter().map(|at| -f64::from(at.label_probability).ln()).sum::<f64>() / 40.0;
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
            matches!(
                events[..],
                [Event::StudyStarted { .. }, Event::PredictionsMissing { runs: 4 }]
            ),
            "{events:?}"
        );
        assert!(results(place) == before, "{threads} threads");
    }

    // A run without weights gets no predictions, damaged weights are an error, and other runs get
    // theirs.
    (0..3).for_each(|run| fs::remove_file(file(run, "predictions.csv")).unwrap());
    fs::remove_file(file(0, "best.safetensors")).unwrap();
    fs::write(file(1, "best.safetensors"), "half").unwrap();
    let (result, _) = run(&study(TEXT), place, 2, |_| false);
    let Err(RunError::Runs { failures }) = result else { panic!("{result:?}") };
    assert_eq!(failures.iter().map(|(run, _)| run.index).collect::<Vec<_>>(), [1]);
    assert!(failures[0].1.to_string().contains("best.safetensors is damaged"), "{}", failures[0].1);
    let stored = StoredStudy::open(place).unwrap();
    let has: Vec<bool> =
        stored.runs.iter().map(|run| stored.predictions(run).unwrap().is_some()).collect();
    assert_eq!(has, [false, false, true, true]);
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
    assert!(error.contains("best.safetensors is damaged: its seal does not match"), "{error}");
    fs::write(file(adam, "best.safetensors"), vec![0; 1 << 20]).unwrap();
    let error = stored.weights(adam, Weights::Best).unwrap_err().to_string();
    assert!(error.contains("it has 1048576 bytes, and "), "{error}");
    fs::remove_file(file(adam, "best.safetensors")).unwrap();
    assert_eq!(stored.weights(adam, Weights::Best).unwrap(), None);
}

#[test]
fn predictions_must_be_those_of_the_outcome() {
    let dir = tempfile::tempdir().unwrap();
    complete(&study(TEXT), dir.path(), 1);
    let stored = StoredStudy::open(dir.path()).unwrap();
    let run = &stored.runs[0];
    let path = stored.predictions_path(run);
    let whole = fs::read_to_string(&path).unwrap();
    // One digit of a probability, which decides no accuracy.
    let digit = whole.rfind(|c: char| c.is_ascii_digit() && c != '9').unwrap();
    let changed = format!("{}9{}", &whole[..digit], &whole[digit + 1..]);
    fs::write(&path, changed).unwrap();
    let error = stored.predictions(run).unwrap_err().to_string();
    assert!(error.contains("predictions.csv is damaged: its SHA-256 is not that"), "{error}");
    // An earlier version stored no SHA-256 and no seals: then the accuracy must be that of the
    // outcome.
    for name in ["outcome.json", "epochs.jsonl"] {
        let path = path.with_file_name(name);
        let text = fs::read_to_string(&path).unwrap();
        let kept = |line: &str| match line.split_once(",\"seal\":") {
            Some((record, _)) => format!("{record}}}\n"),
            None if line.contains("\"seal\"") => "\"was\": 0\n".to_owned(),
            None => format!("{line}\n"),
        };
        let text: String = text.lines().map(kept).collect();
        let text = text.replace("predictions_sha256", "earlier");
        fs::write(&path, text).unwrap();
    }
    let row = whole.lines().find(|row| {
        let cells: Vec<&str> = row.split(',').collect();
        cells[1] == cells[2]
    });
    let cells: Vec<&str> = row.unwrap().split(',').collect();
    let wrong = format!("{},{},{},", cells[0], cells[1], (cells[1].parse::<u8>().unwrap() + 1) % 3);
    let right = format!("{},{},{},", cells[0], cells[1], cells[2]);
    fs::write(&path, whole.replacen(&right, &wrong, 1)).unwrap();
    let error = stored.predictions(run).unwrap_err().to_string();
    assert!(error.contains("of its predictions are right, and its outcome differs"), "{error}");
    fs::write(&path, whole).unwrap();
    assert!(stored.predictions(run).unwrap().is_some());
    assert_eq!(StoredStudy::open(dir.path()).unwrap().runs[0].outcome, run.outcome);
}
