use fitroom_results::Results;
use fitroom_stats::DEFAULT_MARGIN;

use super::*;
use crate::fixture::{Fixture, Plan};

fn plan(rate: &str, width: &str, shift: f64) -> Plan {
    let at = [("rate", rate), ("width", width)];
    Plan::new(&format!("{rate} {width}")).swept("{rate} {width}", &at).shifted(shift)
}

fn results() -> Results {
    Fixture::new(3)
        .with(plan("1e-4", "32", -0.03))
        .with(plan("1e-3", "32", 0.02))
        .with(plan("1e-2", "64", 0.0))
        .with(plan("1e-3", "64", 0.0).pending(1, 2).pending(2, 0).pending(3, 0))
        .results()
}

fn view(results: &Results) -> ParallelView {
    parallel(&Summary::new(results, DEFAULT_MARGIN), 0).unwrap()
}

#[test]
fn each_network_is_a_line_through_its_values_to_its_score() {
    let results = results();
    let summary = Summary::new(&results, DEFAULT_MARGIN);
    let view = view(&results);
    let names = view.settings.iter().map(|axis| (axis.name.as_str(), axis.is_logarithmic));
    assert!(names.eq([("rate", true), ("width", false)]));
    let line = &view.lines[1];
    assert_eq!(line.values, ["1e-3", "32"]);
    let score = view.score.as_ref().unwrap();
    let mean = summary.networks[1].score(Metric::Accuracy, Subset::Validation).best.unwrap().mean;
    assert!((line.mean.unwrap() - 100.0 * mean).abs() < 1e-9);
    let axis = &score.axis;
    let share = (100.0 * mean - axis.low) / (axis.high - axis.low);
    let end = (score.x, axis.start + share * (axis.end - axis.start));
    let at = |axis: &SettingAxis, value: &str| {
        (axis.x, axis.values.iter().find(|(name, _)| name == value).unwrap().1)
    };
    let corners = [at(&view.settings[0], "1e-3"), at(&view.settings[1], "32"), end];
    for (found, expected) in line.corners.iter().zip(corners) {
        assert!((found.0 - expected.0).abs() < 1e-6 && (found.1 - expected.1).abs() < 1e-6);
    }
    let is_drawn =
        |mark: &Mark| matches!(mark, Mark::Line { points, .. } if *points == line.corners);
    assert!(view.figure.scene.marks.iter().any(is_drawn));
    assert_eq!(view.table.rows.len(), 4);
    assert!(view.figure.label.contains("Highest is 1e-3 32, "), "{}", view.figure.label);
    assert!(serde_json::to_string(&(&view.lines, &view.settings, &view.score)).is_ok());
}

#[test]
fn the_best_has_the_highest_level_and_an_unfinished_one_is_grey() {
    let view = view(&results());
    let colors: Vec<&str> = view.lines.iter().map(|line| line.color.as_str()).collect();
    assert_eq!((colors[0], colors[1], colors[3]), ("level0", "level6", "muted"));
    assert_eq!(view.lines[3].corners.len(), 2, "it ends before the score");
    assert_eq!(view.notes, ["Grey, since no run is finished: 1 of four networks."]);
    // A file brings the colours that it uses.
    assert!(view.figure.svg_file().contains(".l-level6{"));
}

#[test]
fn a_sweep_of_one_setting_has_two_axes() {
    let one = |value: &str, shift: f64| {
        Plan::new(&format!("dropout {value}")).swept("dropout {p}", &[("p", value)]).shifted(shift)
    };
    let results = Fixture::new(2).with(one("0.1", 0.0)).with(one("0.5", 0.01)).results();
    let view = view(&results);
    assert_eq!(view.settings.len(), 1);
    assert!(view.lines.iter().all(|line| line.corners.len() == 2));
    let started = Fixture::new(1).with(one("0.1", 0.0).pending(1, 0)).results();
    let started = self::view(&started);
    assert!(started.score.is_none() && started.figure.label.contains("No run is finished yet"));
}

#[test]
fn an_unknown_sweep_is_refused() {
    let results = results();
    let summary = Summary::new(&results, DEFAULT_MARGIN);
    let words = parallel(&summary, 1).err().unwrap().to_string();
    assert_eq!(words, "`sweep` is 1: there is one sweep, 0");
    let none = Fixture::new(1).with(Plan::new("a")).results();
    let words = parallel(&Summary::new(&none, DEFAULT_MARGIN), 0).err().unwrap().to_string();
    assert_eq!(words, "`sweep` is 0: there is no sweep");
}

#[test]
fn a_score_far_away_does_not_flatten_the_others() {
    let close = (1..=8).map(|k| plan(&format!("{k}"), "32", 0.001 * f64::from(k)));
    let results = close.fold(Fixture::new(2), Fixture::with).with(plan("9", "32", -0.7)).results();
    let view = view(&results);
    assert!(view.score.as_ref().unwrap().axis.low > 50.0);
    assert_eq!(view.lines[8].color, "level0");
    assert!(view.notes[0].ends_with("far beyond it: one network."), "{:?}", view.notes);
}
