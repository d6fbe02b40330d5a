//! Runs that other tools logged, judged: against pandas and SciPy, in any measure, whatever is wrong with
//! them.

mod mistakes;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use fitroom_session::judging::{
    At, Direction, For, Gate, JudgeRequest, Judgement, Margin, TidyColumns, judge_paths,
};
use fitroom_session::report::Comparison;
use fitroom_session::stats::Verdict;
use serde_json::Value;
use tempfile::{TempDir, tempdir};

fn judge(text: &str, request: &JudgeRequest) -> Judgement {
    let (_dir, path) = file(text);
    judge_paths(&[path], request).unwrap()
}

fn file(text: &str) -> (TempDir, PathBuf) {
    let dir = tempdir().unwrap();
    let path = dir.path().join("runs.csv");
    fs::write(&path, text).unwrap();
    (dir, path)
}

/// A row for each network and seed: its name, and its mean. Luck is the seed's alone, but for a little.
fn table(measure: &str, seeds: u32, networks: &[(&str, f64, f64)]) -> String {
    let mut text = format!("model,seed,{measure}\n");
    for &(name, mean, spread) in networks {
        for seed in 1..=seeds {
            let luck = f64::from(seed * 7 % 11) / 11.0 - 0.5;
            let own = f64::from(seed * 5 % 13) / 13.0 - 0.5;
            text += &format!("{name},{seed},{:.6}\n", mean + spread * (luck + 0.2 * mean * own));
        }
    }
    text
}

fn declared() -> JudgeRequest {
    JudgeRequest { is_declared: true, ..JudgeRequest::default() }
}

fn notes(judgement: &Judgement) -> String {
    judgement.results().notes.join("\n")
}

fn said(judgement: &Judgement) -> Vec<String> {
    judgement.conclusions().iter().map(|sentence| sentence.text()).collect()
}

/// tests/judging/make.py made the table and the numbers.
#[test]
fn numbers_agree_with_pandas_and_scipy() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judging");
    let expected: Value =
        serde_json::from_str(&fs::read_to_string(dir.join("expected.json")).unwrap()).unwrap();
    let request = JudgeRequest {
        measures: vec!["val_acc".into(), "val_loss".into()],
        baseline: Some("plain, lr 0.1".into()),
        ..declared()
    };
    let judgement = judge_paths(&[dir.join("runs.csv")], &request).unwrap();
    let json = judgement.to_json();
    let close = |found: &Value, expected: &Value, what: &str| {
        let [found, expected] = [found, expected].map(|it| it.as_f64().unwrap());
        assert!((found - expected).abs() < 1e-9, "{what}: {found} is not {expected}");
    };
    let networks = json["networks"].as_array().unwrap();
    assert_eq!(networks.len(), expected["networks"].as_object().unwrap().len());
    for network in networks {
        let theirs = &expected["networks"][network["name"].as_str().unwrap()];
        for score in network["scores"].as_array().unwrap() {
            let theirs = &theirs[score["measure"].as_str().unwrap()];
            assert_eq!(score["count"], theirs["count"]);
            close(&score["mean"], &theirs["mean"], "mean");
            close(&score["sd"], &theirs["sd"], "sd");
        }
    }
    let key = |it: &Value| (it["network"].to_string(), it["measure"].to_string());
    let ours: BTreeMap<_, _> =
        json["comparisons"].as_array().unwrap().iter().map(|it| (key(it), it)).collect();
    let all = expected["comparisons"].as_array().unwrap();
    assert_eq!(ours.len(), all.len());
    for theirs in all {
        let found = ours[&key(theirs)];
        assert_eq!(found["pairs"], theirs["pairs"]);
        close(&found["mean_difference"], &theirs["mean"], "mean difference");
        close(&found["sd_of_differences"], &theirs["sd"], "standard deviation");
        close(&found["interval"]["low"], &theirs["low"], "low");
        close(&found["interval"]["high"], &theirs["high"], "high");
        if found["test"] == "exact sign-flip test" {
            close(&found["p"], &theirs["p"], "p");
        }
    }
    let unpaired =
        judge_paths(&[dir.join("runs.csv")], &JudgeRequest { is_unpaired: true, ..request })
            .unwrap();
    for found in unpaired.to_json()["comparisons"].as_array().unwrap() {
        let theirs = all.iter().find(|theirs| key(theirs) == key(found)).unwrap();
        close(&found["interval"]["low"], &theirs["welch_low"], "Welch low");
        close(&found["interval"]["high"], &theirs["welch_high"], "Welch high");
    }
}

#[test]
fn words_fit_the_measure() {
    let networks = [("plain", 210.0, 8.0), ("deep", 260.0, 9.0)];
    let margin = vec![(For::All, Margin::Absolute(5.0))];
    let request = JudgeRequest { margins: margin, ..JudgeRequest::default() };
    let reward = judge(&table("episode_reward", 10, &networks), &request);
    let words = said(&reward).remove(0);
    assert!(words.starts_with("deep is better than plain: +"), "{words}");
    assert!(
        words.contains(" in episode_reward (95% interval +") && !words.contains("point"),
        "{words}"
    );
    assert!(words.contains("Higher is better."), "{words}");
    let (dir, _) = file("");
    reward.write(dir.path()).unwrap();
    for file in ["report.html", "report.md", "comparisons.csv", "epochs.csv", "summary.csv"] {
        let text = fs::read_to_string(dir.path().join(file)).unwrap();
        let about_files = text.find("Columns of comparisons.csv").unwrap_or(text.len());
        for word in ["accuracy", " points", "test images"] {
            let found = text[..about_files].find(word);
            let words = found.map(|at| &text[at.saturating_sub(40)..text.len().min(at + 40)]);
            assert!(found.is_none(), "{file}: {words:?}");
        }
    }

    let loss =
        judge(&table("val_loss", 10, &[("plain", 0.9, 0.02), ("deep", 0.7, 0.02)]), &request);
    let words = said(&loss).remove(0);
    assert!(words.starts_with("deep is better than plain, by less than 5: −0.2"), "{words}");
    assert!(words.contains("Lower is better."), "{words}");
    let row = &loss.to_json()["comparisons"][0];
    assert!(row["mean_difference"].as_f64().unwrap() < 0.0, "{row}");
    assert!(row["interval"]["low"].as_f64() < row["interval"]["high"].as_f64(), "{row}");
    let seconds =
        judge(&table("seconds", 6, &[("plain", 3.0, 0.2), ("deep", 5.0, 0.2)]), &declared());
    assert_eq!(seconds.verdict("deep"), Some(Verdict::Worse));
}

#[test]
fn a_percentage_is_judged_as_the_same_fraction() {
    let fraction = table("val_acc", 10, &[("plain", 0.87, 0.01), ("wide", 0.885, 0.01)]);
    let percent: String = fraction
        .lines()
        .map(|line| match line.rsplit_once(',') {
            Some((start, number)) if number != "val_acc" => {
                format!("{start},{:.4}\n", 100.0 * number.parse::<f64>().unwrap())
            }
            _ => format!("{line}\n"),
        })
        .collect();
    let [one, other] = [fraction, percent].map(|text| judge(&text, &JudgeRequest::default()));
    assert_eq!(said(&one), said(&other));
    assert_eq!(one.verdict("wide"), Some(Verdict::Better));
    // Said otherwise, it is a plain number without a margin, and so without a verdict.
    let plain = vec![(For::All, fitroom_session::judging::ScaleKind::Plain)];
    let text = table("val_acc", 10, &[("plain", 0.87, 0.01), ("wide", 0.885, 0.01)]);
    let plain = judge(&text, &JudgeRequest { scales: plain, ..JudgeRequest::default() });
    assert_eq!(plain.verdict("wide"), None);
}

#[test]
fn without_a_margin_there_is_no_sequential_verdict() {
    let text = table("reward", 12, &[("plain", 1.0, 0.1), ("deep", 3.0, 0.1)]);
    let judgement = judge(&text, &JudgeRequest::default());
    assert_eq!(judgement.verdict("deep"), None);
    let words = said(&judgement).remove(0);
    assert!(words.contains("No verdict: nobody vouches") && words.contains("--margin"), "{words}");
    assert_eq!(judge(&text, &declared()).verdict("deep"), Some(Verdict::Better));
    let margins = vec![(For::Measure("reward".into()), Margin::Percent(10.0))];
    let with_margin = judge(&text, &JudgeRequest { margins, ..JudgeRequest::default() });
    assert_eq!(with_margin.verdict("deep"), Some(Verdict::Better));
    let margin = with_margin.results().measures[0].margin.unwrap();
    assert!((0.09..0.11).contains(&margin), "a tenth of the baseline's mean: {margin}");
}

#[test]
fn missing_seeds_duplicates_crashes_and_nan_are_said() {
    let mut text = table("val_acc", 8, &[("plain", 0.87, 0.01), ("wide", 0.9, 0.01)]);
    text = text.replace("wide,3,", "wide,30,");
    text += "wide,5,0.7\nplain,6,nan\n";
    let judgement = judge(&text, &JudgeRequest::default());
    let notes = notes(&judgement);
    assert!(notes.contains("`wide` has no run with seed 3"), "{notes}");
    assert!(
        notes.contains("`wide` has 2 runs with seed 5: the mean of their scores counts"),
        "{notes}"
    );
    assert!(notes.contains("NaN"), "{notes}");
    let summary = judgement.summary();
    let comparison: &Comparison = &summary.comparisons[0];
    let fifth = comparison.judged.pairs.iter().find(|pair| pair.seed == 5);
    if let Some(pair) = fifth {
        assert!(pair.candidate < 0.82, "the mean of both runs: {pair:?}");
    }
    let words = said(&judgement).remove(0);
    assert!(words.contains("in only one of the two networks"), "{words}");

    let crashed = "model,seed,val_acc,status\nplain,1,0.8,finished\nwide,1,0.3,crashed\n";
    let judgement = judge(crashed, &JudgeRequest::default());
    assert!(self::notes(&judgement).contains("1 run crashed"), "{}", self::notes(&judgement));
    assert_eq!(judgement.to_json()["networks"][1]["scores"][0]["count"], 0);
}

#[test]
fn unpaired_runs_need_a_declared_number() {
    let text = table("val_acc", 8, &[("plain", 0.87, 0.01), ("wide", 0.9, 0.01)])
        .replace("seed", "trial_number");
    let without_seed = file(&text);
    let error =
        judge_paths(std::slice::from_ref(&without_seed.1), &JudgeRequest::default()).unwrap_err();
    assert!(error.to_string().contains("--unpaired"), "{error}");
    let unpaired = JudgeRequest {
        is_unpaired: true,
        ignore: vec!["trial_number".into()],
        ..JudgeRequest::default()
    };
    let judgement = judge_paths(std::slice::from_ref(&without_seed.1), &unpaired).unwrap();
    assert_eq!(judgement.verdict("wide"), None);
    assert!(
        said(&judgement)[0].contains("No verdict: tests of unpaired runs"),
        "{:?}",
        said(&judgement)
    );
    let declared = JudgeRequest { is_declared: true, ..unpaired };
    let judgement = judge_paths(&[without_seed.1], &declared).unwrap();
    assert_eq!(judgement.verdict("wide"), Some(Verdict::Better));
    assert!(said(&judgement)[0].contains("8 and 8 runs"), "{:?}", said(&judgement));
}

#[test]
fn seeds_need_not_be_one_two_three() {
    let text = table("val_acc", 8, &[("plain", 0.87, 0.01), ("wide", 0.9, 0.01)]);
    let text: String = text
        .lines()
        .map(|line| {
            let parts: Vec<&str> = line.split(',').collect();
            match parts[1].parse::<u64>() {
                Ok(seed) => format!("{},{},{}\n", parts[0], seed * seed * 1000 + 42, parts[2]),
                Err(_) => format!("{line}\n"),
            }
        })
        .collect();
    let judgement = judge(&text, &JudgeRequest::default());
    assert_eq!(judgement.verdict("wide"), Some(Verdict::Better), "{:?}", said(&judgement));
}

#[test]
fn best_or_last_and_which_way_is_better() {
    let mut text = String::from("model,seed,epoch,score_x\n");
    for (model, peak) in [("plain", 5.0), ("wide", 9.0)] {
        for seed in 1..=6 {
            let own = f64::from(seed) / 10.0;
            text += &format!("{model},{seed},1,{}\n{model},{seed},2,{}\n", peak + own, 1.0 + own);
        }
    }
    let request = |at, direction| JudgeRequest {
        measures: vec!["score_x".into()],
        directions: vec![(For::All, direction)],
        at,
        ..declared()
    };
    let higher = Direction::HigherIsBetter;
    assert_eq!(judge(&text, &request(At::Best, higher)).verdict("wide"), Some(Verdict::Better));
    assert_ne!(judge(&text, &request(At::Last, higher)).verdict("wide"), Some(Verdict::Better));
    let lower = request(At::Best, Direction::LowerIsBetter);
    // The lowest value of each run is its last, and both networks have the same.
    assert_ne!(judge(&text, &lower).verdict("wide"), Some(Verdict::Better));
}

#[test]
fn wrong_names_are_refused_with_the_nearest() {
    let text = table("val_acc", 5, &[("plain", 0.87, 0.01), ("wide", 0.9, 0.01)]);
    let (_dir, path) = file(&text);
    let error = |request: JudgeRequest| {
        judge_paths(std::slice::from_ref(&path), &request).unwrap_err().to_string()
    };
    let measure =
        error(JudgeRequest { measures: vec!["val_ac".into()], ..JudgeRequest::default() });
    assert!(measure.contains("`val_ac`") && measure.contains("val_acc"), "{measure}");
    let baseline =
        error(JudgeRequest { baseline: Some("plian".into()), ..JudgeRequest::default() });
    assert!(baseline.contains("did you mean `plain`"), "{baseline}");
    let columns = TidyColumns { network: Some("modle".into()), ..TidyColumns::default() };
    let network = error(JudgeRequest { columns, ..JudgeRequest::default() });
    assert!(network.contains("`modle`"), "{network}");
    let ignore = error(JudgeRequest { ignore: vec!["lr".into()], ..JudgeRequest::default() });
    assert!(ignore.contains("`lr`"), "{ignore}");
}

#[test]
fn gates_pass_and_refuse() {
    let text = table("val_acc", 8, &[("plain", 0.87, 0.01), ("wide", 0.9, 0.01)]);
    let judgement = judge(&text, &declared());
    let gate = |fail_if: &[&str], require: &[&str]| {
        let read = |words: &[&str]| words.iter().map(|word| word.parse().unwrap()).collect();
        judgement.refused_by(&Gate { fail_if: read(fail_if), require: read(require) })
    };
    assert_eq!(gate(&["worse"], &["better"]), None);
    assert_eq!(gate(&[], &["not-worse"]), None);
    assert_eq!(gate(&["better"], &[]).unwrap(), ["wide against plain in val_acc: better"]);
    assert!(gate(&[], &["worse", "equivalent"]).is_some());
    let alone = judge("model,seed,val_acc\nplain,1,0.8\n", &declared());
    assert!(
        alone
            .refused_by(&Gate { fail_if: vec![], require: vec!["better".parse().unwrap()] })
            .is_some()
    );
    assert_eq!(alone.refused_by(&Gate::default()), None);
}

#[test]
fn what_a_judgement_wrote_is_not_read_again_and_a_study_is_not_replaced() {
    let (dir, _) = file(&table("val_acc", 6, &[("plain", 0.87, 0.01), ("wide", 0.9, 0.01)]));
    let judge = || judge_paths(&[dir.path().to_owned()], &JudgeRequest::default()).unwrap();
    let first = judge();
    first.write(&dir.path().join("out")).unwrap();
    let again = judge();
    assert_eq!(again.to_json()["comparisons"], first.to_json()["comparisons"]);
    assert!(
        notes(&again).contains("what `fitroom judge` wrote is not read again"),
        "{}",
        notes(&again)
    );
    let study = dir.path().join("study");
    fs::create_dir(&study).unwrap();
    fs::write(study.join("study.toml"), "").unwrap();
    let error = first.write(&study).unwrap_err().to_string();
    assert!(error.contains("is the directory of a study"), "{error}");
}

#[test]
fn reports_of_hostile_names_are_text() {
    let text = "model,seed,val_acc\n<script>alert(1)</script>,1,0.8\n<script>alert(1)</script>,2,0.8\n\
                \"=HYPERLINK(\"\"x\"\")\",1,0.9\n\"=HYPERLINK(\"\"x\"\")\",2,0.9\n";
    let judgement = judge(text, &JudgeRequest::default());
    let (dir, _) = file("");
    judgement.write(dir.path()).unwrap();
    let html = fs::read_to_string(dir.path().join("report.html")).unwrap();
    assert!(!html.contains("<script>alert"), "names are escaped");
    let csv = fs::read_to_string(dir.path().join("comparisons.csv")).unwrap();
    assert!(csv.contains("'=HYPERLINK"), "{csv}");
}
