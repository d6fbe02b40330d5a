use crate::test_data::study;
use crate::{Study, Tune};

fn tunes(text: &str) -> Vec<Option<Tune>> {
    let study = study(text);
    let written = study.to_toml();
    assert_eq!(Study::parse(&written, "again.toml").unwrap(), study, "{written}");
    study.networks.into_iter().map(|network| network.tune).collect()
}

#[test]
fn a_network_replaces_the_tune_of_all_others() {
    let network =
        |name: &str, rest: &str| format!("[[network]]\nname = \"{name}\"\nlayers = \"\"\n{rest}\n");
    let tune =
        |rates: &[f32], seeds, chosen| Some(Tune { learning_rates: rates.to_vec(), seeds, chosen });
    let of = |top: &str| {
        tunes(&format!(
            "[training]\n{top}\n{}{}{}",
            network("a", ""),
            network("b", "tune = \"none\""),
            network("c", "tune = { learning_rate = [1, 0.5], seeds = 3, chosen = 0.5 }"),
        ))
    };
    let own = tune(&[1.0, 0.5], 3, Some(0.5));
    assert_eq!(of(""), [None, None, own.clone()]);
    assert_eq!(
        of("tune = { learning_rate = [0.0003, 0.001, 3e-3] }"),
        [tune(&[0.0003, 0.001, 0.003], 2, None), None, own]
    );
    assert!(
        Tune { learning_rates: vec![0.1, 1.0, 0.5], seeds: 1, chosen: Some(1.0) }.is_at_an_end()
    );
    assert!(
        Tune { learning_rates: vec![0.1, 1.0, 0.5], seeds: 1, chosen: Some(0.1) }.is_at_an_end()
    );
    assert!(
        !Tune { learning_rates: vec![0.1, 1.0, 0.5], seeds: 1, chosen: Some(0.5) }.is_at_an_end()
    );
}

#[test]
fn impossible_lists_are_errors() {
    let error = |tune: &str| {
        let text = format!(
            "name = \"t\"\n[training]\ntune = {tune}\n[[network]]\nname = \"a\"\nlayers = \"\"\n"
        );
        Study::parse(&text, "test.toml").unwrap_err().to_string()
    };
    let list = "`learning_rate` in `tune` of [training] must be a list of 2 to 100 different numbers above 0";
    let many: Vec<String> = (1..=101).map(|rate| rate.to_string()).collect();
    let many = format!("{{ learning_rate = [{}] }}", many.join(", "));
    for (tune, expected) in [
        ("{ learning_rate = [] }", list),
        ("{ learning_rate = [0.1] }", list),
        ("{ learning_rate = 0.1 }", list),
        ("{ learning_rate = [0.1, 0.1] }", list),
        ("{ learning_rate = [0.1, 0] }", list),
        ("{ learning_rate = [0.1, nan] }", list),
        ("{ learning_rate = [0.1, inf] }", list),
        ("{ learning_rate = [0.1, 1e40] }", list),
        ("{ learning_rate = [0.1, \"0.2\"] }", list),
        (&many, list),
        ("{ seeds = 2 }", "`learning_rate` is missing in `tune` of [training]"),
        ("{ learning_rates = [0.1, 0.2] }", "did you mean `learning_rate`?"),
        (
            "{ learning_rate = [0.1, 0.2], seeds = 0 }",
            "must be a whole number from 1 to 10000, got 0",
        ),
        (
            "{ learning_rate = [0.1, 0.2], chosen = 0.3 }",
            "`chosen` in `tune` of [training] must be one of the learning rates, got 0.3",
        ),
        ("\"off\"", "`tune` in [training] must be a table, got \"off\""),
    ] {
        let error = error(tune);
        assert!(error.contains(expected), "{tune}: {error}");
    }
}
