//! The figure of one network: loss and accuracy over epochs, side by side.

use fitroom_results::{Metric, Subset};
use fitroom_stats::median;

use crate::figure::{Figure, WIDTH};
use crate::number::spread_percent;
use crate::plot::{Color, Curve, Dash, Horizontal, Panel, Scene, Stroke, legend};
use crate::summary::NetworkSummary;

fn color(subset: Subset) -> Color {
    match subset {
        Subset::Train => Color::Train,
        Subset::Fit => Color::Fit,
        Subset::Validation | Subset::Test => Color::Validation,
    }
}

/// The stroke of a reference curve. It is drawn first, so that the network's curves cover it.
fn reference_stroke(color: Color) -> Stroke {
    Stroke { color, width: 1.5, dash: Dash::Dashed, opacity: 0.85 }
}

pub fn seed_stroke(color: Color) -> Stroke {
    Stroke { color, width: 1.0, dash: Dash::Solid, opacity: 0.28 }
}

fn mean_stroke(subset: Subset) -> Stroke {
    Stroke::solid(color(subset), if subset == Subset::Fit { 1.25 } else { 2.25 })
}

/// The factor from a score to the number in the plot: accuracies are drawn in percent.
pub fn unit(metric: Metric) -> f64 {
    if metric == Metric::Accuracy { 100.0 } else { 1.0 }
}

/// The title of a panel, with its unit.
pub fn panel_title(metric: Metric) -> &'static str {
    match metric {
        Metric::Loss => "Loss",
        Metric::Accuracy => "Accuracy, %",
    }
}

/// The lowest and the highest number that a plot may show.
pub fn bounds(metric: Metric) -> (f64, f64) {
    match metric {
        Metric::Loss => (0.0, f64::INFINITY),
        Metric::Accuracy => (0.0, 100.0),
    }
}

/// Loss and accuracy side by side: training and validation over epochs. Lines of single seeds are
/// faint, the mean over finished runs is bold, and the reference curve is dashed.
pub fn network_figure(network: &NetworkSummary) -> Figure {
    let mut subsets = vec![Subset::Train, Subset::Validation];
    if inference_mode_differs(network) {
        subsets.insert(1, Subset::Fit);
    }
    let mut scene = Scene::new(WIDTH, 372.0);
    let mut entries: Vec<(Stroke, &str)> =
        subsets.iter().map(|&subset| (mean_stroke(subset), subset.name())).collect();
    if network.runs.len() > 1 {
        entries.push((Stroke { opacity: 0.5, ..seed_stroke(Color::Text) }, "each seed"));
    }
    if network.reference.is_some() {
        entries.push((reference_stroke(Color::Text), "reference curve"));
    }
    legend(&mut scene, (0.0, 16.0), &entries);
    for (index, metric) in Metric::ALL.into_iter().enumerate() {
        let panel = Panel {
            title: panel_title(metric),
            axis: Horizontal::Epochs(network.epochs()),
            bounds: bounds(metric),
            bands: Vec::new(),
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

fn network_curves(network: &NetworkSummary, metric: Metric, subsets: &[Subset]) -> Vec<Curve> {
    let scaled =
        |points: Vec<(f64, f64)>| points.into_iter().map(|(x, y)| (x, y * unit(metric))).collect();
    let mut curves = Vec::new();
    for &subset in subsets {
        let reference = network.reference.iter().flat_map(|curve| &curve.epochs);
        let points = reference
            .filter(|at| at.epoch <= network.epochs())
            .filter_map(|at| Some((f64::from(at.epoch), at.drawn(metric, subset)?)))
            .collect();
        curves.push(Curve { points: scaled(points), stroke: reference_stroke(color(subset)) });
    }
    for &subset in subsets {
        for run in &network.runs {
            let points = run
                .epochs
                .iter()
                .map(|record| (f64::from(record.epoch), record.score(metric, subset)));
            curves.push(Curve {
                points: scaled(points.collect()),
                stroke: seed_stroke(color(subset)),
            });
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

/// Whether training scores in inference mode visibly differ from those as trained, as with dropout
/// or a penalty: at the median epoch by more than half of the gap between training and validation.
pub fn inference_mode_differs(network: &NetworkSummary) -> bool {
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

fn network_label(network: &NetworkSummary) -> String {
    let epochs = network.facts.epochs.unwrap_or_else(|| network.epochs());
    let mut label = format!("Loss and accuracy of {} over {epochs} epochs.", network.facts.name);
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
    use crate::fixture::{Fixture, Plan};
    use crate::plot::embedded;
    use crate::summary::Summary;
    use fitroom_stats::DEFAULT_MARGIN;

    fn svg(plan: Plan, seeds: u32) -> String {
        let results = Fixture::new(seeds).with(plan).results();
        let summary = Summary::new(&results, DEFAULT_MARGIN);
        let figure = network_figure(&summary.networks[0]);
        embedded(&figure.scene, &figure.label)
    }

    fn lines(svg: &str, class: &str) -> usize {
        svg.lines().filter(|line| line.contains(&format!("class=\"l-{class}\""))).count()
    }

    #[test]
    fn each_seed_the_mean_and_the_reference_curve_are_drawn_in_both_panels() {
        let svg = svg(Plan::new("a").reference(1), 5);
        assert_eq!(lines(&svg, "train"), 2 * (5 + 1 + 1) + 1);
        assert_eq!(lines(&svg, "val"), 2 * (5 + 1 + 1) + 1);
        assert_eq!(lines(&svg, "fit"), 0);
        assert_eq!(svg.matches("stroke-dasharray").count(), 5);
        assert!(svg.contains(">Loss</text>") && svg.contains(">Accuracy, %</text>"));
    }

    #[test]
    fn inference_mode_is_drawn_where_it_differs() {
        let svg = svg(Plan::new("dropout").reference(4).gain_in_inference(0.05), 2);
        assert_eq!(lines(&svg, "fit"), 2 * (2 + 1) + 1);
        assert!(svg.contains(">training, inference mode</text>"));
    }

    #[test]
    fn a_network_without_a_finished_run_shows_its_epochs_so_far() {
        let svg = svg(Plan::new("a").pending(1, 7).diverged(2, 3), 2);
        assert_eq!((lines(&svg, "train"), lines(&svg, "val")), (2 * 2 + 1, 2 * 2 + 1));
    }
}
