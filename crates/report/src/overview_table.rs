//! The table of all networks.

use fitroom_results::{Choose, Metric, Subset};

use crate::document::{Cell, Row, Table, Text};
use crate::number::{MISSING, count, epoch, measured, rounded};
use crate::summary::Summary;

/// One row for each network: size, time, best epoch, and accuracies with the reference curve's.
pub fn overview_table(summary: &Summary) -> Table {
    let rows = summary.shown().map(|(_, network)| {
        let facts = network.facts;
        let mut cells: Vec<Cell> = vec![
            facts.parameters.map_or(MISSING.into(), |n| count(n as u64)).into(),
            facts.multiply_adds.map_or(MISSING.into(), count).into(),
            network.seconds.map_or(MISSING.into(), |seconds| format!("{seconds:.1}")).into(),
            network.best_epoch.map_or(MISSING.into(), |best| epoch(&best)).into(),
        ];
        for subset in [Subset::Train, Subset::Fit, Subset::Validation, Subset::Test] {
            let score = network.score(Metric::Accuracy, subset);
            cells.push(Cell {
                text: measured(Metric::Accuracy, score.last),
                below: score
                    .reference_gap
                    .map(|gap| format!("reference {}", rounded(Metric::Accuracy, gap.reference))),
                is_apart: score.reference_gap.is_some_and(|gap| gap.is_apart()),
            });
        }
        let best = network.score(Metric::Accuracy, Subset::Test).best;
        cells.push(measured(Metric::Accuracy, best).into());
        Row {
            header: Text::plain("").link(facts.name.as_str(), format!("#{}", network.slug)),
            cells,
        }
    });
    let chosen = match summary.networks.iter().all(|at| at.facts.choose == Choose::Best) {
        true => "at the best",
        false => "as chosen",
    };
    let columns = [
        "network",
        "parameters",
        "multiply-adds",
        "seconds a run",
        "best epoch",
        "training, as trained",
        "training, inference",
        "validation",
        "test",
        "test",
    ];
    Table {
        caption: caption(summary),
        groups: vec![
            (String::new(), 4),
            ("accuracy at the last epoch".into(), 4),
            (chosen.into(), 1),
        ],
        columns: columns.map(String::from).to_vec(),
        rows: rows.collect(),
        is_prose: false,
    }
}

fn caption(summary: &Summary) -> String {
    let has_reference = summary.reference_gaps().next().is_some();
    let is_apart = summary.reference_gaps().any(|(_, _, gap)| gap.is_apart());
    let spread =
        if summary.fewest_seeds() > 1 { ", mean ± standard deviation over seeds" } else { "" };
    let below = if has_reference { ", below it the reference curve's value" } else { "" };
    let mark = match is_apart {
        true => " ≠: chance and the reference curve's own error do not explain the difference.",
        false => "",
    };
    let which = match summary.networks.iter().all(|network| network.is_shown) {
        true => "All networks.",
        false => "The networks that are shown.",
    };
    format!("{which} Accuracy in %{spread}{below}.{mark}")
}
