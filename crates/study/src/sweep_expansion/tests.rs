//! Sweeps in study files: which networks they stand for, and how mistakes are reported.

use super::*;
use crate::test_data::study;
use crate::{Study, Sweep};

const SWEPT: &str = "[[network]]\nname = \"{width} wide, rate {rate}\"\nlayers = \"dense {width}, relu\"\n\
                     optimizer = { name = \"adam\", learning_rate = \"{rate}\" }\nvs = \"base\"\n\
                     sweep = { width = [8, 0x10], rate = [0.1, 1e-3, 0.01] }\n\
                     [[network]]\nname = \"base\"\nlayers = \"\"\n";

fn names(study: &Study) -> Vec<&str> {
    study.networks.iter().map(|network| network.name.as_str()).collect()
}

fn mistake(text: &str) -> String {
    Study::parse(&format!("name = \"test\"\n{text}"), "test.toml").unwrap_err().to_string()
}

#[test]
fn a_network_for_each_combination() {
    let study = study(SWEPT);
    let expected = [
        "8 wide, rate 0.1",
        "8 wide, rate 1e-3",
        "8 wide, rate 0.01",
        "16 wide, rate 0.1",
        "16 wide, rate 1e-3",
        "16 wide, rate 0.01",
        "base",
    ];
    assert_eq!(names(&study), expected);
    let network = &study.networks[4];
    assert_eq!(
        (network.layers_text().as_str(), network.vs.as_deref()),
        ("dense 16, relu", Some("base"))
    );
    assert_eq!(network.training.optimizer.learning_rate(), 0.001);
    let of = "{width} wide, rate {rate}";
    let at = [("width", "16"), ("rate", "1e-3")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(network.swept, Some(SweepPoint { of: of.to_owned(), at: at.to_vec() }));
    assert_eq!(study.sweeps(), [Sweep { name: of, networks: (0..6).collect() }]);
    assert_eq!(study.networks[6].swept, None);
}

#[test]
fn a_sweep_equals_its_networks_written_by_hand() {
    let swept = study(SWEPT);
    let mut by_hand = study(
        "[[network]]\nname = \"16 wide, rate 0.01\"\nlayers = \"dense 16, relu\"\nvs = \"base\"\n\
         optimizer = { name = \"adam\", learning_rate = 0.01 }\n[[network]]\nname = \"base\"\nlayers = \"\"\n",
    );
    by_hand.networks[0].swept.clone_from(&swept.networks[5].swept);
    assert_eq!(swept.networks[5..], by_hand.networks);
    assert_eq!(
        Study::parse(&swept.to_toml(), "written.toml").unwrap(),
        swept,
        "{}",
        swept.to_toml()
    );
}

#[test]
fn texts_and_flags_are_swept_too() {
    let study = study(
        "[[network]]\nname = \"{optimizer}: {hidden}.\"\nlayers = \"{hidden}\"\noptimizer = \"{optimizer}\"\n\
         sweep = { optimizer = [\"sgd\", \"adamw\"], hidden = [\"\", \"dense 4, relu\"] }\n\
         [[network]]\nname = \"flip {flip}\"\nlayers = \"\"\naugmentation = { flip = \"{flip}\" }\nsweep = { flip = [false, true] }\n",
    );
    assert_eq!(study.networks[3].layers_text(), "dense 4, relu");
    assert_ne!(study.networks[0].training.optimizer, study.networks[2].training.optimizer);
    let flips: Vec<bool> =
        study.networks[4..].iter().map(|network| network.training.augmentation.flip).collect();
    assert_eq!(flips, [false, true]);
    assert_eq!(study.sweeps().len(), 2);
}

#[test]
fn a_sample_is_drawn_from_all_combinations_without_repeating_one() {
    let sampled =
        |count: usize| study(&SWEPT.replace("sweep =", &format!("sample = {count}\nsweep =")));
    let four = sampled(4);
    assert_eq!(four.networks.len(), 5);
    assert_eq!(four, sampled(4));
    assert_ne!(names(&four)[..4], names(&study(SWEPT))[..4]);
    assert_eq!(sampled(6), study(SWEPT));
    assert_eq!(sampled(100), study(SWEPT));
}

#[test]
fn mistakes_are_reported_with_line_and_key() {
    let list = "a table of lists, { p = [0.1, 0.2], ... }: names of letters, digits and `_`, lists of numbers, texts, true or false";
    let network = |text: &str| {
        format!("[[network]]\nname = \"dropout {{p}}\"\nlayers = \"dropout {{p}}\"\n{text}\n")
    };
    for (text, message) in [
        (network("sweep = 1"), format!("5:9: `sweep` in [[network]] 1 must be {list}, got 1")),
        (network("sweep = { p = 0.1 }"), format!("5:9: `sweep` in [[network]] 1 must be {list}, got {{ p = 0.1 }}")),
        (network("sweep = { p = [] }"), format!("5:9: `sweep` in [[network]] 1 must be {list}, got {{ p = [] }}")),
        (network("sweep = { p = [[1]] }"), format!("5:9: `sweep` in [[network]] 1 must be {list}, got {{ p = [[1]] }}")),
        (
            network("sweep = { p = [0.1], q = [1] }"),
            "3:8: `name` in [[network]] 1 must be text with `{q}` in it, so that each network of the sweep has its own, got \"dropout {p}\"".to_owned(),
        ),
        (
            network("loss = \"{q}\"\nsweep = { p = [0.1] }"),
            "5:8: no `{q}` is swept over\nhint: swept are `p`".to_owned(),
        ),
        (
            network("sweep = { p = [0.1] }").replace("layers = \"dropout {p}\"", "layers = \"\""),
            "5:9: `sweep` in [[network]] 1 must be names that the network's settings have: `{p}` stands in none of them, got { p = [0.1] }".to_owned(),
        ),
        (
            network("optimizer = { name = \"adam\", learning_rate = \"{p}\" }\nsweep = { p = [0.1, 0.0] }"),
            "6:21: `learning_rate` in `optimizer` of [[network]] 1 must be a finite number above 0, got 0.0".to_owned(),
        ),
        (network("sweep = { p = [0.1, 0.1] }"), "3:8: a second network is called `dropout 0.1`\nhint: results are told apart by name: give it another".to_owned()),
        (
            network("sample = 1001\nsweep = { p = [0.1] }"),
            "5:10: `sample` in [[network]] 1 must be at most 1000, got 1001".to_owned(),
        ),
        (network("sweep = { \"\" = [0.1] }"), format!("5:9: `sweep` in [[network]] 1 must be {list}, got {{ \"\" = [0.1] }}")),
        (
            format!("{}{}", network("sweep = { p = [0.1] }"), network("sweep = { p = [0.2] }")),
            "7:8: a second network is called `dropout {p}`\nhint: results are told apart by name: give it another"
                .to_owned(),
        ),
        (
            network("sample = 3"),
            "5:10: `sample` in [[network]] 1 must be left out where there is no `sweep` to draw from, got 3".to_owned(),
        ),
        (
            network(&format!("sweep = {{ p = [{}] }}", "0, ".repeat(1001))),
            "5:9: `sweep` in [[network]] 1 must be lists of at most 1000 combinations, got a table".to_owned(),
        ),
    ] {
        let got = mistake(&text);
        assert_eq!(got, format!("test.toml:{message}"), "{text}");
    }
}
