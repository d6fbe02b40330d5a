//! A sweep as parallel coordinates: an axis for each swept setting and one for the score.

use fitroom_results::{Metric, Subset};
use serde::Serialize;

use super::axes::ViewAxis;
use super::error::ViewError;
use crate::document::Table;
use crate::figure::{Figure, WIDTH, numbered};
use crate::number::{capitalised, counted, spread_percent};
use crate::plot::{
    Anchor, Color, LEVELS, Mark, Scale, Scene, Stroke, core_range, cut, nothing_to_show, text_width,
};
use crate::score_place::score_place;
use crate::summary::{NetworkSummary, Summary};
use crate::sweep::{Axis, point, sweep_table, value_of};

/// A sweep as parallel coordinates.
pub struct ParallelView {
    /// An axis for each swept setting, one for the score, and a line for each network.
    pub figure: Figure,
    /// The axes of the swept settings, from left to right.
    pub settings: Vec<SettingAxis>,
    /// The axis of the mean score; `None` if no network has one yet.
    pub score: Option<ScoreAxis>,
    /// The networks, in the order of the sweep.
    pub lines: Vec<ParallelLine>,
    /// What a reader should know of the figure, as whole sentences.
    pub notes: Vec<String>,
    /// All networks, the best on validation images first.
    pub table: Table,
}

/// The vertical axis of a swept setting.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SettingAxis {
    /// The setting's name.
    pub name: String,
    /// The axis's horizontal pixel.
    pub x: f64,
    /// Whether equal ratios are equally long.
    pub is_logarithmic: bool,
    /// The values as the study file has them, with their vertical pixels.
    pub values: Vec<(String, f64)>,
}

/// The vertical axis of the mean score.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScoreAxis {
    /// The axis's horizontal pixel.
    pub x: f64,
    /// Its values, in percent, from its lower to its upper end.
    pub axis: ViewAxis,
}

/// The line of one network.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ParallelLine {
    /// The network's index in the study.
    pub index: usize,
    /// Its name.
    pub name: String,
    /// Its name in links.
    pub slug: String,
    /// Its value of each swept setting.
    pub values: Vec<String>,
    /// Its mean score in percent; `None` before a run is finished.
    pub mean: Option<f64>,
    /// The standard deviation over runs; `None` for one run.
    pub sd: Option<f64>,
    /// How many runs the mean is over.
    pub n: usize,
    /// Mean ± standard deviation, as reports write it.
    pub words: String,
    /// The class of its colour: `level6` for the highest scores, `muted` without one.
    pub color: String,
    /// Its corners in pixels.
    pub corners: Vec<(f64, f64)>,
}

const HEIGHT: f64 = 440.0;
const TOP: f64 = 66.0;
const BOTTOM: f64 = HEIGHT - 18.0;
/// Horizontal pixels of the first and of the last axis.
const ENDS: (f64, f64) = (110.0, WIDTH - 80.0);
/// Values that are wider are cut.
const WIDEST: f64 = 96.0;

/// Draws the sweep of this index among [`Results::sweeps`](fitroom_results::Results::sweeps). The score
/// is the mean accuracy over finished runs on the images that networks are judged by.
///
/// # Errors
/// There is no such sweep.
pub fn parallel(summary: &Summary, sweep: usize) -> Result<ParallelView, ViewError> {
    let (index, sweeps) = (sweep, summary.results.sweeps());
    let unknown = ViewError::UnknownSweep { given: sweep, sweeps: sweeps.len() };
    let sweep = sweeps.get(sweep).ok_or(unknown)?;
    let networks: Vec<(usize, &NetworkSummary)> =
        sweep.networks.iter().map(|&network| (network, &summary.networks[network])).collect();
    let subset = summary.results.judged_by();
    let names: Vec<&str> = point(networks[0].1).at.iter().map(|(name, _)| name.as_str()).collect();
    let gap = (ENDS.1 - ENDS.0) / names.len().max(1) as f64;
    let axes: Vec<(f64, Axis)> = (0..names.len())
        .map(|name| {
            let values = networks.iter().map(|(_, network)| value_of(network, name));
            (ENDS.0 + gap * name as f64, Axis::new(values))
        })
        .collect();
    let means: Vec<f64> =
        networks.iter().filter_map(|(_, network)| mean(network, subset)).collect();
    let scale = core_range(means.iter().copied())
        .map(|(low, high)| Scale::linear((low.max(0.0), high.min(100.0)), (BOTTOM, TOP)));
    let shown = means.iter().copied().filter(|mean| scale.is_some_and(|it| it.shows(*mean)));
    let (lowest, highest) = shown
        .clone()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), it| (low.min(it), high.max(it)));
    let far = means.len() - shown.count();
    let lines = networks.iter().map(|&(index, network)| {
        let settings = axes
            .iter()
            .enumerate()
            .map(|(name, (x, axis))| (*x, axis.place(value_of(network, name), BOTTOM, TOP)));
        let mean = mean(network, subset);
        let end = mean.zip(scale).map(|(mean, y)| (ENDS.1, y.place(mean.clamp(y.low, y.high))));
        let spread = network.score(Metric::Accuracy, subset).best;
        ParallelLine {
            index,
            name: network.facts.name.clone(),
            slug: network.slug.clone(),
            values: (0..names.len()).map(|name| value_of(network, name).to_owned()).collect(),
            mean,
            sd: spread.and_then(|spread| spread.sd).map(|sd| 100.0 * sd),
            n: spread.map_or(0, |spread| spread.count),
            words: spread.map_or("no run finished".into(), |spread| spread_percent(&spread)),
            color: color(mean, (lowest, highest)).class(),
            corners: settings.chain(end).collect(),
        }
    });
    let lines: Vec<ParallelLine> = lines.collect();
    let mut scene = Scene::new(WIDTH, HEIGHT);
    let title = format!(
        "{}, %, {}",
        capitalised(&format!("{} accuracy", subset.name())),
        score_place(networks.iter().map(|(_, network)| network.facts), subset)
    );
    scene.title((0.0, 13.0), title.as_str());
    draw_lines(&mut scene, &lines, (lowest, highest));
    for ((x, axis), name) in axes.iter().zip(&names) {
        draw_setting(&mut scene, *x, axis, (name, gap));
    }
    match scale {
        Some(y) => draw_score(&mut scene, y, subset, (lowest, highest)),
        None => nothing_to_show(&mut scene, (ENDS.1 - 60.0, 0.0), (120.0, HEIGHT)),
    }
    let best = lines.iter().filter(|line| line.mean.is_some());
    let best = best.max_by(|a, b| a.mean.unwrap_or(0.0).total_cmp(&b.mean.unwrap_or(0.0)));
    let best = best.map_or("No run is finished yet.".to_owned(), |line| {
        format!("Highest is {}, {}.", line.name, line.words)
    });
    let label = format!("{title}, of the sweep {}: a line for each network. {best}", sweep.name);
    let all: Vec<&NetworkSummary> = networks.iter().map(|(_, network)| *network).collect();
    Ok(ParallelView {
        figure: Figure { slug: numbered("sweep-parallel", index), label, scene },
        settings: axes.iter().zip(&names).map(|(axis, name)| setting_axis(axis, name)).collect(),
        score: scale.map(|y| ScoreAxis { x: ENDS.1, axis: ViewAxis::new(&title, y) }),
        notes: notes(&lines, far),
        lines,
        table: sweep_table(summary, &all),
    })
}

/// The mean score in percent.
fn mean(network: &NetworkSummary, subset: Subset) -> Option<f64> {
    Some(100.0 * network.score(Metric::Accuracy, subset).best?.mean)
}

/// The colour of a score between the lowest and the highest one that are shown.
fn color(mean: Option<f64>, (lowest, highest): (f64, f64)) -> Color {
    let Some(mean) = mean else { return Color::Muted };
    let share = if highest > lowest { (mean - lowest) / (highest - lowest) } else { 1.0 };
    Color::Level((share.max(0.0) * LEVELS as f64).min(LEVELS as f64 - 1.0) as usize)
}

/// The lines of higher scores cover those of lower ones.
fn draw_lines(scene: &mut Scene, lines: &[ParallelLine], ends: (f64, f64)) {
    let mut order: Vec<&ParallelLine> = lines.iter().collect();
    let key = |line: &ParallelLine| line.mean.unwrap_or(f64::NEG_INFINITY);
    order.sort_by(|a, b| key(a).total_cmp(&key(b)));
    for line in order {
        let color = color(line.mean, ends);
        let opacity = if line.mean.is_some() { 0.9 } else { 0.4 };
        match line.corners.as_slice() {
            [at] => scene.marks.push(Mark::Dot { at: *at, radius: 3.0, color, opacity }),
            corners => {
                let stroke = Stroke { opacity, ..Stroke::solid(color, 2.0) };
                scene.marks.push(Mark::Line { points: corners.to_vec(), stroke });
            }
        }
    }
}

/// The axis of a setting, with its values on the left.
fn draw_setting(scene: &mut Scene, x: f64, axis: &Axis, (name, gap): (&str, f64)) {
    scene.segment((x, TOP), (x, BOTTOM), Stroke::solid(Color::Muted, 1.0));
    let note = if axis.is_logarithmic() { ", logarithmic" } else { "" };
    let room = (gap - text_width(note) - 16.0).clamp(30.0, 200.0);
    let name = format!("{}{note}", cut(name, room));
    scene.label((x, TOP - 12.0), Anchor::Middle, Color::Text, name);
    let mut free = f64::INFINITY;
    for value in axis.values() {
        let y = axis.place(value, BOTTOM, TOP);
        scene.segment((x - 4.0, y), (x, y), Stroke::solid(Color::Muted, 1.0));
        // Values ascend, and so their pixels descend.
        if y <= free {
            let text = cut(value, WIDEST.min(gap - 20.0));
            // Lines cross the text, and paper behind it keeps it legible.
            let width = text_width(&text) + 4.0;
            scene.marks.push(Mark::Rectangle {
                at: (x - 6.0 - width, y - 8.0),
                size: (width, 16.0),
                color: Color::Paper,
                opacity: 0.8,
            });
            scene.label((x - 8.0, y + 4.0), Anchor::End, Color::Text, text);
            free = y - 14.0;
        }
    }
}

/// The axis of the score in the colours of the lines, with its ticks on the right.
fn draw_score(scene: &mut Scene, y: Scale, subset: Subset, (lowest, highest): (f64, f64)) {
    scene.segment((ENDS.1, TOP), (ENDS.1, BOTTOM), Stroke::solid(Color::Muted, 1.0));
    for step in 0..LEVELS {
        let edge = |step: usize| lowest + (highest - lowest) * step as f64 / LEVELS as f64;
        let [from, to] = [edge(step), edge(step + 1)].map(|value| (ENDS.1, y.place(value)));
        if highest > lowest {
            scene.segment(from, to, Stroke::solid(Color::Level(step), 5.0));
        }
    }
    let name = format!("{} accuracy, %", subset.name());
    scene.label((ENDS.1, TOP - 12.0), Anchor::Middle, Color::Text, name);
    for (value, tick) in y.ticks(8) {
        let at = y.place(value);
        scene.segment((ENDS.1, at), (ENDS.1 + 6.0, at), Stroke::solid(Color::Muted, 1.0));
        scene.label((ENDS.1 + 10.0, at + 4.0), Anchor::Start, Color::Text, tick);
    }
}

fn setting_axis((x, axis): &(f64, Axis), name: &str) -> SettingAxis {
    let value = |value: &String| (value.clone(), axis.place(value, BOTTOM, TOP));
    SettingAxis {
        name: name.to_owned(),
        x: *x,
        is_logarithmic: axis.is_logarithmic(),
        values: axis.values().iter().map(value).collect(),
    }
}

fn notes(lines: &[ParallelLine], far: usize) -> Vec<String> {
    let without = lines.iter().filter(|line| line.mean.is_none()).count();
    let without = (without > 0).then(|| {
        format!(
            "Grey, since no run is finished: {} of {}.",
            without,
            counted(lines.len(), "network")
        )
    });
    let far = (far > 0).then(|| {
        format!(
            "Drawn at an end of the axis, since the score lies far beyond it: {}.",
            counted(far, "network")
        )
    });
    without.into_iter().chain(far).collect()
}

#[cfg(test)]
mod tests;
