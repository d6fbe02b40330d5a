//! The report's section on one network.

use fitroom_results::{Metric, NetworkFacts, RunStatus, Subset};
use fitroom_stats::Spread;

use crate::choice::heading;
use crate::class_blocks::class_blocks;
use crate::document::{Block, Cell, Row, Section, Table, Text};
use crate::network_figure::{inference_mode_differs, network_figure, panel_title};
use crate::number::{MISSING, count, difference, epoch, listed, measured, rounded};
use crate::reading;
use crate::settings::settings;
use crate::summary::{NetworkSummary, Score, Summary};
use crate::weight_blocks::weight_blocks;

/// The network's figure, its layers and settings, and its scores.
pub fn network_section(summary: &Summary, index: usize, network: &NetworkSummary) -> Section {
    let facts = network.facts;
    let mut words: Vec<Block> = Vec::new();
    words.extend(layers(summary, facts).map(Block::Paragraph));
    words.extend(size_and_settings(facts).map(Block::paragraph));
    words.extend(relations(network).map(Block::paragraph));
    words.extend(saved(network).map(Block::paragraph));
    words.extend(unfinished(network).map(Block::paragraph));
    words.push(Block::Paragraph(
        Text::strong("Understanding this figure.").then(understanding(network)),
    ));
    let mut blocks = vec![
        Block::Figure(network_figure(network)),
        Block::Beside(words, Box::new(Block::Table(score_table(network)))),
    ];
    blocks.extend(reading::network_blocks(summary, network));
    if let Some(inspection) = summary.inspection.networks.get(index) {
        blocks.extend(class_blocks(summary, network, inspection));
        blocks.extend(weight_blocks(network, inspection));
    }
    Section {
        id: network.slug.clone(),
        heading: Some(format!("{}. {}", index + 1, facts.name)),
        blocks,
    }
}

fn layers(summary: &Summary, facts: &NetworkFacts) -> Option<Text> {
    let layers = facts.written_layers.as_ref()?;
    let text = match layers.is_empty() {
        true => Text::plain("No hidden layer:"),
        false => Text::plain("").code(layers.clone()).then(", and a last"),
    };
    let output = format!("dense {}", summary.results.dataset.classes.len());
    Some(text.then(" ").code(output).then(", one output for each class."))
}

fn size_and_settings(facts: &NetworkFacts) -> Option<String> {
    let size = facts.parameters.zip(facts.multiply_adds).map(|(parameters, multiply_adds)| {
        format!(
            "{} parameters, {} multiply-adds an image.",
            count(parameters as u64),
            count(multiply_adds)
        )
    });
    let words: Vec<String> = [size, settings(facts)].into_iter().flatten().collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// Names the reference curve and the baseline that the network is compared with.
fn relations(network: &NetworkSummary) -> Option<String> {
    let mut words = Vec::new();
    if let Some(curve) = &network.facts.reference {
        words.push(format!("Its reference curve is that of network {}.", curve.network));
    }
    if let Some(baseline) = &network.facts.baseline {
        words.push(format!("Its baseline is “{baseline}”."));
    }
    (!words.is_empty()).then(|| words.join(" "))
}

/// Says how many epochs were saved because runs ended early.
fn saved(network: &NetworkSummary) -> Option<String> {
    network.facts.patience?;
    let epochs = network.facts.epochs?;
    let done = Spread::of(network.finished().map(|(_, outcome)| f64::from(outcome.last.epoch)))?;
    let all = f64::from(epochs) * done.count as f64;
    let saved = all - done.mean * done.count as f64;
    Some(format!(
        "Runs ended after {} of {epochs} epochs: {saved:.0} of {all:.0} epochs were saved.",
        epoch(&done)
    ))
}

/// Names the runs that are not finished, which no mean includes. (The curve readings name the runs
/// that diverged.)
fn unfinished(network: &NetworkSummary) -> Option<String> {
    let seeds: Vec<String> = network.seeds(RunStatus::Pending).iter().map(u64::to_string).collect();
    match seeds.len() {
        0 => None,
        1 => Some(format!(
            "Seed {} is not finished: the epochs so far are drawn, and no mean includes them.",
            listed(&seeds)
        )),
        _ => Some(format!(
            "Seeds {} are not finished: the epochs so far are drawn, and no mean includes them.",
            listed(&seeds)
        )),
    }
}

fn understanding(network: &NetworkSummary) -> String {
    let mut words = String::from(match network.runs.len() {
        1 => " Solid lines are this network's one run",
        _ => " Bold lines are means over finished runs, faint ones single seeds",
    });
    if network.reference.is_some() {
        words += ", dashed ones the reference curve";
    }
    words += ".";
    if inference_mode_differs(network) {
        words += " As trained, training images are scored while weights still change, with dropout and penalty: they can \
                  look worse than validation without being so. The thin line scores the same images in inference mode, as \
                  validation images are scored: compare that line with validation.";
    }
    words
}

fn score_table(network: &NetworkSummary) -> Table {
    let facts = network.facts;
    let has_reference = network.scores.iter().any(|score| score.reference_gap.is_some());
    let compared_at =
        network.scores.iter().find_map(|score| score.reference_gap).map_or(0, |gap| gap.epoch);
    let mut columns: Vec<String> =
        ["", heading(facts.choose), "last epoch"].map(String::from).to_vec();
    if has_reference {
        columns.extend([
            format!("reference, epoch {compared_at}"),
            "difference".into(),
            "allowed".into(),
        ]);
    }
    let row =
        |header: Text, cells: Vec<Cell>| Row { header, cells: padded(cells, columns.len() - 1) };
    let best_epoch = network.best_epoch.map_or(MISSING.into(), |best| epoch(&best));
    let last_epoch =
        Spread::of(network.finished().map(|(_, outcome)| f64::from(outcome.last.epoch)));
    let last_epoch = match last_epoch {
        Some(last) if last.sd.is_some_and(|sd| sd > 0.0) => epoch(&last),
        Some(last) => last.mean.to_string(),
        None => MISSING.into(),
    };
    let mut rows = vec![row(Text::plain("epoch"), vec![best_epoch.into(), last_epoch.into()])];
    for metric in Metric::ALL {
        rows.push(row(Text::strong(panel_title(metric)), Vec::new()));
        for subset in Subset::ALL {
            rows.push(row(Text::plain(subset.name()), score_cells(network.score(metric, subset))));
        }
    }
    let seeds = network.finished().count();
    Table {
        caption: match seeds {
            0 => "No run is finished.".into(),
            1 => "One seed.".into(),
            n if has_reference => {
                format!(
                    "Mean ± standard deviation over {n} seeds; differences that are larger than allowed are marked ≠."
                )
            }
            n => format!("Mean ± standard deviation over {n} seeds."),
        },
        groups: Vec::new(),
        columns,
        rows,
        is_prose: false,
    }
}

fn score_cells(score: &Score) -> Vec<Cell> {
    let metric = score.metric;
    let mut cells: Vec<Cell> =
        vec![measured(metric, score.best).into(), measured(metric, score.last).into()];
    if let Some(at) = score.reference_gap {
        cells.push(rounded(metric, at.reference).into());
        cells.push(Cell {
            text: difference(metric, at.difference()),
            below: None,
            is_apart: at.is_apart(),
        });
        cells.push(
            at.allowed
                .map_or(MISSING.into(), |allowed| format!("±{}", rounded(metric, allowed)))
                .into(),
        );
    }
    cells
}

fn padded(mut cells: Vec<Cell>, columns: usize) -> Vec<Cell> {
    cells.resize_with(columns, Cell::default);
    cells
}
