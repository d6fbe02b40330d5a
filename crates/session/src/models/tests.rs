//! Tests of finding models.

use super::*;
use crate::test_data::{study, study_of, trained};

fn request(path: impl Into<PathBuf>) -> ModelRequest {
    ModelRequest {
        path: path.into(),
        network: None,
        seeds: SeedChoice::Best,
        places: Places::default(),
    }
}

fn error(request: &ModelRequest) -> String {
    find_models(request).unwrap_err().to_string()
}

#[test]
fn a_study_a_run_and_its_weights_name_the_same_network() {
    let dir = tempfile::tempdir().unwrap();
    let stored = trained(study(), dir.path());
    let run = dir.path().join("runs").join(&stored.runs[1].id);
    let of = |path: PathBuf| find_models(&request(path)).unwrap().models.remove(0);
    let of_run = of(run.clone());
    assert_eq!((of_run.network.as_str(), of_run.seed), ("small", 2));
    assert_eq!(of_run.facts["run"], stored.runs[1].id);
    assert_eq!(of_run.facts["epoch"], stored.runs[1].outcome.unwrap().best.epoch.to_string());
    assert_eq!(of(run.join("best.safetensors")), of_run);
    let last = of(run.join("last.safetensors"));
    assert_eq!(last.facts["epoch"], "3");
    let seed = ModelRequest { seeds: SeedChoice::Seed(2), ..request(dir.path()) };
    assert_eq!(find_models(&seed).unwrap().models, [of_run]);
    let all = ModelRequest { seeds: SeedChoice::All, ..request(dir.path()) };
    let seeds =
        find_models(&all).unwrap().models.iter().map(|model| model.seed).collect::<Vec<_>>();
    assert_eq!(seeds, [1, 2]);
}

#[test]
fn the_best_seed_has_the_highest_validation_accuracy_and_of_equals_is_the_first() {
    let dir = tempfile::tempdir().unwrap();
    let mut stored = trained(study(), dir.path());
    let mut best = |accuracies: [f64; 2]| {
        for (run, accuracy) in stored.runs.iter_mut().zip(accuracies) {
            run.outcome.as_mut().unwrap().best.val.accuracy = accuracy;
        }
        models_of_network(&stored, 0, SeedChoice::Best, None).unwrap().models[0].seed
    };
    assert_eq!([best([0.5, 0.6]), best([0.6, 0.5]), best([0.5, 0.5])], [2, 1, 1]);
}

#[test]
fn what_is_not_there_is_named_with_a_cure() {
    let dir = tempfile::tempdir().unwrap();
    let two = "network = [{ name = 'a', layers = '' }, { name = 'b', layers = 'dense 3' }]";
    let stored = trained(study_of(two), dir.path());
    let several = error(&request(dir.path()));
    assert!(several.contains("--network: `a`, `b`"), "{several}");
    let named =
        |network: &str| ModelRequest { network: Some(network.to_owned()), ..request(dir.path()) };
    assert_eq!(find_models(&named("2")).unwrap().models[0].network, "b");
    assert!(error(&named("c")).contains("`c`"));
    let seed = ModelRequest { seeds: SeedChoice::Seed(3), ..named("a") };
    assert!(error(&seed).contains("seeds 1 to 2"), "{}", error(&seed));

    let run = |run: &StoredRun| dir.path().join("runs").join(&run.id);
    let other = ModelRequest { path: run(&stored.runs[0]), ..named("b") };
    assert!(error(&other).contains("this is `a`, and not `b`"));
    let other = ModelRequest { path: run(&stored.runs[0]), ..seed };
    assert!(error(&other).contains("seed 1, and not 3"), "{}", error(&other));

    std::fs::remove_file(run(&stored.runs[0]).join("best.safetensors")).unwrap();
    let first = ModelRequest { seeds: SeedChoice::Seed(1), ..named("a") };
    assert!(error(&first).contains("has no best.safetensors"), "{}", error(&first));
    std::fs::write(run(&stored.runs[1]).join("best.safetensors"), b"broken").unwrap();
    let second = ModelRequest { seeds: SeedChoice::Seed(2), ..named("a") };
    let broken = error(&second);
    assert!(broken.contains(&stored.runs[1].id) && broken.contains("damaged"), "{broken}");
    for path in ["missing", "runs"] {
        let missing = error(&request(dir.path().join(path)));
        assert!(missing.contains("there is no trained network at"), "{missing}");
    }
}

#[test]
fn an_exported_file_is_a_model() {
    let dir = tempfile::tempdir().unwrap();
    trained(study(), dir.path());
    let model = find_models(&request(dir.path())).unwrap().models.remove(0);
    let path = dir.path().join("model.safetensors");
    std::fs::write(&path, model.to_safetensors().unwrap()).unwrap();
    let found = find_models(&request(&path)).unwrap();
    assert_eq!((&found.models[..], found.study), (&[model][..], None));
    let other = ModelRequest { network: Some("large".into()), ..request(&path) };
    assert!(error(&other).contains("this is `small`, and not `large`"));
    let all = ModelRequest { seeds: SeedChoice::All, ..request(&path) };
    assert!(error(&all).contains("no ensemble"), "{}", error(&all));
    std::fs::write(&path, b"hello").unwrap();
    assert!(error(&request(&path)).contains("model.safetensors: "), "{}", error(&request(&path)));
}

#[test]
fn a_run_that_is_not_finished_is_left_out() {
    let dir = tempfile::tempdir().unwrap();
    let mut stored = trained(study(), dir.path());
    stored.runs[0].status = RunStatus::Pending;
    stored.runs[0].outcome = None;
    let found = models_of_network(&stored, 0, SeedChoice::All, None).unwrap();
    assert_eq!((found.models.len(), found.left_out[0].because), (1, LeftOutBecause::NotFinished));
    stored.runs[1].status = RunStatus::Diverged;
    let none = models_of_network(&stored, 0, SeedChoice::Best, None).unwrap_err().to_string();
    assert!(none.contains("seed 2") && none.contains("diverged"), "{none}");
}
