//! The costs as a table, and as `costs.csv`.

use fitroom_results::Subset;

use super::{Cost, CostedNetwork, Costs};
use crate::csv_table;
use crate::document::{Cell, Row, Table, Text};
use crate::number::{MISSING, count, percent};
use crate::score_place::score_place;
use crate::summary::Summary;

/// One row for each network, the most accurate first.
pub fn cost_table(summary: &Summary, costs: &Costs) -> Table {
    let mut order: Vec<usize> = (0..costs.networks.len()).collect();
    let mean = |at: usize| costs.networks[at].accuracy.mean;
    order.sort_by(|&a, &b| mean(b).total_cmp(&mean(a)));
    let row = |at: usize| {
        let CostedNetwork { index, accuracy, costs: known, .. } = &costs.networks[at];
        let network = &summary.networks[*index];
        let half = accuracy.mean_interval();
        let mut cells: Vec<Cell> = vec![
            percent(accuracy.mean).trim_end_matches('%').into(),
            half.map_or(MISSING.into(), |half| format!("±{:.2}", 100.0 * half)).into(),
        ];
        cells.extend(Cost::ALL.map(|cost| {
            let text = |value| match cost {
                Cost::Parameters | Cost::MultiplyAdds => count(value as u64),
                Cost::TrainingSeconds | Cost::InferenceMicroseconds => three_digits(value),
            };
            Cell::from(known[cost as usize].map_or(MISSING.into(), text))
        }));
        let (clear, unclear) = memberships(costs, at);
        let names = |costs: &[Cost]| costs.iter().map(|cost| cost.name()).collect::<Vec<_>>();
        cells.push(Cell {
            text: match (clear.is_empty(), unclear.is_empty()) {
                (true, true) => MISSING.into(),
                (true, false) => String::new(),
                (false, _) => names(&clear).join(", "),
            },
            below: (!unclear.is_empty())
                .then(|| format!("not clearly: {}", names(&unclear).join(", "))),
            is_apart: false,
        });
        let header =
            Text::plain("").link(network.facts.name.as_str(), format!("#{}", network.slug));
        Row { header, cells }
    };
    let subset = summary.results.judged_by();
    let columns = [
        "network",
        "accuracy, %",
        "95% interval of the mean",
        "parameters",
        "multiply-adds",
        "seconds of training",
        "µs of inference an image",
        "on the front of",
    ];
    Table {
        caption: format!(
            "Costs. {} accuracy {}, mean over seeds; the most accurate network first. Not clearly: not shown to be better than every \
             cheaper network of the front.",
            measure(subset),
            score_place(&summary.results.networks, subset)
        ),
        groups: Vec::new(),
        columns: columns.map(String::from).to_vec(),
        rows: order.into_iter().map(row).collect(),
        is_prose: false,
    }
}

/// `Validation` or `Test`.
pub fn measure(subset: Subset) -> &'static str {
    match subset {
        Subset::Test => "Test",
        Subset::Train | Subset::Fit | Subset::Validation => "Validation",
    }
}

/// The costs on whose fronts a network is: those where it is clear, and those where it is not.
fn memberships(costs: &Costs, network: usize) -> (Vec<Cost>, Vec<Cost>) {
    let on = Cost::ALL.into_iter().filter_map(|cost| Some((cost, costs.member(cost, network)?)));
    let (clear, unclear): (Vec<_>, Vec<_>) = on.partition(|(_, member)| member.is_clear);
    let only = |found: Vec<(Cost, _)>| found.into_iter().map(|(cost, _)| cost).collect();
    (only(clear), only(unclear))
}

/// A positive number with three digits: `0.0123`, `1.23`, `12.3`, `1,230`.
fn three_digits(value: f64) -> String {
    let digits = 2 - value.log10().floor() as i32;
    match digits {
        ..=0 => count(value.round() as u64),
        _ => format!("{value:.*}", digits.min(9) as usize),
    }
}

/// Columns of `costs.csv`.
const COLUMNS: [&str; 12] = [
    "network",
    "seeds",
    "accuracy_on",
    "accuracy",
    "accuracy_low",
    "accuracy_high",
    "parameters",
    "multiply_adds",
    "training_seconds",
    "inference_microseconds",
    "front_of",
    "clearly_front_of",
];

/// `costs.csv`: a row for each network; `None` where there is no section on costs.
pub(crate) fn costs_csv(summary: &Summary) -> Option<Result<Vec<u8>, csv::Error>> {
    let costs = Costs::of(summary)?;
    let row = |(at, network): (usize, &CostedNetwork)| {
        let accuracy = network.accuracy;
        let half = accuracy.mean_interval().unwrap_or(f64::NAN);
        let mut row = vec![
            summary.networks[network.index].facts.name.clone(),
            accuracy.count.to_string(),
            summary.results.judged_by().name().to_owned(),
        ];
        let numbers = [accuracy.mean, accuracy.mean - half, accuracy.mean + half];
        row.extend(numbers.map(csv_table::number));
        row.extend(Cost::ALL.map(|cost| match (cost, network.costs[cost as usize]) {
            (_, None) => String::new(),
            (Cost::Parameters | Cost::MultiplyAdds, Some(n)) => (n as u64).to_string(),
            (Cost::TrainingSeconds | Cost::InferenceMicroseconds, Some(time)) => {
                csv_table::number(time)
            }
        }));
        let (clear, unclear) = memberships(&costs, at);
        let is_member = |cost: &Cost| clear.contains(cost) || unclear.contains(cost);
        let all: Vec<Cost> = Cost::ALL.into_iter().filter(is_member).collect();
        let columns = |costs: &[Cost]| costs.iter().map(|it| it.column()).collect::<Vec<_>>();
        row.extend([columns(&all).join(" "), columns(&clear).join(" ")]);
        row
    };
    Some(csv_table::table(COLUMNS, costs.networks.iter().enumerate().map(row)))
}
