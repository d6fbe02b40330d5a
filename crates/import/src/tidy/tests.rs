use std::path::Path;

use super::*;
use crate::{At, ImportedRun, Note, NoteKind, Role, RunStatus, ScoreOf, Setting};

fn runs(text: &str, columns: &TidyColumns) -> (Vec<ImportedRun>, Vec<Note>) {
    let path = Path::new("runs.csv");
    let mut notes = Notes::new(path);
    let table = csv_table::read(text.as_bytes(), &mut notes).unwrap();
    let runs = runs_of(table, path, columns, &mut notes).unwrap();
    (runs, notes.finish())
}

fn guessed(text: &str) -> (Vec<ImportedRun>, Vec<Note>) {
    runs(text, &TidyColumns::default())
}

#[test]
fn one_row_a_run() {
    let text = "model,seed,lr,val_acc,state\nwide,0,0.1,0.9,finished\nwide,1,0.1,nan,crashed\n\
                plain,0,0.1,,\n";
    let (runs, notes) = guessed(text);
    assert_eq!(runs.len(), 3);
    assert_eq!((runs[1].seed, runs[1].status), (Some(1), RunStatus::Crashed));
    assert_eq!(runs[0].name, "wide, seed 0");
    assert_eq!(runs[0].settings["model"], Setting::Text("wide".into()));
    assert_eq!(runs[0].settings["lr"], Setting::Number(0.1));
    let score = ScoreOf::guess("val_acc", At::Last);
    assert_eq!(runs[0].score(&score).value(), Some(0.9));
    assert_eq!(runs[1].score(&score), crate::Score::NotANumber);
    assert_eq!(runs[2].score(&score), crate::Score::NotMeasured);
    let guess = NoteKind::GuessedRole { role: Role::Network, column: "model".into() };
    assert!(notes.iter().any(|note| note.kind == guess));
}

#[test]
fn one_row_an_epoch_with_settings_that_tell_runs_apart() {
    let mut text = "seed,epoch,lr,opt,schedule,loss\n".to_owned();
    for lr in [0.1, 0.01] {
        for opt in ["sgd", "adam"] {
            for seed in [1, 2] {
                for epoch in 1..=3 {
                    let schedule = 1.0 / f64::from(epoch);
                    text += &format!("{seed},{epoch},{lr},{opt},{schedule},{}\n", lr * schedule);
                }
            }
        }
    }
    let (runs, notes) = guessed(&text);
    assert_eq!(runs.len(), 8, "{notes:?}");
    assert!(runs.iter().all(|run| run.curve.epochs() == 3 && run.settings.len() == 2));
    let measures: Vec<_> = runs[0].curve.measures().iter().map(|name| &**name).collect();
    assert_eq!(measures, ["schedule", "loss"]);
    assert!(notes.iter().any(|note| matches!(note.kind, NoteKind::GuessedMeasure { .. })));
}

#[test]
fn a_run_that_was_logged_twice_is_two_runs_and_said() {
    let (runs, notes) =
        guessed("network,seed,epoch,acc\na,1,2,0.8\na,1,1,0.7\na,1,1,0.6\na,1,2,0.9\n");
    assert_eq!(runs.len(), 2);
    let accuracies = |run: &ImportedRun| run.curve.values("acc").map(|v| v.1).collect::<Vec<_>>();
    assert_eq!(accuracies(&runs[0]), [0.7, 0.8], "rows are sorted by epoch");
    assert_eq!(accuracies(&runs[1]), [0.6, 0.9]);
    let note = notes.iter().find(|note| matches!(note.kind, NoteKind::Repeated { .. })).unwrap();
    assert_eq!(note.line, Some(4));
    assert!(note.to_string().contains("`a` with seed 1 has several values at epoch or step 1"));
}

#[test]
fn an_epoch_can_t_control_a_terminal() {
    let (_, notes) = guessed("network,seed,epoch,acc\na,1,\u{1b}[2J,0.8\na,1,\u{1b}[2J,0.7\n");
    let note = notes.iter().find(|note| matches!(note.kind, NoteKind::Repeated { .. })).unwrap();
    assert!(!note.to_string().chars().any(char::is_control), "{note:?}");
}

#[test]
fn columns_can_be_named_and_misspelt() {
    let text = "kind,s,e,thing\na,1,1,3\na,1,2,4\nb,1,1,5\n";
    let columns = TidyColumns {
        network: Some("kind".into()),
        seed: Some("s".into()),
        epoch: Some("e".into()),
        scores: vec!["thing".into()],
    };
    let (found, _) = runs(text, &columns);
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].curve.values("thing").count(), 2);
    let mut notes = Notes::new(Path::new("a"));
    let table = csv_table::read(text.as_bytes(), &mut notes).unwrap();
    let columns = TidyColumns { network: Some("kinds".into()), ..columns };
    let problem = runs_of(table, Path::new("a"), &columns, &mut notes).unwrap_err().to_string();
    assert_eq!(
        problem,
        "there is no column `kinds`; the columns are `kind`, `s`, `e`, `thing`\nhint: did you mean \
         `kind`?"
    );
}

#[test]
fn names_shared_by_seeds_are_networks() {
    let (runs, _) = guessed("name,seed,acc\na,1,0.1\na,2,0.2\nb,1,0.3\n");
    assert_eq!(runs[0].settings["name"], Setting::Text("a".into()));
    let (runs, _) = guessed("name,seed,acc\nx1,1,0.1\nx2,2,0.2\nx3,1,0.3\n");
    assert_eq!(runs[0].name, "x1");
    assert!(runs[0].settings.is_empty());
}

#[test]
fn odd_seeds_and_cells_are_kept_and_said() {
    let text = "network,seed,val_acc\na,18446744073709551615,0.5\na,2.0,x\na,-1,0.5\na,first,0.6\n";
    let (runs, notes) = guessed(text);
    let seeds: Vec<_> = runs.iter().map(|run| run.seed).collect();
    assert_eq!(seeds, [Some(u64::MAX), Some(2), None, None]);
    assert_eq!(runs[3].settings["seed"], Setting::Text("first".into()));
    let said: Vec<_> = notes.iter().map(ToString::to_string).collect();
    assert!(
        said.iter().any(|note| note
            == "runs.csv:3: `val_acc` should be a number and is `x`: \
                                            not measured"),
        "{said:?}"
    );
    assert!(said.iter().any(|note| note.starts_with("runs.csv:4: the seed `-1` is not")));
}

#[test]
fn a_table_without_measures_is_an_error_with_its_columns() {
    let mut notes = Notes::new(Path::new("a"));
    let table = csv_table::read(&b"network,seed,lr\na,1,0.1\n"[..], &mut notes).unwrap();
    let problem = runs_of(table, Path::new("a"), &TidyColumns::default(), &mut notes).unwrap_err();
    assert!(
        problem
            .to_string()
            .starts_with("no column looks like a measure; the columns are `network`")
    );
}

#[test]
fn measures_with_unusual_names_are_guessed_by_their_numbers() {
    let text = "network,seed,width,fancy\na,1,64,0.81\na,2,64,0.82\nb,1,128,0.83\nb,2,128,0.85\n";
    let (runs, notes) = guessed(text);
    assert_eq!(runs[3].curve.values("fancy").next().unwrap().1, 0.85);
    assert_eq!(runs[3].settings["width"], Setting::Number(128.0));
    let guess = NoteKind::GuessedMeasure { column: "fancy".into() };
    assert!(notes.iter().any(|note| note.kind == guess));
}

#[test]
fn cells_with_more_than_digits_are_numbers_and_said() {
    let (runs, notes) =
        guessed("model,seed,acc,reward\na,0,85.5%,\"1,200.5\"\na,1,tensor(86),\"1,300.5\"\n");
    let values =
        |name: &str| runs.iter().flat_map(|run| run.curve.values(name)).map(|v| v.1).collect();
    let (accuracies, rewards): (Vec<f64>, Vec<f64>) = (values("acc"), values("reward"));
    assert_eq!((accuracies, rewards), (vec![85.5, 86.0], vec![1200.5, 1300.5]));
    let said = notes.iter().filter(|note| note.to_string().contains("are read as numbers"));
    assert_eq!(said.count(), 3, "{notes:?}");
}

#[test]
fn a_table_without_a_known_measure_says_how_to_name_one() {
    let path = Path::new("runs.csv");
    let mut notes = Notes::new(path);
    let table = csv_table::read("model,seed,x\na,0,3\nb,0,4\n".as_bytes(), &mut notes).unwrap();
    let error = runs_of(table, path, &TidyColumns::default(), &mut notes).unwrap_err().to_string();
    assert!(error.ends_with("as in --score COLUMN; `x` hold numbers"), "{error}");
}

#[test]
fn clocks_counts_of_steps_and_second_seeds_are_no_settings() {
    let header = "model,data.seed,model.seed,_timestamp,best_epoch,duration,epoch,iter,acc\n";
    let mut text = header.to_owned();
    for seed in 0..3 {
        for epoch in 0..2 {
            text += &format!("a,{seed},{seed},17{seed},{seed},0:00:1{seed},{epoch},{epoch},0.5\n");
        }
    }
    let (runs, notes) = guessed(&text);
    assert_eq!((runs.len(), runs[2].seed), (3, Some(2)));
    let grouping = crate::Grouping::of(&runs, &crate::GroupOptions::default(), &[]).unwrap();
    assert_eq!(grouping.groups.len(), 1, "{:?}", grouping.groups);
    let said = |text: &str| notes.iter().any(|note| note.to_string().contains(text));
    assert!(said("`data.seed` is a seed too, and `model.seed` is taken"), "{notes:?}");
    let constant = "model,data.seed,model.seed,acc\na,1,7,0.5\na,2,7,0.6\n";
    let seeds: Vec<_> = guessed(constant).0.iter().map(|run| run.seed).collect();
    assert_eq!(seeds, [Some(1), Some(2)], "the one that varies");
}

#[test]
fn a_table_without_epochs_may_count_steps() {
    for step in
        ["training_iteration", "timesteps_total", "it", "update", "episode", "num_env_steps"]
    {
        let (runs, _) = guessed(&format!("seed,{step},reward\n1,10,0.5\n1,20,0.6\n2,10,0.5\n"));
        assert_eq!(runs.len(), 2, "{step}");
        assert_eq!(runs[0].curve.rows()[1].step, Some(20), "{step}");
    }
}

#[test]
fn seeds_with_letters_are_read_and_others_are_said_why_not() {
    let (runs, notes) =
        guessed("model,seed,acc\na,s0,0.5\na,seed1,0.6\na,seed_3,0.7\na,-1,0.5\na,1.5,0.6\n");
    let seeds: Vec<_> = runs.iter().map(|run| run.seed).collect();
    assert_eq!(seeds, [Some(0), Some(1), Some(3), None, None]);
    let said = |text: &str| notes.iter().any(|note| note.to_string().contains(text));
    assert!(said("the seed `-1` is not a whole number from 0 (it is negative)"), "{notes:?}");
    assert!(said("the seed `1.5` is not a whole number from 0 (it has a fraction)"), "{notes:?}");
}

#[test]
fn a_run_s_name_may_hold_its_network_and_seed() {
    let (runs, _) = guessed("run,val_accuracy\nbase_seed0,0.81\nbase_seed1,0.82\nnew_seed0,0.85\n");
    assert_eq!((runs[1].seed, runs[1].settings["network"].to_string()), (Some(1), "base".into()));
    assert_eq!((runs[2].seed, runs[2].settings["network"].to_string()), (Some(0), "new".into()));
}

#[test]
fn rows_of_a_file_with_a_seed_in_its_path_are_one_run() {
    let read = |path: &str| {
        let path = Path::new(path);
        let mut notes = Notes::new(path);
        let table = csv_table::read("t,acc\n10,0.5\n20,0.6\n".as_bytes(), &mut notes).unwrap();
        runs_of(table, path, &TidyColumns::default(), &mut notes).unwrap()
    };
    assert_eq!(read("cnn_seed1/log.csv").len(), 1);
    assert_eq!(read("cnn_seed1/log.csv")[0].curve.rows()[1].step, Some(20));
    assert_eq!(read("cnn/log.csv").len(), 2);
}
