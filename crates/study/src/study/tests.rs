//! Studies: the built-in ones, and how studies are changed and checked before they run.

use fitroom_nn::{Loss, Optimizer};

use super::*;
use crate::reference_files::CurvePlace;
use crate::report_curves::REPORT_CURVES;
use crate::test_data::{dataset, study};

#[test]
fn the_report_is_the_published_one() {
    let study = Study::find("report").unwrap();
    let numbers: Vec<&str> = study.curves().map(|curve| curve.network.as_str()).collect();
    assert_eq!(numbers, ["1", "2", "3", "4", "5", "6", "7", "8"]);
    assert_eq!((study.seeds, study.held_out(60_000).images, study.train_images), (5, 10_000, None));
    for (number, network) in (1..).zip(&study.networks) {
        let training = network.training;
        assert_eq!((training.epochs, training.batch_size), (20, 64));
        assert_eq!(training.optimizer, Optimizer::default());
        let softmax_twice = number < 6;
        assert_eq!(training.loss == Loss::CrossEntropyOfSoftmax, softmax_twice, "{}", network.name);
    }
    let penalty = |index: usize| {
        (study.networks[index].training.penalty.l1, study.networks[index].training.penalty.l2)
    };
    assert_eq!(
        [penalty(4), penalty(5), penalty(6), penalty(7)],
        [(0.0, 0.0), (0.001, 0.0), (0.0, 0.001), (0.0, 0.0)]
    );
    let image = Shape::Image { channels: 1, height: 28, width: 28 };
    let parameters =
        study.networks.iter().map(|n| n.architecture(image, 10).unwrap().parameter_count());
    let two_layers = 100_480 + 8256 + 650;
    assert_eq!(
        parameters.collect::<Vec<_>>(),
        [
            101_770,
            two_layers,
            476_490,
            two_layers,
            two_layers + 384,
            two_layers,
            two_layers,
            3_229_866
        ]
    );
}

#[test]
fn the_controlled_study_changes_one_thing_at_a_time() {
    let study = Study::find("controlled").unwrap();
    for network in &study.networks {
        let Some(baseline) = &network.vs else { continue };
        let baseline = study.networks.iter().find(|other| other.name == *baseline).unwrap();
        let settings = network.settings().into_iter().zip(baseline.settings());
        let differing: Vec<_> = settings.filter(|(a, b)| a != b).map(|(a, _)| a.0).collect();
        assert_eq!(differing.len(), 1, "{}: {differing:?}", network.name);
    }
    assert!(study.networks.iter().all(|network| network.training.loss == Loss::CrossEntropy));
    assert_eq!((study.seeds, study.networks.len()), (10, 8));
}

#[test]
fn an_unknown_study_names_the_nearest() {
    let message = Study::find("reprot").unwrap_err().to_string();
    assert!(message.starts_with("unknown study `reprot`"), "{message}");
    assert!(message.contains("hint: did you mean `report`?"), "{message}");
}

#[test]
fn overrides_are_checked() {
    let mut study = Study::find("report").unwrap();
    assert_eq!(
        study.set_epochs(0).unwrap_err().to_string(),
        "epochs must be a whole number from 1 to 1000000, got 0"
    );
    assert_eq!(
        study.set_seeds(0).unwrap_err().to_string(),
        "seeds must be a whole number from 1 to 10000, got 0"
    );
    let sweep = "[[network]]\nname = \"{n} epochs\"\nlayers = \"\"\nepochs = \"{n}\"\nsweep = { n = [2, 3] }\n";
    let mut swept = crate::test_data::study(sweep);
    let error = swept.set_epochs(5).unwrap_err().to_string();
    assert!(
        error.starts_with("the networks of the sweep `{n} epochs` differ in their epochs"),
        "{error}"
    );
    assert_eq!(swept, crate::test_data::study(sweep));
    study.set_epochs(3).unwrap();
    study.set_seeds(2).unwrap();
    assert!(study.networks.iter().all(|network| network.training.epochs == 3));
    assert_eq!(study.seeds, 2);
}

#[test]
fn networks_are_chosen_by_name_or_number_and_lose_baselines_that_are_not_chosen() {
    let mut study = Study::find("report").unwrap();
    let error = study.clone().only(&["droput".to_owned()]).unwrap_err().to_string();
    assert!(error.contains("no network `droput`\nhint: did you mean `dropout`?"), "{error}");
    assert!(study.clone().only(&["0".to_owned()]).is_err());
    assert!(study.clone().only(&["9".to_owned()]).is_err());
    study.only(&["8".to_owned(), "dropout".to_owned(), "dropout".to_owned()]).unwrap();
    let kept: Vec<_> = study.networks.iter().map(|n| (n.name.as_str(), n.vs.as_deref())).collect();
    assert_eq!(kept, [("dropout", None), ("convolutional", None)]);
    let curves = CurvePlace::Memory(&[REPORT_CURVES]);
    Study::parse_with(&study.to_toml(), "kept.toml", curves).unwrap();
}

#[test]
fn quick_studies_say_what_they_leave_out() {
    let mut study = Study::find("report").unwrap();
    study.quick();
    assert_eq!((study.seeds, study.networks[0].training.epochs), (1, 2));
    assert!(study.to_toml().contains("train_images = 6000\n"));
    assert_eq!(study.trained_on(60_000), 6_000);
    assert_eq!(study.trained_on(6_000), 5_000);
}

#[test]
fn too_few_images_are_refused() {
    let data = dataset(24, 8);
    let error = |text: &str| study(text).check(&data).unwrap_err().to_string();
    let network = "[[network]]\nname = \"a\"\nlayers = \"dense 4\"\n";
    assert_eq!(
        error(&format!("[training]\nvalidation = 24\n{network}")),
        "validation = 24 leaves nothing to train on: there are 24 training images\n\
         hint: hold fewer images out with `validation` in [training], or leave it out: then a sixth is held out"
    );
    for batch_size in [16, 17] {
        let text = format!("[training]\nvalidation = 8\nbatch_size = {batch_size}\n{network}");
        assert!(study(&text).check(&data).is_ok());
    }
    assert_eq!(
        error(&format!(
            "[training]\nvalidation = 8\nbatch_size = 8\n{}",
            network.replace("dense 4", "dense 4, conv 2 3x3")
        )),
        "network `a`: layer 2 `conv 2 3x3` takes an image (channels × height × width), but a vector of 4 comes in\n\
         hint: put it before `flatten` and the dense layers"
    );
}

#[test]
fn built_in_studies_hold_out_what_they_did_and_suit_small_data() {
    for name in Study::built_in_names() {
        let study = Study::find(name).unwrap();
        let nothing = ["best", "reproduction", "published-penalties", "published-convolution"];
        let expected = if nothing.contains(&name) { 0 } else { 10_000 };
        assert_eq!(study.held_out(60_000).images, expected, "{name}");
        if name == "report" {
            study.check(&dataset(90, 8)).unwrap();
        }
    }
}

#[test]
fn patience_and_plateaus_need_validation_images() {
    let text = |validation: u32| {
        format!(
            "[training]\npatience = 3\nvalidation = {validation}\nbatch_size = 8\n[[network]]\nname = \"a\"\nlayers = \"\""
        )
    };
    study(&text(8)).check(&dataset(24, 8)).unwrap();
    assert_eq!(
        study(&text(0)).check(&dataset(24, 8)).unwrap_err().to_string(),
        "network `a` has a patience, but validation = 0 leaves nothing to judge epochs by\n\
         hint: hold images out with `validation`, or leave `patience` out"
    );
    let plateau = |validation: u32| {
        text(validation).replace("patience = 3", "schedule = { name = \"plateau\" }")
    };
    study(&plateau(8)).check(&dataset(24, 8)).unwrap();
    assert_eq!(
        study(&plateau(0)).check(&dataset(24, 8)).unwrap_err().to_string(),
        "network `a` has a schedule, but validation = 0 leaves nothing to judge epochs by\n\
         hint: hold images out with `validation`, or leave `schedule` out"
    );
}

#[test]
fn batch_normalisation_of_a_single_image_is_refused() {
    let check = |layers: &str, batch_size: usize| {
        let text = format!(
            "[training]\nvalidation = 8\nbatch_size = {batch_size}\n[[network]]\nname = \"a\"\nlayers = \"{layers}\""
        );
        study(&text).check(&dataset(24, 8))
    };
    // 16 images in batches of 5 leave a last batch of one image; in batches of 7, of two.
    let error = check("dense 4, batchnorm", 5).unwrap_err().to_string();
    assert!(
        error.starts_with("network `a`: `batchnorm` can't normalise a batch of a single image"),
        "{error}"
    );
    assert!(check("dense 4, batchnorm", 1).is_err());
    check("dense 4, batchnorm", 7).unwrap();
    check("dense 4", 5).unwrap();
    check("conv 2 3x3, batchnorm, flatten", 5).unwrap();
}
