//! Every reader on logs that the tools themselves wrote (tests/writers), against what pandas,
//! TensorBoard's own loader and MLflow's files say (tests/fixtures/expected.json, made by
//! tests/writers/expected.py).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fitroom_import::{
    At, GroupOptions, Grouping, Imported, ImportedRun, NoteKind, RunStatus, ScoreOf, Setting,
    TidyColumns, read,
};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn import(name: &str) -> Imported {
    read(&fixtures().join(name), &TidyColumns::default()).unwrap()
}

fn source(run: &ImportedRun) -> String {
    run.source.strip_prefix(fixtures()).unwrap().to_string_lossy().replace('\\', "/")
}

fn groups(imported: &Imported, network: Option<&str>) -> Vec<(String, usize)> {
    let options = GroupOptions { network: network.map(str::to_owned), ..GroupOptions::default() };
    let grouping = Grouping::of(&imported.runs, &options, &[]).unwrap();
    grouping.groups.into_iter().map(|group| (group.name, group.runs.len())).collect()
}

fn named(names: &[(&str, usize)]) -> Vec<(String, usize)> {
    names.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

fn seeds(imported: &Imported) -> Vec<Option<u64>> {
    imported.runs.iter().map(|run| run.seed).collect()
}

/// Source and measure, with the number of values, their sum without NaN, and the last one.
type Numbers = BTreeMap<(String, String), (usize, f64, f64)>;

#[test]
fn all_values_are_those_that_pandas_reads() {
    let text = std::fs::read_to_string(fixtures().join("expected.json")).unwrap();
    let rows: Vec<(String, String, usize, f64, Option<f64>)> = serde_json::from_str(&text).unwrap();
    let number = |last: Option<f64>| last.unwrap_or(f64::NAN);
    let expected: Numbers = rows
        .into_iter()
        .map(|(source, measure, count, sum, last)| ((source, measure), (count, sum, number(last))))
        .collect();
    let mut found = Numbers::new();
    for tool in ["lightning", "keras", "hugging_face", "tensorboard", "mlflow", "hydra"] {
        for run in import(tool).runs {
            for measure in run.curve.measures() {
                let values: Vec<f64> = run.curve.values(measure).map(|(_, value)| value).collect();
                let sum = values.iter().filter(|value| !value.is_nan()).sum();
                let numbers = (values.len(), sum, *values.last().unwrap());
                let before = found.insert((source(&run), measure.to_string()), numbers);
                assert!(before.is_none(), "{} is read twice", source(&run));
            }
        }
    }
    assert!(found.keys().eq(expected.keys()), "{:#?}\n{:#?}", found.keys(), expected.keys());
    for (key, (count, sum, last)) in expected {
        let (found_count, found_sum, found_last) = found[&key];
        assert_eq!(found_count, count, "{key:?}");
        assert!(
            (found_sum - sum).abs() <= 1e-12 * sum.abs().max(1.0),
            "{key:?}: {found_sum} {sum}"
        );
        assert!(found_last.is_nan() || found_last == last, "{key:?}: {found_last} {last}");
        assert_eq!(found_last.is_nan(), last.is_nan(), "{key:?}");
    }
}

#[test]
fn lightning() {
    let imported = import("lightning");
    assert_eq!(seeds(&imported), [Some(1), Some(2), Some(1), Some(2)]);
    assert_eq!(groups(&imported, None), named(&[("narrow", 2), ("wide", 2)]));
    let run = &imported.runs[0];
    assert_eq!(run.name, "lightning_logs/version_0");
    assert_eq!(run.settings["betas"], Setting::Text("[0.9, 0.99]".into()));
    assert_eq!(run.settings["optimizer.amsgrad"], Setting::Bool(false));
    assert_eq!(run.curve.epochs(), 3);
    assert_eq!(run.curve.values("val_acc").next().unwrap().0.epoch, Some(0.0));
    let said = "several values an epoch, of which the last one counts: `train_acc_step`, \
                `train_loss_step`";
    assert_eq!(imported.notes[0].kind, NoteKind::Remark { text: said.to_owned() });
    assert_eq!(run.curve.rows().len(), 3, "training and validation stand in one row");
    assert_eq!(run.curve.rows()[2].step, Some(11));
}

#[test]
fn two_loggers_of_one_trainer_are_one_run() {
    let imported = import("lightning_two");
    assert_eq!(seeds(&imported), [Some(2), Some(1)], "{:?}", imported.notes);
    for run in &imported.runs {
        assert_eq!((run.curve.epochs(), run.curve.rows().len()), (3, 3));
        assert_eq!(run.settings["network"], Setting::Text("wide".into()));
    }
    let is_same = |kind: &NoteKind| matches!(kind, NoteKind::SameRun { .. });
    let said: Vec<_> = imported.notes.iter().filter(|note| is_same(&note.kind)).collect();
    assert_eq!(said.len(), 2);
    let expected = "the same run is logged in Lightning's CSVLogger (`";
    assert!(said[0].to_string().contains(expected), "{}", said[0]);
}

#[test]
fn keras() {
    let imported = import("keras");
    assert_eq!(imported.runs.len(), 3, "a CSV file and a history are one run");
    assert_eq!(groups(&imported, None), named(&[("broken", 1), ("wide", 2)]));
    let said = imported.notes.iter().find(|note| matches!(note.kind, NoteKind::SameRun { .. }));
    let said = said.unwrap().to_string();
    assert!(said.contains("logged in Keras' history (`history.json`), which is read"), "{said}");
    let is_seed = |kind: &NoteKind| matches!(kind, NoteKind::SeedFromPath { .. });
    assert!(imported.runs.iter().all(|run| run.notes.iter().any(|note| is_seed(&note.kind))));
    let alone = import("keras/wide_seed2/log.csv");
    assert_eq!((alone.runs[0].seed, alone.runs[0].curve.epochs()), (Some(2), 4));
    // The same run, logged in two ways.
    let score = |name: &str| {
        let run = &import(name).runs[0];
        run.score(&ScoreOf::guess("val_accuracy", At::Best)).value().unwrap()
    };
    assert_eq!(score("keras/wide_seed1/log.csv"), score("keras/wide_seed1/history.json"));
}

#[test]
fn hugging_face() {
    let imported = import("hugging_face");
    assert_eq!(seeds(&imported), [Some(1), Some(2)], "checkpoints are no runs of their own");
    assert_eq!(imported.runs[0].settings["learning_rate"], Setting::Number(0.01));
    assert_eq!(groups(&imported, None).len(), 1);
    let epochs: Vec<_> = imported.runs[0].curve.values("loss").map(|(row, _)| row.epoch).collect();
    assert_eq!(epochs, [Some(0.5), Some(1.0), Some(1.5), Some(2.0)]);
}

#[test]
fn tensorboard() {
    let imported = import("tensorboard");
    assert_eq!(imported.runs.len(), 5, "settings are joined with their run");
    let run = imported.runs.iter().find(|run| run.name == "wide_2").unwrap();
    assert_eq!(run.seed, Some(2));
    assert_eq!(run.settings["network"], Setting::Text("wide".into()));
    // PyTorch's writer stores true as the number 1.
    assert_eq!(run.settings["nesterov"], Setting::Number(1.0));
    assert_eq!(run.settings["width"], Setting::Number(32.0));
    let said =
        imported.notes.iter().any(|note| note.to_string().contains("`weights` are no scalars"));
    assert!(said, "{:?}", imported.notes);
}

#[test]
fn mlflow() {
    let imported = import("mlflow");
    assert_eq!(imported.runs.len(), 5);
    let mut names: Vec<_> =
        imported.runs.iter().map(|run| (run.name.as_str(), run.status)).collect();
    names.sort_by_key(|(name, _)| *name);
    assert_eq!(names[4], ("wide-3", RunStatus::Crashed));
    assert_eq!(names[0], ("narrow-1", RunStatus::Finished));
    let scores = [ScoreOf::guess("val_acc", At::Last)];
    let grouping = Grouping::of(&imported.runs, &GroupOptions::default(), &scores).unwrap();
    let facts: Vec<_> = grouping.facts.iter().map(ToString::to_string).collect();
    assert!(
        facts.contains(&"`narrow` has no run with seed 3, which others have".to_owned()),
        "{facts:?}"
    );
    assert!(facts.contains(&"1 run crashed: `wide, seed 3`".to_owned()), "{facts:?}");
    assert!(facts.contains(
        &"1 run has a score `val_acc` that is NaN or infinite: `wide, seed 3`".to_owned()
    ));
    assert_eq!(imported.runs[0].settings["experiment"], Setting::Text("widths".into()));
}

#[test]
fn hydra() {
    let imported = import("hydra");
    assert_eq!(seeds(&imported), [Some(1), Some(2), Some(1), Some(2)]);
    assert_eq!(
        groups(&imported, None),
        named(&[("mlp, model.width 4", 2), ("mlp, model.width 16", 2)])
    );
    assert_eq!(imported.runs[0].settings["tag"], Setting::Text("a, b".into()));
    assert_eq!(imported.runs[0].settings["lr"], Setting::Number(0.1), "a default of the config");
}

#[test]
fn wandb_and_tables_are_told_apart_by_content() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("export.csv");
    let text = "\"Name\",\"State\",\"Notes\",\"User\",\"Created\",\"Runtime\",\"lr\",\"model\",\"seed\",\
                \"epoch\",\"val_acc\"\n\"a-1\",\"finished\",\"-\",\"me\",\"2026-01-01T00:00:00.000Z\",\"12\",\
                \"0.1\",\"wide\",\"1\",\"9\",\"0.9\"\n\"a-1\",\"crashed\",\"-\",\"me\",\
                \"2026-01-02T00:00:00.000Z\",\"3\",\"0.1\",\"wide\",\"2\",\"4\",\"\"\n";
    std::fs::write(&path, text).unwrap();
    let imported = read(&path, &TidyColumns::default()).unwrap();
    assert_eq!(imported.runs.len(), 2, "one row is one run, whatever the epoch");
    assert_eq!(imported.runs[1].status, RunStatus::Crashed);
    assert_eq!(groups(&imported, None), named(&[("wide", 2)]));
    let lines = dir.path().join("log.jsonl");
    std::fs::write(
        &lines,
        "{\"seed\": 1, \"epoch\": 1, \"acc\": 0.5}\n{\"seed\": 1, \"epoch\": 2, \"acc\": NaN}\n",
    )
    .unwrap();
    let imported = read(&lines, &TidyColumns::default()).unwrap();
    assert_eq!((imported.runs.len(), imported.runs[0].curve.epochs()), (1, 2));
}

#[test]
fn wandb_seeds_stand_in_a_column_or_in_the_name() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("export.csv");
    let import = |text: &str| {
        std::fs::write(&path, text).unwrap();
        read(&path, &TidyColumns::default()).unwrap()
    };
    let nested = import(
        "Name,State,trainer.seed,val_acc\nfluffy-1,finished,3,0.9\nfluffy-2,finished,4,0.8\n",
    );
    assert_eq!(seeds(&nested), [Some(3), Some(4)]);
    assert_eq!(groups(&nested, None).len(), 1, "names of runs are no networks");
    let text = "Name,State,lr,val_acc\nwide-seed_1,finished,0.1,0.9\nwide-seed_2,finished,0.1,0.8\n\
                plain-seed_1,crashed,0.1,0.7\n";
    let named_so = import(text);
    assert_eq!(seeds(&named_so), [Some(1), Some(2), Some(1)]);
    assert_eq!(groups(&named_so, None), named(&[("wide", 2), ("plain", 1)]));
    let said = named_so.runs[0].notes.iter().map(|note| note.kind.clone()).collect::<Vec<_>>();
    let network = NoteKind::NetworkFromName { network: "wide".into() };
    assert_eq!(said, [NoteKind::SeedFromName { seed: 1 }, network]);
    let both = import("Name,State,seed,model,val_acc\nseed_9,finished,1,wide,0.9\n");
    assert_eq!(
        (both.runs[0].seed, &both.runs[0].settings["model"]),
        (Some(1), &Setting::Text("wide".into()))
    );
}

#[test]
fn wandb_charts_hold_a_run_a_line() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("wandb_export_2026-01-01.csv");
    let text = "\"Step\",\"wide - seed1 - val_acc\",\"wide - seed1 - val_acc__MIN\",\"wide - seed1 - val_acc__MAX\",\
                \"plain-7 - val_acc\",\"plain-7 - val_acc__MIN\",\"plain-7 - val_acc__MAX\",\"plain-7 - loss\"\n\
                \"0\",\"0.5\",\"0.4\",\"0.6\",\"\",\"\",\"\",\"\"\n\
                \"10\",\"\",\"\",\"\",\"0.7\",\"0.7\",\"0.7\",\"NaN\"\n\
                \"20\",\"0.8\",\"0.8\",\"0.8\",\"0.9\",\"0.9\",\"0.9\",\"\"\n";
    std::fs::write(&path, text).unwrap();
    let imported = read(dir.path(), &TidyColumns::default()).unwrap();
    let [wide, plain] = &imported.runs[..] else { panic!("{:?}", imported.runs) };
    assert_eq!((wide.name.as_str(), wide.seed), ("wide - seed1", Some(1)));
    assert_eq!(groups(&imported, None), named(&[("wide", 1), ("plain-7", 1)]));
    let values: Vec<_> = wide.curve.values("val_acc").collect();
    assert_eq!(values.iter().map(|(row, _)| row.step).collect::<Vec<_>>(), [Some(0), Some(20)]);
    assert_eq!(values[1].1, 0.8);
    assert_eq!(plain.curve.rows().len(), 2);
    assert!(plain.curve.values("loss").next().unwrap().1.is_nan());
    let said: Vec<_> = imported.notes.iter().map(|note| note.kind.to_string()).collect();
    let spread = "4 columns with the minimum or maximum of a line (`__MIN`, `__MAX`) were not read";
    assert_eq!(said, [spread]);
    let columns = TidyColumns { scores: vec!["val_ac".into()], ..TidyColumns::default() };
    let error = read(&path, &columns).unwrap_err().to_string();
    assert!(
        error.ends_with("the columns are `loss`, `val_acc`\nhint: did you mean `val_acc`?"),
        "{error}"
    );
    // With another axis, W&B exports the steps of each run.
    let text = "epoch,a - _step,a - _step__MIN,a - _step__MAX,a - acc,a - acc__MIN,a - acc__MAX\n\
                1,100,100,100,0.5,0.5,0.5\n2,200,200,200,0.6,0.6,0.6\n";
    std::fs::write(&path, text).unwrap();
    let run = &read(&path, &TidyColumns::default()).unwrap().runs[0];
    assert_eq!((run.curve.rows()[1].epoch, run.curve.rows()[1].step), (Some(2.0), Some(200)));
    assert_eq!(run.curve.measures().len(), 1);
}

#[test]
fn what_is_no_log_is_refused_with_a_list() {
    let dir = tempfile::tempdir().unwrap();
    let error = read(dir.path(), &TidyColumns::default()).unwrap_err().to_string();
    for format in fitroom_import::Format::ALL {
        assert!(error.contains(format.sign()), "{error}");
    }
    assert!(read(&dir.path().join("none"), &TidyColumns::default()).is_err());
}
