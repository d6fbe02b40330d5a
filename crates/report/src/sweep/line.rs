//! Accuracy over one swept value: the mean with its interval, each seed as a dot, and the baseline.

use fitroom_stats::Spread;

use super::axis::Axis;
use crate::plot::{Anchor, Color, Dash, Frame, Mark, Scene, Stroke, legend};

/// The accuracies of one network.
pub struct SweptAccuracies {
    /// Value of the swept name, as written in the study file.
    pub value: String,
    /// Accuracy of each seed in percent.
    pub accuracies: Vec<f64>,
}

/// One panel: accuracies over the values of one name.
pub struct LinePanel<'a> {
    /// The title, which names the measure.
    pub title: &'a str,
    /// The swept name.
    pub name: &'a str,
    /// The axis of its values.
    pub axis: &'a Axis,
    /// The networks' accuracies, in any order.
    pub points: Vec<SweptAccuracies>,
    /// The baseline's accuracies; empty without a baseline.
    pub baseline: Vec<f64>,
    /// Whether a line joins the means. If so, each value has one mean.
    pub is_joined: bool,
}

impl LinePanel<'_> {
    /// Draws the panel into a box.
    pub fn draw(&self, scene: &mut Scene, left: f64, top: f64, width: f64, height: f64) {
        let all =
            self.points.iter().flat_map(|point| &point.accuracies).chain(&self.baseline).copied();
        let frame = Frame::draw(scene, self.title, (left, top), (width, height), all, (0.0, 100.0));
        let Some(Frame { first, last, upper, lower, y }) = frame else { return };
        self.axis.draw(scene, self.name, first, last, lower);
        if let Some(baseline) =
            Spread::of(self.baseline.iter().copied()).filter(|baseline| y.shows(baseline.mean))
        {
            let at = y.place(baseline.mean);
            scene.segment((first, at), (last, at), BASELINE);
        }
        let mut means = Vec::new();
        for value in self.axis.values() {
            let x = self.axis.place(value, first, last);
            for point in self.points.iter().filter(|point| point.value == *value) {
                for &accuracy in point.accuracies.iter().filter(|&&accuracy| y.shows(accuracy)) {
                    scene.marks.push(Mark::Dot {
                        at: (x, y.place(accuracy)),
                        radius: 2.5,
                        color: Color::Train,
                        opacity: 0.4,
                    });
                }
                let Some(spread) = Spread::of(point.accuracies.iter().copied()) else { continue };
                means.push((x, y.place(spread.mean)));
                let half = spread.mean_interval().unwrap_or(0.0);
                let (from, to) = (
                    (spread.mean - half).clamp(y.low, y.high),
                    (spread.mean + half).clamp(y.low, y.high),
                );
                scene.segment((x, y.place(from)), (x, y.place(to)), MEAN);
                if y.shows(spread.mean) {
                    scene.segment(
                        (x - 5.0, y.place(spread.mean)),
                        (x + 5.0, y.place(spread.mean)),
                        MEAN,
                    );
                }
            }
        }
        if self.is_joined && self.axis.is_ordered() {
            let stroke = Stroke { opacity: 0.7, ..Stroke::solid(Color::Train, 1.5) };
            scene.curve(&means, (first - 0.5, upper - 0.5), (last + 0.5, lower + 0.5), stroke);
        }
    }
}

const MEAN: Stroke = Stroke { color: Color::Train, width: 2.25, dash: Dash::Solid, opacity: 1.0 };
const BASELINE: Stroke =
    Stroke { color: Color::Validation, width: 1.5, dash: Dash::Dashed, opacity: 0.9 };

/// The legend of the panel's marks, in one row.
pub fn line_legend(scene: &mut Scene, at: (f64, f64), baseline: Option<&str>) {
    let mut entries = vec![(MEAN, "mean, 95% interval over seeds")];
    let baseline = baseline.map(|name| format!("mean of the baseline, {name}"));
    entries.extend(baseline.as_deref().map(|words| (BASELINE, words)));
    let x = legend(scene, at, &entries);
    scene.marks.push(Mark::Dot {
        at: (x + 4.0, at.1 - 4.0),
        radius: 2.5,
        color: Color::Train,
        opacity: 0.4,
    });
    scene.label((x + 14.0, at.1), Anchor::Start, Color::Text, "a seed");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scene(points: Vec<SweptAccuracies>, baseline: Vec<f64>) -> Scene {
        let axis = Axis::new(points.iter().map(|point| point.value.clone()));
        let mut scene = Scene::new(400.0, 300.0);
        LinePanel {
            title: "Validation",
            name: "p",
            axis: &axis,
            points,
            baseline,
            is_joined: true,
        }
        .draw(&mut scene, 0.0, 0.0, 400.0, 300.0);
        scene
    }

    fn point(value: &str, accuracies: &[f64]) -> SweptAccuracies {
        SweptAccuracies { value: value.to_owned(), accuracies: accuracies.to_vec() }
    }

    #[test]
    fn each_seed_is_a_dot_and_each_mean_has_its_interval() {
        let scene = scene(
            vec![point("0.1", &[88.0, 89.0]), point("0.2", &[90.0, 90.0, 90.0])],
            vec![87.0, 87.5],
        );
        let dots = scene.marks.iter().filter(|mark| matches!(mark, Mark::Dot { .. })).count();
        assert_eq!(dots, 5);
        let lines = |wanted: Stroke| {
            let same =
                |stroke: &Stroke| (stroke.color, stroke.width) == (wanted.color, wanted.width);
            scene
                .marks
                .iter()
                .filter(|mark| matches!(mark, Mark::Line { stroke, .. } if same(stroke)))
                .count()
        };
        assert_eq!((lines(MEAN), lines(BASELINE)), (4, 1));
    }

    #[test]
    fn a_panel_without_finished_runs_says_so() {
        let scene = scene(vec![point("0.1", &[]), point("0.2", &[])], vec![]);
        assert!(
            scene.marks.iter().any(
                |mark| matches!(mark, Mark::Text { text, .. } if text == "nothing to show yet")
            )
        );
    }
}
