//! The figure of a learning-rate range test.

use super::{RateCurve, rate_words};
use crate::figure::{Figure, WIDTH};
use crate::plot::{Color, Curve, Dash, Horizontal, Panel, Scene, Stroke, core_range, legend};

const HEIGHT: f64 = 400.0;
/// Space above the panel, for the legend.
const TOP: f64 = 30.0;

const SMOOTHED: Stroke = line(Color::Train, 2.25, Dash::Solid, 1.0);
const BATCHES: Stroke = line(Color::Train, 1.0, Dash::Solid, 0.35);
const VALLEY: Stroke = line(Color::Fit, 2.0, Dash::Solid, 1.0);
const STEEPEST: Stroke = line(Color::Fit, 1.5, Dash::Dashed, 1.0);
const IN_STUDY: Stroke = line(Color::Validation, 1.5, Dash::Dashed, 1.0);

const fn line(color: Color, width: f64, dash: Dash, opacity: f64) -> Stroke {
    Stroke { color, width, dash, opacity }
}

/// The loss over the learning rate, with the rates that it suggests. `slug` is the file's name.
pub fn rate_figure(curve: &RateCurve, slug: &str) -> Figure {
    let mut scene = Scene::new(WIDTH, HEIGHT);
    let points = |value: fn(&super::RateStep) -> f64| -> Vec<(f64, f64)> {
        curve.points.iter().map(|point| (f64::from(point.learning_rate), value(point))).collect()
    };
    let (batches, smoothed) = (points(|point| point.loss), points(|point| point.smoothed));
    // Single batches may be far from the smoothed loss, which is what matters.
    let bounds = core_range(smoothed.iter().map(|point| point.1)).unwrap_or((0.0, 1.0));
    let room = 0.1 * (bounds.1 - bounds.0);
    let (low, high) = (f64::from(curve.range.0), f64::from(curve.range.1));
    let title = format!("{}: training loss while the learning rate grows", curve.network);
    let panel = Panel {
        title: &title,
        axis: Horizontal::Logarithmic { low, high, name: "learning rate" },
        bounds: (bounds.0 - room, bounds.1 + room),
        bands: Vec::new(),
        curves: vec![
            Curve { points: batches, stroke: BATCHES },
            Curve { points: smoothed, stroke: SMOOTHED },
        ],
    };
    let axes = panel.draw(&mut scene, 0.0, TOP, WIDTH, HEIGHT - TOP);
    let suggested = curve.suggested;
    let marks = [
        (suggested.map(|it| it.valley), VALLEY, "suggested (valley)"),
        (suggested.map(|it| it.steepest), STEEPEST, "steepest"),
        (Some(curve.in_study), IN_STUDY, "in the study"),
    ];
    let mut entries = vec![(SMOOTHED, "smoothed".to_owned()), (BATCHES, "batches".to_owned())];
    for (rate, stroke, words) in marks {
        let Some(rate) = rate else { continue };
        entries.push((stroke, format!("{words}: {}", rate_words(rate))));
        if let Some(axes) = axes.filter(|axes| axes.x.shows(f64::from(rate))) {
            let x = axes.x.place(f64::from(rate));
            scene.segment((x, axes.y.start), (x, axes.y.end), stroke);
        }
    }
    let entries: Vec<(Stroke, &str)> =
        entries.iter().map(|(stroke, words)| (*stroke, words.as_str())).collect();
    legend(&mut scene, (0.0, 16.0), &entries);
    let label = match (suggested, curve.diverged_at) {
        (Some(suggested), _) => format!(
            "Learning-rate range test of {}: {} is suggested, the steepest fall is at {}.",
            curve.network,
            rate_words(suggested.valley),
            rate_words(suggested.steepest)
        ),
        (None, _) => format!("Learning-rate range test of {}: it suggests nothing.", curve.network),
    };
    Figure { slug: slug.to_owned(), label, scene }
}

#[cfg(test)]
mod tests {
    use super::super::tests::curve;
    use super::*;
    use crate::plot::Mark;

    fn lines_of(figure: &Figure, color: Color) -> usize {
        let is_line =
            |mark: &&Mark| matches!(mark, Mark::Line { stroke, .. } if stroke.color == color);
        figure.scene.marks.iter().filter(is_line).count()
    }

    #[test]
    fn a_figure_marks_what_is_suggested_and_what_the_study_has() {
        let figure = rate_figure(&curve("a"), "a");
        // Two lines in the panel, and two in the legend.
        assert_eq!((lines_of(&figure, Color::Fit), lines_of(&figure, Color::Validation)), (4, 2));
        assert!(figure.label.contains("0.00033 is suggested"), "{}", figure.label);
        let far = RateCurve { suggested: None, in_study: 100.0, ..curve("a") };
        let figure = rate_figure(&far, "a");
        assert_eq!((lines_of(&figure, Color::Fit), lines_of(&figure, Color::Validation)), (0, 1));
        assert!(figure.label.contains("suggests nothing"));
        rate_figure(&RateCurve { points: Vec::new(), ..far }, "a").png_file().unwrap();
    }
}
