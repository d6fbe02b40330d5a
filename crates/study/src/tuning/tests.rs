use super::*;
use crate::test_data::{dataset, study};
use crate::tune_subject::adopt_learning_rates;

const TEXT: &str = "[training]\ntune = { learning_rate = [0.1, 0.2] }\n\
    [[network]]\nname = \"a\"\nlayers = \"dense 4\"\n\
    [[network]]\nname = \"b\"\nlayers = \"dense 4\"\nvs = \"a\"\noptimizer = { name = \"adam\", learning_rate = 9 }\n\
    [[network]]\nname = \"c\"\nlayers = \"dense 5\"\ntune = { learning_rate = [0.1, 0.3], seeds = 3 }\n\
    [[network]]\nname = \"d\"\nlayers = \"dense 4\"\ntune = \"none\"\n";

fn rates(study: &Study) -> Vec<f32> {
    study.networks.iter().map(|network| network.training.optimizer.learning_rate()).collect()
}

#[test]
fn networks_that_differ_in_nothing_else_are_tuned_once_on_seeds_of_their_own() {
    let tuning = tuning_study(&study(TEXT)).unwrap().unwrap();
    let names: Vec<&str> = tuning.networks.iter().map(|network| network.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "a, learning rate 0.1",
            "a, learning rate 0.2",
            "c, learning rate 0.1",
            "c, learning rate 0.3"
        ]
    );
    assert_eq!(rates(&tuning), [0.1, 0.2, 0.1, 0.3]);
    assert_eq!(tuning.all_seeds(), 1_000_001..=1_000_003);
    let read = Study::parse(&tuning.to_toml(), "tuning.toml").unwrap();
    assert_eq!(read, tuning);
    // The highest seeds that a study may have, and those of its confirmations, are below.
    let mut most = study(TEXT);
    most.set_seeds(10_000).unwrap();
    let highest = crate::confirmation::fresh_seeds(&most).max().unwrap();
    assert!(highest < u64::from(FIRST_TUNING_SEED));
}

#[test]
fn long_names_stay_apart_and_are_no_longer_than_a_name_may_be() {
    let long = |end: &str| format!("{}{end}", "ö".repeat(98));
    let network = |name: &str, units: u32| {
        format!("[[network]]\nname = \"{name}\"\nlayers = \"dense {units}\"\n")
    };
    let text = [network(&long("1"), 4), network(&long("2"), 5)].concat();
    let text = format!("[training]\ntune = {{ learning_rate = [1.1754944e-38, 0.2] }}\n{text}");
    let tuning = tuning_study(&study(&text)).unwrap().unwrap();
    assert_eq!(Study::parse(&tuning.to_toml(), "tuning.toml").unwrap(), tuning);
}

#[test]
fn what_was_chosen_before_counts_whatever_the_network_is_called() {
    let mut stored = study(TEXT);
    stored.networks.iter_mut().filter(|network| network.tune.is_some()).for_each(|network| {
        choose(network, 0.1);
    });
    let mut again =
        study(&TEXT.replace("\"a\"", "\"z\"").replace("learning_rate = 9", "learning_rate = 7"));
    adopt_learning_rates(&mut again, &stored.networks);
    assert_eq!(rates(&again), [0.1, 0.1, 0.1, 0.001]);
    assert!(first_untuned(&again).is_none());
    for (from, to) in [
        ("[0.1, 0.2]", "[0.1, 0.2, 0.3]"),
        ("[0.1, 0.2] }", "[0.1, 0.2], seeds = 5 }"),
        ("[training]", "[training]\nepochs = 3"),
        ("[training]", "[training]\nlabel_smoothing = 0.1"),
        ("\"dense 4\"", "\"dense 6\""),
    ] {
        let mut other = study(&TEXT.replace(from, to));
        adopt_learning_rates(&mut other, &stored.networks);
        assert_eq!(first_untuned(&other).unwrap().name, "a", "{to}");
    }
}

#[test]
fn a_tune_needs_validation_images_and_something_to_tune() {
    let error = |text: &str| study(text).check(&dataset(24, 3)).unwrap_err().to_string();
    let without = TEXT.replace("[training]", "[training]\nvalidation = 0");
    assert!(
        error(&without).starts_with("network `a` has a tune, but validation = 0 leaves nothing")
    );
    let sweep = "[training]\ntune = { learning_rate = [0.1, 0.2] }\n\
        [[network]]\nname = \"rate {r}\"\nlayers = \"\"\nsweep = { r = [1, 2] }\n\
        optimizer = { name = \"adam\", learning_rate = \"{r}\" }\n";
    assert_eq!(
        error(sweep),
        "tune must be left out of a sweep over learning rates, which it would replace, got it in the sweep `rate {r}`"
    );
    assert!(
        study(&sweep.replace("layers = \"\"", "layers = \"dense {r}\""))
            .check(&dataset(24, 3))
            .is_ok()
    );
}

#[test]
fn a_quick_look_tunes_nothing() {
    let mut quick = study(TEXT);
    quick.quick();
    assert!(first_untuned(&quick).is_none() && tuning_study(&quick).unwrap().is_none());
}
