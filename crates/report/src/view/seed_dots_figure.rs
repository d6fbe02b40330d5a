//! The figure of two networks seed by seed.

use fitroom_stats::Spread;

use super::axes::ViewAxis;
use super::curve_network::look;
use super::seed_dots_point::{SeedDotsAxes, SeedPoint, measure_name};
use crate::comparison::Comparison;
use crate::comparison_figure::{band, difference_range, mean_bar, signed};
use crate::figure::{Figure, WIDTH};
use crate::measure_words::{amount, percent, points, shown, shown_interval};
use crate::measured_figures::bounds;
use crate::plot::{Anchor, Color, Mark, Scale, Scene, Stroke, core_range, cut, nothing_to_show};

/// Most rows that are drawn.
const MOST_ROWS: usize = 200;
/// Top of the first row: above are titles and key.
const TOP: f64 = 58.0;
/// Height of all rows together, if there are many.
const ROWS: f64 = 1000.0;
/// A row is as high as this, if there are few.
const ROW: f64 = 20.0;
/// Height of the row of the mean difference.
const MEAN_ROW: f64 = 34.0;
/// Left ends and right ends of the two axes.
const SCORES: (f64, f64) = (56.0, 560.0);
const DIFFERENCES: (f64, f64) = (630.0, WIDTH - 16.0);

/// What is drawn.
pub struct Dots<'a> {
    /// The comparison.
    pub comparison: &'a Comparison,
    /// The indices of the network and of its baseline, for their colours.
    pub indices: [usize; 2],
}

/// Draws the figure, and notes each point's row. Returns the axes, and the points of which a mark lies
/// beyond an axis.
pub fn draw(dots: &Dots, all: &mut [SeedPoint]) -> (Figure, Option<SeedDotsAxes>, Vec<SeedPoint>) {
    let Comparison { measure, judged: effect, .. } = dots.comparison;
    let is_paired = effect.samples.is_none();
    let rows = if is_paired { all.len().min(MOST_ROWS) } else { 2 };
    let row = if is_paired { (ROWS / rows.max(1) as f64).min(ROW) } else { 2.0 * ROW };
    let lower = TOP + row * rows as f64;
    let size = (WIDTH, lower + MEAN_ROW + 26.0);
    let mut scene = Scene::new(size.0, size.1);
    let title = format!("{}{}, {}", measure_name(dots.comparison), percent(measure), measure.place);
    scene.title((0.0, 13.0), title);
    let scores = all.iter().flat_map(|it| [it.network, it.baseline]).flatten();
    let Some((low, high)) = core_range(scores) else {
        nothing_to_show(&mut scene, (0.0, 0.0), size);
        return (figure(dots.comparison, scene), None, Vec::new());
    };
    let (least, most) = bounds(measure);
    let x = Scale::linear((low.max(least), high.min(most)), SCORES);
    let d = Scale::linear(difference_range(measure, std::iter::once(effect)), DIFFERENCES);
    scene.title((DIFFERENCES.0, 13.0), format!("Difference{}", points(measure)));
    key(&mut scene, dots);
    let bottom = lower + MEAN_ROW;
    let margin = measure.margin.filter(|margin| *margin > 0.0);
    let margin = margin.map(|margin| shown_interval(measure, (-margin, margin)));
    if let Some((left, right)) = margin {
        band(&mut scene, (d.place(left), d.place(right)), (TOP, bottom));
    }
    grid(&mut scene, x, (TOP, bottom), |_, tick| tick);
    grid(&mut scene, d, (TOP, bottom), |value, tick| signed(value, &tick));
    if d.shows(0.0) {
        let zero = d.place(0.0);
        scene.segment((zero, TOP), (zero, bottom), Stroke::solid(Color::Muted, 1.0));
    }
    let far = match is_paired {
        true => pairs(&mut scene, dots, (x, d), row, &mut all[..rows]),
        false => columns(&mut scene, dots, x, row, all),
    };
    let mean_y = lower + MEAN_ROW / 2.0;
    if is_paired {
        means(&mut scene, dots, x, mean_y);
    }
    mean_bar(&mut scene, d, mean_y, measure, effect);
    scene.label((DIFFERENCES.0 - 8.0, mean_y + 4.0), Anchor::End, Color::Text, "mean");
    let difference = format!("difference in {}{}", measure.name, points(measure));
    let axes = SeedDotsAxes {
        width: size.0,
        height: size.1,
        scores: ViewAxis::new(&format!("{}{}", measure.name, percent(measure)), x),
        differences: ViewAxis::new(&difference, d),
        margin,
        mean_y,
    };
    (figure(dots.comparison, scene), Some(axes), far)
}

/// A row for each seed: both scores with a line that joins them, and their difference.
fn pairs(
    scene: &mut Scene,
    dots: &Dots,
    (x, d): (Scale, Scale),
    row: f64,
    rows: &mut [SeedPoint],
) -> Vec<SeedPoint> {
    let radius = (0.22 * row).clamp(1.5, 4.0);
    let mut far = Vec::new();
    let mut free = f64::NEG_INFINITY;
    if rows.iter().any(|point| point.seed.is_some()) {
        scene.label((SCORES.0 - 8.0, TOP - 6.0), Anchor::End, Color::Muted, "seed");
    }
    for (index, point) in rows.iter_mut().enumerate() {
        let y = TOP + (index as f64 + 0.5) * row;
        point.y = Some(y);
        if let Some(seed) = point.seed.filter(|_| y - free >= 14.0) {
            scene.label((SCORES.0 - 8.0, y + 4.0), Anchor::End, Color::Muted, seed.to_string());
            free = y;
        }
        let [network, baseline] =
            [point.network, point.baseline].map(|score| score.filter(|score| x.shows(*score)));
        if let Some((network, baseline)) = network.zip(baseline) {
            let stroke = Stroke { opacity: 0.6, ..Stroke::solid(Color::Muted, 1.0) };
            scene.segment((x.place(baseline), y), (x.place(network), y), stroke);
        }
        mark(scene, dots, 1, baseline.map(|score| (x.place(score), y)), radius);
        mark(scene, dots, 0, network.map(|score| (x.place(score), y)), radius);
        let difference = point.difference.filter(|difference| d.shows(*difference));
        if let Some(difference) = difference {
            let at = (d.place(difference), y);
            let color = Color::Text;
            scene.marks.push(Mark::Dot { at, radius: 0.8 * radius, color, opacity: 0.6 });
        }
        if network.is_none() || baseline.is_none() || difference.is_none() {
            far.push(*point);
        }
    }
    far
}

/// The mean score of each network, in the row of the mean difference.
fn means(scene: &mut Scene, dots: &Dots, x: Scale, y: f64) {
    let Comparison { measure, judged: effect, .. } = dots.comparison;
    scene.label((SCORES.0 - 8.0, y + 4.0), Anchor::End, Color::Text, "mean");
    let (network, baseline) = effect.scores();
    for (side, scores) in [(1, baseline), (0, network)] {
        let Some(spread) = Spread::of(scores) else { continue };
        let mean = shown(measure, measure.directed(spread.mean));
        mark(scene, dots, side, x.shows(mean).then(|| (x.place(mean), y)), 5.5);
    }
}

/// Two rows, one for each network: a dot for each run, and mean ± standard deviation.
fn columns(
    scene: &mut Scene,
    dots: &Dots,
    x: Scale,
    row: f64,
    all: &mut [SeedPoint],
) -> Vec<SeedPoint> {
    let mut far = Vec::new();
    for side in [0, 1] {
        let y = TOP + (side as f64 + 0.5) * row;
        let mut scores = Vec::new();
        for point in all.iter_mut() {
            let Some(score) = [point.network, point.baseline][side] else { continue };
            scores.push(score);
            point.y = Some(y);
            match x.shows(score) {
                true => mark(scene, dots, side, Some((x.place(score), y)), 4.0),
                false => far.push(*point),
            }
        }
        if let Some(Spread { mean, sd: Some(sd), .. }) = Spread::of(scores) {
            let place = |value: f64| x.place(value.clamp(x.low, x.high));
            let stroke = Stroke::solid(Color::Text, 2.0);
            scene.segment((place(mean - sd), y + 12.0), (place(mean + sd), y + 12.0), stroke);
            scene.segment((place(mean), y + 7.0), (place(mean), y + 17.0), stroke);
        }
    }
    far
}

/// The network's score is a dot, the baseline's a diamond: also without colours they differ.
fn mark(scene: &mut Scene, dots: &Dots, side: usize, at: Option<(f64, f64)>, radius: f64) {
    let Some(at) = at else { return };
    let (color, _) = look(dots.indices[side]);
    scene.marks.push(match side {
        0 => Mark::Dot { at, radius, color, opacity: 0.9 },
        _ => Mark::Diamond { at, radius: 1.2 * radius, color },
    });
}

/// The lines and texts of an axis's ticks.
fn grid(scene: &mut Scene, x: Scale, (top, bottom): (f64, f64), text: fn(f64, String) -> String) {
    for (value, tick) in x.ticks(((x.end - x.start) / 70.0) as usize) {
        let at = x.place(value);
        scene.segment((at, top), (at, bottom), Stroke::solid(Color::Grid, 1.0));
        scene.label((at, bottom + 17.0), Anchor::Middle, Color::Muted, text(value, tick));
    }
}

/// The key of the marks.
fn key(scene: &mut Scene, dots: &Dots) {
    const Y: f64 = 36.0;
    let comparison = dots.comparison;
    for (side, name) in [&comparison.network, &comparison.baseline].into_iter().enumerate() {
        let left = SCORES.0 + 260.0 * side as f64;
        mark(scene, dots, side, Some((left, Y - 4.0)), 4.0);
        scene.label((left + 12.0, Y), Anchor::Start, Color::Text, cut(name, 230.0));
    }
    let measure = &comparison.measure;
    if let Some(margin) = measure.margin.filter(|&margin| margin > 0.0) {
        let left = DIFFERENCES.0;
        band(scene, (left, left + 24.0), (Y - 11.0, Y + 3.0));
        let words = format!("within {}: equivalent", amount(measure, margin));
        scene.label((left + 30.0, Y), Anchor::Start, Color::Text, words);
    }
}

fn figure(comparison: &Comparison, scene: Scene) -> Figure {
    let label = format!(
        "{} of {} and {}, seed by seed. {}",
        comparison.measure.name,
        comparison.network,
        comparison.baseline,
        comparison.sentence(1).text()
    );
    Figure { slug: "seeds".into(), label, scene }
}
