//! `fitroom evaluate`: a trained network on labelled images.

use std::path::{Path, PathBuf};

use fitroom_session::evaluation::{Evaluated, evaluate as evaluate_request};
use fitroom_session::report::evaluation::{
    ClassScores, Evaluation, class_table, number_table, write_evaluation,
};
use fitroom_session::stats::Proportion;
use fitroom_session::{OUTPUT_DIRECTORY, file_name};
use serde_json::{Value, json};

use crate::Failure;
use crate::display::LoadingDisplay;
use crate::evaluate_arguments::EvaluateArguments;
use crate::output::{Rows, print, say};
use crate::predict::threads;

/// Prints a network's scores on labelled images, and writes a report.
pub fn evaluate(arguments: &EvaluateArguments) -> Result<(), Failure> {
    if let Some(dir) = arguments.out.as_ref().filter(|out| out.join("study.toml").exists()) {
        return Err(Failure::HoldsStudy { dir: dir.clone() });
    }
    let mut loading = LoadingDisplay::new();
    let request = arguments.request(threads(arguments.threads));
    let evaluated = evaluate_request(&request, &mut |event| loading.show(event))?;
    drop(loading);
    evaluated.notes.iter().for_each(|note| say(&format!("note: {note}")));
    let default = || {
        let Evaluation { network, dataset, .. } = &evaluated.evaluation;
        let name = format!("evaluate-{}-{}", file_name(network), file_name(dataset));
        Path::new(OUTPUT_DIRECTORY).join(name)
    };
    let out = arguments.out.clone().or_else(|| (!arguments.json).then(default));
    if let Some(out) = &out {
        std::fs::create_dir_all(out)
            .map_err(|source| Failure::Write { path: out.clone(), source })?;
        let other = evaluated.other.as_ref().map(|(other, comparison)| (other, comparison));
        write_evaluation(&evaluated.evaluation, other, out)?;
    }
    if arguments.json {
        let text = serde_json::to_string_pretty(&json(&evaluated)).expect("plain data");
        return print(&format!("{text}\n"));
    }
    print(&text(&evaluated, out.as_ref()))
}

fn text(evaluated: &Evaluated, out: Option<&PathBuf>) -> String {
    let Evaluated { evaluation, other, .. } = evaluated;
    let of_one = |evaluation: &Evaluation| {
        let numbers = number_table(evaluation);
        format!(
            "{} ({})\n\n{}\n{}",
            numbers.caption.trim_end_matches('.'),
            evaluation.seed_words(),
            Rows::from(&numbers).text("  "),
            Rows::from(&class_table(evaluation)).text("  ")
        )
    };
    let mut text = of_one(evaluation);
    if let Some((other, comparison)) = other {
        text += &format!("\n{}\n{}\n", of_one(other), comparison.sentence());
    }
    if let Some(out) = out {
        text += &format!("\nreport: {}\n", out.join("report.html").display());
    }
    text
}

/// What `--json` prints. Names and meanings stay, and more may come.
fn json(evaluated: &Evaluated) -> Value {
    let Evaluated { evaluation, other, notes } = evaluated;
    let mut json = json!({ "version": 1, "network": of_network(evaluation), "notes": notes });
    if let Some((other, comparison)) = other {
        let test = comparison.test();
        json["other"] = of_network(other);
        json["comparison"] = json!({
            "difference": test.difference(),
            "interval": test.interval(),
            "p": test.p(),
            "test": "McNemar's exact test",
            "only_first_right": test.only_first,
            "only_second_right": test.only_second,
        });
    }
    json
}

fn of_network(evaluation: &Evaluation) -> Value {
    let share = |proportion: &Proportion| {
        (proportion.trials > 0)
            .then(|| json!({ "value": proportion.share(), "interval": proportion.interval() }))
    };
    let class = |(name, scores): (&String, &ClassScores)| {
        json!({
            "class": name,
            "images": scores.recall.trials,
            "recall": share(&scores.recall),
            "precision": share(&scores.precision),
            "f1": scores.f1(),
        })
    };
    let seed = |(seed, accuracy): &(u64, Proportion)| json!({ "seed": seed, "accuracy": accuracy.share() });
    let classes = evaluation.classes.iter().zip(&evaluation.by_class);
    let calibration = &evaluation.calibration;
    json!({
        "name": evaluation.network,
        "seeds": evaluation.seeds.iter().map(seed).collect::<Vec<_>>(),
        "dataset": evaluation.dataset,
        "images": evaluation.accuracy.trials,
        "accuracy": share(&evaluation.accuracy),
        "loss": evaluation.loss,
        "overflowed": evaluation.overflowed,
        "expected_calibration_error": calibration.expected_error(),
        "calibration": calibration.bins.iter().map(|bin| json!({
            "images": bin.count, "accuracy": bin.accuracy(), "confidence": bin.confidence(),
        })).collect::<Vec<_>>(),
        "classes": classes.map(class).collect::<Vec<_>>(),
        "confusion": evaluation.counts(),
    })
}
