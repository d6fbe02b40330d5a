//! The report's last sections: how it was measured, what lies beside it, and how to make it again.

use crate::contrast::COMPARISON_COLUMNS;
use crate::digest::Digest;
use crate::document::{Block, Cell, Row, Section, Table, Text};
use crate::number::{capitalised, count, counted, listed};
use crate::reading;
use crate::score::{Metric, Subset};
use crate::settings::loss_name;
use crate::tables::{EPOCH_COLUMNS, SUMMARY_COLUMNS};
use fitroom_stats::DEFAULT_MARGIN;

/// In order.
pub fn closing_sections(digest: &Digest) -> Vec<Section> {
    vec![
        measurement(digest),
        reading::section(),
        data(digest),
        files(digest.stored.set_aside),
        again(digest.margin),
    ]
}

fn section(id: &str, heading: &str, blocks: Vec<Block>) -> Section {
    Section { id: id.into(), heading: Some(heading.into()), blocks }
}

fn measurement(digest: &Digest) -> Section {
    let mut points = vec![
        Text::strong("Training, as trained:").then(
            " the mean over an epoch's steps while the weights change, with dropout and with the penalty added to the \
             loss: what most tutorials print, and what the published report shows.",
        ),
        Text::strong("Training, inference mode:").then(
            " the same images after the epoch, scored as validation and test images are: no dropout, running statistics \
             for batch normalisation, no penalty.",
        ),
        Text::strong("Best epoch:").then(
            " the one that is best in what its network monitors (validation accuracy, unless its settings say loss), the earliest of equals. The epoch is chosen on validation \
             images; test images are scored once, after training, with the weights of the best and of the last epoch.",
        ),
        Text::strong("Spread:").then(
            " ± is the sample standard deviation over seeds (n − 1 in the denominator). A seed decides initial weights, \
             dropout, the order of images and which of them are held out; all networks share each seed's split and order.",
        ),
        Text::strong("Seconds:").then(" wall clock of a whole run, the median over its seeds; other runs used the other cores."),
    ];
    points.extend(sampling_error(digest));
    points.extend(incomparable_losses(digest));
    section("measured", "How it was measured", vec![Block::List(points)])
}

/// The binomial error of the test set: √(p·(1 − p) / images).
fn sampling_error(digest: &Digest) -> Option<Text> {
    let accuracies = digest
        .networks
        .iter()
        .filter_map(|network| network.score(Metric::Accuracy, Subset::Test).best);
    let best = accuracies.map(|spread| spread.mean).max_by(f64::total_cmp)?;
    let images = digest.stored.dataset.test_images;
    let points = 100.0 * (best * (1.0 - best) / images as f64).sqrt();
    Some(Text::strong("Test images are a sample too:").then(format!(
        " {} of them put a standard error of {points:.1} points on an accuracy of {:.0}%, which no number of seeds \
         makes smaller. All networks are scored on the same ones.",
        count(images as u64),
        100.0 * best
    )))
}

fn incomparable_losses(digest: &Digest) -> Option<Text> {
    let groups = losses(digest);
    let groups: Vec<String> =
        groups.iter().map(|(loss, names)| format!("{loss} ({})", listed(names))).collect();
    (!groups.is_empty()).then(|| {
        Text::strong("Losses that can't be compared:").then(format!(
            " this study trains networks on {}. Loss values of networks trained on different losses say nothing about \
             each other; compare their accuracies.",
            listed(&groups)
        ))
    })
}

fn data(digest: &Digest) -> Section {
    let dataset = &digest.stored.dataset;
    let mut blocks = vec![
        Block::paragraph(format!(
            "{}: {} × {} pixels of {}, {}: {}.",
            dataset.title,
            dataset.height,
            dataset.width,
            counted(dataset.channels, "value"),
            counted(dataset.classes.len(), "class").replace("classs", "classes"),
            listed(&dataset.classes)
        )),
        Block::Paragraph(
            Text::plain(format!("Read from {}. SHA-256 of images and labels: ", dataset.origin))
                .code(dataset.fingerprint.as_str())
                .then("."),
        ),
    ];
    if !digest.is_published_dataset()
        && digest.networks.iter().any(|network| network.plan.published.is_some())
    {
        blocks.push(Block::paragraph(
            "The published curves are of fashion-mnist, so they are not shown beside these.",
        ));
    }
    section("data", "Data", blocks)
}

/// `set_aside` runs are kept and left out.
fn files(set_aside: usize) -> Section {
    let row = |name: &str, what: &str| Row {
        header: Text::plain("").code(name),
        cells: vec![Cell::from(what)],
    };
    let listing = |caption: &str, first: &str, rows: &[(&str, &str)]| {
        Block::Table(Table {
            caption: caption.into(),
            groups: Vec::new(),
            columns: vec![first.into(), "what it holds".into()],
            rows: rows.iter().map(|(name, what)| row(name, what)).collect(),
            is_prose: true,
        })
    };
    let beside = [
        ("study.toml", "the study as run, every default written out"),
        ("report.md", "this report as Markdown"),
        ("plots/", "each figure as SVG and as PNG"),
        ("epochs.csv", "a row for each epoch of each run"),
        ("summary.csv", "a row for each run"),
        ("comparisons.csv", "a row for each network that has a baseline, and each measure"),
        (
            "runs/",
            "a directory for each run: its settings, records, weights (safetensors, PyTorch's names), and predictions.csv: what it makes of each test image",
        ),
    ];
    let mut blocks = vec![
        listing("Files", "file", &beside),
        Block::paragraph(
            "In these tables accuracies are fractions, and what was not measured is empty.",
        ),
        listing("Columns of epochs.csv", "column", &EPOCH_COLUMNS),
        listing("Columns of summary.csv", "column", &SUMMARY_COLUMNS),
        listing("Columns of comparisons.csv", "column", &COMPARISON_COLUMNS),
    ];
    if set_aside > 0 {
        blocks.push(Block::Paragraph(Text::plain(format!("{} in ", capitalised(&counted(set_aside, "run")))).code("runs/").then(
            " had other settings than the networks of this study have now: kept, and left out of this report. A study with \
             those settings has them again.",
        )));
    }
    section("files", "Files beside this report", blocks)
}

fn again(margin: f64) -> Section {
    let margin = match margin == DEFAULT_MARGIN {
        true => String::new(),
        false => format!(" --margin {}", 100.0 * margin),
    };
    let blocks = vec![
        Block::Paragraph(Text::plain(
            "In this report's directory, the first command repeats the study, and the second makes this report again from what is stored:",
        )),
        Block::Command(format!(
            "fitroom run study.toml --out ../again{margin}\nfitroom report .{margin}"
        )),
        Block::paragraph(
            "The same version of the program, study and data give the same numbers, bit for bit, with any number of threads \
             on the same kind of processor; seconds differ.",
        ),
    ];
    section("again", "Making it again", blocks)
}

/// Networks by the loss that they are trained on, where a study has more than one.
fn losses(digest: &Digest) -> Vec<(String, Vec<String>)> {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for network in &digest.networks {
        let loss = loss_name(&network.plan.training);
        match groups.iter_mut().find(|(name, _)| *name == loss) {
            Some((_, names)) => names.push(network.plan.name.clone()),
            None => groups.push((loss, vec![network.plan.name.clone()])),
        }
    }
    if groups.len() > 1 { groups } else { Vec::new() }
}
