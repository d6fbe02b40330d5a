//! The sections of a report on runs from elsewhere: all networks, one network, and how runs were read.

use fitroom_results::EpochRecord;
use fitroom_stats::Spread;

use crate::document::{Block, Cell, Row, Section, Table, Text};
use crate::measure_words::{direction_words, percent, score_spread};
use crate::measured_figures::{
    MOST_NETWORKS, curves_figure, network_curves_figure, scores, scores_figure,
};
use crate::number::{MISSING, capitalised, counted};
use crate::reading;
use crate::summary::{NetworkSummary, Summary};

/// All networks: a table, and for each measure a figure of scores and one of curves.
pub fn measured_front(summary: &Summary, caution: Option<Block>, is_first: bool) -> Section {
    let mut blocks: Vec<Block> = caution.into_iter().collect();
    blocks.push(Block::Table(table(summary)));
    for index in 0..summary.results.measures.len() {
        blocks.push(Block::Figure(scores_figure(summary, index)));
        blocks.extend(curves_figure(summary, index).map(Block::Figure));
    }
    let mut reading = String::from("How to read this: each dot is the score of one run.");
    if !summary.comparisons.is_empty() {
        reading += " Which differences are real is said above.";
    }
    if summary.networks.len() > MOST_NETWORKS {
        reading += &format!(
            " Figures show the first {MOST_NETWORKS} of {} networks; tables and CSV files have all.",
            summary.networks.len()
        );
    }
    blocks.push(Block::paragraph(reading));
    let heading = (!is_first).then(|| "All networks".into());
    Section { id: "networks".into(), heading, blocks }
}

fn table(summary: &Summary) -> Table {
    let measures = &summary.results.measures;
    let rows = summary.networks.iter().map(|network| {
        let mut cells: Vec<Cell> = vec![network.runs.len().to_string().into()];
        for (index, measure) in measures.iter().enumerate() {
            let scores = scores(network, index);
            let (count, runs) = (scores.len(), network.runs.len());
            let spread = Spread::of(scores);
            cells.push(Cell {
                text: spread.map_or(MISSING.into(), |spread| score_spread(measure, &spread)),
                below: (count < runs).then(|| format!("of {count} of {runs} runs")),
                is_apart: false,
            });
        }
        Row { header: header(summary, network), cells }
    });
    let names = measures.iter().map(|measure| format!("{}{}", measure.name, percent(measure)));
    let words = measures.iter().map(|measure| {
        let direction = direction_words(measure).map_or(String::new(), |words| format!(" {words}"));
        format!(" {}: {}.{direction}", measure.name, measure.place)
    });
    Table {
        caption: format!(
            "All networks, mean ± standard deviation over runs.{}",
            words.collect::<String>()
        ),
        groups: Vec::new(),
        columns: ["network".to_owned(), "runs".to_owned()].into_iter().chain(names).collect(),
        rows: rows.collect(),
        is_prose: false,
    }
}

/// The network's name, linked to its section where it has one.
fn header(summary: &Summary, network: &NetworkSummary) -> Text {
    let index = summary.networks.iter().position(|other| other.slug == network.slug);
    match has_curves(summary) && index.is_some_and(|index| index < MOST_NETWORKS) {
        true => Text::plain("").link(network.facts.name.as_str(), format!("#{}", network.slug)),
        false => Text::plain(network.facts.name.as_str()),
    }
}

/// One network: its curves, its settings, its runs without a score, and what its curves say.
pub fn measured_network(summary: &Summary, index: usize, network: &NetworkSummary) -> Section {
    let facts = network.facts;
    let mut blocks: Vec<Block> = Vec::new();
    blocks.extend(network_curves_figure(summary, network).map(Block::Figure));
    let mut words = Vec::new();
    words.extend(settings(network).map(|settings| format!("Settings: {settings}.")));
    if let Some(baseline) = &facts.baseline {
        words.push(format!("Its baseline is “{baseline}”."));
    }
    words.push(runs(summary, network));
    blocks.push(Block::paragraph(words.join(" ")));
    if has_readings(network) {
        blocks.extend(reading::network_blocks(summary, network));
    }
    Section {
        id: network.slug.clone(),
        heading: Some(format!("{}. {}", index + 1, facts.name)),
        blocks,
    }
}

/// Whether the curves of a network can be read by the rules: losses and accuracies of training and
/// validation in every epoch, and enough epochs to tell noise from change.
pub fn has_readings(network: &NetworkSummary) -> bool {
    const FEWEST_EPOCHS: usize = 8;
    let is_whole = |record: &EpochRecord| {
        [record.train_loss, record.train_accuracy, record.val_loss, record.val_accuracy]
            .iter()
            .all(|value| value.is_finite())
    };
    let mut finished = network.finished().peekable();
    finished.peek().is_some()
        && finished
            .all(|(run, _)| run.epochs.len() >= FEWEST_EPOCHS && run.epochs.iter().all(is_whole))
}

/// `Five runs. Without a score in val_acc: seed 3.`
fn runs(summary: &Summary, network: &NetworkSummary) -> String {
    const MOST_LISTED: usize = 8;
    let mut words = format!("{}.", capitalised(&counted(network.runs.len(), "run")));
    for (index, measure) in summary.results.measures.iter().enumerate() {
        let is_without = |run: &&&fitroom_results::Run| {
            run.measured.get(index).is_none_or(|it| it.score.is_none())
        };
        let without = network.runs.iter().filter(is_without);
        let seeds: Vec<String> = without.map(|run| format!("seed {}", run.seed)).collect();
        if !seeds.is_empty() {
            let rest = match seeds.len().saturating_sub(MOST_LISTED) {
                0 => String::new(),
                rest => format!(" and {rest} more"),
            };
            let listed = &seeds[..seeds.len().min(MOST_LISTED)];
            words += &format!(" Without a score in {}: {}{rest}.", measure.name, listed.join(", "));
        }
    }
    words
}

/// How runs from elsewhere were read: what was guessed, what is odd, and what was left out. `None` for
/// a study.
pub fn notes_section(summary: &Summary) -> Option<Section> {
    let notes = &summary.results.notes;
    (!notes.is_empty()).then(|| Section {
        id: "notes".into(),
        heading: Some("How the runs were read".into()),
        blocks: vec![Block::List(notes.iter().map(|note| with_code(&sentence(note))).collect())],
    })
}

/// The note as a sentence. A file's name keeps its small letter.
fn sentence(note: &str) -> String {
    let is_name = note.split(' ').next().is_some_and(|word| word.contains(['.', '/', '\\', ':']));
    if is_name { format!("{note}.") } else { format!("{}.", capitalised(note)) }
}

/// Text in which names stand between backticks.
fn with_code(text: &str) -> Text {
    text.split('`').enumerate().fold(Text::default(), |all, (index, piece)| match index % 2 {
        0 => all.then(piece),
        _ => all.code(piece),
    })
}

/// The settings of each network, where there are no curves that would need a section each. `None` if no
/// setting is known.
pub fn settings_section(summary: &Summary) -> Option<Section> {
    let rows = summary.networks.iter().filter_map(|network| {
        let settings = settings(network)?;
        Some(Row { header: Text::plain(network.facts.name.as_str()), cells: vec![settings.into()] })
    });
    let rows: Vec<Row> = rows.collect();
    (!rows.is_empty()).then(|| Section {
        id: "settings".into(),
        heading: Some("Settings".into()),
        blocks: vec![Block::Table(Table {
            caption: "Settings that all runs of a network share, as logged".into(),
            groups: Vec::new(),
            columns: ["network", "settings"].map(String::from).into(),
            rows,
            is_prose: true,
        })],
    })
}

/// `lr 0.001, width 64`; `None` if nothing is known.
fn settings(network: &NetworkSummary) -> Option<String> {
    let settings = network.facts.settings.iter();
    let words: Vec<String> =
        settings.map(|setting| format!("{} {}", setting.key, setting.value)).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// Whether some run has a curve, so that each network has a section.
pub fn has_curves(summary: &Summary) -> bool {
    let mut measured = summary.results.runs.iter().flat_map(|run| &run.measured);
    measured.any(|values| values.curve.len() > 1)
}
