use fitroom_results::{Pairing, Results};
use fitroom_stats::DEFAULT_MARGIN;

use super::*;
use crate::fixture::{Fixture, Plan, measured};
use crate::plot::{Color, Mark};
use crate::summary::Summary;
use crate::view::compare;

fn view(results: &Results) -> SeedDots {
    let summary = Summary::new(results, DEFAULT_MARGIN);
    seed_dots(&compare(&summary, 1, 0, 0).unwrap())
}

fn count(view: &SeedDots, wanted: impl Fn(&Mark) -> bool) -> usize {
    view.figure.scene.marks.iter().filter(|mark| wanted(mark)).count()
}

#[test]
fn each_seed_has_both_scores_and_their_difference_in_its_row() {
    let results =
        Fixture::new(6).with(Plan::new("a")).with(Plan::new("b").vs("a").shifted(0.02)).results();
    let view = view(&results);
    assert!(view.points.iter().map(|point| point.seed.unwrap()).eq(1..=6));
    let best = |run: usize| 100.0 * results.runs[run].outcome.unwrap().best.val.accuracy;
    let point = view.points[2];
    let close = |a: Option<f64>, b: f64| assert!((a.unwrap() - b).abs() < 1e-9, "{a:?} {b}");
    close(point.network, best(8));
    close(point.baseline, best(2));
    close(point.difference, best(8) - best(2));
    let axes = view.axes.as_ref().unwrap();
    let at = |axis: &crate::view::ViewAxis, value: f64| {
        axis.start + (value - axis.low) / (axis.high - axis.low) * (axis.end - axis.start)
    };
    let is_at = |x: f64, mark: &Mark| {
        matches!(mark, Mark::Dot { at, .. } | Mark::Diamond { at, .. }
            if (at.0 - x).abs() < 1e-6 && Some(at.1) == point.y)
    };
    for x in [
        at(&axes.scores, point.network.unwrap()),
        at(&axes.scores, point.baseline.unwrap()),
        at(&axes.differences, point.difference.unwrap()),
    ] {
        assert_eq!(count(&view, |mark| is_at(x, mark)), 1, "{x}");
    }
    // A diamond for each seed of the baseline, one for its mean, and one in the key.
    assert_eq!(count(&view, |mark| matches!(mark, Mark::Diamond { .. })), 6 + 1 + 1);
    let (low, high) = axes.margin.unwrap();
    assert!((low + 0.5).abs() < 1e-9 && (high - 0.5).abs() < 1e-9);
}

#[test]
fn the_mean_is_that_of_the_comparison() {
    let results =
        Fixture::new(6).with(Plan::new("a")).with(Plan::new("b").vs("a").shifted(0.02)).results();
    let summary = Summary::new(&results, DEFAULT_MARGIN);
    let effect = &summary.comparisons[0].judged;
    let view = view(&results);
    let mean = view.mean.unwrap();
    assert!((mean.mean - 100.0 * effect.difference.unwrap().mean).abs() < 1e-9);
    assert!((mean.low - 100.0 * effect.interval.unwrap().0).abs() < 1e-9);
    assert_eq!((mean.verdict, mean.confidence_percent), (Some("better"), 95));
    assert!(mean.words.starts_with("+2.") && mean.words.contains("95% interval"));
    let last = view.table.rows.last().unwrap();
    assert_eq!((view.table.rows.len(), last.cells.len()), (6 + 1, 3));
    assert!(mean.words.starts_with(&last.cells[2].text), "{}", last.cells[2].text);
    let colors: Vec<&str> = view.sides.iter().map(|side| side.color.as_str()).collect();
    assert_eq!(colors, ["n1", "n0"], "as in the curves");
    assert!(serde_json::to_string(&(view.points, view.axes, view.sides)).is_ok());
}

#[test]
fn what_is_missing_or_not_planned_is_said() {
    let results = Fixture::new(8)
        .with(Plan::new("a"))
        .with(Plan::new("b").diverged(2, 3).pending(8, 4))
        .with(Plan::new("c"))
        .results();
    let view = view(&results);
    assert_eq!(view.points.len(), 7);
    assert!(view.notes[0].starts_with("This pair was chosen from 3"), "{:?}", view.notes);
    assert!(view.notes[1].contains("diverged in b"), "{:?}", view.notes);
    assert_eq!(view.notes[2], "Too far away to be drawn: a mark of seed 2.");
}

#[test]
fn unpaired_runs_stand_in_two_rows_without_differences() {
    let runs = |from: f64, n: u32| {
        (0..n).map(|seed| vec![vec![(1.0, from + 0.01 * f64::from(seed))]]).collect()
    };
    let mut results = measured(&["val_loss"], &[("a", runs(0.5, 5)), ("b", runs(0.3, 7))]);
    results.pairing = Pairing::Unpaired;
    let view = view(&results);
    assert_eq!(view.points.len(), 5 + 7);
    assert!(view.points.iter().all(|point| point.difference.is_none() && point.seed.is_none()));
    assert!((view.points[0].network.unwrap() - 0.3).abs() < 1e-9, "scores as they were logged");
    let rows: std::collections::BTreeSet<u64> =
        view.points.iter().map(|point| point.y.unwrap() as u64).collect();
    assert_eq!(rows.len(), 2);
    let mean = view.mean.unwrap();
    assert!(mean.mean < 0.0 && mean.verdict == Some("better"), "{mean:?}");
    assert_eq!((view.table.rows.len(), view.table.columns.len()), (7 + 1, 3));
    let is_baseline = |mark: &Mark| matches!(mark, Mark::Diamond { color: Color::Series(0), .. });
    assert_eq!(count(&self::view(&results), is_baseline), 5 + 1);
}

#[test]
fn many_seeds_fit_and_no_seed_is_nothing_to_show() {
    let many = Fixture::new(300).epochs(1).with(Plan::new("a")).with(Plan::new("b")).results();
    let drawn = view(&many);
    assert!(drawn.figure.scene.height < 1200.0);
    assert!(drawn.notes.iter().any(|note| note.contains("first 200 of 300 rows")));
    let none = Fixture::new(1)
        .with(Plan::new("a").pending(1, 0))
        .with(Plan::new("b").pending(1, 0))
        .results();
    let none = view(&none);
    assert!(none.axes.is_none() && none.points.is_empty() && none.mean.is_none());
}
