//! The reliability plot (Niculescu-Mizil and Caruana 2005): accuracy over confidence. On the diagonal,
//! a network is as often right as it says.

use super::Evaluation;
use crate::figure::Figure;
use crate::number::whole_percent;
use crate::plot::{Anchor, Color, Dash, Mark, Scale, Scene, Stroke};

const WIDTH: f64 = 520.0;
const HEIGHT: f64 = 420.0;
/// The square in which accuracy and confidence go from 0 to 1: left, right, upper and lower end.
const LEFT: f64 = 48.0;
const RIGHT: f64 = 508.0;
const UPPER: f64 = 30.0;
const LOWER: f64 = 330.0;
/// Below it, how many images fall into each bin.
const COUNTS: f64 = 40.0;

/// The plot.
pub(super) fn reliability_figure(evaluation: &Evaluation, slug: &str) -> Figure {
    let bins = &evaluation.calibration.bins;
    let x = Scale::linear((0.0, 1.0), (LEFT, RIGHT));
    let y = Scale::linear((0.0, 1.0), (LOWER, UPPER));
    let mut scene = Scene::new(WIDTH, HEIGHT);
    scene.title((0.0, 13.0), "Accuracy by confidence");
    for tick in 0..=5 {
        let share = f64::from(tick) / 5.0;
        let words = whole_percent(share);
        scene.segment(
            (LEFT, y.place(share)),
            (RIGHT, y.place(share)),
            Stroke::solid(Color::Grid, 1.0),
        );
        scene.label((LEFT - 8.0, y.place(share) + 4.0), Anchor::End, Color::Muted, words.as_str());
        scene.label((x.place(share), LOWER + COUNTS + 26.0), Anchor::Middle, Color::Muted, words);
    }
    let most = bins.iter().map(|bin| bin.count).max().unwrap_or(0).max(1) as f64;
    for (index, bin) in bins.iter().enumerate() {
        let edge = |at: usize| x.place(at as f64 / bins.len() as f64);
        let (left, width) = (edge(index), edge(index + 1) - edge(index) - 1.0);
        let mut bar = |top: f64, bottom: f64, color: Color, opacity: f64| {
            let (at, size) = ((left, top), (width, bottom - top));
            scene.marks.push(Mark::Rectangle { at, size, color, opacity });
        };
        if let (Some(accuracy), Some(confidence)) = (bin.accuracy(), bin.confidence()) {
            bar(y.place(accuracy), LOWER, Color::Train, 0.45);
            // From the accuracy to the mean confidence: how far the network is wrong about itself.
            let (top, bottom) =
                (y.place(accuracy.max(confidence)), y.place(accuracy.min(confidence)));
            bar(top, bottom, Color::Validation, 0.45);
            let height = (COUNTS - 8.0) * bin.count as f64 / most;
            bar(LOWER + COUNTS - height, LOWER + COUNTS, Color::Muted, 0.6);
        }
    }
    let diagonal = Stroke { dash: Dash::Dashed, ..Stroke::solid(Color::Muted, 1.5) };
    scene.segment((LEFT, LOWER), (RIGHT, UPPER), diagonal);
    let middle = (LEFT + RIGHT) / 2.0;
    scene.label(
        (middle, HEIGHT - 4.0),
        Anchor::Middle,
        Color::Muted,
        "confidence; the small bars count images",
    );
    let error = evaluation.calibration.expected_error();
    let label = format!(
        "Accuracy by confidence, in bins of equal width; orange: the distance to the mean confidence. Expected calibration error: {}.",
        error.map_or("not known".to_owned(), crate::number::percent)
    );
    Figure { slug: format!("{slug}_reliability"), label, scene }
}
