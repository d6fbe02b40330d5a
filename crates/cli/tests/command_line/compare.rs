//! `fitroom compare`, and the margin within which networks are equivalent.

use snapbox::{assert_data_eq, str};

use crate::fixture::{Place, STUDY};

/// A place in which `tiny.toml` was trained over so many seeds, with its results in `out`.
fn trained(seeds: &str) -> Place {
    let place = Place::new();
    place.succeed(&["run", "tiny.toml", "--seeds", seeds, "--out", "out"]);
    place
}

/// Calls the program with these arguments, which must be refused, and returns the message.
fn refused(place: &Place, arguments: &[&str]) -> String {
    let before = place.files();
    let called = place.call(arguments);
    assert_eq!((called.code, called.stdout.as_str()), (Some(2), ""), "{}", called.stderr);
    assert!(place.files() == before, "something was written: {}", called.stderr);
    called.stderr
}

#[test]
fn two_networks_of_a_study_are_compared_seed_by_seed() {
    let place = trained("6");
    let by_name = place.succeed(&["compare", "out", "all sorts", "plain"]).stdout;
    assert_data_eq!(
        &by_name,
        str![[r#"
all sorts against plain on idx:images
accuracy at each run's best epoch, mean ± standard deviation over 6 seeds

                 [..]all sorts[..]plain
  validation %   [..] ± [..] ± [..]
  test %         [..] ± [..] ± [..]

[..]plain[..] points of validation accuracy (95% interval [..] to [..], 6 seeds, p = [..]
  exact sign-flip test: p = [..]; paired t test: p [..]; correlation of the pairs: [..]
  a seed of all sorts beats a seed of plain with a probability of [..]% (95% interval [..]% to [..]%); the difference is [..] standard deviations

[..] points (95% interval [..] to [..] over seeds and images).

what differs (all sorts → plain):
  layers: "conv 2 3x3, batchnorm, relu, flatten, dropout 0.2, dense 4, tanh" → "dense 8, relu"
More than one thing differs (convolutions, batch normalisation, dropout, dense layers and activation): this decides nothing about any one of them.

"#]]
    );
    assert_eq!(place.succeed(&["compare", "out", "2", "1"]).stdout, by_name);

    // The mean difference is the same as in comparisons.csv.
    let csv = place.read("out/comparisons.csv");
    let row: Vec<&str> = csv.lines().nth(1).unwrap().split(',').collect();
    assert_eq!(row[..4], ["all sorts", "plain", "best_val_accuracy", "6"]);
    let mean = 100.0 * row[4].parse::<f64>().unwrap();
    let mean = format!("{mean:+.2}").replace('-', "−");
    assert!(by_name.contains(&format!(" {mean} points of validation")), "{mean}\n{by_name}");
}

#[test]
fn the_sentences_after_a_run_are_the_ones_of_its_report() {
    let place = Place::new();
    // Any verdict: all networks are equivalent within this margin.
    let run = ["run", "tiny.toml", "--seeds", "6", "--margin", "100", "--out", "out"];
    let after = place.succeed(&run).stdout;
    let (_, of_test) = after.split_once("Test images ").expect("test images confirm or do not");
    let (of_test, _) = of_test.split_once(").").unwrap();
    assert!(of_test.ends_with(" over seeds and images"), "{of_test}");
    let report = place.read("out/report.md");
    assert!(report.contains(of_test), "{of_test}\n{report}");
}

#[test]
fn a_winner_on_fresh_seeds_is_judged_over_test_images_too() {
    let place = Place::new();
    let swept = "[[network]]\nname = \"{width} wide\"\nlayers = \"dense {width}, relu\"\n\
                 sweep = { width = [4, 12] }\nvs = \"plain\"\n";
    let (training, _) = STUDY.split_once("[[network]]\nname   = \"all sorts\"").unwrap();
    place.write("sweep.toml", training.to_owned() + swept);
    let run = ["run", "sweep.toml", "--seeds", "5", "--margin", "100", "--out", "out"];
    place.succeed(&run);
    let report = place.read("out/report.md");
    let (_, fresh) = report.split_once("On these fresh seeds, ").expect("the winner is confirmed");
    let (fresh, _) = fresh.split_once('\n').unwrap();
    assert!(fresh.contains(" over seeds and images)."), "{fresh}");
}

#[test]
fn the_newest_study_file_says_which_baselines_count() {
    let place = Place::new();
    let third = "[[network]]\nname = \"third\"\nlayers = \"dense 4, relu\"\nvs = \"plain\"\n";
    let first = STUDY.to_owned() + third;
    place.write("mine.toml", &first);
    let run = ["run", "mine.toml", "--seeds", "5", "--out", "out"];
    let before = place.succeed(&run).stdout;
    assert!(before.contains("\nthird ") && !before.contains("all sorts, "), "{before}");
    // `plain` is gone from the file, and `third` is compared with `all sorts` now.
    let (top, networks) = first.split_once("[[network]]\nname   = \"plain\"").unwrap();
    let (_, rest) = networks.split_once("[[network]]").unwrap();
    let edited =
        rest.replace("vs     = \"plain\"\n", "").replace("vs = \"plain\"", "vs = \"all sorts\"");
    place.write("mine.toml", format!("{top}[[network]]{edited}"));
    let after = place.succeed(&run);
    assert!(
        after.stderr.contains("were done before"),
        "nothing is trained again: {}",
        after.stderr
    );
    let baselines = |csv: String| {
        let rows =
            csv.lines().skip(1).map(|row| row.split(',').take(2).collect::<Vec<_>>().join(" vs "));
        rows.step_by(2).collect::<Vec<_>>()
    };
    // A baseline that the file does not name any more is the stored one.
    let expected = ["all sorts vs plain", "third vs all sorts"];
    assert_eq!(baselines(place.read("out/comparisons.csv")), expected, "{}", after.stdout);
}

#[test]
fn accuracies_are_said_to_be_from_where_they_are() {
    let place = Place::new();
    let last_quarter = STUDY.replace("[training]", "[training]\nchoose = \"last-quarter\"");
    place.write("last.toml", last_quarter);
    let run = place.succeed(&["run", "last.toml", "--seeds", "1", "--out", "last"]);
    assert!(run.stderr.contains(" after epoch 3\n"), "{}", run.stderr);
    let compared = place.succeed(&["compare", "last", "2", "1"]).stdout;
    let place_of_both = "accuracy over each run's last quarter of epochs, on test images after each run's last epoch, ";
    assert!(compared.contains(place_of_both), "{compared}");
}

#[test]
fn every_two_networks_are_compared_at_once() {
    let place = trained("6");
    let all = place.succeed(&["compare", "out", "--all"]).stdout;
    assert!(all.starts_with("one pair, each verdict adjusted"), "{all}");
    assert!(all.contains("all sorts") && all.contains(" points of validation accuracy"), "{all}");
    // The study compares the two itself, whichever is named first.
    let chosen = place.succeed(&["compare", "out", "plain", "all sorts"]).stdout;
    assert!(!chosen.contains("This pair was chosen"), "{chosen}");
    assert!(
        refused(&place, &["compare", "out", "--all", "plain", "all sorts"])
            .contains("cannot be used with")
    );
    assert!(refused(&place, &["compare", "out", "plain"]).contains("required"));
}

#[test]
fn networks_without_a_difference_are_equivalent_within_a_wide_margin() {
    let place = trained("5");
    place.write(
        "same.toml",
        STUDY.replace("all sorts", "twin").replace(
            "conv 2 3x3, batchnorm, relu, flatten, dropout 0.2, dense 4, tanh",
            "dense 8, relu",
        ),
    );
    place.succeed(&["run", "same.toml", "--seeds", "5", "--out", "same"]);
    let twins = place.succeed(&["compare", "same", "twin", "plain"]).stdout;
    assert!(
        twins.contains("twin and plain are equivalent, to within 0.5 points: 0.00 points"),
        "{twins}"
    );
    assert!(twins.ends_with("\nwhat differs: nothing\n"), "{twins}");

    let wide = place.succeed(&["compare", "out", "all sorts", "plain", "--margin", "100"]).stdout;
    assert!(
        wide.contains("equivalent, to within 100 points")
            || wide.contains("by less than 100 points"),
        "{wide}"
    );
    place.succeed(&["report", "out", "--margin", "100"]);
    let page = place.read("out/report.html");
    assert!(page.contains("within ±100 points") && page.contains("fitroom report . --margin 100"));
    assert!(refused(&place, &["report", "out", "--margin=-1"]).contains("from 0 to 100"));
    assert!(
        refused(&place, &["compare", "out", "1", "2", "--margin", "101"]).contains("from 0 to 100")
    );
}

#[test]
fn networks_of_two_studies_are_compared_where_they_saw_the_same_images() {
    let place = trained("5");
    place.write("slow.toml", STUDY.replace("batch_size = 16", "batch_size = 32"));
    place.succeed(&["run", "slow.toml", "--seeds", "6", "--only", "plain", "--out", "slow"]);
    let both = place.succeed(&["compare", "out", "plain", "plain", "--other", "slow"]).stdout;
    assert!(both.starts_with("plain (out) against plain (slow) on idx:images\n"), "{both}");
    assert!(both.contains("\n1 of 6 seeds is in only one of the two networks.\n"), "{both}");
    assert!(
        both.ends_with("what differs (plain (out) → plain (slow)):\n  batch_size: 16 → 32\n"),
        "{both}"
    );

    place.write("other.toml", STUDY.replace("validation = 24", "validation = 30"));
    place.succeed(&["run", "other.toml", "--only", "plain", "--out", "other"]);
    assert_data_eq!(
        refused(&place, &["compare", "out", "plain", "plain", "--other", "other"]),
        str![[r#"
error: `plain (out)` and `plain (other)` can't be compared seed by seed: `validation` is 24 for one and 30 for the other
hint: train both on the same images: in one study, or in two that share data set, `validation` and `train_images`

"#]]
    );
}

#[test]
fn wrong_networks_and_directories_are_named() {
    let place = trained("1");
    assert_data_eq!(
        refused(&place, &["compare", "out", "plian", "all sorts"]),
        str![[r#"
error: the study `tiny` has no network `plian`
hint: did you mean `plain`?
hint: its networks are `plain`, `all sorts`

"#]]
    );
    assert_data_eq!(
        refused(&place, &["compare", "out", "plain", "1"]),
        str![[r#"
error: `plain` would be compared with itself
hint: name two networks

"#]]
    );
    assert_data_eq!(
        refused(&place, &["compare", "nowhere", "plain", "all sorts"]),
        str![[r#"
error: there is no study in nowhere
hint: `fitroom run` writes a study into the directory given with --out

"#]]
    );
    let one_seed = place.succeed(&["compare", "out", "all sorts", "plain"]).stdout;
    assert!(
        one_seed.contains("all sorts against plain: one seed, so nothing can be concluded ("),
        "{one_seed}"
    );
}
