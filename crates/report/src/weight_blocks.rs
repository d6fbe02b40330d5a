//! Weights in the report: a part of each network's section, and a section on all networks.

use fitroom_results::{Metric, NetworkFacts};
use fitroom_stats::Spread;

use crate::comparison::Comparison;
use crate::document::{Block, Cell, Row, Section, Table, Text};
use crate::inspection::{
    FirstLayer, LayerWeights, NEAR_ZERO, NetworkInspection, NetworkWeights, RELATIVELY_NEAR_ZERO,
};
use crate::number::{MISSING, count, epoch, listed, value};
use crate::summary::{NetworkSummary, Summary};
use crate::weight_figure::weight_figure;

/// The weights in a network's section: a table of the layers, and the first layer as images.
pub fn weight_blocks(network: &NetworkSummary, inspection: &NetworkInspection) -> Vec<Block> {
    let Some(weights) = &inspection.weights else { return Vec::new() };
    let mut words =
        vec![Block::Paragraph(Text::strong("Weights.").then(weight_words(network.facts, weights)))];
    let seeds: Vec<String> = inspection.weightless.iter().map(u64::to_string).collect();
    if !seeds.is_empty() {
        let noun = if seeds.len() == 1 { "seed" } else { "seeds" };
        words.push(Block::paragraph(format!(
            "Without stored weights, so not counted: {noun} {}.",
            listed(&seeds)
        )));
    }
    let first = weights.first.as_ref();
    words.extend(first.map(|first| Block::paragraph(figure_words(first))));
    let mut blocks =
        vec![Block::Beside(words, Box::new(Block::Table(layer_table(network.facts, weights))))];
    blocks.extend(first.map(|first| Block::Figure(weight_figure(network, first))));
    blocks
}

/// All networks in one table, with definitions of the measures. `None` if the results have no
/// weights.
pub fn weight_section(summary: &Summary) -> Option<Section> {
    let networks = summary.networks.iter().zip(&summary.inspection.networks);
    let networks: Vec<(&NetworkSummary, &NetworkWeights)> = networks
        .filter_map(|(network, inspection)| Some((network, inspection.weights.as_ref()?)))
        .collect();
    if networks.is_empty() {
        return None;
    }
    let spread =
        if summary.fewest_seeds() > 1 { ", mean ± standard deviation over seeds" } else { "" };
    let mut blocks = vec![Block::Table(all_weights(&networks, spread))];
    blocks.extend(first_layers(&networks, spread).map(Block::Table));
    let compared: Vec<Text> = networks
        .iter()
        .filter_map(|(network, weights)| penalty_words(summary, network, weights, &networks))
        .collect();
    if !compared.is_empty() {
        blocks.push(Block::List(compared));
    }
    blocks.push(Block::List(definitions()));
    Some(Section { id: "weights".into(), heading: Some("Weights".into()), blocks })
}

fn all_weights(networks: &[(&NetworkSummary, &NetworkWeights)], spread: &str) -> Table {
    let row = |(network, weights): &(&NetworkSummary, &NetworkWeights)| Row {
        header: Text::plain("").link(network.facts.name.as_str(), format!("#{}", network.slug)),
        cells: vec![
            count(weights.all.count as u64).into(),
            near_zero_cell(network.facts, &weights.all),
            percent(weights.all.relatively_near_zero).into(),
            blind_units(&weights.all).into(),
            weights.all.l1.map_or(MISSING.into(), decimal).into(),
            weights.all.l2.map_or(MISSING.into(), decimal).into(),
        ],
    };
    let columns = [
        "network",
        "weights",
        "near zero, %",
        "relatively near zero, %",
        "blind units",
        "L1 norm",
        "L2 norm",
    ];
    Table {
        caption: format!(
            "All weights after the last epoch{spread}. Biases and batch normalisation's parameters are not counted."
        ),
        groups: Vec::new(),
        columns: columns.map(String::from).to_vec(),
        rows: networks.iter().map(row).collect(),
        is_prose: false,
    }
}

/// The table of dense first layers. Convolutions are left out, because a filter of a few pixels
/// can't be compared with an image.
fn first_layers(networks: &[(&NetworkSummary, &NetworkWeights)], spread: &str) -> Option<Table> {
    let row = |(network, weights): &(&NetworkSummary, &NetworkWeights)| {
        let first = weights.first.as_ref().filter(|first| !first.is_convolution)?;
        let numbers = [first.size, first.roughness, first.relative_roughness];
        let mut cells: Vec<Cell> = vec![blind_units(&weights.layers[0]).into()];
        cells.extend(numbers.map(|number| Cell::from(number.map_or(MISSING.into(), decimal))));
        Some(Row {
            header: Text::plain("").link(network.facts.name.as_str(), format!("#{}", network.slug)),
            cells,
        })
    };
    let rows: Vec<Row> = networks.iter().filter_map(row).collect();
    let columns = ["network", "blind units", "mean |w|", "roughness", "roughness ÷ mean |w|"];
    (!rows.is_empty()).then(|| Table {
        caption: format!(
            "The first layer, where it is dense and sees the image, after the last epoch{spread}."
        ),
        groups: Vec::new(),
        columns: columns.map(String::from).to_vec(),
        rows,
        is_prose: false,
    })
}

fn definitions() -> Vec<Text> {
    vec![
        Text::strong("Near zero:").then(format!(
            " |w| < {NEAR_ZERO}. Below it: the share that is expected before training, where weights begin uniform in \
             ±1/√fan_in, as PyTorch draws them."
        )),
        Text::strong("Relatively near zero:").then(format!(
            " |w| < {RELATIVELY_NEAR_ZERO}/√fan_in, a hundredth of the bound of PyTorch's initial weights: 1% of those, in \
             every layer."
        )),
        Text::strong("Blind units:").then(" units all of whose weights are near zero: their input does not matter."),
        Text::strong("Norms:").then(" L1 is Σ|w|, L2 is √Σw²."),
        Text::strong("Roughness:").then(
            " the mean of |w(neighbour) − w| over all pairs of pixels that touch horizontally or vertically, over all units. \
             Divided by the mean |w|, it does not change when all weights shrink by the same factor. Weights that are \
             uniform and independent of their neighbours have 1.33; smooth images of weights have less, a \
             checkerboard has 2.",
        ),
    ]
}

/// Compares the weights of a network that is trained with a penalty with those of its baseline.
fn penalty_words(
    summary: &Summary,
    network: &NetworkSummary,
    weights: &NetworkWeights,
    networks: &[(&NetworkSummary, &NetworkWeights)],
) -> Option<Text> {
    if !network.facts.has_penalty() {
        return None;
    }
    let baseline_name = network.facts.baseline.as_ref()?;
    let (_, baseline) = networks.iter().find(|(other, _)| other.facts.name == *baseline_name)?;
    let of =
        |weights: &NetworkWeights, number: fn(&NetworkWeights) -> Option<Spread>, unit: &str| {
            number(weights).map(|spread| match unit {
                "%" => format!("{}%", percent(Some(spread))),
                "units" if spread.mean == 0.0 => "0".into(),
                "units" => epoch(&spread),
                _ => decimal(spread),
            })
        };
    let against = |what: &str, unit: &str, number: fn(&NetworkWeights) -> Option<Spread>| {
        Some(format!(
            "{what} {} against {}",
            of(weights, number, unit)?,
            of(baseline, number, unit)?
        ))
    };
    let dense = |weights: &NetworkWeights| {
        weights.first.as_ref().is_some_and(|first| !first.is_convolution)
    };
    let measures = [
        against("weights near zero", "%", |weights| weights.all.near_zero),
        against("blind units", "units", |weights| weights.all.blind_units),
        against("L2 norm", "", |weights| weights.all.l2),
        against("roughness of the first layer, divided by its mean |w|,", "", |weights| {
            weights.first.as_ref()?.relative_roughness
        })
        .filter(|_| dense(weights) && dense(baseline)),
    ];
    let measures: Vec<String> = measures.into_iter().flatten().collect();
    let mut words = format!(" against its baseline “{baseline_name}”: {}.", measures.join("; "));
    let comparison =
        summary.comparisons.iter().find(|comparison| comparison.network == network.facts.name);
    if let Some(confounded) = comparison.and_then(Comparison::confounded_words) {
        words += &format!(" {confounded}");
    }
    (!measures.is_empty()).then(|| Text::strong(network.facts.name.as_str()).then(words))
}

/// `118.2 ± 0.8 of 128`
fn blind_units(layer: &LayerWeights) -> String {
    let Some(blind) = &layer.blind_units else { return MISSING.into() };
    let number = if blind.mean > 0.0 { epoch(blind) } else { "0".into() };
    format!("{number} of {}", count(layer.units as u64))
}

/// Whether the weights began as PyTorch draws them, so that it is known how they were spread. A result
/// without this setting is older than it.
fn begins_uniform(facts: &NetworkFacts) -> bool {
    let is = |key, value: &str| {
        facts.setting(key).is_none_or(|setting| setting.value.trim_matches('"') == value)
    };
    is("initial_values", "pytorch") && is("init", "none")
}

fn near_zero_cell(facts: &NetworkFacts, weights: &LayerWeights) -> Cell {
    let at_first = || format!("{:.2} at first", 100.0 * weights.near_zero_at_first);
    Cell {
        text: percent(weights.near_zero),
        below: begins_uniform(facts).then(at_first),
        is_apart: false,
    }
}

fn weight_words(facts: &NetworkFacts, weights: &NetworkWeights) -> String {
    let LayerWeights { count: number, near_zero, near_zero_at_first, .. } = &weights.all;
    let is_uniform = begins_uniform(facts);
    let mut words = format!(
        " After the last epoch, {}% of {} weights are near zero (|w| < {NEAR_ZERO})",
        percent(*near_zero),
        count(*number as u64),
    );
    words += &match is_uniform {
        true => {
            format!("; before training {:.2}% were expected to be.", 100.0 * near_zero_at_first)
        }
        false => ".".into(),
    };
    if let Some(blind) = weights.all.blind_units.filter(|blind| blind.mean > 0.0) {
        words += &format!(
            " {} of {} units are blind: all of their weights are near zero.",
            epoch(&blind),
            count(weights.all.units as u64)
        );
    }
    if let Some(FirstLayer { is_convolution: false, relative_roughness: Some(relative), .. }) =
        &weights.first
    {
        words += &format!(
            " Neighbouring pixels' weights in the first layer differ by {} times the mean |w| on average{}.",
            decimal(*relative),
            if is_uniform { "; before training by 1.33 times" } else { "" }
        );
    }
    words
}

fn figure_words(first: &FirstLayer) -> String {
    let shown = match first.shown.len() < first.units {
        true => format!(
            "the {} of {} {} with the largest norms",
            first.shown.len(),
            first.units,
            units(first)
        ),
        false => format!("all {} {}, by falling norm", first.units, units(first)),
    };
    format!(
        "The figure below shows {shown} of its first layer, seed {}: each as an image of {} × {} pixels.",
        first.seed, first.height, first.width
    )
}

fn units(first: &FirstLayer) -> &'static str {
    if first.is_convolution { "filters" } else { "units" }
}

fn layer_table(facts: &NetworkFacts, weights: &NetworkWeights) -> Table {
    let row = |header: Text, layer: &LayerWeights| Row {
        header,
        cells: vec![
            count(layer.count as u64).into(),
            near_zero_cell(facts, layer),
            blind_units(layer).into(),
            layer.l1.map_or(MISSING.into(), decimal).into(),
            layer.l2.map_or(MISSING.into(), decimal).into(),
        ],
    };
    let mut rows: Vec<Row> = weights
        .layers
        .iter()
        .map(|layer| row(Text::plain("").code(layer.layer.as_str()), layer))
        .collect();
    if weights.layers.len() > 1 {
        rows.push(row(Text::plain("all"), &weights.all));
    }
    Table {
        caption: format!(
            "Weights by layer; near zero: |w| < {NEAR_ZERO}{}.",
            if begins_uniform(facts) {
                ", below it the share expected before training"
            } else {
                ""
            }
        ),
        groups: Vec::new(),
        columns: ["layer", "weights", "near zero, %", "blind units", "L1 norm", "L2 norm"]
            .map(String::from)
            .to_vec(),
        rows,
        is_prose: false,
    }
}

/// A share in percent, with the decimals of accuracies.
fn percent(share: Option<Spread>) -> String {
    share.map_or(MISSING.into(), |share| value(Metric::Accuracy, &share))
}

/// Mean ± sd with three significant digits of the mean, and with one more if the sd would otherwise
/// be all zeros.
fn decimal(spread: Spread) -> String {
    let first_digit = |x: f64| -(x.abs().max(1e-9).log10().floor() as i32);
    let digits = first_digit(spread.mean) + 2;
    let of_sd = spread.sd.filter(|&sd| sd > 0.0).map_or(digits, first_digit);
    let digits = of_sd.clamp(digits, digits + 1).clamp(0, 6) as usize;
    let text = |x: f64| if digits == 0 { count(x.round() as u64) } else { format!("{x:.digits$}") };
    match spread.sd {
        Some(sd) => format!("{} ± {}", text(spread.mean), text(sd)),
        None => text(spread.mean),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits() {
        let spread = |mean, sd| Spread { mean, sd, count: 2 };
        assert_eq!(decimal(spread(1.3333, Some(0.012))), "1.33 ± 0.01");
        assert_eq!(decimal(spread(0.04321, Some(0.0007))), "0.0432 ± 0.0007");
        assert_eq!(decimal(spread(0.103, Some(0.0003))), "0.1030 ± 0.0003");
        assert_eq!(decimal(spread(1.0, Some(0.0))), "1.00 ± 0.00");
        assert_eq!(decimal(spread(11_950.2, Some(337.4))), "11,950 ± 337");
        assert_eq!(decimal(spread(4321.7, None)), "4,322");
        assert_eq!(decimal(spread(0.0, None)), "0.000000");
    }
}
