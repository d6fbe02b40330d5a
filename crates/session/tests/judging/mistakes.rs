//! What people get wrong, and what their logs have that nobody expects.

use std::fs;
use std::path::Path;

use fitroom_session::judging::{
    Direction, For, Gate, JudgeError, JudgeRequest, Margin, ScaleKind, judge_paths,
};
use fitroom_session::stats::Verdict;
use tempfile::tempdir;

use super::{declared, file, judge, notes, said, table};

fn refused(text: &str, request: &JudgeRequest) -> JudgeError {
    let (_dir, path) = file(text);
    judge_paths(&[path], request).unwrap_err()
}

fn two() -> String {
    table("val_acc", 8, &[("plain", 0.87, 0.01), ("wide", 0.9, 0.01)])
}

#[test]
fn what_is_said_of_other_measures_is_refused() {
    let of = |name: &str| For::Measure(name.into());
    let margin = |margins| JudgeRequest { margins, ..JudgeRequest::default() };
    let error = refused(&two(), &margin(vec![(of("val_ac"), Margin::Absolute(0.1))])).to_string();
    assert!(error.contains("a margin is given for `val_ac`, which is not judged"), "{error}");
    assert!(error.contains("did you mean `val_acc`"), "{error}");
    let directions = vec![(of("foo"), Direction::LowerIsBetter)];
    let error = refused(&two(), &JudgeRequest { directions, ..JudgeRequest::default() });
    assert!(matches!(error, JudgeError::NotJudged { .. }), "{error}");
    let scales = vec![(of("foo"), ScaleKind::Plain)];
    let error = refused(&two(), &JudgeRequest { scales, ..JudgeRequest::default() });
    assert!(matches!(error, JudgeError::NotJudged { .. }), "{error}");
    let twice = vec![(For::All, Margin::Percent(1.0)), (For::All, Margin::Percent(2.0))];
    assert!(matches!(refused(&two(), &margin(twice)), JudgeError::SaidTwice { .. }));
    let large = refused(&two(), &margin(vec![(For::All, Margin::Absolute(5.0))])).to_string();
    assert!(large.contains("is all of `val_acc`") && large.contains("0.5%"), "{large}");
}

#[test]
fn fractions_beside_percentages_are_refused() {
    let mixed = "model,seed,val_acc\nplain,1,0.81\nplain,2,0.82\nnew,1,82.1\nnew,2,82.9\n";
    let error = refused(mixed, &JudgeRequest::default());
    assert!(matches!(error, JudgeError::MixedScales { .. }), "{error}");
    let scales = vec![(For::All, ScaleKind::Plain)];
    judge(mixed, &JudgeRequest { scales, ..JudgeRequest::default() });
}

#[test]
fn files_that_are_named_twice_or_hold_the_same_runs_count_once() {
    let dir = tempdir().unwrap();
    let mut text = String::from("model,seed,epoch,val_acc\n");
    for seed in 1..=6 {
        for epoch in 1..=2 {
            text +=
                &format!("plain,{seed},{epoch},0.8{seed}{epoch}\nwide,{seed},{epoch},0.9{seed}\n");
        }
    }
    let paths = [dir.path().join("a.csv"), dir.path().join("b.csv")];
    for path in &paths {
        fs::write(path, &text).unwrap();
    }
    let twice = judge_paths(&[paths[0].clone(), paths[0].clone()], &declared()).unwrap();
    assert!(notes(&twice).contains("is named twice, and read once"), "{}", notes(&twice));
    assert_eq!(twice.results().runs.len(), 12);
    let copies = judge_paths(&paths, &JudgeRequest { is_unpaired: true, ..declared() }).unwrap();
    assert!(notes(&copies).contains("of another one: left out"), "{}", notes(&copies));
    assert_eq!(copies.results().runs.len(), 12);
}

#[test]
fn a_file_for_each_network_names_it() {
    let dir = tempdir().unwrap();
    let write = |name: &str, mean: f64| {
        let path = dir.path().join(name);
        let rows: String = (1..=6)
            .map(|seed| format!("{seed},{:.4}\n", mean + f64::from(seed % 4) / 500.0))
            .collect();
        fs::write(&path, format!("seed,acc\n{rows}")).unwrap();
        path
    };
    let paths = [write("base.csv", 0.8), write("new.csv", 0.85)];
    let judgement = judge_paths(&paths, &declared()).unwrap();
    assert_eq!(judgement.verdict("new"), Some(Verdict::Better), "{:?}", said(&judgement));
    assert!(notes(&judgement).contains("taken from"), "{}", notes(&judgement));
}

#[test]
fn small_scores_are_no_rounded_zeros() {
    let text = "model,seed,gap\na,1,1e-9\na,2,2e-9\na,3,1.5e-9\na,4,1.2e-9\na,5,1.1e-9\n\
                b,1,9e-9\nb,2,9.9e-9\nb,3,9.4e-9\nb,4,9.3e-9\nb,5,9.2e-9\n";
    let request = JudgeRequest { measures: vec!["gap".into()], ..declared() };
    let judgement = judge(text, &request);
    assert_eq!(judgement.verdict("b"), Some(Verdict::Better), "{:?}", said(&judgement));
    assert!(said(&judgement)[0].contains("e-9"), "{:?}", said(&judgement));
}

#[test]
fn scores_of_different_epochs_are_said() {
    let mut text = String::from("model,seed,epoch,val_acc\n");
    for seed in 1..=3 {
        for epoch in 0..4 {
            let fails = if epoch > 1 { String::new() } else { "0.7".into() };
            text +=
                &format!("plain,{seed},{epoch},0.8{seed}{epoch}\nwide,{seed},{epoch},{fails}\n");
        }
    }
    let words = notes(&judge(&text, &JudgeRequest::default()));
    assert!(words.contains("3 scores of `val_acc` are of epoch or step"), "{words}");
}

#[test]
fn curves_are_read_only_where_all_is_known() {
    let report = |columns: &str, values: &str| {
        let mut text = format!("model,seed,epoch,{columns}\n");
        for seed in 1..=3 {
            for epoch in 0..12 {
                text += &format!("plain,{seed},{epoch},{values}{epoch}{seed}\n");
            }
        }
        let html = judge(&text, &JudgeRequest::default()).html();
        html[..html.find("Files beside this report").unwrap()].to_owned()
    };
    for html in [report("val_acc", "0.7"), report("val_loss,val_acc", "0.5,0.7")] {
        for word in ["NaN", "What the curves say", "images", "No validation"] {
            assert!(!html.contains(word), "{word}");
        }
    }
    let whole = report("train_loss,train_acc,val_loss,val_acc", "0.4,0.8,0.5,0.7");
    assert!(whole.contains("What the curves say"));
}

#[test]
fn a_database_says_which_way_is_better() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../import/tests/fixtures/optuna");
    let request = JudgeRequest { is_unpaired: true, ..JudgeRequest::default() };
    let judgement = judge_paths(&[fixtures], &request).unwrap();
    let said = notes(&judgement);
    for measure in &judgement.results().measures {
        let wrong = format!("of `{}`, lower is better", measure.name);
        if said.contains(&wrong) {
            assert_eq!(measure.direction, Direction::LowerIsBetter, "{said}");
        }
    }
    assert!(said.contains("lower is better"), "{said}");
}

#[test]
fn seeds_that_nobody_shares_and_tasks_that_differ_are_said() {
    let disjoint = "model,seed,val_acc\nplain,1,0.8\nplain,2,0.81\nwide,3,0.9\nwide,4,0.91\n";
    let words = notes(&judge(disjoint, &JudgeRequest::default()));
    assert!(
        words.contains("no two networks share a seed") && words.contains("--unpaired"),
        "{words}"
    );
    let tasks = "model,dataset,seed,val_acc\nplain,cifar10,1,0.8\nplain,cifar100,1,0.5\n";
    let words = notes(&judge(tasks, &JudgeRequest::default()));
    assert!(words.contains("networks with different `dataset`"), "{words}");
}

#[test]
fn a_gate_on_what_is_undecided_needs_a_comparison() {
    let alone = judge("model,seed,val_acc\nplain,1,0.8\n", &declared());
    let gate = Gate { fail_if: vec!["undecided".parse().unwrap()], require: vec![] };
    assert!(alone.refused_by(&gate).is_some());
}
