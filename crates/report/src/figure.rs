//! The figure of one network: loss and accuracy side by side, as the published report draws them.

use crate::digest::NetworkDigest;
use crate::number::spread_percent;
use crate::plot::{Curve, Dash, Ink, Panel, Scene, Stroke, legend};
use crate::score::{Metric, Subset, in_epoch};
use fitroom_stats::median;

/// A drawing with what a file and a reader need beside it.
pub struct Figure {
    /// File name without its extension.
    pub slug: String,
    /// What is to be seen, for those who can't.
    pub label: String,
    /// The drawing.
    pub scene: Scene,
}

/// Width of every figure; the page is as wide.
pub const WIDTH: f64 = 1040.0;

fn ink(subset: Subset) -> Ink {
    match subset {
        Subset::Train => Ink::Train,
        Subset::Fit => Ink::Fit,
        Subset::Validation | Subset::Test => Ink::Validation,
    }
}

/// Published curves are behind ours.
fn published_stroke(ink: Ink) -> Stroke {
    Stroke { ink, width: 1.5, dash: Dash::Dashed, opacity: 0.85 }
}

fn seed_stroke(ink: Ink) -> Stroke {
    Stroke { ink, width: 1.0, dash: Dash::Solid, opacity: 0.28 }
}

fn mean_stroke(subset: Subset) -> Stroke {
    Stroke::solid(ink(subset), if subset == Subset::Fit { 1.25 } else { 2.25 })
}

/// Accuracies are drawn in percent.
fn unit(metric: Metric) -> f64 {
    if metric == Metric::Accuracy { 100.0 } else { 1.0 }
}

/// What a panel shows, with its unit.
pub fn panel_title(metric: Metric) -> &'static str {
    match metric {
        Metric::Loss => "Loss",
        Metric::Accuracy => "Accuracy, %",
    }
}

fn bounds(metric: Metric) -> (f64, f64) {
    match metric {
        Metric::Loss => (0.0, f64::INFINITY),
        Metric::Accuracy => (0.0, 100.0),
    }
}

/// Loss and accuracy side by side: training and validation over epochs, each seed faint, the mean
/// of finished runs bold, the published curve dashed behind.
pub fn network_figure(network: &NetworkDigest) -> Figure {
    let mut subsets = vec![Subset::Train, Subset::Validation];
    if inference_mode_differs(network) {
        subsets.insert(1, Subset::Fit);
    }
    let mut scene = Scene::new(WIDTH, 372.0);
    let mut entries: Vec<(Stroke, &str)> =
        subsets.iter().map(|&subset| (mean_stroke(subset), subset.name())).collect();
    if network.runs.len() > 1 {
        entries.push((Stroke { opacity: 0.5, ..seed_stroke(Ink::Text) }, "each seed"));
    }
    if !network.published.is_empty() {
        entries.push((published_stroke(Ink::Text), "published report"));
    }
    legend(&mut scene, (0.0, 16.0), &entries);
    for (index, metric) in Metric::ALL.into_iter().enumerate() {
        let panel = Panel {
            title: panel_title(metric),
            epochs: network.epochs(),
            bounds: bounds(metric),
            curves: network_curves(network, metric, &subsets),
        };
        panel.draw(
            &mut scene,
            index as f64 * (WIDTH / 2.0 + 14.0),
            34.0,
            WIDTH / 2.0 - 14.0,
            338.0,
        );
    }
    Figure { slug: network.slug.clone(), label: network_label(network), scene }
}

fn network_curves(network: &NetworkDigest, metric: Metric, subsets: &[Subset]) -> Vec<Curve> {
    let scaled =
        |points: Vec<(f64, f64)>| points.into_iter().map(|(x, y)| (x, y * unit(metric))).collect();
    let mut curves = Vec::new();
    for &subset in subsets {
        let published = network.published.iter().filter(|epoch| epoch.epoch <= network.epochs());
        let points = published
            .filter_map(|epoch| Some((f64::from(epoch.epoch), epoch.score(metric, subset)?)))
            .collect();
        curves.push(Curve { points: scaled(points), stroke: published_stroke(ink(subset)) });
    }
    for &subset in subsets {
        for run in &network.runs {
            let points = run
                .epochs
                .iter()
                .map(|record| (f64::from(record.epoch), in_epoch(record, metric, subset)));
            curves
                .push(Curve { points: scaled(points.collect()), stroke: seed_stroke(ink(subset)) });
        }
    }
    for &subset in subsets {
        curves.push(Curve {
            points: scaled(network.mean_curve(metric, subset)),
            stroke: mean_stroke(subset),
        });
    }
    curves
}

/// Whether training images score visibly otherwise in inference mode, as they do with dropout or a
/// penalty: at the median epoch by more than half of what lies between training and validation.
pub fn inference_mode_differs(network: &NetworkDigest) -> bool {
    Metric::ALL.into_iter().any(|metric| {
        let train = network.mean_curve(metric, Subset::Train);
        let away = |subset| {
            let other = network.mean_curve(metric, subset);
            median(
                train
                    .iter()
                    .zip(other)
                    .map(|(a, b)| (a.1 - b.1).abs())
                    .filter(|gap| gap.is_finite()),
            )
        };
        away(Subset::Fit)
            .is_some_and(|fit| fit > 0.5 * away(Subset::Validation).unwrap_or(0.0).max(0.01))
    })
}

fn network_label(network: &NetworkDigest) -> String {
    let epochs = network.plan.training.epochs;
    let mut label = format!("Loss and accuracy of {} over {epochs} epochs.", network.plan.name);
    for subset in [Subset::Train, Subset::Validation] {
        if let Some(last) = network.score(Metric::Accuracy, subset).last {
            label +=
                &format!(" Accuracy at the end, {}: {}.", subset.name(), spread_percent(&last));
        }
    }
    label
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;
    use crate::fixture::{Fixture, Plan};
    use crate::plot::embedded;

    fn svg(plan: Plan, seeds: u32) -> String {
        let stored = Fixture::new(seeds).with(plan).stored();
        let digest = Digest::new(&stored).unwrap();
        let figure = network_figure(&digest.networks[0]);
        embedded(&figure.scene, &figure.label)
    }

    fn lines(svg: &str, class: &str) -> usize {
        svg.lines().filter(|line| line.contains(&format!("class=\"l-{class}\""))).count()
    }

    #[test]
    fn each_seed_the_mean_and_the_published_curve_are_drawn_in_both_panels() {
        let svg = svg(Plan::new("a").published(1), 5);
        assert_eq!(lines(&svg, "train"), 2 * (5 + 1 + 1) + 1);
        assert_eq!(lines(&svg, "val"), 2 * (5 + 1 + 1) + 1);
        assert_eq!(lines(&svg, "fit"), 0);
        assert_eq!(svg.matches("stroke-dasharray").count(), 5);
        assert!(svg.contains(">Loss</text>") && svg.contains(">Accuracy, %</text>"));
    }

    #[test]
    fn inference_mode_is_drawn_where_it_differs() {
        let svg = svg(Plan::new("dropout").published(4).gain_in_inference(0.05), 2);
        assert_eq!(lines(&svg, "fit"), 2 * (2 + 1) + 1);
        assert!(svg.contains(">training, inference mode</text>"));
    }

    #[test]
    fn a_network_without_a_finished_run_shows_what_there_is() {
        let svg = svg(Plan::new("a").pending(1, 7).diverged(2, 3), 2);
        assert_eq!((lines(&svg, "train"), lines(&svg, "val")), (2 * 2 + 1, 2 * 2 + 1));
    }
}
