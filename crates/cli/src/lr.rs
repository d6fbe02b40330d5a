//! `fitroom lr`: learning-rate range tests of a study's networks.

use std::path::Path;

use fitroom_session::report::{RateCurve, rate_words};
use fitroom_session::study::RateRange;
use fitroom_session::{RateTestError, RateTester, RateTests};
use serde_json::{Value, json};

use crate::Failure;
use crate::display::{LoadingDisplay, MeasurementsDisplay};
use crate::lr_arguments::LrArguments;
use crate::output::{Table, print, say};

/// Width of a curve in the table.
const CURVE: usize = 32;

/// `fitroom lr`
pub fn lr(arguments: &LrArguments) -> Result<(), Failure> {
    let request = arguments.request().map_err(RateTestError::from)?;
    let mut loading = LoadingDisplay::new();
    let tester = RateTester::open(&request, &mut |event| loading.show(event))?;
    drop(loading);
    let mut display = MeasurementsDisplay::new(tester.networks() as u64);
    let tests = tester.run(&mut |name| display.begin(&format!("`{name}`")))?;
    drop(display);
    let out = match (&arguments.out, arguments.json) {
        (Some(out), _) => Some(out.clone()),
        (None, true) => None,
        (None, false) => Some(tests.default_dir.clone()),
    };
    if let Some(out) = &out {
        tests.write(out)?;
    }
    tests
        .curves
        .iter()
        .filter_map(RateCurve::advice)
        .for_each(|advice| say(&format!("note: {advice}")));
    if arguments.json {
        let text = serde_json::to_string_pretty(&json(&tests, request.range)).expect("plain data");
        return print(&format!("{text}\n"));
    }
    print(&text(&tests, request.range, out.as_deref()))
}

fn text(tests: &RateTests, range: RateRange, out: Option<&Path>) -> String {
    let ends = format!("{} to {}", rate_words(range.from()), rate_words(range.to()));
    let mut table = Table::new([
        "network",
        "suggested",
        "steepest",
        "in the study",
        "diverged at",
        &format!("loss from {ends}"),
    ]);
    let words = |rate: Option<f32>| rate.map_or("–".to_owned(), rate_words);
    for curve in &tests.curves {
        table.row([
            curve.network.clone(),
            words(curve.suggested.map(|it| it.valley)),
            words(curve.suggested.map(|it| it.steepest)),
            rate_words(curve.in_study),
            words(curve.diverged_at),
            curve.spark(CURVE),
        ]);
    }
    let files = out.map_or(String::new(), |out| {
        format!("\ncurves: {}\n", out.join("suggestions.csv").display())
    });
    format!(
        "{}: learning rates on {}, seed 1, {} steps\n\n{}{files}",
        tests.study,
        tests.dataset,
        range.steps(),
        table.text("  ")
    )
}

/// What `--json` prints. Names and meanings stay, and more may come.
fn json(tests: &RateTests, range: RateRange) -> Value {
    let network = |curve: &RateCurve| {
        let point = |point: &fitroom_session::report::RateStep| {
            json!({
                "learning_rate": number(point.learning_rate),
                "loss": point.loss,
                "smoothed_loss": point.smoothed,
            })
        };
        json!({
            "name": curve.network,
            "suggested": curve.suggested.map(|it| number(it.valley)),
            "steepest": curve.suggested.map(|it| number(it.steepest)),
            "in_study": number(curve.in_study),
            "diverged_at": curve.diverged_at.map(number),
            "points": curve.points.iter().map(point).collect::<Vec<_>>(),
        })
    };
    json!({
        "version": 1,
        "study": tests.study,
        "dataset": tests.dataset,
        "seed": 1,
        "from": number(range.from()),
        "to": number(range.to()),
        "steps": range.steps(),
        "networks": tests.curves.iter().map(network).collect::<Vec<_>>(),
    })
}

/// A number of 32 bits with its own digits: 0.001, and not 0.0010000000474974513.
fn number(rate: f32) -> Value {
    let exact: f64 = rate.to_string().parse().unwrap_or(f64::from(rate));
    json!(exact)
}

#[cfg(test)]
mod tests {
    use fitroom_session::report::{RateStep, RateSuggestion};

    use super::*;

    fn tests() -> RateTests {
        let step = |learning_rate: f32, smoothed| RateStep { learning_rate, loss: 1.5, smoothed };
        let curve = RateCurve {
            network: "a".into(),
            range: (1e-7, 10.0),
            points: vec![step(1e-7, 2.0), step(0.001, 0.5), step(0.9, 2.5)],
            diverged_at: Some(0.9),
            suggested: Some(RateSuggestion { valley: 0.001, steepest: 0.002 }),
            in_study: 0.01,
        };
        let nothing =
            RateCurve { network: "b".into(), suggested: None, diverged_at: None, ..curve.clone() };
        RateTests {
            study: "mine".into(),
            dataset: "Lines".into(),
            curves: vec![curve, nothing],
            default_dir: "fitroom-out/lr-mine-lines".into(),
        }
    }

    #[test]
    fn a_row_has_rates_and_a_curve() {
        let range = RateRange::new(1e-7, 10.0, 100).unwrap();
        let text = text(&tests(), range, Some(Path::new("out")));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "mine: learning rates on Lines, seed 1, 100 steps");
        assert!(lines[2].ends_with("loss from 1e-7 to 10"), "{text}");
        assert!(
            lines[3]
                .starts_with("  a             0.001      0.002           0.01           0.9   "),
            "{text}"
        );
        assert!(lines[3].trim_end().ends_with('█') && lines[4].contains("–          –"), "{text}");
        assert_eq!(lines.last(), Some(&"curves: out/suggestions.csv"));
    }

    #[test]
    fn json_has_the_digits_of_the_study_file() {
        let range = RateRange::new(1e-7, 10.0, 100).unwrap();
        let json = json(&tests(), range);
        assert_eq!(json["networks"][0]["suggested"].to_string(), "0.001");
        assert_eq!(json["networks"][0]["points"][0]["learning_rate"].to_string(), "1e-7");
        assert!(json["networks"][1]["suggested"].is_null() && json["steps"] == 100);
    }
}
