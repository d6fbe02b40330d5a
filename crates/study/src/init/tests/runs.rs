//! Runs that start from a file: their ids, their numbers, and the copy that is kept.

use super::*;
use crate::run::RunFacts;
use crate::{Arithmetic, SettingChange};

const FROZEN: &str = "init = { file = \"w.safetensors\", layers = 2, frozen = true }";

/// The id of seed 1 of a study's first network.
fn id(study: &Study) -> String {
    RunFacts::new(study, &study.networks[0], 1, &dataset(150, 40), Arithmetic::Avx).id()
}

#[test]
fn the_tensors_that_are_used_decide_the_id_and_their_path_does_not() {
    let place = Place::new();
    let layers = "dense 8, relu, dense 6, relu";
    let whole = tensors_of(layers, 1);
    place.write("w.safetensors", &file_of(layers, 1));
    fs::create_dir(place.at("sub")).unwrap();
    place.write("sub/copy.safetensors", &file_of(layers, 1));
    // The same values as f64, with a tensor that no layer uses first.
    let wide = |tensor: &Tensor| {
        let bytes =
            tensor.values.iter().flat_map(|&value| f64::from(value).to_le_bytes()).collect();
        Raw { dtype: Dtype::F64, bytes, ..raw(tensor) }
    };
    let mut other: Vec<Raw> = whole.iter().map(wide).collect();
    other.push(Raw {
        name: "0.num_batches_tracked".into(),
        dtype: Dtype::I64,
        shape: vec![],
        bytes: vec![1; 8],
    });
    place.write("wide.safetensors", &to_file(&other));
    // Another last layer.
    let mut changed = whole.clone();
    changed.last_mut().unwrap().values[0] += 1.0;
    place.write("changed.safetensors", &to_file(&changed.iter().map(raw).collect::<Vec<_>>()));

    let of = |init: &str| id(&place.study(&text(layers, init)).unwrap());
    let (none, all) = (of(""), of("init = \"w.safetensors\""));
    assert_eq!(of("init = \"none\""), none);
    for same in ["sub/copy", "sub/../w", "wide"] {
        assert_eq!(of(&format!("init = \"{same}.safetensors\"")), all, "{same}");
    }
    let first = |file: &str, more: &str| {
        of(&format!("init = {{ file = \"{file}.safetensors\", layers = 2{more} }}"))
    };
    assert_eq!(first("changed", ""), first("w", ""));
    let ids = [
        none,
        all,
        of("init = \"changed.safetensors\""),
        first("w", ""),
        first("w", ", frozen = true"),
    ];
    for (at, id) in ids.iter().enumerate() {
        assert!(!ids[..at].contains(id), "{ids:?}");
    }
    let study = place.study(&text(layers, FROZEN)).unwrap();
    let facts = RunFacts::new(&study, &study.networks[0], 1, &dataset(150, 40), Arithmetic::Avx);
    let json = serde_json::to_string(&facts).unwrap();
    assert!(
        json.contains(r#""init":{"tensors":""#)
            && json.ends_with(r#"","layers":2,"frozen":true}}}"#),
        "{json}"
    );
    assert_eq!(serde_json::from_str::<RunFacts>(&json).unwrap(), facts);
}

#[test]
fn nothing_is_trained_from_an_own_run_gives_its_scores() {
    let place = Place::new();
    let first = place.train("first", &text("dense 8, relu", ""));
    let path = first.predictions_path(&first.runs[0]).with_file_name("best.safetensors");
    fs::copy(path, place.at("w.safetensors")).unwrap();
    // Steps of 1e-38 change no weight.
    let still = "init = \"w.safetensors\"\noptimizer = { name = \"sgd\", learning_rate = 1e-38 }";
    let again = place.train("again", &text("dense 8, relu", still));
    let best = |stored: &StoredStudy| stored.runs[0].outcome.unwrap().best;
    let (first, again) = (best(&first), best(&again));
    assert_eq!((first.fit, first.val, first.test), (again.fit, again.val, again.test));
}

#[test]
fn runs_that_start_from_a_file_have_the_same_bits_on_two_threads_and_after_interruptions() {
    let place = Place::new();
    place.write("w.safetensors", PYTORCH);
    for (name, init) in [("frozen", FROZEN), ("all", "init = \"w.safetensors\"")] {
        let text = format!("seeds = 2\n{}", text(LAYERS, init));
        let whole = place.train(&format!("{name} whole"), &text);
        let random = place.train(&format!("{name} random"), &text.replace(init, ""));
        assert_ne!(whole.runs[0].epochs[0].train_loss, random.runs[0].epochs[0].train_loss);
        let two = place.train_until(&format!("{name} two"), &text, &RunOptions::new(2), |_| false);
        assert!(results(&two) == results(&whole), "{name}");
        let interrupted = format!("{name} interrupted");
        let at_step = |event: &Event| matches!(event, Event::Step { .. });
        place.train_until(&interrupted, &text, &RunOptions::new(1), at_step);
        let at_epoch = |event: &Event| matches!(event, Event::EpochDone { .. });
        place.train_until(&interrupted, &text, &RunOptions::new(1), at_epoch);
        assert!(results(&place.train(&interrupted, &text)) == results(&whole), "{name}");
        // A run of more epochs begins where this one ended.
        let longer = text.replace("epochs = 2", "epochs = 3");
        let started = |event: &Event| {
            if let Event::RunStarted { done_epochs, .. } = event {
                assert_eq!(*done_epochs, 2);
            }
            false
        };
        let continued = place.train_until(&interrupted, &longer, &RunOptions::new(1), started);
        assert!(results(&continued) == results(&place.train(&format!("{name} longer"), &longer)));
    }
}

#[test]
fn frozen_layers_are_those_of_the_file_at_the_end() {
    let place = Place::new();
    place.write("w.safetensors", PYTORCH);
    let penalty = "penalty = { l1 = 0.01 }\noptimizer = { name = \"adamw\", weight_decay = 0.1 }\n";
    let stored = place.train("out", &text(LAYERS, &format!("{penalty}{FROZEN}")));
    let given = stored.study.networks[0].init.as_ref().unwrap();
    let last = stored.weights(&stored.runs[0], Weights::Last).unwrap().unwrap();
    let find = |name: &str| last.iter().find(|tensor| tensor.name == name).unwrap();
    assert_eq!(given.tensors().count(), 6);
    assert!(given.tensors().all(|tensor| tensor == find(&tensor.name)));
    // A batch of one image would be none for batchnorm that is trained.
    let single = |init: &str| {
        let text =
            text("dense 5, batchnorm, tanh", init).replace("batch_size = 24", "batch_size = 1");
        place.study(&text).unwrap().check(&dataset(150, 40))
    };
    place.write("w.safetensors", &file_of("dense 5, batchnorm, tanh", 1));
    assert!(
        single("").is_err()
            && single("init = { file = \"w.safetensors\", layers = 1, frozen = true }").is_err()
    );
    single(FROZEN).unwrap();
}

#[test]
fn a_directory_of_results_keeps_what_it_started_from() {
    let place = Place::new();
    place.write("my model (2)!.safetensors", PYTORCH);
    let init = "init = { file = \"my model (2)!.safetensors\", layers = 2, frozen = true }";
    let text = text(LAYERS, init);
    let stopped = |event: &Event| matches!(event, Event::EpochDone { .. });
    let stored = place.train_until("out", &text, &RunOptions::new(1), stopped);
    let whole = place.train("whole", &text);
    let dir = place.at("out");
    let [name] = &kept(&dir)[..] else { panic!("one copy") };
    assert!(name.starts_with("my-model--2---") && name.ends_with(".safetensors"), "{name}");
    let file = format!("init/{name}");
    assert_eq!(stored.study.networks[0].init.as_ref().unwrap().file, file);
    let asked = place.study(&text).unwrap();
    assert_eq!(SettingChange::between(&asked.networks[0], &stored.study.networks[0]), []);
    // The copy has the tensors that are used, and no others.
    let copy = fs::read(dir.join(&file)).unwrap();
    assert!(copy.len() < PYTORCH.len());
    // It is all that is needed to go on.
    fs::remove_file(place.at("my model (2)!.safetensors")).unwrap();
    let own = dir.join("study.toml");
    let study = Study::find(own.to_str().unwrap()).unwrap();
    assert_eq!(study, stored.study);
    let run = |study: &Study| {
        run_study(
            study,
            &dataset(150, 40),
            &dir,
            &RunOptions::new(1),
            &AtomicBool::new(false),
            &|_| {},
        )
        .unwrap();
        StoredStudy::open(&dir).unwrap()
    };
    assert!(results(&run(&study)) == results(&whole));
    assert_eq!(kept(&dir), std::slice::from_ref(name));
    let verification = StoredStudy::verify(&dir).unwrap();
    assert!(verification.findings.is_empty() && verification.finished == 1, "{verification:?}");
    // Other weights are another setting, and leave the copy where it is.
    place.write("my model (2)!.safetensors", &file_of(LAYERS, 7));
    let changed = place.study(&text).unwrap();
    let [change] = &SettingChange::between(&stored.study.networks[0], &changed.networks[0])[..]
    else {
        panic!("one change")
    };
    assert_eq!(change.key, "init");
    let stored = run(&changed);
    assert_eq!((kept(&dir).len(), stored.set_aside), (2, 1));
    assert!(kept(&dir).contains(name));
}

#[test]
fn damage_of_the_copy_is_found() {
    let place = Place::new();
    place.write("w.safetensors", PYTORCH);
    place.train("out", &text(LAYERS, FROZEN));
    let dir = place.at("out");
    let file = dir.join("init").join(&kept(&dir)[0]);
    let good = fs::read(&file).unwrap();
    let problem = || {
        let verification = StoredStudy::verify(&dir).unwrap();
        assert!(!verification.are_runs_verified && verification.findings.len() == 1);
        assert!(StoredStudy::open(&dir).is_err());
        verification.findings[0].problem.clone()
    };
    let mut bytes = good.clone();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&file, &bytes).unwrap();
    assert!(problem().contains("and its name has another: the file is damaged"), "{}", problem());
    fs::write(&file, &good[..good.len() / 2]).unwrap();
    assert!(problem().contains("cut off or damaged"), "{}", problem());
    fs::remove_file(&file).unwrap();
    assert!(problem().contains("it can't be read"), "{}", problem());
    fs::write(&file, &good).unwrap();
    assert!(StoredStudy::verify(&dir).unwrap().findings.is_empty());
    // A study file that names a file outside is none of ours.
    let study = fs::read_to_string(dir.join("study.toml")).unwrap();
    let (_, study) = study.split_once('\n').unwrap();
    let outside = study.replace(&format!("init/{}", kept(&dir)[0]), "../w.safetensors");
    assert_ne!(outside, study);
    fs::write(dir.join("study.toml"), outside).unwrap();
    assert!(problem().contains("a stored study may name only files in `init/`"), "{}", problem());
    if cfg!(unix) {
        // Neither is one whose `init` is a link.
        #[cfg(unix)]
        {
            fs::write(dir.join("study.toml"), study).unwrap();
            fs::rename(dir.join("init"), place.at("elsewhere")).unwrap();
            std::os::unix::fs::symlink(place.at("elsewhere"), dir.join("init")).unwrap();
        }
        assert!(StoredStudy::open(&dir).is_err());
    }
}

#[test]
fn shares_and_their_merge_use_the_copies() {
    let place = Place::new();
    place.write("w.safetensors", PYTORCH);
    let text = format!("seeds = 2\n{}", text(LAYERS, FROZEN));
    let whole = place.train("whole", &text);
    place.train_until("first", &text, &share("1/2"), |_| false);
    // The second share has the same weights under another name.
    place.write("v.safetensors", PYTORCH);
    place.train_until("second", &text.replace("w.safe", "v.safe"), &share("2/2"), |_| false);
    for name in ["w.safetensors", "v.safetensors"] {
        fs::remove_file(place.at(name)).unwrap();
    }
    let merged =
        StoredStudy::merge(&place.at("out"), &[place.at("first"), place.at("second")]).unwrap();
    assert_eq!((merged.copied, merged.ended, merged.set_aside), (2, 2, 0));
    let out = StoredStudy::open(&place.at("out")).unwrap();
    assert!(results(&out) == results(&whole));
    assert_eq!(kept(&place.at("out")), kept(&place.at("first")));
    // Shares of other weights are another study's.
    place.write("w.safetensors", &file_of(LAYERS, 7));
    place.train_until("other", &text, &share("2/2"), |_| false);
    let error =
        StoredStudy::merge(&place.at("no"), &[place.at("first"), place.at("other")]).unwrap_err();
    assert!(error.to_string().contains("init of `a`"), "{error}");
}

#[test]
fn weights_that_may_have_seen_the_validation_images_are_pointed_out() {
    let place = Place::new();
    place.write("w.safetensors", PYTORCH);
    let warnings =
        |text: &str| crate::data_warnings(&place.study(text).unwrap(), &dataset(150, 40));
    let [warning] = &warnings(&text(LAYERS, FROZEN))[..] else { panic!("one warning") };
    assert!(
        warning.starts_with("`a` starts from weights in a file: if these were trained on"),
        "{warning}"
    );
    assert!(warnings(&text(LAYERS, "")).is_empty());
    assert!(
        warnings(&text(LAYERS, FROZEN).replace("validation = 30", "validation = 0")).is_empty()
    );
}

#[test]
fn a_run_with_frozen_layers_is_expected_to_take_less() {
    let place = Place::new();
    place.write("w.safetensors", &file_of("dense 90, relu, dense 5, relu", 1));
    let of = |init: &str| {
        let study = place.study(&text("dense 90, relu, dense 5, relu", init)).unwrap();
        let data = dataset(150, 40);
        let cost = crate::run::epoch_cost(&study, &study.networks[0], (&data).into()).unwrap();
        (cost, study.networks[0].memory(&data, 1).unwrap().used)
    };
    let (all, frozen) = (of("init = \"w.safetensors\""), of(FROZEN));
    assert_eq!(of(""), all);
    // Three of five passes, and the optimizer's work.
    assert!(frozen.0 < all.0 * 3 / 5 && frozen.1 < all.1, "{frozen:?} {all:?}");
}
