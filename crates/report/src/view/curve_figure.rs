//! The figure of curves: axes, bands and lines, with their names below.

use super::axes::ViewAxes;
use super::curve_network::{CurveNetwork, CurvePoint, look};
use super::curve_request::{CurveRequest, Lines};
use super::measure::Measured;
use crate::figure::{Figure, WIDTH};
use crate::network_figure::seed_stroke;
use crate::number::listed;
use crate::plot::{
    Axes, Frame, Horizontal, Scale, Scene, Stroke, beyond_words, core_range,
    core_range_of_positive, legend, nothing_to_show, text_width,
};

const HEIGHT: f64 = 420.0;
/// The height of a row of the legend.
const LEGEND_ROW: f64 = 22.0;
/// What a name in the legend needs beside its own width.
const LEGEND_SPACE: f64 = 52.0;
/// How strongly a band is filled.
const BAND: f64 = 0.16;

/// Everything that decides the drawing.
pub struct CurveFigure<'a> {
    /// What the curves are of.
    pub measure: Measured<'a>,
    /// What the reader picked.
    pub request: &'a CurveRequest,
    /// The networks, cut to what is drawn.
    pub networks: &'a [CurveNetwork],
    /// The axis of epochs or steps.
    pub axis: Horizontal<'a>,
}

impl CurveFigure<'_> {
    /// Draws the figure. There are no axes if there is nothing to show.
    pub fn draw(&self) -> (Figure, Option<ViewAxes>) {
        let rows = self.legend_rows();
        let mut scene = Scene::new(WIDTH, HEIGHT + LEGEND_ROW * rows.len() as f64);
        let (at, size) = ((0.0, 0.0), (WIDTH, HEIGHT));
        let title = self.title();
        let Some(range) = self.range() else {
            scene.title((0.0, 13.0), title);
            nothing_to_show(&mut scene, at, size);
            return (self.figure(scene), None);
        };
        let scale = match self.request.logarithmic {
            true => Scale::logarithmic,
            false => Scale::linear,
        };
        let frame = Frame::with_axis(&mut scene, &title, at, size, |ends| scale(range, ends));
        let axes = Axes { x: frame.draw_horizontal(&mut scene, self.axis), y: frame.y };
        let area = frame.area();
        for network in self.networks {
            match self.request.lines {
                Lines::Bands => draw_band(&mut scene, axes, area, network),
                Lines::EverySeed => draw_seeds(&mut scene, axes, area, network),
            }
        }
        for network in self.networks {
            let (color, dash) = look(network.index);
            let place = |point: &CurvePoint| {
                (axes.x.place(point.epoch), axes.y.place(point.mean.unwrap_or(f64::NAN)))
            };
            let points: Vec<_> = network.points.iter().map(place).collect();
            scene.curve(&points, area.0, area.1, Stroke { dash, ..Stroke::solid(color, 2.0) });
        }
        if self.request.y.is_none()
            && let Some(words) = beyond_words(frame.y, self.values(true).into_iter())
        {
            frame.note(&mut scene, words);
        }
        for (row, entries) in rows.iter().enumerate() {
            legend(&mut scene, (0.0, HEIGHT + LEGEND_ROW * (row as f64 + 0.8)), entries);
        }
        let names = [self.axis.name(), &self.measure.title()].map(String::from);
        let axes = ViewAxes::new((scene.width, scene.height), axes, [&names[0], &names[1]]);
        (self.figure(scene), Some(axes))
    }

    /// The networks' lines with their names, in as many rows as they need.
    fn legend_rows(&self) -> Vec<Vec<(Stroke, &str)>> {
        let mut rows: Vec<Vec<(Stroke, &str)>> = Vec::new();
        let mut room = 0.0;
        for network in self.networks {
            let width = LEGEND_SPACE + text_width(&network.name);
            if width > room {
                rows.push(Vec::new());
                room = WIDTH;
            }
            room -= width;
            let (color, dash) = look(network.index);
            let entry = (Stroke { dash, ..Stroke::solid(color, 2.0) }, network.name.as_str());
            rows.last_mut().expect("a row was pushed").push(entry);
        }
        rows
    }

    /// How many values of 0 or less a logarithmic axis can't show.
    pub fn not_positive(&self) -> usize {
        match self.request.logarithmic {
            true => self.lines().filter(|(_, value)| *value <= 0.0).count(),
            false => 0,
        }
    }

    /// The values that the axis shows. `None` if there are none.
    fn range(&self) -> Option<(f64, f64)> {
        let mut values = self.values(true);
        if values.is_empty() {
            // The picked part of the epochs has none, and others show what an axis may look like.
            values = self.values(false);
        }
        let (least, most) = self.measure.bounds();
        let (low, high) = match self.request.logarithmic {
            true => core_range_of_positive(values)?,
            false => core_range(values).map(|(low, high)| (low.max(least), high))?,
        };
        Some(self.request.y.unwrap_or((low, high.min(most))))
    }

    /// The points of all lines: epoch or step, and value.
    fn lines(&self) -> impl Iterator<Item = (f64, f64)> {
        self.networks.iter().flat_map(|network| {
            let means = network.points.iter().filter_map(|it| Some((it.epoch, it.mean?)));
            let seeds = network.seeds.iter().flat_map(|seed| seed.points.iter().copied());
            means.chain(seeds.filter(|(_, value)| value.is_finite()))
        })
    }

    /// The values of all lines and of the bands' edges, those outside of the picked epochs too unless
    /// `inside`.
    fn values(&self, inside: bool) -> Vec<f64> {
        let bands = self.networks.iter().filter(|_| self.request.lines == Lines::Bands);
        let edges = bands.flat_map(|it| &it.points).flat_map(|point| {
            let edges = point.mean.zip(point.sd).map(|(mean, sd)| [mean - sd, mean + sd]);
            edges.into_iter().flatten().map(|value| (point.epoch, value))
        });
        let all = self.lines().chain(edges);
        let is_picked = |at: f64| match self.request.x {
            Some((low, high)) if inside => (low..=high).contains(&at),
            _ => true,
        };
        all.filter(|(at, _)| is_picked(*at)).map(|(_, value)| value).collect()
    }

    fn title(&self) -> String {
        let has_many = self.networks.iter().any(|network| network.runs > 1);
        let lines = match self.request.lines {
            Lines::Bands if has_many => ", mean ± standard deviation over runs",
            Lines::EverySeed if has_many => ", each run and their mean",
            Lines::Bands | Lines::EverySeed => "",
        };
        let smooth = if self.request.smoothing > 0.0 { ", smoothed" } else { "" };
        let axis = if self.request.logarithmic { ", logarithmic" } else { "" };
        format!("{}{lines}{smooth}{axis}", self.measure.title())
    }

    fn figure(&self, scene: Scene) -> Figure {
        let networks = self.networks.iter();
        let names: Vec<String> = networks.clone().map(|network| network.name.clone()).collect();
        let ends = networks.filter_map(|network| {
            let last = network.last.as_ref()?;
            Some(format!(" {} ends at {}.", network.name, last.words))
        });
        let label = format!("{} of {}.{}", self.title(), listed(&names), ends.collect::<String>());
        Figure { slug: "curves".into(), label, scene }
    }
}

/// The corners of the area in which curves are drawn.
type Area = ((f64, f64), (f64, f64));

fn draw_band(scene: &mut Scene, axes: Axes, (min, max): Area, network: &CurveNetwork) {
    let (color, _) = look(network.index);
    let edges = |point: &CurvePoint| {
        let (mean, sd) = point.mean.zip(point.sd)?;
        // A logarithmic axis has no place for an edge of 0 or less: the band goes on beyond the axis.
        let lower = match axes.y.is_logarithmic {
            true => (mean - sd).max(0.1 * axes.y.low),
            false => mean - sd,
        };
        let [lower, upper] = [lower, mean + sd].map(|value| axes.y.place(value));
        (lower.is_finite() && upper.is_finite()).then(|| (axes.x.place(point.epoch), lower, upper))
    };
    let points: Vec<_> = network.points.iter().map(edges).collect();
    for piece in points.split(Option::is_none) {
        let piece = piece.iter().flatten();
        let lower = piece.clone().map(|&(x, lower, _)| (x, lower));
        let upper = piece.rev().map(|&(x, _, upper)| (x, upper));
        let polygon: Vec<(f64, f64)> = lower.chain(upper).collect();
        if polygon.len() > 2 {
            scene.area(&polygon, min, max, (color, BAND));
        }
    }
}

fn draw_seeds(scene: &mut Scene, axes: Axes, (min, max): Area, network: &CurveNetwork) {
    let (color, dash) = look(network.index);
    for seed in &network.seeds {
        let place = |&(at, value): &(f64, f64)| (axes.x.place(at), axes.y.place(value));
        let points: Vec<_> = seed.points.iter().map(place).collect();
        scene.curve(&points, min, max, Stroke { dash, ..seed_stroke(color) });
    }
}
