//! One panel: a title, two axes with a grid, and curves over epochs.

use super::font::text_width;
use super::palette::Color;
use super::scale::{Scale, core_range};
use super::scene::{Anchor, Mark, Scene, Stroke};

/// A value for each epoch that has one.
#[derive(Clone, Debug)]
pub struct Curve {
    /// Epoch and value; a value that is not finite leaves a gap.
    pub points: Vec<(f64, f64)>,
    /// How the curve is drawn.
    pub stroke: Stroke,
}

/// Curves over epochs, from back to front.
#[derive(Clone, Debug)]
pub struct Panel<'a> {
    /// The title: the name of the values, with their unit.
    pub title: &'a str,
    /// The horizontal axis.
    pub axis: Horizontal<'a>,
    /// The lowest and the highest value that the axis may show.
    pub bounds: (f64, f64),
    /// Areas behind all curves.
    pub bands: Vec<Band>,
    /// The curves: later ones cover earlier ones.
    pub curves: Vec<Curve>,
}

/// The horizontal axis of a panel.
#[derive(Clone, Copy, Debug)]
pub enum Horizontal<'a> {
    /// Epochs, from 1 to the last.
    Epochs(u32),
    /// Any numbers.
    Range {
        /// The first number.
        low: f64,
        /// The last number.
        high: f64,
        /// What they are: `step`.
        name: &'a str,
    },
}

/// The area between two curves.
#[derive(Clone, Debug)]
pub struct Band {
    /// Epoch, lower value and upper value.
    pub points: Vec<(f64, f64, f64)>,
    /// Its colour.
    pub color: Color,
}

/// The axes of a panel: which value stands where in the drawing.
#[derive(Clone, Copy, Debug)]
pub struct Axes {
    /// The axis of epochs.
    pub x: Scale,
    /// The axis of values.
    pub y: Scale,
}

/// Space above the axes, for the title.
const HEAD: f64 = 26.0;
/// Space below the axes, for the numbers of epochs and the axis's name.
const FOOT: f64 = 36.0;
/// Pixels that a tick of the vertical axis needs.
const TICK_ROOM: f64 = 38.0;

/// The frame of a plot: a title, and a vertical axis with its grid.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// The left end of the horizontal axis.
    pub first: f64,
    /// The right end of the horizontal axis.
    pub last: f64,
    /// The upper end of the vertical axis.
    pub upper: f64,
    /// The lower end of the vertical axis. Below it is space for the horizontal axis's names.
    pub lower: f64,
    /// The axis of values.
    pub y: Scale,
}

impl Frame {
    /// Draws the frame into a box. Its axis shows `values`, within `bounds`. If there are no
    /// values, it draws the words “nothing to show yet”.
    pub fn draw(
        scene: &mut Scene,
        title: &str,
        (left, top): (f64, f64),
        (width, height): (f64, f64),
        values: impl Iterator<Item = f64>,
        bounds: (f64, f64),
    ) -> Option<Self> {
        scene.title((left, top + 13.0), title);
        let Some((low, high)) = core_range(values) else {
            let middle = (left + width / 2.0, top + height / 2.0);
            scene.label(middle, Anchor::Middle, Color::Muted, "nothing to show yet");
            return None;
        };
        let (upper, lower) = (top + HEAD, top + height - FOOT);
        let y =
            Scale { low: low.max(bounds.0), high: high.min(bounds.1), start: lower, end: upper };
        let ticks = y.ticks(((lower - upper) / TICK_ROOM) as usize);
        let label_width = ticks.iter().map(|(_, label)| text_width(label)).fold(0.0, f64::max);
        let (first, last) = (left + label_width + 10.0, left + width - 6.0);
        for (value, label) in ticks {
            let at = y.place(value);
            scene.segment((first, at), (last, at), Stroke::solid(Color::Grid, 1.0));
            scene.label((first - 8.0, at + 4.0), Anchor::End, Color::Muted, label);
        }
        Some(Frame { first, last, upper, lower, y })
    }
}

impl Panel<'_> {
    /// Draws the panel into a box. Returns its axes; `None` if there is nothing to draw yet.
    pub fn draw(
        &self,
        scene: &mut Scene,
        left: f64,
        top: f64,
        width: f64,
        height: f64,
    ) -> Option<Axes> {
        let values = || self.curves.iter().flat_map(|curve| &curve.points).map(|&(_, value)| value);
        let frame =
            Frame::draw(scene, self.title, (left, top), (width, height), values(), self.bounds)?;
        let Frame { first, last, upper, lower, y } = frame;
        let x = self.axis.scale(first, last);
        scene.segment((first, lower), (last, lower), Stroke::solid(Color::Muted, 1.0));
        for (value, label) in self.axis.ticks(&x) {
            let at = x.place(value);
            scene.segment((at, lower), (at, lower + 4.0), Stroke::solid(Color::Muted, 1.0));
            scene.label((at, lower + 17.0), Anchor::Middle, Color::Muted, label);
        }
        let middle = ((first + last) / 2.0, lower + 33.0);
        scene.label(middle, Anchor::Middle, Color::Muted, self.axis.name());

        let (min, max) = ((first - 0.5, upper - 0.5), (last + 0.5, lower + 0.5));
        for band in &self.bands {
            let place = |at: f64, v: f64| (x.place(at), y.place(v).clamp(upper, lower));
            let low = band.points.iter().map(|&(at, low, _)| place(at, low));
            let high = band.points.iter().rev().map(|&(at, _, high)| place(at, high));
            let points = low.chain(high).collect();
            scene.marks.push(Mark::Area { points, color: band.color, opacity: 0.16 });
        }
        for curve in &self.curves {
            let points: Vec<_> =
                curve.points.iter().map(|&(epoch, v)| (x.place(epoch), y.place(v))).collect();
            scene.curve(&points, min, max, curve.stroke);
        }
        let beyond = values().filter(|v| v.is_finite() && !y.shows(*v));
        if let Some(farthest) = beyond.max_by(|a, b| a.abs().total_cmp(&b.abs())) {
            let note = format!("not shown: values as far as {}", short(farthest));
            scene.label((last, top + 13.0), Anchor::End, Color::Muted, note);
        }
        Some(Axes { x, y })
    }
}

impl Horizontal<'_> {
    fn scale(&self, start: f64, end: f64) -> Scale {
        let (low, high) = match *self {
            Horizontal::Epochs(epochs) => (1.0, f64::from(epochs)),
            Horizontal::Range { low, high, .. } => (low, high),
        };
        // A single epoch stands in the middle of the axis.
        let (low, high) = if high > low { (low, high) } else { (low - 0.5, low + 0.5) };
        Scale { low, high, start, end }
    }

    fn ticks(&self, x: &Scale) -> Vec<(f64, String)> {
        match *self {
            Horizontal::Epochs(epochs) => epoch_ticks(epochs, (x.end - x.start) / 40.0)
                .into_iter()
                .map(|epoch| (f64::from(epoch), epoch.to_string()))
                .collect(),
            Horizontal::Range { .. } => x.ticks(((x.end - x.start) / 70.0) as usize),
        }
    }

    fn name(&self) -> &str {
        match self {
            Horizontal::Epochs(_) => "epoch",
            Horizontal::Range { name, .. } => name,
        }
    }
}

/// `value` with two decimals; from 10,000 on with one decimal and an exponent.
fn short(value: f64) -> String {
    if value.abs() >= 1e4 { format!("{value:.1e}") } else { format!("{value:.2}") }
}

/// Epoch 1, then round numbers of epochs: at most about `most` ticks.
fn epoch_ticks(epochs: u32, most: f64) -> Vec<u32> {
    let step = [1, 2, 5]
        .into_iter()
        .cycle()
        .zip((0..).flat_map(|power| [10_u32.pow(power); 3]))
        .map(|(factor, power)| factor * power)
        .find(|step| f64::from(epochs) / f64::from(*step) <= most)
        .unwrap_or(epochs);
    let round = (1..=epochs / step).map(|k| k * step);
    // Epoch 1 gets a tick only if its number does not touch the next one.
    let first = (step != 1).then_some(1).filter(|_| f64::from(step - 1) >= 0.6 * f64::from(step));
    first.into_iter().chain(round).collect()
}

/// Draws a legend of lines in one row that starts at `at`. Returns where the row ends.
pub fn legend(scene: &mut Scene, at: (f64, f64), entries: &[(Stroke, &str)]) -> f64 {
    let (mut x, y) = at;
    for &(stroke, words) in entries {
        scene.marks.push(Mark::Line { points: vec![(x, y - 4.0), (x + 24.0, y - 4.0)], stroke });
        scene.label((x + 30.0, y), Anchor::Start, Color::Text, words);
        x += 30.0 + text_width(words) + 22.0;
    }
    x
}

#[cfg(test)]
mod tests {
    use super::super::font::font;
    use super::*;

    fn labels(scene: &Scene) -> Vec<&str> {
        scene
            .marks
            .iter()
            .filter_map(
                |mark| if let Mark::Text { text, .. } = mark { Some(text.as_str()) } else { None },
            )
            .collect()
    }

    fn panel(values: &[f64], epochs: u32) -> Scene {
        let points =
            values.iter().enumerate().map(|(index, &value)| (index as f64 + 1.0, value)).collect();
        let curves = vec![Curve { points, stroke: Stroke::solid(Color::Train, 2.0) }];
        let mut scene = Scene::new(400.0, 300.0);
        let axis = Horizontal::Epochs(epochs);
        Panel { title: "Loss", axis, bounds: (0.0, f64::INFINITY), bands: Vec::new(), curves }
            .draw(&mut scene, 0.0, 0.0, 400.0, 300.0);
        scene
    }

    #[test]
    fn epochs_are_named_from_one_in_round_steps() {
        for (epochs, most, expected) in [
            (1, 8.0, vec![1]),
            (2, 8.0, vec![1, 2]),
            (20, 8.0, vec![1, 5, 10, 15, 20]),
            (20, 12.0, vec![2, 4, 6, 8, 10, 12, 14, 16, 18, 20]),
            (300, 8.0, vec![1, 50, 100, 150, 200, 250, 300]),
        ] {
            assert_eq!(epoch_ticks(epochs, most), expected, "{epochs}");
        }
    }

    #[test]
    fn names_of_ticks_never_overlap() {
        let scene = panel(&(1..=137).map(|i| 1.0 / f64::from(i)).collect::<Vec<_>>(), 137);
        let boxes: Vec<(f64, f64, f64)> = scene
            .marks
            .iter()
            .filter_map(|mark| {
                let Mark::Text { at, anchor, size, text, .. } = mark else { return None };
                let width = font(false).width(text, *size);
                let shift = match anchor {
                    Anchor::Start => 0.0,
                    Anchor::Middle => width / 2.0,
                    Anchor::End => width,
                };
                Some((at.0 - shift, at.0 - shift + width, at.1))
            })
            .collect();
        for (index, a) in boxes.iter().enumerate() {
            for b in &boxes[index + 1..] {
                assert!(a.1 < b.0 || b.1 < a.0 || (a.2 - b.2).abs() > 11.0, "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn an_outlier_is_named_instead_of_shown() {
        let mut values: Vec<f64> = (0..20).map(|i| 0.5 - 0.01 * f64::from(i)).collect();
        assert!(!labels(&panel(&values, 20)).iter().any(|label| label.contains("not shown")));
        values[3] = 3.21e9;
        assert!(labels(&panel(&values, 20)).contains(&"not shown: values as far as 3.2e9"));
    }

    #[test]
    fn a_panel_without_finite_values_says_so() {
        assert_eq!(labels(&panel(&[f64::NAN], 20)), ["Loss", "nothing to show yet"]);
    }
}
