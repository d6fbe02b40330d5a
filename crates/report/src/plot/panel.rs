//! One panel: a title, two axes with a grid, and curves over epochs.

use super::font::text_width;
use super::horizontal::Horizontal;
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
        let Some((low, high)) = core_range(values) else {
            scene.title((left, top + 13.0), title);
            nothing_to_show(scene, (left, top), (width, height));
            return None;
        };
        let range = (low.max(bounds.0), high.min(bounds.1));
        let place = |ends| Scale::linear(range, ends);
        Some(Frame::with_axis(scene, title, (left, top), (width, height), place))
    }

    /// Draws the frame into a box, with the axis that `scale` makes of its two ends.
    pub fn with_axis(
        scene: &mut Scene,
        title: &str,
        (left, top): (f64, f64),
        (width, height): (f64, f64),
        scale: impl FnOnce((f64, f64)) -> Scale,
    ) -> Self {
        scene.title((left, top + 13.0), title);
        let (upper, lower) = (top + HEAD, top + height - FOOT);
        let y = scale((lower, upper));
        let ticks = y.ticks(((lower - upper) / TICK_ROOM) as usize);
        let label_width = ticks.iter().map(|(_, label)| text_width(label)).fold(0.0, f64::max);
        let (first, last) = (left + label_width + 10.0, left + width - 6.0);
        for (value, label) in ticks {
            let at = y.place(value);
            scene.segment((first, at), (last, at), Stroke::solid(Color::Grid, 1.0));
            scene.label((first - 8.0, at + 4.0), Anchor::End, Color::Muted, label);
        }
        Frame { first, last, upper, lower, y }
    }

    /// Draws the horizontal axis, with its ticks and its name.
    pub fn draw_horizontal(&self, scene: &mut Scene, axis: Horizontal) -> Scale {
        let Frame { first, last, lower, .. } = *self;
        let x = axis.scale(first, last);
        scene.segment((first, lower), (last, lower), Stroke::solid(Color::Muted, 1.0));
        for (value, label) in axis.ticks(&x) {
            let at = x.place(value);
            scene.segment((at, lower), (at, lower + 4.0), Stroke::solid(Color::Muted, 1.0));
            scene.label((at, lower + 17.0), Anchor::Middle, Color::Muted, label);
        }
        let middle = ((first + last) / 2.0, lower + 33.0);
        scene.label(middle, Anchor::Middle, Color::Muted, axis.name());
        x
    }

    /// Writes a note into the upper right corner.
    pub fn note(&self, scene: &mut Scene, words: String) {
        let at = (self.last, self.upper - HEAD + 13.0);
        scene.label(at, Anchor::End, Color::Muted, words);
    }

    /// The upper left and the lower right corner of the area in which curves are drawn.
    pub fn area(&self) -> ((f64, f64), (f64, f64)) {
        ((self.first - 0.5, self.upper - 0.5), (self.last + 0.5, self.lower + 0.5))
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
        let Frame { upper, lower, y, .. } = frame;
        let x = frame.draw_horizontal(scene, self.axis);
        let (min, max) = frame.area();
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
        if let Some(note) = beyond_words(y, values()) {
            frame.note(scene, note);
        }
        Some(Axes { x, y })
    }
}

/// Writes that there is nothing to show into the middle of a box.
pub fn nothing_to_show(scene: &mut Scene, (left, top): (f64, f64), (width, height): (f64, f64)) {
    let middle = (left + width / 2.0, top + height / 2.0);
    scene.label(middle, Anchor::Middle, Color::Muted, "nothing to show yet");
}

/// Says how far values lie beyond an axis; `None` if it shows them all.
pub fn beyond_words(y: Scale, values: impl Iterator<Item = f64>) -> Option<String> {
    let beyond = values.filter(|v| v.is_finite() && !y.shows(*v));
    let farthest = beyond.max_by(|a, b| a.abs().total_cmp(&b.abs()))?;
    Some(format!("not shown: values as far as {}", short(farthest)))
}

/// `value` with two decimals; from 10,000 on with one decimal and an exponent.
fn short(value: f64) -> String {
    if value.abs() >= 1e4 { format!("{value:.1e}") } else { format!("{value:.2}") }
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
