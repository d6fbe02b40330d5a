//! Figures of runs from elsewhere: their scores, and their curves with bands and single seeds.

use std::collections::BTreeMap;

use fitroom_results::{JudgedMeasure, Run, Scale as MeasureScale};
use fitroom_stats::Spread;

use crate::figure::{Figure, WIDTH, numbered};
use crate::measure_words::{percent, score_spread, shown};
use crate::network_figure::seed_stroke;
use crate::overview::{LABEL_HEIGHT, dots, key, name_ends, widest_name};
use crate::plot::{
    Anchor, Band, Color, Curve, Horizontal, Panel, Scale, Scene, Stroke, core_range, cut, legend,
};
use crate::summary::{NetworkSummary, Summary};

/// Most networks that a figure shows.
pub const MOST_NETWORKS: usize = 40;
/// Most single runs that a panel shows.
const MOST_RUNS: usize = 40;
/// Names that are wider are cut.
const NAMES: f64 = 360.0;
/// Most points of a curve.
const MOST_POINTS: usize = 400;

/// The scores of a network's runs in a measure, in its own unit.
pub fn scores(network: &NetworkSummary, measure: usize) -> Vec<f64> {
    network.runs.iter().filter_map(|run| run.measured.get(measure)?.score).collect()
}

/// The scores of each network: a dot for each run, and a bar for mean ± standard deviation.
pub fn scores_figure(summary: &Summary, index: usize) -> Figure {
    const ROW: f64 = 30.0;
    const TOP: f64 = 58.0;
    let measure = &summary.results.measures[index];
    let networks = &summary.networks[..summary.networks.len().min(MOST_NETWORKS)];
    let bottom = TOP + ROW * networks.len() as f64;
    let mut scene = Scene::new(WIDTH, bottom + 26.0);
    let title = format!("{}{}, {}", measure.name, percent(measure), measure.place);
    scene.title((0.0, 13.0), title.as_str());
    let shown_scores = |network: &NetworkSummary| -> Vec<f64> {
        scores(network, index).into_iter().map(|score| shown(measure, score)).collect()
    };
    let rows: Vec<Vec<f64>> = networks.iter().map(shown_scores).collect();
    if let Some((low, high)) = core_range(rows.iter().flatten().copied()) {
        let (least, most) = bounds(measure);
        let (start, end) = (widest_name(networks).min(NAMES) + 22.0, WIDTH - 130.0);
        let x = Scale::linear((low.max(least), high.min(most)), (start, end));
        for (value, tick) in x.ticks(9) {
            let at = x.place(value);
            scene.segment((at, TOP - 6.0), (at, bottom), Stroke::solid(Color::Grid, 1.0));
            scene.label((at, bottom + 17.0), Anchor::Middle, Color::Muted, tick);
        }
        for (row, scores) in rows.iter().enumerate() {
            dots(&mut scene, x, TOP + (row as f64 + 0.5) * ROW, scores, None);
        }
        key(&mut scene, rows.iter().any(|scores| scores.len() > 1), false);
    }
    for (row, network) in networks.iter().enumerate() {
        let y = TOP + (row as f64 + 0.5) * ROW + 4.0;
        let result = Spread::of(scores(network, index));
        let result = result.map_or("no score".into(), |spread| score_spread(measure, &spread));
        scene.label((0.0, y), Anchor::Start, Color::Text, cut(&network.facts.name, NAMES));
        scene.label((WIDTH, y), Anchor::End, Color::Text, result);
    }
    let label = format!("{} by network, a dot for each run.", measure.name);
    Figure { slug: numbered("overview-scores", index), label, scene }
}

/// The curves of all networks in a measure: the mean over runs, in a band of ± one standard deviation.
/// `None` if no run has a curve.
pub fn curves_figure(summary: &Summary, index: usize) -> Option<Figure> {
    let measure = &summary.results.measures[index];
    let networks = &summary.networks[..summary.networks.len().min(MOST_NETWORKS)];
    let means: Vec<Vec<MeanPoint>> =
        networks.iter().map(|network| mean_curve(&network.runs, measure, index)).collect();
    if means.iter().all(|points| points.len() < 2) {
        return None;
    }
    let height = (LABEL_HEIGHT * networks.len() as f64 + 70.0).max(360.0);
    let mut scene = Scene::new(WIDTH, height);
    let curves: Vec<Vec<(f64, f64)>> = means
        .iter()
        .map(|points| points.iter().map(|point| (point.at, point.mean)).collect())
        .collect();
    let band = |(network, points): (usize, &Vec<MeanPoint>)| Band {
        points: points.iter().map(|it| (it.at, it.mean - it.sd, it.mean + it.sd)).collect(),
        color: Color::Series(network),
    };
    let title =
        format!("{}{}, mean ± standard deviation over runs", measure.name, percent(measure));
    let panel = Panel {
        title: &title,
        axis: axis(means.iter().flatten().map(|point| point.at)),
        bounds: bounds(measure),
        bands: means.iter().enumerate().map(band).collect(),
        curves: (curves.iter().enumerate())
            .map(|(network, points)| Curve {
                points: points.clone(),
                stroke: Stroke::solid(Color::Series(network), 2.0),
            })
            .collect(),
    };
    let names: Vec<String> =
        networks.iter().map(|network| cut(&network.facts.name, NAMES)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let room = widest_name(networks).min(NAMES) + 54.0;
    if let Some(axes) = panel.draw(&mut scene, 0.0, 0.0, WIDTH - room, height) {
        name_ends(&mut scene, axes, &names, &curves);
    }
    let label = format!("{} of {} networks over training.", measure.name, networks.len());
    Some(Figure { slug: numbered("overview-curves", index), label, scene })
}

/// The curves of one network: each run faint, their mean bold, a panel for each measure. `None` if no
/// run has a curve.
pub fn network_curves_figure(summary: &Summary, network: &NetworkSummary) -> Option<Figure> {
    const HEIGHT: f64 = 300.0;
    let measures = &summary.results.measures;
    let with_curves = measures.iter().enumerate().filter_map(|(index, measure)| {
        let mean = mean_curve(&network.runs, measure, index);
        (mean.len() > 1).then_some((index, measure, mean))
    });
    let panels: Vec<_> = with_curves.collect();
    if panels.is_empty() {
        return None;
    }
    let columns = panels.len().min(2);
    let rows = panels.len().div_ceil(columns);
    let mut scene = Scene::new(WIDTH, 34.0 + HEIGHT * rows as f64);
    let faint = seed_stroke(Color::Train);
    let bold = Stroke::solid(Color::Train, 2.25);
    let mut entries = vec![(bold, "mean over runs")];
    if network.runs.len() > 1 {
        entries.push((Stroke { opacity: 0.5, ..faint }, "each run"));
    }
    legend(&mut scene, (0.0, 16.0), &entries);
    let width = (WIDTH - 28.0 * (columns as f64 - 1.0)) / columns as f64;
    for (place, (index, measure, mean)) in panels.iter().enumerate() {
        let runs = network
            .runs
            .iter()
            .take(MOST_RUNS)
            .map(|run| Curve { points: thinned(run_curve(run, measure, *index)), stroke: faint });
        let line = mean.iter().map(|point| (point.at, point.mean)).collect();
        let title = format!("{}{}", measure.name, percent(measure));
        let all = network.runs.iter().flat_map(|run| run_curve(run, measure, *index));
        let panel = Panel {
            title: &title,
            axis: axis(all.map(|(at, _)| at)),
            bounds: bounds(measure),
            bands: Vec::new(),
            curves: runs.chain([Curve { points: line, stroke: bold }]).collect(),
        };
        let left = (place % columns) as f64 * (width + 28.0);
        let top = 34.0 + (place / columns) as f64 * HEIGHT;
        panel.draw(&mut scene, left, top, width, HEIGHT - 14.0);
    }
    let label = format!("Curves of {} over training.", network.facts.name);
    Some(Figure { slug: network.slug.clone(), label, scene })
}

/// The mean over runs at one epoch or step, as it is shown.
struct MeanPoint {
    at: f64,
    mean: f64,
    sd: f64,
}

/// The mean at every epoch or step that all runs with a curve have.
fn mean_curve(runs: &[&Run], measure: &JudgedMeasure, index: usize) -> Vec<MeanPoint> {
    let mut values: BTreeMap<u64, (f64, Vec<f64>)> = BTreeMap::new();
    let mut with_curves = 0;
    for run in runs.iter().filter(|run| run.outcome.is_some()) {
        let curve = run_curve(run, measure, index);
        with_curves += usize::from(!curve.is_empty());
        for (at, value) in curve {
            // Epochs and steps are not negative, and so their bits are in their order.
            let key = at.max(0.0).to_bits();
            values.entry(key).or_insert((at, Vec::new())).1.push(value);
        }
    }
    let complete = values.into_values().filter(|(_, values)| values.len() >= with_curves);
    let point = |(at, values): (f64, Vec<f64>)| {
        let Spread { mean, sd, .. } = Spread::of(values)?;
        Some(MeanPoint { at, mean, sd: sd.unwrap_or(0.0) })
    };
    let points: Vec<MeanPoint> = complete.filter_map(point).collect();
    let every = points.len().div_ceil(MOST_POINTS).max(1);
    let last = points.len().saturating_sub(1);
    let kept = points.into_iter().enumerate().filter(|(at, _)| at % every == 0 || *at == last);
    kept.map(|(_, point)| point).collect()
}

/// A run's curve as it is shown.
fn run_curve(run: &Run, measure: &JudgedMeasure, index: usize) -> Vec<(f64, f64)> {
    let curve = run.measured.get(index).map_or(&[][..], |values| &values.curve);
    curve.iter().map(|&(at, value)| (at, shown(measure, value))).collect()
}

/// Every so many points, so that few enough are left.
fn thinned(points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    let every = points.len().div_ceil(MOST_POINTS).max(1);
    points.into_iter().step_by(every).collect()
}

/// Epochs from 1 on, or any other numbers.
pub fn axis(places: impl Iterator<Item = f64>) -> Horizontal<'static> {
    let (low, high, is_whole) = places
        .fold((f64::INFINITY, f64::NEG_INFINITY, true), |(low, high, is_whole), at| {
            (low.min(at), high.max(at), is_whole && at.fract() == 0.0)
        });
    match is_whole && low == 1.0 && high < 1e6 {
        true => Horizontal::Epochs(high as u32),
        false => Horizontal::Range { low, high, name: "epoch or step" },
    }
}

/// The lowest and the highest number that a plot may show.
pub fn bounds(measure: &JudgedMeasure) -> (f64, f64) {
    match measure.scale {
        MeasureScale::Fraction | MeasureScale::Percent => (0.0, 100.0),
        MeasureScale::Plain { .. } => (f64::NEG_INFINITY, f64::INFINITY),
    }
}
