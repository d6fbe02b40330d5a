use super::*;
use crate::arithmetic::Arithmetic;
use crate::image_shape;
use crate::run::{RunData, RunFacts};
use crate::test_data::{dataset, study};

/// A study of one network that trains on 16 images in batches of five: four steps an epoch.
fn of(length: &str) -> Study {
    study(&format!(
        "[training]\nvalidation = 8\nbatch_size = 5\n{length}\n[[network]]\nname = \"a\"\nlayers = \"dense 4\"\n"
    ))
}

fn resolved(length: &str) -> (Option<u32>, u32) {
    let study = of(length).resolved((&dataset(24, 3)).into()).unwrap();
    (study.networks[0].training.steps, study.networks[0].training.epochs)
}

#[test]
fn a_budget_of_multiply_adds_is_as_many_steps_as_it_pays_for() {
    // 36 pixels to 4 units to 3 classes, three times: forward, weights' and inputs' gradients.
    let image = 3 * (36 * 4 + 4 * 3);
    let budget =
        |multiply_adds: i32| resolved(&format!("budget = {{ multiply_adds = {multiply_adds} }}"));
    assert_eq!(budget(image * 16), (Some(4), 1));
    assert_eq!(budget(image * 16 * 2), (Some(8), 2));
    assert_eq!(budget(image * (2 * 16 + 10)), (Some(10), 3));
    assert_eq!(budget(image * (2 * 16 + 10) - 1), (Some(9), 3));
    // The last step of an epoch has a single image.
    assert_eq!(budget(image * (16 + 15)), (Some(7), 2));
    assert_eq!(budget(1), (Some(1), 1), "at least one step");
}

#[test]
fn frozen_layers_are_counted_once() {
    let data = dataset(24, 3);
    let architecture = of("").networks[0].architecture(image_shape(&data), 3).unwrap();
    assert_eq!(multiply_adds_per_image(&architecture, 0), f64::from(3 * (36 * 4 + 4 * 3)));
    assert_eq!(multiply_adds_per_image(&architecture, 1), f64::from(36 * 4 + 3 * 4 * 3));
}

#[test]
fn steps_become_epochs_and_seconds_wait_for_their_measurement() {
    assert_eq!(resolved("epochs = 9"), (None, 9));
    assert_eq!(resolved("steps = 1"), (Some(1), 1));
    assert_eq!(resolved("steps = 8"), (Some(8), 2));
    assert_eq!(resolved("steps = 9"), (Some(9), 3));
    assert_eq!(resolved("budget = { seconds = 2, steps = 9 }"), (Some(9), 3));
    assert_eq!(resolved("budget = { seconds = 2 }"), (None, 0));
}

#[test]
fn a_training_has_at_most_a_million_epochs() {
    let error = |length: &str| of(length).check(&dataset(24, 3)).unwrap_err().to_string();
    assert_eq!(resolved("steps = 4000000"), (Some(4_000_000), 1_000_000));
    assert_eq!(
        error("steps = 4000001"),
        "network `a`: 4000001 steps are too many: a training has at most 1000000 epochs and 4294967295 steps\n\
         hint: make `steps` smaller"
    );
    for budget in ["1e12", "1e30", "1.7e308"] {
        let error = error(&format!("budget = {{ multiply_adds = {budget} }}"));
        assert!(error.contains("hint: make `budget` smaller"), "{error}");
        assert!(error.chars().count() < 1000, "{error}");
    }
}

#[test]
fn steps_beside_multiply_adds_are_those_that_follow_from_them() {
    let check = |steps: u32| {
        let budget = format!("budget = {{ multiply_adds = {}, steps = {steps} }}", 468 * 16 * 2);
        of(&budget).check(&dataset(24, 3))
    };
    assert!(check(8).is_ok());
    assert_eq!(
        check(9).unwrap_err().to_string(),
        "network `a`: its budget is 8 steps, and its `steps` are 9\n\
         hint: leave `steps` out of `budget`, or write `steps` in the place of `budget`"
    );
}

#[test]
fn steps_decide_the_id_and_what_they_follow_from_does_not() {
    let id = |length: &str| {
        let study = of(length).resolved((&dataset(24, 3)).into()).unwrap();
        let data = RunData { fingerprint: "x", train_images: 24 };
        RunFacts::new(&study, &study.networks[0], 1, data, Arithmetic::Avx).id()
    };
    let eight = id("steps = 8");
    assert_ne!(eight, id("steps = 7"));
    assert_ne!(eight, id("epochs = 2"));
    assert_eq!(eight, id(&format!("budget = {{ multiply_adds = {} }}", 468 * 16 * 2)));
    assert_eq!(eight, id("budget = { seconds = 3, steps = 8 }"));
}

#[test]
fn epochs_for_all_networks_replace_steps_and_budgets() {
    for length in ["steps = 8", "budget = { seconds = 1 }", "budget = { multiply_adds = 1e6 }"] {
        let mut study = of(length);
        study.set_epochs(3).unwrap();
        assert_eq!(study, {
            let mut expected = of("");
            expected.set_epochs(3).unwrap();
            expected
        });
        let mut quick = of(length);
        quick.quick();
        assert_eq!((quick.networks[0].training.steps, quick.networks[0].budget), (None, None));
    }
    let mut sweep = study(
        "[[network]]\nname = \"{n} steps\"\nlayers = \"\"\nsteps = \"{n}\"\nsweep = { n = [5, 10] }\n",
    );
    assert!(sweep.set_epochs(3).is_err(), "all would be trained alike");
}
