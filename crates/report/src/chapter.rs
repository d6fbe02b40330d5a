//! The report's section on one network.

use fitroom_stats::Spread;
use fitroom_study::{NetworkPlan, RunStatus};

use crate::classes::class_blocks;
use crate::content::measured;
use crate::digest::{Digest, NetworkDigest, Score};
use crate::document::{Block, Cell, Row, Section, Table, Text};
use crate::figure::{inference_mode_differs, network_figure, panel_title};
use crate::number::{MISSING, count, difference, epoch, listed, published};
use crate::reading;
use crate::score::{Metric, Subset};
use crate::settings::settings;
use crate::weight_words::weight_blocks;

/// Its figure, what it is, and its scores.
pub fn chapter(digest: &Digest, index: usize, network: &NetworkDigest) -> Section {
    let mut words = vec![Block::Paragraph(layers(digest, network.plan))];
    words.push(Block::paragraph(format!(
        "{} parameters, {} multiply-adds an image. {}",
        count(network.parameters as u64),
        count(network.multiply_adds),
        settings(&network.plan.training)
    )));
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
    blocks.extend(reading::chapter_blocks(digest, network));
    if let Some(look) = digest.looks.networks.get(index) {
        blocks.extend(class_blocks(digest, network, look));
        blocks.extend(weight_blocks(network, look));
    }
    Section {
        id: network.slug.clone(),
        heading: Some(format!("{}. {}", index + 1, network.plan.name)),
        blocks,
    }
}

fn layers(digest: &Digest, plan: &NetworkPlan) -> Text {
    let layers: Vec<String> = plan.layers.iter().map(ToString::to_string).collect();
    let text = match layers.is_empty() {
        true => Text::plain("No hidden layer:"),
        false => Text::plain("").code(layers.join(", ")).then(", and a last"),
    };
    text.then(" ")
        .code(format!("dense {}", digest.stored.dataset.classes.len()))
        .then(", one output for each class.")
}

/// What it is compared with.
fn relations(network: &NetworkDigest) -> Option<String> {
    let mut parts = Vec::new();
    if let Some(number) = network.plan.published {
        parts.push(format!("Reproduces network {number} of the published report."));
    }
    if let Some(baseline) = &network.plan.vs {
        parts.push(format!("Its baseline is “{baseline}”."));
    }
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// What ending early saved.
fn saved(network: &NetworkDigest) -> Option<String> {
    network.plan.training.patience?;
    let done = Spread::of(network.finished().map(|(_, outcome)| f64::from(outcome.last.epoch)))?;
    let epochs = network.plan.training.epochs;
    let all = f64::from(epochs) * done.count as f64;
    let saved = all - done.mean * done.count as f64;
    Some(format!(
        "Runs ended after {} of {epochs} epochs: {saved:.0} of {all:.0} epochs were saved.",
        epoch(&done)
    ))
}

/// Runs that are under way and so not in the means. (Those that diverged are read with the curves.)
fn unfinished(network: &NetworkDigest) -> Option<String> {
    let seeds: Vec<String> = network.seeds(RunStatus::Pending).iter().map(u64::to_string).collect();
    match seeds.len() {
        0 => None,
        1 => Some(format!(
            "Seed {} is not finished: it is drawn as far as it has come, and no mean counts it.",
            listed(&seeds)
        )),
        _ => Some(format!(
            "Seeds {} are not finished: they are drawn as far as they have come, and no mean counts them.",
            listed(&seeds)
        )),
    }
}

fn understanding(network: &NetworkDigest) -> String {
    let mut words = String::from(match network.runs.len() {
        1 => " Solid lines are this network's one run",
        _ => " Bold lines are means over finished runs, faint ones single seeds",
    });
    if !network.published.is_empty() {
        words += ", dashed ones the published curves";
    }
    words += ".";
    if inference_mode_differs(network) {
        words += " As trained, training images are scored while weights still change, with dropout and penalty, which \
                  can look worse than validation without being so. The thin line scores the same images as validation \
                  images are scored: it is the one to hold against validation.";
    }
    words
}

fn score_table(network: &NetworkDigest) -> Table {
    let has_published = network.scores.iter().any(|score| score.comparison.is_some());
    let compared_at = network
        .scores
        .iter()
        .find_map(|score| score.comparison)
        .map_or(0, |comparison| comparison.epoch);
    let mut columns: Vec<String> = ["", "best epoch", "last epoch"].map(String::from).to_vec();
    if has_published {
        columns.extend([
            format!("published, epoch {compared_at}"),
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
            n if has_published => {
                format!(
                    "Mean ± standard deviation over {n} seeds; differences beyond what is allowed are marked ≠."
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
    if let Some(at) = score.comparison {
        cells.push(published(metric, at.published).into());
        cells.push(Cell {
            text: difference(metric, at.difference()),
            below: None,
            is_apart: at.is_apart(),
        });
        cells.push(
            at.allowed
                .map_or(MISSING.into(), |allowed| format!("±{}", published(metric, allowed)))
                .into(),
        );
    }
    cells
}

fn padded(mut cells: Vec<Cell>, columns: usize) -> Vec<Cell> {
    cells.resize_with(columns, Cell::default);
    cells
}
