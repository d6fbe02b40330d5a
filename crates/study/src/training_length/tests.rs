use crate::Study;
use crate::test_data::study;

fn length(top: &str, own: &str) -> (&'static str, String) {
    let text =
        format!("[training]\n{top}\n[[network]]\nname = \"a\"\nlayers = \"dense 4\"\n{own}\n");
    let study = study(&text);
    let network = &study.networks[0];
    let written = study.to_toml();
    assert_eq!(Study::parse(&written, "again.toml").unwrap(), study, "{written}");
    network.training.length(network.budget)
}

#[test]
fn a_network_replaces_the_length_of_all_others() {
    for (top, own, key, value) in [
        ("", "", "epochs", "20"),
        ("steps = 7", "", "steps", "7"),
        ("steps = 7", "epochs = 3", "epochs", "3"),
        ("epochs = 3", "steps = 4294967295", "steps", "4294967295"),
        ("budget = { multiply_adds = 1e12 }", "", "budget", "{ multiply_adds = 1000000000000.0 }"),
        ("budget = { seconds = 60 }", "steps = 9", "steps", "9"),
        ("budget = { seconds = 60 }", "epochs = 9", "epochs", "9"),
        ("steps = 9", "budget = { seconds = 0.5 }", "budget", "{ seconds = 0.5 }"),
        (
            "budget = { multiply_adds = 123456789012 }",
            "budget = { seconds = 60, steps = 12345 }",
            "budget",
            "{ seconds = 60.0, steps = 12345 }",
        ),
    ] {
        assert_eq!(length(top, own), (key, value.to_owned()), "{top} {own}");
    }
}

#[test]
fn two_lengths_in_a_table_and_impossible_ones_are_errors() {
    let error = |line: &str| {
        let text = format!(
            "name = \"test\"\n[training]\n{line}\n[[network]]\nname = \"a\"\nlayers = \"\"\n"
        );
        Study::parse(&text, "test.toml").unwrap_err().to_string()
    };
    for (line, expected) in [
        (
            "epochs = 3\nbudget = { seconds = 1 }",
            "test.toml:4:10: `epochs` and `budget` in [training] both say how long training takes\n\
             hint: leave one of them out",
        ),
        ("epochs = 3\nsteps = 3", "test.toml:4:9: `epochs` and `steps` in [training] both say"),
        ("budget = { seconds = 1 }\nsteps = 3", "`steps` and `budget` in [training] both say"),
        (
            "budget = { seconds = 1, multiply_adds = 1 }",
            "`multiply_adds` and `seconds` in `budget` of [training] both say",
        ),
        ("budget = {}", "`multiply_adds` is missing in `budget` of [training]"),
        ("budget = { second = 1 }", "did you mean `seconds`?"),
        ("budget = { seconds = 0 }", "must be a finite number above 0, got 0"),
        ("budget = { seconds = inf }", "must be a finite number above 0, got inf"),
        ("budget = { seconds = nan }", "must be a finite number above 0, got nan"),
        ("budget = { multiply_adds = -1e9 }", "must be a finite number above 0, got -1e9"),
        ("budget = { multiply_adds = \"1e9\" }", "must be a finite number above 0"),
        ("budget = { seconds = 1, steps = 0 }", "must be a whole number, 1 or above, got 0"),
        ("budget = 60", "`budget` in [training] must be a table, got 60"),
        ("steps = 0", "`steps` in [training] must be a whole number, 1 or above, got 0"),
        ("steps = 1.5", "`steps` in [training] must be a whole number, 1 or above, got 1.5"),
    ] {
        let error = error(line);
        assert!(error.contains(expected), "{line}: {error}");
    }
}

#[test]
fn a_sweep_runs_over_steps_and_budgets() {
    let study = study(
        "[[network]]\nname = \"{n} steps\"\nlayers = \"\"\nsteps = \"{n}\"\nsweep = { n = [5, 10] }\n\
         [[network]]\nname = \"{s} s\"\nlayers = \"\"\nbudget = { seconds = \"{s}\" }\nsweep = { s = [1, 2.5] }\n",
    );
    let lengths = study.networks.iter().map(|network| network.training.length(network.budget));
    let expected = [
        ("steps", "5"),
        ("steps", "10"),
        ("budget", "{ seconds = 1.0 }"),
        ("budget", "{ seconds = 2.5 }"),
    ];
    assert_eq!(lengths.collect::<Vec<_>>(), expected.map(|(key, value)| (key, value.to_owned())));
}

/// 23 images in batches of 5 are four whole steps and one of three images.
#[test]
fn the_last_epoch_ends_when_the_steps_do() {
    let of = |steps, epochs| {
        let mut training = study("[[network]]\nname = \"a\"\nlayers = \"\"\n").networks[0].training;
        (training.batch_size, training.steps, training.epochs) = (5, steps, epochs);
        let images: Vec<usize> =
            (1..=epochs + 1).map(|epoch| training.images_of_epoch(epoch, 23)).collect();
        (images, training.total_steps(23), training.passes(23))
    };
    assert_eq!(of(None, 2), (vec![23, 23, 0], 10, 2.0));
    assert_eq!(of(Some(10), 2), (vec![23, 23, 0], 10, 2.0));
    assert_eq!(of(Some(11), 3), (vec![23, 23, 5, 0], 11, 2.0 + 5.0 / 23.0));
    assert_eq!(of(Some(14), 3), (vec![23, 23, 20, 0], 14, 2.0 + 20.0 / 23.0));
    assert_eq!(of(Some(1), 1), (vec![5, 0], 1, 5.0 / 23.0));
    // A batch of more images than there are takes all of them.
    let mut training = study("[[network]]\nname = \"a\"\nlayers = \"\"\n").networks[0].training;
    (training.batch_size, training.steps, training.epochs) = (usize::MAX, Some(3), 3);
    assert_eq!((training.images_of_epoch(3, 23), training.images_of_epoch(4, 23)), (23, 0));
    assert_eq!(training.passes(23), 3.0);
}
