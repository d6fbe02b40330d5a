//! `fitroom judge`: what it prints, writes and exits with.

use snapbox::{assert_data_eq, str};

use crate::fixture::Place;

/// Two networks, six seeds each; the second is two points better.
fn table() -> String {
    let mut text = String::from("model,seed,val_acc\n");
    for seed in 1..=6 {
        let luck = f64::from(seed * 5 % 7) / 1000.0;
        text +=
            &format!("plain,{seed},{:.4}\nwide,{seed},{:.4}\n", 0.87 + luck, 0.889 + 1.3 * luck);
    }
    text
}

#[test]
fn verdicts_go_to_standard_output_and_guesses_to_standard_error() {
    let place = Place::new();
    place.write("runs.csv", table());
    let called = place.succeed(&["judge", "runs.csv"]);
    assert_data_eq!(
        called.stdout,
        str![[r#"
runs: two networks

  network   runs     val_acc, %
  plain        6   87.35 ± 0.19
  wide         6   89.35 ± 0.24

wide is better than plain: +2.01 points of val_acc (95% interval +1.92 to +2.11, 5 seeds). The verdict stood after 5 seeds; over all 6 the mean difference is +2.00.

report: fitroom-out/judge-runs/report.html

"#]]
    );
    assert_data_eq!(
        called.stderr,
        str![[r#"
note: networks are judged by `val_acc` (a guess: --score names another), higher is better
note: `plain` is the baseline, by its name (a guess: --baseline names another)
note: columns are read by their names: `model` as the network, `seed` as the seed, `val_acc` as the measure

"#]]
    );
    for file in ["report.html", "report.md", "comparisons.csv", "summary.csv", "judgement.json"] {
        assert!(place.path(&format!("fitroom-out/judge-runs/{file}")).is_file(), "{file}");
    }
    let asked =
        ["--network", "model", "--seed", "seed", "--score", "val_acc", "--baseline", "plain"];
    let called =
        place.succeed(&[&["judge", "runs.csv", "--higher-is-better"], &asked[..]].concat());
    assert_eq!(called.stderr, "", "nothing is guessed");
}

#[test]
fn json_and_markdown_are_all_that_is_printed() {
    let place = Place::new();
    place.write("runs.csv", table());
    let json = place.succeed(&["judge", "runs.csv", "--json", "--declared"]);
    assert!(json.stdout.starts_with('{') && json.stdout.ends_with("}\n"), "{}", json.stdout);
    for part in ["\"schema\": \"fitroom-judgement\"", "\"version\": 1", "\"verdict\": \"better\""] {
        assert!(json.stdout.contains(part), "{part}: {}", json.stdout);
    }
    assert_eq!(json.stderr, "");
    assert!(!place.path("fitroom-out").exists(), "no file that nobody asked for");
    let markdown = place.succeed(&["judge", "runs.csv", "--format", "markdown", "--out", "out"]);
    assert!(markdown.stdout.starts_with("# runs: two networks\n"), "{}", markdown.stdout);
    assert!(markdown.stdout.contains("**wide is better than plain:**"), "{}", markdown.stdout);
    for absent in ["![", "](#", "plots/"] {
        assert!(!markdown.stdout.contains(absent), "{absent}: {}", markdown.stdout);
    }
    assert!(place.path("out/report.html").is_file());
}

#[test]
fn exit_codes_tell_a_script_what_was_found() {
    let place = Place::new();
    place.write("runs.csv", table());
    let judge = |more: &[&str]| place.call(&[&["judge", "runs.csv"], more].concat());
    assert_eq!(judge(&["--require", "better", "--fail-if", "worse,undecided"]).code, Some(0));
    let refused = judge(&["--fail-if", "better"]);
    assert_eq!(refused.code, Some(3));
    assert!(
        refused.stderr.ends_with("error: not passed: wide against plain in val_acc: better\n"),
        "{}",
        refused.stderr
    );
    assert!(refused.stdout.contains("report: "), "the judgement is still printed");
    assert_eq!(judge(&["--require", "equivalent"]).code, Some(3));
    for wrong in [
        &["--require", "good"][..],
        &["--margin", "-1"],
        &["--score", "val_ac"],
        &["--baseline", "plian"],
        &["--ignore", "nothing"],
        &["--out", "runs.csv"],
    ] {
        let called = judge(wrong);
        assert!(called.code == Some(2) || wrong[0] == "--out", "{wrong:?}: {}", called.stderr);
        assert_ne!(called.code, Some(0), "{wrong:?}");
        assert!(called.stderr.contains("error"), "{wrong:?}: {}", called.stderr);
    }
    let missing = place.call(&["judge", "nothing.csv"]);
    assert_eq!(missing.code, Some(2));
    assert!(missing.stderr.contains("nothing.csv"), "{}", missing.stderr);
    place.write("notes.txt", "hello\n");
    let no_log = place.call(&["judge", "notes.txt"]);
    assert_eq!(no_log.code, Some(2), "{}", no_log.stderr);
    assert!(no_log.stderr.contains("hint: "), "{}", no_log.stderr);
}

#[test]
fn a_study_is_judged_beside_the_runs_of_another_tool() {
    let place = Place::new();
    place.succeed(&["run", "tiny.toml", "--seeds", "5", "--out", "study"]);
    let alone = place.succeed(&["judge", "study", "--baseline", "plain"]);
    let has_row = |text: &str, row: &[&str]| {
        text.lines().any(|line| line.split_whitespace().take(2).eq(row.iter().copied()))
    };
    assert!(has_row(&alone.stdout, &["plain", "5"]), "{}", alone.stdout);
    let mut text = String::from("model,seed,epoch,val_acc,train_loss\n");
    for seed in 1..=5 {
        for epoch in 1..=3 {
            text += &format!("torch,{seed},{epoch},0.{}{seed}5,0.5\n", 5 + epoch);
        }
    }
    place.write("torch.csv", text);
    let called = place.succeed(&["judge", "study", "torch.csv", "--baseline", "plain"]);
    assert!(has_row(&called.stdout, &["torch", "5"]), "{}", called.stdout);
    assert!(called.stdout.contains("torch against plain") || called.stdout.contains("torch is "));
    assert!(called.stderr.contains("taken for `val_acc"), "{}", called.stderr);
    assert!(called.stderr.contains("paired by seed with runs from elsewhere"), "{}", called.stderr);
    let called = place.call(&["judge", "torch.csv", "--out", "study"]);
    assert_eq!(called.code, Some(2));
    assert!(called.stderr.contains("is the directory of a study"), "{}", called.stderr);
}
