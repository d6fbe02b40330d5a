use std::time::Instant;

use fitroom_results::{Metric, Results, Subset};
use fitroom_stats::DEFAULT_MARGIN;

use super::*;
use crate::fixture::{Fixture, Plan, measured};
use crate::plot::{Color, Mark, Stroke};

const ACCURACY: CurveMeasure = CurveMeasure::Score(Metric::Accuracy, Subset::Validation);
const LOSS: CurveMeasure = CurveMeasure::Score(Metric::Loss, Subset::Train);

fn view(results: &Results, request: &CurveRequest) -> CurveView {
    curves(&Summary::new(results, DEFAULT_MARGIN), request).unwrap()
}

fn lines(view: &CurveView, color: Color) -> usize {
    let is = |mark: &&Mark| matches!(mark, Mark::Line { stroke: Stroke { color: of, .. }, .. } if *of == color);
    let is = |mark: &&Mark| is(mark) && !is_legend(mark);
    view.figure.scene.marks.iter().filter(is).count()
}

/// Whether a line stands below the axes.
fn is_legend(mark: &Mark) -> bool {
    matches!(mark, Mark::Line { points, .. } if points.iter().all(|(_, y)| *y > 420.0))
}

fn areas(view: &CurveView) -> usize {
    view.figure.scene.marks.iter().filter(|mark| matches!(mark, Mark::Area { .. })).count()
}

/// Seed 2 diverged after 4 epochs, seed 3 has come to epoch 7.
fn unfinished() -> Results {
    Fixture::new(4).with(Plan::new("a").diverged(2, 4).pending(3, 7)).results()
}

#[test]
fn bands_are_over_the_runs_that_have_an_epoch_and_did_not_diverge() {
    let results = unfinished();
    let view = view(&results, &CurveRequest::new(ACCURACY));
    let network = &view.networks[0];
    let n: Vec<usize> = network.points.iter().map(|point| point.n).collect();
    assert_eq!(n, [vec![3; 7], vec![2; 13]].concat());
    let runs = [0, 2, 3].map(|run| 100.0 * results.runs[run].epochs[2].val_accuracy);
    let mean = runs.iter().sum::<f64>() / 3.0;
    let sd = (runs.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 2.0).sqrt();
    let point = network.points[2];
    assert!((point.mean.unwrap() - mean).abs() < 1e-9 && (point.sd.unwrap() - sd).abs() < 1e-9);
    assert_eq!((point.epoch, point.mean, point.sd), (3.0, point.raw_mean, point.raw_sd));
    assert_eq!(
        (network.runs, &network.diverged[..], &network.pending[..]),
        (3, &[2][..], &[3][..])
    );
    let last = network.last.as_ref().unwrap();
    assert_eq!((last.epoch, last.n), (20.0, 2));
    assert!((last.standard_error.unwrap() - last.sd.unwrap() / 2f64.sqrt()).abs() < 1e-12);
    assert_eq!((areas(&view), lines(&view, Color::Series(0))), (1, 1));
    assert_eq!(
        view.notes,
        [
            "Diverged, and left out of means and bands: seed 2 of a.",
            "Not finished, and counted as far as their curves go: seed 3 of a."
        ]
    );
}

#[test]
fn every_seed_is_drawn_also_one_that_diverged() {
    let request = CurveRequest { lines: Lines::EverySeed, ..CurveRequest::new(ACCURACY) };
    let view = view(&unfinished(), &request);
    assert_eq!((areas(&view), lines(&view, Color::Series(0))), (0, 4 + 1));
    let seeds = &view.networks[0].seeds;
    assert!(
        seeds.iter().map(|seed| seed.status).eq(["finished", "diverged", "pending", "finished"])
    );
    assert_eq!(seeds[1].points.len(), 4);
}

#[test]
fn one_seed_is_a_line_without_a_band() {
    let view = view(&Fixture::new(1).with(Plan::new("a")).results(), &CurveRequest::new(LOSS));
    assert_eq!((areas(&view), lines(&view, Color::Series(0))), (0, 1));
    assert_eq!(view.networks[0].points[0].sd, None);
    assert!(view.notes.is_empty(), "{:?}", view.notes);
}

#[test]
fn a_network_keeps_its_colour_and_too_many_are_named() {
    let names: Vec<String> = (0..19).map(|index| format!("n{index}")).collect();
    let plans = names.iter().map(|name| Plan::new(name));
    let results = plans.fold(Fixture::new(1).epochs(2), Fixture::with).results();
    let all = view(&results, &CurveRequest::new(LOSS));
    assert_eq!((all.networks.len(), all.left_out.len()), (8, 11));
    assert!(all.notes[0].contains("Shown are 8 of 19 networks"), "{:?}", all.notes);
    assert!(all.notes[0].ends_with("n17 and 1 more."), "{:?}", all.notes);
    let picked = CurveRequest { networks: vec![2, 11, 18], ..CurveRequest::new(LOSS) };
    let some = view(&results, &picked);
    let looks = some.networks.iter().map(|it| (it.color.as_str(), it.is_dashed));
    assert!(looks.eq([("n2", false), ("n3", true), ("n2", false)]));
    assert_eq!(some.notes, ["Drawn alike: n2 and n18."]);
}

#[test]
fn a_pixel_leads_back_to_its_value() {
    let request = CurveRequest { y: Some((80.0, 90.0)), ..CurveRequest::new(ACCURACY) };
    let view = view(&Fixture::new(2).with(Plan::new("a")).results(), &request);
    let axes = view.axes.as_ref().unwrap();
    assert_eq!((axes.x.low, axes.x.high, axes.x.name.as_str()), (1.0, 20.0, "epoch"));
    assert_eq!((axes.y.low, axes.y.high), (80.0, 90.0));
    let point = view.networks[0].points[9];
    let pixel = |axis: &crate::view::ViewAxis, value: f64| {
        axis.start + (value - axis.low) / (axis.high - axis.low) * (axis.end - axis.start)
    };
    let at = (pixel(&axes.x, point.epoch), pixel(&axes.y, point.mean.unwrap()));
    let is_near = |it: &(f64, f64)| (it.0 - at.0).abs() < 1e-6 && (it.1 - at.1).abs() < 1e-6;
    let is_there =
        |mark: &Mark| matches!(mark, Mark::Line { points, .. } if points.iter().any(is_near));
    assert!(view.figure.scene.marks.iter().any(is_there));
    let json = serde_json::to_value((axes, &view.networks)).unwrap();
    assert_eq!(json[0]["y"]["high"], 90.0);
    assert_eq!(json[1][0]["points"][9]["n"], 2);
}

#[test]
fn a_zoom_shows_its_part_and_all_lines_stay_inside() {
    let results = Fixture::new(3).with(Plan::new("a")).results();
    for lines in [Lines::Bands, Lines::EverySeed] {
        let request = CurveRequest { x: Some((4.5, 7.5)), lines, ..CurveRequest::new(ACCURACY) };
        let view = view(&results, &request);
        assert!(view.networks[0].points.iter().map(|it| it.epoch).eq([4.0, 5.0, 6.0, 7.0, 8.0]));
        assert!(view.table.rows.len() == 3, "epochs 5 to 7");
        let axes = view.axes.unwrap();
        assert_eq!((axes.x.low, axes.x.high), (4.5, 7.5));
        let inside = |&(x, y): &(f64, f64)| {
            (axes.x.start - 9.0..=axes.x.end + 1.0).contains(&x)
                && (axes.y.end - 1.0..=axes.y.start + 5.0).contains(&y)
        };
        for mark in view.figure.scene.marks.iter().filter(|mark| !is_legend(mark)) {
            if let Mark::Line { points, .. } | Mark::Area { points, .. } = mark {
                assert!(points.iter().all(inside), "{points:?}");
            }
        }
    }
}

#[test]
fn a_logarithmic_axis_counts_what_it_can_not_show() {
    let curve = vec![(1.0, 100.0), (2.0, 1.0), (3.0, 0.0), (4.0, 0.01), (5.0, 0.02)];
    let results = measured(&["val_loss"], &[("a", vec![vec![curve]])]);
    let request =
        CurveRequest { logarithmic: true, ..CurveRequest::new(CurveMeasure::Measured(0)) };
    let view = view(&results, &request);
    let axes = view.axes.as_ref().unwrap();
    assert!(axes.y.is_logarithmic && axes.y.low > 0.0);
    assert_eq!(view.notes, ["1 value of 0 or less is not shown: the axis is logarithmic."]);
    assert_eq!(lines(&view, Color::Series(0)), 2, "the line has a gap");
    let nothing = measured(&["val_loss"], &[("a", vec![vec![vec![(1.0, 0.0), (2.0, -1.0)]]])]);
    assert!(
        super::curves(&Summary::new(&nothing, DEFAULT_MARGIN), &request).unwrap().axes.is_none()
    );
}

#[test]
fn smoothing_is_drawn_and_the_raw_mean_stays() {
    let curve = |shift: f64| (1..=4).map(|at| (f64::from(at), shift + f64::from(at))).collect();
    let results = measured(&["reward"], &[("a", vec![vec![curve(0.0)], vec![curve(2.0)]])]);
    let request = CurveRequest { smoothing: 0.5, ..CurveRequest::new(CurveMeasure::Measured(0)) };
    let view = view(&results, &request);
    let point = view.networks[0].points[1];
    // Means 2 and 3: (0.25 · 2 + 0.5 · 3) / 0.75.
    assert!((point.mean.unwrap() - 2.0 / 0.75).abs() < 1e-12);
    assert_eq!((point.raw_mean, point.n), (Some(3.0), 2));
    assert!((point.sd.unwrap() - 2f64.sqrt()).abs() < 1e-12, "a constant stays");
    assert!(view.table.caption.contains("smoothed by 0.5"));
}

#[test]
fn steps_of_runs_from_elsewhere_are_an_axis() {
    let curve = |from: f64| (0..5).map(|k| (from + 100.0 * f64::from(k), 0.5)).collect::<Vec<_>>();
    let runs = [0.0, 7.0, 14.0].map(|from| vec![curve(from)]).to_vec();
    let results = measured(&["reward"], &[("a", runs)]);
    let view = view(&results, &CurveRequest::new(CurveMeasure::Measured(0)));
    let axes = view.axes.unwrap();
    assert_eq!((axes.x.name.as_str(), axes.x.low, axes.x.high), ("epoch or step", 0.0, 414.0));
    assert!(view.notes[0].starts_with("Left out of means: "), "{:?}", view.notes);
}

#[test]
fn the_table_has_a_row_for_each_epoch_and_few_enough() {
    let results = Fixture::new(2).with(Plan::new("a")).with(Plan::new("b")).results();
    let table = view(&results, &CurveRequest::new(ACCURACY)).table;
    assert_eq!((table.columns.len(), table.rows.len()), (1 + 2 * 2, 20));
    assert_eq!(table.rows[0].cells.len(), 4);
    assert_eq!(table.rows[0].cells[1].text, "2");
    assert!(!table.caption.contains("Shown are"));
    let long = Fixture::new(1).epochs(450).with(Plan::new("a")).results();
    let table = view(&long, &CurveRequest::new(ACCURACY)).table;
    assert!((90..=100).contains(&table.rows.len()), "{}", table.rows.len());
    assert!(table.caption.contains("rows of 450"), "{}", table.caption);
}

#[test]
fn the_csv_file_has_a_row_for_each_value() {
    let results = unfinished();
    let summary = Summary::new(&results, DEFAULT_MARGIN);
    let csv = curves_csv(&summary, &CurveRequest::new(ACCURACY)).unwrap();
    let csv = String::from_utf8(csv).unwrap();
    assert_eq!(csv.lines().count(), 1 + 20 + 4 + 7 + 20);
    let accuracy = results.runs[1].epochs[0].val_accuracy;
    let row = format!("a,2,diverged,validation-accuracy,1.0,{accuracy:?},{accuracy:?}");
    assert!(csv.lines().any(|line| line == row), "{row}\n{csv}");
}

#[test]
fn nothing_to_show_has_no_axes() {
    let results = Fixture::new(1).with(Plan::new("a").pending(1, 0)).results();
    let empty = view(&results, &CurveRequest::new(ACCURACY));
    assert!(empty.axes.is_none() && empty.networks[0].last.is_none());
    let none = Results::new("none");
    assert!(view(&none, &CurveRequest::new(ACCURACY)).axes.is_none());
}

#[test]
fn whatever_is_picked_every_number_of_the_drawing_is_one() {
    let results = Fixture::new(3)
        .with(Plan::new("a").diverged(1, 2))
        .with(Plan::new("b").pending(2, 1).pending(3, 0))
        .results();
    let summary = Summary::new(&results, DEFAULT_MARGIN);
    let ranges = [(-1e30, 1e30), (1e-30, 1e30), (5.0, 5.0 + 1e-8), (1e29, 1e30), (-3.0, -2.0)];
    let ranges: Vec<_> = ranges.into_iter().map(Some).chain([None]).collect();
    for (&x, &y) in ranges.iter().flat_map(|x| ranges.iter().map(move |y| (x, y))) {
        for (lines, smoothing) in [(Lines::Bands, 0.0), (Lines::EverySeed, 0.999_999)] {
            for logarithmic in [false, true] {
                let measure = LOSS;
                let networks = Vec::new();
                let request =
                    CurveRequest { networks, measure, lines, smoothing, logarithmic, x, y };
                let Ok(view) = curves(&summary, &request) else {
                    assert!(logarithmic && y.is_some_and(|(low, _)| low < 0.0), "{request:?}");
                    continue;
                };
                let svg = view.figure.svg();
                assert!(!svg.contains("NaN") && !svg.contains("inf"), "{request:?}\n{svg}");
                let json = serde_json::to_string(&(view.axes, view.networks)).unwrap();
                assert!(json.len() < 100_000 && svg.len() < 100_000);
            }
        }
    }
}

/// In a release build this takes some 20 ms; in tests, only a quadratic step would be noticed.
#[test]
fn a_thousand_runs_are_drawn_quickly() {
    let results = Fixture::new(1000).epochs(100).with(Plan::new("a")).results();
    let summary = Summary::new(&results, DEFAULT_MARGIN);
    let request = CurveRequest { lines: Lines::EverySeed, ..CurveRequest::new(ACCURACY) };
    let start = Instant::now();
    let view = curves(&summary, &request).unwrap();
    let svg = crate::plot::embedded(&view.figure.scene, &view.figure.label);
    assert!(start.elapsed().as_secs_f64() < 5.0, "{:?}", start.elapsed());
    assert!(lines(&view, Color::Series(0)) > 1000, "far values cut some lines into pieces");
    assert!(svg.len() < 3_000_000, "{}", svg.len());
}
