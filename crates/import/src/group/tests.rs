use std::path::Path;

use super::*;
use crate::{At, Curve, CurveRow, RunStatus};

fn run(settings: &[(&str, &str)], seed: Option<u64>, scores: &[f64]) -> ImportedRun {
    let mut run = ImportedRun::new(Path::new("a.csv"), "a run");
    for (name, value) in settings {
        run.settings.insert((*name).to_owned(), Setting::read(value));
    }
    run.seed = seed;
    run.curve = Curve::new(vec!["acc".into()]);
    for (epoch, &score) in scores.iter().enumerate() {
        run.curve.push(CurveRow { epoch: Some(epoch as f64), step: None }, [Some(score)]);
    }
    run
}

fn group(runs: &[ImportedRun]) -> Grouping {
    let scores = [ScoreOf::guess("acc", At::Last)];
    Grouping::of(runs, &GroupOptions::default(), &scores).unwrap()
}

fn names(grouping: &Grouping) -> Vec<&str> {
    grouping.groups.iter().map(|group| group.name.as_str()).collect()
}

#[test]
fn groups_differ_in_settings_and_not_in_seeds_names_and_times() {
    let runs = [
        run(&[("lr", "0.1"), ("width", "4"), ("host", "a"), ("output_dir", "x")], Some(1), &[0.5]),
        run(&[("lr", "1e-1"), ("width", "4"), ("host", "b"), ("output_dir", "y")], Some(2), &[0.5]),
        run(&[("lr", "0.2"), ("width", "4"), ("host", "a")], Some(1), &[0.5]),
        run(&[("width", "4"), ("host", "a")], Some(2), &[0.5]),
    ];
    let grouping = group(&runs);
    assert_eq!(names(&grouping), ["lr 0.1", "lr 0.2", "no lr"]);
    assert_eq!(grouping.groups[0].runs, [0, 1]);
    assert_eq!(grouping.differing, ["lr"]);
    let facts: Vec<_> = grouping.facts.iter().map(ToString::to_string).collect();
    assert_eq!(
        facts,
        [
            "`lr 0.2` has no run with seed 2, which others have",
            "`no lr` has no run with seed 1, which others have",
            "settings that differ between runs and were ignored: `host`, `output_dir`",
        ]
    );
}

#[test]
fn a_network_names_groups_and_what_differs_within_it() {
    let runs = [
        run(&[("model", "wide"), ("lr", "0.1"), ("width", "9")], Some(1), &[0.5]),
        run(&[("model", "wide"), ("lr", "0.2"), ("width", "9")], Some(1), &[0.5]),
        run(&[("model", "plain"), ("lr", "0.2"), ("width", "3")], Some(1), &[0.5]),
    ];
    assert_eq!(names(&group(&runs)), ["wide, lr 0.1", "wide, lr 0.2", "plain"]);
    let options = GroupOptions { network: None, ignore: vec!["lr".into()] };
    let grouping = Grouping::of(&runs, &options, &[]).unwrap();
    assert_eq!(names(&grouping), ["wide", "plain"]);
    assert!(
        matches!(&grouping.facts[0], Fact::Duplicates { seed: 1, runs, .. } if runs.len() == 2)
    );
    let options = GroupOptions { network: Some("modle".into()), ignore: Vec::new() };
    let error = Grouping::of(&runs, &options, &[]).unwrap_err().to_string();
    assert_eq!(
        error,
        "no run has a setting `modle`; there are `lr`, `model`, `width`\nhint: did you mean `model`?"
    );
    assert_eq!(names(&group(&[run(&[], Some(1), &[0.5])])), ["all runs"]);
}

#[test]
fn every_oddity_is_a_fact() {
    let mut runs = vec![
        run(&[("model", "a")], Some(1), &[0.1, 0.2]),
        run(&[("model", "a")], Some(1), &[0.1, 0.2]),
        run(&[("model", "a")], None, &[0.1, 0.2]),
        run(&[("model", "b")], Some(1), &[f64::NAN, 0.2]),
        run(&[("model", "b")], Some(2), &[0.2, f64::NAN]),
        run(&[("model", "b")], Some(3), &[0.1]),
    ];
    runs[4].status = RunStatus::Crashed;
    runs[5].status = RunStatus::Unfinished;
    let mut other = run(&[("model", "b")], Some(4), &[]);
    other.curve = Curve::new(vec!["loss".into()]);
    other.curve.push(CurveRow::default(), [Some(0.5)]);
    runs.push(other);
    let facts: Vec<_> = group(&runs).facts.iter().map(ToString::to_string).collect();
    assert_eq!(
        facts,
        [
            "`a` has 2 runs with seed 1",
            "`a` has no run with seeds 2, 3, 4, which others have",
            "`a` has 1 run without a seed: `a, a run`",
            "1 run crashed: `b, seed 2`",
            "1 run has not ended: `b, seed 3`",
            "1 run has a score `acc` that is NaN or infinite: `b, seed 2`",
            "1 run has NaN or infinity among the values of `acc`: `b, seed 1`",
            "1 run has no measure `acc`: `b, seed 4`",
            "runs have different numbers of epochs: 5 runs have 2, `b, seed 3` has 1, `b, seed 4` has 1",
        ]
    );
}

#[test]
fn a_second_seed_with_an_odd_name_is_said_plainly() {
    let mut run = run(&[], Some(1), &[0.5]);
    let mut notes = crate::note::Notes::new(Path::new("a.csv"));
    run.set("\u{1b}/seed", Setting::Number(2.0), &mut notes);
    let said = notes.finish()[0].kind.to_string();
    assert_eq!(said, "the run has two seeds; 1 is taken, not `\u{fffd}/seed` 2");
}

#[test]
fn no_name_controls_a_terminal() {
    let mut runs = vec![
        run(&[("a\u{1b}[2J", "x\u{1b}"), ("host\u{7}", "1")], Some(1), &[0.1]),
        run(&[("b\u{1b}", "y"), ("b_path\u{1b}/path", "2")], None, &[f64::NAN]),
    ];
    runs[1].name = "c\u{1b}".into();
    for run in &mut runs {
        let value = run.curve.value(0, 0);
        run.curve = Curve::new(vec!["acc\u{1b}".into()]);
        run.curve.push(CurveRow::default(), [value]);
    }
    let scores = ["acc\u{1b}", "none\u{1b}"].map(|name| ScoreOf::guess(name, At::Last));
    let grouping = Grouping::of(&runs, &GroupOptions::default(), &scores).unwrap();
    let facts = grouping.facts.iter().map(ToString::to_string);
    let said: Vec<String> = facts.chain(grouping.groups.iter().map(|g| g.name.clone())).collect();
    assert!(said.len() >= 6, "{said:?}");
    assert!(!said.iter().any(|text| text.chars().any(char::is_control)), "{said:?}");
}

#[test]
fn a_name_that_runs_of_several_seeds_share_is_the_network() {
    let named = |name: &str, seed| run(&[("Name", name)], Some(seed), &[0.5]);
    let grouping = group(&[named("cnn", 0), named("cnn", 1), named("mlp", 0), named("mlp", 1)]);
    assert_eq!((names(&grouping), grouping.network.as_deref()), (vec!["cnn", "mlp"], Some("Name")));
    let grouping = group(&[named("run-0", 0), named("run-1", 1)]);
    assert_eq!((grouping.groups.len(), grouping.network), (1, None));
}

#[test]
fn runs_without_a_network_are_said() {
    let grouping = group(&[run(&[("model", "a")], Some(1), &[0.5]), run(&[], Some(1), &[0.5])]);
    let said: Vec<_> = grouping.facts.iter().map(ToString::to_string).collect();
    assert!(said.iter().any(|fact| fact.starts_with("1 run has no `model`: ")), "{said:?}");
}

#[test]
fn groups_are_told_apart_by_settings_and_not_by_numbers() {
    let names_of_settings: Vec<String> = (0..10).map(|number| format!("s{number}")).collect();
    let runs: Vec<_> = (0..11)
        .map(|one| {
            let value = |number: usize| if number == one { "1" } else { "0" };
            let settings: Vec<_> = names_of_settings
                .iter()
                .enumerate()
                .map(|(number, name)| (name.as_str(), value(number)))
                .collect();
            run(&settings, Some(1), &[0.5])
        })
        .collect();
    let grouping = group(&runs);
    assert_eq!(grouping.groups.len(), 11);
    assert!(!names(&grouping).iter().any(|name| name.contains(" (")), "{:?}", names(&grouping));
}
