//! Classes in the report: the accuracy of each class, the classes that are confused, and the
//! mistakes with the highest confidence.

use fitroom_results::Subset;
use fitroom_stats::Spread;

use crate::class_figures::{MOST_CLASSES, confusion_figure, mistakes_figure};
use crate::document::{Block, Cell, Row, Section, Table, Text};
use crate::inspection::{Confusion, NetworkInspection};
use crate::number::{MISSING, listed};
use crate::score_place::score_place;
use crate::summary::{NetworkSummary, Summary};

/// The classes in a network's section: words, a table, a confusion matrix, and a sheet of mistakes.
pub fn class_blocks(
    summary: &Summary,
    network: &NetworkSummary,
    inspection: &NetworkInspection,
) -> Vec<Block> {
    let classes = &summary.results.dataset.classes;
    let mut blocks = Vec::new();
    if let Some(confusion) = &inspection.confusion {
        let mut words = vec![Block::Paragraph(Text::strong("Per class.").then(class_words(
            classes,
            confusion,
            score_place([network.facts], Subset::Test),
        )))];
        words.extend(lost_classes(classes, confusion).map(|lost| Block::Note(Text::plain(lost))));
        words.push(Block::Table(class_table(classes, confusion)));
        match confusion_figure(network.into(), classes, confusion, &|_, _| None) {
            Some(figure) => blocks.push(Block::Beside(words, Box::new(Block::Figure(figure)))),
            None => blocks.extend(words),
        }
    }
    blocks.extend(unpredicted(inspection).map(Block::paragraph));
    if !inspection.mistakes.is_empty() {
        blocks.push(Block::Paragraph(
            Text::strong("The mistakes with the highest confidence.")
                .then(mistake_words(inspection)),
        ));
        blocks.extend(
            mistakes_figure(network.into(), classes, &inspection.mistakes).map(Block::Figure),
        );
    }
    blocks
}

/// All networks, class by class; `None` without predictions, or with more classes than a table can
/// have columns.
pub fn class_section(summary: &Summary) -> Option<Section> {
    let classes = &summary.results.dataset.classes;
    let inspections = &summary.inspection.networks;
    if classes.len() > MOST_CLASSES
        || inspections.iter().all(|inspection| inspection.confusion.is_none())
    {
        return None;
    }
    let row = |(network, inspection): (&NetworkSummary, &NetworkInspection)| {
        let confusion = inspection.confusion.as_ref()?;
        let cell = |class| Cell {
            text: percent(confusion.recall(class)),
            below: never(confusion, class).map(|seeds| format!("never in {seeds}")),
            is_apart: false,
        };
        Some(Row {
            header: Text::plain("").link(network.facts.name.as_str(), format!("#{}", network.slug)),
            cells: (0..classes.len()).map(cell).collect(),
        })
    };
    let rows: Vec<Row> = summary.networks.iter().zip(inspections).filter_map(row).collect();
    let at = score_place(&summary.results.networks, Subset::Test);
    let mut caption = format!("Accuracy on the test images of each class {at}, in %");
    if summary.fewest_seeds() > 1 {
        caption += ", mean ± standard deviation over seeds";
    }
    caption += ". Never: seeds that predict that class for no image.";
    let columns = std::iter::once("network".to_owned()).chain(classes.iter().cloned()).collect();
    let table = Table { caption, groups: Vec::new(), columns, rows, is_prose: false };
    Some(Section {
        id: "classes".into(),
        heading: Some("Class by class".into()),
        blocks: vec![Block::Table(table)],
    })
}

/// `81.2 ± 1.4`, in percent.
pub fn percent(share: Option<Spread>) -> String {
    match share {
        Some(Spread { mean, sd: Some(sd), .. }) => {
            format!("{:.1} ± {:.1}", 100.0 * mean, 100.0 * sd)
        }
        Some(Spread { mean, sd: None, .. }) => format!("{:.1}", 100.0 * mean),
        None => MISSING.into(),
    }
}

/// `at` says from which epoch the predictions are: `at each run's best epoch`.
fn class_words(classes: &[String], confusion: &Confusion, at: &str) -> String {
    let mut words = format!(" Test images, {at}.");
    let hardest = (0..classes.len())
        .filter_map(|class| Some((class, confusion.recall(class)?)))
        .min_by(|a, b| a.1.mean.total_cmp(&b.1.mean));
    if let Some((class, recall)) = hardest {
        words += &format!(
            " The hardest class is {}: {}% of its images are classified correctly.",
            classes[class],
            percent(Some(recall))
        );
    }
    let pairs = confusion.most_confused(3);
    let said: Vec<String> = pairs
        .iter()
        .enumerate()
        .map(|(index, pair)| {
            let (share, label, taken_for) =
                (percent(Some(pair.share)), &classes[pair.label], &classes[pair.taken_for]);
            match index {
                0 => format!("{share}% of {label} are taken for {taken_for}"),
                _ => format!("{share}% of {label} for {taken_for}"),
            }
        })
        .collect();
    if !said.is_empty() {
        words += &format!(" Confused most: {}.", listed(&said));
    }
    words
}

/// `Seed 2 never predicts Coat.`
fn lost_classes(classes: &[String], confusion: &Confusion) -> Option<String> {
    let said: Vec<String> = (0..classes.len())
        .filter_map(|class| {
            let verb =
                if confusion.never_predicted_in(class).len() == 1 { "predicts" } else { "predict" };
            let seeds = never(confusion, class)?.replacen('s', "S", 1);
            Some(format!("{seeds} never {verb} {}.", classes[class]))
        })
        .collect();
    (!said.is_empty()).then(|| said.join(" "))
}

/// The seeds in which a class is never predicted: `seed 2`, `seeds 1 and 4`.
fn never(confusion: &Confusion, class: usize) -> Option<String> {
    let seeds: Vec<String> =
        confusion.never_predicted_in(class).iter().map(u64::to_string).collect();
    (!seeds.is_empty())
        .then(|| format!("{} {}", if seeds.len() == 1 { "seed" } else { "seeds" }, listed(&seeds)))
}

fn class_table(classes: &[String], confusion: &Confusion) -> Table {
    let row = |class: usize| {
        let precision = confusion.precision(class);
        let seeds = precision.map_or(0, |precision| precision.count);
        let below = (seeds > 0 && seeds < confusion.seeds())
            .then(|| format!("in {seeds} of {} seeds", confusion.seeds()));
        Row {
            header: Text::plain(classes[class].as_str()),
            cells: vec![
                percent(confusion.recall(class)).into(),
                Cell { text: percent(precision), below, is_apart: false },
            ],
        }
    };
    let spread = match confusion.seeds() {
        1 => "one seed".to_owned(),
        seeds => format!("mean ± standard deviation over {seeds} seeds"),
    };
    Table {
        caption: format!(
            "In %, {spread}. Accuracy: the share of a class's images that are classified as it (recall). Precision: the \
             share of the images classified as it that belong to it."
        ),
        groups: Vec::new(),
        columns: ["class", "accuracy", "precision"].map(String::from).to_vec(),
        rows: (0..classes.len()).map(row).collect(),
        is_prose: false,
    }
}

fn unpredicted(inspection: &NetworkInspection) -> Option<String> {
    let seeds: Vec<String> = inspection.unpredicted.iter().map(u64::to_string).collect();
    (!seeds.is_empty()).then(|| {
        format!(
            "Without predictions, so not counted class by class: {} {}. Running the study again makes the predictions from \
             the best weights, without training.",
            if seeds.len() == 1 { "seed" } else { "seeds" },
            listed(&seeds)
        )
    })
}

fn mistake_words(inspection: &NetworkInspection) -> String {
    let seeds = inspection.confusion.as_ref().map_or(0, Confusion::seeds);
    let mut words = match seeds {
        1 => " The wrongly classified test images with the highest confidence.".to_owned(),
        _ => format!(
            " The test images with the highest mean confidence in a wrong class over {seeds} seeds (a seed that is right \
             counts as 0)."
        ),
    };
    if inspection.mistakes.iter().any(|mistake| mistake.picture.is_none()) {
        words += " The images themselves are not shown: the study's data set was not available when this report was made.";
    } else {
        words += " Under each image: its class, the predicted class, and the confidence";
        words += if seeds > 1 { ", with the number of seeds that are wrong." } else { "." };
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use fitroom_results::Prediction;

    fn confusion(seeds: &[&[(u8, u8)]]) -> Confusion {
        let mut confusion = Confusion::new(3);
        for (seed, pairs) in (1..).zip(seeds) {
            let prediction = |&(label, predicted): &(u8, u8)| Prediction {
                label,
                predicted,
                confidence: 0.8,
                label_probability: if label == predicted { 0.8 } else { 0.1 },
            };
            confusion.add(seed, &pairs.iter().map(prediction).collect::<Vec<_>>());
        }
        confusion
    }

    fn names() -> Vec<String> {
        ["Shirt", "Coat", "Bag"].map(String::from).to_vec()
    }

    #[test]
    fn confused_classes_are_named_in_words() {
        let one = confusion(&[&[(0, 1), (0, 0), (0, 0), (0, 2), (1, 1), (2, 2)]]);
        assert_eq!(
            class_words(&names(), &one, "at each run's best epoch"),
            " Test images, at each run's best epoch. The hardest class is Shirt: 50.0% of its images are classified correctly. \
             Confused most: 25.0% of Shirt are taken for Coat and 25.0% of Shirt for Bag."
        );
        assert_eq!(lost_classes(&names(), &one), None);
        let perfect = confusion(&[&[(0, 0), (1, 1), (2, 2)]]);
        assert!(!class_words(&names(), &perfect, "").contains("Confused"));
    }

    #[test]
    fn a_class_that_a_seed_never_predicts_is_named() {
        let found = &[(0, 0), (1, 1), (2, 2)][..];
        let lost = &[(0, 0), (1, 0), (2, 2)][..];
        let in_one = confusion(&[found, lost, found]);
        assert_eq!(lost_classes(&names(), &in_one).unwrap(), "Seed 2 never predicts Coat.");
        let in_two = confusion(&[lost, found, lost]);
        assert_eq!(lost_classes(&names(), &in_two).unwrap(), "Seeds 1 and 3 never predict Coat.");
        let rows = class_table(&names(), &in_two).rows;
        assert_eq!(
            (rows[1].cells[0].text.as_str(), rows[1].cells[1].text.as_str()),
            ("33.3 ± 57.7", "100.0")
        );
        assert_eq!(rows[1].cells[1].below.as_deref(), Some("in 1 of 3 seeds"));
        let nowhere = confusion(&[lost]);
        assert_eq!(class_table(&names(), &nowhere).rows[1].cells[1].text, MISSING);
    }
}
