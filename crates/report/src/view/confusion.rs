//! The confusion matrix of one network, as a figure with links and as tables.

use crate::class_blocks::percent;
use crate::class_figures::{MOST_CLASSES, cell_words, confusion_figure};
use crate::document::{Row, Table, Text};
use crate::figure::Figure;
use crate::inspection::{Confusion, NetworkInspection};
use crate::number::counted;
use crate::summary::Summary;

/// The confusion matrix of a network. `link` gets a class and a predicted class, and says where the
/// cell leads; only cells that have images get a link. `inspection` is the network's:
/// [`NetworkInspection::read_classes`] is enough.
///
/// `None` if there is no such network, it has no predictions, or there are too many classes for a
/// figure: then there are [`confused_pairs`].
pub fn confusion(
    summary: &Summary,
    network: usize,
    inspection: &NetworkInspection,
    link: impl Fn(usize, usize) -> Option<String>,
) -> Option<Figure> {
    let (network, confusion) = (summary.networks.get(network)?, inspection.confusion.as_ref()?);
    confusion_figure(network.into(), &summary.results.dataset.classes, confusion, &link)
}

/// The numbers of the [`confusion`] figure as a table: rows are classes, columns what they are taken
/// for, and cells are percent of the class. `None` where there is no figure.
pub fn confusion_table(
    summary: &Summary,
    network: usize,
    inspection: &NetworkInspection,
) -> Option<Table> {
    let classes = &summary.results.dataset.classes;
    let (network, confusion) = (summary.networks.get(network)?, inspection.confusion.as_ref()?);
    let row = |class: usize| Row {
        header: Text::plain(classes[class].as_str()),
        cells: (0..classes.len())
            .map(|taken_for| percent(confusion.share(class, taken_for)).into())
            .collect(),
    };
    (classes.len() <= MOST_CLASSES).then(|| Table {
        caption: format!(
            "Confusion matrix of {}: rows are classes, columns what they are taken for, in percent of the class, {}.",
            network.facts.name,
            over(confusion)
        ),
        groups: Vec::new(),
        columns: std::iter::once("class".to_owned()).chain(classes.iter().cloned()).collect(),
        rows: (0..classes.len()).map(row).collect(),
        is_prose: false,
    })
}

/// The pairs of classes that a network confuses most, at most `most`, each with a link as in
/// [`confusion`]. `None` if there is no such network, or it has no predictions.
pub fn confused_pairs(
    summary: &Summary,
    network: usize,
    inspection: &NetworkInspection,
    most: usize,
    link: impl Fn(usize, usize) -> Option<String>,
) -> Option<Table> {
    let classes = &summary.results.dataset.classes;
    let (network, confusion) = (summary.networks.get(network)?, inspection.confusion.as_ref()?);
    let pairs = confusion.most_confused(most);
    let rows = pairs.iter().map(|pair| {
        let words = cell_words(classes, pair.label, pair.taken_for);
        Row {
            header: match link(pair.label, pair.taken_for) {
                Some(to) => Text::default().link(words, to),
                None => Text::plain(words),
            },
            cells: vec![
                percent(Some(pair.share)).into(),
                confusion.images(pair.label).to_string().into(),
            ],
        }
    });
    Some(Table {
        caption: format!(
            "The classes that {} confuses most, in percent of the class, {}.",
            network.facts.name,
            over(confusion)
        ),
        groups: Vec::new(),
        columns: ["classes", "%", "test images of the class"].map(String::from).to_vec(),
        rows: rows.collect(),
        is_prose: false,
    })
}

fn over(confusion: &Confusion) -> String {
    match confusion.seeds() {
        1 => "one seed".to_owned(),
        seeds => format!("mean ± standard deviation over {}", counted(seeds, "seed")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Span;
    use crate::fixture::{Fixture, Plan};
    use crate::plot::{Mark, embedded};
    use fitroom_results::{Prediction, Results};
    use fitroom_stats::DEFAULT_MARGIN;

    /// Of 4 shirts (6), one is taken for a coat (4).
    fn inspection(classes: usize) -> NetworkInspection {
        let mut confusion = Confusion::new(classes);
        let prediction =
            |predicted| Prediction { label: 6, predicted, confidence: 0.8, label_probability: 0.1 };
        confusion.add(1, &[4, 6, 6, 6].map(prediction));
        NetworkInspection { confusion: Some(confusion), ..NetworkInspection::default() }
    }

    fn results() -> Results {
        Fixture::new(1).with(Plan::new("a")).results()
    }

    fn link(label: usize, predicted: usize) -> Option<String> {
        Some(format!("?label={label}&predicted={predicted}"))
    }

    #[test]
    fn cells_with_images_lead_to_them() {
        let results = results();
        let summary = Summary::new(&results, DEFAULT_MARGIN);
        let figure = confusion(&summary, 0, &inspection(10), link).unwrap();
        let linked = figure.scene.marks.iter().filter_map(|mark| match mark {
            Mark::Link { to, label, .. } => Some((to.as_str(), label.as_str())),
            Mark::Line { .. }
            | Mark::Area { .. }
            | Mark::Dot { .. }
            | Mark::Diamond { .. }
            | Mark::Rectangle { .. }
            | Mark::Raster { .. }
            | Mark::Text { .. } => None,
        });
        assert_eq!(
            linked.collect::<Vec<_>>(),
            [
                ("?label=6&predicted=4", "Shirt taken for Coat: 25.0%"),
                ("?label=6&predicted=6", "Shirt classified correctly: 75.0%"),
            ]
        );
        let svg = embedded(&figure.scene, &figure.label);
        assert!(svg.contains("<a href=\"?label=6&amp;predicted=4\""), "{svg}");
        let unlinked = confusion(&summary, 0, &inspection(10), |_, _| None).unwrap();
        assert!(!embedded(&unlinked.scene, "").contains("<a "));
        assert!(confusion(&summary, 1, &inspection(10), link).is_none(), "no such network");
        assert!(confusion(&summary, 0, &NetworkInspection::default(), link).is_none());
    }

    #[test]
    fn tables_hold_the_same_numbers() {
        let results = results();
        let summary = Summary::new(&results, DEFAULT_MARGIN);
        let table = confusion_table(&summary, 0, &inspection(10)).unwrap();
        assert_eq!((table.columns.len(), table.rows.len()), (11, 10));
        let shirt: Vec<&str> = table.rows[6].cells.iter().map(|cell| cell.text.as_str()).collect();
        assert_eq!(shirt[3..7], ["0.0", "25.0", "0.0", "75.0"]);
        assert!(table.caption.ends_with("in percent of the class, one seed."), "{}", table.caption);
        let pairs = confused_pairs(&summary, 0, &inspection(10), 5, link).unwrap();
        assert!(matches!(
            &pairs.rows[0].header.0[..],
            [Span::Link { text, to }] if text == "Shirt taken for Coat" && to == "?label=6&predicted=4"
        ));
        let cells = |table: &Table| -> Vec<String> {
            table.rows.iter().flat_map(|row| &row.cells).map(|cell| cell.text.clone()).collect()
        };
        assert_eq!(cells(&pairs), ["25.0", "4"]);
    }

    #[test]
    fn too_many_classes_for_a_figure_have_pairs() {
        let mut results = results();
        results.dataset.classes =
            (0..=MOST_CLASSES).map(|class| format!("class {class}")).collect();
        let summary = Summary::new(&results, DEFAULT_MARGIN);
        let inspection = inspection(MOST_CLASSES + 1);
        assert!(confusion(&summary, 0, &inspection, link).is_none());
        assert!(confusion_table(&summary, 0, &inspection).is_none());
        assert_eq!(confused_pairs(&summary, 0, &inspection, 5, link).unwrap().rows.len(), 1);
    }
}
