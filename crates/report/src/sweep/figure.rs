//! The figure of a sweep.

use fitroom_results::{Subset, Sweep};
use fitroom_stats::Spread;

use super::axis::Axis;
use super::heat::HeatMap;
use super::line::{LinePanel, SweptAccuracies, line_legend};
use super::network::{accuracies, baseline, best, point, value_of};
use crate::figure::{Figure, WIDTH};
use crate::number::spread_percent;
use crate::plot::Scene;
use crate::score_place::score_place;
use crate::summary::{NetworkSummary, Summary};

/// The figure of a sweep. For one swept name, it has a panel of validation accuracy and one of test
/// accuracy. For two names, it is a heat map. For more, it has one panel per name, over all values
/// of the other names.
pub fn sweep_figure(
    summary: &Summary,
    sweep: &Sweep,
    networks: &[&NetworkSummary],
    index: usize,
) -> Figure {
    let names: Vec<&str> = point(networks[0]).at.iter().map(|(name, _)| name.as_str()).collect();
    let axes: Vec<Axis> = (0..names.len())
        .map(|name| Axis::new(networks.iter().map(|network| value_of(network, name))))
        .collect();
    let subset = summary.results.judged_by();
    let title = |subset: Subset| {
        let measure = match subset {
            Subset::Test => "Test",
            Subset::Train | Subset::Fit | Subset::Validation => "Validation",
        };
        let place = score_place(&summary.results.networks, subset);
        format!("{measure} accuracy, %, {place}")
    };
    let mut scene;
    match names.as_slice() {
        [across, down] => {
            let cells = networks.iter().filter_map(|network| {
                let mean = Spread::of(accuracies(network, subset))?.mean;
                Some(([0, 1].map(|name| value_of(network, name).to_owned()), mean))
            });
            let title = format!("{} (mean over seeds)", title(subset));
            let map = HeatMap {
                title: &title,
                names: [across, down],
                axes: [&axes[0], &axes[1]],
                cells: cells.collect(),
            }
            .turned();
            scene = Scene::new(WIDTH, map.height());
            map.draw(&mut scene, (0.0, 0.0), WIDTH);
        }
        _ => {
            let baseline = baseline(summary, sweep);
            let one = names.len() == 1;
            // One name has a panel for each measure. Several names have one panel each, for the
            // measure that decides.
            let panels: Vec<(usize, Subset)> = match (one, subset) {
                (true, Subset::Validation) => vec![(0, Subset::Validation), (0, Subset::Test)],
                _ => (0..names.len()).map(|name| (name, subset)).collect(),
            };
            let rows = panels.len().div_ceil(2) as f64;
            scene = Scene::new(WIDTH, 34.0 + 320.0 * rows);
            line_legend(
                &mut scene,
                (0.0, 16.0),
                baseline.map(|network| network.facts.name.as_str()),
            );
            for (place, (name, subset)) in panels.into_iter().enumerate() {
                let points = networks.iter().map(|network| SweptAccuracies {
                    value: value_of(network, name).to_owned(),
                    accuracies: accuracies(network, subset),
                });
                let panel = LinePanel {
                    title: &title(subset),
                    name: names[name],
                    axis: &axes[name],
                    points: points.collect(),
                    baseline: baseline
                        .map(|network| accuracies(network, subset))
                        .unwrap_or_default(),
                    is_joined: one,
                };
                let (column, row) = ((place % 2) as f64, (place / 2) as f64);
                panel.draw(
                    &mut scene,
                    column * (WIDTH / 2.0 + 14.0),
                    34.0 + 320.0 * row,
                    WIDTH / 2.0 - 14.0,
                    310.0,
                );
            }
        }
    }
    let label = match best(networks, subset) {
        Some((network, accuracy)) => format!(
            "{} of the sweep {}; highest is {}, {}.",
            title(subset),
            sweep.name,
            network.facts.name,
            spread_percent(&accuracy)
        ),
        None => format!("The sweep {}: no network has finished with every seed.", sweep.name),
    };
    Figure { slug: format!("overview-sweep-{}", index + 1), label, scene }
}
