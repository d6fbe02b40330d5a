//! The report's last sections: how it was measured, the data, the files beside the report, and how
//! to make it again.

use fitroom_results::{Metric, Origin, Subset};
use fitroom_stats::DEFAULT_MARGIN;

use crate::comparison::COMPARISON_COLUMNS;
use crate::cost::Costs;
use crate::document::{Block, Cell, Row, Section, Table, Text};
use crate::measured_section::has_readings;
use crate::measured_tables::{MEASURED_EPOCH_COLUMNS, MEASURED_SUMMARY_COLUMNS};
use crate::number::{capitalised, count, counted, listed, listed_first};
use crate::reading;
use crate::summary::{MOST_SHOWN, Summary};
use crate::tables::{EPOCH_COLUMNS, SUMMARY_COLUMNS};

/// The last sections, in order.
pub fn appendix_sections(summary: &Summary) -> Vec<Section> {
    if !summary.results.measures.is_empty() {
        let has_readings = summary.networks.iter().any(has_readings);
        let reading = has_readings.then(reading::section);
        return reading.into_iter().chain([measured_files(summary)]).collect();
    }
    let mut sections = vec![measurement(summary), reading::section()];
    sections.extend(data(summary));
    match summary.results.origin {
        Origin::Memory | Origin::Imported => sections.push(files(&[], summary)),
        Origin::StoredStudy(_) => {
            sections.push(files(&STORED_FILES, summary));
            sections.push(again(summary.margin));
        }
    }
    sections
}

fn section(id: &str, heading: &str, blocks: Vec<Block>) -> Section {
    Section { id: id.into(), heading: Some(heading.into()), blocks }
}

fn measurement(summary: &Summary) -> Section {
    let mut points = vec![
        Text::strong("Training, as trained:").then(
            " the mean over an epoch's steps while the weights change, with dropout and with the penalty added to the \
             loss. Most tutorials print this.",
        ),
        Text::strong("Training, inference mode:").then(
            " the same images after the epoch, scored as validation and test images are: no dropout, running statistics \
             for batch normalisation, no penalty.",
        ),
        Text::strong("Best epoch:").then(
            " the epoch with the best score that the network monitors (validation accuracy, unless its settings say loss), the \
             earliest of equals. The epoch is chosen on validation images; test images are scored once, after training, with \
             the weights of the best and of the last epoch.",
        ),
        Text::strong("Last quarter:").then(
            " networks whose settings say choose = \"last-quarter\" have no best epoch. Their validation score is the mean \
             over the last quarter of the epochs that were trained, and everything else is measured after the last epoch.",
        ),
        Text::strong("Spread:").then(
            " ± is the sample standard deviation over seeds (n − 1 in the denominator). A seed decides initial weights, \
             dropout, the order of images and which of them are held out; all networks share each seed's split and order.",
        ),
        Text::strong("Seconds:").then(
            " wall clock of a whole run, the median over its seeds; other runs used the other cores.",
        ),
    ];
    points.extend(sampling_error(summary));
    points.extend(incomparable_losses(summary));
    section("measured", "How it was measured", vec![Block::List(points)])
}

/// The binomial standard error of a test accuracy p: √(p·(1 − p) / images).
fn sampling_error(summary: &Summary) -> Option<Text> {
    let accuracies = summary
        .networks
        .iter()
        .filter_map(|network| network.score(Metric::Accuracy, Subset::Test).best);
    let best = accuracies.map(|spread| spread.mean).max_by(f64::total_cmp)?;
    let images = summary.results.dataset.test_images?;
    let points = 100.0 * (best * (1.0 - best) / images as f64).sqrt();
    Some(Text::strong("Test images are a sample too:").then(format!(
        " {} of them put a standard error of {points:.1} points on an accuracy of {:.0}%, which no number of seeds \
         makes smaller. All networks are scored on the same test images.",
        count(images as u64),
        100.0 * best
    )))
}

fn incomparable_losses(summary: &Summary) -> Option<Text> {
    let groups = losses(summary);
    let groups: Vec<String> = groups
        .iter()
        .map(|(loss, names)| format!("{loss} ({})", listed_first(names, MOST_SHOWN)))
        .collect();
    (groups.len() > 1).then(|| {
        Text::strong("Losses that can't be compared:").then(format!(
            " this study trains networks on {}. Loss values of networks trained on different losses say nothing about \
             each other; compare their accuracies.",
            listed(&groups)
        ))
    })
}

/// Each loss, with the names of the networks that are trained on it.
fn losses(summary: &Summary) -> Vec<(String, Vec<String>)> {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for network in &summary.networks {
        let Some(loss) = &network.facts.loss else { continue };
        let name = network.facts.name.clone();
        match groups.iter_mut().find(|(known, _)| known == loss) {
            Some((_, names)) => names.push(name),
            None => groups.push((loss.clone(), vec![name])),
        }
    }
    groups
}

/// The section on the images; `None` if nothing is known of them.
fn data(summary: &Summary) -> Option<Section> {
    let dataset = &summary.results.dataset;
    let mut blocks = Vec::new();
    if let Some([channels, height, width]) = dataset.image {
        blocks.push(Block::paragraph(format!(
            "{}: {height} × {width} pixels{}, {}: {}.",
            dataset.title,
            match channels {
                1 => ", grey".to_owned(),
                3 => " in colour".to_owned(),
                other => format!(" of {}", counted(other, "value")),
            },
            counted(dataset.classes.len(), "class").replace("classs", "classes"),
            listed(&dataset.classes)
        )));
    }
    if let Some((origin, fingerprint)) = dataset.origin.as_ref().zip(dataset.fingerprint.as_ref()) {
        blocks.push(Block::Paragraph(
            Text::plain(format!("Read from {origin}. SHA-256 of images and labels: "))
                .code(fingerprint.as_str())
                .then("."),
        ));
    }
    let hidden = summary.networks.iter().filter(|network| network.reference.is_none());
    let hidden = hidden.filter_map(|network| network.facts.reference.as_ref()?.dataset.as_ref());
    if let Some(other) = hidden.min() {
        blocks.push(Block::paragraph(format!(
            "The reference curves are of {other}, so they are not shown beside these."
        )));
    }
    (!blocks.is_empty()).then(|| section("data", "Data", blocks))
}

/// Files of every report.
const FILES: [(&str, &str); 5] = [
    ("report.md", "this report as Markdown"),
    ("plots/", "each figure as SVG and as PNG"),
    ("epochs.csv", "a row for each epoch of each run"),
    ("summary.csv", "a row for each run"),
    ("comparisons.csv", "a row for each network that has a baseline, and each measure"),
];

/// The file of a study whose networks cost differently.
const COSTS_FILE: (&str, &str) =
    ("costs.csv", "a row for each network: its accuracy, its costs, and the fronts that it is on");

/// The file of a study whose seeds were scored together.
const ENSEMBLES_FILE: (&str, &str) =
    ("ensembles.csv", "a row for each network of which several seeds have finished");

/// The file that runs from elsewhere have besides.
const JUDGEMENT_FILE: (&str, &str) =
    ("judgement.json", "all verdicts and numbers for other programs");

/// Files of a study's directory that do not belong to its report.
const STORED_FILES: [(&str, &str); 2] = [
    ("study.toml", "the study as run, with every default written out"),
    (
        "runs/",
        "a directory for each run: its settings, records, weights (safetensors, PyTorch's names), and predictions.csv: the \
         class that it predicts for each test image",
    ),
];

/// The section on files of runs from elsewhere.
fn measured_files(summary: &Summary) -> Section {
    let measures = summary
        .results
        .measures
        .iter()
        .map(|measure| (measure.column.as_str(), "the run's score; empty if it has none"));
    let runs: Vec<(&str, &str)> = MEASURED_SUMMARY_COLUMNS.into_iter().chain(measures).collect();
    let blocks = vec![
        listing("Files", "file", &[&FILES[..], &[JUDGEMENT_FILE]].concat()),
        Block::paragraph("A cell is empty where nothing was measured."),
        listing("Columns of epochs.csv", "column", &MEASURED_EPOCH_COLUMNS),
        listing("Columns of summary.csv", "column", &runs),
        listing("Columns of comparisons.csv", "column", &COMPARISON_COLUMNS),
    ];
    section("files", "Files beside this report", blocks)
}

/// A table of names and what they hold.
fn listing(caption: &str, first: &str, rows: &[(&str, &str)]) -> Block {
    let row = |name: &str, what: &str| Row {
        header: Text::plain("").code(name),
        cells: vec![Cell::from(what)],
    };
    Block::Table(Table {
        caption: caption.into(),
        groups: Vec::new(),
        columns: vec![first.into(), "what it holds".into()],
        rows: rows.iter().map(|(name, what)| row(name, what)).collect(),
        is_prose: true,
    })
}

/// The section on files. `stored` holds the files of the study's directory.
fn files(stored: &[(&str, &str)], summary: &Summary) -> Section {
    let (before, after) = stored.split_at(stored.len().min(1));
    let ensembles = if summary.ensembles.is_empty() { &[][..] } else { &[ENSEMBLES_FILE] };
    let costs = if Costs::of(summary).is_none() { &[][..] } else { &[COSTS_FILE] };
    let set_aside = summary.results.set_aside;
    let mut blocks = vec![
        listing("Files", "file", &[before, &FILES, costs, ensembles, after].concat()),
        Block::paragraph(
            "In these tables accuracies are fractions. A cell is empty where nothing was measured.",
        ),
        listing("Columns of epochs.csv", "column", &EPOCH_COLUMNS),
        listing("Columns of summary.csv", "column", &SUMMARY_COLUMNS),
        listing("Columns of comparisons.csv", "column", &COMPARISON_COLUMNS),
    ];
    if set_aside > 0 {
        let runs = format!("{} in ", capitalised(&counted(set_aside, "run")));
        blocks.push(Block::Paragraph(Text::plain(runs).code("runs/").then(
            " had other settings than the networks of this study have now. They are kept, but not in this report. A study \
             with those settings uses them again.",
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
        Block::paragraph(
            "In this report's directory, the first command repeats the study, and the second makes this report again from the \
             stored runs:",
        ),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_that_makes_the_report_again_has_its_margin() {
        let command = |margin| match again(margin).blocks.swap_remove(1) {
            Block::Command(command) => command,
            Block::Paragraph(_)
            | Block::Note(_)
            | Block::List(_)
            | Block::Table(_)
            | Block::Figure(_)
            | Block::Beside(..) => panic!("the second block is a command"),
        };
        assert!(command(0.01).ends_with("\nfitroom report . --margin 1"));
        assert!(command(DEFAULT_MARGIN).ends_with("\nfitroom report ."));
    }
}
